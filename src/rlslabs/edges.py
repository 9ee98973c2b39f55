"""The limits of a marker as edges: values on and beside each, and the stretches on which nothing changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.classify import classify
from rlslabs.cohort import cohort, who
from rlslabs.errors import LabsError
from rlslabs.limits import Cut, table
from rlslabs.model import Comparator, Status
from rlslabs.reported import LabResult, Patient
from rlslabs.units import EXACT, tidy

COMPARATORS: tuple[Comparator | None, ...] = (None, "<", "<=", ">", ">=")
DIGITS = 12
_ENOUGH = 9


class Stretch(NamedTuple):
    """Values that stand alike to every limit: one limit itself (`low == high`), or all between two, without both."""

    low: Decimal
    high: Decimal

    @property
    def grid(self) -> tuple[int, int, int]:
        """The readable values of it: the first and the last as whole numbers, and how many decimals they have."""
        if self.low == self.high:
            places = max(-_exponent(self.low), 0)
            return int(self.low.scaleb(places, EXACT)), int(self.low.scaleb(places, EXACT)), places
        places = 0
        while True:
            first = int(self.low.scaleb(places, EXACT)) + 1
            top = self.high.scaleb(places, EXACT)
            last = int(top) - (top == int(top))
            if last - first >= _ENOUGH - 1:
                return first, last, places
            places += 1

    @property
    def value(self) -> Decimal:
        """A readable value of it, away from its ends."""
        first, last, places = self.grid
        return tidy(Decimal((first + last) // 2).scaleb(-places, EXACT))


class Region(NamedTuple):
    """Results that have one status: values of a stretch, with a comparator or without."""

    comparator: Comparator | None
    stretch: Stretch
    status: Status


def step(limit: Decimal, digits: int = DIGITS) -> Decimal:
    """One unit in a significant digit of a limit; the last one that limits are rounded to, unless said."""
    return Decimal(1).scaleb(limit.adjusted() - digits + 1, EXACT)


def beside(limit: Decimal, digits: int = DIGITS) -> tuple[Decimal, Decimal, Decimal]:
    """The values just below, on and just above a limit.

    >>> beside(Decimal(75), 3)
    (Decimal('74.9'), Decimal('75'), Decimal('75.1'))
    """
    by = step(limit, digits)
    return tidy(EXACT.subtract(limit, by)), limit, tidy(EXACT.add(limit, by))


def stretches(limits: Iterable[Decimal], possible: Cut) -> Iterator[Stretch]:
    """Every stretch between the limits that a value can lie on; those between two limits first, upwards."""
    assert possible.low is not None  # noqa: S101  every marker has both limits of plausibility
    assert possible.high is not None  # noqa: S101  the same
    inside = sorted({each for each in limits if possible.low < each < possible.high})
    yield from (Stretch(*pair) for pair in pairwise([possible.low, *inside, possible.high]))
    ends = [end for end, out in ((possible.low, possible.low_out), (possible.high, possible.high_out)) if not out]
    yield from (Stretch(each, each) for each in sorted({*inside, *ends}))


def edges(catalog: Catalog, marker: str, unit: str, sets: Iterable[str] | None = None) -> tuple[Decimal, ...]:
    """Every limit of a marker in a unit, by the named sets of ranges or by all, each once, upwards."""
    applied = table(catalog, marker, unit).sets
    chosen = [applied[name] for name in (applied if sets is None else sets)]
    ends = {end for ranges in chosen for each in ranges for end in each.cut[:2] if end is not None}
    return tuple(sorted(ends))


Cell = tuple[str, bool, Cut | None]


@dataclass(frozen=True)
class _Asked:
    """What the regions of a marker hang on; whoever the same limits apply to has the same regions."""

    catalog: Catalog
    marker: str
    unit: str
    sets: tuple[str, str]
    cells: tuple[tuple[Cell, ...], ...]
    patient: Patient = field(compare=False)
    collected: date | None = field(compare=False)


def regions(  # noqa: PLR0917  the two sets are passed through together
    catalog: Catalog,
    marker: str,
    unit: str,
    patient: Patient,
    collected: date | None = None,
    standard: str | None = None,
    optimal: str | None = None,
) -> tuple[Region, ...]:
    """Every status that a result of a patient can have, and where; plain values before those with a comparator.

    Within a stretch no limit that applies lies, so one value of it speaks for all. What is refused is left out.

    Raises:
        LabsError: The patient's facts contradict each other, or a set is unknown.
    """
    sets = (catalog.set("standard", standard).id, catalog.set("optimal", optimal).id)
    person, _ = who(patient, collected, strict=False)
    cells = tuple(
        tuple(
            (each.sex, each.pregnant, each.applied.cut if each.applied else None)
            for each in cohort(catalog, marker, unit, name, person).candidates
        )
        for name in sets
    )
    return _regions(_Asked(catalog, marker, unit, sets, cells, patient, collected))


@lru_cache(maxsize=1024)
def _regions(asked: _Asked) -> tuple[Region, ...]:
    limits = table(asked.catalog, asked.marker, asked.unit)
    cuts = [cut for cells in asked.cells for _, _, cut in cells if cut]
    ends = [end for cut in (*cuts, limits.soft) for end in cut[:2] if end is not None]
    every = tuple(stretches(ends, limits.hard))
    standard, optimal = asked.sets
    found: list[Region] = []
    for comparator in COMPARATORS:
        for stretch in every:
            result = plain_result(asked.marker, stretch.value, asked.unit, comparator, asked.collected)
            try:
                it = classify(result, asked.patient, catalog=asked.catalog, standard=standard, optimal=optimal)
            except LabsError:
                continue
            found.append(Region(comparator, stretch, it.status))
    return tuple(found)


def plain_result(
    marker: str, value: Decimal, unit: str, comparator: Comparator | None = None, collected: date | None = None
) -> LabResult:
    """A result of a value in a unit, and nothing else."""
    return LabResult(marker=marker, value=value, unit=unit, comparator=comparator, collected=collected)


def _exponent(number: Decimal) -> int:
    exponent = tidy(number).as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101  a limit is finite
    return exponent
