"""A condition on a chart: yes, no, or open, with what it rests on and what is missing. It knows no medicine."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.chart import Chart, Held
from rlslabs.facts import Frozen, Number, Position
from rlslabs.limits import Cut, convert
from rlslabs.model import Fact, Reading
from rlslabs.population import Sex, band_span
from rlslabs.rules import Condition
from rlslabs.wording import show, shown_value, unit_words


class Evidence(Frozen):
    """One test of one marker: its reading, what it was held against, and whether it holds (`None`: open).

    The test is for values from `low` to `high` in the unit of the reading, without an end that is `…_out`; or for a
    `position` against the standard range, at which the reading stands at `standard`. `value` and `comparison` say the
    same in words. `doubt` says why nothing is concluded from the reading, if nothing is.
    """

    marker: str
    reading: Reading
    collected: date | datetime | None
    standard: Position | None
    position: Position | None
    low: Number | None
    high: Number | None
    low_out: bool
    high_out: bool
    holds: bool | None
    derived: bool
    doubt: str | None
    value: str
    unit: str
    comparison: str


NOTHING: frozenset[str] = frozenset()
NO_FACT: frozenset[Fact] = frozenset()


class Outcome(NamedTuple):
    """Whether a condition holds (`None`: open), the tests that were made, what is missing, and which facts are open."""

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    missing: frozenset[str] = NOTHING
    facts: frozenset[Fact] = NO_FACT


YES, NO = Outcome(holds=True), Outcome(holds=False)


def evaluate(condition: Condition | None, chart: Chart, catalog: Catalog) -> Outcome:
    """Whether a condition holds for the patient: agreed by everybody the patient could be, or open."""
    if condition is None:
        return YES
    by_sex = [_evaluate(condition, chart, catalog, sex) for sex in chart.person.sexes]
    if len(by_sex) == 1:
        return by_sex[0]
    joined = _joined(by_sex, by_sex[0].holds)
    if len({outcome.holds for outcome in by_sex}) == 1:
        return joined
    return joined._replace(holds=None, facts=joined.facts | {"sex"})


def _evaluate(condition: Condition, chart: Chart, catalog: Catalog, sex: Sex) -> Outcome:
    if condition.marker is not None:
        return _tested(condition, chart, catalog)
    parts = condition.all or condition.any
    if parts is not None:
        return _combined([_evaluate(part, chart, catalog, sex) for part in parts], decisive=condition.any is not None)
    if condition.not_ is not None:
        inner = _evaluate(condition.not_, chart, catalog, sex)
        return inner if inner.holds is None else inner._replace(holds=not inner.holds)
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
        return Outcome(decisive, settling[0].evidence if len(settling) == 1 else _evidence_of(settling))
    return _joined(parts, None if any(part.holds is None for part in parts) else not decisive)


def _joined(parts: list[Outcome], holds: bool | None) -> Outcome:  # noqa: FBT001  the answer itself
    """Everything that the parts rest on and wait for."""
    missing = NOTHING.union(*(part.missing for part in parts if part.missing))
    facts = NO_FACT.union(*(part.facts for part in parts if part.facts))
    return Outcome(holds, _evidence_of(parts), missing, facts)


def _evidence_of(parts: list[Outcome]) -> tuple[Evidence, ...]:
    """Each test once: the same test is the same object, because a chart keeps its tests."""
    return tuple({id(each): each for part in parts for each in part.evidence}.values())


def _tested(condition: Condition, chart: Chart, catalog: Catalog) -> Outcome:
    """A test of a marker, made once for a chart."""
    known = chart.tested.get(condition.test)
    if known is None:
        known = chart.tested[condition.test] = _test(condition, chart, catalog)
    return known


def _test(condition: Condition, chart: Chart, catalog: Catalog) -> Outcome:
    marker = condition.marker or ""
    held = chart.held.get(marker, ())
    if not held:
        return Outcome(holds=None, missing=frozenset({marker}))
    evidence = tuple(
        dict.fromkeys([_evidence(condition, each, catalog) for each in held])
        if len(held) > 1
        else (_evidence(condition, held[0], catalog),)
    )
    holds = evidence[0].holds
    if any(each.holds is not holds for each in evidence):
        holds = None
    if condition.position is None and any(each.holds is None and each.doubt is None for each in evidence):
        return Outcome(None, evidence, NOTHING, _VAGUE)
    return Outcome(holds, evidence)


_VAGUE: frozenset[Fact] = frozenset({"exact value"})


def _evidence(condition: Condition, held: Held, catalog: Catalog) -> Evidence:
    """The test of one reading; a reading in doubt leaves it open."""
    reading, position = held.reading, condition.position
    cut, comparison = (_ANYTHING, "") if position else limits_of(condition, catalog, reading.unit)
    return Evidence.trusted(
        {
            "marker": held.marker,
            "reading": reading,
            "collected": held.result.collected,
            "standard": held.standard,
            "position": position,
            "low": cut.low,
            "high": cut.high,
            "low_out": cut.low_out,
            "high_out": cut.high_out,
            "holds": None if held.doubt else passes(reading, cut, held.standard, position),
            "derived": held.derived,
            "doubt": held.doubt,
            "value": shown_value(reading, cut.low, cut.high),
            "unit": reading.unit,
            "comparison": comparison or in_words(reading, cut, position),
        }
    )


_ANYTHING = Cut(None, None)


def passes(reading: Reading, cut: Cut, standard: Position | None, position: Position | None) -> bool | None:
    """Whether a reading certainly passes a test, certainly does not, or `None`."""
    if position is not None:
        return standard == position if standard in {"below", "within", "above"} else None
    positions = cut.positions(reading)
    return True if positions == ("within",) else None if "within" in positions else False


def limits_of(condition: Condition, catalog: Catalog, unit: str) -> tuple[Cut, str]:
    """The values for which a test holds, in the unit of a reading, and in words where no digit need be cut."""
    low_out, high_out = condition.gt is not None, condition.lt is not None
    ends = (condition.gt if low_out else condition.ge, condition.lt if high_out else condition.le)
    return _limits(catalog, condition.marker or "", (condition.unit or unit, unit), ends, (low_out, high_out))


Ends = tuple[Decimal | None, Decimal | None]


@lru_cache(maxsize=4096)
def _limits(
    catalog: Catalog, marker: str, units: tuple[str, str], ends: Ends, out: tuple[bool, bool]
) -> tuple[Cut, str]:
    source, unit = units
    analyte = catalog.analyte(marker)
    low, high = (None if end is None else convert(end, source, analyte, unit) for end in ends)
    cut = Cut(low, high, *out)
    short = all(end is None or show(end) == f"{end:f}" for end in (low, high))
    return cut, _words(cut, unit, None) if short else ""


def in_words(reading: Reading, cut: Cut, position: Position | None) -> str:
    """A test in words that hold for the reading: `> 300 ug/L`, `is above the standard range`."""
    return f"is {position} the standard range" if position else _words(cut, reading.unit, reading)


def _words(cut: Cut, unit: str, reading: Reading | None) -> str:
    """A test in words: `> 300 ug/L`, `>= 30 and < 75 ng/mL`."""
    signs = ((">" if cut.low_out else ">=", cut.low), ("<" if cut.high_out else "<=", cut.high))
    return " and ".join(f"{sign} {show(end, reading)}" for sign, end in signs if end is not None) + unit_words(unit)
