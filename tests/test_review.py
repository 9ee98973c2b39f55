"""The lines of a panel held against each other: swaps, discordance, unreliable values, estimates."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, Panel, Patient, interpret_panel
from rlslabs.catalog import builtin

MAN = Patient(sex="male", age=40)
UNITS = {"ferritin": "ng/mL", "transferrin_saturation": "%", "transferrin": "mg/dL", "crp": "mg/L"}
SHORT = {"f": "ferritin", "t": "transferrin_saturation", "tf": "transferrin"}


def results(text: str, collected: date | None = None) -> list[LabResult]:
    """Results from `f 75 t 19.9`."""
    words = text.split()
    pairs = [(SHORT.get(marker, marker), value) for marker, value in zip(words[::2], words[1::2], strict=True)]
    return [
        LabResult(marker=marker, text=value, unit=UNITS.get(marker, "ug/dL"), collected=collected)
        for marker, value in pairs
    ]


def read(text: str, *, estimate: bool = False) -> Panel:
    """The panel of one sample of a man."""
    return interpret_panel(results(text), MAN, estimate_tibc=estimate)


def answers(panel: Panel) -> dict[str, str]:
    """What every finding and criterion answers."""
    found: dict[str, str] = {each.id: each.answered for each in panel.findings}
    return found | {f"{each.guideline}/{each.id}": each.answered for each in panel.criteria}


def remarks(panel: Panel) -> list[tuple[str, str]]:
    """The remarks of every line but those of ferritin on itself, with the marker that they are about."""
    return [
        (line.result.marker, each.code)
        for line in panel.lines
        for each in line.remarks
        if line.result.marker != "ferritin"
    ]


def computed(panel: Panel) -> list[tuple[str, Decimal | None]]:
    """The derived values, by rule."""
    return [(each.computed.derivation, each.computed.result.value) for each in panel.derived]


# ---------------------------------------------------------------- swapped tests


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("iron 60 tibc 240 uibc 240", True),  # the same number twice
        ("tibc 240 uibc 240", True),
        ("iron 60 tibc 300 uibc 240", False),
        ("iron 60 tibc 240 t 20", True),  # 60 / (60 + 240) is the printed 20 %
        ("iron 60 tibc 300 t 20", False),
        ("iron 60 tibc 300 t 28", False),  # discordant, and nothing else fits
        ("iron 60 tibc 250 t 17", True),  # transferrin 250 mg/dL binds 350 ug/dL: 17 %
        ("iron 60 tibc 350 t 17", False),
        ("iron 60 tibc 300 t 0", False),
        ("iron 60 tibc 240-241 t 20", False),  # an interval is not held against anything
        ("iron 50-70 tibc 240 t 20", False),
        ("iron 60 tibc 240 t 19-21", False),
        ("iron 60 tibc 240 uibc 230-250", False),
        ("tibc 240 t 20", False),
        ("iron 60 tibc 240", False),
    ],
)
def test_a_tibc_that_is_another_test_is_refused_with_a_reason(text: str, *, refused: bool) -> None:
    """UIBC or transferrin under the name of TIBC is refused where the other results say so, and only there."""
    (line,) = (line for line in read(text).lines if line.result.marker == "tibc")
    assert (line.issue is not None) is refused
    if line.issue is not None:
        assert line.issue.code == "another-analyte"
        assert line.interpretation is None


@pytest.mark.parametrize(("tibc", "words"), [("240", "only as UIBC"), ("200", "as transferrin in mg/dL")])
def test_the_reason_of_a_swap_names_what_the_number_fits(tibc: str, words: str) -> None:
    """The issue says whether it is UIBC or transferrin that the printed saturation asks for."""
    printed = {"240": "20", "200": "21.4"}[tibc]
    (line,) = (line for line in read(f"iron 60 tibc {tibc} t {printed}").lines if line.result.marker == "tibc")
    assert line.issue is not None
    assert words in line.issue.message


def test_a_swap_in_molar_units_is_seen_as_well() -> None:
    """UIBC as TIBC is refused in umol/L; a molar number is never taken for transferrin in mg/dL."""
    molar = [
        LabResult(marker="iron", text="10", unit="umol/L"),
        LabResult(marker="tibc", text="40", unit="umol/L"),
        LabResult(marker="transferrin_saturation", text="20", unit="%"),
    ]
    assert interpret_panel(molar, MAN).lines[1].issue is not None
    none = [molar[0], molar[1], LabResult(marker="transferrin_saturation", text="40", unit="%")]
    assert interpret_panel(none, MAN).lines[1].issue is None


def test_a_refused_swap_does_not_derive() -> None:
    """From a TIBC that is another test no saturation is computed, and the true UIBC serves."""
    assert computed(read("iron 60 tibc 240 uibc 240")) == [
        ("tibc-from-uibc", Decimal("53.7201181843")),
        ("tsat-from-uibc", Decimal(20)),
    ]
    assert computed(read("iron 60 tibc 240 t 20")) == []


# ---------------------------------------------------------------- discordance


@pytest.mark.parametrize(
    ("printed", "discordant"),
    [
        ("20", False),
        ("23", False),  # 3 points exactly
        ("23.1", True),  # more than 3 points and more than 10 %
        ("17", False),  # 3 points exactly
        ("16.3", True),  # 16.9 would fit TIBC as UIBC, and be refused as that
        ("28", True),
    ],
)
def test_a_printed_saturation_is_discordant_by_more_than_3_points(printed: str, *, discordant: bool) -> None:
    """Computed 20 %: three points are allowed, more are said; both are shown and neither is used."""
    panel = read(f"f 200 iron 60 tibc 300 t {printed}")
    said = [("transferrin_saturation", "discordant-saturation")]
    assert remarks(panel) == (said if discordant else [])
    assert computed(panel) == [("tsat-from-tibc", Decimal(20))]
    assert (answers(panel)["aasm-2025/adult-iron"] == "undecided") is discordant


@pytest.mark.parametrize(
    ("printed", "discordant"),
    [("50", False), ("44", True), ("45.4", True), ("45.5", False), ("55.5", False), ("56", True)],
)
def test_a_printed_saturation_is_discordant_by_more_than_10_percent(printed: str, *, discordant: bool) -> None:
    """Computed 50 %: more than three points are allowed as long as they are no more than a tenth of the printed one."""
    assert bool(remarks(read(f"iron 150 tibc 300 t {printed}"))) is discordant


def test_an_interval_that_contradicts_the_computed_saturation_is_discordant_as_well() -> None:
    """Every value of `<15` is far from 30 %, so it is no more certain than an exact 12 that is doubted."""
    exact, wide = read("f 200 iron 90 tibc 300 t 12"), read("f 200 iron 90 tibc 300 t <15")
    assert answers(exact)["aasm-2025/adult-iron"] == "undecided"
    assert answers(wide)["aasm-2025/adult-iron"] == "undecided"


def test_another_sample_contradicts_nothing() -> None:
    """Iron and TIBC of one day are not held against a saturation of another."""
    given_ = [*results("iron 60 tibc 300", date(2024, 1, 1)), *results("t 40", date(2024, 2, 1))]
    assert remarks(interpret_panel(given_, MAN)) == []


# ---------------------------------------------------------------- unreliable and over 100 %


@pytest.mark.parametrize(("ferritin", "doubted"), [("1199", False), ("1200", False), ("1200.1", True), (">1000", True)])
def test_above_a_ferritin_of_1200_saturation_and_tibc_are_not_relied_on(ferritin: str, *, doubted: bool) -> None:
    """They are not computed, printed ones are marked, and a rule that needs them is undecided."""
    panel = read(f"f {ferritin} t 15 tibc 300")
    both = [("transferrin_saturation", "unreliable-beside-ferritin"), ("tibc", "unreliable-beside-ferritin")]
    assert remarks(panel) == (both if doubted else [])
    assert (answers(panel)["aasm-2025/adult-iron"] == "undecided") is doubted
    assert computed(read(f"f {ferritin} iron 60 tibc 300")) == ([] if doubted else [("tsat-from-tibc", Decimal(20))])
    assert (computed(read(f"f {ferritin} iron 60 uibc 240")) == []) is doubted


def test_a_ferritin_of_another_sample_leaves_a_saturation_alone() -> None:
    """Only what was collected with it is not relied on."""
    given_ = [*results("f 5000", date(2024, 1, 1)), *results("t 15", date(2024, 2, 1))]
    assert remarks(interpret_panel(given_, MAN)) == []


@pytest.mark.parametrize(("iron", "over"), [("299", False), ("300", False), ("301", True)])
def test_a_computed_saturation_above_100_is_shown_and_not_relied_on(iron: str, *, over: bool) -> None:
    """Iron above TIBC is computed, shown with a warning, and decides nothing."""
    panel = read(f"f 310 iron {iron} tibc 300")
    (derived,) = panel.derived
    assert derived.interpretation is not None
    assert (derived.issue is not None and derived.issue.code == "saturation-over-100") is over
    assert (derived.computed.doubt == "saturation-over-100") is over
    assert (answers(panel)["overload-screen"] == "undecided") is over
    assert ("saturation-over-100" in {each.code for each in panel.issues}) is over


def test_a_printed_saturation_above_100_is_warned_of_and_not_relied_on_either() -> None:
    """A saturation over 100 % is never used in silence, whoever computed it."""
    panel = read("f 310 t 150")
    assert "saturation-over-100" in {each.code for each in panel.issues}
    assert answers(panel)["overload-screen"] == "undecided"


def test_an_impossible_computed_saturation_is_shown_with_its_refusal() -> None:
    """More than twice the capacity is computed, shown with the warning of too much iron, and no input is lost."""
    (derived,) = read("iron 700 tibc 300").derived
    assert derived.interpretation is None
    assert derived.issue is not None
    assert derived.issue.code == "saturation-over-100"
    panel = read("iron 700 tibc 300")
    assert "saturation-over-100" in {each.code for each in panel.issues}
    (stop,) = [each for each in panel.criteria if each.id == "overload-stop"]
    assert (stop.answered, stop.missing) == ("undecided", ("ferritin",))


# ---------------------------------------------------------------- what is derived, and what it decides


@pytest.mark.parametrize(
    ("text", "estimate", "rules"),
    [
        ("iron 60 tibc 300", False, ["tsat-from-tibc"]),
        ("iron 60 uibc 240", False, ["tibc-from-uibc", "tsat-from-uibc"]),
        ("iron 60 tibc 300 uibc 240", False, ["tsat-from-tibc"]),
        ("iron 60 tf 250", False, []),
        ("iron 60 tf 250", True, ["tibc-from-transferrin", "tsat-from-tibc"]),
        ("iron 60 tf 250 tibc 300", True, ["tsat-from-tibc"]),
        ("iron 60 tf 250 uibc 240", True, ["tibc-from-uibc", "tsat-from-uibc"]),
        ("iron <5 uibc 0", False, ["tibc-from-uibc"]),
        ("tf 1200", True, ["tibc-from-transferrin"]),
    ],
)
def test_the_best_way_is_taken_and_estimates_only_on_request(text: str, *, estimate: bool, rules: list[str]) -> None:
    """A printed value comes before a sum, and a sum before an estimate, which is made only where it is asked for."""
    assert [each.computed.derivation for each in read(text, estimate=estimate).derived] == rules


def test_an_estimate_is_labelled_with_its_factor_through_every_step() -> None:
    """A TIBC from transferrin, and the saturation from that TIBC, both say that a factor took part."""
    tibc, saturation = read("iron 60 tf 250", estimate=True).derived
    assert (tibc.computed.estimated, saturation.computed.estimated) == (True, True)
    assert tibc.computed.factor == Decimal("25.1")


def test_a_computed_saturation_decides_like_a_printed_one() -> None:
    """Where nothing is printed the computed value is used, and the evidence says that it is derived."""
    panel = read("f 200 iron 59 tibc 300")
    answer = next(each for each in panel.criteria if each.id == "adult-iron")
    assert answer.answered == "yes"
    assert [each.derived for each in answer.rests_on if each.marker == "transferrin_saturation"] == [True]


def test_an_estimated_saturation_leaves_a_rule_open() -> None:
    """An estimate meets no criterion and rules none out."""
    for tf in ("150", "400"):
        assert answers(read(f"f 200 iron 60 tf {tf}", estimate=True))["aasm-2025/adult-iron"] == "undecided"


@pytest.mark.parametrize("name", ["discordant", "older TIBC", "older saturation", "undated TIBC"])
def test_an_estimate_takes_no_certain_answer_away(name: str) -> None:
    """An estimate neither doubts a printed saturation nor takes the place of a measured value."""
    old, new = date(2024, 1, 1), date(2024, 2, 1)
    given_ = {
        "discordant": results("f 200 iron 60 tf 250 t 25"),
        "older TIBC": [*results("tibc 300", old), *results("f 200 t 15 tf 250", new)],
        "older saturation": [*results("t 15", old), *results("f 200 iron 60 tf 250", new)],
        "undated TIBC": [*results("tibc 300"), *results("f 200 t 15 tf 250", new)],
    }[name]
    one, two = (answers(interpret_panel(given_, MAN, estimate_tibc=each)) for each in (False, True))
    certain = {name: answer for name, answer in one.items() if answer in {"yes", "no", "not-applicable"}}
    assert {name: two[name] for name in certain} == certain


def test_a_duplicate_derives_once() -> None:
    """The same result given twice gives one value."""
    assert computed(read("iron 60 tibc 300 iron 60 tibc 300")) == [("tsat-from-tibc", Decimal(20))]


def test_a_catalog_without_limits_holds_nothing_against_anything() -> None:
    """Where the data say no limits, lines stand as they are and nothing is derived."""
    bare = Catalog(dataclasses.replace(builtin().rules, limits=None))
    panel = interpret_panel(results("f 5000 iron 60 tibc 300 t 60"), MAN, catalog=bare)
    assert (panel.derived, remarks(panel)) == ((), [])
    assert len(panel.interpretations) == 4


@settings(max_examples=60, deadline=None)
@given(st.integers(10, 300), st.integers(150, 600), st.integers(3, 95))
def test_both_saturations_are_always_shown(iron: int, tibc: int, printed: int) -> None:
    """Whatever disagrees, no line is lost and the computed value stands beside the printed one, unless it is a swap."""
    panel = read(f"iron {iron} tibc {tibc} t {printed}")
    assert len(panel.lines) == 3
    swapped = panel.lines[1].issue is not None
    assert len(panel.derived) == (0 if swapped else 1)
    assert panel.lines[2].interpretation is not None


def test_a_broken_report_with_many_results_of_one_collection_computes_nothing_from_them() -> None:
    """From more than four different results of one test in one collection nothing is computed, and each says so."""
    many = [LabResult(marker="iron", value=Decimal(60 + number), unit="ug/dL") for number in range(5)]
    capacity = LabResult(marker="tibc", value=Decimal(300), unit="ug/dL")
    panel = interpret_panel([*many, capacity], MAN)
    assert panel.derived == ()
    assert remarks(panel) == [("iron", "too-many-of-one-collection")] * 5
    assert len(interpret_panel([*many[:4], capacity], MAN).derived) == 4
    days = [each.model_copy(update={"collected": date(2024, 1, day)}) for day, each in enumerate(many, 1)]
    assert remarks(interpret_panel([*days, capacity], MAN)) == []
    hours = [each.model_copy(update={"collected": f"2024-01-01T0{hour}:00"}) for hour, each in enumerate(many, 1)]
    assert remarks(interpret_panel([*hours, capacity], MAN)) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("iron 60 tibc 290 uibc 290", "equals the UIBC of the same sample"),
        ("iron 60 tibc 292 uibc 290", "equals the UIBC of the same sample"),
        ("tibc 290 uibc 290", "equals the UIBC of the same sample"),
        ("iron 60 tibc 250 uibc 300", "is less than the UIBC of the same sample, which is a part of it"),
        ("iron 60 tibc 250 tf 250", "has the number of the transferrin of the same sample in mg/dL"),
    ],
)
def test_a_capacity_that_copies_or_undercuts_another_test_is_refused(text: str, why: str) -> None:
    """A TIBC is more than the UIBC and another number than the transferrin; else it was swapped."""
    panel = read(text)
    (issue,) = [line.issue for line in panel.lines if line.result.marker == "tibc"]
    assert issue is not None
    assert issue.code == "another-analyte"
    assert why in issue.message


def test_a_capacity_near_its_unsaturated_part_is_kept_where_there_is_hardly_any_iron() -> None:
    """With an iron of 5 the TIBC is the UIBC within rounding, and a TIBC beside other numbers is left alone."""
    assert all(line.issue is None for line in read("iron 5 tibc 295 uibc 290").lines)
    assert all(line.issue is None for line in read("iron 60 tibc 350 uibc 290 tf 250").lines)


def test_two_ways_of_computing_that_disagree_are_both_shown_and_neither_is_relied_on() -> None:
    """By TIBC 23 %, by UIBC 40 %: one of three numbers is wrong, and no rule rests on either."""
    panel = read("iron 60 tibc 260 uibc 90 ferritin 120")
    assert [each.issue.code for each in panel.derived if each.issue] == ["discordant-saturation"] * 2
    (criterion,) = [each for each in panel.criteria if each.id == "adult-iron"]
    assert criterion.answered == "undecided"
    assert [each.issue for each in read("iron 60 tibc 345 uibc 285").derived] == [None]


def test_a_saturation_that_is_only_known_to_be_above_a_value_is_not_above_100() -> None:
    """`>50` is certainly at or above 45, and says nothing of 100."""
    panel = interpret_panel([LabResult(marker="tsat", text=">50", unit="%")], MAN)
    (stop,) = [each for each in panel.criteria if each.id == "overload-stop"]
    assert (stop.answered, remarks(panel)) == ("yes", [])


def test_iron_above_any_bound_is_said_whatever_else_is_missing() -> None:
    """More iron than the capacity is shown with its warning, however much more, and the caution is not passed over."""
    for text in ("iron 500 tibc 300", "iron 1000 tibc 300"):
        panel = read(text)
        assert [each.issue.code for each in panel.derived if each.issue] == ["saturation-over-100"]
        (stop,) = [each for each in panel.criteria if each.id == "overload-stop"]
        assert (stop.answered, stop.missing) == ("undecided", ("ferritin",))
    open_ended = interpret_panel(
        [
            LabResult(marker="iron", text=">500", unit="ug/dL"),
            LabResult(marker="tibc", value=Decimal(300), unit="ug/dL"),
        ],
        MAN,
    )
    assert open_ended.derived[0].computed.result.text == ">166.666666667"
