"""A workbook as it was read: tabs of plain values. Rows and columns are 1-based."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Literal


@dataclass(frozen=True)
class CellError:
    """The value of a cell that shows an error, such as `#N/A`."""

    code: str

    def __str__(self) -> str:
        return self.code


class Uncalculated(Enum):
    """The value of a formula cell that no program has calculated yet."""

    UNCALCULATED = "formula without a stored value"

    def __str__(self) -> str:
        return self.value


UNCALCULATED = Uncalculated.UNCALCULATED

Value = (
    str | float | int | bool | date | datetime | time | timedelta | CellError | Uncalculated | None
)


DateParts = Literal["month-year", "year", "day-month"]
"""What a date's number format shows of it where that is not the whole date."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        row, column = cell
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def __str__(self) -> str:
        first, last = cell_ref(self.top, self.left), cell_ref(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    def overlaps(self, other: Area) -> bool:
        """True if the two share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


@dataclass(frozen=True)
class TableRange:
    """An Excel table: `top` is its header row, `bottom` its last data row (no totals row)."""

    name: str
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class TabSnapshot:
    """One tab. `rows[0][0]` is the cell at row `top`, column `left`; an empty cell is None.

    `far` are cells (row, column) so far from all others that `rows` leaves them out.
    `rows` is dense: every row has the same length. `formulas` maps a column to the rows in which
    a formula stands. `generated` is the key of a tab that certsync made (`dashboard`), else None.

    `merges` are merged cells. `fills` are areas that one formula at their top left fills: nothing
    may be written inside. `occupied` are areas of other objects that own their cells, such as a
    pivot table, even where they are empty. `marks` maps a column that bears certsync's mark to the
    key of the owned column it is, whatever its header says now. `partial_dates` maps a column to
    the rows whose date shows less than a day, month and year, and to the parts that it shows.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    top: int = 1
    left: int = 1
    visible: bool = True
    frozen_rows: int = 0
    tables: tuple[TableRange, ...] = ()
    formulas: Mapping[int, Collection[int]] = field(default_factory=dict)
    generated: str | None = None
    far: tuple[tuple[int, int], ...] = ()
    merges: tuple[Area, ...] = ()
    fills: tuple[Area, ...] = ()
    occupied: tuple[Area, ...] = ()
    marks: Mapping[int, str] = field(default_factory=dict)
    partial_dates: Mapping[int, Mapping[int, DateParts]] = field(default_factory=dict)

    @property
    def bottom(self) -> int:
        """The last row with a value; `top - 1` for an empty tab."""
        return self.top + len(self.rows) - 1

    @property
    def right(self) -> int:
        """The last column with a value; `left - 1` for an empty tab."""
        return self.left + (len(self.rows[0]) if self.rows else 0) - 1

    def value(self, row: int, column: int) -> Value:
        """The value of one cell; None outside the used range."""
        if not (self.top <= row <= self.bottom and self.left <= column <= self.right):
            return None
        return self.rows[row - self.top][column - self.left]


@dataclass(frozen=True)
class Snapshot:
    """A workbook at one moment; `revision` names that moment to the store that read it.

    `stamps` maps the key of each generated tab to the stamp it carries (see `edits.TabEdit`).
    Values that a store gives as dates are right as they are; `epoch_1904` tells how to read a
    bare number in a date column. `timezone` (IANA) and `locale` (en_US) are the workbook's own;
    a file has neither.
    """

    name: str
    tabs: tuple[TabSnapshot, ...]
    revision: str
    stamps: Mapping[str, str] = field(default_factory=dict)
    epoch_1904: bool = False
    timezone: str | None = None
    locale: str | None = None

    def tab(self, name: str) -> TabSnapshot:
        """The tab of exactly this name. Raises KeyError."""
        for tab in self.tabs:
            if tab.name == name:
                return tab
        raise KeyError(name)


def column_letters(column: int) -> str:
    """1 -> A, 27 -> AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_ref(row: int, column: int) -> str:
    """(17, 6) -> F17."""
    return f"{column_letters(column)}{row}"
