"""A table of limits: which ends belong, which molar mass was used, and for which values a note is."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from rlslabs import Catalog
from rlslabs.catalog import builtin
from rlslabs.limits import Cut, table
from rlslabs.model import Reading
from rlslabs.units import scale

CATALOG = builtin()
UNITS = [(marker.id, each.ucum) for marker in CATALOG.markers.values() for each in marker.accepts]
STEP = Decimal("1E-9")
SIGNS = ("ge", "gt", "le", "lt")

SOURCES = (
    '[my-manual]\ntitle = "Manual"\npublisher = "Clinic"\nyear = 2026\nevidence = "seen"\nretrieved = 2026-01-31\n'
)
ZINC = """
id = "zinc"
name = "Zinc"
plain_name = "zinc"
specimen = "serum or plasma"
unit = "ug/dL"
concern = "below"
aliases = ["Zn"]
molar_mass = { value = 65.38, source = "my-manual", locator = "page 9" }

[[accepts]]
ucum = "ug/dL"
spoken = "micrograms per deciliter"

[[accepts]]
ucum = "umol/L"
spoken = "micromoles per liter"

[[accepts]]
ucum = "ug/L"
spoken = "micrograms per liter"

[[loinc]]
code = "5763-8"
name = "Zinc [Mass/volume] in Serum or Plasma"
property = "mass"

[plausible]
unit = "ug/dL"
[plausible.soft]
low = { value = 30, source = "my-manual", locator = "page 9" }
high = { value = 300, source = "my-manual", locator = "page 9" }
[plausible.hard]
low = { value = 1, source = "my-manual", locator = "page 9" }
high = { value = 3000, inclusive = false, source = "my-manual", locator = "page 9" }
"""
NOTE = """
[[note]]
kind = "caution"
when = {{ {when} }}
clinician = "A note."
patient = "A note."
sources = ["my-manual"]
"""
NOTED = (
    *(f'unit = "ug/dL", {sign} = 70' for sign in SIGNS),
    'unit = "ug/dL", ge = 70, le = 75',
    'unit = "ug/L", gt = 70, lt = 75',
    "",
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Our catalog, with one more marker that has a note for every kind of condition."""
    folder = tmp_path_factory.mktemp("clinic")
    Path(folder, "sources.toml").write_text(SOURCES, encoding="utf-8")
    Path(folder, "zinc.toml").write_text(ZINC + "".join(NOTE.format(when=each) for each in NOTED), encoding="utf-8")
    return Catalog.load(folder)


def reading(value: Decimal, unit: str) -> Reading:
    """An exact value."""
    closed = {"low_open": False, "high_open": False, "comparator": None}
    return Reading.model_validate({"low": value, "high": value, **closed, "unit": unit, "spoken": unit})


def where(cut: Cut, value: Decimal) -> str:
    """The one position of an exact value."""
    (position,) = cut.positions(reading(value, "ng/mL"))
    return position


def test_both_ends_belong_to_a_range_that_does_not_say_otherwise() -> None:
    """A limit is inside, and the next value is not."""
    cut = Cut(Decimal(20), Decimal(30))
    assert [where(cut, Decimal(20) + each) for each in (-STEP, 0, STEP)] == ["below", "within", "within"]
    assert [where(cut, Decimal(30) + each) for each in (-STEP, 0, STEP)] == ["within", "within", "above"]


@pytest.mark.parametrize(("marker", "unit"), UNITS)
def test_a_limit_names_the_molar_mass_by_which_it_was_converted(marker: str, unit: str) -> None:
    """It is the marker's own where mass became moles or moles mass, and none where only the prefix changed."""
    for applied in (each for some in table(CATALOG, marker, unit).sets.values() for each in some):
        crossed = scale(applied.limit.range.unit).kind != scale(unit).kind
        mass = applied.limit.molar_mass
        assert mass == (CATALOG.markers[marker].molar_mass if crossed else None)
        assert (mass is not None) == crossed


def test_an_end_of_what_is_plausible_belongs_to_it_unless_it_says_otherwise(clinic: Catalog) -> None:
    """Of what is possible the upper end is shut out here, and the lower one belongs."""
    hard, soft = table(clinic, "zinc", "ug/dL").hard, table(clinic, "zinc", "ug/dL").soft
    assert hard == Cut(Decimal(1), Decimal(3000), low_out=False, high_out=True)
    assert soft == Cut(Decimal(30), Decimal(300), low_out=False, high_out=False)


@pytest.mark.parametrize(("unit", "by"), [("ug/dL", 1), ("ug/L", 10)])
def test_a_note_is_for_the_values_that_its_condition_names(clinic: Catalog, unit: str, by: int) -> None:
    """Each sign is kept, the bounds are in the unit of the condition, and none means every value."""
    cuts = [values for _, values in table(clinic, "zinc", unit).notes]
    ten = Decimal(by)
    low, high = 70 * ten, 75 * ten
    assert cuts == [
        Cut(low, None, low_out=False, high_out=False),
        Cut(low, None, low_out=True, high_out=False),
        Cut(None, low, low_out=False, high_out=False),
        Cut(None, low, low_out=False, high_out=True),
        Cut(low, high, low_out=False, high_out=False),
        Cut(low / 10, high / 10, low_out=True, high_out=True),
        None,
    ]


@pytest.mark.parametrize("marker", list(CATALOG.markers))
def test_the_notes_of_every_marker_hold_exactly_where_they_say(marker: str) -> None:
    """In the unit of the condition a plain comparison with its own number finds the same values."""
    for note in CATALOG.markers[marker].note:
        bounds = [(sign, getattr(note.when, sign)) for sign in SIGNS if getattr(note.when, sign) is not None]
        unit = note.when.unit or CATALOG.markers[marker].unit
        (values,) = (cut for each, cut in table(CATALOG, marker, unit).notes if each is note)
        assert (values is None) == (not bounds)
        for (_, bound), step in product(bounds, (-STEP, 0, STEP)):
            value = bound + step
            holds = {"ge": value.__ge__, "gt": value.__gt__, "le": value.__le__, "lt": value.__lt__}
            assert values is not None
            assert (where(values, value) == "within") == all(holds[sign](each) for sign, each in bounds)
