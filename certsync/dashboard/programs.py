"""Programs and clients: what each requires, who there is, and what is at stake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from certsync.compute.facts import Facts
from certsync.dashboard.canvas import Column, Field, Row, Section
from certsync.dashboard.cells import calendar_day, go_to, number, pill, words
from certsync.dashboard.text import counted
from certsync.dashboard.tiles import COMPLIANCE
from certsync.sheets.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 40

COLUMNS = (
    Column("Program or client", 2, 4, flush=True),
    Column("Required certification", 5, 8),
    Column("Required", 9, 9, "center"),
    Column("Certified", 10, 12, "center"),
    Column("Surplus", 13, 13, "center"),
    Column("Compliance", 14, 14, "center"),
    Column("Breach date", 15, 16, "center"),
    Column("Next review", 17, 17, "center"),
    Column("Value", 18, 20, "right"),
    Column("Owner", 21, 21, flush=True),
    Column("Go to", 22, 22, "center"),
)

_TABS = {"partnership": "partnership_requirements", "client": "client_requirements"}


def programs(facts: Facts, tables: Tables) -> Section:
    """Every requirement, those of one program together, the worst and dearest program first."""
    frame = ordered(facts.requirements)
    shown = frame.head(SHOWN)
    rows: list[Row] = []
    above = None
    for line in shown.itertuples():
        name = " ".join(filter(None, (words(line.name), words(line.tier))))
        rows.append(_row(line, name if (line.kind, name) != above else "", tables))
        above = (line.kind, name)
    rest = frame["compliance"].iloc[SHOWN:]
    return Section(
        "Programs and clients",
        COLUMNS,
        tuple(rows),
        empty="No requirements are listed. Add them to the tab Partnership Requirements.",
        note=_note(frame),
        more=f"and {counted(len(rest), 'more requirement')}, {(rest == 'Met').sum():,} of them met."
        if len(rest)
        else "",
    )


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Programs by their worst word, then by what they are worth, each with its worst line first."""
    ranked = frame.assign(
        rank=frame["compliance"].map({word: n for n, word in enumerate(COMPLIANCE)}),
        tier=frame["tier"].fillna(""),
        name=frame["name"].fillna(""),
    )
    program = ranked.groupby(["kind", "name", "tier"])
    ranked = ranked.assign(
        worst=program["rank"].transform("min"),
        worth=program["annual_value"].transform("max").fillna(0),
    )
    by = ["worst", "worth", "kind", "name", "tier", "rank", "breach_date", "row"]
    falling = {"worth", "kind"}
    return ranked.sort_values(by, ascending=[key not in falling for key in by], kind="stable")


def _row(line: Any, name: str, tables: Tables) -> Row:
    """One requirement; what is wrong, and what that costs, stands below the line."""
    surplus = number(line.surplus)
    calm = line.compliance == "Met"
    lost = words(line.impact)
    detail = words(line.reason) + (f"  If lost: {lost}" if lost else "")
    return Row(
        (
            Field(name, "first"),
            Field(words(line.requirement)),
            Field(number(line.minimum), "whole"),
            Field(number(line.certified), "whole"),
            Field(surplus, "lacking" if surplus is not None and surplus < 0 else "signed"),
            pill(str(line.compliance)),
            Field(calendar_day(line.breach_date), "date"),
            Field(calendar_day(line.deadline), "date"),
            Field(number(line.annual_value), "money"),
            Field(words(line.owner), "owner"),
            go_to(tables.get(_TABS[line.kind]), line.row, "requirement"),
        ),
        detail="" if calm else detail.strip(),
    )


def _note(frame: pd.DataFrame) -> str:
    met = int((frame["compliance"] == "Met").sum())
    return f"{met:,} of {counted(len(frame), 'requirement')} met" if len(frame) else ""
