"""What a run found and did, its exit code, and the JSON it prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from certsync.alerts.alert import Reason
from certsync.compute.facts import Facts
from certsync.sheets.edits import Plan
from certsync.sheets.findings import Coverage, Finding
from certsync.sheets.tables import Tables
from certsync.stores.base import Written

if TYPE_CHECKING:
    import pandas as pd

    from certsync.alerts.pipeline import Outcome

SCHEMA_VERSION = 1

Mode = Literal["run", "dry run", "check"]
RunOutcome = Literal["ok", "partial", "refused", "errors"]

SETTLED = frozenset({Reason.REFUSED_BEFORE, Reason.NO_RECIPIENT, Reason.WAITING})
"""Why an alert was not even tried: nothing that running again could change today."""

EXIT_CODES: Mapping[RunOutcome, int] = {"ok": 0, "partial": 3, "errors": 5, "refused": 7}


@dataclass(frozen=True)
class SyncResult:
    """One run, complete. `skipped` says why the workbook was not written, `refused` what braked.

    `notes` are sentences for the operator; `seconds` is how long the run took.
    """

    mode: Mode
    as_of: date
    workbook: str
    coverage: Mapping[str, Coverage]
    findings: Sequence[Finding]
    tables: Tables
    facts: Facts
    alerts: Sequence[Outcome] = ()
    plan: Plan = field(default_factory=Plan)
    written: Written = field(default_factory=Written)
    target: str = ""
    skipped: str | None = None
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def outcome(self) -> RunOutcome:
        """The one word for the whole run."""
        if self.mode == "check":
            return "errors" if any(f.severity == "error" for f in self.findings) else "ok"
        if self.refused:
            return "refused"
        # What was given up in an earlier run is shown again, but this run did its part.
        undelivered = any(a.undelivered and a.reason not in SETTLED for a in self.alerts)
        return "partial" if self.skipped or undelivered else "ok"

    @property
    def exit_code(self) -> int:
        """The documented exit code of `outcome`."""
        return EXIT_CODES[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """The object `--json` prints, of plain values only."""
        facts = self.facts
        return {
            "schema_version": SCHEMA_VERSION,
            "as_of": self.as_of.isoformat(),
            "workbook": self.workbook,
            "outcome": self.outcome,
            "coverage": {
                key: {"rows": c.rows, "judged": c.judged} for key, c in self.coverage.items()
            },
            "findings": [_finding(f) for f in self.findings],
            "certifications": _records(
                facts.certifications,
                {"cell": self._cells(facts.certifications, "certifications", "certification")},
                ("employee_id", "person", "certification", "expiration_date", "days_to_expiry"),
                ("status",),
            ),
            "requirements": self._requirements(),
            "pursuits": _records(
                facts.pursuits,
                {"cell": self._cells(facts.pursuits, "pursuits", "certification")},
                ("employee_id", "person", "certification", "target_date", "days_to_target"),
                ("status", "reason"),
            ),
            "alerts": [a.as_json() for a in self.alerts],
            "writes": {
                "cells": self.written.cells,
                "tabs": list(self.written.tabs),
                "skipped": self.skipped or ("; ".join(self.refused) or None),
            },
            "notes": list(self.notes),
        }

    def _cells(self, frame: pd.DataFrame, key: str, column: str) -> list[str | None]:
        """The reference of one column's cell in each row of a frame."""
        table = self.tables.get(key)
        return [table.ref(row, column) if table else None for row in frame["row"].tolist()]

    def _requirements(self) -> list[dict[str, Any]]:
        frame, holdings = self.facts.requirements, self.facts.holdings
        people = holdings[holdings["counted"]].groupby("requirement")["employee_id"].unique()
        return _records(
            frame,
            {"counted": [sorted(people.get(i, ())) for i in range(len(frame))]},
            ("kind", "name", "tier", "requirement", "minimum", "certified", "surplus"),
            ("compliance", "breach_date", "annual_value", "reason"),
        )


def _finding(finding: Finding) -> dict[str, Any]:
    keys = ("code", "severity", "tab", "cell", "value", "message", "fix")
    return {key: getattr(finding, key) for key in keys}


def _records(
    frame: pd.DataFrame, extra: Mapping[str, Sequence[Any]], *columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows as dictionaries of plain values: dates as ISO text, nothing as None."""
    data: dict[str, Sequence[Any]] = dict(extra)
    for name in (name for group in columns for name in group):
        column = frame[name]
        if column.dtype.kind == "M":
            column = column.dt.strftime("%Y-%m-%d")
        data[name] = column.astype(object).where(column.notna(), None).tolist()
    return [dict(zip(data, values, strict=True)) for values in zip(*data.values(), strict=True)]
