"""What was planted in files, which no message may tell; and the parts of a case as text and as bytes."""

from __future__ import annotations

from collections.abc import Iterable

from rlslabs.model import Issue
from tests.fuzzing.run import BrokenError, Part
from tests.fuzzing.text_readers import issue_holds

NAMES = ("Quetzalnam", "Wolkenweg")
SECRETS = (*NAMES, "1961-07-19", "19610719")
"""A name, an address and a day of birth that were planted. No message may hold one, but one about the date itself."""

WHERE = {**dict.fromkeys(("name", "address", "telecom", "identifier"), SECRETS), "birthDate": SECRETS[len(NAMES) :]}
"""Where in a resource each stands."""

_ABOUT_DATES = {"unreadable-date", "unreadable-age"}


def tells_nothing(words: str, *, hidden: bool, secrets: tuple[str, ...] = SECRETS) -> None:
    """Words that hold nothing that was planted; `hidden` says that it stands nowhere but where it was put."""
    if hidden and (told := next((each for each in secrets if each in words), "")):
        raise BrokenError(f"tells the {told} that was planted")


def issues_hold(issues: Iterable[Issue | None], *, hidden: bool) -> None:
    """Issues of their form that tell nothing; one about a date may tell the date."""
    for each in issues:
        if each is not None:
            issue_holds(each)
            secrets = NAMES if each.code in _ABOUT_DATES else SECRETS
            tells_nothing(f"{each.message} {each.text}", hidden=hidden, secrets=secrets)


def as_text(part: Part) -> str:
    """A part of a case as text."""
    return part.decode("utf-8", "surrogateescape") if isinstance(part, bytes) else part or ""


def as_bytes(part: Part) -> bytes:
    """A part of a case as bytes."""
    return part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part or b""


def best(became: list[str]) -> str:
    """What became of an input that holds several: the best that became of any."""
    return next((best for best in ("flagged", "read") if best in became), min(became, default="nothing"))
