"""A rectangle of cells that grows where something is put outside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certsync.sheets.snapshot import Value


@dataclass
class Grid:
    """A rectangle of cells that can grow; `rows[0][0]` is the cell (`top`, `left`)."""

    rows: list[list[Value]]
    top: int = 1
    left: int = 1

    def put(self, values: Mapping[tuple[int, int], Value]) -> None:
        """Set single cells, also outside the rectangle."""
        if not values:
            return
        self._reach({row for row, _ in values}, {column for _, column in values})
        for (row, column), value in values.items():
            self.rows[row - self.top][column - self.left] = value

    def trim(self) -> None:
        """Drop empty rows and columns at the edges."""
        rows = self.rows
        while rows and rows[-1].count(None) == len(rows[-1]):
            rows.pop()
        first = next((i for i, row in enumerate(rows) if row.count(None) < len(row)), 0)
        rows = rows[first:]
        self.top += first
        width = len(rows[0]) if rows else 0
        end, start = width, 0
        while end and all(row[end - 1] is None for row in rows):
            end -= 1
        while start < end and all(row[start] is None for row in rows):
            start += 1
        if (start, end) != (0, width):
            rows = [row[start:end] for row in rows]
            self.left += start
        self.rows = rows

    def _reach(self, rows: set[int], columns: set[int]) -> None:
        if not self.rows:
            self.top, self.left = min(rows), min(columns)
        width = len(self.rows[0]) if self.rows else 0
        left, right = min(self.left, *columns), max(self.left + width - 1, *columns)
        before, behind = self.left - left, right - (self.left + width - 1)
        if before or behind:
            self.rows = [[None] * before + row + [None] * behind for row in self.rows]
        above = self.top - min(self.top, *rows)
        below = max(rows) - (self.top + len(self.rows) - 1)
        blank: list[Value] = [None] * (right - left + 1)
        self.rows = [blank[:] for _ in range(above)] + self.rows
        self.rows += [blank[:] for _ in range(below)]
        self.top, self.left = self.top - above, left
