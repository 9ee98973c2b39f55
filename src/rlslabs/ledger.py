"""The results of a panel as a table, and what is to be said of each: its notes, what is near, its sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlslabs.answers import INCOMPLETE, Decision, Derived, Panel, PanelLine, SampleNote
from rlslabs.catalog import Catalog
from rlslabs.course import Course
from rlslabs.errors import printable
from rlslabs.explain import placed
from rlslabs.explanation import Audience, Marks
from rlslabs.interpretation import Interpretation
from rlslabs.layout import Block, Heading, Items, Paragraph, Table
from rlslabs.model import Place
from rlslabs.reported import LabResult
from rlslabs.review import is_doubted, reading_of
from rlslabs.speech import Speaker
from rlslabs.wording import (
    issue_words,
    listed,
    refusal_words,
    shown_value,
    span,
    unit_words,
    value_words,
)

_HEAD = (
    ("Test", "Collected", "Result", "Standard range", "place", "Optimal range", "place", "Status"),
    (
        "Test",
        "Taken on",
        "Your result",
        "Laboratory's range",
        "you are",
        "Best for restless legs",
        "you are",
        "In short",
    ),
)
_HEADINGS = {
    "results": ("Results", "Your results"),
    "trends": ("Change over time", "Change over time"),
    "decisions": ("Nearest decisions", "Where an answer would change"),
    "sampling": ("Sampling", "How your blood was taken"),
    "missing": ("What would add most", "What is missing"),
}


class Ledger(Speaker):
    """The results of one panel for one audience; `labels` names each line."""

    def __init__(
        self, panel: Panel, audience: Audience, catalog: Catalog, marks: Marks, labels: Sequence[str] = ()
    ) -> None:
        super().__init__(panel, audience, catalog, marks)
        self.labels = labels or [f"Result {number}" for number, _ in enumerate(panel.lines, 1)]

    def blocks(self) -> Iterator[Block]:
        """The table with its notes, changes over time, nearest decisions, samples, and what is missing."""
        yield self._heading("results")
        rows = [*map(self._line, self.labels, self.panel.lines), *map(self._derived, self.panel.derived)]
        if rows:
            yield Table(*_undated(_HEAD[self.register], rows))
            yield Paragraph(" ".join(self._legend(rows)))
        notes = [
            (label, text)
            for label, line in zip(self.labels, self.panel.lines, strict=True)
            for text in self._notes(line)
        ]
        notes += [
            (self.name(each.computed.result.marker), text)
            for each in self.panel.derived
            for text in self._derived_notes(each)
        ]
        if notes:
            yield Items(tuple(notes))
        for key, items in (
            ("trends", list(Course(self.panel, self.audience, self.catalog, self.marks).items())),
            ("decisions", list(self._decisions())),
            (
                "sampling",
                [(_days(note), f"{self.said(note)} {self.marks(note.sources)}.") for note in self.panel.sampling],
            ),
            (
                "missing",
                [("", f"{self.said(each)}.") for each in self.panel.findings if each.id == INCOMPLETE],
            ),
        ):
            if items:
                yield self._heading(key)
                yield Items(tuple(items))

    def _heading(self, key: str) -> Heading:
        return Heading(_HEADINGS[key][self.register])

    def _legend(self, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
        """What the table does not say itself: whose the optimal ranges are, and what its signs mean."""
        names = dict.fromkeys(it.optimal.set_name for it in self.panel.interpretations)
        if names and not self.plain:
            yield f"Optimal: {listed(list(names))}; targets of a protocol, not limits of a guideline."
        elif names:
            yield "What is best for restless legs is here what one treatment plan aims at; it is no guideline."
        signs = {
            " *": "* the range printed with the result",
            " !": "! a printed range was refused, see below",
            " ?": "? not to be relied on, see below",
        }
        yield from (
            f"{text}." for sign, text in signs.items() if any(cell.endswith(sign) for row in rows for cell in row)
        )

    def _line(self, label: str, line: PanelLine) -> tuple[str, ...]:
        if line.interpretation is not None:
            return self._row(line.interpretation, "", doubted=is_doubted(line, self.catalog))
        if line.context is not None:
            place = "read, not judged" if self.plain else "not judged"
            return (
                self.name(line.context.analyte),
                _taken(line.result),
                value_words(line.context.reading),
                "-",
                "",
                "-",
                "",
                place,
            )
        return (label, _taken(line.result), _written(line), "-", "", "-", "", "refused")

    def _derived(self, derived: Derived) -> tuple[str, ...]:
        if derived.interpretation is None:
            result = derived.computed.result
            value = f"{shown_value(reading_of(derived.computed))}{unit_words(result.unit or '')}"
            return (self.name(result.marker), _taken(result), value, "-", "", "-", "", "refused")
        how = " (estimated)" if derived.computed.estimated else " (computed)"
        doubted = derived.computed.estimated or derived.computed.doubt is not None
        return self._row(derived.interpretation, how, doubted=doubted)

    def _row(self, it: Interpretation, how: str, *, doubted: bool) -> tuple[str, ...]:
        name = it.plain_name if self.plain else it.name
        ends = [end for place in (it.standard, it.optimal) for limit in place.limits for end in (limit.low, limit.high)]
        value = f"{shown_value(it.reading, *ends)}{unit_words(it.reading.unit) or ' (as a fraction)'}"
        cells = [cell for place in (it.standard, it.optimal) for cell in (self._limits(place, it), place.position)]
        return (f"{name}{how}", _taken(it.result), value, *cells, f"{it.status} ?" if doubted else it.status)

    def _limits(self, place: Place, it: Interpretation) -> str:
        """The ranges of a place with their sources: `20-175 ng/mL / 20-328 ng/mL [1][2]`, and where they came from."""
        unit = unit_words(it.reading.unit)
        spans = dict.fromkeys(span(limit, it.reading, unit) for limit in place.limits)
        if not spans:
            return "-"
        refused = any(issue.code.startswith("range-") and issue.code != "range-unit-assumed" for issue in it.issues)
        if place.set == "report":
            return f"{' / '.join(spans)} *"
        marks = self.marks(source for limit in place.limits for source in limit.sources)
        return f"{' / '.join(spans)} {marks}{' !' if refused and place.kind == 'standard' else ''}"

    def _notes(self, line: PanelLine) -> Iterator[str]:
        """Why a line was refused, and what its issues and the other results say of it."""
        if line.issue is not None:
            yield f"{refusal_words(line.issue, self.register)} [{line.issue.code}]"
        own = line.interpretation.issues if line.interpretation else line.context.issues if line.context else ()
        for each in (*line.remarks, *own):
            yield f"{issue_words(each, self.register)} [{each.code}]"
        yield from self._open(line.interpretation)
        for note in line.interpretation.notes if line.interpretation else ():
            if note.kind in {"boundary", "caution"}:
                said = note.patient if self.plain else note.clinician
                yield f"{said.removesuffix('.')} {self.marks(note.sources)}."

    def _open(self, it: Interpretation | None) -> Iterator[str]:
        """What would settle a place, and where the set puts what half a printed range holds."""
        if it is None:
            return
        for place in it.places:
            if place is it.beyond or place.position == "undecided":
                name = place.set_name.replace("standard range", "usual range") if self.plain else place.set_name
                named = place.model_copy(update={"set_name": name})
                yield placed(named, it, self.marks, plain=self.plain).text

    def _derived_notes(self, derived: Derived) -> Iterator[str]:
        """What was computed from what."""
        computed = derived.computed
        inputs = ", ".join(f"{each.name} {each.value}{unit_words(each.unit)}" for each in computed.inputs)
        estimated = ", an estimate" if computed.estimated else ""
        yield f"Computed as {computed.formula} from {inputs}{estimated} {self.marks(computed.sources)}."
        yield from self._open(derived.interpretation)
        if derived.issue is not None:
            yield f"{issue_words(derived.issue, self.register)} [{derived.issue.code}]"

    def _decisions(self) -> Iterator[tuple[str, str]]:
        """For each line, the closest values at which something changes."""
        for index, line in enumerate(self.panel.lines):
            near = [each for each in self.panel.decisions if each.line == index]
            it = line.interpretation
            if near and it is not None:
                name = it.plain_name if self.plain else it.name
                places = dict.fromkeys((each.value, each.at, each.direction) for each in near)
                parts = [
                    self._decision([each for each in near if (each.value, each.at, each.direction) == place])
                    for place in places
                ]
                yield f"{name} {value_words(it.reading)}", f"{'; '.join(parts)}."

    def _decision(self, changes: Sequence[Decision]) -> str:
        """What changes at one value: `at 75 ng/mL the status is optimal, not below-optimal [1]`."""
        first = changes[0]
        where = f"{first.value:f}{unit_words(first.unit)}"  # with all its digits, so that it holds there
        at = f"at {where}" if first.at else f"{'below' if first.direction == 'down' else 'above'} {where}"
        said = [
            (f"the status is {each.then}, not {each.now}" if each.about == "status" else _turned(each))
            + f" {self.marks(each.sources)}"
            for each in changes
        ]
        return f"{at} {', '.join(said)}"


def _turned(each: Decision) -> str:
    """How a criterion changes: `"AASM 2025: iron considered, adult" is not met`."""
    turned = {"yes": "is met", "no": "is not met"}.get(each.then, f"is {each.then}")
    return f'"{each.name}" {turned}'


def _days(note: SampleNote) -> str:
    """Of which samples a note is, where they are dated."""
    return ", ".join(dict.fromkeys(f"{taken:%Y-%m-%d}" for taken in note.collected))


def _taken(result: LabResult) -> str:
    return "" if result.collected is None else f"{result.collected:%Y-%m-%d}"


def _undated(
    head: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The table without its column of dates, where no result has one."""
    if any(row[1] for row in rows):
        return head, tuple(rows)
    return (head[0], *head[2:]), tuple((row[0], *row[2:]) for row in rows)


def _written(line: PanelLine) -> str:
    """A refused result as it was written."""
    result = line.result
    value = result.text if result.text is not None else "" if result.value is None else f"{result.value:f}"
    words = " ".join(part for part in (result.marker, result.comparator, value, result.unit) if part)
    return printable(words[:40])
