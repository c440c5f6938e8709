"""Data issues and coverage: what people should put right, and how much could be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certsync.dashboard.canvas import Column, Field, Row, Section
from certsync.dashboard.cells import pill
from certsync.dashboard.layout import Link
from certsync.dashboard.text import clipped, counted
from certsync.dashboard.tiles import rows_to_fix
from certsync.sheets.findings import Coverage, Finding
from certsync.sheets.schema import SCHEMA
from certsync.sheets.tables import Tables

SHOWN = 40

ISSUES = (
    Column("Cell", 2, 4, flush=True),
    Column("What is wrong", 5, 12),
    Column("How to put it right", 13, 21),
    Column("Kind", 22, 22, "center"),
)
COVERAGE = (
    Column("Tab", 2, 4, flush=True),
    Column("Rows judged", 5, 12),
    Column("", 13, 22),
)


def issues(findings: Sequence[Finding]) -> Section:
    """Every finding up to 40: errors first, then by tab and row."""
    order = sorted(findings, key=lambda f: (f.severity != "error", f.tab, f.row or 0))
    rows = tuple(
        Row(
            (
                Field(clipped(f.where, 80), "link", Link(f.tab, f.cell or "A1")),
                Field(clipped(f.message)),
                Field(clipped(f.fix)),
                pill(f.severity.title()),
            )
        )
        for f in order[:SHOWN]
    )
    rest = len(order) - len(rows)
    return Section(
        "Data issues",
        ISSUES,
        rows,
        empty="Every row reads well. There is nothing to put right.",
        note=f"{counted(rows_to_fix(findings), 'row')} to put right" if findings else "",
        more=f"and {counted(rest, 'more')}: the column Sync Notes of each tab names them."
        if rest
        else "",
    )


def coverage_section(coverage: Mapping[str, Coverage], tables: Tables) -> Section:
    """One line a tab: how many of its rows could be judged."""
    rows = []
    for tab in SCHEMA:
        if tab.key in coverage:
            table, seen = tables.get(tab.key), coverage[tab.key]
            name = Field(tab.title, "first")
            if table is not None:
                name = Field(table.tab, "link", Link(table.tab, "A1"))
            rows.append(Row((name, Field(judged(seen)), _left_out(seen))))
    return Section(
        "Coverage",
        COVERAGE,
        tuple(rows),
        empty="No tab was read.",
        note=f"{judged(total(coverage))} in all" if len(rows) > 1 else "",
    )


def judged(seen: Coverage) -> str:
    """`212 of 214 rows judged`."""
    return f"{seen.judged:,} of {counted(seen.rows, 'row')} judged"


def total(coverage: Mapping[str, Coverage]) -> Coverage:
    """All tabs together."""
    every = coverage.values()
    return Coverage(sum(c.rows for c in every), sum(c.judged for c in every))


def _left_out(seen: Coverage) -> Field:
    missing = seen.rows - seen.judged
    if missing:
        return Field(f"{counted(missing, 'row')} left out until put right", "strong")
    return Field("complete" if seen.rows else "no rows yet", "muted")
