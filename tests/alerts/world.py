"""A small agency and what follows from it, for the alert tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from certsync.alerts.alert import Alert
from certsync.alerts.message import Letterhead, Writer
from certsync.alerts.policy import due
from certsync.alerts.routes import Reach
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import DEFAULT_TIERS, Address, People, Tier
from certsync.alerts.watch import States
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.sheets.findings import Finding
from certsync.sheets.tables import Tables
from tests.fakes import tables


class Place(NamedTuple):
    """A channel as the policy sees it: mail, if nothing else is said."""

    name: str = "outbox"
    chat: bool = False
    direct: bool = True
    place: str = ""


MAIL = Place()
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
    channels: Sequence[Reach] = (MAIL,),
    members: str = MEMBERS,
    today: date = TODAY,
) -> list[Alert]:
    """What is due for these certifications, programs and pursuits apart."""
    facts, found = world(certifications, members=members, today=today)
    rules = Rules(people, list(tiers), escalate_after_days=0)
    return due_now(facts, found, findings, rules=rules, channels=channels)


def due_now(
    facts: Facts,
    found: Tables,
    findings: Sequence[Finding] = (),
    *,
    rules: Rules | None = None,
    channels: Sequence[Reach] = (MAIL,),
    states: States | None = None,
) -> list[Alert]:
    """What is due by these facts; programs only where `states` says what was seen of them."""
    return due(
        facts,
        found,
        findings,
        workbook="agency",
        rules=rules or Rules(PEOPLE, escalate_after_days=0),
        channels=channels,
        states=states or {},
    )


def certs(*rows: tuple[str, str, date | str], extra: str = "") -> str:
    """The Certifications tab of (employee ID, certification, expiration date)."""
    lines = [f"| {who} | {what} | {when} |" for who, what, when in rows]
    return "\n".join(["| employee_id | certification | expiration_date |", *lines, extra])


def writer(certifications: str, **options: str) -> Writer:
    """What writes the messages for these certifications."""
    return Writer(LETTERHEAD, world(certifications, **options)[0])  # type: ignore[arg-type]
