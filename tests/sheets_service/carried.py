"""What goes along when cells of a tab are inserted, deleted or moved: all that names them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.sheets_service import references
from tests.sheets_service.entry import error
from tests.sheets_service.grid import through
from tests.sheets_service.model import Book, Cell, CellKey, Json, Metadata, Sheet
from tests.sheets_service.shift import Change, Deleted, Inserted, Shift

Rewrite = Callable[[str, int], str]
"""A formula and the tab it stands in -> how it reads now."""

_LISTS = (
    "merges",
    "conditional_formats",
    "charts",
    "protected_ranges",
    "banded_ranges",
    "tables",
    "filter_views",
)


def shift(book: Book, sheet: Sheet, change: Shift) -> None:
    """Whole rows or columns changed: take along their cells and everything that names them.

    The size of the grid is left to the caller.
    """
    rows = change.dimension == "ROWS"
    sheet.cells = _cells(sheet.cells, change)
    name = "row_properties" if rows else "column_properties"
    setattr(sheet, name, _by_index(getattr(sheet, name), change))
    setattr(sheet, "frozen_rows" if rows else "frozen_columns", _frozen(sheet, change))
    book.metadata = [
        new for piece in book.metadata if (new := _metadata(piece, change)) is not None
    ]
    groups = [_group(group, change) for group in sheet.dimension_groups]
    sheet.dimension_groups = [group for group in groups if group is not None]
    if not rows:
        sheet.tables = [_table(table, change) for table in sheet.tables]
        sheet.basic_filter = sheet.basic_filter and _filter_columns(sheet.basic_filter, change)
        sheet.filter_views = [_filter_columns(view, change) for view in sheet.filter_views]
    ranges(book, change)


def ranges(book: Book, change: Change, *, merges: bool = True) -> None:
    """Ranges, anchors and formulas that name cells of the tab follow them.

    Without `merges` those stay: the caller moved them.
    """
    for sheet in book.sheets:
        for name in _LISTS if merges else _LISTS[1:]:
            setattr(sheet, name, _objects(getattr(sheet, name), change, name))
        if sheet.basic_filter is not None:
            sheet.basic_filter = next(iter(_objects([sheet.basic_filter], change, "")), None)
    book.named_ranges = _objects(book.named_ranges, change, "")
    ids = {sheet.title.casefold(): sheet.id for sheet in book.sheets}
    titles = {sheet.id: sheet.title for sheet in book.sheets}

    def rewrite(formula: str, own: int) -> str:
        return references.carried(formula, own, ids, change.area, titles)

    formulas(book, rewrite)


def forget(book: Book, gone: int) -> None:
    """A tab was deleted: ranges of other tabs and of the book that lay on it go."""

    def left(area: Json) -> Json | None:
        return None if area.get("sheetId", 0) == gone else area

    for sheet in book.sheets:
        sheet.charts = [through(chart, left, lambda at: at) for chart in sheet.charts]
    book.named_ranges = [named for named in book.named_ranges if left(named["range"])]


def formulas(book: Book, rewrite: Rewrite) -> None:
    """Rewrite every formula: in cells, and in the conditions of rules and filters."""
    for sheet in book.sheets:
        own, conditions = sheet.id, _Conditions(rewrite, sheet.id)
        changed: dict[CellKey, Cell] = {}
        for key, cell in sheet.cells.items():
            if cell.formula is None and cell.validation is None:
                continue
            new = cell
            if cell.formula is not None and (text := rewrite(cell.formula, own)) != cell.formula:
                lost = references.LOST in text and references.LOST not in cell.formula
                value = _LOST if lost else cell.value
                new = replace(new, formula=text, value=value)
            if cell.validation is not None:
                rule = conditions.shared(cell.validation)
                new = new if rule is cell.validation else replace(new, validation=rule)
            if new is not cell:
                changed[key] = new
        sheet.cells.update(changed)
        for name in ("conditional_formats", "filter_views"):
            setattr(sheet, name, conditions.of(getattr(sheet, name)))
        sheet.basic_filter = conditions.of(sheet.basic_filter)


_LOST = error(references.LOST, "Reference does not exist.")


class _Conditions:
    """Formulas in conditions; rules are shared by many cells, so each is looked at once."""

    def __init__(self, rewrite: Rewrite, own: int) -> None:
        self._rewrite, self._own = rewrite, own
        self._seen: dict[int, tuple[Any, Any]] = {}

    def shared(self, rule: Any) -> Any:
        if id(rule) not in self._seen:
            new = self.of(rule)
            self._seen[id(rule)] = rule, rule if new == rule else new
        return self._seen[id(rule)][1]

    def of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if not isinstance(value, dict):
            return value
        changed = {name: self.of(item) for name, item in value.items()}
        text = value.get("userEnteredValue")
        if isinstance(text, str) and text.startswith("="):
            changed["userEnteredValue"] = self._rewrite(text, self._own)
        return changed


def _cells(cells: dict[CellKey, Cell], change: Shift) -> dict[CellKey, Cell]:
    rows = change.dimension == "ROWS"
    # Each index is asked once: a tab may have hundreds of thousands of cells.
    new = {index: change.index(index) for index in {key[0 if rows else 1] for key in cells}}
    if rows:
        return {
            (to, column): cell
            for (row, column), cell in cells.items()
            if (to := new[row]) is not None
        }
    return {
        (row, to): cell for (row, column), cell in cells.items() if (to := new[column]) is not None
    }


def _by_index(properties: dict[int, Json], change: Shift) -> dict[int, Json]:
    return {
        new: value
        for index, value in properties.items()
        if (new := change.index(index)) is not None
    }


def _frozen(sheet: Sheet, change: Shift) -> int:
    frozen = sheet.frozen_rows if change.dimension == "ROWS" else sheet.frozen_columns
    if isinstance(change, Inserted) and change.at < frozen:
        return frozen + change.count
    if isinstance(change, Deleted):
        return frozen - max(0, min(frozen, change.end) - min(frozen, change.start))
    return frozen


def _metadata(piece: Metadata, change: Shift) -> Metadata | None:
    place = "row" if change.dimension == "ROWS" else "column"
    if piece.place != place or piece.sheet != change.sheet or piece.index is None:
        return piece
    index = change.index(piece.index)
    return None if index is None else replace(piece, index=index)


def _group(group: Json, change: Shift) -> Json | None:
    span = group["range"]
    if span["dimension"] != change.dimension:
        return group
    new = change.span(span["startIndex"], span["endIndex"])
    if new is None:
        return None
    return {**group, "range": {**span, "startIndex": new[0], "endIndex": new[1]}}


def _objects(objects: list[Json], change: Change, kind: str) -> list[Json]:
    kept: list[Json] = []
    for item in objects:
        if kind == "merges":
            new = change.area(item)
            if new is not None and _is_single(new):
                new = None
        else:
            new = through(item, change.area, lambda at: _anchor(at, change))
            assert new is not None
            if ("range" in item and "range" not in new) or (
                item.get("ranges") and not new["ranges"]
            ):
                new = None
        if new is not None:
            kept.append(new)
    return kept


def _anchor(at: Json, change: Change) -> Json | None:
    """Where an object is anchored now: it outlives its cell, and stays where that was."""
    new = change.cell(at)
    if new is None and isinstance(change, Deleted):
        side = "rowIndex" if change.dimension == "ROWS" else "columnIndex"
        return {**at, side: max(0, change.start - 1)}
    return new


def _is_single(area: Json) -> bool:
    rows = area["endRowIndex"] - area["startRowIndex"]
    columns = area["endColumnIndex"] - area["startColumnIndex"]
    return bool(rows * columns == 1)


def _table(table: Json, change: Shift) -> Json:
    """The table with a property for each of the columns it will have; `ranges` moves its range."""
    area = change.area(table["range"])
    if area is None:
        return table
    old, start = table["range"], area["startColumnIndex"]
    width = area["endColumnIndex"] - start
    kept: dict[int, Json] = {}
    for column in table.get("columnProperties", []):
        to = change.index(old["startColumnIndex"] + column.get("columnIndex", 0))
        if to is not None and 0 <= to - start < width:
            kept[to - start] = column
    names = {column.get("columnName") for column in kept.values()}
    columns: list[Json] = []
    for index in range(width):
        column = dict(kept.get(index) or {"columnName": free_name(names), "columnType": "TEXT"})
        column.pop("columnIndex", None)
        names.add(column.get("columnName"))
        columns.append({"columnIndex": index, **column} if index else column)
    return {**table, "columnProperties": columns}


def free_name(names: set[Any]) -> str:
    """The name of a table's column that has none."""
    return next(name for n in range(1, 10_000) if (name := f"Column {n}") not in names)


def _filter_columns(given: Json, change: Shift) -> Json:
    """A filter names its columns by their number in the tab."""
    changed = dict(given)
    if "criteria" in given:
        moved = {change.index(int(index)): rule for index, rule in given["criteria"].items()}
        changed["criteria"] = {str(i): rule for i, rule in moved.items() if i is not None}
    for name, field in (("filterSpecs", "columnIndex"), ("sortSpecs", "dimensionIndex")):
        if name in given:
            changed[name] = [
                {**spec, field: new}
                for spec in given[name]
                if (new := change.index(spec.get(field, 0))) is not None
            ]
    return changed
