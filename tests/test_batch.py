"""The command `rlslabs score`: every row in is a row out, whole or not at all, and safe to open."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from rlslabs import cli, frames
from rlslabs.frames import batch, stream
from tests.table_rows import answers, many, truth

CELLS = ["marker", "value", "unit", "sex", "age", "pregnant", "comparator"]


def write(path: Path, given_rows: list[dict[str, Any]]) -> Path:
    """Rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["row", *CELLS], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, "pregnant": {True: "yes", False: "no"}.get(row["pregnant"], "")} for row in given_rows)
    return path


def texts(count: int) -> list[dict[str, Any]]:
    """Rows as a file holds them: all text, ages whole or with decimals."""
    rows = many(count, text=True)
    return [
        {**row, "age": None if row["age"] is None else str(row["age"]), "value": row["value"] or ""} for row in rows
    ]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zst", ".tsv", ".parquet"])
def test_every_row_of_a_file_is_told_what_interpret_says(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stretch by stretch, in every form of file, in the order of the rows."""
    monkeypatch.setattr(stream, "_BLOCK", 1 << 14)
    given_rows = texts(600)
    source = write(tmp_path / "in.csv", given_rows)
    packed = tmp_path / "more.csv.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    target = tmp_path / f"out{ending}"
    assert cli.main(["score", str(source), str(packed), "-o", str(target)]) == 0
    assert "1,200 rows in, 1,200 rows out" in capsys.readouterr().err
    if ending == ".parquet":
        table = pl.read_parquet(target)
    else:
        table = pl.read_csv(target, separator="\t" if ending == ".tsv" else ",", infer_schema=False)
    assert table["row"].to_list() == [*(str(row["row"]) for row in given_rows)] * 2
    assert answers(table.to_dict(as_series=False)) == [truth(row) for row in given_rows] * 2
    assert [*tmp_path.glob(".*")] == []


def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path) -> None:
    """Cells and headers that begin like a formula gain an apostrophe; numbers do not."""
    source = tmp_path / "in.csv"
    source.write_text(
        'marker,value,unit,=note\nferritin,38,ng/mL,"=1+2"\nferritin,-5,ng/mL,+49 30\nferritin,9,ng/mL,@x\n',
        encoding="utf-8",
    )
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv")]) == 0
    rows = [*csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8")))]
    assert rows[0][:4] == ["marker", "value", "unit", "'=note"]
    assert [row[3] for row in rows[1:]] == ["'=1+2", "'+49 30", "'@x"]
    assert [row[1] for row in rows[1:]] == ["38", "-5", "9"]


def test_columns_can_be_named_and_tables_can_be_wide(tmp_path: Path) -> None:
    """Parquet in and out, columns by name, wide columns with findings, and more answers."""
    source = tmp_path / "in.parquet"
    pl.DataFrame({"fer": [38.0, None], "tsat": [15.0, 30.0], "who": ["F", "M"]}).write_parquet(source)
    target = tmp_path / "out.parquet"
    wide = ["--wide", "fer=ferritin:ng/mL", "--wide", "tsat=TSAT:%", "--sex", "who", "--findings", "--also", "hl7"]
    assert cli.main(["score", str(source), "-o", str(target), *wide]) == 0
    found = pl.read_parquet(target)
    assert found["rls_fer_status"].to_list() == ["below-optimal", None]
    assert found["rls_tsat_hl7"].to_list() == ["N", "N"]
    assert found["rls_criterion_aasm-2025_adult-iron"].to_list() == ["yes", "missing"]
    long = tmp_path / "long.csv"
    long.write_text("a;b;c\nferritin;38,5;ng/mL\n", encoding="utf-8")
    named = ["--marker", "a", "--value", "b", "--unit", "c", "--decimal-mark", ",", "--quiet"]
    assert cli.main(["score", str(long), "-o", str(tmp_path / "long.parquet"), *named]) == 0
    assert pq.read_table(tmp_path / "long.parquet")["rls_issue"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        ("marker,value\nferritin,1,2\n", [], "cannot be read"),
        ("marker,marker\na,b\n", [], "a column twice"),
        ("", [], "no header"),
        ("marker,value,specimen\nferritin,1,urine\n", [], "cannot be read by its header"),
        ("marker,loinc,value\nferritin,2276-4,1\n", [], "cannot be read by its header"),
        ("marker,value,age (months)\nferritin,1,3\n", [], "cannot be read by its header"),
        ("marker,value,age_of_mother\nferritin,1,3\n", [], "seems to hold the age"),
        ("marker,value\nferritin,1\n", ["--wide", "value"], "does not say what a column holds"),
        ("marker,value\nferritin,1\n", ["--marker", "x", "--value", "value"], "There is no column"),
        ("marker,value\nferritin,1\n", ["--standard", "nobody"], "No standard set"),
    ],
)
def test_a_file_that_cannot_be_judged_leaves_nothing_behind(
    tmp_path: Path, content: str, more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One error, exit 2, and neither an output nor a part of one."""
    source = tmp_path / "in.csv"
    source.write_text(content, encoding="utf-8")
    target = tmp_path / "out.csv"
    assert cli.main(["score", str(source), "-o", str(target), *more]) == 2
    assert words in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == [source]


def test_files_that_do_not_go_together_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other columns, another form, the input as output, damaged files, and files that are not there."""
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("marker,value\nferritin,1\n", encoding="utf-8")
    two.write_text("marker,value,unit\nferritin,1,ng/mL\n", encoding="utf-8")
    (tmp_path / "c.parquet").write_bytes(b"nothing")
    (tmp_path / "d.csv.gz").write_bytes(b"nothing")
    for files, words in (
        ([one, two, "-o", tmp_path / "o.csv"], "are not those of"),
        ([one, "-o", one], "is one of the inputs"),
        ([one, "-o", tmp_path / "o.xlsx"], "neither CSV nor Parquet"),
        ([one, tmp_path / "c.parquet", "-o", tmp_path / "o.csv"], "is no Parquet file"),
        ([tmp_path / "d.csv.gz", "-o", tmp_path / "o.csv"], "cannot be unpacked"),
        ([tmp_path / "e.csv", "-o", tmp_path / "o.csv"], "check the path"),
    ):
        assert cli.main(["score", *map(str, files)]) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_an_interruption_leaves_the_old_output_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 130, no part of a file, and what stood there before stands there still."""
    source, target = write(tmp_path / "in.csv", texts(10)), tmp_path / "out.csv"
    target.write_text("before", encoding="utf-8")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "score", interrupted)
    assert cli.main(["score", str(source), "-o", str(target)]) == 130
    assert target.read_text(encoding="utf-8") == "before"
    assert {each.name for each in tmp_path.iterdir()} == {"in.csv", "out.csv"}


def test_a_lost_row_is_never_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows in are rows out, or there is no output."""
    source = write(tmp_path / "in.csv", texts(10))
    whole: Any = frames.score
    monkeypatch.setattr(batch, "score", lambda table, **facts: whole(table, **facts).slice(1))
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv")]) == 2
    assert "10 rows were read and 9 judged" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_the_bar_says_rows_rate_and_time_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, and not more often than one can read."""
    monkeypatch.setattr(batch, "_OFTEN", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    source = write(tmp_path / "in.csv", texts(20))
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv")]) == 0
    assert "20 rows, " in capsys.readouterr().err
    monkeypatch.setattr(batch, "_OFTEN", 1e9)
    bar = batch.Bar()
    bar(1, 0.0)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(batch, "_OFTEN", 0.0)
    bar(1, 0.0)
    assert "0 s left" in capsys.readouterr().err


def test_without_pyarrow_the_error_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and what to install."""

    def absent(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    assert cli.main(["score", "x.csv", "-o", str(tmp_path / "out.csv")]) == 2
    assert "missing-extra" in capsys.readouterr().err
