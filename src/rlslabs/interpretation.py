"""The answer about one result: a judgement that can explain itself, and the whole of it as data."""

from __future__ import annotations

from functools import cached_property
from typing import Self

from rlslabs.explain import explain
from rlslabs.explanation import Audience, Explanation
from rlslabs.facts import Frozen, Source
from rlslabs.model import Judgement


class Interpretation(Judgement):
    """Where one result stands against the standard and against the optimal range.

    It informs; it is no diagnosis. `hl7` holds codes of HL7 v3 ObservationInterpretation: `L`, `N` or `H` by the
    standard place alone, and `<` or `>` for a result off the scale. `notes` are the cited sentences that apply.
    `assumptions` names what was taken for granted of the patient.
    """

    def __str__(self) -> str:
        open_ = " but open-sided" if self.open_sided else ""
        places = f"standard {self.standard.position}{open_}, optimal {self.optimal.position}"
        return f"{self.name} {self.reading}: {self.status} ({places})"

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


class Answer(Frozen):
    """An interpretation with what it says to a clinician and to a patient: all of it, as data."""

    interpretation: Interpretation
    clinician: Explanation
    patient: Explanation

    @classmethod
    def of(cls, it: Interpretation) -> Self:
        """The whole answer."""
        said = {"interpretation": it, "clinician": it.explanation, "patient": it.explain("patient")}
        return cls.trusted(said)
