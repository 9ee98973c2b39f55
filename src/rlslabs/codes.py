"""LOINC codes: their check digit, and what a spreadsheet makes of them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX = re.compile(
    r"^(?:https?://loinc\.org[|/]?|urn:oid:2\.16\.840\.1\.113883\.6\.1[|:]?|(?:LOINC|LN)\b[\s:|]*)", re.IGNORECASE
)
_SHAPE = re.compile(r"[0-9]{1,7}-[0-9]")
_MONTHS = {
    month: number
    for number, months in enumerate(
        ("jan", "feb", "mar mrz mär", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), 1
    )
    for month in months.split()
}
"""English and German months, as a spreadsheet shortens them."""
_YEAR_DIGITS = 4
_LONGEST = 80
_LAST_DAY_NUMBER = 10**7
_SPREADSHEET_DAY_ZERO = date(1899, 12, 30)

_ISO = re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.]0?1(?:[ t]00:00(?::00(?:\.0+)?)?(?:z|\+00:00)?)?")
_MONTH_YEAR = re.compile(r"(?:0?1[-/ ])?(?P<name>[a-zä]{3})[a-zä]*[-/ .]+(?P<year>[0-9]{2}|[0-9]{4})")
_YEAR_MONTH = re.compile(r"(?P<year>[0-9]{2}|[0-9]{4})[-/ ](?P<name>[a-zä]{3})[a-zä]*")
_DAY_FIRST = re.compile(
    r"(?P<one>[0-9]{1,2})[-/.](?P<two>[0-9]{1,2})[-/.](?P<year>[0-9]{2}|[0-9]{4})(?: 0?0:00(?::00)?)?"
)
_SERIAL = re.compile(r"([0-9]{4,7})(?:\.0)?")


def bare(written: str) -> str:
    """A code without the name of its system: `http://loinc.org|2276-4` is `2276-4`."""
    written = written.strip()
    prefix = _PREFIX.match(written)
    rest = written[prefix.end() :].rstrip("/") if prefix else written
    return rest if is_shaped(rest) else written


def is_shaped(code: str) -> bool:
    """Whether the text has the form of a LOINC code: digits, a hyphen, one digit."""
    return bool(_SHAPE.fullmatch(code))


def check_digit(code: str) -> int:
    """The check digit that belongs to a LOINC code, by the mod-10 rule of the LOINC Users' Guide.

    >>> check_digit("2276-4")
    4
    """
    total = 0
    for place, digit in enumerate(reversed(code.partition("-")[0])):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return -total % 10


def meant(code: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known codes that one slip turns into this one: a digit that is another, or two that changed places."""
    return tuple(each for each in known if len(each) == len(code) and _is_slip(each, code))


def _is_slip(one: str, other: str) -> bool:
    place = next((place for place, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs), 0)
    swapped = f"{other[:place]}{other[place : place + 2][::-1]}{other[place + 2 :]}"
    return one in {swapped, f"{other[:place]}{one[place]}{other[place + 1 :]}"}


def mangled(written: object, known: Iterable[str]) -> tuple[str, ...]:
    """The known codes that a spreadsheet would have turned into this date; none where it is no such date.

    A code such as 1989-3 is read as March 1989, shown as `Mar-89` and saved as `1989-03-01` or as a day number.
    """
    if isinstance(written, date):
        text = (written.date() if isinstance(written, datetime) else written).isoformat()
    elif isinstance(written, str):
        text = written[:_LONGEST].strip().casefold()
    elif isinstance(written, int | float) and 0 < written < _LAST_DAY_NUMBER:
        text = f"{written}"
    else:
        return ()
    seen = set(_year_months(text))
    if not seen:
        return ()
    return tuple(code for code in known if _as_date(code) & seen)


def _as_date(code: str) -> set[tuple[str, int]]:
    """A code as (year, month), with its year in four digits and in two; nothing where it is no date."""
    year, _, month = code.partition("-")
    return {(year, int(month)), (year[2:], int(month))} if len(year) == _YEAR_DIGITS and month != "0" else set()


def _year_months(text: str) -> Iterable[tuple[str, int]]:
    if match := _ISO.fullmatch(text):
        yield match["year"], int(match["month"])
    for pattern in (_MONTH_YEAR, _YEAR_MONTH):
        if (match := pattern.fullmatch(text)) and match["name"] in _MONTHS:
            yield match["year"], _MONTHS[match["name"]]
    if match := _DAY_FIRST.fullmatch(text):  # the first of a month, in either order
        if int(match["one"]) == 1:
            yield match["year"], int(match["two"])
        if int(match["two"]) == 1:
            yield match["year"], int(match["one"])
    if match := _SERIAL.fullmatch(text):
        try:
            day = _SPREADSHEET_DAY_ZERO + timedelta(days=int(match[1]))
        except OverflowError:
            return
        if day.day == 1:
            yield f"{day.year:04}", day.month
