"""Pregnancy, where an Observation or a Condition states it: at the day of collection, near it, or not at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from rlslabs.errors import LabsError
from rlslabs.fhir.concept import coded, texts
from rlslabs.fhir.moment import Moment, day, read_moment
from rlslabs.fhir.systems import LOINC, PREGNANCY, PREGNANCY_STATUS, PREGNANT
from rlslabs.fhir.walk import Node

LONGEST = 310
"""Days that a statement of pregnancy leaves it open before and after. A choice of this package, longer than a
pregnancy lasts, and not a clinical limit."""

_MOST = 100
_WITHDRAWN = {"entered-in-error", "cancelled", "registered"}
_REFUTED = {"refuted", "entered-in-error"}
_UNSURE = {"unconfirmed", "provisional", "differential"}
_OVER = {"inactive", "remission", "resolved"}
_WORDS = {"pregnant": True, "pregnancy": True, "not pregnant": False}


class Statement(NamedTuple):
    """What was said, for which days, and whether that is certain; a day that is not known is `None`."""

    pregnant: bool
    first: Moment | None
    last: Moment | None
    certain: bool


class _Subjects(Protocol):
    def subject(self, node: Node) -> tuple[str, Node | None]:
        """The patient of a resource."""


class Pregnancies:
    """What the resources at hand say of the pregnancies of each patient."""

    def __init__(self, nodes: list[Node], people: _Subjects) -> None:
        self._said: dict[object, list[Statement]] = {}
        for node in nodes if len(nodes) > 1 else ():
            statement = None if node.withheld else _statement(node)
            if statement is None:
                continue
            try:
                said, patient = people.subject(node)
            except LabsError:
                continue
            held = self._said.setdefault(_key(said, patient), [])
            if len(held) < _MOST:
                held.append(statement)
            else:  # nobody has that many; whatever they say, it is open
                held[-1] = Statement(pregnant=True, first=None, last=None, certain=False)

    def __bool__(self) -> bool:
        return bool(self._said)

    def at(self, said: str, patient: Node | None, collected: Moment | None) -> bool | Literal["open"] | None:
        """Whether the patient was pregnant at collection: yes, no, open, or not stated."""
        found = {_applies(each, collected) for each in self._said.get(_key(said, patient), ())} - {None}
        if not found:
            return None
        return "open" if len(found) > 1 else found.pop()


def _key(said: str, patient: Node | None) -> object:
    return said if patient is None else id(patient.resource)


def _applies(each: Statement, collected: Moment | None) -> bool | Literal["open"] | None:
    """What a statement says of the day of collection."""
    known: bool | Literal["open"] = each.pregnant if each.certain else "open"
    if each.first is None or collected is None:
        return known
    start, end = day(collected.first), day(collected.last)
    first, last = day(each.first.first), None if each.last is None else day(each.last.last)
    if last is not None and first <= start and end <= last and (end - first).days <= LONGEST:
        return known
    if not each.pregnant:
        return None
    until = first if last is None else last
    near = (first - end).days <= LONGEST and (start - until).days <= LONGEST
    return "open" if near else None


def _statement(node: Node) -> Statement | None:
    """What a resource states of pregnancy, if it does."""
    resource = node.resource
    if resource.get("modifierExtension") or resource.get("implicitRules"):
        return None
    try:
        if node.kind == "Observation":
            return _observed(resource)
        if node.kind == "Condition":
            return _diagnosed(resource)
    except LabsError:  # a date that cannot be read: said, and nobody knows when
        return Statement(pregnant=True, first=None, last=None, certain=False)
    return None


def _observed(resource: dict[str, Any]) -> Statement | None:
    if (LOINC, PREGNANCY_STATUS) not in coded(resource.get("code")) or resource.get("status") in _WITHDRAWN:
        return None
    value = resource.get("valueCodeableConcept")
    said = {PREGNANT[code] for code in coded(value) if code in PREGNANT} or _worded(value)
    if isinstance(resource.get("valueBoolean"), bool):
        said = {resource["valueBoolean"]}
    if not said:
        return None
    at = resource.get("effectiveDateTime")
    when = None if at is None else read_moment(at, "date of a pregnancy status")
    return Statement(pregnant=True in said, first=when, last=when, certain=len(said) == 1)


def _worded(value: object) -> set[bool]:
    return {_WORDS[text.strip().casefold()] for text in texts(value) if text.strip().casefold() in _WORDS}


def _diagnosed(resource: dict[str, Any]) -> Statement | None:
    concept = resource.get("code")
    if PREGNANCY not in coded(concept) and True not in _worded(concept):
        return None
    verified = {code for _, code in coded(resource.get("verificationStatus"))}
    if verified & _REFUTED:
        return None
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
    certain = not verified & _UNSURE and not (clinical & _OVER and last is None)
    return Statement(pregnant=True, first=first, last=last, certain=certain)
