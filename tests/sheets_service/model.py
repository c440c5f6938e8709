"""A spreadsheet as the service holds it. Rows and columns are 0-based, ranges half open.

Nothing that stands in a book is changed in place: cells are frozen, and the dicts in Google's form
(formats, charts, rules) are replaced as a whole. So `Book.copy` is shallow, and a request that
fails halfway leaves the book it began with as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, Literal

Json = dict[str, Any]
CellKey = tuple[int, int]

CELL_LIMIT, TEXT_LIMIT = 10_000_000, 50_000

NOW = datetime(2026, 11, 23, 9, 30)
"""The moment in which a book lives that was given no other."""


class GoogleError(Exception):
    """A refusal in Google's form, such as 400 INVALID_ARGUMENT; the server turns it to JSON."""

    def __init__(
        self, code: int, status: str, message: str, details: list[Json] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.message, self.details = code, status, message, details or []

    def body(self) -> Json:
        """The body of the answer."""
        error: Json = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str, details: list[Json] | None = None) -> GoogleError:
    """400 INVALID_ARGUMENT with this message."""
    return GoogleError(400, "INVALID_ARGUMENT", message, details)


@dataclass(frozen=True)
class CellError:
    """An error a cell shows: Google's name of its kind and what stands in the cell."""

    type: str
    text: str
    message: str = ""


CellValue = bool | int | float | str | CellError | None
"""What a cell shows. A date is its serial number with a date format, as in Google Sheets."""


@dataclass(frozen=True)
class Cell:
    """One cell. `formula` begins with `=` and `value` is its result.

    `format` is the userEnteredFormat, `validation` the dataValidation rule, `runs` the
    textFormatRuns, all in Google's form.
    """

    value: CellValue = None
    formula: str | None = None
    format: Mapping[str, Any] | None = None
    note: str = ""
    validation: Mapping[str, Any] | None = None
    runs: tuple[Mapping[str, Any], ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing was entered: a format alone does not count."""
        return self.value is None and self.formula is None


EMPTY = Cell()

Place = Literal["spreadsheet", "sheet", "row", "column"]


@dataclass(frozen=True)
class Metadata:
    """A piece of developer metadata and what it hangs on; `index` for a row or column."""

    id: int
    key: str
    value: str | None
    visibility: Literal["DOCUMENT", "PROJECT"]
    place: Place
    sheet: int | None = None
    index: int | None = None


@dataclass
class Sheet:
    """One tab. `rows` and `columns` are the size of its grid.

    `row_properties` and `column_properties` hold DimensionProperties (pixelSize, hiddenByUser)
    by index. Everything from `merges` on is in Google's form; a GridRange in it always carries
    its sheetId.
    """

    id: int
    title: str
    rows: int = 1000
    columns: int = 26
    cells: dict[CellKey, Cell] = field(default_factory=dict)
    hidden: bool = False
    frozen_rows: int = 0
    frozen_columns: int = 0
    hide_gridlines: bool = False
    right_to_left: bool = False
    tab_color: Json | None = None
    row_properties: dict[int, Json] = field(default_factory=dict)
    column_properties: dict[int, Json] = field(default_factory=dict)
    merges: list[Json] = field(default_factory=list)
    conditional_formats: list[Json] = field(default_factory=list)
    charts: list[Json] = field(default_factory=list)
    protected_ranges: list[Json] = field(default_factory=list)
    banded_ranges: list[Json] = field(default_factory=list)
    tables: list[Json] = field(default_factory=list)
    basic_filter: Json | None = None
    filter_views: list[Json] = field(default_factory=list)
    dimension_groups: list[Json] = field(default_factory=list)

    def copy(self) -> Sheet:
        """An independent copy, as long as nothing that stands in it is changed in place."""
        return replace(
            self,
            cells=dict(self.cells),
            row_properties=dict(self.row_properties),
            column_properties=dict(self.column_properties),
            merges=list(self.merges),
            conditional_formats=list(self.conditional_formats),
            charts=list(self.charts),
            protected_ranges=list(self.protected_ranges),
            banded_ranges=list(self.banded_ranges),
            tables=list(self.tables),
            filter_views=list(self.filter_views),
            dimension_groups=list(self.dimension_groups),
        )

    def cell(self, row: int, column: int) -> Cell:
        """The cell there; an empty one where nothing stands."""
        return self.cells.get((row, column), EMPTY)

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Set a cell; an empty one takes no room."""
        if cell == EMPTY:
            self.cells.pop((row, column), None)
        else:
            self.cells[row, column] = cell

    def used(self) -> tuple[int, int]:
        """How many rows and columns reach from A1 to the last cell that is not blank."""
        rows = columns = 0
        for (row, column), cell in self.cells.items():
            if not cell.blank:
                rows, columns = max(rows, row + 1), max(columns, column + 1)
        return rows, columns


@dataclass
class Book:
    """A spreadsheet.

    `named_ranges` are in Google's form; `seed` makes the next id; `now` is what NOW and TODAY say
    to everybody who looks, in the book's own time zone.
    """

    id: str
    title: str
    locale: str = "en_US"
    timezone: str = "Etc/GMT"
    sheets: list[Sheet] = field(default_factory=list)
    metadata: list[Metadata] = field(default_factory=list)
    named_ranges: list[Json] = field(default_factory=list)
    seed: int = 1_000_000
    now: datetime = NOW

    def copy(self) -> Book:
        """An independent copy; see `Sheet.copy`."""
        return replace(
            self,
            sheets=[sheet.copy() for sheet in self.sheets],
            metadata=list(self.metadata),
            named_ranges=list(self.named_ranges),
        )

    def sheet(self, sheet_id: int) -> Sheet:
        """The tab of this id. Raises GoogleError as Google does for an unknown one."""
        for sheet in self.sheets:
            if sheet.id == sheet_id:
                return sheet
        raise invalid(f"No grid with id: {sheet_id}")

    def titled(self, title: str) -> Sheet | None:
        """The tab of this title, compared as Google does: without case."""
        return next((s for s in self.sheets if s.title.casefold() == title.casefold()), None)

    def new_id(self) -> int:
        """An id that nothing in this book has."""
        taken = {sheet.id for sheet in self.sheets} | {m.id for m in self.metadata}
        self.seed = next(n for n in count(self.seed + 7919) if n not in taken)
        return self.seed

    def attached(self, sheet: int, place: Place, index: int | None = None) -> Iterator[Metadata]:
        """Developer metadata of a tab, row or column."""
        for piece in self.metadata:
            if (piece.sheet, piece.place, piece.index) == (sheet, place, index):
                yield piece


_LETTERS = re.compile(r"[A-Za-z]+")


def column_letters(column: int) -> str:
    """0 -> A, 26 -> AA."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A -> 0, AA -> 26. Raises ValueError for anything but letters."""
    if not _LETTERS.fullmatch(letters):
        raise ValueError(letters)
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
