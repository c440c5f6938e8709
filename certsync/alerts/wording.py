"""The words and looks of a matter: how urgent it is, when, and what to do about it.

A look names colours in the HTML template. It never stands alone: a word says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from certsync.alerts.alert import Matter
from certsync.alerts.hygiene import one_line

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Tone:
    """How a tier speaks: from `days` down. `look` names its colours in the HTML template."""

    days: int
    look: str
    ask: str


# The last one whose days are not below the tier's own speaks for it.
_TONES = (
    Tone(
        10**6,
        "early",
        "Begin planning the renewal: write down the way to renew, a timeline, and the resources "
        "it needs.",
    ),
    Tone(
        90,
        "active",
        "Confirm that the plan is on track: the exam date is set, study time is put aside, the "
        "materials are there.",
    ),
    Tone(
        60,
        "urgent",
        "Have the exam scheduled by now. Escalate today whatever stands in the way.",
    ),
    Tone(
        30,
        "critical",
        "Act immediately: take the earliest exam date there is, and agree on a contingency for "
        "the time without it.",
    ),
    Tone(
        0,
        "expired",
        "Update the documents of partners and clients that name it, and recertify.",
    ),
)
_LAST_DAY = (
    "Today is the last day it counts: renew it today, or update the documents of partners and "
    "clients that name it, and recertify."
)
GIVEN_UP = "The sheet says Not Renewing: tell who counts on it, and find who can replace it."
_STILL = (
    "Reinstate it: ask the issuer which steps that takes and until when it is possible, or book "
    "the exam again. Keep partners and clients informed."
)

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


def tone(days: int) -> Tone:
    """The tone of a tier of so many days."""
    return next(tone for tone in reversed(_TONES) if days <= tone.days)


def look(about: Matter) -> str:
    """The name of the colours of any matter."""
    return tone(about.days or 0).look if about.kind == "expiry" else _LOOKS.get(about.tier, "row")


def ask(about: Matter) -> str:
    """What to do about an expiring certification, in a sentence or two."""
    if about.ask:
        return one_line(about.ask, 300)
    if about.days_to_expiry == 0:
        return _LAST_DAY
    if about.follow_up and (about.days_to_expiry or 0) < 0:
        return _STILL
    return tone(about.days or 0).ask


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
