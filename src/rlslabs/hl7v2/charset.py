"""The bytes of an HL7 v2 message as text, by the character set that MSH-18 declares, else by a guess that is told."""

from __future__ import annotations

import re
from typing import NamedTuple

from rlslabs.errors import shown

_LATIN = {f"8859/{part}": f"iso8859-{part}" for part in (*range(1, 10), 15)}
_DECLARED = {
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    **_LATIN,
    **{f"ISO-{name.replace('/', '-')}": codec for name, codec in _LATIN.items()},
    **{name.replace("/", "-"): codec for name, codec in _LATIN.items()},
    "ISO IR100": "iso8859-1",
    "ISO IR14": "iso2022_jp_2",
    "ISO IR87": "iso2022_jp_2",
    "ISO IR159": "iso2022_jp_2",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
"""HL7 table 0211, and what senders write in its place. Which bytes plain `UNICODE` has was never said: UTF-8 is tried.

Source: HL7 Terminology, CodeSystem v2-0211 (CC0).
"""

_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_FIRST = 4
MARK = "\ufffd"
KEPT = "surrogateescape"
"""Bytes that are no text are carried along, so that a message can be given back as it came."""

_CARRIED = re.compile("[\ud800-\udfff]")
_TAKEN_FOR = ("utf-8", "cp1252", "cp850")
"""Character sets that are sent for each other, and for whatever is declared."""


class Decoded(NamedTuple):
    """A message as text, the codec that it was read with, and why that is a guess and what to do, if it is.

    `lossy` says that bytes that fit nowhere are marked in the text, and with them perhaps a separator.
    """

    text: str
    codec: str
    guessed: str | None = None
    lossy: bool = False


def wide(data: bytes) -> str | None:
    """The codec of a file whose every character takes two or four bytes, else `None`."""
    for mark, codec in _WIDE:
        if data.startswith(mark):
            return codec
    zeros = tuple(index for index in range(_FIRST) if data[index : index + 1] == b"\0")
    return "utf-16-le" if zeros == (1, 3) else "utf-16-be" if zeros == (0, 2) else None  # a message begins in ASCII


def codec_of(declared: str) -> str | None:
    """The codec of a character set as MSH-18 names it, or `None` where the name is not known.

    >>> codec_of("8859/15"), codec_of("unicode utf-8"), codec_of("EBCDIC")
    ('iso8859-15', 'utf-8', None)
    """
    return _DECLARED.get(" ".join(declared.split()).upper().replace("_", "-"))


def decode(raw: bytes, declared: tuple[str, ...]) -> Decoded:
    """The text of a message; what MSH-18 declares holds, even where bytes speak against it, which is told.

    Without a declaration that is known, UTF-8 is taken where every byte fits it, else Windows-1252, else ISO 8859-1.
    """
    mend = "correct MSH-18" if any(name.strip() for name in declared) else "declare the character set in MSH-18"
    told = _decode(raw, declared)
    return told if told.guessed is None else told._replace(guessed=f"{told.guessed}; {mend}")


def _decode(raw: bytes, declared: tuple[str, ...]) -> Decoded:
    names = [name for name in declared if name.strip()]
    codecs = [codec_of(name) for name in names]
    codec = "iso2022_jp_2" if "iso2022_jp_2" in codecs else codecs[0] if codecs else None
    if codec in {"utf-16", "utf-32"}:  # a header that can be read in single bytes is no such text
        codec = None
    if raw.isascii() and codec in {None, "ascii"}:
        unknown = f"The character set {shown(names[0])} in MSH-18 is not known" if names and codecs[0] is None else None
        return Decoded(raw.decode("ascii"), "ascii", unknown)
    if codec is None or codec == "ascii":
        guess, text = _guess(raw)
        why = f"MSH-18 declares {shown(names[0])}" if names else "No character set is declared"
        return Decoded(text, guess, f"{why}, and the bytes were read as {guess}")
    said = f"MSH-18 declares {shown(names[0])}"
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        text = decode_all(raw, codec)
        why = f"{said}, and some bytes do not fit it, where all would fit {_guess(raw)[0]}"
        return Decoded(text, codec, why, lossy=MARK in text)
    single = codec.startswith(("iso8859", "cp")) and not raw.isascii()
    doubted = single and _guess(raw)[0] == "utf-8"  # hardly any text in single bytes is UTF-8 by chance
    return Decoded(text, codec, f"{said}, and the bytes fit utf-8 as well" if doubted else None)


def decode_all(raw: bytes, codec: str) -> str:
    """Text whatever the bytes: those that are none are carried along where the codec can do that, else marked.

    A character set of several bytes loses no more than the line with the fault.
    """
    try:
        return raw.decode(codec, KEPT)
    except UnicodeDecodeError:
        parts = [raw] if codec.startswith("utf-") else re.split(rb"([\r\n]+)", raw)
        return "".join(part.decode(codec, "replace") for part in parts)


def marked(text: str) -> str:
    """The same text with a mark for each byte that is carried along in it, because it is no text."""
    return text if text.isascii() else _CARRIED.sub(MARK, text)


def other_readings(text: str, codec: str) -> set[str]:
    r"""What a text says if its bytes were written in another character set than the one that it was read with.

    >>> other_readings("S\xc3\xa4ttigung", "iso8859-1") == {"S\xe4ttigung", "S\u251c\xf1ttigung"}
    True
    """
    found: set[str] = set()
    for was in {codec, "cp1252"} if not text.isascii() else ():
        for each in _TAKEN_FOR:
            try:
                found.add(text.encode(was, KEPT).decode(each))
            except UnicodeError:
                continue
    return found - {text}


def encode_again(text: str, codec: str, told: str, raw: bytes) -> bytes | None:
    """A text that was changed in bytes again, where the text that it came from gives just the bytes `raw`."""
    try:
        return text.encode(codec, KEPT) if told.encode(codec, KEPT) == raw else None
    except UnicodeEncodeError:
        return None


def decode_hex(digits: str, codec: str) -> str | None:
    r"""The text of an escape such as `\XC3A4\`, in the character set of its message; `None` where it is none.

    >>> decode_hex("B5", "iso8859-1"), decode_hex("C2B5", "ascii"), decode_hex("B5", "utf-8")
    ('µ', 'µ', None)
    """
    try:
        raw = bytes.fromhex(digits)
        return _guess(raw)[1] if codec == "ascii" and not raw.isascii() else raw.decode(codec)
    except ValueError:  # a UnicodeDecodeError is one
        return None


def _guess(raw: bytes) -> tuple[str, str]:
    for codec in ("utf-8", "cp1252"):
        try:
            return codec, raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return "iso8859-1", raw.decode("iso8859-1")
