"""The pytest plugin and the registration with Hypothesis, as somebody who installed the package meets them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, Interpretation, LabResult, Panel, Patient, interpret, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.errors import UnreachableError, WrongTypeError
from rlslabs.expect import assert_interpretation as check
from rlslabs.testing import lab_cases
from rlslabs.ways import answered

pytest_plugins = ["pytester"]


def test_the_fixtures_hold_what_their_names_say(
    lab_catalog: Catalog, ferritin_panel: Panel, deficient_panel: Panel, overload_panel: Panel, complete_panel: Panel
) -> None:
    """Each panel is an example of what it is called."""
    assert lab_catalog is builtin()
    assert ferritin_panel.interpretations[0].status == "below-optimal"
    assert answered(deficient_panel, "absolute-iron-deficiency") == "yes"
    assert answered(overload_panel, "overload-screen") == "yes"
    assert [it.status for it in complete_panel.interpretations] == [*["optimal"] * 5, "high"]
    assert complete_panel.missing == ()


def test_results_can_be_written_as_text(
    results_from: Callable[[str], list[LabResult]], lab_patient: Patient, assert_interpretation: Callable[..., None]
) -> None:
    """A line of text is enough for the results of a test."""
    ferritin, iron = results_from("ferritin 38 ng/mL, iron <30 ug/dL")
    assert_interpretation(interpret(ferritin, lab_patient), status="below-optimal", hl7=["N"], issues=[])
    assert_interpretation(interpret(iron, lab_patient), standard="below", optimal="below", hl7=["<", "L"])


@pytest.mark.parametrize(
    ("text", "marker", "value", "unit"),
    [
        ("transferrin saturation 20 %", "transferrin saturation", "20", "%"),
        ("vitamin b12 300 pg/mL", "vitamin b12", "300", "pg/mL"),
        ("25-OH vitamin D 20 ng/mL", "25-OH vitamin D", "20", "ng/mL"),
        ("ferritin < 5 ng/mL", "ferritin", "< 5", "ng/mL"),
        ("ferritin >=5.5ng/mL", "ferritin", ">=5.5", "ng/mL"),
        ("TSAT 20%", "TSAT", "20", "%"),
    ],
)
def test_a_written_result_is_parted_at_its_number(
    results_from: Callable[[str], list[LabResult]], text: str, marker: str, value: str, unit: str
) -> None:
    """A name may have several words and digits, and the unit may stand at the number."""
    for written in (f"{text}, iron 90 ug/dL", f"{text}; iron 90 ug/dL", f"\n {text}\niron 90 ug/dL\n"):
        first, second = results_from(written)
        assert (first.marker, first.text, first.unit) == (marker, value, unit)
        assert second.marker == "iron"
        assert interpret(first).marker


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ferritin 38", '"ferritin 38"'),
        ("ferritin 1,220 ng/mL", '"ferritin 1"'),
        ("ferritin 38,5 ng/mL", '"ferritin 38"'),
        ("38 ng/mL", '"38 ng/mL"'),
        ("ferritin 1.220,5 ng/mL", '"ferritin 1.220"'),
        ("ferritin 38 ng/mL vitamin D 8 ng/mL", 'a number within the name "ferritin 38 ng/mL vitamin D"'),
        ("ferritin <38ng/mL iron 8 ug/dL", 'a number within the name "ferritin <38ng/mL iron"'),
        ("ferritin ≥ 38 iron 8 ug/dL", 'a number within the name "ferritin ≥ 38 iron"'),
        ("ferritin 38 8 ng/mL", 'a number within the name "ferritin 38"'),
        ("", "none"),
        (" ,;\n", "none"),
    ],
)
def test_a_written_result_that_lacks_something_is_refused_by_what_it_says(
    results_from: Callable[[str], list[LabResult]], text: str, found: str
) -> None:
    """A test's own text is never guessed at: the failure quotes it, and says how to write it and what parts results."""
    words = (
        'write each as NAME VALUE UNIT, such as "ferritin 38.5 ng/mL"; commas, semicolons and line ends part results'
    )
    with pytest.raises(ValueError, match="write each as") as refused:
        results_from(text)
    assert refused.value.args[0] == f"{words}; found {found}"


@pytest.mark.parametrize(
    "name", ["vitamin D 25-OH", "25 OH vitamin D", "vitamin b 12", "1 25 dihydroxy vitamin D", "T 4"]
)
def test_a_name_with_a_number_of_its_own_is_a_name(results_from: Callable[[str], list[LabResult]], name: str) -> None:
    """Where the catalog knows a test by it, or as one that is none of its own."""
    if name == "T 4":
        with pytest.raises(ValueError, match='within the name "T 4"'):
            results_from(f"{name} 20 ng/mL")
    else:
        assert results_from(f"{name} 20 ng/mL")[0].marker == name


def test_a_panel_prints_as_its_results_and_findings(
    deficient_panel: Panel, lab_patient: Patient, results_from: Callable[[str], list[LabResult]]
) -> None:
    """Each result is a line, also one that was refused or is not judged; the whole is a page at most."""
    assert str(deficient_panel).splitlines()[0] == str(deficient_panel.interpretations[0])
    assert str(deficient_panel).splitlines()[-1].startswith("findings: absolute iron deficiency")
    panel = interpret_panel(
        [*results_from("ferritin 1500 ng/mL, tsat 20 %, CRP 4 mg/L"), LabResult(marker="x", value=Decimal(3))],
        lab_patient,
    )
    assert str(panel).splitlines()[1:4] == [
        f"{panel.interpretations[1]} [unreliable-beside-ferritin]",
        "C-reactive protein 4 mg/L: read, not judged",
        "x: refused [unknown-marker]",
    ]
    assert not str(panel.model_copy(update={"findings": (), "lines": ()}))


def test_a_panel_prints_what_is_consistent_with_something_and_not_what_it_lacks(
    complete_panel: Panel, lab_patient: Patient, results_from: Callable[[str], list[LabResult]]
) -> None:
    """That tests are missing is no finding about the patient: `panel.missing` and the finding itself hold it."""
    assert "incomplete-panel" in {each.id for each in complete_panel.findings if each.answered == "yes"}
    assert "incomplete" not in str(complete_panel)
    alone = interpret_panel(results_from("iron 90 ug/dL"), lab_patient)
    assert str(alone) == str(alone.interpretations[0])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"status": "lo"}, 'No status is called "lo"; choose from: low, below-optimal'),
        ({"standard": "in"}, 'No position is called "in"; choose from: below, within'),
        ({"optimal": "in"}, 'No position is called "in"; choose from: below, within'),
        ({"hl7": ["LL"]}, 'No HL7 code is called "LL"; choose from: L, N, H, <, >'),
        ({"issues": "x"}, 'No issue is called "x"; choose from the page on errors, such as unusual-value'),
        ({"issues": ["unusual-valeu"]}, 'No issue is called "unusual-valeu"; choose from: unusual-value'),
    ],
)
def test_an_expectation_that_no_answer_can_meet_is_refused(wrong: dict[str, Any], words: str) -> None:
    """A mistyped word is an error of the test, and no finding about what it tests."""
    with pytest.raises(UnreachableError) as refused:
        check(interpret("ferritin", 38, "ng/mL"), **wrong)
    assert words in str(refused.value)


def test_a_panel_is_no_interpretation(ferritin_panel: Panel) -> None:
    """Handed a whole panel, the check says what to hand over instead."""
    with pytest.raises(WrongTypeError, match=r"A Panel is no interpretation; .*panel\.interpretations\[0\]"):
        check(ferritin_panel, status="low")  # type: ignore[arg-type]  # this is the mistake


def test_a_failure_of_the_check_is_short_unless_more_is_asked_for() -> None:
    """The sources and notes fill a page, so they come only when they are asked for."""
    it = interpret("ferritin", 38, "ng/mL", sex="female", age=52)
    with pytest.raises(AssertionError) as brief:
        check(it, status="low")
    with pytest.raises(AssertionError) as whole:
        check(it, status="low", verbose=True)
    assert len(str(brief.value).splitlines()) < 10
    assert "[1]" not in str(brief.value)
    assert "Assumed: no pregnancy" in str(brief.value)
    assert str(it.explanation) in str(whole.value)


def test_a_failure_of_the_check_reads_like_an_explanation() -> None:
    """The message says each thing that differs, and then why the answer is what it is."""
    it = interpret("ferritin", 38, "ng/mL", sex="female", age=52)
    with pytest.raises(AssertionError) as failed:
        check(it, status="optimal", standard="within", hl7=["H"], issues=["unusual-value"])
    text = str(failed.value)
    assert "status: you expected optimal; rlslabs says below-optimal" in text
    assert "HL7 codes: you expected ['H']; rlslabs says ['N']" in text
    assert "issues: you expected ['unusual-value']; rlslabs says []" in text
    assert "standard:" not in text.split("\n\n", maxsplit=1)[0].replace("(standard within", "")
    assert "37 ng/mL below the optimal range for restless legs (75-150 ng/mL)" in text


@pytest.mark.parametrize(
    ("value", "expected", "words"),
    [
        ("<5", ["L"], "you expected ['L']; rlslabs says ['<', 'L']"),
        ("<5", [], "you expected []; rlslabs says ['<', 'L']"),
        ("<5", "<", "you expected ['<']; rlslabs says ['<', 'L']"),
        ("20-90", "<L", "you expected ['<', 'L']; rlslabs says ['N']"),
    ],
)
def test_codes_that_differ_read_as_codes_and_not_as_a_comparison(value: str, expected: list[str], words: str) -> None:
    """Each stands in quotation marks, none is an empty list, and it is plain who says what."""
    with pytest.raises(AssertionError) as failed:
        check(interpret("ferritin", value, "ng/mL", sex="male", age=40), hl7=expected)
    assert f"HL7 codes: {words}" in str(failed.value)


def test_one_issue_alone_stands_for_a_list_of_it() -> None:
    """Text is one code, and none of its letters; whatever `interpret` and the readers can say is known."""
    unusual = interpret("ferritin", "12000 ng/mL", sex="male", age=40)
    check(unusual, issues="unusual-value")
    inverted = LabResult.model_validate({"marker": "ferritin", "value": "38 ng/mL", "range": "336-24"})
    check(interpret(inverted), issues=["range-inverted"])
    with pytest.raises(AssertionError, match=r"you expected \['subject-unknown'\]; rlslabs says \['unusual-value'\]"):
        check(unusual, issues=["subject-unknown"])


def test_a_strangers_test_gets_the_fixtures_without_asking(pytester: pytest.Pytester) -> None:
    """The plugin is found by its entry point, and a wrong expectation fails with the explanation."""
    pytester.makepyfile(
        """
        def test_right(ferritin_panel, assert_interpretation):
            assert_interpretation(ferritin_panel.interpretations[0], status="below-optimal")

        def test_wrong(ferritin_panel, assert_interpretation):
            assert_interpretation(ferritin_panel.interpretations[0], status="low")
        """
    )
    outcome = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly")
    outcome.assert_outcomes(passed=1, failed=1)
    outcome.stdout.fnmatch_lines(["*status: you expected low; rlslabs says below-optimal*"])


@pytest.mark.parametrize("noun", [LabResult, Patient, Interpretation, Panel])
@given(data=st.data())
@settings(max_examples=10)
def test_hypothesis_finds_the_strategy_of_each_noun(noun: type, data: st.DataObject) -> None:
    """`st.from_type` gives the nouns of the package once its strategies are imported, without a registration."""
    assert lab_cases.__module__ == "rlslabs.testing.results"
    drawn = data.draw(st.from_type(noun))
    assert isinstance(drawn, noun)
    if isinstance(drawn, LabResult):
        assert interpret(drawn).status != "no-range"


def test_a_check_of_nothing_is_refused() -> None:
    """It could not fail, so a test that rests on it says nothing."""
    it = interpret("ferritin", 38, "ng/mL", sex="female", age=52)
    with pytest.raises(UnreachableError, match="nothing could fail"):
        check(it)
    check(it, issues=())
