"""CDS Hooks 2.0.1: cards for `patient-view` and `order-select` from what was prefetched, and the discovery answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rlslabs.cards import (
    newest_refused,
    of_apart,
    of_cautions,
    of_fitted,
    of_gaps,
    of_orders,
    of_refused,
    of_result,
    of_unplaced,
    of_untargeted,
)
from rlslabs.catalog import Catalog, builtin
from rlslabs.current import FUTURE, answered, is_future, newest_of, older_tests, place
from rlslabs.errors import SupersededError
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.observed import Judged, Observed
from rlslabs.fhir.panels import PatientPanel, panels_of
from rlslabs.fhir.pregnancy import SPEAKING
from rlslabs.fhir.reading import read
from rlslabs.fhir.systems import LOINC
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue
from rlslabs.orders import orders
from rlslabs.prefetch import HOOKS, Asked, asked

Json = dict[str, Any]

_DOUBTS = {"display-unknown", "specimen-unclear"}
"""What is said of a result that may be of another test, so that its place says nothing of this one."""


def services(*, catalog: Catalog | None = None) -> Json:
    """The answer to the discovery request: one service a hook, with what it wants prefetched."""
    catalog = builtin() if catalog is None else catalog
    analytes = (*catalog.markers.values(), *catalog.context.values())
    codes = ",".join(f"{LOINC}|{code.code}" for analyte in analytes for code in analyte.loinc)
    pregnancy = ",".join(f"{LOINC}|{code}" for code in sorted(SPEAKING))
    prefetch = {
        "patient": "Patient/{{context.patientId}}",
        "results": f"Observation?patient={{{{context.patientId}}}}&code={codes}",
        "pregnancy": f"Observation?patient={{{{context.patientId}}}}&code={pregnancy}",
    }
    titles = {
        "patient-view": "Laboratory results in restless legs syndrome",
        "order-select": "Earlier results of the tests being ordered, in restless legs syndrome",
    }
    description = (
        "Places results against the standard and the optimal range, with sources. It informs; it is no diagnosis."
    )
    return {
        "services": [
            {
                "hook": hook,
                "id": f"rlslabs-{hook}",
                "title": titles[hook],
                "description": description,
                "prefetch": dict(prefetch),
            }
            for hook in HOOKS
        ]
    }


def cards(
    request: object,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> Json:
    """The cards for a request, from its prefetch alone: nothing is fetched, suggested or called critical.

    On `patient-view` the newest result of each marker gets a card where it is outside the standard range (`warning`),
    on the side of the optimal range that matters in restless legs, undecided, or perhaps of another test (`info`);
    those for which there is no range, as in pregnancy, get one card together, and so do those within a printed range
    that was only taken to hold. On `order-select` the newest result of each test that is selected gets one, wherever it
    stands. Where there is no optimal range for the patient, as for a child, the patterns and criteria that these
    results meet, or leave open, get one. What is said before everything else, such as too much iron for intravenous
    iron, is the first card of both. The last of both name what could not be read with the others, as a result dated in
    the future; what could not be judged or told; and what is of another patient or of none that is named, or was not
    sent whole.

    Args:
        request: The body of the request, as a dict.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        catalog: Another catalog than our own.

    Returns:
        `{"cards": [...]}`, ready to be sent as JSON.

    Raises:
        HookError: The request is none of these hooks, or lacks its prefetch, or that is an error; its `status` is what
            a service answers with: 400, or 412 where the prefetch is lacking.
        LabsError: A set of ranges is unknown, or a prefetched resource is none.
    """
    catalog = builtin() if catalog is None else catalog
    held = asked(request)
    options: Json = {"standard": standard, "optimal": optimal, "strict": strict, "catalog": catalog}
    judge = Judge(catalog, standard, optimal, strict=strict)
    every = list(_once(map(judge, read(held.resources, catalog=catalog).observed)))
    answers = [each for each in every if not each.observed.context]
    standing = [each for each in answers if each.issue is None or each.issue.code != SupersededError.code]
    judged = [each for each in standing if _is_mine(each.observed, held)]
    mine = set(map(id, judged))
    refused = [each for each in standing if each.issue and (id(each) in mine or not each.observed.patient_id)]
    strange = len({*map(id, standing)} - mine - {*map(id, refused)})
    instance = held.instance
    past = [each.observed for each in every if not is_future(each.observed)]
    about = [each for each in panels_of(past, **options) if any(_is_mine(one, held) for one in _members(each))]
    read_ = [each.panel for each in about if each.panel]
    current = list(newest_of(judged))
    now = {*map(id, current), *(id(each) for each in every if each.observed.context and not each.issue)}
    apart = list(_apart([each for each in every if id(each) in now and _is_mine(each.observed, held)], about))
    found = list(of_cautions(read_, older_tests(read_), catalog, instance))
    untold: list[str] = []
    if held.hook == "order-select":
        ordered, untold = orders(held.context, catalog)
        current = [each for each in current if each.observed.marker in ordered]
        refused = [each for each in refused if each.observed.marker is None or each.observed.marker in ordered]
    pairs = list(answered(current))
    view = held.hook == "patient-view"
    chosen = [(each, it) for each, it in pairs if not view or _matters(each, it, catalog)]
    unplaced = [(each, it) for each, it in pairs if view and it.standard.position == "no-range"]
    fitted = [(each, it) for each, it in pairs if view and it.taken_to_fit and not _matters(each, it, catalog)]
    untargeted = [it for _, it in pairs if it.optimal.position == "no-range"]
    newest_ = newest_refused(refused)
    found += [of_result(each, it, newest_, instance) for each, it in chosen]
    for number, panel in enumerate(read_):
        found += of_untargeted(panel, untargeted, catalog, f"{instance}|{number}")
    found += [of_unplaced(unplaced, instance)] if unplaced else []
    found += [of_fitted(fitted, instance)] if fitted else []
    found += [of_apart(apart, instance)] if apart else []
    found += [of_refused(refused, instance)] if refused else []
    found += [of_orders(untold, instance)] if untold else []
    gaps = list(held.gaps)
    if strange:
        gaps.append(f"{strange} result{'s' if strange > 1 else ''} name another patient, or none that is known here.")
    return {"cards": [*found, *([of_gaps(gaps, instance)] if gaps else [])]}


def _once(answers: Iterable[Judged]) -> Iterator[Judged]:
    """Each result once, however often the same copy was sent."""
    seen: set[object] = set()
    for each in answers:
        one = each.observed
        told = one.id, one.person, one.component, one.marker, repr(one.cases), each.issue
        if one.id is None or told not in seen:
            seen.add(told)
            yield each


def _is_mine(observed: Observed, held: Asked) -> bool:
    return held.is_about(observed.patient_id, observed.server)


def _members(each: PatientPanel) -> tuple[Observed, ...]:
    return (*each.observed, *each.refused)


def _apart(now: list[Judged], about: list[PatientPanel]) -> Iterator[tuple[Judged, Issue]]:
    """Those of the newest results that were not read together with the others, and why."""
    left = {place(one): one.issue for each in about for one in each.refused}
    left |= {place(one): each.issue for each in about for one in each.observed}
    for each in now:
        issue = FUTURE if is_future(each.observed) else left.get(place(each.observed))
        if issue is not None:
            yield each, issue


def _matters(each: Judged, it: Interpretation, catalog: Catalog) -> bool:
    """Whether a result has a place, and is outside the standard range, on the side that matters, open or in doubt."""
    position = it.standard.position
    if position == "no-range":
        return False
    open_ = it.status == "undecided" or it.open_sided
    doubted = not _DOUBTS.isdisjoint(notice.code for notice in each.observed.notices)
    return position != "within" or it.optimal.position == catalog.markers[it.marker].concern or open_ or doubted
