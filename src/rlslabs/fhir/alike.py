"""What Observations have in common that differ by number, day and patient alone: read once, and kept by what it says.

A laboratory prints the same test, unit and range again and again. Whose result it is is neither kept nor in the key.
"""

from __future__ import annotations

import marshal
from decimal import Decimal
from typing import Any, NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.fhir.observed import OwnRange
from rlslabs.fhir.quantity import Value
from rlslabs.model import Issue

_COMMON = ("status", "code", "category", "bodySite", "method", "interpretation", "referenceRange")
"""What is read of an Observation whoever it is about, beside its quantity."""
_APART = frozenset(
    {"resourceType", "id", "meta", "text", "identifier", "basedOn", "partOf", "subject", "encounter", "focus", "issued"}
    | {"effectiveDateTime", "effectivePeriod", "effectiveInstant", "performer", "note", "specimen", "device"}
    | {"contained", "derivedFrom"}
)
"""What is read by itself each time, or not at all."""
SHARED = frozenset({*_COMMON, "valueQuantity"})
"""What is alike in those that are, but for the number."""
_KNOWN = _APART | SHARED

_PLAIN = 2
"""The version of bytes in which nothing hangs on what else holds a part."""
_KEPT = 1024
_LONGEST = 4000
_MOST_PARTS = 400
_MOST_BITS = 64


class Alike(NamedTuple):
    """What was read of an Observation that does not hang on its number, its day or its patient."""

    notices: tuple[Issue, ...]
    value: Value
    method: str
    ranges: tuple[OwnRange, ...]
    joined: tuple[Issue, ...]
    flags: tuple[str, ...]


_kept: dict[object, Alike] = {}


def key_of(resource: dict[str, Any], catalog: Catalog) -> object:
    """What those have in common that are alike, or `None` for one that must be read by itself.

    That is every one with an element that is not known here, such as a modifier or a second value.
    """
    quantity = resource.get("valueQuantity")
    if type(quantity) is not dict or not _KNOWN.issuperset(resource):
        return None
    parts = [*map(resource.get, _COMMON)]
    beside = quantity.copy()
    beside.pop("value", None)
    parts.append(beside)
    try:
        return catalog, marshal.dumps(parts, _PLAIN)  # the same bytes are the same parts, type by type
    except ValueError:  # a decimal is in it
        spelled = _spelled(parts)
        return None if spelled is None else (catalog, spelled)


def kept(key: object) -> Alike | None:
    """What was read of one of this key, if any was."""
    return None if key is None else _kept.get(key)


def keep(key: object, read: Alike, resource: dict[str, Any]) -> None:
    """Keep what was read of an Observation, if nothing but JSON is in it, and not too much of that."""
    if key is None or (spelled := _spelled([resource.get(name) for name in (*_COMMON, "valueQuantity")])) is None:
        return
    if sum(len(each) for each in spelled if isinstance(each, str)) <= _LONGEST:
        if len(_kept) >= _KEPT:
            _kept.clear()
        _kept[key] = read


def _spelled(part: object) -> tuple[object, ...] | None:
    """JSON as one row in which every type and digit stands, or `None` where it is something else, or too long.

    A whole number without end is too long by itself.
    """
    found: list[object] = []
    waiting: list[object] = [part]
    while waiting:
        each = waiting.pop()
        kind = type(each)
        found.append(kind)
        if kind is dict:
            found.append(len(each))  # type: ignore[arg-type]  # told by its type
            waiting.extend(each)  # type: ignore[arg-type]  # the same
            waiting.extend(each.values())  # type: ignore[attr-defined]  # the same
        elif kind is list:
            found.append(len(each))  # type: ignore[arg-type]  # the same
            waiting.extend(each)  # type: ignore[arg-type]  # the same
        elif kind in {str, bool, type(None)} or (kind is int and each.bit_length() <= _MOST_BITS):  # type: ignore[attr-defined]  # the same
            found.append(each)
        elif kind in {float, Decimal}:
            found.append(str(each))
        else:
            return None
        if len(found) > _MOST_PARTS or len(waiting) > _MOST_PARTS:
            return None
    return tuple(found)
