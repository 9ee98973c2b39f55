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

_ENDING = 4
"""Letters of a word beyond which another may end with it: `Plasmaeisen`, and not `Spironolactone` or `environment`."""

_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[a-z]{3}")
_AFTER = re.compile(r"--\s*[0-9]")
"""How LOINC names a test some hours after something was given."""

_VITAMIN = re.compile(r"\bvit(?:amin[ae]?)?\W{0,3}(?:(b)\W?([0-9]{1,2})|([a-k]))(?![a-z])")
"""Which vitamin a name says; of those with numbers only B is several."""

_LOINC_NAME = re.compile(
    r"(?P<long>[^\[\]]+?)\s*\[[^\[\]]*\]\s*in\s.*|(?P<short>.+?)\s+(?:SerPl|Ser|Plas)(?:Bld)?(?:-\w+)?", re.IGNORECASE
)
"""LOINC's long and short names, such as `Ferritin [Mass/volume] in Serum or Plasma` and `Ferritin SerPl-mCnc`."""

_CHANGED = frozenset(
    {"post", "dose", "challenge", "tolerance", "absorption", "loading", "goal", "target", "zielwert", "objetivo"}
    | {"belastung", "belastungstest", "eisenbelastungstest", "resorption", "resorptionstest", "eisenresorptionstest"}
    | {"intake", "dietary", "ratio", "quotient", "index", "receptor", "rezeptor", "stfr", "gene", "interpretation"}
    | {"antibody", "antibodies", "anti", "antikörper", "antikoerper", "anticorps", "antistof", "anticuerpo"}
    | {"active", "aktiv", "aktive", "aktives", "actief", "actieve", "activa", "activo", "apoferritin", "glycosylated"}
    | {"holo", "holotc", "transcobalamin", "holotranscobalamin", "holotranscobalamine", "holotranscobalamina"}
    | {"free", "frei", "freie", "freies", "libre", "vrij", "vrije", "bioavailable", "labile", "bindungskapazität"}
    | {"latent", "latente", "unbound", "unsaturated", "ungesättigt", "ungesättigte", "onverzadigd", "onverzadigde"}
    | {"oxygen", "o2", "so2", "sauerstoff", "sauerstoffsättigung", "oxygène", "zuurstof", "zuurstofsaturatie"}
    | {"zuurstofverzadiging", "oxígeno", "oxigeno"}
)
"""Words that make another thing of the analyte that stands beside them, in five languages."""

_OTHER_FORM = re.compile(
    r"\b(?:1|24)[^\W\d]{0,5}\W{1,3}25\b|di(?:hydrox|hidrox)|\A\W*d?u[-_]|(?:[-/(]|\bi[. ]{1,2})u\b\W*\Z",
    re.IGNORECASE,
)
"""A second hydroxyl group of vitamin D, as `1,25` or in words; and urine in the short forms `U-Fe`, `Fe-U`, `i.U.`."""

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

_Meant = Literal["same", "other", "alike", "unknown"]


def component(name: str) -> str:
    """What a name of LOINC measures, without property and specimen; any other name as it is.

    >>> component("Ferritin [Mass/volume] in Serum or Plasma"), component("Iron SerPl-mCnc"), component("Eisen")
    ('Ferritin', 'Iron', 'Eisen')
    """
    match = _LOINC_NAME.fullmatch(name[:_LONGEST].strip())
    return (match["long"] or match["short"]) if match else name


def is_changed(name: str, analyte: Analyte, catalog: Catalog) -> bool:
    """Whether a word in a name makes another thing of an analyte, such as `post dose`, `active` or `1,25`."""
    changed = _CHANGED.intersection(_words(name)) - _known(analyte.id, catalog)
    return bool(changed) or any(each.search(name[:_LONGEST]) for each in (_AFTER, _OTHER_FORM))


def is_other(name: str, analyte: Analyte, catalog: Catalog) -> bool:
    """Whether a name that is not known as a whole is of another test than the analyte of its code.

    It is where no word of it is of a name of the analyte, where it holds the name of another analyte and none of this
    one, or of a look-alike and no word of this one, or where it says another vitamin. A name in other than Latin
    letters, or without any longer word, is only not understood.
    """
    words = _words(name)
    if (said := _vitamins(name)) and said.isdisjoint(_own_vitamins(analyte.id, catalog)):
        return True
    left: list[str] = []
    kinds: set[_Meant] = set()
    while words:
        size, kind = _first(words, analyte, catalog)
        if kind == "same":
            return False
        kinds.add(kind)
        left += words[:size] if kind == "unknown" and words[0] not in _GENERAL else []
        words = words[size:]
    if "other" in kinds or _share(left, _known(analyte.id, catalog)):
        return "other" in kinds
    return "alike" in kinds or (isinstance(analyte, Marker) and any(map(_LATIN.search, left)))


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
    """Whether some words are a name of the analyte, of another that is no part of its names, or of a look-alike."""
    context = catalog.find_context(words)
    try:
        if (context.marker if context else catalog.marker(words)).id == analyte.id:
            return "same"
    except MarkerError as error:
        return "alike" if isinstance(error, AnotherAnalyteError) else "unknown"
    return "unknown" if any(fold_name(words) in each for each in _known(analyte.id, catalog)) else "other"


def _share(words: list[str], known: frozenset[str]) -> bool:
    """Whether any of the words is one of the known ones, is short for one, or begins or ends with one."""
    return any(
        word in known
        or any(len(word) >= _TELLING and each.startswith(word) for each in known)
        or any(len(each) > _TELLING and word.startswith(each) for each in known)
        or any(len(each) > _ENDING and word.endswith(each) for each in known)
        for word in words
        if not word.isdigit()
    )


def _vitamins(name: str) -> set[str]:
    return {"".join(found) for found in _VITAMIN.findall(name[:_LONGEST].casefold())}


@lru_cache(maxsize=64)
def _own_vitamins(id_: str, catalog: Catalog) -> frozenset[str]:
    """The vitamins that the names of an analyte say: `b12`, or `d`, `d2` and `d3`."""
    analyte = catalog.analyte(id_)
    names = (analyte.name, *analyte.aliases, *(each.name for each in analyte.loinc))
    return frozenset(vitamin for name in names for vitamin in _vitamins(name))


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
