"""Fuzz the readers: `python -m tests.fuzzing --inputs 1000000 --seed 1 --target text`; every target without one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzzing import fhir_readers, message_readers, table_readers, text_readers
from tests.fuzzing.run import Outcome, fuzz, keep

_READERS = (text_readers, fhir_readers, message_readers, table_readers)
TARGETS = {each.name: each for readers in _READERS for each in readers.TARGETS}


def main(arguments: list[str] | None = None) -> int:
    """Read as many inputs as are asked for, and say what was found; 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="of each target")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same inputs")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="may be given again; else all")
    parser.add_argument("--found", type=Path, default=Path(".fuzzing"), help="the folder for what fails")
    asked = parser.parse_args(arguments)
    failed = False
    for name in asked.target or TARGETS:
        outcome = fuzz(TARGETS[name], asked.inputs, asked.seed)
        say(outcome)
        for failure in outcome.failures:
            failed = True
            print(f"  FAILED {failure.kind}: {keep(failure, asked.found)}", flush=True)
    return int(failed)


def say(outcome: Outcome) -> None:
    """The figures of a run, and what became of most of its inputs."""
    rate = outcome.inputs / outcome.seconds
    print(
        f"{outcome.target}: {outcome.inputs} inputs, {rate:.0f} a second, slowest {outcome.slowest * 1000:.1f} ms, "
        f"memory {outcome.grown / 2**20:+.1f} MiB in the second half"
    )
    print(f"  slowest: {repr(outcome.slowest_case)[:200]}")
    print("  became:", ", ".join(f"{name} {count}" for name, count in outcome.ended.most_common(30)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
