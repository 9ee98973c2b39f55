"""What matters first in a panel: too much iron, where the results stand, and what they meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from rlslabs.answers import CriterionAnswer, Finding
from rlslabs.chart import Held, newest, same_collection
from rlslabs.evaluate import Evidence, passes
from rlslabs.facts import Position
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Cut
from rlslabs.model import Status
from rlslabs.review import is_doubted
from rlslabs.speech import Speaker, capital
from rlslabs.wording import listed, shown_value, unit_words, value_words

_Standing = Status | Literal["doubt", "open", "open-high", "open-low"]
_STATUSES: dict[_Standing, tuple[str, str]] = {
    "high": ("above the standard range", "higher than the laboratory's range"),
    "low": ("below the standard range", "lower than the laboratory's range"),
    "open-high": (
        "above the standard range, where the printed range has no usable limit",
        "higher than the usual range, where the range printed with your result has no useful limit",
    ),
    "open-low": (
        "below the standard range, where the printed range has no usable limit",
        "lower than the usual range, where the range printed with your result has no useful limit",
    ),
    "open": (
        "within a printed range that has no usable limit where the standard range may end",
        "inside a printed range that has no useful limit where the usual range may have one",
    ),
    "below-optimal": (
        "normal for a laboratory and below optimal for restless legs",
        "normal for a laboratory, but lower than what is best for restless legs",
    ),
    "above-optimal": (
        "normal for a laboratory and above optimal for restless legs",
        "normal for a laboratory, but higher than what is best for restless legs",
    ),
    "doubt": ("not to be relied on", "not to be relied on"),
    "undecided": ("undecided", "not certain"),
    "no-range": ("without a range", "without a range to compare with"),
    "optimal": ("within both ranges", "inside both ranges"),
}
_OPEN: dict[Position, _Standing] = {"above": "open-high", "below": "open-low"}


class Lead(Speaker):
    """The first sentences about a panel."""

    def sentences(self) -> Iterator[str]:
        """The sentences that matter first; too much iron before everything else."""
        yield from self._warnings()
        yield self._places()
        yield self._met()

    def _warnings(self) -> Iterator[str]:
        """What is said before everything else, where it holds or is open; and iron above what the blood can carry."""
        begin = "First of all"
        over = self.catalog.rules.limits.over if self.catalog.rules.limits else None
        issues = [issue for line in self.panel.lines for issue in line.remarks]
        issues += [each.issue for each in self.panel.derived if each.issue]
        if over is not None and any(issue.code == "saturation-over-100" for issue in issues):
            said = over.patient if self.plain else over.clinician
            yield f"First of all: {said.removesuffix('.')} {self.marks(over.sources)}."
            begin = "Also"
        rules: list[Finding | CriterionAnswer] = [*self.panel.criteria, *self.panel.findings]
        first = [each for each in rules if each.first and each.answered == "yes"]
        for each in first[:1]:
            yield self._warning(each, begin)
        for each in first[1:]:
            name = each.plain_name if self.plain and isinstance(each, Finding) else each.name
            yield f"Also: {name} {self.marks(each.sources)}."
        if not first:
            yield from (self._doubt(each, begin) for each in [each for each in rules if each.first and _near(each)][:1])

    def _warning(self, rule: Finding | CriterionAnswer, begin: str) -> str:
        tests = "; ".join(dict.fromkeys(self.test(each) for each in rule.rests_on if each.holds is not False))
        marks = self.marks(rule.sources)
        said = f": {self.said(rule)} {marks}." if self.plain else f", {rule.name} {marks}: {tests}."
        touched = {name for note in self.panel.sampling if not note.reassures for name in note.markers}
        if touched & {each.marker for each in rule.rests_on}:
            said += " What was declared of the sample qualifies that; see below."
        return f"{begin}{said}"

    def _doubt(self, rule: Finding | CriterionAnswer, begin: str) -> str:
        tests = "; ".join(dict.fromkeys(self.test(each) for each in rule.rests_on if each.holds is None))
        name = rule.plain_name if self.plain and isinstance(rule, Finding) else rule.name
        return f"{begin}, it is open whether this holds {self.marks(rule.sources)}: {name} ({tests})."

    def _places(self) -> str:
        """Where the newest results stand, the most urgent first; what is not relied on, and what was not judged."""
        by_status: dict[_Standing, list[str]] = {}
        for it, doubted in self._newest():
            name = it.plain_name if self.plain else f"{it.name} {value_words(it.reading)}"
            if any(it is each.interpretation for each in self.panel.derived):
                name = f"{self.name(it.marker)} {shown_value(it.reading)}{unit_words(it.reading.unit)}, computed"
            by_status.setdefault("doubt" if doubted else _standing(it), []).append(name)
        parts = [
            f"{words[self.register]}: {listed(list(dict.fromkeys(by_status[status])))}"
            for status, words in _STATUSES.items()
            if status in by_status
        ]
        refused = sum(line.issue is not None for line in self.panel.lines)
        parts += [f"not judged: {refused} of {len(self.panel.lines)}"] if refused else []
        return f"{capital('; '.join(parts))}." if parts else "There is no result to judge."

    def _newest(self) -> list[tuple[Interpretation, bool]]:
        """The newest judged result of each marker, printed or computed, and whether it is not to be relied on."""
        judged = [
            (line.interpretation, is_doubted(line, self.catalog)) for line in self.panel.lines if line.interpretation
        ]
        printed = [it for it, _ in judged]
        judged += [
            (each.interpretation, each.computed.doubt is not None or each.computed.estimated)
            for each in self.panel.derived
            if each.interpretation
            and not any(
                it.marker == each.interpretation.marker and same_collection(it.result, each.interpretation.result)
                for it in printed
            )
        ]
        by_marker: dict[str, list[Held]] = {}
        for it, _ in judged:
            by_marker.setdefault(it.marker, []).append(Held(it.marker, it.reading, it.result))
        last = {(each.marker, each.result) for held in by_marker.values() for each in newest(held)}
        return [(it, doubted) for it, doubted in judged if (it.marker, it.result) in last]

    def _met(self) -> str:
        """The names of what is met, without what was said first; or how much could be answered at all."""
        found = [each for each in self.patterns() if each.answered == "yes" and not each.first]
        met = [each for each in self.panel.criteria if each.answered == "yes" and not (each.first or each.ceiling)]
        names = [each.plain_name if self.plain else each.name for each in found]
        guidelines = {each.guideline: each for each in self.panel.caveats}
        speaking = [guidelines[name] for name in dict.fromkeys(each.guideline for each in met)]
        together = "can go with" if self.plain else "are consistent with"
        parts = [f"together the results {together} {listed(names)}"] if names else []
        if speaking:
            whose = listed([each.plain_name if self.plain else each.name for each in speaking])
            parts.append(f"a limit is met of {whose}" if self.plain else f"criteria are met of {whose}")
        return f"{capital('; '.join(parts) or unmet([*self.patterns(), *self.panel.criteria]))}."


def unmet(rules: Sequence[Finding | CriterionAnswer]) -> str:
    """That nothing is met, in no more words than were earned: what could not be answered is said."""
    counts: Counter[str] = Counter(each.answered for each in rules if not (each.first and each.answered == "yes"))
    open_ = [
        f"{counts[answered]} {words}"
        for answered, words in (("undecided", "undecided"), ("missing", "waiting for a test"))
        if counts[answered]
    ]
    again = any(each.first and each.answered == "yes" for each in rules)
    if not counts["no"] and again:
        return f"nothing else is met{f' ({listed(open_)})' if open_ else ''}"
    if not counts["no"]:
        why = f" ({listed(open_)})" if open_ else ""
        return f"no pattern and no guideline here could be answered for these results{why}"
    rest = f"; {listed(open_)}" if open_ else ""
    of = "the one rule" if counts["no"] == 1 else f"the {counts['no']} rules"
    return f"nothing {'else ' if again else ''}is met of {of} that could be answered{rest}"


def _near(rule: Finding | CriterionAnswer) -> bool:
    return rule.answered == "undecided" and any(map(reaches, rule.rests_on))


def reaches(test: Evidence) -> bool:
    """Whether a test is open for a value that may reach its limit; a doubted value that lies below it is none."""
    at = Cut(test.low, test.high, test.low_out, test.high_out)
    return test.holds is None and passes(test.reading, at, test.standard, test.position) is not False


def _standing(it: Interpretation) -> _Standing:
    """Its status; where half a printed range holds it, the set's place."""
    if not it.open_sided:
        return it.status
    return _OPEN.get(it.standing, "open")
