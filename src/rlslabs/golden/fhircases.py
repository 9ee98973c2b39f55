"""FHIR resources that are judged, each with the answer by hand: markers and units, comparators, values, ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.golden.forms import AnsweredForm, AskedFhir, FormResult
from rlslabs.golden.hand import MEN, RANGES, Hand, read
from rlslabs.model import Hl7Code

Json = dict[str, Any]

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_GENDER = "http://hl7.org/fhir/administrative-gender"
_MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
_CONVENTION = "conventions: FHIR Observation"
_FACTORS = "knowledge: 4.1"

MAN: Json = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1984-03-10"}
"""40 years old on the day of collection."""


def concept(*codes: str, text: str | None = None) -> Json:
    """A code of LOINC."""
    said = {} if text is None else {"text": text}
    return {"coding": [{"system": LOINC, "code": each} for each in codes], **said} if codes else said


def quantity(value: float, unit: str | None, comparator: str | None = None) -> Json:
    """A quantity with its unit as UCUM code and in words."""
    compared = {} if comparator is None else {"comparator": comparator}
    return {"value": value, **compared, **({} if unit is None else {"unit": unit, "system": UCUM, "code": unit})}


def observation(loinc: str, value: float, unit: str | None, comparator: str | None = None, /, **more: object) -> Json:
    """A final Observation of the man on 1 May 2024; `None` takes a field away."""
    fields: Json = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(loinc),
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": quantity(value, unit, comparator),
        **more,
    }
    return {name: said for name, said in fields.items() if said is not None}


def bundle(*resources: Json) -> AskedFhir:
    """Resources in a collection."""
    return AskedFhir(
        fhir={"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    )


def answered(*results: FormResult) -> AnsweredForm:
    """The results of the entries of a bundle, the patient's own before them."""
    return AnsweredForm(results={f"entry[{number}].resource": each for number, each in enumerate(results, 1)})


def fhir_cases() -> Iterator[Hand]:
    """Every case."""
    yield from _units()
    yield from _comparators()
    yield from _values()
    yield from _ranges()


def _units() -> Iterator[Hand]:
    """One of each marker and of each kind of unit. Every limit is asked in the plain form, and need not be again here.

    A reader of FHIR hands a value, a unit and a comparator on, and has no limits of its own.
    """
    cases: tuple[tuple[str, str, float, str, str, str, str], ...] = (
        ("ferritin", "2276-4", 38, "ng/mL", "below-optimal", "20 <= 38 < 75", ""),
        ("ferritin", "20567-4", 19.9, "ug/L", "low", "1 ug/L = 1 ng/mL; 19.9 < 20", ""),
        (
            *("ferritin", "14723-1", 100, "pmol/L", "below-optimal"),
            *("445 kDa: 100 pmol/L = 44.5 ng/mL; 20 <= 44.5 < 75", "approximate-conversion"),
        ),
        ("iron", "2498-4", 80, "ug/dL", "optimal", "80 <= 80 <= 130", ""),
        ("iron", "14798-3", 10, "umol/L", "below-optimal", "10 x 5.5845 = 55.845 ug/dL; 50 <= 55.845 < 80", ""),
        ("tibc", "2500-7", 351, "ug/dL", "above-optimal", "350 < 351 <= 400", ""),
        ("tibc", "14800-7", 70, "umol/L", "above-optimal", "70 x 5.5845 = 390.915 ug/dL; 350 < 390.915 <= 400", ""),
        ("transferrin_saturation", "2502-3", 50.1, "%", "high", "50 < 50.1", ""),
        ("transferrin_saturation", "2502-3", 0.2, "1", "below-optimal", "0.2 = 20 %; 14 <= 20 < 25", ""),
        ("transferrin_saturation", "14801-5", 35, "%", "optimal", "25 <= 35 <= 35", ""),
        ("vitamin_b12", "2132-9", 914, "pg/mL", "above-optimal", "900 < 914 <= 914", ""),
        ("vitamin_b12", "2132-9", 179, "ng/L", "low", "1 ng/L = 1 pg/mL; 179 < 180", ""),
        (
            "vitamin_b12",
            "14685-2",
            400,
            "pmol/L",
            "optimal",
            "400 x 1.35537 = 542.148 pg/mL; 500 <= 542.148 <= 900",
            "",
        ),
        ("vitamin_d", "62292-8", 60, "ng/mL", "high, in optimal", "50 < 60; 50 <= 60 <= 80", ""),
        ("vitamin_d", "62292-8", 50, "ug/L", "optimal", "1 ug/L = 1 ng/mL; 50 <= 50 and 50 <= 50", ""),
        ("vitamin_d", "68438-1", 60, "nmol/L", "below-optimal", "60 x 0.40064 = 24.0384; 20 <= 24.0384 < 50", ""),
        ("vitamin_d", "1989-3", 30, "ng/mL", "below-optimal", "20 <= 30 < 50; D3 without D2", "partial-analyte"),
        (
            *("vitamin_d", "14635-7", 60, "nmol/L", "below-optimal"),
            *("60 x 0.40064 = 24.0384; 20 <= 24.0384 < 50; D3 without D2", "partial-analyte"),
        ),
    )
    for marker, code, value, unit, outcome, arithmetic, issue in cases:
        expect = answered(read(marker, f"{value}", unit, outcome, *((issue,) if issue else ())))
        asked = bundle(MAN, observation(code, value, unit))
        name, why = f"fhir/unit/{code}/{unit}", f"{code} in {unit} is {marker}"
        yield Hand(name, "fhir", why, asked, expect, MEN[marker], arithmetic, (RANGES, "knowledge: 3.1", _FACTORS))


def _comparators() -> Iterator[Hand]:
    """A comparator means every value of an interval; only `<` and `>` are off the scale."""
    cases: tuple[tuple[str, float, str, tuple[Hl7Code, ...], str], ...] = (
        ("<", 5, "low", ("<",), "every value below 5 is below 20"),
        ("<", 20, "low", ("<",), "every value below 20 is below 20, because 20 itself is left out"),
        ("<=", 20, "open, below optimal", (), "20 is within and 19 is below; every value is below 75"),
        ("<", 30, "open, below optimal", ("<",), "29 is within and 19 is below; every value is below 75"),
        (">", 409, "high", (">",), "every value is above 409"),
        (">=", 409, "open, above optimal", (), "409 is within and 410 is above; every value is above 150"),
        (">", 150, "open, above optimal", (">",), "151 is within and 410 is above; every value is above 150"),
    )
    for comparator, value, outcome, codes, arithmetic in cases:
        text = f"{comparator}{value:g}"
        expect = answered(read("ferritin", text, "ng/mL", outcome, off_scale=codes))
        asked = bundle(MAN, observation("2276-4", value, "ng/mL", comparator))
        why = f"the actual value is {comparator} {value:g}; it is not that number"
        sources = (RANGES, _CONVENTION, "conventions: ObservationInterpretation")
        yield Hand(f"fhir/comparator/{text}", "fhir", why, asked, expect, MEN["ferritin"], arithmetic, sources)


def _values() -> Iterator[Hand]:
    """Values that are no quantity, and results that stand in others."""
    text = {"valueQuantity": None}
    span = {"low": quantity(40, "ng/mL"), "high": quantity(60, "ng/mL")}
    wide = {"low": quantity(10, "ng/mL"), "high": quantity(30, "ng/mL")}
    cases: tuple[tuple[str, Json, FormResult, str], ...] = (
        (
            *("string", {**text, "valueString": "38 ng/mL"}),
            *(read("ferritin", "38", "ng/mL", "below-optimal"), "20 <= 38 < 75"),
        ),
        (
            *("string-with-comparator", {**text, "valueString": "<5 ng/mL"}),
            *(read("ferritin", "<5", "ng/mL", "low", off_scale=("<",)), "every value below 5 is below 20"),
        ),
        (
            *("range", {**text, "valueRange": span}),
            *(read("ferritin", "40-60", "ng/mL", "below-optimal"), "20 <= 40 and 60 < 75"),
        ),
        (
            *("range-over-a-limit", {**text, "valueRange": wide}),
            *(read("ferritin", "10-30", "ng/mL", "open, below optimal"), "10 < 20 <= 30 < 75"),
        ),
    )
    for name, fields, expect, arithmetic in cases:
        asked = bundle(MAN, observation("2276-4", 0, "ng/mL", **fields))
        why = "a value that is no quantity is read all the same"
        yield _case(f"value/{name}", why, asked, answered(expect), arithmetic)

    iron = {"code": concept("2498-4"), "valueQuantity": quantity(60, "ug/dL")}
    share = {"code": concept("2502-3"), "valueQuantity": quantity(20, "%")}
    panel = observation("50190-8", 0, None, valueQuantity=None, component=[iron, share])
    parts = {
        "entry[1].resource.component[0]": read("iron", "60", "ug/dL", "below-optimal"),
        "entry[1].resource.component[1]": read("transferrin_saturation", "20", "%", "below-optimal"),
    }
    why, expect_parts = "a panel has no value of its own; its components are the results", AnsweredForm(results=parts)
    yield _case("value/components", why, bundle(MAN, panel), expect_parts, "50 <= 60 < 80; 14 <= 20 < 25")
    held = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "Laboratory report"},
        "contained": [{**observation("2276-4", 38, "ng/mL"), "id": "o"}],
        "result": [{"reference": "#o"}],
    }
    inside = AnsweredForm(results={"entry[1].resource.contained[0]": read("ferritin", "38", "ng/mL", "below-optimal")})
    yield _case("value/contained", "a report holds the result in it", bundle(MAN, held), inside, "20 <= 38 < 75")
    sodium = observation("2951-2", 140, "mmol/L")
    beside = answered(FormResult(marker="crp"))
    context = bundle(MAN, observation("1988-5", 3, "mg/L"), sodium)
    yield _case("value/context", "CRP is read beside the markers; sodium is another test", context, beside, "")
    place = ("ferritin", "38", "ng/mL", "below-optimal", "patient-not-found")
    told = read(*place, assumed=("adult", "not-pregnant"))
    whole = AnsweredForm(results={"": told})
    alone = AskedFhir(fhir=observation("2276-4", 38, "ng/mL"))
    why = "nothing is known of the patient: an adult who is not pregnant is assumed, and the answer says so"
    arithmetic = "every adult population has 20 as its low limit and 175 or more as its high one; 20 <= 38 < 75"
    yield _case("value/alone", why, alone, whole, arithmetic)


def printed(low: float | None, high: float | None, unit: str = "ng/mL", **more: object) -> Json:
    """A printed range of two quantities."""
    ends = {"low": low, "high": high}
    return {**{name: quantity(end, unit) for name, end in ends.items() if end is not None}, **more}


def _meant(code: str) -> Json:
    return {"coding": [{"system": _MEANING, "code": code}]}


def _for(gender: str) -> list[Json]:
    return [{"coding": [{"system": _GENDER, "code": gender}]}]


def _ranges() -> Iterator[Hand]:
    """The laboratory's own range wins where it is sane and meant for the patient; where not, the answer says so."""
    both = [printed(30, 400, appliesTo=_for("male")), printed(15, 150, appliesTo=_for("female"))]
    cases: tuple[tuple[str, float, list[Json], str, str, str, str], ...] = (
        ("plain", 25, [printed(30, 400)], "low", "report", "", "25 < 30"),
        ("normal", 30, [printed(30, 400, type=_meant("normal"))], "below-optimal", "report", "", "30 <= 30; 30 < 75"),
        ("on-the-high-end", 400, [printed(30, 400)], "above-optimal", "report", "", "150 < 400 <= 400"),
        ("no-high-end", 25, [printed(30, None)], "low", "report", "", "25 < 30; an absent end is open"),
        ("no-low-end", 38, [printed(None, 30)], "high, below optimal", "report", "", "30 < 38; 38 < 75"),
        ("text", 25, [{"text": "30 - 400 ng/mL"}], "low", "report", "", "25 < 30"),
        ("another-unit", 25, [printed(30, 400, "ug/L")], "low", "report", "", "30 ug/L = 30 ng/mL; 25 < 30"),
        ("by-sex", 25, both, "low", "report", "", "of 30-400 for men and 15-150 for women the first is his; 25 < 30"),
        ("for-women", 19, both[1:], "low", "general", "range-for-others", "not his; 19 < 20"),
        (
            *("therapeutic", 38, [printed(100, 300, type=_meant("therapeutic"))], "below-optimal", "general"),
            *("range-passed-over", "a target is no standard range; 20 <= 38 < 75"),
        ),
        ("inverted", 25, [printed(400, 30)], "below-optimal", "general", "range-inverted", "400 > 30; 20 <= 25 < 75"),
        ("words", 25, [{"text": "see note"}], "below-optimal", "general", "range-unreadable", "20 <= 25 < 75"),
        (
            *("unit", 25, [printed(30, 400, "mmol/L")], "below-optimal", "general"),
            *("range-unit-unknown", "no ferritin is counted in mmol/L; 20 <= 25 < 75"),
        ),
        (
            *("implausible", 25, [printed(0.0001, 0.0002)], "below-optimal", "general"),
            *("range-implausible", "no usual ferritin is from 0.0001 to 0.0002; 20 <= 25 < 75"),
        ),
        (
            *("twice", 25, [printed(30, 400, text="15 - 300")], "below-optimal", "general"),
            *("range-conflict", "30-400 and 15-300 differ; 20 <= 25 < 75"),
        ),
        ("split", 25, [printed(30, None), printed(None, 400)], "low", "report", "range-joined", "30-400; 25 < 30"),
    )
    for name, value, own, outcome, by, issue, arithmetic in cases:
        expect = read("ferritin", f"{value}", "ng/mL", outcome, *((issue,) if issue else ()), by=by)
        asked = bundle(MAN, observation("2276-4", value, "ng/mL", referenceRange=own))
        why = "the report's own range wins where it can be used, and the answer says where not"
        yield _case(f"range/{name}", why, asked, answered(expect), arithmetic)
    unknown = {name: said for name, said in MAN.items() if name != "gender"}
    expect = read(
        *("ferritin", "20", "ng/mL", "open, below optimal"),
        by="report",
        assumed=("not-pregnant",),
        left_out="fhir-population",
    )
    asked = bundle(unknown, observation("2276-4", 20, "ng/mL", referenceRange=both))
    why = "two printed ranges could be meant and decide differently, so the result stands in no panel"
    yield _case("range/fhir-population", why, asked, answered(expect), "20 < 30 for a man; 15 <= 20 for a woman")


def _case(name: str, why: str, asked: AskedFhir, expect: AnsweredForm, arithmetic: str) -> Hand:
    return Hand(f"fhir/{name}", "fhir", why, asked, expect, MEN["ferritin"], arithmetic, (RANGES, _CONVENTION))
