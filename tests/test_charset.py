"""Character sets: what MSH-18 declares holds, a guess is told, and bytes that are no text are not lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs.hl7v2.charset import (
    MARK,
    codec_of,
    decode,
    decode_all,
    decode_hex,
    encode_again,
    marked,
    other_readings,
    wide,
)

CODECS = ("utf-8", "cp1252", "iso8859-1", "iso8859-15", "gb18030", "big5", "euc_kr", "iso2022_jp_2", "utf-16-le")


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        *(("ASCII", "ascii"), ("8859/1", "iso8859-1"), ("8859/9", "iso8859-9"), ("8859/15", "iso8859-15")),
        *(("ISO-8859-1", "iso8859-1"), ("iso_8859-15", "iso8859-15"), ("8859-2", "iso8859-2")),
        *(("UNICODE UTF-8", "utf-8"), ("unicode  utf-8", "utf-8"), ("UNICODE", "utf-8"), ("UTF8", "utf-8")),
        *(("ISO IR87", "iso2022_jp_2"), ("GB 18030-2000", "gb18030"), ("KS X 1001", "euc_kr"), ("BIG-5", "big5")),
        *(("Windows-1252", "cp1252"), ("EBCDIC", None), ("", None)),
    ],
)
def test_a_declared_character_set_is_known_by_its_names(declared: str, codec: str | None) -> None:
    """Table 0211 and the names that senders write in its place, whatever their case."""
    assert codec_of(declared) == codec


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        *(("µg/l Eisenbindungskapazität", "8859/1"), ("25 µg/l für 3 €", "8859/15"), ("Żelazo", "8859/2")),
        *(("sérique", "UNICODE UTF-8"), ("铁蛋白", "GB 18030-2000"), ("페리틴", "KS X 1001"), ("鐵蛋白", "BIG-5")),
        *(("フェリチン", "ISO IR87"),),
    ],
)
def test_a_declared_character_set_is_used_and_no_guess(text: str, declared: str) -> None:
    """A message in the set that it declares reads as it was written."""
    codec = codec_of(declared) or ""
    assert decode(text.encode(codec), (declared,)) == (text, codec, None, False)


def test_among_several_declared_sets_japanese_is_used_wherever_it_stands() -> None:
    """Its escape sequences begin in ASCII, so that MSH-18 names it second."""
    text = "フェリチン"
    assert decode(text.encode("iso2022_jp_2"), ("ASCII", "ISO IR87")).text == text


@pytest.mark.parametrize(
    ("raw", "declared", "text", "codec", "why"),
    [
        ("38 µg/l".encode(), (), "38 µg/l", "utf-8", "No character set is declared, and "),
        (
            "38 µg/l".encode("cp1252"),
            (),
            "38 µg/l",
            "cp1252",
            "were read as cp1252; declare the character set in MSH-18",
        ),
        ("38 µg/l\x81".encode("iso8859-1"), (), "38 µg/l\x81", "iso8859-1", "No character set is declared"),
        ("38 µg/l".encode(), ("ASCII",), "38 µg/l", "utf-8", 'MSH-18 declares "ASCII"'),
        ("38 µg/l".encode("cp1252"), ("EBCDIC",), "38 µg/l", "cp1252", "were read as cp1252; correct MSH-18"),
        (b"38", ("EBCDIC",), "38", "ascii", '"EBCDIC" in MSH-18 is not known; correct MSH-18'),
        ("38 µg/l".encode(), ("UNICODE UTF-16",), "38 µg/l", "utf-8", 'declares "UNICODE UTF-16"'),
        (
            *("38 µg/l".encode("cp1252"), ("UNICODE UTF-8",), "38 \udcb5g/l", "utf-8"),
            'declares "UNICODE UTF-8", and some bytes do not fit it, where all would fit cp1252; correct MSH-18',
        ),
        (
            *("38 µg/l".encode(), ("8859/1",), "38 Âµg/l", "iso8859-1"),
            'declares "8859/1", and the bytes fit utf-8 as well; correct MSH-18',
        ),
    ],
)
def test_a_guess_is_told(raw: bytes, declared: tuple[str, ...], text: str, codec: str, why: str) -> None:
    """Without a declaration that fits, UTF-8 is tried, then Windows-1252; the reason is given, and what to do."""
    decoded = decode(raw, declared)
    assert (decoded.text, decoded.codec) == (text, codec)
    assert why in (decoded.guessed or "")


@given(st.text(max_size=20), st.sampled_from(["utf-8", "cp1252"]), st.sampled_from(["utf-8", "cp1252"]))
def test_what_was_written_is_among_the_other_readings(text: str, wrote: str, read: str) -> None:
    """A text that was read in the wrong set, and in which nothing was lost, is found again."""
    try:
        wrong = text.encode(wrote).decode(read)
    except UnicodeError:
        return
    assert text in {*other_readings(wrong, read), wrong}


def test_every_byte_that_is_no_text_is_marked() -> None:
    """A byte that is carried along is shown as the sign for what cannot be read."""
    assert marked("\udce4\udcff x") == f"{MARK}{MARK} x"
    assert marked("Sättigung") == "Sättigung"


def test_plain_ascii_is_no_guess() -> None:
    """Text that reads alike in every set needs no declaration."""
    assert decode(b"38 ng/mL", ()) == ("38 ng/mL", "ascii", None, False)


@given(
    st.binary(max_size=60), st.sampled_from(["", "8859/1", "UTF-8", "ISO IR87", "BIG-5", "GB 18030-2000", "UNICODE"])
)
def test_any_bytes_are_some_text(raw: bytes, declared: str) -> None:
    """No byte and no declaration is an error."""
    assert isinstance(decode(raw, (declared,)).text, str)


@given(st.binary(max_size=60), st.sampled_from(CODECS))
def test_bytes_come_back_as_they_were_or_not_at_all(raw: bytes, codec: str) -> None:
    """A text that is written again gives the bytes that it came from, or nothing."""
    text = decode_all(raw, codec)
    assert encode_again(text, codec, text, raw) in {raw, None}


def test_bytes_that_are_no_text_are_carried_along_in_utf8() -> None:
    """A change beside a broken byte leaves the byte as it was."""
    raw = b"a\xffb"
    told = decode_all(raw, "utf-8")
    assert encode_again(f"{told}!", "utf-8", told, raw) == b"a\xffb!"


def test_what_the_character_set_cannot_hold_is_not_written() -> None:
    """A sign that was put into the text and has no byte leaves the message alone."""
    assert encode_again("€", "iso8859-1", "a", b"a") is None


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_characters_are_told_by_their_mark(codec: str) -> None:
    """A file of two or four bytes a character begins with a mark, or with MSH in such characters."""
    assert wide("\ufeffMSH|".encode(codec)) == codec
    if codec.startswith("utf-16"):
        assert wide("MSH|".encode(codec)) == wide("FHS|".encode(codec)) == codec
    assert (wide(b"MSH|"), wide(b"M\0SH"), wide(b"\0\0\0\0"), wide(b"")) == (None, None, None, None)


@pytest.mark.parametrize(
    ("digits", "codec", "text"),
    [
        *(("B5", "iso8859-1", "µ"), ("C2B5", "utf-8", "µ"), ("C2B5", "ascii", "µ"), ("B5", "ascii", "µ")),
        *(
            ("B5", "utf-8", None),
            ("B", "utf-8", None),
            ("zz", "utf-8", None),
            ("", "utf-8", ""),
            ("0D0A", "ascii", "\r\n"),
        ),
    ],
)
def test_hexadecimal_bytes_are_of_the_character_set_of_the_message(digits: str, codec: str, text: str | None) -> None:
    """What a library reads byte by byte is one sign here, and what does not fit is left alone."""
    assert decode_hex(digits, codec) == text


def test_a_fault_in_a_set_of_several_bytes_costs_its_line_alone() -> None:
    """A shift that does not end swallows no line below it, and the text says that something is lost."""
    decoded = decode(b"a\r\x1b$B!\rc|d", ("ISO IR87",))
    assert decoded.lossy
    assert decoded.text.split("\r")[::2] == ["a", "c|d"]


def test_the_name_of_a_character_set_is_quoted_short_and_printable() -> None:
    """What stands in MSH-18 is hostile like any other input."""
    told = decode("38 µg/l".encode("cp1252"), ("\x1b[2J" + "x" * 3000,)).guessed
    assert told is not None
    assert told.isprintable()
    assert len(told) < 200
