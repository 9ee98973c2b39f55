"""The values of a result at which something can change: limits, tests of rules, and what derived values make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from rlslabs.answers import Derived, Panel
from rlslabs.catalog import Catalog
from rlslabs.chart import IRON, TIBC, TSAT, same_collection
from rlslabs.evaluate import limits_of
from rlslabs.facts import PLAIN_NUMBER
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Cut, convert, cut, plausibility
from rlslabs.model import Place
from rlslabs.rules import Condition, Derivation
from rlslabs.swaps import NEAR
from rlslabs.units import factor, rounded

_ONE, _HUNDRED = Fraction(1), Fraction(100)


def candidates_of(it: Interpretation, panel: Panel, catalog: Catalog) -> list[Decimal]:
    """Every value of a result at which something could change, in its unit and in order."""
    marker, unit = it.marker, it.reading.unit
    found = {*_edges(marker, unit, (it.standard, it.optimal), catalog), *_printed(it, panel, catalog)}
    found |= {*_swapped(it, panel, catalog)}
    for derived in panel.derived:
        result, answer = derived.computed.result, derived.interpretation
        places = (answer.standard, answer.optimal) if answer else ()
        goals = {*_edges(result.marker, result.unit or "", places, catalog), *_against(derived, panel, catalog)}
        found |= {*_solved(it, derived, goals, catalog)}
    hard = plausibility(catalog.markers[marker], unit)[1]
    return sorted(each for each in found if each in {hard.low, hard.high} or _inside(each, hard))


def _inside(value: Decimal, hard: Cut) -> bool:
    return (hard.low is None or value > hard.low) and (hard.high is None or value < hard.high)


def _edges(marker: str, unit: str, places: Iterable[Place], catalog: Catalog) -> Iterator[Decimal]:
    """The values of one marker at which a place, a test of a rule, or what is to be relied on changes."""
    limits = catalog.rules.limits
    cuts = [cut(limit) for place in places for limit in place.limits]
    cuts += [limits_of(each, catalog, unit)[0] for each in _tests(catalog) if each.marker == marker and each.unit]
    cuts += plausibility(catalog.markers[marker], unit)
    if limits is not None and limits.unreliable.marker == marker:
        rule = limits.unreliable
        cuts.append(Cut(convert(rule.gt, rule.unit, catalog.markers[marker], unit), None))
    if limits is not None and marker == TSAT:
        cuts.append(Cut(None, convert(limits.over.percent, "%", catalog.markers[marker], unit)))
    yield from (end for each in cuts for end in (each.low, each.high) if end is not None)


def _tests(catalog: Catalog) -> Iterator[Condition]:
    """Every test in the criteria of the guidelines."""
    rules = [each for guideline in catalog.rules.guidelines for each in guideline.criterion]
    open_ = [condition for each in rules for condition in (each.applies_to, each.when) if condition is not None]
    while open_:
        condition = open_.pop()
        open_ += [*(condition.all or ()), *(condition.any or ()), *([condition.not_] if condition.not_ else [])]
        if condition.marker is not None:
            yield condition


def _against(derived: Derived, panel: Panel, catalog: Catalog) -> Iterator[Decimal]:
    """The computed saturations, in percent, at which a printed one of the panel begins to contradict them."""
    limits = catalog.rules.limits
    if limits is None or derived.computed.result.marker != TSAT:
        return
    share = Fraction(limits.discordant.percent) / 100
    for printed in _percents(panel):
        for gap in (Fraction(limits.discordant.points), printed * share):
            yield from (rounded(printed + gap), rounded(printed - gap))


def _printed(it: Interpretation, panel: Panel, catalog: Catalog) -> Iterator[Decimal]:
    """The printed saturations at which a computed one of the panel begins to contradict them."""
    limits = catalog.rules.limits
    if limits is None or it.marker != TSAT:
        return
    points, share = Fraction(limits.discordant.points), Fraction(limits.discordant.percent) / 100
    back = factor("%", it.reading.unit)
    for derived in panel.derived:
        answer = derived.interpretation
        if answer is not None and answer.marker == TSAT:
            for end in (answer.reading.low, answer.reading.high):
                value = None if end is None else Fraction(end)
                for printed in () if value is None else _four(value, points, share):
                    yield rounded(printed * back)


def _four(value: Fraction, points: Fraction, share: Fraction) -> tuple[Fraction, ...]:
    return (value - points, value + points, value / (1 - share), value / (1 + share))


def _percents(panel: Panel) -> Iterator[Fraction]:
    """The ends of every printed saturation, in percent."""
    for it in panel.interpretations:
        if it.marker == TSAT:
            by = factor(it.reading.unit, "%")
            yield from (Fraction(end) * by for end in (it.reading.low, it.reading.high) if end is not None)


def _swapped(it: Interpretation, panel: Panel, catalog: Catalog) -> Iterator[Decimal]:
    """Where iron, TIBC and a printed saturation begin to fit only if the TIBC is another test."""
    trio = {
        each.marker: each
        for each in panel.interpretations
        if each.reading.exact and same_collection(each.result, it.result) and each.marker in {IRON, TIBC, TSAT}
    } | {it.marker: it}
    if {IRON, TIBC, TSAT} - {*trio} or it.marker not in {IRON, TIBC, TSAT}:
        return
    iron, capacity = (_in(trio[name], "umol/L", catalog) for name in (IRON, TIBC))
    share = _in(trio[TSAT], "%", catalog) / 100
    meant = [(_ONE, _ONE)]  # as UIBC the capacity is this share of itself, with the iron added
    if trio[TIBC].reading.unit == "ug/dL":
        per_unit = Fraction(trio[TIBC].reading.low) / 100 / capacity if capacity else Fraction(0)
        scaled = [Fraction(rule.factor or 1) for rule in catalog.rules.derivations if rule.form == "scaled"]
        meant += [(per_unit * each, Fraction(0)) for each in scaled]
    for own, plus in meant:
        for near in (_ONE, _ONE - NEAR, _ONE + NEAR):
            # own * capacity + plus * iron == near * iron / share, solved for each of the three
            whole = own * capacity + plus * iron
            solved = {
                TIBC: (near * iron / share - plus * iron) / own if share and own else None,
                TSAT: 100 * near * iron / whole if whole else None,
                IRON: own * capacity / (near / share - plus) if share and near / share != plus else None,
            }[it.marker]
            if solved is not None and solved > 0:
                yield _back(it, solved, "%" if it.marker == TSAT else "umol/L", catalog)


def _solved(it: Interpretation, derived: Derived, goals: set[Decimal], catalog: Catalog) -> Iterator[Decimal]:
    """The values of one input for which a derived value comes to each goal, the other inputs being as they are."""
    computed = derived.computed
    rule = next(each for each in catalog.rules.derivations if each.id == computed.derivation)
    known: dict[str, Fraction] = {}
    for each in computed.inputs:
        if not PLAIN_NUMBER.fullmatch(each.value):
            return
        known[each.marker] = Fraction(each.value) * _factor(each.marker, each.unit, rule.unit, catalog)
    mine = known.pop(it.marker, None)
    if mine is None or mine != _in(it, rule.unit, catalog):
        return
    for goal in goals:
        value = _solve(rule, it.marker, known, Fraction(goal))
        if value is not None and value > 0:
            yield _back(it, value, rule.unit, catalog)


def _in(it: Interpretation, unit: str, catalog: Catalog) -> Fraction:
    return Fraction(it.reading.low) * _factor(it.marker, it.reading.unit, unit, catalog)


def _back(it: Interpretation, value: Fraction, unit: str, catalog: Catalog) -> Decimal:
    return rounded(value * _factor(it.marker, unit, it.reading.unit, catalog))


def _factor(marker: str, source: str, unit: str, catalog: Catalog) -> Fraction:
    mass = catalog.analyte(marker).molar_mass
    return factor(source, unit, mass.value if mass else None)


def _solve(rule: Derivation, marker: str, known: Mapping[str, Fraction], goal: Fraction) -> Fraction | None:
    """The value of one input of a formula for a goal."""
    if rule.form == "scaled":
        return goal / Fraction(rule.factor or 1)
    if rule.form == "sum":
        return goal - sum(known.values())
    top, below = rule.inputs[0], rule.inputs[1:]
    others = sum((known[name] for name in below if name != marker), Fraction(0))
    if marker != top:
        return _HUNDRED * known[top] / goal - others if goal else None
    share = 100 - goal * below.count(marker)
    return goal * others / share if share else None
