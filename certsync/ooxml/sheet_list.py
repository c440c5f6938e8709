"""A new sheet in workbook.xml: listed, numbered, and the sheet people work on stays in front."""

from __future__ import annotations

from certsync.ooxml import defined_names, xml
from certsync.ooxml.package import RELATIONSHIPS


def listed(workbook: bytes, name: str, rel_id: str, place: int | None) -> bytes:
    """workbook.xml with a sheet more at `place`, counted from 0; None puts it behind all others.

    Sheets are counted by position in defined names and windows; these positions move along, so
    that the active tab and the scrolled tab bar show what they showed.
    """
    if place is not None:
        workbook = _windows_shifted(defined_names.shifted(workbook, place), place)
    shaded = xml.shade(workbook)
    root = xml.root(shaded)
    parent = xml.child(shaded, root, b"sheets")
    if parent is None:
        raise xml.XmlError("lists no sheets")
    known = [e for e in xml.children(shaded, parent) if e.local == b"sheet"]
    numbers = [xml.attributes_of(shaded, e).get("sheetId", "0") for e in known]
    number = max((int(n) for n in numbers if n.isdigit()), default=0) + 1
    in_scope = xml.namespaces(shaded[root.start : root.inner])
    bound = in_scope.get(b"r:") == RELATIONSHIPS and not xml.namespaces(
        shaded[parent.start : parent.inner]
    )
    binding = "" if bound else f' xmlns:r="{RELATIONSHIPS}"'
    element = (
        f'<{parent.prefix.decode()}sheet name="{xml.escape(name)}" sheetId="{number}"{binding} '
        f'r:id="{xml.escape(rel_id)}"/>'
    ).encode()
    splice = xml.appended(shaded, parent, element)
    if place is not None and place < len(known):
        splice = (known[place].start, known[place].start, element)
    return xml.splice(workbook, [splice])


def _windows_shifted(workbook: bytes, place: int) -> bytes:
    """workbook.xml whose windows show the same tabs after a sheet came in at `place`."""
    shaded = xml.shade(workbook)
    root = xml.root(shaded)
    windows = xml.child(shaded, root, b"bookViews")
    if windows is None:
        if place:
            return workbook
        sheets = xml.child(shaded, root, b"sheets")
        place = sheets.start if sheets else root.close
        tag = root.prefix
        new = b'<%sbookViews><%sworkbookView activeTab="1"/></%sbookViews>' % (tag, tag, tag)
        return xml.splice(workbook, [(place, place, new)])
    splices: list[xml.Splice] = []
    for window in xml.children(shaded, windows):
        if window.local != b"workbookView":
            continue
        tag = shaded[window.start : window.inner]
        values = xml.attributes(tag)
        # 0, the default, leaves the tab bar unscrolled, so that the new first tab shows.
        for name, least in (("activeTab", place), ("firstSheet", max(place, 1))):
            value = values.get(name, "0")
            if value.isdigit() and int(value) >= least:
                tag = xml.with_attribute(tag, name, str(int(value) + 1))
        splices.append((window.start, window.inner, tag))
    return xml.splice(workbook, splices)
