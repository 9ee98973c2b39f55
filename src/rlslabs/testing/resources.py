"""Strategies for FHIR: Observations with their patient, sound and damaged, and what is true of each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from rlslabs import sent
from rlslabs.catalog import builtin
from rlslabs.facts import AMBIGUOUS
from rlslabs.model import Status
from rlslabs.reported import LabResult, Patient
from rlslabs.sent import Json
from rlslabs.testing.cases import LabCase
from rlslabs.testing.dated import Told, dated_cases, told
from rlslabs.testing.drawing import pick

Change = Callable[[Json], Json]


class ObservationCase(NamedTuple):
    """An Observation, the resources about its patient, and the truth, which no reader of FHIR has told."""

    observation: Json
    others: tuple[Json, ...]
    result: LabResult
    patient: Patient
    told: Told

    @property
    def bundle(self) -> Json:
        """All of it in one resource."""
        return sent.bundle([*self.others, self.observation])


def fhir_observations(
    markers: Collection[str] | None = None,
    *,
    status: Status | None = None,
    units: Collection[str] | None = None,
    patients: st.SearchStrategy[Patient] | None = None,
    damaged: bool = False,
) -> st.SearchStrategy[ObservationCase]:
    """FHIR Observations, each with its patient and with what `interpret` says of the same result.

    Most are final with one LOINC code and a quantity in UCUM; some are amended or corrected, behind a local code,
    without a UCUM code, or have a text for a value.

    Args:
        markers: Names, aliases or codes; else all six.
        status: The status that each has; else every status, and sometimes the laboratory's own range.
        units: Units in any accepted spelling.
        patients: Whose results they are, such as `patients(adults=True)`; else everybody.
        damaged: Only such as must not be judged: entered in error, without a value, in two units, and so on. Then
            `told.refused` is the code of this package, chosen by hand for each kind of damage.

    Raises:
        UnreachableError: No such result has this status.
    """
    return _observations(dated_cases(markers, status, units, patients), damages=damaged)


@st.composite
def _observations(draw: st.DrawFn, cases: st.SearchStrategy[LabCase], *, damages: bool) -> ObservationCase:
    damage = pick(draw, sorted(DAMAGE)) if damages else None
    result, patient = draw(cases)
    others = (sent.person(patient), *sent.pregnancy(patient, result.collected))
    whole = sent.observation(result, builtin())
    if damage is None:
        spelled = pick(draw, SPELLINGS, "spelling")(whole)
        return ObservationCase(spelled, others, result, patient, told(result, patient))
    change = pick(draw, DAMAGE[damage], "change")
    return ObservationCase(change(whole), others, result, patient, Told(None, damage))


def _mistyped(code: str) -> str:
    number, _, digit = code.partition("-")
    return f"{number}-{(int(digit) + 1) % 10}"


def _recoded(observation: Json) -> Json:
    (coding,) = observation["code"]["coding"]
    return {**observation, "code": {"coding": [{**coding, "code": _mistyped(coding["code"])}]}}


def _with_quantity(observation: Json, **changed: object) -> Json:
    return {**observation, "valueQuantity": {**observation["valueQuantity"], **changed}}


def _absent(observation: Json) -> Json:
    rest = {name: said for name, said in observation.items() if name != "valueQuantity"}
    return {**rest, "dataAbsentReason": {"coding": [{"code": "not-performed"}]}}


def _called(observation: Json, code: str) -> Json:
    return {**observation, "code": {"coding": [{"system": sent.LOINC, "code": code}]}}


def _standing(status: str) -> Change:
    return lambda observation: {**observation, "status": status}


def _beside_a_local_code(observation: Json) -> Json:
    (coding,) = observation["code"]["coding"]
    return {**observation, "code": {"coding": [{"system": "urn:x-laboratory:tests", "code": "4711"}, coding]}}


def _without_ucum(observation: Json) -> Json:
    kept = {name: said for name, said in observation["valueQuantity"].items() if name not in {"system", "code"}}
    return {**observation, "valueQuantity": kept}


def _as_text(observation: Json) -> Json:
    """The value with its unit as text, where text can mean nothing else."""
    quantity = observation["valueQuantity"]
    number = f"{Decimal(str(quantity['value'])):f}"
    if AMBIGUOUS.fullmatch(number) or quantity["unit"] == "1":
        return observation
    rest = {name: said for name, said in observation.items() if name != "valueQuantity"}
    return {**rest, "valueString": f"{quantity.get('comparator', '')}{number} {quantity['unit']}"}


SPELLINGS: tuple[Change, ...] = (
    lambda observation: observation,
    _standing("amended"),
    _standing("corrected"),
    _beside_a_local_code,
    _without_ucum,
    _as_text,
)
"""The ways in which the same is said; the plain one first."""


DAMAGE: dict[str, tuple[Change, ...]] = {
    "another-analyte": (lambda each: _called(each, sent.FERRITIN_IN_BLOOD),),
    "code-check-digit": (_recoded,),
    "fhir-data-absent": (_absent,),
    "fhir-modifier": (
        lambda each: {**each, "modifierExtension": [{"url": "urn:x-nobody:knows", "valueBoolean": True}]},
    ),
    "fhir-status": tuple(map(_standing, ("entered-in-error", "cancelled", "registered"))),
    "unit-conflict": (lambda each: _with_quantity(each, unit="g/dL"),),
    "unknown-unit": (lambda each: _with_quantity(each, unit="mg/L", code="mg/L"),),
    "wrong-type": (lambda each: _with_quantity(each, value=str(each["valueQuantity"]["value"])),),
}
"""What must not be judged, by the code of its refusal."""
