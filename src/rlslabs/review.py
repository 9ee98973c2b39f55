"""The lines of a panel held against each other: swapped, unreliable, derived, discordant; order makes no difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from rlslabs.answers import Derived, PanelLine
from rlslabs.catalog import Catalog
from rlslabs.chart import TSAT, Held, same_collection, together
from rlslabs.derive import Computed, derive
from rlslabs.errors import LabsError
from rlslabs.limits import Cut, convert
from rlslabs.lines import LineReader
from rlslabs.model import Issue, Reading
from rlslabs.reported import LabResult
from rlslabs.rules import Derivation, DerivedLimits
from rlslabs.swaps import apart, unswapped
from rlslabs.text import read_text
from rlslabs.units import factor
from rlslabs.wording import shown_value, value_words

MOST = 4
"""From how many different readings of one marker in one collection something is computed; more is a broken report."""

ByMarker = dict[str, list[Held]]
Doubts = dict[tuple[str, LabResult], Issue]


class Reviewed(NamedTuple):
    """The lines after they were held against each other, the derived values, and the readings for findings.

    `futile` are the markers that would not be relied on if they were measured in the newest sample.
    """

    lines: tuple[PanelLine, ...]
    derived: tuple[Derived, ...]
    held: Mapping[str, list[Held]]
    futile: frozenset[str] = frozenset()


def review(lines: list[PanelLine], reader: LineReader, *, estimate_tibc: bool) -> Reviewed:
    """Refuse what is swapped, doubt what is unreliable or discordant, derive what may be derived."""
    limits = reader.catalog.rules.limits
    if limits is None:
        return Reviewed(tuple(lines), (), _held(lines))
    before = _held(lines)
    lines = [unswapped(line, before, reader, limits) for line in lines]
    held = _held(lines)
    doubts = _unreliable(held, reader, limits)
    crowded = _crowded(held, reader)
    usable = {
        marker: [each for each in readings if (marker, each.result) not in crowded] for marker, readings in held.items()
    }
    derived: list[Derived] = []
    rivals: list[Computed] = []
    for rule in sorted(reader.catalog.rules.derivations, key=lambda rule: rule.gives == TSAT):
        if rule.on_request and not estimate_tibc:
            continue
        for computed in derive(rule, _and_estimates(usable, derived), reader.catalog):
            if _superseded(rule, computed, held, doubts):
                continue
            if _earlier(rule, computed, derived):
                rivals += [computed] if rule.gives == TSAT else []
            else:
                derived.append(_judged(computed, reader, limits))
    derived = [*_rivalled(derived, rivals, reader, limits)]
    doubts |= _discordant(held, derived, limits)
    doubts |= _over(held, limits)
    remarks = doubts | crowded
    remarked = [_remarked(line, remarks) for line in lines] if remarks else lines
    closed = any(marker == limits.unreliable.marker for marker, _ in doubts)
    futile = frozenset(limits.unreliable.affects if closed else ())
    return Reviewed(tuple(remarked), tuple(derived), _usable(held, derived, doubts, limits.unreliable.marker), futile)


def _held(lines: Iterable[PanelLine]) -> ByMarker:
    """Every reading of every line, by marker; the same result given twice counts once."""
    held: dict[str, dict[Held, None]] = {}
    for line in lines:
        if line.interpretation is not None:
            it = line.interpretation
            each = Held(it.marker, it.reading, line.result, it.standing)
        elif line.context is not None:
            each = Held(line.context.analyte, line.context.reading, line.result)
        else:
            continue
        held.setdefault(each.marker, {})[each] = None
    return {marker: list(each) for marker, each in held.items()}


def _crowded(held: ByMarker, reader: LineReader) -> Doubts:
    """The readings of a marker of which there are too many in one collection to compute anything from them."""
    doubts: Doubts = {}
    inputs = {name for rule in reader.catalog.rules.derivations for name in rule.inputs}
    for marker in sorted(inputs & {*held}):
        if len(held[marker]) <= MOST:
            continue
        count = Counter(_day(each.result) for each in held[marker])
        at = Counter(each.result.collected for each in held[marker])
        for each in held[marker]:
            timed = isinstance(each.result.collected, datetime)
            if (at[each.result.collected] if timed else count[_day(each.result)]) > MOST:
                message = f"There are more than {MOST} results of it in one collection; nothing is computed from them"
                issue = {"code": "too-many-of-one-collection", "message": message, "text": each.reading.words[:80]}
                doubts[marker, each.result] = Issue.trusted(issue)
    return doubts


def _day(result: LabResult) -> str:
    return str(result.collected)[:10]


def _unreliable(held: ByMarker, reader: LineReader, limits: DerivedLimits) -> Doubts:
    """The results that are not to be relied on beside a value of another marker; undated ones may be of its sample."""
    rule = limits.unreliable
    doubts: Doubts = {}
    for each in held.get(rule.marker, ()):
        limit = convert(rule.gt, rule.unit, reader.catalog.analyte(rule.marker), each.reading.unit)
        if "within" not in Cut(limit, None, low_out=True).positions(each.reading):
            continue
        name = reader.catalog.analyte(rule.marker).name
        names = " and ".join(reader.catalog.analyte(marker).name for marker in rule.affects)
        certain = Cut(limit, None, low_out=True).positions(each.reading) == ("within",)
        happened = f"{name} {each.reading} {'is' if certain else 'may be'} above {limit:f} {each.reading.unit}"
        issue = {"code": "unreliable-beside-ferritin", "text": each.reading.words[:80]}
        own = f"{happened}: {names} of this sample are not computed"
        doubts[rule.marker, each.result] = Issue.trusted({**issue, "message": own})
        theirs = Issue.trusted({**issue, "message": f"{happened}: not to be relied on in this sample"})
        for marker in rule.affects:
            beside = [other.result for other in held.get(marker, ()) if _perhaps(other.result, each.result)]
            doubts |= {(marker, result): theirs for result in beside}
            doubts.setdefault((marker, each.result), theirs)  # nothing of this kind is derived in this sample either
    return doubts


def _perhaps(one: LabResult, two: LabResult) -> bool:
    """Whether two results are, or may be, of one sample."""
    return one.collected is None or two.collected is None or same_collection(one, two)


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


def _superseded(rule: Derivation, computed: Computed, held: ByMarker, doubts: Doubts) -> bool:
    """Whether a printed TIBC stands there, or a reason not to derive."""
    result = computed.result
    printed = rule.gives != TSAT and together(held, rule.gives, result)
    doubted = any(marker == rule.gives and _perhaps(other, result) for marker, other in doubts)
    return bool(printed or doubted)


def _earlier(rule: Derivation, computed: Computed, derived: list[Derived]) -> bool:
    """Whether an earlier rule gave the same marker for the same sample; an estimate keeps nothing else away."""
    return any(
        each.computed.result.marker == rule.gives
        and each.computed.derivation != rule.id
        and not each.computed.estimated
        and same_collection(each.computed.result, computed.result)
        for each in derived
    )


def _rivalled(
    derived: list[Derived], rivals: list[Computed], reader: LineReader, limits: DerivedLimits
) -> Iterator[Derived]:
    """The derived values; one that another way of computing contradicts is doubted, and both ways are shown."""
    other = [_judged(each, reader, limits) for each in rivals if not each.estimated]
    shown: dict[int, Derived] = {}
    for each in derived:
        against = [
            index
            for index, rival in enumerate(other)
            if each.interpretation is not None
            and rival.interpretation is not None
            and each.interpretation.marker == TSAT
            and not each.computed.estimated
            and same_collection(each.computed.result, rival.computed.result)
            and apart(*_nearest(each.interpretation.reading, rival.interpretation.reading), limits)
        ]
        shown |= {index: _contradicted(other[index], each) for index in against}
        yield _contradicted(each, other[against[0]]) if against else each
    yield from shown.values()


def _contradicted(one: Derived, other: Derived) -> Derived:
    words = [f"{shown_value(each.interpretation.reading)} %" for each in (one, other) if each.interpretation]
    both = " and ".join(words)
    message = f"Two ways of computing the saturation of one sample disagree ({both}), and neither is relied on"
    issue = Issue.trusted({"code": "discordant-saturation", "message": message, "text": words[0]})
    computed = one.computed.model_copy(update={"doubt": issue.code})
    return Derived.trusted({"computed": computed, "interpretation": one.interpretation, "issue": issue})


def _judged(computed: Computed, reader: LineReader, limits: DerivedLimits) -> Derived:
    """A computed value, judged like a result; above 100 % it is shown with a warning and not relied on."""
    issue, it = None, None
    try:
        it = reader.judge(computed.result)
    except LabsError as error:
        issue = Issue.of(error)
    if computed.result.marker == TSAT and _is_over(reading_of(computed), limits):
        issue = _over_issue(limits, reading_of(computed))
        computed = computed.model_copy(update={"doubt": issue.code})
    return Derived.trusted({"computed": computed, "interpretation": it, "issue": issue})


def reading_of(computed: Computed) -> Reading:
    """A computed value as a reading, whether or not it could be judged."""
    result = computed.result
    if result.value is not None:
        ends = {"low": result.value, "high": result.value, "low_open": False, "high_open": False, "comparator": None}
    else:
        ends = read_text(result.text or "", result.decimal_mark)[0]._asdict()
    return Reading.trusted({**ends, "unit": result.unit or "", "spoken": "percent" if result.unit == "%" else ""})


def _is_over(reading: Reading, limits: DerivedLimits) -> bool:
    """Whether a saturation is, or as far as its ends tell may well be, above 100 %; `>50` says nothing of that."""
    by, percent = factor(reading.unit, "%"), Fraction(limits.over.percent)
    return Fraction(reading.low) * by > percent or (reading.high is not None and Fraction(reading.high) * by > percent)


def _over_issue(limits: DerivedLimits, reading: Reading) -> Issue:
    return Issue.trusted({"code": "saturation-over-100", "message": limits.over.clinician, "text": reading.words[:80]})


def _discordant(held: ByMarker, derived: list[Derived], limits: DerivedLimits) -> Doubts:
    """The printed saturations that a computed one of the same sample contradicts; an estimate contradicts nothing."""
    doubts: Doubts = {}
    for each in derived:
        it = each.interpretation
        if it is None or it.marker != TSAT or each.computed.estimated:
            continue
        for printed in together(held, TSAT, each.computed.result):
            if apart(*_nearest(printed.reading, it.reading), limits):
                words = f"{value_words(printed.reading)} printed, {shown_value(it.reading)} {it.reading.unit} computed"
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
    return {
        (TSAT, each.result): _over_issue(limits, each.reading)
        for each in held.get(TSAT, ())
        if _is_over(each.reading, limits)
    }


def _remarked(line: PanelLine, doubts: Doubts) -> PanelLine:
    marker = line.interpretation.marker if line.interpretation else line.context.analyte if line.context else ""
    issue = doubts.get((marker, line.result))
    return line if issue is None else line.model_copy(update={"remarks": (issue,)})


def is_doubted(line: PanelLine, catalog: Catalog) -> bool:
    """Whether the other results say that a line is not to be relied on; a ferritin casts such doubt and bears none."""
    limits, it = catalog.rules.limits, line.interpretation
    if limits is None or it is None or it.marker == limits.unreliable.marker:
        return False
    return any(each.code != "too-many-of-one-collection" for each in line.remarks)


def _usable(held: ByMarker, derived: list[Derived], doubts: Doubts, unreliable: str) -> dict[str, list[Held]]:
    """Every reading with its doubt, and the derived ones where nothing is printed; an estimate decides nothing."""
    usable: dict[str, list[Held]] = {}
    for marker, readings in held.items():
        for each in readings:
            doubt = doubts.get((marker, each.result)) if doubts and marker != unreliable else None
            usable.setdefault(marker, []).append(each._replace(doubt=doubt.code) if doubt else each)
    for value in derived:
        it, computed = value.interpretation, value.computed
        marker = computed.result.marker
        beaten = held.get(marker) if computed.estimated else together(held, marker, computed.result)
        if beaten or (it is None and computed.doubt is None):
            continue
        doubt_of = "estimated" if computed.estimated else computed.doubt
        reading, position = (it.reading, it.standing) if it else (reading_of(computed), None)
        each = Held(marker, reading, computed.result, position, derived=True, doubt=doubt_of)
        usable.setdefault(marker, []).append(each)
    return usable
