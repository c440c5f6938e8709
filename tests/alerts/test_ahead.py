"""Messages written ahead come as they would have come without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from certsync.alerts.ahead import DEPTH, Ahead
from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import Message
from tests.alerts.letters import letter


class Session:
    """A session that notes what it made ready, and fails at it where asked."""

    def __init__(self, failing: bool = False) -> None:
        self.meanwhile: Callable[[], None] = self.rest
        self.upcoming: Message | None = None
        self.made: list[str] = []
        self.failing = failing

    def rest(self) -> None:
        """Nobody uses the time yet."""

    def ready(self, message: Message) -> None:
        """Note it."""
        self.made.append(message.digest.to.email)
        if self.failing:
            raise RuntimeError("not ready")

    def send(self, message: Message) -> Receipt:
        """Say yes."""
        del message
        return Receipt(State.SENT)


class Hasty:
    """A session that never waits."""

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
@pytest.mark.parametrize("gaps", [0, 1, 3])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_the_same_messages_in_the_same_order(count: int, gaps: int, failing: bool) -> None:
    """However often there is time: each comes once, and one that cannot be made ready too."""
    session, came = Session(failing), []
    coming = Ahead(letters(count), session)
    for message in coming:
        came.append(message.digest.to.email)
        for _ in range(gaps):
            session.meanwhile()
    assert came == [f"p{n}@agency.example" for n in range(count)]
    assert session.made == (came[1:] if gaps else [])


def test_a_session_that_never_waits_gets_them_in_their_turn() -> None:
    """Nothing is written before it is asked for."""
    asked: list[int] = []
    coming = Ahead(letters(5, asked), Hasty())
    coming.work()
    assert asked == []
    assert len(list(coming)) == 5


def test_no_more_are_written_than_wait() -> None:
    """A server that thinks long does not fill the memory with messages."""
    asked: list[int] = []
    coming = Ahead(letters(500, asked), Session())
    for _ in range(400):
        coming.work()
    assert len(asked) == DEPTH


def test_what_the_writing_raises_is_raised_in_its_turn() -> None:
    """The messages before it are there, and the error is the caller's to see."""

    def breaking() -> Iterator[Message]:
        yield from letters(2)
        raise KeyError("boom")

    coming = Ahead(breaking(), Session())
    for _ in range(5):
        coming.work()
    assert [next(coming).digest.to.email[:2] for _ in range(2)] == ["p0", "p1"]
    with pytest.raises(KeyError, match="boom"):
        next(coming)
