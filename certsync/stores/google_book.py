"""What Google says of a spreadsheet beside its values: tabs, formulas, formats, anchors, marks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from certsync.sheets.snapshot import TableRange, column_letters

Json = dict[str, Any]
Place = tuple[int, int]
"""Row and column, 1-based."""

COLUMN_KEY, TAB_KEY = "certsync.column", "certsync.tab"

FIELDS = (
    "properties(title,locale,timeZone),"
    "sheets(properties(sheetId,title,index,sheetType,hidden,"
    "gridProperties(rowCount,columnCount,frozenRowCount)),"
    "data(startRow,startColumn,columnMetadata(developerMetadata),"
    "rowData(values(userEnteredValue(formulaValue),effectiveFormat(numberFormat)))),"
    "merges,conditionalFormats,protectedRanges,charts(chartId),developerMetadata,"
    "bandedRanges(bandedRangeId),basicFilter(range),"
    "tables(tableId,name,range,rowsProperties(footerColorStyle),columnProperties))"
)
"""The part of a spreadsheet that a run needs: everything but its values."""


@dataclass(frozen=True)
class Mark:
    """What a generated tab carries: its key, the stamp of its content, and our charts on it."""

    key: str
    stamp: str
    charts: tuple[int, ...]
    metadata: int


@dataclass(frozen=True)
class SheetInfo:
    """One tab without its values.

    `anchors` maps columns of ours to their developer metadata, `names` to the header they had
    when they were anchored, whatever it is now.
    """

    id: int
    title: str
    rows: int = 0
    columns: int = 0
    grid: bool = True
    hidden: bool = False
    frozen_rows: int = 0
    tables: tuple[TableRange, ...] = ()
    google_tables: Sequence[Json] = ()
    formulas: Mapping[Place, str] = field(default_factory=dict)
    formats: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)
    anchors: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    mark: Mark | None = None
    charts: tuple[int, ...] = ()
    merges: Sequence[Json] = ()
    rules: Sequence[Json] = ()
    protections: Sequence[Json] = ()
    bandings: tuple[int, ...] = ()
    filtered: bool = False

    def typed(self, column: int) -> bool:
        """Whether a column (1-based) has a type in a table: Google then takes no format for it."""
        for table in self.google_tables:
            first = table.get("range", {}).get("startColumnIndex", 0) + 1
            for told in table.get("columnProperties", ()):
                if first + told.get("columnIndex", 0) == column and told.get("columnType"):
                    return True
        return False

    @property
    def closed(self) -> bool:
        """Whether a range of it is protected against this account."""
        return any(
            not p.get("warningOnly") and not p.get("requestingUserCanEdit")
            for p in self.protections
        )

    @property
    def barred(self) -> str | None:
        """What of ours is protected against this account: the tab, or a column; None for nothing.

        Columns of ours are known by their anchors; before the first run there are none.
        """
        for protection in self.protections:
            if protection.get("warningOnly") or protection.get("requestingUserCanEdit"):
                continue
            area = protection.get("range", {})
            first, end = area.get("startColumnIndex", 0), area.get("endColumnIndex", self.columns)
            bounds = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
            if not any(bound in area for bound in bounds):
                if not protection.get("unprotectedRanges"):
                    return f"the tab {self.title}"
            elif met := [column for column in self.anchors if first < column <= end]:
                return f"column {column_letters(min(met))} of the tab {self.title}"
        return None


@dataclass(frozen=True)
class BookInfo:
    """A spreadsheet without its values, in the order of its tabs."""

    title: str
    locale: str
    timezone: str
    sheets: tuple[SheetInfo, ...]

    def sheet(self, sheet_id: int) -> SheetInfo:
        """The tab of this id. Raises KeyError."""
        return {sheet.id: sheet for sheet in self.sheets}[sheet_id]

    def titled(self, title: str) -> SheetInfo:
        """The tab of this title. Raises KeyError."""
        return {sheet.title: sheet for sheet in self.sheets}[title]

    def generated(self, key: str) -> SheetInfo | None:
        """The tab that certsync made under this key."""
        return next((s for s in self.sheets if s.mark and s.mark.key == key), None)


def book(answer: Json) -> BookInfo:
    """The answer of `spreadsheets.get` with `FIELDS`."""
    properties = answer.get("properties", {})
    return BookInfo(
        title=properties.get("title", ""),
        locale=properties.get("locale", ""),
        timezone=properties.get("timeZone", ""),
        sheets=tuple(_sheet(sheet) for sheet in answer.get("sheets", ())),
    )


def _sheet(sheet: Json) -> SheetInfo:
    properties = sheet["properties"]
    sheet_id = properties.get("sheetId", 0)
    grid = properties.get("gridProperties", {})
    formulas, formats = dict[Place, str](), dict[Place, Mapping[str, str]]()
    anchors, names = dict[int, int](), dict[int, str]()
    for block in sheet.get("data", ()):
        top, left = block.get("startRow", 0) + 1, block.get("startColumn", 0) + 1
        _cells(block.get("rowData", ()), top, left, formulas, formats)
        for column, about in enumerate(block.get("columnMetadata", ()), start=left):
            for piece in about.get("developerMetadata", ()):
                if piece.get("metadataKey") == COLUMN_KEY:
                    anchors.setdefault(column, piece["metadataId"])
                    names.setdefault(column, piece.get("metadataValue", ""))
    tables = sheet.get("tables", ())
    return SheetInfo(
        id=sheet_id,
        title=properties.get("title", ""),
        rows=grid.get("rowCount", 0),
        columns=grid.get("columnCount", 0),
        grid=properties.get("sheetType", "GRID") == "GRID",
        hidden=properties.get("hidden", False),
        frozen_rows=grid.get("frozenRowCount", 0),
        tables=tuple(_table(table, grid) for table in tables),
        google_tables=tables,
        formulas=formulas,
        formats=formats,
        anchors=anchors,
        names=names,
        mark=next(_marks(sheet, sheet_id), None),
        charts=tuple(chart["chartId"] for chart in sheet.get("charts", ())),
        merges=sheet.get("merges", ()),
        rules=sheet.get("conditionalFormats", ()),
        protections=sheet.get("protectedRanges", ()),
        bandings=tuple(band["bandedRangeId"] for band in sheet.get("bandedRanges", ())),
        filtered="basicFilter" in sheet,
    )


def _cells(
    rows: Sequence[Json],
    top: int,
    left: int,
    formulas: dict[Place, str],
    formats: dict[Place, Mapping[str, str]],
) -> None:
    for row, data in enumerate(rows, start=top):
        for column, cell in enumerate(data.get("values", ()), start=left):
            if not cell:
                continue
            formula = cell.get("userEnteredValue", {}).get("formulaValue")
            if formula is not None:
                formulas[row, column] = formula
            shown = cell.get("effectiveFormat", {}).get("numberFormat")
            if shown is not None:
                formats[row, column] = shown


def _table(table: Json, grid: Json) -> TableRange:
    area = table.get("range", {})
    # A table has a row of totals where that has a colour.
    footer = "footerColorStyle" in table.get("rowsProperties", {})
    return TableRange(
        table.get("name", ""),
        area.get("startRowIndex", 0) + 1,
        area.get("startColumnIndex", 0) + 1,
        area.get("endRowIndex", grid.get("rowCount", 0)) - footer,
        area.get("endColumnIndex", grid.get("columnCount", 0)),
    )


def _marks(sheet: Json, sheet_id: int) -> Iterator[Mark]:
    """The marks of ours on a tab; a copy that a person made of it carries another tab's id."""
    for piece in sheet.get("developerMetadata", ()):
        if piece.get("metadataKey") == TAB_KEY:
            try:
                told = json.loads(piece.get("metadataValue", ""))
                if told["sheet"] == sheet_id:
                    charts = tuple(int(chart) for chart in told["charts"])
                    yield Mark(str(told["key"]), str(told["stamp"]), charts, piece["metadataId"])
            except (ValueError, KeyError, TypeError):
                continue


def mark_value(key: str, stamp: str, sheet_id: int, charts: Sequence[int]) -> str:
    """What a generated tab carries, as text."""
    told = {"key": key, "stamp": stamp, "sheet": sheet_id, "charts": list(charts)}
    return json.dumps(told, separators=(",", ":"))
