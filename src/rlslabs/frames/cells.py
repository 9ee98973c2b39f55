"""The rows of a table as lines of CSV, of which no cell is taken for a formula; what is empty stays bare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rlslabs.errors import FrameError, shown

_DANGEROUS = r"^[=+\-@\t\r\n]"
_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?$"
_TO_BE_QUOTED = r'[",;\t\r\n]'
_TEXT = pa.large_string()
_END = b"\n"


def header(names: Sequence[str], delimiter: str) -> bytes:
    """The first line: the names of the columns."""
    safe = (f"'{name}" if re.match(_DANGEROUS, name) else name for name in names)
    return delimiter.join(map(_quoted, safe)).encode() + _END


def _quoted(cell: str) -> str:
    """A cell in quotation marks, where a reader would take it for something else without them."""
    escaped = cell.replace('"', '""')
    return f'"{escaped}"' if re.search(_TO_BE_QUOTED, cell) else cell


def lines(table: Any, delimiter: str) -> Any:  # noqa: ANN401  objects of PyArrow
    """The rows of a table as lines; a number stays bare as well, so that a reader finds the same types again.

    Raises:
        FrameError: A column holds what no cell of text can hold.
    """
    if not table.num_rows:
        return b""
    columns = [_cells(table.column(place), field) for place, field in enumerate(table.schema)]
    joined = pc.binary_join_element_wise(*columns, _scalar(delimiter), null_handling="replace")
    ended = pc.binary_join_element_wise(joined, _scalar(""), _scalar(_END.decode())).combine_chunks()
    return ended.buffers()[2].slice(0, pc.sum(pc.binary_length(ended)).as_py())


def _scalar(text: str) -> Any:  # noqa: ANN401  an object of PyArrow
    return pa.scalar(text, _TEXT)


def _cells(column: Any, field: Any) -> Any:  # noqa: ANN401  objects of PyArrow
    """A column as the text that CSV can hold; of categories each is read once."""
    try:
        if pa.types.is_dictionary(field.type):
            return pa.chunked_array([_text(each.dictionary).take(each.indices) for each in column.chunks], _TEXT)
        return _text(column)
    except (pa.ArrowException, OSError) as error:
        happened = f"The column {shown(field.name)} holds {field.type}, which no cell of CSV can hold"
        raise FrameError(happened, "write Parquet, or leave it out", field.name[:80], field.name) from error


def _text(column: Any) -> Any:  # noqa: ANN401  objects of PyArrow
    text = column.cast(_TEXT)
    return text if pa.types.is_primitive(column.type) else _safe(text)


def _safe(column: Any) -> Any:  # noqa: ANN401  objects of PyArrow
    """Text of which no cell is taken for a formula, in quotation marks where they are needed."""
    if not _any(column, f"{_DANGEROUS}|{_TO_BE_QUOTED}"):
        return column
    if _any(column, _DANGEROUS):
        dangerous = pc.match_substring_regex(column, _DANGEROUS)
        number = pc.match_substring_regex(column, _NUMBER)
        guarded = pc.binary_join_element_wise(_scalar("'"), column, _scalar(""))
        column = pc.if_else(pc.and_not(dangerous, number), guarded, column)
    odd = pc.match_substring_regex(column, _TO_BE_QUOTED)
    escaped = pc.replace_substring(column, '"', '""')
    quoted = pc.binary_join_element_wise(_scalar('"'), escaped, _scalar('"'), _scalar(""))
    return pc.if_else(odd, quoted, column)


def _any(column: Any, pattern: str) -> bool:  # noqa: ANN401  objects of PyArrow
    """Whether any cell holds this."""
    return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())
