"""Ranges that a report prints: values on their ends, in another unit than the result, not to be meant; by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.facts import Position
from rlslabs.golden.hand import MEN, RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Placed, Question
from rlslabs.model import Hl7Code, Status

_MAN = AskedPatient(sex="male", age=40)
_GIRL = AskedPatient(sex="female", age=8)
_CONVENTION = "conventions: HL7v2, reference range"
_TOLD = ("status", "hl7", "assumptions")
_CODES: dict[Position, tuple[Hl7Code, ...]] = {"below": ("L",), "within": ("N",), "above": ("H",)}

_CASES: tuple[tuple[str, str, str, str, Position, Status, str], ...] = (
    ("ferritin", "150", "ng/mL", "<150", "above", "high", "150 is not below 150"),
    ("ferritin", "149.9", "ng/mL", "<150", "within", "optimal", "149.9 < 150; 75 <= 149.9 <= 150"),
    ("ferritin", "150", "ng/mL", "\u2264150", "within", "optimal", "150 <= 150; 75 <= 150 <= 150"),
    ("ferritin", "150.1", "ng/mL", "\u2264150", "above", "high", "150 < 150.1"),
    ("ferritin", "20", "ng/mL", ">20", "below", "low", "20 is not above 20"),
    ("ferritin", "20.1", "ng/mL", ">20", "within", "below-optimal", "20 < 20.1 < 75"),
    ("ferritin", "20", "ng/mL", "\u226520", "within", "below-optimal", "20 <= 20 < 75"),
    ("ferritin", "19.9", "ng/mL", "\u226520", "below", "low", "19.9 < 20"),
    ("ferritin", "14.9", "ng/mL", "(15-200)", "below", "low", "14.9 < 15"),
    ("ferritin", "15", "ng/mL", "(15-200)", "within", "below-optimal", "15 <= 15 < 75"),
    ("ferritin", "200", "ng/mL", "(15-200)", "within", "above-optimal", "150 < 200 <= 200"),
    ("ferritin", "200.1", "ng/mL", "(15-200)", "above", "high", "200 < 200.1"),
    ("ferritin", "15", "ng/mL", "15,5-200,5", "below", "low", "15 < 15.5, with decimal commas"),
    (
        "ferritin",
        "100",
        "pmol/L",
        "30-400 ng/mL",
        "within",
        "below-optimal",
        "100 pmol/L = 44.5 ng/mL; 30 <= 44.5 < 75",
    ),
    ("ferritin", "100", "pmol/L", "50-400 ng/mL", "below", "low", "100 pmol/L = 44.5 ng/mL < 50"),
    ("ferritin", "40", "ng/mL", "100-900 pmol/L", "below", "low", "100 pmol/L = 44.5 ng/mL; 40 < 44.5"),
    ("iron", "10", "umol/L", "59-158 ug/dL", "below", "low", "10 x 5.5845 = 55.845 < 59"),
    ("iron", "11", "umol/L", "59-158 ug/dL", "within", "below-optimal", "11 x 5.5845 = 61.4295; 59 <= 61.4295 < 80"),
    ("iron", "61", "ug/dL", "11-28 umol/L", "below", "low", "11 x 5.5845 = 61.4295; 61 < 61.4295"),
    ("iron", "157", "ug/dL", "11-28 umol/L", "above", "high", "28 x 5.5845 = 156.366 < 157"),
    ("tibc", "44", "umol/L", "250-400 ug/dL", "below", "low", "44 x 5.5845 = 245.718 < 250"),
    ("vitamin_b12", "200", "pmol/L", "300-900 pg/mL", "below", "low", "200 x 1.35537 = 271.074 < 300"),
    ("vitamin_d", "60", "nmol/L", "30-100 ng/mL", "below", "low", "60 x 0.40064 = 24.0384 < 30"),
    ("vitamin_d", "45", "ng/mL", "125-250 nmol/L", "below", "low", "125 x 0.40064 = 50.08; 45 < 50.08"),
    ("transferrin_saturation", "0.3", "1", "20-50 %", "within", "optimal", "0.3 = 30 %; 20 <= 30; 25 <= 30 <= 35"),
    ("transferrin_saturation", "0.19", "1", "20-50 %", "below", "low", "0.19 = 19 % < 20"),
)
"""A result of a man of 40, the range beside it, its place in that range, and its status."""

_PASSED_OVER: tuple[tuple[str, str, Position, Status, tuple[str, ...], str], ...] = (
    ("100", "50-900000", "within", "optimal", ("range-implausible",), "no ferritin is 900000; 75 <= 100 <= 150"),
    ("38", "24-336 mmol/L", "within", "below-optimal", ("range-unit-unknown",), "20 <= 38 < 75"),
)
"""A ferritin of a man of 40 and a range that cannot be meant: the general one is used, and the answer says so."""


def own_ranges() -> Iterator[Hand]:
    """Every case."""
    for marker, value, unit, own, position, status, arithmetic in _CASES:
        asked = AskedResult(marker=marker, value=value, unit=unit, range=own)
        expect = AnsweredResult(status=status, hl7=_CODES[position])
        printed = f"report: {own}; {MEN[marker]}"
        yield _case(f"{marker}/{unit}/{own}/{value}", asked, expect, printed, arithmetic, "status", "hl7")
    for value, own, position, status, issues, arithmetic in _PASSED_OVER:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", range=own)
        expect = AnsweredResult(status=status, hl7=_CODES[position], issues=issues)
        yield _case(f"passed-over/{own}", asked, expect, MEN["ferritin"], arithmetic, "status", "hl7", "issues")
    yield from _of_children()


def _of_children() -> Iterator[Hand]:
    """Where nothing may be assumed, a range printed beside a child's result may be an adult's."""
    asked = AskedResult(marker="ferritin", value="10", unit="ng/mL", range="15-150")
    place = Placed(
        set="report",
        position="undecided",
        possible=("below", "no-range"),
        limits=(("15", "150"),),
        settled_by=("population of the printed range",),
    )
    open_ = AnsweredResult(status="undecided", standard=place)
    told = AnsweredResult(status="low", hl7=("L",), assumptions=("printed-range-fits",))
    yield _case("child/strict", asked, open_, "report: 15-150", "10 < 15, if it is meant", "status", "standard")
    yield _case("child/assumed", asked, told, "report: 15-150", "10 < 15, taken to fit", *_TOLD)


def _case(
    name: str,
    asked: AskedResult,
    expect: AnsweredResult,
    printed: str,
    arithmetic: str,
    *compare: str,
) -> Hand:
    strict, patient = name.endswith("/strict"), _GIRL if name.startswith("child/") else _MAN
    why = "the report's own range wins where it can be meant, in its own unit and with its own ends"
    question = Question(results=(asked,), patient=patient, strict=strict)
    sources = (RANGES, "knowledge: D2", "knowledge: 4.1", _CONVENTION)
    return Hand(f"worked/printed/{name}", "worked", why, question, expect, printed, arithmetic, sources, compare)
