"""The closest values at which an answer would change, found by judging the panel again with such values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Literal, NamedTuple

from rlslabs.answers import Decision, Panel
from rlslabs.catalog import Catalog
from rlslabs.chart import Held, newest, same_collection
from rlslabs.interpretation import Interpretation
from rlslabs.reported import LabResult
from rlslabs.turning import candidates_of
from rlslabs.units import EXACT

Again = Callable[[Sequence[LabResult]], Panel]
Direction = Literal["down", "up"]
_TWO = Decimal(2)


class _At(NamedTuple):
    """A judged line of a panel, how to judge the panel again, and where the line stands in that."""

    panel: Panel
    line: int
    it: Interpretation
    again: Again
    place: int


def nearest(panel: Panel, catalog: Catalog, again: Again) -> Iterator[Decision]:
    """For each judged result, the closest values below and above at which its status or a criterion changes.

    Every candidate is put in the place of the result and the panel judged again, so that what is said of it is what
    would be said. An interval begins at its ends; an answer that is undecided is passed over.
    """
    for index, line in enumerate(panel.lines):
        if line.interpretation is not None:
            here = _narrowed(_At(panel, index, line.interpretation, again, index))
            candidates = candidates_of(line.interpretation, panel, catalog)
            reading = line.interpretation.reading
            below = [each for each in reversed(candidates) if each <= reading.low]
            yield from _walk(here, below, None if reading.low_open else reading.low, "down")
            above = [each for each in candidates if reading.high is not None and each >= reading.high]
            yield from _walk(here, above, None if reading.high_open else reading.high, "up")


def _narrowed(here: _At) -> _At:
    """The same with no more lines than bear on the answers: those of its sample, and the newest of each marker."""
    held: dict[str, list[Held]] = {}
    for line in here.panel.lines:
        reading = line.interpretation or line.context
        if reading is not None:
            marker = reading.marker if isinstance(reading, Interpretation) else reading.analyte
            held.setdefault(marker, []).append(Held(marker, reading.reading, line.result))
    last = [each.result for every in held.values() for each in newest(every)]
    kept = [
        index
        for index, line in enumerate(here.panel.lines)
        if line.result in last or any(same_collection(line.result, each) for each in (here.it.result, *last))
    ]
    if len(kept) == len(here.panel.lines):
        return here
    fewer = here.again([here.panel.lines[index].result for index in kept])
    at = kept.index(here.line)
    same = fewer.criteria == here.panel.criteria and fewer.lines[at] == here.panel.lines[here.line]
    return here._replace(panel=fewer, place=at) if same else here


def _walk(here: _At, ahead: list[Decimal], start: Decimal | None, direction: Direction) -> Iterator[Decision]:
    """The first change of the status and the first change of criteria; the start itself is the result's own value."""
    now, wanted = _answers(here.panel, here.place), {"status", "criterion"}
    for value, beyond in zip_longest(ahead, ahead[1:]):
        middle = None if beyond is None else EXACT.divide(EXACT.add(value, beyond), _TWO)
        for tried in (None if value == start else value, middle):
            then = {} if tried is None else _answers(_with(here, tried), here.place)
            if "status" not in then:  # nothing to try, or a value that is refused
                continue
            changed = [key for key in now if now[key] not in {then[key], "undecided"} and _kind(key) in wanted]
            for key in changed:
                yield _decision(here, key, value, direction, at=tried == value, then=then[key])
            wanted -= {_kind(key) for key in changed}
        if not wanted:
            return


def _kind(key: str) -> str:
    return "status" if key == "status" else "criterion"


def _answers(panel: Panel, index: int) -> dict[str, str]:
    """The status of one line, and how each criterion is answered; a refused line has none."""
    it = panel.lines[index].interpretation
    if it is None:
        return {}
    return {"status": it.status, **{f"{each.guideline}/{each.id}": each.answered for each in panel.criteria}}


def _with(here: _At, value: Decimal) -> Panel:
    """The panel with another value in the place of one result, and of what repeats it."""
    replaced = here.it.result
    given = {name: getattr(replaced, name) for name in LabResult.model_fields}
    other = {**given, "value": value, "text": None, "comparator": None, "unit": here.it.reading.unit}
    lines = [line.result for line in here.panel.lines]
    return here.again([LabResult.trusted(other) if each == replaced else each for each in lines])


def _decision(here: _At, key: str, value: Decimal, direction: Direction, *, at: bool, then: str) -> Decision:
    it = here.it
    criterion = next((each for each in here.panel.criteria if f"{each.guideline}/{each.id}" == key), None)
    placed = {each.id: each for place in (it.standard, it.optimal) for limit in place.limits for each in limit.sources}
    return Decision.trusted(
        {
            "line": here.line,
            "marker": it.marker,
            "about": key,
            "name": criterion.name if criterion else "status",
            "direction": direction,
            "value": value,
            "unit": it.reading.unit,
            "at": at,
            "now": criterion.answered if criterion else it.status,
            "then": then,
            "sources": criterion.sources if criterion else tuple(placed.values()),
        }
    )
