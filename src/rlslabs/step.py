"""From one result of a marker to a later one: comparable or not, changed or within variation, nearer or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from rlslabs.chart import aware, day_of, same_collection
from rlslabs.facts import Frozen, Number, Position, Source
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Cut, convert
from rlslabs.marker import Goal, Marker, Variation
from rlslabs.model import Reading, only
from rlslabs.reported import LabResult
from rlslabs.units import EXACT, LIMIT_DIGITS, scale, tidy

Hindrance = Literal[
    "same-collection",
    "collection-time",
    "approximate-conversion",
    "method",
    "specimen",
    "analyte",
    "doubt",
    "sampling",
]
Answered = Literal["changed", "within-variation", "undecided", "not-comparable", "no-change-value"]
Direction = Literal["rose", "fell", "level"]
Move = Literal["reached", "left", "inside", "nearer", "further", "crossed", "level", "undecided", "no-range"]
_HUNDRED = Decimal(100)


class Point(Frozen):
    """One result of a series, as it was read, with its position against the optimal range."""

    result: LabResult
    reading: Reading
    optimal: Position


class Aim(Frozen):
    """A goal of the marker in the unit of the later result, and where both results stand against it."""

    name: str
    plain_name: str
    low: Number | None
    high: Number | None
    earlier: Position
    later: Position
    sources: tuple[Source, ...]


class Step(Frozen):
    """From one result to a later one.

    `hindrances` say why the two are not comparable; `unstated` what had to be taken as the same. `difference` and
    `percent` (of the earlier) are there for exact values, in the unit of the later one. Below `low` or above `high`
    the later one would differ by more than the reference change value, from some value of the earlier one.
    """

    earlier: Point
    later: Point
    hindrances: tuple[Hindrance, ...]
    unstated: tuple[Literal["method", "specimen"], ...]
    difference: Number | None
    percent: Number | None
    low: Number | None
    high: Number | None
    answered: Answered
    direction: Direction | None
    move: Move
    aims: tuple[Aim, ...]


class Measured(NamedTuple):
    """A judged result with what makes it hard to compare: whether it is doubted, and what qualifies its sample."""

    it: Interpretation
    doubted: bool = False
    qualified: frozenset[str] = frozenset()


def step(marker: Marker, first: Measured, second: Measured, variation: Variation | None) -> Step:
    """The step from one measurement of a marker to a later one, held against a reference change value."""
    hindrances, one, two = tuple(_hindrances(marker, first, second)), first.it, second.it
    later, earlier = two.reading, _in_unit(one.reading, marker, two.reading.unit)
    exact = earlier.exact and later.exact and not hindrances
    difference = EXACT.subtract(later.low, earlier.low) if exact else None
    share = difference is not None and earlier.low > 0
    limits = _around(one.reading, variation, marker, later.unit)
    answered, direction = _compared(earlier, later, limits)
    if answered == "changed" and earlier.exact and not earlier.low:
        answered, direction = "undecided", None  # of nothing there is no part
    return Step.trusted(
        {
            "earlier": _point(one),
            "later": _point(two),
            "hindrances": hindrances,
            "unstated": _unstated(one.result, two.result),
            "difference": difference,
            "percent": _percent(difference, earlier.low) if share and difference is not None else None,
            "low": None if hindrances or not limits else limits[0].low,
            "high": None if hindrances or not limits else limits[1].high,
            "answered": "not-comparable" if hindrances else answered,
            "direction": None if hindrances else direction,
            "move": "undecided" if hindrances else _move(one, two, earlier, later),
            "aims": tuple(_aim(goal, marker, earlier, later) for goal in marker.goal),
        }
    )


def _point(it: Interpretation) -> Point:
    return Point.trusted({"result": it.result, "reading": it.reading, "optimal": it.optimal.position})


def _hindrances(marker: Marker, measured: Measured, other: Measured) -> Iterator[Hindrance]:
    """Why two results of one marker are not to be compared."""
    one, two = measured.it, other.it
    first, second = one.result.collected, two.result.collected
    if same_collection(one.result, two.result):
        yield "same-collection"
    elif not _ordered(first, second):
        yield "collection-time"
    mass = marker.molar_mass
    if mass is not None and mass.approximate and scale(one.reading.unit).kind != scale(two.reading.unit).kind:
        yield "approximate-conversion"
    if _differ(one.result.method, two.result.method):
        yield "method"
    if _differ(one.result.specimen, two.result.specimen):
        yield "specimen"
    if _partial(one) != _partial(two):
        yield "analyte"
    if measured.doubted or other.doubted:
        yield "doubt"
    if measured.qualified != other.qualified:
        yield "sampling"


def _ordered(first: date | None, second: date | None) -> bool:
    """Whether it is known that the first was taken before the second."""
    if isinstance(first, datetime) and isinstance(second, datetime) and zoned(first) == zoned(second):
        return first < second
    return on_day(first) != on_day(second)


def on_day(moment: date | None) -> date | None:
    """The day of a moment, as it was written."""
    return None if moment is None else day_of(moment)


def zoned(moment: date | None) -> bool:
    """Whether a moment says its zone."""
    return moment is not None and aware(moment)


def _differ(one: str | None, two: str | None) -> bool:
    return bool(_folded(one) and _folded(two)) and _folded(one) != _folded(two)


def _folded(name: str | None) -> str:
    return "".join((name or "").casefold().split())


def _partial(it: Interpretation) -> bool:
    return any(issue.code == "partial-analyte" for issue in it.issues)


def _unstated(one: LabResult, two: LabResult) -> tuple[Literal["method", "specimen"], ...]:
    pairs: tuple[tuple[Literal["method", "specimen"], str | None, str | None], ...] = (
        ("method", one.method, two.method),
        ("specimen", one.specimen, two.specimen),
    )
    return tuple(name for name, first, second in pairs if not (_folded(first) and _folded(second)))


def _in_unit(reading: Reading, marker: Marker, unit: str) -> Reading:
    if reading.unit == unit:
        return reading
    ends = [None if end is None else convert(end, reading.unit, marker, unit) for end in (reading.low, reading.high)]
    return reading.model_copy(update={"low": ends[0], "high": ends[1], "unit": unit})


def _around(reading: Reading, variation: Variation | None, marker: Marker, unit: str) -> tuple[Cut, Cut] | None:
    """What differs from each end of a reading by no more than the reference change value; rounded once, in a unit."""
    if variation is None:
        return None
    cuts = []
    for end in (reading.low, reading.high):
        part = EXACT.divide(EXACT.multiply(end or Decimal(0), variation.rcv), _HUNDRED)
        ends = () if end is None else (EXACT.subtract(end, part), EXACT.add(end, part))
        low, high = [convert(each, reading.unit, marker, unit) for each in ends] or (None, None)
        cuts.append(Cut(low, high))
    return cuts[0], cuts[1]


def _compared(earlier: Reading, later: Reading, limits: tuple[Cut, Cut] | None) -> tuple[Answered, Direction | None]:
    """Whether the later differs by more than the reference change value, from every value of the earlier."""
    if limits is None:
        return "no-change-value", _direction(earlier, later)
    possible: set[Position] = {*limits[0].positions(later)}
    possible |= {"below"} if earlier.high is None else set(limits[1].positions(later))
    if {"below", "above"} <= possible:
        possible.add("within")
    if possible == {"within"}:
        return "within-variation", _direction(earlier, later)
    changed = only(tuple(possible))
    if changed == "undecided":
        return "undecided", None
    return "changed", "rose" if changed == "above" else "fell"


def _direction(earlier: Reading, later: Reading) -> Direction | None:
    """Which way it went, as far as the values tell."""
    if earlier.exact and later.exact and earlier.low == later.low:
        return "level"
    if _precedes(earlier, later):
        return "rose"
    return "fell" if _precedes(later, earlier) else None


def _precedes(one: Reading, other: Reading) -> bool:
    """Whether every value of one reading is smaller than every value of the other."""
    if one.high is None:
        return False
    return one.high < other.low or (one.high == other.low and (one.high_open or other.low_open))


def _percent(difference: Decimal, earlier: Decimal) -> Decimal:
    return tidy(LIMIT_DIGITS.divide(EXACT.multiply(difference, _HUNDRED), earlier))


def _move(one: Interpretation, two: Interpretation, earlier: Reading, later: Reading) -> Move:
    """What the step means for the optimal range."""
    before, after = one.optimal.position, two.optimal.position
    if "no-range" in {before, after}:
        return "no-range"
    if "undecided" in {before, after}:
        return "undecided"
    if "within" in {before, after}:
        return "inside" if before == after else "reached" if after == "within" else "left"
    if before != after:
        return "crossed"
    direction = _direction(earlier, later)
    if direction is None or direction == "level":
        return direction or "undecided"
    return "nearer" if (direction == "rose") == (after == "below") else "further"


def _aim(goal: Goal, marker: Marker, earlier: Reading, later: Reading) -> Aim:
    low, high = goal.low, goal.high
    ends = [None if each is None else convert(each.value, goal.unit, marker, later.unit) for each in (low, high)]
    cut = Cut(ends[0], ends[1], low is not None and not low.inclusive, high is not None and not high.inclusive)
    return Aim.trusted(
        {
            "name": goal.name,
            "plain_name": goal.plain_name,
            "low": cut.low,
            "high": cut.high,
            "earlier": only(cut.positions(earlier)),
            "later": only(cut.positions(later)),
            "sources": tuple({each.source.id: each.source for each in (low, high) if each}.values()),
        }
    )
