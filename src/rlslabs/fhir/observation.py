"""An Observation, and each of its components, as results; whatever must not be judged is refused with a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rlslabs.catalog import Catalog, FoundContext
from rlslabs.errors import (
    AnotherAnalyteError,
    LabsError,
    ResourceError,
    shown,
)
from rlslabs.fhir.alike import Alike, keep, kept, key_of
from rlslabs.fhir.choice import choose
from rlslabs.fhir.concept import OTHER, Known, Meaning, coded, meaning, texts
from rlslabs.fhir.moment import Moment, read_moment, read_period
from rlslabs.fhir.observed import Case, Observed
from rlslabs.fhir.ownranges import own_ranges
from rlslabs.fhir.person import People, Person
from rlslabs.fhir.pregnancy import Subject
from rlslabs.fhir.quantity import Value, again, value_of
from rlslabs.fhir.references import References
from rlslabs.fhir.specimen import check_holders, check_specimens, is_other_fluid, specimens_of
from rlslabs.fhir.status import standing, withdrawn_holder
from rlslabs.fhir.systems import CODES, INTERPRETATION, NAMES
from rlslabs.fhir.traces import is_our_concept
from rlslabs.fhir.walk import Key, Node, spelled
from rlslabs.model import Fact, Issue
from rlslabs.reported import LabResult, ReportedRange, readable

_RENAMED = {"H>": "HU", "L<": "LU"}
"""Codes that were withdrawn in 2015, and what they are called now."""

_EFFECTIVE = ("effectiveDateTime", "effectiveInstant", "effectivePeriod")


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
    other = _of_another(resource.get("code"), said, reader.catalog) if components else None
    for index, component in _components(components):
        part = meaning(component.get("code"), reader.catalog) if isinstance(component, dict) else _NO_OBJECT
        if part is not OTHER:
            holder = component if isinstance(component, dict) else {}
            part = part if other is None else part._replace(refusal=part.refusal or other)
            found.append(_observed(node, holder, part, reader, index))
    return found


def _of_another(code: object, said: Meaning, catalog: Catalog) -> Issue | None:
    """Why the components of an Observation are none of ours by its own code: a goal, urine; a panel is a panel."""
    names = [*(each for _, each in coded(code)), *texts(code)]
    if said.refusal is not None:
        return None if any(catalog.members(name) for name in names) else said.refusal
    other = next((name for name in texts(code) if is_other_fluid(name)), None)
    if other is None:
        return None
    happened = f"The result belongs to {shown(other)}, and the ranges are for serum and plasma"
    return Issue.of(AnotherAnalyteError(happened, "leave it out here", other[:80]))


_MISSHAPEN = Issue.of(ResourceError("A component is no object", "write it as FHIR does"))
_NO_OBJECT = Meaning(refusal=_MISSHAPEN)


def _components(components: object) -> Iterator[tuple[int, object]]:
    if isinstance(components, list):
        yield from enumerate(components)
    elif components is not None:
        yield 0, None


def _has_value(resource: dict[str, Any]) -> bool:
    has = any(isinstance(key, str) and key.startswith("value") for key in resource)
    return has or resource.get("dataAbsentReason") is not None


def _observed(
    node: Node, holder: dict[str, Any], said: Meaning, reader: Reader, component: int | None = None
) -> Observed:
    found = _unread(node, said, component)
    try:
        if said.found is None or said.refusal is not None:
            found |= {"issue": said.refusal, **_about(node, reader)}
        else:
            found |= _read(node, holder, said, said.found, reader)
    except LabsError as error:
        found |= {"issue": Issue.of(error), **_about(node, reader)}
    return Observed.trusted(found)


def _unread(node: Node, said: Meaning, component: int | None) -> dict[str, Any]:
    """The fields of a result of which nothing but its place and its code is known."""
    path: tuple[Key, ...] = node.path if component is None else (*node.path, "component", component)
    id_ = node.resource.get("id")
    return {
        "path": spelled(path),
        "component": component,
        "id": id_ if isinstance(id_, str) else None,
        "subject": "",
        "person": "",
        "patient_id": "",
        "server": "",
        "collected": None,
        "marker": None if said.found is None else said.found.marker.id,
        "name": "" if said.found is None else said.found.marker.name,
        "context": isinstance(said.found, FoundContext),
        "cases": (),
        "facts": (),
        "ranges": (),
        "flags": (),
        "undated": "",
        "notices": said.notices,
        "issue": None,
    }


def faulty(node: Node) -> Observed:
    """What stands in the place of a resource and is none, refused: there may have been results in it."""
    issue = Issue.of(ResourceError(node.fault, "write it as FHIR does"))
    empty: dict[str, Any] = dict.fromkeys(("cases", "facts", "ranges", "flags", "notices"), ())
    told = {"path": spelled(node.path), "component": None, "id": None, "marker": None, "name": "", "context": False}
    whose = {"subject": "", "person": f"?{spelled(node.path)}", "patient_id": "", "server": "", "collected": None}
    return Observed.trusted({**empty, **told, **whose, "undated": "", "issue": issue})


def _about(node: Node, reader: Reader) -> dict[str, Any]:
    """Whose a result is that was refused, and when it was collected, as far as that can be told."""
    found: dict[str, Any] = {"person": f"?{spelled(node.path)}"}
    try:
        found |= _whose(reader.people.subject(node))
        collected, _ = _collected(node, reader.references, specimens_of(node, reader.references))
        found["collected"] = None if collected is None else collected.last
    except LabsError:
        return found
    return found


def _whose(subject: Subject) -> dict[str, str]:
    return {"subject": subject.written, "person": subject.person, "patient_id": subject.id, "server": subject.server}


class Seen(NamedTuple):
    """What is read of every Observation by itself: when the sample was taken, and whose it is."""

    collected: Moment | None
    undated: str
    person: Person


def _read(node: Node, holder: dict[str, Any], said: Meaning, known: Known, reader: Reader) -> dict[str, Any]:
    """The fields of a result that can be read.

    Raises:
        LabsError: It must not be judged.
    """
    marker, references = known.marker, reader.references
    key = key_of(holder, reader.catalog) if holder is node.resource and not node.withheld else None
    alike = kept(key)
    if alike is None:
        before = (*said.notices, *standing(node, holder))
        value = value_of(holder, marker)
    else:
        before = alike.notices
        value = again(holder["valueQuantity"], alike.value)
    notices = [*before]
    specimens = specimens_of(node, references)
    if not isinstance(known, FoundContext):
        notices += check_specimens(specimens, said) if specimens else ()
        check_holders(node, references, checked=alike is not None)
    notices += withdrawn_holder(node, references)
    seen = _seen(node, reader, specimens)
    if alike is None:
        method = readable((texts(holder.get("method")) or [""])[0])
        ranges, joined = own_ranges(holder.get("referenceRange"), marker)
        alike = Alike(before, value, method, ranges, joined, lab_flags(holder))
        keep(key, alike, holder)
    return _fields(said.marker, value, alike, seen, notices)


def seen_alone(node: Node, reader: Reader) -> Seen:
    """When and whose, of an Observation that stands alone and says nothing of its specimen.

    Raises:
        LabsError: It must not be judged.
    """
    return _seen(node, reader, [])


def _seen(node: Node, reader: Reader, specimens: list[dict[str, Any]]) -> Seen:
    collected, undated = _collected(node, reader.references, specimens)
    return Seen(collected, undated, reader.people.person(node, collected))


def observed_alike(node: Node, said: Meaning, value: Value, alike: Alike, seen: Seen) -> Observed:
    """The result of an Observation that stands alone, of which everything is read already."""
    return Observed.trusted({**_unread(node, said, None), **_fields(said.marker, value, alike, seen, [*alike.notices])})


def _fields(marker: str, value: Value, alike: Alike, seen: Seen, notices: list[Issue]) -> dict[str, Any]:
    """The fields of a result, with every case that it leaves open.

    Raises:
        PatientError: The facts about the patient contradict each other.
    """
    person, collected = seen.person, seen.collected
    notices += [*person.notices, *alike.joined]
    facts: list[Fact] = list(person.facts)
    cases: list[Case] = []
    for case in person.cases:
        choice = choose(alike.ranges, case)
        facts += choice.facts
        notices += [each for each in choice.notices if each not in notices]
        for chosen in choice.ranges:
            own = None if chosen is None else chosen.reported()
            result = _result(marker, value, case.collected, own, alike.method)
            cases.append(Case.trusted({"result": result, "patient": case.patient, "strict": case.strict}))
    return {
        **_whose(person.subject),
        "collected": None if collected is None else collected.last,
        "cases": tuple(cases),
        "facts": tuple(dict.fromkeys(facts)),
        "ranges": alike.ranges,
        "flags": alike.flags,
        "undated": seen.undated,
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
    """The laboratory's own interpretation codes, also without a system or in words; ours are none of them."""
    given = holder.get("interpretation")
    flags: list[str] = []
    for concept in given if isinstance(given, list) else [given]:
        if is_our_concept(concept):
            continue
        codes = coded(concept)
        told = [code for system, code in codes if system == INTERPRETATION or (not system and code in NAMES)]
        if not told:
            told = [CODES[text.strip().casefold()] for text in texts(concept) if text.strip().casefold() in CODES][:1]
        flags += [_RENAMED.get(code, code) for code in told]
    return tuple(flags)


def _collected(node: Node, references: References, specimens: list[dict[str, Any]]) -> tuple[Moment | None, str]:
    """When the sample was taken, and the date as written where it is not to the day.

    Raises:
        DateError: It is no date.
        ResourceError: It stands there twice.
    """
    teller, name, given = references.said(node, *_EFFECTIVE)
    said = teller.resource
    if any(each != name and said.get(each) is not None for each in _EFFECTIVE):
        happened = "The date of collection stands there twice"
        raise ResourceError(happened, "give it once")
    collection = specimens[0].get("collection") if len(specimens) == 1 else None
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
