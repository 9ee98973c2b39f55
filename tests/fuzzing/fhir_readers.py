"""The readers of FHIR: JSON, NDJSON, and requests of CDS Hooks."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from rlslabs import LabsError, fhir
from rlslabs.cds_hooks import cards
from rlslabs.fhir.exact import dumps, loads
from rlslabs.prefetch import HOOKS
from tests.fuzzing.mutate import places, worse, worse_json
from tests.fuzzing.planted import NAMES, SECRETS, WHERE, as_bytes, as_text, best, issues_hold, tells_nothing
from tests.fuzzing.run import BrokenError, Case, Part, Target
from tests.fuzzing.text_readers import refused

LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
Json = dict[str, Any]


_PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"system": "urn:mrn", "value": "Quetzalnam-1"}],
    "name": [{"family": "Quetzalnam", "given": ["Quetzalnam"]}],
    "address": [{"line": ["Wolkenweg 1"], "text": "Wolkenweg"}],
    "gender": "female",
    "birthDate": "1961-07-19",
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse",
            "extension": [
                {"url": "value", "valueCodeableConcept": {"coding": [{"code": "female-typical"}], "text": "female"}},
                {"url": "period", "valuePeriod": {"start": "2001", "end": "2030-01-01"}},
            ],
        }
    ],
}
_FERRITIN: Json = {
    "resourceType": "Observation",
    "id": "f",
    "status": "final",
    "category": [{"coding": [{"code": "laboratory"}]}],
    "code": {"coding": [{"system": LOINC, "code": "2276-4", "display": "Ferritin"}], "text": "Ferritin"},
    "subject": {"reference": "Patient/p", "display": "someone"},
    "effectiveDateTime": "2024-05-01T08:00:00Z",
    "issued": "2024-05-01T09:00:00.000+02:00",
    "specimen": {"reference": "#s"},
    "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "Serum"}}],
    "valueQuantity": {"value": 38.50, "comparator": "<", "unit": "ng/mL", "system": UCUM, "code": "ng/mL"},
    "interpretation": [{"coding": [{"system": "urn:lab", "code": "L"}]}],
    "referenceRange": [
        {
            "low": {"value": 20, "unit": "ng/mL"},
            "type": {"coding": [{"code": "normal"}]},
            "appliesTo": [{"coding": [{"system": SNOMED, "code": "248152002"}]}],
            "age": {"low": {"value": 18, "unit": "a"}, "high": {"value": 50, "unit": "a"}},
        },
        {"high": {"value": 300, "unit": "ng/mL"}, "text": "< 300"},
    ],
    "note": [{"text": "haemolytic"}],
}
_IRON: Json = {
    "resourceType": "Observation",
    "status": "preliminary",
    "code": {"coding": [{"system": LOINC, "code": "2498-4"}]},
    "subject": {"reference": "urn:uuid:p"},
    "effectivePeriod": {"start": "2024-05", "end": "2024-05-03"},
    "valueString": "60 - 70 ug/dL",
    "referenceRange": [{"text": "50-170 ug/dL"}],
}
_PANEL: Json = {
    "resourceType": "Observation",
    "status": "amended",
    "code": {"text": "Iron studies"},
    "subject": {"reference": "Patient/p"},
    "effectiveDateTime": "2024",
    "hasMember": [{"reference": "Observation/f"}],
    "component": [
        {
            "code": {"coding": [{"system": LOINC, "code": "2498-4"}]},
            "valueRange": {"low": {"value": 60, "unit": "ug/dL"}, "high": {"value": 70, "unit": "ug/dL"}},
        },
        {"code": {"coding": [{"system": LOINC, "code": "2502-3"}]}, "valueString": "18 %"},
        {"code": {"coding": [{"system": LOINC, "code": "2500-7"}]}, "dataAbsentReason": {"text": "clotted"}},
        {"code": {"coding": [{"system": LOINC, "code": "2132-9"}]}, "valueInteger": 300},
    ],
}
_PREGNANT: Json = {
    "resourceType": "Condition",
    "code": {"coding": [{"system": SNOMED, "code": "77386006"}]},
    "subject": {"reference": "Patient/p"},
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "onsetDateTime": "2024-01",
    "abatementDateTime": "2024-03-01",
}
_REPORT: Json = {
    "resourceType": "DiagnosticReport",
    "status": "final",
    "code": {"text": "labs"},
    "subject": {"reference": "Patient/p"},
    "result": [{"reference": "Observation/f"}, {"reference": "#i"}],
    "contained": [{**_IRON, "id": "i", "subject": {"reference": "Patient/p"}}],
}
_BUNDLE: Json = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": "urn:uuid:p", "resource": _PATIENT},
        *({"resource": each} for each in (_FERRITIN, _IRON, _PANEL, _PREGNANT, _REPORT)),
    ],
}
_PARAMETERS: Json = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "a", "resource": _FERRITIN},
        {"name": "b", "part": [{"name": "c", "resource": _PATIENT}]},
    ],
}
_RESOURCES = tuple(
    (json.dumps(each), places(each))
    for each in (_FERRITIN, _FERRITIN, _IRON, _PANEL, [_PATIENT, _FERRITIN], [_PATIENT, _PREGNANT, _IRON], _PARAMETERS)
)
_WHOLE = (json.dumps(_BUNDLE), places(_BUNDLE))
_REQUESTS = tuple(
    (json.dumps(each), places(each))
    for each in (
        {
            "hook": hook,
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {
                "patientId": "p",
                "userId": "Practitioner/x",
                "selections": ["ServiceRequest/r"],
                "draftOrders": {
                    "resourceType": "Bundle",
                    "entry": [{"resource": {"resourceType": "ServiceRequest", "id": "r", "code": _FERRITIN["code"]}}],
                },
            },
            "prefetch": {"patient": _PATIENT, "results": _BUNDLE},
        }
        for hook in HOOKS
    )
)
_JUNK = (
    *("null", "true", "false", "0", "-1", "1e308", "1e999", "NaN", "-Infinity", "38.10", "1E+2", "-0.0", "1e-40"),
    *(f"1{'0' * 400}", f"0.{'1' * 60}", '""', '" "', '"x"', '"\\ud800"', '"38"', '"2024-13-45"', '"#s"', '"Patient/p"'),
    *(
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "[null]",
        '{"coding": 5}',
        '{"coding": [null]}',
        '{"reference": "#s"}',
        '{"value": "x"}',
    ),
    *('{"value": 38, "unit": "ng/mL"}', '{"start": "2024-02-30"}', '{"text": 5}', "[[[[[[]]]]]]", '"&#60;5 ng/mL"'),
)
_JSON_PIECES = ('"', "{", "}", "[", "]", ",", ":", "\\", "\\u0000", "\\ud800", "null", "1e9999999999", "-", "[" * 50)


def fhir_case(rng: Random) -> Case:
    """A resource, sound or nearly so; few of them no JSON."""
    written, paths = _WHOLE if rng.random() < 0.15 else rng.choice(_RESOURCES)
    written = worse_json(rng, written, paths, _JUNK)
    if rng.random() < 0.05:
        written = worse(rng, written, _JSON_PIECES)
    return (written,)


def fhir_holds(case: Case) -> tuple[str, ...]:
    """Read and annotated, or refused; nothing handed over changes, and twice is once."""
    written = as_text(case[0])
    try:
        resource = loads(written)
    except LabsError as error:
        return refused(error)
    before, hidden = repr(resource), _hidden(resource)
    try:
        read = fhir.read(resource)
        new = fhir.annotate(resource)
    except LabsError as error:
        tells_nothing(str(error), hidden=hidden)
        return refused(error)
    if repr(resource) != before:
        raise BrokenError("what was handed over was changed")
    again = fhir.annotate(new)
    if _said(again) != _said(new):
        raise BrokenError("annotated twice is not annotated once")
    if repr(fhir.read(new)) != repr(read):
        raise BrokenError("an annotated resource reads otherwise")
    if "NaN" not in written and "Infinity" not in written and repr(loads(dumps(new))) != repr(new):
        raise BrokenError("what was written is not what was meant")
    became = []
    for each in read.observed:
        if (each.issue is None) == (not each.cases):
            raise BrokenError("neither a result nor a refusal, or both")
        issues = [
            *each.notices,
            *([each.issue] if each.issue else []),
            *(own.issue for own in each.ranges if own.issue),
        ]
        issues_hold(issues, hidden=hidden)
        became.append(each.issue.code if each.issue else "read")
    return (best(became),)


def _said(resource: object) -> str:
    """A resource but for the order of its names."""
    return json.dumps(resource, sort_keys=True, default=repr)


def ndjson_case(rng: Random) -> Case:
    """A few lines, sound or nearly so."""
    lines = [worse_json(rng, *rng.choice(_RESOURCES), _JUNK) for _ in range(rng.randrange(1, 4))]
    lines.insert(rng.randrange(len(lines)), json.dumps(_PATIENT))
    text = "\n".join(lines)
    if rng.random() < 0.3:
        text = worse(rng, text, _JSON_PIECES)
    return (text.encode("utf-8", "surrogatepass"),)


def ndjson_holds(case: Case) -> tuple[str, ...]:
    """Every line that holds something comes back, with an issue or as JSON."""
    lines = as_bytes(case[0]).split(b"\n")
    found = list(fhir.annotate_lines(lines, patients=lines[:1]))
    numbers = [number for number, line in enumerate(lines, 1) if _says(line)]
    if [each.number for each in found] != numbers:
        raise BrokenError("lines were lost or made")
    became = []
    for each in found:
        hidden = each.issue is None or _hidden(_loaded(each.text))
        issues = [each.issue] if each.issue else [judged.issue for judged in each.judged if judged.issue]
        issues_hold(issues, hidden=hidden and all(_hidden(_loaded(line)) for line in lines))
        became.append(each.issue.code if each.issue else "read" if each.judged else "nothing")
    return (best(became),)


def _says(line: bytes) -> bool:
    return bool(line.decode("utf-8", "surrogateescape").rstrip("\r\n").strip("\ufeff \t"))


def cds_case(rng: Random) -> Case:
    """A request of CDS Hooks, sound or nearly so."""
    return (worse_json(rng, *rng.choice(_REQUESTS), _JUNK),)


def cds_holds(case: Case) -> tuple[str, ...]:
    """Cards or a refusal; the cards are JSON, and short as the standard wants them."""
    request = _loaded(case[0])
    try:
        answer = cards(request)
    except LabsError as error:
        tells_nothing(str(error), hidden=_hidden(request))
        return refused(error)
    json.dumps(answer)
    if any(len(card["summary"]) >= 140 for card in answer["cards"]):
        raise BrokenError("a summary of 140 characters")
    tells_nothing(repr(answer), hidden=_hidden(request), secrets=NAMES)
    return ("cards" if answer["cards"] else "nothing",)


def _hidden(part: object, free: tuple[str, ...] = ()) -> bool:
    """Whether what was planted stands only where nothing may be told of; a mutation may have carried it elsewhere."""
    if isinstance(part, dict):
        named = all(secret not in str(key) for key in part for secret in SECRETS)
        return named and all(_hidden(inner, free or WHERE.get(key, ())) for key, inner in part.items())
    if isinstance(part, list):
        return all(_hidden(inner, free) for inner in part)
    return not isinstance(part, str) or all(secret in free or secret not in part for secret in SECRETS)


def _loaded(written: Part) -> Any:  # noqa: ANN401  JSON holds anything
    try:
        return loads(written or "")
    except LabsError:
        return None


TARGETS = (
    Target("fhir", fhir_case, fhir_holds),
    Target("ndjson", ndjson_case, ndjson_holds),
    Target("cds-hooks", cds_case, cds_holds),
)
