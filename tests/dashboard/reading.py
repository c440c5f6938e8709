"""A layout as a person reads it: the table under a heading, as rows of values."""

from __future__ import annotations

from certsync.dashboard.layout import Cell, CellValue, Layout


def section(layout: Layout, title: str) -> list[list[Cell]]:
    """The rows below a heading, its column heads first, up to the next empty row."""
    top = next(c.row for c in layout.cells if c.value == title and c.style == "heading")
    rows: dict[int, list[Cell]] = {}
    for cell in layout.cells:
        if cell.row > top:
            rows.setdefault(cell.row, []).append(cell)
    found = []
    row = top + 1
    while row in rows:
        found.append(rows[row])
        row += 1
    return found


def values(layout: Layout, title: str) -> list[list[CellValue]]:
    """The values of `section`, without its column heads."""
    return [[cell.value for cell in row] for row in section(layout, title)[1:]]


def sentence(layout: Layout, title: str) -> CellValue:
    """What an empty section says."""
    return section(layout, title)[0][0].value
