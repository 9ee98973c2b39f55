"""The golden vectors: held to cases worked by hand, to a schema, and to implementations with a bug planted in each."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from rlslabs import LabResult, LabsError, Patient, cli, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import ConformanceError
from rlslabs.golden import VectorFile, answer, conform, vector_file
from rlslabs.golden.handmade import ISSUES, REFUSALS
from rlslabs.golden.question import Question, judged
from rlslabs.golden.schema import vector_schema
from rlslabs.golden.telling import report_lines
from rlslabs.golden.vectors import Vector
from rlslabs.testing import LabCase, lab_cases, lab_results, limits
from rlslabs.ways import rules

ROOT = Path(__file__).parents[1]
EVERY = vector_file().vectors
VECTORS = tuple(each for each in EVERY if each.kind not in {"fhir", "hl7v2", "worked"})
BY_KIND: dict[str, list[Vector]] = {}
for made in VECTORS:
    BY_KIND.setdefault(made.id.partition("/")[0], []).append(made)
SIZE = {
    "mg/L": -3,
    "mg/dL": -2,
    "ng/mL": -6,
    "ug/L": -6,
    "ug/dL": -5,
    "pg/mL": -9,
    "ng/L": -9,
    "pmol/L": -12,
    "nmol/L": -9,
    "umol/L": -6,
}
MASSES = {"ferritin": "445000", "iron": "55.845", "tibc": "55.845", "vitamin_b12": "1355.37", "vitamin_d": "400.64"}
"""The molar masses of the knowledge base, typed in by hand."""
OWN = dict(zip(MASSES, ("ng/mL", "ug/dL", "ug/dL", "pg/mL", "ng/mL"), strict=True))
OWN |= {"transferrin_saturation": "%", "crp": "mg/L"}
REMARKS = {
    *("unreliable-beside-ferritin", "discordant-saturation", "saturation-over-100", "too-many-of-one-collection"),
}
"""What is said of a result by those beside it: only in panels."""


def plain(vector: Vector) -> Question:
    """The question of a vector that is no resource and no message."""
    assert isinstance(vector.input, Question)
    return vector.input


def golden(name: str) -> list[dict[str, str]]:
    """The rows of a table that was worked by hand."""
    with (ROOT / "tests" / "golden" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def here(value: str, source: str, unit: str, marker: str) -> Decimal:
    """A printed limit in a unit, rounded once to 12 significant digits, by arithmetic of this file's own."""
    exact = Fraction(value)
    if "%" in {source, unit}:
        exact = exact / 100 if (source, unit) == ("%", "1") else exact
    else:
        exact *= Fraction(10) ** (SIZE[source] - SIZE[unit])
        if "mol" in unit and "mol" not in source:
            exact /= Fraction(MASSES[marker])
        elif "mol" in source and "mol" not in unit:
            exact *= Fraction(MASSES[marker])
    places = 12
    while exact * Fraction(10) ** places >= 10**12:
        places -= 1
    while exact and exact * Fraction(10) ** places < 10**11:
        places += 1
    return Decimal(round(exact * Fraction(10) ** places)).scaleb(-places)


def test_every_limit_vector_has_the_position_that_the_hand_worked_table_gives() -> None:
    """Each printed limit, converted by hand, decides its vectors; and no printed limit is without them."""
    table: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in golden("limits.csv"):
        table.setdefault((row["set"], row["marker"], row["sex"]), []).append(row)
    met: set[tuple[str, str, str]] = set()
    for vector in BY_KIND["limit"]:
        _, chosen, marker, *_ = vector.id.split("/")
        unit, value = plain(vector).results[0].unit or "", Decimal(plain(vector).results[0].value or "")
        sex, age = str(plain(vector).patient.sex), plain(vector).patient.age
        rows = table.get((chosen, marker, sex), []) + table.get((chosen, marker, "any"), [])
        (row,) = [each for each in rows if is_meant(each, age)]
        met.add((chosen, marker, row["sex"]))
        low, high = (row[end] and here(row[end], row["unit"], unit, marker) for end in ("low", "high"))
        wanted = "within"
        if low and (value < low or (value == low and row["low_open"] == "yes")):
            wanted = "below"
        elif high and (value > high or (value == high and row["high_open"] == "yes")):
            wanted = "above"
        answered = vector.expect.model_dump()[row["kind"]]
        if vector.expect.model_dump()["refused"] is None:
            assert answered["position"] == wanted, vector.id
    assert met == set(table)


def is_meant(row: dict[str, str], age: int | str | None) -> bool:
    """Whether a row of the table is for an age."""
    days = {"d": Decimal(1), "wk": Decimal(7), "mo": Decimal("30.4375"), "a": Decimal("365.25")}

    def start(text: str, more: int = 0) -> Decimal:
        count, _, unit = text.partition(" ")
        return (int(count) + more) * days[unit or "a"]

    return start(row["youngest"]) <= start(str(age)) and start(str(age), 1) <= start(row["oldest"] or "130", 1)


@pytest.mark.parametrize("row", golden("cases.csv"), ids=lambda row: f"{row['marker']}-{row['value']}-{row['age']}")
def test_a_case_worked_by_hand_has_its_answer_in_the_words_of_the_vectors(row: dict[str, str]) -> None:
    """The side that answers questions gives what was worked out from the cited pages."""
    facts = {"sex": row["sex"] or None, "age": row["age"] or None}
    asked = {
        "results": [{name: row[name] or None for name in ("marker", "value", "unit", "range")}],
        "patient": {**facts, "pregnant": {"yes": True, "no": False, "": None}[row["pregnant"]]},
        "standard": row["set"] or None,
    }
    found = answer(asked)
    positions = [found[kind]["position"] for kind in ("standard", "optimal")]
    assert [*positions, found["status"], " ".join(found["hl7"])] == [
        row[name] for name in ("standard", "optimal", "status", "hl7")
    ]


def test_every_refusal_and_issue_was_named_by_hand() -> None:
    """A code of a plain result was written by hand beside its question; no code at all is left out, by another test."""
    refused = {each.id: each.expect.model_dump()["refused"] for each in BY_KIND["refusal"]}
    assert all(name.split("/")[1] == code for name, code in refused.items())
    for vector in BY_KIND["issue"]:
        assert vector.id.split("/")[1] in vector.expect.model_dump()["issues"]
    named = {code for code, *_ in REFUSALS} | {code for code, _ in ISSUES} | {"unknown-set"}
    assert named == set(refused.values()) | {vector.id.split("/")[1] for vector in BY_KIND["issue"]}


def test_every_look_alike_is_refused_by_every_name_and_code() -> None:
    """Each entry of the data file, and each code that was typed by hand, among the vectors."""
    asked = {plain(each).results[0].marker for each in BY_KIND["refusal"] if "/another-analyte/" in each.id}
    for each in builtin().rules.lookalikes:
        assert {each.name, *each.names, *each.codes} <= asked
    assert {"35365-6", "24373-3", "2501-5", "62290-2", "calcitriol", "holotranscobalamin", "UIBC"} <= asked


@pytest.mark.parametrize(
    ("comparator", "words"),
    [
        ("<", "every value below 20 is meant, and not 20 itself"),
        ("<=", "every value up to 20 is meant, and 20 itself too"),
        (">", "every value above 20 is meant, and not 20 itself"),
        (">=", "every value from 20 on is meant, and 20 itself too"),
    ],
)
def test_a_vector_of_a_comparator_says_whether_its_number_is_meant_too(comparator: str, words: str) -> None:
    """`<=` and `>=` mean their number too, `<` and `>` do not."""
    name = f"comparator/general/ferritin/ng/mL/female/50/low/on/{comparator}"
    (why,) = [each.why for each in BY_KIND["comparator"] if each.id == name]
    assert why == words


def test_a_vector_of_a_range_without_an_end_says_why_its_result_is_not_called_normal() -> None:
    """Each vector of one result that its printed range holds for want of an end, and no other, names that end."""
    asked = [each for each in EVERY if each.kind in {"printed", "issue"} or each.id.startswith("worked/printed/")]
    told = {each.id for each in asked if "no end on the side" in each.why}
    open_sided = set()
    for each in asked:
        with suppress(LabsError):
            open_sided |= {each.id} if judged(plain(each)).open_sided else set()
    assert told == open_sided
    assert "printed/>20/336.1" in told


def test_every_remark_on_a_panel_is_met_and_none_is_made_without_its_reason() -> None:
    """Each code that other results give a result has a vector, and a computed value above 100 % has its issue."""
    met = {vector.id.split("/")[1]: vector.expect.model_dump() for vector in BY_KIND["derived"]}
    assert {code for said in met.values() for code in said["remarks"]} == REMARKS
    assert {name: said["remarks"] for name, said in met.items() if said["remarks"]} == {
        "tsat-discordant": ("discordant-saturation",),
        "tsat-printed-over-100": ("saturation-over-100",),
        "beside-high-ferritin": ("unreliable-beside-ferritin",),
        "crowded": ("too-many-of-one-collection",),
    }
    over = {name for name, said in met.items() for each in said["derived"] if each["issue"] == "saturation-over-100"}
    assert over == {"tsat-over-100", "tsat-over-100-beside-ferritin"}


@pytest.mark.parametrize("name", ["tsat-over-100-beside-ferritin", "tsat-printed-over-100"])
def test_a_saturation_above_100_percent_is_doubted_and_decides_nothing(name: str) -> None:
    """What hangs on it is undecided; what ferritin settles by itself (here 500 ng/mL) is decided."""
    (said,) = [vector.expect.model_dump()["rules"] for vector in BY_KIND["derived"] if vector.id == f"derived/{name}"]
    assert {rule for rule, answered in said.items() if answered == "undecided"} == {
        *("overload-screen", "high-ferritin-without-high-saturation", "functional-iron-deficiency"),
        *("inflammation-pattern", "aasm-2025/adult-iron"),
    }
    assert {rule for rule, answered in said.items() if answered == "yes"} == {"irlssg-2018/overload-stop"}


def codes(kind: type[LabsError]) -> set[str]:
    """The codes of an error and of every error below it."""
    below = {code for each in kind.__subclasses__() for code in codes(each)}
    return below | ({kind.code} if "code" in vars(kind) else set())


Values = dict[str, Decimal]
WOMAN_OF_40: dict[str, Callable[[Values], bool]] = {
    "overload-screen": lambda v: v["f"] > 200 and v["t"] > 45,
    "high-ferritin-without-high-saturation": lambda v: v["f"] > 200 and v["t"] <= 45,
    "absolute-iron-deficiency": lambda v: v["f"] < 15 or (v["f"] < 30 and v["t"] < 20),
    "functional-iron-deficiency": lambda v: v["f"] >= 30 and v["t"] < 20,
    "mixed-pattern": lambda v: 30 <= v["f"] <= 100 and v["t"] < 20 and v["c"] > 5,
    "ferritin-masked": lambda v: v["c"] > 5 and v["f"] >= 15,
    "crp-at-limit": lambda v: v["c"] == 5 and v["f"] >= 15,
    "b12-low": lambda v: v["b"] < 180,
    "b12-indeterminate": lambda v: 180 <= v["b"] <= 350,
    "vitamin-d-excess": lambda v: v["d"] > 50,
    "aan-2016/oral-iron": lambda v: v["f"] <= 75,
    "aasm-2025/adult-iron": lambda v: v["f"] <= 75 or v["t"] < 20,
    "aasm-2025/adult-iv-only": lambda v: 75 < v["f"] <= 100,
    "irlssg-2018/overload-stop": lambda v: v["t"] >= 45 or v["f"] >= 300,
    "irlssg-2018/oral-iron": lambda v: v["f"] <= 75,
    "irlssg-2018/first-iv-course": lambda v: v["f"] <= 100,
    "irlssg-2018/iv-iron": lambda v: v["f"] < 300 and v["t"] < 45,
    "silber-2021/iv-iron": lambda v: v["f"] < 100,
}
"""The rules for a woman of 40, written out by hand from the inequalities of the knowledge base."""
SHORT = {"ferritin": "f", "transferrin_saturation": "t", "crp": "c", "vitamin_b12": "b", "vitamin_d": "d"}


def test_the_rules_of_a_panel_are_answered_as_their_inequalities_say() -> None:
    """For a woman of 40, each rule that is decided is decided as the guideline words it, at every limit."""
    decided: dict[str, set[str]] = {}
    for vector in BY_KIND["rule"]:
        patient = plain(vector).patient
        remarks = vector.expect.model_dump()["remarks"]
        if (patient.sex, patient.age, patient.conditions) != ("female", 40, ()) or remarks or "/open" in vector.id:
            continue
        values = {SHORT[r.marker]: Decimal(r.value or "") for r in plain(vector).results if r.marker in SHORT}
        for name, said in vector.expect.model_dump()["rules"].items():
            if name in WOMAN_OF_40 and said in {"yes", "no"}:
                try:
                    wanted = WOMAN_OF_40[name](values)
                except KeyError:  # a test is missing, and the others settle it
                    continue
                assert (said == "yes") == wanted, (vector.id, name)
                decided.setdefault(name, set()).add(said)
    assert decided == {name: {"yes", "no"} for name in WOMAN_OF_40}


AGAINST: dict[str, Callable[[Values], bool]] = {
    "overload-screen": lambda v: v["c"] > 5,
    "high-ferritin-without-high-saturation": lambda v: v["t"] > 45,
    "absolute-iron-deficiency": lambda v: v["tibc"] < 250,
    "functional-iron-deficiency": lambda v: v["tibc"] > 400,
    "inflammation-pattern": lambda v: v["c"] < 5,
    "mixed-pattern": lambda v: v["tibc"] < 250,
    "ferritin-masked": lambda v: v["f"] >= 70,
    "vitamin-d-excess": lambda v: v["d"] <= 80,
}
"""What speaks against a finding in a woman of 40, by hand; the haemoglobin of none was measured."""


def test_what_speaks_against_a_rule_is_counted_as_its_inequality_says() -> None:
    """Of a woman of 40, at every limit, and of nothing that does not hold or was not measured."""
    seen: dict[str, set[bool]] = {}
    for vector in BY_KIND["rule"]:
        patient, said = plain(vector).patient, vector.expect.model_dump()
        if (patient.sex, patient.age, patient.conditions, patient.pregnant) != ("female", 40, (), False):
            continue
        if said["remarks"] or "/open" in vector.id:
            continue
        values = {SHORT.get(r.marker, r.marker): Decimal(r.value or "") for r in plain(vector).results}
        wanted: dict[str, int] = {}
        for name in [each for each in AGAINST if said["rules"].get(each) in {"yes", "undecided"}]:
            with suppress(KeyError):  # not measured
                speaks = AGAINST[name](values)
                seen.setdefault(name, set()).add(speaks)
                wanted |= {name: 1} if speaks else {}
        assert said["against"] == wanted, vector.id
    assert {"high-ferritin-without-high-saturation", "ferritin-masked", "vitamin-d-excess"} <= set(seen)


def test_a_rule_is_answered_in_every_other_unit_as_in_the_marker_s_own() -> None:
    """Each limit is converted by arithmetic of this file's own, and on it and beside it nothing depends on the unit."""
    answered = {each.id: each.expect.model_dump()["rules"] for each in BY_KIND["rule"]}
    met: dict[str, set[str]] = {}
    for vector in BY_KIND["rule-in-unit"]:
        _, rest = vector.id.split("/", 1)
        head, _, tail = rest.rpartition("/")
        side, _, printed = tail.rpartition("-")
        (result,) = [r for r in plain(vector).results if head.endswith(f"/{r.unit}") and r.unit != OWN[r.marker]]
        marker, unit = result.marker, str(result.unit)
        limit, value = here(printed, OWN[marker], unit, marker), Decimal(result.value or "")
        assert {"just-below": value < limit, "on": value == limit, "just-above": value > limit}[side], vector.id
        own = f"rule/{head.removesuffix(f'/{unit}')}/{tail}"
        assert vector.expect.model_dump()["rules"] == answered[own], vector.id
        met.setdefault(marker, set()).add(unit)
    assert met == {
        "ferritin": {"ug/L", "pmol/L"},
        "transferrin_saturation": {"1"},
        "crp": {"mg/dL"},
        "vitamin_b12": {"ng/L", "pmol/L"},
        "vitamin_d": {"ug/L", "nmol/L"},
    }


EVERYWHERE = [Decimal(each) for each in ("1", "14", "15", "20", "29", "30", "45", "46", "60", "75", "90", "100", "190")]
EVERYWHERE += [Decimal(each) for each in ("4", "5", "6", "179", "180", "201", "250", "301", "340", "351", "700")]


def test_a_value_on_both_sides_of_a_limit_leaves_its_rule_undecided_also_beside_a_missing_test() -> None:
    """By the hand-written inequalities: the rule is decided where every value it could be agrees, and else open."""
    seen: dict[str, set[str]] = {}
    for vector in [each for each in BY_KIND["rule"] if "/open" in each.id]:
        name = vector.id[len("rule/") :].partition("/open")[0]
        if name not in WOMAN_OF_40 or vector.expect.model_dump()["remarks"]:
            continue
        given = {SHORT[r.marker]: r.value or "" for r in plain(vector).results if r.marker in SHORT}
        asked = [each for each in SHORT.values() if each in WOMAN_OF_40[name].__code__.co_consts]
        could = {
            short: [Decimal(given[short])]
            if short in given and given[short][0] != "<"
            else [each for each in EVERYWHERE if short not in given or each < Decimal(given[short][1:])]
            for short in asked
        }
        held = {WOMAN_OF_40[name](dict(zip(could, each, strict=True))) for each in product(*could.values())}
        wanted = "undecided" if len(held) > 1 else "yes" if held == {True} else "no"
        assert vector.expect.model_dump()["rules"][name] == wanted, vector.id
        seen.setdefault(vector.id.partition("/open")[2].partition("-")[0] + wanted, set()).add(name)
    assert seen["undecided"] == set(WOMAN_OF_40)


def test_no_rule_is_for_a_pregnant_woman_but_the_caution_that_is_for_everybody() -> None:
    """Of what a pregnant woman is told nothing but the stop for iron overload is there, and it decides as ever."""
    mothers = [each for each in BY_KIND["rule"] if plain(each).patient.pregnant]
    assert len(mothers) > 15
    for vector in mothers:
        values = {r.marker: Decimal(r.value or "") for r in plain(vector).results}
        ferritin, saturation = values.get("ferritin"), values.get("transferrin_saturation")
        above = [ferritin is not None and ferritin >= 300, saturation is not None and saturation >= 45]
        wanted = "yes" if any(above) else "missing" if None in {ferritin, saturation} else "no"
        assert vector.expect.model_dump()["rules"] == {"irlssg-2018/overload-stop": wanted}, vector.id


def test_a_panel_names_the_markers_that_were_not_measured() -> None:
    """Exactly those of the six that are not given, refused ones among them, but what others give when computed."""
    for vector in BY_KIND["rule"] + BY_KIND["derived"]:
        said, rows = vector.expect.model_dump(), plain(vector).results
        there = {row.marker for row, line in zip(rows, said["lines"], strict=True) if not line.startswith("refused")}
        there |= {each["marker"] for each in said["derived"]}
        assert set(said["missing"]) == set(builtin().markers) - there, vector.id
        assert said["wants_most"] not in there


def test_every_rule_has_vectors_in_which_it_holds_does_not_hold_is_open_and_lacks_a_test() -> None:
    """No finding and no criterion is without a vector of each kind of answer."""
    said: dict[str, set[str]] = {}
    for vector in BY_KIND["rule"]:
        for name, answered in vector.expect.model_dump()["rules"].items():
            said.setdefault(name, set()).add(answered)
    assert {name for name, found in said.items() if {"yes", "no", "missing", "undecided"} <= found} == {
        each.name for each in rules(builtin())
    }


def shape(said: object) -> object:
    """Which fields a part of a vector holds, and of what kind each value is."""
    if isinstance(said, dict):
        return tuple((name, shape(part)) for name, part in said.items())
    if isinstance(said, list):
        return tuple(dict.fromkeys(map(shape, said)))
    return type(said)


@pytest.mark.unwatched
def test_the_vectors_fit_their_schema_and_have_names_of_their_own() -> None:
    """One vector of every shape is what the schema says, and comes back the same; no two vectors share an id."""
    schema = vector_schema()
    data = json.loads(vector_file().model_dump_json(exclude_none=True))
    shapes: dict[object, int] = {}
    for number, each in enumerate(data["vectors"]):
        asked = {} if {"fhir", "hl7v2"} & each["input"].keys() else each["input"]
        shapes.setdefault((each["kind"], each["compare"] == [], shape(asked), shape(each["expect"])), number)
    data["vectors"] = [data["vectors"][number] for number in shapes.values()]
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    validator.check_schema(schema)
    validator(schema).validate(data)
    assert VectorFile.model_validate(data, strict=False).vectors == tuple(EVERY[number] for number in shapes.values())
    assert len({each.id for each in EVERY}) == len(EVERY)
    data["vectors"][0]["expect"]["status"] = "normal"
    assert not validator(schema).is_valid(data)


# ---------------------------------------------------------------- conformance


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the command in this process."""
    code = cli.main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_writes_the_vectors_and_their_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rlslabs vectors` writes the file, or prints its schema."""
    out = tmp_path / "vectors.json"
    assert run(capsys, "vectors", "-o", str(out)) == (0, "", "")
    assert json.loads(out.read_text(encoding="utf-8"))["format"] == "rlslabs-vectors/1"
    code, printed, _ = run(capsys, "vectors", "--schema")
    assert (code, json.loads(printed)["title"]) == (0, "VectorFile")


def test_our_own_answers_conform(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command answers, line by line, is what it expects of others."""
    vectors = [each for kind in BY_KIND.values() for each in kind[:5]]
    lines = [json.dumps({"id": v.id, "input": v.input.model_dump(mode="json", exclude_none=True)}) for v in vectors]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n".join(lines)))
    code, printed, _ = run(capsys, "answer")
    found = {said["id"]: said["answer"] for said in map(json.loads, printed.splitlines())}
    assert code == 0
    assert found == {each.id: each.expect.model_dump(mode="json", exclude_none=True) for each in vectors}


BUGS_IN_JAVASCRIPT = {
    "a limit is left out of its range": ("less(value.low, low.at) ||", "!less(low.at, value.low) ||"),
    "< is read as a number": ("if (!comparator) return", "if (true) return"),
    "the unit is passed over": ("[top, bottom] = [top * SIZES[to], bottom * SIZES[from]];", ""),
    "the optimal range is called low": ('below: "below-optimal"', 'below: "low"'),
    "unknown is normal": ("codes = { below", 'codes = { undecided: ["N"], below'),
}


@pytest.mark.unwatched
@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not on this machine")
@pytest.mark.parametrize("bug", [None, *BUGS_IN_JAVASCRIPT])
def test_the_judge_in_javascript_conforms_until_a_bug_is_planted_in_it(
    bug: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example agrees on every limit and comparator, and says that it reads no FHIR; a bug in it is found."""
    program = (ROOT / "examples" / "conformance.mjs").read_text(encoding="utf-8")
    if bug is not None:
        old, new = BUGS_IN_JAVASCRIPT[bug]
        assert old in program
        program = program.replace(old, new)
    (tmp_path / "judge.mjs").write_text(program, encoding="utf-8")
    markers = tmp_path / "markers.json"
    assert cli.main(["markers", "--json"]) == 0
    markers.write_text(capsys.readouterr().out, encoding="utf-8")
    forms = ("--kind", "fhir", "--kind", "hl7v2")
    chosen = (
        "--kind",
        "limit",
        "--kind",
        "comparator",
        *forms,
        "--field",
        "status",
        "--field",
        "hl7",
        "--timeout",
        "60",
    )
    command = ("node", str(tmp_path / "judge.mjs"), str(markers))
    code, printed, _ = run(capsys, "conformance", *chosen, "--", *command)
    assert (code, printed.splitlines()[-1].startswith("agrees on")) == ((0, True) if bug is None else (1, False))
    assert ("expected" in printed) == (bug is not None)
    assert printed.count(" not done\n") == len({"fhir", "hl7v2"})


WRONG = {
    "cannot be run": ["/no/such/program"],
    "ended with code 3": [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(3)"],
    "is no answer": [sys.executable, "-c", "import sys; sys.stdin.read(); print('hello')"],
    "was not asked for": [sys.executable, "-c", 'import sys; sys.stdin.read(); print(\'{"id": "x", "answer": {}}\')'],
    "did not end": [sys.executable, "-c", "import time; time.sleep(60)"],
}


@pytest.mark.parametrize("words", WRONG)
def test_a_program_that_does_not_answer_is_refused(words: str) -> None:
    """What is no implementation is told from one that is wrong."""
    with pytest.raises(ConformanceError, match=words):
        conform(WRONG[words], VECTORS[:2], timeout=0.5 if words == "did not end" else 60)


@pytest.mark.parametrize("option", ["--kind", "--field"])
def test_a_mistyped_kind_or_field_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A report on nothing would read as success, so an unknown name ends the command as misused."""
    code, _, said = run(capsys, "conformance", option, "banana", "--", "true")
    assert (code, "[conformance]" in said) == (2, True)


def test_silence_is_no_conformance() -> None:
    """A program that answers nothing, and one that leaves something out, do not conform."""
    silent = conform([sys.executable, "-c", "import sys; sys.stdin.read()"], VECTORS[:30])
    assert (silent.conforms, len(silent.differences)) == (False, 30)
    printed = list(report_lines(silent, most=2))
    assert printed[0] == "limit: 0 of 30 agree"
    assert printed[-2:] == ["and 28 more vectors that differ", "does not conform: 30 vectors differ"]
    assert not conform([sys.executable, "-c", "import sys; sys.stdin.read()"], []).conforms
    half = (
        "import sys, json\nfor line in sys.stdin:\n"
        "    print(json.dumps({'id': json.loads(line)['id'], 'answer': {'status': 'low'}}))"
    )
    assert "hl7" in {each.path for each in conform([sys.executable, "-c", half], VECTORS[:3]).differences}


def test_a_difference_within_a_part_of_an_answer_is_named_by_its_path() -> None:
    """Of a place whose position is wrong only the position is reported."""
    place = VECTORS[0].expect.model_dump(mode="json", exclude_none=True)
    place["standard"]["position"] = "above"
    program = f"import json; print(json.dumps({{'id': {VECTORS[0].id!r}, 'answer': {place!r}}}))"
    (different,) = conform([sys.executable, "-c", program], VECTORS[:1]).differences
    assert (different.path, different.answered) == ("standard.position", "above")


# ---------------------------------------------------------------- a bug for each law, as somebody else's software

Judge = Callable[[dict[str, Any]], dict[str, Any]]


def altered(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Judge:
    """Software that alters the question before it answers."""

    def judge(question: dict[str, Any]) -> dict[str, Any]:
        asked = json.loads(json.dumps(question))
        for result in asked["results"]:
            change(result, asked["patient"])
        return answer(asked)

    return judge


def after(change: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]) -> Judge:
    """Software that alters the answer."""
    return lambda question: change(question, answer(question))


def as_number(result: dict[str, Any], _: dict[str, Any]) -> None:
    """Comparators are dropped."""
    result["value"] = (result.get("value") or "").lstrip("<>=")
    result.pop("comparator", None)


def one_step_up(result: dict[str, Any], _: dict[str, Any]) -> None:
    """A value counts as the next one: every limit is off by one step."""
    try:
        value = Decimal(result.get("value") or "")
    except ArithmeticError:
        return
    if value:
        result["value"] = f"{value + Decimal(1).scaleb(value.adjusted() - 11):f}"


def age_of_today(_: dict[str, Any], patient: dict[str, Any]) -> None:
    """The age is counted to a later day than that of the collection."""
    if born := patient.pop("born", None):
        patient["age"] = (date(2026, 11, 22) - date.fromisoformat(born)).days // 366


def no_range(result: dict[str, Any], _: dict[str, Any]) -> None:
    """The report's own range is not looked at."""
    result.pop("range", None)


def grown_man(_: dict[str, Any], patient: dict[str, Any]) -> None:
    """Whoever is unknown is a man."""
    if not patient.get("sex"):
        patient["sex"] = "male"


def never_pregnant(_: dict[str, Any], patient: dict[str, Any]) -> None:
    """Pregnancy is not looked at."""
    patient["pregnant"] = None


def rounded(result: dict[str, Any], _: dict[str, Any]) -> None:
    """The patient's number is rounded to a whole one."""
    try:
        result["value"] = str(round(Decimal(result.get("value") or "")))
    except ArithmeticError:
        return


def any_unit(question: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """An unknown unit is passed through as the marker's own."""
    if said.get("refused") not in {"unknown-unit", "missing-unit"}:
        return said
    asked = json.loads(json.dumps(question))
    asked["results"][0]["unit"] = "ng/mL"
    return answer(asked)


def optimal_is_low(_: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Below optimal is called low."""
    return {**said, "status": "low", "hl7": ["L"]} if said.get("status") == "below-optimal" else said


def exclusive(_: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """A value on the upper limit is called high."""
    if said.get("refused") or "panel" in said or "standard" not in said:
        return said
    tops = {high for _, high in said["standard"]["limits"]}
    on_top = said["converted"]["low"] in tops and said["converted"].get("high") == said["converted"]["low"]
    return {**said, "status": "high", "hl7": ["H"]} if on_top else said


def raising(_: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What cannot be read is dropped."""
    return {} if said.get("refused") else said


def without_limits(_: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The answer says no limit that it used."""
    return {**said, "standard": {**said["standard"], "limits": []}} if "standard" in said else said


BUGS: dict[str, Judge] = {
    "law 1: below optimal is called low": after(optimal_is_low),
    "law 2: whoever is unknown is a man": altered(grown_man),
    "law 2: a pregnant woman is judged by an adult range": altered(never_pregnant),
    "law 2: age as of another day than the collection": altered(age_of_today),
    "law 2: an unknown unit is passed through": after(any_unit),
    "law 3: < is read as a number": altered(as_number),
    "law 4: the patient's number is rounded": altered(rounded),
    "law 4: a limit is off by one step": altered(one_step_up),
    "law 6: the report's own range is not looked at": altered(no_range),
    "law 7: a value on the upper limit is high": after(exclusive),
    "law 8: what cannot be read is dropped": after(raising),
    "laws 5 and 9: no limit is named": after(without_limits),
}


def differs(judge: Judge, vector: Vector) -> bool:
    """Whether software answers a vector otherwise than it expects."""
    asked = vector.input.model_dump(mode="json", exclude_none=True)
    return judge(asked) != vector.expect.model_dump(mode="json", exclude_none=True)


@pytest.mark.parametrize("bug", BUGS)
def test_the_vectors_catch_each_planted_bug(bug: str) -> None:
    """For each law a bug that real software had, and a vector that it answers wrongly."""
    single = (each for each in VECTORS if not plain(each).panel)
    caught = next((each for each in reversed([*single]) if differs(BUGS[bug], each)), None)
    assert caught is not None


def test_software_without_a_bug_differs_from_no_vector() -> None:
    """What the planted bugs are told from: unaltered software agrees with a part of every kind."""
    assert not [each.id for kind in BY_KIND.values() for each in kind[::40] if differs(answer, each)]


def asked_of(result: LabResult, patient: Patient | None = None) -> dict[str, Any]:
    """A drawn case as a question."""
    names = ("marker", "unit", "comparator", "decimal_mark")
    said = {name: getattr(result, name) for name in names}
    value = result.text if result.value is None else f"{result.value:f}"
    collected = None if result.collected is None else result.collected.isoformat()
    who = patient or Patient()
    born = None if who.born is None else who.born.isoformat()
    facts = {"sex": who.sex, "age": who.age, "born": born, "pregnant": who.pregnant}
    return {"results": [{**said, "value": value, "collected": collected, "decimal_mark": "."}], "patient": facts}


FOUND = settings(max_examples=500, database=None, derandomize=True, phases=[Phase.generate])
BY_STRATEGIES = [bug for bug in BUGS if not bug.startswith(("law 6", "law 8", "laws", "law 2: an unknown unit"))]


@pytest.mark.parametrize("bug", BY_STRATEGIES)
def test_the_strategies_catch_each_planted_bug_of_a_judged_result(bug: str) -> None:
    """A case drawn with its status finds software whose status is another, as a stranger's own test would."""

    def is_wrong(case: LabCase) -> bool:
        said = BUGS[bug](asked_of(case.result, case.patient))
        return bool(said.get("status") != case.interpretation.status)

    def is_wrong_at_a_limit(result: LabResult) -> bool:
        truth = answer(asked_of(result))
        return "status" in truth and bool(BUGS[bug](asked_of(result)).get("status") != truth["status"])

    try:
        find(limits("ferritin"), is_wrong_at_a_limit, settings=FOUND)
    except NoSuchExample:
        case = find(lab_cases(["ferritin"]), is_wrong, settings=FOUND)
        assert interpret(case.result, case.patient).status == case.interpretation.status


def test_a_strategy_asked_for_below_optimal_finds_software_that_calls_it_low() -> None:
    """The plainest use: every result of a status has that status, or the software is wrong."""
    judge = BUGS["law 1: below optimal is called low"]
    woman = Patient(sex="female", age=40, pregnant=False)
    drawn: st.SearchStrategy[LabResult] = lab_results(["ferritin"], status="below-optimal", patient=woman)
    shrunk = settings(FOUND, phases=[Phase.generate, Phase.shrink])
    found = find(drawn, lambda result: judge(asked_of(result, woman))["status"] != "below-optimal", settings=shrunk)
    assert found.value in {Decimal(20), Decimal(21)}
    assert found.unit == "ng/mL"
