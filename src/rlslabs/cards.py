"""Cards of CDS Hooks 2.0.1: about a result, about what stands nowhere, and about what could not be judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rlslabs.answers import CriterionAnswer, Finding, Panel
from rlslabs.catalog import Catalog
from rlslabs.chart import day_of
from rlslabs.explanation import Marks
from rlslabs.fhir.observed import Judged
from rlslabs.gaps import INCOMPLETE
from rlslabs.interpretation import Interpretation
from rlslabs.speech import Speaker
from rlslabs.wording import value_words

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


def is_future(each: Judged) -> bool:
    """Whether a result is dated after today: a typing error, which must not hide a result that is not."""
    moment = each.observed.collected
    return moment is not None and day_of(moment) > date.today()  # noqa: DTZ011  a day more or less decides nothing


def of_result(each: Judged, it: Interpretation, refused: Newest, instance: str) -> Json:
    """The card about one result."""
    standard = _STANDARD.get(it.standard.position, f"standard range {it.standard.position}")
    optimal = _OPTIMAL.get(it.optimal.position, f"optimal range {it.optimal.position}")
    standard = "within a printed range that is open on a side" if it.open_sided else standard
    outside = it.standing in {"below", "above"}
    collected = it.result.collected
    day = f" of {collected.isoformat()[:10]}" if collected is not None else ""
    explanation = it.explanation
    cited = [f"{number}. {_plain(source.citation)}" for number, source in enumerate(explanation.sources, 1)]
    said = [f"**{_plain(it.name)}{day}: {_plain(value_words(it.reading))}**", "", _plain(explanation.text)]
    notices = each.observed.notices
    remarks = [f"{notice.message.rstrip('.')}." for notice in notices]
    short = [f"status {notice.text}" for notice in notices if notice.code == "status-not-final"]
    if is_future(each):
        remarks.append("The day of collection has not come yet; correct it.")
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


def of_cautions(panel: Panel, catalog: Catalog, instance: str) -> Iterator[Json]:
    """The card about what is said before everything else, where it holds."""
    met = [each for each in _met(panel) if each.first]
    if met:
        yield _card("first", instance, met[0].name, _told(panel, met, catalog), warning=True)


def of_untargeted(panel: Panel, untargeted: list[Interpretation], catalog: Catalog, instance: str) -> Iterator[Json]:
    """The card about patterns and criteria met by results for which there is no optimal range, as in a child."""
    mine = {(it.marker, it.reading, it.result.collected): it for it in untargeted}
    met: list[Finding | CriterionAnswer] = []
    values: dict[str, None] = {}
    for each in _met(panel):
        rested = [mine.get((one.marker, one.reading, one.collected)) for one in each.rests_on]
        if any(rested) and not each.first:
            met.append(each)
            values |= dict.fromkeys(f"{it.name} {value_words(it.reading)}" for it in rested if it)
    if met:
        summary = f"{', '.join(values)}, no optimal range for this patient: {'; '.join(each.name for each in met)}"
        yield _card("untargeted", instance, summary, _told(panel, met, catalog))


def _met(panel: Panel) -> list[Finding | CriterionAnswer]:
    """The patterns and criteria that are met; an upper limit is no reason for anything, and a lack no pattern."""
    rules: list[Finding | CriterionAnswer] = [each for each in panel.criteria if not each.ceiling]
    rules += [each for each in panel.findings if each.id != INCOMPLETE]
    return [each for each in rules if each.answered == "yes"]


def _told(panel: Panel, met: list[Finding | CriterionAnswer], catalog: Catalog) -> list[str]:
    marks = Marks()
    speaker = Speaker(panel, "clinician", catalog, marks)
    said = [f"**{_plain(each.name)}** {_plain(f'{speaker.said(each)} {marks(each.sources)}.')}" for each in met]
    said = [f"{text} {_plain(speaker.rests(each.rests_on))}" for text, each in zip(said, met, strict=True)]
    cited = [f"{number}. {_plain(source.citation)}" for number, source in enumerate(marks.cited.values(), 1)]
    return ["\n\n".join([*said, "This is information, not a diagnosis.", "Sources", "\n".join(cited)])]


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
