"""Where values.append finds a table, and what it makes room for.

A table is a rectangle of filled cells with nothing around it. Of the tables that a range touches
the lowest one counts, and the first row behind it is written; without a table the range's start.
"""

from __future__ import annotations

from dataclasses import replace

from tests.sheets_service.a1 import Box
from tests.sheets_service.model import CELL_LIMIT, Book, invalid

Keys = set[tuple[int, int]]


def table(box: Box) -> Box | None:
    """The table within or around the cells of a range."""
    filled = {key for key, cell in box.sheet.cells.items() if not cell.blank}
    left = set(filled)
    found: list[Box] = []
    for key in sorted(filled):
        if key in left:
            region = _region(
                replace(box, top=key[0], bottom=key[0] + 1, left=key[1], right=key[1] + 1), filled
            )
            if region.area <= len(left):
                columns = range(region.left, region.right)
                left -= {(r, c) for r in range(region.top, region.bottom) for c in columns}
            else:
                left = {k for k in left if not _inside(k, region)}
            found.append(region)
    touched = [t for t in found if _touches(t, box)]
    return max(touched, key=lambda t: (t.bottom, t.right), default=None)


def grow(book: Book, box: Box) -> None:
    """Make the grid large enough for a box. Raises GoogleError beyond Google's limit of cells."""
    sheet = box.sheet
    rows, columns = max(sheet.rows, box.bottom), max(sheet.columns, box.right)
    others = sum(s.rows * s.columns for s in book.sheets if s is not sheet)
    if (rows, columns) != (sheet.rows, sheet.columns) and others + rows * columns > CELL_LIMIT:
        raise invalid(
            "This action would increase the number of cells in the workbook above the limit of "
            f"{CELL_LIMIT} cells."
        )
    sheet.rows, sheet.columns = rows, columns


def _region(box: Box, filled: Keys) -> Box:
    """The box, grown until nothing filled touches it, not even at a corner."""
    top, bottom, left, right = box.top, box.bottom, box.left, box.right
    grew = True
    while grew:
        before = (top, bottom, left, right)
        across = range(left - 1, right + 1)
        while any((bottom, column) in filled for column in across):
            bottom += 1
        while any((top - 1, column) in filled for column in across):
            top -= 1
        down = range(top - 1, bottom + 1)
        while any((row, right) in filled for row in down):
            right += 1
        while any((row, left - 1) in filled for row in down):
            left -= 1
        grew = (top, bottom, left, right) != before
    return replace(box, top=top, bottom=bottom, left=left, right=right)


def _inside(key: tuple[int, int], box: Box) -> bool:
    return box.top <= key[0] < box.bottom and box.left <= key[1] < box.right


def _touches(one: Box, other: Box) -> bool:
    rows = one.top < other.bottom and other.top < one.bottom
    return rows and one.left < other.right and other.left < one.right
