"""The command: a subcommand for each way in; exits 0, 1 where something was refused, 2 where it was called wrongly."""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
from collections.abc import Sequence
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from rlslabs import hl7v2, report, testkit
from rlslabs.catalog import Catalog, builtin
from rlslabs.door import interpret
from rlslabs.errors import (
    CatalogError,
    ConformanceError,
    FhirError,
    FrameError,
    LabsError,
    MessageError,
    MissingExtraError,
    SampleError,
    SheetError,
    UnknownCircumstanceError,
    UnknownSetError,
)
from rlslabs.explanation import Audience
from rlslabs.facts import Frozen
from rlslabs.fhir.command import Choices, add_arguments, run
from rlslabs.frames.batch import add_score
from rlslabs.hl7v2 import command as hl7v2_command
from rlslabs.interpretation import Answer, Interpretation
from rlslabs.listing import all_markers, one_marker
from rlslabs.marker import Marker
from rlslabs.panels import JudgedSheet, judge_sheet
from rlslabs.population import read_age, read_birth, read_sex
from rlslabs.reported import LabResult, Patient
from rlslabs.sheet import read_sheet

_SCHEMAS: dict[str, type[Frozen]] = {
    "answer": Answer,
    "hl7v2": hl7v2.JudgedMessage,
    "interpretation": Interpretation,
    "lab-result": LabResult,
    "marker": Marker,
    "panel": JudgedSheet,
    "patient": Patient,
}
_DONE, _REFUSED, _USAGE, _INTERRUPTED = 0, 1, 2, 130
_WIDEST = 100
_WRONG_CALLS = (
    CatalogError,
    ConformanceError,
    FhirError,
    FrameError,
    MessageError,
    MissingExtraError,
    SampleError,
    SheetError,
    UnknownCircumstanceError,
    UnknownSetError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
        if sys.stdout is not None:
            sys.stdout.flush()
    except _WRONG_CALLS as error:
        return _say(error, _USAGE)
    except LabsError as error:
        return _say(error, _REFUSED)
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader, such as head, has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _DONE
        print(f"rlslabs: {error.filename or 'output'}: {error.strerror}; check the path", file=sys.stderr)
        return _USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _say(error: LabsError, code: int) -> int:
    print(f"rlslabs: {str(error).rstrip('.')}. [{error.code}]", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rlslabs",
        description="Place lab results against the standard range and the range that is optimal for restless legs. "
        "It informs; it is no diagnosis.",
    )
    parser.add_argument("--version", action="version", version=f"rlslabs {version('rlslabs')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    ask = commands.add_parser("interpret", help="judge one result", description="Judge one result.")
    ask.add_argument("marker", help="name, alias or LOINC code, such as ferritin or 2276-4")
    ask.add_argument("value", help="such as 38, '<5', 5-10 or '38 ng/mL'")
    ask.add_argument("unit", nargs="?", help="such as ng/mL")
    ask.add_argument("--range", help="the report's own range, such as 24-336")
    ask.add_argument("--comparator", help="<, <=, > or >=, where it stands apart from the value")
    _add_patient(ask)
    _add_choices(ask)
    ask.set_defaults(run=_interpret)

    panel = commands.add_parser(
        "panel",
        help="read a file of results together",
        description="Judge a CSV file of results and read the results of each patient together.",
    )
    panel.add_argument("file", help="a file with a header line, or - for standard input")
    _add_patient(panel)
    _add_choices(panel)
    panel.add_argument("--declare", action="append", default=[], metavar="FACT", help="such as dialysis or fasting")
    panel.add_argument("--estimate-tibc", action="store_true", help="estimate a missing TIBC from transferrin")
    panel.add_argument("--nearest", action="store_true", help="show the nearest values at which an answer changes")
    panel.add_argument(
        "--rcv", action="append", default=[], type=_change, metavar="MARKER=PERCENT", help="a reference change value"
    )
    panel.add_argument("--explain", action="store_true", help="explain every result")
    panel.add_argument("--markdown", action="store_true", help="print Markdown")
    panel.set_defaults(run=_panel)

    add_score(commands)

    messages = commands.add_parser("hl7v2", help="judge HL7 v2 messages", description="Judge ORU^R01 messages.")
    hl7v2_command.add_arguments(messages)
    _add_choices(messages, json=False)
    messages.set_defaults(run=_hl7v2)

    fhir = commands.add_parser("fhir", help="annotate FHIR", description="Annotate FHIR resources, or NDJSON of them.")
    add_arguments(fhir)
    _add_patient(fhir)
    fhir.add_argument("--standard", help="a set of standard ranges, such as mayo")
    fhir.add_argument("--optimal", help="a set of optimal ranges")
    fhir.add_argument("--strict", action="store_true", help="assume neither an adult nor that she is not pregnant")
    fhir.add_argument("--catalog", help="a folder with your own TOML files")
    fhir.set_defaults(run=_fhir)

    markers = commands.add_parser("markers", help="show ranges with their sources", description="Show the markers.")
    markers.add_argument("name", nargs="?", help="one marker, by name, alias or LOINC code")
    markers.add_argument("--catalog", help="a folder with your own TOML files")
    markers.add_argument("--json", action="store_true", help="print JSON")
    markers.set_defaults(run=_markers)

    schema = commands.add_parser("schema", help="print a JSON Schema", description="Print a JSON Schema.")
    schema.add_argument("name", nargs="?", choices=[*_SCHEMAS], default="answer")
    schema.set_defaults(run=_schema)
    testkit.add_commands(commands)
    return parser


def _add_patient(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sex", help="female or male; unknown is judged against both")
    parser.add_argument("--age", help="completed years at collection, or such as '5 mo'; unknown means an adult")
    parser.add_argument("--born", help="date of birth, as 1972-05-31")
    parser.add_argument("--collected", help="when the sample was taken, as 2024-05-31")
    pregnant = parser.add_mutually_exclusive_group()
    pregnant.add_argument("--pregnant", action="store_const", const=True, help="the patient is pregnant")
    pregnant.add_argument("--not-pregnant", action="store_const", const=False, dest="pregnant", help="she is not")


def _add_choices(parser: argparse.ArgumentParser, *, json: bool = True) -> None:
    parser.add_argument("--decimal-mark", choices=[".", ","], help="which mark stands before the decimals")
    parser.add_argument("--standard", help="a set of standard ranges, such as mayo; see `rlslabs markers ferritin`")
    parser.add_argument("--optimal", help="a set of optimal ranges")
    parser.add_argument("--strict", action="store_true", help="assume neither an adult nor that she is not pregnant")
    parser.add_argument("--catalog", help="a folder with your own TOML files")
    parser.add_argument("--patient", action="store_true", help="explain in plain words")
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON")


def _given(asked: argparse.Namespace) -> dict[str, object]:
    names = ("sex", "age", "born", "collected", "pregnant", "decimal_mark", "standard", "optimal", "strict")
    return {name: getattr(asked, name) for name in names}


def _catalog(asked: argparse.Namespace) -> Catalog:
    return builtin() if asked.catalog is None else Catalog.load(asked.catalog)


def _look() -> tuple[int, bool]:
    """The width of a line and whether to colour; a pipe and NO_COLOR get no colour."""
    colour = (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    return min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST), colour


def _audience(asked: argparse.Namespace) -> Audience:
    return "patient" if asked.patient else "clinician"


def _interpret(asked: argparse.Namespace) -> int:
    given = {"range": asked.range, "comparator": asked.comparator, **_given(asked)}
    it = interpret(asked.marker, asked.value, asked.unit, catalog=_catalog(asked), **given)
    width, colour = _look()
    print(_json(Answer.of(it)) if asked.json else report.one(it, _audience(asked), width=width, colour=colour))
    return _DONE


def _panel(asked: argparse.Namespace) -> int:
    content = sys.stdin.buffer.read() if asked.file == "-" else Path(asked.file).read_bytes()
    catalog = _catalog(asked)
    options = {name: getattr(asked, name) for name in ("standard", "optimal", "strict", "estimate_tibc", "nearest")}
    facts = {name: value for name, value in _given(asked).items() if name not in options} | _declared(asked, catalog)
    sheet = judge_sheet(read_sheet(content), catalog, facts, rcv=dict(asked.rcv), **options)
    if asked.json:
        print(_json(sheet))
    elif asked.markdown:
        print(report.markdown(sheet, _audience(asked), explained=asked.explain, catalog=catalog), end="")
    else:
        width, colour = _look()
        given = {"explained": asked.explain, "catalog": catalog, "width": width, "colour": colour}
        print(report.text(sheet, _audience(asked), **given), end="")
    return _REFUSED if any(line.issue for line in sheet.lines) else _DONE


def _change(text: str) -> tuple[str, Decimal]:
    """A marker and a number of percent, from `ferritin=30`."""
    marker, _, percent = text.partition("=")
    try:
        return marker, Decimal(percent)
    except ArithmeticError:
        message = f"write it as ferritin=30, not {text}"
        raise argparse.ArgumentTypeError(message) from None


def _declared(asked: argparse.Namespace, catalog: Catalog) -> dict[str, object]:
    """What was declared, as circumstances of every sample or as conditions of the patient."""
    about = {each.id: each.about for each in catalog.rules.sampling}
    samples = tuple(name for name in asked.declare if about.get(name) == "sample")
    return {"circumstances": samples, "conditions": tuple(name for name in asked.declare if name not in samples)}


def _hl7v2(asked: argparse.Namespace) -> int:
    look = hl7v2_command.Look(_audience(asked), *_look())
    return _DONE if hl7v2_command.run(asked, _catalog(asked), look) else _REFUSED


def _fhir(asked: argparse.Namespace) -> int:
    facts = {"sex": read_sex(asked.sex), "age": read_age(asked.age), "born": read_birth(asked.born)}
    known = any(each is not None for each in (*facts.values(), asked.pregnant))
    patient = Patient.model_validate({**facts, "pregnant": asked.pregnant}) if known else None
    choices = Choices(_catalog(asked), patient, asked.standard, asked.optimal, strict=asked.strict)
    return _DONE if run(asked, choices) else _REFUSED


def _markers(asked: argparse.Namespace) -> int:
    catalog = _catalog(asked)
    if asked.name is None:
        every = [marker.model_dump(mode="json") for marker in catalog.markers.values()] if asked.json else []
        print(json.dumps(every, indent=2) if asked.json else all_markers(catalog))
    else:
        marker = catalog.marker(asked.name)
        print(_json(marker) if asked.json else one_marker(marker, catalog, width=_look()[0]))
    return _DONE


def _schema(asked: argparse.Namespace) -> int:
    print(json.dumps(_SCHEMAS[asked.name].model_json_schema(mode="serialization"), indent=2))
    return _DONE


def _json(model: Frozen) -> str:
    return model.model_dump_json(indent=2)
