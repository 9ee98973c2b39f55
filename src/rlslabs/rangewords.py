"""The words beside a printed range: whom it is for, what else than normal it is, and what is not understood."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from rlslabs.population import Sex

_LONGEST = 200
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")

_SEXES: dict[str, Sex] = {
    **dict.fromkeys(("female", "females", "women", "woman", "f", "frau", "frauen", "weiblich"), "female"),
    **dict.fromkeys(("femme", "femmes", "vrouw", "vrouwen", "mujer", "mujeres"), "female"),
    **dict.fromkeys(("male", "males", "men", "man", "m", "mann", "männer", "maenner", "männlich", "maennlich"), "male"),
    **dict.fromkeys(("homme", "hommes", "mannen", "hombre", "hombres"), "male"),
}
_ADULTS = {"adult", "adults", "erwachsene", "adulte", "adultes", "volwassene", "volwassenen", "adulto", "adultos"}
_PREGNANT = ("pregnan", "schwanger", "enceinte", "grossesse", "zwanger", "embaraz")
_UNPREGNANT = re.compile(rf"\b(?:non|not|nicht|niet|no)[\s-]{{0,3}}(?:{'|'.join(_PREGNANT)})\w*")
_DENYING = {
    *(
        "non",
        "not",
        "no",
        "nicht",
        "kein",
        "keine",
        "niet",
        "geen",
        "pas",
        "sin",
        "except",
        "excluding",
        "ohne",
        "sauf",
    ),
    *("without", "unless", "sans", "zonder", "ausser", "nor"),
}
"""Words that turn round what stands beside them; whom a range with one of them is for cannot be told."""

_RELATIVE = {"below", "above", "under", "over", "less", "more", "greater", "upper", "outside"}
_BOUND = re.compile(
    r"\b(?:below|above|under|over|less|more|greater|higher|lower)\b(?:\s+(?:than|or|equal|to))*[\s:]*(?=[0-9])"
    r"|(?<=[0-9])\s*(?:[a-zµμ%/]+\s+)?(?:and|or)\s+(?:below|above|under|over|less|more|greater|higher|lower)\b"
    r"(?![\s:]*[0-9]|\s+(?:than|or\s+equal))"
    r"|\b(?:low|lower|upper|high)\s+(?:reference\s+|normal\s+)?(?:limits?|end)\b"
    r"|\blow(?:er)?[\s:=]{1,3}(?=[0-9][0-9.,]*[\s,;]+(?:and\s+)?(?:high|upper)[\s:=]{1,3}[0-9])"
    r"|(?<=[0-9\s,;])(?:high|upper)[\s:=]{1,3}(?=[0-9.,]+\s*$)"
)
"""How a number is said to be an end: `below 30`, `30 or more`, `lower limit 30`, `low 30 high 400`."""

_OTHER_PEOPLE = (
    *("trimest", "menopaus", "child", "pediat", "paediat", "infant", "newborn", "neonat", "boy", "girl", "cord"),
    *("lactat", "athlet", "elder", "age", "year", "yr", "month", "week", "old", "dialys", "haemodial", "hemodial"),
    *("kind", "enfant", "niñ", "jahr", "jaar", "año", "mois", "monat", "maand", "jong", "alter"),
)
_OTHER_KINDS = (
    *("defici", "insuffi", "inadequ", "suffici", "adequa", "optim", "desir", "target", "goal", "therap", "treat"),
    *("toxic", "intox", "critic", "panic", "alert", "sever", "mild", "moderat", "low", "high", "elevat", "border"),
    *("replet", "deplet", "overload", "excess", "risk", "abnorm", "positiv", "negativ", "mangel", "ziel", "carence"),
    *("carencia", "tekort", "objet", "supplement", "recommend", "harm", "danger", "potential", "interven", "action"),
)
"""How a band is named that is no normal range; also in German, French, Dutch and Spanish."""

_HARMLESS = {
    *("normal", "normals", "norm", "range", "ranges", "reference", "ref", "interval", "intervals", "limit", "limits"),
    *("value", "values", "lab", "laboratory", "standard", "usual", "expected", "all", "both", "sexes", "general"),
    *("finding", "person", "patient", "patients", "only", "sex", "gender", "healthy", "serum", "plasma", "human"),
    *("to", "from", "and", "or", "of", "the", "for", "is", "in", "than", "equal", "up"),
    *("between", "at", "least", "most", "bis", "von", "de", "à"),
    *("referenz", "referenzbereich", "referenzwert", "normalbereich", "normwert", "normale", "normales", "valeur"),
    *("valeurs", "référence", "referentie", "referentiewaarden", "referentiewaarde", "valor", "valores", "referencia"),
    *("ng", "pg", "ug", "μg", "mcg", "mg", "g", "ml", "dl", "l", "umol", "μmol", "nmol", "pmol", "mol"),
    *("per", "percent", "microgram", "micrograms", "nanogram", "nanograms", "liter", "litre", "si"),
}


class RangeWords(NamedTuple):
    """What the words beside a range say.

    `kind` is the word by which it is something else than normal, `others` one for people who cannot be told,
    `unknown` one that is not understood; each is empty where there is none. `unpregnant` says that it does not hold in
    pregnancy.
    """

    sexes: frozenset[Sex]
    pregnant: bool
    unpregnant: bool
    adults: bool
    kind: str
    others: str
    unknown: str
    numbers: frozenset[Decimal]

    @property
    def contradicts(self) -> bool:
        """Whether they say that the range is not the normal one of everybody."""
        return bool(self.sexes or self.pregnant or self.unpregnant or self.kind or self.others)


def range_words(text: str) -> RangeWords:
    """Sort the words of a text.

    >>> range_words("Pregnant women").pregnant, range_words("Toxic").kind, range_words("ECLIA").unknown
    (True, 'toxic', 'eclia')
    """
    said, unpregnant = _UNPREGNANT.subn(" ", text[:_LONGEST].casefold())
    words = _WORD.findall(_BOUND.sub(" ", said))
    pregnant = [word for word in words if word.startswith(_PREGNANT)]
    kinds = [word for word in words if word.startswith(_OTHER_KINDS) or word in _RELATIVE]
    known = {*pregnant, *kinds, *_SEXES, *_ADULTS, *_HARMLESS}
    others = [word for word in words if word in _DENYING or (word not in known and word.startswith(_OTHER_PEOPLE))]
    unknown = [word for word in words if word not in known and word not in others]
    return RangeWords(
        frozenset(_SEXES[word] for word in words if word in _SEXES),
        bool(pregnant),
        unpregnant > 0,
        not _ADULTS.isdisjoint(words),
        kinds[0] if kinds else "",
        others[0] if others else "",
        "…" if len(text) > _LONGEST else unknown[0] if unknown else "",
        frozenset(Decimal(each.replace(",", ".")) for each in _NUMBER.findall(text[:_LONGEST])),
    )
