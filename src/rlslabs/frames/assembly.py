"""Wide tables with findings: stretch by stretch, each person's results read together, the odd ones one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.answers import Panel
from rlslabs.chart import TIBC, TSAT
from rlslabs.cohort import Who, who
from rlslabs.errors import FrameError, LabsError, shown
from rlslabs.frames.dims import Dim, crossed, spread
from rlslabs.frames.fields import ALWAYS, CODES, EVERY, Field
from rlslabs.frames.matrix import ANSWERS, Measured, People, bands
from rlslabs.frames.people import age_edges, read_people
from rlslabs.frames.rows import Fixed, Values
from rlslabs.frames.together import Together, read_together, rules_of
from rlslabs.frames.verdict import NO_FACTS, Asked, Choice, patient_of
from rlslabs.frames.wide import Column, judge_columns, refuse_twice
from rlslabs.panel import interpret_panel
from rlslabs.population import EVERY_AGE, band_span, read_collected
from rlslabs.reported import LabResult, Patient

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRETCH = 1 << 17
_SWAPPED = CODES.index("another-analyte")
_AFTER_THE_PATIENT = [CODES.index(code) for code in ("unusual-value", "partial-analyte", "implausible-value")]
"""What is said of a value whose patient is known."""
_NOBODY = Who(("female", "male"), EVERY_AGE, (False,), adult_assumed=True)


def judge_people(
    table: nw.DataFrame[Any],
    columns: Sequence[Column],
    named: Mapping[str, str],
    fields: tuple[Field, ...],
    choice: Choice,
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The verdicts on every column, and what the results of each person say together.

    Raises:
        FrameError: Two columns hold the same analyte.
    """
    analytes = [each.analyte for each in columns]
    twice = [each for each in columns if analytes.count(each.analyte) > 1]
    if twice:
        happened = f"The columns {' and '.join(shown(each.name) for each in twice)} hold the same analyte"
        raise FrameError(happened, "leave one of them out where findings are wanted", twice[0].analyte, twice[0].name)
    rules = rules_of(choice).values()
    asked = [
        band_span(band) for rule in rules for condition in (rule.applies_to, rule.when) for band in bands(condition)
    ]
    people = read_people(table, named, age_edges(choice, *asked), every_day=True)
    judged, categories, cells = judge_columns(table, columns, people, fields, choice)
    found = {name: spread(column) for name, column in judged.items()}
    everybody = _Everybody(columns, cells, people, len(table), choice)
    for low in range(0, max(len(table), 1), STRETCH):
        everybody.read(found, low, min(low + STRETCH, len(table)))
    more, theirs = everybody.found()
    refuse_twice([*found, *more])
    for name in [name for name in categories if name.endswith("_issues")]:
        everybody.refuse_in(found, categories, name)
    return {**found, **more}, {**categories, **theirs}


class _Everybody:
    """The answers of all people of a table, filled stretch by stretch."""

    def __init__(
        self, columns: Sequence[Column], cells: Mapping[str, Values], people: Sequence[Dim], count: int, choice: Choice
    ) -> None:
        self._columns, self._cells, self._people, self._choice = columns, cells, people, choice
        whole = crossed([*people]) if people else Dim((), np.zeros(count, np.int8), [()])
        self._facts = [dict(zip(whole.names, each, strict=True)) for each in whole.facts]
        self._codes = whole.codes
        self._patients = [_patient(each) for each in self._facts]
        self._known = np.array([each is not None for each in self._patients], np.bool_)
        self._contradicted = np.full(len(self._facts), -1, np.int8)
        self._by_now = [self._person_by_now(place) for place in range(len(self._facts))]
        self._at_collection = [self._person(place) for place in range(len(self._facts))]
        self._answers = {name: np.full(count, -1, np.int8) for name in rules_of(choice)}
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self._coded: dict[str, NDArray[np.int8]] = {}
        self._swapped = np.zeros(count, np.bool_)
        for marker in (TSAT, TIBC):
            if marker == TIBC and "uibc" not in {each.analyte for each in columns}:
                continue
            self._numbers[f"derived_{marker}"] = np.full(count, np.nan)
            self._coded |= {f"derived_{marker}_{each.name}": np.full(count, -1, np.int8) for each in ALWAYS}
        limits = choice.catalog.rules.limits
        self._remarked = set() if limits is None else {limits.unreliable.marker, *limits.unreliable.affects, TSAT}
        for each in columns:
            if each.analyte in self._remarked:
                self._coded[f"{each.name}_remark"] = np.full(count, -1, np.int8)

    def _person_by_now(self, place: int) -> Who:
        patient = self._patients[place]
        try:
            if patient is not None:
                return who(patient, None, strict=self._choice.strict)[0]
        except LabsError:
            self._known[place] = False
        return _NOBODY

    def _person(self, place: int) -> Who:
        """The person at the collection; where that contradicts the birth, all results are refused, and it is by now."""
        patient = self._patients[place]
        if patient is None or not self._known[place]:
            return _NOBODY
        try:
            collected = read_collected(self._facts[place].get("collected"))
        except LabsError:
            self._known[place] = False
            return _NOBODY
        try:
            return who(patient, collected, strict=self._choice.strict)[0]
        except LabsError as error:
            self._contradicted[place] = CODES.index(error.code)
            return self._by_now[place]

    def found(self) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """The new columns, and the categories of their codes."""
        categories = {name: [*ANSWERS] for name in self._answers}
        kinds = {each.name: [*(each.categories or ())] for each in ALWAYS}
        categories |= {name: kinds.get(name.rpartition("_")[2], [*CODES]) for name in self._coded}
        return {**self._numbers, **self._coded, **self._answers}, categories

    def read(self, found: dict[str, Any], low: int, high: int) -> None:
        """Read the people of a stretch together; their swapped tests are refused in `found`."""
        here = slice(low, high)
        self._refuse_contradicted(found, here)
        measured = {each.analyte: self._measured(each, found, here) for each in self._columns}
        codes = self._codes[here]
        there = People.of(self._at_collection, codes)
        persons = (there, there if self._at_collection == self._by_now else People.of(self._by_now, codes))
        dims = [Dim(each.names, each.codes[here], each.facts) for each in self._people]
        said = read_together(measured, dims, persons, self._choice)
        known = self._known[codes]
        self._write_all(said, known, here)
        for each in self._columns:
            if each.analyte in said.remarks:
                self._coded[f"{each.name}_remark"][here] = said.remarks[each.analyte]
        odd = said.odd | np.logical_or.reduce([self._is_odd(each, found, here) for each in self._columns])
        for row in (low + np.flatnonzero(odd & known)).tolist():
            self._read_one(row)
        rows = low + np.flatnonzero(self._swapped[here])
        for each in self._columns:
            if each.analyte == TIBC and rows.size:
                _refuse(found, each.name, rows)

    def _write_all(self, said: Together, known: NDArray[np.bool_], here: slice) -> None:
        """Write what was read of many people together; nothing of those who are not known."""
        for name, answers in said.answers.items():
            self._answers[name][here] = np.where(known, answers, -1)
        for marker, computed in said.computed.items():
            if f"derived_{marker}" in self._numbers:
                self._numbers[f"derived_{marker}"][here] = np.where(known, computed.value, np.nan)
                for field, verdicts in computed.verdicts.items():
                    self._coded[f"derived_{marker}_{field}"][here] = np.where(known, verdicts, -1)

    def _refuse_contradicted(self, found: Mapping[str, Any], here: slice) -> None:
        """Refuse context of people whose dates contradict; what cannot be read at all is refused for that before."""
        contradicted = self._contradicted[self._codes[here]]
        for each in self._columns:
            if each.context:
                issue = found[f"{each.name}_issue"][here]
                read = (issue < 0) | np.isin(issue, _AFTER_THE_PATIENT)
                np.copyto(issue, contradicted, where=read & (contradicted >= 0))

    def _measured(self, column: Column, found: Mapping[str, Any], here: slice) -> Measured:
        values = self._cells[column.name]
        number = values.number[here] if values.codes is None else values.number[values.codes[here]]
        nothing = np.zeros(len(number), np.bool_)
        if not column.context:
            standard = found[f"{column.name}_standard"][here]
            return Measured(column.ucum, number, (standard >= 0) & ~np.isnan(number), standard, nothing)
        issue = found[f"{column.name}_issue"][here]
        judged = (issue < 0) | (issue == CODES.index("unusual-value")) | (issue == CODES.index("partial-analyte"))
        standard = np.full(len(number), -1, np.int8)
        return Measured(column.ucum, number, judged & ~np.isnan(number), standard, nothing)

    def _is_odd(self, column: Column, found: Mapping[str, Any], here: slice) -> NDArray[np.bool_]:
        """Whose cell is read, and is no plain number."""
        values = self._cells[column.name]
        if values.codes is None or values.form_of is None:
            return np.zeros(here.stop - here.start, np.bool_)
        written = values.form_of[values.codes[here]] > 0
        read = found[f"{column.name}_issue" if column.context else f"{column.name}_standard"][here]
        return np.asarray(written & ((read >= 0) | column.context))

    def _read_one(self, row: int) -> None:
        """Read the results of one person by `interpret_panel`."""
        place = int(self._codes[row])
        patient = self._patients[place]
        collected = self._facts[place].get("collected")
        results: list[LabResult] = []
        for each in self._columns:
            text, value = _cell(self._cells[each.name], row)
            facts = {**NO_FACTS, "marker": each.written, "unit": each.unit, "collected": read_collected(collected)}
            given = {"value": value, "text": text, "decimal_mark": self._choice.decimal_mark}
            results.append(LabResult.trusted({**facts, **given}))
        choice = self._choice
        sets: dict[str, Any] = {"standard": choice.standard, "optimal": choice.optimal}
        panel = interpret_panel(results, patient, strict=choice.strict, catalog=choice.catalog, **sets)
        self._write(panel, row)

    def _write(self, panel: Panel, row: int) -> None:
        for finding in panel.findings:
            if f"finding_{finding.id}" in self._answers:  # that a panel is incomplete is said of no person
                self._answers[f"finding_{finding.id}"][row] = ANSWERS.index(finding.answered)
        for criterion in panel.criteria:
            self._answers[f"criterion_{criterion.guideline}_{criterion.id}"][row] = ANSWERS.index(criterion.answered)
        for name in self._numbers:
            self._numbers[name][row] = np.nan
            for field in ALWAYS:
                self._coded[f"{name}_{field.name}"][row] = -1
        self._write_derived(panel, row)
        for line, column in zip(panel.lines, self._columns, strict=True):
            if column.analyte in self._remarked:
                code = CODES.index(line.remarks[0].code) if line.remarks else -1
                self._coded[f"{column.name}_remark"][row] = code
            if column.analyte == TIBC:
                self._swapped[row] = line.issue is not None and line.issue.code == CODES[_SWAPPED]

    def _write_derived(self, panel: Panel, row: int) -> None:
        for derived in panel.derived:
            name = f"derived_{derived.computed.result.marker}"
            if name not in self._numbers:  # a rule of one's own computes it, and there is no column for it
                continue
            value = derived.computed.result.value
            self._numbers[name][row] = np.nan if value is None else float(value)
            it, issue = derived.interpretation, derived.issue
            if it is not None:
                issue = issue or (it.issues[0] if it.issues else None)
                said = {"standard": it.standard.position, "optimal": it.optimal.position, "status": it.status}
                for field in ALWAYS[:3]:
                    self._coded[f"{name}_{field.name}"][row] = (field.categories or ()).index(said[field.name])
            self._coded[f"{name}_issue"][row] = -1 if issue is None else CODES.index(issue.code)

    def refuse_in(self, found: dict[str, Any], categories: dict[str, list[str]], name: str) -> None:
        """Name the refusal of swapped tests where all issues of a column are listed."""
        for each in self._columns:
            if each.analyte == TIBC and name == f"{each.name}_issues" and self._swapped.any():
                found[name][self._swapped] = len(categories[name])
                categories[name].append(CODES[_SWAPPED])


def _refuse(found: dict[str, Any], column: str, rows: NDArray[Any]) -> None:
    """Take back every verdict on a column in these rows: it holds another analyte."""
    for name in (f"{column}_{field}" for field in EVERY):
        if name in found:
            found[name][rows] = np.nan if found[name].dtype.kind == "f" else -1
    found[f"{column}_issue"][rows] = _SWAPPED


def _cell(values: Values, row: int) -> tuple[str | None, Decimal | None]:
    """A cell as text, or as a number."""
    if values.codes is None or values.cells is None or values.form_of is None:
        number = values.number[row]
        return None, None if np.isnan(number) else Decimal(repr(float(number)))
    code = int(values.codes[row])
    cell = values.cells[code]
    if isinstance(cell, str):
        return cell, None
    form = values.forms[values.form_of[code]]
    plain = not isinstance(form, Fixed) and not np.isnan(values.number[code])
    return None, Decimal(repr(float(values.number[code]))) if plain else None


def _patient(facts: Mapping[str, object]) -> Patient | None:
    """The patient of these facts, or `None` where they cannot be read; then every result says why."""
    try:
        return patient_of(Asked(**facts))
    except LabsError:
        return None
