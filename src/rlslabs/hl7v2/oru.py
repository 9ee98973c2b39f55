"""An ORU^R01 message to its reports: whose they are, and each OBX segment read or refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.errors import LabsError, MessageError, ResultStatusError, SegmentError, printable, shown
from rlslabs.hl7v2.coded import NamedTests
from rlslabs.hl7v2.er7 import Fields, Line, RawMessage, Splitter
from rlslabs.hl7v2.obx import Mark, Order, Specimen, flags, read_observation
from rlslabs.hl7v2.pid import Whose, read_patient
from rlslabs.hl7v2.received import Message, Report, Segment
from rlslabs.hl7v2.tables import CANCELLED_ORDER, FINAL, OPEN, REPLACING
from rlslabs.model import Issue
from rlslabs.specimens import other_fluids, specimens

MOST_RESULTS = 500
"""Results of our analytes in one report: every one is held against the others."""


class _Reader(NamedTuple):
    """What every segment of a message is read with."""

    splitter: Splitter
    names: NamedTests
    mark: Mark | None


class _Read(NamedTuple):
    """A segment that was read, and what tells whether a later one takes its place."""

    segment: Segment
    key: tuple[str, ...]


def read_message(raw: RawMessage, number: int, names: NamedTests, mark: Mark | None = None) -> Message:
    """What was read and what was refused of a message, segment by segment; nothing in it raises an error."""
    line = raw.lines[0].number if raw.lines else 0
    issues: list[Issue] = []
    said = {"number": number, "line": line, "type": "", "version": "", "character_set": raw.decoded.codec}
    if raw.decoded.guessed is not None:
        message = f"Of the message {raw.decoded.guessed}; declare the character set in MSH-18"
        issues.append(Issue.trusted({"code": "character-set-guessed", "message": message, "text": ""}))
    reports: tuple[Report, ...] = ()
    try:
        if raw.fault is not None or raw.marks is None:
            raise raw.fault or MessageError("The message has no separators", "begin it with MSH")
        reader = _Reader(Splitter(raw.marks, raw.decoded.codec), names, mark)
        header = reader.splitter.fields(raw.lines[0])
        said |= {"type": _short("^".join(header.components(9)[:2])), "version": _short(header.component(12))}
        _check_type(header)
        reports = tuple(_reports(raw.lines, reader))
    except (MessageError, SegmentError) as error:
        issues.append(Issue.of(error))
    return Message.trusted({**said, "reports": reports, "issues": tuple(issues)})


def _check_type(header: Fields) -> None:
    kind, event = header.component(9), header.component(9, 2)
    if kind.upper() != "ORU" or event.upper() not in {"R01", ""}:  # version 2.2 has no need of the event
        happened = f"MSH-9 is {shown(f'{kind}^{event}')}"
        raise MessageError(happened, "give ORU^R01; no other message holds results here", f"{kind}^{event}"[:80])


def _reports(lines: tuple[Line, ...], reader: _Reader) -> Iterator[Report]:
    """A report for each PID segment; segments before the first one belong to nobody that is known."""
    group: list[tuple[int, Line]] = []
    for numbered in enumerate(lines, 1):
        if numbered[1].name == "PID" and group:
            yield from _report(group, reader)
            group = []
        group.append(numbered)
    yield from _report(group, reader)


def _report(group: list[tuple[int, Line]], reader: _Reader) -> Iterator[Report]:
    """The report of one patient, if there is any result or patient in it."""
    whose = read_patient([line for _, line in group], reader.splitter)
    orders = _orders(group, reader)
    read: list[_Read] = []
    for (number, line), order in zip(group, orders, strict=True):
        if line.name == "OBX":
            read.append(_observed(number, line, order, whose, reader))
    if not read and not any(line.name == "PID" for _, line in group):
        return
    segments = _bounded(_standing(read))
    issue = None if whose.fault is None else Issue.of(whose.fault)
    yield Report.trusted({"patient": whose.patient, "segments": tuple(segments), "issue": issue})


def _orders(group: list[tuple[int, Line]], reader: _Reader) -> list[Order]:
    """For every line of a group the order that it belongs to, with its specimens.

    By the standard an SPM follows the results that it is of. Where the first one stands before every order, the sender
    puts it first: then it is of what follows, up to the next one.
    """
    names = [line.name for _, line in group if line.name in {"OBR", "OBX", "SPM"}]
    first = names[:1] == ["SPM"]
    orders: list[Order] = [Order()]
    tubes = Order()
    belongs: list[int] = []
    before = ""
    for _, line in group:
        if line.name == "OBR":
            orders.append(_order(line, reader).of(tubes))
        elif line.name == "SPM" and first:
            tubes = (tubes if before == "SPM" else Order()).of(_specimen(line, reader))
            orders.append(orders[-1]._replace(specimens=()).of(tubes))
        elif line.name == "SPM":
            orders[-1] = orders[-1].of(_specimen(line, reader))
        before = line.name if line.name in {"OBR", "OBX", "SPM"} else before
        belongs.append(len(orders) - 1)
    return [orders[index] for index in belongs]


def _order(line: Line, reader: _Reader) -> Order:
    try:
        segment = reader.splitter.fields(line)
    except SegmentError as error:
        return Order(fault=error)
    specimen = segment.component(15).replace(reader.splitter.marks.subcomponent, " ").strip()
    cancelled = segment.component(25).upper() == CANCELLED_ORDER
    name = " ".join(part for part in segment.components(4) if part)
    fluids = tuple(other_fluids(name)[:1])
    return Order(_short(name), fluids, segment.component(7), _specimens(specimen), cancelled)


def _specimen(line: Line, reader: _Reader) -> Order:
    """What an SPM says, as an order that says no more."""
    try:
        segment = reader.splitter.fields(line)
    except SegmentError as error:
        return Order(fault=error)
    parts = segment.components(4)
    specimen = " ".join(parts[index] for index in (0, 1, 3, 4, 8) if index < len(parts)).strip()
    return Order(collected=segment.component(17), specimens=_specimens(specimen))


def _specimens(written: str) -> tuple[Specimen, ...]:
    return (Specimen(frozenset(kind for kind, _ in specimens(written)), _short(written)),) if written else ()


def _observed(number: int, line: Line, order: Order, whose: Whose, reader: _Reader) -> _Read:
    """One OBX segment, read or refused."""
    told = {"number": number, "line": line.number, "written": "", "status": "", "flags": ()}
    answer: dict[str, object] = {"result": None, "issue": None, "notices": ()}
    key: tuple[str, ...] = (str(number),)
    try:
        segment = reader.splitter.fields(line)
        named = segment.components(3)
        told |= {"written": _short(" ".join(part for part in named[:2] if part)), "status": _short(segment.text(11))}
        key = (reader.names.claimed(named), segment.written(4), segment.written(14) or order.collected)
        told["flags"] = flags(segment)
        test = reader.names.identify(named)
        if whose.fault is not None:
            raise whose.fault.with_traceback(None)
        result, notices = read_observation(segment, test, order, reader.mark)
        whose.hold_against(result.collected)
        answer |= {"result": result, "notices": tuple(notices)}
    except LabsError as error:
        answer["issue"] = Issue.of(error)
    return _Read(Segment.trusted({**told, **answer}), key)


def _standing(read: list[_Read]) -> list[Segment]:
    """The segments, a result refused that a later record corrects, deletes, calls wrong, or makes final."""
    replaced: dict[tuple[str, ...], int] = {}
    final: dict[tuple[str, ...], int] = {}
    standing: list[Segment] = []
    for segment, key in reversed(read):
        status = segment.status.upper()
        later = replaced.get(key) or (final.get(key) if status in OPEN else None)
        if later is not None and segment.result is not None:
            happened = f"Segment {later} of the message takes the place of this record"
            standing.append(_refused(segment, ResultStatusError(happened, "use that one", segment.status)))
        else:
            standing.append(segment)
        if status in REPLACING:
            replaced.setdefault(key, segment.number)
        if status in FINAL:
            final.setdefault(key, segment.number)
    return standing[::-1]


def _bounded(segments: list[Segment]) -> list[Segment]:
    """The segments; where too many results are to be held against each other, all are refused alike."""
    if sum(each.result is not None for each in segments) <= MOST_RESULTS:
        return segments
    happened = f"The report holds more than {MOST_RESULTS} results of the tests that are judged here"
    error = MessageError(happened, "send them in several messages")
    return [_refused(each, error) if each.result is not None else each for each in segments]


def _refused(segment: Segment, error: LabsError) -> Segment:
    told = {name: getattr(segment, name) for name in Segment.model_fields}
    return Segment.trusted({**told, "result": None, "issue": Issue.of(error), "notices": ()})


def _short(text: str) -> str:
    return printable(text[:80])
