"""A book as an .xlsx file, with formats, merges, rules, charts, links and notes."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from lxml import etree
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.cell import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from tests.sheets_service import looks
from tests.sheets_service.export_charts import excel_chart
from tests.sheets_service.model import Book, Cell, CellError, Json, Sheet, column_letters
from tests.sheets_service.numbers import locale
from tests.sheets_service.shown import number_format

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTED = re.compile(r'("[^"]*")')
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
_FONT = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color",
    "name", "family", "charset", "scheme",
)  # fmt: skip
_LINES: dict[str, Any] = {
    "DOTTED": "dotted",
    "DASHED": "dashed",
    "SOLID": "thin",
    "SOLID_MEDIUM": "medium",
    "SOLID_THICK": "thick",
    "DOUBLE": "double",
}
_VERTICAL = {"TOP": "top", "MIDDLE": "center", "BOTTOM": "bottom"}
_COMPARED: dict[str, Any] = {
    "NUMBER_GREATER": "greaterThan",
    "NUMBER_GREATER_THAN_EQ": "greaterThanOrEqual",
    "NUMBER_LESS": "lessThan",
    "NUMBER_LESS_THAN_EQ": "lessThanOrEqual",
    "NUMBER_EQ": "equal",
    "NUMBER_NOT_EQ": "notEqual",
    "NUMBER_BETWEEN": "between",
    "NUMBER_NOT_BETWEEN": "notBetween",
    "TEXT_EQ": "equal",
}


def to_xlsx(book: Book) -> bytes:
    """The whole book."""
    made = Workbook()
    made.remove(made.worksheets[0])
    titles = _titles(book)
    for sheet in book.sheets:
        target: Worksheet = made.create_sheet(titles[sheet.id])
        _page(target, sheet)
        _cells(target, book, sheet, titles)
        _merges(target, sheet)
        _rules(target, sheet)
    for sheet in book.sheets:
        for embedded in sheet.charts:
            look = looks.chart(book, embedded)
            if look is not None:
                made[titles[sheet.id]].add_chart(excel_chart(book, look, titles))
    packed = io.BytesIO()
    made.save(packed)
    return _with_values(packed, book)


def _titles(book: Book) -> dict[int, str]:
    """A name of a tab that Excel allows, by the tab's id."""
    found: dict[int, str] = {}
    for sheet in book.sheets:
        title = re.sub(r"[\[\]:*?/\\]", "_", sheet.title).strip("'")[:31] or "Sheet"
        while title.casefold() in {known.casefold() for known in found.values()}:
            title = f"{title[:28]}~{len(found)}"
        found[sheet.id] = title
    return found


def _page(target: Worksheet, sheet: Sheet) -> None:
    target.sheet_state = "hidden" if sheet.hidden else "visible"
    target.sheet_view.showGridLines = not sheet.hide_gridlines
    target.sheet_view.rightToLeft = sheet.right_to_left
    target.sheet_properties.tabColor = looks.rgb(sheet.tab_color and _color(sheet), "color")
    target.sheet_format.defaultColWidth = _units(looks.DEFAULT_WIDTH)
    target.sheet_format.defaultRowHeight = looks.DEFAULT_HEIGHT * 0.75
    if sheet.frozen_rows or sheet.frozen_columns:
        corner = f"{column_letters(sheet.frozen_columns)}{sheet.frozen_rows + 1}"
        target.freeze_panes = corner
    for column, properties in sheet.column_properties.items():
        dimension = target.column_dimensions[column_letters(column)]
        dimension.hidden = not looks.width(sheet, column)
        dimension.width = _units(properties.get("pixelSize", looks.DEFAULT_WIDTH))
    for row, properties in sheet.row_properties.items():
        line = target.row_dimensions[row + 1]
        line.hidden = not looks.height(sheet, row)
        if "pixelSize" in properties:
            line.height = properties["pixelSize"] * 0.75


def _color(sheet: Sheet) -> Json:
    """The tab's colour, in either of Google's forms, as one that `looks.rgb` reads."""
    color = sheet.tab_color or {}
    styled = "rgbColor" in color or "themeColor" in color
    return {"colorStyle": color} if styled else {"color": color}


def _units(pixels: int) -> float:
    """The width of a column as the file has it: in digits, the padding included."""
    return max(0.0, pixels / 7)


def _cells(target: Worksheet, book: Book, sheet: Sheet, titles: dict[int, str]) -> None:
    for (row, column), cell in sheet.cells.items():
        made: Any = target.cell(row + 1, column + 1)
        _fill(made, book, cell)
        _format(made, book, cell)
        if cell.note:
            made.comment = Comment(_clean(cell.note), "")
        if uri := looks.link(cell):
            inner = looks.jump(book, uri)
            if inner is not None:
                place = f"{quote_sheetname(titles[inner[0].id])}!{inner[1]}"
                made.hyperlink = Hyperlink(ref=made.coordinate, location=place)
            elif not uri.startswith("#"):
                made.hyperlink = uri


def _fill(made: Any, book: Book, cell: Cell) -> None:
    value = cell.value
    if cell.formula is not None and not _names_table(book, cell.formula):
        made.value = excel_formula(cell.formula)
    elif isinstance(value, CellError):
        made.value = value.text
        made.data_type = "e" if value.text in _ERRORS else "s"
    elif isinstance(value, str):
        # openpyxl takes "=..." for a formula and "#N/A" for an error; here they are words.
        made.value = _clean(value)
        made.data_type = "s"
    else:
        made.value = value


def _names_table(book: Book, formula: str) -> bool:
    """Whether it speaks of a table; the file has none, so such a formula leaves its value."""
    return any(f"{t['name']}[" in formula for sheet in book.sheets for t in sheet.tables)


def excel_formula(text: str) -> str:
    """Semicolons between arguments, which Google reads in every locale, as Excel's commas."""
    parts = _QUOTED.split(text)
    return "".join(p if at % 2 else p.replace(";", ",") for at, p in enumerate(parts))


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)[:32767]


def _format(made: Any, book: Book, cell: Cell) -> None:
    text, look = looks.text_format(cell), cell.format or {}
    made.font = _font(text)
    if fill := looks.rgb(look, "backgroundColor"):
        made.fill = PatternFill("solid", fgColor=fill)
    borders = look.get("borders") or {}
    sides: Any = {side: _side(line) for side, line in borders.items() if line}
    made.border = Border(**sides)
    padding = look.get("padding") or {}
    horizontal = look.get("horizontalAlignment", "").lower() or None
    edge = padding.get("right" if horizontal == "right" else "left", 3)
    made.alignment = Alignment(
        horizontal=horizontal,
        vertical=_VERTICAL.get(look.get("verticalAlignment", ""), "bottom"),
        wrap_text=look.get("wrapStrategy") == "WRAP" or None,
        indent=max(0, round((edge - 3) / 9)),
    )
    number = number_format(cell, locale(book.locale))
    if number is not None:
        made.number_format = number["pattern"]


def _font(text: looks.Format) -> Font:
    return Font(
        name=text.get("fontFamily", "Arial"),
        size=text.get("fontSize", 10),
        bold=text.get("bold"),
        italic=text.get("italic"),
        strike=text.get("strikethrough"),
        underline="single" if text.get("underline") else None,
        color=looks.rgb(text, "foregroundColor"),
    )


def _side(line: Json) -> Side:
    return Side(_LINES.get(line.get("style", "")), color=looks.rgb(line, "color") or "000000")


def _ref(sheet: Sheet, area: Json) -> str:
    top, left, bottom, right = looks.span(sheet, area)
    return f"{column_letters(left)}{top + 1}:{column_letters(right - 1)}{bottom}"


def _merges(target: Worksheet, sheet: Sheet) -> None:
    for area in sheet.merges:
        # Merged by hand: openpyxl's own way would take the borders of the cells within.
        target.merged_cells.add(_ref(sheet, area))


def _rules(target: Worksheet, sheet: Sheet) -> None:
    for rule in sheet.conditional_formats:
        made = _rule(rule.get("booleanRule", {}))
        if made is not None:
            areas = " ".join(_ref(sheet, area) for area in rule.get("ranges", []))
            target.conditional_formatting.add(areas, made)


def _rule(spec: Json) -> Rule | None:
    condition, look = spec.get("condition", {}), spec.get("format", {})
    kind = condition.get("type", "")
    values = [str(v.get("userEnteredValue", "")) for v in condition.get("values", [])]
    text, fill = look.get("textFormat") or {}, looks.rgb(look, "backgroundColor")
    shown = DifferentialStyle(
        font=Font(
            bold=text.get("bold"),
            italic=text.get("italic"),
            color=looks.rgb(text, "foregroundColor"),
        ),
        fill=PatternFill(bgColor=fill) if fill else None,
    )
    if kind == "CUSTOM_FORMULA" and values:
        formula = excel_formula(values[0]).removeprefix("=")
        return Rule(type="expression", dxf=shown, formula=[formula])
    if kind in _COMPARED and values:
        plain = [f'"{v}"' if kind == "TEXT_EQ" else v.removeprefix("=") for v in values]
        return Rule(type="cellIs", operator=_COMPARED[kind], dxf=shown, formula=plain)
    return None


def _with_values(packed: io.BytesIO, book: Book) -> bytes:
    """The same file with the value of each formula beside it, for those who do not calculate."""
    out = io.BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            match = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if match is not None:
                content = _calculated(content, book.sheets[int(match[1]) - 1])
            if name == "xl/styles.xml":
                content = _ordered(content)
            new.writestr(name, content)
    return out.getvalue()


def _ordered(styles: bytes) -> bytes:
    """The fonts' elements in the order that Excel's schema wants; openpyxl has another."""
    tree = etree.fromstring(styles)
    for font in tree.iter(f"{_MAIN}font"):
        font[:] = sorted(font, key=lambda e: _FONT.index(str(e.tag).removeprefix(_MAIN)))
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True))


def _calculated(content: bytes, sheet: Sheet) -> bytes:
    values = {
        f"{column_letters(column)}{row + 1}": cell.value
        for (row, column), cell in sheet.cells.items()
        if cell.formula is not None
    }
    tree = etree.fromstring(content)
    for element in tree.iter(f"{_MAIN}c"):
        value, stored = values.get(str(element.get("r"))), element.find(f"{_MAIN}v")
        if value is None or stored is None:
            continue
        if isinstance(value, bool):
            element.set("t", "b")
            stored.text = str(int(value))
        elif isinstance(value, int | float):
            stored.text = repr(value)
        else:
            error = isinstance(value, CellError)
            text = value.text if isinstance(value, CellError) else _clean(value)
            element.set("t", "e" if error and text in _ERRORS else "str")
            stored.text = text
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True))
