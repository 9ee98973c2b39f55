"""A written unit to its UCUM code, and a UCUM code to its exact factor. The only module that knows pint, and lazily.

Units are matched against a closed list per marker, never parsed freely: a free parser reads `K/uL` as kelvin.
Factors are exact fractions; a limit is converted once and rounded once, to 12 significant digits.
"""

from __future__ import annotations

import re
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["mass", "moles", "fraction", "rate"]

LIMIT_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)
"""Law 4: a limit in the reported unit has 12 significant digits, so that floats and Decimals compare alike."""

EXACT = Context(prec=200)
"""For differences and display; wide enough for every plausible number, and not the caller's own context."""

_PREFIXES = {"": 0, "d": -1, "m": -3, "u": -6, "n": -9, "p": -12, "k": 3}
_CONCENTRATION = re.compile(r"([munpk]?)(g|mol)/([dm]?)L")
_FOLDED = str.maketrans({"μ": "u", " ": None, "\t": None, ".": None, "\u00a0": None, "\u202f": None})
_ANNOTATION = re.compile(r"\{[^{}]*\}")
FILTRATION = "mL/min/{1.73_m2}"
"""The unit of a glomerular filtration rate."""

_SAME = 1e-9


class Scale(NamedTuple):
    """What a UCUM code measures, and how much of g/L, mol/L or 1 one of it is."""

    kind: Kind
    size: Fraction


def fold(written: str) -> str:
    """Fold a spelling: case, blanks, full stops, `{annotations}` and both micro signs make no difference.

    >>> fold("µg / dL.") == fold("UG/DL")
    True
    """
    return _ANNOTATION.sub("", written).casefold().translate(_FOLDED)


@lru_cache(maxsize=256)
def scale(ucum: str) -> Scale:
    """The kind and exact size of a UCUM code: a mass or molar concentration, a filtration rate, `%` or `1`.

    Raises:
        ValueError: The code is of another form.

    Source: UCUM, case-sensitive codes and metric prefixes.
    """
    if ucum == "%":
        return Scale("fraction", Fraction(1, 100))
    if ucum == "1":
        return Scale("fraction", Fraction(1))
    if ucum == FILTRATION:
        return Scale("rate", Fraction(1))
    match = _CONCENTRATION.fullmatch(ucum)
    if not match:
        message = f"{ucum!r} is not a UCUM concentration, % or 1"
        raise ValueError(message)
    size = Fraction(10) ** (_PREFIXES[match[1]] - _PREFIXES[match[3]])
    return Scale("mass" if match[2] == "g" else "moles", size)


@lru_cache(maxsize=1024)
def factor(source: str, target: str, molar_mass: Decimal | None = None) -> Fraction:
    """The exact number by which a value in `source` is multiplied to stand in `target` (both UCUM codes).

    Args:
        source: The unit to convert from.
        target: The unit to convert to.
        molar_mass: In g/mol; needed where one unit counts mass and the other moles.

    Raises:
        ValueError: The units do not measure the same, or the molar mass is missing.

    >>> factor("ug/dL", "umol/L", Decimal("55.845")).limit_denominator(10**6)
    Fraction(2000, 11169)
    """
    have, want = scale(source), scale(target)
    size = have.size / want.size
    if have.kind == want.kind:
        return size
    if molar_mass is None or {have.kind, want.kind} != {"mass", "moles"}:
        message = f"{source} and {target} cannot be converted into each other without a molar mass"
        raise ValueError(message)
    return size / Fraction(molar_mass) if want.kind == "moles" else size * Fraction(molar_mass)


@lru_cache(maxsize=4096)
def convert_limit(limit: Decimal, by: Fraction) -> Decimal:
    """Multiply a limit by an exact factor and round once, to 12 significant digits."""
    return rounded(Fraction(limit) * by)


def rounded(exact: Fraction) -> Decimal:
    """An exact number as a Decimal, rounded once to 12 significant digits."""
    return tidy(LIMIT_DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator)))


def tidy(number: Decimal) -> Decimal:
    """The same number without trailing zeros after the point and without an exponent: 75, not 75.00 or 7.5E+1."""
    if number == number.to_integral_value():
        return number.quantize(Decimal(1), context=EXACT)
    return number.normalize(EXACT)


def is_quantity(value: object) -> bool:
    """Tell a pint quantity, without loading pint: nobody has one who has not loaded it."""
    pint = sys.modules.get("pint")
    return pint is not None and isinstance(value, pint.Quantity)


def of_quantity(quantity: object, accepted: Iterable[str]) -> tuple[object, tuple[str, ...], str]:
    """The magnitude of a pint quantity, unchanged, the accepted codes that its unit equals, and its unit in words."""
    import pint  # noqa: PLC0415  a caller with a quantity has loaded it already; nobody else needs it

    assert isinstance(quantity, pint.Quantity)  # noqa: S101  told by is_quantity
    one = 1 * quantity.units
    equal: list[str] = []
    for ucum in accepted:
        try:
            whole = one.to_root_units() if ucum == "1" else one.to(ucum)
            same = (ucum != "1" or whole.unitless) and abs(float(whole.magnitude) - 1) < _SAME
        except (pint.PintError, TypeError, ValueError):
            continue
        equal += [ucum] if same else []
    return quantity.magnitude, tuple(equal), str(quantity.units)
