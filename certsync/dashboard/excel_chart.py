"""A layout's chart as an Excel chart: quiet axes, our colours and font, values stored within."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openpyxl.chart import BarChart, DoughnutChart
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
from openpyxl.chart.layout import Layout as ChartLayout
from openpyxl.chart.layout import ManualLayout
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

from certsync.dashboard.layout import CellValue, Chart, Range
from certsync.sheets.snapshot import column_letters

Values = Mapping[tuple[int, int], CellValue]

_INK, _GREY, _LINE = "374151", "6B7280", "E5E7EB"
_TICKS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10000, 20000)


def chart(spec: Chart, values: Values, sheet: str, font: str) -> Any:
    """The openpyxl chart, anchored to the cells it covers.

    Args:
        spec: What it shows.
        values: The layout's values by row and column; they are stored in the chart too.
        sheet: The sheet's name, quoted where needed.
        font: The name of the font.
    """
    made = _doughnut() if spec.kind == "doughnut" else _columns(spec, values, font)
    made.ser = [_series(at, column, spec, values, sheet) for at, column in enumerate(spec.series)]
    _colored(made, spec, font)
    made.title = _title(spec.title, font)
    made.title.overlay = False
    made.legend.overlay = False
    made.legend.txPr = _text(font, 9, _INK)
    made.roundedCorners = False
    made.graphical_properties = GraphicalProperties(
        solidFill="FFFFFF", ln=LineProperties(solidFill=_LINE, w=9525)
    )
    # Whoever hides the rows of figures keeps the chart.
    made.visible_cells_only = False
    made.anchor = TwoCellAnchor(
        editAs="oneCell",
        _from=AnchorMarker(spec.column - 1, 0, spec.row - 1, 0),
        to=AnchorMarker(spec.column - 1 + spec.columns, 0, spec.row - 1 + spec.rows, 0),
    )
    return made


def _columns(spec: Chart, values: Values, font: str) -> Any:
    made: Any = BarChart()
    made.type = "col"
    made.gapWidth = 55
    if spec.kind == "stacked":
        made.grouping, made.overlap = "stacked", 100
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.txPr = made.y_axis.txPr = _text(font, 9, _GREY)
    made.x_axis.number_format = made.y_axis.number_format = "General"
    made.x_axis.majorTickMark = made.y_axis.majorTickMark = "none"
    made.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill="9CA3AF"))
    made.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    made.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=_LINE))
    made.y_axis.majorUnit = _tick(spec, values)
    made.y_axis.scaling.min = 0
    made.legend = Legend()
    made.legend.position = "t"
    return made


def _doughnut() -> Any:
    made: Any = DoughnutChart()
    made.holeSize, made.firstSliceAng = 62, 0
    made.layout = ChartLayout(
        ManualLayout(xMode="edge", yMode="edge", x=0.06, y=0.2, w=0.5, h=0.7, layoutTarget="inner")
    )
    made.legend = Legend()
    made.legend.position = "r"
    return made


def _tick(spec: Chart, values: Values) -> int:
    """The step between gridlines: whole, and at most six of them up to the highest column."""
    stacks = zip(*(_values(column, values) for column in spec.series), strict=True)
    pile = sum if spec.kind == "stacked" else max
    highest = max((pile(map(_number, stack)) for stack in stacks), default=0)
    return next((tick for tick in _TICKS if highest <= tick * 6), 50000)


def _series(at: int, column: Range, spec: Chart, values: Values, sheet: str) -> Series:
    """One series with references to the cells and their values beside them."""
    name = Range(column.top, column.left, column.top, column.left)
    body = Range(column.top + 1, column.left, column.bottom, column.left)
    numbers = [NumVal(idx=n, v=str(v)) for n, v in enumerate(_values(column, values))]
    heading = values.get((column.top, column.left))
    labels = [values.get((row, spec.categories.left)) for row in _rows(spec.categories)]
    return Series(
        idx=at,
        order=at,
        tx=SeriesLabel(strRef=StrRef(_at(sheet, name), _strings([heading]))),
        cat=AxDataSource(strRef=StrRef(_at(sheet, spec.categories), _strings(labels))),
        val=NumDataSource(
            NumRef(
                _at(sheet, body),
                NumData(formatCode="General", ptCount=len(numbers), pt=numbers),
            )
        ),
    )


def _colored(made: Any, spec: Chart, font: str) -> None:
    if spec.kind == "doughnut":
        made.ser[0].dPt = [
            DataPoint(idx=n, spPr=_fill(color, "FFFFFF")) for n, color in enumerate(spec.colors)
        ]
        return
    for series, color in zip(made.ser, spec.colors, strict=True):
        series.spPr = _fill(color, None)
        series.invertIfNegative = False
        series.dLbls = _labels(font, color)


def _labels(font: str, fill: str) -> DataLabelList:
    """Numbers that can be read on the fill; the format leaves zeros out."""
    labels = DataLabelList(
        numFmt="#,##0;;;",
        showVal=True,
        showLegendKey=False,
        showCatName=False,
        showSerName=False,
        showPercent=False,
        showBubbleSize=False,
    )
    labels.txPr = _text(font, 9, _on(fill), bold=True)
    return labels


def _on(fill: str) -> str:
    """White on dark colours, dark on light ones."""
    red, green, blue = (int(fill[at : at + 2], 16) for at in (0, 2, 4))
    return "FFFFFF" if 0.299 * red + 0.587 * green + 0.114 * blue < 150 else _INK


def _fill(color: str, line: str | None) -> GraphicalProperties:
    edge = LineProperties(solidFill=line, w=19050) if line else LineProperties(noFill=True)
    return GraphicalProperties(solidFill=color, ln=edge)


def _title(text: str, font: str) -> Title:
    run = Run(t=text, rPr=_character(font, 11, _INK, bold=True))
    head = ParagraphProperties(defRPr=_character(font, 11, _INK, bold=True))
    return Title(tx=Text(rich=RichText(p=[Paragraph(pPr=head, r=[run])])))


def _text(font: str, size: float, color: str, *, bold: bool = False) -> RichText:
    look = ParagraphProperties(defRPr=_character(font, size, color, bold=bold))
    return RichText(p=[Paragraph(pPr=look, r=[], endParaRPr=CharacterProperties())])


def _character(font: str, size: float, color: str, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(
        latin=Font(typeface=font), sz=int(size * 100), b=bold, solidFill=color
    )


def _strings(texts: list[CellValue]) -> StrData:
    points = [StrVal(idx=n, v=str(text)) for n, text in enumerate(texts)]
    return StrData(ptCount=len(points), pt=points)


def _values(column: Range, values: Values) -> list[CellValue]:
    return [values.get((row, column.left)) for row in range(column.top + 1, column.bottom + 1)]


def _number(value: CellValue) -> float:
    return value if isinstance(value, int | float) else 0


def _rows(block: Range) -> range:
    return range(block.top, block.bottom + 1)


def _at(sheet: str, block: Range) -> str:
    column, last = column_letters(block.left), column_letters(block.right)
    if block.top == block.bottom and column == last:
        return f"{sheet}!${column}${block.top}"
    return f"{sheet}!${column}${block.top}:${last}${block.bottom}"
