"""Comma-, semicolon- and tab-separated files, plain or packed, read some rows at a time; no cell swallows others."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from rlslabs.errors import FrameError, shown

PACKED: dict[str, Any] = {".gz": "gzip", ".zst": "zstd"}
_BLOCK = 1 << 23


def packing(path: Path) -> Any:  # noqa: ANN401  one of the words of PyArrow, or `None`
    """How a file is packed, by its name."""
    return PACKED.get(path.suffix.casefold())


def read_names(source: Path) -> tuple[list[str], str]:
    """The names of the columns of a file, and what separates them.

    Raises:
        FrameError: It has no header, or a name stands there twice; or it is no text.
    """
    with _lines(source) as (lines, delimiter):
        names = next(_records(lines, delimiter, source), [])
    if not names or len({*names}) < len(names):
        happened = f"{shown(source.name)} has {'a column twice' if names else 'no header'}"
        raise FrameError(happened, "begin it with a header of different names")
    return names, delimiter


def rows_of_text(source: Path) -> Iterator[tuple[Any, float]]:
    """The rows of a file, some at a time, each cell as text, with how far into the file they reach.

    Raises:
        FrameError: It cannot be read.
    """
    names, delimiter = read_names(source)
    size = source.stat().st_size or 1
    raw = pa.OSFile(str(source), "rb")
    packed = packing(source)
    is_checked = False
    try:
        with raw:
            content: Any = pa.CompressedInputStream(raw, packed) if packed else raw
            reader = pa_csv.open_csv(
                content,
                read_options=pa_csv.ReadOptions(block_size=_BLOCK),
                parse_options=pa_csv.ParseOptions(
                    delimiter=delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=len(names) > 1,  # in a file of one column an empty line is an empty cell
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                if not is_checked and _has_lines_in_cells(batch):
                    _check_quotation_marks(source)
                    is_checked = True
                yield pa.Table.from_batches([batch]), min(raw.tell() / size, 1.0)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        happened = f"{shown(source.name)} cannot be read: {' '.join(str(error).split())[:300]}"
        raise FrameError(happened, "check that line; save the file as CSV in UTF-8") from error


def _has_lines_in_cells(batch: Any) -> bool:  # noqa: ANN401  an object of PyArrow
    """Whether a cell holds the end of a line."""
    contents = (column.buffers()[2].to_pybytes() for column in batch.columns)
    return any(b"\n" in each or b"\r" in each for each in contents)


def _check_quotation_marks(source: Path) -> None:
    """Refuse a file in which a quotation mark is not closed: PyArrow takes the rows behind it for one long cell.

    Raises:
        FrameError: There is one, or text stands behind one that closes.
    """
    with _lines(source) as (lines, delimiter):
        for _ in _records(lines, delimiter, source):
            pass


def _records(lines: Iterator[str], delimiter: str, source: Path) -> Iterator[list[str]]:
    """The records of a file, by the strictest rules.

    Raises:
        FrameError: One does not keep them.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins = 1
    try:
        for record in reader:
            yield record
            begins = reader.line_num + 1
    except csv.Error as error:
        happened = f"The row that begins in line {begins} of {shown(source.name)} is not separated text: {error}"
        raise FrameError(happened, "check its quotation marks") from error


@contextmanager
def _lines(source: Path) -> Iterator[tuple[Iterator[str], str]]:
    """The lines of a file, and what separates their cells.

    Raises:
        FrameError: It is no text in UTF-8, or cannot be unpacked.
    """
    packed = packing(source)
    try:
        with pa.OSFile(str(source), "rb") as raw:
            content: Any = pa.CompressedInputStream(raw, packed) if packed else raw
            text = io.TextIOWrapper(content, "utf-8-sig", newline="")
            first = text.readline()
            yield chain([first], text), max(",;\t", key=first.count)
    except UnicodeDecodeError as error:
        happened = f"{shown(source.name)} is not UTF-8 text (byte 0x{error.object[error.start]:02X})"
        raise FrameError(happened, "save it as CSV in UTF-8") from error
    except (pa.ArrowInvalid, OSError) as error:
        happened = f"{shown(source.name)} cannot be unpacked"
        raise FrameError(happened, "check the file") from error
