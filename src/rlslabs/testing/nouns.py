"""The nouns of the package get their strategies, so that `st.from_type` finds them."""

from __future__ import annotations

from hypothesis import strategies as st

from rlslabs.answers import Panel
from rlslabs.interpretation import Interpretation
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.people import patients
from rlslabs.testing.reports import panels
from rlslabs.testing.results import lab_cases, lab_results


def register() -> None:
    """Register the strategies of results, patients, answers and panels; each is made when it is first asked for."""
    st.register_type_strategy(LabResult, lambda _: lab_results())
    st.register_type_strategy(Patient, lambda _: patients())
    st.register_type_strategy(Interpretation, lambda _: lab_cases().map(lambda case: case.interpretation))
    st.register_type_strategy(Panel, lambda _: panels().map(lambda case: case.panel))
