"""Rows of tables for tests, and what `interpret` says of each: the one truth that every engine is held to."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from rlslabs import LabsError, interpret
from rlslabs.catalog import builtin
from rlslabs.limits import table
from rlslabs.reported import ReportedRange

Row = dict[str, Any]
ANSWERS = ("standard", "optimal", "status", "issue")
MARKERS = (
    "ferritin",
    "2276-4",
    "Iron",
    "2500-7",
    "TSAT",
    "2502-3",
    "vitamin_b12",
    "14685-2",
    "25-OH vitamin D",
    "1989-3",
)
ODD_MARKERS = ("transferrin", "Ferritn", "", "2276-5", "CRP", "Mar-89", None)
UNITS = ("ng/mL", "µg/L", "ug/dL", "umol/L", "%", "1", "pg/mL", "pmol/L", "nmol/L", "NG/ML.", "fraction")
ODD_UNITS = ("mg/dL", "", "{x}", None)
SEXES = ("F", "male", "unknown", None, "?")
AGES = (0, 5, 17, 18, 50, 51, 52.7, 130, 131, -1, None)
PREGNANT = (True, False, None)
COMPARATORS = (None, None, "<", ">=", "less than", "=", "~")
RANGES = (None, None, "24-336", "< 150", "30 - 400 ng/mL", "400-30", "0.2-0.5", "abc")


def limits() -> list[float]:
    """Every limit of every marker in every unit, with its neighbours: where bugs live."""
    found: set[float] = set()
    catalog = builtin()
    for marker in catalog.markers.values():
        for each in marker.accepts:
            here = table(catalog, marker.id, each.ucum)
            cuts = [here.soft, here.hard, *(one.cut for ranges in here.sets.values() for one in ranges)]
            found |= {float(end) for one in cuts for end in (one.low, one.high) if end is not None}
    return sorted(found | {limit * (1 + tiny) for limit in found for tiny in (-1e-15, 1e-15, -1e-6, 1e-6)})


LIMITS = limits()
NUMBERS: st.SearchStrategy[float | None] = st.one_of(
    st.sampled_from(LIMITS),
    st.floats(0, 1000).map(lambda value: round(value, 1)),
    st.floats(),
    st.sampled_from((None, 0.0, -0.0, -1.0, 1e31, 1e-31, 0.5, 1.2, 1.5)),
)
TEXTS: st.SearchStrategy[str | None] = st.one_of(
    st.sampled_from(LIMITS).map(str),
    st.integers(0, 2000).map(str),
    st.tuples(
        st.sampled_from(("<", ">", ">= ", "less than ", "", "=")),
        st.floats(0, 500).map(lambda value: f"{value:.2f}"),
        st.sampled_from(("", " ng/mL", "ug/L", " %", " mg")),
    ).map("".join),
    st.sampled_from(
        (None, "", " ", "nan", "inf", "5-10", "20-60 ng/mL", "1,220", "12.345", "-3", "12,5", "abc", "1e3", "9-5")
    ),
    st.text(max_size=6),
)


def rows(values: st.SearchStrategy[Any], *, ranges: bool = False) -> st.SearchStrategy[list[Row]]:
    """Lists of rows, usual and odd facts mixed."""
    facts: dict[str, st.SearchStrategy[Any]] = {
        "marker": st.one_of(st.sampled_from(MARKERS), st.sampled_from(MARKERS + ODD_MARKERS)),
        "value": values,
        "unit": st.one_of(st.sampled_from(UNITS), st.sampled_from(UNITS + ODD_UNITS)),
        "sex": st.sampled_from(SEXES),
        "age": st.sampled_from(AGES),
        "pregnant": st.sampled_from(PREGNANT),
        "comparator": st.sampled_from(COMPARATORS),
    }
    if ranges:
        facts |= {
            "range": st.sampled_from(RANGES),
            "low": st.sampled_from((None, 20.0, 0.2)),
            "high": st.sampled_from((None, 150.0, 0.5, 10.0)),
        }
    return st.lists(st.fixed_dictionaries(facts), min_size=1, max_size=12)


def truth(row: Mapping[str, Any], **choices: Any) -> tuple[str | None, ...]:  # noqa: ANN401  whatever `interpret` takes
    """What `interpret` says of a row: standard place, optimal place, status, and the code of its first issue."""
    facts = {
        name: given
        for name, given in row.items()
        if name not in {"row", "marker", "value", "unit", "range", "low", "high"}
    }
    value = row["value"]
    if isinstance(value, float) and value != value:  # noqa: PLR0124  NaN is what a table holds where it holds nothing
        value = None
    printed = None
    if any(row.get(name) is not None for name in ("range", "low", "high")):
        printed = ReportedRange(text=row.get("range"), low=row.get("low"), high=row.get("high"))
    try:
        it = interpret(row["marker"] or "", value, row.get("unit"), **facts, range=printed, **choices)
    except LabsError as error:
        return None, None, None, error.code
    return it.standard.position, it.optimal.position, it.status, it.issues[0].code if it.issues else None


def answers(columns: Mapping[str, Sequence[Any]], prefix: str = "rls_") -> list[tuple[str | None, ...]]:
    """The answers of a scored table, row by row, with `None` for whatever it holds where it holds nothing."""
    found = [[each if isinstance(each, str) else None for each in columns[f"{prefix}{name}"]] for name in ANSWERS]
    return list(zip(*found, strict=True))


def many(count: int, *, text: bool = False) -> list[Row]:
    """The same many rows each time, usual and odd facts mixed, each with its number."""
    chance = random.Random(7)  # noqa: S311  no secret
    spoken = [
        "",
        "nan",
        "inf",
        "5-10",
        "20-60 ng/mL",
        "1,220",
        "12.345",
        "-3",
        "12,5",
        "abc",
        "<0",
        "<= 7",
        "=20",
        None,
    ]
    found: list[Row] = []
    for number in range(count):
        usual = chance.random() < 0.8
        value: Any = chance.choice([*LIMITS, *(round(chance.lognormvariate(4, 1.5), 1) for _ in range(len(LIMITS)))])
        if chance.random() < 0.1:
            value = chance.choice([None, 0.0, -1.0, 1e31, 1e-31, math.inf, -math.inf, math.nan, 0.5, 1.2])
        if text:
            said = chance.choice(["", "", "", "<", ">=", "< "]) + f"{abs(value or 0) % 5000:.2f}"
            value = said if chance.random() < 0.8 else chance.choice(spoken)
        found.append(
            {
                "row": number,
                "marker": chance.choice(MARKERS if usual else MARKERS + ODD_MARKERS),
                "value": value,
                "unit": chance.choice(UNITS[:-2] if usual else UNITS + ODD_UNITS),
                "sex": chance.choice(SEXES[:4] if usual else SEXES),
                "age": chance.choice(
                    [0.0, 2.0, 12.0, 18.0, 50.0, 51.0, 52.7, 90.0, 130.9, *([] if usual else [131.0, -1.0]), None]
                ),
                "pregnant": chance.choice([None, None, False, False, True]),
                "comparator": chance.choice(
                    [None, None, None, None, "<", ">=", *([] if usual else ["less than", "~"])]
                ),
            }
        )
    return found
