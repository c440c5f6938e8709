"""The rows of a worksheet part: cells put into them, everything else as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from certsync.ooxml import xml
from certsync.ooxml.ranges import column_number
from certsync.ooxml.spelling import (
    CUSTOM_FORMAT,
    OWN,
    REFERENCE,
    ROW_NUMBER,
    STYLE,
    Spelling,
    spelling,
    widened,
)
from certsync.ooxml.writing import EMPTY, CellColumn, Style, Writing
from certsync.sheets.snapshot import Area


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


_Puts = Sequence[tuple[Writing, bytes]]
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
    wanted: dict[int, list[tuple[Writing, bytes]]] = {}
    for source in sorted(columns, key=lambda c: c.column):
        column = Writing(source, data.prefix, epoch_1904=epoch_1904)
        for row, tail in column.tails():
            wanted.setdefault(row, []).append((column, tail))
    pending = sorted(wanted)
    rows = _Rows(part, data.prefix, column_style, locked)
    splices: list[xml.Splice] = []
    at, number = 0, 0
    for tag in rows.spelling.row.finditer(part, data.inner, data.close):
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
        self.spelling: Spelling = spelling(prefix)
        self.column_style = column_style
        self.locked = locked
        self.skipped: set[tuple[int, int]] = set()

    def number(self, tag: re.Match[bytes], before: int) -> int:
        """The number of a row; one without follows the row before."""
        if tag[1]:
            return int(tag[1])
        named = ROW_NUMBER.search(tag[2])
        return int(named[1]) if named else before + 1

    def added(self, number: int, puts: _Puts) -> bytes:
        """A row that the part lacks; empty if none of its cells has a value."""
        cells = b"".join(
            b'%b%d"%b%b' % (c.head, number, c.new(self.column_style(c.number)), tail)
            for c, tail in puts
            if tail != EMPTY
        )
        if not cells:
            return b""
        return b'<%brow r="%d">%b</%brow>' % (self.prefix, number, cells, self.prefix)

    def edited(self, number: int, tag: re.Match[bytes], puts: _Puts) -> list[xml.Splice]:
        """The splices of one row whose start tag is given."""
        part, digits = self.part, b'%d"' % number
        start = end = tag.end()
        if not tag[3]:
            end = part.find(self.spelling.row_end, start)
        if self.locked:
            puts = self._free(number, puts)
        splices: list[xml.Splice] = []
        added: list[tuple[Writing, bytes]] = []
        at = start
        for index, (column, tail) in enumerate(puts):
            head = column.head + digits
            # Our columns are the last of a row or stand side by side: look there first.
            here = part.find(head, at, end) if at > start else part.rfind(head, start, end)
            usual = self.spelling.usual.match(part, here + len(head), end) if here >= 0 else None
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
                group = [put for put in group if put[1] != EMPTY]
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
            if wider := widened(tag[2], added[0][0].number, added[-1][0].number):
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
        part, spelt = self.part, self.spelling
        if here >= 0 and (cell := spelt.cell.match(part, here, end)):
            return here, self._read(cell)
        last = part.rfind(spelt.cell_start, start, end)
        ending = spelt.last.match(part, last, end) if last >= 0 else None
        if start == end or (
            ending and ending.end() == end and column_number(ending[1].decode()) < column
        ):
            return end, None
        return self._listed(column, start, end)

    def _read(self, cell: re.Match[bytes]) -> _Cell:
        style = STYLE.search(cell[1])
        formula = bool(cell[2] and self.spelling.formula.search(cell[2]))
        others = OWN.sub(b"", cell[1]).rstrip()
        return _Cell(cell.start(), cell.end(), style[1] if style else None, others, formula)

    def _listed(self, wanted: int, start: int, end: int) -> tuple[int, _Cell | None]:
        """The cell of a column, or the place to put it; one without reference follows the last."""
        column, place = 0, start
        for cell in self.spelling.cell.finditer(self.part, start, end):
            before, named = column, REFERENCE.search(cell[1])
            column = column_number(named[1].decode()) if named else column + 1
            if column <= before:
                raise xml.XmlError("lists the cells of a row out of order")
            if column >= wanted:
                return cell.start(), self._read(cell) if column == wanted else None
            place = cell.end()
        return place, None

    def _look(self, column: Writing, digits: bytes, tag: re.Match[bytes], end: int) -> int | None:
        """The format that the cell to be like has, or the row; None if neither has one."""
        head = self.spelling.cell_start + column.like_letters + digits
        at = self.part.find(head, tag.end(), end)
        if at >= 0 and (usual := self.spelling.usual_style.match(self.part, at + len(head), end)):
            return int(usual[1] or 0)
        _, cell = self._listed(column.like, tag.end(), end)
        if cell is not None:
            return int(cell.style or 0)
        style = STYLE.search(tag[2]) if CUSTOM_FORMAT.search(tag[2]) else None
        return int(style[1]) if style else None


def _add(splices: list[xml.Splice], start: int, end: int, new: bytes) -> None:
    """Append a splice, as one with the last if they touch."""
    if splices and splices[-1][1] == start:
        before = splices[-1]
        splices[-1] = (before[0], end, before[2] + new)
    else:
        splices.append((start, end, new))
