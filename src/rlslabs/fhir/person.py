"""Who a result is about: sex, age at collection and pregnancy, as the resources at hand say; unknown stays unknown."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from rlslabs.errors import SubjectError, shown
from rlslabs.fhir.concept import coded, texts
from rlslabs.fhir.moment import Moment, day, read_moment
from rlslabs.fhir.pregnancy import Pregnancies
from rlslabs.fhir.references import References
from rlslabs.fhir.systems import CLINICAL_SEX
from rlslabs.fhir.walk import Node
from rlslabs.model import Fact, Issue
from rlslabs.population import TICKS, Sex, age_between, read_sex
from rlslabs.reported import Patient

_CLINICAL: dict[str, Sex] = {"female-typical": "female", "male-typical": "male", "female": "female", "male": "male"}
_NOT_PATIENTS = ("Group", "Device", "Location")
_MOST_AGES = 4

NOBODY = Patient()


class Case(NamedTuple):
    """One person that the patient could be, and the collection as far as the age hangs on it."""

    patient: Patient
    collected: date | None
    strict: bool = False


class Person(NamedTuple):
    """Every case that the facts leave open, what would settle which it is, and what is to be said of that.

    `subject` is the reference to the patient, as written.
    """

    subject: str
    cases: tuple[Case, ...]
    facts: tuple[Fact, ...] = ()
    notices: tuple[Issue, ...] = ()


class People:
    """The patients at hand, and one for results whose own is not."""

    def __init__(self, nodes: list[Node], references: References, given: Patient | None) -> None:
        self._references = references
        self._given = NOBODY if given is None else given
        self._pregnancies = Pregnancies(nodes, self)

    def subject(self, node: Node) -> tuple[str, Node | None]:
        """The reference to the patient of a resource, and the patient, if at hand.

        Raises:
            SubjectError: It is about somebody or something else.
        """
        if node.resource.get("focus"):
            happened = "The result has a focus: it may be about somebody else than the patient"
            raise SubjectError(happened, "leave it out here")
        teller, _, subject = self._references.said(node, "subject", "patient")
        if subject is None:
            return "", None
        found = self._references.find(subject, teller)
        written = subject.get("reference") if isinstance(subject, dict) else None
        said = written if isinstance(written, str) else ""
        kind = found.kind if found is not None else subject.get("type") if isinstance(subject, dict) else ""
        if kind in _NOT_PATIENTS or said.rpartition("/")[0].rpartition("/")[2] in _NOT_PATIENTS:
            happened = f"The result is about a {shown(kind or said.partition('/')[0])} and not about a patient"
            raise SubjectError(happened, "leave it out here")
        return said, found if found is not None and found.kind == "Patient" else None

    def person(self, node: Node, collected: Moment | None) -> Person:
        """Who the patient of a result could be at its collection.

        Raises:
            LabsError: A fact cannot be read.
        """
        said, patient = self.subject(node)
        given = self._given
        notices: tuple[Issue, ...] = ()
        exact = None if collected is None else collected.exact
        if patient is not None and (patient.resource.get("modifierExtension") or patient.resource.get("implicitRules")):
            message = "The patient has a modifier that is not known here, so the facts were not used; give them"
            notices, patient = (_issue("subject-unknown", message),), None
        if patient is None and not self._pregnancies:
            return Person(said, (Case(given, exact),), (), notices)
        cases: tuple[Case, ...] = (Case(given, exact),)
        facts: tuple[Fact, ...] = ()
        if patient is not None:
            sex = _sex(patient.resource, collected)
            cases, facts = _aged(sex, patient.resource.get("birthDate"), collected)
        pregnant = self._pregnancies.at(said, patient, collected)
        if pregnant == "open":
            told = [(case, value) for case in cases for value in (True, False) if value or case.patient.sex != "male"]
            cases = tuple(case._replace(patient=_with(case.patient, pregnant=value)) for case, value in told)
            facts = (*facts, "pregnancy")
        elif pregnant is not None:
            cases = tuple(case._replace(patient=_with(case.patient, pregnant=pregnant)) for case in cases)
        return Person(said, cases, facts, notices)


def _with(patient: Patient, *, pregnant: bool) -> Patient:
    return patient.model_copy(update={"pregnant": pregnant})


def _patient(sex: Sex | None, *, born: date | None = None, age: int | None = None) -> Patient:
    return Patient.trusted({"sex": sex, "age": age, "born": born, "pregnant": None, "conditions": ()})


def _sex(patient: dict[str, Any], collected: Moment | None) -> Sex | None:
    """The sex for clinical use at collection where the patient has one, else the administrative gender.

    Raises:
        SexError: The gender is no word that is known.
    """
    extensions = patient.get("extension")
    clinical = [
        each
        for each in (extensions if isinstance(extensions, list) else ())
        if isinstance(each, dict) and each.get("url") == CLINICAL_SEX and _holds(each, collected)
    ]
    if clinical:
        said = {_clinical(each) for each in clinical}
        return said.pop() if len(said) == 1 else None
    return read_sex(patient.get("gender"))


def _parts(extension: dict[str, Any], url: str) -> list[dict[str, Any]]:
    parts = extension.get("extension")
    held = parts if isinstance(parts, list) else []
    return [each for each in held if isinstance(each, dict) and each.get("url") == url]


def _clinical(extension: dict[str, Any]) -> Sex | None:
    said: set[Sex | None] = set()
    for each in _parts(extension, "value"):
        concept = each.get("valueCodeableConcept")
        said |= {_CLINICAL.get(code) for _, code in coded(concept)} or {
            _CLINICAL.get(text.strip().casefold()) for text in texts(concept)
        }
    return said.pop() if len(said) == 1 else None


def _holds(extension: dict[str, Any], collected: Moment | None) -> bool:
    """Whether the period of an extension, if it has one, is not certainly another than the collection's."""
    for each in _parts(extension, "period"):
        period = each.get("valuePeriod")
        if collected is None or not isinstance(period, dict):
            continue
        start, end = period.get("start"), period.get("end")
        if start is not None and day(read_moment(start, "period").first) > day(collected.last):
            return False
        if end is not None and day(read_moment(end, "period").last) < day(collected.first):
            return False
    return True


def _aged(sex: Sex | None, born: object, collected: Moment | None) -> tuple[tuple[Case, ...], tuple[Fact, ...]]:
    """Every age at collection that the two dates leave open.

    Raises:
        DateError: The date of birth is no date.
        AgeError: The dates contradict each other.
    """
    exact = None if collected is None else collected.exact
    if born is None:
        return (Case(_patient(sex), exact),), ()
    birth = read_moment(born, "date of birth")
    if collected is None:
        return (Case(_patient(sex, born=day(birth.first)), None),), ()
    if birth.exact is not None and exact is not None:
        return (Case(_patient(sex, born=day(birth.first)), exact),), ()
    latest, earliest = min(day(birth.last), day(collected.last)), max(day(collected.first), day(birth.first))
    youngest = 0 if latest > earliest else age_between(latest, earliest).start // TICKS["a"]
    oldest = age_between(birth.first, collected.last).start // TICKS["a"]
    if oldest - youngest > _MOST_AGES:
        return (Case(_patient(sex), exact, strict=True),), ("age",)
    cases = tuple(Case(_patient(sex, age=age), exact) for age in range(youngest, oldest + 1))
    return cases, ("age",) if len(cases) > 1 else ()


def _issue(code: str, message: str) -> Issue:
    return Issue.trusted({"code": code, "message": message, "text": ""})
