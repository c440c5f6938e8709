"""The dashboard as one tall picture: `python -m tests.dashboard.picture out.png`."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from certsync.dashboard.layout import Layout
from certsync.dashboard.to_excel import render
from tests.dashboard.agency import agency
from tests.ooxml.render import render as pages

_COARSE = 50
_MARGIN = 0.03
_SHEET = "xl/worksheets/sheet1.xml"


def picture(layout: Layout, target: Path, *, pixels: int = 1600) -> None:
    """Draw a layout as LibreOffice shows it, without page breaks, `pixels` wide, as PNG.

    Skips the calling test without LibreOffice or pdftoppm.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages(_on_one_page(render(replace(layout, breaks=()), "Dashboard")), folder)
        pdf = folder / "book.pdf"
        left, top, wide, high = _ink(pdf)
        dpi = pixels / wide
        box = [f"{inches * dpi:.0f}" for inches in (left, top, wide, high)]
        crop = ["-x", box[0], "-y", box[1], "-W", box[2], "-H", box[3]]
        _pdftoppm(pdf, ["-png", "-r", f"{dpi:.2f}", *crop], target.with_suffix(""))


def _on_one_page(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == _SHEET:
                content = content.replace(b'fitToHeight="0"', b'fitToHeight="1"')
                content = content.replace(b'"landscape"', b'"portrait"')
                content = (
                    content[: content.index(b"<oddFooter>")]
                    + (content[content.index(b"</oddFooter>") + len(b"</oddFooter>") :])
                )
            new.writestr(name, content)
    return out.getvalue()


def _ink(pdf: Path) -> tuple[float, float, float, float]:
    """Where anything is drawn on the page: left, top, width and height in inches."""
    coarse = pdf.with_name("coarse")
    _pdftoppm(pdf, ["-gray", "-r", str(_COARSE)], coarse)
    _, size, _, pixels = coarse.with_suffix(".pgm").read_bytes().split(b"\n", 3)
    wide, high = map(int, size.split())
    dark = np.frombuffer(pixels, dtype=np.uint8).reshape(high, wide) < 250
    columns, rows = np.flatnonzero(dark.any(axis=0)), np.flatnonzero(dark.any(axis=1))
    left, top = columns[0] / _COARSE - _MARGIN, rows[0] / _COARSE - _MARGIN
    right, bottom = (columns[-1] + 1) / _COARSE, (rows[-1] + 1) / _COARSE
    return left, top, right + _MARGIN - left, bottom + _MARGIN - top


def _pdftoppm(pdf: Path, options: list[str], target: Path) -> None:
    subprocess.run(["pdftoppm", "-singlefile", *options, pdf, target], check=True)


if __name__ == "__main__":
    picture(agency().layout(), Path(sys.argv[1]))
