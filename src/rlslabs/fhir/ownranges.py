"""The ranges that the laboratory printed: read, joined where one was split, and chosen by patient."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from rlslabs.cohort import Who, who
from rlslabs.errors import LabsError, ModifierError, ResourceError, shown
from rlslabs.facts import Population
from rlslabs.fhir.concept import coded, texts
from rlslabs.fhir.observed import OwnRange
from rlslabs.fhir.person import Case
from rlslabs.fhir.quantity import ends_of, number_of
from rlslabs.fhir.systems import OURS, PREGNANCY, RANGE_MEANING, SEXES
from rlslabs.marker import Analyte
from rlslabs.model import Fact, Issue
from rlslabs.population import Sex, band_span, read_age
from rlslabs.printed import ANYBODY
from rlslabs.reading import instead
from rlslabs.reported import readable

_MOST = 50
_ENDS = 2
_NORMAL = {"normal", "normal range", "reference", "reference range", "reference interval", "standard"}
_WORDS: dict[str, Sex] = {"female": "female", "females": "female", "women": "female", "f": "female"}
_WORDS |= {"male": "male", "males": "male", "men": "male", "m": "male", "woman": "female", "man": "male"}
_GROUPS: dict[str, str | None] = {"adult": ">=18 a", "adults": ">=18 a", "normal": None, "general": None}
_PREGNANT = {"pregnant", "pregnancy", "pregnant women"}


def own_ranges(given: object, marker: Analyte) -> tuple[tuple[OwnRange, ...], tuple[Issue, ...]]:
    """Every range that the laboratory printed, and what is to be said of them; what `annotate` wrote is not its own."""
    if given is None:
        return (), ()
    if not isinstance(given, list) or len(given) > _MOST:
        happened = f"The referenceRange is no list, or one of more than {_MOST} ranges"
        return (_refused(ResourceError(happened, "write it as FHIR does")),), ()
    found: list[OwnRange] = []
    for each in given:
        if isinstance(each, dict) and is_ours(each):
            continue
        try:
            found.append(_own_range(each, marker))
        except LabsError as error:
            found.append(_refused(error))
    ranges, notices = _joined(found)
    return tuple(ranges), notices


def is_ours(given: dict[str, Any]) -> bool:
    """Whether `annotate` wrote this range."""
    return any(system == OURS for system, _ in coded(given.get("type")))


def _refused(error: LabsError) -> OwnRange:
    empty = {"kind": "normal", "text": None, "low": None, "high": None, "unit": None, "population": None}
    return OwnRange.trusted({**empty, "issue": instead(error)})


def _own_range(given: object, marker: Analyte) -> OwnRange:
    if not isinstance(given, dict):
        happened = "A referenceRange is no object"
        raise ResourceError(happened, "write it as FHIR does")
    if given.get("modifierExtension"):
        happened = "The printed range has a modifier that is not known here"
        raise ModifierError(happened, "leave the range out, or the modifier")
    text = given.get("text")
    if text is not None and not isinstance(text, str):
        happened = "The text of the printed range is no text"
        raise ResourceError(happened, "write it as FHIR does")
    kind = _kind(given.get("type"))
    population, issue = ANYBODY, None
    if given.get("appliesTo") is not None or given.get("age") is not None:
        try:
            population = _population(given.get("appliesTo"), given.get("age"))
        except LabsError as error:
            issue = instead(error)
    low, high, unit = ends_of(given, marker)
    written = readable(text) if text and text.strip() else None
    ends = {"text": written, "low": low, "high": high, "unit": unit}
    known = None if issue else population
    return OwnRange.trusted({"kind": kind, **ends, "population": known, "issue": issue})


def _kind(given: object) -> str:
    """What a range is: `normal` unless its type says something else."""
    if given is None:
        return "normal"
    codes = [code for system, code in coded(given) if system == RANGE_MEANING]
    said = codes or [text.strip().casefold() for text in texts(given)] or [code for _, code in coded(given)]
    if not said:
        return "normal" if given == {} else "unreadable"
    return (
        "normal" if all(each in _NORMAL for each in said) else next(each for each in said if each not in _NORMAL)[:40]
    )


def _population(applies_to: object, age: object) -> Population:
    """Whom a range is meant for; several entries hold together.

    Raises:
        ResourceError: It cannot be told.
        AgeError: The ages cannot be read.
    """
    if not isinstance(applies_to, list | None):
        raise _untold("appliesTo is no list")
    sexes: set[Sex] = set()
    pregnant, bands = False, [] if age is None else [_band(age)]
    for each in applies_to or ():
        words = {text.strip().casefold() for text in texts(each)}
        codes = coded(each)
        sex = {SEXES[code] for code in codes if code in SEXES} | {_WORDS[word] for word in words if word in _WORDS}
        sex |= {code for _, code in codes if code in ("female", "male")}
        if sex:
            sexes |= sex  # type: ignore[arg-type]  # its codes are the words of a sex
        elif PREGNANCY in codes or words & _PREGNANT:
            pregnant = True
        elif words and words <= set(_GROUPS):
            bands += [band for band in (_GROUPS[word] for word in words) if band]
        else:
            raise _untold(f"{shown(next(iter(texts(each)), 'a code'))} is not a population that is known here")
    if len(sexes) > 1 or len(bands) > 1:
        raise _untold("it is for several people at once")
    return Population(sex=next(iter(sexes), None), age=bands[0] if bands else None, pregnant=pregnant)


def _untold(why: str) -> ResourceError:
    return ResourceError(f"It cannot be told for whom a printed range is meant: {why}", "say the sex and the age")


def _band(age: object) -> str:
    """The ages of a Range as completed counts, both ends in it."""
    if not isinstance(age, dict):
        raise _untold("its age is no Range")
    ends: list[str] = []
    for name in ("low", "high"):
        end = age.get(name)
        if end is None:
            ends.append("")
            continue
        if not isinstance(end, dict) or end.get("comparator") is not None:
            raise _untold("its age is no plain quantity")
        number = number_of(end.get("value"), "age")
        if not isinstance(number, Decimal) or number.adjusted() > len("99999") or number != int(number) or number < 0:
            raise _untold("its age is no whole number")
        unit = end.get("code") or end.get("unit") or "a"
        if not isinstance(unit, str):
            raise _untold("its age has no unit")
        read = read_age(f"{int(number)} {unit}") or 0
        ends.append(f"{read} a" if isinstance(read, int) else read)
    low, high = ends
    if not low and not high:
        raise _untold("its age has no end")
    band = f"{low or '0 d'}-{high}" if high else f">={low}"
    band_span(band)  # refuses one that holds no age
    return band


def _joined(ranges: list[OwnRange]) -> tuple[list[OwnRange], tuple[Issue, ...]]:
    """The same ranges, with one that was split over two entries, one for each end, in one."""
    if len(ranges) == 1:
        return ranges, ()
    notices: list[Issue] = []
    whole = [each for each in ranges if _usable(each)]
    for low in whole:
        alike = [each for each in whole if each.population == low.population]
        split = len(alike) == _ENDS and low.low is not None and low.high is None
        for high in alike if split else ():
            units = {each.unit for each in alike if each.unit is not None}
            if high is low or high.low is not None or high.high is None or len(units) > 1:
                continue
            both = {"high": high.high, "unit": next(iter(units), None), "text": None}
            ranges = [low.model_copy(update=both) if each is low else each for each in ranges if each is not high]
            message = "The printed range was read from two entries, one for each end; print it in one"
            notices.append(_issue("range-joined", message))
    return ranges, tuple(notices)


def _usable(each: OwnRange) -> bool:
    return each.kind == "normal" and each.issue is None


class Choice(NamedTuple):
    """The printed ranges that could apply, `None` for none of them; what would settle which; what is to be said."""

    ranges: tuple[OwnRange | None, ...]
    facts: tuple[Fact, ...] = ()
    notices: tuple[Issue, ...] = ()


def choose(ranges: tuple[OwnRange, ...], case: Case) -> Choice:
    """The printed ranges that are meant for a person; the one that says most of whom it is for goes first.

    Raises:
        PatientError: The facts about the patient contradict each other.
    """
    usable = [each for each in ranges if _usable(each)]
    said = [each.issue for each in ranges if each.issue is not None]
    other = sorted({each.kind for each in ranges if each.issue is None and each.kind != "normal"})
    if other:
        message = f"A printed range is {' and '.join(map(shown, other))}, not normal, and was not used as the standard"
        said.append(_issue("range-passed-over", message, ", ".join(other)))
    if not usable:
        return Choice((None,), (), tuple(said))
    if len(usable) == 1 and usable[0].population is ANYBODY:
        return Choice((usable[0],), (), tuple(said))
    person, _ = who(case.patient, case.collected, strict=case.strict)
    cells = [
        (sex, pregnant) for sex in person.sexes for pregnant in person.pregnant if not (pregnant and sex == "male")
    ]
    picked = [_picked(usable, sex, person, pregnant=pregnant) for sex, pregnant in cells]
    chosen: list[OwnRange | None] = []
    for each in (each for cell in picked for each in cell):
        if not any(each is other or _same(each, other) for other in chosen):
            chosen.append(each)
    facts: list[Fact] = ["sex"] if len(person.sexes) > 1 and len({*map(tuple, map(_ids, picked))}) > 1 else []
    if any(each is not None and each.population and each.population.age for each in chosen):
        facts.append("age")
    if len(person.pregnant) > 1:
        facts.append("pregnancy")
    if chosen == [None]:
        message = "The printed ranges are for other people. The standard set is used in their place"
        said.append(_issue("range-for-others", message))
    settled: tuple[Fact, ...] = tuple(facts) or ("population of the printed range",)
    return Choice(tuple(chosen), settled if len(chosen) > 1 else (), tuple(said))


def _ids(ranges: list[OwnRange | None]) -> list[int]:
    return [id(each) for each in ranges]


def _same(one: OwnRange | None, two: OwnRange | None) -> bool:
    """Whether two ranges say the same, for whomever."""
    if one is None or two is None:
        return one is two
    return (one.low, one.high, one.unit, one.text) == (two.low, two.high, two.unit, two.text)


def _picked(usable: list[OwnRange], sex: Sex, person: Who, *, pregnant: bool) -> list[OwnRange | None]:
    """The ranges for somebody of this sex: those that say most of whom they are for; `None` where one is lacking."""
    fitting: dict[int, list[OwnRange]] = {}
    for each in usable:
        population = each.population or ANYBODY
        start, end = population.ages
        outside = person.ages.end <= start or end <= person.ages.start
        if outside or population.sex not in {None, sex} or (population.pregnant and not pregnant):
            continue
        detail = sum((population.sex is not None, population.age is not None, population.pregnant))
        fitting.setdefault(detail, []).append(each)
    if not fitting:
        return [None]
    found: list[OwnRange | None] = []
    for detail in sorted(fitting, reverse=True):
        found += fitting[detail]
        if _covers(found, person):
            return found
    return found if person.adult_assumed else [*found, None]


def _covers(ranges: list[OwnRange | None], person: Who) -> bool:
    """Whether somebody of every age that the patient could have has a range."""
    reached = person.ages.start
    for start, end in sorted((each.population or ANYBODY).ages for each in ranges if each is not None):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= person.ages.end


def _issue(code: str, message: str, text: str = "") -> Issue:
    return Issue.trusted({"code": code, "message": message, "text": text[:80]})
