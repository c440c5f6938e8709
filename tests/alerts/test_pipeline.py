"""From what is due to what was sent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt, Session
from certsync.alerts.digest import Digest, Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import Outcome, TooManyMessages, deliver, plan
from certsync.errors import LedgerError, Refused
from tests.alerts.letters import FakeChannel, alert, plain
from tests.alerts.world import NOW

MARIA = alert("AWS"), alert("PMP", left=3)
TOM = alert("AWS", "tom@agency.example")


def run(
    ledger: Ledger, *alerts: Alert, channel: FakeChannel | None = None, days: int = 0
) -> tuple[list[Outcome], FakeChannel]:
    """Deliver through one channel, so many days after the first."""
    channel = channel or FakeChannel()
    outcomes = deliver(alerts, ledger, [channel], plain, NOW + timedelta(days=days))
    return outcomes, channel


def test_one_digest_for_each_recipient(ledger: Ledger) -> None:
    """Everything one person is told in a run comes in one message, most urgent first."""
    outcomes, channel = run(ledger, *MARIA, TOM)
    assert [[a.about.certification for a in m.digest.alerts] for m in channel.messages] == [
        ["PMP", "AWS"],
        ["AWS"],
    ]
    assert {o.state for o in outcomes} == {State.SENT}
    assert channel.sessions == 1


def test_a_second_run_sends_nothing_and_says_nothing(ledger: Ledger) -> None:
    """What was sent is no news: no message, no outcome, no session."""
    run(ledger, *MARIA)
    outcomes, channel = run(ledger, *MARIA)
    assert (outcomes, channel.messages, channel.sessions) == ([], [], 0)


def test_a_plan_is_what_a_delivery_does(ledger: Ledger) -> None:
    """A dry run names the same alerts with the same reasons, as planned, and sends nothing."""
    planned = plan([*MARIA, TOM], ledger, NOW)
    assert {o.state for o in planned} == {State.PLANNED}
    outcomes, _ = run(ledger, *MARIA, TOM)
    assert {(o.alert.key, o.reason) for o in planned} == {(o.alert.key, o.reason) for o in outcomes}


def test_a_failure_stays_with_its_message(ledger: Ledger) -> None:
    """One refused message leaves the others sent; the next run tries what can be tried again."""

    def answer(message: Message) -> Receipt:
        if message.digest.to.email.startswith("tom"):
            return Receipt(State.RETRY, "greylisted")
        return Receipt(State.SENT)

    outcomes, _ = run(ledger, *MARIA, TOM, channel=FakeChannel(answer=answer))
    assert {(o.recipient[:3], o.state, o.detail) for o in outcomes} == {
        ("mar", State.SENT, ""),
        ("tom", State.RETRY, "greylisted"),
    }
    again, channel = run(ledger, *MARIA, TOM)
    assert channel.keys == [TOM.key]
    assert [o.reason for o in again] == [Reason.NOT_DELIVERED_YET]


def test_a_refused_recipient_is_not_tried_again(ledger: Ledger) -> None:
    """FAILED is for good; every further run still says that somebody does not know."""
    failing = FakeChannel(answer=lambda _: Receipt(State.FAILED, "no such user"))
    run(ledger, TOM, channel=failing)
    outcomes, channel = run(ledger, TOM)
    assert channel.messages == []
    assert [(o.state, o.reason, o.undelivered) for o in outcomes] == [
        (State.FAILED, Reason.REFUSED_BEFORE, True)
    ]


def test_the_daily_limit_is_waited_for(ledger: Ledger) -> None:
    """An answer that says tomorrow is not asked again today."""
    limited = FakeChannel(answer=lambda _: Receipt(State.RETRY, "limit", wait_days=1))
    run(ledger, TOM, channel=limited)
    outcomes, channel = run(ledger, TOM)
    assert (channel.messages, [o.reason for o in outcomes]) == ([], [Reason.WAITING])
    assert run(ledger, TOM, days=1)[1].keys == [TOM.key]


def test_an_uncertain_message_goes_out_again_as_itself(ledger: Ledger) -> None:
    """The same Message-ID, the same day, its own message: what is new does not join it."""
    lost = FakeChannel(answer=lambda _: Receipt(State.UNCERTAIN, "no answer"))
    _, first = run(ledger, *MARIA, channel=lost)
    new = alert("CISSP")
    outcomes, second = run(ledger, *MARIA, new, days=1)
    again = next(m for m in second.messages if m.digest.unconfirmed)
    assert again.message_id == first.messages[0].message_id
    assert again.digest.day == first.messages[0].digest.day
    assert {a.key for a in again.digest.alerts} == {a.key for a in MARIA}
    assert len(second.messages) == 2
    assert {o.reason for o in outcomes} == {Reason.UNCONFIRMED, Reason.FIRST_NOTICE}


def test_uncertainty_outlives_a_later_no(ledger: Ledger) -> None:
    """A passing failure on the second attempt does not make the first one certain."""
    run(ledger, TOM, channel=FakeChannel(answer=lambda _: Receipt(State.UNCERTAIN)))
    outcomes, second = run(ledger, TOM, channel=FakeChannel(answer=lambda _: Receipt(State.RETRY)))
    assert [o.state for o in outcomes] == [State.UNCERTAIN]
    _, third = run(ledger, TOM, alert("PMP", "tom@agency.example"))
    assert second.messages[0].message_id in {m.message_id for m in third.messages}


def test_a_renewed_part_of_an_uncertain_message_is_left_out(ledger: Ledger) -> None:
    """What is due no more is cancelled; the rest goes out again under the same Message-ID."""
    _, first = run(ledger, *MARIA, channel=FakeChannel(answer=lambda _: Receipt(State.UNCERTAIN)))
    _, second = run(ledger, MARIA[0])
    assert second.keys == [MARIA[0].key]
    assert second.messages[0].message_id == first.messages[0].message_id


def test_too_many_messages_need_a_yes(ledger: Ledger) -> None:
    """More messages than allowed: nothing is sent, and the refusal shows what was planned."""
    channel = FakeChannel()
    with pytest.raises(TooManyMessages) as caught:
        deliver([*MARIA, TOM], ledger, [channel], plain, NOW, max_messages=1)
    assert isinstance(caught.value, Refused)
    assert "2 messages" in str(caught.value)
    assert [o.state for o in caught.value.outcomes] == [State.PLANNED] * 3
    assert channel.messages == []
    deliver([*MARIA, TOM], ledger, [channel], plain, NOW, max_messages=1, approved=True)
    assert len(channel.messages) == 2


def test_a_message_that_cannot_be_written_stops_no_other(ledger: Ledger) -> None:
    """Whatever one digest does to the template, the others go out."""

    def render(digest: Digest, now: datetime) -> Message:
        if digest.to.email.startswith("maria"):
            raise KeyError("boom")
        return plain(digest, now)

    channel = FakeChannel()
    outcomes = deliver([*MARIA, TOM], ledger, [channel], render, NOW)
    assert channel.keys == [TOM.key]
    assert {o.state for o in outcomes if o.recipient.startswith("maria")} == {State.RETRY}
    assert run(ledger, *MARIA, TOM)[1].keys == [MARIA[1].key, MARIA[0].key]


class Broken(FakeChannel):
    """A channel that breaks its promise and raises."""

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Never opens."""
        raise RuntimeError("out of order")
        yield self


def test_a_broken_channel_stops_no_other(ledger: Ledger) -> None:
    """A channel that raises on opening leaves its alerts for the next run."""
    good = FakeChannel("email")
    alerts = [TOM, TOM._replace(channel="email")]
    outcomes = deliver(alerts, ledger, [Broken("outbox"), good], plain, NOW)
    assert {(o.channel, o.state) for o in outcomes} == {
        ("outbox", State.RETRY),
        ("email", State.SENT),
    }


def test_a_channel_that_raises_while_sending_leaves_doubt(ledger: Ledger) -> None:
    """Nobody knows how far it came, so the alert is uncertain and the next one still goes out."""

    def answer(message: Message) -> Receipt:
        if message.digest.to.email.startswith("maria"):
            raise RuntimeError("surprise")
        return Receipt(State.SENT)

    outcomes, _ = run(ledger, MARIA[0], TOM, channel=FakeChannel(answer=answer))
    assert {(o.recipient[:3], o.state) for o in outcomes} == {
        ("mar", State.UNCERTAIN),
        ("tom", State.SENT),
    }


def test_nothing_is_sent_without_a_committed_intent(ledger: Ledger) -> None:
    """When the ledger cannot be written any more, nothing goes out after that."""
    channel = FakeChannel()

    def answer(_: Message) -> Receipt:
        ledger._db.execute("PRAGMA query_only = ON")
        return Receipt(State.SENT)

    channel.answer = answer
    with pytest.raises(LedgerError, match="0 of 2 messages"):
        deliver([MARIA[0], TOM], ledger, [channel], plain, NOW)
    assert len(channel.messages) == 1
    ledger._db.execute("PRAGMA query_only = OFF")
    _, again = run(ledger, MARIA[0], TOM)
    assert [m.digest.unconfirmed for m in again.messages] == [True, False]


def test_a_brake_closes_nothing(ledger: Ledger) -> None:
    """With `only_these` the open alerts of other series stay open."""
    run(ledger, TOM, channel=FakeChannel(answer=lambda _: Receipt(State.RETRY)))
    deliver([MARIA[0]], ledger, [FakeChannel()], plain, NOW, only_these=True)
    assert run(ledger, TOM)[1].keys == [TOM.key]


def test_an_outcome_reads_as_the_documented_json(ledger: Ledger) -> None:
    """The JSON of an alert has the keys of the command's contract, of plain values."""
    outcomes, _ = run(ledger, TOM)
    shown = outcomes[0].as_json()
    assert shown["key"] == TOM.key
    assert (shown["tier"], shown["days"], shown["state"], shown["reason"]) == (
        "Tier 30",
        30,
        "sent",
        "first_notice",
    )
    assert {"employee_id", "certification", "channel", "recipient"} <= set(shown)


def test_a_dry_run_creates_no_ledger(tmp_path: Path) -> None:
    """Planning on a copy leaves the folder as it was."""
    with Ledger.open_copy(tmp_path / "deep" / "ledger.sqlite") as copy:
        assert len(plan([TOM], copy, NOW)) == 1
    assert list(tmp_path.iterdir()) == []
