"""Rows and columns: put in, taken out, moved, sized and hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tests.sheets_service import carried
from tests.sheets_service.grid import Dimension, bounds, size
from tests.sheets_service.masked import mask, updated
from tests.sheets_service.model import Cell, Json, Sheet, invalid
from tests.sheets_service.shift import Deleted, Inserted, Moved
from tests.sheets_service.work import Handler, Work

WORD: dict[Dimension, str] = {"ROWS": "row", "COLUMNS": "column"}


@dataclass(frozen=True)
class Span:
    """A DimensionRange with both ends, as far as it lies within the grid or was bounded."""

    sheet: Sheet
    dimension: Dimension
    start: int
    end: int

    @property
    def count(self) -> int:
        """How many rows or columns it has."""
        return self.end - self.start

    @property
    def word(self) -> str:
        """What they are called."""
        return WORD[self.dimension]


def span(work: Work, given: Json, *, bounded: bool = False) -> Span:
    """Read a DimensionRange.

    Raises:
        GoogleError: 400 for one that makes no sense, or is open where it must not be.
    """
    sheet = work.book.sheet(given.get("sheetId", 0))
    dimension = dimension_of(given)
    if bounded and ("endIndex" not in given):
        raise invalid("DimensionRange must have a startIndex and an endIndex")
    start, end = given.get("startIndex", 0), given.get("endIndex", size(sheet, dimension))
    if start < 0 or end < 0:
        raise invalid("DimensionRange indexes must be >= 0")
    if start >= end:
        raise invalid(f"DimensionRange.endIndex[{end}] must be after startIndex[{start}]")
    return Span(sheet, dimension, start, end)


def dimension_of(given: Json, name: str = "dimension") -> Dimension:
    """ROWS or COLUMNS. Raises GoogleError where a request says neither."""
    if given.get(name) not in ("ROWS", "COLUMNS"):
        raise invalid(f"No {name} specified.")
    return cast(Dimension, given[name])


def insert(work: Work, given: Json) -> None:
    """`insertDimension`."""
    put = span(work, given.get("range", {}), bounded=True)
    before, limit = bool(given.get("inheritFromBefore")), size(put.sheet, put.dimension)
    if before and put.start == 0:
        raise invalid("range.startIndex must be greater than 0 if inheritFromBefore is true.")
    if before and put.start > limit:
        raise invalid(
            f"range.startIndex must be less than or equal to the grid size ({limit}) "
            "if inheritFromBefore is true."
        )
    if not before and put.start >= limit:
        raise invalid(
            f"range.startIndex must be less than the grid size ({limit}) "
            "if inheritFromBefore is false."
        )
    work.guard_boundary(put.sheet, put.dimension, put.start)
    widen(work, put, like=put.start - 1 if before else put.start)


def widen(work: Work, put: Span, like: int | None = None) -> None:
    """Put in rows or columns that look like the one at index `like` did before."""
    sheet, rows = put.sheet, put.dimension == "ROWS"
    work.room_for(put.count * (sheet.columns if rows else sheet.rows))
    looks: list[tuple[int, Cell]] = []
    properties = sheet.row_properties if rows else sheet.column_properties
    pixels = properties.get(like, {}).get("pixelSize") if like is not None else None
    if like is not None:
        looks = [
            (key[1 if rows else 0], Cell(format=cell.format, validation=cell.validation))
            for key, cell in sheet.cells.items()
            if key[0 if rows else 1] == like and (cell.format or cell.validation)
        ]
    carried.shift(work.book, sheet, Inserted(sheet.id, put.dimension, None, put.start, put.count))
    _resize(sheet, put.dimension, put.count)
    properties = sheet.row_properties if rows else sheet.column_properties
    for index in range(put.start, put.end):
        if pixels is not None:
            properties[index] = {"pixelSize": pixels}
        for across, cell in looks:
            sheet.cells[(index, across) if rows else (across, index)] = cell


def delete(work: Work, given: Json) -> None:
    """`deleteDimension`."""
    gone = span(work, given.get("range", {}))
    sheet, limit = gone.sheet, size(gone.sheet, gone.dimension)
    if gone.end > limit:
        raise invalid(
            f"Cannot delete a {gone.word} that doesn't exist. Tried to delete {gone.word} index "
            f"{gone.end - 1} but there are only {limit} {gone.word}s."
        )
    if gone.count == limit:
        raise invalid(f"You can't delete all the {gone.word}s on the sheet.")
    frozen = sheet.frozen_rows if gone.dimension == "ROWS" else sheet.frozen_columns
    if gone.start <= frozen and gone.end == limit:
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {gone.word}s.")
    work.guard_span(sheet, gone.dimension, gone.start, gone.end)
    remove(work, gone)


def remove(work: Work, gone: Span) -> None:
    """Take out rows or columns, and all that hangs on them."""
    change = Deleted(gone.sheet.id, gone.dimension, None, gone.start, gone.end)
    carried.shift(work.book, gone.sheet, change)
    _resize(gone.sheet, gone.dimension, -gone.count)


def append(work: Work, given: Json) -> None:
    """`appendDimension`."""
    sheet, dimension = work.book.sheet(given.get("sheetId", 0)), dimension_of(given)
    length = given.get("length", 0)
    if length <= 0:
        raise invalid("length must be greater than 0")
    work.guard_properties(sheet)
    work.room_for(length * (sheet.columns if dimension == "ROWS" else sheet.rows))
    _resize(sheet, dimension, length)


def move(work: Work, given: Json) -> None:
    """`moveDimension`."""
    source = span(work, given.get("source", {}))
    sheet, limit, to = (
        source.sheet,
        size(source.sheet, source.dimension),
        given.get("destinationIndex", 0),
    )
    if source.end > limit:
        raise invalid(
            f"Cannot move a {source.word} that doesn't exist. Tried to move {source.word} index "
            f"{source.end - 1} but there are only {limit} {source.word}s."
        )
    if not 0 <= to <= limit:
        raise invalid(f"destinationIndex[{to}] is after last {source.word} in grid[{limit - 1}]")
    if source.start <= to <= source.end:
        return
    for merge in sheet.merges:
        first, last = bounds(merge, source.dimension)
        touched = first < source.end and source.start < last
        whole = source.start <= first and last <= source.end
        if (touched and not whole) or first < to < last:
            raise invalid(
                f"The {source.word}s cannot be moved, because that would split merged cells."
            )
    work.guard_span(sheet, source.dimension, source.start, source.end)
    work.guard_boundary(sheet, source.dimension, to)
    change = Moved(sheet.id, source.dimension, None, source.start, source.end, to)
    carried.shift(work.book, sheet, change)


def update(work: Work, given: Json) -> None:
    """`updateDimensionProperties`."""
    changed = span(work, given.get("range", {}))
    sheet, limit = changed.sheet, size(changed.sheet, changed.dimension)
    tree = mask(given, "DimensionProperties")
    _within(changed, limit)
    work.guard_properties(sheet)
    properties = sheet.row_properties if changed.dimension == "ROWS" else sheet.column_properties
    new = {k: v for k, v in given.get("properties", {}).items() if k in _SETTABLE}
    for index in range(changed.start, min(changed.end, limit)):
        one = updated(properties.get(index, {}), new, tree, fields=_SETTABLE)
        if not one.get("hiddenByUser"):
            one.pop("hiddenByUser", None)
        if one:
            properties[index] = one
        else:
            properties.pop(index, None)
    if sum(bool(p.get("hiddenByUser")) for p in properties.values()) == limit:
        raise invalid(f"You can't hide all the {changed.word}s on the sheet.")


_SETTABLE = ("hiddenByUser", "pixelSize")


def fit(work: Work, given: Json) -> None:
    """`autoResizeDimensions`: a column as wide as its longest text, a row as high as one line."""
    changed = span(work, given.get("dimensions", {}))
    limit = size(changed.sheet, changed.dimension)
    _within(changed, limit)
    sheet = changed.sheet
    if changed.dimension == "ROWS":
        for index in range(changed.start, min(changed.end, limit)):
            rest = {
                k: v for k, v in sheet.row_properties.get(index, {}).items() if k != "pixelSize"
            }
            sheet.row_properties[index] = {**rest, "pixelSize": 21}
        return
    longest: dict[int, int] = {}
    for (_, column), cell in sheet.cells.items():
        if changed.start <= column < changed.end and cell.value is not None:
            longest[column] = max(longest.get(column, 0), len(str(cell.value)))
    for column, length in longest.items():
        old = sheet.column_properties.get(column, {})
        sheet.column_properties[column] = {**old, "pixelSize": 10 + 7 * length}


def _within(changed: Span, limit: int) -> None:
    if changed.start >= limit:
        raise invalid(
            f"DimensionRange.startIndex[{changed.start}] is after last {changed.word} "
            f"in grid[{limit - 1}]"
        )


def _resize(sheet: Sheet, dimension: Dimension, by: int) -> None:
    if dimension == "ROWS":
        sheet.rows += by
    else:
        sheet.columns += by


REQUESTS: dict[str, Handler] = {
    "insertDimension": insert,
    "deleteDimension": delete,
    "appendDimension": append,
    "moveDimension": move,
    "updateDimensionProperties": update,
    "autoResizeDimensions": fit,
}
