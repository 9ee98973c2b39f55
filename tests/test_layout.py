"""Blocks as text and as Markdown: nothing is lost, nothing is taken for markup, and a line keeps its width."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rlslabs.layout import (
    CLOSE,
    OPEN,
    Block,
    Heading,
    Items,
    Paragraph,
    Sources,
    Table,
    as_markdown,
    as_text,
    paint,
    plain,
    table,
)
from rlslabs.layout import wrapped as in_lines
from rlslabs.model import Status

MARKUP = "\\`*_|<>~$&[]()!#+-=.:1 \t\n\r"
LETTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(st.one_of(st.sampled_from(MARKUP), LETTERS), min_size=1, max_size=30).filter(str.strip)
WORDS = st.text(st.sampled_from("abcdefgh-[1].,%<="), min_size=1, max_size=12)
SENTENCES = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
PIECES = st.one_of(
    st.builds(Paragraph, SENTENCES),
    st.builds(
        Items, st.lists(st.tuples(st.one_of(st.just(""), SENTENCES), SENTENCES), min_size=1, max_size=3).map(tuple)
    ),
    st.builds(Sources, st.lists(SENTENCES, min_size=1, max_size=3).map(tuple)),
)
ROWS = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.lists(TEXTS, min_size=size, max_size=size).map(tuple), min_size=1, max_size=4)
)
HOSTILE = (
    "a | b",
    "a \\| b",
    "a\\",
    "*bold* **bold** _it_ __it__",
    "<b>bold</b> <img src=x onerror=alert(1)> <!--",
    "&lt;b&gt; &#60;",
    "`code` ``code``",
    "~~gone~~",
    "$x^2$",
    "[text](http://evil.example)",
    "[text][1]",
    "<http://evil.example>",
    "one\n\n# two\n- three\r\n> four",
    "\\[1](http://evil.example)",
)
LINKS = ("[1](http://evil.example)", "![1](http://evil.example/x.png)", "![12](x)", "a [3](b) c")
STARTS = (
    "1. one",
    "12) one",
    "- one",
    "+ one",
    "* one",
    "# one",
    "> one",
    "--- one",
    "[1]: http://evil.example",
    "    one",
)


def shown(markdown: str) -> str:
    """Markdown as it is shown where it has no markup but escapes."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


def live(markdown: str) -> str:
    """What is left of Markdown when every escape is taken away."""
    return re.sub(r"\\[!-/:-@\[-`{-~]", "", markdown)


# ---------------------------------------------------------------- Markdown


@given(TEXTS)
def test_text_is_shown_in_markdown_as_it_stands(text: str) -> None:
    """Escaping takes nothing away and adds nothing that is shown; white space becomes one space."""
    assert shown(plain(text)) == " ".join(text.split())


@given(TEXTS)
@example(OPEN)
@example(f"{CLOSE}{OPEN}a{CLOSE}")
def test_no_character_of_a_text_is_markup(text: str) -> None:
    """Pipes, stars, backticks, tags, entities, links and line breaks are all defused, whatever stands around them."""
    left = live(plain(text))
    assert not set("\\`*_|<~$&\n\r") & set(left)
    assert not re.search(r"\[(?!\d+\])", left)
    assert not re.match(r"[#>+-]", left)


@pytest.mark.parametrize("text", HOSTILE)
def test_known_attacks_are_shown_as_text(text: str) -> None:
    """Each way of writing markup comes out as its own characters, in one line."""
    assert shown(plain(text)) == " ".join(text.split())
    assert not set("\\`*_|<~$&\n") & set(live(plain(text)))


@pytest.mark.parametrize("text", ["[1]", "so it is [1][23].", "(20-328 [1][2])"])
def test_the_marks_of_sources_stay_as_they_are(text: str) -> None:
    """`[1]` is no link by itself, and a reader of the raw file finds it; brackets that were read are no mark."""
    assert plain(text.replace("[", OPEN).replace("]", CLOSE)) == text
    assert plain(text) == text.replace("[", "\\[").replace("]", "\\]")


@pytest.mark.parametrize("text", LINKS)
def test_a_number_in_brackets_never_begins_a_link_or_an_image(text: str) -> None:
    """`[1](address)` is a link in Markdown although `[1]` is not, and with `!` before it an image that is fetched."""
    assert not re.search(r"\[\d+\]\(", live(plain(text)))


@pytest.mark.parametrize("text", STARTS)
def test_a_paragraph_stays_a_paragraph_whatever_it_begins_with(text: str) -> None:
    """A number with a point, a dash or a hash at the start makes no list and no heading."""
    written = as_markdown([Paragraph(text)])
    assert not re.match(r" {0,3}(\d{1,9}[.)]\s|[-+*#>]|\[[^\]]+\]:)", written)
    assert shown(written) == f"{' '.join(text.split())}\n"


@given(ROWS)
def test_the_rows_of_a_markdown_table_keep_their_number_of_cells(rows: list[tuple[str, ...]]) -> None:
    """Every row has the cells of the header, each shown as it was given, and none ends the line early."""
    head, *rest = rows
    above, rule, *below = as_markdown([Table(head, tuple(rest))]).rstrip("\n").split("\n")
    assert rule == f"|{'---|' * len(head)}"
    for line, row in zip([above, *below], rows, strict=True):
        assert shown(line) == f"| {' | '.join(' '.join(cell.split()) for cell in row)} |"
        assert live(line).count("|") == len(head) + 1


def test_each_block_has_its_form_in_markdown() -> None:
    """Headings by level, items with their names set off, sources counted from 1, and a blank line between blocks."""
    blocks: list[Block] = [
        Heading("Patient 1", 1),
        Heading("Results"),
        Paragraph("one  two"),
        Items((("Line 2", "refused [x]"), ("", "bare"))),
        Sources(("first", "second")),
    ]
    assert as_markdown(blocks) == (
        "# Patient 1\n\n## Results\n\none two\n\n- **Line 2**: refused \\[x\\]\n- bare\n\n1. first\n2. second\n"
    )


# ---------------------------------------------------------------- text


@settings(max_examples=60)
@given(st.lists(PIECES, min_size=1, max_size=4), st.integers(20, 120))
def test_no_line_is_wider_than_asked(blocks: list[Block], width: int) -> None:
    """Outside a table, a line is wider only where it is one word that cannot be broken."""
    for line in as_text(blocks, width=width).splitlines():
        assert len(line) <= width or len(line.split()) <= 2, line  # a dash or a number, and one word


@given(SENTENCES, st.sampled_from([1, 2]))
def test_a_heading_is_no_wider_than_asked(text: str, level: int) -> None:
    """The heading of a patient with many facts is wrapped like everything else outside a table."""
    for line in as_text([Heading(text, level)], width=40).splitlines():
        assert len(line) <= 40, line


@settings(max_examples=60)
@given(st.lists(PIECES, min_size=1, max_size=4), st.integers(20, 120))
def test_no_word_is_lost_or_broken_in_text(blocks: list[Block], width: int) -> None:
    """The words of a text are the words of its blocks in their order, and so are those of its Markdown."""
    said: list[str] = []
    for block in blocks:
        match block:
            case Paragraph(text):
                said += text.split()
            case Items(items):
                for name, text in items:
                    said += ["-", *(f"{name}: {text}" if name else text).split()]
            case Sources(citations):
                for number, citation in enumerate(citations, 1):
                    said += [f"[{number}]", *citation.split()]
            case _:
                raise AssertionError
    assert as_text(blocks, width=width).split() == said


@settings(max_examples=60)
@given(ROWS.filter(lambda rows: all(cell.strip() == cell for row in rows for cell in row)))
def test_a_table_in_text_is_aligned_and_whole(rows: list[tuple[str, ...]]) -> None:
    """Each cell begins at the column of its header, and a line of dashes of their widths stands between."""
    rows = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    above, rule, *below = table(rows[0], rows[1:], colour=False)
    starts = [match.start() for match in re.finditer("-+", rule)]
    assert len(starts) == len(rows[0])
    for line, row in zip([above, *below], rows, strict=True):
        for start, cell in zip(starts, row, strict=True):
            assert line[start : start + len(cell)] == cell
        assert line == line.rstrip()


def test_each_block_has_its_form_in_text() -> None:
    """A first heading in capitals, dashes below the second, hanging items and sources, one line break at the end."""
    blocks: list[Block] = [
        Heading("Patient 1", 1),
        Heading("Results"),
        Paragraph("one two three"),
        Items((("Line 2", "no"), ("", "bare words"))),
        Table(("Test", "Status"), (("b", "low"),)),
        Sources(("the first",)),
    ]
    assert as_text(blocks, width=9) == (
        "Patient 1\n=========\n\nResults\n-------\n\none two\nthree\n\n- Line 2:\n  no\n- bare\n  words\n\n"
        "Test  Status\n----  ------\nb     low\n\n[1] the\n    first\n"
    )


def test_nothing_is_one_empty_line() -> None:
    """A report without blocks is still a text that ends its line."""
    assert as_text([], width=80) == as_markdown([]) == "\n"


@pytest.mark.parametrize("text", ["non-breaking 2024-01-02 1.5-2.5", "https://example.org/" + "a-b/" * 30])
def test_codes_dates_ranges_and_addresses_are_never_broken(text: str) -> None:
    """A line ends between words only, so that a code can be copied."""
    assert " ".join(in_lines(text, 10)).split() == text.split()
    assert set(in_lines(text, 10)) >= set(text.split()[-1:])


# ---------------------------------------------------------------- colour


@pytest.mark.parametrize("status", [*get_args(Status), "refused"])
def test_every_status_has_a_colour_that_ends_with_it(status: str) -> None:
    """A status is painted for a terminal, and only where that is wanted."""
    painted = paint(status, colour=True)
    assert painted == f"\x1b[{painted[2:4]}m{status}\x1b[0m"
    assert paint(status, colour=False) == status
    assert (painted[2:4] == "32") == (status == "optimal")


@pytest.mark.parametrize("word", ["", "not judged", "Status", "lower"])
def test_no_other_word_is_painted(word: str) -> None:
    """What is no status has no colour."""
    assert paint(word, colour=True) == word


@given(st.lists(st.sampled_from([*get_args(Status), "refused", "not judged"]), min_size=1, max_size=5))
def test_colour_changes_nothing_but_colour(statuses: list[str]) -> None:
    """Without its colours a coloured text is the plain one, and only statuses are coloured."""
    blocks: list[Block] = [Paragraph("low and high"), Table(("a", "Status"), tuple(("low", each) for each in statuses))]
    coloured = as_text(blocks, width=80, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == as_text(blocks, width=80)
    assert coloured.count("\x1b[0m") == sum(each != "not judged" for each in statuses)
