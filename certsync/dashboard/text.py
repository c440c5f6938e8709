"""Words and widths: dates and counts as people write them, and the room a text takes."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_BLANKS = re.compile(r"\s+")

# Advance widths of Calibri (and of Carlito, its metric twin) in hundredths of an em, from the
# space to the tilde.
_ADVANCES = (
    "23 33 40 50 51 71 68 22 30 30 50 50 25 31 25 39 51 51 51 51 51 51 51 51 51 51 "
    "27 27 50 50 50 46 89 58 54 53 62 49 46 63 62 25 32 52 42 85 65 66 52 67 54 46 "
    "49 64 57 89 52 49 47 31 39 31 50 50 29 48 53 42 53 50 31 47 53 23 24 45 23 80 "
    "53 53 53 53 35 39 33 53 45 71 43 45 40 31 46 31 50"
)
_EM = {chr(at): int(em) / 100 for at, em in enumerate(_ADVANCES.split(), start=32)}
_PIXELS_A_POINT = 96 / 72
_PIXELS_A_UNIT = 7
_PADDING = 1.0


def day(value: date) -> str:
    """`23 Nov 2026`: no reader can take the day for the month."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def weekday(value: date) -> str:
    """`Monday, 23 Nov 2026`."""
    return f"{DAYS[value.weekday()]}, {day(value)}"


def moment(value: datetime) -> str:
    """`23 Nov 2026 at 08:00`."""
    return f"{day(value)} at {value:%H:%M}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def clipped(text: str, limit: int = 240) -> str:
    """The text on one line, cut at `limit` characters with an ellipsis."""
    flat = _BLANKS.sub(" ", text).strip()
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The room a text takes in one line, in units of column width."""
    em = sum(_EM.get(letter) or _other(letter) for letter in text)
    return em * size * _PIXELS_A_POINT * (1.05 if bold else 1.0) / _PIXELS_A_UNIT


def lines(text: str, room: float, size: float, *, bold: bool = False) -> int:
    """How many lines a text needs in a cell `room` units wide that breaks at spaces."""
    count, used, gap = 1, 0.0, width(" ", size)
    for word in text.split(" "):
        length = width(word, size, bold=bold)
        if used and used + gap + length > room - _PADDING:
            count, used = count + 1, length
        else:
            used += gap + length if used else length
        # A word longer than the cell breaks inside.
        while used > room - _PADDING > 0:
            count, used = count + 1, used - (room - _PADDING)
    return count


def _other(letter: str) -> float:
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.6
