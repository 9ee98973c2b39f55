"""The frozen nouns that every data file shares: sources, bounds, populations, ranges and their sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from rlslabs.population import ADULT, EVERY_AGE, Sex, Span, band_span

Kind = Literal["standard", "optimal"]
Position = Literal["below", "within", "above", "undecided", "no-range"]
Evidence = Literal["seen", "quoted", "derived", "report"]


PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?")
"""A Decimal as JSON holds it."""

FURTHEST = 30
"""How many places before or behind the point a measurement can have."""

AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
"""A number whose one mark may stand before decimals or group thousands."""


def _band(age: str) -> str:
    band_span(age)
    return age


def _exact(number: object, info: ValidationInfo) -> object:
    """Ints and floats as the Decimal of the same digits; in JSON a Decimal is text."""
    if type(number) is int:
        number = Decimal(number)
    elif isinstance(number, float):
        number = Decimal(float.__repr__(number))
    elif info.mode == "json" and isinstance(number, str) and PLAIN_NUMBER.fullmatch(number):
        number = Decimal(number)
    return number


def _sized(number: Decimal) -> Decimal:
    if not -FURTHEST <= number.adjusted() <= FURTHEST:
        message = "the number is of a size that nothing measured has"
        raise ValueError(message)
    return number


Number = Annotated[Decimal, BeforeValidator(_exact), AfterValidator(_sized)]
"""A finite Decimal; ints and floats are taken with the digits they print."""
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Text = Annotated[str, Field(min_length=1)]
Band = Annotated[str, AfterValidator(_band)]


_put_values, _put_names, _put_extra, _put_private = (
    BaseModel.__dict__[name].__set__
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)
"""How an object that lets nothing be set is filled, a slot at a time: half the cost of asking for each by name."""


class Frozen(BaseModel):
    """Immutable, strict about types and names, hashable."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    @classmethod
    def trusted(cls, values: dict[str, Any]) -> Self:
        """Build an object from values that this package made itself, without checking them again.

        Every field must be given. Checking is the work of the door; inside, it would cost more than judging does.
        """
        new = cls.__new__(cls)
        _put_values(new, values)
        _put_names(new, _fields(cls))
        _put_extra(new, None)
        _put_private(new, None)
        return new

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, checked anew where something in it is changed."""
        if not update:
            return super().model_copy(deep=deep)
        return type(self).model_validate({**{name: getattr(self, name) for name in type(self).model_fields}, **update})


@lru_cache(maxsize=256)
def _fields(model: type[Frozen]) -> set[str]:
    """The fields that were given, which are all; frozen objects share it, because none of them can change it."""
    return set(model.model_fields)


class Source(Frozen):
    """Where a number or a sentence comes from, and how it was read.

    `evidence`: `seen` in a copy of the source itself, `quoted` in a page that quotes it, `derived` by this project,
    `report` for the laboratory report at hand.
    """

    id: Id
    title: Text
    publisher: Text
    year: int | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    evidence: Evidence
    retrieved: date | None = None
    note: str | None = None

    @cached_property
    def citation(self) -> str:
        """The source in one line, ending in how it can be found and whether it was read second-hand."""
        found = [f"doi:{self.doi}" if self.doi else self.url, f"PMID {self.pmid}" if self.pmid else None]
        line = ". ".join([f"{self.publisher}: {self.title}", *(each for each in found if each)])
        if self.retrieved:
            line += f" (read {self.retrieved})"
        return f"{line} [second-hand: read in a page that quotes it]" if self.evidence == "quoted" else line


class Bound(Frozen):
    """One end of a range, in the unit that its source printed; it belongs to the range if `inclusive`."""

    value: Number
    inclusive: bool = True
    source: Source
    locator: Text
    note: str | None = None


class Population(Frozen):
    """Whom a range is meant for; an absent fact means everybody, except that pregnancy must be named."""

    sex: Sex | None = None
    age: Band | None = None
    pregnant: bool = False

    @cached_property
    def ages(self) -> Span:
        """The ages, as a span."""
        return EVERY_AGE if self.age is None else band_span(self.age)

    @cached_property
    def words(self) -> str:
        """The population in words, such as `women 18-50 years`."""
        young, grown = self.ages.end <= ADULT.start, self.ages.start >= ADULT.start
        nouns = {"female": "girls" if young else "women", "male": "boys" if young else "men"}
        anybody = "children" if young else "adults" if grown else "everybody"
        noun = nouns[self.sex] if self.sex else nouns["female"] if self.pregnant else anybody
        words = f"pregnant {noun}" if self.pregnant else noun
        if self.age is None or (noun == "adults" and self.ages == ADULT):
            return words
        spelled = {" a": " years", " mo": " months", " wk": " weeks", " d": " days"}
        age = self.age.replace(">=", "from ")
        for unit, spelling in spelled.items():
            age = age.replace(unit, spelling)
        return f"{words} {age}"


class Range(Frozen):
    """A range of values for one population, with a source at each end; an absent end is open.

    `lab_low` is the laboratory's own lower limit where a set puts another in its place.
    """

    kind: Kind
    sets: Annotated[tuple[Id, ...], Field(min_length=1)]
    applies_to: Population = Field(default_factory=Population)
    unit: Text
    low: Bound | None = None
    high: Bound | None = None
    lab_low: Bound | None = None
    reviewed: date | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.low is None and self.high is None:
            message = "a range has a low or a high bound"
            raise ValueError(message)
        if self.low and self.high and self.low.value >= self.high.value:
            message = f"low {self.low.value} is not below high {self.high.value}"
            raise ValueError(message)
        return self


class RangeSet(Frozen):
    """Ranges that belong together, such as one laboratory's."""

    id: Id
    kind: Kind
    name: Text
    default: bool = False
    second_hand: bool = False
    note: Text
