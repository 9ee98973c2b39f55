"""The frozen nouns of a judgement: what was reported, about whom, how it was read, and where it stands."""

from __future__ import annotations

import math
import numbers
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo, model_validator

from rlslabs.errors import LabsError, WrongTypeError, shown
from rlslabs.facts import AMBIGUOUS, PLAIN_NUMBER, Frozen, Kind, Number, Position, Range, Source
from rlslabs.marker import MolarMass, Note
from rlslabs.population import Sex, read_age, read_birth, read_collected, read_sex

Comparator = Literal["<", "<=", ">", ">="]
Status = Literal["low", "below-optimal", "optimal", "above-optimal", "high", "undecided", "no-range"]
Fact = Literal["sex", "age", "pregnancy", "collection date", "exact value", "population of the printed range"]
Assumption = Literal["adult", "not-pregnant", "printed-range-fits"]
Hl7Code = Literal["L", "N", "H", "<", ">"]


def written_number(value: object) -> Decimal | str | None:
    """A value as it was given: a number as a Decimal of the same digits, text as text, a missing one as `None`.

    NaN and infinities stay text, so that the reading refuses them by name.

    Raises:
        WrongTypeError: The value is a bool, or carries no number.

    >>> written_number(38.1)
    Decimal('38.1')
    """
    kind = type(value)
    if kind is str or value is None:
        return value  # type: ignore[return-value]  # told by its type
    if kind is int:
        return Decimal(value)  # type: ignore[arg-type]  # told by its type
    if kind is float:
        return Decimal(repr(value)) if math.isfinite(value) else str(value)  # type: ignore[arg-type]  # told by its type
    try:
        return _rarer_number(value)
    except Exception as error:
        happened = f"The value is a {kind.__name__}, which is not a number"
        raise WrongTypeError(happened, "give a number, or text such as <5", shown(value)) from error


def is_missing(value: object) -> bool:
    """Whether this is what a dataframe holds where it holds nothing: NaN, NaT, NA."""
    nan = Decimal.is_nan(value) if isinstance(value, Decimal) else isinstance(value, float) and math.isnan(value)
    return nan or type(value).__name__ in {"NAType", "NaTType"}


def readable(text: str) -> str:
    """The same text, with bytes that were no text written out, so that JSON can hold it."""
    return text.encode("utf-8", "backslashreplace").decode() if not text.isascii() else str(text)


def _rarer_number(value: object) -> Decimal | str | None:
    """A number or text of another class; whatever its own methods do, they are not asked."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Decimal):
        exact = Decimal(value)
        return exact if exact.is_finite() else "nan" if exact.is_nan() else str(exact)
    if isinstance(value, float):
        return written_number(float.__pos__(value))
    if is_missing(value):
        return None
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        return written_number(float(str(value)))  # a narrower float keeps the digits it prints
    message = "no number"
    raise TypeError(message)


def _unmistakable(value: Decimal) -> str:
    """The same Decimal in text that no reader takes for thousands: `1.220` is sent as `1220E-3`."""
    text = str(value)
    return f"{text.replace('.', '')}E-3" if AMBIGUOUS.fullmatch(text) else text


def _mistakable(number: object) -> object:
    if isinstance(number, str) and AMBIGUOUS.fullmatch(number):
        message = f"{number} could mean two things; give it as text, with its decimal mark"
        raise ValueError(message)
    return number


Written = Annotated[str, AfterValidator(readable)]
WrittenNumber = Annotated[
    Number, BeforeValidator(_mistakable), PlainSerializer(_unmistakable, when_used="json-unless-none")
]


class ReportedRange(Frozen):
    """The report's own range, as printed: as text, or as numbers; in the result's unit unless it names another."""

    text: Written | None = None
    low: WrittenNumber | None = None
    high: WrittenNumber | None = None
    unit: Written | None = None


def _reported_range(given: object) -> object:
    """Text and pairs of numbers as a printed range."""
    if isinstance(given, str):
        return ReportedRange(text=readable(given)) if given.strip() else None
    if isinstance(given, list | tuple) and len(given) == len(("low", "high")):
        return ReportedRange(low=given[0], high=given[1])
    return given


class LabResult(Frozen):
    """A result as the laboratory wrote it; nothing in it is altered.

    A number stands in `value`, anything written stands in `text`; the constructor sorts them:
    `LabResult(marker="ferritin", value="<5", unit="ng/mL")` keeps `<5` as text. `range` takes text such as `24-336`.
    `collected` is when the sample was taken; an age is counted on that day. `circumstances` declares what is known of
    the sample, such as `fasting` or `iron-within-24h`, for a panel.
    """

    marker: Written
    value: Annotated[Decimal | None, PlainSerializer(_unmistakable, when_used="json-unless-none")] = None
    text: Written | None = None
    unit: Written | None = None
    comparator: Written | None = None
    range: Annotated[ReportedRange | None, BeforeValidator(_reported_range)] = None
    collected: Annotated[date | datetime | None, BeforeValidator(read_collected)] = None
    decimal_mark: Literal[".", ","] | None = None
    circumstances: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @model_validator(mode="before")
    @classmethod
    def _sorted(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401  pydantic hands over what it was given
        if not isinstance(data, dict) or data.get("value") is None:
            return data
        if data.get("text") is not None:
            message = "value and text both stand there; give the value once"
            raise ValueError(message)
        given = written_number(data["value"])
        ours = info.mode == "json" or "text" in data  # text for a number is how JSON holds a Decimal
        if ours and isinstance(given, str) and PLAIN_NUMBER.fullmatch(given) and not AMBIGUOUS.fullmatch(given):
            given = Decimal(given)
        if not isinstance(given, str):
            return {**data, "value": given}
        return {**data, "value": None, "text": given}


class Patient(Frozen):
    """What is known of the patient at collection; every fact may be unknown.

    `age` is in completed years at collection, or text such as `5 mo`; `born` with the result's `collected` is exact.
    `conditions` declares what is known of the patient, such as `dialysis`, for a panel.
    """

    sex: Annotated[Sex | None, BeforeValidator(read_sex)] = None
    age: Annotated[int | str | None, BeforeValidator(read_age)] = None
    born: Annotated[date | None, BeforeValidator(read_birth)] = None
    pregnant: bool | None = None
    conditions: tuple[str, ...] = ()


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


def hl7_of(standard: Position, comparator: Comparator | None) -> tuple[Hl7Code, ...]:
    """The HL7 codes: by the standard place alone, and `<` or `>` for a result off the scale.

    >>> hl7_of("below", "<")
    ('L', '<')
    """
    return _CODES.get(standard, ()) + _OFF_SCALE.get(comparator, ())


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
    """Where one result stands against the standard and against the optimal range, with everything that it rests on."""

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
        if self.hl7 != hl7_of(self.standard.position, self.reading.comparator):
            message = f"the codes {self.hl7} do not follow from the standard place and the comparator"
            raise ValueError(message)
        units = {limit.unit for place in (self.standard, self.optimal) for limit in place.limits}
        if (self.standard.kind, self.optimal.kind) != ("standard", "optimal") or not units <= {self.reading.unit}:
            message = "the places are not of their kinds, or their limits not in the unit of the reading"
            raise ValueError(message)
        return self
