"""Results that were read, judged: each case by itself, and one answer where they agree, undecided where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.cohort import who
from rlslabs.errors import LabsError
from rlslabs.facts import Position
from rlslabs.fhir.marks import Marks, marks
from rlslabs.fhir.observed import Case, Judged, Observed
from rlslabs.fhir.person import NOBODY
from rlslabs.fhir.reading import read
from rlslabs.interpretation import Interpretation
from rlslabs.model import Fact, Issue, Limit, Place, hl7_of, only, status_of
from rlslabs.reported import LabResult, Patient

_ORDER: tuple[Position, ...] = ("below", "within", "above", "no-range")
_KEPT = 2048
_FIELDS = tuple(Interpretation.model_fields)

_kept: dict[object, tuple[Interpretation, Marks]] = {}
"""The same value beside the same range comes again and again; who it was of is not kept."""


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
        return self.marked(observed)[0]

    def marked(self, observed: Observed) -> tuple[Judged, Marks | None]:
        """The answer about one result, and what `annotate` writes of it."""
        issue, it, written = observed.issue, None, None
        if issue is None and not observed.context:
            try:
                it, written = self._answer(observed)
            except LabsError as error:
                issue = Issue.of(error)
        return Judged.trusted({"observed": observed, "interpretation": it, "issue": issue}), written

    def each(self, observed: Observed) -> list[Interpretation]:
        """The answer about each case of a result.

        Raises:
            LabsError: It cannot be judged.
        """
        return [self._known(case)[0] for case in observed.cases]

    def _answer(self, observed: Observed) -> tuple[Interpretation, Marks]:
        if len(observed.cases) == 1:
            return self._known(observed.cases[0])
        it = self.agreed(observed)
        return it, marks(it)

    def agreed(self, observed: Observed) -> Interpretation:
        """The one answer of several cases: where they agree it is theirs, else undecided, with what would settle it.

        Raises:
            LabsError: It cannot be judged.
        """
        answers = self.each(observed)
        beyond: list[Place] = []
        if any(each.beyond for each in answers):
            beyond = [it.beyond or self._in_set(case, it) for case, it in zip(observed.cases, answers, strict=True)]
        return as_one(answers, beyond, observed.facts)

    def _in_set(self, case: Case, it: Interpretation) -> Place:
        """The set's place where it holds what half a printed range holds, else the place that there is."""
        alone = case.result.model_copy(update={"range": None, "unit": it.reading.unit})
        place = self._known(case.model_copy(update={"result": alone}))[0].standard
        return place if place.possible == ("within",) else it.standard

    def _known(self, case: Case) -> tuple[Interpretation, Marks]:
        """The answer about one case, which holds for everybody of whom the same is known."""
        result, patient, strict = case.result, case.patient, self.strict or case.strict
        collected, own = result.collected, result.range
        key = (
            self.catalog,
            self.standard,
            self.optimal,
            strict,
            who(patient, collected, strict=strict),
            patient.born is None,
            collected is None,
            result.marker,
            None if result.value is None else str(result.value),
            result.text,
            result.unit,
            result.comparator,
            result.decimal_mark,
            None if own is None else (own.text, str(own.low), str(own.high), own.unit),
        )
        kept = _kept.get(key)
        if kept is None:
            sets = {"standard": self.standard, "optimal": self.optimal}
            it = classify(result, patient, catalog=self.catalog, strict=strict, **sets)
            if len(_kept) >= _KEPT:
                _kept.clear()
            nobodys = {name: vars(it)[name] for name in _FIELDS} | {"result": _undated(result), "patient": NOBODY}
            kept = _kept[key] = (Interpretation.trusted(nobodys), marks(it))
        fields = {**vars(kept[0]), "result": result, "patient": patient}  # nobody has it, so nothing is cached in it
        return Interpretation.trusted(fields), kept[1]


def _undated(result: LabResult) -> LabResult:
    return LabResult.trusted({**vars(result), "collected": None})


def as_one(answers: list[Interpretation], beyond: list[Place], facts: tuple[Fact, ...]) -> Interpretation:
    """What several answers about one reading say in common; `beyond` are their places beyond half a printed range."""
    first = answers[0]
    standard = _agreed([each.standard for each in answers], facts)
    optimal = _agreed([each.optimal for each in answers], facts)
    open_sided = standard.position == "within" and bool(beyond)
    fields = {name: first.__dict__[name] for name in _FIELDS}
    return Interpretation.trusted(
        {
            **fields,
            "patient": in_common([each.patient for each in answers]),
            "standard": standard,
            "optimal": optimal,
            "beyond": _agreed(beyond, facts) if beyond else None,
            "status": status_of(standard.position, optimal.position),
            "hl7": hl7_of(standard.position, first.reading.comparator, open_sided=open_sided),
            "assumptions": tuple(dict.fromkeys(one for each in answers for one in each.assumptions)),
            "issues": tuple(dict.fromkeys(one for each in answers for one in each.issues)),
            "notes": tuple(note for note in first.notes if all(note in each.notes for each in answers)),
        }
    )


def in_common(patients: Sequence[Patient]) -> Patient:
    """What is the same of every patient; what differs is unknown."""
    first = patients[0]
    same = {
        name: value if all(getattr(each, name) == value for each in patients) else None
        for name, value in vars(first).items()
        if name != "conditions"
    }
    return Patient.trusted({**same, "conditions": first.conditions})


def _agreed(places: list[Place], facts: tuple[Fact, ...]) -> Place:
    first = places[0]
    found = {position for each in places for position in each.possible}
    possible = tuple(each for each in _ORDER if each in found)
    limits: list[Limit] = []
    for limit in (limit for each in places for limit in each.limits):
        if limit not in limits:
            limits.append(limit)
    settled = {**dict.fromkeys(fact for each in places for fact in each.settled_by), **dict.fromkeys(facts)}
    decided = len(possible) == 1
    far = [each for each in places if each.distance is not None]
    nearest = min(far, key=lambda each: each.distance or 0) if far and decided else None
    named = next((each for each in places if each.set == "report"), first)
    return Place.trusted(
        {
            "kind": first.kind,
            "set": named.set,
            "set_name": named.set_name,
            "position": only(possible),
            "possible": possible,
            "limits": tuple(limits),
            "settled_by": () if decided else tuple(settled),
            "distance": None if nearest is None else nearest.distance,
            "nearest": None if nearest is None else nearest.nearest,
            "lacks": first.lacks if decided else None,
        }
    )
