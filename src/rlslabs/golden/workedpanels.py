"""Panels with every rule answered by hand: inflammation, iron overload in men, dialysis, children, pregnancy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredPanel, AskedPatient, AskedResult, Question

_EVERYBODY = ("irlssg-2018/overload-stop",)
_NOT_PREGNANT = ("absolute-iron-deficiency", "ferritin-masked", "crp-at-limit", "vitamin-d-excess")
CHILD = (*_EVERYBODY, *_NOT_PREGNANT, "aasm-2025/child-iron")
FROM_16 = ("b12-low", "b12-indeterminate")
ADULT = (
    *(*_EVERYBODY, *_NOT_PREGNANT, *FROM_16, "overload-screen", "high-ferritin-without-high-saturation"),
    *("functional-iron-deficiency", "inflammation-pattern", "mixed-pattern", "aan-2016/oral-iron"),
    *("aasm-2025/adult-iron", "aasm-2025/adult-iv-only", "irlssg-2018/oral-iron", "irlssg-2018/first-iv-course"),
    *("irlssg-2018/iv-iron", "silber-2021/iv-iron"),
)
_DIALYSIS = (*ADULT, "aasm-2025/esrd-iron")

MAN = AskedPatient(sex="male", age=40)
WOMAN = AskedPatient(sex="female", age=40, pregnant=False)
_ON_DIALYSIS = AskedPatient(sex="male", age=60, conditions=("dialysis",))
_BOY = AskedPatient(sex="male", age=10)
_PREGNANT = AskedPatient(sex="female", age=30, pregnant=True)
UNITS = {
    "f": ("ferritin", "ng/mL"),
    "t": ("transferrin_saturation", "%"),
    "i": ("iron", "ug/dL"),
    "c": ("tibc", "ug/dL"),
    "p": ("crp", "mg/L"),
    "b": ("vitamin_b12", "pg/mL"),
    "d": ("vitamin_d", "ng/mL"),
}
"""The marker and unit of each letter by which a panel is written."""

_PRINTED = {
    "inflammation": "saturation < 20, ferritin > 100, TIBC low or low-normal; mixed: 30-100 with CRP > 5",
    "overload": "men: ferritin > 300 and saturation > 50; stop: ferritin >= 300 or saturation >= 45",
    "dialysis": "AASM: ferritin < 200 and saturation < 20",
    "child": "AASM: ferritin < 50; WHO: ferritin < 15, under 5 years < 12",
    "pregnant": "no adult range or rule applies; the stop is a caution for everybody",
}
_SOURCES = {
    "inflammation": ("knowledge: 5", "knowledge: 2.1"),
    "overload": ("knowledge: 5", "knowledge: 10, EASL and IRLSSG", "knowledge: 2.2"),
    "dialysis": ("knowledge: 2.1, AASM", "knowledge: 10, AASM"),
    "child": ("knowledge: 2.1, AASM", "knowledge: 1.4, WHO", "knowledge: 10, IRLSSG children"),
    "pregnant": ("knowledge: 1.2", "knowledge: D5"),
}


class _Case(NamedTuple):
    """Values of ferritin, saturation, TIBC, CRP, B12 and vitamin D (`f`, `t`, `c`, `p`, `b`, `d`), and what holds.

    The rules in `yes` hold, those in `open` are as it says, and every other one for such a patient does not hold.
    """

    name: str
    patient: AskedPatient
    rules: tuple[str, ...]
    values: str
    yes: tuple[str, ...]
    arithmetic: str
    open: tuple[tuple[str, str], ...] = ()


SHORT_OF_IRON = ("functional-iron-deficiency", "aasm-2025/adult-iron", "irlssg-2018/iv-iron")
_INFLAMED = (*SHORT_OF_IRON, "inflammation-pattern", "ferritin-masked")
UP_TO_75 = ("aan-2016/oral-iron", "irlssg-2018/oral-iron", "irlssg-2018/first-iv-course", "silber-2021/iv-iron")
_MASKED_UNKNOWN = (("ferritin-masked", "missing"), ("crp-at-limit", "missing"))
STOP, _CHILD_IRON = "irlssg-2018/overload-stop", "aasm-2025/child-iron"

_CASES: tuple[_Case, ...] = (
    _Case(
        "inflammation/low-tibc", MAN, ADULT, "f150 t15 c240 p12 b600 d45", _INFLAMED, "15 < 20, 150 > 100, 240 < 250"
    ),
    _Case(
        *("inflammation/low-normal-tibc", MAN, ADULT, "f150 t15 c260 p12 b600 d45", _INFLAMED),
        "15 < 20, 150 > 100, 260 low in 250-400",
    ),
    _Case(
        *("inflammation/woman", WOMAN, ADULT, "f150 t15 c260 p12 b600 d45", _INFLAMED),
        "15 < 20, 150 > 100, 260 low in 250-400; no limit of hers differs here",
    ),
    _Case(
        "inflammation/saturation-19.9", MAN, ADULT, "f150 t19.9 c260 p12 b600 d45", _INFLAMED, "19.9 < 20, 150 > 100"
    ),
    _Case(
        *("inflammation/saturation-20", MAN, ADULT, "f150 t20 c260 p12 b600 d45"),
        *(("ferritin-masked", "irlssg-2018/iv-iron"), "20 is not below 20"),
    ),
    _Case(
        *("inflammation/ferritin-100", MAN, ADULT, "f100 t15 c260 p12 b600 d45"),
        (
            *(*SHORT_OF_IRON, "mixed-pattern", "ferritin-masked", "aasm-2025/adult-iv-only"),
            "irlssg-2018/first-iv-course",
        ),
        "100 is not above 100; mixed: 30 <= 100 <= 100 and 12 > 5; AASM and IRLSSG to 100, Silber below it",
    ),
    _Case(
        *("inflammation/ferritin-100.1", MAN, ADULT, "f100.1 t15 c260 p12 b600 d45", _INFLAMED),
        "100.1 > 100: inflammation, and no longer mixed",
    ),
    _Case(
        *("inflammation/high-tibc", MAN, ADULT, "f150 t15 c400.1 p12 b600 d45"),
        *((*SHORT_OF_IRON, "ferritin-masked"), "400.1 > 400: TIBC is high"),
    ),
    _Case(
        *("inflammation/without-crp", MAN, ADULT, "f150 t15 c240 b600 d45"),
        *((*SHORT_OF_IRON, "inflammation-pattern"), "CRP names the pattern and does not make it", _MASKED_UNKNOWN),
    ),
    _Case(
        *("inflammation/without-tibc", MAN, ADULT, "f150 t15 p12 b600 d45", (*SHORT_OF_IRON, "ferritin-masked")),
        *("TIBC would decide", (("inflammation-pattern", "missing"),)),
    ),
    _Case(
        *("inflammation/crp-5", MAN, ADULT, "f150 t15 c240 p5 b600 d45"),
        *((*SHORT_OF_IRON, "inflammation-pattern", "crp-at-limit"), "5 is not above 5"),
    ),
    _Case(
        *("overload/man", MAN, ADULT, "f301 t50.1 c260 p1 b600 d45", ("overload-screen", STOP)),
        "301 > 300 and 50.1 > 50; 301 >= 300",
    ),
    _Case(
        *("overload/man-saturation-50", MAN, ADULT, "f301 t50 c260 p1 b600 d45"),
        *(("high-ferritin-without-high-saturation", STOP), "50 is not above 50, which is raised in men; 301 > 300"),
    ),
    _Case(
        *("overload/man-ferritin-300", MAN, ADULT, "f300 t51 c260 p1 b600 d45", (STOP,)),
        "300 is not above 300; 300 >= 300 and 51 >= 45",
    ),
    _Case("overload/stop-by-ferritin", MAN, ADULT, "f300 t30 c260 p1 b600 d45", (STOP,), "300 >= 300"),
    _Case("overload/stop-by-saturation", MAN, ADULT, "f299 t45 c260 p1 b600 d45", (STOP,), "45 >= 45"),
    _Case(
        *("overload/below-the-stop", MAN, ADULT, "f299.9 t44.9 c260 p1 b600 d45", ("irlssg-2018/iv-iron",)),
        "299.9 < 300 and 44.9 < 45",
    ),
    _Case(
        *("dialysis/both", _ON_DIALYSIS, _DIALYSIS, "f199.9 t19.9 c240 p1 b600 d45"),
        *((*SHORT_OF_IRON, "inflammation-pattern", "aasm-2025/esrd-iron"), "199.9 < 200 and 19.9 < 20"),
    ),
    _Case(
        *("dialysis/ferritin-200", _ON_DIALYSIS, _DIALYSIS, "f200 t19.9 c240 p1 b600 d45"),
        *((*SHORT_OF_IRON, "inflammation-pattern"), "200 is not below 200"),
    ),
    _Case(
        *("dialysis/saturation-20", _ON_DIALYSIS, _DIALYSIS, "f199.9 t20 c240 p1 b600 d45", ("irlssg-2018/iv-iron",)),
        "20 is not below 20",
    ),
    _Case(
        *("dialysis/ferritin-75", _ON_DIALYSIS, _DIALYSIS, "f75 t19 c240 p1 b600 d45"),
        *((*SHORT_OF_IRON, *UP_TO_75, "aasm-2025/esrd-iron"), "75 < 200 and 19 < 20; 75 <= 75 for the others"),
    ),
    _Case(
        *("dialysis/not-declared", MAN, ADULT, "f199.9 t19.9 c240 p1 b600 d45"),
        *((*SHORT_OF_IRON, "inflammation-pattern"), "the criterion is for dialysis alone"),
    ),
    _Case("child/ferritin-49.9", _BOY, CHILD, "f49.9 t25 c300 p1 d30", (_CHILD_IRON,), "49.9 < 50"),
    _Case("child/ferritin-50", _BOY, CHILD, "f50 t25 c300 p1 d30", (), "50 is not below 50"),
    _Case("child/ferritin-15", _BOY, CHILD, "f15 t25 c300 p1 d30", (_CHILD_IRON,), "15 is not below 15"),
    _Case(
        *("child/ferritin-14.9", _BOY, CHILD, "f14.9 t25 c300 p1 d30"),
        *((_CHILD_IRON, "absolute-iron-deficiency"), "14.9 < 15, from 5 years"),
    ),
    _Case(
        *("child/four-ferritin-12", AskedPatient(sex="male", age=4), CHILD, "f12 t25 c300 p1 d30", (_CHILD_IRON,)),
        "under 5 years the limit is 12, and 12 is not below it",
    ),
    _Case(
        *("child/four-ferritin-11.9", AskedPatient(sex="male", age=4), CHILD, "f11.9 t25 c300 p1 d30"),
        *((_CHILD_IRON, "absolute-iron-deficiency"), "11.9 < 12"),
    ),
    _Case("child/ferritin-300", _BOY, CHILD, "f300 t25 c300 p1 d30", (STOP,), "300 >= 300"),
    _Case(
        *("child/open", _BOY, CHILD, "f<60 t25 c300 p1 d30", ()),
        *("59 is not below 50, and 5 is", ((_CHILD_IRON, "undecided"), ("absolute-iron-deficiency", "undecided"))),
    ),
    _Case(
        *("child/seventeen", AskedPatient(sex="female", age=17, pregnant=False), (*CHILD, *FROM_16)),
        *("f49.9 t25 c300 p1 b600 d30", (_CHILD_IRON,), "49.9 < 50, to 17 years"),
    ),
    _Case(
        *("child/eighteen", AskedPatient(sex="female", age=18, pregnant=False), ADULT, "f49.9 t25 c300 p1 b600 d30"),
        *((*UP_TO_75, "aasm-2025/adult-iron", "irlssg-2018/iv-iron"), "an adult: 49.9 <= 75; 49.9 < 300 and 25 < 45"),
    ),
    _Case("pregnant/low", _PREGNANT, _EVERYBODY, "f10 t10 c300 p1 b600 d30", (), "10 < 300 and 10 < 45"),
    _Case("pregnant/ferritin-300", _PREGNANT, _EVERYBODY, "f300 t30 c300 p1 b600 d30", (STOP,), "300 >= 300"),
    _Case("pregnant/saturation-45", _PREGNANT, _EVERYBODY, "f10 t45 c300 p1 b600 d30", (STOP,), "45 >= 45"),
)


def worked_panels() -> Iterator[Hand]:
    """Every case; what was worked out is the rules and the remarks, and no other field is compared."""
    for case in _CASES:
        subject = case.name.partition("/")[0]
        results = tuple(
            AskedResult(marker=UNITS[each[0]][0], value=each[1:], unit=UNITS[each[0]][1], decimal_mark=".")
            for each in case.values.split()
        )
        said = {**dict.fromkeys(case.rules, "no"), **dict.fromkeys(case.yes, "yes"), **dict(case.open)}
        expect = AnsweredPanel(lines=(), remarks=(), derived=(), rules=said, missing=())
        yield Hand(
            f"worked/{case.name}",
            "worked",
            "every rule for such a patient, answered by hand",
            Question(results=results, patient=case.patient, panel=True),
            expect,
            _PRINTED[subject],
            case.arithmetic,
            _SOURCES[subject],
            ("rules", "remarks"),
        )
