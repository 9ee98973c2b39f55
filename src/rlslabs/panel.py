"""Many results of one patient, read together: each judged, values derived, findings and guideline criteria answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rlslabs.answers import Asked, Panel, Said, SampleNote
from rlslabs.catalog import Catalog, builtin
from rlslabs.gaps import incomplete, wants_most
from rlslabs.lines import LineReader
from rlslabs.nearest import nearest as decisions
from rlslabs.reported import LabResult, Patient
from rlslabs.review import Reviewed, review
from rlslabs.rulings import caveats_of, charts_of, criteria_of, findings_of
from rlslabs.trend import trends


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
    asked = Asked.trusted(
        {
            "standard": catalog.set("standard", standard).id,
            "optimal": catalog.set("optimal", optimal).id,
            "strict": strict,
            "estimate_tibc": estimate_tibc,
            "nearest": nearest,
        }
    )
    patient = Patient() if patient is None else patient
    panel = _read(tuple(results), patient, asked, rcv, catalog)
    if not nearest:
        return panel
    found = decisions(panel, catalog, lambda again: _read(again, patient, asked, rcv, catalog))
    return Panel.trusted({**{name: getattr(panel, name) for name in Panel.model_fields}, "decisions": tuple(found)})


def _read(
    results: Sequence[object], patient: Patient, asked: Asked, rcv: Mapping[str, object] | None, catalog: Catalog
) -> Panel:
    """The panel, but for the decisions near it."""
    reader = LineReader(catalog, patient, asked.standard, asked.optimal, strict=asked.strict)
    reviewed = review([reader.line(result) for result in results], reader, estimate_tibc=asked.estimate_tibc)
    charts = charts_of(reviewed, patient, strict=asked.strict)
    criteria, findings = criteria_of(charts, catalog), findings_of(charts, catalog)
    judged = [line.interpretation for line in reviewed.lines if line.interpretation is not None]
    return Panel.trusted(
        {
            "asked": asked,
            "patient": patient,
            "lines": reviewed.lines,
            "derived": reviewed.derived,
            "findings": (*findings, incomplete(findings, criteria, charts.held, catalog)),
            "criteria": criteria,
            "caveats": caveats_of(catalog),
            "sampling": tuple(_sampling(reviewed, patient, catalog)),
            "trends": trends(judged, catalog, rcv),
            "decisions": (),
            "missing": tuple(name for name in catalog.markers if name not in charts.held),
            "wants_most": wants_most(findings, criteria, charts.held),
        }
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
            held.marker
            for held in every
            if held.marker in each.markers and (declared or each.id in held.result.circumstances)
        ]
        if touched:
            yield SampleNote.trusted(
                {
                    "circumstance": each.id,
                    "markers": tuple(dict.fromkeys(touched)),
                    "reassures": each.effect == "reassures",
                    "said": Said.trusted({"clinician": each.clinician, "patient": each.patient}),
                    "sources": each.sources,
                }
            )
