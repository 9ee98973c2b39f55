"""JSON in and out without touching a digit: a decimal that was written 38.10 is written 38.10 again."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rlslabs.errors import ResourceError


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless a name stands in it twice: of two values nobody knows which is meant.

    Raises:
        ResourceError: A name stands twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        happened = "A name stands twice in one object of the JSON"
        raise ResourceError(happened, "give each element once")
    return found


_READER = json.JSONDecoder(parse_float=Decimal)
_CHECKED = json.JSONDecoder(parse_float=Decimal, object_pairs_hook=once)
_MARK = secrets.token_hex(16)
"""Stands in the text where a decimal or JSON belongs that the writer of the standard library cannot write itself."""


@dataclass(frozen=True, slots=True)
class Written:
    """One or more elements of a list, as JSON with commas between them; `dumps` writes them as they stand."""

    text: str


def loads(written: str | bytes, *, checked: bool = True) -> Any:  # noqa: ANN401  JSON holds anything
    """JSON as Python, decimals exactly.

    Args:
        written: The text, or its bytes in UTF-8.
        checked: Refuse a name that stands twice in one object; without it reading takes half the time.

    Raises:
        ResourceError: It is no JSON, is nested too deeply, or is not UTF-8.
    """
    try:
        text = written if isinstance(written, str) else written.decode("utf-8-sig")
        if not checked and text[:1] == "{":  # a line of an export, mostly with nothing around it
            found, end = _READER.raw_decode(text)
            if end == len(text):
                return found
        return (_CHECKED if checked else _READER).decode(text)
    except RecursionError as error:
        happened = "The JSON is nested too deeply"
        raise ResourceError(happened, "hand over the inner resources by themselves") from error
    except UnicodeDecodeError as error:
        happened = f"The text is not UTF-8 (byte {error.start})"
        raise ResourceError(happened, "save it in UTF-8") from error
    except json.JSONDecodeError as error:
        happened = f"This is no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        raise ResourceError(happened, "mend it at the place named") from error
    except ResourceError:
        raise
    except (ValueError, ArithmeticError) as error:
        happened = "A number in the JSON has too many digits"
        raise ResourceError(happened, "write it as FHIR does") from error


def is_named_once(text: str, names: int) -> bool:
    """Whether a JSON text that reads as so many names cannot have lost one that stands twice in one object.

    A name is followed by a quotation mark and a colon. Where the text has no more of these than there are names, none
    was lost; a text that has more, or spaces before a colon, must be read again to tell.
    """
    return text.count('":') == names and _LOOSE.search(text) is None


_LOOSE = re.compile(r'"[ \t\n\r]')


def names_in(parts: Iterable[object]) -> int:
    """How many names of objects stand in parts of JSON."""
    names, waiting = 0, [*parts]
    while waiting:
        each = waiting.pop()
        if type(each) is dict:
            names += len(each)
            waiting += each.values()
        elif type(each) is list:
            waiting += each
    return names


def added(text: str, resource: dict[str, Any], more: dict[str, str]) -> str | None:
    """The JSON of an object with more elements in some of its lists; `None` where it is not certain where they belong.

    Everything else stays as it was spelled; what is spelled over several lines is not a line with more elements.

    Args:
        text: The JSON.
        resource: What it reads as.
        more: The elements by the names of their lists, as JSON with commas between them.
    """
    if not resource or text[:1] != "{" or text[-1:] != "}" or not _is_one_line(text):
        return None
    tail = ""
    for name, elements in more.items():
        if not elements:
            continue
        if name not in resource:
            tail += f',"{name}":[{elements}]'
        elif (end := _end_of_list(text, name)) is not None:
            text = f"{text[:end]},{elements}{text[end:]}"
        else:
            return None
    return f"{text[:-1]}{tail}}}"


def _is_one_line(text: str) -> bool:
    """Whether a JSON text breaks nowhere, and can be written as UTF-8."""
    return (text.isascii() and "\n" not in text and "\r" not in text) or text.isprintable()


def _end_of_list(text: str, name: str) -> int | None:
    """Where a list ends in the JSON of the object that holds it; `None` where that is not certain."""
    if text.count(f'"{name}"') != 1 or "\\" in text:  # with escapes a name could be spelled in other ways
        return None
    match = _COLON.match(text, text.index(f'"{name}"') + len(name) + 2)
    if match is None or text[match.end()] != "[":
        return None
    held, end = _READER.raw_decode(text, match.end())
    return end - 1 if held else None


_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")


def dumps(resource: object, *, indent: int | None = None) -> str:
    """Python as JSON, decimals as they were written.

    Raises:
        ResourceError: It is nested too deeply to be written.
    """
    held: list[str] = []

    def hold(thing: object) -> str:
        if isinstance(thing, Written):
            held.append(thing.text)
        elif isinstance(thing, Decimal) and thing.is_finite():
            held.append(str(thing))
        else:
            return str(thing)
        return _MARK

    separators = (",", ":") if indent is None else None
    try:
        text = json.JSONEncoder(
            default=hold, ensure_ascii=False, indent=indent, separators=separators, check_circular=False
        ).encode(resource)
    except RecursionError as error:
        happened = "The resource is nested too deeply to be written"
        raise ResourceError(happened, "hand over the inner resources by themselves") from error
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair, as JSON escapes it
    if not held:
        return text
    parts = text.split(f'"{_MARK}"')
    parts[1:] = [f"{thing}{part}" for thing, part in zip(held, parts[1:], strict=True)]
    return "".join(parts)
