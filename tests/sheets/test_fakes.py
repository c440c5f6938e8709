"""The helpers that other tests write their input with."""

from __future__ import annotations

from datetime import date

from certsync.sheets.snapshot import CellError, TableRange
from tests.fakes import tab, table


def test_a_cell_is_what_a_person_sees() -> None:
    """Dates, numbers, errors and text are told apart; quotes make text of anything."""
    seen = tab(
        "Any",
        r"""
        | id  | date       | quoted       | number | error | either |
        |-----|------------|--------------|--------|-------|--------|
        | 007 | 2026-03-04 | "2026-03-04" | 12     | #N/A  | a \| b |
        |     |            | "  "         | 1.5    |       | -      |
        """,
        top=3,
        left=2,
        excel_table="Things",
    )
    assert seen.rows[1] == ["007", date(2026, 3, 4), "2026-03-04", 12, CellError("#N/A"), "a | b"]
    assert seen.rows[2] == [None, None, "  ", 1.5, None, "-"]
    assert seen.value(4, 2) == "007"
    assert seen.tables == (TableRange("Things", 3, 2, 5, 7),)


def test_a_table_has_every_column_with_its_dtype() -> None:
    """Columns a test leaves out are empty, and keys and headers both name a column."""
    certs = table(
        "certifications",
        """
        | employee_id | Team Member | certification | expiration_date |
        | E12         | Ann Lee     | CKA           | 2027-01-31      |
        | E13         | Bob Fox     | CKA           | lifetime        |
        | E14         | Cy Orr      | CKA           |                 |
        """,
        header_row=4,
    )
    frame = certs.frame
    assert list(frame["row"]) == [5, 6, 7]
    assert frame["ok"].all()
    assert list(frame["does_not_expire"]) == [False, True, False]
    assert list(frame["expiration_date"].isna()) == [False, True, True]
    assert list(frame["person"]) == ["Ann Lee", "Bob Fox", "Cy Orr"]
    assert str(frame["date_earned"].dtype) == "datetime64[us]"
    assert str(frame["issuing_body"].dtype) == "str"
    assert frame["issuing_body"].isna().all()
    assert certs.ref(6, "certification") == "C6"
