"""The same resource back, with places, ranges and a note on each Observation that could be judged."""

from __future__ import annotations

from typing import Any, Literal, get_args

from rlslabs.catalog import Catalog, builtin
from rlslabs.fhir.arguments import check_choice, check_patient
from rlslabs.fhir.forms import Chosen, Forms
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.marks import Marks, marked, noted
from rlslabs.fhir.notes import beside
from rlslabs.fhir.observed import Judged
from rlslabs.fhir.person import Beyond
from rlslabs.fhir.reading import sift
from rlslabs.fhir.traces import LISTS, cleaned
from rlslabs.fhir.walk import Json, Key, Node, opened, plain
from rlslabs.reported import Patient

_HOLDERS = LISTS | {"component"}

Notes = Literal["brief", "full", "none"]
NOTES: tuple[str, ...] = get_args(Notes)


def annotate(
    resource: object,
    *,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    notes: Notes = "brief",
    catalog: Catalog | None = None,
) -> Any:  # noqa: ANN401  a dict gives a dict and a list a list
    """The same resource with interpretation, ranges with their sources, and a note on each judged Observation.

    The laboratory's own interpretation and ranges stay as they are; ours stand behind them and name our code system.
    What was handed over is not changed; what is not touched is shared with it. Annotating twice gives the same as once.
    The other arguments are those of `read` and of `rlslabs.interpret`.

    Args:
        resource: A dict, a list of dicts, or an object of a model library.
        patient: The patient of results whose own is not among the resources.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        notes: A `brief` note, the `full` explanation with its sources, or `none`.
        catalog: Another catalog than our own.

    Raises:
        LabsError: It is no resource, a set of ranges is unknown, or an argument is none that is known.
    """
    check_patient(patient)
    check_choice("choice of notes", notes, NOTES)
    chosen = Chosen(standard, optimal, strict, notes)
    forms = Forms(builtin() if catalog is None else catalog, chosen, patient)
    asked = forms.ask(resource)
    if asked is not None and asked.form is not None and isinstance(resource, dict):
        return asked.form.on(resource, asked.number)
    new, answers = annotated(resource, forms.judge, patient, notes)
    forms.learn(resource, answers)
    return new


def annotated(
    resource: object,
    judge: Judge,
    patient: Patient | None,
    notes: Notes,
    beyond: Beyond | None = None,
    *,
    as_written: bool = False,
) -> tuple[Any, list[Judged]]:
    """The annotated resource, and the answer about each result in it; `as_written` as for `marked`."""
    top = plain(resource)
    edits: dict[tuple[Key, ...], Json] = {}
    answers: list[Judged] = []
    for node, results in sift(top, patient, judge.catalog, beyond):
        if not results:
            new = cleaned(node.resource) if not _HOLDERS.isdisjoint(node.resource) else node.resource
            if new != node.resource:  # marks of a result that stood here before
                edits[node.path] = new
            continue
        if node.fault:
            answers += [judge(each) for each in results]
            continue
        judged = [judge.marked(each) for each in results]
        edited = _edited(node, judged, notes, as_written=as_written)
        if edited is not None:
            edits[node.path] = edited
        answers += [each for each, _ in judged]
    return _rebuilt(top, edits), answers


def _edited(
    node: Node, judged: list[tuple[Judged, Marks | None]], notes: Notes, *, as_written: bool = False
) -> Json | None:
    """The Observation with what is to be said of it, or `None` where nothing changes."""
    old = node.resource
    as_written = as_written and notes != "none"  # without a note it is told by what stands there that nothing changes
    new = cleaned(old)
    components: Any = new.get("component")
    texts: list[str] = []
    for answer, written in judged:
        observed, it = answer.observed, answer.interpretation
        if it is None or written is None:
            continue
        part = new if observed.component is None else components[observed.component]
        part = marked(part, written, observed.flags, unread=answer.unread, as_written=as_written)
        if observed.component is None:
            new = part
        else:
            components[observed.component] = part
        if notes != "none":
            texts.append(" ".join([str(it.explanation) if notes == "full" else written.note, *beside(answer)]))
    noted(new, texts)
    return None if not texts and new == old else new


def _rebuilt(top: Any, edits: dict[tuple[Key, ...], Json]) -> Any:  # noqa: ANN401  a dict gives a dict and a list a list
    """A copy in which the edited parts stand in the place of the old ones; everything else is shared."""
    if not edits:
        return top
    if () in edits and len(edits) == 1:
        return edits[()]
    copies: dict[tuple[Key, ...], Any] = {(): edits.get((), opened(top))}
    for path in sorted(edits, key=len):
        for length in range(1, len(path) + 1):
            here = path[:length]
            if here in copies:
                continue
            holder, key = copies[here[:-1]], here[-1]
            copies[here] = edits[here] if here in edits else opened(holder[key])
            holder[key] = copies[here]
    return copies[()]
