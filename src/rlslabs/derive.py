"""Values computed from others of the same collection: never in silence, and as data what they were computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product

from rlslabs.catalog import Catalog
from rlslabs.chart import Held, same_collection
from rlslabs.facts import Frozen, Number, Source
from rlslabs.reported import LabResult
from rlslabs.rules import Derivation
from rlslabs.units import LIMIT_DIGITS, factor, tidy


class Input(Frozen):
    """One value that a computed value rests on."""

    marker: str
    name: str
    value: str
    unit: str


class Computed(Frozen):
    """A computed value: from what, by which formula and by whose word; `estimated` where a factor took part.

    `result` is the value as a result of its own; `doubt` says why findings do not rely on it, if they do not.
    """

    derivation: str
    formula: str
    inputs: tuple[Input, ...]
    factor: Number | None
    estimated: bool
    result: LabResult
    doubt: str | None
    sources: tuple[Source, ...]
    locator: str


def derive(rule: Derivation, held: Mapping[str, Sequence[Held]], catalog: Catalog) -> Iterator[Computed]:
    """Every value that a rule gives, one for each combination of inputs of the same collection.

    Inputs below a detection limit give an interval; from a value without an upper end nothing is computed.
    """
    names = tuple(dict.fromkeys(rule.inputs))
    for chosen in product(*(held.get(name, ()) for name in names)):
        if not all(same_collection(chosen[0].result, other.result) for other in chosen[1:]):
            continue
        ends = [_ends(each, rule.unit, catalog) for each in chosen]
        if any(high is None for _, high in ends):
            continue
        corners = [_at(rule, dict(zip(names, corner, strict=True))) for corner in product(*map(dict.fromkeys, ends))]
        values = [value for value in corners if value is not None]
        if len(values) == len(corners):
            yield _computed(rule, chosen, min(values), max(values), catalog)


def _ends(held: Held, unit: str, catalog: Catalog) -> tuple[Fraction | None, Fraction | None]:
    """The exact ends of a reading in a unit."""
    mass = catalog.analyte(held.marker).molar_mass
    by = factor(held.reading.unit, unit, mass.value if mass else None)
    high = held.reading.high
    return Fraction(held.reading.low) * by, None if high is None else Fraction(high) * by


def _at(rule: Derivation, values: Mapping[str, Fraction | None]) -> Fraction | None:
    """The formula at one value of each input; it rises or falls with each, so its ends lie at theirs."""
    taken = [values[name] or Fraction(0) for name in rule.inputs]
    if rule.form == "scaled":
        return taken[0] * Fraction(rule.factor or 1)
    if rule.form == "sum":
        return sum(taken, Fraction(0))
    whole = sum(taken[1:], Fraction(0))
    return 100 * taken[0] / whole if whole > 0 else None


def _computed(rule: Derivation, chosen: tuple[Held, ...], low: Fraction, high: Fraction, catalog: Catalog) -> Computed:
    unit = "%" if rule.form == "percent" else rule.result_unit or rule.unit
    ends = [tidy(LIMIT_DIGITS.divide(Decimal(end.numerator), Decimal(end.denominator))) for end in (low, high)]
    exact = ends[0] == ends[1]
    names = [catalog.analyte(name).name for name in rule.inputs]
    below = " + ".join(names[1:])
    formula = {
        "percent": f"100 x {names[0]} / ({below})",
        "sum": " + ".join(names),
        "scaled": f"{names[0]} x {rule.factor}",
    }[rule.form]
    result = {
        "marker": rule.gives,
        "value": ends[0] if exact else None,
        "text": None if exact else f"{ends[0]:f}-{ends[1]:f}",
        "unit": unit,
        "comparator": None,
        "range": None,
        "collected": chosen[0].result.collected,
        "decimal_mark": ".",
        "circumstances": tuple(sorted({name for each in chosen for name in each.result.circumstances})),
        "specimen": None,
        "method": None,
    }
    inputs = tuple(_input(each, catalog) for each in chosen)
    return Computed.trusted(
        {
            "derivation": rule.id,
            "formula": formula,
            "inputs": inputs,
            "factor": rule.factor,
            "estimated": rule.form == "scaled" or any(each.estimated for each in chosen),
            "result": LabResult.trusted(result),
            "doubt": None,
            "sources": rule.sources,
            "locator": rule.locator,
        }
    )


def _input(held: Held, catalog: Catalog) -> Input:
    named = {"marker": held.marker, "name": catalog.analyte(held.marker).name}
    return Input.trusted({**named, "value": held.reading.words, "unit": held.reading.unit})
