"""Every number of every data file stands in a ledger beside them, or is counted into one; a changed one is seen."""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import rlslabs

KNOWLEDGE = Path(rlslabs.__file__).parent / "knowledge"
LEDGER = Path(__file__).parent / "golden" / "numbers.csv"
QUOTED = LEDGER.with_name("quoted.csv")
FILES = sorted(KNOWLEDGE.rglob("*.toml"))
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"(?<![\w.\"-])[0-9][0-9_]*(?:\.[0-9]+)?(?![\w.\"-])")
_WORDS = re.compile(r'(?!age)[a-z_]+ = (?:"[^"\\]*"|\["[^\]\\]*\])')
_BAND = re.compile(r'\bage = "([^"]+)"')

_RUN = re.compile("[0-9]+")

Entry = tuple[str, str, str]


def numbers(file: str, value: object, key: str = "") -> Iterator[Entry]:
    """Every number, day and age band of a file, with the way to it."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from numbers(file, each, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from numbers(file, each, f"{key}[{index}]")
    elif (not isinstance(value, bool) and isinstance(value, int | Decimal | date)) or key.endswith(".age"):
        yield file, key, str(value)


def entries(path: Path, text: str) -> list[Entry]:
    """The entries of one file, of a text of it."""
    return list(numbers(path.relative_to(KNOWLEDGE).as_posix(), tomllib.loads(text, parse_float=Decimal)))


def ledger() -> list[Entry]:
    """The ledger as it stands beside the tests."""
    with LEDGER.open(encoding="utf-8", newline="") as file:
        return [(row["file"], row["key"], row["number"]) for row in csv.DictReader(file)]


def places(text: str) -> list[tuple[int, int]]:
    """Where a number stands in the text of a file: outside of quotes and comments, and inside of age bands."""
    bare = re.sub(r"(?m)#.*$", lambda m: " " * len(m[0]), _QUOTED.sub(lambda m: "x" * len(m[0]), text))
    found = [match.span() for match in _NUMBER.finditer(bare)]
    for band in _BAND.finditer(text):
        found += [(band.start(1) + m.start(), band.start(1) + m.end()) for m in re.finditer("[0-9]+", band[1])]
    return found


def test_the_ledger_holds_exactly_the_numbers_of_the_data_files() -> None:
    """A number that is changed, added or taken away has to be changed in the ledger too, by somebody who means it."""
    found = [each for path in FILES for each in entries(path, path.read_text(encoding="utf-8"))]
    assert found == ledger()


def without_words(text: str) -> str:
    """The text without its lines of nothing but a name and quoted words, which take long to read."""
    kept = [line for line in text.splitlines() if not _WORDS.fullmatch(line)]
    return "\n".join(kept)


@pytest.mark.unwatched
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_changing_any_one_number_of_a_data_file_is_seen(path: Path) -> None:
    """One number at a time is changed where it stands in the text; each change is one that the ledger shows."""
    whole = path.read_text(encoding="utf-8")
    text = without_words(whole)
    assert (entries(path, text), len(places(text))) == (entries(path, whole), len(places(whole)))
    ours = [each for each in ledger() if each[0] == path.relative_to(KNOWLEDGE).as_posix()]
    spots = places(text)
    for start, end in spots:
        changed = f"{text[:start]}{Decimal(text[start:end].replace('_', '')) + 1}{text[end:]}"
        gone = Counter(ours) - Counter(entries(path, changed))
        assert sum(gone.values()) == 1, text[max(0, start - 40) : end]
    plain = [each for each in ours if not re.search(r"-\d\d-|\.age$", f"{each[2]} {each[1]}")]
    assert len(spots) >= len(plain)


def in_words(value: object, key: str = "") -> Iterator[str]:
    """Every number in the texts of a file, as its digits, but for age bands, which stand in the ledger."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from in_words(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from in_words(each, key)
    elif isinstance(value, str) and key != "age":
        yield from _RUN.findall(value)


def digest(runs: list[str]) -> str:
    """What the numbers in the texts of a file come to."""
    return hashlib.sha256(" ".join(runs).encode()).hexdigest()[:16]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_numbers_in_the_texts_of_a_data_file_are_those_that_somebody_meant(path: Path) -> None:
    """A number in a code, a citation or a sentence that is changed has to be changed in `quoted.csv` too."""
    runs = list(in_words(tomllib.loads(path.read_text(encoding="utf-8"))))
    name = path.relative_to(KNOWLEDGE).as_posix()
    with QUOTED.open(encoding="utf-8", newline="") as file:
        meant = {row["file"]: (row["numbers"], row["digest"]) for row in csv.DictReader(file)}
    assert meant[name] == (str(len(runs)), digest(runs)), "if each change in the texts is meant, write the new line"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_number_in_a_text_is_passed_over(path: Path) -> None:
    """Every one is changed where it stands, and every one that is counted is another."""
    text = path.read_text(encoding="utf-8")
    bare = re.sub(r"(?m)^#.*$", "", _BAND.sub('age = "x"', text))
    changed = _QUOTED.sub(lambda match: _RUN.sub(lambda run: f"{run[0]}1", match[0]), bare)
    before, after = (list(in_words(tomllib.loads(each))) for each in (text, changed))
    assert after == [f"{run}1" for run in before]
    assert len(before) == sum(len(_RUN.findall(each)) for each in _QUOTED.findall(bare))
