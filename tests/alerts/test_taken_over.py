"""A chat that is out of order for days: mail takes its alerts over, and keeps them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.dedup import PATIENCE
from certsync.alerts.digest import Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.log import log, shown
from certsync.alerts.outcome import Outcome
from certsync.alerts.pipeline import deliver, plan
from tests.alerts.letters import FakeChannel, alert, plain
from tests.alerts.world import NOW

LIMIT = PATIENCE.days
UP = Receipt(State.SENT)
DOWN = Receipt(State.RETRY, "out of order")
DOUBTFUL = Receipt(State.UNCERTAIN, "no answer")
LATER = Receipt(State.RETRY, "limit", wait_days=30)
REFUSED = Receipt(State.FAILED, "no such user")


def chat_alert(name: str = "AWS", to: str = "maria@agency.example") -> Alert:
    """An alert that goes through the chat, and by mail where that fails."""
    return alert(name, to, days=90, channel="slack")._replace(instead="email")


@dataclass
class Agency:
    """A chat and a mail server that answer as they are told, and who heard what on which day."""

    ledger: Ledger
    day: int = 0
    told: list[tuple[int, str, str]] = field(default_factory=list)
    tried: list[tuple[int, str, str]] = field(default_factory=list)

    def run(
        self, due: Sequence[Alert], chat: Receipt | None = UP, mail: Receipt | None = UP
    ) -> list[Outcome]:
        """One run on `day`; None for an answer kills it. What was sent is noted in `told`."""
        channels = [self._channel("slack", chat), self._channel("email", mail)]
        channels[0].chat = True
        return deliver(due, self.ledger, channels, plain, NOW + timedelta(days=self.day))

    def _channel(self, name: str, receipt: Receipt | None) -> FakeChannel:
        def answer(message: Message) -> Receipt:
            for one in message.digest.alerts:
                self.tried.append((self.day, name, one.key))
                if receipt is not None and receipt.state is State.SENT:
                    self.told.append((self.day, name, one.key))
            if receipt is None:
                raise KeyboardInterrupt
            return receipt

        return FakeChannel(name, answer)


@pytest.mark.parametrize("answer", [DOWN, DOUBTFUL, LATER], ids=lambda one: one.detail)
@pytest.mark.parametrize("days", range(7))
def test_a_chat_that_is_down_for_some_days(ledger: Ledger, answer: Receipt, days: int) -> None:
    """The alert arrives once: by the chat if that is back in time, else by mail on the third day.

    When the chat comes back later it repeats nothing.
    """
    agency, due, waits = Agency(ledger), chat_alert(), answer is LATER and days > 0
    for agency.day in range(12):
        outcomes = agency.run([due], chat=answer if agency.day < days else UP)
        arrived = LIMIT if waits else min(days, LIMIT)
        assert any(o.undelivered for o in outcomes) == (agency.day < arrived)
    by_chat = days <= LIMIT and not waits
    expected = (days, "slack") if by_chat else (LIMIT, "email")
    assert agency.told == [(*expected, due.key)]
    last = 0 if waits else min(days, LIMIT)
    assert [day for day, name, _ in agency.tried if name == "slack"] == [*range(last + 1)]
    entries = {e.channel: e.state for e in ledger.entries([due.about.series])}
    assert entries["slack"] is (State.SENT if by_chat else State.SUPERSEDED)


def test_the_chat_has_its_chance_after_a_time_off(ledger: Ledger) -> None:
    """A run five days after the first one tries the chat before the mail."""
    due = chat_alert("AWS"), chat_alert("PMP", "tom@agency.example")
    agency = Agency(ledger)
    agency.run(due, chat=DOWN)
    agency.day = 5
    assert [(o.channel, o.state) for o in plan(due, ledger, NOW + timedelta(days=5))] == [
        ("slack", State.PLANNED)
    ] * 2
    agency.run(due)
    assert {(day, name) for day, name, _ in agency.told} == {(5, "slack")}


def test_what_is_new_does_not_go_over_with_what_is_old(ledger: Ledger) -> None:
    """Each alert has its own three days; the reason is told in the mail, the log and the JSON."""
    old, new = chat_alert("AWS"), chat_alert("PMP")
    agency = Agency(ledger)
    for agency.day in range(LIMIT):
        agency.run([old, *([new] if agency.day else [])], chat=DOWN)
    agency.day = LIMIT
    outcomes = {(o.alert.key, o.channel): o for o in agency.run([old, new], chat=DOWN)}
    assert [key for _, _, key in agency.told] == [old.key]
    by_mail, by_chat = outcomes[old.key, "email"], outcomes[old.key, "slack"]
    assert (by_mail.state, by_mail.reason) == (State.SENT, Reason.CHANNEL_SILENT)
    assert (by_chat.state, by_chat.reason, by_chat.shown) == (
        State.SUPERSEDED, Reason.TAKEN_OVER, False,
    )  # fmt: skip
    assert outcomes[new.key, "slack"].undelivered
    lines = {(o.about, o.channel): (o.state, o.reason) for o in shown(log(ledger, (), (), NOW))}
    assert lines["AWS", "email"] == ("Sent", "Another channel had failed for days")
    assert lines["AWS", "slack"] == ("Muted", "Another channel took over")


def test_mail_keeps_what_it_took_over(ledger: Ledger) -> None:
    """Where the mail server is down as well, it is mail that goes on trying."""
    agency, due = Agency(ledger), chat_alert()
    for agency.day in range(LIMIT + 1):
        agency.run([due], chat=DOWN, mail=DOWN)
    agency.day += 1
    agency.run([due], mail=DOWN)
    agency.day += 1
    agency.run([due])
    assert agency.told == [(LIMIT + 2, "email", due.key)]


def test_what_mail_refuses_for_good_is_the_chats_again(ledger: Ledger) -> None:
    """A person whose address is refused hears by the chat once it is back."""
    agency, due = Agency(ledger), chat_alert()
    for agency.day in range(2 * LIMIT):
        agency.run([due], chat=DOWN, mail=REFUSED)
    agency.day += 1
    agency.run([due], mail=REFUSED)
    assert agency.told == [(2 * LIMIT, "slack", due.key)]


def test_a_snooze_holds_mail_back_too(ledger: Ledger) -> None:
    """Nothing goes out while a row sleeps; afterwards the days are counted anew."""
    agency, due = Agency(ledger), chat_alert()
    for agency.day in range(LIMIT):
        agency.run([due], chat=DOWN)
    for agency.day in range(LIMIT, 10):
        agency.run([due._replace(reason=Reason.SNOOZED)], chat=DOWN)
    for agency.day in range(10, 10 + LIMIT):
        agency.run([due], chat=DOWN)
    assert agency.told == []
    agency.day += 1
    agency.run([due], chat=DOWN)
    assert agency.told == [(10 + LIMIT, "email", due.key)]


def test_what_goes_by_mail_anyway_is_not_mailed_twice(ledger: Ledger) -> None:
    """An urgent tier has its own mail on the first day; the chat goes on trying."""
    chat = chat_alert()
    both = [chat, chat._replace(channel="email", instead="")]
    agency = Agency(ledger)
    for agency.day in range(8):
        outcomes = agency.run(both, chat=DOWN if agency.day < 7 else UP)
        assert [o.undelivered for o in outcomes if o.channel == "slack"] == [agency.day < 7]
    assert agency.told == [(0, "email", chat.key), (7, "slack", chat.key)]


def test_a_lost_ledger_knows_what_mail_took_over(ledger: Ledger, tmp_path: Path) -> None:
    """Rebuilt from its own list, it repeats nothing in the chat."""
    agency, due = Agency(ledger), chat_alert()
    for agency.day in range(LIMIT + 1):
        agency.run([due], chat=DOWN)
    with Ledger.open(tmp_path / "anew.sqlite") as anew:
        anew.restore(log(ledger, (), (), NOW).lines)
        again = Agency(anew, day=LIMIT + 1)
        again.run([due])
    assert again.tried == []


ANSWERS = st.sampled_from([UP, DOWN, DOWN, DOWN, DOUBTFUL, LATER, None])
ALERTS = (chat_alert("AWS"), chat_alert("PMP"), chat_alert("AWS", "tom@agency.example"))


BEGINS = st.lists(st.integers(0, 4), min_size=3, max_size=3)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chat=st.lists(ANSWERS, min_size=12, max_size=12),
    mail=st.lists(st.one_of(ANSWERS, st.just(REFUSED)), min_size=12, max_size=12),
    begins=BEGINS,
    off=st.sets(st.integers(0, 11)),
)
def test_whatever_fails_each_alert_arrives_once(
    in_memory: Path,
    chat: Sequence[Receipt | None],
    mail: Sequence[Receipt | None],
    begins: Sequence[int],
    off: set[int],
) -> None:
    """Chat and mail fail in any way, runs are killed or left out: nothing is lost or repeated."""
    path = in_memory / "ledger.sqlite"
    path.unlink(missing_ok=True)
    with Ledger.open(path) as ledger:
        agency = Agency(ledger)
        for agency.day in range(12):
            if agency.day not in off:
                with contextlib.suppress(KeyboardInterrupt):
                    agency.run(due_on(agency.day, begins), chat[agency.day], mail[agency.day])
        for agency.day in (60, 61, 100, 101):
            agency.run(ALERTS)
        assert Counter(key for _, _, key in agency.told) == Counter(one.key for one in ALERTS)
        tries = len(agency.tried)
        assert agency.run(ALERTS, DOWN, DOWN) == []
        assert len(agency.tried) == tries


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chat=st.lists(st.sampled_from([UP, DOWN, DOWN, DOUBTFUL, LATER]), min_size=9, max_size=9),
    begins=BEGINS,
)
def test_where_mail_works_everybody_knows_by_the_third_day(
    in_memory: Path, chat: Sequence[Receipt], begins: Sequence[int]
) -> None:
    """Whatever the chat does, each alert arrives once, on the third day at the latest."""
    path = in_memory / "ledger.sqlite"
    path.unlink(missing_ok=True)
    with Ledger.open(path) as ledger:
        agency = Agency(ledger)
        for agency.day in range(9):
            agency.run(due_on(agency.day, begins), chat[agency.day])
    days = {key: day for day, _, key in agency.told}
    assert len(days) == len(agency.told) == len(ALERTS)
    for one, begin in zip(ALERTS, begins, strict=True):
        assert days[one.key] <= begin + LIMIT


def due_on(day: int, begins: Sequence[int]) -> list[Alert]:
    """The alerts that have begun by a day."""
    return [one for one, begin in zip(ALERTS, begins, strict=True) if begin <= day]
