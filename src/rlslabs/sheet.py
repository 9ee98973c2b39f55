"""A file of results, one line each, as comma-, semicolon- or tab-separated text: read, and not yet judged."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.checks import fold_name
from rlslabs.errors import LabsError, SheetError, printable, shown

COLUMNS = {
    "marker": ("marker", "test", "analyte", "name", "component", "test name", "parameter"),
    "loinc": ("loinc", "code", "loinc code"),
    "value": ("value", "result", "result value", "test result"),
    "unit": ("unit", "units", "uom", "result unit"),
    "comparator": ("comparator", "operator"),
    "range": ("range", "ref", "reference", "reference range", "ref range", "reference interval", "normal range"),
    "low": ("low", "reference low", "range low", "ref low"),
    "high": ("high", "reference high", "range high", "ref high"),
    "sex": ("sex", "gender", "patient sex"),
    "age": ("age", "age at collection", "patient age", "age years"),
    "born": ("born", "date of birth", "birth date", "birthday", "dob"),
    "pregnant": ("pregnant", "pregnancy", "pregnancy status"),
    "collected": (
        *("collected", "collection", "collection date", "date collected", "collection time", "sample date", "date"),
        *("taken", "taken on", "drawn", "drawn on", "sampled"),
    ),
    "specimen": ("specimen", "specimen type", "sample type"),
    "method": ("method", "assay", "test method"),
    "circumstances": ("circumstances", "declared"),
    "patient": ("patient", "patient id", "patient number", "mrn", "subject", "subject id", "person", "person id"),
}
"""The headers by which each column is known, whatever their case, punctuation, and what stands in brackets."""

_KNOWN = {fold_name(name): column for column, names in COLUMNS.items() for name in names}
_TELLING = re.compile(
    r"age|sex|dob|low|high|ref|lln|uln|mrn|(?:birth|born|preg|gender|range|reference|unit|uom|compar|operator|qualif"
    r"|prefix|lower|upper|limit|specimen|matrix|patient|subject|person|participant|surname|forename|firstname"
    r"|taken|drawn|sampled|collect|circumstance|condition).*"
)
"""Words of a header that would change the answer; a header with one of them is not passed over."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_HARMLESS = {
    "sex": {"mf", "fm", "malefemale"},
    "pregnant": {"yn", "yesno", "10", "truefalse"},
    "age": {"years", "year", "y", "yr", "yrs"},
    "born": {"yyyymmdd", "iso"},
    "collected": {"yyyymmdd", "iso"},
}
"""What may stand in the brackets of a header without changing what its cells mean."""

_AGE_UNITS = {**dict.fromkeys(("months", "month", "mo"), "mo"), **dict.fromkeys(("weeks", "wk"), "wk"), "days": "d"}
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n")
_NEAREST = 50


class Line(NamedTuple):
    """One line of the file: its number, and its cells by column, or why it cannot be read."""

    number: int
    cells: dict[str, str]
    fault: LabsError | None = None


class Sheet(NamedTuple):
    """The lines of a file, and the headers of the columns that are not read."""

    lines: list[Line]
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
    columns = read_header(header, number)
    pairs = zip(header, columns, strict=True)
    unread = tuple(printable(name) for name, each in pairs if each.column is None and name.strip())
    return Sheet([_line(number, cells, columns) for number, cells in rows], unread)


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
    said = _SEPARATOR_LINE.match(text)  # a spreadsheet's own first line
    skipped = 1 if said else 0
    text = text[said.end() :] if said else text
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = said[1] if said else max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1 + skipped
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            happened = f"The line is not separated text: {printable(str(error))}"
            raise SheetError(happened, "check its quotation marks", "", number, 1) from error
        if any(cell.strip() for cell in row):
            yield number, row


class _Header(NamedTuple):
    """The column that a header names, or none; and the unit that it names in brackets for every cell."""

    column: str | None
    unit: str


def read_header(header: list[str], number: int) -> list[_Header]:
    """What each header names; one that would change answers and is not known is refused.

    Raises:
        SheetError: A header cannot be told, or one that is needed is not there.
    """
    found: list[_Header] = []
    for index, name in enumerate(header, 1):
        bare, said = _BRACKETS.sub("", name), " ".join(_BRACKETS.findall(name)).strip()
        column = _KNOWN.get(fold_name(bare))
        if column is not None and column in {each.column for each in found}:
            happened = f"The column {shown(name)} gives the {column} a second time"
            raise SheetError(happened, "keep one of the two columns", name[:80], number, index)
        if column is None and (telling := seeming(name)):
            happened = f"The column {shown(name)} seems to hold the {telling}, and is not known by this name"
            raise SheetError(happened, f"rename it to one of: {', '.join(COLUMNS)}", name[:80], number, index)
        unit = _AGE_UNITS.get(fold_name(said), "") if column == "age" else said if column in {"value", "range"} else ""
        if column is not None and said and not unit and fold_name(said) not in _HARMLESS.get(column, ()):
            happened = f"The column {shown(name)} says {shown(said)} in brackets, which could change what it means"
            raise SheetError(happened, f"name it {column}, or by what it is", name[:80], number, index)
        found.append(_Header(column, unit))
    named = {each.column for each in found}
    for needed, wanted in (("marker", "marker or loinc"), ("value", "value")):
        if needed in named or (needed == "marker" and "loinc" in named):
            continue
        names = COLUMNS[needed]
        near = [name for name in header[:_NEAREST] if difflib.get_close_matches(fold_name(name), names, 1, 0.75)]
        hint = f"; did {shown(near[0])} mean it?" if near else ""
        happened = f"There is no column called {wanted}; the columns are {', '.join(map(shown, header[:_NEAREST]))}"
        raise SheetError(happened, f"name one of them {wanted}{hint}", "", number, 1)
    return found


def certain(name: str) -> str | None:
    """The column that a header names beyond doubt, or `None`."""
    column = _KNOWN.get(fold_name(_BRACKETS.sub("", name)))
    said = [fold_name(each) for each in _BRACKETS.findall(name)]
    return column if all(each in _HARMLESS.get(str(column), ()) for each in said) else None


def seeming(name: str) -> str | None:
    """The word for which a header, though not known, may hold what would change answers."""
    return next((word for word in _WORDS.findall(name) if _TELLING.fullmatch(word.casefold())), None)


def _line(number: int, cells: list[str], columns: list[_Header]) -> Line:
    named = {
        header.column: f"{cell.strip()} {header.unit}".strip() if cell.strip() else ""
        for header, cell in zip(columns, cells, strict=False)
        if header.column is not None
    }
    extra = [cell for cell in cells[len(columns) :] if cell.strip()]
    fault: SheetError | None = None
    if extra or len(cells) < len(columns):
        happened = f"The line has {len(cells)} cells and the header {len(columns)}"
        mend = 'put a cell that holds the separator into quotation marks, such as "1,220"'
        fault = SheetError(happened, mend, "", number, min(len(cells), len(columns)) + 1)
    return Line(number, named, fault)
