"""The lines of a panel held against each other: swapped, unreliable, derived, discordant; order makes no difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from rlslabs.answers import Derived, PanelLine
from rlslabs.chart import Held, same_collection
from rlslabs.derive import Computed, derive
from rlslabs.errors import AnotherAnalyteError, LabsError
from rlslabs.limits import Cut, convert
from rlslabs.lines import LineReader
from rlslabs.model import Issue, Reading
from rlslabs.reported import LabResult
from rlslabs.rules import Derivation, DerivedLimits
from rlslabs.units import factor
from rlslabs.wording import shown_value

TSAT, TIBC, IRON, UIBC = "transferrin_saturation", "tibc", "iron", "uibc"
ByMarker = dict[str, list[Held]]
Doubts = dict[tuple[str, LabResult], Issue]


class Reviewed(NamedTuple):
    """The lines after they were held against each other, the derived values, and the readings for findings."""

    lines: tuple[PanelLine, ...]
    derived: tuple[Derived, ...]
    held: Mapping[str, list[Held]]


def review(lines: list[PanelLine], reader: LineReader, *, estimate_tibc: bool) -> Reviewed:
    """Refuse what is swapped, doubt what is unreliable or discordant, derive what may be derived."""
    limits = reader.catalog.rules.limits
    if limits is None:
        return Reviewed(tuple(lines), (), _held(lines))
    before = _held(lines)
    lines = [_unswapped(line, before, reader, limits) for line in lines]
    held = _held(lines)
    doubts = _unreliable(held, reader, limits)
    derived: list[Derived] = []
    for rule in sorted(reader.catalog.rules.derivations, key=lambda rule: rule.gives == TSAT):
        if rule.on_request and not estimate_tibc:
            continue
        known = _and_estimates(held, derived)
        for computed in derive(rule, known, reader.catalog):
            if not _superseded(rule, computed, held, derived, doubts):
                derived.append(_judged(computed, reader, limits))
    doubts |= _discordant(held, derived, limits)
    doubts |= _over(held, limits)
    remarked = [_remarked(line, doubts) for line in lines] if doubts else lines
    return Reviewed(tuple(remarked), tuple(derived), _usable(held, derived, doubts))


def _held(lines: Iterable[PanelLine]) -> ByMarker:
    """Every reading of every line, by marker; the same result given twice counts once."""
    held: ByMarker = {}
    for line in lines:
        if line.interpretation is not None:
            it = line.interpretation
            each = Held(it.marker, it.reading, line.result, it.standard.position)
        elif line.context is not None:
            each = Held(line.context.analyte, line.context.reading, line.result)
        else:
            continue
        if each not in held.setdefault(each.marker, []):
            held[each.marker].append(each)
    return held


def _together(held: Mapping[str, list[Held]], marker: str, result: LabResult) -> list[Held]:
    return [each for each in held.get(marker, ()) if same_collection(each.result, result)]


def _unswapped(line: PanelLine, held: ByMarker, reader: LineReader, limits: DerivedLimits) -> PanelLine:
    """The same line, or refused where its TIBC is another test by what the other results say."""
    it = line.interpretation
    if it is None or it.marker != TIBC or not it.reading.exact:
        return line
    tibc = _number(it.reading, TIBC, reader)
    meant = [
        "equals the UIBC of the same sample"
        for uibc in _together(held, UIBC, line.result)
        if uibc.reading.exact and _number(uibc.reading, UIBC, reader) == tibc
    ]
    for iron in _together(held, IRON, line.result):
        for printed in _together(held, TSAT, line.result):
            if iron.reading.exact and printed.reading.exact:
                share = _percent(printed.reading)
                top = _number(iron.reading, IRON, reader)
                if _apart(share, 100 * top / tibc, limits):
                    meant += _fitting(100 * top / share if share else None, top, tibc, it.reading, reader)
    if not meant:
        return line
    happened = f"The TIBC of {it.reading} {meant[0]}"
    error = AnotherAnalyteError(happened, "check which test it is", it.reading.words[:80])
    return line.model_copy(update={"interpretation": None, "issue": Issue.of(error)})


def _fitting(
    wanted: Fraction | None, iron: Fraction, tibc: Fraction, reading: Reading, reader: LineReader
) -> Iterator[str]:
    """What a TIBC is that contradicts the printed saturation, where it fits as something else (in umol/L)."""
    if wanted is None:
        return
    if _near(iron + tibc, wanted):
        yield "fits the printed saturation only as UIBC"
    for rule in reader.catalog.rules.derivations:
        if rule.form == "scaled" and rule.gives == TIBC and reading.unit == "ug/dL":
            per_liter = Fraction(reading.low) / 100  # the same number as mg/dL of transferrin, in g/L
            if _near(per_liter * Fraction(rule.factor or 1), wanted):
                yield "fits the printed saturation only as transferrin in mg/dL"


def _near(one: Fraction, other: Fraction) -> bool:
    """Whether two numbers agree as well as printed whole percentages let them."""
    return abs(one - other) * 50 <= other


def _number(reading: Reading, marker: str, reader: LineReader) -> Fraction:
    """An exact reading in umol/L."""
    mass = reader.catalog.analyte(marker).molar_mass
    return Fraction(reading.low) * factor(reading.unit, "umol/L", mass.value if mass else None)


def _percent(reading: Reading) -> Fraction:
    return Fraction(reading.low) * factor(reading.unit, "%")


def _apart(printed: Fraction, computed: Fraction, limits: DerivedLimits) -> bool:
    """Whether a printed and a computed saturation disagree, by points and by a part of the printed one."""
    gap = abs(printed - computed)
    return gap > Fraction(limits.discordant.points) and gap * 100 > Fraction(limits.discordant.percent) * printed


def _unreliable(held: ByMarker, reader: LineReader, limits: DerivedLimits) -> Doubts:
    """The results that are not to be relied on beside a value of another marker."""
    rule = limits.unreliable
    doubts: Doubts = {}
    for each in held.get(rule.marker, ()):
        limit = convert(rule.gt, rule.unit, reader.catalog.analyte(rule.marker), each.reading.unit)
        if "within" not in Cut(limit, None, low_out=True).positions(each.reading):
            continue
        name = reader.catalog.analyte(rule.marker).name
        message = f"{name} {each.reading} is above {limit:f}: not to be relied on in this sample"
        issue = Issue.trusted(
            {"code": "unreliable-beside-ferritin", "message": message, "text": each.reading.words[:80]}
        )
        for marker in rule.affects:
            doubts |= {(marker, other.result): issue for other in _together(held, marker, each.result)}
            doubts.setdefault((marker, each.result), issue)  # nothing of this kind is derived in this sample either
    return doubts


def _and_estimates(held: ByMarker, derived: list[Derived]) -> dict[str, list[Held]]:
    """The readings, with a TIBC that was estimated on request where no other stands."""
    known = {marker: list(each) for marker, each in held.items()}
    for each in derived:
        if each.computed.estimated and each.interpretation is not None:
            marker = each.interpretation.marker
            known.setdefault(marker, []).append(
                Held(marker, each.interpretation.reading, each.computed.result, derived=True, estimated=True)
            )
    return known


def _superseded(rule: Derivation, computed: Computed, held: ByMarker, derived: list[Derived], doubts: Doubts) -> bool:
    """Whether something better stands there: a printed TIBC, an earlier rule's value, or a reason not to derive."""
    result = computed.result
    printed = rule.gives != TSAT and _together(held, rule.gives, result)
    earlier = [
        each
        for each in derived
        if each.computed.result.marker == rule.gives
        and each.computed.derivation != rule.id
        and same_collection(each.computed.result, result)
    ]
    doubted = any(marker == rule.gives and same_collection(other, result) for marker, other in doubts)
    return bool(printed or earlier or doubted)


def _judged(computed: Computed, reader: LineReader, limits: DerivedLimits) -> Derived:
    """A computed value, judged like a result; above 100 % it is shown with a warning and not relied on."""
    try:
        it = reader.judge(computed.result)
    except LabsError as error:
        return Derived.trusted({"computed": computed, "interpretation": None, "issue": Issue.of(error)})
    over = limits.over
    high = it.reading.high
    issue = None
    if it.marker == TSAT and high is not None and high > over.percent:
        issue = Issue.trusted({"code": "saturation-over-100", "message": over.clinician, "text": it.reading.words[:80]})
        computed = computed.model_copy(update={"doubt": issue.code})
    return Derived.trusted({"computed": computed, "interpretation": it, "issue": issue})


def _discordant(held: ByMarker, derived: list[Derived], limits: DerivedLimits) -> Doubts:
    """The printed saturations that a computed one of the same sample contradicts; an estimate contradicts nothing."""
    doubts: Doubts = {}
    for each in derived:
        it = each.interpretation
        if it is None or it.marker != TSAT or each.computed.estimated:
            continue
        for printed in _together(held, TSAT, each.computed.result):
            if _apart(*_nearest(printed.reading, it.reading), limits):
                words = f"{printed.reading} printed, {shown_value(it.reading)} {it.reading.unit} computed"
                message = f"The saturations of one sample disagree ({words}), and neither is relied on"
                issue = {"code": "discordant-saturation", "message": message, "text": words[:80]}
                doubts[TSAT, printed.result] = Issue.trusted(issue)
    return doubts


def _nearest(one: Reading, other: Reading) -> tuple[Fraction, Fraction]:
    """The values of two saturations that lie nearest to each other, in percent; the same one where they meet."""
    ends = [
        (
            Fraction(each.low) * factor(each.unit, "%"),
            None if each.high is None else Fraction(each.high) * factor(each.unit, "%"),
        )
        for each in (one, other)
    ]
    (low, high), (other_low, other_high) = ends
    if high is not None and high < other_low:
        return high, other_low
    if other_high is not None and other_high < low:
        return low, other_high
    return low, low


def _over(held: ByMarker, limits: DerivedLimits) -> Doubts:
    """The printed saturations above 100 %: shown, and not relied on."""
    over = {"code": "saturation-over-100", "message": limits.over.clinician}
    return {
        (TSAT, each.result): Issue.trusted({**over, "text": each.reading.words[:80]})
        for each in held.get(TSAT, ())
        if each.reading.high is None
        or Fraction(each.reading.high) * factor(each.reading.unit, "%") > limits.over.percent
    }


def _remarked(line: PanelLine, doubts: Doubts) -> PanelLine:
    marker = line.interpretation.marker if line.interpretation else ""
    issue = doubts.get((marker, line.result))
    return line if issue is None else line.model_copy(update={"remarks": (issue,)})


def _usable(held: ByMarker, derived: list[Derived], doubts: Doubts) -> dict[str, list[Held]]:
    """Every reading with its doubt, and the derived ones where nothing is printed; an estimate decides nothing."""
    usable: dict[str, list[Held]] = {}
    for marker, readings in held.items():
        for each in readings:
            doubt = doubts.get((marker, each.result)) if doubts else None
            usable.setdefault(marker, []).append(each._replace(doubt=doubt.code) if doubt else each)
    for value in derived:
        it, computed = value.interpretation, value.computed
        beaten = (
            held.get(it.marker) if it and computed.estimated else it and _together(held, it.marker, computed.result)
        )
        if it is not None and not beaten:
            doubt_of = "estimated" if computed.estimated else computed.doubt
            each = Held(it.marker, it.reading, it.result, it.standard.position, derived=True, doubt=doubt_of)
            usable.setdefault(it.marker, []).append(each)
    return usable
