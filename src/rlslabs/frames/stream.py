"""Files larger than memory, judged stretch by stretch: CSV and Parquet in and out, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from rlslabs.errors import FrameError, shown
from rlslabs.frames.cells import header, lines
from rlslabs.frames.delimited import PACKED, packing, read_names, rows_of_text

_STRETCH = 1 << 17
_CSV = (".csv", ".tsv", ".txt")


class Done(NamedTuple):
    """How many rows were read and written."""

    read: int
    written: int


Progress = Callable[[int, float | None], None]
"""Told after each stretch: the rows so far, and which part of all input they are, `None` where that is not known."""


def score_files(
    sources: Sequence[Path], target: Path, judge: Callable[[Any], Any], progress: Progress | None = None
) -> Done:
    """Judge every row of some files and write them into one; the target is written whole or not at all.

    Args:
        sources: CSV or Parquet files, CSV also packed as `.gz` or `.zst`, all with the same columns.
        target: The file to write: its ending says its form.
        judge: What judges a table of PyArrow.
        progress: Told how far it is.

    Raises:
        FrameError: A file cannot be read, or the columns differ.
    """
    check_files(sources, target)
    packed = any(packing(each) for each in sources)
    sizes = [each.stat().st_size or 1 for each in sources]
    read = written = 0
    given = _alike(sources, target)
    with _whole(target) as part, _Out(part, target) as out:
        for place, source in enumerate(sources):
            for table, share in _stretches(source):
                scored = judge(table)
                read, written = read + table.num_rows, written + scored.num_rows
                out.write(scored, given)
                if progress is not None:
                    progress(read, None if packed else (sum(sizes[:place]) + share * sizes[place]) / sum(sizes))
        if read != written:
            happened = f"{read} rows were read and {written} judged"
            raise FrameError(happened, "report this: no row may be lost")
    return Done(read, written)


def check_files(sources: Sequence[Path], target: Path) -> None:
    """Refuse files that cannot be read or written, before anything is judged.

    Raises:
        FrameError: One has another form, or is not there; or the output is one of the inputs, or a folder.
    """
    for each in (*sources, target):
        _form(each)
    for each in sources:
        if not each.exists() or each.is_dir():
            happened = f"{shown(each.name)} is a folder" if each.is_dir() else f"There is no file {shown(each.name)}"
            raise FrameError(happened, "check the path")
    if not target.parent.is_dir():
        happened = f"There is no folder {shown(target.parent.name)} for the output"
        raise FrameError(happened, "make it, or check the path")
    if target.is_dir():
        happened = f"The output {shown(target.name)} is a folder"
        raise FrameError(happened, "name a file in it")
    if target.resolve() in {each.resolve() for each in sources}:
        happened = f"The output {shown(target.name)} is one of the inputs"
        raise FrameError(happened, "write to another file")


def columns_of(source: Path) -> list[str]:
    """The names of the columns of a file."""
    return [*_schema(source).names]


def _schema(source: Path) -> Any:  # noqa: ANN401  a schema of PyArrow
    """The columns of a file, each with what it holds."""
    if _form(source) == ".parquet":
        with _parquet(source) as file:
            return file.schema_arrow
    return pa.schema([(name, pa.string()) for name in read_names(source)[0]])


def _alike(sources: Sequence[Path], target: Path) -> list[Any]:
    """The columns of all files, as one file is to hold them; nothing may stand where it may in any of them.

    Raises:
        FrameError: The columns differ; or, in Parquet, what they hold.
    """
    first = _schema(sources[0])
    found = [*first]
    for source in sources[1:]:
        other = _schema(source)
        if other.names != first.names:
            happened = f"The columns of {shown(source.name)} are not those of {shown(sources[0].name)}"
            raise FrameError(happened, "score files of one kind together")
        for mine, theirs in zip(first, other, strict=True):
            if mine.type != theirs.type and _form(target) == ".parquet":
                happened = (
                    f"The column {shown(mine.name)} holds {mine.type} in {shown(sources[0].name)} "
                    f"and {theirs.type} in {shown(source.name)}"
                )
                raise FrameError(happened, "score them apart, or write CSV", mine.name[:80], mine.name)
        found = [
            mine.with_nullable(mine.nullable or theirs.nullable) for mine, theirs in zip(found, other, strict=True)
        ]
    return found


@contextmanager
def _parquet(source: Path) -> Iterator[Any]:
    """A Parquet file, read.

    Raises:
        FrameError: It is none, or is damaged.
    """
    try:
        with pq.ParquetFile(source) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        happened = f"{shown(source.name)} is no Parquet file, or is damaged: {' '.join(str(error).split())[:300]}"
        raise FrameError(happened, "check the file") from error


def _form(path: Path) -> str:
    """The ending that tells the form of a file.

    Raises:
        FrameError: It tells none.
    """
    name = path.name.casefold()
    bare = name.removesuffix(Path(name).suffix) if Path(name).suffix in PACKED else name
    ending = Path(bare).suffix
    if ending in _CSV or name.endswith(".parquet"):
        return ending
    happened = f"The file {shown(path.name)} is neither CSV nor Parquet by its name"
    raise FrameError(happened, f"name it one of {', '.join((*_CSV, '.parquet'))}; CSV also with .gz or .zst")


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place at the end, and goes where there is none."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


class _Out:
    """Writes stretches of one table into a file."""

    def __init__(self, part: Path, target: Path) -> None:
        self._form = _form(target)
        self._packed = packing(target)
        self._file = pa.OSFile(str(part), "wb")
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        if not self._file.closed:
            self._file.close()

    def write(self, table: Any, given: Sequence[Any]) -> None:  # noqa: ANN401  a table of PyArrow
        """Write a stretch, whose first columns are those that were given, as `given` describes them."""
        if self._form == ".parquet":
            table = _plain(table, given)
            if self._writer is None:
                self._writer = pq.ParquetWriter(self._file, table.schema)
            self._writer.write_table(table)
            return
        delimiter = "\t" if self._form == ".tsv" else ","
        if self._writer is None:
            self._writer = pa.CompressedOutputStream(self._file, self._packed) if self._packed else self._file
            self._writer.write(header(table.schema.names, delimiter))
        self._writer.write(lines(table, delimiter))


def _plain(table: Any, given: Sequence[Any]) -> Any:  # noqa: ANN401  a table of PyArrow
    """The same table, with answers whose categories the next stretch may not share as text."""
    fields, columns = [*given], table.columns[: len(given)]
    for field, column in [*zip(table.schema, table.columns, strict=True)][len(given) :]:
        is_coded = pa.types.is_dictionary(field.type)
        fields.append(pa.field(field.name, pa.string()) if is_coded else field)
        columns.append(column.cast(pa.string()) if is_coded else column)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, table.schema.metadata))


def _stretches(source: Path) -> Iterator[tuple[Any, float]]:
    """The rows of a file, some at a time, each with how far into the file they reach; of no row, an empty table."""
    read = 0
    for table, share in _rows_of_parquet(source) if _form(source) == ".parquet" else rows_of_text(source):
        read += table.num_rows
        yield table, share
    if not read:
        yield _schema(source).empty_table(), 1.0


def _rows_of_parquet(source: Path) -> Iterator[tuple[Any, float]]:
    with _parquet(source) as file:
        total, read = max(file.metadata.num_rows, 1), 0
        for batch in file.iter_batches(_STRETCH):
            read += batch.num_rows
            yield pa.Table.from_batches([batch]), read / total
