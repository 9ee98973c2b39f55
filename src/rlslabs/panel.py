"""Many results of one patient, read together: each judged, values derived, findings and guideline criteria answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rlslabs.answers import Answered, Caveat, CriterionAnswer, Finding, Panel, Said, SampleNote
from rlslabs.catalog import Catalog, builtin
from rlslabs.chart import Chart, Held, newest
from rlslabs.cohort import who
from rlslabs.evaluate import NO, Outcome, evaluate
from rlslabs.lines import LineReader
from rlslabs.model import Fact
from rlslabs.reported import LabResult, Patient
from rlslabs.review import Reviewed, review
from rlslabs.rules import Condition, Criterion, Guideline, Pattern, Remark


def interpret_panel(
    results: Iterable[LabResult],
    patient: Patient | None = None,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    catalog: Catalog | None = None,
) -> Panel:
    """Judge every result, and read them together; a result that cannot be judged spoils nothing else.

    Args:
        results: Any number, in any order, of one patient; context analytes such as CRP are read and not judged.
        patient: The patient; every fact may be unknown. `conditions` may declare, for example, `dialysis`.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        estimate_tibc: Estimate TIBC from transferrin where nothing better is there; always labelled an estimate.
        catalog: Another catalog than our own.

    Returns:
        The panel: lines in the order given, derived values, findings, guideline criteria, and what is missing.

    Raises:
        LabsError: The patient's facts contradict each other, or a set or circumstance is unknown.

    Source: the rules and limits stand beside their sources in the data files.
    """
    catalog = builtin() if catalog is None else catalog
    patient = Patient() if patient is None else patient
    catalog.set("standard", standard)
    catalog.set("optimal", optimal)
    reader = LineReader(catalog, patient, standard, optimal, strict=strict)
    reviewed = review([reader.line(result) for result in results], reader, estimate_tibc=estimate_tibc)
    chart = _chart(reviewed, patient, strict=strict)
    criteria = [
        _criterion(guideline, criterion, chart, catalog)
        for guideline in catalog.rules.guidelines
        for criterion in guideline.criterion
    ]
    findings = [_finding(pattern, chart, catalog) for pattern in catalog.rules.findings]
    present = set(chart.held)
    missing = tuple(name for name in catalog.markers if name not in present)
    return Panel.trusted(
        {
            "patient": patient,
            "lines": reviewed.lines,
            "derived": reviewed.derived,
            "findings": tuple(sorted(findings, key=lambda each: each.order)),
            "criteria": tuple(sorted(criteria, key=lambda each: each.order)),
            "caveats": _caveats(catalog),
            "sampling": tuple(_sampling(reviewed, patient, catalog)),
            "missing": missing,
            "wants_most": _wants_most(findings, criteria, present),
        }
    )


def _chart(reviewed: Reviewed, patient: Patient, *, strict: bool) -> _Chart:
    """The newest readings, and who the patient could have been at each of their collections."""
    held = {marker: newest(readings) for marker, readings in reviewed.held.items()}
    moments = {each.result.collected for readings in held.values() for each in readings}
    declared, tested = frozenset(patient.conditions), dict[str, Outcome]()
    at = {moment: Chart(held, who(patient, moment, strict=strict)[0], declared, tested) for moment in {None, *moments}}
    dated = patient.born is not None and patient.age is None and None in moments
    return _Chart(held, at, "collection date" if dated else "age")


class _Chart(NamedTuple):
    """The newest readings, the chart at each moment, and the fact that an open age waits for."""

    held: Mapping[str, tuple[Held, ...]]
    at: Mapping[date | None, Chart]
    age: Fact

    def charts(self, *conditions: Condition | None) -> list[Chart]:
        """The chart as of each collection that the conditions rest on: an adult's rule is not for a child's result."""
        if len(self.at) == 1:
            return [self.at[None]]
        markers = {marker for condition in conditions if condition for marker in condition.markers}
        moments = {each.result.collected for marker in markers for each in self.held.get(marker, ())} or {None}
        return list({self.at[moment].person: self.at[moment] for moment in moments}.values())


def _answered(
    applies_to: Condition | None, when: Condition, chart: _Chart, catalog: Catalog
) -> tuple[Answered, Outcome]:
    """How a rule is answered, agreed by every collection that it rests on, or undecided."""
    answers = [_answered_at(applies_to, when, each, catalog) for each in chart.charts(applies_to, when)]
    answered, outcome = answers[0]
    if any(other != answered for other, _ in answers):
        answered, outcome = "undecided", _open("age", outcome)
    if "age" in outcome.facts:
        outcome = outcome._replace(facts=outcome.facts - {"age"} | {chart.age})
    return answered, outcome


def _answered_at(
    applies_to: Condition | None, when: Condition, chart: Chart, catalog: Catalog
) -> tuple[Answered, Outcome]:
    """How a rule is answered as of one collection, and on what that rests; no rule here was written for pregnancy."""
    applies = evaluate(applies_to, chart, catalog)
    if True in chart.person.pregnant:
        applies = NO if applies.holds is False or chart.person.pregnant == (True,) else _open("pregnancy", applies)
    if applies.holds is False:
        return "not-applicable", applies
    outcome = evaluate(when, chart, catalog)
    if outcome.holds is False:
        return "no", outcome
    joined = outcome._replace(facts=outcome.facts | applies.facts) if applies.facts else outcome
    if outcome.missing:
        return "missing", joined
    if applies.holds is None or outcome.holds is None:
        return "undecided", joined
    return "yes", outcome


def _open(fact: Fact, outcome: Outcome) -> Outcome:
    return outcome._replace(holds=None, facts=outcome.facts | {fact})


def _criterion(guideline: Guideline, criterion: Criterion, chart: _Chart, catalog: Catalog) -> CriterionAnswer:
    answered, outcome = _answered(criterion.applies_to, criterion.when, chart, catalog)
    return CriterionAnswer.trusted(
        {
            "guideline": guideline.id,
            "id": criterion.id,
            "name": f"{guideline.name}: {criterion.name}",
            "order": criterion.order,
            "answered": answered,
            "rests_on": outcome.evidence,
            "missing": tuple(sorted(outcome.missing)),
            "facts": tuple(sorted(outcome.facts)),
            "grade": criterion.grade,
            "said": _said(criterion.clinician, criterion.patient),
            "edge": criterion.edge,
            "sources": criterion.sources,
            "locator": criterion.locator,
        }
    )


def _finding(pattern: Pattern, chart: _Chart, catalog: Catalog) -> Finding:
    answered, outcome = _answered(pattern.applies_to, pattern.when, chart, catalog)
    found = answered in {"yes", "undecided"}
    return Finding.trusted(
        {
            "id": pattern.id,
            "name": pattern.name,
            "plain_name": pattern.plain_name,
            "order": pattern.order,
            "answered": answered,
            "rests_on": outcome.evidence,
            "supports": _remarks(pattern.supports, chart, catalog) if found else (),
            "against": _remarks(pattern.against, chart, catalog) if found else (),
            "missing": tuple(sorted(outcome.missing)),
            "wants": tuple(name for name in pattern.wants if name not in chart.held) if found else (),
            "facts": tuple(sorted(outcome.facts)),
            "grade": pattern.grade,
            "said": _said(pattern.clinician, pattern.patient),
            "sources": pattern.sources,
            "locator": pattern.locator,
        }
    )


def _remarks(remarks: Iterable[Remark], chart: _Chart, catalog: Catalog) -> tuple[Said, ...]:
    """What certainly speaks for or against; what is open is left out."""
    certain = [
        each for each in remarks if all(evaluate(each.when, at, catalog).holds for at in chart.charts(each.when))
    ]
    return tuple(_said(each.clinician, each.patient) for each in certain)


@lru_cache(maxsize=1024)
def _said(clinician: str, patient: str) -> Said:
    return Said.trusted({"clinician": clinician, "patient": patient})


@lru_cache(maxsize=64)
def _caveats(catalog: Catalog) -> tuple[Caveat, ...]:
    guidelines = sorted(catalog.rules.guidelines, key=lambda each: each.order)
    return tuple(
        Caveat.trusted(
            {
                "guideline": each.id,
                "name": each.name,
                "plain_name": each.plain_name,
                "said": _said(each.clinician, each.patient),
                "sources": each.sources,
            }
        )
        for each in guidelines
    )


def _sampling(reviewed: Reviewed, patient: Patient, catalog: Catalog) -> Iterable[SampleNote]:
    """What was declared of samples and of the patient, for the results that it qualifies."""
    every = [held for readings in reviewed.held.values() for held in readings]
    said = {*patient.conditions, *(name for held in every for name in held.result.circumstances)}
    for each in catalog.rules.sampling if said else ():
        if each.effect == "fact" or each.clinician is None or each.patient is None:
            continue
        declared = each.id in patient.conditions
        touched = [
            held.marker
            for held in every
            if held.marker in each.markers and (declared or each.id in held.result.circumstances)
        ]
        if touched:
            yield SampleNote.trusted(
                {
                    "circumstance": each.id,
                    "markers": tuple(dict.fromkeys(touched)),
                    "reassures": each.effect == "reassures",
                    "said": _said(each.clinician, each.patient),
                    "sources": each.sources,
                }
            )


def _wants_most(findings: list[Finding], criteria: list[CriterionAnswer], present: set[str]) -> str | None:
    """The missing test that most of what is open waits for; where nothing is open, what most findings would like."""
    open_: list[Finding | CriterionAnswer] = [*findings, *criteria]
    waits = Counter(name for each in open_ if each.answered == "missing" for name in each.missing)
    waits = waits or Counter(name for each in findings for name in each.wants if name not in present)
    return min(waits, key=lambda name: (-waits[name], name)) if waits else None
