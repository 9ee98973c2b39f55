"""The markers as text for a terminal: names, codes, units, and every range with its sources."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.catalog import Catalog
from rlslabs.facts import Bound, Range, Source
from rlslabs.layout import Sources, as_text, table, wrapped
from rlslabs.marker import Marker


def all_markers(catalog: Catalog) -> str:
    """Every marker with its unit, its default ranges for adults, and its LOINC codes."""
    rows: list[tuple[str, ...]] = []
    for marker in catalog.markers.values():
        ranges = (
            "; ".join(dict.fromkeys(_adult_ranges(marker, catalog.set(kind).id))) for kind in ("standard", "optimal")
        )
        rows.append((marker.id, marker.unit, *ranges, ", ".join(code.code for code in marker.loinc)))
    return "\n".join(table(("Marker", "Unit", "Standard, adults", "Optimal", "LOINC"), rows, colour=False))


def one_marker(marker: Marker, catalog: Catalog, *, width: int) -> str:
    """A marker with its names, units, codes, and every range with its sources."""
    lines = [f"{marker.name} ({marker.id}), {marker.specimen}", *wrapped(marker.significance, width), ""]
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
        lines += ["", f"{set_.id}{marks}: {set_.name}", *wrapped(set_.note, width)]
        lines += [] if ranges else ["  no range"]
        for each in ranges:
            lines.append(f"  {_printed(each):<22} {each.applies_to.words:<28} reviewed {each.reviewed}")
            for end, bound in (("low", each.low), ("high", each.high), ("own", each.lab_low)):
                if bound is not None:
                    cited.setdefault(bound.source.id, bound.source)
                    number = list(cited).index(bound.source.id) + 1
                    lines.append(f"    {end:<4} {bound.value}  [{number}] {bound.locator}")
            lines += [f"    {line}" for line in wrapped(each.note, width - 4)] if each.note else []
    citations = Sources(tuple(source.citation for source in cited.values()))
    return "\n".join([*lines, "", "Sources", as_text([citations], width=width)]).rstrip()


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
