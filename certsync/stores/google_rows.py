"""Which row is which when people moved rows under a write, and what our columns then should hold.

Rows are known by what people wrote in them, under headers that are still there; our own columns
do not count. Rows and columns are 0-based here; a row ends with its last value.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from certsync.stores.google_read import Rows
from certsync.stores.google_values import Entered

Key = tuple[object, ...]


@dataclass(frozen=True)
class Column:
    """A column of ours: where it stood, where it stands now, and what was planned for it.

    `base` is None for a column that is new with this write. `planned` holds the new values by the
    row they were planned for, `formulas` the rows whose cell a person gave a formula.
    """

    base: int | None
    now: int
    planned: Mapping[int, Entered]
    formulas: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Alignment:
    """`base_of` maps rows as they stand now to the rows that were planned for.

    `blank` are rows in which people wrote nothing, `blank_then` such rows when the plan was made.
    `strange` are rows that nothing was planned for: new ones, or such as a person changed. `lost`
    are planned rows that are no more. `header` and `last` enclose the records as they stand now.
    `rows_then` is how many rows there were.
    """

    base_of: Mapping[int, int]
    blank: Collection[int]
    blank_then: Collection[int]
    strange: Collection[int]
    lost: Collection[int]
    header: int
    last: int
    rows_then: int

    @property
    def still(self) -> bool:
        """Whether every row stands where it stood, unchanged."""
        moved = any(now != base for now, base in self.base_of.items())
        return not (moved or self.strange or self.lost)

    def base(self, row: int) -> int | None:
        """The row that stood here; a row without people's words goes with the row above it."""
        if row in self.base_of:
            return self.base_of[row]
        if row not in self.blank:
            return None
        if not self._order:
            then = row
        else:
            here = bisect_left(self._order, row)
            beside = self._order[here - 1 if here else 0]
            then = self.base_of[beside] + row - beside
        return then if then in self.blank_then or then >= self.rows_then else None

    @cached_property
    def _order(self) -> list[int]:
        return sorted(self.base_of)


def align(
    base: Rows, now: Rows, header: int, ours_then: Collection[int], ours_now: Collection[int]
) -> Alignment:
    """Find each row of `base` in `now`.

    Args:
        base: The tab as it was when the plan was made.
        now: The tab as it stands.
        header: The row of the headers in `base`.
        ours_then: Our columns in `base`.
        ours_now: Our columns in `now`.
    """
    names = _headers(base[header] if header < len(base) else (), ours_then)
    found = [len(_headers(row, ours_now).keys() & names.keys()) for row in now]
    best = max(found, default=0)
    header_now = found.index(best) if best else 0
    names_now = _headers(now[header_now], ours_now) if best else {}
    common = [name for name in names if name in names_now]
    old = _keys(base, [names[name] for name in common])
    new = _keys(now, [names_now[name] for name in common])
    where: dict[Key, list[int]] = defaultdict(list)
    for row, key in enumerate(new):
        if _said(key):
            where[key].append(row)
    # Rows that say the same are told apart by where they stand.
    base_of: dict[int, int] = {}
    lost = []
    waiting: list[int] = []
    for row, key in enumerate(old):
        if _said(key):
            if row < len(new) and new[row] == key:
                base_of[row] = row
            else:
                waiting.append(row)
    for rows in where.values():
        rows[:] = [row for row in rows if row not in base_of]
        rows.reverse()
    for row in waiting:
        places = where.get(old[row])
        if places:
            base_of[places.pop()] = row
        else:
            lost.append(row)
    blank = {row for row, key in enumerate(new) if not _said(key)}
    strange = {row for row in range(len(new)) if row not in base_of and row not in blank}
    below = [row for row in (*base_of, *strange) if row > header_now]
    blank_then = {row for row, key in enumerate(old) if not _said(key)}
    last = max(below, default=header_now)
    return Alignment(
        base_of, blank, blank_then, strange, lost, header_now, last, rows_then=len(old)
    )


def _headers(row: Sequence[object], ours: Collection[int]) -> dict[object, int]:
    """The columns of the headers that are words and stand only once."""
    words = [(value, i) for i, value in enumerate(row) if i not in ours and value not in ("", None)]
    often = Counter(value for value, _ in words)
    return {value: column for value, column in words if often[value] == 1}


def _keys(rows: Rows, columns: Sequence[int]) -> list[Key]:
    return [tuple(_at(row, column) for column in columns) for row in rows]


def _said(key: Key) -> bool:
    return any(value != "" for value in key)


def _at(row: Sequence[object], column: int) -> object:
    return row[column] if column < len(row) and row[column] is not None else ""


def cell(rows: Rows, row: int, column: int) -> object:
    """One value; "" where nothing stands."""
    return _at(rows[row], column) if 0 <= row < len(rows) else ""


@dataclass(frozen=True)
class Repair:
    """What has to be written into one column, by the row as it stands now."""

    values: Mapping[int, Entered]
    formulas: Mapping[int, int]
    """Rows now -> rows then whose formula was written over."""


def repair(
    column: Column, base: Rows, now: Rows, rows: Alignment, written: Collection[int]
) -> Repair:
    """The cells of one column that do not hold what belongs to the row they stand in.

    `written` are the rows that this run wrote to, wherever these are now.
    """
    values: dict[int, Entered] = {}
    formulas: dict[int, int] = {}
    for row in _rows(rows, written, column):
        then = rows.base(row)
        if then is not None and then in column.formulas:
            if row in written:
                formulas[row] = then
            continue
        wanted = _wanted(column, base, then)
        if wanted != cell(now, row, column.now):
            values[row] = wanted
    return Repair(values, formulas)


def _rows(rows: Alignment, written: Collection[int], column: Column) -> list[int]:
    """The records, all that was written to and, in a new column, its header."""
    first = rows.header + (column.base is not None)
    inside = range(first, rows.last + 1)
    return sorted({*(r for r in (*rows.base_of, *rows.strange) if r in inside), *written})


def _wanted(column: Column, base: Rows, then: int | None) -> Entered:
    if then is None:
        return ""
    if then in column.planned:
        return column.planned[then]
    if column.base is None:
        return ""
    stood = cell(base, then, column.base)
    return stood if isinstance(stood, str | int | float | bool) else ""
