"""The dashboard as one tall picture: `python -m tests.dashboard.picture out.png`."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from lxml import etree

from certsync.dashboard.layout import Layout
from certsync.dashboard.to_excel import render
from tests.dashboard.agency import agency
from tests.ooxml.render import render as pages

Pixels = npt.NDArray[np.uint8]
"""A picture: rows, columns, and red, green and blue."""

_COARSE = 50
_MARGIN = 0.03
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def picture(layout: Layout, target: Path, *, pixels: int = 1600) -> None:
    """Draw a layout as LibreOffice shows it, without page breaks, `pixels` wide, as PNG.

    Skips the calling test without LibreOffice or pdftoppm.
    """
    drawn(render(layout, "Dashboard"), "Dashboard", target, pixels=pixels)


def drawn(xlsx: bytes, tab: str, target: Path, *, pixels: int = 1600) -> None:
    """Draw one tab of a workbook in the same way."""
    with tempfile.TemporaryDirectory() as folder:
        save(pixels_of(printed(xlsx, tab, Path(folder)), pixels), target)


def printed(xlsx: bytes, tab: str, folder: Path) -> Path:
    """One tab of a workbook as a PDF of one page."""
    folder.mkdir(parents=True, exist_ok=True)
    pages(_on_one_page(xlsx, tab), folder)
    return folder / "book.pdf"


def pixels_of(pdf: Path, pixels: int) -> Pixels:
    """What is drawn on the first page, without the paper around it."""
    left, top, wide, high = _ink(pdf)
    dpi = pixels / wide
    box = [f"{inches * dpi:.0f}" for inches in (left, top, wide, high)]
    crop = ["-x", box[0], "-y", box[1], "-W", box[2], "-H", box[3]]
    return _pdftoppm(pdf, ["-r", f"{dpi:.2f}", *crop])


def save(picture: Pixels, target: Path) -> None:
    """Write a picture as PNG."""
    high, wide, _ = picture.shape
    lines = np.insert(picture.reshape(high, wide * 3), 0, 0, axis=1).tobytes()
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    target.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


def _on_one_page(xlsx: bytes, tab: str) -> bytes:
    """The workbook as it prints this tab alone, on one page without a footer."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx)) as old, zipfile.ZipFile(out, "w") as new:
        book = etree.fromstring(old.read("xl/workbook.xml"))
        links = etree.fromstring(old.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): str(link.get("Target")).lstrip("/") for link in links}
        part = ""
        for at, sheet in enumerate(book.iter(f"{_MAIN}sheet")):
            if sheet.get("name") == tab:
                sheet.set("state", "visible")
                part = f"xl/{targets[sheet.get(_ID)].removeprefix('xl/')}"
                for view in book.iter(f"{_MAIN}workbookView"):
                    view.set("activeTab", str(at))
            else:
                sheet.set("state", "hidden")
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/workbook.xml":
                content = etree.tostring(book)
            elif name == part:
                content = etree.tostring(_page(etree.fromstring(content)))
            new.writestr(name, content)
    return out.getvalue()


def _page(sheet: Any) -> Any:
    for name in ("rowBreaks", "colBreaks", "headerFooter", "pageSetup"):
        for found in sheet.findall(f"{_MAIN}{name}"):
            sheet.remove(found)
    about = sheet.find(f"{_MAIN}sheetPr")
    for found in about.findall(f"{_MAIN}pageSetUpPr"):
        about.remove(found)
    etree.SubElement(about, f"{_MAIN}pageSetUpPr", fitToPage="1")
    setup = etree.Element(f"{_MAIN}pageSetup", orientation="portrait", fitToHeight="1")
    sheet.find(f"{_MAIN}pageMargins").addnext(setup)
    return sheet


def _ink(pdf: Path) -> tuple[float, float, float, float]:
    """Where anything is drawn on the page: left, top, width and height in inches."""
    dark = np.any(_pdftoppm(pdf, ["-r", str(_COARSE)]) < 250, axis=2)
    columns, rows = np.flatnonzero(dark.any(axis=0)), np.flatnonzero(dark.any(axis=1))
    left, top = columns[0] / _COARSE - _MARGIN, rows[0] / _COARSE - _MARGIN
    right, bottom = (columns[-1] + 1) / _COARSE, (rows[-1] + 1) / _COARSE
    return left, top, right + _MARGIN - left, bottom + _MARGIN - top


def _pdftoppm(pdf: Path, options: list[str]) -> Pixels:
    command = ["pdftoppm", "-singlefile", *options, str(pdf)]
    drawing = subprocess.run(command, check=True, capture_output=True).stdout
    _, size, _, pixels = drawing.split(b"\n", 3)
    wide, high = map(int, size.split())
    return np.frombuffer(pixels, dtype=np.uint8).reshape(high, wide, 3)


if __name__ == "__main__":
    picture(agency().layout(), Path(sys.argv[1]))
