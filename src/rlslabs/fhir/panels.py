"""The results of each patient in a resource, read together as a panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from rlslabs.answers import Panel, PanelLine
from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import DateError, LabsError, PopulationError
from rlslabs.facts import Frozen
from rlslabs.fhir.arguments import check_patient
from rlslabs.fhir.births import joined, possible
from rlslabs.fhir.judging import Judge, in_common
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.fhir.reading import read
from rlslabs.model import Issue
from rlslabs.panel import interpret_panel
from rlslabs.reported import LabResult, Patient


class PatientPanel(Frozen):
    """The panel of one patient: its lines stand in the order of `observed`; `refused` are the results left out.

    `subject` is the reference as written, empty where there is none. `issue` says why there is no panel.
    """

    subject: str
    observed: tuple[Observed, ...]
    refused: tuple[Observed, ...]
    panel: Panel | None
    issue: Issue | None


def panels(
    resource: object,
    *,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    catalog: Catalog | None = None,
) -> tuple[PatientPanel, ...]:
    """Read the results of each patient together; facts that changed between collections make panels of their own.

    The arguments are those of `read` and of `rlslabs.interpret_panel`; the conditions of `patient` hold for everybody.

    Raises:
        LabsError: It is no resource, or a set or circumstance is unknown.
    """
    check_patient(patient)
    catalog = builtin() if catalog is None else catalog
    observed = read(resource, patient=patient, catalog=catalog).observed
    return panels_of(
        observed,
        patient=patient,
        standard=standard,
        optimal=optimal,
        strict=strict,
        estimate_tibc=estimate_tibc,
        catalog=catalog,
    )


def panels_of(
    observed: Iterable[Observed],
    *,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    catalog: Catalog,
) -> tuple[PatientPanel, ...]:
    """The panels of results that were read already, or of some of them; the arguments are those of `panels`."""
    judge = Judge(catalog, standard, optimal, strict=strict)
    declared = Patient(conditions=patient.conditions) if patient else None
    sets: dict[str, Any] = {"standard": standard, "optimal": optimal, "catalog": catalog}
    interpret_panel([], declared, **sets)  # what is unknown is refused here

    def ask(results: list[LabResult], person: Patient, *, strictly: bool) -> Panel:
        return interpret_panel(results, person, strict=strict or strictly, estimate_tibc=estimate_tibc, **sets)

    found: list[PatientPanel] = []
    for subject, members in _by_patient(observed):
        refused = [each for each in members if not each.cases]
        for person, strictly, group in _by_facts([each for each in members if each.cases], patient):
            kept, left = _one_report(group, judge)
            results = [_result(each) for each in kept]
            panel, issue = None, None
            try:
                panel = _panel(person, possible(person, kept), partial(ask, results), strictly=strictly)
                panel = _asked_each(panel, kept, judge)
            except LabsError as error:
                issue = Issue.of(error)
            left += refused
            refused = []
            told = {"subject": subject, "observed": tuple(kept), "refused": tuple(left), "panel": panel, "issue": issue}
            found.append(PatientPanel.trusted(told))
        if refused:
            told = {"subject": subject, "observed": (), "refused": tuple(refused), "panel": None, "issue": None}
            found.append(PatientPanel.trusted(told))
    return tuple(found)


def _by_patient(observed: Iterable[Observed]) -> Iterator[tuple[str, list[Observed]]]:
    """The results of each patient, equal copies of one once; where nobody is named each report stands alone."""
    found: dict[str, list[Observed]] = {}
    seen: set[object] = set()
    for each in observed:
        told = each.id, each.person, each.component, each.marker, repr(each.cases), each.issue
        if each.id is None or told not in seen:
            found.setdefault(each.person, []).append(each)
            seen.add(told)
    nameless = sum(person.startswith("?") for person in found)
    for person, members in found.items():
        alone = person.startswith("?") and nameless > 1
        yield members[0].subject, [_alone(each) if alone else each for each in members]


def _alone(each: Observed) -> Observed:
    message = "The result names no patient, or none that can be told, and was not read together with others"
    issue = Issue.trusted({"code": "no-subject", "message": message, "text": ""})
    return each.model_copy(update={"notices": (*each.notices, issue)})


def _panel(person: Patient, people: list[Patient], ask: Callable[..., Panel], *, strictly: bool) -> Panel:
    """The panel of everybody that a patient could be; where they cannot be listed, of an unknown age."""
    asked = [ask(each, strictly=strictly) for each in people]
    unknown = partial(ask, person, strictly=True)
    return asked[0] if len(asked) == 1 else joined(asked, person, unknown) if asked else unknown()


def _by_facts(observed: list[Observed], given: Patient | None) -> list[tuple[Patient, bool, list[Observed]]]:
    """The results by what is known of their patient: the facts, and whether nothing is to be assumed beside them.

    Ages that were counted from a birth to the month or year are of one birth, however they differ.
    """
    found: dict[tuple[Patient, bool, bool], list[Observed]] = {}
    for each in observed:
        people = list(dict.fromkeys(case.patient for case in each.cases))
        person = in_common(people)
        counted = any(one.age is not None and (given is None or one.age != given.age) for one in people)
        conditions = given.conditions if given is not None and given.conditions else person.conditions
        update = {"age": None if counted else person.age, "conditions": conditions}
        dated = counted and each.cases[0].result.collected is not None
        strictly = each.cases[0].strict or len({one.pregnant for one in people}) > 1
        found.setdefault((person.model_copy(update=update), strictly, dated), []).append(each)
    return [(person, strictly, each) for (person, strictly, _), each in found.items()]


def _one_report(observed: list[Observed], judge: Judge) -> tuple[list[Observed], list[Observed]]:
    """The results that can be read together, and those that cannot, with the reason.

    Of those that are dated only to the month or year the latest can stand together; what has another place by another
    of the printed ranges that could be meant cannot stand in a panel.
    """
    latest = max((each.undated for each in observed), default="")
    kept: list[Observed] = []
    left: list[Observed] = []
    for each in observed:
        error = _fault(each, judge, latest)
        if error is None:
            kept.append(each)
        else:
            left.append(each.model_copy(update={"issue": Issue.of(error), "cases": ()}))
    return kept, left


def _fault(each: Observed, judge: Judge, latest: str) -> LabsError | None:
    """Why a result cannot be read with the others, if so."""
    if _has_several_ranges(each):
        try:
            places = {it.standard.possible for it in judge.each(each)}
        except LabsError as error:  # by one of the ranges it cannot be judged at all
            return error
        if len(places) > 1:
            happened = f"Several printed ranges could apply, and {' and '.join(each.facts)} would settle which"
            return PopulationError(happened, "give it, so that the result can be read with the others")
    if each.cases[0].result.collected is None and each.undated != latest:
        happened = "The collection is not dated to the day"
        return DateError(happened, "give the day, so that the result can be read with the others", each.undated)
    return None


def _has_several_ranges(observed: Observed) -> bool:
    return not observed.context and len({case.result.range for case in observed.cases}) > 1


def _asked_each(panel: Panel, kept: list[Observed], judge: Judge) -> Panel:
    """The same panel, where each result whose facts are open has the answer that it has by itself."""
    if not any(_is_open(each, panel.patient) for each in kept):
        return panel
    lines = [
        _line(line, judge(each)) if line.interpretation is not None and _is_open(each, panel.patient) else line
        for line, each in zip(panel.lines, kept, strict=True)
    ]
    return panel.model_copy(update={"lines": tuple(lines)})


def _line(line: PanelLine, judged: Judged) -> PanelLine:
    return line.model_copy(update={"interpretation": judged.interpretation, "issue": judged.issue})


def _is_open(observed: Observed, person: Patient) -> bool:
    """Whether a result has other cases than the one that its panel knows."""
    case = observed.cases[0].patient
    return len(observed.cases) > 1 or (case.age, case.born) != (person.age, person.born)


def _result(observed: Observed) -> LabResult:
    return observed.cases[0].result
