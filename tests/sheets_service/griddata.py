"""The cells of a tab as GridData, and the sizes of its rows and columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.sheets_service import masks
from tests.sheets_service.a1 import Box
from tests.sheets_service.model import Book, Cell, CellError, Json, Place
from tests.sheets_service.numbers import Locale, locale
from tests.sheets_service.reading import plain
from tests.sheets_service.sent import metadata_json, sent
from tests.sheets_service.shown import number_format, shown

_WHITE: Json = {"red": 1, "green": 1, "blue": 1}
_FONT = "arial,sans,sans-serif"
DEFAULT_FORMAT: Json = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": _FONT,
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}
PIXELS: dict[Place, int] = {"row": 21, "column": 100}

_LINK = re.compile(r'=\s*HYPERLINK\(\s*"([^"]*)"', re.I)
Field = Callable[[Cell], Any]


def grid_data(book: Book, box: Box, tree: masks.Tree | None = None) -> Json:
    """The GridData of a box; of a mask (`tree`) only what it keeps of GridData is made."""
    tree = tree or {}
    answer: Json = {}
    if box.top:
        answer["startRow"] = box.top
    if box.left:
        answer["startColumn"] = box.left
    if masks.keeps(tree, "rowData") and (rows := _rows(book, box, tree)):
        answer["rowData"] = rows
    if masks.keeps(tree, "rowMetadata"):
        answer["rowMetadata"] = _dimensions(book, box, "row")
    if masks.keeps(tree, "columnMetadata"):
        answer["columnMetadata"] = _dimensions(book, box, "column")
    return answer


def _rows(book: Book, box: Box, tree: masks.Tree) -> list[Json]:
    """A RowData for each row down to the last cell that holds anything at all."""
    fields = {
        name: make
        for name, make in _fields(locale(book.locale)).items()
        if masks.keeps(tree, "rowData", "values", name)
    }
    rows: dict[int, dict[int, Json]] = {}
    for (row, column), cell in _inside(box):
        made = {name: found for name, make in fields.items() if (found := make(cell)) is not None}
        rows.setdefault(row - box.top, {})[column - box.left] = made
    last = max(rows, default=-1)
    return [
        {"values": [rows[i].get(j, {}) for j in range(max(rows[i]) + 1)]} if i in rows else {}
        for i in range(last + 1)
    ]


def _inside(box: Box) -> list[tuple[tuple[int, int], Cell]]:
    cells = box.sheet.cells
    if box.area <= len(cells):
        columns = range(box.left, box.right)
        keys = ((row, column) for row in range(box.top, box.bottom) for column in columns)
        return [(key, cells[key]) for key in keys if key in cells]
    return [
        (key, cell)
        for key, cell in cells.items()
        if box.top <= key[0] < box.bottom and box.left <= key[1] < box.right
    ]


def _fields(of: Locale) -> dict[str, Field]:
    """How each field of a CellData is made; None leaves it out."""
    formats: dict[int, tuple[Json, Json]] = {}

    def made(cell: Cell, which: int) -> Json | None:
        if not cell.format:
            return None
        # Cells share their formats, and one that stands in a book is never changed.
        if (pair := formats.get(id(cell.format))) is None:
            pair = sent(dict(cell.format)), _effective_format(cell, of)
            formats[id(cell.format)] = pair
        return pair[which]

    return {
        "userEnteredValue": _entered,
        "effectiveValue": lambda cell: None if cell.value is None else extended(cell.value),
        "formattedValue": lambda cell: None if cell.blank else shown(cell, of),
        "userEnteredFormat": lambda cell: made(cell, 0),
        "effectiveFormat": lambda cell: made(cell, 1),
        "hyperlink": _hyperlink,
        "note": lambda cell: cell.note or None,
        "textFormatRuns": lambda cell: [_run(run) for run in cell.runs] or None,
        "dataValidation": lambda cell: sent(dict(cell.validation)) if cell.validation else None,
    }


def extended(value: Any) -> Json:
    """A value as an ExtendedValue."""
    if isinstance(value, CellError):
        error = {"type": value.type, "message": value.message}
        return {"errorValue": {name: text for name, text in error.items() if text}}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"stringValue": value} if isinstance(value, str) else {"numberValue": plain(value)}


def _entered(cell: Cell) -> Json | None:
    if cell.formula is not None:
        return {"formulaValue": cell.formula}
    return None if cell.value is None else extended(cell.value)


def _effective_format(cell: Cell, of: Locale) -> Json:
    given = sent(dict(cell.format or {}))
    made = {**DEFAULT_FORMAT, **given}
    made["textFormat"] = {**DEFAULT_FORMAT["textFormat"], **given.get("textFormat", {})}
    for name, holder, source in (
        ("backgroundColor", made, given),
        ("foregroundColor", made["textFormat"], given.get("textFormat", {})),
    ):
        # Each colour is told twice; what was set one way only is told both ways.
        style = source.get(f"{name}Style", {}).get("rgbColor")
        if style is not None:
            holder[name] = style
        elif name in source:
            holder[f"{name}Style"] = {"rgbColor": source[name]}
    if chosen := number_format(cell, of):
        made["numberFormat"] = {name: text for name, text in chosen.items() if text}
    return made


def _run(run: Mapping[str, Any]) -> Json:
    """A TextFormatRun; the first one's start is 0, which is not sent."""
    made: Json = {"startIndex": run["startIndex"]} if run.get("startIndex") else {}
    return {**made, "format": sent(dict(run.get("format") or {}))}


def _hyperlink(cell: Cell) -> str | None:
    link: Json
    if cell.formula is not None:
        match = _LINK.match(cell.formula)
        return match[1] if match else None
    if len(cell.runs) == 1 and not cell.runs[0].get("startIndex"):
        link = (cell.runs[0].get("format") or {}).get("link") or {}
    else:
        link = ((cell.format or {}).get("textFormat") or {}).get("link") or {}
    return link.get("uri")


def _dimensions(book: Book, box: Box, place: Place) -> list[Json]:
    """A DimensionProperties for each row or column of a box."""
    sheet = box.sheet
    rows = place == "row"
    given = sheet.row_properties if rows else sheet.column_properties
    start, end = (box.top, box.bottom) if rows else (box.left, box.right)
    plain_one: Json = {"pixelSize": PIXELS[place]}
    found = [plain_one] * (end - start)
    for index, properties in given.items():
        if start <= index < end:
            found[index - start] = {**plain_one, **sent(dict(properties))}
    for piece in book.metadata:
        index = -1 if piece.index is None else piece.index
        if (piece.sheet, piece.place) == (sheet.id, place) and start <= index < end:
            one = found[index - start]
            pieces = [*one.get("developerMetadata", []), metadata_json(piece)]
            found[index - start] = {**one, "developerMetadata": pieces}
    return found
