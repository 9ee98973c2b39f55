"""An Observation, and each of its components, as results; whatever must not be judged is refused with a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rlslabs.catalog import Catalog, FoundContext
from rlslabs.errors import (
    AnotherAnalyteError,
    LabsError,
    ModifierError,
    ResourceError,
    StatusError,
    shown,
)
from rlslabs.fhir.concept import OTHER, Known, Meaning, coded, meaning, texts, words
from rlslabs.fhir.moment import Moment, read_moment, read_period
from rlslabs.fhir.observed import Case, Observed
from rlslabs.fhir.ownranges import choose, own_ranges
from rlslabs.fhir.person import People
from rlslabs.fhir.quantity import Value, value_of
from rlslabs.fhir.references import References
from rlslabs.fhir.systems import INTERPRETATION, OURS, SPECIMENS
from rlslabs.fhir.walk import Key, Node, spelled
from rlslabs.model import Fact, Issue
from rlslabs.reported import LabResult, ReportedRange, readable

_RENAMED = {"H>": "HU", "L<": "LU"}
"""Codes that were withdrawn in 2015, and what they are called now."""

_STANDING = {"final", "amended", "corrected"}
_OPEN = {"preliminary", "unknown"}
_SERUM = {"serum", "plasma", "ser", "plas", "plasm"}
_OTHER_SPECIMEN = {
    *("urin", "harn", "orina", "urina", "vollblut", "volbloed", "liquor", "lcr"),
    "urine",
    "csf",
    "cerebrospinal",
    "fluid",
    "whole",
    "stool",
    "saliva",
    "tissue",
    "sweat",
    "hair",
    "milk",
}


class Reader(NamedTuple):
    """What reading one Observation needs of all that is at hand."""

    catalog: Catalog
    references: References
    people: People


def read_observation(node: Node, reader: Reader, told: Meaning | None = None) -> list[Observed]:
    """The results of an Observation: its own, and those of its components; none where nothing of ours is in it.

    `told` is what its code means, where that is known already.
    """
    resource = node.resource
    said = meaning(resource.get("code"), reader.catalog) if told is None else told
    components = resource.get("component")
    group = bool(components or resource.get("hasMember")) and not _has_value(resource)
    found: list[Observed] = []
    if said is not OTHER and not group:
        found.append(_observed(node, resource, said, reader))
    for index, component in _components(components):
        part = meaning(component.get("code"), reader.catalog) if isinstance(component, dict) else _NO_OBJECT
        if part is not OTHER:
            holder = component if isinstance(component, dict) else {}
            found.append(_observed(node, holder, part, reader, index))
    return found


_MISSHAPEN = Issue.of(ResourceError("A component is no object", "write it as FHIR does"))
_NO_OBJECT = Meaning(refusal=_MISSHAPEN)


def _components(components: object) -> Iterator[tuple[int, object]]:
    if isinstance(components, list):
        yield from enumerate(components)
    elif components is not None:
        yield 0, None


def _has_value(resource: dict[str, Any]) -> bool:
    return any(key.startswith("value") for key in resource) or resource.get("dataAbsentReason") is not None


def _observed(
    node: Node, holder: dict[str, Any], said: Meaning, reader: Reader, component: int | None = None
) -> Observed:
    path: tuple[Key, ...] = node.path if component is None else (*node.path, "component", component)
    id_ = node.resource.get("id")
    found: dict[str, Any] = {
        "path": spelled(path),
        "component": component,
        "id": id_ if isinstance(id_, str) else None,
        "subject": "",
        "marker": None if said.found is None else said.found.marker.id,
        "context": isinstance(said.found, FoundContext),
        "cases": (),
        "facts": (),
        "ranges": (),
        "flags": (),
        "undated": "",
        "notices": said.notices,
        "issue": None,
    }
    try:
        if said.found is None:
            found["issue"], found["subject"] = said.refusal, _subject(node, reader)
        else:
            found.update(_read(node, holder, said, said.found, reader))
    except LabsError as error:
        found["issue"], found["subject"] = Issue.of(error), _subject(node, reader)
    return Observed.trusted(found)


def _subject(node: Node, reader: Reader) -> str:
    """The reference to the patient of a result that was refused, if there is one."""
    try:
        return reader.people.subject(node)[0]
    except LabsError:
        return ""


def _read(node: Node, holder: dict[str, Any], said: Meaning, known: Known, reader: Reader) -> dict[str, Any]:
    """The fields of a result that can be read.

    Raises:
        LabsError: It must not be judged.
    """
    notices = [*said.notices, *_standing(node, holder)]
    marker = known.marker
    value = value_of(holder, marker)
    references = reader.references
    specimen = _specimen(node, references)
    if specimen is not None and not isinstance(known, FoundContext):
        notices += _check_specimen(specimen.get("type"), said)
    collected, undated = _collected(node, references, specimen)
    method = readable((texts(holder.get("method")) or [""])[0])
    person = reader.people.person(node, collected)
    ranges, joined = own_ranges(holder.get("referenceRange"), marker)
    notices += [*person.notices, *joined]
    facts: list[Fact] = list(person.facts)
    cases: list[Case] = []
    for case in person.cases:
        choice = choose(ranges, case)
        facts += choice.facts
        notices += [each for each in choice.notices if each not in notices]
        for chosen in choice.ranges:
            own = None if chosen is None else chosen.reported()
            result = _result(said.marker, value, case.collected, own, method)
            cases.append(Case.trusted({"result": result, "patient": case.patient, "strict": case.strict}))
    return {
        "subject": person.subject,
        "cases": tuple(cases),
        "facts": tuple(dict.fromkeys(facts)),
        "ranges": ranges,
        "flags": lab_flags(holder),
        "undated": undated,
        "notices": tuple(notices),
    }


def _result(marker: str, value: Value, collected: object, own: ReportedRange | None, method: str) -> LabResult:
    return LabResult.trusted(
        {
            "marker": marker,
            "value": value.number,
            "text": value.text,
            "unit": value.unit,
            "comparator": value.comparator,
            "range": own,
            "collected": collected,
            "decimal_mark": value.decimal_mark,
            "circumstances": (),
            "specimen": None,
            "method": method or None,
        }
    )


def lab_flags(holder: dict[str, Any]) -> tuple[str, ...]:
    """The laboratory's own interpretation codes; what `annotate` wrote is none of its own."""
    given = holder.get("interpretation")
    flags: list[str] = []
    for concept in given if isinstance(given, list) else [given]:
        codes = coded(concept)
        if not any(system == OURS for system, _ in codes):
            flags += [_RENAMED.get(code, code) for system, code in codes if system == INTERPRETATION]
    return tuple(flags)


def _standing(node: Node, holder: dict[str, Any]) -> Iterator[Issue]:
    """What is to be said of the status.

    Raises:
        StatusError: No result stands there.
        ModifierError: Something beside it may change its meaning.
    """
    resource = node.resource
    if node.withheld:
        happened = f"The result was withdrawn: {node.withheld}"
        raise StatusError(happened, "leave it out")
    status = resource.get("status")
    if not isinstance(status, str) or status not in _STANDING | _OPEN:
        happened = f"The status is {shown(status)}" if isinstance(status, str) else "There is no status"
        text = status[:80] if isinstance(status, str) else ""
        raise StatusError(happened, "judge a result once it is final", text)
    for each in (resource, holder):
        if each.get("modifierExtension"):
            extensions = each["modifierExtension"]
            first = extensions[0] if isinstance(extensions, list) else None
            url = first.get("url") if isinstance(first, dict) else None
            happened = f"The modifier extension {shown(url)} is not known, and may change the meaning"
            raise ModifierError(happened, "leave the result out here", url[:80] if isinstance(url, str) else "")
    if resource.get("implicitRules"):
        happened = "The resource follows rules of its own (implicitRules), which are not known here"
        raise ModifierError(happened, "leave the result out here")
    if status in _OPEN:
        message = f"The status is {status}: the result may still change"
        yield Issue.trusted({"code": "status-not-final", "message": message, "text": status})


def _specimen(node: Node, references: References) -> dict[str, Any] | None:
    """The one specimen of a result, as the resource at hand or as its reference describes it."""
    teller, _, given = references.said(node, "specimen")
    if isinstance(given, list):
        given = given[0] if len(given) == 1 else None
    if not isinstance(given, dict):
        return None
    found = references.find(given, teller)
    if found is not None and found.kind == "Specimen":
        return found.resource
    return {"type": {"text": given.get("display")}}


def _check_specimen(kind: object, said: Meaning) -> Iterator[Issue]:
    """Hold the specimen against the code, whose ranges are for serum and plasma.

    Raises:
        AnotherAnalyteError: It is another specimen.
    """
    names = [SPECIMENS[code] for code in coded(kind) if code in SPECIMENS] + texts(kind)
    if not names:
        return
    spoken = {word for name in names for word in words(name)}
    if spoken & _OTHER_SPECIMEN or (not said.coded and not spoken & _SERUM):
        happened = f"The specimen is {shown(names[0])}, and the ranges are for serum and plasma"
        raise AnotherAnalyteError(happened, "leave it out here", names[0][:80])
    if not spoken & _SERUM:
        message = f"The specimen is {shown(names[0])}, and the code says serum or plasma; check that it was separated"
        yield Issue.trusted({"code": "specimen-unclear", "message": message, "text": names[0][:80]})


def _collected(node: Node, references: References, specimen: dict[str, Any] | None) -> tuple[Moment | None, str]:
    """When the sample was taken, and the date as written where it is not to the day.

    Raises:
        DateError: It is no date.
    """
    _, name, given = references.said(node, "effectiveDateTime", "effectiveInstant", "effectivePeriod")
    collection = None if specimen is None else specimen.get("collection")
    if not name and isinstance(collection, dict):
        name = next((each for each in ("collectedDateTime", "collectedPeriod") if collection.get(each)), "")
        given = collection.get(name)
    if not name:
        return None, ""
    what = "date of collection"
    moment = read_period(given, what) if name.endswith("Period") else read_moment(given, what)
    if moment is not None and moment.exact is not None:
        return moment, ""
    ends = [given.get("start"), given.get("end")] if isinstance(given, dict) else [given]
    return moment, "/".join(each[:40] if isinstance(each, str) else "" for each in ends)
