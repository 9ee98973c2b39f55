"""The specimens that a text names: by the codes of HL7, and in words of five languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WHOLE = frozenset(
    {"bldc", "bldco", "wb", "whole", "vollblut", "volbloed", "rbc", "erythrocyte", "erythrocytes", "erythrozyten"}
    | {"hematies", "leukocytes", "leukozyten", "leucocytes", "pbmc", "kapillarblut", "guthrie", "dbs"}
    | {"hemolysate", "haemolysate", "hämolysat"}
)
"""Words for blood of which nothing was separated, or for its cells."""

_APART = frozenset({"dried", "spot", "cord", "total", "capillary", "fetal", "foetal"})
"""Words that say the same of blood beside which they stand."""

_SPECIMENS: dict[str, frozenset[str]] = {
    "serum": frozenset({"ser", "serum", "sérum", "suero", "siero"}),
    "plasma": frozenset({"plas", "plasm", "plasma"}),
    "blood": frozenset({"bld", "blda", "bldv", "blood", "blut", "bloed", "sang", "sangre", "sangue"}) | _WHOLE,
    "fluid": frozenset(
        {"ur", "urn", "urt", "urc", "ua", "csf", "lcr", "fluid", "flu", "sal", "speeksel", "stl", "feces", "faeces"}
        | {"selles", "heces", "milk", "amn"}
    ),
    "tissue": frozenset(
        {"tis", "weefsel", "liver", "hepatic", "leber", "lever", "foie", "bone", "haar"},
    ),
}
"""Codes of tables 0070 and 0487, and the words for them in English, German, French, Dutch and Spanish.

Source: HL7 Terminology, code systems v2-0070 and v2-0487 (CC0).
"""

_STEMS = {
    "fluid": re.compile(
        r"(?<![pam])urin(?!g)|harn(?!stoff|säure|saeure|saure)|^orin|liquor|cerebrospin|pun[ck]tat|as[cz]it|pleur"
        r"|periton|pericard|synov|amnio|fruchtwasser|dialysat|^stool|^stuhl|^saliv|speichel|sputum|^sweat|^semen"
    ),
    "marrow": re.compile(r"marrow|knochenmark|beenmerg|^moelle|^m[eé]dula"),
    "tissue": re.compile(r"^(?:tissue|gewebe|hair|biops|swab|aspirat|effusion|bile$|gastric|drain|abscess|spinal)"),
}
"""Words that are made of the name of a specimen, such as `Sammelharn`, `urinalysis` or `Aszites`; not `allopurinol`,
`during` or `Harnstoff`, which is measured in serum."""

_WORD = re.compile(r"[^\W\d_]+")

OTHER_FLUIDS = frozenset({"fluid", "marrow"})
"""Kinds that the name of an order tells of the results below it."""


def other_specimens(written: str, wanted: str = "serum or plasma") -> list[str]:
    """The words of a text that name another specimen than the one that is wanted.

    >>> other_specimens("Ferritin im Urin"), other_specimens("Ferritin [Mass/volume] in Serum or Plasma")
    (['urin'], [])
    """
    return [word for kind, word in specimens(written) if kind not in wanted]


def other_fluids(written: str) -> list[str]:
    """The words of an order's name that say that urine, another fluid than blood, or marrow was tested.

    A name such as `Complete blood count` or `Liver panel` says nothing of the specimen of a result below it.
    """
    return [word for kind, word in specimens(written) if kind in OTHER_FLUIDS]


def whole_blood(written: str) -> bool:
    """Whether a text names blood from which no serum or plasma was taken.

    >>> whole_blood("Dried blood spot"), whole_blood("Venous blood"), whole_blood("Total iron")
    (True, False, False)
    """
    found = list(specimens(written))
    bloods = {word for kind, word in found if kind == "blood"}
    return not bloods.isdisjoint(_WHOLE) or (bool(bloods) and not _APART.isdisjoint(_WORD.findall(written.casefold())))


def is_specimen(written: str, wanted: str) -> bool:
    """Whether a text names the specimen that is wanted, and no other one."""
    kinds = {kind for kind, _ in specimens(written)}
    return bool(kinds) and all(kind in wanted for kind in kinds)


def specimens(written: str) -> Iterator[tuple[str, str]]:
    """Every word of a text that names a specimen, after the kind of that.

    >>> list(specimens("Serum/Sammelurin"))
    [('serum', 'serum'), ('fluid', 'sammelurin')]
    """
    for word in _WORD.findall(written.casefold()):
        for kind, words in _SPECIMENS.items():
            if word in words:
                yield kind, word
        for kind, stem in _STEMS.items():
            if stem.search(word):
                yield kind, word
