"""One marker over time: comparable or not, changed or within variation, nearer to the optimal range or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

from rlslabs.catalog import Catalog
from rlslabs.errors import WrongTypeError, shown
from rlslabs.facts import Frozen, Source
from rlslabs.interpretation import Interpretation
from rlslabs.marker import Marker, Variation
from rlslabs.reported import written_number
from rlslabs.step import Measured, Step, on_day, step, zoned

_SMALLEST, _LARGEST = Decimal("0.1"), Decimal(1000)


class Trend(Frozen):
    """The dated results of one marker in order: a step from each to the next, and `whole` from the first to the last.

    `variation` holds the reference change value with its source. `undated` counts results that have no place in time.
    """

    marker: str
    name: str
    plain_name: str
    variation: Variation | None
    steps: tuple[Step, ...]
    whole: Step | None
    undated: int


def trends(
    series: Iterable[Interpretation | Measured], catalog: Catalog, rcv: Mapping[str, object] | None = None
) -> tuple[Trend, ...]:
    """The course of every marker that has two or more dated results; the order they are given in makes no difference.

    Args:
        series: Answers about one patient, or measurements that say what makes them hard to compare.
        catalog: Where reference change values and goals stand.
        rcv: Reference change values of your own in percent, by marker, in place of those of the data files.

    Raises:
        LabsError: `rcv` names no marker, or holds no positive number.
    """
    own = change_values(rcv or {}, catalog)
    by_marker: dict[str, list[Measured]] = {}
    for each in series:
        measured = Measured(each) if isinstance(each, Interpretation) else each
        by_marker.setdefault(measured.it.marker, []).append(measured)
    found = []
    for marker in catalog.markers.values():
        answers = by_marker.get(marker.id, [])
        dated = _in_order([each for each in answers if each.it.result.collected is not None])
        if len(dated) > 1:
            variation = _given(own[marker.id]) if marker.id in own else marker.variation
            found.append(_trend(marker, dated, variation, sum(each.it.result.collected is None for each in answers)))
    return tuple(found)


def change_values(rcv: Mapping[str, object], catalog: Catalog) -> dict[str, Decimal]:
    """Reference change values of a caller, in percent, by marker.

    Raises:
        LabsError: A name is no marker, or named twice, or a value is no number of percent.
    """
    if not isinstance(rcv, Mapping):
        happened = "The reference change values are not given by marker"
        raise WrongTypeError(happened, 'give them as {"ferritin": 30}', shown(rcv))
    own: dict[str, Decimal] = {}
    for name, value in rcv.items():
        id_, number = catalog.marker(name).id, written_number(value)
        if not isinstance(number, Decimal) or not _SMALLEST <= number <= _LARGEST or id_ in own:
            happened = f"The reference change value of {name} is {shown(value)}, or {id_} is named twice"
            raise WrongTypeError(happened, f"give each once, from {_SMALLEST} to {_LARGEST} percent", shown(value))
        own[id_] = number
    return own


def _given(number: Decimal) -> Variation:
    source = Source(id="given", title="change value given with the call", publisher="caller", evidence="report")
    return Variation.trusted({"rcv": number, "source": source, "locator": "given", "note": None})


def _in_order(answers: list[Measured]) -> list[Measured]:
    """Dated answers by time, the same one once: by the moment where all say their zone, else by day and then hour."""
    all_zoned = all(zoned(each.it.result.collected) for each in answers)

    def moment(each: Measured) -> tuple[date, str, Decimal, str]:
        taken = each.it.result.collected
        if all_zoned and isinstance(taken, datetime):
            taken = taken.astimezone(UTC)
        time = taken.isoformat() if isinstance(taken, datetime) else ""
        return on_day(taken) or date.min, time, each.it.reading.low, each.it.result.model_dump_json()

    return [each for _, each in sorted({moment(each): each for each in answers}.items())]


def _trend(marker: Marker, answers: list[Measured], variation: Variation | None, undated: int) -> Trend:
    steps = [step(marker, *pair, variation) for pair in pairwise(answers)]
    return Trend.trusted(
        {
            "marker": marker.id,
            "name": marker.name,
            "plain_name": marker.plain_name,
            "variation": variation,
            "steps": tuple(steps),
            "whole": step(marker, answers[0], answers[-1], variation) if len(steps) > 1 else None,
            "undated": undated,
        }
    )
