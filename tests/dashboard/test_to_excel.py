"""A layout as an .xlsx file: what is in the parts, and what LibreOffice makes of it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from certsync.dashboard.layout import Cell, CellValue, Chart, Highlight, Layout, Link, Range, Style
from certsync.dashboard.to_excel import render
from tests.conftest import Validator
from tests.dashboard.agency import agency, agency_of
from tests.ooxml.render import render as pages
from tests.ooxml.render import saved_again

STYLES = {
    "plain": Style(),
    "loud": Style(
        size=14, bold=True, italic=True, underline=True, color="FF0000", fill="FFFF00",
        align="right", wrap=True, number="0.00", border="box", border_color="00FF00", top=True,
    ),
}  # fmt: skip


def layout_of(*cells: Cell, **more: object) -> Layout:
    """A small layout of these cells."""
    made = Layout("Dashboard", (10.0, 20.0, 30.0), cells, STYLES, {1: 30.0})
    return replace(made, **more)  # type: ignore[arg-type]  # fields of Layout, by name


def sheet_of(data: bytes) -> Worksheet:
    """The one sheet, as openpyxl reads it."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert len(book.worksheets) == 1
    return book.worksheets[0]


def part(data: bytes, name: str) -> str:
    """One part as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(0)", "#N/A", "+1", "@x", "-2", "1", "TRUE"])
def test_text_stays_text(text: str) -> None:
    """A name that looks like a formula, an error or a number is shown as it is written."""
    data = render(layout_of(Cell(1, 1, text, "plain")), "Dashboard")
    assert "<f>" not in part(data, "xl/worksheets/sheet1.xml")
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python() == [
        [text]
    ]


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_no_text_can_break_the_file(text: str) -> None:
    """Control characters and half surrogates are left out; everything else arrives."""
    data = render(layout_of(Cell(1, 1, text, "plain")), "Dashboard")
    assert sheet_of(data)["A1"].value in (None, *_kept(text))


def _kept(text: str) -> tuple[str, ...]:
    clean = "".join(
        c
        for c in text
        if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
    return clean, clean.replace("\r\n", "\n").replace("\r", "\n")


def test_numbers_and_dates_keep_their_type() -> None:
    """A number is a number and a date a date, so that both can be sorted and computed with."""
    sheet = sheet_of(
        render(
            layout_of(
                Cell(1, 1, 41, "plain"),
                Cell(1, 2, 2.5, "loud"),
                Cell(1, 3, date(2026, 11, 23), "plain"),
            ),
            "Dashboard",
        )
    )
    assert [sheet.cell(1, column).data_type for column in (1, 2, 3)] == ["n", "n", "d"]
    assert sheet["C1"].value == datetime(2026, 11, 23)


def test_a_style_is_all_of_its_fields() -> None:
    """Font, fill, border, alignment and number format, on every cell of a merged block."""
    data = render(layout_of(Cell(1, 1, 1.5, "loud", across=2, down=2)), "Dashboard")
    sheet = sheet_of(data)
    first, last = sheet["A1"], sheet["B2"]
    assert [str(block) for block in sheet.merged_cells.ranges] == ["A1:B2"]
    assert (first.font.name, first.font.sz, first.font.b, first.font.i, first.font.u) == (
        "Calibri", 14, True, True, "single",
    )  # fmt: skip
    assert first.font.color.rgb[2:] == "FF0000"
    assert first.fill.fgColor.rgb[2:] == "FFFF00"
    assert last.border.bottom.color.rgb[2:] == "00FF00"
    assert (first.alignment.horizontal, first.alignment.vertical) == ("right", "top")
    assert first.alignment.wrap_text
    assert first.number_format == "0.00"
    looks = re.findall(r'<c r="[AB][12]" s="(\d+)"', part(data, "xl/worksheets/sheet1.xml"))
    assert len(looks) == 4
    assert len(set(looks)) == 1


@pytest.mark.parametrize(
    ("link", "location"),
    [
        (Link("Certifications", "F17"), "'Certifications'!F17"),
        (Link("Bob's list", "A1"), "'Bob''s list'!A1"),
        (Link("", "B2"), "'My Board'!B2"),
    ],
)
def test_links_lead_inside_the_workbook(link: Link, location: str) -> None:
    """A link is a place, never an address, and an empty tab is the sheet itself."""
    data = render(layout_of(Cell(1, 1, "go", "plain", link=link)), "My Board")
    hyperlink = sheet_of(data)["A1"].hyperlink
    assert hyperlink is not None
    assert (hyperlink.location, hyperlink.target) == (location, None)
    assert "xl/worksheets/_rels/sheet1.xml.rels" not in zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_a_formula_carries_its_value() -> None:
    """Readers that do not calculate, and previews, show the value at the time of writing."""
    data = render(
        layout_of(
            Cell(1, 1, "sum & more", "plain", formula='"sum"&" & more"'),
            Cell(1, 2, 3, "plain", formula="1+2"),
            Cell(1, 3, date(1900, 3, 1), "plain", formula="DATE(1900,3,1)"),
        ),
        "Dashboard",
    )
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert re.search(r't="str"><f>"sum"&amp;" &amp; more"</f><v>sum &amp; more</v>', sheet)
    assert re.search(r'r="B1"[^>]*><f>1\+2</f><v>3</v>', sheet)
    assert re.search(r"<f>DATE\(1900,3,1\)</f><v>61(\.0)?</v>", sheet)


def test_equal_layouts_give_equal_bytes() -> None:
    """No clock and no chance is in the file."""
    layout = agency().layout()
    assert render(layout, "Dashboard") == render(layout, "Dashboard")
    names = zipfile.ZipFile(io.BytesIO(render(layout, "Dashboard"))).infolist()
    assert {member.date_time for member in names} == {(1980, 1, 1, 0, 0, 0)}


def test_page_and_window_are_set_up() -> None:
    """No gridlines, frozen title, coloured tab; landscape, one page wide, breaks where said."""
    data = render(layout_of(Cell(9, 1, 1, "plain"), frozen_rows=2, breaks=(7,)), "Dashboard")
    sheet = sheet_of(data)
    xml = part(data, "xl/worksheets/sheet1.xml")
    assert '<tabColor rgb="001F4E79"' in xml
    assert '<pageSetUpPr fitToPage="1"' in xml
    assert sheet.sheet_view.showGridLines is False
    assert sheet.sheet_view.showRowColHeaders is False
    assert sheet.freeze_panes == "A3"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert [brk.id for brk in sheet.row_breaks.brk] == [6]
    assert [sheet.column_dimensions[c].width for c in "ABC"] == [10, 20, 30]
    assert sheet.row_dimensions[1].height == 30


def chart_layout(kind: str) -> Layout:
    """Two series of two months, and one chart."""
    lines: tuple[tuple[CellValue, ...], ...] = (("", "A", "B"), ("Jan", 3, 0), ("Feb", 4, 20))
    cells = [
        Cell(row, column, value, "plain")
        for row, line in enumerate(lines, start=1)
        for column, value in enumerate(line, start=1)
    ]
    series = (Range(1, 2, 3, 2), Range(1, 3, 3, 3))
    chart = Chart(
        kind=kind,  # type: ignore[arg-type]  # one of the literals
        title="Two & two",
        categories=Range(2, 1, 3, 1),
        series=series if kind != "doughnut" else series[:1],
        colors=("C0392B", "B4C0CE"),
        row=5,
        column=1,
        rows=4,
        columns=3,
    )
    return layout_of(*cells, charts=(chart,))


@pytest.mark.parametrize("kind", ["columns", "stacked", "doughnut"])
def test_a_chart_refers_to_the_sheet_and_stores_its_values(kind: str) -> None:
    """References quote the sheet's name; names and numbers lie in the chart as well."""
    data = render(chart_layout(kind), "Bob's board")
    chart = part(data, "xl/charts/chart1.xml")
    assert "<f>'Bob''s board'!$B$2:$B$3</f><numCache>" in chart
    assert "<f>'Bob''s board'!$A$2:$A$3</f><strCache>" in chart
    assert re.findall(r"<v>([^<]*)</v>", chart)[:5] == ["A", "Jan", "Feb", "3", "4"]
    assert "C0392B" in chart
    drawing = part(data, "xl/drawings/drawing1.xml")
    assert 'descr="Two &amp; two"' in drawing


def test_gridlines_stand_at_whole_numbers() -> None:
    """The step is whole and leaves at most six lines: 24 stacked is 0, 5, 10 and so on."""
    stacked = part(render(chart_layout("stacked"), "Dashboard"), "xl/charts/chart1.xml")
    columns = part(render(chart_layout("columns"), "Dashboard"), "xl/charts/chart1.xml")
    assert 'majorUnit val="5"' in stacked
    assert 'majorUnit val="5"' in columns


def test_a_highlight_is_a_conditional_format() -> None:
    """The formula stands for the block, and the style's colours show where it is true."""
    block = Range(1, 1, 1, 3)
    data = render(
        layout_of(Cell(1, 1, "x", "plain"), highlights=(Highlight(block, "A1>2", "loud"),)),
        "Dashboard",
    )
    sheet = sheet_of(data)
    ((block_of_cells, rules),) = (
        (str(found.sqref), found.rules) for found in sheet.conditional_formatting
    )
    assert block_of_cells == "A1:C1"
    assert rules[0].formula == ["A1>2"]
    assert rules[0].dxf.fill.bgColor.rgb[2:] == "FFFF00"


def test_only_parts_that_can_be_carried_are_used() -> None:
    """One sheet, styles, one drawing and its charts: nothing else that belongs to a sheet."""
    names = zipfile.ZipFile(io.BytesIO(render(agency().layout(), "Dashboard"))).namelist()
    own = {name for name in names if name.startswith("xl/") and "theme" not in name}
    assert own == {
        "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/drawings/drawing1.xml", "xl/drawings/_rels/drawing1.xml.rels",
        "xl/charts/chart1.xml", "xl/charts/chart2.xml",
    }  # fmt: skip


def test_the_validator_objects_to_the_order_in_fonts_alone(validator: Validator) -> None:
    """Carrying puts that order right; nothing else in the file is wrong."""
    found = validator.validate(render(agency().layout(), "Dashboard"))
    assert [error for error in found if "/x:fonts[1]/x:font" not in error] == []


@pytest.mark.parametrize(
    ("age", "word"), [(timedelta(hours=1), "Up to date: last run"), (timedelta(days=5), "STALE:")]
)
def test_the_banner_ages_by_itself(age: timedelta, word: str) -> None:
    """LibreOffice calculates it: stale once the last run is over two days old, with the days."""
    made = agency_of({})
    last_run = datetime.now() - age
    made.run = replace(made.run, last_run=last_run)
    again = sheet_of_values(saved_again(render(made.layout(), "Dashboard")))
    banner = str(again["B3"].value)
    assert banner.startswith(word)
    assert ("5 days ago" in banner) == (word == "STALE:")


def sheet_of_values(data: bytes) -> Worksheet:
    """The one sheet with the stored values of its formulas."""
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]


def test_libreoffice_shows_it_on_pages_of_full_width(tmp_path: Path) -> None:
    """The believable agency opens, and prints one page wide on a handful of pages."""
    assert 3 <= len(pages(render(agency().layout(), "Dashboard"), tmp_path)) <= 6


def test_a_table_can_be_filtered_and_its_head_is_repeated() -> None:
    """The filter spans the table, and every printed page begins with its head."""
    table = Range(1, 1, 9, 3)
    layout = layout_of(
        Cell(1, 1, "x", "plain"), filter=table, repeated=(1, 1), printed=replace(table, right=2)
    )
    sheet = sheet_of(render(layout, "Log"))
    assert sheet.print_area == "'Log'!$A$1:$B$9"
    assert sheet.auto_filter.ref == "A1:C9"
    assert sheet.print_title_rows == "$1:$1"


def test_a_text_can_be_cut_off_at_the_edge() -> None:
    """What is clipped does not run on over the cells beside it."""
    styles = {"plain": replace(STYLES["plain"], clip=True)}
    sheet = sheet_of(render(layout_of(Cell(1, 1, "x" * 99, "plain"), styles=styles), "Log"))
    assert sheet["A1"].alignment.horizontal == "fill"
