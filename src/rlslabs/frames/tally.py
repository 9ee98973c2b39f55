"""What a scored table holds, counted: by marker, status, issue and unit; and what could be mended, commonest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rlslabs.errors import FrameError, LabsError, shown
from rlslabs.facts import Frozen

_NOTICES = {
    "unusual-value": "The value is plausible and rare enough to be checked.",
    "fraction-assumed": "A saturation without a unit was read as a fraction.",
    "percent-assumed": "A saturation without a unit was read as a percentage.",
    "percent-below-one": "A saturation in percent is below 1 and may be a fraction.",
    "approximate-conversion": "Limits were converted by a molar mass on which laboratories differ.",
    "partial-analyte": "The name or code stands for a part of the analyte.",
    "range-unit-assumed": "The printed range names no unit and was read in the one that its size tells.",
    "range-open-side": "The printed range is open on a side on which the set of ranges does not hold the value.",
    "unreliable-beside-ferritin": "A ferritin of the sample is so high that this result is not to be relied on.",
    "discordant-saturation": "A printed and a computed saturation of one sample disagree.",
    "saturation-over-100": "A saturation is above 100 %.",
    "too-many-of-one-collection": "There are so many results of one test in one collection that none is computed with.",
}
_NOT_TO_BE_MENDED = {"missing-value", "approximate-conversion", "partial-analyte", "saturation-over-100"}
_COMMONEST = 10
_OF_A_NAME = ("unknown-marker", "another-analyte", "code-check-digit", "code-mangled")
_OF_A_UNIT = ("unknown-unit", "missing-unit", "ambiguous-unit", "unit-conflict", "code-unit-mismatch")
_OF_A_SIZE = ("implausible-value", "unusual-value", "range-implausible", "range-unit-unknown", "range-unit-assumed")
_HANGS_ON = {**dict.fromkeys(_OF_A_NAME, (True, False)), **dict.fromkeys((*_OF_A_UNIT, *_OF_A_SIZE), (True, True))}
"""The problems that are of one marker, or of one marker in one unit; all others are counted in one."""


def words(code: str) -> str:
    """What a code of an issue means, in a sentence.

    Raises:
        FrameError: There is no such code.
    """
    if code not in _WORDS:
        happened = f"The code {shown(code)} is none that score gives"
        raise FrameError(happened, "give a table as score gave it back", code[:80])
    return _WORDS[code]


def _refusals(kind: type[LabsError]) -> dict[str, str]:
    found = {kind.code: str(kind.__doc__).partition("\n")[0]} if "code" in vars(kind) else {}
    for each in kind.__subclasses__():
        found |= _refusals(each)
    return found


_WORDS = {**_refusals(LabsError), **_NOTICES}


class Problem(Frozen):
    """A problem that could be mended, where it stands, in how many rows, and what it means."""

    code: str
    marker: str | None
    unit: str | None
    rows: int
    words: str


class Summary(Frozen):
    """A scored table, counted; each count is largest first, and `None` stands for nothing.

    `fixable` are the ten commonest problems that could be mended, such as a unit that no laboratory uses: first those
    for which rows were refused, then those of rows that were judged. `unlisted` says how many more kinds there are.
    """

    rows: int
    by_marker: dict[str | None, int]
    by_status: dict[str | None, int]
    by_issue: dict[str | None, int]
    by_unit: dict[str | None, int]
    fixable: tuple[Problem, ...]
    unlisted: int = 0

    def __str__(self) -> str:
        lines = [f"{self.rows:,} rows"]
        for title in ("marker", "status", "issue", "unit"):
            lines += [f"by {title}:"]
            lines += [f"  {count:>12,}  {_shown(name)}" for name, count in getattr(self, f"by_{title}").items()]
        for title, judged in (("refused and to be mended", False), ("judged and to be looked at", True)):
            these = [each for each in self.fixable if (each.code in _NOTICES) is judged]
            lines += [f"{title}, commonest first:"] if these else []
            for each in these:
                where = " ".join(f'"{part}"' for part in (each.marker, each.unit) if part)
                lines.append(f"  {each.rows:>12,}  {each.code} {where}: {each.words}")
        lines += [f"and {self.unlisted:,} more kinds"] if self.unlisted else []
        return "\n".join(lines)


def _shown(name: str | None) -> str:
    """What was counted; a text without letters is another thing than none."""
    return "(none)" if name is None else name if name.strip() else "(empty text)"


class Group(NamedTuple):
    """Rows that are alike: the marker and unit as written, what they were told, and how many they are."""

    rows: int
    issue: str | None
    status: str | None = None
    marker: str | None = None
    unit: str | None = None


def summed(groups: Iterable[Group]) -> Summary:
    """The summary of groups of rows."""
    every = [*groups]
    counts: dict[str, Counter[str | None]] = {name: Counter() for name in ("marker", "unit", "status", "issue")}
    problems: Counter[tuple[str, str | None, str | None]] = Counter()
    for each in every:
        for name, counter in counts.items():
            counter[getattr(each, name)] += each.rows
        if each.issue is not None and each.issue not in _NOT_TO_BE_MENDED:
            problems[_problem(each.issue, each)] += each.rows
    ordered = {f"by_{name}": _largest_first(counter) for name, counter in counts.items()}
    ranked = sorted(problems.items(), key=lambda one: (one[0][0] in _NOTICES, -one[1], [part or "" for part in one[0]]))
    fixable = tuple(
        Problem(code=code, marker=marker, unit=unit, rows=rows, words=words(code))
        for (code, marker, unit), rows in ranked[:_COMMONEST]
    )
    return Summary(
        rows=sum(each.rows for each in every), fixable=fixable, unlisted=len(ranked) - len(fixable), **ordered
    )


def _problem(code: str, group: Group) -> tuple[str, str | None, str | None]:
    """A kind of problem: by marker and unit where it hangs on them, so that the commonest are not told in pieces."""
    marker, unit = _HANGS_ON.get(code, (False, False))
    return code, group.marker if marker else None, group.unit if unit else None


def _largest_first(counter: Mapping[str | None, int]) -> dict[str | None, int]:
    return dict(sorted(counter.items(), key=lambda one: (-one[1], one[0] or "")))
