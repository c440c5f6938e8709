"""New columns at the right edge of a plain sheet, put in with a few passes over all rows."""

from __future__ import annotations

from collections.abc import Sequence

from certsync.ooxml import xml
from certsync.ooxml.ranges import column_number
from certsync.ooxml.spelling import CUSTOM_FORMAT, Spelling, spelling, widened
from certsync.ooxml.writing import EMPTY, CellColumn, Style, Writing

_NO_CELL = b"none"


def append_columns(
    part: bytes,
    data: xml.Element,
    columns: Sequence[CellColumn],
    *,
    epoch_1904: bool = False,
    column_style: Style = lambda _: 0,
) -> bytes | None:
    """The rows of a worksheet with our cells behind the last ones of each.

    It does what `rows.put_cells` does, in half the time, where every row is there and ends left
    of our columns, and where all is written as nearly every program writes it.

    Args:
        part: The worksheet part, in which there is nothing to shade.
        data: Its `sheetData` element.
        columns: What to write; no cell twice.
        epoch_1904: True if dates count from 1904.
        column_style: The format of a column's cells where neither cell nor row names one.

    Returns:
        The new content of `sheetData`; None where the sheet is not as plain as that.
    """
    spelt = spelling(data.prefix)
    ordered = sorted((c for c in columns if len(c.rows)), key=lambda c: c.column)
    last_cell = spelt.last.match(part, max(part.rfind(spelt.cell_start, 0, data.close), 0))
    if not ordered or last_cell is None or _number(last_cell[1]) >= ordered[0].column:
        return None
    body, row_end = part[data.inner : data.close], spelt.row_end + b">"
    *rows, behind = body.split(row_end)
    tags = spelt.usual_row.findall(body)
    places = {int(number): place for place, (number, _) in enumerate(tags)}
    if not len(places) == len(tags) == len(rows) or list(places) != sorted(places):
        return None
    writings = [Writing(c, data.prefix, epoch_1904=epoch_1904) for c in ordered]
    tails = [dict(writing.tails()) for writing in writings]
    wanted = sorted(set().union(*tails))
    if not places.keys() >= {*wanted}:
        return None
    touched = [places[number] for number in wanted]
    texts = [rows[place] for place in touched]
    attributes = [tags[place][1] for place in touched]
    if not _all_end_before(writings[0].number, texts, spelt):
        return None
    looks = {
        like: _looks(like, texts, attributes, spelt) for like in {w.like_letters for w in writings}
    }
    cells = []
    for writing, ends in zip(writings, tails, strict=True):
        own = looks[writing.like_letters]
        if own is None:
            return None
        styles = {look: writing.new(int(look or 0)) for look in {*own} - {_NO_CELL}}
        styles[_NO_CELL] = writing.new(column_style(writing.number))
        head = writing.head
        cells.append(
            [
                b"" if (tail := ends.get(n, EMPTY)) == EMPTY else b'%b%d"%b%b' % (head, n, s, tail)
                for n, s in zip(wanted, map(styles.__getitem__, own), strict=True)
            ]
        )
    first, last = writings[0].number, writings[-1].number
    wider = {old: (old + b">", _wider(old, first, last) + b">") for old in {*attributes}}
    new_cells = map(b"".join, zip(*cells, strict=True))
    for place, old, new in zip(touched, attributes, new_cells, strict=True):
        if new:
            rows[place] = rows[place].replace(*wider[old], 1) + new
    return row_end.join((*rows, behind))


def _all_end_before(column: int, rows: Sequence[bytes], spelt: Spelling) -> bool:
    """True if the last cell of each row is a usual one and stands left of the column."""
    start, last = spelt.cell_start, spelt.last
    cells = [last.fullmatch(row, max(row.rfind(start), 0)) for row in rows]
    letters = {cell[1] for cell in cells if cell}
    return None not in cells and all(_number(ref) < column for ref in letters)


def _looks(
    like: bytes, rows: Sequence[bytes], attributes: Sequence[bytes], spelt: Spelling
) -> list[bytes | None] | None:
    """The format of each row's cell in column `like`, None for none given.

    A row without that cell has _NO_CELL. None for all if then the row itself has a format.
    """
    cell = spelt.styles_of(like)
    found = [cell.search(row) for row in rows]
    if None in found and any(CUSTOM_FORMAT.search(tag) for tag in {*attributes}):
        return None
    return [match[1] if match else _NO_CELL for match in found]


def _wider(attributes: bytes, first: int, last: int) -> bytes:
    change = widened(attributes, first, last)
    return xml.splice(attributes, [change]) if change else attributes


def _number(letters: bytes) -> int:
    return column_number(letters.decode())
