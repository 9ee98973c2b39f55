"""The data files are the test matrix: every number in them is held to the laws, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from rlslabs.catalog import Catalog, builtin
from rlslabs.facts import Bound, Range, RangeSet, Source
from rlslabs.loading import load_facts
from rlslabs.marker import Accepted, LookAlike, Marker, Note
from rlslabs.units import convert_limit, factor, fold

CATALOG = builtin()
MARKERS = tuple(CATALOG.markers.values())
LOOKALIKES: tuple[LookAlike, ...] = tuple(load_facts().lookalikes)
OLDEST = 100
ADULT_AGE = 18
TWELVE_DIGITS = Fraction(1, 10**11)
PINT_DIGITS = Decimal("1e-24")

OPTIMAL = {
    "ferritin": ("75", "150", "ng/mL"),
    "transferrin_saturation": ("25", "35", "%"),
    "iron": ("80", "130", "ug/dL"),
    "tibc": ("250", "350", "ug/dL"),
    "vitamin_b12": ("500", "900", "pg/mL"),
    "vitamin_d": ("50", "80", "ng/mL"),
}
"""The protocol's table of laboratory markers."""

MOLAR_MASS = {
    "ferritin": Decimal(445_000),
    "iron": Decimal("55.845"),
    "tibc": Decimal("55.845"),
    "vitamin_b12": Decimal("1355.37"),
    "vitamin_d": Decimal("400.64"),
}
"""Grams per mole, written here by hand."""

CODES = {
    "ferritin": {"2276-4", "20567-4", "14723-1", "35209-6"},
    "iron": {"2498-4", "14798-3", "35214-6"},
    "tibc": {"2500-7", "14800-7", "35215-3"},
    "transferrin_saturation": {"2502-3", "14801-5"},
    "vitamin_b12": {"2132-9", "14685-2"},
    "vitamin_d": {"62292-8", "68438-1", "1989-3", "14635-7"},
}
NOT_OURS = {
    *("86914-9", "24373-3", "50190-8", "70299-3", "2501-5", "22753-8", "3034-6", "1649-3", "62290-2"),
    *("35365-6", "49054-0", "46269-7", "16695-9", "13452-8"),
}

PRINTED = {
    "ferritin": ("Ferritin", "FERRITIN", "Ferritin, Serum", "Ferritin (serum)", "S-Ferritin", "FERR"),
    "iron": ("Iron", "IRON, TOTAL", "Iron, Serum", "Serum Iron", "Fe", "FE", "s-iron"),
    "tibc": (
        *("TIBC", "Total Iron Binding Capacity", "IRON BINDING CAPACITY", "Iron Binding Capacity (TIBC)"),
        *("Iron-binding capacity, total", "Iron Bind.Cap.(TIBC)"),
    ),
    "transferrin_saturation": (
        *("tsat", "TSAT", "Transferrin Saturation", "Transferrin saturation (%)", "Iron Saturation", "% SATURATION"),
        *("% Saturation", "Iron Sat", "% Iron Saturation", "Percent Saturation", "Transferrin Sat"),
    ),
    "vitamin_b12": (
        *("B12", "B-12", "Vitamin B12", "VITAMIN B-12", "Vit. B12", "cobalamin", "Vitamin B12 (Cobalamin)"),
        "Serum B12",
    ),
    "vitamin_d": (
        *("25-OH-D", "25(OH)D", "25-OHD", "Vitamin D, 25-Hydroxy", "Vitamin D 25-OH", "25-OH Vitamin D", "Vit D"),
        *("25-Hydroxyvitamin D", "25-hydroxy vitamin D, total", "Vitamin D, 25-OH, Total", "VITAMIN D,25-OH,TOTAL,IA"),
    ),
}
"""Names as laboratories print them."""

TYPING_ERRORS = {
    "ferritin": ("ng/dL", "ug/mL", "mcg/mL", "\u00b5g/mL", "\u03bcg/mL", "mcg/dL", "ug/dL", "mg/dL"),
    "iron": ("mg/dL", "g/dL", "ng/mL"),
    "tibc": ("mg/dL", "g/dL", "ng/mL"),
    "vitamin_d": ("mg/mL", "mg/dL", "pg/mL", "mmol/L"),
    "vitamin_b12": ("ng/mL", "ug/mL", "nmol/L"),
    "transferrin_saturation": ("mg/dL", "ug/dL", "umol/L"),
}
"""Units that were printed by mistake, or that belong to another marker."""

ADVICE = re.compile(
    r"\bshould (?:take|stop|start|avoid|ask)|\bsupplement(?:s|ed|ing)?\b(?! of)|\bdos(?:e|es|age|ing)\b"
    r"|\bmg (?:per|a) day\b|\bdiagnos|\bprescri|\byou (?:need|must|have)\b",
    re.IGNORECASE,
)
ABBREVIATION = re.compile(r"[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*")
DAY = 16
SPANS = {
    unit: int(Fraction(days) * DAY) for unit, days in {"a": "365.25", "mo": "30.4375", "wk": "7", "d": "1"}.items()
}
"""Mean years, months, weeks and days, all of them whole numbers of sixteenths of a day."""
BAND = re.compile(r"(?:>=)?(\d+)(?: (a|mo|wk|d))?(?:-(\d+) (a|mo|wk|d))?")


class Limit(NamedTuple):
    """One printed number, with its unit and its place in the data."""

    marker: Marker
    where: str
    bound: Bound
    unit: str


def limits() -> Iterator[Limit]:
    """Every number that the data files print as a limit."""
    for marker in MARKERS:
        for index, each in enumerate(marker.range):
            for name, bound in (("low", each.low), ("high", each.high), ("lab_low", each.lab_low)):
                if bound is not None:
                    yield Limit(marker, f"range[{index}].{name}", bound, each.unit)
        for kind, pair in (("soft", marker.plausible.soft), ("hard", marker.plausible.hard)):
            yield Limit(marker, f"{kind}.low", pair.low, marker.plausible.unit)
            yield Limit(marker, f"{kind}.high", pair.high, marker.plausible.unit)


LIMITS = tuple(limits())
RANGES = tuple((marker, index, each) for marker in MARKERS for index, each in enumerate(marker.range))
UNITS = tuple((marker, each) for marker in MARKERS for each in marker.accepts)
NOTES = tuple((marker, index, note) for marker in MARKERS for index, note in enumerate(marker.note))

each_marker = pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.id)
LIMITS_OF = {marker.id: [limit for limit in LIMITS if limit.marker is marker] for marker in MARKERS}
each_limit = pytest.mark.parametrize("limits_of_one", LIMITS_OF.values(), ids=LIMITS_OF)
each_unit = pytest.mark.parametrize(("marker", "unit"), UNITS, ids=[f"{m.id}-{u.ucum}" for m, u in UNITS])
each_note = pytest.mark.parametrize(
    ("marker", "note"), [(m, n) for m, _, n in NOTES], ids=[f"{m.id}-{i}" for m, i, _ in NOTES]
)


def mass_of(marker: Marker) -> Decimal | None:
    """The molar mass in the data, as a number."""
    return marker.molar_mass.value if marker.molar_mass else None


@lru_cache(maxsize=256)
def span(band: str | None) -> tuple[int, int | None]:
    """The ages of a band, from the first up to, not including, the last; written apart from the package."""
    if band is None:
        return 0, None
    match = BAND.fullmatch(band)
    assert match is not None, band
    if band.startswith(">="):
        return int(match[1]) * SPANS[match[2]], None
    return int(match[1]) * SPANS[match[2] or match[4]], (int(match[3]) + 1) * SPANS[match[4]]


def applying(marker: Marker, name: str, sex: str, age: int) -> list[Range]:
    """The ranges of a set that are for a person of this sex and age who is not pregnant."""
    found = []
    for each in marker.range:
        start, end = span(each.applies_to.age)
        fits = age >= start and (end is None or age < end)
        if name in each.sets and fits and each.applies_to.sex in (None, sex) and not each.applies_to.pregnant:
            found.append(each)
    return found


def moments(year: int) -> tuple[int, ...]:
    """The birthday, the middle and the last day of a completed year of life."""
    birthday = year * SPANS["a"]
    return birthday, birthday + SPANS["a"] // 2, birthday + SPANS["a"] - 1


SETS_OF = [(m, name) for m in MARKERS for name in CATALOG.sets if any(name in r.sets for r in m.range)]
each_set_of_a_marker = pytest.mark.parametrize(("marker", "name"), SETS_OF, ids=[f"{m.id}-{n}" for m, n in SETS_OF])


def luhn(digits: str) -> bool:
    """Whether digits that end in their check digit add up, by the published table of doubled digits."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    return sum(int(d) if place % 2 == 0 else doubled[int(d)] for place, d in enumerate(reversed(digits))) % 10 == 0


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[Decimal]:
    """Pint, counting in decimals."""
    return pint.UnitRegistry(non_int_type=Decimal)


def sources_used() -> set[str]:
    """The ids of every source that a marker, a context analyte or a rule cites anywhere."""
    rules = CATALOG.rules
    kept = [*rules.markers.values(), *rules.context, *rules.findings, *rules.sampling, *rules.derivations]
    return cited([*kept, *rules.guidelines, rules.limits])


def cited(thing: object) -> set[str]:
    """The ids of every source in a model, and in whatever stands in it."""
    if isinstance(thing, Source):
        return {thing.id}
    if isinstance(thing, BaseModel):
        return cited([getattr(thing, name) for name in type(thing).model_fields])
    if isinstance(thing, list | tuple):
        return {id_ for each in thing for id_ in cited(each)}
    return set()


def test_the_markers_are_the_six_of_the_protocol() -> None:
    """The data files describe six markers, each under its own id."""
    assert {id_: marker.id for id_, marker in CATALOG.markers.items()} == {id_: id_ for id_ in OPTIMAL}


def test_every_source_is_used_and_every_used_source_exists() -> None:
    """No citation is idle, and nothing cites a source that is not listed."""
    assert sources_used() == set(CATALOG.sources)


@pytest.mark.parametrize("source", CATALOG.sources.values(), ids=lambda source: source.id)
def test_a_source_can_be_found_and_says_how_and_when_it_was_read(source: Source) -> None:
    """A source has an id of its own, a title, a publisher, a day of reading, and its citation tells of them."""
    assert CATALOG.sources[source.id] is source
    assert source.retrieved is not None
    assert source.title in source.citation
    assert source.publisher in source.citation
    assert ("second-hand" in source.citation) == (source.evidence == "quoted")


@each_limit
def test_every_number_names_its_source_and_its_place_there(limits_of_one: list[Limit]) -> None:
    """A limit without a listed source and a locator in it does not ship."""
    for limit in limits_of_one:
        assert CATALOG.sources[limit.bound.source.id] == limit.bound.source, limit.where
        assert len(limit.bound.locator.strip()) > 3, limit.where


@each_limit
def test_the_locator_of_a_range_prints_its_number(limits_of_one: list[Limit]) -> None:
    """The number that a range uses stands in the words of the place it was read at."""
    of_ranges = [limit for limit in limits_of_one if limit.where.startswith("range")]
    assert of_ranges
    for limit in of_ranges:
        printed = re.findall(r"\d+(?:\.\d+)?", limit.bound.locator)
        assert str(limit.bound.value) in printed, limit.where


@each_marker
def test_every_range_was_looked_at_and_ships_in_a_set_of_its_kind(marker: Marker) -> None:
    """A range says on which day somebody last looked, and each of its sets exists with its kind."""
    for index, each in enumerate(marker.range):
        assert each.reviewed is not None, index
        assert {CATALOG.sets[name].kind for name in each.sets} == {each.kind}, index
        assert each.unit in [unit.ucum for unit in marker.accepts], index


@each_marker
def test_a_low_bound_is_below_its_high_bound(marker: Marker) -> None:
    """A range holds values, and a laboratory's own lower limit lies below the upper one as well."""
    for index, each in enumerate(marker.range):
        lows = [bound.value for bound in (each.low, each.lab_low) if bound]
        assert lows or each.high, index
        assert each.high is None or all(low < each.high.value for low in lows), index


@each_limit
def test_every_limit_lies_inside_what_is_refused(limits_of_one: list[Limit]) -> None:
    """No limit of a range, and no limit of what is usual, lies where every value would be refused."""
    for limit in limits_of_one:
        plausible = limit.marker.plausible
        here = Fraction(limit.bound.value) * factor(limit.unit, plausible.unit, mass_of(limit.marker))
        assert Fraction(plausible.hard.low.value) <= here <= Fraction(plausible.hard.high.value), limit.where


@each_marker
def test_what_is_usual_lies_inside_what_is_possible(marker: Marker) -> None:
    """The limits of plausibility stand in order: refused, unusual, usual, unusual, refused."""
    soft, hard = marker.plausible.soft, marker.plausible.hard
    values = [hard.low.value, soft.low.value, soft.high.value, hard.high.value]
    assert values == sorted(values)
    assert soft.low.value < soft.high.value


@each_set_of_a_marker
def test_no_two_ranges_of_one_set_apply_to_one_person(marker: Marker, name: str) -> None:
    """At every age from birth to a hundred, and for either sex, one set has one answer or none."""
    days = [day * DAY for day in range(800)]
    days += [moment for year in range(OLDEST + 1) for moment in moments(year)]
    for sex in ("female", "male"):
        assert all(len(applying(marker, name, sex, day)) <= 1 for day in days)


@each_set_of_a_marker
def test_no_adult_falls_between_two_ranges_of_one_set(marker: Marker, name: str) -> None:
    """Once a set has an answer for an adult age, it has one for every older person of that sex, and for both sexes."""
    for sex in ("female", "male"):
        ages = [day for year in range(ADULT_AGE, OLDEST + 1) for day in moments(year)]
        answered = [bool(applying(marker, name, sex, day)) for day in ages]
        assert answered[-1]
        assert not any(younger and not older for younger, older in pairwise(answered))


@each_marker
@pytest.mark.parametrize("kind", ["standard", "optimal"])
def test_the_default_sets_answer_for_every_adult(marker: Marker, kind: str) -> None:
    """No adult of either sex is without a default range of either kind, for any of the six markers."""
    default = next(each for each in CATALOG.sets.values() if each.kind == kind and each.default)
    for year in range(ADULT_AGE, OLDEST + 1):
        for day in moments(year):
            assert [len(applying(marker, default.id, sex, day)) for sex in ("female", "male")] == [1, 1]


@each_marker
def test_the_optimal_range_is_the_protocol_s_own(marker: Marker) -> None:
    """The optimal range is the protocol's printed one, both ends within, for adults, and there is no other."""
    (each,) = [each for each in marker.range if each.kind == "optimal"]
    assert each.low is not None
    assert each.high is not None
    low, high, unit = OPTIMAL[marker.id]
    assert (each.low.value, each.high.value, each.unit) == (Decimal(low), Decimal(high), unit)
    assert (each.low.inclusive, each.high.inclusive) == (True, True)
    assert each.low.source.id == each.high.source.id == "healers-rls-protocol"
    assert each.sets == ("healers-rls-protocol",)
    assert (each.applies_to.age, each.applies_to.sex, each.applies_to.pregnant) == (">=18 a", None, False)
    assert f"{low}-{high}" in each.low.locator


@each_marker
def test_only_a_high_iron_binding_capacity_is_the_concern(marker: Marker) -> None:
    """In restless legs a low value is the concern, except for the total iron-binding capacity."""
    assert marker.concern == ("above" if marker.id == "tibc" else "below")
    assert marker.significance


@pytest.mark.parametrize("kind", ["standard", "optimal"])
def test_there_is_exactly_one_default_set_of_each_kind(kind: str) -> None:
    """Without a choice, exactly one set of a kind is meant."""
    chosen = [each.id for each in CATALOG.sets.values() if each.kind == kind and each.default]
    assert chosen == [{"standard": "general", "optimal": "healers-rls-protocol"}[kind]]


@pytest.mark.parametrize("each", CATALOG.sets.values(), ids=lambda each: each.id)
def test_a_set_is_second_hand_exactly_where_its_sources_were_quoted(each: RangeSet) -> None:
    """A set that was read in quoting pages says so in data and in words, and no first-hand set rests on one."""
    bounds = [b for _, _, r in RANGES if each.id in r.sets for b in (r.low, r.high, r.lab_low) if b]
    assert bounds
    assert {bound.source.evidence == "quoted" for bound in bounds} == {each.second_hand}
    assert ("second-hand" in each.note) == each.second_hand


@each_limit
def test_a_limit_survives_a_round_trip_through_every_accepted_unit(limits_of_one: list[Limit]) -> None:
    """There and back again through any accepted unit, a limit is the same to 12 significant digits."""
    for limit in limits_of_one:
        mass, value = mass_of(limit.marker), limit.bound.value
        for each in limit.marker.accepts:
            there = convert_limit(value, factor(limit.unit, each.ucum, mass))
            back = convert_limit(there, factor(each.ucum, limit.unit, mass))
            assert abs(Fraction(back) - Fraction(value)) <= TWELVE_DIGITS * Fraction(value), limit.where


@given(st.sampled_from(UNITS), st.decimals("0.001", "900000", places=6), st.data())
def test_any_value_survives_a_round_trip_through_every_accepted_unit(
    unit: tuple[Marker, Accepted], value: Decimal, data: st.DataObject
) -> None:
    """There and back again through any accepted unit, any number is the same to 12 significant digits."""
    marker, start = unit
    other = data.draw(st.sampled_from(marker.accepts))
    there = convert_limit(value, factor(start.ucum, other.ucum, mass_of(marker)))
    back = convert_limit(there, factor(other.ucum, start.ucum, mass_of(marker)))
    assert abs(Fraction(back) - Fraction(value)) <= 2 * TWELVE_DIGITS * Fraction(value)


@given(st.sampled_from(MARKERS), st.data())
def test_factors_agree_by_whichever_unit_one_goes(marker: Marker, data: st.DataObject) -> None:
    """A factor through a third unit is the direct one, exactly, and there and back is one."""
    units = st.sampled_from([each.ucum for each in marker.accepts])
    one, two, three = data.draw(st.tuples(units, units, units))
    mass = mass_of(marker)
    assert factor(one, two, mass) * factor(two, three, mass) == factor(one, three, mass)
    assert factor(one, two, mass) * factor(two, one, mass) == 1


@each_unit
def test_pint_agrees_with_every_factor(marker: Marker, unit: Accepted) -> None:
    """An independent reckoner of units, given the molar mass by hand, finds the same factor from each unit to each."""
    names = {"%": "percent", "1": "dimensionless"}
    start = registry().Quantity(Decimal(1), names.get(unit.ucum, unit.ucum))
    for other in marker.accepts:
        goal = registry().Unit(names.get(other.ucum, other.ucum))
        here = start
        if start.dimensionality != goal.dimensionality:
            mass = registry().Quantity(MOLAR_MASS[marker.id], "g/mol")
            here = start * mass if "mol" in unit.ucum else start / mass
        found = here.to(goal).magnitude
        assert isinstance(found, Decimal)
        ours = factor(unit.ucum, other.ucum, mass_of(marker))
        exact = Decimal(ours.numerator) / Decimal(ours.denominator)
        assert abs(found - exact) <= PINT_DIGITS * exact


@each_marker
def test_a_molar_mass_stands_wherever_moles_are_accepted(marker: Marker) -> None:
    """Mass and moles are converted by the molar mass written by hand here, which stands with its source."""
    molar = any("mol" in each.ucum for each in marker.accepts)
    assert mass_of(marker) == (MOLAR_MASS[marker.id] if molar else None)
    if marker.molar_mass:
        assert CATALOG.sources[marker.molar_mass.source.id] == marker.molar_mass.source
        assert marker.molar_mass.approximate == (marker.id == "ferritin")


@each_unit
def test_every_spelling_of_a_unit_is_found_and_means_that_unit(marker: Marker, unit: Accepted) -> None:
    """A listed spelling, as written and folded, in any case, means the unit it is listed under."""
    for spelling in (unit.ucum, unit.spoken, *unit.written):
        for written in (spelling, spelling.upper(), spelling.lower(), f" {spelling} "):
            assert marker.spellings[fold(written)] is unit
        assert marker.spellings[spelling] is unit
        assert fold(spelling)


@each_marker
def test_both_micro_signs_and_mc_mean_micro(marker: Marker) -> None:
    """Wherever micrograms or micromoles are accepted, so are both micro signs, and micrograms as mcg."""
    for unit in marker.accepts:
        if unit.ucum.startswith("u"):
            rest = unit.ucum[1:]
            spelled = [f"\u00b5{rest}", f"\u03bc{rest}", f"micro{rest}", f"mc{rest}"]
            assert [marker.spellings.get(fold(each)) for each in spelled] == [unit] * len(spelled)


@pytest.mark.parametrize(
    ("id_", "unit"), [(id_, unit) for id_, units in TYPING_ERRORS.items() for unit in units], ids=lambda part: part
)
def test_a_published_typing_error_is_no_accepted_unit(id_: str, unit: str) -> None:
    """A unit that laboratories printed by mistake is in no list, in no spelling."""
    marker = CATALOG.markers[id_]
    assert fold(unit) not in marker.spellings
    assert unit not in marker.spellings


@each_marker
def test_the_codes_are_those_that_were_read(marker: Marker) -> None:
    """A marker answers to the LOINC codes that were read for it and to no other."""
    assert {code.code for code in marker.loinc} == CODES[marker.id]


def test_the_codes_of_other_analytes_are_those_that_were_read() -> None:
    """Every LOINC code that must not match is known by name, and none of them is a marker's."""
    theirs = {code for each in LOOKALIKES for code in each.codes}
    assert theirs == NOT_OURS
    assert not theirs & {code.code for marker in MARKERS for code in marker.loinc}


@pytest.mark.parametrize("code", sorted({*NOT_OURS, *(code for codes in CODES.values() for code in codes)}))
def test_every_code_carries_its_check_digit(code: str) -> None:
    """A LOINC code that ships adds up, by a Luhn sum that is written apart from the package."""
    assert luhn(code.replace("-", ""))


@each_marker
def test_a_code_says_by_its_name_what_it_measures(marker: Marker) -> None:
    """The property of a code is the one in its LOINC name, and what a D3 code leaves out is said."""
    words = {
        "mass": "[Mass/volume]",
        "moles": "[Moles/volume]",
        "any": "[Mass or Moles/volume]",
        "fraction": "raction]",
    }
    for code in marker.loinc:
        assert words[code.property] in code.name
        assert code.name.endswith(("in Serum or Plasma", "in Serum or Plasma by Immunoassay"))
        assert (code.partial is not None) == code.name.startswith("25-hydroxyvitamin D3 ")


@pytest.mark.parametrize(
    ("id_", "name"), [(id_, name) for id_, names in PRINTED.items() for name in names], ids=lambda part: part
)
def test_a_name_that_laboratories_print_finds_its_marker(id_: str, name: str) -> None:
    """A name as it stands on reports finds its marker, whole and without a code."""
    found = CATALOG.find(name)
    assert (found.marker.id, found.code, found.partial) == (id_, None, None)


@pytest.mark.parametrize("each", LOOKALIKES, ids=lambda each: each.name)
def test_a_look_alike_says_what_it_is_and_which_marker_it_is_not(each: LookAlike) -> None:
    """A look-alike points to a marker and says in words why it is none."""
    assert each.looks_like in CATALOG.markers
    assert len(each.why) > 20
    assert not each.why.endswith(".")


@each_note
def test_a_note_is_cited_and_advises_nothing(marker: Marker, note: Note) -> None:
    """A note rests on listed sources, and neither advises, doses, prescribes nor diagnoses."""
    assert all(CATALOG.sources[source.id] == source for source in note.sources)
    for words in (note.clinician, note.patient):
        assert not ADVICE.search(words), marker.id
        assert words.rstrip().endswith(".")


def test_no_remark_in_the_data_advises() -> None:
    """What is remarked beside a number informs; it neither advises, doses, prescribes nor diagnoses."""
    remarks = [
        *(limit.bound.note for limit in LIMITS if limit.bound.note),
        *(each.note for _, _, each in RANGES if each.note),
        *(marker.plausible.note for marker in MARKERS if marker.plausible.note),
        *(marker.molar_mass.note for marker in MARKERS if marker.molar_mass and marker.molar_mass.note),
        *(each.note for each in CATALOG.sets.values()),
        *(each.why for each in LOOKALIKES),
    ]
    assert remarks
    assert [words for words in remarks if ADVICE.search(words)] == []


@each_note
def test_a_patient_s_text_has_no_unexplained_abbreviation(marker: Marker, note: Note) -> None:
    """In words for patients no token has two capitals, except B12, which is the vitamin's name."""
    assert [word for word in ABBREVIATION.findall(note.patient) if word != "B12"] == [], marker.id


@each_note
def test_a_patient_s_text_names_no_unit_by_its_sign(marker: Marker, note: Note) -> None:
    """In words for patients a unit is spelled out."""
    assert not re.search(r"%|[a-z]+/[dm]?L\b", note.patient), marker.id


@each_marker
def test_a_marker_says_what_it_is_and_why_it_matters(marker: Marker) -> None:
    """A marker has a note of meaning, one of significance and one on the evidence for its optimal range."""
    kinds = [note.kind for note in marker.note]
    assert {"meaning", "significance", "evidence"} <= set(kinds)
    assert kinds.count("meaning") == kinds.count("significance") == 1


def test_our_own_files_are_the_builtin_catalog() -> None:
    """Loading our files anew gives the catalog that is kept, number by number."""
    fresh = Catalog.load()
    assert dict(fresh.markers) == dict(CATALOG.markers)
    assert dict(fresh.sets) == dict(CATALOG.sets)
    assert dict(fresh.sources) == dict(CATALOG.sources)
