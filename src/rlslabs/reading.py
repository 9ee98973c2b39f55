"""A result as the laboratory wrote it, with its marker's units, as a reading; and the report's own range."""

from __future__ import annotations

from decimal import Decimal

from rlslabs.catalog import Found
from rlslabs.errors import (
    AmbiguousUnitError,
    CodeUnitError,
    ComparatorConflictError,
    LabsError,
    MissingUnitError,
    MissingValueError,
    RangeUnitError,
    UnitConflictError,
    UnknownUnitError,
    shown,
)
from rlslabs.facts import Accepted, Bound, Marker, Population, Range, Source
from rlslabs.model import Issue, LabResult, Reading
from rlslabs.text import Interval, compared, exactly, read_comparator, read_range, read_text
from rlslabs.units import fold, scale

REPORT = Source.trusted(
    {
        "id": "report",
        "title": "reference range printed with the result",
        "publisher": "The laboratory report",
        "year": None,
        "doi": None,
        "pmid": None,
        "url": None,
        "evidence": "report",
        "retrieved": None,
        "note": None,
    }
)
ANYBODY = Population.trusted({"sex": None, "age": None, "pregnant": False})

_LONGEST_UNIT = 100

FRACTION_UP_TO = Decimal(1)
PERCENT_FROM = Decimal("1.5")
"""A saturation without a unit: up to 1 a fraction, above 1.5 a percentage, between them refused.

Source: a national registry stores both, with blank units: deciles 0.08-0.41 and 8-41 (knowledge base, 4.2).
"""


def read_result(result: LabResult, found: Found) -> tuple[Reading, Range | None, list[Issue]]:
    """The reading of a result, the report's own range where it is sane, and what is to be said of both.

    Raises:
        ValueRefusedError: The value cannot be read.
        UnitError: The unit is missing, not accepted for the marker, or contradicts the code.
    """
    marker, code, partial = found
    issues: list[Issue] = []
    interval, written = _value(result)
    own: tuple[Interval, str] | None = None
    if result.range is not None:
        try:
            own = read_range(result.range, result.decimal_mark)
        except LabsError as error:
            issues.append(_instead(error))
    unit = _unit(marker, result.unit, written)
    if unit is None:
        unit = _unit_of_saturation(marker, interval, own, issues)
    if code is not None:
        kind = scale(unit.ucum).kind
        if code.property not in {kind, "any"}:
            happened = f"The code {code.code} measures {code.property}, and {unit.ucum} measures {kind}"
            raise CodeUnitError(happened, "check which of the two is mistyped", f"{code.code} {unit.ucum}")
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
    return reading, _own_range(result, marker, own, unit, issues), issues


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


def _unit(marker: Marker, said: str | None, written: str) -> Accepted | None:
    """The accepted unit that the column and the text name, or `None` where neither does."""
    named = None if said is None else _accepted(marker, said)
    if not written:
        return named
    behind = _accepted(marker, written)
    if named is not None and behind is not None and named is not behind:
        happened = f"The value says {behind.ucum} and the unit says {named.ucum}"
        raise UnitConflictError(happened, "give the unit in one place", f"{written} {said}"[:80])
    return behind or named


def _accepted(marker: Marker, written: str) -> Accepted | None:
    found = marker.spellings.get(written)
    if found is not None:
        return found
    folded = fold(written[:_LONGEST_UNIT])
    if not folded and "{" not in written:
        return None
    found = marker.spellings.get(folded or "1")
    if found is None or len(written) > _LONGEST_UNIT:
        accepted = tuple(each.ucum for each in marker.accepts)
        happened = f"{marker.name} is not reported in {shown(written)}"
        raise UnknownUnitError(happened, f"give it in one of: {', '.join(accepted)}", written[:80], accepted)
    return found


def _unit_of_saturation(
    marker: Marker, interval: Interval, own: tuple[Interval, str] | None, issues: list[Issue]
) -> Accepted:
    """Only a saturation may come without a unit, because its size tells it; and then an issue says so."""
    percent, fraction = marker.spellings.get("%"), marker.spellings.get("1")
    if percent is None or fraction is None:
        accepted = ", ".join(each.ucum for each in marker.accepts)
        happened = f"{marker.name} has no unit"
        raise MissingUnitError(happened, f"give it in one of: {accepted}")
    unit = _saturation_unit(own[0], percent, fraction) if own and not own[1] else None
    if unit is None:
        unit = _saturation_unit(interval, percent, fraction)
    if unit is None or (interval.comparator and unit is fraction and own is None):
        happened = f"{marker.name} has no unit, and its value could be a fraction or a percentage"
        raise AmbiguousUnitError(happened, "give % or 1 as the unit", str(interval.low))
    assumed = "percent" if unit is percent else "fraction"
    message = f"{marker.name} has no unit and was read as a {assumed} by its size; give % or 1 to be certain"
    issues.append(Issue.trusted({"code": f"{assumed}-assumed", "message": message, "text": ""}))
    return unit


def _saturation_unit(interval: Interval, percent: Accepted, fraction: Accepted) -> Accepted | None:
    largest = interval.low if interval.high is None else interval.high
    if largest > PERCENT_FROM:
        return percent
    return fraction if largest < FRACTION_UP_TO else None


def _own_range(
    result: LabResult, marker: Marker, own: tuple[Interval, str] | None, unit: Accepted, issues: list[Issue]
) -> Range | None:
    """The report's own range, in its own unit; refused with an issue where that unit is not accepted."""
    if own is None or result.range is None:
        return None
    interval, written = own
    try:
        named = _accepted(marker, written) if written else None
    except UnknownUnitError as error:
        happened = f"The printed range is in {shown(written)}"
        issues.append(_instead(RangeUnitError(happened, error.mend, written[:80])))
        return None
    if named is None:
        named = unit
        percent, fraction = marker.spellings.get("%"), marker.spellings.get("1")
        if percent is not None and fraction is not None:
            named = _saturation_unit(interval, percent, fraction) or unit
    locator = f"printed as {result.range.text or _numbers(result)}"
    low = None if interval.comparator in {"<", "<="} else _bound(interval.low, locator, open_=interval.low_open)
    high = None if interval.high is None else _bound(interval.high, locator, open_=interval.high_open)
    return Range.trusted(
        {
            "kind": "standard",
            "sets": ("report",),
            "applies_to": ANYBODY,
            "unit": named.ucum,
            "low": low,
            "high": high,
            "lab_low": None,
            "reviewed": None,
            "note": None,
        }
    )


def _instead(error: LabsError) -> Issue:
    """The issue about a printed range that was refused, saying what was done in its place."""
    message = f"{error}. The standard set is used in its place"
    return Issue.trusted({"code": error.code, "message": message, "text": error.text[:80]})


def _numbers(result: LabResult) -> str:
    printed = result.range
    return (
        ""
        if printed is None
        else " ".join(
            f"{name} {value}" for name, value in (("low", printed.low), ("high", printed.high)) if value is not None
        )
    )


def _bound(value: Decimal, locator: str, *, open_: bool) -> Bound:
    return Bound.trusted({"value": value, "inclusive": not open_, "source": REPORT, "locator": locator, "note": None})
