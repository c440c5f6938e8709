"""The words of a message: when, how urgent, what to do, and the subject line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from certsync.alerts.alert import Alert, Matter
from certsync.alerts.hygiene import one_line

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


_SUBJECT = 120


@dataclass(frozen=True)
class Tone:
    """How a tier speaks: from `days` down. `look` names its colours in the HTML template."""

    days: int
    look: str
    ask: str


# The last one whose days are not below the tier's own speaks for it.
_TONES = (
    Tone(10**6, "early", "Make a renewal plan: the way to renew, the time and the money it needs."),
    Tone(90, "active", "Set the exam date, put study time aside and get the materials."),
    Tone(60, "urgent", "Have the exam booked by now. Say today what stands in the way."),
    Tone(30, "critical", "Take the earliest exam date there is, and agree who steps in meanwhile."),
    Tone(0, "expired", "Correct the documents of partners and clients that name it; recertify."),
)
_LAST_DAY = "Today is the last day it counts: renew today, or warn partners and clients."
GIVEN_UP = "The sheet says Not Renewing: tell who counts on it, and find who can replace it."
_STILL = "Ask the issuer how to reinstate it, or book the exam again; keep partners informed."


def tone(days: int) -> Tone:
    """The tone of a tier of so many days."""
    return next(tone for tone in reversed(_TONES) if days <= tone.days)


def ask(about: Matter) -> str:
    """What to do about an expiring certification, in one sentence."""
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


def headline(alerts: Sequence[Alert], workbook: str) -> str:
    """`2 certifications expire within 30 days`; one matter is told in full in the subject."""
    left = [a.about.days_to_expiry for a in alerts if a.about.days_to_expiry is not None]
    run = next((alert.about for alert in alerts if alert.about.kind == "run"), None)
    if run and not left:
        stopped = f"certsync stopped: nothing in {one_line(workbook, 60)} was written"
        return one_line(run.title, 120) or stopped
    if not left:
        verb = "needs" if len(alerts) == 1 else "need"
        return f"{_count(len(alerts), 'row')} of {one_line(workbook, 60)} {verb} fixing"
    past, ahead = [d for d in left if d < 0], [d for d in left if d >= 0]
    parts = []
    if past:
        verb = "has" if len(past) == 1 else "have"
        parts.append(f"{_count(len(past), 'certification')} {verb} expired")
    if ahead:
        verb = "expires" if len(ahead) == 1 else "expire"
        what = f"{len(ahead):,}" if past else _count(len(ahead), "certification")
        parts.append(f"{what} {verb} {_within(alerts, ahead)}")
    return ("After a gap in the runs: " if run else "") + " and ".join(parts)


def subject(alerts: Sequence[Alert], workbook: str, today: date) -> str:
    """Who, what and when, the most urgent first: fit to be read in a list of mails."""
    expiring = [alert for alert in alerts if alert.about.kind == "expiry"]
    urgent = any(0 < (a.about.days or 0) <= 30 for a in expiring)
    prefix = "Critical: " if urgent else ""
    if len(expiring) == 1 == len(alerts):
        return prefix + _single(expiring[0], today)
    said = f"{prefix}{headline(alerts, workbook)}"
    for number, alert in enumerate(expiring):
        more = f"{', ' if number else ': '}{_named(alert, today)}"
        if number and len(said) + len(more) > _SUBJECT:
            return f"{said}, {len(expiring) - number:,} more"
        said += more
    return said


def _single(alert: Alert, today: date) -> str:
    about = alert.about
    whose = "Your" if "holder" in alert.to.roles else f"{one_line(about.person, 50)}:"
    name, day = one_line(about.certification, 80), short_date(about.expires or today, today)
    return f"{whose} {name} {countdown(about.days_to_expiry or 0)} ({day})"


def _named(alert: Alert, today: date) -> str:
    about = alert.about
    day = short_date(about.expires or today, today)
    who = "" if "holder" in alert.to.roles else f"{one_line(about.person, 30)}, "
    return f"{one_line(about.certification, 50)} ({who}{day})"


def _within(alerts: Sequence[Alert], ahead: Sequence[int]) -> str:
    if len(ahead) == 1 or max(ahead) == 0:
        return countdown(ahead[0]).removeprefix("expires ")
    widest = max(a.about.days or 0 for a in alerts if (a.about.days_to_expiry or -1) >= 0)
    return f"within {widest:,} days"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
