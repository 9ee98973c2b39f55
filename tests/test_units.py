"""A written unit is folded, never parsed; a factor is exact; a limit is rounded once; pint stays at the door."""

from __future__ import annotations

import subprocess
import sys
from decimal import ROUND_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import permutations
from typing import NamedTuple

import pint
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rlslabs import LabsError, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import UnitConflictError, UnknownUnitError, WrongTypeError
from rlslabs.limits import table
from rlslabs.units import (
    FILTRATION,
    LIMIT_DIGITS,
    Scale,
    convert_limit,
    factor,
    fold,
    is_quantity,
    of_quantity,
    scale,
    tidy,
)

PREFIXES = ("", "m", "u", "n", "p", "k")
MASSES = [f"{prefix}g/{volume}L" for prefix in PREFIXES for volume in ("", "d", "m")]
MOLES = [f"{prefix}mol/{volume}L" for prefix in PREFIXES for volume in ("", "d", "m")]
KINDS = (MASSES, MOLES, ["%", "1"])
ACCEPTED = [(marker.id, each.ucum) for marker in builtin().markers.values() for each in marker.accepts]
PAIRS = [
    (marker.id, one.ucum, two.ucum)
    for marker in builtin().markers.values()
    for one, two in permutations(marker.accepts, 2)
]
ALL_SIGNALS = list(Context().traps)
CLOSE = Fraction(1, 10**24)

UCUM = st.sampled_from(MASSES + MOLES)
SAME_KIND = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(*[st.sampled_from(kind)] * 3))
MOLAR_MASS = st.decimals("0.001", "1000000", places=3)
LIMITS = st.decimals("0.000001", "1000000", places=6)
FACTORS = st.fractions(Fraction(1, 10**12), Fraction(10**12))

UNITS: pint.UnitRegistry[float] = pint.UnitRegistry()
EXACTLY: pint.UnitRegistry[Decimal] = pint.UnitRegistry(non_int_type=Decimal)


class Weighed(NamedTuple):
    """Something of the shape of a pint quantity, such as an array or a measurement with an error."""

    magnitude: object
    units: object
    dimensionality: object = None


class Measured:
    """A number with an uncertainty, as the package `uncertainties` has it."""

    nominal_value = 38.0
    std_dev = 1.0


def quantity(magnitude: object, unit: str) -> object:
    """A quantity of pint that holds whatever it is given."""
    held: object = UNITS.Quantity(0, unit)
    vars(held)["_magnitude"] = magnitude
    return held


def plausible(marker: str, ucum: str) -> Decimal:
    """A usual value of the marker in the unit."""
    soft = table(builtin(), marker, ucum).soft
    assert soft.low is not None
    assert soft.high is not None
    return (soft.low * 3 + soft.high) / 4


# ---------------------------------------------------------------- spellings


@settings(deadline=None)
@given(st.sampled_from(ACCEPTED), st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from(["µ", "μ", "u"]))
def test_case_blanks_stops_annotations_and_micro_signs_make_no_difference(
    accepted: tuple[str, str], case: object, micro: str
) -> None:
    """However a laboratory sets a unit, its spelling folds to the same."""
    assert callable(case)
    _, ucum = accepted
    spelling = case(ucum.replace("u", micro).replace("/", "\u00a0/ "))
    assert fold(f" {spelling}. {{total}}") == fold(ucum)


@settings(deadline=None)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """A folded spelling without braces is folded."""
    assume("{" not in text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(("one", "two"), [("ng/mL", "ng/dL"), ("ng/mL", "ug/mL"), ("1", "%"), ("pg/mL", "pmol/L")])
def test_units_that_differ_stay_apart(one: str, two: str) -> None:
    """Folding joins spellings, never units."""
    assert fold(one) != fold(two)


# ---------------------------------------------------------------- scales and factors


@pytest.mark.parametrize("ucum", [*MASSES, *MOLES])
def test_a_scale_is_the_one_that_pint_knows(ucum: str) -> None:
    """Every concentration has the exact size that an independent package gives it."""
    base = "g/L" if ucum in MASSES else "mol/L"
    oracle = EXACTLY.Quantity(Decimal(1), ucum).to(base).magnitude
    assert scale(ucum) == ("mass" if base == "g/L" else "moles", Fraction(oracle))


def test_a_percentage_is_a_hundredth_of_a_fraction() -> None:
    """The two units of saturation differ by exactly a hundred."""
    assert (scale("%"), scale("1")) == (Scale("fraction", Fraction(1, 100)), Scale("fraction", Fraction(1)))
    assert factor("%", "1") == Fraction(1, 100)


@pytest.mark.parametrize(
    "ucum", ["", "K/uL", "ng", "ng/ML", "NG/mL", "µg/L", "Mg/L", "g/L/L", "mol/kg", "ng/mL ", "%%"]
)
def test_what_is_no_concentration_has_no_scale(ucum: str) -> None:
    """UCUM is case-sensitive, and no other code is guessed at."""
    with pytest.raises(ValueError, match="UCUM") as refusal:
        scale(ucum)
    assert str(refusal.value) == f"{ucum!r} is not a UCUM concentration, % or 1"


def test_a_filtration_rate_is_a_kind_of_its_own() -> None:
    """A rate counts neither mass nor moles, and one of it is one of it."""
    assert scale(FILTRATION) == Scale("rate", Fraction(1))
    assert factor(FILTRATION, FILTRATION) == 1


@pytest.mark.parametrize(("marker", "source", "target"), PAIRS)
def test_a_factor_is_the_one_that_pint_finds(marker: str, source: str, target: str) -> None:
    """For each marker, each accepted unit and each other, pint in Decimals agrees to its last digits."""
    molar_mass = builtin().markers[marker].molar_mass
    mass = molar_mass.value if molar_mass else None
    quantity = EXACTLY.Quantity(Decimal(1), source)
    if scale(source).kind != scale(target).kind:
        assert mass is not None
        per_mole = EXACTLY.Quantity(mass, "g/mol")
        quantity = quantity / per_mole if scale(target).kind == "moles" else quantity * per_mole
    oracle = Fraction(quantity.to("dimensionless" if target == "1" else target).magnitude)
    assert abs(factor(source, target, mass) / oracle - 1) < CLOSE


@settings(deadline=None)
@given(UCUM, UCUM, MOLAR_MASS)
def test_there_and_back_is_exactly_one(source: str, target: str, molar_mass: Decimal) -> None:
    """A factor and its reverse cancel without a remainder."""
    assert factor(source, target, molar_mass) * factor(target, source, molar_mass) == 1


@settings(deadline=None)
@given(SAME_KIND)
def test_a_way_round_is_the_direct_way(units: tuple[str, str, str]) -> None:
    """Converting by way of a third unit changes nothing."""
    one, two, three = units
    assert factor(one, two) * factor(two, three) == factor(one, three)


@pytest.mark.parametrize(
    ("source", "target", "molar_mass"),
    [("ng/mL", "nmol/L", None), ("%", "ng/mL", Decimal(100)), ("pmol/L", "1", Decimal(100)), ("K/uL", "ng/mL", None)],
)
def test_units_that_do_not_measure_the_same_have_no_factor(
    source: str, target: str, molar_mass: Decimal | None
) -> None:
    """Mass and moles need a molar mass, a fraction converts into neither, and no unit is guessed."""
    with pytest.raises(ValueError, match=r"molar mass|not a UCUM") as refusal:
        factor(source, target, molar_mass)
    unknown = f"{source!r} is not a UCUM concentration, % or 1"
    apart = f"{source} and {target} cannot be converted into each other without a molar mass"
    assert str(refusal.value) == (unknown if source == "K/uL" else apart)


# ---------------------------------------------------------------- limits


@settings(deadline=None)
@given(LIMITS, FACTORS)
def test_a_limit_is_rounded_once_to_twelve_digits(limit: Decimal, by: Fraction) -> None:
    """A converted limit is the number of twelve significant digits that is nearest to the exact one."""
    converted, exact = convert_limit(limit, by), Fraction(limit) * by
    assert len(converted.normalize().as_tuple().digits) <= LIMIT_DIGITS.prec
    last = Fraction(10) ** (converted.adjusted() - LIMIT_DIGITS.prec + 1)
    assert abs(Fraction(converted) - exact) <= last / 2


def test_a_limit_has_twelve_digits_worked_out_by_hand() -> None:
    """75 ng/mL by 445000 g/mol is 75000 / 445 pmol/L, and 1 by 8 is whole after three."""
    assert str(convert_limit(Decimal(75), factor("ng/mL", "pmol/L", Decimal(445000)))) == "168.539325843"
    assert str(convert_limit(Decimal(1), Fraction(1, 8))) == "0.125"


@settings(deadline=None)
@given(LIMITS)
def test_a_limit_in_its_own_unit_is_itself(limit: Decimal) -> None:
    """Converting by one changes no number of up to twelve digits."""
    assert convert_limit(limit, Fraction(1)) == limit


@settings(deadline=None)
@given(LIMITS, FACTORS)
def test_the_callers_decimal_context_changes_no_limit(limit: Decimal, by: Fraction) -> None:
    """Precision, rounding and traps of the caller reach neither the number nor the answer."""
    plain = convert_limit(limit, by)
    convert_limit.cache_clear()
    with localcontext(prec=3, rounding=ROUND_UP) as context:
        for signal in context.traps:
            context.traps[signal] = True
        assert convert_limit(limit, by).as_tuple() == plain.as_tuple()


@pytest.mark.parametrize(("marker", "ucum"), ACCEPTED)
@pytest.mark.parametrize(
    "narrow",
    [
        Context(prec=2, rounding=ROUND_UP),
        Context(prec=2, traps=ALL_SIGNALS),
        Context(prec=2, Emin=-1, Emax=1, traps=ALL_SIGNALS),
    ],
    ids=["rounding", "trapping", "small-and-trapping"],
)
def test_the_callers_decimal_context_changes_no_answer(marker: str, ucum: str, narrow: Context) -> None:
    """An interpretation, with its distances and sentences, is the same in any context."""
    value = f"{plausible(marker, ucum):f}"
    plain = interpret(marker, value, ucum, decimal_mark=".", range="1.0001-2.0002")
    with localcontext(narrow):
        again = interpret(marker, value, ucum, decimal_mark=".", range="1.0001-2.0002")
        assert again == plain
        assert again.explanation.text == plain.explanation.text


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=10))
def test_a_tidy_number_is_equal_and_plain(number: Decimal) -> None:
    """Tidying changes no number, and leaves neither thousands as an exponent nor trailing zeros after the point."""
    neat = tidy(number)
    assert neat == number
    assert "E+" not in str(neat)
    assert "." not in f"{neat:f}" or not f"{neat:f}".endswith("0")


@pytest.mark.parametrize(("number", "neat"), [("75.00", "75"), ("7.5E+1", "75"), ("1E+3", "1000"), ("0.50", "0.5")])
def test_a_number_is_tidied_as_one_writes_it(number: str, neat: str) -> None:
    """A limit is shown as a laboratory prints it."""
    assert str(tidy(Decimal(number))) == neat


# ---------------------------------------------------------------- pint quantities


@pytest.mark.parametrize(("marker", "ucum"), ACCEPTED)
@pytest.mark.parametrize("form", ["", "~", "P", "~P", "C", "~C"])
def test_a_quantity_is_read_in_any_form_that_pint_writes(marker: str, ucum: str, form: str) -> None:
    """However pint spells an accepted unit, the value is unchanged and the unit the same in size."""
    written = format(UNITS.Unit("dimensionless" if ucum == "1" else ucum), form)
    value = plausible(marker, ucum)
    reading = interpret(marker, UNITS.Quantity(value, written)).reading
    assert reading.low == reading.high == value
    assert factor(reading.unit, ucum) == 1


@pytest.mark.parametrize(
    "spelling",
    [
        "ng/mL",
        "ng/ml",
        "nanogram / milliliter",
        "nanograms per millilitre",
        "ug/L",
        "µg/L",
        "μg/L",
        "microgram/liter",
        "mg/m**3",
        "ng/cm^3",
        "pg/uL",
        "ng*mL**-1",
        "ng·mL⁻¹",
    ],
)
def test_a_quantity_in_an_equal_unit_is_accepted(spelling: str) -> None:
    """What pint knows to be the same unit is the same unit, and 75 of it is on the limit, whatever the floats do."""
    place = interpret("ferritin", UNITS.Quantity(75, spelling), sex="male", age=40).optimal
    assert place.position == "within"
    assert place.distance == 0


@pytest.mark.parametrize("registry", [UNITS, EXACTLY, pint.UnitRegistry(autoconvert_offset_to_baseunit=True)])
@pytest.mark.parametrize("value", [38, 38.0, Decimal("38.0")], ids=["int", "float", "decimal"])
def test_a_quantity_of_any_registry_is_read(registry: pint.UnitRegistry[float], value: float) -> None:
    """Each caller has a registry of his own, with its own kind of numbers."""
    assert interpret("ferritin", registry.Quantity(value, "ng/mL")).reading.low == 38


@pytest.mark.parametrize(("value", "written", "ucum"), [(25, "percent", "%"), (25, "%", "%"), (0.25, "", "1")])
def test_a_saturation_is_a_percentage_or_dimensionless(value: float, written: str, ucum: str) -> None:
    """Pint's percent and its dimensionless are the two units of a saturation, and neither is rescaled."""
    reading = interpret("transferrin_saturation", UNITS.Quantity(value, written)).reading
    assert (reading.low, reading.unit) == (Decimal(str(value)), ucum)


@pytest.mark.parametrize("marker", list(builtin().markers))
@pytest.mark.parametrize(
    "written", ["mg/dL", "kg", "ppm", "kelvin/uL", "degC", "delta_degC", "dBm", "mmol/L", "ng/mL*1/s", "U/L", "mol/kg"]
)
def test_a_quantity_in_another_unit_is_refused(marker: str, written: str) -> None:
    """A unit that the marker is not reported in is refused by name, whatever it measures."""
    with pytest.raises(UnknownUnitError) as refusal:
        interpret(marker, UNITS.Quantity(38, written))
    assert refusal.value.code == "unknown-unit"
    assert refusal.value.accepted == tuple(each.ucum for each in builtin().markers[marker].accepts)


@pytest.mark.parametrize("written", ["radian", "degree", "count", "ppm", "permille", "ng/ug", "mg/g"])
def test_only_a_unitless_quantity_of_one_is_a_fraction(written: str) -> None:
    """An angle has no dimension and is no saturation, and a part in a million is not read as a part in one."""
    with pytest.raises(UnknownUnitError):
        interpret("transferrin_saturation", UNITS.Quantity(0.25, written))


@pytest.mark.parametrize("written", ["", "percent"])
def test_a_dimensionless_quantity_is_no_concentration(written: str) -> None:
    """Only a saturation may be dimensionless."""
    with pytest.raises(UnknownUnitError):
        interpret("ferritin", UNITS.Quantity(38, written))


@pytest.mark.parametrize(
    "magnitude", [[38.0, 40.0], (38.0,), Measured(), 38 + 0j, True, object()], ids=lambda each: type(each).__name__
)
def test_an_array_or_a_measurement_is_refused(magnitude: object) -> None:
    """A quantity that is not one number is refused as such."""
    with pytest.raises(WrongTypeError) as refusal:
        interpret("ferritin", quantity(magnitude, "ng/mL"))
    assert refusal.value.code == "wrong-type"


def test_a_quantity_beside_another_unit_is_refused() -> None:
    """Two different units for one value are a conflict, also where one of them is pint's."""
    with pytest.raises(UnitConflictError) as refusal:
        interpret("ferritin", UNITS.Quantity(38, "ng/mL"), "pmol/L")
    assert refusal.value.code == "unit-conflict"


@settings(deadline=None)
@given(st.sampled_from(sorted(dir(UNITS))), st.sampled_from(sorted(builtin().markers)), st.floats())
def test_no_error_of_pint_escapes(name: str, marker: str, value: float) -> None:
    """Whatever the unit and the number, the answer is an interpretation or an error of our own."""
    assume(not name.startswith("_") and name in UNITS)
    quantity = UNITS.Quantity(value, UNITS.Unit(name))
    try:
        unit = interpret(marker, quantity).reading.unit
    except LabsError as error:
        unit = error.code
    assert unit


@pytest.mark.parametrize(
    "value",
    [38, "38 ng/mL", None, Decimal(38), UNITS.Unit("ng/mL"), Weighed(38, "ng/mL"), Weighed(38, UNITS.Unit("ng/mL"))],
    ids=repr,
)
def test_only_a_quantity_of_pint_is_one(value: object) -> None:
    """Numbers, text, a bare unit and things that look like a quantity are none."""
    assert not is_quantity(value)
    assert is_quantity(UNITS.Quantity(38, "ng/mL"))


def test_without_pint_nothing_is_a_quantity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not loaded pint holds no quantity of it, and is told so without an error."""
    monkeypatch.delitem(sys.modules, "pint")
    assert not is_quantity(38)


def test_what_looks_like_a_quantity_is_no_number() -> None:
    """The unit of an object of unknown make is not believed: the value is refused."""
    with pytest.raises(WrongTypeError):
        interpret("ferritin", Weighed(38, UNITS.Unit("ng/mL")), "ng/mL")


def test_the_magnitude_of_a_quantity_is_handed_over_untouched() -> None:
    """The very object that the caller put in comes out, beside the code of its unit."""
    number = Decimal("38.10")
    magnitude, equal, words = of_quantity(UNITS.Quantity(number, "nmol/L"), ["ng/mL", "nmol/L"])
    assert magnitude is number
    assert equal == ("nmol/L",)
    assert words == "nanomole / liter"


def test_interpreting_text_never_loads_pint() -> None:
    """Importing the package and judging a result as text cost nothing for a package that only quantities need."""
    code = (
        "import sys, rlslabs; rlslabs.interpret('ferritin', '38 ng/mL').explanation.text; print('pint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  our own code
    assert done.stdout.strip() == "False"
