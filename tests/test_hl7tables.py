"""Tables of HL7 v2: result status, and moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs.errors import DateError
from rlslabs.hl7v2.tables import FINAL, OPEN, REFUSED, REPLACING, read_moment


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        *(("20240531", date(2024, 5, 31)), ("2024-05-31", date(2024, 5, 31)), ("", None), ('""', None), ("  ", None)),
        ("2024053108", datetime(2024, 5, 31, 8)),  # noqa: DTZ001  the sender names no zone
        ("202405310815", datetime(2024, 5, 31, 8, 15)),  # noqa: DTZ001  the sender names no zone
        ("20240531081559.1234", datetime(2024, 5, 31, 8, 15, 59)),  # noqa: DTZ001  the sender names no zone
        ("20240531081559+0200", datetime(2024, 5, 31, 8, 15, 59, tzinfo=timezone(timedelta(hours=2)))),
        ("202405310815-0000", datetime(2024, 5, 31, 8, 15, tzinfo=UTC)),
        ("20240531+0200", date(2024, 5, 31)),
    ],
)
def test_a_moment_is_read_to_the_day_or_finer(written: str, moment: date | None) -> None:
    """As finely as it was sent, with its zone where it names one."""
    read = read_moment(written, "date of collection")
    assert (read, type(read)) == (moment, type(moment))


@pytest.mark.parametrize(
    "written",
    ["2024", "202405", "20240532", "00000000", "20240531255959", "2024053108+9999", "31.05.2024", "2024-05", "x"],
)
def test_a_moment_that_is_no_day_is_refused(written: str) -> None:
    """A year or a month is not made into a day, and no day is guessed."""
    with pytest.raises(DateError) as caught:
        read_moment(written, "date of collection")
    assert caught.value.code == "unreadable-date"


@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_refused(written: str) -> None:
    """No text escapes as another error."""
    try:
        assert read_moment(written, "date of birth") is None or written.strip()
    except DateError:
        assert written.strip()


def test_a_status_is_final_open_or_refused_and_only_one_of_them() -> None:
    """Table 0085 is parted in three."""
    every = "ABCDFINOPRSUVWX"
    assert sorted([*FINAL, *OPEN, *REFUSED]) == list(every)
    assert FINAL | set(REFUSED) >= REPLACING
