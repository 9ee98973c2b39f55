"""Observations that differ by number, day and patient alone are told in the same words but for the number: a form.

The first of a kind is read and judged whole. What was written of it is kept as a form with blanks, for every value on
the same stretch between two limits and everybody of whom the same is known; whose result it was is not kept.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.edges import edges
from rlslabs.errors import LabsError
from rlslabs.fhir.alike import SHARED, Alike, kept, key_of
from rlslabs.fhir.concept import meaning
from rlslabs.fhir.exact import added, dumps, names_in
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.marks import Part, extend, maker, marks
from rlslabs.fhir.notes import Words, beside, filled, joined, words
from rlslabs.fhir.observation import Seen, observed_alike
from rlslabs.fhir.observed import Judged
from rlslabs.fhir.person import Beyond
from rlslabs.fhir.quantity import again, number_of
from rlslabs.fhir.systems import AUTHOR
from rlslabs.fhir.traces import LISTS, is_marked, is_our_note
from rlslabs.fhir.walk import Json, Node
from rlslabs.fhir.whose import Subjects
from rlslabs.limits import table
from rlslabs.reading import FRACTION_UP_TO, PERCENT_FROM
from rlslabs.reported import Patient
from rlslabs.wording import show

_KEPT = 512
_LONGEST = 12
"""Digits of a number that is looked up; a limit has no more."""


class Form(NamedTuple):
    """What is written into an Observation: concepts, ranges, and a note with blanks for the value and its distances."""

    fresh: Callable[[], dict[str, list[Json]]]
    """Makes the concepts and ranges."""
    note: Words
    more: dict[str, str]
    """The concepts and ranges as JSON."""
    spelled: Words
    """The note as JSON."""

    def on(self, resource: Json, value: Decimal) -> Json:
        """A copy of an Observation with everything that is written into it."""
        new, more = dict(resource), self.fresh()
        if self.note:
            more["note"] = [{"authorString": AUTHOR, "text": filled(self.note, value)}]
        if LISTS.isdisjoint(resource):
            new.update(more)
        else:
            for name, elements in more.items():
                extend(new, name, elements)
        return new

    def within(self, text: str, resource: Json, value: Decimal) -> str:
        """The JSON of an Observation with the same written into it; what stands there stays as it stands."""
        more = self.more
        if self.note:
            more = {**more, "note": filled(self.spelled, value)}
        if not LISTS.isdisjoint(resource):
            more = {name: each for name, each in more.items() if isinstance(resource.get(name), list | None)}
        return added(text, resource, more) or dumps(self.on(resource, value))


class Kind(NamedTuple):
    """Observations of one kind: the values at which something changes, how many names of JSON they share, and forms.

    The edges are in one unit; where none is written, a value that is read in another one is read whole.
    """

    edges: tuple[Decimal, ...]
    unit: str
    names: int
    forms: dict[int, Form]

    def stretch(self, value: Decimal) -> int:
        """The number of the stretch that a value lies on; an edge is a stretch of its own."""
        at = bisect_left(self.edges, value)
        return 2 * at + (at < len(self.edges) and self.edges[at] == value)


_kinds: dict[object, Kind] = {}


class Asked(NamedTuple):
    """An Observation of which a form may be known: its kind, what it has in common with others, and its value."""

    key: object
    alike: Alike
    number: Decimal
    seen: Seen | None
    kind: Kind | None
    form: Form | None

    def names(self, resource: Json) -> int:
        """How many names stand in the JSON of the Observation; those that its kind shares were counted before."""
        assert self.kind is not None  # noqa: S101  who has a form has a kind
        apart = [each for name, each in resource.items() if type(each) is not str and name not in SHARED]
        return self.kind.names + len(resource) + names_in(apart)


class Chosen(NamedTuple):
    """What was chosen for all of a call or stream."""

    standard: str | None
    optimal: str | None
    strict: bool
    notes: str


class Forms:
    """The forms for one choice of sets, patient and notes; `beyond` is what is known of patients from elsewhere."""

    def __init__(self, catalog: Catalog, chosen: Chosen, patient: Patient | None, beyond: Beyond | None = None) -> None:
        self._catalog, self._chosen = catalog, chosen
        self._subjects = Subjects(catalog, patient, beyond, strict=chosen.strict)

    @cached_property
    def judge(self) -> Judge:
        """The judge of what has to be read whole.

        Raises:
            UnknownSetError: A set of ranges is unknown.
        """
        return Judge(self._catalog, self._chosen.standard, self._chosen.optimal, strict=self._chosen.strict)

    def ask(self, resource: object) -> Asked | None:
        """What is known of an Observation that stands alone, or `None` where it has to be read whole."""
        if type(resource) is not dict or resource.get("resourceType") != "Observation":
            return None
        key = key_of(resource, self._catalog)
        alike = kept(key)
        if alike is None or not _is_plain(resource):
            return None
        try:
            number = _short(resource["valueQuantity"].get("value"))
            seen, whose = self._subjects.of(resource)
        except LabsError:
            return None
        if number is None or whose is None:
            return None
        banded = any(each.population is not None and each.population.age for each in alike.ranges)
        key = (key, self._chosen, whose.person if banded else whose.alike, whose.known)
        try:
            kind = _kinds.get(key)
        except TypeError:  # a choice that is none, which is refused where it is used
            return None
        form = None if kind is None else kind.forms.get(kind.stretch(number))
        return Asked(key, alike, number, seen, kind, form)

    def forget(self) -> None:
        """Ask anew who somebody is, because more is known of patients."""
        self._subjects.forget()

    def judged(self, asked: Asked, resource: Json) -> tuple[Judged, ...]:
        """The answer about an Observation whose form is known."""
        said = meaning(resource.get("code"), self._catalog)
        seen = self._subjects.seen(resource) if asked.seen is None else asked.seen
        value = again(resource["valueQuantity"], asked.alike.value)
        return (self.judge(observed_alike(Node(resource, ()), said, value, asked.alike, seen)),)

    def learn(self, resource: object, answers: list[Judged]) -> None:
        """Keep what was written of the first of a kind, if it is the same for the values beside it."""
        if len(answers) != 1 or self._chosen.notes == "full" or not isinstance(resource, dict) or is_marked(resource):
            return
        (answer,), asked = answers, self.ask(resource)
        it = answer.interpretation
        if asked is None or asked.form is not None or it is None or len(answer.observed.cases) != 1:
            return
        value = asked.number
        if it.reading.words != f"{value:f}":
            return
        kind = _kinds.get(asked.key)
        if kind is None:
            if len(_kinds) >= _KEPT:
                _kinds.clear()
            at = tuple(sorted({*_edges(answer, self.judge)}))
            names = names_in([resource[name] for name in SHARED if name in resource])
            kind = _kinds[asked.key] = Kind(at, it.reading.unit, names, {})
        if kind.unit != it.reading.unit:
            return
        said = marks(it)
        note = joined([*words(it), *(f" {each}" for each in beside(answer))]) if self._chosen.notes == "brief" else ()
        concepts = said.concepts(answer.observed.flags, unread=answer.unread)
        if value in kind.edges or not any(_says(each, value) for each in note if isinstance(each, str)):
            kind.forms[kind.stretch(value)] = _form(concepts, said.ranges, note)


def _form(concepts: Part, ranges: Part, note: Words) -> Form:
    parts = {"interpretation": concepts, "referenceRange": ranges}
    fresh = maker({name: part.made() for name, part in parts.items() if part.written})
    more = {name: each.text for name, part in parts.items() for each in part.written}
    spelled = [dumps(each)[1:-1] if isinstance(each, str) else each for each in note]
    return Form(fresh, note, more, joined([f'{{"authorString":"{AUTHOR}","text":"', *spelled, '"}']))


def _says(text: str, value: Decimal) -> bool:
    """Whether a text holds the number: then nobody can tell here whether it means the value."""
    return re.search(rf"(?<![0-9.]){re.escape(f'{value:f}')}(?![0-9.])", text) is not None


def _short(value: object) -> Decimal | None:
    """A number that can be written in few digits, without a sign; how long it is is asked before it is written.

    Raises:
        WrongTypeError: It is no number.
    """
    number = number_of(value, "value")
    if not isinstance(number, Decimal) or number.is_signed() or abs(number.adjusted()) >= _LONGEST:
        return None
    return number if len(f"{number:f}") <= _LONGEST else None


def _is_plain(resource: Json) -> bool:
    """Whether nothing in an Observation has to be looked up, or is ours already."""
    specimen = resource.get("specimen")
    if "contained" in resource or not (
        specimen is None or (type(specimen) is dict and specimen.keys() <= {"reference"})
    ):
        return False
    notes = resource.get("note")
    return notes is None or (isinstance(notes, list) and not any(map(is_our_note, notes)))


def _edges(answer: Judged, judge: Judge) -> Iterator[Decimal]:
    """Every value at which the answer, or how its limits are written, can change."""
    it = answer.interpretation
    assert it is not None  # noqa: S101  it was judged
    sets = [judge.catalog.set("standard", judge.standard).id, judge.catalog.set("optimal", judge.optimal).id]
    limits = table(judge.catalog, it.marker, it.reading.unit)
    yield from (FRACTION_UP_TO, PERCENT_FROM)
    ends: list[Decimal | None] = [*edges(judge.catalog, it.marker, it.reading.unit, sets)]
    ends += (limits.soft.low, limits.soft.high, limits.hard.low, limits.hard.high)
    ends += [end for limit in it.standard.limits for end in (limit.low, limit.high)]
    for each in ends:
        if each is not None:
            yield from (each, Decimal(show(each)))
