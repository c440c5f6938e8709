"""A workbook's tabs as frames, with each cell that cannot be read as a finding."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from certsync.sheets.findings import Finding
from certsync.sheets.read import ReadOptions, read
from certsync.sheets.schema import DTYPES, SCHEMA
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot
from certsync.sheets.tables import Table
from tests.fakes import tab, workbook


def certs(
    *args: TabSnapshot | str, options: ReadOptions | None = None, **tab_options: object
) -> tuple[Table, list[Finding]]:
    """Certifications as read, and the findings but for the tabs that are not there."""
    (markdown,) = args
    one = tab("Certifications", markdown, **tab_options) if isinstance(markdown, str) else markdown  # type: ignore[arg-type]
    tables, findings = read(workbook(one), options)
    return tables["certifications"], [f for f in findings if f.code != "tab.missing"]


def test_frames_have_every_column_with_its_dtype() -> None:
    """A tab with headers alone gives an empty frame of the right shape."""
    sheets = [tab(s.title, [[c.header for c in s.columns]]) for s in SCHEMA]
    tables, findings = read(workbook(*sheets))
    assert findings == []
    assert list(tables) == [s.key for s in SCHEMA]
    for spec in SCHEMA:
        frame = tables[spec.key].frame
        dtypes = {"row": "int64", "ok": "bool"} | {c.key: DTYPES[c.kind] for c in spec.columns}
        if spec.key == "certifications":
            dtypes["does_not_expire"] = "bool"
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dtypes
        assert tables[spec.key].last_row == tables[spec.key].header_row == 1
        assert isinstance(frame.index, pd.RangeIndex)


def test_addresses_survive_a_shifted_table() -> None:
    """Rows and cells are those of the sheet, wherever the table stands in it."""
    table, findings = certs(
        """
        | Our certifications |             |               |                 |
        |                    | Employee ID | Certification | Expiration Date |
        |                    | 007         | CKA           | 2027-01-31      |
        |                    |             |               |                 |
        |                    | 008         | CKA           | "31/02/2026"    |
        """,
        top=4,
        left=3,
    )
    assert (table.header_row, table.last_row, table.right) == (5, 8, 6)
    assert list(table.frame["row"]) == [6, 8]
    assert list(table.frame["ok"]) == [True, False]
    assert list(table.frame["employee_id"]) == ["007", "008"]
    assert table.ref(6, "expiration_date") == "F6"
    (found,) = findings
    assert str(found) == ('Certifications!F8: "31/02/2026" is not a date. Write it as 2026-02-28.')
    assert (found.row, found.column, found.excludes) == (8, "expiration_date", True)
    assert table.unread == {(8, "expiration_date")}


def test_what_decides_nothing_is_a_warning() -> None:
    """A bad date earned leaves the row in; the value is missing and the cell is named."""
    table, (found,) = certs(
        """
        | Employee ID | Certification | Expiration Date | Date Earned  |
        | E1          | CKA           | 2027-01-31      | "03/04/2026" |
        """
    )
    assert (found.code, found.severity, found.excludes) == ("date.ambiguous", "warning", False)
    assert found.where == "Certifications!D2"
    assert table.frame["ok"].all()
    assert table.frame["date_earned"].isna().all()


def test_the_order_of_dates_comes_from_the_options() -> None:
    """With date_order the ambiguous date is read."""
    table, findings = certs(
        """
        | Employee ID | Certification | Expiration Date |
        | E1          | CKA           | "03/04/2026"    |
        """,
        options=ReadOptions(date_order="DMY"),
    )
    assert findings == []
    assert table.frame["expiration_date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-04-03"]


def test_serials_of_a_1904_workbook() -> None:
    """A bare number in a date column counts from the workbook's own epoch."""
    sheet = tab("Certs", "| ID | Certification | Expires |\n| E1 | CKA | 44623 |")
    for epoch_1904, day in ((False, "2022-03-03"), (True, "2026-03-04")):
        tables, _ = read(Snapshot("old.xlsx", (sheet,), "1", epoch_1904=epoch_1904))
        assert str(tables["certifications"].frame["expiration_date"][0])[:10] == day


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("#N/A", "cell.error"),
        ("#REF!", "cell.error"),
        ('"#N/A"', "cell.error"),
        ("=?", "formula.uncalculated"),
    ],
)
def test_a_cell_without_a_value_is_reported(cell: str, code: str) -> None:
    """An error or an uncalculated formula is a finding in any column that is read."""
    table, findings = certs(
        f"""
        | Employee ID | Certification | Expiration Date | Notes  | CEUs Earned | Nickname |
        | E1          | {cell}        | {cell}          | {cell} | {cell}      | {cell}   |
        """
    )
    assert [f.code for f in findings] == [code] * 4
    assert [f.cell for f in findings] == ["B2", "C2", "D2", "E2"]
    assert [f.severity for f in findings] == ["error", "error", "warning", "warning"]
    assert not table.frame["ok"].any()
    assert table.frame[["certification", "expiration_date", "notes"]].isna().all(axis=None)


def test_who_is_reached_is_an_error() -> None:
    """An e-mail or a manager that shows an error means an alert that reaches nobody."""
    _, findings = read(
        workbook(
            tab(
                "Team Members",
                """
                | Employee ID | Full Legal Name | Email | Manager | Status | Role |
                | E1          | Ann Lee         | #N/A  | #N/A    | Active | #N/A |
                """,
            )
        )
    )
    found = [f for f in findings if f.code == "cell.error"]
    assert [(f.column, f.severity) for f in found] == [
        ("email", "error"),
        ("manager", "error"),
        ("role", "warning"),
    ]
    assert not any(f.excludes for f in found)


def test_a_tab_without_a_required_column_is_not_read() -> None:
    """No row of it could be judged, so it is no table and the finding says why."""
    tables, findings = read(workbook(tab("Certs", "| ID | Certification |\n| E1 | CKA |")))
    assert "certifications" not in tables
    assert [f.code for f in findings if f.tab == "Certs"] == ["column.missing"]


def test_rows_of_totals_and_unticked_boxes_are_no_records() -> None:
    """Outside an Excel table a total ends nothing and counts for nothing; blank rows go."""
    table, findings = certs(
        """
        | No. | Team Member | Certification | Expiration Date | Exam   | CEUs Earned |
        | 1   | Ann Lee     | CKA           | never           |        | 10          |
        | "Total:" |        |               |                 |        | 10          |
        | 2   | Bob Fox     | CKA           | never           |        | 20          |
        |     | FALSE       |               | "  "            |        |             |
        | 3   |             |               |                 | x      |             |
        | SUM |             |               |                 |        | 30          |
        """
    )
    assert list(table.frame["row"]) == [2, 4]
    assert table.last_row == 4
    assert findings == []


def test_an_excel_table_ends_where_it_ends() -> None:
    """Rows below the table are not read, and reported if they look like records."""
    text = """
        | Employee ID | Certification | Expiration Date | Date |
        | E1          | CKA           | never           |      |
        |             |               |                 |      |
        | Total       |               | 1               |      |
        | E2          | CKA           | 2027-01-31      |      |
        | E3          | CKA           | 2027-01-31      |      |
        """
    table, findings = certs(text, top=3, tables=(TableRange("Certs", 3, 1, 5, 3),))
    assert list(table.frame["row"]) == [4]
    assert (table.last_row, table.right, table.excel_table) == (5, 3, "Certs")
    (found,) = findings
    assert (found.code, found.severity, found.cell) == ("rows.outside", "error", "A7")
    assert found.message == '2 rows from here on stand below the table "Certs" and are not read.'
    assert found.fix == "Drag the lower right corner of the table down to row 8."


def test_right_is_the_first_free_column() -> None:
    """Things beside the records without a header count too: new columns go behind them."""
    text = """
        | Long title in a wide row |               |                 |      |  | x |
        | Employee ID              | Certification | Expiration Date |      |  |   |
        | E1                       | CKA           | never           |      |  |   |
        | E1                       | CKA           | never           | mine |  |   |
        """
    table, _ = certs(text)
    assert table.right == 4


def test_findings_come_by_tab_row_and_column() -> None:
    """Missing tabs first, then the tabs in the schema's order, row by row."""
    options: Mapping[str, Mapping[str, str]] = {}
    _, findings = read(
        workbook(
            tab(
                "Certifications",
                """
                | Employee ID | Certification | Expiration Date | Date Earned |
                | E1          | CKA           | x               | y           |
                | E1          | CKA           | never           | y           |
                """,
                left=24,
            ),
            tab(
                "Team Members",
                """
                | Employee ID | Full Legal Name | Email | Status |
                | E1          | Ann             |       | gone   |
                """,
            ),
        ),
        ReadOptions(columns=options),
    )
    assert [f.where for f in findings] == [
        "Partnership Requirements",
        "Pursuits",
        "Team Members!D2",
        "Certifications!Z2",
        "Certifications!AA2",
        "Certifications!AA3",
    ]
