"""The report's own range: sane or refused, and as a range like any other."""

from __future__ import annotations

from decimal import Decimal

from rlslabs.errors import ImplausibleRangeError, shown
from rlslabs.facts import Bound, Population, Range, Source
from rlslabs.limits import Applied, Cut, Table, apply
from rlslabs.model import Reading
from rlslabs.reading import Printed

REPORT = Source.trusted(
    {
        "id": "report",
        "title": "reference range printed with the result",
        "publisher": "The laboratory report",
        "year": None,
        "doi": None,
        "pmid": None,
        "url": None,
        "evidence": "report",
        "retrieved": None,
        "note": None,
    }
)
ANYBODY = Population.trusted({"sex": None, "age": None, "pregnant": False})


def apply_printed(printed: Printed, limits: Table) -> Applied:
    """The printed range in the reported unit, held to the limits of plausibility of its marker.

    Raises:
        ImplausibleRangeError: No range of this marker can be meant.
    """
    interval, unit, locator = printed
    low = None if interval.comparator in {"<", "<="} else _bound(interval.low, locator, open_=interval.low_open)
    high = None if interval.high is None else _bound(interval.high, locator, open_=interval.high_open)
    own = Range.trusted(
        {
            "kind": "standard",
            "sets": ("report",),
            "applies_to": ANYBODY,
            "unit": unit.ucum,
            "low": low,
            "high": high,
            "lab_low": None,
            "reviewed": None,
            "note": None,
        }
    )
    applied = apply(own, limits.marker, limits.unit)
    if not _is_sane(applied.cut, limits):
        happened = f"The range {shown(locator)} in {unit.ucum} can be none of {limits.marker.name}"
        raise ImplausibleRangeError(happened, "check its numbers and its unit", locator[:80])
    return applied


def _is_sane(cut: Cut, limits: Table) -> bool:
    """Whether there is a limit, both ends are plausible, and some usual value lies within."""
    soft, hard = limits.soft, limits.hard
    ends = [end for end in (cut.low or None, cut.high) if end is not None]
    possible = all((hard.low or end) <= end <= (hard.high or end) for end in ends)
    usual = Reading.trusted(
        {
            "low": soft.low,
            "high": soft.high,
            "low_open": False,
            "high_open": False,
            "comparator": None,
            "unit": limits.unit,
            "spoken": "",
        }
    )
    return bool(ends) and possible and "within" in cut.positions(usual)


def _bound(value: Decimal, locator: str, *, open_: bool) -> Bound:
    return Bound.trusted({"value": value, "inclusive": not open_, "source": REPORT, "locator": locator, "note": None})
