"""Values put into a tab: how far they may reach, what they leave alone, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.sheets_service import a1, reading
from tests.sheets_service.a1 import Box
from tests.sheets_service.entry import entered
from tests.sheets_service.model import Book, Json, Sheet, column_letters, invalid
from tests.sheets_service.numbers import locale

PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


@dataclass
class Written:
    """What one write did. `requested` is the whole range it was allowed to fill."""

    requested: Box
    box: Box
    major: str
    keys: set[tuple[int, int]] = field(default_factory=set)

    def counts(self) -> Json:
        """The counts of an UpdateValuesResponse; zeros are left out."""
        counted = {
            "updatedRows": len({row for row, _ in self.keys}),
            "updatedColumns": len({column for _, column in self.keys}),
            "updatedCells": len(self.keys),
        }
        return {"updatedRange": self.box.a1()} | {k: v for k, v in counted.items() if v}

    def answer(self, book: Book, options: Json) -> Json:
        """The UpdateValuesResponse without the spreadsheet's id, read as the book is now."""
        answer = self.counts()
        if options.get("includeValuesInResponse"):
            wider = self.requested.area > self.box.area
            chosen = reading.Options.of(options, "response", self.major)
            box = self.requested if wider else self.box
            answer["updatedData"] = reading.value_range(box, chosen, locale(book.locale))
        return answer


def totals(written: list[Written]) -> Json:
    """What several writes did together; a row that two of them touched counts once."""
    places = {(w.box.sheet.id, *key) for w in written for key in w.keys}
    counted = {
        "totalUpdatedRows": len({(sheet, row) for sheet, row, _ in places}),
        "totalUpdatedColumns": len({(sheet, column) for sheet, _, column in places}),
        "totalUpdatedCells": len(places),
        "totalUpdatedSheets": len({sheet for sheet, _, _ in places}),
    }
    return {name: count for name, count in counted.items() if count}


def write(
    book: Book, area: Json, data: Json, *, typed: bool, name: str | None = None, path: str = ""
) -> Written:
    """Put values into a GridRange; a single cell says only where they begin.

    Args:
        book: Is changed.
        area: Where to.
        data: `values` and `majorDimension`, as in a ValueRange.
        typed: Whether they are USER_ENTERED.
        name: How the range was called, for messages.
        path: Where `data` stands in the request, such as `data[0]`, for messages.

    Raises:
        GoogleError: 400 for too much data, a range beyond the grid, a protected cell, or a
            value that no cell can hold.
    """
    box = a1.box(book, area, whole=True)
    name = name or box.a1()
    if box.area == 1:
        box = replace(box, bottom=box.sheet.rows, right=box.sheet.columns)
    major = data.get("majorDimension") or "ROWS"
    lines = _checked(data.get("values") or [], path)
    cells = list(_placed(lines, box, columns=major == "COLUMNS"))
    for row, column, _ in cells:
        if row >= box.bottom or column >= box.right:
            at = f"row [{row + 1}]" if row >= box.bottom else f"column [{column_letters(column)}]"
            raise invalid(f"Requested writing within range [{name}], but tried writing to {at}")
    bottom = max((row + 1 for row, _, _ in cells), default=box.top + 1)
    right = max((column + 1 for _, column, _ in cells), default=box.left + 1)
    target = Box(box.sheet, box.top, bottom, box.left, right)
    requested = a1.box(book, area)
    done = Written(requested if requested.area > 1 else target, target, major)
    given = [cell for cell in cells if cell[2] is not None]
    if given:
        refuse_protected(book, target, {(row, column) for row, column, _ in given})
    covered = _covered(target)
    for row, column, value in given:
        done.keys.add((row, column))
        if (row, column) not in covered:
            old = box.sheet.cell(row, column)
            box.sheet.put(row, column, entered(book, box.sheet, old, value, typed=typed))
    return done


def clear(book: Book, box: Box) -> None:
    """Empty the cells of a box; formats, notes and validation stay."""
    cells = box.sheet.cells
    keys = [
        (row, column)
        for row, column in cells
        if box.top <= row < box.bottom and box.left <= column < box.right
    ]
    refuse_protected(book, box)
    for row, column in keys:
        cell = replace(cells[row, column], value=None, formula=None, runs=())
        box.sheet.put(row, column, cell)


def refuse_protected(book: Book, box: Box, keys: set[tuple[int, int]] | None = None) -> None:
    """Raise Google's 400 where the box, or one of these cells in it, may not be edited."""
    for protection in box.sheet.protected_ranges:
        if protection.get("warningOnly") or protection.get("requestingUserCanEdit") is not False:
            continue
        area = _protected_area(book, box.sheet, protection)
        if not a1.overlaps(area, box.grid_range()):
            continue
        open_areas = protection.get("unprotectedRanges", [])
        inside = keys if keys is not None else _all_keys(box)
        if any(_holds(area, k) and not any(_holds(o, k) for o in open_areas) for k in inside):
            raise invalid(PROTECTED)


def _protected_area(book: Book, sheet: Sheet, protection: Json) -> Json:
    area: Json | None = protection.get("range")
    if area is None and "namedRangeId" in protection:
        wanted = protection["namedRangeId"]
        area = next((n["range"] for n in book.named_ranges if n["namedRangeId"] == wanted), None)
    if area is None and "tableId" in protection:
        wanted = protection["tableId"]
        area = next((t["range"] for t in sheet.tables if t["tableId"] == wanted), None)
    return area or {"sheetId": sheet.id}


def _holds(area: Json, key: tuple[int, int]) -> bool:
    row, column = key
    far = 1 << 40
    in_rows: bool = area.get("startRowIndex", 0) <= row < area.get("endRowIndex", far)
    in_columns: bool = area.get("startColumnIndex", 0) <= column < area.get("endColumnIndex", far)
    return in_rows and in_columns


def _all_keys(box: Box) -> set[tuple[int, int]]:
    return {(r, c) for r in range(box.top, box.bottom) for c in range(box.left, box.right)}


def _covered(box: Box) -> set[tuple[int, int]]:
    """The cells of a box that a merge hides: a value put there is dropped."""
    covered: set[tuple[int, int]] = set()
    for merge in box.sheet.merges:
        if a1.overlaps(merge, box.grid_range()):
            top, left = merge["startRowIndex"], merge["startColumnIndex"]
            rows = range(top, merge["endRowIndex"])
            columns = range(left, merge["endColumnIndex"])
            covered |= {(row, column) for row in rows for column in columns} - {(top, left)}
    return covered


def _checked(lines: list[Any], path: str) -> list[list[Any]]:
    where = f"{path}.values" if path else "values"
    for i, line in enumerate(lines):
        if not isinstance(line, list):
            kind = "type.googleapis.com/google.protobuf.ListValue"
            raise invalid(f"Invalid value at '{path or 'data'}.values[{i}]' ({kind}), {line!r}")
        for j, value in enumerate(line):
            if isinstance(value, (dict, list)):
                raise invalid(f"Invalid {where}[{i}][{j}]: {proto(value)}")
    return lines


def _placed(lines: list[list[Any]], box: Box, *, columns: bool) -> Iterator[tuple[int, int, Any]]:
    for i, line in enumerate(lines):
        for j, value in enumerate(line):
            down, across = (j, i) if columns else (i, j)
            yield box.top + down, box.left + across, value


def proto(value: object) -> str:
    """A JSON value in the text form of protocol buffers, as Google's messages show it."""
    return "\n".join(_proto(value)) + "\n"


def _proto(value: object) -> list[str]:
    match value:
        case dict():
            lines = [
                *(
                    f'  fields {{|    key: "{name}"|    value {{'.split("|")
                    + _indent(item, 6)
                    + ["    }", "  }"]
                    for name, item in value.items()
                )
            ]
            return ["struct_value {", *(line for field in lines for line in field), "}"]
        case list():
            items = [["  values {", *_indent(item, 4), "  }"] for item in value]
            return ["list_value {", *(line for item in items for line in item), "}"]
        case bool():
            return [f"bool_value: {json.dumps(value)}"]
        case str():
            return [f"string_value: {json.dumps(value)}"]
        case None:
            return ["null_value: NULL_VALUE"]
        case _:
            return [f"number_value: {value}"]


def _indent(value: object, by: int) -> list[str]:
    return [" " * by + line for line in _proto(value)]
