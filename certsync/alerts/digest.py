"""Alerts that go out together: one digest for each recipient and channel, most urgent first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from certsync.alerts.alert import Alert, Kind, Recipient
from certsync.alerts.tiers import Address

if TYPE_CHECKING:
    from certsync.alerts.page import Page


@dataclass(frozen=True)
class Digest:
    """What one person is told at once. `day` is when it was first to be sent.

    `message_id` is set where an earlier attempt may have arrived (`unconfirmed`): the next one
    has to look like the same message to whoever receives it.
    """

    channel: str
    to: Recipient
    alerts: tuple[Alert, ...]
    day: date
    message_id: str | None = None

    @property
    def unconfirmed(self) -> bool:
        """Whether an earlier attempt may have arrived."""
        return self.message_id is not None

    @property
    def fingerprint(self) -> str:
        """Names the digest by its alerts alone, the same on every attempt."""
        keys = "\n".join(sorted(alert.key for alert in self.alerts))
        return hashlib.sha256(keys.encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Message:
    """A digest as it goes out. Text and HTML say the same; `message_id` has its angle brackets.

    `calendar` holds the dates as a calendar file; it is empty where nothing expires. `page` is
    what text and HTML were made of, for channels with a form of their own.
    """

    digest: Digest
    message_id: str
    sender: Address
    reply_to: Address | None
    list_name: str
    subject: str
    text: str
    html: str
    written: datetime
    calendar: bytes = b""
    page: Page | None = None


def gather(
    alerts: Iterable[tuple[Alert, str | None, date]], *, threads: bool = False
) -> list[Digest]:
    """Digests from alerts, each with the Message-ID it may have gone out under and its first day.

    Alerts for one recipient and channel share a digest; unconfirmed ones share it only with those
    of the same earlier message. With `threads` each matter has a digest of its own, but for
    certifications that share one with the program that turned because of them. The most urgent
    digest comes first.
    """
    alerts = list(alerts)
    subjects = _subjects([alert for alert, _, _ in alerts]) if threads else {}
    groups: dict[tuple[str, ...], list[tuple[Alert, date]]] = {}
    doubts: dict[tuple[str, ...], str | None] = {}
    for alert, message_id, day in alerts:
        about = subjects.get((alert.key, alert.channel), "")
        name = (alert.channel, alert.to.email.lower(), message_id or "", about)
        doubts[name] = message_id
        groups.setdefault(name, []).append((alert, day))
    digests = [
        Digest(
            channel=name[0],
            to=members[0][0].to,
            alerts=tuple(sorted((alert for alert, _ in members), key=urgency)),
            day=min(day for _, day in members),
            message_id=doubts[name],
        )
        for name, members in groups.items()
    ]
    return sorted(digests, key=lambda digest: min(map(weight, digest.alerts)))


def _subjects(alerts: Sequence[Alert]) -> dict[tuple[str, str], str]:
    """What each alert's message is about, where each matter has its own."""
    turned = {
        (alert.channel, alert.to.email.lower(), alert.about.thread)
        for alert in alerts
        if alert.about.kind == "program"
    }
    return {
        (alert.key, alert.channel): alert.about.thread
        if (alert.channel, alert.to.email.lower(), alert.about.thread) in turned
        else alert.about.series
        for alert in alerts
    }


_ORDER: Mapping[Kind, int] = {
    "run": 0,
    "expiry": 1,
    "program": 2,
    "pursuit": 3,
    "row": 4,
    "quiet": 5,
}
_WEIGHT = {"Not Met": 0, "At Risk": 45, "Overdue": 75, "Stalled": 120, "Recovered": 400}
"""As many days ahead as a certification would be that is as urgent."""


def urgency(alert: Alert) -> tuple[int, int, str, str, str]:
    """A sort key within a message: what expires first comes first, rows that need fixing last."""
    about = alert.about
    left = about.days_to_expiry or 0
    return (_ORDER[about.kind], left, about.person, about.certification, about.where)


def weight(alert: Alert) -> tuple[int, int, str, str, str]:
    """A sort key among messages: which of them should go out first."""
    about = alert.about
    left = about.days_to_expiry
    if left is None:
        left = -9999 if about.kind == "run" else _WEIGHT.get(about.tier, 500)
    return (left, _ORDER[about.kind], about.person, about.certification, about.where)
