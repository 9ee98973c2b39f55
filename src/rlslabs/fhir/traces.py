"""What `annotate` leaves in a resource, and how it is told from what others wrote and taken out again."""

from __future__ import annotations

from typing import Any

from rlslabs.fhir.concept import coded
from rlslabs.fhir.systems import AUTHOR, INTERPRETATION, OURS
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
_BOTH = 2


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


def is_our_concept(given: object) -> bool:
    """Whether `annotate` wrote this interpretation, and nobody put anything beside it."""
    if not isinstance(given, dict) or not any(system == OURS for system, _ in coded(given)):
        return False
    codings = given["coding"]
    *before, ours = codings
    place = PLACES.get(str(ours.get("code"))) if isinstance(ours, dict) else None
    if place is None or set(ours) != {"system", "code", "display"} or ours["display"] != place:
        return False
    if not before:
        return set(given) == {"coding", "text"} and given["text"] == place
    hl7 = [{"system": INTERPRETATION, "code": code, "display": name} for code, name in HL7_NAMES.items()]
    return set(given) == {"coding"} and len(codings) == _BOTH and before[0] in hl7


def is_our_range(given: object) -> bool:
    """Whether `annotate` wrote this range."""
    return isinstance(given, dict) and any(system == OURS for system, _ in coded(given.get("type")))


def is_our_note(given: object) -> bool:
    """Whether `annotate` wrote this note: the author is ours, and the text says what each of ours does."""
    if not isinstance(given, dict) or set(given) != {"authorString", "text"} or given["authorString"] != AUTHOR:
        return False
    return isinstance(given["text"], str) and DISCLAIMER in given["text"]


_MINE = {"interpretation": is_our_concept, "referenceRange": is_our_range, "note": is_our_note}
