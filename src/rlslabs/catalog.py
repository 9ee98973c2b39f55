"""The catalog: markers and sets of ranges, looked up by name, alias or LOINC code."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, NoReturn, TypeVar

from rlslabs import codes
from rlslabs.checks import check, fold_name
from rlslabs.errors import (
    AnotherAnalyteError,
    CheckDigitError,
    MangledCodeError,
    UnknownMarkerError,
    UnknownSetError,
    WrongTypeError,
    shown,
)
from rlslabs.facts import Kind, RangeSet, Source
from rlslabs.loading import Facts, load_facts
from rlslabs.marker import Analyte, Code, LookAlike, Marker
from rlslabs.rulechecks import check_rules

_LONGEST_NAME = 200
_MOST_HINTS = 1024
_MOST_TOKENS = 10
_TOKEN = re.compile(r"[^\W_]+|%")


Named = TypeVar("Named", bound=Analyte)


class Found(NamedTuple):
    """A marker, the LOINC code by which it was asked for, if it was, and what that name or code leaves out."""

    marker: Marker
    code: Code | None = None
    partial: str | None = None


class FoundContext(NamedTuple):
    """A context analyte, the LOINC code by which it was asked for, if it was, and what that leaves out."""

    marker: Analyte
    code: Code | None = None
    partial: str | None = None


class Catalog:
    """The markers, the sets of ranges and the sources; immutable once loaded."""

    __slots__ = (
        *(
            "_alike",
            "_context",
            "_contextual",
            "_defaults",
            "_facts",
            "_found",
            "_hints",
            "_markers",
            "_sets",
            "_shaped",
        ),
        "_sources",
    )

    def __init__(self, facts: Facts) -> None:
        check(facts)
        check_rules(facts)
        self._facts = facts
        self._markers = MappingProxyType(dict(facts.markers))
        self._sets = MappingProxyType(dict(facts.sets))
        self._sources = MappingProxyType(dict(facts.sources))
        self._defaults = {each.kind: each for each in self._sets.values() if each.default}
        self._context = MappingProxyType({each.id: each for each in facts.context})
        self._found = {name: Found(*each) for marker in facts.markers.values() for name, each in _named(marker)}
        self._contextual = {name: FoundContext(*each) for analyte in facts.context for name, each in _named(analyte)}
        self._alike: dict[str, LookAlike] = {}
        for each in facts.lookalikes:
            for name in (*map(fold_name, (each.name, *each.names)), *each.codes):
                self._alike[name] = each
        self._shaped = tuple(name for name in (*self._found, *self._alike) if codes.is_shaped(name))
        self._hints: dict[str, str] = {}

    def __reduce__(self) -> tuple[type[Catalog], tuple[Facts]]:
        return Catalog, (self._facts,)

    @property
    def markers(self) -> Mapping[str, Marker]:
        """Each marker by its id."""
        return self._markers

    @property
    def sets(self) -> Mapping[str, RangeSet]:
        """Each set of ranges by its id."""
        return self._sets

    @property
    def sources(self) -> Mapping[str, Source]:
        """Each source by its id."""
        return self._sources

    @property
    def context(self) -> Mapping[str, Analyte]:
        """Each context analyte by its id: read beside the markers, and not judged."""
        return self._context

    @property
    def rules(self) -> Facts:
        """The guidelines, findings, derivations and circumstances, as the data files hold them."""
        return self._facts

    @property
    def names(self) -> tuple[str, ...]:
        """Every name and code by which a marker, or what is easily taken for one, is known; as written and folded."""
        return (*self._found, *self._alike)

    def analyte(self, id_: str) -> Analyte:
        """The marker or context analyte of this id."""
        return self._markers[id_] if id_ in self._markers else self._context[id_]

    def find_context(self, name: object) -> FoundContext | None:
        """The context analyte of this name, alias or LOINC code, or `None`."""
        if not isinstance(name, str) or len(name) > _LONGEST_NAME:
            return None
        bare = codes.bare(name)
        return self._contextual.get(bare if codes.is_shaped(bare) else fold_name(bare))

    def members(self, name: str) -> tuple[str, ...]:
        """The ids of the markers that a panel of this name or LOINC code is made of; none where it is no panel."""
        bare = codes.bare(name[:_LONGEST_NAME])
        alike = self._alike.get(bare if codes.is_shaped(bare) else fold_name(bare))
        return alike.members if alike else ()

    def named(self, name: str) -> str | None:
        """The id of the marker that is written so, or `None`; nothing is refused."""
        found = self._found.get(name) or self._found.get(fold_name(name[:_LONGEST_NAME]))
        return found.marker.id if found else None

    @classmethod
    def load(cls, folder: str | PathLike[str] | None = None) -> Catalog:
        """Load our data files, overlaid by every TOML file in a clinic's own folder.

        Both are held to the same checks. A range set, unit or code that the clinic writes again replaces ours.

        Raises:
            CatalogError: A file breaks a rule; with file, key and mend.
        """
        return cls(load_facts(None if folder is None else Path(folder)))

    def marker(self, name: str) -> Marker:
        """The marker of this name, alias or LOINC code.

        Raises:
            MarkerError: There is none, or it is another analyte, or the code is damaged.
        """
        return self.find(name).marker

    def find(self, name: object) -> Found:
        """The marker of this name, alias or LOINC code, and the code if it was one.

        Only exact names are found, whatever their case and punctuation; a near name is no more than a hint.

        Raises:
            UnknownMarkerError: Nothing has this name or code; the message hints at near names.
            AnotherAnalyteError: It is something that is easily taken for a marker.
            CheckDigitError: The LOINC code is mistyped.
            MangledCodeError: A spreadsheet has turned the code into a date.
            WrongTypeError: It is not text.
        """
        if type(name) is str and (found := self._found.get(name)):
            return found
        if not isinstance(name, str):
            if alike := codes.mangled(name, self._shaped):
                _refuse_mangled(shown(name), alike)
            happened = f"The marker is a {type(name).__name__}"
            raise WrongTypeError(happened, "give its name or LOINC code as text", shown(name))
        bare = codes.bare(name[:_LONGEST_NAME])
        folded = bare if codes.is_shaped(bare) else fold_name(bare)
        readable = len(name) <= _LONGEST_NAME and all(each.isprintable() or each.isspace() for each in name)
        if readable and (found := self._found.get(folded)):
            return found
        return self._refuse(name, bare, folded)

    def is_unknown(self, name: str) -> bool:
        """Whether `find` has nothing to say of a name or code but that it is unknown; no near names are looked for."""
        bare = codes.bare(name[:_LONGEST_NAME])
        if codes.is_shaped(bare):
            return bare not in self._found and bare not in self._alike and int(bare[-1]) == codes.check_digit(bare)
        folded = fold_name(bare)
        return folded not in self._found and folded not in self._alike and not codes.mangled(bare, self._shaped)

    def phrases(self, text: str) -> Iterator[tuple[str, Found | FoundContext | LookAlike]]:
        """Every name that is known here in a longer text, folded, from left to right; the longest where several fit."""
        tokens = _TOKEN.findall(text.casefold())
        start = 0
        while start < len(tokens):
            for end in range(min(len(tokens), start + _MOST_TOKENS), start, -1):
                folded = fold_name("".join(tokens[start:end]))
                found = self._contextual.get(folded) or self._found.get(folded) or self._alike.get(folded)
                if found is not None:
                    yield folded, found
                    start = end - 1
                    break
            start += 1

    def set(self, kind: Kind, name: str | None = None) -> RangeSet:
        """The set of ranges of this name, or the default one of its kind.

        Raises:
            UnknownSetError: There is none of this kind and name.
        """
        chosen = self._defaults.get(kind) if name is None else self._sets.get(name) if isinstance(name, str) else None
        if chosen is not None and chosen.kind == kind:
            return chosen
        known = ", ".join(each.id for each in self.sets.values() if each.kind == kind)
        happened = f"No {kind} set of ranges is called {shown(name)}"
        raise UnknownSetError(happened, f"choose one of: {known}", name[:80] if isinstance(name, str) else "")

    def _refuse(self, name: str, bare: str, folded: str) -> NoReturn:
        if alike := self._alike.get(folded):
            marker = self._markers[alike.looks_like].name
            happened = f"{shown(bare)} ({alike.name}) is another analyte than {marker}: {alike.why}"
            raise AnotherAnalyteError(happened, "leave it out here", name[:80])
        if codes.is_shaped(bare) and int(bare[-1]) != codes.check_digit(bare):
            happened = f"The LOINC code {bare} fails its check digit: it is mistyped"
            close = codes.meant(bare, self._shaped)
            hint = f" (near it: {', '.join(close)})" if close else ""
            raise CheckDigitError(happened, f"copy the code again from the report{hint}", name[:80])
        if alike_codes := codes.mangled(bare, self._shaped):
            _refuse_mangled(shown(name), alike_codes)
        happened = f"No marker is called {shown(name)}" if name.strip() else "No marker is named"
        if (known := self._hints.get(folded)) is not None:
            raise UnknownMarkerError(happened, known, name[:80])
        if len(self._hints) >= _MOST_HINTS:
            self._hints.clear()
        hint = self._hints[folded] = self._hint(folded)
        raise UnknownMarkerError(happened, hint, name[:80])

    def _hint(self, folded: str) -> str:
        """Names that are near, as a hint; something else that is nearer is named as such."""
        named = {name: found.marker.id for name, found in self._found.items() if found.code is None}
        alike = {name: f"{each.name}, which is another analyte" for name, each in self._alike.items()}
        near = difflib.get_close_matches(folded[:60], {**named, **alike}, 3, 0.75)
        if near and near[0] in alike:
            return f"the nearest name is {alike[near[0]]}"
        meant = dict.fromkeys(named[name] for name in near if name in named)
        return f"did you mean {' or '.join(meant)}" if meant else f"choose one of: {', '.join(self._markers)}"


def _named(analyte: Named) -> Iterator[tuple[str, tuple[Named, Code | None, str | None]]]:
    """Every name and code of an analyte, as written and folded, with what it finds."""
    for name in (analyte.id, analyte.name, *analyte.aliases):
        yield name, (analyte, None, None)
        yield fold_name(name), (analyte, None, None)
    for code in analyte.loinc:
        yield code.code, (analyte, code, code.partial)
    for part in analyte.partly:
        for name in part.names:
            yield fold_name(name), (analyte, None, part.partial)


def _refuse_mangled(written: str, codes_meant: tuple[str, ...]) -> NoReturn:
    happened = (
        f"{written} looks like the LOINC code {' or '.join(codes_meant)} that a spreadsheet has turned into a date"
    )
    raise MangledCodeError(happened, "format that column as text and enter the code again", written[:80])


@lru_cache(maxsize=1)
def builtin() -> Catalog:
    """Our own catalog, loaded once."""
    return Catalog.load()
