"""The loop: inputs made from a seed, read, timed, counted; each new failure made small and written down."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from tests.fuzzing.mutate import holder, places

Part = str | bytes | None
Case = tuple[Part, ...]

LONGEST = 1.0
"""Seconds of the processor that one input may take."""

MOST_GROWN = 24 * 2**20
"""Bytes by which memory may grow in the second half of a run, when every cache is warm; caches are bounded."""

_HANGS = 10.0
_TRIES = 1500
_PATIENCE = 20.0
_MOST_KINDS = 20
_PAGE = 4096
_CAN_WATCH = hasattr(signal, "setitimer")


class BrokenError(AssertionError):
    """A reader kept no crash from its caller, or broke a law that holds of every input."""


class Hung(BaseException):
    """An input took so long that it was given up; no `except Exception` of a reader may swallow it."""


class Target(NamedTuple):
    """A reader: what is made for it, and what holds of it. `check` says of each input what became of it."""

    name: str
    make: Callable[[random.Random], Case]
    check: Callable[[Case], tuple[str, ...]]


class Failure(NamedTuple):
    """A case that a reader fails on, as small as it was made, and how it fails."""

    target: str
    kind: str
    case: Case
    trace: str


class Outcome(NamedTuple):
    """What a run has to say."""

    target: str
    inputs: int
    seconds: float
    slowest: float
    slowest_case: Case
    grown: int
    ended: Counter[str]
    failures: tuple[Failure, ...]


def fuzz(target: Target, inputs: int, seed: int) -> Outcome:
    """Read so many inputs; the same seed makes the same ones."""
    rng = random.Random(f"{seed}/{target.name}")
    ended: Counter[str] = Counter()
    failures: dict[str, Failure] = {}
    slowest, done, half = 0.0, 0, 0
    slowest_case: Case = ()
    if _CAN_WATCH:
        signal.signal(signal.SIGVTALRM, _give_up)
    begun = time.perf_counter()
    while done < inputs:
        if not half and done >= inputs / 2:
            half = resident()
        case = target.make(rng)
        kind, trace, took, became = attempt(target, case)
        done += max(1, len(became))
        ended.update(became)
        if took > slowest:
            slowest, slowest_case = took, case
        if kind:
            ended[f"FAILED {kind}"] += 1
            if kind not in failures and len(failures) < _MOST_KINDS:
                failures[kind] = Failure(target.name, kind, *smallest(target, case, kind, trace))
    grown = resident() - half
    if grown > MOST_GROWN:
        failures["memory"] = Failure(target.name, f"memory grew by {grown} bytes", (), "")
    seconds = time.perf_counter() - begun
    return Outcome(target.name, done, seconds, slowest, slowest_case, grown, ended, tuple(failures.values()))


def attempt(target: Target, case: Case) -> tuple[str, str, float, tuple[str, ...]]:
    """How a case fails, if it does; where; how long it took; and what became of its inputs."""
    begun = time.perf_counter()
    try:
        with _WATCHED:
            became = target.check(case)
    except (Exception, Hung) as error:  # noqa: BLE001  whatever escapes is what is looked for
        return _kind(error), traceback.format_exc(limit=-6), time.perf_counter() - begun, ()
    took = time.perf_counter() - begun
    if took > LONGEST / 4:  # again by the processor's clock, because others may have used the processor meanwhile
        begun = time.process_time()
        target.check(case)
        took = min(took, time.process_time() - begun)
    return ("slow" if took > LONGEST else ""), "", took, became


def _kind(error: BaseException) -> str:
    """The exception and where it came from, so that a failure found a thousand times is told once."""
    frames = traceback.extract_tb(error.__traceback__)
    where = next((each for each in reversed(frames) if "rlslabs/" in each.filename), frames[-1])
    first = str(error).partition(":")[0][:60] if isinstance(error, BrokenError) else ""
    place = "" if first else f" in {Path(where.filename).name}:{where.name}:{where.lineno}"
    return f"{type(error).__name__} {first}{place}".strip()


class _Watched:
    """Give an input up that takes very long, where the system can tell; `re` is stopped as well."""

    def __enter__(self) -> None:
        if _CAN_WATCH:
            signal.setitimer(signal.ITIMER_VIRTUAL, _HANGS)

    def __exit__(self, *_: object) -> None:
        if _CAN_WATCH:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise Hung


_WATCHED = _Watched()


def resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except OSError:
        return 0


def smallest(target: Target, case: Case, kind: str, trace: str) -> tuple[Case, str]:
    """A smaller case that fails in the same way, with its trace."""
    tries, until = 0, time.monotonic() + _PATIENCE
    shrunk = not kind.startswith(("slow", "Hung"))
    while shrunk:
        shrunk = False
        for smaller in _smaller(case):
            tries += 1
            if tries > _TRIES or time.monotonic() > until:
                return case, trace
            other, where, _, _ = attempt(target, smaller)
            if other == kind:
                case, trace, shrunk = smaller, where, True
                break
    return case, trace


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with one part missing, or with less in it; the boldest first."""
    for index, part in enumerate(case):
        before, after = case[:index], case[index + 1 :]
        if part:
            yield (*before, None, *after)
        for less in _less(part):
            yield (*before, less, *after)


def _less(part: Part) -> Iterator[Part]:
    if isinstance(part, str) and part[:1] in {"{", "["}:
        yield from _less_json(part)
    length = len(part or "")
    size = length // 2
    while size and part:
        for at in range(0, length, size):
            yield part[:at] + part[at + size :]  # type: ignore[operator]  # both of one kind
        size //= 2


def _less_json(part: str) -> Iterator[str]:
    try:
        top = json.loads(part)
    except (ValueError, RecursionError):
        return
    for path in sorted(places(top), key=len):
        fresh = json.loads(part)
        inner = holder(fresh, path)
        kept = inner.pop(path[-1])
        yield json.dumps(fresh)
        if isinstance(kept, dict | list) and len(path) == 1:
            yield json.dumps(kept)


def written(failure: Failure) -> dict[str, Any]:
    """A failure as JSON can hold it; bytes as Latin-1, half a surrogate pair as an escape."""
    case = [{"bytes": each.decode("latin-1")} if isinstance(each, bytes) else each for each in failure.case]
    return {"target": failure.target, "kind": failure.kind, "case": case, "trace": failure.trace.splitlines()}


def kept(found: dict[str, Any]) -> Case:
    """The case of a failure that was written down."""
    return tuple(each["bytes"].encode("latin-1") if isinstance(each, dict) else each for each in found["case"])


def keep(failure: Failure, folder: Path) -> Path:
    """Write a failure down, under a name that its kind decides."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(f"{failure.target} {failure.kind}".encode()).hexdigest()[:10]
    path = folder / f"{failure.target}-{name}.json"
    path.write_text(json.dumps(written(failure), indent=1) + os.linesep, encoding="ascii")
    return path
