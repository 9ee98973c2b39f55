"""The results of each marker over time, in sentences: how far they moved, and whether by more than variation."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rlslabs.speech import Speaker
from rlslabs.step import Hindrance, Step
from rlslabs.trend import Trend
from rlslabs.wording import far_words, listed, show, shown_value, unit_value

_MOVES = {
    "reached": ("It reached the optimal range.", "It is now in the range that is best for restless legs."),
    "left": ("It left the optimal range.", "It is no longer in the range that is best for restless legs."),
    "inside": ("Both are within the optimal range.", "Both are in the range that is best for restless legs."),
    "nearer": ("It moved towards the optimal range.", "It came nearer to the range that is best for restless legs."),
    "further": ("It moved away from the optimal range.", "It went away from the range that is best for restless legs."),
    "crossed": (
        "It crossed the optimal range to its other side.",
        "It passed the range that is best for restless legs.",
    ),
    "level": ("Its distance to the optimal range is the same.", "It is as far as before from the best range."),
    "undecided": ("", ""),
    "no-range": ("", ""),
}
_HINDRANCES: dict[Hindrance, str] = {
    "same-collection": "they are of the same collection",
    "collection-time": "it is not known which came first",
    "approximate-conversion": "their units convert only by an approximate molar mass",
    "method": "they were measured by different methods",
    "specimen": "they were measured in different specimens",
    "analyte": "one of them counts only a part of the analyte",
    "doubt": "one of them is not to be relied on",
    "sampling": "what was declared of their samples differs",
}


class Course(Speaker):
    """What changed over time, for one audience."""

    def items(self) -> Iterator[tuple[str, str]]:
        """The name of a marker with each of its steps, and with how many of its results have no date."""
        for trend in self.panel.trends:
            yield from self._trend(trend)

    def _trend(self, trend: Trend) -> Iterator[tuple[str, str]]:
        name = trend.plain_name if self.plain else trend.name
        steps = [*trend.steps, *([trend.whole] if trend.whole else [])]
        for step in steps:
            yield name, " ".join(self._step(trend, step))
        if trend.undated:
            more = "1 more result has" if trend.undated == 1 else f"{trend.undated} more results have"
            yield name, f"{more} no date of collection, and so no place in time."

    def _step(self, trend: Trend, step: Step) -> Iterator[str]:
        """A step in sentences: how far, whether more than variation, and what it means for the optimal range."""
        one, two = step.earlier, step.later
        dates = [str(each.result.collected)[:10] for each in (one, two)]
        first, second = (f"{shown_value(each.reading)}{unit_value(each.reading.unit)}" for each in (one, two))
        begin = "From the first to the last: " if step is trend.whole else ""
        yield f"{begin}{first} ({dates[0]}), then {second} ({dates[1]})."
        if step.hindrances:
            yield f"The two are not compared: {listed([_HINDRANCES[each] for each in step.hindrances])}."
            return
        yield from self._size(trend, step)
        if step.answered != "changed" and step.move in {"reached", "left", "crossed"}:
            yield "The two lie on different sides of a limit of the optimal range, which chance alone can do."
        elif (step.answered == "changed" or step.move in {"inside", "level"}) and _MOVES[step.move][self.register]:
            yield _MOVES[step.move][self.register]
        for aim in step.aims if step.answered == "changed" else ():
            if aim.later == "within":
                words = aim.plain_name if self.plain else aim.name
                yield f"It is {'still' if aim.earlier == 'within' else 'now'} {words} {self.marks(aim.sources)}."
        if step.unstated and not self.plain:
            yield f"Assumed: the same {listed(list(step.unstated))}, because not both results name one."

    def _size(self, trend: Trend, step: Step) -> Iterator[str]:
        variation, far = trend.variation, ""
        if step.difference is not None:
            percent = "" if step.percent is None else f", {_signed(step.percent)} %"
            far = f" ({_signed(step.difference)}{far_words(step.later.reading.unit)}{percent})"
        if variation is None:
            yield f"No reference change value is known for it{far}."
            return
        marks = self.marks([variation.source])
        by = f"{variation.rcv:f} % {marks}"
        if step.answered == "changed":
            yield f"It {step.direction} by more than chance explains{far}: the reference change value is {by}."
        elif step.answered == "within-variation":
            yield f"No change is shown{far}: two results differ by up to {by} by chance."
        else:
            yield f"Whether that is more than chance, which is {by}, the values leave open{far}."
        if variation.note and not self.plain:
            yield f"Of that value: {variation.note}"


def _signed(number: Decimal) -> str:
    return f"{'+' if number > 0 else '-' if number < 0 else ''}{show(abs(number))}"
