"""What every batchUpdate request needs: the book, and who is allowed to change what in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.sheets_service.a1 import Box
from tests.sheets_service.grid import Dimension, bounds
from tests.sheets_service.model import CELL_LIMIT, Book, CellKey, Json, Sheet, invalid
from tests.sheets_service.writing import PROTECTED, refuse_protected

_UNTYPED = "COLUMN_TYPE_UNSPECIFIED"


@dataclass(frozen=True)
class Work:
    """A batchUpdate that is being applied. No protection stops the `owner`."""

    book: Book
    owner: bool = False

    def guard(self, box: Box, keys: set[CellKey] | None = None) -> None:
        """Refuse where the box, or one of these cells in it, may not be edited."""
        if not self.owner:
            refuse_protected(self.book, box, keys)

    def guard_types(self, box: Box) -> None:
        """Refuse where the box holds records of a table's column that has a type.

        Google keeps number formats and validation of such a column to its type; nothing says that
        the header belongs to it.
        """
        sheet = box.sheet
        for table in sheet.tables:
            for column in table.get("columnProperties", []):
                if column.get("columnType", _UNTYPED) == _UNTYPED:
                    continue
                at = table["range"]["startColumnIndex"] + column.get("columnIndex", 0)
                top, bottom = table["range"]["startRowIndex"] + 1, table["range"]["endRowIndex"]
                if box.left <= at < box.right and box.top < bottom and top < box.bottom:
                    raise invalid("This operation is not allowed on cells in typed columns.")

    def guard_sheet(self, sheet: Sheet) -> None:
        """Refuse where anything of this tab is protected: it cannot be deleted."""
        if any(True for _ in self._protected(sheet)):
            raise invalid(PROTECTED)

    def guard_span(self, sheet: Sheet, dimension: Dimension, start: int, end: int) -> None:
        """Refuse where these rows or columns touch a protected range."""
        for area in self._protected(sheet):
            first, last = bounds(area, dimension)
            if start < last and first < end:
                raise invalid(PROTECTED)

    def guard_boundary(self, sheet: Sheet, dimension: Dimension, at: int) -> None:
        """Refuse where rows or columns put in here would widen a protected range."""
        for area in self._protected(sheet):
            first, last = bounds(area, dimension)
            if first < at < last or (first, last) == bounds({}, dimension):
                raise invalid(PROTECTED)

    def guard_properties(self, sheet: Sheet) -> None:
        """Refuse where the whole tab is protected: its name, size and place stay."""
        if any(
            bounds(a, "ROWS") == bounds(a, "COLUMNS") == bounds({}, "ROWS")
            for a in self._protected(sheet)
        ):
            raise invalid(PROTECTED)

    def room_for(self, cells: int) -> None:
        """Refuse where this many cells more do not fit into the spreadsheet."""
        if cells > 0 and sum(s.rows * s.columns for s in self.book.sheets) + cells > CELL_LIMIT:
            raise invalid(
                "This action would increase the number of cells in the workbook "
                f"above the limit of {CELL_LIMIT} cells."
            )

    def _protected(self, sheet: Sheet) -> Iterator[Json]:
        if self.owner:
            return
        for entry in sheet.protected_ranges:
            if not entry.get("warningOnly") and entry.get("requestingUserCanEdit") is False:
                yield protected_area(self.book, sheet, entry)


def protected_area(book: Book, sheet: Sheet, entry: Json) -> Json:
    """The GridRange that a ProtectedRange covers, also by its named range or table."""
    area: Json | None = entry.get("range")
    if area is None and "namedRangeId" in entry:
        named = entry["namedRangeId"]
        area = next((n["range"] for n in book.named_ranges if n["namedRangeId"] == named), None)
    if area is None and "tableId" in entry:
        table = entry["tableId"]
        area = next((t["range"] for t in sheet.tables if t["tableId"] == table), None)
    return area or {"sheetId": sheet.id}


Handler = Callable[[Work, Json], Json | None]
"""What applies a request of one kind; it answers what the reply holds, if anything."""
