"""An Excel table that grows by columns at its right edge; everything else in it stays."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from certsync.ooxml import xml
from certsync.ooxml.ranges import LAST_COLUMN, area
from certsync.sheets.snapshot import Area

# Line breaks and tabs in a column's name are written as Excel does.
_NO_BREAK = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True)
class TableHead:
    """What a table part says of its place. `bottom` of `area` includes a totals row."""

    name: str
    area: Area
    headers: int
    totals: int
    from_query: bool


@dataclass(frozen=True)
class Grown:
    """A table part with new columns, their names as they must stand in the header cells.

    `ids` are the numbers the columns got in the table.
    """

    part: bytes
    names: tuple[str, ...]
    ids: tuple[int, ...]


def head(part: bytes) -> TableHead | None:
    """Where a table stands; None if its part does not say."""
    values = xml.attributes_of(part, xml.root(part))
    place = area(values.get("ref", ""))
    if place is None:
        return None
    return TableHead(
        name=values.get("displayName") or values.get("name", ""),
        area=place,
        headers=xml.whole(values.get("headerRowCount"), 1),
        totals=xml.whole(values.get("totalsRowCount")),
        from_query=values.get("tableType") == "queryTable",
    )


def grow(part: bytes, headers: Sequence[str], *, first_field: int | None = None) -> Grown:
    """The table with new columns behind its last one; the names are made unique in it.

    Args:
        part: The table part.
        headers: The wanted names.
        first_field: For a table that a query fills, the number of the first new query field.

    Raises:
        XmlError: The part is no table that can grow.
    """
    shaded = xml.shade(part)
    root = xml.root(shaded)
    place = head(shaded)
    columns = xml.child(shaded, root, b"tableColumns")
    if place is None or columns is None or place.area.right + len(headers) > LAST_COLUMN:
        raise xml.XmlError("is no table that can grow")
    known = _listed(shaded, columns, b"tableColumn")
    names: list[str] = []
    taken = {values.get("name", "").casefold() for values in known}
    for header in headers:
        names.append(_free(header, taken))
        taken.add(names[-1].casefold())
    first = max((xml.whole(values.get("id")) for values in known), default=0) + 1
    ids = tuple(range(first, first + len(names)))
    new = ""
    for offset, name in enumerate(names):
        query = (
            ""
            if first_field is None
            else f' uniqueName="{ids[offset]}" queryTableFieldId="{first_field + offset}"'
        )
        shown = xml.escape(_NO_BREAK.sub(lambda m: f"_x{ord(m[0]):04x}_", name))
        new += f'<{columns.prefix.decode()}tableColumn id="{ids[offset]}" name="{shown}"{query}/>'
    splices = [
        _counted(shaded, columns, len(known) + len(names)),
        xml.appended(shaded, columns, new.encode()),
        _wider(shaded, root, len(names)),
    ]
    if (shown_filter := xml.child(shaded, root, b"autoFilter")) is not None:
        splices.append(_wider(shaded, shown_filter, len(names)))
    return Grown(xml.splice(part, splices), tuple(names), ids)


def next_field(part: bytes) -> int:
    """The number that the next field of a query table part may take."""
    shaded = xml.shade(part)
    refresh = xml.descend(shaded, b"queryTableRefresh")
    fields = xml.descend(shaded, b"queryTableRefresh", b"queryTableFields")
    values = xml.attributes_of(shaded, refresh) if refresh else {}
    used = [xml.whole(v.get("id")) for v in _listed(shaded, fields, b"queryTableField")]
    return max(xml.whole(values.get("nextId"), 1), *(n + 1 for n in used), 1)


def grow_query(part: bytes, ids: Sequence[int]) -> bytes:
    """A query table part, told of columns (by their numbers in the table) that no query fills."""
    shaded = xml.shade(part)
    refresh = xml.descend(shaded, b"queryTableRefresh")
    fields = xml.descend(shaded, b"queryTableRefresh", b"queryTableFields")
    if refresh is None or fields is None:
        return part
    first = next_field(part)
    tag = part[refresh.start : refresh.inner]
    unbound = xml.whole(xml.attributes(tag).get("unboundColumnsRight")) + len(ids)
    tag = xml.with_attribute(tag, "nextId", str(first + len(ids)))
    tag = xml.with_attribute(tag, "unboundColumnsRight", str(unbound))
    new = "".join(
        f'<{fields.prefix.decode()}queryTableField id="{first + offset}" dataBound="0" '
        f'tableColumnId="{column}"/>'
        for offset, column in enumerate(ids)
    )
    count = len(_listed(shaded, fields, b"queryTableField")) + len(ids)
    return xml.splice(
        part,
        [
            (refresh.start, refresh.inner, tag),
            _counted(shaded, fields, count),
            xml.appended(shaded, fields, new.encode()),
        ],
    )


def _listed(part: bytes, parent: xml.Element | None, name: bytes) -> list[dict[str, str]]:
    children = xml.children(part, parent) if parent else ()
    return [xml.attributes_of(part, e) for e in children if e.local == name]


def _free(header: str, taken: Collection[str]) -> str:
    """The header, with a number behind it where the table has a column of that name."""
    name, number = header, 2
    while name.casefold() in taken:
        name, number = f"{header} {number}", number + 1
    return name


def _counted(part: bytes, element: xml.Element, count: int) -> xml.Splice:
    tag = part[element.start : element.inner]
    return element.start, element.inner, xml.with_attribute(tag, "count", str(count))


def _wider(part: bytes, element: xml.Element, columns: int) -> xml.Splice:
    """The splice that widens an element's `ref` by columns at its right edge."""
    tag = part[element.start : element.inner]
    old = area(xml.attributes(tag).get("ref", ""))
    new = replace(old, right=old.right + columns) if old else None
    return element.start, element.inner, xml.with_attribute(tag, "ref", str(new)) if new else tag
