"""Sexes, ages and age bands: who a range is meant for, and who a patient could be.

An age is a span of time, because "52 years" is every day from one birthday up to the next. Spans are counted
in sixteenths of a day: there a mean year, month, week and day (365.25, 30.4375, 7 and 1 days) are whole numbers,
and twelve months are exactly a year, so no rounding moves an age across the edge of a band.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from rlslabs.errors import AgeError, DateError, SexError, shown

Sex = Literal["female", "male"]

TICKS = {"a": 5844, "mo": 487, "wk": 112, "d": 16}
_ISO_DAY = len("2024-05-31")
OLDEST = 130
"""Completed years; nobody has been known to reach it. A larger age is a typing error."""


class Span(NamedTuple):
    """Ages from `start` up to, not including, `end`, in sixteenths of a day."""

    start: int
    end: int


_LIFE = (OLDEST + 1) * TICKS["a"]
EVERY_AGE = Span(0, 1_000_000)
ADULT = Span(18 * TICKS["a"], EVERY_AGE.end)

_NEITHER = "unknown unk u other o ambiguous a n x undifferentiated intersex diverse divers nonbinary non-binary"
SEXES: dict[str, Sex | None] = {
    **dict.fromkeys(("female", "f", "woman", "w"), "female"),
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("", *_NEITHER.split()), None),
}
"""HL7 table 0001, FHIR administrative-gender and the words of plain reports. A sex that decides no range is unknown."""

_UNITS = {
    **dict.fromkeys(("a", "y", "yr", "yrs", "year", "years"), "a"),
    **dict.fromkeys(("mo", "mos", "month", "months"), "mo"),
    **dict.fromkeys(("wk", "wks", "week", "weeks"), "wk"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
_AGE = re.compile(r"([0-9]{1,5})(?:\.[0-9]{1,20})?\s*([a-z]*)\.?")
_BAND = re.compile(
    r">=(?P<from>[0-9]{1,5}) (?P<unit>a|mo|wk|d)"
    r"|(?P<low>[0-9]{1,5})(?: (?P<low_unit>a|mo|wk|d))?-(?P<high>[0-9]{1,5}) (?P<high_unit>a|mo|wk|d)"
)


def read_sex(written: object) -> Sex | None:
    """Read a sex; `None` means unknown, and then every population the patient could be is judged.

    Raises:
        SexError: The word is not known.
    """
    if written is None:
        return None
    if not isinstance(written, str):
        happened = f"The sex is a {type(written).__name__}"
        raise SexError(happened, 'write "female", "male" or leave it out', shown(written))
    try:
        return SEXES[written.strip().casefold()]
    except KeyError:
        happened = f"{shown(written)} is not a sex that is known here"
        raise SexError(happened, 'write "female", "male", or "unknown"', written[:80]) from None


def read_age(written: object) -> int | str | None:
    """Read an age at collection: completed years as a number, or text such as `5 mo`, `3 wk`, `10 d`.

    Returns:
        The completed years as an int, or the text as a count and a UCUM unit; `None` where it is unknown.

    Raises:
        AgeError: The age is not readable, negative, or above any that is known.
    """
    if written is None or (type(written) is int and 0 <= written <= OLDEST):  # the common case first
        return written
    if isinstance(written, bool):
        happened = "The age is a bool"
        raise AgeError(happened, "give completed years, or text such as 5 mo", str(written))
    text = written.strip() if isinstance(written, str) else shown(written).strip('"')
    if not text:
        return None
    match = _AGE.fullmatch(text.casefold())
    unit = _UNITS.get(match[2] or "a") if match else None
    if not match or not unit or int(match[1]) * TICKS[unit] >= _LIFE:
        happened = f"{shown(written)} is not an age from 0 to {OLDEST} years"
        raise AgeError(happened, "give completed years at collection, or text such as 5 mo, 3 wk, 10 d", text[:80])
    return int(match[1]) if unit == "a" else f"{int(match[1])} {unit}"


@lru_cache(maxsize=1024)
def age_span(age: int | str) -> Span:
    """Every age that `age`, as `read_age` gives it, leaves open."""
    count, unit = (age, "a") if isinstance(age, int) else (int(age.split()[0]), age.split()[1])
    return Span(count * TICKS[unit], (count + 1) * TICKS[unit])


def age_between(born: date, collected: date) -> Span:
    """The age on the day of collection, from the calendar: months first, so that a birthday is a birthday.

    Raises:
        AgeError: The collection lies before the birth, or more than a life after it.
    """
    born, collected = _day(born), _day(collected)
    months = (collected.year - born.year) * 12 + collected.month - born.month - (collected.day < born.day)
    if months < 0 or months >= (OLDEST + 1) * 12:
        happened = f"The dates of birth and of collection give no age from 0 to {OLDEST} years"
        raise AgeError(happened, "check both dates")
    days = (collected - born).days * TICKS["d"]
    start = min(max(days, months * TICKS["mo"]), (months + 1) * TICKS["mo"] - 1)
    return Span(start, start + 1)


def agrees(age: int | str, born: date, collected: date) -> bool:
    """Whether an age is the one that the dates give: years and months by the calendar, weeks and days by days."""
    said = age_span(age)
    return said.start <= _reached(age, born, collected) < said.end


def is_possible(age: int | str, born: date) -> bool:
    """Whether somebody born then can have reached an age by now; a collection never lies in the future."""
    today = date.today()  # noqa: DTZ011  a day more or less decides nothing that is judged
    if today.year - born.year > OLDEST:  # an old record
        return True
    return born <= today and _reached(age, born, today) >= age_span(age).start


def age_by_now(born: date) -> Span:
    """Every age that somebody born then can have had at a collection so far."""
    today = date.today()  # noqa: DTZ011  a day more or less decides nothing that is judged
    if born > today or today.year - born.year > OLDEST:
        return EVERY_AGE
    return Span(0, age_between(born, today).end)


def _reached(age: int | str, born: date, then: date) -> int:
    """How old somebody is then, counted as the age is: weeks and days in days, else by the calendar."""
    if isinstance(age, str) and not age.endswith("mo"):
        return (_day(then) - _day(born)).days * TICKS["d"]
    return age_between(born, then).start


@lru_cache(maxsize=1024)
def band_span(band: str) -> Span:
    """The ages of a band such as `18-50 a`, `>=51 a`, `0 d-4 wk`; both ends are completed counts and belong to it.

    Raises:
        AgeError: The band cannot be read, or is empty.
    """
    match = _BAND.fullmatch(band)
    if not match:
        happened = f"{shown(band)} is not an age band"
        raise AgeError(happened, "write 18-50 a, >=51 a, or 0 d-4 wk", band[:80])
    if match["from"]:
        start, end = int(match["from"]) * TICKS[match["unit"]], EVERY_AGE.end
    else:
        start = int(match["low"]) * TICKS[match["low_unit"] or match["high_unit"]]
        end = (int(match["high"]) + 1) * TICKS[match["high_unit"]]
    if end <= start or start >= _LIFE:
        happened = f"The age band {shown(band)} holds no age"
        raise AgeError(happened, "write the younger age first", band[:80])
    return Span(start, end)


def read_day(written: object, what: str) -> date | None:
    """Read a day of birth or collection: a date, a datetime, or ISO 8601 text to the day or finer.

    `what` names it in a refusal.

    Raises:
        DateError: It is neither a date nor ISO text to the day.
    """
    if written is None or isinstance(written, date):
        return written
    mend = "give a date, or text in the order year-month-day, such as 2024-05-31"
    if not isinstance(written, str):
        happened = f"The {what} is a {type(written).__name__}"
        raise DateError(happened, mend, shown(written))
    text = written.strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) <= _ISO_DAY else datetime.fromisoformat(text)
    except ValueError:
        happened = f"The {what} {shown(written)} is not a day that can be read"
        raise DateError(happened, mend, written[:80]) from None


def read_birth(written: object) -> date | None:
    """Read a date of birth, to the day.

    Raises:
        DateError: It is neither a date nor ISO text to the day.
    """
    try:
        moment = read_day(written, "date of birth")
    except DateError as error:
        raise hidden(error, "date of birth") from None
    return None if moment is None else _day(moment)


def hidden(error: DateError, what: str) -> DateError:
    """The same error without the text: a date of birth, or what was written in its place, tells who somebody is."""
    return DateError(f"The {what} cannot be read", error.mend)


def read_collected(written: object) -> date | None:
    """Read when a sample was taken, to the day or finer.

    Raises:
        DateError: It is neither a date nor ISO text to the day.
    """
    return read_day(written, "date of collection")


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
