"""The command `rlslabs fhir`: an annotated resource, a table or a report out; NDJSON as a stream, with progress."""

from __future__ import annotations

import argparse
import gzip
import itertools
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.errors import ResourceError, printable
from rlslabs.fhir.annotating import annotated
from rlslabs.fhir.exact import dumps, loads
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.lines import LONGEST_LINE, annotate_lines
from rlslabs.fhir.observed import Judged
from rlslabs.fhir.reporting import report
from rlslabs.interpretation import Interpretation
from rlslabs.reported import Patient
from rlslabs.wording import value_words

_EVERY = 1000
_SAID = 20
_BAR = 30
_TOLD_BY = 2
_BLANK = b" \t\r\n\xef\xbb\xbf"


class Choices(NamedTuple):
    """What was asked of the command beside the file."""

    catalog: Catalog
    patient: Patient | None
    standard: str | None
    optimal: str | None
    strict: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command that are its own."""
    parser.add_argument("file", help="JSON or NDJSON, also .gz; or - for standard input")
    parser.add_argument("--patients", help="NDJSON of the patients, such as Patient.ndjson of a bulk export")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--table", action="store_true", help="print a row for each result, and no JSON")
    shape.add_argument("--report", action="store_true", help="print a DiagnosticReport of the results read together")
    parser.add_argument("--notes", choices=["brief", "full", "none"], default="brief", help="what the note says")


def run(asked: argparse.Namespace, choices: Choices) -> bool:
    """Read, judge and print; whether nothing was refused."""
    try:
        tally = _read(asked, choices)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        happened = "The file is no whole gzip"
        raise ResourceError(happened, "pack it again, or give it unpacked") from error
    tally.end()
    return tally.refused == 0


def _read(asked: argparse.Namespace, choices: Choices) -> Tally:
    """Read the file as a stream of lines, or as one document."""
    with _opened(asked.file) as file:
        head = list(_head(file))
        tally = Tally(file, asked.file, quiet=not sys.stderr.isatty())
        if _is_stream(asked.file, [line for line in head if line.strip(_BLANK)]) and not asked.report:
            lines = itertools.chain(head, iter(lambda: file.readline(LONGEST_LINE + 1), b""))
            _stream(lines, _lines_of(asked.patients), asked, choices, tally)
        else:
            _one(loads(b"".join(head) + file.read()), asked, choices, tally)
    return tally


def _head(file: IO[bytes]) -> Iterator[bytes]:
    """The lines up to the second that is not blank."""
    full = 0
    while full < _TOLD_BY and (line := file.readline(LONGEST_LINE + 1)):
        full += bool(line.strip(_BLANK))
        yield line


def _is_stream(name: str, head: list[bytes]) -> bool:
    """Whether a file holds a resource a line: by its name, or because one of its first two lines is one.

    A line that ends in the midst of JSON is the beginning of a document.
    """
    if name.removesuffix(".gz").endswith((".ndjson", ".jsonl")):
        return True
    for line in head:
        text = line.strip(_BLANK)
        if text.startswith(b"[") or text.endswith((b"{", b"[", b",", b":")):
            return False
        try:
            if isinstance(loads(text), dict):
                return True
        except ResourceError:
            continue
    return False


def _opened(name: str) -> IO[bytes]:
    if name == "-":
        return sys.stdin.buffer
    return gzip.open(name, "rb") if name.endswith(".gz") else Path(name).open("rb")  # type: ignore[return-value]  # gzip reads bytes as files do


def _lines_of(name: str | None) -> Iterator[bytes]:
    if name is not None:
        with _opened(name) as file:
            yield from iter(lambda: file.readline(LONGEST_LINE + 1), b"")


def _one(resource: Any, asked: argparse.Namespace, choices: Choices, tally: Tally) -> None:  # noqa: ANN401  JSON holds anything
    """A document of JSON: the whole of it, annotated, as a report, or as a table."""
    judge = Judge(choices.catalog, choices.standard, choices.optimal, strict=choices.strict)
    new, judged = annotated(resource, judge, choices.patient, asked.notes)
    tally.count(judged, 1)
    if asked.table:
        _print_rows(judged)
    elif asked.report:
        told = report(
            resource,
            patient=choices.patient,
            standard=choices.standard,
            optimal=choices.optimal,
            strict=choices.strict,
            catalog=choices.catalog,
        )
        _write(dumps(told, indent=2))
    else:
        _write(dumps(new, indent=2))


def _stream(
    lines: Iterable[bytes], patients: Iterable[bytes], asked: argparse.Namespace, choices: Choices, tally: Tally
) -> None:
    for line in annotate_lines(
        lines,
        patients=patients,
        patient=choices.patient,
        standard=choices.standard,
        optimal=choices.optimal,
        strict=choices.strict,
        notes=asked.notes,
        catalog=choices.catalog,
    ):
        tally.count(line.judged, line.number)
        if line.issue is not None:
            tally.refuse(line.issue.message, line.issue.code, f"line {line.number}")
        if asked.table:
            _print_rows(line.judged, line.number)
        else:
            _write(line.text)


def _write(text: str) -> None:
    """Write a line of JSON, in UTF-8 whatever the terminal has, and bytes that were no text as they were."""
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")


def _print_rows(judged: Iterable[Judged], line: int = 1) -> None:
    for each in judged:
        it = each.interpretation
        where = f"{line}:{each.observed.path}".rstrip(":")
        cells = [where, each.observed.marker or "?", *(_cells(it) if it is not None else ("", "", ""))]
        if each.issue is not None:
            cells += [f"refused [{each.issue.code}]"]
        elif it is None:
            cells += ["context"]
        else:
            cells += [it.status]
        sys.stdout.write("\t".join(printable(cell) for cell in cells) + "\n")


def _cells(it: Interpretation) -> tuple[str, str, str]:
    return value_words(it.reading), it.standard.position, it.optimal.position


class Tally:
    """How many results were judged and refused, and how far a long file is."""

    def __init__(self, file: IO[bytes], name: str, *, quiet: bool) -> None:
        self.judged = self.refused = 0
        self._file, self._quiet = file, quiet or name == "-"
        self._size = 0 if self._quiet or name.endswith(".gz") else Path(name).stat().st_size

    def count(self, judged: Iterable[Judged], line: int) -> None:
        """Count the results of a line, say what was refused, and show how far it has come."""
        for each in judged:
            self.judged += each.interpretation is not None
            if each.issue is not None:
                self.refuse(each.issue.message, each.issue.code, f"line {line} {each.observed.path}".strip())
        if not self._quiet and line % _EVERY == 0:
            share = self._file.tell() / self._size if self._size else 0
            bar = ("#" * int(share * _BAR)).ljust(_BAR) if self._size else ""
            sys.stderr.write(f"\r[{bar}] {share:4.0%} {line:,} lines, {self.judged:,} judged")

    def refuse(self, message: str, code: str, where: str) -> None:
        """Say what was refused, for the first few."""
        self.refused += 1
        if self.refused <= _SAID:
            sys.stderr.write(f"rlslabs: {where}: {printable(message.rstrip('.'))}. [{code}]\n")

    def end(self) -> None:
        """Say how many there were."""
        start = "" if self._quiet else "\r"
        sys.stderr.write(f"{start}rlslabs: {self.judged:,} judged, {self.refused:,} refused\n")
