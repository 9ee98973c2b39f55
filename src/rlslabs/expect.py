"""An interpretation held to what a test expects of it; a failure reads like an explanation."""

from __future__ import annotations

from collections.abc import Iterable

from rlslabs.facts import Position
from rlslabs.interpretation import Interpretation
from rlslabs.model import Status


def assert_interpretation(
    it: Interpretation,
    *,
    status: Status | None = None,
    standard: Position | None = None,
    optimal: Position | None = None,
    hl7: Iterable[str] | None = None,
    issues: Iterable[str] | None = None,
) -> None:
    """Hold an interpretation to everything that is expected of it; what is not named is not looked at.

    Args:
        it: What `interpret` gave.
        status: The status.
        standard: The position against the standard range.
        optimal: The position against the optimal range.
        hl7: The HL7 codes, in any order; an empty one expects none.
        issues: The codes of the issues, in any order; an empty one expects none.

    Raises:
        AssertionError: Something differs; the message names each, and then says why the answer is what it is.

    >>> from rlslabs import interpret
    >>> assert_interpretation(interpret("ferritin", 38, "ng/mL", sex="female", age=52), status="below-optimal", hl7="N")
    """
    __tracebackhide__ = True
    wanted: dict[str, tuple[object, object]] = {
        "status": (status, it.status),
        "standard": (standard, it.standard.position),
        "optimal": (optimal, it.optimal.position),
        "HL7 codes": (None if hl7 is None else sorted(hl7), sorted(it.hl7)),
        "issues": (None if issues is None else sorted(issues), sorted(each.code for each in it.issues)),
    }
    differing = {name: pair for name, pair in wanted.items() if pair[0] is not None and pair[0] != pair[1]}
    if differing:
        heads = [f"{name}: expected {_words(want)}, found {_words(found)}" for name, (want, found) in differing.items()]
        raise AssertionError("\n".join([f"{it}", *(f"  {head}" for head in heads), "", str(it.explanation)]))


def _words(said: object) -> str:
    return " ".join(map(str, said)) or "none" if isinstance(said, list) else str(said)
