"""Every limit of a marker in the reported unit, converted exactly and rounded once: the one table of truth."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.facts import Bound, Population, Position, Range
from rlslabs.marker import Analyte, Limits, Marker, Note, When
from rlslabs.model import Limit, Reading
from rlslabs.units import convert_limit, factor, scale


class Cut(NamedTuple):
    """The values of a range in the reported unit; an absent end is open, an end belongs to it unless `…_out`."""

    low: Decimal | None
    high: Decimal | None
    low_out: bool = False
    high_out: bool = False

    def positions(self, reading: Reading) -> tuple[Position, ...]:
        """Every position that a value of the reading has; one for an exact value."""
        low, high = reading.low, reading.high
        below = self.low is not None and (low < self.low or (self.low_out and low == self.low and not reading.low_open))
        if low == high:
            if below:
                return ("below",)
            above = self.high is not None and (low > self.high or (self.high_out and low == self.high))
            return ("above",) if above else ("within",)
        above = self.high is not None and (
            high is None or high > self.high or (self.high_out and high == self.high and not reading.high_open)
        )
        found: list[Position] = ["below"] if below else []
        if self._meets(reading):
            found.append("within")
        return (*found, "above") if above else tuple(found)

    def _meets(self, reading: Reading) -> bool:
        """Whether a value of the reading lies within."""
        if self.low is not None and reading.high is not None:
            touching = self.low_out or reading.high_open
            if reading.high < self.low or (touching and reading.high == self.low):
                return False
        if self.high is not None:
            touching = self.high_out or reading.low_open
            if reading.low > self.high or (touching and reading.low == self.high):
                return False
        return True


class Applied(NamedTuple):
    """A range with its population, in the reported unit: as numbers to compare and as data to show."""

    population: Population
    cut: Cut
    limit: Limit


class Table(NamedTuple):
    """All limits of one marker in one unit."""

    marker: Marker
    unit: str
    soft: Cut
    hard: Cut
    sets: dict[str, tuple[Applied, ...]]
    notes: tuple[tuple[Note, Cut | None], ...]


@lru_cache(maxsize=512)
def table(catalog: Catalog, marker_id: str, unit: str) -> Table:
    """The limits of a marker in a unit (UCUM) that it is reported in."""
    marker = catalog.markers[marker_id]
    applied = [(each.sets, apply(each, marker, unit)) for each in marker.range]
    sets = {name: tuple(one for names, one in applied if name in names) for name in catalog.sets}
    soft, hard = plausibility(marker, unit)
    return Table(
        marker,
        unit,
        soft,
        hard,
        sets,
        tuple((note, _condition(note.when, marker, unit)) for note in marker.note),
    )


def apply(each: Range, marker: Marker, unit: str) -> Applied:
    """A range in the reported unit; its own numbers, units and sources stay beside the converted ones."""
    low = _converted(each.low, each.unit, marker, unit)
    high = _converted(each.high, each.unit, marker, unit)
    crossed = scale(each.unit).kind != scale(unit).kind
    mass = marker.molar_mass if crossed else None
    limit = Limit.trusted({"range": each, "unit": unit, "low": low, "high": high, "molar_mass": mass})
    return Applied(each.applies_to, cut(limit), limit)


def cut(limit: Limit) -> Cut:
    """The values of an applied range."""
    return _cut(limit.range.low, limit.range.high, limit.low, limit.high)


def convert(value: Decimal, source: str, marker: Analyte, unit: str) -> Decimal:
    """A limit of a marker from one unit into another, rounded once to 12 significant digits."""
    return convert_limit(value, factor(source, unit, marker.molar_mass.value if marker.molar_mass else None))


def _converted(bound: Bound | None, source: str, marker: Marker, unit: str) -> Decimal | None:
    return None if bound is None else convert(bound.value, source, marker, unit)


def _cut(low: Bound | None, high: Bound | None, low_here: Decimal | None, high_here: Decimal | None) -> Cut:
    return Cut(low_here, high_here, low is not None and not low.inclusive, high is not None and not high.inclusive)


def plausibility(analyte: Analyte, unit: str) -> tuple[Cut, Cut]:
    """What is usual and what is possible of an analyte, in a unit."""
    plausible = analyte.plausible
    return (
        _plausible(plausible.soft, plausible.unit, analyte, unit),
        _plausible(plausible.hard, plausible.unit, analyte, unit),
    )


def _plausible(limits: Limits, source: str, marker: Analyte, unit: str) -> Cut:
    low, high = (convert(bound.value, source, marker, unit) for bound in (limits.low, limits.high))
    return _cut(limits.low, limits.high, low, high)


def _condition(when: When, marker: Marker, unit: str) -> Cut | None:
    """The values that a note is for, in the reported unit, or `None` for all."""
    low, high = (when.ge if when.gt is None else when.gt), (when.le if when.lt is None else when.lt)
    if low is None and high is None:
        return None
    here = [None if each is None else convert(each, when.unit or marker.unit, marker, unit) for each in (low, high)]
    return Cut(here[0], here[1], when.gt is not None, when.lt is not None)
