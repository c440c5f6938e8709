"""Which rows below a header are records: not blank ones, not totals, not what stands outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import itemgetter

from certsync.sheets.cells import blank, quoted
from certsync.sheets.findings import Finding
from certsync.sheets.headers import Headers
from certsync.sheets.locate import Place
from certsync.sheets.snapshot import TableRange, Value, cell_ref

_TOTALS = frozenset(
    f"{space}{word}{end}"
    for plain in ("total", "totals", "sum", "grand total", "subtotal")
    for word in (plain, plain.upper(), plain.capitalize(), plain.title())
    for space in ("", " ")
    for end in ("", ":", " ")
)


@dataclass(frozen=True)
class Records:
    """The records of a tab: their cells, their sheet rows, and where the table ends."""

    cells: Sequence[Sequence[Value]]
    rows: Sequence[int]
    last_row: int
    right: int
    findings: tuple[Finding, ...] = ()


def records(place: Place) -> Records:
    """The rows of a tab that hold a value in a column people fill, in sheet order.

    An Excel table ends where it ends: rows below it that look like records are reported. A
    table without that frame ends at its last record; a row of totals in it is no record.
    """
    tab, headers, table = place.tab, place.headers, place.table
    first = headers.row + 1
    end = table.bottom if table else tab.bottom
    body = tab.rows[first - tab.top : end + 1 - tab.top]
    kept = _filled(body, [column - tab.left for column in _people_columns(headers)])
    if table is None and (totals := _totals(body, _label_offsets(place), _wordy(place))):
        kept = [i for i in kept if i not in totals]
    last_row = table.bottom if table else first + kept[-1] if kept else headers.row
    right = table.right if table else _right(place, body[: last_row - headers.row])
    return Records(
        [body[i] for i in kept] if len(kept) < len(body) else body,
        [first + i for i in kept],
        last_row,
        right,
        _outside(place, table) if table else (),
    )


def _people_columns(headers: Headers) -> list[int]:
    """The sheet columns people fill, those that could be one of them included."""
    keys = {column.key for column in headers.spec.columns}
    found = {column for key, column in headers.columns.items() if key in keys}
    found |= {c for key, columns in headers.clashes.items() if key in keys for c in columns}
    return sorted(found)


def _filled(body: Sequence[Sequence[Value]], offsets: Sequence[int]) -> Sequence[int]:
    """The indices of rows with a value at one of the offsets."""
    waiting: Sequence[int] = range(len(body))
    for offset in offsets:
        column = list(map(itemgetter(offset), body))
        # Most cells hold something, so the exact test is kept for those that may not.
        waiting = [
            i
            for i in waiting
            if (not (value := column[i]) or (type(value) is str and value.isspace()))
            and blank(value)
        ]
        if not waiting:
            return range(len(body))
    empty = frozenset(waiting)
    return [i for i in range(len(body)) if i not in empty]


def _label_offsets(place: Place) -> set[int]:
    """Where a row of totals has its label: under the first header, or the first one known."""
    first = min(_people_columns(place.headers))
    return {min(place.headers.cells) - place.tab.left, first - place.tab.left}


def _wordy(place: Place) -> list[int]:
    """Where required columns stand that hold words and dates, which nobody adds up."""
    columns = place.headers.columns
    return [
        columns[column.key] - place.tab.left
        for column in place.spec.columns
        if column.required and column.key in columns and column.kind not in ("whole", "money")
    ]


def _totals(
    body: Sequence[Sequence[Value]], labels: Collection[int], wordy: Collection[int]
) -> set[int]:
    """The indices of rows of totals: such a label, and nothing that only a record has."""
    return {
        i
        for label in labels
        for i, row in enumerate(body)
        if row[label] in _TOTALS and all(blank(row[w]) for w in wordy if w not in labels)
    }


def _right(place: Place, body: Sequence[Sequence[Value]]) -> int:
    """The last column with a header, or with anything beside the records."""
    last = max(place.headers.cells)
    for column in range(place.tab.right, last, -1):
        if any(row[column - place.tab.left] is not None for row in body):
            return column
    return last


def _outside(place: Place, table: TableRange) -> tuple[Finding, ...]:
    """Rows below an Excel table that look like records of it."""
    tab, headers = place.tab, place.headers
    keys = {c.key for c in place.spec.columns if c.required}
    keys |= {key for group in place.spec.any_of for key in group}
    offsets = [column - tab.left for key, column in headers.columns.items() if key in keys]
    below = tab.rows[table.bottom + 1 - tab.top :]
    rows = [
        row
        for row, cells in enumerate(below, table.bottom + 1)
        if sum(not blank(cells[i]) for i in offsets) >= min(2, len(offsets))
        and not any(cells[i] in _TOTALS for i in offsets)
    ]
    if not rows:
        return ()
    return (
        Finding(
            "rows.outside",
            "error",
            tab.name,
            cell_ref(rows[0], table.left),
            table.name,
            f"{len(rows)} row{'s' if len(rows) > 1 else ''} from here on stand below the table "
            f"{quoted(table.name)} and are not read.",
            f"Drag the lower right corner of the table down to row {rows[-1]}.",
        ),
    )
