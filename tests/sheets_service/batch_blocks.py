"""Blocks of cells copied, cut and pasted, put in and taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.sheets_service import a1, carried, grid, references
from tests.sheets_service.a1 import Box
from tests.sheets_service.batch_cells import within
from tests.sheets_service.batch_ranges import SPLIT
from tests.sheets_service.dimensions import Span, dimension_of, widen
from tests.sheets_service.grid import Dimension, bounds
from tests.sheets_service.model import EMPTY, Book, Cell, CellKey, Json, Sheet, invalid
from tests.sheets_service.shift import Deleted, Inserted, Relocated, Shift
from tests.sheets_service.work import Handler, Work

Paste = Callable[[Cell, Cell], Cell]
"""What stands there and what is pasted -> the cell afterwards."""


def _no_borders(old: Cell, new: Cell) -> Cell:
    style = {k: v for k, v in (new.format or {}).items() if k != "borders"}
    if borders := (old.format or {}).get("borders"):
        style["borders"] = borders
    return replace(new, format=style or None)


PASTES: dict[str, Paste] = {
    "PASTE_NORMAL": lambda _, new: new,
    "PASTE_VALUES": lambda old, new: replace(old, value=new.value, formula=None, runs=()),
    "PASTE_FORMAT": lambda old, new: replace(old, format=new.format),
    "PASTE_NO_BORDERS": _no_borders,
    "PASTE_FORMULA": lambda old, new: replace(
        old, value=new.value, formula=new.formula, runs=new.runs
    ),
    "PASTE_DATA_VALIDATION": lambda old, new: replace(old, validation=new.validation),
    "PASTE_CONDITIONAL_FORMATTING": lambda old, _: old,
}
_WITH_RULES = ("PASTE_NORMAL", "PASTE_FORMAT", "PASTE_NO_BORDERS", "PASTE_CONDITIONAL_FORMATTING")


def _paste(given: Json) -> tuple[str, Paste]:
    kind = given.get("pasteType", "PASTE_NORMAL")
    return kind, PASTES[kind]


def copy(work: Work, given: Json) -> None:
    """`copyPaste`: repeated where the destination is a multiple of the source."""
    source = grid.box(work.book, given.get("source", {}))
    target = grid.box(work.book, given.get("destination", {}))
    kind, paste = _paste(given)
    turned = given.get("pasteOrientation") == "TRANSPOSE"
    height, width = source.bottom - source.top, source.right - source.left
    if turned:
        height, width = width, height
    down, right = target.bottom - target.top, target.right - target.left
    rows = down if down % height == 0 else height
    columns = right if right % width == 0 else width
    sheet = target.sheet
    make_room(work, sheet, target.top + rows, target.left + columns)
    box = Box(sheet, target.top, target.top + rows, target.left, target.left + columns)
    work.guard(box)
    taken = {key: source.sheet.cells[key] for key in within(source)}
    for row in range(rows):
        for column in range(columns):
            across, along = (
                (column % width, row % height)
                if turned
                else (
                    row % height,
                    column % width,
                )
            )
            origin = source.top + across, source.left + along
            to = target.top + row, target.left + column
            new = taken.get(origin, EMPTY)
            if new.formula is not None:
                text = references.copied(new.formula, to[0] - origin[0], to[1] - origin[1])
                new = replace(new, formula=text)
            sheet.put(*to, paste(sheet.cell(*to), new))
    if kind in _WITH_RULES:
        _copy_rules(source, box)
    if kind == "PASTE_NORMAL" and not turned:
        _copy_merges(source, box)


def _copy_merges(source: Box, target: Box) -> None:
    whole = [m for m in source.sheet.merges if grid.inside(m, source.grid_range())]
    sheet, area = target.sheet, target.grid_range()
    sheet.merges = [m for m in sheet.merges if m in whole or not a1.overlaps(m, area)]
    for top, left in _tiles(source, target):
        for merge in whole:
            new = _translated(merge, source, sheet.id, top, left)
            if new not in sheet.merges:
                sheet.merges.append(new)


def _copy_rules(source: Box, target: Box) -> None:
    rules: list[Json] = []
    for rule in source.sheet.conditional_formats:
        shared = [s for area in rule["ranges"] if (s := _shared(area, source))]
        new = [
            _translated(area, source, target.sheet.id, top, left)
            for area in shared
            for top, left in _tiles(source, target)
        ]
        if target.sheet is source.sheet:
            extra = [area for area in new if not any(grid.inside(area, r) for r in rule["ranges"])]
            rules.append({**rule, "ranges": rule["ranges"] + extra})
        else:
            rules.append(rule)
            if new:
                target.sheet.conditional_formats.append({**rule, "ranges": new})
    source.sheet.conditional_formats = rules


def _tiles(source: Box, target: Box) -> Iterator[tuple[int, int]]:
    for top in range(target.top, target.bottom, source.bottom - source.top):
        for left in range(target.left, target.right, source.right - source.left):
            yield top, left


def _shared(area: Json, box: Box) -> Json | None:
    if not a1.overlaps(area, box.grid_range()):
        return None
    shared = box.grid_range()
    for dimension in ("ROWS", "COLUMNS"):
        (start, end), (first, last) = bounds(area, dimension), bounds(shared, dimension)
        shared = grid.with_bounds(shared, dimension, max(start, first), min(end, last))
    return shared


def _translated(area: Json, source: Box, sheet: int, top: int, left: int) -> Json:
    rows, columns = bounds(area, "ROWS"), bounds(area, "COLUMNS")
    down, right = top - source.top, left - source.left
    return {
        "sheetId": sheet,
        "startRowIndex": rows[0] + down,
        "endRowIndex": rows[1] + down,
        "startColumnIndex": columns[0] + right,
        "endColumnIndex": columns[1] + right,
    }


def cut(work: Work, given: Json) -> None:
    """`cutPaste`: the cells move, and what names them follows."""
    source = grid.box(work.book, given.get("source", {}))
    sheet, top, left = grid.coordinate(work.book, given.get("destination", {}))
    _kind, paste = _paste(given)
    height, width = source.bottom - source.top, source.right - source.left
    make_room(work, sheet, top + height, left + width)
    target = Box(sheet, top, top + height, left, left + width)
    _refuse_split(source.sheet, source.grid_range())
    work.guard(source)
    work.guard(target)
    taken = {key: source.sheet.cells.pop(key) for key in list(within(source))}
    for row in range(height):
        for column in range(width):
            new = taken.get((source.top + row, source.left + column), EMPTY)
            at = top + row, left + column
            sheet.put(*at, paste(sheet.cell(*at), new))
    moving = [m for m in source.sheet.merges if grid.inside(m, source.grid_range())]
    source.sheet.merges = [m for m in source.sheet.merges if m not in moving]
    sheet.merges = [m for m in sheet.merges if not a1.overlaps(m, target.grid_range())]
    sheet.merges += [_translated(m, source, sheet.id, top, left) for m in moving]
    carried.ranges(work.book, Relocated(source, sheet.id, top, left), merges=False)


def insert(work: Work, given: Json) -> None:
    """`insertRange`: the cells that stood there and behind go down or right."""
    box, dimension = grid.box(work.book, given.get("range", {})), _shift_dimension(given)
    sheet, start, end, band = _sides(box, dimension)
    work.guard(_behind(box, dimension))
    last = max((_along(key, dimension) for key in within(_behind(box, dimension))), default=-1)
    size = grid.size(sheet, dimension)
    if last >= start and last + end - start >= size:
        widen(work, Span(sheet, dimension, size, last + 1 + end - start))
    _apply(work.book, sheet, Inserted(sheet.id, dimension, band, start, end - start))


def delete(work: Work, given: Json) -> None:
    """`deleteRange`: the cells behind come up or left."""
    box, dimension = grid.box(work.book, given.get("range", {})), _shift_dimension(given)
    sheet, start, end, band = _sides(box, dimension)
    work.guard(_behind(box, dimension))
    _apply(work.book, sheet, Deleted(sheet.id, dimension, band, start, end))


def _apply(book: Book, sheet: Sheet, change: Shift) -> None:
    """Move the cells of the band, and what lies within the band as a whole."""
    assert change.band is not None
    first, last = change.band
    for merge in sheet.merges:
        low, high = bounds(merge, "COLUMNS" if change.dimension == "ROWS" else "ROWS")
        beyond = bounds(merge, change.dimension)[1] > _start(change)
        if beyond and low < last and first < high and not (first <= low and high <= last):
            raise invalid(SPLIT)
    moved: dict[CellKey, Cell] = {}
    rows = change.dimension == "ROWS"
    for key in list(sheet.cells):
        if not first <= key[1 if rows else 0] < last:
            continue
        to = change.index(key[0 if rows else 1])
        cell = sheet.cells.pop(key)
        if to is not None:
            moved[(to, key[1]) if rows else (key[0], to)] = cell
    sheet.cells.update(moved)
    carried.ranges(book, change)


def _start(change: Shift) -> int:
    return change.at if isinstance(change, Inserted) else getattr(change, "start", 0)


def _shift_dimension(given: Json) -> Dimension:
    return dimension_of(given, "shiftDimension")


def _sides(box: Box, dimension: Dimension) -> tuple[Sheet, int, int, tuple[int, int]]:
    rows, columns = (box.top, box.bottom), (box.left, box.right)
    (start, end), band = (rows, columns) if dimension == "ROWS" else (columns, rows)
    return box.sheet, start, end, band


def _behind(box: Box, dimension: Dimension) -> Box:
    """The box as far as the end of the grid."""
    if dimension == "ROWS":
        return replace(box, bottom=box.sheet.rows)
    return replace(box, right=box.sheet.columns)


def _along(key: CellKey, dimension: Dimension) -> int:
    return key[0 if dimension == "ROWS" else 1]


def _refuse_split(sheet: Sheet, area: Json) -> None:
    for merge in sheet.merges:
        if a1.overlaps(merge, area) and not grid.inside(merge, area):
            raise invalid(SPLIT)


def make_room(work: Work, sheet: Sheet, rows: int, columns: int) -> None:
    """Let the grid of a tab have at least so many rows and columns."""
    if rows > sheet.rows:
        widen(work, Span(sheet, "ROWS", sheet.rows, rows))
    if columns > sheet.columns:
        widen(work, Span(sheet, "COLUMNS", sheet.columns, columns))


REQUESTS: dict[str, Handler] = {
    "copyPaste": copy,
    "cutPaste": cut,
    "insertRange": insert,
    "deleteRange": delete,
}
