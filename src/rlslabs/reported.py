"""What was reported, as it was written: a result, its printed range, and what is known of the patient."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo, model_validator

from rlslabs.errors import WrongTypeError, shown
from rlslabs.facts import AMBIGUOUS, PLAIN_NUMBER, Frozen, Number
from rlslabs.population import Sex, read_age, read_birth, read_collected, read_sex


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


class _Said(Frozen):
    """What prints as the call that makes it, without what was not said."""

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        fields = type(self).model_fields
        return ((name, said) for name, said in super().__repr_args__() if said != fields[name or ""].default)


class ReportedRange(_Said):
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


class LabResult(_Said):
    """A result as the laboratory wrote it; nothing in it is altered.

    A number stands in `value`, anything written stands in `text`; the constructor sorts them:
    `LabResult(marker="ferritin", value="<5", unit="ng/mL")` keeps `<5` as text. `range` takes text such as `24-336`.
    `collected` is when the sample was taken; an age is counted on that day. `circumstances` declares what is known of
    the sample, such as `fasting` or `iron-within-24h`, for a panel. `specimen` and `method` are as the laboratory names
    them; two methods are not compared over time.
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
    specimen: Written | None = None
    method: Written | None = None

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


class Patient(_Said):
    """What is known of the patient at collection; every fact may be unknown.

    `age` is in completed years at collection, or text such as `5 mo`; `born` with the result's `collected` is exact.
    `conditions` declares what is known of the patient, such as `dialysis`, for a panel.
    """

    sex: Annotated[Sex | None, BeforeValidator(read_sex)] = None
    age: Annotated[int | str | None, BeforeValidator(read_age)] = None
    born: Annotated[date | None, BeforeValidator(read_birth)] = None
    pregnant: bool | None = None
    conditions: Annotated[tuple[str, ...], Field(strict=False)] = ()
