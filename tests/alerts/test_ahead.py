"""Messages written ahead come as they would have come without it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest

from certsync.alerts.ahead import DEPTH, ahead
from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import Message
from tests.alerts.letters import letter


class Session:
    """A session that notes what it made ready, and fails at it where asked."""

    def __init__(self, failing: bool = False) -> None:
        self.made: list[str] = []
        self.failing = failing

    def ready(self, message: Message) -> None:
        """Note it."""
        self.made.append(message.digest.to.email)
        if self.failing:
            raise RuntimeError("not ready")

    def send(self, message: Message) -> Receipt:
        """Say yes."""
        del message
        return Receipt(State.SENT)


def letters(count: int, asked: list[int] | None = None) -> Iterator[Message]:
    """So many messages; `asked` counts those that were written."""
    for n in range(count):
        if asked is not None:
            asked.append(n)
        yield letter(to=f"p{n}@agency.example")


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("count", [0, 1, DEPTH, 50])
def test_the_same_messages_in_the_same_order(count: int, failing: bool) -> None:
    """Each one is made ready once, and one that cannot be is sent all the same."""
    session = Session(failing)
    with ahead(letters(count), session) as coming:
        came = [message.digest.to.email for message in coming]
    assert came == session.made == [f"p{n}@agency.example" for n in range(count)]


def test_no_more_are_written_than_wait() -> None:
    """A slow server does not fill the memory with messages; at the end the thread is gone."""
    asked: list[int] = []
    with ahead(letters(500, asked), Session()) as coming:
        next(coming)
        time.sleep(0.1)
        assert len(asked) <= DEPTH + 1
    assert not [t for t in threading.enumerate() if t.name == "certsync-ahead"]


def test_what_the_writing_raises_is_raised_in_its_turn() -> None:
    """The messages before it are there, and the error is the caller's to see."""

    def breaking() -> Iterator[Message]:
        yield from letters(2)
        raise KeyError("boom")

    with ahead(breaking(), Session()) as coming:
        assert [next(coming).digest.to.email[:2] for _ in range(2)] == ["p0", "p1"]
        with pytest.raises(KeyError, match="boom"):
            next(coming)


def test_leaving_early_ends_the_thread() -> None:
    """An error in the sending leaves nothing behind that still writes."""
    with contextlib.suppress(OSError), ahead(letters(500), Session()) as coming:
        next(coming)
        raise OSError("full")
    assert not [t for t in threading.enumerate() if t.name == "certsync-ahead"]
