"""What is wrong in a workbook, each with its cell and the way to put it right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

CODES: Mapping[str, str] = {
    "tab.missing": "A tab that certsync needs is not in the workbook.",
    "tab.ambiguous": "Several tabs could be the one meant.",
    "header.missing": "No row of the tab looks like its headers.",
    "header.duplicate": "Two headers could be the same column.",
    "header.unknown": "A header is a known one but for a slip of the keyboard.",
    "column.missing": "A required column is not there, so the tab is not read.",
    "mapping.unknown": "`columns` in the config names a tab, column or header that is not there.",
    "rows.outside": "Records stand below the Excel table and are not read.",
    "cell.error": "A cell shows an error such as #N/A.",
    "cells.far": "Cells stand so far from all others that they are not read.",
    "formula.uncalculated": "A formula has no stored value yet.",
    "formula.in_owned_column": "A formula stands in a column that certsync writes; it stays.",
    "columns.no_room": "The sheet is full to its last column, so ours cannot be added.",
    "value.missing": "A required cell is empty.",
    "date.ambiguous": "A date can be read as day/month and as month/day.",
    "date.bad": "A date does not exist, or is not written as one.",
    "date.digits": "A date is written as digits without separators.",
    "date.short_year": "A date has a year of two digits.",
    "number.bad": "A number or an amount has no single meaning.",
    "word.unknown": "A word is not one of those the column takes.",
    "email.bad": "An e-mail address could not be delivered to.",
    "email.refused": "A mail server refused an e-mail address.",
    "url.bad": "A link does not begin with http:// or https://.",
    "id.duplicate": "Several members have one employee ID.",
    "id.unknown": "Nobody has this employee ID; the name beside it decides.",
    "person.missing": "A record names nobody.",
    "person.unknown": "A record is of somebody who is not in Team Members.",
    "person.ambiguous": "A name or an ID belongs to several members.",
    "person.contradicts": "The ID and the name in a record are of different people.",
    "person.misnamed": "The name beside an ID is misspelt.",
    "person.without_id": "A record is of a member who has no employee ID.",
    "manager.unknown": "A manager is not in Team Members.",
    "manager.ambiguous": "A manager's name belongs to several members.",
    "manager.departed": "A manager has left.",
    "owner.unknown": "The owner of a requirement is not in Team Members, and is no address.",
    "owner.ambiguous": "The name of a requirement's owner belongs to several members.",
    "owner.departed": "The owner of a requirement has left.",
    "contact.missing": "A holder has no e-mail or no manager, or a manager no e-mail.",
    "earned.future": "A certification was earned on a day that has not come.",
    "expiration.before_earned": "A certification expires before it was earned.",
    "expiration.missing": "A certification has no expiration date and no word for none.",
    "record.duplicate": "A record repeats the person, certification and dates of another.",
    "minimum.bad": "A minimum count is not a whole number of 1 or more.",
    "selector.syntax": "A required certification is written in a way that names nothing.",
    "selector.unmatched": "A required certification matches no known certification.",
    "target.past": "The target date of a pursuit has passed.",
}
"""What each code means, in one line."""


@dataclass(frozen=True)
class Coverage:
    """How many rows of a tab have something in them, and how many of those could be judged."""

    rows: int
    judged: int


@dataclass(frozen=True)
class Finding:
    """One thing to put right. `cell` is None where it concerns a whole tab.

    `excludes` marks a finding that leaves its `row` out of what it would falsify. `column` is
    the schema key of the cell's column.
    """

    code: str
    severity: Severity
    tab: str
    cell: str | None
    value: str
    message: str
    fix: str
    row: int | None = None
    column: str | None = None
    excludes: bool = False

    @property
    def where(self) -> str:
        """`Certifications!F17`, or the tab alone."""
        return f"{self.tab}!{self.cell}" if self.cell else self.tab

    def __str__(self) -> str:
        return f"{self.where}: {self.message} {self.fix}"


def in_order(findings: Iterable[Finding], tabs: Sequence[str]) -> list[Finding]:
    """Findings by tab as `tabs` lists them, then by row and column; whole tabs come first."""
    places = {tab: i for i, tab in enumerate(tabs)}

    def key(finding: Finding) -> tuple[int, int, int, str]:
        letters = (finding.cell or "").rstrip("0123456789")
        return places.get(finding.tab, -1), finding.row or 0, len(letters), letters

    return sorted(findings, key=key)
