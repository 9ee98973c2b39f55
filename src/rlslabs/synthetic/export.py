"""A synthetic cohort written out: the export, and beside it the truth of every row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import tee
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import SampleError, shown
from rlslabs.synthetic.flat import facts_of_numbers, is_number, write_csv, write_parquet
from rlslabs.synthetic.groups import PEOPLE
from rlslabs.synthetic.mess import FIELDS, MESS, Clean, Mess, Wanted, clean, messed
from rlslabs.synthetic.omop import BLANKS, facts_of_measurement, write_omop
from rlslabs.synthetic.people import Drawn, draw_cohort
from rlslabs.synthetic.truth import facts_of, truth_of
from rlslabs.synthetic.wire import REFUSED, facts_of_observation, facts_of_segment, places, write_fhir, write_hl7v2

Pair = tuple[Mess, Drawn]
Rows = Iterator[tuple[Mess, Drawn, Clean]]


class Format(NamedTuple):
    """A form of export: how it is written, row by row, its files, and what each row says in it.

    `files` are those of a folder, none where it is one file; `ending` tells the form by the name of the file; `blanks`
    can be left empty in a row; `where` says where each row stands, for a form whose rows have no number of their own;
    `refused` are the codes of refusals that are others in this form than in a call of `interpret`. `of_text` is how it
    is written, and what a row says, where a value of the cohort is no plain number.
    """

    write: Callable[[Path, Iterator[Pair]], list[Path]]
    said: Callable[[dict[str, str], Drawn], dict[str, Any]] = lambda row, _: facts_of(row)
    files: tuple[str, ...] = ()
    ending: str = ""
    blanks: tuple[str, ...] = FIELDS
    where: Callable[[Iterator[Pair]], Iterator[dict[str, int]]] = lambda rows: ({} for _ in rows)
    refused: Mapping[str, str] = MappingProxyType({})
    of_text: Format | None = None


FORMATS = {
    "csv": Format(write_csv, ending=".csv"),
    "parquet": Format(
        write_parquet, facts_of_numbers, ending=".parquet", of_text=Format(partial(write_parquet, numbers=False))
    ),
    "fhir": Format(
        write_fhir,
        facts_of_observation,
        ("Patient.ndjson", "Observation.ndjson"),
        blanks=("value", "unit", "collected"),
        refused=REFUSED,
    ),
    "hl7v2": Format(write_hl7v2, facts_of_segment, ending=".hl7", where=places),
    "omop": Format(write_omop, facts_of_measurement, ("person.csv", "measurement.csv"), blanks=BLANKS),
}
"""What a cohort can be written as."""

_TRUTH = "truth.jsonl"
_ROWS = "rows"
"""Counted beside the kinds of mess."""

_AS_TEXT = ("comparators", "commas")
"""The kinds of mess that leave no plain number."""


class Sample(NamedTuple):
    """What was written: the files, the truth last; how many rows; and how many of them each kind of mess befell."""

    files: tuple[Path, ...]
    rows: int
    done: Counter[str]


def format_of(out: Path, asked: str | None) -> str:
    """The form that is asked for, or that the ending of the file says.

    Raises:
        SampleError: The ending says none, or another one than is asked for.
    """
    told = {each.ending: name for name, each in FORMATS.items() if each.ending}.get(out.suffix.casefold())
    if asked is None and told is None:
        happened = f"The ending of {shown(out.name)} does not say in which form to write"
        raise SampleError(happened, f"add --format, one of {', '.join(FORMATS)}, or end it in .csv, .parquet or .hl7")
    if asked is not None and told not in {None, asked}:
        happened = f"{shown(out.name)} ends as {told}, and {asked} is asked for"
        raise SampleError(happened, "leave --format out, or name another file")
    return asked or str(told)


def write_sample(
    out: Path,
    *,
    patients: int,
    seed: int,
    format_: str = "csv",
    rates: Mapping[str, float] | None = None,
    people: str = "adults",
    printed: bool = False,
) -> Sample:
    """Write a cohort and its truth, row by row: however many people there are, they take no more memory.

    The truth says of each row what it was before anything was done to it, what was done, and what a program should
    answer about the row as it stands in this form.

    Args:
        out: The file to write; for `omop` a folder with `person.csv` and `measurement.csv`, for `fhir` one with
            `Patient.ndjson` and `Observation.ndjson`.
        patients: How many people.
        seed: What the cohort is drawn from; the same seed gives the same files, on whatever day.
        format_: One of `FORMATS`.
        rates: How often each kind of mess happens to a row, from 0 to 1, by the names in `MESS`.
        people: `adults` of the ordinary shape, or `all` groups: children, pregnant women, and people whose results
            are far from ordinary.
        printed: Print the standard range of the person beside each result, where there is exactly one.

    Raises:
        MissingExtraError: The format is `parquet`, and pyarrow is not installed.
        SampleError: There is no such format, kind of mess or people, a rate is none, or nobody is asked for; or the
            output is a folder with other files in it, or a folder in place of a file, or the reverse.
    """
    rates = {} if rates is None else rates
    _check_asked(patients, rates, format_, people)
    form = FORMATS[format_]
    _check_room(out, form)
    catalog = builtin()
    wanted = Wanted(rates, printed, people == "all", form.blanks)
    truth = out / _TRUTH if form.files else out.with_name(f"{out.name}.{_TRUTH}")
    if form.of_text and any(rates.get(kind) for kind in _AS_TEXT):
        rows = _rows(draw_cohort(patients, seed, people), seed, wanted, catalog)
        form = form if all(is_number(mess) for mess, *_ in rows) else form.of_text
    done = Counter[str]()
    rows = _rows(draw_cohort(patients, seed, people), seed, wanted, catalog)
    files = form.write(out, _told(rows, truth, form, catalog, done))
    return Sample((*files, truth), done.pop(_ROWS), done)


def _told(rows: Rows, truth: Path, form: Format, catalog: Catalog, done: Counter[str]) -> Iterator[Pair]:
    """Each row, after the line of its truth was written, and it and what was done to it were counted."""
    rows, again = tee(rows)
    where = form.where((mess, drawn) for mess, drawn, _ in again)
    with truth.open("w", encoding="utf-8") as file:
        for (mess, drawn, made), place in zip(rows, where, strict=True):
            said = form.said(mess.row, drawn)
            line = {**truth_of(mess, drawn, made, said, refused=form.refused, catalog=catalog), **place}
            file.write(f"{json.dumps(line)}\n")
            done.update([_ROWS, *(each.partition(":")[0] for each in mess.done)])
            yield mess, drawn


def _check_asked(patients: int, rates: Mapping[str, float], format_: str, people: str) -> None:
    """Refuse what cannot be drawn."""
    named = [("format", format_, [*FORMATS]), ("group of people", people, [*PEOPLE])]
    named += [("kind of mess", each, [*MESS]) for each in rates]
    for what, each, known in named:
        if each not in known:
            happened = f"No {what} is called {shown(each)}"
            raise SampleError(happened, f"choose from: {', '.join(known)}", str(each)[:80])
    for kind, rate in rates.items():
        if not 0 <= rate <= 1:
            happened = f"The rate of {kind} is {shown(rate)}"
            raise SampleError(happened, "give a rate from 0 to 1", str(rate)[:80])
    if patients < 1:
        happened = f"A cohort of {shown(patients)} people is asked for"
        raise SampleError(happened, "ask for one person or more", str(patients)[:80])


def _check_room(out: Path, form: Format) -> None:
    """Refuse to write among files that are not of a cohort, and a file where a folder is, or the reverse."""
    if not out.name:
        happened = "The output has no name"
        raise SampleError(happened, "name a file, or for a form of several files a folder")
    if not form.files and out.is_dir():
        happened = f"{shown(out.name)} is a folder"
        raise SampleError(happened, "name a file in it")
    if form.files and out.is_file():
        happened = f"{shown(out.name)} is a file, and this form is a folder of files"
        raise SampleError(happened, "name a folder")
    others = sorted({each.name for each in out.iterdir()} - {*form.files, _TRUTH}) if out.is_dir() else []
    if others:
        happened = f"The folder {shown(out.name)} holds other files, such as {shown(others[0])}"
        raise SampleError(happened, "name a new folder, or an empty one")


def _rows(cohort: Iterator[Drawn], seed: int, wanted: Wanted, catalog: Catalog) -> Rows:
    number = 0
    for place, drawn in enumerate(cohort):
        made = clean(drawn, catalog, stated=wanted.stated)
        first = ""
        for mess in messed(made, drawn, wanted, partial(_chances, seed, place), catalog):
            number += 1
            mess.row["row"] = str(number)
            yield mess._replace(repeats=first), drawn, made
            first = str(number)


def _chances(seed: int, place: int, kind: str) -> Random:
    return Random(f"{seed}/mess/{kind}/{place}")
