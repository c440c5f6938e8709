"""Reading .xlsx files: what the quick reader cannot tell, and files that are not plain."""

from __future__ import annotations

import io
import os
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineError, CalamineWorkbook

from certsync.errors import WorkbookMissing, WorkbookRefused
from certsync.ooxml.package import Package
from certsync.sheets.snapshot import UNCALCULATED, CellError, Snapshot, TableRange, Value
from certsync.stores import excel_quick, excel_read
from certsync.stores.excel import ExcelStore
from certsync.stores.excel_read import snapshot
from tests.fakes import tab, workbook
from tests.ooxml.corpus import corpus_files
from tests.ooxml.handmade import DATE, PADDED, book, rows, stored, table, worksheet


def read(data: bytes) -> Snapshot:
    """The workbook in these bytes."""
    return snapshot(Package.open(data), name="agency.xlsx", revision="1")


def sheet(content: str) -> list[list[Value]]:
    """The cells of a workbook with one worksheet of these rows."""
    return [list(row) for row in read(book({"Certs": worksheet(content)})).tabs[0].rows]


def store(path: Path) -> ExcelStore:
    """A store of the file at `path`."""
    return ExcelStore(path, backups=path.parent / "backups", clock=lambda: datetime(2026, 11, 23))


def test_errors_are_no_empty_cells() -> None:
    """A cell that shows an error brings its code, written or computed."""
    content = (
        '<row r="1"><c r="A1" t="e"><v>#N/A</v></c>'
        '<c r="B1" s="2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="C1" t="e"><f t="shared" si="0"/><v>#REF!</v></c></row>'
    )
    assert sheet(content) == [[CellError("#N/A"), CellError("#DIV/0!"), CellError("#REF!")]]


def test_formulas_without_a_value_are_told_apart() -> None:
    """A formula that nobody has calculated is known as such, also at the edge of the sheet."""
    content = (
        '<row r="2"><c r="B2"><f>1+1</f><v>2</v></c><c r="C2" t="str"><f>""</f><v></v></c></row>'
        '<row r="3"><c r="B3"><f>1+1</f><v></v></c><c r="D3"><f>1+1</f></c></row>'
    )
    found = read(book({"Certs": worksheet(content)})).tabs[0]
    assert (found.top, found.left) == (2, 2)
    assert [list(row) for row in found.rows] == [
        [2.0, None, None],
        [UNCALCULATED, None, UNCALCULATED],
    ]
    assert found.formulas == {2: [2, 3], 3: [2], 4: [3]}


def test_an_array_formula_fills_all_its_cells() -> None:
    """Each cell of an array formula counts as a formula, though one holds its text."""
    content = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:A3">B1:B3</f><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>2</v></c></row>'
    )
    assert read(book({"Certs": worksheet(content)})).tabs[0].formulas == {1: [1, 2, 3]}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (f'<c r="A1" s="{PADDED}"><v>42</v></c>', "0042"),
        (f'<c r="A1" s="{PADDED}"><v>123456</v></c>', "123456"),
        (f'<c r="A1" s="{PADDED}"><f>B1</f><v>7</v></c>', "0007"),
        (f'<c r="A1" s="{PADDED}"><v>4.5</v></c>', 4.5),
        (f'<c r="A1" s="{PADDED}"><v>-4</v></c>', -4.0),
        ('<c r="A1"><v>42</v></c>', 42.0),
    ],
)
def test_zeros_that_a_format_shows_are_kept(cell: str, value: Value) -> None:
    """A number shown as 0042 is the ID 0042, as the person who looks at it says."""
    assert sheet(f'<row r="1">{cell}</row>') == [[value]]


def test_a_prefix_in_the_format_is_part_of_what_is_shown() -> None:
    """A format such as "E"0000 makes 42 the ID E0042."""
    content = worksheet(f'<row r="1"><c r="A1" s="{PADDED}"><v>42</v></c></row>')
    data = book({"Certs": content})
    package = Package.open(data)
    old = package.read("xl/styles.xml")
    package.put(
        "xl/styles.xml", old.replace(b'formatCode="0000"', b'formatCode="&quot;E&quot;0000"')
    )
    assert read(package.to_bytes()).tabs[0].rows[0][0] == "E0042"


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("46349", date(2026, 11, 23)),
        ("46349.75", datetime(2026, 11, 23, 18, 0)),
        ("0.25", time(6, 0)),
        ("-5", -5.0),
        ("2958466", 2958466.0),
    ],
)
def test_numbers_shown_as_dates_are_dates(number: str, value: Value) -> None:
    """A number that no date can be, such as a negative one, stays a number."""
    assert sheet(f'<row r="1"><c r="A1" s="{DATE}"><v>{number}</v></c></row>') == [[value]]


def test_dates_of_a_1904_workbook_are_right() -> None:
    """The old Macintosh date system is read as such, and the snapshot says so."""
    content = worksheet(f'<row r="1"><c r="A1" s="{DATE}"><v>44887</v></c></row>')
    found = read(book({"Certs": content}, epoch_1904=True))
    assert found.epoch_1904
    assert found.tabs[0].rows == [[date(2026, 11, 23)]]


def test_empty_cells_at_the_edges_are_left_out() -> None:
    """The rectangle of a tab begins and ends with a value; formatted emptiness is none."""
    content = (
        '<row r="1"><c r="A1" s="1"/></row><row r="3"><c r="B3" t="str"><v></v></c>'
        '<c r="C3"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    )
    found = read(book({"Certs": worksheet(content)})).tabs[0]
    assert (found.top, found.left, found.rows) == (3, 3, [[1.0]])


def test_a_stray_cell_far_away_does_no_harm() -> None:
    """One value in the last corner of a sheet does not make 17 billion empty cells."""
    stray = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    found = read(book({"Certs": worksheet(rows([["a", 1], ["b", date(2026, 1, 1)]]) + stray)}))
    assert [list(row) for row in found.tabs[0].rows] == [["a", 1.0], ["b", date(2026, 1, 1)]]


def test_a_reference_that_lies_does_no_harm() -> None:
    """A cell that names a row far from its own, or a column that is none, fills no memory."""
    for ref in ("A1048576", "A99999999999", "ZZZZZ1"):
        content = f'<row r="1"><c r="B1"><v>1</v></c><c r="{ref}"><v>2</v></c></row>'
        found = read(book({"Certs": worksheet(content)})).tabs[0]
        assert len(found.rows) == 1
        assert found.value(1, 2) == 1.0


def test_cells_too_far_apart_are_refused() -> None:
    """Values strewn over a whole sheet cannot be a table, and are not tried."""
    far = "".join(
        f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="{"ABCDEFGH"[row // 4000 % 8]}A{row}">'
        "<v>1</v></c></row>"
        for row in range(1, 1_000_000, 4000)
    )
    with pytest.raises(WorkbookRefused, match="tab Certs lie too far apart"):
        read(book({"Certs": worksheet(far)}))


def test_tables_and_views_are_read() -> None:
    """An Excel table without its totals row, a frozen pane, and a scrolled one."""
    view = (
        '<sheetViews><sheetView topLeftCell="A3" workbookViewId="0">'
        '<pane ySplit="2" topLeftCell="A9" state="frozen"/></sheetView></sheetViews>'
    )
    content = worksheet(rows([["A", "B"], ["x", 1], ["y", 2], [None, 3]], top=3), before=view)
    totals = table("A3:B6", "A", "B", name="People", attributes=' totalsRowCount="1"')
    found = read(book({"Certs": content}, tables={"Certs": [totals]})).tabs[0]
    assert found.tables == (TableRange("People", 3, 1, 5, 2),)
    assert found.frozen_rows == 4


def test_a_sheet_without_references_is_read() -> None:
    """Rows and cells may leave out their references; shared texts and dates come all the same."""
    content = worksheet(
        '<row><c t="s"><v>1</v></c><c s="2"><v>46349</v></c></row>'
        '<row r="4"><c r="B4"><f>1+1</f></c><c t="e"><v>#N/A</v></c></row>'
    )
    found = read(book({"Certs": content}, strings=["no", "yes & _x0041_"])).tabs[0]
    assert [list(row) for row in found.rows] == [
        ["yes & A", date(2026, 11, 23), None],
        [None, None, None],
        [None, None, None],
        [None, UNCALCULATED, CellError("#N/A")],
    ]
    assert found.formulas == {2: [4]}


cells: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-999, 999),
    st.dates(date(1900, 1, 1), date(1900, 3, 5)),
    st.dates(date(1900, 1, 1)),
    st.text("ab<&\n é😀", min_size=1, max_size=6),
    st.sampled_from([CellError("#N/A"), UNCALCULATED]),
)


@given(
    st.lists(st.lists(cells, min_size=4, max_size=4), max_size=9),
    st.integers(1, 40),
    st.sampled_from([60, 10**6]),
)
@settings(deadline=None, max_examples=100)
def test_both_readers_agree(grid: list[list[Value]], top: int, piece: int) -> None:
    """The slow reader, for odd sheets, gives what the quick one gives, whole or in pieces."""
    data = stored(workbook(tab("Certs", grid, top=top, left=top)))
    package = Package.open(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(excel_quick, "_PIECE", piece)
        patch.setattr(os, "cpu_count", lambda: 3)
        quick = snapshot(package, name="x", revision="1").tabs[0]
        patch.setattr(excel_read, "_is_compact", lambda _: False)
        slow = snapshot(package, name="x", revision="1").tabs[0]
    assert quick == slow
    assert [list(row) for row in quick.rows] == trimmed(grid)


def trimmed(grid: list[list[Value]]) -> list[list[Value]]:
    """The rectangle of a grid that begins and ends with values."""
    filled = [(r, c) for r, row in enumerate(grid) for c, v in enumerate(row) if v is not None]
    if not filled:
        return []
    top, bottom = min(r for r, _ in filled), max(r for r, _ in filled)
    left, right = min(c for _, c in filled), max(c for _, c in filled)
    return [row[left : right + 1] for row in grid[top : bottom + 1]]


def test_hard_workbooks_read_as_calamine_reads_them() -> None:
    """Every value of the corpus is there; where calamine shows nothing we know an error."""
    checked = 0
    for path in corpus_files():
        data = path.read_bytes()
        try:
            found = read(data)
            quick = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except (WorkbookRefused, CalamineError):
            continue
        for one in found.tabs:
            if one.name not in quick.sheet_names or not one.rows:
                continue
            seen = quick.get_sheet_by_name(one.name).to_python(skip_empty_area=False)
            for r, line in enumerate(one.rows):
                for c, value in enumerate(line):
                    row, column = one.top - 1 + r, one.left - 1 + c
                    inside = row < len(seen) and column < len(seen[0])
                    other = seen[row][column] if inside else ""
                    unknown = isinstance(value, CellError) or value is UNCALCULATED
                    assert ("" if value is None or unknown else value) == other, path.name
                    checked += 1
    assert checked > 5000


def test_a_missing_file_names_what_lies_there(tmp_path: Path) -> None:
    """A wrong path is told with the workbooks of that folder; a folder is no workbook."""
    (tmp_path / "agency.xlsx").write_bytes(b"")
    (tmp_path / "~$agency.xlsx").write_bytes(b"")
    with pytest.raises(
        WorkbookMissing, match=r"agencies\.xlsx: .* In that folder: agency\.xlsx\.$"
    ):
        store(tmp_path / "agencies.xlsx").read()
    with pytest.raises(WorkbookMissing, match=r"In that folder: agency\.xlsx\.$"):
        store(tmp_path).read()


def test_a_refused_file_is_named_by_its_path(tmp_path: Path) -> None:
    """The sentence of a refusal begins with the file."""
    path = tmp_path / "agency.xlsx"
    path.write_bytes(b"Name,Expires")
    with pytest.raises(WorkbookRefused) as refused:
        store(path).read()
    assert str(refused.value).startswith(f"{path}: the file is not an Excel workbook. ")
