"""Messages sent to one address for a look in a real mailbox, and to nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from certsync.alerts.alert import Recipient, State
from certsync.alerts.channels.base import Channel, Receipt
from certsync.alerts.digest import Message
from certsync.alerts.hygiene import one_line
from certsync.alerts.tiers import Address

_UNCLEAR = "The server took it and gave no clear answer: look into the mailbox."


@dataclass(frozen=True)
class Trial:
    """A message that was sent for a test, and what became of it. `meant` is the real one."""

    meant: Message
    receipt: Receipt

    @property
    def sent(self) -> bool:
        """Whether the server took it over."""
        return self.receipt.state is State.SENT

    @property
    def detail(self) -> str:
        """Why it may not have arrived."""
        return _UNCLEAR if self.receipt.state is State.UNCERTAIN else self.receipt.detail


def send(messages: Sequence[Message], to: Address, channel: Channel, now: datetime) -> list[Trial]:
    """Send each message to `to`, marked as a test. No ledger hears of it."""
    if not messages:
        return []
    with channel.session() as session:
        return [Trial(message, session.send(marked(message, to, now))) for message in messages]


def marked(message: Message, to: Address, now: datetime) -> Message:
    """The message as a test: to another address, with a subject that says for whom it is.

    Its Message-ID is its own; a mailbox would drop the real one later as a double.
    """
    meant, domain = message.digest.to, message.message_id.rpartition("@")[2]
    name = one_line(meant.name, 60)
    whom = f"{name}, {meant.email}" if name else meant.email
    mark = hashlib.sha256(f"{message.message_id}|{to.email}|{now.isoformat()}".encode())
    return replace(
        message,
        digest=replace(message.digest, to=Recipient(to.email, to.name, meant.roles)),
        message_id=f"<test.{mark.hexdigest()[:40]}@{domain}",
        subject=f"[Test, would go to {whom}] {message.subject}",
    )
