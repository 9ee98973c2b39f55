"""The frozen nouns of a judgement: how a result was read, where it stands, and what is to be said of it."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import model_validator

from rlslabs.errors import LabsError
from rlslabs.facts import Frozen, Kind, Number, Position, Range, Source
from rlslabs.marker import MolarMass, Note
from rlslabs.reported import LabResult, Patient

Comparator = Literal["<", "<=", ">", ">="]
Status = Literal["low", "below-optimal", "optimal", "above-optimal", "high", "undecided", "no-range"]
Fact = Literal["sex", "age", "pregnancy", "collection date", "exact value", "population of the printed range"]
Assumption = Literal["adult", "not-pregnant", "printed-range-fits", "one-age"]
Hl7Code = Literal["L", "N", "H", "<", ">"]


OPEN_SIDE = "range-open-side"
"""The code of the issue that a printed range has no end on the side on which the set places the result outside."""


class Reading(Frozen):
    """What a result says: every value from `low` to `high`, in the unit it was reported in (UCUM).

    An exact result has `low == high`; an absent `high` has no end. `low_open` and `high_open` leave the end itself out.
    """

    low: Number
    high: Number | None
    low_open: bool
    high_open: bool
    comparator: Comparator | None
    unit: str
    spoken: str

    @model_validator(mode="after")
    def _ends_agree(self) -> Self:
        upward, downward = self.comparator in {">", ">="}, self.comparator in {"<", "<="}
        inverted = self.high is not None and self.high < self.low
        if inverted or (upward and self.high is not None) or (downward and (self.high is None or self.low != 0)):
            message = f"the ends {self.low} and {self.high} do not agree with the comparator {self.comparator}"
            raise ValueError(message)
        return self

    @property
    def exact(self) -> bool:
        """Whether it is one value."""
        return self.low == self.high

    @property
    def words(self) -> str:
        """The value as one would write it: `38`, `<5`, `5-10`."""
        if self.comparator:
            return f"{self.comparator}{self.low if self.high is None else self.high:f}"
        if self.high is None:
            return f"{'>' if self.low_open else '>='}{self.low:f}"
        return f"{self.low:f}" if self.exact else f"{self.low:f}-{self.high:f}"

    def __str__(self) -> str:
        return f"{self.words} {self.unit}"


class Limit(Frozen):
    """A range as it was applied: its bounds in the reported unit, rounded once to 12 significant digits.

    `range` keeps the numbers as printed, with their sources; `molar_mass` is given where it took part.
    """

    range: Range
    unit: str
    low: Number | None
    high: Number | None
    molar_mass: MolarMass | None

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the bounds, and of the molar mass where it took part, each once."""
        cited = [each.source for each in (self.range.low, self.range.high, self.molar_mass) if each]
        return tuple({each.id: each for each in cited}.values())


class Place(Frozen):
    """Where a result stands against one kind of range.

    `possible` holds every position that the value and the facts leave open; `position` is that position where it is
    one, else `undecided`. `settled_by` names the facts that would settle it. `distance` is to the nearest limit, in
    the reported unit: from a result outside to the range, from one inside to its nearer end. Where there is no range,
    `lacks` says whether the set has none for the marker, or none for the patient.
    """

    kind: Kind
    set: str
    set_name: str
    position: Position
    possible: tuple[Position, ...]
    limits: tuple[Limit, ...]
    settled_by: tuple[Fact, ...]
    distance: Number | None
    nearest: Literal["low", "high"] | None
    lacks: Literal["marker", "population"] | None

    @property
    def range(self) -> Range | None:
        """The range, where exactly one applies."""
        return self.limits[0].range if len(self.limits) == 1 else None

    @model_validator(mode="after")
    def _position_follows(self) -> Self:
        if self.position != only(self.possible) or "undecided" in self.possible:
            message = f"position {self.position} does not follow from the possible {self.possible}"
            raise ValueError(message)
        if not self.limits and self.possible != ("no-range",):
            message = f"position {self.position} stands without a limit"
            raise ValueError(message)
        return self


def only(possible: tuple[Position, ...]) -> Position:
    """The one possible position, else `undecided`."""
    return possible[0] if len(possible) == 1 else "undecided"


def status_of(standard: Position, optimal: Position) -> Status:
    """The status, standard first; below optimal is never called low, and unknown is never normal.

    >>> status_of("within", "below")
    'below-optimal'
    """
    if standard != "within":
        return _BY_STANDARD[standard]
    return _BY_OPTIMAL[optimal]


_BY_STANDARD: dict[Position, Status] = {
    "below": "low",
    "above": "high",
    "undecided": "undecided",
    "no-range": "no-range",
}
_BY_OPTIMAL: dict[Position, Status] = {
    "below": "below-optimal",
    "within": "optimal",
    "above": "above-optimal",
    "undecided": "undecided",
    "no-range": "no-range",
}


def hl7_of(standard: Position, comparator: Comparator | None, *, open_sided: bool = False) -> tuple[Hl7Code, ...]:
    """The HL7 codes: by the standard place alone, and `<` or `>` for a result off the scale.

    What a printed range holds only because it has no end on a side (`open_sided`) is not called normal.

    >>> hl7_of("below", "<")
    ('L', '<')
    """
    return (() if open_sided else _CODES.get(standard, ())) + _OFF_SCALE.get(comparator, ())


_CODES: dict[Position, tuple[Hl7Code, ...]] = {"below": ("L",), "within": ("N",), "above": ("H",)}
_OFF_SCALE: dict[Comparator | None, tuple[Hl7Code, ...]] = {"<": ("<",), ">": (">",)}


class Issue(Frozen):
    """A problem with the input: what happened and what to do, with the offending text."""

    code: str
    message: str
    text: str = ""

    @classmethod
    def of(cls, error: LabsError) -> Self:
        """The issue that says the same as an error."""
        return cls.trusted({"code": error.code, "message": str(error), "text": error.text[:80]})


class Judgement(Frozen):
    """Where one result stands against the standard and against the optimal range, with everything that it rests on.

    `beyond` is there where a printed range holds the result only because it has no end on a side: it is where the set
    of standard ranges puts it, which is outside on that side, perhaps outside, or nowhere.
    """

    result: LabResult
    patient: Patient
    marker: str
    name: str
    plain_name: str
    reading: Reading
    standard: Place
    optimal: Place
    beyond: Place | None
    status: Status
    hl7: tuple[Hl7Code, ...]
    assumptions: tuple[Assumption, ...]
    issues: tuple[Issue, ...]
    notes: tuple[Note, ...]

    @property
    def open_sided(self) -> bool:
        """Whether the printed range holds the result only because it has no end on a side."""
        return self.standard.position == "within" and self.beyond is not None

    @property
    def taken_to_fit(self) -> bool:
        """Whether it is normal by no more than a printed range that was taken to be meant for the patient.

        Nobody is called normal by that alone: a laboratory prints an adult's range beside a child, or in pregnancy.
        """
        return "printed-range-fits" in self.assumptions and "N" in self.hl7

    @property
    def standing(self) -> Position:
        """Where the result stands against a standard range; the set's, where a printed one has no end on a side."""
        return self.beyond.position if self.open_sided and self.beyond else self.standard.position

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place, in the order in which they are told."""
        beyond = () if self.beyond is None else (self.beyond,)
        return (self.standard, *beyond, self.optimal)

    @model_validator(mode="after")
    def _status_follows(self) -> Self:
        if self.status != status_of(self.standard.position, self.optimal.position):
            message = f"status {self.status} does not follow from the places"
            raise ValueError(message)
        if self.beyond is not None and (self.standard.set != "report" or "within" not in self.standard.possible):
            message = "a place beyond a printed range stands without such a range that holds the result"
            raise ValueError(message)
        if self.hl7 != hl7_of(self.standard.position, self.reading.comparator, open_sided=self.open_sided):
            message = f"the codes {self.hl7} do not follow from the standard place and the comparator"
            raise ValueError(message)
        units = {limit.unit for place in self.places for limit in place.limits}
        if (self.standard.kind, self.optimal.kind) != ("standard", "optimal") or not units <= {self.reading.unit}:
            message = "the places are not of their kinds, or their limits not in the unit of the reading"
            raise ValueError(message)
        return self
