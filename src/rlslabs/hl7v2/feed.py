"""A file of HL7 v2 as its messages, one by one; an open file is held in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import IO, Any

from rlslabs.errors import MessageError
from rlslabs.hl7v2.charset import decode_all, wide
from rlslabs.hl7v2.er7 import RawMessage, message

PIECE = 1 << 20
"""Bytes of a file that are read at once."""

_HEADER = re.compile(r"(?:\A|(?<=[\r\n\x1c]))[ \t\x0b\ufeff]*(?=MSH)")
_HEADER_BYTES = re.compile(rb"(?:\A|(?<=[\r\n\x1c]))(?:[ \t\x0b]|\xef\xbb\xbf)*(?=MSH)")


def messages(data: bytes | str | IO[bytes]) -> Iterator[RawMessage]:
    """The messages of a file one by one; what stands before the first one is passed over.

    A file is held in pieces, as long as no character of it takes several bytes throughout.

    Raises:
        MessageError: There is no message.
    """
    number = 1
    for held in [data] if isinstance(data, bytes | str) else _pieces(data):
        codec = wide(held) if isinstance(held, bytes) else None
        piece = decode_all(held, codec) if isinstance(held, bytes) and codec else held
        yield from _messages(piece, number)
        number += _count(piece)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """A file in pieces of whole messages; each time none has come to its end, twice as much is read."""
    held = file.read(PIECE)
    if wide(held):
        held += file.read()
    while more := file.read(max(PIECE, len(held))):
        held += more
        ends = [match.end() for match in _HEADER_BYTES.finditer(held)]
        if len(ends) > 1:
            yield held[: ends[-1]]
            held = held[ends[-1] :]
    yield held


def _messages(data: bytes | str, number: int) -> Iterator[RawMessage]:
    """The messages of a piece whose first line has this number."""
    headers: Iterator[re.Match[Any]] = (
        _HEADER_BYTES.finditer(data) if isinstance(data, bytes) else _HEADER.finditer(data)
    )
    first = next(headers, None)
    if first is None:
        happened = "No line begins with MSH, so there is no HL7 v2 message"
        raise MessageError(happened, "give ORU^R01 messages in the form with vertical bars")
    lead = data[: first.end()]
    number += _count(lead)
    for start, stop in pairwise(chain([first.end()], (match.end() for match in headers), [len(data)])):
        raw = data[start:stop]
        yield message(lead, raw, number)
        number += _count(raw)
        lead = data[:0]


def _count(raw: bytes | str) -> int:
    """How many line ends there are, whatever they are made of."""
    if isinstance(raw, bytes):
        return raw.count(b"\r") + raw.count(b"\n") - raw.count(b"\r\n")
    return raw.count("\r") + raw.count("\n") - raw.count("\r\n")
