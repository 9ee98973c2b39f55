"""Patients of whom something is unknown, of every marker and by several sets of ranges; each answer by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.facts import Position
from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Placed, Question
from rlslabs.model import Assumption, Fact, Hl7Code, Status

Ends = tuple[str | None, str | None]

_PRINTED = {
    "ferritin": "men 20-409, women 18-50 20-175, from 51 20-328; optimal 75-150 ng/mL",
    "iron": "men 50-150, women 35-145; optimal 80-130 ug/dL",
    "tibc": "adults 250-400; optimal 250-350 ug/dL",
    "transferrin_saturation": "adults 14-50, no children's range; optimal 25-35 %",
    "vitamin_b12": "adults 180-914, no children's range; optimal 500-900 pg/mL",
    "vitamin_d": "all ages 20-50; optimal 50-80 ng/mL, for adults",
    "arup": "ARUP: iron men 45-182, women 28-170 ug/dL; ferritin men 20-59 30-400, women 17-59 13-150 ng/mL",
    "mayo": "Mayo: ferritin men 31-409, women 18-50 6-175, from 51 11-328 ng/mL; iron men 50-150, women 35-145 ug/dL",
    "quest": "Quest: saturation men 20-48, women 16-45 %; TIBC men 250-425, women 250-450 ug/dL",
    "exeter-uk": "Exeter: ferritin men 30-400, women 13-150 ug/L; iron men 10.6-28.3, women 6.6-28.3 umol/L",
    "auckland-nz": "Auckland: ferritin men 20-30 20-320, 30-40 20-400, women 20-30 20-170, over 40 20-380 ug/L",
    "medlineplus": "MedlinePlus: ferritin men 12-300, women 12-150 ng/mL",
}
_UNITS = {
    "ferritin": "ng/mL",
    "iron": "ug/dL",
    "tibc": "ug/dL",
    "transferrin_saturation": "%",
    "vitamin_b12": "pg/mL",
    "vitamin_d": "ng/mL",
}
_STRANGER = AskedPatient()
_FORTY = AskedPatient(age=40, pregnant=False)
_WOMAN = AskedPatient(sex="female", age=40)
_MAN_OF_NO_AGE = AskedPatient(sex="male")
_MOTHER = AskedPatient(sex="female", age=30, pregnant=True)
_CODES: dict[Position, tuple[Hl7Code, ...]] = {"below": ("L",), "within": ("N",), "above": ("H",)}


class _Case(NamedTuple):
    """A result of somebody, where it can stand, its status, what would settle it, what was assumed, and why."""

    name: str
    marker: str
    value: str
    patient: AskedPatient
    limits: tuple[Ends, ...]
    possible: tuple[Position, ...]
    status: Status
    settled_by: tuple[Fact, ...]
    arithmetic: str
    assumed: tuple[Assumption, ...] = ()
    standard: str | None = None
    strict: bool = False


_BOTH_IRONS: tuple[Ends, ...] = (("35", "145"), ("50", "150"))
_ADULTS: dict[str, tuple[Ends, ...]] = {
    "tibc": (("250", "400"),),
    "transferrin_saturation": (("14", "50"),),
    "vitamin_b12": (("180", "914"),),
    "vitamin_d": (("20", "50"),),
}
_SEX: tuple[_Case, ...] = (
    _Case(
        *("sex/iron-40", "iron", "40", _FORTY, _BOTH_IRONS, ("below", "within"), "undecided", ("sex",)),
        "a man: 40 < 50; a woman: 35 <= 40",
    ),
    _Case(
        *("sex/iron-147", "iron", "147", _FORTY, _BOTH_IRONS, ("within", "above"), "undecided", ("sex",)),
        "a man: 147 <= 150; a woman: 145 < 147",
    ),
    _Case(
        *("sex/iron-34", "iron", "34", _FORTY, _BOTH_IRONS, ("below",), "low", ()),
        "34 < 35 < 50: low for both",
    ),
    _Case(
        *("sex/iron-100", "iron", "100", _FORTY, _BOTH_IRONS, ("within",), "optimal", ()),
        "50 <= 100 <= 145, and 80 <= 100 <= 130 for both",
    ),
    _Case(
        *("sex/anybody/iron-40", "iron", "40", _STRANGER, _BOTH_IRONS, ("below", "within"), "undecided", ("sex",)),
        *("a man: 40 < 50; a woman: 35 <= 40", ("adult", "not-pregnant")),
    ),
    _Case(
        *("sex/ferritin-200", "ferritin", "200", _FORTY, (("20", "175"), ("20", "409")), ("within", "above")),
        *("undecided", ("sex",), "a man: 200 <= 409; a woman: 175 < 200"),
    ),
    _Case(
        *("age/ferritin-200", "ferritin", "200", AskedPatient(sex="female", pregnant=False)),
        *((("20", "175"), ("20", "328")), ("within", "above"), "undecided", ("age",)),
        *("to 50 years 175 < 200, from 51 200 <= 328", ("adult",)),
    ),
)
"""Where the sexes or the ages of adults differ."""

_AUCKLAND: tuple[Ends, ...] = (("15", "170"), ("20", "170"), ("20", "190"), ("20", "380"))
_MAYO: tuple[Ends, ...] = (("6", "175"), ("11", "328"), ("31", "409"))
_SETS: tuple[_Case, ...] = (
    _Case(
        *("set/arup/sex", "iron", "40", _FORTY, (("28", "170"), ("45", "182")), ("below", "within"), "undecided"),
        *(("sex",), "a man: 40 < 45; a woman: 28 <= 40", (), "arup"),
    ),
    _Case(
        *("set/mayo/sex", "ferritin", "20", _FORTY, (("6", "175"), ("31", "409")), ("below", "within"), "undecided"),
        *(("sex",), "a man: 20 < 31; a woman: 6 <= 20", (), "mayo"),
    ),
    _Case(
        *("set/mayo/anybody", "ferritin", "10", _STRANGER, _MAYO, ("below", "within"), "undecided", ("sex", "age")),
        *("6 <= 10 < 11 < 31", ("adult", "not-pregnant"), "mayo"),
    ),
    _Case(
        *("set/quest/sex", "transferrin_saturation", "47", _FORTY, (("16", "45"), ("20", "48")), ("within", "above")),
        *("undecided", ("sex",), "a man: 47 <= 48; a woman: 45 < 47", (), "quest"),
    ),
    _Case(
        *("set/quest/tibc", "tibc", "430", _FORTY, (("250", "450"), ("250", "425")), ("within", "above")),
        *("undecided", ("sex",), "a man: 425 < 430; a woman: 430 <= 450", (), "quest"),
    ),
    _Case(
        *("set/exeter/sex", "ferritin", "200", _FORTY, (("13", "150"), ("30", "400")), ("within", "above")),
        *("undecided", ("sex",), "a man: 200 <= 400; a woman: 150 < 200", (), "exeter-uk"),
    ),
    _Case(
        *("set/auckland/age", "ferritin", "180", AskedPatient(sex="female", pregnant=False), _AUCKLAND),
        *(("within", "above"), "undecided", ("age",), "to 29 years 170 < 180, from 30 180 <= 190", ("adult",)),
        "auckland-nz",
    ),
    _Case(
        *("set/medlineplus/sex", "ferritin", "200", _FORTY, (("12", "150"), ("12", "300")), ("within", "above")),
        *("undecided", ("sex",), "a man: 200 <= 300; a woman: 150 < 200", (), "medlineplus"),
    ),
)
"""The same by sets that are asked for."""


def unknown_cases() -> Iterator[Hand]:
    """Every case."""
    for case in (*_SEX, *_SETS, *_strictly(), *_mothers()):
        result = AskedResult(marker=case.marker, value=case.value, unit=_UNITS[case.marker])
        position: Position = case.possible[0] if len(case.possible) == 1 else "undecided"
        place = Placed(
            set=case.standard or "general",
            position=position,
            possible=case.possible,
            limits=case.limits,
            settled_by=case.settled_by,
        )
        expect = AnsweredResult(
            status=case.status, hl7=_CODES.get(position, ()), standard=place, assumptions=case.assumed
        )
        question = Question(results=(result,), patient=case.patient, standard=case.standard, strict=case.strict)
        printed = _PRINTED[case.standard or case.marker]
        yield _hand(case.name, question, expect, printed, case.arithmetic, "standard", "assumptions")
    yield from _printed_beside_a_set()


def _strictly() -> Iterator[_Case]:
    """A usual value of every marker: where nothing may be assumed, neither her pregnancy nor his age is passed over."""
    usual = {"iron": "100", "tibc": "300", "transferrin_saturation": "30", "vitamin_b12": "600", "vitamin_d": "30"}
    of_women: dict[str, tuple[Ends, ...]] = {**_ADULTS, "iron": (("35", "145"),)}
    for marker, value in usual.items():
        said: Status = "below-optimal" if marker == "vitamin_d" else "optimal"
        ranges = of_women[marker]
        yield _Case(
            *(f"strict/{marker}/woman", marker, value, _WOMAN, ranges, ("within", "no-range"), "undecided"),
            *(("pregnancy",), "if she is pregnant no range is hers", (), None, True),
        )
        yield _Case(
            *(f"assumed/{marker}/woman", marker, value, _WOMAN, ranges, ("within",), said),
            *((), f"{ranges[0][0]} <= {value} <= {ranges[0][1]}", ("not-pregnant",)),
        )
    for marker, value in (("transferrin_saturation", "30"), ("vitamin_b12", "600")):
        yield _Case(
            *(f"strict/{marker}/man", marker, value, _MAN_OF_NO_AGE, _ADULTS[marker], ("within", "no-range")),
            *("undecided", ("age",), "if he is a child no range is his", (), None, True),
        )
    yield _Case(
        *("strict/vitamin_d/man", "vitamin_d", "60", _MAN_OF_NO_AGE, _ADULTS["vitamin_d"], ("above",), "high"),
        *((), "50 < 60 at every age", (), None, True),
    )


def _mothers() -> Iterator[_Case]:
    """No set holds a range for pregnancy."""
    for name, marker, value in (
        ("mayo", "ferritin", "60"),
        ("arup", "iron", "100"),
        ("quest", "tibc", "300"),
        ("exeter-uk", "vitamin_b12", "600"),
        ("auckland-nz", "vitamin_d", "30"),
        ("medlineplus", "transferrin_saturation", "30"),
    ):
        yield _Case(
            *(f"set/{name}/mother", marker, value, _MOTHER, (), ("no-range",), "no-range"),
            *((), "no range for pregnancy was read", (), name),
        )


def _printed_beside_a_set() -> Iterator[Hand]:
    """A range that the report prints wins over a set that is asked for, as over the default one."""
    man = AskedPatient(sex="male", age=40)
    for name, own, value, status, arithmetic in (
        ("mayo", "15-200", "300", "high", "200 < 300, though Mayo prints 31-409"),
        ("mayo", "15-200", "20", "below-optimal", "15 <= 20 < 75, though Mayo prints 31-409"),
        ("arup", "24-336", "350", "high", "336 < 350, though ARUP prints 30-400"),
        ("exeter-uk", "24-336", "25", "below-optimal", "24 <= 25 < 75, though Exeter prints 30-400"),
        ("arup", "400-30", "25", "low", "the range is inverted, and ARUP prints 30-400: 25 < 30"),
        ("mayo", "see note", "25", "low", "the range cannot be read, and Mayo prints 31-409: 25 < 31"),
        ("medlineplus", "400-30", "350", "high", "the range is inverted, and MedlinePlus prints 12-300: 300 < 350"),
    ):
        result = AskedResult(marker="ferritin", value=value, unit="ng/mL", range=own)
        hl7 = {"high": "H", "low": "L", "below-optimal": "N"}[status]
        issues = {"400-30": ("range-inverted",), "see note": ("range-unreadable",)}.get(own, ())
        expect = AnsweredResult.model_validate({"status": status, "hl7": [hl7], "issues": issues}, strict=False)
        question = Question(results=(result,), patient=man, standard=name)
        printed = f"report: {own}; {_PRINTED[name]}"
        yield _hand(f"set/{name}/printed/{own}/{value}", question, expect, printed, arithmetic, "issues")


def _hand(name: str, question: Question, expect: AnsweredResult, printed: str, arithmetic: str, *more: str) -> Hand:
    why = "everybody whom the patient could be is judged, by the set that is asked for"
    sources = ("knowledge: the RLS protocol; 1.1", "knowledge: 1.2, 1.3", "knowledge: 11.1")
    compare = ("status", "hl7", *more)
    return Hand(f"worked/unknown/{name}", "worked", why, question, expect, printed, arithmetic, sources, compare)
