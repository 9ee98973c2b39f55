"""How numbers, ranges and distances are written in sentences, so that every statement holds for the digits shown."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from rlslabs.model import Assumption, Fact, Issue, Limit, Place, Reading
from rlslabs.units import EXACT, tidy

_SHOWN_DIGITS = 4
_ASSUMED: dict[Assumption, tuple[str, str]] = {
    "adult": ("an adult, because no age was given", "Nobody gave your age, so you were taken for an adult."),
    "not-pregnant": (
        "no pregnancy, because none was stated",
        "Nobody said whether you are pregnant, so it was taken that you are not.",
    ),
    "printed-range-fits": (
        "that the printed range is meant for this patient",
        "It was taken that the range printed with your result is meant for people like you.",
    ),
    "one-age": (
        "that the one age holds for collections a year or more apart; give the birth date",
        "Your samples are a year or more apart, and one age was used for all of them.",
    ),
}
_FACTS: dict[Fact, tuple[str, str]] = {
    "sex": ("the sex", "your sex"),
    "age": ("the age", "your age"),
    "pregnancy": ("the pregnancy status", "whether you are pregnant"),
    "collection date": ("the day of collection", "the day on which your blood was taken"),
    "exact value": ("an exact value", "the exact value"),
    "population of the printed range": ("the population of the printed range", "for whom the printed range is meant"),
}
_PLAIN_ISSUES = {
    "unusual-value": "This value is unusual, so it may be a mistake.",
    "fraction-assumed": "The report names no unit. The value was read as a fraction: 1 would be all of it.",
    "percent-assumed": "The report names no unit. The value was read as a percentage.",
    "percent-below-one": "This value is unusual. Perhaps the unit is wrong.",
    "approximate-conversion": "The limits are approximate in this unit.",
    "range-unit-assumed": "The range printed with your result names no unit. Its unit was told by its size.",
    "range-open-side": (
        "The range printed with your result has no useful limit on a side on which there usually is one, so it cannot "
        "show whether your value is too far out on that side."
    ),
    "partial-analyte": "This test counts only a part of the substance, so the true value may be higher.",
    "unreliable-beside-ferritin": "Beside such a high ferritin this value is not to be relied on.",
    "discordant-saturation": "The printed and the computed value do not agree, so neither is relied on.",
    "saturation-over-100": "Above 100 percent something is wrong or special, so this value is not relied on.",
    "result-not-final": "This result may still change.",
    "display-unknown": "The name of the test is not known here. It was told by its code; ask whether it is right.",
    "told-by-name": "The test was told by its name alone.",
}
_RANGE_REFUSED = "The range printed with your result could not be used."
_PLAIN_REFUSALS = {
    **dict.fromkeys(("unknown-unit", "missing-unit", "unit-conflict", "ambiguous-unit", "code-unit-mismatch"), "unit"),
    **dict.fromkeys(("another-analyte", "marker-conflict", "unreadable-name", "code-check-digit"), "test"),
    **dict.fromkeys(("result-status", "fhir-status"), "status"),
}
_PLAIN_WHY = {
    "unit": "It was not judged, because its unit is missing, or is none in which this test is reported.",
    "test": "It was not judged, because it is another test, or it is not clear which test it is.",
    "status": "It was not judged, because no result stands: it was withdrawn, or is not there yet.",
    "": "It was not judged, because something in it could not be read, or does not fit together.",
}


def show(number: Decimal, reading: Reading | None = None, *, down: bool = False) -> str:
    """A number with at most four significant digits behind a point; all of them where fewer would mislead.

    A converted limit has twelve digits. Shortened, it must still lie on the same side of the reading. `down` never
    rounds up, for what is said to be the least.

    >>> show(Decimal("26.8600555107"))
    '26.86'
    """
    whole = f"{number:f}"
    if len(whole) <= _SHOWN_DIGITS:
        return whole
    places = max(0, _SHOWN_DIGITS - 1 - number.adjusted())
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places:
        return whole
    rounding = ROUND_DOWN if down else ROUND_HALF_EVEN
    short = number.quantize(Decimal(1).scaleb(-places, context=EXACT), rounding, EXACT)
    if reading is not None:
        for end in (reading.low, reading.high):
            if end is not None and ((end < number) != (end < short) or (end > number) != (end > short)):
                return whole
    return f"{tidy(short):f}"


def unit_words(unit: str) -> str:
    """The unit as it follows a number in a sentence: ` ng/mL`; a fraction has none."""
    return "" if unit == "1" else f" {unit}"


def shown_value(reading: Reading, *ends: Decimal | None) -> str:
    """A value, shortened where it was computed to twelve digits: `17.97`, `<5`, `5-10`.

    A shortened value still lies on its side of the limits that it is held against, `ends`.
    """
    if not reading.exact:
        return reading.words
    value, short = reading.low, show(reading.low)
    if len(short) == len(f"{value:f}"):
        return short
    shortened = Decimal(short)
    kept = all(
        (value > end) == (shortened > end) and (value < end) == (shortened < end) for end in ends if end is not None
    )
    return short if kept else reading.words


def far_words(unit: str) -> str:
    """The unit as it follows a distance: between two percentages lie percentage points."""
    return " percentage points" if unit == "%" else unit_words(unit)


def value_words(reading: Reading) -> str:
    """The value with its unit: `38 ng/mL`, `<5 ng/mL`, `0.25 (as a fraction)`."""
    return f"{reading.words}{unit_value(reading.unit)}"


def unit_value(unit: str) -> str:
    """The unit as it follows a value that stands alone: ` ng/mL`, ` (as a fraction)`."""
    return unit_words(unit) or " (as a fraction)"


def span(limit: Limit, reading: Reading | None, unit: str, to: str = "-") -> str:
    """The limits of a range in the reported unit: `20-328 ng/mL`, `from 20 ng/mL`, `below 150 ng/mL`.

    With a reading they lie on the same side of it when they are shortened.
    """
    low = None if limit.low is None else show(limit.low, reading)
    high = None if limit.high is None else show(limit.high, reading)
    low_in = limit.range.low is None or limit.range.low.inclusive
    high_in = limit.range.high is None or limit.range.high.inclusive
    if low and high and low_in and high_in:
        return f"{low}{to}{high}{unit}"
    ends = [f"{'from' if low_in else 'above'} {low}"] if low else []
    ends += [f"{'up to' if high_in else 'below'} {high}"] if high else []
    return f"{' '.join(ends)}{unit}"


def distance(place: Place, reading: Reading) -> str:
    """The distance to the nearest limit as a number: `37`, or `more than 15` for `<60` against 75."""
    if place.distance is None:
        return ""
    far = show(place.distance, down=not reading.exact)
    if reading.exact:
        return far
    at_end = reading.high_open if place.nearest == "low" and place.position == "below" else reading.low_open
    if place.position == "within":
        at_end = reading.low_open if place.nearest == "low" else reading.high_open
    return f"more than {far}" if at_end else f"at least {far}"


def fact_words(fact: Fact, register: int) -> str:
    """A fact that would settle something, in the words of a clinician (0) or of a patient (1)."""
    return _FACTS[fact][register]


def assumed_words(assumption: Assumption, register: int) -> str:
    """What was taken for granted, in the words of a clinician (0) or of a patient (1)."""
    return _ASSUMED[assumption][register]


def listed(words: list[str]) -> str:
    """Words as they stand in a sentence: `sex, age and an exact value`."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def issue_words(issue: Issue, register: int) -> str:
    """An issue about a result that was judged all the same, for a clinician (0) or for a patient (1)."""
    return _PLAIN_ISSUES.get(issue.code, _RANGE_REFUSED) if register else f"{issue.message.rstrip('.')}."


def refusal_words(issue: Issue, register: int) -> str:
    """Why a result was refused, for a clinician (0) or for a patient (1), who cannot mend it but can ask."""
    plain = f"{_PLAIN_WHY[_PLAIN_REFUSALS.get(issue.code, '')]} Ask the laboratory."
    return plain if register else f"{issue.message.rstrip('.')}."
