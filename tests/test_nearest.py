"""The closest values at which an answer changes: nothing changes before them, and everything said holds at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, Panel, Patient, interpret_panel
from rlslabs.answers import Decision
from rlslabs.catalog import builtin
from rlslabs.limits import plausibility
from rlslabs.model import Reading
from rlslabs.rules import Derivation
from rlslabs.turning import _solve
from rlslabs.units import factor

CATALOG = builtin()
MAN = Patient(sex="male", age=40)
WOMAN = Patient(sex="female", age=40, pregnant=False)
CHILD = Patient(sex="female", age=10)
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
}
SHORT = {"f": "ferritin", "t": "transferrin_saturation", "b12": "vitamin_b12", "d": "vitamin_d"}
Kind = Literal["status", "criterion"]


def result(marker: str, value: object, unit: str | None = None, collected: date | None = None) -> LabResult:
    """A result in the usual unit, if no other is named."""
    name = SHORT.get(marker, marker)
    value = Decimal(value) if isinstance(value, str) and value.replace(".", "").isdigit() else value
    given_ = {"marker": name, "value": value, "unit": unit or UNITS[name], "collected": collected}
    return LabResult.model_validate({**given_, "decimal_mark": "."})


def written(text: str) -> list[LabResult]:
    """Results from `f 75 t 19.9`."""
    words = text.split()
    return [result(marker, value) for marker, value in zip(words[::2], words[1::2], strict=True)]


class Asked(NamedTuple):
    """The results and the patient of a panel, and how it was asked for."""

    results: Sequence[LabResult]
    patient: Patient = MAN
    strict: bool = False
    estimate: bool = False

    def panel(self, *, nearest: bool = False) -> Panel:
        """The panel, with or without the decisions near it."""
        strict, estimate = self.strict, self.estimate
        return interpret_panel(self.results, self.patient, strict=strict, estimate_tibc=estimate, nearest=nearest)

    def with_value(self, line: int, value: Decimal, unit: str) -> Asked:
        """The same with another exact value in one line."""
        given_ = self.results[line]
        other = LabResult(
            marker=given_.marker,
            value=value,
            unit=unit,
            range=given_.range,
            collected=given_.collected,
            circumstances=given_.circumstances,
        )
        return self._replace(results=[*self.results[:line], other, *self.results[line + 1 :]])


def answers(panel: Panel, line: int) -> dict[str, str]:
    """The status of a line and every criterion; nothing where the line is refused."""
    it = panel.lines[line].interpretation
    if it is None:
        return {}
    return {"status": it.status, **{f"{each.guideline}/{each.id}": each.answered for each in panel.criteria}}


def kind_of(about: str) -> Kind:
    """Whether a decision is about the status or about criteria."""
    return "status" if about == "status" else "criterion"


def beyond(value: Decimal, direction: str) -> Decimal:
    """A value just beyond another one; beyond it by more than rounding."""
    hair = max(abs(value), Decimal(1)) * Decimal("1E-8")
    return value - hair if direction == "down" else value + hair


def ends_within(reading: Reading, direction: str) -> bool:
    """Whether the end of a reading in a direction is itself a value of it."""
    return not (reading.low_open if direction == "down" else reading.high_open)


def decision_holds(asked: Asked, panel: Panel, decision: Decision) -> None:
    """At the value, or just beyond it, the answer is `then`; before that it is `now`."""
    now = answers(panel, decision.line)
    it = panel.lines[decision.line].interpretation
    assert it is not None
    assert (decision.marker, decision.unit, now[decision.about]) == (it.marker, it.reading.unit, decision.now)
    assert decision.then != decision.now != "undecided"
    probe = decision.value if decision.at else beyond(decision.value, decision.direction)
    again = asked.with_value(decision.line, probe, decision.unit).panel()
    assert answers(again, decision.line)[decision.about] == decision.then, decision
    start = it.reading.low if decision.direction == "down" else it.reading.high
    assert start is not None
    assert decision.value <= start if decision.direction == "down" else decision.value >= start
    if not decision.at and (decision.value != start or not ends_within(it.reading, decision.direction)):
        at = asked.with_value(decision.line, decision.value, decision.unit).panel()
        assert answers(at, decision.line).get(decision.about, decision.now) == decision.now, decision


def nothing_changes(asked: Asked, panel: Panel, line: int, kind: Kind, ends: tuple[Decimal, Decimal]) -> None:
    """Between two values, no certain answer of a kind is another one."""
    now = answers(panel, line)
    it = panel.lines[line].interpretation
    assert it is not None
    start, end = ends
    for part in ("0.000001", "0.3", "0.8", "0.999999"):
        value = start + (end - start) * Decimal(part)
        then = answers(asked.with_value(line, value, it.reading.unit).panel(), line)
        for about, said in now.items():
            if kind_of(about) == kind and said != "undecided" and then:
                assert then[about] == said, (line, about, value)


def laws_hold(asked: Asked) -> Panel:
    """Every decision holds, nothing changes before it, and where there is none nothing changes at all."""
    panel = asked.panel(nearest=True)
    kinds: tuple[Kind, ...] = ("status", "criterion")
    for decision in panel.decisions:
        decision_holds(asked, panel, decision)
    for index, line in enumerate(panel.lines):
        if line.interpretation is None:
            assert all(each.line != index for each in panel.decisions)
            continue
        reading = line.interpretation.reading
        hard = plausibility(CATALOG.markers[line.interpretation.marker], reading.unit)[1]
        assert hard.low is not None
        assert hard.high is not None
        for direction, start, last in (("down", reading.low, hard.low), ("up", reading.high, hard.high)):
            for kind in kinds:
                here = [
                    each
                    for each in panel.decisions
                    if (each.line, each.direction, kind_of(each.about)) == (index, direction, kind)
                ]
                assert len({(each.value, each.at) for each in here}) <= 1
                end = here[0].value if here else last
                if start is not None and start != end:
                    nothing_changes(asked, panel, index, kind, (start, end))
    return panel


PATIENTS = (
    MAN,
    WOMAN,
    CHILD,
    Patient(),
    Patient(sex="female"),
    Patient(age=40),
    Patient(sex="male", age=40, conditions=("dialysis",)),
)
EDGES = {
    "f": ("12", "20", "50", "75", "76.5", "100", "150", "200", "299", "300", "409", "1199", "1200", "1201", "5000"),
    "t": ("5", "14", "19.9", "20", "24", "30", "44.9", "45", "50", "60", "101"),
    "iron": ("15", "50", "60", "61", "80", "100", "130", "135", "200", "310"),
    "tibc": ("200", "250", "300", "350", "400", "450"),
    "uibc": ("100", "200", "240", "300"),
    "transferrin": ("200", "260"),
    "b12": ("150", "180", "500", "900", "914", "3000"),
    "d": ("12", "20", "50", "60", "80", "160"),
    "crp": ("3", "8"),
}
PANELS = (
    "f",
    "t",
    "f t",
    "iron tibc",
    "f iron tibc",
    "f iron uibc",
    "f t iron tibc",
    "b12 d",
    "iron transferrin",
    "f crp",
)


@st.composite
def panels(draw: st.DrawFn) -> Asked:
    """Exact results of one sample, many of them on a limit or near one, of several patients."""

    def value(marker: str) -> str:
        edge = Decimal(draw(st.sampled_from(EDGES[marker])))
        return str(edge + Decimal(draw(st.sampled_from(("0", "0.01", "-0.3", "7.7")))))

    results = [result(marker, value(marker)) for marker in draw(st.sampled_from(PANELS)).split()]
    patient = draw(st.sampled_from(PATIENTS))
    return Asked(results, patient, strict=draw(st.booleans()), estimate=draw(st.booleans()))


@settings(max_examples=25)
@given(panels())
def test_every_decision_holds_and_nothing_changes_before_it(asked: Asked) -> None:
    """Judging the panel again with the value gives `then`; with any value between it and the result gives `now`."""
    laws_hold(asked)


EXAMPLES = [
    "f 38",
    "f 75",
    "f 100",
    "f 150",
    "f 20",
    "f 0.0001",
    "f 800000",
    "f 1199",
    "f 1200",
    "f 1201",
    "f 1200 iron 60 tibc 300",
    "f 1250 iron 60 tibc 300",
    "f 200 iron 60 tibc 300",
    "f 200 iron 60 uibc 240",
    "f 200 iron 310 tibc 300",
    "f 200 iron 400 tibc 100",
    "f 1150 t 15",
    "f 1250 t 15",
    "f 200 t 30 iron 60 tibc 300",
    "t 0",
    "t 100",
    "t 20",
    "iron 60 transferrin 250",
    "f <20",
    "f <=20",
    "f >100",
    "f >=100",
    "f >500",
    "f <5",
    "f 30-40",
    "f 75-100",
    "t <15",
    "b12 >2000",
    "f 60 f 80",
    "f 38 f 38",
]


@pytest.mark.unwatched
@pytest.mark.parametrize("patient", [MAN, Patient()], ids=["man", "anybody"])
@pytest.mark.parametrize("values", EXAMPLES)
def test_the_laws_hold_on_limits_beside_them_and_for_intervals(values: str, patient: Patient) -> None:
    """On a limit, with a derived or an unreliable saturation, below a detection limit, or above the scale."""
    if values.split()[::2] == ["f", "f"] and values.split()[1] == values.split()[3]:
        one, two = (interpret_panel(written(text), patient, nearest=True) for text in ("f 38", values))
        assert two.decisions == (*one.decisions, *(each.model_copy(update={"line": 1}) for each in one.decisions))
        return
    laws_hold(Asked(written(values), patient))


@pytest.mark.parametrize(
    "values",
    [
        "f 200 t 30 iron 90 tibc 300",
        "f 200 iron 90 tibc 300 t 30",
        "f 90 t 18 iron 60 tibc 300",
        "t 15-18 iron 50 tibc 300",
        "t 30 iron 400 tibc 100",  # the computed one is refused, and contradicts nothing
    ],
)
def test_a_printed_saturation_that_comes_to_contradict_the_computed_one_is_a_decision(values: str) -> None:
    """By three points and a tenth apart, neither is relied on, and what rested on it is open."""
    laws_hold(Asked(written(values), MAN))


def said(panel: Panel, line: int = 0) -> list[tuple[str, str, str, bool, str, str]]:
    """The decisions of a line: direction, value, what about, at it or beyond it, now and then."""
    return [
        (each.direction, f"{each.value:f}", each.about, each.at, each.now, each.then)
        for each in panel.decisions
        if each.line == line
    ]


def test_a_ferritin_of_38_becomes_low_below_20_and_optimal_from_75() -> None:
    """The status changes beyond 20 and at 75; the criteria that include 75 change beyond it."""
    panel = Asked(written("f 38"), WOMAN).panel(nearest=True)
    assert set(said(panel)) == {
        ("down", "20", "status", False, "below-optimal", "low"),
        ("up", "75", "status", True, "below-optimal", "optimal"),
        ("up", "75", "aasm-2025/adult-iron", False, "yes", "missing"),
        ("up", "75", "irlssg-2018/oral-iron", False, "yes", "no"),
        ("up", "75", "aan-2016/oral-iron", False, "yes", "no"),
        ("up", "75", "aasm-2025/adult-iv-only", False, "no", "yes"),
    }


def test_a_ferritin_of_exactly_75_changes_to_both_sides_of_it() -> None:
    """Just below it is no longer optimal; just above it three criteria are no longer met and one is."""
    panel = Asked(written("f 75"), MAN).panel(nearest=True)
    assert set(said(panel)) == {
        ("down", "75", "status", False, "optimal", "below-optimal"),
        ("up", "150", "status", False, "optimal", "above-optimal"),
        ("up", "75", "aasm-2025/adult-iron", False, "yes", "missing"),
        ("up", "75", "irlssg-2018/oral-iron", False, "yes", "no"),
        ("up", "75", "aan-2016/oral-iron", False, "yes", "no"),
        ("up", "75", "aasm-2025/adult-iv-only", False, "no", "yes"),
    }


def test_a_ferritin_of_exactly_100_meets_silber_below_it_and_nothing_of_100_above_it() -> None:
    """Just below, the algorithm of 2021 is met; just above, what includes 100 is not."""
    panel = Asked(written("f 100 t 30"), MAN).panel(nearest=True)
    assert {each for each in said(panel) if each[2] != "status"} == {
        ("down", "100", "silber-2021/iv-iron", False, "no", "yes"),
        ("up", "100", "aasm-2025/adult-iv-only", False, "yes", "no"),
        ("up", "100", "irlssg-2018/first-iv-course", False, "yes", "no"),
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<20", ("up", "20", "status", True, "low", "below-optimal")),
        ("<=20", ("up", "75", "status", True, "undecided", "optimal")),
        (">100", ("down", "100", "irlssg-2018/first-iv-course", True, "no", "yes")),
        (">100", ("down", "100", "aasm-2025/adult-iv-only", True, "no", "yes")),
        (">=100", ("down", "100", "silber-2021/iv-iron", False, "no", "yes")),
    ],
)
def test_an_end_that_is_left_out_of_the_result_is_itself_a_value_to_change_at(
    value: str, expected: tuple[str, str, str, bool, str, str]
) -> None:
    """`<20` is low for certain and 20 is not; an answer that is undecided now is passed over."""
    panel = Asked(written(f"f {value}"), MAN).panel(nearest=True)
    assert (expected in said(panel)) is (expected[4] != "undecided")


def test_an_iron_that_moves_the_computed_saturation_across_20_is_a_decision() -> None:
    """With a TIBC of 300, an iron of 60 is a saturation of exactly 20 %; beyond it AASM 2025 is met."""
    panel = Asked(written("f 200 iron 70 tibc 300"), MAN).panel(nearest=True)
    assert ("down", "60", "aasm-2025/adult-iron", False, "no", "yes") in said(panel, 1)
    assert ("up", "350", "aasm-2025/adult-iron", False, "no", "yes") in said(panel, 2)
    assert ("up", "135", "irlssg-2018/overload-stop", True, "no", "yes") in said(panel, 1)


def test_an_iron_that_makes_a_printed_saturation_discordant_is_a_decision() -> None:
    """With a printed 30 % and a TIBC of 300, an iron below 81 or above 99 contradicts it."""
    panel = Asked(written("f 200 iron 90 tibc 300 t 30"), MAN).panel(nearest=True)
    assert ("down", "81", "aasm-2025/adult-iron", False, "no", "undecided") in said(panel, 1)
    assert ("up", "99", "aasm-2025/adult-iron", False, "no", "undecided") in said(panel, 1)


def test_a_ferritin_above_1200_takes_the_saturation_away() -> None:
    """The criterion that rests on the saturation alone is open beyond 1,200."""
    panel = Asked(written("f 1150 t 15"), MAN).panel(nearest=True)
    assert ("up", "1200", "aasm-2025/adult-iron", False, "yes", "undecided") in said(panel)


def test_a_printed_range_moves_the_decision_about_the_status() -> None:
    """Where the report prints 30 as its lower limit, the status changes below 30."""
    given_ = LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL", range="30-400")  # type: ignore[arg-type]  # read as text
    panel = laws_hold(Asked([given_]))
    assert ("down", "30", "status", False, "below-optimal", "low") in said(panel)


def test_only_the_newest_result_moves_a_criterion() -> None:
    """An older one has a status, and nothing rests on it."""
    given_ = [result("f", 38, None, date(2023, 1, 1)), result("f", 90, None, date(2024, 1, 1))]
    panel = laws_hold(Asked(given_))
    assert {kind_of(each.about) for each in panel.decisions if each.line == 0} == {"status"}
    assert {kind_of(each.about) for each in panel.decisions if each.line == 1} == {"status", "criterion"}


def test_what_is_not_judged_has_no_decision_and_spoils_none() -> None:
    """Context analytes, refused results and things that are no result are passed over, and counted as lines."""
    plain = interpret_panel(written("f 38 t 30"), MAN, nearest=True)
    others = ["ferritin 38", result("f", -3), *written("crp 3 f 38"), LabResult(marker="nothing"), *written("t 30")]
    panel = interpret_panel(others, MAN, nearest=True)  # type: ignore[arg-type]  # a bad one among them
    place = {0: 3, 1: 5}
    assert panel.decisions == tuple(each.model_copy(update={"line": place[each.line]}) for each in plain.decisions)


def test_decisions_are_looked_for_only_where_they_are_asked_for() -> None:
    """A panel is otherwise the same with them and without."""
    one, two = (interpret_panel(written("f 38"), MAN, nearest=nearest) for nearest in (False, True))
    assert one.decisions == ()
    assert two.decisions
    assert one.model_dump(exclude={"decisions", "asked"}) == two.model_dump(exclude={"decisions", "asked"})
    assert interpret_panel([], MAN, nearest=True).decisions == ()


def test_a_decision_says_who_says_so() -> None:
    """A criterion cites its guideline, and a status the sources of both ranges."""
    for each in Asked(written("f 38"), WOMAN).panel(nearest=True).decisions:
        assert each.sources
        assert ("healers-rls-protocol" in {source.id for source in each.sources}) is (each.about == "status")
        assert each.name


@settings(max_examples=20)
@given(panels(), st.data())
def test_decisions_are_the_same_in_every_unit(asked: Asked, data: st.DataObject) -> None:
    """The values are converted, and nothing else about them changes."""
    line = data.draw(st.integers(0, len(asked.results) - 1))
    given_ = asked.results[line]
    analyte = CATALOG.analyte(given_.marker)
    unit = data.draw(st.sampled_from([each.ucum for each in analyte.accepts]))
    by = factor(given_.unit or "", unit, analyte.molar_mass.value if analyte.molar_mass else None)
    assert given_.value is not None
    exact = Fraction(given_.value) * by
    if exact.denominator != 1 and 10**12 % exact.denominator:
        return  # the same value cannot be written in that unit
    moved = asked.with_value(line, Decimal(exact.numerator) / Decimal(exact.denominator), unit)
    one, two = asked.panel(nearest=True).decisions, moved.panel(nearest=True).decisions
    assert [shape(each) for each in one] == [shape(each) for each in two]
    for first, second in zip(one, two, strict=True):
        want = Fraction(first.value) * (by if first.line == line else 1)
        assert abs(Fraction(second.value) - want) <= abs(want) / 10**9
        assert second.unit == (unit if first.line == line else first.unit)


def shape(decision: Decision) -> tuple[object, ...]:
    """A decision without its number."""
    return (decision.line, decision.about, decision.direction, decision.at, decision.now, decision.then)


@settings(max_examples=12)
@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_results_never_matters_for_decisions(asked: Asked, random: object) -> None:
    """Each result has its decisions, wherever it stands."""
    places = list(range(len(asked.results)))
    assert hasattr(random, "shuffle")
    random.shuffle(places)
    moved = asked._replace(results=[asked.results[place] for place in places])
    one, two = asked.panel(nearest=True).decisions, moved.panel(nearest=True).decisions
    assert {each.model_dump_json() for each in one} == {
        each.model_copy(update={"line": places[each.line]}).model_dump_json() for each in two
    }


@pytest.mark.parametrize("rule", CATALOG.rules.derivations, ids=lambda rule: rule.id)
@pytest.mark.parametrize("goal", [Fraction(20), Fraction(45), Fraction(1000, 7), Fraction(300)])
def test_the_value_of_an_input_for_a_goal_gives_that_goal(rule: Derivation, goal: Fraction) -> None:
    """Whatever input is asked for, the formula of the data file comes to the goal at the value that is found."""
    for asked in dict.fromkeys(rule.inputs):
        known = {name: Fraction(7 * place + 5, 3) for place, name in enumerate(rule.inputs) if name != asked}
        found = _solve(rule, asked, known, goal)
        assert found is not None
        taken = [{**known, asked: found}[name] for name in rule.inputs]
        share = 100 * taken[0] / sum(taken[1:]) if rule.form == "percent" else None
        assert goal == {"percent": share, "sum": sum(taken), "scaled": taken[0] * Fraction(rule.factor or 1)}[rule.form]


def test_a_goal_that_no_value_of_an_input_gives_has_none() -> None:
    """No capacity makes a saturation of 0 %, and with free capacity left no iron makes one of 100 %."""
    rules = {each.id: each for each in CATALOG.rules.derivations}
    assert _solve(rules["tsat-from-tibc"], "tibc", {"iron": Fraction(10)}, Fraction(0)) is None
    assert _solve(rules["tsat-from-uibc"], "iron", {"uibc": Fraction(10)}, Fraction(100)) is None


def test_in_other_units_a_capacity_is_nothing_but_a_capacity() -> None:
    """A number in umol/L cannot be one of transferrin in mg/dL; the decisions near it are found all the same."""
    given_ = [
        LabResult(marker="iron", value=Decimal(10), unit="umol/L"),
        LabResult(marker="tibc", value=Decimal(60), unit="umol/L"),
        LabResult(marker="tsat", value=Decimal(17), unit="%"),
    ]
    panel = interpret_panel(given_, MAN, nearest=True)
    assert {each.marker for each in panel.decisions} == {"iron", "tibc", "transferrin_saturation"}
    assert all(each.unit == ("%" if each.marker.endswith("saturation") else "umol/L") for each in panel.decisions)
