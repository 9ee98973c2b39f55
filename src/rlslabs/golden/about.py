"""Which markers a vector is about, by what its question holds; what is refused is about what it is taken for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rlslabs import codes
from rlslabs.catalog import builtin
from rlslabs.checks import fold_name
from rlslabs.golden.forms import AnsweredForm, AskedFhir
from rlslabs.golden.question import Question
from rlslabs.golden.vectors import Vector

_PARTS = re.compile(r"[|^&~\r]")
_NAMING = ("code", "text", "display")
"""Where a FHIR resource names what was measured."""


def markers_of(vector: Vector) -> frozenset[str]:
    """The markers that a vector is about, by id; what is taken for none of ours goes by the name it was given.

    Of a resource or message they are those that it names anywhere, also where every result in it is refused; nothing
    where it names none.
    """
    asked = vector.input
    if isinstance(asked, Question):
        return frozenset(_meant(each.marker) or each.marker for each in asked.results)
    written = _named_in(asked.fhir) if isinstance(asked, AskedFhir) else _PARTS.split(asked.hl7v2)
    named = {found for each in written if (found := _meant(each))}
    read = vector.expect.results.values() if isinstance(vector.expect, AnsweredForm) else ()
    return frozenset(named | {each.marker for each in read if each.marker})


def _named_in(resource: Any) -> Iterator[str]:  # noqa: ANN401  whatever JSON holds
    open_ = [resource]
    while open_:
        part = open_.pop()
        if isinstance(part, dict):
            yield from (part[name] for name in _NAMING if isinstance(part.get(name), str))
            open_ += part.values()
        elif isinstance(part, list):
            open_ += part


@lru_cache(maxsize=4096)
def _meant(name: str) -> str | None:
    """The marker that a name or code is of, or is taken for: a look-alike, a mistyped code, one that became a date."""
    catalog, bare = builtin(), codes.bare(name)
    if found := catalog.named(bare):
        return found
    if alike := _look_alikes().get(bare if codes.is_shaped(bare) else fold_name(bare)):
        return alike
    if codes.is_shaped(bare):
        return catalog.named(f"{bare.partition('-')[0]}-{codes.check_digit(bare)}")
    known = {code.code: marker.id for marker in catalog.markers.values() for code in marker.loinc}
    return next((known[each] for each in codes.mangled(bare, known)), None)


@lru_cache(maxsize=1)
def _look_alikes() -> dict[str, str]:
    """What each name and code is taken for that is no marker's."""
    every = builtin().rules.lookalikes
    named = {fold_name(name): each.looks_like for each in every for name in (each.name, *each.names)}
    return named | {code: each.looks_like for each in every for code in each.codes}
