"""The frozen nouns of a reading of FHIR: each result as it was read, the lab's own ranges, and what was refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from rlslabs.facts import Frozen, Number, Population
from rlslabs.interpretation import Interpretation
from rlslabs.model import Fact, Issue
from rlslabs.reported import LabResult, Patient, ReportedRange, readable


class OwnRange(Frozen):
    """A range that the laboratory printed: its ends, what it is meant for, or why it is not used.

    `kind` is `normal`, or what else the range is, such as `therapeutic`. `population` is `None` where it cannot be
    read; then the range is not used. `unpregnant` says that it does not hold in pregnancy. `words` is a text beside its
    numbers that is no range; where it is not understood the range is `doubtful`, and an answer holds with it and
    without it.
    """

    kind: str
    text: str | None
    low: Number | None
    high: Number | None
    unit: str | None
    words: str | None
    doubtful: bool
    population: Population | None
    unpregnant: bool
    issue: Issue | None

    def reported(self) -> ReportedRange:
        """The range as a result carries it."""
        ends = {"text": self.text, "low": self.low, "high": self.high, "unit": self.unit}
        return ReportedRange.trusted(ends)


class Case(Frozen):
    """The result and the patient, for one of the people that the facts leave open."""

    result: LabResult
    patient: Patient
    strict: bool


class Observed(Frozen):
    """One result of a resource: the cases that its facts leave open, or the issue for which it was refused.

    `path` says where it stands, `component` in which component; `id` and `subject` are as written. `person` is the same
    for the results of one patient and begins with `?` where nobody is named; `patient_id` is the patient's id on the
    server, where it is known, and `server` its address, where the reference or its entry says it. `facts` names what
    would settle which case it is. `collected` is the last day or time that the date of collection leaves open.
    `marker` is our id of what was measured, and `name` our name of it; `context` says that it is read beside the
    markers and not judged. `flags` are the laboratory's own codes. `undated` keeps a date that is not to the day, as
    written.
    """

    path: str
    component: int | None
    id: str | None
    subject: str
    person: str
    patient_id: str
    server: str
    collected: date | datetime | None
    marker: str | None
    name: str
    context: bool
    cases: tuple[Case, ...]
    facts: tuple[Fact, ...]
    ranges: tuple[OwnRange, ...]
    flags: tuple[str, ...]
    undated: str
    notices: tuple[Issue, ...]
    issue: Issue | None

    @property
    def title(self) -> str:
        """What the result is called where several stand together: its name, day, and id or else its path."""
        day = "" if self.collected is None else f" of {self.undated or self.collected.isoformat()[:10]}"
        where = readable(f"Observation/{self.id}" if self.id and self.component is None else self.path)[:80]
        return f"{self.name or 'A result'}{day}{f' ({where})' if where else ''}"

    @property
    def result(self) -> LabResult | None:
        """The result, as the first case has it."""
        return self.cases[0].result if self.cases else None

    @property
    def patient(self) -> Patient | None:
        """The patient, as the first case has it."""
        return self.cases[0].patient if self.cases else None


class Observations(Frozen):
    """What was read: every result of ours in the order of the document, and how many others were passed over."""

    observed: tuple[Observed, ...]
    passed_over: int

    @property
    def results(self) -> tuple[LabResult, ...]:
        """The results that can be judged or read for their context."""
        return tuple(each.cases[0].result for each in self.observed if each.cases)

    @property
    def refused(self) -> tuple[Observed, ...]:
        """What was refused, each with its issue."""
        return tuple(each for each in self.observed if each.issue is not None)


_NORMALITY: tuple[Literal["L", "N", "H"], ...] = ("L", "N", "H")


class Judged(Frozen):
    """A result as it was read, with its interpretation, or the issue for which it has none."""

    observed: Observed
    interpretation: Interpretation | None
    issue: Issue | None

    @property
    def differs(self) -> Literal["L", "N", "H"] | None:
        """Our code, where the laboratory flagged the result and not by that code."""
        if self.interpretation is None or not self.observed.flags:
            return None
        codes, flags = self.interpretation.hl7, self.observed.flags
        return next((code for code in _NORMALITY if code in codes and code not in flags), None)

    @property
    def unread(self) -> bool:
        """Whether the laboratory printed a range by which normality cannot be told.

        Another one decided, or should, or it was only taken to be meant for this patient.
        """
        seen, it = self.observed, self.interpretation
        if it is not None and (it.open_sided or it.taken_to_fit):
            return True
        if not seen.ranges or it is None or it.standard.set == "report":
            return False
        held = any(case.result.range is not None for case in seen.cases)
        return held or any(each.issue is not None for each in seen.ranges)
