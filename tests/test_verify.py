"""An answer that was changed anywhere does not pass, one that was not changed does, and the first fault is named."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from rlslabs import Catalog, Interpretation, LabResult, LabsError, Panel, Patient, interpret, interpret_panel, verify
from rlslabs.catalog import builtin
from rlslabs.errors import DoesNotHoldError, WrongTypeError
from rlslabs.facts import Frozen
from rlslabs.interpretation import Answer
from rlslabs.panels import JudgedSheet, judge_sheet
from rlslabs.sheet import read_sheet
from tests.test_laws import answers
from tests.test_panel import panels, patients, refused

Steps = tuple[str | int, ...]
Judged = TypeVar("Judged", bound=Frozen)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAN = Patient(sex="male", age=40)
JUNE = date(2024, 6, 1)


def result(marker: str, value: object, unit: str | None, **more: object) -> LabResult:
    """A result."""
    return LabResult.model_validate({"marker": marker, "value": value, "unit": unit, **more})


def caught(answer: Interpretation | Answer | Panel | JudgedSheet, catalog: Catalog | None = None) -> str | None:
    """The statement that verify names, or `None` where the answer passes; any other error fails the test."""
    try:
        verify(answer, catalog=catalog)
    except DoesNotHoldError as error:
        return error.statement
    return None


# ---------------------------------------------------------------- what was not changed


@settings(max_examples=100)
@given(answers())
def test_every_answer_about_a_result_passes(it: Interpretation) -> None:
    """Any marker, unit, set, person, form of value and printed range; alone, with its sentences, and out of JSON."""
    assert caught(it) is None
    assert caught(Interpretation.model_validate_json(it.model_dump_json())) is None
    answer = Answer.of(it)
    assert caught(answer) is None
    assert caught(Answer.model_validate_json(answer.model_dump_json())) is None


@settings(max_examples=60)
@given(
    panels,
    patients,
    st.fixed_dictionaries(
        {
            "standard": st.sampled_from((None, "mayo", "arup", "general")),
            "strict": st.booleans(),
            "estimate_tibc": st.booleans(),
            "rcv": st.sampled_from((None, {}, {"ferritin": 30}, {"iron": 0.5, "tibc": Decimal(200)})),
        }
    ),
    st.lists(st.tuples(st.integers(0, 8), refused), max_size=2),
)
def test_every_panel_passes(
    given_: list[LabResult], patient: Patient, how: dict[str, Any], bad: list[tuple[int, Any]]
) -> None:
    """However it was asked for, with refused results among the others, and out of JSON."""
    results = list(given_)
    for place, each in bad:
        results.insert(place, each)
    panel = interpret_panel(results, patient, **how)
    assert caught(panel) is None
    assert caught(Panel.model_validate_json(panel.model_dump_json())) is None


@settings(max_examples=15)
@given(panels.filter(lambda given_: len(given_) < 5), patients, st.booleans())
def test_every_panel_with_the_decisions_near_it_passes(
    given_: list[LabResult],
    patient: Patient,
    strict: bool,  # noqa: FBT001  drawn by Hypothesis
) -> None:
    """The decisions are looked for again and compared."""
    panel = interpret_panel(given_, patient, strict=strict, nearest=True)
    assert caught(Panel.model_validate_json(panel.model_dump_json())) is None


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("thing", ["ferritin 38", None, 5])
def test_a_thing_that_is_no_result_does_not_disturb_the_check(thing: Any, place: int) -> None:  # noqa: ANN401  a bad one
    """Wherever it stands, lines and decisions are counted with it."""
    results = [result("ferritin", 38, "ng/mL"), result("tsat", 30, "%")]
    results.insert(place, thing)
    assert caught(interpret_panel(results, MAN)) is None
    assert caught(interpret_panel(results, MAN, nearest=True)) is None


def test_a_panel_with_a_computed_value_that_is_refused_passes() -> None:
    """Iron four times the capacity gives a saturation that no sample has; that it is refused is a statement as well."""
    panel = interpret_panel([result("iron", 400, "ug/dL"), result("tibc", 100, "ug/dL")], MAN)
    assert [each.interpretation for each in panel.derived] == [None]
    assert caught(panel) is None
    assert caught(swapped(panel, "derived[0].issue.message", "All is well.")) == "derived[0].issue.message"


PRINTED = [
    result("ferritin", 38, "ng/mL", range="24-336"),
    result("ferritin", 38, "ng/mL", range="24-336 ug/L"),
    result("ferritin", 38, "ng/mL", range="336-24"),
    result("ferritin", "<5", "ng/mL", range={"low": 24}),
    result("tsat", "0.2", None, range="0.2-0.5"),
    result("tsat", 25, None),
    result("25-OH vitamin D3", 60, "nmol/L"),
    result("ferritin", 90, "pmol/L"),
    result("2276-4", "1.220", "ng/mL", decimal_mark="."),
    result("ferritin", 38, "ng/mL", collected=datetime(2024, 5, 1, 8), specimen="Serum", method="Roche"),  # noqa: DTZ001  local time
]
PEOPLE = [
    MAN,
    Patient(),
    Patient(age=4),
    Patient(age="5 mo"),
    Patient(sex="female", age=30, pregnant=True),
    Patient(sex="male", born=date(1980, 5, 31)),
]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("person", PEOPLE, ids=str)
@pytest.mark.parametrize("given_", PRINTED, ids=lambda each: f"{each.marker}-{each.value or each.text}")
def test_answers_that_rest_on_printed_ranges_and_assumptions_pass(
    given_: LabResult, person: Patient, *, strict: bool
) -> None:
    """A printed range, a unit told by size, a part of an analyte, an approximate conversion, anybody of any age."""
    for chosen in (None, "mayo", "arup"):
        assert caught(interpret(given_, person, strict=strict, standard=chosen)) is None
    assert caught(interpret_panel([given_], person, strict=strict)) is None


# ---------------------------------------------------------------- what was changed


def leaves(data: object, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Every value of a JSON document, and every list in it, each with its place."""
    if isinstance(data, dict):
        for name, each in data.items():
            yield from leaves(each, (*at, name))
        return
    yield at, data
    if isinstance(data, list):
        for index, each in enumerate(data):
            yield from leaves(each, (*at, index))


@cache
def words(model: type[BaseModel], name: str) -> tuple[Any, ...]:
    """The words that a field may hold, where they are few."""

    def every(kind: Any) -> Iterator[Any]:  # noqa: ANN401  an annotation
        if get_origin(kind) is Literal:
            yield from get_args(kind)
            return
        for part in get_args(kind):
            yield from every(part)

    return tuple(every(model.model_fields[name].annotation))


def others(value: Any, few: tuple[Any, ...]) -> list[Any]:  # noqa: ANN401  a value of a JSON document
    """Other values that could stand in the same place."""
    found: list[Any] = [f"{value}x", None]
    if isinstance(value, list):
        found = [[], value[:-1]] if value else [list(few[:1]) or ["x"]]
    elif isinstance(value, bool):
        found = [not value]
    elif few:
        found = [each for each in (*few, None) if each != value]
    elif value is None:
        found = ["1"]
    elif isinstance(value, int):
        found = [value + 1]
    elif DAY.match(value):
        found = [f"2001{value[4:]}"]
    elif NUMBER.fullmatch(value):
        found = [str(Decimal(value) + 1)]
    return found


def holder(thing: Frozen, steps: Steps) -> tuple[Frozen, Steps]:
    """The innermost object that holds a place, and the place in it."""
    at: object = thing
    for depth, step in enumerate(steps):
        inner = getattr(at, step) if isinstance(step, str) else at[step]  # type: ignore[index]  # a list of objects
        if isinstance(inner, Frozen) and depth + 1 < len(steps):
            return holder(inner, steps[depth + 1 :])
        at = inner
    return thing, steps


def put(thing: Judged, steps: Steps, new: Any) -> Judged:  # noqa: ANN401  a value of a JSON document
    """The same object with one value changed, everything around it read back as JSON is.

    Raises:
        ValidationError: It is refused when it is read back.
    """
    name, rest = str(steps[0]), steps[1:]
    inner = getattr(thing, name)
    if rest and isinstance(inner, Frozen):
        return thing.model_copy(update={name: put(inner, rest, new)})
    if len(rest) > 1 and isinstance(rest[0], int) and isinstance(inner[rest[0]], Frozen):
        moved = put(inner[rest[0]], rest[1:], new)
        return thing.model_copy(update={name: (*inner[: rest[0]], moved, *inner[rest[0] + 1 :])})
    return type(thing).model_validate_json(json.dumps(edited(json.loads(thing.model_dump_json()), steps, new)))


def edited(data: Any, steps: Steps, new: Any) -> Any:  # noqa: ANN401  a JSON document
    """A JSON document with one value changed."""
    at = data
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = new
    return data


def tampered(thing: Judged, parts: set[str] | None = None) -> Iterator[tuple[Steps, Any, Judged]]:
    """Every change of one value, of these parts, that is not refused when the answer is read back.

    What is cited again and again is changed at the last of its places in a list; everything else at each of its places.
    """
    places: dict[object, tuple[Steps, Any]] = {}
    for steps, value in leaves(json.loads(thing.model_dump_json(include=parts))):
        cited = {"source", "sources", "notes", "said"} & set(steps)
        names = (tuple(each for each in steps if isinstance(each, str)), str(value))
        places[names if cited else steps] = steps, value
    for steps, value in places.values():
        inner, rest = holder(thing, steps)
        for new in others(value, words(type(inner), str(rest[0]))):
            try:
                changed = put(thing, steps, new)
            except ValidationError:
                continue
            if changed != thing:
                yield steps, new, changed


def parsed(statement: str) -> Steps:
    """`standard.limits[0].low` as its steps."""
    return tuple(int(each) if each.isdigit() else each for each in re.findall(r"[^.\[\]]+", statement))


GIVEN = {"result", "patient", "asked", "reading", "rcv"}
"""What an answer starts from: a change there shows in what follows from it."""


def named(statement: str, steps: Steps) -> bool:
    """Whether a statement names the place of a change, or a place in the same object or in the one around it."""
    if GIVEN & set(steps) or steps == ("lines",):
        return True
    said = parsed(statement)
    around = said[:-1] if isinstance(said[-1], str) else said[:-2]
    return steps[: len(said)] == said or steps[: len(around)] == around != ()


ANSWERS = {
    "ferritin": interpret("ferritin", 38, "ng/mL", sex="female", age=52),
    "anybody": interpret("ferritin", "30-90", "ng/mL"),
    "printed": interpret("ferritin", "<5", "ug/L", range="24-336", age=4, sex="male", strict=True),
    "moles": interpret("vitamin_b12", 300, "pmol/L", sex="female", born="1980-05-31", collected="2024-06-01"),
    "child": interpret("25-OH vitamin D3", 140, "nmol/L", age=4, standard="arup"),
}


SETS = {"child": "arup"}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_change_of_an_answer_is_caught_where_it_stands(name: str) -> None:
    """Whatever one value is changed to, the answer is refused or does not pass, and the fault is named.

    What the laboratory and the patient said is not for this package to doubt: there, what passes is a true answer.
    """
    missed, unnamed = [], []
    for steps, new, changed in tampered(ANSWERS[name]):
        found = caught(changed)
        if found is None:
            again = [
                interpret(changed.result, changed.patient, standard=SETS.get(name), strict=strict)
                for strict in (False, True)
            ]
            missed += [] if steps[0] in {"result", "patient"} and changed in again else [(steps, new)]
        elif not named(found, steps):
            unnamed.append((steps, new, found))
    assert missed == []
    assert unnamed == []


def rich() -> Panel:
    """A panel with a course, a printed range, declared facts and a refused result."""
    june: dict[str, Any] = {"collected": JUNE}
    results = [
        result("ferritin", 38, "ng/mL", collected=date(2024, 1, 1)),
        result("ferritin", 80, "ng/mL", range="24-336", circumstances=("biotin-within-12h",), method="Roche", **june),
        result("nothing", 5, "mg/L", **june),
    ]
    patient = Patient(sex="female", conditions=("chronic-kidney-disease",))
    return interpret_panel(results, patient, rcv={"ferritin": 30})


def open_() -> Panel:
    """A panel of a child with a discordant saturation, an estimate, context, an interval, and a goal of its own."""
    results = [
        result("ferritin", "<20", "ug/L", circumstances=("acute-illness",)),
        result("iron", 60, "ug/dL"),
        result("uibc", 240, "ug/dL"),
        result("tsat", 30, "%"),
        result("transferrin", 250, "mg/dL"),
        result("crp", "<5", "mg/L"),
    ]
    return interpret_panel(results, Patient(age=4), estimate_tibc=True, strict=True)


def again(panel: Panel) -> Panel:
    """The panel that the lines, the patient and the choices of another one give."""
    asked = panel.asked
    return interpret_panel(
        [line.result for line in panel.lines],
        panel.patient,
        standard=asked.standard,
        optimal=asked.optimal,
        strict=asked.strict,
        estimate_tibc=asked.estimate_tibc,
        nearest=asked.nearest,
        rcv={each.marker: each.variation.rcv for each in panel.trends if each.variation},
    )


def every_change_is_caught(panel: Panel, parts: set[str]) -> None:
    """Whatever one value of these parts is changed to, the panel is refused or does not pass, and the fault is named.

    Where what was given or asked is changed so that every answer stays true, the panel is that of another question.
    """
    missed, unnamed, changes = [], [], 0
    for steps, new, changed in tampered(panel, parts):
        changes += 1
        found = caught(changed)
        if found is None:
            given_ = "result" in steps or steps[0] in {"asked", "patient"} or steps == ("lines",)
            missed += [] if given_ and again(changed).lines == changed.lines else [(steps, new)]
        elif not named(found, steps):
            unnamed.append((steps, new, found))
    assert changes
    assert missed == []
    assert unnamed == []


SAME = {"caveats", "criteria", "findings"}
"""What every panel has; changed in one panel alone, because it is long."""


@pytest.mark.unwatched
def test_every_change_of_a_panel_is_caught_where_it_stands() -> None:
    """Each number, word, list and source of lines, notes and courses, and of what was asked."""
    every_change_is_caught(rich(), set(Panel.model_fields) - SAME)


@pytest.mark.unwatched
@pytest.mark.parametrize("part", sorted(SAME))
def test_every_change_of_a_finding_criterion_or_caveat_is_caught_where_it_stands(part: str) -> None:
    """Each number, word, list and source of what the results together are consistent with and what they meet."""
    panel = interpret_panel([result("ferritin", 80, "ng/mL"), result("tsat", "<15", "%")], Patient(age=40))
    every_change_is_caught(panel, {part})


@pytest.mark.unwatched
def test_every_change_of_what_is_open_in_a_panel_is_caught_where_it_stands() -> None:
    """Each value of remarks, derived values, estimates and context."""
    every_change_is_caught(open_(), set(Panel.model_fields) - SAME)


@pytest.mark.unwatched
def test_every_change_of_a_decision_is_caught_where_it_stands() -> None:
    """Each value of what is said of the closest values."""
    panel = interpret_panel([result("ferritin", 38, "ng/mL")], Patient(age=4), nearest=True)
    assert panel.decisions
    every_change_is_caught(panel, {"decisions"})


@pytest.mark.parametrize("name", ["ferritin", "printed"])
def test_a_change_of_one_value_is_read_back_like_the_whole(name: str) -> None:
    """What these tests change in one object is what a reader of the whole JSON gets, or both refuse it."""
    it = ANSWERS[name]
    text = it.model_dump_json()
    for steps, value in list(leaves(json.loads(text)))[::7]:
        inner, rest = holder(it, steps)
        for new in others(value, words(type(inner), str(rest[0]))):
            whole = json.dumps(edited(json.loads(text), steps, new))
            try:
                changed = put(it, steps, new)
            except ValidationError:
                with pytest.raises(ValidationError):
                    Interpretation.model_validate_json(whole)
            else:
                assert Interpretation.model_validate_json(whole) == changed


# ---------------------------------------------------------------- what was changed with care


def swapped(thing: Judged, statement: str, new: Any) -> Judged:  # noqa: ANN401  a value of a JSON document
    """The same object with one value changed."""
    return put(thing, parsed(statement), new)


@pytest.mark.parametrize("unit", ["ng/mLx", "furlongs", "mg/{dL}"])
def test_a_range_in_a_unit_that_is_none_is_caught(unit: str) -> None:
    """It is the one error of verify, and names the limit."""
    changed = swapped(ANSWERS["ferritin"], "standard.limits[0].range.unit", unit)
    found = caught(changed)
    assert found is not None
    assert found.startswith("standard.limits[0]")
    assert caught(Answer.of(ANSWERS["ferritin"]).model_copy(update={"interpretation": changed})) is not None


def test_a_set_that_is_none_is_caught_where_it_stands() -> None:
    """The set is named, and not the result."""
    assert caught(swapped(ANSWERS["ferritin"], "optimal.set", "nothing")) == "optimal.set"
    assert caught(swapped(ANSWERS["ferritin"], "standard.set", "nothing")) == "standard.set"


def test_a_strict_answer_is_compared_with_a_strict_one() -> None:
    """A note that was changed is named, and not the position that was right."""
    it = interpret("ferritin", 38, "ng/mL", strict=True)
    changed = swapped(it, "notes[0].clinician", "All is well.")
    assert caught(changed) == "notes[0].clinician"


@pytest.mark.parametrize("status", ["yes", "no", "undecided", "missing", "not-applicable"])
def test_another_answer_of_a_criterion_is_caught(status: str) -> None:
    """Only the one that follows from the numbers passes."""
    panel = rich()
    for index, each in enumerate(panel.criteria):
        changed = swapped(panel, f"criteria[{index}].answered", status)
        assert caught(changed) == (None if each.answered == status else f"criteria[{index}].answered")


def test_a_value_that_was_changed_in_every_place_is_caught_by_what_follows_from_it() -> None:
    """38 that is made 83 in the result and in the reading is not below the optimal range."""
    it = ANSWERS["ferritin"]
    data = json.loads(it.model_dump_json())
    data["result"]["value"] = data["reading"]["low"] = data["reading"]["high"] = "83"
    assert caught(Interpretation.model_validate_json(json.dumps(data))) == "standard.distance"


def test_a_limit_that_was_changed_with_its_range_is_caught_by_the_catalog() -> None:
    """An answer that is at one with itself and not with the data files does not pass."""
    it = ANSWERS["ferritin"]
    data = json.loads(it.model_dump_json())
    limit = data["optimal"]["limits"][0]
    limit["low"] = limit["range"]["low"]["value"] = "70"
    data["optimal"]["distance"] = "32"
    assert caught(Interpretation.model_validate_json(json.dumps(data))) == "optimal.limits[0].range.low.value"


@pytest.mark.parametrize("number", ["20.0", "2E+1", "20.000"])
def test_the_same_number_written_otherwise_passes(number: str) -> None:
    """Twenty is twenty."""
    assert caught(swapped(ANSWERS["ferritin"], "standard.limits[0].low", number)) is None


@pytest.mark.parametrize(
    ("place", "new"), [("standard.limits[0].low", "1E-25"), ("standard.distance", "-18"), ("optimal.distance", "1E+25")]
)
def test_a_number_of_any_size_is_caught(place: str, new: str) -> None:
    """A number that nothing has is no reason to stop."""
    assert caught(swapped(ANSWERS["ferritin"], place, new)) == place


@pytest.mark.parametrize("name", ["unknown", "refused"])
def test_a_refused_line_cannot_call_itself_no_result(name: str) -> None:
    """The code of a refusal is checked, whatever it is changed to."""
    given_ = {"unknown": result("nothing", 5, "mg/L"), "refused": result("ferritin", -3, "ng/mL")}[name]
    panel = interpret_panel([result("ferritin", 38, "ng/mL"), given_], MAN)
    assert caught(swapped(panel, "lines[1].issue.code", "wrong-type")) == "lines[1].issue.code"
    said = swapped(swapped(panel, "lines[1].issue.code", "wrong-type"), "lines[1].issue.message", "All is well.")
    assert caught(said) is not None


@pytest.mark.parametrize("thing", ["ferritin 38", None, 5])
def test_every_change_of_a_line_that_is_no_result_is_caught(thing: Any) -> None:  # noqa: ANN401  a bad one
    """What the line says of the thing, and that it says nothing else."""
    panel = interpret_panel([thing, result("ferritin", 38, "ng/mL")], MAN)
    assert caught(panel) is None
    missed = [
        (steps, new)
        for steps, new, each in tampered(panel, {"lines"})
        if steps[:2] == ("lines", 0) and caught(each) is None
    ]
    assert missed == []


def test_a_line_that_is_no_result_holds_no_answer() -> None:
    """An answer that was put into it is caught, though it is true of another result."""
    panel = interpret_panel(["ferritin 38", result("ferritin", 38, "ng/mL")], MAN)  # type: ignore[list-item]  # a bad one
    first, second = panel.lines
    lines = (first.model_copy(update={"interpretation": second.interpretation}), second)
    assert caught(panel.model_copy(update={"lines": lines})) is not None


def test_a_given_reference_change_value_cannot_pass_for_a_cited_one() -> None:
    """The value, its source and its note are checked, given with the call or not."""
    results = [result("ferritin", value, "ng/mL", collected=day) for value, day in ((38, date(2024, 1, 1)), (60, JUNE))]
    own, cited = interpret_panel(results, MAN, rcv={"ferritin": 30}), interpret_panel(results, MAN)
    assert caught(swapped(own, "trends[0].variation.rcv", "31")) == "trends[0].variation.rcv"
    assert caught(swapped(own, "trends[0].variation.source.id", "pilon-1981")) == "trends[0].variation.source.id"
    assert caught(swapped(own, "trends[0].variation.source.title", "a study")) == "trends[0].variation.source.title"
    assert caught(swapped(cited, "trends[0].variation.rcv", "31")) == "trends[0].variation.rcv"
    assert caught(swapped(cited, "trends[0].variation.source.id", "given")) is not None
    assert caught(swapped(own, "trends[0].marker", "nothing")) is not None


@pytest.mark.parametrize(
    ("place", "new"),
    [("patient.conditions", ["on-the-moon"]), ("asked.standard", "nothing"), ("asked.optimal", "general")],
)
def test_a_panel_that_could_not_have_been_asked_for_is_caught(place: str, new: object) -> None:
    """Neither an unknown circumstance nor an unknown set gives a panel."""
    assert caught(swapped(rich(), place, new)) == "asked"


def test_lines_that_were_exchanged_added_or_dropped_are_caught() -> None:
    """Everything that rests on a line is there, and nothing else."""
    panel = rich()
    assert caught(panel.model_copy(update={"lines": panel.lines[1:]})) is not None
    assert caught(panel.model_copy(update={"lines": (*panel.lines, panel.lines[2])})) == "asked.results"
    assert caught(panel.model_copy(update={"findings": tuple(reversed(panel.findings))})) == "findings[0].id"
    assert caught(panel.model_copy(update={"trends": panel.trends * 2})) == "trends"
    assert caught(panel.model_copy(update={"lines": ()})) is not None


@pytest.mark.unwatched
def test_sentences_that_were_changed_are_caught() -> None:
    """What an answer says to a clinician and to a patient follows from it."""
    answer = Answer.of(ANSWERS["ferritin"])
    missed = []
    for steps, new, changed in tampered(answer, {"clinician", "patient"}):
        found = caught(changed)
        missed += [] if found and parsed(found)[0] == steps[0] else [(steps, new)]
    assert missed == []
    assert caught(swapped(answer, "interpretation.standard.distance", "1")) == "standard.distance"


# ---------------------------------------------------------------- another catalog, and no answer


def test_an_answer_holds_by_the_catalog_that_it_was_judged_by(tmp_path: Path) -> None:
    """By a clinic's own limits it passes with them and not without."""
    (tmp_path / "ferritin.toml").write_text(
        """
id = "ferritin"
[[range]]
kind = "standard"
sets = ["general"]
applies_to = { sex = "male", age = ">=18 a" }
unit = "ng/mL"
low = { value = 45, source = "mayo-ferr1", locator = "ours" }
high = { value = 409, source = "mayo-ferr1", locator = "ours" }
reviewed = 2026-01-31
""",
        encoding="utf-8",
    )
    clinic = Catalog.load(tmp_path)
    results = [result("ferritin", 38, "ng/mL")]
    it = interpret(results[0], MAN, catalog=clinic)
    assert it.status == "low"
    assert caught(it, clinic) is None
    assert caught(it, Catalog.load()) == caught(it) == "standard.position"
    panel = interpret_panel(results, MAN, nearest=True, catalog=clinic)
    assert caught(panel, clinic) is None
    assert caught(panel) == "lines[0].interpretation.standard.position"
    assert caught(interpret(results[0], MAN), clinic) == "standard.position"
    assert caught(interpret(results[0], MAN), builtin()) is None


@pytest.mark.parametrize("thing", [None, 5, "ferritin 38", {}, [], object, MAN, ANSWERS["ferritin"].reading], ids=repr)
def test_a_thing_that_is_no_answer_is_a_typed_error(thing: Any) -> None:  # noqa: ANN401  a bad one
    """It is neither true nor false."""
    with pytest.raises(WrongTypeError) as refusal:
        verify(thing)
    assert isinstance(refusal.value, LabsError)
    assert not isinstance(refusal.value, DoesNotHoldError)
    assert refusal.value.code == "wrong-type"


def test_the_error_says_what_the_answer_says_and_what_it_is() -> None:
    """The message has the place, the value that stands there and the one that follows, and nothing of the patient."""
    with pytest.raises(DoesNotHoldError) as refusal:
        verify(swapped(ANSWERS["ferritin"], "optimal.distance", "38"))
    error = refusal.value
    assert (error.statement, error.text, error.code) == ("optimal.distance", "38", "does-not-hold")
    assert (
        str(error)
        == 'The answer does not hold at optimal.distance: it says "38", and it is "37"; judge the result again'
    )
    assert isinstance(error, ValueError)
    assert Counter(error.args)["optimal.distance"] == 1


def test_a_file_of_results_is_checked_with_its_panels() -> None:
    """What `rlslabs panel --json` prints passes, and a change in a line or a panel is caught where it stands."""
    content = (
        b"patient,marker,value,unit,sex\nA,ferritin,38,ng/mL,female\nA,crp,3,mg/L,female\nB,ferritin,x,ng/mL,male\n"
    )
    sheet = judge_sheet(read_sheet(content), builtin(), {})
    verify(JudgedSheet.model_validate_json(sheet.model_dump_json()))
    first, *others = sheet.lines
    assert first.answer is not None
    said = first.answer.clinician.model_copy(update={"audience": "patient"})
    forged = first.model_copy(update={"answer": first.answer.model_copy(update={"clinician": said})})
    assert caught(sheet.model_copy(update={"lines": (forged, *others)})) == "line 2: clinician.audience"
    assert caught(sheet.model_copy(update={"lines": tuple(others)})) == "lines of 2"
    panel, *rest = sheet.panels
    short = panel.model_copy(update={"lines": panel.lines[:1]})
    assert caught(sheet.model_copy(update={"panels": (short, *rest)})) == "panels[0].lines"
    changed = panel.panel.model_copy(update={"wants_most": "iron"})
    wrong = panel.model_copy(update={"panel": changed})
    assert caught(sheet.model_copy(update={"panels": (wrong, *rest)})) == "panels[0].panel.wants_most"
