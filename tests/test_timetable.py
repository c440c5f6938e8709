"""When the daily run is due."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.timetable import RETRY_AFTER, TRIES_A_DAY, due, next_run

AT = time(7, 30)
DAY = date(2026, 3, 16)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """A local moment of the test's day."""
    return datetime.combine(day, time(hour, minute))


def test_not_before_the_hour() -> None:
    """Nothing runs before the configured hour."""
    assert not due(at(7, 29), AT, complete=False, tries=())
    assert next_run(at(7, 29), AT, complete=False, tries=()) == at(7, 30)


def test_due_from_the_hour_on() -> None:
    """A start after the hour catches up at once if the day's run is missing."""
    assert due(at(7, 30), AT, complete=False, tries=())
    assert due(at(23, 59), AT, complete=False, tries=())


def test_once_a_day() -> None:
    """A complete run settles its day, whoever started it."""
    assert not due(at(9), AT, complete=True, tries=())
    assert next_run(at(9), AT, complete=True, tries=()) == at(7, 30, date(2026, 3, 17))


def test_a_failed_run_waits_an_hour() -> None:
    """A failed run is tried again an hour later, not at the next look."""
    tries = [at(7, 30)]
    assert not due(at(8, 29), AT, complete=False, tries=tries)
    assert next_run(at(8), AT, complete=False, tries=tries) == at(8, 30)
    assert due(at(8, 30), AT, complete=False, tries=tries)


def test_no_more_than_four_tries_a_day() -> None:
    """A run that cannot succeed makes no storm, and tomorrow is another day."""
    tries = [at(7, 30), at(8, 30), at(9, 30), at(10, 30)]
    assert not due(at(20), AT, complete=False, tries=tries)
    assert next_run(at(20), AT, complete=False, tries=tries) == at(7, 30, date(2026, 3, 17))
    assert due(at(7, 30, date(2026, 3, 17)), AT, complete=False, tries=tries)


def test_clock_set_back() -> None:
    """A try that lies in the future after the clock was set back does not block the day."""
    assert due(at(8), AT, complete=False, tries=[at(9, 45)])


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 1)),
    hour=st.times(),
    naps=st.lists(st.integers(1, 60 * 60 * 9), min_size=1, max_size=60),
    succeeds=st.lists(st.booleans(), min_size=1, max_size=60),
)
def test_every_day_is_covered_and_none_stormed(
    start: datetime, hour: time, naps: list[int], succeeds: list[bool]
) -> None:
    """Whatever the naps: at most one complete run a day, never more than four tries, none early.

    And a look after the hour, without a complete run or a try in the last hour, always runs.
    """
    now, tries, completed = start, list[datetime](), set[date]()
    outcomes = iter(succeeds * len(naps))
    for nap in naps:
        complete = now.date() in completed
        today = [t for t in tries if t.date() == now.date()]
        rested = not today or now - today[-1] >= RETRY_AFTER
        expected = now.time() >= hour and not complete and rested and len(today) < TRIES_A_DAY
        assert due(now, hour, complete=complete, tries=tries) == expected
        if expected:
            tries.append(now)
            if next(outcomes):
                completed.add(now.date())
        planned = next_run(now, hour, complete=now.date() in completed, tries=tries)
        assert now <= planned <= now + timedelta(days=2)
        now += timedelta(seconds=nap)
