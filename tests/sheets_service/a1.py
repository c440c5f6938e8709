"""A1 notation: text to a GridRange and back. Rows and columns of a GridRange are half open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.sheets_service.model import Book, Json, Sheet, column_index, column_letters, invalid

_CORNER = r"\$?([A-Za-z]{1,3})?\$?([1-9]\d{0,7})?"
_AREA = re.compile(rf"{_CORNER}(?::{_CORNER})?")
_QUOTED = re.compile(r"'((?:[^']|'')+)'(?:!(.+))?", re.S)
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]?\d*|[Cc]\d*")


@dataclass(frozen=True)
class Box:
    """A rectangle within the grid of a tab; 0-based, half open."""

    sheet: Sheet
    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """How many cells it has."""
        return max(self.bottom - self.top, 0) * max(self.right - self.left, 0)

    def grid_range(self) -> Json:
        """The same as a GridRange."""
        return {
            "sheetId": self.sheet.id,
            "startRowIndex": self.top,
            "endRowIndex": self.bottom,
            "startColumnIndex": self.left,
            "endColumnIndex": self.right,
        }

    def a1(self) -> str:
        """The same as Google spells it."""
        first = f"{column_letters(self.left)}{self.top + 1}"
        last = f"{column_letters(self.right - 1)}{self.bottom}"
        return f"{quoted(self.sheet.title)}!{first if first == last else f'{first}:{last}'}"


def parse(book: Book, text: str) -> Json:
    """The GridRange of this text; sides that are not bounded are absent.

    Text that can be read as a cell is one, even where a tab has that title: such a title needs
    quotes. Without a title the first visible tab is meant.

    Raises:
        GoogleError: 400 "Unable to parse range" as Google says it.
    """
    found = _parsed(book, text)
    if found is None:
        raise invalid(f"Unable to parse range: {text}")
    return found


def write(book: Book, grid_range: Json) -> str:
    """A GridRange as Google spells it in answers: with its tab, and within its grid."""
    return box(book, grid_range).a1()


def quoted(title: str) -> str:
    """A title as it stands before the `!`: in quotes where it needs them."""
    if _PLAIN_TITLE.fullmatch(title) and not _LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def box(book: Book, grid_range: Json, *, whole: bool = False) -> Box:
    """The part of a GridRange that lies within the grid.

    Raises:
        GoogleError: 400 where it begins beyond the grid or, if `whole`, ends there.
    """
    sheet = book.sheet(grid_range.get("sheetId", 0))
    top, left = grid_range.get("startRowIndex", 0), grid_range.get("startColumnIndex", 0)
    bottom = grid_range.get("endRowIndex", sheet.rows)
    right = grid_range.get("endColumnIndex", sheet.columns)
    beyond = top >= sheet.rows or left >= sheet.columns
    if beyond or (whole and (bottom > sheet.rows or right > sheet.columns)):
        raise invalid(
            f"Range ({_unbounded(sheet, grid_range)}) exceeds grid limits. "
            f"Max rows: {sheet.rows}, max columns: {sheet.columns}"
        )
    return Box(sheet, top, min(bottom, sheet.rows), left, min(right, sheet.columns))


def overlaps(one: Json, other: Json) -> bool:
    """Whether two GridRanges have a cell in common."""
    if one.get("sheetId", 0) != other.get("sheetId", 0):
        return False
    sides = (("startRowIndex", "endRowIndex"), ("startColumnIndex", "endColumnIndex"))
    far = 1 << 40
    return all(
        one.get(start, 0) < other.get(end, far) and other.get(start, 0) < one.get(end, far)
        for start, end in sides
    )


def _parsed(book: Book, text: str) -> Json | None:
    if match := _QUOTED.fullmatch(text):
        sheet = book.titled(match[1].replace("''", "'"))
        return _on(book, sheet, match[2])
    title, mark, area = text.rpartition("!")
    if mark:
        return _on(book, book.titled(title), area)
    if corners := _corners(text):
        visible = [sheet for sheet in book.sheets if not sheet.hidden] or book.sheets
        return {"sheetId": visible[0].id, **corners}
    return _named(book, text) or _on(book, book.titled(text), None)


def _on(book: Book, sheet: Sheet | None, area: str | None) -> Json | None:
    """What stands behind a title: cells of that tab, or a named range wherever it lies."""
    if sheet is None:
        return None
    corners = {} if area is None else _corners(area)
    if corners is None:
        return _named(book, area or "")
    return {"sheetId": sheet.id, **corners}


def _named(book: Book, name: str) -> Json | None:
    for named in book.named_ranges:
        if named["name"].casefold() == name.casefold():
            return {"sheetId": 0, **named["range"]}
    return None


def _corners(text: str) -> Json | None:
    """`A5:B` -> startRowIndex 4, startColumnIndex 0, endColumnIndex 2; None for anything else.

    `B2:2` is row 2 from column B on.
    """
    match = _AREA.fullmatch(text)
    if match is None:
        return None
    letters, digits = [match[1], match[3]], [match[2], match[4]]
    if ":" not in text:
        if not (match[1] and match[2]):
            return None
        letters, digits = [match[1]] * 2, [match[2]] * 2
    if not any(letters + digits) or (letters[1] and not letters[0]):
        return None
    if None in digits and not letters[1]:
        return None
    corners: Json = {}
    rows = sorted(int(d) for d in digits if d)
    if len(rows) == 2:
        corners |= {"startRowIndex": rows[0] - 1, "endRowIndex": rows[1]}
    elif rows:
        corners |= {"startRowIndex": rows[0] - 1} if digits[0] else {"endRowIndex": rows[0]}
    columns = sorted(column_index(name) for name in letters if name)
    if len(columns) == 2:
        corners |= {"startColumnIndex": columns[0], "endColumnIndex": columns[1] + 1}
    elif columns:
        corners |= {"startColumnIndex": columns[0]}
    return corners


def _unbounded(sheet: Sheet, grid_range: Json) -> str:
    """A range beyond the grid as errors name it: `Tab!A221:ZZ`."""
    first_row = grid_range.get("startRowIndex", 0) + 1
    first = f"{column_letters(grid_range.get('startColumnIndex', 0))}{first_row}"
    right = grid_range.get("endColumnIndex")
    last = "" if right is None else column_letters(right - 1)
    last += str(grid_range.get("endRowIndex", ""))
    area = first if first == last or not last else f"{first}:{last}"
    return f"{quoted(sheet.title)}!{area}"
