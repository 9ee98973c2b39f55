"""Panels with printed ranges, comparators, births, named sets and refused lines; what is compared is by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredPanel, AskedPatient, AskedResult, DerivedValue, Question
from rlslabs.golden.workedpanels import ADULT, CHILD, FROM_16, MAN, SHORT_OF_IRON, STOP, UNITS, UP_TO_75, WOMAN

_PRINTED = {
    "range": "general: women 18-50 ferritin 20-175, iron 35-145; men 20-409, 50-150; TIBC 250-400; the report's own",
    "comparator": "general: women 18-50 ferritin 20-175, men 20-409; AASM <= 75; IRLSSG >= 300; CRP > 5",
    "born": "general: women 18-50 ferritin 20-175, from 51 20-328; boys 10-17 15-201; AASM: to 17 years < 50",
    "refused": "general: men ferritin 20-409, iron 50-150; specimens are serum and plasma",
    "set": "each set's ranges of men of 40, as knowledge 1.3 and 11.1 print them",
}
_SOURCES = ("knowledge: 1.1, 1.2, 1.3", "knowledge: 2.1, 5", "knowledge: 11.1", "knowledge: D2")
_LOW = (*UP_TO_75, "aasm-2025/adult-iron", "irlssg-2018/iv-iron")
_ON, _AFTER = "2024-05-31", "2024-06-01"
Facts = dict[str, Any]


def _results(written: str, **beside: Facts) -> tuple[AskedResult, ...]:
    """Results by their letters, `f150`, each with what else is said of it."""
    found = []
    for each in written.split():
        marker, unit = UNITS[each[0]]
        said = {"marker": marker, "value": each[1:], "unit": unit, "decimal_mark": ".", **beside.get(each[0], {})}
        found.append(AskedResult.model_validate(said, strict=False))
    return tuple(found)


_LINES: tuple[tuple[str, AskedPatient, str, Facts, tuple[str, ...], str], ...] = (
    ("range/above", WOMAN, "f38", {"f": {"range": "50-300"}}, ("low",), "38 < 50"),
    ("range/within", WOMAN, "f200", {"f": {"range": "30-400"}}, ("above-optimal",), "150 < 200 <= 400"),
    ("range/none", WOMAN, "f200", {}, ("high",), "175 < 200"),
    ("range/inverted", WOMAN, "f200", {"f": {"range": "400-30"}}, ("high",), "the general one is used: 175 < 200"),
    (
        *("range/of-its-own-line", MAN, "f25 i48", {"f": {"range": "30-400"}}, ("low", "low")),
        "25 < 30 as printed; 48 < 50, and no range is printed beside it",
    ),
    ("range/other-unit", MAN, "i55", {"i": {"range": "11-28 umol/L"}}, ("low",), "11 x 5.5845 = 61.43; 55 < 61.43"),
    ("comparator/below", WOMAN, "f20", {"f": {"comparator": "<"}}, ("low",), "all below 20 are low"),
    ("comparator/up-to", WOMAN, "f20", {"f": {"comparator": "<="}}, ("undecided",), "20 is within and 19 is below"),
    ("comparator/above", MAN, "f409", {"f": {"comparator": ">"}}, ("high",), "all above 409 are high"),
    ("comparator/from", MAN, "f409", {"f": {"comparator": ">="}}, ("undecided",), "409 is within and 410 is above"),
    ("refused/urine", MAN, "f38 i48", {"f": {"specimen": "urine"}}, ("refused: another-analyte", "low"), "48 < 50"),
    ("refused/no-unit", MAN, "f38 i48", {"f": {"unit": None}}, ("refused: missing-unit", "low"), "48 < 50"),
    (
        *("refused/comparators", MAN, "f<38 i48", {"f": {"comparator": ">"}}),
        *(("refused: comparator-conflict", "low"), "48 < 50"),
    ),
    (
        *("refused/mark", MAN, "f1,220 i1,220", {"f": {"decimal_mark": None}, "i": {"decimal_mark": ","}}),
        *(("refused: ambiguous-number", "low"), "1220 or 1.22; the comma of the iron parts decimals: 1.22 < 50"),
    ),
)
"""A name, a patient, results, what else is said of each, and what becomes of each line."""

_BY_SETS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        *("general", "f25 i48 c420 b190 d25", ("below-optimal", "low", "high", "below-optimal", "below-optimal")),
        "20 <= 25; 48 < 50; 400 < 420; 180 <= 190; 20 <= 25",
    ),
    (
        *("mayo", "f25 i48 c420 b190 d25", ("low", "low", "high", "below-optimal", "below-optimal")),
        "25 < 31; 48 < 50; 400 < 420; 180 <= 190; 20 <= 25",
    ),
    (
        *("arup", "f25 i48 c420 b190 d25", ("low", "below-optimal", "above-optimal", "below-optimal", "low")),
        "25 < 30; 45 <= 48; 420 <= 450; 180 <= 190; 25 < 30",
    ),
    (
        *("exeter-uk", "f25 i48 c420 b190 d25", ("low", "low", "no-range", "below-optimal", "below-optimal")),
        "25 < 30; 48 ug/dL = 8.6 umol/L < 10.6; no TIBC; 180 <= 190; 25 ng/mL = 62.4 nmol/L > 50",
    ),
    (
        *("auckland-nz", "f25 i48 c420 b190 d25", ("below-optimal", "low", "no-range", "low", "below-optimal")),
        "20 <= 25; 8.6 < 10 umol/L; no TIBC; 190 pg/mL = 140 pmol/L < 170; 50 <= 62.4 nmol/L",
    ),
    (
        *("quest", "f25 i48 c420 b190 d25", ("low", "low", "above-optimal", "low", "low")),
        "25 < 38; 48 < 50; 420 <= 425; 190 < 200; 25 < 30",
    ),
    (
        *("medlineplus", "f25 i48 c420 b190 d25", ("below-optimal", "low", "above-optimal", "no-range", "no-range")),
        "12 <= 25; 48 < 60; 420 <= 450; no vitamins",
    ),
    ("mayo", "t16", ("below-optimal",), "14 <= 16 < 25"),
    ("arup", "t16", ("low",), "16 < 20"),
    ("quest", "t16", ("low",), "16 < 20"),
    ("exeter-uk", "t16", ("low",), "16 < 20"),
    ("auckland-nz", "t16", ("no-range",), "no saturation"),
)
"""A set, results of a man of 40, and what becomes of each by that set."""

_INFLAMED = (*SHORT_OF_IRON, "inflammation-pattern")
_RULES: tuple[tuple[str, str, Facts, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("range/tibc-none", "f150 t15 c420 p1 b600 d45", {}, SHORT_OF_IRON, (), "400 < 420: TIBC is high"),
    (
        *("range/tibc-within", "f150 t15 c420 p1 b600 d45", {"c": {"range": "240-450"}}, _INFLAMED, ()),
        "15 < 20, 150 > 100, 420 <= 450 as printed: TIBC is not high",
    ),
    (
        *("range/tibc-above", "f150 t15 c260 p1 b600 d45", {"c": {"range": "200-255"}}, SHORT_OF_IRON, ()),
        "255 < 260 as printed: TIBC is high",
    ),
    (
        *("range/tibc-open", "f150 t15 c420 p1 b600 d45", {"c": {"range": ">240"}}, SHORT_OF_IRON, ()),
        "no end above as printed, and 400 < 420: TIBC is high",
    ),
    (
        *("comparator/above-300", "f300 t30 c300 p1 b600 d45", {"f": {"comparator": ">"}}, (STOP,)),
        (
            *("overload-screen", "high-ferritin-without-high-saturation", "functional-iron-deficiency"),
            *("inflammation-pattern", "aasm-2025/adult-iron"),
        ),
        "all above 300; 1201 is among them, beside which a saturation is not relied on",
    ),
    ("comparator/none-300", "f300 t30 c300 p1 b600 d45", {}, ("high-ferritin-without-high-saturation", STOP), (), ""),
    (
        *("comparator/below-75", "f75 t30 c300 p1 b600 d45", {"f": {"comparator": "<"}}, _LOW),
        *(("absolute-iron-deficiency",), "all below 75; 14 < 15, and 16 is not"),
    ),
    (
        *("comparator/crp-above-5", "f110 t30 c300 p5 b600 d45", {"p": {"comparator": ">"}}),
        *(("ferritin-masked", "irlssg-2018/iv-iron"), (), "all above 5; 110 < 300, 30 < 45"),
    ),
    (
        *("comparator/crp-none", "f110 t30 c300 p5 b600 d45", {}, ("crp-at-limit", "irlssg-2018/iv-iron"), ()),
        "5 is not above 5; 110 < 300, 30 < 45",
    ),
)
"""A name, what was measured of a woman of 40, what else is said of it, the rules that hold, those open, and why."""


def panel_cases() -> Iterator[Hand]:
    """Every case."""
    for name, patient, written, beside, lines, arithmetic in _LINES:
        asked = Question(results=_results(written, **beside), patient=patient, panel=True)
        yield _case(f"lines/{name}", asked, _panel(lines=lines), arithmetic, "lines")
    for set_, written, lines, arithmetic in _BY_SETS:
        asked = Question(results=_results(written), patient=MAN, panel=True, standard=set_)
        yield _case(f"set/{set_}/{written[0]}", asked, _panel(lines=lines), arithmetic, "lines")
    for name, written, beside, yes, open_, arithmetic in _RULES:
        asked = Question(results=_results(written, **beside), patient=WOMAN, panel=True)
        said = {**dict.fromkeys(ADULT, "no"), **dict.fromkeys(yes, "yes"), **dict.fromkeys(open_, "undecided")}
        yield _case(f"rules/{name}", asked, _panel(rules=said), arithmetic or "300 >= 300, 200 < 300", "rules")
    yield from _born()
    yield from _by_a_set()


def _born() -> Iterator[Hand]:
    """Each result is of the age at its own collection, and each rule of that of what it rests on."""
    woman = AskedPatient(sex="female", born="1973-06-01", pregnant=False)
    results = tuple(each for day in (_ON, _AFTER) for each in _results("f200", f={"collected": day}))
    asked = Question(results=results, patient=woman, panel=True)
    arithmetic = "50 years on 31 May: 175 < 200; 51 on 1 June: 200 <= 328"
    yield _case("born/two-days", asked, _panel(lines=("high", "above-optimal")), arithmetic, "lines")
    asked = Question(results=_results("f200"), patient=woman, panel=True)
    arithmetic = "to 50 years 175 < 200, from 51 200 <= 328"
    yield _case("born/no-day", asked, _panel(lines=("undecided",)), arithmetic, "lines")
    girl = AskedPatient(sex="female", born="2006-06-01", pregnant=False)
    child = {**dict.fromkeys((*CHILD, *FROM_16), "no"), "aasm-2025/child-iron": "yes"}
    grown = {**dict.fromkeys(ADULT, "no"), **dict.fromkeys(_LOW, "yes")}
    for name, day, rules, arithmetic in (
        ("seventeen", _ON, child, "17 years on 31 May: 49.9 < 50"),
        ("eighteen", _AFTER, grown, "18 years on 1 June: 49.9 <= 75; 49.9 < 300 and 25 < 45"),
    ):
        every = {letter: {"collected": day} for letter in UNITS}
        asked = Question(results=_results("f49.9 t25 c300 p1 b600 d30", **every), patient=girl, panel=True)
        yield _case(f"born/{name}", asked, _panel(rules=rules), arithmetic, "rules")


def _by_a_set() -> Iterator[Hand]:
    """The set that is asked for places what rules ask, judges what is computed, and gives way to a printed range."""
    said = {**dict.fromkeys(ADULT, "no"), **dict.fromkeys(_INFLAMED, "yes")}
    asked = Question(results=_results("f150 t15 c420 p1 b600 d45"), patient=WOMAN, panel=True, standard="arup")
    yield _case("set/arup/rules", asked, _panel(rules=said), "ARUP: 420 <= 450, so TIBC is not high", "rules")
    for name, status, beside in (("mayo", "below-optimal", "14 <= 15 < 25"), ("arup", "low", "15 < 20")):
        computed = {"marker": "transferrin_saturation", "value": "15", "unit": "%", "status": status}
        derived = (DerivedValue.model_validate(computed, strict=False),)
        asked = Question(results=_results("i60 c400"), patient=MAN, panel=True, standard=name)
        arithmetic = f"100 x 60 / 400 = 15; {beside}"
        yield _case(f"set/{name}/derived", asked, _panel(derived=derived), arithmetic, "derived")
    asked = Question(results=_results("f25 i48", f={"range": "15-200"}), patient=MAN, panel=True, standard="mayo")
    arithmetic = "15 <= 25 < 75 as printed, though Mayo prints 31-409; 48 < 50"
    yield _case("set/mayo/printed", asked, _panel(lines=("below-optimal", "low")), arithmetic, "lines")
    asked = Question(results=_results("i46"), patient=AskedPatient(age=40), panel=True, standard="quest", strict=True)
    arithmetic = "a man: 46 < 50; a woman: 40 <= 46; if she is pregnant no range is hers"
    yield _case("set/quest/stranger", asked, _panel(lines=("undecided",)), arithmetic, "lines")


def _panel(**said: Any) -> AnsweredPanel:  # noqa: ANN401  one of its fields
    nothing: Facts = {"lines": (), "remarks": (), "derived": (), "rules": {}, "missing": ()}
    return AnsweredPanel.model_validate({**nothing, **said}, strict=False)


def _case(name: str, asked: Question, expect: AnsweredPanel, arithmetic: str, field: str) -> Hand:
    """A case of which one field is compared."""
    subject = next(each for each in _PRINTED if each in name)
    why = "in a panel a result keeps its own range, comparator and day, and the set that is asked for"
    return Hand(
        *(f"worked/panel/{name}", "worked", why, asked, expect, _PRINTED[subject], arithmetic, _SOURCES, (field,))
    )
