"""How strategies draw: one of several things, and a value of a stretch; plain values, quickly drawn and shrunk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

from rlslabs.edges import DIGITS, Stretch, step
from rlslabs.units import EXACT, tidy

HAIRS = (3, 6, DIGITS)
"""The significant digits in which a value lies beside a limit by one step."""
T = TypeVar("T")


def named(names: Collection[str] | None) -> Collection[str] | None:
    """One name alone, as a list of it."""
    return [names] if isinstance(names, str) else names


def pick(draw: st.DrawFn, options: Sequence[T], what: str = "") -> T:
    """One of several things; a failure shrinks towards the first. To make a strategy for each choice is slow."""
    return options[draw(_place(len(options), sum(map(ord, what))))[1]]


@lru_cache(maxsize=1024)
def _place(count: int, what: int) -> st.SearchStrategy[tuple[int, int]]:
    """A place among so many things of a kind; Hypothesis mixes choices of one kind, and of no other.

    The only one takes a choice too, or failures would shrink to whom only one is open.
    """
    return st.sampled_from([(what, number) for number in (range(count) if count > 1 else (0, 0))])


_between = lru_cache(maxsize=4096)(st.integers)


def value_in(draw: st.DrawFn, stretch: Stretch) -> Decimal:
    """A value of a stretch: readable ones first, then those within a hair of its ends.

    Each takes as many choices, or a failure would shrink to a limit, which needs none.
    """
    (first, last, places), hairs = _values(stretch)
    readable = pick(draw, (True, False), "readable")
    if not readable and hairs:
        return pick(draw, hairs, "hair")
    return tidy(Decimal(draw(_between(first, last))).scaleb(-places, EXACT))


@lru_cache(maxsize=4096)
def _values(stretch: Stretch) -> tuple[tuple[int, int, int], list[Decimal]]:
    near = [EXACT.add(stretch.low, step(stretch.low or stretch.high, digits)) for digits in HAIRS]
    near += [EXACT.subtract(stretch.high, step(stretch.high, digits)) for digits in HAIRS]
    return stretch.grid, [tidy(value) for value in near if stretch.low < value < stretch.high]
