"""The markers as a list and one by one: every name, code, unit and range, each number with its source."""

from __future__ import annotations

import re

import pytest

from rlslabs.catalog import builtin
from rlslabs.listing import all_markers, one_marker
from rlslabs.marker import Marker

MARKERS = list(builtin().markers.values())


def words(text: str) -> str:
    """Text in one line."""
    return " ".join(text.split())


def test_the_list_has_a_row_for_every_marker_in_order() -> None:
    """Each with its unit and all its codes, under a header."""
    head, rule, *rows = all_markers(builtin()).splitlines()
    assert head.split("  ")[0] == "Marker"
    assert set(rule) == {"-", " "}
    assert [row.split()[0] for row in rows] == [marker.id for marker in MARKERS]
    for row, marker in zip(rows, MARKERS, strict=True):
        assert row.split()[1] == marker.unit
        assert all(code.code in row for code in marker.loinc)


def test_the_list_shows_the_default_ranges_of_adults_alone() -> None:
    """Ranges of men and women stand apart, and a child's range is not among them."""
    (ferritin,) = (line for line in all_markers(builtin()).splitlines() if line.startswith("ferritin "))
    assert "20-175 women 18-50 years" in ferritin
    assert "20-409 men" in ferritin
    assert "75-150" in ferritin
    assert "8-115" not in ferritin
    assert not re.search("children|girls|boys", all_markers(builtin()))


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.id)
def test_one_marker_is_shown_whole(marker: Marker) -> None:
    """All its names, units and codes, every range of every set with its numbers, notes and the day of its review."""
    shown = words(one_marker(marker, builtin(), width=100))
    for name in (*marker.aliases, *(each.ucum for each in marker.accepts), *(code.code for code in marker.loinc)):
        assert name in shown
    for set_ in builtin().sets.values():
        assert f"{set_.id}{' (default)' if set_.default else ''}" in shown
        assert words(set_.note) in shown
    for each in marker.range:
        assert each.applies_to.words in shown
        assert f"reviewed {each.reviewed}" in shown
        assert words(each.note or "") in shown


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.id)
def test_every_number_of_one_marker_has_a_mark_and_a_source(marker: Marker) -> None:
    """Marks count the sources below, each of which is cited; behind a bound stands where it is printed."""
    shown = one_marker(marker, builtin(), width=100)
    body, _, cited = shown.partition("\nSources\n")
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", body)}
    numbered = re.findall(r"(?m)^\[(\d+)\] ", cited)
    assert sorted(marks) == [int(number) for number in numbered] == list(range(1, len(numbered) + 1))
    lines = {words(line) for line in body.splitlines()}
    sources = [words(each) for each in re.split(r"(?m)^\[\d+\] ", cited)[1:]]
    for each in marker.range:
        for end, bound in (("low", each.low), ("high", each.high), ("own", each.lab_low)):
            if bound is not None:
                number = sources.index(words(bound.source.citation)) + 1
                assert words(f"{end} {bound.value} [{number}] {bound.locator}") in lines


def test_a_change_value_is_shown_with_its_source_and_only_where_there_is_one() -> None:
    """The first mark is that of the reference change value; without one, nothing is said of change."""
    ferritin = builtin().markers["ferritin"]
    assert ferritin.variation is not None
    assert f"change   {ferritin.variation.rcv} % between two results is more than chance [1]" in one_marker(
        ferritin, builtin(), width=100
    )
    bare = one_marker(ferritin.model_copy(update={"variation": None}), builtin(), width=100)
    assert "more than chance" not in bare
    assert "[1] Healers" in bare


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.id)
def test_open_and_closed_ends_are_told_apart(marker: Marker) -> None:
    """A range with one end has the sign of that end, with `=` where the end belongs to it."""
    shown = one_marker(marker, builtin(), width=100)
    for each in marker.range:
        ends = [end for end in (each.low, each.high) if end is not None]
        if len(ends) == 1:
            sign = (">" if each.low else "<") + ("=" if ends[0].inclusive else "")
            assert f"{sign}{ends[0].value:f} {each.unit}" in shown
        else:
            assert f"{ends[0].value:f}-{ends[1].value:f} {each.unit}" in shown


def test_notes_and_sources_keep_the_width() -> None:
    """What is prose is wrapped, and only lists, codes and locators are longer."""
    ferritin = builtin().markers["ferritin"]
    cited = one_marker(ferritin, builtin(), width=60).partition("\nSources\n")[2]
    assert all(len(line) <= 60 or len(line.split()) == 1 for line in cited.splitlines())
