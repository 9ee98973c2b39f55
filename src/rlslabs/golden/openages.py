"""Printed ranges beside the results of people who may have been children at collection, of every marker; by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.facts import Position
from rlslabs.golden.hand import MEN, RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Placed, Question
from rlslabs.model import Assumption, Fact, Hl7Code, Status


class _Person(NamedTuple):
    """Somebody, what is assumed, what would settle it where nothing may be, the status of what is optimal, and why.

    None of it changes with the day on which it is asked: who was born in 1970 may have been a child or grown at a
    collection of which nobody knows the day, whenever that is asked, and an age in weeks is said as of the collection.
    """

    name: str
    patient: AskedPatient
    assumed: tuple[Assumption, ...]
    settled_by: tuple[Fact, ...]
    status: Status
    why: str


_FITS: Assumption = "printed-range-fits"
_PEOPLE = (
    _Person(
        *("weeks", AskedPatient(sex="male", age="939 wk"), (_FITS,), ("age",), "undecided"),
        "939 weeks are 6573 to 6579 days, and 18 years 6574 or 6575: 17 or 18 years",
    ),
    _Person(
        *("no-day", AskedPatient(sex="male", born="1970-01-01"), (_FITS,), ("collection date",), "undecided"),
        "born 1970, and collected nobody knows when: a child or grown",
    ),
    _Person(
        *("no-day/woman", AskedPatient(sex="female", born="1970-01-01"), ("not-pregnant", _FITS)),
        *(
            ("collection date", "pregnancy"),
            "undecided",
            "born 1970, and collected nobody knows when: a child or grown",
        ),
    ),
    _Person(
        *("boy", AskedPatient(sex="male", age="938 wk"), (_FITS,), ("population of the printed range",), "no-range"),
        "938 weeks are at most 6572 days: 17 years, and for children no optimal range was read",
    ),
    _Person(
        *("man", AskedPatient(sex="male", age="940 wk"), (), (), "optimal"),
        "940 weeks are at least 6580 days: 18 years",
    ),
)
_CASES: tuple[tuple[str, str, tuple[str, str], str, str], ...] = (
    ("ferritin", "ng/mL", ("60", "300"), "100", "50"),
    ("iron", "ug/dL", ("40", "160"), "100", "30"),
    ("tibc", "ug/dL", ("240", "420"), "300", "230"),
    ("transferrin_saturation", "%", ("15", "45"), "30", "10"),
    ("vitamin_b12", "pg/mL", ("200", "1000"), "600", "190"),
    ("vitamin_d", "ng/mL", ("25", "100"), "60", "24"),
)
"""A marker, its unit, a printed range, a value within it that is optimal for grown people, and one below it."""


def open_ages() -> Iterator[Hand]:
    """Every case: where an age is open across 18 years, a printed range is only taken to fit, and that is said."""
    for marker, unit, own, usual, below in _CASES:
        for person in _PEOPLE:
            inside = f"{own[0]} <= {usual} <= {own[1]}, as printed"
            low = f"{below} < {own[0]}, as printed"
            asked = AskedResult(marker=marker, value=usual, unit=unit, range="-".join(own))
            lower = asked.model_copy(update={"value": below})
            name = f"{marker}/{person.name}"
            expect = _answer(own, "within", person.status, ("N",), person.assumed)
            yield _case(f"{name}/{usual}", Question(results=(asked,), patient=person.patient), expect, inside, person)
            expect = _answer(own, "below", "low", ("L",), person.assumed)
            yield _case(f"{name}/{below}", Question(results=(lower,), patient=person.patient), expect, low, person)
            question = Question(results=(asked,), patient=person.patient, strict=True)
            yield _case(f"{name}/strict", question, _strictly(own, person), f"{inside}, if it is meant", person)


def _answer(
    own: tuple[str, str],
    position: Position,
    status: Status,
    hl7: tuple[Hl7Code, ...],
    assumed: tuple[Assumption, ...] = (),
) -> AnsweredResult:
    place = Placed(set="report", position=position, possible=(position,), limits=(own,), settled_by=())
    return AnsweredResult(status=status, hl7=hl7, standard=place, assumptions=assumed)


def _strictly(own: tuple[str, str], person: _Person) -> AnsweredResult:
    """What is said of a value within the printed range where nothing may be assumed."""
    if not person.settled_by:
        return _answer(own, "within", person.status, ("N",))
    place = Placed(
        set="report",
        position="undecided",
        possible=("within", "no-range"),
        limits=(own,),
        settled_by=person.settled_by,
    )
    return AnsweredResult(status="undecided", standard=place)


def _case(name: str, question: Question, expect: AnsweredResult, compared: str, person: _Person) -> Hand:
    (asked,) = question.results
    why = "whoever may have been a child is told that a printed range is only taken to fit"
    sources = (RANGES, "knowledge: 1.2", "knowledge: D2", "conventions: HL7v2, reference range")
    compare = ("status", "hl7", "standard", "assumptions")
    printed, arithmetic = f"report: {asked.range}; {MEN[asked.marker]}", f"{compared}; {person.why}"
    return Hand(f"worked/open-age/{name}", "worked", why, question, expect, printed, arithmetic, sources, compare)
