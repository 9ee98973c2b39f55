"""Files by name, plain or packed by gzip, which their first bytes tell."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

_PACKED = b"\x1f\x8b"
GZIP_FAULTS = (EOFError, gzip.BadGzipFile, zlib.error)
"""What a file that is no whole gzip raises while it is read."""


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """A file to read bytes from, unpacked; `-` is standard input, which stays open.

    Raises:
        OSError: There is no such file, or it cannot be read.
    """
    with ExitStack() as closing:
        raw = sys.stdin.buffer if name == "-" else closing.enter_context(Path(name).open("rb"))
        file = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", raw))
        packed = name.endswith(".gz") or file.peek(len(_PACKED)).startswith(_PACKED)
        yield cast("IO[bytes]", gzip.GzipFile(fileobj=file) if packed else file)
