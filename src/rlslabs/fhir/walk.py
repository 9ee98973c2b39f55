"""Every resource in whatever was handed over, in the order of the document: no recursion, bounded, never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from rlslabs.errors import NestingError, ResourceError

Json = dict[str, Any]
Key = str | int

DEEPEST = 100
"""How many resources may stand in one another. Real ones stand three or four deep."""


class Node(NamedTuple):
    """A resource, where it stands, what it stands in, and why nothing in it counts, if nothing does."""

    resource: Json
    path: tuple[Key, ...]
    within: Node | None = None
    full_url: str = ""
    withheld: str = ""
    depth: int = 0

    @property
    def kind(self) -> str:
        """The type of the resource."""
        kind = self.resource.get("resourceType")
        return kind if isinstance(kind, str) else ""


def plain(resource: object) -> Json | list[Any]:
    """A resource as dicts and lists; an object of a model library is asked for its JSON.

    Raises:
        ResourceError: It is nothing of the kind.
    """
    if isinstance(resource, list | tuple):
        return resource if isinstance(resource, list) else list(resource)
    return _one(resource)


def _one(resource: object) -> Json:
    if isinstance(resource, dict):
        return resource
    if isinstance(resource, Mapping):
        return dict(resource)
    dumped: object = None
    for name in ("model_dump_json", "json", "as_json", "to_dict"):
        method = None if isinstance(resource, type) else getattr(resource, name, None)
        if callable(method):
            try:
                dumped = method()
                dumped = json.loads(dumped, parse_float=Decimal) if isinstance(dumped, str | bytes) else dumped
            except Exception as error:
                happened = f"The {type(resource).__name__} cannot be written as JSON"
                raise ResourceError(happened, "give the resource as a dict") from error
            break
    if isinstance(dumped, dict):
        return dumped
    happened = f"A {type(resource).__name__} is no FHIR resource"
    raise ResourceError(happened, "give a dict, a list of dicts, or an object that dumps to one")


def walk(resource: object) -> list[Node]:
    """Every resource in a resource, Bundle or list, at any depth, outermost first.

    Raises:
        ResourceError: It is no resource.
        NestingError: Resources stand too deeply in one another, or one holds itself.
    """
    top = plain(resource)
    if isinstance(top, dict) and "contained" not in top and top.get("resourceType") == "Observation":
        return [Node(top, ())]  # the common case first
    found: list[Node] = []
    seen: set[int] = set()
    if isinstance(top, dict):
        stack = [Node(top, ())]
    else:
        stack = list(_listed(Node({"resourceType": ""}, ()), top, (), seen))[::-1]
    while stack:
        node = stack.pop()
        if node.depth > DEEPEST:
            happened = f"Resources stand more than {DEEPEST} deep in one another"
            raise NestingError(happened, "hand over the inner ones by themselves")
        if node.kind in {"Bundle", "Parameters"} or "contained" in node.resource:
            _once(node.resource, seen)
        found.append(node)
        stack.extend(list(_within(node, seen))[::-1])
    return found


def _once(holder: object, seen: set[int]) -> None:
    """Refuse what holds itself; what stands in two places could grow without end as well."""
    if id(holder) in seen:
        happened = "A resource that holds others holds itself, or stands in two places"
        raise NestingError(happened, "hand it over as it was read from JSON")
    seen.add(id(holder))


def _within(node: Node, seen: set[int]) -> Iterator[Node]:
    resource = node.resource
    if node.kind == "Bundle":
        yield from _entries(node, resource.get("entry"))
    elif node.kind == "Parameters":
        yield from _parameters(node, seen)
    contained = resource.get("contained")
    if isinstance(contained, list):
        for index, item in enumerate(contained):
            if isinstance(item, dict):
                yield Node(item, (*node.path, "contained", index), node, "", _withheld(node), node.depth + 1)


def _withheld(node: Node) -> str:
    """Why what is contained in a resource does not count: its holder was withdrawn."""
    if node.withheld:
        return node.withheld
    status = node.resource.get("status")
    return f"status {status} of what holds it" if status in ("entered-in-error", "cancelled") else ""


def _entries(node: Node, entries: object) -> Iterator[Node]:
    if not isinstance(entries, list):
        return
    latest: set[tuple[object, object]] = set()
    history = node.resource.get("type") == "history"
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            continue
        resource, withheld = entry["resource"], node.withheld
        request = entry.get("request")
        if entry.get("modifierExtension") or node.resource.get("implicitRules"):
            withheld = "modifier of the entry or of its Bundle"
        elif isinstance(request, dict) and request.get("method") == "DELETE":
            withheld = "request to delete it"
        elif history:  # newest first: what comes again is an older version
            kind, name = str(resource.get("resourceType")), str(resource.get("id"))
            withheld = withheld or ("newer version in the same history" if (kind, name) in latest else "")
            latest.add((kind, name))
        url = entry.get("fullUrl")
        path = (*node.path, "entry", index, "resource")
        yield Node(resource, path, node, url if isinstance(url, str) else "", withheld, node.depth + 1)


def _parameters(node: Node, seen: set[int]) -> Iterator[Node]:
    stack: list[tuple[object, tuple[Key, ...]]] = [(node.resource.get("parameter"), (*node.path, "parameter"))]
    while stack:
        items, path = stack.pop()
        if isinstance(items, list):
            _once(items, seen)
            for index, item in enumerate(items):
                if isinstance(item, dict) and isinstance(item.get("resource"), dict):
                    here = (*path, index, "resource")
                    yield Node(item["resource"], here, node, "", node.withheld, node.depth + 1)
                if isinstance(item, dict) and "part" in item:
                    stack.append((item["part"], (*path, index, "part")))


def _listed(holder: Node, items: object, path: tuple[Key, ...], seen: set[int]) -> Iterator[Node]:
    """The resources of a list, and of the lists in it."""
    stack: list[tuple[object, tuple[Key, ...]]] = [(items, path)]
    while stack:
        item, here = stack.pop()
        if isinstance(item, list | tuple):
            _once(item, seen)
            if len(here) > DEEPEST:
                happened = f"Lists stand more than {DEEPEST} deep in one another"
                raise NestingError(happened, "hand over one list of resources")
            stack += [(each, (*here, index)) for index, each in enumerate(item)][::-1]
            continue
        yield Node(_one(item), here, holder)


def spelled(path: tuple[Key, ...]) -> str:
    """A path as one would write it: `entry[3].resource`.

    >>> spelled(("entry", 3, "resource"))
    'entry[3].resource'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
