"""The status columns: which cells change, where new columns go, what is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync import judging
from certsync.compute.policy import Policy
from certsync.sheets.edits import ColumnEdit, Plan
from certsync.sheets.findings import Finding
from certsync.sheets.read import ReadOptions
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot, Value
from certsync.stores.memory import MemoryStore
from certsync.writeback import LastAlerts, plan_columns
from tests.fakes import tab, workbook

TODAY = date(2026, 3, 16)
JOB = judging.Job(ReadOptions(), Policy(), "UTC", {}, None, None, None)

MEMBERS = """
| Employee ID | Full Legal Name | Email          | Status   |
| E1          | Dana Cruz       | dana@a.example | Active   |
| E2          | Jo Park         | jo@a.example   | Departed |
"""
RECORDS = """
| Employee ID | Certification | Date Earned | Expiration Date |
| E1          | AWS Developer | 2024-03-16  | 2026-03-16      |
| E1          | PMP           | 2020-01-01  | does not expire |
| E2          | PMP           | 2025-01-01  | 31/02/2026      |
"""


def plan(
    snapshot: Snapshot, last: LastAlerts | None = None
) -> tuple[Sequence[ColumnEdit], list[Finding]]:
    """What would be written into a workbook on the test's day."""
    judged = judging.judge(snapshot, JOB, TODAY)
    return plan_columns(snapshot, judged.tables, judged.facts, judged.findings, last or {})


def agency(records: TabSnapshot | None = None) -> Snapshot:
    """A small workbook; `records` stands in for its Certifications tab."""
    return workbook(tab("Team Members", MEMBERS), records or tab("Certifications", RECORDS))


def applied(snapshot: Snapshot, edits: Sequence[ColumnEdit]) -> Snapshot:
    """The workbook after the plan."""
    store = MemoryStore(snapshot)
    store.apply(Plan(tuple(edits)), snapshot.revision)
    return store.read()


def column(edits: Sequence[ColumnEdit], tab_name: str, header: str) -> ColumnEdit:
    """The new column of this header."""
    return next(e for e in edits if e.tab == tab_name and e.header == header)


def test_new_columns_stand_at_the_right_edge() -> None:
    """Missing columns are appended in the schema's order, each with header and values."""
    edits, _ = plan(agency())
    ours = [e for e in edits if e.tab == "Certifications"]
    assert [(e.header, e.column) for e in ours] == [
        ("Status", 5), ("Days to Expiry", 6), ("Last Alert", 7), ("Sync Notes", 8),
    ]  # fmt: skip
    status = column(edits, "Certifications", "Status")
    assert list(zip(status.rows, status.values, strict=True)) == [
        (2, "Expiring Soon"), (3, "Active"), (4, "Unknown"),
    ]  # fmt: skip
    days = column(edits, "Certifications", "Days to Expiry")
    assert list(zip(days.rows, days.values, strict=True)) == [(2, 0)]


def test_a_bad_row_says_how_to_put_it_right() -> None:
    """Sync Notes holds the sentence of the row's finding, and nothing in a good row."""
    edits, _ = plan(agency())
    notes = column(edits, "Certifications", "Sync Notes")
    assert list(notes.rows) == [4]
    assert '"31/02/2026" is not a date' in str(notes.values[0])


def test_last_alert_is_shown_by_record() -> None:
    """The ledger's last alert of a record stands in its row."""
    told = {("e1", "awsdeveloper", "2026-03-16"): "Critical on 2026-02-14"}
    edits, _ = plan(agency(), told)
    last = column(edits, "Certifications", "Last Alert")
    assert list(zip(last.rows, last.values, strict=True)) == [(2, "Critical on 2026-02-14")]


def test_an_excel_table_grows() -> None:
    """Inside an Excel table the new columns belong to it."""
    edits, _ = plan(agency(tab("Certifications", RECORDS, excel_table="Certs")))
    ours = [e for e in edits if e.tab == "Certifications"]
    assert {e.table for e in ours} == {"Certs"}
    assert ours[0].column == 5


def test_a_neighbour_is_not_overwritten() -> None:
    """Where something stands at the right edge, the columns go right of everything, no table."""
    beside = RECORDS.replace("Expiration Date |", "Expiration Date | |").replace(
        "2026-03-16      |", "2026-03-16 | see legal |"
    )
    edits, _ = plan(
        agency(tab("Certifications", beside, tables=(TableRange("Certs", 1, 1, 4, 4),)))
    )
    ours = [e for e in edits if e.tab == "Certifications"]
    assert {e.table for e in ours} == {None}
    assert min(e.column for e in ours) > 5


def test_columns_beside_an_excel_table_are_found_again() -> None:
    """Where they had to go outside the table, the next run knows them and adds no others."""
    beside = RECORDS.replace("Expiration Date |", "Expiration Date | |").replace(
        "2026-03-16      |", "2026-03-16 | see legal |"
    )
    before = agency(tab("Certifications", beside, tables=(TableRange("Certs", 1, 1, 4, 4),)))
    after = applied(before, plan(before)[0])
    assert [e for e in plan(after)[0] if e.tab == "Certifications"] == []


def test_columns_find_room_left_of_the_last_column_of_a_sheet() -> None:
    """With a cell in the last column there is, ours go into the first gap that is wide enough."""
    base = tab("Certifications", RECORDS)
    rows = [[*row, "remark", *[None] * 16_379] for row in base.rows]
    rows[0][4] = None
    rows[1][-1] = "edge"
    edits, left_alone = plan(agency(replace(base, rows=rows)))
    ours = [e for e in edits if e.tab == "Certifications"]
    assert [e.column for e in ours] == [7, 8, 9, 10]
    assert left_alone == []


def test_a_sheet_without_any_room_is_reported() -> None:
    """A sheet that is full to its last column gets no column of ours, and a finding says so."""
    base = tab("Certifications", RECORDS)
    rows = [[*row, *["x"] * 16_380] for row in base.rows]
    rows[0][4:] = [None] * 16_380
    edits, left_alone = plan(agency(replace(base, rows=rows)))
    assert [e for e in edits if e.tab == "Certifications"] == []
    assert "columns.no_room" in {f.code for f in left_alone}


def test_a_formula_in_our_column_stays_and_is_reported() -> None:
    """A person's formula under one of our headers is left alone, and a finding says so."""
    text = RECORDS.replace("Expiration Date |", "Expiration Date | Status |").replace(
        "2026-03-16      |", "2026-03-16 | mine |"
    )
    edits, left_alone = plan(agency(tab("Certifications", text, formulas={5: {2}})))
    status = next(e for e in edits if e.tab == "Certifications" and e.column == 5)
    assert 2 not in status.rows
    assert [(f.code, f.cell) for f in left_alone] == [("formula.in_owned_column", "E2")]


def test_what_stands_in_a_row_that_was_emptied_is_stale() -> None:
    """A row whose person and certification were deleted loses its old status."""
    text = """
    | Employee ID | Certification | Expiration Date | Status |
    | E1          | AWS Developer | 2026-03-16      |        |
    |             |               |                 | Active |
    | E1          | PMP           | never           |        |
    """
    edits, _ = plan(agency(tab("Certifications", text)))
    status = next(e for e in edits if e.tab == "Certifications" and e.column == 4)
    assert dict(zip(status.rows, status.values, strict=True))[3] is None


DATES = st.one_of(
    st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    st.sampled_from(["never", "03/04/2026", "soon", "2026-12-24", None]),
)
RECORD = st.tuples(
    st.sampled_from(["E1", "E2", "E9", None]), st.sampled_from(["AWS", "PMP"]), DATES
)


@settings(max_examples=40, deadline=None)
@given(
    records=st.lists(RECORD, min_size=1, max_size=8),
    top=st.integers(1, 4),
    left=st.integers(1, 3),
    in_table=st.booleans(),
)
def test_the_second_plan_is_empty(
    records: list[tuple[Value, ...]], top: int, left: int, in_table: bool
) -> None:
    """Whatever the workbook holds: after the plan was written there is nothing left to write."""
    header: list[Value] = ["Employee ID", "Certification", "Expiration Date"]
    rows = [header, *[list(r) for r in records]]
    found = tab("Certifications", rows, top=top, left=left, excel_table="T" if in_table else None)
    before = agency(found)
    edits, _ = plan(before)
    after = applied(before, edits)
    again, _ = plan(after)
    assert again == ()


def test_only_changed_cells_are_planned() -> None:
    """The day after, days and statuses that moved are written, and nothing else."""
    written = applied(agency(), plan(agency())[0])
    judged = judging.judge(written, JOB, date(2026, 3, 17))
    edits, _ = plan_columns(written, judged.tables, judged.facts, judged.findings, {})
    cells = {ref: value for e in edits for ref, value in e.cells() if e.tab == "Certifications"}
    assert cells == {"E2": "Expired", "F2": -1}


@pytest.mark.parametrize("old", [5.0, 5])
def test_a_number_reads_the_same_however_it_is_stored(old: Value) -> None:
    """5.0 in the sheet is the 5 we would write: no edit."""
    text = """
    | Employee ID | Certification | Expiration Date | Days to Expiry |
    | E1          | AWS Developer | 2026-03-21      | 5              |
    """
    found = tab("Certifications", text)
    rows = [list(row) for row in found.rows]
    rows[1][3] = old
    edits, _ = plan(agency(replace(found, rows=rows)))
    assert not [e for e in edits if e.tab == "Certifications" and e.column == 4]
