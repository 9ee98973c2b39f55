"""FHIR as ratios, both sides measured alternately in one run and printed; nothing here passes or fails by time.

Run with `pytest benchmarks/test_fhir_speed.py -s`. The model library is the oracle of the tests.
"""

from __future__ import annotations

import json
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from fhir.resources.R4B.observation import Observation

from rlslabs import Patient, fhir
from rlslabs.codes import check_digit

ROUNDS = 20
CALLS = 200
LINES = int(os.environ.get("RLSLABS_LINES", "1000000"))
CHUNK = 50_000
WOMAN = Patient(sex="female", age=52, pregnant=False)
UNITS = {"2276-4": "ng/mL", "2498-4": "ug/dL", "2500-7": "ug/dL", "2502-3": "%", "2132-9": "pg/mL", "62292-8": "ng/mL"}


def goal(*, met: bool) -> str:
    """Whether a goal is reached, in a word; a benchmark passes all the same."""
    return "met" if met else "missed"


def observation(code: str, value: object, *, printed: bool) -> dict[str, Any]:
    """An Observation as a laboratory system sends it."""
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "1234",
        "meta": {
            "lastUpdated": "2024-05-02T10:00:00Z",
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/x"],
        },
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01T08:00:00+02:00",
        "issued": "2024-05-01T12:00:00+02:00",
        "valueQuantity": {
            "value": value,
            "unit": UNITS.get(code, "mg/dL"),
            "system": "http://unitsofmeasure.org",
            "code": UNITS.get(code, "mg/dL"),
        },
    }
    if printed:
        ends = {"low": {"value": 24, "unit": "ng/mL"}, "high": {"value": 336, "unit": "ng/mL"}}
        made["referenceRange"] = [{**ends, "text": "24-336 ng/mL"}]
    return made


def ratio(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float, float]:
    """Medians of both, in microseconds, alternating; and the second over the first."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, found in zip((one, other), times, strict=True):
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            found.append((time.perf_counter() - start) / CALLS * 1e6)
    first, second = map(statistics.median, times)
    return first, second, second / first


def test_an_observation_against_its_validation_by_a_model_library() -> None:
    """One Observation read, judged and annotated, against validating it: the same one, and new values."""
    for printed in (False, True):
        one = observation("2276-4", 38, printed=printed)
        many = [observation("2276-4", Decimal(2000 + n) / 100, printed=printed) for n in range(ROUNDS * CALLS)]
        fresh, again = iter(many), iter(many)
        kind = "its own range" if printed else "no range"

        def same(one: object = one) -> object:
            return fhir.annotate(one, patient=WOMAN)

        def new(fresh: Iterator[object] = fresh) -> object:
            return fhir.annotate(next(fresh), patient=WOMAN)

        def validate(one: object = one) -> object:
            return Observation.model_validate(one)

        def validate_new(again: Iterator[object] = again) -> object:
            return Observation.model_validate(next(again))

        for words, call, other in (("the same value", same, validate), ("new values", new, validate_new)):
            ours, theirs, times = ratio(call, other)
            said = (
                f"annotate {ours:.1f} us, validate {theirs:.1f} us: {times:.1f} x (at least 8: {goal(met=times >= 8)})"
            )
            print(f"\n{kind}, {words}: {said}")


def ndjson(count: int, share: int) -> Iterator[str]:
    """Lines of a bulk export; one in `share` is a result of ours, in whole numbers, the others are other tests."""
    codes = [*UNITS]
    others = [
        json.dumps(observation(f"{5000 + n}-{check_digit(f'{5000 + n}-0')}", 4.5, printed=n % 2 == 0))
        for n in range(50)
    ]
    for number in range(count):
        if number % share:
            yield others[number % len(others)]
        else:
            yield json.dumps(observation(codes[number // share % 6], 20 + number % 97, printed=False))


def test_a_stream_against_parsing_its_json() -> None:
    """Lines streamed, judged and written, against parsing each line with the standard library; memory at the end.

    Once more where the answers are asked for as objects, beside the text.
    """
    for share in (20, 5, 1):
        count = LINES if share == 20 else LINES // 10
        ours = theirs = asked = 0.0
        judged = 0
        for start in range(0, count, CHUNK):
            lines = list(ndjson(min(CHUNK, count - start), share))
            begun = time.perf_counter()
            for _ in fhir.annotate_lines(lines, patient=WOMAN):
                pass
            ours += time.perf_counter() - begun
            begun = time.perf_counter()
            for text in lines:
                json.loads(text)
            theirs += time.perf_counter() - begun
            begun = time.perf_counter()
            judged += sum(len(line.judged) for line in fhir.annotate_lines(lines, patient=WOMAN))
            asked += time.perf_counter() - begun
        print(
            f"\n1 in {share}: {count:,} lines, {judged:,} judged: {count / ours:,.0f} lines a second, "
            f"parsing alone {count / theirs:,.0f}: {theirs / ours:.2f} of its rate "
            f"(at least 0.5: {goal(met=theirs / ours >= 0.5)}); {theirs / asked:.2f} with the answers as objects"
        )
    for count in (2000, 20_000):
        tracemalloc.start()
        for _ in fhir.annotate_lines(ndjson(count, 5), patient=WOMAN):
            pass
        print(f"{count:,} lines: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB at most")
        tracemalloc.stop()
