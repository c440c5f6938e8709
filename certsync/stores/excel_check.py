"""A patched workbook looked through before it replaces the old one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate

from certsync.ooxml import archive, sparse, xml
from certsync.ooxml.cells import LONGEST, serial
from certsync.ooxml.writing import CellColumn
from certsync.sheets.snapshot import Value, cell_ref

# Of a long column so many cells are looked at, evenly spread, the first and the last among them.
_SAMPLE = 300
_SLICE = 1 << 19
# A part of more bytes is very large: a worksheet of about 15,000 rows of twenty cells.
_LARGE = 8 << 20
# So many different texts of a column are each looked at once.
_TEXTS = 1000
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
# Halves of characters, which no file can hold.
_LOST = re.compile("[\ud800-\udfff]")


class CheckFailed(Exception):
    """The patched workbook is not what the plan says; the text tells what is wrong."""


def check_part(name: str, content: bytes) -> None:
    """The part is well-formed XML.

    Of a very large worksheet everything around its rows is looked at here, and of the rows those
    that `check_cells` takes: the first with each text, and others evenly spread.
    """
    if not name.casefold().endswith((".xml", ".rels", ".vml")):
        return
    if len(content) > _LARGE and (rows := xml.descend(xml.shade(content), b"sheetData")):
        content = content[: rows.inner] + content[rows.close :]
    parser = ParserCreate()
    try:
        # In slices, so that another thread has its turn between them.
        for start in range(0, len(content), _SLICE):
            parser.Parse(content[start : start + _SLICE], False)
        parser.Parse(b"", True)
    except ExpatError as error:
        raise CheckFailed(f"{name} is not well-formed ({error})") from error


def check_cells(
    part: bytes,
    columns: Sequence[CellColumn],
    skipped: Collection[tuple[int, int]],
    *,
    epoch_1904: bool,
) -> None:
    """The cells of a worksheet part hold what was to be written.

    They are taken by another reader than the one that put them there.
    """
    sampled = {row for column in columns for row, _ in _sample(column)}
    try:
        found = _found(xml.shade(part), sampled)
    except ParseError as error:
        raise CheckFailed(f"a row is not well-formed ({error})") from error
    for column in columns:
        for row, value in _sample(column):
            place = row, column.column
            if place not in skipped and not _equal(found.get(place), value, epoch_1904):
                ref = cell_ref(*place)
                raise CheckFailed(f"{ref} holds {found.get(place)!r}, not {value!r}")


def check_archive(before: bytes, after: bytes, changed: Collection[str]) -> None:
    """Every part can be unpacked, and those that were not to change are byte for byte the old."""
    try:
        old = {m.text: m for m in archive.members(before)}
        new = {m.text: m for m in archive.members(after)}
        for name, member in new.items():
            if name in changed:
                archive.unpack(after, member)
            elif name not in old or _packed(after, member) != _packed(before, old[name]):
                raise CheckFailed(f"{name} changed")
        for name in old.keys() - new.keys() - set(changed):
            raise CheckFailed(f"{name} is missing")
    except archive.ZipError as error:
        raise CheckFailed(f"the new file {error}") from error


def _packed(data: bytes, member: archive.Member) -> bytes:
    return data[member.content : member.content + member.packed]


def _sample(column: CellColumn) -> Iterator[tuple[int, Value]]:
    step = max(1, len(column.rows) // _SAMPLE)
    last = len(column.rows) - 1
    firsts = {value: index for index, value in enumerate(column.values) if isinstance(value, str)}
    texts = sorted(firsts.values())[:_TEXTS]
    for index in sorted({*range(0, len(column.rows), step), *texts, last}):
        yield column.rows[index], column.values[index]


def _found(part: bytes, wanted: Collection[int]) -> dict[tuple[int, int], Value]:
    """The cells of some rows of a worksheet part."""
    root = xml.root(part)
    p = root.prefix
    tags = _straight(part, p, wanted) or _every(part, p, wanted)
    rows = []
    for number, tag in tags:
        if not tag[0].endswith(b"/>"):
            end = part.find(b"</%brow" % p, tag.end())
            rows.append(b'<%brow r="%d">%b</%brow>' % (p, number, part[tag.end() : end], p))
    sheet = b"%b<%bsheetData>%b</%bsheetData></%b>" % (
        part[root.start : root.inner],
        p,
        b"".join(rows),
        p,
        root.name,
    )
    cells = sparse.cells(sheet, (), lambda _, number: number)
    return {(row, column): value for row, column, value, _ in cells}


_Tags = list[tuple[int, re.Match[bytes]]]


def _straight(part: bytes, p: bytes, wanted: Collection[int]) -> _Tags | None:
    """The start tags of some rows, found by their usual spelling; None if one is not."""
    found: _Tags = []
    rest = re.compile(rb"[^>]*>")
    at = 0
    for number in sorted(wanted):
        at = part.find(b'<%brow r="%d"' % (p, number), at)
        tag = rest.match(part, at) if at >= 0 else None
        if tag is None:
            return None
        found.append((number, tag))
    return found


def _every(part: bytes, p: bytes, wanted: Collection[int]) -> _Tags:
    """The same for any spelling, by a look at each row."""
    found: _Tags = []
    number = 0
    for tag in re.finditer(rb"<%brow(?=[\s/>])[^>]*>" % re.escape(p), part):
        named = _ROW_NUMBER.search(tag[0])
        number = int(named[1]) if named else number + 1
        if number in wanted:
            found.append((number, tag))
    return found


def _equal(found: Value, planned: Value, epoch_1904: bool) -> bool:
    if isinstance(planned, date):
        number = serial(planned, epoch_1904=epoch_1904)
        planned = planned.isoformat() if number is None else number
    if isinstance(planned, str) and isinstance(found, str) and len(planned) > LONGEST // 2:
        # Too long for a cell, perhaps; then the beginning counts.
        return planned[: LONGEST // 2] == found[: LONGEST // 2]
    if isinstance(planned, str):
        planned = _LOST.sub("\ufffd", planned) or None
    return found == planned and isinstance(found, bool) == isinstance(planned, bool)
