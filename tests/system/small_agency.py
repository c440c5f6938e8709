"""A small agency in a folder of its own: a workbook, and a config that sends through a server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl

NOW = datetime(2026, 3, 16, 7, 30)
"""A Monday morning at the agency."""

MEMBERS = (
    ("E1", "Maria Lopez", "maria@agency.example", "E7", "Active"),
    ("E2", "Tom Reed", "tom@agency.example", "E7", "Active"),
    ("E3", "Ida Berg", "ida@agency.example", "E8", "Active"),
    ("E4", "Raj Patel", "raj@agency.example", "E8", "Active"),
    ("E5", "Eva Stone", "eva@agency.example", "E7", "Active"),
    ("E6", "Gus Hall", "gus@agency.example", "E8", "Active"),
    ("E7", "Ann Boss", "ann@agency.example", "", "Active"),
    ("E8", "Max Chief", "max@agency.example", "", "Active"),
)
PRO = "AWS Certified Solutions Architect - Professional"
HELD = (
    ("E1", PRO, 12), ("E1", "PMP", 75), ("E2", PRO, 55), ("E2", "CISSP", 170), ("E3", "PMP", -3),
    ("E3", "CKA", 28), ("E4", "CISSP", 5), ("E4", "CKA", 100), ("E5", "PMP", 64),
    ("E5", "CISSP", 211), ("E6", "CKA", 20), ("E6", PRO, -17),
)  # fmt: skip
"""Employee ID, certification, days from `NOW` to its expiration date.

From the 30th to the 31st day one certification crosses its first tier and no other any.
"""

CONFIG = """
workbook: agency.xlsx
timezone: America/Chicago
people:
  coordinator: Cora Quinn <cora@agency.example>
  leadership: [Lee Adler <lee@agency.example>]
alerts:
  channels: [{channel}]
  from: Certification watch <certsync@agency.example>
"""
SMTP = "  smtp: {{host: 127.0.0.1, port: {port}, security: none}}\n"


def expires(days: int) -> date:
    """The date so many days from the first morning."""
    return NOW.date() + timedelta(days=days)


def found(folder: Path, *, port: int = 0) -> Path:
    """Make the agency in a new folder. Gives its config, which sends to `port` on this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    _tab(book, "Team Members", ("Employee ID", "Full Legal Name", "Email", "Manager", "Status"), [
        *MEMBERS
    ])  # fmt: skip
    _tab(book, "Certifications", ("Employee ID", "Certification", "Expiration Date"), [
        (who, what, expires(days)) for who, what, days in HELD
    ])  # fmt: skip
    _tab(
        book,
        "Partnership Requirements",
        ("Program", "Tier", "Required Certification", "Minimum Count", "Owner"),
        [("AWS Partner Network", "Advanced", PRO, 2, "Lee Adler")],
    )
    book.save(folder / "agency.xlsx")
    return configure(folder, port)


def configure(folder: Path, port: int, *, dashboard: bool = True) -> Path:
    """Write the config again, for a server at another port; without a dashboard if that is so."""
    config = folder / "config.yaml"
    text = CONFIG.format(channel="smtp" if port else "outbox")
    text += SMTP.format(port=port) if port else ""
    config.write_text(text + ("" if dashboard else "dashboard: {enabled: false}\n"))
    return config


def _tab(
    book: openpyxl.Workbook, name: str, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    sheet = book.create_sheet(name)
    for row in (header, *rows):
        sheet.append(row)
