"""Strategies for patients: every population that a range is meant for, and everybody of whom something is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

from rlslabs.errors import UnreachableError
from rlslabs.population import OLDEST, Sex
from rlslabs.reported import Patient

PEOPLE: tuple[Patient, ...] = (
    Patient(sex="female", age=40, pregnant=False),
    Patient(sex="male", age=40),
    Patient(),
    Patient(sex="female", age=65, pregnant=False),
    Patient(sex="female"),
    Patient(sex="male"),
    Patient(age=40),
    Patient(sex="female", age=30, pregnant=True),
    Patient(sex="male", age=10),
    Patient(age="5 mo"),
    Patient(age=0),
)
"""One of each kind: grown, unknown, pregnant, a child, a baby."""

_SEXES: tuple[Sex | None, ...] = ("female", "male", None)
_EDGES = (
    *(40, 17, 18, 50, 51, 59, 60, 61, 5, 10, 15, 16, 19, 20, 30, 90, 0, 1, 2, 130),
    *("0 d", "9 d", "10 d", "4 wk", "5 wk", "6 wk", "7 wk", "2 mo", "3 mo", "5 mo", "6 mo", "11 mo"),
)
_MOTHERS = (15, 49)
_GROWN = 18
_GROWN_AGES = (
    st.sampled_from([each for each in _EDGES if isinstance(each, int) and each >= _GROWN]),
    st.integers(_GROWN, OLDEST),
)
_EARLIEST, _LATEST = date(1930, 1, 1), date(2025, 12, 31)


def patients(
    *,
    sexes: Sequence[Sex | None] = _SEXES,
    ages: st.SearchStrategy[int | str | None] | None = None,
    pregnant: bool | None = None,
    born: bool | None = None,
    adults: bool = False,
) -> st.SearchStrategy[Patient]:
    """Patients of whom anything may be unknown; nobody's facts contradict each other.

    Args:
        sexes: The sexes to choose from; `None` is unknown.
        ages: A strategy for ages; else ages at the edges of all age bands, any other, and unknown.
        pregnant: `True` for pregnant women only, `False` for nobody pregnant; else also unknown.
        born: `True` for a birth date in place of an age, `False` for none; else some.
        adults: Only people from 18 years, each with an age: a birth date alone says nothing of the day of collection.

    Raises:
        UnreachableError: Adults with a birth date in place of an age were asked for.
    """
    if adults:
        if born:
            happened = "A birth date alone makes nobody an adult"
            raise UnreachableError(happened, "ask for adults by age, or for people by birth date", "adults")
        ages = ages or (st.integers(_GROWN, _MOTHERS[1]) if pregnant else st.one_of(*_GROWN_AGES))
    if pregnant:
        grown = st.integers(*_MOTHERS) if ages is None else ages
        return st.builds(Patient, sex=st.just("female"), age=grown, pregnant=st.just(True))  # noqa: FBT003  a fact
    old = st.one_of(st.sampled_from(_EDGES), st.none(), st.integers(0, OLDEST)) if ages is None else ages
    maybe = st.just(False) if pregnant is False else st.sampled_from((False, None))  # noqa: FBT003  a fact
    aged = st.builds(Patient, sex=st.sampled_from(sexes), age=old, pregnant=maybe)
    day = st.dates(_EARLIEST, _LATEST)
    dated = st.builds(Patient, sex=st.sampled_from(sexes), born=day, pregnant=maybe)
    if adults and pregnant is None and "female" in sexes:
        return st.one_of(aged, patients(pregnant=True, adults=True))
    if born is not None or ages is not None:
        return dated if born and ages is None else aged
    if pregnant is None and "female" in sexes:
        return st.one_of(aged, dated, patients(pregnant=True))
    return st.one_of(aged, dated)
