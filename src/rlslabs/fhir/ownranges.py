"""The ranges that the laboratory printed: read, joined where one was split, and chosen by patient."""

from __future__ import annotations

from decimal import Decimal

from rlslabs.errors import LabsError, ModifierError, ResourceError, UnreadableRangeError, shown
from rlslabs.facts import Population
from rlslabs.fhir.concept import coded, codings, texts
from rlslabs.fhir.observed import OwnRange
from rlslabs.fhir.quantity import ends_of, number_of
from rlslabs.fhir.systems import NOT_PREGNANT, PREGNANCY, SEXES
from rlslabs.fhir.traces import is_our_range
from rlslabs.marker import Analyte
from rlslabs.model import Issue
from rlslabs.population import OLDEST, Sex, band_span, read_age
from rlslabs.printed import ANYBODY
from rlslabs.rangewords import RangeWords, range_words
from rlslabs.reading import instead
from rlslabs.reported import ReportedRange, readable
from rlslabs.text import read_range

_MOST = 50
_ENDS = 2
_NORMAL = {"normal", "normal range", "reference", "reference range", "reference interval", "standard"}
_GENDERS: dict[str, Sex] = {"female": "female", "male": "male"}


def own_ranges(given: object, marker: Analyte) -> tuple[tuple[OwnRange, ...], tuple[Issue, ...]]:
    """Every range that the laboratory printed, and what is to be said of them; what `annotate` wrote is not its own."""
    if given is None:
        return (), ()
    if not isinstance(given, list) or len(given) > _MOST:
        happened = f"The referenceRange is no list, or one of more than {_MOST} ranges"
        return (_refused(ResourceError(happened, "write it as FHIR does")),), ()
    found: list[OwnRange] = []
    for each in given:
        if is_our_range(each):
            continue
        try:
            found.append(_own_range(each, marker))
        except LabsError as error:
            found.append(_refused(error))
    ranges, notices = _joined(found)
    return tuple(ranges), notices


def _refused(error: LabsError) -> OwnRange:
    empty = dict.fromkeys(("text", "low", "high", "unit", "words", "population"))
    return OwnRange.trusted(
        {**empty, "kind": "normal", "doubtful": False, "unpregnant": False, "issue": instead(error)}
    )


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
    low, high, unit = ends_of(given, marker)
    written = readable(text) if text and text.strip() else None
    said, words = None, None
    if written is not None and (low is not None or high is not None) and not _is_range(written):
        said, words, written = range_words(written), written, None
    kind = _kind(given.get("type"))
    if said is not None and said.kind and kind == "normal":
        kind = said.kind
    population, unpregnant, issue = ANYBODY, False, None
    if said is not None or given.get("appliesTo") is not None or given.get("age") is not None:
        try:
            population, unpregnant = _population(given.get("appliesTo"), given.get("age"), said)
        except LabsError as error:
            issue = instead(error)
    doubtful = said is not None and (bool(said.unknown) or not said.numbers <= {low, high})
    ends = {"text": written, "low": low, "high": high, "unit": unit, "words": words, "doubtful": doubtful}
    known = None if issue else population
    return OwnRange.trusted({"kind": kind, **ends, "population": known, "unpregnant": unpregnant, "issue": issue})


def _is_range(text: str) -> bool:
    try:
        read_range(ReportedRange(text=text))
    except LabsError as error:
        return not isinstance(error, UnreadableRangeError)
    return True


def _kind(given: object) -> str:
    """What a range is: `normal` unless its type says something else, in whatever of its codes and words."""
    if given is None or given == {}:
        return "normal"
    said: list[str] = []
    codings = given.get("coding") if isinstance(given, dict) else None
    for each in codings if isinstance(codings, list) else [given]:
        parts = [code for _, code in coded({"coding": [each]})] + texts({"coding": [each]})
        if each is not given and not any(part.strip().casefold() in _NORMAL for part in parts):
            said += parts or ["unreadable"]
    said += [text for text in texts(given) if text.strip().casefold() not in _NORMAL]
    if not isinstance(given, dict) or not (coded(given) or texts(given)):
        return "unreadable"
    return said[0].strip().casefold()[:40] if said else "normal"


def _population(applies_to: object, age: object, said: RangeWords | None) -> tuple[Population, bool]:
    """Whom a range is meant for, and whether not in pregnancy; several entries hold together, and what its text says.

    Raises:
        ResourceError: It cannot be told.
        AgeError: The ages cannot be read.
    """
    if not isinstance(applies_to, list | None):
        raise _untold("appliesTo is no list")
    sexes: set[Sex] = set()
    pregnant, unpregnant, adults = False, False, False
    for words in ([] if said is None else [said]) + [_whom(each) for each in applies_to or ()]:
        if words.others or (words is not said and (words.unknown or words.kind or words.numbers)):
            raise _untold(f"{shown(words.others or words.unknown or words.kind)} is no population that is known here")
        sexes |= words.sexes
        pregnant, adults = pregnant or words.pregnant, adults or words.adults
        unpregnant = unpregnant or words.unpregnant
    if len(sexes) > 1 or (adults and age is not None) or (pregnant and unpregnant):
        raise _untold("it is for several people at once")
    band = _band(age) if age is not None else ">=18 a" if adults else None
    return Population(sex=next(iter(sexes), None), age=band, pregnant=pregnant), unpregnant


def _whom(concept: object) -> RangeWords:
    """Whom one entry of appliesTo names: every code and every text of it must be understood.

    Raises:
        ResourceError: One is not.
    """
    held = codings(concept)
    words = range_words(" ".join(texts(concept)))
    sexes, pregnant, unpregnant = set(words.sexes), words.pregnant, words.unpregnant
    for each in held:
        found = coded({"coding": [each]})
        for code in found:
            if code in SEXES:
                sexes.add(SEXES[code])
            elif code[1] in _GENDERS:
                sexes.add(_GENDERS[code[1]])
            elif code == PREGNANCY:
                pregnant = True
            elif code == NOT_PREGNANT:
                unpregnant = True
            elif not texts({"coding": [each]}):
                raise _untold(f"the code {shown(code[1])} is no population that is known here")
        if not found and not texts({"coding": [each]}):
            raise _untold("a coding of appliesTo is empty")
    if not held and not texts(concept):
        raise _untold("an entry of appliesTo is empty")
    return words._replace(sexes=frozenset(sexes), pregnant=pregnant, unpregnant=unpregnant)


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
        units = [each for each in (end.get("code"), end.get("unit")) if each] or ["a"]
        if not all(isinstance(each, str) for each in units):
            raise _untold("its age has no unit")
        if len({str(read_age(f"1 {each}")) for each in units}) > 1:
            raise _untold("its age has two units")
        if name == "high" and number > OLDEST and str(read_age(f"1 {units[0]}")) == "1":
            ends.append("")  # nobody is older: the band has no upper end
            continue
        read = read_age(f"{int(number)} {units[0]}")
        ends.append(f"{read} a" if isinstance(read, int) else str(read))
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
    whole = [each for each in ranges if is_usable(each) and each.words is None and _is_at_one(each)]
    for low in whole:
        alike = [each for each in whole if (each.population, each.unpregnant) == (low.population, low.unpregnant)]
        split = len(alike) == _ENDS and low.low is not None and low.high is None
        for high in alike if split else ():
            units = {each.unit for each in alike if each.unit is not None}
            if high.low is not None or high.high is None or len(units) > 1:
                continue
            both = {"high": high.high, "unit": next(iter(units), None), "text": None}
            ranges = [low.model_copy(update=both) if each is low else each for each in ranges if each is not high]
            message = "The printed range was read from two entries, one for each end; print it in one"
            notices.append(notice("range-joined", message))
    return ranges, tuple(notices)


def _is_at_one(each: OwnRange) -> bool:
    """Whether the text of a range, if it has one, says what its numbers say."""
    try:
        return each.text is None or bool(read_range(each.reported()))
    except LabsError:
        return False


def is_usable(each: OwnRange) -> bool:
    """Whether a range is the normal one of somebody, and could be read."""
    return each.kind == "normal" and each.issue is None


def notice(code: str, message: str, text: str = "") -> Issue:
    """What is to be said of the printed ranges."""
    return Issue.trusted({"code": code, "message": message, "text": text[:80]})
