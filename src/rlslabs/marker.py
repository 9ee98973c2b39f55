"""The frozen nouns of a marker: names, codes, units, limits of plausibility, notes and ranges, as in its file."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rlslabs.facts import Bound, Frozen, Id, Number, Position, Range, Source, Text
from rlslabs.units import fold

Property = Literal["mass", "moles", "fraction", "any"]
NoteKind = Literal["meaning", "significance", "evidence", "boundary", "caution", "confounder"]


class Accepted(Frozen):
    """A unit that a marker is reported in: its UCUM code, its name in words, and other spellings.

    `omop` is its concept in the OMOP vocabulary, where that is known.
    """

    ucum: Text
    spoken: Text
    written: tuple[Text, ...] = ()
    omop: Annotated[int, Field(gt=0)] | None = None


class Code(Frozen):
    """A LOINC code of the marker, and the property it measures: `mass`, `moles`, `fraction`, or `any`.

    `partial` says what the code leaves out of the analyte, where it leaves something out; `omop` is its concept in
    the OMOP vocabulary, where that is known.
    """

    code: Annotated[str, Field(pattern=r"^[0-9]{1,7}-[0-9]$")]
    name: Text
    property: Property
    partial: str | None = None
    note: str | None = None
    omop: Annotated[int, Field(gt=0)] | None = None


class PartialName(Frozen):
    """Names that laboratories print for a part of the analyte, and what that leaves out."""

    names: Annotated[tuple[Text, ...], Field(min_length=1)]
    partial: Text


class MolarMass(Frozen):
    """Grams per mole, by which mass and molar units are converted into each other."""

    value: Annotated[Number, Field(gt=0)]
    source: Source
    locator: Text
    approximate: bool = False
    note: str | None = None


class Limits(Frozen):
    """A lower and an upper limit of plausibility."""

    low: Bound
    high: Bound


class Plausible(Frozen):
    """What is unusual (`soft`: judged, with an issue) and what is refused (`hard`)."""

    unit: Text
    soft: Limits
    hard: Limits
    note: str | None = None


class Variation(Frozen):
    """The reference change value: by how many percent two results must differ to differ by more than chance (95 %)."""

    rcv: Annotated[Number, Field(gt=0)]
    source: Source
    locator: Text
    note: str | None = None


class Goal(Frozen):
    """What a source aims at over time, where that is not the optimal range itself."""

    name: Text
    plain_name: Text
    unit: Text
    low: Bound | None = None
    high: Bound | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = (None if each is None else each.value for each in (self.low, self.high))
        if (low is None and high is None) or (low is not None and high is not None and low >= high):
            message = "a goal has a low, a high, or a low below its high"
            raise ValueError(message)
        return self


class When(Frozen):
    """When a note is said: the places it is for, and the values (in `unit`), each `None` if any will do."""

    standard: tuple[Position, ...] | None = None
    optimal: tuple[Position, ...] | None = None
    unit: str | None = None
    ge: Number | None = None
    gt: Number | None = None
    le: Number | None = None
    lt: Number | None = None


class Note(Frozen):
    """A cited sentence about a marker, for clinicians and for patients."""

    kind: NoteKind
    when: When = Field(default_factory=When)
    clinician: Text
    patient: Text
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]


class Analyte(Frozen):
    """What a laboratory measures: its names, codes, units and limits of plausibility."""

    id: Id
    name: Text
    plain_name: Text
    aliases: tuple[Text, ...] = ()
    specimen: Text
    unit: Text
    molar_mass: MolarMass | None = None
    accepts: Annotated[tuple[Accepted, ...], Field(min_length=1)]
    loinc: tuple[Code, ...] = ()
    partly: tuple[PartialName, ...] = ()
    plausible: Plausible

    @cached_property
    def spellings(self) -> dict[str, Accepted]:
        """Every spelling of every accepted unit, as written and folded."""
        found: dict[str, Accepted] = {}
        for each in self.accepts:
            for spelling in (each.ucum, each.spoken, *each.written):
                found[spelling] = found[fold(spelling)] = each
        return found


class Marker(Analyte):
    """A marker that is judged: an analyte with notes and ranges.

    `concern` is the side of the optimal range that matters in restless legs syndrome.
    """

    concern: Literal["below", "above"]
    loinc: Annotated[tuple[Code, ...], Field(min_length=1)]
    variation: Variation | None = None
    goal: tuple[Goal, ...] = ()
    note: tuple[Note, ...] = ()
    range: tuple[Range, ...] = ()

    @cached_property
    def significance(self) -> str:
        """Why the marker matters in restless legs syndrome, in a sentence or two."""
        return " ".join(note.clinician for note in self.note if note.kind == "significance")


class LookAlike(Frozen):
    """An analyte, target or panel that is easily taken for a marker, and why it is not; a panel names its markers."""

    name: Text
    names: Annotated[tuple[Text, ...], Field(min_length=1)]
    codes: tuple[Annotated[str, Field(pattern=r"^[0-9]{1,7}-[0-9]$")], ...] = ()
    looks_like: Id
    why: Text
    members: tuple[Id, ...] = ()
