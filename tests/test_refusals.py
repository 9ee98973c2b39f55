"""Every refusal, word for word: its code, what happened, what to do, and the text that it is about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rlslabs import Interpretation, LabResult, LabsError, Patient, hl7v2, interpret, interpret_panel
from rlslabs.errors import SheetError, shown
from rlslabs.population import band_span, read_age, read_birth, read_collected, read_sex
from rlslabs.reported import ReportedRange
from rlslabs.sheet import read_sheet

LONG = "x" * 100
MAN: dict[str, Any] = {"sex": "male", "age": 40}
BORN = date(1980, 5, 31)
VALUES: list[tuple[object, str | None, dict[str, Any]]] = [
    *((value, "ng/mL", {}) for value in ("", "  ", "n/a", "nan", "NaN", "inf", "-∞", "1,220", "1.220", "0,500", "-5")),
    *((value, "ng/mL", {}) for value in ("<0", "< 0.0", "5-3", "<5-10", "abc", "1,2,3", "12,34.5", "1.2.3e", "1e999")),
    *((value, "ng/mL", {}) for value in (LONG, "9" * 250, "5-3 " + LONG, "-5" + LONG, "1e20", "38e", "1'22")),
    *((value, "ng/mL", {}) for value in ("1,220e1", Decimal(-5), Decimal("1E+60"), Decimal("-1E-60"), None)),
    *(("38", "ng/mL", {"comparator": each}) for each in ("about", LONG, "≈")),
    ("<38", "ng/mL", {"comparator": ">"}),
    ("5-10", "ng/mL", {"comparator": "<"}),
    ("38", None, {}),
    ("38", "mg/dL", {}),
    ("38", LONG, {}),
    ("38", "n" * 101, {}),
    ("38 ng/mL", "pmol/L", {}),
    ("38", "ng/mL", {"specimen": "urine"}),
    ("38", "ng/mL", {"specimen": "urine " * 20}),
    ("38", "ng/mL", {"specimen": "serum or urine"}),
    ("900000", "ng/mL", {}),
]
RANGES: list[object] = [
    *("336-24", "24-24", "24", "see note", "x-y", "<0", "-5-20", "24-336 mg/dL", "24-336 pmol/L", LONG, "1" * 250),
    *("1,220-2,000", "10-20-30", f"24-336 {LONG}", f"336-24 ng/mL {LONG}", [336, 24], [None, None], [-1, 20], [0, 0]),
    *("(15 ng/mL - 200 ng/mL )", "24 &amp;#45; 24", "24-24 &amp;#110;g"),
    {"text": f"24-336 {LONG}", "low": 24, "high": 300},
    *([2_000_000, 3_000_000], "2000000-3000000", f"2000000.{'0' * 90}-3000000"),
    *([None, 0], {"text": "24-336", "low": 24, "high": 300}, {"text": "24-336 ng/mL", "unit": "pmol/L"}),
    *({"text": "24-336 furlongs"}, {"text": "24-336", "unit": "furlongs"}, {"low": 24, "high": 336, "unit": "mg/L"}),
]
SATURATIONS: list[tuple[str, str | None, dict[str, Any]]] = [
    *((value, None, {}) for value in ("1.2", "<0.9", "1", "0.5-20", "0.3", "30", ">0.5")),
    ("0.3", None, {"range": "20-50"}),
    ("30", None, {"range": "0.2-0.5"}),
    ("0.9", "%", {"range": "0.2-0.5"}),
    ("30", "%", {"range": "0.2-0.5"}),
    ("30", "%", {"range": "0.2-50"}),
    ("0.3", "1", {"range": "20-50"}),
    ("30", None, {"range": "20-50 %"}),
    ("30", None, {"range": "0.2-50"}),
    ("0.3", None, {"range": "0.2-50"}),
    ("30", "%", {"range": f"0.2{'0' * 90}-0.5"}),
]
PERSONS: list[dict[str, Any]] = [
    {"sex": "male", "pregnant": True},
    {"age": 40, "born": BORN, "collected": date(2024, 5, 31)},
    {"age": 80, "born": BORN},
    {"born": BORN, "collected": date(1980, 5, 30)},
    {"born": date(1880, 5, 31), "collected": date(2024, 5, 31)},
    *({"sex": each} for each in (5, "robot", LONG)),
    *({"age": each} for each in (True, -1, 131, "131", "1572 mo", "old", LONG, "5 fortnights", object)),
    *({"born": each} for each in (5, "31/05/1980", LONG, "1980-05")),
    *({"collected": each} for each in (5, "yesterday", LONG, "1980-05")),
]

SHEETS: list[bytes] = [
    *(b"", b"marker,unit\nferritin,ng/mL", b"value,unit\n38,ng/mL", b"marker,valeu\nferritin,38", b"markr,value\nx,1"),
    *(
        b"marker,value,result\nferritin,38,38",
        b"marker,value\nferritin,\xff",
        b"marker,value,Low (mg )\nx,38,1",
        b'marker,value\nferritin,"38"x\n',
    ),
    *(b"marker,value,Lower limit\nferritin,38,50", b"marker,value,Pregnant (weeks)\nferritin,38,0", b"x;y\n1;2"),
    *(b"marker,value,value (" + b"x" * 90 + b")\nferritin,38,1", b"marker,value,Lower limit" + b"x" * 90 + b"\nx,1,2"),
    *(
        b"marker,value,Low (" + b"x" * 90 + b")\nferritin,38,1",
        b"loinc,unit\n2276-4,ng/mL",
        b"".join(b"c%d," % i for i in range(60)),
    ),
]
LINES: list[bytes] = [b"ferritin", b"ferritin,38,ng/mL,4", b"ferritin,38,ng/mL,,", b"ferritin,38", b"ferritin,38,ng/mL"]
SEGMENTS: list[dict[int, str]] = [
    *({11: each} for each in ("", "P", "I", "S", "R", "X", "D", "W", "N", "O", "Q", "f", LONG)),
    *({2: each} for each in ("ED", LONG)),
    *({5: each} for each in ("38~39", "~".join(["38"] * 40), "", "abc")),
    *({2: "SN", 5: each} for each in ("^1^:^128", "^5^-", "^5^+", "<^5^-^10", f"^1^:^{LONG}", "^-^5")),
    *({2: "CE", 5: each} for each in ("260385009^^SCT", f"{LONG}^^SCT", "^38", "38", "x^abc^L")),
    *({2: each, 5: "260385009^^SCT"} for each in ("CWE", "CF", "CNE")),
    *(
        {2: kind, 5: value}
        for kind in ("NM", "SN", "ST")
        for value in ("38^^<", "38^<^x", "^38^<", "38^<", "<^38", "<^>")
    ),
    *({3: f"2276-4^{each}^LN"} for each in ("my ferritin", f"my ferritin {LONG}", "Iron", "")),
    *({2: "SN", 5: each} for each in ("5^^-", "5^^^6", "38", "^^", "<")),
    *({8: each} for each in ("<", ">", "<~>")),
    *({5: "<38", 8: each} for each in ("<", ">")),
    {5: "38", 8: "H"},
    *(
        {6: each}
        for each in ("ng/mL^^UCUM^pmol/L", f"ng/mL^^^pmol/L^{LONG}", "furlongs", "mg/dL", "", "ng/mL^^^mg/dL^^^^^")
    ),
    *({7: each} for each in ("336-24", "24-336 pmol/L", "see below")),
]
ORDERS = ("OBR|1|||^Urine ferritin", f"OBR|1|||^Urine {LONG}", "OBR|1||||||||||||||URINE", "OBR|1" + "|" * 24 + "X")


def of_sheet(content: bytes) -> str:
    """What is said to a file."""
    try:
        sheet = read_sheet(content)
    except SheetError as error:
        return f"{told(error)} | {error.line} | {error.column}"
    return f"{sheet.unread}"


def of_line(content: bytes) -> str:
    """What is said to a line."""
    (read,) = read_sheet(b"marker,value,unit\n" + content).lines
    fault = read.fault
    return "" if not isinstance(fault, SheetError) else f"{told(fault)} | {fault.line} | {fault.column}"


def of_segment(given: dict[int, str], order: str = "OBR|1|||^Ferritin") -> str:
    """What is said to a segment of HL7 v2."""
    fields = {2: "NM", 3: "2276-4^Ferritin^LN", 5: "38", 6: "ng/mL", 11: "F"} | given
    segment = "|".join(["OBX", *(fields.get(number, "") for number in range(1, 15))])
    head = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5\rPID|1||1||||19720101|M\r"
    (message,) = hl7v2.interpret(f"{head}{order}\r{segment}\r")
    found: list[str] = []
    for each, judged in message.segments():
        issues = [each.issue, *each.notices]
        if judged is not None:
            issues += [judged.issue, *(judged.interpretation.issues if judged.interpretation else ())]
            found += [str(judged.interpretation.reading)] if judged.interpretation else []
        found += [f"{one.code} | {one.message} | {one.text}" for one in issues if one is not None]
    return " & ".join(found)


def told(error: LabsError) -> str:
    """A refusal in one line."""
    return f"{error.code} | {error.happened} | {error.mend} | {error.text}"


def asked(marker: str, value: object, unit: str | None, beside: dict[str, Any]) -> str:
    """What is said to a question, if it is not simply answered."""
    try:
        it: Interpretation = interpret(marker, value, unit, **beside)
    except LabsError as error:
        return told(error)
    return " & ".join(f"{each.code} | {each.message} | {each.text}" for each in it.issues) or "answered"


def printed(given: object) -> object:
    """A range as a caller gives it."""
    return ReportedRange.model_validate(given) if isinstance(given, dict) else given


def line(question: object, answer: str) -> str:
    """A question and its answer; what is long is shortened where it is a question, and whole where it is an answer."""
    words = str(question).replace(LONG, "LONG").replace("9" * 250, "NINES").replace("1" * 250, "ONES")
    return f"{words} => {answer}".rstrip()


def lines() -> list[str]:
    """Every question with what is said to it."""
    return [
        *(line((value, unit, more), asked("ferritin", value, unit, {**MAN, **more})) for value, unit, more in VALUES),
        *(line(each, asked("ferritin", "38", "ng/mL", {**MAN, "range": printed(each)})) for each in RANGES),
        *(
            line((value, unit, more), asked("tsat", value, unit, {**MAN, "decimal_mark": ".", **more}))
            for value, unit, more in SATURATIONS
        ),
        *(line(each, asked("ferritin", "38", "ng/mL", each)) for each in PERSONS),
        *(line(each, of_sheet(each)) for each in SHEETS),
        *(line(each, of_line(each)) for each in LINES),
        *(line(each, of_segment(each)) for each in SEGMENTS),
        *(line(each, of_segment({}, each)) for each in ORDERS),
        line("2498-4 in moles", asked("2498-4", "10", "umol/L", MAN)),
        line("a name for a part", asked("calcidiol", "40", "ng/mL", MAN)),
    ]


def test_every_refusal_is_this_one_word_for_word() -> None:
    """They were made by this package and then read through; a word that changes is to be read again."""
    golden = Path(__file__).parent / "golden" / "refusals.txt"
    assert lines() == golden.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("band", ["", "18", "50-18 a", "18-18 d-", "200-300 a", ">=131 a", "18-50", LONG])
def test_a_band_that_holds_no_age_is_refused_by_name(band: str) -> None:
    """The refusal quotes the band up to eighty characters and says how one is written."""
    with pytest.raises(LabsError) as refusal:
        band_span(band)
    held = band in {"50-18 a", "200-300 a", ">=131 a"}
    assert refusal.value.mend == ("write the younger age first" if held else "write 18-50 a, >=51 a, or 0 d-4 wk")
    shown = f'"{LONG[:80]}…"' if band == LONG else f'"{band}"'
    assert refusal.value.happened == (f"The age band {shown} holds no age" if held else f"{shown} is not an age band")
    assert (refusal.value.code, refusal.value.text) == ("unreadable-age", band[:80])


def test_what_nobody_said_of_a_person_is_unknown() -> None:
    """Nothing, and blanks, are no fact; what was said is read whole."""
    assert [read(each) for read in (read_age, read_birth, read_collected, read_sex) for each in (None, " ")] == [
        None
    ] * 8
    assert (read_age("130"), read_age("1571 mo"), read_age("40 years."), read_age("3.9 wks")) == (
        130,
        "1571 mo",
        40,
        "3 wk",
    )


@pytest.mark.parametrize("results", ["38", LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL"), {}])
def test_what_is_no_list_of_results_is_no_panel(results: Any) -> None:  # noqa: ANN401  wrong on purpose
    """One result, or text, is refused, and the refusal shows how a panel is asked for."""
    with pytest.raises(LabsError) as refusal:
        interpret_panel(results, Patient())
    assert refusal.value.happened == "The results are no list of results, or the patient is no Patient"
    assert refusal.value.mend == "call interpret_panel([LabResult(...), ...], Patient(...))"
    assert refusal.value.text == shown(results)
