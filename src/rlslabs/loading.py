"""TOML files to frozen facts: read with Decimals, merged, every source id bound to its source.

A fault names the file and the key, also where a clinic's file and ours have been merged into one marker.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from rlslabs.errors import CatalogError, shown
from rlslabs.facts import Frozen, RangeSet, Source
from rlslabs.marker import Analyte, LookAlike, Marker
from rlslabs.rules import Circumstance, Derivation, DerivedLimits, Guideline, Pattern

Table = dict[str, Any]
Model = TypeVar("Model", bound=Frozen)

_TABLES = ("accepts", "goal", "loinc", "note", "partly", "range")
_LISTS = (*_TABLES, "aliases")
_SHARED = ("sources.toml", "sets.toml", "lookalikes.toml")
_RULES: dict[str, tuple[str, type[Frozen]]] = {
    "lookalikes.toml": ("analyte", LookAlike),
    "context.toml": ("analyte", Analyte),
    "findings.toml": ("finding", Pattern),
    "sampling.toml": ("circumstance", Circumstance),
    "derivations.toml": ("derivation", Derivation),
}
"""Files of tables of one kind: the key of their tables, and what each is."""
_DEEPEST = 12
_MENDS = {
    "extra_forbidden": "remove the key, or mend its spelling",
    "missing": "add it",
    "is_instance_of": "write a number, without quotation marks",
    "decimal_type": "write a number, without quotation marks",
    "tuple_type": "write a list in square brackets",
    "string_type": "write text in quotation marks",
    "string_pattern_mismatch": "write small letters, digits, - and _",
    "model_type": 'write a table such as { value = 20, source = "my-lab", locator = "page 4" }',
}


class Origin(NamedTuple):
    """Where something was written: the file, the key in it, and whether the file is one of ours."""

    file: str
    key: str
    ours: bool = True

    def fault(self, happened: str, mend: str, key: str = "", text: str = "") -> CatalogError:
        """The error that names this place, or a key below it."""
        return CatalogError(happened, mend, text[:80], self.file, f"{self.key}.{key}".strip("."))


class Item(NamedTuple):
    """Something that a file holds, and where."""

    value: Any
    origin: Origin


@dataclass
class Facts:
    """Everything that the data files say, each thing with the place it was written in."""

    sources: dict[str, Source] = field(default_factory=dict)
    sets: dict[str, RangeSet] = field(default_factory=dict)
    lookalikes: list[LookAlike] = field(default_factory=list)
    context: list[Analyte] = field(default_factory=list)
    findings: list[Pattern] = field(default_factory=list)
    sampling: list[Circumstance] = field(default_factory=list)
    derivations: list[Derivation] = field(default_factory=list)
    guidelines: list[Guideline] = field(default_factory=list)
    limits: DerivedLimits | None = None
    markers: dict[str, Marker] = field(default_factory=dict)
    origins: dict[tuple[str, ...], Origin] = field(default_factory=dict)

    def origin(self, *path: object) -> Origin:
        """The place of the thing at `path`, such as `("ferritin", "range", 3)`, or of what it stands in."""
        origin, below = self.nearest(tuple(str(part) for part in path))
        return origin._replace(key=f"{origin.key}.{_key(below)}".strip(".")) if below else origin

    def nearest(self, path: tuple[str, ...]) -> tuple[Origin, tuple[str, ...]]:
        """The place of the nearest thing that holds `path`, and what is left of the path."""
        for depth in range(len(path), 0, -1):
            if path[:depth] in self.origins:
                return self.origins[path[:depth]], path[depth:]
        return Origin("catalog", ""), path


def load_facts(folder: Path | None = None) -> Facts:
    """Read our own data files, and a clinic's folder over them.

    Raises:
        CatalogError: A file cannot be read, or breaks the form; with file, key and mend.
    """
    facts = Facts()
    drafts: dict[str, dict[str, Item | list[Item]]] = {}
    for file, table in _ours():
        _gather(Origin(file, ""), table, facts, drafts)
    for file, table in _theirs(folder) if folder is not None else ():
        _gather(Origin(file, "", ours=False), table, facts, drafts)
    for id_, draft in drafts.items():
        plain: Table = {}
        for key, held in draft.items():
            if isinstance(held, list):
                plain[key] = [item.value for item in held]
                facts.origins.update({(id_, key, str(n)): item.origin for n, item in enumerate(held)})
            else:
                plain[key] = held.value
                facts.origins[id_, key] = held.origin
        facts.markers[id_] = _build(Marker, plain, facts, id_)
    return facts


def _ours() -> Iterator[tuple[str, Table]]:
    root = resources.files("rlslabs") / "knowledge"
    folders = [entry for folder in ("markers", "guidelines") for entry in (root / folder).iterdir()]
    shared = [root / name for name in dict.fromkeys((*_SHARED, *_RULES))]
    for entry in (*shared, *sorted(folders, key=lambda each: each.name)):
        yield entry.name, _parse(entry.name, entry.read_bytes())


def _theirs(folder: Path) -> Iterator[tuple[str, Table]]:
    """Every TOML file of a folder, the shared ones first."""
    where = str(folder)
    if not folder.is_dir():
        happened = f"There is no folder {shown(where)}"
        raise CatalogError(happened, "give the folder that holds your TOML files", where[:80], where, "folder")
    paths = sorted(folder.rglob("*.toml"), key=lambda path: (path.name not in _SHARED, path))
    if not paths:
        happened = "There is no TOML file in this folder"
        raise CatalogError(happened, "name your files .toml", where[:80], where, "folder")
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            content = path.read_bytes()
        except OSError as error:
            happened = f"The file cannot be read ({error.strerror})"
            raise CatalogError(happened, "make it a readable file, or rename it", name[:80], name, "file") from error
        yield name, _parse(name, content)


def _parse(file: str, content: bytes) -> Table:
    try:
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        happened = f"The file is not UTF-8 text (byte {error.start})"
        raise CatalogError(happened, "save it as UTF-8", "", file, "encoding") from error
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError, ValueError) as error:
        happened = f"The file is not TOML: {error}"
        raise CatalogError(happened, "mend it at the place named", "", file, "syntax") from error


def _gather(at: Origin, table: Table, facts: Facts, drafts: dict[str, dict[str, Item | list[Item]]]) -> None:
    name = at.file.rpartition("/")[2]
    if name in {"sources.toml", "sets.toml"}:
        _gather_named(at, name.removesuffix(".toml"), table, facts)
    elif name in _RULES:
        _gather_rules(at, name.removesuffix(".toml"), table, facts)
    elif "criterion" in table:
        path = ("guidelines", str(len(facts.guidelines)))
        facts.origins[path] = at
        facts.guidelines.append(_build(Guideline, table, facts, *path))
    else:
        _gather_marker(at, table, facts, drafts)


def _gather_rules(at: Origin, kind: str, table: Table, facts: Facts) -> None:
    """A file of tables of one kind; the one on derivations holds their limits too."""
    key, model = _RULES[f"{kind}.toml"]
    for other in table:
        if other != key and (kind, other) != ("derivations", "limits"):
            happened = f"There is no key {shown(other)} here"
            raise at.fault(happened, f"write each entry under [[{key}]]", other, other)
    held: list[Frozen] = getattr(facts, kind)
    for item in _tables(at, key, table.get(key, [])):
        path = (kind, str(len(held)))
        facts.origins[path] = item.origin
        held.append(_build(model, item.value, facts, *path))
    if "limits" in table:
        facts.origins["limits",] = at._replace(key="limits")
        facts.limits = _build(DerivedLimits, table["limits"], facts, "limits")


def _gather_named(at: Origin, kind: str, table: Table, facts: Facts) -> None:
    """Sources or sets: tables that are named by their ids."""
    facts.origins[kind,] = at
    for id_, entry in table.items():
        earlier, here = facts.origins.get((kind, id_)), at._replace(key=id_)
        facts.origins[kind, id_] = here
        if not isinstance(entry, dict):
            happened = f"{shown(id_)} stands outside any table"
            raise here.fault(happened, "write each entry as a table such as [my-lab]", text=id_)
        if "id" in entry:
            happened = "The name of the table is its id already"
            raise here.fault(happened, "remove the key", "id", str(entry["id"]))
        if earlier is not None and (kind == "sources" or not earlier.ours):
            happened = f"{shown(id_)} stands in {earlier.file} already"
            raise here.fault(happened, "choose another name", text=id_)
        if kind == "sources":
            facts.sources[id_] = _build(Source, {"id": id_, **entry}, facts, kind, id_)
        else:
            facts.sets[id_] = _build(RangeSet, {"id": id_, **entry}, facts, kind, id_)
            _demote(facts, facts.sets[id_])


def _demote(facts: Facts, chosen: RangeSet) -> None:
    """A clinic's default takes the place of ours of the same kind."""
    for id_, each in facts.sets.items():
        ours = facts.origins["sets", id_].ours and not facts.origins["sets", chosen.id].ours
        if chosen.default and each.default and each.kind == chosen.kind and ours:
            facts.sets[id_] = each.model_copy(update={"default": False})


def _tables(at: Origin, key: str, value: object) -> list[Item]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        happened = f"{key} is not a list of tables"
        raise at.fault(happened, f"write each entry under [[{key}]]", key)
    return [Item(item, at._replace(key=f"{key}[{index}]")) for index, item in enumerate(value)]


def _gather_marker(at: Origin, table: Table, facts: Facts, drafts: dict[str, dict[str, Item | list[Item]]]) -> None:
    id_ = table.get("id")
    if not isinstance(id_, str) or not id_:
        happened = "The file names no marker"
        mend = 'begin it with id = "ferritin", or name it sources.toml, sets.toml or lookalikes.toml'
        raise at.fault(happened, mend, "id")
    draft = drafts.setdefault(id_, {})
    facts.origins[id_,] = at
    for key, value in table.items():
        if key not in _LISTS:
            draft[key] = Item(value, at._replace(key=key))
            continue
        if key == "aliases" and isinstance(value, list):
            fresh = [Item(item, at._replace(key=f"aliases[{index}]")) for index, item in enumerate(value)]
        elif key == "aliases":
            happened = "aliases is not a list"
            raise at.fault(happened, "write names in square brackets", key, str(value))
        else:
            fresh = _tables(at, key, value)
        earlier = draft.get(key, [])
        draft[key] = [*_without(key, earlier if isinstance(earlier, list) else [], fresh), *fresh]


def _without(key: str, earlier: list[Item], fresh: list[Item]) -> list[Item]:
    """What stays of earlier entries: a set, a unit or a code of ours that a clinic writes again is replaced."""
    if all(item.origin.ours for item in fresh):
        return earlier
    if key == "range":
        again = {str(name) for item in fresh for name in _listed(item.value.get("sets"))}
        kept = [
            item._replace(value={**item.value, "sets": [name for name in item.value["sets"] if name not in again]})
            if item.origin.ours
            else item
            for item in earlier
        ]
        return [item for item in kept if not item.origin.ours or item.value["sets"]]
    by = {"accepts": "ucum", "loinc": "code"}.get(key)
    if by is None:
        return earlier
    again = {str(item.value.get(by)) for item in fresh}
    return [item for item in earlier if not item.origin.ours or str(item.value.get(by)) not in again]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _build(model: type[Model], table: Table, facts: Facts, *path: str) -> Model:
    try:
        return model.model_validate(_bound(table, facts, path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        origin, below = facts.nearest((*path, *map(str, first["loc"])))
        happened = str(first["msg"]).removeprefix("Value error, ")
        text = "" if first["type"] == "missing" else str(first["input"])
        mend = _MENDS.get(first["type"], "mend it as the page on own ranges shows")
        raise origin.fault(happened, mend, _key(below), text) from error


def _key(path: tuple[str, ...]) -> str:
    """A path as one would write it: `low.value`, `sources[1]`."""
    return "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in path).lstrip(".")


def _bound(value: Any, facts: Facts, path: tuple[str, ...]) -> Any:  # noqa: ANN401  TOML holds anything
    """The same TOML with lists as tuples, and each source id replaced by its source."""
    if len(path) > _DEEPEST:
        origin, _ = facts.nearest(path)
        happened = "Tables stand in tables too deeply"
        raise origin.fault(happened, "write it as the page on own ranges shows")
    if path[-1] == "source" or (path[-2:-1] == ("sources",) and path[0] != "sources"):
        return _source(value, facts, path)
    if isinstance(value, dict):
        return {key: _bound(each, facts, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return tuple(_bound(each, facts, (*path, str(index))) for index, each in enumerate(value))
    return value


def _source(id_: object, facts: Facts, path: tuple[str, ...]) -> Source:
    if isinstance(id_, str) and id_ in facts.sources:
        return facts.sources[id_]
    origin, below = facts.nearest(path)
    happened = f"No source is called {shown(id_)}"
    raise origin.fault(
        happened, "add it to sources.toml and write its name, or mend its spelling", _key(below), str(id_)
    )
