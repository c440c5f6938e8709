"""What is to be written into the columns of a worksheet, and how their cells are spelt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from certsync.ooxml.cells import rendered
from certsync.ooxml.spelling import style_attribute
from certsync.sheets.snapshot import Value, column_letters

Style = Callable[[int], int]
"""From the number of one cell format to that of another."""

EMPTY = b"/>"
"""How a cell without value ends."""


@dataclass(frozen=True)
class CellColumn:
    """New values for cells of one column; None empties a cell and keeps its look.

    `rows` and `values` run side by side. The format of a cell that exists passes through `keep`;
    a new cell takes that of column `like` in its row, passed through `restyle`.
    """

    column: int
    rows: Sequence[int]
    values: Sequence[Value]
    like: int
    restyle: Style
    keep: Style


class Writing:
    """One column to write: how its cells begin, and the formats they take."""

    def __init__(self, source: CellColumn, prefix: bytes, *, epoch_1904: bool) -> None:
        self._source = source
        self._prefix = prefix
        self._epoch_1904 = epoch_1904
        self.number = source.column
        self.like = source.like
        self.like_letters = column_letters(source.like).encode()
        self.head = b'<%bc r="%b' % (prefix, column_letters(source.column).encode())
        self.new = lru_cache(maxsize=4096)(lambda base: style_attribute(source.restyle(base)))
        self.kept = lru_cache(maxsize=4096)(lambda old: style_attribute(source.keep(int(old or 0))))

    def tails(self) -> Iterator[tuple[int, bytes]]:
        """Each row, and how its cell ends: type, value and end tag."""
        prefix, epoch_1904 = self._prefix, self._epoch_1904

        @lru_cache(maxsize=2**16, typed=True)
        def tail(value: Value) -> bytes:
            kind, content = rendered(value, prefix, epoch_1904=epoch_1904)
            return b"%b>%b</%bc>" % (kind, content, prefix) if content else EMPTY

        return zip(self._source.rows, map(tail, self._source.values), strict=True)
