"""What workbook.xml says: the sheets, the date system, names, and when to calculate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from certsync.ooxml import xml
from certsync.ooxml.package import RELATIONSHIPS, Package

State = Literal["visible", "hidden", "veryHidden"]
Kind = Literal["worksheet", "chartsheet", "dialogsheet", "macrosheet", "other"]

_KINDS: dict[str, Kind] = {
    "worksheet": "worksheet",
    "chartsheet": "chartsheet",
    "dialogsheet": "dialogsheet",
    "xlMacrosheet": "macrosheet",
    "xlIntlMacrosheet": "macrosheet",
}
_TRUE = ("1", "true", "on")
# Children of <workbook> that stand before <calcPr>, in the order of the schema.
_BEFORE_CALC = (
    b"fileVersion", b"fileSharing", b"workbookPr", b"AlternateContent", b"revisionPtr",
    b"absPath", b"workbookProtection", b"bookViews", b"sheets", b"functionGroups",
    b"externalReferences", b"definedNames",
)  # fmt: skip


@dataclass(frozen=True)
class SheetEntry:
    """One sheet, in tab order. `part` is "" where its relationship leads nowhere."""

    name: str
    part: str
    sheet_id: int
    rel_id: str
    state: State
    kind: Kind


def sheets(package: Package) -> tuple[SheetEntry, ...]:
    """Every sheet of the workbook, in tab order."""
    part = package.workbook_part()
    content = xml.shade(package.xml(part))
    listed = xml.descend(content, b"sheets")
    if listed is None:
        return ()
    links = {link.id: link for link in package.relationships(part)}
    found = []
    for element in xml.children(content, listed):
        if element.local != b"sheet":
            continue
        values = xml.attributes_of(content, element)
        rel_id = _relationship_id(content, element, values)
        link = links.get(rel_id)
        state = values.get("state", "visible")
        found.append(
            SheetEntry(
                name=values.get("name", ""),
                part=link.target if link and link.target in package else "",
                sheet_id=xml.whole(values.get("sheetId")),
                rel_id=rel_id,
                state=state if state in ("hidden", "veryHidden") else "visible",  # type: ignore[arg-type] # narrowed by the test
                kind=_KINDS.get(link.type.rpartition("/")[2], "other") if link else "other",
            )
        )
    return tuple(found)


def epoch_1904(package: Package) -> bool:
    """True if dates count from 1904, as old Macintosh workbooks do."""
    content = xml.shade(package.xml(package.workbook_part()))
    settings = xml.descend(content, b"workbookPr")
    return settings is not None and xml.attributes_of(content, settings).get("date1904") in _TRUE


def calculate_on_load(package: Package) -> None:
    """Make Excel calculate every formula when it opens the workbook next."""
    part = package.workbook_part()
    content = package.xml(part)
    shaded = xml.shade(content)
    root = xml.root(shaded)
    calc = xml.child(shaded, root, b"calcPr")
    if calc is not None:
        tag = content[calc.start : calc.inner]
        if xml.attributes(tag).get("fullCalcOnLoad") not in _TRUE:
            new = xml.with_attribute(tag, "fullCalcOnLoad", "1")
            package.put(part, xml.splice(content, [(calc.start, calc.inner, new)]))
        return
    place = root.inner
    for element in xml.children(shaded, root):
        if element.local in _BEFORE_CALC:
            place = element.end
    new = b'<%scalcPr fullCalcOnLoad="1"/>' % root.prefix
    package.put(part, xml.splice(content, [(place, place, new)]))


def _relationship_id(content: bytes, element: xml.Element, values: dict[str, str]) -> str:
    """The value of `r:id`, whatever its prefix is called."""
    declared = xml.namespaces(content[slice(*_tag(xml.root(content)))])
    declared |= xml.namespaces(content[slice(*_tag(element))])
    for prefix, uri in declared.items():
        if uri == RELATIONSHIPS and (found := values.get(f"{prefix.decode()}id")):
            return found
    return ""


def _tag(element: xml.Element) -> tuple[int, int]:
    return element.start, element.inner
