"""Small books for the tests of batchUpdate, and how they are changed and read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sheets_service import a1, batch, schema
from tests.sheets_service.model import Book, Cell, GoogleError, Json, Metadata, Sheet

_METHOD = "sheets.spreadsheets.batchUpdate"


def book(*tabs: list[list[Any]], rows: int = 10, columns: int = 6) -> Book:
    """A book with tabs "A", "B" ... of ids 0, 1 ...; text that begins with `=` is a formula."""
    made = Book("book", "Book")
    for number, lines in enumerate(tabs or ([],)):
        sheet = Sheet(number, "ABCDE"[number], rows=rows, columns=columns)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                formula = value if isinstance(value, str) and value.startswith("=") else None
                sheet.put(row, column, Cell(0 if formula else value, formula))
        made.sheets.append(sheet)
    return made


def apply(of: Book, *requests: Json, owner: bool = False) -> list[Json]:
    """Apply requests that Google's schema allows; their replies, which it allows as well."""
    body = {"requests": list(requests)}
    schema.check_request(_METHOD, {}, body)
    answer = batch.apply(of, body, owner=owner)
    schema.check_answer(_METHOD, answer)
    replies: list[Json] = answer["replies"]
    return replies


def refused(of: Book, *requests: Json, owner: bool = False) -> str:
    """The message of the 400 that these requests get."""
    with pytest.raises(GoogleError) as caught:
        apply(of.copy(), *requests, owner=owner)
    assert caught.value.code == 400
    return caught.value.message


def area(of: Book, text: str) -> Json:
    """The GridRange of A1 notation."""
    return a1.parse(of, text)


def values(sheet: Sheet) -> list[list[Any]]:
    """What stands in a tab: formulas, else values, without blank lines at the end."""
    height, width = sheet.used()
    return [
        [sheet.cell(r, c).formula or sheet.cell(r, c).value for c in range(width)]
        for r in range(height)
    ]


def span(start: int, end: int, dimension: str = "ROWS", sheet: int = 0) -> Json:
    """A DimensionRange."""
    return {"sheetId": sheet, "dimension": dimension, "startIndex": start, "endIndex": end}


def insert(start: int, end: int, dimension: str = "ROWS", **more: Any) -> Json:
    """An insertDimension request for the first tab."""
    return {"insertDimension": {"range": span(start, end, dimension), **more}}


def delete(start: int, end: int, dimension: str = "ROWS", sheet: int = 0) -> Json:
    """A deleteDimension request."""
    return {"deleteDimension": {"range": span(start, end, dimension, sheet)}}


def move(start: int, end: int, to: int, dimension: str = "ROWS") -> Json:
    """A moveDimension request for the first tab."""
    return {"moveDimension": {"source": span(start, end, dimension), "destinationIndex": to}}


def on_row(id: int, index: int, sheet: int = 0) -> Metadata:
    """Metadata that hangs on a row."""
    return Metadata(id, "key", None, "DOCUMENT", "row", sheet, index)


def on_column(id: int, index: int, sheet: int = 0) -> Metadata:
    """Metadata that hangs on a column."""
    return Metadata(id, "key", None, "DOCUMENT", "column", sheet, index)
