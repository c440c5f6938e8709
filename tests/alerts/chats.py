"""Chat channels for tests: they reach the server on loopback, and nobody waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from certsync.alerts.alert import Alert, Matter, Reason, Recipient
from certsync.alerts.channels.apprise import Apprise
from certsync.alerts.channels.base import Channel, Receipt
from certsync.alerts.channels.http import Clock
from certsync.alerts.channels.slack import Slack
from certsync.alerts.channels.teams import Teams
from certsync.alerts.digest import Digest, Message
from certsync.alerts.message import Writer
from tests.alerts.chat_servers import FLOW, FLOW_QUERY, HOOK, OTHER, TOKEN, Chat
from tests.alerts.letters import letter
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, certs, world

PLACE = Recipient("#certifications", "#certifications", ("channel",))
MARIA = Recipient("maria@agency.example", "Maria Lopez", ("holder",))

NAMES = {"E1": "Maria Lopez", "E2": "Tom Reed", "E3": "Ann Boss"}
ROWS = (
    ("E1", PRO, "2026-03-28"),
    ("E2", PRO, "2026-05-10"),
    ("E3", "CISSP", "2026-03-01"),
    ("E1", "PMP", "2026-08-30"),
)


@dataclass
class Time:
    """A clock that moves only when somebody waits."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        """How a channel sees it."""
        return Clock(self.sleep, lambda: self.now)

    def sleep(self, seconds: float) -> None:
        """Wait, at once."""
        self.waits.append(seconds)
        self.now += seconds


def bot(chat: Chat, time: Time | None = None, **options: object) -> Slack:
    """A bot in the Slack of `chat`."""
    made = Slack(TOKEN, place=PLACE.email, api=chat.url("/api/"), clock=(time or Time()).clock())
    return replace(made, **options)  # type: ignore[arg-type]


def hook(chat: Chat, time: Time | None = None, **options: object) -> Slack:
    """A webhook in the Slack of `chat`."""
    made = Slack(webhook=chat.url(HOOK), place=PLACE.email, clock=(time or Time()).clock())
    return replace(made, **options)  # type: ignore[arg-type]


def teams(chat: Chat, time: Time | None = None, **options: object) -> Teams:
    """A workflow of `chat`."""
    made = Teams(chat.url(FLOW + FLOW_QUERY), PLACE.email, clock=(time or Time()).clock())
    return replace(made, **options)  # type: ignore[arg-type]


def others(chat: Chat, *, memory: Path | None = None, count: int = 1) -> Apprise:
    """Services apprise knows, all at `chat`."""
    address = f"json://127.0.0.1:{chat.port}{OTHER}"
    urls = tuple(f"{address}?+n={n}" for n in range(count))
    return Apprise(urls, PLACE.email, memory)


def send(channel: Channel, *messages: Message) -> list[Receipt]:
    """These messages in one session."""
    with channel.session() as session:
        return [session.send(message) for message in messages]


def note(to: Recipient = PLACE, text: str = "Something expires.", n: int = 0) -> Message:
    """A message without a page. `n` tells it from others."""
    made = replace(letter(), text=text, message_id=f"<{n}@agency.example>")
    return replace(made, digest=replace(made.digest, to=to))


def written(to: Recipient = PLACE, rows: tuple[tuple[str, str, date | str], ...] = ROWS) -> Message:
    """A message as a run writes it, of every certification of `rows`."""
    facts, _ = world(certs(*rows))
    alerts = []
    for at, row in facts.certifications.iterrows():
        left = int(row["days_to_expiry"])
        days = next((d for d in (0, 30, 60, 90) if left <= d), 180)
        matter = Matter(
            kind="expiry",
            series=f"agency|{at}",
            step=f"tier-{days}",
            tier={0: "Expired", 30: "Critical", 60: "Urgent", 90: "Active Planning"}.get(
                days, "Early Planning"
            ),
            where=f"Certifications!A{at + 2}",  # type: ignore[operator]
            days=days,
            employee_id=str(row["employee_id"]),
            person=NAMES[str(row["employee_id"])],
            certification=str(row["certification"]),
            expires=row["expiration_date"].date(),
            days_to_expiry=left,
            record=int(at),  # type: ignore[call-overload]
        )
        alerts.append(Alert(matter, to, "slack", Reason.TIER_CROSSED))
    alerts.sort(key=lambda alert: alert.about.days_to_expiry or 0)
    return Writer(LETTERHEAD, facts)(Digest("slack", to, tuple(alerts), TODAY), NOW)
