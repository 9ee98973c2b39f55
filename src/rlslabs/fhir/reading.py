"""FHIR read: every result of the six markers in whatever was handed over, with its patient, ranges and refusals."""

from __future__ import annotations

from rlslabs.catalog import Catalog, builtin
from rlslabs.fhir.arguments import check_patient
from rlslabs.fhir.concept import OTHER, Meaning, meaning
from rlslabs.fhir.observation import Reader, faulty, read_observation
from rlslabs.fhir.observed import Observations, Observed
from rlslabs.fhir.person import Beyond, People
from rlslabs.fhir.pregnancy import is_of_another_test
from rlslabs.fhir.references import References
from rlslabs.fhir.traces import is_marked
from rlslabs.fhir.versions import standing
from rlslabs.fhir.walk import Json, Node, walk
from rlslabs.reported import Patient


def read(resource: object, *, patient: Patient | None = None, catalog: Catalog | None = None) -> Observations:
    """Read the lab results of an Observation, DiagnosticReport, Bundle, Parameters or list, nested at will.

    Args:
        resource: A dict, a list of dicts, or an object of a model library; it is not changed.
        patient: The patient of results whose own is not among the resources.
        catalog: Another catalog than our own.

    Returns:
        Every result of a marker or a context analyte, in order; each with the cases that its facts leave open, the
        laboratory's own ranges, and the issue for which it was refused, if it was.

    Raises:
        FhirError: It is no resource, or resources stand in one another without end.
        WrongTypeError: The patient is no `Patient`.
    """
    check_patient(patient)
    found = [(node, results) for node, results in sift(resource, patient, catalog)]
    observed = tuple(each for _, results in found for each in results)
    return Observations.trusted({"observed": observed, "passed_over": sum(not results for _, results in found)})


def is_of_one_test(resource: object) -> bool:
    """Whether this is one Observation by itself, of one LOINC code, that says nothing of a pregnancy."""
    return (
        isinstance(resource, dict)
        and resource.get("resourceType") == "Observation"
        and "contained" not in resource
        and is_of_another_test(resource)
    )


def is_of_others(resource: Json, catalog: Catalog) -> bool:
    """Whether an Observation of one test holds nothing to read or to take out again.

    Most lines of an export are, so it is asked before anything is made; `sift` finds the same in more steps.
    """
    return meaning(resource.get("code"), catalog) is OTHER and not is_marked(resource)


def sift(
    resource: object, patient: Patient | None, catalog: Catalog | None, beyond: Beyond | None = None
) -> list[tuple[Node, list[Observed]]]:
    """Every Observation with the results that it holds; `beyond` is what is known of patients from elsewhere."""
    nodes = standing(walk(resource))
    catalog = builtin() if catalog is None else catalog
    said: Meaning | None = None
    if len(nodes) == 1:  # a line of an export; most hold nothing of ours
        (node,) = nodes
        if node.kind != "Observation":
            return []
        said = meaning(node.resource.get("code"), catalog)
        if said is OTHER and "component" not in node.resource:
            return [(node, [])]
    references = References(nodes, beyond.patients if beyond else None)
    reader = Reader(catalog, references, People(nodes, references, patient, beyond))
    found: list[tuple[Node, list[Observed]]] = []
    for node in nodes:
        if node.fault:
            found.append((node, [faulty(node)]))
        elif node.kind == "Observation":
            found.append((node, read_observation(node, reader, said)))
    return found
