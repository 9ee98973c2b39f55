"""Several printed ranges: which of them could be meant for a person, what would settle it, and what is said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rlslabs import Patient
from rlslabs.facts import Population
from rlslabs.fhir.choice import Choice, choose
from rlslabs.fhir.observed import OwnRange
from rlslabs.fhir.person import Case
from rlslabs.model import Issue
from rlslabs.printed import ANYBODY


def own(low: int, **fields: Any) -> OwnRange:  # noqa: ANN401  the fields of a range
    """A printed range that begins at a number."""
    said: dict[str, object] = {
        "kind": "normal",
        "text": None,
        "low": Decimal(low),
        "high": None,
        "unit": "ng/mL",
        "words": None,
    }
    said |= {"doubtful": False, "population": ANYBODY, "unpregnant": False, "issue": None}
    return OwnRange.trusted({**said, **fields})


def whom(sex: str | None = None, age: str | None = None, *, pregnant: bool = False) -> Population:
    """For whom a range is."""
    return Population.model_validate({"sex": sex, "age": age, "pregnant": pregnant})


def chosen(*ranges: OwnRange, strict: bool = False, **facts: Any) -> Choice:  # noqa: ANN401  the facts of a patient
    """What is chosen for a patient."""
    return choose(ranges, Case(Patient(**facts), None, strict))


def told(found: Choice) -> tuple[list[int | None], tuple[str, ...], list[str]]:
    """The ranges by their lower ends, the facts, and the codes of what is said."""
    lows = [None if each is None or each.low is None else int(each.low) for each in found.ranges]
    return lows, found.facts, [each.code for each in found.notices]


WOMEN, MEN = own(20, population=whom("female")), own(30, population=whom("male"))
MOTHERS = own(10, population=whom("female", pregnant=True))
OTHERS = own(21, population=whom("female"), unpregnant=True)
EVERYBODY = own(25)
REFUSED = own(5, issue=Issue.trusted({"code": "range-population-unclear", "message": "x", "text": ""}))
TOXIC = own(400, kind="therapeutic")
ROCHE = own(33, doubtful=True, words="Roche")
YOUNG = own(11, population=whom(age="18-50 a"))
OLD = own(12, population=whom(age=">=51 a"))


@pytest.mark.parametrize(
    ("ranges", "facts", "lows", "open_", "codes"),
    [
        ((EVERYBODY,), {}, [25], (), []),
        ((), {}, [None], (), []),
        ((REFUSED,), {}, [None], (), ["range-population-unclear"]),
        ((TOXIC,), {}, [None], (), ["range-passed-over"]),
        ((TOXIC, EVERYBODY), {}, [25], (), ["range-passed-over"]),
        ((own(400, kind="therapeutic", issue=REFUSED.issue),), {}, [None], (), ["range-population-unclear"]),
        (
            (ROCHE,),
            {"sex": "male", "age": 40},
            [33, None],
            ("population of the printed range",),
            ["range-text-unclear"],
        ),
        ((WOMEN, MEN), {"sex": "female", "age": 40, "pregnant": False}, [20], (), []),
        ((WOMEN, MEN), {"sex": "male", "age": 40}, [30], (), []),
        ((WOMEN, MEN), {"age": 40}, [20, 30], ("sex",), []),
        ((WOMEN, own(20, population=whom("male"))), {"age": 40}, [20], (), []),
        ((WOMEN,), {"sex": "male", "age": 40}, [None], (), ["range-for-others"]),
        ((WOMEN,), {"age": 40}, [20, None], ("sex",), []),
        ((WOMEN, EVERYBODY), {"sex": "female", "age": 40}, [20], (), []),
        ((EVERYBODY, WOMEN), {"sex": "male", "age": 40}, [25], (), []),
        ((MOTHERS, OTHERS), {"sex": "female", "age": 30, "pregnant": True}, [10], (), []),
        ((MOTHERS, OTHERS), {"sex": "female", "age": 30, "pregnant": False}, [21], (), []),
        ((OTHERS, MOTHERS), {"sex": "female", "age": 30, "pregnant": True}, [10], (), []),
        ((OTHERS,), {"sex": "female", "age": 30, "pregnant": True}, [None], (), ["range-for-others"]),
        ((WOMEN, OTHERS), {"sex": "female", "age": 30, "pregnant": False}, [21], (), []),
        ((WOMEN, OTHERS), {"sex": "female", "age": 30, "pregnant": True}, [20], (), []),
        ((WOMEN, MOTHERS), {"sex": "female", "age": 30, "pregnant": True}, [10], (), []),
        ((YOUNG, OLD), {"sex": "male", "age": 40}, [11], (), []),
        ((YOUNG, OLD), {"sex": "male", "age": 51}, [12], (), []),
        ((YOUNG, OLD), {"sex": "male"}, [11, 12], ("age",), []),
        ((YOUNG,), {"sex": "male"}, [11, None], ("age",), []),
        ((YOUNG,), {"sex": "male", "age": 60}, [None], (), ["range-for-others"]),
        ((YOUNG,), {"age": 60}, [None], (), ["range-for-others"]),
        ((YOUNG, EVERYBODY), {"sex": "male"}, [11, 25], ("age",), []),
    ],
)
def test_the_range_that_says_most_of_whom_it_is_for_is_meant(
    ranges: tuple[OwnRange, ...],
    facts: dict[str, Any],
    lows: list[int | None],
    open_: tuple[str, ...],
    codes: list[str],
) -> None:
    """Of somebody of whom enough is known one is left; else all that could be meant, and what would settle it."""
    assert told(chosen(*ranges, **facts)) == (lows, open_, codes)


@pytest.mark.parametrize(
    ("facts", "lows", "open_"),
    [
        ({"sex": "female", "age": 30}, [10, 21], ("pregnancy",)),
        ({"sex": "female", "age": 30, "pregnant": False}, [21], ()),
        ({"age": 30}, [10, 21, None], ("sex", "pregnancy")),
        ({"sex": "male", "age": 30}, [None], ()),
    ],
)
def test_where_nothing_may_be_assumed_a_pregnancy_is_open(
    facts: dict[str, Any], lows: list[int | None], open_: tuple[str, ...]
) -> None:
    """A man is never asked whether he is pregnant."""
    found = chosen(MOTHERS, OTHERS, strict=True, **facts)
    assert (sorted(each for each in told(found)[0] if each), found.facts) == (
        sorted(each for each in lows if each),
        open_,
    )
    assert (None in found.ranges) == (None in lows)


def test_nobody_is_a_man_and_pregnant() -> None:
    """Where every woman and every man has a range, none is lacking."""
    found = chosen(MOTHERS, own(21, unpregnant=True), strict=True, age=30)
    assert told(found) == ([21, 10], ("sex", "pregnancy"), [])


def test_two_ranges_of_whatever_people_that_say_the_same_are_one() -> None:
    """In every one of their parts; a part more makes two."""
    for changed in ({"low": Decimal(21)}, {"high": Decimal(300)}, {"unit": "ug/L"}, {"text": "20-"}):
        other = OwnRange.trusted({**dict(own(20, population=whom("male"))), **changed})
        assert len(chosen(WOMEN, other, age=40).ranges) == 2
    assert len(chosen(WOMEN, own(20, population=whom("male")), age=40).ranges) == 1


def test_a_text_that_is_not_understood_is_quoted() -> None:
    """And so are the kinds of what was passed over, each once."""
    (notice,) = chosen(ROCHE, sex="male", age=40).notices
    assert (notice.text, '"Roche"' in notice.message) == ("Roche", True)
    (notice,) = chosen(TOXIC, TOXIC, own(1, kind="deficient"), EVERYBODY, sex="male", age=40).notices
    assert notice.text == "deficient, therapeutic"
    assert '"deficient" and "therapeutic"' in notice.message
