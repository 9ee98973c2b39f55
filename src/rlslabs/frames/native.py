"""The facts of a lazy table as the engine itself can read them: as numbers, told by words that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from rlslabs.catalog import Catalog
from rlslabs.checks import fold_name
from rlslabs.codes import is_shaped
from rlslabs.errors import EngineError, LabsError
from rlslabs.frames.verdict import Choice, marker_of_concept
from rlslabs.text import read_comparator
from rlslabs.units import fold

Expression = Any
"""An expression of narwhals."""

UNREAD = EngineError.code
PRINTED = "^[ -~]{0,200}$"
_UNIT = "^[ -z|~µμ]{0,100}$"
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
_TOO_LARGE = 1.7e308


class Choices(NamedTuple):
    """What a code of a column stands for, one that asks for it; and the words by code."""

    asked: list[object]
    words: Mapping[int, list[str]]


class Kept:
    """Expressions that become columns of their own before others are built upon them, so that none is written twice."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.columns: list[Expression] = []

    def __call__(self, name: str, expression: Expression) -> Expression:
        """The column that will hold the expression."""
        self.columns.append(expression.alias(f"{self._prefix}_{name}"))
        return nw.col(f"{self._prefix}_{name}")


def chosen(cases: Iterable[tuple[Expression, Any]], otherwise: Any) -> Expression:  # noqa: ANN401  a literal or an expression
    """The value of the first case that holds; a null condition does not hold."""
    found = otherwise if isinstance(otherwise, nw.Expr) else nw.lit(otherwise)
    for condition, value in reversed([*cases]):
        found = nw.when(condition).then(value if isinstance(value, nw.Expr) else nw.lit(value)).otherwise(found)
    return found


def plain(name: str) -> Expression:
    """A column of words, without blanks around them, in small letters."""
    return nw.col(name).cast(nw.String).str.replace_all("^ +| +$", "").str.to_lowercase()


def no_code() -> Expression:
    """No code at all."""
    return nw.lit(None).cast(nw.Int64)


def known_or(written: Expression, known: Sequence[str], readable: str, otherwise: Expression) -> Expression:
    """A word as it is where it is known, so that most rows need nothing more; a mark where it is not readable."""
    folded = nw.when(written.str.contains(readable)).then(otherwise).otherwise(nw.lit(UNREADABLE))
    kept_so = nw.when(written.is_in(known)).then(written).otherwise(folded)
    return nw.when(written.is_null()).then(nw.lit(None).cast(nw.String)).otherwise(kept_so)


def marker_codes(name: str, kept: Kept, choice: Choice) -> tuple[Choices, Expression]:
    """The markers that a column can name, and its code in every row.

    Names are told whatever their case and punctuation; LOINC codes and OMOP concepts as they are.
    """
    catalog = choice.catalog
    asked: list[object] = [UNREAD, ""]
    words: dict[object, list[str]] = {}
    for word, named in _spellings(catalog):
        words.setdefault(named, []).append(word)
    codes: dict[int, list[str]] = {}
    for each in words.values():
        codes[len(asked)] = each
        asked.append(each[0])
    written = nw.col(name).cast(nw.String)
    bare = written.str.replace_all("^ +| +$", "")
    folded = written.str.to_lowercase().str.replace_all("[^a-z0-9%]", "")
    shaped = nw.when(bare.str.contains("^[0-9]{1,7}-[0-9]$")).then(bare).otherwise(folded)
    word = kept("marker_word", known_or(written, [each for one in codes.values() for each in one], PRINTED, shaped))
    cases: list[tuple[Expression, object]] = [
        (word.is_null(), 1),
        *((word.is_in(each), code) for code, each in codes.items()),
        (word == UNREADABLE, 0),
        (word.str.contains(_DIGIT), 0),
    ]
    return Choices(asked, codes), chosen(cases, 1)


def _spellings(catalog: Catalog) -> Iterable[tuple[str, object]]:
    """Every word by which something is found, and what that is."""
    for word in catalog.names:
        if not word.isascii():
            continue
        if is_shaped(word) or word == fold_name(word):
            yield word, _found(word, catalog)
    for concept, code in marker_of_concept(catalog).items():
        yield concept, _found(code, catalog)


def _found(word: str, catalog: Catalog) -> object:
    try:
        found = catalog.find(word)
    except LabsError as error:
        return error.code
    return (found.marker.id, found.code and found.code.property, found.partial is not None)


def unit_codes(name: str | None, kept: Kept, choice: Choice) -> tuple[Choices, Expression]:
    """The units that a column can name, and its code in every row; some other word is some unknown unit."""
    asked: list[object] = [None, "?", UNREAD]
    codes: dict[int, list[str]] = {}
    words: dict[str, set[str]] = {}
    for marker in choice.catalog.markers.values():
        for spelling, unit in marker.spellings.items():
            words.setdefault(unit.ucum, set()).update({fold(spelling), spelling})
    for ucum, each in words.items():
        codes[len(asked)] = sorted(each)
        asked.append(ucum)
    if name is None:
        return Choices(asked, codes), nw.lit(0)
    written = nw.col(name).cast(nw.String)
    folded = written.str.replace_all("[µμ]", "u").str.to_lowercase().str.replace_all("[ .]", "")
    word = kept("unit_word", known_or(written, [each for one in codes.values() for each in one], _UNIT, folded))
    cases: list[tuple[Expression, object]] = [
        (word.is_null() | (word == ""), 0),
        *((word.is_in(each), code) for code, each in codes.items()),
        (word == UNREADABLE, 2),
    ]
    return Choices(asked, codes), chosen(cases, 1)


def read_numbers(
    roles: Mapping[str, str], schema: Mapping[str, Any], choice: Choice, kept: Kept, refused: Callable[[str], int]
) -> tuple[Expression, Expression, Callable[[Expression, Expression], Expression]]:
    """The number in every cell, the place of its comparator, and the refusal of what is no number."""
    inside, text_refused = nw.lit(0), no_code()
    value, comparator = roles["value"], roles.get("comparator")
    kind = schema[value]
    if kind.is_numeric() and not kind.is_decimal():
        number = nw.col(value).cast(nw.Float64)
    else:
        number, inside, text_refused = _text_numbers(value, choice, kept, refused)
    sign, sign_refused = inside, no_code()
    if comparator is not None:
        beside, unread = _comparator(comparator, kept)
        both = (inside > 0) & (beside > 0) & (inside != beside)
        sign = nw.when(beside > 0).then(beside).otherwise(inside)
        sign_refused = chosen([(unread, refused(UNREAD)), (both, refused("comparator-conflict"))], None).cast(nw.Int64)

    def refusal(number: Expression, sign: Expression) -> Expression:
        missing = number.is_null() | number.is_nan()
        infinite = (number > _TOO_LARGE) | (number < -_TOO_LARGE)
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
    name: str, choice: Choice, kept: Kept, refused: Callable[[str], int]
) -> tuple[Expression, Expression, Expression]:
    """Numbers and comparators in text; a number that could mean two things is refused, other text is not read."""
    word = kept("value", plain(name))
    odd = ~nw.col(name).cast(nw.String).str.contains(PRINTED)
    sign = "^(<=|>=|=<|=>|<|>|=)? *"
    whole = "[0-9]{1,15}"
    pattern = f"{sign}({whole if choice.decimal_mark == ',' else f'{whole}|{_NUMBER}'})$"
    cases: list[tuple[Expression, object]] = [
        (word.is_null(), None),
        (odd, refused(UNREAD)),
        (word == "", refused("missing-value")),
    ]
    if choice.decimal_mark is None:
        cases.append((word.str.contains(f"{sign}[1-9][0-9]{{0,2}}[.,][0-9]{{3}}$"), refused("ambiguous-number")))
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
