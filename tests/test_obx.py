"""One OBX segment: comparators in any place, units and ranges as written, and what is no result."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import Interpretation, hl7v2
from rlslabs.errors import LabsError
from rlslabs.hl7v2.obx import Mark
from rlslabs.hl7v2.received import Segment
from rlslabs.hl7v2.tables import OPEN, REFUSED

HEADER = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5\rPID|1||1||||19720101|F\rOBR|1|||||20240530|20240531081500\r"


def obx(**given: str) -> str:
    """A final ferritin of 38 ng/mL as an OBX segment, but for what is given, such as `f5="<5"`."""
    said = {"f2": "NM", "f3": "2276-4^Ferritin^LN", "f5": "38", "f6": "ng/mL", "f11": "F"} | given
    return "|".join(["OBX", *(said.get(f"f{number}", "") for number in range(1, 15))])


def received(segment: str, mark: Mark | None = None) -> Segment:
    """What was read of a message with one OBX segment."""
    ((message,),) = [hl7v2.read(HEADER + segment, decimal_mark=mark)]
    ((each,),) = [report.segments for report in message.reports]
    return each


def judged(segment: str) -> Interpretation | str:
    """The interpretation of a message with one OBX segment, or the code of its refusal."""
    (message,) = hl7v2.interpret(HEADER + segment)
    ((each, line),) = message.segments()
    issue = each.issue or (line.issue if line else None)
    if issue is not None:
        return issue.code
    assert line is not None
    assert line.interpretation is not None
    return line.interpretation


def words(segment: str) -> str:
    """The reading of a message with one OBX segment, or the code of its refusal."""
    it = judged(segment)
    return it if isinstance(it, str) else str(it.reading)


@pytest.mark.parametrize(
    ("kind", "value", "reading"),
    [
        *(("NM", "38", "38"), ("NM", "38.50", "38.50"), ("NM", "+38", "38"), ("NM", ".5", "0.5"), ("NM", "38.", "38")),
        *(
            ("NM", "1.220", "1.220"),
            ("NM", "1220", "1220"),
            ("NM", "38,5", "38.5"),
            ("NM", "<5", "<5"),
            ("NM", "> 2000", ">2000"),
        ),
        *(
            ("SN", "^38", "38"),
            ("SN", "<^5", "<5"),
            ("SN", ">=^10", ">=10"),
            ("SN", "=^38", "38"),
            ("SN", "^5^-^10", "5-10"),
        ),
        *(("SN", "<5", "<5"), ("SN", "38", "38"), ("SN", "^<5", "<5"), ("SN", "<^<5", "<5"), ("SN", "^1.220", "1.220")),
        *(
            ("NM", "<^5", "<5"),
            ("ST", "<^5", "<5"),
            ("TX", ">^1000", ">1000"),
            ("ST", r"\T\lt;5", "<5"),
            ("ST", "&lt;5", "<5"),
        ),
        *(
            ("ST", "LESS THAN 5", "<5"),
            ("ST", "≤5", "<=5"),
            ("ST", "38 ng/mL", "38"),
            ("TX", "5 - 10", "5-10"),
            ("FT", "38", "38"),
        ),
        *(
            ("CE", "^38", "38"),
            ("CE", "<5^Less than 5^L", "<5"),
            ("CWE", "L^<5^99LAB", "<5"),
            ("CE", "38", "38"),
            ("", "38", "38"),
        ),
        *(("CWE", "^^^^^^^^38", "38"), ("nm", "38", "38"), ("ST", "  38 ", "38"), ("ST", r"38\.br\ ", "38")),
    ],
)
def test_a_value_is_read_as_its_type_says(kind: str, value: str, reading: str) -> None:
    """A point parts decimals in a number that is sent as one, and a comparator stands in any usual place."""
    assert words(obx(f2=kind, f5=value)) == f"{reading} ng/mL"


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        *(
            ("ST", "1.220", "ambiguous-number"),
            ("NM", "1,220", "ambiguous-number"),
            ("TX", "positive", "unreadable-value"),
        ),
        *(
            ("SN", "<>^5", "comparator-conflict"),
            ("SN", "^1^:^128", "unreadable-value"),
            ("SN", "^2^+", "unreadable-value"),
        ),
        *(
            ("SN", "^5^.^10", "unreadable-value"),
            ("SN", "^5^^10", "unreadable-value"),
            ("SN", "^^-^10", "unreadable-value"),
        ),
        *(
            ("SN", "<^5^-^10", "comparator-conflict"),
            ("SN", ">^<5", "comparator-conflict"),
            ("SN", "x^5", "comparator-conflict"),
        ),
        *(("NM", "5<", "unreadable-value"), ("NM", "5 >", "unreadable-value"), ("NM", "38~40", "unreadable-value")),
        *(
            ("CE", "260373001^Detected^SCT", "unreadable-value"),
            ("CE", "260373001^^SCT", "unreadable-value"),
            ("ST", "x^5", "unreadable-value"),
        ),
        *(("ED", "^x^y", "unreadable-value"), ("DT", "20240531", "unreadable-value"), ("NM", "", "missing-value")),
        *(
            ("NM", '""', "missing-value"),
            ("SN", "^", "missing-value"),
            ("CE", "^", "missing-value"),
            ("NM", "-5", "negative-value"),
        ),
        *(("NM", "NaN", "not-a-number"), ("ST", "38\ufffd", "unreadable-value"), ("NM", "9" * 200, "unreadable-value")),
    ],
)
def test_a_value_that_is_no_number_or_two_is_refused(kind: str, value: str, code: str) -> None:
    """Ratios, degrees, codes, pictures and a comparator behind its number are not guessed at."""
    assert judged(obx(f2=kind, f5=value)) == code


@pytest.mark.parametrize("layout", [r"\.in\ ", r"\N\ ", r"\H\ ", r"\.ti+2\ ", r"\.fi\ ", r"\.br\ ", r"\.sk1\ "])
@pytest.mark.parametrize("kind", ["NM", "SN", "ST", "CWE"])
def test_layout_between_two_digits_makes_no_number_of_them(layout: str, kind: str) -> None:
    """3 and 8 on two lines, or in two faces, are not 38; around a number layout says nothing."""
    layout = layout.rstrip()
    value = f"3{layout}8" if kind != "SN" else f"^3{layout}8"
    assert judged(obx(f2=kind, f5=value)) == "unreadable-value"
    assert words(obx(f2=kind, f5=value.replace(f"3{layout}8", f"{layout}38{layout}"))) == "38 ng/mL"


def test_a_point_in_a_number_that_is_sent_as_text_is_said_by_the_caller() -> None:
    """Text such as 1.220 is a number once it is said which mark parts decimals."""
    assert received(obx(f2="ST", f5="1.220"), ".").result is not None
    (message,) = hl7v2.interpret(HEADER + obx(f2="ST", f5="1.220"), decimal_mark=",")
    assert str(message.panels[0].interpretations[0].reading) == "1220 ng/mL"


@pytest.mark.parametrize(
    ("flags", "value", "reading"),
    [
        *(
            ("<", "5", "<5"),
            ("L~<", "5", "<5"),
            (">^off scale^HL70078", "2000", ">2000"),
            ("<", "<5", "<5"),
            ("H~A", "38", "38"),
        ),
        *(("<", "<=5", "<=5"), ("<~<", "5", "<5"), ("", "38", "38"), ('""', "38", "38")),
        *(
            (">", "<5", "comparator-conflict"),
            ("<~>", "5", "comparator-conflict"),
            ("<", "5-10", "comparator-conflict"),
        ),
        *(("<", "", "missing-value"), ("<", "x", "unreadable-value")),
    ],
)
def test_a_flag_off_scale_is_a_comparator(flags: str, value: str, reading: str) -> None:
    """`<` in OBX-8 says that the number is the end of the scale; where it contradicts the value, nothing is read."""
    assert words(obx(f2="ST", f5=value, f8=flags)).removesuffix(" ng/mL") == reading


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("NM", "5<"), ("ST", "5 <"), ("TX", "5 &lt;"), ("ST", r"5\T\lt;"), ("NM", "5^<")),
        *(("SN", "^5^<"), ("SN", "5^<"), ("SN", "5<"), ("ST", "5<="), ("ST", "5 ≤")),
    ],
)
def test_a_comparator_behind_its_number_is_read_where_the_flag_says_the_same(kind: str, value: str) -> None:
    """`5<` alone may mean that 5 is less than the value; beside `<` in OBX-8 it can only mean a value below 5."""
    assert words(obx(f2=kind, f5=value, f8="L~<")) in {"<5 ng/mL", "<=5 ng/mL"}
    for flags in ("", "L", ">", "<~>"):
        assert judged(obx(f2=kind, f5=value, f8=flags)) in {"unreadable-value", "comparator-conflict"}
    assert words(obx(f2=kind, f5=value.translate({60: 62, 0x2264: 0x2265}).replace("lt;", "gt;"), f8=">"))[0] == ">"


def test_a_structured_comparator_and_a_flag_are_held_against_each_other() -> None:
    """The same sign twice is one, and another one is a conflict."""
    assert words(obx(f2="SN", f5="<^5", f8="<")) == "<5 ng/mL"
    assert judged(obx(f2="SN", f5=">^5", f8="<")) == "comparator-conflict"
    assert judged(obx(f2="SN", f5="=^5", f8="<")) == "comparator-conflict"


@pytest.mark.parametrize(
    ("value", "flag", "reading"),
    [
        *((">^5,0", "<", "comparator-conflict"), ("=^5,0", "<", "comparator-conflict")),
        *(("<=^5,0", "<", "<=5.0 ng/mL"), ("<^5,0", "<", "<5.0 ng/mL"), ("^5,0", "<", "<5.0 ng/mL")),
    ],
)
def test_a_comparator_goes_before_the_flag_however_its_number_is_written(value: str, flag: str, reading: str) -> None:
    """A decimal comma makes text of the number, and the comparator apart from it counts all the same."""
    assert words(obx(f2="SN", f5=value, f8=flag)) == reading


@pytest.mark.parametrize("flag", ["<", ">", "<~>"])
def test_a_value_that_is_missing_is_on_no_side_of_a_scale(flag: str) -> None:
    """Whatever OBX-8 says, there is no value, and no comparator is made up for it."""
    assert judged(obx(f5="", f8=flag)) == "missing-value"
    result = received(obx(f5="", f8=flag)).result
    assert result is not None
    assert result.comparator is None


def test_the_codes_of_a_laboratory_are_kept_as_sent() -> None:
    """Every repetition of OBX-8, the code alone."""
    assert received(obx(f8="H^High^HL70078~A")).flags == ("H", "A")


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        *(
            ("ng/mL", "ng/mL"),
            ("ng/mL^nanogram per milliliter^UCUM", "ng/mL"),
            ("^ug/L^L", "ug/L"),
            ("NGML^ng/mL^L", "ng/mL"),
        ),
        *(
            ("ug/L^Mikrogramm/Liter^L", "ug/L"),
            ("1^^L^ng/mL^^UCUM", "ng/mL"),
            ("µg/l", "ug/L"),
            ("μg/l", "ug/L"),
            (r"\XC2B5\g/l", "ug/L"),
        ),
        *(("X^^^^^^^^ng/mL", "ng/mL"), ("ng/mL^ng/ml^UCUM", "ng/mL")),
        *(
            ("ng/mL^ug/L^UCUM", "unit-conflict"),
            ("mg/dL^ng/mL^UCUM", "unit-conflict"),
            ("ng/mL^mg/dl^L", "unit-conflict"),
        ),
        *(
            ("ng/dagje^ng/mL^L", "unit-conflict"),
            ("mg/dL", "unknown-unit"),
            ("Âµg/l", "unknown-unit"),
            ("NGML^^L", "unknown-unit"),
        ),
        *(
            ("", "missing-unit"),
            (".", "missing-unit"),
            ('""', "missing-unit"),
            ("umol/L", "unknown-unit"),
            ("%^ng/mL", "unit-conflict"),
            ("ng/mL^mcg/dL^UCUM", "unit-conflict"),
            ("ng/mL^micrograms per deciliter", "unit-conflict"),
            ("ng/mL^ng/100mL", "unit-conflict"),
            ("ng/mL^IU/mL", "unit-conflict"),
            ("ng/mL^mcg/mL", "unit-conflict"),
            ("ng/mL^^^^Mikrogramm pro Deziliter", "unit-conflict"),
            ("ng/mL^%", "unit-conflict"),
            ("ng/mL^IU", "unit-conflict"),
            ("ng/mL^Nanogramm pro Milliliter^L", "ng/mL"),
            ("ng/mL^nanogramos por mililitro^L", "ng/mL"),
            ("ng/mL^nanogrammes par millilitre^L", "ng/mL"),
            ("ng/mL^Nanogramm/mL^L^^Einheit Labor", "ng/mL"),
            ("ug/L^Mikrogramm per Liter", "ug/L"),
            ("ng/mL^ng/mL (SI)^L", "ng/mL"),
            ("pmol/L^Pikomol/Liter", "code-unit-mismatch"),
        ),
    ],
)
def test_the_unit_is_told_by_its_code_or_its_text(unit: str, read: str) -> None:
    """Code, text and alternates are one unit that the marker is reported in, or the result is refused."""
    assert words(obx(f6=unit)).removeprefix("38 ") == read


def test_a_percentage_in_words_is_a_percentage() -> None:
    """`% saturation` beside `%` is the same unit."""
    assert words(obx(f3="2502-3^TSAT^LN", f5="30", f6="%^% Sättigung^L")) == "30 %"
    assert judged(obx(f3="2502-3^TSAT^LN", f5="30", f6="%^umol/L")) == "unit-conflict"


def test_a_unit_that_contradicts_the_code_is_refused() -> None:
    """2276-4 is a mass, and pmol/L is none."""
    assert judged(obx(f6="pmol/L")) == "code-unit-mismatch"


@pytest.mark.parametrize(
    ("printed", "position"),
    [
        *(("30-400", "within"), ("40 - 400 ng/mL", "below"), ("(15-30)", "above"), ("<30", "above"), (">40", "below")),
        *((r"\T\lt; 30", "above"), ("&lt;30", "above"), ("30,5-400,2", "within"), ("≥40", "below")),
    ],
)
def test_the_range_of_the_laboratory_wins(printed: str, position: str) -> None:
    """Text in OBX-7, with its escapes and marks, decides the standard place."""
    it = judged(obx(f7=printed))
    assert isinstance(it, Interpretation)
    assert (it.standard.position, it.standard.set, it.issues) == (position, "report", ())


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        *(("400-30", "range-inverted"), ("negative", "range-unreadable"), ("m: 30-400; f: 15-150", "range-unreadable")),
        *(
            ("30-400~15-150", "range-unreadable"),
            ("30^400", "range-unreadable"),
            ("30-400 mmol/L", "range-unit-unknown"),
        ),
    ],
)
def test_a_range_that_is_not_sane_is_named_and_not_used(printed: str, code: str) -> None:
    """The standard set stands in its place, and the issue says so."""
    it = judged(obx(f7=printed))
    assert isinstance(it, Interpretation)
    assert (it.standard.set, [issue.code for issue in it.issues]) == ("general", [code])


@pytest.mark.parametrize("status", ["F", "C", "U", "A", "B", "V", "f"])
def test_a_final_result_is_judged_without_a_word(status: str) -> None:
    """Final, corrected, amended, appended and verified results stand."""
    each = received(obx(f11=status))
    assert (each.notices, each.issue, each.status) == ((), None, status)


@pytest.mark.parametrize("status", [*OPEN, ""])
def test_a_result_that_is_not_final_is_judged_with_a_notice(status: str) -> None:
    """Preliminary, unverified and partial results may change, and so may one that says nothing."""
    each = received(obx(f11=status))
    assert [issue.code for issue in each.notices] == ["result-not-final"]
    assert each.result is not None


@pytest.mark.parametrize("status", [*REFUSED, "Z", "FF", "FINAL"])
def test_what_is_no_result_is_refused(status: str) -> None:
    """Deleted, pending, wrong and impossible results, and a status that no table has."""
    assert judged(obx(f11=status)) == "result-status"


@pytest.mark.parametrize(
    ("status", "mend"),
    [
        ("W", "nothing is to be done"),
        ("D", "nothing is to be done"),
        ("I", "look for a later report"),
        ("Z", "send one"),
    ],
)
def test_a_record_that_holds_no_result_says_what_to_do(status: str, mend: str) -> None:
    """What was withdrawn never becomes final; what is pending comes in a later report."""
    each = received(obx(f11=status))
    assert each.issue is not None
    assert mend in each.issue.message


def test_a_name_that_is_not_known_is_told_and_not_flagged() -> None:
    """The code decides, a notice says so, and OBX-8 stays empty, because it could not."""
    segment = obx(f3="2276-4^FERR Cobas^LN", f7="40-400")
    each = received(segment)
    assert each.result is not None
    assert [issue.code for issue in each.notices] == ["display-unknown"]
    assert hl7v2.flag(HEADER + segment) == HEADER + segment
    assert hl7v2.flag(HEADER + segment.replace(" Cobas", "")) != HEADER + segment.replace(" Cobas", "")


def test_the_time_of_the_observation_goes_before_that_of_the_order() -> None:
    """OBX-14 where it is there, else OBR-7; one that cannot be read is not passed over."""
    result = received(obx(f14="20240529")).result
    assert result is not None
    assert str(result.collected) == "2024-05-29"
    ordered = received(obx()).result
    assert ordered is not None
    assert str(ordered.collected) == "2024-05-31 08:15:00"
    assert judged(obx(f14="2024")) == "unreadable-date"


def test_the_age_is_counted_on_the_day_of_collection() -> None:
    """A collection before the birth is refused."""
    assert judged(obx(f14="19710101")) == "unreadable-age"


def test_nothing_of_the_value_is_lost_or_altered() -> None:
    """Digits, text, unit and range stand in the result as they were sent."""
    result = received(obx(f2="ST", f5="< 5,0", f6="µg/l^Mikrogramm^L", f7="30 - 400")).result
    assert result is not None
    assert (result.text, result.unit, result.range and result.range.text) == ("< 5,0", "µg/l", "30 - 400")
    number = received(obx(f5="38.00")).result
    assert number is not None
    assert (str(number.value), number.value) == ("38.00", Decimal(38))


FIELDS = st.sampled_from(["f2", "f3", "f5", "f6", "f7", "f8", "f11", "f14"])
WRITTEN = st.text(st.sampled_from('<>=^~&\\0123456789.,-+ ngmLNMSTXCEF"%/HLA\x00µ\udcb5'), max_size=12)


@given(st.dictionaries(FIELDS, WRITTEN, max_size=5))
def test_any_segment_is_judged_or_refused(given: dict[str, str]) -> None:
    """Whatever stands in its fields, the answer is an interpretation or a code, and both are JSON."""
    for message in hl7v2.interpret(HEADER + obx(**given)):
        message.model_dump_json()
        for segment, line in message.segments():
            assert (segment.issue is None) == (segment.result is not None) == (line is not None)


@given(st.decimals(min_value=0, max_value=5000, places=2), st.sampled_from(["NM", "SN", "ST", "CE"]))
def test_a_number_means_the_same_in_every_type(value: Decimal, kind: str) -> None:
    """38.25 is judged alike as a number, a structured number, text and a coded value."""
    written = {"NM": f"{value}", "SN": f"^{value}", "ST": f"{value}", "CE": f"^{value}^L"}[kind]
    one, two = judged(obx(f2=kind, f5=written)), judged(obx(f5=f"{value}"))
    assert isinstance(one, Interpretation) == isinstance(two, Interpretation)
    if isinstance(one, Interpretation) and isinstance(two, Interpretation):
        assert (one.reading, one.status, one.hl7) == (two.reading, two.status, two.hl7)


def test_a_fault_raised_twice_is_the_same_refusal() -> None:
    """An order that cannot be read refuses every result below it alike."""
    with pytest.raises(LabsError):
        hl7v2.read("")
    (message,) = hl7v2.read(f"{HEADER}OBR|2\nbroken\r{obx()}\r{obx()}")
    assert [each.issue and each.issue.code for each in message.reports[0].segments] == ["segment-unreadable"] * 2


@pytest.mark.parametrize(
    ("kind", "value", "parts"),
    [
        ("SN", "^38", (Decimal(38), None, None)),
        ("SN", "38", (Decimal(38), None, None)),
        ("SN", "^5^-^10", (None, "5-10", None)),
        ("SN", "<^38", (Decimal(38), None, "<")),
        ("SN", ">^5^-^10", (None, "5-10", ">")),
        ("NM", "38", (Decimal(38), None, None)),
        ("ST", "<38", (None, "<38", None)),
        ("CWE", "^<38", (None, "<38", None)),
    ],
)
def test_what_is_not_there_is_nothing_and_no_empty_text(
    kind: str, value: str, parts: tuple[Decimal | None, str | None, str | None]
) -> None:
    """A value has a number or a text, and a comparator only where one was sent."""
    result = received(obx(f2=kind, f5=value)).result
    assert result is not None
    assert (result.value, result.text, result.comparator) == parts


def test_the_method_is_the_one_of_obx_17() -> None:
    """Where it is sent the result carries it, and else it carries none."""
    told = [received(obx() + tail).result for tail in ("|||ECLIA", "||", "|||")]
    assert [each.method if each else "" for each in told] == ["ECLIA", None, None]


# ---------------------------------------------------------------- small print


@pytest.mark.parametrize("blanks", [77, 78, 79])
def test_a_text_that_is_cut_is_not_read(blanks: int) -> None:
    """Of eighty characters `5 … <` is a value below 5; of more, nobody reads the beginning alone."""
    text = f"5{' ' * blanks}<"
    short = len(text) <= 80
    assert words(obx(f2="ST", f5=text, f8="<")) == ("<5 ng/mL" if short else "unreadable-value")
    assert words(obx(f2="ST", f5=f"{text}x", f8="<")) == "unreadable-value"


def test_the_decimal_mark_is_heard_where_the_flag_says_the_comparator() -> None:
    """`>1,220` beside `<` is a contradiction, whichever mark the number has; `<1,220` beside `<` says it twice."""
    for mark, code in ((".", "comparator-conflict"), (",", "comparator-conflict")):
        segment = received(obx(f2="ST", f5=">1,220", f8="<"), mark)  # type: ignore[arg-type]  # one of the two
        assert segment.issue is not None
        assert segment.issue.code == code
        assert segment.issue.message.startswith('OBX-8 says <, and OBX-5 ">1,220"')
        same = received(obx(f2="ST", f5="<1,220", f8="<"), mark)  # type: ignore[arg-type]  # the same
        assert same.result is not None
        assert (same.result.text, same.result.comparator) == ("<1,220", None)


@pytest.mark.parametrize(
    ("kind", "value", "flag", "reading"),
    [
        *(
            ("NM", "^5", "", "unreadable-value"),
            ("SN", "^5", "", "5"),
            ("SN", "^5^<", "<", "<5"),
            ("ST", "^5^<", "<", "<5"),
        ),
        *(
            ("NM", "<^5", "", "<5"),
            ("ST", "<^5", "", "<5"),
            ("NM", "5^6", "", "unreadable-value"),
            ("SN", "5", "", "5"),
        ),
        *(
            ("CE", "5^^", "", "5"),
            ("CWE", "^5^", "", "5"),
            ("CWE", "x^5^L", "", "5"),
            ("CWE", "5^^L", "", "unreadable-value"),
        ),
        *(
            ("CWE", "^^^^^^^^5", "", "5"),
            ("CE", "5", "<", "<5"),
            ("NM", "5", ">", ">5"),
            ("NM", "", "<", "missing-value"),
        ),
        *(("ST", "<5", "<", "<5"), ("ST", "~5", "<", "<5"), ("ST", "5-10", "<", "comparator-conflict")),
    ],
)
def test_components_are_read_by_their_type(kind: str, value: str, flag: str, reading: str) -> None:
    """What stands apart from a number in one component is told from what stands apart in another."""
    assert words(obx(f2=kind, f5=value, f8=flag)).removesuffix(" ng/mL") == reading


def test_a_specimen_that_is_named_twice_is_told_once() -> None:
    """By OBR-15 and by SPM-4; of two kinds each is told, in words that name both."""
    spm = "SPM|1|||BLD^Blood^HL70487"
    (message,) = hl7v2.read(f"{HEADER}{obx()}\r{spm}\r{spm.replace('|1|', '|2|')}\r")
    (segment,) = message.reports[0].segments
    (notice,) = segment.notices
    assert notice.code == "specimen-unclear"
    assert notice.message.startswith('The specimen is "BLD')
    assert notice.message.endswith(", and the code says serum or plasma; check that it was separated")
    assert "BLD" in notice.text


def test_a_test_that_is_told_by_its_name_says_so() -> None:
    """With the name as it was sent, in words and cut."""
    name = "Ferritin"
    (notice,) = received(obx(f3=f"^{name}")).notices
    assert notice.code == "told-by-name"
    assert notice.message == f'Ferritin has no LOINC code and was told by its name "{name}"; give the code'
    assert notice.text == name
    (notice,) = received(obx(f3=f"^{name}{' ' * 80}serum")).notices
    assert notice.text == name.ljust(80)


def test_a_day_of_collection_that_is_none_is_named() -> None:
    """By the words for it and by what stands there."""
    issue = received(obx(f14="20241399")).issue
    assert issue is not None
    assert issue.message.startswith('The date of collection "20241399" is not a day that can be read')
