"""A document that was saved shows in Excel and in a browser what it holds."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.conftest import Validator
from tests.sheets_service import export
from tests.sheets_service.model import Book, Cell, CellError, Json, Sheet


def color(rgb: str) -> Json:
    """RRGGBB as a ColorStyle."""
    red, green, blue = (int(rgb[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}


def area(top: int, left: int, bottom: int, right: int) -> Json:
    """A GridRange of the first tab."""
    return {
        "sheetId": 0,
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }


def data(column: int) -> Json:
    """The figures of a column with their heading, for a chart."""
    return {"sourceRange": {"sources": [area(1, column, 5, column + 1)]}}


def chart(number: int, title: str, spec: Json) -> Json:
    """An EmbeddedChart below the figures."""
    anchor = {"sheetId": 0, "rowIndex": 8 + 12 * number, "columnIndex": 1}
    place = {"anchorCell": anchor, "offsetXPixels": 4, "widthPixels": 380, "heightPixels": 220}
    return {
        "chartId": number,
        "spec": {"title": title, **spec},
        "position": {"overlayPosition": place},
    }


def columns(kind: str = "COLUMN", **more: Any) -> Json:
    """A chart with axes: two series, green and red."""
    label = {"type": "DATA", "textFormat": {"foregroundColorStyle": color("FFFFFF")}}
    series = [
        {"series": data(1), "colorStyle": color("2E7D32"), "dataLabel": label},
        {"series": data(2), "colorStyle": color("C62828")},
    ]
    basic = {
        "chartType": kind,
        "legendPosition": "TOP_LEGEND",
        "headerCount": 1,
        "domains": [{"domain": data(0)}],
        "axis": [{"position": "LEFT_AXIS", "viewWindowOptions": {"viewWindowMin": 0}}],
        "series": series,
    }
    return {"basicChart": {**basic, **more}}


def agency() -> Book:
    """A tab with one of everything, and another."""
    dash = Sheet(
        0,
        "Dashboard",
        hide_gridlines=True,
        frozen_rows=1,
        tab_color=color("1F4E79"),
        column_properties={0: {"pixelSize": 160}, 4: {"hiddenByUser": True}},
        row_properties={0: {"pixelSize": 40}},
        merges=[area(0, 0, 1, 6)],
    )
    title = {
        "backgroundColorStyle": color("1F4E79"),
        "textFormat": {
            "bold": True,
            "fontSize": 16,
            "fontFamily": "Georgia",
            "foregroundColorStyle": color("FFFFFF"),
        },
        "horizontalAlignment": "CENTER",
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "WRAP",
    }
    dash.put(0, 0, Cell("Agency <1>", format=title))
    line = {"borders": {"bottom": {"style": "SOLID", "colorStyle": color("999999")}}}
    rows: tuple[tuple[str | int, ...], ...] = (
        ("Tier", "Met", "Missing"),
        ("Gold", 5, 2),
        ("Silver", 3, 1),
        ("Bronze", 7, 0),
    )
    for row, values in enumerate(rows, start=1):
        for column, value in enumerate(values):
            dash.put(row, column, Cell(value, format=line))
    day = {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}
    dash.put(6, 0, Cell(46000, format=day))
    dash.put(6, 1, Cell(15, formula="=SUM(B3;B4;B5)"))
    dash.put(6, 2, Cell("=no formula", note="A note"))
    jump = {"startIndex": 0, "format": {"link": {"uri": "#gid=7&range=B2"}, "underline": True}}
    dash.put(7, 0, Cell("Jump", runs=(jump,)))
    dash.put(7, 1, Cell("Site", format={"textFormat": {"link": {"uri": "https://example.com/"}}}))
    dash.put(7, 2, Cell(CellError("N_A", "#N/A")))
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": '=AND(B3>4;A3<>"a;b")'}]}
    rule = {"condition": condition, "format": {"backgroundColorStyle": color("C6EFCE")}}
    dash.conditional_formats = [{"ranges": [area(2, 1, 5, 3)], "booleanRule": rule}]
    points = [{"index": 1, "colorStyle": color("FFC000")}]
    bars = [{"series": data(1), "styleOverrides": points}]
    pie = {"domain": data(0), "series": data(1), "pieHole": 0.5, "legendPosition": "RIGHT_LEGEND"}
    dash.charts = [
        chart(0, "Columns", columns()),
        chart(1, "Stacked", columns(stackedType="STACKED")),
        chart(2, "Bars", columns("BAR", series=bars, legendPosition="NO_LEGEND")),
        chart(3, "Doughnut", {"pieChart": pie}),
    ]
    return Book("agency", "Agency", sheets=[dash, Sheet(7, "Team: [old]", hidden=True)])


@pytest.fixture(scope="module")
def saved() -> bytes:
    """The .xlsx file."""
    return export.to_xlsx(agency())


@pytest.fixture(scope="module")
def sheet(saved: bytes) -> Any:
    """Its first tab as openpyxl reads it."""
    return load_workbook(io.BytesIO(saved)).worksheets[0]


def test_excel_accepts_it(saved: bytes, validator: Validator) -> None:
    """Microsoft's validator finds nothing."""
    assert validator.validate(saved) == []


def test_cells_look_as_they_did(sheet: Any) -> None:
    """Fill, font, alignment, borders and number formats come along."""
    title, gold, day = sheet["A1"], sheet["A3"], sheet["A7"]
    assert (title.value, title.fill.fgColor.rgb[2:]) == ("Agency <1>", "1F4E79")
    assert (title.font.name, title.font.sz, title.font.b) == ("Georgia", 16, True)
    assert title.font.color.rgb[2:] == "FFFFFF"
    look = title.alignment
    assert (look.horizontal, look.vertical, look.wrap_text) == ("center", "center", True)
    assert (gold.border.bottom.style, gold.border.bottom.color.rgb[2:]) == ("thin", "999999")
    assert day.number_format == "yyyy-mm-dd"


def test_values_keep_their_kind(saved: bytes, sheet: Any) -> None:
    """A text that begins with = stays text, and a formula has its value beside it."""
    assert (sheet["C7"].value, sheet["C7"].data_type) == ("=no formula", "s")
    assert sheet["B7"].value == "=SUM(B3,B4,B5)"
    assert sheet["C8"].data_type == "e"
    assert sheet["C7"].comment.text == "A note"
    stored = load_workbook(io.BytesIO(saved), data_only=True).worksheets[0]
    assert stored["B7"].value == 15


def test_the_tab_is_set_up_as_it_was(saved: bytes, sheet: Any) -> None:
    """Gridlines, frozen rows, the tab's colour, sizes, merges and hiding come along."""
    assert not sheet.sheet_view.showGridLines
    assert (sheet.freeze_panes, sheet.sheet_properties.tabColor.rgb[2:]) == ("A2", "1F4E79")
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:F1"]
    assert sheet.row_dimensions[1].height == 30
    assert sheet.column_dimensions["A"].width == pytest.approx(160 / 7)
    assert sheet.column_dimensions["E"].hidden
    other = load_workbook(io.BytesIO(saved)).worksheets[1]
    assert (other.title, other.sheet_state) == ("Team_ _old_", "hidden")


def test_links_lead_where_they_led(sheet: Any) -> None:
    """A link within the spreadsheet becomes one within the workbook."""
    assert sheet["A8"].hyperlink.location == "'Team_ _old_'!B2"
    assert sheet["B8"].hyperlink.target == "https://example.com/"


def test_rules_become_excels(sheet: Any) -> None:
    """A custom formula keeps its texts; only separators change."""
    [(where, rules)] = sheet.conditional_formatting._cf_rules.items()
    assert str(where.sqref) == "B3:C5"
    assert rules[0].formula == ['AND(B3>4,A3<>"a;b")']
    assert rules[0].dxf.fill.bgColor.rgb[2:] == "C6EFCE"


def test_charts_are_native(sheet: Any) -> None:
    """Each kind becomes Excel's own, over the same cells, in its colours and at its place."""
    grouped, stacked, bars, pie = sheet._charts
    assert [c.tagname for c in sheet._charts] == ["barChart"] * 3 + ["doughnutChart"]
    assert (grouped.barDir, stacked.grouping, bars.barDir) == ("col", "stacked", "bar")
    assert [s.spPr.solidFill.srgbClr for s in grouped.ser] == ["2E7D32", "C62828"]
    assert grouped.ser[0].val.numRef.f == "'Dashboard'!$B$3:$B$5"
    assert grouped.ser[0].tx.strRef.f == "'Dashboard'!$B$2"
    assert (grouped.legend.position, bars.legend) == ("t", None)
    assert bars.ser[0].dPt[0].spPr.solidFill.srgbClr == "FFC000"
    assert (stacked.overlap, pie.holeSize) == (100, 50)
    # A pie has no header count: its heading is told by being a text.
    assert pie.ser[0].val.numRef.f == "'Dashboard'!$B$3:$B$5"
    start = grouped.anchor._from
    assert (start.row, start.col, start.colOff) == (8, 1, 4 * 9525)
    end = grouped.anchor.to
    # 4 and 380 pixels: three columns of 100, a hidden one, and the rest.
    assert (end.col, end.colOff) == (5, 84 * 9525)


def test_a_browser_shows_it() -> None:
    """The page has each tab as a table, its links and its charts."""
    page = export.to_html(agency())
    assert "Agency &lt;1&gt;</td>" in page
    assert 'colspan="6" rowspan="1"' in page
    assert ">2025-12-09<" in page
    assert '<a href="#gid7">Jump</a>' in page
    assert page.count("<svg") == 4
    assert "(hidden)" in page


def test_drive_exports_the_first_tab_as_csv() -> None:
    """What it shows, not what lies behind it."""
    text = export.FORMATS["text/csv"](agency()).decode()
    assert text.splitlines()[2] == "Gold,5,2"
    assert text.splitlines()[6] == "2025-12-09,15,=no formula"
