"""Cells written, repeated and appended; their validation and borders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.sheets_service import grid
from tests.sheets_service.a1 import Box
from tests.sheets_service.celldata import Fields, stepped
from tests.sheets_service.dimensions import Span, widen
from tests.sheets_service.model import (
    EMPTY,
    Book,
    Cell,
    CellKey,
    Json,
    Sheet,
    invalid,
)
from tests.sheets_service.work import Handler, Work


def update(work: Work, given: Json) -> None:
    """`updateCells`: at `start` only the cells in `rows`, in a `range` also clear the others."""
    fields, rows = Fields.of(given), given.get("rows", [])
    if ("range" in given) == ("start" in given):
        raise invalid("Exactly one of start and range must be set.")
    if "start" in given:
        sheet, top, left = grid.coordinate(work.book, given["start"])
        box = Box(sheet, top, sheet.rows, left, sheet.columns)
    else:
        box = grid.box(work.book, given["range"])
        sheet, top, left = box.sheet, box.top, box.left
    wanted = {
        (top + down, left + right): cell
        for down, row in enumerate(rows)
        for right, cell in enumerate(row.get("values", []))
    }
    for row, column in wanted:
        if row >= box.bottom:
            raise invalid(
                f"Attempting to write row: {row}, beyond the last requested row of: "
                f"{box.bottom - 1}"
            )
        if column >= box.right:
            raise invalid(
                f"Attempting to write column: {column}, beyond the last requested column of: "
                f"{box.right - 1}"
            )
    if "range" in given:
        work.guard(box)
        for key in list(within(box)):
            if key not in wanted:
                sheet.put(*key, fields.clear(sheet.cells[key]))
    elif wanted:
        work.guard(_around(sheet, wanted), set(wanted))
    write(work.book, sheet, fields, wanted)


def write(book: Book, sheet: Sheet, fields: Fields, wanted: dict[CellKey, Json]) -> None:
    """Write CellData; a value for a cell that a merge covers is dropped."""
    covered = hidden_by_merges(sheet)
    for key, new in wanted.items():
        sheet.put(*key, fields.put(book, sheet, sheet.cell(*key), new, value=key not in covered))


def repeat(work: Work, given: Json) -> None:
    """`repeatCell`."""
    fields, box = Fields.of(given), grid.box(work.book, given.get("range", {}))
    sheet, new, book = box.sheet, given.get("cell", {}), work.book
    work.guard(box)
    if fields.typed:
        work.guard_types(box)
    steps = fields.value and "formulaValue" in (new.get("userEnteredValue") or {})
    covered = hidden_by_merges(sheet) if fields.value else set()
    fresh = fields.put(book, sheet, EMPTY, new)
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            old = sheet.cells.get((row, column), EMPTY)
            if old is EMPTY and not steps and (row, column) not in covered:
                sheet.put(row, column, fresh)
                continue
            cell = stepped(new, row - box.top, column - box.left) if steps else new
            shown = (row, column) not in covered
            sheet.put(row, column, fields.put(book, sheet, old, cell, value=shown))


def append(work: Work, given: Json) -> None:
    """`appendCells`: below the last row that holds something, or below a table's last row."""
    fields, rows = Fields.of(given), given.get("rows", [])
    if not rows:
        return
    if given.get("tableId"):
        sheet, top, left = _below_table(work, given["tableId"], len(rows))
    else:
        sheet = work.book.sheet(given.get("sheetId", 0))
        top, left = sheet.used()[0], 0
        if top + len(rows) > sheet.rows:
            work.guard_properties(sheet)
            widen(work, Span(sheet, "ROWS", sheet.rows, top + len(rows)))
    wanted = {
        (top + down, left + right): cell
        for down, row in enumerate(rows)
        for right, cell in enumerate(row.get("values", []))
    }
    for _, column in wanted:
        if column >= sheet.columns:
            raise invalid(
                f"Attempting to write column: {column}, beyond the last requested column of: "
                f"{sheet.columns - 1}"
            )
    if wanted:
        work.guard(_around(sheet, wanted), set(wanted))
    write(work.book, sheet, fields, wanted)


def _below_table(work: Work, table_id: str, count: int) -> tuple[Sheet, int, int]:
    for sheet in work.book.sheets:
        for place, table in enumerate(sheet.tables):
            if table["tableId"] == table_id:
                area = table["range"]
                end = area["endRowIndex"]
                work.guard_boundary(sheet, "ROWS", end)
                widen(work, Span(sheet, "ROWS", end, end + count))
                wider = {**area, "endRowIndex": end + count}
                sheet.tables[place] = {**sheet.tables[place], "range": wider}
                return sheet, end, area["startColumnIndex"]
    raise invalid(f"No table with id: {table_id}")


def validate(work: Work, given: Json) -> None:
    """`setDataValidation`: without a rule it is cleared."""
    box, rule = grid.box(work.book, given.get("range", {})), given.get("rule") or None
    work.guard(box)
    work.guard_types(box)
    sheet = box.sheet
    fresh = Cell(validation=rule)
    keys = _all(box) if rule else list(within(box))
    for key in keys:
        old = sheet.cells.get(key, EMPTY)
        sheet.put(*key, fresh if old is EMPTY else replace(old, validation=rule))


_OUTER = ("top", "bottom", "left", "right")


def borders(work: Work, given: Json) -> None:
    """`updateBorders`: a side that the request does not name stays."""
    box = grid.box(work.book, given.get("range", {}))
    work.guard(box)
    named = {side: given[side] for side in (*_OUTER, *_INNER) if side in given}
    for row, column in _all(box):
        changed: Json = {}
        for side, border in named.items():
            for edge in _edges(side, row, column, box):
                changed[edge] = None if border.get("style") == "NONE" else border
        if changed:
            cell = box.sheet.cell(row, column)
            style = dict(cell.format or {})
            kept = {**style.get("borders", {}), **changed}
            style["borders"] = {edge: line for edge, line in kept.items() if line}
            if not style["borders"]:
                del style["borders"]
            box.sheet.put(row, column, replace(cell, format=style or None))


_INNER = ("innerHorizontal", "innerVertical")


def _edges(side: str, row: int, column: int, box: Box) -> Iterator[str]:
    """Which edges of this cell a border of the whole range is."""
    last_row, last_column = box.bottom - 1, box.right - 1
    rules: dict[str, tuple[tuple[bool, str], ...]] = {
        "top": ((row == box.top, "top"),),
        "bottom": ((row == last_row, "bottom"),),
        "left": ((column == box.left, "left"),),
        "right": ((column == last_column, "right"),),
        "innerHorizontal": ((row > box.top, "top"), (row < last_row, "bottom")),
        "innerVertical": ((column > box.left, "left"), (column < last_column, "right")),
    }
    for holds, edge in rules[side]:
        if holds:
            yield edge


def within(box: Box) -> Iterator[CellKey]:
    """The cells of a box that are not empty."""
    cells = box.sheet.cells
    if box.area < len(cells):
        return (key for key in _all(box) if key in cells)
    return (
        key for key in cells if box.top <= key[0] < box.bottom and box.left <= key[1] < box.right
    )


def _all(box: Box) -> Iterator[CellKey]:
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            yield row, column


def hidden_by_merges(sheet: Sheet) -> set[CellKey]:
    """The cells that a merge covers: all of it but the first."""
    covered: set[CellKey] = set()
    for merge in sheet.merges:
        top, left = merge["startRowIndex"], merge["startColumnIndex"]
        rows, columns = range(top, merge["endRowIndex"]), range(left, merge["endColumnIndex"])
        covered |= {(row, column) for row in rows for column in columns} - {(top, left)}
    return covered


def _around(sheet: Sheet, keys: Any) -> Box:
    rows, columns = [key[0] for key in keys], [key[1] for key in keys]
    return Box(sheet, min(rows), max(rows) + 1, min(columns), max(columns) + 1)


REQUESTS: dict[str, Handler] = {
    "updateCells": update,
    "repeatCell": repeat,
    "appendCells": append,
    "setDataValidation": validate,
    "updateBorders": borders,
}
