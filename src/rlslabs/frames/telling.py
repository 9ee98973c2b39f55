"""The whole answer about some rows of a table, in words and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rlslabs import report
from rlslabs.answers import Panel
from rlslabs.errors import LabsError
from rlslabs.frames.verdict import NO_FACTS, Asked, Choice, issue_of, patient_of, present
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue
from rlslabs.panel import interpret_panel
from rlslabs.population import read_collected
from rlslabs.reported import LabResult, written_number

Wide = Mapping[str, tuple[str, str]]


class Told(NamedTuple):
    """What is said of one value, or of all results of a person together, where `column` is `None`.

    The row, its column, and the interpretation, the panel, or the issue for which it was refused.
    """

    row: int
    column: str | None
    answer: Interpretation | Panel | Issue

    def __str__(self) -> str:
        answer = self.answer
        if isinstance(answer, Panel):
            return report.text(answer)
        return f"{answer.message} [{answer.code}]" if isinstance(answer, Issue) else str(answer.explanation)


def tell(
    place: int, row: Mapping[str, object], roles: Mapping[str, str], wide: Wide | None, choice: Choice
) -> Iterator[Told]:
    """What is said of every value of a row."""
    facts: dict[str, Any] = {role: row[name] for role, name in roles.items() if role != "value"}
    if wide is None:
        yield Told(place, roles["value"], issue_of(Asked(**facts), row[roles["value"]], choice))
    for name, (analyte, unit) in (wide or {}).items():
        asked = Asked(**{**facts, "marker": analyte, "unit": unit})
        yield Told(place, name, issue_of(asked, row[name], choice))


def tell_together(row: Mapping[str, object], roles: Mapping[str, str], wide: Wide, choice: Choice) -> Panel | Issue:
    """What the results of a row say together, as `interpret_panel` reads them."""
    facts: dict[str, Any] = {role: row[name] for role, name in roles.items()}
    try:
        collected = read_collected(present(facts.get("collected")))
        shared = {**NO_FACTS, "collected": collected, "decimal_mark": choice.decimal_mark}
        results = [
            LabResult.trusted({**shared, "marker": analyte, "unit": unit, **_sorted(row[name])})
            for name, (analyte, unit) in wide.items()
        ]
        sets: dict[str, Any] = {"standard": choice.standard, "optimal": choice.optimal}
        patient = patient_of(Asked(**facts))
        return interpret_panel(results, patient, strict=choice.strict, catalog=choice.catalog, **sets)
    except LabsError as error:
        return Issue.of(error)


def _sorted(cell: object) -> dict[str, object]:
    """A cell as a number, or as text."""
    given = written_number(present(cell))
    return {"value": given, "text": None} if not isinstance(given, str) else {"value": None, "text": given}
