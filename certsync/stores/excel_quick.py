"""Worksheets read by calamine from a lean copy of the workbook, large ones in pieces at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from certsync.ooxml import archive, xml
from certsync.sheets.snapshot import Value
from certsync.stores.grid import Grid

_PIECE = 4 << 20
_MOST_LANES = 4
_HEAD = 4096
_COUNT = re.compile(rb"\s(?:uniqueCount|count)\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*')")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass(frozen=True)
class Book:
    """What all sheets of a workbook share, in UTF-8: formats, texts, and where dates begin."""

    styles: bytes | None
    strings: bytes | None
    epoch_1904: bool


class QuickSheets:
    """Sheets on their way. Reading goes on in threads of its own, without Python's lock.

    The copy holds nothing but what is read here, unpacked and checked before, so that neither a
    part that lies about its size nor an unusual name or place is any matter.

    Args:
        book: What the sheets share.
        sheets: Worksheet parts whose cells all name their place, each with its shaded form.
    """

    def __init__(self, book: Book, sheets: Sequence[tuple[bytes, bytes]]) -> None:
        size = sum(len(part) for part, _ in sheets)
        lanes = max(1, min(os.cpu_count() or 1, _MOST_LANES, size // _PIECE))
        pieces = [_cut(part, shaded, lanes) for part, shaded in sheets]
        self._sheets: list[list[Future[CalamineSheet | None]]] = [[] for _ in sheets]
        for lane in range(lanes):
            own = [(i, cut[lane]) for i, cut in enumerate(pieces) if lane < len(cut)]
            pool = ThreadPoolExecutor(1)
            opened = pool.submit(_opened, _copy(book, [piece for _, piece in own]))
            for place, (index, _) in enumerate(own):
                self._sheets[index].append(pool.submit(_sheet, opened, place))
            pool.shutdown(wait=False)

    def grid(self, index: int) -> Grid | None:
        """The cells of a sheet; None if calamine cannot read it."""
        sheets = [future.result() for future in self._sheets[index]]
        found = [sheet for sheet in sheets if sheet is not None]
        return _joined(found) if len(found) == len(sheets) else None


def _opened(copy: bytes) -> CalamineWorkbook | None:
    try:
        return CalamineWorkbook.from_filelike(BytesIO(copy))
    except CalamineError:
        return None


def _sheet(opened: Future[CalamineWorkbook | None], index: int) -> CalamineSheet | None:
    book = opened.result()
    try:
        return book.get_sheet_by_index(index) if book else None
    except CalamineError:
        return None


def _cut(part: bytes, shaded: bytes, lanes: int) -> list[bytes]:
    """A worksheet part in up to `lanes` parts with some of its rows each."""
    data = xml.descend(shaded, b"sheetData")
    # Text may stand in what is shaded, so such a part is left whole.
    if lanes == 1 or len(part) < _PIECE or data is None or part is not shaded:
        return [part]
    root = xml.root(part)
    row = b"<%brow " % root.prefix
    step = (data.close - data.inner) // lanes
    cuts = [part.find(row, data.inner + step * lane, data.close) for lane in range(1, lanes)]
    places = [data.inner, *(cut for cut in cuts if cut > 0), data.close]
    head = part[root.start : root.inner] + b"<%b>" % data.name
    tail = b"</%b></%b>" % (data.name, root.name)
    return [b"".join((head, part[start:end], tail)) for start, end in pairwise(places)]


def _copy(book: Book, sheets: Sequence[bytes]) -> bytes:
    """A workbook of these worksheets, nothing in it packed."""
    numbers = range(1, len(sheets) + 1)
    parts = {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in zip(numbers, sheets, strict=True)}
    links = "".join(_linked(f"s{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    for name, content in (("styles", book.styles), ("sharedStrings", book.strings)):
        if content is not None:
            # calamine makes room for as many as a count says, however many there are.
            head = content if name == "styles" else content[:_HEAD]
            parts[f"xl/{name}.xml"] = _COUNT.sub(b"", head) + content[len(head) :]
            links += _linked(name, name, f"{name}.xml")
    listed = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="s{n}"/>' for n in numbers)
    parts["xl/_rels/workbook.xml.rels"] = _rels(links)
    parts["_rels/.rels"] = _rels(_linked("b", "officeDocument", "xl/workbook.xml"))
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}">'
        f'<workbookPr date1904="{book.epoch_1904:d}"/><sheets>{listed}</sheets></workbook>'
    ).encode()
    parts["[Content_Types].xml"] = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="xml" ContentType="{_SHEETML}.worksheet+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETML}.sheet.main+xml"/></Types>'
    ).encode()
    return archive.stored(parts)


def _linked(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_LINK}/{kind}" Target="{target}"/>'


def _rels(links: str) -> bytes:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'.encode()


def _joined(sheets: Sequence[CalamineSheet]) -> Grid:
    """The cells of a sheet that was read in pieces, in the order of its rows."""
    places = [(sheet.start, sheet.end, sheet) for sheet in sheets]
    filled = [(start, end, sheet) for start, end, sheet in places if start and end]
    if not filled:
        return Grid([])
    left = min(start[1] for start, _, _ in filled)
    right = max(end[1] for _, end, _ in filled)
    top = filled[0][0][0]
    rows: list[list[Value]] = []
    for start, end, sheet in filled:
        blank: list[Value] = [None] * (right - left + 1)
        rows += (blank[:] for _ in range(start[0] - top - len(rows)))
        # calamine gives "" for an empty cell; what else is one, the overlay knows.
        read: list[list[Value]]
        read = [[None if v == "" else v for v in row] for row in sheet.to_python()]
        if start[1] > left or end[1] < right:
            before: list[Value] = [None] * (start[1] - left)
            behind: list[Value] = [None] * (right - end[1])
            read = [before + row + behind for row in read]
        rows += read
    return Grid(rows, top + 1, left + 1)
