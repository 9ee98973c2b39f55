"""Corners that no other test comes by: what is not text, what was never measured twice, what spans a childhood."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from rlslabs import Catalog, LabResult, Patient, interpret_panel
from rlslabs.listing import one_marker


@pytest.mark.parametrize("name", [None, 3, "CRP" * 1000])
def test_what_is_no_name_is_no_context_analyte(name: object) -> None:
    """Only text of a bearable length can name an analyte."""
    assert Catalog.load().find_context(name) is None


def test_a_marker_without_a_reference_change_value_is_shown_without_one() -> None:
    """The page of a marker says nothing of change where no study says anything."""
    catalog = Catalog.load()
    marker = catalog.marker("ferritin")
    assert "more than chance" in one_marker(marker, catalog, width=80)
    bare = marker.model_copy(update={"variation": None})
    assert "more than chance" not in one_marker(bare, catalog, width=80)


def test_a_rule_that_rests_on_a_childhood_and_an_adulthood_is_undecided() -> None:
    """Where one result is a child's and another an adult's, no rule of either decides, and the age is named."""
    results = [
        LabResult(marker="ferritin", value=Decimal(60), unit="ng/mL", collected=date(2010, 1, 1)),
        LabResult(marker="tsat", value=Decimal(18), unit="%", collected=date(2024, 1, 1)),
    ]
    panel = interpret_panel(results, Patient(sex="male", born=date(2000, 1, 1)))
    (criterion,) = [each for each in panel.criteria if (each.guideline, each.id) == ("aasm-2025", "adult-iron")]
    assert criterion.answered == "undecided"
    assert criterion.facts == ("age",)
