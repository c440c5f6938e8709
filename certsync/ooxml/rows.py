"""The rows of a worksheet part: cells put into them, everything else as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from certsync.ooxml import xml
from certsync.ooxml.cells import rendered
from certsync.ooxml.ranges import Area, column_number
from certsync.sheets.snapshot import Value, column_letters

Style = Callable[[int], int]
"""From the number of one cell format to that of another."""


@dataclass(frozen=True)
class CellColumn:
    """New values for cells of one column; None empties a cell and keeps its look.

    `rows` and `values` run side by side. The format of a cell that exists passes
    through `keep`; a new cell takes that of column `like` in its row, passed through `restyle`.
    """

    column: int
    rows: Sequence[int]
    values: Sequence[Value]
    like: int
    restyle: Style
    keep: Style


@dataclass(frozen=True)
class Patch:
    """What to change in a part. `skipped` cells (row, column) hold a formula, which stays."""

    splices: tuple[xml.Splice, ...]
    skipped: frozenset[tuple[int, int]]


class _Cell(NamedTuple):
    """A cell of the part: its place, format number (if any), other attributes, and more."""

    start: int
    end: int
    style: bytes | None
    others: bytes = b""
    formula: bool = False


Body = tuple[bytes, bytes]
_ATTRIBUTES = rb"[^>\"'/]*(?:\"[^\"]*\"[^>\"'/]*|'[^']*'[^>\"'/]*)*"
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)\d+[\"']")
_STYLE = re.compile(rb"\ss\s*=\s*[\"'](\d+)[\"']")
_SPANS = re.compile(rb"\sspans\s*=\s*[\"']([\d:\s]*)[\"']")
_CUSTOM_FORMAT = re.compile(rb"\scustomFormat\s*=\s*[\"'](?:1|true|on)[\"']")
# The cell's place and format, and what describes only its old value.
_OWN = re.compile(rb"\s+(?:r|s|t|cm|vm|ph)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class _Grammar:
    """How rows and cells look in a part whose elements carry this prefix."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self.row = re.compile(rb"<%brow(?=[\s/>])(%b)(/?)>" % (p, _ATTRIBUTES))
        self.row_end = b"</%brow" % prefix
        self.cell = re.compile(
            rb"<%bc(?=[\s/>])(%b)(?:/>|>(.*?)</%bc\s*>)" % (p, _ATTRIBUTES, p), re.DOTALL
        )
        self.cell_start = b'<%bc r="' % prefix
        self.cell_end = b"</%bc>" % prefix
        self.formula = re.compile(rb"<%bf[\s/>]" % p)
        # What nearly every cell looks like behind its reference: no formula, nothing unusual.
        self.usual = re.compile(
            rb'(?: s="(\d+)")?(?: t="[a-zA-Z]+")?(?:/>|>'
            rb"(?:<%bv>[^<]*</%bv>|<%bis><%bt(?: [^>]*)?>[^<]*</%bt></%bis>)?</%bc>)" % ((p,) * 7)
        )
        self.usual_style = re.compile(rb'(?: s="(\d+)")?[ />]')
        self.letters = re.compile(rb'([A-Z]+)\d+"')


_grammar = lru_cache(maxsize=16)(_Grammar)


class _Column:
    """One column to write: the bodies of its cells by row, and the formats they take."""

    def __init__(self, source: CellColumn, prefix: bytes, epoch_1904: bool) -> None:
        @lru_cache(maxsize=2**16, typed=True)
        def body(value: Value) -> Body:
            return rendered(value, prefix, epoch_1904=epoch_1904)

        self.number = source.column
        self.like = source.like
        self.head = b'<%bc r="%b' % (prefix, column_letters(source.column).encode())
        self.bodies = dict(zip(source.rows, map(body, source.values), strict=True))
        self.new = lru_cache(maxsize=4096)(lambda base: _style(source.restyle(base)))
        self.kept = lru_cache(maxsize=4096)(lambda old: _style(source.keep(int(old or 0))))


def put_cells(
    part: bytes,
    data: xml.Element,
    columns: Sequence[CellColumn],
    *,
    epoch_1904: bool = False,
    locked: Sequence[Area] = (),
    column_style: Style = lambda _: 0,
) -> Patch:
    """The splices that put the values of `columns` into the rows of a worksheet.

    Args:
        part: The worksheet part, shaded.
        data: Its `sheetData` element.
        columns: What to write; no cell twice.
        epoch_1904: True if dates count from 1904.
        locked: Areas that belong to one array formula; their cells are skipped.
        column_style: The format of a column's cells where neither cell nor row names one.

    Raises:
        XmlError: The rows or the cells of a row are out of order.
    """
    ordered = sorted(columns, key=lambda c: c.column)
    todo = [_Column(c, data.prefix, epoch_1904) for c in ordered]
    pending = sorted(set().union(*(c.bodies for c in todo)))
    rows = _Rows(part, data.prefix, column_style, locked)
    splices: list[xml.Splice] = []
    at, number = 0, 0
    for tag in rows.grammar.row.finditer(part, data.inner, data.close):
        before, found = number, _ROW_NUMBER.search(tag[1])
        number = int(found[1]) if found else number + 1
        if number <= before:
            raise xml.XmlError("lists its rows out of order")
        missing = at
        while at < len(pending) and pending[at] < number:
            at += 1
        if missing < at:
            new = b"".join(rows.added(n, _puts(todo, n)) for n in pending[missing:at])
            splices.append((tag.start(), tag.start(), new))
        if at < len(pending) and pending[at] == number:
            splices += rows.edited(number, tag, _puts(todo, number))
            at += 1
    if new := b"".join(rows.added(n, _puts(todo, n)) for n in pending[at:]):
        splices.append(xml.appended(part, data, new))
    return Patch(tuple(splices), frozenset(rows.skipped))


def _puts(columns: Sequence[_Column], row: int) -> list[tuple[_Column, Body]]:
    """What to put into one row, from left to right."""
    return [(column, body) for column in columns if (body := column.bodies.get(row))]


class _Rows:
    """The rows of one part, edited one at a time."""

    def __init__(
        self, part: bytes, prefix: bytes, column_style: Style, locked: Sequence[Area]
    ) -> None:
        self.part = part
        self.prefix = prefix
        self.grammar: _Grammar = _grammar(prefix)
        self.column_style = column_style
        self.locked = locked
        self.skipped: set[tuple[int, int]] = set()

    def added(self, number: int, puts: Sequence[tuple[_Column, Body]]) -> bytes:
        """A row that the part lacks; empty if none of its cells has a value."""
        cells = b"".join(
            self._cell(b'%b%d"' % (c.head, number), c.new(self.column_style(c.number)), body)
            for c, body in puts
            if body[1]
        )
        if not cells:
            return b""
        return b'<%brow r="%d">%b</%brow>' % (self.prefix, number, cells, self.prefix)

    def edited(
        self, number: int, tag: re.Match[bytes], puts: Sequence[tuple[_Column, Body]]
    ) -> list[xml.Splice]:
        """The splices of one row whose start tag is given."""
        part, digits = self.part, b'%d"' % number
        start = end = tag.end()
        if not tag[2]:
            end = part.find(self.grammar.row_end, start)
        splices: list[xml.Splice] = []
        added: list[int] = []
        look: dict[int, int] = {}
        place = start
        for column, body in puts:
            head = column.head + digits
            place, cell = self._place(column.number, head, place, start, end)
            if self.locked and any((number, column.number) in area for area in self.locked):
                self.skipped.add((number, column.number))
            elif cell is None:
                if not body[1]:
                    continue
                if column.like not in look:
                    look[column.like] = self._look(column.like, number, tag, end)
                _add(splices, place, place, self._cell(head, column.new(look[column.like]), body))
                added.append(column.number)
            elif cell.formula:
                self.skipped.add((number, column.number))
            else:
                new = self._cell(head, column.kept(cell.style), body, cell.others)
                if part[cell.start : cell.end] != new:
                    _add(splices, cell.start, cell.end, new)
                place = cell.end
        if not added:
            return splices
        if tag[2]:
            cells = b"".join(new for _, _, new in splices)
            splices = [(tag.end() - 2, tag.end(), b">%b</%brow>" % (cells, self.prefix))]
        spans = _SPANS.search(tag[1])
        if spans and (wider := _widened(spans[1], added[0], added[-1])):
            at = tag.start(1)
            splices.insert(0, (at + spans.start(1), at + spans.end(1), wider))
        return splices

    def _place(
        self, column: int, head: bytes, after: int, start: int, end: int
    ) -> tuple[int, _Cell | None]:
        """Where a cell stands, or is to be put, behind `after` in the row's `start:end`."""
        part, grammar = self.part, self.grammar
        # Our columns are the last of a row or stand side by side: look there first.
        at = part.find(head, after, end) if after > start else part.rfind(head, start, end)
        if at >= 0:
            if usual := grammar.usual.match(part, at + len(head), end):
                return at, _Cell(at, usual.end(), usual[1])
            if cell := grammar.cell.match(part, at, end):
                return at, self._read(cell)
        last = 0 if start == end else self._last_column(start, end)
        return (
            (end, None) if last is not None and column > last else self._listed(column, start, end)
        )

    def _last_column(self, start: int, end: int) -> int | None:
        """The column of the cell that ends the row; None where a quick look does not tell."""
        part, grammar = self.part, self.grammar
        at = part.rfind(grammar.cell_start, start, end)
        named = grammar.letters.match(part, at + len(grammar.cell_start), end)
        if at < 0 or named is None:
            return None
        cell = grammar.usual.match(part, named.end(), end) or grammar.cell.match(part, at, end)
        return column_number(named[1].decode()) if cell and cell.end() == end else None

    def _read(self, cell: re.Match[bytes]) -> _Cell:
        style = _STYLE.search(cell[1])
        formula = bool(cell[2] and self.grammar.formula.search(cell[2]))
        others = _OWN.sub(b"", cell[1]).rstrip()
        return _Cell(cell.start(), cell.end(), style[1] if style else None, others, formula)

    def _listed(self, wanted: int, start: int, end: int) -> tuple[int, _Cell | None]:
        """The cell of a column, or the place to put it; one without reference follows the last."""
        column, place = 0, start
        for cell in self.grammar.cell.finditer(self.part, start, end):
            before, named = column, _REFERENCE.search(cell[1])
            column = column_number(named[1].decode()) if named else column + 1
            if column <= before:
                raise xml.XmlError("lists the cells of a row out of order")
            if column >= wanted:
                return cell.start(), self._read(cell) if column == wanted else None
            place = cell.end()
        return place, None

    def _look(self, column: int, number: int, tag: re.Match[bytes], end: int) -> int:
        """The format number of a cell of this row, or what an absent one would show."""
        head = b'%b%b%d"' % (self.grammar.cell_start, column_letters(column).encode(), number)
        at = self.part.find(head, tag.end(), end)
        if at >= 0 and (usual := self.grammar.usual_style.match(self.part, at + len(head), end)):
            return int(usual[1] or 0)
        _, cell = self._listed(column, tag.end(), end)
        if cell is not None:
            return int(cell.style or 0)
        style = _STYLE.search(tag[1]) if _CUSTOM_FORMAT.search(tag[1]) else None
        return int(style[1]) if style else self.column_style(column)

    def _cell(self, head: bytes, style: bytes, body: Body, others: bytes = b"") -> bytes:
        kind, content = body
        if content:
            return b"".join((head, style, kind, others, b">", content, self.grammar.cell_end))
        return b"".join((head, style, others, b"/>"))


def _add(splices: list[xml.Splice], start: int, end: int, new: bytes) -> None:
    """Append a splice, as one with the last if they touch."""
    if splices and splices[-1][1] == start:
        before = splices[-1]
        splices[-1] = (before[0], end, before[2] + new)
    else:
        splices.append((start, end, new))


@lru_cache(maxsize=4096)
def _style(number: int) -> bytes:
    return b' s="%d"' % number if number else b""


@lru_cache(maxsize=4096)
def _widened(spans: bytes, first: int, last: int) -> bytes | None:
    """A row's `spans` so that they hold these columns; None if they do (or hold nothing)."""
    ends = [int(end) for end in spans.replace(b":", b" ").split()]
    if not ends or (min(ends) <= first and last <= max(ends)):
        return None
    return b"%d:%d" % (min(*ends, first), max(*ends, last))
