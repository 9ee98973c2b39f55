"""What a reference means among the resources at hand: looked up near the resource first, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rlslabs.fhir.walk import OLDER, Node, scope

WITHDRAWN = ("entered-in-error", "cancelled")
_ADDRESS = re.compile(r"(https?://.+)/[A-Z][A-Za-z]*/[^/]+")
MOST_COPIES = 4
"""How many resources of one name are told from each other."""
_FURTHEST = 8
"""How many holders are asked for what a result does not say itself: panel, report, bundle."""


class References:
    """The resources at hand, by the names under which others refer to them; `beyond` are known from elsewhere."""

    def __init__(self, nodes: list[Node], beyond: Mapping[str, Node] | None = None) -> None:
        self._beyond = beyond or {}
        self._named: dict[tuple[int, str], list[Node]] = {}
        self._owners: dict[int, list[Node]] = {}
        if len(nodes) > 1:
            self._index(nodes)

    def _index(self, nodes: list[Node]) -> None:
        withdrawn = [node for node in nodes if node.withheld and node.kind == "Patient" and node.withheld != OLDER]
        standing = [node for node in nodes if not node.withheld]
        for node in (*standing, *withdrawn):
            id_, holder = node.resource.get("id"), node.within
            if holder is not None and node.path[-2:-1] == ("contained",):
                self._name((id(holder.resource), f"#{id_}"), node)
                continue
            names = {f"{node.kind}/{id_}" if isinstance(id_, str) else "", node.full_url}
            given = node.resource.get("identifier") if node.kind in {"Patient", "Specimen"} else None
            names |= {identified(node.kind, each) for each in (given if isinstance(given, list) else ())}
            for name in names - {""}:
                self._name((id(scope(node)), name), node)
        for node in nodes:
            members = {"DiagnosticReport": "result", "Observation": "hasMember"}.get(node.kind, "")
            listed = node.resource.get(members)
            for each in listed if isinstance(listed, list) else ():
                member = self.find(each, node)
                if member is not None and member.resource is not node.resource:
                    self._owners.setdefault(id(member.resource), []).append(node)

    def _name(self, name: tuple[int, str], node: Node) -> None:
        """Keep a resource under a name, unless the same stands there, or it was withdrawn and another one stands."""
        named = self._named.setdefault(name, [])
        if node.withheld and any(not each.withheld for each in named):
            return
        if len(named) < MOST_COPIES and not any(_same(each.resource, node.resource) for each in named):
            named.append(node)

    def find(self, reference: object, node: Node, kind: str = "") -> Node | None:
        """The resource that a reference of this one means, or `None` where none or several are at hand."""
        found = self.candidates(reference, node, kind)
        return found[0] if len(found) == 1 and not found[0].withheld else None

    def candidates(self, reference: object, node: Node, kind: str = "") -> list[Node]:
        """The resources that a reference of this one can mean, if by identifier then of this type."""
        if not self._named and not self._beyond:
            return []
        name = _meant(reference, kind)
        if not name:
            return []
        if name.startswith("#"):
            return self._contained(name, node)
        by_identifier = name.startswith(_BY_IDENTIFIER)
        relative = "/".join(name.split("/")[-2:]) if "/" in name and not by_identifier else name
        base = base_of(node) if name == relative else ""
        holder: Node | None = node
        while holder is not None:
            holder = scope(holder)
            place = id(holder)
            found = self._named.get((place, f"{base}/{name}")) or self._named.get((place, name), [])
            if base:  # what is said to be of another server is not meant
                found = [each for each in found if base_of(each) in {"", base}]
            if not found and name != relative and address(name):
                found = [each for each in self._named.get((place, relative), ()) if not each.full_url]
            if found:
                return found
        beyond, server = self._beyond.get(relative), base or address(name)
        return [] if beyond is None or (server and base_of(beyond) not in {"", server}) else [beyond]

    def _contained(self, name: str, node: Node) -> list[Node]:
        """What a resource, or the one that contains it, contains under this name."""
        holder: Node | None = node
        while holder is not None and holder.kind != "Bundle":
            found = self._named.get((id(holder.resource), name))
            if found:
                return found
            holder = holder.within
        return []

    def owners(self, node: Node) -> Iterable[Node]:
        """The panels and reports that a result belongs to, nearest first; what it does not say, they may."""
        return self._owning(node) if self._owners or node.within is not None else ()

    def _owning(self, node: Node) -> Iterator[Node]:
        seen = {id(node.resource)}
        waiting = [node]
        while waiting and len(seen) <= _FURTHEST:
            each = waiting.pop(0)
            holders = list(self._owners.get(id(each.resource), ()))
            if each.within is not None and each.within.kind in {"DiagnosticReport", "Observation"}:
                holders.insert(0, each.within)
            for holder in holders:
                if id(holder.resource) not in seen:
                    seen.add(id(holder.resource))
                    waiting.append(holder)
                    yield holder

    def said(self, node: Node, *names: str) -> tuple[Node, str, Any]:
        """The first of these elements that the result, or else what it belongs to, says; and who says it.

        Where it belongs to several that say different things, nobody has said it.
        """
        for name in names:
            if node.resource.get(name) is not None:
                return node, name, node.resource[name]
        found: list[tuple[Node, str, Any]] = []
        for owner in self.owners(node) if self._named else ():
            if owner.resource.get("status") in WITHDRAWN:
                continue
            found += [(owner, name, owner.resource[name]) for name in names if owner.resource.get(name) is not None][:1]
        if not found or not all(_same(each[2], found[0][2]) for each in found):
            return node, "", None
        return found[0]


def _same(one: object, two: object) -> bool:
    """Whether two parts of resources are the same; what is nested too deeply to compare is not."""
    try:
        return one is two or one == two
    except RecursionError:
        return False


_BY_IDENTIFIER = tuple(f"{kind}?identifier=" for kind in ("Patient", "Specimen"))


def identified(kind: str, identifier: object) -> str:
    """An identifier as a conditional reference writes it; empty where it has no value.

    >>> identified("Patient", {"system": "http://mrn", "value": "1"})
    'Patient?identifier=http://mrn|1'
    """
    value = identifier.get("value") if isinstance(identifier, dict) else None
    if not isinstance(identifier, dict) or not isinstance(value, str) or not value:
        return ""
    return f"{kind}?identifier={identifier.get('system') or ''}|{value}"


def _meant(reference: object, kind: str) -> str:
    """The name by which a reference means something: as written, else by the identifier in it."""
    if not isinstance(reference, dict):
        return ""
    written = reference.get("reference")
    if isinstance(written, str) and written.strip():
        return bare(written)
    return identified(kind, reference.get("identifier")) if kind else ""


def bare(written: str) -> str:
    """A reference without its version.

    >>> bare("Patient/p/_history/3")
    'Patient/p'
    >>> bare("Patient?identifier=http://mrn|1")
    'Patient?identifier=http://mrn|1'
    """
    name = written.strip().partition("/_history/")[0]
    return name if "?" in name else name.partition("|")[0]


def base_of(node: Node) -> str:
    """The server that a resource comes from, as the address of its entry says; empty where nothing says it."""
    holder: Node | None = node
    while holder is not None:
        if holder.full_url and (found := address(holder.full_url)):
            return found
        holder = holder.within
    return ""


def address(reference: str) -> str:
    """The server of an absolute reference.

    >>> address("http://a.example/fhir/Patient/p/_history/3")
    'http://a.example/fhir'
    """
    match = _ADDRESS.fullmatch(bare(reference))
    return match[1] if match else ""
