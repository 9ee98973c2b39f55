"""The names by which FHIR knows code systems and codes, and those of our own."""

from __future__ import annotations

import re

from rlslabs.population import Sex

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
RANGE_MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CLINICAL_SEX = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"

NAMES = {
    "L": "low",
    "N": "normal",
    "H": "high",
    "LL": "critical low",
    "HH": "critical high",
    "A": "abnormal",
    "LU": "significantly low",
    "HU": "significantly high",
    "AA": "critical abnormal",
    "<": "off scale low",
    ">": "off scale high",
}
CODES = {name: code for code, name in NAMES.items()} | {code.casefold(): code for code in NAMES if code.isalpha()}
"""The interpretation codes that place a result, by what stands for them where no system is named.

Source: HL7 Terminology, CodeSystem v3-ObservationInterpretation (CC0).
"""

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

PREGNANCY_STATUS = {"82810-3", "11449-6"}
"""Pregnancy status: of US Core and the International Patient Summary, and the older one."""
PREGNANT = {(SNOMED, "77386006"): True, (SNOMED, "60001007"): False, (LOINC, "LA15173-0"): True}
PREGNANT[LOINC, "LA26683-5"] = False
"""What a pregnancy status says. Source: US Core, International Patient Summary."""
UNKNOWN = {(LOINC, "LA4489-6"), (SNOMED, "261665006")}
"""That it is not known. Source: International Patient Summary; DICOM CID 6096."""
YES_NO = {("http://terminology.hl7.org/CodeSystem/v2-0136", "Y"): True}
YES_NO["http://terminology.hl7.org/CodeSystem/v2-0136", "N"] = False
DUE = {"11778-8", "11779-6", "11780-4"}
"""Delivery date estimated. Source: HL7 Europe, value set eHDSIPregnancyInformation."""
GESTATION = {"18185-9", "11884-4", "11885-1", "11886-9", "49051-6"}
"""Gestational age. Source: HL7 Europe, value set gestational-age-loinc; VSAC 2.16.840.1.113762.1.4.1045.26."""
PREGNANCIES = {(SNOMED, "77386006"), (SNOMED, "72892002"), (SNOMED, "47200007")}
"""Diagnoses: pregnancy, normal pregnancy, high risk pregnancy."""
ICD10 = re.compile(r"icd-?10|2\.16\.840\.1\.113883\.6\.90\b")
"""ICD-10 of any country, and ICD-10-CM by its OID; source: HL7 Terminology, NamingSystem icd10CM."""
CARRIED = ("Z33.1", "Z331", "Z34", "Z3A")
"""ICD-10: pregnant state, supervision of a normal pregnancy, weeks of gestation. Chapter O holds what surrounds it."""

PREGNANCY, NOT_PREGNANT = (SNOMED, "77386006"), (SNOMED, "60001007")
SEXES: dict[tuple[str, str], Sex] = {(SNOMED, "248152002"): "female", (SNOMED, "248153007"): "male"}
SPECIMENS = {
    (SNOMED, code): words
    for code, words in {
        "119364003": "serum",
        "119361006": "plasma",
        "708048008": "plasma",
        "122592007": "serum or plasma",
        "119297000": "blood",
        "122555007": "venous blood",
        "122552005": "arterial blood",
        "258580003": "whole blood",
        "122575003": "urine",
        "78014005": "urine",
        "258450006": "csf",
        "119373006": "amniotic fluid",
        "309201001": "ascitic fluid",
        "418564007": "pleural fluid",
        "122571007": "pericardial fluid",
        "309051001": "body fluid",
        "119359002": "bone marrow",
        "119376003": "tissue",
        "119341000": "bile",
        "119339001": "stool",
        "119326000": "hair",
    }.items()
}
"""Source: HL7 Europe Laboratory Report and HL7 Italia Lab Report, value sets of specimen types."""
SPECIMEN_TABLES = re.compile(r"(?:v2[-/]0?(?:487|070)|v3[-/]specimentype)", re.IGNORECASE)
"""Tables whose codes are short words: HL7 v2 0487 and 0070, HL7 v3 SpecimenType."""


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
