"""Messages written ahead: in the time in which the other side thinks, the next one is written.

One thread does it all. A second one would write at the same moment at which an answer comes, and
Python would let the answer wait.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator

from certsync.alerts.channels.base import Patient, Session
from certsync.alerts.digest import Message

DEPTH = 64
"""So many messages wait at most, ready to be sent."""


class Ahead(Iterator[Message]):
    """The same messages in the same order, some of them written before they are asked for.

    What their writing raises is raised where they are asked for.
    """

    def __init__(self, messages: Iterator[Message], session: Session) -> None:
        self._messages = messages
        self._session = session if isinstance(session, Patient) else None
        self._made: deque[Message] = deque()
        self._error: Exception | None = None
        if self._session:
            self._session.meanwhile = self.work

    def __next__(self) -> Message:
        if self._made:
            return self._made.popleft()
        if self._error:
            raise self._error
        return next(self._messages)

    def work(self) -> None:
        """Write one more message, if not enough of them wait already. Raises nothing."""
        if self._session is None or self._error or len(self._made) >= DEPTH:
            return
        try:
            message = next(self._messages)
        except Exception as error:  # its turn comes, or it is the end
            self._error = error
            return
        # What goes wrong here goes wrong again when it is sent.
        with contextlib.suppress(Exception):
            self._session.ready(message)
        self._made.append(message)
