"""Answers as reports: one result, a panel, or a file of results, as text for a terminal or as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rlslabs.answers import Panel
from rlslabs.catalog import Catalog, builtin
from rlslabs.digest import Digest
from rlslabs.explain import SCOPE, explain
from rlslabs.explanation import Audience, Marks
from rlslabs.interpretation import Interpretation
from rlslabs.layout import CLOSE, OPEN, Block, Heading, Items, Paragraph, Sources, as_markdown, as_text, paint, wrapped
from rlslabs.ledger import Ledger
from rlslabs.model import Place
from rlslabs.panels import JudgedSheet
from rlslabs.reported import Patient
from rlslabs.wording import span, unit_words, value_words


def text(
    answer: Panel | JudgedSheet,
    audience: Audience = "clinician",
    *,
    explained: bool = False,
    labels: Sequence[str] = (),
    width: int = 100,
    colour: bool = False,
    catalog: Catalog | None = None,
) -> str:
    """A panel, or a file of results, as text: what matters first, findings, the table, then the sources.

    Args:
        answer: What `interpret_panel` gave, or a judged file.
        audience: `clinician`, or `patient` for plain words.
        explained: Add the explanation of every result.
        labels: What the lines of a panel are called where they are spoken of, else `Result 1` and so on.
        width: The longest line in characters; a table keeps its own width.
        colour: Colour each status for a terminal.
        catalog: The catalog that it was judged by, else our own.
    """
    blocks = _blocks(answer, audience, catalog, labels, explained=explained)
    return as_text(blocks, width=width, colour=colour)


def markdown(
    answer: Panel | JudgedSheet,
    audience: Audience = "clinician",
    *,
    explained: bool = False,
    labels: Sequence[str] = (),
    catalog: Catalog | None = None,
) -> str:
    """The same report as Markdown."""
    return as_markdown(_blocks(answer, audience, catalog, labels, explained=explained))


def one(it: Interpretation, audience: Audience, *, width: int, colour: bool) -> str:
    """One interpretation: its status, its places, and the explanation."""
    lines = [f"{it.name} {value_words(it.reading)}: {paint(it.status, colour=colour)}", ""]
    places = it.places
    lines += [f"  {place.kind:<9} {place.position:<9} {_limits(place, it)}  ({place.set})" for place in places]
    explanation = it.explain(audience)
    sources = as_text([Sources(tuple(each.citation for each in explanation.sources))], width=width)
    return "\n".join([*lines, "", *wrapped(explanation.text, width), "", "Sources", sources]).rstrip()


def _limits(place: Place, it: Interpretation) -> str:
    """The ranges of a place in a row: `20-175 ng/mL / 20-328 ng/mL`."""
    unit = unit_words(it.reading.unit)
    return " / ".join(dict.fromkeys(span(limit, it.reading, unit) for limit in place.limits)) or "-"


def _blocks(
    answer: Panel | JudgedSheet, audience: Audience, catalog: Catalog | None, labels: Sequence[str], *, explained: bool
) -> Iterator[Block]:
    catalog, marks = builtin() if catalog is None else catalog, Marks(brackets=(OPEN, CLOSE))
    plain = audience == "patient"
    if isinstance(answer, Panel):
        yield from _panel(answer, audience, catalog, marks, labels, explained=explained)
    else:
        yield from _sheet(answer, audience, catalog, marks, explained=explained)
    yield Paragraph(SCOPE)
    if marks.cited:
        yield Heading("Where this comes from" if plain else "Sources")
        yield Sources(tuple(source.citation for source in marks.cited.values()))


def _sheet(
    sheet: JudgedSheet, audience: Audience, catalog: Catalog, marks: Marks, *, explained: bool
) -> Iterator[Block]:
    """A panel for each patient, then the lines that belong to none, and what was passed over."""
    for number, each in enumerate(sheet.panels, 1):
        if len(sheet.panels) > 1:
            named = f" ({each.patient})" if each.patient else ""
            yield Heading(f"Patient {number} of {len(sheet.panels)}{named}", 1)
        labels = [f"Line {line}" for line in each.lines]
        yield from _panel(each.panel, audience, catalog, marks, labels, explained=explained)
    numbers = {number for each in sheet.panels for number in each.lines}
    stray = [line for line in sheet.lines if line.line not in numbers and line.issue is not None]
    if stray:
        yield Heading("Lines that could not be read", 1 if len(sheet.panels) > 1 else 2)
        yield Items(
            tuple(
                (f"Line {each.line}, {each.written}", f"{each.issue.message.rstrip('.')}. [{each.issue.code}]")
                for each in stray
                if each.issue is not None
            )
        )
    if len(sheet.panels) > 1:
        yield Heading("The whole file", 1)
    refused = sum(line.issue is not None for line in sheet.lines)
    context = sum(line.context is not None for line in sheet.lines)
    read = f", {context} read for context" if context else ""
    judged = len(sheet.lines) - refused - context
    yield Paragraph(f"{len(sheet.lines)} lines: {judged} judged{read}, {refused} refused.")
    apart = Counter(each.patient for each in sheet.panels if each.patient)
    split = sum(panels > 1 for panels in apart.values())
    if split:
        yield Paragraph(
            f"Patients named: {len(apart)}. Of {split} of them some lines give other facts, or leave one out, such as"
            " the sex: they may be about another person, and are read apart."
        )
    if sheet.unread:
        yield Paragraph(f"Columns not read: {', '.join(sheet.unread)}.")


def _panel(
    panel: Panel, audience: Audience, catalog: Catalog, marks: Marks, labels: Sequence[str], *, explained: bool
) -> Iterator[Block]:
    yield Paragraph(f"For: {_who(panel.patient)}.")
    yield from Digest(panel, audience, catalog, marks).blocks()
    yield from Ledger(panel, audience, catalog, marks, labels).blocks()
    if explained:
        yield Heading("Each result")
        for it in panel.interpretations:
            explanation = explain(it, audience, marks=marks)
            yield Paragraph(" ".join(each.text for each in explanation.sentences if each.about != "scope"))


def _who(patient: Patient) -> str:
    """What is known of a patient: `female, 52 years`."""
    age = f"{patient.age} {'year' if patient.age == 1 else 'years'}" if isinstance(patient.age, int) else patient.age
    born = f"born {patient.born}" if patient.born else None
    facts = [patient.sex, age, born, "pregnant" if patient.pregnant else None]
    facts += [each.replace("-", " ") for each in patient.conditions]
    return ", ".join(fact for fact in facts if fact) or "a patient of whom nothing is known"
