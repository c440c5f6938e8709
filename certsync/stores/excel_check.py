"""A patched workbook looked through before it replaces the old one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from xml.parsers.expat import ExpatError, ParserCreate

from certsync.ooxml import archive, sparse, xml
from certsync.ooxml.cells import LONGEST, serial
from certsync.ooxml.rows import CellColumn
from certsync.sheets.snapshot import Value, cell_ref

# Of a long column so many cells are looked at, evenly spread, the first and the last among them.
_SAMPLE = 1000
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
# Halves of characters, which no file can hold.
_LOST = re.compile("[\ud800-\udfff]")


class CheckFailed(Exception):
    """The patched workbook is not what the plan says; the text tells what is wrong."""


def check_part(name: str, content: bytes) -> None:
    """The part is well-formed XML."""
    if not name.casefold().endswith((".xml", ".rels", ".vml")):
        return
    try:
        ParserCreate().Parse(content, True)
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
    found = _found(xml.shade(part), sampled)
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
    for index in sorted({*range(0, len(column.rows), step), last}):
        yield column.rows[index], column.values[index]


def _found(part: bytes, wanted: Collection[int]) -> dict[tuple[int, int], Value]:
    """The cells of some rows of a worksheet part."""
    root = xml.root(part)
    p = root.prefix
    tag = re.compile(rb"<%brow(?=[\s/>])[^>]*>" % re.escape(p))
    rows = []
    number = 0
    for match in tag.finditer(part):
        named = _ROW_NUMBER.search(match[0])
        number = int(named[1]) if named else number + 1
        if number in wanted and not match[0].endswith(b"/>"):
            end = part.find(b"</%brow" % p, match.end())
            rows.append(b'<%brow r="%d">%b</%brow>' % (p, number, part[match.end() : end], p))
    sheet = b"%b<%bsheetData>%b</%bsheetData></%b>" % (
        part[root.start : root.inner],
        p,
        b"".join(rows),
        p,
        root.name,
    )
    cells = sparse.cells(sheet, (), lambda _, number: number)
    return {(row, column): value for row, column, value, _ in cells}


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
