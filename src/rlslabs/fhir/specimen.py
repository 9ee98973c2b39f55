"""What a result was measured in: serum or plasma, or else it is refused or said to be unclear."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rlslabs.errors import AnotherAnalyteError, ResourceError, shown
from rlslabs.fhir.concept import Meaning, coded, texts
from rlslabs.fhir.references import References
from rlslabs.fhir.systems import SPECIMEN_TABLES, SPECIMENS
from rlslabs.fhir.walk import Node
from rlslabs.model import Issue
from rlslabs.specimens import OTHER_FLUIDS, specimens, whole_blood

_LONGEST = 500
_SERUM = {"serum", "plasma"}


def specimens_of(node: Node, references: References) -> list[dict[str, Any]]:
    """The specimens of a result, as the resources at hand or as its references describe them.

    Raises:
        ResourceError: One is no reference, and may say anything.
    """
    teller, _, given = references.said(node, "specimen")
    found: list[dict[str, Any]] = []
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, dict):
            alike = [one.resource for one in references.candidates(each, teller, "Specimen") if one.kind == "Specimen"]
            found += alike or [{"type": {"text": each.get("display")}}]
        elif each is not None:
            raise ResourceError("The specimen is no Reference", "write it as FHIR does")
    return found


def check_specimens(specimens_: list[dict[str, Any]], said: Meaning) -> Iterator[Issue]:
    """Hold the specimens against the code, whose ranges are for serum and plasma; of several one may be meant.

    Raises:
        AnotherAnalyteError: None is serum or plasma, as far as they are known.
    """
    refusals: list[AnotherAnalyteError] = []
    for each in specimens_:
        try:
            yield from check_specimen(each, said)
        except AnotherAnalyteError as error:
            refusals.append(error)
    if refusals and len(refusals) == len(specimens_):
        raise refusals[0]
    if refusals:
        other = refusals[0].text
        yield _unclear(f"One of the specimens is {shown(other)}; check which one was tested", other)


def check_specimen(specimen: dict[str, Any], said: Meaning) -> Iterator[Issue]:
    """Hold one specimen against the code.

    Raises:
        AnotherAnalyteError: It is another one than serum or plasma.
    """
    if specimen.get("status") == "unsatisfactory":
        yield _unclear("The specimen is unsatisfactory; check whether the result stands", "unsatisfactory")
    kind = specimen.get("type")
    names = [SPECIMENS[code] for code in coded(kind) if code in SPECIMENS] + texts(kind)
    names += [code for system, code in coded(kind) if SPECIMEN_TABLES.search(system)]
    unknown = [code for system, code in coded(kind) if (system, code) not in SPECIMENS]
    if not names and not unknown:
        return
    first = (names or unknown)[0]
    spoken = {name: _kinds(name[:_LONGEST]) for name in names}
    separated = any(not kinds.isdisjoint(_SERUM) for kinds in spoken.values())
    other = [name for name, kinds in spoken.items() if kinds - _SERUM - {"blood"} or whole_blood(name[:_LONGEST])]
    if other or (not said.coded and not separated):
        named = (other or [first])[0]
        happened = f"The specimen is {shown(named)}, and the ranges are for serum and plasma"
        raise AnotherAnalyteError(happened, "leave it out here", named[:80])
    if not separated:
        yield _unclear(
            f"The specimen is {shown(first)}, and the code says serum or plasma; check that it was separated", first
        )


def _unclear(message: str, text: str) -> Issue:
    return Issue.trusted({"code": "specimen-unclear", "message": message, "text": text[:80]})


@lru_cache(maxsize=512)
def _kinds(name: str) -> frozenset[str]:
    return frozenset(kind for kind, _ in specimens(name))


def is_other_fluid(name: str) -> bool:
    """Whether a panel's or order's name speaks of another fluid, and of no serum, plasma or blood beside it."""
    kinds = _kinds(name[:_LONGEST])
    return not kinds.isdisjoint(OTHER_FLUIDS) and kinds.isdisjoint(_SERUM | {"blood"})


def check_holders(node: Node, references: References, *, checked: bool) -> None:
    """Hold what a result says of its place, and the panels and reports that it belongs to, against serum and plasma.

    `checked` says that what it says itself was.

    Raises:
        AnotherAnalyteError: Another fluid was tested.
    """
    for each in (*(() if checked else (node,)), *references.owners(node)):
        concepts = [each.resource.get("bodySite"), each.resource.get("code") if each is not node else None]
        category = each.resource.get("category")
        concepts += category if isinstance(category, list) else [category]
        for name in (text for concept in concepts for text in texts(concept)):
            if is_other_fluid(name):
                happened = f"The result belongs to {shown(name)}, and the ranges are for serum and plasma"
                raise AnotherAnalyteError(happened, "leave it out here", name[:80])
