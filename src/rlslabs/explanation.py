"""The nouns of an explanation: sentences with their figures and sources, for one audience."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rlslabs.facts import Frozen, Number, Source

Audience = Literal["clinician", "patient"]


class Figure(Frozen):
    """A number that a sentence uses, with its unit and its part in the sentence."""

    role: Literal["value", "low", "high", "distance", "lab-low"]
    value: Number
    unit: str


class Sentence(Frozen):
    """A sentence, what it is about, and the figures and source ids that it rests on."""

    about: str
    text: str
    figures: tuple[Figure, ...] = ()
    sources: tuple[str, ...] = ()


class Explanation(Frozen):
    """What is said to one audience: sentences in order, and the sources that their marks such as [1] count."""

    audience: Audience
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]

    @property
    def text(self) -> str:
        """The sentences as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)

    def __str__(self) -> str:
        cited = "\n".join(f"[{n}] {source.citation}" for n, source in enumerate(self.sources, 1))
        return f"{self.text}\n\nSources\n{cited}"


class Marks:
    """The sources in the order in which they are first cited."""

    def __init__(self, cited: Iterable[Source] = (), brackets: tuple[str, str] = ("[", "]")) -> None:
        self.cited = {each.id: each for each in cited}
        self._brackets = brackets
        self._numbers = {id_: self._mark(number) for number, id_ in enumerate(self.cited, 1)}

    def _mark(self, number: int) -> str:
        return f"{self._brackets[0]}{number}{self._brackets[1]}"

    def __call__(self, sources: Iterable[Source]) -> str:
        """The marks of these sources, such as `[1][3]`; a source not cited before gets the next number."""
        marks: dict[str, None] = {}
        for each in sources:
            if each.id not in self.cited:
                self.cited[each.id] = each
                self._numbers[each.id] = self._mark(len(self.cited))
            marks[self._numbers[each.id]] = None
        return "".join(marks)
