"""A question and its answer as plain data, in the words that a vector and another implementation exchange."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from rlslabs.answers import Panel
from rlslabs.catalog import Catalog, builtin
from rlslabs.door import interpret
from rlslabs.errors import LabsError
from rlslabs.facts import Frozen, Position
from rlslabs.golden.formanswers import answer_form
from rlslabs.golden.forms import AskedFhir, AskedHl7v2, Code, Codes, Name
from rlslabs.interpretation import Interpretation
from rlslabs.limits import convert
from rlslabs.model import Assumption, Fact, Place, Status
from rlslabs.panel import interpret_panel
from rlslabs.reported import LabResult, Patient
from rlslabs.units import tidy
from rlslabs.ways import rules

JsonText = Annotated[str, Field(description="text, exactly as it was written")]
Number = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]
Ruled = Annotated[str, Field(pattern="^(yes|no|undecided|missing)$")]
Count = Annotated[int, Field(ge=1)]
Line = Annotated[str, Field(pattern=rf"^({'|'.join(get_args(Status))}|read|refused: [a-z0-9-]+)$")]


class AskedPatient(Frozen):
    """What is said of the patient; what is absent is unknown."""

    sex: JsonText | None = None
    age: int | str | None = None
    born: JsonText | None = None
    pregnant: bool | None = None
    conditions: tuple[str, ...] = ()


class AskedResult(Frozen):
    """One result as it was reported; the value is text, as it was written."""

    marker: JsonText
    value: JsonText | None = None
    unit: JsonText | None = None
    comparator: JsonText | None = None
    range: JsonText | None = None
    decimal_mark: Literal[".", ","] | None = None
    specimen: JsonText | None = None
    method: JsonText | None = None
    collected: JsonText | None = None


class Question(Frozen):
    """A result or a panel of one patient, by which sets of ranges, and whether anything may be assumed."""

    results: tuple[AskedResult, ...]
    patient: AskedPatient = AskedPatient()
    panel: bool = False
    standard: str | None = None
    optimal: str | None = None
    strict: bool = False


class Placed(Frozen):
    """A place: the position, every position that is possible, and the limits in the reported unit."""

    set: Name
    position: Position
    possible: Annotated[tuple[Position, ...], Field(min_length=1)]
    limits: tuple[tuple[Number | None, Number | None], ...]
    settled_by: tuple[Fact, ...]


class Converted(Frozen):
    """The reading in the marker's own unit, each end rounded once to 12 significant digits; no `high` is no end."""

    low: Number
    high: Number | None = None
    unit: Name


class AnsweredResult(Frozen):
    """The answer about one result: refused with a code, or judged.

    `beyond` is where the standard set puts it, where a printed range holds it only for want of an end on a side.
    """

    refused: Code | None = None
    status: Status | None = None
    hl7: Codes = ()
    standard: Placed | None = None
    optimal: Placed | None = None
    beyond: Placed | None = None
    converted: Converted | None = None
    assumptions: tuple[Assumption, ...] = ()
    issues: tuple[Code, ...] = ()


class DerivedValue(Frozen):
    """A computed value, rounded once to 12 significant digits, or an interval of such; `issue` says why to doubt it."""

    marker: Name
    value: Name
    unit: Name
    status: Status | None = None
    issue: Code | None = None


class AnsweredPanel(Frozen):
    """The answer about a panel: for each line its status or refusal, what was computed, every rule, and what lacks.

    A rule that is not for the patient is left out. `against` is, for each rule that holds or is open, how many of its
    own remarks certainly speak against it; none is left out. `missing` are the markers that were not measured, and
    `wants_most` is the missing test for which most of what is open waits.
    """

    lines: tuple[Line, ...]
    remarks: tuple[Code, ...]
    derived: tuple[DerivedValue, ...]
    rules: dict[str, Ruled]
    against: dict[str, Count] = Field(default_factory=dict)
    missing: tuple[Name, ...]
    wants_most: Name | None = None


Answer = AnsweredResult | AnsweredPanel
_ID = attrgetter("id")


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Our own answer to a question, as plain data: what an implementation in any language is held to.

    >>> result = {"marker": "ferritin", "value": "38", "unit": "ng/mL"}
    >>> answer({"results": [result], "patient": {"sex": "female", "age": 52}})["status"]
    'below-optimal'
    """
    for name, form in (("fhir", AskedFhir), ("hl7v2", AskedHl7v2)):
        if name in question:
            return answer_form(form.model_validate(question)).model_dump(mode="json", exclude_none=True)
    asked = Question.model_validate(question, strict=False)
    return answer_to(asked).model_dump(mode="json", exclude_none=True)


def answer_to(question: Question) -> Answer:
    """Our own answer to a question."""
    if question.panel:
        return answer_about(panel_of(question))
    try:
        return answer_of(judged(question))
    except LabsError as error:
        return AnsweredResult(refused=error.code)


def answer_of(it: Interpretation) -> AnsweredResult:
    """What a vector keeps of a judged result."""
    return AnsweredResult(
        status=it.status,
        hl7=it.hl7,
        standard=_placed(it.standard),
        optimal=_placed(it.optimal),
        beyond=None if it.beyond is None else _placed(it.beyond),
        converted=_converted(it, builtin()),
        assumptions=it.assumptions,
        issues=tuple(sorted(each.code for each in it.issues)),
    )


def judged(question: Question) -> Interpretation:
    """The interpretation of the one result of a question.

    Raises:
        LabsError: It is refused.
    """
    (result,), patient = question.results, question.patient
    return interpret(
        **result.model_dump(),
        **patient.model_dump(exclude={"conditions"}),
        standard=question.standard,
        optimal=question.optimal,
        strict=question.strict,
    )


def panel_of(question: Question) -> Panel:
    """The panel of the results of a question."""
    patient = Patient.model_validate(question.patient.model_dump(), strict=False)
    results = [
        LabResult.model_validate({"text": each.value, **each.model_dump(exclude={"value"})})
        for each in question.results
    ]
    return interpret_panel(
        results, patient, standard=question.standard, optimal=question.optimal, strict=question.strict
    )


def answer_about(panel: Panel) -> AnsweredPanel:
    """What a vector keeps of a panel."""
    return AnsweredPanel(
        lines=tuple(_lines(panel)),
        remarks=tuple(sorted({each.code for line in panel.lines for each in line.remarks})),
        derived=tuple(
            DerivedValue(
                marker=each.computed.result.marker,
                value=each.computed.result.text or f"{each.computed.result.value:f}",
                unit=each.computed.result.unit or "",
                status=None if each.interpretation is None else each.interpretation.status,
                issue=None if each.issue is None else each.issue.code,
            )
            for each in panel.derived
        ),
        rules={name: said for name, said in _answers(panel) if said != "not-applicable"},
        against={each.id: len(each.against) for each in sorted(panel.findings, key=_ID) if each.against},
        missing=panel.missing,
        wants_most=panel.wants_most,
    )


def _answers(panel: Panel) -> Iterator[tuple[str, str]]:
    known = {each.name for each in rules(builtin())}
    found = [(each.id, each.answered) for each in panel.findings]
    found += [(f"{each.guideline}/{each.id}", each.answered) for each in panel.criteria]
    return ((name, said) for name, said in sorted(found) if name in known)


def _lines(panel: Panel) -> Iterator[str]:
    for line in panel.lines:
        if line.issue is not None:
            yield f"refused: {line.issue.code}"
        else:
            yield line.interpretation.status if line.interpretation else "read"


def _placed(place: Place) -> Placed:
    limits = tuple((_text(each.low), _text(each.high)) for each in place.limits)
    said = {"set": place.set, "position": place.position, "possible": place.possible, "settled_by": place.settled_by}
    return Placed.trusted({**said, "limits": limits})


def _converted(it: Interpretation, catalog: Catalog) -> Converted:
    marker = catalog.markers[it.marker]
    ends = [
        None if end is None else convert(end, it.reading.unit, marker, marker.unit)
        for end in (it.reading.low, it.reading.high)
    ]
    return Converted(low=_text(ends[0]) or "0", high=_text(ends[1]), unit=marker.unit)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{tidy(number):f}"
