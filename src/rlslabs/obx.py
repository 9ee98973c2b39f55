"""One OBX segment to a result as the laboratory wrote it; refuses what is no result, or none of serum or plasma."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, NamedTuple

from rlslabs.coded import NamedTest
from rlslabs.er7 import Fields
from rlslabs.errors import (
    AnotherAnalyteError,
    ComparatorConflictError,
    LabsError,
    ResultStatusError,
    UnitConflictError,
    UnknownUnitError,
    UnreadableValueError,
    shown,
)
from rlslabs.hl7tables import FINAL, OPEN, REFUSED, is_specimen, other_fluids, read_moment
from rlslabs.marker import Analyte
from rlslabs.model import Issue
from rlslabs.reading import accepted_unit
from rlslabs.reported import LabResult, ReportedRange
from rlslabs.text import read_comparator, read_text

Mark = Literal[".", ","]

VALUE_TYPES = frozenset({"NM", "SN", "ST", "TX", "FT", "CE", "CWE", "CF", "CNE", ""})
_CODED = frozenset({"CE", "CWE", "CF", "CNE"})
_NUMERIC = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})")
"""NM: digits, of which a point parts the decimals; `1.220` is no thousand here."""

_UNIT = re.compile(r"[munpkµμ]?(?:g|mol)/[dm]?l|%", re.IGNORECASE)
_COMPONENTS_OF_SN = 4
_TEXT, _SYSTEM, _ORIGINAL = 1, 2, 8


class Order(NamedTuple):
    """What an OBR and the SPM segments of its group say of the results below: name, collection, specimens, and more."""

    name: str = ""
    collected: str = ""
    specimens: tuple[str, ...] = ()
    cancelled: bool = False
    fault: LabsError | None = None


class Value(NamedTuple):
    """A value as it was sent: a number or text, and the comparator that stands apart from it."""

    number: Decimal | None
    text: str | None
    comparator: str | None


def read_observation(fields: Fields, test: NamedTest, order: Order, mark: Mark | None) -> tuple[LabResult, list[Issue]]:
    """The result of a segment, and what is to be said of its status.

    Raises:
        LabsError: It is no result that stands, of another specimen, or its value cannot be told.
    """
    notices = _check_status(fields.text(11), order)
    _check_specimen(test.analyte, order)
    value = _off_scale(_value(fields), flags(fields), mark)
    printed = fields.text(7)
    result = {
        "marker": test.asked,
        "value": value.number,
        "text": value.text,
        "unit": _unit(fields.components(6), test.analyte),
        "comparator": value.comparator,
        "range": ReportedRange.trusted({"text": printed, "low": None, "high": None, "unit": None}) if printed else None,
        "collected": read_moment(fields.component(14) or order.collected, "date of collection"),
        "decimal_mark": mark,
        "circumstances": (),
        "specimen": None,
        "method": fields.text(17) or None,
    }
    return LabResult.trusted(result), notices


def flags(fields: Fields) -> tuple[str, ...]:
    """The codes in OBX-8, as sent."""
    return tuple(fields.firsts(8))


def _check_status(status: str, order: Order) -> list[Issue]:
    code = status.upper()
    if order.fault is not None:
        raise order.fault.with_traceback(None)
    if order.cancelled:
        happened = "OBR-25 says that the order was cancelled"
        raise ResultStatusError(happened, "leave its results out", "X")
    if code in FINAL:
        return []
    if code in OPEN or not code:
        message = f"OBX-11 is {code}: {OPEN[code]}" if code else "OBX-11 does not say whether the result is final"
        issue = {"code": "result-not-final", "message": f"{message}; look for a later report", "text": code}
        return [Issue.trusted(issue)]
    happened = f"OBX-11 is {shown(status)}: {REFUSED.get(code, 'no status of table 0085')}"
    raise ResultStatusError(happened, "leave the record out, or send its result", status[:80])


def _check_specimen(analyte: Analyte, order: Order) -> None:
    if other_fluids(order.name):
        happened = f"The order is {shown(order.name)}, and {analyte.name} is judged in {analyte.specimen}"
        raise AnotherAnalyteError(happened, "leave it out here, or correct OBR-4", order.name[:80])
    for specimen in order.specimens:
        if not is_specimen(specimen, analyte.specimen):
            happened = f"The specimen is {shown(specimen)}, and {analyte.name} is judged in {analyte.specimen}"
            raise AnotherAnalyteError(happened, "leave it out here, or correct OBR-15 or SPM-4", specimen[:80])


def _value(fields: Fields) -> Value:
    kind = fields.text(2).upper()
    if kind not in VALUE_TYPES:
        happened = f"OBX-2 is {shown(kind)}, which holds no number"
        raise UnreadableValueError(happened, "send the value as NM, SN or ST", kind[:80])
    repetitions = fields.repetitions(5)
    if not repetitions:
        return Value(None, None, None)
    if len(repetitions) > 1:
        happened = f"OBX-5 holds {len(repetitions)} values"
        raise UnreadableValueError(happened, "send each in a segment of its own", "~".join(repetitions)[:80])
    parts = fields.components(5)
    if kind in _CODED:
        return _typed(_of_coded(parts), kind)
    if kind == "SN" or (len(parts) > 1 and _is_comparator(parts[0])):
        return _of_structured(parts)
    return _typed(repetitions[0], kind)


def _is_comparator(written: str) -> bool:
    try:
        return bool(written) and read_comparator(written) is not None
    except ComparatorConflictError:
        return False


def _typed(text: str, kind: str) -> Value:
    """Text as a number where its type says that a point parts the decimals, else as it is written."""
    if kind in {"NM", "SN"} and _NUMERIC.fullmatch(text):
        return Value(Decimal(text), None, None)
    return Value(None, text, None)


def _of_structured(parts: list[str]) -> Value:
    """SN: comparator, first number, separator, second number; only an interval has two numbers."""
    comparator, first, separator, second = [*parts, *[""] * _COMPONENTS_OF_SN][:_COMPONENTS_OF_SN]
    if not first and not separator and not second:
        return _typed(comparator, "SN")
    if separator or second:
        written = " ".join(parts)
        if separator != "-" or not first or not second:
            happened = f"The structured number {shown(written)} is a ratio, a degree or incomplete"
            raise UnreadableValueError(happened, "send one number or an interval", written[:80])
        return Value(None, f"{first}-{second}", comparator or None)
    return _typed(first, "SN")._replace(comparator=comparator or None)


def _of_coded(parts: list[str]) -> str:
    """A coded value's text; its code only where that has neither text nor system, because a code is no number."""
    padded = [*parts, *[""] * (_ORIGINAL + 1)]
    code, text, system = padded[0], padded[_TEXT] or padded[_ORIGINAL], padded[_SYSTEM]
    if system and not text:
        happened = f"The coded value {shown(code)} has no text, and a code is no number"
        raise UnreadableValueError(happened, "send the value as NM, SN or ST", code[:80])
    return text or code


def _off_scale(value: Value, flagged: tuple[str, ...], mark: Mark | None) -> Value:
    """The value with `<` or `>` where only OBX-8 says that it is off the scale.

    Raises:
        ComparatorConflictError: OBX-5 and OBX-8 contradict each other.
    """
    signs = [each for each in flagged if each in {"<", ">"}]
    if not signs or (value.number is None and value.text is None):
        return value
    own = value.comparator
    if own is None and value.text is not None:
        try:
            own = read_text(value.text, mark)[0].comparator
        except LabsError:
            return value
    if len(set(signs)) > 1 or (own is not None and (read_comparator(own) or "=")[0] != signs[0]):
        happened = f"OBX-8 says {' and '.join(signs)}, and OBX-5 {shown(value.text or value.number)}"
        raise ComparatorConflictError(happened, "say the comparator once", " ".join(signs))
    return value._replace(comparator=signs[0]) if own is None else value


def _unit(parts: list[str], analyte: Analyte) -> str | None:
    """The unit of OBX-6: of its code, text and alternates, the one that the analyte is reported in.

    Raises:
        UnitConflictError: Two of them are different units.
    """
    padded = [*parts, *[""] * (_ORIGINAL + 1)]
    codes = (padded[0], padded[3])
    written = list(dict.fromkeys(each for each in (padded[0], padded[1], padded[3], padded[4], padded[8]) if each))
    accepted: dict[str, str] = {}
    for each in written:
        try:
            unit = accepted_unit(analyte, each)
        except UnknownUnitError:
            if _UNIT.fullmatch(each) or (
                each in codes and "/" in each
            ):  # a unit, and not the laboratory's word for one
                accepted.setdefault(each, each)
            continue
        if unit is not None:
            accepted.setdefault(unit.ucum, each)
    if len(accepted) > 1:
        happened = f"OBX-6 names the units {' and '.join(map(shown, accepted.values()))}"
        raise UnitConflictError(happened, "name one", " ".join(accepted.values())[:80])
    return next(iter(accepted.values()), written[0]) if written else None
