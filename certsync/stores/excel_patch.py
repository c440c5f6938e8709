"""A plan written into the parts of a workbook, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from certsync.errors import WorkbookRefused
from certsync.ooxml import styles, table, tabs, workbook, xml
from certsync.ooxml.highlights import Highlighted
from certsync.ooxml.package import RELATIONSHIPS, Package
from certsync.ooxml.sheet import patch
from certsync.ooxml.styles import Styles
from certsync.ooxml.workbook import SheetEntry
from certsync.ooxml.writing import CellColumn
from certsync.sheets.edits import ColumnEdit, Kind, Plan, TabEdit
from certsync.sheets.snapshot import Area

_NUMBER_FORMATS: dict[Kind, str] = {"text": "General", "whole": "0", "date": "yyyy-mm-dd"}
_DAMAGED = "Open it in Excel, repair it, save it, and run again."


@dataclass(frozen=True)
class Patched:
    """What a plan did to a package: cells and generated tabs written, and the cells by part."""

    cells: int
    tabs: tuple[str, ...]
    columns: Mapping[str, Sequence[CellColumn]]
    skipped: Mapping[str, frozenset[tuple[int, int]]]


def put_plan(package: Package, plan: Plan) -> Patched:
    """Write a plan into a package, which changes in place.

    Raises:
        WorkbookRefused: A part cannot be edited without damage.
    """
    entries = {entry.name: entry for entry in workbook.sheets(package)}
    look = styles.load(package)
    epoch_1904 = workbook.epoch_1904(package)
    by_tab: dict[str, list[ColumnEdit]] = defaultdict(list)
    for edit in plan.columns:
        by_tab[edit.tab].append(edit)
    columns: dict[str, Sequence[CellColumn]] = {}
    skipped: dict[str, frozenset[tuple[int, int]]] = {}
    cells = 0
    for tab, edits in by_tab.items():
        part = entries[tab].part
        names = _grow_tables(package, part, edits)
        wanted = [c for edit in edits for c in _cells(edit, names.get(edit.column), look)]
        content = package.xml(part)
        try:
            patched = patch(
                content,
                wanted,
                widths={edit.column: edit.width for edit in edits if edit.header is not None},
                highlights=[item for edit in edits if (item := _highlighted(edit))],
                dxf=lambda colors: look.dxf(color=colors.color, fill=colors.fill),
                epoch_1904=epoch_1904,
            )
        except xml.XmlError as error:
            raise WorkbookRefused(package.name, f"its tab {tab} {error}", _DAMAGED) from error
        if patched.splices:
            package.put(part, patched.part)
            columns[part], skipped[part] = wanted, patched.skipped
            cells += sum(len(c.rows) for c in wanted) - len(patched.skipped)
    styles.save(package, look)
    if columns and _has_formulas(package, entries.values()):
        workbook.calculate_on_load(package)
    return Patched(cells, tuple(_put_tabs(package, plan.tabs)), columns, skipped)


def _cells(edit: ColumnEdit, name: str | None, look: Styles) -> Iterator[CellColumn]:
    """The header cell of a new column, and the data cells."""

    def new(base: int) -> int:
        return look.derive(base, number=_NUMBER_FORMATS[edit.kind], plain_font=True)

    def kept(own: int) -> int:
        # A person's format stays, unless it would show a date as a number or the reverse.
        if edit.kind == "text" or look.is_date(own) == (edit.kind == "date"):
            return own
        return look.derive(own, number=_NUMBER_FORMATS[edit.kind])

    if edit.header is not None:
        header = [name or edit.header]
        yield CellColumn(edit.column, [edit.header_row], header, edit.like, _same, _same)
    if len(edit.rows):
        yield CellColumn(edit.column, edit.rows, edit.values, edit.like, new, kept)


def _same(number: int) -> int:
    return number


def _highlighted(edit: ColumnEdit) -> Highlighted | None:
    if edit.highlight is None or edit.last_row < edit.first_row:
        return None
    area = Area(edit.first_row, edit.column, edit.last_row, edit.column)
    return Highlighted(area, edit.highlight, edit.kind, edit.soon, edit.status)


def _grow_tables(package: Package, sheet: str, edits: Sequence[ColumnEdit]) -> dict[int, str]:
    """Let Excel tables grow by their new columns; gives the names by column.

    A table grows only by columns that touch its right edge and lie in no other table; other
    new columns stand beside it.
    """
    parts = {
        link.target: head
        for link in package.relationships(sheet)
        if link.type == f"{RELATIONSHIPS}/table" and link.target in package
        if (head := table.head(xml.shade(package.xml(link.target)))) is not None
    }
    names: dict[int, str] = {}
    for part, head in parts.items():
        new = sorted(
            (e for e in edits if e.header is not None and e.table == head.name),
            key=lambda e: e.column,
        )
        place = head.area
        touching = [e for offset, e in enumerate(new, start=1) if e.column == place.right + offset]
        grown = Area(place.top, place.right + 1, place.bottom, place.right + len(touching))
        others = (other.area for other in parts.values() if other is not head)
        if not touching or not head.headers or any(grown.overlaps(area) for area in others):
            continue
        query = _query(package, part) if head.from_query else None
        field = table.next_field(package.xml(query)) if query else None
        bigger = table.grow(
            package.xml(part), [e.header or "" for e in touching], first_field=field
        )
        package.put(part, bigger.part)
        if query:
            package.put(query, table.grow_query(package.xml(query), bigger.ids))
        names |= {e.column: name for e, name in zip(touching, bigger.names, strict=True)}
    return names


def _query(package: Package, table_part: str) -> str | None:
    links = package.relationships(table_part)
    found = (link.target for link in links if link.type == f"{RELATIONSHIPS}/queryTable")
    return next((target for target in found if target in package), None)


def _has_formulas(package: Package, entries: Iterable[SheetEntry]) -> bool:
    """True if a formula stands in a tab that certsync did not make."""
    made = {name for name, _ in tabs.generated(package).values()}
    for entry in entries:
        if entry.kind == "worksheet" and entry.part and entry.name not in made:
            content = package.xml(entry.part)
            # A formula with a text stands in every sheet that has formulas.
            if b"</%bf>" % xml.root(content).prefix in content:
                return True
    return False


def _put_tabs(package: Package, edits: Sequence[TabEdit]) -> Iterator[str]:
    """Write the generated tabs whose stamp the workbook does not carry yet; gives their names."""
    carried = tabs.generated(package)
    for edit in edits:
        if edit.key in carried and carried[edit.key][1] == edit.stamp:
            continue
        title = edit.layout.title
        # Imported here: reading needs no library that builds tabs.
        from certsync.dashboard import to_excel

        built = to_excel.render(edit.layout, title)
        yield tabs.carry(
            package, built, key=edit.key, title=title, stamp=edit.stamp, after=edit.after
        )
