"""A clinic's own folder: what it adds, what it replaces, and what a fault in it tells the person who wrote it."""

from __future__ import annotations

import json
import pickle
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rlslabs
from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import CatalogError, LabsError, shown
from rlslabs.facts import Bound, Range
from rlslabs.loading import Facts, Origin, load_facts
from rlslabs.marker import Marker

Files = Mapping[str, str | bytes]

OURS = builtin()
KNOWLEDGE = Path(rlslabs.__file__).parent / "knowledge"

SOURCES = """
[my-manual]
title = "Laboratory manual"
publisher = "My clinic"
year = 2025
evidence = "seen"
retrieved = 2026-01-31
"""

SETS = """
[my-lab]
kind = "standard"
name = "standard range of my clinic"
note = "As printed on our reports."
"""

ADULTS = """
[[range]]
kind = "standard"
sets = ["my-lab"]
applies_to = { age = ">=18 a" }
unit = "ng/mL"
low = { value = 25, source = "my-manual", locator = "page 3" }
high = { value = 300, source = "my-manual", locator = "page 3" }
reviewed = 2026-01-31
"""

WOMEN = """
[[range]]
kind = "standard"
sets = ["my-lab"]
applies_to = { sex = "female", age = ">=18 a" }
unit = "ug/L"
low = { value = 15.5, source = "my-manual", locator = "page 3" }
high = { value = 200, source = "my-manual", locator = "page 3" }
reviewed = 2026-01-31
"""

MEN = WOMEN.replace('"female"', '"male"')

NOTE = """
[[note]]
kind = "caution"
clinician = "Our analyser was changed in 2025."
patient = "The machine of the laboratory is a new one."
sources = ["my-manual"]
"""

ZINC = """
id = "zinc"
name = "Zinc"
plain_name = "zinc"
specimen = "serum or plasma"
unit = "ug/dL"
concern = "below"
aliases = ["Zn", "serum zinc"]
molar_mass = { value = 65.38, source = "my-manual", locator = "page 9" }

[[accepts]]
ucum = "ug/dL"
spoken = "micrograms per deciliter"
written = ["mcg/dL"]

[[accepts]]
ucum = "umol/L"
spoken = "micromoles per liter"

[[loinc]]
code = "5763-8"
name = "Zinc [Mass/volume] in Serum or Plasma"
property = "mass"

[plausible]
unit = "ug/dL"
[plausible.soft]
low = { value = 30, source = "my-manual", locator = "page 9" }
high = { value = 300, source = "my-manual", locator = "page 9" }
[plausible.hard]
low = { value = 1, source = "my-manual", locator = "page 9" }
high = { value = 3000, source = "my-manual", locator = "page 9" }

[[range]]
kind = "standard"
sets = ["general", "my-lab"]
applies_to = { age = ">=18 a" }
unit = "umol/L"
low = { value = 10.1, source = "my-manual", locator = "page 9" }
high = { value = 18, inclusive = false, source = "my-manual", locator = "page 9" }
reviewed = 2026-01-31
"""

LOOKALIKE = """
[[analyte]]
name = "Ferritin in tears"
names = ["tear ferritin"]
looks_like = "ferritin"
why = "tears are another specimen than serum or plasma"
"""

CLINIC: dict[str, str | bytes] = {"sources.toml": SOURCES, "sets.toml": SETS}


@pytest.fixture(autouse=True, scope="module")
def _our_files_are_parsed_once() -> Iterator[None]:
    """Parse our own files once, not once a test: they are long, and it is a clinic's files that differ here."""
    parse = tomllib.loads
    ours = {path.read_text(encoding="utf-8"): b"" for path in KNOWLEDGE.rglob("*.toml")}

    def loads(text: str, *, parse_float: type[Decimal]) -> dict[str, Any]:
        if text not in ours:
            return parse(text, parse_float=parse_float)
        ours[text] = ours[text] or pickle.dumps(parse(text, parse_float=parse_float))
        return pickle.loads(ours[text])  # type: ignore[no-any-return]  # noqa: S301  pickled a line above

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", loads)
        yield


def ferritin(*parts: str) -> dict[str, str | bytes]:
    """A clinic's folder with its sources, its set and one file about ferritin."""
    return {**CLINIC, "ferritin.toml": "\n".join(['id = "ferritin"', *parts])}


def write(folder: Path, files: Files) -> Path:
    """Write a clinic's files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def ranges(catalog: Catalog, marker: str, name: str) -> list[Range]:
    """The ranges of a marker in a set."""
    return [each for each in catalog.markers[marker].range if name in each.sets]


def numbers(catalog: Catalog, marker: str, name: str) -> list[tuple[Decimal | None, Decimal | None]]:
    """Both ends of a marker's ranges in a set."""

    def value(bound: Bound | None) -> Decimal | None:
        return None if bound is None else bound.value

    return [(value(each.low), value(each.high)) for each in ranges(catalog, marker, name)]


def others(catalog: Catalog, *but: str) -> dict[str, Marker]:
    """The markers, but for those named."""
    return {id_: marker for id_, marker in catalog.markers.items() if id_ not in but}


# ---------------------------------------------------------------- what a clinic adds and replaces


def test_an_own_set_stands_beside_ours(tmp_path: Path) -> None:
    """A clinic's set of ranges for one marker is added; every set and every other marker of ours stays as it is."""
    catalog = Catalog.load(write(tmp_path, ferritin(ADULTS)))
    assert numbers(catalog, "ferritin", "my-lab") == [(Decimal(25), Decimal(300))]
    assert catalog.markers["ferritin"].range[:-1] == OURS.markers["ferritin"].range
    assert others(catalog, "ferritin") == others(OURS, "ferritin")
    assert {id_: each for id_, each in catalog.sets.items() if id_ != "my-lab"} == dict(OURS.sets)
    assert catalog.set("standard", "my-lab").name == "standard range of my clinic"
    assert catalog.set("standard").id == "general"


def test_an_own_number_keeps_its_source_and_its_digits(tmp_path: Path) -> None:
    """A clinic's limit cites the clinic's source, in the unit and with the digits that the clinic wrote."""
    catalog = Catalog.load(write(tmp_path, ferritin(WOMEN)))
    (each,) = ranges(catalog, "ferritin", "my-lab")
    assert each.low is not None
    assert (each.low.source.id, each.low.locator, each.unit) == ("my-manual", "page 3", "ug/L")
    assert str(each.low.value) == "15.5"
    assert "My clinic" in each.low.source.citation
    assert catalog.sources["my-manual"] == each.low.source


def test_an_own_range_in_our_set_replaces_ours_for_that_marker_alone(tmp_path: Path) -> None:
    """Where a clinic writes one of our sets again, its ranges take the place of ours, for that marker and that set."""
    catalog = Catalog.load(write(tmp_path, ferritin(ADULTS.replace("my-lab", "general"))))
    assert numbers(catalog, "ferritin", "general") == [(Decimal(25), Decimal(300))]
    assert others(catalog, "ferritin") == others(OURS, "ferritin")
    for name in OURS.sets:
        if name != "general":
            assert numbers(catalog, "ferritin", name) == numbers(OURS, "ferritin", name)


def test_a_range_that_two_sets_share_stays_for_the_other_set(tmp_path: Path) -> None:
    """A range of ours that stands in two sets leaves the replaced one and stays, whole, in the other."""
    catalog = Catalog.load(write(tmp_path, ferritin(ADULTS.replace("my-lab", "general"))))
    shared = [each for each in OURS.markers["ferritin"].range if {"general", "mayo"} <= set(each.sets)]
    assert shared
    for each in shared:
        (kept,) = [one for one in ranges(catalog, "ferritin", "mayo") if one.applies_to == each.applies_to]
        assert kept == each.model_copy(update={"sets": ("mayo",)})


def test_an_own_default_takes_over(tmp_path: Path) -> None:
    """A set that a clinic calls the default is the only default of its kind; the other kind keeps its own."""
    catalog = Catalog.load(write(tmp_path, {**ferritin(ADULTS), "sets.toml": f"{SETS}default = true"}))
    assert catalog.set("standard").id == "my-lab"
    assert [each.id for each in catalog.sets.values() if each.default] == ["healers-rls-protocol", "my-lab"]
    assert catalog.set("optimal") == OURS.set("optimal")
    assert catalog.sets["general"] == OURS.sets["general"].model_copy(update={"default": False})


def test_an_own_optimal_default_takes_over(tmp_path: Path) -> None:
    """A clinic may also put another optimal set in the place of the protocol's."""
    sets = SETS.replace('"standard"', '"optimal"') + "default = true"
    files = {**ferritin(ADULTS.replace('kind = "standard"', 'kind = "optimal"')), "sets.toml": sets}
    catalog = Catalog.load(write(tmp_path, files))
    assert catalog.set("optimal").id == "my-lab"
    assert catalog.set("standard") == OURS.set("standard")


def test_an_own_alias_is_added_to_ours(tmp_path: Path) -> None:
    """A clinic's name for a marker finds it, and all of ours still do."""
    catalog = Catalog.load(write(tmp_path, {"ferritin.toml": 'id = "ferritin"\naliases = ["FERR-X", "eisenspeicher"]'}))
    for name in ("ferr-x", "Eisenspeicher", "serum ferritin", *OURS.markers["ferritin"].aliases):
        assert catalog.marker(name).id == "ferritin"
    assert catalog.markers["ferritin"].aliases == (*OURS.markers["ferritin"].aliases, "FERR-X", "eisenspeicher")


@pytest.mark.parametrize("alias", ["LOINC ferritin", "LN:ferritin", "http://loinc.org|ferritin", "LOINC Eisen"])
def test_an_own_alias_finds_one_marker_however_it_is_spelled(alias: str, tmp_path: Path) -> None:
    """A clinic's name is refused, or finds its marker in any case; in no case does it find another."""
    files = {"iron.toml": f'id = "iron"\naliases = ["{alias}"]'}
    try:
        catalog = Catalog.load(write(tmp_path, files))
    except CatalogError as error:
        refused: CatalogError | None = error
    else:
        refused = None
        for name in (alias, alias.upper(), f" {alias} "):
            assert catalog.find(name).marker.id == "iron"
    assert refused is None or (refused.file, refused.key) == ("iron.toml", "aliases[0]")


def test_an_own_spelling_of_a_unit_is_read(tmp_path: Path) -> None:
    """A unit that a clinic writes again has the clinic's spellings, and the other units keep theirs."""
    unit = '[[accepts]]\nucum = "ng/mL"\nspoken = "nanograms per milliliter"\nwritten = ["nanog/mL", "NGM"]'
    catalog = Catalog.load(write(tmp_path, ferritin(unit)))
    spellings = catalog.markers["ferritin"].spellings
    assert [spellings[each].ucum for each in ("nanog/mL", "ngm", "ng/mL", "mcg/L", "pmol/L")] == [
        *("ng/mL", "ng/mL", "ng/mL", "ug/L", "pmol/L")
    ]
    assert {each.ucum for each in catalog.markers["ferritin"].accepts} == {"ng/mL", "ug/L", "pmol/L"}


def test_an_own_unit_is_added(tmp_path: Path) -> None:
    """A clinic may accept a unit that we do not, and print its ranges in it."""
    unit = '[[accepts]]\nucum = "ug/dL"\nspoken = "micrograms per deciliter"\n'
    adults = ADULTS.replace("ng/mL", "ug/dL").replace("25,", "2.5,").replace("300,", "30,")
    catalog = Catalog.load(write(tmp_path, ferritin(unit, adults)))
    assert [each.ucum for each in catalog.markers["ferritin"].accepts] == ["ng/mL", "ug/L", "pmol/L", "ug/dL"]
    assert ranges(catalog, "ferritin", "my-lab")[0].unit == "ug/dL"


def test_an_own_code_is_added_and_one_of_ours_can_be_written_again(tmp_path: Path) -> None:
    """A clinic's LOINC code finds the marker, and a code that it writes again says what the clinic says."""
    code = '[[loinc]]\ncode = "{}"\nname = "Ferritin, ours"\nproperty = "any"\n'
    catalog = Catalog.load(write(tmp_path, ferritin(code.format("718-7"), code.format("2276-4"))))
    for each in ("718-7", "2276-4"):
        found = catalog.find(each)
        assert found.marker.id == "ferritin"
        assert found.code is not None
        assert (found.code.name, found.code.property) == ("Ferritin, ours", "any")
    assert len(catalog.markers["ferritin"].loinc) == len(OURS.markers["ferritin"].loinc) + 1


def test_an_own_note_is_added_with_its_own_source(tmp_path: Path) -> None:
    """A clinic's note follows ours and cites the clinic's source."""
    note = Catalog.load(write(tmp_path, ferritin(NOTE))).markers["ferritin"].note
    assert note[:-1] == OURS.markers["ferritin"].note
    assert [source.id for source in note[-1].sources] == ["my-manual"]


def test_an_own_name_for_a_part_is_added_to_ours(tmp_path: Path) -> None:
    """A clinic's name for a part of an analyte is added, and none of ours is lost by it."""
    part = '[[partly]]\nnames = ["D3-25"]\npartial = "vitamin D2 is not counted"\n'
    catalog = Catalog.load(write(tmp_path, {"vitamin_d.toml": f'id = "vitamin_d"\n{part}'}))
    for name in ("D3-25", "calcidiol", "25-OH vitamin D3"):
        assert catalog.find(name).partial == "vitamin D2 is not counted"


def test_a_single_fact_is_replaced(tmp_path: Path) -> None:
    """A fact of which there is one, such as the unit that is shown, is the clinic's where the clinic writes it."""
    marker = Catalog.load(write(tmp_path, {"f.toml": 'id = "ferritin"\nunit = "ug/L"'})).markers["ferritin"]
    assert marker == OURS.markers["ferritin"].model_copy(update={"unit": "ug/L"})


@pytest.mark.parametrize("name", OURS.sources)
def test_no_source_of_ours_can_be_replaced(name: str, tmp_path: Path) -> None:
    """A clinic cannot put its own source behind a number that was read in one of ours."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, {"mine/sources.toml": SOURCES.replace("my-manual", name)}))
    assert (caught.value.file, caught.value.key, caught.value.text) == ("mine/sources.toml", name, name)


def test_a_source_of_ours_can_be_cited(tmp_path: Path) -> None:
    """A clinic's number may rest on a source of ours, by its id."""
    catalog = Catalog.load(write(tmp_path, ferritin(ADULTS.replace("my-manual", "mayo-ferr1"))))
    (each,) = ranges(catalog, "ferritin", "my-lab")
    assert each.low is not None
    assert each.low.source == OURS.sources["mayo-ferr1"]


def test_an_own_look_alike_is_refused(tmp_path: Path) -> None:
    """An analyte that a clinic knows to be mistaken for a marker is refused by name."""
    catalog = Catalog.load(write(tmp_path, {"lookalikes.toml": LOOKALIKE}))
    with pytest.raises(LabsError) as caught:
        catalog.find("Tear Ferritin")
    assert caught.value.code == "another-analyte"


def test_a_seventh_marker_is_found_like_the_six(tmp_path: Path) -> None:
    """A whole marker of a clinic's own has its names, codes, units and ranges, and ours are untouched."""
    looks = LOOKALIKE.replace("tear ferritin", "hair zinc").replace('"ferritin"', '"zinc"')
    catalog = Catalog.load(write(tmp_path, {**CLINIC, "zinc.toml": ZINC, "lookalikes.toml": looks}))
    assert {catalog.marker(name).id for name in ("zinc", "ZN", "serum zinc", "LOINC 5763-8")} == {"zinc"}
    assert numbers(catalog, "zinc", "general") == numbers(catalog, "zinc", "my-lab") == [(Decimal("10.1"), Decimal(18))]
    assert catalog.markers["zinc"].spellings["mcg/dL"].ucum == "ug/dL"
    assert catalog.markers["zinc"].aliases == ("Zn", "serum zinc")
    assert others(catalog, "zinc") == others(OURS)


def test_files_may_lie_in_folders_in_the_folder(tmp_path: Path) -> None:
    """Sources, sets and markers are read from any depth, in any order of their names."""
    parts = ferritin(ADULTS)
    files = {f"{depth}/{name}": parts[name] for depth, name in zip(("z/y", "m", "a/b/c"), parts, strict=True)}
    catalog = Catalog.load(write(tmp_path, files))
    assert numbers(catalog, "ferritin", "my-lab") == [(Decimal(25), Decimal(300))]


def test_two_files_of_one_clinic_add_up(tmp_path: Path) -> None:
    """Ranges of one set in two files of a clinic stand side by side; neither drops the other in silence."""
    files = {**ferritin(WOMEN), "men.toml": f'id = "ferritin"\n{MEN}'}
    catalog = Catalog.load(write(tmp_path, files))
    assert {each.applies_to.sex for each in ranges(catalog, "ferritin", "my-lab")} == {"female", "male"}


def test_two_files_of_one_clinic_add_up_in_a_set_of_ours(tmp_path: Path) -> None:
    """Only our ranges leave a set that a clinic writes again; those of the clinic's other files stay."""
    women, men = WOMEN.replace("my-lab", "general"), MEN.replace("my-lab", "general")
    catalog = Catalog.load(write(tmp_path, {**ferritin(women), "men.toml": f'id = "ferritin"\n{men}'}))
    found = ranges(catalog, "ferritin", "general")
    assert [each.applies_to.sex for each in found] == ["female", "male"]
    assert {each.low.source.id for each in found if each.low} == {"my-manual"}


def test_two_files_of_one_clinic_add_up_in_their_units_codes_and_names(tmp_path: Path) -> None:
    """Units, codes, aliases and notes of a clinic's two files stand side by side, and only ours are replaced."""
    unit = '[[accepts]]\nucum = "{}"\nspoken = "as we say, {}"\n'
    code = '[[loinc]]\ncode = "{}"\nname = "{}"\nproperty = "any"\n'
    one = ('aliases = ["FERR-X"]', unit.format("ng/mL", "one"), code.format("2276-4", "one"), NOTE)
    two = ('id = "ferritin"', 'aliases = ["FERR-Y"]', unit.format("g/L", "two"), code.format("718-7", "two"), NOTE)
    marker = Catalog.load(write(tmp_path, {**ferritin(*one), "two.toml": "\n".join(two)})).markers["ferritin"]
    ours = OURS.markers["ferritin"]
    assert marker.aliases == (*ours.aliases, "FERR-X", "FERR-Y")
    assert [each.ucum for each in marker.accepts] == ["ug/L", "pmol/L", "ng/mL", "g/L"]
    assert [(each.code, each.name) for each in marker.loinc[-2:]] == [("2276-4", "one"), ("718-7", "two")]
    assert marker.loinc[:-2] == tuple(each for each in ours.loinc if each.code != "2276-4")
    assert marker.note[:-2] == ours.note
    assert len(marker.note) == len(ours.note) + 2


@pytest.mark.parametrize("code", ["2276-4", "718-7"], ids=["of ours", "of its own"])
def test_a_code_in_two_files_of_one_clinic_is_a_fault(code: str, tmp_path: Path) -> None:
    """A code that a clinic describes twice is refused, for one of the two would be dropped in silence."""
    text = f'[[loinc]]\ncode = "{code}"\nname = "x"\nproperty = "mass"\n'
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, {**ferritin(text), "two.toml": f'id = "ferritin"\n{text}'}))
    assert (caught.value.file, caught.value.key) == ("two.toml", "loinc[0].code")


def test_a_source_in_two_files_of_one_clinic_is_a_fault(tmp_path: Path) -> None:
    """A source that a clinic describes twice is refused, for one of the two would be dropped in silence."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, {"a/sources.toml": SOURCES, "b/sources.toml": SOURCES}))
    assert (caught.value.file, caught.value.key) == ("b/sources.toml", "my-manual")


@pytest.mark.parametrize("form", [str, Path], ids=["text", "path"])
def test_a_folder_is_given_as_text_or_as_a_path(form: Callable[[Path], str | Path], tmp_path: Path) -> None:
    """The folder may be named in either way."""
    catalog = Catalog.load(form(write(tmp_path, ferritin(ADULTS))))
    assert ranges(catalog, "ferritin", "my-lab")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    """A file that a Windows editor saved is read like any other."""
    files = {
        name: b"\xef\xbb\xbf" + str(text).replace("\n", "\r\n").encode() for name, text in ferritin(ADULTS).items()
    }
    assert Catalog.load(write(tmp_path, files)).markers == Catalog.load(write(tmp_path, ferritin(ADULTS))).markers


def test_files_that_are_not_toml_by_name_are_left_alone(tmp_path: Path) -> None:
    """A folder may hold other files, which are not read."""
    catalog = Catalog.load(write(tmp_path, {**ferritin(ADULTS), "README.md": "# no TOML", "ranges.csv": b"\xff"}))
    assert ranges(catalog, "ferritin", "my-lab")


def test_loading_a_clinic_s_folder_leaves_our_catalog_as_it_is(tmp_path: Path) -> None:
    """Our own catalog is the same before and after, and so is the clinic's when it is loaded twice."""
    before = dict(OURS.markers)
    once = Catalog.load(write(tmp_path, ferritin(ADULTS)))
    assert dict(Catalog.load(tmp_path).markers) == dict(once.markers)
    assert dict(builtin().markers) == dict(Catalog.load().markers) == before


def test_everything_that_was_read_knows_where_it_was_written(tmp_path: Path) -> None:
    """Each fact has the file and key that it was written in, ours in our file and a clinic's in its own."""
    facts = load_facts(write(tmp_path, {**ferritin(ADULTS, NOTE), "lookalikes.toml": LOOKALIKE}))
    marker = facts.markers["ferritin"]
    theirs = partial(Origin, ours=False)
    assert facts.origin("ferritin", "range", 0) == Origin("ferritin.toml", "range[0]", ours=True)
    assert facts.origin("ferritin", "range", len(marker.range) - 1) == theirs("ferritin.toml", "range[0]")
    assert facts.origin("ferritin", "note", len(marker.note) - 1, "patient") == theirs(
        "ferritin.toml", "note[0].patient"
    )
    assert facts.origin("sets", "my-lab", "kind") == theirs("sets.toml", "my-lab.kind")
    assert facts.origin("sources", "my-manual") == theirs("sources.toml", "my-manual")
    assert facts.origin("lookalikes", len(facts.lookalikes) - 1) == theirs("lookalikes.toml", "analyte[0]")


def test_what_was_never_written_has_no_file() -> None:
    """A path that no file wrote is placed in the catalog itself."""
    assert Facts().origin("nowhere", 3) == Origin("catalog", "nowhere[3]")


# ---------------------------------------------------------------- faults of the form


class Fault(NamedTuple):
    """A fault in a clinic's folder, and the place that its error must name."""

    law: str
    files: Files
    file: str
    key: str


def bound(value: str) -> str:
    """A lower limit with this TOML in the place of its number."""
    return ADULTS.replace("value = 25", f"value = {value}")


FAULTS = (
    Fault("broken TOML", ferritin("[[range"), "ferritin.toml", "syntax"),
    Fault("broken TOML below", {"a/b.toml": "id ="}, "a/b.toml", "syntax"),
    Fault("a key twice", ferritin('unit = "ng/mL"', 'unit = "ug/L"'), "ferritin.toml", "syntax"),
    Fault("nested beyond measure", ferritin(f"note = {'[' * 2000}{']' * 2000}"), "ferritin.toml", "syntax"),
    Fault("not UTF-8", {"f.toml": 'id = "ferritin" # µ'.encode("latin-1")}, "f.toml", "encoding"),
    Fault("UTF-16", {"sets.toml": SETS.encode("utf-16")}, "sets.toml", "encoding"),
    Fault("no marker", {"f.toml": 'name = "Ferritin"'}, "f.toml", "id"),
    Fault("an empty file", {"f.toml": ""}, "f.toml", "id"),
    Fault("a marker by number", {"f.toml": "id = 5"}, "f.toml", "id"),
    Fault("a marker of no name", {"f.toml": 'id = ""'}, "f.toml", "id"),
    Fault("a marker in capitals", {**CLINIC, "f.toml": ZINC.replace('"zinc"', '"Zinc"')}, "f.toml", "id"),
    # unknown keys
    Fault("unknown key of a marker", ferritin('colour = "red"'), "ferritin.toml", "colour"),
    Fault("unknown key of a range", ferritin(f"{ADULTS}colour = 1"), "ferritin.toml", "range[0].colour"),
    Fault("unknown key of a second range", ferritin(WOMEN, f"{MEN}colour = 1"), "ferritin.toml", "range[1].colour"),
    Fault(
        "unknown key of a bound",
        ferritin(ADULTS.replace('300, source = "my-manual"', '300, source = "my-manual", page = 3')),
        "ferritin.toml",
        "range[0].high.page",
    ),
    Fault("unknown fact", ferritin(ADULTS.replace("age =", "years =")), "ferritin.toml", "range[0].applies_to.years"),
    Fault("unknown key of a note", ferritin(f"{NOTE}doctor = 1"), "ferritin.toml", "note[0].doctor"),
    Fault("unknown condition", ferritin(f"{NOTE}when = {{ above = 5 }}"), "ferritin.toml", "note[0].when.above"),
    Fault(
        "unknown key of a unit",
        ferritin('[[accepts]]\nucum = "mg/L"\nspoken = "x"\nspelled = []'),
        "ferritin.toml",
        "accepts[0].spelled",
    ),
    Fault(
        "unknown key of a code",
        ferritin('[[loinc]]\ncode = "718-7"\nname = "x"\nproperty = "mass"\nunit = "g/L"'),
        "ferritin.toml",
        "loinc[0].unit",
    ),
    Fault(
        "unknown key of plausibility",
        {**CLINIC, "zinc.toml": ZINC.replace("[plausible]", "[plausible]\ncritical = 1")},
        "zinc.toml",
        "plausible.critical",
    ),
    Fault("unknown key of a source", {"sources.toml": f"{SOURCES}isbn = 1"}, "sources.toml", "my-manual.isbn"),
    Fault("unknown key of a set", {"sets.toml": f"{SETS}colour = 1"}, "sets.toml", "my-lab.colour"),
    Fault(
        "unknown key of a look-alike",
        {"lookalikes.toml": f"{LOOKALIKE}loinc = []"},
        "lookalikes.toml",
        "analyte[0].loinc",
    ),
    Fault(
        "unknown key beside the look-alikes",
        {"lookalikes.toml": f"version = 1\n{LOOKALIKE}"},
        "lookalikes.toml",
        "version",
    ),
    Fault(
        "unknown list of look-alikes",
        {"lookalikes.toml": LOOKALIKE.replace("analyte", "analytes")},
        "lookalikes.toml",
        "analytes",
    ),
    # missing keys
    Fault("no unit", ferritin(ADULTS.replace('unit = "ng/mL"', "")), "ferritin.toml", "range[0].unit"),
    Fault("no kind", ferritin(ADULTS.replace('kind = "standard"', "")), "ferritin.toml", "range[0].kind"),
    Fault("no sets", ferritin(ADULTS.replace('sets = ["my-lab"]', "")), "ferritin.toml", "range[0].sets"),
    Fault(
        "no sets, and a file that follows",
        {**ferritin(ADULTS.replace('sets = ["my-lab"]', "")), "g.toml": f'id = "ferritin"\n{ADULTS}'},
        "ferritin.toml",
        "range[0].sets",
    ),
    Fault(
        "no source", ferritin(ADULTS.replace('25, source = "my-manual"', "25")), "ferritin.toml", "range[0].low.source"
    ),
    Fault(
        "no locator",
        ferritin(ADULTS.replace('25, source = "my-manual", locator = "page 3"', '25, source = "my-manual"')),
        "ferritin.toml",
        "range[0].low.locator",
    ),
    Fault("no value", ferritin(ADULTS.replace("value = 300, ", "")), "ferritin.toml", "range[0].high.value"),
    Fault("no patient's text", ferritin(NOTE.replace("patient", "#")), "ferritin.toml", "note[0].patient"),
    Fault("no title", {"sources.toml": SOURCES.replace("title", "#")}, "sources.toml", "my-manual.title"),
    Fault("no evidence", {"sources.toml": SOURCES.replace("evidence", "#")}, "sources.toml", "my-manual.evidence"),
    Fault("no note of a set", {"sets.toml": SETS.replace("note", "#")}, "sets.toml", "my-lab.note"),
    Fault("no reason", {"lookalikes.toml": LOOKALIKE.replace("why", "#")}, "lookalikes.toml", "analyte[0].why"),
    Fault("a new marker without its name", {"zinc.toml": 'id = "zinc"'}, "zinc.toml", "name"),
    Fault(
        "a new marker without its specimen",
        {**CLINIC, "zinc.toml": ZINC.replace("specimen", "#")},
        "zinc.toml",
        "specimen",
    ),
    # wrong types
    Fault("text for a number", ferritin(bound('"25"')), "ferritin.toml", "range[0].low.value"),
    Fault("truth for a number", ferritin(bound("true")), "ferritin.toml", "range[0].low.value"),
    Fault("a list for a number", ferritin(bound("[25]")), "ferritin.toml", "range[0].low.value"),
    Fault("a day for a number", ferritin(bound("2026-01-31")), "ferritin.toml", "range[0].low.value"),
    Fault("NaN", ferritin(bound("nan")), "ferritin.toml", "range[0].low.value"),
    Fault("infinity", ferritin(bound("inf")), "ferritin.toml", "range[0].low.value"),
    Fault("minus infinity", ferritin(bound("-inf")), "ferritin.toml", "range[0].low.value"),
    Fault(
        "a number for a bound",
        ferritin(ADULTS.replace("low = { value", "low = 25 # {")),
        "ferritin.toml",
        "range[0].low",
    ),
    Fault(
        "a list for a table",
        ferritin(ADULTS.replace('{ age = ">=18 a" }', '["adults"]')),
        "ferritin.toml",
        "range[0].applies_to",
    ),
    Fault("text for a list", ferritin(ADULTS.replace('["my-lab"]', '"my-lab"')), "ferritin.toml", "range[0].sets"),
    Fault(
        "text for a list, and a file that follows",
        {**ferritin(ADULTS.replace('["my-lab"]', '"my-lab"')), "g.toml": f'id = "ferritin"\n{ADULTS}'},
        "ferritin.toml",
        "range[0].sets",
    ),
    Fault(
        "a number for a list, and a file that follows",
        {**ferritin(ADULTS.replace('["my-lab"]', "5")), "g.toml": f'id = "ferritin"\n{ADULTS}'},
        "ferritin.toml",
        "range[0].sets",
    ),
    Fault("no set at all", ferritin(ADULTS.replace('["my-lab"]', "[]")), "ferritin.toml", "range[0].sets"),
    Fault("text for a day", ferritin(ADULTS.replace("2026-01-31", '"today"')), "ferritin.toml", "range[0].reviewed"),
    Fault(
        "text for truth",
        ferritin(ADULTS.replace('">=18 a"', '">=18 a", pregnant = "no"')),
        "ferritin.toml",
        "range[0].applies_to.pregnant",
    ),
    Fault("another kind", ferritin(ADULTS.replace('"standard"', '"best"')), "ferritin.toml", "range[0].kind"),
    Fault("a letter for a sex", ferritin(WOMEN.replace('"female"', '"f"')), "ferritin.toml", "range[0].applies_to.sex"),
    Fault("a table of ranges", ferritin(ADULTS.replace("[[range]]", "[range]")), "ferritin.toml", "range"),
    Fault("a number for ranges", ferritin("range = 5"), "ferritin.toml", "range"),
    Fault("codes in a list", ferritin('loinc = ["2276-4"]'), "ferritin.toml", "loinc"),
    Fault("units in a list", ferritin('accepts = ["ng/mL"]'), "ferritin.toml", "accepts"),
    Fault("text for aliases", ferritin('aliases = "FE"'), "ferritin.toml", "aliases"),
    Fault(
        "text for aliases, and a file that follows",
        {**ferritin('aliases = "xyz"'), "g.toml": 'id = "ferritin"\naliases = ["FERR-X"]'},
        "ferritin.toml",
        "aliases",
    ),
    Fault(
        "a number for aliases, and a file that follows",
        {**ferritin("aliases = 5"), "g.toml": 'id = "ferritin"\naliases = ["FERR-X"]'},
        "ferritin.toml",
        "aliases",
    ),
    Fault(
        "no word for a code",
        ferritin('[[loinc]]\ncode = "ABC"\nname = "x"\nproperty = "mass"'),
        "ferritin.toml",
        "loinc[0].code",
    ),
    Fault(
        "another property",
        ferritin('[[loinc]]\ncode = "718-7"\nname = "x"\nproperty = "volume"'),
        "ferritin.toml",
        "loinc[0].property",
    ),
    Fault(
        "a mass of nought",
        ferritin('molar_mass = { value = 0, source = "my-manual", locator = "x" }'),
        "ferritin.toml",
        "molar_mass.value",
    ),
    Fault("a year in quotes", {"sources.toml": SOURCES.replace("2025", '"2025"')}, "sources.toml", "my-manual.year"),
    Fault("a default in quotes", {"sets.toml": f'{SETS}default = "yes"'}, "sets.toml", "my-lab.default"),
    Fault("a set in capitals", {"sets.toml": SETS.replace("my-lab", "MyLab")}, "sets.toml", "MyLab.id"),
    Fault("an id for a set beside its heading", {"sets.toml": f'{SETS}id = "other"'}, "sets.toml", "my-lab.id"),
    Fault(
        "an id for a source beside its heading",
        {"sources.toml": f'{SOURCES}id = "other"'},
        "sources.toml",
        "my-manual.id",
    ),
    Fault(
        "a look-alike in a table",
        {"lookalikes.toml": LOOKALIKE.replace("[[analyte]]", "[analyte]")},
        "lookalikes.toml",
        "analyte",
    ),
    Fault("a number for look-alikes", {"lookalikes.toml": "analyte = 5"}, "lookalikes.toml", "analyte"),
    Fault("a set outside a table", {"sets.toml": 'kind = "standard"'}, "sets.toml", "kind"),
    Fault("a source outside a table", {"sources.toml": 'title = "x"'}, "sources.toml", "title"),
    # a range that contradicts itself
    Fault("low above high", ferritin(bound("301")), "ferritin.toml", "range[0]"),
    Fault("low equal to high", ferritin(bound("300")), "ferritin.toml", "range[0]"),
    Fault(
        "no bound at all", ferritin(ADULTS.replace("low =", "#").replace("high =", "#")), "ferritin.toml", "range[0]"
    ),
    Fault("no age band", ferritin(ADULTS.replace(">=18 a", "adults")), "ferritin.toml", "range[0].applies_to.age"),
    Fault("no unit of age", ferritin(ADULTS.replace(">=18 a", "18-50")), "ferritin.toml", "range[0].applies_to.age"),
    Fault(
        "an inverted band", ferritin(ADULTS.replace(">=18 a", "50-18 a")), "ferritin.toml", "range[0].applies_to.age"
    ),
    # sources that are not there
    Fault("unknown source", ferritin(ADULTS.replace("my-manual", "my-manuel")), "ferritin.toml", "range[0].low.source"),
    Fault(
        "unknown source of the second range",
        ferritin(WOMEN, MEN.replace('200, source = "my-manual"', '200, source = "nobody"')),
        "ferritin.toml",
        "range[1].high.source",
    ),
    Fault("a source by number", ferritin(ADULTS.replace('"my-manual"', "7")), "ferritin.toml", "range[0].low.source"),
    Fault(
        "unknown source of a note", ferritin(NOTE.replace("my-manual", "nobody")), "ferritin.toml", "note[0].sources[0]"
    ),
    Fault(
        "one source for sources",
        ferritin(NOTE.replace('["my-manual"]', '"my-manual"')),
        "ferritin.toml",
        "note[0].sources",
    ),
    Fault("no source of a note", ferritin(NOTE.replace('["my-manual"]', "[]")), "ferritin.toml", "note[0].sources"),
    Fault(
        "unknown source of a mass",
        ferritin('molar_mass = { value = 1, source = "nobody", locator = "x" }'),
        "ferritin.toml",
        "molar_mass.source",
    ),
    Fault(
        "unknown source of a limit",
        {
            **CLINIC,
            "zinc.toml": ZINC.replace("[plausible]", "[plausible]\n# ").replace(
                'low = { value = 30, source = "my-manual"', 'low = { value = 30, source = "nobody"'
            ),
        },
        "zinc.toml",
        "plausible.soft.low.source",
    ),
    Fault(
        "a source of a note that is written out",
        ferritin(NOTE.replace('"my-manual"', '{ id = "x", title = "x", publisher = "x", evidence = "seen" }')),
        "ferritin.toml",
        "note[0].sources[0]",
    ),
    Fault(
        "a source that is written out",
        ferritin(
            ADULTS.replace(
                '25, source = "my-manual"', '25, source = { id = "x", title = "x", publisher = "x", evidence = "seen" }'
            )
        ),
        "ferritin.toml",
        "range[0].low.source",
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.law)
def test_a_fault_of_form_names_file_key_and_mend(fault: Fault, tmp_path: Path) -> None:
    """Whatever breaks the form of the files is refused, and the refusal says in which file, where, and what to do."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, fault.files))
    error = caught.value
    assert (error.file, error.key) == (fault.file, fault.key)
    assert error.happened
    assert error.mend
    assert error.code == "catalog"
    assert len(error.text) <= 80
    assert all(part in str(error) for part in (fault.file, fault.key, error.happened, error.mend))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_fault_in_a_list_of_aliases_names_the_place_in_the_clinic_s_own_list(place: int, tmp_path: Path) -> None:
    """The place is counted in the list that the clinic wrote, not in the one it was added to."""
    aliases = ['"one"', '"two"', '"three"']
    aliases[place] = "5"
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, ferritin(f"aliases = [{', '.join(aliases)}]")))
    assert caught.value.file == "ferritin.toml"
    assert caught.value.key == f"aliases[{place}]"


def test_a_misspelled_marker_is_a_fault_of_the_file_that_misspells_it(tmp_path: Path) -> None:
    """A file for a marker that does not exist, and that does not describe a new one, is named in the error."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, {**CLINIC, "mine.toml": f'id = "ferritn"\n{ADULTS}'}))
    assert caught.value.file == "mine.toml"
    assert caught.value.key in {"id", "name"}


def test_a_fault_below_the_folder_is_named_by_its_path_there(tmp_path: Path) -> None:
    """A file in a folder in the folder is named by its path from the folder that was given."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, {**CLINIC, "iron/mine.toml": f'id = "ferritin"\n{bound("nan")}'}))
    assert caught.value.file == str(Path("iron") / "mine.toml")
    assert caught.value.key == "range[0].low.value"


def test_keys_that_are_nested_beyond_measure_are_refused(tmp_path: Path) -> None:
    """A hostile file is refused like any other, whatever the depth of its keys."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, ferritin(f"a{'.a' * 2000} = 1")))
    assert caught.value.file == "ferritin.toml"


# ---------------------------------------------------------------- faults of the folder


def nothing(folder: Path) -> Path:
    """An empty folder."""
    return folder


def missing(folder: Path) -> Path:
    """A folder that is not there."""
    return folder / "missing"


def a_file(folder: Path) -> Path:
    """A file where a folder is wanted."""
    (folder / "ferritin.toml").write_text('id = "ferritin"', encoding="utf-8")
    return folder / "ferritin.toml"


def no_toml(folder: Path) -> Path:
    """A folder with other files alone."""
    (folder / "ferritin.txt").write_text('id = "ferritin"', encoding="utf-8")
    return folder


@pytest.mark.parametrize("make", [nothing, missing, a_file, no_toml], ids=lambda make: str(make.__doc__))
def test_a_folder_without_data_is_refused_by_its_name(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """A folder that is empty, missing, or no folder is refused, never taken for one without additions."""
    folder = make(tmp_path)
    with pytest.raises(CatalogError) as caught:
        Catalog.load(folder)
    assert (caught.value.file, caught.value.key) == (str(folder), "folder")
    assert caught.value.mend


def test_a_missing_folder_is_told_from_an_empty_one(tmp_path: Path) -> None:
    """A slip in the folder's name is not taken for a folder without data, nor the other way round."""
    happened = []
    for make in (missing, no_toml):
        with pytest.raises(CatalogError) as caught:
            Catalog.load(make(tmp_path))
        happened.append(caught.value.happened)
    missing_one = shown(str(tmp_path / "missing"))
    assert happened == [f"There is no folder {missing_one}", "There is no TOML file in this folder"]


def test_a_clinic_s_catalog_survives_pickling(tmp_path: Path) -> None:
    """A clinic's catalog can be sent to another process, and finds there what it finds here."""
    catalog = Catalog.load(write(tmp_path, {**ferritin(ADULTS), "sets.toml": f"{SETS}default = true"}))
    copy = pickle.loads(pickle.dumps(catalog))  # noqa: S301  pickled in this line
    assert dict(copy.markers) == dict(catalog.markers)
    assert copy.set("standard") == catalog.set("standard")
    assert copy.sources["my-manual"] == catalog.sources["my-manual"]


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    """What has a file's name and cannot be read is refused, and the refusal names it."""
    (tmp_path / "ferritin.toml").mkdir()
    with pytest.raises(CatalogError) as caught:
        Catalog.load(tmp_path)
    assert "ferritin.toml" in str(caught.value)
    assert caught.value.mend


# ---------------------------------------------------------------- whatever a clinic writes

Leaf = tuple[str | int, ...]


def toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(each) for each in value) + "]"
    return json.dumps(value) if isinstance(value, (str, bool)) else str(value)


def document() -> dict[str, object]:
    """A clinic's file about ferritin that is without fault, with every kind of entry."""
    one = {"value": 25, "source": "my-manual", "locator": "page 3", "inclusive": True, "note": "x"}
    return {
        "id": "ferritin",
        "name": "Ferritin",
        "plain_name": "ferritin",
        "specimen": "serum",
        "unit": "ng/mL",
        "concern": "below",
        "aliases": ["FERR-X"],
        "molar_mass": {"value": 445000, "source": "my-manual", "locator": "x", "approximate": True},
        "accepts": [{"ucum": "mg/L", "spoken": "milligrams per liter", "written": ["mg per L"]}],
        "loinc": [{"code": "718-7", "name": "x", "property": "mass", "partial": "x", "note": "x"}],
        "partly": [{"names": ["half of it"], "partial": "x"}],
        "plausible": {
            "unit": "ng/mL",
            "soft": {"low": {**one, "value": 2}, "high": {**one, "value": 10000}},
            "hard": {"low": {**one, "value": 0}, "high": {**one, "value": 800000}},
        },
        "note": [
            {
                "kind": "caution",
                "when": {"optimal": ["below"], "unit": "ng/mL", "ge": 2, "lt": 75.5},
                "clinician": "x",
                "patient": "x",
                "sources": ["my-manual"],
            }
        ],
        "range": [
            {
                "kind": "standard",
                "sets": ["my-lab"],
                "applies_to": {"sex": "female", "age": "18-50 a", "pregnant": False},
                "unit": "ng/mL",
                "low": dict(one),
                "high": {**one, "value": 300},
                "lab_low": {**one, "value": 20},
                "reviewed": date(2026, 1, 31),
                "note": "x",
            }
        ],
    }


def leaves(value: object, path: Leaf = ()) -> list[Leaf]:
    """The path of everything in a document, leaves and tables alike."""
    below: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [path, *(found for key, each in below for found in leaves(each, (*path, key)))]


def changed(value: object, path: Leaf, change: Callable[[dict[str, object], str], None]) -> object:
    """The document, with the change made to the table that holds the end of the path."""
    if isinstance(value, list):
        return [changed(each, path[1:], change) if index == path[0] else each for index, each in enumerate(value)]
    assert isinstance(value, dict)
    copy = dict(value)
    if len(path) == 1:
        change(copy, str(path[0]))
    else:
        copy[str(path[0])] = changed(copy[str(path[0])], path[1:], change)
    return copy


PLACES = [path for path in leaves(document()) if path and path[0] != "id" and isinstance(path[-1], str)]
ODD: list[object] = [
    *("", "x", 5, -1, Decimal("0.5"), Decimal("1e400"), True, float("nan"), float("inf"), date(2026, 1, 31), []),
    *({}, [[]], [{}], [5], ["x"], {"x": 1}, {"low": 5}, [[["x"]]], "2276-4", "ferritin", "my-manual", "18-50 a"),
]


def loads(folder: Path, text: str) -> bool:
    """Whether the clinic's file loads; if it does not, its error says where it stands and what to do."""
    try:
        Catalog.load(write(folder, {**CLINIC, "mine.toml": text}))
    except CatalogError as caught:
        error = caught
    else:
        return True
    assert error.file == "mine.toml"
    assert error.key
    assert error.happened
    assert error.mend
    return False


def test_the_document_that_is_varied_is_without_fault(tmp_path: Path) -> None:
    """Before anything is changed in it, the document loads."""
    assert loads(tmp_path, "\n".join(f"{key} = {toml(each)}" for key, each in document().items()))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PLACES), odd=st.sampled_from(ODD))
def test_an_odd_value_anywhere_is_read_or_refused_where_it_stands(path: Leaf, odd: object, tmp_path: Path) -> None:
    """Whatever stands in the place of whatever value, the file loads or is named in the error, with key and mend."""

    def put(table: dict[str, object], key: str) -> None:
        table[key] = odd

    new = changed(document(), path, put)
    assert isinstance(new, dict)
    assert loads(tmp_path, "\n".join(f"{key} = {toml(each)}" for key, each in new.items())) in {True, False}


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_key_that_is_spelled_wrong_is_never_ignored(path: Leaf, tmp_path: Path) -> None:
    """A key with a slip in it is refused wherever it stands, and the error names it or what is now missing."""

    def slip(table: dict[str, object], key: str) -> None:
        table[f"{key}z"] = table.pop(key)

    new = changed(document(), path, slip)
    assert isinstance(new, dict)
    assert not loads(tmp_path, "\n".join(f"{key} = {toml(each)}" for key, each in new.items()))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_whatever_bytes_a_file_holds_it_is_refused_by_its_name(content: bytes, tmp_path: Path) -> None:
    """A file of any bytes at all is refused by this package's own error, which names the file."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(tmp_path, {"mine.toml": content}))
    assert caught.value.file == "mine.toml"
    assert caught.value.key
    assert caught.value.mend
