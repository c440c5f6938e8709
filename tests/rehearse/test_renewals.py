"""Which certifications a pursuit renews, and for how long."""

from __future__ import annotations

from datetime import date

import pytest

from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.rehearse.renewals import DEFAULT_MONTHS, renewals
from tests.alerts.world import MEMBERS, TODAY
from tests.fakes import tables

LAST = date(2027, 3, 16)


def found(certifications: str, *pursuits: str) -> tuple[list[tuple[str, int, str]], list[str]]:
    """Each renewal as (expires, months, basis), and the notes."""
    header = "| employee_id | person | certification | target_date |\n"
    read = tables(
        team_members=MEMBERS,
        certifications="| employee_id | certification | date_earned | expiration_date |\n"
        + certifications,
        pursuits=header + "\n".join(f"| {line} |" for line in pursuits),
    )
    made, notes = renewals(compute(read, Policy(), TODAY)[0], LAST)
    return [(one.expires.isoformat(), one.months, one.basis.partition(" ")[0]) for one in made], (
        notes
    )


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ("| E1 | PMP | 2024-05-01 | 2026-05-01 |", ("2028-04-10", 24, "as")),
        ("| E1 | PMP | 2023-05-01 | 2026-05-01 |", ("2029-04-10", 36, "as")),
        ("| E1 | PMP | 2025-05-02 | 2026-05-01 |", ("2027-04-10", 12, "as")),
        (
            "| E1 | PMP | | 2026-05-01 |\n| E2 | PMP | 2023-05-01 | 2026-05-01 |",
            ("2029-04-10", 36, "as"),
        ),
        ("| E1 | PMP | | 2026-05-01 |", ("2028-04-10", DEFAULT_MONTHS, "assumed:")),
    ],
)
def test_a_renewal_lasts_as_long_as_before(records: str, expected: tuple[str, int, str]) -> None:
    """By the record's own dates, else by others of the same name, else two years."""
    assert found(records, "E1 | Maria Lopez | PMP | 2026-04-10") == ([expected], [])


def test_a_target_at_the_end_of_february_gives_a_date_that_exists() -> None:
    """Months are counted, not days: 31 August plus six months is the last of February."""
    made, _ = found("| E1 | PMP | 2025-11-30 | 2026-05-30 |", "E1 | M | PMP | 2026-08-31")
    assert made[0][:2] == ("2027-02-28", 6)


@pytest.mark.parametrize(
    ("pursuit", "note"),
    [
        ("E1 | Maria Lopez | PMP | 2026-03-15", "in the past"),
        ("E1 | Maria Lopez | CISSP | 2026-04-10", "something new"),
        ("E2 | Tom Reed | PMP | 2026-04-10", "something new"),
        ("E1 | Maria Lopez | PMP | 2027-03-17", ""),
        ("E1 | Maria Lopez | PMP | ", ""),
    ],
)
def test_only_an_open_pursuit_of_something_held_renews(pursuit: str, note: str) -> None:
    """One in the past, of another certification, of another person or too late renews nothing."""
    made, notes = found("| E1 | PMP | 2023-05-01 | 2026-05-01 |", pursuit)
    assert made == []
    assert note in " ".join(notes)


def test_of_two_pursuits_of_one_certification_the_first_renews() -> None:
    """A certification is renewed once."""
    made, _ = found(
        "| E1 | PMP | 2023-05-01 | 2026-05-01 |",
        "E1 | Maria Lopez | PMP | 2026-05-10",
        "E1 | Maria Lopez | PMP | 2026-04-10",
    )
    assert [expires for expires, *_ in made] == ["2029-04-10"]
