"""Strategies for panels: several results of one patient, and, asked for a finding, results that have it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from rlslabs.answers import Panel
from rlslabs.catalog import builtin
from rlslabs.edges import Stretch
from rlslabs.errors import UnreachableError, shown
from rlslabs.limits import plausibility
from rlslabs.panel import interpret_panel
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.people import patients
from rlslabs.testing.results import values_of
from rlslabs.ways import Way, answered, rules, ways

_FEWEST, _MOST = 1, 6


class PanelCase(NamedTuple):
    """Results of one patient, and how they are read together."""

    results: tuple[LabResult, ...]
    patient: Patient

    @property
    def panel(self) -> Panel:
        """The answer by the catalog of this package."""
        return interpret_panel(self.results, self.patient)


def panels(*, finding: str | None = None) -> st.SearchStrategy[PanelCase]:
    """Results of one patient, to be read together.

    Args:
        finding: The id of a finding, such as `absolute-iron-deficiency`, or of a criterion, such as
            `aasm-2025/adult-iron`: then every panel has it, and no other results than it needs. Else any results.

    Raises:
        UnreachableError: There is no such finding.
    """
    if finding is None:
        return st.builds(PanelCase, _any_results(), patients(born=False))
    if finding not in {each.name for each in rules(builtin())}:
        known = ", ".join(each.name for each in rules(builtin()))
        happened = f"No finding or criterion is called {shown(finding)}"
        raise UnreachableError(happened, f"choose from: {known}", finding[:80])
    every = st.sampled_from(ways(builtin(), finding)).flatmap(_along)
    return every.filter(lambda case: answered(case.panel, finding) == "yes")


def _along(way: Way) -> st.SearchStrategy[PanelCase]:
    results = [_result(*each) for each in way.where]
    return st.builds(PanelCase, st.tuples(*results), st.just(way.patient))


def _result(marker: str, unit: str, stretch: Stretch) -> st.SearchStrategy[LabResult]:
    return st.builds(LabResult, marker=st.just(marker), value=values_of(stretch), unit=st.just(unit))


def _any_results() -> st.SearchStrategy[tuple[LabResult, ...]]:
    catalog = builtin()
    markers = [*catalog.markers.values(), *catalog.context.values()]

    def of(name: str) -> st.SearchStrategy[LabResult]:
        analyte = catalog.analyte(name)
        soft, _ = plausibility(analyte, analyte.unit)
        usual = Stretch(soft.low or Decimal(0), soft.high or Decimal(0))
        return _result(name, analyte.unit, usual)

    chosen = st.lists(st.sampled_from([each.id for each in markers]), min_size=_FEWEST, max_size=_MOST, unique=True)
    return chosen.flatmap(lambda names: st.tuples(*(of(name) for name in names)))
