"""Mutation testing: changes a module in one place at a time and asks whether a test notices.

    .venv/bin/python -m tools.mutate units limits     # the modules named, or all that [tool.mutate] names
    .venv/bin/python -m tools.mutate --again units    # only what survived the last time
    .venv/bin/python -m tools.mutate --every 5 units  # one mutant in five; --start 2 for another sample

Each mutant runs in a process of its own, forked once the tests are collected, with the caches cleared, through the
tests that reach its line, the quick ones first, with few examples of each property. What survives that runs once more
through a fresh import of the package, with all examples and every test that reaches the module: a line may be reached
by the first test that asks, and its answer kept for the others. Tests that take seconds are left out. Survivors
that are the same program stand in tests/mutants.toml, with the reason. Before its mutants, the module goes each of the
two ways unchanged: where a test fails then, there is no figure.
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import time
import tomllib
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import coverage
import pint  # noqa: F401  what every child would load is loaded once, before the first fork
import pydantic  # noqa: F401  the same
import pytest
from hypothesis import HealthCheck, Phase, settings

from tools.mutants import UNCHANGED, Mutant, changed_lines, compiled, mutants

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "rlslabs"
KEPT = ROOT / ".mutants"
EQUIVALENT = ROOT / "tests" / "mutants.toml"
QUIET = (
    *("-q", "--tb=no", "--no-header", "--no-summary", "--assert=plain"),
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
PATIENCE = 15
SLOW = 3
FEW, MANY = 15, 100
UNMADE = 77  # how a child ends that could not make its mutant
ROOM = 4 * 1024**3


class Reached:
    """The tests that run each line, and how long each takes, found once by running them all."""

    def __init__(self, session: pytest.Session, module: ModuleType) -> None:
        file = str(module.__file__)
        watched = coverage.Coverage(data_file=None, config_file=False, include=[file])
        watched.start()
        self.seconds: dict[str, float] = {}
        session.config.pluginmanager.register(Noticing())
        caches = [each for each in memories() if each.__module__ == module.__name__]
        for item, after in zip(session.items, [*session.items[1:], None], strict=True):
            for each in caches:
                each.cache_clear()
            watched.switch_context(item.nodeid)
            began = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            self.seconds[item.nodeid] = time.process_time() - began
        watched.stop()
        by_line = watched.get_data().contexts_by_lineno(file)
        self.lines = {str(line): [name for name in names if name] for line, names in by_line.items()}

    def told(self) -> dict[str, object]:
        """What was found, as data."""
        return {"seconds": self.seconds, "lines": self.lines}


class Tests:
    """Which tests a mutant is run through."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.seconds: dict[str, float] = told["seconds"]
        self.lines: dict[str, list[str]] = told["lines"]

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run the statement, quick ones of a file first, slow ones not at all."""
        return self._sorted({name for line in mutant.lines for name in self.lines.get(str(line), ())})

    def all(self) -> list[str]:
        """The tests that run anything of the module, quick ones first."""
        return self._sorted({name for names in self.lines.values() for name in names})

    def _sorted(self, names: set[str]) -> list[str]:
        """File by file, so that what a file sets up is set up once."""
        files = list(dict.fromkeys(name.partition("::")[0] for name in self.seconds))
        quick = [name for name in names if self.seconds[name] < SLOW]
        return sorted(quick, key=lambda name: (files.index(name.partition("::")[0]), self.seconds[name]))

    def patience(self, names: Iterable[str]) -> int:
        """Seconds of work after which a mutant hangs."""
        return PATIENCE + int(5 * sum(self.seconds[name] for name in names))


class Collected:
    """A pytest plugin that runs, in place of all tests, what it is given with the collected session."""

    def __init__(self, act: Callable[[pytest.Session], None], examples: int) -> None:
        self.act, self.examples = act, examples

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Let Hypothesis stop at the first counterexample, before the first test module is imported."""
        phases = (Phase.explicit, Phase.generate)
        steady = settings.get_profile("steady")
        settings.register_profile(
            "mutants",
            steady,
            phases=phases,
            database=None,
            max_examples=self.examples,
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do it."""
        self.act(session)
        return True


class Noticing:
    """A pytest plugin that ends a child as soon as a test fails, without a word about it."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End it."""
        error = call.excinfo
        if (
            error is not None
            and not isinstance(error.value, pytest.skip.Exception)
            and not item.get_closest_marker("xfail")
        ):
            (KEPT / "noticed").write_text(f"{item.nodeid}: {error.typename}")
            os._exit(1)


class Changed(importlib.machinery.SourceFileLoader):
    """Loads other code than the file has."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, _fullname: str) -> CodeType:
        """The changed code."""
        return self.code


class Finder(importlib.abc.MetaPathFinder):
    """Finds one module with other code than its file has."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find it, and nothing else."""
        if name != self.name:
            return None
        loader = Changed(name, self.path, self.code)
        return importlib.util.spec_from_file_location(name, self.path, loader=loader)


def memories() -> list[Any]:
    """What remembers answers; the catalog stays, and whatever it hides is seen by a fresh import."""
    kept = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]  # noqa: SLF001  no other name
    catalog = {"rlslabs.catalog", "rlslabs.loading"}
    return [each for each in kept if each.__module__.startswith("rlslabs") and each.__module__ not in catalog]


def forked(act: Callable[[], int], patience: int) -> int:
    """What a child answers: 0 where no test noticed anything; a signal or another number where one did."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    done = 3
    try:
        signal.setitimer(signal.ITIMER_PROF, patience)
        signal.alarm(20 * patience)  # one that works while it waits for its turn does not hang
        resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
        told = os.open(KEPT / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(told, 1)
        os.dup2(told, 2)
        done = act()
    except BaseException:  # noqa: BLE001  a child answers by its number alone
        traceback.print_exc()
    finally:
        os._exit(done)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def swap(mutant: Mutant, code: CodeType, functions: Sequence[FunctionType]) -> bool:
    """Give every function of the mutant's name its changed code; tell whether there was one."""
    new = {(each.co_qualname, each.co_firstlineno): each for each in _codes(code)}
    swapped = False
    for each in functions:
        key = (each.__code__.co_qualname, each.__code__.co_firstlineno)
        if (
            mutant.function in {key[0], UNCHANGED.function}
            and key in new
            and new[key].co_freevars == each.__code__.co_freevars
        ):
            each.__code__ = new[key]
            swapped = True
    return swapped


def _rebind(source: str, mutant: Mutant, module: ModuleType) -> bool:
    """Make anew, wherever they were imported to, the values of a changed line outside any function and after it."""
    statements = changed_lines(source, mutant)
    if statements is None:
        return False
    before = dict(module.__dict__)
    exec(compile(statements, str(module.__file__), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  a mutant
    for name, old in before.items():
        new = module.__dict__[name]
        for other in [] if new is old else list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, new)
    return True


def _run(session: pytest.Session, names: list[str]) -> int:
    session.config.pluginmanager.register(Noticing())
    by_name = {item.nodeid: item for item in session.items}
    items = [by_name[name] for name in names if name in by_name] or session.items
    for item, after in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return 1
    return 0


def _changed(  # noqa: PLR0917  what is the same for every mutant comes first
    session: pytest.Session,
    module: ModuleType,
    source: str,
    functions: Sequence[FunctionType],
    caches: Sequence[Any],
    mutant: Mutant,
    names: list[str],
) -> int:
    """Make a mutant of what is loaded, and run its tests; one that cannot be made so, as a default, wants an import."""
    gc.disable()
    swapped = bool(mutant.function) and swap(mutant, compiled(source, str(module.__file__), mutant), functions)
    bound = mutant.function in {"", UNCHANGED.function} and _rebind(source, mutant, module)
    if not swapped and not bound:
        return UNMADE
    for each in caches:
        each.cache_clear()
    return _run(session, names)


def _in_place(name: str, source: str, some: Sequence[Mutant], files: Sequence[str], out: Path) -> int:
    """Run the mutants of functions in children of one collected session; write down what is left over."""

    def act(session: pytest.Session) -> None:
        module = importlib.import_module(name)
        measured = out.with_suffix(".reached")
        if forked(lambda: measured.write_text(json.dumps(Reached(session, module).told())) * 0, 3600):
            return
        tests = Tests(json.loads(measured.read_text()))
        functions = [
            each
            for each in gc.get_objects()
            if isinstance(each, FunctionType) and each.__code__.co_filename == module.__file__
        ]
        child = functools.partial(_changed, session, module, source, functions, memories())
        gc.freeze()
        if forked(lambda: child(UNCHANGED, tests.all()), tests.patience(tests.all())):
            return
        left: dict[str, bool] = {}
        for mutant in some:
            names = tests.of(mutant) if mutant.function else tests.all()
            ended = forked(functools.partial(child, mutant, names), tests.patience(names)) if names else 0
            made = os.waitstatus_to_exitcode(ended) != UNMADE
            if not ended or not made:
                left[mutant.name] = made
        out.write_text(json.dumps(left))

    return int(pytest.main([*QUIET, *files], plugins=[Collected(act, FEW)]))


def _fresh(name: str, path: str, code: CodeType, files: Sequence[str], names: list[str]) -> int:
    """Run a mutant from its import on."""
    sys.meta_path.insert(0, Finder(name, path, code))
    found = [3]

    def act(session: pytest.Session) -> None:
        found[0] = _run(session, names)

    ended = pytest.main([*QUIET, *files], plugins=[Collected(act, MANY)])
    return int(ended) or found[0]


def _refuse(way: str) -> None:
    """Go no further: what fails without a change would kill every mutant."""
    noticed = KEPT / "noticed"
    test = noticed.read_text() if noticed.exists() else "the run itself; .mutants/log says why"
    raise SystemExit(f"There is no figure: with the module unchanged, {way}, this fails: {test}")


def survivors(module: str, files: Sequence[str], some: Sequence[Mutant], *, quick: bool) -> list[Mutant]:
    """The mutants that no test notices."""
    path = SOURCE / f"{module}.py"
    name = f"rlslabs.{module.replace('/', '.')}"
    source = path.read_text(encoding="utf-8")
    out = KEPT / f"{module.replace('/', '.')}.left"
    for each in (out, KEPT / "noticed"):
        each.unlink(missing_ok=True)
    forked(lambda: _in_place(name, source, some, files, out), 7200)
    if not out.exists():
        _refuse("in place")
    left: dict[str, bool] = json.loads(out.read_text())
    tests = Tests(json.loads(out.with_suffix(".reached").read_text()))
    believed = [each for each in some if quick and left.get(each.name)]
    if len(believed) == len(left):
        return believed
    plain = compiled(source, str(path), UNCHANGED)
    (KEPT / "noticed").unlink(missing_ok=True)
    if forked(lambda: _fresh(name, str(path), plain, files, tests.all()), tests.patience(tests.seconds) * 3):
        _refuse("imported anew")
    alive = believed
    for mutant in (each for each in some if each.name in left and each not in believed):
        code = compiled(source, str(path), mutant)

        def child(code: CodeType = code) -> int:
            return _fresh(name, str(path), code, files, tests.all())

        if not forked(child, tests.patience(tests.seconds) * 3):
            alive.append(mutant)
    return alive


def main() -> int:
    """Mutate the modules named and say what survived."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--again", action="store_true", help="only what survived the last time")
    parser.add_argument("--quick", action="store_true", help="believe the first of two runs, if it made the mutant")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one mutant in N")
    parser.add_argument("--start", type=int, default=0, metavar="K", help="begin with mutant K: another sample")
    given = parser.parse_args()
    os.chdir(ROOT)
    KEPT.mkdir(exist_ok=True)
    (KEPT / "log").unlink(missing_ok=True)
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutate"]
    argued = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    wrong = 0
    for module in given.modules or table:
        began = time.monotonic()
        kept = KEPT / f"{module.replace('/', '.')}.json"
        every = mutants((SOURCE / f"{module}.py").read_text(encoding="utf-8"))
        same = [each["mutant"] for each in argued.get(module, [])]
        stale = set(same) - {each.name for each in every}
        some = [each for each in every[given.start :: given.every] if each.name not in same]
        if given.again:
            before = set(json.loads(kept.read_text()))
            some = [each for each in some if each.name in before]
        alive = survivors(module, [f"tests/test_{each}.py" for each in table[module]], some, quick=given.quick)
        kept.write_text(json.dumps([each.name for each in alive]))
        tried = len(some)
        killed = tried - len(alive)
        share = 100 * killed / max(tried, 1)
        print(
            f"{module}: {tried} mutants, {killed} killed ({share:.1f} %), {len(alive)} survived, {len(same)} are "
            f"the same program; {time.monotonic() - began:.0f} s",
            *(f"  {module}:{each.line} {each.name}" for each in alive),
            *(f"  argued for nothing: {each}" for each in sorted(stale)),
            sep="\n",
            flush=True,
        )
        wrong += len(alive) + len(stale)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
