"""Answers as rows of cells between tabs, one a result, for a spreadsheet or another program."""

from __future__ import annotations

from rlslabs.errors import printable
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue
from rlslabs.wording import value_words

HEAD = "place\tpatient\tcollected\tmarker\tresult\tstandard\toptimal\tstatus"


def row(place: str, patient: str, collected: str, marker: str | None, answer: Interpretation | Issue | None) -> str:
    """One result: where it stood, of whom and when, its value and places, and its status or why it has none."""
    told = ("", "", "", "context")
    if isinstance(answer, Issue):
        told = ("", "", "", f"refused [{answer.code}]")
    elif answer is not None:
        told = (value_words(answer.reading), answer.standard.position, answer.optimal.position, answer.status)
    return "\t".join(printable(cell) for cell in (place, patient, collected, marker or "?", *told))
