"""Completed years put together where no range begins or ends between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from rlslabs.population import OLDEST, age_span


def year_classes(edges: Sequence[int]) -> list[int]:
    """The first year of each class of ages, from 0; a person of any age of a class is judged alike."""
    found: list[int] = []
    last: tuple[int, int] | None = None
    for year in range(OLDEST + 1):
        span = age_span(year)
        where = (bisect_right(edges, span.start), bisect_left(edges, span.end))
        if where != last:
            found.append(year)
        last = where
    return found
