"""Files that are refused, each with one sentence and a way out."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from certsync.errors import WorkbookRefused
from certsync.ooxml.package import Package
from tests.ooxml.agency import packed, parts
from tests.ooxml.corpus import corpus_file
from tests.ooxml.handmade import book, worksheet

PLAIN = book({"Certifications": worksheet('<row r="1"/>')})
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def compound(stream: str) -> bytes:
    """An OLE file whose directory names a stream."""
    return COMPOUND + stream.encode("utf-16-le")


def edited(part: str, old: str, new: str) -> bytes:
    """The plain workbook with one text replaced in one part."""
    members = parts(PLAIN)
    assert old.encode() in members[part]
    return packed(members | {part: members[part].replace(old.encode(), new.encode())})


def signed() -> bytes:
    """A workbook with a digital signature."""
    link = (
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/package/2006/'
        'relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/>'
    )
    return edited("_rels/.rels", "</Relationships>", f"{link}</Relationships>")


def encrypted_zip() -> bytes:
    """A zip whose members say that they need a password."""
    data = bytearray(PLAIN)
    at = data.find(b"PK\1\2")
    data[at + 8] |= 1
    return bytes(data)


STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (lambda: b"", "the file is empty"),
        (lambda: compound("EncryptedPackage"), "protected by a password"),
        (lambda: compound("Workbook"), r"old format \.xls"),
        (lambda: compound("WordDocument"), "not an Excel workbook"),
        (lambda: b"Name,Expires\nAda,2027-01-31\n", "not an Excel workbook"),
        (lambda: b"\xef\xbb\xbf<html><table></table></html>", "a web page or XML"),
        (lambda: PLAIN[:-40], "damaged or not complete"),
        (lambda: PLAIN[: len(PLAIN) // 2], "damaged or not complete"),
        (lambda: packed({"readme.txt": b"hello"}), "not an Excel workbook"),
        (
            lambda: packed({"mimetype": b"x", "content.xml": b"<a/>"}),
            r"OpenDocument sheet \(\.ods\)",
        ),
        (lambda: edited("_rels/.rels", TRANSITIONAL, STRICT), "saved as Strict Open XML"),
        (
            lambda: edited(
                "[Content_Types].xml",
                MAIN_TYPE,
                "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
            ),
            r"binary format \.xlsb",
        ),
        (signed, "digitally signed"),
        (encrypted_zip, "encrypted"),
        (
            lambda: edited(
                "[Content_Types].xml",
                MAIN_TYPE,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            ),
            "not an Excel workbook",
        ),
    ],
    ids=lambda value: None if callable(value) else str(value),
)
def test_a_file_that_cannot_be_patched_is_refused(data: Callable[[], bytes], sentence: str) -> None:
    """Each kind of file that would be damaged is named, and what its owner can do is told."""
    with pytest.raises(WorkbookRefused, match=sentence) as refused:
        Package.open(data(), name="agency.xlsx")
    text = str(refused.value)
    assert text.startswith("agency.xlsx: ")
    assert text.endswith(".")
    assert ". " in text, "a refusal tells the reason and then the remedy"


def test_a_zip_that_unpacks_to_too_much_is_refused_unopened() -> None:
    """A file whose parts would fill the memory is refused by what its directory says."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts(PLAIN).items():
            target.writestr(name, content)
        target.writestr("xl/media/zeros.bin", bytes(3_000_000))
    assert len(bomb.getvalue()) < 20_000
    with pytest.raises(WorkbookRefused, match="unpacks to 3 MB, more than the 1 MB"):
        Package.open(bomb.getvalue(), max_unpacked=2**20)


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    """Unpacking stops at the size the directory gives, whatever the stream goes on with."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts(PLAIN).items():
            target.writestr(name, bytes(5_000_000) if name == "xl/styles.xml" else content)
    data = stream.getvalue()
    size = (5_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    package = Package.open(data.replace(size, (100).to_bytes(4, "little")))
    tracemalloc.start()
    with pytest.raises(WorkbookRefused, match=r"damaged in xl/styles\.xml"):
        package.read("xl/styles.xml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_flipped_byte_is_found() -> None:
    """A part whose checksum is wrong is refused, not patched."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        for name, content in parts(PLAIN).items():
            target.writestr(name, content)
    data = stream.getvalue().replace(b"Calibri", b"Calibra", 1)
    with pytest.raises(WorkbookRefused, match=r"damaged in xl/styles\.xml"):
        Package.open(data).read("xl/styles.xml")


def test_two_parts_of_one_name_are_refused() -> None:
    """Nobody can tell which of two parts of the same name Excel would take."""
    members = [*parts(PLAIN).items(), ("xl/Styles.xml", b"<styleSheet/>")]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, content in members:
            target.writestr(name, content)
    with pytest.raises(WorkbookRefused, match="two of its parts have the same name"):
        Package.open(stream.getvalue())


def test_a_workbook_protected_in_excel_is_refused() -> None:
    """A real password-protected workbook is named as such."""
    with pytest.raises(WorkbookRefused, match="protected by a password"):
        Package.open(corpus_file("poi--60320-protected.xlsx"))


def test_a_main_part_may_be_declared_by_its_extension() -> None:
    """A workbook whose main type is the default of `.xml` is a workbook all the same."""
    members = parts(PLAIN)
    types = members["[Content_Types].xml"].replace(
        f'<Override PartName="/xl/workbook.xml" ContentType="{MAIN_TYPE}"/>'.encode(), b""
    )
    types = types.replace(b'"application/xml"', f'"{MAIN_TYPE}"'.encode())
    package = Package.open(packed(members | {"[Content_Types].xml": types}))
    assert package.workbook_part() == "xl/workbook.xml"
