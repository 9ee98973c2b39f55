"""The facts of a patient in an HL7 v2 message: sex, date of birth, pregnancy; nothing that tells who it is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from rlslabs.cohort import who
from rlslabs.er7 import Fields, Line, Splitter
from rlslabs.errors import DateError, LabsError, PatientConflictError
from rlslabs.hl7tables import FINAL, LOINC, OPEN, PREGNANCY_ANSWERS, PREGNANCY_STATUS, PREGNANT, read_moment
from rlslabs.population import read_birth, read_sex
from rlslabs.reported import Patient


class Whose(NamedTuple):
    """The facts of a patient, or why they cannot be read."""

    patient: Patient
    fault: LabsError | None


def read_patient(lines: list[Line], splitter: Splitter) -> Whose:
    """The patient of PID, PV1 and a pregnancy status; facts that exclude each other are refused together."""
    sex = born = None
    said: set[bool] = set()
    try:
        for line in lines:
            if line.name == "PID":
                segment = splitter.fields(line)
                sex = read_sex(segment.component(8))
                born = _born(segment.component(7))
            elif line.name == "PV1":
                said |= {True} & {PREGNANT in map(str.upper, splitter.fields(line).firsts(15))}
            elif line.name == "OBX" and PREGNANCY_STATUS in line.text:
                said |= _stated(splitter.fields(line))
        if len(said) > 1:
            happened = "The message says that the patient is pregnant, and that she is not"
            raise PatientConflictError(happened, "send what holds at the collection")
        pregnant = next(iter(said), None)
        patient = Patient.trusted({"sex": sex, "age": None, "born": born, "pregnant": pregnant, "conditions": ()})
        who(patient, None, strict=False)
    except LabsError as error:
        return Whose(Patient(), error)
    return Whose(patient, None)


def _born(written: str) -> date | None:
    """The date of birth; a refusal does not repeat it."""
    try:
        return read_birth(read_moment(written, "date of birth"))
    except DateError:
        happened = "The date of birth in PID-7 is not a day that can be read"
        raise DateError(happened, "give it as YYYYMMDD") from None


def _stated(segment: Fields) -> set[bool]:
    """What a pregnancy status says where it stands and its answer is one of the list, else nothing."""
    coded = [*segment.components(3), "", "", "", "", "", ""]
    pairs = {(coded[0], coded[2].upper()), (coded[3], coded[5].upper())}
    known = any(code == PREGNANCY_STATUS and (system in LOINC or not system) for code, system in pairs)
    stands = segment.text(11).upper() in {*FINAL, *OPEN, ""}
    answers = (PREGNANCY_ANSWERS.get(each.casefold()) for each in segment.components(5))
    return {answer for answer in answers if answer is not None} if known and stands else set()
