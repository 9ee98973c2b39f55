"""A file of results as panels: every line judged or refused, and the lines of each patient read together."""

from __future__ import annotations

from typing import Any

from rlslabs.answers import ContextReading, Panel, PanelLine
from rlslabs.catalog import Catalog, Found, FoundContext
from rlslabs.cohort import who
from rlslabs.errors import (
    LabsError,
    MarkerConflictError,
    PregnancyError,
    RangeConflictError,
    SheetError,
    printable,
    shown,
)
from rlslabs.facts import Frozen
from rlslabs.given import as_given
from rlslabs.interpretation import Answer, Interpretation
from rlslabs.model import Issue
from rlslabs.panel import interpret_panel
from rlslabs.reported import LabResult, Patient
from rlslabs.sheet import Line, Sheet

_PREGNANT = {
    **dict.fromkeys(("yes", "y", "true", "1", "1.0"), True),
    **dict.fromkeys(("no", "n", "false", "0", "0.0"), False),
    **dict.fromkeys(("", "unknown"), None),
}


_LONGEST = 80


class JudgedLine(Frozen):
    """A line of a file with its answer, its context reading, or the issue for which it was refused."""

    line: int
    written: str
    answer: Answer | None
    context: ContextReading | None
    issue: Issue | None

    @property
    def interpretation(self) -> Interpretation | None:
        """The interpretation, if the line was judged."""
        return None if self.answer is None else self.answer.interpretation


class SheetPanel(Frozen):
    """The lines of one patient, by their numbers in the file, read together; `patient` is the file's name for them."""

    patient: str
    lines: tuple[int, ...]
    panel: Panel


class JudgedSheet(Frozen):
    """Every line of a file in order, judged or refused; a panel for each patient; and the headers that were not read.

    Lines are of one patient where they give the same name for the patient and the same facts; a line that gives none
    is of another patient than one that does.
    """

    lines: tuple[JudgedLine, ...]
    panels: tuple[SheetPanel, ...]
    unread: tuple[str, ...]


def judge_sheet(
    sheet: Sheet,
    catalog: Catalog,
    facts: dict[str, Any],
    **asked: Any,  # noqa: ANN401  the options of `interpret_panel`
) -> JudgedSheet:
    """Judge every line, and read the lines of each patient together; one that is refused keeps its place.

    Args:
        sheet: The file as it was read.
        catalog: The catalog to judge by.
        facts: What holds for lines whose own cells are empty, such as `sex` and `age` of the one patient of a report.
        asked: What `interpret_panel` is asked for, such as `standard` and `strict`.

    Raises:
        LabsError: A set or a circumstance that is asked for is unknown.
    """
    catalog.set("standard", asked.get("standard"))
    catalog.set("optimal", asked.get("optimal"))
    given: dict[tuple[str, Patient], dict[int, LabResult]] = {}
    answers: dict[int, PanelLine | Issue] = {}
    for index, line in enumerate(sheet.lines):
        try:
            result, patient = _given(line, catalog, facts)
            who(patient, result.collected, strict=bool(asked.get("strict")))
        except SheetError as error:
            happened = f"{error.happened}; {error.mend}"
            answers[index] = Issue.trusted({"code": error.code, "message": happened, "text": ""})
        except LabsError as error:
            answers[index] = Issue.of(error)
        else:
            given.setdefault((printable(line.cells.get("patient", "")[:_LONGEST]), patient), {})[index] = result
    panels: list[SheetPanel] = []
    for (name, patient), results in given.items():
        panel = interpret_panel(list(results.values()), patient, catalog=catalog, **asked)
        numbers = tuple(sheet.lines[index].number for index in results)
        panels.append(SheetPanel.trusted({"patient": name, "lines": numbers, "panel": panel}))
        answers.update(zip(results, panel.lines, strict=True))
    lines = tuple(_judged(line, answers[index]) for index, line in enumerate(sheet.lines))
    return JudgedSheet.trusted({"lines": lines, "panels": tuple(panels), "unread": sheet.unread})


def _given(line: Line, catalog: Catalog, facts: dict[str, Any]) -> tuple[LabResult, Patient]:
    """The result and the patient of a line."""
    if line.fault is not None:
        raise line.fault
    said = _facts(line.cells)
    theirs = {**facts, "age": None, "born": None} if {"age", "born"} & set(said) else facts
    declared = (*said.pop("circumstances", ()), *theirs.get("circumstances", ()))
    return as_given(_marker(line.cells, catalog), catalog=catalog, **{**theirs, **said, "circumstances": declared})


def _judged(line: Line, answer: PanelLine | Issue) -> JudgedLine:
    cells = line.cells
    parts = (cells.get("marker") or cells.get("loinc", ""), f"{cells.get('comparator', '')}{cells.get('value', '')}")
    written = printable(" ".join(part for part in (*parts, cells.get("unit", "")) if part))
    it, context, issue = (
        (None, None, answer) if isinstance(answer, Issue) else (answer.interpretation, answer.context, answer.issue)
    )
    return JudgedLine.trusted(
        {
            "line": line.number,
            "written": written[:200],
            "answer": it and Answer.of(it),
            "context": context,
            "issue": issue,
        }
    )


def _marker(cells: dict[str, str], catalog: Catalog) -> str:
    """The code where there is one, else the name; refused where both are known and disagree."""
    name, code = cells.get("marker", ""), cells.get("loinc", "")
    if name and code:
        named, coded = _found(name, catalog), _found(code, catalog)
        if named.marker.id != coded.marker.id or (named.partial and not coded.partial):
            happened = f"The line names {shown(name)}, and its code {code} is {coded.code.name if coded.code else code}"
            raise MarkerConflictError(happened, "correct the name or the code", f"{name} {code}"[:80])
    return code or name


def _found(name: str, catalog: Catalog) -> Found | FoundContext:
    return catalog.find_context(name) or catalog.find(name)


def _facts(cells: dict[str, str]) -> dict[str, Any]:
    """The arguments that the cells of a line give; an empty cell gives none, but a value is always given."""
    given: dict[str, Any] = {name: cells[name] for name in _SAID if cells.get(name)}
    given["value"] = cells.get("value", "")
    if cells.get("circumstances"):
        given["circumstances"] = tuple(cells["circumstances"].replace(";", " ").replace(",", " ").split())
    if cells.get("pregnant"):
        given["pregnant"] = read_pregnant(cells["pregnant"])
    low, high = cells.get("low", ""), cells.get("high", "")
    if low or high:
        pair = f"{low} - {high}" if low and high else f">={low}" if low else f"<={high}"
        if "".join(str(given.setdefault("range", pair)).split()) != "".join(pair.split()):
            happened = f"The line gives the range {shown(given['range'])} and also {shown(pair)}"
            raise RangeConflictError(happened, "give it once", pair[:80])
    return given


_SAID = ("unit", "comparator", "range", "sex", "age", "born", "collected", "specimen", "method")


def read_pregnant(cell: str) -> bool | None:
    """Whether a cell says that the patient is pregnant: yes, no, or nothing.

    Raises:
        PregnancyError: It says something else.
    """
    try:
        return _PREGNANT[cell.casefold()]
    except KeyError:
        happened = f"{shown(cell)} does not say whether the patient is pregnant"
        raise PregnancyError(happened, "write yes, no, or nothing", cell[:80]) from None
