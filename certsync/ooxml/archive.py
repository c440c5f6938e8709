"""A zip archive whose unchanged members stay the bytes they are, compressed as they were."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_FULL = 0xFFFFFFFF
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800
_STORED, _DEFLATED = 0, 8
# What Excel writes: 1 January 1980, as MS-DOS counts.
_DAY_ONE = (0, 33)
# Past this size a part is sheet data: level 4 takes a third of the time for a tenth more space.
_LARGE, _LARGE_LEVEL = 1 << 20, 4


class ZipError(ValueError):
    """The archive cannot be read; the text ends a sentence."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member as the central directory tells it; `record` is its local record's place."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    central: bytes
    record: tuple[int, int]
    content: int

    @property
    def text(self) -> str:
        """The name as text."""
        return self.name.decode("utf-8" if self.flags & _UTF8 else "cp437")

    @property
    def encrypted(self) -> bool:
        """True if a password is needed."""
        return bool(self.flags & _ENCRYPTED)


def members(data: bytes) -> tuple[Member, ...]:
    """The members of an archive, in the order of its central directory. Raises ZipError."""
    count, start, shift = _directory(data)
    found = []
    for _ in range(count):
        if data[start : start + 4] != b"PK\1\2" or start + _CENTRAL.size > len(data):
            raise ZipError("has a broken list of its parts")
        fields = _CENTRAL.unpack_from(data, start)
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        name_size, extra_size, comment_size, offset = *fields[10:13], fields[16]
        end = start + _CENTRAL.size + name_size + extra_size + comment_size
        central = data[start:end]
        name = central[_CENTRAL.size : _CENTRAL.size + name_size]
        if _FULL in (packed, size, offset):
            extra = central[_CENTRAL.size + name_size : _CENTRAL.size + name_size + extra_size]
            size, packed, offset = _zip64(extra, size, packed, offset)
        record, content = _record(data, offset + shift, packed, size, bool(flags & _DESCRIPTOR))
        found.append(Member(name, flags, method, crc, packed, size, central, record, content))
        start = end
    return tuple(found)


def unpack(data: bytes, member: Member) -> bytes:
    """The content of one member, its size and checksum checked. Raises ZipError."""
    packed = data[member.content : member.content + member.packed]
    if member.method == _STORED:
        content = packed
    elif member.method == _DEFLATED:
        inflate = zlib.decompressobj(-15)
        try:
            content = inflate.decompress(packed, member.size + 1)
        except zlib.error as error:
            raise ZipError(f"is damaged in {member.text}") from error
    else:
        raise ZipError(f"packs {member.text} in a way that Excel does not know")
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise ZipError(f"is damaged in {member.text}")
    return content


def rebuilt(data: bytes, old: tuple[Member, ...], changes: Mapping[bytes, bytes | None]) -> bytes:
    """The archive with some contents replaced, taken out (None) or, for new names, added.

    Every other member keeps its record byte for byte; replaced ones keep place and date.
    """
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    known = {member.name for member in old}
    for member in old:
        if member.name not in changes:
            record = data[slice(*member.record)]
            central = _moved(member, offset)
        elif (content := changes[member.name]) is None:
            continue
        else:
            record, central = _packed(member.name, content, offset, member)
        body.append(record)
        directory.append(central)
        offset += len(record)
    for name, content in changes.items():
        if name not in known and content is not None:
            record, central = _packed(name, content, offset, None)
            body.append(record)
            directory.append(central)
            offset += len(record)
    size = sum(map(len, directory))
    end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), size, offset, 0)
    return b"".join((*body, *directory, end))


def _directory(data: bytes) -> tuple[int, int, int]:
    """Count of members, start of the central directory, and what offsets must be shifted by."""
    at = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise ZipError("is damaged or not complete")
    _, _, _, _, count, size, offset, _ = _END.unpack_from(data, at)
    locator = at - _END64_LOCATOR.size
    if data[max(0, locator) : max(0, locator) + 4] == b"PK\6\7":
        at = data.rfind(b"PK\6\6", 0, locator)
        if at < 0:
            raise ZipError("is damaged or not complete")
        *_, count, size, offset = _END64.unpack_from(data, at)
    start = at - size
    if start < 0 or start < offset:
        raise ZipError("is damaged or not complete")
    return count, start, start - offset


def _zip64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    values = [size, packed, offset]
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            place = at + 4
            for index, value in enumerate(values):
                if value == _FULL and place + 8 <= at + 4 + length:
                    (values[index],) = struct.unpack_from("<Q", extra, place)
                    place += 8
        at += 4 + length
    return values[0], values[1], values[2]


def _record(
    data: bytes, at: int, packed: int, size: int, descriptor: bool
) -> tuple[tuple[int, int], int]:
    """Where a member's local record stands, and where its content begins in it."""
    if data[at : at + 4] != b"PK\3\4" or at + _LOCAL.size > len(data):
        raise ZipError("is damaged")
    fields = _LOCAL.unpack_from(data, at)
    content = at + _LOCAL.size + fields[9] + fields[10]
    end = content + packed
    if end > len(data):
        raise ZipError("is damaged or not complete")
    if descriptor:
        # The descriptor's signature is optional, and its sizes are wide in zip64 records.
        end += 4 if data[end : end + 4] == b"PK\7\x08" else 0
        end += 20 if data[end + 4 : end + 20] == struct.pack("<2Q", packed, size) else 12
    return (at, end), content


def _moved(member: Member, offset: int) -> bytes:
    """A central directory entry with its record at another offset, without zip64 fields."""
    fields = list(_CENTRAL.unpack_from(member.central))
    name_end = _CENTRAL.size + fields[10]
    extra = member.central[name_end : name_end + fields[11]]
    comment = member.central[name_end + fields[11] :]
    if _FULL in (fields[8], fields[9], fields[16]):
        extra = _without_zip64(extra)
        fields[8], fields[9], fields[11] = member.packed, member.size, len(extra)
    fields[16] = offset
    return _CENTRAL.pack(*fields) + member.name + extra + comment


def _without_zip64(extra: bytes) -> bytes:
    kept, at = b"", 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        kept += b"" if tag == 1 else extra[at : at + 4 + length]
        at += 4 + length
    return kept


def _packed(name: bytes, content: bytes, offset: int, old: Member | None) -> tuple[bytes, bytes]:
    """The local record and the central entry of a member with new content."""
    level = _LARGE_LEVEL if len(content) > _LARGE else 6
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    packed = deflate.compress(content) + deflate.flush()
    clock, day = _DAY_ONE
    made_by, inner, outer, flags = 20, 0, 0, 0 if name.isascii() else _UTF8
    if old is not None:
        fields = _CENTRAL.unpack_from(old.central)
        made_by, clock, day, inner, outer = fields[1], fields[5], fields[6], *fields[14:16]
        flags = old.flags & _UTF8
    head = (20, flags, _DEFLATED, clock, day, zlib.crc32(content), len(packed), len(content))
    local = _LOCAL.pack(b"PK\3\4", *head, len(name), 0)
    central = _CENTRAL.pack(b"PK\1\2", made_by, *head, len(name), 0, 0, 0, inner, outer, offset)
    return b"".join((local, name, packed)), central + name
