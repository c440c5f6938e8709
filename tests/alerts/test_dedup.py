"""One decision for each due alert, with its reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.dedup import decide, outstanding
from certsync.alerts.ledger import Entry, Ledger
from tests.alerts.letters import alert, letter
from tests.alerts.world import NOW, TODAY

DUE = alert(days=30)
WIDER, TIGHTER = alert(days=60), alert(days=0)


def entry(of: Alert, state: State, wait: date | None = None, *, doubtful: bool = False) -> Entry:
    """What the ledger holds of an alert in this state."""
    return Entry(
        of.key,
        of.channel,
        of.about.series,
        of.to.email,
        of.about.rank,
        state,
        "<1@agency.example>",
        wait,
        TODAY,
        doubtful or state is State.UNCERTAIN,
        Reason.FIRST_NOTICE,
        TODAY,
    )


@pytest.mark.parametrize(
    ("heard", "state", "reason"),
    [
        ([], State.PLANNED, Reason.FIRST_NOTICE),
        ([entry(DUE, State.PLANNED)], State.PLANNED, Reason.FIRST_NOTICE),
        ([entry(DUE, State.SILENCED)], State.PLANNED, Reason.FIRST_NOTICE),
        ([entry(DUE, State.CANCELLED)], State.PLANNED, Reason.FIRST_NOTICE),
        ([entry(DUE, State.SUPERSEDED)], State.PLANNED, Reason.FIRST_NOTICE),
        ([entry(WIDER, State.SENT)], State.PLANNED, Reason.TIER_CROSSED),
        ([entry(WIDER, State.FAILED)], State.PLANNED, Reason.FIRST_NOTICE),
        ([entry(DUE, State.RETRY)], State.PLANNED, Reason.NOT_DELIVERED_YET),
        ([entry(DUE, State.UNCERTAIN)], State.PLANNED, Reason.UNCONFIRMED),
        ([entry(DUE, State.CANCELLED, doubtful=True)], State.PLANNED, Reason.UNCONFIRMED),
        ([entry(DUE, State.SUPERSEDED, doubtful=True)], State.PLANNED, Reason.UNCONFIRMED),
        ([entry(DUE, State.SENT)], State.SENT, Reason.ALREADY_SENT),
        (
            [entry(DUE, State.SENT)._replace(rank=(21_940, 0))],
            State.SENT,
            Reason.ALREADY_SENT,
        ),
        ([entry(DUE, State.FAILED)], State.FAILED, Reason.REFUSED_BEFORE),
        ([entry(TIGHTER, State.SENT)], State.SUPERSEDED, Reason.TIGHTER_TIER_SENT),
        (
            [entry(DUE, State.UNCERTAIN), entry(TIGHTER, State.SENT)],
            State.SUPERSEDED,
            Reason.TIGHTER_TIER_SENT,
        ),
        ([entry(TIGHTER, State.RETRY)], State.PLANNED, Reason.FIRST_NOTICE),
    ],
)
def test_what_was_heard_decides(heard: list[Entry], state: State, reason: Reason) -> None:
    """The ledger's memory of a series decides whether an alert goes out, and why."""
    decision = decide(DUE, heard, TODAY)
    assert (decision.state, decision.reason) == (state, reason)


@pytest.mark.parametrize(("days", "state"), [(1, State.RETRY), (0, State.PLANNED)])
def test_an_alert_that_has_to_wait_waits_until_its_day(days: int, state: State) -> None:
    """After a daily limit the next try is not before the next day, and then it is made."""
    heard = [entry(DUE, State.RETRY, TODAY + timedelta(days=days))]
    assert decide(DUE, heard, TODAY).state is state


def test_what_others_heard_does_not_count() -> None:
    """Another recipient's or another channel's success leaves an alert due."""
    others = [
        entry(alert(to="tom@agency.example"), State.SENT),
        entry(alert(channel="email"), State.SENT),
    ]
    assert decide(DUE, others, TODAY).reason is Reason.FIRST_NOTICE


def test_the_case_of_an_address_makes_no_new_recipient() -> None:
    """Who was told as Maria@ is not told again as maria@."""
    heard = [entry(alert(to="Maria@Agency.example"), State.SENT)]
    assert decide(DUE, heard, TODAY).reason is Reason.ALREADY_SENT


def test_a_tier_with_a_new_name_is_not_sent_again() -> None:
    """Tiers are known by their days: renaming one in the config repeats nothing."""
    renamed = DUE._replace(about=DUE.about._replace(step="soon", tier="Soon"))
    assert decide(renamed, [entry(DUE, State.SENT)], TODAY).reason is Reason.ALREADY_SENT


def test_follow_ups_come_one_after_the_other() -> None:
    """The second follow-up is due after the first, and the first no more after the second."""
    first, second = (alert(days=0, left=-7 * k, follow_up=k) for k in (1, 2))
    assert decide(second, [entry(first, State.SENT)], TODAY).state is State.PLANNED
    assert decide(first, [entry(second, State.SENT)], TODAY).reason is Reason.TIGHTER_TIER_SENT


def test_a_snooze_silences_but_does_not_forget() -> None:
    """A snoozed alert rests; one that may have gone out stays uncertain meanwhile."""
    snoozed = DUE._replace(reason=Reason.SNOOZED)
    assert decide(snoozed, [], TODAY).state is State.SILENCED
    assert decide(snoozed, [entry(DUE, State.RETRY)], TODAY).state is State.SILENCED
    assert decide(snoozed, [entry(DUE, State.UNCERTAIN)], TODAY).state is State.UNCERTAIN


def test_nobody_to_tell_is_a_failure_with_a_reason() -> None:
    """An alert without a recipient is reported, not dropped."""
    nobody = alert(to="", reason=Reason.NO_RECIPIENT)
    decision = decide(nobody, [], TODAY)
    assert (decision.state, decision.reason) == (State.FAILED, Reason.NO_RECIPIENT)


@pytest.mark.parametrize(
    ("open_one", "due", "state", "reason"),
    [
        (WIDER, [DUE], State.SUPERSEDED, Reason.TIGHTER_TIER_DUE),
        (TIGHTER, [DUE], State.CANCELLED, Reason.NO_LONGER_DUE),
        (alert("PMP"), [DUE], State.CANCELLED, Reason.NO_LONGER_DUE),
        (DUE, [], State.CANCELLED, Reason.NO_LONGER_DUE),
        (alert(to="old@agency.example"), [DUE], State.CANCELLED, Reason.NO_LONGER_ADDRESSED),
    ],
)
def test_open_alerts_nobody_is_due_to_hear_are_closed(
    ledger: Ledger, open_one: Alert, due: list[Alert], state: State, reason: Reason
) -> None:
    """A tighter tier supersedes, a renewal cancels, a new address makes the old one moot."""
    ledger.plan([(open_one, State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
    agenda = outstanding(due, ledger, TODAY)
    assert [(e.key, *close) for e, *close in agenda.closed] == [(open_one.key, state, reason)]


def test_what_may_have_reached_an_old_address_stays_visible(ledger: Ledger) -> None:
    """An uncertain alert to an address that has changed is neither sent again nor closed."""
    old = alert(to="old@agency.example")
    ledger.plan([(old, State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
    ledger.begin([letter(old, to=old.to.email)], NOW)
    ledger.recover(NOW)
    agenda = outstanding([DUE], ledger, TODAY)
    assert not agenda.closed
    assert [d.alert for d in agenda.send] == [DUE]
