r"""The vertical-bar form of HL7 v2: a message into segments, a segment into fields, a field into its parts and escapes.

The only module that knows the `hl7` library, and lazily. It splits one segment at a time, and its own `unescape` is not
used: it writes values into the log, drops what follows a lone escape character, reads the bytes of `\X..\` one by
one whatever the character set, and multiplies a line break as often as a hostile sender asks.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from rlslabs.errors import MessageError, MissingExtraError, SegmentError, shown
from rlslabs.hl7v2.charset import MARK, Decoded, decode, decode_hex, marked

LONGEST_SEGMENT = 65_536
MOST_PARTS = 2_000
"""Parts of one segment: a result has some dozens, and each costs memory."""

MOST_SEGMENTS = 50_000
"""Segments of one message."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
_FRAME = " \t\x0b\x1c\ufeff"
_HEADER_SPLIT = 18
_ESCAPES = {
    **dict.fromkeys(("H", "N", ".fi", ".nf", ".in", ".ti", ".sk"), " "),
    **dict.fromkeys((".br", ".sp", ".ce"), "\n"),
}
"""Layout: each parts what stands before it from what stands behind it, so that two digits never become one number."""

_LOST = {"MSH": {"PID"}, "PID": {"PID"}, "PV1": {"PID"}, "SPM": {"PID"}, "ORC": {"OBR", "PID"}, "OBR": {"OBR", "PID"}}
"""Segments that say whose the results below are and of what, and where that is said anew."""

_WHOSE = ("MSH", "PID")
_TAKEN_FOR = str.maketrans("105", "IOS")
_SPELLED = {name.translate(_TAKEN_FOR): name for name in _LOST}
"""Names of segments, and how they read where a digit is taken for the letter that it resembles."""

_NAME = 12
_SPELT = 5
_FORMAT = re.compile(r"(\.[a-z]{2})[+-]?[0-9]{0,4}")


class Marks(NamedTuple):
    """The separators of a message, from MSH-1 and MSH-2."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


class Line(NamedTuple):
    """A line of a message: its number in the file, where it begins in the message, its text, and its segment's name.

    `broken` says why part of it may be missing, if so.
    """

    number: int
    start: int
    text: str
    name: str
    broken: str = ""


class RawMessage(NamedTuple):
    """A message as it came: its bytes or text, its text and codec, its separators and lines, or why it has none.

    `lead` is what stands before the first message of a file, else empty.
    """

    lead: bytes | str
    raw: bytes | str
    decoded: Decoded
    marks: Marks | None
    lines: tuple[Line, ...]
    fault: MessageError | SegmentError | None


class Fields:
    """One segment, as the library split it: fields counted from 1, parts without escapes."""

    __slots__ = ("_codec", "_marks", "_segment")

    def __init__(self, segment: Any, marks: Marks, codec: str) -> None:  # noqa: ANN401  a list of the untyped library
        self._segment, self._marks, self._codec = segment, marks, codec

    def written(self, number: int) -> str:
        """A field as it was sent, with its escapes."""
        return str(self._segment[number]) if number < len(self._segment) else ""

    def text(self, number: int) -> str:
        """A whole field as text, without escapes; the HL7 null is nothing."""
        return self._plain(self.written(number))

    def repetitions(self, number: int) -> list[str]:
        """The repetitions of a field as text, those that say nothing left out."""
        field = self._segment[number] if number < len(self._segment) else ()
        return [text for each in field if (text := self._plain(str(each)))]

    def components(self, number: int) -> list[str]:
        """The components of the first repetition of a field."""
        return next(iter(self.every(number)[:1]), [])

    def every(self, number: int) -> list[list[str]]:
        """The components of every repetition of a field."""
        field = self._segment[number] if number < len(self._segment) else ()
        return [[self._plain(str(part)) for part in ([each] if isinstance(each, str) else each)] for each in field]

    def firsts(self, number: int) -> list[str]:
        """The first component of every repetition of a field, those that say nothing left out."""
        field = self._segment[number] if number < len(self._segment) else ()
        firsts = (each if isinstance(each, str) else each[0] for each in field if each)
        return [text for each in firsts if (text := self._plain(str(each)))]

    def component(self, number: int, index: int = 1) -> str:
        """One component, counted from 1, or nothing."""
        parts = self.components(number)
        return parts[index - 1] if index <= len(parts) else ""

    def _plain(self, written: str) -> str:
        text = unescape(written, self._marks, self._codec).strip()
        return "" if text == '""' else marked(text)


class Splitter(NamedTuple):
    """The separators and the character set of a message, with which every segment of it is split."""

    marks: Marks
    codec: str

    def fields(self, line: Line) -> Fields:
        """The fields of a segment.

        Raises:
            SegmentError: It is too long, or part of it may be missing.
        """
        return fields(line, self.marks, self.codec)


def fields(line: Line, marks: Marks, codec: str) -> Fields:
    """The fields of a segment.

    Raises:
        SegmentError: It is too long, or goes on in another line.
    """
    if line.broken:
        raise SegmentError(f"The {line.name} segment {line.broken}", "send it again", line.name)
    parts = sum(map(line.text.count, (marks.field, marks.component, marks.repetition, marks.subcomponent)))
    if len(line.text) > LONGEST_SEGMENT or parts > MOST_PARTS:
        happened = f"The {line.name} segment has {len(line.text)} characters in {parts} parts"
        raise SegmentError(happened, f"send at most {LONGEST_SEGMENT} in {MOST_PARTS}", line.name)
    header = f"MSH{marks.field}{marks.component}{marks.repetition}{marks.escape}{marks.subcomponent}{marks.field}"
    text = f"{line.text}{marks.field}" if line.name == "MSH" else f"{header}\r{line.text}"
    return Fields(_library().parse(text)[0 if line.name == "MSH" else 1], marks, codec)


def unescape(written: str, marks: Marks, codec: str) -> str:
    r"""A field's text with its escapes resolved; what is no escape that is known stays as it stands.

    >>> unescape(r"\T\lt;5 \XB5\g\Q", Marks("|", "^", "~", "\\", "&"), "iso8859-1")
    '&lt;5 µg\\Q'
    """
    if marks.escape not in written:
        return written
    return _escape(marks.escape).sub(lambda match: _resolved(match, marks, codec), written)


@lru_cache(maxsize=64)
def _escape(mark: str) -> re.Pattern[str]:
    mark = re.escape(mark)
    return re.compile(rf"{mark}([A-Za-z.][^{mark}]{{0,1000}}){mark}")


def _resolved(match: re.Match[str], marks: Marks, codec: str) -> str:
    sequence = match[1]
    named = {"F": marks.field, "S": marks.component, "R": marks.repetition, "E": marks.escape, "T": marks.subcomponent}
    if (plain := {**named, **_ESCAPES}.get(sequence)) is not None:
        return plain
    if sequence.startswith("X"):
        text = decode_hex(sequence[1:], codec)
    else:
        layout = _FORMAT.fullmatch(sequence)
        text = _ESCAPES.get(layout[1]) if layout else None
    return match[0] if text is None else text


def message(lead: bytes | str, raw: bytes | str, number: int) -> RawMessage:
    """One message, whose first line has this number, decoded and split into lines."""
    try:
        marks = _marks(raw if isinstance(raw, str) else raw[:LONGEST_SEGMENT].decode("iso8859-1"))
    except MessageError as error:
        return RawMessage(lead, raw, Decoded("", "ascii"), None, (Line(number, 0, "MSH", "MSH"),), error)
    decoded = Decoded(raw, "utf-8") if isinstance(raw, str) else decode(raw, _declared(raw, marks))
    lines: list[Line] = []
    mangled = ""
    for start, text, at in _lines(decoded.text, number):
        name = text[:3]
        whole = _SEGMENT.fullmatch(name) and text[3:4] in {"", marks.field} and name not in {"ADD", "DSC"}
        misspelt = whole and name not in _LOST
        damaged = _swallowed(text, marks) or (_SPELLED.get(_spelled(name), "") if misspelt else "")
        if whole:
            mangled = "" if name in _LOST.get(mangled, ()) else mangled
            lost = f"stands below what may be a damaged {mangled} segment" if mangled else ""
            lost = lost or ("holds bytes that are no text" if decoded.lossy and MARK in text else "")
            lines.append(Line(at, start, text, name, lost))
        else:  # part of the line before it may stand here, or a segment of its own
            lines[-1] = lines[-1]._replace(broken="goes on in a line that is no segment")
            damaged = damaged or _damaged(text, marks)
        if whole and damaged:
            lines[-1] = lines[-1]._replace(broken=f"is, or holds, what may be a damaged {damaged} segment")
        if damaged == "SPM" and not mangled:
            _break_order(lines)
        if damaged and (not mangled or len(_LOST[damaged]) <= len(_LOST[mangled])):
            mangled = mangled if mangled in _WHOSE else damaged
        if len(lines) > MOST_SEGMENTS:
            happened = f"The message has more than {MOST_SEGMENTS} segments"
            fault = SegmentError(happened, "send one message for each report")
            return RawMessage(lead, raw, decoded, marks, tuple(lines[:1]), fault)
    return RawMessage(lead, raw, decoded, marks, tuple(lines), None)


def _break_order(lines: list[Line]) -> None:
    """A specimen follows the results that it is of: those of the last order cannot be told either."""
    for index in range(len(lines) - 1, 0, -1):
        if lines[index].name in {"OBR", "PID"}:
            return
        lines[index] = lines[index]._replace(broken="stands above what may be a damaged SPM segment")


def _damaged(text: str, marks: Marks) -> str:
    """Which segment of weight a line may be that is none: in small letters, parted, misspelt, behind a stray sign."""
    if text.startswith(_WHOSE) and not text[3:4].isalnum() and text[3:4] > " ":  # parted by another sign
        return text[:3]
    first, field, _ = text[:_NAME].partition(marks.field)
    bare = _spelled("".join(filter(str.isalnum, first)).upper())
    names = (_SPELLED.get(each[:3], "") for each in (bare, bare[1:]) if field and len(bare) <= _SPELT)
    return next(filter(None, names), "")


def _spelled(name: str) -> str:
    """A name of three letters with the digits that are taken for letters as such."""
    return name.translate(_TAKEN_FOR)


def _swallowed(text: str, marks: Marks) -> str:
    """Which segment of weight stands within a line, because a line end was lost."""
    found = _inner(marks.field).search(text, 3)
    return found[1] if found else ""


@lru_cache(maxsize=64)
def _inner(field: str) -> re.Pattern[str]:
    """A name of a segment of weight, not the end of a word such as RAPID, with its number or separators behind it."""
    field = re.escape(field)
    return re.compile(rf"(?<![A-Za-z]{{2}})(PID|PV1|SPM|OBR|MSH){field}(?:[0-9]{{0,4}}{field}|\^)")


def _lines(text: str, number: int) -> Iterator[tuple[int, str, int]]:
    """The lines that hold something: where each begins, its text without its frame, and its number."""
    for at, match in enumerate(_LINE.finditer(text), number):
        bare = match[0].rstrip("\r\n")
        held = bare.lstrip(_FRAME)
        if held.rstrip(_FRAME):
            yield match.start() + len(bare) - len(held), held.rstrip("\x1c"), at


def _marks(text: str) -> Marks:
    """The separators that a header declares; those that it leaves out are the usual ones."""
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    field = header[3:4]
    said = header[4:].split(field, 1)[0] if field else ""
    marks = Marks(field, *(said[:4] + "^~\\&"[len(said[:4]) :]))
    usable = all(mark.isascii() and mark.isprintable() and not mark.isalnum() and mark != " " for mark in marks)
    if not field or not usable or len(set(marks)) < len(marks) or not said:
        happened = f"The separators in MSH-1 and MSH-2 are {shown(header[3:8])}"  # what follows may tell who it is
        raise MessageError(happened, r"begin the message with MSH|^~\& or five other signs of ASCII")
    return marks


def _declared(raw: bytes, marks: Marks) -> tuple[str, ...]:
    """What MSH-18 declares, read in single bytes, because the separators are ASCII."""
    header = re.split(rb"[\r\n]", raw[:LONGEST_SEGMENT], maxsplit=1)[0].decode("iso8859-1")
    parts = header.split(marks.field, _HEADER_SPLIT)
    return tuple(parts[_HEADER_SPLIT - 1].split(marks.repetition)) if len(parts) >= _HEADER_SPLIT else ()


def _library() -> Any:  # noqa: ANN401  the library has no types
    try:
        return importlib.import_module("hl7")
    except ImportError as error:
        happened = "HL7 v2 is split by the library hl7, which is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[hl7v2]'", "hl7v2") from error
