"""What `annotate` leaves in a resource, and how it is told from what others wrote and taken out again."""

from __future__ import annotations

from typing import Any

from rlslabs.fhir.concept import coded
from rlslabs.fhir.systems import AUTHOR, INTERPRETATION, OURS, system
from rlslabs.model import Hl7Code

Json = dict[str, Any]

HL7_NAMES: dict[Hl7Code, str] = {
    "L": "Low",
    "N": "Normal",
    "H": "High",
    "<": "Off scale low",
    ">": "Off scale high",
}
PLACES = {
    f"{kind}-{position}": f"{words} the {name}"
    for kind, name in (("standard", "standard range"), ("optimal", "optimal range for restless legs"))
    for position, words in (("below", "Below"), ("within", "Within"), ("above", "Above"))
}
PLACES |= {"off-scale-low": "Below the measuring range", "off-scale-high": "Above the measuring range"}
DISCLAIMER = "This is information, not a diagnosis."


def unmarked(holder: Json) -> Json:
    """A copy of an Observation or component without anything that `annotate` wrote."""
    new = dict(holder)
    for name in ("interpretation", "referenceRange", "note"):
        held = new.get(name)
        if isinstance(held, list):
            mine = _MINE[name]
            kept = [each for each in held if not mine(each)]
            if not kept and held:
                del new[name]
            elif len(kept) < len(held):
                new[name] = kept
    return new


def cleaned(resource: Json) -> Json:
    """A copy of an Observation without our marks in it or in its components."""
    new = unmarked(resource)
    if isinstance(new.get("component"), list):
        new["component"] = [unmarked(each) if isinstance(each, dict) else each for each in new["component"]]
    return new


def is_marked(holder: Json) -> bool:
    """Whether anything in an Observation or component, its components apart, is what `annotate` wrote."""
    for name, mine in _MINE.items():
        held = holder.get(name)
        if isinstance(held, list) and any(map(mine, held)):
            return True
    return False


def is_our_concept(given: object) -> bool:
    """Whether `annotate` wrote this interpretation, and nobody put anything beside it."""
    if not isinstance(given, dict) or not any(name == OURS for name, _ in coded(given)):
        return False
    codings = given["coding"]
    *before, ours = codings
    place = PLACES.get(str(ours.get("code"))) if isinstance(ours, dict) else None
    if place is None or not _is_coding(ours, place):
        return False
    if not before:
        return set(given) <= {"coding", "text", "id"} and given.get("text", place) == place
    (hl7, *others) = before
    if others or not isinstance(hl7, dict) or system(hl7.get("system")) != INTERPRETATION:
        return False
    name = next((name for code, name in HL7_NAMES.items() if code == hl7.get("code")), None)
    return set(given) <= {"coding", "id"} and name is not None and _is_coding(hl7, name)


def _is_coding(coding: Json, display: str) -> bool:
    """Whether a coding holds no more than we wrote; a server may drop the display, or add an id or its version."""
    known = {"system", "code", "display", "id", "version", "userSelected"}
    return set(coding) <= known and coding.get("display", display) == display


def is_our_range(given: object) -> bool:
    """Whether `annotate` wrote this range."""
    kind = given.get("type") if isinstance(given, dict) else None
    return kind is not None and any(name == OURS for name, _ in coded(kind))


def is_our_note(given: object) -> bool:
    """Whether `annotate` wrote this note: the author is ours, and the text says what each of ours does."""
    if not isinstance(given, dict) or not set(given) <= {"authorString", "text", "time", "id"}:
        return False
    text = given.get("text")
    return given.get("authorString") == AUTHOR and isinstance(text, str) and DISCLAIMER in text


_MINE = {"interpretation": is_our_concept, "referenceRange": is_our_range, "note": is_our_note}
LISTS = frozenset(_MINE)
"""The lists of an Observation or component to which `annotate` adds."""
