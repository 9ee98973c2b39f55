"""The command `rlslabs score`: files of any size, judged row by row, with a bar that says how far it is."""

from __future__ import annotations

import argparse
import importlib
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rlslabs import sheet
from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import FrameError, MissingExtraError, SheetError, shown
from rlslabs.frames.face import score

_NOT_READ = re.compile(
    r"mrn|(?:patient|subject|person|participant|surname|forename|firstname|specimen|matrix|circumstance|condition).*"
)
"""What a header may hold that `rlslabs panel` reads and no argument of this command names."""

ROLES = {
    "marker": "markers: names, LOINC codes or OMOP concepts",
    "value": "values",
    "unit": "units",
    "comparator": "comparators, such as <",
    "range": "the laboratory's own ranges, such as 24-336",
    "low": "the lower limits of the laboratory",
    "high": "the upper limits of the laboratory",
    "sex": "sexes, such as F and M",
    "age": "ages in completed years",
    "born": "birth dates",
    "collected": "collection dates",
    "pregnant": "pregnancies: yes or no, true or false, 1 or 0",
}
_OF_PEOPLE = ("sex", "age", "born", "collected", "pregnant")
"""What headers tell of a wide table: its values are named one by one."""

_NAME_THEM = (
    "name the columns that count, such as --marker test --value result --age years, or of a wide table each with"
    " --wide COLUMN=MARKER:UNIT; or leave one out with --ignore COLUMN"
)
_OMOP = {"measurement_concept_id", "operator_concept_id"}
_SCORE_OMOP = "this is a table of OMOP: read it in Python with rlslabs.frames.score_omop(measurement, person)"
_WIDTH = 24
_MOST_NAMED = 20
_OFTEN = 0.2
_ENDED = 128 + signal.SIGTERM


def add_score(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the subcommand."""
    ask = commands.add_parser("score", help="judge files of any size", description="Judge files of any size.")
    ask.add_argument(
        "files", nargs="+", metavar="FILE", help="CSV (also .gz, .zst) or Parquet, all with the same columns"
    )
    ask.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="the file to write, in place of one that is there; its ending says its form",
    )
    for role, words in ROLES.items():
        ask.add_argument(f"--{role}", metavar="COLUMN", help=f"the column of {words}; else the headers tell it")
    ask.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN", help="a column that is not read, whatever its header"
    )
    ask.add_argument(
        "--wide", action="append", metavar="COLUMN=MARKER:UNIT", help="a column of a wide table; once for each"
    )
    ask.add_argument("--findings", action="store_true", help="of wide tables: read each person's results together")
    ask.add_argument("--also", action="append", default=[], metavar="NAME", help="one more answer, such as hl7")
    ask.add_argument("--prefix", default="rls_", help="what the names of the new columns begin with")
    ask.add_argument(
        "--decimal-mark",
        choices=[".", ","],
        metavar="MARK",
        help="which mark, . or a comma, stands before the decimals of text",
    )
    ask.add_argument("--standard", help="a set of standard ranges")
    ask.add_argument("--optimal", help="a set of optimal ranges")
    ask.add_argument("--strict", action="store_true", help="assume neither an adult nor that she is not pregnant")
    ask.add_argument("--catalog", help="a folder with your own TOML files")
    ask.add_argument("--quiet", action="store_true", help="show no bar")
    ask.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Judge the files; 0 where every row was written, whatever it was told.

    Raises:
        LabsError: A file or column cannot be read.
    """
    try:
        stream = importlib.import_module("rlslabs.frames.stream")
    except ModuleNotFoundError as error:
        happened = f"{error.name} is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[frames]' pyarrow") from error
    sources, target = [Path(each) for each in asked.files], Path(asked.output)
    stream.check_files(sources, target)
    header = stream.columns_of(sources[0])
    facts = _facts(asked, header)
    print(_read_as(facts, header), file=sys.stderr)
    issues: Counter[str] = Counter()
    read = 0

    def judge(table: Any) -> Any:  # noqa: ANN401  a table of PyArrow
        nonlocal read
        scored = score(table, **facts)
        read += table.num_rows
        for name in scored.schema.names:
            if name.startswith(asked.prefix) and name.endswith("issue"):
                counted = scored.column(name).value_counts().to_pylist()
                issues.update({each["values"]: each["counts"] for each in counted if each["values"] is not None})
        return scored

    bar = None if asked.quiet or not sys.stderr.isatty() else Bar()
    try:
        with _ended_cleanly():
            done = stream.score_files(sources, target, judge, bar)
    except (KeyboardInterrupt, SystemExit):
        there = f"{asked.output} is as it was" if target.exists() else "nothing was written"
        _clear(bar)
        print(f"rlslabs: interrupted after {read:,} rows; {there}", file=sys.stderr)
        raise
    finally:
        _clear(bar)
    told = ", ".join(f"{code} {count:,}" for code, count in issues.most_common())
    print(f"{done.read:,} rows in, {done.written:,} rows out: {asked.output}", file=sys.stderr)
    print(f"issues: {told or 'none'}", file=sys.stderr)
    return 0


def _clear(bar: Bar | None) -> None:
    if bar is not None:
        bar.clear()


def _read_as(facts: dict[str, Any], header: list[str]) -> str:
    """Which column is read as what, and which are not used; those that seem to hold a fact are told with it."""
    roles = {facts[role]: role for role in ROLES if role in facts}
    wide = {name: f"{marker} in {unit}" for name, (marker, unit) in facts.get("wide", {}).items()}
    used = roles | wide
    rest = sorted((name for name in header if name not in used), key=lambda name: _heard(name) is None)
    read = ", ".join(f"{shown(name)} as {what}" for name, what in used.items())
    given = {role: name for name, role in roles.items()}
    told = [_unused(name, given) for name in rest[:_MOST_NAMED]]
    more = f" and {len(rest) - _MOST_NAMED} more" if len(rest) > _MOST_NAMED else ""
    return f"read: {read}; not used: {', '.join(told) or 'none'}{more}"


def _unused(name: str, given: Mapping[str, str]) -> str:
    """A column that is not used, with what it seems to hold, and the column that gives the same already."""
    word = _heard(name)
    if word is None:
        return shown(name)
    if word in given:
        return f"{shown(name)} (the {word} is read from {shown(given[word])})"
    if _NOT_READ.fullmatch(word.casefold()):
        return f"{shown(name)} (seems to hold the {word}, which is not read here)"
    return f"{shown(name)} (seems to hold the {word}: name it if it counts)"


def _heard(name: str) -> str | None:
    """What a header may hold that would change answers, in a word."""
    known = sheet.certain(name)
    known = "marker" if known == "loinc" else known
    return known if known in ROLES else sheet.seeming(name)


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """Let whoever ends the command, as `kill` and batch systems do, find nothing half written."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return

    def end(*_: object) -> None:
        raise SystemExit(_ENDED)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _facts(asked: argparse.Namespace, header: list[str]) -> dict[str, Any]:
    """What `frames.score` is asked: columns as they are named, or as their headers tell."""
    catalog = builtin() if asked.catalog is None else Catalog.load(asked.catalog)
    roles = {role: getattr(asked, role) for role in ROLES if getattr(asked, role) is not None}
    facts: dict[str, Any] = {
        name: getattr(asked, name) for name in ("prefix", "decimal_mark", "standard", "optimal", "strict")
    }
    facts |= {"catalog": catalog, "also": asked.also, "findings": asked.findings}
    if asked.wide:
        columns = [*map(_wide, asked.wide)]
        twice = [name for place, (name, _) in enumerate(columns) if name in dict(columns[:place])]
        if twice:
            happened = f"The column {shown(twice[0])} is said to hold two things"
            raise FrameError(happened, "say once what it holds", "", twice[0])
        facts["wide"] = dict(columns)
    left = [name for name in header if name not in {*asked.ignore, *roles.values(), *facts.get("wide", {})}]
    absent = [name for name in asked.ignore if name not in header]
    if absent:
        happened = f"There is no column {shown(absent[0])} that could be ignored"
        raise FrameError(happened, "check its name", "", absent[0])
    if roles or asked.wide:
        among = _OF_PEOPLE if asked.wide else tuple(ROLES)
        return {**facts, **_certain(left, [role for role in among if role not in roles]), **roles}
    return {**facts, **_told(left)}


def _certain(header: list[str], roles: list[str]) -> dict[str, str]:
    """The columns whose headers tell beyond doubt which of these roles they have."""
    found: dict[str, list[str]] = {}
    for name in header:
        role = sheet.certain(name)
        found.setdefault("marker" if role == "loinc" else str(role), []).append(name)
    return {role: found[role][0] for role in roles if len(found.get(role, ())) == 1}


def _wide(said: str) -> tuple[str, tuple[str, str]]:
    column, equals, analyte = said.rpartition("=")
    marker, colon, unit = analyte.partition(":")
    if not equals or not colon:
        happened = f"{shown(said)} does not say what a column holds"
        raise FrameError(happened, "write it as COLUMN=MARKER:UNIT, such as fer=ferritin:ng/mL")
    return column, (marker, unit)


def _told(header: list[str]) -> dict[str, str]:
    """The columns by their headers, as `rlslabs panel` tells them; whose results they are changes none of them.

    Raises:
        FrameError: A header would change answers and is not known, as those of OMOP are; or two columns name the
            marker; or a column holds what is not read here.
    """
    found: dict[str, str] = {}
    try:
        told = sheet.read_header(header, 1)
    except SheetError as error:
        mend = _NAME_THEM if _OMOP.isdisjoint(map(str.casefold, header)) else _SCORE_OMOP
        raise FrameError(error.happened, mend, error.text) from error
    for name, each in zip(header, told, strict=True):
        if each.column is None or each.column == "patient":
            continue
        role = "marker" if each.column == "loinc" else each.column
        if role == "marker" and role in found:
            happened = f"The columns {shown(found[role])} and {shown(name)} both name the marker, and one is read here"
            code = next(one for one, its in zip(header, told, strict=True) if its.column == "loinc")
            other = name if code == found[role] else found[role]
            mend = (
                f"read the codes with --marker {code}, or leave them out with --ignore {code} and read {shown(other)}"
            )
            raise FrameError(happened, f"{mend}; `rlslabs panel` holds them to each other", "", name)
        if role in found or role not in ROLES or each.unit:
            happened = f"The column {shown(name)} cannot be read by its header in a file of any size"
            raise FrameError(happened, _NAME_THEM, "", name)
        found[role] = name
    return found


class Bar:
    """A bar on the terminal: rows, rows a second, and the time that is left."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()

    def __call__(self, rows: int, share: float | None) -> None:
        """Show how far it is; of packed files nobody knows it, and only the rows are told."""
        now = time.monotonic()
        if now - self._last < _OFTEN:
            return
        self._last = now
        took = now - self._start
        told = f"{rows:,} rows, {rows / took:,.0f} a second"
        if share is not None:
            left = took / share - took if share else 0.0
            done = round(share * _WIDTH)
            told = f"[{'#' * done}{'-' * (_WIDTH - done)}] {told}, {left:,.0f} s left"
        print(f"\r{told} \033[K", end="", file=sys.stderr)

    def clear(self) -> None:
        """Take the bar away."""
        print("\r\033[K", end="", file=sys.stderr)
