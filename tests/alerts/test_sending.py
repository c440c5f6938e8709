"""How many messages share a commit: few where the other side is slow, more where it is quick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, pairwise

import pytest

from certsync.alerts.alert import Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.sending import MOST, WINDOW, send_all
from tests.alerts.letters import FakeChannel, alert, letter
from tests.alerts.world import NOW


def letters(number: int) -> list[Message]:
    """So many messages, each about one certification."""
    return [letter(alert(f"Certification {n}")) for n in range(number)]


class Watched:
    """A ledger that counts what each commit settles and begins."""

    def __init__(self, ledger: Ledger, messages: list[Message]) -> None:
        told = [one.digest.alerts[0] for one in messages]
        ledger.plan([(one, State.PLANNED, Reason.FIRST_NOTICE) for one in told], [], NOW)
        self.commits: list[tuple[int, int]] = []
        self.open: set[str] = set()
        begin, settle = ledger.begin, ledger.settle

        def begun(messages: list[Message], now: datetime) -> None:
            messages = list(messages)
            begin(messages, now)
            self.open |= {one.message_id for one in messages}

        def settled(
            answered: list[tuple[Message, Receipt]],
            now: datetime,
            following: Sequence[Message] = (),
        ) -> list[State]:
            following = list(following)
            states = settle(answered, now, following)
            self.commits.append((len(answered), len(following)))
            self.open -= {one.message_id for one, _ in answered}
            self.open |= {one.message_id for one in following}
            return states

        ledger.begin, ledger.settle = begun, settled  # type: ignore[method-assign, assignment]


def pace(seconds: float) -> Iterator[float]:
    """A clock that is read once before a window and once after each message."""
    return (seconds * n for n in count())


@pytest.mark.parametrize("seconds", [WINDOW * 1.5, 60.0])
def test_a_slow_server_has_each_message_to_itself(ledger: Ledger, seconds: float) -> None:
    """One result and one intent a commit: after a crash one message is uncertain."""
    messages, clock = letters(5), pace(seconds)
    watched = Watched(ledger, messages)
    sent = list(send_all(FakeChannel(), iter(messages), ledger, NOW, lambda: next(clock)))
    assert [state for _, state, _ in sent] == [State.SENT] * 5
    assert watched.commits == [(1, 1)] * 4 + [(1, 0)]


def test_a_quick_server_gets_more_at_once_but_not_too_many(ledger: Ledger) -> None:
    """The number doubles while all of them fit into the window, up to a limit."""
    messages, clock = letters(200), pace(0.0)
    watched = Watched(ledger, messages)
    list(send_all(FakeChannel(), iter(messages), ledger, NOW, lambda: next(clock)))
    assert [answered for answered, _ in watched.commits] == [1, 1, 2, 4, 8, 16, 32, MOST, MOST, 8]
    assert {
        entry.state for entry in ledger.entries([m.digest.alerts[0].about.series for m in messages])
    } == {State.SENT}


def test_a_server_that_becomes_slow_gets_its_results_at_once(ledger: Ledger) -> None:
    """Messages that were begun together are settled one by one when each takes long."""
    messages = letters(40)
    watched = Watched(ledger, messages)
    ticks = iter([0.0] * 40 + [float(n) for n in range(1, 200)])
    list(send_all(FakeChannel(), iter(messages), ledger, NOW, lambda: next(ticks)))
    assert sum(answered for answered, _ in watched.commits) == 40
    assert [answered for answered, _ in watched.commits][-7:] == [2, *[1] * 6]


def test_nothing_is_sent_before_its_intent_is_committed(ledger: Ledger) -> None:
    """Whatever the window: a message on the wire is known as being sent."""
    messages, clock = letters(100), pace(0.0)
    watched = Watched(ledger, messages)
    early = []

    def look(message: Message) -> Receipt:
        if message.message_id not in watched.open:
            early.append(message.message_id)
        return Receipt(State.SENT)

    list(send_all(FakeChannel(answer=look), iter(messages), ledger, NOW, lambda: next(clock)))
    assert early == []


@dataclass
class Patient(FakeChannel):
    """A channel whose session hears which message follows, and notes it beside each it sends."""

    meanwhile: Callable[[], None] = lambda: None
    upcoming: Message | None = None
    announced: list[tuple[Message, Message | None]] = field(default_factory=list)

    def ready(self, message: Message) -> None:
        """There is nothing to do."""

    def send(self, message: Message) -> Receipt:
        """Note what follows."""
        self.announced.append((message, self.upcoming))
        return super().send(message)


def test_what_is_announced_is_committed_and_comes_next(ledger: Ledger) -> None:
    """A message that a session hears of beforehand is known as being sent, and is the next one."""
    messages, clock = letters(100), pace(0.0)
    watched, channel = Watched(ledger, messages), Patient()
    early = []

    def look(message: Message) -> Receipt:
        if channel.upcoming and channel.upcoming.message_id not in watched.open:
            early.append(message.message_id)
        return Receipt(State.SENT)

    channel.answer = look
    list(send_all(channel, iter(messages), ledger, NOW, lambda: next(clock)))
    assert early == []
    assert [message for message, _ in channel.announced] == messages
    heard = [
        (following, then)
        for (_, then), (following, _) in pairwise(channel.announced)
        if then is not None
    ]
    assert len(heard) == len(messages) - len(watched.commits)
    assert all(following is then for following, then in heard)


def test_an_interruption_keeps_what_is_known(ledger: Ledger) -> None:
    """What was answered is sent, the one under way uncertain, and the rest goes out next time."""
    messages, clock = letters(12), pace(0.0)
    Watched(ledger, messages)

    def answer(message: Message) -> Receipt:
        if message is messages[5]:
            raise KeyboardInterrupt
        return Receipt(State.SENT)

    with pytest.raises(KeyboardInterrupt):
        list(send_all(FakeChannel(answer=answer), iter(messages), ledger, NOW, lambda: next(clock)))
    ledger.recover(NOW)
    series = {one.digest.alerts[0].about.series: n for n, one in enumerate(messages)}
    states = {series[e.series]: e.state for e in ledger.entries(list(series))}
    assert [states[n] for n in range(5)] == [State.SENT] * 5
    assert states[5] is State.UNCERTAIN
    assert {states[n] for n in range(6, 12)} <= {State.RETRY, State.PLANNED}
