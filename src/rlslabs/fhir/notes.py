"""The note that `annotate` writes of an answer, with blanks where it says the value or how far that is from a limit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from rlslabs.fhir.observed import Judged
from rlslabs.fhir.traces import DISCLAIMER
from rlslabs.interpretation import Interpretation
from rlslabs.model import Assumption, Issue, Place, Reading
from rlslabs.units import EXACT
from rlslabs.wording import distance, far_words, show, span, unit_value, unit_words, value_words

_ASSUMED: dict[Assumption, str] = {
    "adult": "an adult",
    "not-pregnant": "no pregnancy",
    "printed-range-fits": "that the printed range is meant for this patient",
}
_PLACING = frozenset({"L", "LL", "LU", "N", "H", "HH", "HU", "A", "AA"})
"""The codes by which a laboratory places a result; the others speak of its change or of the method."""

_OF_THE_VALUE = frozenset({"unusual-value", "percent-below-one"})
"""The issues that say the value; another one may quote the same number from elsewhere, such as a printed range."""


class Blank(NamedTuple):
    """Where a note says an exact value, or how far the value is from a limit."""

    limit: Decimal | None = None


Words = tuple[str | Blank, ...]


def note(it: Interpretation) -> str:
    """The answer in two sentences, with what was assumed."""
    return filled(words(it), it.reading.low)


def filled(said: Words, value: Decimal) -> str:
    """The words with an exact value in their blanks."""
    return "".join([each if isinstance(each, str) else _blank(each.limit, value) for each in said])


def joined(said: Iterable[str | Blank]) -> Words:
    """The same words in as few pieces as there can be."""
    found: list[str | Blank] = []
    for each in said:
        if isinstance(each, str) and found and isinstance(last := found[-1], str):
            found[-1] = last + each
        else:
            found.append(each)
    return tuple(found)


def _blank(limit: Decimal | None, value: Decimal) -> str:
    return f"{value:f}" if limit is None else show(_far(limit, value))


def _far(limit: Decimal, value: Decimal) -> Decimal:
    return EXACT.subtract(limit, value).copy_abs()


def words(it: Interpretation) -> Words:
    """The note on an answer; where the reading is a plain value, with blanks for it and for its distances."""
    standard, optimal = (_lack(place, it) for place in (it.standard, it.optimal))
    if standard and standard == optimal:
        names = f"{it.standard.set_name} or the {it.optimal.set_name}"
        places: Words = (f"not placed against the {names}: {standard}",)
    else:
        *others, last = ((" and ", *_place(place, it)) for place in it.places[1:])
        places = (*_place(it.standard, it), *(part for each in others for part in (", ", *each[1:])), *last)
    assumed = f" Assumed: {', '.join(_ASSUMED[each] for each in it.assumptions)}." if it.assumptions else ""
    value: Words = (Blank(), unit_value(it.reading.unit)) if _is_plain(it.reading) else (value_words(it.reading),)
    issues = (part for issue in it.issues for part in _issue(issue, it))
    return (f"{it.name} ", *value, " is ", *places, f".{assumed}", *issues, f" {DISCLAIMER}")


def _is_plain(reading: Reading) -> bool:
    """Whether it is one value and says no more; `<=0` is one value too, and keeps its comparator."""
    return reading.exact and reading.comparator is None


def _issue(issue: Issue, it: Interpretation) -> Words:
    """An issue in a sentence; what speaks of the value begins with it, behind the name."""
    message = f" {issue.message.rstrip('.')}."
    before = f" {it.name} " if issue.code == "unusual-value" else " "
    value = f"{before}{it.reading.words}"
    if issue.code in _OF_THE_VALUE and _is_plain(it.reading) and message.startswith(f"{value} {it.reading.unit}"):
        return before, Blank(), message[len(value) :]
    return (message,)


def beside(answer: Judged) -> list[str]:
    """What is to be said of an answer behind its note: how it was read, and where the laboratory placed it elsewhere.

    Both places stand then, and neither in silence.
    """
    said = [f"{notice.message.rstrip('.')}." for notice in answer.observed.notices]
    theirs = _PLACING.intersection(answer.observed.flags) if answer.observed.flags else ()
    if theirs and answer.differs is not None:
        said.append(f"The laboratory's own flag is {' and '.join(sorted(theirs))}.")
    return said


def _lack(place: Place, it: Interpretation) -> str:
    """Why there is no range, where there is none."""
    if place.position != "no-range":
        return ""
    if place.lacks == "marker":
        return f"it holds none for {it.name}"
    return "ranges for adults do not hold in pregnancy" if it.patient.pregnant else "there is none for this patient"


def _place(place: Place, it: Interpretation) -> Words:
    name, reading = place.set_name, it.reading
    if why := _lack(place, it):
        return (f"not placed against the {name}: {why}",)
    ranges = " or ".join(dict.fromkeys(span(limit, reading, unit_words(limit.unit)) for limit in place.limits))
    if place.position == "undecided":
        return (f"undecided against the {name} ({ranges}; open: {', '.join(place.settled_by)})",)
    if place.position == "within":
        return (f"within the {name} ({ranges})",)
    behind = f"{far_words(reading.unit)} {place.position} the {name} ({ranges})"
    if place.distance is None or not _is_plain(reading):
        return (f"{distance(place, reading)}{behind}".lstrip(),)
    ends = [limit.low if place.position == "below" else limit.high for limit in place.limits]
    held = [each for each in ends if each is not None and str(_far(each, reading.low)) == str(place.distance)]
    return (Blank(held[0]) if held else distance(place, reading), behind)
