"""What a code says was measured: by LOINC anywhere among its codings, with every text beside it held against that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from rlslabs import codes
from rlslabs.catalog import Catalog, Found, FoundContext
from rlslabs.checks import fold_name
from rlslabs.errors import (
    AnotherAnalyteError,
    LabsError,
    MarkerConflictError,
    ResourceError,
    shown,
)
from rlslabs.fhir.systems import LOINC, system
from rlslabs.marker import LookAlike
from rlslabs.model import Issue
from rlslabs.naming import component as measured
from rlslabs.naming import is_changed, is_other
from rlslabs.specimens import other_fluids, other_specimens

_MOST = 50
_LONGEST = 500
_LONGEST_KEPT = 1000
"""Characters of a code that is kept; longer ones are not."""
_MOST_KEPT = 4096
_LISTS = (list, tuple)
_LOINC_NAME = re.compile(
    r"(?P<component>[^\[\]]+?)\s*\[[^\[\]]*\]\s*in\s+(?P<system>.+?)(?:\s+by\s+.+)?", re.IGNORECASE
)
_AFTER = re.compile(
    r"--\s*(?:[0-9]|.*\bpost\b)|\bpost\s+(?:dose|iron|oral|po|challenge)\b|\bchallenge\b|\b(?:tolerance|absorption)\b",
    re.IGNORECASE,
)
"""How a test after a dose or challenge is named."""
_SHORTEST = 3
_UNMEASURED = {"goal", "target", "intake", "dietary", "zielwert", "objetivo"}
"""Words of a number that nobody measured; also in German and Spanish."""

Coding = tuple[object, object, object]
Known = Found | FoundContext


class Meaning(NamedTuple):
    """What a code stands for: the marker as a result names it, what is to be said of that, or why it is refused."""

    marker: str = ""
    found: Known | None = None
    coded: bool = False
    notices: tuple[Issue, ...] = ()
    refusal: Issue | None = None


OTHER = Meaning()

_kept: dict[tuple[tuple[Coding, ...], str | None, Catalog], Meaning] = {}


def meaning(concept: object, catalog: Catalog) -> Meaning:
    """What a CodeableConcept stands for; nothing of ours is `OTHER`."""
    if concept is None:
        return OTHER
    if not isinstance(concept, dict):
        return Meaning(refusal=_misshapen("code"))
    codings, text = concept.get("coding", ()), concept.get("text")
    if not isinstance(codings, _LISTS) or len(codings) > _MOST or not (text is None or isinstance(text, str)):
        return Meaning(refusal=_misshapen("code.coding"))
    told: list[Coding] = []
    for each in codings:
        if not isinstance(each, dict):
            return Meaning(refusal=_misshapen("code.coding"))
        told.append((each.get("system"), each.get("code"), each.get("display")))
    key = (tuple(told), text, catalog)
    try:
        found = _kept.get(key)
    except TypeError:  # something else than a text is in it
        found = None
    return _kept_or_told(*key) if found is None else found


def _kept_or_told(codings: tuple[Coding, ...], text: str | None, catalog: Catalog) -> Meaning:
    """The meaning of what was not asked before; kept, because it comes again, unless it is long."""
    length = len(text or "")
    for said in (said for coding in codings for said in coding):
        if not isinstance(said, str | None):
            return Meaning(refusal=_misshapen("code.coding"))
        length += len(said or "")
    try:
        found = _told(codings, text or "", catalog)
    except LabsError as error:
        found = Meaning(refusal=Issue.of(error))
    if length <= _LONGEST_KEPT:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[codings, text, catalog] = found
    return found


def words(text: str) -> set[str]:
    """The words of a text, in small letters."""
    return set(re.split(r"[^a-z0-9]+", text[:_LONGEST].casefold())) - {""}


def codings(concept: object) -> list[dict[str, Any]]:
    """The codings of a CodeableConcept; one that stands without its list, or is a plain text, says what it says."""
    given = concept.get("coding") if isinstance(concept, dict) else None
    if given is None:
        return []
    held = given if isinstance(given, list) else [given]
    return [each if isinstance(each, dict) else {"display": each} for each in held]


def texts(concept: object) -> list[str]:
    """Every display and text of a CodeableConcept, whatever its shape, be it a plain text or several concepts."""
    found: list[object] = []
    for each in concept if isinstance(concept, list) else [concept]:
        if isinstance(each, dict):
            found += [coding.get("display") for coding in codings(each)]
            found.append(each.get("text"))
        else:
            found.append(each)
    return [each for each in found if isinstance(each, str) and each.strip()]


def coded(concept: object) -> list[tuple[str, str]]:
    """Every code of a CodeableConcept with the name of its system."""
    held = codings(concept)
    return [(system(each.get("system")), each["code"]) for each in held if isinstance(each.get("code"), str)]


def _misshapen(what: str) -> Issue:
    return Issue.of(ResourceError(f"The {what} is of a wrong type", "write it as FHIR does"))


def _told(codings: tuple[Coding, ...], text: str, catalog: Catalog) -> Meaning:
    """The meaning of codings and a text.

    Raises:
        MarkerError: They mean a look-alike, are mistyped, or contradict each other.
    """
    names = [str(display) for _, _, display in codings if display] + ([text] if text.strip() else [])
    known: list[Known] = []
    unknown: list[str] = []
    assumed: list[str] = []
    for given, code, _ in codings:
        bare = codes.bare(str(code or ""))
        if not bare:  # a system or a display by itself is no code
            continue
        if system(given) != LOINC and not (not given and codes.is_shaped(bare) and _is_known(bare, catalog)):
            continue
        found = _find(bare, catalog)
        if found is None or found.code is None:  # a name under the system of LOINC is no LOINC code
            unknown.append(bare)
        else:
            known.append(found)
            assumed += [] if given else [bare]
    if known:
        meant = _agreed(known, unknown, names, catalog)
        return meant._replace(notices=(*meant.notices, *map(_assumed, assumed[:1])))
    named = [(name, each) for name in names if (each := _named(name, catalog)) is not None]
    if not named:
        return OTHER
    if unknown:
        happened = f"The LOINC code {shown(unknown[0])} is not known here, and its text names {named[0][1].marker.name}"
        raise MarkerConflictError(happened, "correct the code or the text", unknown[0][:80])
    return _by_name(named, names, catalog)


def _assumed(code: str) -> Issue:
    message = f"The code {shown(code)} names no code system and was read as LOINC; name it"
    return _issue("code-system-assumed", message, code)


def _is_known(code: str, catalog: Catalog) -> bool:
    try:
        return _find(code, catalog) is not None
    except LabsError:
        return True


def _find(name: str, catalog: Catalog) -> Known | None:
    """What a name or code means, or `None`; no near names are looked for, which takes long.

    Raises:
        MarkerError: It is a look-alike, mistyped or mangled.
    """
    found = catalog.find_context(name)
    return found if found is not None or catalog.is_unknown(name) else catalog.find(name)


def _named(name: str, catalog: Catalog) -> Known | None:
    """What a text names exactly, or `None`.

    Raises:
        AnotherAnalyteError: It names a look-alike.
    """
    try:
        return _find(name, catalog)
    except AnotherAnalyteError:
        raise
    except LabsError:
        return None


def _agreed(known: list[Known], unknown: list[str], names: list[str], catalog: Catalog) -> Meaning:
    """The one marker that every code means, unless a text contradicts it."""
    first = next((each for each in known if each.partial), known[0])
    others = [each.code.code for each in known if each.code and each.marker.id != first.marker.id] + unknown
    code = first.code.code if first.code else first.marker.id
    if others:
        happened = f"The code {code} is {first.marker.name}, and the code {shown(others[0])} beside it is not"
        raise MarkerConflictError(happened, "correct the codes", f"{code} {others[0]}"[:80])
    kinds = {each.code.property for each in known if each.code} - {"any"}
    if len(kinds) > 1:
        happened = f"The codes of {first.marker.name} measure {' and '.join(sorted(kinds))}"
        raise MarkerConflictError(happened, "give the code that is meant", code)
    return Meaning(code, first, coded=True, notices=tuple(_held(first, names, catalog)))


def _by_name(named: list[tuple[str, Known]], names: list[str], catalog: Catalog) -> Meaning:
    """The one marker that every text names, where no LOINC code does."""
    name, first = next((each for each in named if each[1].partial), named[0])
    held = tuple(_held(first, names, catalog))
    message = f"{first.marker.name} has no LOINC code and was told by its name {shown(name)}; give the code"
    return Meaning(name, first, notices=(_issue("told-by-name", message, name), *held))


def _held(found: Known, names: list[str], catalog: Catalog) -> Iterable[Issue]:
    """What is to be said of the texts beside a code.

    Raises:
        MarkerError: A text names something else.
    """
    marker = found.marker
    for name in dict.fromkeys(names):
        if any(name == each.name for each in marker.loinc):
            continue
        if _AFTER.search(name[:_LONGEST]):
            happened = f"The code is {marker.name}, and its text {shown(name)} is of a test after something was given"
            raise AnotherAnalyteError(happened, "correct the code or the text, or leave it out here", name[:80])
        component, place = measured(name), ""
        if match := _LOINC_NAME.fullmatch(name[:_LONGEST].strip()):
            component, place = match["component"], match["system"]
        other = _named(component, catalog)
        if other is not None and (other.marker.id != marker.id or (other.partial and not found.partial)):
            what = other.marker.name if other.marker.id != marker.id else f"a part of it: {other.partial}"
            happened = f"The code is {marker.name}, and its text {shown(name)} names {what}"
            raise MarkerConflictError(happened, "correct the code or the text", name[:80])
        told = place or ("" if other else name[:_LONGEST])
        fluids = other_specimens(told) if isinstance(found, Found) else other_fluids(told)
        foreign = [*fluids, *sorted(words(told) & _UNMEASURED)]
        if foreign:
            happened = f"The code is {marker.name}, and its text {shown(name)} speaks of {foreign[0]}"
            raise AnotherAnalyteError(happened, "correct the code or the text, or leave it out here", name[:80])
        if other is not None:
            continue
        if isinstance(found, Found):
            _check_within(component, found, catalog)
        if is_changed(component, marker, catalog) or is_other(component, marker, catalog):
            happened = f"The code is {marker.name}, and its text {shown(name)} is of another test"
            raise MarkerConflictError(happened, "correct the code or the text", name[:80])
        message = f"The text {shown(name)} is no name of {marker.name} that is known here; check the code"
        yield _issue("display-unknown", message, name)


def _check_within(name: str, found: Found, catalog: Catalog) -> None:
    """Refuse a longer text in which something else is named, and the marker itself is not.

    Raises:
        AnotherAnalyteError: It is so.
    """
    said = list(catalog.phrases(name[:_LONGEST]))
    if any(not isinstance(each, LookAlike) and each.marker.id == found.marker.id for _, each in said):
        return
    own = [fold_name(each) for each in (found.marker.name, *found.marker.aliases)]
    for folded, each in said:
        if len(folded) >= _SHORTEST and not any(folded in mine for mine in own):
            other = each.name if isinstance(each, LookAlike) else each.marker.name
            happened = f"The code is {found.marker.name}, and its text {shown(name)} names {other}"
            raise AnotherAnalyteError(happened, "correct the code or the text, or leave it out here", name[:80])


def _issue(code: str, message: str, text: str) -> Issue:
    return Issue.trusted({"code": code, "message": message, "text": text[:80]})
