"""Which analyte a coded test means: a LOINC code anywhere in it, held against its names; else a name, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from rlslabs import codes
from rlslabs.catalog import Catalog
from rlslabs.errors import LabsError, MarkerConflictError, UnknownMarkerError, shown
from rlslabs.hl7tables import LOINC, other_specimens
from rlslabs.marker import Analyte

_TRIPLETS = ((0, 1, 2), (3, 4, 5), (9, 10, 11))
"""Where identifier, text and coding system stand in CE and CWE: the code, and its one or two alternates."""

_ORIGINAL = 8
_MOST_HINTS = 20


class NamedTest(NamedTuple):
    """What a test is called where it is looked up, the analyte it means, and what it leaves out of that."""

    asked: str
    analyte: Analyte
    partial: str | None


class Refusal(NamedTuple):
    """The error by which a name is refused, to be raised anew each time."""

    kind: type[LabsError]
    said: tuple[Any, ...]


class NamedTests:
    """Looks tests up in a catalog; hints at near names cost much, so that a message gets some and not thousands."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._seen: dict[str, NamedTest | Refusal] = {}
        self._hinted = 0

    def identify(self, parts: Sequence[str]) -> NamedTest:
        """The test of an OBX-3, from its components.

        A LOINC code decides, and a name beside it that is known for something else is refused. Without one a name
        decides; a local code alone is taken as a name.

        Raises:
            MarkerError: It is none that is known, or its parts contradict each other.
        """
        padded = [*parts, *[""] * (_TRIPLETS[-1][-1] + 1 - len(parts))]
        triplets = [tuple(padded[index] for index in triplet) for triplet in _TRIPLETS]
        loincs = [code for code, _, system in triplets if code and _is_loinc(code, system)]
        names = list(dict.fromkeys(name for name in (*(name for _, name, _ in triplets), padded[_ORIGINAL]) if name))
        locals_ = [code for code, _, system in triplets if code and not _is_loinc(code, system)]
        if loincs:
            test = self._agreed([self._find(code) for code in loincs], loincs)
            for name in names:
                self._check_beside(test, name)
            return test
        if names:
            return self._named(names)
        local = locals_[0] if locals_ else ""
        if codes.is_shaped(codes.bare(local)):
            happened = f"The local code {shown(local)} has no name"
            raise UnknownMarkerError(happened, "send the name of the test, or say LN if it is of LOINC", local[:80])
        return self._find(local)

    def _named(self, names: list[str]) -> NamedTest:
        """The test of its names: at least one is known, and no other contradicts it."""
        found: list[NamedTest] = []
        faults: list[LabsError] = []
        for name in names:
            try:
                found.append(self._find(name))
            except LabsError as error:
                faults.append(error)
        alike = [fault for fault in faults if not isinstance(fault, UnknownMarkerError)]
        if alike or not found:
            raise (alike or faults)[0]
        test = self._agreed(found, names)
        for name in names:
            _check_specimen_of_name(test, name)
        return next((each for each in found if each.partial), test)

    def _agreed(self, found: list[NamedTest], written: list[str]) -> NamedTest:
        if len({each.analyte.id for each in found}) > 1:
            happened = f"One test is called {' and '.join(map(shown, written[:2]))}, which are two"
            raise MarkerConflictError(happened, "correct the code or the name", " ".join(written)[:80])
        return found[0]

    def _check_beside(self, test: NamedTest, name: str) -> None:
        """A name beside a LOINC code is of the same test, or of none that is known."""
        _check_specimen_of_name(test, name)
        try:
            named = self._find(name)
        except UnknownMarkerError:
            return
        except LabsError as error:
            _refuse_pair(test, name, error)
        if named.analyte.id != test.analyte.id or (named.partial and not test.partial):
            _refuse_pair(test, name)

    def _find(self, written: str) -> NamedTest:
        if (seen := self._seen.get(written)) is None:
            seen = self._seen[written] = self._look_up(written)
        if isinstance(seen, Refusal):
            raise seen.kind(*seen.said)
        return seen

    def _look_up(self, written: str) -> NamedTest | Refusal:
        if self._hinted >= _MOST_HINTS and not self.catalog.knows(written) and not self.catalog.find_context(written):
            happened = f"No marker is called {shown(written)}"
            choices = f"choose one of: {', '.join(self.catalog.markers)}"
            return Refusal(UnknownMarkerError, (happened, choices, written[:80]))
        found = _found(self.catalog, written)
        self._hinted += isinstance(found, Refusal) and found.kind is UnknownMarkerError
        return found


@lru_cache(maxsize=4096)
def _found(catalog: Catalog, written: str) -> NamedTest | Refusal:
    """What a catalog says of a name; kept, because most tests of a laboratory are none of ours, and come again."""
    context = catalog.find_context(written)
    if context is not None:
        return NamedTest(written, context.marker, context.partial)
    try:
        found = catalog.find(written)
    except LabsError as error:
        return Refusal(type(error), error.args)
    return NamedTest(written, found.marker, found.partial or (found.code.partial if found.code else None))


def _is_loinc(code: str, system: str) -> bool:
    """Whether a code is said to be of LOINC; one without a system is, where it is shaped so and its digit fits."""
    if system:
        return system.upper() in LOINC
    bare = codes.bare(code)
    return codes.is_shaped(bare) and int(bare[-1]) == codes.check_digit(bare)


def _check_specimen_of_name(test: NamedTest, name: str) -> None:
    if others := other_specimens(name, test.analyte.specimen):
        happened = f"The name {shown(name)} says {others[0]}, and {test.analyte.name} is measured in "
        raise MarkerConflictError(f"{happened}{test.analyte.specimen}", "correct the code or the name", name[:80])


def _refuse_pair(test: NamedTest, name: str, cause: LabsError | None = None) -> NoReturn:
    happened = f"The code {test.asked} is {test.analyte.name}, and the name beside it is {shown(name)}"
    raise MarkerConflictError(happened, "correct the code or the name", f"{test.asked} {name}"[:80]) from cause
