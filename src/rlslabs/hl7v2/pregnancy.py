"""What a message says of a pregnancy: yes, no, nothing, or something that is not understood and leaves it open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from rlslabs.errors import PregnancyError
from rlslabs.hl7v2.er7 import Fields, Line, Splitter
from rlslabs.hl7v2.tables import (
    FINAL,
    LOINC,
    OPEN,
    PREGNANCY_ANSWERS,
    PREGNANCY_DIAGNOSIS,
    PREGNANCY_STATUS,
    PREGNANT,
    TOLD_OF_THE_PREGNANT,
)

_PREGNANCY = r"(?:pregnan(?:t|cy)|schwanger(?!schaften)|zwanger|grossesse|enceinte|embaraz|gestation|gestaci|gravidit)"
_WORDS = re.compile(rf"{_PREGNANCY}|\bSSW\b", re.IGNORECASE)
_END, _GAP, _SIGNS = r"\w{0,20}", r"\W{1,5}", r"\W{0,5}"
_BETWEEN = (
    rf"(?:(?:currently|current|a|any|known|evidence of|aktuell{_END}|bekannt{_END}|hinweis auf|est|está|esta|is"
    rf"|actuel{_END}|actual{_END}|momenteel|de|la|der|die){_GAP}){{0,5}}"
)
_NEGATIVE = (
    rf"(?:not?|non?|nein|nee|neg\.?|(?:result{_GAP})?negati{_END}|négati{_END}"
    rf"|(?:not|nicht){_GAP}(?:done|performed|durchgeführt)|unknown|unbekannt|inconnu{_END}|onbekend|desconocid[oa])"
)
_DENIED = re.compile(
    rf"\b(?:not?|nicht|kein{_END}|non|pas|niet|geen|sin|without|ohne){_GAP}{_BETWEEN}{_PREGNANCY}{_END}"
    rf"|\b(?:history|anamnes{_END}|antécédent{_END}|antecedent{_END})\b[^,;.]{{0,60}}{_PREGNANCY}{_END}"
    rf"|{_PREGNANCY}{_END}{_SIGNS}(?:status|tests?|urine?)?{_SIGNS}{_NEGATIVE}{_SIGNS}\Z",
    re.IGNORECASE,
)
"""A pregnancy that is denied or of another time, right before the word or, at the end of the text, behind it."""

_ANSWER_NO = re.compile(rf"\W*{_NEGATIVE}\W*", re.IGNORECASE)
"""An answer that denies, or leaves it open, and in which nothing else stands."""

_HINTS = (*PREGNANCY_STATUS, *TOLD_OF_THE_PREGNANT)
_ICD = re.compile(r"I?10\w*|ICD-?10.*|", re.IGNORECASE)
_WITH_POINT = re.compile(r"[A-Z][0-9][0-9A-Z]\.[0-9A-Z]{1,4}")
"""What makes a code one of ICD-10, whatever its system is said to be."""

_TRIPLETS = ((0, 2), (3, 5), (9, 11))
_NAMES = (0, 1, 3, 4, 8)
_REASONS = {"DG1": {3: True, 4: False}, "PV2": {3: True}, "OBR": {13: False, 31: True}}
"""Fields of a diagnosis or reason, and whether they are coded."""

_DATED = {"OBR": 7, "OBX": 14}
_DAY = len("20240531")


class Days:
    """The days of some results, as they are written, those of a pregnancy left out."""

    def __init__(self, lines: list[Line], splitter: Splitter) -> None:
        self._lines, self._field = lines, splitter.marks.field

    @cached_property
    def all(self) -> frozenset[str]:
        """Every day of a result; looked for once, and only where a pregnancy is denied."""
        results = (line for line in self._lines if line.name == "OBX" and not _is_told(line))
        return frozenset(self._days[line.number] for line in results) - {""}

    def of(self, line: Line) -> str:
        """The day of one record, or nothing."""
        return self._days[line.number]

    @cached_property
    def _days(self) -> dict[int, str]:
        """The day of every record: OBX-14, else OBR-7 of its order."""
        found: dict[int, str] = {}
        ordered = ""
        for line in self._lines:
            place = _DATED.get(line.name, 0)
            parts = line.text.split(self._field, place + 1) if place else []
            day = parts[place].strip()[:_DAY] if place < len(parts) else ""
            ordered = day if line.name == "OBR" else ordered
            found[line.number] = day or ordered
        return found


def stated(line: Line, splitter: Splitter, days: Days) -> set[bool]:
    """What a segment says of a pregnancy, if it does: a set of nothing, yes, no, or both.

    A denial says nothing where any result is of another day.

    Raises:
        PregnancyError: It speaks of one in a way that is not understood.
        SegmentError: The segment cannot be split.
    """
    if line.name == "PV1":
        return {True} & {PREGNANT in map(str.upper, splitter.fields(line).firsts(15))}
    if line.name == "OBX" and _is_told(line):
        said = _observed(splitter.fields(line))
        other = False in said and days.of(line) and not days.all <= {days.of(line)}
        return said - {False} if other else said
    if line.name in _REASONS and _speaks(line.text):
        segment = splitter.fields(line)
        for place, coded in _REASONS[line.name].items():
            parts = segment.components(place)
            _refuse_diagnosis(parts if coded else (), parts, f"{line.name}-{place}")
    return set()


def _is_told(line: Line) -> bool:
    return bool(_WORDS.search(line.text)) or any(code in line.text for code in _HINTS)


def _speaks(text: str) -> bool:
    return bool(_WORDS.search(text) or PREGNANCY_DIAGNOSIS.search(text.upper()))


def _observed(segment: Fields) -> set[bool]:
    """What a record says that is about a pregnancy and stands; an answer that says nothing is nothing."""
    if segment.text(11).upper() not in {*FINAL, *OPEN, ""}:
        return set()
    padded = [*segment.components(3), *[""] * 12]
    loincs = {padded[code] for code, system in _TRIPLETS if padded[system].upper() in LOINC or not padded[system]}
    answers = [each.casefold() for each in segment.components(5) if each]
    if not answers:
        return set()
    if not loincs.isdisjoint(PREGNANCY_STATUS):
        said = {PREGNANCY_ANSWERS[each] for each in answers if each in PREGNANCY_ANSWERS}
        if not said:
            _refuse("OBX-5")
        return {each for each in said if each is not None}
    named = any(_WORDS.search(padded[index]) for index in _NAMES)
    denied = any(_denies(each) or PREGNANCY_ANSWERS.get(each, True) is not True for each in answers)
    if not loincs.isdisjoint(TOLD_OF_THE_PREGNANT) or (named and not denied):
        _refuse("OBX-3")
    return set()


def _is_stated(text: str) -> bool:
    """Whether a text names a pregnancy and does not deny it."""
    return bool(_WORDS.search(_DENIED.sub(" ", text)))


def _denies(answer: str) -> bool:
    """Whether an answer about a pregnancy denies it or leaves it open, as a whole or by a word before it."""
    return bool(_ANSWER_NO.fullmatch(answer) or (_WORDS.search(answer) and not _is_stated(answer)))


def _refuse_diagnosis(coded: Iterable[str], texts: Iterable[str], where: str) -> None:
    padded = [*coded, *[""] * 6]
    for code, system in ((padded[code].upper(), padded[system]) for code, system in _TRIPLETS[:2]):
        if PREGNANCY_DIAGNOSIS.match(code) and (_ICD.fullmatch(system) or _WITH_POINT.fullmatch(code)):
            _refuse(where)
    if any(map(_is_stated, texts)):
        _refuse(where)


def _refuse(where: str) -> None:
    happened = f"{where} speaks of a pregnancy, and not in a way that is understood here"
    raise PregnancyError(happened, "send LOINC 82810-3 with an answer of its list, or B6 in PV1-15")
