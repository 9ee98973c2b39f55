"""A name beside a LOINC code: whether it is of the analyte, of something else, or not understood."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rlslabs.catalog import Catalog
from rlslabs.checks import fold_name
from rlslabs.errors import AnotherAnalyteError, MarkerError
from rlslabs.marker import Analyte, Marker

_LONGEST = 200
_MOST_WORDS = 8
_TELLING = 3
"""Letters of a word from which on it is taken to mean something, and may be short for a longer one."""

_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[a-z]{3}")
_LOINC_NAME = re.compile(
    r"(?P<long>[^\[\]]+?)\s*\[[^\[\]]*\]\s*in\s.*|(?P<short>.+?)\s+(?:SerPl|Ser|Plas)(?:Bld)?(?:-\w+)?", re.IGNORECASE
)
"""LOINC's long and short names, such as `Ferritin [Mass/volume] in Serum or Plasma` and `Ferritin SerPl-mCnc`."""

_CHANGED = frozenset(
    {"post", "dose", "challenge", "tolerance", "absorption", "loading", "goal", "target", "zielwert", "objetivo"}
    | {"intake", "dietary", "ratio", "quotient", "index", "receptor", "rezeptor", "antibody", "gene", "interpretation"}
)
"""Words that make another thing of the analyte that stands beside them."""

_GENERAL = frozenset(
    {
        "serum",
        "plasma",
        "blood",
        "level",
        "total",
        "totale",
        "totaal",
        "gesamt",
        "percent",
        "index",
        "saturation",
        "sat",
    }
    | {
        "vitamin",
        "vitamina",
        "vitamine",
        "vit",
        "capacity",
        "binding",
        "suero",
        "and",
        "und",
        "oh",
        "im",
        "de",
        "en",
        "la",
    }
)
"""Words in the names of our analytes that other tests have as well."""

_Meant = Literal["same", "alike", "unknown"]


def component(name: str) -> str:
    """What a name of LOINC measures, without property and specimen; any other name as it is.

    >>> component("Ferritin [Mass/volume] in Serum or Plasma"), component("Iron SerPl-mCnc"), component("Eisen")
    ('Ferritin', 'Iron', 'Eisen')
    """
    match = _LOINC_NAME.fullmatch(name[:_LONGEST].strip())
    return (match["long"] or match["short"]) if match else name


def is_changed(name: str) -> bool:
    """Whether a word in a name makes another thing of what it names, such as `post dose` or `index`."""
    return not _CHANGED.isdisjoint(_words(name))


def is_other(name: str, analyte: Analyte, catalog: Catalog) -> bool:
    """Whether a name that is not known as a whole is of another test than the analyte of its code.

    It is where no word of it is of a name of the analyte, or where it holds the name of a look-alike and no other word
    of the analyte. A name in other letters than Latin ones, or without any longer word, is only not understood.
    """
    words = _words(name)
    left: list[str] = []
    alike = False
    while words:
        size, kind = _first(words, analyte, catalog)
        if kind == "same":
            return False
        alike = alike or kind == "alike"
        left += words[:size] if kind == "unknown" and words[0] not in _GENERAL else []
        words = words[size:]
    if _share(left, _known(analyte.id, catalog)):
        return False
    return alike or (isinstance(analyte, Marker) and any(map(_LATIN.search, left)))


def _first(words: list[str], analyte: Analyte, catalog: Catalog) -> tuple[int, _Meant]:
    """How many of the first words are a name together, and whose."""
    names = _names(catalog)
    for size in range(min(len(words), _MOST_WORDS), 0, -1):
        if "".join(words[:size]) in names and (kind := _meant(" ".join(words[:size]), analyte, catalog)) != "unknown":
            return size, kind
    return 1, "unknown"


def _words(name: str) -> list[str]:
    return _WORD.findall(name[:_LONGEST].casefold())


def _meant(words: str, analyte: Analyte, catalog: Catalog) -> _Meant:
    """Whether some words are a name of the analyte, or of a look-alike."""
    context = catalog.find_context(words)
    if context is not None:
        return "same" if context.marker.id == analyte.id else "unknown"
    try:
        return "same" if catalog.marker(words).id == analyte.id else "unknown"
    except MarkerError as error:
        return "alike" if isinstance(error, AnotherAnalyteError) else "unknown"


def _share(words: list[str], known: frozenset[str]) -> bool:
    """Whether any of the words is one of the known ones, is short for one, or holds one."""
    return any(
        word in known
        or any(len(word) >= _TELLING and each.startswith(word) for each in known)
        or any(len(each) > _TELLING and each in word for each in known)
        for word in words
        if not word.isdigit()
    )


@lru_cache(maxsize=8)
def _names(catalog: Catalog) -> frozenset[str]:
    """Every name that is known, folded: most words are none, and are passed over at once."""
    context = (name for each in catalog.context.values() for name in (each.id, each.name, *each.aliases))
    return frozenset(map(fold_name, (*catalog.names, *context)))


@lru_cache(maxsize=256)
def _known(id_: str, catalog: Catalog) -> frozenset[str]:
    """The words of every name of an analyte that tell it, and its names without their gaps."""
    analyte = catalog.analyte(id_)
    names = (analyte.id, analyte.name, *analyte.aliases, *(component(each.name) for each in analyte.loinc))
    words = {word for name in names for word in _words(name) if len(word) > 1 and not word.isdigit()}
    return frozenset((words | {fold_name(name) for name in names}) - _GENERAL)
