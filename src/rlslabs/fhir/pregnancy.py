"""Pregnancy, where an Observation or a Condition states it: at the day of collection, near it, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from rlslabs.errors import LabsError
from rlslabs.fhir.concept import coded, texts
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
_LONGEST_TEXT = 500
_WITHDRAWN = ("entered-in-error", "cancelled", "registered")
_REFUTED = {"refuted", "entered-in-error"}
_UNSURE = {"unconfirmed", "provisional", "differential"}
_OVER = {"inactive", "remission", "resolved"}
_WORDS = {"pregnant": True, "pregnancy": True, "not pregnant": False, "yes": True, "no": False}
_UNKNOWN = {"unknown", "not known", "not asked", "asked but unknown", "not applicable"}
_ASKED = {"pregnancy status", "pregnancy", "pregnant", "patient pregnant", "is patient pregnant", "currently pregnant"}
SPEAKING = PREGNANCY_STATUS | DUE | GESTATION
_STEM = r"(?:(?:pregnan(?!cies)|gestation|schwanger(?!schaften)|grossesse|enceinte|zwanger|embaraz|gravidit)\w*|ssw\b)"
_SPOKEN = re.compile(rf"\b{_STEM}")
_DENIED = re.compile(
    r"\b(?:not?|non|nicht|keine?|niet|geen|pas|sin|without|ohne|history|previous|past|former|prior|planning|wish|desire"
    r"|negative|prevent\w*|contracept\w*|counsell?ing|infertility|family|outcome|intention)\W+"
    rf"(?:(?:of|for|a|an|the|to|in|currently|known|of the|de|der)\W+){{0,3}}{_STEM}"
    rf"|\b{_STEM}\W+(?:tests?(?!.*positi[vf])|planning|prevention|counsell?ing|contracept\w*|wish|intention|history|negative)\b"
)
"""A pregnancy that is denied, of another time, or only spoken of, by the words right beside it."""
_NO = {"no", "negative", "nein", "negativ", "non", "nee", "negatief", "negativo", "négatif", "not detected", "absent"}


class Subject(NamedTuple):
    """The patient that a resource is about: as written, at hand, told from every other one, and by id on the server.

    `server` is where the patient is, if the reference says so. `doubtful` are those at hand of whom none can be told to
    be meant, or to stand.
    """

    written: str
    node: Node | None
    person: str
    id: str
    server: str = ""
    doubtful: tuple[Node, ...] = ()


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
        for node in nodes if len(nodes) != 1 or "component" in nodes[0].resource else ():
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
    surely = each.last is not None and day(each.first.last) <= start and end <= day(each.last.first)
    if surely and (end - first).days <= LONGEST:
        return known
    if not each.pregnant:
        return None
    until = first if last is None else last
    near = (first - end).days <= LONGEST and (start - until).days <= LONGEST
    return "open" if near else None


def stated(resource: dict[str, Any]) -> Iterator[Statement]:
    """What a resource states of pregnancy, if it does; what speaks of it and is not understood leaves it open."""
    kind = resource.get("resourceType")
    if kind not in ("Observation", "Condition") or (kind == "Observation" and is_of_another_test(resource)):
        return
    said: list[Statement] = []
    try:
        if kind == "Condition":
            said += _diagnosed(resource)
        elif resource.get("status") not in _WITHDRAWN:
            parts = resource.get("component")
            for holder in (resource, *(parts if isinstance(parts, list) else ())):
                said += _observed(holder, resource) if isinstance(holder, dict) else ()
    except LabsError:  # a date that cannot be read: said, and nobody knows when
        said.append(_OPEN)
    if resource.get("modifierExtension") or resource.get("implicitRules"):  # they may turn round what is said
        said = [each._replace(pregnant=True, certain=False) for each in said]
    yield from said


def is_of_another_test(resource: dict[str, Any]) -> bool:
    """Whether an Observation is of one LOINC code that says nothing of pregnancy; most are, so it is asked first."""
    concept = resource.get("code")
    codings = concept.get("coding") if isinstance(concept, dict) and "component" not in resource else None
    if not isinstance(codings, list) or len(codings) != 1 or not isinstance(codings[0], dict):
        return False
    code = codings[0].get("code")
    return codings[0].get("system") == LOINC and isinstance(code, str) and code not in SPEAKING


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
    elif _has_value(holder) and (loinc & (GESTATION | DUE) or (not loinc and _speaks(holder))):
        first, last = _when(resource)
        yield Statement(pregnant=True, first=first, last=last, certain=False)


def _has_value(holder: dict[str, Any]) -> bool:
    return any(str(key).startswith("value") and holder[key] is not None for key in holder)


def _speaks(holder: dict[str, Any]) -> bool:
    """Whether a test that is not known by its code speaks of pregnancy, by name or answer, and not to deny it."""
    value = holder.get("valueCodeableConcept")
    if any(PREGNANT.get(code) for code in coded(value)):
        return True
    text = holder.get("valueString")
    answers = _folded(value) | ({" ".join(text.casefold().split())} if isinstance(text, str) else set())
    names = [name.removesuffix(" test") for name in _folded(holder.get("code"))]
    return any(map(_is_spoken_of, names)) and answers.isdisjoint(_NO)


def _is_spoken_of(text: str) -> bool:
    return bool(_SPOKEN.search(_DENIED.sub(" ", text[:_LONGEST_TEXT])))


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
        until = day(first.last) + timedelta(days=min(LONGEST, (date.max - day(first.last)).days))
        last = Moment(until, until)
    certain = sure and not verified & _UNSURE and not (clinical & _OVER and last is None)
    yield Statement(pregnant=True, first=first, last=last, certain=certain)


def _named(concept: object) -> tuple[bool, bool]:
    """Whether a diagnosis certainly is a pregnancy, and whether it speaks of one."""
    codes = coded(concept)
    icd = [code.upper() for name, code in codes if ICD10.search(system(name).casefold())]
    written = _folded(concept)
    sure = not PREGNANCIES.isdisjoint(codes) or not written.isdisjoint({"pregnant", "pregnancy"})
    sure = sure or any(code.startswith(CARRIED) for code in icd)
    unsure = any(code.startswith(("O", "Z33", "Z32.01", "Z3201")) for code in icd)
    return sure, unsure or any(map(_is_spoken_of, written))
