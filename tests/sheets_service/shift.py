"""Where rows, columns and ranges of a tab are after cells were inserted, deleted or moved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise

from tests.sheets_service.a1 import Box
from tests.sheets_service.grid import FAR, Dimension, bounds, inside, is_open, with_bounds
from tests.sheets_service.model import Json


class Change(ABC):
    """What was done to the cells of a tab."""

    sheet: int

    @abstractmethod
    def area(self, area: Json) -> Json | None:
        """Where a GridRange of any tab is now; None where nothing of it is left."""

    def cell(self, at: Json) -> Json | None:
        """Where the cell of a GridCoordinate is now."""
        row, column = at.get("rowIndex", 0), at.get("columnIndex", 0)
        one = {
            "sheetId": at.get("sheetId", 0),
            "startRowIndex": row,
            "endRowIndex": row + 1,
            "startColumnIndex": column,
            "endColumnIndex": column + 1,
        }
        new = self.area(one)
        if new is None or new == one:
            return None if new is None else at
        return {
            "sheetId": new["sheetId"],
            "rowIndex": new["startRowIndex"],
            "columnIndex": new["startColumnIndex"],
        }


@dataclass(frozen=True)
class Shift(Change):
    """A change along one dimension. `band` limits it to some rows or columns of the other."""

    sheet: int
    dimension: Dimension
    band: tuple[int, int] | None = None

    @abstractmethod
    def index(self, index: int) -> int | None:
        """Where this row or column is now; None where it was deleted."""

    @abstractmethod
    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where these rows or columns are now; None where all of them were deleted.

        FAR stands for an end that is not bounded, -FAR for such a start.
        """

    def area(self, area: Json) -> Json | None:
        """Where a GridRange is now. One that the band does not hold as a whole stays."""
        if area.get("sheetId", 0) != self.sheet:
            return area
        if self.band is not None:
            first, last = bounds(area, "COLUMNS" if self.dimension == "ROWS" else "ROWS")
            if first < self.band[0] or last > self.band[1]:
                return area
        start, end = bounds(area, self.dimension)
        if is_open(area, self.dimension):
            start = -FAR
        new = self.span(start, end)
        if new is None:
            return None
        return area if new == (start, end) else with_bounds(area, self.dimension, *new)


@dataclass(frozen=True)
class Inserted(Shift):
    """`count` rows or columns were put in before index `at`."""

    at: int = 0
    count: int = 0

    def index(self, index: int) -> int:
        """See `Shift.index`."""
        return index if index < self.at else index + self.count

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A range grows when something is put into it, not when it is put beside it."""
        return self.index(start), end if end <= self.at or end == FAR else end + self.count


@dataclass(frozen=True)
class Deleted(Shift):
    """The rows or columns from `start` to `end` were taken out."""

    start: int = 0
    end: int = 0

    def index(self, index: int) -> int | None:
        """See `Shift.index`."""
        if self.start <= index < self.end:
            return None
        return index if index < self.start else index - (self.end - self.start)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """A range loses what was deleted of it."""
        first, last = self._edge(start), end if end == FAR else self._edge(end)
        return (first, last) if first < last else None

    def _edge(self, edge: int) -> int:
        return edge - max(0, min(edge, self.end) - self.start) if edge > self.start else edge


@dataclass(frozen=True)
class Moved(Shift):
    """The rows or columns from `start` to `end` were put before what stood at `to`."""

    start: int = 0
    end: int = 0
    to: int = 0

    def _blocks(self) -> tuple[int, int, int]:
        """The two neighbours that change places: where the first begins, the second, its end."""
        if self.to > self.end:
            return self.start, self.end, self.to
        if self.to < self.start:
            return self.to, self.start, self.end
        return self.start, self.start, self.start

    def index(self, index: int) -> int:
        """See `Shift.index`."""
        first, middle, last = self._blocks()
        if first <= index < middle:
            return index + last - middle
        return index - (middle - first) if middle <= index < last else index

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """A range stays with its cells while they lie together.

        Where they no longer do, it leaves what was moved out of it, and takes in what was moved
        into its middle.
        """
        first, middle, last = self._blocks()
        pieces: list[tuple[int, int]] = []
        for low, high in ((-FAR, first), (first, middle), (middle, last), (last, FAR)):
            low, high = max(low, start), min(high, end)
            if low < high:
                new = self.index(low)
                pieces.append((new, FAR if high == FAR else new + high - low))
        pieces.sort()
        if all(one[1] == other[0] for one, other in pairwise(pieces)):
            return (pieces[0][0], pieces[-1][1]) if pieces else (start, end)
        left = Deleted(self.sheet, self.dimension, None, self.start, self.end).span(start, end)
        if left is None:
            return None
        count = self.end - self.start
        to = self.to if self.to < self.start else self.to - count
        return Inserted(self.sheet, self.dimension, None, to, count).span(*left)


@dataclass(frozen=True)
class Relocated(Change):
    """A rectangle was cut out and pasted with its top left cell at `row`, `column` of a tab."""

    box: Box
    to: int
    row: int
    column: int

    @property
    def sheet(self) -> int:  # type: ignore[override]  # a value there, computed here
        """The tab it was cut out of."""
        return self.box.sheet.id

    def area(self, area: Json) -> Json | None:
        """A range that lies within the rectangle goes with it."""
        if not inside(area, self.box.grid_range()):
            return area
        moved = {"sheetId": self.to}
        for dimension, by in (
            ("ROWS", self.row - self.box.top),
            ("COLUMNS", self.column - self.box.left),
        ):
            start, end = bounds(area, dimension)  # type: ignore[arg-type]  # literals
            moved = with_bounds(moved, dimension, start + by, end + by)  # type: ignore[arg-type]
        return moved
