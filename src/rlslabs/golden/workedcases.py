"""Results of men in every range, and of the pregnant, each with the whole answer by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.hand import MEN, PLACES, RANGES, Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Converted, Placed, Question

_MAN = AskedPatient(sex="male", age=40)
_PREGNANT = AskedPatient(sex="female", age=30, pregnant=True)
_OPTIMAL = "healers-rls-protocol"
Ends = tuple[str, str]

_MENS: tuple[tuple[str, str, Ends, Ends, tuple[tuple[str, str], ...]], ...] = (
    (
        *("ferritin", "ng/mL", ("20", "409"), ("75", "150")),
        (
            *(("19.9", "low"), ("20", "below-optimal"), ("74.9", "below-optimal"), ("75", "optimal")),
            *(("150", "optimal"), ("150.1", "above-optimal"), ("409", "above-optimal"), ("409.1", "high")),
        ),
    ),
    (
        *("iron", "ug/dL", ("50", "150"), ("80", "130")),
        (
            *(("49.9", "low"), ("50", "below-optimal"), ("79.9", "below-optimal"), ("80", "optimal")),
            *(("130", "optimal"), ("130.1", "above-optimal"), ("150", "above-optimal"), ("150.1", "high")),
        ),
    ),
    (
        *("tibc", "ug/dL", ("250", "400"), ("250", "350")),
        (
            *(("249.9", "low"), ("250", "optimal"), ("350", "optimal"), ("350.1", "above-optimal")),
            *(("400", "above-optimal"), ("400.1", "high")),
        ),
    ),
    (
        *("transferrin_saturation", "%", ("14", "50"), ("25", "35")),
        (
            *(("13.9", "low"), ("14", "below-optimal"), ("24.9", "below-optimal"), ("25", "optimal")),
            *(("35", "optimal"), ("35.1", "above-optimal"), ("50", "above-optimal"), ("50.1", "high")),
        ),
    ),
    (
        *("vitamin_b12", "pg/mL", ("180", "914"), ("500", "900")),
        (
            *(("179.9", "low"), ("180", "below-optimal"), ("499.9", "below-optimal"), ("500", "optimal")),
            *(("900", "optimal"), ("900.1", "above-optimal"), ("914", "above-optimal"), ("914.1", "high")),
        ),
    ),
    (
        *("vitamin_d", "ng/mL", ("20", "50"), ("50", "80")),
        (
            *(("19.9", "low"), ("20", "below-optimal"), ("49.9", "below-optimal"), ("50", "optimal")),
            *(("50.1", "high, in optimal"), ("80", "high, in optimal"), ("80.1", "high")),
        ),
    ),
)
"""Marker, unit, standard and optimal range, and what each value is: on every limit and a tenth beside it."""

_SI: tuple[tuple[str, str, str, str, str, Ends, Ends, str, str], ...] = (
    (
        *("ferritin", "pmol/L", "100", "44.5", "ng/mL"),
        *(("44.9438202247", "919.101123596"), ("168.539325843", "337.078651685"), "below-optimal"),
        "445 kDa: limits x 1000/445; 44.94 <= 100 < 168.5",
    ),
    (
        *("iron", "umol/L", "10", "55.845", "ug/dL"),
        *(("8.95335303071", "26.8600590921"), ("14.3253648491", "23.2787178798"), "below-optimal"),
        "Fe 55.845: limits x 10/55.845; 8.953 <= 10 < 14.33",
    ),
    (
        *("tibc", "umol/L", "70", "390.915", "ug/dL"),
        *(("44.7667651536", "71.6268242457"), ("44.7667651536", "62.673471215"), "above-optimal"),
        "Fe 55.845: limits x 10/55.845; 62.67 < 70 <= 71.63",
    ),
    (
        *("transferrin_saturation", "1", "0.2", "20", "%"),
        *(("0.14", "0.5"), ("0.25", "0.35"), "below-optimal", "limits x 0.01; 0.14 <= 0.2 < 0.25"),
    ),
    (
        *("vitamin_b12", "pmol/L", "400", "542.148", "pg/mL"),
        *(("132.8050643", "674.354604278"), ("368.902956388", "664.025321499"), "optimal"),
        "cyanocobalamin 1355.37: limits x 1000/1355.37; 368.9 <= 400 <= 664.0",
    ),
    (
        *("vitamin_d", "nmol/L", "60", "24.0384", "ng/mL"),
        *(("49.9201277955", "124.800319489"), ("124.800319489", "199.680511182"), "below-optimal"),
        "D3 400.64: limits x 1000/400.64; 49.92 <= 60 < 124.8",
    ),
)
"""The same in SI units: marker, unit, value, the value in the marker's own unit, the limits, and what it is."""


def worked_results() -> Iterator[Hand]:
    """Every case."""
    for marker, unit, standard, optimal, values in _MENS:
        for value, outcome in values:
            arithmetic = f"{value} beside {'-'.join(standard)} and {'-'.join(optimal)}"
            converted = Converted(low=value, high=value, unit=unit)
            yield _man(_asked(marker, value, unit), (standard, optimal), outcome, converted, arithmetic)
    for marker, unit, value, own, own_unit, standard, optimal, outcome, arithmetic in _SI:
        converted = Converted(low=own, high=own, unit=own_unit)
        yield _man(_asked(marker, value, unit), (standard, optimal), outcome, converted, arithmetic)
    for (marker, unit, *_), value in zip(_MENS, ("60", "60", "300", "30", "300", "30"), strict=True):
        yield _pregnant(marker, value, unit)
    yield _printed_in_pregnancy()


def _asked(marker: str, value: str, unit: str) -> AskedResult:
    return AskedResult(marker=marker, value=value, unit=unit, decimal_mark=".")


def _man(result: AskedResult, limits: tuple[Ends, Ends], outcome: str, converted: Converted, arithmetic: str) -> Hand:
    said = PLACES[outcome]
    standard, optimal = (
        Placed(set=set_, position=position, possible=(position,), limits=(ends,), settled_by=())
        for set_, position, ends in zip(("general", _OPTIMAL), (said.standard, said.optimal), limits, strict=True)
    )
    issues = ("approximate-conversion",) if result.unit == "pmol/L" and result.marker == "ferritin" else ()
    expect = AnsweredResult(
        status=said.status, hl7=said.hl7, standard=standard, optimal=optimal, converted=converted, issues=issues
    )
    asked = Question(results=(result,), patient=_MAN)
    name, why = f"worked/man/{result.marker}/{result.unit}/{result.value}", f"{outcome} by hand, of a man of 40"
    return Hand(name, "worked", why, asked, expect, MEN[result.marker], arithmetic, (RANGES, "knowledge: 4.1"))


def _nowhere(set_: str) -> Placed:
    return Placed(set=set_, position="no-range", possible=("no-range",), limits=(), settled_by=())


def _pregnant(marker: str, value: str, unit: str) -> Hand:
    """A pregnant woman is judged by no adult range, whatever the marker."""
    expect = AnsweredResult(
        status="no-range",
        standard=_nowhere("general"),
        optimal=_nowhere(_OPTIMAL),
        converted=Converted(low=value, high=value, unit=unit),
    )
    asked = Question(results=(_asked(marker, value, unit),), patient=_PREGNANT)
    why, printed = "no range for pregnancy was read", "no adult range applies in pregnancy"
    name = f"worked/pregnant/{marker}"
    return Hand(name, "worked", why, asked, expect, printed, "not compared", ("knowledge: 1.2", "knowledge: 10"))


def _printed_in_pregnancy() -> Hand:
    """A printed range is used, and the answer says that it was taken to fit."""
    result = AskedResult(marker="ferritin", value="10", unit="ng/mL", range="15-150", decimal_mark=".")
    report = Placed(set="report", position="below", possible=("below",), limits=(("15", "150"),), settled_by=())
    expect = AnsweredResult(
        status="low",
        hl7=("L",),
        standard=report,
        optimal=_nowhere(_OPTIMAL),
        converted=Converted(low="10", high="10", unit="ng/mL"),
        assumptions=("printed-range-fits",),
    )
    asked = Question(results=(result,), patient=_PREGNANT)
    why = "a range printed in pregnancy may be an adult's: it is used, and the answer says so"
    arithmetic = "10 < 15, as printed"
    return Hand(
        "worked/pregnant/printed", "worked", why, asked, expect, "report: 15-150", arithmetic, ("knowledge: D2",)
    )
