"""Pursuits at risk: certifications somebody works towards and may not reach in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from certsync.compute.facts import Facts
from certsync.dashboard.canvas import Column, Field, Row, Section
from certsync.dashboard.cells import calendar_day, go_to, number, pill, words
from certsync.dashboard.text import counted
from certsync.sheets.tables import Table, Tables

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 15
AT_RISK = ("Overdue", "At Risk", "Stalled")
"""In the order they are shown."""

COLUMNS = (
    Column("Person", 2, 2, flush=True),
    Column("Target certification", 3, 7),
    Column("Target", 8, 8, "center"),
    Column("Days", 9, 9, "center"),
    Column("Status", 10, 12, "center"),
    Column("Why", 13, 20),
    Column("Study status", 21, 21, flush=True),
    Column("Go to", 22, 22, "center"),
)


def pursuits(facts: Facts, tables: Tables) -> Section:
    """Pursuits that are overdue, at risk or stalled, the nearest target first."""
    frame = facts.pursuits
    troubled = _ordered(frame[frame["status"].isin(AT_RISK)])
    table = tables.get("pursuits")
    rows = tuple(_row(line, table) for line in troubled.head(SHOWN).itertuples())
    rest = len(troubled) - len(rows)
    return Section(
        "Pursuits at risk",
        COLUMNS,
        rows,
        empty="No pursuit is at risk." if len(frame) else "No pursuits are listed.",
        note=_note(frame["status"]),
        more=f"and {counted(rest, 'more pursuit')} at risk." if rest else "",
    )


def _row(line: Any, table: Table | None) -> Row:
    return Row(
        (
            Field(words(line.person, "?"), "first"),
            Field(words(line.certification)),
            Field(calendar_day(line.target_date), "date"),
            Field(number(line.days_to_target), "days"),
            pill(str(line.status)),
            Field(words(line.reason)),
            Field(words(line.study_status), "owner"),
            go_to(table, line.row, "target_date"),
        )
    )


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    rank = frame["status"].map({status: n for n, status in enumerate(AT_RISK)})
    ordered = frame.assign(rank=rank).sort_values(["rank", "target_date", "row"], kind="stable")
    return ordered.drop(columns="rank")


def _note(status: pd.Series[str]) -> str:
    good = int((status == "On Track").sum())
    unknown = int((status == "Unknown").sum())
    parts = [f"{good:,} of {counted(len(status), 'pursuit')} on track"] if len(status) else []
    parts += [f"{unknown:,} cannot be judged"] if unknown else []
    return ", ".join(parts)
