"""The rules of the data: ours keep them, and a clinic that breaks one is told in which file, where, and what to do."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rlslabs
from rlslabs.catalog import Catalog, builtin
from rlslabs.checks import check, fold_name
from rlslabs.errors import CatalogError
from rlslabs.facts import Bound, Population, Range
from rlslabs.loading import Facts, load_facts
from rlslabs.marker import Accepted, Marker
from rlslabs.units import factor

Files = Mapping[str, str]

OURS = builtin()
KNOWLEDGE = Path(rlslabs.__file__).parent / "knowledge"

SOURCES = """
[my-manual]
title = "Laboratory manual"
publisher = "My clinic"
evidence = "seen"
"""

SETS = """
[my-lab]
kind = "standard"
name = "standard range of my clinic"
note = "As printed on our reports."
"""

LOOKALIKE = """
[[analyte]]
name = "Ferritin in tears"
names = ["tear ferritin"]
codes = ["718-7"]
looks_like = "ferritin"
why = "tears are another specimen than serum or plasma"
"""

PLAUSIBLE = """
[plausible]
unit = "ng/mL"
[plausible.hard]
low = { value = 1, source = "my-manual", locator = "page 9" }
high = { value = 9000, source = "my-manual", locator = "page 9" }
[plausible.soft]
low = { value = 2, source = "my-manual", locator = "page 9" }
high = { value = 8000, source = "my-manual", locator = "page 9" }
"""

ZINC = """
id = "zinc"
name = "Zinc"
plain_name = "zinc"
specimen = "serum or plasma"
unit = "ug/dL"
concern = "below"

[[accepts]]
ucum = "ug/dL"
spoken = "micrograms per deciliter"

[[loinc]]
code = "5763-8"
name = "Zinc [Mass/volume] in Serum or Plasma"
property = "mass"

[plausible]
unit = "ug/dL"
soft.low = { value = 30, source = "my-manual", locator = "page 9" }
soft.high = { value = 300, source = "my-manual", locator = "page 9" }
hard.low = { value = 1, source = "my-manual", locator = "page 9" }
hard.high = { value = 3000, source = "my-manual", locator = "page 9" }
"""

CLINIC = {"sources.toml": SOURCES, "sets.toml": SETS}


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


def limit(value: object) -> str:
    """A bound with this number."""
    return f'{{ value = {value}, source = "my-manual", locator = "page 3" }}'


def a_range(
    who: str = '{ age = ">=18 a" }', low: object = 25, high: object = 300, unit: str = "ng/mL", more: str = ""
) -> str:
    """A range of the clinic's own set."""
    return f"""
[[range]]
kind = "standard"
sets = ["my-lab"]
applies_to = {who}
unit = "{unit}"
low = {limit(low)}
high = {limit(high)}
reviewed = 2026-01-31
{more}
"""


def a_code(code: str, measured: str = "mass") -> str:
    """A LOINC code."""
    return f'[[loinc]]\ncode = "{code}"\nname = "x"\nproperty = "{measured}"\n'


def a_unit(ucum: str, *written: str) -> str:
    """An accepted unit."""
    return f'[[accepts]]\nucum = "{ucum}"\nspoken = "in {ucum}, as we say"\nwritten = [{", ".join(written)}]\n'


def a_note(when: str) -> str:
    """A note, and when it is said."""
    return f"""
[[note]]
kind = "caution"
when = {when}
clinician = "x"
patient = "x"
sources = ["my-manual"]
"""


def mine(*parts: str, marker: str = "ferritin", **files: str) -> dict[str, str]:
    """A clinic's folder with its sources, its set, one file about a marker, and other files by their names."""
    others = {f"{name}.toml": content for name, content in files.items()}
    return {**CLINIC, "mine.toml": "\n".join([f'id = "{marker}"', *parts]), **others}


def write(folder: Path, files: Files) -> Path:
    """Write a clinic's files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def refusal(folder: Path, files: Files) -> CatalogError:
    """The error by which a clinic's files are refused."""
    with pytest.raises(CatalogError) as caught:
        Catalog.load(write(folder, files))
    assert caught.value.happened
    assert caught.value.mend
    assert caught.value.code == "catalog"
    return caught.value


# ---------------------------------------------------------------- every rule, broken once


class Fault(NamedTuple):
    """A rule that a clinic's folder breaks, and the place that its error must name."""

    law: str
    files: Files
    file: str
    key: str


FAULTS = (
    # names and codes
    Fault("an alias of an earlier marker", mine('aliases = ["ferritin level"]', marker="iron"), "mine.toml", "aliases"),
    Fault("an alias of a later marker", mine('aliases = ["TIBC"]'), "mine.toml", "aliases"),
    Fault("an alias in other letters", mine('aliases = ["t.i.b.c."]'), "mine.toml", "aliases"),
    Fault("an alias that is a marker's id", mine('aliases = ["vitamin_d"]'), "mine.toml", "aliases"),
    Fault("an alias of a look-alike", mine('aliases = ["transferrin"]', marker="tibc"), "mine.toml", "aliases"),
    Fault("an alias of a part", mine('aliases = ["calcidiol"]', marker="vitamin_d"), "mine.toml", "aliases"),
    Fault("an alias that is another's code", mine('aliases = ["2276-4"]', marker="vitamin_d"), "mine.toml", "aliases"),
    Fault("an alias that is a look-alike's code", mine('aliases = ["3034-6"]', marker="tibc"), "mine.toml", "aliases"),
    Fault("an alias of punctuation", mine('aliases = ["-"]'), "mine.toml", "aliases"),
    Fault("an alias of blanks", mine('aliases = [" "]'), "mine.toml", "aliases"),
    Fault(
        "an alias with the digits of another's code", mine('aliases = ["22764"]', marker="iron"), "mine.toml", "aliases"
    ),
    Fault(
        "an alias with the digits of a look-alike's code",
        mine('aliases = ["3034.6"]', marker="tibc"),
        "mine.toml",
        "aliases",
    ),
    Fault(
        "an alias with the digits of a code for a part",
        mine('aliases = ["19893"]', marker="vitamin_d"),
        "mine.toml",
        "aliases",
    ),
    Fault("a name of punctuation", mine('name = "--"'), "mine.toml", "name"),
    Fault("a part of punctuation", mine('[[partly]]\nnames = ["-"]\npartial = "x"'), "mine.toml", "partly[0].names"),
    Fault("a name of another marker", mine('name = "Iron"'), "mine.toml", "name"),
    Fault(
        "a part by a name of the whole",
        mine('[[partly]]\nnames = ["ferritin"]\npartial = "x"'),
        "mine.toml",
        "partly",
    ),
    Fault(
        "a part by another marker's name",
        mine('[[partly]]\nnames = ["tibc"]\npartial = "x"', marker="vitamin_d"),
        "mine.toml",
        "partly",
    ),
    Fault(
        "a new marker by a name of ours",
        {**CLINIC, "zinc.toml": ZINC.replace('name = "Zinc"', 'name = "TIBC"')},
        "zinc.toml",
        "name",
    ),
    Fault("a code of an earlier marker", mine(a_code("2276-4"), marker="iron"), "mine.toml", "loinc[0]"),
    Fault("a code of a later marker", mine(a_code("2498-4")), "mine.toml", "loinc[0]"),
    Fault("a code of a look-alike", mine(a_code("718-7"), a_code("3034-6"), marker="tibc"), "mine.toml", "loinc[1]"),
    Fault(
        "a code twice",
        mine(a_code("718-7", "mass"), a_code("718-7", "moles")),
        "mine.toml",
        "loinc[1]",
    ),
    Fault("a failing check digit", mine(a_code("718-7"), a_code("718-8")), "mine.toml", "loinc[1].code"),
    Fault(
        "a property without a unit",
        mine(a_code("718-7"), marker="transferrin_saturation"),
        "mine.toml",
        "loinc[0].property",
    ),
    Fault("a fraction of a mass", mine(a_code("718-7", "fraction")), "mine.toml", "loinc[0].property"),
    # look-alikes
    Fault(
        "a look-alike by a marker's name",
        {"lookalikes.toml": LOOKALIKE.replace("tear ferritin", "serum iron")},
        "lookalikes.toml",
        "analyte[0]",
    ),
    Fault(
        "a look-alike by a marker's code",
        {"lookalikes.toml": LOOKALIKE.replace("718-7", "2276-4")},
        "lookalikes.toml",
        "analyte[0]",
    ),
    Fault(
        "a look-alike by the name of another",
        {"lookalikes.toml": LOOKALIKE + LOOKALIKE.replace("in tears", "of tears").replace("718-7", "5763-8")},
        "lookalikes.toml",
        "analyte[1]",
    ),
    Fault(
        "a look-alike of nothing",
        {"lookalikes.toml": LOOKALIKE.replace('looks_like = "ferritin"', 'looks_like = "feritin"')},
        "lookalikes.toml",
        "analyte[0].looks_like",
    ),
    Fault(
        "a failing check digit of a look-alike",
        {"lookalikes.toml": LOOKALIKE.replace("718-7", "718-8")},
        "lookalikes.toml",
        "analyte[0].codes",
    ),
    Fault(
        "a look-alike of punctuation",
        {"lookalikes.toml": LOOKALIKE.replace("Ferritin in tears", "...")},
        "lookalikes.toml",
        "analyte[0].name",
    ),
    Fault(
        "a look-alike of names of punctuation",
        {"lookalikes.toml": LOOKALIKE.replace("tear ferritin", " - ")},
        "lookalikes.toml",
        "analyte[0].names",
    ),
    # defaults
    Fault(
        "two defaults in one file",
        {**CLINIC, "sets.toml": f"{SETS}default = true\n{SETS.replace('my-lab', 'my-other-lab')}default = true"},
        "sets.toml",
        "my-other-lab",
    ),
    Fault(
        "two defaults in two files",
        {"a/sets.toml": f"{SETS}default = true", "b/sets.toml": f"{SETS.replace('my-lab', 'b-lab')}default = true"},
        "b/sets.toml",
        "b-lab",
    ),
    Fault(
        "no default any more",
        {"sets.toml": SETS.replace("my-lab", "general")},
        "sets.toml",
        "general",
    ),
    Fault(
        "a default of another kind",
        {"sets.toml": f"{SETS.replace('my-lab', 'general').replace('standard', 'optimal', 1)}default = true"},
        "sets.toml",
        "general",
    ),
    # the name of a report's own range
    Fault("a set called report", {"sets.toml": SETS.replace("my-lab", "report")}, "sets.toml", "report"),
    Fault("a source called report", {"sources.toml": SOURCES.replace("my-manual", "report")}, "sources.toml", "report"),
    # units
    Fault("a unit that is no UCUM", mine(a_unit("ng per mL")), "mine.toml", "accepts[0].ucum"),
    Fault("a unit of a patient", mine(a_unit("mg/L"), a_unit("10*3/uL")), "mine.toml", "accepts[1].ucum"),
    Fault("a spelling of two units", mine(a_unit("mg/L", '"mcg/L"')), "mine.toml", "accepts[0].written"),
    Fault("a spelling of a unit's own code", mine(a_unit("mg/L", '"NG / ML"')), "mine.toml", "accepts[0].written"),
    Fault("a spelling of nothing", mine(a_unit("mg/L", '" "')), "mine.toml", "accepts[0].written"),
    Fault("a spelling of an annotation", mine(a_unit("mg/L", '"{ferritin}"')), "mine.toml", "accepts[0].written"),
    *(
        Fault(f"a spelling that is another unit, {spelling}", mine(a_unit("mg/L", spelling)), "mine.toml", "accepts[0]")
        for spelling in ('"g/L"', '"G / L"', '"mg/dL"', '"MG/ML"', '"\u00b5g/dl"', '"umol/L"', '"%"', '"1"')
    ),
    Fault(
        "words for a unit that are another unit",
        mine('[[accepts]]\nucum = "mg/L"\nspoken = "g/L"'),
        "mine.toml",
        "accepts[0]",
    ),
    Fault(
        "moles without a molar mass",
        {**CLINIC, "zinc.toml": f"{ZINC}{a_unit('umol/L')}"},
        "zinc.toml",
        "accepts[1].ucum",
    ),
    Fault(
        "a mass for a fraction", mine(a_unit("ng/mL"), marker="transferrin_saturation"), "mine.toml", "accepts[0].ucum"
    ),
    Fault("a fraction for a mass", mine(a_unit("%")), "mine.toml", "accepts[0].ucum"),
    Fault("a shown unit that is not accepted", mine('unit = "g/L"'), "mine.toml", "unit"),
    Fault("a range in a unit that is not accepted", mine(a_range(unit="ng/dL")), "mine.toml", "range[0].unit"),
    Fault("a range in a spelling of a unit", mine(a_range(unit="mcg/L")), "mine.toml", "range[0].unit"),
    Fault(
        "plausibility in a unit that is not accepted",
        mine(PLAUSIBLE.replace("ng/mL", "g/L")),
        "mine.toml",
        "plausible.unit",
    ),
    # when a note is said
    Fault("values of a note without a unit", mine(a_note("{ ge = 5 }")), "mine.toml", "note[0].when.unit"),
    Fault("a unit of a note without values", mine(a_note('{ unit = "ng/mL" }')), "mine.toml", "note[0].when.unit"),
    *(
        Fault(f"a note in {unit}", mine(a_note(f'{{ unit = "{unit}", gt = 5 }}')), "mine.toml", "note[0].when.unit")
        for unit in ("g/L", "mcg/L")
    ),
    *(
        Fault(f"a note that {ends} never meets", mine(a_note(f'{{ unit = "ng/mL", {ends} }}')), "mine.toml", "note[0]")
        for ends in ("ge = 5, lt = 4", "gt = 5, le = 4.9", "gt = 5, lt = 5", "ge = 5, lt = 5", "gt = 5, le = 5")
    ),
    *(
        Fault(f"a note with {ends}", mine(a_note(f'{{ unit = "ng/mL", {ends} }}')), "mine.toml", "note[0].when")
        for ends in ("ge = 5, gt = 4", "le = 5, lt = 6")
    ),
    # sets and limits
    Fault(
        "a range that nobody looked at",
        mine(a_range().replace("reviewed", "# ")),
        "mine.toml",
        "range[0].reviewed",
    ),
    Fault(
        "a second range that nobody looked at",
        mine(a_range('{ sex = "male" }'), a_range('{ sex = "female" }').replace("reviewed", "# ")),
        "mine.toml",
        "range[1].reviewed",
    ),
    Fault("an unknown set", mine(a_range().replace("my-lab", "my-labs")), "mine.toml", "range[0].sets"),
    Fault(
        "an unknown set beside a known one",
        mine(a_range(), a_range().replace('"my-lab"', '"my-lab", "my-labs"')),
        "mine.toml",
        "range[1].sets",
    ),
    Fault("a set of the other kind", mine(a_range().replace('"standard"', '"optimal"')), "mine.toml", "range[0].sets"),
    Fault(
        "a standard range in the protocol's set",
        mine(a_range().replace("my-lab", "healers-rls-protocol")),
        "mine.toml",
        "range[0].sets",
    ),
    Fault("a high bound that no one has", mine(a_range(high=800_001)), "mine.toml", "range[0].high.value"),
    Fault("a low bound that no one has", mine(a_range(low="-0.1")), "mine.toml", "range[0].low.value"),
    *(
        Fault(
            f"a laboratory's own lower limit of {low}, not below 300",
            mine(a_range(more=f"lab_low = {limit(low)}")),
            "mine.toml",
            "range[0].lab_low",
        )
        for low in (300, 301)
    ),
    Fault(
        "a laboratory's limit that no one has",
        mine(a_range(more=f"lab_low = {limit(-1)}")),
        "mine.toml",
        "range[0].lab_low.value",
    ),
    Fault(
        "a bound in the wrong unit",
        mine(a_range(low="0.1", high="900", unit="umol/L"), marker="iron"),
        "mine.toml",
        "range[0].low.value",
    ),
    *(
        Fault(f"plausibility out of order, {old} as {new}", mine(PLAUSIBLE.replace(old, new)), "mine.toml", "plausible")
        for old, new in (
            *(("value = 1,", "value = 3,"), ("value = 2,", "value = 8000,"), ("value = 2,", "value = 8500,")),
            ("value = 9000,", "value = 7999,"),
        )
    ),
    # populations
    Fault(
        "an overlap of ages",
        mine(a_range('{ age = "18-50 a" }'), a_range('{ age = ">=50 a" }')),
        "mine.toml",
        "range[1].applies_to",
    ),
    Fault(
        "an overlap of everybody and women",
        mine(a_range(), a_range('{ sex = "female", age = "30-39 a" }')),
        "mine.toml",
        "range[1].applies_to",
    ),
    Fault("a range twice", mine(a_range(), a_range()), "mine.toml", "range[1].applies_to"),
    Fault("everybody twice", mine(a_range("{}"), a_range('{ age = "0-17 a" }')), "mine.toml", "range[1].applies_to"),
    Fault(
        "an overlap among the pregnant",
        mine(a_range("{ pregnant = true }"), a_range('{ sex = "female", pregnant = true }')),
        "mine.toml",
        "range[1].applies_to",
    ),
    Fault(
        "a gap among adults",
        mine(a_range('{ age = "18-50 a" }'), a_range('{ age = ">=52 a" }')),
        "mine.toml",
        "range[1].applies_to",
    ),
    Fault(
        "a gap among adults, older first",
        mine(a_range('{ age = ">=52 a" }'), a_range('{ age = "18-50 a" }')),
        "mine.toml",
        "range[0].applies_to",
    ),
    Fault(
        "a gap among women alone",
        mine(
            a_range('{ sex = "male", age = ">=18 a" }'),
            a_range('{ sex = "female", age = "18-50 a" }'),
            a_range('{ sex = "female", age = ">=52 a" }'),
        ),
        "mine.toml",
        "range[2].applies_to",
    ),
    Fault(
        "a gap of a month among adults",
        mine(a_range('{ age = "18-49 a" }'), a_range('{ age = ">=601 mo" }')),
        "mine.toml",
        "range[1].applies_to",
    ),
    Fault(
        "a gap between children and adults",
        mine(a_range('{ age = "0-17 a" }'), a_range('{ age = ">=19 a" }')),
        "mine.toml",
        "range[1].applies_to",
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.law)
def test_a_broken_rule_names_file_key_and_mend(fault: Fault, tmp_path: Path) -> None:
    """Whatever breaks a rule of the data is refused, and the refusal says in which file, where, and what to do."""
    error = refusal(tmp_path, fault.files)
    assert error.file == fault.file
    assert error.key == fault.key or error.key.startswith((f"{fault.key}.", f"{fault.key}["))


BLAMED = {
    "less is possible": (mine(PLAUSIBLE.replace("9000", "100").replace("8000", "90")), "mine.toml", "plausible"),
    "another molar mass": (
        mine(f"molar_mass = {limit('1e9')}", marker="vitamin_b12"),
        *("mine.toml", "molar_mass"),
    ),
    "another kind of set": (
        {"mine/sets.toml": SETS.replace("my-lab", "mayo").replace("standard", "optimal", 1)},
        *("mine/sets.toml", "mayo"),
    ),
    "a code of ours": (mine(a_code("2498-4")), "mine.toml", "loinc[0]"),
    "a name of ours": (mine('name = "Iron"'), "mine.toml", "name"),
    "a look-alike of ours": (mine('aliases = ["UIBC"]'), "mine.toml", "aliases[0]"),
}


@pytest.mark.parametrize(("files", "file", "key"), BLAMED.values(), ids=BLAMED)
def test_a_fault_that_a_clinic_makes_is_laid_at_no_file_of_ours(
    files: Files, file: str, key: str, tmp_path: Path
) -> None:
    """Where a clinic's file and one of ours cannot both hold, it is the clinic's that is named."""
    error = refusal(tmp_path, files)
    assert error.file == file
    assert error.key.startswith(key)


def test_the_last_of_a_clinic_s_files_is_to_blame_for_what_two_of_them_claim(tmp_path: Path) -> None:
    """A name that two files of a clinic give to two markers is a fault of the one that is read last."""
    files = {"a.toml": 'id = "ferritin"\naliases = ["zz"]', "b.toml": 'id = "iron"\naliases = ["zz"]'}
    error = refusal(tmp_path, files)
    assert (error.file, error.key, error.text) == ("b.toml", "aliases[0]", "zz")


# ---------------------------------------------------------------- what no rule forbids


ALLOWED = {
    "a new marker of the simplest kind": {**CLINIC, "zinc.toml": ZINC},
    "an alias of its own marker again": mine('aliases = ["serum ferritin", "Serum-Ferritin"]'),
    "bands that meet": mine(a_range('{ age = "18-50 a" }'), a_range('{ age = ">=51 a" }')),
    "bands that meet in months": mine(a_range('{ age = "18-49 a" }'), a_range('{ age = ">=600 mo" }')),
    "a gap among children": mine(a_range('{ age = "0-5 a" }'), a_range('{ age = "7-17 a" }'), a_range()),
    "the pregnant beside everybody": mine(a_range("{}"), a_range("{ pregnant = true }")),
    "the pregnant of some ages": mine(a_range("{}"), a_range('{ age = "20-29 a", pregnant = true }')),
    "one sex alone": mine(a_range('{ sex = "female", age = ">=18 a" }')),
    "an adult band that begins later": mine(a_range('{ age = ">=20 a" }')),
    "bounds at the limits of what is possible": mine(a_range(low=0, high=800_000)),
    "an open end": mine(a_range().replace("high =", "#")),
    "a laboratory's own lower limit": mine(a_range(more=f"lab_low = {limit(12)}")),
    "plausibility that meets": mine(PLAUSIBLE.replace("value = 2,", "value = 1,").replace("8000", "9000")),
    "a code for any property": mine(a_code("718-7", "any"), marker="transferrin_saturation"),
    "a spelling that folds to its own unit": mine(a_unit("ng/mL", '"NG/ML"', '"ng / mL."')),
    "a spelling of a unit by its own code in other letters": mine(a_unit("mg/L", '"MG / L"', '"mg/l"')),
    "a note for values in its own unit": mine(a_note('{ unit = "ug/L", ge = 5, lt = 75 }')),
    "a note for one value": mine(a_note('{ unit = "ng/mL", ge = 5, le = 5 }')),
    "a note for places alone": mine(a_note('{ optimal = ["below"] }')),
    "a look-alike": {"lookalikes.toml": LOOKALIKE},
    "a look-alike of a new marker": {
        **CLINIC,
        "zinc.toml": ZINC,
        "lookalikes.toml": LOOKALIKE.replace('looks_like = "ferritin"', 'looks_like = "zinc"'),
    },
}


@pytest.mark.parametrize("files", ALLOWED.values(), ids=ALLOWED)
def test_what_no_rule_forbids_is_loaded(files: Files, tmp_path: Path) -> None:
    """A rule refuses what breaks it and nothing beside it."""
    assert set(Catalog.load(write(tmp_path, files)).markers) >= set(OURS.markers)


def test_our_own_data_keep_every_rule() -> None:
    """The rules that a clinic is held to hold for our own files."""
    facts = load_facts()
    check(facts)
    assert facts.markers == dict(OURS.markers)


# ---------------------------------------------------------------- properties


our_facts = lru_cache(maxsize=1)(load_facts)


def with_ranges(*ranges: Range) -> Facts:
    """Our facts, with these ranges in the place of every range of ferritin."""
    facts = our_facts()
    changed = facts.markers["ferritin"].model_copy(update={"range": ranges})
    return replace(facts, markers={**facts.markers, "ferritin": changed})


def band(start: int, end: int | None, sex: str | None = None) -> Range:
    """A range of the general set for completed years, from the first to the last, or with no last."""
    like = next(each for each in OURS.markers["ferritin"].range if each.sets == ("general",))
    who = Population.model_validate({"sex": sex, "age": f">={start} a" if end is None else f"{start}-{end} a"})
    return like.model_copy(update={"applies_to": who})


def bands(cuts: list[int]) -> list[Range]:
    """Bands that meet, from eighteen years on, cut at the beginnings of these years."""
    starts = [18, *cuts]
    ends = [cut - 1 for cut in cuts]
    return [band(start, end) for start, end in zip(starts, [*ends, None], strict=True)]


cuts_among_adults = st.lists(st.integers(20, 100), min_size=1, max_size=5, unique=True).map(sorted)


@settings(max_examples=20, deadline=None)
@given(cuts_among_adults, st.randoms(use_true_random=False))
def test_bands_that_meet_are_sound_in_any_order(cuts: list[int], order: Any) -> None:  # noqa: ANN401  Hypothesis' own
    """Bands that share out the adults, each to one, are sound however the file orders them."""
    ours = bands(cuts)
    order.shuffle(ours)
    check(with_ranges(*ours))
    assert len(ours) == len(cuts) + 1


@settings(max_examples=20, deadline=None)
@given(cuts_among_adults, st.data())
def test_a_band_that_reaches_into_another_is_an_overlap(cuts: list[int], data: st.DataObject) -> None:
    """A band that is one year longer than up to the next is refused."""
    ours = bands(cuts)
    place = data.draw(st.integers(0, len(cuts) - 1))
    start = [18, *cuts][place]
    ours[place] = band(start, cuts[place], data.draw(st.sampled_from([None, "female", "male"])))
    with pytest.raises(CatalogError) as caught:
        check(with_ranges(*ours))
    assert caught.value.key.endswith("applies_to")


@settings(max_examples=20, deadline=None)
@given(cuts_among_adults, st.data())
def test_a_band_that_ends_too_early_leaves_a_gap(cuts: list[int], data: st.DataObject) -> None:
    """A band that is one year shorter than up to the next is refused, for that leaves an adult without an answer."""
    ours = bands(cuts)
    place = data.draw(st.integers(0, len(cuts) - 1))
    start = [18, *cuts][place]
    assume(cuts[place] - 2 >= start)
    ours[place] = band(start, cuts[place] - 2)
    with pytest.raises(CatalogError) as caught:
        check(with_ranges(*ours))
    assert caught.value.key.endswith("applies_to")


values = st.decimals("-1000", "1000000", places=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(low=values, high=values, unit=st.sampled_from(["ng/mL", "ug/L", "pmol/L"]))
def test_a_range_is_sound_exactly_where_it_is_in_order_and_possible(
    low: Decimal, high: Decimal, unit: str, tmp_path: Path
) -> None:
    """Two numbers make a range where the first is below the second and both are possible in that unit."""
    ferritin = OURS.markers["ferritin"]
    assert ferritin.molar_mass is not None
    by = factor(unit, ferritin.plausible.unit, ferritin.molar_mass.value)
    inside = [0 <= value * by <= 800_000 for value in map(Fraction, (low, high))]
    files = mine(a_range(low=f"{low:f}", high=f"{high:f}", unit=unit))
    if low < high and all(inside):
        assert Catalog.load(write(tmp_path, files)).markers["ferritin"].range[-1].unit == unit
    else:
        error = refusal(tmp_path, files)
        assert error.file == "mine.toml"
        assert error.key in {"range[0]", "range[0].low.value", "range[0].high.value"}


NAMES = [(id_, name) for id_, marker in OURS.markers.items() for name in (id_, marker.name, *marker.aliases)]
CODES = [(id_, index) for id_, marker in OURS.markers.items() for index in range(len(marker.loinc))]
ids = st.sampled_from(list(OURS.markers))


def with_marker(marker: Marker) -> Facts:
    """Our facts, with this marker in the place of the one of the same id."""
    facts = our_facts()
    return replace(facts, markers={**facts.markers, marker.id: marker})


@settings(max_examples=40, deadline=None)
@given(ids, st.sampled_from(NAMES), st.sampled_from([str, str.upper, str.title, "-".join]))
def test_a_name_belongs_to_one_marker(id_: str, owned: tuple[str, str], respell: Any) -> None:  # noqa: ANN401  a function of text
    """A name of one marker, however it is spelled, is refused as an alias of any other and harmless in its own."""
    marker = OURS.markers[id_]
    owner, name = owned
    facts = with_marker(marker.model_copy(update={"aliases": (*marker.aliases, respell(name))}))
    if owner == marker.id:
        check(facts)
        assert fold_name(respell(name)) == fold_name(name)
    else:
        with pytest.raises(CatalogError) as caught:
            check(facts)
        assert fold_name(caught.value.text) == fold_name(name)


@settings(max_examples=40, deadline=None)
@given(ids, st.sampled_from(CODES))
def test_a_code_belongs_to_one_marker(id_: str, owned: tuple[str, int]) -> None:
    """A LOINC code of one marker is refused as a code of any other."""
    owner, index = owned
    assume(owner != id_)
    marker, code = OURS.markers[id_], OURS.markers[owner].loinc[index]
    with pytest.raises(CatalogError) as caught:
        check(with_marker(marker.model_copy(update={"loinc": (*marker.loinc, code)})))
    assert caught.value.text == code.code


@settings(max_examples=40, deadline=None)
@given(ids, st.data())
def test_a_spelling_means_one_unit(id_: str, data: st.DataObject) -> None:
    """A spelling of one unit of a marker is refused for any other unit of it."""
    marker = OURS.markers[id_]
    first, second = data.draw(st.permutations(range(len(marker.accepts))))[:2]
    one, two = marker.accepts[first], marker.accepts[second]
    spelling = data.draw(st.sampled_from([two.ucum, two.spoken, *two.written]))
    new = one.model_copy(update={"written": (*one.written, spelling.upper())})
    accepts: tuple[Accepted, ...] = tuple(new if each == one else each for each in marker.accepts)
    with pytest.raises(CatalogError) as caught:
        check(with_marker(marker.model_copy(update={"accepts": accepts})))
    assert caught.value.key.startswith("accepts[")


@pytest.mark.parametrize("precision", [1, 3, 28])
def test_what_is_possible_does_not_depend_on_the_caller_s_precision(precision: int, tmp_path: Path) -> None:
    """A bound just beyond what is possible is refused, and one just within is not, whatever the caller rounds to."""
    within, beyond = mine(a_range(high=799_999)), mine(a_range(high=800_001))
    with localcontext(Context(prec=precision)):
        assert Catalog.load(write(tmp_path, within)).markers["ferritin"].range[-1].high is not None
        assert refusal(tmp_path, beyond).key == "range[0].high.value"


def test_loading_does_not_depend_on_what_the_caller_traps() -> None:
    """A caller whose decimals may not be rounded can load the data like any other."""
    with localcontext(Context(prec=2, traps=[Inexact])):
        assert dict(Catalog.load().markers) == dict(OURS.markers)


@given(st.text(), st.text(" -_.,;:/()[]'\"\u2011\u2013\u00a0\t"))
def test_a_folded_name_has_neither_case_nor_punctuation(name: str, noise: str) -> None:
    """Folding a name drops case, blanks and punctuation, keeps the percent sign, and is done once and for all."""
    folded = fold_name(name)
    assert fold_name(folded) == folded
    assert fold_name(noise.join(name)) == folded
    assert all(letter.isalnum() or letter == "%" for letter in folded)
    assert folded.count("%") == name.count("%")


def test_a_bound_is_checked_at_each_end_that_it_has(tmp_path: Path) -> None:
    """A range that is open at one end is held to what is possible at the other."""
    low_alone = mine(a_range(low=900_000).replace("high =", "#"))
    high_alone = mine(a_range(high=900_000).replace("low =", "#"))
    assert refusal(tmp_path, low_alone).key == "range[0].low.value"
    assert refusal(tmp_path, high_alone).key == "range[0].high.value"


def test_a_fault_is_found_in_facts_that_no_file_wrote() -> None:
    """The rules hold for facts however they came about."""
    like = OURS.markers["ferritin"].range[0]
    high = Bound.model_validate({**dict(like.high or ()), "value": 900_000})
    with pytest.raises(CatalogError) as caught:
        check(with_ranges(like.model_copy(update={"high": high})))
    assert caught.value.key.endswith("high.value")
