"""What happens to results in real exports, each at a rate that is asked for, and each written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.limits import convert
from rlslabs.sent import code_of
from rlslabs.synthetic.people import Drawn

MESS = ("units", "comparators", "commas", "missing", "codes", "ranges", "duplicates")
"""What can be asked for: other units, results off the scale, decimal commas, empty fields, codes that a spreadsheet
turned into dates or that were mistyped, inverted printed ranges, and rows twice."""

_OFF_SCALE = {"ferritin": ("5", "1500"), "vitamin_b12": ("150", "2000"), "vitamin_d": ("8", "120")}
_FIELDS = ("value", "unit", "sex", "birth_date", "collected")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(1900, 2100)

Row = dict[str, str]


class Mess(NamedTuple):
    """One row of an export, and everything that was done to it."""

    row: Row
    done: tuple[str, ...]


def plain_row(drawn: Drawn, number: int, catalog: Catalog) -> Row:
    """A result as a clean export writes it."""
    return {
        "row": str(number),
        "patient": str(drawn.person),
        "sex": drawn.sex,
        "birth_date": drawn.born.isoformat(),
        "collected": drawn.collected.isoformat(),
        "loinc": code_of(drawn.marker, drawn.unit, catalog),
        "test": catalog.markers[drawn.marker].name,
        "value": f"{drawn.value:f}",
        "unit": drawn.unit,
        "range": "",
    }


def messed(row: Row, drawn: Drawn, rates: Mapping[str, float], random: Random, catalog: Catalog) -> Iterator[Mess]:
    """The row with what happens to it, at the given rates; a duplicate follows its row."""
    changes: dict[str, Callable[[], bool]] = {
        "units": lambda: _unit(row, drawn, random, catalog),
        "comparators": lambda: _comparator(row, drawn),
        "commas": lambda: _comma(row),
        "codes": lambda: _mangled(row, random),
        "ranges": lambda: _inverted(row, catalog, drawn),
        "missing": lambda: _missing(row, random),
    }
    done = tuple(name for name, change in changes.items() if random.random() < rates.get(name, 0) and change())
    yield Mess(row, done)
    if random.random() < rates.get("duplicates", 0):
        yield Mess(dict(row), (*done, "duplicates"))


def _unit(row: Row, drawn: Drawn, random: Random, catalog: Catalog) -> bool:
    """The same result in another unit, to four significant digits, with the code of that unit."""
    marker = catalog.markers[drawn.marker]
    chosen = random.choice([each for each in marker.accepts if each.ucum != drawn.unit])
    value = convert(drawn.value, drawn.unit, marker, chosen.ucum)
    row["value"] = f"{Decimal(f'{value:.4g}'):f}"
    row["unit"] = random.choice((chosen.ucum, *chosen.written))
    row["loinc"] = code_of(drawn.marker, chosen.ucum, catalog)
    return True


def _comparator(row: Row, drawn: Drawn) -> bool:
    """A result beyond what a laboratory measures is written as such; others stay."""
    low, high = _OFF_SCALE.get(drawn.marker, ("", ""))
    if not low or row["unit"] != drawn.unit:
        return False
    if drawn.value < Decimal(low):
        row["value"] = f"<{low}"
    elif drawn.value > Decimal(high):
        row["value"] = f">{high}"
    else:
        return False
    return True


def _comma(row: Row) -> bool:
    row["value"], before = row["value"].replace(".", ","), row["value"]
    return row["value"] != before


def _mangled(row: Row, random: Random) -> bool:
    """A code that can be a date becomes one; another gets a wrong check digit."""
    number, _, digit = row["loinc"].partition("-")
    if int(number) in _YEARS and int(digit):
        row["loinc"] = f"{_MONTHS[int(digit) - 1]}-{number[2:]}"
    else:
        row["loinc"] = f"{number}-{(int(digit) + random.randint(1, 9)) % 10}"
    row["test"] = ""
    return True


def _inverted(row: Row, catalog: Catalog, drawn: Drawn) -> bool:
    """A printed range whose ends stand the wrong way round."""
    ranges = [each for each in catalog.markers[drawn.marker].range if "general" in each.sets and each.low and each.high]
    last = ranges[-1]
    row["range"] = f"{last.high.value if last.high else ''}-{last.low.value if last.low else ''} {last.unit}"
    return True


def _missing(row: Row, random: Random) -> bool:
    row[random.choice(_FIELDS)] = ""
    return True
