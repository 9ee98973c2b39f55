"""The rules that rules keep: every marker, unit and circumstance that they name is one that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rlslabs.checks import fold_name
from rlslabs.codes import check_digit
from rlslabs.loading import Facts
from rlslabs.marker import Analyte
from rlslabs.rules import Condition, Remark
from rlslabs.units import factor

Path = tuple[object, ...]


def check_rules(facts: Facts) -> None:
    """Check context analytes, findings, guidelines, derivations and circumstances.

    Raises:
        CatalogError: At the first fault.
    """
    analytes: dict[str, Analyte] = {**facts.markers, **{each.id: each for each in facts.context}}
    _context_is_apart(facts)
    _ids_are_apart(facts)
    for path, condition in _conditions(facts):
        _condition_is_sound(facts, analytes, path, condition)
    for index, rule in enumerate(facts.derivations):
        for name in (*rule.inputs, rule.gives):
            _known(facts, analytes, ("derivations", index), name)
        for name in rule.inputs:
            _accepted(facts, analytes[name], ("derivations", index, "unit"), rule.unit)
    for index, circumstance in enumerate(facts.sampling):
        for name in circumstance.markers:
            _known(facts, analytes, ("sampling", index, "markers"), name)


def _context_is_apart(facts: Facts) -> None:
    """A context analyte goes by names of its own, its codes pass their check digits, and its units convert."""
    claims: Counter[str] = Counter()
    for index, analyte in enumerate(facts.context):
        origin = facts.origin("context", index)
        names = {fold_name(name) for name in (analyte.id, analyte.name, *analyte.aliases)}
        taken = {
            fold_name(name) for marker in facts.markers.values() for name in (marker.id, marker.name, *marker.aliases)
        }
        claims.update(names)
        twice = [name for name in names if claims[name] > 1 or name in taken]
        if twice:
            happened = f'"{min(twice)}" belongs to another analyte already'
            raise origin.fault(happened, "give every name to one analyte", "aliases", min(twice))
        for code in analyte.loinc:
            if int(code.code[-1]) != check_digit(code.code):
                happened = f"{code.code} fails its check digit"
                raise origin.fault(happened, "copy the code again from LOINC", "loinc", code.code)
        mass = analyte.molar_mass.value if analyte.molar_mass else None
        for each in analyte.accepts:
            try:
                factor(each.ucum, analyte.plausible.unit, mass)
            except ValueError as error:
                raise origin.fault(
                    str(error), "add a molar mass, or accept another unit", "accepts", each.ucum
                ) from error


def _ids_are_apart(facts: Facts) -> None:
    """Each finding, guideline, criterion, derivation and circumstance has an id of its own."""
    named: list[tuple[str, Path]] = []
    for kind in ("findings", "derivations", "sampling", "guidelines"):
        named += [(f"{kind}/{each.id}", (kind, index)) for index, each in enumerate(getattr(facts, kind))]
    for index, guideline in enumerate(facts.guidelines):
        for number, each in enumerate(guideline.criterion):
            named.append((f"{guideline.id}/{each.id}", ("guidelines", index, "criterion", number)))
    seen: set[str] = set()
    for name, path in named:
        if name in seen:
            happened = f'There is a "{name}" already'
            raise facts.origin(*path).fault(happened, "choose another id", "id", name)
        seen.add(name)


def _conditions(facts: Facts) -> Iterator[tuple[Path, Condition]]:
    for index, pattern in enumerate(facts.findings):
        remarks: tuple[Remark, ...] = (*pattern.supports, *pattern.against)
        for condition in (pattern.applies_to, pattern.when, *(remark.when for remark in remarks)):
            if condition is not None:
                yield ("findings", index), condition
    for index, guideline in enumerate(facts.guidelines):
        for number, criterion in enumerate(guideline.criterion):
            for condition in (criterion.applies_to, criterion.when):
                if condition is not None:
                    yield ("guidelines", index, "criterion", number), condition


def _condition_is_sound(facts: Facts, analytes: dict[str, Analyte], path: Path, condition: Condition) -> None:
    for part in (*(condition.all or ()), *(condition.any or ()), *([condition.not_] if condition.not_ else [])):
        _condition_is_sound(facts, analytes, path, part)
    declarable = {each.id for each in facts.sampling if each.about == "patient"}
    if condition.declared is not None and condition.declared not in declarable:
        happened = f'Nothing can be declared of a patient as "{condition.declared}"'
        raise facts.origin(*path).fault(happened, "add it to sampling.toml", "declared", condition.declared)
    if condition.marker is not None:
        _known(facts, analytes, path, condition.marker)
        if condition.unit is not None:
            _accepted(facts, analytes[condition.marker], path, condition.unit)


def _known(facts: Facts, analytes: dict[str, Analyte], path: Path, name: str) -> None:
    if name not in analytes:
        happened = f'No marker or context analyte is called "{name}"'
        raise facts.origin(*path).fault(happened, f"name one of: {', '.join(analytes)}", text=name)


def _accepted(facts: Facts, analyte: Analyte, path: Path, unit: str) -> None:
    mass = analyte.molar_mass.value if analyte.molar_mass else None
    try:
        factor(unit, analyte.unit, mass)
    except ValueError as error:
        raise facts.origin(*path).fault(str(error), f"use a unit of {analyte.id}", "unit", unit) from error
