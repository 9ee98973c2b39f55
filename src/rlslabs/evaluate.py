"""A condition on a chart: yes, no, or open, with what it rests on and what is missing. It knows no medicine."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.chart import Chart, Held
from rlslabs.facts import Frozen, Number
from rlslabs.limits import Cut, convert
from rlslabs.model import Fact
from rlslabs.population import Sex, band_span
from rlslabs.rules import Condition
from rlslabs.wording import show, shown_value, unit_words

Comparison = Literal["<", "<=", ">", ">=", "is"]


class Evidence(Frozen):
    """One test of one marker: its value, the limit it was held against, and whether it holds (`None`: open)."""

    marker: str
    value: str
    unit: str
    comparison: str
    limit: Number | None
    holds: bool | None
    derived: bool
    doubt: str | None


class Outcome(NamedTuple):
    """Whether a condition holds (`None`: open), the tests that were made, what is missing, and which facts are open."""

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    missing: frozenset[str] = frozenset()
    facts: frozenset[Fact] = frozenset()


YES, NO = Outcome(holds=True), Outcome(holds=False)


def evaluate(condition: Condition | None, chart: Chart, catalog: Catalog) -> Outcome:
    """Whether a condition holds for the patient: agreed by everybody the patient could be, or open."""
    if condition is None:
        return YES
    by_sex = [_evaluate(condition, chart, catalog, sex) for sex in chart.person.sexes]
    values = {outcome.holds for outcome in by_sex}
    joined = _joined(by_sex)
    if len(values) == 1:
        return joined._replace(holds=by_sex[0].holds)
    return joined._replace(holds=None, facts=joined.facts | {"sex"})


def _evaluate(condition: Condition, chart: Chart, catalog: Catalog, sex: Sex) -> Outcome:
    parts = condition.all or condition.any
    if parts is not None:
        return _combined([_evaluate(part, chart, catalog, sex) for part in parts], decisive=condition.any is not None)
    if condition.not_ is not None:
        inner = _evaluate(condition.not_, chart, catalog, sex)
        return inner._replace(holds=None if inner.holds is None else not inner.holds)
    if condition.marker is not None:
        return _tested(condition, chart, catalog)
    if condition.age is not None:
        return _aged(condition.age, chart)
    return YES if condition.sex == sex or condition.declared in chart.declared else NO


def _aged(age: str, chart: Chart) -> Outcome:
    band, ages = band_span(age), chart.person.ages
    if ages.start >= band.start and ages.end <= band.end:
        return YES
    if ages.end <= band.start or band.end <= ages.start:
        return NO
    return Outcome(holds=None, facts=frozenset({"age"}))


def _combined(parts: list[Outcome], *, decisive: bool) -> Outcome:
    """Kleene's logic: one decisive part settles it, whatever is open or missing; then only that part is evidence."""
    settling = [part for part in parts if part.holds is decisive]
    if settling:
        return _joined(settling)._replace(holds=decisive, missing=frozenset(), facts=frozenset())
    holds = None if any(part.holds is None for part in parts) else not decisive
    return _joined(parts)._replace(holds=holds)


def _joined(parts: Iterable[Outcome]) -> Outcome:
    every = list(parts)
    evidence = dict.fromkeys(each for part in every for each in part.evidence)
    missing = frozenset().union(*(part.missing for part in every))
    facts: frozenset[Fact] = frozenset().union(*(part.facts for part in every))
    return Outcome(None, tuple(evidence), missing, facts)


def _tested(condition: Condition, chart: Chart, catalog: Catalog) -> Outcome:
    marker = condition.marker or ""
    held = chart.held.get(marker, ())
    if not held:
        return Outcome(holds=None, missing=frozenset({marker}))
    evidence = [_evidence(condition, each, catalog) for each in held]
    values = {each.holds for each in evidence}
    holds = evidence[0].holds if len(values) == 1 else None
    vague = condition.position is None and any(each.holds is None and each.doubt is None for each in evidence)
    facts: frozenset[Fact] = frozenset({"exact value"}) if vague else frozenset()
    return Outcome(holds, tuple(evidence), frozenset(), facts)


def _evidence(condition: Condition, held: Held, catalog: Catalog) -> Evidence:
    """The test of one reading; a reading in doubt leaves it open."""
    reading = held.reading
    if condition.position is not None:
        known = held.standard in {"below", "within", "above"}
        holds = held.standard == condition.position if known else None
        comparison, limit = f"is {condition.position} the standard range", None
    else:
        cut, comparison, limit = _limit(condition, held, catalog)
        positions = cut.positions(reading)
        holds = True if positions == ("within",) else None if "within" in positions else False
    return Evidence.trusted(
        {
            "marker": held.marker,
            "value": shown_value(reading),
            "unit": reading.unit,
            "comparison": comparison,
            "limit": limit,
            "holds": None if held.doubt else holds,
            "derived": held.derived,
            "doubt": held.doubt,
        }
    )


def _limit(condition: Condition, held: Held, catalog: Catalog) -> tuple[Cut, str, Decimal]:
    """The values of a test in the unit of the reading, and the test in words."""
    analyte, unit = catalog.analyte(held.marker), held.reading.unit
    ends = {
        sign: convert(end, condition.unit or unit, analyte, unit)
        for sign, end in ((">=", condition.ge), (">", condition.gt), ("<=", condition.le), ("<", condition.lt))
        if end is not None
    }
    low = ends.get(">=", ends.get(">"))
    high = ends.get("<=", ends.get("<"))
    words = " and ".join(f"{sign} {show(end, held.reading)}" for sign, end in ends.items())
    nearest = [end for end in (low, high) if end is not None]
    return Cut(low, high, ">" in ends, "<" in ends), f"{words}{unit_words(unit)}", nearest[0]
