"""Messages written ahead: while one is on its way, a thread writes the next ones."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from certsync.alerts.channels.base import Readying, Session
from certsync.alerts.digest import Message

DEPTH = 64
"""So many messages wait at most, ready to be sent."""


@contextlib.contextmanager
def ahead(messages: Iterator[Message], session: Session) -> Iterator[Iterator[Message]]:
    """The same messages in the same order, each written and made ready before it is asked for.

    Only one thread ever works on `messages`. What it raises is raised where it would have been.
    """
    asked: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[Message | BaseException | None] = SimpleQueue()
    for _ in range(DEPTH):
        asked.put(True)

    def work() -> None:
        try:
            while asked.get() and (message := next(messages, None)) is not None:
                if isinstance(session, Readying):
                    # What goes wrong here goes wrong again when it is sent.
                    with contextlib.suppress(Exception):
                        session.ready(message)
                made.put(message)
            made.put(None)
        except BaseException as error:  # handed over to the thread that asked
            made.put(error)

    def taken() -> Iterator[Message]:
        while (message := made.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            asked.put(True)
            yield message

    writer = threading.Thread(target=work, name="certsync-ahead", daemon=True)
    writer.start()
    try:
        yield taken()
    finally:
        with contextlib.suppress(Empty):
            while True:
                asked.get_nowait()
        asked.put(False)
        writer.join()
