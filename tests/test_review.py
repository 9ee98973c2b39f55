"""The lines of a panel held against each other: swaps, discordance, unreliable values, estimates."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, Panel, Patient, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.review import is_doubted, reading_of

MAN = Patient(sex="male", age=40)
UNITS = {"ferritin": "ng/mL", "transferrin_saturation": "%", "transferrin": "mg/dL", "crp": "mg/L"}
SHORT = {"f": "ferritin", "t": "transferrin_saturation", "tf": "transferrin"}


def results(text: str, collected: date | datetime | None = None) -> list[LabResult]:
    """Results from `f 75 t 19.9`; another unit than the usual one stands behind `@`."""
    words = text.split()
    pairs = [(SHORT.get(marker, marker), value) for marker, value in zip(words[::2], words[1::2], strict=True)]
    return [
        LabResult(
            marker=marker,
            text=value.partition("@")[0],
            unit=value.partition("@")[2] or UNITS.get(marker, "ug/dL"),
            collected=collected,
            decimal_mark=".",
        )
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


def test_results_of_many_samples_without_a_date_are_not_held_against_each_other() -> None:
    """Among very many pairs of iron and saturation some fit any TIBC, and each would be asked for every one."""
    irons = " ".join(f"iron {60 + index}" for index in range(40))
    shares = " ".join(f"t {10 + index}" for index in range(30))
    (line,) = (line for line in read(f"{irons} tibc 240 {shares}").lines if line.result.marker == "tibc")
    assert line.issue is None
    (line,) = (line for line in read(f"{irons} tibc 240 t 20").lines if line.result.marker == "tibc")
    assert line.issue is not None


@pytest.mark.parametrize(("irons", "shares", "asked"), [(40, 25, True), (91, 11, False)])
def test_a_thousand_pairs_of_iron_and_saturation_are_asked_and_not_one_more(
    irons: int, shares: int, *, asked: bool
) -> None:
    """Among a thousand is 60 over 20 %, which a TIBC of 240 contradicts; of 1001 nobody knows whose they are."""
    pairs = [*(f"iron {60 + index}" for index in range(irons)), *(f"t {20 + index}" for index in range(shares))]
    (line,) = (line for line in read(f"tibc 240 {' '.join(pairs)}").lines if line.result.marker == "tibc")
    assert (line.issue is not None) == asked


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


# ---------------------------------------------------------------- word for word

SAMPLES = [  # one sample, or several with `/` between them, each with its day where one is written
    *("iron 60 tibc 240 uibc 240", "iron 60 tibc 250 uibc 300", "iron 60 tibc 250 tf 250", "iron 60 tibc 240 t 20"),
    *("iron 60 tibc 250 t 17", "iron 60 tibc 290 uibc 285", "iron 60 tibc 290 uibc 284", "iron 6 tibc 290 uibc 290"),
    *("iron 5.8 tibc 290 uibc 285", "iron 5.9 tibc 290 uibc 285", "iron 60 tibc 250 uibc 251", "tibc 250 uibc 300"),
    *("iron 60 tibc 250-260 uibc 250", "iron 60 tibc 200 t 21.4", "iron 60 tibc 300 t 0", "iron 60 tibc 300 t 28"),
    *("iron 60-70 tibc 300 t 28", "iron 60 tibc 300 t 28-30", "iron 60 tibc 300 t >28", "iron 60 tibc 300 t <17"),
    *("iron 90 tibc 300 t <15", "iron 90 tibc 300 t >35", "iron 90 tibc 300 t 20-27", "iron 90 tibc 300 t 27-33"),
    *("f 1200 t 15 tibc 300", "f 1201 t 15 tibc 300", "f >1000 t 15 tibc 300", "f >=1300 iron 60 tibc 300"),
    *("f 1201 f 1300 t 15", "f 5000 iron 60 uibc 240", "f 5000", "f 5000 t 150", "t 150", "t 95-105", "t >99", "t 100"),
    *("iron 301 tibc 300", "iron 300 tibc 300", "iron 700 tibc 300", "iron >500 tibc 300", "iron >60 tibc 300"),
    *("iron 60 tf 250", "iron 60 tf 250 tibc 300", "iron 60 tf 250 uibc 240", "iron 60 tf 250 t 30", "tf 250 t 20"),
    *("iron 60 tibc 260 uibc 90", "iron 60 tibc 345 uibc 285", "iron 60 tibc 260-270 uibc 90", "f 5000 iron 60 tf 250"),
    *("iron 60 tibc 260 uibc 90 t 23", "iron 60 tibc 260 uibc 90 t 40", "iron 60 iron 90 tibc 300", "iron 60 tibc 60"),
    *("iron 61 iron 62 iron 63 iron 64 iron 65 tibc 300", "iron 61 iron 62 iron 63 iron 64 tibc 300", "f 1200.1 crp 5"),
    *("crp 1 crp 2 crp 3 crp 4 crp 5", "2024-01-01 f 5000 / 2024-02-01 t 15", "2024-01-01 f 5000 / t 15"),
    *("f 5000 / 2024-02-01 t 15 iron 60 tibc 300", "2024-01-01 f 5000 iron 60 tibc 300 / 2024-02-01 iron 60 tibc 300"),
    *("2024-01-01 iron 60 tibc 300 / 2024-02-01 t 40", "2024-01-01 t 40 / 2024-02-01 iron 60 tf 250"),
    *("2024-01-01 iron 60 uibc 240 / 2024-02-01 iron 60 tibc 260 uibc 90", "2024-01-01 tibc 240 uibc 240 / uibc 240"),
    *("2024-01-01 iron 61 iron 62 iron 63 iron 64 tibc 300 / 2024-02-01 iron 65 tibc 300", "iron <5 uibc 0", "t 0.5"),
    *("2024-01-01 iron 60 tibc 260 / 2024-02-01 iron 60 uibc 90", "iron 60 iron 60 tibc 300", "tibc 2 iron 60"),
    *("iron 60-70 tibc 240 t 20", "iron 60 tibc 240 t 20-30", "iron 5 iron 60 tibc 292 uibc 290", "tibc 250 uibc 252"),
    *("tibc 250 tf 250-260", "tibc 60@umol/L tf 60", "tibc 250 tf 2.5@g/L", "iron 10@umol/L tibc 40@umol/L t 99.6"),
    *("iron 10 tibc 250 t 71.6", "iron 60 tibc 250 t 16.78", "iron 60 tibc 250 t 16.77", "iron 60 tibc 306 uibc 300"),
    *("iron 60 tibc 307 uibc 300", "iron 60 tibc 240 t 0.2@1", "iron 60 tibc 300 t 0.28@1", "f >=1200 t 15"),
    *("2024-01-01 f 5000 / t 15 / 2024-02-01 iron 60 uibc 240", "iron 90 tibc 300 t 20-40", "iron >60 tibc 300 t 40"),
    *(
        "f 1201@ug/L t 15",
        "f 2699@pmol/L t 15",
        "f 2697@pmol/L t 15",
        "iron 60 uibc 241 uibc 242 uibc 243 uibc 244 uibc 245",
        "t 0.95-1.05@1",
        "iron 60 tibc 301 tibc 302 tibc 303 tibc 304 tibc 305",
        "iron 135 tibc 300 t 50",
        "iron 10@umol/L tibc 40@umol/L t 20",
    ),
]


def samples(text: str) -> list[LabResult]:
    """The results of one sample or of several."""
    found: list[LabResult] = []
    for each in text.split(" / "):
        day, _, rest = each.partition(" ")
        dated = day[:1].isdigit()
        found += results(rest, date.fromisoformat(day)) if dated else results(each)
    return found


def said(text: str, *, estimate: bool) -> Iterator[str]:
    """What a panel says of its own lines, what it computes from them, and what it then relies on."""
    panel = interpret_panel(samples(text), MAN, estimate_tibc=estimate)
    yield f"## {text}{' (TIBC may be estimated)' if estimate else ''}"
    for line in panel.lines:
        for issue in (line.issue, *line.remarks):
            if issue is not None:
                yield f"{line.result.marker} {line.result.text}: {issue.code} | {issue.message} | {issue.text}"
    for each in panel.derived:
        one = each.computed
        value = one.result.text if one.result.value is None else one.result.value
        fault = f"{each.issue.code} | {each.issue.message} | {each.issue.text}" if each.issue else ""
        taken = ", ".join(f"{part.name} {part.value} {part.unit}" for part in one.inputs)
        place = each.interpretation.standard.position if each.interpretation else "not judged"
        words = (one.result.marker, value, one.result.unit, one.result.collected, one.formula, taken, place)
        yield f"computed {' | '.join(map(str, words))} | estimated {one.estimated} | doubt {one.doubt} | {fault}"
    tests = {each for finding in panel.findings for each in finding.rests_on}
    tests |= {each for criterion in panel.criteria for each in criterion.rests_on}
    relied = {
        f"{each.marker} {each.reading} {each.collected} {each.standard} {each.derived} {each.doubt}" for each in tests
    }
    yield from (f"held {each}" for each in sorted(relied))
    yield f"wants most {panel.wants_most}"


def test_what_the_lines_of_a_panel_say_of_each_other_is_this_word_for_word() -> None:
    """Made by this package and then read through; a word, a number or a doubt that changes is to be read again."""
    asked = [(each, estimate) for each in SAMPLES for estimate in ((False, True) if "tf" in each else (False,))]
    told = [line.rstrip() for each, estimate in asked for line in said(each, estimate=estimate)]
    golden = Path(__file__).parent / "golden" / "remarks.txt"
    assert told == golden.read_text(encoding="utf-8").splitlines()


def test_a_computed_value_is_a_reading_with_its_ends_in_it() -> None:
    """An exact value is both of its ends, and an interval has those that its words say."""
    readings = [
        reading_of(each.computed) for text in ("iron 60 tibc 300", "iron 60 uibc 240") for each in read(text).derived
    ]
    assert [(str(each), each.low == each.high, each.low_open, each.high_open, each.spoken) for each in readings] == [
        ("20 %", True, False, False, "percent"),
        ("53.7201181843 umol/L", True, False, False, ""),
        ("20 %", True, False, False, "percent"),
    ]
    (above,) = read("iron >60 tibc 300").derived
    open_ended = reading_of(above.computed)
    assert (str(open_ended), open_ended.low_open, open_ended.high) == (">20 %", True, None)


def test_a_line_is_doubted_by_the_others_of_its_sample_and_a_ferritin_by_none() -> None:
    """Beside a high ferritin the saturation is doubted; a context analyte, a ferritin and a crowd are not."""
    catalog = builtin()
    panel = read("f 5000 t 15 crp 3")
    assert [is_doubted(line, catalog) for line in panel.lines] == [False, True, False]
    assert not any(is_doubted(line, catalog) for line in read("iron 61 iron 62 iron 63 iron 64 iron 65").lines)
    assert not is_doubted(read("f 50 t 15").lines[1], catalog)
    assert not is_doubted(panel.lines[1], Catalog(dataclasses.replace(catalog.rules, limits=None)))


def test_a_scaled_rule_speaks_of_a_tibc_only_where_it_gives_one() -> None:
    """What would fit as some other marker is no transferrin; and without a factor the number itself has to fit."""
    ours = builtin().rules
    (scaled,) = (rule for rule in ours.derivations if rule.form == "scaled")
    others = [rule for rule in ours.derivations if rule is not scaled]

    def refused(text: str, **changed: object) -> bool:
        rules = [*others, scaled.model_copy(update=changed)]
        catalog = Catalog(dataclasses.replace(ours, derivations=rules))
        return any(line.issue for line in interpret_panel(results(text), MAN, catalog=catalog).lines)

    assert refused("iron 60 tibc 250 t 17")
    assert not refused("iron 60 tibc 250 t 17", gives="iron")
    assert not refused("iron 60 tibc 250 t 17", factor=None)
    assert refused("iron 10 tibc 250 t 71.6", factor=None)  # 1.79 umol/L of iron over 2.5


LONG = "0" * 90


@pytest.mark.parametrize(
    ("text", "code", "quoted"),
    [
        (f"tibc 240.{LONG} uibc 240", "another-analyte", f"240.{LONG}"),
        (f"f 5000.{LONG} t 15", "unreliable-beside-ferritin", f"5000.{LONG}"),
        (f"t 150.{LONG}", "saturation-over-100", f"150.{LONG}"),
        (f"iron 60 tibc 300 t 40.{LONG}", "discordant-saturation", f"40.{LONG} % printed"),
        (f"iron 1 iron 2 iron 3 iron 4 iron 5.{LONG}", "too-many-of-one-collection", f"5.{LONG}"),
    ],
)
def test_what_a_remark_is_about_is_quoted_up_to_eighty_characters(text: str, code: str, quoted: str) -> None:
    """A number that somebody wrote with ninety decimals does not fill the answer."""
    found = [each for line in read(text).lines for each in (line.issue, *line.remarks) if each and len(each.text) > 20]
    assert {(each.code, each.text) for each in found} == {(code, quoted[:80])}


def test_a_fraction_is_held_against_percentages_by_its_factor() -> None:
    """0.30 agrees with 30 % computed and 0.45 does not; more than 1.2 of everything is too much, as 120 % is."""
    for printed, agrees in (("0.30", True), ("0.45", False)):
        panel = read(f"t {printed}@1 iron 90 tibc 300")
        codes = [remark.code for line in panel.lines for remark in line.remarks]
        assert ("discordant-saturation" in codes) != agrees
    for value in ("120", "1.2@1", ">120", ">1.2@1"):
        codes = [remark.code for line in read(f"t {value}").lines for remark in line.remarks]
        assert codes == ["saturation-over-100"], value
    assert [remark.code for line in read("t >0.5@1").lines for remark in line.remarks] == []


def test_an_impossible_saturation_leaves_the_capacity_worth_measuring() -> None:
    """Beside a ferritin of 1500 no TIBC would be relied on; beside a saturation of 150 % it would."""
    assert read("t 150 f 200 crp 1 vitamin_b12 100@pg/mL").wants_most == "tibc"
    assert read("t 15 f 1500 crp 1 vitamin_b12 100@pg/mL").wants_most != "tibc"


def test_a_printed_saturation_is_held_against_the_one_that_is_computed_from_uibc() -> None:
    """The TIBC that comes out on the way is no saturation, and ends the search for none."""
    panel = read("iron 100 uibc 200 t 90")
    assert [rule for rule, _ in computed(panel)] == ["tibc-from-uibc", "tsat-from-uibc"]
    assert remarks(panel) == [("transferrin_saturation", "discordant-saturation")]


def test_each_ferritin_of_a_sample_is_asked_for_itself() -> None:
    """A ferritin that casts no doubt does not speak for one that does."""
    for text in ("f 90 f 1500 t 15", "f 1500 f 90 t 15"):
        assert remarks(read(text)) == [("transferrin_saturation", "unreliable-beside-ferritin")]


def test_results_of_a_day_are_counted_with_those_that_have_a_time() -> None:
    """Two with a time and three without may all be of one collection, of which nothing is computed."""
    day, hour = date(2024, 5, 1), datetime(2024, 5, 1, 8, tzinfo=UTC)
    given = [*results("iron 61 iron 62 iron 63", day), *results("iron 64 iron 65", hour)]
    lines = interpret_panel(given, MAN).lines
    assert [[each.code for each in line.remarks] for line in lines] == [["too-many-of-one-collection"]] * 3 + [[]] * 2


def test_two_ways_of_computing_are_compared_only_where_both_are_possible() -> None:
    """A saturation that nobody can have is shown with its refusal, whatever UIBC says beside it."""
    panel = read("iron 1500 uibc 100 tibc 350")
    assert [(each.computed.derivation, each.interpretation is None) for each in panel.derived] == [
        ("tsat-from-tibc", True)
    ]


def test_a_computed_interval_is_read_by_the_mark_in_which_it_is_written() -> None:
    """`>40.625` could otherwise be more than forty thousand."""
    (derived,) = read("iron >104 tibc 256").derived
    assert str(reading_of(derived.computed)) == ">40.625 %"


def hours(*given: str) -> list[LabResult]:
    """Results of one day: each of a time, such as `08 iron 552`, or of the day alone, such as `- iron <475`."""
    found: list[LabResult] = []
    for hour, _, rest in (each.partition(" ") for each in given):
        found += results(rest, DAY if hour == "-" else datetime(2024, 5, 1, int(hour), tzinfo=UTC))
    return found


DAY = date(2024, 5, 1)


def test_only_saturations_are_two_ways_to_the_same_value() -> None:
    """A TIBC computed at eight lies beside an iron of that day, whose saturation has two ways, and is none of them."""
    panel = interpret_panel(hours("16 tibc >289", "08 uibc 408", "- iron <475", "08 iron 552"), MAN)
    assert [(rule, value is not None) for rule, value in computed(panel)] == [
        ("tibc-from-uibc", True),
        ("tsat-from-tibc", False),
    ]


def test_an_estimate_keeps_no_saturation_away_that_is_none() -> None:
    """A transferrin of the afternoon gives an estimate; iron and UIBC of the morning give what needs no estimate."""
    given = hours("- iron <152", "08 tibc <480", "- uibc 168", "16 transferrin 439", "08 iron 138")
    panel = interpret_panel(given, MAN, estimate_tibc=True)
    assert [(each.computed.derivation, each.computed.estimated, each.issue) for each in panel.derived] == [
        ("tibc-from-transferrin", True, None),
        ("tsat-from-tibc", True, None),
        ("tsat-from-uibc", False, None),
        ("tsat-from-uibc", False, None),
    ]


def test_an_estimate_of_another_hour_contradicts_no_computed_saturation() -> None:
    """The iron of the day lies beside both samples; the transferrin of the afternoon gives 10.7 %, UIBC gives 20 %."""
    given = hours("- iron 60", "08 tibc 300", "08 uibc 240", "16 transferrin 400")
    panel = interpret_panel(given, MAN, estimate_tibc=True)
    assert [(each.computed.derivation, each.computed.estimated, each.issue) for each in panel.derived] == [
        ("tibc-from-transferrin", True, None),
        ("tsat-from-tibc", False, None),
        ("tsat-from-tibc", True, None),
    ]
