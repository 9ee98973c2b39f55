"""Facts beside the values of a table: a code a row, and what is behind each code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.frames.encode import Coded

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Dim(NamedTuple):
    """One or more facts of every row: a code a row, and the facts behind each code, in the order of `names`."""

    names: tuple[str, ...]
    codes: NDArray[Any]
    facts: list[tuple[object, ...]]


_STRETCH = 1 << 17


class Looked(NamedTuple):
    """A column of answers: the number of each row's verdict, and what each says, a code (-1 for none) or a number."""

    ids: NDArray[Any]
    says: NDArray[Any]

    def spread(self) -> NDArray[Any]:
        """What the verdict of each row says; stretch by stretch, since each widens its indices."""
        found = np.empty(len(self.ids), self.says.dtype)
        for low in range(0, len(self.ids), _STRETCH):
            here = slice(low, low + _STRETCH)
            np.take(self.says, self.ids[here], mode="clip", out=found[here])
        return found

    def met(self) -> list[int]:
        """The numbers of the verdicts that some row has."""
        there = np.zeros(len(self.says), np.bool_)
        for low in range(0, len(self.ids), _STRETCH):
            there[self.ids[low : low + _STRETCH]] = True
        return np.flatnonzero(there).tolist()


def spread(column: NDArray[Any] | Looked) -> NDArray[Any]:
    """A column of answers with the code or number of each row."""
    return column.spread() if isinstance(column, Looked) else column


def dimension(name: str, column: Coded) -> Dim:
    """A column as one dimension."""
    return Dim((name,), column.codes, [(each,) for each in column.values])


def crossed(dims: list[Dim]) -> Dim:
    """Several dimensions as one, with a code for each combination that occurs."""
    key = dims[0].codes.astype(np.int64)
    for each in dims[1:]:
        key = key * len(each.facts) + each.codes
    distinct, codes = np.unique(key, return_inverse=True)
    facts: list[tuple[object, ...]] = []
    for one in distinct.tolist():
        found: tuple[object, ...] = ()
        rest = one
        for each in reversed(dims):
            rest, code = divmod(rest, len(each.facts))
            found = (*each.facts[code], *found)
        facts.append(found)
    return Dim(tuple(name for each in dims for name in each.names), codes.astype(np.int32), facts)
