"""A Layout as an .xlsx file of one sheet; equal layouts give equal bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from copy import copy
from datetime import date, datetime
from typing import Any

from lxml import etree
from openpyxl import Workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import quote_sheetname
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from certsync.dashboard.excel_chart import chart
from certsync.dashboard.layout import Cell, CellValue, Layout, Range, Style
from certsync.sheets.snapshot import cell_ref

# The date every file of ours carries, so that equal layouts give equal bytes.
_MADE = datetime(2000, 1, 1)
Edit = Callable[[etree._Element, Layout], None]

_SHEET, _DRAWING = "xl/worksheets/sheet1.xml", "xl/drawings/drawing1.xml"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NAME = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}cNvPr"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT_LIMIT = 32767


def render(layout: Layout, title: str) -> bytes:
    """The layout as a workbook with one sheet called `title`.

    Formula cells carry their value, texts stay texts whatever they begin with, and nothing is
    used that a sheet, its styles, one drawing and its charts cannot hold.
    """
    book = Workbook()
    book.properties.creator = "certsync"
    book.properties.created = book.properties.modified = _MADE
    sheet = book.worksheets[0]
    sheet.title = title
    _page(sheet, layout)
    _cells(sheet, layout, title)
    for highlight in layout.highlights:
        look = layout.styles[highlight.style]
        shown = DifferentialStyle(
            font=Font(bold=look.bold, italic=look.italic, color=look.color),
            fill=PatternFill(bgColor=look.fill) if look.fill else None,
        )
        rule = Rule(type="expression", dxf=shown, formula=[highlight.formula])
        sheet.conditional_formatting.add(_ref(highlight.block), rule)
    values = {(cell.row, cell.column): _plain(cell.value) for cell in layout.cells}
    for spec in layout.charts:
        sheet.add_chart(chart(spec, values, quote_sheetname(title), layout.font))
    packed = io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(packed, "w")).save()
    return _sealed(packed, layout)


def _page(sheet: Worksheet, layout: Layout) -> None:
    """Widths, heights, what stays on screen, and how it prints."""
    for column, width in enumerate(layout.widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, height in layout.heights.items():
        sheet.row_dimensions[row].height = height
    sheet.sheet_view.showGridLines = sheet.sheet_view.showRowColHeaders = False
    sheet.sheet_view.zoomScale = 100
    sheet.freeze_panes = f"A{layout.frozen_rows + 1}" if layout.frozen_rows else None
    sheet.sheet_properties.tabColor = layout.tab_color
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins = PageMargins(0.4, 0.4, 0.3, 0.45, 0.2, 0.2)
    sheet.print_options.horizontalCentered = True
    footer: Any = sheet.oddFooter
    footer.left.text, footer.right.text = layout.title.replace("&", "&&"), "Page &P of &N"
    if layout.repeated:
        sheet.print_title_rows = "{}:{}".format(*layout.repeated)
    if layout.printed:
        sheet.print_area = _ref(layout.printed)
    if layout.filter:
        sheet.auto_filter.ref = _ref(layout.filter)
    for row in layout.breaks:
        sheet.row_breaks.append(Break(id=row - 1))


def _cells(sheet: Worksheet, layout: Layout, title: str) -> None:
    looks = {name: _look(sheet, style, layout.font) for name, style in layout.styles.items()}
    for cell in layout.cells:
        target: Any = sheet.cell(cell.row, cell.column)
        if cell.formula is not None:
            target.value = "=" + cell.formula
        else:
            _fill(target, cell.value)
        if cell.link is not None:
            to = f"{quote_sheetname(cell.link.tab or title)}!{cell.link.cell}"
            target.hyperlink = Hyperlink(ref=target.coordinate, location=to)
        if cell.across == cell.down == 1:
            target._style = copy(looks[cell.style])
        else:
            _spread(sheet, cell, looks[cell.style])
        if isinstance(cell.value, date) and layout.styles[cell.style].number is None:
            target.number_format = "yyyy-mm-dd"


def _fill(target: Any, value: CellValue) -> None:
    target.value = _plain(value)
    if isinstance(value, str):
        # openpyxl takes "=..." for a formula and "#N/A" for an error; here they are words.
        target.data_type = "s"


def _plain(value: CellValue) -> CellValue:
    """The value as a cell can hold it: texts without control characters and not too long."""
    return _NOT_XML.sub("", value)[:_TEXT_LIMIT] if isinstance(value, str) else value


def _spread(sheet: Worksheet, cell: Cell, look: Any) -> None:
    """Merge the block of a cell and give every cell in it the same look, borders included."""
    bottom, right = cell.row + cell.down - 1, cell.column + cell.across - 1
    sheet.merge_cells(_ref(Range(cell.row, cell.column, bottom, right)))
    for row in range(cell.row, bottom + 1):
        for column in range(cell.column, right + 1):
            target: Any = sheet.cell(row, column)
            target._style = copy(look)


def _look(sheet: Worksheet, style: Style, font: str) -> Any:
    """The style as openpyxl keeps it, made on a cell that stands on no sheet."""
    cell: Any = ExcelCell(sheet, 1, 1)
    cell.font = Font(
        name=font,
        size=style.size,
        bold=style.bold,
        italic=style.italic,
        color=style.color,
        underline="single" if style.underline else None,
    )
    if style.fill:
        cell.fill = PatternFill("solid", fgColor=style.fill)
    if style.border != "none":
        line = Side("thin", color=style.border_color)
        box = line if style.border == "box" else None
        cell.border = Border(left=box, right=box, top=box, bottom=line)
    cell.alignment = Alignment(
        # Excel cuts off what does not fit only in a cell that is to be filled with its text.
        horizontal="fill" if style.clip else style.align,
        vertical="top" if style.top else "center",
        wrap_text=style.wrap or None,
        indent=style.indent,
    )
    if style.number:
        cell.number_format = style.number
    return cell._style


def _ref(block: Range) -> str:
    return f"{cell_ref(block.top, block.left)}:{cell_ref(block.bottom, block.right)}"


def _sealed(packed: io.BytesIO, layout: Layout) -> bytes:
    """The same archive with stored values, texts beside the charts, and one date throughout."""
    edits: dict[str, Edit] = {_DRAWING: _with_descriptions}
    if any(cell.formula is not None for cell in layout.cells):
        edits[_SHEET] = _with_values
    edits |= {f"xl/charts/chart{n}.xml": _with_own_formats for n, _ in enumerate(layout.charts, 1)}
    out = io.BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name in edits:
                tree = etree.fromstring(content)
                edits[name](tree, layout)
                content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, content)
    return out.getvalue()


def _with_values(sheet: etree._Element, layout: Layout) -> None:
    """Put the value of each formula beside it: previews and other readers show only that."""
    values = {cell_ref(c.row, c.column): c.value for c in layout.cells if c.formula is not None}
    for cell in sheet.iter(f"{_MAIN}c"):
        value = values.get(str(cell.get("r")))
        stored = cell.find(f"{_MAIN}v")
        if value is not None and stored is not None:
            if isinstance(value, str):
                cell.set("t", "str")
            stored.text = str(_serial(value) if isinstance(value, date) else _plain(value))


def _serial(value: date) -> float:
    """The number that Excel keeps for a date."""
    return float(to_excel(value))  # type: ignore[no-untyped-call]  # openpyxl leaves it untyped


def _with_own_formats(chart: etree._Element, _layout: Layout) -> None:
    """Say that number formats are the chart's own: some programs else take the cells'."""
    for label in chart.iter(f"{_CHART}numFmt"):
        label.set("sourceLinked", "0")


def _with_descriptions(drawing: etree._Element, layout: Layout) -> None:
    """Name each chart for those who have it read aloud."""
    for frame, spec in zip(drawing.iter(_NAME), layout.charts, strict=True):
        frame.set("name", spec.title)
        frame.set("descr", spec.title)
