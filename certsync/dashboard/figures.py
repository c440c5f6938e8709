"""The two charts, expirations by month and certifications by status, and the figures behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from certsync.compute.facts import Facts
from certsync.dashboard import theme
from certsync.dashboard.canvas import Canvas
from certsync.dashboard.layout import CellValue, Chart, Range
from certsync.dashboard.text import MONTHS
from certsync.dashboard.urgency import Urgency

if TYPE_CHECKING:
    from numpy.typing import NDArray

MONTHS_AHEAD = 12

STAKES = (
    ("Breaks a requirement", theme.RED),
    ("Counts for a requirement", theme.STEEL),
    ("Other", theme.SILVER),
)
STATUSES = (
    ("Active", theme.GREEN),
    ("Expiring Soon", theme.AMBER),
    ("Expired", theme.DARK),
    ("In Progress", theme.BLUE),
    ("Unknown", "9CA3AF"),
)

_CHART_ROWS, _CHART_ROW = 13, 18.0
_MONTHLY = (2, 14)
_ROUND = (16, theme.LAST)
# The blocks of figures, column by column: grid columns first to last.
_MONTH_COLUMNS = ((2, 4), (5, 6), (7, 11), (12, 14))
_STATUS_COLUMNS = ((16, 19), (20, 22))


@dataclass(frozen=True)
class Figures:
    """What the charts show: expirations a month (a row each, by stake), and records a status."""

    months: tuple[str, ...]
    expirations: tuple[tuple[int, int, int], ...]
    statuses: tuple[tuple[str, int, str], ...]


def figures(facts: Facts, stakes: Urgency) -> Figures:
    """Count what expires from today to the end of the eleventh month after, and all statuses.

    Statuses leave out history and departed people; those nobody has are left out too.
    """
    labels, counts = _by_month(facts, stakes)
    status = facts.certifications["status"]
    open_rows = stakes.here & status.isin(("In Progress", "Unknown")).to_numpy(bool)
    tally = status[stakes.watched | open_rows].value_counts()
    return Figures(
        months=labels,
        expirations=tuple((int(a), int(b), int(c)) for a, b, c in counts),
        statuses=tuple((s, int(tally[s]), color) for s, color in STATUSES if tally.get(s, 0)),
    )


def _by_month(facts: Facts, stakes: Urgency) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    records, today = facts.certifications, facts.today
    coming = (records["days_to_expiry"] >= 0).fillna(False).to_numpy(bool)
    ahead = np.flatnonzero(stakes.watched & coming)
    expires = records["expiration_date"].to_numpy()[ahead].astype("datetime64[M]").astype(int)
    month = expires - ((today.year - 1970) * 12 + today.month - 1)
    stake = np.where(stakes.breaks[ahead], 0, np.where(stakes.counts[ahead], 1, 2))
    near = month < MONTHS_AHEAD
    counts = np.zeros((MONTHS_AHEAD, len(STAKES)), dtype=np.int64)
    np.add.at(counts, (month[near], stake[near]), 1)
    return tuple(_month(today, ahead) for ahead in range(MONTHS_AHEAD)), counts


def _month(today: date, ahead: int) -> str:
    years, month = divmod(today.month - 1 + ahead, 12)
    return f"{MONTHS[month]} {today.year + years}"


def reserve(canvas: Canvas, data: Figures) -> int:
    """Leave room for the charts under their heading; the row they begin in."""
    canvas.keep(24.0 + _CHART_ROWS * _CHART_ROW)
    canvas.heading("The year ahead", "Figures stand at the end of this tab.")
    top = canvas.row
    if not any(map(any, data.expirations)):
        canvas.put(*_MONTHLY, "Nothing expires in the next 12 months.", "empty")
    if not data.statuses:
        canvas.put(*_ROUND, "No certifications are listed.", "empty")
    charts = any(map(any, data.expirations)) or data.statuses
    for _ in range(_CHART_ROWS if charts else 1):
        canvas.next_row(_CHART_ROW)
    canvas.gap()
    return top


def draw(canvas: Canvas, data: Figures, charts_row: int) -> None:
    """The figures in two blocks side by side, and the charts over them from `charts_row` on."""
    canvas.keep(24.0 + (MONTHS_AHEAD + 1) * 16.0)
    canvas.heading("Figures behind the charts")
    top = canvas.row
    left, right = _blocks(data)
    for line, month in enumerate(left):
        _line(canvas, _MONTH_COLUMNS, month, line)
        if line < len(right):
            _line(canvas, _STATUS_COLUMNS, right[line], line)
        canvas.next_row(16.0)
    if any(map(any, data.expirations)):
        canvas.charts.append(_monthly(top, charts_row))
    if data.statuses:
        canvas.charts.append(_round(data, top, charts_row))


def _blocks(data: Figures) -> tuple[list[tuple[CellValue, ...]], list[tuple[CellValue, ...]]]:
    """The lines of the two blocks, headings first. A status carries its number for the legend."""
    months = zip(data.months, data.expirations, strict=True)
    return (
        [("Month", *(name for name, _ in STAKES)), *((m, *counts) for m, counts in months)],
        [("Status", "Certifications"), *((f"{name}: {n:,}", n) for name, n, _ in data.statuses)],
    )


def _line(
    canvas: Canvas, columns: Sequence[tuple[int, int]], values: Sequence[CellValue], line: int
) -> None:
    for at, ((first, last), value) in enumerate(zip(columns, values, strict=True)):
        body = "figure number" if at else "figure"
        head = "figure head center" if at else "figure head"
        canvas.put(first, last, value, body if line else head)


def _monthly(top: int, charts_row: int) -> Chart:
    bottom = top + MONTHS_AHEAD
    names, *stacks = (first for first, _ in _MONTH_COLUMNS)
    return Chart(
        kind="stacked",
        title="Expirations by month",
        categories=Range(top + 1, names, bottom, names),
        series=tuple(Range(top, column, bottom, column) for column in stacks),
        colors=tuple(color for _, color in STAKES),
        row=charts_row,
        column=_MONTHLY[0],
        rows=_CHART_ROWS,
        columns=_MONTHLY[1] - _MONTHLY[0] + 1,
    )


def _round(data: Figures, top: int, charts_row: int) -> Chart:
    bottom = top + len(data.statuses)
    names, numbers = (first for first, _ in _STATUS_COLUMNS)
    return Chart(
        kind="doughnut",
        title="Certifications by status",
        categories=Range(top + 1, names, bottom, names),
        series=(Range(top, numbers, bottom, numbers),),
        colors=tuple(color for _, _, color in data.statuses),
        row=charts_row,
        column=_ROUND[0],
        rows=_CHART_ROWS,
        columns=_ROUND[1] - _ROUND[0] + 1,
    )
