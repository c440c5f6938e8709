"""The addresses a workbook in Google Sheets may have, and what is wrong with others."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from certsync.settings import Spreadsheet

_ID = re.compile(r"[A-Za-z0-9_-]{25,200}")
_PATH = re.compile(r"(?:/a/[^/]+)?/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{25,200})(?:/.*)?")
_HOME = "docs.google.com"
_COPY = "Open the spreadsheet in a browser and copy the whole address from the address bar"


def spreadsheet(text: str, folder: Path) -> Spreadsheet | None:
    """The spreadsheet an address or a bare ID names; None if it names none.

    A name that could be an ID is a file where there is one in `folder`.
    """
    if _ID.fullmatch(text):
        return None if (folder / text).exists() else Spreadsheet(text)
    parts = _split(text)
    if parts is None or parts[0] != _HOME:
        return None
    found = _PATH.fullmatch(parts[1])
    return Spreadsheet(found[1]) if found else None


def problem(text: str) -> str | None:
    """What is wrong with a web address that is no spreadsheet's; None for what is none."""
    parts = _split(text)
    if parts is None:
        return None
    host, path = parts
    if host == _HOME and path.startswith("/spreadsheets/d/e/"):
        return f"This is the address of a published copy. {_COPY}: it has /d/ and a long ID."
    if host == _HOME and "/spreadsheets/" in path:
        return f"This address has no whole ID in it. {_COPY}."
    if host == _HOME:
        return f"This is the address of another kind of Google document. {_COPY}."
    if host == "drive.google.com":
        return f"This is the address of a folder or file in Drive. {_COPY}: it begins with https://docs.google.com/spreadsheets/d/."
    return (
        "A workbook is a file, or a spreadsheet in Google Sheets. Download this one and put the "
        "name of the file here."
    )


def _split(text: str) -> tuple[str, str] | None:
    """Host and path of a web address, also of one without https:// in front."""
    if re.match(rf"{re.escape(_HOME)}/", text, re.IGNORECASE):
        text = f"https://{text}"
    if not re.match("https?:", text, re.IGNORECASE):
        return None
    try:
        parts = urlsplit(text)
        return (parts.hostname or ""), parts.path
    except ValueError:
        return "", ""
