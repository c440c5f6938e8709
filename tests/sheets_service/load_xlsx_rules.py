"""Borders and conditional formats of an .xlsx file, as Google would import them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openpyxl.formatting.rule import Rule
from openpyxl.styles.colors import Color
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from tests.sheets_service.model import Json

_LINES = {
    "thin": "SOLID",
    "hair": "SOLID",
    "medium": "SOLID_MEDIUM",
    "thick": "SOLID_THICK",
    "dotted": "DOTTED",
    "dashed": "DASHED",
    "double": "DOUBLE",
}
_COMPARED = {
    "greaterThan": "NUMBER_GREATER",
    "greaterThanOrEqual": "NUMBER_GREATER_THAN_EQ",
    "lessThan": "NUMBER_LESS",
    "lessThanOrEqual": "NUMBER_LESS_THAN_EQ",
    "equal": "NUMBER_EQ",
    "notEqual": "NUMBER_NOT_EQ",
    "between": "NUMBER_BETWEEN",
    "notBetween": "NUMBER_NOT_BETWEEN",
}
_WITH_FORMULA = {"expression", "beginsWith", "endsWith", "containsText", "notContainsText"}


def color(given: Color | None) -> Json | None:
    """A colour as Google has it; None for one of a theme."""
    code = given.rgb if given is not None and given.type == "rgb" else None
    if not isinstance(code, str) or len(code) != 8:
        return None
    parts = {"red": code[2:4], "green": code[4:6], "blue": code[6:8]}
    return {part: int(digits, 16) / 255 for part, digits in parts.items() if digits != "00"}


def both(name: str, given: Color | None) -> Json:
    """A colour in both of Google's forms, under its name."""
    found = color(given)
    return {} if found is None else {name: found, f"{name}Style": {"rgbColor": found}}


def borders(cell: Any) -> Json:
    """The lines around a cell."""
    sides = {side: getattr(cell.border, side, None) for side in ("top", "bottom", "left", "right")}
    return {
        side: {"style": _LINES.get(line.style, "SOLID")} | both("color", line.color)
        for side, line in sides.items()
        if line is not None and line.style
    }


def rules(sheet_id: int, tab: Worksheet) -> list[Json]:
    """The conditional formats of a tab, the first one first; data bars do not come along."""
    found: list[tuple[int, Json]] = []
    for block in tab.conditional_formatting:
        areas = [_area(sheet_id, str(area)) for area in str(block.sqref).split()]
        for rule in block.rules:
            for condition in _conditions(rule):
                shown = {"condition": condition, "format": _look(rule)}
                found.append((rule.priority, {"ranges": areas, "booleanRule": shown}))
    return [rule for _, rule in sorted(found, key=lambda one: one[0])]


def _conditions(rule: Rule) -> Iterator[Json]:
    values = [str(formula) for formula in rule.formula]
    if rule.type in _WITH_FORMULA and values:
        yield _condition("CUSTOM_FORMULA", [f"={values[0]}"])
    elif rule.type == "cellIs" and rule.operator in _COMPARED:
        text = values[0].startswith('"')
        if text and rule.operator == "equal":
            yield _condition("TEXT_EQ", [values[0].strip('"')])
        elif not text:
            typed = [v if v.replace(".", "").lstrip("-").isdigit() else f"={v}" for v in values]
            yield _condition(_COMPARED[rule.operator], typed)


def _condition(kind: str, values: list[str]) -> Json:
    return {"type": kind, "values": [{"userEnteredValue": value} for value in values]}


def _look(rule: Rule) -> Json:
    look: Json = {}
    if rule.dxf is None:
        return look
    fill: Any = rule.dxf.fill
    if fill is not None:
        look |= both("backgroundColor", fill.bgColor)
    font = rule.dxf.font
    if font is not None:
        words = {"bold": font.b, "italic": font.i, "strikethrough": font.strike}
        text: Json = {name: True for name, on in words.items() if on}
        look["textFormat"] = text | both("foregroundColor", font.color)
    return look


def _area(sheet_id: int, reference: str) -> Json:
    left, top, right, bottom = (side or 1 for side in range_boundaries(reference))
    rows = {"startRowIndex": top - 1, "endRowIndex": bottom}
    return {"sheetId": sheet_id, **rows, "startColumnIndex": left - 1, "endColumnIndex": right}
