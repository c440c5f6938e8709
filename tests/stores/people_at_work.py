"""What people do to a spreadsheet while certsync runs, as requests of the tests' Sheets service.

Every edit draws what it needs from `Chance`, looks at the spreadsheet as it stands and gives the
requests a browser would send. Each person has an expiration date nobody else ever has, so a number
of days tells whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from certsync.stores.google_book import COLUMN_KEY, TAB_KEY
from tests.sheets_service.model import Book, Json, Sheet

TODAY = date(2026, 3, 16)
DAY_ZERO = date(1899, 12, 30)
TABS = ("Team Members", "Certifications")
OPTIONAL = ("Notes", "Issuing Body", "Location")


@dataclass
class Chance:
    """Draws numbers from a source of randomness; every number of days is given once."""

    below: Callable[[int], int]
    days: int = 200
    people: int = 100
    dates_of: dict[str, set[int]] = field(default_factory=dict)

    def pick(self, among: list[Any]) -> Any:
        """One of these."""
        return among[self.below(len(among))]

    def fresh_date(self, who: str) -> int:
        """A serial number of a day that no other record has, noted for this record."""
        self.days += 1
        self.dates_of.setdefault(who, set()).add(self.days)
        return (TODAY + timedelta(days=self.days) - DAY_ZERO).days

    def newcomer(self) -> str:
        """A number for a record nobody has yet."""
        self.people += 1
        return f"E{self.people}"


def header_row(sheet: Sheet) -> int:
    """The row of the headers: the first one with two words that our schema knows."""
    for row in range(min(sheet.rows, 40)):
        found = {sheet.cell(row, column).value for column in range(sheet.columns)}
        if len(found & {"Employee ID", "Full Legal Name", "Certification", "Email"}) >= 2:
            return row
    return 0


def headers(sheet: Sheet) -> dict[object, int]:
    """The column of each header."""
    row = header_row(sheet)
    return {
        sheet.cell(row, column).value: column
        for column in range(sheet.columns)
        if sheet.cell(row, column).value not in (None, "")
    }


def records(sheet: Sheet) -> list[int]:
    """The rows of the records: those below the headers with an ID."""
    where = headers(sheet).get("Employee ID")
    if where is None:
        return []
    first = header_row(sheet) + 1
    return [
        row for row in range(first, sheet.rows) if isinstance(sheet.cell(row, where).value, str)
    ]


def ours(book: Book, sheet: Sheet) -> set[int]:
    """The columns certsync has anchored."""
    return {
        piece.index
        for piece in book.metadata
        if piece.sheet == sheet.id and piece.key == COLUMN_KEY and piece.index is not None
    }


def generated(book: Book) -> set[int]:
    """The tabs certsync made."""
    return {
        piece.sheet for piece in book.metadata if piece.key == TAB_KEY and piece.sheet is not None
    }


Edit = Callable[[Book, Chance], list[Json]]


def _tab(book: Book, chance: Chance) -> Sheet:
    return chance.pick([s for s in book.sheets if s.id in (0, 1007)])  # type: ignore[no-any-return]


def _span(sheet: Sheet, dimension: str, start: int, end: int) -> Json:
    return {"sheetId": sheet.id, "dimension": dimension, "startIndex": start, "endIndex": end}


def _value(value: object) -> Json:
    kind = "numberValue" if isinstance(value, int) else "stringValue"
    return {"userEnteredValue": {kind: value}} if value != "" else {}


def _put(sheet: Sheet, row: int, column: int, value: object) -> Json:
    return {
        "updateCells": {
            "start": {"sheetId": sheet.id, "rowIndex": row, "columnIndex": column},
            "rows": [{"values": [_value(value)]}],
            "fields": "userEnteredValue",
        }
    }


def _filled(sheet: Sheet, row: int, chance: Chance) -> list[Json]:
    """A new record in this row."""
    who, at = chance.newcomer(), headers(sheet)
    words = {
        "Employee ID": who,
        "Full Legal Name": f"Person {who}",
        "Email": f"{who}@agency.example".lower(),
        "Status": "Active",
        "Certification": f"Certification {who}",
        "Expiration Date": chance.fresh_date(who),
        "Notes": f"new {who}",
    }
    mine = words if sheet.id else {k: v for k, v in words.items() if k != "Expiration Date"}
    return [_put(sheet, row, at[name], value) for name, value in mine.items() if name in at]


def insert_row(book: Book, chance: Chance) -> list[Json]:
    """A new record between or above others."""
    sheet = _tab(book, chance)
    rows = records(sheet)
    row = chance.pick([*rows, (rows[-1] if rows else header_row(sheet)) + 1])
    made = {"insertDimension": {"range": _span(sheet, "ROWS", row, row + 1)}}
    filled = _filled(sheet, row, chance) if sheet.id else []
    return [made, *filled]


def add_row(book: Book, chance: Chance) -> list[Json]:
    """A new record below the others."""
    sheet = book.sheet(1007)
    rows = records(sheet)
    return _filled(sheet, (rows[-1] if rows else header_row(sheet)) + 1, chance)


def delete_row(book: Book, chance: Chance) -> list[Json]:
    """A record is gone."""
    sheet = _tab(book, chance)
    rows = records(sheet)
    if len(rows) < 4:
        return []
    row = chance.pick(rows)
    return [{"deleteDimension": {"range": _span(sheet, "ROWS", row, row + 1)}}]


def insert_title(book: Book, chance: Chance) -> list[Json]:
    """A row above the headers."""
    sheet = _tab(book, chance)
    made = {"insertDimension": {"range": _span(sheet, "ROWS", 0, 1)}}
    return [made, _put(sheet, 0, 0, f"Title {chance.newcomer()}")] if chance.below(2) else [made]


def move_row(book: Book, chance: Chance) -> list[Json]:
    """A record is dragged to another place."""
    sheet = _tab(book, chance)
    rows = records(sheet)
    if len(rows) < 2:
        return []
    row, to = chance.pick(rows), chance.pick([*rows, rows[-1] + 1])
    if row <= to <= row + 1:
        return []
    span = _span(sheet, "ROWS", row, row + 1)
    return [{"moveDimension": {"source": span, "destinationIndex": to}}]


def sort_rows(book: Book, chance: Chance) -> list[Json]:
    """All records are sorted by a column, with everything that stands beside them."""
    sheet = _tab(book, chance)
    rows = records(sheet)
    if not rows:
        return []
    order = chance.pick(["ASCENDING", "DESCENDING"])
    column = chance.pick(list(headers(sheet).values()))
    block = {
        "sheetId": sheet.id,
        "startRowIndex": rows[0],
        "endRowIndex": rows[-1] + 1,
        "startColumnIndex": 0,
        "endColumnIndex": sheet.columns,
    }
    specs = [{"dimensionIndex": column, "sortOrder": order}]
    return [{"sortRange": {"range": block, "sortSpecs": specs}}]


def insert_column(book: Book, chance: Chance) -> list[Json]:
    """A new column, empty or with words in it."""
    sheet = _tab(book, chance)
    column = chance.below(max(headers(sheet).values(), default=1) + 2)
    made: list[Json] = [{"insertDimension": {"range": _span(sheet, "COLUMNS", column, column + 1)}}]
    if chance.below(2):
        word = chance.newcomer()
        made.append(_put(sheet, header_row(sheet), column, f"Column {word}"))
        made += [_put(sheet, row, column, f"{word} {row}") for row in records(sheet)]
    return made


def delete_column(book: Book, chance: Chance) -> list[Json]:
    """A column nobody needs is gone, or one of ours."""
    sheet = _tab(book, chance)
    at = headers(sheet)
    spare = [at[name] for name in OPTIONAL if name in at] + sorted(ours(book, sheet))
    if not spare:
        return []
    column = chance.pick(spare)
    return [{"deleteDimension": {"range": _span(sheet, "COLUMNS", column, column + 1)}}]


def move_column(book: Book, chance: Chance) -> list[Json]:
    """A column is dragged to another place, ours too."""
    sheet = _tab(book, chance)
    columns = list(headers(sheet).values())
    column, to = chance.pick(columns), chance.pick(columns)
    if column <= to <= column + 1:
        return []
    span = _span(sheet, "COLUMNS", column, column + 1)
    return [{"moveDimension": {"source": span, "destinationIndex": to}}]


def type_beside(book: Book, chance: Chance) -> list[Json]:
    """Words right of the table, where certsync may want to put its columns."""
    sheet = _tab(book, chance)
    column = max(headers(sheet).values(), default=0) + 1 + chance.below(2)
    rows = records(sheet)
    if column >= sheet.columns or not rows:
        return []
    return [_put(sheet, chance.pick(rows), column, f"beside {chance.newcomer()}")]


def type_below(book: Book, chance: Chance) -> list[Json]:
    """Words below the table in a column of certsync's."""
    sheet = _tab(book, chance)
    rows, columns = records(sheet), sorted(ours(book, sheet))
    if not rows or not columns:
        return []
    row = rows[-1] + 2 + chance.below(2)
    return [_put(sheet, row, chance.pick(columns), f"below {chance.newcomer()}")]


def rename_header(book: Book, chance: Chance) -> list[Json]:
    """A header is written in another way."""
    sheet = _tab(book, chance)
    at = headers(sheet)
    names = {"Notes": "Remarks", "Remarks": "Notes", "Issuing Body": "Issuer", "Issuer": "Vendor"}
    found = [name for name in names if name in at]
    if not found:
        return []
    name = chance.pick(found)
    return [_put(sheet, header_row(sheet), at[name], names[name])]


def rename_tab(book: Book, chance: Chance) -> list[Json]:
    """A tab gets another name, one that is still known."""
    sheet = _tab(book, chance)
    names = {
        "Team Members": "team  members",
        "team  members": "Team Members",
        "Certifications": "CERTIFICATIONS",
        "CERTIFICATIONS": "Certifications",
    }
    if sheet.title not in names:
        return []
    properties = {"sheetId": sheet.id, "title": names[sheet.title]}
    return [{"updateSheetProperties": {"properties": properties, "fields": "title"}}]


def edit_cell(book: Book, chance: Chance) -> list[Json]:
    """A date is put right, or a note written."""
    sheet = book.sheet(1007)
    rows, at = records(sheet), headers(sheet)
    if not rows:
        return []
    row = chance.pick(rows)
    who = str(sheet.cell(row, at["Employee ID"]).value)
    if chance.below(2) and "Expiration Date" in at:
        return [_put(sheet, row, at["Expiration Date"], chance.fresh_date(who))]
    if "Notes" in at:
        return [_put(sheet, row, at["Notes"], f"note {chance.newcomer()}")]
    return []


def filter_rows(book: Book, chance: Chance) -> list[Json]:
    """A filter over the table."""
    sheet = _tab(book, chance)
    block = {"sheetId": sheet.id, "startRowIndex": header_row(sheet)}
    return [{"setBasicFilter": {"filter": {"range": block}}}]


def merge_cells(book: Book, chance: Chance) -> list[Json]:
    """Two cells of a record or a title become one."""
    sheet = _tab(book, chance)
    at = headers(sheet)
    column = at.get("Notes", at.get("Location", 0))
    rows = records(sheet)
    row = chance.pick(rows) if rows and chance.below(2) else 0
    block = {
        "sheetId": sheet.id,
        "startRowIndex": row,
        "endRowIndex": row + 1,
        "startColumnIndex": column,
        "endColumnIndex": column + 2,
    }
    return [{"mergeCells": {"range": block, "mergeType": "MERGE_ALL"}}]


def move_dashboard(book: Book, chance: Chance) -> list[Json]:
    """The dashboard is dragged, hidden, renamed or deleted."""
    made = [sheet for sheet in book.sheets if sheet.id in generated(book)]
    if not made:
        return []
    sheet = chance.pick(made)
    if chance.below(4) == 0:
        return [{"deleteSheet": {"sheetId": sheet.id}}]
    changes: Mapping[str, Json] = chance.pick(
        [{"index": len(book.sheets)}, {"hidden": True}, {"title": f"Board {chance.newcomer()}"}]
    )
    properties = {"sheetId": sheet.id, **changes}
    return [{"updateSheetProperties": {"properties": properties, "fields": ",".join(changes)}}]


def protect(book: Book, chance: Chance) -> list[Json]:
    """A range is closed to certsync."""
    sheet = _tab(book, chance)
    row = chance.below(12)
    block = {"sheetId": sheet.id, "startRowIndex": row, "endRowIndex": row + 2}
    closed = {"range": block, "description": "closed", "editors": {"users": ["owner@example.com"]}}
    return [{"addProtectedRange": {"protectedRange": closed}}]


EDITS: Mapping[str, Edit] = {
    edit.__name__: edit
    for edit in (
        insert_row,
        add_row,
        delete_row,
        insert_title,
        move_row,
        sort_rows,
        insert_column,
        delete_column,
        move_column,
        type_beside,
        type_below,
        rename_header,
        rename_tab,
        edit_cell,
        filter_rows,
        merge_cells,
        move_dashboard,
        protect,
    )
}
