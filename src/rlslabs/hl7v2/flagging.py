"""OBX-8 written back where a laboratory left it empty, and every other byte as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Literal, NamedTuple, TypeVar, cast

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import WrongTypeError, shown
from rlslabs.hl7v2.charset import KEPT, decode_all, encode_again, wide
from rlslabs.hl7v2.er7 import Marks, RawMessage
from rlslabs.hl7v2.judging import Sets, judge
from rlslabs.hl7v2.obx import Mark
from rlslabs.hl7v2.received import JudgedMessage, Segment
from rlslabs.interpretation import Interpretation
from rlslabs.model import Assumption, Hl7Code
from rlslabs.wording import assumed_words, fact_words, listed

_OBX_8 = 8
_FITS: tuple[Assumption, ...] = ("printed-range-fits",)
Sent = TypeVar("Sent", bytes, str)
Why = Literal["name-unknown", "range-not-used", "range-open-side", "assumed", "undecided", "no-range", "not-writable"]


class Unflagged(NamedTuple):
    """A result that was judged and left without a flag: why, as a code and in words."""

    segment: Segment
    why: Why
    words: str


class FlaggedMessage(NamedTuple, Generic[Sent]):
    """A message with its empty OBX-8 filled, how it was judged, and the results that were left without a flag."""

    sent: Sent
    judged: JudgedMessage
    unflagged: tuple[Unflagged, ...]


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
    Nothing is written beside a range in OBX-7 that the place does not come from, or that is open on the side on which
    the set places the result outside, nor where the place rests on an
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
    every = flagged(data, standard=standard, strict=strict, decimal_mark=decimal_mark, catalog=catalog)
    parts = [each.sent for each in every]
    return data[:0].join(parts)


def flagged(
    data: Sent,
    *,
    standard: str | None = None,
    strict: bool = False,
    decimal_mark: Mark | None = None,
    catalog: Catalog | None = None,
) -> Iterator[FlaggedMessage[Sent]]:
    """Fill OBX-8 as `flag` does, message by message, and say of each result why it was left without a flag.

    The arguments and errors are those of `flag`. What is sent of all messages is together what `flag` gives.
    """
    if not isinstance(data, bytes | str):
        happened = f"The messages are a {type(data).__name__}"
        raise WrongTypeError(happened, "give bytes or text", shown(data))
    codec = wide(data) if isinstance(data, bytes) else None
    text: bytes | str = decode_all(data, codec) if isinstance(data, bytes) and codec else data
    broken = isinstance(data, bytes) and isinstance(text, str) and text.encode(codec or "", KEPT) != data
    whole: bytes | str = data
    catalog = builtin() if catalog is None else catalog
    for raw, judged in judge(text, catalog, decimal_mark, Sets(standard, strict=strict)):
        sent, unflagged = _flagged(raw, judged, broken=broken)
        if broken:  # what cannot be written again cannot be parted either
            sent, whole = whole, whole[:0]
        elif isinstance(sent, str) and codec is not None:
            sent = sent.encode(codec, KEPT)
        yield FlaggedMessage(cast("Sent", sent), judged, unflagged)  # bytes give bytes, and text text


def _flagged(raw: RawMessage, judged: JudgedMessage, *, broken: bool) -> tuple[bytes | str, tuple[Unflagged, ...]]:
    """One message with its empty OBX-8 filled, and what was left."""
    told: list[tuple[Segment, Interpretation]] = []
    left: list[Unflagged] = []
    for each in judged.segments():
        if each.interpretation is not None and not each.segment.flags:
            doubt = _doubt(each.segment, each.interpretation)
            if doubt is None:
                told.append((each.segment, each.interpretation))
            else:
                left.append(Unflagged(each.segment, *doubt))
    written = _filled(raw, {segment.number: it.hl7 for segment, it in told}) if told and not broken else raw.raw
    if written is None or broken:
        words = "the message cannot be written again as it came"
        left += [Unflagged(segment, "not-writable", words) for segment, _ in told]
    return cast("str", raw.lead) + cast("str", raw.raw if written is None else written), tuple(left)


def _doubt(segment: Segment, it: Interpretation) -> tuple[Why, str] | None:
    """Why nothing is to be written into an empty OBX-8, if so."""
    if any(issue.code == "display-unknown" for issue in segment.notices):
        return "name-unknown", "the name beside the code is not known"
    if it.standard.set != "report" and segment.result is not None and segment.result.range is not None:
        return "range-not-used", "OBX-7 holds a range that could not be used"
    assumed = it.assumptions if it.standard.set != "report" else _FITS if it.taken_to_fit else ()
    if assumed:
        words = listed([assumed_words(each, 0) for each in assumed])
        return "assumed", f"OBX-8 cannot say what was assumed: {words}"
    if it.open_sided:
        return "range-open-side", "OBX-7 is open on a side on which the standard range does not hold the result"
    return None if it.hl7 else _unplaced(it)


def _unplaced(it: Interpretation) -> tuple[Why, str]:
    """Why a result has no code."""
    if it.standard.position == "no-range":
        return "no-range", "there is no standard range for this patient"
    facts = listed([fact_words(each, 0) for each in it.standard.settled_by])
    return "undecided", f"the place is undecided; {facts} would settle it"


def _filled(raw: RawMessage, codes: dict[int, tuple[Hl7Code, ...]]) -> bytes | str | None:
    """A message with codes in the segments of these numbers; `None` where its bytes cannot be written again."""
    marks, text, done = cast("Marks", raw.marks), raw.decoded.text, 0  # a message that was judged has them
    filled: list[str] = []
    for number, line in enumerate(raw.lines, 1):
        if number in codes:
            filled.append(text[done : line.start])
            filled.append(_with_codes(line.text, marks.field, marks.repetition, codes[number]))
            done = line.start + len(line.text)
    whole = "".join([*filled, text[done:]])
    return whole if isinstance(raw.raw, str) else encode_again(whole, raw.decoded.codec, text, raw.raw)


def _with_codes(segment: str, field: str, repetition: str, codes: tuple[Hl7Code, ...]) -> str:
    """A segment with OBX-8, where nothing stands in it."""
    parts = segment.split(field)
    parts += [""] * (_OBX_8 + 1 - len(parts))
    if parts[_OBX_8].strip():
        return segment
    parts[_OBX_8] = repetition.join(codes)
    return field.join(parts)
