"""Who a result is about: sex, age at collection and pregnancy, as the resources at hand say; unknown stays unknown."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

from rlslabs.cohort import YOUNGEST_MOTHER, who
from rlslabs.errors import DateError, SexError, SubjectError, shown
from rlslabs.fhir.concept import coded, texts
from rlslabs.fhir.moment import Moment, day, read_moment
from rlslabs.fhir.pregnancy import Pregnancies, Statement, Subject
from rlslabs.fhir.references import References, bare, base_of
from rlslabs.fhir.systems import CLINICAL_SEX
from rlslabs.fhir.walk import Node, scope, spelled
from rlslabs.model import Fact, Issue
from rlslabs.population import TICKS, Sex, age_between, hidden, read_sex
from rlslabs.reported import Patient

_CLINICAL: dict[str, Sex] = {"female-typical": "female", "male-typical": "male", "female": "female", "male": "male"}
_NAMED_TYPE = re.compile(r"[A-Z][A-Za-z]*")
_MOST_AGES = 4

NOBODY = Patient()


class Case(NamedTuple):
    """One person that the patient could be, and the collection as far as the age hangs on it."""

    patient: Patient
    collected: date | None
    strict: bool = False


class Person(NamedTuple):
    """Every case that the facts leave open, what would settle which it is, and what is to be said of that."""

    subject: Subject
    cases: tuple[Case, ...]
    facts: tuple[Fact, ...] = ()
    notices: tuple[Issue, ...] = ()


class Beyond(NamedTuple):
    """What is known of patients from elsewhere, such as earlier lines: their facts and their pregnancies."""

    patients: dict[str, Node]
    pregnancies: dict[str, list[Statement]]


class People:
    """The patients at hand, and one for results whose own is not."""

    def __init__(
        self,
        nodes: list[Node],
        references: References,
        given: Patient | None,
        beyond: Beyond | None = None,
    ) -> None:
        self._references = references
        self._given = NOBODY if given is None else given
        self._pregnancies = Pregnancies(nodes, self, beyond.pregnancies if beyond else {})

    def subject(self, node: Node) -> Subject:
        """The patient that a resource is about.

        Raises:
            SubjectError: It is about somebody or something else.
        """
        if node.resource.get("focus"):
            happened = "The result has a focus: it may be about somebody else than the patient"
            raise SubjectError(happened, "leave it out here")
        teller, _, subject = self._references.said(node, "subject", "patient")
        if not isinstance(subject, dict):
            return Subject("", None, self._nobody(node), "")
        found = self._references.candidates(subject, teller)
        reference = subject.get("reference")
        written = reference if isinstance(reference, str) else ""
        kind = _kind_of(written)
        if found or kind != "Patient" or "type" in subject:
            type_ = subject.get("type")
            kinds = {each.kind for each in found} or {kind, type_.rpartition("/")[2] if isinstance(type_, str) else ""}
            kinds = {each for each in kinds if _NAMED_TYPE.fullmatch(each)} - {"Patient"}
            if kinds:
                happened = f"The result is about a {shown(min(kinds))} and not about a patient"
                raise SubjectError(happened, "leave it out here")
        if len(found) == 1:
            return Subject(written, found[0], _person(found[0]), _id_of(found[0]))
        name = bare(written)
        id_ = name.rpartition("/")[2] if kind == "Patient" else ""
        if found or not name or name.startswith("#"):
            return Subject(written, None, _identified(subject.get("identifier")) or self._nobody(node), id_)
        if id_ and "://" not in name:
            base = base_of(teller)
            holder = scope(teller)
            name = f"{base}/{name}" if base else f"{'' if holder is None else spelled(holder.path)}|{name}"
        return Subject(written, None, name, id_)

    def _nobody(self, node: Node) -> str:
        """Whose results are together where nobody is named: those of one panel or report, or of the patient given."""
        if self._given is not NOBODY:
            return "given"
        outermost = node
        for outermost in self._references.owners(node):  # noqa: B007  the last one is wanted
            pass
        return f"?{spelled(outermost.path)}"

    def person(self, node: Node, collected: Moment | None) -> Person:
        """Who the patient of a result could be at its collection.

        Raises:
            LabsError: A fact cannot be read.
        """
        subject = self.subject(node)
        patient, given = subject.node, self._given
        notices: tuple[Issue, ...] = ()
        exact = None if collected is None else collected.exact
        if patient is not None and (patient.resource.get("modifierExtension") or patient.resource.get("implicitRules")):
            message = "The patient has a modifier that is not known here, so the facts were not used; give them"
            notices, patient = (_issue("subject-unknown", message),), None
        if patient is None and not self._pregnancies:
            return Person(subject, (Case(given, exact),), (), notices)
        cases: tuple[Case, ...] = (Case(given, exact),)
        facts: tuple[Fact, ...] = ()
        if patient is not None:
            sex = _sex(patient.resource, collected)
            cases, facts = _aged(sex, patient.resource.get("birthDate"), collected)
        pregnant = self._pregnancies.at(subject, collected)
        if pregnant == "open":
            told = [
                (case, value)
                for case in cases
                for value in (True, False)
                if not (value and _is_young(case)) and (value or case.patient.sex != "male")
            ]
            cases = tuple(case._replace(patient=_with(case.patient, pregnant=value)) for case, value in told)
            facts = (*facts, "pregnancy")
        elif pregnant is not None:
            cases = tuple(case._replace(patient=_with(case.patient, pregnant=pregnant)) for case in cases)
        return Person(subject, cases, facts, notices)


def _is_young(case: Case) -> bool:
    """Whether the patient is too young for an open pregnancy to be hers; her gestational age at birth is told too."""
    person, _ = who(case.patient, case.collected, strict=True)
    return person.ages.end <= YOUNGEST_MOTHER


def _kind_of(written: str) -> str:
    """The type of resource that a reference names, if it does."""
    return bare(written).rpartition("/")[0].rpartition("/")[2]


def _id_of(patient: Node) -> str:
    """The id by which a server knows a patient; a contained one has none."""
    id_ = patient.resource.get("id")
    return id_ if isinstance(id_, str) and patient.path[-2:-1] != ("contained",) else ""


def _person(patient: Node) -> str:
    """What tells a patient at hand from every other one."""
    if patient.path[-2:-1] == ("contained",):
        given = patient.resource.get("identifier")
        return next(filter(None, map(_identified, given if isinstance(given, list) else ())), spelled(patient.path))
    return bare(patient.full_url) or spelled(patient.path) or f"Patient/{_id_of(patient)}"


def _identified(identifier: object) -> str:
    """An identifier as a name, where it has a value."""
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str) or not identifier["value"]:
        return ""
    return f"identifier {identifier.get('system')}|{identifier['value']}"


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
    try:
        return read_sex(patient.get("gender"))
    except SexError as error:  # whatever stands there instead may tell who it is
        raise SexError("The gender is none of FHIR's", error.mend) from None


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
    try:
        birth = read_moment(born, "date of birth")
    except DateError as error:
        raise hidden(error, "date of birth") from None
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
