"""Write docs/markers.md from the data files: every marker, its codes, units, ranges, notes and sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rlslabs import Catalog, Marker, Range
from rlslabs.facts import Bound

PAGE = Path(__file__).with_name("markers.md")

HEAD = """# Markers

Made from the data files by `docs/make_markers.py`; do not edit. Limits belong to the range unless it says otherwise.
Numbers in brackets count the sources at the end of the page.
"""


def page(catalog: Catalog) -> str:
    """The whole page."""
    numbers = {id_: number for number, id_ in enumerate(catalog.sources, 1)}
    lines = [HEAD]
    lines += ["## Sets of ranges", "", "| set | kind | what it is |", "|---|---|---|"]
    for each in catalog.sets.values():
        marks = f"{' **default**' if each.default else ''}{' **second-hand**' if each.second_hand else ''}"
        lines.append(f"| `{each.id}`{marks} | {each.kind} | {each.note} |")
    for marker in catalog.markers.values():
        lines += ["", *_marker(marker, catalog, numbers)]
    lines += ["", "## Sources", ""]
    lines += [f"{numbers[id_]}. {source.citation}{_note(source.note)}" for id_, source in catalog.sources.items()]
    return "\n".join([*lines, ""])


def _marker(marker: Marker, catalog: Catalog, numbers: dict[str, int]) -> Iterator[str]:
    yield f"## {marker.name}"
    yield ""
    yield marker.significance
    yield ""
    yield f"- id `{marker.id}`, in {marker.specimen}"
    yield f"- in restless legs the concern is a value *{marker.concern}* the range"
    yield f"- also called {', '.join(marker.aliases)}"
    yield f"- units {', '.join(f'`{each.ucum}`' for each in marker.accepts)}"
    if marker.molar_mass:
        mass = marker.molar_mass
        yield f"- molar mass {mass.value} g/mol [{numbers[mass.source.id]}] {mass.locator}{_note(mass.note)}"
    if marker.variation:
        change = marker.variation
        cited = f"[{numbers[change.source.id]}]{_note(change.note)}"
        yield f"- two results differ by more than chance from {change.rcv} % on {cited}"
    for goal in marker.goal:
        sources = dict.fromkeys(bound.source.id for bound in (goal.low, goal.high) if bound)
        yield f"- aimed at over time: {goal.name} {''.join(f'[{numbers[each]}]' for each in sources)}"
    soft, hard = marker.plausible.soft, marker.plausible.hard
    usual = f"{soft.low.value}-{soft.high.value} {marker.plausible.unit}"
    yield f"- unusual outside {usual}, refused outside {_hard(hard.low, hard.high)}"
    yield ""
    yield "| LOINC | name | property |"
    yield "|---|---|---|"
    for code in marker.loinc:
        yield f"| {code.code} | {code.name}{_note(code.partial)}{_note(code.note)} | {code.property} |"
    yield ""
    yield "| set | for | range | low from | high from | reviewed |"
    yield "|---|---|---|---|---|---|"
    for name in catalog.sets:
        for each in marker.range:
            if name in each.sets:
                yield _row(name, each, numbers)
    yield ""
    for note in marker.note:
        cited = "".join(f"[{numbers[source.id]}]" for source in note.sources)
        yield f"- *{note.kind}*: {note.clinician} {cited}"


def _row(name: str, each: Range, numbers: dict[str, int]) -> str:
    low, high = (_from(bound, numbers) for bound in (each.low, each.high))
    return (
        f"| `{name}` | {each.applies_to.words} | {_range(each)} | {low} | {high} | {each.reviewed}{_note(each.note)} |"
    )


def _range(each: Range) -> str:
    if each.low and each.high:
        return f"{each.low.value}-{each.high.value} {each.unit}"
    (name, bound), *_ = [(name, bound) for name, bound in (("low", each.low), ("high", each.high)) if bound]
    words = {"low": ("from", "above"), "high": ("up to", "below")}[name]
    return f"{words[0] if bound.inclusive else words[1]} {bound.value} {each.unit}"


def _hard(low: Bound, high: Bound) -> str:
    return f"{low.value}{'' if low.inclusive else ' (itself refused)'}-{high.value}"


def _from(bound: Bound | None, numbers: dict[str, int]) -> str:
    return "" if bound is None else f"[{numbers[bound.source.id]}] {bound.locator}"


def _note(note: str | None) -> str:
    return f" ({note.rstrip('.')})" if note else ""


if __name__ == "__main__":
    PAGE.write_text(page(Catalog.load()), encoding="utf-8")
