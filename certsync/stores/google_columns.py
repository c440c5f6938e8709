"""Our columns in people's tabs as requests: anchored, added, formatted, filled by their anchor.

A column is added by inserting a fresh one, so whatever a person types meanwhile moves aside.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from certsync.sheets.edits import ColumnEdit, Kind
from certsync.sheets.highlights import rules, written
from certsync.sheets.names import fold
from certsync.sheets.snapshot import TabSnapshot
from certsync.stores.google_book import COLUMN_KEY, Json, SheetInfo
from certsync.stores.google_read import Rows
from certsync.stores.google_rows import cell
from certsync.stores.google_sight import filter_of
from certsync.stores.google_values import Entered, entered

PROTECTION = "certsync writes this column"

_FORMATS: Mapping[Kind, Json] = {
    "text": {},
    "whole": {"numberFormat": {"type": "NUMBER", "pattern": "0"}},
    "date": {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}},
}
_PLAIN = ("bold", "italic", "underline", "strikethrough", "foregroundColorStyle", "link")
_AND = re.compile(r"AND\((ISNUMBER\([^)]*\)),(.*)\)")


@dataclass(frozen=True)
class Anchored:
    """A column of ours by the id of its anchor.

    `edit` is None for one that only has to follow its rows. `base` is its place when it was read,
    1-based; None where it is new. `fresh` tells that the anchor is made by this run, and `name`
    is the header it then has.
    """

    anchor: int
    sheet: SheetInfo
    base: int | None
    edit: ColumnEdit | None
    fresh: bool = False
    name: str = ""


def adopted(edit: ColumnEdit, sheet: SheetInfo, tab: TabSnapshot) -> ColumnEdit:
    """The edit of a new column, for one of ours that stands there under another header.

    The header that a person gave it stays; one that a person emptied comes back.
    """
    if edit.header is None:
        return edit
    for column, name in sheet.names.items():
        shown = tab.value(edit.header_row, column)
        if fold(name) == fold(edit.header):
            planned = dict(zip(edit.rows, edit.values, strict=True))
            rows = list(range(edit.first_row, edit.last_row + 1))
            values = [planned.get(row) for row in rows]
            if shown is None:
                rows, values = [edit.header_row, *rows], [edit.header, *values]
            return replace(edit, column=column, header=None, table=None, rows=rows, values=values)
    return edit


def anchored(
    edits: Sequence[ColumnEdit],
    sheets: Mapping[str, SheetInfo],
    values: Mapping[int, Rows],
    new_id: Callable[[], int],
) -> list[Anchored]:
    """Every column of ours in the tabs of the plan, those that do not change included."""
    found: list[Anchored] = []
    for title in dict.fromkeys(edit.tab for edit in edits):
        sheet = sheets[title]
        planned = [edit for edit in edits if edit.tab == title]
        for edit in planned:
            base = edit.column if edit.header is None else None
            anchor = sheet.anchors.get(edit.column) if base else None
            header = cell(values[sheet.id], edit.header_row - 1, edit.column - 1)
            name = edit.header or str(header)
            found.append(Anchored(anchor or new_id(), sheet, base, edit, anchor is None, name))
        known = {edit.column for edit in planned if edit.header is None}
        found += [
            Anchored(anchor, sheet, column, None)
            for column, anchor in sheet.anchors.items()
            if column not in known
        ]
    return found


def preparing(columns: Sequence[Anchored]) -> list[Json]:
    """Requests that anchor the columns there are, add those there are not, and make room."""
    requests: list[Json] = []
    by_sheet: dict[int, list[Anchored]] = defaultdict(list)
    for column in columns:
        by_sheet[column.sheet.id].append(column)
    for mine in by_sheet.values():
        sheet = mine[0].sheet
        edits = [column.edit for column in mine if column.edit]
        last = max((row for edit in edits for row in edit.rows), default=0)
        if last > sheet.rows:
            requests.append(_longer(sheet.id, "ROWS", last - sheet.rows))
        requests += [_anchor(c, c.base) for c in mine if c.fresh and c.base]
        requests += _added(sheet, [c for c in mine if c.base is None])
    return requests


def _added(sheet: SheetInfo, new: Sequence[Anchored]) -> Iterator[Json]:
    """Fresh columns with header, look, anchor and protection, from left to right."""
    width = sheet.columns
    grown: dict[str, int] = {}
    for column in sorted(new, key=lambda c: _edit(c).column):
        edit = _edit(column)
        place = edit.column - 1
        if place > width:
            yield _longer(sheet.id, "COLUMNS", place - width)
            width = place
        yield {
            "insertDimension": {
                "range": _span(sheet.id, place),
                "inheritFromBefore": place > 0,
            }
        }
        width += 1
        if edit.table is not None:
            grown[edit.table] = grown.get(edit.table, 0) + 1
    for column in new:
        yield from _looks(sheet, column)
    # After the looks: a column of a table may have a type, and then takes no format. Before the
    # headers: a table may give its new columns names of its own.
    for name, count in grown.items():
        yield from _grown(sheet, name, count)
    for column in new:
        yield _headed(sheet, _edit(column))


def _edit(column: Anchored) -> ColumnEdit:
    if column.edit is None:
        raise ValueError("a new column has an edit")
    return column.edit


def _looks(sheet: SheetInfo, column: Anchored) -> Iterator[Json]:
    edit = _edit(column)
    place, top = edit.column - 1, edit.header_row - 1
    block = {
        "sheetId": sheet.id,
        "startRowIndex": top,
        "startColumnIndex": place,
        "endColumnIndex": place + 1,
    }
    like = {**block, "startColumnIndex": edit.like - 1, "endColumnIndex": edit.like}
    records = {**block, "startRowIndex": top + 1}
    yield {"copyPaste": {"source": like, "destination": block, "pasteType": "PASTE_FORMAT"}}
    yield {"setDataValidation": {"range": block}}
    fields = ["numberFormat", *(f"textFormat.{name}" for name in _PLAIN)]
    yield {
        "repeatCell": {
            "range": records,
            "cell": {"userEnteredFormat": _FORMATS[edit.kind]},
            "fields": ",".join(f"userEnteredFormat.{name}" for name in fields),
        }
    }
    yield {
        "updateDimensionProperties": {
            "range": _span(sheet.id, place),
            "properties": {"pixelSize": round(edit.width * 7)},
            "fields": "pixelSize",
        }
    }
    yield _anchor(column, edit.column)
    yield from guarded(sheet.id, edit, edit.column)


def _headed(sheet: SheetInfo, edit: ColumnEdit) -> Json:
    start = {
        "sheetId": sheet.id,
        "rowIndex": edit.header_row - 1,
        "columnIndex": edit.column - 1,
    }
    rows = [{"values": [{"userEnteredValue": {"stringValue": edit.header}}]}]
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def guarded(sheet: int, edit: ColumnEdit, column: int) -> Iterator[Json]:
    """The conditional formats of a column of ours, and its protection that only warns."""
    records = {
        "sheetId": sheet,
        "startRowIndex": edit.header_row,
        "startColumnIndex": column - 1,
        "endColumnIndex": column,
    }
    for index, (formula, color, fill) in enumerate(_rules(edit, column)):
        shown = {
            "backgroundColorStyle": {"rgbColor": _rgb(fill)},
            "textFormat": {"foregroundColorStyle": {"rgbColor": _rgb(color)}},
        }
        values = [{"userEnteredValue": f"={formula}"}]
        condition = {"type": "CUSTOM_FORMULA", "values": values}
        rule = {"ranges": [records], "booleanRule": {"condition": condition, "format": shown}}
        yield {"addConditionalFormatRule": {"rule": rule, "index": index}}
    protection = {
        "range": {**records, "startRowIndex": edit.header_row - 1},
        "description": PROTECTION,
        "warningOnly": True,
    }
    yield {"addProtectedRange": {"protectedRange": protection}}


def _rules(edit: ColumnEdit, column: int) -> Iterator[tuple[str, str, str]]:
    if edit.highlight is None:
        return
    row = edit.header_row + 1
    status = edit.status and edit.status + column - edit.column
    found = rules(edit.highlight, edit.kind, edit.soon, history=status is not None)
    for formula, look in found:
        # A rule is read in the spreadsheet's language, in which arguments may be parted by
        # semicolons: without a comma it is understood everywhere.
        spelt = _AND.sub(r"\1*(\2)", formula)
        yield written(spelt, row, column, status), look.color, look.fill


def _rgb(color: str) -> Json:
    return {
        name: int(color[i : i + 2], 16) / 255 for name, i in (("red", 0), ("green", 2), ("blue", 4))
    }


def dated(columns: Sequence[tuple[Anchored, int]]) -> Iterator[Json]:
    """Number formats for cells of existing columns that would show a date as a number, or else.

    `columns` come with the place where they stand now, 1-based.
    """
    for column, now in columns:
        edit = column.edit
        if edit is None or column.base is None or edit.kind == "text":
            continue
        if column.sheet.typed(column.base):
            continue
        wrong = [
            row
            for row, value in zip(edit.rows, edit.values, strict=True)
            if value is not None
            and row >= edit.first_row
            and _is_date(column.sheet, row, column.base) != (edit.kind == "date")
        ]
        for first, last in _runs(wrong):
            yield {
                "repeatCell": {
                    "range": {
                        "sheetId": column.sheet.id,
                        "startRowIndex": first - 1,
                        "endRowIndex": last,
                        "startColumnIndex": now - 1,
                        "endColumnIndex": now,
                    },
                    "cell": {"userEnteredFormat": _FORMATS[edit.kind]},
                    "fields": "userEnteredFormat.numberFormat",
                }
            }


def _is_date(sheet: SheetInfo, row: int, column: int) -> bool:
    kind = sheet.formats.get((row, column), {}).get("type")
    return kind in ("DATE", "DATE_TIME", "TIME")


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending rows as runs (first, last)."""
    start = previous = None
    for row in rows:
        if previous is not None and row == previous + 1:
            previous = row
            continue
        if start is not None and previous is not None:
            yield start, previous
        start = previous = row
    if start is not None and previous is not None:
        yield start, previous


def _grown(sheet: SheetInfo, name: str, count: int) -> Iterator[Json]:
    """The table of this name, wider by its new columns."""
    for table in sheet.google_tables:
        if table.get("name") == name:
            right = table["range"].get("endColumnIndex", sheet.columns) + count
            area = {**table["range"], "endColumnIndex": right}
            grown = {"tableId": table["tableId"], "range": area}
            yield {"updateTable": {"table": grown, "fields": "range"}}


def _anchor(column: Anchored, place: int) -> Json:
    piece = {
        "metadataId": column.anchor,
        "metadataKey": COLUMN_KEY,
        "metadataValue": column.name,
        "visibility": "DOCUMENT",
        "location": {"dimensionRange": _span(column.sheet.id, place - 1)},
    }
    return {"createDeveloperMetadata": {"developerMetadata": piece}}


def _span(sheet: int, column: int) -> Json:
    return {
        "sheetId": sheet,
        "dimension": "COLUMNS",
        "startIndex": column,
        "endIndex": column + 1,
    }


def _longer(sheet: int, dimension: str, count: int) -> Json:
    return {"appendDimension": {"sheetId": sheet, "dimension": dimension, "length": count}}


def filling(values: Mapping[int, Mapping[int, Entered]], also: Sequence[int]) -> Json:
    """The body that writes cells by anchor, and has whole tabs sent back with the answer.

    Args:
        values: By anchor, then by row (0-based); an anchor without rows is only sent back.
        also: Tabs to send back whole.
    """
    data: list[Json] = []
    for anchor, cells in values.items():
        column: list[Entered] = [None] * (max(cells, default=0) + 1)
        for row, value in cells.items():
            column[row] = value
        data.append(
            {
                "dataFilter": filter_of(anchor),
                "majorDimension": "COLUMNS",
                "values": [column],
            }
        )
    for sheet in also:
        # Nothing is written by this entry: a null leaves its cell alone.
        data.append(
            {
                "dataFilter": {"gridRange": {"sheetId": sheet}},
                "majorDimension": "ROWS",
                "values": [[None]],
            }
        )
    return {
        "valueInputOption": "RAW",
        "includeValuesInResponse": True,
        "responseValueRenderOption": "UNFORMATTED_VALUE",
        "responseDateTimeRenderOption": "SERIAL_NUMBER",
        "data": data,
    }


def planned(column: Anchored) -> dict[int, Entered]:
    """What the plan puts into a column, by row (0-based); a new column's header included."""
    edit = column.edit
    if edit is None:
        return {}
    cells = {
        row - 1: entered(value, edit.kind)
        for row, value in zip(edit.rows, edit.values, strict=True)
    }
    if edit.header is not None:
        cells[edit.header_row - 1] = edit.header
    return cells
