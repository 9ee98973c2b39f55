"""Printed ranges without a usable end on a side on which the set that is asked for does not hold the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.facts import Position
from rlslabs.golden.hand import RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Placed, Question
from rlslabs.model import Assumption, Fact, Hl7Code, Status

Ends = tuple[str | None, str | None]

_MAN = AskedPatient(sex="male", age=40)
_SOMEBODY = AskedPatient(age=40, pregnant=False)
_MOTHER = AskedPatient(sex="female", age=30, pregnant=True)
_BOY = AskedPatient(sex="male", age=10)
_UNITS = {"ferritin": "ng/mL", "tibc": "ug/dL", "vitamin_b12": "pg/mL", "vitamin_d": "ng/mL"}
_PRINTED = {
    "general": "men ferritin 20-409, women 18-50 20-175; TIBC 250-400; vitamin D 20-50; usual ferritin 2-10000",
    "mayo": "Mayo: ferritin men 31-409, women 18-50 6-175 ng/mL",
    "arup": "ARUP: ferritin men 20-59 30-400 ng/mL",
    "quest": "Quest: ferritin men 18-59 38-380 ng/mL",
    "medlineplus": "MedlinePlus: ferritin men 12-300 ng/mL",
    "exeter-uk": "Exeter: vitamin D > 50 nmol/L; no TIBC",
}
_FITS: tuple[Assumption, ...] = ("printed-range-fits",)


class _Case(NamedTuple):
    """A result with its printed range, its status, and where the set puts it if the range cannot tell.

    `possible` is empty where the range has an end on each side on which the set does not hold the result.
    """

    name: str
    value: str
    own: str
    status: Status
    possible: tuple[Position, ...]
    arithmetic: str
    limits: tuple[Ends, ...] = (("20", "409"),)
    patient: AskedPatient = _MAN
    marker: str = "ferritin"
    by: str = "general"
    settled_by: tuple[Fact, ...] = ()
    assumed: tuple[Assumption, ...] = ()


_CASES: tuple[_Case, ...] = (
    _Case(
        "upper/beyond-usual",
        "410",
        "30-99999",
        "above-optimal",
        ("above",),
        "no usual ferritin is above 10000; 409 < 410",
    ),
    _Case(
        "upper/just-beyond",
        "410",
        "30-10001",
        "above-optimal",
        ("above",),
        "10000 < 10001, so that is no end; 409 < 410",
    ),
    _Case("upper/usual", "410", "30-10000", "above-optimal", (), "10000 is usual: the range has an end, and it wins"),
    _Case("upper/within", "409", "30-99999", "above-optimal", (), "150 < 409 <= 409"),
    _Case("upper/outside", "29", "30-99999", "low", (), "29 < 30, as printed"),
    _Case("lower/usual", "10", "2-150", "below-optimal", (), "2 is usual: the range has an end, and it wins"),
    _Case("lower/just-beyond", "10", "1.9-150", "below-optimal", ("below",), "1.9 < 2, so that is no end; 10 < 20"),
    _Case("both/low", "10", "0-99999", "below-optimal", ("below",), "it has no end at all; 10 < 20"),
    _Case("both/high", "410", "1-99999", "above-optimal", ("above",), "it has no end at all; 409 < 410"),
    _Case(
        *(
            "set/mayo/low",
            "25",
            "<150",
            "below-optimal",
            ("below",),
            "Mayo: 25 < 31, though 20 <= 25",
            (("31", "409"),),
        ),
        by="mayo",
    ),
    _Case("set/general/low", "25", "<150", "below-optimal", (), "20 <= 25"),
    _Case("set/medlineplus/low", "15", "<150", "below-optimal", (), "12 <= 15, though 15 < 20", by="medlineplus"),
    _Case("set/general/15", "15", "<150", "below-optimal", ("below",), "15 < 20"),
    _Case(
        *("set/quest/high", "400", ">15", "above-optimal", ("above",), "Quest: 380 < 400", (("38", "380"),)),
        by="quest",
    ),
    _Case(
        *("set/arup/high", "405", "30-99999", "above-optimal", ("above",), "ARUP: 400 < 405", (("30", "400"),)),
        by="arup",
    ),
    _Case("set/general/high", "405", "30-99999", "above-optimal", (), "405 <= 409"),
    _Case(
        *("set/exeter/no-tibc", "300", "<400", "optimal", ("no-range",), "Exeter prints no TIBC", ()),
        marker="tibc",
        by="exeter-uk",
    ),
    _Case("set/general/tibc", "300", "<400", "optimal", (), "250 <= 300", marker="tibc"),
    _Case(
        *(
            "set/exeter/vitamin-d",
            "140",
            ">30",
            "above-optimal",
            (),
            "Exeter: 140 ng/mL = 349 nmol/L > 50, without an end",
        ),
        marker="vitamin_d",
        by="exeter-uk",
    ),
    _Case(
        *("set/general/vitamin-d", "140", ">30", "above-optimal", ("above",), "50 < 140", (("20", "50"),)),
        marker="vitamin_d",
    ),
    _Case(
        *(
            "unknown/sex-high",
            "300",
            ">15",
            "above-optimal",
            ("within", "above"),
            "a man: 300 <= 409; a woman: 175 < 300",
        ),
        *((("20", "175"), ("20", "409")), _SOMEBODY),
        settled_by=("sex",),
    ),
    _Case(
        *("unknown/sex-low", "25", "<150", "below-optimal", ("below", "within"), "a man: 25 < 31; a woman: 6 <= 25"),
        *((("6", "175"), ("31", "409")), _SOMEBODY),
        by="mayo",
        settled_by=("sex",),
    ),
    _Case("unknown/agreed", "100", ">15", "optimal", (), "20 <= 100 <= 175", patient=_SOMEBODY),
    _Case(
        *(
            "unknown/sex-other-side",
            "300",
            "<400",
            "above-optimal",
            (),
            "175 < 300 for a woman, and the range has its upper end",
        ),
        patient=_SOMEBODY,
    ),
    _Case(
        *("nowhere/mother", "60", "<150", "no-range", ("no-range",), "no range for pregnancy was read", (), _MOTHER),
        assumed=_FITS,
    ),
    _Case("nowhere/mother-two-ends", "60", "15-150", "no-range", (), "15 <= 60 <= 150", patient=_MOTHER, assumed=_FITS),
    _Case(
        *("nowhere/boy", "500", ">200", "no-range", ("no-range",), "no range of vitamin B12 for children was read", ()),
        *(_BOY, "vitamin_b12"),
        assumed=_FITS,
    ),
    _Case(
        *("nowhere/boy-two-ends", "500", "200-900", "no-range", (), "200 <= 500 <= 900", (), _BOY, "vitamin_b12"),
        assumed=_FITS,
    ),
)
"""By default a ferritin in ng/mL of a man of 40, judged by the default set."""


def open_sides() -> Iterator[Hand]:
    """Every case."""
    for case in _CASES:
        result = AskedResult(marker=case.marker, value=case.value, unit=_UNITS[case.marker], range=case.own)
        beyond = None
        if case.possible:
            position = case.possible[0] if len(case.possible) == 1 else "undecided"
            beyond = Placed(
                set=case.by,
                position=position,
                possible=case.possible,
                limits=case.limits,
                settled_by=case.settled_by,
            )
        hl7: tuple[Hl7Code, ...] = () if beyond else ("L",) if case.status == "low" else ("N",)
        expect = AnsweredResult(
            status=case.status,
            hl7=hl7,
            beyond=beyond,
            assumptions=case.assumed,
            issues=("range-open-side",) if beyond else (),
        )
        question = Question(results=(result,), patient=case.patient, standard=None if case.by == "general" else case.by)
        why = "half a range shows nothing of its other side: there the set that is asked for is told too"
        printed = f"report: {case.own}; {_PRINTED[case.by]}"
        sources = (RANGES, "knowledge: 1.2, 1.3", "knowledge: 6", "knowledge: 11.1", "knowledge: D2")
        compare = ("status", "hl7", "beyond", "assumptions", "issues")
        yield Hand(
            *(f"worked/open-side/{case.name}", "worked", why, question, expect, printed, case.arithmetic),
            *(sources, compare),
        )
