"""Results that were read, judged: each case by itself, and one answer where they agree, undecided where they do not."""

from __future__ import annotations

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.errors import LabsError
from rlslabs.facts import Position
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.fhir.reading import read
from rlslabs.interpretation import Interpretation
from rlslabs.model import Fact, Issue, Limit, Place, hl7_of, only, status_of
from rlslabs.reported import Patient

_ORDER: tuple[Position, ...] = ("below", "within", "above", "no-range")


def judge(
    resource: object,
    *,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> tuple[Judged, ...]:
    """Read the results of a resource and judge each; one that is refused keeps its place, with its issue.

    The arguments are those of `read` and of `rlslabs.interpret`.

    Raises:
        LabsError: It is no resource, or a set of ranges is unknown.
    """
    judge_one = Judge(builtin() if catalog is None else catalog, standard, optimal, strict=strict)
    observed = read(resource, patient=patient, catalog=judge_one.catalog).observed
    return tuple(judge_one(each) for each in observed)


class Judge:
    """Judges results that were read, against one choice of sets."""

    def __init__(self, catalog: Catalog, standard: str | None, optimal: str | None, *, strict: bool) -> None:
        catalog.set("standard", standard)
        catalog.set("optimal", optimal)
        self.catalog, self.standard, self.optimal, self.strict = catalog, standard, optimal, strict

    def __call__(self, observed: Observed) -> Judged:
        """The answer about one result."""
        issue, it = observed.issue, None
        if issue is None and not observed.context:
            try:
                it = self._interpretation(observed)
            except LabsError as error:
                issue = Issue.of(error)
        return Judged.trusted({"observed": observed, "interpretation": it, "issue": issue})

    def _interpretation(self, observed: Observed) -> Interpretation:
        answers = [
            classify(
                case.result,
                case.patient,
                catalog=self.catalog,
                standard=self.standard,
                optimal=self.optimal,
                strict=self.strict or case.strict,
            )
            for case in observed.cases
        ]
        return answers[0] if len(answers) == 1 else agreed(answers, observed.facts)


def agreed(answers: list[Interpretation], facts: tuple[Fact, ...]) -> Interpretation:
    """The one answer of several cases: where they agree it is theirs, else undecided, with what would settle it."""
    first = answers[0]
    standard = _agreed([each.standard for each in answers], facts)
    optimal = _agreed([each.optimal for each in answers], facts)
    notes = tuple(note for note in first.notes if all(note in each.notes for each in answers))
    return Interpretation.trusted(
        {
            **{name: getattr(first, name) for name in type(first).model_fields},
            "standard": standard,
            "optimal": optimal,
            "status": status_of(standard.position, optimal.position),
            "hl7": hl7_of(standard.position, first.reading.comparator),
            "assumptions": tuple(dict.fromkeys(one for each in answers for one in each.assumptions)),
            "issues": tuple(dict.fromkeys(one for each in answers for one in each.issues)),
            "notes": notes,
        }
    )


def _agreed(places: list[Place], facts: tuple[Fact, ...]) -> Place:
    first = places[0]
    found = {position for each in places for position in each.possible}
    possible = tuple(each for each in _ORDER if each in found)
    limits: dict[int, Limit] = {}
    for limit in (limit for each in places for limit in each.limits):
        if not any(limit is other or limit == other for other in limits.values()):
            limits[id(limit)] = limit
    settled = dict.fromkeys(fact for each in places for fact in each.settled_by) | dict.fromkeys(facts)
    nearest = min((each for each in places if each.distance is not None), key=_far, default=first)
    decided = len(possible) == 1
    sets = {each.set for each in places}
    named = first if len(sets) == 1 else next(each for each in places if each.set == "report")
    return Place.trusted(
        {
            "kind": first.kind,
            "set": named.set,
            "set_name": named.set_name,
            "position": only(possible),
            "possible": possible,
            "limits": tuple(limits.values()),
            "settled_by": () if decided else tuple(settled),
            "distance": nearest.distance if decided else None,
            "nearest": nearest.nearest if decided else None,
            "lacks": first.lacks if decided else None,
        }
    )


def _far(place: Place) -> object:
    return place.distance
