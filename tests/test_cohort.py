"""Who a patient could be, which ranges that leaves, and which facts would settle what is left open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, LabsError, Patient, Place, Range, interpret
from rlslabs.catalog import builtin
from rlslabs.cohort import who
from rlslabs.errors import AgeError, ImplausibleValueError, PatientConflictError
from rlslabs.model import Fact
from rlslabs.population import ADULT, EVERY_AGE, age_by_now

Sex = Literal["female", "male"]
Age = int | str

CATALOG = builtin()
DAYS = {"a": Fraction(1461, 4), "mo": Fraction(487, 16), "wk": Fraction(7), "d": Fraction(1)}
MOMENT = Fraction(1, 16)
OLD = 131 * DAYS["a"]
GROWN = 18 * DAYS["a"]
SEXES: tuple[Sex, ...] = ("female", "male")
AGES: tuple[Age, ...] = (
    *("0 d", "9 d", "10 d", "4 wk", "5 wk", "6 wk", "7 wk", "0 mo", "1 mo", "2 mo", "3 mo", "5 mo", "6 mo", "11 mo"),
    *(0, 1, 2, 5, 6, 9, 10, 11, 12, 14, 15, 17, 18, 19, 20, 29, 30, 40, 41, 49, 50, 51, 59, 60, 61, 130),
)
TODAY = date(2024, 6, 15)
BAND = re.compile(r"(?:>=)?(\d+)(?: (a|mo|wk|d))?(?:-(\d+))?(?: (a|mo|wk|d))?")


class Asked(TypedDict, total=False):
    """What a caller says of the patient and of the day."""

    sex: Sex | None
    age: Age | None
    born: date | None
    collected: date | None
    pregnant: bool | None
    strict: bool


class Case(NamedTuple):
    """A marker in the unit that it is shown in, against one set of ranges."""

    marker: str
    set: str

    @property
    def kind(self) -> Literal["standard", "optimal"]:
        """The kind of the set."""
        return CATALOG.sets[self.set].kind

    @property
    def unit(self) -> str:
        """The unit of the marker."""
        return CATALOG.markers[self.marker].unit

    @property
    def ranges(self) -> list[Range]:
        """The ranges of the set for the marker."""
        return [each for each in CATALOG.markers[self.marker].range if self.set in each.sets]

    def place(self, value: object, asked: Asked) -> Place:
        """The place against the set."""
        chosen = {"standard": None, "optimal": None, self.kind: self.set}
        it = interpret(self.marker, value, self.unit, **asked, standard=chosen["standard"], optimal=chosen["optimal"])
        return it.standard if self.kind == "standard" else it.optimal


CASES = [Case(marker, each) for marker in CATALOG.markers for each in CATALOG.sets]
cases = st.sampled_from(CASES)


@cache
def band(words: str | None) -> tuple[Fraction, Fraction]:
    """The ages of a band in days, from and up to, read by this file's own means."""
    if words is None:
        return Fraction(0), OLD
    match = BAND.fullmatch(words)
    assert match is not None
    low, low_unit, high, high_unit = match.groups()
    start = int(low) * DAYS[low_unit or high_unit]
    return start, OLD if high is None else (int(high) + 1) * DAYS[high_unit]


def lived(age: Age) -> tuple[Fraction, Fraction]:
    """The days that an age leaves open, from and up to."""
    count, unit = (age, "a") if isinstance(age, int) else (int(age.split()[0]), age.split()[1])
    return count * DAYS[unit], (count + 1) * DAYS[unit]


def moments(case: Case, start: Fraction, end: Fraction) -> list[Fraction]:
    """Moments of a life at which another range may begin to apply, within a span of it."""
    edges = {edge for each in case.ranges for edge in band(each.applies_to.age)} | {start, end}
    return sorted(day for edge in edges for day in (edge, edge - MOMENT) if start <= day < end)


def meant(case: Case, sex: Sex, day: Fraction, *, pregnant: bool) -> Range | None:
    """The one range of the set that is meant for a person, if there is one."""
    found = [
        each
        for each in case.ranges
        if each.applies_to.sex in {None, sex}
        and each.applies_to.pregnant == pregnant
        and band(each.applies_to.age)[0] <= day < band(each.applies_to.age)[1]
    ]
    assert len(found) <= 1
    return found[0] if found else None


def states(asked: Asked) -> list[tuple[Sex, bool]]:
    """Each sex that the patient could have, with each state of pregnancy."""
    told, sex = asked.get("pregnant"), asked.get("sex")
    if told:
        return [("female", True)]
    found: list[tuple[Sex, bool]] = [(each, False) for each in SEXES if sex in {None, each}]
    return [*found, ("female", True)] if told is None and asked.get("strict") and may_be_pregnant(asked) else found


def may_be_pregnant(asked: Asked) -> bool:
    """Whether pregnancy is asked for: of a girl of ten or a woman, or of anybody who could be one."""
    age = asked.get("age")
    return asked.get("sex") != "male" and (age is None or lived(age)[1] > 10 * DAYS["a"])


def everybody(case: Case, asked: Asked) -> list[Range | None]:
    """The ranges of everybody that the patient could be, each once, and `None` where somebody has none."""
    age, born = asked.get("age"), asked.get("born")
    assumed = age is None and born is None and not asked.get("strict")
    start, end = lived(age) if age is not None else (GROWN if assumed else Fraction(0), OLD)
    if born is not None and age is None:
        end = Fraction(age_by_now(born).end, 16)
    found: list[Range | None] = []
    for sex, pregnant in states(asked):
        ranges = [meant(case, sex, day, pregnant=pregnant) for day in moments(case, start, end)]
        if assumed and any(ranges):
            ranges = [each for each in ranges if each is not None]
        found += [each for each in ranges if not any(each is other for other in found)]
    return list({id(each): each for each in found}.values())


@cache
def values(case: Case) -> st.SearchStrategy[Decimal]:
    """Values around and on the limits of the set, in the unit that the marker is shown in."""
    limits = {limit for age in (None, 1) for limit in shown(case, {"age": age, "strict": age is None})}
    steps = st.sampled_from([Decimal(step) for step in ("-1", "-0.1", "0", "0.1", "1")])
    near = st.builds(lambda limit, step: limit + step, st.sampled_from(sorted(limits) or [Decimal(100)]), steps)
    return near.filter(lambda value: value > 1)


def shown(case: Case, asked: Asked) -> Iterator[Decimal]:
    """The limits that an answer shows, in the unit that the marker is shown in."""
    low = CATALOG.markers[case.marker].plausible.soft.low.value
    for limit in case.place(low, asked).limits:
        yield from (end for end in (limit.low, limit.high) if end is not None)


@cache
def questions() -> st.SearchStrategy[Asked]:
    """Patients of whom anything may be unknown, and who have an age, a birth date alone, or neither."""

    def asked(sex: Sex | None, age: Age | date | None, pregnant: bool | None, strict: bool) -> Asked:  # noqa: FBT001  drawn
        told: Asked = {"sex": sex, "pregnant": None if sex == "male" and pregnant else pregnant, "strict": strict}
        if isinstance(age, date):
            told["born"] = age
        elif age is not None:
            told["age"] = age
        return told

    return st.builds(
        asked,
        st.sampled_from((None, *SEXES)),
        st.sampled_from((None, date(1980, 5, 31), *AGES)),
        st.sampled_from((None, False, True)),
        st.booleans(),
    )


def supplied(fact: Fact, case: Case, value: Decimal | str, asked: Asked) -> list[tuple[Decimal | str, Asked]]:
    """The same question with each value that a fact can have."""
    without: Asked = {**asked}
    if fact == "sex":
        return [(value, {**asked, "sex": sex}) for sex in SEXES]
    if fact == "pregnancy":
        return [(value, {**asked, "pregnant": each}) for each in (False, True)[: 1 + may_be_pregnant(asked)]]
    if fact == "exact value":
        return [(point, asked) for point in inside(str(value), shown(case, asked))]
    born, age = without.pop("born", None), without.pop("age", None)
    start, end = (Fraction(0), 130 * DAYS["a"]) if age is None else lived(age)
    days = [-(-day // 1) for day in moments(case, start, end)]
    if fact == "collection date":
        assert born is not None
        return [(value, {**without, "born": born, "collected": born + timedelta(days=day)}) for day in days]
    assert fact == "age"
    return [(value, {**without, "born": TODAY - timedelta(days=day), "collected": TODAY}) for day in days if day < end]


def inside(interval: str, limits: Iterable[Decimal]) -> list[Decimal]:
    """Values of an interval such as `40-60`: its ends, its middle, and the limits in it with their neighbours."""
    low, high = map(Decimal, interval.split("-"))
    near = {limit + step for limit in limits for step in (Decimal("-0.001"), Decimal(0), Decimal("0.001"))}
    return sorted(point for point in {low, high, (low + high) / 2, *near} if low <= point <= high)


def unsettled(case: Case, value: Decimal | str, asked: Asked, facts: tuple[Fact, ...]) -> list[object]:
    """The answers that stay undecided although every named fact has been told."""
    told = [(value, asked)]
    for fact in sorted(facts, key=lambda each: each in {"age", "collection date"}):
        told = [more for one in told for more in supplied(fact, case, *one)]
    return [(one, place.possible) for one in told if (place := case.place(*one)).position == "undecided"]


# ---------------------------------------------------------------- which ranges a patient could have


@given(case=cases, asked=questions(), data=st.data())
@settings(max_examples=400, deadline=None)
def test_exactly_the_ranges_of_everybody_the_patient_could_be_are_judged(
    case: Case, asked: Asked, data: st.DataObject
) -> None:
    """The limits in the answer are those of each sex, age and state of pregnancy that is open, each once."""
    place = case.place(data.draw(values(case)), asked)
    expected = everybody(case, asked)
    ranges = [limit.range for limit in place.limits]
    assert {id(each) for each in ranges} == {id(each) for each in expected if each is not None}
    assert len(ranges) == len({id(each) for each in ranges})
    assert ("no-range" in place.possible) == (None in expected)


@pytest.mark.parametrize(
    ("case", "value", "asked", "possible"),
    [
        (Case("ferritin", "arup"), 50, {"age": "9 d"}, ("no-range",)),
        (Case("ferritin", "arup"), 50, {"age": "10 d"}, ("within",)),
        (Case("ferritin", "arup"), 50, {"age": "0 mo"}, ("within", "no-range")),
        (Case("ferritin", "arup"), 50, {"age": "1 wk"}, ("within", "no-range")),
        (Case("ferritin", "quest"), 50, {"age": 18}, ("within", "no-range")),
        (Case("ferritin", "quest"), 50, {"age": 18, "sex": "female"}, ("no-range",)),
        (Case("ferritin", "quest"), 50, {"sex": "female"}, ("within",)),
        (Case("ferritin", "general"), 200, {"sex": "female"}, ("within", "above")),
        (Case("ferritin", "general"), 200, {"sex": "female", "age": 51}, ("within",)),
        (Case("ferritin", "general"), 200, {"sex": "female", "age": 50}, ("above",)),
        (Case("transferrin_saturation", "general"), 40, {"age": 17}, ("no-range",)),
        (Case("vitamin_b12", "general"), 400, {"age": 17}, ("no-range",)),
        (Case("vitamin_d", "general"), 40, {"age": "0 d"}, ("within",)),
        (Case("vitamin_d", "general"), 40, {"pregnant": True}, ("no-range",)),
        (Case("tibc", "exeter-uk"), 300, {}, ("no-range",)),
        (Case("ferritin", "healers-rls-protocol"), 100, {"age": 17}, ("no-range",)),
        (Case("ferritin", "healers-rls-protocol"), 100, {"strict": True}, ("within", "no-range")),
        (Case("ferritin", "healers-rls-protocol"), 100, {"strict": True, "sex": "male", "age": 18}, ("within",)),
    ],
    ids=str,
)
def test_a_range_covers_the_ages_that_it_is_printed_for_and_no_others(
    case: Case, value: int, asked: Asked, possible: tuple[str, ...]
) -> None:
    """An age on the edge of a band belongs to it, and an age that no band covers has no range."""
    assert case.place(value, asked).possible == possible


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """A clinic's own ranges for ferritin: one for pregnancy, and one for some children."""
    ranges = {
        '{ pregnant = true, age = ">=14 a" }': (30, None),
        '{ age = ">=18 a" }': (20, 300),
        '{ age = "2-11 a" }': (10, 100),
    }
    return clinic_with(ranges, tmp_path_factory.mktemp("clinic"))


def clinic_with(ranges: Mapping[str, tuple[int, int | None]], folder: Path) -> Catalog:
    """A catalog in which a clinic has these ranges for ferritin, in ng/mL, by whom they are for."""
    end = '{ value = %s, source = "clinic-list", locator = "page 1" }'
    written = [
        f'[[range]]\nkind = "standard"\nsets = ["clinic"]\nunit = "ng/mL"\nreviewed = 2026-11-22\n'
        f"applies_to = {whom}\nlow = {end % low}\n" + (f"high = {end % high}\n" if high is not None else "")
        for whom, (low, high) in ranges.items()
    ]
    source = 'title = "our list"\npublisher = "The clinic"\nevidence = "seen"\nretrieved = 2026-11-22\n'
    named = 'kind = "standard"\nname = "standard range of the clinic"\nnote = "Ours."\n'
    for name, text in (
        ("sources.toml", f"[clinic-list]\n{source}"),
        ("sets.toml", f"[clinic]\n{named}"),
        ("ferritin.toml", 'id = "ferritin"\n' + "\n".join(written)),
    ):
        Path(folder, name).write_text(text, encoding="utf-8")
    return Catalog.load(folder)


@pytest.mark.parametrize(
    ("asked", "possible", "facts"),
    [
        ({"pregnant": True}, ("below",), ()),
        ({"pregnant": True, "age": 13}, ("no-range",), ()),
        ({"pregnant": True, "age": 40}, ("below",), ()),
        ({"pregnant": True, "strict": True}, ("below", "no-range"), ("age",)),
        ({"sex": "female", "age": 40}, ("within",), ()),
        ({"sex": "female", "age": 40, "strict": True}, ("below", "within"), ("pregnancy",)),
        ({"age": 40, "strict": True}, ("below", "within"), ("pregnancy",)),
        ({"sex": "male", "age": 40, "strict": True}, ("within",), ()),
        ({"sex": "male", "strict": True}, ("within", "no-range"), ("age",)),
        ({"age": 11}, ("within",), ()),
        ({"age": 12}, ("no-range",), ()),
    ],
    ids=str,
)
def test_a_clinic_s_range_for_pregnancy_is_for_the_pregnant_alone(
    clinic: Catalog, asked: Asked, possible: tuple[str, ...], facts: tuple[str, ...]
) -> None:
    """Where a set has a range for pregnancy it is the only one for the pregnant, and nobody else has it."""
    place = interpret("ferritin", 25, "ng/mL", **asked, standard="clinic", catalog=clinic).standard
    assert place.possible == possible
    assert set(facts) <= set(place.settled_by)
    assert bool(facts) == bool(place.settled_by)


def test_pregnancy_is_open_of_women_alone(tmp_path: Path) -> None:
    """Where a range for pregnancy holds what the men's does not, it is the sex that settles the place."""
    ranges = {
        '{ pregnant = true, age = ">=10 a" }': (20, None),
        '{ sex = "female", age = ">=18 a" }': (20, None),
        '{ sex = "male", age = ">=18 a" }': (30, None),
    }
    catalog = clinic_with(ranges, tmp_path)
    place = interpret("ferritin", 25, "ng/mL", age=40, strict=True, standard="clinic", catalog=catalog).standard
    assert (place.possible, place.settled_by) == (("below", "within"), ("sex",))


def test_a_band_ends_where_its_last_year_does(tmp_path: Path) -> None:
    """Somebody who has turned twelve by now was, at collection, a child with a range or one of twelve with none."""
    catalog = clinic_with({'{ age = "0-11 a" }': (10, 100)}, tmp_path)
    born = datetime.now(UTC).date() - timedelta(days=int(12.5 * 365.25))
    place = interpret("ferritin", 25, "ng/mL", sex="male", born=born, standard="clinic", catalog=catalog).standard
    assert (place.possible, place.settled_by) == (("within", "no-range"), ("collection date",))


# ---------------------------------------------------------------- who somebody is


@given(asked=questions())
@settings(max_examples=200, deadline=None)
def test_everything_unknown_stays_open_unless_it_is_assumed_by_name(asked: Asked) -> None:
    """Who the patient could be holds both sexes, every age and either pregnancy that is neither told nor assumed."""
    strict = asked.get("strict", False)
    patient = Patient(
        sex=asked.get("sex"), age=asked.get("age"), born=asked.get("born"), pregnant=asked.get("pregnant")
    )
    person, assumed = who(patient, None, strict=strict)
    assert {(sex, each) for sex in person.sexes for each in person.pregnant if not (each and sex == "male")} == set(
        states(asked)
    )
    unknown = patient.age is None
    assert person.adult_assumed == ("adult" in assumed) == (unknown and patient.born is None and not strict)
    if unknown:
        born = asked.get("born")
        every = EVERY_AGE if born is None else age_by_now(born)
        assert person.ages == (ADULT if "adult" in assumed else every)
    assert ("not-pregnant" in assumed) == (not strict and patient.pregnant is None and may_be_pregnant(asked))


@given(
    born=st.dates(date(1895, 1, 1), date(2024, 6, 15)),
    collected=st.dates(date(1895, 1, 1), date(2024, 6, 15)),
)
@settings(max_examples=300, deadline=None)
def test_a_birth_date_and_a_day_of_collection_give_one_moment_of_one_year_of_life(born: date, collected: date) -> None:
    """The two dates give a single moment, in the year of life that the calendar counts, or are refused."""
    patient = Patient(born=born)
    if collected < born:
        with pytest.raises(AgeError):
            who(patient, collected, strict=False)
        return
    ages = who(patient, collected, strict=False)[0].ages
    years = collected.year - born.year - ((collected.month, collected.day) < (born.month, born.day))
    assert ages.end - ages.start == 1
    assert years * DAYS["a"] <= ages.start * MOMENT < (years + 1) * DAYS["a"]


# ---------------------------------------------------------------- facts that exclude each other


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("age", [None, 5, 40])
def test_a_pregnant_man_is_refused(age: Age | None, *, strict: bool) -> None:
    """A man who is said to be pregnant is a contradiction, and no range is chosen by either half of it."""
    with pytest.raises(PatientConflictError) as refused:
        interpret("ferritin", 38, "ng/mL", sex="male", pregnant=True, age=age, strict=strict)
    assert refused.value.code == "patient-conflict"
    result = LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL")
    with pytest.raises(PatientConflictError):
        interpret(result, Patient(sex="male", pregnant=True, age=age), strict=strict)


def completed(born: date, collected: date, unit: str) -> int:
    """How many years, months, weeks or days of a life the calendar has completed."""
    months = (collected.year - born.year) * 12 + collected.month - born.month - (collected.day < born.day)
    days = (collected - born).days
    return {"a": months // 12, "mo": months, "wk": days // 7, "d": days}[unit]


@pytest.mark.parametrize("unit", ["a", "mo", "wk", "d"])
@given(born=st.dates(date(2000, 1, 1), date(2024, 1, 1)), days=st.integers(0, 1500))
@example(born=date(2023, 2, 1), days=28)
@example(born=date(2023, 2, 1), days=89)
@settings(max_examples=150, deadline=None)
def test_an_age_counted_from_the_two_dates_never_contradicts_them(unit: str, born: date, days: int) -> None:
    """Years, months, weeks and days that the calendar has completed agree with the dates they are counted from."""
    collected = born + timedelta(days=days)
    count = completed(born, collected, unit)
    age = count if unit == "a" else f"{count} {unit}"
    dated = interpret("ferritin", 38, "ng/mL", born=born, collected=collected)
    told = interpret("ferritin", 38, "ng/mL", born=born, collected=collected, age=age)
    assert (told.standard, told.optimal) == (dated.standard, dated.optimal)


@pytest.mark.parametrize("unit", ["a", "mo"])
@given(
    born=st.dates(date(1930, 1, 1), date(2024, 1, 1)), days=st.integers(0, 20_000), off=st.sampled_from((-3, -2, 2, 3))
)
@settings(max_examples=100, deadline=None)
def test_an_age_that_the_dates_do_not_give_is_refused(unit: str, born: date, days: int, off: int) -> None:
    """An age that is years or months off contradicts the birth date and is never silently preferred or dropped."""
    collected = born + timedelta(days=days)
    count = completed(born, collected, unit) + off
    assume(count >= 0)
    with pytest.raises(AgeError) as refused:
        interpret(
            "ferritin", 38, "ng/mL", born=born, collected=collected, age=count if unit == "a" else f"{count} {unit}"
        )
    assert refused.value.code == "unreadable-age"


@given(age=st.sampled_from(AGES), case=cases, data=st.data())
@settings(max_examples=100, deadline=None)
def test_an_age_is_used_where_a_birth_date_has_no_day_of_collection(age: Age, case: Case, data: st.DataObject) -> None:
    """A told age stands although the birth date cannot be counted from, and so does one beside a day alone."""
    value = data.draw(values(case))
    told = case.place(value, {"age": age})
    assert case.place(value, {"age": age, "collected": TODAY}) == told
    dated = case.place(value, {"age": age, "born": date(1890, 5, 31)})
    assert (dated.possible, dated.limits) == (told.possible, told.limits)


@pytest.mark.parametrize("age", [17, "215 mo"])
def test_on_a_birthday_the_year_before_is_over(age: Age) -> None:
    """On an eighteenth birthday a patient is 18 by the calendar, so 17 years or 215 months contradict the dates."""
    born, collected = date(2005, 1, 1), date(2023, 1, 1)
    assert interpret("ferritin", 38, "ng/mL", born=born, collected=collected, age=18).optimal.position == "below"
    with pytest.raises(AgeError):
        interpret("ferritin", 38, "ng/mL", born=born, collected=collected, age=age)


@pytest.mark.parametrize(
    ("age", "born"), [(90, date(2020, 5, 31)), (19, date(2024, 6, 15)), ("40 mo", date(2025, 1, 1))]
)
def test_an_age_that_nobody_born_then_has_reached_is_refused(age: Age, born: date) -> None:
    """A collection never lies in the future, so an age beyond the years since birth is a mistyped one."""
    with pytest.raises(AgeError):
        interpret("ferritin", 38, "ng/mL", age=age, born=born)


# ---------------------------------------------------------------- the facts that would settle it


@given(case=cases, asked=questions(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_only_what_is_unknown_is_named_as_settling(case: Case, asked: Asked, data: st.DataObject) -> None:
    """An undecided place names at least one fact, a decided one none, and no named fact is known already."""
    place = case.place(data.draw(values(case)), asked)
    facts = set(place.settled_by)
    assert bool(facts) == (place.position == "undecided")
    assert "exact value" not in facts
    assert "sex" not in facts or (asked.get("sex") is None and not asked.get("pregnant"))
    assert "pregnancy" not in facts or (asked.get("pregnant") is None and asked.get("strict"))
    assert "collection date" not in facts or asked.get("born")
    assert "age" not in facts or not asked.get("born")


@given(case=cases, asked=questions(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_facts_that_are_named_settle_an_exact_result(case: Case, asked: Asked, data: st.DataObject) -> None:
    """Whatever the named facts turn out to be, an exact result then has a place."""
    value = data.draw(values(case))
    place = case.place(value, asked)
    assert unsettled(case, value, asked, place.settled_by) == [] or place.position != "undecided"


@given(case=cases, asked=questions(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_facts_that_are_named_settle_an_interval(case: Case, asked: Asked, data: st.DataObject) -> None:
    """Whatever the named facts turn out to be, the exact value among them, the result then has a place."""
    low, high = sorted((data.draw(values(case)), data.draw(values(case))))
    assume(low < high)
    value = f"{low:.4f}-{high:.4f}"
    try:
        place = case.place(value, asked)
    except ImplausibleValueError:
        assume(False)  # noqa: FBT003  the way in which Hypothesis is told to draw again
        raise
    assert unsettled(case, value, asked, place.settled_by) == [] or place.position != "undecided"


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        (Decimal(200), {"sex": "female"}),
        (Decimal(200), {"age": 40}),
        (Decimal(25), {"sex": "male", "born": date(1980, 5, 31)}),
        (Decimal(38), {"sex": "female", "age": 40, "strict": True}),
        (Decimal(120), {"strict": True, "pregnant": False}),
        (Decimal(120), {"born": date(1980, 5, 31), "pregnant": False}),
        ("100-400", {"sex": "female"}),
        ("100-500", {"sex": "male"}),
        ("15-30", {"sex": "female"}),
    ],
    ids=str,
)
def test_a_single_named_fact_settles_the_place_whatever_it_is(value: Decimal | str, asked: Asked) -> None:
    """Where one fact alone is named, each of its values gives a decided place."""
    case = Case("ferritin", "general")
    place = case.place(value, asked)
    assert place.position == "undecided"
    assert len(place.settled_by) > 1 or unsettled(case, value, asked, place.settled_by) == []


@pytest.mark.parametrize(
    ("value", "asked", "facts"),
    [
        (200, {"age": 40}, ("sex",)),
        (200, {"sex": "female"}, ("age",)),
        (25, {"sex": "male", "born": date(1980, 5, 31)}, ("collection date",)),
        (38, {"sex": "female", "age": 40, "strict": True}, ("pregnancy",)),
        ("15-30", {"sex": "male", "age": 40}, ("exact value",)),
        ("<30", {"sex": "male", "age": 40}, ("exact value",)),
        (25, {"sex": "male", "age": 0}, ("age",)),
        (38, {"sex": "male", "age": 40}, ()),
    ],
    ids=str,
)
def test_the_fact_that_is_missing_is_named(value: object, asked: Asked, facts: tuple[str, ...]) -> None:
    """Sex, age, the day of collection, pregnancy and the exact value are each named where that alone is missing."""
    assert Case("ferritin", "general").place(value, asked).settled_by == facts


def test_a_refusal_about_the_patient_is_a_labs_error() -> None:
    """Both refusals about the patient are one kind of error, which is a ValueError too."""
    assert issubclass(AgeError, LabsError)
    assert issubclass(PatientConflictError, ValueError)


@pytest.mark.parametrize(
    ("value", "standard", "facts"),
    [
        ("5-40", "mayo", ("sex", "exact value")),
        ("15-25", "general", ("exact value",)),
        ("400-420", "general", ("sex", "exact value")),
        ("5-500", "general", ("sex", "exact value")),
    ],
)
def test_an_interval_that_different_limits_part_waits_for_the_sex_too(
    value: str, standard: str, facts: tuple[str, ...]
) -> None:
    """Below or within for both sexes is not the same where each has a lower limit of its own."""
    it = interpret("ferritin", value, "ng/mL", age=40, pregnant=False, standard=standard)
    assert it.standard.settled_by == facts


@pytest.mark.parametrize(
    ("marker", "unit", "lacks"), [("tibc", "ug/dL", "marker"), ("vitamin_b12", "pg/mL", "population")]
)
def test_a_set_without_the_marker_and_one_without_the_patient_are_told_apart(
    marker: str, unit: str, lacks: str
) -> None:
    """A set that has ranges of the marker lacks the child; one that has none lacks the marker."""
    place = interpret(marker, 300, unit, sex="male", age=10, standard="exeter-uk").standard
    assert (place.position, place.lacks) == ("no-range", lacks)


def test_from_ten_years_on_an_answer_speaks_of_pregnancy() -> None:
    """Of a girl of nine nobody says that no pregnancy was assumed; of one of ten it is said."""
    assumed = [interpret("iron", 60, "ug/dL", sex="female", age=age).assumptions for age in (9, 10)]
    assert assumed == [(), ("not-pregnant",)]
