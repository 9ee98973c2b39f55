"""What a caller gives beside the resources, checked at the door: a wrong one is an error and is never passed over."""

from __future__ import annotations

from collections.abc import Collection

from rlslabs.errors import WrongTypeError, shown
from rlslabs.reported import Patient


def check_patient(patient: object) -> None:
    """Refuse a patient who is none.

    Raises:
        WrongTypeError: It is something else than a `Patient` or `None`.
    """
    if patient is not None and not isinstance(patient, Patient):
        happened = f"The patient is a {type(patient).__name__}"
        raise WrongTypeError(happened, 'give a Patient, such as Patient(sex="female", age=52)')


def check_choice(what: str, given: object, known: Collection[str]) -> None:
    """Refuse a choice that there is not.

    Raises:
        WrongTypeError: It is none of those that are known.
    """
    if not isinstance(given, str) or given not in known:
        happened = f"The {what} {shown(given)} is none that is known"
        raise WrongTypeError(happened, f"give one of: {', '.join(known)}", shown(given))


def check_lines(what: str, given: object) -> None:
    """Refuse a text in the place of lines: its characters are none.

    Raises:
        WrongTypeError: It is one.
    """
    if isinstance(given, str | bytes):
        happened = f"The {what} are one {type(given).__name__}"
        raise WrongTypeError(happened, "give an open file, or a list of lines")


def a_line(what: str, given: object) -> str | bytes:
    """One of the lines, as it was given.

    Raises:
        WrongTypeError: It is neither text nor bytes.
    """
    if not isinstance(given, str | bytes):
        happened = f"One of the {what} is a {type(given).__name__}"
        raise WrongTypeError(happened, "give a resource as a line of JSON, in text or bytes")
    return given
