"""The names by which FHIR knows code systems and codes, and those of our own."""

from __future__ import annotations

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
RANGE_MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CLINICAL_SEX = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"

OURS = "urn:x-rlslabs:place"
"""Our own code system: places, guideline criteria and findings. It is a name and no address: no domain is claimed."""
OUR_VALUES = "urn:x-rlslabs:place:all"
OUR_DEFINITION = "urn:x-rlslabs:definition:"
AUTHOR = "rlslabs"

_OIDS = {
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.8": UCUM,
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.5.83": INTERPRETATION,
}
_KNOWN = {
    "http://terminology.hl7.org/codesystem/v2-0078": INTERPRETATION,
    "http://hl7.org/fhir/v2/0078": INTERPRETATION,
    "http://hl7.org/fhir/v3/observationinterpretation": INTERPRETATION,
    **{name: name for name in (LOINC, UCUM, SNOMED, INTERPRETATION, RANGE_MEANING, OURS)},
    **{f"urn:oid:{oid}": name for oid, name in _OIDS.items()},
    **_OIDS,
}

PREGNANCY_STATUS = "82810-3"
PREGNANT = {(SNOMED, "77386006"): True, (SNOMED, "60001007"): False, (LOINC, "LA15173-0"): True}
PREGNANT[LOINC, "LA26683-5"] = False
"""What a pregnancy status says; anything else leaves it unknown. Source: US Core, International Patient Summary."""

PREGNANCY = (SNOMED, "77386006")
SEXES = {(SNOMED, "248152002"): "female", (SNOMED, "248153007"): "male"}
SPECIMENS = {
    (SNOMED, "119364003"): "serum",
    (SNOMED, "119361006"): "plasma",
    (SNOMED, "258580003"): "whole blood",
    (SNOMED, "122555007"): "venous blood",
    (SNOMED, "122575003"): "urine",
    (SNOMED, "258450006"): "csf",
}


def system(written: object) -> str:
    """The name of a code system, whether it was written as an address or as an OID; as written where it is unknown.

    >>> system("urn:oid:2.16.840.1.113883.6.1")
    'http://loinc.org'
    """
    if not isinstance(written, str):
        return ""
    found = _KNOWN.get(written)
    if found is not None:
        return found
    bare = written.strip().rstrip("/").replace("https://", "http://", 1).replace("http://www.", "http://", 1)
    return _KNOWN.get(bare.casefold(), bare)
