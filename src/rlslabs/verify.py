"""An answer checked: every statement recomputed from the numbers that it carries, then judged again by the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from pydantic import BaseModel

from rlslabs.answers import Panel, PanelLine
from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.errors import DoesNotHoldError, LabsError, WrongTypeError, shown
from rlslabs.evaluate import Evidence, in_words, passes
from rlslabs.facts import Bound
from rlslabs.interpretation import Answer, Interpretation
from rlslabs.limits import Cut, cut
from rlslabs.model import Hl7Code, Limit, Place, hl7_of, only, status_of
from rlslabs.panel import interpret_panel
from rlslabs.panels import JudgedSheet
from rlslabs.places import distance_to
from rlslabs.reported import LabResult
from rlslabs.units import convert_limit, factor, scale
from rlslabs.wording import shown_value


class Statement(NamedTuple):
    """One thing that an answer says: its place in the answer, what is said, and what the recomputation gives."""

    path: str
    said: object
    found: object


def verify(answer: Interpretation | Answer | Panel | JudgedSheet, *, catalog: Catalog | None = None) -> None:
    """Recompute every statement of an answer; return nothing where all of them hold.

    First each conversion, position, distance, status and test is recomputed from the numbers that the answer itself
    carries; then the result is judged again by the catalog, and every field compared. An answer that was changed
    anywhere, or that rests on limits or sources which the catalog does not hold, does not pass. An answer from a birth
    date without a collection date holds as long as the patient cannot have come of another age.

    Args:
        answer: What `interpret`, `interpret_panel` or `--json` gave.
        catalog: The catalog that it was judged by, else our own.

    Raises:
        DoesNotHoldError: At the first statement that does not hold; `statement` is its path, such as
            `standard.limits[0].low`.
        LabsError: It is no answer.

    >>> from rlslabs import interpret
    >>> verify(interpret("ferritin", 38, "ng/mL", sex="female", age=52))
    """
    catalog = builtin() if catalog is None else catalog
    for statement in _statements(answer, catalog):
        if not _same(statement.said, statement.found):
            path, said, found = _where(*statement)
            happened = f"The answer does not hold at {path}: it says {shown(said)}, and it is {shown(found)}"
            raise DoesNotHoldError(happened, "judge the result again", str(said)[:80], path)


def _statements(answer: object, catalog: Catalog) -> Iterator[Statement]:
    if isinstance(answer, Interpretation):
        yield from _judgement(answer, "", catalog)
        yield _again(answer, catalog)
    elif isinstance(answer, Answer):
        yield from _statements(answer.interpretation, catalog)
        yield Statement("clinician", answer.clinician, answer.interpretation.explain("clinician"))
        yield Statement("patient", answer.patient, answer.interpretation.explain("patient"))
    elif isinstance(answer, Panel):
        yield from _panel(answer, catalog)
    elif isinstance(answer, JudgedSheet):
        yield from _sheet(answer, catalog)
    else:
        happened = f"A {type(answer).__name__} is no answer"
        raise WrongTypeError(happened, "give what interpret, interpret_panel or --json gave", shown(answer))


def _judgement(it: Interpretation, at: str, catalog: Catalog) -> Iterator[Statement]:
    """What follows from the numbers of the answer alone."""
    for place in it.places:
        path = f"{at}{'beyond' if place is it.beyond else place.kind}"
        known = place.set == "report" or place.set in catalog.sets
        yield Statement(f"{path}.set", place.set, place.set if known else None)
        for index, limit in enumerate(place.limits):
            yield from _limit(limit, f"{path}.limits[{index}]")
        yield from _place(place, it, path)
    yield Statement(f"{at}status", it.status, status_of(it.standard.position, it.optimal.position))
    yield Statement(f"{at}hl7", it.hl7, _hl7(it))


def _hl7(it: Interpretation) -> tuple[Hl7Code, ...]:
    return hl7_of(it.standard.position, it.reading.comparator, open_sided=it.open_sided)


def _limit(limit: Limit, path: str) -> Iterator[Statement]:
    """The conversion of a range: each of its bounds in the reported unit, by the molar mass where one is needed."""
    try:
        crossed = scale(limit.range.unit).kind != scale(limit.unit).kind
        by = factor(limit.range.unit, limit.unit, limit.molar_mass.value if limit.molar_mass else None)
    except ValueError:
        yield Statement(f"{path}.range.unit", limit.range.unit, f"a unit that converts into {limit.unit}")
    else:
        yield Statement(f"{path}.molar_mass", limit.molar_mass is not None, crossed)
        pairs: tuple[tuple[str, object, Bound | None], ...] = (
            ("low", limit.low, limit.range.low),
            ("high", limit.high, limit.range.high),
        )
        for name, said, bound in pairs:
            yield Statement(f"{path}.{name}", said, None if bound is None else convert_limit(bound.value, by))


def _place(place: Place, it: Interpretation, path: str) -> Iterator[Statement]:
    """The positions that the limits leave possible, the one position, and the distance."""
    cuts = [cut(limit) for limit in place.limits]
    found = {position for each in cuts for position in each.positions(it.reading)}
    yield Statement(f"{path}.possible", set(place.possible) - {"no-range"}, found)
    yield Statement(f"{path}.position", place.position, only(place.possible))
    far, nearest = distance_to(place.position, cuts, it.reading)
    yield Statement(f"{path}.distance", place.distance, far)
    yield Statement(f"{path}.nearest", place.nearest, nearest)


def _again(it: Interpretation, catalog: Catalog) -> Statement:
    """The same result judged again; whether anything was assumed, and by which set, tells how it was asked for.

    Of a printed range that holds the result the answer does not say beside which set that was asked; any may have been.
    """
    named = it.beyond or it.standard
    every = [each.id for each in catalog.sets.values() if each.kind == "standard"]
    standards = [None, *every] if named.set == "report" else [named.set]
    told = partial(classify, it.result, it.patient, catalog=catalog, optimal=it.optimal.set)
    try:
        again = [told(standard=standard, strict=strict) for standard in standards for strict in (False, True)]
    except LabsError as error:
        return Statement("result", it.result, error)
    return Statement("", it, min(again, key=lambda each: len(_differing(it, each))))


def _sheet(sheet: JudgedSheet, catalog: Catalog) -> Iterator[Statement]:
    """Every panel of a file, and that its lines say what the panels say."""
    lines = {line.line: line for line in sheet.lines}
    for index, each in enumerate(sheet.panels):
        for statement in _panel(each.panel, catalog):
            yield statement._replace(path=f"panels[{index}].panel.{statement.path}")
        yield Statement(f"panels[{index}].lines", len(each.lines), len(each.panel.lines))
        for number, line in zip(each.lines, each.panel.lines, strict=False):
            said = lines.get(number)
            parts = (said.interpretation, said.context, said.issue) if said else None
            yield Statement(f"lines of {number}", parts, (line.interpretation, line.context, line.issue))
            if said is not None and said.answer is not None:
                for statement in _statements(said.answer, catalog):
                    yield statement._replace(path=f"line {number}: {statement.path}")


def _panel(panel: Panel, catalog: Catalog) -> Iterator[Statement]:
    for index, line in enumerate(panel.lines):
        if line.interpretation is not None:
            yield from _judgement(line.interpretation, f"lines[{index}].interpretation.", catalog)
    for index, derived in enumerate(panel.derived):
        if derived.interpretation is not None:
            yield from _judgement(derived.interpretation, f"derived[{index}].interpretation.", catalog)
    for index, finding in enumerate(panel.findings):
        yield from _evidence(finding.rests_on, f"findings[{index}].rests_on")
    for index, criterion in enumerate(panel.criteria):
        yield from _evidence(criterion.rests_on, f"criteria[{index}].rests_on")
    for index, trend in enumerate(panel.trends):
        known = trend.marker if trend.marker in catalog.markers else None
        yield Statement(f"trends[{index}].marker", trend.marker, known)
    yield from _read_again(panel, catalog)


def _read_again(panel: Panel, catalog: Catalog) -> Iterator[Statement]:
    """Every field of a panel that is read again from its own results."""
    results: list[Any] = [line.result if _was_result(line) else object() for line in panel.lines]
    try:
        again = interpret_panel(
            results,
            panel.patient,
            standard=panel.asked.standard,
            optimal=panel.asked.optimal,
            strict=panel.asked.strict,
            estimate_tibc=panel.asked.estimate_tibc,
            nearest=panel.asked.nearest,
            rcv=dict(panel.asked.rcv),
            catalog=catalog,
        )
    except LabsError as error:
        yield Statement("asked", panel.asked, error)
    else:
        pairs = zip(panel.lines, again.lines, strict=True)
        lines = tuple(line if _was_result(said) else said for said, line in pairs)
        yield Statement("asked.results", panel.asked.results, len(panel.lines))
        yield Statement("lines", panel.lines, lines)
        for name in Panel.model_fields:
            if name != "lines":
                yield Statement(name, getattr(panel, name), getattr(again, name))


_NO_RESULT = re.compile(r"A result of the panel is a \w+; give LabResult objects")


def _was_result(line: PanelLine) -> bool:
    """Whether a result stood there; of what was none, only its words and the type that it had are left."""
    issue = line.issue
    return issue is None or not (
        issue.code == "wrong-type"
        and _NO_RESULT.fullmatch(issue.message)
        and line.result == LabResult(marker=issue.text)
        and (line.interpretation, line.context, line.remarks) == (None, None, ())
    )


def _evidence(tests: Iterable[Evidence], path: str) -> Iterator[Statement]:
    """Each test of a rule: whether it holds for the reading that it shows, and the words for it."""
    for index, each in enumerate(tests):
        limits = Cut(each.low, each.high, each.low_out, each.high_out)
        holds = None if each.doubt else passes(each.reading, limits, each.standard, each.position)
        yield Statement(f"{path}[{index}].holds", each.holds, holds)
        yield Statement(f"{path}[{index}].comparison", each.comparison, in_words(each.reading, limits, each.position))
        value = (each.value, each.unit)
        yield Statement(
            f"{path}[{index}].value", value, (shown_value(each.reading, each.low, each.high), each.reading.unit)
        )


def _same(said: object, found: object) -> bool:
    """Whether two things are equal, and written the same: an instant in another zone is another day on paper."""
    if isinstance(said, BaseModel):
        return type(said) is type(found) and not _differing(said, found)
    if isinstance(said, tuple) and isinstance(found, tuple):
        return len(said) == len(found) and all(map(_same, said, found))
    return said == found and (not isinstance(said, date) or str(said) == str(found))


def _where(path: str, said: object, found: object) -> Statement:
    """The innermost place at which two things differ."""
    for name in _differing(said, found)[:1]:
        one, other = getattr(said, name), getattr(found, name)
        return _where(f"{path}.{name}".lstrip("."), one, other)
    if isinstance(said, tuple) and isinstance(found, tuple) and len(said) == len(found):
        index = next(index for index, pair in enumerate(zip(said, found, strict=True)) if not _same(*pair))
        return _where(f"{path}[{index}]", said[index], found[index])
    return Statement(path, said, found)


def _differing(said: object, found: object) -> list[str]:
    """The fields in which two models of one kind differ."""
    if not isinstance(said, BaseModel) or type(said) is not type(found):
        return []
    return [name for name in type(said).model_fields if not _same(getattr(said, name), getattr(found, name))]
