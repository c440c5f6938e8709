"""The last look at a patched workbook: what would be wrong is seen."""

from __future__ import annotations

import pytest

from certsync.ooxml.package import Package
from certsync.ooxml.writing import CellColumn
from certsync.sheets.snapshot import Value
from certsync.stores.excel_check import CheckFailed, check_archive, check_cells, check_part
from tests.ooxml.handmade import book, worksheet


def column(cells: dict[int, Value]) -> CellColumn:
    """Planned cells of column B."""
    return CellColumn(2, list(cells), list(cells.values()), 1, lambda s: s, lambda s: s)


@pytest.mark.parametrize(
    ("cell", "planned"),
    [
        ('<c r="B2"><v>70</v></c>', 69),
        ('<c r="B2" t="b"><v>1</v></c>', 1),
        ('<c r="B2" t="inlineStr"><is><t>69</t></is></c>', 69),
        ('<c r="B2" t="inlineStr"><is><t>Activ</t></is></c>', "Active"),
        ('<c r="B2"/>', "Active"),
        ("", "Active"),
        ('<c r="B2"><v>1</v></c>', None),
    ],
)
def test_a_cell_amiss_is_seen(cell: str, planned: Value) -> None:
    """Another value, another kind or a missing cell fails, and its address is told."""
    part = worksheet(f'<row r="2"><c r="A2"/>{cell}</row>').encode()
    with pytest.raises(CheckFailed, match="B2 holds"):
        check_cells(part, [column({2: planned})], (), epoch_1904=False)


def test_the_last_cell_of_a_long_column_is_looked_at() -> None:
    """Of many thousand cells a part is looked at, the first and the last in any case."""
    count = 5001
    rows = "".join(f'<row r="{r}"><c r="B{r}"><v>{r}</v></c></row>' for r in range(1, count + 1))
    planned: dict[int, Value] = {row: row for row in range(1, count + 1)}
    part = worksheet(rows).encode()
    check_cells(part, [column(planned)], (), epoch_1904=False)
    with pytest.raises(CheckFailed, match=f"B{count} holds"):
        check_cells(part, [column(planned | {count: 0})], (), epoch_1904=False)


def test_a_skipped_cell_may_hold_anything() -> None:
    """A formula that stayed is not what was planned, and that is right."""
    part = worksheet('<row r="2"><c r="B2"><f>1</f><v>1</v></c></row>').encode()
    check_cells(part, [column({2: 5})], {(2, 2)}, epoch_1904=False)


def test_broken_xml_is_seen() -> None:
    """A part that no XML reader would take stops the write; other kinds of parts are left."""
    with pytest.raises(CheckFailed, match=r"sheet1\.xml is not well-formed"):
        check_part("xl/worksheets/sheet1.xml", b"<worksheet><sheetData></worksheet>")
    check_part("xl/vbaProject.bin", b"<not xml")


def test_a_part_that_was_not_to_change_is_seen() -> None:
    """A member that changed, or went, without being meant to fails."""
    before = book({"A": worksheet("")})
    package = Package.open(before)
    package.put("xl/styles.xml", b"<styleSheet/>")
    after = package.to_bytes()
    check_archive(before, after, {"xl/styles.xml"})
    with pytest.raises(CheckFailed, match=r"xl/styles\.xml changed"):
        check_archive(before, after, set())
    package.remove("xl/styles.xml")
    with pytest.raises(CheckFailed, match=r"xl/styles\.xml is missing"):
        check_archive(before, package.to_bytes(), {"[Content_Types].xml"})
    with pytest.raises(CheckFailed, match="not complete"):
        check_archive(before, after[:-30], {"xl/styles.xml"})
