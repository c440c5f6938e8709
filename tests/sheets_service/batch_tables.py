"""Tables: a range with a header row and a name and type for each column."""

from __future__ import annotations

from dataclasses import replace

from tests.sheets_service import a1, grid, ids
from tests.sheets_service.carried import free_name
from tests.sheets_service.masked import mask, updated
from tests.sheets_service.model import Book, Json, Sheet, invalid
from tests.sheets_service.numbers import locale
from tests.sheets_service.shown import shown
from tests.sheets_service.work import Handler, Work

_MISSING = "No table with id: {}"


def add(work: Work, given: Json) -> Json:
    """`addTable`: a column is named by the request, else by its header cell."""
    book, table = work.book, grid.with_sheet_ids(given.get("table", {}))
    sheet = _placed(work, table, None)
    names = {other.get("name") for s in book.sheets for other in s.tables}
    if table.get("name") in names:
        raise invalid(f'A table with the name "{table["name"]}" already exists.')
    if not table.get("name"):
        table["name"] = next(n for i in range(1, 10_000) if (n := f"Table{i}") not in names)
    table["tableId"] = ids.chosen(book, "tables", table.get("tableId"), "table")
    table["columnProperties"] = _columns(book, sheet, table)
    _write_header(work, sheet, table)
    sheet.tables.append(table)
    return {"table": table}


def update(work: Work, given: Json) -> None:
    """`updateTable`."""
    book, new = work.book, grid.with_sheet_ids(given.get("table", {}))
    tree = mask(given, "Table")
    sheet, place = ids.found(book, "tables", new.get("tableId"), _MISSING)
    old = sheet.tables[place]
    table = updated(old, new, tree, fields=("name", "range", "rowsProperties", "columnProperties"))
    if table.get("name") != old["name"]:
        names = {other.get("name") for s in book.sheets for other in s.tables}
        if not table.get("name") or table["name"] in names:
            raise invalid(f'A table with the name "{table.get("name")}" already exists.')
    if _placed(work, table, old) is not sheet:
        raise invalid("A table cannot be moved to another sheet.")
    if "columnProperties" not in tree and table["range"] != old["range"]:
        by = table["range"]["startColumnIndex"] - old["range"]["startColumnIndex"]
        kept = [
            {**column, "columnIndex": column.get("columnIndex", 0) - by}
            for column in old.get("columnProperties", [])
        ]
        table["columnProperties"] = [c for c in kept if c["columnIndex"] >= 0]
    table["columnProperties"] = _columns(book, sheet, table)
    sheet.tables[place] = table
    if "columnProperties" in tree:
        _write_header(work, sheet, table)


def delete(work: Work, given: Json) -> None:
    """`deleteTable`: with all that stands in it, which is how we read Google's guide."""
    sheet, place = ids.found(work.book, "tables", given.get("tableId"), _MISSING)
    box = grid.box(work.book, sheet.tables[place]["range"])
    work.guard(box)
    del sheet.tables[place]
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            sheet.cells.pop((row, column), None)


def _placed(work: Work, table: Json, own: Json | None) -> Sheet:
    """The tab of a table, whose range gets its bounds and is checked."""
    table["range"] = grid.filled(work.book, table.get("range", {}))
    sheet = work.book.sheet(table["range"]["sheetId"])
    for other in sheet.tables:
        if other is not own and a1.overlaps(other["range"], table["range"]):
            raise invalid("A table cannot overlap another table.")
    if any(a1.overlaps(merge, table["range"]) for merge in sheet.merges):
        raise invalid("A table cannot contain merged cells.")
    return sheet


def _columns(book: Book, sheet: Sheet, table: Json) -> list[Json]:
    """Properties for each column of a table; `columnIndex` counts from its left edge."""
    area = table["range"]
    width = area["endColumnIndex"] - area["startColumnIndex"]
    given: dict[int, Json] = {}
    for column in table.get("columnProperties", []):
        index = column.get("columnIndex", 0)
        if index < width:
            given[index] = column
    if any(index < 0 or index in list(given)[:place] for place, index in enumerate(given)):
        raise invalid("The columnIndex of a table's column must be unique and not negative.")
    names = {column.get("columnName") for column in given.values()} - {None, ""}
    columns: list[Json] = []
    for index in range(width):
        column = {k: v for k, v in given.get(index, {}).items() if k != "columnIndex"}
        if not column.get("columnName"):
            header = sheet.cell(area["startRowIndex"], area["startColumnIndex"] + index)
            text = shown(header, locale(book.locale))
            column["columnName"] = text if text and text not in names else free_name(names)
            names.add(column["columnName"])
        columns.append({"columnIndex": index, **column} if index else column)
    return columns


def _write_header(work: Work, sheet: Sheet, table: Json) -> None:
    """The header cells show the names of the columns."""
    row, left = table["range"]["startRowIndex"], table["range"]["startColumnIndex"]
    for index, column in enumerate(table["columnProperties"]):
        old = sheet.cell(row, left + index)
        if shown(old, locale(work.book.locale)) != column["columnName"]:
            work.guard(a1.Box(sheet, row, row + 1, left + index, left + index + 1))
            new = replace(old, value=column["columnName"], formula=None, runs=())
            sheet.put(row, left + index, new)


REQUESTS: dict[str, Handler] = {
    "addTable": add,
    "updateTable": update,
    "deleteTable": delete,
}
