"""Strategies for panels: several results of one patient, and, asked for a finding, results that have it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from hypothesis import strategies as st

from rlslabs.answers import Panel
from rlslabs.catalog import builtin
from rlslabs.edges import Stretch
from rlslabs.errors import UnreachableError, shown
from rlslabs.limits import plausibility
from rlslabs.panel import interpret_panel
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.cases import printed_range
from rlslabs.testing.drawing import pick, value_in
from rlslabs.testing.people import collection, fits
from rlslabs.testing.people import patients as anybody
from rlslabs.ways import Way, answered, rules, ways

_FEWEST, _MOST = 1, 6
_DAYS: tuple[tuple[date | None, ...], ...] = ((None,), (date(2024, 6, 15),), (date(2024, 6, 15), date(2023, 12, 1)))
"""Days of collection: unknown, one, or two."""


class PanelCase(NamedTuple):
    """Results of one patient, and how they are read together."""

    results: tuple[LabResult, ...]
    patient: Patient

    @property
    def panel(self) -> Panel:
        """The answer by the catalog of this package."""
        return interpret_panel(self.results, self.patient)


def panels(
    *, finding: str | None = None, patients: st.SearchStrategy[Patient] | None = None
) -> st.SearchStrategy[PanelCase]:
    """Results of one patient, to be read together: of unknown days, one or two, in any unit, some off the scale.

    Some have the laboratory's own range beside them.

    Args:
        finding: The id of a finding, such as `absolute-iron-deficiency`, or of a criterion, such as
            `aasm-2025/adult-iron`: then every panel has it, and no other results than it needs. Else any results.
        patients: Whose results they are, such as `patients(adults=True)`; else everybody. Not beside a finding, which
            brings the patients who can have it.

    Raises:
        UnreachableError: There is no such finding, or patients are asked for beside one.
    """
    if finding is None:
        return _any_panels(_any_names(), anybody(born=False) if patients is None else patients)
    if patients is not None:
        happened = "A finding brings the patients who can have it"
        raise UnreachableError(happened, "ask for a finding or for patients", finding[:80])
    if finding not in {each.name for each in rules(builtin())}:
        known = ", ".join(each.name for each in rules(builtin()))
        happened = f"No finding or criterion is called {shown(finding)}"
        raise UnreachableError(happened, f"choose from: {known}", finding[:80])
    return _along(ways(builtin(), finding)).filter(lambda case: answered(case.panel, finding) == "yes")


@st.composite
def _along(draw: st.DrawFn, every: tuple[Way, ...]) -> PanelCase:
    way = pick(draw, every)
    return PanelCase(tuple(_result(draw, *each) for each in way.where), way.patient)


def _result(draw: st.DrawFn, marker: str, unit: str, stretch: Stretch) -> LabResult:
    return LabResult(marker=marker, value=value_in(draw, stretch), unit=unit)


@st.composite
def _any_panels(draw: st.DrawFn, names: st.SearchStrategy[list[str]], people: st.SearchStrategy[Patient]) -> PanelCase:
    chosen, patient = draw(names), draw(people)
    days = _possible(pick(draw, _DAYS, "days"), patient)
    if len(days) > 1 and pick(draw, (True, False), "again"):
        chosen = [*chosen, chosen[0]]
    declared = pick(draw, ((), *((name,) for name in _declared())), "declared")
    results = [_any_result(draw, name, pick(draw, days, "day")) for name in chosen]
    return PanelCase(tuple(results), patient.model_copy(update={"conditions": declared}) if declared else patient)


def _possible(days: tuple[date | None, ...], patient: Patient) -> tuple[date | None, ...]:
    """The days on which the patient was born and of the age; where none is, a day of the patient's own."""
    return tuple(day for day in days if fits(patient, day)) or (collection(patient),)


def _any_result(draw: st.DrawFn, name: str, day: date | None) -> LabResult:
    """A usual value in any unit, seldom off the scale."""
    analyte = builtin().analyte(name)
    own_first = sorted((each.ucum for each in analyte.accepts), key=analyte.unit.__ne__)
    unit = pick(draw, own_first, "unit")
    plain = _result(draw, name, unit, _usual(name, unit))
    own = pick(draw, (False, False, False, True), "own") and name in builtin().markers
    said = {
        "collected": day,
        "comparator": pick(draw, (None, None, None, "<", ">"), "comparator"),
        "range": printed_range(draw, plain) if own else None,
    }
    return plain.model_copy(update={name: each for name, each in said.items() if each is not None})


@lru_cache(maxsize=1)
def _declared() -> tuple[str, ...]:
    """What can be declared of a patient, such as dialysis."""
    return tuple(sorted(each.id for each in builtin().rules.sampling if each.about == "patient"))


def _usual(name: str, unit: str) -> Stretch:
    soft, _ = plausibility(builtin().analyte(name), unit)
    return Stretch(soft.low or Decimal(0), soft.high or Decimal(0))


def _any_names() -> st.SearchStrategy[list[str]]:
    names = [*builtin().markers, *builtin().context]
    return st.lists(st.sampled_from(names), min_size=_FEWEST, max_size=_MOST, unique=True)
