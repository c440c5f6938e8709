"""The generated tab Alert Log: plain lines in, a Layout out. It knows no ledger and no clock.

The columns stand in a table without merged cells, so that people can filter and sort it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple

from certsync.dashboard import theme
from certsync.dashboard.layout import Cell, CellValue, Layout, Range, Style
from certsync.dashboard.text import clipped, counted, lines, weekday

TITLE = "Alert Log"
KEY = "Key"

HEADER_ROW = 4

_ABOUT = (
    "What certsync told whom, and when. This is a view of its own record: to edit it changes "
    "nothing. Keep the tab all the same: if that record is ever lost, certsync goes by this one."
)
_FIRST = 2
_LINE, _PADDING = 13.0, 6.0
# What one step of indent takes, in units of column width.
_INDENT = 1.3


class Line(NamedTuple):
    """One alert. `state` is a word and `look` its colour; `key` is for certsync alone."""

    sent: date
    tier: str
    person: str
    about: str
    expires: date | None
    to: str
    channel: str
    state: str
    look: str
    reason: str
    key: str


class _Column(NamedTuple):
    head: str
    width: float
    style: str
    place: str = "left"


_COLUMNS = (
    _Column("Sent", 14.0, "date", "center"),
    _Column("Tier", 22.0, "strong"),
    _Column("Person", 24.0, "text"),
    _Column("Certification", 46.0, "text"),
    _Column("Expires", 14.0, "date", "center"),
    _Column("To", 38.0, "text"),
    _Column("Channel", 11.0, "muted"),
    _Column("State", 12.0, "pill", "center"),
    _Column("Reason", 32.0, "muted"),
    _Column(KEY, 9.0, "key"),
)
HEADS = tuple(column.head for column in _COLUMNS)
_LAST = _FIRST + len(_COLUMNS) - 1
_WRAPPED = [at for at, c in enumerate(_COLUMNS) if c.style in ("strong", "text", "muted")]

_STYLES: dict[str, Style] = {
    **theme.STYLES,
    "key": Style(size=8, color="9CA3AF", clip=True, border="bottom", border_color=theme.LINE),
    "head key": replace(theme.STYLES["head first"], color="9CA3AF"),
    "count": replace(theme.STYLES["more"], indent=0),
}


def build(log: Sequence[Line], left_out: int, *, workbook: str, as_of: date) -> Layout:
    """The tab with these lines in their order.

    Args:
        log: What it shows, the newest first.
        left_out: How many older alerts there are.
        workbook: What people call the workbook.
        as_of: The day of the run.
    """
    cells = [*_head(len(log), left_out, workbook, as_of)]
    heights = {1: 34.0, 2: 24.0, 3: 24.0, HEADER_ROW: 20.0}
    for row, line in enumerate(log, start=HEADER_ROW + 1):
        values: tuple[CellValue, ...] = (*line[:8], line.reason, line.key)
        for at, (column, value) in enumerate(zip(_COLUMNS, values, strict=True), start=_FIRST):
            style = f"pill {line.look}" if column.style == "pill" else column.style
            cells.append(Cell(row, at, value, style))
        needed = max(_lines(str(values[at]), at) for at in _WRAPPED)
        heights[row] = needed * _LINE + _PADDING
    used = {cell.style for cell in cells}
    last = HEADER_ROW + max(len(log), 1)
    return Layout(
        title=TITLE,
        widths=(2.0, *(column.width for column in _COLUMNS), 2.0),
        cells=tuple(cells),
        styles={name: style for name, style in _STYLES.items() if name in used},
        heights=heights,
        frozen_rows=HEADER_ROW,
        repeated=(HEADER_ROW, HEADER_ROW),
        printed=Range(1, 1, last, _LAST - 1),
        filter=Range(HEADER_ROW, _FIRST, last, _LAST),
        tab_color=theme.STEEL,
    )


def _head(count: int, left_out: int, workbook: str, as_of: date) -> Iterator[Cell]:
    """The title, what the tab is, how much of the record it shows, and the names of its columns."""
    half, split = _FIRST + 5, _LAST - 2
    for row, style in ((1, "title"), (2, "meta")):
        for margin in (1, _LAST, _LAST + 1):
            yield Cell(row, margin, None, style)
    yield Cell(1, _FIRST, "Alert log", "title", across=half - _FIRST)
    yield Cell(1, half, clipped(workbook, 80), "title right", across=_LAST - half)
    yield Cell(2, _FIRST, _ABOUT, "meta", across=split - _FIRST)
    yield Cell(2, split, f"As of {weekday(as_of)}", "meta right", across=_LAST - split)
    yield Cell(3, _FIRST, _shown(count, left_out), "count", across=_LAST - _FIRST)
    for at, column in enumerate(_COLUMNS, start=_FIRST):
        place = "key" if column.head == KEY else column.place
        yield Cell(HEADER_ROW, at, column.head, f"head {place}")


def _shown(count: int, left_out: int) -> str:
    if not count:
        return "Nobody has been told anything yet."
    shown = f"{counted(count, 'alert')}, the newest first."
    if not left_out:
        return shown
    verb = "is" if left_out == 1 else "are"
    return f"{shown} {counted(left_out, 'older one')} {verb} not shown."


@cache
def _lines(text: str, at: int) -> int:
    column = _COLUMNS[at]
    style = _STYLES[column.style]
    return lines(text, column.width - _INDENT * style.indent, style.size, bold=style.bold)
