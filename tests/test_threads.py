"""Eight threads that begin at once with every cache cold are told what one thread is told."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json
import sys
import threading

sys.setswitchinterval(1e-6)

import polars as pl

from rlslabs import LabResult, Patient, fhir, frames, hl7v2, interpret, interpret_panel

MESSAGE = (
    b"MSH|^~\\\\&|LAB||EHR||20240101||ORU^R01^ORU_R01|1|P|2.5.1||||||UNICODE UTF-8\\rPID|1||1||||19800101|F\\r"
    b"OBR|1|||LAB^Laboratory^L|||20240501\\rOBX|1|NM|2276-4^Ferritin^LN||38|ng/mL^^UCUM|||||F\\r"
)
RESOURCE = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2276-4"}]},
    "valueQuantity": {"value": 38, "unit": "ng/mL"},
}
MARKERS = [("ferritin", "ng/mL"), ("iron", "umol/L"), ("tsat", "%"), ("b12", "pmol/L"), ("25-OH vitamin D", "nmol/L")]
COLUMNS = {"marker": ["ferritin", "iron", "x"], "value": ["38", "<5", "1,220"], "unit": ["ng/mL", "ug/dL", None]}
CALLS = {
    "interpret": lambda: [
        interpret(marker, value, unit, sex=sex, age=age).model_dump_json()
        for marker, unit in MARKERS
        for value in ("7", "<38", "140.5")
        for sex in (None, "female", "male")
        for age in (None, 30, "5 mo", 70)
    ],
    "panel": lambda: interpret_panel(
        [LabResult(marker="ferritin", value=38, unit="ng/mL"), LabResult(marker="iron", value=12, unit="umol/L"),
         LabResult(marker="TIBC", value=70, unit="umol/L"), LabResult(marker="CRP", value=12, unit="mg/L")],
        Patient(sex="female", age=40),
    ).model_dump_json(),
    "fhir": lambda: json.dumps(fhir.annotate([RESOURCE]), default=str),
    "hl7v2": lambda: repr(hl7v2.read(MESSAGE)) + repr(hl7v2.flag(MESSAGE)),
    "frames": lambda: repr(
        frames.score(
            pl.DataFrame({name: cells * 9 for name, cells in COLUMNS.items()}),
            marker="marker", value="value", unit="unit",
        ).rows()
    ),
}
def together(call, count):
    begin, found = threading.Barrier(count), [None] * count

    def ask(index):
        begin.wait()
        try:
            found[index] = call()
        except BaseException as error:
            found[index] = repr(error)

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


count, *chosen = sys.argv[1:]
print(json.dumps({name: together(CALLS[name], int(count)) for name in chosen or CALLS}))
"""
"""Run in a process of its own, so that nothing is loaded or remembered when the threads begin."""


def told(threads: int, *calls: str) -> dict[str, list[str]]:
    """What each thread is told, by call; of every call if none is named."""
    done = subprocess.run(  # noqa: S603  the script stands above
        [sys.executable, "-c", SCRIPT, str(threads), *calls], capture_output=True, text=True, check=True
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def alone() -> dict[str, list[str]]:
    """What one thread is told, of every call."""
    return told(1)


@pytest.mark.parametrize("call", ["interpret", "panel", "fhir", "hl7v2", "frames"])
def test_eight_threads_are_told_what_one_is_told(call: str, alone: dict[str, list[str]]) -> None:
    """Whatever is made at the first call is made whole before another thread reads it."""
    assert "Error" not in alone[call][0][:40]
    assert told(8, call) == {call: alone[call] * 8}
