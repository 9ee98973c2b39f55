"""Quantities and values: a number with its comparator and its unit, as the resource writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, NamedTuple

from rlslabs.errors import (
    AbsentError,
    MissingValueError,
    ModifierError,
    ResourceError,
    UnitConflictError,
    UnknownUnitError,
    UnreadableValueError,
    WrongTypeError,
    shown,
)
from rlslabs.fhir.systems import ABSENT_REASON, UCUM, system
from rlslabs.marker import Accepted, Analyte
from rlslabs.reading import accepted_unit
from rlslabs.reported import readable, written_number

Json = dict[str, Any]


class Value(NamedTuple):
    """A value as it was written: a number or text, its unit, its comparator, and the decimal mark of its text."""

    number: Decimal | None
    text: str | None
    unit: str | None
    comparator: str | None
    decimal_mark: Literal["."] | None = None


def number_of(written: object, what: str) -> Decimal | str | None:
    """A JSON number, exactly; NaN and infinities stay text, so that they are refused by name.

    Raises:
        WrongTypeError: It is no number.
    """
    if isinstance(written, str | bool):
        happened = f"The {what} is a {type(written).__name__}"
        raise WrongTypeError(happened, "write it as a JSON number", shown(written))
    return written_number(written)


def unit_of(quantity: Json, marker: Analyte) -> str | None:
    """The unit of a quantity: its UCUM code, which the unit in words must not contradict.

    Raises:
        UnitConflictError: Code and unit are two units.
        ResourceError: One of them is no text.
    """
    unit, code = _text(quantity, "unit"), _text(quantity, "code")
    if code is None or code == unit:
        return unit
    if unit is None:
        return code
    other = quantity.get("system") is not None and system(quantity["system"]) != UCUM
    if other and isinstance(_accepted(marker, code), str):
        return unit  # a code of some other system; the words say what is meant
    if _accepted(marker, unit) is not _accepted(marker, code):
        happened = f"The unit says {shown(unit)} and its code {shown(code)}"
        raise UnitConflictError(happened, "correct one of the two", f"{unit} {code}"[:80])
    return code


def _accepted(marker: Analyte, written: str) -> Accepted | str | None:
    """The accepted unit, or else what was written, so that two unknown units are not taken for the same."""
    try:
        return accepted_unit(marker, written)
    except UnknownUnitError:
        return written


def _text(holder: Json, name: str) -> str | None:
    written = holder.get(name)
    if written is None:
        return None
    if not isinstance(written, str):
        happened = f"The {name} of a quantity is a {type(written).__name__}"
        raise ResourceError(happened, "write it as text")
    return readable(written) if written.strip() else None


def value_of(holder: Json, marker: Analyte) -> Value:
    """The value of an Observation or component.

    Raises:
        LabsError: It is absent, stands there twice, or is of a kind that holds no number.
    """
    if holder.get("dataAbsentReason") is not None:
        raise _absent(holder["dataAbsentReason"])
    kinds = [key for key in holder if isinstance(key, str) and key.startswith("value") and holder[key] is not None]
    if len(kinds) > 1:
        happened = f"The value stands there twice, as {shown(kinds[0])} and as {shown(kinds[1])}"
        raise ResourceError(happened, "give it once")
    _refuse_withheld(holder, "_value")
    if not kinds:
        raise MissingValueError("There is no value", "leave the result out, or give its value")
    given = holder[kinds[0]]
    if isinstance(given, dict):
        _refuse_withheld(given, "_")
        _refuse_modified(given)
    return _value(kinds[0], given, marker)


def _refuse_withheld(holder: Json, beside: str) -> None:
    """Refuse what is said to be absent by an extension in the place of a value, a comparator or a unit.

    Raises:
        AbsentError: It is.
    """
    for key in holder:
        part = holder[key] if isinstance(key, str) and key.startswith(beside) else None
        extensions = part.get("extension") if isinstance(part, dict) else None
        for each in extensions if isinstance(extensions, list) else ():
            if isinstance(each, dict) and each.get("url") == ABSENT_REASON:
                raise _absent(each.get("valueCode"))


def _refuse_modified(quantity: Json) -> None:
    """Refuse a quantity whose meaning something beside it may change.

    Raises:
        ModifierError: A modifier stands in it.
    """
    if quantity.get("modifierExtension"):
        happened = "A quantity has a modifier that is not known here, and may change its meaning"
        raise ModifierError(happened, "leave the result out here")


def _value(kind: str, given: object, marker: Analyte) -> Value:
    """The value, of whatever kind it is."""
    if kind == "valueQuantity" and isinstance(given, dict):
        return _quantity(given, marker)
    if kind == "valueString" and isinstance(given, str):
        return Value(None, readable(given), None, None)
    if kind == "valueInteger" and isinstance(given, int) and not isinstance(given, bool):
        return Value(Decimal(given), None, None, None)
    if kind == "valueRange" and isinstance(given, dict):
        return _range(given, marker)
    if kind in {"valueQuantity", "valueString", "valueInteger", "valueRange"}:
        happened = f"The {kind} is a {type(given).__name__}"
        raise ResourceError(happened, "write it as FHIR does")
    happened = f"The value is a {shown(kind)}, which holds no number"
    raise UnreadableValueError(happened, "give it as a valueQuantity", kind[:80])


def _absent(reason: object) -> AbsentError:
    codes = reason.get("coding") if isinstance(reason, dict) else None
    first = codes[0] if isinstance(codes, list) and codes else None
    code: object = first.get("code") if isinstance(first, dict) else reason
    if not isinstance(code, str):
        return AbsentError("The value is said to be absent", "leave the result out")
    return AbsentError(f"The value is said to be absent ({shown(code)})", "leave the result out", code[:80])


def _quantity(quantity: Json, marker: Analyte) -> Value:
    number = _number(quantity)
    comparator = _text(quantity, "comparator") if "comparator" in quantity else None
    if comparator is None and quantity.get("comparator") is not None:
        happened = "The comparator of a quantity is empty"
        raise ResourceError(happened, "give it, or leave it out")
    return _numbered(number, unit_of(quantity, marker), comparator)


def again(quantity: Json, value: Value) -> Value:
    """The value of a quantity that is alike one whose value is known, but for its number.

    Raises:
        LabsError: It holds no number.
    """
    return _numbered(_number(quantity), value.unit, value.comparator)


def _number(quantity: Json) -> Decimal | str:
    number = number_of(quantity.get("value"), "value")
    if number is None:
        happened = "The quantity holds no value"
        raise MissingValueError(happened, "leave the result out, or give its value")
    return number


def _numbered(number: Decimal | str, unit: str | None, comparator: str | None) -> Value:
    if isinstance(number, str):
        return Value(None, number, unit, comparator)
    return Value(number, None, unit, comparator)


def ends_of(given: Json, marker: Analyte) -> tuple[Decimal | None, Decimal | None, str | None]:
    """The two ends of a range of quantities, and the one unit of both.

    Raises:
        LabsError: An end is no plain quantity, or the two are in different units.
    """
    ends: list[Decimal | None] = []
    units: list[str] = []
    for name in ("low", "high"):
        end = given.get(name)
        if end is None:
            ends.append(None)
            continue
        if not isinstance(end, dict) or end.get("comparator") is not None:
            happened = f"The {name} end of a range is no plain quantity"
            raise ResourceError(happened, "give a number and its unit")
        _refuse_modified(end)
        _refuse_withheld(end, "_")
        number = number_of(end.get("value"), f"{name} end")
        if isinstance(number, str):
            happened = f"The {name} end of a range is {shown(number)}"
            raise UnreadableValueError(happened, "give a number", number[:80])
        ends.append(number)
        unit = unit_of(end, marker)
        units += [] if unit is None or number is None else [unit]
    if len(units) > 1 and _accepted(marker, units[0]) is not _accepted(marker, units[1]) and units[0] != units[1]:
        happened = f"The ends of a range are in {shown(units[0])} and {shown(units[1])}"
        raise UnitConflictError(happened, "give both in one unit", f"{units[0]} {units[1]}"[:80])
    return ends[0], ends[1], units[0] if units else None


def _range(given: Json, marker: Analyte) -> Value:
    """A range of values as an interval; an absent end is open."""
    low, high, unit = ends_of(given, marker)
    if low is None and high is None:
        happened = "The range of values has no end"
        raise MissingValueError(happened, "leave the result out, or give its value")
    if high is None:
        return Value(low, None, unit, ">=")
    if low is None:
        return Value(high, None, unit, "<=")
    return Value(None, f"{low}-{high}", unit, None, ".")
