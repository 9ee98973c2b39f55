"""An interpretation in plain sentences, each with the figures and the sources that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rlslabs.errors import WrongTypeError, shown
from rlslabs.explanation import Audience, Explanation, Figure, Marks, Sentence
from rlslabs.facts import Bound, Position, Source
from rlslabs.limits import cut
from rlslabs.model import Judgement, Limit, Place, Reading
from rlslabs.units import EXACT, convert_limit, factor, tidy
from rlslabs.wording import (
    assumed_words,
    distance,
    fact_words,
    far_words,
    issue_words,
    listed,
    show,
    span,
    unit_words,
    value_words,
)

_DISAGREEMENTS: dict[tuple[Position, Position], tuple[str, str]] = {
    ("within", "below"): (
        "So the two ranges disagree: normal for a laboratory, and yet below what is optimal for restless legs.",
        "So a laboratory calls this value normal, but it is lower than what is best for restless legs.",
    ),
    ("within", "above"): (
        "So the two ranges disagree: normal for a laboratory, and yet above what is optimal for restless legs.",
        "So a laboratory calls this value normal, but it is higher than what is best for restless legs.",
    ),
    ("above", "within"): (
        "So the two ranges disagree: optimal for the protocol, and yet above the standard range.",
        "So this value is in the optimal range, but a laboratory calls it high.",
    ),
    ("below", "within"): (
        "So the two ranges disagree: optimal for the protocol, and yet below the standard range.",
        "So this value is in the optimal range, but a laboratory calls it low.",
    ),
    ("above", "below"): (
        "So the two ranges contradict each other: above the standard range, and yet below the optimal one.",
        "So a laboratory calls this value high, but it is lower than what is best for restless legs.",
    ),
    ("below", "above"): (
        "So the two ranges contradict each other: below the standard range, and yet above the optimal one.",
        "So a laboratory calls this value low, but it is higher than what is best for restless legs.",
    ),
}
_PLAIN_PLACES: dict[Position, str] = {"below": "below it", "within": "inside the range", "above": "above it"}
_AUDIENCES = ("clinician", "patient")
SCOPE = "This is information, not a diagnosis."


def explain(
    it: Judgement, audience: Audience = "clinician", cited: Iterable[Source] = (), *, marks: Marks | None = None
) -> Explanation:
    """Say an interpretation in sentences, for a `clinician` or, in plain words, for a `patient`.

    `cited` are sources that a text in front of this one has numbered already; the numbers go on behind them. `marks`
    does the same for a report that writes its marks in its own way.
    """
    if audience not in _AUDIENCES:
        happened = f"{shown(audience)} is no audience"
        raise WrongTypeError(happened, "write clinician or patient", str(audience)[:80])
    marks = Marks(cited) if marks is None else marks
    said = _for_patient(it, marks) if audience == "patient" else _for_clinician(it, marks)
    sentences = (*said, _sentence("scope", SCOPE))
    return Explanation.trusted({"audience": audience, "sentences": sentences, "sources": tuple(marks.cited.values())})


def placed(place: Place, it: Judgement, marks: Marks, *, plain: bool) -> Sentence:
    """Where a result stands against one kind of range, as `explain` says it."""
    if plain:
        return _placed_plainly(place, it, marks)
    return _placed(place, it.reading, f"{it.name} {value_words(it.reading)}", it, marks)


def _for_clinician(it: Judgement, marks: Marks) -> list[Sentence]:
    said = [
        *(
            _placed(place, it.reading, "It" if index else f"{it.name} {value_words(it.reading)}", it, marks)
            for index, place in enumerate(it.places)
        ),
        *_agreement(it, marks, 0),
        *_own_limit(it, marks, 0),
        *_outside(it, 0),
    ]
    said += [_noted(note.kind, note.clinician, note.sources, marks) for note in it.notes if note.kind != "meaning"]
    if it.assumptions:
        said.append(
            _sentence("assumption", f"Assumed: {'; '.join(assumed_words(each, 0) for each in it.assumptions)}.")
        )
    said += [_sentence("issue", issue_words(issue, 0)) for issue in it.issues]
    return said


def _for_patient(it: Judgement, marks: Marks) -> list[Sentence]:
    value = _sentence("value", f"Your {it.plain_name} is {_plainly(it.reading)}.", _value(it.reading))
    said = [
        value,
        *(_noted(note.kind, note.patient, note.sources, marks) for note in it.notes if note.kind == "meaning"),
    ]
    said += [_placed_plainly(place, it, marks) for place in it.places]
    said += [*_agreement(it, marks, 1), *_own_limit(it, marks, 1), *_outside(it, 1)]
    said += [_noted(note.kind, note.patient, note.sources, marks) for note in it.notes if note.kind != "meaning"]
    if it.assumptions:
        said.append(_sentence("assumption", " ".join(assumed_words(each, 1) for each in it.assumptions)))
    said += [_sentence("issue", issue_words(issue, 1)) for issue in it.issues]
    return said


def _sentence(about: str, text: str, figures: tuple[Figure, ...] = (), sources: Iterable[Source] = ()) -> Sentence:
    return Sentence.trusted(
        {"about": about, "text": text, "figures": figures, "sources": tuple(dict.fromkeys(each.id for each in sources))}
    )


def _noted(about: str, text: str, sources: tuple[Source, ...], marks: Marks) -> Sentence:
    """A note with its marks before the full stop of its last sentence."""
    return _sentence(about, f"{text.removesuffix('.')} {marks(sources)}.", (), sources)


def _figure(role: str, value: Decimal, unit: str) -> Figure:
    return Figure.trusted({"role": role, "value": value, "unit": unit})


def _value(reading: Reading) -> tuple[Figure, ...]:
    ends = dict.fromkeys(end for end in (reading.low, reading.high) if end is not None)
    return tuple(_figure("value", end, reading.unit) for end in ends)


def _figures(place: Place, reading: Reading) -> tuple[Figure, ...]:
    """Every figure that a sentence about a place uses, in the reported unit."""
    figures = list(_value(reading))
    for limit in place.limits:
        figures += [_figure("low", limit.low, limit.unit)] if limit.low is not None else []
        figures += [_figure("high", limit.high, limit.unit)] if limit.high is not None else []
    if place.distance is not None:
        figures.append(_figure("distance", place.distance, reading.unit))
    return tuple(figures)


def _cited(place: Place) -> list[Source]:
    return [source for limit in place.limits for source in limit.sources]


def _population(limit: Limit) -> str:
    words = limit.range.applies_to.words
    return "" if words in {"everybody", "adults"} else words


def _ranges(place: Place, reading: Reading) -> str:
    """The ranges with their populations: `20-409 ng/mL, men from 18 years; 20-175 ng/mL, women 18-50 years`."""
    unit = unit_words(reading.unit)
    return "; ".join(
        ", ".join(part for part in (span(limit, reading, unit), _population(limit)) if part) for limit in place.limits
    )


def _placed(place: Place, reading: Reading, subject: str, it: Judgement, marks: Marks) -> Sentence:
    cited = _cited(place)
    cite = f" {marks(cited)}" if cited else ""
    ranges = f"the {place.set_name} ({_ranges(place, reading)}){cite}"
    far = f"{distance(place, reading)}{far_words(reading.unit)} " if place.distance else ""
    if place.position == "no-range":
        pregnant = (
            "ranges for adults do not hold in pregnancy" if it.patient.pregnant else "there is none for this patient"
        )
        why = f"it holds none for {it.name}" if place.lacks == "marker" else pregnant
        text = f"{subject} has no place against the {place.set_name}: {why}."
    elif place.position == "undecided":
        facts = listed([fact_words(fact, 0) for fact in place.settled_by])
        named = f"{it.name} {value_words(reading)}" if subject == "It" else subject
        open_ = f"{_open(place, reading)}{cite}"
        text = f"{named} is undecided against the {place.set_name}: {open_}. {facts.capitalize()} would settle it."
    elif place.position == "within":
        inside = "" if it.open_sided and place is it.standard else _inside(place, reading)
        text = f"{subject} is within {ranges}{inside}."
    else:
        text = f"{subject} is {far}{place.position} {ranges}."
    return _sentence("place", text, _figures(place, reading), cited)


def _inside(place: Place, reading: Reading) -> str:
    """How far inside: `, 18 ng/mL above its lower limit`."""
    if place.distance is None:
        return ""
    side = "lower" if place.nearest == "low" else "upper"
    which = f"its {side} limit" if len(place.limits) == 1 else f"the nearest {side} limit"
    if not place.distance:
        return f", on {which}, which belongs to it" if reading.exact else f", reaching {which}"
    far = f"{distance(place, reading)}{far_words(reading.unit)}"
    return f", {far} {'above' if side == 'lower' else 'below'} {which}"


def _open(place: Place, reading: Reading) -> str:
    """What is possible: `within 20-409 ng/mL (men from 18 years), above 20-175 ng/mL (women 18-50 years)`."""
    cases: list[str] = []
    for limit in place.limits:
        population = _population(limit)
        where = " or ".join(cut(limit).positions(reading))
        cases.append(
            f"{where} {span(limit, reading, unit_words(reading.unit))}{f' ({population})' if population else ''}"
        )
    if "no-range" in place.possible:
        cases.append("without a range for some whom the patient could be")
    return ", ".join(cases)


def _agreement(it: Judgement, marks: Marks, audience: int) -> list[Sentence]:
    """The sentence that says in words that the two ranges disagree, where they do."""
    words = _DISAGREEMENTS.get((it.standard.position, it.optimal.position))
    if words is None or it.open_sided:
        return []
    cited = [*_cited(it.standard), *_cited(it.optimal)]
    return [_sentence("disagreement", f"{words[audience].removesuffix('.')} {marks(cited)}.", (), cited)]


def _outside(it: Judgement, audience: int) -> list[Sentence]:
    """A result outside the standard range has meanings that this package does not know."""
    if it.standing not in {"below", "above"}:
        return []
    whose = "standard" if it.open_sided else "laboratory's"
    text = (
        f"A value {it.standing} the standard range has meanings beyond restless legs, not judged here.",
        f"A value outside the {whose} range can mean things that have nothing to do with restless legs.",
    )
    return [_sentence("outside", text[audience])]


def _own_limit(it: Judgement, marks: Marks, audience: int) -> list[Sentence]:
    """What the laboratory's own lower limits would say, where a set has others in their place and one differs.

    Whoever hears that a value would be within one of them also hears by which it would not.
    """
    found: list[tuple[Limit, Bound, Decimal, tuple[Position, ...]]] = []
    differing: list[Limit] = []
    for limit in (limit for place in it.places for limit in place.limits):
        own = limit.range.lab_low
        if own is None:
            continue
        mass = limit.molar_mass.value if limit.molar_mass else None
        here = convert_limit(own.value, factor(limit.range.unit, limit.unit, mass))
        ours = cut(limit)
        theirs = ours._replace(low=here, low_out=not own.inclusive).positions(it.reading)
        found.append((limit, own, here, theirs))
        differing += [limit] if theirs != ours.positions(it.reading) else []
    said = [each for each in found if each[0] in differing or (differing and each[3] != ("within",))]
    return [_by_own_limit(*each, it.reading, marks, audience) for each in said]


def _by_own_limit(  # noqa: PLR0917  what is said of one limit, and then to whom
    limit: Limit,
    own: Bound,
    here: Decimal,
    theirs: tuple[Position, ...],
    reading: Reading,
    marks: Marks,
    audience: int,
) -> Sentence:
    text = f"By the lower limit that {own.source.publisher} prints, {show(here, reading)}"
    whom = _for(_population(limit))
    if audience:
        text += f"{_spoken(reading)}{whom}, your value would be {' or '.join(_PLAIN_PLACES[each] for each in theirs)}"
    else:
        text += f"{unit_words(limit.unit)}{whom}, it would be {' or '.join(theirs)}"
    figures = (*_value(reading), _figure("lab-low", here, limit.unit))
    return _sentence("own-limit", f"{text} {marks([own.source])}.", figures, [own.source])


def _plainly(reading: Reading) -> str:
    low, high = f"{reading.low:f}", "" if reading.high is None else f"{reading.high:f}"
    words = {
        "<": f"less than {high} {reading.spoken}",
        "<=": f"{high} {reading.spoken} or less",
        ">": f"more than {low} {reading.spoken}",
        ">=": f"{low} {reading.spoken} or more",
        None: f"{low if reading.exact else f'between {low} and {high}'} {reading.spoken}",
    }[reading.comparator]
    percent = f" ({tidy(EXACT.multiply(reading.low, 100)):f} percent)" if reading.unit == "1" and reading.exact else ""
    return f"{words}{percent}"


def _placed_plainly(place: Place, it: Judgement, marks: Marks) -> Sentence:
    reading, cited = it.reading, _cited(place)
    cite = f" {marks(cited)}" if cited else ""
    ranges = listed([f"{span(limit, reading, '', ' to ')}{_for(_population(limit))}" for limit in place.limits])
    if place.position == "no-range":
        why = ", because you are pregnant" if it.patient.pregnant and place.lacks == "population" else ""
        text = f"No {place.set_name} was found for you{why}."
    elif place.position == "undecided":
        facts = listed([fact_words(fact, 1) for fact in place.settled_by])
        text = f"The {place.set_name} is {ranges}{cite}. Where your value stands depends on {facts}."
    else:
        where = "inside it" if place.position == "within" else f"{place.position} it"
        far = f"{distance(place, reading)}{_spoken(reading)} " if place.position != "within" and place.distance else ""
        text = f"The {place.set_name} is {ranges}{cite}. Your value is {far}{where}."
    return _sentence("place", text, _figures(place, reading), cited)


def _spoken(reading: Reading) -> str:
    """The unit of a distance, in words."""
    return {"1": "", "%": " percentage points"}.get(reading.unit, f" {reading.spoken}")


def _for(population: str) -> str:
    return f" for {population}" if population else ""
