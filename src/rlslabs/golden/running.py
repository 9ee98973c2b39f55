"""Another program run on questions: bounded in time and in what it writes, with a refusal that says what it did."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from rlslabs.errors import ConformanceError, ResourceError, shown
from rlslabs.fhir.exact import once
from rlslabs.golden.complaints import complaint

LARGEST = 2**28
"""How many bytes a program may write; our own answers are a twentieth of it."""
_POLL = 0.02


def answers_of(command: Sequence[str], questions: dict[str, str], timeout: float) -> dict[str, object]:
    """What a program answers to lines of JSON, by the id of each question.

    Args:
        command: The program and its arguments.
        questions: Each line to ask, by its id.
        timeout: The seconds after which the program is stopped, with all that it started in its own group of processes.
            What it started in a group or session of its own, as with `setsid`, goes on; it is not waited for.

    Raises:
        ConformanceError: The program cannot be run, does not end, fails, or answers something that is not asked.
    """
    name = command[0]
    with tempfile.TemporaryDirectory() as folder:
        asked, out, err = (Path(folder) / each for each in ("asked", "out", "err"))
        asked.write_text("".join(f"{line}\n" for line in questions.values()), encoding="utf-8")
        code = _run(command, (asked, out, err), timeout)
        written, complaints = (_bounded(each, name) for each in (out, err))
    if code:
        raise _failed(name, code, _first_open(written, questions), complaints)
    try:
        lines = written.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        happened = f"{shown(name)} writes bytes that are no UTF-8"
        raise ConformanceError(happened, "write UTF-8", name[:80]) from error
    found: dict[str, object] = {}
    for line in filter(str.strip, lines):
        id_, answer = _read(line, questions)
        if id_ in found:
            happened = f"There are two answers to {shown(id_)}"
            raise ConformanceError(happened, "answer each question once", id_[:80])
        found[id_] = answer
    return found


def _run(command: Sequence[str], files: tuple[Path, Path, Path], timeout: float) -> int:
    """The code with which a program ends; it reads and writes files, so that nothing waits for a pipe."""
    with files[0].open("rb") as asked, files[1].open("wb") as out, files[2].open("wb") as err:
        try:
            running = subprocess.Popen(  # noqa: S603  the command is what the caller wants run
                [*command], stdin=asked, stdout=out, stderr=err, start_new_session=True
            )
        except (OSError, ValueError) as error:
            happened = f"{shown(command[0])} cannot be run: {getattr(error, 'strerror', None) or error}"
            raise ConformanceError(happened, "give a program after --", command[0][:80]) from error
        try:
            return _awaited(running, files[1:], command[0], timeout)
        finally:
            _stop(running)


def _awaited(running: subprocess.Popen[bytes], written: Collection[Path], name: str, timeout: float) -> int:
    last = time.monotonic() + timeout
    while True:
        with suppress(subprocess.TimeoutExpired):
            return running.wait(_POLL)
        if time.monotonic() > last:
            happened = f"{shown(name)} did not end within {timeout:g} seconds"
            raise ConformanceError(happened, "let it read to the end of its input", name[:80])
        for each in written:
            _measure(each, name)


def _measure(written: Path, name: str) -> None:
    if written.stat().st_size > LARGEST:
        happened = f"{shown(name)} writes more than {LARGEST:,} bytes"
        raise ConformanceError(happened, "let it write one line for each question", name[:80])


def _bounded(written: Path, name: str) -> bytes:
    """What was written, measured also at the end: a program may make a file of any size at once and be gone."""
    _measure(written, name)
    with written.open("rb") as file:
        return file.read(LARGEST)


def _stop(running: subprocess.Popen[bytes]) -> None:
    """End the program and its group of processes, which it leads; what has left the group is not known here."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def _failed(name: str, code: int, first_open: str, complaints: bytes) -> ConformanceError:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    happened = f"{shown(name)} {how}, first without an answer to {first_open}; it said: {complaint(complaints)}"
    return ConformanceError(happened, "let it answer every line and end with 0", name[:80])


def _first_open(written: bytes, questions: Collection[str]) -> str:
    """The id of the first question that a program left without an answer."""
    answered: set[str] = set()
    for line in written.decode("utf-8-sig", "replace").split("\n"):
        with suppress(ConformanceError):
            answered.add(_read(line, questions)[0])
    return next((each for each in questions if each not in answered), "none")


def _read(line: str, known: Collection[str]) -> tuple[str, object]:
    try:
        said = json.loads(line, object_pairs_hook=once)
        name, answer = said["id"], said["answer"]
    except ResourceError as error:
        happened = f"In the line {shown(line)} a name stands twice in one object"
        raise ConformanceError(happened, "give each name once", line[:80]) from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        happened = f"The line {shown(line)} is no answer"
        raise ConformanceError(happened, 'write {"id": ..., "answer": ...}, one to a line', line[:80]) from error
    if not isinstance(name, str) or name not in known:
        happened = f"An answer to {shown(name)} was not asked for"
        raise ConformanceError(happened, "answer with the id of the question", str(name)[:80])
    return name, answer
