"""Books from snapshots and from .xlsx files."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

from certsync.sheets.snapshot import CellError as SnapshotError
from certsync.sheets.snapshot import Snapshot, Uncalculated
from tests.sheets_service.model import Book, Cell, CellError

Given = (
    str
    | int
    | float
    | bool
    | date
    | datetime
    | time
    | timedelta
    | CellError
    | SnapshotError
    | Uncalculated
    | None
)


def from_snapshot(
    content: Snapshot, *, id: str = "book", locale: str = "en_US", timezone: str = "Etc/GMT"
) -> Book:
    """A spreadsheet with the tabs and values of a snapshot."""
    raise NotImplementedError


def from_xlsx(
    path: Path, *, id: str = "book", locale: str = "en_US", timezone: str = "Etc/GMT"
) -> Book:
    """A spreadsheet as Google would import it from an .xlsx file."""
    raise NotImplementedError


def hand_entry(value: Given, like: Cell | None = None) -> Cell:
    """The cell of a value that a person put in; `like` is the cell that stood there."""
    raise NotImplementedError
