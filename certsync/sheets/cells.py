"""One cell as a person sees it, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from certsync.sheets.snapshot import UNCALCULATED, CellError, Value

T = TypeVar("T")

ERROR_TEXTS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#ERROR!"}
)
"""Errors that were pasted as text: without this "#N/A" would pass for the word "N/A"."""

_LONGEST = 60
_LISTED = 3


@dataclass(frozen=True)
class Problem:
    """Why a cell cannot be read, and one sentence that says how to write it."""

    code: str
    message: str
    fix: str


def plain(value: Value) -> str:
    """The text of a cell: `123.0` is 123, a date is ISO text, an empty cell is ""."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def quoted(value: Value) -> str:
    """The cell's text on one line, in quotes, shortened so that a message stays readable."""
    text = " ".join(plain(value).split())
    return f'"{text}"' if len(text) <= _LONGEST else f'"{text[: _LONGEST - 1]}…"'


def blank(value: Value) -> bool:
    """True for nothing, for spaces, and for the FALSE that an unticked box leaves in every row."""
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def unreadable(value: Value) -> Problem | None:
    """What is wrong with a cell that holds no value at all: an error, or a formula without one."""
    if isinstance(value, CellError) or value in ERROR_TEXTS:
        return Problem(
            "cell.error",
            f"{quoted(str(value))} is an error and no value.",
            "Put the formula right, or write the value itself.",
        )
    if value is UNCALCULATED:
        return Problem(
            "formula.uncalculated",
            "The formula has no stored value.",
            "Open the workbook in Excel or LibreOffice and save it, or write the value itself.",
        )
    return None


def listed(items: Sequence[T], title: Callable[[T], str]) -> str:
    """`A, B, C and 4 more`: short even where every row is like the others."""
    more = f" and {len(items) - _LISTED} more" if len(items) > _LISTED else ""
    return ", ".join(map(title, items[:_LISTED])) + more


def either(words: Sequence[str]) -> str:
    """`A`, `A or B`, `A, B or C`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
