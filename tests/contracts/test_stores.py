"""The contract of stores, run over every store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from certsync.ooxml.package import Package
from certsync.sheets.snapshot import Snapshot, Value, cell_ref
from certsync.stores.base import Store
from certsync.stores.excel import ExcelStore
from certsync.stores.google import GoogleStore
from certsync.stores.memory import MemoryStore
from tests.contracts.store import StoreContract
from tests.ooxml.handmade import cell, stored
from tests.sheets_service.load import from_snapshot, hand_entry
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of


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


class TestGoogleStore(StoreContract):
    """The store for Google Sheets keeps every promise."""

    uncalculated = None  # Google calculates at once; here to an empty text

    @pytest.fixture(autouse=True)
    def _service(self) -> Iterator[None]:
        with SheetsService(check_answers=True) as service:
            self.service = service
            yield

    def store(self, content: Snapshot) -> Store:
        """A spreadsheet that holds the snapshot."""
        self.id = self.service.add(from_snapshot(content))
        return store_of(self.service, self.id)

    def edit_by_hand(self, store: Store, name: str, row: int, column: int, value: Value) -> None:
        """Into the spreadsheet, past the store."""
        assert isinstance(store, GoogleStore)
        sheet = self.service.book(self.id).titled(name)
        assert sheet is not None
        sheet.put(row - 1, column - 1, hand_entry(value))

    def trace(self, store: Store) -> object:
        """The whole spreadsheet."""
        assert isinstance(store, GoogleStore)
        return self.service.book(self.id).copy()
