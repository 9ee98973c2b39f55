"""Comparators in every usual spelling, in the words of five languages."""

from __future__ import annotations

import html
import re

from rlslabs.errors import ComparatorConflictError, shown
from rlslabs.model import Comparator

_LONGEST = 200
_SPOKEN: dict[Comparator, tuple[str, ...]] = {
    "<": (
        *("kleiner als", "kleiner", "weniger als", "unter", "inférieur à", "inferieur a", "moins de", "kleiner dan"),
        *("minder dan", "onder", "menor que", "menor de", "menos de", "inferior a"),
    ),
    "<=": (
        *(
            "bis zu",
            "bis",
            "höchstens",
            "hoechstens",
            "jusqu'à",
            "jusqu\u2019à",
            "jusqu'a",
            "au plus",
            "tot en met",
            "t/m",
        ),
        *("hoogstens", "hasta", "como máximo", "inférieur ou égal à", "kleiner oder gleich", "menor o igual que"),
    ),
    ">": (
        *("größer als", "groesser als", "größer", "mehr als", "über", "ueber", "supérieur à"),
        *("superieur a", "plus de", "groter dan", "meer dan", "boven", "mayor que", "mayor de", "más de", "superior a"),
    ),
    ">=": (
        *("ab", "mindestens", "à partir de", "a partir de", "au moins", "vanaf", "minstens", "ten minste", "desde"),
        *("al menos", "supérieur ou égal à", "größer oder gleich", "mayor o igual que"),
    ),
}
"""Comparators in German, French, Dutch and Spanish, where a word leaves no doubt whether the number belongs to it."""
_WORDS: dict[str, Comparator] = {
    **{word.casefold(): sign for sign, words in _SPOKEN.items() for word in words},
    **dict.fromkeys(("<", "less than", "lt", "below", "under", "fewer than"), "<"),
    **dict.fromkeys(("<=", "=<", "≤", "⩽", "less than or equal to", "up to", "at most", "no more than", "le"), "<="),
    **dict.fromkeys((">", "greater than", "more than", "gt", "above", "over"), ">"),
    **dict.fromkeys(
        (">=", "=>", "≥", "⩾", "greater than or equal to", "more than or equal to", "at least", "no less than", "ge"),
        ">=",
    ),
}
_EVERY = {*_WORDS, *(word for words in _SPOKEN.values() for word in words)}
COMPARATOR = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(_EVERY, key=len, reverse=True))
"""A pattern that is met by each of them."""


def read_comparator(written: str | None) -> Comparator | None:
    """A comparator in any usual spelling; `=` and nothing are none.

    Raises:
        ComparatorConflictError: It is no comparator.
    """
    word = " ".join(html.unescape((written or "")[:_LONGEST]).split()).casefold()
    if word in {"", "="}:
        return None
    try:
        return _WORDS[word]
    except KeyError:
        happened = f"{shown(written)} is not a comparator"
        raise ComparatorConflictError(happened, "write <, <=, > or >=", word[:80]) from None
