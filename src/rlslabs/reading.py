"""A result as the laboratory wrote it, with its marker's units, as a reading; and the report's own range."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from rlslabs.catalog import Found, FoundContext
from rlslabs.comparators import read_comparator
from rlslabs.errors import (
    AmbiguousUnitError,
    AnotherAnalyteError,
    CodeUnitError,
    ComparatorConflictError,
    LabsError,
    MissingUnitError,
    MissingValueError,
    RangeConflictError,
    RangeUnitError,
    UnitConflictError,
    UnknownUnitError,
    shown,
)
from rlslabs.marker import Accepted, Analyte, Code
from rlslabs.model import Issue, Reading
from rlslabs.reported import LabResult, ReportedRange
from rlslabs.text import Interval, compared, exactly, read_range, read_text
from rlslabs.units import factor, fold, scale

_LONGEST_UNIT = 100

_Range = tuple[Interval, Accepted | None, str]

FRACTION_UP_TO = Decimal(1)
PERCENT_FROM = Decimal("1.5")
"""A saturation without a unit: below 1 a fraction, above 1.5 a percentage, between them refused.

Source: a national registry stores both, with blank units: deciles 0.08-0.41 and 8-41 (knowledge base, 4.2).
"""


_LETTERS = re.compile("[a-z]+")
_SPECIMENS = {"serum": {"serum", "ser"}, "plasma": {"plasma", "plas"}, "blood": {"blood", "bld", "whole"}}
_OTHERS = {"urine", "csf", "fluid"}.union(*_SPECIMENS.values())
"""Words of specimens; serum and plasma stand together in the specimen of every analyte that is judged."""


class Printed(NamedTuple):
    """The report's own range as it was read: its values, its unit, and how it was printed."""

    interval: Interval
    unit: Accepted
    locator: str


def read_result(result: LabResult, found: Found | FoundContext) -> tuple[Reading, Printed | None, list[Issue]]:
    """The reading of a result, the report's own range where it can be read, and what is to be said of both.

    Raises:
        ValueRefusedError: The value cannot be read.
        AnotherAnalyteError: The specimen is another than the analyte is measured in.
        UnitError: The unit is missing, not accepted for the marker, or contradicts the code or the printed range.
    """
    marker, code, partial = found
    issues: list[Issue] = []
    if result.specimen and result.specimen.strip():
        _check_specimen(marker, result.specimen)
    interval, written = _value(result)
    unit = _unit(marker, result.unit, written)
    printed = None if result.range is None else _printed(result.range, result.decimal_mark, marker, issues)
    if unit is None or printed is not None:
        unit, printed = _reconciled(marker, interval, unit, printed, issues)
    if code is not None:
        _check_code(marker, code, unit)
    if partial is not None:
        message = f"{shown(result.marker)} names a part of {marker.name}: {partial}; the true total may be higher"
        issues.append(Issue.trusted({"code": "partial-analyte", "message": message, "text": result.marker[:80]}))
    low, high, low_open, high_open, comparator = interval
    reading = Reading.trusted(
        {
            "low": low,
            "high": high,
            "low_open": low_open,
            "high_open": high_open,
            "comparator": comparator,
            "unit": unit.ucum,
            "spoken": unit.spoken,
        }
    )
    return reading, None if printed is None else Printed(printed[0], printed[1] or unit, printed[2]), issues


def instead(error: LabsError) -> Issue:
    """The issue about a printed range that was refused, saying what was done in its place."""
    message = f"{error}. The standard set is used in its place"
    return Issue.trusted({"code": error.code, "message": message, "text": error.text[:80]})


def _check_specimen(marker: Analyte, specimen: str) -> None:
    """Ranges are for serum and plasma; whatever else was measured is another analyte."""
    words = set(_LETTERS.findall(specimen.casefold()))
    wanted = {name for kind in _LETTERS.findall(marker.specimen) for name in _SPECIMENS.get(kind, ())}
    if words & wanted and not words & (_OTHERS - wanted):
        return
    happened = f"The specimen is {shown(specimen)}, and {marker.name} is judged in {marker.specimen}"
    raise AnotherAnalyteError(happened, "leave it out here", specimen[:80])


def _check_code(marker: Analyte, code: Code, unit: Accepted) -> None:
    kind = scale(unit.ucum).kind
    if code.property in {kind, "any"}:
        return
    happened = f"The code {code.code} measures {code.property}, and {unit.ucum} measures {kind}"
    twins = ", ".join(each.code for each in marker.loinc if each.property == kind)
    raise CodeUnitError(
        happened, f"check which of the two is mistyped (for {unit.ucum}: {twins})", f"{code.code} {unit.ucum}"
    )


def _printed(printed: ReportedRange, decimal_mark: str | None, marker: Analyte, issues: list[Issue]) -> _Range | None:
    """The printed range with the unit that it names, or an issue that says why it cannot be used."""
    try:
        interval, written = read_range(printed, decimal_mark)
        try:
            unit = accepted_unit(marker, written) if written else None
            beside = accepted_unit(marker, printed.unit) if printed.unit else unit
        except UnknownUnitError as error:
            happened = f"The printed range is in {shown(written)}"
            raise RangeUnitError(happened, error.mend, written) from error
        if beside is not unit:
            happened = f"The printed range says {shown(printed.text)} and also {shown(printed.unit)}"
            raise RangeConflictError(happened, "give its unit once", str(printed.text))
    except LabsError as error:
        issues.append(instead(error))
        return None
    ends = (("low", printed.low), ("high", printed.high))
    numbers = " ".join(f"{name} {value}" for name, value in ends if value is not None)
    return interval, unit, f"printed as {printed.text or numbers}"


def _reconciled(
    marker: Analyte, interval: Interval, unit: Accepted | None, printed: _Range | None, issues: list[Issue]
) -> tuple[Accepted, _Range | None]:
    """The unit of the value and of the printed range where one of the two does not say it.

    Only a saturation may come without a unit, because its size tells it; then an issue says so. Where value and range
    point to different scales, nothing is guessed.
    """
    percent, fraction = marker.spellings.get("%"), marker.spellings.get("1")
    value = str(interval.low if interval.high is None else interval.high)
    if percent is None or fraction is None:
        if unit is None:
            accepted = ", ".join(each.ucum for each in marker.accepts)
            happened = f"{marker.name} has no unit"
            raise MissingUnitError(happened, f"give it in one of: {accepted}")
        return unit, printed
    by_size = _saturation_unit(interval, percent, fraction)
    ranged = None if printed is None else _range_unit(marker, printed, percent, fraction)
    if unit is None:
        unit = ranged or by_size
        unsure = interval.comparator is not None and by_size is not percent and ranged is None
        if unit is None or unsure or (by_size is not None and by_size is not unit):
            happened = f"{marker.name} has no unit, and its value could be a fraction or a percentage"
            raise AmbiguousUnitError(happened, "give % or 1 as the unit", value)
        assumed = "percent" if unit is percent else "fraction"
        how = "its printed range" if ranged is not None else "its size"
        message = f"{marker.name} has no unit and was read as a {assumed} by {how}; give % or 1 to be certain"
        issues.append(Issue.trusted({"code": f"{assumed}-assumed", "message": message, "text": ""}))
    elif printed is not None and printed[1] is None and ranged is not None and ranged is not unit:
        if unit is percent and by_size is not percent:
            happened = f"{marker.name} says %, and the printed range is of fractions"
            raise AmbiguousUnitError(happened, "give the unit that both are in", value)
        message = (
            f"The printed range has no unit and was read in {ranged.ucum} by its size; print its unit to be certain"
        )
        issues.append(Issue.trusted({"code": "range-unit-assumed", "message": message, "text": printed[2][:80]}))
    return unit, None if printed is None else (printed[0], printed[1] or ranged or unit, printed[2])


def _range_unit(marker: Analyte, printed: _Range, percent: Accepted, fraction: Accepted) -> Accepted | None:
    """The unit of a printed range of saturations, if it says one or both its ends tell it, and it can be meant."""
    interval, unit, _ = printed
    unit = unit or _saturation_unit(interval, percent, fraction)
    mixed = interval.comparator is None and 0 < interval.low < FRACTION_UP_TO and unit is percent
    if unit is None or mixed:
        return None
    largest = Fraction(interval.low if interval.high is None else interval.high) * factor(unit.ucum, "%")
    usual, possible = marker.plausible.soft.low.value, marker.plausible.hard.high.value
    return unit if Fraction(usual) <= largest <= Fraction(possible) else None


def _saturation_unit(interval: Interval, percent: Accepted, fraction: Accepted) -> Accepted | None:
    largest = interval.low if interval.high is None else interval.high
    if largest > PERCENT_FROM:
        return percent
    return fraction if largest < FRACTION_UP_TO else None


def _value(result: LabResult) -> tuple[Interval, str]:
    if result.text is not None:
        interval, written = read_text(result.text, result.decimal_mark)
    elif result.value is not None:
        interval, written = exactly(result.value), ""
    else:
        happened = "There is no value"
        raise MissingValueError(happened, "leave the result out, or give its value")
    if result.comparator is None:
        return interval, written
    comparator = read_comparator(result.comparator)
    if comparator is None or comparator == interval.comparator:
        return interval, written
    if interval.comparator is not None or interval.low != interval.high:
        happened = f"The value {shown(result.text)} comes with a different comparator, {comparator}"
        raise ComparatorConflictError(happened, "give the comparator in one place", str(result.text)[:80])
    return compared(comparator, interval.low), written


def _unit(marker: Analyte, said: str | None, written: str) -> Accepted | None:
    """The accepted unit that the column and the text name, or `None` where neither does."""
    named = None if said is None else accepted_unit(marker, said)
    if not written:
        return named
    behind = accepted_unit(marker, written)
    if named is not None and behind is not None and named is not behind:
        happened = f"The value says {behind.ucum} and the unit says {named.ucum}"
        raise UnitConflictError(happened, "give the unit in one place", f"{written} {said}"[:80])
    return behind


def accepted_unit(marker: Analyte, written: str) -> Accepted | None:
    """The accepted unit of this spelling, or `None` where nothing is written.

    Raises:
        UnknownUnitError: The marker is not reported in it.
    """
    found = marker.spellings.get(written)
    if found is not None:
        return found
    folded = fold(written[:_LONGEST_UNIT])
    if not folded and "{" not in written and not written[_LONGEST_UNIT:].strip():
        return None
    found = marker.spellings.get(folded or fold(written.strip().strip("{}")))
    if found is None or len(written) > _LONGEST_UNIT:
        accepted = tuple(each.ucum for each in marker.accepts)
        happened = f"{marker.name} is not reported in {shown(written)}"
        raise UnknownUnitError(happened, f"give it in one of: {', '.join(accepted)}", written[:80], accepted)
    return found
