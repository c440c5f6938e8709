"""From frames to cells: plain values, links into the people's tabs, and the look of each word."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from certsync.dashboard.canvas import Field
from certsync.dashboard.layout import Link
from certsync.dashboard.text import clipped
from certsync.sheets.snapshot import cell_ref
from certsync.sheets.tables import Table

_LOOKS = {
    "Met": "good", "On Track": "good", "Passed": "good", "Active": "good",
    "At Risk": "warn", "Stalled": "warn", "Expiring Soon": "warn", "Warning": "warn",
    "Not Met": "bad", "Overdue": "bad", "Error": "bad",
    "Expired": "dark",
}  # fmt: skip


def words(value: object, default: str = "") -> str:
    """The text of a cell on one line; `default` where it is empty."""
    return clipped(str(value)) if is_given(value) else default


def number(value: object) -> int | float | None:
    """The number of a cell; None where it is empty."""
    if not is_given(value):
        return None
    plain = float(value)  # type: ignore[arg-type]  # a number of some numpy or pandas type
    return int(plain) if plain.is_integer() else plain


def calendar_day(value: object) -> date | None:
    """The date of a cell; None where it is empty."""
    return value.date() if isinstance(value, datetime) and is_given(value) else None


def is_given(value: object) -> bool:
    """Whether a cell of a frame holds anything."""
    return not pd.isna(value)  # type: ignore[call-overload]  # any scalar


def pill(status: str, look: str | None = None) -> Field:
    """A status word on its colour."""
    return Field(status, f"pill {look or _LOOKS.get(status, 'plain')}")


def go_to(table: Table | None, row: int, key: str) -> Field:
    """A link to the cell of `key` in a row of a people's tab, or to the row's first cell."""
    if table is None:
        return Field(None, "center")
    cell = table.ref(row, key) or cell_ref(row, 1)
    return Field(cell, "link center", Link(table.tab, cell))
