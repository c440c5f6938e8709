"""The store for Google Sheets: several people may write in the spreadsheet at the same time.

A column of ours is known by an anchor that Google moves with it, and written by that anchor. The
answer of a write brings back the whole tab, so rows that moved meanwhile are seen and put right.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gspread.exceptions import APIError
from gspread.urls import SPREADSHEETS_API_V4_BASE_URL

from certsync.errors import ChangedSinceRead, WorkbookBusy, WorkbookError
from certsync.sheets.edits import ColumnEdit, Plan, TabEdit
from certsync.sheets.names import fold
from certsync.sheets.schema import WANTED
from certsync.sheets.snapshot import Snapshot
from certsync.stores import google_columns, google_errors, google_read, google_sight
from certsync.stores.base import Written
from certsync.stores.google_book import FIELDS, BookInfo, Json, book, mark_value
from certsync.stores.google_fill import Filling
from certsync.stores.google_prepare import Preparation
from certsync.stores.google_read import Reading, Rows

if TYPE_CHECKING:
    from certsync.stores.google_client import SheetsClient

_TRIES = 3
"""How often a read begins anew when a tab is renamed meanwhile."""

_GET_BY_FILTER = "/values:batchGetByDataFilter"


def _random_id() -> int:
    return secrets.randbelow(2**31 - 1) + 1


class GoogleStore:
    """A spreadsheet in Google Sheets.

    Args:
        connect: Makes the client on first use; raises WorkbookRefused for a key of no use.
        spreadsheet: The spreadsheet's ID.
        new_id: A new ID for a tab, a chart or an anchor, from 1 to 2**31 - 1.
    """

    def __init__(
        self,
        connect: Callable[[], SheetsClient],
        spreadsheet: str,
        *,
        new_id: Callable[[], int] = _random_id,
    ) -> None:
        self._connect = connect
        self._opened: SheetsClient | None = None
        self._id = spreadsheet
        self._new_id = new_id
        self._last: Reading | None = None
        self._title: str | None = None
        self._touched = False

    @property
    def name(self) -> str:
        """The title of the spreadsheet; its ID until it was read."""
        return self._title or self._id

    @property
    def account(self) -> str | None:
        """The address to share with; None where a person is signed in. Connects if need be."""
        return self._client.account

    def read(self, wanted: Collection[str] | None = None) -> Snapshot:
        """The spreadsheet at this moment; see `Store.read`. Two requests."""
        with self._client.telling(writing=False):
            found, values = self._read(wanted)
        self._title = found.title
        self._last = google_read.reading(found, values)
        return self._last.snapshot

    def _read(self, wanted: Collection[str] | None) -> tuple[BookInfo, dict[int, Rows]]:
        for tries_left in reversed(range(_TRIES)):
            found = self._book()
            sheets = google_read.wanted_sheets(found, wanted)
            try:
                values = self._values([sheet.title for sheet in sheets])
            except APIError as error:
                if _invalid(error) and tries_left:
                    continue  # a tab was renamed or deleted between the two requests
                raise
            return found, {sheet.id: rows for sheet, rows in zip(sheets, values, strict=True)}
        raise AssertionError("the last try returns or raises")

    def apply(self, plan: Plan, base: str) -> Written:
        """Write the plan; see `Store.apply`. At most four requests while nobody else writes.

        ChangedSinceRead also comes where people changed rows under the write. Then every status
        that was written stands beside its own row, a changed row has none, and the plan that
        follows fills it.

        Raises PartlyWritten where the connection was lost for good between two writes, or rows
        went on moving.
        """
        if not plan:
            return Written()
        last, self._last = self._last, None
        if last is None or last.snapshot.revision != base:
            raise ChangedSinceRead(self.name)
        columns = _still_to_write(plan.columns, last)
        tabs = [edit for edit in plan.tabs if last.snapshot.stamps.get(edit.key) != edit.stamp]
        if not columns and not tabs:
            self._last = last
            return Written()
        self._touched = False
        try:
            self._same_as(last)
            filled = self._write_columns(columns, last) if columns else None
            done = Written(filled.cells if filled else 0)
            return done.and_then(self._write_tabs(tabs, last, filled))
        except google_errors.KINDS as error:
            raise self._unfinished(error, last) from error

    def apply_tabs(self, plan: Plan, base: str) -> Written:
        """Write the generated tabs alone; see `Store.apply_tabs`. Two requests."""
        del base
        with self._client.telling(writing=True):
            found = self._book()
        last = google_read.reading(found, {})
        stamps = last.snapshot.stamps
        tabs = [edit for edit in plan.tabs if stamps.get(edit.key) != edit.stamp]
        self._touched = False
        try:
            return self._write_tabs(tabs, last, None)
        except google_errors.KINDS as error:
            raise self._unfinished(error, last) from error

    # -- reading

    @property
    def _client(self) -> SheetsClient:
        if self._opened is None:
            self._opened = self._connect()
        return self._opened

    def _ask(self, path: str, params: Mapping[str, str | list[str] | bool]) -> Json:
        """Read something. `path` is what follows the spreadsheet's ID in an address."""
        answer: Json = self._client.request("get", self._url(path), params=dict(params)).json()
        return answer

    def _look(self, path: str, body: Json) -> Json:
        """Read something that is asked for with a body."""
        answer: Json = self._client.request("post", self._url(path), json=body).json()
        return answer

    def _send(self, path: str, body: Json, applied: Callable[[], Json | None]) -> Json:
        """Write something, once; see `SheetsClient.send`."""
        answer: Json = self._client.send(self._url(path), body=body, applied=applied)
        self._touched = True
        return answer

    def _url(self, path: str) -> str:
        return f"{SPREADSHEETS_API_V4_BASE_URL}/{self._id}{path}"

    def _book(self) -> BookInfo:
        return book(self._ask("", {"fields": FIELDS}))

    def _values(self, titles: Sequence[str]) -> list[Rows]:
        """The values of whole tabs, in one request."""
        if not titles:
            return []
        ranges = [google_read.quoted(title) for title in titles]
        answer = self._ask("/values:batchGet", {"ranges": ranges, **google_sight.AS_STORED})
        return [found.get("values", ()) for found in answer["valueRanges"]]

    def _same_as(self, last: Reading) -> None:
        """Raises ChangedSinceRead if the tabs are no longer as they were when they were read.

        One answer tells values, sizes and places, so it also shows what was moved between the
        two requests of the read.
        """
        read = [sheet for sheet in last.book.sheets if sheet.id in last.values]
        places = {anchor: column for s in read for column, anchor in s.anchors.items()}
        question = google_sight.question(places, last.values)
        try:
            now = google_sight.answer(self._look(_GET_BY_FILTER, question))
        except APIError as error:
            if _invalid(error):
                raise ChangedSinceRead(self.name) from error
            raise
        sizes = {sheet.id: (sheet.rows, sheet.columns) for sheet in read}
        moved = now.places != places or any(sizes[i] != size for i, size in now.sizes.items())
        if moved or google_read.revision(now.values) != last.snapshot.revision:
            raise ChangedSinceRead(self.name)

    def _unfinished(self, error: BaseException, last: Reading) -> WorkbookError:
        """Trouble in a write, as one that lets the mails go out and the next run write."""
        told = google_errors.explain(
            error,
            document=self.name,
            account=self._client.account,
            writing=True,
            partly=self._touched,
        )
        barred = _barred(last)
        if isinstance(told, WorkbookBusy) and barred and "protected" in told.reason:
            return type(told)(self.name, f"{told.reason}: {', '.join(barred)}")
        return told

    def try_write(self) -> None:
        """Find out whether the spreadsheet can be written; see `Store.try_write`.

        A mark is put on the spreadsheet and taken away in the same request. A tab or a
        column of ours that was read and is protected is told too.
        """
        mark = self._new_id()
        piece = {
            "metadataId": mark,
            "metadataKey": "certsync.doctor",
            "visibility": "PROJECT",
            "location": {"spreadsheet": True},
        }
        requests = [
            {"createDeveloperMetadata": {"developerMetadata": piece}},
            {"deleteDeveloperMetadata": {"dataFilter": google_sight.filter_of(mark)}},
        ]
        with self._client.telling(writing=True):
            # To do it twice leaves no more behind than to do it once.
            self._send(":batchUpdate", {"requests": requests}, lambda: None)
        if barred := _barred(self._last):
            who = self.account or "the account you are signed in with"
            raise WorkbookBusy(
                self.name,
                f"{barred[0]} is protected against {who}. In the spreadsheet open "
                f"Data > Protect sheets and ranges, and let {who} edit it",
            )

    # -- our columns

    def _write_columns(self, edits: Sequence[ColumnEdit], last: Reading) -> Filling:
        """Anchor, add and fill our columns, and put right what moved meanwhile."""
        sheets = {sheet.title: sheet for sheet in last.book.sheets}
        columns = google_columns.anchored(edits, sheets, last.values, self._new_id)
        prepared = google_columns.preparing(columns)
        if prepared:
            preparation = Preparation(self._send, self._ask, self.name, columns, last)
            preparation.make(prepared)
        filling = Filling(self._send, self._look, self.name, columns, last.values)
        filling.write()
        return filling

    # -- generated tabs

    def _write_tabs(
        self, tabs: Sequence[TabEdit], last: Reading, filled: Filling | None
    ) -> Written:
        """Write the generated tabs and the formats of columns that were there, all or nothing."""
        found = last.book
        formats = filled.formats() if filled else []
        while tabs or formats:
            try:
                return self._send_tabs(tabs, found, formats)
            except APIError as error:
                if not _invalid(error):
                    raise
                now = self._book()
                if now != found:
                    # A tab, a chart or a rule that the requests name was gone meanwhile.
                    found = now
                elif formats:
                    # Looks are no reason to leave the generated tabs as they are.
                    formats = []
                else:
                    raise
        return Written()

    def _send_tabs(
        self, tabs: Sequence[TabEdit], found: BookInfo, formats: Sequence[Json]
    ) -> Written:
        # Imported here: reading needs no library that builds tabs.
        from certsync.stores import google_tabs

        made = google_tabs.built(tabs, found, self._new_id)
        requests = [*formats, *(request for tab in made for request in tab.requests)]
        marks = {tab.mark for tab in made}

        def applied() -> Json | None:
            now = self._book()
            carried = {
                mark_value(s.mark.key, s.mark.stamp, s.id, s.mark.charts)
                for s in now.sheets
                if s.mark
            }
            # Formats alone may be sent twice: they say the same the second time.
            return {} if marks and marks <= carried else None

        self._send(":batchUpdate", {"requests": requests}, applied)
        return Written(0, tuple(tab.title for tab in made))


def _barred(last: Reading | None) -> list[str]:
    """What of ours is protected against this account, in words, as far as it was read."""
    sheets = last.book.sheets if last else ()
    return [s.barred for s in sheets if s.barred and fold(s.title) in WANTED]


def _invalid(error: APIError) -> bool:
    """Whether Google could make nothing of a request: what it names may be gone."""
    return error.response.status_code == 400


def _still_to_write(edits: Sequence[ColumnEdit], last: Reading) -> list[ColumnEdit]:
    """The edits without cells that hold a formula, or that hold what is planned already."""
    left = []
    for planned in edits:
        tab = last.snapshot.tab(planned.tab)
        edit = google_columns.adopted(planned, last.book.titled(planned.tab), tab)
        if edit.header is None:
            locked = set(tab.formulas.get(edit.column, ()))
            kept = [
                (row, value)
                for row, value in zip(edit.rows, edit.values, strict=True)
                if row not in locked and tab.value(row, edit.column) != value
            ]
            if not kept:
                continue
            edit = replace(edit, rows=[r for r, _ in kept], values=[v for _, v in kept])
        left.append(edit)
    return left
