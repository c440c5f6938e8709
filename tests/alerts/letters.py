"""Messages and channels for tests that need no workbook."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from certsync.alerts.alert import Alert, Matter, Reason, Recipient, State
from certsync.alerts.channels.base import Receipt, Session
from certsync.alerts.digest import Digest, Message
from tests.alerts.world import LETTERHEAD, NOW, TODAY


def alert(
    name: str = "AWS SA Pro",
    to: str = "maria@agency.example",
    *,
    days: int = 30,
    left: int = 12,
    follow_up: int = 0,
    channel: str = "outbox",
    reason: Reason = Reason.TIER_CROSSED,
) -> Alert:
    """An alert about the certification `name` of Maria Lopez."""
    step = f"tier-{days}" + (f"-follow-up-{follow_up}" if follow_up else "")
    matter = Matter(
        kind="expiry",
        series=f"agency|E1|{name}|2026-03-28",
        step=step,
        tier=f"Tier {days}",
        where="Certifications!C2",
        days=days,
        follow_up=follow_up,
        employee_id="E1",
        person="Maria Lopez",
        certification=name,
        expires=date(2026, 3, 28),
        days_to_expiry=left,
    )
    return Alert(matter, Recipient(to, "Maria Lopez", ("holder",)), channel, reason)


def plain(digest: Digest, now: datetime) -> Message:
    """A message that says little: for tests about the way it takes."""
    return Message(
        digest=digest,
        message_id=digest.message_id or f"<{digest.fingerprint}@agency.example>",
        sender=LETTERHEAD.sender,
        reply_to=LETTERHEAD.coordinator,
        list_name="certsync.agency.example",
        subject="Something expires",
        text="Something expires.\n.\n.dot\n",
        html="<p>Something expires.</p>",
        written=now,
    )


def letter(
    *alerts: Alert,
    to: str = "maria@agency.example",
    name: str = "Maria Lopez",
    channel: str = "outbox",
    message_id: str | None = None,
    day: date = TODAY,
) -> Message:
    """A message to one person."""
    told = Recipient(to, name, ("holder",))
    about = alerts or (alert(to=to, channel=channel),)
    return plain(Digest(channel, told, about, day, message_id), NOW)


class Way:
    """What every fake of a channel says of itself: it brings mail to people."""

    chat = False
    direct = True
    place = ""
    per_day: int | None = None

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """Nothing to look at."""
        del message
        return {}

    def trouble(self) -> str:
        """There is none."""
        return ""


@dataclass
class FakeChannel(Way):
    """A channel in memory. `answer` says what becomes of each message; the default is SENT."""

    name: str = "outbox"
    answer: Callable[[Message], Receipt] = lambda _: Receipt(State.SENT)
    messages: list[Message] = field(default_factory=list)
    sessions: int = 0

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Open it."""
        self.sessions += 1
        yield self

    def send(self, message: Message) -> Receipt:
        """Keep the message and answer."""
        self.messages.append(message)
        return self.answer(message)

    @property
    def keys(self) -> list[str]:
        """Every alert that was handed over, in order."""
        return [alert.key for message in self.messages for alert in message.digest.alerts]
