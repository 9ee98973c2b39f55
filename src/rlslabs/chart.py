"""What is known of one patient when findings are read: the newest readings, and whether they can be relied on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from rlslabs.cohort import Who
from rlslabs.facts import Position
from rlslabs.model import Reading
from rlslabs.reported import LabResult

TSAT, TIBC, IRON, UIBC, TRANSFERRIN = "transferrin_saturation", "tibc", "iron", "uibc", "transferrin"


class Held(NamedTuple):
    """A reading of a marker as findings use it.

    `standard` is its place against the standard range; `estimated` says that a factor stands in for a measurement;
    `doubt` says why it is not to be relied on, if it is not.
    """

    marker: str
    reading: Reading
    result: LabResult
    standard: Position | None = None
    derived: bool = False
    estimated: bool = False
    doubt: str | None = None


class Chart(NamedTuple):
    """The newest readings of each marker, who the patient could be, and what was declared.

    `tested` keeps the tests that were made of them, so that each is made once.
    """

    held: Mapping[str, tuple[Held, ...]]
    person: Who
    declared: frozenset[str]
    tested: dict[str, Any]


def same_collection(one: LabResult, two: LabResult) -> bool:
    """Whether two results are of one sample: the same moment, or the same day where one says no more than the day.

    Results that say nothing of their collection are of the one report that they came in.
    """
    if one.collected is None or two.collected is None:
        return one.collected is two.collected
    if isinstance(one.collected, datetime) and isinstance(two.collected, datetime):
        return _comparable(one.collected) == _comparable(two.collected)
    return day_of(one.collected) == day_of(two.collected)


def together(held: Mapping[str, Sequence[Held]], marker: str, result: LabResult) -> list[Held]:
    """The readings of a marker that are of the sample of a result."""
    return [each for each in held.get(marker, ()) if same_collection(each.result, result)]


def newest(held: Iterable[Held]) -> tuple[Held, ...]:
    """The newest of several readings of one marker; one whose time is not to be compared stays beside it."""
    every = tuple(held)
    dated = [(each.result.collected, each) for each in every if each.result.collected is not None]
    undated = [each for each in every if each.result.collected is None]
    if not dated:
        return tuple(undated)
    if all(isinstance(moment, datetime) and aware(moment) for moment, _ in dated):
        last = max(moment for moment, _ in dated)
        return (*undated, *(each for moment, each in dated if moment == last))
    day = max(day_of(moment) for moment, _ in dated)
    on_that_day = [(moment, each) for moment, each in dated if day_of(moment) == day]
    if all(isinstance(moment, datetime) and not aware(moment) for moment, _ in on_that_day):
        last = max(moment for moment, _ in on_that_day)
        on_that_day = [(moment, each) for moment, each in on_that_day if moment == last]
    return (*undated, *(each for _, each in on_that_day))


def day_of(moment: date) -> date:
    """The day of a collection, as it was written."""
    return moment.date() if isinstance(moment, datetime) else moment


def aware(moment: date) -> bool:
    """Whether a moment says its zone."""
    return isinstance(moment, datetime) and moment.utcoffset() is not None


def _comparable(moment: datetime) -> tuple[bool, datetime]:
    """A moment that compares with any other, whether or not it has a zone."""
    return aware(moment), moment
