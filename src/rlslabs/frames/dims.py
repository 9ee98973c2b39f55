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
