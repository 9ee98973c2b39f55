"""A result and a patient to an interpretation: the whole judgement, pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from rlslabs.catalog import Catalog, builtin
from rlslabs.cohort import cohort, who
from rlslabs.errors import ImplausibleValueError, WrongTypeError, shown
from rlslabs.facts import Note, Position
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Cut, Table, apply, table
from rlslabs.model import (
    Assumption,
    Hl7Code,
    Issue,
    LabResult,
    Patient,
    Reading,
    ReportedRange,
    status_of,
    written_number,
)
from rlslabs.places import place, place_in_report
from rlslabs.population import ADULT, read_age, read_birth, read_day, read_sex
from rlslabs.reading import read_result
from rlslabs.units import is_quantity, of_quantity, scale

_CODES: dict[Position, tuple[Hl7Code, ...]] = {"below": ("L",), "within": ("N",), "above": ("H",)}
_OFF_SCALE: dict[str | None, tuple[Hl7Code, ...]] = {"<": ("<",), ">": (">",)}
_ENDS = 2
_FITS: tuple[Assumption, ...] = ("printed-range-fits",)


def interpret(
    marker: str | LabResult,
    value: object = None,
    unit: str | Patient | None = None,
    *,
    sex: str | None = None,
    age: float | str | None = None,
    born: date | str | None = None,
    pregnant: bool | None = None,
    collected: date | str | None = None,
    range: str | Sequence[float | Decimal | None] | ReportedRange | None = None,  # noqa: A002  the field's own word
    comparator: str | None = None,
    decimal_mark: Literal[".", ","] | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> Interpretation:
    """Judge one result against the standard and the optimal range, and keep everything the answer rests on.

    Also `interpret(LabResult(...), Patient(...))`; then only `standard`, `optimal`, `strict` and `catalog` are given.

    Args:
        marker: A name, alias or LOINC code; or a whole `LabResult`.
        value: An int, float, Decimal, text (`38`, `<5`, `5-10`, `38 ng/mL`) or pint quantity; or the `Patient`.
        unit: As the laboratory writes it; needed unless the value carries it (a saturation: see the docs).
        sex: `female` or `male`; unknown is judged against both.
        age: Completed years at collection, or text such as `5 mo`; unknown means an adult, and the answer says so.
        born: Date of birth, which with `collected` gives the exact age.
        pregnant: Unknown is taken as not pregnant, and the answer says so.
        collected: When the sample was taken.
        range: The report's own range, text such as `24-336` or a pair; it wins over the standard set.
        comparator: `<`, `<=`, `>` or `>=` in any usual spelling, where it stands apart from the value.
        decimal_mark: `.` or `,` for text; without it a number such as `1,220` is refused.
        standard: A set of standard ranges, such as `mayo`; else the default, `general`.
        optimal: A set of optimal ranges; else the default, `healers-rls-protocol`.
        strict: Assume nothing: unknown age or pregnancy then leave the answer undecided.
        catalog: Another catalog than our own, from `Catalog.load(folder)`.

    Returns:
        The interpretation; `print(it.explanation)` says it in sentences.

    Raises:
        LabsError: The input cannot be judged; the error's `code` says why.
    """
    catalog = catalog or builtin()
    if isinstance(marker, LabResult):
        patient = value if value is not None else Patient()
        if not isinstance(patient, Patient) or unit is not None:
            happened = "A LabResult stands with something other than a Patient"
            raise WrongTypeError(happened, "call interpret(LabResult(...), Patient(...))", shown(value))
        return classify(marker, patient, catalog=catalog, standard=standard, optimal=optimal, strict=strict)
    if is_quantity(value):
        accepted = [each.ucum for each in catalog.marker(marker).accepts]
        value, unit = of_quantity(value, accepted)
    for name, text in (("unit", unit), ("comparator", comparator), ("decimal_mark", decimal_mark)):
        if text is not None and not isinstance(text, str):
            happened = f"The {name} is a {type(text).__name__}"
            raise WrongTypeError(happened, "give it as text", shown(text))
    number = written_number(value)
    text = number if isinstance(number, str) else None
    result = LabResult.trusted(
        {
            "marker": marker,
            "value": None if text is not None else number,
            "text": text,
            "unit": unit,
            "comparator": comparator,
            "range": _printed(range),
            "collected": read_day(collected),
            "decimal_mark": _mark(decimal_mark),
        }
    )
    patient = Patient.trusted(
        {"sex": read_sex(sex), "age": read_age(age), "born": read_birth(born), "pregnant": _known(pregnant)}
    )
    return classify(result, patient, catalog=catalog, standard=standard, optimal=optimal, strict=strict)


def classify(
    result: LabResult,
    patient: Patient,
    *,
    catalog: Catalog,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
) -> Interpretation:
    """Judge a result for a patient; the pure function under `interpret`.

    Raises:
        LabsError: The result or a fact about the patient cannot be judged.
    """
    found = catalog.find(result.marker)
    reading, own, issues = read_result(result, found)
    limits = table(catalog, found.marker.id, reading.unit)
    _plausible(limits, reading, issues)
    person, assumed = who(patient, result.collected, strict=strict)
    marker, unit, collected = found.marker, reading.unit, result.collected
    chosen, wished = catalog.set("standard", standard), catalog.set("optimal", optimal)
    standard_place = place(chosen, cohort(catalog, marker.id, unit, chosen.id, person), reading, patient, collected)
    optimal_place = place(wished, cohort(catalog, marker.id, unit, wished.id, person), reading, patient, collected)
    if own is not None:
        special = person.ages.end <= ADULT.start or True in person.pregnant
        standard_place = place_in_report(apply(own, marker, unit), reading, fits=not (special and strict))
        assumed += _FITS if special and not strict else ()
    position = standard_place.position
    return Interpretation.trusted(
        {
            "result": result,
            "patient": patient,
            "marker": marker.id,
            "name": marker.name,
            "plain_name": marker.plain_name,
            "reading": reading,
            "standard": standard_place,
            "optimal": optimal_place,
            "status": status_of(position, optimal_place.position),
            "hl7": _CODES.get(position, ()) + _OFF_SCALE.get(reading.comparator, ()),
            "assumptions": assumed,
            "issues": tuple(issues),
            "notes": _notes(catalog, marker.id, reading, (position, optimal_place.position)),
        }
    )


def _plausible(limits: Table, reading: Reading, issues: list[Issue]) -> None:
    """Refuse what no living person has had; say what is unusual."""
    marker, unit = limits.marker, limits.unit
    if "within" not in limits.hard.positions(reading):
        happened = f"{marker.name} {shown(reading.words)} {unit} has not been seen in a living person"
        raise ImplausibleValueError(happened, "check the value, its decimal mark and its unit", reading.words[:80])
    if marker.molar_mass and marker.molar_mass.approximate and scale(unit).kind != scale(marker.unit).kind:
        mass = marker.molar_mass.value
        message = f"The limits in {unit} are approximate, by {mass} g/mol; prefer the laboratory's own range"
        issues.append(Issue.trusted({"code": "approximate-conversion", "message": message, "text": unit}))
    if "within" in limits.soft.positions(reading):
        return
    words = f"{reading.words} {unit}"
    if unit == "%" and reading.high is not None and reading.high < 1:
        message = f"{words} could be a fraction with the wrong unit; check the unit"
        issues.append(Issue.trusted({"code": "percent-below-one", "message": message, "text": words[:80]}))
    else:
        message = f"{marker.name} {words} is unusual; check the value and its unit"
        issues.append(Issue.trusted({"code": "unusual-value", "message": message, "text": words[:80]}))


def _notes(catalog: Catalog, marker_id: str, reading: Reading, at: tuple[Position, Position]) -> tuple[Note, ...]:
    """The notes that are for this reading, at its standard and its optimal position."""
    always, sometimes = _notes_for(catalog, marker_id, reading.unit, *at)
    if sometimes and any("within" in values.positions(reading) for _, values in sometimes if values):
        return tuple(note for note, values in sometimes if values is None or "within" in values.positions(reading))
    return always


@lru_cache(maxsize=1024)
def _notes_for(
    catalog: Catalog, marker_id: str, unit: str, standard: Position, optimal: Position
) -> tuple[tuple[Note, ...], tuple[tuple[Note, Cut | None], ...]]:
    """The notes for these places whatever the value; and, where some hang on the value, all of them with theirs."""
    notes = tuple(
        (note, values)
        for note, values in table(catalog, marker_id, unit).notes
        if (note.when.standard is None or standard in note.when.standard)
        and (note.when.optimal is None or optimal in note.when.optimal)
    )
    always = tuple(note for note, values in notes if values is None)
    return always, notes if len(always) < len(notes) else ()


def _printed(given: object) -> ReportedRange | None:
    """The report's own range as it was given; two numbers may be a pair."""
    if given is None or isinstance(given, ReportedRange):
        return given
    if isinstance(given, str):
        return (
            ReportedRange.trusted({"text": given, "low": None, "high": None, "unit": None}) if given.strip() else None
        )
    if isinstance(given, Sequence) and len(given) == _ENDS:
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
    if decimal_mark in (None, ".", ","):
        return decimal_mark
    happened = f"{shown(decimal_mark)} is not a decimal mark"
    raise WrongTypeError(happened, 'give "." or ","', str(decimal_mark)[:80])
