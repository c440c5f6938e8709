"""The complete plan of what a run changes in the workbook, made before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from certsync.dashboard.layout import Layout
from certsync.sheets.snapshot import Value, cell_ref

Kind = Literal["text", "whole", "date"]
Highlight = Literal["days", "status", "compliance", "pursuit"]


@dataclass(frozen=True)
class ColumnEdit:
    """New values for cells of one column that certsync owns.

    `rows` and `values` run side by side and hold only cells whose value changes; None empties a
    cell. `header` is None where the column exists; otherwise the column is new, its header goes
    to (`header_row`, `column`) and, where `table` names an Excel table, the table grows by it.
    New cells take their look from column `like` of the same row. The data rows `first_row` to
    `last_row` carry the conditional format `highlight`; `soon` is the number of days up to which
    it is yellow (red begins at 30), and `status` the column whose word "Renewed" quiets it.
    """

    tab: str
    column: int
    kind: Kind
    rows: Sequence[int]
    values: Sequence[Value]
    header_row: int
    first_row: int
    last_row: int
    like: int
    header: str | None = None
    table: str | None = None
    highlight: Highlight | None = None
    status: int | None = None
    soon: int = 90
    width: float = 14.0

    def cells(self) -> Iterator[tuple[str, Value]]:
        """Each planned cell as (reference, new value), the header first."""
        if self.header is not None:
            yield cell_ref(self.header_row, self.column), self.header
        for row, value in zip(self.rows, self.values, strict=True):
            yield cell_ref(row, self.column), value


@dataclass(frozen=True)
class TabEdit:
    """A generated tab. It is rewritten where its `stamp` differs from the one it carries.

    `stamp` is a short text (at most 200 characters of A-Z a-z 0-9 and `.:;=-`) that names the
    content and the day; the store keeps it inside the workbook and gives it back in
    `Snapshot.stamps`. A new tab comes before all others, or right behind the generated tab
    whose key is `after`; one that is there already stays where people put it.
    """

    key: str
    layout: Layout
    stamp: str
    after: str = ""


@dataclass(frozen=True)
class Plan:
    """Everything one run would write. An empty plan writes nothing."""

    columns: tuple[ColumnEdit, ...] = ()
    tabs: tuple[TabEdit, ...] = ()

    @property
    def cell_count(self) -> int:
        """How many cells of the people's own tabs change, new headers included."""
        return sum(len(c.rows) + (c.header is not None) for c in self.columns)

    def __bool__(self) -> bool:
        return bool(self.cell_count or self.tabs)
