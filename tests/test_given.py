"""Whatever is handed over about one result: taken apart as it is, or refused by its kind."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabResult, Patient
from rlslabs.catalog import builtin
from rlslabs.errors import LabsError, MissingUnitError, UnitConflictError, WrongTypeError
from rlslabs.given import as_given
from rlslabs.reported import ReportedRange

NAN = float("nan")


class Words(str):
    """Text of another class, as a dataframe may hold it."""

    __slots__ = ()


def taken(*given_: Any, **more: Any) -> tuple[LabResult, Patient]:  # noqa: ANN401  any argument is tried
    """What is taken from these arguments, by our own catalog."""
    return as_given(*given_, catalog=builtin(), **more)


def test_everything_given_stands_in_the_result_or_in_the_patient() -> None:
    """Facts of the sample are the result's, facts of the person the patient's, and none is altered."""
    result, patient = taken(
        "ferritin",
        "<38.10",
        "ng/mL",
        sex="F",
        born="1972-05-31",
        pregnant=False,
        collected="2024-05-31",
        range="24-336",
        comparator="<",
        decimal_mark=".",
        specimen="serum",
        method="Roche",
        circumstances=("fasting",),
        conditions=("dialysis",),
    )
    assert (result.marker, result.text, result.value, result.unit) == ("ferritin", "<38.10", None, "ng/mL")
    assert result.range == ReportedRange(text="24-336")
    assert (result.collected, result.decimal_mark, result.comparator) == (date(2024, 5, 31), ".", "<")
    assert (result.specimen, result.method, result.circumstances) == ("serum", "Roche", ("fasting",))
    assert patient == Patient(sex="female", born=date(1972, 5, 31), pregnant=False, conditions=("dialysis",))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=100_000, places=3))
def test_a_number_keeps_its_digits_and_text_stays_text(value: Decimal) -> None:
    """A Decimal is kept as it is, and what was written is not read here."""
    assert str(taken("ferritin", value)[0].value) == str(value)
    assert taken("ferritin", str(value))[0].text == str(value)


@pytest.mark.parametrize(
    "fact",
    [
        "unit",
        "sex",
        "age",
        "born",
        "pregnant",
        "collected",
        "range",
        "comparator",
        "decimal_mark",
        "specimen",
        "method",
    ],
)
def test_a_missing_value_of_a_dataframe_is_a_fact_that_is_not_known(fact: str) -> None:
    """NaN in any argument is the same as leaving it out."""
    assert taken("ferritin", 38, **{fact: NAN}) == taken("ferritin", 38)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("unit", 3),
        ("unit", b"ng/mL"),
        ("specimen", 3),
        ("method", ["Roche"]),
        ("comparator", 1),
        ("pregnant", "yes"),
        ("pregnant", 1),
        ("decimal_mark", ";"),
        ("decimal_mark", 3),
        ("range", 24),
        ("range", [1, 2, 3]),
        ("range", {"low": 24}),
    ],
)
def test_an_argument_of_another_kind_is_refused(argument: str, value: object) -> None:
    """What cannot be meant is a wrong type with something to do about it, never a guess."""
    with pytest.raises(WrongTypeError) as refused:
        taken("ferritin", 38, **{argument: value})
    assert refused.value.mend


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("24-336", ReportedRange(text="24-336")),
        (Words("24-336"), ReportedRange(text="24-336")),
        ("  ", None),
        (None, None),
        (ReportedRange(low=Decimal(24)), ReportedRange(low=Decimal(24))),
        ((24, 336), ReportedRange(low=Decimal(24), high=Decimal(336))),
        ([24.5, None], ReportedRange(low=Decimal("24.5"))),
        ((None, "336"), ReportedRange(text="None - 336")),
        (("24", "336"), ReportedRange(text="24 - 336")),
    ],
)
def test_a_printed_range_is_text_or_a_pair(given_: object, expected: ReportedRange | None) -> None:
    """Two numbers are its ends; two texts are read later as one text."""
    assert taken("ferritin", 38, range=given_)[0].range == expected


@pytest.mark.parametrize("mark", [".", ",", None])
def test_the_decimal_mark_is_kept(mark: str | None) -> None:
    """Which mark stands before the decimals is a fact of the result, for its reading."""
    assert taken("ferritin", "1,220", "ng/mL", decimal_mark=mark)[0].decimal_mark == mark


def test_bytes_that_were_no_text_are_written_out() -> None:
    """A name with half a character in it can still be sent as JSON."""
    result, _ = taken("ferritin\udce4", "38\udce4", "ng\udce4")
    assert (result.marker, result.text, result.unit) == ("ferritin\\udce4", "38\\udce4", "ng\\udce4")
    assert LabResult.model_validate_json(result.model_dump_json()) == result


def test_text_of_another_class_is_taken_as_text() -> None:
    """A subclass of `str` gives its characters and nothing of its own."""
    result, _ = taken(Words("ferritin"), Words("38"), Words("ng/mL"))
    assert [type(each) for each in (result.marker, result.text, result.unit)] == [str, str, str]
    assert taken("ferritin", 38, "µg/L")[0].unit == "µg/L"


def test_a_moment_keeps_its_time() -> None:
    """A date is a date and a datetime a datetime."""
    moment = datetime(2024, 5, 31, 8, 30)  # noqa: DTZ001  laboratories print local time
    assert taken("ferritin", 38, collected=moment)[0].collected == moment


@pytest.mark.parametrize("unit", [None, "ng/mL", "ug/L", "µg/L"])
def test_a_quantity_brings_its_unit(unit: str | None) -> None:
    """A pint quantity may have the same unit beside it, in any spelling, and then that one is kept."""
    quantity = pint.get_application_registry().Quantity("38 ng/mL")  # type: ignore[no-untyped-call]  # pint has no types here
    result, _ = taken("ferritin", quantity, unit)
    assert result.value == 38
    assert result.unit == ({"ng/mL": "ng/mL", None: "ng/mL"}.get(unit, "ug/L"))


def test_a_quantity_beside_another_unit_is_refused() -> None:
    """Two units for one value are a conflict, and an unknown marker is one as well."""
    quantity = pint.get_application_registry().Quantity("38 ng/mL")  # type: ignore[no-untyped-call]  # pint has no types here
    with pytest.raises(UnitConflictError):
        taken("ferritin", quantity, "pmol/L")
    with pytest.raises(LabsError):
        taken("nothing", quantity)


def test_nothing_is_judged_here() -> None:
    """A value without a unit, or of no marker at all, is taken as it is and refused where it is read."""
    result, patient = taken("nothing at all", "pending")
    assert (result.text, result.unit, patient) == ("pending", None, Patient())
    assert issubclass(MissingUnitError, LabsError)
