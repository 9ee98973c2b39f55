"""Pregnancy, where an Observation or a Condition states it: at the day of collection, near it, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from rlslabs.errors import LabsError
from rlslabs.fhir.concept import coded, texts, words
from rlslabs.fhir.moment import Moment, day, read_moment
from rlslabs.fhir.systems import (
    CARRIED,
    DUE,
    GESTATION,
    ICD10,
    LOINC,
    PREGNANCIES,
    PREGNANCY_STATUS,
    PREGNANT,
    UNKNOWN,
    YES_NO,
    system,
)
from rlslabs.fhir.walk import Node

LONGEST = 310
"""Days that a statement of pregnancy leaves it open before and after. A choice of this package, longer than a
pregnancy lasts, and not a clinical limit."""

_MOST = 100
_WITHDRAWN = ("entered-in-error", "cancelled", "registered")
_REFUTED = {"refuted", "entered-in-error"}
_UNSURE = {"unconfirmed", "provisional", "differential"}
_OVER = {"inactive", "remission", "resolved"}
_WORDS = {"pregnant": True, "pregnancy": True, "not pregnant": False, "yes": True, "no": False}
_UNKNOWN = {"unknown", "not known", "not asked", "asked but unknown", "not applicable"}
_ASKED = {"pregnancy status", "pregnancy", "pregnant", "patient pregnant", "is patient pregnant", "currently pregnant"}
_SPEAKING = PREGNANCY_STATUS | DUE | GESTATION
_STEMS = ("pregnan", "gestation", "schwanger", "grossesse", "enceinte", "zwanger", "embaraz")
_DENIED = {
    *("not", "no", "non", "history", "previous", "past", "former", "negative", "test", "planning", "wish"),
    *("contraception", "contraceptive", "prevention", "counseling", "counselling", "infertility", "family"),
}


class Subject(NamedTuple):
    """The patient that a resource is about: as written, at hand, told from every other one, and by id on the server."""

    written: str
    node: Node | None
    person: str
    id: str


class Statement(NamedTuple):
    """What was said, for which days, and whether that is certain; a day that is not known is `None`."""

    pregnant: bool
    first: Moment | None
    last: Moment | None
    certain: bool


_OPEN = Statement(pregnant=True, first=None, last=None, certain=False)


class _Subjects(Protocol):
    def subject(self, node: Node) -> Subject:
        """The patient of a resource."""


class Pregnancies:
    """What the resources at hand, and those of `beyond`, say of the pregnancies of each patient."""

    def __init__(self, nodes: list[Node], people: _Subjects, beyond: Mapping[str, list[Statement]]) -> None:
        self._said: dict[str, list[Statement]] = {}
        self._beyond = beyond
        for node in nodes if len(nodes) > 1 else ():
            said = [] if node.withheld else list(stated(node.resource))
            if not said:
                continue
            try:
                subject = people.subject(node)
            except LabsError:
                continue
            loose = "unresolved" if subject.node is None else "resolved"
            for name in {subject.person, f"{loose} {subject.id}"} if subject.id else {subject.person}:
                held = self._said.setdefault(name, [])
                for each in said:
                    remember(each, held)

    def __bool__(self) -> bool:
        return bool(self._said or self._beyond)

    def at(self, subject: Subject, collected: Moment | None) -> bool | Literal["open"] | None:
        """Whether the patient was pregnant at collection: yes, no, open, or not stated.

        A statement whose patient is not at hand is about everybody of that id, and one about a patient at hand is
        about those of that id who are not.
        """
        said = list(self._said.get(subject.person, ()))
        if subject.id:
            said += self._said.get(f"unresolved {subject.id}", ())
            said += self._said.get(f"resolved {subject.id}", ()) if subject.node is None else ()
            said += self._beyond.get(f"Patient/{subject.id}", ())
        found = {_applies(each, collected) for each in said} - {None}
        if not found:
            return None
        return "open" if len(found) > 1 else found.pop()


def remember(said: Statement, held: list[Statement]) -> None:
    """Keep a statement; nobody has more than a hundred, and whatever more they say, it is open."""
    if len(held) < _MOST:
        held.append(said)
    else:
        held[-1] = _OPEN


def _applies(each: Statement, collected: Moment | None) -> bool | Literal["open"] | None:
    """What a statement says of the day of collection."""
    known: bool | Literal["open"] = each.pregnant if each.certain else "open"
    if each.first is None or collected is None:  # that she was not, on some other day, says nothing
        return known if each.pregnant else None
    start, end = day(collected.first), day(collected.last)
    first, last = day(each.first.first), None if each.last is None else day(each.last.last)
    if last is not None and first <= start and end <= last and (end - first).days <= LONGEST:
        return known
    if not each.pregnant:
        return None
    until = first if last is None else last
    near = (first - end).days <= LONGEST and (start - until).days <= LONGEST
    return "open" if near else None


def stated(resource: dict[str, Any]) -> Iterator[Statement]:
    """What a resource states of pregnancy, if it does; what speaks of it and is not understood leaves it open."""
    kind = resource.get("resourceType")
    if kind not in ("Observation", "Condition") or (kind == "Observation" and _is_of_another_test(resource)):
        return
    if resource.get("modifierExtension") or resource.get("implicitRules"):
        return
    try:
        if kind == "Condition":
            yield from _diagnosed(resource)
        elif resource.get("status") not in _WITHDRAWN:
            parts = resource.get("component")
            for holder in (resource, *(parts if isinstance(parts, list) else ())):
                yield from _observed(holder, resource) if isinstance(holder, dict) else ()
    except LabsError:  # a date that cannot be read: said, and nobody knows when
        yield _OPEN


def _is_of_another_test(resource: dict[str, Any]) -> bool:
    """Whether an Observation is of one LOINC code that says nothing of pregnancy; most are, so it is asked first."""
    concept = resource.get("code")
    codings = concept.get("coding") if isinstance(concept, dict) and "component" not in resource else None
    if not isinstance(codings, list) or len(codings) != 1 or not isinstance(codings[0], dict):
        return False
    code = codings[0].get("code")
    return codings[0].get("system") == LOINC and isinstance(code, str) and code not in _SPEAKING


def _observed(holder: dict[str, Any], resource: dict[str, Any]) -> Iterator[Statement]:
    """What an Observation or component says: a status, a delivery that is expected, the age of what she carries."""
    concept = holder.get("code")
    loinc = {code for name, code in coded(concept) if name == LOINC}
    if loinc & PREGNANCY_STATUS or (not loinc and _folded(concept) & _ASKED):
        said, understood = _answer(holder)
        if said or not understood:
            first, last = _when(resource)
            pregnant = True in said or not said
            yield Statement(pregnant=pregnant, first=first, last=last, certain=len(said) == 1 and understood)
    elif loinc & DUE and holder.get("valueDateTime") is not None:
        due = read_moment(holder["valueDateTime"], "expected delivery")
        yield Statement(pregnant=True, first=due, last=due, certain=False)
    elif loinc & GESTATION and any(str(key).startswith("value") for key in holder):
        first, last = _when(resource)
        yield Statement(pregnant=True, first=first, last=last, certain=False)


def _answer(holder: dict[str, Any]) -> tuple[set[bool], bool]:
    """What a pregnancy status says, and whether all of it is understood; no answer and `unknown` say nothing."""
    value = holder.get("valueCodeableConcept")
    if isinstance(holder.get("valueBoolean"), bool):
        return {holder["valueBoolean"]}, True
    codes, written = coded(value), _folded(value)
    if isinstance(holder.get("valueString"), str):
        written.add(" ".join(holder["valueString"].casefold().split()))
    said = {PREGNANT[code] for code in codes if code in PREGNANT} | {YES_NO[code] for code in codes if code in YES_NO}
    said |= {_WORDS[text] for text in written if text in _WORDS}
    told = ("valueCodeableConcept", "valueString")
    others = [key for key in holder if str(key).startswith("value") and key not in told and holder[key] is not None]
    known = set(codes) <= UNKNOWN and written <= _UNKNOWN and not others
    return said, bool(said) or known


def _folded(concept: object) -> set[str]:
    return {" ".join(text.casefold().strip(" ?:").split()) for text in texts(concept)}


def _when(resource: dict[str, Any]) -> tuple[Moment | None, Moment | None]:
    """The days that an Observation is about; a period without an end holds for its first day alone."""
    period = resource.get("effectivePeriod")
    if isinstance(period, dict):
        ends = [period.get("start"), period.get("end")]
        read = [None if each is None else read_moment(each, "date of a pregnancy status") for each in ends]
        return read[0] or read[1], read[1] or read[0]
    at = resource.get("effectiveDateTime") or resource.get("effectiveInstant")
    moment = None if at is None else read_moment(at, "date of a pregnancy status")
    return moment, moment


def _diagnosed(resource: dict[str, Any]) -> Iterator[Statement]:
    concept = resource.get("code")
    sure, unsure = _named(concept)
    if not sure and not unsure:
        return
    verified = {code for _, code in coded(resource.get("verificationStatus"))}
    if verified & _REFUTED:
        return
    clinical = {code for _, code in coded(resource.get("clinicalStatus"))}
    onset, over = resource.get("onsetDateTime"), resource.get("abatementDateTime")
    period = resource.get("onsetPeriod")
    if onset is None and isinstance(period, dict):
        onset = period.get("start")
        over = over if over is not None else period.get("end")
    first = None if onset is None else read_moment(onset, "onset of a pregnancy")
    last = None if over is None else read_moment(over, "end of a pregnancy")
    if first is None and last is not None:
        first = last
    if first is not None and last is None and not clinical & _OVER:
        days = min(LONGEST, (date.max - day(first.last)).days)
        last = Moment(first.last, day(first.last) + timedelta(days=days))
    certain = sure and not verified & _UNSURE and not (clinical & _OVER and last is None)
    yield Statement(pregnant=True, first=first, last=last, certain=certain)


def _named(concept: object) -> tuple[bool, bool]:
    """Whether a diagnosis certainly is a pregnancy, and whether it speaks of one."""
    codes = coded(concept)
    icd = [code.upper() for name, code in codes if ICD10.search(system(name).casefold())]
    written = _folded(concept)
    sure = not PREGNANCIES.isdisjoint(codes) or not written.isdisjoint({"pregnant", "pregnancy"})
    sure = sure or any(code.startswith(CARRIED) for code in icd)
    unsure = any(code.startswith(("O", "Z33")) for code in icd)
    for text in written:
        spoken = words(text)
        unsure = unsure or (any(word.startswith(_STEMS) for word in spoken) and not spoken & _DENIED)
    return sure, unsure
