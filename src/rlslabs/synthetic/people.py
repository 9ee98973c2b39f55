"""People and their results, drawn from a seed: markers that go together, and repeats over time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import NamedTuple

from rlslabs.population import Sex
from rlslabs.reported import Patient
from rlslabs.synthetic.groups import GROUPS, SATURATION, Group

_FIRST_DAY, _DAYS = date(2016, 1, 1), 1826
"""Whoever asks does so after the last sample of anybody, in April 2024, so that none is of a day to come."""

_APART = (60, 400)
_WORKDAYS = 5


class Drawn(NamedTuple):
    """One result of one person, before anything happens to it in an export; the value is exact, in the unit."""

    person: int
    sex: Sex | None
    born: date
    collected: date
    marker: str
    value: Decimal
    unit: str
    group: str
    pregnant: bool

    @property
    def patient(self) -> Patient:
        """The person as they are; nothing is left out."""
        return Patient(sex=self.sex, born=self.born, pregnant=self.pregnant)


class _Shape(NamedTuple):
    """The shape of one marker: median in women and men, and how far people, and samples of one person, lie apart.

    Source: `between` and `within` are published coefficients of variation (knowledge base, 7): ferritin 71.1 and
    14.5 %, iron 16.8 and 28.5, TIBC 10.3 and 4.8, B12 34.6 and 8.6, vitamin D 44.2 and 8.2. No published median was
    read: the medians are chosen here inside the reference ranges of adults; they are of no survey and no person.
    """

    women: float
    men: float
    between: float
    within: float
    places: int
    unit: str


_SHAPES = {
    "ferritin": _Shape(55, 120, 0.711, 0.145, 0, "ng/mL"),
    "iron": _Shape(80, 92, 0.168, 0.285, 0, "ug/dL"),
    "tibc": _Shape(335, 320, 0.103, 0.048, 0, "ug/dL"),
    "vitamin_b12": _Shape(470, 450, 0.346, 0.086, 0, "pg/mL"),
    "vitamin_d": _Shape(25, 24, 0.442, 0.082, 1, "ng/mL"),
}
_UNITS = {SATURATION: "%", **{name: shape.unit for name, shape in _SHAPES.items()}}
_STORES = {"ferritin": 0.8, "iron": 0.45, "tibc": -0.6}
"""How far each marker follows one person's iron stores: ferritin and iron with them, TIBC against them."""

_ORDINARY = GROUPS[0]


def draw_cohort(patients: int, seed: int, people: str = "adults") -> Iterator[Drawn]:
    """Results of as many people as are asked for; the same seed gives the same people on every machine.

    A saturation is 100 x iron / TIBC of the same sample, rounded to a whole percent, so that it never contradicts them.

    Args:
        patients: How many people.
        seed: What they are drawn from.
        people: `adults` of the ordinary shape, or `all` groups.
    """
    shares = [each.share for each in GROUPS]
    for person in range(1, patients + 1):
        group = _ORDINARY
        if people == "all":
            (group,) = Random(f"{seed}/{person}/group").choices(GROUPS, shares)
        yield from _person(person, group, Random(f"{seed}/{person}"))


def _person(person: int, group: Group, random: Random) -> Iterator[Drawn]:
    sex: Sex = "female" if random.random() < 1 / 2 else "male"
    sex = group.sex or sex
    day = _workday(_FIRST_DAY + timedelta(days=random.randrange(_DAYS)), random)
    youngest, oldest = group.ages
    born = day - timedelta(days=random.randrange(youngest * 366, oldest * 365))
    stores = random.gauss(0, 1)
    own = {name: _level(name, sex, stores, random) for name in _SHAPES} | _windowed(group, random)
    known = sex if group.sex_known else None
    result = partial(Drawn, person=person, sex=known, born=born, group=group.name, pregnant=group.pregnant)
    for _ in range(random.randint(1, group.visits)):
        for name, value in _sample(own, group, random).items():
            yield result(collected=day, marker=name, value=value, unit=_UNITS[name])
        day = _workday(day + timedelta(days=random.randrange(*_APART)), random)


def _sample(own: dict[str, float], group: Group, random: Random) -> dict[str, Decimal]:
    """The values of one sample about a person's own levels; drawn again until every one lies within its window."""
    while True:
        now = {name: own[name] * math.exp(random.gauss(0, _spread(_SHAPES[name].within))) for name in _SHAPES}
        sample = {name: _rounded(now[name], _SHAPES[name].places) for name in _SHAPES}
        sample["iron"] = min(sample["iron"], sample["tibc"])
        share = (100 * sample["iron"] / sample["tibc"]).quantize(Decimal(1))
        sample[SATURATION] = max(share, Decimal(1))
        if all(low < sample[name] < high for name, (low, high) in group.windows.items()):
            return sample


def _workday(day: date, random: Random) -> date:
    """The day, or where it is of a weekend, any day of the week before it."""
    return day if day.weekday() < _WORKDAYS else day - timedelta(days=day.weekday() - random.randrange(_WORKDAYS))


def _level(name: str, sex: Sex, stores: float, random: Random) -> float:
    """The level about which one person's results of a marker lie."""
    shape, follows = _SHAPES[name], _STORES.get(name, 0.0)
    median = shape.women if sex == "female" else shape.men
    apart = follows * stores + math.sqrt(1 - follows * follows) * random.gauss(0, 1)
    return median * math.exp(_spread(shape.between) * apart)


def _windowed(group: Group, random: Random) -> dict[str, float]:
    """The levels that lie in the windows of a group; where its saturation has one, the iron that gives it."""
    levels = {name: low * (high / low) ** random.random() for name, (low, high) in group.windows.items()}
    if SATURATION in levels:
        levels["iron"] = levels.pop(SATURATION) * levels["tibc"] / 100
    return levels


def _spread(variation: float) -> float:
    """The standard deviation of the logarithm of a log-normal value with this coefficient of variation."""
    return math.sqrt(math.log(1 + variation * variation))


def _rounded(value: float, places: int) -> Decimal:
    return max(Decimal(f"{value:.{places}f}"), Decimal(1))
