"""FHIR in and out, as plain dicts: read results, judge and annotate them, report a panel, export the ranges."""

from rlslabs.errors import FhirError
from rlslabs.fhir.annotating import annotate
from rlslabs.fhir.definitions import code_system, observation_definitions, value_set
from rlslabs.fhir.judging import judge
from rlslabs.fhir.lines import Line, annotate_lines
from rlslabs.fhir.observed import Judged, Observations, Observed, OwnRange
from rlslabs.fhir.panels import PatientPanel, panels
from rlslabs.fhir.reading import read
from rlslabs.fhir.reporting import report

__all__ = [
    "FhirError",
    "Judged",
    "Line",
    "Observations",
    "Observed",
    "OwnRange",
    "PatientPanel",
    "annotate",
    "annotate_lines",
    "code_system",
    "judge",
    "observation_definitions",
    "panels",
    "read",
    "report",
    "value_set",
]
