"""Every vector, and the file that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from rlslabs.answers import Panel
from rlslabs.catalog import builtin
from rlslabs.derive import Input
from rlslabs.errors import LabsError
from rlslabs.evaluate import Evidence
from rlslabs.facts import Frozen
from rlslabs.golden.declaredcases import declared_cases
from rlslabs.golden.edgecases import Draft, edge_cases
from rlslabs.golden.fhircases import fhir_cases
from rlslabs.golden.fhirrefusals import fhir_refusals
from rlslabs.golden.fhirstanding import fhir_standing
from rlslabs.golden.forms import AnsweredForm, AskedFhir, AskedHl7v2, Name
from rlslabs.golden.hand import OPEN_SIDE, Hand
from rlslabs.golden.handmade import handmade
from rlslabs.golden.hl7cases import hl7_cases
from rlslabs.golden.hl7people import hl7_people
from rlslabs.golden.lookalikes import look_alikes
from rlslabs.golden.openages import open_ages
from rlslabs.golden.openside import open_sides
from rlslabs.golden.otherpeople import other_people
from rlslabs.golden.ownranges import own_ranges
from rlslabs.golden.panelcases import panel_cases
from rlslabs.golden.question import (
    Answer,
    AnsweredPanel,
    AnsweredResult,
    Question,
    answer_about,
    answer_of,
    judged,
    panel_of,
)
from rlslabs.golden.rulecases import rule_cases
from rlslabs.golden.samplecases import sample_cases
from rlslabs.golden.strangers import strangers
from rlslabs.golden.tonguecases import tongue_cases
from rlslabs.golden.unknowncases import unknown_cases
from rlslabs.golden.whocases import who_cases
from rlslabs.golden.workedcases import worked_results
from rlslabs.golden.workedpanels import worked_panels
from rlslabs.golden.writtencases import written_cases
from rlslabs.model import Limit

FORMAT: Literal["rlslabs-vectors/1"] = "rlslabs-vectors/1"

Kind = Literal[
    "limit",
    "comparator",
    "plausible",
    "refusal",
    "issue",
    "population",
    "printed",
    "specimen",
    "unit",
    "name",
    "rule",
    "derived",
    "worked",
    "fhir",
    "hl7v2",
]


_FIELDS = sorted({*AnsweredResult.model_fields, *AnsweredPanel.model_fields})
Compared = Annotated[str, Field(pattern=f"^({'|'.join(_FIELDS)})$")]


class Step(Frozen):
    """One number that an expected answer rests on: as its source printed it, and as it was compared."""

    what: str
    printed: str
    compared: str
    sources: tuple[str, ...]


class Vector(Frozen):
    """A question, the answer that is expected, why it is asked, and what the answer was derived from.

    `compare` names the fields of the answer that were worked out, and that are to be compared; where it is empty, all.
    Of `fhir` and `hl7v2` and of the kind `worked` every answer was written by hand.
    """

    id: Name
    kind: Kind
    why: str
    input: Question | AskedFhir | AskedHl7v2
    expect: Answer | AnsweredForm
    derivation: tuple[Step, ...]
    compare: tuple[Compared, ...] = ()


class VectorFile(Frozen):
    """All vectors of one version of the package."""

    format: Literal["rlslabs-vectors/1"]
    package: Name
    vectors: Annotated[tuple[Vector, ...], Field(min_length=1)]


@lru_cache(maxsize=1)
def vector_file() -> VectorFile:
    """Every vector of this version, in an order that does not change."""
    from rlslabs import __version__  # noqa: PLC0415  the package is whole by now, and it imports nothing of this one

    catalog = builtin()
    families = (edge_cases, handmade, strangers, look_alikes, rule_cases)
    made = [_vector(each) for family in families for each in family(catalog)]
    return VectorFile(format=FORMAT, package=__version__, vectors=(*made, *map(_by_hand, by_hand())))


def by_hand() -> Iterator[Hand]:
    """The vectors of which a person wrote the answer."""
    yield from worked_results()
    yield from written_cases()
    yield from own_ranges()
    yield from open_sides()
    yield from open_ages()
    yield from tongue_cases()
    yield from who_cases()
    yield from unknown_cases()
    yield from worked_panels()
    yield from panel_cases()
    yield from declared_cases()
    yield from sample_cases()
    yield from fhir_cases()
    yield from fhir_refusals()
    yield from fhir_standing()
    yield from other_people()
    yield from hl7_cases()
    yield from hl7_people()


def _by_hand(case: Hand) -> Vector:
    step = Step(what="by hand", printed=case.printed, compared=case.arithmetic, sources=case.sources)
    said = {"id": case.id, "kind": case.kind, "why": case.why, "input": case.asked, "expect": case.expect}
    return Vector.trusted({**said, "derivation": (step,), "compare": case.compare})


def _vector(draft: Draft) -> Vector:
    said = {"id": draft.id, "kind": draft.kind, "why": draft.why, "input": draft.asked}
    if draft.asked.panel:
        panel = panel_of(draft.asked)
        tests = [each for rests_on in _rests(panel) for each in rests_on]
        computed = [
            Step(what=each.computed.formula, printed=_inputs(each.computed.inputs), compared="", sources=())
            for each in panel.derived
        ]
        return Vector.trusted(
            {**said, "expect": answer_about(panel), "derivation": (*computed, *_tests(tests)), "compare": ()}
        )
    try:
        it = judged(draft.asked)
    except LabsError as error:
        refused = AnsweredResult(refused=error.code)
        return Vector.trusted({**said, "expect": refused, "derivation": (), "compare": ()})
    steps = tuple(_limit(each) for place in it.places for each in place.limits)
    if it.open_sided:
        said["why"] = f"{draft.why}; {OPEN_SIDE}"
    return Vector.trusted({**said, "expect": answer_of(it), "derivation": steps, "compare": ()})


def _rests(panel: Panel) -> Iterator[tuple[Evidence, ...]]:
    yield from (each.rests_on for each in panel.findings)
    yield from (each.rests_on for each in panel.criteria)


def _inputs(inputs: Iterable[Input]) -> str:
    return ", ".join(f"{each.name} {each.value} {each.unit}" for each in inputs)


def _tests(tests: Iterable[Evidence]) -> tuple[Step, ...]:
    steps = [
        Step(what=each.marker, printed=f"{each.value} {each.unit}", compared=each.comparison, sources=())
        for each in tests
    ]
    return tuple(dict.fromkeys(steps))


def _limit(limit: Limit) -> Step:
    applied = limit.range
    ends = [None if each is None else f"{each.value}" for each in (applied.low, applied.high)]
    open_ = [each is not None and not each.inclusive for each in (applied.low, applied.high)]
    here = [None if each is None else f"{each:f}" for each in (limit.low, limit.high)]
    mass = f", {limit.molar_mass.value} g/mol" if limit.molar_mass else ""
    return Step(
        what=f"{applied.kind}, {applied.applies_to.words}{mass}",
        printed=f"{_ends(ends, open_)} {applied.unit}",
        compared=f"{_ends(here, open_)} {limit.unit}",
        sources=tuple(each.id for each in limit.sources),
    )


def _ends(ends: Sequence[str | None], open_: Sequence[bool]) -> str:
    """A range in words that leave no doubt which end it has, and whether that is part of it."""
    (low, high), (low_open, high_open) = ends, open_
    above = None if low is None else f"above {low}" if low_open else f"from {low}"
    below = None if high is None else f"below {high}" if high_open else f"up to {high}"
    if low and high and not (low_open or high_open):
        return f"{low}-{high}"
    return " ".join(filter(None, (above, below)))
