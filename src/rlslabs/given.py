"""Whatever was handed over about one result, as a result and a patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from rlslabs.catalog import Catalog
from rlslabs.errors import UnitConflictError, WrongTypeError, shown
from rlslabs.marker import Marker
from rlslabs.population import read_age, read_birth, read_collected, read_sex
from rlslabs.reading import accepted_unit
from rlslabs.reported import LabResult, Patient, ReportedRange, is_missing, readable, written_number
from rlslabs.units import is_quantity, of_quantity

_ENDS = 2


def as_given(
    marker: str,
    value: object,
    unit: object = None,
    *,
    catalog: Catalog,
    sex: str | None = None,
    age: float | str | None = None,
    born: date | str | None = None,
    pregnant: bool | None = None,
    collected: date | str | None = None,
    range: str | Sequence[float | Decimal | None] | ReportedRange | None = None,  # noqa: A002  the field's own word
    comparator: str | None = None,
    decimal_mark: Literal[".", ","] | None = None,
    specimen: str | None = None,
    method: str | None = None,
    circumstances: tuple[str, ...] = (),
    conditions: tuple[str, ...] = (),
) -> tuple[LabResult, Patient]:
    """The result and the patient, as `interpret` takes them apart; nothing is judged yet.

    Raises:
        LabsError: A fact cannot be what it was given for.
    """
    unit = _text(unit, "unit")
    marker = _text(marker, "marker") or "" if isinstance(marker, str) else marker
    if is_quantity(value):
        value, unit = _quantity(catalog.marker(marker), value, unit)
    number = written_number(value)
    text = readable(number) if isinstance(number, str) else None
    result = LabResult.trusted(
        {
            "marker": marker,
            "value": None if text is not None else number,
            "text": text,
            "unit": unit,
            "comparator": _text(comparator, "comparator"),
            "range": _printed(range),
            "collected": read_collected(_fact(collected)),
            "decimal_mark": _mark(decimal_mark),
            "circumstances": circumstances,
            "specimen": _text(specimen, "specimen"),
            "method": _text(method, "method"),
        }
    )
    patient = Patient.trusted(
        {
            "sex": read_sex(_fact(sex)),
            "age": read_age(_fact(age)),
            "born": read_birth(_fact(born)),
            "pregnant": _known(_fact(pregnant)),
            "conditions": conditions,
        }
    )
    return result, patient


def _fact(given: object) -> object:
    """A fact, or `None` for a dataframe's missing value."""
    return None if given is not None and is_missing(given) else given


def _text(given: object, name: str) -> str | None:
    """Text as it was given; bytes that were no text are written out, so that the answer can be sent."""
    if type(given) is str:
        return given if given.isascii() else readable(given)
    if given is None or is_missing(given):
        return None
    if isinstance(given, str):
        return readable(str.__str__(given))
    happened = f"The {name} is a {type(given).__name__}"
    raise WrongTypeError(happened, "give it as text", shown(given))


def _quantity(marker: Marker, quantity: object, unit: str | None) -> tuple[object, str]:
    """The magnitude and the unit of a pint quantity; a unit beside it must be the same one."""
    magnitude, equal, words = of_quantity(quantity, [each.ucum for each in marker.accepts])
    named = None if unit is None else accepted_unit(marker, unit)
    if named is not None and named.ucum not in equal:
        happened = f"The quantity is in {words} and the unit says {shown(unit)}"
        raise UnitConflictError(happened, "give the unit in one place", str(unit)[:80])
    return magnitude, named.ucum if named else (*equal, words)[0]


def _printed(given: object) -> ReportedRange | None:
    """The report's own range as it was given; two numbers may be a pair."""
    if given is None or isinstance(given, ReportedRange):
        return given
    if is_missing(given):
        return None
    if isinstance(given, str):
        text = {"text": readable(str.__str__(given)), "low": None, "high": None, "unit": None}
        return ReportedRange.trusted(text) if str.strip(given) else None
    if isinstance(given, list | tuple) and len(given) == _ENDS:
        ends = [written_number(each) for each in given]
        if all(each is None or isinstance(each, Decimal) for each in ends):
            return ReportedRange.trusted({"text": None, "low": ends[0], "high": ends[1], "unit": None})
        return ReportedRange.trusted({"text": " - ".join(map(str, ends)), "low": None, "high": None, "unit": None})
    happened = f"The range is a {type(given).__name__}"
    raise WrongTypeError(happened, "give text such as 24-336, or a pair of numbers", shown(given))


def _known(pregnant: object) -> bool | None:
    if pregnant is None or isinstance(pregnant, bool):
        return pregnant
    happened = f"Pregnant is a {type(pregnant).__name__}"
    raise WrongTypeError(happened, "give True, False, or None for unknown", shown(pregnant))


def _mark(decimal_mark: object) -> Literal[".", ","] | None:
    if decimal_mark is None or is_missing(decimal_mark):
        return None
    if decimal_mark == ".":
        return "."
    if decimal_mark == ",":
        return ","
    happened = f"{shown(decimal_mark)} is not a decimal mark"
    raise WrongTypeError(happened, 'give "." or ","', shown(decimal_mark))
