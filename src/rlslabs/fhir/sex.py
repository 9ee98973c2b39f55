"""The sex of a Patient: the one for clinical use at the time of collection, else the administrative gender."""

from __future__ import annotations

from typing import Any

from rlslabs.errors import SexError
from rlslabs.fhir.concept import coded, texts
from rlslabs.fhir.moment import Moment, day, read_moment
from rlslabs.fhir.systems import CLINICAL_SEX
from rlslabs.population import Sex, read_sex

_CLINICAL: dict[str, Sex] = {"female-typical": "female", "male-typical": "male", "female": "female", "male": "male"}


def sex_of(patient: dict[str, Any], collected: Moment | None) -> Sex | None:
    """The sex for clinical use at collection where the patient has one, else the administrative gender.

    Raises:
        SexError: The gender is no word that is known.
    """
    extensions = patient.get("extension")
    clinical = [
        each
        for each in (extensions if isinstance(extensions, list) else ())
        if isinstance(each, dict) and each.get("url") == CLINICAL_SEX and _holds(each, collected)
    ]
    if clinical:
        said = {_clinical(each) for each in clinical}
        return said.pop() if len(said) == 1 else None
    try:
        return read_sex(patient.get("gender"))
    except SexError as error:  # whatever stands there instead may tell who it is
        raise SexError("The gender is none of FHIR's", error.mend) from None


def _parts(extension: dict[str, Any], url: str) -> list[dict[str, Any]]:
    parts = extension.get("extension")
    held = parts if isinstance(parts, list) else []
    return [each for each in held if isinstance(each, dict) and each.get("url") == url]


def _clinical(extension: dict[str, Any]) -> Sex | None:
    said: set[Sex | None] = set()
    for each in _parts(extension, "value"):
        concept = each.get("valueCodeableConcept")
        said |= {_CLINICAL.get(code) for _, code in coded(concept)} or {
            _CLINICAL.get(text.strip().casefold()) for text in texts(concept)
        }
    return said.pop() if len(said) == 1 else None


def _holds(extension: dict[str, Any], collected: Moment | None) -> bool:
    """Whether the period of an extension, if it has one, is not certainly another than the collection's."""
    for each in _parts(extension, "period"):
        period = each.get("valuePeriod")
        if collected is None or not isinstance(period, dict):
            continue
        start, end = period.get("start"), period.get("end")
        if start is not None and day(read_moment(start, "period").first) > day(collected.last):
            return False
        if end is not None and day(read_moment(end, "period").last) < day(collected.first):
            return False
    return True
