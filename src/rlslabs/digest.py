"""A panel in words: what matters first, then findings and guideline criteria, for a clinician or for a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlslabs.answers import Caveat, CriterionAnswer, Finding
from rlslabs.layout import Block, Heading, Items, Paragraph
from rlslabs.lead import Lead, unmet
from rlslabs.speech import Speaker, capital
from rlslabs.wording import assumed_words

_HEADINGS = {
    "lead": ("What matters first", "What matters first"),
    "findings": ("Findings", "What the results together can go with"),
    "criteria": ("Guideline criteria", "What guidelines for restless legs say"),
}
_PLAIN = 1


class Digest(Speaker):
    """What matters first, the findings, and the criteria of guidelines."""

    def blocks(self) -> Iterator[Block]:
        """What matters first, the findings, and the criteria of guidelines."""
        yield self.heading("lead")
        yield Paragraph(" ".join(Lead(self.panel, self.audience, self.catalog, self.marks).sentences()))
        if self.panel.assumptions:
            words = [assumed_words(each, self.register) for each in self.panel.assumptions]
            yield Paragraph(" ".join(words) if self.plain else f"Assumed: {'; '.join(words)}.")
        yield self.heading("findings")
        yield from self._findings()
        yield self.heading("criteria")
        yield from self._criteria()

    def heading(self, key: str) -> Heading:
        """A heading in the words of the audience."""
        return Heading(_HEADINGS[key][self.register])

    def _findings(self) -> Iterator[Block]:
        found = [each for each in self.patterns() if each.answered == "yes"]
        if found:
            yield Items(tuple((self._called(each), " ".join(self._finding(each))) for each in found))
        else:
            yield Paragraph(f"{capital(unmet(self.patterns()))}.")
        yield from self._rest(self.patterns())

    def _called(self, rule: Finding | CriterionAnswer) -> str:
        if self.plain and isinstance(rule, CriterionAnswer):
            return f"{capital(rule.plain_name)}: {rule.name.partition(': ')[2]}"
        return capital(rule.plain_name if self.plain else rule.name)

    def _finding(self, each: Finding) -> Iterator[str]:
        yield f"{self.said(each)} {self.marks(each.sources)}."
        yield self.rests(each.rests_on)
        for words, said in (("For it", each.supports), ("Against it", each.against)):
            if said:
                yield f"{words}: {'; '.join(one.patient if self.plain else one.clinician for one in said)}."
        if each.wants:
            yield f"Would complete the picture: {self.names(each.wants)}."
        if not self.plain:
            yield f"Evidence: {each.grade.removesuffix('.')}."

    def _criteria(self) -> Iterator[Block]:
        met = [each for each in self.panel.criteria if each.answered == "yes"]
        if met:
            yield Items(tuple((self._called(each), " ".join(self._criterion(each))) for each in met))
        else:
            yield Paragraph(f"{capital(unmet(self.panel.criteria))}.")
        yield from self._rest(self.panel.criteria)
        speaking = {each.guideline for each in self.panel.criteria if each.answered in {"yes", "undecided"}}
        own = [each for each in self.panel.caveats if each.guideline in speaking]
        if own:
            yield Items(
                tuple((self._caveat_of(each), f"{self.said(each)} {self.marks(each.sources)}.") for each in own)
            )

    def _caveat_of(self, each: Caveat) -> str:
        if self.plain:
            return f"{capital(each.plain_name)} says of itself"
        return f"{each.name}, its own caveat"

    def _criterion(self, each: CriterionAnswer) -> Iterator[str]:
        yield f"{self.said(each)} {self.marks(each.sources)}."
        yield self.rests(each.rests_on)
        if not self.plain:
            yield f"Grade: {each.grade.removesuffix('.')}."
            if each.edge:
                yield f"{each.edge.removesuffix('.')}."

    def _rest(self, rules: Sequence[Finding | CriterionAnswer]) -> Iterator[Block]:
        """What is open, what waits for a test, what is not there, and what is not for this patient."""
        items: list[tuple[str, str]] = []
        for each in rules:
            if each.answered == "undecided":
                parts = (self.waits(each), self.rests(each.rests_on).removesuffix("."))
                why = ". ".join(part for part in parts if part)
                items.append((f"Undecided: {self._called(each)}", f"{why} {self.marks(each.sources)}."))
        waiting = [each for each in rules if each.answered == "missing"]
        if waiting:
            words = "; ".join(f"{self._called(each)} ({self.names(each.missing)})" for each in waiting)
            items.append(("Waiting for a test", f"{words}."))
        for answered, words in (
            ("no", "Not met, which excludes nothing"),
            ("not-applicable", "Not made for this patient"),
        ):
            names = [self._called(each) for each in rules if each.answered == answered]
            items += [(words, f"{'; '.join(dict.fromkeys(names))}.")] if names else []
        if items:
            yield Items(tuple(items))
