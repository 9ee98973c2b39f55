"""Whose an Observation is that stands alone, as far as its answer hangs on it; nobody is kept longer than a stream."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.cohort import YOUNGEST_MOTHER, Who, who
from rlslabs.fhir.moment import IS_EXACT
from rlslabs.fhir.observation import Reader, Seen, seen_alone
from rlslabs.fhir.person import NOBODY, Beyond, People
from rlslabs.fhir.references import References
from rlslabs.fhir.walk import Json, Node
from rlslabs.population import ADULT, Span, read_day
from rlslabs.reported import Patient

_MOST_SEEN = 1024
_LONGEST = 200
"""Characters of a reference that is remembered."""
_PATIENT = re.compile(r"Patient/[A-Za-z0-9.-]{1,64}")


class Whose(NamedTuple):
    """Who it could be, what all have in common for whom the same ranges are meant, and what else an answer hangs on."""

    person: Who
    alike: object
    known: object


Read = tuple[Seen | None, Whose | None]
"""When and whose, where it was read; and `None` where several people are possible."""


class Subjects:
    """Whose results are, beside the patient who was given; `beyond` is what is known of patients from elsewhere."""

    def __init__(self, catalog: Catalog, patient: Patient | None, beyond: Beyond | None, *, strict: bool) -> None:
        self._catalog, self._beyond, self._strict = catalog, beyond, strict
        self._patient = NOBODY if patient is None else patient
        self._asked: dict[tuple[str, str], Read] = {}

    def of(self, resource: Json) -> Read:
        """When and whose an Observation is; asked once for the results of one patient and time.

        Raises:
            LabsError: A fact about the patient cannot be read.
        """
        written = _written(resource)
        if self._beyond is None:
            return None, None if written is None else self._alone(*written)
        known = None if written is None else self._asked.get(written)
        if known is not None:
            return known
        seen = self.seen(resource)
        found = (seen, self._of(seen))
        if written is not None and len(written[0]) <= _LONGEST:
            if len(self._asked) >= _MOST_SEEN:
                self._asked.clear()
            self._asked[written] = found
        return found

    def seen(self, resource: Json) -> Seen:
        """When and whose, as for every Observation.

        Raises:
            LabsError: A fact about the patient cannot be read.
        """
        node = Node(resource, ())
        references = References([node], self._beyond.patients if self._beyond else None)
        people = People([node], references, self._patient, self._beyond)
        return seen_alone(node, Reader(self._catalog, references, people))

    def forget(self) -> None:
        """Ask anew who somebody is, because more is known of patients."""
        self._asked.clear()

    def _alone(self, reference: str, collected: str) -> Whose | None:
        """The patient who was given, where nobody else is at hand: the quick way for one resource."""
        if not _PATIENT.fullmatch(reference) or not IS_EXACT(collected):
            return None
        known = self._patient
        person, _ = who(known, read_day(collected, "date of collection"), strict=self._strict)
        return Whose(person, self._alike(person), (known.born is None, known.pregnant, known is NOBODY))

    def _of(self, seen: Seen) -> Whose | None:
        if len(seen.person.cases) != 1 or seen.person.facts:
            return None
        (case,) = seen.person.cases
        person, _ = who(case.patient, case.collected, strict=self._strict or case.strict)
        facts = (case.patient.born is None, case.patient.pregnant, case.collected is None, case.strict)
        return Whose(person, self._alike(person), (facts, tuple([notice.code for notice in seen.person.notices])))

    def _alike(self, person: Who) -> object:
        """What those have in common for whom the same ranges are meant: all but where in a band their age lies."""
        return person.sexes, _band(self._catalog, person.ages), person.pregnant, person.adult_assumed


@lru_cache(maxsize=4096)
def _band(catalog: Catalog, ages: Span) -> tuple[int, int]:
    """Where ages lie among those at which something changes: on one of them, or between which two."""
    edges = _age_edges(catalog)
    start, end = (bisect_left(edges, age) + bisect_right(edges, age) for age in ages)
    return start, end


@lru_cache(maxsize=64)
def _age_edges(catalog: Catalog) -> tuple[int, ...]:
    """Every age at which a band of a catalog begins or ends, or at which something else is said, upwards."""
    bands = (each.applies_to.ages for marker in catalog.markers.values() for each in marker.range)
    return tuple(sorted({ADULT.start, YOUNGEST_MOTHER, *(age for band in bands for age in band)}))


def _written(resource: Json) -> tuple[str, str] | None:
    """The reference of the subject and the date of collection, where nothing else says whose and when."""
    subject, date = resource.get("subject"), resource.get("effectiveDateTime")
    if type(subject) is not dict or len(subject) != 1 or type(date) is not str:
        return None
    if "effectivePeriod" in resource or "effectiveInstant" in resource or "focus" in resource:
        return None
    reference = subject.get("reference")
    return (reference, date) if type(reference) is str else None
