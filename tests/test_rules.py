"""Rules as data: which conditions can be written, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rlslabs.rules import Circumstance, Condition, Derivation

TEST: dict[str, Any] = {"marker": "ferritin", "unit": "ng/mL", "lt": 75}
GOOD: list[dict[str, Any]] = [
    TEST,
    {"marker": "ferritin", "unit": "ng/mL", "gt": 75, "le": 100},
    {"marker": "ferritin", "unit": "ng/mL", "ge": 0},
    {"marker": "tibc", "position": "above"},
    {"sex": "female"},
    {"age": ">=18 a"},
    {"declared": "dialysis"},
    {"all": [TEST, {"sex": "male"}]},
    {"any": [TEST, {"sex": "male"}]},
    {"not": TEST},
]
BAD: list[dict[str, Any]] = [
    {},
    {"marker": "ferritin"},
    {"marker": "ferritin", "unit": "ng/mL"},
    {"marker": "ferritin", "lt": 75},
    {"unit": "ng/mL", "lt": 75},
    {"lt": 75},
    {"unit": "ng/mL"},
    {"position": "above"},
    {**TEST, "le": 75},
    {"marker": "ferritin", "unit": "ng/mL", "ge": 75, "gt": 75},
    {**TEST, "position": "above"},
    {**TEST, "sex": "female"},
    {"sex": "female", "age": ">=18 a"},
    {"sex": "female", "unit": "ng/mL"},
    {"all": [TEST], "any": [TEST]},
    {"not": TEST, "declared": "dialysis"},
    {"sex": "other"},
    {"age": "grown"},
    {"declared": "Not An Id"},
    {"surprise": True},
]
STRAY: list[dict[str, Any]] = [
    {"marker": "tibc", "position": "above", "ge": 5},
    {"marker": "tibc", "position": "above", "unit": "ug/dL"},
    {"all": []},
    {"any": []},
    {"marker": "ferritin", "unit": "ng/mL", "ge": 10, "le": 5},
]


@pytest.mark.parametrize("given", GOOD)
def test_each_form_of_a_condition_can_be_written(given: dict[str, Any]) -> None:
    """A test with its unit, a place, a fact, or a combination is a condition."""
    assert Condition.model_validate(given, strict=False).model_dump(exclude_none=True)


@pytest.mark.parametrize("given", BAD)
def test_a_condition_is_exactly_one_of_its_forms(given: dict[str, Any]) -> None:
    """Nothing, two forms, half a test, or an unknown key is refused."""
    with pytest.raises(ValidationError):
        Condition.model_validate(given, strict=False)


@pytest.mark.parametrize("given", STRAY)
def test_a_condition_holds_nothing_that_would_be_ignored(given: dict[str, Any]) -> None:
    """A limit beside a place, an empty combination, or ends that no value lies between are refused, not ignored."""
    with pytest.raises(ValidationError):
        Condition.model_validate(given, strict=False)


def test_a_condition_names_every_marker_once_in_order() -> None:
    """Markers come from the test itself and from every part, however deep."""
    iron = {"marker": "iron", "unit": "ug/dL", "ge": 1}
    condition = Condition.model_validate({"all": [TEST, {"any": [iron, TEST]}, {"not": iron}]}, strict=False)
    assert condition.markers == ("ferritin", "iron")
    assert Condition(sex="male").markers == ()
    assert Condition.model_validate({"not": TEST}, strict=False).markers == ("ferritin",)


def test_a_rule_without_a_source_is_refused() -> None:
    """Law 5: no derivation stands without a source, and none without an input."""
    given: dict[str, Any] = {"id": "x", "gives": "tibc", "form": "sum", "unit": "umol/L", "locator": "page 1"}
    with pytest.raises(ValidationError):
        Derivation.model_validate({**given, "inputs": ["iron"], "sources": []}, strict=False)
    with pytest.raises(ValidationError):
        Derivation.model_validate({**given, "inputs": [], "sources": []}, strict=False)


def test_rules_cannot_be_altered() -> None:
    """A rule is frozen and says what equal rules say."""
    circumstance = Circumstance(id="x", about="sample", effect="fact")
    with pytest.raises(ValidationError):
        circumstance.id = "y"  # type: ignore[misc]  # it is frozen
    assert Condition(sex="male") == Condition(sex="male")
    assert hash(Condition(sex="male")) == hash(Condition(sex="male"))
