"""The last alert of each certification, as the workbook shows it."""

from __future__ import annotations

from datetime import timedelta

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
