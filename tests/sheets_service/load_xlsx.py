"""A spreadsheet from an .xlsx file, as Google would import it."""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from tests.sheets_service.entry import error
from tests.sheets_service.load import table_json
from tests.sheets_service.load_xlsx_rules import borders, both, color, rules
from tests.sheets_service.model import Book, Cell, CellValue, Json, Sheet
from tests.sheets_service.numbers import serial

# Excel's own date formats follow the computer's locale; Google takes the spreadsheet's.
_BY_LOCALE = {
    "mm-dd-yy": {"type": "DATE"},
    "m/d/yy h:mm": {"type": "DATE_TIME"},
    "m/d/yyyy": {"type": "DATE"},
}
_NOT_SHOWN = re.compile(r"\[\$-[^\]]*\]|\[(?:Red|Blue|Green|Black|White|Color\d+)\]", re.I)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[\$([^\]-]*)[^\]]*\]')
_ALIGNED = {"left": "LEFT", "center": "CENTER", "right": "RIGHT"}
_UPRIGHT = {"top": "TOP", "center": "MIDDLE", "bottom": "BOTTOM"}


def load(path: Path, book: Book) -> Book:
    """Put the tabs of a file into a book."""
    with warnings.catch_warnings():
        # openpyxl warns of parts that it does not read; none of them is wanted here.
        warnings.simplefilter("ignore")
        formulas = openpyxl.load_workbook(path)
        results = openpyxl.load_workbook(path, data_only=True)
    styles: dict[int, Json] = {}
    for index, tab in enumerate(formulas.worksheets):
        sheet = Sheet(index * 1_000 + 7 if index else 0, tab.title)
        sheet.rows, sheet.columns = max(1000, tab.max_row), max(26, tab.max_column)
        _put_cells(sheet, tab, results[tab.title], styles)
        _put_shape(sheet, tab)
        sheet.conditional_formats = rules(sheet.id, tab)
        tables = sum(len(s.tables) for s in book.sheets)
        for number, table in enumerate(tab.tables.values(), tables):
            area = _area(sheet.id, table.ref)
            top, left, right = (
                area[k] for k in ("startRowIndex", "startColumnIndex", "endColumnIndex")
            )
            headers = [str(sheet.cell(top, column).value or "") for column in range(left, right)]
            made = table_json(number, table.displayName, area, headers)
            if table.totalsRowCount:
                made["rowsProperties"] = {"footerColorStyle": {"rgbColor": {"red": 0.9}}}
            sheet.tables.append(made)
        book.sheets.append(sheet)
    return book


def number_format(code: str) -> Json | None:
    """Excel's number format as Google's; None for General.

    A format code of several sections is judged by its first one.
    """
    if code in _BY_LOCALE:
        return _BY_LOCALE[code]
    pattern = _NOT_SHOWN.sub("", code).removesuffix(";@")
    if pattern.casefold() == "general" or not pattern:
        return None
    symbols = "".join(m[1] or m[0] for m in _LITERAL.finditer(pattern))
    bare = _LITERAL.sub("", pattern.split(";")[0])
    pattern = re.sub(r"\[\$([^\]-]*)[^\]]*\]", r'"\1"', pattern)
    letters = set(re.sub(r"am/pm|a/p", "h", bare.lower()))
    if bare == "@":
        return {"type": "TEXT", "pattern": "@"}
    if letters & set("ydhs") or ("m" in letters and not letters & set("0#?")):
        clock, day = bool(letters & set("hs")), bool(letters & set("yd"))
        return {
            "type": "DATE_TIME" if clock and day else "TIME" if clock else "DATE",
            "pattern": pattern,
        }
    if re.search(r"E[+-]", bare, re.I):
        return {"type": "SCIENTIFIC", "pattern": pattern}
    if "%" in bare:
        return {"type": "PERCENT", "pattern": pattern}
    currency = re.search(r"[$€£¥₹]", symbols + bare)
    return {"type": "CURRENCY" if currency else "NUMBER", "pattern": pattern}


def _put_cells(sheet: Sheet, tab: Worksheet, results: Worksheet, styles: dict[int, Json]) -> None:
    found: Any
    for key, cell in tab._cells.items():
        row, column = key
        if not isinstance(cell, ExcelCell):
            continue
        formula, value = None, cell.value
        kind = cell.data_type
        if kind == "f":
            found = results.cell(row, column)
            formula = str(getattr(value, "text", None) or value)
            formula = formula if formula.startswith("=") else f"={formula}"
            value, kind = found.value, found.data_type
        made = error(str(value)) if kind == "e" else _value(value)
        if formula is not None and made is None:
            made = ""
        if cell.style_id not in styles:
            styles[cell.style_id] = _format(cell)
        chosen = styles[cell.style_id] or None
        note = cell.comment.text if cell.comment else ""
        sheet.put(row - 1, column - 1, Cell(made, formula, chosen, note))


def _value(value: object) -> CellValue:
    match value:
        case "":
            return None
        case datetime() | date():
            return serial(value)
        case time():
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86400
        case timedelta():
            return value / timedelta(days=1)
        case bool() | int() | float() | str() | None:
            return value
    return str(value)


def _format(cell: ExcelCell) -> Json:
    """The userEnteredFormat of a cell: number format, fill, lines, font, alignment."""
    made: Json = {}
    if found := number_format(cell.number_format or "General"):
        made["numberFormat"] = found
    if cell.fill is not None and cell.fill.fill_type == "solid":
        made |= both("backgroundColor", cell.fill.fgColor)
    if lines := borders(cell):
        made["borders"] = lines
    text: Json = {}
    font = cell.font
    if font is not None:
        words = {"bold": font.b, "italic": font.i, "strikethrough": font.strike}
        text = {name: True for name, on in words.items() if on}
        text |= {"underline": True} if font.u else {}
        text |= {"fontFamily": font.name} if font.name else {}
        text |= {"fontSize": int(font.sz)} if font.sz else {}
        text |= both("foregroundColor", font.color)
    if text:
        made["textFormat"] = text
    if cell.alignment is not None:
        if sideways := _ALIGNED.get(cell.alignment.horizontal or ""):
            made["horizontalAlignment"] = sideways
        if upright := _UPRIGHT.get(cell.alignment.vertical or ""):
            made["verticalAlignment"] = upright
        if cell.alignment.wrap_text:
            made["wrapStrategy"] = "WRAP"
    return made


def _put_shape(sheet: Sheet, tab: Worksheet) -> None:
    """What is hidden, frozen or merged, and how wide and high it is."""
    sheet.hidden = tab.sheet_state != "visible"
    sheet.hide_gridlines = tab.sheet_view.showGridLines is False
    sheet.right_to_left = bool(tab.sheet_view.rightToLeft)
    if tab.freeze_panes:
        corner = _area(sheet.id, tab.freeze_panes)
        sheet.frozen_rows = corner["startRowIndex"]
        sheet.frozen_columns = corner["startColumnIndex"]
    sheet.tab_color = color(tab.sheet_properties.tabColor)
    sheet.merges = [_area(sheet.id, merged.coord) for merged in tab.merged_cells.ranges]
    for letters, width in tab.column_dimensions.items():
        properties: Json = {"pixelSize": round(width.width * 7)} if width.width else {}
        properties |= {"hiddenByUser": True} if width.hidden else {}
        first = width.min or openpyxl.utils.column_index_from_string(letters)
        for column in range(first, min(width.max or first, sheet.columns) + 1):
            if properties:
                sheet.column_properties[column - 1] = properties
    for row, height in tab.row_dimensions.items():
        properties = {"pixelSize": round(height.ht * 4 / 3)} if height.ht else {}
        properties |= {"hiddenByUser": True} if height.hidden else {}
        if properties:
            sheet.row_properties[row - 1] = properties


def _area(sheet_id: int, reference: str) -> Json:
    left, top, right, bottom = (side or 1 for side in range_boundaries(reference))
    rows = {"startRowIndex": top - 1, "endRowIndex": bottom}
    columns = {"startColumnIndex": left - 1, "endColumnIndex": right}
    return {"sheetId": sheet_id, **rows, **columns}
