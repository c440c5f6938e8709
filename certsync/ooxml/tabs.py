"""Generated tabs: carried over from a fresh workbook, found again by a hidden name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Final

from lxml import etree

from certsync.errors import WorkbookRefused
from certsync.ooxml import calc_chain, defined_names, sheet_list, styles, transplant, xml
from certsync.ooxml.defined_names import DefinedName
from certsync.ooxml.formats import MAIN, parse
from certsync.ooxml.graft import Graft, free_name, relink, serialized
from certsync.ooxml.package import RELATIONSHIPS, Package
from certsync.ooxml.references import renamed
from certsync.ooxml.workbook import SheetEntry, epoch_1904, sheets

_MARK = "_certsync."
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_LONGEST_TITLE = 31
_DAYS_TO_1904 = 1462
# What may hang on a tab that is built anew. A table or a pivot table that somebody put there is
# known to other parts of the workbook too, and could not be taken away alone.
_REPLACEABLE = frozenset(
    (
        "drawing",
        "hyperlink",
        "image",
        "printerSettings",
        "comments",
        "vmlDrawing",
        "threadedComment",
    )
)


@dataclass(frozen=True)
class _Tab:
    """A tab that certsync made; `index` is its place among all sheets, from 0."""

    sheet: SheetEntry
    index: int
    stamp: str


def carry(
    package: Package,
    built: bytes,
    *,
    key: str,
    title: str,
    stamp: str,
    first: bool = True,
    after: str = "",
) -> str:
    """Put the only sheet of a fresh workbook into the package as the generated tab `key`.

    A tab carried before under that key is replaced: it keeps its place, its name, its state, the
    colour and view that people chose, its protection and its comments. One on which somebody
    put a table or a pivot table is theirs from then on, and a new one is made. A new tab comes
    first or last, or right behind another of ours; a sheet of the same title that certsync did
    not make is left alone, and the new one is called `title (certsync)`. Carrying the same tab
    again changes no byte.

    Args:
        package: The workbook, changed in place.
        built: A workbook as openpyxl saves it: one worksheet with drawings, charts, pictures,
            links, conditional formats, print setup; no tables and no comments.
        key: What the tab goes by in later runs: letters, digits and underscores.
        title: The name of a new tab.
        stamp: At most 200 characters that `generated` gives back.
        first: Whether a new tab comes before all others, and not behind them.
        after: The key of the generated tab that a new one comes behind, where that is there.

    Returns:
        The tab's name in the workbook.

    Raises:
        WorkbookRefused: A part of the workbook cannot be edited.
    """
    if not _KEY.fullmatch(key) or len(stamp) > 200:
        raise ValueError("a key is a short lower-case name, a stamp has at most 200 characters")
    try:
        source = Package.open(built, name=title)
        (fresh,) = sheets(source)
        ours = _ours(package)
        tab = ours.get(key)
        if tab is not None and not _replaceable(package, tab):
            _let_go(package, tab, key)
            tab = None
        if tab is None:
            place = ours[after].index + 1 if after in ours else 0 if first else None
            tab = _added(package, title, place)
        rename = partial(renamed, old=fresh.name, new=tab.sheet.name)
        _put_sheet(package, tab.sheet.part, source, fresh.part, rename)
        calc_chain.forget(package, tab.sheet.sheet_id)
        _put_names(package, tab.index, source, DefinedName(_MARK + key, _quoted(stamp)), rename)
    except xml.XmlError as error:
        raise WorkbookRefused(
            package.name,
            f"a part of it {error}",
            "Open it in Excel, repair it, save it, and run again.",
        ) from error
    return tab.sheet.name


def generated(package: Package) -> dict[str, tuple[str, str]]:
    """The tabs that certsync made: key -> (name of the tab, stamp)."""
    return {key: (tab.sheet.name, tab.stamp) for key, tab in _ours(package).items()}


def _ours(package: Package) -> dict[str, _Tab]:
    known = sheets(package)
    found: dict[str, _Tab] = {}
    for name in defined_names.names(package.xml(package.workbook_part())):
        if not name.name.startswith(_MARK) or name.sheet is None or name.sheet >= len(known):
            continue
        sheet = known[name.sheet]
        key = name.name.removeprefix(_MARK)
        # A copy of the tab that somebody made carries the mark too, but has a later id.
        older = key not in found or sheet.sheet_id < found[key].sheet.sheet_id
        if sheet.kind == "worksheet" and sheet.part and older:
            found[key] = _Tab(sheet, name.sheet, name.formula[1:-1].replace('""', '"'))
    return found


def _replaceable(package: Package, tab: _Tab) -> bool:
    links = package.relationships(tab.sheet.part)
    return all(link.type.rpartition("/")[2] in _REPLACEABLE for link in links)


def _let_go(package: Package, tab: _Tab, key: str) -> None:
    """Take the mark off a tab, which then belongs to people."""
    workbook = package.workbook_part()
    package.put(workbook, defined_names.without(package.xml(workbook), tab.index, _MARK + key))


def _added(package: Package, title: str, place: int | None) -> _Tab:
    """List a new sheet in the workbook, at `place` or last; its part is still to come."""
    workbook = package.workbook_part()
    folder = posixpath.join(posixpath.dirname(workbook), "worksheets")
    part = free_name(package, f"{folder}/sheet", ".xml")
    rel_id = package.relate(workbook, f"{RELATIONSHIPS}/worksheet", part)
    name = _free_title(title, [sheet.name for sheet in sheets(package)])
    package.put(workbook, sheet_list.listed(package.xml(workbook), name, rel_id, place))
    known = sheets(package)
    index = len(known) - 1 if place is None else place
    return _Tab(replace(known[index], part=part), index, "")


def _put_sheet(
    package: Package, part: str, source: Package, origin: str, rename: Callable[[str], str]
) -> None:
    """Write the fresh sheet and what hangs on it over what stands at `part`."""
    sheet = parse(source.xml(origin))
    graft = Graft(source, package, part, rename)
    relink(sheet, graft.links(origin, part))
    graft.tidy()
    here = styles.load(package)
    there = styles.load(source)
    transplant.fit(
        sheet,
        strings=_strings(source),
        source=there,
        target=here,
        rename=rename,
        later=_DAYS_TO_1904 * (epoch_1904(package) - epoch_1904(source)),
    )
    styles.save(package, here)
    if part in package:
        transplant.keep(sheet, parse(package.xml(part)))
    package.put(part, serialized(sheet), _SHEET_TYPE)


def _strings(source: Package) -> list[etree._Element]:
    for link in source.relationships(source.workbook_part()):
        if link.type == f"{RELATIONSHIPS}/sharedStrings" and link.target in source:
            return list(parse(source.xml(link.target)).iter(f"{{{MAIN}}}si"))
    return []


def _put_names(
    package: Package,
    index: int,
    source: Package,
    mark: DefinedName,
    rename: Callable[[str], str],
) -> None:
    """Mark the sheet, and give it the print area and titles of the fresh one."""
    wanted = {mark.name: replace(mark, sheet=index, hidden=True)}
    for name in defined_names.names(source.xml(source.workbook_part())):
        if name.sheet == 0:
            wanted[name.name] = replace(name, sheet=index, formula=rename(name.formula))
    workbook = package.workbook_part()
    package.put(workbook, defined_names.assigned(package.xml(workbook), index, wanted))


def _free_title(title: str, taken: Collection[str]) -> str:
    """The title, or the first with ` (certsync)` behind it that no sheet has."""
    known = {name.casefold() for name in taken}
    for number in count():
        mark = ["", " (certsync)"][number] if number < 2 else f" (certsync {number})"
        name = title + mark
        # A letter outside the basic plane, such as an emoji, counts as two.
        while len(name.encode("utf-16-le")) > 2 * _LONGEST_TITLE:
            title = title[:-1]
            name = title + mark
        if name.casefold() not in known:
            break
    return name


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
