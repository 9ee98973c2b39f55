"""CDS Hooks 2.0.1: cards for `patient-view` and `order-select` from what was prefetched, and the discovery answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rlslabs.answers import CriterionAnswer, Finding, Panel
from rlslabs.catalog import Catalog, builtin
from rlslabs.chart import Held, day_of, newest
from rlslabs.errors import HookError
from rlslabs.explanation import Marks
from rlslabs.fhir.concept import coded, meaning, texts
from rlslabs.fhir.judging import judge
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.fhir.panels import panels
from rlslabs.fhir.systems import LOINC
from rlslabs.interpretation import Interpretation
from rlslabs.prefetch import HOOKS, Asked, asked
from rlslabs.speech import Speaker
from rlslabs.wording import value_words

Json = dict[str, Any]

LONGEST_SUMMARY = 139
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_SOURCE = {"label": "rlslabs: laboratory results in restless legs syndrome"}
_STANDARD = {"within": "within the standard range", "below": "below the standard range"}
_STANDARD |= {"above": "above the standard range"}
_OPTIMAL = {"below": "below optimal for restless legs", "above": "above optimal for restless legs"}
_OPTIMAL |= {"within": "optimal for restless legs"}
_MOST_REFUSED = 10


def services(*, catalog: Catalog | None = None) -> Json:
    """The answer to the discovery request: one service a hook, with what it wants prefetched."""
    catalog = builtin() if catalog is None else catalog
    analytes = (*catalog.markers.values(), *catalog.context.values())
    codes = ",".join(f"{LOINC}|{code.code}" for analyte in analytes for code in analyte.loinc)
    prefetch = {
        "patient": "Patient/{{context.patientId}}",
        "results": f"Observation?patient={{{{context.patientId}}}}&code={codes}",
    }
    titles = {
        "patient-view": "Laboratory results in restless legs syndrome",
        "order-select": "Earlier results of the tests being ordered, in restless legs syndrome",
    }
    description = (
        "Places results against the standard and the optimal range, with sources. It informs; it is no diagnosis."
    )
    return {
        "services": [
            {
                "hook": hook,
                "id": f"rlslabs-{hook}",
                "title": titles[hook],
                "description": description,
                "prefetch": dict(prefetch),
            }
            for hook in HOOKS
        ]
    }


def cards(
    request: object,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> Json:
    """The cards for a request, from its prefetch alone: nothing is fetched, suggested or called critical.

    On `patient-view` the newest result of each marker gets a card where it is outside the standard range (`warning`),
    on the side of the optimal range that matters in restless legs, or undecided (`info`). On `order-select` the newest
    result of each test that is selected gets one, wherever it stands. What is said before everything else, such as too
    much iron for intravenous iron, is the first card of both; what could not be judged, is of another patient or of
    none that is named, or was not sent whole, is the last of both.

    Args:
        request: The body of the request, as a dict.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        catalog: Another catalog than our own.

    Returns:
        `{"cards": [...]}`, ready to be sent as JSON.

    Raises:
        HookError: The request is none of these hooks, or lacks its prefetch, or that is an error; a service answers
            with status 412.
        LabsError: A set of ranges is unknown, or a prefetched resource is none.
    """
    catalog = builtin() if catalog is None else catalog
    held = asked(request)
    options: Json = {"standard": standard, "optimal": optimal, "strict": strict, "catalog": catalog}
    answers = [each for each in _once(judge(held.resources, **options)) if not each.observed.context]
    judged = [each for each in answers if _is_mine(each.observed, held)]
    refused = [each for each in answers if each.issue is not None and (each in judged or not each.observed.patient_id)]
    current = list(_newest(judged))
    read = panels(held.resources, **options)
    panels_ = [each for each in read if any(_is_mine(one, held) for one in each.observed)]
    found = [card for each in panels_ if each.panel for card in _cautions(each.panel, catalog, held.instance)][:1]
    if held.hook == "order-select":
        ordered = _ordered(held.context, catalog)
        current = [each for each in current if each.observed.marker in ordered]
        refused = [each for each in refused if each.observed.marker is None or each.observed.marker in ordered]
        chosen = list(_answers(current))
    else:
        chosen = [(each, it) for each, it in _answers(current) if _matters(it, catalog)]
    found += [_card(each, it, refused, held.instance) for each, it in chosen]
    if refused:
        found.append(_refusals(refused, held.instance))
    strange = sum(each not in judged and each not in refused for each in answers)
    gaps = list(held.gaps)
    if strange:
        gaps.append(f"{strange} result{'s' if strange > 1 else ''} name another patient, or none that is known here.")
    return {"cards": [*found, *([_incomplete(gaps, held.instance)] if gaps else [])]}


def _once(answers: Iterable[Judged]) -> Iterator[Judged]:
    """Each result once, however often the same copy was sent."""
    seen: set[object] = set()
    for each in answers:
        one = each.observed
        told = one.id, one.person, one.component, one.marker, repr(one.cases), each.issue
        if one.id is None or told not in seen:
            seen.add(told)
            yield each


def _is_mine(observed: Observed, held: Asked) -> bool:
    return held.is_about(observed.patient_id, observed.subject)


def _newest(judged: list[Judged]) -> Iterator[Judged]:
    """The newest answer of each marker; one whose time is not to be compared stays beside it."""
    by_marker: dict[str, list[tuple[Held, Judged]]] = {}
    for each, it in _answers(judged):
        by_marker.setdefault(it.marker, []).append((Held(it.marker, it.reading, it.result), each))
    for pairs in by_marker.values():
        kept = {id(held) for held in newest(held for held, _ in pairs)}
        yield from (each for held, each in pairs if id(held) in kept)


def _answers(judged: Iterable[Judged]) -> Iterator[tuple[Judged, Interpretation]]:
    for each in judged:
        if each.interpretation is not None:
            yield each, each.interpretation


def _matters(it: Interpretation, catalog: Catalog) -> bool:
    """Whether a result is outside the standard range, on the side that matters, or open."""
    outside = it.standard.position in {"below", "above"}
    return outside or it.optimal.position == catalog.markers[it.marker].concern or it.status == "undecided"


def _ordered(context: Json, catalog: Catalog) -> set[str]:
    """The markers among the orders that are selected."""
    selections, orders = context.get("selections"), context.get("draftOrders")
    entries = orders.get("entry") if isinstance(orders, dict) else None
    if not isinstance(selections, list) or not isinstance(entries, list):
        happened = "The context of order-select has no selections or no draftOrders"
        raise HookError(happened, "send both, as CDS Hooks 2.0.1 requires")
    found: set[str] = set()
    for entry in entries:
        order = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(order, dict) or f"{order.get('resourceType')}/{order.get('id')}" not in selections:
            continue
        if order.get("resourceType") != "ServiceRequest" or order.get("doNotPerform"):
            continue
        code = order.get("code")
        concept = code["concept"] if isinstance(code, dict) and "concept" in code else code  # R5 has it one deeper
        meant = meaning(concept, catalog)
        if meant.found is not None:
            found.add(meant.found.marker.id)
        for name in (*(code for system, code in coded(concept) if system == LOINC), *texts(concept)):
            found.update(catalog.members(name))
    return found


def _overtaken(it: Interpretation, each: Judged, refused: Iterable[Judged]) -> bool:
    """Whether a result of the same test that could not be judged is newer, or may be."""
    mine = it.result.collected
    others = [other.observed.collected for other in refused if other.observed.marker == each.observed.marker]
    return any(mine is None or theirs is None or day_of(theirs) >= day_of(mine) for theirs in others)


def _card(each: Judged, it: Interpretation, refused: Iterable[Judged], instance: str) -> Json:
    """The card about one result."""
    standard = _STANDARD.get(it.standard.position, f"standard range {it.standard.position}")
    optimal = _OPTIMAL.get(it.optimal.position, f"optimal range {it.optimal.position}")
    outside = it.standard.position in {"below", "above"}
    collected = it.result.collected
    day = f" of {collected.isoformat()[:10]}" if collected is not None else ""
    explanation = it.explanation
    cited = [f"{number}. {_plain(source.citation)}" for number, source in enumerate(explanation.sources, 1)]
    said = [f"**{_plain(it.name)}{day}: {_plain(value_words(it.reading))}**", "", _plain(explanation.text)]
    notices = each.observed.notices
    remarks = [f"{notice.message.rstrip('.')}." for notice in notices]
    short = [f"status {notice.text}" for notice in notices if notice.code == "status-not-final"]
    if _overtaken(it, each, refused):
        remarks.append("A result of this test that is or may be newer could not be judged.")
        short.append("a newer one could not be judged")
    said += [part for remark in remarks for part in ("", _plain(remark))]
    aside = f" ({'; '.join(short)})" if short else ""
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{instance}|{it.marker}|{each.observed.path}")),
        "summary": _short(f"{it.name} {value_words(it.reading)}{day}{aside}: {standard}, {optimal}"),
        "detail": "\n".join([*said, "", "Sources", "", *cited]),
        "indicator": "warning" if outside else "info",
        "source": dict(_SOURCE),
    }


def _cautions(panel: Panel, catalog: Catalog, instance: str) -> Iterator[Json]:
    """The card about what is said before everything else, where it holds."""
    rules: list[Finding | CriterionAnswer] = [*panel.criteria, *panel.findings]
    met = [each for each in rules if each.first and each.answered == "yes"]
    if met:
        marks = Marks()
        speaker = Speaker(panel, "clinician", catalog, marks)
        said = [f"**{_plain(each.name)}** {_plain(f'{speaker.said(each)} {marks(each.sources)}.')}" for each in met]
        said = [f"{text} {_plain(speaker.rests(each.rests_on))}" for text, each in zip(said, met, strict=True)]
        cited = [f"{number}. {_plain(source.citation)}" for number, source in enumerate(marks.cited.values(), 1)]
        yield {
            "uuid": str(uuid5(NAMESPACE_URL, f"{instance}|first")),
            "summary": _short(met[0].name),
            "detail": "\n\n".join([*said, "This is information, not a diagnosis.", "Sources", "\n".join(cited)]),
            "indicator": "warning",
            "source": dict(_SOURCE),
        }


def _refusals(refused: list[Judged], instance: str) -> Json:
    """The card about what could not be judged; nothing is dropped in silence."""
    named = [
        f"- {_plain(each.issue.message.rstrip('.'))}. ({each.issue.code})"
        for each in refused[:_MOST_REFUSED]
        if each.issue is not None
    ]
    more = len(refused) - len(named)
    named += [f"- and {more} more"] if more else []
    count = f"{len(refused)} result{'s' if len(refused) > 1 else ''}"
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{instance}|refused")),
        "summary": f"{count} for restless legs could not be judged",
        "detail": "\n".join(named),
        "indicator": "info",
        "source": dict(_SOURCE),
    }


def _incomplete(gaps: list[str], instance: str) -> Json:
    """The card about what was not sent whole, or is not certainly of this patient."""
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{instance}|incomplete")),
        "summary": "The results that were sent are not complete, or not all of this patient",
        "detail": "\n".join(f"- {_plain(gap)}" for gap in gaps),
        "indicator": "info",
        "source": dict(_SOURCE),
    }


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def _short(text: str) -> str:
    """Text short enough for a summary."""
    return text if len(text) <= LONGEST_SUMMARY else f"{text[: LONGEST_SUMMARY - 1]}…"
