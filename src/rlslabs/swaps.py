"""A TIBC that is another test, by what the other results of its sample say: refused, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, product

from rlslabs.answers import PanelLine
from rlslabs.chart import IRON, TIBC, TRANSFERRIN, TSAT, UIBC, Held, together
from rlslabs.errors import AnotherAnalyteError
from rlslabs.lines import LineReader
from rlslabs.model import Issue, Reading
from rlslabs.rules import DerivedLimits
from rlslabs.units import factor

NEAR = Fraction(1, 50)
"""How closely two numbers agree as well as printed whole percentages let them. A choice of this package."""

MOST_PAIRS = 1000
"""Pairs of iron and saturation of one sample: among more, of many samples without a date, any TIBC fits some pair."""


def unswapped(
    line: PanelLine, held: Mapping[str, Sequence[Held]], reader: LineReader, limits: DerivedLimits
) -> PanelLine:
    """The same line, or refused where its TIBC is another test by what the other results say."""
    it = line.interpretation
    if it is None or it.marker != TIBC or not it.reading.exact:
        return line
    one, tibc = Held(TIBC, it.reading, line.result), _number(it.reading, TIBC, reader)
    meant = next(chain(_copied(one, tibc, held, reader), _refitted(one, tibc, held, reader, limits)), None)
    if meant is None:
        return line
    happened = f"The TIBC of {it.reading} {meant}"
    error = AnotherAnalyteError(happened, "check which test it is", it.reading.words[:80])
    return line.model_copy(update={"interpretation": None, "issue": Issue.of(error)})


def _refitted(
    one: Held, tibc: Fraction, held: Mapping[str, Sequence[Held]], reader: LineReader, limits: DerivedLimits
) -> Iterator[str]:
    """What a TIBC is that contradicts a printed saturation of its sample, and fits it as something else."""
    irons = [each.reading for each in together(held, IRON, one.result) if each.reading.exact]
    shares = [each.reading for each in together(held, TSAT, one.result) if each.reading.exact]
    tops = dict.fromkeys(_number(each, IRON, reader) for each in irons)
    percents = dict.fromkeys(map(_percent, shares))
    if len(tops) * len(percents) > MOST_PAIRS:
        return
    for top, share in product(tops, percents):
        if share and apart(share, 100 * top / tibc, limits):
            yield from _fitting(100 * top / share, top, tibc, one.reading, reader)


def _copied(one: Held, tibc: Fraction, held: Mapping[str, Sequence[Held]], reader: LineReader) -> Iterator[str]:
    """What a TIBC is that has the value of another test of its sample, or less than its own part."""
    irons = [each.reading for each in together(held, IRON, one.result)]
    little = any(_number(each, IRON, reader) <= NEAR * tibc for each in irons)  # then TIBC and UIBC do agree
    for uibc in together(held, UIBC, one.result):
        if uibc.reading.exact:
            part = _number(uibc.reading, UIBC, reader)
            if part == tibc or (_near(tibc, part) and irons and not little):
                yield "equals the UIBC of the same sample"
            elif part > tibc and not _near(tibc, part):
                yield "is less than the UIBC of the same sample, which is a part of it"
    for other in together(held, TRANSFERRIN, one.result):
        same = other.reading.exact and one.reading.unit == "ug/dL"
        if same and Fraction(other.reading.low) * factor(other.reading.unit, "mg/dL") == Fraction(one.reading.low):
            yield "has the number of the transferrin of the same sample in mg/dL"


def _fitting(wanted: Fraction, iron: Fraction, tibc: Fraction, reading: Reading, reader: LineReader) -> Iterator[str]:
    """What a TIBC is that contradicts the printed saturation, where it fits as something else (in umol/L)."""
    if _near(iron + tibc, wanted):
        yield "fits the printed saturation only as UIBC"
    for rule in reader.catalog.rules.derivations:
        if rule.form == "scaled" and rule.gives == TIBC and reading.unit == "ug/dL":
            per_liter = Fraction(reading.low) / 100  # the same number as mg/dL of transferrin, in g/L
            if _near(per_liter * Fraction(rule.factor or 1), wanted):
                yield "fits the printed saturation only as transferrin in mg/dL"


def _near(one: Fraction, other: Fraction) -> bool:
    """Whether two numbers agree as well as printed whole percentages let them."""
    return abs(one - other) <= NEAR * other


def _number(reading: Reading, marker: str, reader: LineReader) -> Fraction:
    """An exact reading in umol/L."""
    mass = reader.catalog.analyte(marker).molar_mass
    return Fraction(reading.low) * factor(reading.unit, "umol/L", mass.value if mass else None)


def _percent(reading: Reading) -> Fraction:
    return Fraction(reading.low) * factor(reading.unit, "%")


def apart(printed: Fraction, computed: Fraction, limits: DerivedLimits) -> bool:
    """Whether a printed and a computed saturation disagree, by points and by a part of the printed one."""
    gap = abs(printed - computed)
    return gap > Fraction(limits.discordant.points) and gap * 100 > Fraction(limits.discordant.percent) * printed
