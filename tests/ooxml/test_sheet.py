"""Cells put into a worksheet part: ours appear, every other byte stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest

from certsync.ooxml import xml
from certsync.ooxml.sheet import Patched, patch
from certsync.ooxml.writing import CellColumn
from certsync.sheets.snapshot import CellError, Value
from tests.ooxml.handmade import worksheet

NEW_STYLE = 100
"""What the tests add to a format number to tell a new cell from one that was there."""


def column(number: int, cells: dict[int, Value], *, like: int = 1, kept: int = 0) -> CellColumn:
    """A column edit whose new cells get their neighbour's format number plus NEW_STYLE."""
    return CellColumn(
        number,
        list(cells),
        list(cells.values()),
        like,
        restyle=lambda base: base + NEW_STYLE,
        keep=lambda own: own + kept,
    )


def put(rows: str, *columns: CellColumn, before: str = "", after: str = "") -> str:
    """The content of `sheetData` after a patch; all around it must be unchanged."""
    old = worksheet(rows, before=before, after=after)
    new = patch(old.encode(), columns).part.decode()
    head, tail = old.split("<sheetData>")[0], old.split("</sheetData>")[1]
    assert new.startswith(head)
    assert new.endswith(tail)
    return new.split("<sheetData>")[1].split("</sheetData>")[0]


def text(value: str) -> str:
    """The inside of a text cell."""
    return f"<is><t>{value}</t></is>"


def test_a_cell_is_appended_at_the_end_of_its_row() -> None:
    """A new cell stands behind the last one, styled after its neighbour; the row's bytes stay."""
    rows = '<row r="2"><c r="A2" s="3" t="s"><v>0</v></c></row>'
    assert put(rows, column(3, {2: "Active"})) == (
        '<row r="2"><c r="A2" s="3" t="s"><v>0</v></c>'
        f'<c r="C2" s="103" t="inlineStr">{text("Active")}</c></row>'
    )


def test_a_cell_is_put_between_its_neighbours() -> None:
    """A cell missing in the middle of a row goes to its place in the order of columns."""
    rows = '<row r="2"><c r="A2"><v>1</v></c><c r="D2"/><c r="AA2"><v>2</v></c></row>'
    assert put(rows, column(3, {2: 7}), column(26, {2: 8})) == (
        '<row r="2"><c r="A2"><v>1</v></c><c r="C2" s="100"><v>7</v></c><c r="D2"/>'
        '<c r="Z2" s="100"><v>8</v></c><c r="AA2"><v>2</v></c></row>'
    )


def test_a_cell_that_exists_keeps_its_look() -> None:
    """A cell that is there gets a new value and keeps its format, even a bold red one."""
    rows = '<row r="2"><c r="A2" s="9" t="s"><v>4</v></c><c r="B2"><v>5</v></c></row>'
    assert put(rows, column(1, {2: 12}), column(2, {2: "x"})) == (
        f'<row r="2"><c r="A2" s="9"><v>12</v></c><c r="B2" t="inlineStr">{text("x")}</c></row>'
    )


def test_none_empties_a_cell_and_keeps_its_look() -> None:
    """An emptied cell keeps its format; where no cell is, none is made."""
    rows = '<row r="2"><c r="A2" s="9"><v>4</v></c><c r="B2"/></row>'
    assert put(rows, column(1, {2: None}), column(2, {2: None}), column(3, {2: None})) == (
        '<row r="2"><c r="A2" s="9"/><c r="B2"/></row>'
    )


def test_missing_rows_are_put_in_order() -> None:
    """Rows that do not exist yet are made where they belong, before, between and behind."""
    rows = '<row r="3"><c r="A3"><v>1</v></c></row><row r="9" ht="30" customHeight="1"/>'
    assert put(rows, column(2, {2: 2, 5: 5, 6: None, 9: 9, 12: 12})) == (
        '<row r="2"><c r="B2" s="100"><v>2</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'
        '<row r="5"><c r="B5" s="100"><v>5</v></c></row>'
        '<row r="9" ht="30" customHeight="1"><c r="B9" s="100"><v>9</v></c></row>'
        '<row r="12"><c r="B12" s="100"><v>12</v></c></row>'
    )


@pytest.mark.parametrize("data", ["<sheetData/>", "<sheetData />", "<sheetData></sheetData>"])
def test_an_empty_sheet_gets_its_first_row(data: str) -> None:
    """A sheet without rows takes cells as any other."""
    part = worksheet("").replace("<sheetData></sheetData>", data)
    new = patch(part.encode(), [column(2, {3: 1})]).part.decode()
    assert '><row r="3"><c r="B3" s="100"><v>1</v></c></row></sheetData>' in new


def test_rows_and_cells_without_references_count_on() -> None:
    """References are optional: a row or a cell without one follows the one before."""
    rows = (
        "<row><c><v>1</v></c><c s='4'><v>2</v></c></row>"
        '<row r="5"><c r="C5"><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>'
    )
    assert put(rows, column(2, {1: 20, 5: 50, 6: 60}), column(4, {5: 40})) == (
        '<row><c><v>1</v></c><c r="B1" s="4"><v>20</v></c></row>'
        '<row r="5"><c r="B5" s="100"><v>50</v></c><c r="C5"><v>3</v></c>'
        '<c r="D5"><v>40</v></c></row><row><c><v>5</v></c><c r="B6" s="100"><v>60</v></c></row>'
    )


def test_a_formula_stays() -> None:
    """A cell with a formula is skipped, whatever kind of formula it is, and named as skipped."""
    rows = (
        '<row r="2"><c r="A2"><f>B2*2</f><v>4</v></c>'
        '<c r="B2"><f t="shared" ref="B2:B4" si="0">C2</f><v>1</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f ca="1">X</f><v></v></c>'
        '<c r="B3"><f t="shared" si="0"/></c></row>'
        '<row r="4"><c r="A4"><v>4</v></c></row>'
    )
    part = worksheet(rows).encode()
    cells: dict[int, Value] = {2: 1, 3: 1, 4: 1}
    result = patch(part, [column(1, cells), column(2, {2: 1, 3: 1})])
    assert result.skipped == {(2, 1), (3, 1), (2, 2), (3, 2)}
    assert result.part == part.replace(b"<v>4</v></c></row></", b"<v>1</v></c></row></")


def test_cells_of_an_array_formula_stay() -> None:
    """A block that one array formula fills changes as a whole or not at all."""
    rows = (
        '<row r="2"><c r="A2"><f t="array" ref="A2:B3">TRANSPOSE(D2:E3)</f><v>1</v></c>'
        '<c r="B2"><v>2</v></c></row><row r="3"><c r="A3"><v>3</v></c></row><row r="4"/>'
    )
    result = patch(worksheet(rows).encode(), [column(2, {2: 9, 3: 9, 4: 9})])
    assert result.skipped == {(2, 2), (3, 2)}
    assert result.part.decode() == worksheet(rows).replace(
        '<row r="4"/>', '<row r="4"><c r="B4" s="100"><v>9</v></c></row>'
    )


def test_what_described_the_old_value_goes_with_it() -> None:
    """A cell that held a picture or a linked record loses those marks, and keeps others."""
    rows = '<row r="2"><c r="A2" s="1" t="e" vm="1" ph="1" x:a="k"><v>#VALUE!</v></c></row>'
    assert put(rows, column(1, {2: 5})) == '<row r="2"><c r="A2" s="1" x:a="k"><v>5</v></c></row>'


@pytest.mark.parametrize(
    "rows",
    [
        "<row r='2'><c r='A2' s='3'><v>1</v></c></row>",
        '<row\n  r="2"\n><c\tr="A2"  s = "3" ><v >1</v ></c ></row >',
        '<row r="2"><!-- <c r="B2"/> --><c r="A2" s="3"><v>1</v></c><?x <c r="B2"> ?></row>',
        '<row r="2"><c s="3" r="A2"><is><t><![CDATA[</c></row><c r="B2">]]></t></is></c></row>',
        '<row r="2" note="a > b"><c r="A2" s="3" t="str"><v>"B2" r="B2"</v></c></row>',
    ],
)
def test_any_way_to_write_xml_is_understood(rows: str) -> None:
    """Quotes, blanks, comments, CDATA and instructions hide no cell and make none up."""
    new = put(rows, column(2, {2: 7}))
    assert new.count('<c r="B2" s="103"><v>7</v></c>') == 1
    assert new.replace('<c r="B2" s="103"><v>7</v></c>', "") == rows


def test_a_namespace_prefix_is_kept() -> None:
    """In a part whose elements carry a prefix, ours carry it too."""
    part = (
        '<x:worksheet xmlns:x="m"><x:dimension ref="A1"/><x:sheetData><x:row r="1">'
        '<x:c r="A1" s="2"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    new = patch(part.encode(), [column(2, {1: "a", 2: 5})], widths={2: 9}).part.decode()
    assert new == (
        '<x:worksheet xmlns:x="m"><x:dimension ref="A1:B2"/><x:cols><x:col min="2" max="2" '
        'width="9" customWidth="1"/></x:cols><x:sheetData><x:row r="1">'
        '<x:c r="A1" s="2"><x:v>1</x:v></x:c><x:c r="B1" s="102" t="inlineStr"><x:is>'
        '<x:t>a</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="B2" s="100"><x:v>5</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (12, '<c r="A1"><v>12</v></c>'),
        (-3.5, '<c r="A1"><v>-3.5</v></c>'),
        (12.0, '<c r="A1"><v>12</v></c>'),
        (1e22, '<c r="A1"><v>1e+22</v></c>'),
        (float("nan"), '<c r="A1"/>'),
        (True, '<c r="A1" t="b"><v>1</v></c>'),
        (date(2026, 11, 23), '<c r="A1"><v>46349</v></c>'),
        (datetime(2026, 11, 23, 18, 0), '<c r="A1"><v>46349.75</v></c>'),
        (date(1900, 2, 28), '<c r="A1"><v>59</v></c>'),
        (date(1900, 3, 1), '<c r="A1"><v>61</v></c>'),
        (date(1850, 1, 1), f'<c r="A1" t="inlineStr">{text("1850-01-01")}</c>'),
        (time(6, 0), '<c r="A1"><v>0.25</v></c>'),
        (timedelta(hours=36), '<c r="A1"><v>1.5</v></c>'),
        (CellError("#N/A"), '<c r="A1" t="e"><v>#N/A</v></c>'),
        ("", f'<c r="A1" t="inlineStr">{text("")}</c>'),
        ("=1+1", f'<c r="A1" t="inlineStr">{text("=1+1")}</c>'),
        ("a < b & c", f'<c r="A1" t="inlineStr">{text("a &lt; b &amp; c")}</c>'),
        ("x\x01y", f'<c r="A1" t="inlineStr">{text("x_x0001_y")}</c>'),
        ("_x000A_", f'<c r="A1" t="inlineStr">{text("_x005F_x000A_")}</c>'),
        ("a\ud800b", f'<c r="A1" t="inlineStr">{text("a�b")}</c>'),
        (" a", '<c r="A1" t="inlineStr"><is><t xml:space="preserve"> a</t></is></c>'),
        ("a\nb", '<c r="A1" t="inlineStr"><is><t xml:space="preserve">a\nb</t></is></c>'),
        ("a\r", f'<c r="A1" t="inlineStr">{text("a_x000D_")}</c>'),
    ],
)
def test_a_value_is_written_as_what_it_is(value: Value, cell: str) -> None:
    """Numbers are numbers, dates serial numbers, and text never becomes anything else."""
    assert put('<row r="1"><c r="A1"><f0/></c></row>', column(1, {1: value})) == (
        f'<row r="1">{cell}</row>'
    )


def test_dates_of_a_1904_workbook_count_from_there() -> None:
    """In a workbook with the old Macintosh dates a day has another number."""
    part = worksheet('<row r="1"><c r="A1"/></row>').encode()
    new = patch(part, [column(1, {1: date(1904, 1, 2)})], epoch_1904=True).part
    assert b"<v>1</v>" in new


def test_a_text_too_long_for_a_cell_is_cut_visibly() -> None:
    """Excel keeps 32,767 UTF-16 units; a longer text ends in a mark where it was cut."""
    new = put('<row r="1"/>', column(1, {1: "😀" * 20_000}))
    kept = new.split("<t>")[1].split("</t>")[0]
    assert len(kept.encode("utf-16-le")) // 2 <= 32_767
    assert kept.endswith("😀... (cut)")


@pytest.mark.parametrize(
    ("spans", "columns", "wider"),
    [
        ("1:3", [5], "1:5"),
        ("2:3", [1, 5], "1:5"),
        ("1:9", [5], "1:9"),
        ("1:2 7:9", [5], "1:2 7:9"),
        ("1:2 4:5", [8], "1:8"),
    ],
)
def test_the_spans_of_a_row_grow_with_it(spans: str, columns: Sequence[int], wider: str) -> None:
    """A row's hint at its columns is widened where a new cell lies outside, and only there."""
    rows = f'<row r="1" spans="{spans}"><c r="C1"><v>1</v></c></row>'
    new = put(rows, *(column(c, {1: 1}) for c in columns))
    assert new.startswith(f'<row r="1" spans="{wider}">')


@pytest.mark.parametrize(
    ("old", "new"), [("A1:B3", "A1:D8"), ("A1", "A1:D8"), ("B2:F9", "B2:F9"), ("junk", "junk")]
)
def test_the_dimension_grows_with_the_cells(old: str, new: str) -> None:
    """The sheet's hint at its extent covers the new cells; what is no area is left alone."""
    part = worksheet('<row r="3"/>', before=f'<dimension ref="{old}"/>')
    after = patch(part.encode(), [column(4, {3: 1, 8: 1})]).part.decode()
    assert f'<dimension ref="{new}"/>' in after


WIDTHS = {
    "": '<cols><col min="3" max="3" width="14" customWidth="1"/></cols>',
    '<cols><col min="1" max="2" width="9"/></cols>': (
        '<cols><col min="1" max="2" width="9"/>'
        '<col min="3" max="3" width="14" customWidth="1"/></cols>'
    ),
    '<cols><col min="5" max="5" width="9"/></cols>': (
        '<cols><col min="3" max="3" width="14" customWidth="1"/>'
        '<col min="5" max="5" width="9"/></cols>'
    ),
    '<cols><col min="1" max="16384" width="9" style="4" hidden="1"></col></cols>': (
        '<cols><col min="1" max="2" width="9" style="4" hidden="1"/>'
        '<col min="3" max="3" width="14" style="4" customWidth="1"/>'
        '<col min="4" max="16384" width="9" style="4" hidden="1"/></cols>'
    ),
    '<cols><col min="3" max="3" width="33.5" customWidth="1"/></cols>': (
        '<cols><col min="3" max="3" width="33.5" customWidth="1"/></cols>'
    ),
}


@pytest.mark.parametrize("old", WIDTHS)
def test_a_new_column_gets_a_width(old: str) -> None:
    """Ranges of columns are cut around ours, which is seen; a width a person chose stays."""
    part = worksheet('<row r="1"/>', before=f'<sheetFormatPr defaultRowHeight="15"/>{old}')
    new = patch(part.encode(), [], widths={3: 14.0}).part.decode()
    assert new == part.replace(
        f'defaultRowHeight="15"/>{old}', f'defaultRowHeight="15"/>{WIDTHS[old]}'
    )


def test_two_new_columns_are_cut_out_of_one_range() -> None:
    """Several columns of one range get their widths, and the rest of it stays on both sides."""
    part = worksheet("", before='<cols><col min="2" max="9" width="9"/></cols>')
    new = patch(part.encode(), [], widths={4: 14.0, 5: 44.0}).part.decode()
    assert (
        '<cols><col min="2" max="3" width="9"/><col min="4" max="4" width="14" customWidth="1"/>'
        '<col min="5" max="5" width="44" customWidth="1"/><col min="6" max="9" width="9"/></cols>'
    ) in new


def test_an_absent_neighbour_lends_the_look_of_its_row_or_column() -> None:
    """Where the neighbour has no cell, a new one starts from what the row or the column shows."""
    rows = '<row r="1" s="7" customFormat="1"/><row r="2" s="7"/><row r="3"/>'
    before = '<cols><col min="2" max="3" width="9" style="5"/></cols>'
    new = put(rows, column(3, {1: 1, 2: 2, 3: 3, 4: 4}, like=9), before=before)
    assert new == (
        '<row r="1" s="7" customFormat="1"><c r="C1" s="107"><v>1</v></c></row>'
        '<row r="2" s="7"><c r="C2" s="105"><v>2</v></c></row>'
        '<row r="3"><c r="C3" s="105"><v>3</v></c></row>'
        '<row r="4"><c r="C4" s="105"><v>4</v></c></row>'
    )


def test_attributes_may_stand_in_any_order() -> None:
    """A neighbour whose format stands behind its type lends it all the same."""
    rows = '<row r="2"><c t="s" s="3" r="A2"><v>1</v></c><c r="B2" t="s" s="4"><v>1</v></c></row>'
    edits = [column(3, {2: 1}, like=1), column(4, {2: 2}, like=2)]
    assert put(rows, *edits) == rows.replace(
        "</row>", '<c r="C2" s="103"><v>1</v></c><c r="D2" s="104"><v>2</v></c></row>'
    )


def test_a_second_time_changes_nothing() -> None:
    """Cells that hold the value already are left as they are, byte for byte."""
    part = worksheet('<row r="1"><c r="A1" s="3"/></row>').encode()
    edits = [column(2, {1: "x", 2: 5}), column(3, {1: date(2026, 1, 1), 2: None})]
    once = patch(part, edits, widths={2: 9}).part
    twice: Patched = patch(once, edits)
    assert twice.part == once
    assert twice.splices == ()


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ('<row r="3"/><row r="2"/>', "rows out of order"),
        ('<row r="2"><c r="C2"/><c r="A2"/><!-- x --></row>', "cells of a row out of order"),
    ],
)
def test_a_sheet_out_of_order_is_refused(rows: str, complaint: str) -> None:
    """Excel refuses rows and cells out of order, so a sheet that has them is not patched."""
    with pytest.raises(xml.XmlError, match=complaint):
        patch(worksheet(rows).encode(), [column(4, {2: 1, 3: 1})])


def test_what_is_no_worksheet_is_refused() -> None:
    """A chart sheet holds no cells to write."""
    with pytest.raises(xml.XmlError, match="is no worksheet"):
        patch(b"<chartsheet><sheetViews/></chartsheet>", [column(1, {1: 1})])
