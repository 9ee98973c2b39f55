"""HL7 v2 as ratios to what the library needs for splitting alone, both sides alternating in one run; only printed.

Run with `pytest benchmarks/test_hl7v2.py --benchmark-enable -s`.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable

import hl7  # type: ignore[import-untyped]  # it has no types
from pytest_benchmark.fixture import BenchmarkFixture

from rlslabs import hl7v2

ROUNDS = 30
CALLS = 20
HEADER = "MSH|^~\\&|LAB|A|EHR|B|20240531||ORU^R01|1|P|2.5\rPID|1||1||A^B||19720101|F\rOBR|1||||||20240531\r"
TESTS = [
    ("2276-4^Ferritin^LN", "38", "ng/mL"),
    ("2498-4^Iron^LN", "60", "ug/dL"),
    ("2500-7^TIBC^LN", "300", "ug/dL"),
    ("2132-9^B12^LN", "300", "pg/mL"),
    ("62292-8^25-OH vitamin D^LN", "30", "ng/mL"),
    ("GLU^Glucose^L", "90", "mg/dL"),
]
MESSAGE = HEADER + "".join(f"OBX|1|NM|{coded}||{value}|{unit}|||||F\r" for coded, value, unit in TESTS)


def alternating(*calls: Callable[[], object]) -> list[float]:
    """The median of each, in microseconds a call, alternating."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, found in zip(calls, times, strict=True):
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            found.append((time.perf_counter() - start) / CALLS * 1e6)
    return [statistics.median(found) for found in times]


def peak(messages: int) -> float:
    """The most memory, in megabytes, that a stream of so many messages needs beside its own bytes."""
    data = MESSAGE.encode() * messages
    tracemalloc.start()
    assert sum(len(each.panels) for each in hl7v2.stream(data)) == messages
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def test_reading_judging_and_flagging_a_message(benchmark: BenchmarkFixture) -> None:
    """Six results: split, read, judged as a panel, and flagged."""
    split, read, judged, flagged = alternating(
        lambda: hl7.parse(MESSAGE),
        lambda: hl7v2.read(MESSAGE),
        lambda: hl7v2.interpret(MESSAGE),
        lambda: hl7v2.flag(MESSAGE),
    )
    print(f"\nsplit by the library alone {split:.0f} us; read x {read / split:.2f}", end="; ")
    print(f"judged x {judged / split:.2f}; flagged x {flagged / split:.2f}")
    benchmark(hl7v2.interpret, MESSAGE)


def test_a_stream_needs_the_memory_of_a_message(benchmark: BenchmarkFixture) -> None:
    """Ten times the messages need no more memory."""
    peak(10)
    few, many = peak(100), peak(1000)
    print(f"\npeak of a stream: 100 messages {few:.2f} MB, 1000 messages {many:.2f} MB")
    benchmark(lambda: list(hl7v2.stream(MESSAGE * 10)))
