"""What is read in a FHIR resource and said of it, word for word: values, units, ranges, people, codes and specimens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlslabs import fhir
from rlslabs.errors import LabsError
from rlslabs.fhir import Judged
from rlslabs.fhir.observed import Observed, OwnRange
from rlslabs.fhir.systems import OURS
from rlslabs.model import Issue

Json = dict[Any, Any]

LONG = "x" * 100
USUAL = ("[1]", None, "o", "Patient/p", "[0]", "p", "ferritin", False)
LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
CLINICAL = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
WITHHELD = {"extension": ["x", {"url": "urn:x", "valueCode": "a"}, {"url": ABSENT, "valueCode": "masked"}]}
NOT_KNOWN = [{"url": "urn:x"}]


def some(*given: Any) -> tuple[Any, ...]:  # noqa: ANN401  parts of any type
    """Parts of a resource, whatever they are."""
    return given


def number(value: object = 38, unit: object = "ng/mL", **more: object) -> Json:
    """A Quantity."""
    return {"value": value, "unit": unit, **more}


def concept(*codes: str, system: str = LOINC, **more: object) -> Json:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": each} for each in codes], **more}


def own(low: object = None, high: object = None, **more: object) -> Json:
    """A referenceRange in ng/mL."""
    return {**{name: number(end) for name, end in (("low", low), ("high", high)) if end is not None}, **more}


def value(**given: object) -> Json:
    """Another value than a Quantity."""
    return {"valueQuantity": None, **given}


def aged(low: object = None, high: object = None, **more: object) -> Json:
    """The ages of a range."""
    ends = {
        name: {"value": end, "unit": "a", **more} for name, end in (("low", low), ("high", high)) if end is not None
    }
    return {"age": ends}


def for_whom(*codes: str, system: str = SNOMED, **more: object) -> Json:
    """The people of a range."""
    return {"appliesTo": [concept(*codes, system=system, **more)]}


WOMEN, MEN, PREGNANT = for_whom("248152002"), for_whom("248153007"), for_whom("77386006")
VALUES: list[Json] = [
    *({"valueQuantity": number(each)} for each in some(38, 38.10, "38", True, [38], None, -3, 10**9, float("nan"))),  # noqa: FBT003  a value of a wrong type
    *(
        {"valueQuantity": number(38, each)}
        for each in some(None, "", " ", 5, LONG, "pmol/L", "umol/L", "µg/L", "ng/mL ")
    ),
    *(
        {"valueQuantity": number(38, "ng/mL", system=UCUM, code=each)}
        for each in some("ng/mL", "ug/L", "ug/dL", 5, LONG)
    ),
    {"valueQuantity": number(38, None, system=UCUM, code="ng/mL")},
    {"valueQuantity": number(38, None, system="urn:lab", code="ng/mL")},
    {"valueQuantity": number(38, "ng/mL", system="urn:lab", code="pmol/L")},
    {"valueQuantity": number(38, "ng/mL", code="pmol/L")},
    {"valueQuantity": number(38, "furlongs", system=UCUM, code="fathoms")},
    {"valueQuantity": number(38, "furlongs", system=UCUM, code="furlongs")},
    *({"valueQuantity": number(5, comparator=each)} for each in some("<", ">=", "ad", "", " ", 3, None, LONG)),
    {"valueQuantity": {}},
    {"valueQuantity": number(float("nan"), comparator="<")},
    {"valueQuantity": number(38, modifierExtension=NOT_KNOWN)},
    {"valueQuantity": number(38, _comparator=WITHHELD)},
    {"valueQuantity": number(38, _unit={"extension": [{"url": "urn:x"}]})},
    {"valueQuantity": number(38, _unit={"extension": "x"})},
    {"valueQuantity": {**number(38), 5: "x"}},
    {5: "x"},
    *(
        value(**{each: "38 ng/mL"})
        for each in some("valueString", "valueInteger", "valueQuantity", "valueRange", "valueX")
    ),
    *(
        value(**{each: 38})
        for each in some("valueString", "valueInteger", "valueRange", "valueBoolean", f"value{LONG}")
    ),
    *(
        value(valueString=each)
        for each in some("< 5 ng/mL", "30-40 ng/mL", "pending", "1,220 ng/mL", "38&nbsp;ng/mL", " ")
    ),
    value(valueInteger=True),
    value(),
    value(_valueString=WITHHELD),
    value(_valueString={"extension": [{"url": ABSENT}]}),
    value(_valueString={"extension": [{"url": "urn:x"}]}),
    value(_valueString="x"),
    value(valueString="38 ng/mL", valueInteger=5),
    {"valueString": "38 ng/mL"},
    *(
        value(valueRange=each)
        for each in some(
            {"low": number(30), "high": number(40)},
            {"low": number(30, None), "high": number(40)},
            {"low": number(30), "high": number(40, "ug/L")},
            {"low": number(30), "high": number(40, "pmol/L")},
            {"low": number(30, "furlongs"), "high": number(40, "furlongs")},
            {"low": number(30, "furlongs"), "high": number(40, "".join(("fur", "longs")))},  # noqa: FLY002  another object
            {"low": number(30, "furlongs"), "high": number(40, LONG)},
            {"low": number(None, "pmol/L"), "high": number(40)},
            {"low": number(300)},
            {"high": number(15)},
            {"low": number(1.5), "high": number(1.625)},
            {"low": 3},
            {"high": number(4, comparator="<")},
            {"low": number("3")},
            {"high": number(float("inf"))},
            {"low": number(30, modifierExtension=NOT_KNOWN)},
            {"low": number(30, _value=WITHHELD)},
            {"low": number(40), "high": number(30)},
            {},
        )
    ),
    *(
        {"dataAbsentReason": each}
        for each in some(
            {"coding": [{"code": "error"}]},
            {"coding": [{"code": LONG}]},
            {"coding": []},
            {"coding": ["x"]},
            {"coding": {"code": "x"}},
            {"coding": "x"},
            {"coding": [{"code": 5}]},
            {"text": "clotted"},
            "unknown",
            5,
        )
    ),
]
RANGES: list[object] = [
    *([own(24, 336)], [own(text="24-336")], [own(24, 336, text="24 - 336 ng/mL")], [own(24, 336, text=" ")], [{}]),
    *([own(24, 336, text="30-400")], [own(336, 24)], [own(2e6, 3e6)], [own(text="see note")], [own("24", 336)]),
    *([own(24, text=">= 24"), own(None, 336)], [own(24), own(None, 336)], [own(None, 336), own(24)], [own(24)]),
    *([own(24), own(None, 336), own(30, 40)], [own(24, **WOMEN), own(None, 336, **WOMEN)], [own(24), own(30)]),
    [own(24, **WOMEN), own(None, 336, **MEN)],
    [own(24), own(None, 336), own(30, 400, **MEN)],
    [own(24), own(20, 336)],
    [{"low": number(24)}, {"high": number(336, "ug/L")}],
    [{"low": number(24, None)}, {"high": number(336)}],
    [{"low": number(24)}, {"high": number(336, None)}],
    [{"low": number(24, None)}, {"high": number(336, None)}],
    [{"low": number(24, "mmHg"), "high": number(336, "mmHg")}],
    [{"low": number(24), "high": number(336, "ug/dL")}],
    [{"low": number(24, comparator="<")}],
    [{"low": number(24, _value=WITHHELD), "high": number(336)}],
    *([own(24, 336, text=each)] for each in (5, "ECLIA", "Toxic", "Women", "Men 30-400", "Female adults", "Pregnant")),
    *(
        [own(24, 336, text=each)]
        for each in some("Children", "Men, women", "Normal 24-336", "Normal 25-336", "x" * 201)
    ),
    *(
        [own(24, 336, text=each)]
        for each in some("24-336 mmHg", "24 to 400", "Toxic women", "trimester", "336", "24,0")
    ),
    [own(24, 336, text="336-24")],
    [{}, own(None, 336)],
    [own(24, 336, **aged(None, 130))],
    [own(24, 336, text="ECLIA"), own(30, 400)],
    [own(24, text="ECLIA"), own(None, 336)],
    *([own(24, 336, type=concept(each, system=MEANING))] for each in some("normal", "therapeutic", "NORMAL", LONG)),
    *(
        [own(24, 336, type=each)]
        for each in some({"text": "Normal Range"}, {"text": "Goal"}, {}, "x", {"coding": [{}]})
    ),
    [own(24, 336, type={"coding": [{"code": "normal"}, {"code": "critical"}], "text": "Normal"})],
    [own(24, 336, type={"coding": [{"code": "n", "display": " Normal "}]})],
    [own(24, 336, type={"coding": [{"code": "normal"}], "text": "Therapeutic"})],
    [own(24, 336, type={"coding": "x", "text": "standard"})],
    [own(24, 336, type={"coding": ["x"]})],
    [own(75, 150, type={"text": "Goal"}), own(24, 336), own(5, 10, type={"text": "Alarm"})],
    [own(24, 336, type={"text": "Goal"}, text="Toxic")],
    *(
        [own(24, 336, **each)]
        for each in (WOMEN, MEN, PREGNANT, for_whom(text="Inuit"), for_whom("2076-8", system="r"))
    ),
    *(
        [own(24, 336, appliesTo=each)]
        for each in some({"text": "Male"}, [], ["x"], [{}], [{"coding": []}], [{"coding": "x"}])
    ),
    *([own(24, 336, **for_whom(each, system="urn:x"))] for each in some("female", "male", "normal", LONG)),
    [own(24, 336, appliesTo=[*WOMEN["appliesTo"], *MEN["appliesTo"]])],
    [own(24, 336, appliesTo=[*WOMEN["appliesTo"], {"text": "adults"}])],
    [own(24, 336, appliesTo=[*WOMEN["appliesTo"], {"text": "pregnant"}])],
    [own(24, 336, appliesTo=[{"text": "adults"}], **aged(18))],
    [own(24, 336, appliesTo=[{"text": "women 18"}])],
    [own(24, 336, appliesTo=[{"text": "toxic"}])],
    [own(24, 336, appliesTo=[{"coding": [{"code": "1", "display": "female"}, "x"]}])],
    [own(24, 336, text="Women", **WOMEN)],
    [own(24, 336, text="Women", **MEN)],
    [own(24, 336, text="Women"), own(30, 400, text="Men")],
    *(
        [own(24, 336, **aged(*each))]
        for each in some((51, None), (None, 50), (18, 99), (0, 150), (52, 52), (50, 20), (53, 60))
    ),
    *([own(24, 336, **aged(each))] for each in (1.5, -1, "18", float("nan"), 10**7, 131, True, 99999)),
    *([own(24, 336, **aged(18, unit=each))] for each in some("years", "parsecs", 5, None, "mo")),
    [own(24, 336, **aged(18, code="a"))],
    [own(24, 336, **aged(18, code="mo"))],
    [own(24, 336, **aged(18, comparator=">"))],
    [own(24, 336, **aged(None, 131, unit="mo"))],
    [own(24, 336, **aged(None, 131))],
    *([own(24, 336, age=each)] for each in some("adult", {}, {"low": "x"}, {"low": None}, {"high": {"value": 60}})),
    [own(10, 200, **aged(18, 50)), own(24, 336, **aged(51))],
    [own(10, 200, **aged(18, 51)), own(24, 336, **aged(53))],
    [own(10, 200, **aged(18, 51)), own(24, 336, **aged(52))],
    *(
        [own(24, 336, type={"text": each})]
        for each in ("reference", "reference range", "reference interval", "standard")
    ),
    [own(24, 336, type={"coding": [{"code": "normal"}, {}]})],
    [own(24), {}],
    *([own(10, 200, **aged(18, 50)), own(24, 336, **aged(51, oldest))] for oldest in (98, 99, 100)),
    [own(24, 336, **MEN), own(20, 300, **MEN)],
    [own(75, 150, type=concept("optimal", system=OURS)), own(24, 336)],
    [own(24, 336), own(30, 400, appliesTo=[*MEN["appliesTo"], *PREGNANT["appliesTo"]])],
    [own(24, 336, **aged(0, 17)), own(30, 400, **aged(18))],
    [own(24, 336, appliesTo=[{"text": "adults"}, *WOMEN["appliesTo"]])],
    [own(24, 336, appliesTo=[{"text": "pregnant"}, *WOMEN["appliesTo"]])],
    *(
        [own(24, 336, type=each)]
        for each in some({"coding": []}, {"id": "x"}, {"text": " "}, {"coding": [{"code": "normal"}]})
    ),
    [own(24, 336, **WOMEN, **aged(18, 99)), own(10, 200, **WOMEN), own(5, 20)],
    [own(24, 336), own(40, 500, **PREGNANT)],
    [own(24, 336, **WOMEN), own(24, 336, **MEN)],
    [own(24, 336, **WOMEN), own(30, 400, **MEN)],
    [own(10, 200), own(30, 400)],
    [own(10, 200), own(10, 200)],
    [own(24, 336, modifierExtension=NOT_KNOWN)],
    *(["24-336"], {"text": "24-336"}, [own(24, 336)] * 51, [own(24, 336)] * 50, [], None),
]
OPEN_PEOPLE: list[Json | None] = [
    None,
    {},
    {"gender": "unknown"},
    {"birthDate": None},
    {"gender": "male", "birthDate": "1972"},
    {"birthDate": "2014-01-15"},
    {"gender": None, "birthDate": "1973"},
]
PEOPLE: list[Json] = [
    *({"gender": each} for each in some("female", "male", "other", "unknown", None, "robot", LONG, 5)),
    *(
        {"birthDate": each}
        for each in some("1972-01-15", "1972-01", "1972", None, "15.01.1972", "2024-13", "2025-01-01")
    ),
    *(
        {"birthDate": each}
        for each in some("2025", "2024", "2024-05", "2024-05-01", "1900-01-01", "1850", 1972, "1973-05-01")
    ),
    *(
        {"birthDate": each}
        for each in some("1973-05-02", "1973-05", "1973-04", "1973-06", "2006-05", "2014", "2014-05-02")
    ),
    *({each: [{"url": "urn:x"}]} for each in some("modifierExtension", "implicitRules")),
    *({"extension": each} for each in some("x", ["x"], [{"url": "urn:x"}], [{"url": CLINICAL}])),
    *(
        {"gender": "female", "extension": [{"url": CLINICAL, "extension": each}]}
        for each in some(
            "x",
            ["x"],
            *(
                [{"url": "value", "valueCodeableConcept": one}]
                for one in some(
                    *({"coding": [{"code": code}]} for code in ("male-typical", "female-typical", "specified", "male")),
                    {"coding": [{"code": "male-typical"}, {"code": "female-typical"}]},
                    *({"text": text} for text in (" Male ", "male-typical", "robot")),
                    {"coding": [{"code": "male-typical"}], "text": "female"},
                    "x",
                )
            ),
            *(
                [
                    {"url": "value", "valueCodeableConcept": {"text": "male"}},
                    {"url": "period", "valuePeriod": period},
                ]
                for period in some(
                    *({}, "x", {"start": "2024-05-01"}, {"start": "2024-05-02"}, {"end": "2024-05-01"}),
                    *({"end": "2024-04-30"}, {"start": "2024-05", "end": "2024-06"}, {"end": "2024-04"}),
                    *(
                        {"start": "2024-06"},
                        {"start": "soon"},
                        {"end": 5},
                        {"start": "2024-05-01", "end": "2024-05-01"},
                    ),
                )
            ),
        )
    ),
    {
        "gender": None,
        "extension": [
            {"url": CLINICAL, "extension": [{"url": "value", "valueCodeableConcept": {"text": each}}]}
            for each in some("male", "female")
        ],
    },
]
SUBJECTS: list[Json] = [
    *({"subject": each} for each in some(None, "x", {}, {"reference": "Patient/p"}, {"reference": "Patient/q"})),
    *(
        {"subject": {"reference": each}}
        for each in some("Group/g", "Device/d", "#p", "urn:uuid:p", "", 5, "p", "http://x/Patient/p")
    ),
    *(
        {"subject": {"type": each}}
        for each in some("Patient", "Group", "http://hl7.org/fhir/StructureDefinition/Group", 5, "x")
    ),
    {"subject": {"reference": "Patient/p", "type": "Group"}},
    {"subject": {"reference": "Patient/q", "type": "Device"}},
    {"subject": {"identifier": {"system": "urn:x", "value": "7"}}},
    {"subject": {"identifier": {"value": ""}}},
    {"subject": {"identifier": "x"}},
    {"subject": {"reference": "#c"}, "contained": [{"resourceType": "Patient", "id": "c", "gender": "male"}]},
    {
        "subject": {"reference": "#c"},
        "contained": [{"resourceType": "Patient", "id": "c", "identifier": ["x", {"system": "s", "value": "v"}]}],
    },
    {"focus": [{"reference": "Patient/q"}]},
    *(
        {"effectiveDateTime": each}
        for each in some("2024-05", "2024", "2024-05-01T08:00:00Z", "2024-05-01T08", "soon", 5, None)
    ),
    *(
        {"effectiveDateTime": None, "effectivePeriod": each}
        for each in some({"start": "2024-05-01"}, {"end": "2024-05"}, "x")
    ),
    {"effectiveDateTime": None, "effectivePeriod": {"start": "2024-05-01", "end": "2024-05-03"}},
    {"effectiveDateTime": None, "effectivePeriod": {"start": "2024-05-02", "end": "2024-05-01"}},
    {"effectiveDateTime": None, "effectivePeriod": {"start": LONG, "end": 5}},
    {"effectiveDateTime": None, "effectiveInstant": "2024-05-01T06:00:00Z"},
    *(
        {"status": each}
        for each in some("final", "amended", "preliminary", "unknown", "entered-in-error", "", None, 5, LONG)
    ),
    *({each: [{"url": "urn:x"}]} for each in some("modifierExtension", "implicitRules")),
    *({"modifierExtension": each} for each in some([{"url": LONG}], ["x"], "x", [{}])),
    *(
        {"interpretation": each}
        for each in some(
            [concept("H", system="http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation")],
            [concept("H>", system="http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation")],
            [concept("L", system="http://hl7.org/fhir/v2/0078"), concept("x", system="urn:x")],
            concept("H"),
            "x",
        )
    ),
    *({"specimen": each} for each in some({"display": "Urine"}, {"display": "Serum"}, {"reference": "#s"}, "x")),
    {
        "specimen": {"reference": "#s"},
        "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "Urine"}}],
    },
    {
        "effectiveDateTime": None,
        "specimen": {"reference": "#s"},
        "contained": [{"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2024-04"}}],
    },
    {
        "effectiveDateTime": None,
        "specimen": {"reference": "#s"},
        "contained": [
            {"resourceType": "Specimen", "id": "s", "collection": {"collectedPeriod": {"start": "2024-04-01"}}}
        ],
    },
    {"method": {"text": "ECLIA"}},
    {"method": {"coding": [{"code": "1", "display": "Roche"}]}},
]
ELSEWHERE = (
    "urine urinary blood csf cerebrospinal fluid stool feces faeces liver hepatic erythrocyte erythrocytes rbc cord "
    "saliva tissue hair sweat milk marrow urin harn orina urina vollblut volbloed liquor lcr zielwert objetivo goal "
    "target intake dietary"
)
CODES: list[object] = [
    *(
        concept(each)
        for each in some("2276-4", "2498-4", "2502-3", "62292-8", "1988-5", "86914-9", "24373-3", "2276-5")
    ),
    *(concept(each) for each in some("Mar-89", "8480-6", "ferritin", "", LONG, "14723-1", "14798-3", "20567-4")),
    *(
        concept(*each)
        for each in some(("2276-4", "2498-4"), ("2276-4", "14723-1"), ("2276-4", "8480-6"), ("2276-4",) * 2)
    ),
    *(
        concept("2276-4", text=each)
        for each in some("Ferritin", "Ferritin goal", "Serum iron", "CDT", "Eisen", LONG, " ")
    ),
    *(concept("2276-4", text=each) for each in some("Ferritin in urine", "Ferritin [Mass/volume] in Serum or Plasma")),
    *(concept("2276-4", text=each) for each in some("Ferritin [Mass/volume] in Blood", "Ferritin --2 hours post dose")),
    *(
        concept("2498-4", text=each)
        for each in some("Iron --1 hour post 100 mg iron PO", "Iron absorption", "Eisen im Urin")
    ),
    *(
        concept("2276-4", text=each)
        for each in some("Ferritin [Mass/volume] in Serum by Immunoassay", "TIBC", "my ferritin")
    ),
    *(concept("8480-6", text=each) for each in some("Ferritin", "Systolic", "CDT")),
    *(concept("2276-4", system=each) for each in some("", "urn:oid:2.16.840.1.113883.6.1", "urn:x")),
    *(concept(each, system="urn:x", text="Ferritin") for each in some("X1", LONG)),
    *(
        concept("X1", system="urn:x", text=each)
        for each in some("CDT", "Ferritine", "Vitamin D", "calcidiol", "25-OH D3")
    ),
    *(concept("2276-4", text=f"from {each}") for each in ELSEWHERE.split()),
    *(
        concept("1988-5", text=each)
        for each in ("my CRP", "CRP of urine", "CRP and serum iron", "serum iron", "my serum iron")
    ),
    *(
        concept("2276-4", text=each)
        for each in ("Iron and ferritin", "level of serum iron", f"level of serum iron {LONG}")
    ),
    *(
        concept("2276-4", text=each)
        for each in ("my Fe", "my CDT value", "my ferritin, not CDT", "ferritin goal of mine")
    ),
    *(
        concept("2500-7", text=each)
        for each in ("my iron binding", "my iron", "binding of iron and ferritin", "my UIBC")
    ),
    concept("62292-8", "1989-3"),
    concept("2132-9", text="my Fe"),
    concept("1989-3", "62292-8"),
    concept("1989-3", text="25-hydroxyvitamin D3"),
    *({"coding": [{"code": each}], **more} for each in ("ferritin", "2276-4x") for more in ({}, {"text": "Ferritin"})),
    *({"text": each} for each in some("Ferritin", "ferritin", "Ferritin level", "CRP", " ", LONG, 5)),
    {"coding": [{"code": "2276-4"}]},
    {"coding": [{"code": "2276-5"}]},
    {"coding": [{"code": "2276-4"}, {"code": "2276-4"}]},
    {"coding": [{"system": LOINC, "code": "2276-4", "display": "Transferrin"}]},
    {"coding": [{"system": LOINC, "code": "2276-4", "display": LONG}]},
    {"coding": [{"system": LOINC, "code": "62292-8", "display": "25-hydroxyvitamin D3"}]},
    {"coding": [{"system": LOINC, "code": "2276-4"}] * 50},
    {"coding": [{"system": LOINC, "code": "2276-4"}] * 51},
    *({"coding": each} for each in some("x", ["x"], [{"system": LOINC, "code": 2276}], {}, [], None)),
    *("2276-4", None, {}, 5),
]
COMPONENTS: list[Json] = [
    {"component": [{"code": concept("2276-4"), "valueQuantity": number()}], "code": concept("24373-3")},
    {"component": [{"code": concept("2276-4"), "valueQuantity": number()}, "x", {}], "valueQuantity": None},
    {"component": [{"code": concept("2276-4"), "valueQuantity": number()}], "code": {"text": "Urine panel"}},
    {"component": [{"code": concept("2276-4"), "valueQuantity": number()}], "code": concept("50190-8")},
    {"component": [{"code": concept("2276-4"), "valueQuantity": number()}], "code": {"text": "Iron panel"}},
    {"component": [{"code": concept("2498-4"), "valueQuantity": number(60, "ug/dL")}]},
    {"component": [{"code": concept("2276-4"), "dataAbsentReason": "x", "modifierExtension": NOT_KNOWN}]},
    {"component": "x"},
    {"component": [{"code": concept("2276-4"), "referenceRange": [own(24, 336)], "valueQuantity": number()}]},
    {"hasMember": [{"reference": "Observation/o"}], "valueQuantity": None},
    {"hasMember": [{"reference": "Observation/o"}]},
]


def observation(**fields: object) -> Json:
    """A ferritin of 38 ng/mL; a field that is `None` is left out."""
    made: Json = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": concept("2276-4"),
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": number(),
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


def person(**fields: object) -> Json:
    """A woman of 52."""
    made = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1972-01-15", **fields}
    return {name: part for name, part in made.items() if part is not None}


def brief(issue: Issue | None) -> str:
    """An issue in one piece."""
    return "" if issue is None else f"{issue.code}: {issue.message} ({issue.text})"


def printed(each: OwnRange) -> str:
    """A printed range as it was read."""
    whom = each.population
    people = "nobody" if whom is None else f"{whom.sex} {whom.age} {whom.pregnant}"
    ends = (each.kind, each.text, each.low, each.high, each.unit, each.words, each.doubtful)
    return " ".join(map(str, (*ends, "for", people, brief(each.issue)))).rstrip()


def read(each: Observed) -> Iterator[str]:
    """A result as it was read."""
    parts = (each.path, each.component, each.id, each.subject, each.person, each.patient_id, each.marker, each.context)
    if parts != USUAL:
        yield " ".join(map(str, parts))
    yield from (f"notice {brief(one)}" for one in each.notices)
    yield from (f"range {printed(one)}" for one in each.ranges[:3])
    for case in each.cases:
        result, whose = case.result, case.patient
        who = [*("strict" for _ in "x" if case.strict), whose.sex, whose.age, whose.born]
        who += [] if whose.pregnant is None else [f"pregnant {whose.pregnant}"]
        given = (result.value, result.text, result.unit, result.comparator, result.collected)
        more = [
            each for each in (result.decimal_mark, result.specimen, result.method, result.range) if each is not None
        ]
        yield " ".join(map(str, ("case", *given, *more, "of", *who)))
    if each.facts or each.flags or each.undated or each.collected is None:
        yield f"open {each.facts} {each.flags} {each.undated} {each.collected}"


def answered(each: Judged) -> Iterator[str]:
    """What was read, and what is answered."""
    yield from read(each.observed)
    if each.issue is not None:
        yield f"refused {brief(each.issue)}"
    it = each.interpretation
    if it is not None:
        limits = [(one.low, one.high) for one in it.standard.limits]
        yield f"standard {it.standard.set} {it.standard.possible} {limits} {it.standard.settled_by} {it.assumptions}"
        yield from (f"issue {brief(one)}" for one in it.issues)


def told(question: object, *resources: Json, strict: bool = False) -> Iterator[str]:
    """A question, and everything that is read and said."""
    words = str(question).replace("x" * 201, "LONGER").replace(LONG, "LONG")
    for full, short in (("'value': ", ""), ("'unit': 'ng/mL'", "ng/mL"), ("http://", "")):
        words = words.replace(full, short)
    yield f"## {words}"
    try:
        every = fhir.judge(list(resources), strict=strict)
    except LabsError as error:
        yield f"error {error.code}: {error}"
        return
    for each in every:
        yield from (f"  {line}" for line in answered(each))


def report(**fields: object) -> Json:
    """A report that names the result."""
    made = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "result": [{"reference": "Observation/o"}],
    }
    return {**made, **fields}


def entries(*given: Any, **fields: object) -> Json:  # noqa: ANN401  entries of any type
    """A Bundle of entries."""
    return {"resourceType": "Bundle", "type": "collection", "entry": list(given), **fields}


WITHDRAWN = [report(status=each) for each in some("entered-in-error", "cancelled", "preliminary", 5, None)]
FLUID: Json = {"text": "Urine"}
HOLDERS: list[Json] = [
    *WITHDRAWN,
    report(code={"text": "Urine iron"}),
    report(code={"text": "Iron, serum"}),
    *(report(category=each) for each in some(FLUID, [FLUID], [{"text": "Laboratory"}, FLUID], "x")),
    report(bodySite=FLUID),
    report(subject={"reference": "Patient/p"}, effectiveDateTime="2024-03-01"),
    report(contained=[observation(id="c", subject={"reference": "#p"})], status="entered-in-error"),
    {"resourceType": "Observation", "id": "g", "status": "cancelled", "hasMember": [{"reference": "Observation/o"}]},
]
DOCUMENTS: list[Json] = [
    *(entries(each) for each in some("x", {"resource": "x"}, {"resource": observation()}, observation(), None, {})),
    *({"resourceType": "Bundle", "entry": each} for each in some("x", {}, None)),
    entries({"resource": observation(), "modifierExtension": NOT_KNOWN}),
    entries({"resource": observation(), "request": {"method": "DELETE"}}),
    entries({"resource": observation()}, implicitRules="urn:rules"),
    observation(contained="x"),
    observation(contained=["x"]),
    *(observation(bodySite=each) for each in some(FLUID, {"text": "Arm"})),
    *(observation(category=each) for each in some(FLUID, [FLUID], [{"text": "Laboratory"}])),
    {"resourceType": "Parameters", "parameter": "x"},
    {"resourceType": 5},
]
LONG_TIME = f"2024-05-01T08:00:00.{'0' * 30}Z"


def of_documents() -> Iterator[str]:
    """What holds a result, or stands in its place."""
    for each in HOLDERS:
        bare = observation(subject=None, effectiveDateTime=None)
        yield from told({"holder": each}, entries(*({"resource": one} for one in (person(), each, observation()))))
        yield from told({"holder of a bare result": each}, person(), each, bare)
    for each in DOCUMENTS:
        yield from told({"document": each}, person(), each)
    long = observation(effectiveDateTime=None, effectivePeriod={"start": LONG_TIME, "end": "2024-05-03"})
    yield from told({"period": LONG_TIME}, person(), long)


def of_values() -> Iterator[str]:
    """Numbers, units and comparators."""
    for each in VALUES:
        yield from told({"value": each}, person(), observation(**each) if 5 not in each else {**observation(), 5: "x"})


def of_ranges() -> Iterator[str]:
    """What a laboratory prints beside a result."""
    for ranges in RANGES:
        short = "50 or more ranges" if isinstance(ranges, list) and len(ranges) >= 50 else ranges
        yield from told({"ranges": short}, person(), observation(referenceRange=ranges))


def of_several_ranges() -> Iterator[str]:
    """Which of several ranges are used for whom."""
    people = [*((each, False) for each in OPEN_PEOPLE), *((each, True) for each in OPEN_PEOPLE[:3])]
    for index, (whom, strict) in enumerate(people):
        for ranges in [each for each in RANGES if isinstance(each, list) and 1 < len(each) < 50]:
            who = [] if whom is None else [person(**whom)]
            question = {"person": index, "ranges": ranges}
            shown = told(question, *who, observation(referenceRange=ranges), strict=strict)
            yield from (line for line in shown if line.startswith(("##", "  standard", "  notice", "  refused")))


def of_people() -> Iterator[str]:
    """Sexes and ages."""
    for each in PEOPLE:
        yield from told({"person": each}, person(**each), observation())


def of_subjects() -> Iterator[str]:
    """Whose a result is, of which day and specimen, and whether it stands."""
    for each in SUBJECTS:
        yield from told({"resource": each}, person(), observation(**each))


def of_codes() -> Iterator[str]:
    """What was measured."""
    for code in CODES:
        yield from told({"code": code if len(str(code)) < 1000 else "50 or more"}, person(), observation(code=code))


def of_groups() -> Iterator[str]:
    """Components and members."""
    for each in COMPONENTS:
        yield from told({"group": each}, person(), observation(**each))


PARTS = (of_values, of_ranges, of_several_ranges, of_people, of_subjects, of_codes, of_groups, of_documents)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_what_is_read_and_said_of_a_resource_is_this_word_for_word(part: Callable[[], Iterator[str]]) -> None:
    """Made by this package and then read through; a word, a number or a person that changes is to be read again."""
    golden = (Path(__file__).parent / "golden" / "fhir_said.txt").read_text(encoding="utf-8")
    kept = golden.partition(f"# {part.__name__}\n")[2].partition("\n# ")[0]
    assert [line.rstrip() for line in part()] == kept.splitlines()
