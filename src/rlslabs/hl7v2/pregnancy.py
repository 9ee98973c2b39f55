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

_WORDS = re.compile(
    r"pregnan(?:t|cy)|schwanger(?!schaften)|zwanger|grossesse|enceinte|embaraz|gestation|gestaci", re.IGNORECASE
)
_DENIED = re.compile(
    r"\b(?:not|non?|nicht|keine|niet|pas|negati\w*|négati\w*|neg|nein|nee|unknown|unbekannt|inconnu\w*|onbekend|desconocid[oa]"
    r"|history|anamnes\w*|antécédent\w*|antecedent\w*)\b",
    re.IGNORECASE,
)
"""Words that leave a diagnosis or an answer without a pregnancy that is stated."""

_HINTS = (*PREGNANCY_STATUS, *TOLD_OF_THE_PREGNANT)
_ICD = re.compile(r"I?10\w*|ICD-?10.*|", re.IGNORECASE)
_TRIPLETS = ((0, 2), (3, 5), (9, 11))
_NAMES = (0, 1, 3, 4, 8)
_CLINICAL, _REASON = 13, 31
_DAY = len("20240531")


class Days:
    """The days in OBR-7 and OBX-14 of some lines, as they are written, those of a pregnancy left out."""

    def __init__(self, lines: list[Line], splitter: Splitter) -> None:
        self._lines, self._field = lines, splitter.marks.field

    @cached_property
    def all(self) -> frozenset[str]:
        """Every day; looked for once, and only where a denial has a day of its own."""
        places = {"OBR": 7, "OBX": 14}
        told = [line for line in self._lines if line.name in places and not (line.name == "OBX" and _is_told(line))]
        parted = ((line.text.split(self._field), places[line.name]) for line in told)
        return frozenset(parts[place][:_DAY] for parts, place in parted if place < len(parts))


def stated(line: Line, splitter: Splitter, days: Days) -> set[bool]:
    """What a segment says of a pregnancy, if it does: a set of nothing, yes, no, or both.

    A denial of another day than those of the results says nothing.

    Raises:
        PregnancyError: It speaks of one in a way that is not understood.
        SegmentError: The segment cannot be split.
    """
    if line.name == "PV1":
        return {True} & {PREGNANT in map(str.upper, splitter.fields(line).firsts(15))}
    if line.name == "OBX" and _is_told(line):
        segment = splitter.fields(line)
        said, day = _observed(segment), segment.text(14)[:_DAY]
        return said - {False} if day and day not in days.all else said
    if line.name == "DG1" and _speaks(line.text):
        segment = splitter.fields(line)
        _refuse_diagnosis(segment.components(3), [*segment.components(3), segment.text(4)], "DG1-3")
    if line.name == "OBR" and _speaks(line.text):
        segment = splitter.fields(line)
        _refuse_diagnosis((), [segment.text(_CLINICAL)], "OBR-13")
        _refuse_diagnosis(segment.components(_REASON), segment.components(_REASON), "OBR-31")
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
    denied = any(_DENIED.search(each) or PREGNANCY_ANSWERS.get(each, True) is not True for each in answers)
    if not loincs.isdisjoint(TOLD_OF_THE_PREGNANT) or (named and not denied):
        _refuse("OBX-3")
    return set()


def _refuse_diagnosis(coded: Iterable[str], texts: Iterable[str], where: str) -> None:
    padded = [*coded, *[""] * 6]
    codes = {padded[code].upper() for code, system in _TRIPLETS[:2] if _ICD.fullmatch(padded[system])}
    told = " ".join(texts)
    if any(map(PREGNANCY_DIAGNOSIS.match, codes)) or (_WORDS.search(told) and not _DENIED.search(told)):
        _refuse(where)


def _refuse(where: str) -> None:
    happened = f"{where} speaks of a pregnancy, and not in a way that is understood here"
    raise PregnancyError(happened, "send LOINC 82810-3 with an answer of its list, or B6 in PV1-15")
