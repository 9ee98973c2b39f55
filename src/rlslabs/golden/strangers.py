"""Questions about people of whom something is unknown: of every marker, by every set of ranges, also strictly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from rlslabs.catalog import Catalog
from rlslabs.edges import step
from rlslabs.golden.edgecases import Draft, asked
from rlslabs.golden.question import AskedPatient
from rlslabs.limits import table
from rlslabs.population import ADULT
from rlslabs.units import EXACT, tidy

_PEOPLE: dict[str, AskedPatient] = {
    "anybody": AskedPatient(),
    "female": AskedPatient(sex="female"),
    "male": AskedPatient(sex="male"),
    "40": AskedPatient(age=40),
    "mother": AskedPatient(sex="female", age=30, pregnant=True),
    "not-pregnant": AskedPatient(sex="female", pregnant=False),
    "female-40": AskedPatient(sex="female", age=40),
    "65": AskedPatient(age=65, pregnant=False),
    "10": AskedPatient(age=10),
    "boy-17": AskedPatient(sex="male", age=17),
}
_BY_OTHER_SETS = ("anybody", "female", "male", "40", "mother")
"""Who is asked about by every set; by the default set it is everybody, and strictly too."""


def strangers(catalog: Catalog) -> Iterator[Draft]:
    """Values on which the answer hangs: on one side of a limit for some of whom the patient could be, and not for all.

    Also one that is low for every adult and one that is within every adult's range.
    """
    default = catalog.set("standard").id
    for marker in catalog.markers.values():
        known = table(catalog, marker.id, marker.unit).sets
        for name in (each.id for each in catalog.sets.values() if each.kind == "standard"):
            ends = [each.cut[:2] for each in known[name] if each.population.ages.end > ADULT.start]
            for value in dict.fromkeys(_values(ends)):
                for who in _PEOPLE if name == default else _BY_OTHER_SETS:
                    for strict in (False, True) if name == default else (False,):
                        question = asked(marker.id, value, marker.unit, _PEOPLE[who])
                        if name != default:
                            question = question.model_copy(update={"standard": name})
                        yield Draft(
                            f"population/{name}/{marker.id}/{value:f}/{who}/{'strict' if strict else 'plain'}",
                            "population",
                            "everybody whom the patient could be is judged, by the set that is asked for",
                            question.model_copy(update={"strict": strict}),
                        )


def _values(ends: Iterable[tuple[Decimal | None, Decimal | None]]) -> Iterator[Decimal]:
    """Below every low limit, between two that differ, between the low and the high ones, and the same of the high."""
    lows = sorted({low for low, _ in ends if low is not None})
    highs = sorted({high for _, high in ends if high is not None})
    if lows:
        yield tidy(EXACT.subtract(lows[0], step(lows[0], 2)))
    for low, high in (*pairwise(lows), *zip(lows[-1:], highs[:1], strict=False), *pairwise(highs)):
        yield tidy(EXACT.divide(EXACT.add(low, high), Decimal(2)))
