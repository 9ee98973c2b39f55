"""Speed as ratios, both sides measured alternately in one run and printed; nothing here passes or fails by time.

Run with `pytest benchmarks --benchmark-enable -s`.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pytest_benchmark.fixture import BenchmarkFixture

from rlslabs import Interpretation, LabResult, Patient, interpret, interpret_panel
from rlslabs.explain import explain
from rlslabs.model import Place, Reading

SOURCE = Path(__file__).parents[1] / "src"
ROUNDS = 40
CALLS = 500


def goal(*, met: bool) -> str:
    """Whether a goal is reached, in a word; a benchmark passes all the same."""
    return "met" if met else "missed"


def judge() -> Interpretation:
    """The call that everything is measured by: a known unit, sex and age."""
    return interpret("ferritin", 38, "ng/mL", sex="female", age=52)


def judge_explain_and_dump() -> str:
    """Judge, explain and write JSON."""
    it = judge()
    explain(it)
    return it.model_dump_json()


def fields(model: BaseModel) -> dict[str, Any]:
    """The fields of a model, without what it has computed."""
    return {name: getattr(model, name) for name in type(model).model_fields}


def ratio(one: Callable[[], object], other: Callable[[], object], calls: int = CALLS) -> tuple[float, float, float]:
    """Medians of both, in microseconds, alternating; and the first over the second."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, found in zip((one, other), times, strict=True):
            start = time.perf_counter()
            for _ in range(calls):
                call()
            found.append((time.perf_counter() - start) / calls * 1e6)
    first, second = map(statistics.median, times)
    return first, second, first / second


def test_a_judgement_against_building_the_same_objects(benchmark: BenchmarkFixture) -> None:
    """One `interpret()` against validating construction of the objects that it returns, whole and outermost alone."""
    it = benchmark(judge)
    outer, places = fields(it), [fields(it.standard), fields(it.optimal)]
    result, patient, reading = fields(it.result), fields(it.patient), fields(it.reading)

    def build() -> Interpretation:
        LabResult(**result)
        Patient(**patient)
        Reading(**reading)
        for place in places:
            Place(**place)
        return Interpretation(**outer)

    assert build() == it
    whole = ratio(judge, build)
    outermost = ratio(judge, lambda: Interpretation(**outer))
    print(
        f"\ninterpret {whole[0]:.1f} us, all its models {whole[1]:.1f} us: {whole[2]:.2f} x "
        f"(at most 3: {goal(met=whole[2] <= 3)})"
    )
    print(f"interpret {outermost[0]:.1f} us, its outermost model alone {outermost[1]:.1f} us: {outermost[2]:.2f} x")


def test_a_judgement_with_explanation_and_json(benchmark: BenchmarkFixture) -> None:
    """Judging, explaining and writing JSON, each part of it beside judging alone."""
    text = benchmark(judge_explain_and_dump)
    assert text.startswith("{")
    it = judge()
    whole = ratio(judge_explain_and_dump, judge)
    words = ratio(lambda: explain(it), judge)
    dump = ratio(it.model_dump_json, judge)
    print(f"\nwith explanation and JSON {whole[0]:.1f} us, judging alone {whole[1]:.1f} us: {whole[2]:.2f} x")
    print(f"  explanation {words[0]:.1f} us, JSON of {len(text)} characters {dump[0]:.1f} us")


def test_a_panel_against_one_judgement(benchmark: BenchmarkFixture) -> None:
    """Six markers with findings and guideline criteria against one `interpret()`."""
    given = {
        "ferritin": (38, "ng/mL"),
        "iron": (62, "ug/dL"),
        "tibc": (345, "ug/dL"),
        "tsat": (18, "%"),
        "vitamin_b12": (310, "pg/mL"),
        "vitamin_d": (24, "ng/mL"),
    }
    results = [LabResult(marker=name, value=Decimal(value), unit=unit) for name, (value, unit) in given.items()]
    patient = Patient(sex="female", age=52)
    panel = benchmark(lambda: interpret_panel(results, patient))
    assert len(panel.interpretations) == len(given)
    whole = ratio(lambda: interpret_panel(results, patient), judge, calls=20)
    lines = ratio(lambda: [interpret(each, patient) for each in results], judge, calls=20)
    print(
        f"\na panel {whole[0]:.0f} us, one judgement {whole[1]:.1f} us: {whole[2]:.1f} x "
        f"(at most 12: {goal(met=whole[2] <= 12)})"
    )
    print(f"  of that the six judgements alone: {lines[2]:.1f} x")


def cold(code: str) -> float:
    """Seconds that a fresh interpreter takes to run the code, bytecode compiled."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env={**environment, "PYTHONPATH": str(SOURCE)})  # noqa: S603  the code stands in this file
    return time.perf_counter() - start


@pytest.mark.skipif("not config.getoption('benchmark_enable')")
def test_a_cold_import_against_pydantic_and_one_model() -> None:
    """`import rlslabs` against importing pydantic and defining one model, in fresh interpreters."""
    assert compileall.compile_dir(SOURCE, quiet=1)
    model = "import pydantic\nclass One(pydantic.BaseModel):\n    name: str\n    value: int\n"
    times: dict[str, list[float]] = {"import rlslabs": [], model: [], "pass": []}
    for _ in range(20):
        for code, found in times.items():
            found.append(cold(code))
    ours, theirs, bare = (statistics.median(found) for found in times.values())
    print(f"\nimport rlslabs {ours * 1e3:.0f} ms, pydantic and one model {theirs * 1e3:.0f} ms: {ours / theirs:.2f} x")
    alone = (ours - bare) / (theirs - bare)
    print(f"  without starting Python: {alone:.2f} x (at most 1.25: {goal(met=alone <= 1.25)})")


def test_pint_is_never_touched_for_text() -> None:
    """Judging text in any accepted spelling loads no pint."""
    code = "import sys, rlslabs; rlslabs.interpret('iron', '11 µmol/L'); print('pint' in sys.modules)"
    done = subprocess.run(  # noqa: S603  the code stands in this file
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.stdout.strip() == "False"
