"""Which results are of one sample, and which of several is the newest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabResult
from rlslabs.chart import Held, newest, same_collection
from rlslabs.model import Reading

EAST = timezone(timedelta(hours=5))
WEST = timezone(timedelta(hours=-5))
DAY, NEXT = date(2024, 5, 1), date(2024, 5, 2)
EIGHT = datetime(2024, 5, 1, 8)  # noqa: DTZ001  laboratories print local time
NINE = datetime(2024, 5, 1, 9)  # noqa: DTZ001  laboratories print local time
EIGHT_UTC = datetime(2024, 5, 1, 8, tzinfo=UTC)
NINE_UTC = datetime(2024, 5, 1, 9, tzinfo=UTC)
NEXT_EIGHT = datetime(2024, 5, 2, 8)  # noqa: DTZ001  laboratories print local time
MOMENTS = (None, DAY, NEXT, EIGHT, NINE, EIGHT_UTC, NINE_UTC, NEXT_EIGHT, EIGHT_UTC.astimezone(EAST))
moments = st.sampled_from(MOMENTS)


def taken(collected: date | None) -> LabResult:
    """A result of a moment."""
    return LabResult(marker="ferritin", text="38 ng/mL", collected=collected)


def hold(moments_: Iterable[date | None]) -> tuple[Held, ...]:
    """Readings of these moments."""
    reading = Reading.model_validate_json(
        '{"low":"38","high":"38","low_open":false,"high_open":false,"comparator":null,"unit":"ng/mL","spoken":"x"}'
    )
    return tuple(Held("ferritin", reading, taken(moment)) for moment in moments_)


def kept(*moments_: date | None) -> list[date | None]:
    """The moments of the newest readings."""
    return [each.result.collected for each in newest(hold(moments_))]


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (None, None, True),
        (None, DAY, False),
        (None, EIGHT, False),
        (DAY, DAY, True),
        (DAY, NEXT, False),
        (DAY, EIGHT, True),
        (DAY, NEXT_EIGHT, False),
        (DAY, EIGHT_UTC, True),
        (EIGHT, EIGHT, True),
        (EIGHT, NINE, False),
        (EIGHT, NEXT_EIGHT, False),
        (EIGHT_UTC, EIGHT_UTC.astimezone(EAST), True),
        (EIGHT_UTC, NINE_UTC, False),
        (EIGHT, EIGHT_UTC, False),
    ],
)
def test_results_are_of_one_sample_only_where_they_say_so(one: date | None, two: date | None, *, same: bool) -> None:
    """The same moment, or the same day where one says no more; a moment without a zone is not one with a zone."""
    assert same_collection(taken(one), taken(two)) is same
    assert same_collection(taken(two), taken(one)) is same


@given(moments)
def test_every_result_is_of_its_own_sample(moment: date | None) -> None:
    """Sameness holds for a result and itself."""
    assert same_collection(taken(moment), taken(moment))


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ((), []),
        ((None,), [None]),
        ((None, None), [None, None]),
        ((DAY, NEXT), [NEXT]),
        ((NEXT, DAY), [NEXT]),
        ((EIGHT, NINE), [NINE]),
        ((EIGHT, NEXT), [NEXT]),
        ((DAY, NEXT_EIGHT), [NEXT_EIGHT]),
        ((EIGHT_UTC, NINE_UTC), [NINE_UTC]),
        ((EIGHT, DAY), [EIGHT, DAY]),
        ((EIGHT, NINE, DAY), [EIGHT, NINE, DAY]),
        ((None, DAY, NEXT), [None, NEXT]),
        ((NINE, NINE), [NINE, NINE]),
    ],
)
def test_the_newest_reading_is_kept_and_what_has_no_time_stays_beside_it(
    given_: tuple[date | None, ...], expected: list[date | None]
) -> None:
    """The last day, and on it the last moment where every reading tells one; undated readings are never dropped."""
    assert kept(*given_) == expected


def test_the_newest_moment_is_newest_in_every_zone() -> None:
    """Half past eleven at night in the west is later than four in the morning, UTC, of the day after."""
    late = datetime(2024, 5, 1, 23, 30, tzinfo=WEST)
    assert kept(late, datetime(2024, 5, 2, 4, tzinfo=UTC)) == [late]


def test_a_moment_without_a_zone_is_not_older_for_the_lack_of_it() -> None:
    """Eight in the evening without a zone is not dropped for eight in the morning with one."""
    evening = datetime(2024, 5, 1, 20)  # noqa: DTZ001  laboratories print local time
    assert evening in kept(evening, EIGHT_UTC)


@given(st.lists(moments, max_size=6), st.randoms(use_true_random=False))
def test_the_newest_are_the_same_in_any_order(given_: list[date | None], random: object) -> None:
    """The order of readings makes no difference, and something is always kept."""
    moved = list(given_)
    assert hasattr(random, "shuffle")
    random.shuffle(moved)
    assert {str(each) for each in kept(*given_)} == {str(each) for each in kept(*moved)}
    assert bool(kept(*given_)) is bool(given_)
    assert kept(*kept(*given_)) == kept(*given_)
