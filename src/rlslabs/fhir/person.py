"""Who a result is about: sex, age at collection and pregnancy, as the resources at hand say; unknown stays unknown."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from rlslabs.cohort import YOUNGEST_MOTHER, who
from rlslabs.errors import DateError, SubjectError, shown
from rlslabs.fhir.moment import Moment, day, read_moment
from rlslabs.fhir.pregnancy import Pregnancies, Statement, Subject
from rlslabs.fhir.references import MOST_COPIES, References, address, bare, base_of, identified
from rlslabs.fhir.sex import sex_of
from rlslabs.fhir.walk import Node, scope, spelled
from rlslabs.model import Fact, Issue
from rlslabs.population import TICKS, Sex, age_between, hidden
from rlslabs.reported import Patient

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
        if subject is None:
            return Subject("", None, self._nobody(node), "")
        written = (subject.get("reference") or "") if isinstance(subject, dict) else None
        if not isinstance(written, str):
            happened = "The subject is no Reference, so nobody knows whose the result is"
            raise SubjectError(happened, "write it as FHIR does")
        found = self._references.candidates(subject, teller, "Patient")
        kind = _kind_of(written)
        type_ = subject.get("type")
        kinds = {each.kind for each in found} or {kind, type_.rpartition("/")[2] if isinstance(type_, str) else ""}
        kinds = {each for each in kinds if _NAMED_TYPE.fullmatch(each)} - {"Patient"}
        if kinds:
            happened = f"The result is about a {shown(min(kinds))} and not about a patient"
            raise SubjectError(happened, "leave it out here")
        server = address(written) if "://" in written else ""
        server = server or base_of(teller)
        if len(found) == 1 and not found[0].withheld:
            return Subject(written, found[0], _person(found[0]), _id_of(found[0]), server)
        name = bare(written)
        id_ = name.rpartition("/")[2] if kind == "Patient" and (name.count("/") == 1 or address(name)) else ""
        if found or not name or name.startswith("#"):
            person = _identified(subject.get("identifier"), teller) or self._nobody(node, subject.get("display"))
            return Subject(written, None, person, id_, server, tuple(found))
        if id_ and "://" not in name:
            base = base_of(teller)
            holder = scope(teller)
            name = f"{base}/{name}" if base else f"{'' if holder is None else spelled(holder.path)}|{name}"
        return Subject(written, None, name, id_, server)

    def _nobody(self, node: Node, called: object = None) -> str:
        """Whose results are together where nobody is referred to: of one report and called the same, or given."""
        if self._given is not NOBODY:
            return "given"
        outermost = node
        for outermost in self._references.owners(node):  # noqa: B007  the last one is wanted
            pass
        return f"?{spelled(outermost.path)}|{called if isinstance(called, str) else ''}".rstrip("|")

    def person(self, node: Node, collected: Moment | None) -> Person:
        """Who the patient of a result could be at its collection.

        Raises:
            LabsError: A fact cannot be read.
        """
        subject = self.subject(node)
        given = self._given
        exact = None if collected is None else collected.exact
        cases: tuple[Case, ...] = (Case(given, exact),)
        facts: tuple[Fact, ...] = ()
        notices: tuple[Issue, ...] = ()
        patients = subject.doubtful if subject.node is None else (subject.node,)
        if len(patients) == MOST_COPIES or any(map(_is_unusable, patients)):
            notices = _UNKNOWN
            cases = (Case(given, exact, strict=given is NOBODY),)  # what is known and not used is no adult
        elif patients:
            cases, facts = _each(patients, collected)
            notices = _DIFFER if len(patients) > 1 and len(cases) > 1 else ()
        elif given is NOBODY and (subject.written or subject.person[:1] != "?"):
            notices = _NOT_FOUND
        if not self._pregnancies:
            return Person(subject, cases, facts, notices)
        pregnant = self._pregnancies.at(subject, collected)
        if pregnant == "open":
            told = [(case, value) for case in cases for value in _open(case)]
            cases = tuple(case._replace(patient=_with(case.patient, pregnant=value)) for case, value in told)
            facts = (*facts, "pregnancy")
        elif pregnant is not None:
            cases = tuple(case._replace(patient=_with(case.patient, pregnant=pregnant)) for case in cases)
        return Person(subject, cases, facts, notices)


def _open(case: Case) -> tuple[bool, ...]:
    """What an open pregnancy leaves of somebody: none of the too young, whose gestational age at birth is told too.

    That a man may be a mother contradicts his sex, and is refused as that he is one.
    """
    person, _ = who(case.patient, case.collected, strict=True)
    if person.ages.end <= YOUNGEST_MOTHER:
        return (False,)
    return (True,) if case.patient.sex == "male" else (True, False)


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
        names = [_identified(each, patient) for each in (given if isinstance(given, list) else ())]
        told = " ".join(sorted({*names} - {""}))
        born, gender = (shown(patient.resource.get(name)) for name in ("birthDate", "gender"))
        return f"{told} {born} {gender}" if told else spelled(patient.path)
    return bare(patient.full_url) or spelled(patient.path) or f"Patient/{_id_of(patient)}"


def _identified(identifier: object, node: Node) -> str:
    """An identifier as a name, where it has a value; one without a system is of the Bundle or server it stands in."""
    name = identified("Patient", identifier)
    if not name or (isinstance(identifier, dict) and identifier.get("system")):
        return name
    holder = scope(node)
    return f"{name} {base_of(node) or spelled(holder.path if holder is not None else ())}"


def _with(patient: Patient, *, pregnant: bool) -> Patient:
    return patient.model_copy(update={"pregnant": pregnant})


def _patient(sex: Sex | None, *, born: date | None = None, age: int | None = None) -> Patient:
    return Patient.trusted({"sex": sex, "age": age, "born": born, "pregnant": None, "conditions": ()})


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


def _is_unusable(patient: Node) -> bool:
    """Whether a patient's record was withdrawn, or something in it may change what it means."""
    return bool(patient.withheld or patient.resource.get("modifierExtension") or patient.resource.get("implicitRules"))


def _each(patients: tuple[Node, ...], collected: Moment | None) -> tuple[tuple[Case, ...], tuple[Fact, ...]]:
    """Every case that is left open by the records of a patient, and what would settle which it is."""
    cases: dict[Case, None] = {}
    facts: dict[Fact, None] = {}
    for patient in patients:
        found, open_ = _aged(sex_of(patient.resource, collected), patient.resource.get("birthDate"), collected)
        cases |= dict.fromkeys(found)
        facts |= dict.fromkeys(open_)
    if len({case.patient.sex for case in cases}) > 1:
        facts["sex"] = None
    if len({(case.patient.age, case.patient.born) for case in cases}) > 1:
        facts["age"] = None
    return tuple(cases), tuple(facts)


def _notice(code: str, message: str) -> tuple[Issue]:
    return (Issue.trusted({"code": code, "message": message, "text": ""}),)


_UNKNOWN = _notice(
    "subject-unknown",
    "The patient's record was withdrawn, or has a modifier that is not known here, and was not used; give the facts",
)
_DIFFER = _notice("subject-unknown", "Copies of the patient differ in sex or birth, and each was asked; give one")
_NOT_FOUND = _notice(
    "patient-not-found", "The patient that the result names is not at hand, so sex and age are unknown; give both"
)
