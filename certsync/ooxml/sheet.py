"""A worksheet part: our cells, widths and conditional formats put in, every other byte kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from certsync.ooxml import xml
from certsync.ooxml.append import append_columns
from certsync.ooxml.columns import ColumnRange, column_ranges, column_widths
from certsync.ooxml.highlights import Highlighted, conditional_formats
from certsync.ooxml.ranges import area
from certsync.ooxml.rows import Patch, put_cells
from certsync.ooxml.writing import CellColumn
from certsync.sheets.highlights import Look
from certsync.sheets.snapshot import Area

# Children of <worksheet> in the order of the schema, up to the last that matters here.
_ORDER = {
    name: rank
    for rank, name in enumerate(
        (
            b"sheetPr", b"dimension", b"sheetViews", b"sheetFormatPr", b"cols", b"sheetData",
            b"sheetCalcPr", b"sheetProtection", b"protectedRanges", b"scenarios", b"autoFilter",
            b"sortState", b"dataConsolidate", b"customSheetViews", b"mergeCells", b"phoneticPr",
            b"conditionalFormatting",
        )
    )
}  # fmt: skip


@dataclass(frozen=True)
class Patched:
    """A worksheet part with our cells in it.

    `splices` tell what became of the part that was given: start, end and new bytes each.
    `skipped` cells (row, column) hold a formula, or belong to one; they stay.
    """

    part: bytes
    splices: tuple[xml.Splice, ...]
    skipped: frozenset[tuple[int, int]]


def patch(
    part: bytes,
    columns: Sequence[CellColumn],
    *,
    widths: Mapping[int, float] | None = None,
    highlights: Sequence[Highlighted] = (),
    dxf: Callable[[Look], int] = lambda _: 0,
    epoch_1904: bool = False,
) -> Patched:
    """The part with the cells put in.

    Args:
        part: A worksheet part that `xml.editable` has passed.
        columns: What to write; no cell twice.
        widths: New columns, with the width each is to have where no person gave it one.
        highlights: The conditional formats the part is to carry.
        dxf: The number of the differential format of a look; called only for new rules.
        epoch_1904: True if dates count from 1904.

    Raises:
        XmlError: The part is no worksheet in good order.
    """
    shaded = xml.shade(part)
    root = xml.root(shaded)
    children = tuple(xml.children(shaded, root))
    data = next((e for e in children if e.local == b"sheetData"), None)
    if root.local != b"worksheet" or data is None:
        raise xml.XmlError("is no worksheet")
    ranges = column_ranges(shaded, children)
    cells = _cells(part, shaded, data, columns, ranges, epoch_1904=epoch_1904)
    splices = [
        *cells.splices,
        *(_dimension(shaded, children, columns) if cells.splices else ()),
        *column_widths(shaded, children, ranges, widths or {}, _place(root, children, b"cols")),
        *conditional_formats(
            shaded, children, highlights, _place(root, children, b"conditionalFormatting"), dxf
        ),
    ]
    return Patched(xml.splice(part, splices), tuple(splices), cells.skipped)


def _cells(
    part: bytes,
    shaded: bytes,
    data: xml.Element,
    columns: Sequence[CellColumn],
    ranges: Sequence[ColumnRange],
    *,
    epoch_1904: bool,
) -> Patch:
    def column_style(column: int) -> int:
        return next((r.style for r in ranges if column in r), 0)

    locked = _locked(shaded, data)
    if shaded is part and not locked:
        rows = append_columns(part, data, columns, epoch_1904=epoch_1904, column_style=column_style)
        if rows is not None:
            changed = rows != part[data.inner : data.close]
            return Patch(((data.inner, data.close, rows),) if changed else (), frozenset())
    return put_cells(
        shaded, data, columns, epoch_1904=epoch_1904, locked=locked, column_style=column_style
    )


def _place(root: xml.Element, children: Sequence[xml.Element], name: bytes) -> int:
    """Where a new child may stand: behind the last one that must come before it."""
    before = [e.end for e in children if _ORDER.get(e.local, len(_ORDER)) <= _ORDER[name]]
    return max(before, default=root.inner)


def _locked(part: bytes, data: xml.Element) -> tuple[Area, ...]:
    """The areas of array formulas and data tables, which change as a whole or not at all."""
    if all(part.find(word, data.inner, data.close) < 0 for word in (b"array", b"dataTable")):
        return ()
    formula = re.compile(rb"<%bf\s[^>]*>" % re.escape(data.prefix))
    found = (xml.attributes(tag) for tag in formula.findall(part, data.inner, data.close))
    refs = (v.get("ref", "") for v in found if v.get("t") in ("array", "dataTable"))
    return tuple(locked for ref in refs if (locked := area(ref)))


def _dimension(
    part: bytes, children: Sequence[xml.Element], columns: Sequence[CellColumn]
) -> list[xml.Splice]:
    element = next((e for e in children if e.local == b"dimension"), None)
    rows = [row for c in columns if len(c.rows) for row in (min(c.rows), max(c.rows))]
    if element is None or not rows:
        return []
    tag = part[element.start : element.inner]
    old = area(xml.attributes(tag).get("ref", ""))
    if old is None:
        return []
    written = [c.column for c in columns if len(c.rows)]
    new = Area(
        min(old.top, *rows),
        min(old.left, *written),
        max(old.bottom, *rows),
        max(old.right, *written),
    )
    if new == old:
        return []
    return [(element.start, element.inner, xml.with_attribute(tag, "ref", str(new)))]
