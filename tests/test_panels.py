"""Files of results as panels: who a line is of, what its cells say, and that no line is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, Patient, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.errors import SheetError, UnknownCircumstanceError, UnknownMarkerError, UnknownSetError
from rlslabs.panels import JudgedSheet, judge_sheet
from rlslabs.sheet import read_sheet

WHO = ("sex", "age", "born", "pregnant")
RESULTS = st.sampled_from(
    [
        "ferritin,38,ng/mL",
        "ferritin,,ng/mL",
        "ferritin,38,",
        "iron,62,ug/dL",
        "tibc,345,ug/dL",
        "CRP,12,mg/L",
        "CRP,12,furlongs",
        "haemoglobin,12.5,g/dL",
        "nothing,1,x",
        "b12,310,pg/mL",
    ]
)
PEOPLE = st.sampled_from(
    ["female,52,,", "male,33,,", "f,52,,", ",,,", "female,,1972-05-31,no", "F,30,,yes", "purple,33,,", ",-3,,"]
)
CONTRADICTIONS = ("male,33,2020-01-01,", "male,,,yes")


def judged(text: str, facts: dict[str, Any] | None = None, **asked: Any) -> JudgedSheet:  # noqa: ANN401  options of a panel
    """A file, read and judged by our own catalog."""
    return judge_sheet(read_sheet(text.encode()), builtin(), facts or {}, **asked)


def codes(sheet: JudgedSheet) -> list[str]:
    """The status, `context`, or the code of the issue, line by line."""
    said = []
    for line in sheet.lines:
        if line.issue is not None:
            said.append(line.issue.code)
        else:
            said.append("context" if line.interpretation is None else line.interpretation.status)
    return said


# ---------------------------------------------------------------- every line, and whose it is


@settings(max_examples=80)
@given(st.lists(st.tuples(RESULTS, PEOPLE), max_size=10), st.sampled_from([{}, {"sex": "female"}, {"age": 40}]))
def test_every_line_is_of_one_panel_or_could_not_be_read(rows: list[tuple[str, str]], facts: dict[str, Any]) -> None:
    """Each line comes back once, in order; those of a panel are its lines, and the rest have an issue."""
    sheet = judged("\n".join(["marker,value,unit,sex,age,born,pregnant", *(",".join(row) for row in rows)]), facts)
    assert [line.line for line in sheet.lines] == list(range(2, len(rows) + 2))
    numbers = [number for each in sheet.panels for number in each.lines]
    assert len(set(numbers)) == len(numbers)
    by_number = {line.line: line for line in sheet.lines}
    for each in sheet.panels:
        assert list(each.lines) == sorted(each.lines)
        for number, line in zip(each.lines, each.panel.lines, strict=True):
            mine = by_number[number]
            assert (mine.interpretation, mine.context, mine.issue) == (line.interpretation, line.context, line.issue)
    assert all(by_number[number].issue for number in set(by_number) - set(numbers))


@settings(max_examples=80)
@given(st.lists(st.tuples(RESULTS, PEOPLE), max_size=10))
def test_the_lines_of_a_patient_are_exactly_those_with_the_same_facts(rows: list[tuple[str, str]]) -> None:
    """Two lines are read together if, and only if, their sex, age, birth and pregnancy are the same."""
    sheet = judged("\n".join(["marker,value,unit,sex,age,born,pregnant", *(",".join(row) for row in rows)]))
    panel_of = {number: index for index, each in enumerate(sheet.panels) for number in each.lines}
    same = {"f,52,,": "female,52,,"}
    for one, (_, left) in enumerate(rows, 2):
        for two, (_, right) in enumerate(rows, 2):
            if one in panel_of and two in panel_of:
                together = same.get(left, left) == same.get(right, right)
                assert (panel_of[one] == panel_of[two]) == together, (left, right)
    patients = [each.panel.patient for each in sheet.panels]
    assert len(set(patients)) == len(patients)


@settings(max_examples=60)
@given(st.lists(st.tuples(RESULTS, st.sampled_from(["female,52,,", "male,33,,"])), max_size=8))
def test_a_panel_of_a_file_is_the_panel_of_its_results(rows: list[tuple[str, str]]) -> None:
    """Reading a file and handing over the same results is the same answer; another patient's lines change nothing."""
    sheet = judged("\n".join(["marker,value,unit,sex,age,born,pregnant", *(",".join(row) for row in rows)]))
    for each in sheet.panels:
        assert each.panel == interpret_panel([line.result for line in each.panel.lines], each.panel.patient)


@settings(max_examples=60)
@given(st.lists(st.tuples(RESULTS, PEOPLE), max_size=8), st.booleans())
def test_a_judged_file_survives_json(rows: list[tuple[str, str]], nearest: bool) -> None:  # noqa: FBT001  drawn
    """Written to JSON and read again it is the same file."""
    text = "\n".join(
        ["marker,value,unit,sex,age,born,pregnant", *(",".join(row) for row in rows[: 2 if nearest else 8])]
    )
    sheet = judged(text, nearest=nearest)
    assert JudgedSheet.model_validate_json(sheet.model_dump_json()) == sheet


def test_patients_come_in_the_order_in_which_they_are_first_met() -> None:
    """Lines of two patients may alternate."""
    sheet = judged(
        "marker,value,unit,sex,age\nferritin,60,ng/mL,male,33\nferritin,38,ng/mL,female,52\niron,62,ug/dL,male,33\n"
        "iron,62,ug/dL,,\ntibc,300,ug/dL,female,52\n"
    )
    assert [each.lines for each in sheet.panels] == [(2, 4), (3, 6), (5,)]
    assert [each.panel.patient.sex for each in sheet.panels] == ["male", "female", None]
    assert not any(each.panel.derived for each in sheet.panels)


def test_facts_for_the_whole_file_make_lines_without_their_own_one_patient() -> None:
    """What is given for the one patient of a report fills empty cells, so that all lines are read together."""
    text = "marker,value,unit,sex,age\nferritin,38,ng/mL,,\niron,62,ug/dL,female,\ntibc,345,ug/dL,,52\n"
    (each,) = judged(text, {"sex": "female", "age": 52}).panels
    assert each.panel.patient == Patient(sex="female", age=52)
    assert [derived.computed.result.marker for derived in each.panel.derived] == ["transferrin_saturation"]
    assert len(judged(text).panels) == 3


def test_conditions_hold_for_every_patient_of_the_file() -> None:
    """What is declared of the patient reaches each panel."""
    text = "marker,value,unit,sex,age\nferritin,38,ng/mL,female,52\nferritin,38,ng/mL,male,33\n"
    sheet = judged(text, {"conditions": ("dialysis",)})
    assert [each.panel.patient.conditions for each in sheet.panels] == [("dialysis",)] * 2
    with pytest.raises(UnknownCircumstanceError):
        judged(text, {"conditions": ("on-the-moon",)})


# ---------------------------------------------------------------- what a line may say


@pytest.mark.parametrize(
    ("row", "analyte"),
    [
        ("CRP,12,mg/L,", "crp"),
        ("C-reactive protein,1.2,mg/dL,", "crp"),
        (",12.5,g/dL,718-7", "haemoglobin"),
        ("haemoglobin,12.5,g/dL,718-7", "haemoglobin"),
        ("transferrin,3,g/L,", "transferrin"),
        ("UIBC,250,ug/dL,2501-5", "uibc"),
        ("MMA,300,nmol/L,", "mma"),
        ("eGFR,>60,mL/min/1.73m2,", "egfr"),
    ],
)
def test_context_analytes_of_a_file_are_read_and_not_judged(row: str, analyte: str) -> None:
    """By name or code, alone or together, they come back as a context reading without an answer."""
    (line,) = judged(f"marker,value,unit,loinc\n{row}\n").lines
    assert line.context is not None
    assert (line.context.analyte, line.answer, line.interpretation, line.issue) == (analyte, None, None, None)


def test_a_context_analyte_takes_part_in_the_findings_of_its_own_patient() -> None:
    """A raised CRP masks the ferritin of the patient whose it is, and of no other."""
    sheet = judged(
        "marker,value,unit,sex,age\nferritin,50,ng/mL,female,52\nCRP,12,mg/L,female,52\nferritin,50,ng/mL,male,33\n"
    )
    masked = [
        next(finding.answered for finding in each.panel.findings if finding.id == "ferritin-masked")
        for each in sheet.panels
    ]
    assert masked == ["yes", "missing"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("ferritin,38,ng/mL,718-7", "marker-conflict"),
        ("CRP,38,ng/mL,2276-4", "marker-conflict"),
        ("CRP,12,mg/L,718-7", "marker-conflict"),
        ("CRP,12,mg/L,1988-6", "code-check-digit"),
        ("CRP,-1,mg/L,", "negative-value"),
        ("CRP,12,,", "missing-unit"),
        ("CRP,,mg/L,", "missing-value"),
        (",12,mg/L,", "unknown-marker"),
    ],
)
def test_a_context_line_is_refused_like_any_other(row: str, code: str) -> None:
    """A name and a code that disagree, a wrong digit, a missing value or unit: the code says which."""
    sheet = judged(f"marker,value,unit,loinc\n{row}\nferritin,38,ng/mL,\n")
    assert codes(sheet) == [code, "below-optimal"]


@pytest.mark.parametrize(
    ("cell", "declared"),
    [
        ("fasting", ("fasting",)),
        ("fasting; not-morning", ("fasting", "not-morning")),
        ("fasting not-morning", ("fasting", "not-morning")),
        ('"fasting, not-morning"', ("fasting", "not-morning")),
        ('"fasting,;  not-morning ;"', ("fasting", "not-morning")),
        ("", ()),
    ],
)
def test_circumstances_of_a_sample_may_stand_in_a_column(cell: str, declared: tuple[str, ...]) -> None:
    """Several are parted by a space, a comma or a semicolon."""
    (each,) = judged(f"marker,value,unit,circumstances\niron,62,ug/dL,{cell}\n").panels
    assert [line.result.circumstances for line in each.panel.lines] == [declared]
    assert {note.circumstance for note in each.panel.sampling} == set(declared)


def test_circumstances_of_a_line_and_of_the_file_add_up() -> None:
    """What is declared of every sample holds beside what is declared of one."""
    text = "marker,value,unit,declared\niron,62,ug/dL,not-morning\nferritin,38,ng/mL,\n"
    (each,) = judged(text, {"circumstances": ("fasting",)}).panels
    assert [line.result.circumstances for line in each.panel.lines] == [("not-morning", "fasting"), ("fasting",)]


def test_an_unknown_circumstance_refuses_its_line_alone() -> None:
    """It is named with those that are known."""
    sheet = judged("marker,value,unit,circumstances\niron,62,ug/dL,on-the-moon\nferritin,38,ng/mL,\n")
    assert codes(sheet) == ["unknown-circumstance", "below-optimal"]
    assert sheet.lines[0].issue is not None
    assert "not-morning" in sheet.lines[0].issue.message


@pytest.mark.parametrize(
    ("specimen", "code"),
    [("serum", "below-optimal"), ("plasma", "below-optimal"), ("", "below-optimal"), ("urine", "another-analyte")],
)
def test_the_specimen_of_a_line_is_heeded(specimen: str, code: str) -> None:
    """A ferritin of urine is no ferritin of serum; the specimen is kept as it was written."""
    sheet = judged(f"marker,value,unit,specimen type,assay\nferritin,38,ng/mL,{specimen},Roche\n")
    assert codes(sheet) == [code]
    result = sheet.panels[0].panel.lines[0].result
    assert (result.specimen or "", result.method) == (specimen, "Roche")


@pytest.mark.parametrize(
    ("cell", "pregnant"),
    [
        ("yes", True),
        ("Y", True),
        ("TRUE", True),
        ("1", True),
        ("1.0", True),
        ("0.0", False),
        ("no", False),
        ("N", False),
        ("0", False),
        ("False", False),
    ],
)
def test_pregnancy_is_read_in_the_words_of_spreadsheets(cell: str, pregnant: bool) -> None:  # noqa: FBT001  a parameter
    """Yes and no in any case; a known answer is a fact of the patient."""
    (each,) = judged(f"marker,value,unit,pregnant\nferritin,38,ng/mL,{cell}\n").panels
    assert each.panel.patient.pregnant is pregnant


def test_pregnancy_in_other_words_is_refused_and_unknown_is_unknown() -> None:
    """`maybe` is not guessed at."""
    sheet = judged("marker,value,unit,pregnant\nferritin,38,ng/mL,maybe\nferritin,38,ng/mL,unknown\n")
    assert codes(sheet) == ["unreadable-pregnancy", "below-optimal"]
    assert [each.panel.patient.pregnant for each in sheet.panels] == [None]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("24-336,24,336", "below-optimal"),
        ("24 - 336,24,336", "below-optimal"),
        ("24-336,30,336", "range-conflict"),
        (">=24,24,", "below-optimal"),
        ("<=336,,336", "below-optimal"),
        (",40,", "low"),
        (",,30", "high"),
    ],
)
def test_a_range_that_stands_there_twice_must_agree(row: str, code: str) -> None:
    """As text and in two columns it is one range, or the line is refused."""
    assert codes(judged(f"marker,value,unit,range,low,high\nferritin,38,ng/mL,{row}\n")) == [code]


def test_a_line_that_cannot_be_read_keeps_its_place_and_says_why() -> None:
    """A wrong number of cells is an issue of its line without a position in its message, and of no patient."""
    sheet = judged("marker,value,unit,sex\nferritin,1,220,ng/mL,female\nferritin,38,ng/mL,female\nferritin\n")
    assert codes(sheet) == ["sheet", "below-optimal", "sheet"]
    assert [each.lines for each in sheet.panels] == [(3,)]
    assert sheet.lines[0].issue is not None
    assert sheet.lines[0].issue.message.startswith("The line has 5 cells and the header 4; ")
    assert (sheet.lines[0].written, sheet.lines[2].written) == ("ferritin 1 220", "ferritin")


def test_what_was_written_is_shown_shortened_and_without_control_characters() -> None:
    """A line's own words serve to find it, and are harmless."""
    sheet = judged(f"marker,value,unit,comparator\nfer\x1bin,38,ng/mL,<\n{'x' * 500},38,ng/mL,\n")
    assert sheet.lines[0].written == "fer?in <38 ng/mL"
    assert len(sheet.lines[1].written) == 200


def test_an_answer_of_a_file_carries_its_explanations() -> None:
    """A judged line has its answer in both registers; a refused or context line has none."""
    sheet = judged("marker,value,unit\nferritin,38,ng/mL\nCRP,2,mg/L\nx,1,y\n")
    answers = [line.answer for line in sheet.lines]
    assert answers[0] is not None
    assert answers[0].patient.text.startswith("Your ferritin is 38")
    assert answers[1:] == [None, None]


# ---------------------------------------------------------------- the whole call


def test_every_option_reaches_every_panel() -> None:
    """Sets, strictness, estimates, decisions and reference change values."""
    text = "marker,value,unit,collected\nferritin,38,ng/mL,2024-01-01\nferritin,60,ng/mL,2024-05-01\n"
    text += "transferrin,3,g/L,2024-05-01\n"
    (each,) = judged(text, standard="mayo", strict=True, estimate_tibc=True, nearest=True, rcv={"ferritin": 99}).panels
    asked = each.panel.asked
    assert (asked.standard, asked.strict, asked.estimate_tibc, asked.nearest) == ("mayo", True, True, True)
    assert each.panel.decisions
    assert [trend.steps[0].answered for trend in each.panel.trends] == ["within-variation"]
    assert [derived.computed.estimated for derived in each.panel.derived] == [True]


@pytest.mark.parametrize("facts", CONTRADICTIONS)
def test_facts_that_contradict_each_other_refuse_their_line_alone(facts: str) -> None:
    """A man who is pregnant, or an age that no birth date allows, is an issue of its line and stops no other."""
    header = "marker,value,unit,sex,age,born,pregnant"
    sheet = judged(f"{header}\nferritin,38,ng/mL,{facts}\nferritin,38,ng/mL,female,52,,\n")
    assert [line.issue is None for line in sheet.lines] == [False, True]
    assert codes(sheet)[0] in {"patient-conflict", "unreadable-age"}


@pytest.mark.parametrize("column", ["Patient ID", "patient", "MRN", "Patient name"])
def test_results_of_two_patients_are_never_read_together(column: str) -> None:
    """A column that tells patients apart is heeded or refused: no saturation is computed from two people's blood."""
    text = f"{column},marker,value,unit,sex,age\nA1,iron,150,ug/dL,female,52\nB2,tibc,250,ug/dL,female,52\n"
    try:
        sheet = judged(text)
    except SheetError as refused:
        assert refused.column == 1  # noqa: PT017  either way is right
    else:
        assert [each.panel.derived for each in sheet.panels] == [(), ()]


@pytest.mark.parametrize("content", ["marker,value,unit\n", "marker,value,unit\nferritin,38,ng/mL\n"])
@pytest.mark.parametrize("kind", ["standard", "optimal"])
def test_an_unknown_set_is_an_error_even_without_lines(content: str, kind: str) -> None:
    """A wrong call is no issue of a line."""
    with pytest.raises(UnknownSetError):
        judge_sheet(read_sheet(content.encode()), builtin(), {}, **{kind: "nowhere"})


def test_a_reference_change_value_of_nothing_is_an_error() -> None:
    """A marker that does not exist is a wrong call."""
    with pytest.raises(UnknownMarkerError):
        judged("marker,value,unit\nferritin,38,ng/mL\n", rcv={"nothing": 3})


def test_a_file_without_lines_has_no_panels() -> None:
    """Nothing was given, and nothing is said."""
    sheet = judged("marker,value,remark\n")
    assert (sheet.lines, sheet.panels, sheet.unread) == ((), (), ("remark",))


def test_a_result_of_a_file_is_what_its_cells_say() -> None:
    """Nothing in a cell is altered on its way into the result."""
    header = "marker,value,unit,comparator,range,collected,specimen,method,remark"
    (each,) = judged(f"{header}\nFerritin, 38.50 ,ng/mL,<,24-336,2024-05-31,Serum,A,\n").panels
    assert each.panel.lines[0].result == LabResult.model_validate(
        {
            "marker": "Ferritin",
            "value": "38.50",
            "unit": "ng/mL",
            "comparator": "<",
            "range": "24-336",
            "collected": "2024-05-31",
            "specimen": "Serum",
            "method": "A",
        }
    )
