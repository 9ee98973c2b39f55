"""The shape of the package: what imports what, what is public, and what a plain import costs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rlslabs

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "rlslabs"
HEAVY = ("pint", "narwhals", "hypothesis", "numpy", "pandas", "polars", "argparse")
BY_ITSELF = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, from the root of the project."""
    return subprocess.run(  # noqa: S603  the commands stand in this file
        [sys.executable, *command], capture_output=True, text=True, cwd=ROOT, check=False, env=BY_ITSELF
    )


def test_a_module_imports_only_from_the_lines_below_its_own() -> None:
    """The contract in pyproject.toml holds, and names every module."""
    done = run("-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_public_surface_is_small_sorted_and_documented() -> None:
    """At most fifteen names, classes before functions and each kind sorted, with docstrings, and no logic beside."""
    names = rlslabs.__all__
    assert sorted(names, key=lambda name: (name[0].islower(), name)) == [*names]
    assert len(names) <= 15
    assert all(getattr(rlslabs, name).__doc__ for name in names)
    statements = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8")).body
    assert all(isinstance(each, ast.Expr | ast.ImportFrom | ast.Assign) for each in statements)


@pytest.mark.parametrize("code", ["import rlslabs", "import rlslabs; rlslabs.interpret('ferritin', '38 ng/mL')"])
def test_an_import_and_a_judgement_load_nothing_heavy(code: str) -> None:
    """Neither pint nor any dataframe or test library is loaded by the import or by judging text."""
    done = run("-c", f"{code}; import sys; print(*sorted(set(sys.modules) & set({HEAVY!r})))")
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_modules_are_short_and_well_named() -> None:
    """No module is much over 300 lines, or named for nothing."""
    modules = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    assert not {"utils", "helpers", "core", "base", "common", "misc"} & {path.stem for path in modules}
    assert {path for path, lines in modules.items() if lines > 330 and path.stem != "errors"} == set()


def test_the_style_holds_without_exception() -> None:
    """Ruff with all rules, the formatter and mypy in strict mode find nothing."""
    for command in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        done = run("-m", *command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_only_units_knows_pint() -> None:
    """Pint is named in one module, and there only inside a function."""
    knowing = {path.stem for path in SOURCE.glob("*.py") if "import pint" in path.read_text(encoding="utf-8")}
    assert knowing == {"units"}
    top = ast.parse((SOURCE / "units.py").read_text(encoding="utf-8")).body
    assert not any(isinstance(each, ast.Import) and each.names[0].name == "pint" for each in top)
