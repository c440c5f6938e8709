"""The contract of stores, run over every store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from certsync.ooxml.package import Package
from certsync.sheets.snapshot import Snapshot, Value, cell_ref
from certsync.stores.base import Store
from certsync.stores.excel import ExcelStore
from certsync.stores.memory import MemoryStore
from tests.contracts.store import StoreContract
from tests.ooxml.handmade import cell, stored


class TestMemoryStore(StoreContract):
    """The store the engine's tests use keeps every promise."""

    def store(self, content: Snapshot) -> Store:
        """The snapshot itself."""
        return MemoryStore(content)

    def edit_by_hand(self, store: Store, name: str, row: int, column: int, value: Value) -> None:
        """Through the store's own hand."""
        assert isinstance(store, MemoryStore)
        store.edit(name, row, column, value)

    def trace(self, store: Store) -> object:
        """The whole workbook."""
        return store.read()


class TestExcelStore(StoreContract):
    """The store for .xlsx files keeps every promise."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "agency.xlsx"

    def store(self, content: Snapshot) -> Store:
        """A file that holds the snapshot."""
        self.path.write_bytes(stored(content))
        return ExcelStore(
            self.path,
            backups=self.path.parent / "backups",
            clock=lambda: datetime(2026, 11, 23, 8, 0),
        )

    def edit_by_hand(self, store: Store, name: str, row: int, column: int, value: Value) -> None:
        """As a program that saves the file."""
        snapshot = store.read()
        package = Package.open(self.path.read_bytes())
        index = [tab.name for tab in snapshot.tabs].index(name) + 1
        part = f"xl/worksheets/sheet{index}.xml"
        ref = cell_ref(row, column)
        old = cell(ref, snapshot.tab(name).value(row, column)).encode()
        assert old in package.read(part)
        package.put(part, package.read(part).replace(old, cell(ref, value).encode()))
        self.path.write_bytes(package.to_bytes())

    def trace(self, store: Store) -> object:
        """Bytes and times of the file, and what lies beside it."""
        assert store.name == self.path.name
        folder = self.path.parent
        files = sorted((p.name, p.stat().st_mtime_ns) for p in folder.rglob("*"))
        return self.path.read_bytes(), files
