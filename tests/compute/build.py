"""Small worlds for the compute tests: rows as plain values, and the tables they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, TypeVar

import pandas as pd

from certsync.sheets import schema
from certsync.sheets.tables import Table

HEADER_ROW = 1
Expires = date | Literal["never"] | None


@dataclass(frozen=True)
class Member:
    """A row of Team Members."""

    employee_id: str | None
    status: str | None = "Active"
    full_name: str | None = None
    ok: bool = True


@dataclass(frozen=True)
class Record:
    """A row of Certifications; `expires` is "never" for a lifetime one."""

    employee_id: str | None
    certification: str | None
    expires: Expires = None
    earned: date | None = None
    verified: str | None = "Verified"
    issuing_body: str | None = None
    person: str | None = None
    ok: bool = True


@dataclass(frozen=True)
class Requirement:
    """A row of Partnership Requirements, or of Client Requirements if `client`."""

    requirement: str | None
    minimum: int | None = 1
    count: str | None = None
    name: str = "AWS"
    tier: str | None = "Advanced"
    client: bool = False
    impact: str | None = None
    annual_value: float | None = None
    ok: bool = True


@dataclass(frozen=True)
class Pursuit:
    """A row of Pursuits."""

    employee_id: str | None
    certification: str | None
    target: date | None
    study_status: str | None = None
    exam_scheduled: bool | None = None
    exam: date | None = None
    updated: date | None = None
    ok: bool = True


@dataclass(frozen=True)
class World:
    """A workbook's rows."""

    members: Sequence[Member] = ()
    records: Sequence[Record] = ()
    requirements: Sequence[Requirement] = ()
    pursuits: Sequence[Pursuit] = ()

    def tables(self) -> dict[str, Table]:
        """The tables as they are after reading and checking."""
        partnerships = [row for row in self.requirements if not row.client]
        clients = [row for row in self.requirements if row.client]
        return {
            "team_members": _table(schema.TEAM_MEMBERS, self.members, _MEMBER),
            "certifications": _table(schema.CERTIFICATIONS, self.records, _RECORD),
            "partnership_requirements": _table(
                schema.PARTNERSHIP_REQUIREMENTS, partnerships, _PARTNERSHIP
            ),
            "client_requirements": _table(schema.CLIENT_REQUIREMENTS, clients, _CLIENT),
            "pursuits": _table(schema.PURSUITS, self.pursuits, _PURSUIT),
        }


_Columns = Mapping[str, tuple[str, Callable[[Any], object]]]

_MEMBER: _Columns = {
    "employee_id": ("str", lambda row: row.employee_id),
    "full_name": ("str", lambda row: row.full_name or row.employee_id),
    "status": ("str", lambda row: row.status),
}
_RECORD: _Columns = {
    "employee_id": ("str", lambda row: row.employee_id),
    "person": ("str", lambda row: row.person or row.employee_id),
    "certification": ("str", lambda row: row.certification),
    "issuing_body": ("str", lambda row: row.issuing_body),
    "date_earned": ("datetime64[us]", lambda row: row.earned),
    "expiration_date": (
        "datetime64[us]",
        lambda row: None if row.expires == "never" else row.expires,
    ),
    "does_not_expire": ("bool", lambda row: row.expires == "never"),
    "verified": ("str", lambda row: row.verified),
}
_CLIENT: _Columns = {
    "client": ("str", lambda row: row.name),
    "requirement": ("str", lambda row: row.requirement),
    "minimum": ("Int64", lambda row: row.minimum),
    "annual_value": ("Float64", lambda row: row.annual_value),
}
_PARTNERSHIP: _Columns = {
    "program": ("str", lambda row: row.name),
    "tier": ("str", lambda row: row.tier),
    "requirement": ("str", lambda row: row.requirement),
    "minimum": ("Int64", lambda row: row.minimum),
    "count": ("str", lambda row: row.count),
    "impact": ("str", lambda row: row.impact),
    "annual_value": ("Float64", lambda row: row.annual_value),
}
_PURSUIT: _Columns = {
    "employee_id": ("str", lambda row: row.employee_id),
    "certification": ("str", lambda row: row.certification),
    "target_date": ("datetime64[us]", lambda row: row.target),
    "study_status": ("str", lambda row: row.study_status),
    "exam_scheduled": ("boolean", lambda row: row.exam_scheduled),
    "exam_date": ("datetime64[us]", lambda row: row.exam),
    "last_updated": ("datetime64[us]", lambda row: row.updated),
}


def _table(spec: schema.TabSpec, rows: Sequence[Any], columns: _Columns) -> Table:
    frame = pd.DataFrame(
        {
            "row": pd.Series(range(HEADER_ROW + 1, HEADER_ROW + 1 + len(rows)), dtype="int64"),
            "ok": pd.Series([row.ok for row in rows], dtype="bool"),
            **{
                key: pd.Series([get(row) for row in rows], dtype=dtype)
                for key, (dtype, get) in columns.items()
            },
        }
    )
    found = {column.key: at for at, column in enumerate(spec.columns, 1)}
    last = HEADER_ROW + len(rows)
    return Table(spec, spec.title, HEADER_ROW, last, len(found), found, frame)


Row = TypeVar("Row", Member, Record, Requirement, Pursuit)
_WORDS: dict[str, Any] = {"none": None, "yes": True, "no": False, "never": "never"}
_READERS: dict[str, Callable[[str], Any]] = {
    "minimum": int,
    "annual_value": float,
    "expires": date.fromisoformat,
    "earned": date.fromisoformat,
    "target": date.fromisoformat,
    "exam": date.fromisoformat,
    "updated": date.fromisoformat,
}


def rows(kind: type[Row], text: str) -> list[Row]:
    """The rows of a Markdown table whose headers are fields of `kind`."""
    return [row(kind, line) for line in cells(text)]


def row(kind: type[Row], line: Mapping[str, str]) -> Row:
    """One row from its cells by field; an empty cell is the field's default, `none` is None."""
    assert {field.name for field in fields(kind)} >= set(line), line
    return kind(**{key: _read(key, cell) for key, cell in line.items() if cell})


def cells(text: str) -> list[dict[str, str]]:
    """The cells of a Markdown table by header, one dictionary a row."""
    lines = [
        [cell.strip() for cell in line.strip()[1:-1].split("|")]
        for line in text.strip().splitlines()
    ]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def _read(key: str, text: str) -> Any:
    return _WORDS[text] if text in _WORDS else _READERS.get(key, str)(text)
