"""Questions as a laboratory's software sends them, FHIR resources and HL7 v2 messages, and how an answer is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from rlslabs.facts import Frozen, Position
from rlslabs.model import Assumption, Hl7Code, Status

Form = Literal["fhir", "hl7v2"]
Name = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Codes = Annotated[tuple[Hl7Code, ...], Field(max_length=2)]


class AskedFhir(Frozen):
    """A FHIR resource, as JSON holds it."""

    fhir: dict[str, Any]


class AskedHl7v2(Frozen):
    """HL7 v2 text, with a carriage return after each segment; on the wire it is UTF-8."""

    hl7v2: Name


AskedForm = AskedFhir | AskedHl7v2


class FormResult(Frozen):
    """The answer about one result of a resource or message: refused with a code, or read and judged.

    `value` is what was read: a number, with its comparator before it, or `low-high`. `unit` is its UCUM code.
    `judged_by` is the standard set, or `report` where it was the range that the laboratory printed. `issues` are the
    codes of everything that is said of it, in alphabetical order. `left_out` is the code for which it is judged by
    itself and stands in no panel. What is read beside the markers, such as CRP, has a `marker` alone.
    """

    refused: Code | None = None
    marker: Name | None = None
    value: Name | None = None
    unit: str | None = None
    status: Status | None = None
    hl7: Codes = ()
    standard: Position | None = None
    optimal: Position | None = None
    judged_by: Name | None = None
    assumptions: tuple[Assumption, ...] = ()
    issues: tuple[Code, ...] = ()
    left_out: Code | None = None


class AnsweredForm(Frozen):
    """The answer about a resource or message: refused as a whole, or every result by the place where it stands.

    The place is the path of the Observation or component in FHIR (`entry[1].resource.component[0]`, and nothing for
    the input itself), and in HL7 v2 the number of the OBX segment among those of the message: `OBX[1]`. FHIR resources
    of other tests are left out; OBX segments of other tests are refused as `unknown-marker`. `issues` are about a
    message as a whole.
    """

    refused: Code | None = None
    issues: tuple[Code, ...] = ()
    results: dict[str, FormResult]


class NotDone(Frozen):
    """The answer of an implementation that does not read a form; it is counted apart, and is no difference."""

    not_done: Form
