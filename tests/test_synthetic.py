"""The synthetic cohort: the same for the same seed, of plausible shape, with its truth, and with mess as asked for."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from rlslabs import cli, fhir, frames, hl7v2, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import MissingExtraError
from rlslabs.golden import answer
from rlslabs.synthetic import FORMATS, MESS, draw_cohort, write_sample
from rlslabs.synthetic.mess import messed, plain_row
from rlslabs.testkit import FORMATS_OF_SAMPLES, KINDS_OF_MESS

EVERY_MESS = dict.fromkeys(MESS, 0.2)


def written(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def truth(path: Path) -> list[dict[str, Any]]:
    """The lines of a truth file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_same_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    """A cohort can be named by its seed; the first people of a larger one are those of a smaller one."""
    one, two, three = (
        [path.read_bytes() for path in write_sample(tmp_path / name, patients=20, seed=seed, rates=EVERY_MESS)]
        for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2))
    )
    assert one == two
    assert one != three
    assert [*draw_cohort(5, 7)] == [each for each in draw_cohort(9, 7) if each.person <= 5]


def test_a_clean_cohort_is_judged_as_its_truth_says(tmp_path: Path) -> None:
    """Without mess, every row of the export leads to the status that stands in the truth."""
    rows, told = write_sample(tmp_path / "clean.csv", patients=40, seed=3)
    pairs = [*zip(written(rows), truth(told), strict=True)]
    for row, said in pairs:
        it = interpret(
            row["loinc"],
            row["value"],
            row["unit"],
            sex=row["sex"],
            born=row["birth_date"],
            collected=row["collected"],
            decimal_mark=".",
        )
        assert (it.marker, it.status, said["done"]) == (said["marker"], said["status"], [])
    assert len({said["status"] for _, said in pairs}) == 5


def test_every_kind_of_mess_happens_about_as_often_as_asked_and_is_written_down(tmp_path: Path) -> None:
    """A row on which nothing was done is judged as its truth says; one on which something was done differs from it."""
    rates = {"units": 0.3, "missing": 0.2, "codes": 0.1, "duplicates": 0.1, "ranges": 0.2}
    rows, told = write_sample(tmp_path / "messy.csv", patients=150, seed=4, rates=rates)
    said = truth(told)
    assert len(said) == len(written(rows))
    done = Counter(kind for each in said for kind in each["done"])
    for kind, rate in rates.items():
        assert 0.7 * rate < done[kind] / len(said) < 1.3 * rate, kind
    assert set(done) == set(rates)


@pytest.mark.parametrize("kind", MESS)
def test_each_kind_of_mess_does_what_it_is_called(kind: str, tmp_path: Path) -> None:
    """Alone and as often as it can, a kind of mess changes its own part of a row, and no other."""
    clean, _ = write_sample(tmp_path / "clean.csv", patients=60, seed=5)
    messy, told = write_sample(tmp_path / "messy.csv", patients=60, seed=5, rates={kind: 1.0})
    said, after = truth(told), written(messy)
    touched = [pair for pair in zip(after, said, strict=True) if pair[1]["done"]]
    assert touched
    assert all(each["done"] in ([], [kind]) for each in said)
    if kind == "duplicates":
        assert [each["patient"] for each in after[::2]] == [each["patient"] for each in after[1::2]]
        assert len(after) == 2 * len(written(clean))
        return
    allowed = {
        "units": {"value", "unit", "loinc"},
        "comparators": {"value"},
        "commas": {"value"},
        "codes": {"loinc", "test"},
        "ranges": {"range"},
        "missing": {"value", "unit", "sex", "birth_date", "collected"},
    }[kind]
    changed = [
        {name for name in row if row[name] != before[name]} for row, before in zip(after, written(clean), strict=True)
    ]
    assert set().union(*changed) <= allowed
    assert [bool(each) for each in changed] == [bool(each["done"]) for each in said]


def test_no_mess_is_judged_as_if_it_were_clean(tmp_path: Path) -> None:
    """A damaged code is refused, an inverted range raises its issue, and a result in another unit keeps its status."""
    rows, told = write_sample(tmp_path / "messy.csv", patients=80, seed=6, rates={"codes": 0.3, "units": 0.3})
    same = other = 0
    for row, said in zip(written(rows), truth(told), strict=True):
        facts = {"sex": row["sex"], "born": row["birth_date"], "collected": row["collected"]}
        asked = {"results": [{"marker": row["loinc"], "value": row["value"], "unit": row["unit"], "decimal_mark": "."}]}
        asked["results"][0]["collected"] = facts.pop("collected")
        found = answer({**asked, "patient": facts})
        assert (found.get("refused") in {"code-mangled", "code-check-digit"}) == ("codes" in said["done"])
        if "status" in found:
            same += found["status"] == said["status"]
            other += found["status"] != said["status"]
    assert other < same / 50  # a value of four digits may cross a limit when its unit changes


def test_ferritin_iron_and_tibc_go_together(tmp_path: Path) -> None:
    """Over people, ferritin rises with iron and falls with TIBC, and a saturation is that of its own sample."""
    del tmp_path
    by_sample: dict[tuple[int, object], dict[str, float]] = {}
    for each in draw_cohort(400, 8):
        by_sample.setdefault((each.person, each.collected), {})[each.marker] = float(each.value)
    rows = list(by_sample.values())

    def ranked(name: str) -> list[float]:
        order = sorted(range(len(rows)), key=lambda index: rows[index][name])
        ranks = [0.0] * len(rows)
        for rank, index in enumerate(order):
            ranks[index] = rank
        return ranks

    def together(one: str, two: str) -> float:
        a, b, middle = ranked(one), ranked(two), (len(rows) - 1) / 2
        top = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
        return top / sum((x - middle) ** 2 for x in a)

    assert together("ferritin", "iron") > 0.1
    assert together("ferritin", "tibc") < -0.2
    assert all(abs(100 * r["iron"] / r["tibc"] - r["transferrin_saturation"]) <= 0.5 for r in rows)
    assert max(Counter(person for person, _ in by_sample).values()) > 1


def test_a_cohort_is_written_as_omop_tables(tmp_path: Path) -> None:
    """Each measurement has a person, a concept where one is known, an operator, and no made-up range."""
    rates = {"units": 0.3, "comparators": 1.0, "commas": 0.3, "missing": 0.1}
    people, measured, told = write_sample(tmp_path / "omop", patients=150, seed=9, format_="omop", rates=rates)
    persons = {row["person_id"]: row for row in written(people)}
    rows = written(measured)
    assert len(rows) == len(truth(told))
    assert {row["person_id"] for row in rows} == set(persons)
    assert {row["gender_concept_id"] for row in persons.values()} == {"8507", "8532"}
    for row in rows:
        compared = row["value_source_value"][:1]
        assert row["operator_concept_id"] == {"<": "4171756", ">": "4172704"}.get(compared, "")
        assert not row["range_low"] + row["range_high"]
        assert bool(row["unit_concept_id"]) == bool(row["unit_source_value"])
    assert {row["operator_concept_id"] for row in rows} >= {"", "4171756"}


def test_a_cohort_of_omop_tables_is_scored_as_its_truth_says(tmp_path: Path) -> None:
    """Read back as tables, a row has the status of the truth, and only one of a damaged code has none."""
    people, measured, told = write_sample(
        tmp_path / "omop", patients=60, seed=10, format_="omop", rates={"comparators": 0.5, "units": 0.4, "codes": 0.05}
    )
    tables = [pl.read_csv(path, try_parse_dates=True, infer_schema_length=None) for path in (measured, people)]
    scored = frames.score_omop(*tables).to_dicts()
    assert len(scored) == len(truth(told))
    met: Counter[tuple[str, ...]] = Counter()
    for row, said in zip(scored, truth(told), strict=True):
        assert row["measurement_id"] == said["row"]
        met[*said["done"], "same" if row["rls_status"] == said["status"] else row["rls_issue"] or "other"] += 1
        if not {"codes", "units", "comparators"} & {*said["done"]}:
            assert (row["rls_status"], row["rls_issue"]) == (said["status"], None)
        assert ("codes" in said["done"]) == (row["rls_status"] is None)
    assert met["units", "same"] > 50 * met["units", "other"]


WIRE_MESS = {"comparators": 0.5, "missing": 0.1, "codes": 0.1, "commas": 0.1, "ranges": 0.2, "units": 0.2}
SPOILT = {"codes", "missing", "commas"}


@pytest.mark.parametrize("rates", [{}, WIRE_MESS])
def test_a_cohort_of_fhir_is_judged_as_its_truth_says(tmp_path: Path, rates: dict[str, float]) -> None:
    """Of a bulk export every line has its answer: the status of the truth, or, where it was spoilt, a code."""
    people, observed, told = write_sample(tmp_path / "bulk", patients=30, seed=11, format_="fhir", rates=rates)
    with people.open(encoding="utf-8") as patients, observed.open(encoding="utf-8") as lines:
        found = [each.judged for each in fhir.annotate_lines(lines, patients=patients)]
    answers = [(one.interpretation, one.issue) for (one,) in found]
    assert_agreed([(None if it is None else it.status, issue is not None) for it, issue in answers], truth(told))


@pytest.mark.parametrize("rates", [{}, WIRE_MESS])
def test_a_cohort_of_messages_is_judged_as_its_truth_says(tmp_path: Path, rates: dict[str, float]) -> None:
    """Of every message each OBX segment has its answer, in the order of the rows."""
    sent, told = write_sample(tmp_path / "feed.hl7", patients=30, seed=11, format_="hl7v2", rates=rates)
    answers = []
    for message in hl7v2.interpret(sent.read_bytes()):
        for segment, line in message.segments():
            it = None if line is None else line.interpretation
            issue = segment.issue or (None if line is None else line.issue)
            answers.append((None if it is None else it.status, issue is not None))
    assert_agreed(answers, truth(told))


def assert_agreed(answers: Sequence[tuple[str | None, bool]], said: list[dict[str, Any]]) -> None:
    """Hold answers to the truth: rows to which nothing was done agree, and a damaged code is refused."""
    for (status, refused), each in zip(answers, said, strict=True):
        assert (status is None) == refused
        if not each["done"] or each["done"] == ["ranges"]:
            assert status == each["status"]
        if "codes" in each["done"]:
            assert refused


def test_a_cohort_in_parquet_is_the_one_in_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows and the same truth; without pyarrow the extra is named."""
    rates = {"missing": 0.2, "commas": 0.2}
    table, told = write_sample(tmp_path / "a.parquet", patients=10, seed=12, format_="parquet", rates=rates)
    rows, same = write_sample(tmp_path / "a.csv", patients=10, seed=12, rates=rates)
    assert pl.read_parquet(table).to_dicts() == written(rows)
    assert truth(told) == truth(same)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError) as refused:
        write_sample(tmp_path / "b.parquet", patients=1, seed=12, format_="parquet")
    assert refused.value.text == "files"


@pytest.mark.parametrize(("value", "wanted"), [("1", "<5"), ("5", "5"), ("1500", "1500"), ("1501", ">1500")])
def test_a_result_off_the_scale_is_written_as_such(value: str, wanted: str) -> None:
    """Below and above what is measured a comparator stands; on the scale nothing changes."""
    (drawn, *_) = draw_cohort(1, 1)
    drawn = drawn._replace(marker="ferritin", value=Decimal(value), unit="ng/mL")
    row = plain_row(drawn, 1, builtin())
    (mess,) = messed(row, drawn, {"comparators": 1.0}, Random(1), builtin())  # noqa: S311  a cohort, not a secret
    assert (mess.row["value"], mess.done) == (wanted, ("comparators",) if wanted[0] in "<>" else ())


def test_a_code_that_can_be_a_date_becomes_one() -> None:
    """As a spreadsheet does it: the number before the dash is a year, and the check digit a month."""
    (drawn, *_) = draw_cohort(1, 1)
    row = {**plain_row(drawn, 1, builtin()), "loinc": "1989-3"}
    (mess,) = messed(row, drawn, {"codes": 1.0}, Random(1), builtin())  # noqa: S311  a cohort, not a secret
    assert (mess.row["loinc"], mess.row["test"], mess.done) == ("Mar-89", "", ("codes",))


def test_the_command_writes_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rlslabs sample` names the files that it wrote; the kinds of mess are those of the package."""
    out = tmp_path / "cohort.csv"
    words = ["sample", "--patients", "3", "--seed", "7", "--mess", "units=0.5", "-o", str(out)]
    assert cli.main(words) == 0
    assert capsys.readouterr().out.splitlines() == [str(out), f"{out}.truth.jsonl"]
    assert (KINDS_OF_MESS, set(FORMATS_OF_SAMPLES)) == (MESS, set(FORMATS))


@pytest.mark.parametrize(
    "wrong", [["--patients", "0"], ["--mess", "units=2"], ["--mess", "banana=0.1"], ["--mess", "units"]]
)
def test_a_sample_that_cannot_be_is_refused_as_misuse(wrong: list[str], tmp_path: Path) -> None:
    """Nobody, an unknown kind of mess, and a rate that is none end the command with code 2."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["sample", *wrong, "-o", str(tmp_path / "x.csv")])
    assert ended.value.code == 2
