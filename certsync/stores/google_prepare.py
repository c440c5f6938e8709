"""Our columns anchored and added by one request, and taken back where they met another column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gspread.exceptions import APIError

from certsync.errors import ChangedSinceRead
from certsync.stores import google_columns, google_read, google_sight
from certsync.stores.google_book import FIELDS, BookInfo, Json, book
from certsync.stores.google_columns import Anchored
from certsync.stores.google_fill import Send
from certsync.stores.google_read import Reading
from certsync.stores.google_values import entered

Ask = Callable[[str, Mapping[str, str | list[str] | bool]], Json]


class Preparation:
    """The request that makes the columns of a plan.

    Google takes a column to anchor by its place, so an anchor may meet another column where one
    was inserted at that moment. The answer shows the header rows, and so tells.

    Args:
        send: Writes, once; see `SheetsClient.send`.
        ask: Reads.
        name: What to call the spreadsheet.
        columns: Our columns.
        last: The read that the plan was made for.
    """

    def __init__(
        self, send: Send, ask: Ask, name: str, columns: Sequence[Anchored], last: Reading
    ) -> None:
        self._send = send
        self._ask = ask
        self._name = name
        self._columns = columns
        self._last = last

    def make(self, requests: list[Json]) -> None:
        """Send the requests that make the columns; raises ChangedSinceRead if one was elsewhere."""
        columns, last = self._columns, self._last
        old = [column for column in columns if column.fresh and column.base]
        body: Json = {"requests": requests}
        heads = {column.sheet.title: column.edit.header_row for column in columns if column.edit}
        if old:
            body["includeSpreadsheetInResponse"] = True
            body["responseIncludeGridData"] = True
            body["responseRanges"] = [
                f"{google_read.quoted(title)}!{row}:{row}" for title, row in heads.items()
            ]
        fresh = {column.anchor for column in columns if column.fresh}

        def applied() -> Json | None:
            found = self._ask("", {"fields": FIELDS})
            if not fresh & {a for s in book(found).sheets for a in s.anchors.values()}:
                return None
            if not old:
                return {}
            shown = {"ranges": body["responseRanges"], "includeGridData": "true"}
            return {"updatedSpreadsheet": self._ask("", shown)}

        try:
            answer = self._send(":batchUpdate", body, applied)
        except APIError as error:
            if error.response.status_code == 400 and self._book() != last.book:
                raise ChangedSinceRead(self._name) from error
            raise
        if not old:
            return
        shown = _header_rows(answer.get("updatedSpreadsheet", {}))
        wrong = [
            column.anchor for column in old if shown.get(column.anchor) != _header(column, last)
        ]
        if wrong:
            said = set(shown.values())
            moved = {c.sheet.id for c in old if _header(c, last) not in said}
            new = [c for c in columns if c.base is None and c.sheet.id in moved]
            self._undo(wrong, new)
            raise ChangedSinceRead(self._name)

    def _undo(self, anchors: Sequence[int], new: Sequence[Anchored]) -> None:
        """Take back anchors that went to another column.

        `new` are columns just added whose header went into another row: they are emptied.
        """
        deleted: list[Json] = [
            {"deleteDeveloperMetadata": {"dataFilter": google_sight.filter_of(anchor)}}
            for anchor in anchors
        ]
        self._send(":batchUpdate", {"requests": deleted}, self._anchors_gone(set(anchors)))
        if new:
            headers = {c.anchor: {c.edit.header_row - 1: ""} for c in new if c.edit}
            emptied = google_columns.filling(headers, ())
            # To empty a cell twice does no harm.
            self._send("/values:batchUpdateByDataFilter", emptied, lambda: None)

    def _anchors_gone(self, anchors: set[int]) -> Callable[[], Json | None]:
        def applied() -> Json | None:
            left = {a for sheet in self._book().sheets for a in sheet.anchors.values()}
            return None if anchors & left else {}

        return applied

    def _book(self) -> BookInfo:
        return book(self._ask("", {"fields": FIELDS}))


def _header(column: Anchored, last: Reading) -> str:
    """The header of a column when the plan was made."""
    row = column.edit.header_row if column.edit else 0
    return str(entered(last.snapshot.tab(column.sheet.title).value(row, column.base or 0)))


def _header_rows(spreadsheet: Json) -> dict[object, str]:
    """What stands in the header rows of an answer, by the anchor of the column or its place."""
    shown: dict[object, str] = {}
    for sheet in spreadsheet.get("sheets", ()):
        name = sheet.get("properties", {}).get("sheetId", 0)
        for block in sheet.get("data", ()):
            rows = block.get("rowData") or [{}]
            cells = rows[0].get("values", [])
            for column, about in enumerate(block.get("columnMetadata", ())):
                header = cells[column].get("formattedValue", "") if column < len(cells) else ""
                shown[name, column] = header
                for piece in about.get("developerMetadata", ()):
                    shown[piece["metadataId"]] = header
    return shown
