"""A short run of the fuzzer on every reader, what it once found, and proof that it can find anything at all."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest

from rlslabs.errors import UnknownMarkerError
from tests.fuzzing import run
from tests.fuzzing.__main__ import TARGETS, main
from tests.fuzzing.run import Case, Failure, Target, attempt, fuzz, keep, kept
from tests.fuzzing.text_readers import refused

CASES = sorted((Path(__file__).parent / "fuzzing" / "cases").glob("*.json"))
INPUTS = {"fhir": 150, "ndjson": 150, "cds-hooks": 40, "hl7v2": 80, "csv": 200, "frames": 400, "results": 1500}
READ = {"hl7v2": "flagged", "cds-hooks": "cards", "people": "read by read_age", "results": "low", "frames": "low"}


@pytest.mark.unwatched
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_no_input_breaks_a_reader(target: Target) -> None:
    """Whatever is handed over is read or refused with a code, in time, and some of it is read."""
    outcome = fuzz(target, INPUTS.get(target.name, 4000), 0)
    assert outcome.failures == ()
    assert outcome.ended[READ.get(target.name, "read")] > 0
    assert len(outcome.ended) > 1


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_was_found_once_stays_mended(path: Path) -> None:
    """Every case on which a reader once failed is read or refused."""
    found = json.loads(path.read_text(encoding="ascii"))
    kind, trace, _, became = attempt(TARGETS[found["target"]], kept(found))
    assert (kind, trace) == ("", "")
    assert became


def words(rng: random.Random) -> Case:
    """A few letters."""
    return ("".join(rng.choices("abcdefgh", k=30)),)


def planted(name: str, fault: object) -> Target:
    """A reader with a fault that shows where an `a` comes before a `b`."""

    def check(case: Case) -> tuple[str, ...]:
        if re.search("a.*b", str(case[0])):
            if callable(fault):
                fault()
            elif isinstance(fault, BaseException):
                raise fault
        return ("read",)

    return Target(name, words, check)


def test_a_crash_is_found_made_small_and_written_down(tmp_path: Path) -> None:
    """A reader that lets a KeyError out is reported once, with the smallest input that shows it, which is kept."""
    outcome = fuzz(planted("crash", KeyError("x")), 200, 1)
    (failure,) = outcome.failures
    assert (failure.case, failure.kind) == (
        ("ab",),
        "KeyError  in test_fuzzing.py:check:" + failure.kind.split(":")[-1],
    )
    assert outcome.ended["FAILED " + failure.kind] > 1
    found = json.loads(keep(failure, tmp_path).read_text(encoding="ascii"))
    assert kept(found) == failure.case
    assert kept(run.written(failure._replace(case=(b"\xff", None, "\ud800")))) == (b"\xff", None, "\ud800")


def test_a_slow_input_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input that takes longer than it may is a failure, and one that seems to hang is given up."""
    monkeypatch.setattr(run, "LONGEST", 0.01)
    (failure,) = fuzz(planted("slow", lambda: busy(0.03)), 30, 1).failures
    assert failure.kind == "slow"
    monkeypatch.setattr(run, "_HANGS", 0.05)
    (failure,) = fuzz(planted("hung", lambda: busy(5)), 3, 5).failures
    assert failure.kind.startswith("Hung")


def busy(seconds: float) -> None:
    """Use the processor for so long; what stops it is no Exception."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        try:
            str(until)
        except Exception:  # noqa: BLE001, S112  as a careless reader has it
            continue


def test_growing_memory_is_found() -> None:
    """A reader that keeps what it read is a failure, though each input is small."""
    held: list[bytearray] = []
    outcome = fuzz(planted("leak", lambda: held.append(bytearray(b"x" * 10**6))), 200, 1)
    assert [each.kind.partition(" by ")[0] for each in outcome.failures] == ["memory grew"]


def test_the_same_seed_makes_the_same_inputs() -> None:
    """What a run found can be found again."""
    for target in TARGETS.values():
        one, two, other = (random.Random(seed) for seed in (1, 1, 2))  # noqa: S311  no secret
        assert [target.make(one) for _ in range(5)] == [target.make(two) for _ in range(5)]
        assert target.make(one) != target.make(other)


def test_a_refusal_without_its_form_is_a_failure() -> None:
    """A refusal says what happened and what to do, and holds nothing that a terminal acts on."""
    assert refused(UnknownMarkerError("It is unknown", "give another", "x")) == ("unknown-marker",)
    for bad in (("", "do"), ("It is\x1b[2J", "do"), ("It", "do", "x" * 81), ("It" * 5000, "do")):
        with pytest.raises(run.BrokenError):
            refused(UnknownMarkerError(*bad))


def test_the_command_says_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints inputs a second, the slowest input and the memory, and ends with 1 where something failed."""
    assert main(["--inputs", "200", "--seed", "3", "--target", "units", "--found", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert re.match(r"units: 200 inputs, [0-9]+ a second, slowest [0-9.]+ ms, memory [+-][0-9.]+ MiB", said)
    assert "slowest: (" in said
    assert not list(tmp_path.iterdir())
    TARGETS["crash"] = planted("crash", KeyError("x"))
    try:
        assert main(["--inputs", "100", "--target", "crash", "--found", str(tmp_path)]) == 1
    finally:
        del TARGETS["crash"]
    assert "FAILED KeyError" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failure_is_told_by_its_target_and_kind() -> None:
    """Two failures of one kind are written to one file."""
    one = Failure("text", "KeyError", ("a",), "")
    assert run.written(one)["target"] == "text"
