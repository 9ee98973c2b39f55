"""What a result was measured in: serum or plasma, or else it is refused or said to be unclear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rlslabs.errors import AnotherAnalyteError, shown
from rlslabs.fhir.concept import Meaning, coded, texts
from rlslabs.fhir.references import References
from rlslabs.fhir.systems import SPECIMEN_TABLES, SPECIMENS
from rlslabs.fhir.walk import Node
from rlslabs.model import Issue
from rlslabs.specimens import other_fluids, other_specimens

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 200
_SERUM = {"serum", "plasma", "ser", "plas", "plasm", "sérum", "suero", "siero"}
_BLOOD = {"blood", "bld", "bldv", "blda", "blut", "bloed", "sang", "sangre", "sangue"}
_NOT_SEPARATED = {"whole", "dried", "spot", "cord", "total", "capillary", "fetal", "foetal", "vollblut", "volbloed"}
_STEMS = (
    *("urin", "harn", "orin", "urina", "liquor", "cerebrospin", "spinal", "pleur", "ascit", "aszit", "periton", "amni"),
    *("effusion", "aspirat", "punktat", "punctat", "synov", "pericard", "marrow", "knochenmark", "beenmerg", "moelle"),
    *("stool", "feces", "faeces", "stuhl", "saliv", "speichel", "sputum", "swab", "biops", "tissue", "gewebe", "hair"),
    *("bile", "sweat", "milk", "semen", "gastric", "dialysat", "fluid", "drain", "abscess"),
)
"""How words of other specimens begin, in English, German, French, Dutch and Spanish."""


_FLUIDS = (
    *("urin", "harn", "orin", "liquor", "cerebrospin", "pleur", "ascit", "aszit", "periton", "amni", "synov"),
    *("pericard", "punktat", "stool", "stuhl", "saliv", "speichel", "sputum", "sweat", "semen", "knochenmark"),
)
"""The same for the name of a panel or order, where `gastric bypass` or `liver` says nothing of a specimen."""


def specimen_of(node: Node, references: References) -> dict[str, Any] | None:
    """The one specimen of a result, as the resource at hand or as its reference describes it."""
    teller, _, given = references.said(node, "specimen")
    if isinstance(given, list):
        given = given[0] if len(given) == 1 else None
    if not isinstance(given, dict):
        return None
    found = references.find(given, teller)
    if found is not None and found.kind == "Specimen":
        return found.resource
    return {"type": {"text": given.get("display")}}


def check_specimen(kind: object, said: Meaning) -> Iterator[Issue]:
    """Hold the specimen against the code, whose ranges are for serum and plasma.

    Raises:
        AnotherAnalyteError: It is another specimen.
    """
    names = [SPECIMENS[code] for code in coded(kind) if code in SPECIMENS] + texts(kind)
    names += [code for system, code in coded(kind) if SPECIMEN_TABLES.search(system)]
    unknown = [code for system, code in coded(kind) if (system, code) not in SPECIMENS]
    if not names and not unknown:
        return
    first = (names or unknown)[0]
    spoken = {word for name in names for word in _WORD.findall(name[:500].casefold())}
    other = [name for name in names if set(other_specimens(name)) - _BLOOD or _is_other(name)]
    if other or (not said.coded and not spoken & _SERUM):
        named = (other or [first])[0]
        happened = f"The specimen is {shown(named)}, and the ranges are for serum and plasma"
        raise AnotherAnalyteError(happened, "leave it out here", named[:80])
    if not spoken & _SERUM:
        message = f"The specimen is {shown(first)}, and the code says serum or plasma; check that it was separated"
        yield Issue.trusted({"code": "specimen-unclear", "message": message, "text": first[:80]})


def _is_other(name: str) -> bool:
    words = set(_WORD.findall(name[:500].casefold()))
    apart = words & _NOT_SEPARATED and (words & _BLOOD or "spot" in words or words & {"vollblut", "volbloed"})
    return bool(apart) or any(word.startswith(_STEMS) for word in words)


def is_other_fluid(name: str) -> bool:
    """Whether a panel's or order's name speaks of another fluid, and of no serum, plasma or blood beside it."""
    return _is_other_fluid(name[:_LONGEST])


@lru_cache(maxsize=512)
def _is_other_fluid(name: str) -> bool:
    words = set(_WORD.findall(name.casefold()))
    other = other_fluids(name) or any(word.startswith(_FLUIDS) for word in words)
    return bool(other) and words.isdisjoint(_SERUM | _BLOOD)


def check_holders(node: Node, references: References) -> None:
    """Hold what a result says of its place, and the panels and reports that it belongs to, against serum and plasma.

    Raises:
        AnotherAnalyteError: Another fluid was tested.
    """
    for each in (node, *references.owners(node)):
        concepts = [each.resource.get("bodySite"), each.resource.get("code") if each is not node else None]
        category = each.resource.get("category")
        concepts += category if isinstance(category, list) else [category]
        for name in (text for concept in concepts for text in texts(concept)):
            if is_other_fluid(name):
                happened = f"The result belongs to {shown(name)}, and the ranges are for serum and plasma"
                raise AnotherAnalyteError(happened, "leave it out here", name[:80])
