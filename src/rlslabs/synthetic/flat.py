"""A synthetic cohort as one table: as CSV, every cell text as it was written, and as Parquet, columns of types."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rlslabs.errors import MissingExtraError
from rlslabs.synthetic.mess import Mess, Row
from rlslabs.synthetic.people import Drawn
from rlslabs.synthetic.truth import facts_of

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_TEXT: tuple[str, Callable[[str], object]] = ("string", str)
_KINDS: dict[str, tuple[str, Callable[[str], object]]] = {
    "row": ("int64", int),
    "patient": ("int64", int),
    "birth_date": ("date32", date.fromisoformat),
    "collected": ("date32", date.fromisoformat),
    "value": ("float64", float),
}
"""The Arrow types of columns that are no text, and how a cell is read; a float holds every digit of a value here."""


def write_csv(out: Path, rows: Iterable[tuple[Mess, Drawn]]) -> list[Path]:
    """The rows as CSV."""
    return [write_rows(out, [mess.row for mess, _ in rows])]


def write_parquet(out: Path, rows: Sequence[tuple[Mess, Drawn]]) -> list[Path]:
    """The rows of the CSV export as one Parquet file: days, whole numbers and values as such; an empty cell is null.

    The values are text where one of them is no plain number, because it has a comparator or a comma.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        happened = "pyarrow is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[files]'", "files") from error
    kinds = _KINDS if _are_numbers(rows) else {**_KINDS, "value": _TEXT}
    columns = {}
    for name in rows[0][0].row:
        kind, read = kinds.get(name, _TEXT)
        cells = [read(mess.row[name]) if mess.row[name] else None for mess, _ in rows]
        columns[name] = arrow.array(cells, getattr(arrow, kind)())
    parquet.write_table(arrow.table(columns), out)
    return [out]


def facts_of_columns(rows: Sequence[tuple[Mess, Drawn]]) -> list[dict[str, Any]]:
    """What each row of the Parquet file says: a column of numbers leaves no point in doubt."""
    mark = "." if _are_numbers(rows) else None
    return [{**facts_of(mess.row), "decimal_mark": mark} for mess, _ in rows]


def _are_numbers(rows: Iterable[tuple[Mess, Drawn]]) -> bool:
    return all(_NUMBER.fullmatch(mess.row["value"]) for mess, _ in rows if mess.row["value"])


def write_rows(path: Path, rows: Iterable[Row]) -> Path:
    """Rows as CSV; the first one says the columns."""
    every = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(every[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(every)
    return path
