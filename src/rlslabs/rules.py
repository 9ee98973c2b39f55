"""The frozen nouns of rules: conditions, guideline criteria, findings, derivations and circumstances."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from rlslabs.facts import Band, Frozen, Id, Number, Position, Source, Text
from rlslabs.population import Sex


class Condition(Frozen):
    """A test of one marker, a fact about the person, or a combination: exactly one of these forms.

    A test holds for values from `ge` (or above `gt`) up to `le` (or below `lt`), in `unit`.
    """

    model_config = ConfigDict(populate_by_name=True)

    marker: Id | None = None
    unit: Text | None = None
    ge: Number | None = None
    gt: Number | None = None
    le: Number | None = None
    lt: Number | None = None
    position: Position | None = None
    sex: Sex | None = None
    age: Band | None = None
    declared: Id | None = None
    all: tuple[Condition, ...] | None = None
    any: tuple[Condition, ...] | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        ends = [end for end in (self.ge, self.gt, self.le, self.lt) if end is not None]
        low, high = (self.ge if self.gt is None else self.gt), (self.le if self.lt is None else self.lt)
        nothing = low is not None and high is not None and low > high
        twice = (self.ge is not None and self.gt is not None) or (self.le is not None and self.lt is not None)
        tested, placed = bool(ends) and self.unit is not None, self.position is not None
        test = self.marker is not None and tested != placed and not (placed and (ends or self.unit))
        stray = not test and (ends or self.unit or self.position or self.marker)
        empty = self.all == () or self.any == ()
        others = (self.sex, self.age, self.declared, self.all, self.any, self.not_)
        if nothing or twice or stray or empty or test + sum(form is not None for form in others) != 1:
            message = "a condition is one of: a test with its unit, a place, sex, age, declared, all, any, not"
            raise ValueError(message)
        return self

    @cached_property
    def markers(self) -> tuple[str, ...]:
        """Every marker that the condition asks for, each once."""
        own = [self.marker] if self.marker else []
        parts = [*(self.all or ()), *(self.any or ()), *([self.not_] if self.not_ else [])]
        return tuple(dict.fromkeys([*own, *(marker for part in parts for marker in part.markers)]))

    @cached_property
    def test(self) -> str:
        """A name for the test of a marker: two conditions with the same test have the same."""
        ends = (self.ge, self.gt, self.le, self.lt)
        return f"{self.marker} {self.position} {' '.join(map(str, ends))} {self.unit}"


class Criterion(Frozen):
    """A rule of a guideline, with its grade, its place in the guideline, and what its words leave open.

    `first` says that it is said before everything else, `in_pregnancy` that it is a caution for pregnancy as well, and
    `ceiling` that it is an upper limit, which most people meet and which is no reason for anything by itself.
    """

    id: Id
    name: Text
    order: int
    first: bool = False
    in_pregnancy: bool = False
    ceiling: bool = False
    applies_to: Condition | None = None
    when: Condition
    grade: Text
    clinician: Text
    patient: Text
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    locator: Text
    edge: str | None = None


class Guideline(Frozen):
    """A guideline: its own caveat and its criteria."""

    id: Id
    name: Text
    plain_name: Text
    order: int
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    clinician: Text
    patient: Text
    criterion: Annotated[tuple[Criterion, ...], Field(min_length=1)]


class Remark(Frozen):
    """What speaks for or against a finding, and when it is said."""

    when: Condition
    clinician: Text
    patient: Text


class Pattern(Frozen):
    """A finding as a rule: what several results together are consistent with; its switches are those of a criterion."""

    id: Id
    name: Text
    plain_name: Text
    order: int
    first: bool = False
    in_pregnancy: bool = False
    applies_to: Condition | None = None
    when: Condition
    supports: tuple[Remark, ...] = ()
    against: tuple[Remark, ...] = ()
    wants: tuple[Id, ...] = ()
    grade: Text
    clinician: Text
    patient: Text
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    locator: Text


class Derivation(Frozen):
    """How one marker is computed from others, and whether only on request.

    `percent` is 100 times the first input over the sum of the others, `sum` the sum, `scaled` the input times `factor`.
    """

    id: Id
    gives: Id
    form: Literal["percent", "sum", "scaled"]
    inputs: Annotated[tuple[Id, ...], Field(min_length=1)]
    unit: Text
    result_unit: Text | None = None
    factor: Number | None = None
    on_request: bool = False
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    locator: Text
    note: str | None = None


class Discordance(Frozen):
    """When a printed and a computed saturation disagree: by more than `points` and more than `percent`."""

    points: Number
    percent: Number
    sources: tuple[Source, ...]
    locator: Text


class Unreliable(Frozen):
    """Above which value of one marker others are not to be relied on."""

    marker: Id
    unit: Text
    gt: Number
    affects: tuple[Id, ...]
    sources: tuple[Source, ...]
    locator: Text


class Over(Frozen):
    """Above which saturation a computed one is shown and never used in silence."""

    percent: Number
    sources: tuple[Source, ...]
    locator: Text
    clinician: Text
    patient: Text


class DerivedLimits(Frozen):
    """The limits by which derived values are held."""

    discordant: Discordance
    unreliable: Unreliable
    over: Over


class Circumstance(Frozen):
    """What can be declared about a sample or a patient, which results it qualifies, and how that is said."""

    id: Id
    about: Literal["sample", "patient"]
    markers: tuple[Id, ...] = ()
    effect: Literal["qualifies", "reassures", "fact"]
    clinician: str | None = None
    patient: str | None = None
    sources: tuple[Source, ...] = ()
