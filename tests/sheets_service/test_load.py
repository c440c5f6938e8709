"""Snapshots and .xlsx files become spreadsheets as Google would hold them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import DataBar, FormatObject, Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table

from certsync.sheets.snapshot import UNCALCULATED
from certsync.sheets.snapshot import CellError as SnapshotError
from tests.fakes import tab, workbook
from tests.sheets_service import document, load, schema, values
from tests.sheets_service.load_xlsx import number_format
from tests.sheets_service.model import Book, Cell, CellError, Json

DATE, PERCENT = {"type": "DATE"}, {"type": "PERCENT"}
PLAIN = {"valueRenderOption": ["UNFORMATTED_VALUE"]}

CONTENT = workbook(
    tab(
        "Certifications",
        """
        | ID  | Expires    | Seen             | Days | Odd  | Status |
        | 007 | 2026-11-23 | 2026-11-23 12:00 | 12   | #N/A | =?     |
        | "5" |            | TRUE             | 1.5  |      | Active |
        """,
        top=3,
        left=2,
        frozen_rows=3,
        excel_table="Certs",
        formulas={5: [4], 7: [4, 5]},
    ),
    tab("Lists", visible=False),
)


def rows(book: Book, range: str, **params: list[str]) -> Any:
    """Values of a range."""
    return values.get(book, range, params).get("values")


def check(book: Book) -> Json:
    """The book's whole document, in Google's form."""
    answer = document.spreadsheet(book, url="", grid_data=True)
    schema.check_answer("sheets.spreadsheets.get", answer)
    return answer


def test_a_snapshot_keeps_its_values_and_their_kind() -> None:
    """Text that looks like a number stays text, a date is a serial number with a date format."""
    book = load.from_snapshot(CONTENT)
    assert rows(book, "Certifications!B3:G5", **PLAIN) == [
        ["ID", "Expires", "Seen", "Days", "Odd", "Status"],
        ["007", 46349, 46349.5, 12, "#N/A", ""],
        ["5", "", True, 1.5, "", "Active"],
    ]
    sheet = book.sheets[0]
    assert sheet.cell(3, 1) == Cell("007")
    assert sheet.cell(3, 2) == Cell(46349, format={"numberFormat": DATE})
    assert sheet.cell(3, 3).format == {"numberFormat": {"type": "DATE_TIME"}}
    assert sheet.cell(3, 5).value == CellError("N_A", "#N/A")


def test_a_formula_of_a_snapshot_shows_what_it_showed() -> None:
    """A formula without a result shows an empty text, since Google calculates always."""
    sheet = load.from_snapshot(CONTENT).sheets[0]
    assert sheet.cell(3, 6) == Cell("", formula='=""')
    assert sheet.cell(3, 4) == Cell(12, formula="=12")
    assert sheet.cell(4, 6) == Cell("Active", formula='="Active"')


def test_the_shape_of_a_tab_comes_along() -> None:
    """What is hidden, frozen or a table is so in the spreadsheet too."""
    first, second = check(load.from_snapshot(CONTENT))["sheets"]
    assert first["properties"]["gridProperties"]["frozenRowCount"] == 3
    assert second["properties"]["hidden"] is True
    (table,) = first["tables"]
    assert (table["name"], table["columnProperties"][1]["columnName"]) == ("Certs", "Expires")
    area = {"startRowIndex": 2, "endRowIndex": 5, "startColumnIndex": 1, "endColumnIndex": 7}
    assert table["range"] == area


@pytest.mark.parametrize(
    ("value", "shown", "number"),
    [
        ("007", "007", None),
        (date(2026, 11, 23), 46349, "DATE"),
        (datetime(2026, 11, 23, 6), 46349.25, "DATE_TIME"),
        (time(18), 0.75, "TIME"),
        (timedelta(hours=36), 1.5, "TIME"),
        (True, True, None),
        (SnapshotError("#REF!"), CellError("REF", "#REF!"), None),
        (CellError("N_A", "#N/A"), CellError("N_A", "#N/A"), None),
        (None, None, None),
        (UNCALCULATED, "", None),
    ],
)
def test_an_entry_by_hand_keeps_what_stands_around_it(
    value: load.Given, shown: Any, number: str | None
) -> None:
    """The note and the colours stay, the old formula goes, a date brings its format."""
    white = {"backgroundColor": {"red": 1}}
    made = load.hand_entry(value, Cell(1, formula="=1", format=white, note="n"))
    assert (made.value, made.note) == (shown, "n")
    format_ = dict(made.format or {})
    assert format_.pop("numberFormat", {}).get("type") == number
    assert format_ == white


def test_a_date_format_that_stood_there_stays() -> None:
    """Another date in the same cell is shown as the old one was."""
    chosen = {"numberFormat": {"type": "DATE", "pattern": "yyyy"}}
    assert load.hand_entry(date(2026, 1, 1), Cell(1, format=chosen)).format == chosen
    percent = {"numberFormat": PERCENT}
    assert load.hand_entry(date(2026, 1, 1), Cell(1, format=percent)).format == {
        "numberFormat": DATE
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("General", None),
        ("00000", {"type": "NUMBER", "pattern": "00000"}),
        ("@", {"type": "TEXT", "pattern": "@"}),
        ("mm-dd-yy", {"type": "DATE"}),
        ("yyyy\\-mm\\-dd;@", {"type": "DATE", "pattern": "yyyy\\-mm\\-dd"}),
        ("[$-409]d mmm yyyy", {"type": "DATE", "pattern": "d mmm yyyy"}),
        ("d/m/yyyy h:mm", {"type": "DATE_TIME", "pattern": "d/m/yyyy h:mm"}),
        ("h:mm AM/PM", {"type": "TIME", "pattern": "h:mm AM/PM"}),
        ("[h]:mm", {"type": "TIME", "pattern": "[h]:mm"}),
        ("0.0%", {"type": "PERCENT", "pattern": "0.0%"}),
        ('"$"#,##0.00', {"type": "CURRENCY", "pattern": '"$"#,##0.00'}),
        ("[$€-407]#,##0", {"type": "CURRENCY", "pattern": '"€"#,##0'}),
        ("0.00E+00", {"type": "SCIENTIFIC", "pattern": "0.00E+00"}),
        ("#,##0;[Red]-#,##0", {"type": "NUMBER", "pattern": "#,##0;-#,##0"}),
        ('0" days"', {"type": "NUMBER", "pattern": '0" days"'}),
    ],
)
def test_excel_formats_become_google_s(code: str, expected: Json | None) -> None:
    """The kind is told by what the format shows; the computer's own date format by its kind."""
    assert number_format(code) == expected


def test_a_workbook_is_imported(tmp_path: Path) -> None:
    """Values, formulas, formats and the look of the tabs, as Google's import keeps them."""
    excel = openpyxl.Workbook()
    sheet = excel.active
    assert sheet is not None
    sheet.title = "Team"
    sheet.append(["ID", "Start", "Share", "Name"])
    sheet.append([7, datetime(2026, 11, 23), 0.5, "=A2"])
    sheet["A2"].number_format = "00000"
    sheet["C2"].number_format = "0%"
    sheet["D3"] = "#N/A"
    sheet["A1"].font = Font(bold=True, color="FFFF0000")
    sheet["A1"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet["A1"].alignment = Alignment("center", wrap_text=True)
    sheet["A1"].comment = Comment("look", "me")
    sheet.merge_cells("A5:B6")
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["B"].width = 20
    sheet.row_dimensions[3].hidden = True
    sheet.add_table(Table(displayName="People", ref="A1:D3"))
    excel.create_sheet("Hidden").sheet_state = "hidden"
    excel.save(tmp_path / "team.xlsx")

    book = load.from_xlsx(tmp_path / "team.xlsx")
    assert rows(book, "Team") == [
        ["ID", "Start", "Share", "Name"],
        ["00007", "2026-11-23 0:00:00", "50%", ""],
        ["", "", "", "#N/A"],
    ]
    assert rows(book, "Team!A2:D2", valueRenderOption=["FORMULA"]) == [[7, 46349, 0.5, "=A2"]]
    first, second = check(book)["sheets"]
    assert first["properties"]["gridProperties"] == {
        "rowCount": 1000,
        "columnCount": 26,
        "frozenRowCount": 1,
        "frozenColumnCount": 1,
    }
    assert second["properties"]["hidden"] is True
    (merge,) = first["merges"]
    assert (merge["startRowIndex"], merge["endColumnIndex"]) == (4, 2)
    assert first["tables"][0]["columnProperties"][3] == {"columnIndex": 3, "columnName": "Name"}
    data = first["data"][0]
    assert data["columnMetadata"][1]["pixelSize"] == 140
    assert data["rowMetadata"][2]["hiddenByUser"] is True
    assert data["rowData"][2]["values"][3]["effectiveValue"] == {"errorValue": {"type": "N_A"}}
    head = data["rowData"][0]["values"][0]
    assert head["note"] == "look"
    look = head["userEnteredFormat"]
    assert look["backgroundColor"] == {"green": 1}
    assert (look["textFormat"]["bold"], look["wrapStrategy"]) == (True, "WRAP")
    assert look["textFormat"]["foregroundColor"] == {"red": 1}


def test_lines_and_rules_are_imported(tmp_path: Path) -> None:
    """Borders and conditional formats come along in their order; a data bar does not."""
    excel = openpyxl.Workbook()
    sheet = excel.active
    assert sheet is not None
    sheet["B2"].border = Border(bottom=Side("medium", "FF0000FF"))
    red = PatternFill(bgColor="FFFF0000")
    bold = DifferentialStyle(Font(b=True), fill=red)
    plain = DifferentialStyle(fill=red)
    bar = DataBar(cfvo=[FormatObject("min"), FormatObject("max")], color="FF00FF00")
    for where, rule in (
        ("A2:A9", Rule("dataBar", dataBar=bar)),
        ("A2:B9", Rule("expression", formula=['$A2="x"'], dxf=bold)),
        ("B2:B9", Rule("cellIs", operator="between", formula=["1", "$A$1"], dxf=plain)),
        ("B2:B9", Rule("cellIs", operator="equal", formula=['"no"'], dxf=plain)),
    ):
        sheet.conditional_formatting.add(where, rule)
    excel.save(tmp_path / "rules.xlsx")

    book = load.from_xlsx(tmp_path / "rules.xlsx")
    [tab] = check(book)["sheets"]
    shown = [rule["booleanRule"] for rule in tab["conditionalFormats"]]
    assert [
        (c["type"], [value["userEnteredValue"] for value in c["values"]])
        for c in (rule["condition"] for rule in shown)
    ] == [
        ("CUSTOM_FORMULA", ['=$A2="x"']),
        ("NUMBER_BETWEEN", ["1", "=$A$1"]),
        ("TEXT_EQ", ["no"]),
    ]
    assert shown[0]["format"]["textFormat"] == {"bold": True}
    assert {rule["format"]["backgroundColor"]["red"] for rule in shown} == {1}
    lines = book.sheets[0].cell(1, 1).format
    assert lines is not None
    assert lines["borders"]["bottom"]["style"] == "SOLID_MEDIUM"
    assert lines["borders"]["bottom"]["color"] == {"blue": 1}


def test_dates_of_a_1904_workbook_stay_the_same_day(tmp_path: Path) -> None:
    """A date counts its days from 1899 in Google Sheets, whatever the workbook counts from."""
    excel = openpyxl.Workbook()
    excel.epoch = CALENDAR_MAC_1904
    assert excel.active is not None
    excel.active["A1"] = datetime(2026, 11, 23)
    excel.save(tmp_path / "mac.xlsx")
    assert rows(load.from_xlsx(tmp_path / "mac.xlsx"), "Sheet", **PLAIN) == [[46349]]


def test_the_sample_workbook_is_imported() -> None:
    """Every tab comes with its values, and IDs keep their zeros."""
    book = load.from_xlsx(Path(__file__).parents[2] / "sample_workbook.xlsx")
    check(book)
    found = rows(book, "Certifications!A5:F5")
    assert found == [
        [
            "0002",
            "Daniel Reyes",
            "AWS Certified Solutions Architect - Professional",
            "AWS",
            "Feb 3, 2022",
            "Feb 3, 2025",
        ]
    ]
