"""The columns that a table is given: what each says, and its codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.errors import NOTICES, NOTICES_OF_MESSAGES, LabsError
from rlslabs.frames.verdict import LIMITS, POSITIONS, STATUSES, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    """Numbers the verdicts of a table, and writes the wanted fields of each row from them."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self._fields = fields
        self._ids: dict[Verdict, int] = {}
        self._verdicts: list[Verdict] = []
        self._categories: dict[str, dict[str, int]] = {
            each.name: {one: code for code, one in enumerate(each.categories or ())} for each in fields
        }
        self._tables: dict[str, NDArray[Any]] = {}
        self._seen = 0
        self.wants_conversion = any(each.takes in {"factor", "unit", *LIMITS} for each in fields)

    def __len__(self) -> int:
        return len(self._verdicts)

    def add(self, verdict: Verdict) -> int:
        """The number of a verdict."""
        number = self._ids.setdefault(verdict, len(self._verdicts))
        if number == len(self._verdicts):
            self._verdicts.append(verdict)
        return number

    def categories(self, name: str) -> list[str]:
        """The categories of a field, in the order of their codes."""
        return [*self._categories[name]]

    def empty(self, count: int) -> dict[str, NDArray[Any]]:
        """Room for every field of so many rows."""
        return {each.name: np.empty(count, _kind(each)) for each in self._fields}

    def refresh(self) -> None:
        """Bring the tables of the fields up to the verdicts that are numbered."""
        if self._seen == len(self._verdicts):
            return
        for each in self._fields:
            taken = [getattr(verdict, each.takes) for verdict in self._verdicts]
            if not each.number:
                known = self._categories[each.name]
                taken = [-1 if one is None else known.setdefault(one, len(known)) for one in taken]
            self._tables[each.name] = np.array([np.nan if one is None else one for one in taken], _kind(each))
        self._seen = len(self._verdicts)

    def write(self, out: dict[str, NDArray[Any]], rows: slice, ids: NDArray[Any], number: NDArray[np.float64]) -> None:
        """Write the fields of a stretch of rows, from tables that are up to date."""
        for each in self._fields:
            np.take(self._tables[each.name], ids, mode="clip", out=out[each.name][rows])
            if each.scaled:
                out[each.name][rows] *= number


def _kind(field: Field) -> type[np.generic]:
    return np.float64 if field.number else np.int8 if field.categories else np.int16
