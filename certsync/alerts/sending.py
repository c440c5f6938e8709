"""One channel's messages: commit the intent, send, commit the result.

An intent is on the disk before anything goes on the wire. Where the other side takes many messages
within WINDOW, the intents of a few are one commit, and so are their results with the intents of
the next few: to wait for the disk before and after each of them would take longer than to send
them. A slow server, which any real one is, has each message to itself.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from certsync.alerts.ahead import Ahead
from certsync.alerts.alert import State
from certsync.alerts.channels.base import Channel, Patient, Receipt, Session
from certsync.alerts.digest import Digest, Message
from certsync.alerts.ledger import Ledger

WINDOW = 0.02
"""Seconds that a result may wait for its commit while others are sent."""

MOST = 64
"""So many messages share a commit at most."""

_NOT_BEGUN = Receipt(State.RETRY, "The run was interrupted before this message was sent.")

Sent = tuple[Digest, State, str]


def send_all(
    channel: Channel,
    messages: Iterator[Message],
    ledger: Ledger,
    now: datetime,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Sent]:
    """Send messages through one channel and yield what became of each, once that is committed.

    Args:
        channel: Opened here, and closed at the end.
        messages: Written one after the other, some of them while the channel waits.
        ledger: Held by this run.
        now: The local time of the run.
        clock: Seconds that only ever grow.

    Raises:
        LedgerError: An intent or a result could not be committed; nothing was sent after that.
    """
    with _session(channel) as session:
        written = Ahead(messages, session)
        window = _Window(session, ledger, now, clock)
        begun = deque(islice(written, 1))
        if begun:
            ledger.begin(begun, now)
        while begun:
            # Taken before anything is sent: no result waits for the writing of a message.
            following = tuple(islice(written, window.size))
            while begun:
                answered = window.send(begun)
                yield from window.settle(answered, () if begun else following)
            begun.extend(following)


class _Window:
    """How many messages fit between two commits, found out while they are sent."""

    def __init__(
        self, session: Session, ledger: Ledger, now: datetime, clock: Callable[[], float]
    ) -> None:
        self.size = 1
        self._session, self._ledger, self._now, self._clock = session, ledger, now, clock
        self._patient = session if isinstance(session, Patient) else None

    def send(self, begun: deque[Message]) -> list[tuple[Message, Receipt]]:
        """Send of `begun` what fits into the window, one message at least."""
        answered: list[tuple[Message, Receipt]] = []
        opened = self._clock()
        try:
            while begun:
                if self._patient:
                    self._patient.upcoming = begun[1] if len(begun) > 1 else None
                answered.append((begun[0], _send(self._session, begun[0])))
                begun.popleft()
                if self._clock() - opened > WINDOW:
                    self.size = max(1, len(answered) // 2)
                    return answered
        except BaseException:
            # What is known is worth keeping; the one under way stays as it is: nobody can tell.
            waiting = [(message, _NOT_BEGUN) for message in list(begun)[1:]]
            self._ledger.settle([*answered, *waiting], self._now)
            raise
        self.size = min(2 * self.size, MOST)
        return answered

    def settle(
        self, answered: Sequence[tuple[Message, Receipt]], following: Sequence[Message]
    ) -> Iterator[Sent]:
        """Commit these results, and that `following` are next."""
        states = self._ledger.settle(answered, self._now, following)
        for (message, receipt), state in zip(answered, states, strict=True):
            yield message.digest, state, receipt.detail


@contextlib.contextmanager
def _session(channel: Channel) -> Iterator[Session]:
    """The channel's session, or one that answers RETRY to everything if it breaks its promise."""
    with contextlib.ExitStack() as stack:
        try:
            session = stack.enter_context(channel.session())
        except Exception as error:
            session = _Closed(f"{channel.name} could not be opened: {error}")
        yield session


@dataclass(frozen=True)
class _Closed:
    detail: str

    def send(self, message: Message) -> Receipt:
        del message
        return Receipt(State.RETRY, self.detail)


def _send(session: Session, message: Message) -> Receipt:
    try:
        return session.send(message)
    except Exception as error:  # nobody can tell how far it came
        return Receipt(State.UNCERTAIN, f"{type(error).__name__}: {error}")
