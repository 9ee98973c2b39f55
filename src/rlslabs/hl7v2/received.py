"""The frozen nouns of an HL7 v2 message: what was received, segment by segment, and what was judged of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.answers import ContextReading, Panel, PanelLine
from rlslabs.facts import Frozen
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue
from rlslabs.reported import LabResult, Patient


class Segment(Frozen):
    """One OBX segment: the result that it holds, or the issue for which it was refused.

    `number` counts the segments of the message from 1, `line` the lines of the file. `set_id` is OBX-1. `written` is
    the test as OBX-3 names it. `status` is OBX-11, `flags` are the codes in OBX-8, all as sent. `notices` are said of
    a result that is judged all the same.
    """

    number: int
    line: int
    set_id: str
    written: str
    status: str
    flags: tuple[str, ...]
    result: LabResult | None
    issue: Issue | None
    notices: tuple[Issue, ...]

    @property
    def place(self) -> str:
        """Where it stands, in words: `OBX 11 (line 16)`."""
        return f"{f'OBX {self.set_id}'.rstrip()} (line {self.line})"

    @property
    def is_other(self) -> bool:
        """Whether it holds a test that is none of ours; such a segment is passed over."""
        return self.issue is not None and self.issue.code == "unknown-marker"


class JudgedSegment(NamedTuple):
    """An OBX segment with the line of its panel, or `None` where no result was read."""

    segment: Segment
    line: PanelLine | None

    @property
    def interpretation(self) -> Interpretation | None:
        """The interpretation, where the result was judged."""
        return None if self.line is None else self.line.interpretation

    @property
    def issue(self) -> Issue | None:
        """Why it was refused, while it was read or while it was judged."""
        return self.segment.issue if self.line is None else self.line.issue

    @property
    def answer(self) -> Interpretation | ContextReading | Issue | None:
        """The one answer about it: an interpretation, a reading for context, or the issue it was refused for."""
        return self.interpretation or (self.line.context if self.line is not None else None) or self.issue


class Report(Frozen):
    """The results of one patient in a message; `issue` says why the patient's facts could not be read, if so."""

    patient: Patient
    segments: tuple[Segment, ...]
    issue: Issue | None

    @property
    def results(self) -> tuple[LabResult, ...]:
        """The results that were read, in the order sent."""
        return tuple(each.result for each in self.segments if each.result is not None)


class Message(Frozen):
    """One message: its type and version as sent, the codec it was read with, and a report for each patient.

    `issues` are about the message as a whole; where it is refused, there is no report.
    """

    number: int
    line: int
    type: str
    version: str
    character_set: str
    reports: tuple[Report, ...]
    issues: tuple[Issue, ...]


class JudgedMessage(Frozen):
    """A message with a panel for each of its reports, in order; the lines of a panel are the report's results."""

    message: Message
    panels: tuple[Panel, ...]

    def segments(self) -> Iterator[JudgedSegment]:
        """Every OBX segment with its answer, in the order sent."""
        for report, panel in zip(self.message.reports, self.panels, strict=True):
            lines = iter(panel.lines)
            for each in report.segments:
                yield JudgedSegment(each, None if each.result is None else next(lines))
