"""Wide tables: each column judged as it is alone, and each person's results read together as `interpret_panel` does."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, LabsError, Patient, frames, interpret_panel
from rlslabs.answers import INCOMPLETE
from rlslabs.catalog import builtin
from rlslabs.errors import FrameError
from rlslabs.rules import Condition
from tests.table_rows import ANSWERS, answers, truth

FILE = Path(__file__).parents[2] / "shared" / "data" / "nhanes_2003_2004.csv"
NHANES = {
    "ferritin_ng_ml": ("ferritin", "ng/mL"),
    "iron_ug_dl": ("iron", "ug/dL"),
    "tibc_umol_l": ("tibc", "umol/L"),
    "tsat_pct": ("TSAT", "%"),
    "b12_pmol_l": ("vitamin_b12", "pmol/L"),
    "vitd_25oh_nmol_l": ("vitamin_d", "nmol/L"),
}
SMALL = {
    "ferritin": ("ferritin", "ug/L"),
    "iron": ("iron", "ug/dL"),
    "tibc": ("tibc", "ug/dL"),
    "tsat": ("2502-3", "1"),
    "uibc": ("UIBC", "umol/L"),
    "crp": ("CRP", "mg/L"),
    "b12": ("vitamin_b12", "pg/mL"),
}
needs_nhanes = pytest.mark.skipif(not FILE.exists(), reason="the NHANES file is not beside this checkout")


def panel_truth(row: dict[str, Any], wide: dict[str, tuple[str, str]], **choices: Any) -> dict[str, Any]:  # noqa: ANN401  as for one panel
    """What `interpret_panel` says of a person, by the names of the columns; `None` where the facts contradict."""
    facts = {name: row[name] for name in ("sex", "age", "born", "pregnant") if name in row}
    try:
        patient = Patient(**facts)
        results = [
            LabResult(marker=marker, value=row[name], unit=unit, collected=row.get("collected"))
            for name, (marker, unit) in wide.items()
        ]
        panel = interpret_panel(results, patient, **choices)
    except (LabsError, ValueError):
        return {}
    told: dict[str, Any] = {f"finding_{each.id}": each.answered for each in panel.findings if each.id != INCOMPLETE}
    told |= {f"criterion_{each.guideline}_{each.id}": each.answered for each in panel.criteria}
    for derived in panel.derived:
        it, value = derived.interpretation, derived.computed.result.value
        name = f"derived_{derived.computed.result.marker}"
        told[name] = None if value is None else float(value)
        told[f"{name}_status"] = it and it.status
        issue = derived.issue or (it.issues[0] if it and it.issues else None)
        told[f"{name}_issue"] = issue and issue.code
    for line, name in zip(panel.lines, wide, strict=True):
        if name[:4] in {"tsat", "tibc", "ferr"}:
            told[f"{name}_remark"] = line.remarks[0].code if line.remarks else None
        if name[:4] == "tibc":
            told[f"{name}_status"] = line.interpretation and line.interpretation.status
            noticed = line.interpretation.issues[0] if line.interpretation and line.interpretation.issues else None
            told[f"{name}_issue"] = (line.issue or noticed).code if line.issue or noticed else None  # type: ignore[union-attr]  # one is there
    return told


def hold(found: list[dict[str, Any]], wide: dict[str, tuple[str, str]], **choices: Any) -> None:  # noqa: ANN401  as for one panel
    """Hold every person of a scored wide table to `interpret_panel`."""
    for row in found:
        told = panel_truth(row, wide, **choices)
        names = [name for name in row if name.startswith(("rls_finding", "rls_criterion", "rls_derived"))]
        if not told:
            assert {row[name] for name in names} == {None}
        assert {name: row[f"rls_{name}"] for name in told} == told, row
        assert all(
            row[name] is None
            for name in names
            if name.removeprefix("rls_") not in told
            and name != "x"
            and "_standard" not in name
            and "_optimal" not in name
        )


@pytest.mark.unwatched
@needs_nhanes
def test_every_person_of_nhanes_is_read_as_interpret_panel_reads_them() -> None:
    """All 8,301 rows come out, columns, derived saturation, findings and criteria, each as for one person."""
    table = pl.read_csv(FILE)
    found = frames.score(table, wide=NHANES, sex="sex", age="age_years", findings=True)
    assert found.height == 8301
    assert found.columns[: table.width] == table.columns
    people = found.rename({"age_years": "age"}).to_dicts()
    hold(people, NHANES)


@pytest.mark.unwatched
@needs_nhanes
def test_wide_and_long_give_the_same_answers_to_every_value_of_nhanes() -> None:
    """Made long and judged, and made wide again, each value has the answer that its column has, and interpret gives."""
    table = pl.read_csv(FILE)
    wide = frames.score(table, wide=NHANES, sex="sex", age="age_years")
    said = pl.DataFrame(
        {"column": [*NHANES], "m": [m for m, _ in NHANES.values()], "u": [u for _, u in NHANES.values()]}
    )
    long = table.unpivot([*NHANES], index=["SEQN", "sex", "age_years"], variable_name="column").join(
        said, on="column", how="left", maintain_order="left"
    )
    scored = frames.score(long, marker="m", value="value", unit="u", sex="sex", age="age_years")
    for name in NHANES:
        rows = scored.filter(pl.col("column") == name)
        assert rows["SEQN"].to_list() == wide["SEQN"].to_list()
        for each in ANSWERS:
            assert rows[f"rls_{each}"].to_list() == wide[f"rls_{name}_{each}"].to_list()
    told = answers(scored.to_dict(as_series=False))
    known: dict[tuple[object, ...], tuple[str | None, ...]] = {}
    for row, answer in zip(long.iter_rows(named=True), told, strict=True):
        key = (row["m"], row["value"], row["u"], row["sex"], row["age_years"])
        if key not in known:
            facts = dict(zip(("marker", "value", "unit", "sex", "age"), key, strict=True))
            known[key] = truth(facts)
        assert answer == known[key]


PEOPLE = st.fixed_dictionaries(
    {
        "ferritin": st.sampled_from(
            [None, 5.0, 14.9, 15.0, 29.9, 30.0, 75.0, 100.0, 100.1, 300.0, 301.0, 1200.0, 1201.0, 900000.0]
        ),
        "iron": st.sampled_from([None, 0.0, 20.0, 35.0, 60.0, 60.3, 100.0, 300.0, 600.0]),
        "tibc": st.sampled_from([None, 55.8, 200.0, 250.0, 300.0, 400.0, 401.0, 60.0]),
        "tsat": st.sampled_from([None, 0.05, 0.199, 0.2, 0.24, 0.25, 0.45, 0.5, 0.51, 1.01, 2.5]),
        "uibc": st.sampled_from([None, 10.0, 44.766, 50.0]),
        "crp": st.sampled_from([None, 1.0, 5.0, 5.1, 3000.0]),
        "b12": st.sampled_from([None, 100.0, 180.0, 350.0, 351.0]),
        "sex": st.sampled_from(["F", "M", None, "?"]),
        "age": st.sampled_from([None, 3.0, 5.0, 15.0, 16.0, 17.0, 18.0, 60.0, 200.0]),
        "pregnant": st.sampled_from([None, True, False]),
    }
)
KINDS: dict[str, Any] = dict.fromkeys((*SMALL, "age"), pl.Float64) | {"sex": pl.String, "pregnant": pl.Boolean}


@settings(max_examples=60)
@given(people=st.lists(PEOPLE, min_size=1, max_size=10), strict=st.booleans())
def test_every_person_is_read_as_interpret_panel_reads_them(people: list[dict[str, Any]], *, strict: bool) -> None:
    """Swapped, unreliable, discordant and computed values, children, pregnancy, unknown facts and odd ones."""
    table = pl.DataFrame(people, schema=KINDS)
    found = frames.score(
        table, wide=SMALL, sex="sex", age="age", pregnant="pregnant", findings=True, strict=strict, also=["issues"]
    )
    hold(found.to_dicts(), SMALL, strict=strict)


@settings(max_examples=40)
@given(
    people=st.lists(
        st.fixed_dictionaries(
            {
                "ferritin": st.sampled_from([None, "14", "<15", "10-20", "abc", ">1200", "80"]),
                "iron": st.sampled_from([None, "60", "<20", "60 ug/dL"]),
                "tibc": st.sampled_from([None, "300", "250-400", "=300"]),
                "tsat": st.sampled_from([None, "0.2", "<0.1", ""]),
                "uibc": st.sampled_from([None, "44.766", "40"]),
                "crp": st.sampled_from([None, "<1", "5", "x", "nan"]),
                "b12": st.sampled_from([None, "200", ">2000"]),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_comparators_and_intervals_in_wide_cells_count_as_in_a_panel(people: list[dict[str, Any]]) -> None:
    """A cell of text is read like one result, and its person like one panel."""
    table = pl.DataFrame(people, schema=dict.fromkeys(SMALL, pl.String))
    found = frames.score(table, wide=SMALL, findings=True)
    hold(found.to_dicts(), SMALL)


def test_a_person_counts_as_old_as_at_the_collection_that_a_rule_rests_on() -> None:
    """With dates, a rule whose results are there is held to the age then; one without results to any age by now."""
    people = [
        {"ferritin": value, "b12": other, "born": date(2004, 1, 1), "collected": collected, "sex": "F"}
        for value in (None, 20.0)
        for other in (None, 150.0)
        for collected in (date(2020, 1, 1), date(2023, 6, 1), None)
    ]
    wide = {name: SMALL[name] for name in ("ferritin", "b12")}
    kinds = {"ferritin": pl.Float64, "b12": pl.Float64, "born": pl.Date, "collected": pl.Date, "sex": pl.String}
    found = frames.score(
        pl.DataFrame(people, schema=kinds), wide=wide, born="born", collected="collected", sex="sex", findings=True
    )
    hold(found.to_dicts(), wide)


def test_the_columns_of_a_wide_table_are_held_to_what_is_said_of_them() -> None:
    """An unknown marker or unit, a missing unit, a missing column and two columns of one analyte are one error each."""
    table = pl.DataFrame({"a": [1.0], "b": [2.0], "t": [True]})
    for wide, words in (
        ({"a": ("feritin", "ng/mL")}, "No marker is called"),
        ({"a": ("ferritin", "mg/dL")}, "not reported in"),
        ({"a": ("ferritin", "")}, "has no unit"),
        ({"a": "ferritin"}, "without a marker and a unit"),
        ({"x": ("ferritin", "ng/mL")}, "There is no column"),
        ({"t": ("ferritin", "ng/mL")}, "holds true or false"),
    ):
        with pytest.raises(FrameError, match=words):
            frames.score(table, wide=wide)  # type: ignore[arg-type]  # one is wrong on purpose
    with pytest.raises(FrameError, match="hold the same analyte"):
        frames.score(table, wide={"a": ("ferritin", "ng/mL"), "b": ("ferritin", "ug/L")}, findings=True)
    assert frames.score(table, wide={"a": ("ferritin", "ng/mL"), "b": ("ferritin", "ug/L")}).width == 11


def test_a_lazy_wide_table_is_judged_column_by_column_by_its_engine() -> None:
    """Polars and DuckDB say of each column what the eager table says; findings want a collected table."""
    rng = np.random.default_rng(3)
    table = pl.DataFrame(
        {
            "n": range(500),
            "f": rng.lognormal(4, 1, 500),
            "i": rng.lognormal(4, 0.5, 500).round(1),
            "s": ["F", "M", None, "x", "?"] * 100,
        }
    ).with_columns(f=pl.when(pl.col("n") % 7 == 0).then(None).otherwise("f"))
    wide = {"f": ("ferritin", "ng/mL"), "i": ("iron", "ug/dL")}
    eager = frames.score(table, wide=wide, sex="s")
    assert frames.score(table.lazy(), wide=wide, sex="s").collect().equals(eager)
    relation = frames.score(duckdb.from_arrow(table.to_arrow()), wide=wide, sex="s").pl().sort("n")
    for name in eager.columns[4:]:
        assert relation[name].cast(pl.String).to_list() == eager[name].cast(pl.String).to_list()
    read = frames.score(table.lazy(), wide={**wide, "i": ("crp", "mg/L")}, sex="s", findings=True).collect()
    assert read.equals(frames.score(table, wide={**wide, "i": ("crp", "mg/L")}, sex="s", findings=True))
    with pytest.raises(FrameError, match="without findings"):
        frames.score(duckdb.from_arrow(table.to_arrow()), wide=wide, findings=True)
    with pytest.raises(FrameError, match="without crp"):
        frames.score(duckdb.from_arrow(table.to_arrow()), wide={"f": ("crp", "mg/L")})


def test_a_catalog_without_limits_or_with_a_rule_of_its_own_is_read_as_interpret_panel_reads_by_it() -> None:
    """Without limits nothing is derived or doubted; what a rule of one's own computes is left to `interpret_panel`."""
    table = pl.DataFrame(
        {
            "ferritin": [5000.0, 20.0, None],
            "iron": [60.0, 60.0, 90.0],
            "tibc": [300.0, 300.0, None],
            "tsat": [0.6, 0.2, None],
            "uibc": [30.0, 42.0, 40.0],
        }
    )
    wide = {name: SMALL[name] for name in table.columns}
    rules = builtin().rules
    own = [each.model_copy(update={"id": f"own-{each.id}", "gives": "iron"}) for each in rules.derivations]
    for changed in (
        dataclasses.replace(rules, limits=None),
        dataclasses.replace(rules, derivations=[*rules.derivations, *own]),
    ):
        catalog = Catalog(changed)
        for row in frames.score(table, wide=wide, findings=True, catalog=catalog).to_dicts():
            told = panel_truth(row, wide, catalog=catalog)
            here = {name: each for name, each in told.items() if f"rls_{name}" in row}
            assert len([name for name in here if name.startswith(("finding", "criterion"))]) > 10
            assert {name: row[f"rls_{name}"] for name in here} == here


def test_a_man_who_is_said_to_be_pregnant_is_refused_in_every_column() -> None:
    """What contradicts itself is told with the code of one result, and no finding is answered."""
    table = pl.DataFrame({"f": [20.0, 20.0], "sex": ["M", "F"], "pregnant": [True, True]})
    found = frames.score(table, wide={"f": ("ferritin", "ug/L")}, sex="sex", pregnant="pregnant", findings=True)
    assert found["rls_f_issue"].to_list()[0] == "patient-conflict"
    assert found["rls_f_status"].to_list()[0] is None
    assert found["rls_finding_absolute-iron-deficiency"].to_list()[0] is None


def test_swapped_capacities_of_every_kind_are_refused_and_consistent_ones_are_not() -> None:
    """UIBC or transferrin in the place of TIBC, beside people of whom all results agree."""
    wide = {
        "iron": ("iron", "umol/L"),
        "tibc": ("tibc", "ug/dL"),
        "uibc": ("UIBC", "ug/dL"),
        "transferrin": ("transferrin", "mg/dL"),
        "tsat": ("TSAT", "%"),
    }
    table = pl.DataFrame(
        {
            "iron": [10.0, 10.0, 10.0, 10.0, 80.0, 10.0],
            "tibc": [310.0, 254.0, 250.0, 254.0, 310.0, 200.0],
            "uibc": [254.0, 254.0, None, None, None, 254.0],
            "transferrin": [220.0, 220.0, 250.0, None, None, None],
            "tsat": [18.0, 18.0, None, 18.0, None, None],
        }
    )
    found = frames.score(table, wide=wide, findings=True)
    codes = found["rls_tibc_issue"].to_list()
    assert codes == [None, "another-analyte", "another-analyte", "another-analyte", None, "another-analyte"]
    hold(found.to_dicts(), wide)


def test_the_name_of_a_column_changes_no_answer_on_another() -> None:
    """Swapped tests are taken back in their own column, also where the name of another begins alike."""
    wide = {"tibc": ("tibc", "ug/dL"), "sat": ("TSAT", "%"), "uibc": ("UIBC", "ug/dL"), "iron": ("iron", "ug/dL")}
    table = pl.DataFrame({"tibc": [240.0], "sat": [25.0], "uibc": [320.0], "iron": [80.0]})
    found = frames.score(table, wide=wide, findings=True, also=["value", "hl7"])
    renamed = {{"sat": "tibc_sat"}.get(name, name): said for name, said in wide.items()}
    other = frames.score(table.rename({"sat": "tibc_sat"}), wide=renamed, findings=True, also=["value", "hl7"])
    assert found["rls_tibc_issue"].to_list() == ["another-analyte"]
    assert found["rls_sat_status"].to_list() == ["optimal"]
    assert other.rows() == found.rows()


def test_no_answer_is_written_over_another() -> None:
    """Names of columns from which two answers of one name would come are refused."""
    table = pl.DataFrame({"derived_transferrin_saturation": [60.0], "iron": [40.0], "tibc": [400.0]})
    wide = {"derived_transferrin_saturation": ("TSAT", "%"), "iron": ("iron", "ug/dL"), "tibc": ("tibc", "ug/dL")}
    with pytest.raises(FrameError, match="would both be called"):
        frames.score(table, wide=wide, findings=True)
    assert frames.score(table, wide=wide)["rls_derived_transferrin_saturation_status"].to_list() == ["high"]
    alike = {"fer": ("ferritin", "ng/mL"), "fer_reported": ("iron", "ug/dL")}
    both = pl.DataFrame({"fer": [1.0], "fer_reported": [2.0]})
    for each in (both, both.lazy(), duckdb.from_arrow(both.to_arrow())):
        with pytest.raises(FrameError, match="would both be called"):
            frames.score(each, wide=alike, also=["unit", "reported_unit"])


def test_a_person_whose_dates_contradict_is_answered_as_by_now() -> None:
    """Born after the collection: every result is refused, and every finding is answered as for one panel."""
    people = [
        {"ferritin": value, "iron": 60.0, "crp": crp, "born": born, "collected": date(2020, 1, 1), "sex": sex}
        for value in (None, 20.0, 2000.0)
        for crp in (None, 3.0, 300.0, 90000.0)
        for born in (date(2021, 1, 1), date(1970, 1, 1), date(1800, 1, 1))
        for sex in ("F", "?")
    ]
    wide = {name: SMALL[name] for name in ("ferritin", "iron", "crp")}
    kinds = {**dict.fromkeys(wide, pl.Float64), "born": pl.Date, "collected": pl.Date, "sex": pl.String}
    facts: dict[str, Any] = {"wide": wide, "born": "born", "collected": "collected", "sex": "sex", "findings": True}
    told = frames.score(pl.DataFrame(people, schema=kinds), **facts).to_dicts()
    assert told[0]["rls_finding_absolute-iron-deficiency"] is not None
    assert [told[place]["rls_crp_issue"] for place in (0, 6, 12)] == [
        "missing-value",
        "unreadable-age",
        "unreadable-age",
    ]
    hold(told, wide)
    text = pl.DataFrame({**people[0], "born": "1970-01-01", "collected": "soon", "iron": "60"})
    found = frames.score(text, **facts)
    assert found["rls_finding_absolute-iron-deficiency"].to_list() == [None]
    assert found["rls_iron_issue"].to_list() == ["unreadable-date"]


def by_catalog(table: pl.DataFrame, wide: dict[str, tuple[str, str]], catalog: Catalog) -> list[dict[str, Any]]:
    """A wide table read together by a catalog, each person held to `interpret_panel`."""
    found = frames.score(table, wide=wide, findings=True, catalog=catalog).to_dicts()
    for row in found:
        told = panel_truth(row, wide, catalog=catalog)
        here = {name: each for name, each in told.items() if f"rls_{name}" in row}
        assert {name: row[f"rls_{name}"] for name in here} == here
    return found


def test_rules_of_any_form_are_read_as_interpret_panel_reads_them() -> None:
    """A rule that denies, one whose value others do not spoil, and one that computes what no column holds."""
    rules = builtin().rules
    table = pl.DataFrame({"ferritin": [None, 20.0, 2000.0], "iron": [60.0, 20.0, 20.0], "uibc": [40.0, 44.0, 30.0]})
    wide = {name: SMALL[name] for name in table.columns}
    denied = [
        each.model_copy(update={"id": f"no-{each.id}", "when": Condition.model_validate({"not": each.when})})
        for each in rules.findings
    ]
    found = by_catalog(table, wide, Catalog(dataclasses.replace(rules, findings=[*rules.findings, *denied])))
    assert {found[1][f"rls_finding_{name}absolute-iron-deficiency"] for name in ("", "no-")} == {"yes", "no"}
    assert rules.limits is not None
    alone = rules.limits.unreliable.model_copy(update={"affects": ()})
    limits = rules.limits.model_copy(update={"unreliable": alone})
    spoiled = frames.score(table, wide=wide, findings=True)["rls_derived_tibc"].to_list()
    told = by_catalog(table, wide, Catalog(dataclasses.replace(rules, limits=limits)))
    assert spoiled[2] is None
    assert told[2]["rls_derived_tibc"] is not None
    twice = next(each for each in rules.derivations if each.form == "sum").model_copy(
        update={"id": "own-sum", "inputs": ("iron", "iron")}
    )
    text = pl.DataFrame({"iron": ["60", "<20", None]})
    own = Catalog(dataclasses.replace(rules, derivations=[*rules.derivations, twice]))
    assert not [
        name for name in by_catalog(text, {"iron": SMALL["iron"]}, own)[0] if name.startswith("rls_derived_tibc")
    ]


def test_capacities_and_impossible_saturations_are_read_as_in_a_panel() -> None:
    """Capacities without iron, and iron beside a capacity of which no saturation can come."""
    table = pl.DataFrame(
        {
            "iron": [600.0, 1000.0, 60.0, None],
            "tibc": [60.0, 20.0, 300.0, 300.0],
            "uibc": [None, None, 42.0, 40.0],
        }
    )
    for names in (("iron", "tibc"), ("tibc", "uibc"), ("iron", "tibc", "uibc")):
        wide = {name: SMALL[name] for name in names}
        hold(frames.score(table, wide=wide, findings=True).to_dicts(), wide)
    issues = frames.score(table, wide={name: SMALL[name] for name in ("iron", "tibc")}, findings=True)
    assert issues["rls_derived_transferrin_saturation_issue"].to_list()[0] is not None
