"""Where nothing moves after the manager was told, the manager's manager is next."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import deliver
from certsync.alerts.rules import Rules
from certsync.alerts.silence import ripe
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.alerts.letters import FakeChannel, plain
from tests.alerts.world import PEOPLE, PRO, TODAY, due_now
from tests.fakes import tables

MEMBERS = """
| employee_id | full_name   | email                | manager | status |
| E1          | Maria Lopez | maria@agency.example | E2      | Active |
| E2          | Ann Boss    | ann@agency.example   | E3      | Active |
| E3          | Tia Top     | tia@agency.example   |         | Active |
"""
EXPIRES = TODAY + timedelta(days=60)


def told(
    ledger: Ledger,
    day: int,
    *,
    status: str = "",
    pursuit: str = "",
    after: int = 14,
) -> list[str]:
    """Who is sent a message so many days from today."""
    today = TODAY + timedelta(days=day)
    given = {
        "team_members": MEMBERS,
        "certifications": f"""
        | employee_id | certification | expiration_date | renewal_status |
        | E1          | {PRO}         | {EXPIRES}       | {status}       |
        """,
    }
    if pursuit:
        given["pursuits"] = f"""
        | member      | employee_id | certification | target_date  | last_updated |
        | Maria Lopez | E1          | {PRO}         | {EXPIRES}    | {pursuit}    |
        """
    found = tables(**given)
    facts = compute(found, Policy(), today)[0]
    rules = Rules(PEOPLE, escalate_after_days=after, pursuits=())
    now = datetime.combine(today, time(7, 30))
    alerts = ripe(due_now(facts, found, rules=rules), ledger, today, after)
    post = FakeChannel()
    deliver(alerts, ledger, [post], plain, now)
    return sorted(message.digest.to.email.partition("@")[0] for message in post.messages)


FIRST = ["ann", "cora", "lee", "maria"]


def test_fourteen_days_of_silence_reach_the_managers_manager(ledger: Ledger) -> None:
    """Counted from the day somebody was told of an urgent tier, told once, and of later tiers."""
    assert told(ledger, 0) == FIRST
    assert told(ledger, 13) == []
    assert told(ledger, 14) == ["tia"]
    assert told(ledger, 15) == []
    assert told(ledger, 30) == [*FIRST, "tia"]


def test_a_first_run_late_in_the_day_leaves_time_to_answer(ledger: Ledger) -> None:
    """What counts is when the manager was told, not when the tier began."""
    assert told(ledger, 25) == FIRST
    assert "tia" not in told(ledger, 30)
    assert told(ledger, 39) == ["tia"]


@pytest.mark.parametrize("reaction", [{"status": "Scheduled"}, {"pursuit": "2026-03-29"}])
def test_a_reaction_in_the_workbook_keeps_it_where_it_is(
    ledger: Ledger, reaction: dict[str, str]
) -> None:
    """A Renewal Status or a pursuit that goes on says that somebody is at it."""
    assert told(ledger, 0) == FIRST
    assert told(ledger, 20, **reaction) == []  # type: ignore[arg-type]


def test_a_pursuit_that_stalled_is_no_reaction(ledger: Ledger) -> None:
    """Nobody updated it for a month: that is silence."""
    assert told(ledger, 0) == FIRST
    assert told(ledger, 20, pursuit="2026-02-01") == ["tia"]


def test_it_can_be_switched_off(ledger: Ledger) -> None:
    """0 days: the manager's manager is never told."""
    assert told(ledger, 0, after=0) == FIRST
    assert told(ledger, 29, after=0) == []
