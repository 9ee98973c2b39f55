"""Our ranges as ObservationDefinition resources, and our codes as a CodeSystem and a ValueSet."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Literal, get_args

from rlslabs.catalog import Catalog, builtin
from rlslabs.facts import Range, RangeSet
from rlslabs.fhir.arguments import check_choice
from rlslabs.fhir.marks import RANGES, cited, population, printed, quantity, whom_words
from rlslabs.fhir.reporting import PANEL
from rlslabs.fhir.systems import LOINC, OUR_DEFINITION, OUR_VALUES, OURS, RANGE_MEANING, UCUM
from rlslabs.fhir.traces import PLACES
from rlslabs.marker import Marker

Json = dict[str, Any]
Release = Literal["R4", "R5"]

_MEANINGS = {"standard": ("normal", "Normal Range"), "optimal": ("therapeutic", "Therapeutic Desired Level")}
_COPYRIGHT = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) Regenstrief Institute, Inc. "
    "and the LOINC Committee and is available at no cost under the license at http://loinc.org/license."
)


def observation_definitions(
    *,
    standard: str | None = None,
    optimal: str | None = None,
    release: Release = "R4",
    catalog: Catalog | None = None,
) -> list[Json]:
    """An ObservationDefinition for each marker, with the ranges of a standard and an optimal set and their sources.

    Args:
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        release: `R4` (which R4B reads as well) or `R5`: the element that holds the ranges has another name there.
        catalog: Another catalog than our own.

    Raises:
        UnknownSetError: There is no set of this name.
        WrongTypeError: There is no release of this name.
    """
    check_choice("release", release, get_args(Release))
    catalog = builtin() if catalog is None else catalog
    sets = (catalog.set("standard", standard), catalog.set("optimal", optimal))
    return [_definition(marker, sets, release) for marker in catalog.markers.values()]


def _definition(marker: Marker, sets: tuple[RangeSet, ...], release: Release) -> Json:
    coding = [{"system": LOINC, "code": each.code, "display": each.name} for each in marker.loinc]
    units = [{"system": UCUM, "code": each.ucum, "display": each.ucum} for each in marker.accepts]
    ranges = [_qualified(each, chosen, release) for chosen in sets for each in marker.range if chosen.id in each.sets]
    new: Json = {"resourceType": "ObservationDefinition", "id": marker.id.replace("_", "-")}
    if release == "R5":
        new |= {
            "url": f"{OUR_DEFINITION}{marker.id}",
            "version": version("rlslabs"),
            "name": "".join(word.capitalize() for word in marker.id.split("_")),
            "title": marker.name,
            "status": "active",
            "copyright": _COPYRIGHT,
        }
    new |= {
        "code": {"coding": coding, "text": marker.name},
        "permittedDataType": ["Quantity"],
        "preferredReportName": marker.name,
    }
    if release == "R5":
        return {**new, "permittedUnit": units, "qualifiedValue": ranges}
    own = next(each for each in units if each["code"] == marker.unit)
    return {**new, "quantitativeDetails": {"unit": {"coding": [own]}}, "qualifiedInterval": ranges}


def _qualified(each: Range, chosen: RangeSet, release: Release) -> Json:
    """A range with its population; in FHIR an end is part of the range, so one that is not stands in words alone."""
    code, display = _MEANINGS[each.kind]
    ends = {
        name: quantity(bound.value, each.unit)
        for name, bound in (("low", each.low), ("high", each.high))
        if bound is not None and bound.inclusive
    }
    whom = each.applies_to
    said = population(whom)
    new: Json = {"rangeCategory" if release == "R5" else "category": "reference"}
    new["context"] = {"coding": [{"system": RANGE_MEANING, "code": code, "display": display}]}
    applies = said.get("appliesTo", [])[whom.sex is not None :]  # the sex has an element of its own
    if applies:
        new["appliesTo"] = applies
    if whom.sex is not None:
        new["gender"] = whom.sex
    if "age" in said:
        new["age"] = said["age"]
    sources = [bound.source for bound in (each.low, each.high) if bound is not None]
    distinct = {source.id: source for source in sources}.values()
    new["condition"] = f"{chosen.name}, {whom_words(whom)}: {printed(each)}. {cited(distinct)}"
    if ends:
        new["range"] = ends
    return new


def _concepts(catalog: Catalog) -> Iterator[Json]:
    for code, display in {**PLACES, **RANGES}.items():
        yield {"code": code, "display": display, "definition": f"{display}, as rlslabs places a result."}
    yield {"code": PANEL[0], "display": PANEL[1], "definition": "The results of one patient, read together by rlslabs."}
    for pattern in catalog.rules.findings:
        yield {"code": f"finding-{pattern.id}", "display": pattern.name, "definition": pattern.clinician}
    for guideline in catalog.rules.guidelines:
        for each in guideline.criterion:
            display = f"{guideline.name}: {each.name}"
            code = f"criterion-{guideline.id}-{each.id}"
            yield {"code": code, "display": display, "definition": each.clinician}


def code_system(*, catalog: Catalog | None = None) -> Json:
    """Our own codes: places against a range, findings, and criteria of guidelines, as a CodeSystem."""
    concepts = list(_concepts(builtin() if catalog is None else catalog))
    return {
        "resourceType": "CodeSystem",
        "id": "rlslabs-place",
        "url": OURS,
        "version": version("rlslabs"),
        "name": "RlslabsPlace",
        "title": "Places, findings and criteria of rlslabs",
        "status": "active",
        "experimental": False,
        "caseSensitive": True,
        "valueSet": OUR_VALUES,
        "content": "complete",
        "count": len(concepts),
        "concept": concepts,
    }


def value_set() -> Json:
    """Every code of our code system, as a ValueSet."""
    return {
        "resourceType": "ValueSet",
        "id": "rlslabs-place-all",
        "url": OUR_VALUES,
        "version": version("rlslabs"),
        "name": "RlslabsPlaceAll",
        "title": "All places, findings and criteria of rlslabs",
        "status": "active",
        "experimental": False,
        "compose": {"include": [{"system": OURS}]},
    }
