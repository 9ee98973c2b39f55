"""Judged HL7 v2 messages as text for a terminal: a report for each patient, what was refused, what else was sent."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs import report
from rlslabs.answers import PanelLine
from rlslabs.catalog import Catalog
from rlslabs.errors import printable
from rlslabs.explanation import Audience
from rlslabs.hl7v2.received import JudgedMessage, Segment
from rlslabs.model import Issue


def message(judged: JudgedMessage, audience: Audience, catalog: Catalog, *, width: int, colour: bool) -> str:
    """One message: a report for each patient in it, what was said of its results, and its other tests by name."""
    told = judged.message
    parts = [f"Message {told.number} (line {told.line}): {told.type or 'of no type'} {told.version}".rstrip()]
    parts += [f"{issue.message}. [{issue.code}]" for issue in told.issues]
    pairs = list(judged.segments())
    at = 0
    for index, (one, panel) in enumerate(zip(told.reports, judged.panels, strict=True), 1):
        mine = pairs[at : at + len(one.segments)]
        at += len(one.segments)
        parts += ["", f"Patient {index} of {len(told.reports)}" if len(told.reports) > 1 else ""]
        labels = [f"Line {segment.line}" for segment, line in mine if line is not None]
        if panel.lines:
            parts.append(report.text(panel, audience, labels=labels, width=width, colour=colour, catalog=catalog))
        said = [text for segment, line in mine for text in _said(segment, line)]
        parts += said
        others = dict.fromkeys(segment.written for segment, _ in mine if _is_other(segment))
        parts += ["", f"Other tests, not judged here: {', '.join(others)}."] if others else []
    return "\n".join(parts)


def is_refused(judged: JudgedMessage) -> bool:
    """Whether a message, or a result of one of our tests in it, was refused."""
    faults = [issue for issue in judged.message.issues if issue.code != "character-set-guessed"]
    refusals = (_refusal(*pair) for pair in judged.segments() if not _is_other(pair[0]))
    return bool(faults) or any(refusals)


def _refusal(segment: Segment, line: PanelLine | None) -> Issue | None:
    return segment.issue or (line.issue if line is not None else None)


def _is_other(segment: Segment) -> bool:
    """Whether a segment holds a test that is none of ours."""
    return segment.issue is not None and segment.issue.code == "unknown-marker"


def _said(segment: Segment, line: PanelLine | None) -> Iterator[str]:
    """What is to be said of a segment beside its answer: notices, remarks, context, and a flag that differs."""
    if line is None:
        if segment.issue is not None and not _is_other(segment):
            yield f"Line {segment.line}, {segment.written}: {segment.issue.message}. [{segment.issue.code}]"
        return
    for issue in segment.notices:
        yield f"Line {segment.line}, {segment.written}: {issue.message}. [{issue.code}]"
    it = line.interpretation
    if it is not None and segment.flags and it.hl7 and set(segment.flags) != set(it.hl7):
        theirs, ours = printable(", ".join(segment.flags)), ", ".join(it.hl7)
        head = f"Line {segment.line}, {segment.written}"
        yield f"{head}: the laboratory flags it {theirs}; by the range used here it is {ours}."
