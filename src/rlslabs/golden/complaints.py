"""What a program said on its way down, cut short without the line that holds the reason being lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rlslabs.errors import printable

_ENDS, _WIDE = 3, 200
"""How many of the first and of the last lines of a complaint are told, and how much of each: what failed stands first
in the words of one language, last in those of another, and below its own source in those of a third."""

_REASON = re.compile(r"(?!at ).{0,60}?\b[\w.$]*(?:[Ee]rror|Exception|panic(?:ked)?)\b(?: \[\w+\])?(?:: | at )")
"""`ValueError: ...`, `Error [CODE]: ...`, `Caused by: java.io.IOException: ...`, `panic: ...`; no frame of a stack."""


def complaint(written: bytes) -> str:
    """The first and the last lines, and between them the first and the last that name an error; `nothing` for none."""
    lines = written.decode("utf-8", "replace").splitlines()
    said = [each.strip() for each in lines if any(map(str.isalnum, each))]
    return " / ".join(_cut(said)) or "nothing"


def _cut(said: Sequence[str]) -> Iterator[str]:
    """The lines that are told, with a sign wherever some between two of them are not."""
    if len(said) <= _ENDS * 2:
        kept: Iterable[int] = range(len(said))
    else:
        kept = {*range(_ENDS), *range(len(said) - _ENDS, len(said)), *_first(said), *_first(said, backwards=True)}
    for before, number in pairwise((-1, *sorted(kept))):
        if number > before + 1:
            yield "…"
        yield printable(_short(said[number]))


def _first(said: Sequence[str], *, backwards: bool = False) -> list[int]:
    """Where an error is named for the first time, counted from either end; nowhere where none is."""
    numbers = reversed(range(len(said))) if backwards else range(len(said))
    return [*next(([number] for number in numbers if _REASON.match(said[number][: _WIDE * 5])), [])]


def _short(line: str) -> str:
    """A long line without its middle: paths are long, and tell by their ends."""
    half = _WIDE // 2
    return line if len(line) <= _WIDE else f"{line[:half]}…{line[1 - half :]}"
