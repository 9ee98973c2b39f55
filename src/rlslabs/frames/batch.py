"""The command `rlslabs score`: files of any size, judged row by row, with a bar that says how far it is."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rlslabs import sheet
from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import FrameError, MissingExtraError, shown
from rlslabs.frames.face import score

ROLES = ("marker", "value", "unit", "comparator", "range", "low", "high", "sex", "age", "born", "collected", "pregnant")
_WIDTH = 24
_OFTEN = 0.2
_ENDED = 128 + signal.SIGTERM


def add_score(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the subcommand."""
    ask = commands.add_parser("score", help="judge files of any size", description="Judge files of any size.")
    ask.add_argument(
        "files", nargs="+", metavar="FILE", help="CSV (also .gz, .zst) or Parquet, all with the same columns"
    )
    ask.add_argument("-o", "--output", required=True, metavar="OUT", help="the file to write; its ending says its form")
    for role in ROLES:
        ask.add_argument(f"--{role}", metavar="COLUMN", help=f"the column of the {role}; without any, headers tell")
    ask.add_argument(
        "--wide", action="append", metavar="COLUMN=MARKER:UNIT", help="a column of a wide table; once for each"
    )
    ask.add_argument("--findings", action="store_true", help="of wide tables: read each person's results together")
    ask.add_argument("--also", action="append", default=[], metavar="NAME", help="one more answer, such as hl7")
    ask.add_argument("--prefix", default="rls_", help="what the names of the new columns begin with")
    ask.add_argument("--decimal-mark", choices=[".", ","], help="which mark stands before the decimals of text")
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
        raise MissingExtraError(happened, "install it with: pip install 'rlslabs[frames]' pyarrow") from error
    sources = [Path(each) for each in asked.files]
    facts = _facts(asked, stream.columns_of(sources[0]))
    issues: Counter[str] = Counter()

    def judge(table: Any) -> Any:  # noqa: ANN401  a table of PyArrow
        scored = score(table, **facts)
        for name in scored.schema.names:
            if name.startswith(asked.prefix) and name.endswith("issue"):
                counted = scored.column(name).value_counts().to_pylist()
                issues.update({each["values"]: each["counts"] for each in counted if each["values"] is not None})
        return scored

    bar = None if asked.quiet or not sys.stderr.isatty() else Bar()
    with _ended_cleanly():
        done = stream.score_files(sources, Path(asked.output), judge, bar)
    if bar is not None:
        bar.clear()
    told = ", ".join(f"{code} {count:,}" for code, count in issues.most_common())
    print(f"{done.read:,} rows in, {done.written:,} rows out: {asked.output}", file=sys.stderr)
    print(f"issues: {told or 'none'}", file=sys.stderr)
    return 0


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
    elif not roles:
        roles = _told(header)
    return {**facts, **roles}


def _wide(said: str) -> tuple[str, tuple[str, str]]:
    column, equals, analyte = said.rpartition("=")
    marker, colon, unit = analyte.partition(":")
    if not equals or not colon:
        happened = f"{shown(said)} does not say what a column holds"
        raise FrameError(happened, "write it as COLUMN=MARKER:UNIT, such as fer=ferritin:ng/mL")
    return column, (marker, unit)


def _told(header: list[str]) -> dict[str, str]:
    """The columns by their headers, as `rlslabs panel` tells them.

    Raises:
        SheetError: A header would change answers and is not known.
        FrameError: Two columns name the marker, or a column holds what is not read here.
    """
    found: dict[str, str] = {}
    for name, each in zip(header, sheet.read_header(header, 1), strict=True):
        if each.column is None:
            continue
        role = "marker" if each.column == "loinc" else each.column
        if role in found or role not in ROLES or each.unit:
            happened = f"The column {shown(name)} cannot be read by its header in a file of any size"
            raise FrameError(happened, "name the columns that count, such as --marker test --value result", "", name)
        found[role] = name
    return found


class Bar:
    """A bar on the terminal: rows, rows a second, and the time that is left."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()

    def __call__(self, rows: int, share: float) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if now - self._last < _OFTEN:
            return
        self._last = now
        took = now - self._start
        left = took / share - took if share else 0.0
        done = round(share * _WIDTH)
        bar = "#" * done + "-" * (_WIDTH - done)
        print(
            f"\r[{bar}] {rows:,} rows, {rows / took:,.0f} a second, {left:,.0f} s left \033[K", end="", file=sys.stderr
        )

    def clear(self) -> None:
        """Take the bar away."""
        print("\r\033[K", end="", file=sys.stderr)
