"""Every resource in whatever was handed over, in the order of the document: no recursion, bounded, never twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from rlslabs.errors import NestingError, ResourceError, shown

Json = dict[str, Any]
Key = str | int

DEEPEST = 100
"""How many resources may stand in one another. Real ones stand three or four deep."""

OLDER = "a newer version of it is at hand"
DELETED = "it was deleted"
"""Why a resource is withheld that another one replaces, or that is gone."""

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,50}")


class Node(NamedTuple):
    """A resource, where it stands, what it stands in, and why nothing in it counts, if nothing does.

    `fault` says why what stands there cannot be read as a resource at all.
    """

    resource: Json
    path: tuple[Key, ...]
    within: Node | None = None
    full_url: str = ""
    withheld: str = ""
    depth: int = 0
    fault: str = ""

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
    if isinstance(resource, dict):
        return resource
    if isinstance(resource, list | tuple):
        return resource if isinstance(resource, list) else list(resource)
    return _one(resource)


def opened(part: object) -> Json | list[Any]:
    """A copy of what holds resources: a list, a dict, or the dict that an object dumps to."""
    return list(part) if isinstance(part, list | tuple) else dict(_one(part))


def _one(resource: object) -> Json:
    if isinstance(resource, dict):
        return resource
    if isinstance(resource, Mapping):
        return dict(resource)
    dumped: object = None
    try:
        names = ("model_dump_json", "json", "as_json", "to_dict") if not isinstance(resource, type) else ()
        methods = (getattr(resource, name, None) for name in names)
        if (method := next(filter(callable, methods), None)) is not None:
            dumped = method()
            dumped = json.loads(dumped, parse_float=Decimal) if isinstance(dumped, str | bytes) else dumped
    except Exception as error:
        happened = f"The {type(resource).__name__} cannot be written as JSON"
        raise ResourceError(happened, "give the resource as a dict") from error
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
        stack = [Node(_typed(top), ())]
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


def _typed(resource: Json) -> Json:
    """The same resource, if it says what it is.

    Raises:
        ResourceError: It does not.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        happened = f"The resourceType {shown(kind)} is none of FHIR" if kind else "There is no resourceType"
        raise ResourceError(happened, "say what resource it is, as FHIR writes it")
    return resource


def _child(item: object, path: tuple[Key, ...], within: Node, withheld: str, full_url: str = "") -> Node:
    """A resource in another one; what is none keeps its place, with the reason."""
    try:
        return Node(_typed(_one(item)), path, within, full_url, withheld, within.depth + 1)
    except ResourceError as error:
        return _faulty(error.happened, path, within)


def _faulty(why: str, path: tuple[Key, ...], within: Node) -> Node:
    return Node({}, path, within, depth=within.depth + 1, fault=why)


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
    if isinstance(contained, list | tuple):
        for index, item in enumerate(contained):
            if not isinstance(item, str | int | float | None):
                yield _child(item, (*node.path, "contained", index), node, _withheld(node))
    elif contained is not None:
        yield _faulty("The contained resources are no list", (*node.path, "contained"), node)


def _withheld(node: Node) -> str:
    """Why what is contained in a resource does not count: its holder was withdrawn."""
    if node.withheld:
        return node.withheld
    status = node.resource.get("status")
    return f"status {status} of what holds it" if status in ("entered-in-error", "cancelled") else ""


def _entries(node: Node, entries: object) -> Iterator[Node]:
    if not isinstance(entries, list | tuple):
        if entries is not None:
            yield _faulty("The entries of a Bundle are no list", (*node.path, "entry"), node)
        return
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield _faulty("An entry of a Bundle is no object", (*node.path, "entry", index), node)
            continue
        if entry.get("resource") is None:  # a deletion or an answer needs none
            if "resourceType" in entry:
                yield _faulty("A resource stands in the place of an entry", (*node.path, "entry", index), node)
            continue
        withheld = node.withheld
        if entry.get("modifierExtension") or node.resource.get("implicitRules"):
            withheld = "modifier of the entry or of its Bundle"
        request, url = entry.get("request"), entry.get("fullUrl")
        if isinstance(request, dict) and request.get("method") == "DELETE":
            withheld = withheld or "it is to be deleted"
        path = (*node.path, "entry", index, "resource")
        yield _child(entry["resource"], path, node, withheld, url if isinstance(url, str) else "")


def _parameters(node: Node, seen: set[int]) -> Iterator[Node]:
    stack: list[tuple[object, tuple[Key, ...]]] = [(node.resource.get("parameter"), (*node.path, "parameter"))]
    while stack:
        items, path = stack.pop()
        if isinstance(items, dict):
            yield _faulty("The parameters are no list", path, node)
        if isinstance(items, list | tuple):
            _once(items, seen)
            for index, item in enumerate(items):
                if isinstance(item, dict) and item.get("resource") is not None:
                    yield _child(item["resource"], (*path, index, "resource"), node, node.withheld)
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
        yield Node(_typed(_one(item)), here, holder)


def scope(node: Node) -> Node | None:
    """The Bundle or list that a resource stands in, past the resources that contain it."""
    holder = node.within
    while holder is not None and holder.kind not in {"Bundle", "Parameters", ""}:
        holder = holder.within
    return holder


def spelled(path: tuple[Key, ...]) -> str:
    """A path as one would write it: `entry[3].resource`.

    >>> spelled(("entry", 3, "resource"))
    'entry[3].resource'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
