"""A synthetic cohort as one table: as CSV, every cell text as it was written, and as Parquet, columns of types."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from rlslabs.errors import MissingExtraError
from rlslabs.synthetic.mess import Mess, Row
from rlslabs.synthetic.people import Drawn
from rlslabs.synthetic.truth import facts_of

_PART = 50_000
"""So many rows of a Parquet file are held at a time, about 60 MB of them, and make one of its row groups."""

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
    with out.open("w", encoding="utf-8", newline="") as file:
        add = table(file)
        for mess, _ in rows:
            add(mess.row)
    return [out]


def write_parquet(out: Path, rows: Iterable[tuple[Mess, Drawn]], *, numbers: bool = True) -> list[Path]:
    """The rows of the CSV export as one Parquet file: days, whole numbers and values as such; an empty cell is null.

    Args:
        out: The file.
        rows: The rows, of which so many are held as make a part of the file.
        numbers: Whether each value is a plain number; else they are text.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        happened = "pyarrow is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[files]'", "files") from error
    cells: Iterator[Row] = (mess.row for mess, _ in rows)
    first = next(cells)
    cells = chain([first], cells)
    kinds = dict.fromkeys(first, _TEXT) | _KINDS | ({} if numbers else {"value": _TEXT})
    schema = arrow.schema([(name, getattr(arrow, kinds[name][0])()) for name in first])
    with parquet.ParquetWriter(out, schema) as writer:
        while part := [*islice(cells, _PART)]:
            columns = [[kinds[name][1](row[name]) if row[name] else None for row in part] for name in first]
            arrays = [arrow.array(each, kind) for each, kind in zip(columns, schema.types, strict=True)]
            writer.write_table(arrow.table(arrays, schema=schema))
    return [out]


def facts_of_numbers(row: Row, _: Drawn) -> dict[str, Any]:
    """What a row of the Parquet file says where the values are numbers, which leave no point in doubt."""
    return {**facts_of(row), "decimal_mark": "."}


def is_number(mess: Mess) -> bool:
    """Whether the value of a row is a plain number, or is not there."""
    return not mess.row["value"] or _NUMBER.fullmatch(mess.row["value"]) is not None


def table(file: TextIO) -> Callable[[Row], object]:
    """What writes one row of CSV after the other; the first one says the columns."""
    writer = csv.writer(file, lineterminator="\n")
    head: list[str] = []

    def add(row: Row) -> None:
        if not head:
            head.extend(row)
            writer.writerow(head)
        writer.writerow([row[name] for name in head])

    return add
