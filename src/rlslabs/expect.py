"""An interpretation held to what a test expects of it; a failure reads like an explanation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import get_args

from rlslabs.errors import NOTICES, LabsError, UnreachableError, WrongTypeError, shown
from rlslabs.facts import Position
from rlslabs.interpretation import Interpretation
from rlslabs.model import Hl7Code, Status

_MARKS = re.compile(r" ?(?:\[[0-9]+\])+")
_WHERE = " the page on errors, such as unusual-value"
_SAID = ("place", "disagreement", "assumption")


def assert_interpretation(
    it: Interpretation,
    *,
    status: Status | None = None,
    standard: Position | None = None,
    optimal: Position | None = None,
    hl7: Iterable[str] | None = None,
    issues: Iterable[str] | None = None,
    verbose: bool = False,
) -> None:
    """Hold an interpretation to everything that is expected of it; what is not named is not looked at.

    Args:
        it: What `interpret` gave.
        status: The status.
        standard: The position against the standard range.
        optimal: The position against the optimal range.
        hl7: The HL7 codes, in any order; an empty one expects none.
        issues: The codes of the issues, in any order, or one alone; an empty one expects none.
        verbose: Whether a failure says the whole explanation, with its sources; else where the result stands.

    Raises:
        AssertionError: Something differs; the message names each, and then says why the answer is what it is.
        WrongTypeError: It is no interpretation.
        UnreachableError: No answer can be what is expected, such as a mistyped status or issue, or nothing is expected.

    >>> from rlslabs import interpret
    >>> assert_interpretation(interpret("ferritin", 38, "ng/mL", sex="female", age=52), status="below-optimal", hl7="N")
    """
    __tracebackhide__ = True
    if not isinstance(it, Interpretation):
        happened = f"A {type(it).__name__} is no interpretation"
        raise WrongTypeError(happened, "give what interpret gave, or one such as panel.interpretations[0]")
    if (status, standard, optimal, hl7, issues) == (None,) * 5:
        happened = "Nothing is expected, so nothing could fail"
        raise UnreachableError(happened, "name what is expected, such as status='low' or issues=()", "")
    codes = None if hl7 is None else sorted(hl7)
    _refuse_mistyped("status", [status], get_args(Status))
    _refuse_mistyped("position", [standard, optimal], get_args(Position))
    _refuse_mistyped("HL7 code", codes or [], get_args(Hl7Code))
    said = None if issues is None else sorted([issues] if isinstance(issues, str) else issues)
    _refuse_unknown_issues(said or [])
    wanted: dict[str, tuple[object, object]] = {
        "status": (status, it.status),
        "standard": (standard, it.standard.position),
        "optimal": (optimal, it.optimal.position),
        "HL7 codes": (codes, sorted(it.hl7)),
        "issues": (said, sorted(each.code for each in it.issues)),
    }
    differing = {name: pair for name, pair in wanted.items() if pair[0] is not None and pair[0] != pair[1]}
    if differing:
        heads = [f"{name}: you expected {want}; rlslabs says {found}" for name, (want, found) in differing.items()]
        why = str(it.explanation) if verbose else _why(it)
        raise AssertionError("\n".join([f"{it}", *(f"  {head}" for head in heads), "", why]))


def _refuse_mistyped(what: str, expected: Iterable[str | None], known: tuple[str, ...]) -> None:
    for each in expected:
        if each is not None and each not in known:
            raise UnreachableError(f"No {what} is called {shown(each)}", f"choose from: {', '.join(known)}", each[:80])


def _refuse_unknown_issues(expected: Iterable[str]) -> None:
    known = sorted(_codes(LabsError).union(NOTICES))
    for each in expected:
        if each not in known:
            near = ": " + ", ".join(found) if (found := get_close_matches(each, known)) else _WHERE
            raise UnreachableError(f"No issue is called {shown(each)}", f"choose from{near}", each[:80])


def _codes(kind: type[LabsError]) -> set[str]:
    """The codes of an error and of every error below it: a range that is refused is an issue by the same code."""
    own = {kind.code} if "code" in vars(kind) else set[str]()
    return own.union(*map(_codes, kind.__subclasses__()))


def _why(it: Interpretation) -> str:
    """Where the result stands and what was assumed, without the marks of sources that are not printed."""
    said = [_MARKS.sub("", each.text) for each in it.explanation.sentences if each.about in _SAID]
    return "\n".join([*said, "(verbose=True says the rest, with the sources)"])
