"""Interpretations and markers as text for a terminal: a table, explanations, sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from rlslabs.catalog import Catalog
from rlslabs.explain import explain
from rlslabs.explanation import Audience
from rlslabs.facts import Bound, Range, Source
from rlslabs.interpretation import Interpretation
from rlslabs.marker import Marker
from rlslabs.model import Place
from rlslabs.sheet import JudgedSheet
from rlslabs.wording import span, unit_words, value_words

_COLOURS = {
    "low": "31",
    "high": "31",
    "below-optimal": "33",
    "above-optimal": "33",
    "optimal": "32",
    "undecided": "36",
    "no-range": "36",
    "refused": "35",
}
_HEAD = ("Marker", "Result", "Standard range", "place", "Optimal range", "place", "Status")


_LEGEND = ((" *", "* the range printed with the result"), (" !", "! a printed range was refused, see below"))


def paint(word: str, *, colour: bool) -> str:
    """A status in its colour: red outside the standard range, yellow outside the optimal one, green within both."""
    code = _COLOURS.get(word.strip())
    return f"\x1b[{code}m{word}\x1b[0m" if colour and code else word


def one(it: Interpretation, audience: Audience, *, width: int, colour: bool) -> str:
    """One interpretation: its status, its places, and the explanation."""
    lines = [f"{it.name} {value_words(it.reading)}: {paint(it.status, colour=colour)}", ""]
    places = (it.standard, it.optimal)
    lines += [f"  {place.kind:<9} {place.position:<9} {_limits(place, it)}  ({place.set})" for place in places]
    explanation = it.explain(audience)
    return "\n".join([*lines, "", *_wrapped(explanation.text, width), "", *_sources(explanation.sources, width)])


def several(sheet: JudgedSheet, audience: Audience, *, width: int, colour: bool) -> str:
    """A file of results: a table with a row a line, then every explanation, then the sources once."""
    rows: list[tuple[str, ...]] = [_HEAD]
    for line in sheet.lines:
        it = line.interpretation
        if it is None:
            rows.append((f"line {line.line}", line.written[:40], "", "", "", "", "refused"))
        else:
            ranges = ((_limits(place, it) + _mark(place, it), place.position) for place in (it.standard, it.optimal))
            rows.append((it.name, value_words(it.reading), *(cell for pair in ranges for cell in pair), it.status))
    refused = sum(line.issue is not None for line in sheet.lines)
    parts = [*_table(rows, colour=colour), ""]
    parts += [text for mark, text in _LEGEND if any(cell.endswith(mark) for row in rows for cell in row)]
    parts += [f"{len(sheet.lines)} lines: {len(sheet.lines) - refused} judged, {refused} refused."]
    parts += [f"Columns not read: {', '.join(sheet.unread)}."] if sheet.unread else []
    parts.append("")
    cited: tuple[Source, ...] = ()
    scope: list[str] = []
    for line in sheet.lines:
        if line.interpretation is None:
            message, code = (line.issue.message.rstrip("."), line.issue.code) if line.issue else ("", "")
            said = [f"Line {line.line}, {line.written}: {message}. [{code}]"]
        else:
            explanation = explain(line.interpretation, audience, cited)
            cited = explanation.sources
            said = [each.text for each in explanation.sentences if each.about != "scope"]
            scope = [each.text for each in explanation.sentences if each.about == "scope"]
        parts += [*_wrapped(" ".join(said), width), ""]
    return "\n".join([*parts, *scope, "", *_sources(cited, width)]).rstrip()


def all_markers(catalog: Catalog) -> str:
    """Every marker with its unit, its default ranges for adults, and its LOINC codes."""
    rows: list[tuple[str, ...]] = [("Marker", "Unit", "Standard, adults", "Optimal", "LOINC")]
    for marker in catalog.markers.values():
        ranges = (
            "; ".join(dict.fromkeys(_adult_ranges(marker, catalog.set(kind).id))) for kind in ("standard", "optimal")
        )
        rows.append((marker.id, marker.unit, *ranges, ", ".join(code.code for code in marker.loinc)))
    return "\n".join(_table(rows, colour=False))


def one_marker(marker: Marker, catalog: Catalog, *, width: int) -> str:
    """A marker with its names, units, codes, and every range with its sources."""
    lines = [f"{marker.name} ({marker.id}), {marker.specimen}", *_wrapped(marker.significance, width), ""]
    lines += [
        f"  names    {', '.join(marker.aliases)}",
        f"  units    {', '.join(each.ucum for each in marker.accepts)}",
    ]
    lines += [f"  LOINC    {code.code}  {code.name}" for code in marker.loinc]
    cited: dict[str, Source] = {}
    if marker.variation is not None:
        cited[marker.variation.source.id] = marker.variation.source
        lines.append(f"  change   {marker.variation.rcv} % between two results is more than chance [1]")
    for set_ in catalog.sets.values():
        ranges = [each for each in marker.range if set_.id in each.sets]
        marks = f"{' (default)' if set_.default else ''}{' (second-hand)' if set_.second_hand else ''}"
        lines += ["", f"{set_.id}{marks}: {set_.name}", *_wrapped(set_.note, width)]
        lines += [] if ranges else ["  no range"]
        for each in ranges:
            lines.append(f"  {_printed(each):<22} {each.applies_to.words:<28} reviewed {each.reviewed}")
            for end, bound in (("low", each.low), ("high", each.high), ("own", each.lab_low)):
                if bound is not None:
                    cited.setdefault(bound.source.id, bound.source)
                    number = list(cited).index(bound.source.id) + 1
                    lines.append(f"    {end:<4} {bound.value}  [{number}] {bound.locator}")
            lines += [f"    {line}" for line in _wrapped(each.note, width - 4)] if each.note else []
    return "\n".join([*lines, "", *_sources(cited.values(), width)])


def _adult_ranges(marker: Marker, set_id: str) -> Iterator[str]:
    for each in marker.range:
        if set_id in each.sets and not each.applies_to.words.startswith(("children", "girls", "boys")):
            words = each.applies_to.words
            yield _printed(each).removesuffix(f" {each.unit}") + (
                "" if words in {"adults", "everybody"} else f" {words}"
            )


def _printed(each: Range) -> str:
    """A range in the unit that its source printed: `20-175 ng/mL`, `> 50 nmol/L`."""
    low, high = each.low, each.high
    if low and high:
        return f"{low.value:f}-{high.value:f} {each.unit}"
    return f"{_open_end(low, '>')}{_open_end(high, '<')} {each.unit}"


def _open_end(bound: Bound | None, sign: str) -> str:
    return "" if bound is None else f"{sign}{'=' if bound.inclusive else ''}{bound.value:f}"


def _mark(place: Place, it: Interpretation) -> str:
    """Where the standard range came from, if not from a set: printed, or printed and refused."""
    if place.kind == "optimal":
        return ""
    refused = any(issue.code.startswith("range-") and issue.code != "range-unit-assumed" for issue in it.issues)
    return " *" if place.set == "report" else " !" if refused else ""


def _limits(place: Place, it: Interpretation) -> str:
    """The ranges of a place in a row: `20-175 ng/mL / 20-328 ng/mL`."""
    return (
        " / ".join(dict.fromkeys(span(limit, it.reading, unit_words(it.reading.unit)) for limit in place.limits)) or "-"
    )


def _table(rows: list[tuple[str, ...]], *, colour: bool) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        *cells, last = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([*cells, paint(last.rstrip(), colour=colour)]).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _sources(sources: Iterable[Source], width: int) -> list[str]:
    lines = ["Sources"]
    for number, source in enumerate(sources, 1):
        lines += textwrap.wrap(
            f"[{number}] {source.citation}",
            width,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
