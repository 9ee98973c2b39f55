"""Good inputs made worse: pieces put in, taken out, doubled, swapped, stretched; JSON by its parts, bytes as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

SIGNS = (
    *(
        "0",
        "1",
        "9",
        "00",
        "1000",
        ".",
        ",",
        "..",
        "'",
        "’",
        "-",
        "–",
        "−",
        "+",
        "<",
        ">",
        "=",
        "≤",
        "≥",
        "~",
        "/",
        "%",
    ),
    *("(", ")", "[", "]", "{", "}", "{x}", " ", "  ", "\t", "\n", "\r\n", "\0", "\x0b", "\x1c", "\x85", "\u2028"),
    *("\u00a0", "\u2009", "\u202f", "\u200b", "\ufeff", "\u202e", "\u0301", "\ud800", "\udcff", "\ufffd", "\U0001f9ea"),
    *(
        "µ",
        "μ",
        "²",
        "½",
        "٣",
        "３",
        "१",
        "Ⅳ",
        "ı",
        "İ",
        "ß",
        "ﬁ",
        "K",
        "e5",
        "E+99",
        "e-999",
        "1e31",
        "e",
        "x",
        "inf",
        "nan",
    ),
    *("&lt;", "&gt;", "&amp;", "&#60;", "&#x110000;", "&#0;", "&#128;", "&nbsp;", "&micro;", "null", "None", "true"),
    *("2024-02-30", "0000-00-00", "9999-12-31", "T24:00", "+14:00", "Z", '"', '""', "\\", "|", "^", "~", "&", ";", ":"),
)
"""What readers trip over: marks, blanks, signs that are no text, digits of other scripts, escapes, far numbers."""

_LONGEST = 400
_STRETCHED = (2, 3, 8, 40, 300)
_GRAFTED = 0.2
_EDITS = (0, 0, 0, 0, 1, 1, 1, 2, 3, 5)

Path = tuple[str | int, ...]


def worse(rng: Random, text: str, pieces: Sequence[str] = SIGNS) -> str:
    """The same text with none or some edits; most stay near to what can be read."""
    for _ in range(rng.choice(_EDITS)):
        at = rng.randrange(len(text) + 1)
        to = min(len(text), at + rng.choice((1, 1, 1, 2, 4, 16)))
        match rng.randrange(8):
            case 0 | 1:
                text = text[:at] + rng.choice(pieces) + text[at:]
            case 2:
                text = text[:at] + text[to:]
            case 3:
                text = text[:at] + rng.choice(pieces) + text[to:]
            case 4:
                text = text[:to] + text[at:to] + text[to:]
            case 5:
                text = text[at:] + text[:at]
            case 6:
                text = text[:at] + rng.choice((str.upper, str.title, str.swapcase))(text[at:to]) + text[to:]
            case _:
                many = rng.choice(_STRETCHED)
                text = text[:at] + (text[at:to] or rng.choice(pieces)) * many + text[to:]
                text = text[: max(_LONGEST, to)] if many == _STRETCHED[-1] and rng.random() < 0.5 else text
    return text


def worse_bytes(rng: Random, data: bytes, pieces: Sequence[bytes]) -> bytes:
    """The same bytes with none or some edits."""
    return worse(rng, data.decode("latin-1"), [each.decode("latin-1") for each in pieces]).encode("latin-1", "replace")


def places(part: Any, at: Path = ()) -> list[Path]:  # noqa: ANN401  JSON holds anything
    """The path of everything in a resource, but the resource itself."""
    found: list[Path] = []
    if isinstance(part, dict | list):
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            found += [(*at, key), *places(inner, (*at, key))]
    return found


def holder(top: Any, path: Path) -> Any:  # noqa: ANN401  JSON holds anything
    """What holds the part at the end of a path."""
    for key in path[:-1]:
        top = top[key]
    return top


def worse_json(rng: Random, written: str, paths: Sequence[Path], junk: Sequence[str]) -> str:
    """The same JSON with some parts missing, doubled, wrapped, mutated, or taken from `junk` or elsewhere in it."""
    top = json.loads(written)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 6))):
        path, other = rng.choice(paths), rng.choice(paths)
        try:
            _damage(rng, holder(top, path), path[-1], json.loads(rng.choice(junk)))
            if rng.random() < _GRAFTED:
                holder(top, path)[path[-1]] = json.loads(json.dumps(holder(top, other)[other[-1]]))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier edit took the part away
    return json.dumps(top, ensure_ascii=rng.random() < _GRAFTED)


def _damage(rng: Random, held: Any, key: str | int, junk: object) -> None:  # noqa: ANN401  JSON holds anything
    """Make one part of an object or a list worse."""
    old = held[key]
    match rng.randrange(8):
        case 0:
            del held[key]
        case 1:
            held[key] = [old, old]
        case 2:
            held[key] = [old]
        case 3 | 4 if isinstance(old, str):
            held[key] = worse(rng, old)
        case 3 | 4 if isinstance(old, int | float) and not isinstance(old, bool):
            held[key] = rng.choice((-old, 0, 1e30, str(old), old * 3, [old]))
        case 5 if isinstance(held, dict):
            held[worse(rng, str(key))] = old
        case _:
            held[key] = junk
