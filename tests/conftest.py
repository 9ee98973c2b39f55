"""One profile for every property, the same examples each time; and where coverage looks, since looking is what costs.

Python that is watched takes four times as long. So coverage looks on while test modules are read, fixtures are made and
tests run, and not while pytest goes from one to the next; of a property it sees the first examples, and of a test that
is marked `unwatched`, as those over whole tables are, nothing. All examples and tests run in full: what is left out is
only whether lines are reached once more.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None)
settings.load_profile("steady")

WATCHED = 20  # the examples of a property that coverage sees


class _Watch:
    """The coverage of this process, if there is any, which looks on only where it is asked to."""

    def __init__(self) -> None:
        self._coverage: Coverage | None = None
        self._on = False
        self._caches: list[Any] = []
        self._empty: list[Any] = []

    def take(self) -> None:
        """Import every module, then take over the coverage that runs, if any does, and look away.

        Hypothesis also draws the constants of whatever is loaded, so all is, whichever tests ran before.
        """
        # not at the top: a worker of xdist begins to look on only after it has read this file
        package = importlib.import_module("rlslabs")
        for each in pkgutil.walk_packages(package.__path__, "rlslabs."):
            if not each.name.endswith("__main__"):
                importlib.import_module(each.name)
        self._coverage = Coverage.current()
        if self._coverage is None:
            return
        ours = [vars(module) for name, module in sys.modules.items() if name.startswith("rlslabs.")]
        self._caches = [each for names in ours for each in names.values() if hasattr(each, "cache_clear")]
        self._coverage.stop()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Look on within, at least until `away`."""
        before = self._on
        self._turn(on=True)
        try:
            yield
        finally:
            self._turn(on=before)

    def away(self) -> None:
        """Look away until `back`."""
        self._turn(on=False)
        self._empty = [each for each in self._caches if not each.cache_info().currsize]

    def back(self) -> None:
        """Empty what was filled unseen, so that whatever test fills it next, the lines that do so are seen."""
        for each in self._empty:
            each.cache_clear()
        self._empty = []

    def _turn(self, *, on: bool) -> None:
        if self._coverage and on != self._on:
            (self._coverage.start if on else self._coverage.stop)()
        self._on = on


_WATCH = _Watch()


def pytest_collection_finish() -> None:
    """Look away between the tests."""
    _WATCH.take()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Iterator[None]:
    """Look on while a fixture is made."""
    with _WATCH.on():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Look on while a test runs, unless it is marked; at a property for its first examples."""
    handle: Any = getattr(pyfuncitem.obj, "hypothesis", None)
    every = handle and handle.inner_test
    try:
        with _WATCH.on():
            if pyfuncitem.get_closest_marker("unwatched"):
                _WATCH.away()
            elif handle:
                handle.inner_test = _watched_at_first(every)
            return (yield)
    finally:
        if handle:
            handle.inner_test = every
        _WATCH.back()


def _watched_at_first(every: Callable[..., object]) -> Callable[..., object]:
    """The same property, from which one looks away once enough examples were seen."""
    numbers = itertools.count()

    @functools.wraps(every)
    def one(*args: object, **named: object) -> object:
        if next(numbers) == WATCHED:
            _WATCH.away()
        return every(*args, **named)

    return one
