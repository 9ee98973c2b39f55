"""Tables of HL7 v2: result status, coding systems, specimens, ambulatory status, and moments as it writes them.

Source: HL7 Terminology, code systems v2-0085, v2-0123, v2-0396, v2-0070, v2-0487 and v2-0009 (CC0).
"""

from __future__ import annotations

import re
from datetime import date, datetime

from rlslabs.errors import DateError, shown
from rlslabs.population import read_day

FINAL = frozenset("FCUABV")
"""Table 0085: results that stand: final, corrected, changed to final, amended, appended, verified."""

OPEN = {"P": "preliminary", "R": "entered and not verified", "S": "partial"}
"""Table 0085: results that may still change."""

REFUSED = {
    "D": "the record is deleted",
    "I": "the specimen is in the laboratory and the result pending",
    "N": "the test was not asked for",
    "O": "it describes the order and holds no result",
    "W": "the result was posted as wrong, such as for another patient",
    "X": "no result can be obtained",
}
"""Table 0085: what is no result, or no longer one."""

REPLACING = frozenset("CDW")
"""Table 0085: a record with one of these takes the place of an earlier one of the same test."""

CANCELLED_ORDER = "X"
"""Table 0123: no results available, the order was cancelled."""

PREGNANT = "B6"
"""Table 0009, in PV1-15."""

PREGNANCY_STATUS = "82810-3"
PREGNANCY_ANSWERS = {
    **dict.fromkeys(("la15173-0", "pregnant", "77386006"), True),
    **dict.fromkeys(("la26683-5", "not pregnant", "60001007"), False),
}
"""LOINC's pregnancy status, and its answers by code, in words, and as SNOMED CT; `unknown` says nothing.

Source: HL7 International Patient Summary, ValueSet pregnancy-status-uv-ips.
"""

LOINC = frozenset({"LN", "LOINC", "LNC", "HTTP://LOINC.ORG", "2.16.840.1.113883.6.1", "URN:OID:2.16.840.1.113883.6.1"})
"""Table 0396 has `LN`; the others are seen in its place."""

_SPECIMENS: dict[str, frozenset[str]] = {
    "serum": frozenset({"ser", "serum", "sérum", "suero"}),
    "plasma": frozenset({"plas", "plasma"}),
    "blood": frozenset(
        {
            "bld",
            "blda",
            "bldc",
            "bldv",
            "bldco",
            "wb",
            "blood",
            "blut",
            "vollblut",
            "bloed",
            "volbloed",
            "sang",
            "sangre",
        }
        | {"whole", "rbc", "erythrocytes", "erythrozyten", "hematies"}
    ),
    "fluid": frozenset(
        {
            "ur",
            "urn",
            "urt",
            "urc",
            "urine",
            "urin",
            "urina",
            "orina",
            "harn",
            "urinary",
            "urinaire",
            "sammelurin",
            "csf",
        }
        | {"lcr", "liquor", "fluid", "flu", "saliva", "sal", "speichel", "speeksel", "stool", "stl", "feces", "faeces"}
        | {"stuhl", "selles", "heces", "milk", "amn", "pleural", "peritoneal", "ascites", "sweat"}
    ),
    "tissue": frozenset(
        {"tissue", "tis", "gewebe", "weefsel", "liver", "leber", "lever", "foie", "marrow", "knochenmark", "bone"}
        | {"hair", "haar"}
    ),
}
"""Codes of tables 0070 and 0487, and the words for them in English, German, French, Dutch and Spanish."""

_WORD = re.compile(r"[^\W\d_]+")
_MOMENT = re.compile(
    r"(?P<day>[0-9]{8})(?:(?P<hour>[0-9]{2})(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?:\.[0-9]{1,6})?)?)?)?"
    r"(?P<zone>[+-][0-9]{4})?"
)


def other_specimens(written: str, wanted: str = "serum or plasma") -> list[str]:
    """The words of a text that name another specimen than the one that is wanted.

    >>> other_specimens("Ferritin im Urin"), other_specimens("Ferritin [Mass/volume] in Serum or Plasma")
    (['urin'], [])
    """
    others = set().union(*(words for kind, words in _SPECIMENS.items() if kind not in wanted))
    return [word for word in _words(written) if word in others]


def other_fluids(written: str) -> list[str]:
    """The words of an order's name that say that urine or another fluid than blood was tested.

    A name such as `Complete blood count` or `Liver panel` says nothing of the specimen of a result below it.
    """
    return [word for word in _words(written) if word in _SPECIMENS["fluid"]]


def is_specimen(written: str, wanted: str) -> bool:
    """Whether a text names the specimen that is wanted, and no other one."""
    good = set().union(*(words for kind, words in _SPECIMENS.items() if kind in wanted))
    return not other_specimens(written, wanted) and not good.isdisjoint(_words(written))


def read_moment(written: str, what: str) -> date | None:
    """A moment such as `20240531` or `20240531081500+0200`, to the day at least; `None` where nothing is written.

    Raises:
        DateError: It cannot be read, or is not given to the day.
    """
    text = written.strip()
    if not text or text == '""':
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        mend = "give it as YYYYMMDD, with or without the time"
        if "-" not in text:
            happened = f"The {what} {shown(text)} is not a day that can be read"
            raise DateError(happened, mend, text[:80])
        return read_day(text, what)
    try:
        day = datetime.strptime(match["day"], "%Y%m%d")  # noqa: DTZ007  the zone, if any, is added below
        if match["hour"] is None:
            return day.date()
        clock = f"{match['hour']}{match['minute'] or '00'}{match['second'] or '00'}{match['zone'] or ''}"
        return datetime.strptime(f"{match['day']}{clock}", "%Y%m%d%H%M%S%z" if match["zone"] else "%Y%m%d%H%M%S")  # noqa: DTZ007  a sender that names no zone means its own
    except ValueError:
        happened = f"The {what} {shown(text)} is not a day that can be read"
        raise DateError(happened, "give it as YYYYMMDD, with or without the time", text[:80]) from None


def _words(written: str) -> list[str]:
    return _WORD.findall(written.casefold())
