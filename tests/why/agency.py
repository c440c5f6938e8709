"""Small agencies as workbooks, and runs on them with a real ledger and outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from certsync import judging
from certsync.alerts.alert import State
from certsync.alerts.channels.base import Channel, Receipt, Session
from certsync.alerts.digest import Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.message import Letterhead
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import DEFAULT_TIERS, Address, People, Tier
from certsync.compute.policy import Policy
from certsync.sheets.read import ReadOptions
from certsync.sheets.snapshot import Snapshot
from tests.alerts.letters import Way
from tests.fakes import tab, workbook

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 7, 30)
RUTH = Address("ruth@a.example", "Ruth")
LEE = Address("lee@a.example", "Lee")

MEMBERS = """
| Employee ID | Full Legal Name | Email          | Manager  | Status   |
| E1          | Dana Cruz       | dana@a.example | Max Boss | Active   |
| E2          | Max Boss        | max@a.example  |          | Active   |
| E3          | Gone Girard     | gone@a.example | Max Boss | Departed |
| E4          | Nora Mailless   |                | Max Boss | On Leave |
"""
CHAIN = """
| Employee ID | Full Legal Name | Email          | Manager  | Status   |
| E1          | Dana Cruz       | dana@a.example | Max Boss | Active   |
| E2          | Max Boss        | max@a.example  | Tia Top  | Active   |
| E3          | Gone Girard     | gone@a.example | Max Boss | Departed |
| E4          | Nora Mailless   |                | Max Boss | On Leave |
| E5          | Tia Top         | tia@a.example  |          | Active   |
"""
"""The members, one of whose managers has a manager."""
HEADER = "| Employee ID | Certification | Date Earned | Expiration Date | Verified | Snooze Until |"


def agency(
    *rows: str,
    pursuits: Sequence[str] = (),
    programs: Sequence[str] = (),
    members: str = MEMBERS,
) -> Snapshot:
    """A workbook with these certifications, as `E1 | PMP | earned | expires | verified | snooze`.

    `pursuits` are `Dana Cruz | PMP | target date | last updated`, the last of them optional, and
    `programs` are `AWS | Gold | PMP | 2 | Max Boss`.
    """
    lines = "\n".join([HEADER, *(f"| {row} |" for row in rows)])
    tabs = [tab("Team Members", members), tab("Certifications", lines)]
    if programs:
        header = "| Program | Tier | Required Certification | Minimum Count | Owner |"
        demands = "\n".join([header, *(f"| {row} |" for row in programs)])
        tabs.append(tab("Partnership Requirements", demands))
    if pursuits:
        header = "| Team Member | Target Certification | Target Date | Last Updated |"
        tabs.append(tab("Pursuits", "\n".join([header, *(f"| {row} |" for row in pursuits)])))
    return workbook(*tabs)


def sent(_: Message) -> Receipt:
    """Everything arrives."""
    return Receipt(State.SENT)


@dataclass
class Post(Way):
    """A channel in memory."""

    answer: Callable[[Message], Receipt] = sent
    name: str = "outbox"
    messages: list[Message] = field(default_factory=list)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Always open."""
        yield self

    def send(self, message: Message) -> Receipt:
        """Keep the message and answer."""
        self.messages.append(message)
        return self.answer(message)


def job(
    ledger: Ledger,
    *channels: Channel,
    tiers: Sequence[Tier] = DEFAULT_TIERS,
    policy: Policy | None = None,
    max_messages: int = 200,
    rules: Rules | None = None,
) -> judging.Job:
    """A job without a dashboard that alerts through these channels."""
    alerting = judging.Alerting(
        ledger=ledger,
        channels=channels or [Post()],
        letterhead=Letterhead(RUTH, "agency.xlsx", RUTH),
        rules=rules or Rules(People(RUTH, (LEE,)), tiers),
        max_messages=max_messages,
    )
    return judging.Job(ReadOptions(), policy or Policy(), "UTC", {}, None, None, alerting)
