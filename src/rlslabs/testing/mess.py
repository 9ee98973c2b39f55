"""Strategies for what real exports hold: values and units as laboratories, spreadsheets and people write them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from hypothesis import strategies as st

from rlslabs.catalog import Catalog, builtin

_COMPARATORS = (
    *("<", ">", "<=", ">=", "≤", "≥", "< ", "&lt;", "&gt;", "=<", "less than ", "LESS THAN ", "more than ", "up to "),
    *("=", "~", "<<", ">/="),
)
_EMPTY = (
    *("", " ", "-", "--", ".", "n/a", "N/A", "NA", "nan", "NaN", "null", "None", "inf", "-inf", "#VALUE!", "#N/A"),
    *("see note", "pending", "haemolysed", "not done", "below detection", "positive", "trace", "********", "TNP"),
)
_BLANKS = ("", " ", "\t", "\u00a0", "\u202f", "\n")
_TAILS = ("", " H", " L", "*", " ng/mL", "ng/mL", " ug/L", " %", " pmol/L", " (38)", " H*", ";")
_DASHES = ("-", " - ", "–", " to ", "..", "—")
_MICRO = ("u", "µ", "μ", "mc", "micro", "U", "ug")
_WRONG_UNITS = (
    *("", " ", "mg/L", "g/L", "mg/dL", "mmol/L", "IU/L", "mU/L", "K/uL", "ng", "/mL", "ng/kg", "{}", "1/1", "n/a"),
    *("ng per mL", "ng/mL/h", "ng//mL", "ng mL", "ng\\mL", "mg/mL", "ug/mL", "fraction", "ratio", "0.01", "percent"),
)


def messy_values() -> st.SearchStrategy[str]:
    """Values as exports hold them: comparators in every spelling, commas, blanks, dashes, words and nothing.

    Some can be read and some are refused; none of them may be read as another number, and none may crash a reader.
    What is true of one is what `interpret` says of it.
    """
    number, tail, blank = _numbers(), st.sampled_from(_TAILS), st.sampled_from(_BLANKS)
    return st.one_of(
        _joined(blank, number, tail, blank),
        _joined(st.sampled_from(_COMPARATORS), number, tail),
        _joined(number, st.sampled_from(_DASHES), number, tail),
        st.sampled_from(_EMPTY),
        _joined(st.sampled_from(("-", "−", "+", "(")), number),
    )


@st.composite
def _joined(draw: st.DrawFn, *parts: st.SearchStrategy[str]) -> str:
    """Text of parts, which a failure prints as the text that it is."""
    return "".join([draw(each) for each in parts])


def messy_units(marker: str | None = None, *, catalog: Catalog | None = None) -> st.SearchStrategy[str]:
    """Units as exports hold them: accepted ones in every case and spelling, other markers' units, and wrong ones.

    Args:
        marker: A name, alias or code, whose units come first; else every marker's.
        catalog: Another catalog than our own.

    Raises:
        MarkerError: The marker is unknown.
    """
    catalog = catalog or builtin()
    markers = list(catalog.markers.values()) if marker is None else [catalog.marker(marker)]
    accepted = list(dict.fromkeys(unit for each in markers for unit in each.spellings))
    every = list(dict.fromkeys(unit for each in catalog.markers.values() for unit in each.spellings))
    known = st.sampled_from(accepted)
    changed = _altered(known, st.sampled_from((str.upper, str.title, str.swapcase, str.casefold)))
    micro = _altered(known, st.sampled_from([partial(_with_micro, sign=sign) for sign in _MICRO]))
    blank = st.sampled_from(_BLANKS)
    wrapped = _joined(blank, known, st.sampled_from((*_BLANKS, ".", " {serum}", "*", "]")))
    return st.one_of(known, changed, micro, wrapped, st.sampled_from(every), st.sampled_from(_WRONG_UNITS))


@st.composite
def _altered(draw: st.DrawFn, units: st.SearchStrategy[str], changes: st.SearchStrategy[Callable[[str], str]]) -> str:
    return draw(changes)(draw(units))


def _with_micro(unit: str, *, sign: str) -> str:
    return unit.replace("u", sign, 1)


def _numbers() -> st.SearchStrategy[str]:
    """Digits with marks as laboratories set them, some of which can mean two numbers."""
    whole = st.integers(0, 3_000).map(str)
    broken = st.decimals(0, 3_000, places=2)
    thousands = st.integers(1_000, 99_999)
    return st.one_of(
        st.just("38"),  # what a failure shrinks to, because nothing is wrong with it
        whole,
        broken.map(str),
        broken.map(lambda number: str(number).replace(".", ",")),
        thousands.map("{:,}".format),
        thousands.map(lambda number: f"{number:,}".replace(",", ".")),
        thousands.map(lambda number: f"{number:,}.5"),
        thousands.map(lambda number: f"{number:,}".replace(",", "'")),
        st.integers(1, 999).map(lambda number: f"{Decimal(number):.3f}"),
        st.integers(1, 99).map("{}e2".format),
        st.integers(1, 99).map(".{}".format),
        st.integers(1, 99).map("0{}".format),
    )
