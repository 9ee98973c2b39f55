"""OBX-8 written back where a laboratory left it empty, and every other byte as it was."""

from __future__ import annotations

from typing import TypeVar, cast

from rlslabs.answers import PanelLine
from rlslabs.catalog import Catalog
from rlslabs.hl7v2.charset import decode_all, encode_again, wide
from rlslabs.hl7v2.er7 import RawMessage, messages
from rlslabs.hl7v2.judging import check, stream
from rlslabs.hl7v2.obx import Mark
from rlslabs.hl7v2.received import JudgedMessage, Segment
from rlslabs.model import Hl7Code

_OBX_8 = 8
Sent = TypeVar("Sent", bytes, str)


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
    Nothing is written beside a range in OBX-7 that the place does not come from, nor where the place rests on an
    assumption, which OBX-8 cannot say, or where it is not certain which test was meant. A message whose bytes cannot
    be written again as they came is given back as it is.

    Args:
        data: One message or many, as for `read`.
        standard: A set of standard ranges for results without a range in OBX-7, else the default.
        strict: Assume nothing beside a range of the laboratory either.
        decimal_mark: `.` or `,` for values that are sent as text.
        catalog: Another catalog than our own.

    Raises:
        MessageError: There is no message at all.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes nor text.
        UnknownSetError: No set of ranges has this name.
    """
    check(data)
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


def _flagged(raw: RawMessage, judged: JudgedMessage) -> bytes | str:
    """One message with its empty OBX-8 filled."""
    codes = {segment.number: code for segment, line in judged.segments() if (code := _code(segment, line))}
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


def _code(segment: Segment, line: PanelLine | None) -> tuple[Hl7Code, ...]:
    """What is to be written into an empty OBX-8, if anything."""
    it = None if line is None else line.interpretation
    if it is None or segment.result is None or segment.flags:
        return ()
    printed = it.standard.set == "report"
    told = printed if segment.result.range is not None else not it.assumptions
    doubtful = any(issue.code == "display-unknown" for issue in segment.notices)
    return it.hl7 if told and not doubtful else ()


def _with_codes(segment: str, field: str, repetition: str, codes: tuple[Hl7Code, ...]) -> str:
    """A segment with OBX-8, where nothing stands in it."""
    parts = segment.split(field)
    parts += [""] * (_OBX_8 + 1 - len(parts))
    if parts[_OBX_8].strip():
        return segment
    parts[_OBX_8] = repetition.join(codes)
    return field.join(parts)
