"""Tests of software that handles lab results: Hypothesis strategies, and a check that explains what differs.

Needs Hypothesis, which, in a clone, `pip install '.[testing]'` brings.
"""

from rlslabs.errors import MissingExtraError

try:
    import hypothesis as _hypothesis  # noqa: F401  only to say what is missing
except ImportError as error:
    _happened = "Hypothesis is not installed"
    raise MissingExtraError(_happened, "in a clone, pip install '.[testing]'", "testing") from error

from rlslabs.expect import assert_interpretation
from rlslabs.testing.cases import LabCase
from rlslabs.testing.dated import Told
from rlslabs.testing.mess import messy_units, messy_values
from rlslabs.testing.messages import MessageCase, ResultSent, hl7v2_messages
from rlslabs.testing.nouns import register
from rlslabs.testing.people import patients
from rlslabs.testing.reports import PanelCase, panels
from rlslabs.testing.resources import ObservationCase, fhir_observations
from rlslabs.testing.results import lab_cases, lab_results, limits
from rlslabs.testing.tables import FrameCase, frames

__all__ = [
    "FrameCase",
    "LabCase",
    "MessageCase",
    "ObservationCase",
    "PanelCase",
    "ResultSent",
    "Told",
    "assert_interpretation",
    "fhir_observations",
    "frames",
    "hl7v2_messages",
    "lab_cases",
    "lab_results",
    "limits",
    "messy_units",
    "messy_values",
    "panels",
    "patients",
]

register()
