"""Tables as people have them: concepts that are not ours, codes in floats, one unit for all, ranges of some rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rlslabs import Issue, Panel, frames, interpret
from rlslabs.errors import FrameError, WrongTypeError
from tests.table_rows import LIMITS, answers

UNREAD = (None, None, None, "not-read-by-engine")
OTHERS = [3004249, 0, -5, 32568, 5, 40762351]
"""Concepts of other things; 32568 is a day of 1989 to a spreadsheet, as which 1989-3 may have been saved."""


def duck(table: pl.DataFrame) -> Any:  # noqa: ANN401  a relation of DuckDB
    """The same rows in DuckDB."""
    return duckdb.from_arrow(table.to_arrow())


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64, pl.Decimal(38, 0)])
@pytest.mark.parametrize("times", [1, 30])
def test_a_concept_that_is_not_ours_is_an_unknown_marker_and_no_wrong_type(kind: Any, times: int) -> None:  # noqa: ANN401  a type of Polars
    """In every library, in few rows and in many, as the same digits in text are; concept 0 too."""
    table = pl.DataFrame({"m": [*OTHERS, 3001122] * times, "v": 38.0, "u": "ng/mL"})
    told = frames.score(table.with_columns(pl.col("m").cast(pl.String)), marker="m", value="v", unit="u")
    issues = told["rls_issue"].to_list()
    assert issues[:2] == ["unknown-marker"] * 2
    assert issues[3] == "code-mangled"
    assert issues[6] is None
    held = table.with_columns(pl.col("m").cast(kind))
    for each in (held, held.to_arrow(), held.to_pandas()):
        found: Any = frames.score(each, marker="m", value="v", unit="u")
        column = found["rls_issue"]
        listed = column.to_pylist() if isinstance(each, pa.Table) else [*column]
        assert [one if isinstance(one, str) else None for one in listed] == issues
    with pytest.raises(WrongTypeError):
        interpret(3004249, 38, "ng/mL")  # type: ignore[arg-type]  # that is what is tested


def test_an_engine_tells_a_concept_that_is_not_ours() -> None:
    """Most rows of a table of measurements; only what may be a code that became a date is left unread."""
    table = pl.DataFrame({"m": [*OTHERS, 3001122], "v": 38.0, "u": "ng/mL", "n": range(7)})
    found = answers(frames.score(duck(table), marker="m", value="v", unit="u").pl().sort("n").to_dict(as_series=False))
    assert [each[3] for each in found] == [
        *["unknown-marker"] * 3,
        *["not-read-by-engine"] * 2,
        "unknown-marker",
        None,
    ]


def test_the_explanation_of_a_concept_names_it() -> None:
    """What is told is what was written."""
    table = pl.DataFrame({"m": [3004249], "v": [38.0], "u": ["ng/mL"]})
    assert "3004249" in str(frames.explain(table, [0], marker="m", value="v", unit="u")[0])


@pytest.mark.parametrize("library", ["polars", "duckdb"])
def test_the_numbers_of_a_row_are_in_one_unit(library: str) -> None:
    """A value lies on the same side of the limits beside it as of those by which it was judged; without it as well."""
    units = {
        "vitamin_b12": "pmol/L",
        "vitamin_d_25oh": "nmol/L",
        "iron": "umol/L",
        "transferrin_saturation": "1",
        "ferritin": "ug/L",
    }
    given_rows = [(marker, value, unit) for marker, unit in units.items() for value in LIMITS[::7]]
    table = pl.DataFrame(given_rows, schema=["m", "v", "u"], orient="row").with_row_index("n")
    limits = [f"{kind}_{end}" for kind in ("standard", "optimal") for end in ("low", "high")]
    names: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u"}
    made: Any = frames.score(duck(table) if library == "duckdb" else table, **names, also=["value", "unit", *limits])
    found = (made.pl() if library == "duckdb" else made).sort("n")
    seen = set()
    for row in found.rows(named=True):
        for kind in ("standard", "optimal"):
            low, high, place = row[f"rls_{kind}_low"], row[f"rls_{kind}_high"], row[f"rls_{kind}"]
            if low is None and high is None:
                continue  # several ranges apply, and no one of them is told
            if place == "below":
                assert row["rls_value"] <= low * (1 + 1e-9)
            elif place == "above":
                assert row["rls_value"] >= high * (1 - 1e-9)
            elif place == "within":
                assert low is None or row["rls_value"] >= low * (1 - 1e-9)
                assert high is None or row["rls_value"] <= high * (1 + 1e-9)
            seen.add((row["m"], kind, place))
    assert len(seen) > 15
    bare: Any = frames.score(table, **names, also=limits)
    assert bare.select(limit_columns := [f"rls_{name}" for name in limits]).equals(found.select(limit_columns))


def test_a_limit_that_is_printed_in_our_unit_comes_back_as_it_is_printed() -> None:
    """From the unit of the report to that of the answer, no digit is lost."""
    table = pl.DataFrame({"m": ["vitamin_b12", "vitamin_b12"], "v": [310.0, 420.0], "u": ["pmol/L", "pg/mL"]})
    names: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u"}
    found = frames.score(table, **names, also=["standard_low", "standard_high", "optimal_low", "unit"])
    one, two = found.select("rls_standard_low", "rls_standard_high", "rls_optimal_low", "rls_unit").rows()
    assert one == two


def omop(**columns: Any) -> pl.DataFrame:  # noqa: ANN401  cells of any kind
    """Four measurements, two of them beside a range of the source."""
    return pl.DataFrame(
        {
            "measurement_id": [1, 2, 3, 4],
            "measurement_concept_id": [3001122, 3001122, 3001122, 3004249],
            "value_as_number": [25.0, 80.0, 80.0, 1.0],
            "unit_concept_id": [8842] * 4,
            "range_low": [None, 30.0, None, 5.0],
            "range_high": [None, None, 400.0, None],
            **columns,
        }
    )


@pytest.mark.parametrize("people", [False, True])
def test_a_measurement_without_a_range_of_its_own_is_judged_by_an_engine(*, people: bool) -> None:
    """One with a range says that it was not read; concepts that are not ours say so first."""
    table = omop()
    person = None
    if people:
        table = table.with_columns(person_id=pl.lit(7), measurement_date=pl.date(2020, 1, 1))
        person = pl.DataFrame({"person_id": [7], "gender_concept_id": [8532], "year_of_birth": [1960]})
    eager = answers(frames.score_omop(table, person).to_dict(as_series=False))
    for ends in (table, table.with_columns(range_low=pl.col("range_low").cast(pl.String))):
        lazy = frames.score_omop(duck(ends), None if person is None else duck(person)).pl().sort("measurement_id")
        assert answers(lazy.to_dict(as_series=False)) == [eager[0], UNREAD, UNREAD, eager[3]]
    assert eager[3][3] == "unknown-marker"
    assert eager[0][2] is not None


@pytest.mark.parametrize("library", ["polars", "pandas", "arrow", "duckdb"])
def test_pregnancy_may_stand_in_floats(library: str) -> None:
    """Whole numbers with blanks are floats in pandas: 1 is yes, 0 is no, and no other number is either."""
    table = pl.DataFrame({"n": range(5), "m": "ferritin", "v": 20.0, "u": "ng/mL", "s": "F", "a": 30.0})
    said = [1.0, 0.0, None, 2.0, 0.5]
    words = table.with_columns(p=pl.Series(["yes", "no", None, "2", "0.5"]))
    table = table.with_columns(p=pl.Series(said))
    names: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u", "sex": "s", "age": "a", "pregnant": "p"}
    told = answers(frames.score(words, **names).to_dict(as_series=False))
    assert [each[3] for each in told] == [None, None, None, "unreadable-pregnancy", "unreadable-pregnancy"]
    assert told[0] != told[1]
    made: Any = {"polars": table, "pandas": table.to_pandas(), "arrow": table.to_arrow(), "duckdb": duck(table)}[
        library
    ]
    found: Any = frames.score(made, **names)
    plain = found.pl().sort("n") if library == "duckdb" else found if library == "polars" else None
    columns = plain.to_dict(as_series=False) if plain is not None else found
    listed = {name: columns[name].to_pylist() for name in columns.column_names} if library == "arrow" else columns
    assert answers({name: [*listed[name]] for name in listed}) == told


@pytest.mark.parametrize("role", ["unit", "sex", "comparator", "range", "born", "collected"])
@pytest.mark.parametrize("size", [2, 300])
def test_a_column_of_blanks_holds_no_numbers(role: str, size: int) -> None:
    """To pandas it is one of floats, as in a part of a file in which nobody has a comparator: it says nothing."""
    table = pd.DataFrame({"m": "ferritin", "v": 38.0, "u": "ng/mL", "x": [float("nan")] * size})
    names: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u", role: "x"}
    words = table.assign(x=pd.Series([None] * size, dtype=object))
    scored, same = (frames.score(each, **names).to_dict("list") for each in (table, words))
    assert answers(scored) == answers(same)  # type: ignore[arg-type]  # names of columns are text
    for wrong in (table.assign(x=1.0), table[:0]):
        with pytest.raises(FrameError, match='The column "x" is to hold'):
            frames.score(wrong, **names)


@pytest.mark.parametrize("library", ["polars", "duckdb"])
def test_what_pandas_writes_into_a_file_of_text_is_what_it_held(library: str) -> None:
    """1.0 and 0.0 are yes and no in text too, and no other number is either."""
    table = pl.DataFrame({"n": range(4), "m": "ferritin", "v": 20.0, "u": "ng/mL", "s": "F", "a": 30.0})
    table = table.with_columns(p=pl.Series(["1.0", "0.0", None, "2.0"]))
    names: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u", "sex": "s", "age": "a", "pregnant": "p"}
    made: Any = frames.score(duck(table) if library == "duckdb" else table, **names)
    found = answers((made.pl().sort("n") if library == "duckdb" else made).to_dict(as_series=False))
    held = table.with_columns(p=pl.Series([True, False, None, None]))
    told = answers(frames.score(held, **names).to_dict(as_series=False))
    assert found == [*told[:3], (None, None, None, "unreadable-pregnancy")]


@pytest.mark.parametrize("mark", [None, ".", ","])
@pytest.mark.parametrize("scale", [0, 3, 8])
def test_a_decimal_of_an_engine_has_its_mark_and_no_thousands(scale: int, mark: Literal[".", ","] | None) -> None:
    """38.000 in a column of decimals is 38, whatever the mark of the text beside it: each row as in an eager table."""
    values = [Decimal(each) for each in ("38", "38.5", "0.35", "12.345", "100", "1000", "0", "1234567.125", "10.1")]
    given = pl.Series([each.quantize(Decimal(1).scaleb(-scale)) for each in values], dtype=pl.Decimal(20, scale))
    table = pl.DataFrame({"n": range(9), "v": given}).with_columns(m=pl.lit("iron"), u=pl.lit("ug/dL"))
    names: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u", "decimal_mark": mark}
    found = answers(frames.score(duck(table), **names).pl().sort("n").to_dict(as_series=False))
    assert found == answers(frames.score(table, **names).to_dict(as_series=False))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "ng/mL"}, "it is a unit, and no column"),
        ({"marker": "Ferritin"}, "it is a marker, and no column"),
        ({"marker": "nothing at all"}, "name one that is there"),
        ({"unit": "furlong"}, "name one that is there"),
        ({"unit": pd.Series(["ng/mL"])}, "for units is a Series; give the name of a column"),
        ({"sex": "v"}, "is to hold sexes, and holds numbers (Float64); name a column of text, or map its codes"),
        ({"pregnant": "d"}, "or map it to true and false"),
        ({"born": "v"}, "is to hold birth dates"),
        ({"pregnant": "x"}, 'There is no column "x" for pregnancies'),
        ({"wide": {"v": ("ferritin", "ng/mL")}, "marker": pd.Series(["iron"])}, "A wide table has no column"),
    ],
)
def test_a_table_of_one_unit_or_marker_is_told_how_to_say_so(change: dict[str, Any], words: str) -> None:
    """The name of a unit or a marker where that of a column is wanted; and codes that no cast would mend."""
    table = pd.DataFrame({"m": ["ferritin"], "v": [38.0], "u": ["ng/mL"], "d": [pd.Timestamp("2020-01-01")]})
    with pytest.raises(FrameError) as told:
        frames.score(table, **{"marker": "m", "value": "v", "unit": "u", **change})
    assert words in str(told.value)


def test_a_problem_that_hangs_on_no_marker_and_no_unit_is_counted_in_one() -> None:
    """However many tests it is met in, so that the commonest problem is the first of the list."""
    rows = [(marker, "???", unit) for marker in ("ferritin", "iron", "tibc") for unit in ("ng/mL", "ug/dL")]
    table = pl.DataFrame([*rows, ("iron", "80", "mg"), ("iron", "81", "mg")], schema=["m", "v", "u"], orient="row")
    found = frames.summary(frames.score(table, marker="m", value="v", unit="u"), marker="m", unit="u")
    assert [(each.code, each.marker, each.unit, each.rows) for each in found.fixable] == [
        ("unreadable-value", None, None, 6),
        ("unknown-unit", "iron", "mg", 2),
    ]


def test_a_summary_puts_what_was_refused_first_and_says_how_much_it_leaves_out() -> None:
    """Rows that were judged push no other off the list; text without letters is another thing than none."""
    odd = [f"unit{place}" for place in range(9)]
    rows = [
        *[("ferritin", 12000.0, "ng/mL")] * 20,  # judged, and unusual
        *[("ferritin", 38.0, unit) for unit in odd],
        *[("", 38.0, "ng/mL"), (None, 38.0, "ng/mL"), ("Ferritn", 38.0, " ")],
    ]
    table = pl.DataFrame(rows, schema=["m", "v", "u"], orient="row")
    scored = frames.score(table, marker="m", value="v", unit="u")
    found = frames.summary(scored, marker="m", unit="u")
    assert found.unlisted == 3
    assert len(found.fixable) == 10
    assert "unusual-value" not in {each.code for each in found.fixable}
    text = str(found)
    assert text.endswith("and 3 more kinds")
    assert "judged and to be looked at" not in text
    assert "1  (none)" in text
    assert "1  (empty text)" in text
    assert {each.marker for each in found.fixable if each.code == "unknown-unit"} == {"ferritin"}
    few = str(frames.summary(scored.head(21), marker="m", unit="u"))
    refused, looked = few.index("refused and to be mended"), few.index("judged and to be looked at")
    assert refused < few.index("unit0", refused) < looked < few.index("unusual-value", looked)
    assert "more kinds" not in few
    assert "to be mended" not in str(frames.summary(scored.filter(pl.col("rls_issue").is_null()), marker="m"))


def test_a_whole_number_is_explained_without_decimals() -> None:
    """Whole numbers with blanks are floats in pandas; nobody measured the decimals."""
    table = pd.DataFrame({"m": ["ferritin"] * 3, "v": [20.0, 20.5, None], "u": ["ng/mL"] * 3})
    one, half, nothing = map(str, frames.explain(table, [0, 1, 2], marker="m", value="v", unit="u"))
    assert "Ferritin 20 ng/mL" in one
    assert "20.0" not in one
    assert "Ferritin 20.5 ng/mL" in half
    assert "missing-value" in nothing


WIDE = {"fer": ("ferritin", "ng/mL"), "iron": ("iron", "ug/dL"), "tibc": ("tibc", "ug/dL"), "crp": ("crp", "mg/L")}
PEOPLE = pl.DataFrame(
    {
        "fer": [20.0, 400.0, None, 38.0],
        "iron": [40.0, 200.0, 90.0, 90.0],
        "tibc": [400.0, 300.0, 2.0, 300.0],
        "crp": [1.0, 90.0, None, -1.0],
        "sex": ["F", "M", "F", "F"],
        "age": [30, 50, 41, 41],
    }
)


ROWS_OF_FERRITIN = [(20.0, "F", 30), (400.0, "M", 50), (38.0, "F", 41)]


@pytest.mark.parametrize("library", ["polars", "lazy", "pandas", "pyarrow", "dask"])
def test_a_summary_of_a_wide_table_counts_each_of_its_values(library: str) -> None:
    """By the marker and unit that were said of its column; what is read and not judged has no status."""
    table: Any = PEOPLE
    wide = WIDE
    if library == "lazy":
        table, wide = table.lazy(), {name: each for name, each in WIDE.items() if name != "crp"}
    elif library == "dask":
        dask = pytest.importorskip("dask.dataframe")
        table = dask.from_pandas(table.to_pandas(), npartitions=2)
    elif library != "polars":
        table = table.to_pandas() if library == "pandas" else table.to_arrow()
    found = frames.summary(frames.score(table, wide=wide, sex="sex", age="age"), wide=wide)
    assert found.rows == len(wide) * 4
    assert found.by_marker == dict.fromkeys(sorted(each[0] for each in wide.values()), 4)
    assert found.by_unit["ug/dL"] == 8
    told = [interpret("ferritin", value, "ng/mL", sex=sex, age=age).status for value, sex, age in ROWS_OF_FERRITIN]
    ferritin = {"fer": WIDE["fer"]}
    alone = frames.summary(frames.score(table, wide=ferritin, sex="sex", age="age"), wide=ferritin)
    counts: dict[str | None, int] = {status: told.count(status) for status in told}
    assert alone.by_status == {None: 1, **counts}
    assert {(each.code, each.marker) for each in found.fixable} >= {("implausible-value", "tibc")}


def test_the_findings_of_a_row_are_told_in_words_as_a_panel_is() -> None:
    """One answer more for each row: its results together, with the findings that its columns hold."""
    named: dict[str, Any] = {"sex": "sex", "age": "age"}
    scored = frames.score(PEOPLE, wide=WIDE, findings=True, **named)
    told = frames.explain(scored, range(4), wide=WIDE, findings=True, **named)
    together = [each for each in told if each.column is None]
    assert [each.row for each in together] == [0, 1, 2, 3]
    assert len(told) == 4 * (len(WIDE) + 1)
    for each in together:
        assert isinstance(each.answer, Panel)
        for finding in each.answer.findings:
            if (name := f"rls_finding_{finding.id}") in scored.columns:
                assert scored[name][each.row] == finding.answered
    assert "Ferritin" in str(together[0])
    unread = frames.explain(PEOPLE.with_columns(sex=pl.lit("neither")), [0], wide=WIDE, findings=True, **named)[-1]
    assert isinstance(unread.answer, Issue)
    assert unread.answer.code == "unknown-sex-code"
    words = frames.explain(PEOPLE.select(fer=pl.lit("38 ng/mL")), [0], wide={"fer": WIDE["fer"]}, findings=True)[-1]
    assert isinstance(words.answer, Panel)
    assert words.answer.lines[0].interpretation is not None
    with pytest.raises(FrameError, match="give a wide table"):
        frames.explain(PEOPLE, [0], marker="sex", value="fer", findings=True)


def test_a_wide_table_that_was_not_scored_has_nothing_to_count() -> None:
    """The column that is not there is named; so is a column of which nothing is said."""
    with pytest.raises(FrameError, match="rls_fer_status"):
        frames.summary(PEOPLE, wide={"fer": WIDE["fer"]})
    with pytest.raises(FrameError):
        frames.summary(PEOPLE, wide={"fer": "ferritin"})  # type: ignore[dict-item]  # that is what is tested
