"""Which analyte a coded test means: a LOINC code anywhere in it, held against its names; else a name, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, NoReturn

from rlslabs import codes
from rlslabs.catalog import Catalog
from rlslabs.errors import LabsError, MarkerConflictError, UnknownMarkerError, UnreadableNameError, shown
from rlslabs.hl7v2.charset import MARK, other_readings
from rlslabs.hl7v2.tables import LOINC
from rlslabs.marker import Analyte
from rlslabs.naming import component, is_changed, is_other
from rlslabs.specimens import other_specimens

_TRIPLETS = ((0, 1, 2), (3, 4, 5), (9, 10, 11))
"""Where identifier, text and coding system stand in CE and CWE: the code, and its one or two alternates."""

_ORIGINAL = 8
_LONGEST = 200


class NamedTest(NamedTuple):
    """What a test is called where it is looked up, the analyte it means, and what it leaves out of that.

    `unsure` is a name beside its code, where none there is a name of the analyte that is known; `by_name` says that no
    LOINC code stands there at all.
    """

    asked: str
    analyte: Analyte
    partial: str | None
    unsure: str | None = None
    by_name: bool = False


class Refusal(NamedTuple):
    """The error by which a name is refused, to be raised anew each time."""

    kind: type[LabsError]
    said: tuple[Any, ...]


class NamedTests:
    """Looks tests up in a catalog; a name that is unknown is told without near ones: they are seldom the same test."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._beside: dict[tuple[str, bool, str], bool] = {}

    def identify(self, parts: Sequence[str], codec: str = "utf-8") -> NamedTest:
        """The test of an OBX-3, from its components, that was read with a codec.

        A LOINC code decides, and a name beside it that is known for something else is refused. Without one a name
        decides; a local code alone is taken as a name.

        Raises:
            MarkerError: It is none that is known, or its parts contradict each other.
        """
        try:
            return self._identified(parts)
        except UnknownMarkerError:
            for name in parts:
                if MARK in name or any(map(self._is_name, other_readings(name[:_LONGEST], codec))):
                    happened = f"The name {shown(name)} is written in another character set than it was read in"
                    raise UnreadableNameError(happened, "correct MSH-18", name[:80]) from None
            raise

    def _is_name(self, written: str) -> bool:
        """Whether a text names a test of ours, or one that is taken for it."""
        found = _found(self.catalog, written)
        return not isinstance(found, Refusal) or not issubclass(found.kind, UnknownMarkerError)

    def _identified(self, parts: Sequence[str]) -> NamedTest:
        loincs, names, locals_ = _parted(parts)
        if loincs:
            test = self._agreed(self._coded(loincs), loincs)
            known = [self._is_beside(test, name) for name in names]  # each may refuse; one that is known is enough
            return test._replace(unsure=names[0]) if names and not any(known) else test
        if names:
            return self._named(names)._replace(by_name=True)
        local = locals_[0] if locals_ else ""
        if codes.is_shaped(codes.bare(local)):
            happened = f"The local code {shown(local)} has no name"
            raise UnknownMarkerError(happened, "send the name of the test, or say LN if it is of LOINC", local[:80])
        return self._find(local)._replace(by_name=True)

    def claimed(self, parts: Sequence[str]) -> str:
        """What a test claims to be, by the first code or name in it that is known, whatever contradicts that.

        Records of one test go by it: a correction may be written with another name than what it corrects.
        """
        for written in chain(*_parted(parts)):
            try:
                found = self._find(written)
            except LabsError:
                continue
            return f"{found.analyte.id} {found.partial or ''}"
        return "^".join(parts)

    def _coded(self, loincs: list[str]) -> list[NamedTest]:
        """The tests of LOINC codes: all are known, or the only one says why it is not."""
        found: list[NamedTest] = []
        unknown: list[LabsError] = []
        for code in loincs:
            try:
                found.append(self._find(code))
            except UnknownMarkerError as error:
                unknown.append(error)
        if unknown and found:
            happened = f"The code {found[0].asked} is {found[0].analyte.name}, and the code {shown(unknown[0].text)}"
            raise MarkerConflictError(f"{happened} beside it is not", "correct the codes", " ".join(loincs)[:80])
        if unknown:
            raise unknown[0]
        return found

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

    def _is_beside(self, test: NamedTest, name: str) -> bool:
        """Whether a name beside a LOINC code is known; one of another test is refused."""
        key = (test.asked, bool(test.partial), name)
        if (known := self._beside.get(key)) is None:
            known = self._beside[key] = self._is_known(test, name)
        return known

    def _is_known(self, test: NamedTest, name: str) -> bool:
        if name in {each.name for each in test.analyte.loinc}:
            return True
        _check_specimen_of_name(test, name)
        measured = component(name)
        try:
            named = self._find(measured)
        except UnknownMarkerError:
            if is_changed(name, test.analyte, self.catalog) or is_other(measured, test.analyte, self.catalog):
                _refuse_pair(test, name)
            return False
        except LabsError as error:
            _refuse_pair(test, name, error)
        changed = measured != name and is_changed(name, test.analyte, self.catalog)
        if changed or named.analyte.id != test.analyte.id or (named.partial and not test.partial):
            _refuse_pair(test, name)
        return True

    def _find(self, written: str) -> NamedTest:
        found = _found(self.catalog, written)
        if isinstance(found, Refusal):
            raise found.kind(*found.said)
        return found


def _parted(parts: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The LOINC codes, the names and the other codes of an OBX-3."""
    padded = [*parts, *[""] * (_TRIPLETS[-1][-1] + 1 - len(parts))]
    triplets = [tuple(padded[index] for index in triplet) for triplet in _TRIPLETS]
    loincs = [code for code, _, system in triplets if code and _is_loinc(code, system)]
    names = list(dict.fromkeys(name for name in (*(name for _, name, _ in triplets), padded[_ORIGINAL]) if name))
    return loincs, names, [code for code, _, system in triplets if code and not _is_loinc(code, system)]


@lru_cache(maxsize=4096)
def _found(catalog: Catalog, written: str) -> NamedTest | Refusal:
    """What a catalog says of a name; kept, because most tests of a laboratory are none of ours, and come again."""
    context = catalog.find_context(written)
    if context is not None:
        return NamedTest(written, context.marker, context.partial)
    if written.strip() and catalog.is_unknown(written):
        happened = f"No marker is called {shown(written)}"
        return Refusal(UnknownMarkerError, (happened, f"choose one of: {', '.join(catalog.markers)}", written[:80]))
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
