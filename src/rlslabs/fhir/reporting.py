"""A panel as a DiagnosticReport: what was judged and derived, what the results are consistent with, what is missing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rlslabs.answers import INCOMPLETE, CriterionAnswer, Derived, Finding, Panel, PanelLine
from rlslabs.catalog import Catalog
from rlslabs.chart import day_of
from rlslabs.errors import SupersededError
from rlslabs.facts import Source
from rlslabs.fhir.marks import marked, marks, noted, quantity
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.fhir.panels import PatientPanel, panels
from rlslabs.fhir.systems import LOINC, OURS
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue, Reading
from rlslabs.reported import Patient
from rlslabs.wording import assumed_words, issue_words

Json = dict[str, Any]

PANEL = ("panel", "Laboratory panel for restless legs")
DISCLAIMER = "This is information, not a diagnosis."


def report(
    resource: object,
    *,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    catalog: Catalog | None = None,
) -> Json:
    """A DiagnosticReport of the results in a resource, read together; a Bundle of them for several patients.

    Each result and derived value is contained as an Observation with its places; `conclusion` says what they are
    consistent with, what is missing and what was refused, and `presentedForm` the same with the sources;
    `conclusionCode` names findings and criteria that are met, in our code system. Where there is no result it is an
    empty Bundle. The arguments are those of `panels`.

    Raises:
        LabsError: It is no resource, or a set or circumstance is unknown.
    """
    found = panels(
        resource,
        patient=patient,
        standard=standard,
        optimal=optimal,
        strict=strict,
        estimate_tibc=estimate_tibc,
        catalog=catalog,
    )
    return report_of(found)


def report_of(found: Sequence[PatientPanel]) -> Json:
    """The DiagnosticReport of one panel, or a Bundle of those of several or none."""
    reports = [diagnostic_report(each) for each in found]
    if len(reports) == 1:
        return reports[0]
    new: Json = {"resourceType": "Bundle", "type": "collection"}
    if reports:
        new["entry"] = [{"resource": each} for each in reports]
    return new


def diagnostic_report(each: PatientPanel) -> Json:
    """The DiagnosticReport of one patient's panel."""
    named = each.subject and not each.subject.startswith("#")  # what another resource contains has no name here
    panel, subject = each.panel, {"reference": each.subject} if named else None
    contained = [] if panel is None else list(_observations(panel, each.observed, subject))
    days = [observed.cases[0].result.collected for observed in each.observed]
    moments = sorted((day_of(moment) for moment in days if moment is not None), reverse=True)
    open_ = any(_standing(observed) != "final" for observed in each.observed)
    new: Json = {"resourceType": "DiagnosticReport", "status": "preliminary" if open_ else "final"}
    if contained:
        new["contained"] = contained
    new["code"] = {"coding": [{"system": OURS, "code": PANEL[0], "display": PANEL[1]}], "text": PANEL[1]}
    if subject:
        new["subject"] = dict(subject)
    if moments:
        new["effectiveDateTime"] = moments[0].isoformat()
    if contained:
        new["result"] = [{"reference": f"#{one['id']}"} for one in contained]
    text, sources = conclusion(each)
    new["conclusion"] = text
    codes = [] if panel is None else list(_codes(panel))
    if codes:
        new["conclusionCode"] = codes
    if sources:
        cited = "\n".join(f"{number}. {source.citation}" for number, source in enumerate(sources, 1))
        data = b64encode(f"{text}\n\nSources\n{cited}\n".encode()).decode()
        form = {"contentType": "text/plain; charset=utf-8", "language": "en", "data": data}
        new["presentedForm"] = [{**form, "title": f"{PANEL[1]}, with sources"}]
    return new


def _codes(panel: Panel) -> Iterable[Json]:
    for finding in panel.findings:
        if finding.answered == "yes" and finding.id != INCOMPLETE:
            yield {"coding": [{"system": OURS, "code": f"finding-{finding.id}", "display": finding.name}]}
    for criterion in panel.criteria:
        if criterion.answered == "yes":
            code = f"criterion-{criterion.guideline}-{criterion.id}"
            yield {"coding": [{"system": OURS, "code": code, "display": criterion.name}]}


def conclusion(each: PatientPanel) -> tuple[str, tuple[Source, ...]]:
    """What the results are consistent with, what is open or missing, and what was refused; and the sources of that."""
    refused: list[tuple[Observed, Issue]] = []
    said: list[str] = []
    cited: dict[str, Source] = {}
    panel = each.panel
    if panel is not None:
        rules: list[Finding | CriterionAnswer] = [each for each in panel.findings if each.id != INCOMPLETE]
        rules = sorted([*rules, *panel.criteria], key=lambda rule: not rule.first)
        said += [f"{rule.name}: {rule.said.clinician}" for rule in rules if rule.first and rule.answered == "yes"]
        said += [f"{it}." for it in panel.interpretations]
        said += [f"{one.interpretation}, computed." for one in panel.derived if one.interpretation is not None]
        said += [f"{it.name}: {issue_words(issue, 0)}" for it in panel.interpretations for issue in it.issues]
        assumed = "; ".join(assumed_words(each, 0) for each in panel.assumptions)
        said += [f"Assumed: {assumed}."] if assumed else []
        for rule in rules:
            if rule.answered == "yes":
                said += [] if rule.first else [f"{rule.name}: {rule.said.clinician}"]
            elif rule.answered == "undecided":
                open_ = f" ({', '.join(rule.facts)})" if rule.facts else ""
                said.append(f"{rule.name}: undecided{open_}.")
            else:
                continue
            cited.update((source.id, source) for source in rule.sources)
        guidelines = {rule.guideline for rule in panel.criteria if rule.answered == "yes"}
        said += [f"{each.name}: {each.said.clinician}" for each in panel.caveats if each.guideline in guidelines]
        said += [note.said.clinician for note in panel.sampling]
        said += [f"{remark.message.rstrip('.')}." for line in panel.lines for remark in line.remarks]
        pairs = zip(panel.lines, each.observed, strict=True)
        refused += [(source, line.issue) for line, source in pairs if line.issue is not None]
    for source in each.observed:
        said += [f"{source.marker}: {notice.message.rstrip('.')}." for notice in source.notices]
    if each.issue is not None:
        said.append(f"Not read together: {each.issue.message.rstrip('.')}. [{each.issue.code}]")
    refused += [(one, one.issue) for one in each.refused if one.issue is not None]
    said += [f"Refused: {one.title}: {issue.message.rstrip('.')}. [{issue.code}]" for one, issue in refused]
    missing = () if panel is None else panel.missing
    given = {one.marker for one, issue in refused if issue.code != SupersededError.code}
    for words, names in (
        ("Given and not used", [name for name in missing if name in given]),
        ("Not reported", [name for name in missing if name not in given]),
    ):
        said += [f"{words}: {', '.join(names)}."] if names else []
    said.append(DISCLAIMER)
    return "\n".join(said), tuple(cited.values())


def _observations(panel: Panel, observed: tuple[Observed, ...], subject: Json | None) -> Iterable[Json]:
    """An Observation for each result that was judged, and for each derived value."""
    for number_, (line, source) in enumerate(zip(panel.lines, observed, strict=True), 1):
        if line.interpretation is not None:
            yield _reported(line, line.interpretation, source, f"result-{number_}", subject)
    for number_, derived in enumerate(panel.derived, 1):
        if derived.interpretation is not None:
            new = _derived(derived, derived.interpretation, f"derived-{number_}", subject)
            new["status"] = "final" if all(_standing(each) == "final" for each in observed) else "preliminary"
            yield new


def _reported(line: PanelLine, it: Interpretation, source: Observed, name: str, subject: Json | None) -> Json:
    told = Judged.trusted({"observed": source, "interpretation": it, "issue": None})
    new = observation(it, name, subject, unread=told.unread)
    new["status"] = _standing(source)
    if source.id is not None and source.component is None:
        new["derivedFrom"] = [{"reference": f"Observation/{source.id}"}]
    noted(new, [f"{remark.message.rstrip('.')}." for remark in (*source.notices, *line.remarks)])
    return new


def _standing(source: Observed) -> str:
    """The status of a result as it was sent: final, unless it may still change, or what named it was withdrawn."""
    told = {"report-withdrawn": "unknown"}
    said = (told.get(each.code, each.text) for each in source.notices if each.code in {*told, "status-not-final"})
    return next(said, "final")


def _derived(derived: Derived, it: Interpretation, name: str, subject: Json | None) -> Json:
    new = observation(it, name, subject)
    computed = derived.computed
    new["method"] = {"text": f"computed: {computed.formula}"}
    cited = "; ".join(source.citation for source in computed.sources)
    label = "Estimated" if computed.estimated else "Computed"
    noted(new, [f"{label}: {computed.formula}, {computed.locator}. Source: {cited}"])
    if derived.issue is not None:
        noted(new, [f"{derived.issue.message.rstrip('.')}."])
    return new


def observation(it: Interpretation, name: str, subject: Json | None = None, *, unread: bool = False) -> Json:
    """An interpretation as an Observation of its own, with its places, ranges and a note.

    `unread` says that the laboratory printed a range by which normality cannot be told.
    """
    result = it.result
    code: Json = {"text": it.name}
    if result.marker[:1].isdigit():
        code["coding"] = [{"system": LOINC, "code": result.marker}]
    new: Json = {"resourceType": "Observation", "id": name, "status": "final", "code": code}
    if subject:
        new["subject"] = dict(subject)
    if result.collected is not None:
        zoned = isinstance(result.collected, datetime) and result.collected.utcoffset() is not None
        new["effectiveDateTime"] = (result.collected if zoned else day_of(result.collected)).isoformat()
    new.update(value(it.reading))
    own = it.standard.range if it.standard.set == "report" else None
    if own is not None:
        ends = (("low", own.low), ("high", own.high))
        held = {end: quantity(bound.value, own.unit) for end, bound in ends if bound is not None and bound.inclusive}
        locator = next(bound.locator for _, bound in ends if bound is not None)
        new["referenceRange"] = [{**held, "text": locator}]
    written = marks(it)
    new = marked(new, written, (), unread=unread)
    noted(new, [written.note])
    return new


def value(reading: Reading) -> Json:
    """A reading as the value of an Observation: a quantity with its comparator, or a range."""
    if reading.exact or reading.comparator:
        end: Decimal = reading.low if reading.high is None else reading.high
        held = quantity(end, reading.unit)
        return {"valueQuantity": {**held, "comparator": reading.comparator} if reading.comparator else held}
    ends = (("low", reading.low), ("high", reading.high))
    return {"valueRange": {name: quantity(end, reading.unit) for name, end in ends if end is not None}}
