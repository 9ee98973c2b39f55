"""Rules for people of whom something was declared, or of whom the sex or the age is unknown; each answer by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredPanel, AskedPatient, AskedResult, Question
from rlslabs.golden.workedpanels import ADULT, CHILD, FROM_16, SHORT_OF_IRON, STOP, UNITS, UP_TO_75

_PRINTED = {
    "declared": "AASM, dialysis: ferritin < 200 and saturation < 20",
    "sex": "EASL: women ferritin > 200 and saturation > 45, men > 300 and > 50; stop: ferritin >= 300 or >= 45 %",
    "menopause": "EASL 2022: after the menopause the limits of men, > 300 and > 50; CRP > 5 raises ferritin by itself",
    "against": "saturation > 45 is raised in women; CRP < 5 is no inflammation; TIBC; ferritin 70; vitamin D 80",
    "age": "WHO: ferritin < 15, under 5 years < 12; AASM: to 17 years < 50, adults <= 75; the others are for adults",
}
_SOURCES = ("knowledge: 5", "knowledge: 2.1", "knowledge: 1.4, WHO", "knowledge: 10, EASL")
_MAN = AskedPatient(sex="male", age=60)
_WOMAN = AskedPatient(sex="female", age=60, pregnant=False)
_SOMEBODY = AskedPatient(age=60, pregnant=False)
_INFLAMED = (*SHORT_OF_IRON, "inflammation-pattern")
_OVERLOAD, _HIGH = "overload-screen", "high-ferritin-without-high-saturation"
_REST = "c300 p1 b600 d45"


class _Case(NamedTuple):
    """What was measured of somebody, which rules hold and which are open of those that are for such a patient."""

    name: str
    patient: AskedPatient
    written: str
    yes: tuple[str, ...]
    arithmetic: str
    open: tuple[str, ...] = ()
    against: tuple[tuple[str, int], ...] = ()
    rules: tuple[str, ...] = ADULT
    strict: bool = False


_SEX: tuple[_Case, ...] = (
    _Case("sex/woman", _WOMAN, f"f250 t47 {_REST}", (_OVERLOAD, STOP), "a woman: 250 > 200 and 47 > 45"),
    _Case("sex/man", _MAN, f"f250 t47 {_REST}", (STOP,), "a man: 250 is not above 300"),
    _Case(
        *("sex/unknown", _SOMEBODY, f"f250 t47 {_REST}", (STOP,), "a woman: 250 > 200, 47 > 45; a man: 250 <= 300"),
        (_OVERLOAD,),
    ),
    _Case(
        *("sex/unknown-other", AskedPatient(sex="other", age=60, pregnant=False), f"f250 t47 {_REST}", (STOP,)),
        *("by neither word a woman or a man is meant", (_OVERLOAD,)),
    ),
    _Case(
        *("sex/both-open", _SOMEBODY, f"f301 t47 {_REST}", (STOP,)),
        *("a woman: 47 > 45, overload; a man: 301 > 300 and 47 <= 50, none", (_OVERLOAD, _HIGH), ((_HIGH, 1),)),
    ),
    _Case(
        *("sex/both-agree", _SOMEBODY, f"f301 t50.1 {_REST}", (_OVERLOAD, STOP)),
        "301 > 300 and 50.1 > 50: overload for both",
    ),
    _Case(
        *("sex/high-ferritin", _SOMEBODY, f"f250 t45 {_REST}", (STOP,), "a woman: 250 > 200, 45 <= 45; a man: none"),
        (_HIGH,),
    ),
    _Case("sex/neither", _SOMEBODY, f"f200 t44 {_REST}", ("irlssg-2018/iv-iron",), "200 is not above 200"),
)
"""Rules whose limits differ between women and men."""

_DIALYSIS_PANEL = "f199.9 t19.9 c240 p1 b600 d45"
_AGAINST_INFLAMED = (("inflammation-pattern", 1),)
_DECLARED: tuple[_Case, ...] = (
    *(
        _Case(
            f"declared/{name}",
            _MAN.model_copy(update={"conditions": (name,)}),
            _DIALYSIS_PANEL,
            _INFLAMED,
            "the criterion is for dialysis alone; CRP 1 < 5",
            against=_AGAINST_INFLAMED,
        )
        for name in ("takes-b12", "takes-vitamin-d", "postmenopausal", "chronic-kidney-disease", "inflammation")
    ),
    _Case(
        "declared/dialysis-and-b12",
        _MAN.model_copy(update={"conditions": ("takes-b12", "dialysis")}),
        _DIALYSIS_PANEL,
        (*_INFLAMED, "aasm-2025/esrd-iron"),
        "199.9 < 200 and 19.9 < 20",
        against=_AGAINST_INFLAMED,
        rules=(*ADULT, "aasm-2025/esrd-iron"),
    ),
    _Case(
        *("declared/child", AskedPatient(sex="male", age=10, conditions=("dialysis",)), "f49.9 t25 c300 p1 d30"),
        *(("aasm-2025/child-iron",), "the criterion is for adults; a child: 49.9 < 50"),
        rules=(*CHILD,),
    ),
)
"""What was declared that is no dialysis, and dialysis of a child."""

_AFTER = _WOMAN.model_copy(update={"conditions": ("postmenopausal",)})
_MENOPAUSE: tuple[_Case, ...] = (
    _Case(
        *("menopause/declared", _AFTER, f"f250 t47 {_REST}", (_OVERLOAD, STOP)),
        "250 > 200 and 47 > 45; 250 is not above 300, which speaks against it",
        against=((_OVERLOAD, 1),),
    ),
    _Case(
        *("menopause/one-exceeded", _AFTER, f"f301 t47 {_REST}", (_OVERLOAD, STOP)),
        "47 is not above 50, which speaks against it",
        against=((_OVERLOAD, 1),),
    ),
    _Case(
        *("menopause/both-exceeded", _AFTER, f"f301 t50.1 {_REST}", (_OVERLOAD, STOP)),
        "301 > 300 and 50.1 > 50: the limits of men are exceeded too",
    ),
    _Case(
        *("menopause/not-declared", _WOMAN, "f250 t47 c300 p6 b600 d45", (_OVERLOAD, "ferritin-masked", STOP)),
        "CRP 6 > 5 speaks against overload, and 250 >= 70 against masked low iron",
        against=(("ferritin-masked", 1), (_OVERLOAD, 1)),
    ),
    _Case(
        *("menopause/and-crp", _AFTER, "f250 t47 c300 p6 b600 d45", (_OVERLOAD, "ferritin-masked", STOP)),
        "CRP 6 > 5, and 250 is not above 300: two speak against overload",
        against=(("ferritin-masked", 1), (_OVERLOAD, 2)),
    ),
)
"""A woman after the menopause, of whom EASL 2022 speaks apart."""

_AGAINST: tuple[_Case, ...] = (
    _Case(
        *("against/high-ferritin", _MAN, f"f301 t46 {_REST}", (_HIGH, STOP)),
        "301 > 300 and 46 <= 50; 46 > 45 is raised in women",
        against=((_HIGH, 1),),
    ),
    _Case("against/high-ferritin-45", _MAN, f"f301 t45 {_REST}", (_HIGH, STOP), "45 is not above 45"),
    _Case(
        *("against/empty", _WOMAN, "f14 t25 c249 p1 b600 d45"),
        *(
            (*UP_TO_75, "absolute-iron-deficiency", "aasm-2025/adult-iron", "irlssg-2018/iv-iron"),
            "249 < 250: TIBC low",
        ),
        against=(("absolute-iron-deficiency", 1),),
    ),
    _Case(
        *("against/functional", _WOMAN, "f150 t15 c401 p1 b600 d45", SHORT_OF_IRON, "400 < 401: TIBC is high"),
        against=(("functional-iron-deficiency", 1),),
    ),
    _Case(
        *("against/mixed", _WOMAN, "f60 t15 c249 p6 b600 d45"),
        (*UP_TO_75, *SHORT_OF_IRON, "mixed-pattern", "ferritin-masked"),
        "249 < 250: TIBC is low; 60 is below 70",
        against=(("mixed-pattern", 1),),
    ),
    _Case(
        *("against/masked", _WOMAN, "f70 t25 c300 p6 b600 d45"),
        (*UP_TO_75, "aasm-2025/adult-iron", "irlssg-2018/iv-iron", "ferritin-masked"),
        "70 is not below 70",
        against=(("ferritin-masked", 1),),
    ),
    _Case(
        *("against/vitamin-d-80", _WOMAN, "f150 t25 c300 p1 b600 d80", ("irlssg-2018/iv-iron", "vitamin-d-excess")),
        "50 < 80, and 80 is not above 80",
        against=(("vitamin-d-excess", 1),),
    ),
    _Case(
        *("against/vitamin-d-80.1", _WOMAN, "f150 t25 c300 p1 b600 d80.1", ("irlssg-2018/iv-iron", "vitamin-d-excess")),
        "80 < 80.1",
    ),
)
"""What speaks against a finding, at its limit."""

_ANY_AGE = AskedPatient(sex="male")
_LOW = (*UP_TO_75, "aasm-2025/adult-iron", "irlssg-2018/iv-iron")
_AGE: tuple[_Case, ...] = (
    _Case(
        *("age/assumed", _ANY_AGE, "f13 t25 c300 p1 b600 d30", ("absolute-iron-deficiency", *_LOW)),
        "an adult, it is taken: 13 < 15, 13 <= 75",
    ),
    _Case(
        *("age/strict", _ANY_AGE, "f13 t25 c300 p1 b600 d30", (), "under 5 years 13 is not below 12"),
        ("absolute-iron-deficiency", "aasm-2025/child-iron", *_LOW),
        rules=(*ADULT, "aasm-2025/child-iron"),
        strict=True,
    ),
    _Case(
        *("age/strict-11.9", _ANY_AGE, "f11.9 t25 c300 p1 b600 d30", ("absolute-iron-deficiency",)),
        *("11.9 < 12 at every age", ("aasm-2025/child-iron", *_LOW)),
        rules=(*ADULT, "aasm-2025/child-iron"),
        strict=True,
    ),
    _Case(
        *("age/fifteen", AskedPatient(sex="male", age=15), "f13 t25 c300 p1 b170 d30"),
        ("absolute-iron-deficiency", "aasm-2025/child-iron"),
        "13 < 15; the limits of B12 are for people from 16 years",
        rules=(*CHILD,),
    ),
    _Case(
        *("age/sixteen", AskedPatient(sex="male", age=16), "f13 t25 c300 p1 b170 d30"),
        ("absolute-iron-deficiency", "aasm-2025/child-iron", "b12-low"),
        "13 < 15; from 16 years 170 < 180",
        rules=(*CHILD, *FROM_16),
    ),
)
"""A man of no known age, taken for an adult or not, and boys at the age from which B12 is judged."""


def declared_cases() -> Iterator[Hand]:
    """Every case; what is compared is every rule, and what speaks against it."""
    for case in (*_SEX, *_DECLARED, *_MENOPAUSE, *_AGAINST, *_AGE):
        results = tuple(
            AskedResult(marker=UNITS[each[0]][0], value=each[1:], unit=UNITS[each[0]][1], decimal_mark=".")
            for each in case.written.split()
        )
        said = {
            **dict.fromkeys(case.rules, "no"),
            **dict.fromkeys(case.yes, "yes"),
            **dict.fromkeys(case.open, "undecided"),
        }
        expect = AnsweredPanel(lines=(), remarks=(), derived=(), rules=said, against=dict(case.against), missing=())
        asked = Question(results=results, patient=case.patient, panel=True, strict=case.strict)
        printed, compare = _PRINTED[case.name.partition("/")[0]], ("rules", "against")
        why = "what is declared counts for what it says, and whoever is unknown is everybody it could be"
        yield Hand(
            *(f"worked/rules/{case.name}", "worked", why, asked, expect, printed, case.arithmetic, _SOURCES, compare)
        )
