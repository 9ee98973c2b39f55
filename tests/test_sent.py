"""Strategies of FHIR resources and HL7 v2 messages: sent plainly, with a truth that no reader of them has told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, fhir, hl7v2, sent
from rlslabs.catalog import builtin
from rlslabs.errors import UnreachableError
from rlslabs.fhir import Judged
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue, Status
from rlslabs.testing import MessageCase, ObservationCase, Told, fhir_observations, hl7v2_messages
from rlslabs.testing.messages import DAMAGE as DAMAGED_SEGMENTS
from rlslabs.testing.messages import SPELLINGS as SPELLED_SEGMENTS
from rlslabs.testing.resources import DAMAGE as DAMAGED_RESOURCES
from rlslabs.testing.resources import SPELLINGS as SPELLED_RESOURCES
from rlslabs.testing.results import STATUSES

FOUND = settings(max_examples=300, phases=[Phase.generate], database=None, derandomize=True)


def holds(told: Told, it: Interpretation | None, issue: Issue | None) -> bool:
    """Whether a reader's answer says what is true: the same places and codes, or the same refusal."""
    if it is None or told.interpretation is None:
        return it is told.interpretation is None and issue is not None and issue.code == told.refused
    places = [(each.standard.possible, each.optimal.possible) for each in (it, told.interpretation)]
    codes = [(each.status, each.hl7, {one.code for one in each.issues}) for each in (it, told.interpretation)]
    return places[0] == places[1] and codes[0] == codes[1]


def read(case: ObservationCase) -> Judged:
    """The answer of the reader of FHIR."""
    (judged,) = fhir.judge(case.bundle)
    return judged


@given(case=fhir_observations())
@settings(max_examples=50)
def test_an_observation_is_judged_as_the_plain_result_is(case: ObservationCase) -> None:
    """Whoever the patient is, with the laboratory's own range or without: FHIR changes nothing of the answer."""
    judged = read(case)
    assert holds(case.told, judged.interpretation, judged.issue), (case.told, judged)


@given(case=fhir_observations(damaged=True))
@settings(max_examples=30)
def test_a_damaged_observation_is_refused_by_its_code(case: ObservationCase) -> None:
    """The code that stands beside the kind of damage, by hand, is that of the refusal."""
    judged = read(case)
    assert holds(case.told, judged.interpretation, judged.issue), (case.told, judged)


@given(case=fhir_observations() | fhir_observations(damaged=True))
@settings(max_examples=50)
def test_an_observation_is_json_and_its_truth_has_no_age(case: ObservationCase) -> None:
    """It can be sent as it is; what FHIR has no place for is not in the truth either."""
    assert json.loads(json.dumps(case.bundle)) == case.bundle
    assert case.patient.age is None
    before = copy.deepcopy(case.bundle)
    fhir.judge(case.bundle)
    assert case.bundle == before


@given(case=hl7v2_messages())
@settings(max_examples=50)
def test_a_message_is_judged_as_its_plain_results_are(case: MessageCase) -> None:
    """Each OBX segment has the answer of its result, in its place."""
    assert_message(case)


@given(case=hl7v2_messages(damaged=True))
@settings(max_examples=30)
def test_a_damaged_segment_is_refused_by_its_code_and_the_others_are_judged(case: MessageCase) -> None:
    """The code that stands beside the kind of damage, by hand, is that of the refusal; no other result suffers."""
    assert case.sent[-1].told.refused in DAMAGED_SEGMENTS
    assert_message(case)


def assert_message(case: MessageCase) -> None:
    """Hold the reader of HL7 v2 to the truth."""
    (judged,) = hl7v2.interpret(case.message.encode())
    found = {segment.number: (segment, line) for segment, line in judged.segments()}
    for each in case.sent:
        segment, line = found[each.number]
        issue = segment.issue or (None if line is None else line.issue)
        assert holds(each.told, None if line is None else line.interpretation, issue), (each.told, segment, line)


@pytest.mark.parametrize("status", STATUSES)
@given(data=st.data())
@settings(max_examples=10)
def test_a_status_that_was_asked_for_is_sent(status: Status, data: st.DataObject) -> None:
    """Asked for a status, every Observation and the one result of every message has it."""
    assert data.draw(fhir_observations(status=status)).told.status == status
    message = data.draw(hl7v2_messages(status=status))
    assert [each.told.status for each in message.sent] == [status]


@pytest.mark.parametrize("strategy", [fhir_observations, hl7v2_messages])
def test_what_cannot_be_sent_is_refused_at_once(strategy: object) -> None:
    """An impossible status or unit is an error, and not a test that never runs."""
    assert callable(strategy)
    with pytest.raises(UnreachableError):
        strategy(units=["banana"])


@pytest.mark.parametrize("refused", DAMAGED_RESOURCES)
def test_every_kind_of_damage_is_drawn_for_fhir(refused: str) -> None:
    """No kind of damage is named and never met."""
    find(fhir_observations(["ferritin"], damaged=True), lambda case: case.told.refused == refused, settings=FOUND)


@pytest.mark.parametrize("refused", DAMAGED_SEGMENTS)
def test_every_kind_of_damage_is_drawn_for_hl7v2(refused: str) -> None:
    """No kind of damage is named and never met."""
    strategy = hl7v2_messages(["ferritin"], damaged=True)
    find(strategy, lambda case: case.sent[-1].told.refused == refused, settings=FOUND)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered"])
def test_every_withdrawn_status_is_met_in_fhir(status: str) -> None:
    """A reader that knows one of them alone is found."""
    find(fhir_observations(["iron"], damaged=True), lambda case: case.observation["status"] == status, settings=FOUND)


@pytest.mark.parametrize("status", "WDXI")
def test_every_withdrawn_status_is_met_in_hl7v2(status: str) -> None:
    """The same of OBX-11."""
    strategy = hl7v2_messages(["iron"], damaged=True)
    find(strategy, lambda case: case.message.endswith(f"|{status}\r"), settings=FOUND)


def test_a_printed_range_in_another_unit_is_sent_with_its_unit() -> None:
    """The range of one kind of unit stands beside a value of another, in both forms."""
    case = find(fhir_observations(["iron"], units=["umol/L"]), in_another_unit, settings=FOUND)
    (printed,) = case.observation["referenceRange"]
    assert printed["low"]["unit"] == "ug/dL"
    strategy = hl7v2_messages(["iron"], units=["umol/L"])
    message = find(strategy, lambda case: " ug/dL|" in case.message, settings=FOUND)
    assert "|umol/L^^UCUM|" in message.message


def in_another_unit(case: ObservationCase) -> bool:
    """Whether the laboratory's own range is in another unit than the value."""
    return case.result.range is not None and case.result.range.unit != case.result.unit


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("pregnant", lambda case: case.patient.pregnant is True),
        ("not pregnant", lambda case: case.patient.pregnant is False and case.patient.sex == "female"),
        ("of unknown sex", lambda case: case.patient.sex is None),
        ("of unknown age", lambda case: case.patient.born is None),
        ("a baby", lambda case: case.patient.born and (case.result.collected - case.patient.born).days < 60),
        ("with its own range", lambda case: case.result.range is not None and case.told.interpretation is not None),
        ("off the scale", lambda case: case.result.comparator == "<"),
    ],
)
def test_every_kind_of_patient_and_result_is_sent(name: str, wanted: object) -> None:
    """What makes an answer another one is among what is drawn."""
    assert callable(wanted), name
    assert wanted(find(fhir_observations(), wanted, settings=settings(FOUND, max_examples=2000)))


def test_a_failure_shrinks_to_a_resource_that_a_person_can_read() -> None:
    """The smallest Observation has a plain number of few digits and nothing that it does not need."""
    shrunk = settings(FOUND, phases=[Phase.generate, Phase.shrink])
    case = find(fhir_observations(["ferritin"], status="optimal"), lambda _: True, settings=shrunk)
    assert case.observation["valueQuantity"]["value"] == 76
    assert sorted(case.observation) == [
        "code",
        "effectiveDateTime",
        "resourceType",
        "status",
        "subject",
        "valueQuantity",
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        lambda case: "valueString" in case.observation,
        lambda case: case.observation["status"] == "amended",
        lambda case: case.observation["status"] == "corrected",
        lambda case: len(case.observation["code"]["coding"]) > 1,
        lambda case: "code" not in case.observation.get("valueQuantity", {"code": 1}),
    ],
    ids=["text", "amended", "corrected", "local", "no-ucum"],
)
def test_every_spelling_is_met_in_fhir(wanted: Callable[[ObservationCase], bool]) -> None:
    """What an export may hold and no plain one does; its truth is that of the plain one."""
    case = find(fhir_observations(), wanted, settings=FOUND)
    judged = read(case)
    assert holds(case.told, judged.interpretation, judged.issue)


@pytest.mark.parametrize("words", ["|ST|", "|||||C\r", "|4711^^L^", "||A|||"])
def test_every_spelling_is_met_in_hl7v2(words: str) -> None:
    """The same of OBX-2, OBX-11, OBX-3 and OBX-8."""
    case = find(hl7v2_messages(), lambda case: words.removeprefix("||||") in case.message, settings=FOUND)
    assert_message(case)


@pytest.mark.parametrize(
    ("value", "unit", "typed"), [("38", "ng/mL", True), ("1.220", "ng/mL", False), ("0.3", "1", False)]
)
def test_a_value_is_typed_only_where_text_can_mean_nothing_else(value: str, unit: str, *, typed: bool) -> None:
    """Not where a point may part thousands, nor where the unit would be lost."""
    marker = "ferritin" if unit == "ng/mL" else "transferrin_saturation"
    result = LabResult(marker=marker, value=Decimal(value), unit=unit)
    observation = sent.observation(result, builtin())
    observation["valueQuantity"]["value"] = value
    assert ("valueString" in SPELLED_RESOURCES[-1](observation)) == typed
    fields = sent.segment(result, builtin()).split("|")
    assert (SPELLED_SEGMENTS[-1](fields)[2] == "ST") == (value != "1.220")
