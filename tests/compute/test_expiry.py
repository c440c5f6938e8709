"""Days and status of one record, rule by rule."""

from __future__ import annotations

from datetime import date

import pytest

from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.compute.build import Member, Record, World, rows

TODAY = date(2026, 2, 28)
TEAM = rows(
    Member,
    """
    | employee_id | status   |
    | E1          | Active   |
    | E2          | Departed |
    """,
)


def judge(text: str, policy: Policy | None = None, today: date = TODAY) -> Facts:
    """The facts about these rows of Certifications."""
    world = World(members=TEAM, records=rows(Record, text))
    return compute(world.tables(), policy or Policy(), today)[0]


def statuses(text: str, policy: Policy | None = None) -> list[str]:
    """The Status column."""
    return list(judge(text, policy).certifications["status"])


def current(text: str, policy: Policy | None = None) -> list[int]:
    """The places of the current records."""
    found = judge(text, policy).certifications["current"]
    return [at for at, one in enumerate(found) if one]


def test_days_run_from_the_last_valid_day_to_the_days_after_it() -> None:
    """0 days left means it expires today; the next day it is Expired."""
    facts = judge(
        """
        | employee_id | certification | expires    |
        | E1          | A             | 2026-02-28 |
        | E1          | B             | 2026-02-27 |
        | E1          | C             | 2026-05-29 |
        | E1          | D             | 2026-05-30 |
        """
    )
    assert list(facts.certifications["days_to_expiry"]) == [0, -1, 90, 91]
    assert list(facts.certifications["status"]) == [
        "Expiring Soon",
        "Expired",
        "Expiring Soon",
        "Active",
    ]


def test_a_leap_day_is_a_day() -> None:
    """From 28 February to 1 March it is two days in a leap year, one in others."""
    row = "| employee_id | certification | expires |\n| E1 | A | {}-03-01 |"
    for year, days in ((2026, 1), (2028, 2)):
        facts = judge(row.format(year), today=date(year, 2, 28))
        assert list(facts.certifications["days_to_expiry"]) == [days]


def test_a_lifetime_certification_is_active_and_has_no_days() -> None:
    """A record that does not expire is Active for ever."""
    facts = judge("| employee_id | certification | expires |\n| E1 | A | never |")
    assert list(facts.certifications["status"]) == ["Active"]
    assert facts.certifications["days_to_expiry"].isna().all()


def test_grace_does_not_change_the_status() -> None:
    """A record in grace remains Expired."""
    text = "| employee_id | certification | expires |\n| E1 | A | 2026-02-27 |"
    assert statuses(text, Policy(grace_days=30)) == ["Expired"]


def test_the_record_that_expires_last_replaces_the_older_ones() -> None:
    """Every older record of the same person and certification is Renewed and not current."""
    text = """
        | employee_id | certification | expires    |
        | E1          | AWS Pro       | 2024-01-01 |
        | E1          | aws-pro       | 2027-01-01 |
        | E1          | AWS PRO       | 2026-03-01 |
        | E2          | AWS Pro       | 2028-01-01 |
        """
    assert statuses(text) == ["Renewed", "Active", "Renewed", "Active"]
    assert current(text) == [1, 3]


@pytest.mark.parametrize(
    ("rival", "wins"),
    [
        ("| E1 | A | never      |            |", True),
        ("| E1 | A | 2026-09-02 |            |", True),
        ("| E1 | A | 2026-09-01 | 2024-01-01 |", True),
        ("| E1 | A | 2026-09-01 | 2023-01-01 |", False),
        ("| E1 | A | 2026-09-01 |            |", False),
        ("| E1 | A | 2026-08-31 | 2026-01-01 |", False),
    ],
)
def test_ties_go_to_the_later_date_earned_then_to_the_first_row(rival: str, wins: bool) -> None:
    """Lifetime, then latest expiration, then latest earned, then the first row."""
    text = f"""
        | employee_id | certification | expires | earned |
        | E1 | A | 2026-09-01 | 2023-01-01 |
        {rival}
        """
    assert current(text) == [1 if wins else 0]
    assert statuses(text) == (["Renewed", "Active"] if wins else ["Active", "Renewed"])


def test_a_row_with_neither_date_is_in_progress_and_replaces_nothing() -> None:
    """In Progress says that nothing is earned yet; the expired record stays the current one."""
    text = """
        | employee_id | certification | expires    | earned     |
        | E1          | A             | 2026-01-01 | 2023-01-01 |
        | E1          | A             |            |            |
        | E1          | B             | 2029-01-01 | 2026-03-01 |
        """
    assert statuses(text) == ["Expired", "In Progress", "In Progress"]
    assert current(text) == [0]


def test_an_empty_expiration_of_an_earned_record_is_unknown() -> None:
    """An empty cell does not mean that the certification never expires."""
    facts = judge("| employee_id | certification | expires | earned |\n| E1 | A |  | 2025-01-01 |")
    assert list(facts.certifications["status"]) == ["Unknown"]
    assert facts.certifications["days_to_expiry"].isna().all()


def test_a_row_with_an_error_is_unknown_and_replaces_nothing() -> None:
    """A row that cannot be judged has no days and is never current."""
    text = """
        | employee_id | certification | expires    | ok |
        | E1          | A             | 2026-04-01 |    |
        | E1          | A             | 2029-01-01 | no |
        | none        | A             | 2029-01-01 |    |
        """
    facts = judge(text)
    assert list(facts.certifications["status"]) == ["Expiring Soon", "Unknown", "Unknown"]
    assert list(facts.certifications["current"]) == [True, False, False]
    assert list(facts.certifications["days_to_expiry"].isna()) == [False, True, True]


def test_a_rejected_record_replaces_no_good_one() -> None:
    """Rejected records show the status of their dates and are never current."""
    text = """
        | employee_id | certification | expires    | verified |
        | E1          | A             | 2026-04-01 | Verified |
        | E1          | A             | 2029-01-01 | Rejected |
        | E1          | A             | 2025-01-01 | Rejected |
        """
    assert statuses(text) == ["Expiring Soon", "Active", "Expired"]
    assert current(text) == [0]


def test_departed_people_keep_the_status_of_their_dates() -> None:
    """A departed person's record is shown with its own status."""
    assert statuses("| employee_id | certification | expires |\n| E2 | A | 2026-03-01 |") == [
        "Expiring Soon"
    ]


def test_strict_keeps_a_verified_record_current_until_its_renewal_is_verified() -> None:
    """Under strict a Pending renewal hides no Verified record that is valid today."""
    text = """
        | employee_id | certification | expires    | verified |
        | E1          | A             | 2026-04-01 | Verified |
        | E1          | A             | 2029-01-01 | Pending  |
        | E1          | B             | 2026-01-01 | Verified |
        | E1          | B             | 2029-01-01 | Pending  |
        """
    assert statuses(text) == ["Renewed", "Active", "Renewed", "Active"]
    assert statuses(text, Policy(strict=True)) == ["Expiring Soon", "Active", "Renewed", "Active"]
    assert current(text, Policy(strict=True)) == [0, 3]


def test_members_know_how_many_certifications_are_valid_and_which_expires_first() -> None:
    """Only current records valid today are counted; lifetime ones have no expiration."""
    members = judge(
        """
        | employee_id | certification | expires    | verified |
        | E1          | A             | 2026-03-01 | Verified |
        | E1          | A             | 2026-09-01 | Verified |
        | E1          | B             | 2026-02-28 | Verified |
        | E1          | C             | never      | Verified |
        | E1          | D             | 2026-02-27 | Verified |
        | E1          | E             | 2027-01-01 | Rejected |
        """
    ).members
    assert list(members["active_certifications"]) == [3, 0]
    assert members["next_expiration"][0].date() == date(2026, 2, 28)
    assert members["next_expiration"].isna()[1]
