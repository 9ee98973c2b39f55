"""Strategies for patients: every population that a range is meant for, and everybody of whom something is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rlslabs.cohort import who
from rlslabs.errors import LabsError, UnreachableError
from rlslabs.population import OLDEST, TICKS, Sex, age_span, read_age, read_sex
from rlslabs.reported import Patient
from rlslabs.testing.drawing import pick

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

_Moments = tuple[st.SearchStrategy[Any], ...]
"""Ages, or days of birth; to be unknown is as much of a choice as any other, or failures would shrink to it."""


class _Kind(NamedTuple):
    """People of whom the same is known: their sexes, an age or a day of birth, and whether they are pregnant."""

    sexes: Sequence[Sex | None]
    field: str
    moments: _Moments
    pregnant: tuple[bool | None, ...]


_SEXES: tuple[Sex | None, ...] = ("female", "male", None)
_EDGES = (
    *(40, 17, 18, 50, 51, 59, 60, 61, 5, 10, 15, 16, 19, 20, 30, 90, 0, 1, 2, 130),
    *("0 d", "9 d", "10 d", "4 wk", "5 wk", "6 wk", "7 wk", "2 mo", "3 mo", "5 mo", "6 mo", "11 mo"),
)
_MOTHERS = (15, 49)
_GROWN = 18
_OFTEN = (50, 51, _GROWN)
"""Where the bands of grown people begin or end in the default sets."""
_GROWN_AGES: _Moments = (
    st.sampled_from([each for each in _EDGES if isinstance(each, int) and each >= _GROWN]),
    st.sampled_from(_OFTEN),
    st.integers(_GROWN, OLDEST),
)
_ANY_AGE: _Moments = (
    *(st.sampled_from(_EDGES), st.sampled_from((None, None)), st.sampled_from(_OFTEN), st.integers(0, OLDEST)),
)
_EARLIEST, _LATEST = date(1930, 1, 1), date(2025, 12, 31)
_LEAP_DAYS = [date(year, 2, 29) for year in (1972, 1940, 2000, 2008, 2024)]
_BIRTHS: _Moments = (*(st.dates(_EARLIEST, _LATEST), st.dates(_EARLIEST, _LATEST), st.sampled_from(_LEAP_DAYS)),)
_LAST_DAY = date(2026, 1, 1)
_LONGEST_LIFE = OLDEST * 365
_SPREAD = 7919
_BIRTHDAYS = (0, 18, 51, 10, 6, 1, 17, 60, 11)
"""Completed years at which bands of ages begin or end; 0 stands for any day of a life."""


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
        pregnant: `True` for pregnant women only, `False` for nobody pregnant. Else it is also unknown, and without ages
            of your own some women are pregnant.
        born: `True` for a birth date in place of an age, `False` for none; else some.
        adults: Only people from 18 years, each with an age: a birth date alone says nothing of the day of collection.

    Raises:
        LabsError: A sex cannot be read.
        UnreachableError: Nobody can be as was asked for: adults, pregnant women or ages by birth date, a pregnant man.
    """
    chosen = [read_sex(each) for each in ([sexes] if isinstance(sexes, str) else sexes)]
    if born and (adults or pregnant or ages is not None):
        happened = "A birth date alone gives no age, makes nobody an adult and no girl a mother"
        raise UnreachableError(happened, "ask for them by age, or for people by birth date", "born")
    if pregnant and "female" not in chosen:
        happened = "Nobody of these sexes can be pregnant"
        raise UnreachableError(happened, "ask for female among the sexes", "pregnant")
    own = None if ages is None else (ages.filter(_is_grown) if adults else ages,)
    mothers = own or (st.integers(_GROWN if adults else _MOTHERS[0], _MOTHERS[1]),)
    maybe = (False,) if pregnant is False else (False, None)
    kinds = [
        (not pregnant and not born, _Kind(chosen, "age", own or (_GROWN_AGES if adults else _ANY_AGE), maybe)),
        (
            not pregnant and ages is None and not adults and born is not False,
            _Kind(chosen, "born", _BIRTHS, maybe),
        ),
        (
            pregnant or (pregnant is None and ages is None and not born and "female" in chosen),
            _Kind(("female",), "age", mothers, (True,)),
        ),
    ]
    return _people([kind for wanted, kind in kinds if wanted])


@st.composite
def _people(draw: st.DrawFn, kinds: Sequence[_Kind]) -> Patient:
    """Somebody of one of the kinds; each takes as many choices, so that failures shrink to the first."""
    kind = pick(draw, kinds, "kind")
    sex, moments = pick(draw, kind.sexes, "sex"), pick(draw, kind.moments, "moments")
    said = {"sex": sex, kind.field: draw(moments), "pregnant": pick(draw, kind.pregnant, "pregnant")}
    return Patient.model_validate(said)


def collection(patient: Patient) -> date | None:
    """A day on which a sample was taken of a patient whose birth date is known; days differ from birth to birth.

    Most are on, just before or just after a birthday at which a band of ages begins or ends. With an age it is a day of
    that age; of somebody born after every such day it is the day of the birth.
    """
    if patient.born is None:
        return None
    if patient.age is not None:
        span = age_span(patient.age)
        return patient.born + timedelta(days=(span.start + span.end) // 2 // TICKS["d"])
    number = patient.born.toordinal() * _SPREAD
    years = _BIRTHDAYS[number % len(_BIRTHDAYS)]
    since = max((_LAST_DAY - patient.born).days, 0)
    days = years * 365 + years // 4 + number // 7 % 4 - 1
    if not years or days > since:
        days = number % (min(since, _LONGEST_LIFE) + 1)
    return patient.born + timedelta(days=days)


def fits(patient: Patient, day: date | None) -> bool:
    """Whether what is known of a patient can be true on a day of collection."""
    try:
        who(patient, day, strict=False)
    except LabsError:
        return False
    return True


def _is_grown(age: int | str | None) -> bool:
    read = read_age(age)
    return isinstance(read, int) and read >= _GROWN
