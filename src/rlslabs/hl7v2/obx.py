"""One OBX segment to a result as the laboratory wrote it; refuses what is no result, or none of serum or plasma."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

from rlslabs.comparators import read_comparator
from rlslabs.errors import (
    AnotherAnalyteError,
    ComparatorConflictError,
    LabsError,
    ResultStatusError,
    UnreadableValueError,
    shown,
)
from rlslabs.hl7v2.coded import NamedTest
from rlslabs.hl7v2.er7 import Fields
from rlslabs.hl7v2.tables import FINAL, OPEN, REFUSED, read_moment
from rlslabs.hl7v2.unit import read_unit
from rlslabs.model import Issue
from rlslabs.reported import LabResult, ReportedRange
from rlslabs.text import read_text

Mark = Literal[".", ","]

VALUE_TYPES = frozenset({"NM", "SN", "ST", "TX", "FT", "CE", "CWE", "CF", "CNE", ""})
_CODED = frozenset({"CE", "CWE", "CF", "CNE"})
_NUMERIC = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})")
"""NM: digits, of which a point parts the decimals; `1.220` is no thousand here."""

_BEHIND = re.compile(r"\s*(?P<number>[0-9][^<>=≤≥]*?)\s*(?P<sign>[<>]=?|[≤≥])\s*")
_LONGEST = 80
_COMPONENTS_OF_SN = 4
_TEXT, _SYSTEM, _ORIGINAL = 1, 2, 8


_MEND = {
    **dict.fromkeys(REFUSED, "there is nothing to be judged"),
    **dict.fromkeys("DW", "it was withdrawn, so nothing is to be done"),
    "I": "look for a later report",
}
"""What to do about a record that holds no result."""


class Specimen(NamedTuple):
    """A specimen as it was sent, shortened, and every kind of specimen that its words name."""

    kinds: frozenset[str]
    written: str


class Order(NamedTuple):
    """What an OBR and the SPM segments of its group say of the results below: collection, specimens, and more.

    `bloodless` is its name, shortened, where that says that no blood was tested.
    """

    bloodless: str = ""
    collected: str = ""
    specimens: tuple[Specimen, ...] = ()
    cancelled: bool = False
    fault: LabsError | None = None

    def of(self, other: Order) -> Order:
        """The same order with the specimens and faults of another; of each kind of specimen one tells enough."""
        kinds = {each.kinds for each in self.specimens}
        specimens = self.specimens + tuple(each for each in other.specimens if each.kinds not in kinds)
        collected = self.collected or other.collected
        return self._replace(specimens=specimens, collected=collected, fault=self.fault or other.fault)


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
    notices = [*_check_status(fields.text(11), order), *_unsure(test), *_check_specimen(test, order)]
    value = _off_scale(_value(fields), flags(fields), mark)
    printed = fields.text(7)
    result = {
        "marker": test.asked,
        "value": value.number,
        "text": value.text,
        "unit": read_unit(fields.components(6), test.analyte),
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
        happened = "ORC-1, ORC-5 or OBR-25 says that the order was cancelled"
        raise ResultStatusError(happened, "leave its results out", "X")
    if code in FINAL:
        return []
    if code in OPEN or not code:
        message = f"OBX-11 is {code}: {OPEN[code]}" if code else "OBX-11 does not say whether the result is final"
        issue = {"code": "result-not-final", "message": f"{message}; look for a later report", "text": code}
        return [Issue.trusted(issue)]
    happened = f"OBX-11 is {shown(status)}: {REFUSED.get(code, 'no status of table 0085')}"
    raise ResultStatusError(happened, _MEND.get(code, "send one of that table"), status[:80])


def _unsure(test: NamedTest) -> list[Issue]:
    """What is to be said of how the test was told: by its name alone, or beside a name that is not known."""
    name = test.analyte.name
    if test.by_name:
        message = f"{name} has no LOINC code and was told by its name {shown(test.asked)}; give the code"
        return [Issue.trusted({"code": "told-by-name", "message": message, "text": test.asked[:80]})]
    if test.unsure is None:
        return []
    message = f"The name {shown(test.unsure)} is no name of {name} that is known here; check the code"
    return [Issue.trusted({"code": "display-unknown", "message": message, "text": test.unsure[:80]})]


def _check_specimen(test: NamedTest, order: Order) -> Iterator[Issue]:
    """Hold the order and its specimens against the test.

    Blood as it was drawn is no other specimen beside a LOINC code, which says what was separated from it.

    Raises:
        AnotherAnalyteError: Something else was tested.
    """
    analyte = test.analyte
    if order.bloodless:
        happened = f"The order is {shown(order.bloodless)}, and {analyte.name} is judged in {analyte.specimen}"
        raise AnotherAnalyteError(happened, "leave it out here, or correct OBR-4", order.bloodless)
    for kinds, written in order.specimens:
        if kinds and all(kind in analyte.specimen for kind in kinds):
            continue
        if test.by_name or kinds != {"blood"}:
            happened = f"The specimen is {shown(written)}, and {analyte.name} is judged in {analyte.specimen}"
            raise AnotherAnalyteError(happened, "leave it out here, or correct OBR-15 or SPM-4", written)
        message = f"The specimen is {shown(written)}, and the code says {analyte.specimen}; check that it was separated"
        yield Issue.trusted({"code": "specimen-unclear", "message": message, "text": written})


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
        return Value(None, _of_coded(parts), None)
    if behind := _behind(parts):
        return Value(None, behind, None)
    if kind == "SN" or _is_comparator(parts[0]):
        return _of_structured(parts)
    return _typed(repetitions[0], kind)


def _behind(parts: list[str]) -> str:
    """A number and the comparator in the component behind it, as one text; nothing where none stands there."""
    number, sign, *more = [*filter(None, parts), "", ""]
    return f"{number}{sign}" if not any(more) and _is_comparator(sign) and not _is_comparator(number) else ""


def _is_comparator(written: str) -> bool:
    try:
        return read_comparator(written) is not None
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
    padded = [*parts, *[""] * _ORIGINAL]
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
    text = value.text
    if text is not None and len(text) <= _LONGEST and (behind := _BEHIND.fullmatch(html.unescape(text))):
        comparator = read_comparator(behind["sign"])
        if comparator and {comparator[0]} == set(signs):  # alone, `5<` may mean that 5 is less than the value
            return Value(None, behind["number"], comparator)
    if not signs or (value.number is None and text is None):
        return value
    own = value.comparator
    if own is None and text is not None:
        try:
            own = read_text(text, mark)[0].comparator
        except LabsError:
            return value
    if len(set(signs)) > 1 or (own is not None and (read_comparator(own) or "=")[0] != signs[0]):
        happened = f"OBX-8 says {' and '.join(signs)}, and OBX-5 {shown(text or value.number)}"
        raise ComparatorConflictError(happened, "say the comparator once", " ".join(signs))
    return value._replace(comparator=signs[0]) if own is None else value
