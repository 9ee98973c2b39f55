"""What `annotate` writes into a judged Observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from rlslabs.cohort import YOUNGEST_MOTHER
from rlslabs.facts import Population, Position, Range, Source
from rlslabs.fhir.exact import Written, dumps
from rlslabs.fhir.notes import note
from rlslabs.fhir.systems import AUTHOR, INTERPRETATION, NOT_PREGNANT, OURS, PREGNANCY, RANGE_MEANING, SEXES, UCUM
from rlslabs.fhir.traces import HL7_NAMES, PLACES
from rlslabs.interpretation import Interpretation
from rlslabs.model import Hl7Code, Limit, Place
from rlslabs.population import EVERY_AGE, TICKS, Span
from rlslabs.wording import span, unit_words

Json = dict[str, Any]
Made = TypeVar("Made")

_OFF_SCALE = {"<": "off-scale-low", ">": "off-scale-high"}
RANGES = {"standard-range": "Standard range", "optimal-range": "Optimal range for restless legs"}
_MEANINGS = {"standard": ("normal", "Normal Range"), "optimal": ("therapeutic", "Therapeutic Desired Level")}


_NORMALITY = {"L", "N", "H"}


class Part(NamedTuple):
    """Elements that are added to many lists: made anew each time, or as JSON that was written once."""

    made: Callable[[], list[Json]]
    written: tuple[Written, ...]


class Marks(NamedTuple):
    """What is written of one answer: the HL7 codes in it, its places, its ranges and its note."""

    codes: tuple[Hl7Code, ...]
    standard: Position
    optimal: Position
    ranges: Part
    note: str

    def concepts(self, flags: tuple[str, ...], *, unread: bool) -> Part:
        """The concepts beside the laboratory's own flags.

        An HL7 code that the laboratory gave itself is not given again; the place in our own system is. `unread` says
        that the laboratory printed a range that could not be used, that is open on the side on which the set places the
        result outside, or that holds a child or a pregnant woman by an assumption alone: then nothing is said by a code
        of normality, nor by the standard place.
        """
        given = tuple([code for code in self.codes if code in flags]) if flags else ()
        return _concepts(self.codes, self.standard, self.optimal, given, unread=unread)


def maker(made: Made) -> Callable[[], Made]:
    """What makes a part of JSON of our own anew each time, in a tenth of the time that a copy takes."""
    make: Callable[[], Made] = eval(f"lambda: {made!r}")  # noqa: S307  nothing but our own JSON
    return make


def _part(elements: list[Json]) -> Part:
    return Part(maker(elements), (Written(",".join(map(dumps, elements))),) if elements else ())


def marks(it: Interpretation) -> Marks:
    """What is written of an answer; a range that the laboratory printed itself is not written again."""
    places = (it.standard, it.optimal)
    return Marks(it.hl7, it.standard.position, it.optimal.position, _ranges(places), note(it))


def _ranges(places: tuple[Place, Place]) -> Part:
    """The ranges of both places; they are the same objects for most values."""
    limits = [(place, limit) for place in places for limit in place.limits if limit.range.sets != ("report",)]
    key = tuple((place.set_name, id(limit)) for place, limit in limits)
    kept = _kept.get(key)
    if kept is None:
        if len(_kept) >= _KEPT:
            _kept.clear()
        made = _part([_range(limit, place) for place, limit in limits])
        kept = _kept[key] = (tuple(limit for _, limit in limits), made)  # a limit that is kept keeps its identity
    return kept[1]


_KEPT = 1024
_kept: dict[tuple[tuple[str, int], ...], tuple[tuple[Limit, ...], Part]] = {}


def marked(
    holder: Json, said: Marks, flags: tuple[str, ...], *, unread: bool = False, as_written: bool = False
) -> Json:
    """A copy of an unmarked Observation or component with the places, the ranges and their sources.

    `flags` and `unread` are those of `Marks.concepts`. Where a list is no list, nothing is added to it. `as_written` is
    for what `dumps` writes at once: what is added is then no dicts but their JSON.
    """
    new = dict(holder)
    for name, part in (("interpretation", said.concepts(flags, unread=unread)), ("referenceRange", said.ranges)):
        extend(new, name, part.written if as_written else part.made())
    return new


def noted(resource: Json, texts: list[str]) -> None:
    """Add a note for each text to a copy that is ours already."""
    extend(resource, "note", [{"authorString": AUTHOR, "text": text} for text in texts])


def extend(new: Json, name: str, more: Sequence[Json | Written]) -> None:
    """Add elements to a list of a copy that is ours already, where it is one or is not there."""
    held = new.get(name)
    if more and (held is None or isinstance(held, list)):
        if held == []:  # an empty list keeps no place, so that it is the same the second time
            del new[name]
        new[name] = [*(held or ()), *more]


@lru_cache(maxsize=1024)
def _concepts(
    codes: tuple[Hl7Code, ...], standard: Position, optimal: Position, given: tuple[Hl7Code, ...], *, unread: bool
) -> Part:
    """A concept for each HL7 code, by the standard place; then the optimal place in our own system.

    A code that was `given` already is left out of its concept.
    """
    found: list[Json] = []
    for code in codes:
        if unread and code in _NORMALITY:
            continue
        ours = f"standard-{standard}" if code in _NORMALITY else _OFF_SCALE[code]
        place = {"system": OURS, "code": ours, "display": PLACES[ours]}
        hl7 = {"system": INTERPRETATION, "code": code, "display": HL7_NAMES[code]}
        found.append({"coding": [place], "text": PLACES[ours]} if code in given else {"coding": [hl7, place]})
    name = f"optimal-{optimal}"
    if name in PLACES:
        found.append({"coding": [{"system": OURS, "code": name, "display": PLACES[name]}], "text": PLACES[name]})
    return _part(found)


def number(value: Decimal) -> int | float:
    """A limit as a JSON number; its twelve digits survive a float."""
    return int(value) if value == value.to_integral_value() else float(value)


def quantity(value: Decimal, unit: str) -> Json:
    """A SimpleQuantity in UCUM."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def _range(limit: Limit, place: Place) -> Json:
    """A range that was applied, typed, with its population, and in words as its source printed it.

    An end that does not belong to its range stands in the text alone: in FHIR an end is part of the range.
    """
    bounds = (("low", limit.range.low, limit.low), ("high", limit.range.high, limit.high))
    ends = {
        name: quantity(here, limit.unit)
        for name, bound, here in bounds
        if bound is not None and here is not None and bound.inclusive
    }
    code, display = _MEANINGS[place.kind]
    ours = f"{place.kind}-range"
    kind = [
        {"system": RANGE_MEANING, "code": code, "display": display},
        {"system": OURS, "code": ours, "display": RANGES[ours]},
    ]
    said = printed(limit.range)
    if limit.unit != limit.range.unit:
        said = f"{span(limit, None, unit_words(limit.unit))} (printed as {said})"
    text = f"{place.set_name}, {whom_words(limit.range.applies_to)}: {said}. {cited(limit.sources)}"
    return {**ends, "type": {"coding": kind}, **population(limit.range.applies_to), "text": text}


def printed(each: Range) -> str:
    """A range in the unit that its source printed: `20-175 ng/mL`, `above 50 nmol/L`."""
    low, high = each.low, each.high
    if low and high and low.inclusive and high.inclusive:
        return f"{low.value:f}-{high.value:f} {each.unit}"
    ends = [f"{'from' if low.inclusive else 'above'} {low.value:f}"] if low else []
    ends += [f"{'up to' if high.inclusive else 'below'} {high.value:f}"] if high else []
    return f"{' '.join(ends)} {each.unit}"


def whom_words(whom: Population) -> str:
    """Whom a range is for, in words; a range that does not name pregnancy does not hold in it."""
    return f"{whom.words}, not in pregnancy" if _leaves_out_pregnancy(whom) else whom.words


def _leaves_out_pregnancy(whom: Population) -> bool:
    return not whom.pregnant and whom.sex != "male" and whom.ages.end > YOUNGEST_MOTHER


def cited(sources: Iterable[Source]) -> str:
    """The sources, in words."""
    return f"Source: {'; '.join(source.citation for source in sources)}"


def population(whom: Population) -> Json:
    """Whom a range is for, as `appliesTo` and `age`."""
    said: Json = {}
    codes = {value: key for key, value in SEXES.items()}
    applies: list[Json] = []
    if whom.sex is not None:
        system, code = codes[whom.sex]
        applies.append({"coding": [{"system": system, "code": code, "display": whom.sex.capitalize()}]})
    if whom.pregnant:
        applies.append({"coding": [{"system": PREGNANCY[0], "code": PREGNANCY[1], "display": "Pregnant"}]})
    elif _leaves_out_pregnancy(whom):
        applies.append({"coding": [{"system": NOT_PREGNANT[0], "code": NOT_PREGNANT[1], "display": "Not pregnant"}]})
    if applies:
        said["appliesTo"] = applies
    if whom.age is not None:
        said["age"] = age(whom.ages)
    return said


def age(ages: Span) -> Json:
    """Ages as a Range; the upper end is the last completed count, in a unit of which there are several."""
    said = {"low": _age(ages.start)}
    if ages.end < EVERY_AGE.end:
        unit = next((each for each in ("a", "mo", "wk") if _whole(ages.end, each)), "d")
        said["high"] = _count(ages.end // TICKS[unit] - 1, unit)
    return said


def _whole(ticks: int, unit: str) -> bool:
    return ticks % TICKS[unit] == 0 and ticks > TICKS[unit]


def _age(ticks: int) -> Json:
    unit = next(unit for unit in ("a", "mo", "wk", "d") if ticks % TICKS[unit] == 0)
    return _count(ticks // TICKS[unit], unit)


def _count(number: int, unit: str) -> Json:
    return {"value": number, "unit": unit, "system": UCUM, "code": unit}
