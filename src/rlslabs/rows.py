"""Answers as rows of cells between tabs, one a result, for a spreadsheet or another program."""

from __future__ import annotations

from collections.abc import Iterable

from rlslabs.errors import printable
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue
from rlslabs.wording import value_words

HEAD = "place\tpatient\tcollected\tmarker\tresult\tstandard\toptimal\tstatus\tissues\tassumed"


def row(
    where: tuple[str, str, str], marker: str | None, answer: Interpretation | Issue | None, notices: Iterable[Issue]
) -> str:
    """One result: where it stood, of whom and when, its value and places, and its status or why it has none.

    Behind that stand the codes of what is to be said of it, and what was taken for granted of the patient.
    """
    told, issues, assumed = ("", "", "", "context"), [*notices], ""
    if isinstance(answer, Issue):
        told = ("", "", "", f"refused [{answer.code}]")
    elif answer is not None:
        told = (value_words(answer.reading), answer.standard.position, answer.optimal.position, answer.status)
        issues += answer.issues
        assumed = " ".join(answer.assumptions)
    codes = " ".join(dict.fromkeys(issue.code for issue in issues))
    return "\t".join(printable(cell) for cell in (*where, marker or "?", *told, codes, assumed))
