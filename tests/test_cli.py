"""The command: what it prints, how it exits, and that it works in a pipe."""

from __future__ import annotations

import io
import itertools
import json
import os
import pty
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from rlslabs import Interpretation, LabResult, Marker, Patient
from rlslabs.cli import main
from rlslabs.hl7v2.received import JudgedMessage
from rlslabs.interpretation import Answer
from rlslabs.panels import JudgedSheet

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "examples" / "report.csv"
ONE = ("interpret", "ferritin", "38", "ng/mL", "--sex", "female", "--age", "52")

Captured = pytest.CaptureFixture[str]


def started(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    return subprocess.Popen(  # noqa: S603  the arguments stand in this file
        [sys.executable, "-m", "rlslabs", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )


def test_one_result_is_placed_and_explained_with_its_sources(capsys: Captured) -> None:
    """The status, both ranges, the sentences and the sources are all on the page."""
    assert main([*ONE]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "Ferritin 38 ng/mL: below-optimal"
    assert "20-328 ng/mL" in out
    assert "75-150 ng/mL" in out
    assert "[1] Healers: " in out
    assert err == ""
    assert max(map(len, out.splitlines())) <= 100


def test_the_patient_register_has_no_clinical_words(capsys: Captured) -> None:
    """`--patient` writes for the person whose blood it was."""
    assert main([*ONE, "--patient"]) == 0
    assert "Your ferritin is 38 nanograms per milliliter." in capsys.readouterr().out


def test_json_holds_the_whole_answer(capsys: Captured) -> None:
    """`--json` prints what `model_validate_json` reads back."""
    assert main([*ONE, "--json"]) == 0
    answer = Answer.model_validate_json(capsys.readouterr().out)
    assert (answer.interpretation.status, answer.interpretation.patient.age) == ("below-optimal", 52)
    assert answer.clinician == answer.interpretation.explanation
    assert answer.patient.text.startswith("Your ferritin")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--born", "1972-05-31", "--collected", "2024-05-30"], 51),
        (["--range", "24-336", "--comparator", "<"], None),
        (["--pregnant"], None),
        (["--not-pregnant", "--strict"], None),
        (["--standard", "mayo"], None),
    ],
)
def test_every_option_of_one_result_reaches_the_judgement(
    arguments: list[str], expected: int | None, capsys: Captured
) -> None:
    """What is said on the command line is what is judged."""
    assert main(["interpret", "ferritin", "38", "ng/mL", "--sex", "female", "--json", *arguments]) == 0
    it = Answer.model_validate_json(capsys.readouterr().out).interpretation
    assert (it.result.range is not None) == ("--range" in arguments)
    assert it.reading.comparator == ("<" if "--comparator" in arguments else None)
    assert it.patient.pregnant is {"--pregnant": True, "--not-pregnant": False}.get(arguments[0])
    assert it.standard.set == {"--range": "report", "--standard": "mayo"}.get(arguments[0], "general")
    if expected is not None:
        assert [limit.range.applies_to.age for limit in it.standard.limits] == [">=51 a"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["interpret", "ferritin", "38"], 1, "[missing-unit]"),
        (["interpret", "ferritin", "pending", "ng/mL"], 1, "[unreadable-value]"),
        (["interpret", "transferrin", "38", "mg/dL"], 1, "[another-analyte]"),
        (["interpret", "ferritin", "38", "ng/mL", "--standard", "nowhere"], 2, "[unknown-set]"),
        (["interpret", "ferritin", "38", "ng/mL", "--catalog", "/nowhere"], 2, "[catalog]"),
        (["panel", "/nowhere.csv"], 2, "/nowhere.csv"),
        (["panel", str(REPORT), "--optimal", "nowhere"], 2, "[unknown-set]"),
        (["panel", str(REPORT), "--declare", "nonsense"], 2, "[unknown-circumstance]"),
        (["panel", str(REPORT), "--rcv", "nothing=3"], 1, "[unknown-marker]"),
        (["panel", str(REPORT), "--rcv", "ferritin=-3"], 1, "[wrong-type]"),
        (["markers", "nothing"], 1, "[unknown-marker]"),
    ],
)
def test_a_refusal_says_why_and_exits_by_its_kind(arguments: list[str], code: int, said: str, capsys: Captured) -> None:
    """A refused result exits with 1, a wrong call or a broken file with 2; both say what to do on standard error."""
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["interpret"], ["schema", "nothing"], ["interpret", "a", "b", "c", "d"]]
)
def test_a_wrong_call_exits_with_2(arguments: list[str], capsys: Captured) -> None:
    """Usage is shown on standard error."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: rlslabs" in capsys.readouterr().err


def test_the_example_report_is_read_together(capsys: Captured) -> None:
    """The report that ships with the project: what matters first, findings, the table, then the sources once."""
    assert main(["panel", str(REPORT)]) == 1
    out = capsys.readouterr().out
    headings = [above for above, line in itertools.pairwise(out.splitlines()) if line and set(line) == {"-"}]
    assert headings == [
        "What matters first",
        "Findings",
        "Guideline criteria",
        "Results",
        "What would add most",
        "Sources",
    ]
    table = out.split("\nResults\n", maxsplit=1)[1].split("\n\n")[1].splitlines()
    assert [line.split()[-1] for line in table[2:]] == [
        "below-optimal",
        "below-optimal",
        "below-optimal",
        "optimal",
        "below-optimal",
        "refused",
        "low",
        "below-optimal",
    ]
    assert "Line 7: 1,220 could mean 1220 or 1.220" in out
    assert "[ambiguous-number]" in out
    assert out.count("This is information, not a diagnosis.") == 1
    assert out.count("\nSources\n") == 1
    assert "7 lines: 6 judged, 1 refused." in out


def test_a_report_for_the_patient_and_as_json_hold_every_line(capsys: Captured) -> None:
    """Neither register nor JSON drops a line."""
    main(["panel", str(REPORT), "--patient", "--explain"])
    assert capsys.readouterr().out.count("Your ") >= 6
    assert main(["panel", str(REPORT), "--json"]) == 1
    sheet = JudgedSheet.model_validate_json(capsys.readouterr().out)
    assert [line.line for line in sheet.lines] == [2, 3, 4, 5, 6, 7, 8]
    assert [line.issue.code for line in sheet.lines if line.issue] == ["ambiguous-number"]
    (one,) = sheet.panels
    assert one.lines == (2, 3, 4, 5, 6, 7, 8)
    assert any(finding.answered == "yes" for finding in one.panel.findings)


def test_every_option_of_a_panel_reaches_it(tmp_path: Path, capsys: Captured) -> None:
    """What is declared, estimated, looked for and overridden on the command line is what is read together."""
    path = tmp_path / "report.csv"
    path.write_text(
        "marker,value,unit,collected\nferritin,100,ng/mL,2024-01-01\nferritin,120,ng/mL,2024-05-01\n"
        "iron,60,ug/dL,2024-05-01\ntransferrin,3,g/L,2024-05-01\n",
        encoding="utf-8",
    )
    told = ["--declare", "dialysis", "--declare", "fasting", "--estimate-tibc", "--nearest", "--rcv", "ferritin=10"]
    assert main(["panel", str(path), "--sex", "female", "--age", "50", "--json", *told]) == 0
    (one,) = JudgedSheet.model_validate_json(capsys.readouterr().out).panels
    panel = one.panel
    assert panel.patient.conditions == ("dialysis",)
    assert {line.result.circumstances for line in panel.lines} == {("fasting",)}
    assert panel.derived[0].computed.estimated
    assert panel.decisions
    assert panel.trends[0].steps[0].answered == "changed"
    assert main(["panel", str(path), "--markdown"]) == 0
    assert "## Change over time" in capsys.readouterr().out


@pytest.mark.parametrize("told", ["ferritin", "ferritin=", "ferritin=many"])
def test_a_reference_change_value_that_is_no_number_is_a_wrong_call(told: str, capsys: Captured) -> None:
    """The usage says how to write it."""
    with pytest.raises(SystemExit) as stopped:
        main(["panel", str(REPORT), "--rcv", told])
    assert stopped.value.code == 2
    assert "write it as ferritin=30" in capsys.readouterr().err


def test_facts_of_the_one_patient_serve_every_line_that_has_none(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--sex` and `--age` fill empty cells, standard input is `-`, and an unread column is named."""
    content = b"marker;value;unit;sex;remark\nferritin;350;ng/mL;;x\nferritin;350;ng/mL;female;\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["panel", "-", "--sex", "male", "--age", "60", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [
        line.interpretation and line.interpretation.status for line in JudgedSheet.model_validate_json(out).lines
    ] == [
        "above-optimal",
        "high",
    ]
    assert err == ""


def test_a_broken_file_names_line_and_column(tmp_path: Path, capsys: Captured) -> None:
    """A file that cannot be read as a whole exits with 2 and says where."""
    path = tmp_path / "broken.csv"
    path.write_bytes(b"marker,value,unit\nferritin,38,\xb5g/L\n")
    assert main(["panel", str(path)]) == 2
    assert "line 2, column 13" in capsys.readouterr().err


def test_markers_show_every_range_with_its_source(capsys: Captured) -> None:
    """A list of all, one in full, and both as JSON."""
    assert main(["markers"]) == 0
    listed = capsys.readouterr().out
    assert "75-150" in listed
    assert main(["markers", "25-OH-D"]) == 0
    one = capsys.readouterr().out
    assert "exeter-uk" in one
    assert ">50 nmol/L" in one
    assert "no range" in one
    assert "(second-hand)" in one
    assert main(["markers", "2276-4", "--json"]) == 0
    assert Marker.model_validate_json(capsys.readouterr().out).id == "ferritin"
    assert main(["markers", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 6


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("answer", Answer),
        ("interpretation", Interpretation),
        ("lab-result", LabResult),
        ("patient", Patient),
        ("panel", JudgedSheet),
        ("marker", Marker),
        ("hl7v2", JudgedMessage),
    ],
)
def test_a_schema_is_printed_for_every_object(name: str, model: type, capsys: Captured) -> None:
    """JSON Schema, titled by its object."""
    assert main(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == model.__name__


def test_the_command_works_in_a_pipe_that_closes_early() -> None:
    """A reader that stops, such as head, is no error and causes no message."""
    process = started("markers", "ferritin")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as said:
        assert said.read() == b""
    assert process.wait() == 0


def test_output_survives_a_terminal_without_unicode() -> None:
    """A plain ASCII locale gets escapes, never a crash."""
    process = started("panel", str(REPORT), LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    out, err = process.communicate()
    assert out.isascii()
    assert (err, process.returncode) == (b"", 1)


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals_that_want_it(environment: dict[str, str], *, coloured: bool) -> None:
    """A terminal gets colour unless NO_COLOR or a dumb terminal says no."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(  # noqa: S603  the arguments stand in this file
        [sys.executable, "-m", "rlslabs", *ONE],
        stdout=follower,
        stderr=follower,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm", **environment},
    )
    process.wait()
    os.close(follower)
    out = os.read(leader, 1000)
    os.close(leader)
    assert (b"\x1b[33mbelow-optimal\x1b[0m" in out) == coloured


def test_an_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Control-C exits with 130 and no trace."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rlslabs.cli.interpret", interrupted)
    assert main([*ONE]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_closed_reader_found_while_printing_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Output that breaks in the middle ends with 0, whatever was left to print."""

    class Closed(io.TextIOWrapper):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with (tmp_path / "out").open("wb") as file:
        monkeypatch.setattr(sys, "stdout", Closed(file))
        assert main([*ONE]) == 0


def test_no_output_at_all_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without standard output, as a service may be, still judges."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main([*ONE]) == 0


def test_the_module_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """`python -m rlslabs` does what the command does."""
    monkeypatch.setattr(sys, "argv", ["rlslabs", *ONE])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("rlslabs", run_name="__main__")
    assert stopped.value.code == 0
    assert "below-optimal" in capsys.readouterr().out


def test_a_report_in_which_nothing_was_judged_has_no_explanation(tmp_path: Path, capsys: Captured) -> None:
    """A file of refused lines prints the reasons, and a file without lines says that there are none."""
    path = tmp_path / "report.csv"
    path.write_text("marker,value\n", encoding="utf-8")
    assert main(["panel", str(path)]) == 0
    assert "0 lines: 0 judged, 0 refused." in capsys.readouterr().out
    path.write_text("marker,value,unit\nferritin\x1b[2J,38,ng/mL\nferritin,38,ng/mL,x\n", encoding="utf-8")
    assert main(["panel", str(path)]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "2 lines: 0 judged, 2 refused." in out


def test_a_printed_range_is_marked_in_the_table(tmp_path: Path, capsys: Captured) -> None:
    """A star marks a range printed with the result, and an exclamation mark one that was refused."""
    path = tmp_path / "report.csv"
    path.write_text("marker,value,unit,range\nferritin,38,ng/mL,24-336\nb12,300,pg/mL,914-180\n", encoding="utf-8")
    assert main(["panel", str(path)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "24-336 ng/mL *" in out
    assert re.search(r"180-914 pg/mL (\[\d+\])+ !", out)
    assert "* the range printed with the result" in out
    assert "! a printed range was refused" in out
