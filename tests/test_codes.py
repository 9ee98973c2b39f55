"""LOINC codes: their check digit, their prefixes, and the dates that spreadsheets make of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs.codes import bare, check_digit, is_shaped, mangled, meant

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep")
GERMAN = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep")
NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
GERMAN_NAMES = ("Januar", "Februar", "M\u00e4rz", "April", "Mai", "Juni", "Juli", "August", "September")
DAY_ZERO = date(1899, 12, 30)
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

stems = st.integers(1, 9_999_999).map(str)
years = st.integers(1903, 9998)
months = st.integers(1, 9)


class Unspeakable:
    """An object that has no text."""

    def __str__(self) -> str:
        """Fail, as the objects of some libraries do."""
        message = "no text"
        raise RuntimeError(message)


def disguises(year: int, month: int) -> dict[str, object]:
    """The code `year-month` as spreadsheets show it, save it and hand it over, by the name of each shape."""
    first = date(year, month, 1)
    return {
        "ISO day": f"{first}",
        "ISO day and time": f"{first} 00:00:00",
        "ISO day and minutes": f"{first} 00:00",
        "ISO day and fractions": f"{first} 00:00:00.000",
        "ISO 8601": f"{first}T00:00:00",
        "ISO 8601 in UTC": f"{first}T00:00:00Z",
        "ISO 8601 with an offset": datetime(year, month, 1, tzinfo=UTC).isoformat(),
        "ISO 8601 of a script": f"{first}T00:00:00.000Z",
        "slashes, year first": f"{year}/{month:02}/01",
        "month first": f"{month}/1/{year}",
        "month first, padded": f"{month:02}/01/{year}",
        "day first": f"01/{month:02}/{year}",
        "day first, points": f"01.{month:02}.{year}",
        "day first, hyphens": f"1-{month}-{year}",
        "month first, short year": f"{month}/1/{year % 100:02}",
        "month first and time": f"{month}/1/{year} 0:00",
        "month and short year": f"{MONTHS[month - 1]}-{year % 100:02}",
        "capitals": f"{MONTHS[month - 1].upper()}-{year % 100:02}",
        "month and year": f"{MONTHS[month - 1]} {year}",
        "whole month and year": f"{NAMES[month - 1]} {year}",
        "German month and short year": f"{GERMAN[month - 1]}-{year % 100:02}",
        "German month, blank, short year": f"{GERMAN[month - 1]} {year % 100:02}",
        "German month with a point": f"{GERMAN[month - 1]}. {year % 100:02}",
        "German capitals": f"{GERMAN_NAMES[month - 1].upper()} {year}",
        "German first letters": f"{GERMAN_NAMES[month - 1][:3]}-{year % 100:02}",
        "whole German month and year": f"{GERMAN_NAMES[month - 1]} {year}",
        "short year and German month": f"{year % 100:02}-{GERMAN[month - 1]}",
        "day, German month, year": f"01-{GERMAN[month - 1]}-{year}",
        "short year and month": f"{year % 100:02}-{MONTHS[month - 1]}",
        "year and month": f"{year}-{MONTHS[month - 1]}",
        "day, month, short year": f"1-{MONTHS[month - 1]}-{year % 100:02}",
        "day, month, year": f"01-{MONTHS[month - 1].upper()}-{year}",
        "blanks around it": f"  {first} ",
        "a date": first,
        "a moment": datetime(year, month, 1, tzinfo=UTC),
        "a moment without zone": datetime(year, month, 1),  # noqa: DTZ001  spreadsheet readers hand over such moments
        "a day number": (first - DAY_ZERO).days,
        "a day number as text": str((first - DAY_ZERO).days),
        "a day number as a float": float((first - DAY_ZERO).days),
        "a day number as the text of a float": f"{(first - DAY_ZERO).days}.0",
    }


SHAPES = sorted(disguises(1989, 3))


def luhn(digits: str) -> int:
    """The Luhn sum of digits that end in their check digit, modulo ten; nought where they add up."""
    return sum(DOUBLED[int(d)] if place % 2 else int(d) for place, d in enumerate(reversed(digits))) % 10


@given(stems)
def test_the_check_digit_makes_the_luhn_sum_come_out(stem: str) -> None:
    """A number and its check digit have a Luhn sum that is divisible by ten."""
    digit = check_digit(f"{stem}-0")
    assert 0 <= digit <= 9
    assert luhn(f"{stem}{digit}") == 0


@given(stems, st.data())
def test_a_single_wrong_digit_changes_the_check_digit(stem: str, data: st.DataObject) -> None:
    """No slip of one digit keeps the check digit."""
    place = data.draw(st.integers(0, len(stem) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != stem[place]]))
    assert check_digit(f"{stem[:place]}{wrong}{stem[place + 1 :]}-0") != check_digit(f"{stem}-0")


@given(stems, st.integers(0, 9))
def test_the_digit_after_the_hyphen_has_no_part_in_the_check_digit(stem: str, digit: int) -> None:
    """The check digit that belongs to a code is told from what stands before the hyphen."""
    assert check_digit(f"{stem}-{digit}") == check_digit(stem)


@given(stems, st.integers(0, 9))
def test_digits_a_hyphen_and_a_digit_have_the_shape_of_a_code(stem: str, digit: int) -> None:
    """Up to seven digits, a hyphen and one digit have the form of a LOINC code."""
    assert is_shaped(f"{stem}-{digit}")


@pytest.mark.parametrize(
    "text",
    ["", "-", "2276", "2276-", "-4", "2276-44", "2276 4", "12345678-1", "2276-4 ", "227a-4", "\u0662276-4", "2276-4\n"],
)
def test_anything_else_has_not_the_shape_of_a_code(text: str) -> None:
    """A missing or second digit, a letter, a blank or a foreign numeral is no LOINC code."""
    assert not is_shaped(text)


@pytest.mark.parametrize(
    "prefix",
    [
        *("", "LOINC ", "loinc ", "LOINC|", "LOINC:", "LOINC: ", "LN ", "LN|", "http://loinc.org|"),
        *("http://loinc.org/", "https://loinc.org/", "https://loinc.org|", "HTTP://LOINC.ORG|"),
        *("urn:oid:2.16.840.1.113883.6.1|", "urn:oid:2.16.840.1.113883.6.1:"),
    ],
)
@settings(max_examples=10)
@given(stem=stems)
def test_a_code_is_the_same_with_and_without_the_name_of_its_system(prefix: str, stem: str) -> None:
    """The name of the system, in any of its forms, is no part of a code; nor are blanks around it."""
    assert bare(f" {prefix}{stem}-1 ") == f"{stem}-1"


@given(st.text())
def test_what_has_no_prefix_is_left_as_it_is(text: str) -> None:
    """Text that does not begin with the name of the system keeps all but the blanks around it."""
    assert text.strip().endswith(bare(text))
    if not text.strip().casefold().startswith(("http", "urn", "loinc", "ln")):
        assert bare(text) == text.strip()


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=20)
@given(year=years, month=months)
def test_a_code_that_a_spreadsheet_made_a_date_is_recognised(shape: str, year: int, month: int) -> None:
    """Every known code of the form year-month is recognised in every shape that a spreadsheet gives it."""
    code = f"{year}-{month}"
    assert mangled(disguises(year, month)[shape], [f"{year + 1}-{month}", code, "62292-8"]) == (code,)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_date_is_no_code_where_no_such_code_is_known(shape: str) -> None:
    """A date that no known code could have become is taken for no code."""
    assert mangled(disguises(1989, 3)[shape], ["1989-4", "1988-3", "14685-2", "2276-4"]) == ()


@given(st.dates(date(1900, 3, 1)).filter(lambda day: day.day != 1))
def test_only_the_first_of_a_month_can_have_been_a_code(day: date) -> None:
    """A spreadsheet reads year-month as the first of the month, so no other day was a code."""
    known = [f"{day.year}-{month}" for month in range(1, 10)]
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for written in (day, moment, str(day), str((day - DAY_ZERO).days), (day - DAY_ZERO).days):
        assert mangled(written, known) == ()


@given(st.dates(date(1900, 3, 1)), st.integers(0, 1439).filter(bool))
def test_a_time_of_day_is_not_lost_from_a_text(day: date, minutes: int) -> None:
    """A text with a time other than midnight was never a code."""
    moment = datetime(day.year, day.month, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    known = [f"{day.year}-{month}" for month in range(1, 10)]
    assert mangled(f"{moment:%Y-%m-%d %H:%M:%S}", known) == ()


@pytest.mark.parametrize("code", ["1989-0", "198-3", "19891-3", "14685-2"])
def test_a_code_that_is_no_year_and_month_is_never_a_date(code: str) -> None:
    """A code of other than four digits, or with the check digit nought, becomes no date."""
    for shape in disguises(1989, 3).values():
        assert mangled(shape, [code]) == ()


@pytest.mark.parametrize("written", ["Mar-89", "89-Mar", "3/1/89", "01.03.89"])
def test_a_date_of_a_short_year_names_every_code_that_it_could_have_been(written: str) -> None:
    """Where a year was shortened to two digits, every known code that it fits is named, and no other."""
    assert mangled(written, ["1989-3", "2189-3", "1988-3", "1989-4"]) == ("1989-3", "2189-3")


@pytest.mark.parametrize("written", ["1/1/1989", "01/01/1989", "1.1.1989"])
def test_the_first_of_january_is_one_day_in_either_order(written: str) -> None:
    """Day first or month first, the first of January is the code that ends in one."""
    assert mangled(written, ["1989-1", "1989-3"]) == ("1989-1",)


@pytest.mark.parametrize(
    "written", ["Xyz-89", "Mar", "1989", "9999999", "2958466", "", " ", "ferritin", "Mar-898", "12-3", "5/6/1989"]
)
def test_what_is_no_date_is_no_code(written: str) -> None:
    """An unknown month, half a date, a day beyond the calendar or plain words are taken for no code."""
    assert mangled(written, ["1989-3", "2276-4", "9999-9"]) == ()


@given(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(), st.text(), st.decimals()),
        *(st.dates(), st.datetimes(), st.lists(st.integers())),
    )
)
def test_whatever_is_asked_is_answered(written: object) -> None:
    """Any object gets an answer, and the answer is among the known codes."""
    known = ("1989-3", "2276-4", "2500-7")
    assert set(mangled(written, known)) <= set(known)


@pytest.mark.parametrize("name", ["Oct", "Nov", "Dec", "Okt", "Dez", "October", "Oktober", "Dezember"])
def test_the_last_three_months_are_no_code(name: str) -> None:
    """A code ends in one digit, so none was ever a date in October, November or December, in either language."""
    known = [f"1989-{digit}" for digit in range(10)]
    assert mangled(f"{name}-89", known) == mangled(f"{name} 1989", known) == ()


class Marchlike:
    """An object whose text is a date that was a code."""

    def __str__(self) -> str:
        """Give the text."""
        return "Mar-89"


DAY = (date(1989, 3, 1) - DAY_ZERO).days


@pytest.mark.parametrize(
    "written",
    [
        *(Decimal(DAY), Fraction(DAY), complex(DAY), b"Mar-89", ["Mar-89"], ("1989-03-01",), {"Mar-89"}, Marchlike()),
        *(time(0, 0), timedelta(days=DAY), None, True, False),
    ],
    ids=lambda written: type(written).__name__,
)
def test_only_dates_text_ints_and_floats_are_read_as_dates(written: object) -> None:
    """An object of any other class is taken for no code, even where its text would be."""
    assert mangled(written, ["1989-3", "1899-1", "1900-1"]) == ()


@pytest.mark.parametrize("day", [0, -DAY, 0.0, -1.5, DAY + 0.5, 10.0**7, 1e300, float("nan"), float("inf"), -1])
def test_a_number_that_is_no_day_is_no_code(day: float) -> None:
    """A number below one, with a time of day, beyond the calendar or not finite is the number of no day."""
    assert mangled(day, [f"{year}-{month}" for year in range(1889, 1991) for month in range(1, 10)]) == ()


@pytest.mark.parametrize("written", [Unspeakable(), 10**5000], ids=["no text", "too many digits"])
def test_an_object_that_cannot_be_written_is_no_code(written: object) -> None:
    """An object whose text cannot be had is taken for no code, and its own error stays inside."""
    assert mangled(written, ["1989-3"]) == ()


@given(stems, st.data())
def test_a_code_is_meant_where_one_slip_parts_it_from_what_was_typed(stem: str, data: st.DataObject) -> None:
    """A digit that is another, or two beside each other that changed places; nothing else is near."""
    code = f"{stem}-{check_digit(f'{stem}-0')}"
    place = data.draw(st.integers(0, len(stem) - 1))
    other = f"{code[:place]}{(int(code[place]) + data.draw(st.integers(1, 9))) % 10}{code[place + 1 :]}"
    swapped = f"{code[:place]}{code[place : place + 2][::-1]}{code[place + 2 :]}"
    assert meant(other, [code]) == (code,)
    assert code in meant(swapped, [code])


def test_a_code_that_is_only_like_another_is_not_offered_as_that() -> None:
    """Two digits that are others, a digit too many or too few: the report is to be looked at again."""
    assert meant("21482-2", ["14685-2", "2132-9"]) == ()
    assert meant("2276-5", ["2276-4", "12276-4", "276-4", "2267-5"]) == ("2276-4", "2267-5")
    assert meant("2312-9", ["2132-9", "2321-9", "3212-9"]) == ("2132-9", "2321-9", "3212-9")
