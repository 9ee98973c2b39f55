"""The rules that data files keep: ours and a clinic's alike. A fault names file, key and mend."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise
from typing import NamedTuple

from rlslabs.codes import check_digit
from rlslabs.facts import Bound, Population, Range
from rlslabs.loading import Facts, Origin
from rlslabs.marker import Marker
from rlslabs.population import ADULT
from rlslabs.units import Scale, factor, fold, scale


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
        _ranges_are_sound(facts, marker)
        _populations_are_apart(facts, marker)
        _ranges_are_reviewed(facts, marker)


class _Claim(NamedTuple):
    """A name or code that an analyte goes by, folded; whose it is; and where that was written."""

    name: str
    owner: str
    written: str
    origin: Origin


def _names_are_unique(facts: Facts) -> None:
    """Every name and code belongs to one analyte; a clinic's file is to blame before one of ours."""
    owners: dict[str, str] = {}
    for claim in sorted(_claims(facts), key=lambda claim: not claim.origin.ours):
        if not claim.name:
            happened = f'The name "{claim.written}" holds neither letter nor digit'
            raise claim.origin.fault(happened, "write a name", text=claim.written)
        if owners.setdefault(claim.name, claim.owner) != claim.owner:
            happened = f'"{claim.written}" already belongs to {owners[claim.name]}'
            raise claim.origin.fault(happened, "give every name and code to one analyte", text=claim.written)


def _claims(facts: Facts) -> Iterator[_Claim]:
    for marker in facts.markers.values():
        named = [(marker.id, "id"), (marker.name, "name")]
        named += [(alias, f"aliases/{index}") for index, alias in enumerate(marker.aliases)]
        for name, path in named:
            yield _Claim(fold_name(name), marker.id, name, facts.origin(marker.id, *path.split("/")))
        for index, code in enumerate(marker.loinc):
            origin = facts.origin(marker.id, "loinc", index, "code")
            yield _Claim(fold_name(code.code), f"{marker.id}, as a code", code.code, origin)
        for index, part in enumerate(marker.partly):
            origin = facts.origin(marker.id, "partly", index, "names")
            for name in part.names:
                yield _Claim(fold_name(name), f"a part of {marker.id} ({part.partial})", name, origin)
    for index, each in enumerate(facts.lookalikes):
        if each.looks_like not in facts.markers:
            happened = f"No marker is called {each.looks_like}"
            raise facts.origin("lookalikes", index, "looks_like").fault(happened, "name one of the markers")
        for key, names in (("name", (each.name,)), ("names", each.names), ("codes", each.codes)):
            for name in names:
                origin = facts.origin("lookalikes", index, key)
                yield _Claim(fold_name(name), f"{each.name}, which is no marker", name, origin)


def _report_is_reserved(facts: Facts) -> None:
    """`report` names the range that a laboratory prints with a result, and its source."""
    for kind, ids in (("sets", facts.sets), ("sources", facts.sources)):
        if "report" in ids:
            happened = '"report" is the name of the range that is printed with a result'
            raise facts.origin(kind, "report").fault(happened, "choose another name")


def _defaults_are_single(facts: Facts) -> None:
    for kind in ("standard", "optimal"):
        sets = [id_ for id_, each in facts.sets.items() if each.kind == kind]
        defaults = [id_ for id_ in sets if facts.sets[id_].default]
        if len(defaults) != 1:
            theirs = [id_ for id_ in (*facts.sets, *defaults) if not facts.origin("sets", id_).ours]
            blamed = (theirs or defaults or sets or [""])[-1]
            happened = f"There are {len(defaults)} default {kind} sets"
            raise facts.origin("sets", blamed).fault(happened, "write default = true in exactly one", text=kind)


def _codes_are_sound(facts: Facts, marker: Marker) -> None:
    kinds = {scale_kind(facts, marker, index) for index in range(len(marker.accepts))}
    codes: list[tuple[str, tuple[object, ...]]] = [
        (code.code, (marker.id, "loinc", index, "code")) for index, code in enumerate(marker.loinc)
    ]
    codes += [
        (code, ("lookalikes", index, "codes")) for index, each in enumerate(facts.lookalikes) for code in each.codes
    ]
    for code, path in codes:
        if int(code[-1]) != check_digit(code):
            happened = f"{code} fails its check digit"
            raise facts.origin(*path).fault(happened, "copy the code again from LOINC", text=code)
    seen: set[str] = set()
    for index, each in enumerate(marker.loinc):
        if each.code in seen:
            happened = f"The code {each.code} stands here a second time"
            raise facts.origin(marker.id, "loinc", index, "code").fault(happened, "keep one of the two", text=each.code)
        seen.add(each.code)
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
            if not fold(spelling):
                happened = f'"{spelling}" is no spelling of a unit'
                raise facts.origin(marker.id, "accepts", index).fault(happened, "write a unit", "written", spelling)
            if _meaning(spelling) not in {None, scale(each.ucum)}:
                happened = f'"{spelling}" is another unit than {each.ucum}'
                raise facts.origin(marker.id, "accepts", index).fault(happened, "write it there", "written", spelling)
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
    used += [((marker.id, "goal", str(index)), "unit", each.unit) for index, each in enumerate(marker.goal)]
    used += [
        ((marker.id, "note", str(n), "when"), "unit", each.when.unit)
        for n, each in enumerate(marker.note)
        if each.when.unit
    ]
    for path, key, unit in used:
        if unit not in accepted:
            happened = f'"{unit}" is not among the units that {marker.id} accepts ({", ".join(accepted)})'
            raise facts.origin(*path).fault(happened, "use one of them, or add it under [[accepts]]", key, unit)
    for index, each in enumerate(marker.accepts):
        try:
            factor(each.ucum, marker.unit, marker.molar_mass.value if marker.molar_mass else None)
        except ValueError as error:
            raise facts.origin(marker.id, "accepts", index).fault(str(error), "add a [molar_mass]", "ucum") from error


def _meaning(spelling: str) -> Scale | None:
    """What a spelling means where it is itself a UCUM code, whatever its case."""
    code = fold(spelling)
    for small, liter in (("/l", "/L"), ("/dl", "/dL"), ("/ml", "/mL")):
        if code.endswith(small):
            code = code.removesuffix(small) + liter
    try:
        return scale(code)
    except ValueError:
        return None


def _limits_are_ordered(facts: Facts, marker: Marker) -> None:
    soft, hard = marker.plausible.soft, marker.plausible.hard
    if not 0 <= hard.low.value <= soft.low.value < soft.high.value <= hard.high.value:
        happened = "The limits of plausibility are not ordered 0, hard low, soft low, soft high, hard high"
        raise facts.origin(marker.id, "plausible").fault(happened, "put them in this order")
    for index, note in enumerate(marker.note):
        low = note.when.ge if note.when.gt is None else note.when.gt
        high = note.when.le if note.when.lt is None else note.when.lt
        if (low is None and high is None) != (note.when.unit is None):
            happened = "Values need a unit, and a unit needs values"
            raise facts.origin(marker.id, "note", index, "when").fault(happened, "write unit beside the values", "unit")
        closed = note.when.gt is None and note.when.lt is None
        both = {"ge", "gt"} <= note.when.model_fields_set or {"le", "lt"} <= note.when.model_fields_set
        if both or (low is not None and high is not None and (low > high or (low == high and not closed))):
            happened = "No value is both"
            raise facts.origin(marker.id, "note", index, "when").fault(happened, "write one lower and one higher limit")


def _ranges_are_sound(facts: Facts, marker: Marker) -> None:
    mass = marker.molar_mass.value if marker.molar_mass else None
    hard = marker.plausible.hard
    for index, each in enumerate(marker.range):
        origin = facts.origin(marker.id, "range", index)
        for name in each.sets:
            if name not in facts.sets or facts.sets[name].kind != each.kind:
                theirs = facts.origin("sets", name)
                if origin.ours and name in facts.sets and not theirs.ours:
                    happened = f'Our ranges of "{name}" are {each.kind}'
                    raise theirs.fault(happened, "choose another name", "kind", name)
                happened = f'There is no {each.kind} set called "{name}"'
                raise origin.fault(happened, f'add [{name}] with kind = "{each.kind}" to sets.toml', "sets", name)
        if each.lab_low and each.high and each.lab_low.value >= each.high.value:
            happened = f"lab_low {each.lab_low.value} is not below high {each.high.value}"
            raise origin.fault(happened, "check both numbers", "lab_low.value")
        by = factor(each.unit, marker.plausible.unit, mass)
        for key, bound in _bounds(each):
            if not Fraction(hard.low.value) <= Fraction(bound.value) * by <= Fraction(hard.high.value):
                happened = f"{bound.value} {each.unit} lies outside what is plausible for {marker.id}"
                others = [facts.origin(marker.id, part) for part in ("plausible", "molar_mass")]
                blamed = next((other for other in others if origin.ours and not other.ours), None)
                if blamed is not None:
                    raise blamed.fault(happened, "check the number and its unit", text=str(bound.value))
                raise origin.fault(happened, "check the number and its unit", f"{key}.value", str(bound.value))


def _ranges_are_reviewed(facts: Facts, marker: Marker) -> None:
    for index, each in enumerate(marker.range):
        if each.reviewed is None:
            happened = "Nobody says when the range was last looked at"
            raise facts.origin(marker.id, "range", index).fault(happened, "add reviewed = and the day", "reviewed")


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
