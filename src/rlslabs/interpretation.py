"""The answer about one result: both places, the status, and everything they rest on."""

from __future__ import annotations

from functools import cached_property
from typing import Self

from pydantic import model_validator

from rlslabs.explain import explain
from rlslabs.facts import Frozen, Note, Source
from rlslabs.model import (
    Assumption,
    Audience,
    Explanation,
    Hl7Code,
    Issue,
    LabResult,
    Patient,
    Place,
    Reading,
    Status,
    status_of,
)


class Interpretation(Frozen):
    """Where one result stands against the standard and against the optimal range.

    It informs; it is no diagnosis. `hl7` holds codes of HL7 v3 ObservationInterpretation: `L`, `N` or `H` by the
    standard place alone, and `<` or `>` for a result off the scale. `notes` are the cited sentences that apply.
    `assumptions` names what was taken for granted of the patient.
    """

    result: LabResult
    patient: Patient
    marker: str
    name: str
    plain_name: str
    reading: Reading
    standard: Place
    optimal: Place
    status: Status
    hl7: tuple[Hl7Code, ...]
    assumptions: tuple[Assumption, ...]
    issues: tuple[Issue, ...]
    notes: tuple[Note, ...]

    @model_validator(mode="after")
    def _status_follows(self) -> Self:
        if self.status != status_of(self.standard.position, self.optimal.position):
            message = f"status {self.status} does not follow from the places"
            raise ValueError(message)
        return self

    @cached_property
    def explanation(self) -> Explanation:
        """The answer in sentences for a clinician; `print` it."""
        return explain(self)

    def explain(self, audience: Audience = "clinician") -> Explanation:
        """The answer in sentences, for a `clinician` or for a `patient`."""
        return self.explanation if audience == "clinician" else explain(self, audience)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source that the answer rests on, each once."""
        return self.explanation.sources
