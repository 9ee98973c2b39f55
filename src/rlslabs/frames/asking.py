"""What is asked of a table, refused before the first row is read; and the module that answers, loaded by then."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any, Literal

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import FrameError, MissingExtraError, WrongTypeError, shown
from rlslabs.frames.telling import Wide
from rlslabs.frames.verdict import Choice


def chosen(
    catalog: object,
    standard: str | None,
    optimal: str | None,
    *,
    strict: object,
    decimal_mark: Literal[".", ","] | None = None,
) -> Choice:
    """What holds for every row, refused here once and not in each row.

    Raises:
        WrongTypeError: The catalog, `strict` or the decimal mark is none.
        UnknownSetError: There is no such set of ranges.
    """
    known = builtin() if catalog is None else catalog
    if not isinstance(known, Catalog) or not isinstance(strict, bool):
        happened = "The catalog is no Catalog, or strict no bool"
        raise WrongTypeError(happened, "give Catalog.load(folder), and True or False", shown(strict))
    if decimal_mark not in (None, ".", ","):
        happened = f"The decimal mark is {shown(decimal_mark)}"
        raise WrongTypeError(happened, "give . or , or leave it out", shown(decimal_mark))
    known.set("standard", standard)
    known.set("optimal", optimal)
    return Choice(known, standard, optimal, strict, decimal_mark)


def refuse_findings(wide: Wide | None, *, findings: bool) -> None:
    """Refuse findings of a long table.

    Raises:
        FrameError: It is one.
    """
    if findings and wide is None:
        happened = "Findings rest on several results of one person, and a row here holds one"
        raise FrameError(happened, "give a wide table", shown(findings))


def names_of(also: Iterable[str]) -> tuple[str, ...]:
    """The names of more answers; one alone may stand there by itself.

    Raises:
        FrameError: They are no names.
    """
    if isinstance(also, str):
        return (also,)
    if not isinstance(also, Iterable):
        happened = f"The answers that are wanted besides are {shown(also)}"
        raise FrameError(happened, "give a list of their names, such as ['hl7']", shown(also))
    return tuple(also)


def places_of(rows: Iterable[int], height: int | None) -> list[int]:
    """The places of rows, each in the table.

    Raises:
        FrameError: One is not.
    """
    places: list[Any] = [*rows] if isinstance(rows, Iterable) and not isinstance(rows, str) else [rows]
    for place in places:
        whole = hasattr(place, "__index__") and not isinstance(place, bool)
        if not whole or place < 0 or (height is not None and place >= height):
            happened = f"There is no row {shown(place)}"
            mend = "" if height is None else f" below {height}"
            raise FrameError(happened, f"name rows by whole numbers from 0{mend}", shown(place))
    return [int(place) for place in places]


def engine() -> Any:  # noqa: ANN401  the module that knows narwhals
    """The module that judges tables, loaded when a table comes.

    Raises:
        MissingExtraError: narwhals or NumPy is not installed.
    """
    try:
        return importlib.import_module("rlslabs.frames.scoring")
    except ModuleNotFoundError as error:
        happened = f"{error.name} is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[frames]'") from error
