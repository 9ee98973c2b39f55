"""What is the newest of one patient: of the results as they were read, and of the tests that rules rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from rlslabs.answers import Panel
from rlslabs.chart import Held, day_of, newest
from rlslabs.evaluate import Evidence
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue, Reading

Test = tuple[str, Reading, date | datetime | None]
"""A reading of a marker at its collection, as interpretations and the tests of rules both have it."""

Place = tuple[str, int | None]

FUTURE = Issue.trusted(
    {"code": "future-date", "message": "The day of collection has not come yet; correct it", "text": ""}
)
"""What is said of a result that is dated after today."""


def place(observed: Observed) -> Place:
    """Where a result stands in what was sent, which tells it from every other one."""
    return observed.path, observed.component


def is_future(observed: Observed) -> bool:
    """Whether a result is dated after today: a typing error, which must not hide a result that is not."""
    moment = observed.collected
    return moment is not None and day_of(moment) > date.today()  # noqa: DTZ011  a day more or less decides nothing


def answered(judged: Iterable[Judged]) -> Iterator[tuple[Judged, Interpretation]]:
    """Those that were judged, with their answers."""
    for each in judged:
        if each.interpretation is not None:
            yield each, each.interpretation


def newest_of(judged: Iterable[Judged]) -> Iterator[Judged]:
    """The newest answer of each marker; one whose time is not to be compared, or has not come, stays beside it."""
    by_marker: dict[str, list[tuple[Held, Judged]]] = {}
    for each, it in answered(judged):
        if is_future(each.observed):
            yield each
        else:
            by_marker.setdefault(it.marker, []).append((_held(it), each))
    for pairs in by_marker.values():
        kept = {id(held) for held in newest(held for held, _ in pairs)}
        yield from (each for held, each in pairs if id(held) in kept)


def older_tests(panels: Iterable[Panel]) -> frozenset[Test]:
    """The tests of several panels of one patient of which another panel has a newer one, computed ones among them."""
    by_marker: dict[str, list[Held]] = {}
    for panel in panels:
        computed = [each.interpretation for each in panel.derived if each.interpretation is not None]
        for it in (*panel.interpretations, *computed):
            by_marker.setdefault(it.marker, []).append(_held(it))
    every = {_told(held) for readings in by_marker.values() for held in readings}
    return frozenset(every - {_told(held) for readings in by_marker.values() for held in newest(readings)})


def test_of(evidence: Evidence) -> Test:
    """What a rule rests on, as a test."""
    return evidence.marker, evidence.reading, evidence.collected


def _held(it: Interpretation) -> Held:
    return Held(it.marker, it.reading, it.result)


def _told(held: Held) -> Test:
    return held.marker, held.reading, held.result.collected
