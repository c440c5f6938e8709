"""Rows of a range put in another order, and rows that stand twice taken out.

Only the cells of the range move: developer metadata, heights and hiding stay with their row. That
a sort leaves metadata of rows where it is, is our assumption: Google does not say.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from tests.sheets_service import a1, grid, references
from tests.sheets_service.a1 import Box
from tests.sheets_service.batch_cells import within
from tests.sheets_service.dimensions import span
from tests.sheets_service.model import EMPTY, Cell, CellError, CellKey, CellValue, Json, invalid
from tests.sheets_service.work import Handler, Work


def sort(work: Work, given: Json) -> None:
    """`sortRange`."""
    box = grid.box(work.book, given.get("range", {}))
    specs = given.get("sortSpecs", [])
    if not specs:
        raise invalid("Must specify at least one sort spec.")
    sort_box(work, box, specs)


def sort_box(work: Work, box: Box, specs: list[Json]) -> None:
    """Sort rows: numbers before text before booleans before errors, blank cells last.

    Rows that are equal in every spec keep their order.

    Raises:
        GoogleError: 400 for a spec outside of the range, or merged or protected cells.
    """
    order = list(range(box.top, box.bottom))
    for spec in reversed(specs):
        column = spec.get("dimensionIndex", 0)
        if not box.left <= column < box.right:
            raise invalid(f"Sort spec dimensionIndex[{column}] is outside of the sort range.")
        if any("olor" in name for name in spec):
            raise invalid("This service does not sort by colour.")
        down = spec.get("sortOrder") == "DESCENDING"
        keys = {row: sort_key(box.sheet.cell(row, column).value) for row in order}
        blanks = [row for row in order if keys[row] is None]
        filled = [row for row in order if keys[row] is not None]
        order = sorted(filled, key=lambda row: keys[row], reverse=down) + blanks
    reorder(work, box, order)


def sort_key(value: CellValue) -> Any:
    """Where a value stands among others; None for a blank cell."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return 2, int(value)
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, CellError):
        return 3, 0
    return 1, (value.casefold(), value)


def shuffle(work: Work, given: Json) -> None:
    """`randomizeRange`: the same book always gives the same order, so that tests can repeat it."""
    box = grid.box(work.book, given.get("range", {}))
    order = list(range(box.top, box.bottom))
    random.Random(f"{work.book.seed} {box.a1()}").shuffle(order)
    work.book.new_id()
    reorder(work, box, order)


def reorder(work: Work, box: Box, order: list[int]) -> None:
    """Put the rows of a box into this order; a formula changes as if it was copied."""
    sheet = box.sheet
    if any(a1.overlaps(merge, box.grid_range()) for merge in sheet.merges):
        raise invalid("You can't sort a range that has merged cells. Unmerge the cells first.")
    work.guard(box)
    to = {row: box.top + place for place, row in enumerate(order)}
    moved: dict[CellKey, Cell] = {}
    for row, column in list(within(box)):
        cell = sheet.cells.pop((row, column))
        if cell.formula is not None and to[row] != row:
            cell = replace(cell, formula=references.copied(cell.formula, to[row] - row, 0))
        moved[to[row], column] = cell
    sheet.cells.update(moved)


def delete_duplicates(work: Work, given: Json) -> Json:
    """`deleteDuplicates`: the first of equal rows stays, and the rest of the range moves up."""
    box = grid.box(work.book, given.get("range", {}))
    columns = set(range(box.left, box.right))
    if compared := given.get("comparisonColumns"):
        chosen = [span(work, {"sheetId": box.sheet.id, **one}) for one in compared]
        columns = {c for one in chosen for c in range(one.start, one.end)} & columns
    seen: set[tuple[Any, ...]] = set()
    kept: list[int] = []
    for row in range(box.top, box.bottom):
        key = tuple(_same(box.sheet.cell(row, column).value) for column in sorted(columns))
        if key not in seen:
            kept.append(row)
        seen.add(key)
    gone = [row for row in range(box.top, box.bottom) if row not in set(kept)]
    if gone:
        reorder(work, box, kept + gone)
        for row in range(box.bottom - len(gone), box.bottom):
            for column in range(box.left, box.right):
                box.sheet.put(row, column, EMPTY)
    return {"duplicatesRemovedCount": len(gone)} if gone else {}


def _same(value: CellValue) -> Any:
    return value.casefold() if isinstance(value, str) else (type(value) is bool, value)


REQUESTS: dict[str, Handler] = {
    "sortRange": sort,
    "randomizeRange": shuffle,
    "deleteDuplicates": delete_duplicates,
}
