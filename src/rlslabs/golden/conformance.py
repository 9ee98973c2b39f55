"""Another implementation held to the vectors: questions go to its input, a line each, and answers come back."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rlslabs.errors import ConformanceError, shown
from rlslabs.golden.forms import AnsweredForm, FormResult, form_of
from rlslabs.golden.question import Question
from rlslabs.golden.vectors import Vector

_LONG = 120


class Difference(NamedTuple):
    """One thing in which an answer differs from the vector: where, what is expected, and what was answered."""

    vector: Vector
    path: str
    expected: object
    answered: object


class Report(NamedTuple):
    """How many vectors of each kind were asked, how many of each agree, and everything that differs.

    `not_done` counts those in a form, FHIR or HL7 v2, of which the program said that it does not read it.
    """

    asked: Counter[str]
    agreeing: Counter[str]
    differences: tuple[Difference, ...]
    not_done: Counter[str]

    @property
    def conforms(self) -> bool:
        """Whether something was asked and answered, and nothing differs."""
        return self.asked.total() > self.not_done.total() and not self.differences


def conform(
    command: Sequence[str], vectors: Iterable[Vector], *, fields: Sequence[str] = (), timeout: float = 600
) -> Report:
    """Ask another implementation every vector, and compare.

    It reads lines of JSON, `{"id", "kind", "input"}`, and writes for each, in any order, `{"id", "answer"}`, where the
    answer is shaped like the `expect` of a vector. What it leaves out counts as a difference.

    Args:
        command: The program and its arguments.
        vectors: The vectors to ask.
        fields: The fields of an answer to compare, such as `status`, else all; of a resource or message those of each
            of its results. Vectors whose answer has none of them are not asked.
        timeout: The seconds after which the program is stopped.

    Raises:
        ConformanceError: The program cannot be run, does not end, fails, or answers something that is not asked.
    """
    every = [each for each in vectors if not fields or not fields_of(each).isdisjoint(fields)]
    answers = _answers(command, every, timeout)
    asked, agreeing, not_done = Counter[str](), Counter[str](), Counter[str]()
    differences: list[Difference] = []
    for each in every:
        asked[each.kind] += 1
        if _is_not_done(each, answers.get(each.id)):
            not_done[each.kind] += 1
            continue
        found = list(_compared(each, answers.get(each.id), fields))
        agreeing[each.kind] += not found
        differences += found
    return Report(asked, agreeing, tuple(differences), not_done)


def fields_of(vector: Vector) -> set[str]:
    """The fields of an answer that can be compared by name; of a resource or message also those of its results."""
    if isinstance(vector.expect, AnsweredForm):
        return {*AnsweredForm.model_fields, *FormResult.model_fields}
    return set(vector.compare or type(vector.expect).model_fields)


def _is_not_done(vector: Vector, answer: object) -> bool:
    return not isinstance(vector.input, Question) and answer == {"not_done": form_of(vector.input)}


def _answers(command: Sequence[str], vectors: list[Vector], timeout: float) -> dict[str, object]:
    lines = [
        json.dumps(each.model_dump(mode="json", include={"id", "kind", "input"}, exclude_none=True)) for each in vectors
    ]
    try:
        done = subprocess.run(  # noqa: S603  the command is what the caller wants run
            [*command],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        happened = f"{shown(command[0])} cannot be run: {error.strerror}"
        raise ConformanceError(happened, "give a program after --", command[0][:80]) from error
    except subprocess.TimeoutExpired as error:
        happened = f"{shown(command[0])} did not end within {timeout:g} seconds"
        raise ConformanceError(happened, "let it read to the end of its input", command[0][:80]) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        happened = f"{shown(command[0])} ended with code {done.returncode}: {shown(last)}"
        raise ConformanceError(happened, "let it answer every line and end with 0", command[0][:80])
    known = {each.id for each in vectors}
    return dict(_read(line, known) for line in done.stdout.splitlines() if line.strip())


def _read(line: str, known: set[str]) -> tuple[str, object]:
    try:
        said = json.loads(line)
        name, answer = said["id"], said["answer"]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        happened = f"The line {shown(line)} is no answer"
        raise ConformanceError(happened, 'write {"id": ..., "answer": ...}, one to a line', line[:80]) from error
    if not isinstance(name, str) or name not in known:
        happened = f"An answer to {shown(name)} was not asked for"
        raise ConformanceError(happened, "answer with the id of the question", str(name)[:80])
    return name, answer


def _compared(vector: Vector, answer: object, fields: Sequence[str]) -> Iterator[Difference]:
    expected = vector.expect.model_dump(mode="json", exclude_none=True)
    if not isinstance(answer, dict):
        yield Difference(vector, "", expected.get("status") or expected.get("refused") or "an answer", answer)
        return
    chosen = fields_of(vector).intersection(fields) if fields else set(vector.compare)
    if chosen:
        expected, answer = _only(expected, chosen), _only(answer, chosen)
    for name in sorted({*expected, *answer}):
        for path, want, found in _different(name, expected.get(name), answer.get(name)):
            yield Difference(vector, path, want, found)


def _only(said: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    """The chosen fields of an answer, and of each result of a resource or message."""
    kept = {name: value for name, value in said.items() if name in fields}
    rows = said.get("results")
    if "results" not in kept and isinstance(rows, dict):
        kept["results"] = {where: _only(row, fields) if isinstance(row, dict) else row for where, row in rows.items()}
    return kept


def _different(path: str, want: Any, found: Any) -> Iterator[tuple[str, object, object]]:  # noqa: ANN401  whatever JSON holds
    """The smallest parts that differ; what is absent and what is null are the same."""
    if isinstance(want, dict) and isinstance(found, dict):
        for key in sorted({*want, *found}):
            yield from _different(f"{path}.{key}", want.get(key), found.get(key))
    elif (want or None) != (found or None) or isinstance(want, bool) != isinstance(found, bool):
        yield path, want, found


def report_lines(report: Report, *, most: int = 20) -> Iterator[str]:
    """The report in words: each kind, and apart what was not done; then what differs, at most `most` of it."""
    for kind, count in sorted(report.asked.items()):
        left = report.not_done[kind]
        if count > left:
            yield f"{kind}: {report.agreeing[kind]} of {count - left} agree"
        if left:
            yield f"{kind}: {left} not done"
    for vector, path, expected, answered in report.differences[:most]:
        yield f"{vector.id}: {path or 'no answer'}: expected {_json(expected)}, answered {_json(answered)}"
        yield f"    {vector.why}; {_derived(vector)}"
    if len(report.differences) > most:
        yield f"and {len(report.differences) - most} more differences"
    if report.conforms:
        yield f"conforms, without {' and '.join(sorted(report.not_done))}" if report.not_done else "conforms"
    elif report.differences:
        yield f"does not conform: {len(report.differences)} differences"
    else:
        yield "does not conform: nothing was asked and answered"


def _derived(vector: Vector) -> str:
    steps = [f"{each.what}: {each.printed} is {each.compared}" for each in vector.derivation if each.compared]
    return "; ".join(steps[:2]) or "nothing was compared"


def _json(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
