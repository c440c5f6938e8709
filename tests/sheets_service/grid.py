"""GridRanges: their sides, their part within a grid, and objects that hold some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from tests.sheets_service.a1 import Box
from tests.sheets_service.model import Book, Json, Sheet, invalid

Dimension = Literal["ROWS", "COLUMNS"]

FAR = 1 << 40
"""Where a side ends that is not bounded."""

_SIDES = {
    "ROWS": ("startRowIndex", "endRowIndex"),
    "COLUMNS": ("startColumnIndex", "endColumnIndex"),
}
_WORDS = {"ROWS": ("row", "rowIndex"), "COLUMNS": ("column", "columnIndex")}
_HOLDS_RANGES = frozenset({"range", "ranges", "sources", "unprotectedRanges", "sourceRanges"})
_HOLDS_CELLS = frozenset({"anchorCell"})


def bounds(area: Json, dimension: Dimension) -> tuple[int, int]:
    """First and end index along a dimension; 0 and FAR where it is not bounded."""
    start, end = _SIDES[dimension]
    return area.get(start, 0), area.get(end, FAR)


def is_open(area: Json, dimension: Dimension) -> bool:
    """Whether a range has no first index along a dimension."""
    return _SIDES[dimension][0] not in area


def with_bounds(area: Json, dimension: Dimension, start: int, end: int) -> Json:
    """The range with other bounds; those of FAR and -FAR stay open."""
    first, last = _SIDES[dimension]
    changed = dict(area)
    if start > -FAR:
        changed[first] = start
    if end < FAR:
        changed[last] = end
    return changed


def size(sheet: Sheet, dimension: Dimension) -> int:
    """How many rows or columns the grid of a tab has."""
    return sheet.rows if dimension == "ROWS" else sheet.columns


def box(book: Book, area: Json) -> Box:
    """The part of a GridRange that lies within its grid.

    Raises:
        GoogleError: 400 where the range begins beyond the grid or ends before it begins.
    """
    sheet = book.sheet(area.get("sheetId", 0))
    sides: list[int] = []
    for dimension in ("ROWS", "COLUMNS"):
        start, end = bounds(area, dimension)
        first, last = _SIDES[dimension]
        limit = size(sheet, dimension)
        if start < 0 or end < 0:
            raise invalid("GridRange indexes must be >= 0")
        if start >= limit:
            word = _WORDS[dimension][0]
            raise invalid(f"GridRange.{first}[{start}] is after last {word} in grid[{limit - 1}]")
        if end <= start:
            raise invalid(f"GridRange.{last}[{end}] must be after {first}[{start}]")
        sides += [start, min(end, limit)]
    return Box(sheet, *sides)


def coordinate(book: Book, at: Json) -> tuple[Sheet, int, int]:
    """Tab, row and column of a GridCoordinate. Raises GoogleError for one beyond the grid."""
    sheet = book.sheet(at.get("sheetId", 0))
    for dimension in ("ROWS", "COLUMNS"):
        word, name = _WORDS[dimension]
        index, limit = at.get(name, 0), size(sheet, dimension)
        if index >= limit:
            raise invalid(
                f"GridCoordinate.{name}[{index}] is after last {word} in grid[{limit - 1}]"
            )
    return sheet, at.get("rowIndex", 0), at.get("columnIndex", 0)


def stored(book: Book, area: Json) -> Json:
    """A GridRange of a request as a book keeps it: with its tab, and within its grid."""
    found = box(book, area)
    kept = {"sheetId": found.sheet.id, **area}
    for dimension in ("ROWS", "COLUMNS"):
        end, limit = _SIDES[dimension][1], size(found.sheet, dimension)
        if end in kept:
            kept[end] = min(kept[end], limit)
    return kept


def filled(book: Book, area: Json) -> Json:
    """A GridRange with all four sides, as Google answers a filter's or a table's."""
    return box(book, area).grid_range()


def inside(area: Json, of: Json) -> bool:
    """Whether a GridRange lies within another of the same tab."""
    if area.get("sheetId", 0) != of.get("sheetId", 0):
        return False
    for dimension in ("ROWS", "COLUMNS"):
        (start, end), (first, last) = bounds(area, dimension), bounds(of, dimension)
        if start < first or end > last:
            return False
    return True


def through(
    value: Any, ranges: Callable[[Json], Json | None], cells: Callable[[Json], Json | None]
) -> Any:
    """An object with each GridRange and GridCoordinate in it replaced; None removes a range."""
    if isinstance(value, list):
        return [through(item, ranges, cells) for item in value]
    if not isinstance(value, dict):
        return value
    changed: Json = {}
    for name, item in value.items():
        if name in _HOLDS_RANGES and isinstance(item, list):
            changed[name] = [new for area in item if (new := ranges(area)) is not None]
        elif name in _HOLDS_RANGES and isinstance(item, dict):
            if (new := ranges(item)) is not None:
                changed[name] = new
        elif name in _HOLDS_CELLS and isinstance(item, dict):
            changed[name] = cells(item) or item
        else:
            changed[name] = through(item, ranges, cells)
    return changed


def with_sheet_ids(value: Json) -> Json:
    """An object whose GridRanges name their tab: a request may leave out the id 0."""

    def named(area: Json) -> Json:
        return {"sheetId": 0, **area}

    changed: Json = through(value, named, named)
    return changed
