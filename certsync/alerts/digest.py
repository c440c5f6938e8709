"""Alerts that go out together: one digest for each recipient and channel, most urgent first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from certsync.alerts.alert import Alert, Recipient
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


def gather(alerts: Iterable[tuple[Alert, str | None, date]]) -> list[Digest]:
    """Digests from alerts, each with the Message-ID it may have gone out under and its first day.

    Alerts for one recipient and channel share a digest; unconfirmed ones share it only with those
    of the same earlier message. The most urgent digest comes first.
    """
    groups: dict[tuple[str, str, str | None], list[tuple[Alert, date]]] = {}
    for alert, message_id, day in alerts:
        group = groups.setdefault((alert.channel, alert.to.email.lower(), message_id), [])
        group.append((alert, day))
    digests = [
        Digest(
            channel=channel,
            to=members[0][0].to,
            alerts=tuple(sorted((alert for alert, _ in members), key=urgency)),
            day=min(day for _, day in members),
            message_id=message_id,
        )
        for (channel, _, message_id), members in groups.items()
    ]
    return sorted(digests, key=lambda digest: urgency(digest.alerts[0]))


def urgency(alert: Alert) -> tuple[bool, int, str, str, str]:
    """A sort key: what expires first comes first, rows that need fixing last."""
    about = alert.about
    left = about.days_to_expiry
    return (left is None, left or 0, about.person, about.certification, about.where)
