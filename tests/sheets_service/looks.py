"""How cells and charts look, read out of Google's form for those who draw them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.sheets_service.model import Book, Cell, CellError, Json, Sheet
from tests.sheets_service.numbers import locale
from tests.sheets_service.shown import number_format, shown

Format = Mapping[str, Any]

DEFAULT_WIDTH, DEFAULT_HEIGHT = 100, 21
"""Pixels of a column and a row that nobody set."""

_THEME = {
    "TEXT": "000000",
    "BACKGROUND": "FFFFFF",
    "ACCENT1": "4285F4",
    "ACCENT2": "EA4335",
    "ACCENT3": "FBBC04",
    "ACCENT4": "34A853",
    "ACCENT5": "FF6D01",
    "ACCENT6": "46BDC6",
    "LINK": "1155CC",
}
SERIES_COLORS = tuple(_THEME[f"ACCENT{n}"] for n in range(1, 7))
_JUMP = re.compile(r"#gid=(?P<gid>\d+)(?:&range=(?P<range>[^&]+))?")


def rgb(of: Format | None, name: str) -> str | None:
    """RRGGBB of a colour field, such as `backgroundColor`, or of its newer style field."""
    if not of:
        return None
    style = of.get(f"{name}Style" if name != "color" else "colorStyle") or {}
    if "themeColor" in style:
        return _THEME.get(style["themeColor"])
    color = style.get("rgbColor", of.get(name))
    if color is None:
        return None
    parts = (color.get(part, 0) for part in ("red", "green", "blue"))
    return "".join(f"{round(part * 255):02X}" for part in parts)


def text_format(cell: Cell) -> Format:
    """The format of a cell's text; of a single run too, which covers the whole."""
    base: Format = (cell.format or {}).get("textFormat") or {}
    if len(cell.runs) == 1 and not cell.runs[0].get("startIndex"):
        return {**base, **(cell.runs[0].get("format") or {})}
    return base


def link(cell: Cell) -> str | None:
    """Where a click on the cell leads."""
    formats = [(cell.format or {}).get("textFormat") or {}]
    formats += [run.get("format") or {} for run in cell.runs]
    return next((f["link"]["uri"] for f in formats if f.get("link", {}).get("uri")), None)


def jump(book: Book, uri: str) -> tuple[Sheet, str] | None:
    """The tab and the cell of a link within the spreadsheet."""
    match = _JUMP.fullmatch(uri)
    if match is None:
        return None
    sheet = next((s for s in book.sheets if s.id == int(match["gid"])), None)
    return None if sheet is None else (sheet, match["range"] or "A1")


def width(sheet: Sheet, column: int) -> int:
    """Pixels of a column; 0 for a hidden one."""
    return _size(sheet.column_properties.get(column, {}), DEFAULT_WIDTH)


def height(sheet: Sheet, row: int) -> int:
    """Pixels of a row; 0 for a hidden one."""
    return _size(sheet.row_properties.get(row, {}), DEFAULT_HEIGHT)


def _size(properties: Json, default: int) -> int:
    hidden = properties.get("hiddenByUser") or properties.get("hiddenByFilter")
    return 0 if hidden else int(properties.get("pixelSize", default))


def span(sheet: Sheet, area: Json) -> tuple[int, int, int, int]:
    """First row, first column, and the ends, of a GridRange that may be open."""
    return (
        area.get("startRowIndex", 0),
        area.get("startColumnIndex", 0),
        area.get("endRowIndex", sheet.rows),
        area.get("endColumnIndex", sheet.columns),
    )


Shape = Literal["column", "bar", "line", "area", "pie", "doughnut"]
_SHAPES: dict[str, Shape] = {"BAR": "bar", "LINE": "line", "AREA": "area"}


@dataclass(frozen=True)
class Strip:
    """A row or column of cells that a chart reads, less its header."""

    sheet: Sheet
    cells: tuple[tuple[int, int], ...]
    header: tuple[int, int] | None

    def texts(self, book: Book) -> list[str]:
        """What the cells show."""
        return [shown(self.sheet.cell(*at), locale(book.locale)) for at in self.cells]

    def numbers(self) -> list[float]:
        """Their numbers; 0 for what is none."""
        values = (self.sheet.cell(*at).value for at in self.cells)
        return [
            float(v) if isinstance(v, int | float) and not isinstance(v, bool) else 0.0
            for v in values
        ]

    def pattern(self, book: Book) -> str:
        """The number format of the first cell; labels take it."""
        if not self.cells:
            return "General"
        found = number_format(self.sheet.cell(*self.cells[0]), locale(book.locale))
        return found["pattern"] if found else "General"

    def name(self) -> str:
        """What stands in the header."""
        value = self.sheet.cell(*self.header).value if self.header else None
        return "" if value is None else value.text if isinstance(value, CellError) else str(value)


@dataclass(frozen=True)
class SeriesLook:
    """One series. `points` are colours of single points, `labels` the colour of its numbers."""

    strip: Strip
    color: str
    points: Mapping[int, str]
    labels: str | None


@dataclass(frozen=True)
class ChartLook:
    """A chart, whatever it is drawn with. Its place is in pixels from its anchor cell."""

    sheet: Sheet
    shape: Shape
    stacked: bool
    percent: bool
    title: str
    title_color: str
    title_size: int
    font: str
    legend: str
    domain: Strip | None
    series: tuple[SeriesLook, ...]
    hole: float
    window: tuple[float | None, float | None]
    row: int
    column: int
    dx: int
    dy: int
    width: int
    height: int

    def end(self, dimension: Literal["row", "column"]) -> tuple[int, int]:
        """The row or column in which the chart ends, and how many pixels into it."""
        rows = dimension == "row"
        at, left = (self.row, self.dy) if rows else (self.column, self.dx)
        left += self.height if rows else self.width
        while left > (here := height(self.sheet, at) if rows else width(self.sheet, at)):
            at, left = at + 1, left - here
        return at, left


def chart(book: Book, embedded: Json) -> ChartLook | None:
    """A chart's look; None for a kind that nobody here draws, or one on a sheet of its own."""
    spec = embedded.get("spec", {})
    place = embedded.get("position", {}).get("overlayPosition")
    basic, pie = spec.get("basicChart"), spec.get("pieChart")
    if place is None or (basic is None and pie is None):
        return None
    if pie is not None:
        shape: Shape = "doughnut" if pie.get("pieHole") else "pie"
        domains, wanted, count = [pie.get("domain", {})], [{"series": pie.get("series", {})}], None
    else:
        shape = _SHAPES.get(str(basic.get("chartType")), "column")
        domains = [one.get("domain", {}) for one in basic.get("domains", [])]
        wanted, count = basic.get("series", []), basic.get("headerCount")
    strips = [_strip(book, one.get("series", {}), count) for one in wanted]
    # Without a count Google looks whether the first series begins with a text; so do we.
    headed = count if count is not None else int(any(s and s.header for s in strips))
    domain = _strip(book, domains[0], headed) if domains else None
    options: Json = next(
        (a["viewWindowOptions"] for a in (basic or {}).get("axis", []) if "viewWindowOptions" in a),
        {},
    )
    anchor = place.get("anchorCell", {})
    title = spec.get("titleTextFormat", {})
    stacked = str((basic or {}).get("stackedType", ""))
    return ChartLook(
        book.sheet(anchor.get("sheetId", 0)),
        shape,
        stacked in ("STACKED", "PERCENT_STACKED"),
        stacked == "PERCENT_STACKED",
        spec.get("title", ""),
        rgb(title, "foregroundColor") or "757575",
        title.get("fontSize", 14),
        spec.get("fontName", "Roboto"),
        str((basic or pie or {}).get("legendPosition", "RIGHT_LEGEND")),
        domain,
        tuple(
            _series(at, strip, one)
            for at, (strip, one) in enumerate(zip(strips, wanted, strict=True))
            if strip is not None
        ),
        (pie or {}).get("pieHole", 0.0),
        (options.get("viewWindowMin"), options.get("viewWindowMax")),
        anchor.get("rowIndex", 0),
        anchor.get("columnIndex", 0),
        place.get("offsetXPixels", 0),
        place.get("offsetYPixels", 0),
        place.get("widthPixels", 600),
        place.get("heightPixels", 371),
    )


def _series(at: int, strip: Strip, spec: Json) -> SeriesLook:
    points = {
        one.get("index", 0): rgb(one, "color") or SERIES_COLORS[0]
        for one in spec.get("styleOverrides", [])
    }
    label = spec.get("dataLabel", {})
    shows = label.get("type", "NONE") not in ("NONE", "DATA_LABEL_TYPE_UNSPECIFIED")
    return SeriesLook(
        strip,
        rgb(spec, "color") or SERIES_COLORS[at % len(SERIES_COLORS)],
        points,
        (rgb(label.get("textFormat"), "foregroundColor") or "000000") if shows else None,
    )


def _strip(book: Book, data: Json, headers: int | None) -> Strip | None:
    sources = data.get("sourceRange", {}).get("sources", [])
    if not sources:
        return None
    sheet = book.sheet(sources[0].get("sheetId", 0))
    cells: list[tuple[int, int]] = []
    for source in sources:
        top, left, bottom, right = span(sheet, source)
        cells += [(row, column) for row in range(top, bottom) for column in range(left, right)]
    if headers is None:
        headers = int(bool(cells) and isinstance(sheet.cell(*cells[0]).value, str))
    return Strip(sheet, tuple(cells[headers:]), cells[0] if headers and cells else None)
