"""The blocks of a report, and how they are written as text for a terminal and as Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_COLOURS = {
    "low": "31",
    "high": "31",
    "below-optimal": "33",
    "above-optimal": "33",
    "optimal": "32",
    "undecided": "36",
    "no-range": "36",
    "refused": "35",
}
"""Red outside the standard range, yellow outside the optimal one, green within both."""


class Heading(NamedTuple):
    """A heading."""

    text: str
    level: int = 2


class Paragraph(NamedTuple):
    """Sentences that belong together."""

    text: str


class Items(NamedTuple):
    """A list; what stands first in an item may be its name, which is set off."""

    items: tuple[tuple[str, str], ...]


class Table(NamedTuple):
    """A header and rows of cells; the last cell of a row is a status."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Sources(NamedTuple):
    """Citations, counted from 1."""

    citations: tuple[str, ...]


Block = Heading | Paragraph | Items | Table | Sources


def paint(word: str, *, colour: bool) -> str:
    """A status in its colour."""
    code = _COLOURS.get(word.strip())
    return f"\x1b[{code}m{word}\x1b[0m" if colour and code else word


def as_text(blocks: Iterable[Block], *, width: int, colour: bool = False) -> str:
    """The blocks as lines of at most `width` characters; a table keeps its own width."""
    lines = (line for block in blocks for line in (*_lines(block, width, colour=colour), ""))
    return _marked("\n".join(lines)).rstrip() + "\n"


def _lines(block: Block, width: int, *, colour: bool) -> Iterator[str]:
    match block:
        case Heading(text, level):
            lines = wrapped(text, width)
            yield from lines
            yield ("=" if level == 1 else "-") * max(map(len, lines), default=0)
        case Paragraph(text):
            yield from wrapped(text, width)
        case Items(items):
            for name, text in items:
                yield from wrapped(f"{name}: {text}" if name else text, width, first="- ", rest="  ")
        case Table(head, rows):
            yield from table(head, rows, colour=colour)
        case _:
            for number, citation in enumerate(block.citations, 1):
                yield from wrapped(f"{OPEN}{number}{CLOSE} {citation}", width, rest="    ")


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """A text in lines; no word and no code is broken."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, colour: bool) -> Iterator[str]:
    """A table in columns, with a line below its header."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for number, row in enumerate((head, *rows)):
        *cells, last = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([*cells, paint(last.rstrip(), colour=colour)]).rstrip()
        if not number:
            yield "  ".join("-" * width for width in widths)


def as_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown; nothing that came from a report is taken for markup."""
    return "\n".join(line for block in blocks for line in (*_markdown(block), "")).rstrip() + "\n"


def _markdown(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * level} {plain(text)}"
        case Paragraph(text):
            yield plain(text)
        case Items(items):
            for name, text in items:
                yield f"- **{plain(name)}**: {plain(text)}" if name else f"- {plain(text)}"
        case Table(head, rows):
            for number, row in enumerate((head, *rows)):
                yield f"| {' | '.join(plain(cell) for cell in row)} |"
                if not number:
                    yield f"|{'---|' * len(head)}"
        case _:
            for number, citation in enumerate(block.citations, 1):
                yield f"{number}. {_escaped(citation)}"


OPEN, CLOSE = "\ue000", "\ue001"
"""The brackets of a mark inside of blocks: no text that was read can hold them, so that none can forge a mark."""

_MARK = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_MARKUP = re.compile(r"([\\`*_|<~$&\[\]!]|^[#>+=-]|^\d+(?=[.)]))")
_LINK = re.compile(r"(?<=http):|(?<=https):|(?<=ftp):|(?<=www)\.|@", re.IGNORECASE)


def plain(text: str) -> str:
    """Text that Markdown shows as it stands, addresses included; the marks of sources become `[1]`."""
    return _LINK.sub(lambda found: f"\\{found[0]}", _escaped(text))


def _escaped(text: str) -> str:
    folded = " ".join(text.split())
    return _marked(_MARKUP.sub(_escape, folded))


def _marked(text: str) -> str:
    return _MARK.sub(r"[\1]", text)


def _escape(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
