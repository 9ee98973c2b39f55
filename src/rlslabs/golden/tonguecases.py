"""Numbers, comparators, ranges and specimens as reports in five languages write them; each answer by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.hand import MEN, RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Converted, Question
from rlslabs.model import Hl7Code, Status

_MAN = AskedPatient(sex="male", age=40)
_CONVENTION = "conventions: HL7v2, reference range; what other systems got wrong"

_Words = tuple[str, ...]
_VALUES: tuple[tuple[_Words, str, str, str | None, Status, tuple[Hl7Code, ...]], ...] = (
    (
        (
            *("kleiner als", "kleiner", "weniger als", "unter", "inférieur à", "moins de", "kleiner dan", "minder dan"),
            *("onder", "menor que", "menos de", "inferior a"),
        ),
        *("20", "0", "20", "low", ("L", "<")),
    ),
    (
        (
            *("bis", "bis zu", "höchstens", "hoechstens", "jusqu'à", "jusqu\u2019à", "au plus", "inférieur ou égal à"),
            *("tot en met", "t/m", "hoogstens", "hasta", "como máximo", "menor o igual que", "kleiner oder gleich"),
        ),
        *("20", "0", "20", "undecided", ()),
    ),
    (
        (
            *("größer als", "groesser als", "größer", "mehr als", "über", "ueber", "supérieur à", "plus de"),
            *("groter dan", "meer dan", "boven", "mayor que", "más de", "superior a"),
        ),
        *("409", "409", None, "high", ("H", ">")),
    ),
    (
        (
            *("ab", "mindestens", "à partir de", "au moins", "supérieur ou égal à", "vanaf", "minstens", "ten minste"),
            *("desde", "al menos", "mayor o igual que", "größer oder gleich"),
        ),
        *("409", "409", None, "undecided", ()),
    ),
)
"""Words before a ferritin in ng/mL of a man of 40, the number, the ends of what it is, its status and its codes."""

_UP_TO = (
    *("bis 150", "bis zu 150", "höchstens 150", "jusqu'à 150", "au plus 150", "tot en met 150", "t/m 150"),
    *("hoogstens 150", "hasta 150", "como máximo 150", "up to 150", "\u2264 150"),
)
"""Ranges of which 150 is the last value."""

_BELOW = ("unter 150", "kleiner als 150", "inférieur à 150", "moins de 150", "onder 150", "menos de 150", "below 150")
"""Ranges of which 150 is no part."""

_FROM = (
    *("ab 30", "mindestens 30", "à partir de 30", "au moins 30", "vanaf 30", "ten minste 30", "minstens 30"),
    *("desde 30", "al menos 30", "at least 30", "\u2265 30"),
)
"""Ranges of which 30 is the first value."""

_ABOVE = (
    "über 30",
    "größer als 30",
    "supérieur à 30",
    "plus de 30",
    "boven 30",
    "meer dan 30",
    "más de 30",
    "above 30",
)
"""Ranges of which 30 is no part."""

_BETWEEN = (
    *("30 bis 150", "von 30 bis 150", "zwischen 30 und 150", "30 à 150", "de 30 à 150", "entre 30 et 150"),
    *("30 tot 150", "van 30 tot 150", "tussen 30 en 150", "30 a 150", "de 30 a 150", "entre 30 y 150"),
    *("desde 30 hasta 150", "from 30 to 150", "between 30 and 150"),
)
"""Ranges of which 30 is the first value and 150 the last."""

_AROUND: tuple[tuple[tuple[str, ...], tuple[tuple[str, Status, tuple[Hl7Code, ...], str], ...]], ...] = (
    (
        _UP_TO,
        (
            ("150", "optimal", ("N",), "150 is its last value"),
            ("150.1", "high", ("H",), "150 < 150.1"),
            ("25", "below-optimal", ("N",), "it has no lower end"),
        ),
    ),
    (_BELOW, (("150", "high", ("H",), "150 is not below 150"), ("149.9", "optimal", ("N",), "149.9 < 150"))),
    (
        _FROM,
        (
            ("30", "below-optimal", ("N",), "30 is its first value"),
            ("29.9", "low", ("L",), "29.9 < 30"),
            ("400", "above-optimal", ("N",), "it has no upper end"),
        ),
    ),
    (_ABOVE, (("30", "low", ("L",), "30 is not above 30"), ("30.1", "below-optimal", ("N",), "30 < 30.1"))),
    (
        _BETWEEN,
        (
            ("30", "below-optimal", ("N",), "30 is its first value"),
            ("29.9", "low", ("L",), "29.9 < 30"),
            ("150.1", "high", ("H",), "150 < 150.1"),
        ),
    ),
)
"""Ranges that say the same; and beside each, ferritins of a man of 40 in ng/mL, their status, codes, and why."""

_GROUPS: tuple[tuple[str, str, Status, tuple[Hl7Code, ...], str], ...] = (
    ("1'220", "1220", "high", ("H",), "an apostrophe groups thousands; 409 < 1220"),
    ("1\u2019220", "1220", "high", ("H",), "a typographic apostrophe does the same; 409 < 1220"),
    ("1\u00a0220", "1220", "high", ("H",), "so does a space that does not break"),
    ("1\u202f220", "1220", "high", ("H",), "and a narrow one"),
    ("1\u2009220", "1220", "high", ("H",), "and a thin one"),
    ("1'220.5", "1220.5", "high", ("H",), "the point parts decimals; 409 < 1220.5"),
    ("1'220,5", "1220.5", "high", ("H",), "the comma parts decimals; 409 < 1220.5"),
    ("12'220", "12220", "high", ("H",), "409 < 12220"),
)
"""A ferritin in ng/mL whose thousands are grouped, what it is, its status, its codes, and why."""

_NO_GROUPS = ("12'20", "1''220", "1'22'0", "1'2200", "'220")
"""Marks that group no thousands: no number."""

_SAMPLES = (
    *("serum", "Serum", "SER", "plasma", "heparin plasma", "EDTA plasma", "Ser/Plas", "serum or plasma"),
    *("fasting serum", "Serum, Venous", "serum gel tube"),
)
"""Specimens in which a ferritin is judged."""

_OTHER_SAMPLES = (
    *("urine", "whole blood", "blood", "venous blood", "Bld", "CSF", "cerebrospinal fluid", "saliva", "synovial fluid"),
    *("sweat", "bone marrow", "hair", "dried blood spot", "plasma and urine", "serum, whole blood", "sputum", "stool"),
)
"""Specimens in which none is: no result of them is read."""


def tongue_cases() -> Iterator[Hand]:
    """Every case."""
    for words, number, low, high, status, hl7 in _VALUES:
        expect = AnsweredResult(status=status, hl7=hl7, converted=Converted(low=low, high=high, unit="ng/mL"))
        for word in words:
            asked = AskedResult(marker="ferritin", value=f"{word} {number}", unit="ng/mL")
            said = f"{low} to {high or 'no end'}, beside 20-409"
            yield _case(f"value/{word}", asked, expect, said, "converted")
    for ranges, values in _AROUND:
        for own in ranges:
            for value, status, hl7, arithmetic in values:
                asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", range=own)
                expect = AnsweredResult(status=status, hl7=hl7)
                yield _case(f"range/{own}/{value}", asked, expect, f"{arithmetic}; optimal 75-150")
    for value, number, status, hl7, arithmetic in _GROUPS:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL")
        expect = AnsweredResult(status=status, hl7=hl7, converted=Converted(low=number, high=number, unit="ng/mL"))
        yield _case(f"group/{value}", asked, expect, arithmetic, "converted")
    for value in _NO_GROUPS:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL")
        yield _case(f"group/{value}", asked, AnsweredResult(refused="unreadable-value"), "groups are of three digits")
    for each in _SAMPLES:
        asked = AskedResult(marker="ferritin", value="38", unit="ng/mL", specimen=each)
        expect = AnsweredResult(status="below-optimal", hl7=("N",))
        yield _case(f"specimen/{each}", asked, expect, "serum or plasma; 20 <= 38 < 75")
    for each in _OTHER_SAMPLES:
        asked = AskedResult(marker="ferritin", value="38", unit="ng/mL", specimen=each)
        yield _case(f"specimen/{each}", asked, AnsweredResult(refused="another-analyte"), "the ranges are of serum")


def _case(name: str, asked: AskedResult, expect: AnsweredResult, arithmetic: str, *more: str) -> Hand:
    why = "what a report in another language says is read as it is meant, or refused"
    question = Question(results=(asked,), patient=_MAN)
    printed = f"report: {asked.range}; {MEN['ferritin']}" if asked.range else MEN["ferritin"]
    compare = () if expect.refused else ("status", "hl7", *more)
    sources = (RANGES, "knowledge: D2", _CONVENTION)
    return Hand(f"worked/tongue/{name}", "worked", why, question, expect, printed, arithmetic, sources, compare)
