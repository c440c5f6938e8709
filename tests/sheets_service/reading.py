"""Cells as the values methods answer them: rendered, without empty ends, by rows or columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sheets_service.a1 import Box
from tests.sheets_service.model import Cell, CellError, CellValue, Json
from tests.sheets_service.numbers import Locale
from tests.sheets_service.shown import is_date, shown

Render = Callable[[Cell], Any]


@dataclass(frozen=True)
class Options:
    """How values are answered, by Google's names."""

    values: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"
    major: str = "ROWS"

    @classmethod
    def of(cls, given: Json, prefix: str = "", major: str | None = None) -> Options:
        """The options of a request; `prefix` is `response` where it is a write."""

        def option(name: str, default: str) -> str:
            spelled = prefix + name if prefix else name[0].lower() + name[1:]
            return str(given.get(spelled) or default)

        return cls(
            option("ValueRenderOption", "FORMATTED_VALUE"),
            option("DateTimeRenderOption", "SERIAL_NUMBER"),
            major or str(given.get("majorDimension") or "ROWS"),
        )


def value_range(box: Box, options: Options, of: Locale) -> Json:
    """A ValueRange: the values of a box. `values` is absent where all of them are empty."""
    answer: Json = {"range": box.a1(), "majorDimension": options.major}
    if found := values(box, options, of):
        answer["values"] = found
    return answer


def values(box: Box, options: Options, of: Locale) -> list[list[Any]]:
    """The values of a box without empty ends."""
    rows = _rows(box, _render(options, of))
    if options.major == "COLUMNS":
        rows = _turned(rows)
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return [
        ["" if value is None else value for value in row] if None in row else row for row in rows
    ]


def _rows(box: Box, render: Render) -> list[list[Any]]:
    """A row of rendered values each, None where nothing was entered."""
    cells, found = box.sheet.cells, []
    if box.area <= len(cells):
        for row in range(box.top, box.bottom):
            here = [cells.get((row, column)) for column in range(box.left, box.right)]
            found.append([None if c is None or c.blank else render(c) for c in here])
        return found
    top, bottom, left, right = box.top, box.bottom, box.left, box.right
    found = [[] for _ in range(bottom - top)]
    for (row, column), cell in cells.items():
        if top <= row < bottom and left <= column < right:
            if cell.value is None and cell.formula is None:
                continue
            values = found[row - top]
            missing = column - left - len(values)
            if missing == 0:
                values.append(render(cell))
            elif missing > 0:
                values.extend([None] * missing)
                values.append(render(cell))
            else:
                values[column - left] = render(cell)
    return found


def _turned(rows: list[list[Any]]) -> list[list[Any]]:
    width = max(map(len, rows), default=0)
    return [[row[i] if i < len(row) else None for row in rows] for i in range(width)]


def _render(options: Options, of: Locale) -> Render:
    if options.values == "FORMATTED_VALUE":
        return lambda cell: shown(cell, of)
    formulas = options.values == "FORMULA"
    as_text = options.dates == "FORMATTED_STRING"

    def render(cell: Cell) -> Any:
        value = cell.value
        if formulas and cell.formula is not None:
            return cell.formula
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return value
        if as_text and cell.format and is_date(cell):
            return shown(cell, of)
        if isinstance(value, CellError) and value.message:
            return f"{value.text} ({value.message})"
        return plain(value)

    return render


def plain(value: CellValue) -> Any:
    """A value as JSON: a whole number without its point, an error as its text."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if isinstance(value, CellError):
        return value.text
    return "" if value is None else value
