"""The words: every example runs, the pages are current, and every code has its heading."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil
import re
import shlex
from pathlib import Path

import pytest

import rlslabs
from rlslabs.catalog import builtin
from rlslabs.errors import NOTICES, LabsError

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(each.name for each in pkgutil.iter_modules(rlslabs.__path__) if each.name != "__main__")


def codes(kind: type[LabsError]) -> set[str]:
    """The codes of an error and of every error below it."""
    below = {code for each in kind.__subclasses__() for code in codes(each)}
    return below | ({kind.code} if "code" in vars(kind) else set())


def pages_with_python() -> list[Path]:
    """The pages that hold an example to run."""
    return [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", pages_with_python(), ids=lambda page: page.name)
def test_every_example_of_a_page_runs_from_top_to_bottom(page: Path) -> None:
    """A reader who types a page in order meets no surprise, and every page asserts something."""
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    examples = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert text.count("```python") == len(examples)
    assert any("assert " in example for example in examples)
    for example in examples:
        line = text[: text.index(example)].count("\n")
        exec(compile("\n" * line + example, str(page), "exec"), names)  # noqa: S102  the pages of this repository


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_a_docstring_runs(name: str) -> None:
    """What a docstring shows is what the code prints."""
    module = importlib.import_module(f"rlslabs.{name}")
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


def test_the_first_screen_of_the_readme_prints_what_the_call_prints() -> None:
    """The printed answer in the README is the beginning of the real one."""
    shown = re.search(r"```text\n(.*?)\.\.\.\n```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    it = rlslabs.interpret("ferritin", "38 ng/mL", sex="female", age=52)
    assert it.explanation.text.startswith(" ".join(shown[1].split()))


def test_every_code_has_one_heading_and_every_heading_a_code() -> None:
    """The page on errors lists exactly the codes that exist."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert sorted(headings) == sorted(codes(LabsError) | set(NOTICES))


def test_the_markers_page_is_current() -> None:
    """The page is what the data files make of it now."""
    path = ROOT / "docs" / "make_markers.py"
    spec = importlib.util.spec_from_file_location("make_markers", path)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(builtin())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """A link inside the repository names a file that is there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_commands_of_the_readme_are_commands() -> None:
    """Every subcommand that the README shows exists."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [shlex.split(line, comments=True)[1] for line in text.splitlines() if line.startswith("rlslabs ")]
    known = {"interpret", "panel", "score", "fhir", "hl7v2", "markers", "schema", "sample", "vectors", "conformance"}
    assert set(shown) == known
