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
        self._keys: list[Hashable | None] = []
        self._places: dict[Hashable | None, int] = {}

    def __getitem__(self, number: int) -> Node:
        """The item of this number; the first one where there is none."""
        return self.items[number if number < len(self.items) else 0]

    def place(self, item: Node) -> int:
        """The number of an item that looks like this one, appended if there is none."""
        self._index()
        key = self._key(item)
        if key not in self._places:
            self.items.append(item)
            self._index()
        return self._places[key]

    def same(self, number: int) -> int:
        """The first number that looks like this one."""
        self._index()
        return self._places[self._keys[number if number < len(self._keys) else 0]]

    @property
    def added(self) -> list[Node]:
        """What must be appended to the collection."""
        return self.items[self._old :] if len(self.items) > self._start else []

    def _index(self) -> None:
        """Note the key of every item that has come; only the first of equal ones is found."""
        for at in range(len(self._keys), len(self.items)):
            self._keys.append(self._key(self.items[at]))
            if self._keys[at] is not None:
                self._places.setdefault(self._keys[at], at)


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
