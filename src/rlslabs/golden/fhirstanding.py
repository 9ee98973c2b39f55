"""FHIR resources of which one withdraws, replaces or explains another, and ranges with words; answers by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.golden.fhircases import MAN, answered, bundle, observation, printed
from rlslabs.golden.forms import AnsweredForm, AskedFhir, FormResult
from rlslabs.golden.hand import MEN, RANGES, Hand, read, refused

Json = dict[str, Any]

_CONVENTION = "conventions: FHIR Observation"
_FERRITIN = read("ferritin", "38", "ng/mL", "below-optimal")
_WITHDRAWN, _SUPERSEDED = refused("fhir-status"), refused("fhir-superseded")


def fhir_standing() -> Iterator[Hand]:
    """Every case."""
    yield from _withdrawn()
    yield from _told()
    yield from _words()


def _report(status: str, name: str) -> Json:
    fields = {"resourceType": "DiagnosticReport", "status": status, "code": {"text": name}}
    return {**fields, "subject": {"reference": "Patient/p"}, "result": [{"reference": "Observation/o"}]}


def _withdrawn() -> Iterator[Hand]:
    """Of several versions the newest stands; none where it was deleted or nobody says which is newer."""
    first, second = (observation("2276-4", value, "ng/mL", id="o") for value in (83, 38))
    older = {**first, "meta": {"lastUpdated": "2024-05-02T08:00:00Z"}}
    newer = {**second, "meta": {"lastUpdated": "2024-05-03T08:00:00Z"}}
    asked = bundle(MAN, older, newer)
    why = "an older version of the same resource does not stand"
    yield _case(
        "refusal/fhir-superseded/older", why, asked, answered(_SUPERSEDED, _FERRITIN), "2 May < 3 May; 20 <= 38 < 75"
    )
    why = "two resources of one name, and nothing says which is newer"
    asked = bundle(MAN, first, second)
    yield _case("refusal/fhir-status/no-order", why, asked, answered(_WITHDRAWN, _WITHDRAWN), "83 or 38")
    gone = {"request": {"method": "DELETE", "url": "Observation/o"}, "response": {"status": "204"}}
    put = {"request": {"method": "PUT", "url": "Observation/o"}, "response": {"status": "201"}}
    entries = [
        {"resource": MAN, **put, "request": {"method": "PUT", "url": "Patient/p"}},
        gone,
        {"resource": second, **put},
    ]
    history = AskedFhir(fhir={"resourceType": "Bundle", "type": "history", "entry": entries})
    expect = AnsweredForm(results={"entry[2].resource": _SUPERSEDED})
    yield _case(
        "refusal/fhir-superseded/deleted", "a history has the newest first: it was deleted", history, expect, ""
    )
    none = AskedFhir(fhir={"status": "final"})
    expect = AnsweredForm(refused="fhir-resource", results={})
    yield _case("refusal/fhir-resource/none", "it has no resourceType", none, expect, "")
    asked = bundle(MAN, second, _report("final", "Urine iron studies"))
    why = "the report that names it is of urine, and the ranges are for serum and plasma"
    yield _case("refusal/another-analyte/report", why, asked, answered(refused("another-analyte")), "")


def _told() -> Iterator[Hand]:
    """What is judged all the same, with a notice."""
    result = observation("2276-4", 38, "ng/mL", id="o")
    asked = bundle(MAN, result, _report("entered-in-error", "Laboratory report"))
    expect = answered(read("ferritin", "38", "ng/mL", "below-optimal", "report-withdrawn"))
    why = "the report was withdrawn, and the result that it names was not"
    yield _case("notice/report-withdrawn/report", why, asked, expect, "20 <= 38 < 75")
    asked = bundle(MAN, observation("2276-4", 38, "ng/mL", code={"coding": [{"code": "2276-4"}]}))
    expect = answered(read("ferritin", "38", "ng/mL", "below-optimal", "code-system-assumed"))
    why = "a code of LOINC's form that names no system"
    yield _case("notice/code-system-assumed/none", why, asked, expect, "20 <= 38 < 75")
    ferritin = observation("2276-4", 38, "ng/mL", subject=None)
    iron = observation("2498-4", 100, "ug/dL", subject=None)
    asked = bundle(MAN, ferritin, iron)
    expect = answered(
        read("ferritin", "38", "ng/mL", "below-optimal", "no-subject", assumed=("adult", "not-pregnant")),
        read("iron", "100", "ug/dL", "optimal", "no-subject", assumed=("adult", "not-pregnant")),
    )
    why = "neither names a patient, so they are not read together, and the man's facts are not theirs"
    arithmetic = "every adult: ferritin 20 <= 38 < 75; iron 50 <= 100 <= 145 and 80 <= 100 <= 130"
    yield _case("notice/no-subject/two", why, asked, expect, arithmetic)
    woman = {**MAN, "gender": "female", "birthDate": "1994-01-15"}
    pregnant: Json = {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]},
        "subject": {"reference": "Patient/p"},
        "onsetDateTime": "2024-03-01",
    }
    asked = bundle(woman, observation("2276-4", 10, "ng/mL"), pregnant)
    expect = answered(read("ferritin", "10", "ng/mL", "no range"))
    why = "the pregnancy is a Condition: no adult range is for her"
    yield _case("person/pregnant-condition", why, asked, expect, "no range")


def _words() -> Iterator[Hand]:
    """What the words beside the numbers of a printed range say of it."""
    cases: tuple[tuple[str, float, Json, FormResult, str], ...] = (
        (
            *("range/deficient", 25, printed(0, 30, text="Deficient")),
            read("ferritin", "25", "ng/mL", "below-optimal", "range-passed-over"),
            "a band of deficiency is no standard range; 20 <= 25 < 75",
        ),
        (
            *("range/women-in-words", 19, printed(15, 150, text="Women")),
            *(read("ferritin", "19", "ng/mL", "low", "range-for-others"), "not his; 19 < 20"),
        ),
        (
            *("range/men-in-words", 25, printed(30, 400, text="Men")),
            *(read("ferritin", "25", "ng/mL", "low", by="report"), "25 < 30"),
        ),
        (
            *("notice/range-text-unclear/open", 25, printed(30, 400, text="ECLIA")),
            read(
                *("ferritin", "25", "ng/mL", "open, below optimal", "range-text-unclear"),
                by="report",
                left_out="fhir-population",
            ),
            "25 < 30 if it is meant, 20 <= 25 if it is not; 25 < 75",
        ),
    )
    for name, value, own, expect, arithmetic in cases:
        asked = bundle(MAN, observation("2276-4", value, "ng/mL", referenceRange=[own]))
        why = "the words beside a printed range say for whom it is, and what"
        yield _case(name, why, asked, answered(expect), arithmetic)


def _case(name: str, why: str, asked: AskedFhir, expect: AnsweredForm, arithmetic: str) -> Hand:
    return Hand(f"fhir/{name}", "fhir", why, asked, expect, MEN["ferritin"], arithmetic, (RANGES, _CONVENTION))
