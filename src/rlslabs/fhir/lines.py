"""NDJSON as a stream: a resource a line, annotated or read one by one; memory grows with the patients alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import LabsError, ResourceError
from rlslabs.fhir.annotating import NOTES, Notes, annotated
from rlslabs.fhir.arguments import a_line, check_choice, check_lines, check_patient
from rlslabs.fhir.exact import Written, added, dumps, is_named_once, loads
from rlslabs.fhir.forms import Chosen, Forms
from rlslabs.fhir.judging import Judge
from rlslabs.fhir.observed import Judged
from rlslabs.fhir.person import Beyond
from rlslabs.fhir.pregnancy import remember, stated
from rlslabs.fhir.reading import is_of_one_test, is_of_others
from rlslabs.fhir.references import address, bare
from rlslabs.fhir.systems import CLINICAL_SEX
from rlslabs.fhir.traces import LISTS
from rlslabs.fhir.walk import Node, walk
from rlslabs.model import Issue
from rlslabs.reported import Patient

LONGEST_LINE = 200_000_000
"""Bytes of a line that are read; a longer one is refused."""

_TOLD = ("Patient", "Condition", "Bundle")
_FACTS = ("resourceType", "id", "gender", "birthDate", "modifierExtension", "implicitRules")


Answers = tuple[Judged, ...]


class Line:
    """A line of NDJSON: its number, the annotated text, the answers about its results, or why it was refused.

    A line in which nothing is judged comes back as it was; bytes that are no UTF-8 stand as surrogates. The answers are
    put together when they are asked for.
    """

    __slots__ = ("_issue", "_judged", "_number", "_text")

    def __init__(
        self, number: int, text: str, judged: Answers | Callable[[], Answers] = (), issue: Issue | None = None
    ) -> None:
        self._number, self._text, self._issue, self._judged = number, text, issue, judged

    @property
    def number(self) -> int:
        """Which line of the stream it is, from 1 on."""
        return self._number

    @property
    def text(self) -> str:
        """The annotated line, without its end."""
        return self._text

    @property
    def issue(self) -> Issue | None:
        """Why the line was refused, if it was."""
        return self._issue

    @property
    def judged(self) -> Answers:
        """The answers about the results in it."""
        held = self._judged
        if not isinstance(held, tuple):
            self._judged = held = held()
        return held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return f"Line(number={self.number}, text={self.text!r}, judged={self.judged!r}, issue={self.issue!r})"

    def __reduce__(self) -> tuple[type[Line], tuple[int, str, Answers, Issue | None]]:
        return Line, self._all()

    def _all(self) -> tuple[int, str, Answers, Issue | None]:
        return self._number, self._text, self.judged, self._issue


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
    return _Stream(judge, patient, notes, known_of(patients)).lines(lines)


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


class _Stream:
    """What is at hand for the lines of one stream."""

    def __init__(self, judge: Judge, patient: Patient | None, notes: Notes, known: Beyond) -> None:
        self._judge, self._patient, self._notes, self._known = judge, patient, notes, known
        chosen = Chosen(judge.standard, judge.optimal, judge.strict, notes)
        self._forms = Forms(judge.catalog, chosen, patient, known)

    def lines(self, lines: Iterable[str | bytes]) -> Iterator[Line]:
        """Every line that is not empty, annotated."""
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
                single = is_of_one_test(resource)
                if single and is_of_others(resource, self._judge.catalog):
                    yield Line(number, text)
                    continue
                if not single:
                    resource = self._heard(line, resource)
                yield self._line(number, text, line, resource)
            except LabsError as error:
                yield Line(number, text, (), Issue.of(error))

    def _heard(self, line: str | bytes, resource: Any) -> Any:  # noqa: ANN401  JSON holds anything
        """A line that may say something of a patient, once that is remembered.

        Raises:
            LabsError: A name stands in it twice, and of two values nobody knows which is meant.
        """
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if kind in _TOLD or (kind == "Observation" and any(stated(resource))):
            resource = loads(line)
        if _remember(resource, self._known):
            self._forms.forget()
        return resource

    def _line(self, number: int, text: str, line: str | bytes, resource: Any) -> Line:  # noqa: ANN401  JSON holds anything
        """A line in which something of ours may be.

        Raises:
            LabsError: It is no resource.
        """
        asked = self._forms.ask(resource)
        if asked is not None and asked.form is not None and is_named_once(text, asked.names(resource)):
            new = asked.form.within(text, resource, asked.number)
            return Line(number, new, partial(self._forms.judged, asked, resource))
        new, judged = annotated(resource, self._judge, self._patient, self._notes, self._known, as_written=True)
        if judged:  # most lines hold nothing of ours and come back as they were
            loads(line)
        self._forms.learn(resource, judged)
        return Line(number, text if new is resource else _spelled(text, resource, new), tuple(judged))


def _spelled(text: str, old: Any, new: Any) -> str:  # noqa: ANN401  JSON holds anything
    """The annotated resource as JSON; where elements were only added to its own lists, the rest stays as it was."""
    more = _more(old, new)
    found = None if more is None else added(text, old, more)
    if found is None:
        found = dumps(new)
        return text if found == dumps(old) else found
    return found


def _more(old: Any, new: Any) -> dict[str, str] | None:  # noqa: ANN401  the same
    """What stands in the lists of an annotated object behind what stood there; `None` where anything else differs."""
    if not isinstance(old, dict) or not isinstance(new, dict) or not old.keys() <= new.keys():
        return None
    more: dict[str, str] = {}
    for name, held in new.items():
        before = old.get(name, [])
        if held is before:
            continue
        if name not in LISTS or not isinstance(before, list) or held[: len(before)] != before:
            return None
        elements = (each.text if isinstance(each, Written) else dumps(each) for each in held[len(before) :])
        more[name] = ",".join(elements)
    return more


def _remember(resource: Any, known: Beyond, url: str = "") -> bool:  # noqa: ANN401  JSON holds anything
    """Keep what a resource says of a patient's sex, age and pregnancies; tell whether it said any of it.

    `url` is the address of its entry: a patient of one server is none of another that has the same id.
    """
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    said = False
    if kind == "Bundle":
        for node in walk(resource)[1:]:
            if node.path[-2:-1] != ("contained",) and node.kind != "Bundle":
                said |= _remember(node.resource, known, node.full_url)
    if kind in ("Observation", "Condition"):
        for each in stated(resource):
            subject = resource.get("subject")
            reference = subject.get("reference") if isinstance(subject, dict) else None
            if isinstance(reference, str):
                name = "/".join(bare(reference).split("/")[-2:])
                remember(each, known.pregnancies.setdefault(name, []))
                said = True
    if kind == "Patient" and isinstance(resource.get("id"), str):
        _keep(resource, known, url)
        said = True
    return said


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
