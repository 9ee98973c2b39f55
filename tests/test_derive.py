"""Computed values: exact, of one collection alone, and true of every value inside an interval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import LabResult
from rlslabs.catalog import builtin
from rlslabs.chart import Held
from rlslabs.derive import Computed, derive
from rlslabs.reading import read_result
from rlslabs.rules import Derivation
from rlslabs.text import read_text
from rlslabs.units import LIMIT_DIGITS

CATALOG = builtin()
RULES = {rule.id: rule for rule in CATALOG.rules.derivations}
MOMENTS = (
    None,
    date(2024, 5, 1),
    date(2024, 5, 2),
    datetime(2024, 5, 1, 8),  # noqa: DTZ001  laboratories print local time
    datetime(2024, 5, 1, 9),  # noqa: DTZ001  laboratories print local time
    datetime(2024, 5, 1, 8, tzinfo=UTC),
)


def hold(
    marker: str, text: str, unit: str = "ug/dL", collected: date | None = None, *, estimated: bool = False
) -> Held:
    """A reading of a marker or context analyte."""
    result = LabResult(marker=marker, text=text, unit=unit, collected=collected, decimal_mark=".")
    found = CATALOG.find_context(marker) or CATALOG.find(marker)
    reading, _, _ = read_result(result, found)
    return Held(found.marker.id, reading, result, estimated=estimated)


def gives(rule: str, *held: Held) -> list[Computed]:
    """Everything that a rule gives."""
    by_marker: dict[str, list[Held]] = {}
    for each in held:
        by_marker.setdefault(each.marker, []).append(each)
    return list(derive(RULES[rule], by_marker, CATALOG))


def only_value(rule: str, *held: Held) -> Decimal:
    """The one exact value that a rule gives."""
    (computed,) = gives(rule, *held)
    assert computed.result.value is not None
    return computed.result.value


@pytest.mark.parametrize(
    ("rule", "held", "expected"),
    [
        ("tsat-from-tibc", (hold("iron", "60"), hold("tibc", "300")), "20"),
        ("tsat-from-tibc", (hold("iron", "10.8", "umol/L"), hold("tibc", "54", "umol/L")), "20"),
        ("tsat-from-tibc", (hold("iron", "50"), hold("tibc", "300")), "16.6666666667"),
        ("tsat-from-tibc", (hold("iron", "400"), hold("tibc", "200")), "200"),
        ("tsat-from-uibc", (hold("iron", "60"), hold("uibc", "240")), "20"),
        ("tsat-from-uibc", (hold("iron", "60"), hold("uibc", "0")), "100"),
        ("tibc-from-uibc", (hold("iron", "10", "umol/L"), hold("uibc", "40", "umol/L")), "50"),
        ("tibc-from-transferrin", (hold("transferrin", "2", "g/L"),), "50.2"),
        ("tibc-from-transferrin", (hold("transferrin", "200", "mg/dL"),), "50.2"),
    ],
)
def test_each_formula_gives_its_exact_value(rule: str, held: tuple[Held, ...], expected: str) -> None:
    """The formula is computed in fractions, across units, and rounded once to 12 significant digits."""
    assert only_value(rule, *held) == Decimal(expected)


def test_units_are_mixed_by_the_molar_mass_of_iron() -> None:
    """Iron in umol/L and TIBC in ug/dL meet by 55.845 g/mol."""
    exact = Fraction(10) * 100 / (Fraction(300) * 10 / Fraction("55.845"))
    want = LIMIT_DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    assert only_value("tsat-from-tibc", hold("iron", "10", "umol/L"), hold("tibc", "300")) == want


def test_a_computed_value_carries_what_it_was_computed_from() -> None:
    """Inputs, formula, factor, sources and place stand beside it as data, and an estimate is labelled."""
    day = date(2024, 5, 1)
    (one,) = gives("tsat-from-tibc", hold("iron", "60", collected=day), hold("tibc", "300", collected=day))
    assert [(each.marker, each.value, each.unit) for each in one.inputs] == [
        ("iron", "60", "ug/dL"),
        ("tibc", "300", "ug/dL"),
    ]
    assert (one.factor, one.estimated, one.doubt, one.result.collected) == (None, False, None, day)
    assert one.formula == "100 x Iron / (Total iron-binding capacity)"
    assert one.sources
    assert one.locator
    (two,) = gives("tibc-from-transferrin", hold("transferrin", "2", "g/L"))
    assert (two.factor, two.estimated, two.formula) == (Decimal("25.1"), True, "Transferrin x 25.1")
    assert (two.result.unit, two.result.marker) == ("umol/L", "tibc")
    (three,) = gives("tsat-from-tibc", hold("iron", "60"), hold("tibc", "300", estimated=True))
    assert three.estimated
    (four,) = gives("tsat-from-uibc", hold("iron", "60"), hold("uibc", "240"))
    assert four.formula == "100 x Iron / (Iron + Unsaturated iron-binding capacity)"
    assert len(four.inputs) == 2
    (five,) = gives("tibc-from-uibc", hold("iron", "60"), hold("uibc", "240"))
    assert five.formula == "Iron + Unsaturated iron-binding capacity"


@pytest.mark.parametrize("one", MOMENTS)
@pytest.mark.parametrize("two", MOMENTS)
def test_values_are_computed_within_one_collection_alone(one: date | None, two: date | None) -> None:
    """The same moment, the same day where one says no more, or no moment on either."""
    found = gives("tsat-from-tibc", hold("iron", "60", collected=one), hold("tibc", "300", collected=two))
    finer = isinstance(one, datetime) and isinstance(two, datetime)
    if one is None or two is None or finer:
        same = one == two
    else:
        same = (one.year, one.month, one.day) == (two.year, two.month, two.day)
    assert bool(found) is same


def test_nothing_is_computed_from_what_is_absent_open_or_empty() -> None:
    """Without an input, or by dividing by nothing, there is no value."""
    assert gives("tsat-from-tibc", hold("iron", "60")) == []
    assert gives("tsat-from-tibc") == []
    assert gives("tsat-from-uibc", hold("iron", "<5"), hold("uibc", "0")) == []


def test_each_combination_of_one_collection_gives_a_value() -> None:
    """Two irons beside one TIBC give two saturations."""
    found = gives("tsat-from-tibc", hold("iron", "60"), hold("iron", "90"), hold("tibc", "300"))
    assert {each.result.value for each in found} == {Decimal(20), Decimal(30)}


FORMS = {
    "tsat-from-tibc": (("iron", "ug/dL", 400), ("tibc", "ug/dL", 600)),
    "tsat-from-uibc": (("iron", "umol/L", 70), ("uibc", "ug/dL", 500)),
    "tibc-from-uibc": (("iron", "ug/dL", 400), ("uibc", "umol/L", 90)),
    "tibc-from-transferrin": (("transferrin", "mg/dL", 600),),
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.data())
def test_a_computed_interval_holds_for_every_value_inside(rule: str, data: st.DataObject) -> None:
    """Whatever values the intervals hold, the value computed from them lies within the computed interval."""
    wide: list[Held] = []
    inside: list[Held] = []
    for marker, unit, top in FORMS[rule]:
        low = data.draw(st.integers(1, top - 1))
        high = data.draw(st.integers(low + 1, top))
        text = data.draw(st.sampled_from([f"{low}-{high}", f"<{high}", f"<={high}", f"{high}"]))
        wide.append(hold(marker, text, unit))
        first = high if text == f"{high}" else low if "-" in text else 1
        last = high - 1 if text == f"<{high}" else high
        inside.append(hold(marker, str(data.draw(st.integers(min(first, last), last))), unit))
    (whole,) = gives(rule, *wide) or (None,)
    if whole is None:
        assert any(each.reading.low == 0 for each in wide)
        return
    value = only_value(rule, *inside)
    if whole.result.value is not None:
        assert value == whole.result.value
        return
    assert whole.result.text is not None
    interval = read_text(whole.result.text, ".")[0]
    assert interval.low <= value
    assert interval.high is None or value <= interval.high


def test_a_computed_value_is_of_the_moment_of_its_first_input() -> None:
    """Where an input says the hour and another only the day, the value has what the first one says."""
    hour, day = datetime(2024, 5, 1, 8), date(2024, 5, 1)  # noqa: DTZ001  laboratories print local time
    for first, second in ((hour, day), (day, hour)):
        (one,) = gives("tsat-from-tibc", hold("iron", "60", collected=first), hold("tibc", "300", collected=second))
        assert one.result.collected == first


def test_an_interval_has_its_words_and_no_value() -> None:
    """Low and high differ, and both stand in the words; where nothing is left out, both belong to it."""
    for inputs, words in (
        ((hold("iron", "60-90"), hold("tibc", "300")), "20-30"),
        ((hold("iron", ">=60"), hold("tibc", "300")), ">=20"),
        ((hold("iron", "0-90"), hold("tibc", "300")), "<=30"),
        ((hold("iron", "<90"), hold("tibc", "300-400")), "<30"),
        ((hold("iron", "60"), hold("tibc", "200-300")), "20-30"),
    ):
        (found,) = gives("tsat-from-tibc", *inputs)
        assert (found.result.value, found.result.text) == (None, words)


def test_an_end_that_is_open_stays_open() -> None:
    """Below 50 over 250 is below 20, above 500 over 300 is above 166, and over more than 400 it is anything below."""
    for inputs, words in (
        ((hold("iron", "<50"), hold("tibc", "250")), "<20"),
        ((hold("iron", "<=50"), hold("tibc", "250")), "<=20"),
        ((hold("iron", ">500"), hold("tibc", "300")), ">166.666666667"),
        ((hold("iron", "60"), hold("tibc", ">400")), "<15"),
        ((hold("iron", "60"), hold("tibc", ">=400")), "<=15"),
    ):
        (found,) = gives("tsat-from-tibc", *inputs)
        assert found.result.text == words
    open_ended: list[tuple[str, tuple[Held, ...], str]] = [
        ("tsat-from-uibc", (hold("iron", ">60"), hold("uibc", "40")), "60-100"),
        ("tsat-from-uibc", (hold("iron", ">=1"), hold("uibc", ">40")), "<100"),
        ("tsat-from-tibc", (hold("iron", ">60"), hold("tibc", ">400")), ">=0"),
        ("tibc-from-uibc", (hold("iron", ">60", "umol/L"), hold("uibc", "40", "umol/L")), ">100"),
        ("tibc-from-uibc", (hold("iron", ">=60", "umol/L"), hold("uibc", "40", "umol/L")), ">=100"),
        ("tibc-from-transferrin", (hold("transferrin", ">200", "mg/dL"),), ">50.2"),
    ]
    for rule, held, words in open_ended:
        (found,) = gives(rule, *held)
        assert found.result.text == words


@given(st.integers(1, 2000), st.integers(30, 1200))
def test_a_saturation_is_the_same_by_tibc_and_by_uibc(iron: int, uibc: int) -> None:
    """TIBC is the sum of iron and UIBC, so both ways agree to the last digit."""
    by_tibc = only_value("tsat-from-tibc", hold("iron", str(iron)), hold("tibc", str(iron + uibc)))
    assert only_value("tsat-from-uibc", hold("iron", str(iron)), hold("uibc", str(uibc))) == by_tibc


def test_a_factor_that_is_absent_changes_nothing() -> None:
    """A scaled rule without a factor gives its input in the rule's own unit."""
    rule: Derivation = RULES["tibc-from-transferrin"].model_copy(update={"factor": None, "result_unit": None})
    held: Mapping[str, list[Held]] = {"transferrin": [hold("transferrin", "200", "mg/dL")]}
    (computed,) = derive(rule, held, CATALOG)
    assert (computed.result.value, computed.result.unit) == (Decimal(2), "g/L")
