"""The command `rlslabs score`: every row in is a row out, whole or not at all, and safe to open."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlslabs import cli, frames
from rlslabs.frames import batch, delimited
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


@pytest.mark.unwatched
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zst", ".tsv", ".parquet"])
def test_every_row_of_a_file_is_told_what_interpret_says(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stretch by stretch, in every form of file, in the order of the rows."""
    monkeypatch.setattr(delimited, "_BLOCK", 1 << 14)
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
        'marker,value,unit,=note\nferritin,38,ng/mL,"=1+2"\nferritin,-5,ng/mL,+49 30\nferritin,9,ng/mL,@x\n'
        'ferritin,8,ng/mL,"\n=1"\n',
        encoding="utf-8",
    )
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv")]) == 0
    rows = [*csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8")))]
    assert rows[0][:4] == ["marker", "value", "unit", "'=note"]
    assert [row[3] for row in rows[1:]] == ["'=1+2", "'+49 30", "'@x", "'\n=1"]
    assert [row[1] for row in rows[1:]] == ["38", "-5", "9", "8"]


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
        ("marker,loinc,value\nferritin,2276-4,1\n", [], "--marker loinc, or leave them out with --ignore loinc"),
        ("code,test,value\n2276-4,iron,1\n", [], 'The columns "code" and "test" both name the marker'),
        ("marker,value,age (months)\nferritin,1,3\n", [], "cannot be read by its header"),
        ("marker,value,age_of_mother\nferritin,1,3\n", [], "seems to hold the age"),
        ("MEASUREMENT_CONCEPT_ID,value_as_number,unit_concept_id\n3001122,1,8842\n", [], "rlslabs.frames.score_omop("),
        ("measurement_id,operator_concept_id\n1,4171756\n", [], "rlslabs.frames.score_omop("),
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
        ([tmp_path / "e.parquet", "-o", tmp_path / "o.csv"], "check the path"),
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


@pytest.mark.parametrize("form", [".csv", ".parquet"])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".parquet"])
def test_a_file_without_rows_becomes_one_with_the_columns(
    tmp_path: Path, form: str, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No row in, no row out: a table of no rows, which every reader can open."""
    source, target = tmp_path / f"in{form}", tmp_path / f"out{ending}"
    table = pl.DataFrame(schema={"marker": pl.String, "value": pl.String, "unit": pl.String})
    if form == ".csv":
        table.write_csv(source)
    else:
        table.write_parquet(source)
    named = ["--marker", "marker", "--value", "value", "--unit", "unit"]
    assert cli.main(["score", str(source), "-o", str(target), *named]) == 0
    assert "0 rows in, 0 rows out" in capsys.readouterr().err
    found = (
        pl.read_parquet(target)
        if ending == ".parquet"
        else pl.read_csv(target, separator="\t" if ending == ".tsv" else ",")
    )
    assert found.height == 0
    assert found.columns == [*table.columns, "rls_standard", "rls_optimal", "rls_status", "rls_issue"]


def parquet(path: Path, **columns: Any) -> Path:  # noqa: ANN401  arrays of PyArrow
    """A Parquet file of two results, with more columns."""
    table = {"marker": ["ferritin"] * 2, "value": [38.0, 80.0], "unit": ["ng/mL"] * 2, **columns}
    pq.write_table(pa.table(table), path)
    return path


def test_what_cannot_be_written_into_one_file_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Types that differ from file to file, lists in CSV, bytes that are no text, and damaged files."""
    floats, whole = parquet(tmp_path / "a.parquet"), parquet(tmp_path / "b.parquet", value=pa.array([38, 80]))
    lists = parquet(tmp_path / "l.parquet", note=pa.array([[1], [2]]))
    raw = pa.array([b"\xff", b"x"])
    coded, plain = (
        parquet(tmp_path / "d.parquet", note=raw.dictionary_encode()),
        parquet(tmp_path / "e.parquet", note=raw),
    )
    cut, empty, broken = tmp_path / "cut.parquet", tmp_path / "empty.parquet", tmp_path / "broken.parquet"
    content = bytearray(floats.read_bytes())
    cut.write_bytes(content[:-20])
    empty.write_bytes(b"")
    content[8:40] = b"\xff" * 32
    broken.write_bytes(content)
    for files, ending, words in (
        ([floats, whole], "parquet", 'The column "value" holds double'),
        ([write(tmp_path / "c.csv", texts(3)), floats], "csv", "are not those of"),
        ([lists], "csv", 'The column "note" holds list'),
        ([plain], "csv", 'The column "note" holds binary'),
        ([coded], "csv", 'The column "note" holds dictionary'),
        ([cut], "parquet", "is no Parquet file, or is damaged"),
        ([empty], "csv", "is no Parquet file, or is damaged"),
        ([floats, broken], "parquet", '"broken.parquet" is no Parquet file, or is damaged'),
    ):
        target = tmp_path / f"out.{ending}"
        named = ["--marker", "marker", "--value", "value", "--unit", "unit"]
        assert cli.main(["score", *map(str, files), "-o", str(target), *named]) == 2
        assert words in capsys.readouterr().err
        assert not target.exists()
    for files, ending in (([floats, whole], "csv"), ([lists], "parquet"), ([plain], "parquet"), ([coded], "parquet")):
        target = tmp_path / f"out.{ending}"
        assert cli.main(["score", *map(str, files), "-o", str(target), "--marker", "marker", "--value", "value"]) == 0
    assert pq.read_table(target).column("note").to_pylist() == [b"\xff", b"x"]


def test_words_of_every_type_are_safe_in_csv(tmp_path: Path) -> None:
    """Categories, bytes and views of text are text to a spreadsheet."""
    cells = pa.array(["=1+2", "+5"])
    source = parquet(
        tmp_path / "in.parquet",
        coded=cells.dictionary_encode(),
        raw=cells.cast(pa.binary()),
        large=cells.cast(pa.large_string()),
        numbers=pa.array([-1, None]),
    )
    named = ["--marker", "marker", "--value", "value", "--unit", "unit"]
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv"), *named]) == 0
    found = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert found.select("coded", "raw", "large", "numbers").rows() == [("'=1+2",) * 3 + ("-1",), ("+5",) * 3 + (None,)]


def test_an_empty_line_of_a_file_of_one_column_is_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows in are rows out; in a file of more columns an empty line is none."""
    one, more = tmp_path / "one.csv", tmp_path / "more.csv"
    one.write_text("fer\n20\n\n30\n", encoding="utf-8")
    more.write_text("fer,n\n20,1\n\n30,2\n\n", encoding="utf-8")
    for source, issues in ((one, [None, "missing-value", None]), (more, [None, None])):
        target = tmp_path / "out.parquet"
        assert cli.main(["score", str(source), "-o", str(target), "--wide", "fer=ferritin:ng/mL"]) == 0
        assert f"{len(issues)} rows in, {len(issues)} rows out" in capsys.readouterr().err
        assert pl.read_parquet(target)["rls_fer_issue"].to_list() == issues


@pytest.mark.parametrize("odd", ["a\x0cb", "a\u2028b", "a\x85b"])
def test_a_header_with_an_odd_blank_changes_no_cell(tmp_path: Path, odd: str) -> None:
    """What is no end of a line to a CSV file ends none."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f"marker,value,unit,{odd}\nferritin,38,ng/mL,007\n", encoding="utf-8")
    named = ["--marker", "marker", "--value", "value", "--unit", "unit"]
    assert cli.main(["score", str(source), "-o", str(target), *named]) == 0
    assert next(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"), newline="")))[odd] == "007"


NAMED = ["--marker", "marker", "--value", "value", "--unit", "unit"]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize("lost", ['"clotted\n', '"clotted\nferritin,8,ng/mL,fine\nferritin,9,ng/mL,"old\n'])
def test_a_quotation_mark_that_is_not_closed_swallows_no_row(
    tmp_path: Path, ending: str, lost: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rows behind it would be one long cell that nobody misses: the file is refused, and the line is named."""
    content = f"marker,value,unit,note\nferritin,38,ng/mL,\nferritin,39,ng/mL,{lost}ferritin,5,ng/mL,low\n".encode()
    source = tmp_path / f"in{ending}"
    source.write_bytes(gzip.compress(content) if ending == ".csv.gz" else content)
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv"), *NAMED]) == 2
    assert "The row that begins in line 3" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == [source]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_cell_of_several_lines_is_one_cell(tmp_path: Path, end: str) -> None:
    """Between quotation marks the end of a line ends no row; a mark within a cell is doubled or bare."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = ["marker,value,unit,note", 'ferritin,38,ng/mL,"one', 'two ""three"""', 'ferritin,5,ng/mL,5" tube', ""]
    source.write_bytes(end.join(lines).encode())
    assert cli.main(["score", str(source), "-o", str(target), *NAMED]) == 0
    found = [*csv.DictReader(io.StringIO(target.read_bytes().decode(), newline=""))]
    assert [row["note"] for row in found] == [f'one{end}two "three"', '5" tube']
    assert [row["rls_status"] for row in found] == ["below-optimal", "low"]


def test_a_header_of_any_length_is_read_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No name is cut, so that a column behind thousands of others counts, and no cell is taken for a number."""
    source, target = tmp_path / "in.csv", tmp_path / "out.parquet"
    names = [f"gene{place:06}" for place in range(7000)]
    content = f"marker,value,unit,{','.join(names)},age\nferritin,38,ng/mL{',007' * 7000},12\n"
    source.write_text(content, encoding="utf-8")
    assert cli.main(["score", str(source), "-o", str(target)]) == 0
    assert '"age" as age' in capsys.readouterr().err
    found = pl.read_parquet(target)
    assert found["rls_optimal"].to_list() == ["no-range"]
    assert {*found.select(names).row(0)} == {"007"}


@pytest.mark.parametrize("kind", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_one_error(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The header is no text in UTF-8, and the error says what to do."""
    source = tmp_path / "in.csv"
    source.write_text("marker,value,unit,größe\nferritin,38,ng/mL,007\n", encoding=kind)
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv"), *NAMED]) == 2
    assert "is not UTF-8 text (byte 0x" in capsys.readouterr().err


def test_a_column_that_is_never_empty_in_one_file_may_be_in_another(tmp_path: Path) -> None:
    """In Parquet that a cell must stand there is no other type; the output says it where all files do."""
    loose = parquet(tmp_path / "a.parquet")
    fields = [pa.field(each.name, each.type, nullable=each.name == "value") for each in pq.read_schema(loose)]
    pq.write_table(pq.read_table(loose).cast(pa.schema(fields)), tight := tmp_path / "b.parquet")
    for files, may in (([loose, tight], True), ([tight, loose], True), ([tight], False)):
        target = tmp_path / "out.parquet"
        assert cli.main(["score", *map(str, files), "-o", str(target), *NAMED]) == 0
        assert pq.read_schema(target).field("marker").nullable is may
        assert pq.read_table(target)["rls_status"].to_pylist() == ["below-optimal", "optimal"] * len(files)


def test_the_end_of_the_command_by_the_system_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM: exit 143, no part of a file, what stood there before stands there still, and others may handle it."""
    source, target = write(tmp_path / "in.csv", texts(10)), tmp_path / "out.csv"
    target.write_text("before", encoding="utf-8")
    asked = ["score", str(source), "-o", str(target)]
    whole: Any = frames.score

    def ended(table: object, **facts: Any) -> object:  # noqa: ANN401  whatever `score` takes
        os.kill(os.getpid(), signal.SIGTERM)
        return whole(table, **facts)

    monkeypatch.setattr(batch, "score", ended)
    with pytest.raises(SystemExit) as told:
        cli.main(asked)
    assert told.value.code == 143
    assert target.read_text(encoding="utf-8") == "before"
    assert {each.name for each in tmp_path.iterdir()} == {"in.csv", "out.csv"}
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    monkeypatch.setattr(batch, "score", whole)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(cli.main(asked)))
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--findings"], "Findings rest on several results"),
        (["--wide", "value=iron:ug/dL", "--wide", "value=ferritin:ng/mL"], 'The column "value" is said to hold two'),
    ],
)
def test_what_is_asked_for_in_vain_is_refused(
    tmp_path: Path, asked: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings of long tables, and a column that would hold two things."""
    source = write(tmp_path / "in.csv", texts(3))
    assert cli.main(["score", str(source), "-o", str(tmp_path / "out.csv"), *asked]) == 2
    assert words in capsys.readouterr().err
