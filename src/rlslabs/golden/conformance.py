"""Another implementation held to the vectors: questions go to its input, a line each, and answers come back."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rlslabs.catalog import builtin
from rlslabs.golden.about import markers_of
from rlslabs.golden.forms import AnsweredForm, FormResult
from rlslabs.golden.running import answers_of
from rlslabs.golden.vectors import Vector
from rlslabs.units import tidy

_REST = "an answer, as to others of this kind"
_NUMBERS = {"limits", "low", "high", "value"}
"""The fields whose text is a number, or is made of numbers."""

_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NUMERIC = re.compile(rf"(?:[<>]=?)?{_DECIMAL.pattern}(?:-{_DECIMAL.pattern})?")
_LONGEST = 80
_DEEPEST = 40
_TOO_DEEP = ("deeper", "than any answer")


class Difference(NamedTuple):
    """One thing in which an answer differs from the vector: where, what is expected, and what was answered."""

    vector: Vector
    path: str
    expected: object
    answered: object


class Report(NamedTuple):
    """How many vectors of each kind were asked, how many of each agree, and everything that differs.

    `not_done` counts the vectors of each kind of which the program said that it does not do it. `by_marker` is, for
    each of our markers, how many were answered, and how many of those agree; what several share counts for each.
    """

    asked: Counter[str]
    agreeing: Counter[str]
    differences: tuple[Difference, ...]
    not_done: Counter[str]
    by_marker: dict[str, tuple[int, int]]

    @property
    def conforms(self) -> bool:
        """Whether something was asked and answered, and nothing differs."""
        return self.asked.total() > self.not_done.total() and not self.differences


def conform(
    command: Sequence[str], vectors: Iterable[Vector], *, fields: Sequence[str] = (), timeout: float = 600
) -> Report:
    """Ask another implementation every vector, and compare.

    It reads lines of JSON, `{"id", "kind", "input"}`, and writes for each, in any order, `{"id", "answer"}`, where the
    answer is shaped like the `expect` of a vector. What it leaves out counts as a difference. A program that does not
    do a kind of question answers `{"not_done": kind}` to every one of that kind; to some of them alone is a difference.

    Args:
        command: The program and its arguments.
        vectors: The vectors to ask.
        fields: The fields of an answer to compare, such as `status`, else all; of a resource or message those of each
            of its results. Vectors whose answer has none of them are not asked. Whether something is refused is
            compared by whatever field; its code is the field `refused`.
        timeout: The seconds after which the program is stopped.

    Raises:
        ConformanceError: The program cannot be run, does not end, fails, or answers something that is not asked.
    """
    every = [each for each in vectors if not fields or not fields_of(each).isdisjoint(fields)]
    answers = answers_of(command, {each.id: _line(each) for each in every}, timeout)
    left = {each.id for each in every if answers.get(each.id) == {"not_done": each.kind}}
    begun = {each.kind for each in every if each.id in answers and each.id not in left}
    asked, agreeing, not_done = Counter[str](), Counter[str](), Counter[str]()
    answered_of, agreeing_of = Counter[str](), Counter[str]()
    differences: list[Difference] = []
    for each in every:
        asked[each.kind] += 1
        if each.id in left and each.kind not in begun:
            not_done[each.kind] += 1
            continue
        found = list(_compared(each, answers.get(each.id), fields))
        agreeing[each.kind] += not found
        answered_of.update(markers_of(each))
        agreeing_of.update(() if found else markers_of(each))
        differences += found
    by_marker = {name: (answered_of[name], agreeing_of[name]) for name in builtin().markers if answered_of[name]}
    return Report(asked, agreeing, tuple(differences), not_done, by_marker)


def fields_of(vector: Vector) -> set[str]:
    """The fields of an answer that can be compared by name; of a resource or message also those of its results."""
    if isinstance(vector.expect, AnsweredForm):
        return {*AnsweredForm.model_fields, *FormResult.model_fields}
    return set(vector.compare or type(vector.expect).model_fields)


def _line(vector: Vector) -> str:
    return json.dumps(vector.model_dump(mode="json", include={"id", "kind", "input"}, exclude_none=True))


def _compared(vector: Vector, answer: object, fields: Sequence[str]) -> Iterator[Difference]:
    expected = vector.expect.model_dump(mode="json", exclude_none=True)
    if not isinstance(answer, dict):
        yield Difference(vector, "", expected.get("status") or expected.get("refused") or "an answer", answer)
        return
    if "not_done" in answer:
        yield Difference(
            vector, "not_done", _REST if answer == {"not_done": vector.kind} else vector.kind, answer["not_done"]
        )
        return
    chosen = fields_of(vector).intersection(fields) if fields else set(vector.compare)
    expected, answer = _telling(expected), _telling(answer)
    if chosen:
        refusals = {*_refusals(expected), *_refusals(answer)}
        expected, answer = (_only(each, chosen, refusals) for each in (expected, answer))
    for name in sorted({*expected, *answer}):
        for path, want, found in _different(name, expected.get(name), answer.get(name)):
            yield Difference(vector, path, want, found)


class _Refused(str):
    """The refusal that stands where a status would: told as what it is, and the same as any other refusal."""

    __slots__ = ()


def _telling(said: dict[str, Any]) -> dict[str, Any]:
    """An answer, and of a resource or message each of its results, with its refusal in the place of its status."""
    return _told(said) | _in_rows(said, lambda row, _: _told(row))


def _told(said: dict[str, Any]) -> dict[str, Any]:
    code = said.get("refused")
    if isinstance(code, str) and code and _plain(said.get("status")) is None:
        return {**said, "status": _Refused(f"refused: {code}")}
    return said


def _refusals(said: dict[str, Any]) -> Iterator[str | None]:
    """Where a refusal stands: at a result of a resource or message, or, by `None`, in the place of the whole."""
    rows = said.get("results")
    for where, part in [(None, said), *(rows.items() if isinstance(rows, dict) else ())]:
        if isinstance(part, dict) and isinstance(part.get("status"), _Refused):
            yield where


def _only(said: dict[str, Any], fields: set[str], refusals: set[str | None]) -> dict[str, Any]:
    """The chosen fields of an answer, and of each result of a resource or message.

    Where one side refuses, the status is kept too, because the refusal stands there: who says nothing of a field has
    not refused, and who refuses has not answered.
    """

    def kept(part: dict[str, Any], where: str | None) -> dict[str, Any]:
        named = fields | {"status"} if where in refusals else fields
        return {name: value for name, value in part.items() if name in named}

    return kept(said, None) | ({} if "results" in fields else _in_rows(said, kept))


def _in_rows(said: dict[str, Any], change: Callable[[dict[str, Any], str], dict[str, Any]]) -> dict[str, Any]:
    """The results of a resource or message, each changed, by the name of the field; nothing where there are none."""
    rows = said.get("results")
    if not isinstance(rows, dict):
        return {}
    return {"results": {at: change(row, at) if isinstance(row, dict) else row for at, row in rows.items()}}


def _different(path: str, want: Any, found: Any) -> Iterator[tuple[str, object, object]]:  # noqa: ANN401  whatever JSON holds
    """The smallest parts that differ; what is absent, null and an empty list or object are the same."""
    if isinstance(want, dict) and isinstance(found, dict):
        for key in sorted({*want, *found}):
            yield from _different(f"{path}.{key}", want.get(key), found.get(key))
        return
    numeric = path.rpartition(".")[2] in _NUMBERS
    if _plain(want, numeric=numeric) != _plain(found, numeric=numeric):
        yield path, want, found


def _plain(said: object, depth: int = 0, *, numeric: bool = False) -> object:
    """A part as it is compared: nothing for what is empty, numbers as numbers, and apart what Python takes for one."""
    if depth > _DEEPEST:
        return _TOO_DEEP
    if isinstance(said, list):
        return [_plain(each, depth + 1, numeric=numeric) for each in said] or None
    if isinstance(said, dict):
        parts = {name: _plain(part, depth + 1, numeric=name in _NUMBERS) for name, part in said.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    if isinstance(said, bool | float):
        return type(said).__name__, said
    if isinstance(said, _Refused):
        return (_Refused.__name__,)
    return _number(said) if numeric and isinstance(said, str) else said


def _number(text: str) -> str:
    """A number, an interval or a comparator with a number, without the noughts that say nothing: `75.0` is `75`."""
    if len(text) > _LONGEST or not _NUMERIC.fullmatch(text):
        return text
    return _DECIMAL.sub(lambda found: f"{tidy(Decimal(found[0])):f}", text)
