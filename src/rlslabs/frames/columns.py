"""Which column of a table holds what, checked before anything is judged."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import narwhals.stable.v2 as nw

from rlslabs.catalog import builtin
from rlslabs.errors import FrameError, shown
from rlslabs.units import fold

_TEXT = "text"
_NUMBERS = "numbers"
_WHOLE = "whole numbers"
_DAYS = "dates"
_TRUTH = "true or false"
WANTED: dict[str, tuple[str, ...]] = {
    "marker": (_TEXT, f"{_NUMBERS} (OMOP concepts)"),
    "value": (_NUMBERS, _TEXT),
    "unit": (_TEXT,),
    "comparator": (_TEXT,),
    "range": (_TEXT,),
    "low": (_NUMBERS, _TEXT),
    "high": (_NUMBERS, _TEXT),
    "sex": (_TEXT,),
    "age": (_NUMBERS, _TEXT),
    "born": (_DAYS, _TEXT),
    "collected": (_DAYS, _TEXT),
    "pregnant": (_TRUTH, f"{_NUMBERS} (1 or 0)", _TEXT),
}
"""What the column of each role can hold."""

_WORDS = {
    "marker": "markers",
    "value": "values",
    "unit": "units",
    "comparator": "comparators",
    "range": "printed ranges",
    "low": "lower limits",
    "high": "upper limits",
    "sex": "sexes",
    "age": "ages",
    "born": "birth dates",
    "collected": "collection dates",
    "pregnant": "pregnancies",
}
"""What the column of each role is said to hold."""

_CAST = {"sex": "map its codes to F and M", "pregnant": "map it to true and false"}
"""What to do with a column of codes, which no cast would mend."""

_NEAR = 0.6


def check_roles(
    table: nw.DataFrame[Any] | nw.LazyFrame[Any], roles: Mapping[str, str | None], prefix: str
) -> dict[str, str]:
    """The columns that were named, each there and of a kind that its role can have.

    Raises:
        FrameError: One is not; it names the column, what was found, what is wanted, and near names.
    """
    schema = table.collect_schema()
    found: dict[str, str] = {}
    for role, name in roles.items():
        if name is None:
            continue
        check_column(schema, name, role, table)
        found[role] = name
    check_prefix(schema, prefix)
    return found


def check_column(schema: Mapping[str, Any], name: str, role: str, table: object = None) -> None:
    """Refuse a column that is not there, or cannot hold what it is said to hold; one that is blank holds nothing else.

    Raises:
        FrameError: It names the column, what was found, what is wanted, and near names.
    """
    _check_there(name, role, schema)
    kind, wanted = _kind(schema[name]), WANTED[role]
    if kind is not None and kind not in _accepted(wanted) and not (kind == _NUMBERS and _is_blank(table, name)):
        happened = f"The column {shown(name)} is to hold {_WORDS[role]}, and holds {kind} ({schema[name]})"
        mend = f"name a column of {' or '.join(wanted)}, or {_CAST.get(role, 'cast this one')}"
        raise FrameError(happened, mend, name[:80], name)


def _is_blank(table: object, name: str) -> bool:
    """Whether a column of a table in memory holds nothing: to pandas it is then one of numbers."""
    return isinstance(table, nw.DataFrame) and len(table) > 0 and bool(table[name].is_null().all())


def check_prefix(schema: Iterable[str], prefix: str) -> None:
    """Refuse a prefix with which columns are there already: an answer is never written over anything.

    Some engines take capitals for small letters, so a column that begins so but for those counts.

    Raises:
        FrameError: Such a column is there, or it is no prefix.
    """
    if not isinstance(prefix, str):
        happened = f"The prefix is {shown(prefix)}"
        raise FrameError(happened, "give text, such as rls_", shown(prefix))
    taken = [name for name in schema if isinstance(name, str) and name.casefold().startswith(prefix.casefold())]
    if taken or not prefix:
        happened = f"There are columns that begin with the prefix {shown(prefix)}: {', '.join(map(shown, taken[:5]))}"
        raise FrameError(happened, "give another prefix, or drop them", prefix[:80], taken[0] if taken else "")


def _accepted(wanted: Iterable[str]) -> set[str]:
    """The kinds that serve; whole numbers are numbers as well."""
    kinds = {each.partition(" (")[0] for each in wanted}
    return kinds | {_WHOLE} if _NUMBERS in kinds else kinds


def check_there(schema: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Refuse a name that no column has, with near names.

    Raises:
        FrameError: There is no such column.
    """
    for role, name in names.items():
        _check_there(name, role, schema)


def _check_there(name: object, role: str, schema: Mapping[str, Any]) -> None:
    if not isinstance(name, str):
        happened = f"What is named for {_of(role)} is a {type(name).__name__}"
        raise FrameError(happened, "give the name of a column, in text")
    if name in schema:
        return
    near = difflib.get_close_matches(name, [*map(str, schema)], 3, _NEAR)
    hint = f"did you mean {' or '.join(map(shown, near))}" if near else "name one that is there"
    if not near and _says_itself(name, role):
        hint = f"it is a {role}, and no column: add a column that holds it, or say it of the column of values"
        hint += ", such as wide={'value': ('ferritin', 'ng/mL')}"
    columns = ", ".join(map(shown, list(schema)[:20]))
    happened = f"There is no column {shown(name)} for {_of(role)}; the columns are {columns}"
    raise FrameError(happened, hint, name[:80], name)


def _of(role: str) -> str:
    return _WORDS.get(role, f"the {role}")


def _says_itself(name: str, role: str) -> bool:
    """Whether a name that no column has is itself a marker or a unit."""
    catalog = builtin()
    if role == "marker":
        return catalog.named(name) is not None
    return role == "unit" and any(fold(name) in map(fold, marker.spellings) for marker in catalog.markers.values())


def _kind(dtype: Any) -> str | None:  # noqa: ANN401  a type of narwhals
    """What a column holds, in words; `None` where its type does not say."""
    kinds = (
        (dtype in {nw.String, nw.Categorical} or isinstance(dtype, nw.Enum), _TEXT),
        (dtype.is_integer(), _WHOLE),
        (dtype.is_numeric(), _NUMBERS),
        (dtype == nw.Date or isinstance(dtype, nw.Datetime), _DAYS),
        (dtype == nw.Boolean, _TRUTH),
        (dtype in {nw.Object, nw.Unknown}, None),
    )
    return next((words for holds, words in kinds if holds), str(dtype))
