"""What every channel promises: each message gets a receipt, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class Patient(Protocol):
    """A session that has time while it waits for answers.

    `meanwhile` is called at most once a message, while an answer is on its way; it raises nothing.
    `upcoming` is set before each `send`: the message whose `send` follows, if its intent is
    committed. What can be said of it may be said together with the end of this one.
    """

    meanwhile: Callable[[], None]
    upcoming: Message | None

    def ready(self, message: Message) -> None:
        """Do what needs no connection. `send` of the message follows."""


class Channel(Protocol):
    """A way to people: a folder, a mail server, a chat."""

    @property
    def name(self) -> str:
        """The word in the config, the ledger and the JSON: `outbox`, `email`, `slack`."""

    @property
    def chat(self) -> bool:
        """Whether it is a chat: what is not urgent yet goes there and not by mail."""

    @property
    def direct(self) -> bool:
        """Whether it reaches each person by the e-mail address in the workbook."""

    @property
    def place(self) -> str:
        """The name of a place that many read, such as `#certifications`; empty without one.

        Each matter is posted there once, in one digest a run, beside what people get directly.
        """

    @property
    def per_day(self) -> int | None:
        """How many messages it may hand over within 24 hours; None for as many as there are.

        What goes beyond stays planned, and a later run begins with it.
        """

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """What would be handed over, for a preview: file ending -> content, `.eml` or `.json`.

        It holds no secret, and nothing is sent to make it.
        """

    def session(self) -> AbstractContextManager[Session]:
        """Open the channel for the messages of one run.

        Where it cannot be opened nothing is raised: every `send` then answers RETRY with the
        same sentence. A dropped connection is opened again for the next message. Sending the
        same message twice leaves one file in a folder, the same Message-ID where there is one, and
        the same content anywhere else. A channel that reaches no person answers FAILED for one.
        """

    def trouble(self) -> str:
        """Why nothing could be handed over now, in one sentence; empty if nothing is wrong.

        Nothing is sent to find out.
        """
