"""Many results of one patient, read together: each judged, values derived, findings and guideline criteria answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rlslabs.answers import Asked, Panel, Said, SampleNote
from rlslabs.catalog import Catalog, builtin
from rlslabs.chart import day_of, same_collection
from rlslabs.cohort import who
from rlslabs.errors import WrongTypeError, shown
from rlslabs.gaps import incomplete, wants_most
from rlslabs.interpretation import Interpretation
from rlslabs.lines import LineReader
from rlslabs.model import Assumption
from rlslabs.nearest import nearest as decisions
from rlslabs.reported import LabResult, Patient
from rlslabs.review import Reviewed, is_doubted, review
from rlslabs.rulings import caveats_of, charts_of, criteria_of, findings_of
from rlslabs.step import Measured
from rlslabs.trend import change_values, trends

_YEAR = 365


def interpret_panel(
    results: Iterable[LabResult],
    patient: Patient | None = None,
    *,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    estimate_tibc: bool = False,
    nearest: bool = False,
    rcv: Mapping[str, object] | None = None,
    catalog: Catalog | None = None,
) -> Panel:
    """Judge every result, and read them together; a result that cannot be judged spoils nothing else.

    Args:
        results: Any number, in any order, of one patient; context analytes such as CRP are read and not judged.
        patient: The patient; every fact may be unknown. `conditions` may declare, for example, `dialysis`.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        estimate_tibc: Estimate TIBC from transferrin where nothing better is there; always labelled an estimate.
        nearest: Look for the closest values at which a status or a criterion would change; that takes much longer.
        rcv: Reference change values of your own, in percent, by marker: `{"ferritin": 30}`.
        catalog: Another catalog than our own.

    Returns:
        The panel: lines in the order given, derived values, findings, guideline criteria, changes over time, and what
        is missing.

    Raises:
        LabsError: The patient's facts contradict each other, or a set or circumstance is unknown.

    Source: the rules and limits stand beside their sources in the data files.
    """
    catalog = builtin() if catalog is None else catalog
    patient = Patient() if patient is None else patient
    if isinstance(results, LabResult | str | Mapping) or not isinstance(patient, Patient):
        happened = "The results are no list of results, or the patient is no Patient"
        raise WrongTypeError(happened, "call interpret_panel([LabResult(...), ...], Patient(...))", shown(results))
    given = tuple(results)
    asked = Asked.trusted(
        {
            "results": len(given),
            "standard": catalog.set("standard", standard).id,
            "optimal": catalog.set("optimal", optimal).id,
            "strict": strict,
            "estimate_tibc": estimate_tibc,
            "nearest": nearest,
            "rcv": tuple(sorted(change_values(rcv or {}, catalog).items())),
        }
    )
    panel = _read(given, patient, asked, catalog)
    if not nearest:
        return panel
    found = decisions(panel, catalog, lambda again: _read(again, patient, asked, catalog))
    return Panel.trusted({**{name: getattr(panel, name) for name in Panel.model_fields}, "decisions": tuple(found)})


def _read(results: Sequence[object], patient: Patient, asked: Asked, catalog: Catalog) -> Panel:
    """The panel, but for the decisions near it."""
    reader = LineReader(catalog, patient, asked.standard, asked.optimal, strict=asked.strict)
    reviewed = review([reader.line(result) for result in results], reader, estimate_tibc=asked.estimate_tibc)
    charts = charts_of(reviewed, patient, strict=asked.strict)
    criteria, findings = criteria_of(charts, catalog), findings_of(charts, catalog)
    measured = {marker for marker, held in charts.held.items() if any(each.doubt != "estimated" for each in held)}
    missing = tuple(name for name in catalog.markers if name not in measured)  # an estimate is no measurement
    most = wants_most(findings, criteria, {*charts.held} | reviewed.futile)
    refused = {catalog.named(line.result.marker) or "" for line in reviewed.lines if line.issue is not None}
    return Panel.trusted(
        {
            "asked": asked,
            "patient": patient,
            "assumptions": _assumptions(reviewed, patient, strict=asked.strict),
            "lines": reviewed.lines,
            "derived": reviewed.derived,
            "findings": (*findings, incomplete(findings, criteria, missing, refused, most=most, catalog=catalog)),
            "criteria": criteria,
            "caveats": caveats_of(catalog),
            "sampling": tuple(_sampling(reviewed, patient, catalog)),
            "trends": trends(_series(reviewed, catalog), catalog, dict(asked.rcv)),
            "decisions": (),
            "missing": missing,
            "wants_most": most,
        }
    )


def _assumptions(reviewed: Reviewed, patient: Patient, *, strict: bool) -> tuple[Assumption, ...]:
    """What was taken for granted of the patient for any result; also that one age holds for years."""
    moments = [held.result.collected for every in reviewed.held.values() for held in every]
    found = dict.fromkeys(each for moment in dict.fromkeys(moments) for each in who(patient, moment, strict=strict)[1])
    fits = (each for line in reviewed.lines if line.interpretation for each in line.interpretation.assumptions)
    found |= dict.fromkeys(fits)
    days = [day_of(moment) for moment in moments if moment is not None]
    if patient.age is not None and patient.born is None and days and (max(days) - min(days)).days >= _YEAR:
        found["one-age"] = None
    return tuple(found)


def _series(reviewed: Reviewed, catalog: Catalog) -> Iterator[Measured]:
    """Every judged result as a measurement over time, with what makes it hard to compare."""
    for line in reviewed.lines:
        if line.interpretation is not None:
            yield Measured(line.interpretation, is_doubted(line, catalog), _qualified(line.interpretation, catalog))
    for each in reviewed.derived:
        it = each.interpretation
        if it is not None and not each.computed.estimated and not _is_printed(it, reviewed):
            yield Measured(it, each.computed.doubt is not None, _qualified(it, catalog))


def _is_printed(it: Interpretation, reviewed: Reviewed) -> bool:
    return any(
        line.interpretation is not None
        and line.interpretation.marker == it.marker
        and same_collection(line.result, it.result)
        for line in reviewed.lines
    )


def _qualified(it: Interpretation, catalog: Catalog) -> frozenset[str]:
    """What was declared of the sample that qualifies the marker."""
    return frozenset(
        each.id
        for each in (catalog.rules.sampling if it.result.circumstances else ())
        if each.effect == "qualifies" and each.id in it.result.circumstances and it.marker in each.markers
    )


def _sampling(reviewed: Reviewed, patient: Patient, catalog: Catalog) -> Iterator[SampleNote]:
    """What was declared of samples and of the patient, for the results that it qualifies."""
    every = [held for readings in reviewed.held.values() for held in readings]
    said = {*patient.conditions, *(name for held in every for name in held.result.circumstances)}
    for each in catalog.rules.sampling if said else ():
        if each.effect == "fact" or each.clinician is None or each.patient is None:
            continue
        declared = each.id in patient.conditions
        touched = [
            held for held in every if held.marker in each.markers and (declared or each.id in held.result.circumstances)
        ]
        dated = [] if declared else [held.result.collected for held in touched if held.result.collected is not None]
        if touched:
            yield SampleNote.trusted(
                {
                    "circumstance": each.id,
                    "markers": tuple(dict.fromkeys(held.marker for held in touched)),
                    "collected": tuple(sorted(dict.fromkeys(dated), key=str)),
                    "reassures": each.effect == "reassures",
                    "said": Said.trusted({"clinician": each.clinician, "patient": each.patient}),
                    "sources": each.sources,
                }
            )
