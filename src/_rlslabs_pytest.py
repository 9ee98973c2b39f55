"""The pytest plugin: fixtures of lab results, and a check that explains. It loads the package only when one is used.

It stands beside the package and not in it, because pytest loads plugins before it measures anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlslabs import Catalog, LabResult, Panel, Patient

_RESULT = re.compile(
    r"(?P<marker>.*[^\s<>=≤≥])\s+(?P<value>(?:[<>]=?|[≤≥])?\s*[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[^\s0-9.].*)"
)
_NUMBER = re.compile(r"\s(?:[<>]=?|[≤≥])?\s*[0-9]")
_WRITE = 'write each as NAME VALUE UNIT, such as "ferritin 38.5 ng/mL"; commas, semicolons and line ends part results'
_WOMAN = {"sex": "female", "age": 52, "pregnant": False}
_PANELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "ferritin": (("ferritin", "38", "ng/mL"), ("transferrin_saturation", "24", "%")),
    "deficient": (
        *(("ferritin", "8", "ng/mL"), ("transferrin_saturation", "9", "%")),
        *(("iron", "40", "ug/dL"), ("tibc", "440", "ug/dL")),
    ),
    "overload": (("ferritin", "650", "ng/mL"), ("transferrin_saturation", "62", "%")),
    "complete": (
        *(("ferritin", "110", "ng/mL"), ("transferrin_saturation", "30", "%"), ("iron", "90", "ug/dL")),
        *(("tibc", "300", "ug/dL"), ("vitamin_b12", "600", "pg/mL"), ("vitamin_d", "55", "ng/mL")),
    ),
}
"""Values chosen from the ranges of the markers page; they are of no real person."""


@pytest.fixture(scope="session")
def lab_catalog() -> Catalog:
    """The catalog that ships with the package."""
    from rlslabs.catalog import builtin  # noqa: PLC0415  the plugin loads the package only when it is used

    return builtin()


@pytest.fixture
def lab_patient() -> Patient:
    """A woman of 52, who is not pregnant."""
    from rlslabs import Patient  # noqa: PLC0415  the plugin loads the package only when it is used

    return Patient.model_validate(_WOMAN)


@pytest.fixture
def results_from() -> Callable[[str], list[LabResult]]:
    """Results from text such as `ferritin 38 ng/mL, iron 90 ug/dL`."""
    return _results


@pytest.fixture
def ferritin_panel(lab_patient: Patient) -> Panel:
    """Ferritin of 38, normal for a laboratory and below optimal, with a saturation of 24 %, in a woman of 52."""
    return _panel("ferritin", lab_patient)


@pytest.fixture
def deficient_panel(lab_patient: Patient) -> Panel:
    """Iron studies with which absolute iron deficiency is consistent, in a woman of 52."""
    return _panel("deficient", lab_patient)


@pytest.fixture
def overload_panel(lab_patient: Patient) -> Panel:
    """Ferritin and saturation that meet the screen for iron overload, in a woman of 52."""
    return _panel("overload", lab_patient)


@pytest.fixture
def complete_panel(lab_patient: Patient) -> Panel:
    """All six markers, five of them optimal and vitamin D above the standard range, in a woman of 52."""
    return _panel("complete", lab_patient)


@pytest.fixture
def assert_interpretation() -> Callable[..., None]:
    """The check of `rlslabs.expect`: an interpretation held to what is expected, with a failure that explains."""
    from rlslabs.expect import assert_interpretation as check  # noqa: PLC0415  the same

    return check


def _results(text: str) -> list[LabResult]:
    """Results of a text, told apart at commas, semicolons and line ends, each parted at its number.

    Raises:
        ValueError: There is none, or one of them is no name, value and unit.
    """
    from rlslabs import LabResult  # noqa: PLC0415  the plugin loads the package only when it is used
    from rlslabs.catalog import builtin  # noqa: PLC0415  the same

    found: list[LabResult] = []
    for each in filter(None, (part.strip() for part in re.split(r"[,;\n]", text))):
        said = _RESULT.fullmatch(each)
        if said is None:
            message = f'{_WRITE}; found "{each}"'
            raise ValueError(message)
        if _NUMBER.search(said["marker"]) and builtin().is_unknown(said["marker"]):
            message = f'{_WRITE}; found a number within the name "{said["marker"]}"'
            raise ValueError(message)
        found.append(LabResult.model_validate(said.groupdict()))
    if not found:
        message = f"{_WRITE}; found none"
        raise ValueError(message)
    return found


def _panel(name: str, patient: Patient) -> Panel:
    from rlslabs import LabResult, interpret_panel  # noqa: PLC0415  the same

    fields = ("marker", "value", "unit")
    results = [LabResult.model_validate(dict(zip(fields, row, strict=True))) for row in _PANELS[name]]
    return interpret_panel(results, patient)
