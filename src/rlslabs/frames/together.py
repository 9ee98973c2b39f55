"""The results of each person of a wide table read together: derived values, doubts, findings, guideline criteria.

The rules are those of `interpret_panel`, answered for many people at once where their results agree with each other.
A person whose results may contradict each other, or for whom a comparison of floats is close, is odd, and is read by
`interpret_panel` itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.chart import IRON, TIBC, TRANSFERRIN, TSAT, UIBC
from rlslabs.frames.dims import Dim
from rlslabs.frames.fields import CODES
from rlslabs.frames.matrix import Measured, People, answer
from rlslabs.frames.verdict import Choice
from rlslabs.frames.wide import judge_computed
from rlslabs.limits import convert
from rlslabs.rules import Criterion, DerivedLimits, Pattern
from rlslabs.units import LIMIT_DIGITS, factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TIE = 0.01
_LARGEST_POWER = 1e22
"""The largest power of ten that a float holds exactly."""
_MARGIN = 1e-6
"""How far inside of a limit a float is to lie, so that exact numbers say the same without doubt."""

UNRELIABLE = CODES.index("unreliable-beside-ferritin")


class Computed(NamedTuple):
    """Computed values of one marker: the values, and the codes of their verdicts by field."""

    value: NDArray[np.float64]
    verdicts: dict[str, Any]


class Together(NamedTuple):
    """What the results of each person say together; `odd` are those whom `interpret_panel` itself is to read."""

    answers: dict[str, NDArray[np.int8]]
    computed: dict[str, Computed]
    remarks: dict[str, NDArray[np.int8]]
    odd: NDArray[np.bool_]


def read_together(
    measured: Mapping[str, Measured], people: Sequence[Dim], persons: tuple[People, People], choice: Choice
) -> Together:
    """Read the exact results of many people together, as `review` and `rulings` read those of one.

    `persons` are the people at the collection, and as they are where nothing was collected.
    """
    count = len(persons[0].start)
    limits = choice.catalog.rules.limits
    none = np.zeros(count, np.bool_)
    odd = unreliable = none
    affected: frozenset[str] = frozenset()
    remarks: dict[str, NDArray[np.int8]] = {}
    computed: dict[str, Computed] = {}
    if limits is not None:
        affected = frozenset(limits.unreliable.affects)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            unreliable = _unreliable(measured, limits, choice, none)
            values, odd = _derived(measured, limits, unreliable, choice)
            odd = odd | _contradicted(measured, values.get(TSAT), limits, choice, none)
        computed = {marker: _judged(value, marker, people, choice) for marker, value in values.items()}
        told = {limits.unreliable.marker, *affected} & set(measured)
        remarks = {name: np.where(unreliable & measured[name].present, UNRELIABLE, -1).astype(np.int8) for name in told}
    every: dict[str, list[Measured]] = {}
    for marker, each in measured.items():
        every[marker] = [each._replace(doubt=unreliable if marker in affected else none)]
    for marker, value in computed.items():
        standard = value.verdicts["standard"]
        printed = measured[marker].present if marker in measured else none
        mine = Measured(_UNITS[marker], value.value, (standard >= 0) & ~printed, standard, none)
        every.setdefault(marker, []).append(mine)
    return Together(_answers(every, persons, choice), computed, remarks, odd)


_UNITS = {TIBC: "umol/L", TSAT: "%"}
_COMPUTED = {(TSAT, "percent", "umol/L"), (TIBC, "sum", "umol/L")}
"""What is computed here for many people at once, from which kind of formula, in which unit."""


def rules_of(choice: Choice) -> dict[str, Criterion | Pattern]:
    """Every finding and criterion by the name of its column; that a panel is incomplete is said of no person."""
    rules = choice.catalog.rules
    found: dict[str, Criterion | Pattern] = {
        f"finding_{pattern.id}": pattern for pattern in sorted(rules.findings, key=lambda each: each.order)
    }
    for guideline in rules.guidelines:
        found |= {f"criterion_{guideline.id}_{each.id}": each for each in guideline.criterion}
    return found


def _answers(
    held: Mapping[str, Sequence[Measured]], persons: tuple[People, People], choice: Choice
) -> dict[str, NDArray[np.int8]]:
    """How every finding and criterion is answered; people count as they were at the collection that a rule rests on."""
    found: dict[str, NDArray[np.int8]] = {}
    there, absent = persons
    for name, rule in rules_of(choice).items():
        people = there
        if there is not absent:
            markers = {
                marker for condition in (rule.applies_to, rule.when) if condition for marker in condition.markers
            }
            some = [each.present for marker in markers for each in held.get(marker, ())]
            people = there.at(absent, np.logical_or.reduce([np.zeros(len(there.start), np.bool_), *some]))
        found[name] = answer(rule, held, people, choice.catalog)
    return found


def _unreliable(
    held: Mapping[str, Measured], limits: DerivedLimits, choice: Choice, none: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The people beside one of whose results others are not to be relied on."""
    rule = limits.unreliable
    if rule.marker not in held:
        return none
    each = held[rule.marker]
    limit = float(convert(rule.gt, rule.unit, choice.catalog.analyte(rule.marker), each.unit))
    return each.present & (each.value > limit)


def _derived(
    held: Mapping[str, Measured], limits: DerivedLimits, unreliable: NDArray[np.bool_], choice: Choice
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
    """The values that the rules give where their inputs stand, the earlier rule first; NaN where there is none.

    Also the people whose value floats do not round for sure as exact numbers round, or whom two rules tell apart.
    A rule of one's own that computes something else is left to `interpret_panel`, for everybody.
    """
    found: dict[str, NDArray[np.float64]] = {}
    odd = np.zeros(len(unreliable), np.bool_)
    rules = [rule for rule in choice.catalog.rules.derivations if not rule.on_request]
    for rule in sorted(rules, key=lambda rule: rule.gives == TSAT):
        names = tuple(dict.fromkeys(rule.inputs))
        if not set(names) <= set(held):
            continue
        if (rule.gives, rule.form, rule.result_unit or rule.unit) not in _COMPUTED:
            odd[:] = True
            continue
        inputs = {name: _scaled(held[name], name, rule.unit, choice) for name in names}
        above, *below = (inputs[name] for name in rule.inputs)
        whole = sum(below, np.zeros(len(odd)))
        may = np.logical_and.reduce([held[name].present for name in names])
        if rule.gives in limits.unreliable.affects:
            may &= ~unreliable
        if rule.form == "percent":
            may &= whole > 0
        if rule.gives != TSAT and rule.gives in held:
            may &= ~held[rule.gives].present
        before = found.setdefault(rule.gives, np.full(len(odd), np.nan))
        may &= np.isnan(before)
        value, unsure = _rounded(
            np.where(may, 100 * above / whole if rule.form == "percent" else above + whole, np.nan)
        )
        found[rule.gives] = np.where(may, value, before)
        odd |= unsure
    return found, odd


def _rounded(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Computed values with 12 significant digits, as one value is rounded, and where floats may round another way."""
    scale = 10.0 ** (LIMIT_DIGITS.prec - 1 - np.floor(np.log10(value)))
    scaled = value * scale
    tie = np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) < _TIE
    unsure = np.isfinite(value) & (value > 0) & (tie | (scale > _LARGEST_POWER) | (scale < 1))
    return np.where(value == 0, 0.0, np.rint(scaled) / scale), unsure


def _judged(value: NDArray[np.float64], marker: str, people: Sequence[Dim], choice: Choice) -> Computed:
    """Computed values with the verdicts on them; where there is none, nothing is said of it."""
    verdicts = judge_computed(value, marker, _UNITS[marker], people=people, choice=choice)
    verdicts["issue"] = np.where(np.isnan(value), np.int8(-1), verdicts["issue"])
    return Computed(value, verdicts)


def _contradicted(
    held: Mapping[str, Measured],
    computed: NDArray[np.float64] | None,
    limits: DerivedLimits,
    choice: Choice,
    none: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """The people whose results may contradict each other: swapped or discordant ones, and saturations above 100 %.

    It is enough that they may: `interpret_panel` then tells.
    """
    odd = none
    most = float(limits.over.percent) * (1 - _MARGIN)
    tibc, tsat = held.get(TIBC), held.get(TSAT)
    capacity = none if tibc is None else _scaled(tibc, TIBC, "umol/L", choice)
    printed = none if tsat is None else _scaled(tsat, TSAT, "%", choice)
    if computed is not None:
        odd = odd | (computed >= most)
    if tsat is not None:
        odd = odd | (tsat.present & (printed >= most))
        if computed is not None:
            odd = odd | (tsat.present & ~np.isnan(computed) & ~_agree(printed, computed, limits))
    if tibc is None:
        return odd
    if tsat is not None and IRON in held:
        share = 100 * _scaled(held[IRON], IRON, "umol/L", choice) / capacity
        odd = odd | (tibc.present & tsat.present & held[IRON].present & ~_agree(printed, share, limits))
    if UIBC in held:
        odd = odd | (tibc.present & held[UIBC].present)  # swapped, or two ways of computing that may disagree
    if TRANSFERRIN in held and tibc.unit == "ug/dL":
        other = _scaled(held[TRANSFERRIN], TRANSFERRIN, "mg/dL", choice)
        odd = odd | (tibc.present & held[TRANSFERRIN].present & (np.abs(other - tibc.value) <= _MARGIN * other))
    return odd


def _agree(printed: NDArray[Any], computed: NDArray[Any], limits: DerivedLimits) -> NDArray[np.bool_]:
    """Whether two saturations surely agree, by points or by a part of the printed one."""
    gap = np.abs(printed - computed)
    by_points = gap < float(limits.discordant.points) * (1 - _MARGIN)
    return np.asarray(by_points | (gap * 100 < float(limits.discordant.percent) * printed * (1 - _MARGIN)))


def _scaled(each: Measured, marker: str, unit: str, choice: Choice) -> NDArray[np.float64]:
    """The values in another unit; the same numbers where it is the same."""
    mass = choice.catalog.analyte(marker).molar_mass
    by = factor(each.unit, unit, mass.value if mass else None)
    return each.value * float(by) if by != 1 else each.value
