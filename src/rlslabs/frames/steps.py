"""The values at which a verdict changes: between two of them one judgement holds for every value.

A verdict hangs on its value only by comparison with limits. So it is enough to ask `interpret` at each limit and once
between every two: the steps that it answers with are the judgement of every value, and of nothing but `interpret`.
A limit has 12 significant digits, so that a float lies on the same side of it as the number that the float prints.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from rlslabs.cohort import Cohort, cohort, who
from rlslabs.errors import LabsError
from rlslabs.facts import FURTHEST
from rlslabs.frames.verdict import Asked, Choice, Verdict, interpreted, judge, marker_named, patient_of
from rlslabs.limits import Cut, cut, table
from rlslabs.marker import Accepted, Marker
from rlslabs.population import read_collected
from rlslabs.reading import FRACTION_UP_TO, PERCENT_FROM, accepted_unit
from rlslabs.units import scale

_SIZES = (Decimal(1).scaleb(FURTHEST + 1), Decimal(1).scaleb(-FURTHEST))
_ALWAYS = (*(-size for size in _SIZES), Decimal(0), *reversed(_SIZES), FRACTION_UP_TO, PERCENT_FROM)
"""Where what is readable begins and ends, and where the size of a saturation tells its unit."""

_USUAL = Decimal(1)

DIGITS = 15
"""A number of up to so many significant digits is told from its neighbours by a float."""


class Form(NamedTuple):
    """What stands in a cell beside the number: a comparator before it, a unit behind it."""

    comparator: str = ""
    unit: str = ""

    def at(self, value: Decimal) -> object:
        """A value written in this form."""
        if not self.comparator and not self.unit:
            return value
        return f"{self.comparator}{value:f} {self.unit}"


class Steps(NamedTuple):
    """Verdicts in rising order, each from its own start up to the next; and the verdict where there is no value."""

    starts: tuple[float, ...]
    verdicts: tuple[Verdict, ...]
    missing: Verdict


def steps(asked: Asked, form: Form, choice: Choice) -> Steps:
    """The verdict on every value that stands in this form beside these facts.

    What is asked here is written with a point, whatever the mark of the table; a printed range as text is not tabled.
    """
    if form != Form():
        choice = replace(choice, decimal_mark=".")

    def ask(value: object) -> Verdict:
        return judge(asked, form.at(value) if isinstance(value, Decimal) else value, choice)

    return stepped(_edges(asked, form, choice), ask)


_KNOWN: dict[tuple[object, ...], Steps] = {}
_ASKED: dict[tuple[object, ...], Steps] = {}
_MOST_KNOWN = 8192


def shared_steps(asked: Asked, form: Form, choice: Choice) -> Steps:
    """The steps of a row, made once for all rows that share them, in this table or in the next.

    Of numbers no mark is asked, and what stands beside them is written with a point; a printed range may be text.
    """
    if choice.decimal_mark is not None and not _is_printed(asked):
        choice = replace(choice, decimal_mark=None)
    said = ((type(fact), fact if isinstance(fact, str) else repr(fact)) for fact in asked)  # 1 is no True, 0.0 no -0.0
    same = (choice, form, *said)
    known = _ASKED.get(same)
    if known is None:
        kin = kindred(asked, form, choice)
        if kin is None and _is_printed(asked):
            return steps(asked, form, choice)  # such rows are many, and hardly two of them alike
        alike = ("alone", *same) if kin is None else (choice, *kin)
        known = _kept(_KNOWN, alike, lambda: steps(asked, form, choice))
    return _kept(_ASKED, same, lambda: known)


def _kept(known: dict[tuple[object, ...], Steps], key: tuple[object, ...], make: Callable[[], Steps]) -> Steps:
    """What is known under a key, or what is made for it; a store that is full begins anew."""
    found = known.get(key)
    if found is None:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        found = known[key] = make()
    return found


def stepped(edges: Iterable[Decimal], ask: Callable[[object], Verdict]) -> Steps:
    """The verdicts that are given on every value, where they change at no other than these edges."""
    starts, verdicts = [-math.inf], [ask(-math.inf)]
    for start, value in _samples(sorted({*_ALWAYS, *edges})):
        verdict = ask(value)
        if verdict != verdicts[-1]:
            starts.append(start)
            verdicts.append(verdict)
    starts.append(math.inf)
    verdicts.append(ask(math.inf))
    return Steps(tuple(starts[1:]), tuple(verdicts), ask(None))


def _samples(edges: list[Decimal]) -> Iterator[tuple[float, Decimal]]:
    """One value on each edge and one between every two, with the first float of the stretch that it stands for."""
    yield -sys.float_info.max, edges[0] * 2
    for here, following in pairwise([*edges, edges[-1] * 4]):
        yield float(here), here
        yield math.nextafter(float(here), math.inf), (here + following) / 2


def _edges(asked: Asked, form: Form, choice: Choice) -> Iterable[Decimal]:
    """Every limit that could matter; one too many does no harm."""
    catalog = choice.catalog
    try:
        marker = catalog.find(marker_named(asked.marker, catalog)).marker
    except LabsError:
        return
    chosen = [catalog.set("standard", choice.standard).id, catalog.set("optimal", choice.optimal).id]
    for unit in _units(marker, asked.unit, form.unit):
        limits = table(catalog, marker.id, unit)
        yield from ends_of(limits.soft, limits.hard, *(each.cut for name in chosen for each in limits.sets[name]))
        if _is_printed(asked):
            middle = (Decimal(limits.soft.low or 0) + Decimal(limits.soft.high or 0)) / 2
            yield from _printed(asked, form.at(middle), choice)


def _units(marker: Marker, *written: object) -> list[str]:
    """The units in which a result can be meant: what is written, or any."""
    every = [each.ucum for each in marker.accepts]
    for each in written:
        try:
            unit = accepted_unit(marker, each) if isinstance(each, str) else None
        except LabsError:
            return every
        if unit is not None:
            return [unit.ucum]
    return every


def _printed(asked: Asked, value: object, choice: Choice) -> Iterable[Decimal]:
    """The ends of the printed range, as it is applied to a usual value."""
    try:
        it = interpreted(asked, value, choice)
    except LabsError:
        return ()
    return ends_of(*(cut(limit) for limit in it.standard.limits))


def ends_of(*cuts: Cut) -> Iterator[Decimal]:
    """Every end of these ranges."""
    for each in cuts:
        yield from (end for end in (each.low, each.high) if end is not None)


def _is_printed(asked: Asked) -> bool:
    """Whether the report's own range stands in the row."""
    return asked.range is not None or asked.low is not None or asked.high is not None


def is_tabled(asked: Asked, form: Form, choice: Choice) -> bool:
    """Whether limits alone decide: the size of a saturation may also tell in which unit its printed range is.

    A range and a value that are both text may be read by a decimal mark, which no step can stand for.
    """
    if not _is_printed(asked):
        return True
    if choice.decimal_mark == "," or (form != Form() and choice.decimal_mark is None):
        return False
    try:
        marker = choice.catalog.find(marker_named(asked.marker, choice.catalog)).marker
    except LabsError:
        return True
    return "1" not in {each.ucum for each in marker.accepts}


def kindred(asked: Asked, form: Form, choice: Choice) -> tuple[object, ...] | None:
    """What a row shares with every row that has the same steps, or `None` where it is not to be told.

    Two people of whom the same ranges could be true have the same steps.
    """
    catalog = choice.catalog
    if _is_printed(asked):
        return None
    try:
        found = catalog.find(marker_named(asked.marker, catalog))
        unit = accepted_unit(found.marker, asked.unit) if isinstance(asked.unit, str) else asked.unit
    except LabsError:
        return None
    units = [unit.ucum] if isinstance(unit, Accepted) else [each.ucum for each in found.marker.accepts]
    code: object = found.code
    if found.code is not None and isinstance(unit, Accepted):
        code = None if found.code.property in {scale(unit.ucum).kind, "any"} else "another property"
    sets = (catalog.set("standard", choice.standard).id, catalog.set("optimal", choice.optimal).id)
    shared = (found.marker.id, code, found.partial is not None, unit, asked.comparator, form)
    late = False
    try:
        patient, collected = patient_of(asked), read_collected(asked.collected)
        late = True
        person, _ = who(patient, collected, strict=choice.strict)
    except LabsError as error:  # before a value is looked at, or after: what one is told besides hangs on the value
        return (*shared, late, error.code, *(judge(asked, value, choice) for value in (form.at(_USUAL), None)))
    cohorts = [cohort(catalog, found.marker.id, each, name, person) for each in units for name in sets]
    return (*shared, *(_whom(each) for each in cohorts))


def _whom(each: Cohort) -> tuple[object, ...]:
    """The ranges that could apply, whatever the patient is who is left by them; the catalog keeps them alive."""
    return (tuple(id(applied.limit.range) for applied in each.applied), each.lacking, each.known)
