"""The lines of a panel, each read by itself: judged, read for its context, or refused."""

from __future__ import annotations

from rlslabs.answers import ContextReading, PanelLine
from rlslabs.catalog import Catalog
from rlslabs.classify import classify
from rlslabs.cohort import who
from rlslabs.errors import ImplausibleValueError, LabsError, UnknownCircumstanceError, WrongTypeError, shown
from rlslabs.interpretation import Interpretation
from rlslabs.limits import plausibility
from rlslabs.model import Issue
from rlslabs.reading import read_result
from rlslabs.reported import LabResult, Patient


class LineReader:
    """Reads one result at a time, for one patient and one choice of sets."""

    def __init__(
        self, catalog: Catalog, patient: Patient, standard: str | None, optimal: str | None, *, strict: bool
    ) -> None:
        self.catalog, self.patient = catalog, patient
        self.standard, self.optimal, self.strict = standard, optimal, strict
        self._refuse_unknown(patient.conditions, "patient")

    def line(self, result: object) -> PanelLine:
        """The answer about one result, or the issue for which it is refused."""
        try:
            if not isinstance(result, LabResult):
                happened = f"A result of the panel is a {type(result).__name__}"
                raise WrongTypeError(happened, "give LabResult objects", shown(result))
            self._refuse_unknown(result.circumstances, "sample")
            context = self._context(result)
            judged = None if context else self.judge(result)
        except LabsError as error:
            given = result if isinstance(result, LabResult) else LabResult(marker=shown(result)[:80])
            return _line(given, issue=Issue.of(error))
        return _line(result, judged, context)

    def judge(self, result: LabResult) -> Interpretation:
        """The interpretation of one result."""
        sets = {"standard": self.standard, "optimal": self.optimal}
        return classify(result, self.patient, catalog=self.catalog, strict=self.strict, **sets)

    def _context(self, result: LabResult) -> ContextReading | None:
        found = self.catalog.find_context(result.marker)
        if found is None:
            return None
        reading, _, issues = read_result(result, found)
        who(self.patient, result.collected, strict=self.strict)
        soft, hard = plausibility(found.marker, reading.unit)
        if "within" not in hard.positions(reading):
            happened = f"{found.marker.name} {shown(reading.words)} {reading.unit} has not been seen in a living person"
            raise ImplausibleValueError(happened, "check the value and its unit", reading.words[:80])
        if "within" not in soft.positions(reading):
            message = f"{found.marker.name} {reading.words} {reading.unit} is unusual; check the value and its unit"
            issues.append(Issue.trusted({"code": "unusual-value", "message": message, "text": reading.words[:80]}))
        named = {"analyte": found.marker.id, "name": found.marker.name}
        return ContextReading.trusted({**named, "reading": reading, "issues": tuple(issues)})

    def _refuse_unknown(self, declared: tuple[str, ...], about: str) -> None:
        for each in declared:
            known = sorted(each.id for each in self.catalog.rules.sampling if each.about == about)
            if each not in known:
                happened = f"Nothing is known of the circumstance {shown(each)} of a {about}"
                raise UnknownCircumstanceError(happened, f"choose from: {', '.join(known)}", each[:80])


def _line(
    result: LabResult,
    interpretation: Interpretation | None = None,
    context: ContextReading | None = None,
    issue: Issue | None = None,
) -> PanelLine:
    answers = {"interpretation": interpretation, "context": context, "issue": issue}
    return PanelLine.trusted({"result": result, **answers, "remarks": ()})
