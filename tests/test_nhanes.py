"""Every person of the NHANES 2003-2004 public files, judged in both published unit systems."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from rlslabs import Interpretation, interpret
from rlslabs.catalog import builtin
from rlslabs.limits import cut

FILE = Path(__file__).parents[2] / "shared" / "data" / "nhanes_2003_2004.csv"
PAIRS = {
    "ferritin": (("ferritin_ng_ml", "ng/mL"), ("ferritin_ug_l", "ug/L")),
    "iron": (("iron_ug_dl", "ug/dL"), ("iron_umol_l", "umol/L")),
    "tibc": (("tibc_ug_dl", "ug/dL"), ("tibc_umol_l", "umol/L")),
    "vitamin_b12": (("b12_pg_ml", "pg/mL"), ("b12_pmol_l", "pmol/L")),
}
TOLERANCE = {"iron": Decimal("0.05"), "tibc": Decimal("0.0751"), "vitamin_b12": Decimal("0.05")}
PREGNANT = {"1": True, "2": False}

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the NHANES file is not beside this checkout")


def people() -> Iterator[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def judge(marker: str, value: str, unit: str, person: dict[str, str]) -> Interpretation:
    return interpret(
        marker,
        Decimal(value),
        unit,
        sex=person["sex"],
        age=f"{person['age_months']} mo" if person["age_months"] else int(person["age_years"]),
        pregnant=False if person["sex"] == "M" else PREGNANT.get(person["pregnancy_code"]),
    )


def between(one: Interpretation, two: Interpretation) -> bool:
    """Whether a limit lies between the two published numbers, so that their rounding moved one across it."""
    for first, second in ((one.standard, two.standard), (one.optimal, two.optimal)):
        for left, right in zip(first.limits, second.limits, strict=True):
            if cut(left).positions(one.reading) != cut(right).positions(two.reading):
                return True
    return False


def test_both_published_unit_systems_give_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Only a person whose two published numbers lie on different sides of a limit has two answers; they are counted."""
    judged: Counter[str] = Counter()
    statuses: Counter[tuple[str, str]] = Counter()
    crossed: Counter[tuple[str, str, str]] = Counter()
    markers = builtin().markers
    for person in people():
        for marker, ((column, unit), (si_column, si_unit)) in PAIRS.items():
            if not person[column]:
                continue
            one, two = judge(marker, person[column], unit, person), judge(marker, person[si_column], si_unit, person)
            judged[marker] += 1
            statuses[marker, one.status] += 1
            if (one.standard.possible, one.optimal.possible) != (two.standard.possible, two.optimal.possible):
                assert between(one, two)
                mass = markers[marker].molar_mass
                assert mass is not None
                exact = (
                    Decimal(person[column])
                    * (10 if unit == "ug/dL" else 1)
                    / mass.value
                    * (1000 if marker == "vitamin_b12" else 1)
                )
                assert abs(exact - Decimal(person[si_column])) <= TOLERANCE[marker] + Decimal("0.001") * exact
                crossed[marker, person[column], person[si_column]] += 1
    assert judged == {"ferritin": 2981, "iron": 2904, "tibc": 2904, "vitamin_b12": 8267}
    assert statuses["ferritin", "below-optimal"] > statuses["ferritin", "optimal"] > 0
    with capsys.disabled():
        print(
            f"\nNHANES: {sum(judged.values())} pairs judged, {sum(crossed.values())} split by their published rounding:"
        )
        for (marker, value, si), count in sorted(crossed.items()):
            print(f"  {marker} {value} {PAIRS[marker][0][1]} = {si} {PAIRS[marker][1][1]}: {count}")
