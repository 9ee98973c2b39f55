"""An answer checked: every statement recomputed from the numbers that it carries, then judged again by the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import BaseModel

from rlslabs.answers import Panel
from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.errors import DoesNotHoldError, LabsError, WrongTypeError, shown
from rlslabs.evaluate import Evidence, in_words, passes
from rlslabs.facts import Bound
from rlslabs.interpretation import Answer, Interpretation
from rlslabs.limits import Cut, cut
from rlslabs.model import Limit, Place, hl7_of, only, status_of
from rlslabs.panel import interpret_panel
from rlslabs.places import distance_to
from rlslabs.units import convert_limit, factor, scale
from rlslabs.wording import shown_value


class Statement(NamedTuple):
    """One thing that an answer says: its place in the answer, what is said, and what the recomputation gives."""

    path: str
    said: object
    found: object


def verify(answer: Interpretation | Answer | Panel, *, catalog: Catalog | None = None) -> None:
    """Recompute every statement of an answer; return nothing where all of them hold.

    First each conversion, position, distance, status and test is recomputed from the numbers that the answer itself
    carries; then the result is judged again by the catalog, and every field compared. An answer that was changed
    anywhere, or that rests on limits or sources which the catalog does not hold, does not pass.

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
        if statement.said != statement.found:
            path, said, found = _where(*statement)
            happened = f"The answer does not hold at {path}: it says {shown(said)}, and it is {shown(found)}"
            raise DoesNotHoldError(happened, "judge the result again", str(said)[:80], path)


def _statements(answer: object, catalog: Catalog) -> Iterator[Statement]:
    if isinstance(answer, Interpretation):
        yield from _judgement(answer, "")
        yield _again(answer, catalog)
    elif isinstance(answer, Answer):
        yield from _statements(answer.interpretation, catalog)
        yield Statement("clinician", answer.clinician, answer.interpretation.explain("clinician"))
        yield Statement("patient", answer.patient, answer.interpretation.explain("patient"))
    elif isinstance(answer, Panel):
        yield from _panel(answer, catalog)
    else:
        happened = f"A {type(answer).__name__} is no answer"
        raise WrongTypeError(happened, "give an Interpretation, an Answer or a Panel", shown(answer))


def _judgement(it: Interpretation, at: str) -> Iterator[Statement]:
    """What follows from the numbers of the answer alone."""
    for place in (it.standard, it.optimal):
        path = f"{at}{place.kind}"
        for index, limit in enumerate(place.limits):
            yield from _limit(limit, f"{path}.limits[{index}]")
        yield from _place(place, it, path)
    yield Statement(f"{at}status", it.status, status_of(it.standard.position, it.optimal.position))
    yield Statement(f"{at}hl7", it.hl7, hl7_of(it.standard.position, it.reading.comparator))


def _limit(limit: Limit, path: str) -> Iterator[Statement]:
    """The conversion of a range: each of its bounds in the reported unit, by the molar mass where one is needed."""
    crossed = scale(limit.range.unit).kind != scale(limit.unit).kind
    yield Statement(f"{path}.molar_mass", limit.molar_mass is not None, crossed)
    by = factor(limit.range.unit, limit.unit, limit.molar_mass.value if limit.molar_mass else None)
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
    """The same result judged again; what was assumed tells whether that was allowed."""
    standard = None if it.standard.set == "report" else it.standard.set
    again: list[Interpretation] = []
    for strict in (False, True):
        try:
            sets = {"standard": standard, "optimal": it.optimal.set}
            again.append(classify(it.result, it.patient, catalog=catalog, strict=strict, **sets))
        except LabsError as error:
            return Statement("result", it.result, error)
    return Statement("", it, it if it in again else again[0])


def _panel(panel: Panel, catalog: Catalog) -> Iterator[Statement]:
    for index, line in enumerate(panel.lines):
        if line.interpretation is not None:
            yield from _judgement(line.interpretation, f"lines[{index}].interpretation.")
    for index, derived in enumerate(panel.derived):
        if derived.interpretation is not None:
            yield from _judgement(derived.interpretation, f"derived[{index}].interpretation.")
    for index, finding in enumerate(panel.findings):
        yield from _evidence(finding.rests_on, f"findings[{index}].rests_on")
    for index, criterion in enumerate(panel.criteria):
        yield from _evidence(criterion.rests_on, f"criteria[{index}].rests_on")
    given = [each for each in panel.trends if each.variation and each.variation.source.id == "given"]
    foreign = [line.issue is not None and line.issue.code == "wrong-type" for line in panel.lines]
    try:
        again = interpret_panel(
            [line.result for line, no_result in zip(panel.lines, foreign, strict=True) if not no_result],
            panel.patient,
            standard=panel.asked.standard,
            optimal=panel.asked.optimal,
            strict=panel.asked.strict,
            estimate_tibc=panel.asked.estimate_tibc,
            nearest=panel.asked.nearest,
            rcv={each.marker: each.variation.rcv for each in given if each.variation},
            catalog=catalog,
        )
    except LabsError as error:
        yield Statement("asked", panel.asked, error)
        return
    lines = iter(again.lines)
    said = tuple(line if no_result else next(lines) for line, no_result in zip(panel.lines, foreign, strict=True))
    for name in Panel.model_fields:
        yield Statement(name, getattr(panel, name), said if name == "lines" else getattr(again, name))


def _evidence(tests: Iterable[Evidence], path: str) -> Iterator[Statement]:
    """Each test of a rule: whether it holds for the reading that it shows, and the words for it."""
    for index, each in enumerate(tests):
        limits = Cut(each.low, each.high, each.low_out, each.high_out)
        holds = None if each.doubt else passes(each.reading, limits, each.standard, each.position)
        yield Statement(f"{path}[{index}].holds", each.holds, holds)
        yield Statement(f"{path}[{index}].comparison", each.comparison, in_words(each.reading, limits, each.position))
        value = (each.value, each.unit)
        yield Statement(f"{path}[{index}].value", value, (shown_value(each.reading), each.reading.unit))


def _where(path: str, said: object, found: object) -> Statement:
    """The innermost place at which two things differ."""
    if isinstance(said, BaseModel) and type(said) is type(found):
        for name in type(said).model_fields:
            one, other = getattr(said, name), getattr(found, name)
            if one != other:
                return _where(f"{path}.{name}".lstrip("."), one, other)
    if isinstance(said, tuple) and isinstance(found, tuple) and len(said) == len(found):
        for index, (one, other) in enumerate(zip(said, found, strict=True)):
            if one != other:
                return _where(f"{path}[{index}]", one, other)
    return Statement(path, said, found)
