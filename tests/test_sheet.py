"""Files of results: every line comes back, judged or refused, and a broken file says where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabsError
from rlslabs.catalog import builtin
from rlslabs.errors import SheetError
from rlslabs.panels import JudgedSheet, judge_sheet
from rlslabs.sheet import certain, read_header, read_sheet, seeming

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)
HEADER = "marker,value,unit,range,sex,age,born,pregnant,collected,comparator,low,high,loinc"


def judged(text: str, **facts: object) -> JudgedSheet:
    """A sheet, read and judged by our own catalog."""
    return judge_sheet(read_sheet(text.encode()), builtin(), facts)


def codes(sheet: JudgedSheet) -> list[str]:
    """The status or the issue code of each line."""
    return [
        line.interpretation.status if line.interpretation else line.issue.code if line.issue else ""
        for line in sheet.lines
    ]


@given(st.lists(st.lists(CELLS, min_size=13, max_size=13), max_size=8))
def test_every_line_comes_back_judged_or_refused(rows: list[list[str]]) -> None:
    """Whatever the cells hold, no line is lost, and each has an interpretation or an issue, never both."""
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    sheet = judged("\n".join([HEADER, *quoted]))
    kept = [index for index, row in enumerate(rows, 2) if any(cell.strip() for cell in row)]
    assert [line.line for line in sheet.lines] == kept
    assert all([line.answer, line.context, line.issue].count(None) == 2 for line in sheet.lines)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_line_and_column(content: bytes) -> None:
    """A hostile file is a sheet or a SheetError, and nothing else."""
    try:
        sheet = read_sheet(content)
    except SheetError as error:
        place = (error.line, error.column)
    else:
        place = (1, 1)
        assert judge_sheet(sheet, builtin(), {}).unread == sheet.unread
    assert min(place) >= 1


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separators_line_ends_and_byte_order_marks_make_no_difference(separator: str, end: str, mark: str) -> None:
    """A file reads the same as spreadsheets of several countries write it."""
    rows = [
        ["Test", "Result", "Units", "Gender", "Age"],
        ["Ferritin", "38", "ng/mL", "F", "52"],
        [],
        ["B12", "<150", "pg/mL", "", ""],
    ]
    text = mark + end.join(separator.join(row) for row in rows)
    assert codes(judged(text)) == ["below-optimal", "low"]


def test_a_decimal_comma_is_at_home_between_semicolons() -> None:
    """`38,5` is read, and `1,220` once its mark is said."""
    text = "marker;value;unit\nferritin;38,5;ng/mL\nb12;1,220;pg/mL\n"
    assert codes(judged(text)) == ["below-optimal", "ambiguous-number"]
    assert codes(judged(text, decimal_mark=".")) == ["unreadable-value", "high"]


def test_the_cells_of_a_line_reach_the_judgement() -> None:
    """Range in text or in two columns, birth and collection dates, pregnancy, comparator and code."""
    rows = [
        "ferritin,25,ng/mL,30-400,m,40,,,,,,,",
        "ferritin,25,ng/mL,,m,40,,,,,30,400,",
        "ferritin,25,ng/mL,,m,40,,,,,30,,",
        "ferritin,25,ng/mL,,m,40,,,,,,400,",
        "ferritin,300,ng/mL,,f,,1972-05-31,no,2023-05-30,,,,",
        "ferritin,300,ng/mL,,f,,1972-05-31,no,2023-05-31,,,,",
        "ferritin,25,ng/mL,,f,30,,yes,,,,,",
        "ferritin,15,ng/mL,,f,30,,unknown,,<,,,",
        ",25,ng/mL,,f,30,,,,,,,2276-4",
        "ferritin,25,ng/mL,,f,30,,,,,,,2276-4",
    ]
    sheet = judged("\n".join([HEADER, *rows]))
    assert codes(sheet) == [
        "low",
        "low",
        "low",
        "below-optimal",
        "high",
        "above-optimal",
        "no-range",
        "low",
        "below-optimal",
        "below-optimal",
    ]
    assert [line.interpretation.standard.set for line in sheet.lines[:5] if line.interpretation] == ["report"] * 4 + [
        "general"
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("ferritin,38,ng/mL,,f,30,,perhaps,,,,,", "unreadable-pregnancy"),
        ("ferritin,38,ng/mL,,banana,30,,,,,,,", "unknown-sex-code"),
        ("ferritin,38,ng/mL,,f,old,,,,,,,", "unreadable-age"),
        ("ferritin,38,ng/mL,,f,30,,,,,,,2132-9", "marker-conflict"),
        ("ferritin,38,ng/mL,,f,30,,,,,,,86914-9", "another-analyte"),
        (",38,ng/mL,,f,30,,,,,,,", "unknown-marker"),
        ("ferritin,,ng/mL,,f,30,,,,,,,", "missing-value"),
        ("ferritin,38,,,f,30,,,,,,,", "missing-unit"),
        ("25-OH-D3,18,ng/mL,,f,30,,,,,,,62292-8", "marker-conflict"),
        ("ferritin,25,ng/mL,10-400,f,30,,,,,30,400,", "range-conflict"),
        ("ferritin,1,220,ng/mL,,f,30,,,,,,,2276-4", "sheet"),
        ("ferritin,38", "sheet"),
    ],
)
def test_one_bad_line_is_refused_and_spoils_nothing_else(row: str, code: str) -> None:
    """The issue stands in the line's place, and the lines around it are judged."""
    good = "ferritin,38,ng/mL,,f,30,,,,,,,"
    sheet = judged(f"{HEADER}\n{good}\n{row}\n{good}")
    assert codes(sheet) == ["below-optimal", code, "below-optimal"]
    assert sheet.lines[1].issue is not None
    assert sheet.lines[1].issue.message


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"", 1, 1),
        (b"\n\n", 1, 1),
        (b"value,unit\n38,ng/mL\n", 1, 1),
        (b"marker,unit\nferritin,ng/mL\n", 1, 1),
        (b"\nmarker,value,result\nferritin,38,38\n", 2, 3),
        (b'marker,value\nferritin,"38\n', 2, 1),
        (b'marker,value\nferritin,"38"x\n', 2, 1),
        (b"marker,value\nferritin,38\nferritin,\xff\n", 3, 10),
        (b"marker,value\n" + b"x" * 200_000 + b",38\n", 2, 1),
        (b"marker,value,Patient's age group\nferritin,38,5\n", 1, 3),
        (b"sep=;\nmarker;value;Ref. unit\nferritin;38;ng/mL\n", 2, 3),
        (b"marker,value,PatientDOB\nferritin,38,2020-05-05\n", 1, 3),
        (b"marker,value,valueQuantity.comparator\nferritin,100,<\n", 1, 3),
        (b"marker,value,Lower limit\nferritin,38,50\n", 1, 3),
        (b"marker,value,IsPregnant\nferritin,38,yes\n", 1, 3),
        (b"marker,value,Low (F)\nferritin,38,20\n", 1, 3),
        (b"marker,value,Pregnant (weeks)\nferritin,38,0\n", 1, 3),
        (b"marker,value,Date (printed)\nferritin,38,2020-05-05\n", 1, 3),
    ],
)
def test_a_broken_file_says_where(content: bytes, line: int, column: int) -> None:
    """The error names line and column, and what to do."""
    with pytest.raises(SheetError) as refused:
        read_sheet(content)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert refused.value.mend


def test_a_near_header_is_offered_as_a_hint() -> None:
    """A mistyped header is named in the mend, and never taken for the right one."""
    with pytest.raises(LabsError, match="valeu"):
        read_sheet(b"marker,valeu\nferritin,38\n")


def test_a_quoted_line_break_does_not_shift_the_line_numbers() -> None:
    """A line is numbered by where it begins in the file."""
    sheet = judged('marker,value,unit,remark\nferritin,38,ng/mL,"one\ntwo"\nferritin,x,ng/mL,\n')
    assert [line.line for line in sheet.lines] == [2, 4]
    assert sheet.unread == ("remark",)


def test_a_header_is_known_without_its_brackets() -> None:
    """What stands in brackets is a remark: `Age (years)` is the age, and a child is judged as one."""
    sheet = judged("marker,value,unit,sex,Age (years),Pregnant (Y/N)\nferritin,100,ng/mL,female,5,N\n")
    assert sheet.lines[0].interpretation is not None
    assert (sheet.lines[0].interpretation.patient.age, codes(sheet)) == (5, ["no-range"])


def test_the_age_of_a_line_is_not_mixed_with_the_one_patient_s() -> None:
    """A line with a birth date of its own is not judged by the age that was given for the file."""
    sheet = judged("marker,value,unit,born\nferritin,100,ng/mL,2018-05-05\nferritin,100,ng/mL,\n", age=52, sex="male")
    assert codes(sheet) == ["undecided", "optimal"]


def test_a_spreadsheet_s_first_line_names_the_separator() -> None:
    """`sep=;` is passed over, and lines are counted with it."""
    sheet = judged("sep=;\nmarker;value;unit\nferritin;38;ng/mL\n")
    assert ([line.line for line in sheet.lines], codes(sheet)) == ([3], ["below-optimal"])
    later = judged("marker,value,unit,remark\nferritin,38,ng/mL,sep=;\nferritin,12,ng/mL,\n")
    assert codes(later) == ["below-optimal", "low"]  # a cell that says so is a cell


def test_the_separator_is_told_from_the_header_alone() -> None:
    """However many commas stand in the lines below."""
    sheet = judged('marker;value;unit;remark\nferritin;38,5;ng/mL;"a, b, c, d, e"\nferritin;12,5;ng/mL;,,,,,\n')
    assert (codes(sheet), sheet.unread) == (["below-optimal", "low"], ("remark",))


def test_a_column_without_a_header_is_not_named() -> None:
    """A spreadsheet leaves such behind; there is nothing to name."""
    assert judged("marker,value,unit,, ,site\nferritin,38,ng/mL,,,\n").unread == ("site",)


def test_brackets_of_a_header_carry_the_unit_of_its_cells() -> None:
    """A unit in brackets is the unit of every value, range or age below it."""
    months = judged("marker,value,unit,sex,Age (months)\nferritin,120,ng/mL,F,20\n")
    assert codes(months) == ["high"]
    ranged = judged("marker,value,unit,Reference range (nmol/L)\nvitamin d,30,ng/mL,50-125\n")
    assert codes(ranged) == ["below-optimal"]
    percent = judged("marker,value (%)\ntsat,0.9\ntsat,\n")
    assert codes(percent) == ["low", "missing-value"]
    assert codes(judged("marker,Result (pmol/L),unit\nb12,300,pg/mL\n")) == ["unit-conflict"]
    (padded,) = judged("marker,value (ng/mL)\nferritin,  38  \n").lines
    assert padded.interpretation is not None
    assert padded.interpretation.result.text == "38 ng/mL"
    optimal = judged("marker,value,unit,Range (optimal)\nferritin,38,ng/mL,75-150\n")
    assert [line.interpretation and line.interpretation.standard.set for line in optimal.lines] == ["general"]


@pytest.mark.parametrize(
    ("specimen", "code"),
    [
        ("serum", "below-optimal"),
        ("", "below-optimal"),
        ("Li-heparin plasma", "below-optimal"),
        ("urine", "another-analyte"),
        ("whole blood", "another-analyte"),
        ("tears", "another-analyte"),
    ],
)
def test_only_serum_and_plasma_are_judged(specimen: str, code: str) -> None:
    """A specimen column that names something else refuses the line."""
    assert codes(judged(f"marker,value,unit,specimen\nferritin,38,ng/mL,{specimen}\n")) == [code]


def test_a_refusal_shows_no_control_character() -> None:
    """A tab that breaks the quotation marks is told as a question mark."""
    with pytest.raises(SheetError) as refusal:
        read_sheet(b'"\t"s')
    assert str(refusal.value).isprintable()


HEADERS = {
    "marker": "marker/test/analyte/name/component/test name/parameter",
    "loinc": "loinc/code/loinc code",
    "value": "value/result/result value/test result",
    "unit": "unit/units/uom/result unit",
    "comparator": "comparator/operator",
    "range": "range/ref/reference/reference range/ref range/reference interval/normal range",
    "low": "low/reference low/range low/ref low",
    "high": "high/reference high/range high/ref high",
    "sex": "sex/gender/patient sex",
    "age": "age/age at collection/patient age/age years",
    "born": "born/date of birth/birth date/birthdate/birthday/dob",
    "pregnant": "pregnant/pregnancy/pregnancy status",
    "collected": "collected/collection/collection date/date collected/collection time/sample date/date/taken/taken on/"
    "drawn/drawn on/sampled",
    "specimen": "specimen/specimen type/sample type",
    "method": "method/assay/test method",
    "circumstances": "circumstances/declared",
    "patient": "patient/patient id/patient number/mrn/subject/subject id/person/person id",
}
BRACKETED = {
    "sex": "M/F|F/M|male/female",
    "pregnant": "Y/N|yes/no|1/0|true/false",
    "age": "years|year|y|yr|yrs",
    "born": "YYYY-MM-DD|ISO",
    "collected": "YYYY-MM-DD|ISO",
}


@pytest.mark.parametrize(
    ("column", "name"), [(column, each) for column, names in HEADERS.items() for each in names.split("/")]
)
def test_a_column_is_known_by_every_one_of_its_names(column: str, name: str) -> None:
    """The page on files names them; each finds its column in capitals and with other signs between its words."""
    for written in (name, name.upper(), name.replace(" ", "_"), f" {name} "):
        header = [written, *(each for each in ("marker", "value") if each != column)]
        assert read_header(header, 1)[0].column == column


@pytest.mark.parametrize(
    ("column", "said"), [(column, each) for column in BRACKETED for each in BRACKETED[column].split("|")]
)
def test_brackets_that_change_nothing_are_passed_over(column: str, said: str) -> None:
    """How a sex, a yes, an age in years or a day is written stands there, and the cells are what they were."""
    assert read_header(["marker", "value", f"{column} ({said})"], 1)[2] == (column, "")


@pytest.mark.parametrize(
    ("said", "unit"), [("months", "mo"), ("month", "mo"), ("mo", "mo"), ("weeks", "wk"), ("wk", "wk"), ("days", "d")]
)
def test_an_age_that_is_not_counted_in_years_says_so_in_brackets(said: str, unit: str) -> None:
    """Months, weeks and days go with every age below."""
    assert read_header(["marker", "value", f"Age ({said})"], 1)[2] == ("age", unit)


def test_several_brackets_are_read_as_one() -> None:
    """`Sex (M) (F)` is how `Sex (M/F)` comes out of some programs."""
    assert read_header(["marker", "value", "Sex (M) (F)"], 1)[2] == ("sex", "")
    with pytest.raises(SheetError, match='says "at birth" in brackets'):
        read_header(["marker", "value", "Sex (at) (birth)"], 1)


def test_a_line_that_is_too_short_or_too_long_says_where() -> None:
    """Its cells are read as far as they go, without the blanks around them, and the fault names the first odd one."""
    lines = read_sheet(b"marker,value,unit\n ferritin , 38 \nferritin,38,ng/mL,x\nferritin,38,ng/mL, \n").lines
    assert lines[0].cells == {"marker": "ferritin", "value": "38"}
    assert [getattr(line.fault, "column", None) for line in lines] == [3, 4, None]
    assert read_sheet(b"marker,value (ng/mL)\nferritin, 38 \n").lines[0].cells["value"] == "38 ng/mL"


def test_every_empty_line_at_the_head_is_passed_over_and_counted() -> None:
    """The separator is told from the header, wherever that begins."""
    (line,) = read_sheet(b"\r\n\n\nmarker;value;unit\nferritin;38,5;ng/mL\n").lines
    assert (line.number, line.cells["value"]) == (5, "38,5")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Value", "value"),
        ("Sex (M/F)", "sex"),
        ("Sex [F/M]", "sex"),
        ("Age (years)", "age"),
        ("Age (months)", None),  # of months it is not certain that they are years
        ("Age (years) (at death)", None),
        ("Age (at death) (years)", None),
        ("Sex (at birth)", None),
        ("Value (ng/mL)", None),
        ("Pregnant (yes/no)", "pregnant"),
        ("Anything", None),
    ],
)
def test_a_header_is_certain_where_nothing_in_its_brackets_could_change_it(name: str, column: str | None) -> None:
    """Every bracket has to be harmless, and one that is not makes the column uncertain."""
    assert certain(name) == column


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Agency", None),
        ("Highlight", None),
        ("Refund", None),
        ("Lowland", None),
        ("Age group", "Age"),
        ("RefLow", "Ref"),
    ],
)
def test_only_a_whole_word_seems_to_tell(name: str, word: str | None) -> None:
    """An agency is no age."""
    assert seeming(name) == word


@pytest.mark.parametrize("extra", ["XXXXX", "Comment (free)", "Note [a, b]", "a|b|c|d"])
def test_a_column_of_any_other_name_is_passed_over_and_named(extra: str) -> None:
    """Only commas, semicolons and tabs part columns, and brackets matter only behind a name that is known."""
    sheet = read_sheet(f'marker,value,unit,"{extra}"\nferritin,38,ng/mL,a\n'.encode())
    assert sheet.unread == (extra,)
    (line,) = sheet.lines
    assert line.cells == {"marker": "ferritin", "value": "38", "unit": "ng/mL"}
