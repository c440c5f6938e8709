"""The last alert of each certification, as the workbook shows it."""

from __future__ import annotations

from datetime import timedelta

from certsync.alerts.alert import Reason
from certsync.alerts.last import last_alerts
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import deliver, plan
from tests.alerts.letters import FakeChannel, alert, plain
from tests.alerts.world import NOW, TODAY

KEY = ("E1", "AWS", "2026-03-28")


def test_what_was_sent_is_shown_with_its_day(ledger: Ledger) -> None:
    """The tier that was sent last stands with the day it was sent on."""
    deliver([alert("AWS", days=60)], ledger, [FakeChannel()], plain, NOW)
    later = TODAY + timedelta(days=30)
    assert last_alerts(ledger, [], later) == {KEY: "Tier 60 on 2026-03-16"}


def test_what_is_planned_is_shown_as_sent_today(ledger: Ledger) -> None:
    """A run writes its alerts into the workbook before they go out."""
    deliver([alert("AWS", days=60)], ledger, [FakeChannel()], plain, NOW)
    planned = plan([alert("AWS", days=30)], ledger, NOW)
    assert last_alerts(ledger, planned, TODAY + timedelta(days=9)) == {KEY: "Tier 30 on 2026-03-25"}


def test_an_id_with_a_border_in_it_is_found(ledger: Ledger) -> None:
    """An employee ID that holds a `|` comes back as it is."""
    one = alert("AWS")
    odd = one._replace(about=one.about._replace(series="agency|E%7C1|AWS|2026-03-28"))
    assert list(last_alerts(ledger, plan([odd], ledger, NOW), TODAY)) == [
        ("E|1", "AWS", "2026-03-28")
    ]


def test_a_row_that_sleeps_says_until_when(ledger: Ledger) -> None:
    """The end of a snooze is visible in the workbook; what was told before returns with it."""
    one = alert("AWS", days=60)
    deliver([one], ledger, [FakeChannel()], plain, NOW)
    about = one.about._replace(snoozed_until=TODAY + timedelta(days=9), days=30, step="tier-30")
    asleep = plan([one._replace(about=about, reason=Reason.SNOOZED)], ledger, NOW)
    assert last_alerts(ledger, asleep, TODAY) == {KEY: "Snoozed until 2026-03-25"}
    assert last_alerts(ledger, (), TODAY) == {KEY: "Tier 60 on 2026-03-16"}
