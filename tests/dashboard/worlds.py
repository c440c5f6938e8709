"""Random small agencies, and what a person with a pencil would say of each record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from certsync.sheets.findings import Finding, Severity
from tests.dashboard.agency import HEADER_ROW, TODAY, Agency, agency_of, record

PEOPLE = ("E1", "E2", "E3", "E4")
NAMES = ("Alpha", "Beta", "Gamma")


@dataclass(frozen=True)
class World:
    """Rows as typed, and the agency they make."""

    members: Sequence[Mapping[str, Any]]
    records: Sequence[Mapping[str, Any]]
    findings: Sequence[Finding]
    agency: Agency

    def here(self, at: int) -> bool:
        """Whether the holder of a record is still with the agency."""
        status = {m["employee_id"]: m["status"] for m in self.members}
        return status.get(self.records[at]["employee_id"]) != "Departed"

    def watched(self) -> list[int]:
        """The records that count for a person and certification, by comparing each pair."""
        return [at for at in range(len(self.records)) if self.here(at) and self._leads(at)]

    def days(self, at: int) -> int | None:
        """Days left; None for one that does not expire."""
        expires: date | None = self.records[at]["expiration_date"]
        return (expires - TODAY).days if expires else None

    def _leads(self, at: int) -> bool:
        mine = self.records[at]
        rivals = [
            other
            for other, line in enumerate(self.records)
            if line["employee_id"] == mine["employee_id"]
            and line["certification"] == mine["certification"]
            and _eligible(line)
        ]
        return at in rivals and at == max(rivals, key=lambda other: (self._until(other), -other))

    def _until(self, at: int) -> int:
        days = self.days(at)
        return 10**6 if days is None else days


def _eligible(line: Mapping[str, Any]) -> bool:
    return bool(line["ok"]) and line["verified"] != "Rejected"


_days = st.one_of(
    st.integers(-120, 420),
    st.sampled_from((-1, 0, 1, 29, 30, 31, 89, 90, 91, 312, 342, 343)),
    st.none(),
)


@st.composite
def _records(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        days = draw(_days)
        line = record(
            draw(st.sampled_from(PEOPLE)),
            draw(st.sampled_from(NAMES)),
            None if days is None else TODAY + timedelta(days),
            ok=draw(st.sampled_from((True, True, True, False))),
            verified=draw(st.sampled_from(("Verified", "Verified", "Pending", "Rejected"))),
            renewal_status=draw(st.sampled_from((None, None, "Planned", "Not Renewing"))),
            snooze_until=draw(
                st.sampled_from((None, None, TODAY, TODAY + timedelta(1), TODAY - timedelta(9)))
            ),
        )
        lines.append(line)
    return lines


_requirements = st.lists(
    st.fixed_dictionaries(
        {
            "program": st.sampled_from(("AWS", "Azure")),
            "tier": st.sampled_from(("Gold", "Silver")),
            "requirement": st.sampled_from((*NAMES, "Alpha | Beta", "*", "Nothing")),
            "minimum": st.integers(1, 4),
            "count": st.sampled_from((None, "People", "Certifications")),
            "annual_value": st.sampled_from((None, 100.0, 2000.0)),
            "owner": st.sampled_from((None, "Olga")),
        }
    ),
    max_size=5,
)
_clients = st.lists(
    st.fixed_dictionaries(
        {
            "client": st.sampled_from(("Acme", "Bolt")),
            "requirement": st.sampled_from(NAMES),
            "minimum": st.integers(1, 3),
        }
    ),
    max_size=3,
)
_pursuits = st.lists(
    st.builds(
        lambda person, days: {
            "employee_id": person,
            "person": person,
            "certification": "Alpha",
            "target_date": TODAY + timedelta(days),
        },
        st.sampled_from(PEOPLE),
        st.integers(-40, 200),
    ),
    max_size=4,
)


@st.composite
def _finding(draw: st.DrawFn) -> Finding:
    row = draw(st.sampled_from((None, 4, 5, 6)))
    severity: Severity = draw(st.sampled_from(("error", "warning")))
    return Finding(
        code=draw(st.sampled_from(("a", "b"))),
        severity=severity,
        tab=draw(st.sampled_from(("Certifications", "Team Members"))),
        cell=None if row is None else f"C{row}",
        value="",
        message=draw(st.text(max_size=30)),
        fix="Put it right.",
        row=row,
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to 4 people, 12 records, 8 requirements, 4 pursuits and 6 findings."""
    members = [
        {
            "employee_id": person,
            "full_name": person,
            "status": draw(st.sampled_from(("Active", "Active", "On Leave", "Departed"))),
        }
        for person in PEOPLE
    ]
    records = draw(_records())
    findings = draw(st.lists(_finding(), max_size=6))
    agency = agency_of(
        {
            "team_members": members,
            "certifications": records,
            "partnership_requirements": draw(_requirements),
            "client_requirements": draw(_clients),
            "pursuits": draw(_pursuits),
        },
        findings=findings,
    )
    return World(members, records, agency.findings, agency)


def sheet_row(at: int) -> int:
    """The sheet row of the line at this position."""
    return HEADER_ROW + 1 + at
