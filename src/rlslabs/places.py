"""A reading and the ranges that could apply, as a place: where the result stands, how far off, and what is open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from rlslabs.cohort import Candidate, settled_by
from rlslabs.facts import Kind, Position, RangeSet
from rlslabs.limits import Applied, Cut
from rlslabs.model import Fact, Limit, Patient, Place, Reading, only
from rlslabs.units import EXACT

_REPORT: tuple[Kind, str, str] = ("standard", "report", "range printed with the result")
_ORDER: tuple[Position, ...] = ("below", "within", "above", "no-range")


def place(
    chosen: RangeSet,
    could: tuple[Candidate, ...],
    reading: Reading,
    patient: Patient,
    collected: date | None,
) -> Place:
    """The place of a reading against one set: agreed by every candidate, or undecided with what would settle it."""
    judged = [(each, each.applied.cut.positions(reading) if each.applied else ("no-range",)) for each in could]
    found = {position for _, positions in judged for position in positions}
    possible = tuple(position for position in _ORDER if position in found)
    facts: tuple[Fact, ...] = settled_by(judged, patient, collected) if len(possible) > 1 else ()
    applied = dict.fromkeys(each.applied for each in could if each.applied)
    return _placed((chosen.kind, chosen.id, chosen.name), possible, tuple(applied), facts, reading)


def place_in_report(applied: Applied, reading: Reading, *, fits: bool) -> Place:
    """The place against the range that the report prints; undecided where it may not be meant for the patient."""
    possible = applied.cut.positions(reading)
    facts: tuple[Fact, ...] = ("exact value",) if len(possible) > 1 else ()
    if not fits:
        possible, facts = (*possible, "no-range"), ("population of the printed range", *facts)
    return _placed(_REPORT, possible, (applied,), facts, reading)


def _placed(
    chosen: tuple[Kind, str, str],
    possible: tuple[Position, ...],
    applied: tuple[Applied, ...],
    facts: tuple[Fact, ...],
    reading: Reading,
) -> Place:
    kind, set_id, set_name = chosen
    position = only(possible)
    distance, nearest = _distance(position, [each.cut for each in applied], reading)
    return Place.trusted(
        kind=kind,
        set=set_id,
        set_name=set_name,
        position=position,
        possible=possible,
        limits=_limits(applied),
        settled_by=facts,
        distance=distance,
        nearest=nearest,
    )


def _limits(applied: tuple[Applied, ...]) -> tuple[Limit, ...]:
    return tuple(each.limit for each in applied)


def _distance(
    position: Position, cuts: list[Cut], reading: Reading
) -> tuple[Decimal | None, Literal["low", "high"] | None]:
    """How far the nearest end of the reading lies from the nearest limit, and which limit that is."""
    gaps: list[tuple[Decimal, Literal["low", "high"]]] = []
    for cut in cuts:
        if position == "below" and cut.low is not None and reading.high is not None:
            gaps.append((EXACT.subtract(cut.low, reading.high), "low"))
        elif position == "above" and cut.high is not None:
            gaps.append((EXACT.subtract(reading.low, cut.high), "high"))
        elif position == "within":
            if cut.low is not None:
                gaps.append((EXACT.subtract(reading.low, cut.low), "low"))
            if cut.high is not None and reading.high is not None:
                gaps.append((EXACT.subtract(cut.high, reading.high), "high"))
    return min(gaps, key=lambda gap: gap[0]) if gaps else (None, None)
