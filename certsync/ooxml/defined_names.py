"""Names of workbook.xml that belong to one sheet: read, moved along with it, set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from certsync.ooxml import xml

# Children of <workbook> that stand before <definedNames>, in the order of the schema.
_BEFORE = (b"sheets", b"functionGroups", b"externalReferences")
BUILTIN = "_xlnm."


@dataclass(frozen=True)
class DefinedName:
    """A name and the formula behind it. `sheet` counts from 0; None for the whole workbook."""

    name: str
    formula: str
    sheet: int | None = None
    hidden: bool = False


def names(workbook: bytes) -> tuple[DefinedName, ...]:
    """Every defined name of workbook.xml, in file order."""
    shaded = xml.shade(workbook)
    return tuple(_name(workbook, shaded, element) for element in _elements(shaded))


def shifted(workbook: bytes, place: int) -> bytes:
    """workbook.xml after a sheet came in at `place`, counted from 0."""
    shaded = xml.shade(workbook)
    splices: list[xml.Splice] = []
    for element in _elements(shaded):
        sheet = _name(workbook, shaded, element).sheet
        if sheet is not None and sheet >= place:
            tag = workbook[element.start : element.inner]
            tag = xml.with_attribute(tag, "localSheetId", str(sheet + 1))
            splices.append((element.start, element.inner, tag))
    return xml.splice(workbook, splices)


def assigned(workbook: bytes, sheet: int, wanted: Mapping[str, DefinedName]) -> bytes:
    """workbook.xml with these names for one sheet.

    Names that Excel itself knows, such as a print area, and that are not wanted go; names that
    people gave stay.
    """
    shaded = xml.shade(workbook)
    splices: list[xml.Splice] = []
    missing = dict(wanted)
    for element in _elements(shaded):
        known = _name(workbook, shaded, element)
        if known.sheet != sheet:
            continue
        new = missing.pop(known.name, None)
        if new is not None and new != known:
            splices.append((element.start, element.end, _markup(new, element.prefix)))
        elif new is None and known.name not in wanted and known.name.startswith(BUILTIN):
            splices.append((element.start, element.end, b""))
    if missing:
        root = xml.root(shaded)
        new_elements = b"".join(_markup(name, root.prefix) for name in missing.values())
        parent = xml.child(shaded, root, b"definedNames")
        if parent is not None:
            splices.append(xml.appended(shaded, parent, new_elements))
        else:
            place = max(e.end for e in xml.children(shaded, root) if e.local in _BEFORE)
            tag = root.prefix + b"definedNames"
            splices.append((place, place, b"<%s>%s</%s>" % (tag, new_elements, tag)))
    return xml.splice(workbook, splices)


def without(workbook: bytes, sheet: int, name: str) -> bytes:
    """workbook.xml without one name of one sheet."""
    shaded = xml.shade(workbook)
    known = [(e, _name(workbook, shaded, e)) for e in _elements(shaded)]
    gone = [e for e, n in known if (n.sheet, n.name) == (sheet, name)]
    return xml.splice(workbook, [(e.start, e.end, b"") for e in gone])


def _elements(shaded: bytes) -> Iterator[xml.Element]:
    parent = xml.descend(shaded, b"definedNames")
    if parent is not None:
        yield from (e for e in xml.children(shaded, parent) if e.local == b"definedName")


def _name(workbook: bytes, shaded: bytes, element: xml.Element) -> DefinedName:
    values = xml.attributes_of(shaded, element)
    sheet = values.get("localSheetId", "")
    return DefinedName(
        name=values.get("name", ""),
        formula=unescape(workbook[element.inner : element.close].decode()),
        sheet=int(sheet) if sheet.isdigit() else None,
        hidden=values.get("hidden") in ("1", "true"),
    )


def _markup(name: DefinedName, prefix: bytes) -> bytes:
    tag = f"{prefix.decode()}definedName"
    hidden = ' hidden="1"' if name.hidden else ""
    return (
        f'<{tag} name="{xml.escape(name.name)}" localSheetId="{name.sheet}"{hidden}>'
        f"{xml.escape(name.formula)}</{tag}>"
    ).encode()
