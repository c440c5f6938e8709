"""A chart of Google's as a native chart of Excel's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openpyxl.chart import AreaChart, BarChart, DoughnutChart, LineChart, PieChart
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties
from openpyxl.drawing.text import RegularTextRun as Run
from openpyxl.utils.cell import quote_sheetname

from tests.sheets_service.looks import SERIES_COLORS, ChartLook, SeriesLook, Strip
from tests.sheets_service.model import Book, column_letters

_EMU = 9525
"""Excel's units in a pixel."""

_GRIDLINES, _WORDS = "CCCCCC", "222222"
"""Google's colours of gridlines, and of axes and legend; no field of the API changes them."""

_MADE: dict[str, type[Any]] = {
    "column": BarChart,
    "bar": BarChart,
    "line": LineChart,
    "area": AreaChart,
    "pie": PieChart,
    "doughnut": DoughnutChart,
}
_LEGENDS = {
    "BOTTOM_LEGEND": "b",
    "LEFT_LEGEND": "l",
    "RIGHT_LEGEND": "r",
    "TOP_LEGEND": "t",
    "LABELED_LEGEND": "r",
}


def excel_chart(book: Book, look: ChartLook, titles: Mapping[int, str]) -> Any:
    """The openpyxl chart at its place; `titles` are the tabs' names by id."""
    made: Any = _MADE[look.shape]()
    made.ser = [_series(book, look, at, one, titles) for at, one in enumerate(look.series)]
    if look.shape in ("pie", "doughnut"):
        _slices(made, look)
    else:
        _axes(made, look)
    made.title = _title(look) if look.title else None
    made.legend = Legend() if look.legend in _LEGENDS else None
    if made.legend is not None:
        made.legend.position = _LEGENDS[look.legend]
        made.legend.txPr = _text(look.font, _WORDS)
    made.roundedCorners = False
    made.visible_cells_only = False
    made.anchor = _anchor(look)
    return made


def _anchor(look: ChartLook) -> TwoCellAnchor:
    """From cell to cell: programs differ in how many pixels they give a column."""
    right, dx = look.end("column")
    bottom, dy = look.end("row")
    return TwoCellAnchor(
        editAs="oneCell",
        _from=AnchorMarker(look.column, look.dx * _EMU, look.row, look.dy * _EMU),
        to=AnchorMarker(right, dx * _EMU, bottom, dy * _EMU),
    )


def _axes(made: Any, look: ChartLook) -> None:
    if look.shape in ("column", "bar"):
        made.type = "col" if look.shape == "column" else "bar"
        made.gapWidth = 55
    if look.stacked:
        made.grouping = "percentStacked" if look.percent else "stacked"
        if look.shape in ("column", "bar"):
            made.overlap = 100
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.number_format = made.y_axis.number_format = "General"
    made.x_axis.txPr = made.y_axis.txPr = _text(look.font, _WORDS)
    lines = GraphicalProperties(ln=LineProperties(solidFill=_GRIDLINES))
    made.y_axis.majorGridlines = ChartLines(spPr=lines)
    made.y_axis.spPr = GraphicalProperties(ln=LineProperties(noFill=True))
    made.y_axis.scaling.min, made.y_axis.scaling.max = look.window
    if look.shape == "bar":
        # Google puts the first bar on top, and the scale below.
        made.x_axis.scaling.orientation = "maxMin"
        made.y_axis.crosses = "max"


def _slices(made: Any, look: ChartLook) -> None:
    if look.shape == "doughnut":
        made.holeSize = max(10, min(90, round(look.hole * 100)))
    for series, one in zip(made.ser, look.series, strict=True):
        colors = (
            one.points.get(n, SERIES_COLORS[n % len(SERIES_COLORS)])
            for n in range(len(one.strip.cells))
        )
        series.dPt = [_point(n, color) for n, color in enumerate(colors)]


def _point(index: int, color: str) -> DataPoint:
    return DataPoint(idx=index, invertIfNegative=False, spPr=GraphicalProperties(solidFill=color))


def _series(
    book: Book, look: ChartLook, at: int, one: SeriesLook, titles: Mapping[int, str]
) -> Series:
    numbers = one.strip.numbers()
    points = [NumVal(idx=n, v=repr(number)) for n, number in enumerate(numbers)]
    name = None
    if one.strip.header is not None:
        header = Strip(one.strip.sheet, (one.strip.header,), None)
        name = SeriesLabel(strRef=StrRef(_at(header, titles), _strings([one.strip.name()])))
    categories = None
    if look.domain is not None:
        texts = look.domain.texts(book)
        categories = AxDataSource(strRef=StrRef(_at(look.domain, titles), _strings(texts)))
    made: Any = Series(
        idx=at,
        order=at,
        tx=name,
        cat=categories,
        val=NumDataSource(
            NumRef(
                _at(one.strip, titles),
                NumData(formatCode=one.strip.pattern(book), ptCount=len(points), pt=points),
            )
        ),
    )
    if look.shape not in ("pie", "doughnut"):
        made.spPr = _painted(look, one.color)
        if look.shape in ("column", "bar"):
            made.invertIfNegative = False
        made.dPt = [_point(n, color) for n, color in sorted(one.points.items())]
    if one.labels is not None:
        made.dLbls = _labels(look.font, one.labels)
    return made  # type: ignore[no-any-return]  # a Series, called Any to set what its stubs forbid


def _painted(look: ChartLook, color: str) -> GraphicalProperties:
    if look.shape == "line":
        return GraphicalProperties(ln=LineProperties(solidFill=color, w=2 * _EMU))
    return GraphicalProperties(solidFill=color)


def _labels(font: str, color: str) -> DataLabelList:
    labels = DataLabelList(
        showVal=True,
        showLegendKey=False,
        showCatName=False,
        showSerName=False,
        showPercent=False,
        showBubbleSize=False,
    )
    labels.txPr = _text(font, color)
    return labels


def _text(font: str, color: str) -> RichText:
    head = ParagraphProperties(defRPr=_character(font, 9, color))
    return RichText(p=[Paragraph(pPr=head, r=[], endParaRPr=CharacterProperties())])


def _title(look: ChartLook) -> Title:
    character = _character(look.font, look.title_size, look.title_color)
    head = ParagraphProperties(defRPr=character)
    rich = RichText(p=[Paragraph(pPr=head, r=[Run(t=look.title, rPr=character)])])
    return Title(tx=Text(rich=rich), overlay=False)


def _character(font: str, size: float, color: str) -> CharacterProperties:
    return CharacterProperties(latin=Font(typeface=font), sz=int(size * 100), solidFill=color)


def _strings(texts: list[str]) -> StrData:
    return StrData(ptCount=len(texts), pt=[StrVal(idx=n, v=t) for n, t in enumerate(texts)])


def _at(strip: Strip, titles: Mapping[int, str]) -> str:
    """The cells as Excel names them; they stand in one row or column."""
    if not strip.cells:
        return "#REF!"
    (top, left), (bottom, right) = strip.cells[0], strip.cells[-1]
    sheet = quote_sheetname(titles[strip.sheet.id])
    first = f"${column_letters(left)}${top + 1}"
    last = f"${column_letters(right)}${bottom + 1}"
    return f"{sheet}!{first}" if first == last else f"{sheet}!{first}:{last}"
