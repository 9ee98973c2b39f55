"""What a conformance report says in lines: what agrees, what differs and how often, and each difference in full."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from rlslabs.golden.about import markers_of
from rlslabs.golden.choosing import EVERYTHING, Chosen, is_ordinary
from rlslabs.golden.conformance import Difference, Report
from rlslabs.golden.forms import AnsweredForm
from rlslabs.golden.question import AskedPatient, AskedResult, Question
from rlslabs.golden.vectors import Vector

_LONG = 120
_CLASSES = 12


def report_lines(
    report: Report, *, most: int = 20, chosen: Chosen = EVERYTHING, total: int | None = None
) -> Iterator[str]:
    """The report in words: each kind and marker, what differs most often, then at most `most` vectors that differ.

    Those of ordinary patients come first. The last line says what was compared, where that was `chosen` from a `total`.
    """
    for kind, count in sorted(report.asked.items()):
        left = report.not_done[kind]
        if count > left:
            yield f"{kind}: {report.agreeing[kind]} of {count - left} agree"
        if left:
            yield f"{kind}: {left} not done"
    differing = [(vector, [*found]) for vector, found in groupby(report.differences, lambda each: each.vector)]
    differing.sort(key=lambda each: not is_ordinary(each[0]))
    if differing:
        yield from (f"{name}: {good} of {count} agree" for name, (count, good) in report.by_marker.items())
        yield from _often(report.differences)
    for vector, found in differing[:most]:
        yield f"{vector.id}: {asked_words(vector)}"
        for _, path, expected, answered in found:
            yield f"    {path or 'no answer'}: expected {_json(expected)}, answered {_json(answered)}"
        yield f"    {vector.why}; {_derived(vector)}"
    if len(differing) > most:
        yield f"and {len(differing) - most} more vectors that differ"
    verdict = _verdict(report, chosen.words, total or report.asked.total())
    if report.conforms:
        yield verdict
    else:
        what = f"{len(differing)} vectors differ" if differing else "nothing was asked and answered"
        yield f"does not conform: {what}{f'; {verdict}' if chosen.words else ''}"


def _verdict(report: Report, chosen: str, total: int) -> str:
    """What was shown, and no more: `conforms` alone is said where everything was asked and answered."""
    *others, last = sorted(report.not_done) or [""]
    without = f"{', '.join(others)} and {last}" if others else last
    if not chosen:
        return f"conforms, without {without}" if last else "conforms"
    said = f"agrees on {report.agreeing.total():,} of {total:,} vectors; {chosen}"
    return f"{said}; not done: {without}" if last else said


def _often(differences: tuple[Difference, ...]) -> Iterator[str]:
    """How often the same thing was answered in place of the same other, of the same kind and markers."""
    classes = Counter(map(_class, differences))
    for (where, path, expected, answered), count in classes.most_common(_CLASSES):
        yield f"{where}: {count} x {path or 'no answer'}: expected {expected}, answered {answered}"
    if len(classes) > _CLASSES:
        yield f"and {len(classes) - _CLASSES} more ways to differ"


def _class(different: Difference) -> tuple[str, str, str, str]:
    vector, path, expected, answered = different
    place = path.rpartition(".")[2] if isinstance(vector.expect, AnsweredForm) else path
    where = "/".join([vector.kind, *sorted(markers_of(vector))])
    return where, place, _json(expected), _json(answered)


def asked_words(vector: Vector) -> str:
    """A question in a line: the results, of whom, and by which sets; of a resource or message its beginning."""
    asked = vector.input
    if not isinstance(asked, Question):
        return _json(asked.model_dump(mode="json"))
    sets = [f"by {each}" for each in (asked.standard, asked.optimal) if each is not None]
    results = ", ".join(map(_result_words, asked.results))
    return "; ".join([results, _patient_words(asked.patient), *sets, *(["strict"] if asked.strict else [])])


def _result_words(result: AskedResult) -> str:
    said = [result.marker, f"{result.comparator or ''}{result.value or ''}", result.unit]
    rest = result.model_dump(exclude={"marker", "value", "comparator", "unit"}, exclude_none=True)
    return " ".join([*filter(None, said), *(f"({name.replace('_', ' ')} {each})" for name, each in rest.items())])


def _patient_words(patient: AskedPatient) -> str:
    age = None if patient.age is None else str(patient.age)
    born = None if patient.born is None else f"born {patient.born}"
    pregnant = {None: None, True: "pregnant", False: "not pregnant"}[patient.pregnant]
    said = (patient.sex, age, born, pregnant, *patient.conditions)
    return ", ".join(filter(None, said)) or "of whom nothing is known"


def _derived(vector: Vector) -> str:
    steps = [
        f"{each.what}: {each.printed}" + ("" if each.printed == each.compared else f" is {each.compared}")
        for each in vector.derivation
        if each.compared
    ]
    return "; ".join(steps[:2]) or "nothing was compared"


def _json(value: object) -> str:
    try:
        text = json.dumps(value)
    except RecursionError:
        text = "something of great depth"
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
