"""Vectors worked by hand: a question, the answer that a person wrote down, and the arithmetic and pages it rests on."""

from __future__ import annotations

from typing import NamedTuple

from rlslabs.facts import Position
from rlslabs.golden.forms import AnsweredForm, AskedForm, FormResult
from rlslabs.golden.question import Answer, Question
from rlslabs.model import Assumption, Hl7Code, Status

MEN = {
    "ferritin": "standard 20-409, optimal 75-150 ng/mL",
    "iron": "standard 50-150, optimal 80-130 ug/dL",
    "tibc": "standard 250-400, optimal 250-350 ug/dL",
    "transferrin_saturation": "standard 14-50, optimal 25-35 %",
    "vitamin_b12": "standard 180-914, optimal 500-900 pg/mL",
    "vitamin_d": "standard 20-50, optimal 50-80 ng/mL",
}
"""What is printed for men from 18 years, typed in by hand from the knowledge: the RLS protocol, and section 1.1."""

RANGES = "knowledge: the RLS protocol; 1.1"
"""Where the ranges of men stand, as a source of a derivation."""


OPEN_SIDE = "it has no end on the side on which the set places the result, so that is not called normal"
"""Why a result that is within a printed range has no code of normality."""


class Places(NamedTuple):
    """The two places, the status that follows from them, and the code of the standard place alone."""

    status: Status
    standard: Position
    optimal: Position
    hl7: tuple[Hl7Code, ...] = ()


PLACES: dict[str, Places] = {
    "low": Places("low", "below", "below", ("L",)),
    "below-optimal": Places("below-optimal", "within", "below", ("N",)),
    "optimal": Places("optimal", "within", "within", ("N",)),
    "above-optimal": Places("above-optimal", "within", "above", ("N",)),
    "high": Places("high", "above", "above", ("H",)),
    "high, in optimal": Places("high", "above", "within", ("H",)),
    "high, below optimal": Places("high", "above", "below", ("H",)),
    "open, below optimal": Places("undecided", "undecided", "below"),
    "open, above optimal": Places("undecided", "undecided", "above"),
    "open": Places("undecided", "undecided", "undecided"),
    "within, open": Places("undecided", "within", "undecided", ("N",)),
    "no range": Places("no-range", "no-range", "no-range"),
    "within, no optimal range": Places("no-range", "within", "no-range", ("N",)),
    "high, no optimal range": Places("high", "above", "no-range", ("H",)),
}
"""What the words of a case stand for, by the first law."""


class Hand(NamedTuple):
    """A vector with its answer, both by hand. `compare` are the fields that were worked out; none means all."""

    id: str
    kind: str
    why: str
    asked: Question | AskedForm
    expect: Answer | AnsweredForm
    printed: str
    arithmetic: str
    sources: tuple[str, ...]
    compare: tuple[str, ...] = ()


def read(
    marker: str,
    value: str,
    unit: str,
    outcome: str,
    *issues: str,
    by: str = "general",
    off_scale: tuple[Hl7Code, ...] = (),
    assumed: tuple[Assumption, ...] = (),
    left_out: str | None = None,
) -> FormResult:
    """A result that is read and judged, by the words of a case."""
    places = PLACES[outcome]
    return FormResult(
        marker=marker,
        value=value,
        unit=unit,
        status=places.status,
        hl7=(*places.hl7, *off_scale),
        standard=places.standard,
        optimal=places.optimal,
        judged_by=by,
        assumptions=assumed,
        issues=tuple(sorted(issues)),
        left_out=left_out,
    )


def refused(code: str) -> FormResult:
    """A result that is refused."""
    return FormResult(refused=code)
