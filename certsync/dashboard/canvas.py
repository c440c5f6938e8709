"""A layout in the making: blocks of cells and tables put one under the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from certsync.dashboard import theme
from certsync.dashboard.layout import (
    Align,
    Cell,
    CellValue,
    Chart,
    Highlight,
    Layout,
    Link,
)
from certsync.dashboard.text import lines

_LINE, _ROW_PADDING = 13.0, 6.0
_GAP = 16.0
# What one step of indent takes, in units of column width.
_INDENT = 1.3
_HEADING, _HEADS, _MORE = 24.0, 20.0, 18.0
# Points of rows that fit a landscape page, A4 or Letter, when the grid fills its width, with a
# gap after them.
_PAGE = 585.0
# A table that needs more room than this may begin where it is left.
_ROOM_TO_BEGIN = 120.0


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading over the grid's columns `first` to `last`.

    A `flush` one begins at its very edge.
    """

    head: str
    first: int
    last: int
    align: Align = "left"
    flush: bool = False


@dataclass(frozen=True)
class Field:
    """What one cell of a table shows."""

    value: CellValue
    style: str = "text"
    link: Link | None = None


@dataclass(frozen=True)
class Row:
    """A row of a table; `detail` is a sentence shown across the row below it."""

    fields: tuple[Field, ...]
    detail: str = ""


@dataclass(frozen=True)
class Section:
    """A table with its title, a note beside it, and the sentence shown when it has no rows.

    `more` is the sentence below the last row.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    note: str = ""
    more: str = ""


@dataclass
class Canvas:
    """Collects the cells of a layout from the top down; `row` is the next free row."""

    row: int = 1
    cells: list[Cell] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    charts: list[Chart] = field(default_factory=list)
    highlights: list[Highlight] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    _page: float = 0.0

    def put(
        self,
        first: int,
        last: int,
        value: CellValue,
        style: str,
        *,
        link: Link | None = None,
        formula: str | None = None,
    ) -> None:
        """Fill the columns `first` to `last` of the present row."""
        across = last - first + 1
        self.cells.append(Cell(self.row, first, value, style, across, link=link, formula=formula))

    def next_row(self, height: float) -> None:
        """End the present row."""
        self.heights[self.row] = height
        self._page += height
        self.row += 1

    def keep(self, height: float) -> None:
        """Begin a new page unless the next `height` points fit on this one."""
        if self._page + height > _PAGE:
            self.breaks.append(self.row)
            self._page = 0.0

    def heading(self, title: str, note: str = "") -> None:
        """A section's title, with a note at the right."""
        split = theme.TILES[2][0]
        self.put(theme.FIRST, split - 1, title, "heading")
        self.put(split, theme.LAST, note, "note")
        self.next_row(_HEADING)

    def gap(self, height: float = _GAP) -> None:
        """An empty row."""
        self.next_row(height)

    def section(self, section: Section) -> None:
        """Draw a table and a gap after it; a page may end between its rows."""
        heights = [_height(section.columns, row) for row in section.rows]
        details = [_detail_height(row.detail) for row in section.rows]
        whole = _HEADING + _HEADS + sum(heights) + sum(details) + _MORE * bool(section.more)
        self.keep(min(whole, _ROOM_TO_BEGIN))
        self.heading(section.title, section.note)
        if not section.rows:
            self.put(theme.FIRST, theme.LAST, section.empty, "empty")
            self.next_row(22.0)
        else:
            for column in section.columns:
                place = "first" if column.flush else column.align
                self.put(column.first, column.last, column.head, f"head {place}")
            self.next_row(_HEADS)
            for row, height, detail in zip(section.rows, heights, details, strict=True):
                last = row is section.rows[-1] and section.more
                self.keep(height + detail + (_MORE if last else 0.0))
                self._table_row(section.columns, row, height, detail)
        if section.more:
            self.put(theme.FIRST, theme.LAST, section.more, "more")
            self.next_row(_MORE)
        self.gap()

    def _table_row(self, columns: Sequence[Column], row: Row, height: float, detail: float) -> None:
        suffix = theme.OPEN if row.detail else ""
        for column, item in zip(columns, row.fields, strict=True):
            self.put(column.first, column.last, item.value, item.style + suffix, link=item.link)
        self.next_row(height)
        if row.detail:
            self.put(theme.FIRST, theme.DETAIL - 1, None, "detail")
            self.put(theme.DETAIL, theme.LAST, row.detail, "detail")
            self.next_row(detail)

    def layout(self, title: str, frozen_rows: int) -> Layout:
        """The finished layout, with every style of the theme that it uses."""
        used = {cell.style for cell in self.cells} | {h.style for h in self.highlights}
        return Layout(
            title=title,
            widths=theme.WIDTHS,
            cells=tuple(self.cells),
            styles={name: style for name, style in theme.STYLES.items() if name in used},
            heights=self.heights,
            charts=tuple(self.charts),
            highlights=tuple(self.highlights),
            frozen_rows=frozen_rows,
            breaks=tuple(self.breaks),
            tab_color=theme.NAVY,
        )


def span(first: int, last: int) -> float:
    """The width of the grid's columns `first` to `last` together."""
    return sum(theme.WIDTHS[first - 1 : last])


def _height(columns: Sequence[Column], row: Row) -> float:
    """The height in points at which no text of the row is cut."""
    needed = 1
    for column, item in zip(columns, row.fields, strict=True):
        style = theme.STYLES[item.style]
        if isinstance(item.value, str) and style.wrap:
            room = span(column.first, column.last)
            room -= _INDENT * style.indent
            needed = max(needed, lines(item.value, room, style.size, bold=style.bold))
    return needed * _LINE + _ROW_PADDING


def _detail_height(detail: str) -> float:
    if not detail:
        return 0.0
    return lines(detail, span(theme.DETAIL, theme.LAST), theme.STYLES["detail"].size) * _LINE + 6.0
