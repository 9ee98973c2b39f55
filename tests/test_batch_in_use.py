"""The command `rlslabs score` as people call it: what it read as what, files that others wrote, and plain words."""

from __future__ import annotations

import csv
import gzip
import io
import signal
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlslabs import cli, frames
from rlslabs.frames import batch

HEADER = "id,code,result,unit,sex,age,note\n"
LINES = "1,ferritin,38,ng/mL,F,60,x\n2,ferritin,38,ng/mL,F,5,y\n3,iron,11,umol/L,M,40,\n"
TABLE: dict[str, Any] = {
    "marker": ["ferritin", None],
    "value": ["38", "=1"],
    "unit": ["ng/mL", ""],
    "note": ["=1+2", None],
}


def source(folder: Path, content: str = HEADER + LINES, name: str = "in.csv") -> Path:
    """A file of results."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def scored(given: Path, *asked: str) -> pl.DataFrame:
    """The output of the command, as text."""
    target = given.with_name("out.csv")
    assert cli.main(["score", str(given), "-o", str(target), *asked]) == 0
    return pl.read_csv(target, infer_schema=False)


@pytest.mark.parametrize("writer", ["polars", "pandas", "view", "arrow"])
def test_a_parquet_file_of_any_writer_becomes_csv(tmp_path: Path, writer: str) -> None:
    """Polars and pandas write text of other types than PyArrow does; the cells are the same."""
    given = tmp_path / "in.parquet"
    if writer == "polars":
        pl.DataFrame(TABLE).write_parquet(given)
    elif writer == "pandas":
        pd.DataFrame(TABLE).to_parquet(given)
    else:
        kind: Any = pa.string_view() if writer == "view" else pa.string()
        pq.write_table(pa.table({name: pa.array(each, kind) for name, each in TABLE.items()}), given)
    found = scored(given)
    assert found["rls_issue"].to_list() == [None, "unknown-marker"]
    assert found["value"].to_list() == ["38", "'=1"]
    assert found["note"].to_list() == ["'=1+2", None]


def test_columns_that_are_not_named_are_told_by_their_headers_still(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Naming some gives the answers of naming none or all; and what was read as what is said each time."""
    given = source(tmp_path)
    named = ["--marker", "code", "--value", "result", "--unit", "unit", "--sex", "sex", "--age", "age"]
    said = '"code" as marker, "result" as value, "unit" as unit, "sex" as sex, "age" as age; not used: "id", "note"\n'
    for part in ([], named[:2], named[:4], named):
        assert scored(given, *part)["rls_status"].to_list() == ["below-optimal", "no-range", "below-optimal"]
        assert f"read: {said}" in capsys.readouterr().err
    assert scored(given, "--ignore", "age")["rls_status"].to_list() == ["below-optimal"] * 3
    assert '"age" (seems to hold the age: name it if it counts), "id", "note"' in capsys.readouterr().err
    assert cli.main(["score", str(given), "-o", str(tmp_path / "o.csv"), "--ignore", "agee"]) == 2
    assert 'There is no column "agee" that could be ignored' in capsys.readouterr().err


def test_of_a_wide_file_headers_tell_whose_the_results_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A child is no adult because nobody named the age; a column of values is not read by its header."""
    given = source(tmp_path, "fer,age,value,preg_code,person_id\n38,60,1,1,7\n38,5,1,2,8\n")
    assert scored(given, "--wide", "fer=ferritin:ng/mL")["rls_fer_status"].to_list() == ["below-optimal", "no-range"]
    err = capsys.readouterr().err
    assert 'read: "age" as age, "fer" as ferritin in ng/mL; not used: "value"' in err
    assert '"preg_code" (seems to hold the preg: name it if it counts)' in err
    assert '"person_id" (seems to hold the person, which is not read here)' in err


def test_a_header_that_is_not_certain_is_not_read_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two columns of one kind, and one in a unit of its own; and no more names than one can read."""
    given = source(tmp_path, "test,result,unit,age (months),sex,gender\nferritin,38,ng/mL,60,F,M\n")
    assert scored(given, "--marker", "test")["rls_status"].to_list() == ["below-optimal"]
    err = capsys.readouterr().err
    for name, word in (("age (months)", "age"), ("sex", "sex"), ("gender", "sex")):
        assert f'"{name}" (seems to hold the {word}' in err
    many = [f"c{place}" for place in range(30)]
    wide = source(
        tmp_path, ",".join(["marker", "value", "unit", *many]) + "\n" + ",".join(["iron", *["9"] * 32]) + "\n"
    )
    scored(wide)
    assert '"c19" and 10 more\n' in capsys.readouterr().err
    scored(source(tmp_path, "marker,value,unit\niron,90,ug/dL\n"))
    assert "not used: none\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("named", "first", "said"),
    [
        (["--marker", "loinc"], "below-optimal", '"test" (the marker is read from "loinc")'),
        (["--ignore", "loinc"], None, '"loinc" (the marker is read from "test")'),
        (["--ignore", "test"], "below-optimal", '"test" (the marker is read from "loinc")'),
    ],
)
def test_of_a_code_beside_a_name_one_is_read_and_the_other_is_said_to_be_left(
    named: list[str], first: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the refusal of two columns that name the marker says to do works, and nobody is asked to name the other."""
    given = source(tmp_path, "loinc,test,result,unit\n2276-4,blood count,38,ng/mL\n")
    assert scored(given, *named)["rls_status"].to_list() == [first]
    assert f"not used: {said}\n" in capsys.readouterr().err


def test_whose_results_they_are_is_no_reason_to_refuse_a_file(tmp_path: Path) -> None:
    """A column of patients changes no answer about one result."""
    given = source(tmp_path, "patient,test,result,unit\n7,ferritin,38,ng/mL\n")
    assert scored(given)["rls_status"].to_list() == ["below-optimal"]


@pytest.mark.parametrize(
    "content", ["marker,value,age_months\niron,1,3\n", "a,b\n1,2\n", "marker,value,specimen\na,1,b\n"]
)
def test_a_header_that_is_not_known_is_mended_by_an_option(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody renames a column of a file of any size."""
    assert cli.main(["score", str(source(tmp_path, content)), "-o", str(tmp_path / "o.csv")]) == 2
    err = capsys.readouterr().err
    assert "--marker test" in err
    assert "--wide COLUMN=MARKER:UNIT" in err
    assert "--ignore COLUMN" in err
    assert "rename" not in err


def test_a_file_comes_back_as_it_went_in(tmp_path: Path) -> None:
    """Empty cells and numbers stay bare, text is in quotation marks where it needs them, and nothing else changes."""
    rows = [
        ["n", "marker", "value", "unit", "age", 'a "note", or more'],
        ["1", "ferritin", "38", "ng/mL", "60", 'said "low"'],
        ["", "iron", "", "", "", "two\nlines; and\tmore"],
        ["007", "iron", "11", "umol/L", "", "comma, here"],
        ["4", "iron", "11", "umol/L", "", " blank "],
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    given = source(tmp_path, text.getvalue())
    for ending, delimiter in (("csv", ","), ("tsv", "\t")):
        target = tmp_path / f"out.{ending}"
        assert cli.main(["score", str(given), "-o", str(target)]) == 0
        content = target.read_text(encoding="utf-8")
        assert [row[:6] for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)] == rows
        assert f"{delimiter}38{delimiter}" in content
        assert '""' not in content.replace('"said ""low"""', "").replace('""note""', "")
    numbers = source(tmp_path, "fer,age\n38,60\n,\n20,5\n")
    target = tmp_path / "out.csv"
    assert cli.main(["score", str(numbers), "-o", str(target), "--wide", "fer=ferritin:ng/mL"]) == 0
    assert pl.read_csv(target).select("fer", "age").equals(pl.read_csv(numbers))


def test_numbers_that_are_no_text_are_written_as_they_print(tmp_path: Path) -> None:
    """A number below zero or infinite is no formula, and what is not there is nothing."""
    given = tmp_path / "in.parquet"
    numbers = [-5.0, float("-inf"), None]
    pl.DataFrame({"marker": "iron", "value": numbers, "unit": "ug/dL", "whole": [-1, None, 3]}).write_parquet(given)
    found = scored(given)
    assert found["value"].to_list() == ["-5", "-inf", None]
    assert found["whole"].to_list() == ["-1", None, "3"]
    assert found["rls_issue"].to_list() == ["negative-value", "infinite-value", "missing-value"]


def test_of_packed_files_no_share_is_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How much of a packed file is read nobody knows: rows and their rate are told, and no time that is left."""
    monkeypatch.setattr(batch, "_OFTEN", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    plain, packed = source(tmp_path), tmp_path / "in.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for files, left in (([plain], True), ([packed], False), ([plain, packed], False)):
        assert cli.main(["score", *map(str, files), "-o", str(tmp_path / "out.csv")]) == 0
        err = capsys.readouterr().err
        assert f"{3 * len(files)} rows, " in err
        assert (" s left" in err) is left
        assert ("[####" in err) is left


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("bar", [True, False])
@pytest.mark.parametrize("by", [KeyboardInterrupt, SystemExit])
def test_an_interruption_says_that_nothing_was_written(
    tmp_path: Path,
    *,
    there: bool,
    bar: bool,
    by: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """How far it was, and what became of the output."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: bar)
    given, target = source(tmp_path), tmp_path / "out.csv"
    if there:
        target.write_text("before", encoding="utf-8")
    whole: Any = frames.score
    calls: list[int] = []

    def stopped(table: Any, **facts: Any) -> object:  # noqa: ANN401  whatever `score` takes
        calls.append(1)
        if len(calls) > 1:
            raise by(128 + signal.SIGTERM)
        return whole(table, **facts)

    monkeypatch.setattr(batch, "score", stopped)
    again = source(tmp_path, name="more.csv")
    if by is KeyboardInterrupt:
        assert cli.main(["score", str(given), str(again), "-o", str(target)]) == 130
    else:
        with pytest.raises(SystemExit):
            cli.main(["score", str(given), str(again), "-o", str(target)])
    told = f"{target} is as it was" if there else "nothing was written"
    assert f"rlslabs: interrupted after 3 rows; {told}\n" in capsys.readouterr().err
    assert target.exists() is there


def test_paths_that_are_not_there_are_named_for_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing input is no output, and no library speaks; nothing is judged before it is known where it goes."""
    given = source(tmp_path)
    (tmp_path / "d.csv").mkdir()
    for asked, words in (
        ([tmp_path / "nope.csv", "-o", tmp_path / "o.csv"], 'nope.csv"; check the path'),
        ([given, tmp_path / "nope.parquet", "-o", tmp_path / "o.csv"], "There is no file"),
        ([given, "-o", tmp_path / "nodir" / "o.csv"], 'nodir" for the output'),
        ([tmp_path / "d.csv", "-o", tmp_path / "o.csv"], '"d.csv" is a folder'),
        ([given, "-o", tmp_path / "d.csv"], 'The output "d.csv" is a folder'),
    ):
        assert cli.main(["score", *map(str, asked)]) == 2
        err = capsys.readouterr().err
        assert words in err
        assert "errno" not in err
        assert "read:" not in err
