"""TOML files to frozen facts: read with Decimals, merged, every source id bound to its source.

A fault names the file and the key, also where a clinic's file and ours have been merged into one marker.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from rlslabs.errors import CatalogError, shown
from rlslabs.facts import Frozen, LookAlike, Marker, RangeSet, Source

Table = dict[str, Any]
Model = TypeVar("Model", bound=Frozen)

_ADDED = ("accepts", "loinc", "note", "range")


class Origin(NamedTuple):
    """Where something was written: the file, and the key in it."""

    file: str
    key: str

    def fault(self, happened: str, mend: str, key: str = "", text: str = "") -> CatalogError:
        """The error that names this place, or a key below it."""
        return CatalogError(happened, mend, text[:80], self.file, ".".join(part for part in (self.key, key) if part))


@dataclass
class Facts:
    """Everything that the data files say, each thing with the place it was written in."""

    sources: dict[str, Source] = field(default_factory=dict)
    sets: dict[str, RangeSet] = field(default_factory=dict)
    lookalikes: list[LookAlike] = field(default_factory=list)
    markers: dict[str, Marker] = field(default_factory=dict)
    origins: dict[tuple[str, ...], Origin] = field(default_factory=dict)

    def origin(self, *path: object) -> Origin:
        """The place of the thing at `path`, such as `("ferritin", "range", 3)`, or of what it stands in."""
        parts = tuple(str(part) for part in path)
        while parts and parts not in self.origins:
            parts = parts[:-1]
        return self.origins.get(parts, Origin("catalog", ".".join(str(part) for part in path)))


def load_facts(folder: Path | None = None) -> Facts:
    """Read our own data files, and a clinic's folder over them.

    Raises:
        CatalogError: A file cannot be read, or breaks the form; with file, key and mend.
    """
    files = list(_ours())
    if folder is not None:
        files += _theirs(folder)
    facts = Facts()
    drafts: dict[str, dict[str, Any]] = {}
    for file, table in files:
        _gather(file, table, facts, drafts)
    for id_, draft in drafts.items():
        plain = {key: [item for item, _ in value] if key in _ADDED else value[0] for key, value in draft.items()}
        for key, value in draft.items():
            if key in _ADDED:
                for index, (_, origin) in enumerate(value):
                    facts.origins[id_, key, str(index)] = origin
            else:
                facts.origins[id_, key] = value[1]
        facts.markers[id_] = _build(Marker, plain, facts, id_)
    return facts


def _ours() -> Iterator[tuple[str, Table]]:
    root = resources.files("rlslabs") / "knowledge"
    for entry in (root / "sources.toml", root / "sets.toml", root / "lookalikes.toml"):
        yield entry.name, _parse(entry.name, entry.read_bytes())
    for entry in sorted((root / "markers").iterdir(), key=lambda each: each.name):
        yield entry.name, _parse(entry.name, entry.read_bytes())


def _theirs(folder: Path) -> list[tuple[str, Table]]:
    try:
        paths = sorted(folder.rglob("*.toml"), key=lambda path: (path.name not in _SHARED, path))
        files = [(str(path.relative_to(folder)), path.read_bytes()) for path in paths]
    except OSError as error:
        happened = f"The folder cannot be read ({error.strerror})"
        raise CatalogError(
            happened, "give a folder that holds TOML files", str(folder)[:80], str(folder), "folder"
        ) from error
    if not files:
        happened = "There is no TOML file in this folder"
        raise CatalogError(
            happened, "give the folder that holds your TOML files", str(folder)[:80], str(folder), "folder"
        )
    return [(name, _parse(name, content)) for name, content in files]


def _parse(file: str, content: bytes) -> Table:
    try:
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        happened = f"The file is not UTF-8 text (byte {error.start})"
        raise CatalogError(happened, "save it as UTF-8", "", file, "encoding") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        happened = f"The file is not TOML: {error}"
        raise CatalogError(happened, "mend it at the line named", "", file, "syntax") from error


_SHARED = {"sources.toml", "sets.toml", "lookalikes.toml"}


def _gather(file: str, table: Table, facts: Facts, drafts: dict[str, dict[str, Any]]) -> None:
    name = file.replace("\\", "/").rpartition("/")[2]
    if name == "sources.toml":
        for id_, entry in _tables(file, table):
            facts.origins["sources", id_] = Origin(file, id_)
            facts.sources[id_] = _build(Source, {"id": id_, **entry}, facts, "sources", id_)
    elif name == "sets.toml":
        for id_, entry in _tables(file, table):
            facts.origins["sets", id_] = Origin(file, id_)
            facts.sets[id_] = _build(RangeSet, {"id": id_, **entry}, facts, "sets", id_)
            if facts.sets[id_].default:
                _only_default(facts, facts.sets[id_])
    elif name == "lookalikes.toml":
        for index, entry in enumerate(table.get("analyte", [])):
            path = ("lookalikes", str(len(facts.lookalikes)))
            facts.origins[path] = Origin(file, f"analyte[{index}]")
            facts.lookalikes.append(_build(LookAlike, entry, facts, *path))
    else:
        _gather_marker(file, table, drafts)


def _tables(file: str, table: Table) -> Iterator[tuple[str, Table]]:
    for id_, entry in table.items():
        if not isinstance(entry, dict):
            happened = f"{shown(id_)} stands outside any table"
            raise CatalogError(happened, "write each entry as a table such as [my-lab]", id_[:80], file, id_)
        yield id_, entry


def _only_default(facts: Facts, chosen: RangeSet) -> None:
    """A later default takes the place of an earlier one of the same kind."""
    for id_, each in facts.sets.items():
        if each.kind == chosen.kind and each.id != chosen.id and each.default:
            facts.sets[id_] = each.model_copy(update={"default": False})


def _gather_marker(file: str, table: Table, drafts: dict[str, dict[str, Any]]) -> None:
    id_ = table.get("id")
    if not isinstance(id_, str) or not id_:
        happened = "The file names no marker"
        raise CatalogError(
            happened, 'begin it with id = "ferritin", or name it sources.toml or sets.toml', "", file, "id"
        )
    draft = drafts.setdefault(id_, {})
    for key, value in table.items():
        if key not in _ADDED:
            earlier = draft.get(key, ([], None))[0]
            draft[key] = (
                [*earlier, *value] if key == "aliases" and isinstance(value, list) else value,
                Origin(file, key),
            )
            continue
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            happened = f"{key} is not a list of tables"
            raise CatalogError(happened, f"write each entry under [[{key}]]", "", file, key)
        fresh = [(item, Origin(file, f"{key}[{index}]")) for index, item in enumerate(value)]
        draft[key] = [*_without(key, draft.get(key, []), value), *fresh]


def _without(key: str, earlier: list[tuple[Table, Origin]], fresh: list[Table]) -> list[tuple[Table, Origin]]:
    """What stays of earlier entries beside fresh ones: a set, a unit or a code that is written again is replaced."""
    if key == "range":
        named = {each for item in fresh for each in _strings(item.get("sets"))}
        kept = [
            ({**item, "sets": [each for each in item["sets"] if each not in named]}, origin) for item, origin in earlier
        ]
        return [(item, origin) for item, origin in kept if item["sets"]]
    by = {"accepts": "ucum", "loinc": "code"}.get(key)
    again = {str(item.get(by)) for item in fresh} if by else set()
    return [(item, origin) for item, origin in earlier if by is None or str(item.get(by)) not in again]


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _build(model: type[Model], table: Mapping[str, Any], facts: Facts, *path: str) -> Model:
    try:
        return model.model_validate(_bound(table, facts, path, ()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        loc = [str(part) for part in first["loc"]]
        deepest = next(
            depth for depth in range(len(loc), -1, -1) if (*path, *loc[:depth]) in facts.origins or not depth
        )
        origin = facts.origins.get((*path, *loc[:deepest]), Origin(facts.origin(*path).file, ""))
        mends = {"extra_forbidden": "remove the key or mend its spelling", "missing": "add it"}
        mend = mends.get(first["type"], "mend the value as the page on own ranges shows")
        raise origin.fault(str(first["msg"]), mend, ".".join(loc[deepest:]), str(first["input"])) from error


def _bound(value: Any, facts: Facts, path: tuple[str, ...], below: tuple[str, ...]) -> Any:  # noqa: ANN401  TOML holds anything
    """The same TOML with lists as tuples, and each source id replaced by its source."""
    if isinstance(value, dict):
        return {key: _bound(each, facts, path, (*below, key)) for key, each in value.items()}
    if isinstance(value, list):
        return tuple(_bound(each, facts, path, (*below, str(index))) for index, each in enumerate(value))
    named = below[-1] == "source" or (len(below) > 1 and below[-2] == "sources")
    if named and isinstance(value, str):
        if value not in facts.sources:
            depth = next((n for n in range(len(below), 0, -1) if (*path, *below[:n]) in facts.origins), 0)
            happened = f"No source is called {shown(value)}"
            mend = "add it to sources.toml, or mend its spelling"
            raise facts.origin(*path, *below[:depth]).fault(happened, mend, ".".join(below[depth:]), value)
        return facts.sources[value]
    return value
