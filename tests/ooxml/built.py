"""A generated tab as openpyxl builds it: one of everything that a dashboard may hold."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache

from openpyxl import Workbook
from openpyxl.chart import BarChart, DoughnutChart, Reference
from openpyxl.chart.marker import DataPoint
from openpyxl.formatting.rule import DataBar, FormatObject, Rule
from openpyxl.styles import Alignment, Border, Color, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet


@cache
def dashboard(
    title: str = "Dashboard", *, active: int = 118, rows: int = 12, charts: bool = True
) -> bytes:
    """A workbook of one tab: tiles, tables, links, conditional formats, charts, print setup."""
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2026, 11, 23)
    sheet = book.worksheets[0]
    sheet.title = title
    _cells(sheet, active, rows)
    _conditional_formats(sheet, rows)
    if charts:
        _charts(sheet, rows)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 90
    sheet.sheet_view.tabSelected = True
    sheet.freeze_panes = "A4"
    sheet.sheet_properties.tabColor = "1F4E79"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.print_area = f"A1:H{rows + 12}"
    sheet.print_title_rows = "1:3"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cells(sheet: Worksheet, active: int, rows: int) -> None:
    for column, width in enumerate((18, 24, 12, 12, 12, 12, 12, 12), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet["A1"] = "Certifications & partners <Chicago>"
    sheet["A1"].font = Font(name="Calibri", size=20, bold=True, color="1F2937")
    sheet.merge_cells("A1:H1")
    sheet.row_dimensions[1].height = 32
    sheet["A2"] = '=IF(TODAY()-DATE(2026,11,23)>2,"This page is old","Up to date")'
    sheet["A3"] = f"='{sheet.title}'!C5*2"
    box = Side(style="thin", color="D1D5DB")
    sheet["C4"], sheet["C5"] = "Active", active
    sheet["C5"].font = Font(name="Calibri", size=24, bold=True, italic=True, underline="single")
    sheet["C5"].fill = PatternFill("solid", start_color="E2F0D9")
    sheet["C5"].border = Border(left=box, right=box, top=box, bottom=box)
    sheet["C5"].alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.merge_cells("C5:D6")
    sheet["E5"] = datetime(2026, 11, 23)
    sheet["E5"].number_format = "d mmm yyyy"
    for row in range(10, 10 + rows):
        sheet.cell(row, 1, f"Month {row - 9}")
        sheet.cell(row, 2, f" Person {row}\nsecond line ")
        sheet.cell(row, 3, row * 3).number_format = "0"
        sheet.cell(row, 4, row / 7).number_format = '0.0" days"'
        sheet.cell(row, 5, row % 2 == 0)
    sheet["F10"] = "Certifications!F17"
    sheet["F10"].font = Font(name="Calibri", size=10, underline="single", color="1D4ED8")
    sheet["F10"].hyperlink = Hyperlink(ref="F10", location="'Data 1'!F17", display="F17")
    sheet["F11"].hyperlink = Hyperlink(ref="F11", location=f"'{sheet.title}'!A1", display="top")
    sheet["F12"] = "Docs"
    sheet["F12"].hyperlink = "https://example.org/a?b=1&c=2"


def _conditional_formats(sheet: Worksheet, rows: int) -> None:
    red = PatternFill("solid", start_color="F8CBAD", end_color="F8CBAD")
    soon = DifferentialStyle(fill=red, font=Font(bold=True, color="843C0C"))
    bar = DataBar(
        cfvo=[FormatObject(type="min"), FormatObject(type="max")], color=Color(rgb="FF1F4E79")
    )
    late = DifferentialStyle(font=Font(color="843C0C"))
    old = "TODAY()-DATE(2026,11,23)>2"
    for block, rule in (
        (
            f"C10:C{9 + rows}",
            Rule(type="cellIs", operator="lessThan", formula=["30"], dxf=soon, stopIfTrue=True),
        ),
        ("A2:H2", Rule(type="expression", formula=[old], dxf=late)),
        (f"D10:D{9 + rows}", Rule(type="dataBar", dataBar=bar)),
    ):
        sheet.conditional_formatting.add(block, rule)


def _charts(sheet: Worksheet, rows: int) -> None:
    names = Reference(sheet, min_col=1, min_row=10, max_row=9 + rows)
    bars = BarChart()
    bars.title = "Expirations by month"
    bars.add_data(Reference(sheet, min_col=3, min_row=9, max_row=9 + rows), titles_from_data=True)
    bars.set_categories(names)
    sheet.add_chart(bars, "H10")
    ring = DoughnutChart(holeSize=60)
    ring.title = "Status"
    ring.add_data(Reference(sheet, min_col=3, min_row=9, max_row=12), titles_from_data=True)
    ring.set_categories(Reference(sheet, min_col=1, min_row=10, max_row=12))
    for index, color in enumerate(("2E7D32", "F9A825", "C62828")):
        point = DataPoint(idx=index)
        point.graphicalProperties.solidFill = color
        ring.series[0].dPt.append(point)
    sheet.add_chart(ring, "H26")
