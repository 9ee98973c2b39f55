"""Results and patients as records have them: with a day of collection, and a date of birth in place of an age."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from rlslabs.catalog import builtin
from rlslabs.classify import classify
from rlslabs.errors import LabsError
from rlslabs.interpretation import Interpretation
from rlslabs.model import Status
from rlslabs.population import TICKS, age_span
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.cases import LabCase, printed_range
from rlslabs.testing.drawing import pick
from rlslabs.testing.results import lab_cases
from rlslabs.text import read_text

DAY = date(2024, 6, 15)


class Told(NamedTuple):
    """The truth about one result: its interpretation, or the code of the refusal."""

    interpretation: Interpretation | None
    refused: str | None

    def __repr__(self) -> str:
        it = self.interpretation
        if it is None:
            return f"Told(refused={self.refused!r})"
        return f"Told({it.status!r}, hl7={[*it.hl7]}{', open_sided=True' if it.open_sided else ''})"

    @property
    def status(self) -> Status | None:
        """The status, where it is judged."""
        return None if self.interpretation is None else self.interpretation.status


def told(result: LabResult, patient: Patient) -> Told:
    """What `interpret` says of a result, whatever form it is sent in."""
    try:
        return Told(classify(result, patient, catalog=builtin()), None)
    except LabsError as error:
        return Told(None, error.code)


def dated_cases(
    markers: Collection[str] | None,
    status: Status | None,
    units: Collection[str] | None,
    patients: st.SearchStrategy[Patient] | None,
) -> st.SearchStrategy[LabCase]:
    """Cases with a number, a day and no age; where no status is asked for, some with the laboratory's own range."""
    cases = _dated_cases(lab_cases(markers, status=status, units=units, patients=patients), with_range=status is None)
    return cases if status is None else cases.filter(lambda case: told(*case).status == status)


@st.composite
def _dated_cases(draw: st.DrawFn, cases: st.SearchStrategy[LabCase], *, with_range: bool) -> LabCase:
    case = _dated(draw(cases))
    if not with_range or pick(draw, (True, False), "range"):
        return case
    return LabCase(case.result.model_copy(update={"range": printed_range(draw, case.result)}), case.patient)


def _dated(case: LabCase) -> LabCase:
    result, patient = case
    day = result.collected or DAY
    if patient.born is None and patient.age is not None:
        span = age_span(patient.age)
        born = day - timedelta(days=(span.start + span.end) // 2 // TICKS["d"])
        patient = patient.model_copy(update={"age": None, "born": born})
    said: dict[str, object] = {"collected": day}
    if result.value is None:
        read = read_text(result.text or "", ".")[0]
        below = (read.comparator or "").startswith("<")
        number = read.high if below else read.low
        said |= {"value": number, "text": None, "comparator": read.comparator, "decimal_mark": None}
    return LabCase(result.model_copy(update=said), patient)
