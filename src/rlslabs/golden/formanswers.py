"""Our own answers about FHIR resources and HL7 v2 messages, in the words that a vector and another reader exchange."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rlslabs import fhir
from rlslabs.errors import NOTICES, FhirError, MessageError, MissingExtraError
from rlslabs.golden.forms import AnsweredForm, AskedFhir, AskedForm, FormResult, NotDone
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue, Reading
from rlslabs.units import tidy


def answer_form(asked: AskedForm) -> AnsweredForm | NotDone:
    """Our own answer about a resource or message."""
    if isinstance(asked, AskedFhir):
        return _answer_fhir(asked.fhir)
    try:
        return _answer_hl7v2(asked.hl7v2)
    except MissingExtraError:
        return NotDone(not_done="hl7v2")


def _answer_fhir(resource: dict[str, Any]) -> AnsweredForm:
    try:
        judged, panels = fhir.judge(resource), fhir.panels(resource)
    except FhirError as error:
        return AnsweredForm(refused=error.code, results={})
    left = {each.path: each.issue.code for panel in panels for each in panel.refused if each.issue is not None}
    together = {each.path: each.notices for panel in panels for each in (*panel.observed, *panel.refused)}
    results = {
        each.observed.path: _result(
            each.observed.marker,
            each.interpretation,
            each.issue,
            (*each.observed.notices, *together.get(each.observed.path, ())),
            left_out=left.get(each.observed.path),
        )
        for each in judged
    }
    return AnsweredForm(results=results)


def _answer_hl7v2(text: str) -> AnsweredForm:
    from rlslabs import hl7v2  # noqa: PLC0415  its library comes with an extra

    try:
        messages = hl7v2.interpret(text.encode())
    except MessageError as error:
        return AnsweredForm(refused=error.code, results={})
    codes = sorted({each.code for judged in messages for each in judged.message.issues})
    results: dict[str, FormResult] = {}
    for number, (segment, line) in enumerate((each for judged in messages for each in judged.segments()), 1):
        context = None if line is None else line.context
        it = None if line is None else line.interpretation
        issue = segment.issue if line is None else line.issue
        results[f"OBX[{number}]"] = _result(None if context is None else context.analyte, it, issue, segment.notices)
    refused = next((each for each in codes if each not in NOTICES), None)
    return AnsweredForm(refused=refused, issues=tuple(each for each in codes if each in NOTICES), results=results)


def _result(
    marker: str | None,
    it: Interpretation | None,
    issue: Issue | None,
    notices: Iterable[Issue],
    *,
    left_out: str | None = None,
) -> FormResult:
    if issue is not None:
        return FormResult(refused=issue.code)
    if it is None:
        return FormResult(marker=marker, issues=tuple(sorted({each.code for each in notices})))
    return FormResult(
        marker=it.marker,
        value=_written(it.reading),
        unit=it.reading.unit,
        status=it.status,
        hl7=it.hl7,
        standard=it.standard.position,
        optimal=it.optimal.position,
        judged_by=it.standard.set,
        assumptions=it.assumptions,
        issues=tuple(sorted({each.code for each in (*notices, *it.issues)})),
        left_out=left_out,
    )


def _written(reading: Reading) -> str:
    """What was read, as text: `38`, `<5`, `40-60`."""
    low, high = reading.low, reading.low if reading.high is None else reading.high
    if reading.comparator is not None:
        return f"{reading.comparator}{tidy(low if reading.comparator.startswith('>') else high):f}"
    return f"{tidy(low):f}" if low == high else f"{tidy(low):f}-{tidy(high):f}"
