"""Who the patient is: words for a sex, ages in words, births with and without a day of collection; by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Question
from rlslabs.model import Hl7Code, Status

_PRINTED = (
    "ferritin: men 20-409, women 18-50 20-175, from 51 20-328; 0 d-4 wk 150-973, 5 wk-5 mo 9-580, boys 6 mo-9 a 6-111"
)
_SOURCES = ("knowledge: 1.1", "knowledge: 1.2")


def _woman(**facts: str | int) -> AskedPatient:
    return AskedPatient.model_validate({"sex": "female", "pregnant": False, **facts}, strict=False)


_CASES: tuple[tuple[str, AskedPatient, str, Status, tuple[Hl7Code, ...], str], ...] = (
    ("woman", AskedPatient(sex="woman", age=40, pregnant=False), "200", "high", ("H",), "175 < 200"),
    ("w", AskedPatient(sex="w", age=40, pregnant=False), "200", "high", ("H",), "175 < 200"),
    ("f", AskedPatient(sex="F", age=40, pregnant=False), "200", "high", ("H",), "175 < 200"),
    ("man", AskedPatient(sex="man", age=40), "200", "above-optimal", ("N",), "150 < 200 <= 409"),
    ("m", AskedPatient(sex="M", age=40), "200", "above-optimal", ("N",), "150 < 200 <= 409"),
    ("diverse", AskedPatient(sex="diverse", age=40, pregnant=False), "200", "undecided", (), "175 < 200 <= 409"),
    ("nonbinary", AskedPatient(sex="nonbinary", age=40, pregnant=False), "200", "undecided", (), "175 < 200 <= 409"),
    ("other", AskedPatient(sex="other", age=40, pregnant=False), "200", "undecided", (), "175 < 200 <= 409"),
    ("age-50.9", _woman(age="50.9"), "200", "high", ("H",), "50 completed years; 175 < 200"),
    ("age-51", _woman(age="51"), "200", "above-optimal", ("N",), "150 < 200 <= 328"),
    ("years-in-words", _woman(age="51 years"), "200", "above-optimal", ("N",), "150 < 200 <= 328"),
    ("three-weeks", AskedPatient(sex="male", age="3 weeks"), "100", "low", ("L",), "100 < 150"),
    (
        "five-weeks",
        AskedPatient(sex="male", age="5 weeks"),
        "100",
        "no-range",
        ("N",),
        "9 <= 100 <= 580; no optimal range",
    ),
    (
        "five-months",
        AskedPatient(sex="male", age="5 months"),
        "112",
        "no-range",
        ("N",),
        "9 <= 112 <= 580; no optimal range",
    ),
    ("seven-months", AskedPatient(sex="male", age="7 months"), "112", "high", ("H",), "111 < 112"),
    ("ten-days", AskedPatient(sex="male", age="10 days"), "100", "low", ("L",), "100 < 150"),
    ("a-hundred-and-fifteen", AskedPatient(sex="male", age=115), "38", "below-optimal", ("N",), "20 <= 38 < 75"),
    ("born", _woman(born="1973-06-01"), "200", "high", ("H",), "50 years on 31 May 2024; 175 < 200"),
    ("born-and-age", _woman(born="1973-06-01", age=50), "200", "high", ("H",), "50 years on 31 May 2024; 175 < 200"),
)
"""A name, a patient, a ferritin in ng/mL of 31 May 2024, its status, its codes, and the arithmetic."""

_REFUSED: tuple[tuple[str, AskedPatient, str], ...] = (
    ("contradiction", _woman(born="1973-06-01", age=40), "50 years on 31 May 2024, and not 40"),
    ("not-yet-born", _woman(born="2024-06-01"), "collected the day before"),
)
"""A name and a patient whose age cannot be."""


def who_cases() -> Iterator[Hand]:
    """Every case."""
    for name, patient, value, status, hl7, arithmetic in _CASES:
        yield _case(name, patient, value, AnsweredResult(status=status, hl7=hl7), arithmetic)
    for name, patient, arithmetic in _REFUSED:
        yield _case(name, patient, "200", AnsweredResult(refused="unreadable-age"), arithmetic)
    yield from _without_a_day()


def _without_a_day() -> Iterator[Hand]:
    """Born, and no day of collection: every age that she has had by now is open, and today's is not hers."""
    for name, value, status, hl7, arithmetic in (
        ("two-hundred", "200", "undecided", (), "to 50 years 175 < 200, from 51 200 <= 328"),
        ("thousand", "1000", "high", ("H",), "every range ends at 973 or below it"),
    ):
        expect = AnsweredResult.model_validate({"status": status, "hl7": hl7}, strict=False)
        yield _case(f"no-day/{name}", _woman(born="1970-01-01"), value, expect, arithmetic)


def _case(
    name: str,
    patient: AskedPatient,
    value: str,
    expect: AnsweredResult,
    arithmetic: str,
) -> Hand:
    collected = None if name.startswith("no-day/") else "2024-05-31"
    compare = () if expect.refused else ("status", "hl7")
    asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", collected=collected)
    question, why = Question(results=(asked,), patient=patient), "who the patient is at collection decides"
    return Hand(f"worked/who/{name}", "worked", why, question, expect, _PRINTED, arithmetic, _SOURCES, compare)
