"""The tool of mutation testing: what it changes, what it leaves alone, and that every argued mutant is still one."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tools import argued, mutate
from tools.mutants import UNCHANGED, changed_lines, compiled, mutants

ROOT = Path(__file__).parents[1]
SOURCE = '''"""A module."""
LIMIT = 5


def low(value: int, *, strict: bool = False) -> bool:
    """Whether it is low."""
    if value < LIMIT and not strict:
        return min(value, 1) == 1
    return False
'''
ARGUED = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))
NAMED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutate"]


def test_each_comparison_number_word_argument_and_statement_is_changed_once() -> None:
    """The list is whole, and holds neither an annotation nor a docstring."""
    assert {each.name for each in mutants(SOURCE)} == {
        "-: 5 -> 6",
        "low: False -> True",
        "low: if value < LIMIT and (not strict) -> if not (value < LIMIT and (not strict))",
        "low: value < LIMIT and (not strict) -> value < LIMIT or not strict",
        "low: value < LIMIT and (not strict) -> not strict",
        "low: value < LIMIT and (not strict) -> value < LIMIT",
        "low: value < LIMIT -> value <= LIMIT",
        "low: not strict -> strict",
        "low: return min(value, 1) == 1 -> return None",
        "low: min(value, 1) == 1 -> min(value, 1) != 1",
        "low: min(value, 1) -> max(value, 1)",
        "low: min(value, 1) -> min(None, 1)",
        "low: 1 -> 2",
        "low: 1 -> 2 #2",
        "low: False -> True #2",
    }


def test_a_mutant_is_the_module_with_its_one_change() -> None:
    """What was `<` is `<=`, and all else is as it was."""
    (mutant,) = (each for each in mutants(SOURCE) if each.name == "low: value < LIMIT -> value <= LIMIT")
    plain: dict[str, object] = {}
    changed: dict[str, object] = {}
    exec(compile(SOURCE, "plain", "exec"), plain)  # noqa: S102  the module stands in this file
    exec(compiled(SOURCE, "changed", mutant), changed)  # noqa: S102  the same
    for made, answers in ((plain, [True, False, False]), (changed, [True, True, False])):
        low = made["low"]
        assert callable(low)
        made["min"] = lambda *_: 1
        assert [low(each) for each in (4, 5, 6)] == answers


def test_the_control_is_the_module_itself_made_the_same_way() -> None:
    """Without a change the same code comes out, whole and for the lines outside any function."""
    made: dict[str, object] = {}
    exec(compiled(SOURCE, "unchanged", UNCHANGED), made)  # noqa: S102  the module stands in this file
    low = made["low"]
    assert callable(low)
    assert [low(4), low(5), low(0), low(4, strict=True)] == [True, False, False, False]
    lines = changed_lines(SOURCE, UNCHANGED)
    assert lines is not None
    assert ast.unparse(lines).endswith("LIMIT = 5")


@pytest.mark.parametrize("module", list(ARGUED))
def test_what_is_argued_is_a_mutant_and_has_a_reason(module: str) -> None:
    """An entry whose code has changed is argued anew or taken out."""
    found = {each.name for each in mutants((ROOT / "src" / "rlslabs" / f"{module}.py").read_text(encoding="utf-8"))}
    assert {each["mutant"] for each in ARGUED[module]} <= found
    assert all(each["why"] and set(each) == {"mutant", "why"} for each in ARGUED[module])


def test_the_modules_and_test_files_that_are_named_exist() -> None:
    """Each module has at least one file of tests that speaks of it."""
    for module, files in NAMED.items():
        assert (ROOT / "src" / "rlslabs" / f"{module}.py").is_file()
        assert files
        assert all((ROOT / "tests" / f"test_{each}.py").is_file() for each in files)


def test_an_argument_that_an_input_contradicts_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same program gives the same answers; one that takes `<` for `>` does not."""
    monkeypatch.setattr(argued, "KEPT", tmp_path)
    monkeypatch.setattr(mutate, "KEPT", tmp_path)
    source = (ROOT / "src" / "rlslabs" / "text.py").read_text(encoding="utf-8")
    changed = next(each for each in mutants(source) if each.name.endswith("comparator not in {'<', '<='}"))
    assert argued.audit("text", [UNCHANGED], inputs=80, seed=1) == 0
    outside = next(each for each in mutants(source) if not each.function)
    assert argued.audit("text", [UNCHANGED, changed, outside], inputs=400, seed=1) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[2] == "text: 2 arguments, 1 contradicted by 400 inputs, 1 not held against any"
    assert [line.partition(":")[0].strip() for line in said] == ["text", "text", "text"]
    assert changed.name in said[1]
