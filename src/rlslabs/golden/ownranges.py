"""Ranges that a report prints: values on their ends, in another unit than the result, not to be meant; by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.facts import Position
from rlslabs.golden.hand import MEN, OPEN_SIDE, RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Placed, Question
from rlslabs.model import Fact, Hl7Code, Status

_MAN = AskedPatient(sex="male", age=40)
_GIRL = AskedPatient(sex="female", age=8)
_CONVENTION = "conventions: HL7v2, reference range"
_WHOSE: Fact = "population of the printed range"
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
    ("ferritin", "25", "ng/mL", "30 ng/mL - 400 ng/mL", "below", "low", "25 < 30; the unit stands twice"),
    ("ferritin", "25", "ng/mL", "30 to 400", "below", "low", "25 < 30"),
    ("ferritin", "25", "ng/mL", "30\u2013400", "below", "low", "25 < 30; a dash and no minus sign"),
    ("ferritin", "25", "ng/mL", "[30-400]", "below", "low", "25 < 30"),
    ("ferritin", "25", "ng/mL", "30..400", "below", "low", "25 < 30"),
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
    ("38", "30-30", "within", "below-optimal", ("range-inverted",), "a range of no width; 20 <= 38 < 75"),
    ("38", "<0", "within", "below-optimal", ("range-inverted",), "nothing is below 0; 20 <= 38 < 75"),
    ("38", "24-336 mmol/L", "within", "below-optimal", ("range-unit-unknown",), "20 <= 38 < 75"),
)
"""A ferritin of a man of 40 and a range that cannot be meant: the general one is used, and the answer says so."""


_OPEN: tuple[tuple[str, str, tuple[Position, ...], Status, tuple[Hl7Code, ...], str], ...] = (
    ("<=20", ">20", ("below",), "low", ("L",), "no value up to 20 is above 20"),
    ("<20", ">20", ("below",), "low", ("L", "<"), "no value below 20 is above 20"),
    (">20", ">20", ("within",), "undecided", (">",), "every value above 20; 75, 150 and 409 lie among them"),
    (">=20", ">20", ("below", "within"), "undecided", (), "20 is not above 20, and what is above it is"),
    (">=150", "<150", ("above",), "high", ("H",), "no value from 150 on is below 150"),
    (">150", "<150", ("above",), "high", ("H", ">"), "no value above 150 is below 150"),
    ("<150", "<150", ("within",), "undecided", ("<",), "every value below 150; 20 and 75 lie among them"),
    ("<=150", "<150", ("within", "above"), "undecided", (), "150 is not below 150, and what is below it is"),
    ("<=150", "\u2264150", ("within",), "undecided", (), "every value up to 150; 20 and 75 lie among them"),
)
"""A ferritin of a man of 40 beside a range with an open end: where it can stand, its status, its codes and why."""

_HEARD: tuple[tuple[str, str, Status, bool, str], ...] = (
    ("3", "<150", "below-optimal", True, "3 < 20, and the range has no lower end"),
    ("19.9", "<150", "below-optimal", True, "19.9 < 20"),
    ("20", "<150", "below-optimal", False, "20 <= 20 < 75"),
    ("3", "0-150", "below-optimal", True, "nothing is below 0, so 0 is no end; 3 < 20"),
    ("3", "2-150", "below-optimal", False, "2 <= 3: the range has a lower end, and it wins"),
    ("3", "1-150", "below-optimal", True, "no usual ferritin is below 2, so 1 is no end; 3 < 20"),
    ("409.1", ">15", "above-optimal", True, "409 < 409.1, and the range has no upper end"),
    ("409", ">15", "above-optimal", False, "150 < 409 <= 409"),
    ("<5", "<150", "below-optimal", True, "every value below 5 is below 20"),
    ("<25", "<150", "below-optimal", True, "some values below 25 are below 20"),
    ("20-25", "<150", "below-optimal", False, "20 <= 20, and 25 < 75"),
    (">400", ">15", "above-optimal", True, "some values above 400 are above 409"),
    ("400-409", ">15", "above-optimal", False, "409 <= 409, and 150 < 400"),
)
"""A ferritin of a man of 40, a range with an end on one side, its status, and whether the general one is heard."""

_OFF_SCALE: dict[str, tuple[Hl7Code, ...]] = {"<": ("<",), ">": (">",)}

_STRICT: tuple[tuple[str, AskedPatient, tuple[Fact, ...], str], ...] = (
    ("girl", _GIRL, (_WHOSE,), "8 years: an adult's range may stand beside it"),
    ("boy-of-17", AskedPatient(sex="male", age=17), (_WHOSE,), "17 years, and no adult yet"),
    ("mother", AskedPatient(sex="female", age=30, pregnant=True), (_WHOSE,), "that of others may stand beside it"),
    ("woman", AskedPatient(sex="female", age=40), ("pregnancy",), "nobody says whether she is pregnant"),
    ("man-of-no-age", AskedPatient(sex="male"), ("age",), "nobody says that he is grown"),
    (
        "no-day",
        AskedPatient(sex="male", born="1970-01-01"),
        ("collection date",),
        "born 1970, and collected nobody knows when",
    ),
    ("anybody", AskedPatient(), ("age", "pregnancy"), "nothing is known"),
)
"""Who has a ferritin of 10 ng/mL beside a range of 15-150, and what would settle whether that is meant for them."""

_FITS: tuple[tuple[str, AskedPatient], ...] = (
    ("man-of-18", AskedPatient(sex="male", age=18)),
    ("man", _MAN),
    ("woman-not-pregnant", AskedPatient(sex="female", age=40, pregnant=False)),
)
"""Who is grown and not pregnant: a printed range is meant for them, also where nothing may be assumed."""


def own_ranges() -> Iterator[Hand]:
    """Every case."""
    for marker, value, unit, own, position, status, arithmetic in _CASES:
        asked = AskedResult(marker=marker, value=value, unit=unit, range=own)
        expect = AnsweredResult(status=status, hl7=_CODES[position])
        printed = f"report: {own}; {MEN[marker]}"
        yield _case(f"{marker}/{unit}/{own}/{value}", _of(asked), expect, printed, arithmetic)
    for value, own, position, status, issues, arithmetic in _PASSED_OVER:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", range=own)
        expect = AnsweredResult(status=status, hl7=_CODES[position], issues=issues)
        yield _case(f"passed-over/{own}", _of(asked), expect, MEN["ferritin"], arithmetic, "issues")
    for value, own, status, heard, arithmetic in _HEARD:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", range=own)
        hl7: tuple[Hl7Code, ...] = () if heard else ("N",)
        hl7 += _OFF_SCALE.get(value[0], ())
        expect = AnsweredResult(status=status, hl7=hl7, issues=("range-open-side",) if heard else ())
        printed = f"report: {own}; {MEN['ferritin']}"
        case = _case(f"open-side/{own}/{value}", _of(asked), expect, printed, arithmetic, "issues")
        yield _open_sided(case) if heard else case
    for value, own, possible, status, hl7, arithmetic in _OPEN:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", range=own)
        number = own[1:]
        place = Placed(
            set="report",
            position=possible[0] if len(possible) == 1 else "undecided",
            possible=possible,
            limits=((number, None) if own.startswith(">") else (None, number),),
            settled_by=() if len(possible) == 1 else ("exact value",),
        )
        expect = AnsweredResult(status=status, hl7=hl7, standard=place)
        case = _case(f"open/{own}/{value}", _of(asked), expect, f"report: {own}", arithmetic, "standard")
        yield _open_sided(case) if possible == ("within",) else case
    yield from _meant()


def _meant() -> Iterator[Hand]:
    """Where nothing may be assumed, a range is that of grown people who are not pregnant, and of others perhaps."""
    asked = AskedResult(marker="ferritin", value="10", unit="ng/mL", range="15-150")
    printed = "report: 15-150"
    for name, patient, facts, arithmetic in _STRICT:
        place = Placed(
            set="report",
            position="undecided",
            possible=("below", "no-range"),
            limits=(("15", "150"),),
            settled_by=facts,
        )
        open_ = AnsweredResult(status="undecided", standard=place)
        question = _of(asked, patient, strict=True)
        yield _case(f"strict/{name}", question, open_, printed, f"10 < 15, if it is meant; {arithmetic}", "standard")
    low = AnsweredResult(status="low", hl7=("L",))
    for name, patient in _FITS:
        yield _case(f"strict/{name}", _of(asked, patient, strict=True), low, printed, "10 < 15", "assumptions")
    told = low.model_copy(update={"assumptions": ("printed-range-fits",)})
    yield _case("child/assumed", _of(asked, _GIRL), told, printed, "10 < 15, taken to fit", "assumptions")


def _of(asked: AskedResult, patient: AskedPatient = _MAN, *, strict: bool = False) -> Question:
    return Question(results=(asked,), patient=patient, strict=strict)


def _case(name: str, question: Question, expect: AnsweredResult, printed: str, arithmetic: str, *more: str) -> Hand:
    why = "the report's own range wins where it can be meant, in its own unit and with its own ends"
    sources, compare = (RANGES, "knowledge: D2", "knowledge: 4.1", _CONVENTION), ("status", "hl7", *more)
    return Hand(f"worked/printed/{name}", "worked", why, question, expect, printed, arithmetic, sources, compare)


def _open_sided(case: Hand) -> Hand:
    return case._replace(why=f"{case.why}; {OPEN_SIDE}")
