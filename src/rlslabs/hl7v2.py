"""HL7 v2: results out of ORU^R01 messages, judged, and OBX-8 written back where a laboratory left it empty.

It needs the extra `hl7v2`. The notes of a laboratory (NTE) are not read. No network, no log.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, cast

from rlslabs.catalog import Catalog, builtin
from rlslabs.charset import decode_all, encode_again, wide
from rlslabs.coded import NamedTests
from rlslabs.er7 import RawMessage, messages
from rlslabs.errors import MessageError, WrongTypeError, shown
from rlslabs.model import Hl7Code
from rlslabs.obx import Mark
from rlslabs.oru import read_message
from rlslabs.panel import interpret_panel
from rlslabs.received import JudgedMessage, Message, Report, Segment

__all__ = ["JudgedMessage", "Message", "Report", "Segment", "flag", "interpret", "read", "stream"]

MOST_KEPT = 250_000
"""OBX segments that are kept in memory at once; `stream` gives the messages of a larger file one by one."""

_OBX_8 = 8
Sent = TypeVar("Sent", bytes, str)
Kept = TypeVar("Kept", Message, JudgedMessage)


def read(data: bytes | str, *, decimal_mark: Mark | None = None, catalog: Catalog | None = None) -> tuple[Message, ...]:
    """Read the results of ORU^R01 messages, each OBX segment with its result or the issue it is refused for.

    Args:
        data: One message or many, as bytes or text, with any line ends, framed by MLLP or by batch headers or not.
        decimal_mark: `.` or `,` for values that are sent as text; a number sent as NM or SN has a point.
        catalog: Another catalog than our own.

    Returns:
        The messages in order. Nothing is judged yet; results of other tests have the issue `unknown-marker`.

    Raises:
        MessageError: There is no message at all, or more than is to be kept at once.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes nor text.
    """
    names = NamedTests(builtin() if catalog is None else catalog)
    return tuple(_kept(read_message(raw, number, names, decimal_mark) for number, raw in _numbered(data)))


def interpret(
    data: bytes | str,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    decimal_mark: Mark | None = None,
    catalog: Catalog | None = None,
) -> tuple[JudgedMessage, ...]:
    """Judge the results of ORU^R01 messages: each message with a panel for every patient in it.

    Args:
        data: One message or many, as for `read`.
        standard: A set of standard ranges, else the default; the range in OBX-7 wins where it can be read.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        estimate_tibc: Estimate TIBC from transferrin where nothing better is there; always labelled an estimate.
        decimal_mark: `.` or `,` for values that are sent as text.
        catalog: Another catalog than our own.

    Raises:
        MessageError: There is no message at all, or more than is to be kept at once.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes nor text.
        UnknownSetError: No set of ranges has this name.
    """
    return tuple(
        _kept(
            stream(
                data,
                standard=standard,
                optimal=optimal,
                strict=strict,
                estimate_tibc=estimate_tibc,
                decimal_mark=decimal_mark,
                catalog=catalog,
            )
        )
    )


def stream(
    data: bytes | str,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    decimal_mark: Mark | None = None,
    catalog: Catalog | None = None,
) -> Iterator[JudgedMessage]:
    """Judge messages as `interpret` does, one by one, so that a large file needs little memory.

    Raises:
        MessageError: There is no message at all.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes nor text.
        UnknownSetError: No set of ranges has this name.
    """
    catalog = builtin() if catalog is None else catalog
    catalog.set("standard", standard)
    catalog.set("optimal", optimal)
    names = NamedTests(catalog)
    for number, raw in _numbered(data):
        message = read_message(raw, number, names, decimal_mark)
        panels = tuple(
            interpret_panel(
                report.results,
                report.patient,
                standard=standard,
                optimal=optimal,
                strict=strict,
                estimate_tibc=estimate_tibc,
                catalog=catalog,
            )
            for report in message.reports
        )
        yield JudgedMessage.trusted({"message": message, "panels": panels})


def flag(
    data: Sent,
    *,
    standard: str | None = None,
    strict: bool = False,
    decimal_mark: Mark | None = None,
    catalog: Catalog | None = None,
) -> Sent:
    """Give the same messages back with OBX-8 filled where it is empty and the result was judged.

    The codes are those of the standard place, `L`, `N` or `H`, and `<` or `>` for a value off the scale. A
    laboratory's own flag is never touched, nor anything else: what is written stands where it stood, byte by byte.
    A message whose bytes cannot be written again as they came is given back as it is.

    Raises:
        MessageError: There is no message at all.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes nor text.
        UnknownSetError: No set of ranges has this name.
    """
    _check(data)
    if isinstance(data, bytes) and (codec := wide(data)):
        text = decode_all(data, codec)
        filled = flag(text, standard=standard, strict=strict, decimal_mark=decimal_mark, catalog=catalog)
        return encode_again(filled, codec, text, data) or data
    judged = stream(data, standard=standard, strict=strict, decimal_mark=decimal_mark, catalog=catalog)
    parts: list[Sent] = []
    length = 0
    for raw, each in zip(messages(data), judged, strict=True):
        parts.append(cast("Sent", _flagged(raw, each)))  # bytes give bytes, and text text
        length += len(raw.raw)
    return data[: len(data) - length] + data[:0].join(parts)


def _check(data: object) -> None:
    if not isinstance(data, bytes | str):
        happened = f"The messages are a {type(data).__name__}"
        raise WrongTypeError(happened, "give bytes or text", shown(data))


def _numbered(data: bytes | str) -> Iterator[tuple[int, RawMessage]]:
    _check(data)
    if isinstance(data, bytes) and (codec := wide(data)):
        data = decode_all(data, codec)
    return enumerate(messages(data), 1)


def _kept(every: Iterator[Kept]) -> Iterator[Kept]:
    """The messages, as long as they are not too many to be kept at once."""
    count = 0
    for each in every:
        message = each.message if isinstance(each, JudgedMessage) else each
        count += 1 + sum(len(report.segments) for report in message.reports)
        if count > MOST_KEPT:
            happened = f"The file holds more than {MOST_KEPT} results"
            raise MessageError(happened, "take its messages one by one from hl7v2.stream")
        yield each


def _flagged(raw: RawMessage, judged: JudgedMessage) -> bytes | str:
    """One message with its empty OBX-8 filled."""
    codes = {
        segment.number: line.interpretation.hl7
        for segment, line in judged.segments()
        if line is not None and line.interpretation is not None and line.interpretation.hl7 and not segment.flags
    }
    if not codes or raw.marks is None:
        return raw.raw
    text, done = raw.decoded.text, 0
    filled: list[str] = []
    for number, line in enumerate(raw.lines, 1):
        if number in codes:
            filled.append(text[done : line.start])
            filled.append(_with_codes(line.text, raw.marks.field, raw.marks.repetition, codes[number]))
            done = line.start + len(line.text)
    whole = "".join([*filled, text[done:]])
    if isinstance(raw.raw, str):
        return whole
    return encode_again(whole, raw.decoded.codec, text, raw.raw) or raw.raw


def _with_codes(segment: str, field: str, repetition: str, codes: tuple[Hl7Code, ...]) -> str:
    """A segment with OBX-8, where nothing stands in it."""
    parts = segment.split(field)
    parts += [""] * (_OBX_8 + 1 - len(parts))
    if parts[_OBX_8].strip():
        return segment
    parts[_OBX_8] = repetition.join(codes)
    return field.join(parts)
