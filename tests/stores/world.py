"""An agency's workbook file, a store over it, and plans for it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from certsync.dashboard.layout import Cell, Layout, Style
from certsync.sheets.edits import ColumnEdit, Plan, TabEdit
from certsync.sheets.snapshot import Value
from certsync.stores.excel import ExcelStore

HEADERS = ("Employee ID", "Certification", "Expires", "Notes")
ROWS = (
    ("007", "CKA", date(2027, 1, 31), "renew early"),
    ("E2", "AWS SAP", date(2026, 12, 1), ""),
    ("E3", "PMP", date(2025, 12, 1), "left"),
)
HEADER_ROW, FIRST_ROW, LAST_ROW = 3, 4, 6
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
    "6460f85f0f0002870180eb47ba920000000049454e44ae426082"
)


def agency(*, table: bool = False, formula: bool = False, macros: bool = False) -> bytes:
    """A workbook with all that XlsxWriter can draw: chart, picture, sparkline, comment, list."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})
        certs = book.add_worksheet("Certifications")
        header = book.add_format({"bold": True, "bg_color": "#DDEEFF", "border": 1})
        days = book.add_format({"num_format": "dd.mm.yyyy"})
        link = book.add_format({"font_color": "blue", "underline": 1})
        certs.write_string("A1", "Certifications of the agency", header)
        for column, name in enumerate(HEADERS):
            certs.write_string(HEADER_ROW - 1, column, name, header)
        for row, values in enumerate(ROWS, start=FIRST_ROW - 1):
            certs.write_string(row, 0, values[0])
            certs.write_string(row, 1, values[1], link)
            certs.write_datetime(row, 2, values[2], days)
            certs.write_string(row, 3, values[3])
        certs.freeze_panes(HEADER_ROW, 0)
        certs.set_column("A:D", 18)
        certs.data_validation("B4:B99", {"validate": "list", "source": ["CKA", "PMP"]})
        certs.conditional_format("A4:D99", {"type": "no_blanks", "format": header})
        certs.write_comment("B4", "ask Ada")
        certs.insert_image("H2", "pixel.png", {"image_data": io.BytesIO(PIXEL)})
        certs.add_sparkline("G4", {"range": "Certifications!C4:C6"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Certifications!$C$4:$C$6"})
        certs.insert_chart("H9", chart)
        lists = book.add_worksheet("Lists")
        lists.write_string("A1", "CKA")
        if formula:
            lists.write_formula("B1", "=COUNTA(Certifications!E4:E6)", None, 0)
        if table:
            certs.add_table(
                HEADER_ROW - 1,
                0,
                LAST_ROW - 1,
                len(HEADERS) - 1,
                {"name": "Certs", "columns": [{"header": name} for name in HEADERS]},
            )
        if macros:
            book.add_vba_project(io.BytesIO(b"macros of the agency"), is_stream=True)
    return stream.getvalue()


def column(
    number: int, values: Sequence[Value], header: str | None = None, **changes: object
) -> ColumnEdit:
    """An edit of one column over the three rows of the agency."""
    edit = ColumnEdit(
        tab="Certifications",
        column=number,
        kind="text",
        rows=tuple(range(FIRST_ROW, FIRST_ROW + len(values))),
        values=tuple(values),
        header_row=HEADER_ROW,
        first_row=FIRST_ROW,
        last_row=LAST_ROW,
        like=2,
        header=header,
    )
    return replace(edit, **changes)  # type: ignore[arg-type] # fields of ColumnEdit


def status_plan(*, table: str | None = None, days: Sequence[int] = (69, 8, -357)) -> Plan:
    """Status and Days as new columns E and F."""
    words = ("Expiring Soon", "Expiring Soon", "Expired")
    return Plan(
        (
            column(5, words, "Status", highlight="status", table=table),
            column(6, days, "Days to Expiry", kind="whole", highlight="days", table=table),
        )
    )


def dashboard(stamp: str, text: str = "Agency", formula: str | None = None) -> TabEdit:
    """A generated tab with one text in A1, or a formula with that result."""
    cell = Cell(1, 1, text, "p", formula=formula)
    layout = Layout("Dashboard", (20.0,), (cell,), {"p": Style()}, {})
    return TabEdit("dashboard", layout, stamp)


def store(
    path: Path,
    output: Path | None = None,
    *,
    keep: int = 10,
    clock: Callable[[], datetime] = lambda: datetime(2026, 11, 23, 8, 0),
) -> ExcelStore:
    """A store of the file at `path`, its backups beside it."""
    return ExcelStore(path, output, backups=path.parent / "backups", keep=keep, clock=clock)


def sheet(source: Path | bytes, name: str = "Certifications") -> Worksheet:
    """A sheet as openpyxl reads it; what openpyxl does not know is no matter here."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = load_workbook(io.BytesIO(data))[name]
    assert isinstance(found, Worksheet)
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
