"""An answer that contradicts itself is refused when it is read back, and a copy is checked where it changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from rlslabs import Catalog, Interpretation, LabResult, Patient, interpret
from rlslabs.model import Reading
from rlslabs.reported import ReportedRange

Change = Callable[[dict[str, Any]], object]
EDITS: dict[str, Change] = {
    "a reading without its upper end": lambda it: it["reading"].update(high=None, comparator="<"),
    "a reading that ends before it begins": lambda it: it["reading"].update(low="380"),
    "a comparator that the ends do not have": lambda it: it["reading"].update(comparator=">"),
    "a comparator that does not begin at zero": lambda it: it["reading"].update(comparator="<="),
    "another unit than the limits have": lambda it: it["reading"].update(unit="pmol/L"),
    "a code of the other side": lambda it: it.update(hl7=["H"]),
    "a place without its limit": lambda it: it["optimal"].update(limits=[]),
    "a position that is no position": lambda it: it["standard"].update(possible=["undecided"], position="undecided"),
    "a standard place of the other kind": lambda it: it["standard"].update(kind="optimal"),
    "another status": lambda it: it.update(status="optimal"),
    "a limit of a size that nothing has": lambda it: it["optimal"]["limits"][0].update(low="1E+999999"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_json_that_contradicts_itself_is_refused(edit: Change) -> None:
    """However an answer was tampered with, it does not come back as an answer."""
    data = json.loads(interpret("ferritin", 38, "ng/mL", sex="female", age=52).model_dump_json())
    assert Interpretation.model_validate(data, strict=False).status == "below-optimal"
    edit(data)
    text = json.dumps(data)
    with pytest.raises(ValidationError):
        Interpretation.model_validate_json(text)
    with pytest.raises(ValidationError):
        Interpretation.model_validate(data, strict=False)


def test_a_copy_is_checked_where_it_changes() -> None:
    """What is put into a copy is read like what is put into the constructor, or refused."""
    patient = Patient(sex="female", age=40)
    assert patient.model_copy() == patient.model_copy(deep=True) == patient
    assert patient.model_copy(update={"age": "5 months", "sex": "F"}) == Patient(sex="female", age="5 mo")
    result = LabResult(marker="ferritin", value=Decimal(5), unit="ng/mL")
    assert result.model_copy(update={"value": 38.0}).value == Decimal("38.0")
    with pytest.raises(ValidationError):
        patient.model_copy(update={"sex": "banana"})


def test_a_reading_without_an_end_is_written_as_such() -> None:
    """An interval that is open above is written with the comparator that it has."""
    ends = {"low": Decimal(5), "high": None, "low_open": False, "high_open": False, "comparator": None}
    reading = Reading(**ends, unit="ng/mL", spoken="nanograms per milliliter")  # type: ignore[arg-type]  # spelled out above
    assert (reading.words, reading.model_copy(update={"low_open": True}).words) == (">=5", ">5")


@pytest.mark.parametrize("number", ["1.220", "1,220"])
def test_a_printed_limit_in_json_is_not_read_two_ways(number: str) -> None:
    """What the text of a range is refused for, its numbers are refused for too; our own JSON is never in doubt."""
    with pytest.raises(ValidationError):
        ReportedRange.model_validate_json(json.dumps({"low": number, "high": "50"}))
    ours = ReportedRange(low=Decimal("1.220"), high=Decimal(50))
    assert ReportedRange.model_validate_json(ours.model_dump_json()) == ours


def test_a_context_analyte_is_listed_and_never_judged_alone() -> None:
    """Context analytes are known to the catalog by their ids, and a single call refuses them."""
    context = Catalog.load().context
    assert {"crp", "haemoglobin", "transferrin", "uibc"} <= set(context)
    with pytest.raises(LookupError):
        interpret("CRP", 5, "mg/L")
