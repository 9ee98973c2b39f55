"""Holds the arguments of tests/mutants.toml against inputs: what is the same program gives every one the same answer.

    .venv/bin/python -m tools.argued text reading    # the modules named, or all; --inputs and --seed as for fuzzing

An argument is a sentence, and may be wrong. The inputs are those of the fuzz targets, and panels of one day and two. A
mutant outside of functions cannot be made of what is loaded; how many were so held against no input is said.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from types import FunctionType
from typing import NamedTuple

from tests.fuzzing.answers import KINDS, PANELS, Answer
from tools.mutants import Mutant, compiled, mutants
from tools.mutate import EQUIVALENT, KEPT, SOURCE, UNMADE, forked, memories, swap

PATIENCE = 1200


class Told(NamedTuple):
    """The answers of a module as it is, to inputs of these seeds."""

    kind: Answer
    seeds: range
    answers: list[object]


def seeded(seed: int) -> Random:
    """Chance that can be repeated."""
    return Random(seed)  # noqa: S311  for tests


def asked(module: str, inputs: int, seed: int) -> Iterator[Told]:
    """The inputs of a module, and what it answers."""
    kinds = KINDS.get(module, KINDS.get(module.partition("/")[0], PANELS))
    for kind in kinds:
        seeds = range(seed, seed + inputs // len(kinds))
        yield Told(kind, seeds, [kind(seeded(each)) for each in seeds])


def differs(told: list[Told], out: Path) -> int:
    """Whether an input is answered otherwise, which is written down."""
    for kind, seeds, answers in told:
        for seed, answer in zip(seeds, answers, strict=True):
            if kind(seeded(seed)) != answer:
                out.write_text(f"{kind.__name__} of seed {seed}", encoding="utf-8")
                return 1
    return 0


def audit(module: str, argued: Sequence[Mutant], inputs: int, seed: int) -> int:
    """How many arguments of a module an input contradicts; each is printed."""
    path = SOURCE / f"{module}.py"
    source = path.read_text(encoding="utf-8")
    name = f"rlslabs.{module.replace('/', '.')}"
    importlib.import_module(name)
    told = list(asked(module, inputs, seed))
    functions = [
        each for each in gc.get_objects() if isinstance(each, FunctionType) and each.__code__.co_filename == str(path)
    ]
    kept, out, wrong, unmade = memories(), KEPT / "differs", 0, 0
    for mutant in argued:
        out.unlink(missing_ok=True)

        def child(mutant: Mutant = mutant) -> int:
            if not swap(mutant, compiled(source, str(path), mutant), functions):
                return UNMADE
            for each in kept:
                each.cache_clear()
            return differs(told, out)

        ended = os.waitstatus_to_exitcode(forked(child, PATIENCE))
        if ended == UNMADE:
            unmade += 1
        elif ended:
            wrong += 1
            why = out.read_text(encoding="utf-8") if out.exists() else "it does not end"
            print(f"  {module}: {mutant.name}: {why}", flush=True)
    tried = sum(len(each.answers) for each in told)
    left = f", {unmade} not held against any" if unmade else ""
    print(f"{module}: {len(argued) - unmade} arguments, {wrong} contradicted by {tried} inputs{left}", flush=True)
    return wrong


def main() -> int:
    """Hold the arguments of the modules named against inputs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--inputs", type=int, default=4000, help="of each module")
    parser.add_argument("--seed", type=int, default=1, help="the first; each input has a seed of its own")
    given = parser.parse_args()
    KEPT.mkdir(exist_ok=True)
    argued = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    wrong = 0
    for module in given.modules or argued:
        names = {each["mutant"] for each in argued[module]}
        every = mutants((SOURCE / f"{module}.py").read_text(encoding="utf-8"))
        some = [each for each in every if each.name in names]
        wrong += audit(module, some, given.inputs, given.seed)
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
