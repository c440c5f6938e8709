"""The words and looks of a matter: how urgent it is, and when.

A look names colours in the HTML template. It never stands alone: a word says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from certsync.alerts.alert import Matter

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


# The look of a tier from so many days down; the last one whose days are not below the tier's own.
_TIERS = ((10**6, "early"), (90, "active"), (60, "urgent"), (30, "critical"), (0, "expired"))
_LOOKS = {
    "Not Met": "critical",
    "At Risk": "active",
    "Recovered": "recovered",
    "Stalled": "active",
    "Overdue": "urgent",
    "All Quiet": "recovered",
}
"""The looks of what is no certification, by its tier; anything else is grey."""


@dataclass(frozen=True)
class RunWords:
    """What is said of a run that did not do its work. `{workbook}` stands for its name."""

    headline: str
    intro: str
    heading: str


RUNS: Mapping[str, RunWords] = {
    "Run Stopped": RunWords(
        "certsync stopped: nothing in {workbook} was written",
        "certsync stopped before it wrote or sent anything else. Please look at the workbook.",
        "Why the run stopped",
    ),
    "Alerts Held": RunWords(
        "certsync told nobody: too many messages about {workbook}",
        "The workbook is up to date, and nobody was told: this run has more to send than it may "
        "without a yes. Please see that somebody looks at it and lets it go.",
        "Why nobody was told",
    ),
    "Run Failed": RunWords(
        "certsync failed: the run of {workbook} broke off",
        "The daily run ended with an error: the workbook may not show where things stand, and "
        "others may not have been warned. Please see to it.",
        "Why the run failed",
    ),
    "Run Missing": RunWords(
        "certsync had not run: nobody looked at {workbook}",
        "certsync runs again. Whatever fell due meanwhile is told now.",
        "A time without a complete run",
    ),
}
"""By the tier of the matter."""


def run_words(about: Matter) -> RunWords:
    """The words for a run that stopped, failed or is missing."""
    return RUNS.get(about.tier, RUNS["Run Stopped"])


def look(about: Matter) -> str:
    """The name of the colours of any matter."""
    if about.kind != "expiry":
        return _LOOKS.get(about.tier, "row")
    return next(name for days, name in reversed(_TIERS) if (about.days or 0) <= days)


def long_date(day: date) -> str:
    """5 December 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date, today: date) -> str:
    """5 Dec, with the year where it is another one."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}" + (
        f" {day.year}" if day.year != today.year else ""
    )


def countdown(days: int) -> str:
    """How far off: `expires in 12 days`, `expires today`, `expired yesterday`."""
    words = {0: "expires today", 1: "expires tomorrow", -1: "expired yesterday"}
    if days in words:
        return words[days]
    return f"expires in {days:,} days" if days > 0 else f"expired {-days:,} days ago"


def remaining(about: Matter) -> str:
    """The countdown of a certification; a follow-up says that it is still expired."""
    days = about.days_to_expiry or 0
    if about.follow_up and days < -1:
        return f"still expired, for {-days:,} days"
    return countdown(days)
