"""Which files are refused, and the sentence for each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STRICT = "http://purl.oclc.org/ooxml/"
_MAIN_TYPES = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "application/vnd.ms-excel.template.macroEnabled.main+xml",
    "application/vnd.ms-excel.addin.macroEnabled.main+xml",
)
_BINARY_TYPE = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
_SAVE_AS = "Open it in Excel, choose File, Save As, Excel Workbook (.xlsx), and name that file."


@dataclass(frozen=True)
class Refusal:
    """Why a file is refused, and what its owner can do. `reason` lacks its full stop."""

    reason: str
    remedy: str


NOT_A_WORKBOOK = Refusal("the file is not an Excel workbook", "Name an .xlsx or .xlsm file.")


def refusal_by_signature(data: bytes) -> Refusal | None:
    """What the first bytes of a file say; None if it may be an Open XML workbook."""
    if not data:
        return Refusal(
            "the file is empty",
            "If it lies in a cloud folder, let it download first; else restore an older version.",
        )
    if data.startswith(_COMPOUND):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return Refusal(
                "the workbook is protected by a password",
                "Open it in Excel, choose File, Info, Protect Workbook, Encrypt with Password, "
                "clear the password, and save.",
            )
        if any(s.encode("utf-16-le") in data for s in ("Workbook", "Book")):
            return Refusal("the file has the old format .xls", _SAVE_AS)
        return NOT_A_WORKBOOK
    if not data.startswith(b"PK"):
        head = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
            return Refusal("the file is a web page or XML, whatever its name says", _SAVE_AS)
        return NOT_A_WORKBOOK
    return None


def refusal_by_content(
    parts: Collection[str], types: Collection[str], links: Collection[str]
) -> Refusal | None:
    """What the parts of an archive say; None if it is a workbook that can be patched.

    Args:
        parts: Part names in lower case.
        types: The content types of the main part.
        links: The types of the package's own relationships.
    """
    if "mimetype" in parts and "content.xml" in parts:
        return Refusal("the file is an OpenDocument sheet (.ods)", _SAVE_AS)
    if any(kind.startswith(_STRICT) for kind in links):
        return Refusal("the workbook is saved as Strict Open XML", _SAVE_AS)
    if _BINARY_TYPE in types:
        return Refusal("the file has the binary format .xlsb", _SAVE_AS)
    if any("/digital-signature/" in kind for kind in links):
        return Refusal(
            "the workbook is digitally signed, and any change would break the signature",
            "Remove the signature (File, Info, View Signatures), then run again.",
        )
    return None if set(types) & set(_MAIN_TYPES) else NOT_A_WORKBOOK
