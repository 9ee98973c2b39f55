"""What a panel lacks, and which missing test would settle most of what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from rlslabs.answers import INCOMPLETE, CriterionAnswer, Finding, Said
from rlslabs.catalog import Catalog

_LAST = 1000


def wants_most(findings: Sequence[Finding], criteria: Sequence[CriterionAnswer], useless: Container[str]) -> str | None:
    """The missing test that most of what is open waits for; where nothing is open, what most findings would like.

    `useless` are tests that are there already, or would not be relied on.
    """
    waits = Counter(name for each in _waiting(findings, criteria) for name in each.missing if name not in useless)
    waits = waits or Counter(name for each in findings for name in each.wants if name not in useless)
    return min(waits, key=lambda name: (-waits[name], name)) if waits else None


def _waiting(findings: Iterable[Finding], criteria: Iterable[CriterionAnswer]) -> list[Finding | CriterionAnswer]:
    every: list[Finding | CriterionAnswer] = [*findings, *criteria]
    return [each for each in every if each.missing and each.answered in {"missing", "undecided"}]


def incomplete(
    findings: Sequence[Finding],
    criteria: Sequence[CriterionAnswer],
    missing: tuple[str, ...],
    refused: Container[str],
    *,
    most: str | None,
    catalog: Catalog,
) -> Finding:
    """The finding that the panel is incomplete: what is missing or was refused, and what would add most."""
    waiting = [each for each in _waiting(findings, criteria) if most in each.missing]
    helped: Sequence[Finding | CriterionAnswer] = waiting or [each for each in findings if most in each.wants]
    sources = {source.id: source for each in helped for source in each.sources}
    return Finding.trusted(
        {
            "id": INCOMPLETE,
            "name": "incomplete panel",
            "plain_name": "tests that are not in this report",
            "order": _LAST,
            "first": False,
            "answered": "yes" if missing or most else "no",
            "rests_on": (),
            "supports": (),
            "against": (),
            "missing": missing,
            "wants": (most,) if most else (),
            "facts": (),
            "grade": "counted in this panel; it says nothing about the patient",
            "said": _said(missing, refused, most, len(helped), waiting=bool(waiting), catalog=catalog),
            "sources": tuple(sources.values()),
            "locator": "the rules that wait for it, or would be helped by it",
        }
    )


def _said(
    missing: tuple[str, ...], refused: Container[str], most: str | None, count: int, *, waiting: bool, catalog: Catalog
) -> Said:
    analytes = [(catalog.analyte(name), name in refused) for name in missing]
    names = [each.name + (" (given, and refused)" if bad else "") for each, bad in analytes]
    plain = [each.plain_name + (" (it could not be read)" if bad else "") for each, bad in analytes]
    clinician = f"Not in this panel: {', '.join(names)}." if names else "All six markers are in this panel."
    patient = f"Not in this report: {', '.join(plain)}." if plain else "All six tests are in this report."
    if most is not None:
        analyte = catalog.analyte(most)
        many = "1 answer" if count == 1 else f"{count} answers"
        how = f"{many} about patterns and guidelines {'waits' if count == 1 else 'wait'} for it"
        how = how if waiting else f"it would bear on {many} given here"
        clinician += f" {analyte.name} would add most: {how}."
        patient += f" Of the tests that are missing, {analyte.plain_name} would tell most."
    return Said.trusted({"clinician": clinician, "patient": patient})
