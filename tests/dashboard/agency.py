"""Agencies to build dashboards of: small ones for the rules, and a believable one to look at."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.dashboard.build import RunInfo, build
from certsync.dashboard.layout import Layout
from certsync.sheets.findings import Coverage, Finding
from certsync.sheets.schema import SCHEMA, TabSpec
from certsync.sheets.tables import Table, Tables

TODAY = date(2026, 11, 23)
HEADER_ROW = 3
RUN = RunInfo(
    datetime(2026, 11, 23, 8, 0), "agency.xlsx", "America/Chicago", "24 Nov 2026 at 08:00", "0.1.0"
)

Lines = Sequence[Mapping[str, Any]]

_DTYPES = {
    "date": "datetime64[s]", "expiry": "datetime64[s]", "whole": "Int64", "money": "Float64",
    "yesno": "bool",
}  # fmt: skip
_EXTRA = {
    "team_members": {"manager_id": "str"},
    "certifications": {"person": "str", "does_not_expire": "bool"},
    "pursuits": {"employee_id": "str", "person": "str"},
}
_DEFAULTS: dict[str, Any] = {"status": "Active", "verified": "Verified"}


@dataclass
class Agency:
    """A whole agency: what the dashboard is built from."""

    facts: Facts
    tables: Tables
    findings: Sequence[Finding] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    run: RunInfo = RUN

    def layout(self) -> Layout:
        """Its dashboard."""
        return build(self.facts, self.tables, self.findings, self.coverage, self.run)


def agency_of(
    tabs: Mapping[str, Lines],
    *,
    findings: Sequence[Finding] = (),
    policy: Policy | None = None,
    today: date = TODAY,
    run: RunInfo = RUN,
) -> Agency:
    """The agency with these rows by tab, from row 4 on; a key no line names is empty."""
    tables = {spec.key: _table(spec, tabs.get(spec.key, ())) for spec in SCHEMA}
    facts, more = compute(tables, policy or Policy(), today)
    coverage = {
        key: Coverage(len(table.frame), int(table.frame["ok"].sum()))
        for key, table in tables.items()
    }
    return Agency(facts, tables, [*findings, *more], coverage, run)


def _table(spec: TabSpec, lines: Lines) -> Table:
    kinds = {column.key: _DTYPES.get(column.kind, "str") for column in spec.columns}
    kinds |= _EXTRA.get(spec.key, {})
    index = pd.RangeIndex(len(lines))
    columns = {
        "row": pd.Series(range(HEADER_ROW + 1, HEADER_ROW + 1 + len(lines)), dtype="int64"),
        "ok": pd.Series([line.get("ok", True) for line in lines], dtype="bool", index=index),
    }
    for key, kind in kinds.items():
        default = False if kind == "bool" else _DEFAULTS.get(key)
        values = [line.get(key, default) for line in lines]
        columns[key] = pd.Series(values, dtype=kind, index=index)
    places = {column.key: at for at, column in enumerate(spec.columns, start=1)}
    last = HEADER_ROW + len(lines)
    return Table(spec, spec.title, HEADER_ROW, last, len(places), places, pd.DataFrame(columns))


def record(holder: str, certification: str, expires: date | None, **more: Any) -> dict[str, Any]:
    """One line of Certifications; `expires` None means that it does not expire."""
    return {
        "employee_id": holder, "person": holder, "certification": certification,
        "expiration_date": expires, "does_not_expire": expires is None, **more,
    }  # fmt: skip


_NAMES = """
Maya Okafor|Daniel Brandt|Priya Raman|Luis Ortega|Hannah Weiss|Tomasz Nowak|Aisha Bello|Kenji Mori
Sofia Marchetti|Ben Whitaker|Chloe Dubois|Omar Haddad|Ingrid Solberg|Ravi Menon|Grace Kim
Noah Feldman|Elena Petrova|Marcus Reed|Yuki Tanaka|Fatima Zahra|Owen Gallagher|Camila Rojas
Viktor Lindqvist|Amara Nwosu|Jonas Keller|Leila Farouk|Peter Novak|Isabel Santos|Samir Patel
Nora Jensen|Diego Alvarez|Anya Volkov|Caleb Foster|Mei Lin|Hugo Laurent|Zara Hussain|Eric Dahl
Ruth Adeyemi|Paulo Mendes|Alexandra Papadopoulos
"""
_CATALOG = (
    ("AWS Certified Solutions Architect - Professional", 3),
    ("AWS Certified Machine Learning - Specialty", 3),
    ("AWS Certified Developer - Associate", 3),
    ("Microsoft Certified: Azure AI Engineer Associate", 1),
    ("Microsoft Certified: Azure Solutions Architect Expert", 1),
    ("Google Cloud Certified Professional Machine Learning Engineer", 2),
    ("Google Cloud Certified Professional Data Engineer", 2),
    ("Certified Kubernetes Administrator", 2),
    ("CompTIA Security+", 3),
    ("Project Management Professional (PMP)", 3),
    ("ISTQB Foundation Level", 0),
)
_AWS, _AZURE, _GOOGLE = (
    "AWS Partner Network",
    "Microsoft AI Cloud Partner Program",
    "Google Cloud Partner Advantage",
)
_PARTNERSHIPS = (
    (
        _AWS,
        "Advanced",
        0,
        14,
        180000,
        "Co-sell funding and the AWS referral pipeline.",
        "Ingrid Solberg",
    ),
    (_AWS, "Advanced", 1, 4, 180000, "The Machine Learning Competency badge.", "Ingrid Solberg"),
    (
        _AZURE,
        "Solutions Partner",
        3,
        12,
        240000,
        "Azure incentives and priority support.",
        "Marcus Reed",
    ),
    (
        _AZURE,
        "Solutions Partner",
        4,
        4,
        240000,
        "Azure incentives and priority support.",
        "Marcus Reed",
    ),
    (_GOOGLE, "Premier", 5, 5, 120000, "Premier status and its co-marketing budget.", "Grace Kim"),
    (_GOOGLE, "Premier", 6, 5, 120000, "Premier status and its co-marketing budget.", "Grace Kim"),
)
_CLIENTS = (
    ("Northwind Logistics", 8, 5, 310000, "Hannah Weiss"),
    ("Lakeshore Health", 7, 4, 450000, "Omar Haddad"),
    ("Fabrikam Insurance", 9, 3, 95000, "Hannah Weiss"),
)


def agency() -> Agency:
    """40 people, 120 certifications, 3 programs, 3 clients, 12 pursuits, 9 findings."""
    names = [name for line in _NAMES.split("\n") for name in line.split("|") if name]
    ids = [f"E{n:03}" for n in range(1, len(names) + 1)]
    status = {7: "On Leave", 20: "Departed", 31: "Departed", 33: "Departed"}
    return agency_of(
        {
            "team_members": [
                {
                    "employee_id": ids[n], "full_name": name, "manager": names[n % 5],
                    "manager_id": ids[n % 5], "status": status.get(n, "Active"),
                }
                for n, name in enumerate(names)
            ],
            "certifications": _certifications(names, ids),
            "partnership_requirements": [
                {
                    "program": program, "tier": tier, "requirement": _CATALOG[kind][0],
                    "minimum": minimum, "annual_value": value, "impact": impact, "owner": owner,
                    "deadline": date(2027, 3 + kind, 1),
                }
                for program, tier, kind, minimum, value, impact, owner in _PARTNERSHIPS
            ],
            "client_requirements": [
                {
                    "client": client, "requirement": _CATALOG[kind][0], "minimum": minimum,
                    "annual_value": value, "owner": owner, "deadline": date(2027, kind - 5, 15),
                }
                for client, kind, minimum, value, owner in _CLIENTS
            ],
            "pursuits": _pursuits(names, ids),
        },
        findings=_findings(),
    )  # fmt: skip


def _certifications(names: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
    dice = random.Random(11)
    lines = []
    for n, name in enumerate(names):
        for kind in sorted(dice.sample(range(len(_CATALOG)), k=3)):
            title, years = _CATALOG[kind]
            expires = TODAY + timedelta(dice.randint(-40, 300 * years)) if years else None
            lines.append(record(ids[n], title, expires, person=name))
    for at in (17, 64):
        lines[at] |= {"ok": False, "expiration_date": None, "does_not_expire": False}
    lines[73] |= {"snooze_until": TODAY + timedelta(20)}
    lines[40] |= {"verified": "Pending"}
    return lines


def _pursuits(names: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
    plan = (
        (-12, "In Progress", 5), (9, "In Progress", 3), (21, "Not Started", 8),
        (75, "In Progress", 46), *((40 + 15 * n, "In Progress", n) for n in range(8)),
    )  # fmt: skip
    return [
        {
            "employee_id": ids[n * 3], "person": names[n * 3],
            "certification": _CATALOG[(n * 7 + 3) % 10][0],
            "target_date": TODAY + timedelta(days), "study_status": study,
            "last_updated": TODAY - timedelta(silent),
        }
        for n, (days, study, silent) in enumerate(plan)
    ]  # fmt: skip


def _findings() -> list[Finding]:
    found = (
        (
            "error",
            "Certifications",
            "H21",
            '"31/02/2027" is not a date.',
            "Write it as 2027-02-28, or leave the cell empty.",
        ),
        (
            "error",
            "Certifications",
            "H68",
            "The expiration date is empty.",
            'Write the date, or "does not expire".',
        ),
        (
            "error",
            "Certifications",
            "B41",
            '"Grase Kim" is nobody in Team Members.',
            'Did you mean "Grace Kim" (E015)?',
        ),
        (
            "warning",
            "Certifications",
            "G23",
            '"03/04/2026" can be 3 April or 4 March.',
            "Write it as 2026-04-03 or 2026-03-04, or set date_order in the config.",
        ),
        (
            "warning",
            "Certifications",
            "G58",
            "The expiration date 2026-01-10 lies before the date earned 2026-05-02.",
            "Correct one of the two dates.",
        ),
        (
            "warning",
            "Certifications",
            "C77",
            "Row 77 repeats row 52: same person, certification and dates.",
            "Delete one of the two rows.",
        ),
        (
            "warning",
            "Team Members",
            "H12",
            '"D. Brandt" could be Daniel Brandt (E002).',
            "Write the manager's full name, ID or e-mail.",
        ),
        (
            "warning",
            "Team Members",
            "C30",
            "An active member has no e-mail address.",
            "Write the address; alerts go there.",
        ),
        (
            "warning",
            "Partnership Requirements",
            "D9",
            (
                'The selector "Google Cloud Certified Profesional Data Engineer" '
                "matches no certification."
            ),
            'Did you mean "Google Cloud Certified Professional Data Engineer"?',
        ),
    )
    return [
        Finding("demo", "error" if severity == "error" else "warning", tab, cell, "", message, fix,
                row=int(cell[1:]))
        for severity, tab, cell, message, fix in found
    ]  # fmt: skip
