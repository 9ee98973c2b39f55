"""Who the patient is: words for a sex and an age, births of all ages with and without a day of collection; by hand."""

from __future__ import annotations

from collections.abc import Iterator

from rlslabs.golden.hand import Hand
from rlslabs.golden.question import AnsweredResult, AskedPatient, AskedResult, Question
from rlslabs.model import Hl7Code, Status

_PRINTED = (
    "ferritin: men 20-409, women 18-50 20-175, from 51 20-328; 0 d-4 wk 150-973, 5 wk-5 mo 9-580, boys 6 mo-9 a 6-111, "
    "10-17 a 15-201"
)
_OTHERS = {
    "auckland-nz": "Auckland: ferritin of men 15-19 15-170, 20-30 20-320 ug/L",
    "arup": "ARUP: ferritin of women 17-59 13-150, from 60 11-328 ng/mL",
}
_SOURCES = ("knowledge: 1.1", "knowledge: 1.2", "knowledge: 11.1")


def _woman(**facts: str | int) -> AskedPatient:
    return AskedPatient.model_validate({"sex": "female", "pregnant": False, **facts}, strict=False)


def _boy(**facts: str | int) -> AskedPatient:
    return AskedPatient.model_validate({"sex": "male", **facts}, strict=False)


_CASES: tuple[tuple[str, AskedPatient, str, Status, tuple[Hl7Code, ...], str], ...] = (
    ("woman", AskedPatient(sex="woman", age=40, pregnant=False), "200", "high", ("H",), "175 < 200"),
    ("w", AskedPatient(sex="w", age=40, pregnant=False), "200", "high", ("H",), "175 < 200"),
    ("f", AskedPatient(sex="F", age=40, pregnant=False), "200", "high", ("H",), "175 < 200"),
    ("man", AskedPatient(sex="man", age=40), "200", "above-optimal", ("N",), "150 < 200 <= 409"),
    ("m", AskedPatient(sex="M", age=40), "200", "above-optimal", ("N",), "150 < 200 <= 409"),
    ("diverse", AskedPatient(sex="diverse", age=40, pregnant=False), "200", "undecided", (), "175 < 200 <= 409"),
    ("nonbinary", AskedPatient(sex="nonbinary", age=40, pregnant=False), "200", "undecided", (), "175 < 200 <= 409"),
    ("other", AskedPatient(sex="other", age=40, pregnant=False), "200", "undecided", (), "175 < 200 <= 409"),
    ("age-50.9", _woman(age="50.9"), "200", "high", ("H",), "50 completed years; 175 < 200"),
    ("age-51", _woman(age="51"), "200", "above-optimal", ("N",), "150 < 200 <= 328"),
    ("years-in-words", _woman(age="51 years"), "200", "above-optimal", ("N",), "150 < 200 <= 328"),
    ("three-weeks", AskedPatient(sex="male", age="3 weeks"), "100", "low", ("L",), "100 < 150"),
    (
        "five-weeks",
        AskedPatient(sex="male", age="5 weeks"),
        "100",
        "no-range",
        ("N",),
        "9 <= 100 <= 580; no optimal range",
    ),
    (
        "five-months",
        AskedPatient(sex="male", age="5 months"),
        "112",
        "no-range",
        ("N",),
        "9 <= 112 <= 580; no optimal range",
    ),
    ("seven-months", AskedPatient(sex="male", age="7 months"), "112", "high", ("H",), "111 < 112"),
    ("ten-days", AskedPatient(sex="male", age="10 days"), "100", "low", ("L",), "100 < 150"),
    ("a-hundred-and-fifteen", AskedPatient(sex="male", age=115), "38", "below-optimal", ("N",), "20 <= 38 < 75"),
    ("born", _woman(born="1973-06-01"), "200", "high", ("H",), "50 years on 31 May 2024; 175 < 200"),
    ("born-and-age", _woman(born="1973-06-01", age=50), "200", "high", ("H",), "50 years on 31 May 2024; 175 < 200"),
)
"""A name, a patient, a ferritin in ng/mL of 31 May 2024, its status, its codes, and the arithmetic."""

_BIRTHS: tuple[tuple[str, str, str, Status, tuple[Hl7Code, ...], str], ...] = (
    ("2024-04-27", "2024-05-31", "100", "low", ("L",), "34 days, 4 weeks; 100 < 150"),
    ("2024-04-26", "2024-05-31", "100", "no-range", ("N",), "35 days, 5 weeks; 9 <= 100 <= 580; no optimal range"),
    ("2023-12-01", "2024-05-31", "112", "no-range", ("N",), "5 months; 9 <= 112 <= 580; no optimal range"),
    ("2023-11-30", "2024-05-31", "112", "high", ("H",), "6 months; 111 < 112"),
    ("2023-07-02", "2024-01-01", "112", "no-range", ("N",), "183 days and yet 5 months; 9 <= 112 <= 580"),
    ("2023-02-01", "2023-08-01", "112", "high", ("H",), "181 days and yet 6 months; 111 < 112"),
    ("2014-06-01", "2024-05-31", "150", "high", ("H",), "9 years; 111 < 150"),
    ("2014-05-31", "2024-05-31", "150", "no-range", ("N",), "10 years; 15 <= 150 <= 201; no optimal range"),
    ("2006-06-01", "2024-05-31", "300", "high", ("H",), "17 years; 201 < 300"),
    ("2006-05-31", "2024-05-31", "300", "above-optimal", ("N",), "18 years; 150 < 300 <= 409"),
)
"""The day of birth and that of collection of a boy or man, a ferritin in ng/mL, and what is said of it."""

_LEAP: tuple[tuple[AskedPatient, str, str, str | None, Status, tuple[Hl7Code, ...], str], ...] = (
    (_boy(born="2004-02-29"), "2022-02-28", "300", None, "high", ("H",), "17 years, and 18 on 1 March; 201 < 300"),
    (_boy(born="2004-02-29"), "2022-03-01", "300", None, "above-optimal", ("N",), "18 years; 150 < 300 <= 409"),
    (_woman(born="1972-02-29"), "2023-02-28", "200", None, "high", ("H",), "50 years, and 51 on 1 March; 175 < 200"),
    (_woman(born="1972-02-29"), "2023-03-01", "200", None, "above-optimal", ("N",), "51 years; 150 < 200 <= 328"),
    (_boy(born="2004-02-29"), "2024-02-28", "200", "auckland-nz", "high", ("H",), "19 years; 170 < 200"),
    (_boy(born="2004-02-29"), "2024-02-29", "200", "auckland-nz", "above-optimal", ("N",), "20 years; 200 <= 320"),
    (_woman(born="1964-02-29"), "2024-02-28", "200", "arup", "high", ("H",), "59 years; 150 < 200"),
    (_woman(born="1964-02-29"), "2024-02-29", "200", "arup", "above-optimal", ("N",), "60 years; 200 <= 328"),
    (
        _boy(born="2006-03-01"),
        "2024-02-29",
        "300",
        None,
        "high",
        ("H",),
        "17 years, the day before he is 18; 201 < 300",
    ),
    (_boy(born="2023-08-31"), "2024-02-29", "112", None, "no-range", ("N",), "5 months; 9 <= 112 <= 580"),
    (_boy(born="2023-08-31"), "2024-03-01", "112", None, "high", ("H",), "6 months; 111 < 112"),
)
"""The same around a 29 February, which in a year without one is not reached before 1 March; and by which set."""

_AGREEING: tuple[tuple[AskedPatient, str, Status, tuple[Hl7Code, ...], str], ...] = (
    (_boy(born="2023-12-15", age="5 mo"), "112", "no-range", ("N",), "5 months, as is said; 9 <= 112 <= 580"),
    (_boy(born="2024-04-26", age="5 wk"), "100", "no-range", ("N",), "35 days are 5 weeks; 9 <= 100 <= 580"),
    (_boy(born="2024-05-21", age="10 d"), "100", "low", ("L",), "10 days, as is said; 100 < 150"),
)
"""A patient whose age is the one that the dates give, and what is said."""

_REFUSED: tuple[tuple[str, AskedPatient, str], ...] = (
    ("contradiction", _woman(born="1973-06-01", age=40), "50 years on 31 May 2024, and not 40"),
    ("contradiction/birthday", _woman(born="1973-05-31", age=50), "51 years on 31 May 2024, and not 50"),
    ("contradiction/months", _boy(born="2023-12-15", age="6 mo"), "5 months on 31 May 2024, and not 6"),
    ("contradiction/weeks", _boy(born="2024-04-26", age="4 wk"), "35 days are 5 weeks, and not 4"),
    ("not-yet-born", _woman(born="2024-06-01"), "collected the day before"),
    ("no-day/not-yet-so-old", _woman(born="2020-01-01", age=60), "she is 60 in 2080, and not at a collection so far"),
)
"""A name and a patient whose age cannot be."""

_SPELLED: tuple[tuple[str, str, str, str, Status, tuple[Hl7Code, ...], str], ...] = (
    ("age", "female", "51 {}", "a y yr yrs year years Years", "above-optimal", ("N",), "150 < 200 <= 328"),
    ("age", "male", "6 {}", "mo mos month months", "high", ("H",), "111 < 200"),
    ("age", "male", "5 {}", "wk wks week weeks", "no-range", ("N",), "9 <= 200 <= 580; no optimal range"),
    ("age", "male", "34 {}", "d day days", "no-range", ("N",), "150 <= 200 <= 973; no optimal range"),
    ("sex", "{}", "40", "female f woman w F W", "high", ("H",), "175 < 200"),
    ("sex", "{}", "40", "male m man M", "above-optimal", ("N",), "150 < 200 <= 409"),
    ("sex", "{}", "40", "unknown unk u U other o O ambiguous a n x X", "undecided", (), "175 < 200 <= 409"),
    ("sex", "{}", "40", "undifferentiated intersex divers non-binary", "undecided", (), "175 < 200 <= 409"),
)
"""Which fact is spelled, a sex and an age, each spelling, and what is said of a ferritin of 200 ng/mL."""


def who_cases() -> Iterator[Hand]:
    """Every case."""
    for name, patient, value, status, hl7, arithmetic in _CASES:
        yield _case(name, patient, value, AnsweredResult(status=status, hl7=hl7), arithmetic)
    for name, patient, arithmetic in _REFUSED:
        yield _case(name, patient, "200", AnsweredResult(refused="unreadable-age"), arithmetic)
    yield from _born()
    yield from _spelled()
    yield from _without_a_day()


def _born() -> Iterator[Hand]:
    """By the day of birth, of any age: weeks are counted in days, months and years by the calendar."""
    for born, collected, value, status, hl7, arithmetic in _BIRTHS:
        expect = AnsweredResult(status=status, hl7=hl7)
        yield _case(f"born/{born}/{collected}", _boy(born=born), value, expect, arithmetic, collected=collected)
    for patient, collected, value, by, status, hl7, arithmetic in _LEAP:
        expect, name = AnsweredResult(status=status, hl7=hl7), f"leap/{patient.sex}/{patient.born}/{collected}"
        yield _case(name, patient, value, expect, arithmetic, collected=collected, by=by)
    for patient, value, status, hl7, arithmetic in _AGREEING:
        expect = AnsweredResult(status=status, hl7=hl7)
        yield _case(f"born-and-age/{patient.age}", patient, value, expect, arithmetic)


def _spelled() -> Iterator[Hand]:
    """Every spelling of an age and of a sex."""
    for fact, sex, age, spellings, status, hl7, arithmetic in _SPELLED:
        for each in spellings.split():
            said = AskedPatient(sex=sex.format(each), age=age.format(each), pregnant=None if sex == "male" else False)
            expect = AnsweredResult(status=status, hl7=hl7)
            yield _case(f"{fact}/{getattr(said, fact)}", said, "200", expect, arithmetic)


def _without_a_day() -> Iterator[Hand]:
    """Born, and no day of collection: every age that she has had by now is open, and today's is not hers."""
    for name, value, status, hl7, arithmetic in (
        ("two-hundred", "200", "undecided", (), "to 50 years 175 < 200, from 51 200 <= 328"),
        ("thousand", "1000", "high", ("H",), "every range ends at 973 or below it"),
    ):
        expect = AnsweredResult.model_validate({"status": status, "hl7": hl7}, strict=False)
        yield _case(f"no-day/{name}", _woman(born="1970-01-01"), value, expect, arithmetic)


def _case(
    name: str,
    patient: AskedPatient,
    value: str,
    expect: AnsweredResult,
    arithmetic: str,
    *,
    collected: str = "2024-05-31",
    by: str | None = None,
) -> Hand:
    day = None if name.startswith("no-day/") else collected
    compare = () if expect.refused else ("status", "hl7")
    asked = AskedResult(marker="ferritin", value=value, unit="ng/mL", collected=day)
    question, why = Question(results=(asked,), patient=patient, standard=by), "who the patient is at collection decides"
    printed = _OTHERS[by] if by else _PRINTED
    return Hand(f"worked/who/{name}", "worked", why, question, expect, printed, arithmetic, _SOURCES, compare)
