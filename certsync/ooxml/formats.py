"""Cell formats as values: two that look the same are equal, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from lxml import etree

from certsync.ooxml.xml import XmlError, escape

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Attributes = tuple[tuple[str, str], ...]


class Node(NamedTuple):
    """An element of the main namespace: its name, its attributes and its children."""

    name: str
    attributes: Attributes = ()
    children: tuple[Node, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The value of an attribute."""
        return next((value for key, value in self.attributes if key == name), default)

    def whole(self, name: str) -> int:
        """The value of an attribute that counts something; 0 where it does not."""
        text = self.get(name)
        return int(text) if text.isascii() and text.isdigit() else 0

    def child(self, name: str) -> Node | None:
        """The first child of this name."""
        return next((child for child in self.children if child.name == name), None)


NORMAL_FONT: Final = Node(
    "font",
    children=(
        Node("sz", (("val", "11"),)),
        Node("name", (("val", "Calibri"),)),
        Node("family", (("val", "2"),)),
    ),
)
NO_FILL: Final = Node("fill", children=(Node("patternFill", (("patternType", "none"),)),))
# Excel shows the first two fills of a workbook as these, whatever the file says.
FIXED_FILLS: Final = (
    NO_FILL,
    Node("fill", children=(Node("patternFill", (("patternType", "gray125"),)),)),
)
SIDES = ("left", "right", "top", "bottom", "diagonal")
NO_BORDER: Final = Node("border", children=tuple(Node(side) for side in SIDES))

# The order of children in the schema, which Microsoft's validator asks for.
_ORDER = {
    "font": (
        "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz",
        "color", "name", "family", "charset", "scheme",
    ),
    "border": ("start", "end", *SIDES, "vertical", "horizontal"),
    "dxf": ("font", "numFmt", "fill", "alignment", "border", "protection"),
}  # fmt: skip
_SWITCHES = ("b", "i", "strike", "condense", "extend", "outline", "shadow")
_TRUE = ("1", "true", "on")
_DEFAULTS = {
    "alignment": {
        "horizontal": "general",
        "vertical": "bottom",
        "textRotation": "0",
        "wrapText": "0",
        "indent": "0",
        "relativeIndent": "0",
        "justifyLastLine": "0",
        "shrinkToFit": "0",
        "readingOrder": "0",
    },
    "protection": {"locked": "1", "hidden": "0"},
    "border": {"diagonalUp": "0", "diagonalDown": "0", "outline": "1"},
    "u": {"val": "single"},
    "color": {"tint": "0"},
}

_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
)


def parse(xml: bytes) -> etree._Element:
    """The tree of an XML part. Raises XmlError."""
    try:
        return etree.fromstring(xml, _PARSER)
    except etree.XMLSyntaxError as error:
        raise XmlError("is not well-formed XML") from error


def local(element: Any) -> str:
    """The name of an element of the main namespace, without it; other names stay whole."""
    name: str = element.tag
    return name.removeprefix(f"{{{MAIN}}}")


def node(element: etree._Element) -> Node:
    """An element as a value. Attributes and children of other namespaces are left out."""
    return Node(
        local(element),
        tuple((str(k), str(v)) for k, v in element.attrib.items() if not str(k).startswith("{")),
        tuple(node(child) for child in element if not local(child).startswith("{")),
    )


def markup(value: Node, prefix: str) -> str:
    """The XML of a node; `prefix` is that of the main namespace, with its colon."""
    name = prefix + value.name
    tag = name + "".join(f' {key}="{escape(text)}"' for key, text in value.attributes)
    if not value.children:
        return f"<{tag}/>"
    return f"<{tag}>{''.join(markup(child, prefix) for child in value.children)}</{name}>"


def ordered(value: Node) -> Node:
    """A font, border or differential format with its children in the order of the schema."""
    return value._replace(
        children=tuple(ordered(child) for child in _in_order(value.name, value.children))
    )


def key(value: Node, *, differential: bool = False) -> Node:
    """The same for all nodes that look the same: order, defaults and spellings do not count.

    In a differential format "not bold" says more than nothing, so there it stays.
    """
    inner = differential or value.name == "dxf"
    children = [key(child, differential=inner) for child in _in_order(value.name, value.children)]
    if value.name == "font":
        off = [c for c in children if c.name in _SWITCHES and c.get("val", "1") not in _TRUE]
        children = [
            c._replace(attributes=()) if c.name in _SWITCHES and c not in off else c
            for c in children
            if (inner or c not in off)
            # A hint for a missing font, which Excel adds by itself.
            and c.name != "family"
            and not (c.name == "charset" and c.get("val") in ("0", "1"))
        ]
    elif value.name == "border" and not inner:
        children = [c for c in children if c.get("style", "none") != "none"]
    elif value.name == "patternFill" and not inner:
        if value.get("patternType", "none") == "none":
            children = []
        elif value.get("patternType") == "solid":
            children = [c for c in children if c.name == "fgColor"]
    defaults = _DEFAULTS.get(value.name, {})
    attributes = sorted((k, _spelled(k, v)) for k, v in value.attributes)
    return Node(
        value.name,
        tuple((k, v) for k, v in attributes if defaults.get(k) != v),
        tuple(children),
    )


def finished(value: Node) -> Node:
    """A font, fill, border or differential format as Excel itself would write it."""
    value = _opaque(ordered(value))
    if value.name == "border":
        sides = [value.child(side) or Node(side) for side in SIDES]
        others = [c for c in value.children if c.name not in SIDES]
        return ordered(value._replace(children=(*sides, *others)))
    pattern = value.child("patternFill") if value.name == "fill" else None
    if pattern is not None and pattern.get("patternType") == "solid":
        front = tuple(c for c in pattern.children if c.name == "fgColor")
        children = (*front, Node("bgColor", (("indexed", "64"),)))
        return value._replace(children=(pattern._replace(children=children),))
    return value


def plain(font: Node, normal: Node) -> Node:
    """A font without bold, italics, lines and effects, in the colour of `normal`."""
    kept = [c for c in font.children if c.name in ("sz", "name", "family", "charset", "scheme")]
    color = normal.child("color")
    return ordered(font._replace(children=(*kept, color) if color else tuple(kept)))


def rgb(color: str) -> Attributes:
    """RRGGBB as the attribute of an opaque colour."""
    return (("rgb", f"FF{color.upper()}"),)


def _in_order(name: str, children: tuple[Node, ...]) -> Iterable[Node]:
    order = _ORDER.get(name)
    if order is None:
        return children
    return sorted((c for c in children if c.name in order), key=lambda c: order.index(c.name))


def _opaque(value: Node) -> Node:
    """The same with full colours; openpyxl writes them as transparent, which Excel ignores."""
    attributes = [(k, _spelled(k, v) if k == "rgb" else v) for k, v in value.attributes]
    return Node(value.name, tuple(attributes), tuple(_opaque(c) for c in value.children))


def _spelled(name: str, text: str) -> str:
    if name == "rgb":
        return "FF" + text[-6:].upper()
    if text in ("true", "false"):
        return "1" if text == "true" else "0"
    if name in ("val", "tint") and re.fullmatch(r"-?\d+\.\d+", text):
        return f"{float(text):g}"
    return text
