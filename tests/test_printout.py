"""The command `rlslabs hl7v2`: a table for each patient, what was refused, the messages given back, and exit codes."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
from pathlib import Path

import pytest

from rlslabs import hl7v2
from rlslabs.cli import main
from rlslabs.hl7v2.printout import is_refused

Captured = pytest.CaptureFixture[str]
HEADER = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5"
PID = "PID|1||1||A^B||19720101|F"
OBR = "OBR|1|||||20240530|20240531"
GOOD = "OBX|1|NM|2276-4^Ferritin^LN||38|ng/mL|30-300||||F"
LINES = [
    GOOD,
    "OBX|2|NM|2498-4^Iron^LN||60|ug/dL||L|||P",
    "OBX|3|NM|^Transferrin^L||250|mg/dL|||||F",
    "OBX|4|NM|^löslicher Transferrinrezeptor^L||2|mg/L|||||F",
    "OBX|5|NM|2132-9^B12^LN||38|mmol/L|||||F",
    "OBX|6|NM|^Glucose^L||5|mmol/L|||||F",
    "OBX|7|NM|2502-3^TSAT^LN||40|%|||||F",
    "OBX|8|NM|2500-7^TIBC^LN||300|ug/dL||N|||F",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A message with every kind of answer."""
    path = tmp_path / "report.hl7"
    path.write_text("\r".join([HEADER, PID, OBR, *LINES]), encoding="utf-8")
    return path


def test_every_result_is_judged_refused_or_named(file: Path, capsys: Captured) -> None:
    """The table, the refusals, what is read for context, flags that differ, and other tests by name."""
    assert main(["hl7v2", str(file)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("Message 1 (line 1): ORU^R01 2.5 No character set is declared")
    assert re.search(r"Ferritin 2024-05-31 38 ng/mL 30-300 ng/mL \* within 75-150 ng/mL \[\d+\] below", told)
    assert "OBX 4 (line 7), löslicher Transferrinrezeptor: " in told
    assert "[another-analyte]" in told
    assert "[unknown-unit]" in told
    assert "Transferrin 2024-05-31 250 mg/dL - - not judged" in told
    assert "OBX 2 (line 5), 2498-4 Iron: OBX-11 is P: preliminary; look for a later report. [result-not-final]" in told
    assert "OBX 2 (line 5), 2498-4 Iron: the laboratory flags it L; by the range used here it is N." in told
    assert "[discordant-saturation]" in told
    assert told.endswith("Other tests, not judged here: Glucose.")
    assert "2500-7 TIBC: the laboratory" not in told
    assert "Told by name, without a LOINC code: OBX 3 (line 6). [told-by-name]" in told


def test_patients_and_messages_stand_apart(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a heading and its own lines; standard input is read as a file."""
    text = "\r".join([HEADER, PID, GOOD, PID, GOOD.replace("|38|", "|20|"), HEADER, PID, GOOD, ""])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["hl7v2", "-"]) == 0
    told = capsys.readouterr().out
    assert [line for line in told.splitlines() if line.startswith(("Message", "Patient"))] == [
        *("Message 1 (line 1): ORU^R01 2.5", "Patient 1 of 2", "Patient 2 of 2", "Message 2 (line 6): ORU^R01 2.5"),
    ]
    assert "Other tests" not in told


def test_json_is_a_line_a_message(file: Path, capsys: Captured) -> None:
    """Each line is a whole judged message."""
    assert main(["hl7v2", str(file), "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"]["type"] == "ORU^R01"
    assert hl7v2.JudgedMessage.model_validate_json(line) == hl7v2.interpret(file.read_bytes())[0]


def test_a_table_has_a_row_for_each_result_of_our_tests(file: Path, capsys: Captured, tmp_path: Path) -> None:
    """With the head of the table of FHIR; other tests have none, and a message that was refused is named."""
    assert main(["hl7v2", str(file), "--table"]) == 1
    out, err = capsys.readouterr()
    head, *rows = [line.split("\t") for line in out.splitlines()]
    assert head == [
        "place",
        "patient",
        "collected",
        "marker",
        "result",
        "standard",
        "optimal",
        "status",
        "issues",
        "assumed",
    ]
    (judged,) = hl7v2.interpret(file.read_bytes())
    ours = [each for each in judged.segments() if not each.segment.is_other]
    assert len(rows) == len(ours) < len([*judged.segments()])
    for row, each in zip(rows, ours, strict=True):
        assert row[:2] == [each.segment.place, "message 1, patient 1"]
        it = each.interpretation
        if it is not None:
            assert row[3:8] == [it.marker, row[4], it.standard.position, it.optimal.position, it.status]
            codes = [issue.code for issue in (*each.segment.notices, *it.issues)]
            assert row[8:] == [" ".join(dict.fromkeys(codes)), " ".join(it.assumptions)]
        elif each.issue is not None:
            assert row[4:8] == ["", "", "", f"refused [{each.issue.code}]"]
    assert err.startswith("rlslabs: message 1: ")
    two = tmp_path / "two.hl7"
    crp = "OBX|2|NM|1988-5^CRP^LN||3|mg/L|||||F|||20240502"
    two.write_text(f"{HEADER}\r{PID}\r{OBR}\r{GOOD}\r{PID}\r{crp}\r", encoding="utf-8")
    assert main(["hl7v2", str(two), "--table"]) == 0
    told = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(row[1], row[3], row[7]) for row in told] == [
        ("message 1, patient 1", "ferritin", "below-optimal"),
        ("message 1, patient 2", "crp", "context"),
    ]
    assert told[1][2] == "2024-05-02"


def test_messages_are_given_back_with_flags(file: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The bytes of the file, with OBX-8 where it was empty."""
    assert main(["hl7v2", str(file), "--flag", "--standard", "mayo"]) == 1
    assert capsysbinary.readouterr().out == hl7v2.flag(file.read_bytes(), standard="mayo")


def test_what_was_not_flagged_is_said_with_the_reason(file: Path, capsys: Captured) -> None:
    """Refusals stand on standard error as without --flag, and so does every judged result that got no flag."""
    assert main(["hl7v2", str(file), "--flag"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ", 2)[1] for line in told] == [
        *("message 1", "OBX 4 (line 7), löslicher Transferrinrezeptor", "OBX 5 (line 8), 2132-9 B12"),
        "OBX 7 (line 10), 2502-3 TSAT",
    ]
    assert told[-1].endswith("not flagged, OBX-8 cannot say what was assumed: no pregnancy, because none was stated.")


def test_of_many_lines_standard_error_says_how_many(tmp_path: Path, capsys: Captured) -> None:
    """A large file does not drown what matters."""
    path = tmp_path / "report.hl7"
    path.write_text("\r".join([HEADER, PID, OBR, *[LINES[4]] * 25]), encoding="utf-8")
    assert main(["hl7v2", str(path), "--flag"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert (len(told), told[-1]) == (21, "rlslabs: and 5 more")


@pytest.mark.parametrize("name", ["report.hl7", "report.hl7.gz", "-"])
@pytest.mark.parametrize("shape", [[], ["--flag"], ["--json"]])
def test_a_packed_file_is_read_as_what_it_holds(
    name: str, shape: list[str], file: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first bytes tell that it is packed, whatever it is called, and also in a pipe."""
    main(["hl7v2", str(file), *shape])
    plain = capsysbinary.readouterr()
    packed = gzip.compress(file.read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))
    path = file.with_name("packed" + name)
    path.write_bytes(packed)
    assert main(["hl7v2", name if name == "-" else str(path), *shape]) == 1
    assert capsysbinary.readouterr() == plain


def test_a_packed_file_that_is_cut_off_says_so(file: Path, capsys: Captured) -> None:
    """Half a gzip is no file."""
    file.write_bytes(gzip.compress(file.read_bytes())[:-20])
    assert main(["hl7v2", str(file)]) == 2
    assert "no whole gzip" in capsys.readouterr().err


def test_only_one_shape_is_asked_for(file: Path, capsys: Captured) -> None:
    """--json beside --flag is a wrong call, and not one that is dropped."""
    with pytest.raises(SystemExit) as left:
        main(["hl7v2", str(file), "--json", "--flag"])
    assert left.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_patient_reads_no_words_of_a_laboratory(file: Path, capsys: Captured) -> None:
    """What was refused, and what is said of a result, is plain; whom to ask stands beside it."""
    file.write_text("\r".join([HEADER, PID, OBR, *LINES, f"{GOOD[:-1]}W", f"{GOOD[:-1]}Q"]), encoding="utf-8")
    assert main(["hl7v2", str(file), "--patient"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "OBX-11" not in told
    assert "give it in one of" not in told
    assert "AASM" not in told.partition("Where this comes from")[0]
    assert "It was not judged, because its unit is missing, or is none in which this test is reported." in told
    assert (
        "because it is another test, or it is not clear which test it is. Ask the laboratory. [another-analyte]" in told
    )
    assert told.count("because no result stands: it was withdrawn, or is not there yet.") == 3
    assert "This result may still change. [result-not-final]" in told


def test_without_any_output_messages_are_still_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without standard output loses nothing but the output."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["hl7v2", str(file), "--flag"]) == 1
    assert main(["hl7v2", str(file)]) == 1


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        *(
            ("nothing", 2, "[message-unreadable]"),
            (HEADER.replace("ORU^R01", "ADT^A01"), 1, "[message-unreadable]"),
            (HEADER.replace("ORU^R01", ""), 1, "of no type"),
        ),
        *(
            (f"{HEADER}\r{PID}\rOBX|6|NM|^Glucose^L||5|mmol/L|||||F", 0, "Other tests, not judged here: Glucose."),
            (f"{HEADER}\r{PID}", 0, "Message 1 (line 1): ORU^R01 2.5"),
        ),
        *(
            (f"{HEADER}||||||x|\r{PID}\r{GOOD}", 0, "[character-set-guessed]"),
            (f"{HEADER}\r{PID[:-10]}1972|F\r{GOOD}", 1, "[unreadable-date]"),
        ),
    ],
)
def test_the_exit_code_says_whether_a_result_was_refused(
    content: str, code: int, said: str, tmp_path: Path, capsys: Captured
) -> None:
    """2 where there is no message, 1 where something of ours was refused, 0 where only other tests were passed over."""
    path = tmp_path / "report.hl7"
    path.write_text(content, encoding="utf-8")
    assert main(["hl7v2", str(path)]) == code
    told = capsys.readouterr()
    assert said in told.out + told.err


def test_a_refused_message_counts_as_refused() -> None:
    """A message without a report is refused as a whole."""
    assert is_refused(hl7v2.interpret(f"{HEADER}\nx")[0])
    assert not is_refused(hl7v2.interpret(f"{HEADER}\r{PID}\r{GOOD}")[0])
