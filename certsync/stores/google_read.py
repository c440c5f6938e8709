"""Metadata and values of a spreadsheet as a snapshot."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from certsync.sheets.names import fold
from certsync.sheets.snapshot import Snapshot, TabSnapshot, Value
from certsync.stores.google_book import BookInfo, Json, SheetInfo
from certsync.stores.google_values import value
from certsync.stores.grid import Grid

Rows = Sequence[Sequence[object]]
"""The values of a tab from A1 on, as the API gives them: rows end with their last value."""


@dataclass(frozen=True)
class Reading:
    """One read: what the spreadsheet is, the values of the wanted tabs by id, and both as ours."""

    book: BookInfo
    values: Mapping[int, Rows]
    snapshot: Snapshot


def wanted_sheets(book: BookInfo, wanted: Collection[str] | None) -> list[SheetInfo]:
    """The tabs whose values are needed, as for `Store.read`."""
    return [
        sheet
        for sheet in book.sheets
        if sheet.grid and (wanted is None or fold(sheet.title) in wanted)
    ]


def quoted(title: str) -> str:
    """The title as A1 notation takes it: quoted always, since some titles look like cells."""
    return "'" + title.replace("'", "''") + "'"


def by_sheet(sheets: Sequence[SheetInfo], answer: Json) -> dict[int, Rows]:
    """The answer of `values:batchGet`, whose ranges stand in the order they were asked for."""
    ranges = answer.get("valueRanges", ())
    return {sheet.id: found.get("values", ()) for sheet, found in zip(sheets, ranges, strict=True)}


def revision(values: Mapping[int, Rows]) -> str:
    """Names these values and no others, however many empty cells follow the last one."""
    bare = sorted((sheet, _bare(rows)) for sheet, rows in values.items())
    packed = json.dumps(bare, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()


def _bare(rows: Rows) -> list[Sequence[object]]:
    """Rows without the empty cells and rows at their ends."""
    bare = [row if row and row[-1] != "" else _trimmed(row) for row in rows]
    while bare and not bare[-1]:
        bare.pop()
    return bare


def _trimmed(row: Sequence[object]) -> Sequence[object]:
    last = next((i for i in range(len(row), 0, -1) if row[i - 1] != ""), 0)
    return list(row[:last])


def reading(book: BookInfo, values: Mapping[int, Rows]) -> Reading:
    """A spreadsheet as a snapshot."""
    tabs = tuple(
        _tab(sheet, values[sheet.id])
        if sheet.id in values
        else TabSnapshot(sheet.title, (), visible=not sheet.hidden, generated=_key(sheet))
        for sheet in book.sheets
    )
    stamps = {sheet.mark.key: sheet.mark.stamp for sheet in book.sheets if sheet.mark}
    snapshot = Snapshot(
        book.title, tabs, revision(values), stamps, timezone=book.timezone, locale=book.locale
    )
    return Reading(book, values, snapshot)


def _tab(sheet: SheetInfo, rows: Rows) -> TabSnapshot:
    width = max(map(len, rows), default=0)
    formats = sheet.formats
    cells: list[list[Value]] = [
        [value(read, formats.get((row, column))) for column, read in enumerate(line, start=1)]
        + [None] * (width - len(line))
        for row, line in enumerate(rows, start=1)
    ]
    grid = Grid(cells)
    grid.trim()
    formulas: dict[int, list[int]] = defaultdict(list)
    for row, column in sheet.formulas:
        formulas[column].append(row)
    return TabSnapshot(
        name=sheet.title,
        rows=grid.rows,
        top=grid.top,
        left=grid.left,
        visible=not sheet.hidden,
        frozen_rows=sheet.frozen_rows,
        tables=sheet.tables,
        formulas=dict(formulas),
        generated=_key(sheet),
    )


def _key(sheet: SheetInfo) -> str | None:
    return sheet.mark.key if sheet.mark else None
