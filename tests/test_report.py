"""Reports of panels: in both registers and as text and Markdown, all of it, from its own data, and nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, Panel, Patient, interpret_panel
from rlslabs.answers import CriterionAnswer, Finding
from rlslabs.catalog import builtin
from rlslabs.chart import Held, newest
from rlslabs.evaluate import Evidence
from rlslabs.explain import SCOPE
from rlslabs.explanation import Audience, Marks
from rlslabs.lead import Lead
from rlslabs.panels import JudgedSheet, judge_sheet
from rlslabs.report import markdown, text
from rlslabs.review import is_doubted
from rlslabs.sheet import read_sheet
from rlslabs.speech import Speaker
from rlslabs.step import Hindrance, Move
from rlslabs.wording import show

UNITS = {
    "ferritin": "ng/mL",
    "transferrin_saturation": "%",
    "iron": "ug/dL",
    "tibc": "ug/dL",
    "uibc": "ug/dL",
    "transferrin": "mg/dL",
    "vitamin_b12": "pg/mL",
    "vitamin_d": "ng/mL",
    "crp": "mg/L",
    "haemoglobin": "g/dL",
    "mma": "nmol/L",
    "egfr": "mL/min/{1.73_m2}",
}
VALUES = {
    "ferritin": ["8", "38", "75", "100", "250", "650", "1300", "<20", "30-90", ">250"],
    "transferrin_saturation": ["5", "18", "20", "45", "48", "60", "101", "<15", "15-25"],
    "iron": ["10", "62", "150", "400", "50-70"],
    "tibc": ["150", "250", "345", "450", "200-300"],
    "uibc": ["0", "100", "240"],
    "transferrin": ["200", "250", "400"],
    "vitamin_b12": ["100", "180", "310", "500", "<200"],
    "vitamin_d": ["10", "24", "60", "200"],
    "crp": ["2", "5", "12", "<5"],
    "haemoglobin": ["10", "12.5", "15"],
    "mma": ["200", "500"],
    "egfr": ["30", ">60"],
}
DAYS = [None, date(2024, 1, 1), date(2024, 5, 1), datetime(2024, 5, 1, 8)]  # noqa: DTZ001  laboratories print local time
REGISTERS: tuple[Audience, ...] = ("clinician", "patient")
FORMS = tuple(product(REGISTERS, (text, markdown)))
WOMAN = Patient(sex="female", age=40, pregnant=False)
MAN = Patient(sex="male", age=60)


def result(marker: str, value: object, collected: date | str | None = None, *declared: str, **more: Any) -> LabResult:  # noqa: ANN401  what LabResult takes
    """A result in the unit of this file."""
    given_ = {"marker": marker, "value": value, "unit": UNITS[marker], "collected": collected}
    return LabResult.model_validate({**given_, "circumstances": declared, **more})


def written(words: str) -> list[LabResult]:
    """Results from `ferritin 75 crp 2`."""
    each = words.split()
    return [result(marker, value) for marker, value in zip(each[::2], each[1::2], strict=True)]


BAD = [
    LabResult(marker="ferritin", value=Decimal(-3), unit="ng/mL"),
    LabResult(marker="iron", value=Decimal(80)),
    LabResult(marker="no such thing", value=Decimal(80)),
    LabResult(marker="crp", value=Decimal(80), unit="furlongs"),
    LabResult(marker="ferritin", text="1,220", unit="ng/mL"),
    LabResult(marker="crp", value=Decimal(80), unit="mg/L", circumstances=("on-the-moon",)),
]
RANGED = [
    result("ferritin", "38", range="24-336"),
    result("vitamin_b12", "310", range="914-180"),
    LabResult(marker="transferrin_saturation", value=Decimal("0.18")),
    LabResult(marker="transferrin_saturation", value=Decimal("0.18"), unit="1"),
    LabResult(marker="ferritin", value=Decimal(85), unit="pmol/L"),
]
results = st.one_of(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda marker: st.builds(
            result,
            st.just(marker),
            st.sampled_from(VALUES[marker]),
            st.sampled_from(DAYS),
            *([st.sampled_from(["not-morning", "fasting", "iron-within-24h"])] if marker == "iron" else []),
        )
    ),
    st.sampled_from(BAD + RANGED),
)
patients = st.builds(
    Patient,
    sex=st.sampled_from([None, "female", "male"]),
    age=st.sampled_from([None, 3, 17, 40, 80]),
    pregnant=st.just(None),
    conditions=st.sampled_from([(), ("dialysis",), ("postmenopausal",)]),
) | st.just(Patient(sex="female", age=30, pregnant=True))
panels = st.builds(
    interpret_panel,
    st.lists(results, max_size=9),
    patients,
    estimate_tibc=st.booleans(),
    strict=st.booleans(),
    rcv=st.sampled_from([None, {"ferritin": 10}]),
)

OVERLOAD = interpret_panel(written("ferritin 650 transferrin_saturation 60 crp 2"), MAN)
OPEN_OVERLOAD = interpret_panel([result("ferritin", ">250"), result("transferrin_saturation", "48")], WOMAN)
LONG = interpret_panel(
    [
        result("ferritin", 38, "2024-01-10", method="A", specimen="serum"),
        result("ferritin", 80, "2024-05-10", method="A", specimen="serum"),
        result("ferritin", 120, "2024-11-10", method="B", specimen="serum"),
        result("ferritin", 50),
        result("iron", 62, "2024-11-10", "not-morning"),
        result("transferrin", 300, "2024-11-10"),
        result("crp", 2, "2024-11-10"),
        result("vitamin_b12", "<150", "2024-11-10"),
        result("vitamin_d", 90, "2024-11-10"),
        BAD[1],
    ],
    WOMAN,
    estimate_tibc=True,
    nearest=True,
)
DISCORDANT = interpret_panel(written("iron 120 tibc 300 transferrin_saturation 18 ferritin 100"), MAN)
IMPOSSIBLE = interpret_panel(written("iron 400 tibc 300 ferritin 90"), MAN)
SETTLED = (OVERLOAD, OPEN_OVERLOAD, LONG, DISCORDANT, IMPOSSIBLE)


class Report(NamedTuple):
    """A report as it reads: without its line breaks and its escapes, the sources apart."""

    body: str
    sources: list[str]
    tables: list[list[list[str]]]
    """For each table its rows of cells, without the header."""


def flat(written_: str) -> str:
    """The words of a report without the escapes of Markdown, in one line."""
    return " ".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written_).split())


def read(report: str) -> Report:
    """A report of either format, taken apart."""
    body, _, cited = re.sub(r"\n(?:## )?(?:Sources|Where this comes from)\n", "\x00", report).partition("\x00")
    lines = body.split("\n")
    tables: list[list[list[str]]] = []
    for number, line in enumerate(lines):
        rows = list(_until_blank(lines[number + 1 :]))
        if re.fullmatch(r"\|(---\|)+", line):
            tables.append([[flat(cell) for cell in re.split(r" (?<!\\)\| ", row[2:-2])] for row in rows])
        elif re.fullmatch(r"-+(  -+){5,}", line):
            starts = [match.start() for match in re.finditer("-+", line)]
            ends = [*starts[1:], None]
            tables.append([[row[a:b].strip() for a, b in zip(starts, ends, strict=True)] for row in rows])
    numbered = re.split(r"(?m)^(?:\[\d+\]|\d+\.) ", cited)[1:]
    return Report(flat(body), [flat(each) for each in numbered], tables)


def _until_blank(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line:
            return
        yield line


def rules(panel: Panel) -> list[Finding | CriterionAnswer]:
    """Every finding about the patient and every criterion."""
    return [*(each for each in panel.findings if each.id != "incomplete-panel"), *panel.criteria]


def called(rule: Finding | CriterionAnswer, audience: Audience) -> str:
    """A rule by the name that its audience reads."""
    name = rule.plain_name if audience == "patient" else rule.name
    title = "" if isinstance(rule, Finding) or audience != "patient" else f": {rule.name.split(': ')[1]}"
    return name[:1].upper() + name[1:] + title


def section(body: str, *headings: str) -> str:
    """What stands below a heading, up to the results."""
    return re.split("|".join(headings), body, maxsplit=1)[1]


# ---------------------------------------------------------------- everything is there


@settings(max_examples=60)
@given(panels)
@example(LONG)
@example(OVERLOAD)
@example(OPEN_OVERLOAD)
@example(DISCORDANT)
@example(IMPOSSIBLE)
def test_every_register_and_format_holds_the_whole_panel(panel: Panel) -> None:
    """Each line and derived value has a row, each open or met rule its name and words, each issue its code."""
    for audience, form in FORMS:
        report = read(form(panel, audience))
        rows = report.tables[0] if report.tables else []
        assert len(rows) == len(panel.lines) + len(panel.derived)
        for issue in panel.issues:
            assert f"[{issue.code}]" in report.body
        for rule in rules(panel):
            name = called(rule, audience)
            assert name in report.body
            if rule.answered == "yes":
                said = rule.said.patient if audience == "patient" else rule.said.clinician
                assert f"{name}: {flat(said).removesuffix('.')} [" in report.body.replace("**", "")
            elif rule.answered == "undecided":
                assert f"Undecided: {name}" in report.body
        for note in panel.sampling:
            assert flat(note.said.patient if audience == "patient" else note.said.clinician)[:-1] in report.body
        assert report.body.count(SCOPE) == 1


@settings(max_examples=60)
@given(panels)
@example(LONG)
def test_each_row_says_what_its_line_says(panel: Panel) -> None:
    """The rows stand in the order of the lines: value and status, `?` where it is doubted, `not judged`, or refused."""
    for audience, form in FORMS:
        rows = [row for table in read(form(panel, audience)).tables for row in table]
        for line, row in zip(panel.lines, rows[: len(panel.lines)], strict=True):
            it = line.interpretation
            if it is not None:
                assert row[0] == (it.plain_name if audience == "patient" else it.name)
                assert row[-1] == (f"{it.status} ?" if is_doubted(line, builtin()) else it.status)
                assert {it.standard.position, it.optimal.position} <= set(row)
                assert any(
                    cell.startswith(show(it.reading.low) if it.reading.exact else it.reading.words) for cell in row
                )
            else:
                assert row[-1].endswith("not judged" if line.context else "refused")
            taken = line.result.collected
            assert (f"{taken:%Y-%m-%d}" in row) if taken else True
        for derived, row in zip(panel.derived, rows[len(panel.lines) :], strict=True):
            it = derived.interpretation
            assert row[0].endswith("(estimated)" if derived.computed.estimated else "(computed)") or it is None
            doubted = derived.computed.estimated or derived.computed.doubt
            assert row[-1] == ((f"{it.status} ?" if doubted else it.status) if it else "refused")


def untabled(report: str) -> list[str]:
    """The words of a report without its tables, the lines below its headings, and what sets off names."""
    report = re.sub(r"(?m)^.*\n-+(?:  -+){5,}\n(?:.+\n)*|^\|.*\n", "", report)
    return flat(re.sub(r"(?m)^[-=]+$|^#+ |\*\*|^\[\d+\] |^\d+\. ", "", report)).split()


@settings(max_examples=40)
@given(panels)
@example(LONG)
def test_text_and_markdown_say_the_same(panel: Panel) -> None:
    """Both formats have the same words in the same order, and the same cells in their tables."""
    for audience in REGISTERS:
        assert untabled(text(panel, audience)) == untabled(markdown(panel, audience))
        assert read(text(panel, audience)).tables == read(markdown(panel, audience)).tables


def test_the_order_of_lines_is_the_order_given() -> None:
    """A report keeps the order in which results were given, whatever they are."""
    given_ = [*written("vitamin_d 24 crp 2 ferritin 38"), BAD[2], *written("iron 62")]
    for audience, form in FORMS:
        (rows,) = read(form(interpret_panel(given_, WOMAN), audience)).tables
        assert [row[-1].split()[-1] for row in rows] == [
            "below-optimal",
            "judged",
            "below-optimal",
            "refused",
            "below-optimal",
        ]


def test_a_report_is_the_same_each_time() -> None:
    """Printing changes nothing in the panel or in the next report."""
    for audience, form in FORMS:
        assert form(LONG, audience) == form(LONG, audience)


def test_colour_is_only_colour() -> None:
    """Without its colours a coloured report is the plain one."""
    coloured = text(LONG, colour=True)
    assert coloured.count("\x1b[") == 2 * sum(
        row[-1] != "not judged" and not row[-1].endswith(" ?") for row in read(text(LONG)).tables[0]
    )
    assert re.sub(r"\x1b\[\d+m", "", coloured) == text(LONG)


@pytest.mark.parametrize("width", [40, 72, 100, 160])
def test_a_line_outside_a_table_keeps_the_width(width: int) -> None:
    """Only tables and single words, such as an address, are wider than asked."""
    for panel, audience in product(SETTLED, REGISTERS):
        lines = text(panel, audience, width=width).splitlines()
        rule = next(number for number, line in enumerate(lines) if re.fullmatch(r"-+(  -+){5,}", line))
        table = {*range(rule - 1, rule + 1 + len(panel.lines) + len(panel.derived))}
        for number, line in enumerate(lines):
            assert number in table or len(line) <= width or len(line.split()) == 1, line


# ---------------------------------------------------------------- sources and numbers


@settings(max_examples=60)
@given(panels, st.booleans())
@example(LONG, True)  # noqa: FBT003  explained
def test_every_mark_has_its_source_and_every_source_its_mark(panel: Panel, explained: bool) -> None:  # noqa: FBT001  drawn
    """Marks count from 1 in the order in which they are first cited; each source stands there once, and is cited."""
    for audience, form in FORMS:
        report = read(form(panel, audience, explained=explained))
        marks = [int(mark) for mark in re.findall(r"\[(\d+)\]", report.body)]
        assert list(dict.fromkeys(marks)) == list(range(1, len(report.sources) + 1))
        assert len(set(report.sources)) == len(report.sources)


@settings(max_examples=40)
@given(panels)
@example(LONG)
def test_a_mark_stands_for_the_source_of_what_it_follows(panel: Panel) -> None:
    """Behind the words of a rule stand the marks of the sources of that rule and no others."""
    for audience, form in FORMS:
        report = read(form(panel, audience))
        for rule in rules(panel):
            if rule.answered != "yes":
                continue
            said = flat(rule.said.patient if audience == "patient" else rule.said.clinician).removesuffix(".")
            *_, found = re.finditer(re.escape(said) + r" ((?:\[\d+\])+)\.", report.body)
            cited = [report.sources[int(mark) - 1] for mark in re.findall(r"\d+", found[1])]
            assert cited == list(dict.fromkeys(flat(source.citation) for source in rule.sources))


NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")


def numbers(panel: Panel) -> set[str]:
    """Every number that a panel carries, in data or in words, as it is and as it is shown."""
    every = set(NUMBER.findall(panel.model_dump_json()))
    counted = {str(count) for count in range(max(len(panel.lines), len(rules(panel))) + 1)}
    shown = {show(Decimal(number)) for number in every if len(number) < 40}
    units = {"1.73", "2"}  # of mL/min/{1.73_m2}
    return every | counted | shown | units


@settings(max_examples=60)
@given(panels)
@example(LONG)
@example(OVERLOAD)
@example(DISCORDANT)
@example(IMPOSSIBLE)
def test_no_number_stands_in_a_report_that_the_panel_does_not_carry(panel: Panel) -> None:
    """Whatever a sentence or a cell says in digits is in the data, shortened at most."""
    known = numbers(panel)
    for audience, form in FORMS:
        body = re.sub(r"\[\d+\]", " ", read(form(panel, audience)).body)
        assert set(NUMBER.findall(body)) - known == set()


# ---------------------------------------------------------------- what matters first


def lead(panel: Panel, audience: Audience) -> list[str]:
    """The sentences of the lead of a report."""
    return list(Lead(panel, audience, builtin(), Marks(())).sentences())


def reaches(test: Evidence) -> bool:
    """Whether some value of a reading, doubted or not, would pass the test."""
    if test.position is not None:
        return test.standard not in {"below", "within", "above"} or test.standard == test.position
    reading = test.reading
    if test.low is not None and reading.high is not None:
        out = test.low_out or reading.high_open
        if reading.high < test.low or (out and reading.high == test.low):
            return False
    if test.high is not None:
        out = test.high_out or reading.low_open
        if reading.low > test.high or (out and reading.low == test.high):
            return False
    return True


def is_near(rule: Finding | CriterionAnswer) -> bool:
    """Whether a rule is open for a value that may really reach its limit."""
    return rule.answered == "undecided" and any(each.holds is None and reaches(each) for each in rule.rests_on)


def over_100(panel: Panel) -> bool:
    """Whether a saturation, printed or computed, is above what the blood can carry."""
    return any(issue.code == "saturation-over-100" for issue in panel.issues)


SURELY_LOW = interpret_panel([*written("iron 20 tibc 200 transferrin_saturation 18 ferritin 100")], MAN)
"""A saturation that is doubted, and lies far below the limit of too much iron."""
OVER_AND_MET = interpret_panel(written("transferrin_saturation 101 ferritin 650"), MAN)
PREGNANT_OVERLOAD = interpret_panel(written("transferrin_saturation 60"), Patient(sex="female", age=30, pregnant=True))


@settings(max_examples=100)
@given(panels)
@example(OVERLOAD)
@example(OPEN_OVERLOAD)
@example(IMPOSSIBLE)
@example(SURELY_LOW)
@example(OVER_AND_MET)
def test_too_much_iron_is_said_before_everything_else(panel: Panel) -> None:
    """The report begins with a caution that is met; else with one that a value may reach; else with neither."""
    cautions = [each for each in rules(panel) if each.first]
    met = any(each.answered == "yes" for each in cautions)
    open_ = not met and any(is_near(each) for each in cautions)
    for audience in REGISTERS:
        every = lead(panel, audience)
        assert every[0].startswith("First of all") == (met or open_ or over_100(panel))
        assert ("it is open whether" in " ".join(every)) == open_
        report = read(text(panel, audience)).body
        assert section(report, "What matters first -+ ").startswith(flat(every[0]))


@settings(max_examples=60)
@given(panels)
@example(IMPOSSIBLE)
@example(OVER_AND_MET)
def test_a_saturation_above_100_percent_is_always_said_first(panel: Panel) -> None:
    """Iron above what the blood can carry is the first sentence, whatever else is met, and is said nowhere else so."""
    limits = builtin().rules.limits
    assert limits is not None
    for audience in REGISTERS:
        said = limits.over.patient if audience == "patient" else limits.over.clinician
        words = f"First of all: {said.removesuffix('.')} ["
        assert lead(panel, audience)[0].startswith(words) == over_100(panel)
        assert sum(each.startswith(words) for each in lead(panel, audience)) == over_100(panel)


def test_a_doubted_value_far_below_a_limit_opens_no_warning() -> None:
    """A saturation of 18 % against one of 10 % is not relied on, and still no sign of too much iron."""
    caution = next(each for each in SURELY_LOW.criteria if each.first)
    assert caution.answered == "undecided"
    for audience in REGISTERS:
        assert "First of all" not in " ".join(lead(SURELY_LOW, audience))
        assert f"Undecided: {called(caution, audience)}" in read(text(SURELY_LOW, audience)).body


@settings(max_examples=100)
@given(panels)
@example(OVERLOAD)
def test_the_lead_names_every_rule_that_comes_first_and_is_met(panel: Panel) -> None:
    """Signs of too much iron are named at once, and not only the guideline's limit that they cross."""
    for audience in REGISTERS:
        warnings = lead(panel, audience)[:-2]
        words = flat(" ".join(warnings))
        met = [rule for rule in rules(panel) if rule.first and rule.answered == "yes"]
        for rule in met:
            plain = (rule.plain_name, flat(rule.said.patient).removesuffix("."))
            assert any(each in words for each in (plain if audience == "patient" else [rule.name])), rule.id
        assert sum(each.startswith("Also: ") for each in warnings) == max(0, len(met) - 1)


@settings(max_examples=100)
@given(panels)
@example(OVERLOAD)
@example(OPEN_OVERLOAD)
@example(PREGNANT_OVERLOAD)
def test_the_lead_never_says_that_nothing_is_met_where_something_is(panel: Panel) -> None:
    """`Nothing is met` is said if, and only if, no rule is; `nothing else` beside a warning; each with its counts."""
    answers = Counter(rule.answered for rule in rules(panel))
    met = [rule for rule in rules(panel) if rule.answered == "yes"]
    for audience in REGISTERS:
        last = lead(panel, audience)[-1]
        assert last.startswith("Nothing is met ") == (not met and answers["no"] > 0)
        if last.startswith("Nothing else is met "):
            assert met
            assert all(rule.first for rule in met)
        assert ("could be answered for these results" in last) == (not met and not answers["no"])
        if last.startswith("Nothing ") and answers["no"]:
            of = "the one rule" if answers["no"] == 1 else f"the {answers['no']} rules"
            assert f"of {of} that could be answered" in last
            assert re.findall(r"(\d+) undecided", last) == [str(answers["undecided"])][: answers["undecided"]]
            assert re.findall(r"(\d+) waiting", last) == [str(answers["missing"])][: answers["missing"]]


@settings(max_examples=60)
@given(panels)
@example(LONG)
def test_the_lead_is_warnings_then_the_places_and_what_is_met(panel: Panel) -> None:
    """Warnings where there are any, where the results stand, and what they meet together."""
    for audience in REGISTERS:
        *warnings, places, met = lead(panel, audience)
        assert all(words.startswith(("First of all", "Also: ")) for words in warnings)
        assert all(words.endswith(".") for words in (*warnings, places, met))
        refused = sum(line.issue is not None for line in panel.lines)
        assert (f"not judged: {refused} of {len(panel.lines)}" in places.casefold()) == bool(refused)
        if not panel.interpretations and not panel.derived and not refused:
            assert places == "There is no result to judge."
        for rule in rules(panel):
            if rule.answered == "yes" and not rule.first and isinstance(rule, Finding):
                assert (rule.plain_name if audience == "patient" else rule.name) in met


@settings(max_examples=100)
@given(panels)
@example(LONG)
@example(DISCORDANT)
def test_the_lead_speaks_of_the_newest_result_of_each_marker(panel: Panel) -> None:
    """Every newest printed result is there with its value, in its place; one that is not relied on is said to be so."""
    judged = [line for line in panel.lines if line.interpretation is not None]
    place = lead(panel, "clinician")[-2]
    for marker in {line.interpretation.marker for line in judged if line.interpretation}:
        own = [(line, line.interpretation) for line in judged if line.interpretation]
        held = [Held(marker, it.reading, it.result) for _, it in own if it.marker == marker]
        derived = [each.interpretation for each in panel.derived if each.interpretation]
        held += [Held(marker, it.reading, it.result) for it in derived if it.marker == marker]
        last = [each.result for each in newest(held)]
        for line, it in own:
            if it.marker == marker and it.result in last:
                group = next(part for part in place.split("; ") if f"{it.name} {it.reading.words}" in part)
                assert group.casefold().startswith("not to be relied on: ") == is_doubted(line, builtin())


def test_a_computed_value_is_spoken_of_where_it_is_the_newest() -> None:
    """It is called computed; a printed one of the same sample speaks instead; an estimate is not relied on."""
    computed = lead(interpret_panel(written("iron 60 tibc 300"), MAN), "clinician")[-2]
    assert "Transferrin saturation 20 %, computed" in computed
    later = [
        result("transferrin_saturation", 30, "2023-01-01"),
        result("iron", 60, "2024-01-01"),
        result("tibc", 300, "2024-01-01"),
    ]
    assert "Transferrin saturation 20 %, computed" in lead(interpret_panel(later, MAN), "clinician")[-2]
    assert "30 %" not in lead(interpret_panel(later, MAN), "clinician")[-2]
    estimate = interpret_panel(written("iron 60 transferrin 240"), MAN, estimate_tibc=True)
    assert re.search(
        r"not to be relied on: .*Transferrin saturation [\d.]+ %, computed", lead(estimate, "clinician")[-2]
    )


def test_a_computed_value_is_spoken_of_in_its_own_unit() -> None:
    """A binding capacity that was computed is not said in percent: the lead says what the table says."""
    uibc = interpret_panel(written("iron 60 uibc 240 ferritin 90"), MAN)
    estimate = interpret_panel(written("transferrin 200"), MAN, estimate_tibc=True)
    for panel, audience in product((uibc, estimate), REGISTERS):
        row = next(row for row in read(text(panel, audience)).tables[0] if "iron-binding capacity (" in row[0])
        words = f"{row[0].partition(' (')[0]} {row[1]}, computed"
        assert words in lead(panel, audience)[-2]


def test_a_printed_value_is_not_called_computed() -> None:
    """A printed saturation that is just what would be computed is still the printed one."""
    derived = interpret_panel(written("iron 60 tibc 300"), MAN).derived[0].computed.result
    panel = interpret_panel([*written("iron 60 tibc 300"), derived], MAN)
    assert "computed" not in lead(panel, "clinician")[-2]


def test_what_is_met_is_said_before_what_is_open() -> None:
    """Of two rules that come first, one met and one open, the report begins with the one that is met."""
    criteria = tuple(
        each.model_copy(update={"answered": "undecided"}) if each.first else each for each in OVERLOAD.criteria
    )
    mixed = OVERLOAD.model_copy(update={"criteria": criteria})
    for audience in REGISTERS:
        assert "it is open whether" not in lead(mixed, audience)[0]
        assert lead(mixed, audience)[0].startswith("First of all")


def test_an_overtaken_result_is_not_said_first() -> None:
    """The lead speaks of the newest result of a marker, and of results without a date."""
    panel = interpret_panel([result("ferritin", 650, "2023-01-01"), result("ferritin", 80, "2024-01-01")], MAN)
    assert lead(panel, "clinician")[-2] == "Within both ranges: Ferritin 80 ng/mL."
    undated = interpret_panel([result("ferritin", 650, "2023-01-01"), result("ferritin", 80)], MAN)
    assert "Ferritin 650 ng/mL" in " ".join(lead(undated, "clinician"))


def test_what_was_declared_of_a_sample_qualifies_the_warning() -> None:
    """Iron tablets before the draw are hinted at beside the warning about a saturation, and said in full below."""
    tablets = [result("transferrin_saturation", 60, None, "iron-within-24h"), result("ferritin", 80)]
    for audience, form in FORMS:
        body = read(form(interpret_panel(tablets, MAN), audience)).body
        assert "What was declared of the sample qualifies that; see below." in body
        assert "24 hours before" in body
    reassured = interpret_panel([result("transferrin_saturation", 60, None, "fasting"), result("ferritin", 80)], MAN)
    assert "qualifies that" not in lead(reassured, "clinician")[0]


@settings(max_examples=60)
@given(panels)
@example(interpret_panel(written("ferritin 38"), Patient()))
def test_what_was_assumed_of_the_patient_is_said(panel: Panel) -> None:
    """An adult, or no pregnancy, that was assumed stands in words in every report (the second law)."""
    assumed = {each for it in panel.interpretations for each in it.assumptions}
    words = {
        "adult": ("an adult, because no age was given", "you were taken for an adult"),
        "not-pregnant": ("no pregnancy, because none was stated", "it was taken that you are not"),
        "printed-range-fits": ("the printed range is meant for this patient", "meant for people like you"),
    }
    for audience, form in FORMS:
        body = read(form(panel, audience)).body
        for each in assumed:
            assert words[each][REGISTERS.index(audience)] in body, each


# ---------------------------------------------------------------- words


FORBIDDEN = re.compile(
    r"you (?:have|suffer)|diagnos|\bdos(?:e|es|age|ing)\b|\bmg (?:daily|per day|twice)|should take", re.IGNORECASE
)


@settings(max_examples=60)
@given(panels, st.booleans())
@example(LONG, True)  # noqa: FBT003  explained
@example(OVERLOAD, True)  # noqa: FBT003  explained
def test_a_report_never_diagnoses_and_names_no_dose(panel: Panel, explained: bool) -> None:  # noqa: FBT001  drawn
    """But for the sentence that says so, no word of diagnosis, of a dose, or of what one has."""
    for audience, form in FORMS:
        body = read(form(panel, audience, explained=explained)).body
        assert SCOPE in body
        assert FORBIDDEN.findall(body.replace(SCOPE, "")) == []


JARGON = re.compile(r"\b[A-Za-z0-9.]+_[A-Za-z0-9_]+|\b\d{3,5}-\d\b|standard range|[Oo]pen: |\{")


@pytest.mark.parametrize(
    "panel",
    [
        pytest.param(
            interpret_panel(written(" ".join(f"{name} {values[0]}" for name, values in VALUES.items())), WOMAN),
            id="all",
        ),
        pytest.param(LONG, id="over time"),
        pytest.param(OPEN_OVERLOAD, id="open"),
        pytest.param(DISCORDANT, id="discordant"),
        pytest.param(interpret_panel([BAD[4]]), id="decimal mark"),
        pytest.param(interpret_panel(BAD), id="refused"),
        pytest.param(interpret_panel(RANGED, strict=True), id="printed ranges"),
        pytest.param(interpret_panel(written("egfr 30")), id="unit with braces"),
        pytest.param(interpret_panel(written("ferritin 10 tibc 450"), WOMAN), id="finding"),
        pytest.param(interpret_panel([result("iron", 400), result("uibc", 1100)], MAN), id="refused derived value"),
    ],
)
def test_the_register_of_patients_has_no_words_of_clinicians(panel: Panel) -> None:
    """No LOINC code, no `standard range`, no identifier: but in refusals, which are for whoever made the file."""
    for form in (text, markdown):
        report = form(panel, "patient")
        prose = read(rowless(report)).body
        for line in panel.lines:
            if line.issue is not None:
                prose = prose.replace(f"{flat(line.issue.message).rstrip('.')}. [{line.issue.code}]", "")
        assert JARGON.findall(prose) == []
        for line, row in zip(panel.lines, read(report).tables[0], strict=False):
            for cell in row if line.issue is None else ():
                assert JARGON.findall(cell.replace(line.result.unit or "", "")) == []


def rowless(report: str) -> str:
    """A report without the rows of its tables; their headers stay."""
    return re.sub(r"(?m)^(?:-+(?:  -+){5,}|\|(?:---\|)+)\n(?:.+\n)*", "", report)


@settings(max_examples=60)
@given(panels)
@example(LONG)
def test_patients_read_the_plain_names_of_their_tests(panel: Panel) -> None:
    """Tests that are only read, not judged, are named in plain words as well."""
    (rows,) = read(text(panel, "patient")).tables or [[]]
    for line, row in zip(panel.lines, rows, strict=False):
        if line.context is not None:
            assert row[0] == builtin().analyte(line.context.analyte).plain_name


def test_no_derived_value_is_named_by_an_identifier() -> None:
    """A computed value that is refused is called what it is, in words."""
    panel = interpret_panel([result("iron", 400), result("uibc", 1100), result("ferritin", 90)], MAN)
    refused = [each.computed.result.marker for each in panel.derived if each.interpretation is None]
    assert refused == ["tibc"]
    for audience, form in FORMS:
        assert not re.search(r"\btibc\b", read(form(panel, audience)).body)


def test_a_marker_that_no_catalog_names_keeps_its_identifier() -> None:
    """A report by another catalog names what that catalog knows, and leaves the rest as it is."""
    speaker = Speaker(OVERLOAD, "patient", builtin(), Marks(()))
    assert speaker.names(["ferritin", "crp", "zinc"]) == "ferritin, C-reactive protein and zinc"


def test_what_a_rule_rests_on_says_its_day_where_results_are_of_several_days() -> None:
    """A rule that rests on results of different days says so; in a panel of one day no day stands there."""
    apart = interpret_panel(
        [result("ferritin", 650, "2024-01-01"), result("transferrin_saturation", 60, "2024-05-01")], MAN
    )
    one_day = interpret_panel(
        [result("ferritin", 650, "2024-01-01"), result("transferrin_saturation", 60, "2024-01-01")], MAN
    )
    for audience, form in FORMS:
        body = read(form(apart, audience)).body
        assert re.search(r"erritin 650 [a-zA-Z/ ]+, 2024-01-01", section(body, "Findings|What the results together"))
        assert "These are of different days." in body
        same = read(form(one_day, audience)).body
        assert "These are of different days." not in same
        assert ", 2024-01-01" not in same


def test_facts_that_would_settle_something_are_named() -> None:
    """An open rule says which fact or which exact value would settle it, to each audience in its words."""
    panel = interpret_panel([result("ferritin", "30-90")], WOMAN)
    assert "An exact value would settle it" in read(text(panel)).body
    assert "The exact value would settle it" in read(text(panel, "patient")).body
    young = interpret_panel(written("ferritin 40"), Patient(sex="male"), strict=True)
    assert "The age would settle it" in read(text(young)).body
    assert "Your age would settle it" in read(markdown(young, "patient")).body
    assert "Total iron-binding capacity would help to settle it" in read(text(OPEN_OVERLOAD)).body
    assert "Total iron-binding capacity would help to settle it" in read(text(OPEN_OVERLOAD, "patient")).body


# ---------------------------------------------------------------- results and derived values


def test_computed_and_estimated_values_are_labelled_with_what_they_were_computed_from() -> None:
    """A derived value is a row of its own, and a note says its formula and its inputs."""
    for audience, form in FORMS:
        report = read(form(LONG, audience))
        tibc, tsat = report.tables[0][-2:]
        assert tibc[0].casefold() == "total iron-binding capacity (estimated)"
        assert tsat[0].casefold() == "transferrin saturation (estimated)"
        assert "Computed as Transferrin x 25.1 from Transferrin 300 mg/dL, an estimate [" in report.body
        plain = read(form(DISCORDANT, audience))
        assert plain.tables[0][-1][0].casefold() == "transferrin saturation (computed)"
        assert "from Iron 120 ug/dL, Total iron-binding capacity 300 ug/dL [" in plain.body


def test_a_discordant_saturation_is_shown_twice_and_said() -> None:
    """The printed and the computed saturation both have a row, and the report says that neither is relied on."""
    for audience, form in FORMS:
        report = read(form(DISCORDANT, audience))
        rows = [row for row in report.tables[0] if row[0].casefold().startswith("transferrin saturation")]
        assert [row[1] for row in rows] == ["18 %", "40 %"]
        assert "neither is relied on. [discordant-saturation]" in report.body


def test_a_saturation_above_100_percent_is_shown_and_doubted() -> None:
    """Iron above the binding capacity is computed, shown, and said to be no number to rely on."""
    for audience, form in FORMS:
        report = read(form(IMPOSSIBLE, audience))
        assert report.tables[0][-1][1] == "133.3 %"
        assert "[saturation-over-100]" in report.body
        assert "not relied on" in report.body


def test_a_high_ferritin_says_that_a_saturation_beside_it_is_unreliable() -> None:
    """Above 1,200 the printed saturation stands there with its doubt, and none is computed."""
    panel = interpret_panel(written("ferritin 1300 transferrin_saturation 30 iron 60 tibc 300"), MAN)
    for audience, form in FORMS:
        report = read(form(panel, audience))
        assert "[unreliable-beside-ferritin]" in report.body
        assert len(report.tables[0]) == 4


def test_a_ferritin_that_may_be_below_1200_is_not_said_to_be_above() -> None:
    """`>250` leaves open whether it is above 1,200, and the note about the saturation says it so."""
    report = read(text(OPEN_OVERLOAD))
    assert "unreliable-beside-ferritin" in report.body
    assert ">250 ng/mL is above 1200" not in report.body


def test_printed_ranges_are_marked_and_explained() -> None:
    """A star stands by a range that came with the result, an exclamation mark by one that was refused."""
    for audience, form in FORMS:
        report = read(form(interpret_panel(RANGED[:2], WOMAN), audience))
        assert "24-336 ng/mL *" in report.tables[0][0]
        assert report.tables[0][1][2].endswith(" !")
        assert "* the range printed with the result. ! a printed range was refused, see below." in report.body
        assert "[range-inverted]" in report.body
        bare = read(form(interpret_panel(written("ferritin 38"), WOMAN), audience)).body
        assert "printed" not in bare


def test_a_saturation_without_a_unit_is_said_to_be_a_fraction() -> None:
    """A cell with a bare number says what the number is."""
    for audience, form in FORMS:
        report = read(form(interpret_panel(RANGED[2:4], WOMAN), audience))
        assert [row[1] for row in report.tables[0]] == ["0.18 (as a fraction)"] * 2
        assert "[fraction-assumed]" in report.body


def test_a_column_of_dates_is_there_only_where_there_is_a_date() -> None:
    """Without any date the table has no empty column."""
    dated = interpret_panel([result("ferritin", 38, "2024-01-10")], WOMAN)
    bare = interpret_panel(written("ferritin 38"), WOMAN)
    for audience, form in FORMS:
        assert len(read(form(dated, audience)).tables[0][0]) == 8
        assert read(form(dated, audience)).tables[0][0][1] == "2024-01-10"
        assert len(read(form(bare, audience)).tables[0][0]) == 7


def test_a_panel_without_results_is_a_report_without_a_table() -> None:
    """Nothing to judge is said, and what would be needed."""
    for audience, form in FORMS:
        report = read(form(interpret_panel([]), audience))
        assert report.tables == []
        assert "There is no result to judge." in report.body
        assert "No pattern and no guideline here could be answered for these results (" in report.body
        assert report.body.count("ould be answered for these results") == 3


def test_explanations_of_every_result_follow_where_they_are_asked_for() -> None:
    """Each judged result is explained, for its audience, and its marks go on where the others ended."""
    for audience, form in FORMS:
        bare, full = read(form(LONG, audience)), read(form(LONG, audience, explained=True))
        assert "Each result" in full.body
        assert "Each result" not in bare.body
        assert full.sources[: len(bare.sources)] == bare.sources
        said = section(full.body, "Each result ")
        for it in LONG.interpretations:
            sentence = next(each for each in it.explain(audience).sentences if each.about == "place")
            assert re.sub(r"\[\d+\]", "", flat(sentence.text)) in re.sub(r"\[\d+\]", "", said)


def test_the_limits_that_the_patient_is_outside_of_are_named_with_their_populations_agreed() -> None:
    """Where several ranges could hold, all of them stand in the cell."""
    report = read(text(interpret_panel(written("ferritin 38"), Patient())))
    assert report.tables[0][0][2].startswith("20-175 ng/mL / 20-328 ng/mL / 20-409 ng/mL [")


# ---------------------------------------------------------------- over time, near a limit, samples, gaps


def over_time(*values: LabResult, **asked: Any) -> list[Report]:  # noqa: ANN401  what interpret_panel takes
    """The reports of a series in every form."""
    panel = interpret_panel(values, WOMAN, **asked)
    return [read(form(panel, audience)) for audience, form in FORMS]


HINDERED: dict[Hindrance, tuple[LabResult, LabResult, str]] = {
    "same-collection": (
        result("ferritin", 38, datetime(2024, 1, 1, 8)),  # noqa: DTZ001  laboratories print local time
        result("ferritin", 40, datetime(2024, 1, 1, 8)),  # noqa: DTZ001  the same
        "they are of the same collection",
    ),
    "collection-time": (
        result("ferritin", 38, "2024-01-01T08:00:00"),
        result("ferritin", 40, "2024-01-01T08:00:00+05:00"),
        "it is not known which came first",
    ),
    "approximate-conversion": (
        result("ferritin", 38, "2024-01-01"),
        LabResult.model_validate({"marker": "ferritin", "value": 90, "unit": "pmol/L", "collected": "2024-02-01"}),
        "approximate molar mass",
    ),
    "method": (
        result("ferritin", 38, "2024-01-01", method="A"),
        result("ferritin", 40, "2024-02-01", method="B"),
        "by different methods",
    ),
    "specimen": (
        result("ferritin", 38, "2024-01-01", specimen="serum"),
        result("ferritin", 40, "2024-02-01", specimen="plasma"),
        "in different specimens",
    ),
    "analyte": (
        LabResult.model_validate({"marker": "vitamin D", "value": 30, "unit": "ng/mL", "collected": "2024-01-01"}),
        LabResult.model_validate({"marker": "1989-3", "value": 30, "unit": "ng/mL", "collected": "2024-02-01"}),
        "only a part of the analyte",
    ),
    "doubt": (
        result("transferrin_saturation", 101, "2024-01-01"),
        result("transferrin_saturation", 30, "2024-02-01"),
        "one of them is not to be relied on",
    ),
    "sampling": (
        result("transferrin_saturation", 60, "2024-01-01", "iron-within-24h"),
        result("transferrin_saturation", 30, "2024-02-01"),
        "what was declared of their samples differs",
    ),
}


@pytest.mark.parametrize("hindrance", get_args(Hindrance))
def test_each_reason_why_two_results_are_not_compared_is_said(hindrance: Hindrance) -> None:
    """Both values stand there with their dates, and the reason, and no change is claimed."""
    one, two, words = HINDERED[hindrance]
    panel = interpret_panel([one, two], WOMAN)
    assert hindrance in panel.trends[0].steps[0].hindrances
    for report in over_time(one, two):
        assert re.search(f"The two are not compared: [^.]*{words}", report.body)
        after = section(report.body, "Change over time")
        assert not re.search(r"by more than chance|No change is shown|towards|nearer", after)


MOVED: dict[Move, tuple[object, object, str, str]] = {
    "reached": (38, 120, "It reached the optimal range.", "It is now in the range that is best"),
    "left": (120, 38, "It left the optimal range.", "no longer in the range that is best"),
    "inside": (80, 120, "Both are within the optimal range.", "Both are in the range that is best"),
    "nearer": (25, 60, "It moved towards the optimal range.", "It came nearer to the range that is best"),
    "further": (60, 25, "It moved away from the optimal range.", "It went away from the range that is best"),
    "crossed": (38, 170, "It crossed the optimal range to its other side.", "It passed the range that is best"),
    "level": (38, 38, "Its distance to the optimal range is the same.", "It is as far as before"),
    "undecided": (38, "30-90", "leave open", "leave open"),
    "no-range": (38, 40, "by chance", "by chance"),
}


@pytest.mark.parametrize("move", get_args(Move))
def test_each_move_is_said_to_both_audiences(move: Move) -> None:
    """What a step means for the optimal range stands in the words of the audience."""
    one, two, clinician, patient = MOVED[move]
    child = Patient(sex="female", age=8)
    series = [result("ferritin", one, "2024-01-01"), result("ferritin", two, "2024-05-01")]
    panel = interpret_panel(series, child if move == "no-range" else WOMAN)
    assert panel.trends[0].steps[0].move == move
    for audience, form in FORMS:
        assert (patient if audience == "patient" else clinician) in read(form(panel, audience)).body


def test_a_change_is_said_with_its_size_and_the_reference_change_value() -> None:
    """The difference, its percent and the reference change value with its source; a value of one's own is named."""
    one, two = result("ferritin", 38, "2024-01-10"), result("ferritin", 80, "2024-05-10")
    for report in over_time(one, two):
        assert "38 ng/mL (2024-01-10), then 80 ng/mL (2024-05-10)." in report.body
        assert "(+42 ng/mL, +110.5 %): the reference change value is 45 % [" in report.body
    later = one.model_copy(update={"collected": date(2024, 9, 9)})
    for report in over_time(two, later):
        assert "It fell by more than chance explains (-42 ng/mL, -52.5 %)" in report.body
    for report in over_time(one, two, rcv={"ferritin": 200}):
        assert "No change is shown (+42 ng/mL, +110.5 %): two results differ by up to 200 % [" in report.body
        assert any("change value given with the call" in source for source in report.sources)
    for report in over_time(one, result("ferritin", "50-80", "2024-05-10")):
        assert "Whether that is more than chance, which is 45 % [" in report.body


@pytest.mark.parametrize(("one", "two"), [(70, 80), (80, 70), (148, 155), (70, "75-80"), (70, 160)])
def test_a_limit_crossed_within_chance_is_not_called_reached(one: object, two: object) -> None:
    """A step across a limit of the optimal range is said to be one only where the change is more than chance."""
    rcv = {"ferritin": 300} if two == 160 else None
    series = [result("ferritin", one, "2024-01-01"), result("ferritin", two, "2024-05-01")]
    (step,) = interpret_panel(series, WOMAN, rcv=rcv).trends[0].steps
    assert step.answered != "changed"
    assert step.move in {"reached", "left", "crossed"}
    for report in over_time(*series, rcv=rcv):
        after = section(report.body, "Change over time")
        assert "The two lie on different sides of a limit of the optimal range, which chance alone can do." in after
        assert not re.search(r"reached|It left|It crossed|It passed|It is now|no longer|It is still", after)


def test_a_difference_of_saturations_is_in_percentage_points() -> None:
    """Between 18 % and 30 % lie 12 percentage points."""
    series = [result("transferrin_saturation", 18, "2024-01-01"), result("transferrin_saturation", 30, "2024-05-01")]
    for report in over_time(*series):
        assert "(+12 percentage points, +66.67 %)" in report.body


def test_the_goals_of_ferritin_are_said_when_they_are_reached_and_kept() -> None:
    """Now above 75, still above 75, and 100-150, each with its source."""
    days = ["2024-01-01", "2024-03-01", "2024-05-01"]
    series = [result("ferritin", value, day) for value, day in zip((38, 80, 120), days, strict=True)]
    for report in over_time(*series):
        assert re.search(r"It is now above 75 [^.]*\[\d+\]\.", report.body)
        assert re.search(r"It is still above 75 [^.]*\[\d+\]\.", report.body)
        assert report.body.count("then 120 ng/mL (2024-05-01)") == 2


def test_what_had_to_be_taken_as_the_same_is_said_to_the_clinician() -> None:
    """A method or specimen that is not named for both results is assumed, and said."""
    reports = over_time(result("ferritin", 38, "2024-01-10"), result("ferritin", 80, "2024-05-10"))
    assert "Assumed: the same method and specimen, because not both results name one." in reports[0].body
    assert ["Assumed: the same" in report.body for report in reports] == [True, True, False, False]
    named = {"method": "A", "specimen": "serum"}
    both = over_time(result("ferritin", 38, "2024-01-10", **named), result("ferritin", 80, "2024-05-10", **named))
    assert all("Assumed: the same" not in report.body for report in both)


def test_results_without_a_date_are_counted_beside_a_course() -> None:
    """They have no place in time, and are not forgotten."""
    for audience, form in FORMS:
        assert "1 more result has no date of collection" in read(form(LONG, audience)).body
    two = [
        result("ferritin", 38, "2024-01-01"),
        result("ferritin", 80, "2024-05-01"),
        *written("ferritin 50 ferritin 60"),
    ]
    for report in over_time(*two):
        assert "2 more results have no date of collection, and so no place in time." in report.body


def test_a_marker_without_a_reference_change_value_says_so() -> None:
    """Where no such value is known, the difference is told and not called a change."""
    panel = interpret_panel([result("ferritin", 38, "2024-01-10"), result("ferritin", 80, "2024-05-10")], WOMAN)
    (trend,) = panel.trends
    bare = panel.model_copy(update={"trends": (trend.model_copy(update={"variation": None}),)})
    for audience, form in FORMS:
        assert "No reference change value is known for it (+42 ng/mL, +110.5 %)." in read(form(bare, audience)).body


def test_the_nearest_decisions_are_said_with_their_sources() -> None:
    """Each value at which a status or a criterion changes, which one, and to what."""
    panel = interpret_panel(written("ferritin 90 transferrin_saturation 30"), MAN, nearest=True)
    assert panel.decisions
    for audience, form in FORMS:
        report = read(form(panel, audience))
        for each in panel.decisions:
            where = "at" if each.at else "below" if each.direction == "down" else "above"
            assert f"{where} {show(each.value)} {each.unit} " in report.body
            words = f"the status is {each.then}, not {each.now}" if each.about == "status" else f'"{each.name}" is '
            assert words in report.body
    assert "Nearest decisions" not in read(text(OVERLOAD)).body


def test_what_is_missing_and_what_would_tell_most_is_said() -> None:
    """The tests that are not there, and the one that most answers wait for."""
    panel = interpret_panel(written("ferritin 38"), WOMAN)
    assert "Not in this panel: Iron, Total iron-binding capacity" in read(text(panel)).body
    assert "would add most" in read(markdown(panel)).body
    assert "Not in this report: iron, total iron-binding capacity" in read(text(panel, "patient")).body
    assert "would tell most" in read(markdown(panel, "patient")).body


def test_a_guideline_speaks_its_own_caveat_where_it_speaks() -> None:
    """The caveat of a guideline stands there exactly if one of its criteria is met or open."""
    for panel in (*SETTLED, interpret_panel(written("crp 2"), MAN)):
        speaking = {each.guideline for each in panel.criteria if each.answered in {"yes", "undecided"}}
        for audience, form in FORMS:
            body = read(form(panel, audience)).body
            for caveat in panel.caveats:
                said = flat(caveat.said.patient if audience == "patient" else caveat.said.clinician)
                assert (said.removesuffix(".") in body) == (caveat.guideline in speaking)


def test_a_criterion_whose_words_leave_nothing_open_has_no_sentence_about_its_edge() -> None:
    """The edge is said to the clinician where there is one, and else nothing stands in its place."""
    panel = interpret_panel(written("ferritin 38"), WOMAN)
    edges = {each.edge for each in panel.criteria if each.answered == "yes" and each.edge}
    bare = panel.model_copy(
        update={"criteria": tuple(each.model_copy(update={"edge": None}) for each in panel.criteria)}
    )
    assert edges
    for audience, form in FORMS:
        said = {edge for edge in edges if flat(edge).removesuffix(".") in read(form(panel, audience)).body}
        assert said == (edges if audience == "clinician" else set())
        body = read(form(bare, audience)).body
        assert not [edge for edge in edges if flat(edge) in body]
        assert "None" not in re.findall(r"\w+", body)


def test_without_rules_nothing_is_met_and_nothing_is_listed() -> None:
    """A catalog without guidelines and findings gives a report of places alone."""
    bare = interpret_panel(written("ferritin 38"), WOMAN).model_copy(
        update={"criteria": (), "findings": (), "caveats": ()}
    )
    for audience, form in FORMS:
        body = read(form(bare, audience)).body
        assert body.count("No pattern and no guideline here could be answered for these results.") == 3
        assert "Not met" not in body


# ---------------------------------------------------------------- a file, and hostile input


def sheet(text_: str, **facts: object) -> JudgedSheet:
    """A file, read and judged by our own catalog."""
    return judge_sheet(read_sheet(text_.encode()), builtin(), facts)


def csv_of(rows: list[list[str]]) -> str:
    """Rows as a file that quotes what needs it."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


TWO = sheet(
    "marker,value,unit,sex,age,pregnant,lab,remark\n"
    "ferritin,38,ng/mL,female,52,,a,b\n"
    "ferritin,60,ng/mL,male,33,,a,b\n"
    "iron,62,ug/dL,female,52,,a,b\n"
    "ferritin,60,ng/mL,purple,33,,a,b\n"
    "crp,3,mg/L,male,33,,a,b\n"
    "iron,62,,male,33,,a,b\n"
)


def test_each_patient_of_a_file_has_a_panel_under_a_heading() -> None:
    """Who each is, the lines by their numbers, the lines of nobody, what was counted, and what was not read."""
    for audience, form in FORMS:
        report = form(TWO, audience)
        body = read(report).body.casefold()
        first, second = body.split("patient 2 of 2 ")
        assert "patient 1 of 2 " in first
        assert "for: female, 52 years." in first
        assert "for: male, 33 years." in second
        assert [len(rows) for rows in read(report).tables] == [2, 3]
        assert "line 7: " in body.replace("**", "")
        assert "lines that could not be read" in body
        stray = body.split("lines that could not be read")[1]
        assert "line 5, ferritin 60 ng/ml" in stray
        assert "line 7" not in stray
        assert "6 lines: 3 judged, 1 read for context, 2 refused." in body
        assert "columns not read: lab, remark." in body
        assert body.count(SCOPE.casefold()) == 1
        assert report.casefold().count("what matters first") == 2
    assert markdown(TWO).startswith("# Patient 1 of 2\n\nFor: female, 52 years.\n")
    assert text(TWO).casefold().startswith("patient 1 of 2\n==============\n\nfor: female, 52 years.\n")


@pytest.mark.parametrize(
    ("cells", "who"),
    [
        ("male,,1972-05-31,", "male, born 1972-05-31"),
        ("female,30,,yes", "female, 30 years, pregnant"),
        (",5 mo,,", "5 mo"),
        ("male,1,,", "male, 1 year"),
        (",,,", "a patient of whom nothing is known"),
    ],
)
def test_a_patient_is_named_by_what_is_known(cells: str, who: str) -> None:
    """Sex, age, birth and pregnancy, as far as they were given, at the head of every panel."""
    judged = sheet(f"marker,value,unit,sex,age,born,pregnant\nferritin,38,ng/mL,{cells}\nferritin,38,ng/mL,male,99,,\n")
    for audience in REGISTERS:
        assert markdown(judged, audience).startswith(f"# Patient 1 of 2\n\nFor: {who}.\n")
        assert markdown(judged.panels[0].panel, audience).startswith(f"For: {who}.\n")


def test_a_condition_of_the_patient_is_named() -> None:
    """What the patient is known to have stands behind sex and age, in words."""
    panel = interpret_panel(written("ferritin 38"), Patient(sex="female", age=60, conditions=("dialysis",)))
    for audience, form in FORMS:
        assert form(panel, audience).startswith("For: female, 60 years, dialysis.\n")


def test_the_name_that_a_file_gives_a_patient_stands_in_the_heading() -> None:
    """In brackets, as it was written, and as harmless as any cell; a patient without a name has none."""
    rows = [
        ["marker", "value", "unit", "patient"],
        ["iron", "62", "ug/dL", ""],
        ["ferritin", "38", "ng/mL", "*A* [1](x)"],
    ]
    judged = sheet(csv_of(rows), sex="female", age=52)
    for audience in REGISTERS:
        assert "patient 1 of 2\n====" in text(judged, audience).casefold()
        assert "patient 2 of 2 (*a* [1](x))\n" in text(judged, audience).casefold()
        headings = [line for line in markdown(judged, audience).splitlines() if line.startswith("# Patient")]
        assert headings == ["# Patient 1 of 2", r"# Patient 2 of 2 (\*A\* \[1\](x))"]


def test_a_patient_whose_lines_give_different_facts_is_counted_once_and_said_to_be_read_apart() -> None:
    """The file says how many patients it names; where each has the same facts in every line, nothing is said."""
    head = "patient,sex,age,marker,value,unit\n"
    lines = ["7,female,52,iron,62,ug/dL", "8,male,40,iron,62,ug/dL", "8,male,40,ferritin,38,ng/mL"]
    for audience, form in FORMS:
        whole = read(form(sheet(head + "\n".join([*lines, "7,,52,ferritin,38,ng/mL\n"])), audience)).body
        folded = " ".join(whole.split())
        assert "Patients named: 2. Of 1 of them some lines give other facts, or leave one out" in folded
        for same in (lines, [line.replace("7,", ",", 1) for line in lines]):
            assert "Patients named" not in form(sheet(head + "\n".join([*same, ""])), audience)


def test_one_patient_has_no_number() -> None:
    """A file of one patient is one report; a file without lines says so."""
    judged = sheet("marker,value,unit\nferritin,38,ng/mL\n", sex="female", age=52)
    assert "Patient 1" not in markdown(judged)
    assert "PATIENT" not in text(judged)
    for audience, form in FORMS:
        assert "0 lines: 0 judged, 0 refused." in read(form(sheet("marker,value\n"), audience)).body


def test_marks_count_on_from_patient_to_patient() -> None:
    """Sources stand once at the end of the whole report."""
    for audience, form in FORMS:
        report = read(form(TWO, audience, explained=True))
        marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", report.body)}
        assert marks == set(range(1, len(report.sources) + 1))


def test_the_name_of_a_patient_is_written_as_it_was_given() -> None:
    """`p1a` and `P1A` are two patients of a file, and their headings say which is which."""
    judged = sheet("marker,value,unit,patient\nferritin,38,ng/mL,p1a\nferritin,80,ng/mL,P1A\n", sex="female", age=52)
    assert [each.patient for each in judged.panels] == ["p1a", "P1A"]
    for form in (text, markdown):
        headings = [line for line in form(judged).splitlines() if line.strip("# ").casefold().startswith("patient")]
        assert [heading.partition("(")[2] for heading in headings] == ["p1a)", "P1A)"]


@pytest.mark.parametrize("form", [text, markdown])
def test_the_lines_of_nobody_stand_under_no_patient(form: Any) -> None:  # noqa: ANN401  either function
    """What could not be read has a heading of the rank of a patient's, so that it is not taken for the last one's."""
    report = form(TWO, "clinician")
    if form is markdown:
        assert "\n# Lines that could not be read\n" in report
    else:
        assert "\nlines that could not be read\n====" in report.casefold()


ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
HOSTILE = [
    "a | b \\| c \\",
    "<script>alert(1)</script><!--",
    "*b* **b** _i_ __i__ ~~s~~ `c`",
    "[text](http://evil.example) [text][1]",
    "<http://evil.example> &lt;b&gt;",
    "one\n\n# two\n- three\r\n> four",
    "\x1b[31mred\x1b[0m \x07\x08\u2028\u202e\x85",
    "$x$ | | |",
]
FORGED = ["[1](http://evil.example)", "![1](http://evil.example/x.png)", "ferritin [99]"]
HEADER = ["marker", "value", "unit", "comparator", "sex", "collected", "specimen", "method", "remark"]
GOOD = ["ferritin", "38", "ng/mL", "", "female", "2024-01-01", "serum", "A", ""]


def with_cell(column: int, cell: str) -> JudgedSheet:
    """A file of three lines whose middle one has this cell."""
    row = [*GOOD[:column], cell, *GOOD[column + 1 :]]
    header = [*HEADER[:-1], "remark" if column != len(HEADER) - 1 else f"r {cell}".replace("(", "").replace("[", "")]
    return sheet(csv_of([header, GOOD, row, GOOD]))


def live(markdown_: str) -> str:
    """Markdown without what is escaped, without the names that are set off, and without its tables' rules."""
    return re.sub(r"\\[!-/:-@\[-`{-~]", "", markdown_)


@settings(max_examples=60)
@given(st.integers(0, len(HEADER) - 2), ANY)
def test_whatever_a_cell_holds_no_control_character_reaches_the_terminal(column: int, cell: str) -> None:
    """Text and Markdown are printable characters and line ends, in both registers."""
    judged = with_cell(column, cell)
    for audience, form in FORMS:
        assert form(judged, audience).replace("\n", "").isprintable()


@pytest.mark.parametrize("column", range(len(HEADER) - 1))
@pytest.mark.parametrize("cell", HOSTILE)
def test_nothing_in_a_file_is_taken_for_markup(column: int, cell: str) -> None:
    """Pipes, stars, tags, links, backslashes and line breaks of a cell are shown, and change no structure."""
    plain, judged = with_cell(column, "purple"), with_cell(column, cell)
    for audience in REGISTERS:
        report = markdown(judged, audience)
        assert report.replace("\n", "").isprintable()
        for line in report.splitlines():
            left = live(line)
            assert not set("\\`_<~$&") & set(left), line
            assert not re.search(r"\[(?!\d+\])", left), line
            assert left.count("*") in {0, 4}, line
            assert not left.startswith("|") or left.count("|") in {8, 9}, line
        headings = [line for line in report.splitlines() if line.startswith("#")]
        assert {line.lstrip("# ") for line in headings} <= {
            *(line.lstrip("# ") for line in markdown(plain, audience).splitlines() if line.startswith("#")),
            *(line.lstrip("# ") for line in markdown(TWO, audience).splitlines() if line.startswith("#")),
            "Change over time",
        }


@pytest.mark.parametrize("column", [0, 1, 2, 3, 5, 6])
@pytest.mark.parametrize("cell", FORGED)
def test_no_cell_forges_a_link_an_image_or_a_citation(column: int, cell: str) -> None:
    """`[1](address)` is no link, `![1](address)` fetches no image, and `[99]` is no mark of ours and cites nothing."""
    judged, harmless = with_cell(column, cell), with_cell(column, "zzz")
    for audience, form in FORMS:
        report = form(judged, audience)
        assert read(report).sources == read(form(harmless, audience)).sources
        if form is markdown:
            assert not re.search(r"\[\d+\]\(", live(report))
            cited = {int(mark) for mark in re.findall(r"\[(\d+)\]", live(report))}
            assert cited == set(range(1, len(read(report).sources) + 1))


@settings(max_examples=40)
@given(ANY, ANY, ANY)
def test_a_result_given_in_code_is_printed_as_harmlessly_as_one_in_a_file(marker: str, value: str, unit: str) -> None:
    """Markers, values and units with any characters leave each table with its cells and each line printable."""
    given_ = LabResult.model_validate({"marker": marker, "value": value, "unit": unit})
    panel = interpret_panel([given_, *written("ferritin 38")], WOMAN)
    for audience in REGISTERS:
        assert text(panel, audience).replace("\n", "").isprintable()
        report = markdown(panel, audience)
        assert report.replace("\n", "").isprintable()
        rows = [line for line in report.splitlines() if live(line).startswith("|")]
        assert [live(row).count("|") for row in rows] == [8] * 4


@pytest.mark.parametrize("audience", get_args(Audience))
def test_nobody_is_called_normal_by_a_range_that_is_open_on_this_side(audience: Audience) -> None:
    """A ferritin of 3 beside `< 150` is named first, and as what it is."""
    panel = interpret_panel([result("ferritin", 3, range="<150")], Patient(sex="female", age=40, pregnant=False))
    said = flat(text(panel, audience=audience))
    assert "normal for a laboratory" not in said.casefold()
    begin = {
        "clinician": "Below the standard range, where the printed range has no usable limit: Ferritin 3 ng/mL",
        "patient": "Lower than the usual range, where the range printed with your result has no useful limit: ferritin",
    }
    assert begin[audience] in said
    above = interpret_panel([result("ferritin", 700, range=">15")], Patient(sex="female", age=40, pregnant=False))
    assert f"{'Above the standard' if audience == 'clinician' else 'Higher than the usual'} range, where" in flat(
        text(above, audience=audience)
    )
    child = interpret_panel([result("vitamin_b12", 100, range="<900")], Patient(age=5, pregnant=False))
    assert "printed range that has no us" in flat(text(child, audience=audience))


def test_beside_half_a_range_a_report_says_where_the_set_puts_the_result() -> None:
    """A vitamin D of 8 lies within `<140`, and that is not all that is said of it, in either register."""
    given = [LabResult.model_validate({"marker": "vitamin_d", "value": 8, "unit": "ng/mL", "range": "<140"})]
    panel = interpret_panel(given, Patient(sex="female", age=40))
    assert "25-hydroxyvitamin D 8 ng/mL is 12 ng/mL below the standard range (20-50 ng/mL)" in text(panel, width=500)
    plain = text(panel, audience="patient", width=500)
    assert "The usual range is 20 to 50" in plain
    assert "Your value is 12 nanograms per milliliter below it" in plain


@pytest.mark.parametrize("audience", get_args(Audience))
def test_a_report_says_what_would_settle_an_undecided_result(audience: Audience) -> None:
    """A ferritin of 200 is above the range of women to 50 and within that of older ones; also a computed saturation."""
    said = flat(text(interpret_panel([result("ferritin", 200)], Patient(sex="female")), audience=audience))
    assert {"clinician": "The age would settle it.", "patient": "Where your value stands depends on your age."}[
        audience
    ] in said
    computed = interpret_panel([result("iron", "<100"), result("tibc", 300)], Patient(sex="female", age=40))
    assert {"clinician": "An exact value would settle it.", "patient": "depends on the exact value."}[audience] in flat(
        text(computed, audience=audience)
    )


def test_a_change_from_the_first_to_the_last_is_called_so_and_computed_values_are_short() -> None:
    """Three saturations of 62 over 345 have two steps and one from the first to the last, and not twelve digits."""
    given = [
        result(name, value, collected=date(2020 + year, 1, 1))
        for year in range(3)
        for name, value in (("iron", 62), ("tibc", 345))
    ]
    said = flat(text(interpret_panel(given, MAN)))
    assert "Transferrin saturation: 17.97 % (2020-01-01), then 17.97 % (2021-01-01)." in said
    assert (
        "Transferrin saturation: From the first to the last: 17.97 % (2020-01-01), then 17.97 % (2022-01-01)." in said
    )
    assert "17.9710" not in said


@pytest.mark.parametrize(
    ("audience", "settles"),
    [
        ("clinician", "Results of which none is newer disagree, and which of them holds would settle it."),
        ("patient", "Two of your values disagree and neither is newer, so ask which of them counts."),
    ],
)
def test_results_of_one_time_that_part_by_a_rule_are_what_would_settle_it(audience: Audience, settles: str) -> None:
    """A ferritin of 40 and one of 60 of a child; two on one side of the limit do not part."""
    for values, parted in (((40, 60), True), ((60, 70), False)):
        results = [LabResult(marker="ferritin", value=Decimal(each), unit="ng/mL") for each in values]
        report = " ".join(text(interpret_panel(results, Patient(age=8)), audience).split())
        assert (settles in report) == parted
