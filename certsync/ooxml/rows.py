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


_EMPTY = b"/>"
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
        self.row = re.compile(rb'<%brow(?: r="(\d+)")?(?=[\s/>])(%b)(/?)>' % (p, _ATTRIBUTES))
        self.row_end = b"</%brow" % prefix
        self.cell = re.compile(
            rb"<%bc(?=[\s/>])(%b)(?:/>|>(.*?)</%bc\s*>)" % (p, _ATTRIBUTES, p), re.DOTALL
        )
        self.cell_start = b'<%bc r="' % prefix
        self.formula = re.compile(rb"<%bf[\s/>]" % p)
        # What nearly every cell looks like behind its reference: no formula, nothing unusual.
        usual = (
            rb'(?: s="(\d+)")?(?: t="[a-zA-Z]+")?(?:/>|>'
            rb"(?:<%bv>[^<]*</%bv>|<%bis><%bt(?: [^>]*)?>[^<]*</%bt></%bis>)?</%bc>)" % ((p,) * 7)
        )
        self.usual = re.compile(usual)
        self.usual_style = re.compile(rb'(?: s="(\d+)")?(?: t="[a-zA-Z]+")?/?>')
        self.last = re.compile(rb'<%bc r="([A-Z]+)\d+"' % p + usual)


_grammar = lru_cache(maxsize=16)(_Grammar)


class _Column:
    """One column to write: how its cells begin and end, and the formats they take."""

    def __init__(self, source: CellColumn, prefix: bytes, epoch_1904: bool) -> None:
        @lru_cache(maxsize=2**16, typed=True)
        def tail(value: Value) -> bytes:
            kind, content = rendered(value, prefix, epoch_1904=epoch_1904)
            return b"%b>%b</%bc>" % (kind, content, prefix) if content else _EMPTY

        self.number = source.column
        self.like = source.like
        self.like_head = b'<%bc r="%b' % (prefix, column_letters(source.like).encode())
        self.head = b'<%bc r="%b' % (prefix, column_letters(source.column).encode())
        self.tails = zip(source.rows, map(tail, source.values), strict=True)
        self.new = lru_cache(maxsize=4096)(lambda base: _style(source.restyle(base)))
        self.kept = lru_cache(maxsize=4096)(lambda old: _style(source.keep(int(old or 0))))


_Puts = Sequence[tuple[_Column, bytes]]
"""What to put into one row, from left to right: columns and how their cells end."""


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
    wanted: dict[int, list[tuple[_Column, bytes]]] = {}
    for source in sorted(columns, key=lambda c: c.column):
        column = _Column(source, data.prefix, epoch_1904)
        for row, tail in column.tails:
            wanted.setdefault(row, []).append((column, tail))
    pending = sorted(wanted)
    rows = _Rows(part, data.prefix, column_style, locked)
    splices: list[xml.Splice] = []
    at, number = 0, 0
    for tag in rows.grammar.row.finditer(part, data.inner, data.close):
        before, number = number, rows.number(tag, number)
        if number <= before:
            raise xml.XmlError("lists its rows out of order")
        missing = at
        while at < len(pending) and pending[at] < number:
            at += 1
        if missing < at:
            new = b"".join(rows.added(n, wanted[n]) for n in pending[missing:at])
            splices.append((tag.start(), tag.start(), new))
        if at < len(pending) and pending[at] == number:
            splices += rows.edited(number, tag, wanted[number])
            at += 1
    if new := b"".join(rows.added(n, wanted[n]) for n in pending[at:]):
        splices.append(xml.appended(part, data, new))
    return Patch(tuple(splices), frozenset(rows.skipped))


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

    def number(self, tag: re.Match[bytes], before: int) -> int:
        """The number of a row; one without follows the row before."""
        if tag[1]:
            return int(tag[1])
        named = _ROW_NUMBER.search(tag[2])
        return int(named[1]) if named else before + 1

    def added(self, number: int, puts: _Puts) -> bytes:
        """A row that the part lacks; empty if none of its cells has a value."""
        cells = b"".join(
            b'%b%d"%b%b' % (c.head, number, c.new(self.column_style(c.number)), tail)
            for c, tail in puts
            if tail != _EMPTY
        )
        if not cells:
            return b""
        return b'<%brow r="%d">%b</%brow>' % (self.prefix, number, cells, self.prefix)

    def edited(self, number: int, tag: re.Match[bytes], puts: _Puts) -> list[xml.Splice]:
        """The splices of one row whose start tag is given."""
        part, digits = self.part, b'%d"' % number
        start = end = tag.end()
        if not tag[3]:
            end = part.find(self.grammar.row_end, start)
        if self.locked:
            puts = self._free(number, puts)
        splices: list[xml.Splice] = []
        added: list[tuple[_Column, bytes]] = []
        at = start
        for index, (column, tail) in enumerate(puts):
            head = column.head + digits
            # Our columns are the last of a row or stand side by side: look there first.
            here = part.find(head, at, end) if at > start else part.rfind(head, start, end)
            usual = self.grammar.usual.match(part, here + len(head), end) if here >= 0 else None
            if usual is not None:
                at = usual.end()
                new = head + column.kept(usual[1]) + tail
                if part[here:at] != new:
                    _add(splices, here, at, new)
                continue
            at, cell = self._place(column.number, here, start, end)
            if cell is None:
                # At the end of the row stand this column and all that follow.
                group = puts[index:] if at == end else [(column, tail)]
                group = [put for put in group if put[1] != _EMPTY]
                if group:
                    _add(splices, at, at, self._new(group, digits, tag, end))
                    added += group
                if at == end:
                    break
            elif cell.formula:
                self.skipped.add((number, column.number))
            else:
                new = head + column.kept(cell.style) + cell.others + tail
                if part[at : cell.end] != new:
                    _add(splices, at, cell.end, new)
                at = cell.end
        if added:
            if tag[3]:
                ((_, _, cells),) = splices
                splices = [(end - 2, end, b">%b</%brow>" % (cells, self.prefix))]
            if wider := _widened(tag[2], added[0][0].number, added[-1][0].number):
                first, last, new = wider
                splices.insert(0, (tag.start(2) + first, tag.start(2) + last, new))
        return splices

    def _new(self, puts: _Puts, digits: bytes, tag: re.Match[bytes], end: int) -> bytes:
        """Cells of a row that did not exist, side by side."""
        looks: dict[int, int | None] = {}
        cells: list[bytes] = []
        for column, tail in puts:
            if column.like not in looks:
                looks[column.like] = self._look(column, digits, tag, end)
            base = looks[column.like]
            style = column.new(self.column_style(column.number) if base is None else base)
            cells += (column.head, digits, style, tail)
        return b"".join(cells)

    def _free(self, number: int, puts: _Puts) -> _Puts:
        """Those cells of a row that are not locked; the others are skipped."""
        locked = {c.number for c, _ in puts if any((number, c.number) in a for a in self.locked)}
        self.skipped |= {(number, column) for column in locked}
        return [(c, tail) for c, tail in puts if c.number not in locked]

    def _place(self, column: int, here: int, start: int, end: int) -> tuple[int, _Cell | None]:
        """Where a cell of the row's `start:end` stands, or is to be put.

        `here` is where it seems to begin, -1 if it is nowhere to be seen.
        """
        part, grammar = self.part, self.grammar
        if here >= 0 and (cell := grammar.cell.match(part, here, end)):
            return here, self._read(cell)
        last = part.rfind(grammar.cell_start, start, end)
        ending = grammar.last.match(part, last, end) if last >= 0 else None
        if start == end or (
            ending and ending.end() == end and column_number(ending[1].decode()) < column
        ):
            return end, None
        return self._listed(column, start, end)

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

    def _look(self, column: _Column, digits: bytes, tag: re.Match[bytes], end: int) -> int | None:
        """The format that the cell to be like has, or the row; None if neither has one."""
        head = column.like_head + digits
        at = self.part.find(head, tag.end(), end)
        if at >= 0 and (usual := self.grammar.usual_style.match(self.part, at + len(head), end)):
            return int(usual[1] or 0)
        _, cell = self._listed(column.like, tag.end(), end)
        if cell is not None:
            return int(cell.style or 0)
        style = _STYLE.search(tag[2]) if _CUSTOM_FORMAT.search(tag[2]) else None
        return int(style[1]) if style else None


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
def _widened(attributes: bytes, first: int, last: int) -> xml.Splice | None:
    """The splice in a row's attributes that lets its `spans` hold these columns, if any does."""
    spans = _SPANS.search(attributes)
    ends = [int(end) for end in spans[1].replace(b":", b" ").split()] if spans else []
    if spans is None or not ends or (min(ends) <= first and last <= max(ends)):
        return None
    return spans.start(1), spans.end(1), b"%d:%d" % (min(*ends, first), max(*ends, last))
