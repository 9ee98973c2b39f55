"""Whether a result stands: its status, what may change its meaning, and the panels and reports that name it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.errors import ModifierError, StatusError, SupersededError, shown
from rlslabs.fhir.references import WITHDRAWN, References
from rlslabs.fhir.walk import DELETED, OLDER, Node
from rlslabs.model import Issue

_STANDING = {"final", "amended", "corrected"}
_OPEN = {"preliminary", "unknown"}


def standing(node: Node, holder: dict[str, Any]) -> Iterator[Issue]:
    """What is to be said of the status.

    Raises:
        StatusError: No result stands there.
        ModifierError: Something beside it may change its meaning.
    """
    resource = node.resource
    if node.withheld:
        happened = f"The result does not stand: {node.withheld}"
        kind = SupersededError if node.withheld in (OLDER, DELETED) else StatusError
        raise kind(happened, "leave it out")
    status = resource.get("status")
    if not isinstance(status, str) or status not in _STANDING | _OPEN:
        happened = f"The status is {shown(status)}" if isinstance(status, str) else "There is no status"
        text = status[:80] if isinstance(status, str) else ""
        over = text in {"entered-in-error", "cancelled"}
        mend = "it was withdrawn, so nothing is to be done" if over else "judge a result once it is final"
        raise StatusError(happened, mend, text)
    code = holder.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    for each in (resource, holder, code, *(codings if isinstance(codings, list) else ())):
        if isinstance(each, dict) and each.get("modifierExtension"):
            extensions = each["modifierExtension"]
            first = extensions[0] if isinstance(extensions, list) else None
            url = first.get("url") if isinstance(first, dict) else None
            happened = f"The modifier extension {shown(url)} is not known, and may change the meaning"
            raise ModifierError(happened, "leave the result out here", url[:80] if isinstance(url, str) else "")
    if resource.get("implicitRules"):
        happened = "The resource follows rules of its own (implicitRules), which are not known here"
        raise ModifierError(happened, "leave the result out here")
    if status in _OPEN:
        message = f"The status is {status}: the result may still change"
        yield Issue.trusted({"code": "status-not-final", "message": message, "text": status})


def withdrawn_holder(node: Node, references: References) -> Iterator[Issue]:
    """What is to be said where a report or panel that names the result was withdrawn."""
    for each in references.owners(node):
        status = each.resource.get("status")
        if status in WITHDRAWN:
            message = f"The {each.kind} that names the result has the status {status}; check whether the result stands"
            yield Issue.trusted({"code": "report-withdrawn", "message": message, "text": str(status)})
            return
