"""Cases worked by hand from the cited pages, by somebody who had not read the data files."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from rlslabs import LabsError, interpret
from rlslabs.catalog import builtin
from rlslabs.population import TICKS, age_span, read_age

GOLDEN = Path(__file__).parent / "golden"
STEP = Decimal("0.0001")
OLDEST = 100


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a golden table."""
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LIMITS = rows("limits.csv")
CASES = rows("cases.csv")
READINGS = rows("readings.csv")


class Edge(NamedTuple):
    """A value near a limit, and the position it must have."""

    value: Decimal
    position: str


def edges(row: dict[str, str]) -> list[Edge]:
    """Values at, just below and just above each printed limit, with the position they must have."""
    found = []
    if row["low"]:
        low = Decimal(row["low"])
        found += [Edge(low - STEP, "below"), Edge(low, "below" if row["low_open"] == "yes" else "within")]
        found.append(Edge(low + STEP, "within"))
    if row["high"]:
        high = Decimal(row["high"])
        found += [Edge(high - STEP, "within"), Edge(high, "above" if row["high_open"] == "yes" else "within")]
        found.append(Edge(high + STEP, "above"))
    return found


def name(row: dict[str, str]) -> str:
    """A short name of a row, for the report."""
    return f"{row['set']}-{row['marker']}-{row['sex']}-{row['youngest']}"


@pytest.mark.parametrize("row", LIMITS, ids=name)
def test_every_printed_limit_holds_at_just_below_and_just_above_it(row: dict[str, str]) -> None:
    """A printed limit decides, for the youngest and the oldest of each sex that it is printed for."""
    for sex in ("female", "male") if row["sex"] == "any" else (row["sex"],):
        for age in (row["youngest"], row["oldest"] or str(OLDEST)):
            for edge in edges(row):
                it = interpret(
                    row["marker"],
                    edge.value,
                    row["unit"],
                    sex=sex,
                    age=age,
                    pregnant=False,
                    **{row["kind"]: row["set"]},  # type: ignore[arg-type]  # one of two keywords, by name
                )
                place = it.standard if row["kind"] == "standard" else it.optimal
                assert place.position == edge.position, (sex, age, edge)


def test_the_data_files_hold_no_range_that_the_golden_table_lacks() -> None:
    """Every range of the data files was worked by hand: set, marker, sex, ages, unit and both ends."""

    def key(row: dict[str, str]) -> tuple[object, ...]:
        youngest, oldest = (read_age(row[end] or OLDEST) for end in ("youngest", "oldest"))
        assert youngest is not None
        assert oldest is not None
        ends = tuple(Decimal(row[end]) if row[end] else None for end in ("low", "high"))
        return (row["set"], row["marker"], row["sex"], age_span(youngest).start, age_span(oldest).end, *ends)

    ours = set()
    for marker in builtin().markers.values():
        for each in marker.range:
            low, high = (None if bound is None else bound.value for bound in (each.low, each.high))
            start, end = each.applies_to.ages
            last = min(end, (OLDEST + 1) * TICKS["a"])
            ours |= {(name, marker.id, each.applies_to.sex or "any", start, last, low, high) for name in each.sets}
    assert ours == {key(row) for row in LIMITS}


@pytest.mark.parametrize(
    "row", CASES, ids=lambda row: f"{row['marker']}-{row['value']}-{row['unit']}-{row['sex']}-{row['age']}"
)
def test_a_case_worked_by_hand_has_its_answer(row: dict[str, str]) -> None:
    """Places, status and HL7 codes are those that the cited numbers give."""
    it = interpret(
        row["marker"],
        row["value"],
        row["unit"] or None,
        sex=row["sex"] or None,
        age=row["age"] or None,
        pregnant={"yes": True, "no": False, "": None}[row["pregnant"]],
        range=row["range"] or None,
        standard=row["set"] or None,
    )
    found = (it.standard.position, it.optimal.position, it.status, " ".join(it.hl7))
    assert found == (row["standard"], row["optimal"], row["status"], row["hl7"]), row["why"]


@pytest.mark.parametrize("row", READINGS, ids=lambda row: f"{row['marker']}-{row['text'][:20]}-{row['unit']}")
def test_a_text_is_read_as_laboratories_mean_it_or_refused_by_its_code(row: dict[str, str]) -> None:
    """Each spelling is read as one value and unit, or refused with the code that says why."""
    mark = row["decimal_mark"] or None
    try:
        it = interpret(row["marker"], row["text"], row["unit"] or None, decimal_mark=mark)  # type: ignore[arg-type]  # a cell
        found = f"{it.reading.words} {it.reading.unit}"
    except LabsError as error:
        found = error.code
    assert found == row["expect"]
