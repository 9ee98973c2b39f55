"""Values computed from others of the same collection: never in silence, and as data what they were computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.chart import Held, together
from rlslabs.facts import Frozen, Number, Source
from rlslabs.reported import LabResult
from rlslabs.rules import Derivation
from rlslabs.units import factor, rounded


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

    An input that is an interval gives an interval: `<50` over 250 is `<20`, and `>500` over 300 is `>166.7`.
    """
    names = tuple(dict.fromkeys(rule.inputs))
    for first in held.get(names[0], ()):
        for chosen in product([first], *(together(held, name, first.result) for name in names[1:])):
            low, high = (_at(rule, dict(zip(names, chosen, strict=True)), catalog, top=top) for top in (False, True))
            if low is not None and high is not None and low.value is not None:
                yield _computed(rule, chosen, low, high, catalog)


class _End(NamedTuple):
    """An end of a computed value, `None` where it has none, and whether it is left out."""

    value: Fraction | None
    out: bool


def _at(rule: Derivation, chosen: Mapping[str, Held], catalog: Catalog, *, top: bool) -> _End | None:
    """The lowest or the highest value of the formula; it rises with what stands above the line, else it falls.

    Iron stands on both sides where the capacity is UIBC and iron; the saturation rises with it.
    """
    first, *rest = rule.inputs
    falling = {*rest} - {first} if rule.form == "percent" else set[str]()
    ends = {name: _end(held, rule.unit, catalog, top=top != (name in falling)) for name, held in chosen.items()}
    out = any(end.out for end in ends.values())
    values = [ends[name].value for name in rule.inputs]
    if rule.form != "percent":
        known = [each for each in values if each is not None]
        scaled = [each * Fraction(rule.factor or 1) for each in known] if rule.form == "scaled" else known
        return _End(sum(scaled, Fraction(0)) if len(known) == len(values) else None, out)
    above, *below = values
    if above is None:
        return _End(Fraction(100) if first in rest else None, out=True)
    if None in below:
        return _End(Fraction(0), out=False)
    whole = sum((each for each in below if each is not None), Fraction(0))
    return _End(100 * above / whole, out) if whole > 0 else None


def _end(held: Held, unit: str, catalog: Catalog, *, top: bool) -> _End:
    """An exact end of a reading in a unit."""
    mass = catalog.analyte(held.marker).molar_mass
    by = factor(held.reading.unit, unit, mass.value if mass else None)
    value, out = (held.reading.high, held.reading.high_open) if top else (held.reading.low, held.reading.low_open)
    return _End(None if value is None else Fraction(value) * by, out)


def _computed(rule: Derivation, chosen: tuple[Held, ...], low: _End, high: _End, catalog: Catalog) -> Computed:
    unit = "%" if rule.form == "percent" else rule.result_unit or rule.unit
    ends = [None if end.value is None else rounded(end.value) for end in (low, high)]
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
        "text": None if exact else _words(ends[0], ends[1], low, high),
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


def _words(low: Decimal | None, high: Decimal | None, bottom: _End, top: _End) -> str:
    """A computed interval as a laboratory would write it; an end that is left out inside of it is counted in."""
    if high is None:
        return f"{'>' if bottom.out else '>='}{low:f}"
    if not low:
        return f"{'<' if top.out else '<='}{high:f}"
    return f"{low:f}-{high:f}"


def _input(held: Held, catalog: Catalog) -> Input:
    named = {"marker": held.marker, "name": catalog.analyte(held.marker).name}
    return Input.trusted({**named, "value": held.reading.words, "unit": held.reading.unit})
