"""The rules that data files keep: ours and a clinic's alike. A fault names file, key and mend."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from rlslabs.codes import check_digit
from rlslabs.facts import Bound, Marker, Population, Range
from rlslabs.loading import Facts
from rlslabs.population import ADULT
from rlslabs.units import factor, fold, scale


def fold_name(name: str) -> str:
    """Fold a marker's name: case, blanks and punctuation make no difference, but `%` does."""
    return "".join(c for c in name.casefold() if c.isalnum() or c == "%")


def check(facts: Facts) -> None:
    """Check everything that the form of the files alone does not.

    Raises:
        CatalogError: At the first fault.
    """
    _names_are_unique(facts)
    _defaults_are_single(facts)
    _report_is_reserved(facts)
    for marker in facts.markers.values():
        _codes_are_sound(facts, marker)
        _units_convert(facts, marker)
        _limits_are_ordered(facts, marker)
        _populations_are_apart(facts, marker)


def _names_are_unique(facts: Facts) -> None:
    owners: dict[str, str] = {}
    claims: list[tuple[str, str, tuple[object, ...]]] = []
    for marker in facts.markers.values():
        names = dict.fromkeys(map(fold_name, (marker.id, marker.name, *marker.aliases)))
        claims += [(name, marker.id, (marker.id, "aliases")) for name in names]
        claims += [(code.code, marker.id, (marker.id, "loinc", n)) for n, code in enumerate(marker.loinc)]
        claims += [
            (fold_name(name), f"a part of {marker.id}", (marker.id, "partly"))
            for part in marker.partly
            for name in part.names
        ]
    for index, lookalike in enumerate(facts.lookalikes):
        names = dict.fromkeys(map(fold_name, (lookalike.name, *lookalike.names)))
        claims += [(name, f"look-alike {index}", ("lookalikes", index)) for name in (*names, *lookalike.codes)]
        if lookalike.looks_like not in facts.markers:
            happened = f"No marker is called {lookalike.looks_like}"
            raise facts.origin("lookalikes", index).fault(happened, "name one of the markers", "looks_like")
    for name, owner, path in claims:
        if owners.setdefault(name, owner) != owner:
            happened = f'"{name}" already belongs to {owners[name]}'
            raise facts.origin(*path).fault(happened, "give every name and code to one analyte", text=name)


def _report_is_reserved(facts: Facts) -> None:
    """`report` names the range that a laboratory prints with a result, and its source."""
    for kind, ids in (("sets", facts.sets), ("sources", facts.sources)):
        if "report" in ids:
            happened = '"report" is the name of the range that is printed with a result'
            raise facts.origin(kind, "report").fault(happened, "choose another name")


def _defaults_are_single(facts: Facts) -> None:
    for kind in ("standard", "optimal"):
        if sum(each.default for each in facts.sets.values() if each.kind == kind) != 1:
            happened = f"There is not exactly one default {kind} set"
            raise facts.origin("sets").fault(happened, "write default = true in one of them", kind)


def _codes_are_sound(facts: Facts, marker: Marker) -> None:
    kinds = {scale_kind(facts, marker, index) for index in range(len(marker.accepts))}
    codes: list[tuple[str, tuple[object, ...]]] = [
        (code.code, (marker.id, "loinc", index)) for index, code in enumerate(marker.loinc)
    ]
    codes += [(code, ("lookalikes", index)) for index, each in enumerate(facts.lookalikes) for code in each.codes]
    for code, path in codes:
        if int(code[-1]) != check_digit(code):
            happened = f"{code} fails its check digit"
            raise facts.origin(*path).fault(happened, "copy the code again from LOINC", "code", code)
    for index, each in enumerate(marker.loinc):
        if each.property not in {*kinds, "any"}:
            happened = f"{each.code} measures {each.property}, and no accepted unit does"
            raise facts.origin(marker.id, "loinc", index).fault(happened, "accept such a unit", "property")


def scale_kind(facts: Facts, marker: Marker, index: int) -> str:
    """The kind of the marker's accepted unit number `index`."""
    try:
        return scale(marker.accepts[index].ucum).kind
    except ValueError as error:
        raise facts.origin(marker.id, "accepts", index).fault(
            str(error), "write a UCUM code such as ng/mL", "ucum"
        ) from error


def _units_convert(facts: Facts, marker: Marker) -> None:
    accepted = [each.ucum for each in marker.accepts]
    spellings: dict[str, str] = {}
    for index, each in enumerate(marker.accepts):
        for spelling in (each.ucum, each.spoken, *each.written):
            if spellings.setdefault(fold(spelling), each.ucum) != each.ucum:
                happened = f'"{spelling}" already means {spellings[fold(spelling)]}'
                raise facts.origin(marker.id, "accepts", index).fault(
                    happened, "give it to one unit", "written", spelling
                )
    used: list[tuple[tuple[str, ...], str, str]] = [
        ((marker.id, "unit"), "", marker.unit),
        ((marker.id, "plausible"), "unit", marker.plausible.unit),
    ]
    used += [((marker.id, "range", str(index)), "unit", each.unit) for index, each in enumerate(marker.range)]
    for path, key, unit in used:
        if unit not in accepted:
            happened = f'"{unit}" is not among the units that {marker.id} accepts ({", ".join(accepted)})'
            raise facts.origin(*path).fault(happened, "use one of them, or add it under [[accepts]]", key, unit)
    for index, each in enumerate(marker.accepts):
        try:
            factor(each.ucum, marker.unit, marker.molar_mass.value if marker.molar_mass else None)
        except ValueError as error:
            raise facts.origin(marker.id, "accepts", index).fault(str(error), "add a [molar_mass]", "ucum") from error


def _limits_are_ordered(facts: Facts, marker: Marker) -> None:
    mass = marker.molar_mass.value if marker.molar_mass else None
    soft, hard = marker.plausible.soft, marker.plausible.hard
    if not hard.low.value <= soft.low.value < soft.high.value <= hard.high.value:
        happened = "The limits of plausibility are not ordered hard low, soft low, soft high, hard high"
        raise facts.origin(marker.id, "plausible").fault(happened, "put them in this order")
    for index, each in enumerate(marker.range):
        origin = facts.origin(marker.id, "range", index)
        for name in each.sets:
            if name not in facts.sets or facts.sets[name].kind != each.kind:
                happened = f'There is no {each.kind} set called "{name}"'
                raise origin.fault(happened, f'add [{name}] with kind = "{each.kind}" to sets.toml', "sets", name)
        by = factor(each.unit, marker.plausible.unit, mass)
        for key, bound in _bounds(each):
            if not hard.low.value <= bound.value * by.numerator / by.denominator <= hard.high.value:
                happened = f"{bound.value} {each.unit} lies outside what is plausible for {marker.id}"
                raise origin.fault(happened, "check the number and its unit", f"{key}.value", str(bound.value))


def _bounds(each: Range) -> Iterator[tuple[str, Bound]]:
    for key, bound in (("low", each.low), ("high", each.high), ("lab_low", each.lab_low)):
        if bound is not None:
            yield key, bound


def _populations_are_apart(facts: Facts, marker: Marker) -> None:
    for name in facts.sets:
        ours = [(index, each.applies_to) for index, each in enumerate(marker.range) if name in each.sets]
        for (_, one), (index, two) in combinations(ours, 2):
            if _overlap(one, two):
                happened = f"In the set {name}, {two.words} overlap {one.words}"
                raise facts.origin(marker.id, "range", index).fault(
                    happened, "let one range apply to each person", "applies_to"
                )
        for sex in ("female", "male"):
            bands = sorted((each.ages, index) for index, each in ours if each.sex in (sex, None) and not each.pregnant)
            for (younger, _), (older, index) in pairwise(bands):
                if younger.end != older.start and older.start > ADULT.start:
                    happened = f"In the set {name}, no range applies to some {sex} adults"
                    raise facts.origin(marker.id, "range", index).fault(happened, "let the bands meet", "applies_to")


def _overlap(one: Population, two: Population) -> bool:
    return (
        one.pregnant == two.pregnant
        and (one.sex is None or two.sex is None or one.sex == two.sex)
        and one.ages.start < two.ages.end
        and two.ages.start < one.ages.end
    )
