"""A zip archive whose unchanged members stay the bytes they are, compressed as they were."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

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
_LARGE, _LARGE_LEVEL, _SLICE = 1 << 20, 4, 4 << 20


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


def stored(contents: Mapping[str, bytes]) -> bytes:
    """An archive of these contents by name, none of them packed."""
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in contents.items():
        head = _head(0, _STORED, _DAY_ONE, content, len(content))
        local = _LOCAL.pack(b"PK\3\4", *head, len(name), 0) + name.encode()
        body += (local, content)
        directory.append(_entry(20, head, name.encode(), (0, 0), offset))
        offset += len(local) + len(content)
    return b"".join((*body, *directory, _ending(directory, offset)))


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
    return b"".join((*body, *directory, _ending(directory, offset)))


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
    packed = _deflated(content)
    made_by, date, places, flags = 20, _DAY_ONE, (0, 0), 0 if name.isascii() else _UTF8
    if old is not None:
        fields = _CENTRAL.unpack_from(old.central)
        made_by, date, places = fields[1], (fields[5], fields[6]), (fields[14], fields[15])
        flags = old.flags & _UTF8
    head = _head(flags, _DEFLATED, date, content, len(packed))
    local = _LOCAL.pack(b"PK\3\4", *head, len(name), 0)
    return b"".join((local, name, packed)), _entry(made_by, head, name, places, offset)


def _deflated(content: bytes) -> bytes:
    """The content packed; a large one in slices of a fixed size, several at a time."""
    if len(content) <= _LARGE:
        return _slice_deflated(content, 6, zlib.Z_FINISH)
    slices = [content[at : at + _SLICE] for at in range(0, len(content), _SLICE)]
    flushes = [zlib.Z_FULL_FLUSH] * (len(slices) - 1) + [zlib.Z_FINISH]
    with ThreadPoolExecutor(min(len(slices), os.cpu_count() or 1)) as pool:
        return b"".join(pool.map(_slice_deflated, slices, repeat(_LARGE_LEVEL), flushes))


def _slice_deflated(content: bytes, level: int, flush: int) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    return deflate.compress(content) + deflate.flush(flush)


Head = tuple[int, int, int, int, int, int, int, int]


def _head(flags: int, method: int, date: tuple[int, int], content: bytes, packed: int) -> Head:
    """What a local record and a central entry both say, from the version needed on."""
    return (20, flags, method, *date, zlib.crc32(content), packed, len(content))


def _entry(made_by: int, head: Head, name: bytes, places: tuple[int, int], offset: int) -> bytes:
    """A central entry; `places` are its internal and external attributes."""
    fixed = _CENTRAL.pack(b"PK\1\2", made_by, *head, len(name), 0, 0, 0, *places, offset)
    return fixed + name


def _ending(directory: Sequence[bytes], offset: int) -> bytes:
    """The end of an archive whose central directory begins at `offset`."""
    count, size = len(directory), sum(map(len, directory))
    return _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
