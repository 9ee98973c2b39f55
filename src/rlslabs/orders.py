"""The orders that are selected in a CDS Hooks request: of which markers they are, and which cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.catalog import Catalog
from rlslabs.errors import HookError, shown
from rlslabs.fhir.concept import coded, meaning, texts
from rlslabs.fhir.systems import LOINC
from rlslabs.reported import readable

Json = dict[str, Any]


def orders(context: Json, catalog: Catalog) -> tuple[set[str], list[str]]:
    """The markers among the orders that are selected, and the names of those that have no code to be told by.

    Raises:
        HookError: There are no selections or no drafts, or something is selected that is no draft.
    """
    found: set[str] = set()
    untold: list[str] = []
    for order in _selected(context):
        if order.get("resourceType") != "ServiceRequest" or order.get("doNotPerform"):
            continue
        code = order.get("code")
        concept = code["concept"] if isinstance(code, dict) and "concept" in code else code  # R5 has it one deeper
        meant = meaning(concept, catalog)
        told = set() if meant.found is None else {meant.found.marker.id}
        for name in (*(code for system, code in coded(concept) if system == LOINC), *texts(concept)):
            told.update(catalog.members(name))
        found |= told
        if not told and not coded(concept):
            untold.append(readable(next(iter(texts(concept)), f"{order['resourceType']}/{order['id']}"))[:80])
    return found, untold


def _selected(context: Json) -> Iterator[Json]:
    selections, drafts = context.get("selections"), context.get("draftOrders")
    entries = drafts.get("entry") if isinstance(drafts, dict) else None
    if not isinstance(selections, list) or not isinstance(entries, list):
        happened = "The context of order-select has no selections or no draftOrders"
        raise HookError(happened, "send both, as CDS Hooks 2.0.1 requires")
    held = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    named = {f"{each.get('resourceType')}/{each.get('id')}": each for each in held if isinstance(each, dict)}
    for name in selections:
        if not isinstance(name, str) or name not in named:
            what = shown(name) if isinstance(name, str) else f"A {type(name).__name__}"
            happened = f"{what} is selected and is none of the draftOrders"
            text = name[:80] if isinstance(name, str) else ""
            raise HookError(happened, "select by type and id, such as ServiceRequest/1", text)
        yield named[name]
