"""What every channel promises: each message gets a receipt, whatever happens to the others."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from certsync.alerts.alert import State
from certsync.alerts.digest import Message


@dataclass(frozen=True)
class Receipt:
    """What became of one message.

    `state` is SENT (taken over by the other side), RETRY (certainly not taken over; the next run
    tries again, or the one `wait_days` later), FAILED (refused for good) or UNCERTAIN (nobody can
    tell). `detail` is one sentence for the operator and holds no secret.
    """

    state: State
    detail: str = ""
    wait_days: int = 0


class Session(Protocol):
    """An open channel."""

    def send(self, message: Message) -> Receipt:
        """Hand one message over. Raises nothing for a message that cannot be delivered."""


class Channel(Protocol):
    """A way to people: a folder, a mail server."""

    @property
    def name(self) -> str:
        """The word in the config, the ledger and the JSON: `outbox`, `email`."""

    def session(self) -> AbstractContextManager[Session]:
        """Open the channel for the messages of one run.

        Where it cannot be opened nothing is raised: every `send` then answers RETRY with the
        same sentence. A dropped connection is opened again for the next message. Sending the
        same message twice leaves one file in a folder and the same Message-ID anywhere else.
        """

    def trouble(self) -> str:
        """Why nothing could be handed over now, in one sentence; empty if nothing is wrong.

        Nothing is sent to find out.
        """
