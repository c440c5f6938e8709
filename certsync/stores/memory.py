"""A workbook in memory, for tests of everything above the stores."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from certsync.dashboard.layout import Layout
from certsync.errors import ChangedSinceRead
from certsync.sheets.edits import ColumnEdit, Plan, TabEdit
from certsync.sheets.names import fold
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot, Value
from certsync.stores.base import Written
from certsync.stores.grid import Grid


class MemoryStore:
    """A store that holds the snapshot it is given, and what is written on top of it."""

    def __init__(self, workbook: Snapshot) -> None:
        self._workbook = workbook
        self._writes = 0

    @property
    def name(self) -> str:
        """The name of the workbook."""
        return self._workbook.name

    def read(self, wanted: Collection[str] | None = None) -> Snapshot:
        """The workbook at this moment; see `Store.read`."""
        tabs = tuple(
            tab if wanted is None or fold(tab.name) in wanted else _without_cells(tab)
            for tab in self._workbook.tabs
        )
        return replace(self._workbook, tabs=tabs)

    def apply(self, plan: Plan, base: str) -> Written:
        """Write the plan, all of it or nothing; see `Store.apply`."""
        if not plan:
            return Written()
        if base != self._workbook.revision:
            raise ChangedSinceRead(self.name)
        book = self._workbook
        written = 0
        for edit in plan.columns:
            tab, cells = _with_cells(book.tab(edit.tab), edit)
            written += cells
            book = replace(book, tabs=tuple(tab if t.name == tab.name else t for t in book.tabs))
        names = []
        for made in plan.tabs:
            if book.stamps.get(made.key) != made.stamp:
                book, name = _with_tab(book, made)
                names.append(name)
        if book == self._workbook:
            return Written()
        self._writes += 1
        self._workbook = replace(book, revision=f"{book.revision.partition('+')[0]}+{self._writes}")
        return Written(written, tuple(names))

    def apply_tabs(self, plan: Plan, base: str) -> Written:
        """Write the generated tabs alone; see `Store.apply_tabs`."""
        del base
        return self.apply(Plan(tabs=plan.tabs), self._workbook.revision)

    def try_write(self) -> None:
        """It always can."""

    def edit(self, tab: str, row: int, column: int, value: Value) -> None:
        """Change one cell as a person would, between a read and a write."""
        old = self._workbook.tab(tab)
        grid = Grid([list(cells) for cells in old.rows], old.top, old.left)
        grid.put({(row, column): value})
        new = replace(old, rows=grid.rows, top=grid.top, left=grid.left)
        tabs = tuple(new if t.name == tab else t for t in self._workbook.tabs)
        self._writes += 1
        revision = f"{self._workbook.revision.partition('+')[0]}+{self._writes}"
        self._workbook = replace(self._workbook, tabs=tabs, revision=revision)


def _without_cells(tab: TabSnapshot) -> TabSnapshot:
    return TabSnapshot(tab.name, (), visible=tab.visible, generated=tab.generated)


def _with_cells(tab: TabSnapshot, edit: ColumnEdit) -> tuple[TabSnapshot, int]:
    """A tab with the cells of one column put in, and how many they are; formulas stay."""
    locked = set(tab.formulas.get(edit.column, ()))
    cells: dict[tuple[int, int], Value] = {
        (row, edit.column): value
        for row, value in zip(edit.rows, edit.values, strict=True)
        if row not in locked
    }
    tables = tab.tables
    if edit.header is not None:
        cells[edit.header_row, edit.column] = edit.header
        tables = tuple(_grown(table, edit) for table in tables)
    grid = Grid([list(row) for row in tab.rows], tab.top, tab.left)
    grid.put(cells)
    grid.trim()
    return replace(tab, rows=grid.rows, top=grid.top, left=grid.left, tables=tables), len(cells)


def _grown(table: TableRange, edit: ColumnEdit) -> TableRange:
    touches = table.name == edit.table and edit.column == table.right + 1
    return replace(table, right=edit.column) if touches else table


def _with_tab(book: Snapshot, edit: TabEdit) -> tuple[Snapshot, str]:
    """A workbook with a generated tab written, and the tab's name."""
    old = next((tab for tab in book.tabs if tab.generated == edit.key), None)
    name = old.name if old else _free_name(book, edit.layout.title)
    new = _drawn(edit.layout, name, edit.key)
    if old:
        tabs = tuple(replace(new, visible=old.visible) if t is old else t for t in book.tabs)
    else:
        keys = [tab.generated for tab in book.tabs]
        place = keys.index(edit.after) + 1 if edit.after in keys else 0
        tabs = (*book.tabs[:place], new, *book.tabs[place:])
    return replace(book, tabs=tabs, stamps={**book.stamps, edit.key: edit.stamp}), name


def _free_name(book: Snapshot, title: str) -> str:
    taken = {tab.name.casefold() for tab in book.tabs}
    return f"{title} (certsync)" if title.casefold() in taken else title


def _drawn(layout: Layout, name: str, key: str) -> TabSnapshot:
    grid = Grid([])
    grid.put({(cell.row, cell.column): cell.value for cell in layout.cells})
    grid.trim()
    return TabSnapshot(name, grid.rows, grid.top, grid.left, generated=key)
