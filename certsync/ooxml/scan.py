"""What a worksheet part says beyond plain values: its extent, formulas, errors, padded numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from certsync.ooxml import xml
from certsync.ooxml.ranges import area, column_number
from certsync.sheets.padding import Padding, padding
from certsync.sheets.padding import padded as shown
from certsync.sheets.snapshot import UNCALCULATED, CellError, Value

Cell = tuple[int, int]
"""Row and column, 1-based."""

# An array formula over more cells than this is reported by its first cell alone.
_LARGEST_ARRAY = 100_000


@dataclass(frozen=True)
class Extent:
    """How far the cells of a part reach. `regular` is False where rows or cells lack references."""

    rows: int
    columns: int
    regular: bool


@dataclass(frozen=True)
class Overlay:
    """Formulas (column -> rows), and cells whose value shows only in the part itself."""

    formulas: Mapping[int, list[int]] = field(default_factory=dict)
    values: Mapping[Cell, Value] = field(default_factory=dict)


def extent(part: bytes) -> Extent:
    """How far the cells of a worksheet part reach, empty ones included. `part` is shaded."""
    p = re.escape(xml.root(part).prefix)
    numbers = re.findall(rb'<%brow(?: r="(\d+)"|[\s/>])' % p, part)
    rows = max((int(number or 0) for number in numbers), default=0)
    # Columns A to Z need no look at each. A reference with more digits than any row has lies.
    digits = len(str(rows))
    wide = re.findall(
        rb'<%bc(?: r="([A-Z]{2,3})\d{1,%d}"|(?! r="[A-Z]\d{1,%d}")[\s/>])' % (p, digits, digits),
        part,
    )
    columns = max((column_number(letters.decode()) for letters in set(wide)), default=26)
    return Extent(rows, max(columns, 26), b"" not in numbers and b"" not in wide)


def valued_extent(part: bytes) -> tuple[Extent, int]:
    """How far the cells with content reach, and how many there are. `part` is regular."""
    p = re.escape(xml.root(part).prefix)
    rows, columns, count = set(), set(), 0
    for match in re.finditer(rb'<%bc r="([A-Z]+)(\d+)"[^>]*(?<!/)>' % p, part):
        columns.add(match[1])
        rows.add(match[2])
        count += 1
    last = max((column_number(letters.decode()) for letters in columns), default=0)
    return Extent(max(map(int, rows), default=0), last, regular=True), count


def padded_formats(styles: bytes) -> dict[int, Padding]:
    """Cell formats that show whole numbers with leading zeros: format -> (prefix, digits)."""
    shaded = xml.shade(styles)
    codes = {}
    for element in _children(shaded, b"numFmts"):
        values = xml.attributes_of(shaded, element)
        if how := padding(values.get("formatCode", "")):
            codes[values.get("numFmtId")] = how
    if not codes:
        return {}
    formats = (xml.attributes_of(shaded, e).get("numFmtId") for e in _children(shaded, b"cellXfs"))
    return {xf: codes[number] for xf, number in enumerate(formats) if number in codes}


def overlay(part: bytes, padded: Mapping[int, Padding], is_date: Callable[[int], bool]) -> Overlay:
    """What the quick reader cannot tell of a regular worksheet part.

    Args:
        part: The part, shaded.
        padded: Its workbook's `padded_formats`.
        is_date: True for a cell format that shows a date.
    """
    p = re.escape(xml.root(part).prefix)
    formulas, values = _formulas(part, p) if part.find(b"</%bf>" % p) >= 0 else ({}, {})
    cell = rb'<%bc r="([A-Z]+)(\d+)"' % p
    formula = rb"\s*(?:<%bf(?:\s[^>]*)?(?:(?<=/)>|>[^<]*</%bf>))?\s*" % (p, p)
    if part.find(b't="e"') >= 0:
        error = rb'[^>]*\st="e"[^>]*>%b<%bv>([^<]*)' % (formula, p)
        for letters, row, code in re.findall(cell + error, part):
            values[_place(letters, row)] = CellError(code.decode().strip())
    number = rb' s="(\d+)"(?: t="n")?>%b<%bv>' % (formula, p)
    if padded:
        for letters, row, style, digits in re.findall(cell + number + rb"(\d+)(?:\.0*)?<", part):
            if int(style) in padded:
                values[_place(letters, row)] = shown(int(digits), padded[int(style)])
    if part.find(b"<%bv>-" % p) >= 0:
        for letters, row, style, negative in re.findall(cell + number + rb"(-[^<]*)<", part):
            if is_date(int(style)):
                values[_place(letters, row)] = float(negative)
    return Overlay(formulas, values)


def frozen_rows(part: bytes) -> int:
    """The last of the rows that stay in view at the top; 0 for none. `part` is shaded."""
    view = xml.descend(part, b"sheetViews", b"sheetView")
    pane = xml.child(part, view, b"pane") if view else None
    if view is None or pane is None:
        return 0
    values = xml.attributes_of(part, pane)
    if values.get("state") not in ("frozen", "frozenSplit"):
        return 0
    first = area(xml.attributes_of(part, view).get("topLeftCell", "A1"))
    return xml.whole(values.get("ySplit")) + (first.top - 1 if first else 0)


def _formulas(part: bytes, p: bytes) -> tuple[dict[int, list[int]], dict[Cell, Value]]:
    """Formulas by column, and the cells among them that hold no calculated value."""
    pattern = re.compile(
        rb'<%bc r="([A-Z]+)(\d+)"([^>]*)>\s*<%bf(?=[\s/>])([^>]*)(?:(?<=/)>|>[^<]*</%bf>)\s*'
        rb"(?:<%bv(?:\s[^>]*)?(?<!/)>([^<]*))?" % (p, p, p, p)
    )
    cells: set[Cell] = set()
    values: dict[Cell, Value] = {}
    for letters, row, attributes, kind, value in pattern.findall(part):
        place = _place(letters, row)
        cells.add(place)
        if not value and b't="str"' not in attributes:
            values[place] = UNCALCULATED
        if kind and (b"array" in kind or b"dataTable" in kind):
            cells |= _array(kind)
    formulas: dict[int, list[int]] = {}
    for row_number, column in sorted(cells):
        formulas.setdefault(column, []).append(row_number)
    return formulas, values


def _array(attributes: bytes) -> set[Cell]:
    """The cells that one array formula fills."""
    values = xml.attributes(b"<f " + attributes.removesuffix(b"/") + b">")
    block = area(values.get("ref", ""))
    if block is None:
        return set()
    rows, columns = range(block.top, block.bottom + 1), range(block.left, block.right + 1)
    if len(rows) * len(columns) > _LARGEST_ARRAY:
        return set()
    return {(row, column) for row in rows for column in columns}


def _place(letters: bytes, row: bytes) -> Cell:
    return int(row), column_number(letters.decode())


def _children(part: bytes, name: bytes) -> Iterator[xml.Element]:
    parent = xml.descend(part, name)
    return xml.children(part, parent) if parent else iter(())
