"""An .xlsx file as parts; a part stays bytes until somebody puts another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from certsync.errors import WorkbookRefused
from certsync.ooxml import archive, xml
from certsync.ooxml.refusals import Refusal, refusal_by_content, refusal_by_signature

TYPES: Final = "[Content_Types].xml"
RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_NO_RELS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<Relationships '
    b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
)
_NUMBERED = re.compile(r"rId(\d+)", re.IGNORECASE)
_DAMAGED = "Open it in Excel, repair it, save it, and run again."


@dataclass(frozen=True)
class Relationship:
    """A link from one part. `target` is a part name without leading slash, or a URL."""

    id: str
    type: str
    target: str
    external: bool = False


class Package:
    """The parts of a workbook. Names compare without case; a leading slash is tolerated.

    Part errors raise WorkbookRefused; a part that does not exist raises KeyError.
    """

    def __init__(self, data: bytes, members: tuple[archive.Member, ...], name: str) -> None:
        self.name = name
        self._data = data
        self._members = members
        self._parts = {_key(m.text): m for m in members if not m.text.endswith("/")}
        self._written: dict[str, tuple[str, bytes | None]] = {}
        self._unpacked: dict[str, bytes] = {}

    @classmethod
    def open(cls, data: bytes, *, name: str = "workbook", max_unpacked: int = 2**30) -> Package:
        """The package in these bytes.

        Args:
            data: The whole file.
            name: What error messages call the file.
            max_unpacked: The most bytes its parts may hold together when unpacked.

        Raises:
            WorkbookRefused: The file is no workbook that can be patched without damage.
        """
        if refusal := refusal_by_signature(data):
            raise WorkbookRefused(name, refusal.reason, refusal.remedy)
        try:
            members = archive.members(data)
        except archive.ZipError as error:
            raise WorkbookRefused(name, f"the file {error}", _DAMAGED) from error
        package = cls(data, members, name)
        if refusal := package._refusal(max_unpacked):
            raise WorkbookRefused(name, refusal.reason, refusal.remedy)
        return package

    def names(self) -> tuple[str, ...]:
        """Every part, in the order of the archive, new ones last."""
        old = [m.text for key, m in self._parts.items() if key not in self._written]
        new = [name for name, content in self._written.values() if content is not None]
        return tuple(old + new)

    def __contains__(self, part: str) -> bool:
        key = _key(part)
        if key in self._written:
            return self._written[key][1] is not None
        return key in self._parts

    def read(self, part: str) -> bytes:
        """The content of a part as it is now."""
        key = _key(part)
        if key in self._written:
            content = self._written[key][1]
            if content is None:
                raise KeyError(part)
            return content
        if key not in self._unpacked:
            try:
                self._unpacked[key] = archive.unpack(self._data, self._parts[key])
            except archive.ZipError as error:
                raise WorkbookRefused(self.name, f"the file {error}", _DAMAGED) from error
        return self._unpacked[key]

    def xml(self, part: str) -> bytes:
        """The content of an XML part in UTF-8, fit to be edited."""
        try:
            return xml.editable(self.read(part))
        except xml.XmlError as error:
            raise WorkbookRefused(self.name, f"its part {part} {error}", _DAMAGED) from error

    def raw(self, part: str) -> bytes:
        """The part as the archive held it, still packed."""
        member = self._parts[_key(part)]
        return self._data[member.content : member.content + member.packed]

    def put(self, part: str, data: bytes, content_type: str | None = None) -> None:
        """Replace a part, or add one of this content type. Equal bytes are no change."""
        key = _key(part)
        if part not in self or self.read(part) != data:
            old = self._parts.get(key)
            undone = self._written.pop(key, None) is not None and old and self.read(part) == data
            if not undone:
                self._written[key] = (old.text if old else part.lstrip("/"), data)
        if content_type is not None and self.content_type(part) != content_type:
            self._set_content_type(part, content_type)

    def remove(self, part: str) -> None:
        """Take a part out, with its content type and its own relationships."""
        if part not in self:
            raise KeyError(part)
        self._set_content_type(part, None)
        for name in (part, _rels_of(part)):
            if name in self:
                key = _key(name)
                if key in self._parts:
                    self._written[key] = (self._parts[key].text, None)
                else:
                    del self._written[key]

    def relationships(self, part: str) -> tuple[Relationship, ...]:
        """The links from a part, in file order; "" is the package itself."""
        if _rels_of(part) not in self:
            return ()
        content = xml.shade(self.xml(_rels_of(part)))
        return tuple(
            _relationship(part, xml.attributes_of(content, element))
            for element in xml.children(content, xml.root(content))
            if element.local == b"Relationship"
        )

    def relate(self, part: str, type: str, target_part: str, external: bool = False) -> str:
        """Add a link from `part` and return its id; an equal link is used again."""
        links = self.relationships(part)
        target = target_part if external else target_part.lstrip("/")
        for link in links:
            if (link.type, _key(link.target), link.external) == (type, _key(target), external):
                return link.id
        taken = [int(m[1]) for link in links if (m := _NUMBERED.fullmatch(link.id))]
        rel_id = f"rId{max(taken, default=0) + 1}"
        shown = target if external else quote(_relative(part, target), safe="/!$&'()*+,;=:@~")
        mode = ' TargetMode="External"' if external else ""
        rels = _rels_of(part)
        content = self.xml(rels) if rels in self else _NO_RELS
        root = xml.root(content)
        element = (
            f'<{root.prefix.decode()}Relationship Id="{rel_id}" Type="{xml.escape(type)}" '
            f'Target="{xml.escape(shown)}"{mode}/>'
        )
        self.put(rels, xml.splice(content, [xml.appended(content, root, element.encode())]))
        if self.content_type(rels) is None:
            self._set_content_type(rels, _RELS_TYPE)
        return rel_id

    def unrelate(self, part: str, rel_id: str) -> None:
        """Take one link out. Raises KeyError."""
        content = self.xml(_rels_of(part))
        shaded = xml.shade(content)
        for element in xml.children(shaded, xml.root(shaded)):
            if xml.attributes_of(shaded, element).get("Id") == rel_id:
                cut = xml.splice(content, [(element.start, element.end, b"")])
                self.put(_rels_of(part), cut)
                return
        raise KeyError(rel_id)

    def content_type(self, part: str) -> str | None:
        """The content type a part is declared with: its own, or its extension's."""
        overrides, defaults = self._content_types()
        key = _key(part)
        return overrides.get(key) or defaults.get(posixpath.splitext(key)[1][1:])

    @property
    def changed(self) -> frozenset[str]:
        """Names of the parts that were replaced, added or taken out."""
        return frozenset(name for name, _ in self._written.values())

    def workbook_part(self) -> str:
        """The name of the part that lists the sheets."""
        for link in self.relationships(""):
            if link.type == f"{RELATIONSHIPS}/officeDocument" and link.target in self:
                return link.target
        raise WorkbookRefused(self.name, "the file is not an Excel workbook", "Name an .xlsx file.")

    def to_bytes(self) -> bytes:
        """The whole file: changed parts packed anew, all others as they were, in old order."""
        if not self._written:
            return self._data
        names = {key: member.name for key, member in self._parts.items()}
        changes = {
            names.get(key) or name.encode(): content
            for key, (name, content) in self._written.items()
        }
        return archive.rebuilt(self._data, self._members, changes)

    def _refusal(self, max_unpacked: int) -> Refusal | None:
        keys = [_key(m.text) for m in self._members if not m.text.endswith("/")]
        if len(set(keys)) < len(keys):
            return Refusal("two of its parts have the same name", _DAMAGED)
        if any(member.encrypted for member in self._members):
            return Refusal("the zip file is encrypted", "Save it without a password.")
        unpacked = sum(member.size for member in self._members)
        if unpacked > max_unpacked:
            sizes = f"{unpacked / 2**20:,.0f} MB, more than the {max_unpacked / 2**20:,.0f} MB"
            return Refusal(
                f"it unpacks to {sizes} that are allowed",
                "If the file is sound, raise `max_unpacked_mb` under `excel:` in the config.",
            )
        links = self.relationships("") if TYPES in self else ()
        main = [link.target for link in links if link.type.endswith("/officeDocument")]
        types = [self.content_type(part) or "" for part in main if part in self]
        return refusal_by_content(self._parts, types, [link.type for link in links])

    def _content_types(self) -> tuple[dict[str, str], dict[str, str]]:
        content = xml.shade(self.xml(TYPES))
        overrides: dict[str, str] = {}
        defaults: dict[str, str] = {}
        for element in xml.children(content, xml.root(content)):
            values = xml.attributes_of(content, element)
            kind = values.get("ContentType", "")
            if element.local == b"Override":
                overrides.setdefault(_key(values.get("PartName", "")), kind)
            elif element.local == b"Default":
                defaults.setdefault(values.get("Extension", "").lower(), kind)
        return overrides, defaults

    def _set_content_type(self, part: str, content_type: str | None) -> None:
        content = self.xml(TYPES)
        shaded = xml.shade(content)
        root = xml.root(shaded)
        splices: list[xml.Splice] = []
        for element in xml.children(shaded, root):
            values = xml.attributes_of(shaded, element)
            if element.local == b"Override" and _key(values.get("PartName", "")) == _key(part):
                splices.append((element.start, element.end, b""))
        default = self._content_types()[1].get(posixpath.splitext(_key(part))[1][1:])
        if content_type is not None and content_type != default:
            name = quote("/" + part.lstrip("/"), safe="/!$&'()*+,;=:@~")
            new = (
                f'<{root.prefix.decode()}Override PartName="{xml.escape(name)}" '
                f'ContentType="{xml.escape(content_type)}"/>'
            )
            splices.append(xml.appended(shaded, root, new.encode()))
        self.put(TYPES, xml.splice(content, splices))


def members_changed(before: bytes, after: bytes) -> set[str]:
    """Names of members whose packed bytes differ between two archives, or that only one has."""
    packed = [_packed_by_name(data, archive.members(data)) for data in (before, after)]
    return {n for n in packed[0].keys() | packed[1].keys() if packed[0].get(n) != packed[1].get(n)}


def _packed_by_name(data: bytes, members: Iterable[archive.Member]) -> dict[str, bytes]:
    return {m.text: data[m.content : m.content + m.packed] for m in members}


def _key(part: str) -> str:
    return unquote(part).replace("\\", "/").lstrip("/").casefold()


def _rels_of(part: str) -> str:
    folder, name = posixpath.split(part.lstrip("/"))
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relationship(part: str, values: dict[str, str]) -> Relationship:
    target, external = values.get("Target", ""), values.get("TargetMode") == "External"
    if not external:
        path = unquote(target.partition("#")[0]).replace("\\", "/")
        base = posixpath.dirname(part.lstrip("/"))
        target = posixpath.normpath(posixpath.join("/", base, path)).lstrip("/")
    return Relationship(values.get("Id", ""), values.get("Type", ""), target, external)


def _relative(part: str, target: str) -> str:
    return posixpath.relpath("/" + target, "/" + posixpath.dirname(part.lstrip("/")))
