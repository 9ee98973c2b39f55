"""What the parts of a panel's report have in common: its audience, the names of markers, and the words of tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rlslabs.answers import INCOMPLETE, CriterionAnswer, Finding, Panel, Said
from rlslabs.catalog import Catalog
from rlslabs.evaluate import Evidence
from rlslabs.explanation import Audience, Marks
from rlslabs.wording import fact_words, listed, unit_words


class Speaking(Protocol):
    """What says something in both registers."""

    @property
    def said(self) -> Said:
        """The sentence."""


class Speaker:
    """Speaks of one panel to one audience; `marks` counts the sources as they are cited."""

    def __init__(self, panel: Panel, audience: Audience, catalog: Catalog, marks: Marks) -> None:
        self.panel, self.audience, self.catalog, self.marks = panel, audience, catalog, marks
        self.plain = audience == "patient"
        self.register = int(self.plain)
        self.dated = len({str(line.result.collected)[:10] for line in panel.lines}) > 1

    def name(self, marker: str) -> str:
        """The name of a marker in the words of the audience."""
        analyte = self.catalog.markers.get(marker) or self.catalog.context.get(marker)
        if analyte is None:
            return marker
        return analyte.plain_name if self.plain else analyte.name

    def names(self, markers: Iterable[str]) -> str:
        """Several markers as they stand in a sentence."""
        return listed([self.name(marker) for marker in markers])

    def said(self, each: Speaking) -> str:
        """A sentence in the register of the audience, without its full stop."""
        return (each.said.patient if self.plain else each.said.clinician).removesuffix(".")

    def patterns(self) -> list[Finding]:
        """The findings about the patient: all but the one that counts what the panel lacks."""
        return [each for each in self.panel.findings if each.id != INCOMPLETE]

    def test(self, test: Evidence) -> str:
        """One test: `Ferritin 38 ng/mL (<= 75 ng/mL)`; for a patient only the value."""
        unit = f" {test.reading.spoken or test.unit}" if self.plain else unit_words(test.unit)
        how = {"estimated": ", estimated"}.get(test.doubt or "", ", computed" if test.derived else "")
        doubt = ", not to be relied on" if test.doubt else ""
        taken = f", {str(test.collected)[:10]}" if self.dated and test.collected else ""
        value = f"{self.name(test.marker)} {test.value}{unit}{how}{taken}{doubt}"
        if self.plain:
            return value
        holds = {True: "", False: "not ", None: "open: "}[test.holds]
        return f"{value} ({holds}{test.comparison})"

    def rests(self, tests: Iterable[Evidence]) -> str:
        """What a rule rests on, and that it is of different days where it is."""
        every = list(tests)
        words = dict.fromkeys(self.test(each) for each in every)
        days = {str(each.collected)[:10] for each in every if each.collected}
        apart = " These are of different days." if len(days) > 1 else ""
        return f"{'Your values' if self.plain else 'It rests on'}: {'; '.join(words)}.{apart}" if words else ""

    def waits(self, rule: Finding | CriterionAnswer) -> str:
        """What would settle an undecided rule, in sentences without the last full stop; nothing where none is known."""
        facts = listed([fact_words(fact, self.register) for fact in rule.facts])
        waits = f"{facts} would settle it" if rule.facts else ""
        lacks = f"{self.names(rule.missing)} would help to settle it" if rule.missing else ""
        parted = _PARTED[self.register] if _is_parted(rule.rests_on) else ""
        return ". ".join(capital(part) for part in (waits, lacks, parted) if part)


_PARTED = (
    "results of which none is newer disagree, and which of them holds would settle it",
    "two of your values disagree and neither is newer, so ask which of them counts",
)


def _is_parted(tests: Iterable[Evidence]) -> bool:
    """Whether results of one marker part by the same test."""
    found: dict[tuple[str, str], set[bool | None]] = {}
    for each in tests:
        found.setdefault((each.marker, each.comparison), set()).add(each.holds)
    return any({True, False} <= every for every in found.values())


def capital(text: str) -> str:
    """The same with a capital at its beginning."""
    return text[:1].upper() + text[1:]
