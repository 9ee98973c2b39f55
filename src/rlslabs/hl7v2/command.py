"""The command `rlslabs hl7v2`: reports or JSON out, or the same messages with OBX-8 filled and what was left untold."""

from __future__ import annotations

import argparse
import itertools
import sys
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.errors import MessageError
from rlslabs.explanation import Audience
from rlslabs.files import GZIP_FAULTS, opened
from rlslabs.hl7v2 import printout
from rlslabs.hl7v2.flagging import flagged
from rlslabs.hl7v2.judging import stream
from rlslabs.hl7v2.received import JudgedMessage
from rlslabs.rows import HEAD, row

_SAID = 20
"""Lines that standard error says of one file, beside how many there were."""


class Look(NamedTuple):
    """For whom it is printed, how wide, and whether in colour."""

    audience: Audience
    width: int
    colour: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command that are its own."""
    parser.add_argument("file", help="a file of HL7 v2 messages, also packed by gzip; or - for standard input")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--flag", action="store_true", help="print the messages with OBX-8 filled where it is empty")
    shape.add_argument("--json", action="store_true", help="print a line of JSON for each message")
    shape.add_argument("--table", action="store_true", help="print a row for each result of our tests")


def run(asked: argparse.Namespace, catalog: Catalog, look: Look) -> bool:
    """Read, judge and print; whether nothing was refused."""
    try:
        return _flag(asked, catalog) if asked.flag else _print(asked, catalog, look)
    except GZIP_FAULTS as error:
        happened = "The file is no whole gzip"
        raise MessageError(happened, "pack it again, or give it unpacked") from error


def _print(asked: argparse.Namespace, catalog: Catalog, look: Look) -> bool:
    """A report, or a line of JSON, for each message."""
    refused = False
    choices = {name: getattr(asked, name) for name in ("standard", "optimal", "strict", "decimal_mark")}
    if asked.table:
        print(HEAD)
    with opened(asked.file) as file:
        for judged in stream(file, catalog=catalog, **choices):
            refused = refused or printout.is_refused(judged)
            if asked.table:
                _print_rows(judged)
            elif asked.json:
                print(judged.model_dump_json())
            else:
                words = printout.message(judged, look.audience, catalog, width=look.width, colour=look.colour)
                print(words, end="\n\n")
    return not refused


def _print_rows(judged: JudgedMessage) -> None:
    """A row for each result of our tests; a message that was refused is named on standard error."""
    told = judged.message
    for issue in told.issues:
        print(f"rlslabs: message {told.number}: {issue.message}. [{issue.code}]", file=sys.stderr)
    pairs = judged.segments()
    for index, report in enumerate(told.reports, 1):
        for each in itertools.islice(pairs, len(report.segments)):
            segment, line = each
            if segment.is_other:
                continue
            it, context = each.interpretation, line.context if line is not None else None
            taken = segment.result.collected if segment.result is not None else None
            marker = it.marker if it else context.analyte if context else segment.written
            whose = f"message {told.number}, patient {index}"
            where = segment.place, whose, taken.isoformat() if taken else ""
            print(row(where, marker, it or each.issue, segment.notices))


def _flag(asked: argparse.Namespace, catalog: Catalog) -> bool:
    """The messages with flags; standard error says what was refused, and what was judged and left without one."""
    with opened(asked.file) as file:
        data = file.read()
    choices = {name: getattr(asked, name) for name in ("standard", "strict", "decimal_mark")}
    lines: list[str] = []
    refused = False
    for each in flagged(data, catalog=catalog, **choices):
        if sys.stdout is not None:
            sys.stdout.buffer.write(each.sent)
        refused = refused or printout.is_refused(each.judged)
        lines += printout.refusals(each.judged)
        lines += [f"{one.segment.place}, {one.segment.written}: not flagged, {one.words}." for one in each.unflagged]
    for line in lines[:_SAID]:
        print(f"rlslabs: {line}", file=sys.stderr)
    if len(lines) > _SAID:
        print(f"rlslabs: and {len(lines) - _SAID} more", file=sys.stderr)
    return not refused
