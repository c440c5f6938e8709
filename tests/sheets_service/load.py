"""Books from snapshots, and what a person's entry makes of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from certsync.sheets.snapshot import CellError as SnapshotError
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot, Uncalculated
from tests.sheets_service.entry import error, with_number_format
from tests.sheets_service.model import EMPTY, Book, Cell, CellError, Json, Sheet
from tests.sheets_service.numbers import DATE_TYPES, serial

Given = (
    str
    | int
    | float
    | bool
    | date
    | datetime
    | time
    | timedelta
    | CellError
    | SnapshotError
    | Uncalculated
    | None
)

_DURATION = {"type": "TIME", "pattern": "[h]:mm:ss"}


def from_snapshot(
    content: Snapshot,
    *,
    id: str = "book",
    locale: str = "en_US",
    timezone: str = "Etc/GMT",
    title: str | None = None,
) -> Book:
    """A spreadsheet with the tabs and values of a snapshot; its title is the snapshot's name.

    Google calculates always: a formula that was not calculated shows an empty text here, and one
    that was is written so that it gives its value.
    """
    book = Book(id, title or content.name, locale, timezone)
    book.sheets = [_sheet(tab, i) for i, tab in enumerate(content.tabs)]
    return book


def from_xlsx(
    path: Path, *, id: str = "book", locale: str = "en_US", timezone: str = "Etc/GMT"
) -> Book:
    """A spreadsheet as Google would import it from an .xlsx file."""
    from tests.sheets_service.load_xlsx import load

    return load(path, Book(id, path.stem, locale, timezone))


def hand_entry(value: Given, like: Cell | None = None) -> Cell:
    """The cell of a value that a person put in; `like` is the cell that stood there.

    Its format, note and validation stay; a date brings a date format where there is none.
    """
    cell = replace(like or EMPTY, value=None, formula=None, runs=())
    match value:
        case None | "":
            return cell
        case Uncalculated():
            return replace(cell, value="", formula='=""')
        case SnapshotError():
            return replace(cell, value=error(value.code))
        case datetime():
            return _dated(replace(cell, value=serial(value)), {"type": "DATE_TIME"})
        case date():
            return _dated(replace(cell, value=serial(value)), {"type": "DATE"})
        case time():
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            return _dated(replace(cell, value=seconds / 86400), {"type": "TIME"})
        case timedelta():
            return _dated(replace(cell, value=value / timedelta(days=1)), _DURATION)
    return replace(cell, value=value)


def table_json(book_tables: int, name: str, area: Json, headers: list[str]) -> Json:
    """A table in Google's form; `book_tables` is how many the book has already."""
    columns = [
        ({"columnIndex": i} if i else {}) | {"columnName": header or f"Column {i + 1}"}
        for i, header in enumerate(headers)
    ]
    number = str(book_tables + 1)
    return {"tableId": number, "name": name, "range": area, "columnProperties": columns}


def _dated(cell: Cell, number_format: Mapping[str, str]) -> Cell:
    chosen: Mapping[str, Any] = (cell.format or {}).get("numberFormat") or {}
    return cell if chosen.get("type") in DATE_TYPES else with_number_format(cell, number_format)


def _sheet(tab: TabSnapshot, index: int) -> Sheet:
    rows, columns = max(1000, tab.bottom), max(26, tab.right)
    sheet = Sheet(index * 1_000 + 7 if index else 0, tab.name, rows, columns)
    sheet.hidden, sheet.frozen_rows = not tab.visible, tab.frozen_rows
    formulas = {(row, column) for column, found in tab.formulas.items() for row in found}
    for i, values in enumerate(tab.rows, tab.top):
        for j, value in enumerate(values, tab.left):
            cell = hand_entry(value)
            if (i, j) in formulas and not isinstance(value, Uncalculated):
                cell = replace(
                    cell, value="" if value is None else cell.value, formula=_gives(value)
                )
            sheet.put(i - 1, j - 1, cell)
    sheet.tables = [
        _table(tab, table, sheet.id, index * 100 + i) for i, table in enumerate(tab.tables)
    ]
    return sheet


def _table(tab: TabSnapshot, table: TableRange, sheet_id: int, number: int) -> Json:
    area = {
        "sheetId": sheet_id,
        "startRowIndex": table.top - 1,
        "endRowIndex": table.bottom,
        "startColumnIndex": table.left - 1,
        "endColumnIndex": table.right,
    }
    headers = [
        str(tab.value(table.top, column) or "") for column in range(table.left, table.right + 1)
    ]
    return table_json(number, table.name, area, headers)


def _gives(value: Given) -> str:
    """A formula that gives this value."""
    match value:
        case bool():
            return f"={str(value).upper()}"
        case date():
            return f"=DATE({value.year},{value.month},{value.day})"
        case int() | float():
            return f"={value}"
        case SnapshotError():
            return "=NA()" if value.code == "#N/A" else f"={value.code}"
    text = str("" if value is None else value).replace('"', '""')
    return f'="{text}"'
