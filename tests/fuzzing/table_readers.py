"""The readers of tables: CSV sheets, and the text in the columns of a dataframe."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import polars as pl

from rlslabs import LabsError, frames
from rlslabs.catalog import builtin
from rlslabs.errors import shown
from rlslabs.panels import judge_sheet
from rlslabs.sheet import read_sheet
from tests.fuzzing.mutate import worse, worse_bytes
from tests.fuzzing.planted import as_bytes, best
from tests.fuzzing.run import BrokenError, Case, Part, Target
from tests.fuzzing.text_readers import issue_holds, number, printed, refused, unit, value
from tests.table_rows import MARKERS, ODD_MARKERS, truth

_HEADERS = (
    ("marker", "value", "unit", "sex", "age", "comment"),
    ("Test", "Result", "Units", "Reference Range", "Gender", "Patient ID"),
    ("loinc", "value", "unit", "low", "high", "born", "collected", "pregnant"),
    ("LOINC code", "marker", "comparator", "value (ng/mL)", "specimen", "method", "circumstances", "patient"),
    ("marker", "value", "unit", "age (months)", "Date of Birth", "sample date", "sex (M/F)", ""),
)
_CELLS = {
    "sex": ("F", "male", "", "unknown"),
    "gender": ("F", "male", "", "2"),
    "age": ("52", "5 mo", "", "17"),
    "birth": ("1961-07-19", "1990-01-01", ""),
    "born": ("1961-07-19", "1990-01-01", ""),
    "date": ("2024-05-01", "2024-05-01T08:00", ""),
    "collected": ("2024-05-01", "2024-05-01T08:00", ""),
    "pregnan": ("yes", "no", ""),
    "specimen": ("serum", "", "plasma"),
    "comparator": ("", "", "<", ">="),
    "circumstances": ("fasting", "", "iron-within-24h"),
    "patient": ("p1", "p1", "p2", ""),
    "comment": ("Quetzalnam", "Wolkenweg"),
}
_ODD = ("fasting", "Quetzalnam", "1", "yes", "", "52", "2024-05-01", "F", "serum", "ng/mL", "\u202e", "=1+1")


def csv_case(rng: Random) -> Case:
    """A sheet of a few lines under a known header, sound or nearly so."""
    header = rng.choice(_HEADERS)
    sign = rng.choice((",", ",", ";", "\t"))
    rows = [sign.join(header)]
    rows += [sign.join(_quoted(rng, _cell(rng, name), sign) for name in header) for _ in range(rng.randrange(1, 6))]
    text = rng.choice(("\n", "\n", "\r\n", "\r")).join(rows) + rng.choice(("", "\n"))
    text = rng.choice(("", "", "", "\ufeff", f"sep={sign}\n")) + text
    if rng.random() < 0.4:
        text = worse(rng, text)
    data = text.encode("utf-8", "surrogatepass")
    return (worse_bytes(rng, data, (b"\xff", b"\xc3", b'"', b",", b"\n", b"\0")) if rng.random() < 0.1 else data,)


def _cell(rng: Random, name: str) -> str:
    folded = name.casefold()
    make = next((make for word, make in _MAKERS.items() if word in folded), None)
    if make is not None:
        return make(rng)
    return rng.choice(next((cells for word, cells in _CELLS.items() if word in folded and rng.random() < 0.95), _ODD))


_CODES = ("2276-4", "2498-4", "2502-3", "2132-9", "1989-3", "2500-7", "Mar-89", "")
_ODD_NAMES = tuple(each or "" for each in ODD_MARKERS)
_MAKERS: dict[str, Callable[[Random], str]] = {
    "loinc": lambda rng: rng.choice(_CODES),
    "marker": lambda rng: rng.choice(MARKERS if rng.random() < 0.9 else _ODD_NAMES),
    "test": lambda rng: rng.choice(MARKERS if rng.random() < 0.9 else _ODD_NAMES),
    "value": lambda rng: value(rng) if rng.random() < 0.4 else number(rng),
    "result": lambda rng: value(rng) if rng.random() < 0.4 else number(rng),
    "unit": unit,
    "range": lambda rng: printed(rng) if rng.random() < 0.5 else "",
    "low": lambda rng: number(rng) if rng.random() < 0.5 else "",
    "high": lambda rng: number(rng) if rng.random() < 0.5 else "",
}


def _quoted(rng: Random, cell: str, sign: str) -> str:
    if sign in cell or '"' in cell or "\n" in cell or "\r" in cell or rng.random() < 0.05:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def csv_holds(case: Case) -> tuple[str, ...]:
    """Every line is judged, read for its context or refused; a file that is none is refused with a place."""
    try:
        sheet = read_sheet(as_bytes(case[0]))
        judged = judge_sheet(sheet, builtin(), {})
    except LabsError as error:
        return refused(error)
    if [each.line for each in judged.lines] != [each.number for each in sheet.lines]:
        raise BrokenError("lines were lost or made")
    became = []
    for each in judged.lines:
        said = [each.answer is not None, each.context is not None, each.issue is not None]
        if sum(said) != 1:
            raise BrokenError(f"not one of answer, context and issue: {said}")
        if each.issue is not None:
            issue_holds(each.issue)
        became.append(each.issue.code if each.issue else "read")
    if not judged.model_dump_json():
        raise BrokenError("no JSON")
    return (best(became),)


_WIDTH = 4
_ROWS = 40


def frame_case(rng: Random) -> Case:
    """The rows of a table, four parts each: marker, value, unit and printed range."""
    rows: list[Part] = []
    for _ in range(_ROWS):
        marker = rng.choice(tuple(builtin().markers.values()))
        rows += [
            rng.choice((marker.id, marker.name, marker.loinc[0].code, rng.choice(MARKERS))),
            value(rng) if rng.random() < 0.4 else number(rng) if rng.random() < 0.5 else str(rng.randrange(1, 500)),
            rng.choice(tuple(marker.spellings)) if rng.random() < 0.7 else unit(rng) if rng.random() < 0.8 else None,
            printed(rng) if rng.random() < 0.2 else None,
        ]
    return tuple(rows)


def frame_holds(case: Case) -> tuple[str, ...]:
    """A table says of each row what a single call says."""
    parts = [None if each is None else shown(each)[1:-1] if isinstance(each, bytes) else each for each in case]
    rows = [tuple(parts[at : at + _WIDTH]) for at in range(0, len(parts) - _WIDTH + 1, _WIDTH)]
    rows = [row for row in rows if all(each is None or each.isascii() or _is_text(each) for each in row)]
    if not rows:
        return ()
    columns = dict(zip(("marker", "value", "unit", "range"), map(list, zip(*rows, strict=True)), strict=True))
    table = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    scored = frames.score(table, marker="marker", value="value", unit="unit", range="range")
    became = []
    for row, found in zip(
        rows, scored.select("rls_standard", "rls_optimal", "rls_status", "rls_issue").rows(), strict=True
    ):
        wanted = truth({**dict(zip(columns, row, strict=True)), "range": row[3] if (row[3] or "").strip() else None})
        if found != wanted:
            raise BrokenError(f"a table says otherwise: {found} for {wanted}")
        became.append(found[3] or found[2] or "nothing")
    return tuple(became)


def _is_text(word: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in word)


TARGETS = (Target("csv", csv_case, csv_holds), Target("frames", frame_case, frame_holds))
