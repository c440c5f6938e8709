"""When a run must stop before it writes or sends: the workbook looks as if it had lost its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certsync.sheets.findings import Finding
from certsync.sheets.names import fold
from certsync.sheets.schema import SCHEMA
from certsync.sheets.tables import Tables

SHARE_GONE = 0.30
UNREADABLE = (
    "tab.missing", "tab.ambiguous", "header.missing", "header.duplicate", "column.missing",
)  # fmt: skip
"""The codes of findings that say why a tab could not be used."""

FEWEST_GONE = 3
"""One pursuit of two that ends is no accident: fewer rows than this never brake."""


def unreadable(tables: Tables, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Why nothing can be judged: Team Members or Certifications is missing or cannot be read.

    No approval helps here; everything would look as if it were well.
    """
    return tuple(
        _unreadable(spec.title, spec.names(), findings)
        for spec in SCHEMA
        if spec.critical and spec.key not in tables
    )


def brake(
    tables: Tables, findings: Sequence[Finding], previous: Mapping[str, int]
) -> tuple[str, ...]:
    """Why this run must not go on, one sentence a reason; empty when it may.

    `previous` are the rows each tab had in the last complete run, by schema key; empty before
    the first one. A tab that was there the last time and is gone brakes too.
    """
    reasons = []
    for spec in SCHEMA:
        table, before = tables.get(spec.key), previous.get(spec.key, 0)
        if table is None:
            if before and not spec.critical:
                reasons.append(_unreadable(spec.title, spec.names(), findings))
            continue
        rows = len(table.frame)
        if before and not rows:
            reasons.append(f'The tab "{table.tab}" is empty; the last run found {before} rows.')
        elif before - rows >= FEWEST_GONE and before - rows > SHARE_GONE * before:
            gone = before - rows
            reasons.append(
                f'The tab "{table.tab}" has lost {gone} of its {before} rows since the last run.'
            )
    return tuple(reasons)


def _unreadable(title: str, names: frozenset[str], findings: Sequence[Finding]) -> str:
    """What the reader said about a tab it could not use, in one sentence."""
    for finding in findings:
        if finding.code in UNREADABLE and (fold(finding.tab) in names or title in finding.message):
            return f"{finding.message} {finding.fix}"
    return f'The tab "{title}" cannot be read.'
