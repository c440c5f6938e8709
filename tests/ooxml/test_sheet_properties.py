"""Any edit of any sheet: three readers see exactly the planned cells, and nothing else moved."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree

import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from certsync.ooxml import styles, xml
from certsync.ooxml.append import append_columns
from certsync.ooxml.package import Package
from certsync.ooxml.ranges import column_number
from certsync.ooxml.rows import put_cells
from certsync.ooxml.sheet import patch
from certsync.ooxml.writing import CellColumn
from certsync.sheets.snapshot import Value, cell_ref, column_letters
from tests.ooxml.handmade import DATE, GENERAL, MAIN, worksheet

SHEET = "xl/worksheets/sheet1.xml"
COLUMNS = (1, 2, 3, 4, 5, 26, 27, 703)
Place = tuple[int, int]
# openpyxl does not undo the escapes of a cell's text.
_UNSEEN = re.compile(r"[\x00-\x1f]|_x[0-9A-Fa-f]{4}_|^_|\r")

texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00") | st.sampled_from('_x0A<&>"\r\n\t '),
    max_size=12,
)
numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6).map(lambda n: round(n, 6))
printable = st.text("abc XYZ=+-@'&<>\"é😀", min_size=1, max_size=9)
dates = st.dates(date(1900, 3, 1), date(9999, 12, 31))


@dataclass(frozen=True)
class Writing:
    """One way to write a sheet: its prefix, quote and blanks, and what may be left out."""

    prefix: str
    quote: str
    blank: str
    implied: bool
    spans: bool


writings = st.builds(
    Writing,
    st.sampled_from(["", "x:"]),
    st.sampled_from(['"', "'"]),
    st.sampled_from(["", " ", "\n  "]),
    st.booleans(),
    st.booleans(),
)
contents = st.sampled_from(
    [
        "/>",
        "><v>7</v></c>",
        ' t="str"><v>"quoted" r="C3"</v></c>',
        ' t="inlineStr"><is><r><rPr><charset val="1"></charset></rPr><t>a</t></r></is></c>',
        "><f>1+1</f><v>2</v></c>",
        ' t="b"><v>1</v></c>',
        ' vm="1"><v>3</v><extLst/></c>',
    ]
)
sheets = st.dictionaries(
    st.integers(1, 9), st.dictionaries(st.sampled_from(COLUMNS), contents, max_size=5), max_size=6
)
edits = st.dictionaries(
    st.sampled_from((*COLUMNS, 28)),
    st.dictionaries(st.integers(1, 11), st.none() | numbers | texts, max_size=6)
    | st.dictionaries(st.integers(1, 11), st.none() | dates, max_size=6),
    max_size=3,
)


def written(rows: Mapping[int, Mapping[int, str]], how: Writing) -> bytes:
    """A worksheet part; a cell's content is the end of its start tag and all behind it."""
    p, q, b = how.prefix, how.quote, how.blank
    lines = []
    last_row = 0
    for row, cells in sorted(rows.items()):
        line, last = "", 0
        for column, content in sorted(cells.items()):
            place = f" r={q}{cell_ref(row, column)}{q}"
            if how.implied and column == last + 1:
                place = ""
            content = re.sub(r"<(/?)(?=\w)", rf"<\1{p}", content.replace(" r=", " R="))
            line += f"{b}<{p}c{place} s={q}{column % 3}{q}{content}"
            last = column
        number = "" if how.implied and row == last_row + 1 else f" r={q}{row}{q}"
        spans = f" spans={q}{min(cells)}:{max(cells)}{q}" if how.spans and cells else ""
        lines.append(f"{b}<{p}row{number}{spans}>{line}{b}</{p}row>")
        last_row = row
    return (
        re.sub(r"<(/?)(?=worksheet|sheetData)", rf"<\1{p}", worksheet("".join(lines) + b))
        .replace("xmlns=", f"xmlns:{p[:-1]}=" if p else "xmlns=")
        .encode()
    )


def by_xlsxwriter(grid: list[list[Value]]) -> bytes:
    """A workbook of these values as XlsxWriter writes it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False}) as w:
        sheet = w.add_worksheet()
        days = w.add_format({"num_format": "yyyy-mm-dd"})
        for row, values in enumerate(grid):
            for column, value in enumerate(values):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, value, days)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif isinstance(value, int | float):
                    sheet.write_number(row, column, value)
    return stream.getvalue()


def by_openpyxl(grid: list[list[Value]]) -> bytes:
    """A workbook of these values as openpyxl writes it."""
    writer = Workbook()
    for row, values in enumerate(grid, start=1):
        for column, value in enumerate(values, start=1):
            cell = writer.worksheets[0].cell(row, column, value)  # type: ignore[arg-type] # plain values
            if isinstance(value, str):
                cell.data_type = "s"
    stream = io.BytesIO()
    writer.save(stream)
    return stream.getvalue()


def columns_of(wanted: Mapping[int, Mapping[int, Value]], days: int = DATE) -> list[CellColumn]:
    """The edits as the patcher takes them; dates get the format `days`."""
    return [
        CellColumn(
            number,
            sorted(cells),
            [cells[row] for row in sorted(cells)],
            1,
            (lambda _: days) if _has_dates(cells) else (lambda _: GENERAL),
            (lambda _: days) if _has_dates(cells) else (lambda _: GENERAL),
        )
        for number, cells in wanted.items()
    ]


def _has_dates(cells: Mapping[int, Value]) -> bool:
    return any(isinstance(value, date) for value in cells.values())


def cells(part: bytes) -> dict[Place, ElementTree.Element]:
    """Every cell of a part by its place; one without reference follows the one before."""
    found = {}
    row = 0
    for line in ElementTree.fromstring(part).iter(f"{{{MAIN}}}row"):
        assert int(line.get("r", row + 1)) > row, "rows stand in order"
        row, column = int(line.get("r", row + 1)), 0
        for cell in line.iter(f"{{{MAIN}}}c"):
            letters = re.match(r"[A-Z]*", cell.get("r", ""))
            before = column
            column = column_number(letters[0]) if letters and letters[0] else column + 1
            assert column > before, "cells stand in the order of their columns"
            found[row, column] = cell
    return found


def as_written(cell: ElementTree.Element) -> tuple[dict[str, str], list[bytes]]:
    """All there is in a cell but its reference."""
    attributes = {name: value for name, value in cell.attrib.items() if name != "r"}
    return attributes, [ElementTree.tostring(child) for child in cell]


def value_of(cell: ElementTree.Element | None) -> Value:
    """What a cell without formula holds, as a number or a text; None for nothing."""
    if cell is None:
        return None
    content = "".join(t.text or "" for t in cell.iter() if t.tag[-2:] in ("}v", "}t"))
    if cell.get("t") == "inlineStr":
        return re.sub(r"_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), content)
    return float(content) if content else None


def stored(value: Value) -> Value:
    """What a cell holds for a planned value: dates are serial numbers, odd halves are lost."""
    if isinstance(value, date):
        return float((value - date(1899, 12, 30)).days)
    return value


@given(sheets, edits, writings)
@settings(deadline=None, max_examples=200)
@example({1: {1: "/>"}}, {703: {1: "x"}, 1: {1: None}}, Writing("x:", "'", "\n", True, True))
@example({1: {3: "/>", 4: "/>"}}, {4: {1: 5}}, Writing("", '"', "", True, False))
@example({2: {2: "><f>1</f></c>"}}, {2: {2: 1.0}}, Writing("", '"', "", False, True))
def test_exactly_the_planned_cells_change(
    rows: dict[int, dict[int, str]], wanted: dict[int, dict[int, Value]], how: Writing
) -> None:
    """Cells of the plan hold its values; formulas and all other cells are what they were."""
    before = written(rows, how)
    result = patch(before, columns_of(wanted))
    old, new = cells(before), cells(result.part)
    planned = {(row, column): v for column, rows in wanted.items() for row, v in rows.items()}
    formulas = {
        place for place in planned if place in old and old[place].find(f"{{{MAIN}}}f") is not None
    }
    assert result.skipped == formulas
    for place, value in planned.items():
        if place not in formulas:
            assert value_of(new.get(place)) == stored(value), place
    untouched = (old.keys() | new.keys()) - (planned.keys() - formulas)
    for place in untouched:
        assert as_written(new[place]) == as_written(old[place]), place


@given(sheets, edits, writings)
@settings(deadline=None, max_examples=100)
def test_between_the_splices_every_byte_stays(
    rows: dict[int, dict[int, str]], wanted: dict[int, dict[int, Value]], how: Writing
) -> None:
    """A patch is the old part with some splices, and a second one finds nothing left to do."""
    before = written(rows, how)
    result = patch(before, columns_of(wanted))
    at = grown = 0
    for start, end, new in sorted(result.splices, key=lambda s: (s[0], s[1])):
        assert before[at:start] == result.part[at + grown : start + grown]
        assert result.part[start + grown :].startswith(new)
        at, grown = end, grown + len(new) - (end - start)
    assert before[at:] == result.part[at + grown :]
    assert patch(result.part, columns_of(wanted)).part == result.part


@given(sheets, writings, st.dictionaries(st.integers(1, 11), texts | numbers, min_size=1))
@settings(deadline=None, max_examples=100)
def test_a_column_appended_can_be_taken_out_again(
    rows: dict[int, dict[int, str]], how: Writing, added: dict[int, Value]
) -> None:
    """Without our cells, rows and hints a sheet is, byte for byte, the one before."""
    before = written(rows, how)
    after = patch(before, columns_of({704: added})).part
    assert without_column(after, 704, before) == without_hints(before)


@given(
    st.dictionaries(st.integers(1, 9), st.lists(contents, min_size=1, max_size=4), min_size=1),
    st.dictionaries(st.integers(5, 8), st.dictionaries(st.integers(1, 9), texts), min_size=1),
    writings,
)
@settings(deadline=None, max_examples=150)
def test_the_quick_way_does_what_the_other_does(
    grid: dict[int, list[str]], added: dict[int, dict[int, Value]], how: Writing
) -> None:
    """Columns behind all others are put in by whole columns or row by row, with one result."""
    rows = {row: dict(enumerate(cells, start=1)) for row, cells in grid.items()}
    part = written(rows, how)
    data = xml.descend(part, b"sheetData")
    assert data is not None
    wanted = columns_of(
        {c: {r: v for r, v in cells.items() if r in rows} for c, cells in added.items()}
    )
    quick = append_columns(part, data, wanted)
    if quick is None:
        return
    slow = put_cells(part, data, wanted)
    at_once = xml.splice(part, [(data.inner, data.close, quick)])
    assert without_hints(at_once) == without_hints(xml.splice(part, slow.splices))


def test_plain_sheets_go_the_quick_way() -> None:
    """A sheet as XlsxWriter writes it takes new columns at once, a column it has does not."""
    package = Package.open(by_xlsxwriter([["a", 1], ["b", 2]]))
    part = package.xml(SHEET)
    data = xml.descend(part, b"sheetData")
    assert data is not None
    assert append_columns(part, data, columns_of({3: {1: "x", 2: 5}})) is not None
    assert append_columns(part, data, columns_of({2: {1: "x", 2: 5}})) is None
    assert append_columns(part, data, columns_of({3: {1: "x", 9: 5}})) is None


@given(
    st.lists(st.lists(st.none() | numbers | printable | dates, max_size=5), max_size=6),
    edits,
    st.sampled_from([by_xlsxwriter, by_openpyxl]),
)
@settings(deadline=None, max_examples=60)
def test_other_readers_see_the_planned_cells(
    grid: list[list[Value]],
    wanted: dict[int, dict[int, Value]],
    build: Callable[[list[list[Value]]], bytes],
) -> None:
    """In workbooks of other writers, calamine and openpyxl read old and new cells alike."""
    package = Package.open(build(grid))
    look = styles.load(package)
    days = look.derive(0, number="yyyy-mm-dd")
    result = patch(package.xml(SHEET), columns_of(wanted, days))
    package.put(SHEET, result.part)
    styles.save(package, look)
    data = package.to_bytes()
    expected = {
        (row, column): value
        for row, values in enumerate(grid, start=1)
        for column, value in enumerate(values, start=1)
    }
    expected |= {(row, column): v for column, rows in wanted.items() for row, v in rows.items()}
    quick = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    seen = quick.to_python(skip_empty_area=False)
    slow = load_workbook(io.BytesIO(data)).worksheets[0]
    for (row, column), value in expected.items():
        inside = row <= len(seen) and column <= len(seen[0])
        found = seen[row - 1][column - 1] if inside else ""
        assert found == ("" if value is None else value), (row, column)
        if not isinstance(value, str) or not _UNSEEN.search(value):
            read = slow.cell(row, column).value
            read = read.date() if isinstance(read, datetime) else read
            assert (read or None) == (value or None), (row, column)


def without_hints(part: bytes) -> bytes:
    """A part without the hints at its extent, its empty rows written in one way."""
    part = re.sub(rb"\sspans=([\"'])[\d: ]*\1", b"", part)
    part = re.sub(rb"(<((?:\w+:)?(?:row|sheetData))\b[^>]*)></\2>", rb"\1/>", part)
    return re.sub(rb"(<(?:\w+:)?dimension ref=)([\"'])[^\"']*\2", rb"\1", part)


def without_column(part: bytes, column: int, before: bytes) -> bytes:
    """A part without hints, without the cells of a column, and without rows that only we made."""
    letters = column_letters(column).encode()
    p = re.escape(xml.root(part).prefix)
    cell = rb'<%bc r="%b\d+"[^>]*(?:(?<=/)>|>(?:(?!</%bc>).)*</%bc>)' % (p, letters, p, p)
    rows = re.compile(rb'<%brow r="(\d+)">(?:%b)+</%brow>' % (p, cell, p), re.DOTALL)
    known = set(re.findall(rb"<%brow[^>]* r=[\"'](\d+)" % p, before))
    part = rows.sub(lambda m: m[0] if m[1] in known else b"", part)
    part = re.sub(cell, b"", part, flags=re.DOTALL)
    return without_hints(part)
