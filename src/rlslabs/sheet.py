"""A file of results, one line each, as comma-, semicolon- or tab-separated text: read, and judged line by line."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.checks import fold_name
from rlslabs.errors import (
    AnotherAnalyteError,
    LabsError,
    MarkerConflictError,
    PregnancyError,
    RangeConflictError,
    SheetError,
    printable,
    shown,
)
from rlslabs.facts import Frozen
from rlslabs.interpretation import Answer, Interpretation
from rlslabs.model import Issue

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
    "born": ("born", "date of birth", "birth date", "birthdate", "birthday", "dob"),
    "pregnant": ("pregnant", "pregnancy", "pregnancy status"),
    "collected": ("collected", "collection date", "date collected", "collection time", "sample date", "date"),
    "specimen": ("specimen", "specimen type", "sample type"),
}
"""The headers by which each column is known, whatever their case, punctuation, and what stands in brackets."""

_KNOWN = {fold_name(name): column for column, names in COLUMNS.items() for name in names}
_TELLING = re.compile(
    r"age|sex|dob|low|high|ref|lln|uln|(?:birth|born|preg|gender|range|reference|unit|uom|compar|operator|qualif|prefix"
    r"|lower|upper|limit|specimen|matrix).*"
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
    """A line of a file with its answer, or the issue for which it was refused."""

    line: int
    written: str
    answer: Answer | None
    issue: Issue | None

    @property
    def interpretation(self) -> Interpretation | None:
        """The interpretation, if the line was judged."""
        return None if self.answer is None else self.answer.interpretation


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
    pairs = zip(header, columns, strict=True)
    unread = tuple(printable(name) for name, each in pairs if each.column is None and name.strip())
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
            happened = f"The line is not separated text: {error}"
            raise SheetError(happened, "check its quotation marks", "", number, 1) from error
        if any(cell.strip() for cell in row):
            yield number, row


class _Header(NamedTuple):
    """The column that a header names, or none; and the unit that it names in brackets for every cell."""

    column: str | None
    unit: str = ""


def _columns(header: list[str], number: int) -> list[_Header]:
    """What each header names; one that would change answers and is not known is refused."""
    found: list[_Header] = []
    for index, name in enumerate(header, 1):
        bare, said = _BRACKETS.sub("", name), " ".join(_BRACKETS.findall(name)).strip()
        column = _KNOWN.get(fold_name(bare))
        if column is not None and column in {each.column for each in found}:
            happened = f"The column {shown(name)} gives the {column} a second time"
            raise SheetError(happened, "keep one of the two columns", name[:80], number, index)
        telling = [word for word in _WORDS.findall(name) if _TELLING.fullmatch(word.casefold())]
        if column is None and telling:
            happened = f"The column {shown(name)} seems to hold the {telling[0]}, and is not known by this name"
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


def _judged(
    line: Line, catalog: Catalog, interpret: Callable[..., Interpretation], facts: dict[str, object]
) -> JudgedLine:
    cells = line.cells
    parts = (cells.get("marker") or cells.get("loinc", ""), f"{cells.get('comparator', '')}{cells.get('value', '')}")
    written = printable(" ".join(part for part in (*parts, cells.get("unit", "")) if part))
    try:
        if line.fault is not None:
            raise line.fault
        _check_specimen(cells.get("specimen", ""))
        given = _facts(cells)
        theirs = {**facts, "age": None, "born": None} if {"age", "born"} & set(given) else facts
        it, issue = interpret(_marker(cells, catalog), catalog=catalog, **{**theirs, **given}), None
    except SheetError as error:
        it, issue = None, Issue.trusted({"code": error.code, "message": f"{error.happened}; {error.mend}", "text": ""})
    except LabsError as error:
        it, issue = None, Issue.of(error)
    return JudgedLine.trusted(
        {"line": line.number, "written": written[:200], "answer": it and Answer.of(it), "issue": issue}
    )


def _check_specimen(specimen: str) -> None:
    """Ranges are for serum and plasma; whatever else was measured is another analyte."""
    words = set(re.split(r"[^a-z]+", specimen.casefold())) - {""}
    other = words & {"urine", "blood", "csf", "fluid", "whole"} or not words & {"serum", "plasma", "ser", "plas"}
    if words and other:
        happened = f"The specimen is {shown(specimen)}, and the ranges are for serum and plasma"
        raise AnotherAnalyteError(happened, "leave it out here", specimen[:80])


def _marker(cells: dict[str, str], catalog: Catalog) -> str:
    """The code where there is one, else the name; refused where both are known and disagree."""
    name, code = cells.get("marker", ""), cells.get("loinc", "")
    if name and code:
        named, coded = catalog.find(name), catalog.find(code)
        if named.marker.id != coded.marker.id or (named.partial and not coded.partial):
            happened = f"The line names {shown(name)}, and its code {code} is {coded.code.name if coded.code else code}"
            raise MarkerConflictError(happened, "correct the name or the code", f"{name} {code}"[:80])
    return code or name


def _facts(cells: dict[str, str]) -> dict[str, object]:
    """The arguments that the cells of a line give; an empty cell gives none, but a value is always given."""
    given: dict[str, object] = {name: cells[name] for name in _SAID if cells.get(name)}
    given["value"] = cells.get("value", "")
    if cells.get("pregnant"):
        given["pregnant"] = _pregnant(cells["pregnant"])
    low, high = cells.get("low", ""), cells.get("high", "")
    if low or high:
        pair = f"{low} - {high}" if low and high else f">={low}" if low else f"<={high}"
        if "".join(str(given.setdefault("range", pair)).split()) != "".join(pair.split()):
            happened = f"The line gives the range {shown(given['range'])} and also {shown(pair)}"
            raise RangeConflictError(happened, "give it once", pair[:80])
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
