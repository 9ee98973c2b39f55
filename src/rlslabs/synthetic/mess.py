"""What happens to results in real exports, each at a rate that is asked for, and each written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.classify import classify
from rlslabs.edges import plain_result
from rlslabs.limits import convert, table
from rlslabs.model import Status
from rlslabs.population import ADULT, age_between
from rlslabs.sent import code_of
from rlslabs.synthetic.people import Drawn

MESS = ("units", "comparators", "commas", "missing", "codes", "ranges", "duplicates")
"""What can be asked for: other units, results off the scale, commas, empty fields, codes that a spreadsheet
turned into dates or that were mistyped, inverted printed ranges, and rows twice."""

FIELDS = ("value", "unit", "sex", "birth_date", "collected")
"""What can be left empty in a row that holds all facts itself."""

_HALF = 1 / 2
"""The share of codes that can be a date, and of numbers that have thousands, to which that is done."""

_THOUSAND = 1000
_STEPS = (1, 2, 5, 10)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(1900, 10_000)
"""The years that a spreadsheet knows."""

_DIGITS = (4, 3, 3)
"""So many significant digits have a value and the ends of a range in another unit than the result was drawn in."""

Row = dict[str, str]
Ends = tuple[str, str]


class Mess(NamedTuple):
    """One row of an export, everything that was done to it, and the row that it repeats, where it repeats one."""

    row: Row
    done: tuple[str, ...]
    repeats: str = ""


class Wanted(NamedTuple):
    """What an export is to be like.

    `rates` says how often each kind of mess happens to a row, `printed` whether each result has a printed range,
    `stated` whether a row says that she is pregnant, and `blanks` which fields can be left empty in this form.
    """

    rates: Mapping[str, float]
    printed: bool = False
    stated: bool = False
    blanks: tuple[str, ...] = FIELDS


class Clean(NamedTuple):
    """A result as a clean export writes it, the status that it has, and the ends of a range for the person."""

    row: Row
    status: Status
    range: Ends
    fits: bool


def clean(drawn: Drawn, catalog: Catalog, *, stated: bool = False) -> Clean:
    """A result as a clean export writes it; a range fits where it is the only one that applies to the person."""
    result = plain_result(drawn.marker, drawn.value, drawn.unit, None, drawn.collected)
    it = classify(result, drawn.patient, catalog=catalog)
    anybody = table(catalog, drawn.marker, drawn.unit).sets[catalog.set("standard", None).id]
    limits = it.standard.limits or tuple(each.limit for each in anybody)
    ends = [(f"{each.low:f}", f"{each.high:f}") for each in limits if each.low is not None and each.high is not None]
    row = {
        "row": "",
        "patient": str(drawn.person),
        "sex": drawn.sex or "",
        "birth_date": drawn.born.isoformat(),
        "collected": drawn.collected.isoformat(),
        **({"pregnant": "yes" if drawn.pregnant else ""} if stated else {}),
        "loinc": code_of(drawn.marker, drawn.unit, catalog),
        "analyte_name": catalog.markers[drawn.marker].name,
        "value": f"{drawn.value:f}",
        "unit": drawn.unit,
        "range": "",
    }
    return Clean(row, it.status, ends[-1], fits=len(it.standard.limits) == len(ends) == 1)


def messed(
    made: Clean, drawn: Drawn, wanted: Wanted, draw: Callable[[str], Random], catalog: Catalog
) -> Iterator[Mess]:
    """The row with what happens to it, at the given rates; a duplicate follows its row.

    `draw` gives each kind its own stream of chances, so that no kind changes what another does.
    """
    row, range_ = dict(made.row), made.range
    done: list[str] = []
    chances = {name: draw(name) for name, rate in wanted.rates.items() if rate}
    happens = {name: random.random() < wanted.rates[name] for name, random in chances.items()}
    if happens.get("units"):
        range_ = _other_unit(row, made, drawn, chances["units"], catalog)
        done.append("units")
    if wanted.printed and made.fits:
        row["range"] = "-".join(range_)
    if happens.get("ranges"):
        row["range"] = "-".join(reversed(range_))
        done.append("ranges")
    if happens.get("comparators"):
        row["value"] = off_scale(Decimal(row["value"]), chances["comparators"])
        done.append("comparators")
    if happens.get("commas"):
        parted = in_thousands(row["value"]) if chances["commas"].random() < _HALF else None
        row["value"] = parted or with_decimal_comma(row["value"])
        done.append("commas:thousands" if parted else "commas:decimal")
    if happens.get("codes"):
        dated = as_date(row["loinc"]) if chances["codes"].random() < _HALF else None
        row["loinc"], row["analyte_name"] = dated or _mistyped(row["loinc"], chances["codes"]), ""
        done.append("codes:date" if dated else "codes:mistyped")
    if happens.get("missing"):
        among = [each for each in wanted.blanks if row[each] and (each != "collected" or _is_adult(drawn))]
        name = chances["missing"].choice(among)
        row[name] = ""
        done.append(f"missing:{name}")
    yield Mess(row, tuple(done))
    if happens.get("duplicates"):
        yield Mess(dict(row), (*done, "duplicates"))


def _is_adult(drawn: Drawn) -> bool:
    """Whether the person was an adult at collection.

    Where the day of collection is not known, a birth leaves every age open up to that of the day on which somebody
    asks. Of an adult these are ages with a range and without, on any such day; of a child they change as it grows up.
    """
    return age_between(drawn.born, drawn.collected).start >= ADULT.start


def off_scale(value: Decimal, random: Random) -> str:
    """A result that is written as less, or more, than the next step of 1, 2, 5 beyond it.

    The steps are of no analyser: any result can be written so, so that comparators come as often as they are asked for.

    >>> off_scale(Decimal(38), Random(1)), off_scale(Decimal(38), Random(2))
    ('>20', '>20')
    """
    steps = [Decimal(step).scaleb(value.adjusted() + shift) for shift in (-1, 0) for step in _STEPS]
    if random.choice("<>") == "<":
        return f"<{min(each for each in steps if each > value):f}"
    return f">{max(each for each in steps if each < value):f}"


def _other_unit(row: Row, made: Clean, drawn: Drawn, random: Random, catalog: Catalog) -> Ends:
    """The same result in another unit, in few digits, with the code of that unit; and its range."""
    marker = catalog.markers[drawn.marker]
    chosen = random.choice([each for each in marker.accepts if each.ucum != drawn.unit])
    value, low, high = (
        f"{Decimal(f'{convert(number, drawn.unit, marker, chosen.ucum):.{digits}g}'):f}"
        for number, digits in zip((drawn.value, *map(Decimal, made.range)), _DIGITS, strict=True)
    )
    row["value"] = value
    row["unit"] = random.choice((chosen.ucum, *chosen.written))
    row["loinc"] = code_of(drawn.marker, chosen.ucum, catalog)
    return low, high


def with_decimal_comma(written: str) -> str:
    """A number with a decimal comma; a whole one gets a decimal for it.

    >>> with_decimal_comma("24.5"), with_decimal_comma("<50")
    ('24,5', '<50,0')
    """
    return written.replace(".", ",") if "." in written else f"{written},0"


def in_thousands(written: str) -> str | None:
    """A number, also one with a comparator, with a comma that parts its thousands; `None` where it has none.

    >>> in_thousands("1220"), in_thousands(">1000"), in_thousands("999.5")
    ('1,220', '>1,000', None)
    """
    sign = written[:1].strip("0123456789")
    number = Decimal(written[len(sign) :])
    return f"{sign}{number:,f}" if number >= _THOUSAND else None


def as_date(code: str) -> str | None:
    """A code as a spreadsheet shows it, and saves it, that takes it for a month of a year; `None` where it is none.

    >>> as_date("2276-4"), as_date("20567-4")
    ('Apr-76', None)
    """
    year, _, month = code.partition("-")
    return f"{_MONTHS[int(month) - 1]}-{year[-2:]}" if int(year) in _YEARS and int(month) else None


def _mistyped(code: str, random: Random) -> str:
    """A code with a check digit that is not its own."""
    number, _, digit = code.partition("-")
    return f"{number}-{(int(digit) + random.randint(1, 9)) % 10}"
