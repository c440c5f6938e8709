"""Looks, values and formulas of a layout in Google's form, as spreadsheets.batchUpdate takes them.

Formulas are read in the language of the spreadsheet's locale, where a comma may be the decimal
sign; the semicolon separates arguments in every locale, so formulas are written with semicolons
(https://github.com/googleapis/google-api-nodejs-client/issues/1994 shows a comma refused).
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

from certsync.dashboard.layout import CellValue, Range, Style

Json = dict[str, Any]

TEXT_LIMIT = 50_000

_PIXELS_A_POINT = 96 / 72
_PIXELS_A_UNIT = 7
# Google leaves 3 pixels beside a text and 2 above it.
_SIDE, _NARROW, _INDENT, _ABOVE = 3, 1, 9, 1
_HORIZONTAL = {"left": "LEFT", "center": "CENTER", "right": "RIGHT"}
_EDGES: dict[str, tuple[str, ...]] = {
    "none": (),
    "bottom": ("bottom",),
    "box": ("top", "bottom", "left", "right"),
}

_EPOCH = datetime(1899, 12, 30)
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_QUOTED = re.compile(r'"[^"]*"')
# What a format code shows as it stands.
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^]]*\]|_.|\*.')
_LOCALE_CODE = re.compile(r"\[\$-[^]]*\]")
_KINDS = (
    ("DATE_TIME", r"[dy].*[hs]|[hs].*[dy]"),
    ("TIME", r"[hs]"),
    ("DATE", r"[dmy]"),
    ("TEXT", r"^@$"),
    ("PERCENT", r"%"),
    ("SCIENTIFIC", r"e[+-]"),
)
_CALL = re.compile(r"([A-Z][A-Z0-9.]*)\s*\(", re.IGNORECASE)
# A decimal sign, an array, another tab, an error value or a table is written in each locale
# or program in its own way.
_UNLIKE = re.compile(r"\.\d|[{}!#\[\]@]")
_SHARED = {
    "ABS", "AND", "AVERAGE", "COUNT", "COUNTA", "COUNTIF", "DATE", "DAY", "IF", "IFERROR", "INT",
    "ISBLANK", "LEN", "MAX", "MIN", "MOD", "MONTH", "NOT", "NOW", "OR", "ROUND", "SUM", "TODAY",
    "YEAR",
}  # fmt: skip


def color(rgb: str) -> Json:
    """RRGGBB as a ColorStyle."""
    parts = (round(int(rgb[at : at + 2], 16) / 255, 3) for at in (0, 2, 4))
    return {"rgbColor": dict(zip(("red", "green", "blue"), parts, strict=True))}


def grid_range(sheet_id: int, block: Range) -> Json:
    """A block of cells as a GridRange: from 0 on, ends not included."""
    return {
        "sheetId": sheet_id,
        "startRowIndex": block.top - 1,
        "endRowIndex": block.bottom,
        "startColumnIndex": block.left - 1,
        "endColumnIndex": block.right,
    }


def row_pixels(points: float) -> int:
    """The height of a row in pixels."""
    return max(1, round(points * _PIXELS_A_POINT))


def column_pixels(units: float) -> int:
    """The width of a column in pixels; a unit is the width of a digit."""
    return max(1, round(units * _PIXELS_A_UNIT))


def cell_format(style: Style, font: str) -> Json:
    """The style as a CellFormat without its borders. Google has no indent: the padding holds it."""
    look: Json = fill_format(style)
    look["textFormat"] = text_format(
        font, style.size, style.color, bold=style.bold, italic=style.italic
    )
    if style.underline:
        look["textFormat"]["underline"] = True
    look["horizontalAlignment"] = _HORIZONTAL[style.align]
    look["verticalAlignment"] = "TOP" if style.top else "MIDDLE"
    if style.wrap:
        look["wrapStrategy"] = "WRAP"
    elif style.clip:
        look["wrapStrategy"] = "CLIP"
    look |= _padding(style)
    if style.number:
        look |= number_format(style.number)
    return look


def _padding(style: Style) -> Json:
    """The room beside the text, where it is not Google's own.

    Less in a centred cell, or a date that just fits in Excel would show as ###.
    """
    if not style.indent and style.align != "center":
        return {}
    side = _NARROW if style.align == "center" else _SIDE
    sides = {"left": side, "right": side}
    sides["right" if style.align == "right" else "left"] += _INDENT * style.indent
    return {"padding": {"top": _ABOVE, "bottom": _ABOVE, **sides}}


def fill_format(style: Style) -> Json:
    """The fill alone: what a cell hidden in a merged block is given."""
    return {"backgroundColorStyle": color(style.fill)} if style.fill else {}


def borders(style: Style) -> Json:
    """The lines around a cell of the style; empty for none."""
    line = {"style": "SOLID", "colorStyle": color(style.border_color)}
    return dict.fromkeys(_EDGES[style.border], line)


def highlight_format(style: Style) -> Json:
    """The part of a style that a conditional format can show."""
    letters = {
        "bold": style.bold,
        "italic": style.italic,
        "foregroundColorStyle": color(style.color),
    }
    return {"textFormat": letters, **fill_format(style)}


def text_format(
    font: str, size: float, rgb: str, *, bold: bool = False, italic: bool = False
) -> Json:
    """A TextFormat; sizes are whole points."""
    look: Json = {"fontFamily": font, "fontSize": round(size), "foregroundColorStyle": color(rgb)}
    return look | ({"bold": True} if bold else {}) | ({"italic": True} if italic else {})


def number_format(code: str) -> Json:
    """An Excel format code as `numberFormat`; nothing for one that says nothing."""
    pattern = _LOCALE_CODE.sub("", code)
    if pattern.lower() in ("", "general"):
        return {}
    bare = _LITERAL.sub("", pattern).lower()
    kind = next((kind for kind, signs in _KINDS if re.search(signs, bare)), "NUMBER")
    return {"numberFormat": {"type": kind, "pattern": pattern}}


def value(given: CellValue) -> Json | None:
    """The value as an ExtendedValue; None where nothing is to be seen.

    A text stays text whatever it begins with, a date is its serial number.
    """
    if isinstance(given, str):
        shown = text(given)
        return {"stringValue": shown} if shown else None
    if isinstance(given, date):
        return {"numberValue": serial(given)}
    if given is None or not math.isfinite(given):
        return None
    return {"numberValue": given}


def serial(day: date) -> int | float:
    """The number that Google keeps for a date or a moment: days since 30 December 1899."""
    if not isinstance(day, datetime):
        return day.toordinal() - _EPOCH.toordinal()
    since = day.replace(tzinfo=None) - _EPOCH
    return since.days + since.seconds / 86400


def text(given: str) -> str:
    """The text without control characters, cut to what a cell holds with an ellipsis."""
    clean = _CONTROL.sub("", given)
    units = clean.encode("utf-16-le")
    if len(units) <= 2 * TEXT_LIMIT:
        return clean
    return units[: 2 * (TEXT_LIMIT - 1)].decode("utf-16-le", "ignore") + "…"


def formula(excel: str) -> str | None:
    """An Excel formula (without `=`) as Google reads it in every locale, with `=`.

    None where the two may differ: a function not known to be the same in both, a decimal number,
    an array, another tab.
    """
    bare = _QUOTED.sub('""', excel)
    if _UNLIKE.search(bare) or {name.upper() for name in _CALL.findall(bare)} - _SHARED:
        return None
    quoted = _QUOTED.findall(excel)
    outside = (part.replace(",", ";") for part in _QUOTED.split(excel))
    return "=" + "".join(a + b for a, b in zip(outside, [*quoted, ""], strict=True))
