"""A patched workbook looked through before it replaces the old one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from xml.parsers.expat import ExpatError, ParserCreate

from certsync.ooxml import archive, sparse, xml
from certsync.ooxml.cells import LONGEST, serial
from certsync.ooxml.rows import CellColumn
from certsync.sheets.snapshot import Value, cell_ref, column_letters

# Of a long column so many cells are looked at, evenly spread, the first and the last among them.
_SAMPLE = 2000
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
    """The cells of a worksheet part hold what was to be written."""
    shaded = xml.shade(part)
    for column in columns:
        found = _found(shaded, column)
        for row, value in _sample(column):
            if (row, column.column) not in skipped and not _equal(
                found.get(row), value, epoch_1904=epoch_1904
            ):
                ref = cell_ref(row, column.column)
                raise CheckFailed(f"{ref} holds {found.get(row)!r}, not {value!r}")


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


def _found(part: bytes, column: CellColumn) -> dict[int, Value]:
    """The sampled cells that the part holds, taken by another reader than the one that wrote."""
    root = xml.root(part)
    p, letters = root.prefix, column_letters(column.column).encode()
    wanted = {row for row, _ in _sample(column)}
    cell = re.compile(
        rb'<%bc r="%b(\d+)"[^>]*(?:(?<=/)>|>.*?</%bc>)' % (re.escape(p), letters, re.escape(p)),
        re.DOTALL,
    )
    rows = b"".join(
        b'<%brow r="%b">%b</%brow>' % (p, match[1], match[0], p)
        for match in cell.finditer(part)
        if int(match[1]) in wanted
    )
    sheet = b"%b<%bsheetData>%b</%bsheetData></%b>" % (
        part[root.start : root.inner],
        p,
        rows,
        p,
        root.name,
    )
    return {row: value for row, _, value, _ in sparse.cells(sheet, (), lambda _, number: number)}


def _equal(found: Value, planned: Value, *, epoch_1904: bool) -> bool:
    if isinstance(planned, date):
        number = serial(planned, epoch_1904=epoch_1904)
        planned = planned.isoformat() if number is None else number
    if isinstance(planned, str) and isinstance(found, str) and len(planned) > LONGEST // 2:
        # Too long for a cell, perhaps; then the beginning counts.
        return planned[: LONGEST // 2] == found[: LONGEST // 2]
    if isinstance(planned, str):
        planned = _LOST.sub("\ufffd", planned) or None
    return found == planned and isinstance(found, bool) == isinstance(planned, bool)
