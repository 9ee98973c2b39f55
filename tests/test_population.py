"""An age is a span of time, counted by the calendar, and no rounding moves it across the edge of a band."""

from __future__ import annotations

from collections import UserString
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Self, get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rlslabs.cohort import who
from rlslabs.errors import AgeError, DateError, PatientError, SexError
from rlslabs.population import (
    ADULT,
    EVERY_AGE,
    OLDEST,
    SEXES,
    TICKS,
    Sex,
    Span,
    age_between,
    age_by_now,
    age_span,
    agrees,
    band_span,
    is_possible,
    read_age,
    read_birth,
    read_collected,
    read_sex,
)
from rlslabs.reported import Patient

UNITS = ("a", "mo", "wk", "d")
LIFE = (OLDEST + 1) * TICKS["a"]
LARGEST = {unit: (LIFE - 1) // ticks for unit, ticks in TICKS.items()}
DAYS = st.dates(date(1890, 1, 1), date(2030, 12, 31))


class Int64:
    """A whole number as array libraries have it: no int, but it prints as one."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __str__(self) -> str:
        return str(self.number)


def completed_years(born: date, collected: date) -> int:
    """The calendar's own rule: a year is complete on the birthday."""
    had_birthday = (collected.month, collected.day) >= (born.month, born.day)
    return collected.year - born.year - (not had_birthday)


def completed_months(born: date, collected: date) -> int:
    """The calendar's own rule: a month is complete on the day of the month of birth, or else on the next first."""
    count = 0
    while True:
        year, month = divmod(born.year * 12 + born.month - 1 + count + 1, 12)
        if (year, month + 1, born.day) > (collected.year, collected.month, collected.day):
            return count
        count += 1


def counted(born: date, collected: date, unit: str) -> int | str:
    """The completed count in a unit, by the calendar's own rules."""
    days = (collected - born).days
    if unit == "a":
        return completed_years(born, collected)
    count = {"mo": completed_months(born, collected), "wk": days // 7, "d": days}[unit]
    return f"{count} {unit}"


def possible_on(today: date, age: int | str, born: date) -> bool:
    """Whether an age is possible, asked on a day of our choice."""

    class Today(date):
        @classmethod
        def today(cls) -> Self:
            return cls(today.year, today.month, today.day)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlslabs.population.date", Today)
        return is_possible(age, born)


def inside(inner: Span, outer: Span) -> bool:
    """Whether every moment of one span belongs to the other."""
    return outer.start <= inner.start < inner.end <= outer.end


def apart(one: Span, two: Span) -> bool:
    """Whether two spans share no moment."""
    return one.end <= two.start or two.end <= one.start


# ---------------------------------------------------------------- ages as written


@given(st.integers(0, OLDEST))
def test_completed_years_are_one_age_in_every_spelling(years: int) -> None:
    """An int, a float, a Decimal, an array's number and text with or without a unit give the same years."""
    spellings = [years, float(years), Decimal(years), Int64(years), f" {years} ", f"{years}.0", f"{years} YEARS"]
    assert [read_age(each) for each in spellings] == [years] * len(spellings)


@given(st.integers(0, OLDEST), st.integers(0, 999))
def test_a_part_of_a_year_is_not_a_completed_year(years: int, thousandths: int) -> None:
    """An age in decimal years counts as the years that are complete, as a float and as text."""
    written = f"{years}.{thousandths:03}"
    assert read_age(float(written)) == read_age(written) == read_age(f"{written} y") == years


@pytest.mark.parametrize(
    ("unit", "spellings"),
    [
        ("a", ["a", "y", "yr", "yrs", "yr.", "year", "Years"]),
        ("mo", ["mo", "mos", "mos.", "month", "MONTHS"]),
        ("wk", ["wk", "wks", "week", "Weeks"]),
        ("d", ["d", "day", "DAYS"]),
    ],
    ids=UNITS,
)
def test_a_unit_of_age_is_read_in_its_usual_spellings(unit: str, spellings: list[str]) -> None:
    """Years come back as a number, months, weeks and days as a count with a UCUM unit."""
    expected = 5 if unit == "a" else f"5 {unit}"
    for spelling in spellings:
        assert read_age(f"5 {spelling}") == read_age(f"5{spelling}") == read_age(f" 5.9 {spelling} ") == expected


@pytest.mark.parametrize("nothing", [None, "", "   "], ids=["none", "empty", "blank"])
def test_no_age_is_an_unknown_age(nothing: str | None) -> None:
    """An absent age is unknown, never zero."""
    assert read_age(nothing) is None


@pytest.mark.parametrize("unit", UNITS)
def test_the_oldest_age_is_read_and_the_next_one_refused(unit: str) -> None:
    """Above 130 completed years, in any unit, an age is a typing error."""
    count = LARGEST[unit]
    assert read_age(f"{count} {unit}") == (count if unit == "a" else f"{count} {unit}")
    with pytest.raises(AgeError) as refusal:
        read_age(f"{count + 1} {unit}")
    assert refusal.value.code == "unreadable-age"


@pytest.mark.parametrize(
    "nonsense",
    [
        -1,
        -0.5,
        "-1",
        131,
        10**30,
        10**5000,
        1e300,
        float("nan"),
        float("inf"),
        "9" * 100_000,
        "about 50",
        "fifty",
        "50 60",
        "5 decades",
        "18-50",
        ">89",
        "\N{FULLWIDTH DIGIT FIVE}",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "5½",
        "2 a 3 mo",
        "a",
        ".5",
        b"52",
        [52],
        date(1970, 1, 1),
        UserString("X"),
    ],
    ids=lambda each: repr(each)[:12] if not isinstance(each, int) else f"int-{each % 1000}",
)
def test_an_age_that_cannot_be_is_refused(nonsense: object) -> None:
    """A negative, huge or unreadable age is a typed error, not a guess."""
    with pytest.raises(AgeError) as refusal:
        read_age(nonsense)
    assert refusal.value.code == "unreadable-age"


def test_a_refused_age_is_quoted_in_short() -> None:
    """Hostile input of any length leaves a short error: its text is cut as everywhere else."""
    with pytest.raises(AgeError) as refusal:
        read_age("x" * 100_000)
    assert len(refusal.value.text) <= 100


@pytest.mark.parametrize("flag", [True, False])
def test_a_bool_is_no_age(flag: bool) -> None:  # noqa: FBT001  the parameter is the thing tested
    """True is not one year."""
    with pytest.raises(AgeError):
        read_age(flag)


@given(st.text())
def test_any_text_is_an_age_or_a_refusal(text: str) -> None:
    """No text makes the reading of an age fail in any other way."""
    try:
        age = read_age(text)
    except AgeError:
        age = None
    assert age is None or 0 <= age_span(age).start < LIFE


# ---------------------------------------------------------------- spans and bands


@given(st.integers(0, OLDEST))
def test_twelve_months_are_a_year(years: int) -> None:
    """The months of a year lie in it, and end with it."""
    months = [age_span(f"{12 * years + month} mo") for month in range(12)]
    assert Span(months[0].start, months[-1].end) == age_span(years)
    assert all(one.end == two.start for one, two in pairwise(months))


@given(st.data(), st.sampled_from(UNITS))
def test_completed_counts_follow_each_other_without_gap_or_overlap(data: st.DataObject, unit: str) -> None:
    """Each age ends where the next begins, so every moment has one completed count."""
    count = data.draw(st.integers(0, LARGEST[unit]))
    assert age_span(f"{count} {unit}").end == age_span(f"{count + 1} {unit}").start


@given(st.data(), st.sampled_from(UNITS))
def test_a_band_holds_its_completed_counts_and_no_others(data: st.DataObject, unit: str) -> None:
    """Both ends of a band belong to it, the counts beside them do not."""
    low = data.draw(st.integers(0, LARGEST[unit]))
    high = data.draw(st.integers(low, 99_999))
    count = data.draw(st.integers(0, LARGEST[unit]) | st.sampled_from([low, high, high + 1, max(low - 1, 0)]))
    for band in (f"{low}-{high} {unit}", f"{low} {unit}-{high} {unit}"):
        span, age = band_span(band), age_span(f"{count} {unit}")
        assert (inside if low <= count <= high else apart)(age, span)


@given(st.data(), st.sampled_from(UNITS))
def test_an_open_band_holds_every_count_from_its_first(data: st.DataObject, unit: str) -> None:
    """A band such as >=51 a has no upper end below the oldest age."""
    low = data.draw(st.integers(0, LARGEST[unit]))
    count = data.draw(st.integers(0, LARGEST[unit]) | st.sampled_from([low, max(low - 1, 0)]))
    assert (inside if count >= low else apart)(age_span(f"{count} {unit}"), band_span(f">={low} {unit}"))


@pytest.mark.parametrize(
    ("band", "within", "without"),
    [
        ("18-50 a", ["18 a", "50 a", "216 mo", "611 mo"], ["17 a", "51 a", "215 mo", "612 mo"]),
        (">=51 a", ["51 a", "130 a", "612 mo"], ["50 a", "611 mo"]),
        ("0 d-4 wk", ["0 d", "34 d", "0 wk", "4 wk", "0 mo"], ["35 d", "5 wk", "2 mo", "1 a"]),
        ("5 wk-5 mo", ["35 d", "5 wk", "2 mo", "5 mo", "181 d"], ["34 d", "4 wk", "0 mo", "6 mo", "183 d"]),
        ("6 mo-9 a", ["6 mo", "183 d", "1 a", "9 a", "119 mo"], ["5 mo", "181 d", "0 d", "10 a", "120 mo"]),
    ],
)
def test_a_printed_band_holds_what_a_clinician_counts_in_it(band: str, within: list[str], without: list[str]) -> None:
    """The bands that laboratories print hold exactly their completed counts, in every unit."""
    for written, test in [*((each, inside) for each in within), *((each, apart) for each in without)]:
        age = read_age(written)
        assert age is not None
        assert test(age_span(age), band_span(band)), written


@pytest.mark.parametrize(
    "bands",
    [["0 d-4 wk", "5 wk-5 mo", "6 mo-9 a", "10-17 a", "18-50 a", ">=51 a"], ["0-11 mo", ">=1 a"]],
    ids=["mayo", "year"],
)
def test_bands_that_meet_in_print_meet_in_time(bands: list[str]) -> None:
    """Between neighbouring bands there is no age that neither holds, and none that both hold."""
    spans = [band_span(each) for each in bands]
    assert (spans[0].start, spans[-1].end) == EVERY_AGE
    assert all(one.end == two.start for one, two in pairwise(spans))


def test_an_adult_is_eighteen_or_older() -> None:
    """The adult band begins with the eighteenth birthday and ends with the oldest age."""
    assert band_span(">=18 a") == ADULT


@pytest.mark.parametrize(
    "band",
    [
        "",
        "18",
        "18-50",
        "18 - 50 a",
        "18-50 years",
        ">51 a",
        "< 5 a",
        "-1-5 a",
        "5-4 a",
        "5 wk-1 mo-",
        "1 a-11 mo",
        "x" * 9999,
    ],
    ids=lambda band: band[:12] or "empty",
)
def test_a_band_that_cannot_be_read_or_is_empty_is_refused(band: str) -> None:
    """A data file cannot hold an age band that means nothing."""
    with pytest.raises(AgeError) as refusal:
        band_span(band)
    assert len(refusal.value.text) <= 80


@pytest.mark.parametrize("band", [f">={OLDEST + 1} a", ">=99999 a", f"{OLDEST + 1}-150 a", f">={LARGEST['mo'] + 1} mo"])
def test_a_band_above_every_age_is_refused_as_empty(band: str) -> None:
    """A band that begins where no age is left holds nobody, and is refused like any empty band."""
    with pytest.raises(AgeError, match="holds no age"):
        band_span(band)


@given(st.data(), st.sampled_from(UNITS))
def test_every_age_that_can_be_read_lies_in_every_age(data: st.DataObject, unit: str) -> None:
    """A range for everybody, and one without an upper age, hold the last moment of the oldest age in any unit."""
    count = data.draw(st.integers(0, LARGEST[unit]) | st.just(LARGEST[unit]))
    age = read_age(f"{count} {unit}")
    assert age is not None
    assert inside(age_span(age), EVERY_AGE)
    assert band_span(">=0 d") == EVERY_AGE


# ---------------------------------------------------------------- ages from dates


@given(DAYS, DAYS)
def test_an_age_from_dates_lies_in_the_completed_years_of_the_calendar(one: date, two: date) -> None:
    """Whatever the dates, the age is within the years that the birthday rule counts."""
    born, collected = sorted((one, two))
    years = completed_years(born, collected)
    assume(years <= OLDEST)
    assert inside(age_between(born, collected), age_span(years))


@given(DAYS, st.integers(0, 4000))
def test_an_age_from_dates_lies_in_the_completed_months_of_the_calendar(born: date, days: int) -> None:
    """The age is within the months that the day of the month counts, so months are as sound as years."""
    collected = born + timedelta(days=days)
    assert inside(age_between(born, collected), age_span(f"{completed_months(born, collected)} mo"))


@given(DAYS, st.integers(0, 83))
def test_an_infants_age_from_dates_lies_in_the_completed_weeks(born: date, days: int) -> None:
    """In the first twelve weeks, where bands are printed in weeks, the age is within the weeks lived."""
    assert inside(age_between(born, born + timedelta(days=days)), age_span(f"{days // 7} wk"))


@given(DAYS, st.integers(0, 47_000), st.integers(0, 800))
def test_a_later_collection_never_makes_a_patient_younger(born: date, days: int, later: int) -> None:
    """Ages from dates keep the order of the days."""
    first, second = born + timedelta(days=days), born + timedelta(days=days + later)
    assert age_between(born, first) <= age_between(born, second)


@given(DAYS, st.integers(0, 24), st.integers(-2, 2), st.sampled_from([("d", 1), ("wk", 7)]))
def test_completed_days_and_weeks_never_contradict_the_dates_they_are_counted_from(
    born: date, months: int, beside: int, unit: tuple[str, int]
) -> None:
    """An age counted in days or weeks between two dates, most of all around a month's end, agrees with the dates."""
    year, month = divmod(born.year * 12 + born.month - 1 + months, 12)
    days = max((date(year, month + 1, min(born.day, 28)) - born).days + beside, 0)
    patient = Patient(age=f"{days // unit[1]} {unit[0]}", born=born)
    person, _ = who(patient, born + timedelta(days=days), strict=False)
    assert inside(person.ages, EVERY_AGE)


@given(DAYS, DAYS)
def test_completed_years_never_contradict_the_dates_they_are_counted_from(one: date, two: date) -> None:
    """An age in completed years agrees with the dates beside it; one year more does not."""
    born, collected = sorted((one, two))
    years = completed_years(born, collected)
    assume(years < OLDEST)
    person, _ = who(Patient(age=years, born=born), collected, strict=False)
    assert person.ages == age_between(born, collected)
    with pytest.raises(AgeError):
        who(Patient(age=years + 1, born=born), collected, strict=False)


@pytest.mark.parametrize(
    ("born", "collected", "age"),
    [
        ("1973-05-31", "2024-05-30", "50 a"),
        ("1973-05-31", "2024-05-31", "51 a"),
        ("1973-05-31", "2024-06-01", "51 a"),
        ("2006-02-28", "2024-02-27", "17 a"),
        ("2006-02-28", "2024-02-28", "18 a"),
        ("2004-02-29", "2022-02-28", "17 a"),
        ("2004-02-29", "2022-03-01", "18 a"),
        ("2004-02-29", "2024-02-28", "19 a"),
        ("2004-02-29", "2024-02-29", "20 a"),
        ("2023-12-31", "2024-02-29", "1 mo"),
        ("2023-12-31", "2024-03-01", "2 mo"),
        ("2024-01-31", "2024-02-29", "0 mo"),
        ("2024-01-31", "2024-03-01", "1 mo"),
        ("2023-08-31", "2024-02-29", "5 mo"),
        ("2023-08-31", "2024-03-01", "6 mo"),
        ("2023-11-29", "2024-05-28", "5 mo"),
        ("2023-11-29", "2024-05-29", "6 mo"),
        ("2024-01-01", "2024-02-04", "34 d"),
        ("2024-01-01", "2024-02-04", "4 wk"),
        ("2024-01-01", "2024-02-05", "5 wk"),
        ("2024-02-01", "2024-03-06", "4 wk"),
        ("2024-02-01", "2024-03-07", "5 wk"),
        ("2023-05-31", "2024-05-30", "11 mo"),
        ("2023-05-31", "2024-05-31", "1 a"),
        ("2024-05-31", "2024-05-31", "0 d"),
        ("1893-06-01", "2024-05-31", "130 a"),
    ],
)
def test_a_birthday_is_a_birthday(born: str, collected: str, age: str) -> None:
    """The day before it the younger age holds, on it and after it the older; so at month ends and in leap years."""
    counted = read_age(age)
    assert counted is not None
    assert inside(age_between(date.fromisoformat(born), date.fromisoformat(collected)), age_span(counted))


@pytest.mark.parametrize(
    ("born", "collected"),
    [("2024-05-31", "2024-05-30"), ("2024-05-31", "2023-06-30"), ("1893-05-31", "2024-05-31")],
    ids=["day-before", "year-before", "131-years"],
)
def test_dates_that_give_no_age_are_refused(born: str, collected: str) -> None:
    """Nobody is tested before birth, or more than a life after it; the refusal does not say when somebody was born."""
    with pytest.raises(AgeError) as refusal:
        age_between(date.fromisoformat(born), date.fromisoformat(collected))
    assert (born in str(refusal.value), refusal.value.text) == (False, "")


def test_a_month_that_is_not_over_ends_before_its_birthday() -> None:
    """Two long months hold more days than two of mean length: until then the age stays in the second of them."""
    two = 2 * TICKS["mo"]
    assert age_between(date(2024, 7, 1), date(2024, 8, 31)) == Span(two - 1, two)
    assert age_between(date(2024, 7, 1), date(2024, 9, 1)) == Span(62 * TICKS["d"], 62 * TICKS["d"] + 1)


def test_the_hour_of_birth_and_of_collection_changes_no_age() -> None:
    """Age counts in calendar days, each in its own place's time."""
    born = datetime(1973, 5, 31, 23, 59, tzinfo=timezone(timedelta(hours=9)))
    collected = datetime(2024, 5, 31, 0, 1, tzinfo=UTC)
    assert age_between(born, collected) == age_between(born.date(), collected.date())


# ---------------------------------------------------------------- sexes


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        ("F", "female"),
        ("M", "male"),
        ("O", None),
        ("U", None),
        ("A", None),
        ("N", None),
        ("female", "female"),
        ("male", "male"),
        ("other", None),
        ("unknown", None),
        (" Woman ", "female"),
        ("MAN", "male"),
        ("w", "female"),
        ("", None),
        (None, None),
        ("X", None),
        ("divers", None),
        ("Diverse", None),
        ("non-binary", None),
        ("nonbinary", None),
        ("undifferentiated", None),
        ("intersex", None),
    ],
)
def test_a_sex_is_read_by_hl7_by_fhir_and_in_plain_words(written: str | None, sex: Sex | None) -> None:
    """HL7 table 0001, FHIR administrative-gender and plain words are read; what decides no range is unknown."""
    assert read_sex(written) == sex


def test_every_known_word_is_folded_and_means_one_of_the_sexes() -> None:
    """The table of words is written in the case in which it is asked, and gives nothing but the two sexes or none."""
    assert all(word == word.strip().casefold() for word in SEXES)
    assert {each for each in SEXES.values() if each} == set(get_args(Sex))


@pytest.mark.parametrize(
    "written", ["xx", "femail", "1", "f/m", "x" * 100_000, 1, True, ["female"]], ids=lambda each: str(each)[:12]
)
def test_an_unknown_sex_code_is_refused_not_taken_for_unknown(written: object) -> None:
    """A word that is not known is an error, because it may have meant something."""
    with pytest.raises(SexError) as refusal:
        read_sex(written)
    assert refusal.value.code == "unknown-sex-code"
    assert len(refusal.value.text) <= 100


@given(st.text())
def test_any_text_is_a_sex_or_a_refusal(text: str) -> None:
    """No text makes the reading of a sex fail in any other way."""
    try:
        sex = read_sex(text)
    except SexError:
        sex = None
    assert sex in {None, "female", "male"}


# ---------------------------------------------------------------- days


@given(st.dates())
def test_a_day_is_read_as_a_date_or_as_iso_text(day: date) -> None:
    """A date, its ISO 8601 text and its text without hyphens are the same day."""
    assert read_collected(day) == read_collected(day.isoformat()) == read_collected(f" {day.isoformat()} ") == day
    assert read_collected(day.strftime("%Y%m%d").rjust(8, "0")) == day


@given(st.datetimes(timezones=st.none() | st.just(UTC)))
def test_a_moment_is_read_as_a_datetime_or_as_iso_text(moment: datetime) -> None:
    """A datetime and its ISO 8601 text are the same moment, with its zone if it has one."""
    assert (
        read_collected(moment) == read_collected(moment.isoformat()) == read_collected(moment.isoformat(" ")) == moment
    )


@pytest.mark.parametrize("text", ["2024-05-31T10", "20240531T10", "2024-05-31 10", "2024-W22-5T10"])
def test_a_moment_to_the_hour_is_read(text: str) -> None:
    """ISO 8601 lets the minutes be left out."""
    assert read_collected(text) == datetime(2024, 5, 31, 10)  # noqa: DTZ001  none is written


@pytest.mark.parametrize("nothing", [None, ""], ids=["none", "empty"])
def test_no_day_is_an_unknown_day(nothing: str | None) -> None:
    """An absent date is unknown."""
    assert read_collected(nothing) is None


@pytest.mark.parametrize(
    "text", ["31/05/2024", "05-31-2024", "2024-02-30", "2024-5-1", "2024-05-31T25:00", "soon", "0"]
)
def test_a_day_in_another_order_is_refused(text: str) -> None:
    """Day and month are never guessed: only year-month-day is read."""
    with pytest.raises(DateError) as refusal:
        read_collected(text)
    assert refusal.value.text == text
    assert refusal.value.code == "unreadable-date"


@pytest.mark.parametrize("thing", [20240531, 45443.0, True, b"2024-05-31", ("2024", "05")], ids=repr)
def test_a_day_is_no_number(thing: object) -> None:
    """A serial number could count from any day, so it is refused."""
    with pytest.raises(DateError) as refusal:
        read_collected(thing)
    assert refusal.value.code == "unreadable-date"


@given(st.text() | st.text("0123456789-:TZW+. ", max_size=40))
def test_any_text_is_a_day_or_a_refusal(text: str) -> None:
    """No text makes the reading of a day fail in any other way."""
    try:
        day = read_collected(text)
    except DateError:
        day = None
    assert day is None or isinstance(day, date)


@pytest.mark.parametrize(
    ("read", "words"),
    [(read_birth, "date of birth"), (read_collected, "date of collection")],
    ids=["birth", "collected"],
)
@pytest.mark.parametrize("thing", ["31/05/2024", 45443, "x" * 100_000], ids=["text", "number", "long"])
def test_a_day_that_is_refused_is_named(read: Callable[[object], object], words: str, thing: object) -> None:
    """Where two dates stand side by side, the refusal says which of them could not be read, and stays short."""
    with pytest.raises(DateError, match=f"The {words} ") as refusal:
        read(thing)
    assert refusal.value.code == "unreadable-date"
    assert len(str(refusal.value)) < 400
    assert len(refusal.value.text) <= 100


@given(st.datetimes(timezones=st.none() | st.just(UTC)))
def test_a_birth_is_a_day_and_a_collection_keeps_its_hour(moment: datetime) -> None:
    """Of a birth only the day is kept, of a collection all that was written."""
    for written in (moment, moment.isoformat()):
        assert (read_birth(written), type(read_birth(written))) == (moment.date(), date)
        assert read_collected(written) == moment


@pytest.mark.parametrize("nothing", [None, "", "  "], ids=["none", "empty", "blank"])
def test_no_birth_and_no_collection_are_unknown(nothing: str | None) -> None:
    """An empty cell is no date, and no error."""
    assert read_birth(nothing) is None
    assert read_collected(nothing) is None


# ---------------------------------------------------------------- an age beside a birth date, without a collection


@given(DAYS, st.integers(0, 47_000), st.sampled_from(UNITS))
@example(date(2026, 2, 1), 28, "mo")
@example(date(2026, 2, 1), 150, "mo")
@example(date(2025, 1, 1), 365, "a")
@example(date(1999, 3, 1), 25_567, "a")
@example(date(2025, 7, 1), 61, "d")
def test_an_age_that_was_reached_by_today_is_possible(born: date, days: int, unit: str) -> None:
    """Whatever age the calendar counts today, or counted on any day before, can have been the age at collection."""
    today = born + timedelta(days=days)
    assume(completed_years(born, today) <= OLDEST)
    age = counted(born, today, unit)
    assert agrees(age, born, today)
    assert possible_on(today, age, born)
    assert possible_on(today + timedelta(days=400), age, born)


@given(DAYS, st.integers(0, 47_000), st.sampled_from(UNITS))
def test_an_age_that_nobody_born_then_can_have_reached_is_refused(born: date, days: int, unit: str) -> None:
    """An age that begins more than a few days after today is no age at any collection so far."""
    today = born + timedelta(days=days)
    assume(completed_years(born, today) < OLDEST)
    later = counted(born, today + timedelta(days=5), unit)
    age = later + 1 if isinstance(later, int) else f"{int(later.split()[0]) + 1} {unit}"
    assert not possible_on(today, age, born)


@pytest.mark.parametrize(
    ("age", "born_days_ago", "accepted"),
    [(52, 60 * 366, True), (52, 52 * 366, True), (52, 50 * 365, False), ("5 mo", 160, True), ("5 mo", 120, False)],
)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "assuming"])
def test_an_age_contradicts_a_birth_date_that_leaves_no_time_for_it(
    age: int | str,
    born_days_ago: int,
    accepted: bool,  # noqa: FBT001  the parameter is the thing tested
    strict: bool,  # noqa: FBT001  the same
) -> None:
    """Without a date of collection an age is taken as said, unless the birth date rules it out until today."""
    patient = Patient(age=age, born=datetime.now(tz=UTC).date() - timedelta(days=born_days_ago))
    if accepted:
        assert who(patient, None, strict=strict)[0].ages == age_span(age)
    else:
        with pytest.raises(PatientError) as refusal:
            who(patient, None, strict=strict)
        assert refusal.value.code == "unreadable-age"


def test_who_was_born_today_is_new_born() -> None:
    """A birth today is no birth to come: the one age that is possible is the first."""
    today = date.today()  # noqa: DTZ011  the day that the package asks for
    assert age_by_now(today) == Span(0, 1)
    assert age_by_now(today + timedelta(days=2)) == EVERY_AGE


def test_an_age_is_possible_once_the_patient_has_reached_it() -> None:
    """Nobody who is born in the future has any age, and the oldest have theirs from the birthday on."""
    today = date.today()  # noqa: DTZ011  the day on which the package asks
    assert not is_possible(0, today + timedelta(1))
    assert not is_possible("3 wk", today + timedelta(1))
    assert is_possible(0, today)
    assert not is_possible("1 d", today)
    last = date(today.year - OLDEST, 12, 31)
    assert is_possible(OLDEST, last) is (today >= date(today.year, 12, 31))
    assert is_possible(OLDEST - 1, last)
    assert is_possible(0, last)
    assert is_possible(OLDEST, date(today.year - OLDEST - 1, 12, 31))  # an old record, taken while she lived


def test_somebody_born_before_anybody_who_lives_may_have_had_any_age() -> None:
    """An old record says nothing of the age at collection, and neither does a birth that has not come."""
    today = date.today()  # noqa: DTZ011  as the code asks it
    for years, every in ((OLDEST - 1, False), (OLDEST, False), (OLDEST + 1, True)):
        assert (age_by_now(date(today.year - years, 1, 1)) == EVERY_AGE) == every
    assert age_by_now(today + timedelta(days=1)) == EVERY_AGE
    assert age_by_now(today).start == 0
