"""A synthetic cohort as one table, as CSV and as Parquet: every cell text, as it was written."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterable
from pathlib import Path

from rlslabs.errors import MissingExtraError
from rlslabs.synthetic.mess import Mess, Row
from rlslabs.synthetic.people import Drawn


def write_csv(out: Path, rows: Iterable[tuple[Mess, Drawn]]) -> list[Path]:
    """The rows as CSV."""
    return [write_rows(out, [mess.row for mess, _ in rows])]


def write_parquet(out: Path, rows: Iterable[tuple[Mess, Drawn]]) -> list[Path]:
    """The rows of the CSV export as one Parquet file, every column text.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        happened = "pyarrow is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[files]'", "files") from error
    parquet.write_table(arrow.Table.from_pylist([mess.row for mess, _ in rows]), out)
    return [out]


def write_rows(path: Path, rows: Iterable[Row]) -> Path:
    """Rows as CSV; the first one says the columns."""
    every = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(every[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(every)
    return path
