"""Guideline criteria and findings answered from what is known of a patient, each by its rule from the data files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rlslabs.answers import Answered, Caveat, CriterionAnswer, Finding, Said
from rlslabs.catalog import Catalog
from rlslabs.chart import Chart, Held, newest
from rlslabs.cohort import who
from rlslabs.evaluate import NO, Outcome, evaluate
from rlslabs.model import Fact
from rlslabs.reported import Patient
from rlslabs.review import Reviewed
from rlslabs.rules import Condition, Criterion, Guideline, Pattern, Remark


class Charts(NamedTuple):
    """The newest readings, the chart at each moment, and the fact that an open age waits for."""

    held: Mapping[str, tuple[Held, ...]]
    at: Mapping[date | None, Chart]
    age: Fact

    def of(self, *conditions: Condition | None) -> list[Chart]:
        """The chart as of each collection that the conditions rest on: an adult's rule is not for a child's result."""
        if len(self.at) == 1:
            return [self.at[None]]
        markers = {marker for condition in conditions if condition for marker in condition.markers}
        moments = {each.result.collected for marker in markers for each in self.held.get(marker, ())} or {None}
        return list({self.at[moment].person: self.at[moment] for moment in moments}.values())


def charts_of(reviewed: Reviewed, patient: Patient, *, strict: bool) -> Charts:
    """The newest readings, and who the patient could have been at each of their collections."""
    held = {marker: newest(readings) for marker, readings in reviewed.held.items()}
    moments = {each.result.collected for readings in held.values() for each in readings}
    declared, tested = frozenset(patient.conditions), dict[str, Outcome]()
    at = {moment: Chart(held, who(patient, moment, strict=strict)[0], declared, tested) for moment in {None, *moments}}
    dated = patient.born is not None and patient.age is None and None in moments
    return Charts(held, at, "collection date" if dated else "age")


def criteria_of(charts: Charts, catalog: Catalog) -> tuple[CriterionAnswer, ...]:
    """Every criterion of every guideline, in the order in which they are to be read."""
    answers = [
        _criterion(guideline, criterion, charts, catalog)
        for guideline in catalog.rules.guidelines
        for criterion in guideline.criterion
    ]
    return tuple(sorted(answers, key=lambda each: each.order))


def findings_of(charts: Charts, catalog: Catalog) -> tuple[Finding, ...]:
    """Every finding, in the order in which they are to be read."""
    findings = [_finding(pattern, charts, catalog) for pattern in catalog.rules.findings]
    return tuple(sorted(findings, key=lambda each: each.order))


def _criterion(guideline: Guideline, criterion: Criterion, charts: Charts, catalog: Catalog) -> CriterionAnswer:
    answered, outcome = _answered(criterion, charts, catalog)
    return CriterionAnswer.trusted(
        {
            "guideline": guideline.id,
            "id": criterion.id,
            "name": f"{guideline.name}: {criterion.name}",
            "plain_name": guideline.plain_name,
            "order": criterion.order,
            "first": criterion.first,
            "ceiling": criterion.ceiling,
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


def _finding(pattern: Pattern, charts: Charts, catalog: Catalog) -> Finding:
    answered, outcome = _answered(pattern, charts, catalog)
    found = answered in {"yes", "undecided"}
    return Finding.trusted(
        {
            "id": pattern.id,
            "name": pattern.name,
            "plain_name": pattern.plain_name,
            "order": pattern.order,
            "first": pattern.first,
            "answered": answered,
            "rests_on": outcome.evidence,
            "supports": _remarks(pattern.supports, charts, catalog) if found else (),
            "against": _remarks(pattern.against, charts, catalog) if found else (),
            "missing": tuple(sorted(outcome.missing)),
            "wants": tuple(name for name in pattern.wants if name not in charts.held) if found else (),
            "facts": tuple(sorted(outcome.facts)),
            "grade": pattern.grade,
            "said": _said(pattern.clinician, pattern.patient),
            "sources": pattern.sources,
            "locator": pattern.locator,
        }
    )


def _remarks(remarks: Iterable[Remark], charts: Charts, catalog: Catalog) -> tuple[Said, ...]:
    """What certainly speaks for or against; what is open is left out."""
    certain = [each for each in remarks if all(evaluate(each.when, at, catalog).holds for at in charts.of(each.when))]
    return tuple(_said(each.clinician, each.patient) for each in certain)


@lru_cache(maxsize=1024)
def _said(clinician: str, patient: str) -> Said:
    return Said.trusted({"clinician": clinician, "patient": patient})


def _answered(rule: Criterion | Pattern, charts: Charts, catalog: Catalog) -> tuple[Answered, Outcome]:
    """How a rule is answered, agreed by every collection that it rests on, or undecided."""
    answers = [_answered_at(rule, each, catalog) for each in charts.of(rule.applies_to, rule.when)]
    answers = [each for each in answers if each[0] != "not-applicable"] if _all_no(answers) else answers
    answered, outcome = answers[0]
    if any(other != answered for other, _ in answers):
        answered, outcome = "undecided", _open("age", outcome)
    if "age" in outcome.facts:
        outcome = outcome._replace(facts=outcome.facts - {"age"} | {charts.age})
    return answered, outcome


def _all_no(answers: list[tuple[Answered, Outcome]]) -> bool:
    """Whether no collection meets the rule, and some do not for what was measured."""
    return {answered for answered, _ in answers} == {"no", "not-applicable"}


def _answered_at(rule: Criterion | Pattern, chart: Chart, catalog: Catalog) -> tuple[Answered, Outcome]:
    """How a rule is answered as of one collection, and on what that rests.

    No rule was written for pregnancy; one that is a caution for everybody, `in_pregnancy`, is answered all the same.
    """
    applies = evaluate(rule.applies_to, chart, catalog)
    if True in chart.person.pregnant and not rule.in_pregnancy:
        applies = NO if applies.holds is False or chart.person.pregnant == (True,) else _open("pregnancy", applies)
    if applies.holds is False:
        return "not-applicable", applies
    outcome = evaluate(rule.when, chart, catalog)
    if outcome.holds is False:
        return "no", outcome
    joined = outcome._replace(facts=outcome.facts | applies.facts) if applies.facts else outcome
    if outcome.missing and not any(each.holds is None for each in outcome.evidence):
        return "missing", joined
    if applies.holds is None or outcome.holds is None:
        return "undecided", joined
    return "yes", outcome


def _open(fact: Fact, outcome: Outcome) -> Outcome:
    return outcome._replace(holds=None, facts=outcome.facts | {fact})


@lru_cache(maxsize=64)
def caveats_of(catalog: Catalog) -> tuple[Caveat, ...]:
    """Each guideline's own caveat, in the order of the guidelines."""
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
