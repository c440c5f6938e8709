"""A layout's chart as an EmbeddedChart of Google Sheets: our colours and font, a word to each.

The API has no colours for the slices of a pie, and Google's own begin with blue and red; a status
in another colour than its word would mislead. So a doughnut is drawn as one bar a slice, each in
its colour and beside its word. Gridlines and the fonts of axes and legend are Google's: the API
has no field for them.
"""

from __future__ import annotations

from collections.abc import Mapping

from certsync.dashboard.google_style import (
    Json,
    color,
    column_pixels,
    grid_range,
    row_pixels,
    text_format,
)
from certsync.dashboard.layout import CellValue, Chart, Layout, Range

Values = Mapping[tuple[int, int], CellValue]

# Google's own height of a row that nobody set.
DEFAULT_ROW = 21

_INK, _LINE, _WHITE = "374151", "E5E7EB", "FFFFFF"
# Below this Google would put fractions beside the gridlines.
_LOW = 4


def chart(layout: Layout, spec: Chart, sheet_id: int, chart_id: int, values: Values) -> Json:
    """The chart with its place: it covers the cells it covers in Excel.

    Args:
        layout: What it belongs to: column widths, row heights and the font.
        spec: What it shows.
        sheet_id: The tab it stands on and takes its figures from.
        chart_id: The id it shall have.
        values: The layout's values by row and column.
    """
    return {
        "chartId": chart_id,
        "spec": {
            "title": spec.title,
            "altText": spec.title,
            "titleTextFormat": text_format(layout.font, 11, _INK, bold=True),
            "titleTextPosition": {"horizontalAlignment": "CENTER"},
            "fontName": layout.font,
            "backgroundColorStyle": color(_WHITE),
            # Whoever hides the rows of figures keeps the chart.
            "hiddenDimensionStrategy": "SHOW_ALL",
            "basicChart": _basic(layout, spec, sheet_id, values),
        },
        "border": {"colorStyle": color(_LINE)},
        "position": {"overlayPosition": _place(layout, spec, sheet_id)},
    }


def zeros_hidden(layout: Layout) -> set[tuple[int, int]]:
    """The cells whose zeros are left empty, so that no column of a chart carries a label 0.

    A data label takes the number format of its cell; it has none of its own.
    """
    return {
        (row, column.left)
        for spec in layout.charts
        if spec.kind != "doughnut"
        for column in spec.series
        for row in range(column.top + 1, column.bottom + 1)
    }


def _basic(layout: Layout, spec: Chart, sheet_id: int, values: Values) -> Json:
    flat = spec.kind == "doughnut"
    head = spec.series[0].top
    words = Range(head, spec.categories.left, spec.categories.bottom, spec.categories.left)
    series = (
        [_bars(spec, sheet_id)]
        if flat
        else [
            _columns(column, spec.kind, rgb, layout.font, sheet_id)
            for column, rgb in zip(spec.series, spec.colors, strict=True)
        ]
    )
    amounts = "BOTTOM_AXIS" if flat else "LEFT_AXIS"
    # In any other mode Google overlooks the ends it is given.
    window: Json = {"viewWindowMode": "EXPLICIT", "viewWindowMin": 0}
    if _highest(spec, values) < _LOW:
        window["viewWindowMax"] = _LOW
    made: Json = {
        "chartType": "BAR" if flat else "COLUMN",
        "legendPosition": "NO_LEGEND" if flat else "TOP_LEGEND",
        "headerCount": 1,
        "domains": [{"domain": _source(words, sheet_id)}],
        "series": series,
        "axis": [{"position": amounts, "viewWindowOptions": window}],
    }
    if not flat:
        made["stackedType"] = "STACKED" if spec.kind == "stacked" else "NOT_STACKED"
    return made


def _columns(column: Range, kind: str, rgb: str, font: str, sheet_id: int) -> Json:
    inside = kind == "stacked"
    return {
        "series": _source(column, sheet_id),
        "targetAxis": "LEFT_AXIS",
        "colorStyle": color(rgb),
        "dataLabel": {
            "type": "DATA",
            "placement": "CENTER" if inside else "OUTSIDE_END",
            "textFormat": text_format(font, 9, _on(rgb) if inside else _INK, bold=True),
        },
    }


def _bars(spec: Chart, sheet_id: int) -> Json:
    """The slices of a doughnut as bars; each word carries its number already."""
    points = [{"index": n, "colorStyle": color(rgb)} for n, rgb in enumerate(spec.colors)]
    return {
        "series": _source(spec.series[0], sheet_id),
        "targetAxis": "BOTTOM_AXIS",
        "styleOverrides": points,
    }


def _source(block: Range, sheet_id: int) -> Json:
    return {"sourceRange": {"sources": [grid_range(sheet_id, block)]}}


def _highest(spec: Chart, values: Values) -> float:
    """The height of the highest column."""
    pile = sum if spec.kind == "stacked" else max
    rows = range(spec.series[0].top + 1, spec.series[0].bottom + 1)
    stacks = ([_number(values.get((row, s.left))) for s in spec.series] for row in rows)
    return max((pile(stack) for stack in stacks), default=0)


def _number(value: CellValue) -> float:
    return value if isinstance(value, int | float) else 0


def _on(rgb: str) -> str:
    """White on dark colours, dark on light ones."""
    red, green, blue = (int(rgb[at : at + 2], 16) for at in (0, 2, 4))
    return _WHITE if 0.299 * red + 0.587 * green + 0.114 * blue < 150 else _INK


def _place(layout: Layout, spec: Chart, sheet_id: int) -> Json:
    widths = layout.widths[spec.column - 1 : spec.column - 1 + spec.columns]
    heights = (layout.heights.get(row) for row in range(spec.row, spec.row + spec.rows))
    return {
        "anchorCell": {
            "sheetId": sheet_id,
            "rowIndex": spec.row - 1,
            "columnIndex": spec.column - 1,
        },
        "widthPixels": sum(map(column_pixels, widths)),
        "heightPixels": sum(DEFAULT_ROW if h is None else row_pixels(h) for h in heights),
    }
