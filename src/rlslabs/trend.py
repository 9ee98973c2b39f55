"""One marker over time: comparable or not, changed or within variation, nearer to the optimal range or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from rlslabs.catalog import Catalog
from rlslabs.chart import same_collection
from rlslabs.errors import WrongTypeError, shown
from rlslabs.facts import Frozen, Number, Position, Source
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Cut, convert
from rlslabs.marker import Goal, Marker, Variation
from rlslabs.model import Reading, only
from rlslabs.reported import LabResult, written_number
from rlslabs.units import EXACT, LIMIT_DIGITS, scale, tidy

Hindrance = Literal["same-collection", "collection-time", "approximate-conversion", "method", "specimen", "analyte"]
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


class Trend(Frozen):
    """The dated results of one marker in order: a step from each to the next, and `whole` from the first to the last.

    `variation` holds the reference change value with its source. `undated` counts results that have no place in time.
    """

    marker: str
    name: str
    plain_name: str
    variation: Variation | None
    steps: tuple[Step, ...]
    whole: Step | None
    undated: int


def trends(
    interpretations: Iterable[Interpretation], catalog: Catalog, rcv: Mapping[str, object] | None = None
) -> tuple[Trend, ...]:
    """The course of every marker that has two or more dated results; the order they are given in makes no difference.

    Args:
        interpretations: Any number of answers about one patient.
        catalog: Where reference change values and goals stand.
        rcv: Reference change values of your own in percent, by marker, in place of those of the data files.

    Raises:
        LabsError: `rcv` names no marker, or holds no positive number.
    """
    own = {catalog.marker(name).id: _own(name, value) for name, value in (rcv or {}).items()}
    by_marker: dict[str, list[Interpretation]] = {}
    for it in interpretations:
        by_marker.setdefault(it.marker, []).append(it)
    found = []
    for id_, answers in by_marker.items():
        dated = sorted({_moment(it): it for it in answers if it.result.collected is not None}.items())
        if len(dated) > 1:
            marker = catalog.markers[id_]
            undated = sum(it.result.collected is None for it in answers)
            found.append(_trend(marker, [it for _, it in dated], own.get(id_, marker.variation), undated))
    return tuple(sorted(found, key=lambda each: list(catalog.markers).index(each.marker)))


def _own(name: str, value: object) -> Variation:
    number = written_number(value)
    if not isinstance(number, Decimal) or number <= 0:
        happened = f"The reference change value of {name} is {shown(value)}"
        raise WrongTypeError(happened, "give a positive number of percent", shown(value))
    source = Source(
        id="given", title="reference change value given with the call", publisher="caller", evidence="report"
    )
    return Variation.trusted({"rcv": number, "source": source, "locator": "given", "note": None})


def _moment(it: Interpretation) -> tuple[date, str, Decimal, str]:
    """When a result was taken, with what else makes the order of equal moments the same each time."""
    taken = it.result.collected
    time = taken.isoformat() if isinstance(taken, datetime) else ""
    return _day(taken) or date.min, time, it.reading.low, it.result.model_dump_json()


def _trend(marker: Marker, answers: list[Interpretation], variation: Variation | None, undated: int) -> Trend:
    steps = [_step(marker, *pair, variation) for pair in pairwise(answers)]
    return Trend.trusted(
        {
            "marker": marker.id,
            "name": marker.name,
            "plain_name": marker.plain_name,
            "variation": variation,
            "steps": tuple(steps),
            "whole": _step(marker, answers[0], answers[-1], variation) if len(steps) > 1 else None,
            "undated": undated,
        }
    )


def _step(marker: Marker, one: Interpretation, two: Interpretation, variation: Variation | None) -> Step:
    hindrances = tuple(_hindrances(marker, one, two))
    later, unit = two.reading, two.reading.unit
    low, high = (
        None if end is None else convert(end, one.reading.unit, marker, unit)
        for end in (one.reading.low, one.reading.high)
    )
    earlier = (
        one.reading.model_copy(update={"low": low, "high": high, "unit": unit})
        if unit != one.reading.unit
        else one.reading
    )
    exact = earlier.exact and later.exact and not hindrances
    difference = EXACT.subtract(later.low, earlier.low) if exact else None
    share = exact and difference is not None and earlier.low > 0
    answered, direction, cut = _compared(earlier, later, variation)
    return Step.trusted(
        {
            "earlier": _point(one),
            "later": _point(two),
            "hindrances": hindrances,
            "unstated": _unstated(one.result, two.result),
            "difference": difference,
            "percent": _percent(difference, earlier.low) if share and difference is not None else None,
            "low": None if hindrances else cut.low,
            "high": None if hindrances else cut.high,
            "answered": "not-comparable" if hindrances else answered,
            "direction": None if hindrances else direction,
            "move": "undecided" if hindrances else _move(one, two, earlier, later),
            "aims": tuple(_aim(goal, marker, earlier, later) for goal in marker.goal),
        }
    )


def _point(it: Interpretation) -> Point:
    return Point.trusted({"result": it.result, "reading": it.reading, "optimal": it.optimal.position})


def _hindrances(marker: Marker, one: Interpretation, two: Interpretation) -> Iterator[Hindrance]:
    """Why two results of one marker are not to be compared."""
    first, second = one.result.collected, two.result.collected
    if same_collection(one.result, two.result):
        yield "same-collection"
    elif _day(first) == _day(second) and _zoned(first) != _zoned(second):
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


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _zoned(moment: date | None) -> bool:
    return isinstance(moment, datetime) and moment.utcoffset() is not None


def _differ(one: str | None, two: str | None) -> bool:
    return bool(one and two) and str(one).split() != str(two).split() and _folded(one) != _folded(two)


def _folded(name: str | None) -> str:
    return "".join((name or "").casefold().split())


def _partial(it: Interpretation) -> bool:
    return any(issue.code == "partial-analyte" for issue in it.issues)


def _unstated(one: LabResult, two: LabResult) -> tuple[Literal["method", "specimen"], ...]:
    pairs: tuple[tuple[Literal["method", "specimen"], str | None, str | None], ...] = (
        ("method", one.method, two.method),
        ("specimen", one.specimen, two.specimen),
    )
    return tuple(name for name, first, second in pairs if not (first and second))


def _compared(earlier: Reading, later: Reading, variation: Variation | None) -> tuple[Answered, Direction | None, Cut]:
    """Whether the later differs by more than the reference change value, from every value of the earlier."""
    if variation is None:
        return "no-change-value", _direction(earlier, later), Cut(None, None)
    at_low, at_high = (_around(end, variation.rcv) for end in (earlier.low, earlier.high))
    possible: set[Position] = {*at_low.positions(later)}
    possible |= {"below"} if earlier.high is None else set(at_high.positions(later))
    if {"below", "above"} <= possible:
        possible.add("within")
    cut = Cut(at_low.low, at_high.high)
    if possible == {"within"}:
        return "within-variation", _direction(earlier, later), cut
    changed = only(tuple(possible))
    if changed == "undecided":
        return "undecided", None, cut
    return "changed", "rose" if changed == "above" else "fell", cut


def _around(end: Decimal | None, rcv: Decimal) -> Cut:
    """The values that differ from one value by no more than the reference change value."""
    if end is None:
        return Cut(None, None)
    part = EXACT.divide(EXACT.multiply(end, rcv), _HUNDRED)
    return Cut(EXACT.subtract(end, part), EXACT.add(end, part))


def _direction(earlier: Reading, later: Reading) -> Direction | None:
    """Which way it went, as far as the values tell."""
    if earlier.exact and earlier.low == later.low and later.exact:
        return "level"
    if earlier.high is not None and later.low >= earlier.high:
        return "rose"
    return "fell" if later.high is not None and later.high <= earlier.low else None


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
