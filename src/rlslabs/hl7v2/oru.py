"""An ORU^R01 message to its reports: whose they are, and each OBX segment read or refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

from rlslabs.errors import LabsError, MessageError, ResultStatusError, SegmentError, printable, shown
from rlslabs.hl7v2.coded import NamedTests
from rlslabs.hl7v2.er7 import Fields, Line, Marks, RawMessage, Splitter
from rlslabs.hl7v2.obx import Mark, Order, Specimen, flags, read_observation
from rlslabs.hl7v2.pid import Whose, read_patient
from rlslabs.hl7v2.received import Message, Report, Segment
from rlslabs.hl7v2.tables import CANCELLED, CANCELLED_ORDER, CANCELLED_STATUS, OPEN, REPLACING, SETTLING
from rlslabs.model import Issue
from rlslabs.specimens import OTHER_FLUIDS, other_fluids, specimens, whole_blood

_NAMES = (0, 1, 3, 4, 8)
"""Code, text, their alternates and the original text of a CWE."""

_EARLY = "stands before the first PID segment, so nobody knows whose it is"

_ZONE = re.compile(r"[+-][0-9]{2}:?[0-9]{2}\Z")
"""Left out of a moment that is held against another: the one may be given to the minute and the other to the second."""

MOST_RESULTS = 500
"""Results of our analytes in one report: every one is held against the others."""


class _Reader(NamedTuple):
    """What every segment of a message is read with."""

    splitter: Splitter
    names: NamedTests
    mark: Mark | None


class _Key(NamedTuple):
    """What a record is of: the test, OBX-4, and when it was collected, each as far as it is said."""

    test: str = ""
    sub: str = ""
    time: str = ""

    def fits(self, other: _Key) -> bool:
        """Whether another record of the test may be the same: all that both say agrees, and a day holds its hours."""
        alike = not self.sub or not other.sub or self.sub == other.sub
        return alike and (self.time.startswith(other.time) or other.time.startswith(self.time))


class _Read(NamedTuple):
    """A segment that was read, and what tells whether a later one takes its place."""

    segment: Segment
    key: _Key


def read_message(raw: RawMessage, number: int, names: NamedTests, mark: Mark | None = None) -> Message:
    """What was read and what was refused of a message, segment by segment; nothing in it raises an error."""
    issues: list[Issue] = []
    said = {
        "number": number,
        "line": raw.lines[0].number,
        "type": "",
        "version": "",
        "character_set": raw.decoded.codec,
    }
    if raw.decoded.guessed is not None:
        issues.append(Issue.trusted({"code": "character-set-guessed", "message": raw.decoded.guessed, "text": ""}))
    reports: tuple[Report, ...] = ()
    try:
        if raw.fault is not None:
            raise raw.fault
        reader = _Reader(Splitter(cast("Marks", raw.marks), raw.decoded.codec), names, mark)  # it has some, or a fault
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
    """A report for each PID segment; results before the first one are nobody's, and all else there is its own."""
    first = next((index for index, line in enumerate(lines) if line.name == "PID"), 0)
    group: list[tuple[int, Line]] = []
    for index, line in enumerate(lines):
        if line.name == "PID" and any(each.name in {"PID", "OBX"} for _, each in group):
            yield from _report(group, reader)
            group = []
        early = index < first and line.name == "OBX"
        group.append((index + 1, line._replace(broken=line.broken or _EARLY) if early else line))
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
    cancelled = False
    for _, line in group:
        if line.name == "ORC":
            cancelled = _is_cancelled(line, reader)
            if cancelled:  # also of results that follow it at once, where its OBR stands before it or is lacking
                orders.append(orders[-1]._replace(cancelled=True))
        elif line.name == "OBR":
            order = _order(line, reader).of(tubes)
            orders.append(order._replace(cancelled=order.cancelled or cancelled))
            cancelled = False
        elif line.name == "SPM" and first:
            tubes = (tubes if before == "SPM" else Order()).of(_specimen(line, reader))
            orders.append(orders[-1]._replace(specimens=()).of(tubes))
        elif line.name == "SPM":
            orders[-1] = orders[-1].of(_specimen(line, reader))
        before = line.name if line.name in {"OBR", "OBX", "SPM"} else before
        belongs.append(len(orders) - 1)
    return [orders[index] for index in belongs]


def _is_cancelled(line: Line, reader: _Reader) -> bool:
    """Whether ORC-1, or the status in ORC-5, says that the order was cancelled."""
    parts = [*line.text.split(reader.splitter.marks.field, 6), *[""] * 5]
    control, status = (parts[place].strip().upper() for place in (1, 5))
    return control in CANCELLED or status == CANCELLED_STATUS


def _order(line: Line, reader: _Reader) -> Order:
    try:
        segment = reader.splitter.fields(line)
    except SegmentError as error:
        return Order(fault=error)
    sources = [
        [part.replace(reader.splitter.marks.subcomponent, " ").strip() for part in each] for each in segment.every(15)
    ]
    found = tuple(one for each in sources for one in _source(each))
    cancelled = segment.component(25).upper() == CANCELLED_ORDER
    name = " ".join(part for part in segment.components(4) if part)
    bloodless = _short(name) if other_fluids(name) else ""
    return Order(bloodless, segment.component(7), found, cancelled)


def _specimen(line: Line, reader: _Reader) -> Order:
    """What an SPM says, as an order that says no more."""
    try:
        segment = reader.splitter.fields(line)
    except SegmentError as error:
        return Order(fault=error)
    written = [[each[index] for index in _NAMES if index < len(each)] for each in segment.every(4)]
    found = tuple(_named(" ".join(filter(None, each))) for each in written if any(each))
    rejected = segment.text(21)
    happened = f"SPM-21 says that the specimen was rejected: {shown(rejected)}"
    fault = ResultStatusError(happened, "leave its results out", rejected[:80]) if rejected else None
    return Order(collected=segment.component(17), specimens=found, fault=fault)


def _source(parts: list[str]) -> Iterator[Specimen]:
    """What one repetition of OBR-15 says: a source, and words behind it, where another fluid may stand all the same."""
    first, rest = parts[0], " ".join(filter(None, parts[1:]))
    if first or any(specimens(rest)):
        one = _named(first or rest, rest)
        yield one._replace(kinds=one.kinds | {kind for kind, _ in specimens(rest) if kind in OTHER_FLUIDS})


def _named(written: str, beside: str = "") -> Specimen:
    """The kinds of a specimen; blood of which nothing was separated is a kind of its own."""
    kinds = {kind for kind, _ in specimens(written)}
    whole = {"whole blood"} if whole_blood(f"{written} {beside}") else set()
    return Specimen(frozenset(kinds | whole), _short(written))


def _observed(number: int, line: Line, order: Order, whose: Whose, reader: _Reader) -> _Read:
    """One OBX segment, read or refused."""
    told = {"number": number, "line": line.number, "set_id": "", "written": "", "status": "", "flags": ()}
    answer: dict[str, object] = {"result": None, "issue": None, "notices": ()}
    key = _Key()
    try:
        segment = reader.splitter.fields(line)
        named = segment.components(3)
        told |= {"set_id": _short(segment.text(1)), "status": _short(segment.text(11))}
        told |= {"written": _short(" ".join(part for part in named[:2] if part))}
        taken = _ZONE.sub("", segment.component(14) or order.collected)
        key = _Key(reader.names.claimed(named), segment.text(4), taken)
        told["flags"] = flags(segment)
        test = reader.names.identify(named, reader.splitter.codec)
        if whose.fault is not None:
            raise whose.fault.with_traceback(None)
        result, notices = read_observation(segment, test, order, reader.mark)
        whose.hold_against(result.collected)
        answer |= {"result": result, "notices": tuple(notices)}
    except LabsError as error:
        answer["issue"] = Issue.of(error)
    return _Read(Segment.trusted({**told, **answer}), key)


def _standing(read: list[_Read]) -> list[Segment]:
    """The segments, a result refused that a later record corrects, deletes, calls wrong, makes final, or ends."""
    replaced: dict[str, list[_Read]] = {}
    settled: dict[str, list[_Read]] = {}
    standing: list[Segment] = []
    for each in reversed(read):
        segment, key = each
        status = segment.status.upper()
        later = [*replaced.get(key.test, ()), *(settled.get(key.test, ()) if status in OPEN else ())]
        found = next((one for one in later if one.key.fits(key)), None) if segment.result is not None else None
        if found is not None:
            happened = f"{found.segment.place} takes the place of this record"
            standing.append(_refused(segment, ResultStatusError(happened, "use that one", segment.status)))
        else:
            standing.append(segment)
        for statuses, records in ((REPLACING, replaced), (SETTLING, settled)):
            if status in statuses:
                _keep(each, records.setdefault(key.test, []))
    return standing[::-1]


def _keep(read: _Read, records: list[_Read]) -> None:
    """Keep a record that takes the place of others; of too many it may be each."""
    if len(records) < MOST_RESULTS:
        records.append(read)
    else:
        records[:] = [read._replace(key=_Key())]


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
