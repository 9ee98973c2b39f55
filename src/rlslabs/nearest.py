"""The closest values at which an answer would change, found by judging the panel again with such values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest
from typing import Literal, NamedTuple

from rlslabs.answers import Decision, Derived, Panel
from rlslabs.catalog import Catalog
from rlslabs.evaluate import limits_of
from rlslabs.facts import PLAIN_NUMBER, Source
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Cut, convert, cut, plausibility
from rlslabs.model import Limit
from rlslabs.reported import LabResult
from rlslabs.review import TSAT
from rlslabs.rules import Condition, Derivation
from rlslabs.units import EXACT, LIMIT_DIGITS, factor, tidy

Again = Callable[[Sequence[LabResult]], Panel]
Direction = Literal["down", "up"]
_TWO = Decimal(2)


class _At(NamedTuple):
    """A judged line of a panel, and how to judge the panel again."""

    panel: Panel
    line: int
    it: Interpretation
    again: Again


def nearest(panel: Panel, catalog: Catalog, again: Again) -> Iterator[Decision]:
    """For each judged result, the closest values below and above at which its status or a criterion changes.

    Every candidate is put in the place of the result and the panel judged again, so that what is said of it is what
    would be said. An interval begins at its ends; an answer that is undecided is passed over.
    """
    for index, line in enumerate(panel.lines):
        if line.interpretation is not None:
            here = _At(panel, index, line.interpretation, again)
            candidates = _candidates(line.interpretation, panel, catalog)
            low, high = line.interpretation.reading.low, line.interpretation.reading.high
            yield from _walk(here, [each for each in reversed(candidates) if each <= low], low, "down")
            if high is not None:
                yield from _walk(here, [each for each in candidates if each >= high], high, "up")


def _walk(here: _At, ahead: list[Decimal], start: Decimal, direction: Direction) -> Iterator[Decision]:
    """The first change of the status and the first change of criteria, going away from the start."""
    now, wanted = _answers(here.panel, here.line), {"status", "criterion"}
    for value, beyond in zip_longest(ahead, ahead[1:]):
        middle = None if beyond is None else EXACT.divide(EXACT.add(value, beyond), _TWO)
        for tried in (None if value == start else value, middle):
            then = {} if tried is None else _answers(_with(here, tried), here.line)
            if "status" not in then:  # nothing to try, or a value that is refused
                continue
            changed = [key for key in now if now[key] not in {then[key], "undecided"} and _kind(key) in wanted]
            for key in changed:
                yield _decision(here, key, value, direction, at=tried == value, then=then[key])
            wanted -= {_kind(key) for key in changed}
        if not wanted:
            return


def _kind(key: str) -> str:
    return "status" if key == "status" else "criterion"


def _answers(panel: Panel, index: int) -> dict[str, str]:
    """The status of one line, and how each criterion is answered; a refused line has none."""
    it = panel.lines[index].interpretation
    if it is None:
        return {}
    return {"status": it.status, **{f"{each.guideline}/{each.id}": each.answered for each in panel.criteria}}


def _with(here: _At, value: Decimal) -> Panel:
    """The panel with another value in the place of one result, and of what repeats it."""
    replaced = here.it.result
    given = {name: getattr(replaced, name) for name in LabResult.model_fields}
    other = {**given, "value": value, "text": None, "comparator": None, "unit": here.it.reading.unit}
    lines = [line.result for line in here.panel.lines]
    return here.again([LabResult.trusted(other) if each == replaced else each for each in lines])


def _decision(here: _At, key: str, value: Decimal, direction: Direction, *, at: bool, then: str) -> Decision:
    it = here.it
    criterion = next((each for each in here.panel.criteria if f"{each.guideline}/{each.id}" == key), None)
    placed = {each.id: each for place in (it.standard, it.optimal) for each in _sources(place.limits)}
    return Decision.trusted(
        {
            "line": here.line,
            "marker": it.marker,
            "about": key,
            "name": criterion.name if criterion else "status",
            "direction": direction,
            "value": value,
            "unit": it.reading.unit,
            "at": at,
            "now": criterion.answered if criterion else it.status,
            "then": then,
            "sources": criterion.sources if criterion else tuple(placed.values()),
        }
    )


def _sources(limits: Sequence[Limit]) -> Iterator[Source]:
    return (source for limit in limits for source in limit.sources)


def _candidates(it: Interpretation, panel: Panel, catalog: Catalog) -> list[Decimal]:
    """Every value of a result at which something could change, in its unit and in order."""
    marker, unit = it.marker, it.reading.unit
    found = {*_edges(it, catalog)}
    for derived in panel.derived:
        if derived.interpretation is not None:
            goals = {*_edges(derived.interpretation, catalog), *_discordant(derived.interpretation, panel, catalog)}
            found |= {*_solved(it, derived, goals, catalog)}
    hard = plausibility(catalog.markers[marker], unit)[1]
    return sorted(each for each in found if each in {hard.low, hard.high} or _inside(each, hard))


def _inside(value: Decimal, hard: Cut) -> bool:
    return (hard.low is None or value > hard.low) and (hard.high is None or value < hard.high)


def _edges(it: Interpretation, catalog: Catalog) -> Iterator[Decimal]:
    """The values of one marker at which a place, a test of a rule, or what is to be relied on changes."""
    marker, unit, limits = it.marker, it.reading.unit, catalog.rules.limits
    cuts = [cut(limit) for place in (it.standard, it.optimal) for limit in place.limits]
    cuts += [limits_of(each, catalog, unit)[0] for each in _tests(catalog) if each.marker == marker and each.unit]
    cuts.append(plausibility(catalog.markers[marker], unit)[1])
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


def _discordant(it: Interpretation, panel: Panel, catalog: Catalog) -> Iterator[Decimal]:
    """The computed saturations (in percent) at which a printed one begins to contradict them."""
    limits = catalog.rules.limits
    for line in panel.lines:
        other = line.interpretation
        if limits is None or it.marker != TSAT or other is None or other.marker != TSAT or not other.reading.exact:
            continue
        printed = EXACT.multiply(other.reading.low, Decimal(int(factor(other.reading.unit, "%"))))
        part = EXACT.divide(EXACT.multiply(printed, limits.discordant.percent), Decimal(100))
        for gap in (limits.discordant.points, part):
            yield from (EXACT.add(printed, gap), EXACT.subtract(printed, gap))


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
    if mine is None or mine != Fraction(it.reading.low) * _factor(it.marker, it.reading.unit, rule.unit, catalog):
        return
    back = _factor(it.marker, rule.unit, it.reading.unit, catalog)
    for goal in goals:
        value = _solve(rule, it.marker, known, Fraction(goal))
        if value is not None and value > 0:
            exact = value * back
            yield tidy(LIMIT_DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator)))


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
        return 100 * known[top] / goal - others if goal else None
    share = 100 - goal * below.count(marker)
    return goal * others / share if share else None
