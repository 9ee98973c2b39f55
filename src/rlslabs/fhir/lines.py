"""NDJSON as a stream: a resource a line, annotated or read one by one; memory grows with the patients alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import LabsError, ResourceError
from rlslabs.fhir.annotating import NOTES, Notes, annotated
from rlslabs.fhir.arguments import a_line, check_choice, check_lines, check_patient
from rlslabs.fhir.exact import dumps, loads
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.observed import Judged
from rlslabs.fhir.person import Beyond
from rlslabs.fhir.pregnancy import remember, stated
from rlslabs.fhir.reading import is_of_others
from rlslabs.fhir.references import address, bare
from rlslabs.fhir.systems import CLINICAL_SEX
from rlslabs.fhir.walk import Node, walk
from rlslabs.model import Issue
from rlslabs.reported import Patient

LONGEST_LINE = 200_000_000
"""Bytes of a line that are read; a longer one is refused."""

_TOLD = ("Patient", "Condition", "Bundle")
_FACTS = ("resourceType", "id", "gender", "birthDate", "modifierExtension", "implicitRules")


class Line(NamedTuple):
    """A line of NDJSON: its number, the annotated text, the answers about its results, or why it was refused.

    A line in which nothing is judged comes back as it was; bytes that are no UTF-8 stand as surrogates.
    """

    number: int
    text: str
    judged: tuple[Judged, ...] = ()
    issue: Issue | None = None


def annotate_lines(
    lines: Iterable[str | bytes],
    *,
    patients: Iterable[str | bytes] = (),
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    notes: Notes = "brief",
    catalog: Catalog | None = None,
) -> Iterator[Line]:
    """Annotate NDJSON line by line, as a stream; empty lines are passed over.

    A result finds its patient in its own line, in `patients`, or in an earlier line; of those their sex, date of birth
    and what was said of pregnancies are remembered. The other arguments are those of `annotate`.

    Args:
        lines: An open file, or any lines.
        patients: NDJSON of the Patient resources, such as the file `Patient.ndjson` of a bulk export; Conditions and
            Observations of pregnancy may stand among them.
        patient: The patient of results whose own is not found.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        notes: A `brief` note, the `full` explanation, or `none`.
        catalog: Another catalog than our own.

    Raises:
        LabsError: A set of ranges is unknown, or an argument is none that is known.
    """
    check_patient(patient)
    check_choice("choice of notes", notes, NOTES)
    check_lines("lines", lines)
    judge = Judge(builtin() if catalog is None else catalog, standard, optimal, strict=strict)
    return _annotated(lines, judge, patient, notes, known_of(patients))


def known_of(patients: Iterable[str | bytes]) -> Beyond:
    """What NDJSON says of patients; one that cannot be read is not found, and each of its results says so.

    Raises:
        WrongTypeError: The lines are one text, or one of them is none.
    """
    check_lines("patients", patients)
    known = Beyond({}, {})
    for line in patients:
        written = a_line("patients", line)
        try:
            _remember(loads(written if isinstance(written, bytes) else written.removeprefix("\ufeff")), known)
        except LabsError:
            continue
    return known


def _annotated(
    lines: Iterable[str | bytes], judge: Judge, patient: Patient | None, notes: Notes, known: Beyond
) -> Iterator[Line]:
    for number, given in enumerate(lines, 1):
        written = a_line("lines", given)
        text = written.decode("utf-8", "surrogateescape") if isinstance(written, bytes) else written
        text = text.rstrip("\r\n")
        if not text.strip("\ufeff \t"):
            continue
        try:
            if len(written) > LONGEST_LINE:
                happened = f"The line is longer than {LONGEST_LINE} bytes"
                raise ResourceError(happened, "write a resource a line")
            line = written if isinstance(written, bytes) else text.removeprefix("\ufeff")
            resource = loads(line, checked=False)
            if is_of_others(resource, judge.catalog):
                yield Line(number, text)
                continue
            if isinstance(resource, dict) and resource.get("resourceType") in _TOLD:  # of two values nobody knows which
                resource = loads(line)
            _remember(resource, known)
            new, judged = annotated(resource, judge, patient, notes, known, as_written=True)
            if judged:  # most lines hold nothing of ours and come back as they were
                loads(line)
        except LabsError as error:
            yield Line(number, text, (), Issue.of(error))
            continue
        yield Line(number, text if new is resource else dumps(new), tuple(judged))


def _remember(resource: Any, known: Beyond, url: str = "") -> None:  # noqa: ANN401  JSON holds anything
    """Keep what a resource says of a patient's sex, age and pregnancies.

    `url` is the address of its entry: a patient of one server is none of another that has the same id.
    """
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind == "Bundle":
        for node in walk(resource)[1:]:
            if node.path[-2:-1] != ("contained",) and node.kind != "Bundle":
                _remember(node.resource, known, node.full_url)
    if kind in ("Observation", "Condition"):
        for each in stated(resource):
            subject = resource.get("subject")
            reference = subject.get("reference") if isinstance(subject, dict) else None
            if isinstance(reference, str):
                name = "/".join(bare(reference).split("/")[-2:])
                remember(each, known.pregnancies.setdefault(name, []))
    if kind == "Patient" and isinstance(resource.get("id"), str):
        _keep(resource, known, url)


def _keep(resource: dict[str, Any], known: Beyond, url: str) -> None:
    """Keep the facts of a patient; of two of one id, nothing."""
    facts = {name: resource[name] for name in _FACTS if name in resource}
    extensions = resource.get("extension")
    if isinstance(extensions, list):
        clinical = [each for each in extensions if isinstance(each, dict) and each.get("url") == CLINICAL_SEX]
        if clinical:
            facts["extension"] = clinical
    name = f"Patient/{resource['id']}"
    earlier = known.patients.get(name)
    if earlier is not None and address(earlier.full_url) != address(url):
        url = ""
    differs = earlier is not None and earlier.resource != facts
    known.patients[name] = Node(
        {"resourceType": "Patient", "modifierExtension": ["two patients"]} if differs else facts, (), full_url=url
    )
