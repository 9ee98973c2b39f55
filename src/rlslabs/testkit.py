"""The commands of the test kit, `vectors`, `answer` and `conformance`; what they need is loaded when asked for."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

from rlslabs.errors import SampleError, shown

_DONE, _DIFFERS = 0, 1
_DAY = 86_400


def add_commands(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the commands to those of `rlslabs`."""
    vectors = commands.add_parser(
        "vectors",
        help="write the golden vectors",
        description="Write questions with their expected answers, as JSON that any language can read.",
    )
    vectors.add_argument("-o", "--output", help="the file to write; else standard output")
    vectors.add_argument("--schema", action="store_true", help="write the JSON Schema of the vectors instead")
    vectors.set_defaults(run=_vectors)

    answer = commands.add_parser(
        "answer",
        help="answer questions of the golden vectors",
        description="Read questions as lines of JSON and write the answers: the other side of `conformance`.",
    )
    answer.set_defaults(run=_answer)

    conformance = commands.add_parser(
        "conformance",
        help="hold another implementation to the golden vectors",
        description="Ask a program every golden vector over its input and output, and report what differs.",
    )
    conformance.add_argument("--kind", action="append", default=[], help="only vectors of this kind; may be repeated")
    conformance.add_argument("--marker", action="append", default=[], help="only vectors of this one; may be repeated")
    conformance.add_argument("--set", action="append", default=[], help="only vectors of this set; may be repeated")
    conformance.add_argument("--adults", action="store_true", help="only the grown, known not to be pregnant")
    conformance.add_argument("--field", action="append", default=[], help="compare only this field; may be repeated")
    conformance.add_argument("--most", type=_number, default=20, help="how many vectors that differ to print")
    conformance.add_argument("--timeout", type=_seconds, default=600, help="seconds until the program is stopped")
    conformance.add_argument("command", nargs="+", metavar="COMMAND", help="after --, such as: -- node judge.mjs")
    conformance.set_defaults(run=_conformance)

    sample = commands.add_parser(
        "sample",
        help="write a synthetic cohort",
        description="Write results of people who do not exist, and beside them the truth of every row.",
    )
    sample.add_argument("--patients", type=_count, default=100, help="how many people (default: 100)")
    sample.add_argument("--seed", type=int, default=0, help="the same seed gives the same files (default: 0)")
    sample.add_argument(
        "--people",
        choices=GROUPS_OF_PEOPLE,
        default="adults",
        help="adults of the ordinary shape (default), or all: also children, pregnant women, unknown sexes, and groups "
        "with iron deficiency, overload or inflammation, or with much or little of a vitamin",
    )
    sample.add_argument(
        "--format",
        choices=FORMATS_OF_SAMPLES,
        help="omop and fhir write a folder (default: what the ending of OUTPUT says: .csv, .parquet or .hl7); omop is "
        "read in Python, by rlslabs.frames.score_omop",
    )
    sample.add_argument("--printed-ranges", action="store_true", help="print a standard range beside each result")
    sample.add_argument(
        "--mess",
        action="append",
        default=[],
        type=_rate,
        metavar="KIND=RATE",
        help=f"do this to a share of the rows, such as units=0.1; may be repeated; kinds: {', '.join(KINDS_OF_MESS)}; "
        "commas are decimal or part thousands, codes are mistyped or made a date by a spreadsheet",
    )
    sample.add_argument(
        "-o",
        "--output",
        required=True,
        help="the file to write, in place of one that is there, or for omop and fhir the folder",
    )
    sample.set_defaults(run=_sample)


def _number(text: str) -> int:
    """How many, from none."""
    count = int(text) if text.isascii() and text.isdigit() else -1
    if count < 0:
        message = "give a whole number, or 0 for none"
        raise argparse.ArgumentTypeError(message)
    return count


def _seconds(text: str) -> float:
    """A time that ends."""
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else 0.0
    if not 0 < seconds <= _DAY:
        message = "give seconds, more than none and at most a day"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _count(text: str) -> int:
    """A number of people, at least one."""
    if not (text.isascii() and text.isdigit()) or not int(text):
        message = f"ask for one person or more, not {shown(text)}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _rate(text: str) -> tuple[str, float]:
    """A kind of mess and how often it happens, from `units=0.1`."""
    kind, _, written = text.partition("=")
    try:
        rate = float(written)
    except ValueError:
        rate = -1
    if kind not in KINDS_OF_MESS or not 0 <= rate <= 1:
        message = f"write it as units=0.1, with one of {', '.join(KINDS_OF_MESS)} and a rate from 0 to 1"
        raise argparse.ArgumentTypeError(message)
    return kind, rate


FORMATS_OF_SAMPLES = ("csv", "parquet", "fhir", "hl7v2", "omop")
KINDS_OF_MESS = ("units", "comparators", "commas", "missing", "codes", "ranges", "duplicates")
GROUPS_OF_PEOPLE = ("adults", "all")
"""As in `rlslabs.synthetic`, which is loaded only when a sample is written."""


def _sample(asked: argparse.Namespace) -> int:
    from rlslabs.synthetic import format_of, write_sample  # noqa: PLC0415  no other command needs it

    out = Path(asked.output)
    rates = dict(asked.mess)
    if len(rates) < len(asked.mess):
        happened = "A kind of mess is asked for twice"
        raise SampleError(happened, "give each kind one rate")
    sample = write_sample(
        out,
        patients=asked.patients,
        seed=asked.seed,
        format_=format_of(out, asked.format),
        rates=rates,
        people=asked.people,
        printed=asked.printed_ranges,
    )
    for each in sample.files:
        sys.stdout.write(f"{each}\n")
    for kind in rates:
        sys.stderr.write(f"{kind}: {sample.done[kind]:,} of {sample.rows:,} rows\n")
    return _DONE


def _vectors(asked: argparse.Namespace) -> int:
    from rlslabs.golden import vector_file  # noqa: PLC0415  no other command needs it
    from rlslabs.golden.schema import vector_schema  # noqa: PLC0415  the same

    text = json.dumps(vector_schema(), indent=2) if asked.schema else vector_file().model_dump_json(exclude_none=True)
    if asked.output is None:
        sys.stdout.write(f"{text}\n")
    else:
        Path(asked.output).write_text(f"{text}\n", encoding="utf-8")
    return _DONE


def _answer(_: argparse.Namespace) -> int:
    from rlslabs.golden.answering import answer_line  # noqa: PLC0415  no other command needs it

    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            sys.stdout.write(f"{answer_line(line, number)}\n")
    return _DONE


def _conformance(asked: argparse.Namespace) -> int:
    from rlslabs.golden.choosing import Chosen, choose  # noqa: PLC0415  no other command needs it
    from rlslabs.golden.conformance import conform  # noqa: PLC0415  the same
    from rlslabs.golden.telling import report_lines  # noqa: PLC0415  the same
    from rlslabs.golden.vectors import vector_file  # noqa: PLC0415  the same

    every = vector_file().vectors
    chosen = Chosen(tuple(asked.kind), tuple(asked.marker), tuple(asked.set), tuple(asked.field), asked.adults)
    report = conform(asked.command, choose(every, chosen), fields=asked.field, timeout=asked.timeout)
    for line in report_lines(report, most=asked.most, chosen=chosen, total=len(every)):
        sys.stdout.write(f"{line}\n")
    return _DONE if report.conforms else _DIFFERS
