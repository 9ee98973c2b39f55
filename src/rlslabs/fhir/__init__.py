"""FHIR in and out, as plain dicts: read results, judge and annotate them, report a panel, export the ranges."""

from rlslabs.fhir.annotating import annotate
from rlslabs.fhir.judging import judge
from rlslabs.fhir.reading import read

__all__ = ["annotate", "judge", "read"]
