"""The facts of a lazy table as the engine itself can read them: as numbers, told by words that are known."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from rlslabs.catalog import Catalog
from rlslabs.checks import fold_name
from rlslabs.codes import is_shaped
from rlslabs.comparators import read_comparator
from rlslabs.errors import EngineError, LabsError
from rlslabs.frames.join import Expression, chosen, looked_up
from rlslabs.frames.verdict import Choice, marker_of_concept
from rlslabs.units import fold

UNREAD = EngineError.code
_END = r"\z"
"""The end of a text; before `$` some engines let the end of a line stand."""

PRINTED = f"^[ -~]{{0,200}}{_END}"
_UNIT = f"^[ -z|~µμ]{{0,100}}{_END}"
_DIGIT = "[0-9]"
UNREADABLE = "~"
"""What stands for a word that the engine cannot fold as it is folded here; no word folds to it."""

_NUMBER = r"[0-9]{1,9}(\.[0-9]{1,6})?"
_SIGNS = ("<=", ">=", "=<", "=>", "<", ">", "=")
_SPOKEN = (
    *_SIGNS,
    "≤",
    "≥",
    "less than",
    "greater than",
    "more than",
    "up to",
    "at least",
    "at most",
    "below",
    "above",
)
_COMPARATORS = (None, "<", "<=", ">", ">=")
_SMALLEST, _LARGEST = 1e-30, 1e31
_LARGEST_FLOAT = sys.float_info.max
_LAST_DAY = 2_958_465
"""The end of the year 9999 as spreadsheets count days."""


class Kept:
    """Columns that are made one after the other, so that no expression is written twice in those built upon it."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._steps: list[Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]]] = []

    def __call__(self, name: str, expression: Expression) -> Expression:
        """The column that will hold the expression."""
        named = expression.alias(f"{self._prefix}_{name}")
        self._steps.append(lambda table: table.with_columns(named))
        return nw.col(f"{self._prefix}_{name}")

    def code(self, name: str, written: Expression, words: Mapping[str, int], readable: str, fold: Expression) -> Coded:
        """The code of each written word: as it is where it is known so, else as it is when it is folded."""
        self(f"{name}_written", written)
        exact = self._looked_up(name, "written", words)
        there = nw.col(f"{self._prefix}_{name}_written")
        folded = nw.when(there.str.contains(readable)).then(fold).otherwise(nw.lit(UNREADABLE))
        nothing = nw.lit(None).cast(nw.String)
        word = self(f"{name}_word", nw.when(there.is_null() | ~exact.is_null()).then(nothing).otherwise(folded))
        return Coded(there, word, nw.coalesce(exact, self._looked_up(name, "word", words)))

    def _looked_up(self, name: str, of: str, words: Mapping[str, int]) -> Expression:
        column = f"{self._prefix}_{name}_{of}"
        self._steps.append(lambda table: looked_up(table, column, words, f"{column}_code"))
        return nw.col(f"{column}_code")

    def made(self, table: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The table with all these columns."""
        for step in self._steps:
            table = step(table)
        return table


class Coded(NamedTuple):
    """A column of words: as written, as folded where it was not known as written, and the code where it is known."""

    written: Expression
    word: Expression
    code: Expression


def plain(name: str) -> Expression:
    """A column of words, without blanks around them, in small letters."""
    return nw.col(name).cast(nw.String).str.replace_all(f"^ +| +{_END}", "").str.to_lowercase()


def no_code() -> Expression:
    """No code at all."""
    return nw.lit(None).cast(nw.Int64)


def marker_codes(name: str, schema: Mapping[str, Any], kept: Kept, choice: Choice) -> tuple[list[object], Expression]:
    """The markers that a column can name, and its code in every row.

    Names are told whatever their case and punctuation; LOINC codes and OMOP concepts as they are. A whole number that
    is none of these is a concept of something else, or so small that it may be a code that became a date.
    """
    asked: list[object] = [UNREAD, ""]
    codes: dict[object, int] = {}
    words: dict[str, int] = {}
    for word, named in _spellings(choice.catalog):
        if named not in codes:
            codes[named] = len(asked)
            asked.append(word)
        words.setdefault(word, codes[named])
    written = nw.col(name).cast(nw.String)
    folded = written.str.to_lowercase().str.replace_all("[^a-z0-9%]", "")
    loinc = written.str.contains(f"^ *[0-9]{{1,7}}-[0-9] *{_END}")
    shaped = nw.when(loinc).then(written.str.replace_all(" ", "")).otherwise(folded)
    told = kept.code("marker", written, words, PRINTED, shaped)
    unread = (told.word == UNREADABLE) | told.word.str.contains(_DIGIT)
    if schema[name].is_integer():
        unread = (nw.col(name) > 0) & (nw.col(name) <= _LAST_DAY)
    return asked, nw.coalesce(told.code, chosen([(unread, 0)], 1))


def _spellings(catalog: Catalog) -> Iterable[tuple[str, object]]:
    """Every word by which something is found, and what that is; names also as they are usually written."""
    usual = [name for each in catalog.markers.values() for name in (each.id, each.name, *each.aliases)]
    for word in (*catalog.names, *usual):
        if word.isascii() and (is_shaped(word) or word == fold_name(word) or word in usual):
            yield word, _found(word, catalog)
    for concept, code in marker_of_concept(catalog).items():
        yield concept, _found(code, catalog)


def _found(word: str, catalog: Catalog) -> object:
    try:
        found = catalog.find(word)
    except LabsError as error:
        return error.code
    return (found.marker.id, found.code and found.code.property, found.partial is not None)


def unit_codes(name: str | None, kept: Kept, choice: Choice) -> tuple[list[object], Expression]:
    """The units that a column can name, and its code in every row; some other word is some unknown unit."""
    asked: list[object] = [None, "?", UNREAD]
    codes: dict[str, int] = {}
    words: dict[str, int] = {}
    for marker in choice.catalog.markers.values():
        for spelling, unit in marker.spellings.items():
            if unit.ucum not in codes:
                codes[unit.ucum] = len(asked)
                asked.append(unit.ucum)
            for word in (fold(spelling), spelling):
                words.setdefault(word, codes[unit.ucum])
    if name is None:
        return asked, nw.lit(0)
    written = nw.col(name).cast(nw.String)
    folded = written.str.replace_all("[µμ]", "u").str.to_lowercase().str.replace_all("[ .]", "")
    told = kept.code("unit", written, words, _UNIT, folded)
    cases = [(told.written.is_null() | (told.word == ""), 0), (told.word == UNREADABLE, 2)]
    return asked, nw.coalesce(told.code, chosen(cases, 1))


def read_numbers(
    roles: Mapping[str, str], schema: Mapping[str, Any], choice: Choice, kept: Kept, refused: Callable[[str], int]
) -> tuple[Expression, Expression, Callable[[Expression, Expression], Expression]]:
    """The number in every cell, the place of its comparator, and the refusal of what is no number."""
    inside, text_refused = nw.lit(0), no_code()
    value, comparator = roles["value"], roles.get("comparator")
    kind = schema[value]
    if kind.is_numeric() and not kind.is_decimal():
        column = nw.col(value).cast(nw.String) if kind == nw.Float32 else nw.col(value)  # by the digits that it prints
        number = column.cast(nw.Float64)
    else:
        word, mark = plain(value), choice.decimal_mark
        if kind.is_decimal():  # a number whose mark is known, and whose last zeros nobody wrote
            ends = nw.when(word.str.contains("[.]")).then(word.str.replace_all(f"[.]?0*{_END}", "")).otherwise(word)
            word, mark = ends, "."
        number, inside, text_refused = _text_numbers(value, word, mark, kept, refused)
    sign, sign_refused = inside, no_code()
    if comparator is not None:
        beside, unread = _comparator(comparator, kept)
        both = (inside > 0) & (beside > 0) & (inside != beside)
        sign = nw.when(beside > 0).then(beside).otherwise(inside)
        sign_refused = chosen([(unread, refused(UNREAD)), (both, refused("comparator-conflict"))], None).cast(nw.Int64)

    def refusal(number: Expression, sign: Expression) -> Expression:
        missing = number.is_null() | number.is_nan()
        infinite = (number > _LARGEST_FLOAT) | (number < -_LARGEST_FLOAT)
        size = (
            (number >= _LARGEST)
            | (number <= -_LARGEST)
            | ((number > -_SMALLEST) & (number < _SMALLEST) & (number != 0))
        )
        cases = [
            (missing, refused("missing-value")),
            (infinite, refused("infinite-value")),
            (size, refused("unreadable-value")),
            (number < 0, refused("negative-value")),
        ]
        nothing, nothing_left = (
            chosen([((number == 0) & (each == 1), refused("negative-value"))], None).cast(nw.Int64)
            for each in (inside, sign)
        )
        return nw.coalesce(text_refused, nothing, chosen(cases, None).cast(nw.Int64), sign_refused, nothing_left)

    return number, sign, refusal


def _comparator(name: str, kept: Kept) -> tuple[Expression, Expression]:
    """The place of the comparator in a column of its own, and where it is a word that the engine does not know."""
    word = kept("comparator", plain(name))
    said: dict[int, list[str]] = {}
    for each in _SPOKEN:
        said.setdefault(_COMPARATORS.index(read_comparator(each)), []).append(each)
    known = word.is_in(["", *_SPOKEN])
    return chosen([(word.is_in(each), code) for code, each in said.items() if code], 0), ~known


def _text_numbers(
    name: str, word: Expression, mark: str | None, kept: Kept, refused: Callable[[str], int]
) -> tuple[Expression, Expression, Expression]:
    """Numbers and comparators in text; a number that could mean two things is refused, other text is not read."""
    word = kept("value", word)
    odd = ~nw.col(name).cast(nw.String).str.contains(PRINTED)
    sign = "^(<=|>=|=<|=>|<|>|=)? *"
    whole = "[0-9]{1,15}"
    pattern = f"{sign}({whole if mark == ',' else f'{whole}|{_NUMBER}'}){_END}"
    cases: list[tuple[Expression, object]] = [
        (word.is_null(), None),
        (odd, refused(UNREAD)),
        (word == "", refused("missing-value")),
    ]
    if mark is None:
        cases.append((word.str.contains(f"{sign}[1-9][0-9]{{0,2}}[.,][0-9]{{3}}{_END}"), refused("ambiguous-number")))
    cases.append((~word.str.contains(pattern), refused(UNREAD)))
    text_refused = chosen(cases, None).cast(nw.Int64)
    readable = ~odd & word.str.contains(pattern)
    digits = nw.when(readable).then(word.str.replace_all(sign, "")).otherwise(nw.lit(None)).cast(nw.Float64)
    said: dict[int, list[str]] = {}
    for each in _SIGNS:
        said.setdefault(_COMPARATORS.index(read_comparator(each)), []).append(each)
    begins = [(word.str.starts_with(each), code) for code, words in said.items() for each in words if len(each) > 1]
    begins += [(word.str.starts_with(each), code) for code, words in said.items() for each in words if len(each) == 1]
    return digits, chosen(begins, 0), text_refused
