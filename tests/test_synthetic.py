"""The synthetic cohort: the same for the same seed, of plausible shape, with its truth, and with mess as asked for."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median, stdev
from typing import Any

import duckdb
import polars as pl
import pytest
from fhir.resources import get_fhir_model_class
from fhir.resources.R4B import get_fhir_model_class as get_r4b_class
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import cli, fhir, frames, hl7v2, interpret
from rlslabs.catalog import builtin
from rlslabs.codes import check_digit, mangled
from rlslabs.errors import LabsError, MissingExtraError, SampleError
from rlslabs.frames.verdict import STATUSES
from rlslabs.panels import judge_sheet
from rlslabs.sheet import read_sheet
from rlslabs.synthetic import FORMATS, GROUPS, MESS, PEOPLE, Drawn, draw_cohort, flat, format_of
from rlslabs.synthetic import write_sample as write
from rlslabs.synthetic.groups import SATURATION
from rlslabs.synthetic.mess import as_date, in_thousands, off_scale, with_decimal_comma
from rlslabs.testkit import FORMATS_OF_SAMPLES, GROUPS_OF_PEOPLE, KINDS_OF_MESS

EVERY_MESS = dict.fromkeys(MESS, 0.2)


def write_sample(out: Path, **asked: Any) -> tuple[Path, ...]:  # noqa: ANN401  the arguments of `write_sample`
    """The files of a cohort."""
    return write(out, **asked).files


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


@pytest.mark.parametrize("format_", FORMATS)
def test_more_people_take_no_more_memory(format_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written as they are made, in every form, with their truth; of Parquet a part of them at a time."""
    monkeypatch.setattr(flat, "_PART", 50)

    asked: dict[str, Any] = {"patients": 100, "seed": 1, "format_": format_}
    *_, truth_of_rows = write_sample(tmp_path / "cohort", **asked)  # what is kept between calls is kept now
    tracemalloc.start()
    write_sample(tmp_path / "cohort", **asked)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(truth(truth_of_rows)) > 1000
    assert most < 1_000_000, "a thousand rows in a list take three times as much"


def test_a_cohort_in_parts_of_parquet_is_the_same_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows make a part, and the last one may have fewer."""
    asked: dict[str, Any] = {"patients": 20, "seed": 12, "format_": "parquet", "rates": {"commas": 0.1}}
    whole, said = write_sample(tmp_path / "a.parquet", **asked)
    monkeypatch.setattr(flat, "_PART", 7)
    parts, told = write_sample(tmp_path / "b.parquet", **asked)
    assert pl.read_parquet(whole).equals(pl.read_parquet(parts))
    assert said.read_bytes() == told.read_bytes()
    assert whole.read_bytes() != parts.read_bytes()


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
        assert said["expect"] == {"status": it.status, "issues": [each.code for each in it.issues]}
    assert len({said["status"] for _, said in pairs}) == 5


@pytest.mark.parametrize("format_", FORMATS)
def test_every_kind_of_mess_happens_as_often_as_asked_and_is_counted(format_: str, tmp_path: Path) -> None:
    """A rate is one of rows, of every kind and in every form; the counts are those of the truth."""
    rates = dict.fromkeys(MESS, 0.2)
    sample = write(tmp_path / "messy", patients=60, seed=4, rates=rates, format_=format_)
    done = Counter(kind.partition(":")[0] for each in truth(sample.files[-1]) for kind in each["done"])
    assert (sample.done, sum(bool(each["row"]) for each in truth(sample.files[-1]))) == (done, sample.rows)
    assert set(done) == set(MESS)
    for kind, count in done.items():
        assert 0.75 * rates[kind] < count / sample.rows < 1.25 * rates[kind], kind


@pytest.mark.parametrize("kind", MESS)
def test_each_kind_of_mess_does_what_it_is_called(kind: str, tmp_path: Path) -> None:
    """Alone and as often as it can, a kind of mess changes its own part of a row, and no other."""
    clean, _ = write_sample(tmp_path / "clean.csv", patients=60, seed=5)
    messy, told = write_sample(tmp_path / "messy.csv", patients=60, seed=5, rates={kind: 1.0})
    said, after = truth(told), written(messy)
    touched = [pair for pair in zip(after, said, strict=True) if pair[1]["done"]]
    assert len(touched) == len(after) // (2 if kind == "duplicates" else 1)
    assert {name.partition(":")[0] for each in said for name in each["done"]} == {kind}
    if kind == "duplicates":
        assert [{**each, "row": ""} for each in after[::2]] == [{**each, "row": ""} for each in after[1::2]]
        assert len(after) == 2 * len(written(clean))
        assert [each.get("repeats") for each in said[:4]] == [None, 1, None, 3]
        return
    allowed = {
        "units": {"value", "unit", "loinc"},
        "comparators": {"value"},
        "commas": {"value"},
        "codes": {"loinc", "analyte_name"},
        "ranges": {"range"},
        "missing": {"value", "unit", "sex", "birth_date", "collected"},
    }[kind]
    changed = [
        {name for name in row if row[name] != before[name]} for row, before in zip(after, written(clean), strict=True)
    ]
    assert set().union(*changed) <= allowed
    assert all(changed)
    if kind == "missing":
        assert [[f"missing:{name}" for name in each] for each in changed] == [each["done"] for each in said]


def test_what_is_expected_of_a_row_follows_from_what_was_done_to_it(tmp_path: Path) -> None:
    """Worked by hand for each kind of mess: a refusal with its code, or what the laws say of the true status."""
    rates = {name: 0.15 for name in MESS if name != "duplicates"} | {"missing": 0.4}
    _, told = write_sample(tmp_path / "messy.csv", patients=200, seed=6, rates=rates)
    met: Counter[str] = Counter()
    for each in truth(told):
        if len(each["done"]) != 1:
            continue
        (kind,), expect, status = each["done"], each["expect"], each["status"]
        met[kind] += 1
        if kind.startswith("codes:"):
            assert expect == {"refused": {"codes:date": "code-mangled", "codes:mistyped": "code-check-digit"}[kind]}
        elif kind == "missing:value":
            assert expect == {"refused": "missing-value"}
        elif kind == "missing:unit":
            percent = each["marker"] == "transferrin_saturation"
            assert expect == (
                {"status": status, "issues": [*(["fraction-assumed"] if each["value"] == "1" else ["percent-assumed"])]}
                if percent
                else {"refused": "missing-unit"}
            )
        elif kind == "ranges":
            assert (expect["status"], expect["issues"]) == (status, ["range-inverted"])
        elif kind == "commas:decimal":
            assert expect["status"] == status
        elif kind == "commas:thousands":
            assert expect == {"refused": "ambiguous-number"}
        elif kind == "units":
            met["same"] += expect.get("status") == status
            met["open"] += "refused" in expect
            assert expect.get("refused", "ambiguous-number") == "ambiguous-number"
        else:  # less is known than before: the answer is the true one, or it is open
            assert expect["status"] in {status, "undecided"}
            met[f"{kind} open"] += expect["status"] == "undecided"
    assert met["same"] > 0.9 * met["units"]
    assert met["open"] < 0.1 * met["units"]
    assert min(met[f"{kind} open"] for kind in ("comparators", "missing:sex")) > 0
    assert {kind for kind in met if kind.startswith("missing:") and " " not in kind} == {
        f"missing:{name}" for name in ("value", "unit", "sex", "birth_date", "collected")
    }


def test_no_kind_of_mess_changes_what_another_does(tmp_path: Path) -> None:
    """The rows to which something is done are the same, whatever else is asked for."""
    _, alone = write_sample(tmp_path / "a.csv", patients=20, seed=7, rates={"codes": 0.3})
    _, both = write_sample(tmp_path / "b.csv", patients=20, seed=7, rates={"codes": 0.3, "units": 0.3, "missing": 0.3})
    assert [codes_of(each) for each in truth(alone)] == [codes_of(each) for each in truth(both)]
    assert sum(codes_of(each) for each in truth(both)) > 20


def codes_of(said: dict[str, Any]) -> bool:
    """Whether something was done to the code of a row."""
    return any(each.startswith("codes:") for each in said["done"])


def by_sample(cohort: Sequence[Drawn]) -> list[tuple[Drawn, dict[str, float]]]:
    """The values of each sample, by marker, beside one of its results."""
    found: dict[tuple[int, object], tuple[Drawn, dict[str, float]]] = {}
    for each in cohort:
        found.setdefault((each.person, each.collected), (each, {}))[1][each.marker] = float(each.value)
    return [*found.values()]


@given(seed=st.integers(0, 10**6))
def test_every_result_of_a_group_lies_within_its_window(seed: int) -> None:
    """A label that is taken for the truth holds of each sample: no end of a window belongs to anybody."""
    windows = {group.name: group.windows for group in GROUPS}
    for each, values in by_sample([*draw_cohort(20, seed, "all")]):
        for name, (low, high) in windows[each.group].items():
            assert low < values[name] < high, (each.group, name)
        assert abs(100 * values["iron"] / values["tibc"] - values["transferrin_saturation"]) <= 0.5


def test_results_of_one_person_differ_from_sample_to_sample_within_a_window() -> None:
    """A window narrows how far a person's samples lie apart, and leaves the most of it."""
    apart: dict[tuple[str, str], list[float]] = {}
    repeats: dict[tuple[str, str, int], list[float]] = {}
    for each in draw_cohort(1000, 8, "all"):
        repeats.setdefault((each.group, each.marker, each.person), []).append(math.log(float(each.value)))
    for (group, marker, _), values in repeats.items():
        if len(values) == 4:
            apart.setdefault((group, marker), []).append(stdev(values))
    usual = {"ferritin": 0.145, "vitamin_b12": 0.086, "vitamin_d": 0.082, "tibc": 0.048, SATURATION: 0.289}
    met = [
        median(apart[group.name, name]) / usual[name]
        for group in GROUPS
        for name in group.windows
        if (group.name, name) in apart
    ]
    assert len(met) == 17
    assert (min(met) > 0.25, median(met) > 0.5) == (True, True)


def test_each_group_is_what_it_is_called() -> None:
    """By the limits that it is made of: deficient by WHO and Mayo, overloaded by EASL, poor by NICE and IOM."""
    samples = by_sample([*draw_cohort(500, 8, "all")])
    assert {group.name for group in GROUPS} == {each.group for each, _ in samples}
    for each, r in samples:
        iron = (r["ferritin"], r[SATURATION])
        match each.group:
            case "iron-depleted":
                assert (iron[0] < 30, iron[1] > 20) == (True, True)
            case "iron-deficient":
                assert (iron[0] < 15, iron[1] < 14, r["tibc"] > 400) == (True, True, True)
            case "inflamed":
                assert (iron[0] > 100, iron[1] < 20, r["tibc"] < 300) == (True, True, True)
            case "iron-overloaded":
                assert (iron[0] > 300, iron[1] > 50) == (True, True)
            case "b12-poor":
                assert r["vitamin_b12"] < 350
            case "d-poor":
                assert r["vitamin_d"] < 20


def test_the_page_on_fixtures_names_every_group_with_its_windows() -> None:
    """What a reader holds a group to is what it is drawn from."""
    rows = (Path(__file__).parents[1] / "docs" / "fixtures.md").read_text(encoding="utf-8").splitlines()
    for group in GROUPS:
        (row,) = (each for each in rows if each.startswith("| `") and f"`{group.name}`" in each)
        assert f"| {group.share} " in row
        assert [f"{low:,}-{high:,}" for low, high in group.windows.values() if f"{low:,}-{high:,}" not in row] == []


def test_everybody_is_in_a_cohort_of_all_and_adults_of_known_sex_in_the_other() -> None:
    """Children, pregnant women of one sample each, and people of unknown sex are there on request."""
    every = [*draw_cohort(300, 9, "all")]
    ages = {each.group: set[int]() for each in every}
    for each in every:
        ages[each.group].add((each.collected - each.born).days // 365)
    assert max(ages["children"]) < 18 <= min(min(one) for name, one in ages.items() if name != "children")
    assert {each.sex for each in every if each.group == "unknown-sex"} == {None}
    expecting = [each for each in every if each.pregnant]
    assert {(each.group, each.sex) for each in expecting} == {("pregnant", "female")}
    assert len({(each.person, each.collected) for each in expecting}) == len({each.person for each in expecting})
    adults = [*draw_cohort(100, 9)]
    assert {(each.group, each.pregnant, each.sex is None) for each in adults} == {("ordinary", False, False)}
    assert sum(group.share for group in GROUPS) == 100


def test_every_status_is_met_in_a_cohort_of_all_and_so_is_an_optimal_vitamin_d(tmp_path: Path) -> None:
    """Not only what adults of ordinary shape have: `no-range` and `undecided`, and a vitamin D from 50 to 80."""
    _, told = write_sample(tmp_path / "all.csv", patients=200, seed=10, people="all")
    said = truth(told)
    assert {each["status"] for each in said} == {*STATUSES}
    assert any(each["marker"] == "vitamin_d" and 50 < float(each["value"]) < 80 for each in said)


def test_a_printed_range_is_that_of_the_person_and_of_the_unit(tmp_path: Path) -> None:
    """Where exactly one range applies it is printed, in the unit of the row; nothing else of a row changes."""
    asked: dict[str, Any] = {"patients": 60, "seed": 11, "people": "all", "rates": {"units": 0.3}}
    rows, told = write_sample(tmp_path / "a.csv", **asked, printed=True)
    bare, _ = write_sample(tmp_path / "b.csv", **asked)
    for row, plain, said in zip(written(rows), written(bare), truth(told), strict=True):
        assert {**row, "range": ""} == plain
        if row["loinc"] == "2276-4" and row["unit"] == "ng/mL" and said["group"] == "inflamed":
            assert row["range"] in ({"20-409"} if row["sex"] == "male" else {"20-175", "20-328"})
        if said["group"] in {"pregnant", "unknown-sex"} and said["marker"] == "ferritin":
            assert not row["range"]
        assert "range-unreadable" not in said["expect"].get("issues", [])
    ranges = {(row["unit"], row["range"]) for row in written(rows) if row["range"]}
    assert {("pg/mL", "180-914"), ("pmol/L", "133-674"), ("%", "14-50")} <= ranges


def test_ferritin_iron_and_tibc_go_together() -> None:
    """Over people, ferritin rises with iron and falls with TIBC, and a saturation is that of its own sample."""
    samples = by_sample([*draw_cohort(400, 8)])
    rows = [values for _, values in samples]

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
    assert max(Counter(each.person for each, _ in samples).values()) > 1


def test_a_cohort_is_written_as_omop_tables(tmp_path: Path) -> None:
    """Each measurement has a person, a concept where one is known, an operator, and no made-up range."""
    rates = {"units": 0.3, "comparators": 0.3, "commas": 0.3, "missing": 0.1}
    asked: dict[str, Any] = {"patients": 100, "seed": 9, "format_": "omop", "rates": rates, "people": "all"}
    people, measured, told = write_sample(tmp_path / "omop", **asked)
    persons = {row["person_id"]: row for row in written(people)}
    rows = written(measured)
    assert len(rows) == len(truth(told))
    assert {row["person_id"] for row in rows} == set(persons)
    assert {row["gender_concept_id"] for row in persons.values()} == {"8507", "8532", "0"}
    for row in rows:
        compared = row["value_source_value"][:1]
        assert row["operator_concept_id"] == {"<": "4171756", ">": "4172704"}.get(compared, "")
        assert not row["range_low"] + row["range_high"]
        assert bool(row["unit_concept_id"]) == bool(row["unit_source_value"])
    assert {row["operator_concept_id"] for row in rows} == {"", "4171756", "4172704"}


CDM = """
CREATE TABLE person (
    person_id INTEGER NOT NULL PRIMARY KEY,
    gender_concept_id INTEGER NOT NULL,
    year_of_birth INTEGER NOT NULL,
    month_of_birth INTEGER,
    day_of_birth INTEGER,
    birth_datetime TIMESTAMP,
    race_concept_id INTEGER NOT NULL,
    ethnicity_concept_id INTEGER NOT NULL
);
CREATE TABLE measurement (
    measurement_id INTEGER NOT NULL PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (person_id),
    measurement_concept_id INTEGER NOT NULL,
    measurement_date DATE NOT NULL,
    measurement_type_concept_id INTEGER NOT NULL,
    operator_concept_id INTEGER,
    value_as_number NUMERIC,
    unit_concept_id INTEGER,
    range_low NUMERIC,
    range_high NUMERIC,
    measurement_source_value VARCHAR(50),
    unit_source_value VARCHAR(50),
    value_source_value VARCHAR(50)
);
"""
"""The tables of CDM 5.4: every column that is never empty, and of the others those that a cohort fills."""


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize("rate", [0, 0.3])
def test_the_omop_tables_load_into_tables_of_the_cdm(people: str, rate: float, tmp_path: Path) -> None:
    """Nothing that CDM 5.4 says is never empty is left out, whatever mess is asked for, and each row has its person."""
    rates = dict.fromkeys(MESS, rate)
    *files, told = write_sample(tmp_path / "c", patients=60, seed=5, format_="omop", rates=rates, people=people)
    with duckdb.connect() as database:
        database.execute(CDM)
        for path in files:
            database.execute(f"INSERT INTO {path.stem} BY NAME SELECT * FROM read_csv('{path}')")  # noqa: S608  a test's own file
        unsaid = database.execute("SELECT max(race_concept_id), max(ethnicity_concept_id) FROM person").fetchone()
        counted = database.execute("SELECT count(*), min(measurement_type_concept_id) FROM measurement").fetchone()
    assert unsaid == (0, 0)
    assert counted == (len(truth(told)), 32856)


def of(it: Any, issue: Any) -> dict[str, Any]:  # noqa: ANN401  an interpretation or an issue, or neither
    """An answer in the words of the truth."""
    if it is None:
        return {"refused": issue.code}
    return {"status": it.status, "issues": sorted(each.code for each in it.issues)}


def of_table(table: pl.DataFrame) -> list[dict[str, Any]]:
    """The answers of a scored table in the words of the truth."""
    return [
        {"refused": row["rls_issue"]}
        if row["rls_status"] is None
        else {"status": row["rls_status"], "issues": sorted((row["rls_issues"] or "").split())}
        for row in table.to_dicts()
    ]


def read_csv(files: Sequence[Path]) -> list[dict[str, Any]]:
    """As `rlslabs panel` reads it; what the results of one patient say of each other is left out."""
    sheet = judge_sheet(read_sheet(files[0].read_bytes()), builtin(), {})
    return [of(line.interpretation, line.issue) for line in sheet.lines]


def read_parquet(files: Sequence[Path]) -> list[dict[str, Any]]:
    """As `rlslabs score` reads it, by the headers."""
    out = files[0].with_name("scored.parquet")
    assert cli.main(["score", str(files[0]), "-o", str(out), "--also", "issues"]) == 0
    return of_table(pl.read_parquet(out))


def read_fhir(files: Sequence[Path]) -> list[dict[str, Any]]:
    """As a bulk export is read."""
    with files[0].open(encoding="utf-8") as patients, files[1].open(encoding="utf-8") as lines:
        return [
            of(one.interpretation, one.issue)
            for line in fhir.annotate_lines(lines, patients=patients)
            for one in line.judged
        ]


def read_hl7v2(files: Sequence[Path]) -> list[dict[str, Any]]:
    """As messages are read, segment by segment."""
    found = []
    for message in hl7v2.interpret(files[0].read_bytes()):
        for segment, line in message.segments():
            it = None if line is None else line.interpretation
            found.append(of(it, segment.issue or (line and line.issue)))
    return found


def read_omop(files: Sequence[Path]) -> list[dict[str, Any]]:
    """As tables are read."""
    people, measured = (pl.read_csv(path, try_parse_dates=True, infer_schema_length=None) for path in files[:2])
    return of_table(frames.score_omop(measured, people, also=["issues"]))


READERS = {"csv": read_csv, "parquet": read_parquet, "fhir": read_fhir, "hl7v2": read_hl7v2, "omop": read_omop}


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_form_is_read_by_its_own_reader_as_its_truth_expects(format_: str, people: str, tmp_path: Path) -> None:
    """Clean or not, of each row its reader says what the truth of this form expects of `interpret`: status or code."""
    out = tmp_path / ("cohort.parquet" if format_ == "parquet" else "cohort")
    rates = dict.fromkeys(MESS, 0.12)
    files = write_sample(out, patients=40, seed=14, format_=format_, rates=rates, people=people, printed=True)
    found, said = READERS[format_](files), truth(files[-1])
    assert [*map(decisive, found)] == [decisive(each["expect"]) for each in said]


@contextmanager
def asked_on(day: date) -> Iterator[None]:
    """The clock by which ages are told, stopped at a day."""

    class AnyDate(type):
        def __instancecheck__(cls, each: object) -> bool:
            return isinstance(each, date)

    class Today(date, metaclass=AnyDate):
        @classmethod
        def today(cls) -> date:  # type: ignore[override]  # the day stands still
            return day

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlslabs.population.date", Today)
        yield


@pytest.mark.unwatched
@pytest.mark.parametrize("format_", FORMATS)
def test_the_truth_holds_on_whatever_day_it_is_asked(format_: str, tmp_path: Path) -> None:
    """In two years and in thirty the same seed gives the same files, and their reader says what they expect."""
    asked: dict[str, Any] = {"patients": 150, "seed": 3, "format_": format_, "people": "all", "printed": True}
    asked["rates"] = {"missing": 0.5, "units": 0.1}
    ending = ".parquet" if format_ == "parquet" else ""
    files = write_sample(tmp_path / f"now{ending}", **asked)
    said = truth(files[-1])
    assert any("missing:collected" in each["done"] for each in said) == (format_ != "omop")
    for day in (date(2024, 4, 30), date.today() + timedelta(days=731), date(2056, 2, 29)):  # noqa: DTZ011  the day of a test
        with asked_on(day):
            later = write_sample(tmp_path / f"{day}{ending}", **asked)
            assert [path.read_bytes() for path in later] == [path.read_bytes() for path in files]
            assert [*map(decisive, READERS[format_](files))] == [decisive(each["expect"]) for each in said]


def test_no_sample_is_of_a_day_to_come_or_of_a_weekend() -> None:
    """Whoever reads a cohort has the day of every collection behind him, and laboratories rest on two days of seven."""
    days = {each.collected for each in draw_cohort(2000, 1)}
    assert max(days) < date(2024, 4, 30)
    assert {each.weekday() for each in days} == {*range(5)}


def decisive(answer: dict[str, Any]) -> tuple[str | None, str | None, bool]:
    """The status or the refusal, and whether the printed range was refused."""
    return answer.get("status"), answer.get("refused"), "range-inverted" in answer.get("issues", ())


def test_the_table_of_a_sample_is_joined_to_its_truth_by_the_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row of the truth is found by the id of its Observation, also beside pregnancies, which are no rows."""
    folder = tmp_path / "c"
    command = ["sample", "--patients", "60", "--seed", "3", "--people", "all", "--format", "fhir"]
    assert cli.main([*command, "--mess", "missing=0.1", "--mess", "duplicates=0.1", "-o", str(folder)]) == 0
    (path,) = folder.glob("*truth*")
    capsys.readouterr()
    files = (str(folder / "Observation.ndjson"), "--patients", str(folder / "Patient.ndjson"))
    cli.main(["fhir", *files, "--patients", files[0], "--table"])
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out), delimiter="\t")}
    said = truth(path)
    assert {str(each["row"]) for each in said} == rows.keys()
    for each in said:
        expect = each["expect"]
        answer = expect["status"] if "status" in expect else f"refused [{expect['refused']}]"
        assert rows[str(each["row"])]["status"] == answer


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize(
    ("name", "more", "command"),
    [
        ("c.csv", [], ["panel", "c.csv"]),
        ("c.csv", [], ["score", "c.csv", "-o", "s.csv"]),
        ("c.csv", ["--printed-ranges"], ["score", "c.csv", "-o", "s.parquet"]),
        ("c.parquet", [], ["score", "c.parquet", "-o", "s.csv"]),
        ("c", ["--format", "fhir"], ["fhir", "--patients", "c/Patient.ndjson", "c/Observation.ndjson"]),
        ("c.hl7", [], ["hl7v2", "c.hl7"]),
    ],
)
def test_each_form_is_read_by_its_own_command_as_it_is(  # noqa: PLR0917  three of them are parameters
    name: str,
    more: list[str],
    command: list[str],
    people: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What `rlslabs sample` wrote needs no option, and nothing in it is refused."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["sample", "--patients", "5", "--seed", "3", "--people", people, *more, "-o", name]) == 0
    assert cli.main(command) == 0
    assert "seems to hold the marker" not in capsys.readouterr().err


def test_the_command_says_by_which_call_omop_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No command reads the tables of OMOP; `rlslabs score` names the call that does, and it refuses nothing."""
    *files, _ = write_sample(tmp_path / "c", patients=5, seed=3, format_="omop")
    assert cli.main(["score", str(files[1]), "-o", str(tmp_path / "s.csv")]) == 2
    assert "read it in Python with rlslabs.frames.score_omop(measurement, person)" in capsys.readouterr().err
    assert not any("refused" in each for each in read_omop(files))


def test_an_observation_of_a_cohort_is_what_profiles_ask_for(tmp_path: Path) -> None:
    """A model library of R4B and R5 takes it; it is of a laboratory, with UCUM's code, and a reason for no value."""
    asked: dict[str, Any] = {"patients": 40, "seed": 15, "format_": "fhir", "people": "all", "printed": True}
    rates = {"units": 0.3, "comparators": 0.1, "commas": 0.1, "missing": 0.3, "ranges": 0.1}
    _, lines, told = write_sample(tmp_path / "c", **asked, rates=rates)
    made = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    results = [each for each in made if not each["id"].startswith("pregnancy-")]
    assert len(results) < len(made)
    units = {each.ucum for marker in builtin().markers.values() for each in marker.accepts}
    kinds: Counter[str] = Counter()
    for each, said in zip(results, truth(told), strict=True):
        for find in (get_r4b_class, get_fhir_model_class):
            find("Observation").model_validate_json(json.dumps(each))
        assert [coding["code"] for one in each["category"] for coding in one["coding"]] == ["laboratory"]
        (kind,) = {"valueQuantity", "valueString", "dataAbsentReason"} & {*each}
        kinds[kind] += 1
        absent = kind == "dataAbsentReason"
        assert ("missing:value" in said["done"]) == absent == (said["expect"] == {"refused": "fhir-data-absent"})
        (range_,) = each.get("referenceRange", [{}])
        for quantity in (each.get("valueQuantity"), range_.get("low"), range_.get("high")):
            if quantity is not None:
                unit = quantity.get("unit")
                coded = {"system": "http://unitsofmeasure.org", "code": unit} if unit in units else {}
                assert {name: quantity[name] for name in ("system", "code") if name in quantity} == coded
                kinds["coded" if coded else f"not coded, {'no unit' if unit is None else 'written'}"] += 1
        if range_:
            ends = [Decimal(end) for end in range_["text"].split("-")]
            assert [Decimal(str(range_[name]["value"])) for name in ("low", "high")] == ends
            kinds["inverted"] += ends[0] > ends[1]
    assert len(kinds) == 7
    assert min(kinds.values()) > 0


def test_a_message_of_a_cohort_has_what_is_required_of_it(tmp_path: Path) -> None:
    """A patient has an identifier and a name, which nobody takes for real; it is sent on the day of its sample."""
    (sent, _) = write_sample(tmp_path / "a.hl7", patients=20, seed=13, format_="hl7v2", people="all")
    for message in sent.read_bytes().decode().split("MSH|")[1:]:
        head, person, *lines = (line.split("|") for line in message.split("\r")[:-1])
        (order,) = (line for line in lines if line[0] == "OBR")
        assert person[:6] == ["PID", "1", "", person[3], "", f"Test^Person {person[3]}"]
        assert head[5] == order[7]


def test_a_row_of_a_message_is_found_by_its_place_and_no_message_is_older_than_its_sample(tmp_path: Path) -> None:
    """The truth names MSH-10 and OBX-1, which counts from 1 in each message; MSH-7 is no day before OBR-7."""
    rates = {"missing": 0.2, "duplicates": 0.2}
    sent, told = write_sample(tmp_path / "a.hl7", patients=20, seed=13, format_="hl7v2", rates=rates, people="all")
    found = []
    for message in sent.read_bytes().decode().split("MSH|")[1:]:
        head, *lines = (line.split("|") for line in message.split("\r")[:-1])
        (order,) = (line for line in lines if line[0] == "OBR")
        assert head[5] >= order[7]
        places = [int(line[1]) for line in lines if line[0] == "OBX"]
        assert places == [*range(1, len(places) + 1)]
        found += [(int(head[8]), place) for place in places]
    assert found == [(each["message"], each["obx"]) for each in truth(told)]
    assert len(dict(found)) > 20


@pytest.mark.parametrize("kind", [None, *MESS])
def test_a_cohort_in_parquet_is_the_one_in_csv_in_columns_of_types(kind: str | None, tmp_path: Path) -> None:
    """Days, whole numbers and values are such, and no number is another; an empty cell is null, a messy value text."""
    asked: dict[str, Any] = {"patients": 20, "seed": 12, "people": "all", "rates": {kind: 0.2} if kind else {}}
    table = pl.read_parquet(write_sample(tmp_path / "a.parquet", **asked, format_="parquet")[0])
    rows = written(write_sample(tmp_path / "a.csv", **asked)[0])
    numbers = kind not in {"comparators", "commas"}
    typed = {"row": pl.Int64, "patient": pl.Int64, "birth_date": pl.Date, "collected": pl.Date}
    typed |= {"value": pl.Float64} if numbers else {}
    assert dict(table.schema) == {name: typed.get(name, pl.String) for name in rows[0]}
    for cells, row in zip(table.to_dicts(), rows, strict=True):
        value, text = cells.pop("value"), row.pop("value")
        assert (Decimal(str(value)) == Decimal(text)) if numbers and text else value == (text or None)
        assert {name: "" if cell is None else str(cell) for name, cell in cells.items()} == row


def test_numbers_of_a_column_are_read_where_those_of_a_text_are_refused(tmp_path: Path) -> None:
    """`9.311` in CSV may be thousands, and in a column of numbers it is not; a column of texts is as the CSV."""
    asked: dict[str, Any] = {"patients": 60, "seed": 12}
    for rates, same in (({"units": 0.5}, False), ({"units": 0.5, "commas": 0.1}, True)):
        column, text = (
            truth(write_sample(tmp_path / f"a.{name}", **asked, rates=rates, format_=name)[-1])
            for name in ("parquet", "csv")
        )
        assert any(each["expect"] == {"refused": "ambiguous-number"} for each in text)
        assert any(each["expect"] == {"refused": "ambiguous-number"} for each in column) == same
        assert (column == text) == same


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other form needs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError) as refused:
        write_sample(tmp_path / "b.parquet", patients=1, seed=12, format_="parquet")
    assert refused.value.text == "files"
    assert write_sample(tmp_path / "b.csv", patients=1, seed=12)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("38", {"<50", ">20"}),
        ("50", {"<100", ">20"}),
        ("1", {"<2", ">0.5"}),
        ("0.27", {"<0.5", ">0.2"}),
        ("1400", {"<2000", ">1000"}),
        ("99.9", {"<100", ">50"}),
    ],
)
def test_a_result_off_the_scale_says_something_true_of_it(value: str, allowed: set[str]) -> None:
    """The next step of 1, 2, 5 above or below, and never the value itself."""
    assert {off_scale(Decimal(value), Random(seed)) for seed in range(20)} == allowed  # noqa: S311  no secret


@given(number=st.integers(1, 9_999_999))
def test_a_code_that_a_spreadsheet_takes_for_a_month_is_read_as_one_that_was(number: int) -> None:
    """The number before the dash is a year of four digits, the check digit a month: 2276-4 is shown as `Apr-76`."""
    code = f"{number}-{check_digit(f'{number}-')}"
    shown = as_date(code)
    assert (shown is not None) == (1900 <= number <= 9999 and not code.endswith("-0"))
    assert shown is None or mangled(shown, [code]) == (code,)
    assert [as_date(each) for each in ("2276-4", "2500-7", "1989-3")] == ["Apr-76", "Jul-00", "Mar-89"]


@pytest.mark.parametrize("format_", FORMATS)
def test_of_the_codes_that_can_be_a_date_half_become_one(format_: str, tmp_path: Path) -> None:
    """The others are mistyped; the truth says which, and what is then to be answered, and OMOP holds no such code."""
    clean, _ = write_sample(tmp_path / "clean.csv", patients=60, seed=5)
    told = write_sample(tmp_path / "messy", patients=60, seed=5, rates={"codes": 1}, format_=format_)[-1]
    dated = dict.fromkeys((True, False), 0)
    for row, said in zip(written(clean), truth(told), strict=True):
        (done,) = said["done"]
        can = as_date(row["loinc"]) is not None
        assert done in {"codes:mistyped", "codes:date" if can else "codes:mistyped"}
        dated[done == "codes:date"] += can
        refused = {"codes:date": "code-mangled", "codes:mistyped": "code-check-digit"}[done]
        assert said["expect"] == {"refused": "unknown-marker" if format_ == "omop" else refused}
    assert 0.4 < dated[True] / sum(dated.values()) < 0.6


@given(tens=st.integers(1, 10**9), sign=st.sampled_from(["", "<", ">"]))
def test_a_comma_changes_no_number(tens: int, sign: str) -> None:
    """Read as what it is, a decimal or a thousands comma, it gives back what was written."""
    for number in (str(tens), f"{tens / 10:.1f}"):
        written, parted = f"{sign}{number}", in_thousands(f"{sign}{number}")
        assert Decimal(with_decimal_comma(written)[len(sign) :].replace(",", ".")) == Decimal(number)
        assert (parted is None) == (Decimal(number) < 1000)
        assert parted is None or (parted.replace(",", "") == written and "," in parted)


@pytest.mark.parametrize("format_", FORMATS)
def test_of_the_numbers_that_have_thousands_half_get_a_comma_there(format_: str, tmp_path: Path) -> None:
    """`1,220` is refused where it is a text; all others get a decimal comma; a number of OMOP is none with either."""
    told = write_sample(tmp_path / "messy", patients=300, seed=5, rates={"commas": 1}, format_=format_, people="all")[
        -1
    ]
    parted = dict.fromkeys((True, False), 0)
    for said in truth(told):
        (done,), can = said["done"], Decimal(said["value"]) >= 1000
        assert done in {"commas:decimal", "commas:thousands" if can else "commas:decimal"}
        parted[done == "commas:thousands"] += can
        if format_ == "omop":
            assert said["expect"] == {"refused": "missing-value"}
        elif done == "commas:thousands":
            assert said["expect"] == {"refused": "ambiguous-number"}
        else:
            assert said["expect"]["status"] == said["status"]
    assert 0.3 < parted[True] / sum(parted.values()) < 0.7


def test_the_command_writes_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rlslabs sample` names the files that it wrote; the kinds of mess are those of the package."""
    out = tmp_path / "cohort.csv"
    words = ["sample", "--patients", "3", "--seed", "7", "--mess", "units=0.5", "--mess", "codes=0", "-o", str(out)]
    assert cli.main(words) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(out), f"{out}.truth.jsonl"]
    said = truth(Path(f"{out}.truth.jsonl"))
    units = sum("units" in each["done"] for each in said)
    assert told.err.splitlines() == [f"units: {units} of {len(said)} rows", f"codes: 0 of {len(said)} rows"]
    assert (MESS, tuple(FORMATS), PEOPLE) == (KINDS_OF_MESS, FORMATS_OF_SAMPLES, GROUPS_OF_PEOPLE)


def test_the_help_of_a_sample_names_kinds_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    """What can be asked for needs no page."""
    with pytest.raises(SystemExit):
        cli.main(["sample", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert all(each in words for each in (*MESS, "default: 100", "default: 0", ".hl7", "score_omop"))


@pytest.mark.parametrize(
    ("name", "asked", "wanted"),
    [
        ("a.csv", None, "csv"),
        ("a.PARQUET", None, "parquet"),
        ("a.hl7", None, "hl7v2"),
        ("a.hl7", "hl7v2", "hl7v2"),
        ("a.txt", "csv", "csv"),
        ("folder", "omop", "omop"),
    ],
)
def test_the_ending_says_the_form(name: str, asked: str | None, wanted: str) -> None:
    """As of `rlslabs score`; a form that is asked for may have an ending that says none."""
    assert format_of(Path(name), asked) == wanted


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("z.parquet", ["--format", "csv"], '"z.parquet" ends as parquet, and csv is asked for'),
        ("z", [], 'The ending of "z" does not say in which form'),
        ("full", ["--format", "fhir"], 'The folder "full" holds other files, such as "mine.txt"'),
        ("full", ["--format", "csv"], '"full" is a folder; name a file in it'),
        ("full/mine.txt", ["--format", "omop"], '"mine.txt" is a file'),
    ],
)
def test_a_sample_is_never_written_where_it_does_not_belong(
    name: str, more: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither text in a file that ends as another form, nor among the files of others."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["sample", "--patients", "1", *more, "-o", str(tmp_path / name)]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "[sample]" in err
    assert {each.name for each in tmp_path.rglob("*")} == {"full", "mine.txt"}
    with pytest.raises(SampleError):
        format_of(Path("none"), None)


def test_a_folder_of_a_cohort_is_written_again(tmp_path: Path) -> None:
    """Its own files stand in nobody's way."""
    asked: dict[str, Any] = {"patients": 3, "seed": 1, "format_": "fhir"}
    one, two = ([path.read_bytes() for path in write_sample(tmp_path, **asked)] for _ in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--patients", "0"], 'ask for one person or more, not "0"'),
        (["--patients", "x"], 'ask for one person or more, not "x"'),
        (["--patients", "²"], "ask for one person or more"),
        (["--mess", "units=2"], "a rate from 0 to 1"),
        (["--mess", "units=nan"], "a rate from 0 to 1"),
        (["--mess", "units=²"], "a rate from 0 to 1"),
        (["--mess", "banana=0.1"], "with one of units, comparators"),
        (["--mess", "units"], "write it as units=0.1"),
    ],
)
def test_a_sample_that_cannot_be_is_refused_as_misuse(
    wrong: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody, an unknown kind of mess, and a rate that is none end the command with code 2, and words of ours."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["sample", *wrong, "-o", str(tmp_path / "x.csv")])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_a_rate_is_written_as_any_number_and_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two rates of one kind neither wins in silence."""
    out = ["-o", str(tmp_path / "x.csv"), "--patients", "2"]
    assert cli.main(["sample", "--mess", "units=1e-1", *out]) == 0
    assert cli.main(["sample", "--mess", "units=0.1", "--mess", "units=0.2", *out]) == 2
    assert "asked for twice" in capsys.readouterr().err
    assert cli.main(["sample", "--format", "omop", "-o", ""]) == 2
    assert "The output has no name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rates": {"nope": 0.5}}, 'No kind of mess is called "nope"; choose from: units'),
        ({"rates": {"units": 7}}, 'The rate of units is "7"'),
        ({"rates": {"units": float("nan")}}, 'The rate of units is "nan"'),
        ({"format_": "xlsx"}, 'No format is called "xlsx"; choose from: csv'),
        ({"people": "kids"}, 'No group of people is called "kids"; choose from: adults, all'),
        ({"patients": 0}, 'A cohort of "0" people'),
    ],
)
def test_what_cannot_be_drawn_is_one_error(wrong: dict[str, Any], words: str, tmp_path: Path) -> None:
    """A mistyped word is never taken for nothing asked."""
    with pytest.raises(SampleError) as refused:
        write(tmp_path / "a.csv", **{"patients": 1, "seed": 1, **wrong})
    assert words in f"{refused.value.happened}; {refused.value.mend}"
    assert not [*tmp_path.iterdir()]


SLOPPY: dict[str, Callable[[dict[str, str], dict[str, Any]], dict[str, str]]] = {
    "nothing": lambda *_: {},
    "a comparator is dropped": lambda row, _: {"value": row["value"].lstrip("<>")},
    "a decimal comma is taken out": lambda row, _: {"value": row["value"].replace(",", "")},
    "every unit is the usual one": lambda row, said: {"unit": row["unit"] and said["unit"]},
    "a missing unit is the usual one": lambda row, said: {"unit": row["unit"] or said["unit"]},
    "a mistyped code is what it was": lambda _, said: {"loinc": said["marker"]},
    "an unknown sex is a woman's": lambda row, _: {"sex": row["sex"] or "female"},
    "everybody is an adult": lambda *_: {"birth_date": ""},
    "nobody is pregnant": lambda *_: {"pregnant": ""},
    "the printed range is not read": lambda *_: {"range": ""},
}


@pytest.mark.parametrize("fault", SLOPPY)
def test_a_program_that_is_sloppy_differs_from_what_is_expected(fault: str, sloppy_at: Path) -> None:
    """Whoever holds a program to the truth of a messy cohort finds each of these faults, and none where none is."""
    differs = 0
    for row, said in zip(written(sloppy_at), truth(Path(f"{sloppy_at}.truth.jsonl")), strict=True):
        given = {**row, **SLOPPY[fault](row, said)}
        facts: dict[str, Any] = {name: given[name] for name in ("value", "unit", "sex", "collected", "range")}
        facts |= {"marker": given["loinc"], "born": given["birth_date"], "pregnant": bool(given["pregnant"]) or None}
        try:
            it = interpret(**facts)
            answer: dict[str, Any] = of(it, None)
        except LabsError as error:
            answer = {"refused": error.code}
        differs += answer != said["expect"]
    assert bool(differs) == (fault != "nothing")


@pytest.fixture(scope="module")
def sloppy_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of all people with every kind of mess."""
    out = tmp_path_factory.mktemp("sloppy") / "cohort.csv"
    rates = dict.fromkeys(MESS, 0.1)
    return write_sample(out, patients=100, seed=14, rates=rates, people="all", printed=True)[0]
