"""Trackers as people keep them: each test writes one, runs the program on it, and looks.

The agency is invented: Nora Voss manages Ida Falk (E2) and Tom Reyes (E3), Pia Stone coordinates,
and it is 16 March 2026. A test replaces the tabs it is about and leaves the rest as they are.
"""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
from typer.testing import CliRunner

from certsync.cli import app

TODAY = date(2026, 3, 16)
MEMBERS: Sequence[Sequence[object]] = (
    ("Employee ID", "Full Legal Name", "Email", "Manager", "Status"),
    ("E1", "Nora Voss", "nora@agency.example", None, "Active"),
    ("E2", "Ida Falk", "ida@agency.example", "Nora Voss", "Active"),
    ("E3", "Tom Reyes", "tom@agency.example", "Nora Voss", "Active"),
)
CERTIFICATIONS: Sequence[Sequence[object]] = (
    ("Team Member", "Certification", "Date Earned", "Expiration Date"),
    ("Ida Falk", "CISSP", date(2024, 1, 1), date(2026, 4, 10)),
)
PARTNERSHIPS: Sequence[Sequence[object]] = (
    ("Program", "Tier", "Required Certification", "Minimum Count"),
    ("Harbor Partners", "Gold", "CISSP", 1),
)
PURSUITS: Sequence[Sequence[object]] = (("Team Member", "Target Certification", "Target Date"),)
CONFIG = """\
workbook: agency.xlsx
as_of: 2026-03-16
timezone: America/Chicago
people:
  coordinator: Pia Stone <pia@agency.example>
alerts:
  channels: [outbox]
"""


@dataclass(frozen=True)
class Outcome:
    """What one command ended with, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What `--json` printed."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Tracker:
    """A workbook and its config in a folder of their own."""

    folder: Path
    workbook: str = "agency.xlsx"
    config: str = "config.yaml"

    @property
    def path(self) -> Path:
        """The workbook."""
        return self.folder / self.workbook

    def certsync(self, *arguments: str) -> Outcome:
        """Run a command with this config."""
        # The width is that of the documentation; no colours, as in a file.
        env = {"COLUMNS": "100", "NO_COLOR": "1", "CERTSYNC_CONFIG": None}
        where = ("--config", str(self.folder / self.config))
        done = CliRunner().invoke(app, [*arguments, *where], env=env)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Outcome(done.exit_code, done.stdout, done.stderr)

    def run(self, *arguments: str) -> dict[str, Any]:
        """`certsync run --json`: the object it prints, with the exit code as `code`."""
        done = self.certsync("run", "--json", *arguments)
        return {**done.json, "code": done.code}

    def check(self) -> dict[str, Any]:
        """`certsync check --json`: the object it prints, with the exit code as `code`."""
        done = self.certsync("check", "--json")
        return {**done.json, "code": done.code}

    def cells(self, tab: str) -> list[list[Any]]:
        """The tab's cells from A1 on, as stored now."""
        book = openpyxl.load_workbook(self.path)
        return [list(row) for row in book[tab].iter_rows(values_only=True)]

    def column(self, tab: str, header: str, header_row: int = 1) -> list[Any]:
        """The cells below a header."""
        rows = self.cells(tab)
        at = rows[header_row - 1].index(header)
        return [row[at] for row in rows[header_row:]]

    def mails(self) -> list[EmailMessage]:
        """Every mail in the outbox, in the order of the file names."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.folder / "outbox").glob("*.eml"))
        ]


def tracker(
    folder: Path,
    *,
    members: Sequence[Sequence[object]] = MEMBERS,
    certifications: Sequence[Sequence[object]] = CERTIFICATIONS,
    partnerships: Sequence[Sequence[object]] = PARTNERSHIPS,
    pursuits: Sequence[Sequence[object]] = PURSUITS,
    more: Mapping[str, Sequence[Sequence[object]]] | None = None,
    config: str = CONFIG,
) -> Tracker:
    """Write a workbook of these tabs, `more` behind them, and its config, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    tabs = {
        "Team Members": members,
        "Certifications": certifications,
        "Partnership Requirements": partnerships,
        "Pursuits": pursuits,
        **(more or {}),
    }
    for name, rows in tabs.items():
        sheet = book.create_sheet(name)
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None:
                    cell = sheet.cell(at, column, value)
                    if isinstance(value, date) and not isinstance(value, datetime):
                        cell.number_format = "yyyy-mm-dd"
    book.save(folder / "agency.xlsx")
    (folder / "config.yaml").write_text(config)
    return Tracker(folder)


def text_of(mail: EmailMessage) -> str:
    """The plain part of a mail, on one line."""
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())
