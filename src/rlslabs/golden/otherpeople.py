"""FHIR resources about two patients, dates that decide an age, pregnancies that are not hers; answers by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.fhircases import LOINC, MAN, UCUM, Json, bundle, observation, printed
from rlslabs.golden.forms import AnsweredForm, AskedFhir, FormResult
from rlslabs.golden.hand import MEN, RANGES, Hand, read, refused

_WOMAN: Json = {"resourceType": "Patient", "id": "w", "gender": "female", "birthDate": "1984-03-10"}
_SECOND: Json = {**_WOMAN, "id": "v"}
_BOY: Json = {**MAN, "birthDate": "2006-05-02"}
"""17 years old until the day after the collection."""

_CLINICAL_SEX = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_PREGNANT: Json = {"coding": [{"system": LOINC, "code": "LA15173-0"}]}
_SEVENTEEN = read("ferritin", "205", "ng/mL", "high, no optimal range")
_ANY_AGE = read("ferritin", "205", "ng/mL", "open")


def other_people() -> Iterator[Hand]:
    """Every case."""
    yield from _two()
    yield from _pregnancies()
    yield from _days()
    yield from _rest()


def _of(person: Json, resource: Json) -> Json:
    return {**resource, "subject": {"reference": f"Patient/{person['id']}"}}


def _ferritin(person: Json, value: float, **more: object) -> Json:
    return _of(person, observation("2276-4", value, "ng/mL", **more))


def _says(person: Json, day: str = "2024-05-01") -> Json:
    """That she is pregnant."""
    said = observation("82810-3", 0, None, valueQuantity=None, valueCodeableConcept=_PREGNANT, effectiveDateTime=day)
    return _of(person, said)


def _hers(value: str, outcome: str) -> FormResult:
    return read("ferritin", value, "ng/mL", outcome, assumed=("not-pregnant",))


def _results(**results: FormResult) -> AnsweredForm:
    """Results by the place of their entry: `e2` is `entry[2].resource`."""
    return AnsweredForm(results={f"entry[{name[1:]}].resource": each for name, each in results.items()})


def _two() -> Iterator[Hand]:
    """Two patients in one bundle: each is judged by what is known of that one."""
    his, hers = read("ferritin", "200", "ng/mL", "above-optimal"), _hers("200", "high")
    man, woman = _ferritin(MAN, 200), _ferritin(_WOMAN, 200)
    arithmetic = "a man: 150 < 200 <= 409; a woman of 40: 175 < 200"
    why = "two patients in one bundle, and each result is of its own"
    for name, resources in (
        ("man-first", (MAN, _WOMAN, man, woman)),
        ("woman-first", (_WOMAN, MAN, man, woman)),
    ):
        yield _case(f"two-patients/{name}", why, bundle(*resources), _results(e2=his, e3=hers), arithmetic)
    asked = bundle(_WOMAN, MAN, man)
    yield _case("two-patients/second-alone", why, asked, _results(e2=his), "a man: 150 < 200 <= 409")
    asked = bundle(MAN, _WOMAN, woman)
    yield _case("two-patients/second-woman-alone", why, asked, _results(e2=hers), "a woman of 40: 175 < 200")


def _pregnancies() -> Iterator[Hand]:
    low, none = _hers("10", "low"), read("ferritin", "10", "ng/mL", "no range")
    arithmetic = "a woman of 40 who is not pregnant: 10 < 20"
    both = bundle(_WOMAN, _SECOND, _says(_WOMAN), _ferritin(_WOMAN, 10), _ferritin(_SECOND, 10))
    why = "the pregnancy is that of another patient in the bundle"
    yield _case("pregnancy/of-another", why, both, _results(e3=none, e4=low), arithmetic)
    asked = bundle(_SECOND, _WOMAN, _says(_WOMAN), _ferritin(_SECOND, 10))
    yield _case("pregnancy/of-another-alone", why, asked, _results(e3=low), arithmetic)
    long_ago = bundle(_WOMAN, _ferritin(_WOMAN, 10), _says(_WOMAN, "2014-05-01"))
    why = "she was pregnant ten years before"
    yield _case("pregnancy/ten-years-ago", why, long_ago, _results(e1=low), arithmetic)
    condition: Json = {
        "resourceType": "Condition",
        "verificationStatus": {"coding": [{"system": _VERIFIED, "code": "refuted"}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]},
        "onsetDateTime": "2024-03-01",
    }
    asked = bundle(_WOMAN, _ferritin(_WOMAN, 10), _of(_WOMAN, condition))
    why = "the diagnosis of a pregnancy was refuted"
    yield _case("pregnancy/refuted", why, asked, _results(e1=low), arithmetic)


def _days() -> Iterator[Hand]:
    """Collected the day before he is 18: 205 is high for a boy, and not for a man; no other day counts."""
    none = {"effectiveDateTime": None}
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "collection": {"collectedDateTime": "2024-05-01"},
    }
    held = {"specimen": {"reference": "#s"}, "contained": [specimen]}
    period = {"start": "2024-05-01", "end": "2024-05-01"}
    cases: tuple[tuple[str, Json, FormResult, str], ...] = (
        ("issued-later", {"issued": "2024-05-03T08:00:00Z"}, _SEVENTEEN, "effectiveDateTime is the collection"),
        ("period", {**none, "effectivePeriod": period}, _SEVENTEEN, "the period is one day"),
        ("instant", {**none, "effectiveInstant": "2024-05-01T08:00:00Z"}, _SEVENTEEN, "the instant is of that day"),
        ("specimen", {**none, **held}, _SEVENTEEN, "the specimen was collected that day"),
        ("issued-alone", {**none, "issued": "2024-05-01T08:00:00Z"}, _ANY_AGE, "when it was issued is no collection"),
        ("no-day", none, _ANY_AGE, "there is no day of collection"),
        ("open-period", {**none, "effectivePeriod": {"start": "2024-05-01"}}, _ANY_AGE, "the period has no end"),
    )
    for name, fields, expect, why in cases:
        said = "17 years: 201 < 205" if expect is _SEVENTEEN else "to 17 years 201 < 205, from 18 205 <= 409"
        asked = bundle(_BOY, observation("2276-4", 205, "ng/mL", **fields))
        yield _case(f"day/{name}", why, asked, _results(e1=expect), said)


def _rest() -> Iterator[Hand]:
    usual = read("ferritin", "38", "ng/mL", "below-optimal")
    for status in ("amended", "corrected"):
        asked = bundle(MAN, observation("2276-4", 38, "ng/mL", status=status))
        yield _case(
            f"status/{status}", f"a result that was {status} stands", asked, _results(e1=usual), "20 <= 38 < 75"
        )
    sixty = {"low": {"value": 60, "unit": "a", "system": UCUM, "code": "a"}}
    asked = bundle(MAN, observation("2276-4", 25, "ng/mL", referenceRange=[printed(30, 400, age=sixty)]))
    expect = read("ferritin", "25", "ng/mL", "below-optimal", "range-for-others")
    why = "the printed range is for people from 60 years"
    yield _case("range/from-sixty", why, asked, _results(e1=expect), "40 years; 20 <= 25 < 75")
    asked = bundle(MAN, observation("14798-3", 10, "umol/L", referenceRange=[printed(59, 158, "ug/dL")]))
    expect = read("iron", "10", "umol/L", "low", by="report")
    why = "the range is printed in a unit of another kind"
    yield _case("range/iron-in-mass", why, asked, _results(e1=expect), "10 x 5.5845 = 55.845 < 59")
    asked = bundle(MAN, observation("2498-4", 157, "ug/dL", referenceRange=[printed(11, 28, "umol/L")]))
    expect = read("iron", "157", "ug/dL", "high", by="report")
    yield _case("range/iron-in-moles", why, asked, _results(e1=expect), "28 x 5.5845 = 156.366 < 157")
    value = {"url": "value", "valueCodeableConcept": {"coding": [{"code": "female-typical"}]}}
    person = {**MAN, "extension": [{"url": _CLINICAL_SEX, "extension": [value]}]}
    why = "the sex for clinical use decides, and not the administrative one"
    asked = bundle(person, observation("2276-4", 200, "ng/mL"))
    yield _case("sex/clinical", why, asked, _results(e1=_hers("200", "high")), "a woman of 40: 175 < 200")
    for code in ("35365-6", "24373-3", "62290-2", "49054-0", "16695-9"):
        asked = bundle(MAN, observation(code, 38, "ng/mL"))
        expect = refused("another-analyte")
        yield _case(f"refusal/another-analyte/{code}", f"{code} is another test", asked, _results(e1=expect), "")
    for sample in ("Whole blood", "Cerebrospinal fluid", "CSF", "Saliva", "Bone marrow"):
        asked = bundle(MAN, observation("2276-4", 38, "ng/mL", specimen={"display": sample}))
        expect, why = refused("another-analyte"), f"{sample} is neither serum nor plasma"
        yield _case(f"refusal/another-analyte/{sample}", why, asked, _results(e1=expect), "")


def _case(name: str, why: str, asked: AskedFhir, expect: AnsweredForm, arithmetic: str) -> Hand:
    said = name if name.startswith(("refusal", "range")) else f"person/{name}"
    sources = (RANGES, "knowledge: 1.2", "knowledge: 3.3", "conventions: FHIR Observation")
    return Hand(f"fhir/{said}", "fhir", why, asked, expect, MEN["ferritin"], arithmetic, sources)
