"""The vertical-bar form: messages, lines, separators, fields and escapes; hostile input stays cheap and quiet."""

from __future__ import annotations

import builtins
import importlib
import logging
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs.errors import MessageError, MissingExtraError, SegmentError
from rlslabs.hl7v2.er7 import (
    LONGEST_SEGMENT,
    MOST_PARTS,
    MOST_SEGMENTS,
    Fields,
    Line,
    Marks,
    fields,
    unescape,
)
from rlslabs.hl7v2.feed import messages

USUAL = Marks("|", "^", "~", "\\", "&")
HEADER = "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5"


def segment(text: str, marks: Marks = USUAL, codec: str = "utf-8") -> Fields:
    """The fields of one segment."""
    return fields(Line(1, 0, text, text[:3]), marks, codec)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\r", "\r\r", "\r\n\r\n"])
@pytest.mark.parametrize("kind", [str, bytes])
def test_any_line_end_parts_segments(end: str, kind: type) -> None:
    """Carriage returns, line feeds and both, in text and in bytes."""
    text = end.join([HEADER, "PID|1", "OBX|1|NM", ""])
    (message,) = messages(text if kind is str else text.encode())
    assert [line.name for line in message.lines] == ["MSH", "PID", "OBX"]
    assert message.fault is None


@pytest.mark.parametrize(
    "framed",
    [
        f"\x0b{HEADER}\rPID|1\r\x1c\r",
        f"\ufeff{HEADER}\rPID|1",
        f"FHS|^~\\&|\rBHS|^~\\&|\r{HEADER}\rPID|1\rBTS|1\rFTS|1\r",
        f"\r\n  {HEADER}\r\n  PID|1 \r\n",
    ],
)
def test_frames_of_transport_and_of_files_are_passed_over(framed: str) -> None:
    """MLLP, byte order marks, file and batch headers, and indentation hide no message."""
    (message,) = messages(framed.encode())
    assert [line.name for line in message.lines][:2] == ["MSH", "PID"]
    assert [line.broken for line in message.lines][:2] == ["", ""]


def test_many_messages_are_given_one_by_one_with_their_lines() -> None:
    """Each begins at its MSH, and the numbers of lines go on."""
    text = f"BHS|^~\\&|\r\n\r\n{HEADER}\r\nPID|1\r\n{HEADER}\r\n\r\nPID|2\r\n"
    for data in (text, text.encode()):
        found = list(messages(data))
        assert [[line.number for line in each.lines] for each in found] == [[3, 4], [5, 7]]


@pytest.mark.parametrize("data", ["", b"", "PID|1", b"{}", "xMSH|^~\\&|", "\x00\x01"])
def test_a_file_without_a_message_says_so(data: bytes | str) -> None:
    """No line that begins with MSH is one typed error."""
    with pytest.raises(MessageError, match="No line begins with MSH"):
        list(messages(data))


@pytest.mark.parametrize(
    "header", ["MSH", "MSH|", "MSH||", "MSH|^^~\\&|", "MSH||||||", "MSHA^~\\&A", "MSH|^ \\&|", "MSH|1~\\&|"]
)
def test_separators_that_part_nothing_are_refused(header: str) -> None:
    """Doubled, missing, blank or alphanumeric separators make the message a fault, not a wrong reading."""
    (message,) = messages(f"{header}\rPID|1")
    assert isinstance(message.fault, MessageError)


@pytest.mark.parametrize("charset", ["", "UNICODE UTF-8", "8859/1", "GB 18030-2000"])
def test_separators_are_ascii(charset: str) -> None:
    """A sign that has other bytes in other character sets parts nothing."""
    text = f"MSH§^~\\&{'§' * 16}{charset}\rPID§1"
    for data in (text, text.encode("iso8859-1"), text.encode()):
        (message,) = messages(data)
        assert isinstance(message.fault, MessageError)


def test_other_separators_are_followed() -> None:
    """A message says with what it is written."""
    (message,) = messages("MSH#*~!%#LAB\rOBX#1#NM#a*b%c#!S!~d")
    assert message.marks == ("#", "*", "~", "!", "%")
    obx = fields(message.lines[1], message.marks, "utf-8")
    assert obx.components(3) == ["a", "b%c"]
    assert obx.repetitions(4) == ["*", "d"]


def test_separators_that_a_header_leaves_out_are_the_usual_ones() -> None:
    """Version 2.2 senders may say no more than the component separator, and newer ones say a fifth sign."""
    for header in ("MSH|^|LAB", "MSH|^~|LAB", "MSH|^~\\&#|LAB", "MSH|^~\\&"):
        (message,) = messages(header)
        assert message.marks == USUAL
        assert fields(message.lines[0], USUAL, "utf-8").text(3) in {"LAB", ""}


@pytest.mark.parametrize("rest", ["a second line of text", "", "ADD|more", "obx|1", "OBXX|1", "1BX|"])
def test_a_line_that_is_no_segment_breaks_the_one_before_it(rest: str) -> None:
    """What belongs to a segment may stand there, so that the segment is not read; an empty line breaks nothing."""
    (message,) = messages(f"{HEADER}\rOBX|1\n{rest}\rOBX|2")
    assert [bool(line.broken) for line in message.lines] == [False, bool(rest), False]
    if rest:
        with pytest.raises(SegmentError, match="goes on in a line that is no segment"):
            fields(message.lines[1], USUAL, "utf-8")


def test_parts_of_a_field_are_counted_from_one() -> None:
    """Fields, repetitions and components, and nothing where they are not there."""
    obx = segment('OBX|1|SN|a^b&c||<^5~6|x^|| ~H^^L~""')
    assert (obx.text(1), obx.text(5), obx.text(99)) == ("1", "<^5~6", "")
    assert (obx.component(3), obx.component(3, 2), obx.component(3, 3), obx.component(99)) == ("a", "b&c", "", "")
    assert (obx.repetitions(5), obx.repetitions(99), obx.components(99)) == (["<^5", "6"], [], [])
    assert (obx.components(6), obx.components(4)) == (["x", ""], [""])
    assert (obx.firsts(8), obx.firsts(99)) == (["H"], [])
    assert segment("OBX").text(1) == ""


def test_the_null_of_hl7_is_nothing() -> None:
    """Two quotation marks say that a field has no value."""
    obx = segment('OBX|""|""^b')
    assert (obx.text(1), obx.components(2), obx.written(1)) == ("", ["", "b"], '""')


@pytest.mark.parametrize(
    ("written", "text"),
    [
        *((r"\F\\S\\R\\E\\T\ ", "|^~\\& "), (r"\T\lt;5", "&lt;5"), (r"a\.br\b", "a\nb"), (r"a\.sp9999\b", "a\nb")),
        *((r"\H\high\N\ ", " high  "), (r"\XC2B5\g", "µg"), (r"\X7C\ ", "| "), (r"\.in+4\x", " x")),
        *((r"mg\dL", r"mg\dL"), ("a\\", "a\\"), (r"\Q\x", r"\Q\x"), (r"\E\R\E\ ", "\\R\\ "), (r"\XB5\g", r"\XB5\g")),
        *((r"\C2842\x", r"\C2842\x"), (r"\M244A\x", r"\M244A\x"), (r"\Z01\x", r"\Z01\x"), (r"\.zz\x", r"\.zz\x")),
        *((r"\X\ ", " "), (r"\XZZ\x", r"\XZZ\x"), (r"\e\x", r"\e\x")),
    ],
)
def test_escapes_are_resolved_and_the_others_stay(written: str, text: str) -> None:
    """What is known becomes its sign; what is not is left as it stands, nothing is dropped."""
    assert unescape(written, USUAL, "utf-8") == text


@given(st.text("\\XFSTREHN.br0C2|ab", max_size=40))
def test_unescaping_grows_by_nothing(written: str) -> None:
    """No escape makes a text longer, whatever number it holds."""
    assert len(unescape(written, USUAL, "utf-8")) <= len(written)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\\"), max_size=30))
def test_an_escaped_text_comes_back(text: str) -> None:
    """What a sender escapes by the rules reads as it was."""
    escaped = text.translate({ord(sign): f"\\{letter}\\" for sign, letter in zip("|^~&", "FSRT", strict=True)})
    assert unescape(escaped, USUAL, "utf-8") == text


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A value with a broken escape is not written into a log, as the library's own reading of escapes does."""
    with caplog.at_level(logging.DEBUG):
        assert segment(r"OBX|\Q\secret").text(1) == r"\Q\secret"
    assert caplog.records == []


@pytest.mark.parametrize("text", ["OBX|" + "x" * LONGEST_SEGMENT, "OBX|" + "^" * MOST_PARTS, "OBX|" + "&" * MOST_PARTS])
def test_a_segment_that_is_too_large_is_refused(text: str) -> None:
    """Its length and its parts are bounded."""
    with pytest.raises(SegmentError, match="characters in"):
        segment(text)


def test_a_message_with_too_many_segments_is_refused() -> None:
    """Its segments are bounded, and the refusal says so."""
    (message,) = messages(f"{HEADER}\r" + "OBX\r" * (MOST_SEGMENTS + 1))
    assert isinstance(message.fault, SegmentError)
    assert len(message.lines) == 1


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install, and that it is an import that failed."""

    def absent(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[hl7v2\]'") as caught:
        segment("OBX|1")
    assert isinstance(caught.value, builtins.ImportError)
    assert caught.value.text == "hl7v2"


@given(st.lists(st.sampled_from([HEADER, "OBX|1|NM", "x", "", "ADD|1", "\x0b", "\x1c", "MSH", "MSH|||"]), max_size=12))
def test_a_file_is_the_sum_of_its_messages(lines: list[str]) -> None:
    """Nothing between the first header and the end is lost or doubled."""
    text = "\r".join([HEADER, *lines])
    for data in (text, text.encode()):
        raws = [each.raw for each in messages(data)]
        assert sum(map(len, raws)) == len(data)
        whole = "".join(each if isinstance(each, str) else each.decode() for each in raws)
        assert whole == text
    starts = [line.text for line in chain.from_iterable(each.lines for each in messages(text))]
    assert all(each in text for each in starts)
