"""What a message asks for: the tier, the way of renewal and its state decide."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certsync.alerts.alert import Reason, Recipient
from certsync.alerts.asks import ask
from certsync.alerts.stakes import Stake
from tests.alerts.letters import alert
from tests.alerts.world import TODAY

HOLDER = Recipient("maria@agency.example", "Maria Lopez", ("holder",))


def asked(
    days: int, left: int, method: str = "", status: str = "", *, follow_up: int = 0, own: str = ""
) -> str:
    """What the holder is asked for in the tier of so many days with so many left."""
    about = alert(days=days, left=left, follow_up=follow_up).about
    about = about._replace(expires=TODAY + timedelta(days=left), ask=own)
    return ask(about, HOLDER, Stake(method=method, status=status))


@pytest.mark.parametrize(
    ("days", "left", "word"),
    [
        (180, 170, "Begin planning"),
        (90, 80, "Confirm that the plan is on track"),
        (60, 50, "Escalate today"),
        (30, 20, "Act immediately"),
        (0, 0, "Today is the last day"),
        (0, -1, "Update the documents of partners and clients"),
    ],
)
@pytest.mark.parametrize("method", ["", "Exam", "PDUs", "Online assessment", "Course"])
def test_each_tier_asks_for_its_step(days: int, left: int, word: str, method: str) -> None:
    """Whatever the way of renewal, the tier's own request is in it."""
    assert word in asked(days, left, method)


@pytest.mark.parametrize(
    ("method", "word"),
    [
        ("", "exam"),
        ("Exam (renewal)", "exam"),
        ("PDUs", "credits"),
        ("30 CEUs", "credits"),
        ("CPE credits", "credits"),
        ("Online assessment", "assessment"),
        ("online renewal", "assessment"),
        ("Course", ""),
    ],
)
def test_nobody_is_asked_for_an_exam_where_there_is_none(method: str, word: str) -> None:
    """From 90 days on the request names what the sheet says the renewal takes."""
    for days, left in ((90, 80), (60, 50), (30, 20)):
        said = asked(days, left, method)
        named = [each for each in ("exam", "credits", "assessment") if each in said]
        assert named == ([word] if word else [])
    assert ("exam" in asked(0, -20, method, follow_up=2)) == (word == "exam")


@pytest.mark.parametrize(
    ("status", "left", "word"),
    [
        ("Scheduled", 20, "lies before 5 April 2026"),
        ("Scheduled", 0, "Today is the last day"),
        ("Scheduled", -3, "Update the documents"),
        ("Submitted", 20, "ask the issuer how far that is"),
        ("Submitted", -3, "ask the issuer how far that is"),
        ("Completed", 20, "write the new Expiration Date into the row"),
        ("Not Renewing", 20, "find who can replace it"),
        ("Planned", 20, "earliest exam date"),
    ],
)
def test_what_the_sheet_says_of_the_renewal_counts(status: str, left: int, word: str) -> None:
    """Nobody is told to book what is booked, or to sit what is passed."""
    assert word in asked(30 if left > 0 else 0, left, "Exam", status)


def test_a_text_of_the_config_stands_in_for_the_tiers() -> None:
    """But not where the sheet says that nobody renews it, or the manager's manager is asked."""
    assert asked(30, 20, own="Call Ann.\r\nBcc: x") == "Call Ann. Bcc: x"
    assert asked(30, 20, status="Scheduled", own="Call Ann.") == "Call Ann."
    assert "replace it" in asked(30, 20, status="Not Renewing", own="Call Ann.")
    above = HOLDER._replace(stands_in=Reason.NO_REACTION)
    about = alert().about._replace(ask="Call Ann.")
    assert ask(about, above, Stake()).startswith("Ask the holder and the manager")
