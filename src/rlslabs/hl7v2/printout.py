"""Judged HL7 v2 messages as text for a terminal: a report for each patient, what was refused, what else was sent."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs import report
from rlslabs.catalog import Catalog
from rlslabs.errors import printable
from rlslabs.explanation import Audience
from rlslabs.hl7v2.received import JudgedMessage, JudgedSegment, Segment
from rlslabs.wording import issue_words, refusal_words

_BY_NAME = "told-by-name"
"""A notice of nearly every result of a laboratory that sends no LOINC, and so said once."""


def message(judged: JudgedMessage, audience: Audience, catalog: Catalog, *, width: int, colour: bool) -> str:
    """One message: a report for each patient in it, what was said of its results, and its other tests by name."""
    told = judged.message
    register = int(audience == "patient")
    parts = [f"Message {told.number} (line {told.line}): {told.type or 'of no type'} {told.version}".rstrip()]
    parts += [f"{issue.message}. [{issue.code}]" for issue in told.issues]
    pairs = list(judged.segments())
    at = 0
    for index, (one, panel) in enumerate(zip(told.reports, judged.panels, strict=True), 1):
        mine = pairs[at : at + len(one.segments)]
        at += len(one.segments)
        parts += ["", f"Patient {index} of {len(told.reports)}" if len(told.reports) > 1 else ""]
        labels = [_called(segment) for segment, line in mine if line is not None]
        if panel.lines:
            parts.append(report.text(panel, audience, labels=labels, width=width, colour=colour, catalog=catalog))
        parts += [text for each in mine for text in _said(each, register)]
        named = [segment.place for segment, _ in mine if any(one.code == _BY_NAME for one in segment.notices)]
        parts += [f"Told by name, without a LOINC code: {', '.join(named)}. [{_BY_NAME}]"] if named else []
        others = dict.fromkeys(segment.written for segment, _ in mine if segment.is_other)
        parts += ["", f"Other tests, not judged here: {', '.join(others)}."] if others else []
    return "\n".join(parts)


def refusals(judged: JudgedMessage) -> Iterator[str]:
    """What was refused of a message, and of the results of our tests in it, a line each."""
    for issue in judged.message.issues:
        yield f"message {judged.message.number}: {issue.message}. [{issue.code}]"
    for each in judged.segments():
        if each.issue is not None and not each.segment.is_other:
            yield f"{_called(each.segment)}: {refusal_words(each.issue, 0)} [{each.issue.code}]"


def is_refused(judged: JudgedMessage) -> bool:
    """Whether a message, or a result of one of our tests in it, was refused."""
    faults = [issue for issue in judged.message.issues if issue.code != "character-set-guessed"]
    return bool(faults) or any(each.issue and not each.segment.is_other for each in judged.segments())


def _called(segment: Segment) -> str:
    return f"{segment.place}, {segment.written}" if segment.written else segment.place


def _said(each: JudgedSegment, register: int) -> Iterator[str]:
    """What is to be said of a segment beside its answer: why it was refused, notices, and a flag that differs."""
    segment, line = each
    if line is None and each.issue is not None and not segment.is_other:
        yield f"{_called(segment)}: {refusal_words(each.issue, register)} [{each.issue.code}]"
    for issue in (issue for issue in segment.notices if issue.code != _BY_NAME):
        yield f"{_called(segment)}: {issue_words(issue, register)} [{issue.code}]"
    it = each.interpretation
    if it is not None and segment.flags and it.hl7 and not it.open_sided and set(segment.flags) != set(it.hl7):
        theirs, ours = printable(", ".join(segment.flags)), ", ".join(it.hl7)
        yield f"{_called(segment)}: the laboratory flags it {theirs}; by the range used here it is {ours}."
