"""A small agency and what follows from it, for the alert tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from certsync.alerts.alert import Alert
from certsync.alerts.message import Letterhead, Writer
from certsync.alerts.policy import due
from certsync.alerts.tiers import DEFAULT_TIERS, Address, People, Tier
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.sheets.findings import Finding
from certsync.sheets.tables import Tables
from tests.fakes import tables

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 7, 30, tzinfo=ZoneInfo("America/Chicago"))

COORDINATOR = Address("cora@agency.example", "Cora Quinn")
CHIEF = Address("lee@agency.example", "Lee Adler")
PEOPLE = People(COORDINATOR, (CHIEF,))
LETTERHEAD = Letterhead(
    Address("certsync@agency.example", "Certification watch"), "agency.xlsx", COORDINATOR
)

MEMBERS = """
| employee_id | full_name   | email               | manager | status   |
| E1          | Maria Lopez | maria@agency.example | E3     | Active   |
| E2          | Tom Reed    | tom@agency.example   | E3     | On Leave |
| E3          | Ann Boss    | ann@agency.example   |        | Active   |
| E4          | Gone Girard | gone@agency.example  | E3     | Departed |
| E5          | Nora Mailless |                    | E3     | Active   |
"""
PRO = "AWS Certified Solutions Architect - Professional"
REQUIREMENTS = f"""
| program             | tier     | requirement | minimum | impact  | annual_value | owner     |
| AWS Partner Network | Advanced | {PRO}       | 2       | Co-sell | 250000       | Lee Adler |
"""


def world(
    certifications: str,
    *,
    members: str = MEMBERS,
    requirements: str = REQUIREMENTS,
    today: date = TODAY,
) -> tuple[Facts, Tables]:
    """Facts and tables of an agency with these certifications."""
    found = tables(
        team_members=members,
        certifications=certifications,
        partnership_requirements=requirements,
    )
    return compute(found, Policy(), today)[0], found


def alerts_of(
    certifications: str,
    *,
    findings: Sequence[Finding] = (),
    people: People = PEOPLE,
    tiers: Collection[Tier] = DEFAULT_TIERS,
    channels: Sequence[str] = ("outbox",),
    members: str = MEMBERS,
    today: date = TODAY,
) -> list[Alert]:
    """What is due for these certifications."""
    facts, found = world(certifications, members=members, today=today)
    return due(
        facts,
        found,
        findings,
        workbook="agency",
        people=people,
        tiers=tiers,
        channels=channels,
    )


def certs(*rows: tuple[str, str, date | str], extra: str = "") -> str:
    """The Certifications tab of (employee ID, certification, expiration date)."""
    lines = [f"| {who} | {what} | {when} |" for who, what, when in rows]
    return "\n".join(["| employee_id | certification | expiration_date |", *lines, extra])


def writer(certifications: str, **options: str) -> Writer:
    """What writes the messages for these certifications."""
    return Writer(LETTERHEAD, world(certifications, **options)[0])  # type: ignore[arg-type]
