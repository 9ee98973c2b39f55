"""Numbers, comparators, intervals and ranges as text; refuses what could mean two things."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, NoReturn

from rlslabs.comparators import COMPARATOR, read_comparator
from rlslabs.errors import (
    AmbiguousNumberError,
    InfiniteValueError,
    InvertedIntervalError,
    InvertedRangeError,
    LabsError,
    MissingValueError,
    NegativeValueError,
    NotANumberError,
    RangeConflictError,
    RangeRefusedError,
    UnreadableRangeError,
    UnreadableValueError,
    shown,
)
from rlslabs.facts import AMBIGUOUS, FURTHEST
from rlslabs.model import Comparator
from rlslabs.rangewords import range_words
from rlslabs.reported import ReportedRange

_LONGEST = 200
_GROUP = 3

_NUMBER = r"(?:[0-9]+(?:[.,'’\u00a0\u2009\u202f][0-9]+)*|[.,][0-9]+)(?:e[+-]?[0-9]{1,3})?"
_TO = r"\s*(?:-|–|—|‐|‑|−|\.\.+|\bto\b)\s*"
_VALUE = re.compile(
    rf"(?P<comparator>(?![0-9.,])(?:{COMPARATOR}|=))?\s*(?P<sign>[-−–]|)(?P<low>{_NUMBER})(?:{_TO}(?P<high>{_NUMBER}))?\s*(?P<unit>[a-zµμ%{{(].*)?",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN = re.compile(
    rf"(?:(?P<from>from|between|von|zwischen|de|entre|van|tussen|desde)\s+)?(?P<low>{_NUMBER})\s*"
    rf"\b(?:to|bis|à|a|tot|hasta|(?P<and>and|und|et|y|en))\b\s*(?P<high>{_NUMBER}.*)",
    re.IGNORECASE | re.DOTALL,
)
"""The two ends of a range in words; two numbers with an `and` between them are one only behind a word that says so."""
_UNIT_TWICE = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?P<unit>[a-zµμ%][^0-9–—-]*?)(?P<to>{_TO})(?P<high>{_NUMBER})\s*(?P=unit)", re.IGNORECASE
)
_NOT_A_NUMBER = re.compile(r"[-+]?(?:nan|not a number)", re.IGNORECASE)
_INFINITE = re.compile(r"[-+−]?(?:inf|infinity|∞)", re.IGNORECASE)
_SIGN = re.compile(r"[-−–]")
_SEPARATOR = re.compile(r"[^0-9]")
_WRAPPED = re.compile(r"\(.*\)|\[.*\]", re.DOTALL)


class Interval(NamedTuple):
    """Every value from `low` to `high`; an absent `high` has no end; an open end is left out."""

    low: Decimal
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False
    comparator: Comparator | None = None


def exactly(value: Decimal) -> Interval:
    """The interval that holds one value.

    Raises:
        NegativeValueError: The value is below zero.
        UnreadableValueError: The value is of a size that no measurement has.
    """
    if not _is_measurable(value):
        _refuse_unreadable(str(value)[:_LONGEST])
    if value < 0:
        _refuse_negative(str(value))
    value = value or value.copy_abs()
    return Interval(value, value)


def compared(comparator: Comparator, value: Decimal) -> Interval:
    """Law 3: `<5` is every value from 0 up to 5.

    Raises:
        NegativeValueError: Nothing at or above zero is left.
        UnreadableValueError: The value is of a size that no measurement has.
    """
    if not _is_measurable(value):
        _refuse_unreadable(f"{comparator}{value}"[:_LONGEST])
    if value < 0 or (value == 0 and comparator == "<"):
        _refuse_negative(f"{comparator}{value}")
    if comparator in {"<", "<="}:
        return Interval(Decimal(0), value, high_open=comparator == "<", comparator=comparator)
    return Interval(value, None, low_open=comparator == ">", comparator=comparator)


def read_number(digits: str, decimal_mark: str | None = None) -> Decimal:
    """A number from its digits and marks; `1,220` is refused unless the decimal mark is said.

    Raises:
        AmbiguousNumberError: A single mark could be a decimal mark or group thousands.
        UnreadableValueError: The marks do not make a number.

    >>> read_number("1,220.5"), read_number("38,5"), read_number("1,220", ".")
    (Decimal('1220.5'), Decimal('38.5'), Decimal('1220'))
    """
    if digits.isdigit():
        return Decimal(digits)
    mantissa, e, exponent = digits.casefold().partition("e")
    marks = _SEPARATOR.findall(mantissa)
    decimal = _decimal_mark(mantissa, marks, decimal_mark, written_by_machine=bool(e))
    whole, _, fraction = mantissa.partition(decimal) if decimal else (mantissa, "", "")
    groups = _SEPARATOR.split(whole)
    grouped = len(groups) == 1 or (1 <= len(groups[0]) <= _GROUP and all(len(each) == _GROUP for each in groups[1:]))
    one_kind = len(set(_SEPARATOR.findall(whole))) <= 1
    if not grouped or not one_kind or _SEPARATOR.search(fraction) or (e and abs(int(exponent)) > FURTHEST):
        _refuse_unreadable(digits)
    return Decimal(f"{''.join(groups)}.{fraction}{e}{exponent}" if fraction or e else "".join(groups))


def _decimal_mark(mantissa: str, marks: list[str], said: str | None, *, written_by_machine: bool) -> str:
    """The mark that stands before the decimals, or nothing."""
    last = marks[-1] if marks else ""
    if said is not None:
        return said
    if last not in {".", ","} or (marks.count(last) > 1):
        return ""
    if len(marks) > 1 or (written_by_machine and last == "."):
        return last
    if AMBIGUOUS.fullmatch(mantissa):
        before, _, after = mantissa.partition(last)
        happened = f"{mantissa} could mean {before}{after} or {before}.{after}"
        raise AmbiguousNumberError(happened, 'say which mark is used: decimal_mark="." or decimal_mark=","', mantissa)
    return last


def read_text(text: str, decimal_mark: str | None = None) -> tuple[Interval, str]:
    """A value as text, and the unit that stands behind it, if any.

    Raises:
        ValueRefusedError: It is missing, unreadable, ambiguous, negative, inverted, infinite or not a number.

    >>> read_text("LESS THAN 5 ng/mL")
    (Interval(low=Decimal('0'), high=Decimal('5'), low_open=False, high_open=True, comparator='<'), 'ng/mL')
    """
    if len(text) > _LONGEST:
        _refuse_unreadable(text)
    written = html.unescape(text).strip()
    if not written:
        happened = "There is no value"
        raise MissingValueError(happened, "leave the result out, or give its value")
    if _NOT_A_NUMBER.fullmatch(written):
        happened = "The value is not a number"
        raise NotANumberError(happened, "leave the result out, or give its value", text[:80])
    if _INFINITE.fullmatch(written):
        happened = "The value is infinite"
        raise InfiniteValueError(happened, "give the number with its comparator, such as >2000", text[:80])
    match = _VALUE.fullmatch(written)
    if not match:
        _refuse_unreadable(text)
    comparator = read_comparator(match["comparator"])
    if match["sign"]:
        _refuse_negative(text)
    low = read_number(match["low"], decimal_mark)
    unit = (match["unit"] or "").strip()
    if match["high"] is None:
        return (compared(comparator, low) if comparator else exactly(low)), unit
    high = read_number(match["high"], decimal_mark)
    if comparator or not (_is_measurable(low) and _is_measurable(high)):
        _refuse_unreadable(text)
    if high < low:
        happened = f"The interval {shown(text)} ends before it begins"
        raise InvertedIntervalError(happened, "write the smaller number first", text[:80])
    return Interval(low, high), unit


def read_range(printed: ReportedRange, decimal_mark: str | None = None) -> tuple[Interval, str]:
    """A report's own range as an interval, and its unit, if it names one; `< 150` leaves 150 itself out.

    Text such as `24-336`, `(15-200)`, `< 150`, `>20`, `30 - 400 ng/mL`.

    Raises:
        UnreadableRangeError: It is not two numbers or one limit.
        InvertedRangeError: It is empty.
    """
    text, unit = printed.text, printed.unit
    low = "" if printed.low is None else str(printed.low)
    high = "" if printed.high is None else str(printed.high)
    length = sum(map(len, (text or "", low, high, unit or "")))
    read = _range if length <= _LONGEST else _range.__wrapped__  # what is longer than a range is not kept
    return read(text, low, high, unit, decimal_mark)


@lru_cache(maxsize=1024)
def _range(text: str | None, low: str, high: str, unit: str | None, decimal_mark: str | None) -> tuple[Interval, str]:
    """A range in these words and digits; a laboratory prints the same ones again and again."""
    ends = {"low": Decimal(low) if low else None, "high": Decimal(high) if high else None}
    printed = ReportedRange.trusted({"text": text, **ends, "unit": unit})
    if text is None:
        return _numbered(printed)
    if low or high:
        return _agreed(printed, decimal_mark)
    return _worded(text, unit or "", decimal_mark)


def _worded(written: str, beside: str, decimal_mark: str | None) -> tuple[Interval, str]:
    """A range in words alone, and its unit, if it names one; else the one beside it."""
    if len(written) > _LONGEST:
        _refuse_range(written)
    text = html.unescape(written).strip()
    if _WRAPPED.fullmatch(text):
        text = text[1:-1].strip()
    if (between := _BETWEEN.fullmatch(text)) and (between["from"] or not between["and"]):
        text = f"{between['low']}-{between['high']}"
    if twice := _UNIT_TWICE.fullmatch(text):
        text = f"{twice['low']}{twice['to']}{twice['high']} {twice['unit']}"
    try:
        interval, unit = read_text(text, decimal_mark)
    except InvertedIntervalError as error:
        _refuse_inverted(written, error)
    except NegativeValueError as error:  # a sign is unreadable here, where a dash means "to"; <0 is empty
        (_refuse_range if _SIGN.search(text) else _refuse_inverted)(written, error)
    except LabsError as error:
        _refuse_range(written, error)
    if interval.low == interval.high:
        match = _VALUE.fullmatch(text)
        (_refuse_inverted if interval.comparator or (match and match["high"]) else _refuse_range)(written)
    return interval, unit or beside


def _agreed(printed: ReportedRange, decimal_mark: str | None) -> tuple[Interval, str]:
    """A range given as text and as numbers: the numbers, unless the text says something else.

    A range that is called `deficient`, or is for somebody else, is none to be flagged from.
    """
    numbers = _numbered(printed)
    try:
        text = _worded(str(printed.text), printed.unit or "", decimal_mark)
    except RangeRefusedError:
        if not range_words(str(printed.text)).contradicts:
            return numbers
        happened = f"It cannot be told what the printed range is that is called {shown(printed.text)}"
        raise UnreadableRangeError(
            happened, "give its numbers alone, if it is normal", str(printed.text)[:80]
        ) from None
    if (text[0].low, text[0].high) != (numbers[0].low, numbers[0].high):
        happened = f"The printed range says {shown(printed.text)} and also {numbers[0].low} to {numbers[0].high}"
        raise RangeConflictError(happened, "give it once", str(printed.text)[:80])
    return text


def _numbered(printed: ReportedRange) -> tuple[Interval, str]:
    low, high = printed.low, printed.high
    words = f"{'' if low is None else low}-{'' if high is None else high}"
    ends = [end for end in (low, high) if end is not None]
    if not ends or any(end < 0 or not _is_measurable(end) for end in ends):
        _refuse_range(words)
    if high is not None and high <= (low or 0):
        _refuse_inverted(words)
    if low is None or high is None:
        return (compared("<=", ends[0]) if low is None else compared(">=", ends[0])), printed.unit or ""
    return Interval(low, high), printed.unit or ""


def _is_measurable(value: Decimal) -> bool:
    """Whether a number is of a size that a measurement can have."""
    return -FURTHEST <= value.adjusted() <= FURTHEST


def _refuse_range(text: str, cause: Exception | None = None) -> NoReturn:
    happened = f"The printed range {shown(text)} is neither two numbers nor one limit"
    raise UnreadableRangeError(happened, "print it as 24-336, <150 or >20", text[:80]) from cause


def _refuse_inverted(text: str, cause: Exception | None = None) -> NoReturn:
    happened = f"The printed range {shown(text)} is empty or inverted"
    raise InvertedRangeError(happened, "print the lower limit first", text[:80]) from cause


def _refuse_unreadable(text: str) -> NoReturn:
    happened = f"{shown(text)} is not a number, a comparator with a number, or an interval"
    raise UnreadableValueError(happened, "give a value such as 38, <5 or 5-10", text[:80])


def _refuse_negative(text: str) -> NoReturn:
    happened = f"{shown(text)} leaves no value at or above zero"
    raise NegativeValueError(happened, "check the value", text[:80])
