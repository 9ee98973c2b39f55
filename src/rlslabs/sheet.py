"""A file of results, one line each, as comma-, semicolon- or tab-separated text: read, and judged line by line."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.checks import fold_name
from rlslabs.errors import LabsError, MarkerConflictError, PregnancyError, SheetError, shown
from rlslabs.facts import Frozen
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue

_COLUMNS = {
    "marker": ("marker", "test", "analyte", "name", "component", "test name"),
    "loinc": ("loinc", "code", "loinc code"),
    "value": ("value", "result", "result value"),
    "unit": ("unit", "units"),
    "comparator": ("comparator", "operator"),
    "range": ("range", "reference range", "ref range", "reference interval"),
    "low": ("low", "reference low", "range low"),
    "high": ("high", "reference high", "range high"),
    "sex": ("sex", "gender"),
    "age": ("age", "age at collection"),
    "born": ("born", "date of birth", "birth date", "dob"),
    "pregnant": ("pregnant", "pregnancy"),
    "collected": ("collected", "collection date", "date collected", "sample date", "date"),
}
_KNOWN = {fold_name(name): column for column, names in _COLUMNS.items() for name in names}
_PREGNANT = {
    **dict.fromkeys(("yes", "y", "true", "1"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
    **dict.fromkeys(("", "unknown"), None),
}


class Line(NamedTuple):
    """One line of the file: its number, and its cells by column, or why it cannot be read."""

    number: int
    cells: dict[str, str]
    fault: LabsError | None = None


class Sheet(NamedTuple):
    """The lines of a file, and the headers of the columns that are not read."""

    lines: list[Line]
    unread: tuple[str, ...]


class JudgedLine(Frozen):
    """A line of a file with its answer: an interpretation, or the issue for which it was refused."""

    line: int
    written: str
    interpretation: Interpretation | None
    issue: Issue | None


class JudgedSheet(Frozen):
    """Every line of a file in order, judged or refused, and the headers of the columns that were not read."""

    lines: tuple[JudgedLine, ...]
    unread: tuple[str, ...]


def read_sheet(content: bytes) -> Sheet:
    """Read a file of results: a header line, then a result a line; empty lines are passed over.

    The columns are told by their headers (marker or LOINC, value, unit, range, sex, age and others), in any order.

    Raises:
        SheetError: The file cannot be read as a whole; it names line and column.
    """
    text = _decoded(content)
    rows = _rows(text)
    first = next(rows, None)
    if first is None:
        happened = "The file is empty"
        raise SheetError(happened, "begin it with a header such as marker,value,unit,sex,age")
    number, header = first
    columns = _columns(header, number)
    unread = tuple(name for name, column in zip(header, columns, strict=True) if column is None and name.strip())
    return Sheet([_line(number, cells, columns) for number, cells in rows], unread)


def judge_sheet(
    sheet: Sheet, catalog: Catalog, interpret: Callable[..., Interpretation], facts: dict[str, object]
) -> JudgedSheet:
    """Judge every line; one that is refused keeps its place, with its issue.

    `facts` hold for lines whose own cells are empty, such as `sex` and `age` of the one patient of a report.
    """
    return JudgedSheet.trusted(
        {"lines": tuple(_judged(line, catalog, interpret, facts) for line in sheet.lines), "unread": sheet.unread}
    )


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        happened = f"The file is not UTF-8 text (byte 0x{content[error.start]:02X})"
        raise SheetError(happened, "save it as CSV in UTF-8", "", line, column) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line it begins on."""
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            happened = f"The line is not separated text: {error}"
            raise SheetError(happened, "check its quotation marks", "", number, 1) from error
        if any(cell.strip() for cell in row):
            yield number, row


def _columns(header: list[str], number: int) -> list[str | None]:
    found: list[str | None] = []
    for index, name in enumerate(header, 1):
        column = _KNOWN.get(fold_name(name))
        if column is not None and column in found:
            happened = f"The column {shown(name)} gives the {column} a second time"
            raise SheetError(happened, "keep one of the two columns", name[:80], number, index)
        found.append(column)
    for needed, wanted in (("marker", "marker or loinc"), ("value", "value")):
        if needed in found or (needed == "marker" and "loinc" in found):
            continue
        near = [name for name in header if difflib.get_close_matches(fold_name(name), _KNOWN, 1, 0.7)]
        hint = f"; did {shown(near[0])} mean it?" if near else ""
        happened = f"There is no column called {wanted}; the columns are {', '.join(map(shown, header[:20]))}"
        raise SheetError(happened, f"name one of them {wanted}{hint}", "", number, 1)
    return found


def _line(number: int, cells: list[str], columns: list[str | None]) -> Line:
    named = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column is not None}
    extra = [cell for cell in cells[len(columns) :] if cell.strip()]
    fault: SheetError | None = None
    if extra or len(cells) < len(columns):
        happened = f"The line has {len(cells)} cells and the header {len(columns)}"
        mend = 'put a cell that holds the separator into quotation marks, such as "1,220"'
        fault = SheetError(happened, mend, "", number, min(len(cells), len(columns)) + 1)
    return Line(number, named, fault)


def _judged(
    line: Line, catalog: Catalog, interpret: Callable[..., Interpretation], facts: dict[str, object]
) -> JudgedLine:
    cells = line.cells
    parts = (cells.get("marker") or cells.get("loinc", ""), f"{cells.get('comparator', '')}{cells.get('value', '')}")
    written = " ".join(part for part in (*parts, cells.get("unit", "")) if part)
    try:
        if line.fault is not None:
            raise line.fault
        it, issue = interpret(_marker(cells, catalog), catalog=catalog, **{**facts, **_facts(cells)}), None
    except LabsError as error:
        it, issue = None, Issue.of(error)
    return JudgedLine.trusted({"line": line.number, "written": written[:200], "interpretation": it, "issue": issue})


def _marker(cells: dict[str, str], catalog: Catalog) -> str:
    """The code where there is one, else the name; refused where both are known and disagree."""
    name, code = cells.get("marker", ""), cells.get("loinc", "")
    if name and code and catalog.find(name).marker.id != catalog.find(code).marker.id:
        happened = f"The line names {shown(name)}, and its code {code} is {catalog.find(code).marker.name}"
        raise MarkerConflictError(happened, "correct the name or the code", f"{name} {code}"[:80])
    return code or name


def _facts(cells: dict[str, str]) -> dict[str, object]:
    """The arguments that the cells of a line give; an empty cell gives none, but a value is always given."""
    given: dict[str, object] = {name: cells[name] for name in _SAID if cells.get(name)}
    given["value"] = cells.get("value", "")
    if cells.get("pregnant"):
        given["pregnant"] = _pregnant(cells["pregnant"])
    if not cells.get("range") and (cells.get("low") or cells.get("high")):
        low, high = cells.get("low", ""), cells.get("high", "")
        given["range"] = f"{low} - {high}" if low and high else f">={low}" if low else f"<={high}"
    return given


_SAID: tuple[Literal["unit", "comparator", "range", "sex", "age", "born", "collected"], ...] = (
    "unit",
    "comparator",
    "range",
    "sex",
    "age",
    "born",
    "collected",
)


def _pregnant(cell: str) -> bool | None:
    try:
        return _PREGNANT[cell.casefold()]
    except KeyError:
        happened = f"{shown(cell)} does not say whether the patient is pregnant"
        raise PregnancyError(happened, "write yes, no, or nothing", cell[:80]) from None
