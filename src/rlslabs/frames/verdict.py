"""What a table is told about one row: the answer of `interpret`, or the code for which the row was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.door import interpret
from rlslabs.errors import LabsError
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue, Place
from rlslabs.panels import read_pregnant
from rlslabs.population import read_age, read_birth, read_sex
from rlslabs.reported import Patient, ReportedRange, is_missing, written_number
from rlslabs.units import factor

_UNKNOWN = "-"
"""A name that no marker has."""

_DIGITS = 11
"""Limits have 12 digits in the unit of the report: there and back again they are what they were to so many."""

LIMITS = ("standard_low", "standard_high", "optimal_low", "optimal_high")
POSITIONS = ("below", "within", "above", "undecided", "no-range")
STATUSES = ("low", "below-optimal", "optimal", "above-optimal", "high", "undecided", "no-range")


@dataclass(frozen=True)
class Choice:
    """What holds for every row of a table: the catalog, the sets of ranges, and how text is read."""

    catalog: Catalog
    standard: str | None = None
    optimal: str | None = None
    strict: bool = False
    decimal_mark: Literal[".", ","] | None = None


class Asked(NamedTuple):
    """The facts of a row beside its value, as they stand in the table; an absent one is `None`."""

    marker: object = None
    unit: object = None
    comparator: object = None
    range: object = None
    low: object = None
    high: object = None
    sex: object = None
    age: object = None
    born: object = None
    collected: object = None
    pregnant: object = None


class Verdict(NamedTuple):
    """What a row is told; every place is `None` where the row was refused, and then `issue` is the code."""

    standard: str | None
    optimal: str | None
    status: str | None
    issue: str | None
    issues: str | None
    hl7: str | None
    marker: str | None
    reported_unit: str | None
    comparator: str | None
    unit: str | None
    factor: float | None
    standard_set: str | None
    standard_population: str | None
    standard_low: float | None
    standard_high: float | None
    optimal_set: str | None
    optimal_population: str | None
    optimal_low: float | None
    optimal_high: float | None


NO_FACTS: Mapping[str, object] = {
    **dict.fromkeys(("comparator", "range", "collected", "specimen", "method")),
    "circumstances": (),
}
"""What a cell of a wide table does not say of its result."""

REFUSED = Verdict(*[None] * len(Verdict._fields))


def judge(asked: Asked, value: object, choice: Choice) -> Verdict:
    """The verdict on a row: `interpret`, and its answer or refusal in a few words and numbers."""
    marker = marker_named(asked.marker, choice.catalog)
    if isinstance(marker, str) and choice.catalog.is_unknown(marker):
        asked = asked._replace(marker=_UNKNOWN)  # refused all the same, and no near names are looked for
    try:
        return told(interpreted(asked, value, choice))
    except LabsError as error:
        return REFUSED._replace(issue=error.code, issues=error.code)


def interpreted(asked: Asked, value: object, choice: Choice) -> Interpretation:
    """The interpretation of a row.

    Raises:
        LabsError: The row cannot be judged.
    """
    facts: dict[str, Any] = {
        name: present(getattr(asked, name)) for name in ("comparator", "sex", "age", "born", "collected")
    }
    unit = present(asked.unit)
    return interpret(
        marker_named(asked.marker, choice.catalog),  # type: ignore[arg-type]  # what is no text is refused inside
        value,
        unit,  # type: ignore[arg-type]  # the same
        **facts,
        pregnant=_pregnancy(asked.pregnant),
        range=_range(asked),
        standard=choice.standard,
        optimal=choice.optimal,
        strict=choice.strict,
        decimal_mark=choice.decimal_mark,
        catalog=choice.catalog,
    )


def patient_of(asked: Asked) -> Patient:
    """What the facts of a row say of its patient.

    Raises:
        LabsError: A fact cannot be read.
    """
    return Patient.trusted(
        {
            "sex": read_sex(present(asked.sex)),
            "age": read_age(present(asked.age)),
            "born": read_birth(present(asked.born)),
            "pregnant": _pregnancy(asked.pregnant),
            "conditions": (),
        }
    )


def told(it: Interpretation) -> Verdict:
    """The verdict that says the same as an interpretation."""
    marker = it.result.marker and it.marker
    codes = [issue.code for issue in it.issues]
    return Verdict(
        standard=it.standard.position,
        optimal=it.optimal.position,
        status=it.status,
        issue=codes[0] if codes else None,
        issues=" ".join(codes) or None,
        hl7=" ".join(it.hl7) or None,
        marker=marker,
        reported_unit=it.reading.unit,
        comparator=it.reading.comparator,
        unit=None,
        factor=None,
        **_limits("standard", it.standard),
        **_limits("optimal", it.optimal),
    )


def converted(verdict: Verdict, choice: Choice) -> Verdict:
    """The same verdict with the unit in which its marker is shown, the factor into it, and the limits in that unit."""
    if verdict.marker is None or verdict.reported_unit is None:
        return verdict
    marker = choice.catalog.markers[verdict.marker]
    mass = marker.molar_mass.value if marker.molar_mass else None
    by = float(factor(verdict.reported_unit, marker.unit, mass))
    ends = {name: getattr(verdict, name) for name in LIMITS}
    limits: dict[str, Any] = {
        name: None if end is None else float(f"{end * by:.{_DIGITS}g}") for name, end in ends.items()
    }
    return verdict._replace(unit=marker.unit, factor=by, **limits)


def issue_of(asked: Asked, value: object, choice: Choice) -> Interpretation | Issue:
    """The interpretation of a row, or the issue for which it was refused, in words."""
    try:
        return interpreted(asked, value, choice)
    except LabsError as error:
        return Issue.of(error)


def _limits(kind: str, place: Place) -> dict[str, Any]:
    """The set of a place, and its population and limits where exactly one range applies."""
    limit = place.limits[0] if len(place.limits) == 1 and place.position != "no-range" else None
    return {
        f"{kind}_set": place.set,
        f"{kind}_population": limit.range.applies_to.words if limit else None,
        f"{kind}_low": None if limit is None or limit.low is None else float(limit.low),
        f"{kind}_high": None if limit is None or limit.high is None else float(limit.high),
    }


def present(given: object) -> object:
    """A fact, or `None` for what a table holds where it holds nothing."""
    if given is None or is_missing(given) or (isinstance(given, str) and not given.strip()):
        return None
    return given


def _pregnancy(given: object) -> bool | None:
    """Pregnancy as a truth value, a 1 or 0, or words such as yes and no."""
    given = present(given)
    if given is None or isinstance(given, bool):
        return given
    return read_pregnant(str(_whole(given)).strip())


def _whole(given: object) -> object:
    """A whole number, which a table may hold as a float because of its blanks; anything else as it is."""
    if (isinstance(given, float) and given.is_integer()) or (
        isinstance(given, Decimal) and given.as_tuple().exponent == 0
    ):
        return int(given)
    return given


def _range(asked: Asked) -> ReportedRange | None:
    """The report's own range: as text, as numbers, or as both."""
    text, low, high = present(asked.range), _end(asked.low), _end(asked.high)
    if isinstance(low, str) or isinstance(high, str):
        text = (
            f"{low} - {high}" if low is not None and high is not None else f">={low}" if high is None else f"<={high}"
        )
        low = high = None
    if text is None and low is None and high is None:
        return None
    return ReportedRange.trusted({"text": None if text is None else str(text), "low": low, "high": high, "unit": None})


def _end(given: object) -> Decimal | str | None:
    return written_number(present(given))


def marker_named(given: object, catalog: Catalog) -> object:
    """A marker as it was given, or the LOINC code that stands for its OMOP concept; any other concept as text."""
    given = present(given)
    if given is None:
        return ""
    whole = _whole(given)
    concept = isinstance(whole, int) and not isinstance(whole, bool)
    return marker_of_concept(catalog).get(str(whole), str(whole) if concept else given)


@lru_cache(maxsize=8)
def marker_of_concept(catalog: Catalog) -> dict[str, str]:
    """The LOINC code that stands for each OMOP concept of a marker."""
    return {str(code.omop): code.code for marker in catalog.markers.values() for code in marker.loinc if code.omop}


@lru_cache(maxsize=8)
def unit_of_concept(catalog: Catalog) -> dict[str, str]:
    """The UCUM code that stands for each OMOP concept of a unit."""
    return {str(each.omop): each.ucum for marker in catalog.markers.values() for each in marker.accepts if each.omop}
