"""Areas of cells as Excel writes them: `A1`, `A4:R100`, `$B$2:$B$9 D1`."""

from __future__ import annotations

import re
from functools import lru_cache

from certsync.sheets.snapshot import Area

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?(\d+):\$?(\d+)")


@lru_cache(maxsize=LAST_COLUMN)
def column_number(letters: str) -> int:
    """A -> 1, AA -> 27; case does not matter."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number


def area(text: str) -> Area | None:
    """The area a reference names; None if it is none. Whole rows and columns are areas too."""
    if match := _COLUMNS.fullmatch(text):
        left, right = sorted(map(column_number, match.groups()))
        return Area(1, left, LAST_ROW, right)
    if match := _ROWS.fullmatch(text):
        top, bottom = sorted(map(int, match.groups()))
        return Area(top, 1, bottom, LAST_COLUMN)
    first, _, last = text.partition(":")
    start, end = _CELL.fullmatch(first), _CELL.fullmatch(last or first)
    if start is None or end is None:
        return None
    top, bottom = sorted((int(start[2]), int(end[2])))
    left, right = sorted((column_number(start[1]), column_number(end[1])))
    return Area(top, left, bottom, right)


def areas(sqref: str) -> tuple[Area, ...]:
    """The areas of a list with blanks between; what is no area is left out."""
    return tuple(found for text in sqref.split() if (found := area(text)))
