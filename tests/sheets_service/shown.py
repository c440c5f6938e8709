"""What a cell shows: its value as text, by its number format and the locale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sheets_service.model import Cell, CellError, CellValue
from tests.sheets_service.numbers import (
    DATE_TYPES,
    Locale,
    default_pattern,
    formatted,
    general,
    shows_date,
)


def number_format(cell: Cell, of: Locale) -> dict[str, str] | None:
    """The number format with the pattern that is in force; None where none was set."""
    found: Mapping[str, Any] | None = (cell.format or {}).get("numberFormat")
    if not found:
        return None
    kind = found.get("type", "NUMBER")
    pattern = found.get("pattern") or default_pattern(kind, of)
    return {"type": kind, "pattern": pattern}


def is_date(cell: Cell) -> bool:
    """Whether the number in a cell is shown as a date or time."""
    found: Mapping[str, Any] = (cell.format or {}).get("numberFormat") or {}
    kind = found.get("type")
    return kind in DATE_TYPES or (kind != "TEXT" and shows_date(found.get("pattern") or ""))


def shown(cell: Cell, of: Locale) -> str:
    """The text a cell shows."""
    value = cell.value
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, CellError)) or value is None:
        return constant(value)
    chosen = cell.format.get("numberFormat") if cell.format else None
    if not chosen:
        return general(value, of)
    pattern = chosen.get("pattern") or default_pattern(chosen.get("type", "NUMBER"), of)
    return formatted(value, pattern, of)


def constant(value: CellValue) -> str:
    """What a value shows that no format changes."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value.text if isinstance(value, CellError) else ""
