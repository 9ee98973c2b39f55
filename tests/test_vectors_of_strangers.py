"""The vectors about people of whom something is unknown, held to the table of limits that was worked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from rlslabs.facts import Position
from rlslabs.golden import vector_file
from rlslabs.golden.question import AnsweredResult, AskedPatient, Placed
from rlslabs.golden.vectors import Vector
from tests.test_vectors import golden, here, is_meant, plain

STRANGERS = [each for each in vector_file().vectors if each.kind == "population" and each.id.count("/") == 5]
LIMITS = golden("limits.csv")
CHILDREN = ("1 d", "15 d", "5 wk", "7 wk", "2 mo", "3 mo", "6 mo", "11 mo", *map(str, range(1, 18)))
ADULTS = tuple(map(str, range(18, 130)))
FROM_TEN = {*map(str, range(10, 18)), *ADULTS}
"""Whom an answer takes for somebody who may be pregnant: from 10 years."""
ORDER: tuple[Position, ...] = ("below", "within", "above", "no-range")
Person = tuple[str, str, bool]


def everybody(patient: AskedPatient, *, strict: bool) -> Iterator[Person]:
    """Everybody whom the patient could be: a sex, an age and a pregnancy, by the second law."""
    sexes = (patient.sex,) if patient.sex else ("female", "male")
    ages = (str(patient.age),) if patient.age is not None else (*CHILDREN, *ADULTS) if strict else ADULTS
    for sex in sexes:
        for age in ages:
            may = sex == "female" and age in FROM_TEN and patient.pregnant is None and strict
            yield sex, age, patient.pregnant is True
            if may:
                yield sex, age, True


Ends = tuple[Decimal | None, Decimal | None, bool]


@cache
def ranges(chosen: str, marker: str, unit: str, sex: str, age: str) -> tuple[Ends, ...]:
    """The low and the high end, and whether the low one is left out, of every range that is meant for somebody."""

    def end(row: dict[str, str], which: str) -> Decimal | None:
        return here(row[which], row["unit"], unit, marker) if row[which] else None

    return tuple(
        (end(row, "low"), end(row, "high"), row["low_open"] == "yes")
        for row in LIMITS
        if (row["set"], row["marker"]) == (chosen, marker) and row["sex"] in {"any", sex} and is_meant(row, age)
    )


def found(vector: Vector, chosen: str, people: list[Person]) -> set[Position]:
    """Every place that a value has for one of them; an adult of no known age is of any age that has a range."""
    result = plain(vector).results[0]
    value = Decimal(result.value or "")
    places: set[Position] = set()
    for sex, age, pregnant in people:
        meant = () if pregnant else ranges(chosen, result.marker, result.unit or "", sex, age)
        if not meant:
            places.add("no-range")
        for low, high, low_open in meant:
            if low is not None and (value < low or (value == low and low_open)):
                places.add("below")
            else:
                places.add("above" if high is not None and value > high else "within")
    assumed = plain(vector).patient.age is None and not plain(vector).strict
    return places - {"no-range"} if assumed and len(places) > 1 else places


def test_whoever_is_unknown_is_judged_as_everybody_by_the_hand_worked_table() -> None:
    """What is possible is what the printed limits give for each sex, age and pregnancy that is left open."""
    open_by: dict[tuple[str, str], set[str]] = {}
    for vector in STRANGERS:
        asked, said = plain(vector), vector.expect
        assert isinstance(said, AnsweredResult)
        people = list(everybody(asked.patient, strict=asked.strict))
        positions: list[Position] = []
        sets = (asked.standard or "general", "healers-rls-protocol")
        for place, chosen in zip((said.standard, said.optimal), sets, strict=True):
            assert isinstance(place, Placed)
            wanted = found(vector, chosen, people)
            assert place.possible == tuple(each for each in ORDER if each in wanted), vector.id
            assert place.position == (next(iter(wanted)) if len(wanted) == 1 else "undecided"), vector.id
            positions.append(place.position)
        status = {"below": "low", "above": "high"}.get(positions[0], positions[0])
        if positions[0] == "within":
            status = {"below": "below-optimal", "within": "optimal", "above": "above-optimal"}.get(
                positions[1], positions[1]
            )
        assert said.status == status, vector.id
        codes = {"below": ("L",), "within": ("N",), "above": ("H",)}
        assert said.hl7 == codes.get(positions[0], ()), vector.id
        who = "strict" if asked.strict else vector.id.split("/")[4]
        open_by.setdefault((vector.id.split("/")[2], who), set()).add(positions[0])
    for marker in ("ferritin", "iron"):
        assert {"undecided", "within"} <= open_by[marker, "40"]
    for marker in ("ferritin", "iron", "tibc", "transferrin_saturation", "vitamin_b12", "vitamin_d"):
        assert "undecided" in open_by[marker, "strict"]
        assert open_by[marker, "mother"] == {"no-range"}


def test_an_answer_about_a_stranger_says_what_was_assumed() -> None:
    """That she is grown where no age is known, and not pregnant where that is unknown; strictly nothing."""
    for vector in STRANGERS:
        asked, said = plain(vector), vector.expect
        assert isinstance(said, AnsweredResult)
        patient = asked.patient
        hers = patient.sex != "male" and patient.pregnant is None
        wanted = (["adult"] if patient.age is None else []) + (["not-pregnant"] if hers else [])
        assert list(said.assumptions) == ([] if asked.strict else wanted), vector.id


def test_a_fact_that_would_settle_a_place_of_a_stranger_is_one_that_is_unknown() -> None:
    """The sex is named exactly where two people differ who are alike but for it; a decided place names nothing."""
    for vector in STRANGERS:
        asked, said = plain(vector), vector.expect
        assert isinstance(said, AnsweredResult)
        assert isinstance(said.standard, Placed)
        people = list(everybody(asked.patient, strict=asked.strict))
        alone = {person: found(vector, asked.standard or "general", [person]) for person in people}
        pairs = [(alone[who], alone["male", *who[1:]]) for who in people if ("male", *who[1:]) in alone]
        facts = set(said.standard.settled_by)
        assert ("sex" in facts) == (len(said.standard.possible) > 1 and any(one != two for one, two in pairs))
        unknown = {"sex": asked.patient.sex, "age": asked.patient.age, "pregnancy": asked.patient.pregnant}
        assert all(unknown[fact] is None for fact in facts), vector.id
        assert bool(facts) == (said.standard.position == "undecided"), vector.id
