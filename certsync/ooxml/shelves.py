"""Collections of styles.xml, which grow at their end and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final

from certsync.ooxml import xml
from certsync.ooxml.formats import Node, markup

# The children of <styleSheet> in the order of the schema, each with the name of its items.
ITEMS: Final = {
    "numFmts": "numFmt",
    "fonts": "font",
    "fills": "fill",
    "borders": "border",
    "cellStyleXfs": "xf",
    "cellXfs": "xf",
    "cellStyles": "cellStyle",
    "dxfs": "dxf",
    "tableStyles": "tableStyle",
    "colors": "indexedColors",
    "extLst": "ext",
}
_LAST_BUILTIN_NUMBER = 163


class Shelf:
    """The items of one collection: one that looks the same is found, another comes behind.

    `first` are the items that Excel takes for given where a collection has fewer.
    """

    def __init__(
        self,
        items: Iterable[Node],
        key: Callable[[Node], Hashable | None],
        first: tuple[Node, ...] = (),
    ) -> None:
        self.items = list(items)
        self._key = key
        self._old = len(self.items)
        self.items += first[self._old :]
        self._start = len(self.items)
        self._places: dict[Hashable | None, int] = {}

    def __getitem__(self, number: int) -> Node:
        """The item of this number; the first one where there is none."""
        return self.items[number if number < len(self.items) else 0]

    def place(self, item: Node) -> int:
        """The number of an item that looks like this one, appended if there is none."""
        key = self._key(item)
        if (at := self._index().get(key)) is None:
            at = self._places[key] = len(self.items)
            self.items.append(item)
        return at

    def same(self, number: int) -> int:
        """The first number that looks like this one."""
        return self._index().get(self._key(self[number]), 0)

    @property
    def added(self) -> list[Node]:
        """What must be appended to the collection."""
        return self.items[self._old :] if len(self.items) > self._start else []

    def _index(self) -> dict[Hashable | None, int]:
        """The first number of each key; a key of None is found by nobody."""
        if not self._places and self.items:
            for at in reversed(range(len(self.items))):
                self._places[self._key(self.items[at])] = at
            self._places.pop(None, None)
        return self._places


def grown(part: bytes, additions: Mapping[str, list[Node]]) -> bytes:
    """The styles part with items behind those of its collections, which are counted anew.

    A collection that is missing comes where the schema wants it.
    """
    shaded = xml.shade(part)
    root = xml.root(shaded)
    prefix = root.prefix.decode()
    found = {e.local.decode(): e for e in xml.children(shaded, root)}
    splices: list[xml.Splice] = []
    order = list(ITEMS)
    for name in order:
        new = "".join(markup(item, prefix) for item in additions.get(name, ())).encode()
        if new and name in found:
            splices += _behind(part, shaded, found[name], len(additions[name]), new)
        elif new:
            later = [found[n].start for n in order[order.index(name) :] if n in found]
            place = min(later, default=root.close)
            tag = f"{prefix}{name}".encode()
            new = b'<%s count="%d">%s</%s>' % (tag, len(additions[name]), new, tag)
            splices.append((place, place, new))
    return xml.splice(part, splices)


def _behind(
    part: bytes, shaded: bytes, element: xml.Element, added: int, new: bytes
) -> list[xml.Splice]:
    item = ITEMS[element.local.decode()].encode()
    count = added + sum(e.local == item for e in xml.children(shaded, element))
    tag = part[element.start : element.inner]
    if "count" in xml.attributes(tag):
        tag = xml.with_attribute(tag, "count", str(count))
    if element.empty:
        whole = tag.removesuffix(b"/>").rstrip() + b">" + new + b"</" + element.name + b">"
        return [(element.start, element.end, whole)]
    return [(element.start, element.inner, tag), (element.close, element.close, new)]
