"""Every row of a table judged at once: steps are made where a combination of facts is new, and looked up from then on.

A value lies in one of many narrow bins, told from the first bits of its float. A bin that holds no limit has one
verdict; the few values in other bins are held against the limits themselves. So no value is ever rounded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.frames.fields import Field, FieldCodes
from rlslabs.frames.rows import CHUNK, DIRECT, Fixed, Rows, crossed
from rlslabs.frames.steps import Form, Steps, is_tabled, shared_steps
from rlslabs.frames.verdict import Asked, Choice, Verdict, converted, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_KEYS = 1 << 22
_BITS = 7
_SHIFT = 52 - _BITS
_FIRST = (1023 - 5) << _BITS
_BINS = 22 << _BITS
_EDGES = ((np.arange(_BINS + 1, dtype=np.int64) + _FIRST) << _SHIFT).view(np.float64)
_LAST_OF = np.nextafter(_EDGES[1:], 0)
_UNMADE = np.uint32(0xFFFFFFFF)
_FEW_KEYS = 1 << 16


class _Room(NamedTuple):
    """Where one thread works: made once, since new memory for every chunk would cost as much as judging it."""

    key: NDArray[Any]
    offset: NDArray[Any]
    bits: NDArray[Any]
    narrow: NDArray[Any]
    ids: NDArray[Any]

    @classmethod
    def of(cls, rows: int, keys: int) -> _Room:
        """Room for so many rows, whose facts have so many combinations."""
        kinds = (np.uint16 if keys <= _FEW_KEYS else np.int64, np.uint32, np.uint64, np.uint32, np.intp)
        return cls(*(np.empty(rows, kind) for kind in kinds))


class Gather:
    """Judges the rows of one table; `fields` are the columns that are wanted of each verdict."""

    def __init__(self, rows: Rows, fields: Iterable[Field], choice: Choice) -> None:
        self._choice = choice
        self._values = rows.values
        self._count = rows.number
        dims = [each for each in rows.dims if len(each.facts) > 1 or rows.number == 0]
        self._constant = [each for each in rows.dims if each not in dims] if rows.number else []
        forms = len(rows.values.forms)
        while dims and forms * _product(dims) > _MOST_KEYS:
            if len(dims) == 1:
                break
            dims = [crossed(dims[:2]), *dims[2:]]
        self._dims = dims
        self._codes = FieldCodes(tuple(fields))
        self._offset = np.full(forms * _product(dims), _UNMADE, np.uint32)
        self._near = np.empty((0, _BINS), np.int16)
        self._made: list[_Made] = []
        self._lock = Lock()

    def run(self) -> dict[str, NDArray[Any]]:
        """The wanted fields of every row: codes of categories, -1 for none; or numbers, NaN for none."""
        out = self._codes.empty(self._count)
        if 0 < self._count <= DIRECT:
            self._one_by_one(out)
        if self._count <= DIRECT:
            return out
        starts = range(0, self._count, CHUNK)
        workers = min(len(starts), os.cpu_count() or 1)
        shared = iter(starts)
        if workers == 1:
            self._chunks(shared, out)
            return out
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self._chunks, shared, out) for _ in range(workers)]:
                done.result()
        return out

    def categories(self, name: str) -> list[str]:
        """The categories of a field, in the order of their codes."""
        return self._codes.categories(name)

    def _one_by_one(self, out: dict[str, NDArray[Any]]) -> None:
        seen: dict[tuple[object, ...], int] = {}
        ids = np.empty(self._count, np.int64)
        for row in range(self._count):
            key, raw = self._key_of(row), self._raw(row)
            same = (key, raw) if isinstance(raw, float | str) else (key, None, row)  # a row is no value: 20 equals 20.0
            if same not in seen:
                seen[same] = self._id(judge(self._asked(key)[0], raw, self._choice))
            ids[row] = seen[same]
        number = np.array([self._number(row) for row in range(self._count)], np.float64)
        self._codes.refresh()
        self._codes.write(out, slice(0, self._count), ids, number)

    def _chunks(self, starts: Iterator[int], out: dict[str, NDArray[Any]]) -> None:
        """Judge chunk after chunk, all in the same room."""
        room = _Room.of(min(CHUNK, self._count), len(self._offset))
        for low in starts:
            self._chunk(low, min(low + CHUNK, self._count), room, out)

    def _chunk(self, low: int, high: int, room: _Room, out: dict[str, NDArray[Any]]) -> None:
        count = high - low
        key, offset, bits, narrow, ids = (each[:count] for each in room)
        number = self._locate(low, high, key, offset)
        np.right_shift(np.ascontiguousarray(number).view(np.uint64), _SHIFT, out=bits)
        narrow[:] = bits
        narrow -= np.uint32(_FIRST)  # what lies below the first bin wraps around, and so falls into the last
        np.minimum(narrow, np.uint32(_BINS - 1), out=narrow)
        narrow += offset
        ids[:] = narrow
        with self._lock:
            near = self._near.reshape(-1)
        ids[:] = near.take(ids, mode="clip")
        rare = np.flatnonzero(ids < 0)
        if rare.size:
            self._exactly(ids, rare, offset // _BINS, number, low)
        with self._lock:
            self._codes.refresh()
        self._codes.write(out, slice(low, high), ids, number)

    def _locate(self, low: int, high: int, key: NDArray[Any], offset: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Find where the bins of each row's combination of facts begin; gives the numbers of the rows."""
        values, parts = self._values, [(len(dim.facts), dim.codes[low:high]) for dim in self._dims]
        number = values.number[low:high]
        if values.codes is not None and values.form_of is not None:
            cells = values.codes[low:high]
            number = values.number.take(cells, mode="clip")
            parts.insert(0, (len(values.forms), values.form_of.take(cells, mode="clip")))
        key[:] = parts[0][1] if parts else 0
        for size, codes in parts[1:]:
            np.multiply(key, size, out=key, casting="unsafe")
            np.add(key, codes, out=key, casting="unsafe")
        if len(self._offset) == 1:
            if self._offset[0] == _UNMADE:
                self._make([0])
            offset[:] = 0
            return number
        self._offset.take(key, mode="clip", out=offset)
        if offset.max() == _UNMADE:
            occurring = np.zeros(len(self._offset), np.bool_)
            occurring[key] = True
            self._make(np.flatnonzero(occurring & (self._offset == _UNMADE)).tolist())
            self._offset.take(key, mode="clip", out=offset)
        return number

    def _exactly(
        self, ids: NDArray[Any], rare: NDArray[Any], made: NDArray[Any], number: NDArray[Any], offset: int
    ) -> None:
        """The verdicts of the values that lie in a bin with a limit, or outside of all bins, or are none."""
        combination = made[rare]
        for one in np.unique(combination).tolist():
            rows = rare[combination == one]
            mine = self._made[one]
            if mine.steps is None:
                with self._lock:
                    ids[rows] = [self._id_of_row(mine, offset + row) for row in rows.tolist()]
                continue
            value = number[rows]
            found = mine.ids.take(np.searchsorted(mine.starts, value, side="right"), mode="clip")
            ids[rows] = np.where(np.isnan(value), mine.missing, found)

    def _make(self, keys: list[int]) -> None:
        """Steps for combinations of facts that were not met before."""
        with self._lock:
            fresh = [key for key in keys if self._offset[key] == _UNMADE]
            near = np.full((len(fresh), _BINS), -1, np.int64)
            for place, key in enumerate(fresh):
                asked, form = self._asked(key)
                made = _Made(asked, self._steps(asked, form), self._id)
                self._made.append(made)
                if made.steps is not None:
                    step = _step_of_bins(made.steps.starts)
                    near[place] = np.where(step < 0, -1, made.ids[step])
            wide = np.int16 if len(self._codes) < np.iinfo(np.int16).max else np.int32
            self._near = np.concatenate([self._near, near]).astype(wide)
            self._offset[fresh] = np.arange(len(self._made) - len(fresh), len(self._made), dtype=np.uint32) * _BINS

    def _steps(self, asked: Asked, form: Form | Fixed) -> Steps | None:
        """The steps of a combination, or `None` where each value is asked by itself."""
        if isinstance(form, Fixed):
            verdict = judge(asked, form.value, self._choice)
            return Steps((), (verdict,), verdict)
        if not is_tabled(asked, form, self._choice):
            return None
        return shared_steps(asked, form, self._choice)

    def _id(self, verdict: Verdict) -> int:
        return self._codes.add(converted(verdict, self._choice) if self._codes.wants_conversion else verdict)

    def _id_of_row(self, mine: _Made, row: int) -> int:
        raw = self._raw(row)
        if raw not in mine.asked_for:
            mine.asked_for[raw] = self._id(judge(mine.asked, raw, self._choice))
        return mine.asked_for[raw]

    def _raw(self, row: int) -> Any:  # noqa: ANN401  whatever stands in the cell
        """The value of a row as it stands in its cell."""
        values = self._values
        if values.codes is None or values.cells is None:
            number = float(values.number[row])
            return None if number != number else number  # noqa: PLR0124  NaN alone differs from itself
        cell = values.cells[values.codes[row]]
        return None if isinstance(cell, float) and cell != cell else cell  # noqa: PLR0124  the same

    def _number(self, row: int) -> float:
        values = self._values
        return float(values.number[row if values.codes is None else values.codes[row]])

    def _key_of(self, row: int) -> int:
        values = self._values
        key = 0 if values.codes is None or values.form_of is None else int(values.form_of[values.codes[row]])
        for dim in self._dims:
            key = key * len(dim.facts) + int(dim.codes[row])
        return key

    def _asked(self, key: int) -> tuple[Asked, Form | Fixed]:
        """The facts behind a combination."""
        facts: dict[str, object] = {}
        for dim in reversed(self._dims):
            key, code = divmod(key, len(dim.facts))
            facts |= zip(dim.names, dim.facts[code], strict=True)
        for dim in self._constant:
            facts |= zip(dim.names, dim.facts[int(dim.codes[0])], strict=True)
        return Asked(**facts), self._values.forms[key]


@lru_cache(maxsize=1024)
def _step_of_bins(starts: tuple[float, ...]) -> NDArray[np.int16]:
    """Which step every bin lies in, -1 where it holds a limit or more than can be measured."""
    first = np.searchsorted(starts, _EDGES[:-1], side="right")
    last = np.searchsorted(starts, _LAST_OF, side="right")
    found = np.where(first == last, first, -1).astype(np.int16)
    found[-1] = -1
    return found


class _Made:
    """The steps of one combination as arrays, or the verdicts of its values one by one."""

    def __init__(self, asked: Asked, found: Steps | None, numbered: Any) -> None:  # noqa: ANN401  a callback
        self.asked, self.steps = asked, found
        self.asked_for: dict[Any, int] = {}
        if found is not None:
            self.starts = np.array(found.starts, np.float64)
            self.ids = np.array([numbered(each) for each in found.verdicts], np.int64)
            self.missing = numbered(found.missing)


def _product(dims: Iterable[Any]) -> int:
    product = 1
    for each in dims:
        product *= len(each.facts)
    return product


def gather(
    rows: Rows, fields: Iterable[Field], choice: Choice
) -> tuple[dict[str, NDArray[Any]], Mapping[str, list[str]]]:
    """The wanted fields of every row, and the categories behind their codes."""
    judge_all = Gather(rows, fields, choice)
    found = judge_all.run()
    return found, {name: judge_all.categories(name) for name in found if found[name].dtype.kind == "i"}
