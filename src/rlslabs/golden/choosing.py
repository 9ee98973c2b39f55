"""Which vectors a program for some sets, some markers or grown people alone is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from rlslabs.catalog import builtin
from rlslabs.errors import ConformanceError, LabsError, MarkerError, shown
from rlslabs.facts import Kind
from rlslabs.golden.about import markers_of
from rlslabs.golden.conformance import fields_of
from rlslabs.golden.forms import AnsweredForm, AskedFhir, AskedForm
from rlslabs.golden.question import AskedPatient, AskedResult, Question
from rlslabs.golden.vectors import Vector
from rlslabs.population import ADULT, age_between, age_span, read_age, read_birth, read_collected, read_sex

_BORN = re.compile(r'"birthDate": "([^"]*)"|PID\|(?:[^|\r]*\|){6}([^|\r]*)')
_SEX = re.compile(r'"gender": "([^"]*)"|PID\|(?:[^|\r]*\|){7}([^|\r]*)')
_WHEN = re.compile(
    r'"(?:effectiveDateTime|effectiveInstant|collectedDateTime|start|end)": "([0-9]{4}-[0-9]{2}-[0-9]{2})'
    r"|OBR\|(?:[^|]*\|){6}([0-9]{8})|OBX\|(?:[^|]*\|){13}([0-9]{8})"
)
_OTHERWISE = re.compile(r"female|82810-3|77386006|pregnan", re.IGNORECASE)


class Chosen(NamedTuple):
    """What a program is held to: only these kinds, markers, sets and fields, where any are given; only adults."""

    kinds: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    adults: bool = False

    @property
    def words(self) -> str:
        """What was chosen, in the words of the last line of a report; nothing where everything was asked."""
        names = (("compared", self.fields), ("markers", self.markers), ("kinds", self.kinds), ("sets", self.sets))
        said = [f"{name}: {', '.join(dict.fromkeys(each))}" for name, each in names if each]
        return "; ".join([*said, *(["adults"] if self.adults else [])])


EVERYTHING = Chosen()


def choose(vectors: Iterable[Vector], chosen: Chosen) -> list[Vector]:
    """The vectors that are asked.

    Raises:
        ConformanceError: No vector is of such a kind, no marker, set or field is called so, or nothing is left to ask.
    """
    every = list(vectors)
    _refuse_unknown("kind", chosen.kinds, {each.kind for each in every})
    _refuse_unknown("field", chosen.fields, {name for each in every for name in fields_of(each)})
    _refuse_unknown("set", chosen.sets, set(builtin().sets))
    wanted = frozenset(map(_marker, chosen.markers))
    left = [
        each
        for each in every
        if (not chosen.kinds or each.kind in chosen.kinds)
        and (not wanted or markers_of(each) <= wanted)
        and (not chosen.sets or not sets_of(each).isdisjoint(chosen.sets))
        and (not chosen.adults or is_grown(each))
        and (not chosen.fields or not fields_of(each).isdisjoint(chosen.fields))
    ]
    if not left:
        happened = "No vector is left to ask"
        raise ConformanceError(happened, "choose fewer things at once", chosen.words[:80])
    return left


def sets_of(vector: Vector) -> frozenset[str]:
    """The standard and the optimal set that a vector is judged by; a resource or message names none."""
    asked = vector.input
    sets: tuple[tuple[Kind, str | None], ...] = (("standard", None), ("optimal", None))
    if isinstance(asked, Question):
        sets = (("standard", asked.standard), ("optimal", asked.optimal))
    return frozenset(name or builtin().set(kind).id for kind, name in sets)


def is_ordinary(vector: Vector) -> bool:
    """Whether a vector is about somebody grown, by the default sets, with what is usual assumed."""
    default = {builtin().set("standard").id, builtin().set("optimal").id}
    strict = isinstance(vector.input, Question) and vector.input.strict
    return not strict and sets_of(vector) == default and is_grown(vector)


def is_grown(vector: Vector) -> bool:
    """Whether the patient is known to be 18 years or more at every collection, and not to be pregnant.

    Of a resource or message: whether everybody in it is such a man.
    """
    asked = vector.input
    if not isinstance(asked, Question):
        return _are_grown_men(asked) and not _assumes(vector.expect)
    try:
        not_pregnant = asked.patient.pregnant is False or read_sex(asked.patient.sex) == "male"
        return not_pregnant and asked.patient.pregnant is not True and all(_are_grown(asked.patient, asked.results))
    except LabsError:
        return False


def _are_grown(patient: AskedPatient, results: Sequence[AskedResult]) -> Iterator[bool]:
    age, born = read_age(patient.age), read_birth(patient.born)
    for collected in {each.collected: read_collected(each.collected) for each in results}.values():
        if born is not None and collected is not None:
            yield age_between(born, collected).start >= ADULT.start
        else:
            yield age is not None and age_span(age).start >= ADULT.start


def _are_grown_men(asked: AskedForm) -> bool:
    text = json.dumps(asked.fhir) if isinstance(asked, AskedFhir) else asked.hl7v2
    sexes, births, days = (
        {found for groups in each.findall(text) for found in ([groups] if isinstance(groups, str) else groups) if found}
        for each in (_SEX, _BORN, _WHEN)
    )
    if not sexes or not sexes <= {"male", "M"} or _OTHERWISE.search(text) or not births or not days:
        return False
    try:
        first = min(map(date.fromisoformat, days))
        return all(age_between(date.fromisoformat(each), first).start >= ADULT.start for each in births)
    except (ValueError, LabsError):
        return False


def _assumes(expected: object) -> bool:
    """Whether something is taken for granted of somebody in a resource or message, or it is not known who it is."""
    read = expected.results.values() if isinstance(expected, AnsweredForm) else ()
    return any(each.assumptions or "subject-unknown" in each.issues for each in read)


def _marker(name: str) -> str:
    try:
        return builtin().marker(name).id
    except MarkerError as error:
        raise ConformanceError(error.happened, error.mend, error.text) from error


def _refuse_unknown(what: str, given: Iterable[str], known: set[str]) -> None:
    for each in given:
        if each not in known:
            happened = f"No {what} of the vectors is called {shown(each)}"
            raise ConformanceError(happened, f"choose from: {', '.join(sorted(known))}", each[:80])
