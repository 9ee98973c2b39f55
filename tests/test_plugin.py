"""The pytest plugin and the registration with Hypothesis, as somebody who installed the package meets them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, Interpretation, LabResult, Panel, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.expect import assert_interpretation as check
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
    lab_results: Callable[[str], list[LabResult]], lab_patient: Patient, assert_interpretation: Callable[..., None]
) -> None:
    """A line of text is enough for the results of a test."""
    ferritin, iron = lab_results("ferritin 38 ng/mL, iron <30 ug/dL")
    assert_interpretation(interpret(ferritin, lab_patient), status="below-optimal", hl7=["N"], issues=[])
    assert_interpretation(interpret(iron, lab_patient), standard="below", optimal="below", hl7=["<", "L"])


def test_a_failure_of_the_check_reads_like_an_explanation() -> None:
    """The message says each thing that differs, and then why the answer is what it is."""
    it = interpret("ferritin", 38, "ng/mL", sex="female", age=52)
    with pytest.raises(AssertionError) as failed:
        check(it, status="optimal", standard="within", hl7=["H"], issues=["unusual-value"])
    text = str(failed.value)
    assert "status: expected optimal, found below-optimal" in text
    assert "HL7 codes: expected H, found N" in text
    assert "issues: expected unusual-value, found none" in text
    assert "standard:" not in text.split("\n\n", maxsplit=1)[0].replace("(standard within", "")
    assert "37 ng/mL below the optimal range for restless legs (75-150 ng/mL)" in text


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
    outcome.stdout.fnmatch_lines(["*status: expected low, found below-optimal*"])


@pytest.mark.parametrize("noun", [LabResult, Patient, Interpretation, Panel])
@given(data=st.data())
@settings(max_examples=10)
def test_hypothesis_finds_the_strategy_of_each_noun(noun: type, data: st.DataObject) -> None:
    """`st.from_type` gives the nouns of the package without a registration by the caller."""
    drawn = data.draw(st.from_type(noun))
    assert isinstance(drawn, noun)
    if isinstance(drawn, LabResult):
        assert interpret(drawn).status != "no-range"
