"""Cards of CDS Hooks 2.0.1: about a result, about what stands nowhere, and about what could not be judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rlslabs.answers import INCOMPLETE, CriterionAnswer, Finding, Panel
from rlslabs.catalog import Catalog
from rlslabs.chart import day_of
from rlslabs.current import FUTURE, Test, is_future, test_of
from rlslabs.explanation import Marks
from rlslabs.fhir.observed import Judged
from rlslabs.interpretation import Interpretation
from rlslabs.lead import reaches
from rlslabs.model import Issue
from rlslabs.rules import Criterion, Pattern
from rlslabs.speech import Speaker, capital
from rlslabs.wording import span, unit_words, value_words

Json = dict[str, Any]
Newest = Mapping[str | None, date | None]
"""The newest day of the refused results of each marker, `None` where one has no day."""

LONGEST_SUMMARY = 139
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_SOURCE = {"label": "rlslabs: laboratory results in restless legs syndrome"}
_STANDARD = {"within": "within the standard range", "below": "below the standard range"}
_STANDARD |= {"above": "above the standard range", "no-range": "no standard range for this patient"}
_OPTIMAL = {"below": "below optimal for restless legs", "above": "above optimal for restless legs"}
_OPTIMAL |= {"within": "optimal for restless legs", "no-range": "no optimal range for this patient"}
_MOST = 10
"""Lines of a card that lists results."""


def newest_refused(refused: Iterable[Judged]) -> Newest:
    """The newest day of each marker on which a result was refused; without a day it may be any."""
    found: dict[str | None, date | None] = {}
    for each in refused:
        marker, moment = each.observed.marker, each.observed.collected
        day = None if moment is None else day_of(moment)
        held = found.setdefault(marker, day)
        found[marker] = None if day is None or held is None else max(day, held)
    return found


def of_result(each: Judged, it: Interpretation, refused: Newest, instance: str) -> Json:
    """The card about one result."""
    standard = _STANDARD.get(it.standard.position, f"standard range {it.standard.position}")
    optimal = _OPTIMAL.get(it.optimal.position, f"optimal range {it.optimal.position}")
    standard = "within a printed range that is open on a side" if it.open_sided else standard
    standard = "within a printed range that was only taken to fit" if it.taken_to_fit else standard
    outside = it.standing in {"below", "above"}
    collected = it.result.collected
    day = f" of {collected.isoformat()[:10]}" if collected is not None else ""
    explanation = it.explanation
    cited = [f"{number}. {_plain(source.citation)}" for number, source in enumerate(explanation.sources, 1)]
    said = [f"**{_plain(it.name)}{day}: {_plain(value_words(it.reading))}**", "", _plain(explanation.text)]
    notices = each.observed.notices
    remarks = [f"{notice.message.rstrip('.')}." for notice in notices]
    short = [f"status {notice.text}" for notice in notices if notice.code == "status-not-final"]
    if is_future(each.observed):
        remarks.append(f"{FUTURE.message}.")
        short.append("dated in the future")
    if _overtaken(it, refused):
        remarks.append("A result of this test that is or may be newer could not be judged.")
        short.append("a newer one could not be judged")
    said += [part for remark in remarks for part in ("", _plain(remark))]
    aside = f" ({'; '.join(short)})" if short else ""
    summary = f"{it.name} {value_words(it.reading)}{day}{aside}: {standard}, {optimal}"
    detail = [*said, "", "Sources", "", *cited]
    return _card(f"{it.marker}|{each.observed.path}", instance, summary, detail, warning=outside)


def _overtaken(it: Interpretation, refused: Newest) -> bool:
    """Whether a result of the same test that could not be judged is newer, or may be."""
    if it.marker not in refused:
        return False
    mine, theirs = it.result.collected, refused[it.marker]
    return mine is None or theirs is None or theirs >= day_of(mine)


def of_unplaced(unplaced: list[tuple[Judged, Interpretation]], instance: str) -> Json:
    """The card about results for which there is no range: to be silent would say that all is well."""
    pregnant = all(it.patient.pregnant for _, it in unplaced)
    why = "ranges for adults do not hold in pregnancy" if pregnant else "there is no standard range for this patient"
    lines = [f"{each.observed.title}: {value_words(it.reading)}" for each, it in unplaced]
    summary = f"{_count(unplaced)} for restless legs not placed: {why}"
    return _card("unplaced", instance, summary, _listed(lines))


def of_fitted(fitted: list[tuple[Judged, Interpretation]], instance: str) -> Json:
    """The card about results that are within a printed range which does not say that it is for such a patient."""
    pregnant = all(it.patient.pregnant for _, it in fitted)
    lines = [f"{each.observed.title}: {value_words(it.reading)}, printed {_printed(it)}" for each, it in fitted]
    whom = "in pregnancy" if pregnant else "for this patient"
    summary = f"{_count(fitted)} for restless legs within a printed range that was only taken to hold {whom}"
    why = "Such a range may be meant for somebody else. Nobody is called normal by it alone; ask whom it is for."
    return _card("fitted", instance, summary, [*_listed(lines), "", why])


def _printed(it: Interpretation) -> str:
    """The ranges that were printed with a result: `10-300 ng/mL`."""
    return " or ".join(span(limit, it.reading, unit_words(limit.unit)) for limit in it.standard.limits)


def of_cautions(panels: Sequence[Panel], older: frozenset[Test], catalog: Catalog, instance: str) -> Iterator[Json]:
    """The card about what is said before everything else, where a newest result meets it, or else leaves it open."""
    for answered in ("yes", "undecided"):
        for panel in panels:
            rules = [each for each in _rules(panel, catalog) if each.first and each.answered == answered]
            rules = [each for each in rules if _rests_on_now(each, older)]
            if rules:
                told = _told(panel, rules, catalog)
                yield _card("first", instance, _called(rules[0]), told, warning=answered == "yes")
                return


def _rests_on_now(rule: Finding | CriterionAnswer, older: frozenset[Test]) -> bool:
    return any((each.holds or reaches(each)) and test_of(each) not in older for each in rule.rests_on)


def of_untargeted(panel: Panel, untargeted: list[Interpretation], catalog: Catalog, instance: str) -> Iterator[Json]:
    """The card about patterns and criteria met, or open, by results without an optimal range, as in a child."""
    mine = {(it.marker, it.reading, it.result.collected): it for it in untargeted}
    found: list[Finding | CriterionAnswer] = []
    values: dict[str, None] = {}
    for each in _rules(panel, catalog):
        rested = [mine.get(test_of(one)) for one in each.rests_on]
        if any(rested) and not each.first:
            found.append(each)
            values |= dict.fromkeys(f"{it.name} {value_words(it.reading)}" for it in rested if it)
    if found:
        summary = f"{', '.join(values)}, no optimal range for this patient: {'; '.join(map(_called, found))}"
        yield _card("untargeted", instance, summary, _told(panel, found, catalog))


def _rules(panel: Panel, catalog: Catalog) -> list[Finding | CriterionAnswer]:
    """The patterns and criteria that are met, then those that are open for results that are there.

    An upper limit is no reason for anything, and a lack no pattern.
    """
    rules: list[Finding | CriterionAnswer] = [each for each in panel.criteria if not each.ceiling]
    rules += [each for each in panel.findings if each.id != INCOMPLETE]
    open_ = [each for each in rules if each.answered == "undecided" and _may_be_met(each, catalog)]
    return [*(each for each in rules if each.answered == "yes"), *open_]


def _may_be_met(rule: Finding | CriterionAnswer, catalog: Catalog) -> bool:
    """Whether a result that is there may meet an open rule, in a way that asks for no test that is missing."""
    if not any(each.holds or reaches(each) for each in rule.rests_on):
        return False
    rules: list[Pattern | Criterion] = [*catalog.rules.findings]
    if isinstance(rule, CriterionAnswer):
        rules = [one for each in catalog.rules.guidelines if each.id == rule.guideline for one in each.criterion]
    when = next(each.when for each in rules if each.id == rule.id)
    return any(not set(way.markers) & set(rule.missing) for way in when.any or (when,))


def _called(rule: Finding | CriterionAnswer) -> str:
    return rule.name if rule.answered == "yes" else f"undecided: {rule.name}"


def _told(panel: Panel, rules: list[Finding | CriterionAnswer], catalog: Catalog) -> list[str]:
    marks = Marks()
    speaker = Speaker(panel, "clinician", catalog, marks)
    said: list[str] = []
    for each in rules:
        words = speaker.said(each) if each.answered == "yes" else speaker.waits(each)
        cited = _plain(f"{words} {marks(each.sources)}. {speaker.rests(each.rests_on)}".lstrip())
        said.append(f"**{_plain(capital(_called(each)))}** {cited}")
    sources = [f"{number}. {_plain(source.citation)}" for number, source in enumerate(marks.cited.values(), 1)]
    return ["\n\n".join([*said, "This is information, not a diagnosis.", "Sources", "\n".join(sources)])]


def of_apart(apart: list[tuple[Judged, Issue]], instance: str) -> Json:
    """The card about results that are judged by themselves and were not read together with the others."""
    said: list[str] = []
    lines: list[str] = []
    for each, issue in apart:
        it = each.interpretation
        value = "" if it is None else f" {value_words(it.reading)}"
        said.append(f"{each.observed.name}{value}")
        lines.append(f"{each.observed.title}:{value and f'{value}.'} {issue.message.rstrip('.')}. ({issue.code})")
    return _card("apart", instance, f"Not read together with the other results: {', '.join(said)}", _listed(lines))


def of_refused(refused: list[Judged], instance: str) -> Json:
    """The card about what could not be judged; nothing is dropped in silence."""
    issues = [(each.observed.title, each.issue) for each in refused if each.issue is not None]
    lines = [f"{title}: {issue.message.rstrip('.')}. ({issue.code})" for title, issue in issues]
    return _card("refused", instance, f"{_count(refused)} for restless legs could not be judged", _listed(lines))


def of_orders(untold: list[str], instance: str) -> Json:
    """The card about orders of which it cannot be told whether they are of one of the tests."""
    count = f"{len(untold)} selected order{'s' if len(untold) > 1 else ''}"
    summary = f"{count} could not be told, so earlier results of the test are not shown"
    return _card("orders", instance, summary, _listed([f'"{name}": give its LOINC code' for name in untold]))


def of_gaps(gaps: list[str], instance: str) -> Json:
    """The card about what was not sent whole, or is not certainly of this patient."""
    summary = "The results that were sent are not complete, or not all of this patient"
    return _card("incomplete", instance, summary, [f"- {_plain(gap)}" for gap in gaps])


def _count(several: list[Any]) -> str:
    return f"{len(several)} result{'s' if len(several) > 1 else ''}"


def _listed(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST
    return [f"- {_plain(line)}" for line in lines[:_MOST]] + ([f"- and {more} more"] if more > 0 else [])


def _card(name: str, instance: str, summary: str, detail: list[str], *, warning: bool = False) -> Json:
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{instance}|{name}")),
        "summary": summary if len(summary) <= LONGEST_SUMMARY else f"{summary[: LONGEST_SUMMARY - 1]}…",
        "detail": "\n".join(detail),
        "indicator": "warning" if warning else "info",
        "source": dict(_SOURCE),
    }


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)
