"""Messages read and judged: each with a report, and a panel, for every patient in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple, TypeVar

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import MessageError, WrongTypeError, shown
from rlslabs.hl7v2.coded import NamedTests
from rlslabs.hl7v2.er7 import RawMessage
from rlslabs.hl7v2.feed import messages
from rlslabs.hl7v2.obx import Mark
from rlslabs.hl7v2.oru import read_message
from rlslabs.hl7v2.received import JudgedMessage, Message
from rlslabs.panel import interpret_panel

MOST_KEPT = 250_000
"""OBX segments that are kept in memory at once; `stream` gives the messages of a larger file one by one."""

Kept = TypeVar("Kept", Message, JudgedMessage)


Given = bytes | str | IO[bytes]


class Sets(NamedTuple):
    """The sets of ranges, and what may be assumed or estimated, as for `rlslabs.interpret_panel`."""

    standard: str | None
    optimal: str | None = None
    strict: bool = False
    estimate_tibc: bool = False


def read(data: Given, *, decimal_mark: Mark | None = None, catalog: Catalog | None = None) -> tuple[Message, ...]:
    """Read the results of ORU^R01 messages, each OBX segment with its result or the issue it is refused for.

    Args:
        data: One message or many, as bytes, text or an open binary file, with any line ends, framed by MLLP or by
            batch headers or not.
        decimal_mark: `.` or `,` for values that are sent as text; a number sent as NM or SN has a point.
        catalog: Another catalog than our own.

    Returns:
        The messages in order. Nothing is judged yet; results of other tests have the issue `unknown-marker`.

    Raises:
        MessageError: There is no message at all, or more than is to be kept at once.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes, text nor a binary file.
    """
    names = NamedTests(builtin() if catalog is None else catalog)
    return tuple(_kept(read_message(raw, number, names, decimal_mark) for number, raw in _numbered(data)))


def interpret(
    data: Given,
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
        WrongTypeError: The data is neither bytes, text nor a binary file.
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
    data: Given,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    decimal_mark: Mark | None = None,
    catalog: Catalog | None = None,
) -> Iterator[JudgedMessage]:
    """Judge messages as `interpret` does, one by one, so that a large file needs little memory.

    The arguments are those of `interpret`. An open binary file is read in pieces; bytes are in memory anyway.

    Raises:
        MessageError: There is no message at all.
        MissingExtraError: The extra `hl7v2` is not installed.
        WrongTypeError: The data is neither bytes, text nor a binary file.
        UnknownSetError: No set of ranges has this name.
    """
    sets = Sets(standard, optimal, strict, estimate_tibc)
    for _, judged in judge(data, builtin() if catalog is None else catalog, decimal_mark, sets):
        yield judged


def judge(
    data: Given, catalog: Catalog, decimal_mark: Mark | None, sets: Sets
) -> Iterator[tuple[RawMessage, JudgedMessage]]:
    """Every message as it came, and judged."""
    catalog.set("standard", sets.standard)
    catalog.set("optimal", sets.optimal)
    names = NamedTests(catalog)
    for number, raw in _numbered(data):
        message = read_message(raw, number, names, decimal_mark)
        panels = tuple(
            interpret_panel(report.results, report.patient, catalog=catalog, **sets._asdict())
            for report in message.reports
        )
        yield raw, JudgedMessage.trusted({"message": message, "panels": panels})


def _numbered(data: Given) -> Iterator[tuple[int, RawMessage]]:
    """The messages with their numbers.

    Raises:
        WrongTypeError: The data is of another type.
    """
    if not isinstance(data, bytes | str) and not (hasattr(data, "read") and isinstance(data.read(0), bytes)):
        happened = f"The messages are a {type(data).__name__}"
        raise WrongTypeError(happened, "give bytes, text or a file that is open in binary", shown(data))
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
