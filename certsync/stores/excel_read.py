"""The tabs of an .xlsx package as snapshots: values, formulas, tables, what is frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from xml.etree.ElementTree import ParseError

from certsync.errors import WorkbookRefused
from certsync.ooxml import scan, sparse, table, tabs, workbook, xml
from certsync.ooxml.package import RELATIONSHIPS, Package
from certsync.ooxml.scan import Cell
from certsync.ooxml.styles import Styles
from certsync.ooxml.styles import load as load_styles
from certsync.ooxml.workbook import SheetEntry
from certsync.sheets.names import fold
from certsync.sheets.padding import Padding, padded
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot, Value
from certsync.stores.excel_quick import Book, QuickSheets
from certsync.stores.grid import Grid

Formulas = Mapping[int, Collection[int]]

# The quick reader allocates the whole rectangle around the cells of a sheet: so many cells are
# fine in any case, and more where a good part of them is filled.
_SMALL, _FILLED = 4_000_000, 10
# Cells behind a gap of so many empty rows or columns lie there by accident.
_ROW_GAP, _COLUMN_GAP = 5_000, 200
_DURATIONS = ("[h", "[m", "[s")


def snapshot(
    package: Package,
    *,
    name: str,
    revision: str,
    wanted: Collection[str] | None = None,
) -> Snapshot:
    """The workbook as a snapshot.

    Args:
        package: The workbook.
        name: What to call it.
        revision: What names its content.
        wanted: The tabs whose cells are needed, as for `Store.read`.

    Raises:
        WorkbookRefused: A tab cannot be read.
    """
    entries = workbook.sheets(package)
    made = tabs.generated(package)
    keys = {name: key for key, (name, _) in made.items()}
    needed = [
        entry
        for entry in entries
        if entry.kind == "worksheet"
        and entry.part
        and (wanted is None or fold(entry.name) in wanted)
    ]
    read = {tab.name: tab for tab in _Reader(package).tabs(needed)}
    found = tuple(
        replace(
            read.get(entry.name) or TabSnapshot(entry.name, ()),
            visible=entry.state == "visible",
            generated=keys.get(entry.name),
        )
        for entry in entries
    )
    stamps = {key: stamp for key, (_, stamp) in made.items()}
    return Snapshot(name, found, revision, stamps, workbook.epoch_1904(package))


@dataclass(frozen=True)
class _Sheet:
    """A sheet to read: its part, and the same with comments shaded."""

    entry: SheetEntry
    part: bytes
    shaded: bytes


class _Reader:
    """Reads the sheets of one package, the quick way where it can."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def tabs(self, entries: Sequence[SheetEntry]) -> Iterator[TabSnapshot]:
        """The tabs of these worksheets."""
        parts = [self.package.xml(entry.part) for entry in entries]
        sheets = [_Sheet(e, p, xml.shade(p)) for e, p in zip(entries, parts, strict=True)]
        quick = [i for i, sheet in enumerate(sheets) if _is_compact(sheet.shaded)]
        book = Book(self._shared("styles"), self._shared("sharedStrings"), self.epoch_1904)
        loading = QuickSheets(book, [(sheets[i].part, sheets[i].shaded) for i in quick])
        # The sheets are looked through while they load.
        overlays = {
            i: scan.overlay(sheets[i].shaded, self.padded, self.styles.is_date) for i in quick
        }
        for index, sheet in enumerate(sheets):
            grid = loading.grid(quick.index(index)) if index in overlays else None
            far: Sequence[Cell] = ()
            if grid is None:
                grid, formulas, far = self._slowly(sheet)
            else:
                grid.put(overlays[index].values)
                formulas = overlays[index].formulas
            grid.trim()
            yield TabSnapshot(
                name=sheet.entry.name,
                rows=grid.rows,
                top=grid.top,
                left=grid.left,
                frozen_rows=scan.frozen_rows(sheet.shaded),
                tables=tuple(self._tables(sheet.entry.part)),
                formulas=formulas,
                far=tuple(far),
            )

    @cached_property
    def styles(self) -> Styles:
        """The cell formats of the workbook."""
        return load_styles(self.package)

    @cached_property
    def padded(self) -> Mapping[int, Padding]:
        """The cell formats that show leading zeros."""
        part = self._shared("styles")
        return scan.padded_formats(part) if part else {}

    @cached_property
    def strings(self) -> Sequence[str]:
        """The shared strings, for the slow way."""
        part = self._shared("sharedStrings")
        return sparse.shared_strings(part) if part else ()

    def _shared(self, kind: str) -> bytes | None:
        """The part of this kind that all sheets share."""
        links = self.package.relationships(self.package.workbook_part())
        targets = (link.target for link in links if link.type == f"{RELATIONSHIPS}/{kind}")
        found = next((target for target in targets if target in self.package), None)
        return self.package.xml(found) if found else None

    def _slowly(self, load: _Sheet) -> tuple[Grid, Formulas, Sequence[Cell]]:
        """The cells of a sheet, its formulas, and the cells too far away to be taken."""
        values: dict[Cell, Value] = {}
        formulas: dict[int, list[int]] = {}
        try:
            for row, column, value, formula in sparse.cells(load.shaded, self.strings, self._shown):
                if value is not None:
                    values[row, column] = value
                if formula:
                    formulas.setdefault(column, []).append(row)
        except ParseError as error:
            raise WorkbookRefused(
                self.package.name,
                f"its tab {load.entry.name} is damaged",
                "Open it in Excel, repair it, save it, and run again.",
            ) from error
        rows = _before_gap({row for row, _ in values}, _ROW_GAP)
        columns = _before_gap({column for row, column in values if row in rows}, _COLUMN_GAP)
        kept = {c: value for c, value in values.items() if c[0] in rows and c[1] in columns}
        if len(rows) * len(columns) > max(_SMALL, _FILLED * len(kept)):
            raise WorkbookRefused(
                self.package.name,
                f"the cells of its tab {load.entry.name} lie too far apart to be read",
                f"Clear what lies outside the table of {load.entry.name}, save, and run again.",
            )
        grid = Grid([])
        grid.put(kept)
        return grid, formulas, sorted(values.keys() - kept.keys())

    def _shown(self, style: int, number: float) -> Value:
        if style in self.padded and number >= 0 and number.is_integer():
            return padded(number, self.padded[style])
        code = self.styles.number_format(style).lower()
        duration = any(mark in code for mark in _DURATIONS)
        if duration or self.styles.is_date(style):
            return sparse.moment(number, epoch_1904=self.epoch_1904, duration=duration)
        return number

    @cached_property
    def epoch_1904(self) -> bool:
        """True if dates count from 1904."""
        return workbook.epoch_1904(self.package)

    def _tables(self, part: str) -> Iterator[TableRange]:
        for link in self.package.relationships(part):
            if link.type != f"{RELATIONSHIPS}/table" or link.target not in self.package:
                continue
            head = table.head(xml.shade(self.package.xml(link.target)))
            if head is not None and head.headers:
                place = head.area
                bottom = place.bottom - head.totals
                yield TableRange(head.name, place.top, place.left, bottom, place.right)


def _is_compact(part: bytes) -> bool:
    """True if the quick reader can take a sheet: its rectangle is not absurdly large."""
    reach = scan.extent(part)
    if not reach.regular:
        return False
    if reach.rows * reach.columns <= _SMALL:
        return True
    reach, filled = scan.valued_extent(part)
    return reach.rows * reach.columns <= max(_SMALL, _FILLED * filled)


def _before_gap(numbers: Collection[int], gap: int) -> range:
    """From the first number to the last that no large gap parts from those before it."""
    ordered = sorted(numbers)
    if not ordered:
        return range(0)
    end = next((low for low, high in pairwise(ordered) if high - low > gap), ordered[-1])
    return range(ordered[0], end + 1)
