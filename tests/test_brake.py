"""When a run stops before it writes or sends."""

from __future__ import annotations

import pytest

from certsync.brake import brake, unreadable
from certsync.sheets.findings import Finding
from certsync.sheets.tables import Table, Tables
from tests.fakes import table

MEMBERS = "| Employee ID | Full Legal Name | Email | Status |\n"
RECORDS = "| Employee ID | Certification | Expiration Date |\n"
PURSUITS = "| Team Member | Target Certification | Target Date |\n"


def tables(*, members: int = 10, records: int = 20, pursuits: int | None = None) -> Tables:
    """Tabs with so many rows; None leaves the tab out."""
    people = "".join(f"| E{i} | P {i} | p{i}@a.io | Active |\n" for i in range(members))
    held = "".join(f"| E1 | AWS {i} | 2027-01-01 |\n" for i in range(records))
    found: dict[str, Table] = {
        "team_members": table("team_members", MEMBERS + people),
        "certifications": table("certifications", RECORDS + held),
    }
    if pursuits is not None:
        rows = "".join(f"| P {i} | AWS {i} | 2027-01-01 |\n" for i in range(pursuits))
        found["pursuits"] = table("pursuits", PURSUITS + rows)
    return found


def test_a_first_run_with_its_tabs_goes_on() -> None:
    """Before the first complete run there is nothing to compare with."""
    assert brake(tables(), (), {}) == ()


def test_a_missing_tab_nothing_can_be_judged_without() -> None:
    """Without Certifications the run is refused, and the finding's own words say why."""
    finding = Finding(
        "tab.missing", "error", "Certifications", None, "", "There is no such tab.", "Add it."
    )
    found = {"team_members": tables()["team_members"]}
    assert unreadable(found, [finding]) == ("There is no such tab. Add it.",)
    assert unreadable(tables(), [finding]) == ()


def test_an_optional_part_that_was_never_there() -> None:
    """An agency without a Pursuits tab is not refused for it, until it had one."""
    assert brake(tables(), (), {"certifications": 20}) == ()
    assert len(brake(tables(), (), {"pursuits": 4})) == 1


@pytest.mark.parametrize(("before", "now", "brakes"), [(20, 0, True), (1, 0, True), (0, 0, False)])
def test_a_tab_that_is_empty_now(before: int, now: int, brakes: bool) -> None:
    """A tab that had rows and is empty brakes, whatever its size was."""
    assert bool(brake(tables(records=now), (), {"certifications": before})) == brakes


@pytest.mark.parametrize(
    ("before", "now", "brakes"),
    [(100, 70, False), (100, 69, True), (20, 14, False), (20, 13, True), (4, 2, False)],
)
def test_over_thirty_percent_of_the_rows_gone(before: int, now: int, brakes: bool) -> None:
    """More than 30 % of the rows gone brakes; two rows of a small tab are no accident."""
    reasons = brake(tables(records=now), (), {"certifications": before})
    assert bool(reasons) == brakes
    if brakes:
        assert f"{before - now} of its {before} rows" in reasons[0]
