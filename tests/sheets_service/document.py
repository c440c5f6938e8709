"""The Spreadsheet resource: a book as Google's JSON, with what Google leaves out left out."""

from __future__ import annotations

from typing import Any

from tests.sheets_service import a1, filters, griddata, masks
from tests.sheets_service.model import Book, Json, Sheet
from tests.sheets_service.sent import metadata_json, sent

# What hangs on one range is answered only where that range was asked for.
_ON_A_RANGE = ("merges", "protectedRanges", "bandedRanges", "tables")


def spreadsheet(
    book: Book,
    *,
    url: str,
    ranges: list[Json] | None = None,
    grid_data: bool = False,
    mask: str | None = None,
) -> Json:
    """The whole resource.

    Args:
        book: The spreadsheet.
        url: Where a person would open it.
        ranges: GridRanges; tabs without one of them are left out. None asks for everything.
        grid_data: Whether to answer cells; a mask overrules it.
        mask: A field mask.

    Raises:
        GoogleError: 400 for a wrong mask, or a range beyond the grid.
    """
    tree = masks.parse(mask) if mask is not None else {}
    if mask is not None:
        grid_data = masks.keeps(tree, "sheets", "data")
    wanted = None if ranges is None else {area.get("sheetId", 0) for area in ranges}
    answer: Json = {
        "spreadsheetId": book.id,
        "properties": properties_json(book),
        "sheets": [
            sheet_json(
                book,
                sheet,
                ranges=None if ranges is None else _of(sheet, ranges),
                grid_data=grid_data,
                tree=_below(tree, "sheets"),
            )
            for sheet in book.sheets
            if wanted is None or sheet.id in wanted
        ],
        "namedRanges": sent(book.named_ranges),
        "spreadsheetUrl": url,
        "developerMetadata": [metadata_json(m) for m in book.metadata if m.place == "spreadsheet"],
    }
    answer = {name: part for name, part in answer.items() if part != []}
    return answer if mask is None else masks.apply(answer, mask)


def by_data_filter(book: Book, body: Json, url: str, mask: str | None = None) -> Json:
    """`spreadsheets.getByDataFilter`: the tabs and ranges that its filters select."""
    given: list[Json] = body.get("dataFilters", [])
    ranges = [area for one in given for area in filters.ranges(book, one)]
    grid_data = bool(body.get("includeGridData"))
    return spreadsheet(
        book, url=url, ranges=ranges if given else None, grid_data=grid_data, mask=mask
    )


def properties_json(book: Book) -> Json:
    """The SpreadsheetProperties."""
    return {
        "title": book.title,
        "locale": book.locale,
        "autoRecalc": "ON_CHANGE",
        "timeZone": book.timezone,
        "defaultFormat": griddata.DEFAULT_FORMAT,
        "spreadsheetTheme": _THEME,
    }


def sheet_json(
    book: Book,
    sheet: Sheet,
    *,
    ranges: list[Json] | None = None,
    grid_data: bool = False,
    tree: masks.Tree | None = None,
) -> Json:
    """One tab; of a mask (`tree`) only what it keeps of a Sheet's data is made."""
    groups = {
        side: [g for g in sheet.dimension_groups if g["range"].get("dimension") == side]
        for side in ("ROWS", "COLUMNS")
    }
    parts: Json = {
        "merges": sheet.merges,
        "conditionalFormats": sheet.conditional_formats,
        "filterViews": sheet.filter_views,
        "protectedRanges": sheet.protected_ranges,
        "basicFilter": sheet.basic_filter,
        "charts": sheet.charts,
        "bandedRanges": sheet.banded_ranges,
        "rowGroups": groups["ROWS"],
        "columnGroups": groups["COLUMNS"],
        "tables": sheet.tables,
    }
    if ranges is not None:
        for name in _ON_A_RANGE:
            parts[name] = [p for p in parts[name] if _asked(p, name, ranges)]
    answer: Json = {"properties": sheet_properties(book, sheet)}
    if grid_data:
        data = _below(tree or {}, "data")
        areas = [{"sheetId": sheet.id}] if ranges is None else ranges
        answer["data"] = [griddata.grid_data(book, a1.box(book, area), data) for area in areas]
    answer |= {name: sent(part, name) for name, part in parts.items() if part}
    metadata = [metadata_json(piece) for piece in book.attached(sheet.id, "sheet")]
    return {**answer, "developerMetadata": metadata} if metadata else answer


def sheet_properties(book: Book, sheet: Sheet) -> Json:
    """The SheetProperties of a tab."""
    grid = {
        "rowCount": sheet.rows,
        "columnCount": sheet.columns,
        "frozenRowCount": sheet.frozen_rows,
        "frozenColumnCount": sheet.frozen_columns,
        "hideGridlines": sheet.hide_gridlines,
    }
    properties: Json = {
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": next((i for i, one in enumerate(book.sheets) if one.id == sheet.id), 0),
        "sheetType": "GRID",
        "gridProperties": {name: value for name, value in grid.items() if value},
    }
    properties |= {"hidden": True} if sheet.hidden else {}
    if sheet.tab_color is not None:
        colour = sent(sheet.tab_color.get("rgbColor", sheet.tab_color))
        properties |= {"tabColor": colour, "tabColorStyle": {"rgbColor": colour}}
    return {**properties, "rightToLeft": True} if sheet.right_to_left else properties


def _of(sheet: Sheet, ranges: list[Json]) -> list[Json]:
    return [area for area in ranges if area.get("sheetId", 0) == sheet.id]


def _below(tree: masks.Tree, name: str) -> masks.Tree:
    return tree.get(name) or tree.get("*") or {}


def _asked(part: Json, name: str, ranges: list[Json]) -> bool:
    area: Json | None = part if name == "merges" else part.get("range")
    return area is None or any(a1.overlaps(area, asked) for asked in ranges)


def _colour(kind: str, code: str) -> Json:
    parts: dict[str, Any] = {
        name: round(int(code[i : i + 2], 16) / 255, 8)
        for name, i in (("red", 0), ("green", 2), ("blue", 4))
        if code[i : i + 2] != "00"
    }
    return {"colorType": kind, "color": {"rgbColor": parts}}


_THEME: Json = {
    "primaryFontFamily": "Arial",
    "themeColors": [
        _colour("ACCENT1", "4285F4"),
        _colour("ACCENT2", "EA4335"),
        _colour("ACCENT3", "FBBC04"),
        _colour("ACCENT4", "34A853"),
        _colour("ACCENT5", "FF6D01"),
        _colour("ACCENT6", "46BDC6"),
        _colour("BACKGROUND", "FFFFFF"),
        _colour("LINK", "1155CC"),
        _colour("TEXT", "000000"),
    ],
}
