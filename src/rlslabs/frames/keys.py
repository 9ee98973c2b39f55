"""Combinations of facts by number, and beside each the verdict on every value: bins of a table that rows look up.

A value lies in one of many narrow bins, told from the first bits of its float. A bin that holds no limit has one
verdict; the few values in other bins are held against the limits themselves. So no value is ever rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.frames.dims import Dim
from rlslabs.frames.fields import Field, FieldCodes
from rlslabs.frames.rows import Fixed
from rlslabs.frames.steps import Form, Steps, is_tabled, shared_steps
from rlslabs.frames.verdict import Asked, Choice, Verdict, converted, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 7
_SHIFT = 52 - _BITS
_FIRST = (1023 - 5) << _BITS
BINS = 22 << _BITS
_EDGES = ((np.arange(BINS + 1, dtype=np.int64) + _FIRST) << _SHIFT).view(np.float64)
_LAST_OF = np.nextafter(_EDGES[1:], 0)
_BIN_OF = np.full(1 << (64 - _SHIFT), BINS - 1, np.intp)
_BIN_OF[_FIRST : _FIRST + BINS] = np.arange(BINS)
"""The bin of a float by its first bits; what lies outside of all bins falls into the last."""

FEW = 1 << 16
_MOST_IDS = 1 << 15
SELDOM, SELDOM_PRINTED = 8, 40
"""In fewer rows than so many a combination is asked row by row: its steps, of printed ranges above all, cost more."""

_NEVER = np.iinfo(np.int64).min // 2


class CrowdedError(Exception):
    """There are more verdicts than narrow numbers."""


class _Made(NamedTuple):
    """Steps of every slot, a row each: where they begin, the numbers of their verdicts, and of a missing value.

    Rows are filled up with starts that no value reaches but the last, whose verdict is repeated.
    """

    starts: NDArray[np.float64]
    ids: NDArray[np.intp]
    missing: NDArray[np.intp]

    @classmethod
    def of(cls, starts: Sequence[float], ids: Sequence[int], missing: int) -> _Made:
        """One row."""
        return cls(np.array([starts], np.float64), np.array([ids], np.intp), np.array([missing], np.intp))

    def wide(self, width: int) -> _Made:
        """The same rows, with so many starts each."""
        more = width - self.starts.shape[1]
        starts = np.pad(self.starts, ((0, 0), (0, more)), constant_values=np.inf)
        return self._replace(starts=starts, ids=np.pad(self.ids, ((0, 0), (0, more)), mode="edge"))

    @classmethod
    def together(cls, parts: Sequence[_Made]) -> _Made:
        """The rows of all parts, one below the other."""
        width = max(part.starts.shape[1] for part in parts)
        return cls(*(np.concatenate(each) for each in zip(*(part.wide(width) for part in parts), strict=True)))

    def at(self, slots: NDArray[Any], value: NDArray[np.float64]) -> NDArray[np.intp]:
        """The numbers of the verdicts on some values, each held against the starts of its slot."""
        found: NDArray[np.intp] = self.missing[slots]
        there = ~np.isnan(value)
        slots, value = slots[there], value[there]
        found[there] = self.ids[slots, (self.starts[slots] <= value[:, None]).sum(axis=1)]
        return found


class _More(NamedTuple):
    """What new slots add: all of it is taken over, or nothing."""

    near: list[NDArray[Any]]
    made: list[_Made]
    slots: dict[tuple[object, ...], int]


class Kind(NamedTuple):
    """What tables have in common that share their keys: varying facts, constant ones, fields and choice."""

    varying: tuple[tuple[tuple[str, ...], tuple[tuple[object, ...], ...]], ...]
    constant: dict[str, object]
    fields: tuple[Field, ...]
    choice: Choice

    @classmethod
    def of(cls, varying: Iterable[Dim], constant: Iterable[Dim], fields: tuple[Field, ...], choice: Choice) -> Kind:
        """The kind of a table whose facts these are."""
        same = {name: fact for each in constant for name, fact in zip(each.names, each.facts[0], strict=True)}
        return cls(tuple((each.names, tuple(each.facts)) for each in varying), same, fields, choice)

    @property
    def size(self) -> int:
        """How many combinations of facts there are."""
        return prod(len(facts) for _, facts in self.varying)


class Keys:
    """The combinations of facts of one kind of table, and the verdicts beside each as far as they were met.

    Keys with the same steps share the same bins; the first bins are those of nobody, to whom all keys belong that have
    no steps.
    """

    def __init__(self, kind: Kind, number: type[np.signedinteger[Any]] = np.int16) -> None:
        self._kind = kind
        names = {*kind.constant, *(name for names, _ in kind.varying for name in names)}
        self._printed = not names.isdisjoint(("range", "low", "high"))
        self.number = np.dtype(number)
        self.codes = FieldCodes(kind.fields)
        self.offset = np.zeros(kind.size, np.intp)
        self._met = np.zeros(kind.size, np.int64)
        self._near = np.zeros((1, BINS), number)
        self._made = _Made.of([], [0], 0)
        self._slots: dict[tuple[object, ...], int] = {}
        self.lock = Lock()

    def look_up(
        self,
        number: NDArray[np.float64],
        offset: NDArray[Any],
        room: tuple[NDArray[Any], NDArray[Any]],
        ids: NDArray[Any],
    ) -> None:
        """Write the number of the verdict on each value to `ids`, of keys whose bins begin at `offset`.

        In the `room`, two arrays of whole numbers of 64 bits, it works.
        """
        bits, bin_ = room
        np.right_shift(np.ascontiguousarray(number).view(np.uint64), _SHIFT, out=bits.view(np.uint64))
        _BIN_OF.take(bits, mode="clip", out=bin_)
        np.add(bin_, offset, out=bin_)
        with self.lock:
            near, made = self._near.reshape(-1), self._made
        near.take(bin_, mode="clip", out=ids)
        if ids.min() < 0:
            rare = np.flatnonzero(ids < 0)  # in a bin with a limit, or outside of all bins, or no value
            ids[rare] = made.at(offset[rare] // BINS, number[rare])

    def meet(self, keys: NDArray[Any]) -> None:
        """Count combinations that have no steps, and make them for those that were met often enough."""
        if len(self._met) <= FEW:
            counts = np.bincount(keys, minlength=len(self._met))
            met = np.flatnonzero(counts)
            counts = counts[met]
        else:
            met, counts = np.unique(keys, return_counts=True)
        with self.lock:
            self._met[met] += counts
            often = SELDOM_PRINTED if self._printed else SELDOM
            fresh = met[(self._met[met] >= often) & (self.offset[met] == 0)]
            more = _More([self._near], [self._made], {})
            slots = [self._slot(key, more) for key in fresh.tolist()]
            self._near = np.concatenate(more.near, dtype=self.number, casting="unsafe")
            self._made = _Made.together(more.made)
            self._slots |= more.slots
            self.offset[fresh] = np.array(slots, np.intp) * BINS

    def _slot(self, key: int, more: _More) -> int:
        """The place of the steps of a combination, 0 where there are none; what is not there yet goes to `more`."""
        found = self._steps(*self.asked(key))
        if found is None:
            self._met[key] = _NEVER
            return 0
        missing, *ids = (self.id_of(each) for each in (found.missing, *found.verdicts))
        same = (found.starts, missing, *ids)
        slot = self._slots.get(same) or more.slots.get(same)
        if slot is None:
            slot = more.slots[same] = len(self._slots) + len(more.slots) + 1
            more.made.append(_Made.of(found.starts, ids, missing))
            step = _step_of_bins(found.starts)
            more.near.append(np.where(step < 0, -1, np.array(ids)[step]).reshape(1, -1))
        return slot

    def _steps(self, asked: Asked, form: Form | Fixed) -> Steps | None:
        """The steps of a combination, or `None` where each value is asked by itself."""
        choice = self._kind.choice
        if isinstance(form, Fixed):
            verdict = judge(asked, form.value, choice)
            return Steps((), (verdict,), verdict)
        if not is_tabled(asked, form, choice):
            return None
        return shared_steps(asked, form, choice)

    def id_of(self, verdict: Verdict) -> int:
        """The number of a verdict.

        Raises:
            CrowdedError: There are more of them than narrow numbers.
        """
        found = self.codes.add(converted(verdict, self._kind.choice) if self.codes.wants_conversion else verdict)
        if found >= _MOST_IDS and self.number == np.int16:
            raise CrowdedError
        return found

    def asked(self, key: int) -> tuple[Asked, Form | Fixed]:
        """The facts behind a combination, and the form of the cell."""
        facts = dict(self._kind.constant)
        for names, every in reversed(self._kind.varying):
            key, code = divmod(key, len(every))
            facts |= zip(names, every[code], strict=True)
        form: Any = facts.pop("form")
        return Asked(**facts), form


@lru_cache(maxsize=1024)
def _step_of_bins(starts: tuple[float, ...]) -> NDArray[np.int16]:
    """Which step every bin lies in, -1 where it holds a limit or more than can be measured."""
    first = np.searchsorted(starts, _EDGES[:-1], side="right")
    last = np.searchsorted(starts, _LAST_OF, side="right")
    found = np.where(first == last, first, -1).astype(np.int16)
    found[-1] = -1
    return found


_PLAIN = {str, int, float, bool, type(None), date, datetime, Decimal}
_MOST_SHARED, _MOST_KEPT = 1024, 16
_SHARED: dict[object, Keys] = {}


def keys_of(kind: Kind) -> Keys:
    """The keys of a kind of table: those that an earlier one of the same kind has left, where they are few."""
    name = _name_of(kind)
    if name is None:
        return Keys(kind)
    found = _SHARED.get(name)
    if found is None:
        if len(_SHARED) >= _MOST_KEPT:
            _SHARED.clear()
        found = _SHARED[name] = Keys(kind)
    return found


def wide_keys_of(kind: Kind) -> Keys:
    """Keys with room for more verdicts than those that are shared; which begin anew."""
    _SHARED.pop(_name_of(kind), None)
    return Keys(kind, np.int32)


def _name_of(kind: Kind) -> object:
    """What tells a kind from all others; `None` where it has many combinations, or facts of which that is not known."""
    if kind.size > _MOST_SHARED:
        return None
    every = [fact for _, facts in kind.varying for each in facts for fact in each]
    same = [_exact(each) for each in (*every, *kind.constant.values())]
    shape = tuple((names, len(facts)) for names, facts in kind.varying)
    return None if None in same else (shape, *kind.constant, *same, kind.fields, kind.choice)


def _exact(fact: object) -> object:
    """What tells a fact from all others, of which 1 is no True and 0.0 no -0.0; `None` where that is not known."""
    if isinstance(fact, Form):
        return fact
    if isinstance(fact, Fixed):
        inner = _exact(fact.value)
        return None if inner is None else ("fixed", inner)
    return (type(fact), fact if isinstance(fact, str) else repr(fact)) if type(fact) in _PLAIN else None
