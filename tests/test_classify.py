"""The judgement itself: which notes it carries, what it says of an odd value, and for whom a printed range is."""

from __future__ import annotations

import dataclasses
import sys
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from pydantic import ValidationError

from rlslabs import Catalog, Interpretation, LabResult, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.classify import classify
from rlslabs.errors import ImplausibleValueError
from rlslabs.explanation import Audience
from rlslabs.facts import Position
from rlslabs.limits import table
from rlslabs.marker import Note, When
from rlslabs.population import Sex
from rlslabs.reported import ReportedRange
from rlslabs.units import factor

CATALOG = builtin()
ADULT_MAN = Patient(sex="male", age=40)
SIGNS = ("ge", "gt", "le", "lt")
POPULATION = "population of the printed range"


def ferritin(value: str, unit: str = "ng/mL", patient: Patient = ADULT_MAN, **beside: object) -> Interpretation:
    """The answer for a ferritin, judged without any default of the door."""
    told = {"marker": "ferritin", "text": value, "unit": unit, **beside}
    return classify(LabResult.model_validate(told), patient, catalog=CATALOG)


def said(it: Interpretation) -> list[tuple[str, str, str]]:
    """Every issue as data."""
    return [(each.code, each.message, each.text) for each in it.issues]


# ---------------------------------------------------------------- the answer


@pytest.mark.parametrize("marker", list(CATALOG.markers))
def test_an_answer_names_its_marker(marker: str) -> None:
    """By its id, its name and its plain name, whichever of its names it was asked by."""
    found = CATALOG.markers[marker]
    middle = (found.plausible.soft.low.value + found.plausible.soft.high.value) / 2
    it = interpret(found.name, middle, found.plausible.unit)
    assert (it.marker, it.name, it.plain_name) == (marker, found.name, found.plain_name)


def test_nothing_is_strict_that_was_not_asked_to_be() -> None:
    """An unknown age is an adult's by default, and the answer says that it was assumed."""
    assert ferritin("200", patient=Patient(sex="male")).assumptions == ("adult",)


def test_an_optimal_set_that_is_asked_for_is_the_one_that_is_used(tmp_path: Path) -> None:
    """A clinic's own optimal range stands beside ours, and is judged by only where it is named."""
    end = '{ value = %s, source = "clinic-list", locator = "page 1" }'
    files = {
        "sources": '[clinic-list]\ntitle = "our list"\npublisher = "C"\nevidence = "seen"\nretrieved = 2026-11-22\n',
        "sets": '[clinic-best]\nkind = "optimal"\nname = "optimal range of the clinic"\nnote = "Ours."\n',
        "ferritin": 'id = "ferritin"\n[[range]]\nkind = "optimal"\nsets = ["clinic-best"]\nunit = "ng/mL"\n'
        f'reviewed = 2026-11-22\napplies_to = {{ age = ">=18 a" }}\nlow = {end % 90}\nhigh = {end % 120}\n',
    }
    for name, text in files.items():
        Path(tmp_path, f"{name}.toml").write_text(text, encoding="utf-8")
    catalog = Catalog.load(tmp_path)
    result = LabResult(marker="ferritin", value=Decimal(80), unit="ng/mL")
    ours, theirs = (classify(result, ADULT_MAN, catalog=catalog, optimal=name) for name in (None, "clinic-best"))
    assert (ours.optimal.set, ours.optimal.position) == ("healers-rls-protocol", "within")
    assert (theirs.optimal.set, theirs.optimal.position) == ("clinic-best", "below")


# ---------------------------------------------------------------- notes


def test_where_every_note_hangs_on_the_value_only_those_of_the_value_are_said() -> None:
    """Two notes, for values below and above 50, and none for all: each value has its own."""
    ours = CATALOG.markers["ferritin"]
    first = ours.note[0]
    limits = (When(unit="ng/mL", lt=Decimal(50)), When(unit="ng/mL", ge=Decimal(50)))
    low, high = (first.model_copy(update={"when": each}) for each in limits)
    marker = ours.model_copy(update={"note": (low, high)})
    facts = dataclasses.replace(CATALOG.rules, markers={**CATALOG.rules.markers, "ferritin": marker})
    for value, notes in ((49, (low,)), (50, (high,))):
        result = LabResult(marker="ferritin", value=Decimal(value), unit="ng/mL")
        assert classify(result, ADULT_MAN, catalog=Catalog(facts)).notes == notes


def fitting(note: Note, at: tuple[Position, Position], value: Decimal, unit: str) -> bool:
    """Whether a note is for an exact value, by plain comparison with the numbers that it names."""
    if any(where is not None and here not in where for here, where in zip(at, _places(note), strict=True)):
        return False
    here = value * Decimal(factor(unit, note.when.unit).numerator) if note.when.unit else value
    here /= Decimal(factor(unit, note.when.unit).denominator) if note.when.unit else 1
    holds = {"ge": here.__ge__, "gt": here.__gt__, "le": here.__le__, "lt": here.__lt__}
    bounds = {sign: getattr(note.when, sign) for sign in SIGNS}
    return all(holds[sign](bound) for sign, bound in bounds.items() if bound is not None)


def _places(note: Note) -> tuple[tuple[Position, ...] | None, tuple[Position, ...] | None]:
    return note.when.standard, note.when.optimal


@pytest.mark.parametrize("marker", list(CATALOG.markers))
def test_an_answer_has_exactly_the_notes_that_are_for_it(marker: str) -> None:
    """On, just below and just above every limit, the notes are those whose places and values are the result's."""
    found = CATALOG.markers[marker]
    tables = table(CATALOG, marker, found.unit)
    ends = {end for some in tables.sets.values() for each in some for end in (each.cut.low, each.cut.high)}
    ends |= {end for _, cut in tables.notes if cut is not None for end in (cut.low, cut.high)}
    for end, step in product(sorted(end for end in ends if end), (Decimal("-0.001"), Decimal(0), Decimal("0.001"))):
        it = interpret(marker, end + step, found.unit, sex="female", age=40, pregnant=False)
        at = (it.standard.position, it.optimal.position)
        assert it.notes == tuple(each for each in found.note if fitting(each, at, end + step, found.unit)), (end, step)


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("75", ["meaning", "boundary"]),
        ("75-76", ["meaning"]),
        ("299", ["meaning", "caution"]),
        ("299-300", ["meaning", "caution", "caution"]),
        ("300-301", ["meaning", "caution"]),
    ],
)
def test_a_note_about_a_boundary_needs_every_value_and_any_other_only_one(value: str, kinds: list[str]) -> None:
    """Of several values some may be what a caution warns of; a boundary is where all of them are."""
    shown = [each.kind for each in ferritin(value).notes if each.kind in {"meaning", "boundary", "caution"}]
    assert [each for each in shown if each != "meaning"] == [each for each in kinds if each != "meaning"]


# ---------------------------------------------------------------- odd values


def test_what_nobody_has_had_is_refused_with_the_value_as_it_was_read() -> None:
    """The refusal says what was read, in its unit, and what to look at."""
    with pytest.raises(ImplausibleValueError) as refusal:
        ferritin("900000")
    assert refusal.value.happened == 'Ferritin "900000" ng/mL has not been seen in a living person'
    assert refusal.value.mend == "check the value, its decimal mark and its unit"
    assert refusal.value.text == "900000"


@pytest.mark.parametrize("digits", [72, 73, 74, 90])
def test_a_refused_value_is_quoted_up_to_eighty_characters(digits: int) -> None:
    """A long number is cut, and a shorter one is whole."""
    written = f"900000.{'1' * digits}"
    with pytest.raises(ImplausibleValueError) as refusal:
        ferritin(written, decimal_mark=".")
    assert refusal.value.text == written[:80]


def test_an_unusual_value_is_judged_and_said() -> None:
    """The issue names the value in its unit, and the answer stands."""
    it = ferritin("20000")
    assert said(it) == [
        ("unusual-value", "Ferritin 20000 ng/mL is unusual; check the value and its unit", "20000 ng/mL")
    ]
    assert it.status == "high"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0.4", "percent-below-one"),
        ("<0.9", "percent-below-one"),
        ("0.99", "percent-below-one"),
        ("1", "unusual-value"),
        ("<1", "unusual-value"),
        ("1.5", "unusual-value"),
        (">96", "unusual-value"),
    ],
)
def test_only_a_percentage_below_one_looks_like_a_fraction(value: str, code: str) -> None:
    """A fraction is at most one; what is above it is odd for another reason."""
    it = interpret("tsat", value, "%", decimal_mark=".", age=40, sex="male")
    words = f"{value} %"
    fraction = f"{words} could be a fraction with the wrong unit; check the unit"
    unusual = f"Transferrin saturation {words} is unusual; check the value and its unit"
    assert said(it) == [(code, fraction if code == "percent-below-one" else unusual, words)]


def test_a_small_fraction_is_no_percentage() -> None:
    """Said as a fraction, a saturation below 3 % is unusual and nothing else."""
    (issue,) = interpret("tsat", "0.004", "1", decimal_mark=".", age=40, sex="male").issues
    assert issue.code == "unusual-value"


@pytest.mark.parametrize(
    ("marker", "unit", "code", "number"),
    [("ferritin", "ng/mL", "unusual-value", "1.{}"), ("tsat", "%", "percent-below-one", "0.9{}")],
)
@pytest.mark.parametrize("length", [70, 75, 76, 77, 78, 79, 90])
def test_an_odd_value_is_quoted_up_to_eighty_characters(
    marker: str, unit: str, code: str, number: str, length: int
) -> None:
    """The text beside an issue is the value with its unit, cut where it is long; the message has all of it."""
    value = number.format("1" * length)
    it = interpret(marker, value, unit, decimal_mark=".", age=40, sex="male")
    (issue,) = it.issues
    assert (issue.code, issue.text) == (code, f"{value} {unit}"[:80])
    assert f"{value} {unit}" in issue.message


def test_an_approximate_conversion_names_the_mass_and_the_unit() -> None:
    """Ferritin in moles is compared by a mass on which laboratories differ."""
    assert said(ferritin("300", "pmol/L")) == [
        (
            "approximate-conversion",
            "Limits are converted by 445000 g/mol, which is approximate; compare in one unit",
            "pmol/L",
        )
    ]


# ---------------------------------------------------------------- a printed range that is open on one side

WOMAN = Patient(sex="female", age=52, pregnant=False)
AUDIENCES: tuple[Audience, ...] = ("clinician", "patient")
LOWER = "The printed range has no usable lower limit, so it cannot show that the result is not too low"
UPPER = "The printed range has no usable upper limit, so it cannot show that the result is not too high"


@pytest.mark.parametrize(
    ("value", "printed", "words"),
    [
        ("3", "<150", LOWER),
        ("19.9", "<150", LOWER),
        ("3", "0-150", LOWER),
        ("<5", "<150", LOWER),
        ("20", "<150", None),
        ("151", "<150", None),
        ("<25", "<150", LOWER),
        ("20-25", "<150", None),
        (">400", ">15", UPPER),
        ("<700", ">15", None),
        ("3", "2-150", None),
        ("3", "1.9-150", LOWER),
        ("600", "15-10000", None),
        ("600", "15-10001", UPPER),
        ("600", ">15", UPPER),
        (">600", ">15", UPPER),
        ("409", ">15", None),
        ("3", ">15", None),
        ("600", "15-700", None),
        ("3", "10-150", None),
        ("60", "<150", None),
        ("16", "<15", None),
    ],
)
def test_where_a_printed_range_is_open_the_set_is_heard(value: str, printed: str, words: str | None) -> None:
    """The printed range decides; what the set says on the side on which it has no end is not kept silent."""
    it = interpret("ferritin", value, "ng/mL", sex="male", age=40, range=printed)
    assert it.standard.set == "report"
    found = [(issue.code, issue.message, issue.text) for issue in it.issues]
    assert found == (
        []
        if words is None
        else [("range-open-side", f"{words}; ask the laboratory for its whole range", f"printed as {printed}")]
    )
    assert all(message in str(it.explanation) for _, message, _ in found)
    assert it.open_sided == (words is not None)
    if it.beyond is not None:
        assert it.places == (it.standard, it.beyond, it.optimal)
        assert it.standing == it.beyond.position
        assert (it.beyond.kind, it.beyond.set) == ("standard", "general")
        (limit,) = it.beyond.limits
        number = limit.low if words == LOWER else limit.high
        for audience in AUDIENCES:
            said = [each for each in it.explain(audience).sentences if each.figures and str(number) in each.text]
            assert said
            assert said[0].sources  # the number by which it is told has a source
    assert ("N" in it.hl7) == (it.standard.position == "within" and words is None)


def test_an_open_side_is_heard_where_the_set_leaves_it_open() -> None:
    """Iron of 40 is below the range of men and within that of women; a child has no range of vitamin B12."""
    cases: list[tuple[str, Sex | None, tuple[Position, ...] | None]] = [
        ("40", "female", None),
        ("40", "male", ("below",)),
        ("40", None, ("below", "within")),
        ("34", None, ("below",)),
    ]
    for value, sex, possible in cases:
        it = interpret("iron", value, "ug/dL", sex=sex, age=40, range="<150")
        assert (it.beyond and it.beyond.possible) == possible
        assert it.hl7 == (() if possible else ("N",))
    for who in (Patient(age=5, pregnant=False), Patient(sex="female", age=30, pregnant=True)):
        for range_, heard in (("<900", True), (">50", True), ("100-900", False)):
            told = {"marker": "vitamin_b12", "value": 100, "unit": "pg/mL", "range": range_}
            it = interpret(LabResult.model_validate(told), who)
            assert it.open_sided == heard
            assert [each.code for each in it.issues] == ["range-open-side"] * heard
            assert (it.beyond and it.beyond.position) == ("no-range" if heard else None)
    assert interpret("tibc", 700, "ug/dL", sex="male", age=40, range=">250", standard="exeter-uk").open_sided


def test_a_printed_range_without_a_usable_end_is_told_of_on_both_sides() -> None:
    """A child has no range of vitamin B12, and from 10 to 50000 holds every result."""
    it = interpret("vitamin_b12", 300, "pg/mL", sex="male", age=5, range="10-50000")
    words = (
        "The printed range has no usable lower or upper limit, so it cannot show that the result is not too low or "
        "high; ask the laboratory for its whole range"
    )
    assert said(it) == [("range-open-side", words, "printed as 10-50000")]


def test_beside_half_a_range_a_date_of_birth_waits_for_the_day_of_collection() -> None:
    """The age at collection settles the place in the set, as it does where nothing is printed."""
    it = interpret("ferritin", 350, "ng/mL", sex="male", born=date(2000, 5, 1), range=">30")
    assert it.beyond is not None
    assert (it.beyond.possible, it.beyond.settled_by) == (("within", "above"), ("collection date",))


@pytest.mark.parametrize(
    ("marker", "value", "unit", "printed"),
    [
        ("vitamin_d", 8, "ng/mL", "<140"),
        ("vitamin_b12", 90, "pg/mL", "<1500"),
        ("ferritin", 3, "ng/mL", "<150"),
        ("transferrin_saturation", 55, "%", ">10"),
        ("iron", 20, "ug/dL", "<150"),
        ("tibc", 600, "ug/dL", ">200"),
    ],
)
def test_no_note_speaks_of_a_normal_result_where_half_a_range_holds_it(
    marker: str, value: int, unit: str, printed: str
) -> None:
    """What is said beside it is what is said without that range: nothing of a normal value, and every caution."""
    half, whole = (interpret(marker, value, unit, sex="female", age=40, range=each) for each in (printed, None))
    assert half.open_sided
    assert half.notes == whole.notes


def test_the_limits_by_which_half_a_range_is_told_are_told_of_like_others() -> None:
    """That they were converted by an approximate mass, and that the laboratory's own limit says otherwise."""
    of_a_child = interpret("ferritin", 10, "pmol/L", sex="female", age=8, range="<300")
    assert [each.code for each in of_a_child.issues] == ["range-open-side", "approximate-conversion"]
    own = "By the lower limit that Mayo Clinic Laboratories prints, 6 ng/mL"
    assert own in interpret("ferritin", 7, "ng/mL", sex="female", age=40, range="<150").explanation.text


def test_what_is_not_said_of_a_patient_is_assumed_unless_that_is_forbidden() -> None:
    """A child or a pregnancy is not left open where nobody asks for it."""
    told = LabResult(marker="ferritin", value=Decimal(75), unit="ng/mL")
    assert classify(told, Patient(), catalog=CATALOG).assumptions == ("adult", "not-pregnant")
    assert classify(told, Patient(), catalog=CATALOG, strict=True).assumptions == ()


def test_a_place_beyond_a_printed_range_stands_only_beside_one_that_holds_the_result() -> None:
    """Otherwise the answer contradicts itself, and is refused where it comes from elsewhere."""
    it = interpret("ferritin", 3, "ng/mL", sex="male", age=40, range="<150")
    said = it.model_dump(mode="json")
    assert Interpretation.model_validate(said, strict=False) == it
    for change in ({"standard": said["beyond"], "status": "low", "hl7": ["L"]}, {"hl7": ["N"]}):
        with pytest.raises(ValidationError, match=r"beyond a printed range|do not follow"):
            Interpretation.model_validate({**said, **change}, strict=False)


# ---------------------------------------------------------------- for whom a printed range is


@pytest.mark.parametrize(
    ("patient", "collected", "facts"),
    [
        (Patient(), None, ("age", "pregnancy")),
        (Patient(sex="male"), None, ("age",)),
        (Patient(sex="male", born=date(2000, 5, 1)), None, ("collection date",)),
        (Patient(sex="male", born=date(2010, 5, 1)), date(2029, 1, 1), ()),
        (Patient(sex="male", born=date(2010, 5, 1)), date(2026, 1, 1), (POPULATION,)),
        (Patient(sex="male"), date(2026, 1, 1), ("age",)),
        (Patient(sex="female", age=40), None, ("pregnancy",)),
        (Patient(sex="female", age=17, pregnant=False), None, (POPULATION,)),
        (Patient(sex="female", age=18, pregnant=False), None, ()),
        (Patient(sex="female", age=18, pregnant=True), None, (POPULATION,)),
        (Patient(sex="female", age=18), None, ("pregnancy",)),
        (Patient(sex="male", age=18), None, ()),
        (Patient(sex="female", pregnant=False), None, ("age",)),
        (Patient(pregnant=True), None, (POPULATION,)),
    ],
    ids=repr,
)
def test_strictly_a_printed_range_waits_for_the_facts_that_say_for_whom_it_is(
    patient: Patient, collected: date | None, facts: tuple[str, ...]
) -> None:
    """A child's or a pregnancy's range is not an adult's: what is not known of them is named, and nothing else."""
    told = {"marker": "ferritin", "text": "38", "unit": "ng/mL", "range": {"text": "24-336"}, "collected": collected}
    it = classify(LabResult.model_validate(told), patient, catalog=CATALOG, strict=True)
    assert it.standard.settled_by == facts
    assert it.standard.possible == (("within", "no-range") if facts else ("within",))
    assert it.assumptions == ()


@pytest.mark.parametrize(
    ("patient", "assumed"),
    [
        (Patient(sex="male", age=40), ()),
        (Patient(sex="male", age=18), ()),
        (Patient(sex="male", age=17), ("printed-range-fits",)),
        (Patient(sex="male"), ("adult",)),
        (Patient(sex="female", age=40), ("not-pregnant",)),
        (Patient(sex="female", age=40, pregnant=True), ("printed-range-fits",)),
    ],
    ids=repr,
)
def test_by_default_a_printed_range_is_assumed_to_fit_only_whom_it_may_not_be_for(
    patient: Patient, assumed: tuple[str, ...]
) -> None:
    """The assumption is made for a child and in a pregnancy, by name, and for nobody else."""
    it = ferritin("38", patient=patient, range={"text": "24-336"})
    assert it.standard.position == "within"
    assert it.assumptions == assumed


# ---------------------------------------------------------------- what is kept of printed ranges


def test_equal_ranges_keep_their_own_digits() -> None:
    """24 and 24.0 are equal, and each is printed as it was written; a long text beside numbers is not kept."""
    for low, high in product(("24", "24.0", "24.00"), ("336", "336.0")):
        for text in (None, "see note", "see note" + " " * 300):
            printed = ReportedRange(low=Decimal(low), high=Decimal(high), text=text)
            it = interpret(LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL", range=printed), WOMAN)
            assert it.standard.range is not None
            assert it.standard.range.low is not None
            assert it.standard.range.high is not None
            assert (str(it.standard.range.low.value), str(it.standard.range.high.value)) == (low, high)


def test_a_range_that_is_open_is_quoted_up_to_eighty_characters() -> None:
    """The text beside the issue is cut where it is long."""
    printed = f"<{' ' * 90}150"
    (issue,) = interpret("ferritin", 3, "ng/mL", sex="male", age=40, range=printed).issues
    assert issue.text == f"printed as {printed}"[:80]


@pytest.mark.parametrize(("length", "kept"), [(239, 1), (240, 0), (1000, 0)])
def test_a_printed_range_is_kept_if_it_is_short(length: int, kept: int) -> None:
    """Up to 250 characters with what is said before them; nobody fills the memory with long ones."""
    known = vars(sys.modules["rlslabs.classify"])["_applied"].cache_info
    printed = ReportedRange(low=Decimal(24), high=Decimal(336), text="24-336".ljust(length))
    before = known()
    interpret(LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL", range=printed), WOMAN)
    after = known()
    assert after.hits + after.misses == before.hits + before.misses + kept
