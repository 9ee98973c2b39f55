"""Which of several resources of one name stands: the newest, none that was deleted, and none where that is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from rlslabs.errors import LabsError
from rlslabs.fhir.moment import day, read_moment
from rlslabs.fhir.references import address, bare
from rlslabs.fhir.traces import cleaned
from rlslabs.fhir.walk import DELETED, OLDER, Node, scope

_KINDS = {"Observation", "Patient", "Condition", "DiagnosticReport", "Specimen"}
_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,18})"?')

UNCLEAR = "two versions of it are at hand, and nothing says which is newer"

Name = tuple[int, str]


class Version(NamedTuple):
    """When a version was written, and its number; `None` where that is not said."""

    written: date | None
    number: int | None


def standing(nodes: list[Node]) -> list[Node]:
    """The same resources; those that no longer stand are withheld, with all that they hold."""
    if len(nodes) == 1:
        return nodes
    deleted: dict[Name, Version] = {}
    for name, version in _deletions(nodes):
        if name not in deleted or _is_newer(version, deleted[name]):
            deleted[name] = version
    standing_: list[Node] = []
    gone: dict[int, str] = {}
    for node in nodes:
        if node.kind not in _KINDS or node.path[-2:-1] == ("contained",):
            continue
        ended = [deleted[name] for name in _names(node) if name in deleted]
        if ended and not all(_is_newer(_version(node.resource, {}), each) for each in ended):
            gone[id(node.resource)] = DELETED
        else:
            standing_.append(node)
    for group in _groups(standing_):
        found = _withdrawn(group)
        if group[0].kind in {"Patient", "Specimen"}:  # what each of the copies says is asked one by one
            found = ((node, why) for node, why in found if why == OLDER)
        gone |= {id(node.resource): why for node, why in found}
    return nodes if not gone else list(_withheld(nodes, gone))


def _groups(nodes: list[Node]) -> Iterator[list[Node]]:
    """The resources that are versions of one: of one address, or of one type and id in a Bundle of one server.

    One without an address is of the server of the others of its id, if they are of one.
    """
    groups: dict[Name, list[Node]] = {}
    nearby: dict[Name, list[Node]] = {}
    for node in nodes:
        here = _here(node)
        if here is not None:
            nearby.setdefault(here, []).append(node)
        elif node.full_url:
            groups.setdefault(_address(node), []).append(node)
    for alike in nearby.values():
        servers = {_address(node) for node in alike if address(node.full_url)}
        for node in alike:
            one = next(iter(servers)) if len(servers) == 1 else _address(node)
            groups.setdefault(one, []).append(node)
    return (group for group in groups.values() if len(group) > 1)


def _here(node: Node) -> Name | None:
    """The name of a resource in its Bundle or list."""
    id_ = node.resource.get("id")
    return (id(scope(node)), f"{node.kind}/{id_}") if isinstance(id_, str) else None


def _address(node: Node) -> Name:
    """The name of a resource everywhere, where its entry says it, else in its Bundle or list."""
    if address(node.full_url):
        return 0, _bare(node.full_url)
    return _here(node) or (id(scope(node)), node.full_url)


def _bare(url: str) -> str:
    """An address without its version and its scheme, which is written either way."""
    return bare(url).removeprefix("https:").removeprefix("http:")


def _withheld(nodes: list[Node], gone: dict[int, str]) -> Iterator[Node]:
    """The resources, outermost first, with the reason passed on to what they contain."""
    renewed: dict[tuple[object, ...], Node] = {}
    for node in nodes:
        within = None if node.within is None else renewed.get(node.within.path, node.within)
        why = node.withheld or gone.get(id(node.resource), "")
        if not why and within is not None and node.path[-2:-1] == ("contained",):
            why = within.withheld
        new = node._replace(within=within, withheld=why)
        renewed[node.path] = new
        yield new


def _names(node: Node) -> list[Name]:
    """Every name by which a resource may have been deleted."""
    here = _here(node)
    names = [_address(node)] if node.full_url or here else []
    return [*names, *([here] if here else []), *([(id(scope(node)), node.full_url)] if node.full_url else [])]


def _deletions(nodes: list[Node]) -> Iterator[tuple[Name, Version]]:
    """What a Bundle says was deleted, by address and by type and id; a deletion needs no resource."""
    for node in nodes:
        entries = node.resource.get("entry") if node.kind == "Bundle" else None
        for entry in entries if isinstance(entries, list | tuple) else ():
            request = entry.get("request") if isinstance(entry, dict) else None
            if not isinstance(request, dict) or request.get("method") != "DELETE":
                continue
            held, answer = entry.get("resource"), entry.get("response")
            names = [request.get("url"), entry.get("fullUrl")]
            if isinstance(held, dict):
                names.append(f"{held.get('resourceType')}/{held.get('id')}")
            version = _version(held if isinstance(held, dict) else {}, answer if isinstance(answer, dict) else {})
            for name in names:
                if isinstance(name, str) and address(name):
                    yield (0, _bare(name)), version
                    yield (id(node), "/".join(bare(name).split("/")[-2:])), version
                elif isinstance(name, str) and name:
                    yield (id(node), bare(name).lstrip("/")), version


def _version(resource: dict[str, Any], answer: dict[str, Any]) -> Version:
    meta = resource.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    tag = meta.get("versionId") or answer.get("etag")
    number = _ETAG.fullmatch(tag) if isinstance(tag, str) else None
    try:
        at = meta.get("lastUpdated") or answer.get("lastModified")
        moment = None if at is None else read_moment(at, "time of a version").exact
    except LabsError:
        moment = None
    return Version(moment, int(number[1]) if number else None)


def _is_newer(one: Version, two: Version) -> bool:
    """Whether a version is certainly newer than another, by its number and its time where they do not disagree."""
    if one.number is not None and two.number is not None:
        return one.number > two.number and not _is_later(two, one)
    return _is_later(one, two)


def _is_later(one: Version, two: Version) -> bool:
    if one.written is None or two.written is None:
        return False
    try:
        return one.written > two.written
    except TypeError:  # one of them says no zone, or no time
        return day(one.written) > day(two.written)


def _withdrawn(group: list[Node]) -> Iterator[tuple[Node, str]]:
    """The versions that do not stand, each with the reason; equal ones stand or fall together."""
    versions = [_version(node.resource, {}) for node in group]
    newest = 0
    for index, version in enumerate(versions):
        newest = index if _is_newer(version, versions[newest]) else newest
    unclear: list[Node] = []
    equal: list[Node] = []
    for node, version in zip(group, versions, strict=True):
        if _is_newer(versions[newest], version):
            yield node, OLDER
        else:
            (equal if _same(node, group[newest]) else unclear).append(node)
    if unclear:
        yield from ((node, UNCLEAR) for node in (*equal, *unclear))


def _same(one: Node, two: Node) -> bool:
    """Whether two resources say the same, whatever we have written into them."""
    try:
        return one is two or cleaned(one.resource) == cleaned(two.resource)
    except RecursionError:
        return False
