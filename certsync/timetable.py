"""When a daily run is due, and when the next one is. Times are local to the config's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

RETRY_AFTER = timedelta(hours=1)
TRIES_A_DAY = 4


def due(now: datetime, at: time, *, complete: bool, tries: Sequence[datetime]) -> bool:
    """Whether the daily run should start now.

    It is due once the clock has passed `at` and the ledger shows no complete run of this day.
    A run that failed is tried again an hour later, at most four times a day: a workbook left
    open in Excel is caught up with, and a broken one makes no storm. An hour that was missed
    (the machine was off, or the clock skipped it) is caught up with at the next look.
    """
    if complete or now.time() < at:
        return False
    today = [t for t in tries if t.date() == now.date()]
    # After the clock is set back a try may lie in the future; it must not block the day.
    past = [t for t in today if t <= now]
    return len(today) < TRIES_A_DAY and (not past or now - max(past) >= RETRY_AFTER)


def next_run(now: datetime, at: time, *, complete: bool, tries: Sequence[datetime]) -> datetime:
    """The local time of the next planned run, for people to read."""
    if due(now, at, complete=complete, tries=tries):
        return now
    today = [t for t in tries if t.date() == now.date() and t <= now]
    if not complete and now.time() >= at and today and len(today) < TRIES_A_DAY:
        retry = max(today) + RETRY_AFTER
        if retry.date() == now.date():
            return retry
    day = now.date() if now.time() < at else now.date() + timedelta(days=1)
    return datetime.combine(day, at)
