"""A layout as requests for Google Sheets: what each says, and that Google's schema takes it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.dashboard import text
from certsync.dashboard.google_style import cell_format
from certsync.dashboard.layout import Cell, CellValue, Chart, Highlight, Layout, Link, Range, Style
from certsync.dashboard.to_google import PROTECTION, Target, render
from certsync.sheets.findings import Finding
from tests.dashboard.agency import TODAY, agency, agency_of, record
from tests.ooxml.render import saved_again
from tests.sheets_service import batch, schema
from tests.sheets_service.export_xlsx import to_xlsx
from tests.sheets_service.model import Book, Sheet

Json = dict[str, Any]
TAB = 7
NEW = Target(TAB, "Dashboard", new=True, gids={"Certifications": 0, "Bob's list": 12})
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


def requests(layout: Layout, target: Target = NEW) -> list[Json]:
    """The requests, after Google's schema has taken them."""
    made = render(layout, target, range(100, 100 + len(layout.charts)))
    schema.check_request("sheets.spreadsheets.batchUpdate", {}, {"requests": made})
    return made


def only(made: list[Json], kind: str) -> list[Json]:
    """The requests of one kind."""
    return [request[kind] for request in made if kind in request]


def cell(layout: Layout, row: int = 1, column: int = 1, target: Target = NEW) -> Json:
    """What the one updateCells says of a cell."""
    (update,) = only(requests(layout, target), "updateCells")
    found: Json = update["rows"][row - 1]["values"][column - 1]
    return found


def of(value: CellValue, style: str = "plain", **more: Any) -> Layout:
    """A layout with this value in A1."""
    return layout_of(Cell(1, 1, value, style, **more))


def test_google_takes_the_whole_dashboard() -> None:
    """Every request of the believable agency fits Google's own description, new and rebuilt."""
    layout = agency().layout()
    gids = {c.link.tab: n for n, c in enumerate(layout.cells) if c.link}
    standing = Target(
        TAB, "Dashboard", new=False, gids=gids, chart_ids=(3, 4), rules=2,
        banded_ranges=(5,), tables=("t",),
    )  # fmt: skip
    assert requests(layout, replace(standing, new=True))
    assert requests(layout, standing)


def test_the_schema_would_object() -> None:
    """The check used above refuses a field that Google does not have."""
    made = render(of(1), NEW, ())
    made[0]["addSheet"]["properties"]["colour"] = {}
    with pytest.raises(Exception, match="colour"):
        schema.check_request("sheets.spreadsheets.batchUpdate", {}, {"requests": made})


def test_equal_layouts_give_equal_requests() -> None:
    """No clock and no chance: the same layout is the same JSON, byte by byte."""
    first, second = (json.dumps(requests(agency().layout())) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("words", ["=1+1", "=HYPERLINK(0)", "#N/A", "+1", "'x", "-2", "1", "TRUE"])
def test_text_stays_text(words: str) -> None:
    """A name that looks like a formula, an error or a number is shown as it is written."""
    assert cell(of(words))["userEnteredValue"] == {"stringValue": words}


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_no_text_can_break_the_request(words: str) -> None:
    """Control characters and half surrogates are left out; the rest arrives and is UTF-8."""
    shown = cell(of(words)).get("userEnteredValue", {}).get("stringValue", "")
    kept = [c for c in words if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff")]
    assert shown == "".join(c for c in kept if c not in "\ufffe\uffff")
    shown.encode()


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_a_long_text_is_cut(letter: str) -> None:
    """Google refuses over 50,000 characters, counted as UTF-16 does: cut, with an ellipsis."""
    exact = letter * (50_000 // (len(letter.encode("utf-16-le")) // 2))
    assert cell(of(exact))["userEnteredValue"]["stringValue"] == exact
    shown = cell(of(exact + "x"))["userEnteredValue"]["stringValue"]
    assert len(shown.encode("utf-16-le")) <= 100_000
    assert shown == exact[: len(shown) - 1] + "…"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (41, 41),
        (2.5, 2.5),
        (date(1899, 12, 30), 0),
        (date(2026, 11, 23), 46349),
        (datetime(2026, 11, 23, 18), 46349.75),
    ],
)
def test_numbers_and_dates_are_numbers(value: CellValue, number: float) -> None:
    """A date is its serial number, so that it can be sorted and computed with."""
    assert cell(of(value))["userEnteredValue"] == {"numberValue": number}


def test_a_date_without_a_format_shows_as_one() -> None:
    """Else Google would show its serial number."""
    number = cell(of(date(2026, 11, 23)))["userEnteredFormat"]["numberFormat"]
    assert number == {"type": "DATE", "pattern": "yyyy-mm-dd"}


@pytest.mark.parametrize("value", [None, "", "\x00", float("nan"), float("inf")])
def test_what_cannot_be_shown_is_empty(value: CellValue) -> None:
    """JSON has no infinity, and an empty text is an empty cell; the look stays."""
    found = cell(of(value, "loud"))
    assert "userEnteredValue" not in found
    assert "backgroundColorStyle" in found["userEnteredFormat"]


def test_a_style_is_all_of_its_fields() -> None:
    """Font, fill, alignment, wrapping and number format; borders have a request of their own."""
    look = cell(of(1.5, "loud"))["userEnteredFormat"]
    red, yellow = ({"rgbColor": {"red": 1.0, "green": g, "blue": 0.0}} for g in (0.0, 1.0))
    assert look == {
        "textFormat": {
            "fontFamily": "Calibri", "fontSize": 14, "bold": True, "italic": True,
            "underline": True, "foregroundColorStyle": red,
        },
        "backgroundColorStyle": yellow,
        "horizontalAlignment": "RIGHT",
        "verticalAlignment": "TOP",
        "wrapStrategy": "WRAP",
        "numberFormat": {"type": "NUMBER", "pattern": "0.00"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("style", "left", "right"),
    [
        (Style(indent=1), 12, 3),
        (Style(indent=2), 21, 3),
        (Style(indent=1, align="right"), 3, 12),
        (Style(align="center"), 1, 1),
    ],
)
def test_an_indent_is_a_padding(style: Style, left: int, right: int) -> None:
    """Google has no indent; the padding takes its place, and is narrow beside centred dates."""
    layout = layout_of(Cell(1, 1, "x", "in"), styles={"in": style})
    padding = cell(layout)["userEnteredFormat"]["padding"]
    assert (padding["left"], padding["right"]) == (left, right)


@pytest.mark.parametrize(
    ("code", "kind", "pattern"),
    [
        ("#,##0", "NUMBER", "#,##0"),
        ('#,##0;-#,##0;"today"', "NUMBER", '#,##0;-#,##0;"today"'),
        ("+#,##0;-#,##0;0", "NUMBER", "+#,##0;-#,##0;0"),
        ("d mmm yyyy", "DATE", "d mmm yyyy"),
        ("mmmm", "DATE", "mmmm"),
        ('"Last run "d mmm yyyy" at "hh:mm', "DATE_TIME", '"Last run "d mmm yyyy" at "hh:mm'),
        ("[$-409]hh:mm", "TIME", "hh:mm"),
        ('0" days"', "NUMBER", '0" days"'),
        ("0.0%", "PERCENT", "0.0%"),
        ("0.0E+00", "SCIENTIFIC", "0.0E+00"),
        ("@", "TEXT", "@"),
    ],
)
def test_number_formats_say_their_kind(code: str, kind: str, pattern: str) -> None:
    """Google wants to know what a pattern formats; words in quotation marks do not count."""
    layout = layout_of(Cell(1, 1, 1, "n"), styles={"n": Style(number=code)})
    assert cell(layout)["userEnteredFormat"]["numberFormat"] == {"type": kind, "pattern": pattern}


def test_general_is_no_number_format() -> None:
    """Excel's General is no pattern in Google Sheets: nothing is said."""
    layout = layout_of(Cell(1, 1, 1, "n"), styles={"n": Style(number="General")})
    assert "numberFormat" not in cell(layout)["userEnteredFormat"]


def test_every_number_format_of_the_dashboard_is_known() -> None:
    """No pattern of the theme says General or holds a letter that Google does not know."""
    for style in agency().layout().styles.values():
        assert style.number is None or not set(style.number) & set("_*?[")


@pytest.mark.parametrize(
    ("link", "uri"),
    [
        (Link("Certifications", "F17"), "#gid=0&range=F17"),
        (Link("Bob's list", "A1"), "#gid=12&range=A1"),
        (Link("", "B2"), "#gid=7&range=B2"),
    ],
)
def test_links_lead_inside_the_spreadsheet(link: Link, uri: str) -> None:
    """A link is the id of a tab and a cell; its colour and line stay the style's."""
    (run,) = cell(of("go", "loud", link=link))["textFormatRuns"]
    assert run["startIndex"] == 0
    assert run["format"] == {
        "link": {"uri": uri},
        "foregroundColorStyle": {"rgbColor": {"red": 1.0, "green": 0.0, "blue": 0.0}},
        "underline": True,
    }


def test_a_number_links_by_its_format() -> None:
    """Google has no runs in numbers."""
    found = cell(of(5, link=Link("Certifications", "F17")))
    assert "textFormatRuns" not in found
    look = found["userEnteredFormat"]["textFormat"]
    assert (look["link"], look["fontSize"]) == ({"uri": "#gid=0&range=F17"}, 10)


def test_a_link_to_nowhere_is_plain_text() -> None:
    """A tab that is not there has no id."""
    found = cell(of("go", link=Link("Gone", "A1")))
    assert found["userEnteredValue"] == {"stringValue": "go"}
    assert "link" not in json.dumps(found)


@pytest.mark.parametrize(
    ("excel", "google"),
    [
        ("1+2", "=1+2"),
        ('IF(NOW()-$G$2>2,"a, b; c",INT(3))', '=IF(NOW()-$G$2>2;"a, b; c";INT(3))'),
        ('"say ""x, y"""&A1', '="say ""x, y"""&A1'),
    ],
)
def test_a_formula_holds_in_every_locale(excel: str, google: str) -> None:
    """Google reads a comma as the decimal sign in half of Europe; a semicolon it always takes."""
    found = cell(of("shown", formula=excel))
    assert found["userEnteredValue"] == {"formulaValue": google}


@pytest.mark.parametrize(
    "excel",
    [
        "A1*1.5",
        "SUM({1,2})",
        "Other!A1",
        "XLOOKUP(A1,B1:B2,C1:C2)",
        "Table1[Days]",
        "@A1",
        "IF(#N/A,1)",
    ],
)
def test_what_google_may_read_otherwise_is_a_value(excel: str) -> None:
    """Then the value at the time of writing is shown."""
    assert cell(of("shown", formula=excel))["userEnteredValue"] == {"stringValue": "shown"}


def test_a_highlight_is_a_conditional_format() -> None:
    """The formula stands for the block; Google shows bold, italic and two colours of a style."""
    block = Range(1, 1, 2, 3)
    layout = layout_of(
        Cell(1, 1, 1, "plain"), highlights=(Highlight(block, "NOW()-$B$1>2", "loud"),)
    )
    (added,) = only(requests(layout), "addConditionalFormatRule")
    (where,) = added["rule"]["ranges"]
    assert where == {
        "sheetId": TAB, "startRowIndex": 0, "endRowIndex": 2,
        "startColumnIndex": 0, "endColumnIndex": 3,
    }  # fmt: skip
    rule = added["rule"]["booleanRule"]
    assert rule["condition"] == {
        "type": "CUSTOM_FORMULA",
        "values": [{"userEnteredValue": "=NOW()-$B$1>2"}],
    }
    assert set(rule["format"]) == {"textFormat", "backgroundColorStyle"}
    assert set(rule["format"]["textFormat"]) == {"bold", "italic", "foregroundColorStyle"}


def test_a_highlight_by_another_tab_is_left_out() -> None:
    """Google refuses such a condition, and with it the whole batch."""
    bad = Highlight(Range(1, 1, 1, 1), "Other!A1>2", "loud")
    good = replace(bad, formula="A1>2")
    layout = layout_of(Cell(1, 1, 1, "plain"), highlights=(bad, good))
    (added,) = only(requests(layout), "addConditionalFormatRule")
    assert added["index"] == 0


def test_a_block_is_merged_and_framed() -> None:
    """One merge; the cells hidden in it carry its fill and its lines, and no value."""
    layout = layout_of(Cell(2, 1, "x", "loud", across=2, down=2), Cell(1, 1, "y", "plain"))
    made = requests(layout)
    (merge,) = only(made, "mergeCells")
    assert merge["range"] == {
        "sheetId": TAB, "startRowIndex": 1, "endRowIndex": 3,
        "startColumnIndex": 0, "endColumnIndex": 2,
    }  # fmt: skip
    for row, column in ((2, 2), (3, 1), (3, 2)):
        hidden = cell(layout, row, column)
        assert set(hidden) == {"userEnteredFormat"}
        assert set(hidden["userEnteredFormat"]) == {"backgroundColorStyle"}
    (box,) = lined(made)
    assert box["range"] == merge["range"]


def lined(made: list[Json]) -> list[Json]:
    """The requests that draw borders."""
    return [r for r in only(made, "repeatCell") if r["fields"] == "userEnteredFormat.borders"]


def test_a_long_column_is_given_its_look_at_once() -> None:
    """Thousands of rows carry their values only; look and lines come by one request each."""
    cells = [Cell(row, 1, f"row {row}", "loud") for row in range(1, 301)]
    made = requests(layout_of(*cells, Cell(1, 2, "x", "plain")))
    (update,) = only(made, "updateCells")
    assert update["rows"][299]["values"] == [{"userEnteredValue": {"stringValue": "row 300"}}]
    look, line = only(made, "repeatCell")
    assert look["range"] == line["range"] == {
        "sheetId": TAB, "startRowIndex": 0, "endRowIndex": 300,
        "startColumnIndex": 0, "endColumnIndex": 1,
    }  # fmt: skip
    assert look["cell"]["userEnteredFormat"] == cell_format(STYLES["loud"], "Calibri")
    kinds = [next(iter(request)) for request in made]
    assert kinds.index("updateCells") < kinds.index("repeatCell")


def test_a_table_can_be_filtered() -> None:
    """The filter spans the table with its header row."""
    layout = layout_of(Cell(1, 1, "x", "plain"), filter=Range(1, 1, 9, 3))
    (given,) = only(requests(layout), "setBasicFilter")
    assert given["filter"]["range"] == {
        "sheetId": TAB, "startRowIndex": 0, "endRowIndex": 9,
        "startColumnIndex": 0, "endColumnIndex": 3,
    }  # fmt: skip


def test_neighbours_share_their_line() -> None:
    """One request for a row of equal lines; boxes first, so that a line above them is seen."""
    styles = {"box": Style(border="box"), "line": Style(border="bottom", border_color="00FF00")}
    places = ((1, 1), (1, 2), (1, 4), (2, 3))
    cells = [Cell(r, c, "x", "line") for r, c in places] + [Cell(2, 2, "x", "box")]
    made = lined(requests(layout_of(*cells, styles=styles)))
    found = [
        (
            at["range"]["startRowIndex"] + 1,
            at["range"]["startColumnIndex"] + 1,
            at["range"]["endColumnIndex"],
            "".join(edge[0] for edge in at["cell"]["userEnteredFormat"]["borders"]),
        )
        for at in made
    ]
    assert found == [(2, 2, 2, "tblr"), (1, 1, 2, "b"), (1, 4, 4, "b"), (2, 3, 3, "b")]
    line = made[1]["cell"]["userEnteredFormat"]["borders"]["bottom"]
    green = {"rgbColor": {"red": 0.0, "green": 1.0, "blue": 0.0}}
    assert line == {"style": "SOLID", "colorStyle": green}


def test_one_request_writes_the_whole_grid() -> None:
    """Its range is the grid, and its fields all that a person may have put into a cell."""
    made = requests(layout_of(Cell(3, 2, "x", "plain"), frozen_rows=2), replace(NEW, new=False))
    (update,) = only(made, "updateCells")
    assert update["range"] == {
        "sheetId": TAB, "startRowIndex": 0, "endRowIndex": 4,
        "startColumnIndex": 0, "endColumnIndex": 3,
    }  # fmt: skip
    assert set(update["fields"].split(",")) == {
        "userEnteredValue", "userEnteredFormat", "textFormatRuns", "note", "dataValidation",
    }  # fmt: skip
    (grid,) = only(made, "updateSheetProperties")
    assert grid["properties"] == {
        "sheetId": TAB,
        "gridProperties": {
            "rowCount": 4, "columnCount": 3, "frozenRowCount": 2, "frozenColumnCount": 0,
            "hideGridlines": True,
        },
    }  # fmt: skip


def sizes(made: list[Json], dimension: str) -> dict[int, int]:
    """The pixels of each row or column by its index."""
    spans = only(made, "updateDimensionProperties")
    return {
        index: span["properties"]["pixelSize"]
        for span in spans
        if span["range"]["dimension"] == dimension
        for index in range(span["range"]["startIndex"], span["range"]["endIndex"])
    }


def test_rows_and_columns_are_as_large_as_in_excel_and_shown() -> None:
    """A point is 4/3 pixel, a unit of width 7; what somebody hid or resized is put back."""
    layout = layout_of(Cell(3, 4, "x", "plain"), heights={1: 30.0, 2: 30.0, 3: 12.75})
    made = requests(layout)
    assert sizes(made, "COLUMNS") == {0: 70, 1: 140, 2: 210, 3: 100}
    assert sizes(made, "ROWS") == {0: 40, 1: 40, 2: 17, 3: 21}
    assert all(
        span["properties"]["hiddenByUser"] is False and span["fields"] == "pixelSize,hiddenByUser"
        for span in only(made, "updateDimensionProperties")
    )


def test_the_tiles_are_equally_wide() -> None:
    """Rounding to pixels leaves all six tiles of the dashboard as wide as each other."""
    widths = sizes(requests(agency().layout()), "COLUMNS")
    tiles = ((2, 3), (5, 5), (7, 10), (12, 14), (16, 18), (20, 22))
    assert len({sum(widths[c - 1] for c in range(a, b + 1)) for a, b in tiles}) == 1


def test_no_date_or_number_is_wider_than_its_cell() -> None:
    """Google shows ### for one that does not fit, so the longest date must."""
    layout = agency().layout()
    pixels = sizes(requests(layout), "COLUMNS")
    wide = {
        name: min(
            sum(pixels[c.column - 1 + n] for n in range(c.across))
            for c in layout.cells
            if c.style == name
        )
        for name in ("date", "date, open")
    }
    for name, room in wide.items():
        padding = cell_format(layout.styles[name], layout.font)["padding"]
        longest = text.width("30 May 2028", layout.styles[name].size) * 7
        assert longest <= room - padding["left"] - padding["right"]


def test_a_new_tab_comes_first() -> None:
    """It gets its name, its place and its colour; only then anything else."""
    first, *rest = requests(of("x"))
    assert first["addSheet"]["properties"] == {
        "sheetId": TAB,
        "title": "Dashboard",
        "index": 0,
        "tabColorStyle": {"rgbColor": {"red": 0.122, "green": 0.306, "blue": 0.475}},
    }
    assert not any(kind.startswith(("delete", "unmerge", "clear")) for r in rest for kind in r)


def test_rebuilding_leaves_what_is_the_users() -> None:
    """Place, colour, name and hiding of the tab stay; what lay over the content goes."""
    target = Target(
        TAB, "Dashboard", new=False, gids={}, chart_ids=(11, 12), rules=3,
        banded_ranges=(5,), tables=("t",), protected=True,
    )  # fmt: skip
    made = requests(of("x"), target)
    assert [next(iter(request)) for request in made[:9]] == [
        *["deleteEmbeddedObject"] * 2, *["deleteConditionalFormatRule"] * 3,
        "deleteBanding", "deleteTable", "clearBasicFilter", "unmergeCells",
    ]  # fmt: skip
    assert [rule["index"] for rule in only(made, "deleteConditionalFormatRule")] == [2, 1, 0]
    (grid,) = only(made, "updateSheetProperties")
    assert all(field.startswith("gridProperties.") for field in grid["fields"].split(","))
    assert only(made, "addProtectedRange") == only(made, "addSheet") == []


def test_a_warning_protects_the_tab() -> None:
    """Everybody may still edit it: Google asks first."""
    (added,) = only(requests(of("x")), "addProtectedRange")
    assert added["protectedRange"] == {
        "range": {"sheetId": TAB},
        "description": PROTECTION,
        "warningOnly": True,
    }


def chart_layout(kind: str, highest: int = 20) -> Layout:
    """Two series of two months, and one chart."""
    lines: tuple[tuple[CellValue, ...], ...] = (("", "A", "B"), ("Jan", 1, 0), ("Feb", 2, highest))
    styles = STYLES | {"count": Style(number="#,##0")}
    cells = [
        Cell(row, column, value, "count")
        for row, line in enumerate(lines, start=1)
        for column, value in enumerate(line, start=1)
    ]
    series = (Range(1, 2, 3, 2), Range(1, 3, 3, 3))
    chart = Chart(
        kind=kind,  # type: ignore[arg-type]  # one of the literals
        title="Two & two",
        categories=Range(2, 1, 3, 1),
        series=series if kind != "doughnut" else series[1:],
        colors=("C0392B", "B4C0CE"),
        row=5,
        column=2,
        rows=3,
        columns=2,
    )
    return layout_of(*cells, charts=(chart,), styles=styles, heights={5: 30.0, 6: 30.0})


def chart_of(layout: Layout) -> Json:
    """The one chart that the requests add."""
    (added,) = only(requests(layout), "addChart")
    made: Json = added["chart"]
    return made


def block(top: int, left: int, bottom: int, right: int) -> Json:
    """A chart's source: these cells, ends included."""
    grid = {
        "sheetId": TAB, "startRowIndex": top - 1, "endRowIndex": bottom,
        "startColumnIndex": left - 1, "endColumnIndex": right,
    }  # fmt: skip
    return {"sourceRange": {"sources": [grid]}}


@pytest.mark.parametrize(("kind", "stacking"), [("columns", "NOT_STACKED"), ("stacked", "STACKED")])
def test_columns_are_native_columns(kind: str, stacking: str) -> None:
    """Words, names and numbers come from the cells, the colours from the layout."""
    chart = chart_of(chart_layout(kind))
    basic = chart["spec"]["basicChart"]
    assert (basic["chartType"], basic["stackedType"]) == ("COLUMN", stacking)
    assert basic["headerCount"] == 1
    assert basic["domains"] == [{"domain": block(1, 1, 3, 1)}]
    assert [series["series"] for series in basic["series"]] == [
        block(1, 2, 3, 2),
        block(1, 3, 3, 3),
    ]
    reds = [series["colorStyle"]["rgbColor"]["red"] for series in basic["series"]]
    assert reds == [0.753, 0.706]
    window = {"viewWindowMode": "EXPLICIT", "viewWindowMin": 0}
    assert basic["axis"] == [{"position": "LEFT_AXIS", "viewWindowOptions": window}]


def test_labels_can_be_read_on_their_columns() -> None:
    """White on the dark colour, dark on the light one."""
    basic = chart_of(chart_layout("stacked"))["spec"]["basicChart"]
    inks = [s["dataLabel"]["textFormat"]["foregroundColorStyle"] for s in basic["series"]]
    assert [ink["rgbColor"]["red"] for ink in inks] == [1.0, 0.216]


def test_no_column_is_labelled_zero() -> None:
    """A label takes the format of its cell, so a zero behind a chart is left empty."""
    layout = chart_layout("stacked")
    pattern = cell(layout, 2, 3)["userEnteredFormat"]["numberFormat"]["pattern"]
    assert pattern == "#,##0;-#,##0;;@"
    assert cell(layout, 1, 3)["userEnteredFormat"]["numberFormat"]["pattern"] == "#,##0"
    assert cell(chart_layout("doughnut"), 2, 3)["userEnteredFormat"]["numberFormat"] == {
        "type": "NUMBER",
        "pattern": "#,##0",
    }


def test_a_doughnut_is_bars_that_keep_their_colours() -> None:
    """Google's API cannot colour a slice; a bar has its colour and stands beside its word."""
    basic = chart_of(chart_layout("doughnut"))["spec"]["basicChart"]
    assert (basic["chartType"], basic["legendPosition"]) == ("BAR", "NO_LEGEND")
    (series,) = basic["series"]
    assert series["series"] == block(1, 3, 3, 3)
    assert [point["index"] for point in series["styleOverrides"]] == [0, 1]
    reds = [p["colorStyle"]["rgbColor"]["red"] for p in series["styleOverrides"]]
    assert reds == [0.753, 0.706]


def test_a_low_axis_counts_in_whole_numbers() -> None:
    """Up to three, Google would put halves beside the gridlines; an axis to four has none."""
    (axis,) = chart_of(chart_layout("columns", highest=3))["spec"]["basicChart"]["axis"]
    window = {"viewWindowMode": "EXPLICIT", "viewWindowMin": 0, "viewWindowMax": 4}
    assert axis["viewWindowOptions"] == window


def test_a_chart_covers_its_cells() -> None:
    """It stands on its cell and is as large as the rows and columns below it."""
    chart = chart_of(chart_layout("stacked"))
    assert chart["chartId"] == 100
    assert chart["spec"]["altText"] == chart["spec"]["title"] == "Two & two"
    assert chart["position"]["overlayPosition"] == {
        "anchorCell": {"sheetId": TAB, "rowIndex": 4, "columnIndex": 1},
        "widthPixels": 140 + 210,
        "heightPixels": 40 + 40 + 21,
    }


def test_the_dashboard_of_a_large_agency_is_small() -> None:
    """10,000 certifications, every list full: far from the 2 MB that Google advises."""
    ids = [f"E{n}" for n in range(1000)]
    names = [f"Certification {n}" for n in range(80)]
    lines = [
        record(ids[n % 1000], names[n % 80], TODAY + timedelta(n % 400 - 40)) for n in range(10_000)
    ]
    wrong = [
        Finding("a", "error", "Certifications", f"C{n}", "x", "y" * 300, "z" * 300, row=n)
        for n in range(500)
    ]
    tabs: Mapping[str, Any] = {
        "team_members": [{"employee_id": i, "full_name": i, "status": "Active"} for i in ids],
        "certifications": lines,
        "partnership_requirements": [
            {
                "program": f"P{n}",
                "tier": "T",
                "requirement": name,
                "minimum": 10_000,
                "impact": "x" * 200,
            }
            for n, name in enumerate(names)
        ],
        "pursuits": [
            {"employee_id": i, "person": i, "certification": names[0], "target_date": TODAY}
            for i in ids[:100]
        ],
    }  # fmt: skip
    layout = agency_of(tabs, findings=wrong).layout()
    assert len(json.dumps(requests(layout))) < 800_000


def applied(made: list[Json], book: Book) -> Sheet:
    """The tab after a batch."""
    batch.apply(book, {"requests": made})
    return book.sheet(TAB)


def spreadsheet(layout: Layout) -> Book:
    """A spreadsheet with the tabs that the layout links to."""
    titles = dict.fromkeys(cell.link.tab for cell in layout.cells if cell.link)
    return Book("id", "Agency", sheets=[Sheet(n, title) for n, title in enumerate(titles)])


def target_in(book: Book, *, new: bool) -> Target:
    """Where the dashboard stands or will stand."""
    gids = {sheet.title: sheet.id for sheet in book.sheets}
    target = Target(TAB, "Dashboard", new=new, gids=gids)
    if new:
        return target
    sheet = book.sheet(TAB)
    return replace(
        target,
        chart_ids=tuple(chart["chartId"] for chart in sheet.charts),
        rules=len(sheet.conditional_formats),
        banded_ranges=tuple(banding["bandedRangeId"] for banding in sheet.banded_ranges),
        protected=bool(sheet.protected_ranges),
    )


def shown(sheet: Sheet) -> tuple[object, ...]:
    """All that a person sees of a tab, charts without their ids."""
    return (
        sheet.rows, sheet.columns, sheet.frozen_rows, sheet.frozen_columns, sheet.hide_gridlines,
        sheet.cells, sorted(map(str, sheet.merges)), sheet.conditional_formats,
        [{**chart, "chartId": 0} for chart in sheet.charts],
        {n: properties["pixelSize"] for n, properties in sheet.row_properties.items()},
        {n: properties["pixelSize"] for n, properties in sheet.column_properties.items()},
        [n for n, properties in sheet.row_properties.items() if properties.get("hiddenByUser")],
        len(sheet.protected_ranges), sheet.banded_ranges, sheet.basic_filter,
    )  # fmt: skip


def test_a_tab_somebody_played_with_is_rebuilt_as_new() -> None:
    """Edits, formats, merges, a filter, bands, hidden and added rows: the layout shows again."""
    layout = agency().layout()
    book = spreadsheet(layout)
    fresh = shown(applied(requests(layout, target_in(book, new=True)), book).copy())
    part = {
        "sheetId": TAB, "startRowIndex": 40, "endRowIndex": 50,
        "startColumnIndex": 0, "endColumnIndex": 3,
    }  # fmt: skip
    rows = {"sheetId": TAB, "dimension": "ROWS", "startIndex": 5, "endIndex": 9}
    hidden = {"range": rows, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    scribble = {
        "userEnteredValue": {"stringValue": "mine"},
        "userEnteredFormat": {"textFormat": {"strikethrough": True}},
        "note": "note",
    }
    rule = {
        "ranges": [part],
        "booleanRule": {"condition": {"type": "BLANK"}, "format": {"textFormat": {"bold": True}}},
    }
    bands = {"firstBandColorStyle": {"rgbColor": {"red": 1}}}
    frozen = {"sheetId": TAB, "gridProperties": {"frozenColumnCount": 1, "hideGridlines": False}}
    fields = "gridProperties.frozenColumnCount,gridProperties.hideGridlines"
    play: list[Json] = [
        {"unmergeCells": {"range": {"sheetId": TAB}}},
        {"mergeCells": {"range": part, "mergeType": "MERGE_ALL"}},
        {"repeatCell": {"range": part, "cell": scribble, "fields": "*"}},
        {"insertDimension": {"range": rows, "inheritFromBefore": True}},
        {"addBanding": {"bandedRange": {"range": part, "rowProperties": bands}}},
        {"setBasicFilter": {"filter": {"range": part}}},
        {"updateDimensionProperties": hidden},
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"updateSheetProperties": {"properties": frozen, "fields": fields}},
    ]
    batch.apply(book, {"requests": play})
    assert shown(book.sheet(TAB)) != fresh
    assert shown(applied(requests(layout, target_in(book, new=False)), book)) == fresh


def test_a_shorter_dashboard_leaves_nothing_of_a_longer_one() -> None:
    """The grid shrinks with the layout, and grows again."""
    long, short = agency().layout(), agency_of({}).layout()
    book = spreadsheet(long)
    first = shown(applied(requests(long, target_in(book, new=True)), book).copy())
    alone = spreadsheet(long)
    expected = shown(applied(requests(short, target_in(alone, new=True)), alone))
    assert shown(applied(requests(short, target_in(book, new=False)), book)) == expected
    assert shown(applied(requests(long, target_in(book, new=False)), book)) == first


def test_the_banner_ages_by_itself() -> None:
    """LibreOffice calculates what the tab holds: stale five days after the last run."""
    made = agency_of({})
    made.run = replace(made.run, last_run=datetime.now() - timedelta(days=5))
    layout = made.layout()
    book = spreadsheet(layout)
    banner = applied(requests(layout, target_in(book, new=True)), book).cell(2, 1)
    assert str(banner.formula).startswith("=IF(NOW()-$G$2>2;")
    again = openpyxl.load_workbook(io.BytesIO(saved_again(to_xlsx(book))), data_only=True)
    shown = str(again["Dashboard"]["B3"].value)
    assert shown.startswith("STALE:")
    assert "5 days ago" in shown


def test_a_text_can_be_cut_off_at_the_edge() -> None:
    """What is clipped does not run on over the cells beside it."""
    look = cell_format(Style(clip=True), "Calibri")
    assert look["wrapStrategy"] == "CLIP"
