"""What is wrong in a workbook, each with its cell and the way to put it right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


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
