"""Questions made by hand: every refusal and issue, unknown facts, printed ranges, and every spelling of every unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.catalog import Catalog
from rlslabs.golden.edgecases import Draft
from rlslabs.golden.question import Question

_F = {"marker": "ferritin", "value": "38", "unit": "ng/mL"}
_T = {"marker": "transferrin saturation", "value": "20"}

REFUSALS: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("unknown-marker", {**_F, "marker": "banana"}, {}),
    ("another-analyte", {**_F, "marker": "transferrin"}, {}),
    ("another-analyte", {**_F, "specimen": "urine"}, {}),
    ("code-check-digit", {**_F, "marker": "2276-5"}, {}),
    ("code-mangled", {**_F, "marker": "Mar-89"}, {}),
    ("missing-value", {**_F, "value": ""}, {}),
    ("unreadable-value", {**_F, "value": "see note"}, {}),
    ("ambiguous-number", {**_F, "value": "1,220"}, {}),
    ("not-a-number", {**_F, "value": "NaN"}, {}),
    ("infinite-value", {**_F, "value": "inf"}, {}),
    ("negative-value", {**_F, "value": "-5"}, {}),
    ("negative-value", {**_F, "value": "<0"}, {}),
    ("inverted-interval", {**_F, "value": "40-38"}, {}),
    ("comparator-conflict", {**_F, "value": "<38", "comparator": ">"}, {}),
    ("comparator-conflict", {**_F, "comparator": "around"}, {}),
    ("implausible-value", {**_F, "value": "900000"}, {}),
    ("missing-unit", {**_F, "unit": None}, {}),
    ("unknown-unit", {**_F, "unit": "mg/L"}, {}),
    ("unknown-unit", {**_F, "unit": "K/uL"}, {}),
    ("ambiguous-unit", {**_T, "value": "1.2"}, {}),
    ("unit-conflict", {**_F, "value": "38 ng/mL", "unit": "pmol/L"}, {}),
    ("code-unit-mismatch", {**_F, "marker": "2276-4", "unit": "pmol/L"}, {}),
    ("unknown-sex-code", _F, {"sex": "Q"}),
    ("unreadable-age", _F, {"age": "-3"}),
    ("unreadable-age", {**_F, "collected": "2024-05-31"}, {"born": "2025-01-01"}),
    ("unreadable-date", _F, {"born": "31/05/1972"}),
    ("patient-conflict", _F, {"sex": "male", "pregnant": True}),
)
"""A code, a result and a patient for which it is the refusal, by hand."""

ISSUES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("range-unreadable", {**_F, "range": "see note"}),
    ("range-inverted", {**_F, "range": "336-24"}),
    ("range-implausible", {**_F, "range": "0.0001-0.0002"}),
    ("range-unit-unknown", {**_F, "range": "24-336 mmol/L"}),
    ("unusual-value", {**_F, "value": "12000"}),
    ("fraction-assumed", {**_T, "value": "0.2"}),
    ("percent-assumed", {**_T, "value": "20"}),
    ("percent-below-one", {**_T, "value": "0.2", "unit": "%"}),
    ("approximate-conversion", {**_F, "value": "100", "unit": "pmol/L"}),
    ("partial-analyte", {"marker": "1989-3", "value": "30", "unit": "ng/mL"}),
    ("range-unit-assumed", {**_T, "value": "0.2", "unit": "1", "range": "20-50"}),
    ("range-open-side", {**_F, "value": "3", "range": "<150"}),
)
"""A code and a result that is judged all the same, with this issue, by hand."""

_PATIENTS: tuple[dict[str, Any], ...] = (
    {},
    {"sex": "female"},
    {"sex": "male"},
    {"age": 40},
    {"age": 51},
    {"sex": "female", "age": 30, "pregnant": True},
    {"sex": "female", "age": 30},
    {"sex": "female", "age": 10},
    {"sex": "male", "age": 17},
    {"sex": "male", "age": 18},
    {"age": "5 mo"},
    {"sex": "female", "born": "1973-06-01"},
    {"sex": "female", "born": "1973-05-31"},
)
_VALUES = ("10", "19.9", "20", "74.9", "75", "150", "175.1", "328.1", "409.1", "<5", "<30", ">1000", "30-90")
_SPECIMENS = ("serum", "Plasma", "Ser/Plas")
_RANGES = ("24-336", "30 - 400 ng/mL", "<150", ">20", "(15-200)", "336-24", "see note", "0.0001-0.0002", "24-336 ug/L")


def handmade(catalog: Catalog) -> Iterator[Draft]:
    """The refusals and issues, who the patient could be, printed ranges, spellings, names and codes."""
    for number, (code, result, patient) in enumerate(REFUSALS):
        yield _draft(f"refusal/{code}/{number}", f"refused as {code}", result, patient)
    unknown_set = Question.model_validate({"results": [_F], "standard": "no-such-set"}, strict=False)
    yield Draft("refusal/unknown-set", "refusal", "refused as unknown-set", unknown_set)
    for code, result in ISSUES:
        yield _draft(f"issue/{code}", f"judged, with the issue {code}", result, {"sex": "male", "age": 40})
    for index, patient in enumerate(_PATIENTS):
        for value in _VALUES:
            for strict in (False, True):
                name = f"population/{index}/{value}/{'strict' if strict else 'plain'}"
                why = "everybody whom the patient could be is judged, on the day of collection"
                day = {"collected": "2024-05-31"} if "born" in patient else {}
                yield _draft(name, why, {**_F, "value": value, **day}, patient, strict=strict)
    for printed in _RANGES:
        for value in ("14", "23.9", "24", "38", "336", "336.1"):
            name, why = f"printed/{printed}/{value}", "the report's own range wins where it is sane"
            yield _draft(name, why, {**_F, "value": value, "range": printed}, {"sex": "female", "age": 40})
    for specimen in _SPECIMENS:
        why = f"{specimen} is what ferritin is judged in, whatever the method"
        sampled = {**_F, "specimen": specimen, "method": "immunoassay"}
        yield _draft(f"specimen/{specimen}", why, sampled, {"sex": "male", "age": 40})
    yield from _spellings(catalog)


def _spellings(catalog: Catalog) -> Iterator[Draft]:
    """Every spelling of every unit, every name and every code, at a value of each marker that is usual."""
    patient = {"sex": "male", "age": 40}
    for marker in catalog.markers.values():
        for accepted in marker.accepts:
            for unit in dict.fromkeys((accepted.ucum, accepted.spoken, *accepted.written)):
                result = {"marker": marker.id, "value": "0.3" if accepted.ucum == "1" else "100", "unit": unit}
                yield _draft(f"unit/{marker.id}/{unit}", f"{unit} is {accepted.ucum}", result, patient)
        for name in dict.fromkeys((marker.name, *marker.aliases)):
            result = {"marker": name, "value": "100", "unit": marker.unit}
            yield _draft(f"name/{name}", f"{name} is {marker.id}", result, patient)
        for code in marker.loinc:
            units = {"moles": "mol", "mass": "g/", "fraction": "%"}
            unit = next(each.ucum for each in marker.accepts if units.get(code.property, "") in each.ucum)
            result = {"marker": code.code, "value": "100", "unit": unit}
            yield _draft(f"name/{code.code}", f"{code.code} is {marker.id}", result, patient)


def _draft(name: str, why: str, result: dict[str, Any], patient: dict[str, Any], *, strict: bool = False) -> Draft:
    asked = {"results": [result], "patient": patient, "strict": strict}
    return Draft(name, name.partition("/")[0], why, Question.model_validate(asked, strict=False))
