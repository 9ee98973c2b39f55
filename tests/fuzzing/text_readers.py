"""The readers of text: values, units, printed ranges, ages, dates, sexes, and `interpret` over them all."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any, Literal

from rlslabs import Interpretation, LabsError, errors, interpret
from rlslabs.catalog import builtin
from rlslabs.comparators import read_comparator
from rlslabs.limits import table
from rlslabs.model import Issue
from rlslabs.panels import read_pregnant
from rlslabs.population import OLDEST, age_span, band_span, read_age, read_birth, read_collected, read_sex
from rlslabs.printed import apply_printed
from rlslabs.reading import Printed, accepted_unit
from rlslabs.reported import ReportedRange
from rlslabs.text import Interval, read_range, read_text
from tests.fuzzing.mutate import worse
from tests.fuzzing.run import BrokenError, Case, Part, Target

_MARKERS = tuple(builtin().markers.values())
_UNITS = tuple(dict.fromkeys(unit for marker in _MARKERS for unit in marker.spellings))
_NAMES = (
    *dict.fromkeys(name for marker in _MARKERS for name in (marker.id, marker.name, *marker.aliases)),
    *(code.code for marker in _MARKERS for code in marker.loinc),
    *("CRP", "transferrin", "2276-5", "Mar-89", "ferritn", "Serum Ferritin", "1988-5", "iron sat %"),
)
_OTHER_UNITS = ("mg/dL", "K/uL", "IU/L", "g/L", "ng", "/mL", "ng/kg", "mmol/L", "ratio", "{x}", "1/1", "mg/L", "", " ")
_COMPARATORS = (
    *(
        "",
        "",
        "",
        "",
        "<",
        ">",
        "<=",
        ">=",
        "≤",
        "≥",
        "=<",
        "=>",
        "=",
        "~",
        "&lt;",
        "&gt;=",
        "less than ",
        "LESS THAN ",
    ),
    *("greater than or equal to ", "up to ", "no more than", "at least ", "below", "ge", "under ", "lt.", "<<", "> ="),
)
_DASHES = ("-", " - ", "–", "—", " to ", "..", "...", "−", " TO ", "‑", "to", "/", " and ")
_GROUPS = (",", ".", "'", "’", "\u00a0", "\u2009", "\u202f", " ")
_WORDS = (
    "nan",
    "NaN",
    "inf",
    "-inf",
    "∞",
    "not a number",
    "pending",
    "see note",
    "",
    " ",
    "-",
    ".",
    "#N/A",
    "TNP",
    "0x1F",
)
_SEXES = ("female", "F", "male", "M", "woman", "unknown", "", "other", "w", "X", "2", "weiblich", "intersex", " f ")
_AGES = (
    "52",
    "0",
    "130",
    "131",
    "5 mo",
    "3 wk",
    "10 d",
    "18 years",
    "52.7",
    "7yrs",
    "12 months.",
    "-1",
    "1e2",
    "99999d",
    "5 5",
)
_DAYS = (
    *("1961-07-19", "2024-05-31", "2024-05-31T08:00", "2024-05-31T08:00:00Z", "2024-05-31T08:00:00.123+14:00"),
    *(
        "20240531",
        "2024-W22-5",
        "2024-152",
        "31.05.2024",
        "5/31/2024",
        "2024-13-01",
        "0001-01-01",
        "9999-12-31",
        "2024-05",
    ),
)
_MARKS: tuple[Literal[".", ","] | None, ...] = (None, None, ".", ",")

_ERRORS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, LabsError)]
CODES = {*errors.NOTICES, *(each.code for each in _ERRORS if hasattr(each, "code"))}
"""Every code that there is."""

_SHOWN, _LONGEST = 80, 198
_MOST_SAID = 5000  # a sheet without a known header tells up to fifty of its columns
_DIGITS = re.compile("[0-9]")
_NO_DIGIT = re.compile("[^0-9]")


# ---------------------------------------------------------------- what is said of every refusal


def refused(error: LabsError) -> tuple[str, ...]:
    """What holds of every refusal: a code that is known, words, nothing long, nothing that a terminal acts on."""
    words = str(error)
    if error.code not in CODES or not error.happened or not error.mend:
        raise BrokenError(f"no code or no words: {error!r}")
    if len(error.text) > _SHOWN or len(words) > _MOST_SAID:
        raise BrokenError(f"too long: {error!r}")
    if not words.isprintable():
        raise BrokenError(f"not printable: {error!r}")
    return (error.code,)


def issue_holds(issue: Issue) -> None:
    """What holds of every issue."""
    if issue.code not in CODES or not issue.message or len(issue.text) > _SHOWN or len(issue.message) > _MOST_SAID:
        raise BrokenError(f"an issue of no form: {issue!r}")
    if not issue.message.isprintable():
        raise BrokenError(f"an issue that is not printable: {issue!r}")


# ---------------------------------------------------------------- inputs


def number(rng: Random) -> str:
    """Digits as laboratories write them."""
    kind = rng.randrange(9)
    if kind < 3:
        return str(rng.choice((rng.randrange(10), rng.randrange(400), rng.randrange(10**6), 0)))
    if kind < 6:
        return f"{rng.randrange(3000)}{rng.choice('.,.')}{rng.randrange(10 ** rng.randrange(1, 5))}"
    if kind == 6:
        grouped, mark = f"{rng.randrange(10**9):,}", rng.choice(_GROUPS)
        tail = rng.choice(("", "", ".5", ",5", ".50", ",123"))
        return grouped.replace(",", mark) + tail
    if kind == 7:
        whole, power = f"{rng.randrange(100)}{rng.choice(('', '.5', ','))}", rng.choice(("e", "E", "e+", "e-"))
        return f"{whole}{power}{rng.randrange(40)}"
    return rng.choice((".5", ",5", "007", "0.0", "0.000", "1.000", "12.345", "1,220", "0,500", "000", "1.", "5."))


def unit(rng: Random) -> str:
    """An accepted unit, another marker's, or a wrong one."""
    return rng.choice(_UNITS if rng.random() < 0.8 else _OTHER_UNITS)


def value(rng: Random) -> str:
    """A value in text, sound or nearly so."""
    kind = rng.randrange(10)
    if kind == 0:
        return rng.choice(_WORDS)
    text = rng.choice(_COMPARATORS) + number(rng)
    if kind < 3:
        text += rng.choice(_DASHES) + number(rng)
    if kind % 2:
        text += rng.choice(("", " ", " ", "\u00a0")) + unit(rng)
    return worse(rng, text)


def printed(rng: Random) -> str:
    """A range as a report prints it, sound or nearly so."""
    low, high, dash, behind = number(rng), number(rng), rng.choice(_DASHES), unit(rng)
    form = rng.randrange(6)
    if form == 0:
        text = f"{rng.choice(_COMPARATORS)}{high}"
    elif form == 1:
        text = f"{low} {behind}{dash}{high} {behind}"
    else:
        text = f"{low}{dash}{high}" + (f" {behind}" if form == 2 else "")
    if rng.random() < 0.2:
        text = rng.choice(("({})", "[{}]", "(({}))", "Ref: {}", "{} (adults)")).format(text)
    return worse(rng, text)


def mark(rng: Random) -> Literal[".", ","] | None:
    """A decimal mark, or none."""
    return rng.choice(_MARKS)


# ---------------------------------------------------------------- text


def text_case(rng: Random) -> Case:
    """A value and the decimal mark that is said of it."""
    return value(rng), mark(rng)


def text_holds(case: Case) -> tuple[str, ...]:
    """A value is refused with a code, or has the digits that stand there and is read the same when it is printed."""
    text, said = _text(case[0]), case[1]
    assert said is None or isinstance(said, str)
    try:
        read_comparator(text)
    except LabsError as error:
        refused(error)
    try:
        interval, behind = read_text(text, said)
    except LabsError as error:
        return refused(error)
    _interval_holds(interval, text)
    again = _printed(interval)
    if again is not None and read_text(again, ".") != (interval, ""):
        raise BrokenError(f"reads otherwise when printed: {interval}, {again}")
    if len(text) < _LONGEST and read_text(f" {text}\t", said) != (interval, behind):
        raise BrokenError(f"blanks around it matter: {interval}")
    single = interval.comparator or interval.low == interval.high
    if said is None and single and not {".", ","} <= set(text):  # each end of an interval may have its own mark
        readings = [_or_none(read_text, text, point) for point in (".", ",")]
        if (interval, behind) not in readings:
            raise BrokenError(f"with neither mark it is this: {interval}")
    return ("read",)


def _interval_holds(interval: Interval, text: str) -> None:
    low, high, low_open, high_open, comparator = interval
    ends = [end for end in (low, high) if end is not None]
    shape = {
        None: high is not None and not low_open and not high_open,
        "<": low == 0 and high_open and not low_open and high is not None and high > 0,
        "<=": low == 0 and not high_open and not low_open and high is not None,
        ">": high is None and low_open and not high_open,
        ">=": high is None and not low_open and not high_open,
    }
    if (
        not shape[comparator]
        or not all(end.is_finite() and end >= 0 for end in ends)
        or (high is not None and high < low)
    ):
        raise BrokenError(f"an interval of no form: {interval}")
    there = _NO_DIGIT.sub("", html.unescape(text))
    for end in ends:
        digits = "".join(map(str, end.as_tuple().digits)).lstrip("0")
        if digits not in there:
            raise BrokenError(f"digits that are not there: {interval}")
    if comparator and "-" not in text and "<" not in text and ">" not in text:
        words = html.unescape(text).casefold()
        if not any(sign in words for sign in ("<", ">", "≤", "≥", "⩽", "⩾", "l", "g", "a", "u", "o", "n", "m", "b")):
            raise BrokenError(f"a comparator that is not there: {interval}")


def _printed(interval: Interval) -> str | None:
    """The interval as text with a point, as nobody can misread it."""
    low, high, _, _, comparator = interval
    if comparator is not None:
        return f"{comparator}{high if high is not None and comparator in {'<', '<='} else low:f}"
    return f"{low:f}" if high == low else f"{low:f}-{high:f}"


def _or_none(reader: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401  whatever the reader gives
    try:
        return reader(*given)
    except LabsError:
        return None


def _text(part: Part) -> str:
    """A part that was text; what was taken away is none."""
    return "" if part is None else part.decode("latin-1") if isinstance(part, bytes) else part


# ---------------------------------------------------------------- units

_SAME = re.compile(r"\{[^{}]*\}|[ \t.\u00a0\u202f]")


def _bare(written: str) -> str:
    return _SAME.sub("", _SAME.sub("", written)).casefold().replace("μ", "u").replace("µ", "u")


_BARE = {
    marker.id: {_bare(each): kind.ucum for kind in marker.accepts for each in (kind.ucum, kind.spoken, *kind.written)}
    for marker in _MARKERS
}


def unit_case(rng: Random) -> Case:
    """A unit, sound or nearly so."""
    return (worse(rng, unit(rng)),)


def unit_holds(case: Case) -> tuple[str, ...]:
    """A unit that is accepted has the letters of one that is listed; every other is refused by its marker."""
    written = _text(case[0])
    became: set[str] = set()
    for marker in _MARKERS:
        try:
            found = accepted_unit(marker, written)
        except LabsError as error:
            became.update(refused(error))
            continue
        if found is None:
            if _bare(written).strip():
                raise BrokenError(f"something is nothing: {marker.id}")
            became.add("nothing")
            continue
        bare = _bare(written) or written.strip().strip("{}").casefold()
        if found not in marker.accepts or _BARE[marker.id].get(bare, found.ucum) != found.ucum:
            raise BrokenError(f"another unit: {marker.id}, {found.ucum}")
        if bare not in _BARE[marker.id]:
            raise BrokenError(f"letters of no unit: {marker.id}, {found.ucum}")
        became.add("read")
    return ("read",) if "read" in became else (min(became),)


# ---------------------------------------------------------------- printed ranges


def range_case(rng: Random) -> Case:
    """A printed range as text, sometimes with numbers beside it, and its marker."""
    ends = [rng.choice((None, None, None, number(rng))) for _ in range(2)]
    return printed(rng), mark(rng), *ends, rng.choice(_MARKERS).id


def range_holds(case: Case) -> tuple[str, ...]:
    """A printed range holds something, its ends stand there, and it is sane for its marker or refused."""
    text, said, low, high, name = (*case, *[None] * 5)[:5]
    ends = [_decimal(each) for each in (low, high)]
    own = ReportedRange.trusted({"text": text, "low": ends[0], "high": ends[1], "unit": None})
    try:
        interval, behind = read_range(own, said)  # type: ignore[arg-type]  # a mark or nothing
    except LabsError as error:
        return refused(error)
    numbers = "".join(f"{each:f}" for each in ends if each is not None)
    _interval_holds(interval, f"{_text(text)} {numbers}" + "<>" * bool(numbers))
    if interval.high is not None and not interval.low < interval.high:
        raise BrokenError(f"an empty range: {interval}")
    marker = builtin().markers.get(_text(name), _MARKERS[0])
    try:
        kind = accepted_unit(marker, behind) or marker.accepts[0]
        apply_printed(Printed(interval, kind, _text(text)), table(builtin(), marker.id, marker.accepts[-1].ucum))
    except LabsError as error:
        return refused(error)
    return ("read",)


def _decimal(part: Part) -> Decimal | None:
    try:
        return None if part is None else Decimal(_text(part))
    except ArithmeticError:
        return None


# ---------------------------------------------------------------- people


def person_case(rng: Random) -> Case:
    """A word for a sex, an age, a date of birth or of collection, sound or nearly so."""
    return (worse(rng, rng.choice(rng.choice((_AGES, _DAYS, _DAYS, _SEXES)))),)


def person_holds(case: Case) -> tuple[str, ...]:
    """Sex, age and dates are read or refused; what was read is read as the same again."""
    written = _text(case[0])
    became = "nothing"
    for reader in (read_sex, read_age, read_birth, read_collected, band_span, read_pregnant):
        try:
            found: Any = reader(written)
        except LabsError as error:
            (code,) = refused(error)
            became = code if became == "nothing" else became
            continue
        if found is None:
            continue
        became = f"read by {reader.__name__}"
        _person_holds(found, written)
    return (became,)


def _person_holds(found: object, written: str) -> None:
    if isinstance(found, bool) or found in {"female", "male"}:
        return
    if isinstance(found, int | str):
        if read_age(found) != found or not 0 <= age_span(found).start < (OLDEST + 1) * 5844:
            raise BrokenError(f"an age that is none: {found}")
        if str(found).split(" ", maxsplit=1)[0] not in written:
            raise BrokenError(f"an age that is not there: {found}")
    if isinstance(found, date):
        again = read_collected(found.isoformat()) if isinstance(found, datetime) else read_birth(found.isoformat())
        if again != found:
            raise BrokenError(f"a date that reads otherwise: {found!r}, {again!r}")
        if "W" not in written and found.strftime("%d").lstrip("0") not in written and len(_DIGITS.findall(written)) > 7:
            raise BrokenError(f"a day that is not there: {found!r}")


# ---------------------------------------------------------------- results

FACTS = ("unit", "range", "sex", "age", "born", "collected", "comparator", "decimal_mark", "specimen")


def result_case(rng: Random) -> Case:
    """A marker, a value and some facts, each sound or nearly so."""

    def fact(make: Callable[[], str], often: float) -> str | None:
        return make() if rng.random() < often else None

    name = rng.choice(_NAMES)
    marker = (
        builtin().find(name).marker if rng.random() < 0.7 and _or_none(builtin().find, name) else rng.choice(_MARKERS)
    )
    return (
        name if rng.random() < 0.8 else worse(rng, name),
        value(rng) if rng.random() < 0.6 else number(rng),
        fact(lambda: rng.choice(tuple(marker.spellings)) if rng.random() < 0.8 else worse(rng, unit(rng)), 0.9),
        fact(lambda: printed(rng), 0.3),
        fact(lambda: rng.choice(_SEXES[: rng.choice((4, 4, 4, 99))]), 0.6),
        fact(lambda: rng.choice(_AGES[: rng.choice((3, 3, 3, 99))]), 0.5),
        fact(lambda: rng.choice(_DAYS[: rng.choice((5, 5, 5, 99))]), 0.1),
        fact(lambda: worse(rng, rng.choice(_DAYS[:5])), 0.2),
        fact(lambda: rng.choice(_COMPARATORS), 0.2),
        mark(rng),
        fact(lambda: worse(rng, "serum"), 0.1),
    )


def result_holds(case: Case) -> tuple[str, ...]:
    """One call answers or refuses; an answer comes back from JSON the same, and can be read aloud."""
    name, text, *facts = case
    try:
        it = interpret(_text(name), text, **dict(zip(FACTS, facts, strict=False)))  # type: ignore[arg-type]  # text all
    except LabsError as error:
        return refused(error)
    written = it.model_dump_json()
    if Interpretation.model_validate_json(written).model_dump_json() != written:
        raise BrokenError("JSON gives another answer back")
    if not str(it.explanation).strip():
        raise BrokenError("an answer without words")
    if it.reading.comparator is None and it.reading.low == it.reading.high:
        _interval_holds(Interval(it.reading.low, it.reading.high), _text(text))
    for each in it.issues:
        issue_holds(each)
    if {"L", "H", "N"} & set(it.hl7) and it.standard.position not in {"below", "within", "above"}:
        raise BrokenError(f"a code without a place: {it.hl7}")
    return (it.status,)


TARGETS = (
    Target("text", text_case, text_holds),
    Target("units", unit_case, unit_holds),
    Target("ranges", range_case, range_holds),
    Target("people", person_case, person_holds),
    Target("results", result_case, result_holds),
)
