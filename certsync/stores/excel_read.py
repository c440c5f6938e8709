"""The tabs of an .xlsx package as snapshots: values, formulas, tables, what is frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from itertools import pairwise
from xml.etree.ElementTree import ParseError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from certsync.errors import WorkbookRefused
from certsync.ooxml import scan, sparse, table, tabs, workbook, xml
from certsync.ooxml.package import RELATIONSHIPS, Package
from certsync.ooxml.scan import Cell
from certsync.ooxml.styles import Styles
from certsync.ooxml.styles import load as load_styles
from certsync.ooxml.workbook import SheetEntry
from certsync.sheets.names import fold
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot, Value
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
    data: bytes,
    *,
    name: str,
    revision: str,
    wanted: Collection[str] | None = None,
) -> Snapshot:
    """The workbook as a snapshot.

    Args:
        package: The workbook.
        data: Its bytes.
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
    with _Reader(package, data) as reader:
        # Each sheet is loaded in the background while the ones before are looked through.
        loads = [reader.load(entry) for entry in needed]
        read = {load.entry.name: reader.tab(load) for load in loads}
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
class _Load:
    """A sheet on its way: its shaded part, and its quick reader where that can take it."""

    entry: SheetEntry
    part: bytes
    quick: Future[CalamineSheet] | None


class _Reader:
    """Reads the sheets of one package, the quick way where it can."""

    def __init__(self, package: Package, data: bytes) -> None:
        self.package = package
        self.data = data
        self.pool = ThreadPoolExecutor(1)

    def __enter__(self) -> _Reader:
        # What the quick reader unpacks must be as large as the archive says.
        for part in self.package.names():
            if part.casefold().startswith("xl/") and part.count("/") == 1:
                self.package.read(part)
        self.book = self.pool.submit(CalamineWorkbook.from_filelike, BytesIO(self.data))
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()

    def load(self, entry: SheetEntry) -> _Load:
        """Begin to read a sheet."""
        part = xml.shade(self.package.xml(entry.part))
        if not (self.usual and _is_compact(part)):
            return _Load(entry, part, None)
        return _Load(entry, part, self.pool.submit(self._quick, entry.name))

    def tab(self, load: _Load) -> TabSnapshot:
        """The tab of a sheet that was begun."""
        grid, formulas = self._quickly(load) or self._slowly(load)
        grid.trim()
        return TabSnapshot(
            name=load.entry.name,
            rows=grid.rows,
            top=grid.top,
            left=grid.left,
            frozen_rows=scan.frozen_rows(load.part),
            tables=tuple(self._tables(load.entry.part)),
            formulas=formulas,
        )

    @cached_property
    def usual(self) -> bool:
        """True if styles and texts lie where the quick reader looks for them."""
        places = (("styles", "xl/styles.xml"), ("sharedStrings", "xl/sharedstrings.xml"))
        return all((self._linked(kind) or at).casefold() == at for kind, at in places)

    @cached_property
    def styles(self) -> Styles:
        """The cell formats of the workbook."""
        return load_styles(self.package)

    @cached_property
    def padded(self) -> Mapping[int, tuple[str, int]]:
        """The cell formats that show leading zeros."""
        part = self._linked("styles")
        return scan.padded_formats(self.package.xml(part)) if part else {}

    @cached_property
    def strings(self) -> Sequence[str]:
        """The shared strings, for the slow way."""
        part = self._linked("sharedStrings")
        return sparse.shared_strings(self.package.xml(part)) if part else ()

    def _linked(self, kind: str) -> str | None:
        links = self.package.relationships(self.package.workbook_part())
        targets = (link.target for link in links if link.type == f"{RELATIONSHIPS}/{kind}")
        return next((target for target in targets if target in self.package), None)

    def _quick(self, name: str) -> CalamineSheet:
        return self.book.result().get_sheet_by_name(name)

    def _quickly(self, load: _Load) -> tuple[Grid, Formulas] | None:
        if load.quick is None:
            return None
        overlay = scan.overlay(load.part, self.padded, self.styles.is_date)
        try:
            sheet = load.quick.result()
        except CalamineError:
            return None
        grid = Grid([])
        if sheet.start is not None:
            # The quick reader gives "" for an empty cell; what else is one, the overlay knows.
            rows: list[list[Value]]
            rows = [[None if v == "" else v for v in row] for row in sheet.to_python()]
            grid = Grid(rows, sheet.start[0] + 1, sheet.start[1] + 1)
        grid.put(overlay.values)
        return grid, overlay.formulas

    def _slowly(self, load: _Load) -> tuple[Grid, Formulas]:
        values: dict[Cell, Value] = {}
        formulas: dict[int, list[int]] = {}
        try:
            for row, column, value, formula in sparse.cells(load.part, self.strings, self._shown):
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
        return grid, formulas

    def _shown(self, style: int, number: float) -> Value:
        if style in self.padded and number >= 0 and number.is_integer():
            prefix, width = self.padded[style]
            return f"{prefix}{int(number):0{width}d}"
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
