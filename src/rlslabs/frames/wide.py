"""Wide tables: one column a marker; each column judged, and on request the results of each person read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.catalog import FoundContext
from rlslabs.errors import FrameError, LabsError, shown
from rlslabs.frames.columns import check_column
from rlslabs.frames.dims import Dim, spread
from rlslabs.frames.fields import ALWAYS, CODES, Field
from rlslabs.frames.gather import gather
from rlslabs.frames.rows import Rows, Values, read_values
from rlslabs.frames.steps import ends_of, stepped
from rlslabs.frames.verdict import NO_FACTS, REFUSED, Choice, Verdict
from rlslabs.limits import plausibility
from rlslabs.lines import LineReader
from rlslabs.reading import accepted_unit
from rlslabs.reported import LabResult, Patient

if TYPE_CHECKING:
    from numpy.typing import NDArray

Codes = "NDArray[Any]"


class Column(NamedTuple):
    """A column of a wide table: the analyte that it holds, and in which unit."""

    name: str
    written: str
    unit: str
    analyte: str
    ucum: str
    context: bool


def check_wide(wide: object) -> None:
    """Refuse what does not say of each column which marker it holds in which unit.

    Raises:
        FrameError: A column comes without the two, or these are no columns.
    """
    if not isinstance(wide, Mapping):
        happened = f"The columns of the wide table are a {type(wide).__name__}"
        raise FrameError(happened, "write them as {'fer': ('ferritin', 'ng/mL')}", shown(wide))
    for name, said in wide.items():
        both = isinstance(said, tuple | list) and len(said) == len(("marker", "unit"))
        if not both or not all(isinstance(each, str | None) for each in said):
            happened = f"The column {shown(name)} comes without a marker and a unit"
            raise FrameError(happened, "write it as ('ferritin', 'ng/mL')", str(name)[:80], str(name))


def read_columns(schema: Mapping[str, Any], wide: Mapping[str, tuple[str, str]], choice: Choice) -> list[Column]:
    """The columns of a wide table, each with its analyte and unit.

    Raises:
        FrameError: A column is not there, or its analyte or unit is not known.
    """
    check_wide(wide)
    found: list[Column] = []
    for name, (written, unit) in wide.items():
        check_column(schema, name, "value")
        try:
            known = choice.catalog.find_context(written) or choice.catalog.find(written)
            accepted = accepted_unit(known.marker, unit or "")
        except LabsError as error:
            raise FrameError(f"The column {shown(name)}: {error.happened}", error.mend, error.text, name) from error
        if accepted is None:
            happened = f"The column {shown(name)} has no unit"
            raise FrameError(
                happened, f"give one of: {', '.join(each.ucum for each in known.marker.accepts)}", "", name
            )
        context = isinstance(known, FoundContext)
        found.append(Column(name, written, unit, known.marker.id, accepted.ucum, context))
    return found


def refuse_twice(names: Sequence[str]) -> None:
    """Refuse answers of which two would have one name: none is written over another.

    Raises:
        FrameError: Two would.
    """
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        happened = f"Two answers would both be called {shown(twice)}"
        raise FrameError(happened, "rename the column that begins so", twice[:80], twice)


def names_of(columns: Sequence[Column], fields: Sequence[Field]) -> list[str]:
    """The names of the answers on every column."""
    return [
        f"{each.name}_{field.name}" for each in columns for field in fields if not each.context or field.name == "issue"
    ]


def judge_columns(
    table: nw.DataFrame[Any], columns: Sequence[Column], people: list[Dim], fields: tuple[Field, ...], choice: Choice
) -> tuple[dict[str, Any], dict[str, list[str]], dict[str, Values]]:
    """The verdicts on every column, the categories of their codes, and the values that were judged."""
    found: dict[str, Any] = {}
    categories: dict[str, list[str]] = {}
    cells: dict[str, Values] = {}
    for each in columns:
        values = cells[each.name] = read_values(table[each.name], choice.decimal_mark)
        if each.context:
            found[f"{each.name}_issue"] = _context_issues(values, each, choice)
            categories[f"{each.name}_issue"] = [*CODES]
            continue
        judged, named = gather(rows_of(len(table), values, each.written, each.unit, people), fields, choice)
        found |= {f"{each.name}_{field}": codes for field, codes in judged.items()}
        categories |= {f"{each.name}_{field}": names for field, names in named.items()}
    return found, categories, cells


def rows_of(count: int, values: Values, marker: str, unit: str, people: Sequence[Dim]) -> Rows:
    """The rows of one column, all of one marker in one unit."""
    return Rows(count, values, [Dim(("marker", "unit"), np.zeros(count, np.int8), [(marker, unit)]), *people])


def judge_computed(
    number: NDArray[np.float64], marker: str, unit: str, *, people: Sequence[Dim], choice: Choice
) -> dict[str, Any]:
    """The verdicts on computed values of a marker."""
    found, _ = gather(rows_of(len(number), Values(number), marker, unit, people), ALWAYS, choice)
    return {name: spread(column) for name, column in found.items()}


def _context_issues(values: Values, column: Column, choice: Choice) -> NDArray[np.int8]:
    """The code of the issue of every value of a context analyte, -1 for none: it is read, and not judged."""
    reader = LineReader(choice.catalog, Patient(), None, None, strict=False)

    def ask(value: object) -> Verdict:
        text = value if isinstance(value, str) else None if value is None or isinstance(value, Decimal) else str(value)
        given = value if isinstance(value, Decimal) else None
        facts = {"marker": column.written, "unit": column.unit, "decimal_mark": choice.decimal_mark}
        line = reader.line(LabResult.trusted({**NO_FACTS, **facts, "value": given, "text": text}))
        noticed = line.context.issues[0] if line.context and line.context.issues else None
        issue = line.issue or noticed
        return REFUSED._replace(issue=issue.code if issue else None)

    def code(verdict: Verdict) -> int:
        return -1 if verdict.issue is None else CODES.index(verdict.issue)

    found = stepped(ends_of(*plausibility(choice.catalog.analyte(column.analyte), column.ucum)), ask)
    coded = np.array([code(each) for each in found.verdicts], np.int8)
    issues = coded[np.searchsorted(np.array(found.starts), values.number, side="right")]
    issues[np.isnan(values.number)] = code(found.missing)
    if values.codes is None or values.cells is None or values.form_of is None:
        return issues
    for place in np.flatnonzero(values.form_of).tolist():
        issues[place] = code(ask(values.cells[place]))
    every: NDArray[np.int8] = issues[values.codes]
    return every
