"""Panels in SI units, of several days, discordant, swapped, refused in part and strict; what is compared is by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredPanel, AskedPatient, AskedResult, DerivedValue, Question
from rlslabs.golden.workedpanels import ADULT, UP_TO_75, WOMAN

_NEW, _OLD = "2024-05-01", "2023-05-01"
_UNITS = {
    "f": ("ferritin", "ng/mL", "pmol/L"),
    "t": ("transferrin_saturation", "%", "1"),
    "i": ("iron", "ug/dL", "umol/L"),
    "c": ("tibc", "ug/dL", "umol/L"),
    "u": ("uibc", "ug/dL", "umol/L"),
    "r": ("transferrin", "mg/dL", "g/L"),
    "p": ("crp", "mg/L", "mg/dL"),
    "b": ("vitamin_b12", "pg/mL", "pmol/L"),
    "d": ("vitamin_d", "ng/mL", "nmol/L"),
}
"""By a letter: the marker, its usual unit and another one."""

_PRINTED = {
    "rules": "AASM: ferritin <= 75 or saturation < 20; B12 < 180, 180-350; CRP > 5; D > 50; IRLSSG < 300 and < 45",
    "derived": "saturation = 100 x iron / TIBC, of one sample; apart by more than 3 points and by more than 10 %",
    "remarks": "printed and computed saturation apart by more than 3 points and 10 %; ferritin above 1200",
    "lines": "women: ferritin 20-175, iron 35-145, TIBC 250-400, saturation 14-50; optimal as in the RLS protocol",
}
_SOURCES = ("knowledge: 5", "knowledge: 2.1", "knowledge: 4", "knowledge: D8")


def _results(written: str) -> tuple[AskedResult, ...]:
    """Results by their letters: `f150` in the usual unit, `f'150` in the other, `f150@2024-05-01` of that day."""
    found = []
    for each in written.split():
        value, _, day = each[1:].partition("@")
        marker, *units = _UNITS[each[0]]
        unit = units[1] if value.startswith("'") else units[0]
        asked = AskedResult(marker=marker, value=value.lstrip("'"), unit=unit, decimal_mark=".", collected=day or None)
        found.append(asked)
    return tuple(found)


def sample_cases() -> Iterator[Hand]:
    """Every case."""
    yield from _ruled()
    yield from _computed()
    yield from _apart()
    yield from _lined()
    yield from _strict()


_FULL = "t30 c300 p1 b600 d45"
_DAY = f"t30@{_NEW} c300@{_NEW} p1@{_NEW} b600@{_NEW} d45@{_NEW}"
_LOW = (*UP_TO_75, "aasm-2025/adult-iron", "irlssg-2018/iv-iron")


class _Rules(NamedTuple):
    """A name, what was measured of a woman of 40, the rules that hold, the arithmetic, and the rules that are open."""

    name: str
    written: str
    yes: tuple[str, ...]
    arithmetic: str
    open: tuple[str, ...] = ()


_RULES: tuple[_Rules, ...] = (
    _Rules(
        "si/ferritin-66.75",
        "f'150 t'0.3 c'55 p'1 b'200 d'150",
        (*_LOW, "ferritin-masked", "b12-indeterminate", "vitamin-d-excess"),
        "150 pmol/L = 66.75 ng/mL; 0.3 = 30 %; 1 mg/dL = 10 mg/L; 200 pmol/L = 271.1 pg/mL; 150 nmol/L = 60.1 ng/mL",
    ),
    _Rules(
        "si/ferritin-75.65",
        "f'170 t'0.19 c'55 p'0.5 b'130 d'124",
        (
            *("aasm-2025/adult-iv-only", "aasm-2025/adult-iron", "irlssg-2018/first-iv-course", "silber-2021/iv-iron"),
            *("irlssg-2018/iv-iron", "functional-iron-deficiency", "crp-at-limit", "b12-low"),
        ),
        "170 pmol/L = 75.65 ng/mL; 0.19 = 19 %; 0.5 mg/dL = 5 mg/L; 130 pmol/L = 176.2 pg/mL; 124 nmol/L = 49.7 ng/mL",
    ),
    _Rules(
        *("si/overload", "f'700 t'0.46 c'55 p'0.1 b'500 d'100", ("overload-screen", "irlssg-2018/overload-stop")),
        "700 pmol/L = 311.5 ng/mL > 200 and >= 300; 0.46 = 46 % > 45",
    ),
    _Rules(
        *("si/absolute", "f'60 t'0.19 c'80 p'0.1 b'500 d'100", (*_LOW, "absolute-iron-deficiency")),
        "60 pmol/L = 26.7 ng/mL < 30; 0.19 = 19 % < 20",
    ),
    _Rules(
        *("days/newest", f"f110@{_NEW} f20@{_OLD} {_DAY}", ("irlssg-2018/iv-iron",)),
        "the newest ferritin is 110 and decides: 100 < 110 < 300",
    ),
    _Rules(
        *("days/newest-last", f"f110@{_OLD} f20@{_NEW} {_DAY}", _LOW),
        "the newest ferritin is 20 and decides, wherever it stands: 15 <= 20 <= 75; 30 % is not below 20",
    ),
    _Rules(
        *("days/two-of-one", f"f110@{_NEW} f20@{_NEW} {_DAY}", ("irlssg-2018/iv-iron",)),
        "20 and 110 of one day: 20 <= 75 < 110, 20 < 100 < 110",
        (*UP_TO_75, "aasm-2025/adult-iron"),
    ),
    _Rules(
        *("days/later", f"f110@{_NEW}T16:00 f20@{_NEW}T08:00 {_DAY}", ("irlssg-2018/iv-iron",)),
        "16:00 is after 8:00, so 110 decides: 100 < 110 < 300",
    ),
    _Rules(
        *("days/later-last", f"f110@{_NEW}T08:00 f20@{_NEW}T16:00 {_DAY}", _LOW),
        "16:00 is after 8:00, so 20 decides: 15 <= 20 <= 75",
    ),
    _Rules(
        *("days/zones", f"f110@{_NEW}T09:00+00:00 f20@{_NEW}T10:00+02:00 {_DAY}", ("irlssg-2018/iv-iron",)),
        "10:00 two hours east is 8:00, before 9:00, so 110 decides: 100 < 110 < 300",
    ),
    _Rules(
        *("days/one-without-a-time", f"f110@{_NEW}T16:00 f20@{_NEW} {_DAY}", ("irlssg-2018/iv-iron",)),
        "which of that day is the later nobody says: 20 <= 75 < 110, 20 < 100 < 110",
        (*UP_TO_75, "aasm-2025/adult-iron"),
    ),
    _Rules("refused-beside", f"f20 iX {_FULL}", _LOW, "the iron is refused, and takes nothing else with it: 20 <= 75"),
)


def _ruled() -> Iterator[Hand]:
    """Every rule for a woman of 40: values in other units, the newest of several days, one line refused."""
    for case in _RULES:
        said = {**dict.fromkeys(ADULT, "no"), **dict.fromkeys(case.yes, "yes"), **dict.fromkeys(case.open, "undecided")}
        expect = AnsweredPanel(lines=(), remarks=(), derived=(), rules=said, missing=())
        yield _case(case.name, case.written, expect, case.arithmetic, "rules")


def _value(marker: str, value: str, unit: str, status: str) -> DerivedValue:
    return DerivedValue.model_validate({"marker": marker, "value": value, "unit": unit, "status": status}, strict=False)


def _computed() -> Iterator[Hand]:
    """A value is computed of one sample alone, and TIBC never of transferrin unless that is asked for."""
    fifteen = (_value("transferrin_saturation", "15", "%", "below-optimal"),)
    cases: tuple[tuple[str, str, tuple[DerivedValue, ...], str], ...] = (
        ("one-day", f"i60@{_NEW} c400@{_NEW}", fifteen, "100 x 60 / 400 = 15; 14 <= 15 < 25"),
        ("no-day", "i60 c400", fifteen, "of one report: 100 x 60 / 400 = 15; 14 <= 15 < 25"),
        ("two-days", f"i60@{_NEW} c400@{_OLD}", (), "iron and TIBC of two samples"),
        ("one-dated", f"i60@{_NEW} c400", (), "TIBC of nobody knows which sample"),
        ("two-times", "i60@2024-05-01T08:00 c400@2024-05-01T16:00", (), "iron and TIBC of two samples of a day"),
        ("day-and-time", "i60@2024-05-01T08:00 c400@2024-05-01", fifteen, "one day: 100 x 60 / 400 = 15"),
        ("uibc-of-two-days", f"i60@{_NEW} u340@{_OLD}", (), "iron and UIBC of two samples"),
        ("transferrin", "i60 r250", (), "TIBC is measured, and not guessed from transferrin"),
        ("si", "i'10 c'40", (_value("transferrin_saturation", "25", "%", "optimal"),), "100 x 10 / 40 = 25"),
    )
    for name, written, derived, arithmetic in cases:
        expect = AnsweredPanel(lines=(), remarks=(), derived=derived, rules={}, missing=())
        yield _case(f"computed/{name}", written, expect, arithmetic, "derived")


def _apart() -> Iterator[Hand]:
    """Printed and computed saturation disagree by more than 3 points and by more than a tenth of the printed one."""
    cases: tuple[tuple[str, bool, str], ...] = (
        ("i60 c300 t23", False, "23 - 20 = 3 is not more than 3"),
        ("i60 c300 t23.1", True, "23.1 - 20 = 3.1 > 3; 3.1 > 2.31"),
        ("i30 c300 t7", False, "10 - 7 = 3 is not more than 3"),
        ("i30 c300 t6.9", True, "10 - 6.9 = 3.1 > 3; 3.1 > 0.69"),
        ("i120 c300 t44", False, "44 - 40 = 4 > 3; 4 is not more than 4.4"),
        ("i120 c300 t44.5", True, "44.5 - 40 = 4.5 > 3; 4.5 > 4.45"),
        ("i135 c300 t50", False, "50 - 45 = 5 > 3; 5 is not more than 5"),
        ("i135 c300 t50.1", True, "50.1 - 45 = 5.1 > 3; 5.1 > 5.01"),
        ("i12 c300 t5", False, "5 - 4 = 1 is not more than 3, though more than a tenth of 5"),
    )
    for written, apart, arithmetic in cases:
        remarks = ("discordant-saturation",) if apart else ()
        expect = AnsweredPanel(lines=(), remarks=remarks, derived=(), rules={}, missing=())
        yield _case(f"apart/{written.replace(' ', '-')}", written, expect, arithmetic, "remarks")
    for value, remarks in (("1200", ()), ("1200.01", ("unreliable-beside-ferritin",))):
        expect = AnsweredPanel(lines=(), remarks=remarks, derived=(), rules={}, missing=())
        written, arithmetic = f"f{value} t30 c300", f"{value} beside 1200, which itself is not above it"
        yield _case(f"unreliable/{value}", written, expect, arithmetic, "remarks")


def _lined() -> Iterator[Hand]:
    """What becomes of each line: a TIBC that is another test, one that cannot be read, another standard set."""
    swapped, low = "refused: another-analyte", "below-optimal"
    cases: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
        ("transferrin", "r250 c250 i60", ("read", swapped, low), "250 of both, which are never alike in these units"),
        ("saturation-uibc", "i60 c240 t20", (low, swapped, low), "100 x 60 / (60 + 240) = 20; 100 x 60 / 240 = 25"),
        (
            *("saturation-transferrin", "i60 c215 t20", (low, swapped, low)),
            "2.15 x 25.1 = 53.97 umol/L = 301 ug/dL: 19.9 %; 100 x 60 / 215 = 27.9",
        ),
        ("uibc", "i60 c240 u240", (low, swapped, "read"), "TIBC is UIBC and iron, and cannot be UIBC alone"),
        ("uibc-above", "i60 c240 u300", (low, swapped, "read"), "TIBC is UIBC and iron, and never less than UIBC"),
        ("unreadable", "f20 iX", (low, "refused: unreadable-value"), "20 <= 20 < 75; no number"),
    )
    for name, written, lines, arithmetic in cases:
        expect = AnsweredPanel(lines=lines, remarks=(), derived=(), rules={}, missing=())
        yield _case(f"lines/{name}", written, expect, arithmetic, "lines")
    expect = AnsweredPanel(lines=("below-optimal",), remarks=(), derived=(), rules={}, missing=())
    asked = Question(results=_results("f10"), patient=WOMAN, panel=True, standard="mayo")
    sources = ("knowledge: 1.1",)
    why, arithmetic = "the set that was asked for is used in a panel too", "6 <= 10 <= 175; 10 < 75"
    yield Hand(
        *("worked/sample/lines/mayo", "worked", why, asked, expect, "Mayo: women 18-50 6-175", arithmetic),
        *(sources, ("lines",)),
    )


def _strict() -> Iterator[Hand]:
    """Where nothing may be assumed, a woman who may be pregnant is told neither that a rule holds nor the contrary."""
    values = f"f20 {_FULL}"
    woman = AskedPatient(sex="female", age=40)
    said = {**dict.fromkeys(ADULT, "no"), **dict.fromkeys(_LOW, "undecided")}
    told = {**dict.fromkeys(ADULT, "no"), **dict.fromkeys(_LOW, "yes")}
    for name, strict, rules, arithmetic in (
        ("strict", True, said, "if she is pregnant no rule is hers, and if not 20 <= 75"),
        ("assumed", False, told, "20 <= 75, taken that she is not pregnant"),
    ):
        asked = Question(results=_results(values), patient=woman, panel=True, strict=strict)
        expect = AnsweredPanel(lines=(), remarks=(), derived=(), rules=rules, missing=())
        why, compare = "a pregnancy is unknown", ("rules",)
        sources = ("knowledge: 1.2", *_SOURCES)
        yield Hand(
            *(f"worked/sample/{name}", "worked", why, asked, expect, _PRINTED["rules"], arithmetic, sources, compare)
        )


def _case(name: str, written: str, expect: AnsweredPanel, arithmetic: str, field: str) -> Hand:
    """A case of which one field is compared."""
    asked = Question(results=_results(written), patient=WOMAN, panel=True)
    why = "what the results of one patient say together, each of its own sample and in its own unit"
    said = _PRINTED[field]
    return Hand(f"worked/sample/{name}", "worked", why, asked, expect, said, arithmetic, _SOURCES, (field,))
