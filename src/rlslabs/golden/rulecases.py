"""Panels at every limit of every finding and guideline criterion, and those from which values are computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from rlslabs.catalog import Catalog
from rlslabs.edges import beside
from rlslabs.evaluate import limits_of
from rlslabs.golden.edgecases import Draft
from rlslabs.golden.question import AskedPatient, AskedResult, Question
from rlslabs.reported import Patient
from rlslabs.review import MOST
from rlslabs.units import tidy
from rlslabs.ways import Named, Way, leaves, rules, ways

_SIDES = ("just-below", "on", "just-above")
_GROWN = 40
_OWN: Mapping[str, str] = MappingProxyType({})
Written = tuple[str, Decimal | str]
"""A marker and its value, or the text of one, in the marker's own unit."""


def rule_cases(catalog: Catalog) -> Iterator[Draft]:
    """For each rule: one panel of each way in which it holds, its limits one at a time, a missing test, an open one.

    Also the same results of a stranger, and of a pregnant woman.
    """
    for rule in rules(catalog):
        for number, way in enumerate(ways(catalog, rule.name), 1):
            values = {marker: each.value for marker, _, each in way.where}
            yield _draft(f"rule/{rule.name}/way-{number}", f"{rule.name} holds", values.items(), way.patient, catalog)
        yield from _at_limits(rule, catalog)
        yield from _in_other_units(rule, catalog)
    yield from _computed(catalog)


def _in_other_units(rule: Named, catalog: Catalog) -> Iterator[Draft]:
    """The limits of a rule in every unit of the marker but its own; all else as in the marker's own unit."""
    way = ways(catalog, rule.name)[0]
    usual = {marker: each.value for marker, _, each in way.where}
    for leaf in dict.fromkeys(leaf for leaf in leaves(rule.when) if leaf.marker and leaf.position is None):
        marker = catalog.analyte(leaf.marker or "")
        own = limits_of(leaf, catalog, marker.unit)[0][:2]
        for unit in [each.ucum for each in marker.accepts if each.ucum != marker.unit]:
            here = limits_of(leaf, catalog, unit)[0][:2]
            for printed, limit in dict.fromkeys(zip(own, here, strict=True)):
                for side, value in zip(_SIDES, beside(limit), strict=True) if limit is not None else ():
                    name = f"rule-in-unit/{rule.name}/{leaf.test.replace(' ', '_')}/{unit}/{side}-{printed}"
                    why = f"{side.replace('-', ' ')} a limit of {rule.name}, in another unit"
                    values = {**usual, marker.id: value}.items()
                    yield _draft(name, why, values, way.patient, catalog, units={marker.id: unit})


def _at_limits(rule: Named, catalog: Catalog) -> Iterator[Draft]:
    way = ways(catalog, rule.name)[0]
    usual = {marker: each.value for marker, _, each in way.where}
    for leaf in dict.fromkeys(leaves(rule.when)):
        if leaf.marker is None or leaf.position is not None:
            continue
        unit = catalog.analyte(leaf.marker).unit
        ends = limits_of(leaf, catalog, unit)[0][:2]
        for limit in dict.fromkeys(end for end in ends if end is not None):
            for side, value in zip(_SIDES, beside(limit), strict=True):
                name = f"rule/{rule.name}/{leaf.test.replace(' ', '_')}/{side}-{limit}"
                why = f"{side.replace('-', ' ')} a limit of {rule.name}"
                yield _draft(name, why, {**usual, leaf.marker: value}.items(), way.patient, catalog)
        highest = max(end for end in ends if end is not None)
        yield from _open(rule, leaf.marker, highest, usual=usual, way=way, catalog=catalog)
    for marker in usual:
        rest = {name: value for name, value in usual.items() if name != marker}
        yield _draft(f"rule/{rule.name}/without-{marker}", f"{marker} is missing", rest.items(), way.patient, catalog)
    yield _draft(f"rule/{rule.name}/anybody", "nothing is known of the patient", usual.items(), Patient(), catalog)
    if way.patient.sex == "female" and way.patient.age == _GROWN:
        why = "no rule was written for pregnancy, but for one that is a caution for everybody"
        mother = way.patient.model_copy(update={"pregnant": True})
        yield _draft(f"rule/{rule.name}/pregnant", why, usual.items(), mother, catalog)


def _open(
    rule: Named, marker: str, limit: Decimal, *, usual: Mapping[str, Decimal], way: Way, catalog: Catalog
) -> Iterator[Draft]:
    """A value that lies on both sides of a limit, beside the others and beside none of them."""
    text = f"<{tidy(2 * limit):f}"
    for name, beside_it in (("open", usual), ("open-alone", dict[str, Decimal]())):
        values: dict[str, Decimal | str] = {**beside_it, marker: text}
        why = f"{marker} {text} is on both sides of a limit of {rule.name}"
        yield _draft(f"rule/{rule.name}/{name}-{marker}-{limit}", why, values.items(), way.patient, catalog)


def _computed(catalog: Catalog) -> Iterator[Draft]:
    """Values computed from others, held against a printed one that agrees, one that does not, and one of UIBC."""
    panels = {
        "tsat-from-tibc": {"iron": "60", "tibc": "400"},
        "tsat-at-20": {"iron": "60", "tibc": "300"},
        "tsat-from-uibc": {"iron": "60", "uibc": "240"},
        "tsat-agrees": {"iron": "60", "tibc": "300", "transferrin_saturation": "21"},
        "tsat-discordant": {"iron": "60", "tibc": "300", "transferrin_saturation": "35"},
        "tibc-is-uibc": {"tibc": "240", "uibc": "240"},
        "tsat-over-100": {"iron": "320", "tibc": "300"},
        "tsat-over-100-beside-ferritin": {"ferritin": "500", "iron": "320", "tibc": "300"},
        "tsat-printed-over-100": {"ferritin": "500", "transferrin_saturation": "104"},
        "below-detection": {"iron": "<50", "tibc": "250"},
        "capacity-from-uibc": {"ferritin": "60", "iron": "60", "uibc": "240", "crp": "3"},
        "beside-high-ferritin": {"ferritin": "1201", "iron": "60", "tibc": "300"},
        "beside-ferritin-1200": {"ferritin": "1200", "iron": "60", "tibc": "300"},
    }
    patient = Patient(sex="female", age=40, pregnant=False)
    for name, values in panels.items():
        yield _draft(f"derived/{name}", "a value is computed from others", values.items(), patient, catalog)
    many = [*(("iron", f"{60 + more}") for more in range(MOST + 1)), ("tibc", "300")]
    yield _draft("derived/crowded", f"more than {MOST} results of one collection", many, patient, catalog)


def _draft(
    name: str,
    why: str,
    values: Iterable[Written],
    patient: Patient,
    catalog: Catalog,
    *,
    units: Mapping[str, str] = _OWN,
) -> Draft:
    results = tuple(
        AskedResult(
            marker=marker, value=_text(value), unit=units.get(marker, catalog.analyte(marker).unit), decimal_mark="."
        )
        for marker, value in values
    )
    who = AskedPatient(sex=patient.sex, age=patient.age, pregnant=patient.pregnant, conditions=patient.conditions)
    return Draft(
        name,
        "derived" if name.startswith("derived/") else "rule",
        why,
        Question(results=results, patient=who, panel=True),
    )


def _text(value: Decimal | str) -> str:
    return value if isinstance(value, str) else f"{value:f}"
