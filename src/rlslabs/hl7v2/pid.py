"""The facts of a patient in an HL7 v2 message: sex, date of birth, pregnancy; nothing that tells who it is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from rlslabs.cohort import who
from rlslabs.errors import AgeError, DateError, LabsError, PatientConflictError, SexError
from rlslabs.hl7v2.er7 import Line, Splitter
from rlslabs.hl7v2.pregnancy import Days, stated
from rlslabs.hl7v2.tables import read_moment
from rlslabs.population import Sex, read_birth, read_sex
from rlslabs.reported import Patient


class Whose(NamedTuple):
    """The facts of a patient, or why they cannot be read."""

    patient: Patient
    fault: LabsError | None

    def hold_against(self, collected: date | None) -> None:
        """Refuse a day of collection on which nobody born then has an age; the refusal repeats neither date.

        Raises:
            AgeError: It lies before the birth, or more than a life after it.
        """
        try:
            who(self.patient, collected, strict=False)
        except AgeError:
            happened = "The date of birth in PID-7 and the date of collection give no age that is possible"
            raise AgeError(happened, "check both dates") from None


def read_patient(lines: list[Line], splitter: Splitter) -> Whose:
    """The patient of PID, PV1 and a pregnancy status; facts that exclude each other are refused together."""
    sex = born = None
    said: set[bool] = set()
    days = Days(lines, splitter)
    try:
        for line in lines:
            if line.name == "PID":
                segment = splitter.fields(line)
                sex = _sex(segment.component(8))
                born = _born(segment.component(7))
            else:
                said |= stated(line, splitter, days)
        if len(said) > 1:
            happened = "The message says that the patient is pregnant, and that she is not"
            raise PatientConflictError(happened, "send what holds at the collection")
        pregnant = next(iter(said), None)
        patient = Patient.trusted({"sex": sex, "age": None, "born": born, "pregnant": pregnant, "conditions": ()})
        Whose(patient, None).hold_against(None)
    except LabsError as error:
        return Whose(Patient(), error)
    return Whose(patient, None)


def _sex(written: str) -> Sex | None:
    """The sex; a refusal does not repeat what may be anything."""
    try:
        return read_sex(written)
    except SexError:
        happened = "The sex in PID-8 is no code of table 0001"
        raise SexError(happened, "send F, M, or U where it is unknown") from None


def _born(written: str) -> date | None:
    """The date of birth; a refusal does not repeat it."""
    try:
        return read_birth(read_moment(written, "date of birth"))
    except DateError:
        happened = "The date of birth in PID-7 is not a day that can be read"
        raise DateError(happened, "give it as YYYYMMDD") from None
