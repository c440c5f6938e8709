"""What each table of the dashboard shows, and where its links lead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings

from certsync.dashboard.act_next import SHOWN
from certsync.dashboard.figures import figures
from certsync.dashboard.layout import Link
from certsync.dashboard.urgency import most_urgent, urgency
from certsync.sheets.findings import Coverage, Finding
from certsync.sheets.snapshot import cell_ref
from tests.dashboard.agency import TODAY, Agency, agency_of, record
from tests.dashboard.reading import section, sentence, values
from tests.dashboard.worlds import World, sheet_row, worlds

ANN = {"employee_id": "E1", "full_name": "Ann Lee", "manager": "Bob", "manager_id": "E2"}
BOB = {"employee_id": "E2", "full_name": "Bob Ray"}
GOLD = {"program": "AWS", "tier": "Gold", "requirement": "Alpha", "minimum": 1}


def agency_with(days: int, **requirement: Any) -> Agency:
    """Ann holds Alpha for some days more, and AWS Gold needs one Alpha."""
    return agency_of(
        {
            "team_members": [ANN, BOB],
            "certifications": [record("E1", "Alpha", TODAY + timedelta(days), person="Ann Lee")],
            "partnership_requirements": [{**GOLD, **requirement}] if requirement else [],
        }
    )


def test_act_next_says_who_what_when_and_what_follows() -> None:
    """Person, certification, date, days, status, consequence, owner and the cell."""
    assert values(agency_with(20, owner="Olga").layout(), "Act next") == [
        [
            "Ann Lee",
            "Alpha",
            date(2026, 12, 13),
            20,
            "Expiring Soon",
            "AWS Gold falls to 0 of 1 on 14 December 2026",
            "Olga",
            "H4",
        ]
    ]


def test_without_a_requirement_the_manager_owns_it() -> None:
    """Nothing follows, in words, and the holder's manager is named in full."""
    row = values(agency_with(20).layout(), "Act next")[0]
    assert row[5:7] == ["No requirement depends on it", "Bob Ray"]


def test_colours_follow_the_days_and_always_carry_the_word() -> None:
    """Amber up to 90 days, red up to 30, dark once expired; the cell says the status."""
    looks = {}
    for days in (31, 30, 0, -1):
        status = section(agency_with(days).layout(), "Act next")[1][4]
        looks[days] = (status.style, status.value)
    assert looks == {
        31: ("pill warn", "Expiring Soon"),
        30: ("pill bad", "Expiring Soon"),
        0: ("pill bad", "Expiring Soon"),
        -1: ("pill dark", "Expired"),
    }


def test_a_parked_record_says_why_it_is_parked() -> None:
    """A snooze or a decision not to renew stands behind the consequence."""
    agency = agency_of(
        {
            "certifications": [
                record("E1", "Alpha", TODAY, snooze_until=TODAY + timedelta(3)),
                record("E1", "Beta", TODAY, renewal_status="Not Renewing"),
            ]
        }
    )
    assert [row[5] for row in values(agency.layout(), "Act next")] == [
        "No requirement depends on it; snoozed until 26 Nov 2026",
        "No requirement depends on it; not renewing",
    ]


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_links_of_act_next_lead_to_the_expiration_dates(world: World) -> None:
    """Each of the 15 most urgent records links to its own cell under Expiration Date."""
    facts, tables = world.agency.facts, world.agency.tables
    order = most_urgent(facts, urgency(facts))[:SHOWN].tolist()
    column = tables["certifications"].columns["expiration_date"]
    expected = [Link("Certifications", cell_ref(sheet_row(at), column)) for at in order]
    rows = section(world.agency.layout(), "Act next")[1:] if order else []
    assert [row[-1].link for row in rows if len(row) == 8] == expected


def test_more_than_fifteen_are_counted_below() -> None:
    """The table ends at 15 and says how many more there are."""
    lines = [record("E1", f"Name {n}", TODAY + timedelta(n)) for n in range(20)]
    rows = values(agency_of({"certifications": lines}).layout(), "Act next")
    assert len(rows) == 16
    assert rows[-1] == ["and 5 more certifications expired or expiring within 90 days."]


def test_programs_show_what_is_required_and_what_is_lost() -> None:
    """Required, certified, surplus, compliance, breach date, review, value, owner, the cell."""
    agency = agency_with(
        20, annual_value=500, impact="The badge.", owner="Olga", deadline=date(2027, 3, 1)
    )
    line, detail = values(agency.layout(), "Programs and clients")
    assert line == [
        "AWS Gold", "Alpha", 1, 1, 0, "At Risk", date(2026, 12, 14),
        date(2027, 3, 1), 500, "Olga", "D4",
    ]  # fmt: skip
    assert str(detail[1]).endswith("If lost: The badge.")


def test_programs_stand_together_the_worst_first() -> None:
    """Lines of a program follow each other, named once; what is worth more precedes its equals."""
    agency = agency_of(
        {
            "team_members": [ANN],
            "certifications": [record("E1", "Alpha", None)],
            "partnership_requirements": [
                {"program": "Calm", "tier": "Gold", "requirement": "Alpha", "minimum": 1},
                {"program": "Bad", "tier": "Gold", "requirement": "Alpha", "minimum": 1},
                {"program": "Calm", "tier": "Gold", "requirement": "Alpha", "minimum": 1},
                {"program": "Bad", "tier": "Gold", "requirement": "Alpha", "minimum": 3},
                {
                    "program": "Dear",
                    "tier": "Gold",
                    "requirement": "Alpha",
                    "minimum": 9,
                    "annual_value": 5.0,
                },
            ],
            "client_requirements": [{"client": "Acme", "requirement": "Alpha", "minimum": 2}],
        }
    )
    rows = [row for row in section(agency.layout(), "Programs and clients")[1:] if len(row) > 2]
    assert [(row[0].value, row[5].value, row[-1].link) for row in rows] == [
        ("Dear Gold", "Not Met", Link("Partnership Requirements", "D8")),
        ("Bad Gold", "Not Met", Link("Partnership Requirements", "D7")),
        ("", "Met", Link("Partnership Requirements", "D5")),
        ("Acme", "Not Met", Link("Client Requirements", "C4")),
        ("Calm Gold", "Met", Link("Partnership Requirements", "D4")),
        ("", "Met", Link("Partnership Requirements", "D6")),
    ]  # fmt: skip


def test_pursuits_at_risk_come_by_status_and_target() -> None:
    """Overdue before At Risk before Stalled; those on track are only counted."""
    plan = ((200, 0, None), (150, 0, 160), (-3, 0, None), (100, 40, None), (60, 40, None))
    agency = agency_of(
        {
            "pursuits": [
                {
                    "employee_id": "E1", "person": f"P{n}", "certification": "Alpha",
                    "target_date": TODAY + timedelta(days), "study_status": "In Progress",
                    "last_updated": TODAY - timedelta(silent),
                    "exam_date": exam and TODAY + timedelta(exam),
                }
                for n, (days, silent, exam) in enumerate(plan)
            ]
        }
    )  # fmt: skip
    rows = section(agency.layout(), "Pursuits at risk")[1:]
    assert [(row[0].value, row[4].value, row[-1].link) for row in rows] == [
        ("P2", "Overdue", Link("Pursuits", "C6")),
        ("P1", "At Risk", Link("Pursuits", "C5")),
        ("P4", "Stalled", Link("Pursuits", "C8")),
        ("P3", "Stalled", Link("Pursuits", "C7")),
    ]


def finding(tab: str, cell: str | None, severity: str = "warning") -> Finding:
    """A finding at a cell."""
    row = int(cell[1:]) if cell else None
    return Finding(
        "x", "error" if severity == "error" else "warning", tab, cell, "", "Wrong.", "Fix.", row
    )


def test_data_issues_link_to_their_cells_errors_first() -> None:
    """Errors lead, then tabs and rows in order; a whole tab links to its first cell."""
    found = [
        finding("Pursuits", "C9"),
        finding("Certifications", "F12"),
        finding("Certifications", "F5"),
        finding("Team Members", None, "error"),
    ]
    rows = section(agency_of({}, findings=found).layout(), "Data issues")[1:]
    assert [(row[0].value, row[0].link, row[3].value) for row in rows] == [
        ("Team Members", Link("Team Members", "A1"), "Error"),
        ("Certifications!F5", Link("Certifications", "F5"), "Warning"),
        ("Certifications!F12", Link("Certifications", "F12"), "Warning"),
        ("Pursuits!C9", Link("Pursuits", "C9"), "Warning"),
    ]


def test_data_issues_end_at_forty() -> None:
    """40 are shown, and the number of the rest is said."""
    found = [finding("Certifications", f"F{n}") for n in range(4, 47)]
    rows = values(agency_of({}, findings=found).layout(), "Data issues")
    assert len(rows) == 41
    assert str(rows[-1][0]).startswith("and 3 more")


def test_coverage_names_each_tab_and_what_was_left_out() -> None:
    """Rows judged of rows read, and the sum of all beside the title and in the banner."""
    agency = agency_with(20)
    agency.coverage = {"certifications": Coverage(214, 212), "team_members": Coverage(1, 1)}
    layout = agency.layout()
    assert values(layout, "Coverage") == [
        ["Team Members", "1 of 1 row judged", "complete"],
        ["Certifications", "212 of 214 rows judged", "2 rows left out until put right"],
    ]
    assert any("213 of 215 rows judged" in str(c.value) for c in layout.cells if c.row == 3)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_the_charts_count_every_record_once(world: World) -> None:
    """Months hold what expires from today on; statuses all but history and departed people."""
    facts = world.agency.facts
    data = figures(facts, urgency(facts))
    months = dict.fromkeys(data.months, 0)
    for at in world.watched():
        days = world.days(at)
        if days is not None and days >= 0:
            label = f"{TODAY + timedelta(days):%b %Y}"
            if label in months:
                months[label] += 1
    assert [sum(counts) for counts in data.expirations] == list(months.values())

    shown = [facts.certifications["status"].iloc[at] for at in world.watched()]
    shown += [
        status
        for at, status in enumerate(facts.certifications["status"])
        if status == "Unknown" and world.here(at)
    ]
    assert {name: number for name, number, _ in data.statuses} == {
        status: shown.count(status) for status in set(shown)
    }


def test_an_empty_workbook_reads_well() -> None:
    """Without a single row each section says so in a sentence, and no chart is drawn."""
    layout = agency_of({}).layout()
    assert sentence(layout, "Act next") == (
        "Nothing has expired, and nothing expires in the next 90 days."
    )
    assert str(sentence(layout, "Programs and clients")).startswith("No requirements are listed.")
    assert sentence(layout, "Pursuits at risk") == "No pursuits are listed."
    assert sentence(layout, "Data issues") == (
        "Every row reads well. There is nothing to put right."
    )
    assert layout.charts == ()
