"""Providers' limits: so many messages a minute, so many a day, the rest later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_pace import WINDOW
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import Outcome, deliver
from tests.alerts.letters import FakeChannel, alert, letter, plain
from tests.alerts.servers import Mailbox, mail_server
from tests.alerts.world import NOW


@dataclass
class Clock:
    """A clock that only a sleep, or the test, moves; a sleep may end a little early."""

    now: float = 0.0
    early: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Seconds since whenever."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        self.slept.append(seconds)
        self.now += max(seconds - self.early, 0.001)


@dataclass
class Stamped(Mailbox):
    """A mailbox that notes by `clock` when each message came."""

    clock: Clock = field(default_factory=Clock)
    at: list[float] = field(default_factory=list)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Note the time."""
        self.at.append(self.clock.now)
        return await super().handle_DATA(server, session, envelope)  # type: ignore[arg-type]


@pytest.mark.parametrize(("per_minute", "messages"), [(1, 3), (3, 10), (30, 100)])
def test_no_minute_holds_more_than_the_limit(per_minute: int, messages: int) -> None:
    """A real server, a clock of the test's: over several sessions no 60 seconds hold more."""
    clock = Clock(early=0.4)
    mailbox = Stamped(clock=clock)
    with mail_server(mailbox) as port:
        settings = SmtpSettings("127.0.0.1", port, "none", per_minute=per_minute, timeout=5)
        channel = Smtp(settings, monotonic=clock.monotonic, sleep=clock.sleep)
        for part in (messages // 2, messages - messages // 2):
            with channel.session() as session:
                for _ in range(part):
                    assert session.send(letter()).state is State.SENT
                    clock.now += 0.25
    assert len(mailbox.at) == messages
    for first, late in zip(mailbox.at, mailbox.at[per_minute:], strict=False):
        assert late - first >= WINDOW
    assert clock.now < WINDOW * (messages / per_minute) + messages


@given(
    per_minute=st.integers(1, 5),
    gaps=st.lists(st.floats(0, 100), min_size=1, max_size=40),
)
def test_the_pace_waits_only_as_long_as_it_must(per_minute: int, gaps: list[float]) -> None:
    """Whatever the rhythm: never too early, and never a wait while the window has room."""
    clock = Clock()
    pace = Smtp(
        SmtpSettings("mail.example", per_minute=per_minute),
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    ).pace()
    ends: list[float] = []
    for gap in gaps:
        clock.now += gap
        before = clock.now
        pace.wait()
        window = [end for end in ends if end > clock.now - WINDOW + 1e-6]
        assert len(window) < per_minute
        if clock.now > before:
            assert sum(end > before - WINDOW for end in ends) >= per_minute
        pace.done()
        ends.append(clock.now)


def test_a_server_that_is_left_alone_is_not_waited_for() -> None:
    """Once a server is given up the rest of the messages costs no waiting."""
    clock = Clock()
    settings = SmtpSettings("127.0.0.1", 9, "none", per_minute=1, timeout=1)
    channel = Smtp(settings, monotonic=clock.monotonic, sleep=clock.sleep)
    with channel.session() as session:
        states = [session.send(letter()).state for _ in range(20)]
    assert states == [State.RETRY] * 20
    assert len(clock.slept) <= 1


@pytest.mark.parametrize(
    ("host", "minute", "day"),
    [
        ("smtp.gmail.com", None, 500),
        ("SMTP-Relay.Gmail.com.", None, 500),
        ("smtp.office365.com", 30, 10_000),
        ("agency-example.mail.protection.outlook.com", 30, 10_000),
        ("smtp.agency.example", None, None),
        ("notsmtp.gmail.com.example", None, None),
        ("myoutlook.com", None, None),
    ],
)
def test_known_providers_have_their_limits(host: str, minute: int | None, day: int | None) -> None:
    """Where the config is silent the host decides; what the config says counts before that."""
    assert (SmtpSettings(host).minute_limit, SmtpSettings(host).day_limit) == (minute, day)
    written = SmtpSettings(host, per_minute=7, per_day=2000)
    assert (written.minute_limit, Smtp(written).per_day) == (7, 2000)


def people(count: int) -> list[Alert]:
    """An alert for each of so many people, the most urgent first."""
    return [alert(to=f"p{n}@agency.example", left=n) for n in range(count)]


def told(channel: FakeChannel) -> list[str]:
    """Who got a message, by the name before the @."""
    return [message.digest.to.email.partition("@")[0] for message in channel.messages]


def run(ledger: Ledger, channel: FakeChannel, alerts: list[Alert], hours: float) -> list[Outcome]:
    """A run so many hours after the first."""
    return deliver(alerts, ledger, [channel], plain, NOW + timedelta(hours=hours))


def test_what_goes_beyond_the_day_is_carried_over(ledger: Ledger) -> None:
    """The most urgent go out, the rest stays planned with its reason, and the next run has it."""
    channel = FakeChannel()
    channel.per_day = 3
    outcomes = run(ledger, channel, people(5), 0)
    assert told(channel) == ["p0", "p1", "p2"]
    late = [o for o in outcomes if o.state is not State.SENT]
    assert [(o.recipient[:2], o.state, o.reason) for o in late] == [
        ("p3", State.RETRY, Reason.LIMIT_REACHED),
        ("p4", State.RETRY, Reason.LIMIT_REACHED),
    ]
    said = "The daily limit of 3 messages is reached; 2 messages wait for the next run."
    assert {o.detail for o in late} == {said}
    assert all(o.undelivered for o in late)
    states = {e.recipient[:2]: e.state for e in ledger.entries({a.about.series for a in people(5)})}
    assert (states["p2"], states["p3"], states["p4"]) == (
        State.SENT,
        State.PLANNED,
        State.PLANNED,
    )
    assert run(ledger, channel, people(5), 23)[0].reason is Reason.LIMIT_REACHED
    assert len(channel.messages) == 3
    run(ledger, channel, people(5), 24)
    assert told(channel) == ["p0", "p1", "p2", "p3", "p4"]
    assert run(ledger, channel, people(5), 25) == []


def test_what_was_carried_over_comes_first(ledger: Ledger) -> None:
    """Tomorrow's messages, however urgent, do not push it back again."""
    channel = FakeChannel()
    channel.per_day = 1
    late = [alert(to="a@agency.example", left=1), alert(to="b@agency.example", left=20)]
    run(ledger, channel, late, 0)
    run(ledger, channel, [alert(to="new@agency.example", left=0), *late], 24)
    assert told(channel) == ["a", "b"]


def test_what_is_renewed_while_it_waits_is_not_sent(ledger: Ledger) -> None:
    """A carried-over alert that is due no more is closed like any other."""
    channel = FakeChannel()
    channel.per_day = 1
    run(ledger, channel, people(2), 0)
    run(ledger, channel, people(1), 24)
    assert told(channel) == ["p0"]
    (entry,) = [e for e in ledger.entries({people(2)[1].about.series}) if e.recipient[:2] == "p1"]
    assert entry.state is State.CANCELLED


def test_one_channels_limit_is_its_own(ledger: Ledger) -> None:
    """What another channel sent does not count, and its messages go out."""
    full, free = FakeChannel("email"), FakeChannel("outbox")
    full.per_day = 1
    alerts = [one._replace(channel=name) for one in people(2) for name in ("email", "outbox")]
    deliver(alerts, ledger, [full, free], plain, NOW)
    assert (len(full.messages), len(free.messages)) == (1, 2)


@pytest.mark.parametrize(
    ("state", "counts"),
    [(State.SENT, 1), (State.UNCERTAIN, 1), (State.RETRY, 0), (State.FAILED, 0), (None, 1)],
)
def test_what_may_have_gone_out_counts(ledger: Ledger, state: State | None, counts: int) -> None:
    """Sent, uncertain and on its way count for 24 hours; a refusal used nothing up."""
    ledger.plan([(alert(), State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
    ledger.begin([letter()], NOW)
    if state:
        ledger.settle([(letter(), Receipt(state))], NOW)
    assert ledger.sent_since("outbox", NOW - timedelta(hours=24)) == counts
    assert ledger.sent_since("email", NOW - timedelta(hours=24)) == 0
    assert ledger.sent_since("outbox", NOW) == 0


def test_a_day_is_24_hours_in_any_time_zone(ledger: Ledger) -> None:
    """The clock that is put forward or another zone makes the window no shorter."""
    zone = ZoneInfo("America/Chicago")
    before = datetime(2026, 3, 7, 7, 30, tzinfo=zone)
    ledger.plan([(alert(), State.PLANNED, Reason.FIRST_NOTICE)], [], before)
    ledger.begin([letter()], before)
    utc = before.astimezone(ZoneInfo("UTC"))
    assert ledger.sent_since("outbox", utc - timedelta(minutes=1)) == 1
    assert ledger.sent_since("outbox", utc + timedelta(minutes=1)) == 0
    tokyo = before.astimezone(ZoneInfo("Asia/Tokyo"))
    assert ledger.sent_since("outbox", tokyo + timedelta(minutes=1)) == 0


def test_a_folder_has_no_limit(ledger: Ledger) -> None:
    """Only mail servers count messages."""
    assert Outbox.per_day is None
    channel = FakeChannel()
    run(ledger, channel, people(7), 0)
    assert len(channel.messages) == 7
