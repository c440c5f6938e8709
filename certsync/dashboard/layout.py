"""A generated tab as a value: cells with named styles, charts, widths. No Excel, no Google."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CellValue = str | int | float | date | datetime | None
Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Style:
    """How a cell looks. Colours are RRGGBB; sizes are points.

    A text too long for its cell runs on over empty cells beside it, unless it is wrapped or
    `clip` cuts it off at the edge.
    """

    size: float = 10
    bold: bool = False
    italic: bool = False
    color: str = "1F2937"
    fill: str | None = None
    align: Align = "left"
    wrap: bool = False
    number: str | None = None
    border: Literal["none", "bottom", "box"] = "none"
    border_color: str = "D1D5DB"
    underline: bool = False
    indent: int = 0
    top: bool = False
    clip: bool = False


@dataclass(frozen=True)
class Link:
    """A jump to a cell of the same workbook; an empty `tab` is the layout's own."""

    tab: str
    cell: str


@dataclass(frozen=True)
class Cell:
    """One cell, or a merged block of `across` columns and `down` rows. Rows and columns 1-based.

    `formula` (without `=`) is used in place of `value` by renderers that can calculate; `value`
    is then its result at the time of writing.
    """

    row: int
    column: int
    value: CellValue
    style: str
    across: int = 1
    down: int = 1
    link: Link | None = None
    formula: str | None = None


@dataclass(frozen=True)
class Range:
    """Cells of the layout's own tab, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Chart:
    """A chart over cells of the layout. `colors`: one RRGGBB a series, or a slice of a doughnut.

    It covers `rows` x `columns` cells from (`row`, `column`). `series` ranges are single columns
    whose first cell is the series' name.
    """

    kind: Literal["columns", "stacked", "doughnut"]
    title: str
    categories: Range
    series: tuple[Range, ...]
    colors: tuple[str, ...]
    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Highlight:
    """A conditional format: `style` shows where `formula` is true.

    The formula is written for the block's top left cell, as in Excel, without `=`.
    """

    block: Range
    formula: str
    style: str


@dataclass(frozen=True)
class Layout:
    """One generated tab, complete: two renderers given the same Layout show the same thing.

    It prints in landscape, one page wide; a new page begins before each row of `breaks`, and the
    rows of `repeated` (first and last) stand on top of each. `printed` is the part that prints,
    None for all of it. `filter` is a table with its header row, which people can filter and sort.
    """

    title: str
    widths: tuple[float, ...]
    cells: tuple[Cell, ...]
    styles: dict[str, Style]
    heights: dict[int, float]
    charts: tuple[Chart, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    frozen_rows: int = 0
    breaks: tuple[int, ...] = ()
    repeated: tuple[int, int] | None = None
    printed: Range | None = None
    filter: Range | None = None
    tab_color: str = "1F4E79"
    font: str = "Calibri"
