"""Every row of a table judged at once: verdicts are made where a combination of facts is met, and looked up after."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import prod
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from rlslabs.frames.dims import Dim, crossed
from rlslabs.frames.fields import Field
from rlslabs.frames.keys import FEW, CrowdedError, Kind, keys_of, wide_keys_of
from rlslabs.frames.rows import CHUNK, DIRECT, Rows
from rlslabs.frames.verdict import Choice, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlslabs.frames.fields import Answers

_MOST_KEYS = 1 << 22
_MOST_KEPT = 1 << 16
STRETCH = 1 << 16
"""So many rows stay near to a core while they are judged."""


class _Room(local):
    """Where one thread works: made once, since new memory for every stretch would cost as much as judging it."""

    def __init__(self) -> None:
        self.narrow, self.key = np.empty(STRETCH, np.uint16), np.empty(STRETCH, np.int64)
        self.offset, self.bits, self.bin = (np.empty(STRETCH, np.intp) for _ in range(3))


_ROOM = _Room()


class Gather:
    """Judges the rows of one table; `fields` are the columns that are wanted of each verdict.

    A key is a combination of facts, the form of a cell among them.
    """

    def __init__(self, rows: Rows, fields: Iterable[Field], choice: Choice) -> None:
        self._choice, self._values, self._count = choice, rows.values, rows.number
        dims = [each for each in rows.dims if len(each.facts) != 1]
        forms = Dim(("form",), np.zeros(0, np.int8), [(each,) for each in rows.values.forms])
        if rows.values.codes is not None and rows.values.form_of is not None:
            codes = rows.values.form_of.astype(np.min_scalar_type(len(forms.facts)))
            dims.append(forms._replace(codes=codes.take(rows.values.codes)))
        while len(dims) > 1 and prod(len(each.facts) for each in dims) > _MOST_KEYS:
            dims = [crossed(dims[:2]), *dims[2:]]
        self._dims = dims
        constant = [forms._replace(facts=forms.facts[:1]), *(each for each in rows.dims if len(each.facts) == 1)]
        self._kind = Kind.of(dims, constant, tuple(fields), choice)
        self._keys = keys_of(self._kind)
        self._kept: dict[tuple[object, ...], int] = {}

    def run(self) -> Answers:
        """The wanted fields of every row, and the categories behind their codes."""
        try:
            ids = self._ids()
        except CrowdedError:
            self._keys = wide_keys_of(self._kind)
            self._kept.clear()
            ids = self._ids()
        return self._keys.codes.answers(ids, lambda: self._numbers(slice(None)))

    def _ids(self) -> NDArray[Any]:
        """The number of the verdict on each row."""
        ids = np.empty(self._count, self._keys.number)
        if self._count <= DIRECT:
            ids[:] = [self._id_of_row(self._key_of(row), row) for row in range(self._count)]
            return ids
        starts = range(0, self._count, CHUNK)
        workers = min(len(starts), os.cpu_count() or 1)
        shared = iter(starts)
        if workers == 1:
            self._chunks(shared, ids)
            return ids
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self._chunks, shared, ids) for _ in range(workers)]:
                done.result()
        return ids

    def _numbers(self, rows: slice) -> NDArray[np.float64]:
        values = self._values
        return values.number[rows] if values.codes is None else values.number.take(values.codes[rows], mode="clip")

    def _chunks(self, starts: Iterator[int], ids: NDArray[Any]) -> None:
        """Judge chunk after chunk, each stretch by stretch."""
        for low in starts:
            for begin in range(low, min(low + CHUNK, self._count), STRETCH):
                self._stretch(begin, ids[begin : min(begin + STRETCH, low + CHUNK)])

    def _stretch(self, low: int, ids: NDArray[Any]) -> None:
        count, narrow = len(ids), self._kind.size <= FEW
        key, offset = (_ROOM.narrow if narrow else _ROOM.key)[:count], _ROOM.offset[:count]
        here = slice(low, low + count)
        self._locate(here, key, offset)
        self._keys.look_up(self._numbers(here), offset, (_ROOM.bits[:count], _ROOM.bin[:count]), ids)
        if not offset.min():
            alone = np.flatnonzero(offset == 0)
            asked = zip(key[alone].tolist(), alone.tolist(), strict=True)
            with self._keys.lock:
                ids[alone] = [self._id_of_row(one, low + row) for one, row in asked]

    def _locate(self, rows: slice, key: NDArray[Any], offset: NDArray[Any]) -> None:
        """Find where the bins of each row's combination of facts begin."""
        for place, dim in enumerate(self._dims):
            if place:
                np.multiply(key, len(dim.facts), out=key, casting="unsafe")
                np.add(key, dim.codes[rows], out=key, casting="unsafe")
            else:
                key[:] = dim.codes[rows]
        if not self._dims:
            key[:] = 0
        self._begin(key, offset)
        if not offset.min():
            self._keys.meet(key[offset == 0])
            self._begin(key, offset)

    def _begin(self, key: NDArray[Any], offset: NDArray[Any]) -> None:
        if self._dims:
            self._keys.offset.take(key, mode="clip", out=offset)
        else:
            offset[:] = self._keys.offset[0]

    def _id_of_row(self, key: int, row: int) -> int:
        """The verdict of a row that is asked by itself; what was asked before is kept for a while."""
        raw = self._raw(row)
        same = (key, raw) if isinstance(raw, float | str) else (key, None, row)  # a row is no value: 20 equals 20.0
        known = self._kept.get(same)
        if known is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            known = self._kept[same] = self._keys.id_of(judge(self._keys.asked(key)[0], raw, self._choice))
        return known

    def _raw(self, row: int) -> Any:  # noqa: ANN401  whatever stands in the cell
        """The value of a row as it stands in its cell."""
        values = self._values
        if values.codes is None or values.cells is None:
            number = float(values.number[row])
            return None if number != number else number  # noqa: PLR0124  NaN alone differs from itself
        cell = values.cells[values.codes[row]]
        return None if isinstance(cell, float) and cell != cell else cell  # noqa: PLR0124  the same

    def _key_of(self, row: int) -> int:
        key = 0
        for dim in self._dims:
            key = key * len(dim.facts) + int(dim.codes[row])
        return key


def gather(rows: Rows, fields: Iterable[Field], choice: Choice) -> Answers:
    """The wanted fields of every row, and the categories behind their codes: -1 for none; numbers are NaN for none."""
    return Gather(rows, fields, choice).run()
