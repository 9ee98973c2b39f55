"""The unit of OBX-6: of its code, text and alternates, the one that the analyte is reported in."""

from __future__ import annotations

import re

from rlslabs.errors import UnitConflictError, UnknownUnitError, shown
from rlslabs.marker import Accepted, Analyte
from rlslabs.reading import accepted_unit

_PLACES = (0, 1, 3, 4, 8)
_UNIT = re.compile(r"/|%|\b(?:per|pro|par|por)\b|\b[munpkµμ]?(?:g|mol|iu|u|ie)\b", re.IGNORECASE)
"""What makes a unit of a text, and not a laboratory's word for one."""

_WORDS = re.compile(
    r"(?P<part>nano|pi[ck]o|mi[ck]ro|mill?i|)(?P<what>gram|mol)[a-zé]*\s*(?:/|\b(?:per|pro|par|por)\b)\s*"
    r"(?:(?P<of>mill?i|de[cz]i|)lit(?:er|re|ro)s?|(?P<short>[dm]?l))",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s+[(\[].{0,40}\Z", re.DOTALL)
_PARTS = {"nano": "n", "pico": "p", "piko": "p", "micro": "u", "mikro": "u", "milli": "m", "mili": "m", "": ""}
_OF = {"milli": "m", "mili": "m", "deci": "d", "dezi": "d", "": ""}


def read_unit(parts: list[str], analyte: Analyte) -> str | None:
    """The unit of a field, as it is written there; words that are no unit are passed over.

    Raises:
        UnitConflictError: It names two different units, wherever they stand.
    """
    padded = [*parts, *[""] * (_PLACES[-1] + 1)]
    written = list(dict.fromkeys(padded[index] for index in _PLACES if padded[index]))
    named: dict[str, str] = {}
    for each in written:
        unit = _accepted(each, analyte)
        if unit is not None:
            named.setdefault(unit.ucum, each)
        elif _UNIT.search(each):
            named.setdefault(each, each)
    if len(named) > 1:
        happened = f"OBX-6 names the units {' and '.join(map(shown, named.values()))}"
        raise UnitConflictError(happened, "name one", " ".join(named.values())[:80])
    return next(iter(named.values()), written[0]) if written else None


def _accepted(written: str, analyte: Analyte) -> Accepted | None:
    """The accepted unit that a text names, as a code or spelled out in words; `None` where it names none of them."""
    for text in (written, _coded(written)):
        try:
            return accepted_unit(analyte, text)
        except UnknownUnitError:
            continue
    return None


def _coded(written: str) -> str:
    """A unit in words as a code, such as `Mikrogramm/Liter` as `ug/L`; `% sat` and `ng/mL (SI)` without the remark."""
    if written.startswith("%"):
        return "%"
    if match := _WORDS.fullmatch(written.strip()):
        of = _OF[match["of"].casefold()] + "L" if match["short"] is None else match["short"]
        what = "g" if match["what"].casefold() == "gram" else "mol"
        return f"{_PARTS[match['part'].casefold()]}{what}/{of}"
    return _REMARK.sub("", written)
