"""The XML of a fresh sheet, made to fit the workbook it is carried into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

from lxml import etree

from certsync.ooxml.formats import MAIN
from certsync.ooxml.styles import Styles

_M = f"{{{MAIN}}}"
# Elements whose text is a formula, and attributes that hold a style or a place to jump to.
_FORMULAS = (f"{_M}f", f"{_M}formula", f"{_M}formula1", f"{_M}formula2")
_STYLED = {f"{_M}c": "s", f"{_M}row": "s", f"{_M}col": "style"}
# What comes behind these two in a worksheet, in the order of the schema.
_BEHIND_PROTECTION = (
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate",
    "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations",
    "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
    "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
)  # fmt: skip
_BEHIND_COMMENTS = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip


def fit(
    sheet: etree._Element,
    *,
    strings: Sequence[etree._Element],
    source: Styles,
    target: Styles,
    rename: Callable[[str], str],
    later: int = 0,
) -> None:
    """Make a fresh sheet stand on its own in another workbook, in place.

    Formats become those of `target`, shared strings stand in their cells, formulas and links
    are renamed, and the sheet is not selected: of two selected sheets Excel edits both. `later`
    is by how many days the other workbook's calendar begins later.
    """
    for cell in sheet.iter(f"{_M}c"):
        _settle(cell, strings)
        if later and source.is_date(int(cell.get("s", "0"))):
            _redate(cell, later)
    formats: dict[int, int] = {}
    for element in sheet.iter(*_STYLED):
        name = _STYLED[str(element.tag)]
        if name in element.attrib:
            given = int(element.attrib[name])
            if given not in formats:
                formats[given] = target.adopt(source, given)
            element.set(name, str(formats[given]))
    for rule in sheet.iter(f"{_M}cfRule"):
        if "dxfId" in rule.attrib:
            rule.set("dxfId", str(target.adopt_dxf(source, int(rule.attrib["dxfId"]))))
    for formula in sheet.iter(*_FORMULAS):
        formula.text = rename(formula.text or "")
    for link in sheet.iter(f"{_M}hyperlink"):
        if "location" in link.attrib:
            link.set("location", rename(str(link.attrib["location"])))
    for view in sheet.iter(f"{_M}sheetView"):
        if "tabSelected" in view.attrib:
            del view.attrib["tabSelected"]


def keep(sheet: etree._Element, old: etree._Element) -> None:
    """Give a sheet what people chose on the one it replaces: colour, view, protection, comments.

    Scrolling and frozen panes are those of the new sheet.
    """
    _keep_properties(sheet, old)
    views, fresh = old.findall(f"{_M}sheetViews/{_M}sheetView"), sheet.find(f"{_M}sheetViews")
    if views and fresh is not None:
        pattern = fresh[0]
        fresh[:] = [_view(pattern, view) for view in views]
    protection = old.find(f"{_M}sheetProtection")
    if protection is not None and sheet.find(f"{_M}sheetProtection") is None:
        _insert(sheet, protection, (*_BEHIND_PROTECTION, "legacyDrawing", *_BEHIND_COMMENTS))
    comments = old.find(f"{_M}legacyDrawing")
    if comments is not None:
        _insert(sheet, comments, _BEHIND_COMMENTS)


def _settle(cell: etree._Element, strings: Sequence[etree._Element]) -> None:
    """Write a cell's shared string into it; take out the empty value of an unknown result."""
    value = cell.find(f"{_M}v")
    if value is None:
        return
    if cell.get("t") == "s":
        inline = etree.SubElement(cell, f"{_M}is")
        inline.extend(deepcopy(part) for part in strings[int(value.text or 0)])
        cell.set("t", "inlineStr")
        cell.remove(value)
    elif not value.text:
        cell.remove(value)


def _redate(cell: etree._Element, later: int) -> None:
    """Count a date from the first day of the other calendar."""
    value = cell.find(f"{_M}v")
    if value is not None and value.text and cell.get("t", "n") == "n":
        value.text = f"{float(value.text) - later:.15g}"


def _keep_properties(sheet: etree._Element, old: etree._Element) -> None:
    """The tab's colour, and the name by which macros know the sheet."""
    properties, known = sheet.find(f"{_M}sheetPr"), old.find(f"{_M}sheetPr")
    if properties is None:
        properties = etree.Element(f"{_M}sheetPr")
        sheet.insert(0, properties)
    for fresh in properties.findall(f"{_M}tabColor"):
        properties.remove(fresh)
    if known is not None:
        color = known.find(f"{_M}tabColor")
        if color is not None:
            properties.insert(0, deepcopy(color))
        if "codeName" in known.attrib:
            properties.set("codeName", known.attrib["codeName"])


def _view(fresh: etree._Element, old: etree._Element) -> etree._Element:
    """A view set as the old one was, over the panes of the fresh one."""
    view = deepcopy(fresh)
    top_left = view.get("topLeftCell")
    view.attrib.clear()
    for name, value in old.attrib.items():
        if name != "topLeftCell" and not str(name).startswith("{"):
            view.set(name, value)
    if top_left is not None:
        view.set("topLeftCell", top_left)
    if view.get("view") == "pageLayout":
        # Excel knows no frozen panes there.
        view[:] = []
    return view


def _insert(sheet: etree._Element, element: etree._Element, behind: Sequence[str]) -> None:
    """Put a copy of `element` before the first child that must stand behind it."""
    names = {_M + name for name in behind}
    place = next((at for at, child in enumerate(sheet) if child.tag in names), len(sheet))
    sheet.insert(place, deepcopy(element))
