"""Every row of a table judged at once: steps are made where a combination of facts is met, and looked up from then on.

A value lies in one of many narrow bins, told from the first bits of its float. A bin that holds no limit has one
verdict; the few values in other bins are held against the limits themselves. So no value is ever rounded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.frames.dims import Dim, crossed
from rlslabs.frames.fields import Field, FieldCodes
from rlslabs.frames.rows import CHUNK, DIRECT, Fixed, Rows
from rlslabs.frames.steps import Form, Steps, is_tabled, shared_steps
from rlslabs.frames.verdict import Asked, Choice, Verdict, converted, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlslabs.frames.fields import Answers

_MOST_KEYS = 1 << 22
_MOST_KEPT = 1 << 16
_BITS = 7
_SHIFT = 52 - _BITS
_FIRST = (1023 - 5) << _BITS
_BINS = 22 << _BITS
_EDGES = ((np.arange(_BINS + 1, dtype=np.int64) + _FIRST) << _SHIFT).view(np.float64)
_LAST_OF = np.nextafter(_EDGES[1:], 0)
_BIN_OF = np.full(1 << (64 - _SHIFT), _BINS - 1, np.intp)
_BIN_OF[_FIRST : _FIRST + _BINS] = np.arange(_BINS)
"""The bin of a float by its first bits; what lies outside of all bins falls into the last."""

_FEW_KEYS = 1 << 16
_MOST_IDS = 1 << 15
SELDOM, SELDOM_PRINTED = 8, 40
"""In fewer rows than so many a combination is asked row by row: its steps, of printed ranges above all, cost more."""

_NEVER = np.iinfo(np.int64).min // 2


class _Room(NamedTuple):
    """Where one thread works: made once, since new memory for every chunk would cost as much as judging it."""

    key: NDArray[Any]
    offset: NDArray[Any]
    bits: NDArray[Any]
    bin: NDArray[Any]

    @classmethod
    def of(cls, rows: int, keys: int) -> _Room:
        """Room for so many rows, whose facts have so many combinations."""
        kinds = (np.uint16 if keys <= _FEW_KEYS else np.int64, np.intp, np.uint64, np.intp)
        return cls(*(np.empty(rows, kind) for kind in kinds))


class _Made(NamedTuple):
    """Steps as arrays: where each begins, the number of its verdict, and that of a missing value."""

    starts: NDArray[np.float64]
    ids: NDArray[np.intp]
    missing: int


class _Crowded(Exception):  # noqa: N818  no error: the rows are judged again with wider numbers
    """There are more verdicts than narrow numbers."""


class Gather:
    """Judges the rows of one table; `fields` are the columns that are wanted of each verdict.

    A key is a combination of facts, the form of a cell among them. Keys with the same steps share the same bins; the
    first bins are those of nobody, to whom all keys belong that have no steps.
    """

    def __init__(self, rows: Rows, fields: Iterable[Field], choice: Choice) -> None:
        self._choice, self._values, self._count = choice, rows.values, rows.number
        self._constant = [each for each in rows.dims if len(each.facts) == 1]
        dims = [each for each in rows.dims if len(each.facts) != 1]
        if rows.values.codes is not None and rows.values.form_of is not None:
            forms = rows.values.form_of.astype(np.min_scalar_type(len(rows.values.forms)))
            dims.append(Dim(("form",), forms.take(rows.values.codes), [(each,) for each in rows.values.forms]))
        while len(dims) > 1 and _product(dims) > _MOST_KEYS:
            dims = [crossed(dims[:2]), *dims[2:]]
        self._dims = dims
        printed = {"range", "low", "high"} & {name for each in rows.dims for name in each.names}
        self._seldom = SELDOM_PRINTED if printed else SELDOM
        self._codes = FieldCodes(tuple(fields))
        self._kept: dict[tuple[object, ...], int] = {}
        self._lock = Lock()
        self._begin(np.int16)

    def _begin(self, kind: type[np.signedinteger[Any]]) -> None:
        """Know the steps of nobody, and number verdicts in this kind."""
        self._offset = np.zeros(_product(self._dims), np.intp)
        self._met = np.zeros(_product(self._dims), np.int64)
        self._near = np.zeros((1, _BINS), kind)
        self._made: list[_Made] = [_Made(np.empty(0), np.zeros(1, np.intp), 0)]
        self._slots: dict[tuple[object, ...], int] = {}

    def run(self) -> Answers:
        """The wanted fields of every row, and the categories behind their codes."""
        try:
            ids = self._ids()
        except _Crowded:
            self._begin(np.int32)
            ids = self._ids()
        return self._codes.answers(ids, lambda: self._numbers(slice(None)))

    def _ids(self) -> NDArray[Any]:
        """The number of the verdict on each row."""
        ids = np.empty(self._count, self._near.dtype)
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
        """Judge chunk after chunk, all in the same room."""
        room = _Room.of(min(CHUNK, self._count), len(self._offset))
        for low in starts:
            self._chunk(low, ids[low : low + CHUNK], room)

    def _chunk(self, low: int, ids: NDArray[Any], room: _Room) -> None:
        key, offset, bits, bin_ = (each[: len(ids)] for each in room)
        number = self._numbers(slice(low, low + len(ids)))
        self._locate(slice(low, low + len(ids)), key, offset)
        np.right_shift(np.ascontiguousarray(number).view(np.uint64), _SHIFT, out=bits)
        _BIN_OF.take(bits.view(np.intp), mode="clip", out=bin_)
        np.add(bin_, offset, out=bin_)
        with self._lock:
            near = self._near.reshape(-1)
        near.take(bin_, mode="clip", out=ids)
        if ids.min() < 0:
            rare = np.flatnonzero(ids < 0)
            self._exactly(ids, rare, offset[rare] // _BINS, number[rare])
        if not offset.min():
            alone = np.flatnonzero(offset == 0)
            with self._lock:
                asked = zip(key[alone].tolist(), alone.tolist(), strict=True)
                ids[alone] = [self._id_of_row(one, low + row) for one, row in asked]

    def _locate(self, rows: slice, key: NDArray[Any], offset: NDArray[Any]) -> None:
        """Find where the bins of each row's combination of facts begin."""
        key[:] = self._dims[0].codes[rows] if self._dims else 0
        for dim in self._dims[1:]:
            np.multiply(key, len(dim.facts), out=key, casting="unsafe")
            np.add(key, dim.codes[rows], out=key, casting="unsafe")
        self._offset.take(key, mode="clip", out=offset)
        if not offset.min():
            self._meet(key[offset == 0])
            self._offset.take(key, mode="clip", out=offset)

    def _exactly(self, ids: NDArray[Any], rare: NDArray[Any], slots: NDArray[Any], number: NDArray[Any]) -> None:
        """The verdicts of the values that lie in a bin with a limit, or outside of all bins, or are none."""
        for slot in np.unique(slots).tolist():
            mine = slots == slot
            made, value = self._made[slot], number[mine]
            found = made.ids.take(np.searchsorted(made.starts, value, side="right"), mode="clip")
            ids[rare[mine]] = np.where(np.isnan(value), made.missing, found)

    def _meet(self, keys: NDArray[Any]) -> None:
        """Count combinations that have no steps, and make them for those that were met often enough."""
        if len(self._met) <= _FEW_KEYS:
            counts = np.bincount(keys, minlength=len(self._met))
            met = np.flatnonzero(counts)
            counts = counts[met]
        else:
            met, counts = np.unique(keys, return_counts=True)
        with self._lock:
            self._met[met] += counts
            fresh = met[(self._met[met] >= self._seldom) & (self._offset[met] == 0)]
            near = [self._near]
            slots = [self._slot(key, near) for key in fresh.tolist()]
            self._near = np.concatenate(near, dtype=self._near.dtype, casting="unsafe")
            self._offset[fresh] = np.array(slots, np.intp) * _BINS

    def _slot(self, key: int, near: list[NDArray[Any]]) -> int:
        """The place of the steps of a combination, 0 where there are none; bins that are not there yet go to `near`."""
        found = self._steps(*self._asked(key))
        if found is None:
            self._met[key] = _NEVER
            return 0
        missing, *ids = (self._id(each) for each in (found.missing, *found.verdicts))
        same = (found.starts, missing, *ids)
        slot = self._slots.setdefault(same, len(self._made))
        if slot == len(self._made):
            self._made.append(_Made(np.array(found.starts, np.float64), np.array(ids, np.intp), missing))
            step = _step_of_bins(found.starts)
            near.append(np.where(step < 0, -1, self._made[slot].ids[step]).reshape(1, -1))
        return slot

    def _steps(self, asked: Asked, form: Form | Fixed) -> Steps | None:
        """The steps of a combination, or `None` where each value is asked by itself."""
        if isinstance(form, Fixed):
            verdict = judge(asked, form.value, self._choice)
            return Steps((), (verdict,), verdict)
        if not is_tabled(asked, form, self._choice):
            return None
        return shared_steps(asked, form, self._choice)

    def _id(self, verdict: Verdict) -> int:
        found = self._codes.add(converted(verdict, self._choice) if self._codes.wants_conversion else verdict)
        if found >= _MOST_IDS and self._near.dtype == np.int16:
            raise _Crowded
        return found

    def _id_of_row(self, key: int, row: int) -> int:
        """The verdict of a row that is asked by itself; what was asked before is kept for a while."""
        raw = self._raw(row)
        same = (key, raw) if isinstance(raw, float | str) else (key, None, row)  # a row is no value: 20 equals 20.0
        known = self._kept.get(same)
        if known is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            known = self._kept[same] = self._id(judge(self._asked(key)[0], raw, self._choice))
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

    def _asked(self, key: int) -> tuple[Asked, Form | Fixed]:
        """The facts behind a combination, and the form of the cell."""
        facts: dict[str, Any] = {"form": self._values.forms[0]}
        for dim in reversed(self._dims):
            key, code = divmod(key, len(dim.facts))
            facts |= zip(dim.names, dim.facts[code], strict=True)
        for dim in self._constant:
            facts |= zip(dim.names, dim.facts[0], strict=True)
        form = facts.pop("form")
        return Asked(**facts), form


@lru_cache(maxsize=1024)
def _step_of_bins(starts: tuple[float, ...]) -> NDArray[np.int16]:
    """Which step every bin lies in, -1 where it holds a limit or more than can be measured."""
    first = np.searchsorted(starts, _EDGES[:-1], side="right")
    last = np.searchsorted(starts, _LAST_OF, side="right")
    found = np.where(first == last, first, -1).astype(np.int16)
    found[-1] = -1
    return found


def _product(dims: Iterable[Dim]) -> int:
    product = 1
    for each in dims:
        product *= len(each.facts)
    return product


def gather(rows: Rows, fields: Iterable[Field], choice: Choice) -> Answers:
    """The wanted fields of every row, and the categories behind their codes: -1 for none; numbers are NaN for none."""
    return Gather(rows, fields, choice).run()
