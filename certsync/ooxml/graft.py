"""Parts of a fresh workbook copied into another: drawings, charts, pictures, and their links."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from lxml import etree

from certsync.ooxml.formats import parse
from certsync.ooxml.package import RELATIONSHIPS, Package, Relationship

_CARRIED = ("drawing", "chart", "image", "hyperlink")
# What people add to a sheet, and what stays when the sheet is built anew.
_PEOPLES = ("comments", "vmlDrawing", "threadedComment")
_NUMBER = re.compile(r"\d*$")
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_LINK = f"{{{RELATIONSHIPS}}}"

Rename = Callable[[str], str]


class Graft:
    """Copies what hangs on one part, over parts that an earlier copy left, and tidies up.

    `part` is where it shall hang; `rename` is what a formula inside becomes.
    """

    def __init__(self, source: Package, target: Package, part: str, rename: Rename) -> None:
        self._source = source
        self._target = target
        self._rename = rename
        self._left = _own_parts(target, part)
        self._copies: dict[str, str] = {}

    def links(self, origin: str, part: str) -> dict[str, str]:
        """Give `part` the links of `origin`, copying what they lead to; old id -> new id.

        Links of `part` to what people added stay; all its other links go. Raises ValueError for
        a kind of part that generated tabs do not have.
        """
        wanted = []
        for link in self._source.relationships(origin):
            if _kind(link) not in _CARRIED:
                raise ValueError(f"a generated tab cannot hold a part of kind {_kind(link)}")
            target = link.target if link.external else self._copy(link.target)
            wanted.append((link, target))
        keep = {(link.type, target.casefold(), link.external) for link, target in wanted}
        for link in self._target.relationships(part):
            mine = (link.type, link.target.casefold(), link.external)
            if mine not in keep and _kind(link) not in _PEOPLES:
                self._target.unrelate(part, link.id)
        return {
            link.id: self._target.relate(part, link.type, target, link.external)
            for link, target in wanted
        }

    def tidy(self) -> None:
        """Take out the parts of the earlier copy that no part was copied over."""
        for part in self._left:
            self._target.remove(part)

    def _copy(self, origin: str) -> str:
        """Copy a part with all that hangs on it, once; its name in the target."""
        if origin not in self._copies:
            part = self._copies[origin] = self._name(origin)
            ids = self.links(origin, part)
            content = self._source.read(origin)
            if origin.endswith(".xml"):
                content = self._adapted(content, ids)
            self._target.put(part, content, self._source.content_type(origin))
        return self._copies[origin]

    def _name(self, origin: str) -> str:
        """The name of a part left by an earlier copy of its kind, or a free one."""
        kind = self._source.content_type(origin)
        for part in self._left:
            if self._target.content_type(part) == kind:
                self._left.remove(part)
                return part
        root = posixpath.dirname(self._target.workbook_part())
        folder = posixpath.basename(posixpath.dirname(origin))
        stem, extension = posixpath.splitext(posixpath.basename(origin))
        return free_name(
            self._target, posixpath.join(root, folder, _NUMBER.sub("", stem)), extension
        )

    def _adapted(self, content: bytes, ids: dict[str, str]) -> bytes:
        root = parse(content)
        relink(root, ids)
        for formula in root.iter(f"{_CHART}f"):
            formula.text = self._rename(formula.text or "")
        return serialized(root)


def relink(root: etree._Element, ids: dict[str, str]) -> None:
    """Point every relationship id below `root` to its new value."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if str(name).startswith(_LINK):
                element.set(name, ids.get(str(value), str(value)))


def serialized(root: etree._Element) -> bytes:
    """The bytes of a part."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def free_name(package: Package, stem: str, extension: str) -> str:
    """The first name of the form `stem`, number, `extension` that no part has."""
    number = 1
    while f"{stem}{number}{extension}" in package:
        number += 1
    return f"{stem}{number}{extension}"


def _kind(link: Relationship) -> str:
    return link.type.rpartition("/")[2]


def _own_parts(package: Package, part: str) -> list[str]:
    """The parts that hang on one part and on no other, in the order of its links."""
    reached = dict.fromkeys(_reached(package, part))
    others = {
        link.target
        for name in package.names()
        if name != part and name not in reached
        for link in package.relationships(name)
    }
    shared = {p for target in others & reached.keys() for p in (target, *_reached(package, target))}
    return [p for p in reached if p not in shared]


def _reached(package: Package, part: str) -> Iterator[str]:
    seen = {part}
    waiting = [link for link in package.relationships(part) if _kind(link) not in _PEOPLES]
    while waiting:
        link = waiting.pop(0)
        if not link.external and link.target in package and link.target not in seen:
            seen.add(link.target)
            yield link.target
            waiting += package.relationships(link.target)
