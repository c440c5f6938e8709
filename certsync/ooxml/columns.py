"""The `<cols>` of a worksheet: new columns get a width, the ranges around them stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certsync.ooxml import xml

_TRUE = ("1", "true", "on")
# What a column of ours drops when it is cut out of a range of columns: it is to be seen.
_UNSEEN = ("hidden", "collapsed", "outlineLevel", "bestFit")


@dataclass(frozen=True)
class ColumnRange:
    """One `<col>`: columns `first` to `last` and the format of their empty cells."""

    element: xml.Element
    tag: bytes
    first: int
    last: int
    style: int

    def __contains__(self, column: int) -> bool:
        return self.first <= column <= self.last

    def cut(self, first: int, last: int) -> bytes:
        """A `<col>` like this one for some of its columns; nothing for none."""
        if first > last:
            return b""
        return _bounded(self.tag, first, last)

    def around(self, widths: Mapping[int, float]) -> bytes:
        """This range in pieces: the new columns with their widths, what lies between as it was."""
        pieces = []
        start = self.first
        for column in sorted(c for c in widths if c in self):
            own = self.cut(column, column)
            for name in _UNSEEN:
                own = xml.with_attribute(own, name, None)
            chosen = xml.attributes(own).get("customWidth") in _TRUE and self.first == self.last
            pieces += [
                self.cut(start, column - 1),
                own if chosen else _sized(own, widths[column]),
            ]
            start = column + 1
        return b"".join((*pieces, self.cut(start, self.last)))


def column_ranges(part: bytes, children: Sequence[xml.Element]) -> tuple[ColumnRange, ...]:
    """The column ranges of a worksheet whose children are given."""
    cols = next((e for e in children if e.local == b"cols"), None)
    found = []
    for element in xml.children(part, cols) if cols else ():
        tag = part[element.start : element.inner]
        values = xml.attributes(tag)
        first, last = xml.whole(values.get("min")), xml.whole(values.get("max"))
        if element.local == b"col" and 0 < first <= last:
            style = xml.whole(values.get("style"))
            found.append(ColumnRange(element, tag, first, last, style))
    return tuple(found)


def column_widths(
    part: bytes,
    children: Sequence[xml.Element],
    ranges: Sequence[ColumnRange],
    widths: Mapping[int, float],
    place: int,
) -> list[xml.Splice]:
    """The splices that give new columns their widths; a width that a person chose stays.

    Args:
        part: The worksheet part, shaded.
        children: The children of its root.
        ranges: Its `column_ranges`.
        widths: Width by column, in characters.
        place: Where a new `cols` may stand.
    """
    splices = [
        (r.element.start, r.element.end, r.around(widths))
        for r in ranges
        if any(column in r for column in widths)
    ]
    free = sorted(c for c in widths if not any(c in r for r in ranges))
    prefix = xml.root(part).prefix
    tags = {c: _sized(_bounded(b"<%bcol/>" % prefix, c, c), widths[c]) for c in free}
    cols = next((e for e in children if e.local == b"cols"), None)
    if cols is None and tags:
        new = b"<%bcols>%b</%bcols>" % (prefix, b"".join(tags.values()), prefix)
        return [*splices, (place, place, new)]
    behind = b""
    for column, tag in tags.items():
        later = min((r.element.start for r in ranges if r.first > column), default=None)
        if later is not None:
            splices.append((later, later, tag))
        else:
            behind += tag
    if cols is not None and behind:
        splices.append(xml.appended(part, cols, behind))
    return splices


def _bounded(tag: bytes, first: int, last: int) -> bytes:
    tag = xml.with_attribute(tag, "min", str(first))
    tag = xml.with_attribute(tag, "max", str(last))
    return tag if tag.endswith(b"/>") else tag[:-1] + b"/>"


def _sized(tag: bytes, width: float) -> bytes:
    tag = xml.with_attribute(tag, "width", f"{width:g}")
    return xml.with_attribute(tag, "customWidth", "1")
