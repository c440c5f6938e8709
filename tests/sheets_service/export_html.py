"""A book as one HTML page: a table for each tab, charts as pictures over it."""

from __future__ import annotations

import math
from html import escape

from tests.sheets_service import looks
from tests.sheets_service.looks import ChartLook, SeriesLook
from tests.sheets_service.model import Book, Cell, Sheet, column_letters
from tests.sheets_service.numbers import locale
from tests.sheets_service.shown import shown

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 13px Arial, sans-serif; margin: 16px }}
.sheet {{ position: relative; margin-bottom: 40px }}
table {{ border-collapse: collapse; table-layout: fixed; width: 0 }}
td {{ overflow: hidden; white-space: nowrap; padding: 1px 3px; vertical-align: bottom }}
.lines td {{ border: 1px solid #e2e3e3 }}
svg {{ position: absolute; background: #fff; border: 1px solid #ddd }}
a {{ color: inherit }}
</style></head><body>
{sheets}
</body></html>
"""
_LINES = {
    "DOTTED": "1px dotted",
    "DASHED": "1px dashed",
    "SOLID": "1px solid",
    "SOLID_MEDIUM": "2px solid",
    "SOLID_THICK": "3px solid",
    "DOUBLE": "3px double",
}


def to_html(book: Book) -> str:
    """The whole book; hidden tabs too, and marked as such."""
    sheets = "\n".join(_sheet(book, sheet) for sheet in book.sheets)
    return _PAGE.format(title=escape(book.title), sheets=sheets)


def _sheet(book: Book, sheet: Sheet) -> str:
    charts = [look for one in sheet.charts if (look := looks.chart(book, one))]
    rows = max([row + 1 for row, _ in sheet.cells] + [look.row + 1 for look in charts] + [1])
    columns = max([c + 1 for _, c in sheet.cells] + [look.column + 1 for look in charts] + [1])
    covered: dict[tuple[int, int], str] = {}
    for area in sheet.merges:
        top, left, bottom, right = looks.span(sheet, area)
        for row in range(top, bottom):
            for column in range(left, right):
                covered[row, column] = ""
        covered[top, left] = f' colspan="{right - left}" rowspan="{bottom - top}"'
    widths = "".join(f'<col style="width:{looks.width(sheet, c)}px">' for c in range(columns))
    lines = []
    for row in range(rows):
        if not looks.height(sheet, row):
            continue
        cells = "".join(
            _cell(book, sheet, row, column, covered.get((row, column), " "))
            for column in range(columns)
            if covered.get((row, column)) != ""
        )
        lines.append(f'<tr style="height:{looks.height(sheet, row)}px">{cells}</tr>')
    hidden = " (hidden)" if sheet.hidden else ""
    kind = "" if sheet.hide_gridlines else ' class="lines"'
    pictures = "".join(_picture(book, sheet, look) for look in charts)
    bottom = max([_place(sheet, look)[1] + look.height for look in charts], default=0)
    return (
        f'<h2 id="gid{sheet.id}">{escape(sheet.title)}{hidden}</h2>'
        f'<div class="sheet" style="min-height:{bottom}px">'
        f"<table{kind}><colgroup>{widths}</colgroup>"
        f"{''.join(lines)}</table>{pictures}</div>"
    )


def _cell(book: Book, sheet: Sheet, row: int, column: int, spread: str) -> str:
    cell = sheet.cell(row, column)
    text = escape(shown(cell, locale(book.locale))).replace("\n", "<br>")
    if uri := looks.link(cell):
        inner = looks.jump(book, uri)
        target = f"#gid{inner[0].id}" if inner else uri
        text = f'<a href="{escape(target)}">{text}</a>'
    note = f' title="{escape(cell.note)}"' if cell.note else ""
    name = f"{column_letters(column)}{row + 1}"
    return f'<td data-cell="{name}"{spread.rstrip()}{note} style="{_style(cell)}">{text}</td>'


def _style(cell: Cell) -> str:
    text, look = looks.text_format(cell), cell.format or {}
    right = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    align = look.get("horizontalAlignment", "RIGHT" if right else "LEFT").lower()
    found = {
        "text-align": align,
        "vertical-align": look.get("verticalAlignment", "BOTTOM").lower(),
        "white-space": "normal" if look.get("wrapStrategy") == "WRAP" else "",
        "background": _hash(looks.rgb(look, "backgroundColor")),
        "color": _hash(looks.rgb(text, "foregroundColor")),
        "font-family": text.get("fontFamily", ""),
        "font-size": f"{text['fontSize']}pt" if "fontSize" in text else "",
        "font-weight": "bold" if text.get("bold") else "",
        "font-style": "italic" if text.get("italic") else "",
        "text-decoration": "underline" if text.get("underline") else "",
    }
    for side, line in (look.get("borders") or {}).items():
        if line and line.get("style") in _LINES:
            color = _hash(looks.rgb(line, "color") or "000000")
            found[f"border-{side}"] = f"{_LINES[line['style']]} {color}"
    return escape(";".join(f"{name}:{value}" for name, value in found.items() if value))


def _hash(color: str | None) -> str:
    return f"#{color}" if color else ""


def _place(sheet: Sheet, look: ChartLook) -> tuple[int, int]:
    """Pixels from the left and from the top."""
    left = sum(looks.width(sheet, column) for column in range(look.column))
    return left + look.dx, sum(looks.height(sheet, row) for row in range(look.row)) + look.dy


def _picture(book: Book, sheet: Sheet, look: ChartLook) -> str:
    left, top = _place(sheet, look)
    inner = _pie(book, look) if look.shape in ("pie", "doughnut") else _bars(book, look)
    title = _text(look.width / 2, 18, look.title, look.title_color, "middle", 14)
    return (
        f'<svg style="left:{left}px;top:{top}px" width="{look.width}" height="{look.height}">'
        f"{title}{inner}</svg>"
    )


def _text(x: float, y: float, text: str, color: str, anchor: str, size: int = 10) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="#{color}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _rect(x: float, y: float, width: float, height: float, color: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}" fill="#{color}"/>'
    )


def _legend(look: ChartLook) -> str:
    if look.legend == "NO_LEGEND":
        return ""
    parts = []
    for at, one in enumerate(look.series):
        x = 12 + at * 90
        parts.append(_rect(x, 26, 9, 9, one.color))
        parts.append(_text(x + 13, 34, one.strip.name(), "374151", "start"))
    return "".join(parts)


def _bars(book: Book, look: ChartLook) -> str:
    """Columns or bars; a line or an area is drawn as columns too, which shows the figures."""
    labels = look.domain.texts(book) if look.domain else []
    values = [one.strip.numbers() for one in look.series]
    count = max([len(v) for v in values] + [len(labels), 1])
    stacks = [[v[n] if n < len(v) else 0 for v in values] for n in range(count)]
    highest = look.window[1] or max([sum(s) if look.stacked else max(s, default=0) for s in stacks])
    flat = look.shape == "bar"
    long_, wide = (look.width - 130, look.height - 60) if flat else (look.height - 80, look.width)
    scale, step = long_ / (highest or 1), (wide - (0 if flat else 30)) / count
    parts = [_legend(look)]
    for n, stack in enumerate(stacks):
        start = (45 if flat else 20) + n * step
        label = labels[n] if n < len(labels) else ""
        if flat:
            parts.append(_text(108, start + step / 2 + 3, label, "374151", "end"))
        else:
            parts.append(_text(start + step / 2, look.height - 8, label, "374151", "middle"))
        base, thick = 0.0, step * 0.7 / (1 if look.stacked else max(len(stack), 1))
        for at, (one, value) in enumerate(zip(look.series, stack, strict=True)):
            across = start + step * 0.15 + (0 if look.stacked else at * thick)
            parts.append(_bar(look, one, n, value, (across, thick, base, scale)))
            base += value * scale if look.stacked else 0
    return "".join(parts)


def _bar(
    look: ChartLook, one: SeriesLook, n: int, value: float, at: tuple[float, float, float, float]
) -> str:
    across, thick, base, scale = at
    color, size = one.points.get(n, one.color), value * scale
    if look.shape == "bar":
        drawn = _rect(112 + base, across, size, thick, color)
        label = _text(112 + base + size / 2, across + thick / 2 + 3, f"{value:g}", "", "middle")
    else:
        top = look.height - 22 - base - size
        drawn = _rect(across, top, thick, size, color)
        inside = top + size / 2 + 4 if look.stacked else top - 3
        label = _text(across + thick / 2, inside, f"{value:g}", "", "middle")
    if one.labels is None or not value:
        return drawn
    return drawn + label.replace('fill="#"', f'fill="#{one.labels}"')


def _pie(book: Book, look: ChartLook) -> str:
    series = look.series[0] if look.series else None
    values = series.strip.numbers() if series else []
    labels = look.domain.texts(book) if look.domain else []
    total, turned = sum(values) or 1, 0.0
    x, y, radius = look.width * 0.32, look.height * 0.55, min(look.width, look.height) * 0.32
    parts = []
    for n, value in enumerate(values):
        color = looks.SERIES_COLORS[n % len(looks.SERIES_COLORS)]
        color = series.points.get(n, color) if series else color
        begin, turned = turned, turned + value / total
        end = min(turned, begin + 0.9999)
        points = [
            (x + radius * math.sin(2 * math.pi * t), y - radius * math.cos(2 * math.pi * t))
            for t in (begin, end)
        ]
        large = int(end - begin > 0.5)
        parts.append(
            f'<path fill="#{color}" d="M{x:.1f},{y:.1f} L{points[0][0]:.1f},{points[0][1]:.1f} '
            f'A{radius:.1f},{radius:.1f} 0 {large} 1 {points[1][0]:.1f},{points[1][1]:.1f} Z"/>'
        )
        label = f"{labels[n] if n < len(labels) else ''} {value:g}"
        parts.append(_rect(look.width * 0.66, 44 + n * 16, 9, 9, color))
        parts.append(_text(look.width * 0.66 + 13, 52 + n * 16, label, "374151", "start"))
    if look.hole:
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * look.hole:.1f}" fill="#fff"/>'
        )
    return "".join(parts)
