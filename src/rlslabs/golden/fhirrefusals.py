"""FHIR resources that are refused, that come with a notice, and that say who the patient is; answers by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.golden.fhircases import MAN, answered, bundle, concept, observation, quantity
from rlslabs.golden.forms import AnsweredForm, AskedFhir, FormResult
from rlslabs.golden.hand import MEN, RANGES, Hand, read, refused

Json = dict[str, Any]

_CONVENTION = "conventions: FHIR Observation"
_TYPOS = "knowledge: 3.3, 3.4, 4.2; conventions: LOINC"
_DEEPER = 101
_STATUS = "82810-3"
_PREGNANT, _NOT_PREGNANT = "LA15173-0", "LA26683-5"

_NONE: Json = {"valueQuantity": None}
_FERRITIN = read("ferritin", "38", "ng/mL", "below-optimal")
_ABSENT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}]}

_REFUSED: tuple[tuple[str, str, Json, str], ...] = (
    ("fhir-status", "entered-in-error", {"status": "entered-in-error"}, "the result was entered in error"),
    ("fhir-status", "cancelled", {"status": "cancelled"}, "the test was cancelled"),
    ("fhir-status", "registered", {"status": "registered"}, "there is no result yet"),
    ("fhir-status", "none", {"status": None}, "nobody says that the result stands"),
    (
        *("fhir-modifier", "extension", {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}),
        "what is not known may change the meaning",
    ),
    ("fhir-modifier", "rules", {"implicitRules": "urn:x"}, "rules that are not known may change the meaning"),
    ("fhir-data-absent", "reason", {**_NONE, "dataAbsentReason": _ABSENT}, "the resource says why there is no value"),
    ("fhir-subject", "group", {"subject": {"reference": "Group/g"}}, "it is about a group"),
    ("fhir-subject", "device", {"subject": {"reference": "Device/d"}}, "it is about a device"),
    ("fhir-resource", "type", {"valueQuantity": "38 ng/mL"}, "a quantity is an object"),
    ("fhir-resource", "twice", {"valueString": "39 ng/mL"}, "the value stands there twice"),
    ("missing-value", "none", _NONE, "there is no value, and no reason"),
    ("missing-value", "empty", {"valueQuantity": {"unit": "ng/mL"}}, "a quantity without a number"),
    ("missing-unit", "none", {"valueQuantity": {"value": 38}}, "38 of what is not said"),
    ("unknown-unit", "milligrams", {"valueQuantity": quantity(38, "mg/L")}, "no ferritin is counted in mg/L"),
    (
        *("unit-conflict", "code", {"valueQuantity": {**quantity(38, "ng/mL"), "code": "pmol/L"}}),
        "in words it is ng/mL, by its code pmol/L",
    ),
    ("code-unit-mismatch", "moles", {"valueQuantity": quantity(38, "pmol/L")}, "2276-4 counts mass, and pmol/L moles"),
    ("negative-value", "five", {"valueQuantity": quantity(-5, "ng/mL")}, "-5 < 0"),
    ("implausible-value", "high", {"valueQuantity": quantity(900000, "ng/mL")}, "the hard limit is 800000 ng/mL"),
    (
        "comparator-conflict",
        "ad",
        {"valueQuantity": quantity(38, "ng/mL", "ad")},
        "`ad` of R5 is no comparator of a value",
    ),
    ("unreadable-value", "words", {**_NONE, "valueString": "see note"}, "no number"),
    ("ambiguous-number", "mark", {**_NONE, "valueString": "1,220 ng/mL"}, "1220 or 1.22"),
    (
        *(
            "inverted-interval",
            "range",
            {**_NONE, "valueRange": {"low": quantity(40, "ng/mL"), "high": quantity(38, "ng/mL")}},
        ),
        "40 > 38",
    ),
    ("code-check-digit", "typo", {"code": concept("2276-5")}, "the check digit of 2276 is 4"),
    ("code-mangled", "date", {"code": concept("Mar-89")}, "1989-3 that a spreadsheet made a date of"),
    ("another-analyte", "goal", {"code": concept("86914-9")}, "a goal is no result"),
    ("another-analyte", "calcitriol", {"code": concept("1649-3")}, "1,25-dihydroxyvitamin D is another analyte"),
    ("another-analyte", "urine", {"specimen": {"display": "Urine"}}, "the ranges are for serum and plasma"),
    ("marker-conflict", "codes", {"code": concept("2276-4", "2498-4")}, "ferritin by one code, iron by the other"),
    (
        "marker-conflict",
        "text",
        {"code": concept("2276-4", text="Serum iron")},
        "ferritin by its code, iron by its text",
    ),
    ("unreadable-date", "order", {"effectiveDateTime": "01/05/2024"}, "1 May or 5 January"),
)
"""A code, a name, the fields of a ferritin of 38 ng/mL for which it is refused with that code, and why."""

_NOTICED: tuple[tuple[str, str, Json, FormResult, str], ...] = (
    (
        *("status-not-final", "preliminary", {"status": "preliminary"}),
        *(read("ferritin", "38", "ng/mL", "below-optimal", "status-not-final"), "20 <= 38 < 75"),
    ),
    (
        *("status-not-final", "unknown", {"status": "unknown"}),
        *(read("ferritin", "38", "ng/mL", "below-optimal", "status-not-final"), "20 <= 38 < 75"),
    ),
    (
        *("display-unknown", "text", {"code": concept("2276-4", text="Ferritin ECLIA 7")}),
        *(read("ferritin", "38", "ng/mL", "below-optimal", "display-unknown"), "20 <= 38 < 75"),
    ),
    (
        *("told-by-name", "text", {"code": concept(text="Serum ferritin")}),
        *(read("ferritin", "38", "ng/mL", "below-optimal", "told-by-name"), "20 <= 38 < 75"),
    ),
    (
        *("specimen-unclear", "blood", {"specimen": {"display": "Venous blood"}}),
        *(read("ferritin", "38", "ng/mL", "below-optimal", "specimen-unclear"), "20 <= 38 < 75"),
    ),
    (
        *("unusual-value", "high", {"valueQuantity": quantity(12000, "ng/mL")}),
        *(read("ferritin", "12000", "ng/mL", "high", "unusual-value"), "409 < 12000; usual up to 10000"),
    ),
    (
        *("fraction-assumed", "size", {"code": concept("2502-3"), "valueQuantity": {"value": 0.2}}),
        *(read("transferrin_saturation", "0.2", "1", "below-optimal", "fraction-assumed"), "0.2 = 20 %; 14 <= 20 < 25"),
    ),
    (
        *("percent-below-one", "size", {"code": concept("2502-3"), "valueQuantity": quantity(0.2, "%")}),
        *(read("transferrin_saturation", "0.2", "%", "low", "percent-below-one"), "0.2 < 14; not rescaled"),
    ),
)
"""A notice, a name, the fields of a ferritin of 38 ng/mL, what is read and judged all the same, and the arithmetic."""


def fhir_refusals() -> Iterator[Hand]:
    """Every case."""
    for code, name, fields, why in _REFUSED:
        asked = bundle(MAN, observation("2276-4", 38, "ng/mL", **fields))
        yield _case(f"refusal/{code}/{name}", why, asked, answered(refused(code)), why, _TYPOS)
    for code, name, fields, expect, arithmetic in _NOTICED:
        asked = bundle(MAN, observation("2276-4", 38, "ng/mL", **fields))
        yield _case(f"notice/{code}/{name}", f"judged, with the notice {code}", asked, answered(expect), arithmetic)
    yield from _wholes()
    yield from _people()
    yield from _ages()


def _wholes() -> Iterator[Hand]:
    """What is no resource, what has no end, and one refusal beside a result that stands."""
    deep: Json = observation("2276-4", 38, "ng/mL")
    for _ in range(_DEEPER):
        deep = {"resourceType": "Basic", "contained": [deep]}
    why = f"resources stand {_DEEPER} deep in one another"
    nested = AnsweredForm(refused="fhir-nesting", results={})
    yield _case("refusal/fhir-nesting/contained", why, AskedFhir(fhir=deep), nested, f"{_DEEPER} > 100")
    wrong = observation("2276-4", 38, "ng/mL", status="entered-in-error")
    right = observation("2498-4", 80, "ug/dL")
    both = answered(refused("fhir-status"), read("iron", "80", "ug/dL", "optimal"))
    why = "one that is refused takes nothing else with it"
    yield _case("refusal/fhir-status/beside-another", why, bundle(MAN, wrong, right), both, "iron: 80 <= 80 <= 130")
    names = {"code": concept("2276-4", text="Ferritin")}
    asked = bundle(MAN, observation("2276-4", 38, "ng/mL", **names))
    yield _case(
        "notice/none", "a text that is the marker's name needs no notice", asked, answered(_FERRITIN), "20 <= 38 < 75"
    )


def pregnancy(answer: str) -> Json:
    """The pregnancy status of the day."""
    said = {"system": "http://loinc.org", "code": answer}
    return observation(_STATUS, 0, None, valueQuantity=None, valueCodeableConcept={"coding": [said]})


def _people() -> Iterator[Hand]:
    """Who the patient could be; facts that are not known are never guessed in silence."""
    woman = {**MAN, "gender": "female", "birthDate": "1994-01-15"}
    ten = observation("2276-4", 10, "ng/mL")
    usual = observation("2276-4", 38, "ng/mL")
    none = answered(read("ferritin", "10", "ng/mL", "no range"))
    why = "a pregnant woman is never judged by an adult range"
    yield _case("person/pregnant", why, bundle(woman, ten, pregnancy(_PREGNANT)), none, "no range", "knowledge: 1.2")
    known = answered(_FERRITIN)
    asked = bundle(woman, usual, pregnancy(_NOT_PREGNANT))
    yield _case("person/not-pregnant", "nothing needs to be assumed", asked, known, "women 18-50: 20 <= 38 < 75")
    assumed = answered(read("ferritin", "38", "ng/mL", "below-optimal", assumed=("not-pregnant",)))
    why = "whether she is pregnant is unknown; the answer says what it assumed"
    yield _case("person/pregnancy-unknown", why, bundle(woman, usual), assumed, "women 18-50: 20 <= 38 < 75")
    conflict = answered(refused("patient-conflict"))
    why = "a man is not pregnant; one of the two is wrong"
    yield _case("refusal/patient-conflict/man", why, bundle(MAN, usual, pregnancy(_PREGNANT)), conflict, "")
    other = {**MAN, "gender": "other"}
    high = observation("2276-4", 200, "ng/mL")
    expect = read("ferritin", "200", "ng/mL", "open, above optimal", assumed=("not-pregnant",))
    arithmetic = "40 years: 200 <= 409 for a man, 200 > 175 for a woman; 200 > 150"
    yield _case(
        "person/sex-open", "the sex decides, and is not known", bundle(other, high), answered(expect), arithmetic
    )
    modified = {**MAN, "modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}
    expect = read(*("ferritin", "38", "ng/mL", "open"), "subject-unknown")
    why = "a modifier may change what the patient's record means: nothing in it is used, and no adult is assumed"
    arithmetic = "a man: 20 <= 38 < 75; an infant of 4 weeks: 38 < 150; for children there is no optimal range"
    yield _case("notice/subject-unknown/modifier", why, bundle(modified, usual), answered(expect), arithmetic)


def _ages() -> Iterator[Hand]:
    """Age counts in completed years on the day of collection, 1 May 2024."""
    girl = "2015-06-01"
    cases: tuple[tuple[str, str, str, float, FormResult, str], ...] = (
        (
            *("girl", "female", girl, 38, read("ferritin", "38", "ng/mL", "within, no optimal range")),
            "8 years: girls 6 mo-17 y 8-115; 8 <= 38 <= 115; the optimal range is for adults",
        ),
        (
            *("seventeen", "male", "2006-05-02", 205, read("ferritin", "205", "ng/mL", "high, no optimal range")),
            "17 years until the next day: boys 10-17 y 15-201; 201 < 205",
        ),
        (
            *("eighteen", "male", "2006-05-01", 205, read("ferritin", "205", "ng/mL", "above-optimal")),
            "18 years that day: 20-409; 150 < 205 <= 409",
        ),
        (
            *("year-alone", "male", "2006", 205, read("ferritin", "205", "ng/mL", "open")),
            "17 or 18 years: 205 > 201 or 205 <= 409; no optimal range, or 205 > 150",
        ),
    )
    for name, sex, born, value, expect, arithmetic in cases:
        person = {**MAN, "gender": sex, "birthDate": born}
        asked = bundle(person, observation("2276-4", value, "ng/mL"))
        why = "the age on the day of collection decides"
        yield _case(f"person/{name}", why, asked, answered(expect), arithmetic, "knowledge: 1.2")
    own = [{"low": quantity(30, "ng/mL"), "high": quantity(400, "ng/mL")}]
    asked = bundle({**MAN, "birthDate": "2006"}, observation("2276-4", 205, "ng/mL", referenceRange=own))
    expect = read("ferritin", "205", "ng/mL", "within, open", by="report", assumed=("printed-range-fits",))
    why = "whoever may have been a child is told that a printed range is only taken to fit"
    arithmetic = "17 or 18 years: 30 <= 205 <= 400, as printed; no optimal range, or 205 > 150"
    yield _case("person/year-alone-in-range", why, asked, answered(expect), arithmetic, "knowledge: D2")
    for name, born, outcome, arithmetic in (
        ("fifty", "1973-05-02", "high", "50 years until the next day: women 18-50 20-175; 175 < 200"),
        ("fifty-one", "1973-05-01", "above-optimal", "51 years that day: women from 51 20-328; 150 < 200 <= 328"),
    ):
        person = {**MAN, "gender": "female", "birthDate": born}
        asked = bundle(person, observation("2276-4", 200, "ng/mL"), pregnancy(_NOT_PREGNANT))
        why = "the age on the day of collection decides"
        yield _case(f"person/{name}", why, asked, answered(read("ferritin", "200", "ng/mL", outcome)), arithmetic)
    unborn = bundle({**MAN, "birthDate": "2025-03-04"}, observation("2276-4", 38, "ng/mL"))
    why = "nobody is examined before they are born"
    yield _case("refusal/unreadable-age/unborn", why, unborn, answered(refused("unreadable-age")), "")


def _case(name: str, why: str, asked: AskedFhir, expect: AnsweredForm, arithmetic: str, *more: str) -> Hand:
    sources = (RANGES, _CONVENTION, *more)
    return Hand(f"fhir/{name}", "fhir", why, asked, expect, MEN["ferritin"], arithmetic, sources)
