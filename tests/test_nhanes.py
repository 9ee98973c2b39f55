"""Every person of the NHANES 2003-2004 public files, judged in both published unit systems."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from rlslabs import Interpretation, interpret
from rlslabs.catalog import builtin
from rlslabs.limits import cut
from rlslabs.units import factor

FILE = Path(__file__).parents[2] / "shared" / "data" / "nhanes_2003_2004.csv"
PAIRS = {
    "ferritin": (("ferritin_ng_ml", "ng/mL"), ("ferritin_ug_l", "ug/L")),
    "iron": (("iron_ug_dl", "ug/dL"), ("iron_umol_l", "umol/L")),
    "tibc": (("tibc_ug_dl", "ug/dL"), ("tibc_umol_l", "umol/L")),
    "vitamin_b12": (("b12_pg_ml", "pg/mL"), ("b12_pmol_l", "pmol/L")),
}
TOLERANCE = {"iron": Decimal("0.05"), "tibc": Decimal("0.0751"), "vitamin_b12": Decimal("0.5")}
PREGNANT = {"1": True, "2": False}

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the NHANES file is not beside this checkout")


def people() -> Iterator[dict[str, str]]:
    """Every person of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def judge(marker: str, value: Decimal, unit: str, person: dict[str, str]) -> Interpretation:
    """One result of a person, with the facts that the file gives."""
    return interpret(
        marker,
        value,
        unit,
        sex=person["sex"],
        age=f"{person['age_months']} mo" if person["age_months"] else int(person["age_years"]),
        pregnant=False if person["sex"] == "M" else PREGNANT.get(person["pregnancy_code"]),
    )


def parted(one: Interpretation, two: Interpretation) -> bool:
    """Whether the two answers differ, and then a limit lies between the two published numbers."""
    if (one.standard.possible, one.optimal.possible) == (two.standard.possible, two.optimal.possible):
        return False
    places = ((one.standard, two.standard), (one.optimal, two.optimal))
    pairs = [pair for first, second in places for pair in zip(first.limits, second.limits, strict=True)]
    assert any(cut(left).positions(one.reading) != cut(right).positions(two.reading) for left, right in pairs)
    return True


@pytest.mark.unwatched
def test_both_published_unit_systems_give_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Two answers come only from two published numbers that rounding put on two sides of a limit; they are counted."""
    judged: Counter[str] = Counter()
    statuses: Counter[tuple[str, str]] = Counter()
    crossed: Counter[tuple[str, str, str]] = Counter()
    for person in people():
        for marker, ((column, unit), (si_column, si_unit)) in PAIRS.items():
            if not person[column]:
                continue
            value, si = Decimal(person[column]), Decimal(person[si_column])
            one, two = judge(marker, value, unit, person), judge(marker, si, si_unit, person)
            judged[marker] += 1
            statuses[marker, one.status] += 1
            if parted(one, two):
                mass = builtin().markers[marker].molar_mass
                exact = Fraction(value) * factor(unit, si_unit, mass.value if mass else None)
                assert abs(exact - Fraction(si)) <= Fraction(TOLERANCE[marker])
                crossed[marker, person[column], person[si_column]] += 1
    assert judged == {"ferritin": 2981, "iron": 2904, "tibc": 2904, "vitamin_b12": 8267}
    assert statuses["ferritin", "below-optimal"] > statuses["ferritin", "optimal"] > 0
    with capsys.disabled():
        print(f"\nNHANES: {judged.total()} pairs judged, {crossed.total()} parted by their published rounding:")
        for (marker, value_, si_), count in sorted(crossed.items()):
            (_, unit), (_, si_unit) = PAIRS[marker]
            print(f"  {marker} {value_} {unit} = {si_} {si_unit}: {count}")


@pytest.mark.unwatched
@pytest.mark.parametrize(
    ("marker", "column", "published", "other", "rows"),
    [
        ("transferrin_saturation", "tsat_pct", "%", "1", 2904),
        ("vitamin_d", "vitd_25oh_nmol_l", "nmol/L", "ng/mL", 8294),
    ],
)
def test_a_marker_published_in_one_unit_has_the_same_answer_in_the_other(
    marker: str, column: str, published: str, other: str, rows: int
) -> None:
    """Converted exactly, no person's answer changes."""
    mass = builtin().markers[marker].molar_mass
    by = factor(published, other, mass.value if mass else None)
    judged = 0
    for person in people():
        if person[column]:
            value = Decimal(person[column])
            converted = value * Decimal(by.numerator) / Decimal(by.denominator)
            assert not parted(judge(marker, value, published, person), judge(marker, converted, other, person))
            judged += 1
    assert judged == rows
