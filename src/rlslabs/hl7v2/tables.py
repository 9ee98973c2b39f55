"""Tables of HL7 v2: result status, coding systems, ambulatory status, pregnancy, and moments as it writes them.

Source: HL7 Terminology, code systems v2-0085, v2-0038, v2-0119, v2-0123, v2-0396 and v2-0009 (CC0).
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

SETTLING = FINAL | {"X"}
"""Table 0085: what takes the place of a result that could still change: a final one, or that there is none."""

CANCELLED_ORDER = "X"
"""Table 0123: no results available, the order was cancelled."""

CANCELLED = frozenset({"CA", "CR", "OC"})
"""Table 0119, in ORC-1: cancel the order, cancelled as requested, order cancelled."""

CANCELLED_STATUS = "CA"
"""Table 0038, in ORC-5: the order was cancelled."""

PREGNANT = "B6"
"""Table 0009, in PV1-15."""

PREGNANCY_STATUS = frozenset({"82810-3", "11449-6"})
PREGNANCY_ANSWERS = {
    **dict.fromkeys(("la15173-0", "pregnant", "77386006", "y", "yes"), True),
    **dict.fromkeys(("la26683-5", "not pregnant", "60001007", "n", "no"), False),
    **dict.fromkeys(("la4489-6", "unknown", "u", "unk", "asku", "nask"), None),
}
"""LOINC's pregnancy status and status as reported, and the answers by code, in words, as SNOMED CT and as yes or no.

Source: HL7 International Patient Summary, ValueSet pregnancy-status-uv-ips; table 0136.
"""

TOLD_OF_THE_PREGNANT = frozenset(
    {"11884-4", "11885-1", "11886-9", "18185-9", "49051-6"} | {"11778-8", "11779-6", "11780-4"}
)
"""LOINC's gestational age and estimated date of delivery: nobody else has one, and when it holds is not said.

Source: VSAC 2.16.840.1.113762.1.4.1045.26, Estimated Gestational Age at Delivery; HL7 Europe, value set
gestational-age-loinc; HL7 International Patient Summary, ValueSet edd-method-uv-ips.
"""

PREGNANCY_DIAGNOSIS = re.compile(r"O(?:[0-9]{2}|9A)|Z33|Z34|Z3A|Z32\.?0?1")
"""ICD-10: pregnancy, childbirth, the pregnant state, its supervision, a positive test, and (CM) its weeks."""

LOINC = frozenset({"LN", "LOINC", "LNC", "HTTP://LOINC.ORG", "2.16.840.1.113883.6.1", "URN:OID:2.16.840.1.113883.6.1"})
"""Table 0396 has `LN`; the others are seen in its place."""

_MOMENT = re.compile(
    r"(?P<day>[0-9]{8})(?:(?P<hour>[0-9]{2})(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?:\.[0-9]{1,6})?)?)?)?"
    r"(?P<zone>[+-][0-9]{4})?"
)


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
