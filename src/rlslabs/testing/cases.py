"""Results with their patients, and the range that a laboratory prints beside them: of two ends, or of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.edges import edges
from rlslabs.interpretation import Interpretation
from rlslabs.reported import LabResult, Patient, ReportedRange
from rlslabs.testing.drawing import pick

_TRIES = 6
"""How many ranges are drawn until one leaves a result the status that is asked for."""


class LabCase(NamedTuple):
    """A result, the patient whose it is, and how both are judged."""

    result: LabResult
    patient: Patient

    @property
    def interpretation(self) -> Interpretation:
        """The answer by the catalog of this package."""
        return classify(self.result, self.patient, catalog=builtin())


@st.composite
def with_ranges(
    draw: st.DrawFn,
    plain: st.SearchStrategy[LabCase],
    others: st.SearchStrategy[LabCase],
    fits: Callable[[LabCase], bool],
    catalog: Catalog,
) -> LabCase:
    """Cases as they are, and most with a printed range beside them that fits; with it another case may fit too.

    Args:
        draw: What Hypothesis hands over.
        plain: Cases that fit without a range.
        others: Cases that may fit with one.
        fits: Whether a case has the status that is asked for.
        catalog: Whose limits are the ends of ranges.
    """
    case = draw(plain)
    if not pick(draw, (False, True, True, True), "range"):
        return case
    near = draw(others) if pick(draw, (False, True), "other") else case
    for _ in range(_TRIES):
        own = printed_range(draw, near.result, catalog)
        beside = near._replace(result=near.result.model_copy(update={"range": own}))
        if fits(beside):
            return beside
    return case


def printed_range(draw: st.DrawFn, result: LabResult, catalog: Catalog | None = None) -> ReportedRange:
    """The laboratory's own range, in any unit of the marker: of two ends, or of one."""
    catalog = catalog or builtin()
    own_first = sorted((each.ucum for each in catalog.markers[result.marker].accepts), key=(result.unit or "").__ne__)
    unit = pick(draw, own_first, "unit")
    ends = edges(catalog, result.marker, unit)
    low = pick(draw, range(len(ends) - 1), "end")
    high = pick(draw, range(low + 1, len(ends)), "end")
    without = pick(draw, (None, None, "low", "high"), "without")
    kept = {name: end for name, end in (("low", ends[low]), ("high", ends[high])) if name != without}
    return ReportedRange.model_validate({**kept, "unit": unit})
