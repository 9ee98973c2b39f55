"""FHIR dates: to the day or finer, or only to the month or year, and then every day that they leave open."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from typing import NamedTuple

from rlslabs.errors import DateError, ResourceError, shown
from rlslabs.population import read_day

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_PLAIN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
IS_EXACT = _PLAIN.fullmatch
"""Whether a text has the form of a date that is known to the day."""
_DECEMBER = 12

_OF_A_DATE = re.compile(r"[-0-9./:+TZ ]{1,40}")


class Moment(NamedTuple):
    """The first and the last day or time that a date leaves open; the same where it is certain."""

    first: date
    last: date

    @property
    def exact(self) -> date | None:
        """The moment, where it is known to the day."""
        return self.first if self.first is self.last or day(self.first) == day(self.last) else None


def day(moment: date) -> date:
    """The day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def read_moment(written: object, what: str) -> Moment:
    """A FHIR date, dateTime or instant.

    Raises:
        DateError: It is no date of FHIR's form.
    """
    if isinstance(written, date):
        return Moment(written, written)
    if isinstance(written, str):
        found = read_day(written, what) if _PLAIN.fullmatch(written) else None
        if found is not None:
            return Moment(found, found)
        match = _PARTIAL.fullmatch(written)
        if match and (not match[2] or 1 <= int(match[2]) <= _DECEMBER) and int(match[1]):
            year, month = int(match[1]), int(match[2] or _DECEMBER)
            return Moment(date(year, int(match[2] or 1), 1), date(year, month, monthrange(year, month)[1]))
    mend = "write it as 2024, 2024-05, 2024-05-31 or 2024-05-31T08:00:00Z"
    if isinstance(written, str) and _OF_A_DATE.fullmatch(written):
        happened = f"The {what} {shown(written)} is no FHIR date"
        raise DateError(happened, mend, written)
    happened = f"The {what} cannot be read"  # whatever stands there instead may tell who it is
    raise DateError(happened, mend)


def read_period(written: object, what: str) -> Moment | None:
    """The days of a Period; `None` where an end is open.

    Raises:
        DateError: An end is no date, or it ends before it begins.
        ResourceError: It is no Period.
    """
    if not isinstance(written, dict):
        happened = f"The {what} is no Period"
        raise ResourceError(happened, "write it as FHIR does")
    ends = [written.get("start"), written.get("end")]
    if None in ends:
        return None
    first, last = read_moment(ends[0], what).first, read_moment(ends[1], what).last
    if day(last) < day(first):
        happened = f"The {what} ends before it begins"
        raise DateError(happened, "check both dates")
    return Moment(first, last)
