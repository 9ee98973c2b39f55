"""What a panel lacks, which missing test would settle most, and how many answers wait for it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, Panel, Patient, interpret_panel
from rlslabs.answers import CriterionAnswer, Finding
from rlslabs.catalog import builtin
from rlslabs.gaps import incomplete, wants_most
from tests.test_panel import panels, patients, result, written

CATALOG = builtin()
MAN = Patient(sex="male", age=40)
PREGNANT = Patient(sex="female", age=30, pregnant=True)
SIX = "f 60 t 30 iron 90 tibc 300 b12 600 d 40"


def rules(panel: Panel) -> list[Finding | CriterionAnswer]:
    """Every finding about the patient and every criterion."""
    return [*(each for each in panel.findings if each.id != "incomplete-panel"), *panel.criteria]


def gap(panel: Panel) -> Finding:
    """The finding that the panel is incomplete; there is always one, and it comes last."""
    (found,) = [each for each in panel.findings if each.id == "incomplete-panel"]
    assert panel.findings[-1] is found
    return found


def counted(panel: Panel) -> tuple[str | None, int]:
    """The test that most answers wait for and how many do, by arithmetic of this file's own."""
    open_ = [each for each in rules(panel) if each.answered in {"missing", "undecided"}]
    doubted = any(each.code == "unreliable-beside-ferritin" for each in panel.issues)
    futile = {"transferrin_saturation", "tibc"} if doubted else set[str]()  # not to be relied on in this sample
    waits = Counter(name for each in open_ for name in each.missing if name not in futile)
    if not waits:
        wants = [each.wants for each in rules(panel) if isinstance(each, Finding)]
        waits = Counter(name for names in wants for name in names if name not in futile)
    if not waits:
        return None, 0
    most = max(waits.values())
    return min(name for name in waits if waits[name] == most), most


@settings(max_examples=60)
@given(panels, patients, st.booleans(), st.booleans())
def test_the_test_that_would_add_most_is_the_one_that_most_answers_wait_for(
    given_: list[LabResult],
    patient: Patient,
    strict: bool,  # noqa: FBT001  drawn by Hypothesis
    estimate: bool,  # noqa: FBT001  the same
) -> None:
    """It is counted over all findings and criteria, of equals the first by name, and the count is said."""
    panel = interpret_panel(given_, patient, strict=strict, estimate_tibc=estimate)
    found, (most, count) = gap(panel), counted(panel)
    assert panel.wants_most == most
    assert found.wants == ((most,) if most else ())
    assert found.missing == panel.missing
    assert found.answered == ("yes" if panel.missing or most else "no")
    if most is None:
        assert "add most" not in found.said.clinician
        assert found.sources == ()
        return
    answers = "1 answer " if count == 1 else f"{count} answers "
    assert f"{CATALOG.analyte(most).name} would add most: " in found.said.clinician
    assert answers in found.said.clinician
    assert CATALOG.analyte(most).plain_name in found.said.patient
    assert found.sources


@settings(max_examples=50)
@given(panels, patients)
def test_giving_the_test_that_was_wanted_leaves_no_answer_waiting_for_it(
    given_: list[LabResult], patient: Patient
) -> None:
    """No answer waits for what is there, and what is there is neither missing nor wanted."""
    panel = interpret_panel(given_, patient)
    if panel.wants_most is None:
        return
    values = {
        "ferritin": 60,
        "transferrin_saturation": 30,
        "tibc": 300,
        "iron": 90,
        "vitamin_b12": 400,
        "vitamin_d": 40,
    }
    values |= {"crp": 2, "mma": 200, "homocysteine": 10, "haemoglobin": 14}
    added = interpret_panel([*given_, result(panel.wants_most, values[panel.wants_most])], patient)
    assert added.wants_most != panel.wants_most
    assert panel.wants_most not in added.missing
    assert all(panel.wants_most not in each.missing for each in rules(added))


@settings(max_examples=40)
@given(panels, patients)
def test_what_is_missing_is_what_no_result_and_no_computed_value_gives(
    given_: list[LabResult], patient: Patient
) -> None:
    """In the order of the markers; a saturation that could be computed is not missing."""
    panel = interpret_panel(given_, patient)
    there = {each.marker for each in panel.interpretations}
    there |= {each.interpretation.marker for each in panel.derived if each.interpretation}
    assert panel.missing == tuple(name for name in CATALOG.markers if name not in there)


@pytest.mark.parametrize(
    ("values", "most", "count", "missing"),
    [
        ("", "ferritin", 16, 6),
        ("iron 60", "ferritin", 16, 5),
        ("f 38", "transferrin_saturation", 4, 5),
        ("f 38 t 15", "crp", 3, 4),
        ("f 38 iron 60 tibc 400", "crp", 3, 2),
        (f"{SIX} crp 2", None, 0, 0),
        (SIX.replace("f 60", "f 200"), "crp", 2, 0),
        (f"{SIX.replace('b12 600', 'b12 250')} crp 2", "homocysteine", 1, 0),
        (f"{SIX.replace('b12 600', 'b12 250')} crp 2 homocysteine 9", "mma", 1, 0),
        (f"{SIX.replace('b12 600', 'b12 250')} crp 2 homocysteine 9 mma 200", None, 0, 0),
    ],
)
def test_worked_panels_want_what_they_should(values: str, most: str | None, count: int, missing: int) -> None:
    """An empty panel wants ferritin, ferritin wants the saturation, and both want CRP."""
    panel = interpret_panel(written(values), MAN)
    assert (panel.wants_most, counted(panel)[1], len(panel.missing)) == (most, count, missing)


def test_with_all_six_there_and_nothing_open_the_panel_is_not_incomplete() -> None:
    """It says so in both registers, and cites nobody."""
    found = gap(interpret_panel(written(f"{SIX} crp 2"), MAN))
    assert (found.answered, found.missing, found.wants, found.sources) == ("no", (), (), ())
    assert found.said.clinician == "All six markers are in this panel."
    assert found.said.patient == "All six tests are in this report."


def test_with_none_there_all_six_are_named() -> None:
    """An empty panel is a panel, and lacks everything."""
    found = gap(interpret_panel([], MAN))
    assert (found.answered, found.missing) == ("yes", tuple(CATALOG.markers))
    for marker in CATALOG.markers.values():
        assert marker.name in found.said.clinician
        assert marker.plain_name in found.said.patient
    assert "16 answers about patterns and guidelines wait for it" in found.said.clinician


def test_all_six_may_be_there_and_another_test_still_be_wanted() -> None:
    """What settles an open answer may be a context analyte; one answer is spoken of as one."""
    two = gap(interpret_panel(written(SIX.replace("f 60", "f 200")), MAN))
    assert (two.answered, two.missing) == ("yes", ())
    assert two.said.clinician.startswith(
        "All six markers are in this panel. C-reactive protein would add most: 2 answers"
    )
    one = gap(interpret_panel(written(f"{SIX.replace('b12 600', 'b12 250')} crp 2"), MAN))
    assert "it would bear on 1 answer given here." in one.said.clinician
    assert {source.id for source in one.sources} == {
        source.id
        for each in interpret_panel(written("b12 250"), MAN).findings
        if each.id == "b12-indeterminate"
        for source in each.sources
    }


def test_where_no_rule_applies_no_test_would_add_anything() -> None:
    """In pregnancy nothing waits but the caution about too much iron, and what is missing is still named."""
    panel = interpret_panel(written("f 38"), PREGNANT)
    most = "transferrin_saturation"
    assert (panel.wants_most, gap(panel).answered, gap(panel).wants) == (most, "yes", (most,))
    assert "Ferritin" not in gap(panel).said.clinician
    full = interpret_panel(written(SIX), PREGNANT)
    assert gap(full).answered == "no"


def test_what_was_refused_is_missing() -> None:
    """A result that cannot be judged fills no gap."""
    bad = [LabResult(marker="ferritin", value=Decimal(-3), unit="ng/mL"), LabResult(marker="iron", value=Decimal(60))]
    assert interpret_panel([*bad, *written("t 30")], MAN).missing == interpret_panel(written("t 30"), MAN).missing


def test_an_estimated_capacity_is_not_a_measured_one() -> None:
    """A TIBC that a factor made of transferrin leaves the TIBC missing."""
    given_ = written("f 60 t 30 iron 90 transferrin 250 b12 600 d 40 crp 2")
    plain, estimated = (interpret_panel(given_, MAN, estimate_tibc=estimate) for estimate in (False, True))
    assert plain.missing == ("tibc",)
    assert estimated.missing == ("tibc",)


def test_one_answer_that_waits_is_spoken_of_as_one() -> None:
    """One answer waits; several wait."""
    panel = interpret_panel([], MAN)
    (waiting,) = [each for each in panel.findings if each.id == "vitamin-d-excess"]
    one = incomplete([waiting], [], ("vitamin_d",), set(), most="vitamin_d", catalog=CATALOG)
    assert one.said.clinician.endswith("would add most: 1 answer about patterns and guidelines waits for it.")
    assert (one.missing, one.wants, one.sources) == (("vitamin_d",), ("vitamin_d",), waiting.sources)
    two = incomplete([waiting, waiting], [], ("vitamin_d",), set(), most="vitamin_d", catalog=CATALOG)
    assert two.said.clinician.endswith("would add most: 2 answers about patterns and guidelines wait for it.")


def test_nothing_is_wanted_of_nothing() -> None:
    """Without findings and criteria no test adds anything."""
    assert wants_most([], [], set()) is None
    assert incomplete([], [], (), set(), most=None, catalog=CATALOG).answered == "no"
    assert incomplete([], [], ("iron",), set(), most=None, catalog=CATALOG).answered == "yes"
