"""A panel in words: what matters first, then findings and guideline criteria, for a clinician or for a patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rlslabs.answers import Caveat, CriterionAnswer, Finding, Panel
from rlslabs.catalog import Catalog
from rlslabs.evaluate import Evidence
from rlslabs.explanation import Audience, Marks
from rlslabs.interpretation import Interpretation
from rlslabs.layout import Block, Heading, Items, Paragraph
from rlslabs.model import Status
from rlslabs.wording import fact_words, listed, unit_words, value_words

_STATUSES: dict[Status, tuple[str, str]] = {
    "high": ("above the standard range", "higher than the laboratory's range"),
    "low": ("below the standard range", "lower than the laboratory's range"),
    "below-optimal": (
        "normal for a laboratory and below optimal for restless legs",
        "normal for a laboratory, but lower than what is best for restless legs",
    ),
    "above-optimal": (
        "normal for a laboratory and above optimal for restless legs",
        "normal for a laboratory, but higher than what is best for restless legs",
    ),
    "undecided": ("undecided", "not certain"),
    "no-range": ("without a range", "without a range to compare with"),
    "optimal": ("within both ranges", "inside both ranges"),
}
_HEADINGS = {
    "lead": ("What matters first", "What matters first"),
    "findings": ("Findings", "What the results together can go with"),
    "criteria": ("Guideline criteria", "What guidelines for restless legs say"),
}
_PLAIN = 1


class Digest:
    """The words of one panel for one audience; `marks` counts the sources as they are cited."""

    def __init__(self, panel: Panel, audience: Audience, catalog: Catalog, marks: Marks) -> None:
        self.panel, self.catalog, self.marks = panel, catalog, marks
        self.register = _PLAIN if audience == "patient" else 0

    def blocks(self) -> Iterator[Block]:
        """What matters first, the findings, and the criteria of guidelines."""
        yield self.heading("lead")
        yield Paragraph(" ".join(self.lead()))
        yield self.heading("findings")
        yield from self._findings()
        yield self.heading("criteria")
        yield from self._criteria()

    def heading(self, key: str) -> Heading:
        """A heading in the words of the audience."""
        return Heading(_HEADINGS[key][self.register])

    def name(self, marker: str) -> str:
        """The name of a marker in the words of the audience."""
        analyte = self.catalog.analyte(marker)
        return analyte.plain_name if self.register else analyte.name

    def names(self, markers: Iterable[str]) -> str:
        """Several markers as they stand in a sentence."""
        return listed([self.name(marker) for marker in markers])

    def lead(self) -> Iterator[str]:
        """The two or three sentences that matter first; too much iron before everything else."""
        rules: list[Finding | CriterionAnswer] = [*self.panel.criteria, *self.panel.findings]
        first = [each for each in rules if each.first and each.answered in {"yes", "undecided"}]
        for each in sorted(first, key=lambda each: each.answered == "undecided")[:1]:
            yield self._warning(each)
        yield self._places()
        yield self._met()

    def _warning(self, rule: Finding | CriterionAnswer) -> str:
        tests = "; ".join(dict.fromkeys(self._test(each) for each in rule.rests_on if each.holds is not False))
        marks = self.marks(rule.sources)
        if rule.answered == "undecided":
            name = rule.plain_name if self.register and isinstance(rule, Finding) else rule.name
            return f"First of all, it is open whether this holds: {name} {marks} ({tests})."
        words = (
            f"First of all: {self._said(rule)} {marks}."
            if self.register
            else f"First of all, {rule.name} {marks}: {tests}."
        )
        touched = {name for note in self.panel.sampling if not note.reassures for name in note.markers}
        if touched & {each.marker for each in rule.rests_on}:
            words += " What was declared of the sample qualifies that; see below."
        return words

    def _places(self) -> str:
        """Where the judged results stand, the most urgent first, and how many could not be judged."""
        by_status: dict[Status, list[str]] = {}
        for it in _latest(self.panel.interpretations):
            name = it.plain_name if self.register else f"{it.name} {value_words(it.reading)}"
            by_status.setdefault(it.status, []).append(name)
        parts = [
            f"{words[self.register]}: {listed(list(dict.fromkeys(by_status[status])))}"
            for status, words in _STATUSES.items()
            if status in by_status
        ]
        refused = sum(line.issue is not None for line in self.panel.lines)
        parts += [f"not judged: {refused} of {len(self.panel.lines)}"] if refused else []
        return f"{_capital('; '.join(parts))}." if parts else "There is no result to judge."

    def _met(self) -> str:
        """The names of what is met, without what was said first."""
        found = [each for each in self._patterns() if each.answered == "yes" and not each.first]
        met = [each for each in self.panel.criteria if each.answered == "yes" and not each.first]
        names = [each.plain_name if self.register else each.name for each in found]
        guidelines = {each.guideline: each for each in self.panel.caveats}
        speaking = [guidelines[name] for name in dict.fromkeys(each.guideline for each in met)]
        together = "can go with" if self.register else "are consistent with"
        parts = [f"together the results {together} {listed(names)}"] if names else []
        if speaking:
            whose = listed([each.plain_name if self.register else each.name for each in speaking])
            parts.append(f"a limit is met of {whose}" if self.register else f"criteria are met of {whose}")
        return f"{_capital('; '.join(parts) or 'no finding and no criterion is met')}."

    def _patterns(self) -> list[Finding]:
        return [each for each in self.panel.findings if each.id != "incomplete-panel"]

    def _findings(self) -> Iterator[Block]:
        found = [each for each in self._patterns() if each.answered == "yes"]
        if found:
            yield Items(tuple((self._called(each), " ".join(self._finding(each))) for each in found))
        else:
            yield Paragraph("None of the patterns that were looked for is there.")
        yield from self._rest(self._patterns())

    def _called(self, rule: Finding | CriterionAnswer) -> str:
        return _capital(rule.plain_name if self.register and isinstance(rule, Finding) else rule.name)

    def _finding(self, each: Finding) -> Iterator[str]:
        yield f"{self._said(each)} {self.marks(each.sources)}."
        yield self._rests(each.rests_on)
        for words, said in (("For it", each.supports), ("Against it", each.against)):
            if said:
                yield f"{words}: {'; '.join(one.patient if self.register else one.clinician for one in said)}."
        if each.wants:
            yield f"Would complete the picture: {self.names(each.wants)}."
        if not self.register:
            yield f"Evidence: {each.grade.removesuffix('.')}."

    def _criteria(self) -> Iterator[Block]:
        met = [each for each in self.panel.criteria if each.answered == "yes"]
        if met:
            yield Items(tuple((self._called(each), " ".join(self._criterion(each))) for each in met))
        else:
            yield Paragraph("No criterion is met.")
        yield from self._rest(self.panel.criteria)
        speaking = {each.guideline for each in self.panel.criteria if each.answered in {"yes", "undecided"}}
        own = [each for each in self.panel.caveats if each.guideline in speaking]
        if own:
            yield Items(
                tuple((self._caveat_of(each), f"{self._said(each)} {self.marks(each.sources)}.") for each in own)
            )

    def _caveat_of(self, each: Caveat) -> str:
        if self.register:
            return f"{_capital(each.plain_name)} says of itself"
        return f"{each.name}, its own caveat"

    def _criterion(self, each: CriterionAnswer) -> Iterator[str]:
        yield f"{self._said(each)} {self.marks(each.sources)}."
        yield self._rests(each.rests_on)
        if not self.register:
            yield f"Grade: {each.grade.removesuffix('.')}."
            if each.edge:
                yield f"{each.edge.removesuffix('.')}."

    def _rest(self, rules: Sequence[Finding | CriterionAnswer]) -> Iterator[Block]:
        """What is open, what waits for a test, what is not there, and what is not for this patient."""
        items: list[tuple[str, str]] = []
        for each in rules:
            if each.answered == "undecided":
                waits = (
                    f"{listed([fact_words(fact, self.register) for fact in each.facts])} would settle it"
                    if each.facts
                    else ""
                )
                parts = [part for part in (waits, self._rests(each.rests_on).removesuffix(".")) if part]
                items.append(
                    (f"Undecided: {self._called(each)}", f"{_capital('; '.join(parts))} {self.marks(each.sources)}.")
                )
        waiting = [each for each in rules if each.answered == "missing"]
        if waiting:
            words = "; ".join(f"{self._called(each)} ({self.names(each.missing)})" for each in waiting)
            items.append(("Waiting for a test", f"{words}."))
        for answered, words in (("no", "Not met"), ("not-applicable", "Not made for this patient")):
            names = [self._called(each) for each in rules if each.answered == answered]
            items += [(words, f"{'; '.join(dict.fromkeys(names))}.")] if names else []
        if items:
            yield Items(tuple(items))

    def _said(self, rule: Finding | CriterionAnswer | Caveat) -> str:
        return (rule.said.patient if self.register else rule.said.clinician).removesuffix(".")

    def _rests(self, tests: Iterable[Evidence]) -> str:
        words = dict.fromkeys(self._test(each) for each in tests)
        return f"{'Your values' if self.register else 'It rests on'}: {'; '.join(words)}." if words else ""

    def _test(self, test: Evidence) -> str:
        """One test: `ferritin 38 ng/mL (<= 75 ng/mL)`; for a patient only the value."""
        unit = f" {test.reading.spoken}" if self.register else unit_words(test.unit)
        computed = ", computed" if test.derived else ""
        doubt = ", not to be relied on" if test.doubt else ""
        value = f"{self.name(test.marker)} {test.value}{unit}{computed}{doubt}"
        if self.register:
            return value
        holds = {True: "", False: "not ", None: "open: "}[test.holds]
        return f"{value} ({holds}{test.comparison})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _latest(answers: Iterable[Interpretation]) -> list[Interpretation]:
    """The answers without those that a later result of the same marker has overtaken."""
    days: dict[str, str] = {}
    every = list(answers)
    for it in every:
        days[it.marker] = max(days.get(it.marker, ""), _day(it))
    return [it for it in every if _day(it) in {"", days[it.marker]}]


def _day(it: Interpretation) -> str:
    return str(it.result.collected or "")[:10]
