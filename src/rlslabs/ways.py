"""The ways in which a rule can hold: who the patient is, which results there are, and on which stretches they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from rlslabs.answers import Panel
from rlslabs.catalog import Catalog
from rlslabs.cohort import cohort, who
from rlslabs.edges import Stretch, plain_result, stretches
from rlslabs.evaluate import limits_of
from rlslabs.limits import Cut, plausibility
from rlslabs.panel import interpret_panel
from rlslabs.population import age_span, band_span
from rlslabs.reported import Patient
from rlslabs.rules import Condition

Leaf = tuple[Condition, bool]
"""One condition without parts, and whether it is to hold."""

_PEOPLE = tuple(
    Patient(sex=sex, age=age, pregnant=False) for age in (40, 10, 3, 17, 15, 90) for sex in ("female", "male")
)


class Way(NamedTuple):
    """A patient, and for each marker its unit and a stretch on whose every value the rule has the answer."""

    patient: Patient
    where: tuple[tuple[str, str, Stretch], ...]


class Named(NamedTuple):
    """A finding, or a criterion by `guideline/criterion`."""

    name: str
    applies_to: Condition | None
    when: Condition


def rules(catalog: Catalog) -> Iterator[Named]:
    """Every finding and every criterion that the data files hold."""
    for pattern in catalog.rules.findings:
        yield Named(pattern.id, pattern.applies_to, pattern.when)
    for guideline in catalog.rules.guidelines:
        for each in guideline.criterion:
            yield Named(f"{guideline.id}/{each.id}", each.applies_to, each.when)


def answered(panel: Panel, name: str) -> str:
    """How a panel answers a finding or a criterion."""
    findings = {each.id: each.answered for each in panel.findings}
    return {**findings, **{f"{each.guideline}/{each.id}": each.answered for each in panel.criteria}}[name]


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every condition without parts that a condition is made of."""
    parts = [*(condition.all or ()), *(condition.any or ()), *([condition.not_] if condition.not_ else [])]
    if not parts:
        yield condition
    for part in parts:
        yield from leaves(part)


def choices(condition: Condition, *, holds: bool) -> Iterator[tuple[Leaf, ...]]:
    """Every choice of leaves by which a condition holds, or does not."""
    parts = condition.all or condition.any
    if condition.not_ is not None:
        yield from choices(condition.not_, holds=not holds)
    elif parts is None:
        yield ((condition, holds),)
    elif (condition.all is not None) == holds:
        for chosen in product(*(tuple(choices(part, holds=holds)) for part in parts)):
            yield tuple(leaf for leaves_ in chosen for leaf in leaves_)
    else:
        for part in parts:
            yield from choices(part, holds=holds)


@lru_cache(maxsize=256)
def ways(catalog: Catalog, name: str) -> tuple[Way, ...]:
    """Every way in which a rule is answered `yes`, for one patient of each kind, with no other results.

    Each way was judged at one value of each stretch; between the limits of the rule nothing changes.
    """
    rule = next(each for each in rules(catalog) if each.name == name)
    found: dict[Way, None] = {}
    for chosen in choices(rule.when, holds=True):
        for applies in choices(rule.applies_to, holds=True) if rule.applies_to else [()]:
            for way in _solved((*applies, *chosen), rule, catalog):
                found.setdefault(way)
    return tuple(found)


def _solved(wanted: tuple[Leaf, ...], rule: Named, catalog: Catalog) -> Iterator[Way]:
    declared = tuple(leaf.declared for leaf, holds in wanted if leaf.declared and holds)
    for person in _PEOPLE:
        if not _is(person, wanted):
            continue
        patient = person.model_copy(update={"conditions": declared}) if declared else person
        markers = dict.fromkeys(leaf.marker for leaf, _ in wanted if leaf.marker)
        open_ = [_open(marker, wanted, rule, patient, catalog) for marker in markers]
        for where in product(*open_):
            panel = interpret_panel([plain_result(m, each.value, unit) for m, unit, each in where], patient)
            if answered(panel, rule.name) == "yes":
                yield Way(patient, where)


def _is(person: Patient, wanted: Iterable[Leaf]) -> bool:
    """Whether a person of known sex and age is whom the leaves want."""
    ages = age_span(person.age or 0)
    for leaf, holds in wanted:
        if leaf.sex and (leaf.sex == person.sex) != holds:
            return False
        band = band_span(leaf.age) if leaf.age else None
        if band and (band.start <= ages.start and ages.end <= band.end) != holds:
            return False
    return True


def _open(
    marker: str, wanted: Iterable[Leaf], rule: Named, patient: Patient, catalog: Catalog
) -> list[tuple[str, str, Stretch]]:
    """The stretches of a marker on which each of its leaves has the answer that is wanted; usual values only."""
    unit = catalog.analyte(marker).unit
    tests = [
        (_cut(leaf, unit, patient, catalog), leaf.position or "within", holds)
        for leaf, holds in wanted
        if leaf.marker == marker
    ]
    whole = [_cut(leaf, unit, patient, catalog) for leaf in leaves(rule.when) if leaf.marker == marker]
    limits = catalog.rules.limits
    if limits is not None and marker == limits.unreliable.marker:
        whole.append(Cut(limits.unreliable.gt, None, low_out=True))
    ends = [end for cut in whole for end in cut[:2] if end is not None]
    soft, _ = plausibility(catalog.analyte(marker), unit)
    return [
        (marker, unit, each)
        for each in stretches(ends, soft)
        if all((_position(cut, each) == position) == holds for cut, position, holds in tests)
    ]


def _position(cut: Cut, stretch: Stretch) -> str:
    value = stretch.value
    if cut.low is not None and (value < cut.low or (cut.low_out and value == cut.low)):
        return "below"
    above = cut.high is not None and (value > cut.high or (cut.high_out and value == cut.high))
    return "above" if above else "within"


def _cut(leaf: Condition, unit: str, patient: Patient, catalog: Catalog) -> Cut:
    """The values of a test; of a place against the standard range, the range of the patient."""
    if leaf.position is None:
        return limits_of(leaf, catalog, unit)[0]
    person, _ = who(patient, None, strict=False)
    applied = cohort(catalog, leaf.marker or "", unit, catalog.set("standard").id, person).applied
    return applied[0].cut
