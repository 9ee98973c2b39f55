"""Strategies for HL7 v2: ORU^R01 messages of one patient, sound and damaged, and what is true of each result."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from hypothesis import strategies as st

from rlslabs import sent
from rlslabs.catalog import builtin
from rlslabs.facts import AMBIGUOUS
from rlslabs.model import Status
from rlslabs.reported import LabResult, Patient, ReportedRange
from rlslabs.testing.cases import LabCase
from rlslabs.testing.dated import DAY, Told, dated_cases, told
from rlslabs.testing.drawing import pick

_MOST = 3


Change = Callable[[list[str]], list[str]]


class ResultSent(NamedTuple):
    """One OBX segment, by its place among the segments of the message from 1, and the truth about its result."""

    number: int
    result: LabResult
    told: Told


class MessageCase(NamedTuple):
    """A message, its patient and its results; no reader of HL7 v2 has told the truth about them."""

    message: str
    patient: Patient
    sent: tuple[ResultSent, ...]


def hl7v2_messages(
    markers: Collection[str] | None = None,
    *,
    status: Status | None = None,
    units: Collection[str] | None = None,
    patients: st.SearchStrategy[Patient] | None = None,
    damaged: bool = False,
) -> st.SearchStrategy[MessageCase]:
    """ORU^R01 messages with one result or a few of one patient, and what `interpret` says of the same results.

    Most are final numbers with one LOINC code; the last may be a correction, text, flagged, or behind a local code.

    Args:
        markers: Names, aliases or codes; else all six.
        status: The status of the one result of each message; else every status, and up to three results.
        units: Units in any accepted spelling.
        patients: Whose results they are, such as `patients(adults=True)`; else everybody.
        damaged: The last result must not be judged: deleted, without a unit, and so on. Then its `told.refused` is the
            code of this package, chosen by hand for each kind of damage.

    Raises:
        UnreachableError: No such result has this status.
    """
    return _messages(dated_cases(markers, status, units, patients), most=1 if status else _MOST, damages=damaged)


@st.composite
def _messages(draw: st.DrawFn, cases: st.SearchStrategy[LabCase], *, most: int, damages: bool) -> MessageCase:
    damage = pick(draw, sorted(DAMAGE)) if damages else None
    chosen: dict[str, LabCase] = {}
    for case in [draw(cases) for _ in range(pick(draw, range(1, most + 1)))]:
        chosen.setdefault(case.result.marker, case)
    change = pick(draw, DAMAGE[damage], "change") if damage else pick(draw, SPELLINGS, "spelling")
    return _message([*chosen.values()], damage, change)


def _message(cases: list[LabCase], damage: str | None, change: Change) -> MessageCase:
    """The results as those of the first one's patient, on the first one's day; the last one is changed."""
    patient, day = cases[0].patient, cases[0].result.collected
    stated = [sent.not_pregnant()] if patient.pregnant is False else []
    head = [sent.header(day=day or DAY), *sent.whose(patient), sent.order(day), *stated]
    results = [case.result.model_copy(update={"collected": day, "range": _as_text(case.result)}) for case in cases]
    segments = [sent.segment(each, builtin(), set_id=set_id) for set_id, each in enumerate(results, len(stated) + 1)]
    truth = [told(each, patient) for each in results]
    segments[-1] = "|".join(change(segments[-1].split("|")))
    truth[-1] = truth[-1] if damage is None else Told(None, damage)
    first = len(head) + 1
    whole = tuple(
        ResultSent(number, result, each)
        for number, (result, each) in enumerate(zip(results, truth, strict=True), first)
    )
    return MessageCase(sent.message([*head, *segments]), patient, whole)


def _as_text(result: LabResult) -> ReportedRange | None:
    """The laboratory's own range as OBX-7 has it: text, in which a point between thousands may be in doubt."""
    own = result.range
    return None if own is None else sent.printed(own.low, own.high, None if own.unit == result.unit else own.unit)


def _field(number: int, change: Callable[[str], str]) -> Change:
    def changed(fields: list[str]) -> list[str]:
        return [change(each) if place == number else each for place, each in enumerate(fields)]

    return changed


def _standing(status: str) -> Change:
    return _field(11, lambda _: status)


def _mistyped(test: str) -> str:
    code, _, name = test.partition("^")
    number, _, digit = code.partition("-")
    return f"{number}-{(int(digit) + 1) % 10}^{name}"


def _as_st(fields: list[str]) -> list[str]:
    """ST in place of a number, where text can mean nothing else."""
    written = fields[5].replace("^", "")
    plain = AMBIGUOUS.fullmatch(written.lstrip("<>=")) is None
    return [*fields[:2], "ST", *fields[3:5], written, *fields[6:]] if plain else fields


SPELLINGS: tuple[Change, ...] = (
    lambda fields: fields,
    _standing("C"),
    _field(3, lambda test: f"4711^^L^{test}"),
    _field(8, lambda _: "A"),
    _as_st,
)
"""The ways in which the same is said; the plain one first."""

DAMAGE: dict[str, tuple[Change, ...]] = {
    "another-analyte": (_field(3, lambda _: f"{sent.FERRITIN_IN_BLOOD}^^LN"),),
    "code-check-digit": (_field(3, _mistyped),),
    "missing-unit": (lambda fields: _field(6, lambda _: "")(_field(3, lambda _: "2276-4^Ferritin^LN")(fields)),),
    "missing-value": (_field(5, lambda _: ""),),
    "result-status": tuple(map(_standing, "WDXI")),
    "unknown-unit": (_field(6, lambda _: "K/uL^^UCUM"),),
    "unreadable-value": (_field(5, lambda _: "see note"),),
}
"""What must not be judged, by the code of its refusal."""
