"""The command `rlslabs fhir`: an annotated resource, a table or a report out; NDJSON as a stream, with progress."""

from __future__ import annotations

import argparse
import gzip
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, get_args

from rlslabs.catalog import Catalog
from rlslabs.errors import ResourceError, printable
from rlslabs.fhir.annotating import annotated
from rlslabs.fhir.definitions import Release, code_system, observation_definitions, value_set
from rlslabs.fhir.exact import dumps, loads
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.lines import LONGEST_LINE, annotate_lines, known_of
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.fhir.panels import panels
from rlslabs.fhir.reporting import report_of
from rlslabs.files import GZIP_FAULTS, opened
from rlslabs.reported import Patient, readable
from rlslabs.rows import HEAD, row

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
    parser.add_argument("file", nargs="?", default="-", help="JSON or NDJSON, also packed by gzip; or - for stdin")
    parser.add_argument(
        "--patients",
        action="append",
        default=[],
        help="NDJSON of the patients, such as Patient.ndjson of a bulk export, or of pregnancies; also several times",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--table", action="store_true", help="print a row for each result, and no JSON")
    shape.add_argument("--report", action="store_true", help="print a DiagnosticReport of the results read together")
    shape.add_argument(
        "--export",
        choices=get_args(Release),
        help="print our ranges and codes as resources of a release, and read nothing",
    )
    parser.add_argument("--notes", choices=["brief", "full", "none"], default="brief", help="what the note says")


def run(asked: argparse.Namespace, choices: Choices) -> bool:
    """Read, judge and print; whether nothing was refused."""
    if asked.export:
        _export(asked, choices)
        return True
    try:
        tally = _read(asked, choices)
    except GZIP_FAULTS as error:
        happened = "The file is no whole gzip"
        raise ResourceError(happened, "pack it again, or give it unpacked") from error
    tally.end()
    return tally.refused == 0


def _export(asked: argparse.Namespace, choices: Choices) -> None:
    sets = {"standard": choices.standard, "optimal": choices.optimal}
    resources = observation_definitions(**sets, release=asked.export, catalog=choices.catalog)
    resources += [code_system(catalog=choices.catalog), value_set()]
    entries = [{"resource": each} for each in resources]
    _write(dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=2))


def _read(asked: argparse.Namespace, choices: Choices) -> Tally:
    """Read the file as a stream of lines, or as one document."""
    with opened(asked.file) as file:
        head = list(_head(file))
        stream = _is_stream(asked.file, [line for line in head if line.strip(_BLANK)])
        tally = Tally(file, asked.file, quiet=not sys.stderr.isatty(), stream=stream)
        lines = itertools.chain(head, iter(lambda: file.readline(LONGEST_LINE + 1), b""))
        people = _lines_of(asked.patients)
        if asked.report:
            whole = _resources(lines, tally, "line") if stream else [loads(b"".join(lines))]
            _report([*whole, *_resources(people, tally, "line of the patients")], choices, tally)
        elif stream:
            _stream(lines, people, asked, choices, tally)
        else:
            _one(loads(b"".join(lines)), people, asked, choices, tally)
    return tally


def _resources(lines: Iterable[bytes], tally: Tally, what: str) -> list[Any]:
    """The resources of NDJSON; a line that is none is counted as refused."""
    found: list[Any] = []
    for number, line in enumerate(lines, 1):
        try:
            found += [loads(line)] if line.strip(_BLANK) else []
        except ResourceError as error:
            tally.refuse(str(error), error.code, f"{what} {number}")
    return found


def _report(resources: list[Any], choices: Choices, tally: Tally) -> None:
    """A DiagnosticReport of everything, read together."""
    chosen = choices._asdict()
    found = panels(resources, **chosen)
    issues = [(one.title, one.issue) for each in found for one in each.refused]
    issues += [
        (source.title, line.issue)
        for each in found
        if each.panel is not None
        for line, source in zip(each.panel.lines, each.observed, strict=True)
    ]
    issues += [("panel", each.issue) for each in found]
    for title, issue in issues:
        if issue is not None:
            tally.refuse(issue.message, issue.code, title.partition(" of ")[0])
    tally.judged = sum(len(each.panel.interpretations) for each in found if each.panel is not None)
    tally.unknown_patients(one for each in found for one in each.observed)
    _write(dumps(report_of(found), indent=2))


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


def _lines_of(names: Iterable[str]) -> Iterator[bytes]:
    for name in names:
        with opened(name) as file:
            yield from iter(lambda: file.readline(LONGEST_LINE + 1), b"")


def _one(
    resource: Any,  # noqa: ANN401  JSON holds anything
    people: Iterable[bytes],
    asked: argparse.Namespace,
    choices: Choices,
    tally: Tally,
) -> None:
    """A document of JSON: the whole of it, annotated, or as a table."""
    judge = Judge(choices.catalog, choices.standard, choices.optimal, strict=choices.strict)
    _print_head(asked)
    new, judged = annotated(resource, judge, choices.patient, asked.notes, known_of(people))
    tally.count(judged, 1)
    if asked.table:
        _print_rows(judged, "")
    else:
        _write(dumps(new, indent=2))


def _stream(
    lines: Iterable[bytes], patients: Iterable[bytes], asked: argparse.Namespace, choices: Choices, tally: Tally
) -> None:
    _print_head(asked)
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
            _print_rows(line.judged, str(line.number))
        else:
            _write(line.text)


def _write(text: str) -> None:
    """Write a line of JSON, in UTF-8 whatever the terminal has, and bytes that were no text as they were."""
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")


def _print_head(asked: argparse.Namespace) -> None:
    if asked.table:
        sys.stdout.write(f"{HEAD}\tid\n")


def _print_rows(judged: Iterable[Judged], line: str) -> None:
    for each in judged:
        seen = each.observed
        where = f"{line}:{seen.path}".strip(":")
        taken = seen.undated or ("" if seen.collected is None else seen.collected.isoformat())
        answer = each.issue or each.interpretation
        written = row((where, seen.subject, taken), seen.marker, answer, seen.notices)
        sys.stdout.write(f"{written}\t{printable(readable(seen.id or ''))}\n")


class Tally:
    """How many results were judged and refused, of how many the patient is not at hand, and how far a file is."""

    def __init__(self, file: IO[bytes], name: str, *, quiet: bool, stream: bool) -> None:
        self.judged = self.refused = self.lost = 0
        self._file, self._quiet, self._stream = file, quiet or name == "-", stream
        packed = name.endswith(".gz") or isinstance(file, gzip.GzipFile)
        self._size = 0 if self._quiet or packed else Path(name).stat().st_size

    def count(self, judged: Iterable[Judged], line: int) -> None:
        """Count the results of a line, say what was refused, and show how far it has come."""
        for each in judged:
            seen = each.observed
            self.judged += each.interpretation is not None
            self.unknown_patients([seen])
            if each.issue is not None:
                where = f"line {line} {seen.path}".strip() if self._stream else seen.path
                self.refuse(each.issue.message, each.issue.code, f"{where} ({seen.name or 'a result'})".strip())
        if not self._quiet and line % _EVERY == 0:
            share = self._file.tell() / self._size if self._size else 0
            bar = ("#" * int(share * _BAR)).ljust(_BAR) if self._size else ""
            sys.stderr.write(f"\r[{bar}] {share:4.0%} {line:,} lines, {self.judged:,} judged")

    def unknown_patients(self, observed: Iterable[Observed]) -> None:
        """Count the results whose patient is named and not at hand."""
        self.lost += sum(notice.code == "patient-not-found" for each in observed for notice in each.notices)

    def refuse(self, message: str, code: str, where: str) -> None:
        """Say what was refused, for the first few."""
        self.refused += 1
        if self.refused <= _SAID:
            sys.stderr.write(f"rlslabs: {where}: {printable(message.rstrip('.'))}. [{code}]\n")

    def end(self) -> None:
        """Say how many there were."""
        start = "" if self._quiet else "\r"
        more = f" ({self.refused - _SAID:,} of them not shown; --table shows all)" if self.refused > _SAID else ""
        sys.stderr.write(f"{start}rlslabs: {self.judged:,} judged, {self.refused:,} refused{more}\n")
        if self.lost:
            what = f"{self.lost:,} result{'s name' if self.lost > 1 else ' names'} a patient who is not here"
            sys.stderr.write(f"rlslabs: {what}; give them in --patients. [patient-not-found]\n")
