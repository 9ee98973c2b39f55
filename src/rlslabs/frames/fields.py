"""The columns that a table is given: what each says, and its codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.errors import NOTICES, NOTICES_OF_MESSAGES, LabsError
from rlslabs.frames.dims import Looked
from rlslabs.frames.verdict import LIMITS, POSITIONS, STATUSES, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Answers = tuple[dict[str, NDArray[Any] | Looked], dict[str, list[str]]]
    """Fields of every row, and the categories behind the codes of those that have them."""


class Field(NamedTuple):
    """A column of verdicts: its name, what it takes of a verdict, and its categories (`None`: as they come).

    A number has no categories; `scaled` is the reported value times the factor.
    """

    name: str
    takes: str
    number: bool = False
    categories: tuple[str, ...] | None = None
    scaled: bool = False


def _codes(kind: type[LabsError]) -> Iterator[str]:
    if "code" in vars(kind):
        yield kind.code
    for each in kind.__subclasses__():
        yield from _codes(each)


_OF_THE_CALL = {
    *("catalog", "frame", "missing-extra", "sheet", "unknown-set", "unknown-circumstance", "does-not-hold"),
    *("conformance", "sample", "unreachable"),
}
_OF_MESSAGES = {"message-unreadable", "segment-unreadable", "result-status", *NOTICES_OF_MESSAGES}
_ELSEWHERE = ("fhir-", "cds-")
CODES = tuple(
    each
    for each in (*sorted({*_codes(LabsError)}), *NOTICES)
    if each not in _OF_THE_CALL | _OF_MESSAGES and not each.startswith(_ELSEWHERE)
)
"""Every code that the issue of a row can have."""

HL7 = ("L", "N", "H", "L <", "N <", "H <", "L >", "N >", "H >", "<", ">")

ALWAYS = (
    Field("standard", "standard", categories=POSITIONS),
    Field("optimal", "optimal", categories=POSITIONS),
    Field("status", "status", categories=STATUSES),
    Field("issue", "issue", categories=CODES),
)
ON_REQUEST = (
    Field("issues", "issues"),
    Field("hl7", "hl7", categories=HL7),
    Field("comparator", "comparator", categories=("<", "<=", ">", ">=")),
    Field("marker", "marker"),
    Field("reported_unit", "reported_unit"),
    Field("value", "factor", number=True, scaled=True),
    Field("unit", "unit"),
    Field("standard_set", "standard_set"),
    Field("standard_population", "standard_population"),
    Field("standard_low", "standard_low", number=True),
    Field("standard_high", "standard_high", number=True),
    Field("optimal_set", "optimal_set"),
    Field("optimal_population", "optimal_population"),
    Field("optimal_low", "optimal_low", number=True),
    Field("optimal_high", "optimal_high", number=True),
)
EVERY = {each.name: each for each in (*ALWAYS, *ON_REQUEST)}


class FieldCodes:
    """Numbers the verdicts of tables, one after the other, and knows what each of them says in the wanted fields."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self._fields = fields
        self._ids: dict[Verdict, int] = {}
        self._lock = Lock()
        self.wants_conversion = any(each.takes in {"factor", "unit", *LIMITS} for each in fields)

    def add(self, verdict: Verdict) -> int:
        """The number of a verdict, and of no other, however many threads ask."""
        with self._lock:
            return self._ids.setdefault(verdict, len(self._ids))

    def answers(self, ids: NDArray[Any], values: Callable[[], NDArray[np.float64]]) -> Answers:
        """The fields of rows with these verdicts, and the categories behind their codes; values are asked if wanted."""
        found: dict[str, NDArray[Any] | Looked] = {}
        categories: dict[str, list[str]] = {}
        with self._lock:
            verdicts = [*self._ids]
        open_ = any(not each.number and not each.categories for each in self._fields)
        told = Looked(ids, np.arange(len(verdicts))).met() if open_ else ()
        for each in self._fields:
            said = [getattr(verdict, each.takes) for verdict in verdicts]
            if each.number:
                looked = Looked(ids, np.array([np.nan if one is None else one for one in said], np.float64))
                found[each.name] = looked.spread() * values() if each.scaled else looked
                continue
            known = each.categories or sorted({said[place] for place in told} - {None})
            code = {one: place for place, one in enumerate(known)}
            says = np.array([code.get(one, -1) for one in said], np.int8 if each.categories else np.int16)
            found[each.name] = Looked(ids, says)
            categories[each.name] = [*known]
        return found, categories
