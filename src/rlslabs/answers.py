"""The frozen nouns of a panel: its lines, derived values, findings, guideline criteria, and what is said of samples."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from rlslabs.derive import Computed
from rlslabs.evaluate import Evidence
from rlslabs.facts import Frozen, Number, Source
from rlslabs.interpretation import Interpretation
from rlslabs.model import Assumption, Fact, Issue, Reading
from rlslabs.reported import LabResult, Patient
from rlslabs.trend import Trend

Answered = Literal["yes", "no", "undecided", "missing", "not-applicable"]


INCOMPLETE = "incomplete-panel"
"""The id of the one finding that is about the panel and not about the patient."""


class ContextReading(Frozen):
    """A context analyte as it was read: accepted, not judged."""

    analyte: str
    name: str
    reading: Reading
    issues: tuple[Issue, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.reading}: read, not judged"


class PanelLine(Frozen):
    """One result of a panel with its answer: an interpretation, a context reading, or the issue it was refused for.

    `remarks` are what the other results say of it.
    """

    result: LabResult
    interpretation: Interpretation | None
    context: ContextReading | None
    issue: Issue | None
    remarks: tuple[Issue, ...]

    def __str__(self) -> str:
        if self.issue is not None:
            return f"{self.result.marker}: refused [{self.issue.code}]"
        remarked = "".join(f" [{each.code}]" for each in self.remarks)
        return f"{self.interpretation or self.context}{remarked}"


class Derived(Frozen):
    """A computed value with its interpretation, or the issue for which it was refused."""

    computed: Computed
    interpretation: Interpretation | None
    issue: Issue | None


class Said(Frozen):
    """A sentence in both registers."""

    clinician: str
    patient: str


class Finding(Frozen):
    """What several results together are consistent with: never a diagnosis.

    `answered` is `yes`, `no`, `undecided` (an input is open, or a fact in `facts` is), `missing` (an input is not
    there), or `not-applicable`. `rests_on` are the tests made, `wants` what would complete the picture, and `first`
    says that it is said before everything else.
    """

    id: str
    name: str
    plain_name: str
    order: int
    first: bool
    answered: Answered
    rests_on: tuple[Evidence, ...]
    supports: tuple[Said, ...]
    against: tuple[Said, ...]
    missing: tuple[str, ...]
    wants: tuple[str, ...]
    facts: tuple[Fact, ...]
    grade: str
    said: Said
    sources: tuple[Source, ...]
    locator: str


class CriterionAnswer(Frozen):
    """Whether a criterion of a guideline is met, by which numbers; `edge` is what its words leave open.

    A `ceiling` is an upper limit: to meet it is no reason for anything by itself.
    """

    guideline: str
    id: str
    name: str
    plain_name: str
    order: int
    first: bool
    ceiling: bool
    answered: Answered
    rests_on: tuple[Evidence, ...]
    missing: tuple[str, ...]
    facts: tuple[Fact, ...]
    grade: str
    said: Said
    edge: str | None
    sources: tuple[Source, ...]
    locator: str


class Caveat(Frozen):
    """A guideline's own caveat."""

    guideline: str
    name: str
    plain_name: str
    said: Said
    sources: tuple[Source, ...]


class SampleNote(Frozen):
    """What a declared circumstance says of some results, and of which collections, where they are dated."""

    circumstance: str
    markers: tuple[str, ...]
    collected: tuple[date | datetime, ...]
    reassures: bool
    said: Said
    sources: tuple[Source, ...]


class Decision(Frozen):
    """The closest value in one direction at which an answer changes: the status of a line, or a criterion.

    `line` counts from 0. The answer changes at `value` itself where `at` is true, else only beyond it. `about` is
    `status`, or the guideline and the id of the criterion.
    """

    line: int
    marker: str
    about: str
    name: str
    direction: Literal["down", "up"]
    value: Number
    unit: str
    at: bool
    now: str
    then: str
    sources: tuple[Source, ...]


class Asked(Frozen):
    """How a panel was asked for: how many results, the sets by their ids, what was allowed, and changed values.

    `rcv` are reference change values in percent that were given with the call, by marker.
    """

    results: int
    standard: str
    optimal: str
    strict: bool
    estimate_tibc: bool
    nearest: bool
    rcv: tuple[tuple[str, Number], ...]


class Panel(Frozen):
    """Many results of one patient, read together. It informs; it is no diagnosis.

    `assumptions` are what was taken for granted of the patient for any result. `lines` are in the order given.
    `trends` are there for markers with several dated results, `decisions` where they were asked for. `wants_most` is
    the missing test that would settle most of what is open.
    """

    asked: Asked
    patient: Patient
    assumptions: tuple[Assumption, ...]
    lines: tuple[PanelLine, ...]
    derived: tuple[Derived, ...]
    findings: tuple[Finding, ...]
    criteria: tuple[CriterionAnswer, ...]
    caveats: tuple[Caveat, ...]
    sampling: tuple[SampleNote, ...]
    trends: tuple[Trend, ...]
    decisions: tuple[Decision, ...]
    missing: tuple[str, ...]
    wants_most: str | None

    def __str__(self) -> str:
        found = [each.name for each in self.findings if each.answered == "yes" and each.id != INCOMPLETE]
        return "\n".join([*map(str, self.lines), *([f"findings: {', '.join(found)}"] if found else [])])

    @property
    def interpretations(self) -> tuple[Interpretation, ...]:
        """The results that were judged, in the order given."""
        return tuple(line.interpretation for line in self.lines if line.interpretation is not None)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Every issue of the panel: refusals, remarks, and those of each result and derived value."""
        found: list[Issue] = []
        for line in self.lines:
            found += [line.issue] if line.issue else []
            found += [*line.remarks, *(line.interpretation.issues if line.interpretation else ())]
            found += line.context.issues if line.context else ()
        for each in self.derived:
            found += [each.issue] if each.issue else []
            found += each.interpretation.issues if each.interpretation else ()
        return tuple(found)
