"""Programs held to the vectors: what the report says of a wrong one, and what becomes of one that misbehaves."""

from __future__ import annotations

import copy
import io
import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rlslabs import cli
from rlslabs.catalog import builtin
from rlslabs.errors import ConformanceError
from rlslabs.golden import conform, running, telling, vector_file
from rlslabs.golden.about import markers_of
from rlslabs.golden.choosing import Chosen, choose, is_grown, is_ordinary, sets_of
from rlslabs.golden.conformance import Report
from rlslabs.golden.schema import vector_schema
from rlslabs.golden.telling import asked_words, report_lines
from rlslabs.golden.vectors import Vector

EVERY = vector_file().vectors
LIMITS = [each for each in EVERY if each.kind == "limit"]


def saying(expression: str) -> list[str]:
    """A program that answers every question with the value of an expression about `said`."""
    program = (
        "import sys, json\nfor line in sys.stdin:\n    said = json.loads(line)\n"
        f"    print(json.dumps({{'id': said['id'], 'answer': {expression}}}))"
    )
    return [sys.executable, "-c", program]


def first_of(kind: str, count: int = 1) -> list[Vector]:
    """The first vectors of a kind."""
    return [each for each in EVERY if each.kind == kind][:count]


# ---------------------------------------------------------------- what is told


def told(report: Report, most: int = 20) -> str:
    """The report as one text."""
    return "\n".join(report_lines(report, most=most))


def test_a_vector_that_differs_in_two_fields_is_told_once_with_its_question() -> None:
    """The value and the patient stand beside the id, and both fields below it."""
    vector = next(each for each in LIMITS if "/female/51/high/just-below" in each.id and "ng/mL" in each.id)
    said = told(conform(saying("{'status': 'high', 'hl7': ['H']}"), [vector], fields=["status", "hl7"]))
    assert said.count(f"{vector.id}: ferritin 327.999999999 ng/mL") == 1
    assert "; female, 51" in said
    assert '    hl7: expected ["N"], answered ["H"]' in said
    assert '    status: expected "above-optimal", answered "high"' in said


def test_what_differs_often_is_counted_by_kind_and_marker() -> None:
    """One bug that breaks hundreds of vectors is one line, before any vector stands in full."""
    comparators = [each for each in first_of("comparator", 400) if each.expect.model_dump()["status"] == "undecided"]
    lines = told(conform(saying("{'status': 'low'}"), comparators, fields=["status"]), most=1).splitlines()
    often = f'comparator/ferritin: {len(comparators)} x status: expected "undecided", answered "low"'
    assert lines[:3] == [
        f"comparator: 0 of {len(comparators)} agree",
        f"ferritin: 0 of {len(comparators)} agree",
        often,
    ]


def test_markers_are_counted_and_what_is_no_marker_of_ours_is_not() -> None:
    """The hundreds of names that must be refused are one kind, and no lines of their own in the report."""
    asked = [*first_of("refusal", 400), *first_of("rule", 5), LIMITS[0]]
    counted = conform(saying("{}"), asked).by_marker
    assert "ferritin" in counted
    assert {*counted} <= {*builtin().markers}


def test_the_ways_to_differ_that_are_not_printed_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is cut short says by how much."""
    monkeypatch.setattr(telling, "_CLASSES", 1)
    said = told(conform(saying("{'status': said['id']}"), LIMITS[:4], fields=["status"]), most=0)
    assert "and 3 more ways to differ" in said
    assert "and 4 more vectors that differ" in said


def test_an_answer_of_great_depth_is_told_in_short() -> None:
    """A report never fails over what a program answered."""
    (differing,) = conform(saying("1"), LIMITS[:1]).differences
    deep: object = []
    for _ in range(sys.getrecursionlimit() + 100):
        deep = [deep]
    asked = Counter({"limit": 1})
    report = Report(asked, Counter(), (differing._replace(answered=deep),), Counter(), {})
    assert "something of great depth" in told(report)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"results": [{"marker": "x"}]}, "x; of whom nothing is known"),
        (
            {
                "results": [{"marker": "iron", "value": "5", "comparator": "<", "unit": "ug/dL", "range": "50-150"}],
                "patient": {"sex": "female", "born": "1990-01-01", "pregnant": True, "conditions": ["dialysis"]},
                "standard": "mayo",
                "strict": True,
            },
            "iron <5 ug/dL (range 50-150); female, born 1990-01-01, pregnant, dialysis; by mayo; strict",
        ),
        (
            {"results": [{"marker": "a"}, {"marker": "b", "decimal_mark": ","}], "patient": {"pregnant": False}},
            "a, b (decimal mark ,); not pregnant",
        ),
    ],
)
def test_a_question_is_told_in_a_line(asked: dict[str, Any], words: str) -> None:
    """Everything that was asked is said; of a resource or message the beginning."""
    question = type(LIMITS[0].input).model_validate(asked, strict=False)
    assert asked_words(LIMITS[0].model_copy(update={"input": question})) == words
    assert asked_words(first_of("fhir")[0]).startswith('{"fhir": {"resourceType"')


def test_an_answer_that_stands_deep_in_itself_is_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    """However deep a list, an object or a result in a result is, the report comes to its end."""
    for deep in ("json.loads('[' * 900 + ']' * 900)", "json.loads('{\"results\":' * 400 + '1' + '}' * 400)"):
        for vector, name in ((LIMITS[0], "issues"), (first_of("fhir")[0], "results"), (first_of("rule")[0], "derived")):
            report = conform(saying(f"{{{name!r}: {deep}}}"), [vector])
            assert name in {each.path.partition(".")[0] for each in report.differences}
            assert not report.conforms
            assert told(report)
    command = ("--kind", "specimen", "--", *saying("{'issues': json.loads('[' * 900 + ']' * 900)}"))
    assert cli.main(["conformance", *command]) == 1
    assert "does not conform" in capsys.readouterr().out


def test_what_is_absent_and_what_is_empty_are_the_same_also_within_a_list() -> None:
    """A null in an object of a list says as little as one that stands alone."""
    vector = next(each for each in EVERY if each.id == "derived/tsat-from-tibc")
    ours = vector.expect.model_dump(mode="json", exclude_none=True)
    (computed,) = ours["derived"]
    empty: tuple[object, ...] = (None, [], {})
    for nothing in empty:
        assert conform(saying(repr({**ours, "derived": [{**computed, "issue": nothing}]})), [vector]).conforms
    assert not conform(saying(repr({**ours, "derived": [computed, None]})), [vector]).conforms


def test_numbers_are_compared_as_numbers_and_other_text_as_it_is_written() -> None:
    """`75.0` is `75` where the schema says a number, and in no other place."""
    ours = LIMITS[0].expect.model_dump(mode="json", exclude_none=True)
    low, high = ours["standard"]["limits"][0]
    same = {**ours["standard"], "limits": [[f"{low}.0", f"{high}.00"]]}
    assert conform(saying(repr({**ours, "standard": same})), LIMITS[:1]).conforms
    for wrong in (
        [[f"{low}.1", high]],
        [[low, None]],
        [[None, high]],
        [[high, low]],
        [[int(low), high]],
        [["x", high]],
    ):
        place = {**ours["standard"], "limits": wrong}
        (different,) = conform(saying(repr({**ours, "standard": place})), LIMITS[:1]).differences
        assert different.path == "standard.limits"
    named = {**ours["standard"], "set": "general.0"}
    assert not conform(saying(repr({**ours, "standard": named})), LIMITS[:1]).conforms


@pytest.mark.parametrize(
    ("ours", "theirs"), [("<5", "<5.0"), ("40-60", "40.0-60.00"), ("38", "38.0"), ("1220", "1220.0")]
)
def test_a_number_with_a_comparator_and_an_interval_are_compared_as_such(ours: str, theirs: str) -> None:
    """The values of a resource or message, and those that were computed."""
    vector = first_of("fhir")[0]
    said = vector.expect.model_dump(mode="json", exclude_none=True)
    (where,) = said["results"]
    row = said["results"][where]
    asked = vector.model_copy(
        update={
            "expect": type(vector.expect).model_validate({"results": {where: {**row, "value": ours}}}, strict=False)
        }
    )
    for value, agrees in ((theirs, True), (f"{theirs}1", False), (f">{theirs}", False), ("9" * 100, False)):
        answer = {**said, "results": {where: {**row, "value": value}}}
        assert conform(saying(repr(answer)), [asked]).conforms is agrees


def test_a_refusal_that_is_not_expected_is_told_in_the_place_of_the_status() -> None:
    """Also where the status alone is compared; and two refusals stand there alike."""
    refusal, judged = first_of("refusal")[0], LIMITS[0]
    (different,) = conform(saying("{'status': 'low'}"), [refusal], fields=["status"]).differences
    assert different[1:] == ("status", "refused: unknown-marker", "low")
    (different,) = conform(saying("{'refused': 'missing-unit'}"), [judged], fields=["status"]).differences
    assert different[1:] == ("status", judged.expect.model_dump()["status"], "refused: missing-unit")
    assert conform(saying("{'refused': 'missing-unit'}"), [refusal], fields=["status"]).conforms
    form = next(each for each in EVERY if each.id == "fhir/refusal/missing-unit/none")
    (where,) = form.expect.model_dump()["results"]
    answer = {"results": {where: {"status": "low"}}}
    (different,) = conform(saying(repr(answer)), [form], fields=["status"]).differences
    assert different[1:] == (f"results.{where}.status", "refused: missing-unit", "low")


REFUSAL = first_of("refusal")[0]
REFUSED_ROW = next(each for each in EVERY if each.id == "fhir/refusal/missing-unit/none")
REFUSED_WHOLE = next(each for each in EVERY if each.id == "fhir/refusal/fhir-resource/none")
FIELDS = ("status", "hl7", "issues", "assumptions", "refused")


def in_the_place_of(vector: Vector, said: dict[str, object]) -> dict[str, object]:
    """An answer that says this of each thing that is refused."""
    rows = vector.expect.model_dump().get("results")
    return {"results": dict.fromkeys(rows, said)} if rows else said


@pytest.mark.parametrize("vector", [REFUSAL, REFUSED_ROW, REFUSED_WHOLE], ids=lambda each: each.id)
@pytest.mark.parametrize("field", FIELDS)
def test_nobody_agrees_with_a_refusal_who_does_not_refuse(vector: Vector, field: str) -> None:
    """Whoever answers nothing, something empty, or a status, whatever field is compared."""
    silent: list[dict[str, object]] = [{}, {"results": {}}, {"refused": None}, {"refused": ""}, {"refused": True}]
    judged: list[dict[str, object]] = [{"status": "low"}, {"status": "low", "hl7": ["L"], "refused": "missing-unit"}]
    for said in (*silent, *judged):
        for answer in (said, in_the_place_of(vector, said)):
            report = conform(saying(repr(answer)), [vector], fields=[field])
            assert report.asked.total() == 1
            assert report.differences, answer


@pytest.mark.parametrize("vector", [REFUSAL, REFUSED_ROW, REFUSED_WHOLE], ids=lambda each: each.id)
@pytest.mark.parametrize("field", FIELDS)
def test_whoever_refuses_by_another_code_differs_in_the_code_alone(vector: Vector, field: str) -> None:
    """A refusal agrees with a refusal; which one it is, is a field like others."""
    other = in_the_place_of(vector, {"refused": "another-code", "status": None})
    differing = {each.path for each in conform(saying(repr(other)), [vector], fields=[field]).differences}
    assert {path.rpartition(".")[2] for path in differing} == ({"refused"} if field == "refused" else set())
    assert conform(saying(repr(vector.expect.model_dump(mode="json"))), [vector], fields=[field]).conforms


def test_a_refusal_in_the_place_of_an_answer_without_the_field_is_told_by_the_status() -> None:
    """A code of HL7 that is not to be given is not given by refusing the result."""
    undecided = next(each for each in EVERY if each.kind == "comparator" and not each.expect.model_dump()["hl7"])
    (different,) = conform(saying("{'refused': 'missing-unit'}"), [undecided], fields=["hl7"]).differences
    assert different[1:] == ("status", "undecided", "refused: missing-unit")
    assert conform(saying("{'status': 'low'}"), [undecided], fields=["hl7"]).conforms


def test_a_result_that_is_refused_among_others_is_compared_as_refused() -> None:
    """The others are compared by the chosen field alone, and what is no result is none."""
    answer: dict[str, object] = {"results": {**REFUSED_ROW.expect.model_dump()["results"], "more": 1}}
    (different,) = conform(saying(repr(answer)), [REFUSED_ROW], fields=["hl7"]).differences
    assert different[1:] == ("results.more", None, 1)
    (whole,) = conform(saying(repr({"results": 1})), [REFUSED_WHOLE], fields=["hl7"]).differences
    assert whole[1:] == ("status", "refused: fhir-resource", None)


def test_what_differs_of_ordinary_patients_is_told_first() -> None:
    """Whoever is grown and judged by the default sets stands before children, strangers and other sets."""
    child = next(each for each in LIMITS if each.input.patient.age == "1 d")  # type: ignore[union-attr]  # a question
    other = next(each for each in LIMITS if sets_of(each) == {"arup", "healers-rls-protocol"} and is_grown(each))
    strict = next(each for each in EVERY if each.id == "population/0/10/strict")
    usual = next(each for each in LIMITS if is_ordinary(each))
    lines = told(conform(saying("{}"), [child, other, strict, usual], fields=["status"])).splitlines()
    every = {each.id for each in (child, other, strict, usual)}
    ids = [name for line in lines if (name := line.partition(": ")[0]) in every]
    assert ids == [usual.id, child.id, other.id, strict.id]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("printed/<150/14", "standard, everybody: below 150 ng/mL; "),
        ("printed/>20/14", "standard, everybody: above 20 ng/mL; "),
        ("limit/general/ferritin/ng/mL/male/18/low/on", "standard, men from 18 years: 20-409 ng/mL; "),
        ("limit/general/iron/umol/L/male/18/low/on", "50-150 ug/dL is 8.95335303071-26.8600590921 umol/L"),
        ("limit/exeter-uk/vitamin_d/ng/mL/female/18/low/on", "above 50 nmol/L is above 20.032 ng/mL"),
    ],
)
def test_a_range_is_told_by_its_ends_and_once_where_nothing_was_converted(start: str, words: str) -> None:
    """No end looks like a minus sign, and no number stands beside itself."""
    vector = next(each for each in EVERY if each.id == start)
    assert words in told(conform(saying("{}"), [vector])).splitlines()[-2]


# ---------------------------------------------------------------- what is chosen


def test_a_run_of_some_vectors_says_what_it_compared_and_never_that_all_conforms(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Three specimens are no conformance."""
    command = ["conformance", "--kind", "specimen", "--field", "status", "--marker", "ferritin"]
    assert cli.main([*command, "--", *saying("{'status': 'below-optimal'}")]) == 0
    total = f"{len(EVERY):,}"
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"agrees on 3 of {total} vectors; compared: status; markers: ferritin; kinds: specimen"
    )
    command = ["conformance", "--kind", "specimen", "--kind", "fhir", "--adults", "--set", "general"]
    ours = "{'not_done': 'fhir'} if said['kind'] == 'fhir' else {'status': 'below-optimal'}"
    assert cli.main([*command, "--field", "status", "--", *saying(ours)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"agrees on 3 of {total} vectors; compared: status; kinds: specimen, fhir; sets: general; adults; "
        "not done: fhir"
    )


def test_a_run_of_some_vectors_that_differ_says_what_it_compared_too(capsys: pytest.CaptureFixture[str]) -> None:
    """How many of all agree, and of what: a difference in a part says nothing of the rest."""
    command = ["conformance", "--marker", "ferritin", "--set", "general", "--adults", "--kind", "limit"]
    assert cli.main([*command, "--field", "status", "--", *saying("{'status': 'optimal'}")]) == 1
    chosen = Chosen(("limit",), ("ferritin",), ("general",), ("status",), adults=True)
    asked = choose(EVERY, chosen)
    good = sum(each.expect.model_dump()["status"] == "optimal" for each in asked)
    assert 0 < good < len(asked)
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"does not conform: {len(asked) - good} vectors differ; agrees on {good} of {len(EVERY):,} vectors; "
        "compared: status; markers: ferritin; kinds: limit; sets: general; adults"
    )
    assert cli.main(["conformance", "--kind", "fhir", "--", *saying("{'not_done': 'fhir'}")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "does not conform: nothing was asked and answered; "
        f"agrees on 0 of {len(EVERY):,} vectors; kinds: fhir; not done: fhir"
    )


def test_the_page_counts_the_vectors_as_they_are_and_they_stay_few_enough() -> None:
    """What the page shows of a last line is what the command prints, and nobody needs twice as many."""
    page = (Path(__file__).parents[1] / "docs" / "conformance.md").read_text(encoding="utf-8")
    chosen = Chosen(kinds=("specimen",), markers=("ferritin",), fields=("status",))
    report = conform(saying("{'status': 'below-optimal'}"), choose(EVERY, chosen), fields=["status"])
    assert f"```text\n{[*report_lines(report, chosen=chosen, total=len(EVERY))][-1]}\n```" in page
    assert len(EVERY) < 11_500


def test_where_nothing_is_left_to_ask_the_command_is_misused(capsys: pytest.CaptureFixture[str]) -> None:
    """A report on nothing would read as success."""
    assert cli.main(["conformance", "--kind", "specimen", "--set", "arup", "--", "true"]) == 2
    assert "No vector is left to ask" in capsys.readouterr().err
    assert cli.main(["conformance", "--set", "banana", "--", "true"]) == 2
    assert "choose from: arup, auckland-nz, exeter-uk, general" in capsys.readouterr().err


def test_a_set_is_asked_about_by_its_name_and_the_default_one_where_none_is_named() -> None:
    """Every vector is of one standard set and one optimal one; of a resource or message they are the default ones."""
    for name in builtin().sets:
        asked = choose(EVERY, Chosen(sets=(name,)))
        for each in asked:
            given = each.input.model_dump()
            kind = builtin().sets[name].kind
            assert (given.get(kind) or builtin().set(kind).id) == name
    standard = [each.id for each in builtin().sets.values() if each.kind == "standard"]
    counts = {name: len(choose(EVERY, Chosen(sets=(name,)))) for name in standard}
    assert sum(counts.values()) == len(EVERY) - 1, "all but the vector of a set that is unknown"
    assert min(counts.values()) > 200


def test_adults_are_those_who_are_known_to_be_grown_and_not_pregnant() -> None:
    """By an age or by dates, in every form; and nothing had to be assumed of any of them."""
    for each in choose(EVERY, Chosen(adults=True)):
        said = each.expect.model_dump()
        every = said["results"].values() if each.kind in {"fhir", "hl7v2"} else [said]
        assert not [row for row in every if set(row.get("assumptions", ())) & {"adult", "not-pregnant"}], each.id
    chosen = {each.id for each in choose(EVERY, Chosen(adults=True))}
    grown = (
        "worked/open-age/iron/man/100",
        "worked/who/born/2006-05-31/2024-05-31",
        "fhir/person/eighteen",
        "hl7v2/person/day/of-age",
    )
    assert set(grown) <= chosen
    others = (
        *("worked/who/born/2006-06-01/2024-05-31", "fhir/person/seventeen", "hl7v2/person/day/no-day"),
        *("worked/pregnant/ferritin", "fhir/person/pregnant", "fhir/person/sex/clinical", "hl7v2/person/nobody"),
        *("worked/who/no-day/thousand", "worked/who/three-weeks", "fhir/person/year-alone"),
        *("worked/open-age/iron/weeks/100", "worked/open-age/iron/no-day/100", "hl7v2/person/day/no-day-in-range"),
        *("fhir/notice/subject-unknown/modifier", "refusal/patient-conflict/26", "refusal/unknown-sex-code/22"),
    )
    assert chosen.isdisjoint(others)
    assert set(others) <= {each.id for each in EVERY}


def test_a_program_for_one_marker_meets_the_refusals_of_that_marker_in_every_form() -> None:
    """What a resource or message names counts, also where its result is refused and names no marker."""
    ferritin = choose(EVERY, Chosen(markers=("ferritin",)))
    refused = [each for each in EVERY if each.id.startswith(("fhir/refusal/", "hl7v2/refusal/"))]
    asked = [each for each in refused if each in ferritin]
    assert len(asked) > len(refused) * 3 / 4
    left = {name for each in refused if each not in ferritin for name in markers_of(each)}
    assert left == {"ferritin", "iron", "vitamin_d", "vitamin_b12"}, "each of them is about another marker as well"
    for name, about in (
        ("fhir/refusal/code-check-digit/typo", {"ferritin"}),
        ("fhir/refusal/code-mangled/date", {"vitamin_d"}),
        ("hl7v2/refusal/another-analyte/calcitriol", {"vitamin_d"}),
        ("hl7v2/refusal/marker-conflict/name", {"ferritin", "iron"}),
        ("fhir/refusal/fhir-resource/none", set()),
        ("refusal/another-analyte/UIBC", {"tibc"}),
    ):
        assert markers_of(next(each for each in EVERY if each.id == name)) == about
    for name, marker in (("2500-1", "tibc"), ("9999-1", "9999-1"), ("Jan-62292", "Jan-62292")):
        question = type(LIMITS[0].input).model_validate({"results": [{"marker": name}]}, strict=False)
        assert markers_of(LIMITS[0].model_copy(update={"input": question})) == {marker}


# ---------------------------------------------------------------- what is not done


def test_a_kind_is_left_undone_as_a_whole_or_not_at_all() -> None:
    """A program cannot pass by declining the questions that it would get wrong."""
    declined = conform(saying("{'not_done': 'limit'} if 'just-below' in said['id'] else {}"), LIMITS[:6])
    assert not declined.not_done
    assert ("not_done", "an answer, as to others of this kind", "limit") in [each[1:] for each in declined.differences]
    whole = conform(saying("{'not_done': said['kind']}"), LIMITS[:6])
    assert (whole.not_done, whole.differences, whole.conforms) == ({"limit": 6}, (), False)


def test_a_line_that_is_lost_of_a_kind_that_is_not_done_is_one_difference() -> None:
    """The others of that kind stay what they are, not done."""
    lost = "import sys, json\nfor line in list(sys.stdin)[1:]:\n    said = json.loads(line)\n    print(json.dumps("
    program = f"{lost}{{'id': said['id'], 'answer': {{'not_done': said['kind']}}}}))"
    report = conform([sys.executable, "-c", program], LIMITS[:6])
    assert (report.not_done, [each.vector for each in report.differences]) == ({"limit": 5}, LIMITS[:1])


def test_what_is_not_done_goes_by_the_kind_of_the_question() -> None:
    """Any other word is a difference that names the right one, and no empty answer."""
    (different,) = conform(saying("{'not_done': 'other marker'}"), LIMITS[:1]).differences
    assert different[1:] == ("not_done", "limit", "other marker")


def test_three_kinds_that_are_left_out_are_named_in_a_list() -> None:
    """The last line says all that was not shown."""
    asked = [*first_of("fhir"), *first_of("hl7v2"), *first_of("rule"), LIMITS[0]]
    ours = LIMITS[0].expect.model_dump(mode="json", exclude_none=True)
    report = conform(saying(f"{ours!r} if said['kind'] == 'limit' else {{'not_done': said['kind']}}"), asked)
    assert told(report).splitlines()[-1] == "conforms, without fhir, hl7v2 and rule"


def test_a_program_for_one_marker_is_asked_about_that_marker_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """By any name of it; questions about several markers, or about none of ours, are left out."""
    command = (
        "conformance",
        "--marker",
        "B12",
        "--kind",
        "limit",
        "--kind",
        "refusal",
        "--field",
        "status",
        "--most",
        "1",
    )
    code = cli.main([*command, "--", *saying("{'status': 'low'}")])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [each for each in lines if each.startswith("vitamin_b12: ")]
    assert not [each for each in lines if each.startswith("ferritin: ")]
    assert markers_of(next(each for each in EVERY if each.id.startswith("refusal/unknown-marker"))) == {"banana"}
    code = cli.main(["conformance", "--marker", "banana", "--", "true"])
    assert (code, "[conformance]" in capsys.readouterr().err) == (2, True)


# ---------------------------------------------------------------- programs that misbehave

AFTER_READING = "import sys, time, subprocess\nlines = sys.stdin.readlines()\n"
UNRULY = {
    "writes bytes that are no UTF-8": "sys.stdout.buffer.write(b'\\xff\\xfe')",
    "There are two answers": "print('\\n'.join(['{\"id\": \"" + LIMITS[0].id + '", "answer": 1}\'] * 2))',
    "writes more than": "while True: print('x' * 100000)",
    "did not end within": "subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])",
    "is no answer": "print('[' * 100000)",
}


@pytest.mark.parametrize("words", UNRULY)
def test_a_program_that_misbehaves_is_stopped_soon(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it writes, and whatever it starts that holds its output open, the end comes in time and in words."""
    monkeypatch.setattr(running, "LARGEST", 2**20)
    begun = time.monotonic()
    with pytest.raises(ConformanceError, match=words):
        conform(
            [sys.executable, "-c", AFTER_READING + UNRULY[words]], LIMITS[:2], timeout=1.5 if "end" in words else 60
        )
    assert time.monotonic() - begun < 30


@pytest.mark.skipif(sys.platform == "win32", reason="no files with holes")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_file_of_any_size_that_is_made_at_once_is_too_much(stream: str) -> None:
    """A program that is gone before anybody looks fills no memory."""
    program = f"import os, sys; os.ftruncate(sys.{stream}.fileno(), 2**40)"
    with pytest.raises(ConformanceError, match="writes more than"):
        conform([sys.executable, "-c", program], LIMITS[:1])


@pytest.mark.parametrize(
    "answer",
    ['{"status": "low"}, "answer": {"status": "optimal"}', '{"status": "low", "status": "optimal"}', '1, "id": ID'],
)
def test_an_answer_that_says_a_name_twice_is_none(answer: str) -> None:
    """Of two statuses, two answers or two ids nobody knows which is meant."""
    name = json.dumps(LIMITS[0].id)
    line = f'{{"id": {name}, "answer": {answer.replace("ID", name)}}}'
    with pytest.raises(ConformanceError, match="a name stands twice in one object"):
        conform([sys.executable, "-c", f"print({line!r})"], LIMITS[:1])


STARTS_ANOTHER = """
import os, subprocess, sys, time
sleeping = [sys.executable, '-c', 'import time; time.sleep(60)']
child = subprocess.Popen(sleeping, start_new_session=sys.argv[2] == 'own')
open(sys.argv[1], 'w').write(str(child.pid))
time.sleep(60)
"""


def is_running(process: int) -> bool:
    """Whether a process is there and has not ended."""
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for its processes")
@pytest.mark.parametrize("group", ["same", "own"])
def test_what_a_program_started_in_its_group_is_stopped_with_it(group: str, tmp_path: Path) -> None:
    """What it started in a session of its own goes on, as is said, and holds nothing up."""
    begun = time.monotonic()
    with pytest.raises(ConformanceError, match="did not end within"):
        conform([sys.executable, "-c", STARTS_ANOTHER, str(tmp_path / "child"), group], LIMITS[:1], timeout=1)
    assert time.monotonic() - begun < 30
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    if group == "own":
        assert is_running(child)
        os.kill(child, signal.SIGKILL)
    while is_running(child):
        assert time.monotonic() - begun < 45
        time.sleep(0.05)


def test_a_program_that_fails_is_told_by_the_question_and_by_what_it_said(tmp_path: Path) -> None:
    """Of three questions it answers the first, so the second is named, with the last lines of its complaint."""
    program = tmp_path / "judge.py"
    program.write_text(
        "import sys, json\n"
        "for number, line in enumerate(sys.stdin):\n"
        "    if number: print('no answer'); sys.stdout.flush(); sys.exit('The unit is missing\\nin line 2\\n')\n"
        "    print(json.dumps({'id': json.loads(line)['id'], 'answer': {}}))\n",
        encoding="utf-8",
    )
    with pytest.raises(ConformanceError) as failed:
        conform([sys.executable, str(program)], LIMITS[:3])
    said = str(failed.value)
    assert (
        f"ended with code 1, first without an answer to {LIMITS[1].id}; it said: The unit is missing / in line 2"
        in said
    )


def test_the_first_and_the_last_lines_of_a_complaint_are_told() -> None:
    """One language says first what failed, and another last."""
    words = "Error: oops\n" + "".join(f"    at {number}\n" for number in range(40)) + "Node.js v22\n"
    with pytest.raises(ConformanceError) as failed:
        conform([sys.executable, "-c", f"import sys; sys.exit({words!r})"], LIMITS[:1])
    assert "it said: Error: oops / at 0 / at 1 / … / at 38 / at 39 / Node.js v22" in str(failed.value)


STACK = "".join(f"    at Module.load{number} (node:internal/modules/cjs/loader:{number}:19)\n" for number in range(9))
FRAMES = "".join(
    f'  File "judge.py", line {number}, in judge\n    raise ValueError("no: unit")\n' for number in range(9)
)
LOADER = "node:internal/modules/cjs/loader:1210\n  throw err;\n  ^\n\nError: Cannot find module '/home/nothere.mjs'\n"
THROWN = 'Exception in thread "main" java.lang.IllegalStateException: oops\n'
CALLS = "".join(f"\tat org.example.Judge.main(Judge.java:{number})\n" for number in range(9))


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        (
            f"{LOADER}{STACK} {{\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}}\n\nNode.js v22.1.0\n",
            "throw err; / Error: Cannot find module '/home/nothere.mjs' / … / code: 'MODULE_NOT_FOUND', / ",
        ),
        (
            f"file:///judge.mjs:3\nx\ny\nz\n\nTypeError [ERR_X]: no unit\n{STACK}\nNode.js v22.1.0\n",
            "/ … / TypeError [ERR_X]: no unit / … /",
        ),
        (f"Traceback (most recent call last):\n{FRAMES}KeyError: 'unit'\n", "/ KeyError: 'unit'"),
        (
            f"Traceback\n{FRAMES}OSError: no file\n\nDuring handling of it:\n\n{FRAMES}ValueError: no limits\n",
            "/ … / OSError: no file / … /",
        ),
        (
            f"{THROWN}{CALLS}Caused by: java.io.FileNotFoundException: markers.json\n{CALLS}\t... 3 more\n",
            "/ … / Caused by: java.io.FileNotFoundException: markers.json / … /",
        ),
        ("a\nb\nc\npanic: runtime error: index out of range\nd\ne\nf\ng\nexit status 2", "c / panic: runtime error: "),
        (
            f"a\nb\nc\nd\nSyntaxError: {'x' * 3000}end\ne\nf\ng\n",
            f"/ … / SyntaxError: {'x' * 87}…{'x' * 96}end / e / f / g",
        ),
        (f"a\n}}\n^\nb\nc\nd\ne\nf\n{STACK}", "a / b / c / … / at Module.load6"),
        ("\n ^\n", "nothing"),
    ],
    ids=["node", "node-code", "python", "python-chain", "java", "go", "long", "no-reason", "nothing"],
)
def test_the_line_that_holds_the_reason_is_told_wherever_it_stands(complaint: str, words: str) -> None:
    """Node prints its source first and a stack last, Python the reason last, Java the cause in the middle."""
    with pytest.raises(ConformanceError) as failed:
        conform([sys.executable, "-c", f"import sys; sys.stderr.write({complaint!r}); sys.exit(1)"], LIMITS[:1])
    said = str(failed.value).partition("it said: ")[2]
    assert words in said
    assert len(said) < 900


def test_a_program_that_is_ended_from_outside_is_told_so() -> None:
    """A signal is no code that the program ended with."""
    with pytest.raises(ConformanceError, match="was ended by signal 9, first without an answer to"):
        conform([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], LIMITS[:1])


def test_a_program_whose_name_cannot_be_is_refused() -> None:
    """A name that no system takes is a refusal too."""
    with pytest.raises(ConformanceError, match="cannot be run"):
        conform(["a\0b"], LIMITS[:1])


def test_a_mark_of_byte_order_is_let_be(tmp_path: Path) -> None:
    """Programs on Windows write one before their first line; a line may also hold any separator that is no line end."""
    ours = LIMITS[0].expect.model_dump(mode="json", exclude_none=True) | {"x\u2028": []}
    line = json.dumps({"id": LIMITS[0].id, "answer": ours}, ensure_ascii=False)
    (tmp_path / "said").write_text(f"\ufeff{line}\n", encoding="utf-8")
    program = "import sys; sys.stdin.read(); sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"
    assert conform([sys.executable, "-c", program, str(tmp_path / "said")], LIMITS[:1]).conforms


@pytest.mark.parametrize("wrong", [0, False, "", 0.0])
def test_nothing_is_an_empty_list_or_absent_and_no_other_empty_thing(wrong: object) -> None:
    """A number or text in place of a list differs, even an empty one."""
    ours = LIMITS[0].expect.model_dump(mode="json", exclude_none=True)
    assert ours["issues"] == []
    for name in ("issues", "refused"):
        (different,) = conform(saying(repr({**ours, name: wrong})), LIMITS[:1]).differences
        assert (different.path, different.answered) == (name, wrong)
    nothing: tuple[object, ...] = ([], None, {})
    for same in nothing:
        assert conform(saying(repr({**ours, "issues": same})), LIMITS[:1]).conforms


@pytest.mark.parametrize(
    "wrong", [("--most", "-5"), ("--most", "x"), ("--timeout", "nan"), ("--timeout", "inf"), ("--timeout", "0")]
)
def test_a_number_that_cannot_be_is_misuse(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """How many and how long are said before anything is run."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["conformance", *wrong, "--", "true"])
    assert (ended.value.code, f"argument {wrong[0]}: give " in capsys.readouterr().err) == (2, True)


def test_a_time_and_a_number_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Seconds may have decimals, and nothing of what differs may be printed."""
    command = ["conformance", "--kind", "specimen", "--timeout", "59.5", "--most", "0"]
    assert cli.main([*command, "--", *saying("1")]) == 1
    assert "and 3 more vectors that differ" in capsys.readouterr().out


# ---------------------------------------------------------------- our own side


NO_QUESTIONS = (
    *("x", "[]", "{}", '{"id": "1"}', '{"id": "1", "input": 3}', '{"id": "1", "input": {"fhir": 3}}', "[" * 100_000),
    *('{"id": "1", "input": {"results": []}}', '{"id": "1", "input": {"hl7v2": "MSH\\ud800"}}'),
    *('{"id": "1", "input": {"results": [{"marker": "iron", "value": 3}]}}',),
    *('{"id": "1", "input": {"results": [], "panel": true, "standard": "banana"}}',),
)


def test_a_line_that_is_no_question_ends_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told by its line and its id, and the question after them is answered."""
    asked = {"results": [{"marker": "iron", "value": "30", "unit": "ug/dL"}]}
    last = json.dumps({"id": "last", "input": asked})
    written = "\n".join([*NO_QUESTIONS, last]).encode() + b'\n{"id": "\xff"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written), encoding="ascii"))
    assert cli.main(["answer"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [f"line {number}" in each["problem"] for number, each in enumerate(said[:-2], 1)] == [True] * len(
        NO_QUESTIONS
    )
    assert {each["id"] for each in said[:-2]} == {None, "1"}
    assert said[-2]["answer"]["status"] == "low"
    assert "problem" in said[-1]


# ---------------------------------------------------------------- the schema


def parts(schema: object) -> list[dict[str, Any]]:
    """Every object in a schema."""
    if isinstance(schema, list):
        return [part for each in schema for part in parts(each)]
    return [schema, *(part for each in schema.values() for part in parts(each))] if isinstance(schema, dict) else []


def test_the_schema_names_its_draft_and_writes_no_default() -> None:
    """Some validators write defaults into what they read; so there are none."""
    assert vector_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not [each for each in parts(vector_schema()) if "default" in each]


def test_the_schema_holds_each_kind_to_its_own_answer() -> None:
    """A misspelt kind, the answer of another kind and half an answer are told from the real vectors."""
    validator = pytest.importorskip("jsonschema").Draft202012Validator(vector_schema())
    file = json.loads(
        vector_file()
        .model_copy(
            update={"vectors": tuple(first_of("limit") + first_of("fhir") + first_of("rule") + first_of("refusal"))}
        )
        .model_dump_json(exclude_none=True)
    )
    assert validator.is_valid(file)
    for number, wrong in (
        (0, {"kind": "zzz"}),
        (0, {"expect": {"results": {}}}),
        (0, {"expect": {"status": "low"}}),
        (0, {"expect": {}}),
        (1, {"expect": {"refused": "wrong-type"}}),
        (2, {"kind": "hl7v2"}),
        (3, {"expect": {**file["vectors"][0]["expect"], "refused": "x"}}),
    ):
        altered = copy.deepcopy(file)
        altered["vectors"][number] |= wrong
        assert not validator.is_valid(altered), wrong


@pytest.mark.parametrize(
    ("kind", "way", "wrong"),
    [
        ("limit", ("id",), ""),
        ("limit", ("compare",), ["banana"]),
        ("limit", ("input", "results"), []),
        ("limit", ("expect", "standard", "possible"), []),
        ("limit", ("expect", "standard", "limits"), [["twenty", "409"]]),
        ("limit", ("expect", "standard", "limits"), [["-20", "409"]]),
        ("limit", ("expect", "converted", "low"), "1e2"),
        ("limit", ("expect", "issues"), ["Not a code"]),
        ("limit", ("expect", "hl7"), ["L", "N", "H"]),
        ("refusal", ("expect", "refused"), ""),
        ("rule", ("expect", "lines"), ["normal"]),
        ("rule", ("expect", "rules"), {"aasm-2025/adult-iron": "perhaps"}),
        ("fhir", ("expect", "results", "x"), {}),
        ("fhir", ("expect", "results", "x"), {"refused": "missing-unit", "marker": "ferritin"}),
        ("hl7v2", ("input", "hl7v2"), ""),
    ],
)
def test_the_schema_refuses_what_no_vector_can_say(kind: str, way: tuple[str, ...], wrong: object) -> None:
    """A number is digits, a code is a code, one result is one, and a form's result is refused or read."""
    validator = pytest.importorskip("jsonschema").Draft202012Validator(vector_schema())
    vector = json.loads(first_of(kind)[0].model_dump_json(exclude_none=True))
    file = {"format": "rlslabs-vectors/1", "package": "1", "vectors": [vector]}
    assert validator.is_valid(file)
    part = vector
    for name in way[:-1]:
        part = part[name]
    part[way[-1]] = wrong
    assert not validator.is_valid(file)


def test_the_schema_takes_one_result_where_no_panel_is_asked_about() -> None:
    """Two results of a question that is no panel have one answer between them."""
    validator = pytest.importorskip("jsonschema").Draft202012Validator(vector_schema())
    vector = json.loads(LIMITS[0].model_dump_json(exclude_none=True))
    vector["input"]["results"] *= 2
    assert not validator.is_valid({"format": "rlslabs-vectors/1", "package": "1", "vectors": [vector]})
