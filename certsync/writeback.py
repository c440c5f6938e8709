"""The status columns: Facts in, the cells that change out. Nothing here touches a workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from certsync.compute.facts import Facts
from certsync.sheets.edits import ColumnEdit
from certsync.sheets.findings import Finding
from certsync.sheets.schema import Owned
from certsync.sheets.snapshot import Snapshot, TabSnapshot, Value, cell_ref
from certsync.sheets.tables import Table, Tables

if TYPE_CHECKING:
    import pandas as pd

LastAlerts = Mapping[tuple[str, str, str], str]
"""(employee ID or name, casefolded; folded certification; ISO expiration) -> its last alert."""

NOTE_LIMIT = 500
LAST_COLUMN = 16_384
"""XFD, the last column a sheet can have."""

# Owned key -> the column of the frame in Facts, where the two differ.
_FACT = {"certified_now": "certified", "pursuit_status": "status"}


def plan_columns(
    snapshot: Snapshot,
    tables: Tables,
    facts: Facts,
    findings: Sequence[Finding],
    last_alerts: LastAlerts,
) -> tuple[tuple[ColumnEdit, ...], list[Finding]]:
    """The cells of our columns whose value changes, and findings about cells left alone.

    A formula that stands in one of our columns stays and is reported.
    """
    notes = _notes(findings)
    edits: list[ColumnEdit] = []
    left_alone: list[Finding] = []
    for key, table in tables.items():
        frame = _frame(facts, key)
        if table.spec.owned:
            tab = snapshot.tab(table.tab)
            rows = frame["row"].tolist()
            places = _places(table, tab)
            if len(places) < len(table.spec.owned):
                left_alone.append(_no_room(table))
            for owned in (o for o in table.spec.owned if o.key in places):
                values = _values(owned.key, frame, rows, notes.get(table.tab, {}), last_alerts)
                place = places[owned.key]
                soon = facts.policy.expiring_soon_days
                status = places["status"].column if "status" in places else None
                edit, blocked = _column(tab, table, owned, place, rows, values, soon, status)
                if edit.rows or edit.header is not None:
                    edits.append(edit)
                left_alone += blocked
    return tuple(edits), left_alone


def _frame(facts: Facts, key: str) -> pd.DataFrame:
    """The frame of Facts that belongs to a tab, in the order of the tab's rows."""
    if key == "team_members":
        return facts.members
    if key in ("partnership_requirements", "client_requirements"):
        kind = "partnership" if key == "partnership_requirements" else "client"
        return facts.requirements[facts.requirements["kind"] == kind]
    return facts.certifications if key == "certifications" else facts.pursuits


def _notes(findings: Iterable[Finding]) -> dict[str, dict[int, str]]:
    """The sentences of each row, errors first, by tab and row."""
    by_row: dict[str, dict[int, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        if finding.row is not None:
            by_row[finding.tab][finding.row].append(finding)
    return {tab: {row: _note(found) for row, found in rows.items()} for tab, rows in by_row.items()}


def _note(found: list[Finding]) -> str:
    found = sorted(found, key=lambda f: f.severity)
    text = " ".join(dict.fromkeys(f"{f.message} {f.fix}".strip() for f in found))
    return text if len(text) <= NOTE_LIMIT else text[: NOTE_LIMIT - 1].rstrip() + "…"


def _values(
    owned: str,
    frame: pd.DataFrame,
    rows: Sequence[int],
    notes: Mapping[int, str],
    last_alerts: LastAlerts,
) -> list[Value]:
    """What an owned column should hold, one plain value for each row of the frame."""
    if owned == "sync_notes":
        return [notes.get(row) for row in rows]
    if owned == "last_alert":
        if not last_alerts:
            return [None] * len(rows)
        expires = frame["expiration_date"].dt.strftime("%Y-%m-%d")
        who = frame["employee_id"].fillna(frame["person"]).str.casefold()
        keys = zip(who, frame["name_key"], expires, strict=True)
        return [last_alerts.get(key) for key in keys]
    column = frame[_FACT.get(owned, owned)]
    values: list[Value] = column.astype(object).where(column.notna(), None).tolist()
    if column.dtype.kind == "M":
        return [v.date() if isinstance(v, datetime) else None for v in values]
    return values


@dataclass(frozen=True)
class _Place:
    column: int
    new: bool
    excel_table: str | None = None


def _places(table: Table, tab: TabSnapshot) -> dict[str, _Place]:
    """Where each owned column stands; missing ones go to the right edge of the table.

    Where something else already stands there, they go to the right of everything on the tab
    instead, outside the Excel table, so that no person's cell is in the way.
    """
    missing = [o for o in table.spec.owned if o.key not in table.columns]
    count = len(missing)
    places = {
        o.key: _Place(table.columns[o.key], new=False)
        for o in table.spec.owned
        if o.key in table.columns
    }
    start, inside = table.right + 1, table.excel_table
    if missing and not (start + count - 1 <= LAST_COLUMN and _free(table, tab, start, count)):
        start = max([tab.right, table.right, *(t.right for t in tab.tables)]) + 2
        inside = None
        if start + count - 1 > LAST_COLUMN:
            start = _gap(table, tab, count)
    if start + count - 1 <= LAST_COLUMN:
        for offset, owned in enumerate(missing):
            places[owned.key] = _Place(start + offset, True, inside)
    return places


def _gap(table: Table, tab: TabSnapshot, count: int) -> int:
    """The first of `count` columns right of the known ones that hold nothing at all.

    There is a free column between them and what stands left of them. Past the last column of a
    sheet where there is no such place.
    """
    edge = max(table.columns.values())
    taken = {
        column
        for row in tab.rows
        for column, value in enumerate(row, tab.left)
        if value is not None and column > edge
    }
    taken |= {column for other in tab.tables for column in range(other.left, other.right + 1)}
    start = edge + 2
    while start + count - 1 <= LAST_COLUMN:
        met = [column for column in range(start - 1, start + count) if column in taken]
        if not met:
            return start
        start = met[-1] + 2
    return start


def _free(table: Table, tab: TabSnapshot, start: int, count: int) -> bool:
    """Whether `count` columns from `start` are empty beside the table, down to its last row."""
    end = start + count - 1
    for other in tab.tables:
        rows_meet = other.top <= table.last_row + 1 and other.bottom >= table.header_row
        columns_meet = other.left <= end and other.right >= start
        if other.name != table.excel_table and rows_meet and columns_meet:
            return False
    if start > tab.right:
        return True
    # A totals row directly below an Excel table belongs to it.
    last = min(table.last_row + 1, tab.bottom)
    return all(
        tab.value(row, column) is None
        for column in range(start, min(end, tab.right) + 1)
        for row in range(table.header_row, last + 1)
    )


def _column(
    tab: TabSnapshot,
    table: Table,
    owned: Owned,
    place: _Place,
    rows: Sequence[int],
    values: Sequence[Value],
    soon: int,
    status: int | None,
) -> tuple[ColumnEdit, list[Finding]]:
    first, last = table.header_row + 1, table.last_row
    changed_rows: list[int] = []
    changed_values: list[Value] = []
    blocked: list[Finding] = []
    if place.new:
        for row, value in zip(rows, values, strict=True):
            if value is not None:
                changed_rows.append(row)
                changed_values.append(value)
    else:
        formulas = {r for r in tab.formulas.get(place.column, ()) if first <= r <= last}
        if formulas:
            blocked.append(_formula_finding(table, owned, place.column, formulas))
        for row, value in _with_gaps(rows, values, last):
            old = tab.value(row, place.column)
            if old != value and row not in formulas and not _same(old, value):
                changed_rows.append(row)
                changed_values.append(value)
    edit = ColumnEdit(
        tab=table.tab,
        column=place.column,
        kind=owned.kind,
        rows=changed_rows,
        values=changed_values,
        header_row=table.header_row,
        first_row=first,
        last_row=last,
        like=table.columns[table.spec.like],
        header=owned.header if place.new else None,
        table=place.excel_table,
        highlight=owned.highlight,
        soon=soon,
        status=status if owned.highlight == "days" else None,
        width=owned.width,
    )
    return edit, blocked


def _with_gaps(
    rows: Sequence[int], values: Sequence[Value], last: int
) -> Iterable[tuple[int, Value]]:
    """Rows and values, and None for the blank rows between them: what stood there is stale."""
    yield from zip(rows, values, strict=True)
    for above, below in pairwise([*rows, last + 1]):
        if below - above > 1:
            yield from ((row, None) for row in range(above + 1, below))


def _same(old: Value, new: Value) -> bool:
    """Whether a cell already shows the value: an empty text is empty, midnight is its date."""
    if isinstance(old, datetime) and isinstance(new, date):
        return old.date() == new
    return old in (None, "") and new is None


def _no_room(table: Table) -> Finding:
    return Finding(
        code="columns.no_room",
        severity="error",
        tab=table.tab,
        cell=None,
        value="",
        message="There is no room for certsync's columns: the sheet is full to its last column.",
        fix="Delete columns that hold nothing, at the right end of the sheet.",
    )


def _formula_finding(table: Table, owned: Owned, column: int, formulas: set[int]) -> Finding:
    row = min(formulas)
    more = f" (and in {len(formulas) - 1} more rows)" if len(formulas) > 1 else ""
    return Finding(
        code="formula.in_owned_column",
        severity="warning",
        tab=table.tab,
        cell=cell_ref(row, column),
        value="formula",
        message=f'A formula stands in the column "{owned.header}"{more}, which certsync fills.',
        fix="It stays as it is. Delete it to see certsync's value there.",
        row=None,
        column=owned.key,
    )
