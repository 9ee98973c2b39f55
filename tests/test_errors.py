"""Every error has a code of its own, is a builtin as well, and says what happened and what to do."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle
import re
from pathlib import Path
from typing import NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import errors
from rlslabs.errors import NOTICES, SHOWN, LabsError, shown

KEBAB = re.compile(r"[a-z]+(-[a-z0-9]+)*")
LINE = re.compile(r"(?P<branch>[│├└─ ]*)(?P<name>[A-Za-z]+)(?: \((?P<builtin>[A-Za-z]+)\))?(?: +(?P<code>[a-z-]+))?")
STEP = len("├── ")
SAMPLES: dict[str, object] = {"tuple[str, ...]": ("ng/mL", "ug/L"), "str": "range[3].low", "int": 7}


class Drawn(NamedTuple):
    """One line of the tree in the docstring of the module."""

    name: str
    parent: str
    builtin: str | None
    code: str | None


def drawn() -> list[Drawn]:
    """The lines of the tree, each with the parent that the drawing gives it."""
    found: list[Drawn] = []
    path: list[str] = []
    for line in (errors.__doc__ or "").split("```")[1].strip().splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        depth = len(match["branch"]) // STEP
        path = [*path[:depth], match["name"]]
        found.append(Drawn(match["name"], path[-2] if depth else "Exception", match["builtin"], match["code"]))
    return found


TREE = drawn()
CLASSES: dict[str, type[LabsError]] = {
    name: each for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, LabsError)
}
CONCRETE = [each for each in CLASSES.values() if not each.__subclasses__()]


def sample(kind: type[LabsError]) -> LabsError:
    """An error with every attribute set to something that is not its default."""
    parameters = list(inspect.signature(kind).parameters.values())[3:]
    return kind("It rained", "take an umbrella", "wet µg", *(SAMPLES[str(each.annotation)] for each in parameters))


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    """Each class stands in the drawing once, under its first base, with its builtin and its code."""
    in_code = [
        Drawn(
            name,
            each.__bases__[0].__name__,
            next((base.__name__ for base in each.__bases__[1:]), None),
            vars(each).get("code"),
        )
        for name, each in CLASSES.items()
    ]
    assert sorted(TREE) == sorted(in_code)


def test_every_code_is_kebab_case_and_names_one_error_or_one_notice() -> None:
    """A code is lower-case words joined by hyphens, and no two errors or notices share it."""
    codes = [each.code for each in CONCRETE] + list(NOTICES)
    assert all(KEBAB.fullmatch(code) for code in codes)
    assert len(set(codes)) == len(codes)


def test_only_an_error_without_kinds_of_its_own_has_a_code() -> None:
    """A group of errors carries no code, so a code always names the narrowest class."""
    coded = {name for name, each in CLASSES.items() if "code" in vars(each)}
    assert coded == {each.__name__ for each in CONCRETE}


@pytest.mark.parametrize("kind", CONCRETE)
def test_an_error_is_caught_as_the_builtin_that_is_drawn_beside_it(kind: type[LabsError]) -> None:
    """Whoever knows only Python's own exceptions catches ours by them."""
    lineage = {each.__name__ for each in kind.__mro__}
    name = next(each.builtin for each in TREE if each.builtin and each.name in lineage)
    with pytest.raises(getattr(builtins, name)) as caught:
        raise sample(kind)
    assert isinstance(caught.value, LabsError)


def test_the_page_names_every_kind_of_error_with_its_builtin() -> None:
    """A row of the table holds each class right below the base, and its builtin."""
    page = (Path(__file__).parents[1] / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    told = {(name, builtin.strip(" `")) for names, builtin in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {(each.name, each.builtin) for each in TREE if each.parent == "LabsError"}


@pytest.mark.parametrize("kind", CONCRETE)
def test_an_error_says_what_happened_and_then_what_to_do(kind: type[LabsError]) -> None:
    """The message holds both halves in this order, and the attributes hold each by itself."""
    error = sample(kind)
    assert str(error).endswith("It rained; take an umbrella")
    assert (error.happened, error.mend, error.text) == ("It rained", "take an umbrella", "wet µg")


@pytest.mark.parametrize("kind", CONCRETE)
def test_an_error_without_further_facts_still_speaks(kind: type[LabsError]) -> None:
    """The offending text and every further attribute may be left out."""
    error = kind("It rained", "take an umbrella")
    assert error.text == ""
    assert "It rained; take an umbrella" in str(error)


@pytest.mark.parametrize("kind", CLASSES.values())
def test_an_error_crosses_processes_whole(kind: type[LabsError]) -> None:
    """Pickling by every protocol and copying keep the class, the attributes and the message."""
    error = sample(kind)
    twins = [
        pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  our own bytes
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for twin in (*twins, copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert (vars(twin), twin.args, str(twin)) == (vars(error), error.args, str(error))


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (errors.CatalogError("It rained", "mend", file="iron.toml", key="range[3]"), "iron.toml: range[3]: "),
        (errors.SheetError("It rained", "mend", line=3, column=2), "line 3, column 2: "),
    ],
    ids=["catalog", "sheet"],
)
def test_an_error_about_a_file_begins_with_the_place(error: LabsError, place: str) -> None:
    """Whoever reads the message finds the file, the key or the line first."""
    assert str(error) == f"{place}It rained; mend"


def test_an_unknown_unit_lists_the_units_that_are_accepted() -> None:
    """A program can offer the accepted units without reading the message."""
    assert errors.UnknownUnitError("It rained", "mend", "K/uL", ("ng/mL", "ug/L")).accepted == ("ng/mL", "ug/L")


@given(st.text(st.characters()) | st.text(st.characters(), min_size=SHOWN - 1, max_size=SHOWN + 2))
def test_a_shown_text_is_short_quoted_and_printable(text: str) -> None:
    """Whatever is quoted, the quotation is one line of bounded length without control characters."""
    quoted = shown(text)
    assert quoted[0] == quoted[-1] == '"'
    assert quoted.isprintable()
    assert len(quoted) <= SHOWN + len('""…')
    assert quoted.endswith('…"') or len(text) <= SHOWN


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=SHOWN))
def test_a_short_printable_text_is_shown_as_it_is(text: str) -> None:
    """Nothing is lost of an offending text that can be printed."""
    assert shown(text) == f'"{text}"'


class Mute:
    """An object that cannot be written."""

    def __str__(self) -> str:
        raise RuntimeError


class Odd:
    """An object whose text is no text."""

    def __str__(self) -> str:
        return cast("str", 5)


@pytest.mark.parametrize(
    ("thing", "name"), [(Mute(), "Mute"), (Odd(), "Odd"), (10**5000, "int")], ids=["Mute", "Odd", "int"]
)
def test_a_thing_that_cannot_be_written_is_shown_by_its_type(thing: object, name: str) -> None:
    """A refusal never fails over the text of what it refuses."""
    assert shown(thing) == f'"a {name}"'


@pytest.mark.parametrize(
    ("thing", "quoted"),
    [(38, '"38"'), (None, '"None"'), ("a\x00b\nc\u202ed", '"a?b?c?d"')],
    ids=["int", "none", "text"],
)
def test_control_characters_are_shown_as_question_marks(thing: object, quoted: str) -> None:
    """What could move a cursor or turn a line around does not reach a log."""
    assert shown(thing) == quoted
