"""Finding elements in XML bytes and changing only them: no tree, nothing serialised again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from operator import itemgetter

Splice = tuple[int, int, bytes]
"""Start, end and the bytes that stand there afterwards."""

_ATTRIBUTES = rb"[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*"
_START = re.compile(rb"<([^\s/>!?\"'<]+)(" + _ATTRIBUTES + rb")>")
_ATTRIBUTE = re.compile(rb"([^\s=\"'/<>]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_NO_MARKUP = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]*?\?>")
_ENCODING = re.compile(rb"(encoding\s*=\s*[\"'])([A-Za-z0-9._-]+)")
# The largest element of a worksheet stands once in its part: its end is found from behind.
_ONCE = b"sheetData"
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


class XmlError(ValueError):
    """The bytes are no XML that can be edited safely; the text ends a sentence."""


@dataclass(frozen=True, slots=True)
class Element:
    """Where an element stands: its start tag is `start:inner`, its content `inner:close`.

    `name` is the tag's name as written, with its prefix.
    """

    name: bytes
    start: int
    inner: int
    close: int
    end: int

    @property
    def local(self) -> bytes:
        """The name without prefix."""
        return self.name.rpartition(b":")[2]

    @property
    def prefix(self) -> bytes:
        """`x:` of `x:row`; empty for a plain name."""
        return self.name[: -len(self.local)] if b":" in self.name else b""

    @property
    def empty(self) -> bool:
        """True for `<row/>`."""
        return self.close == self.end


def editable(data: bytes) -> bytes:
    """The same XML in UTF-8, equal bytes where it is that already.

    Raises XmlError for a document type declaration (its entities could mean anything) and for
    an encoding nobody knows.
    """
    utf16 = _UTF16.get(data[:2])
    head = _DECLARATION.match(data)
    named = _ENCODING.search(head[0]) if head else None
    encoding = utf16 or (named[2].decode("ascii") if named else "utf-8")
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            text = data.decode(encoding)
        except (LookupError, UnicodeDecodeError) as error:
            raise XmlError(f"is not written in the encoding it names ({encoding})") from error
        data = text.removeprefix("\ufeff").encode("utf-8")
        if head := _DECLARATION.match(data):
            data = _ENCODING.sub(rb"\1UTF-8", head[0]) + data[head.end() :]
    root(data)
    return data


def shade(xml: bytes) -> bytes:
    """`xml` with comments, CDATA and processing instructions blanked, each byte where it was.

    In the result every `<` opens a tag, so it can be searched; slices come from `xml` itself.
    """
    start = head.end() if (head := _DECLARATION.match(xml)) else 0
    # A single byte is searched ten times faster than a pair.
    if not any(
        xml.find(mark[1:], start) >= 0 and xml.find(mark, start) >= 0 for mark in (b"<!", b"<?")
    ):
        return xml
    return _NO_MARKUP.sub(lambda match: b" " * len(match[0]), xml)


def root(xml: bytes) -> Element:
    """The outermost element. Raises XmlError, also for a document type declaration."""
    position = 0
    while True:
        position = xml.find(b"<", position)
        if position < 0:
            raise XmlError("holds no XML element")
        if xml[position + 1 : position + 2] not in (b"!", b"?"):
            break
        match = _NO_MARKUP.match(xml, position)
        if match is None:
            raise XmlError("has a document type declaration")
        position = match.end()
    tag = _START.match(xml, position)
    if tag is None:
        raise XmlError("has a broken tag")
    if tag[2].endswith(b"/"):
        return Element(tag[1], position, tag.end(), tag.end(), tag.end())
    # It ends with the last tag of its name: no need to look through the whole.
    close = xml.rfind(b"</" + tag[1])
    if close < 0:
        raise XmlError(f"lacks the end of <{tag[1].decode(errors='replace')}>")
    return Element(tag[1], position, tag.end(), close, xml.find(b">", close) + 1)


def children(xml: bytes, parent: Element) -> Iterator[Element]:
    """The direct children of `parent`, in order. `xml` is shaded. Raises XmlError."""
    position = parent.inner
    while (position := xml.find(b"<", position, parent.close)) >= 0:
        element = _element(xml, position)
        yield element
        position = element.end


def child(xml: bytes, parent: Element, local: bytes) -> Element | None:
    """The first direct child of this local name. `xml` is shaded."""
    return next((e for e in children(xml, parent) if e.local == local), None)


def descend(xml: bytes, *path: bytes) -> Element | None:
    """The element at this path of local names below the root. `xml` is shaded."""
    element: Element | None = root(xml)
    for local in path:
        if element is None:
            return None
        element = child(xml, element, local)
    return element


def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a start tag (or of anything that begins with one), unescaped."""
    match = _START.match(tag)
    if match is None:
        raise XmlError("has a broken tag")
    return {
        key.decode(): unescape((double or single).decode())
        for key, double, single in _ATTRIBUTE.findall(match[2])
    }


def attributes_of(xml: bytes, element: Element) -> dict[str, str]:
    """The attributes of an element, unescaped."""
    return attributes(xml[element.start : element.inner])


def whole(text: str | None, default: int = 0) -> int:
    """The whole number in an attribute; `default` where there is none."""
    try:
        return int(float(text or default))
    except (ValueError, OverflowError):
        return default


def with_attribute(tag: bytes, name: str, value: str | None) -> bytes:
    """A start tag with one attribute set, at its old place or last; None takes it out."""
    wanted = name.encode()
    start = _START.match(tag)
    if start is None:
        raise XmlError("has a broken tag")
    new = b"" if value is None else b'%s="%s"' % (wanted, escape(value).encode())
    for match in _ATTRIBUTE.finditer(tag, start.start(2), start.end(2)):
        if match[1] == wanted:
            before = tag[: match.start()] if new else tag[: match.start()].rstrip()
            return before + new + tag[match.end() :]
    if not new:
        return tag
    at = start.end(2) - start[2].endswith(b"/")
    return tag[:at].rstrip() + b" " + new + tag[at:]


def namespaces(tag: bytes) -> dict[bytes, str]:
    """The namespaces a start tag declares, by prefix with its colon (`x:`; empty: default)."""
    declared = {}
    for key, uri in attributes(tag).items():
        if key == "xmlns":
            declared[b""] = uri
        elif key.startswith("xmlns:"):
            declared[key[6:].encode() + b":"] = uri
    return declared


def appended(xml: bytes, parent: Element, new: bytes) -> Splice:
    """The splice that adds `new` as the last child of `parent`."""
    if not parent.empty:
        return parent.close, parent.close, new
    tag = xml[parent.start : parent.end - 2]
    return parent.start, parent.end, tag + b">" + new + b"</" + parent.name + b">"


def splice(xml: bytes, splices: Sequence[Splice]) -> bytes:
    """`xml` with the splices applied; they must not overlap. Equal starts keep their order."""
    source = memoryview(xml)
    pieces: list[bytes | memoryview] = []
    position = 0
    for start, end, new in sorted(splices, key=itemgetter(0, 1)):
        if start < position:
            raise ValueError("splices overlap")
        pieces.append(source[position:start])
        pieces.append(new)
        position = end
    pieces.append(source[position:])
    return b"".join(pieces)


def escape(text: str) -> str:
    """Text for an attribute in double quotes or for element content."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def _element(xml: bytes, start: int) -> Element:
    tag = _START.match(xml, start)
    if tag is None:
        raise XmlError("has a broken tag")
    name, inner = tag[1], tag.end()
    if tag[2].endswith(b"/"):
        return Element(name, start, inner, inner, inner)
    if name.endswith(_ONCE) and (close := xml.rfind(b"</" + name)) > inner:
        return Element(name, start, inner, close, xml.find(b">", close) + 1)
    depth, position = 1, inner
    while depth:
        close = _tag(xml, b"</" + name, position, len(xml))
        if close < 0:
            raise XmlError(f"lacks the end of <{name.decode(errors='replace')}>")
        while (position := _tag(xml, b"<" + name, position, close)) >= 0:
            nested = _START.match(xml, position)
            if nested is None:
                raise XmlError("has a broken tag")
            depth += not nested[2].endswith(b"/")
            position = nested.end()
        depth -= 1
        position = xml.find(b">", close) + 1
    return Element(name, start, inner, close, position)


def _tag(xml: bytes, opening: bytes, start: int, end: int) -> int:
    """Where the tag that begins with these bytes stands, and no longer name; else -1."""
    while (start := xml.find(opening, start, end)) >= 0:
        after = start + len(opening)
        if xml[after : after + 1] in (b">", b"/", b" ", b"\t", b"\r", b"\n"):
            return start
        start = after
    return -1
