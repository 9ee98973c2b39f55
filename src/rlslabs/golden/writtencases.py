"""Results of men as reports write them: numbers, comparators, units, codes and specimens; each answer by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rlslabs.golden.hand import MEN, RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Converted, Question
from rlslabs.model import Hl7Code, Status

_MAN = AskedPatient(sex="male", age=40)
_LAWS = "conventions: UCUM; LOINC; what other systems got wrong"

_Mark = Literal[".", ","]
_READ: tuple[tuple[str, _Mark | None, str, str | None, Status, tuple[Hl7Code, ...], str], ...] = (
    (
        "74,9",
        None,
        "74.9",
        "74.9",
        "below-optimal",
        ("N",),
        "one digit behind the comma: decimals; 20 <= 74.9 < 75",
    ),
    ("74,9", ",", "74.9", "74.9", "below-optimal", ("N",), "20 <= 74.9 < 75"),
    ("1,220", ",", "1.22", "1.22", "low", ("L",), "the comma parts decimals; 1.22 < 20"),
    ("1,220", ".", "1220", "1220", "high", ("H",), "the comma parts thousands; 409 < 1220"),
    ("1.220", ",", "1220", "1220", "high", ("H",), "the point parts thousands; 409 < 1220"),
    ("1.220", ".", "1.22", "1.22", "low", ("L",), "the point parts decimals; 1.22 < 20"),
    ("1,220.5", None, "1220.5", "1220.5", "high", ("H",), "the last mark parts decimals; 409 < 1220.5"),
    ("1.220,5", None, "1220.5", "1220.5", "high", ("H",), "the last mark parts decimals; 409 < 1220.5"),
    ("3.8e1", None, "38", "38", "below-optimal", ("N",), "3.8 x 10 = 38; 20 <= 38 < 75"),
    ("less than 5", None, "0", "5", "low", ("L", "<"), "all are below 20"),
    ("below 20", None, "0", "20", "low", ("L", "<"), "20 itself is left out; all are below 20"),
    ("\u226420", None, "0", "20", "undecided", (), "20 is within and 19 is below"),
    ("up to 20", None, "0", "20", "undecided", (), "20 is within and 19 is below"),
    ("at most 20", None, "0", "20", "undecided", (), "20 is within and 19 is below"),
    ("more than 409", None, "409", None, "high", ("H", ">"), "409 itself is left out; all are above 409"),
    ("at least 409", None, "409", None, "undecided", (), "409 is within and 410 is above"),
    ("\u2265410", None, "410", None, "high", ("H",), "410 is above 409"),
    ("&lt;5", None, "0", "5", "low", ("L", "<"), "`&lt;` is `<` on a page; all are below 20"),
    ("30 to 90", None, "30", "90", "undecided", ("N",), "20 <= 30 and 90 <= 409; 75 lies between them"),
    ("40-60", None, "40", "60", "below-optimal", ("N",), "20 <= 40 and 60 < 75"),
)
"""A ferritin in ng/mL of a man of 40, the decimal mark that is told, its ends as read, its status, codes, and why."""

_IN_UNITS: tuple[tuple[str, str, str | None, str, str, Status, str], ...] = (
    ("ferritin", "100 pmol/L", None, "44.5", "ng/mL", "below-optimal", "445 kDa: 44.5; 20 <= 44.5 < 75"),
    ("ferritin", "38", "ng/mL{serum}", "38", "ng/mL", "below-optimal", "a remark in braces is no unit; 20 <= 38 < 75"),
    ("ferritin", "38", "NG/ML", "38", "ng/mL", "below-optimal", "20 <= 38 < 75"),
    ("ferritin", "38", "\u03bcg/L", "38", "ng/mL", "below-optimal", "the Greek mu; 1 ug/L = 1 ng/mL"),
    ("ferritin", "38", "\u00b5g/L", "38", "ng/mL", "below-optimal", "the micro sign; 1 ug/L = 1 ng/mL"),
    ("transferrin_saturation", "3", None, "3", "%", "low", "no unit, above 1.5: percent; 3 < 14"),
    ("transferrin_saturation", "1.6", None, "1.6", "%", "low", "no unit, above 1.5: percent; 1.6 < 14"),
    ("transferrin_saturation", "0.3", None, "30", "%", "optimal", "no unit, up to 1: a fraction; 25 <= 30 <= 35"),
    ("transferrin_saturation", "0.3", "1", "30", "%", "optimal", "25 <= 30 <= 35"),
)
"""A marker of a man of 40, its value and unit as written, what it is in the marker's own unit, and its status."""

_SATURATIONS: tuple[tuple[str, str | None, str | None, Status, tuple[Hl7Code, ...], tuple[str, ...], str], ...] = (
    ("0.19", None, "0.2-0.5", "low", ("L",), ("fraction-assumed",), "its range is of fractions: 0.19 < 0.2"),
    ("19", None, "20-50", "low", ("L",), ("percent-assumed",), "19 < 20"),
    ("1.2", None, "0.2-0.5", "high", ("H",), ("fraction-assumed", "unusual-value"), "its range is of fractions: 120 %"),
    ("1.2", None, "20-50", "low", ("L",), ("percent-assumed", "unusual-value"), "its range is of percent: 1.2 %"),
    ("30", "%", "0.2-0.5", "optimal", ("N",), ("range-unit-assumed",), "a range of fractions: 20 <= 30 <= 50"),
    ("0.3", "1", "20-50", "optimal", ("N",), ("range-unit-assumed",), "a range of percent: 0.2 <= 0.3 <= 0.5"),
    ("<5", None, None, "low", ("L", "<"), ("percent-assumed",), "5 is above 1.5: percent, and all are below 14"),
    ("<0.2", None, "0.2-0.5", "low", ("L", "<"), ("fraction-assumed",), "its range is of fractions: all are below 0.2"),
    ("0.99", None, None, "high", ("H",), ("fraction-assumed", "unusual-value"), "below 1: a fraction, 99 %; 50 < 99"),
    ("1.51", None, None, "low", ("L",), ("percent-assumed", "unusual-value"), "above 1.5: percent; 1.51 < 14"),
    ("1", "%", None, "low", ("L",), ("unusual-value",), "1 % as it says; 1 < 14"),
    ("1", "1", None, "high", ("H",), ("unusual-value",), "a fraction as it says, 100 %; 50 < 100"),
    ("0.5", "%", None, "low", ("L",), ("percent-below-one",), "0.5 % as it says, and not 50: 0.5 < 14"),
)
"""A saturation of a man of 40, its unit and range as written, its status, its codes, what is remarked, and why."""

_COMPARED: tuple[tuple[str, str, str, str | None, Status], ...] = (
    ("<", "20", "0", "20", "low"),
    ("<=", "20", "0", "20", "undecided"),
    (">", "409", "409", None, "high"),
    (">=", "409", "409", None, "undecided"),
)
"""A comparator in a field of its own, a ferritin, the ends of what it is, and its status."""

_WORDS: tuple[tuple[str, str, str, str | None, Status, tuple[Hl7Code, ...]], ...] = (
    ("<|less than|LESS THAN|lt|below|under|fewer than|&lt;", "20", "0", "20", "low", ("L", "<")),
    (
        "<=|=<|\u2264|\u2a7d|less than or equal to|up to|at most|no more than|le|&lt;=|&le;",
        *("20", "0", "20", "undecided", ()),
    ),
    (">|greater than|GREATER THAN|more than|gt|above|over|&gt;", "409", "409", None, "high", ("H", ">")),
    (
        ">=|=>|\u2265|\u2a7e|greater than or equal to|more than or equal to|at least|no less than|ge|&gt;=|&ge;",
        *("409", "409", None, "undecided", ()),
    ),
)
"""Every spelling of a comparator, the number behind it, the ends of what it is, its status and its codes."""

_NO_UNITS = {
    "ferritin": ("ng/dL", "ug/mL", "\u03bcg/mL", "mcg/dL", "ug/dL", "mg/dL", "nmol/L"),
    "iron": ("mg/dL", "g/dL", "ng/mL", "mmol/L"),
    "tibc": ("mg/dL", "g/dL", "ng/mL"),
    "vitamin_d": ("mg/mL", "mg/dL", "pg/mL", "mmol/L"),
    "vitamin_b12": ("ng/mL", "ug/mL", "nmol/L"),
    "transferrin_saturation": ("mg/dL", "ug/dL", "umol/L"),
}
"""Units that laboratories printed by mistake, or that are another marker's: no value in them is read."""

_OTHER_KIND = (
    *(("2276-4", "pmol/L"), ("20567-4", "pmol/L"), ("14723-1", "ng/mL"), ("2498-4", "umol/L"), ("14798-3", "ug/dL")),
    *(("2500-7", "umol/L"), ("14800-7", "ug/dL"), ("2132-9", "pmol/L"), ("14685-2", "pg/mL"), ("62292-8", "nmol/L")),
    *(("1989-3", "nmol/L"), ("14635-7", "ng/mL"), ("68438-1", "ng/mL")),
)
"""A code that counts mass beside a unit of moles, or the other way."""

_MISTYPED = ("2276-5", "2498-5", "2500-8", "2502-4", "2132-8", "62292-7", "1989-2", "14798-2", "1988-1")
"""Codes whose last digit is not what the others give."""

_OF_OTHERS = (
    *("86914-9", "24373-3", "50190-8", "70299-3", "2501-5", "22753-8", "3034-6", "1649-3", "62290-2", "35365-6"),
    *("49054-0", "46269-7", "16695-9", "13452-8"),
)
"""Codes of goals, panels, other specimens and other analytes."""

_REFUSED: tuple[tuple[str, AskedResult, str], ...] = (
    ("negative-value", AskedResult(marker="ferritin", value="\u22125", unit="ng/mL"), "the minus sign"),
    ("negative-value", AskedResult(marker="ferritin", value="\u20135", unit="ng/mL"), "a dash for a minus sign"),
    ("ambiguous-number", AskedResult(marker="ferritin", value="1,220", unit="ng/mL"), "1220 or 1.22"),
    ("ambiguous-number", AskedResult(marker="ferritin", value="1.220", unit="ng/mL"), "1.22 or 1220"),
    (
        "another-analyte",
        AskedResult(marker="ferritin", value="38", unit="ng/mL", specimen="serum or urine"),
        "it may be of urine",
    ),
    ("ambiguous-unit", AskedResult(marker="transferrin_saturation", value="1.2"), "1.2 % or 120 %"),
    ("ambiguous-unit", AskedResult(marker="transferrin_saturation", value="1"), "1 % or 100 %"),
    ("ambiguous-unit", AskedResult(marker="transferrin_saturation", value="1.0"), "1 % or 100 %"),
    ("ambiguous-unit", AskedResult(marker="transferrin_saturation", value="1.5"), "1.5 % or 150 %"),
    ("ambiguous-unit", AskedResult(marker="transferrin_saturation", value="<1"), "below 1 % or below 100 %"),
    (
        "ambiguous-unit",
        AskedResult(marker="transferrin_saturation", value="30", range="0.2-0.5"),
        "its size says percent, and its range fractions",
    ),
    (
        "ambiguous-unit",
        AskedResult(marker="transferrin_saturation", value="0.3", range="20-50"),
        "its size says a fraction, and its range percent",
    ),
)


def written_cases() -> Iterator[Hand]:
    """Every case."""
    for value, mark, low, high, status, hl7, arithmetic in _READ:
        result = AskedResult(marker="ferritin", value=value, unit="ng/mL", decimal_mark=mark)
        converted = Converted(low=low, high=high, unit="ng/mL")
        expect = AnsweredResult(status=status, hl7=hl7, converted=converted)
        name = f"value/{value}/{mark}"
        yield _case(name, result, expect, arithmetic, ("status", "hl7", "converted"))
    for value, said, own_range, status, hl7, issues, arithmetic in _SATURATIONS:
        expect = AnsweredResult(status=status, hl7=hl7, issues=issues)
        asked = AskedResult(marker="transferrin_saturation", value=value, unit=said, range=own_range)
        yield _case(f"saturation/{value}/{said}/{own_range}", asked, expect, arithmetic, ("status", "hl7", "issues"))
    for spellings, number, low, high, status, hl7 in _WORDS:
        expect = AnsweredResult(status=status, hl7=hl7, converted=Converted(low=low, high=high, unit="ng/mL"))
        for word in spellings.split("|"):
            result = AskedResult(marker="ferritin", value=f"{word} {number}", unit="ng/mL")
            arithmetic = f"read like {spellings[:2].rstrip('|')} {number}, beside 20-409"
            yield _case(f"comparator/{word}", result, expect, arithmetic, ("status", "hl7", "converted"))
    for marker, value, unit, own, own_unit, status, arithmetic in _IN_UNITS:
        expect = AnsweredResult(status=status, converted=Converted(low=own, high=own, unit=own_unit))
        asked = AskedResult(marker=marker, value=value, unit=unit)
        yield _case(f"unit/{marker}/{value}/{unit}", asked, expect, arithmetic, ("status", "converted"))
    for comparator, value, low, high, status in _COMPARED:
        asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", comparator=comparator)
        expect = AnsweredResult(status=status, converted=Converted(low=low, high=high, unit="ng/mL"))
        arithmetic = f"every value {comparator} {value}, beside 20 and 409"
        yield _case(f"comparator/{comparator}{value}", asked, expect, arithmetic, ("status", "converted"))
    yield from _refusals()
    yield _beside_an_end_left_out()


def _refusals() -> Iterator[Hand]:
    refused = [
        (f"code/{code}", "another-analyte", code, "38", "ng/mL", "a code of another test") for code in _OF_OTHERS
    ]
    refused += [
        (f"digit/{code}", "code-check-digit", code, "38", "ng/mL", "the last digit is wrong") for code in _MISTYPED
    ]
    refused += [
        (
            f"kind/{code}/{unit}",
            "code-unit-mismatch",
            code,
            "100",
            unit,
            "by its code mass, by its unit moles, or round",
        )
        for code, unit in _OTHER_KIND
    ]
    refused += [
        (f"typo/{marker}/{unit}", "unknown-unit", marker, "100", unit, f"no {marker} is counted in {unit}")
        for marker, units in _NO_UNITS.items()
        for unit in units
    ]
    for name, code, marker, value, unit, why in refused:
        yield _case(name, AskedResult(marker=marker, value=value, unit=unit), AnsweredResult(refused=code), why)
    for number, (code, asked, why) in enumerate(_REFUSED):
        yield _case(f"refused/{code}/{number}", asked, AnsweredResult(refused=code), why)


def _beside_an_end_left_out() -> Hand:
    """The one printed limit that is itself no part of its range: vitamin D above 50 nmol/L."""
    asked = AskedResult(marker="vitamin_d", value=">50", unit="nmol/L")
    expect = AnsweredResult(status="undecided", hl7=("N", ">"))
    question = Question(results=(asked,), patient=_MAN, standard="exeter-uk")
    why, printed = "50 is no part of the range, nor of what was measured", "Exeter: vitamin D > 50 nmol/L"
    name, sources = "worked/written/exeter/>50", ("knowledge: the RLS protocol; 11.1.3", _LAWS)
    arithmetic = "every value above 50 is above 50; 50-80 ng/mL are 124.8-199.7 nmol/L, and lie among them"
    return Hand(name, "worked", why, question, expect, printed, arithmetic, sources, ("status", "hl7"))


def _case(
    name: str, asked: AskedResult, expect: AnsweredResult, arithmetic: str, compare: tuple[str, ...] = ()
) -> Hand:
    why, printed = "what is written is read as it is meant, or refused", MEN.get(asked.marker, MEN["ferritin"])
    question = Question(results=(asked,), patient=_MAN)
    sources = (RANGES, "knowledge: 3.3, 3.4, 4.2", _LAWS)
    return Hand(f"worked/written/{name}", "worked", why, question, expect, printed, arithmetic, sources, compare)
