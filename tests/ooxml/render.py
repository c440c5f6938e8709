"""Workbooks as LibreOffice shows them: pages as PNG, or saved again as .xlsx."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def render(xlsx: bytes | Path, out_dir: Path) -> list[Path]:
    """Every printed page of a workbook as a PNG of 80 dpi, in order.

    Skips the test without LibreOffice or pdftoppm; fails if LibreOffice cannot open the file.
    """
    pdftoppm = shutil.which("pdftoppm") or pytest.skip("pdftoppm is not installed")
    pdf = _converted(xlsx, "pdf", out_dir)
    subprocess.run([pdftoppm, "-png", "-r", "80", pdf, pdf.with_suffix("")], check=True)
    return sorted(out_dir.glob(f"{pdf.stem}-*.png"))


def saved_again(xlsx: bytes | Path) -> bytes:
    """The workbook after LibreOffice opened it and saved it as .xlsx. Skips without LibreOffice."""
    with tempfile.TemporaryDirectory() as folder:
        return _converted(xlsx, "xlsx", Path(folder)).read_bytes()


def _converted(xlsx: bytes | Path, kind: str, out_dir: Path) -> Path:
    soffice = shutil.which("soffice") or pytest.skip("LibreOffice is not installed")
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "book.xlsx" if isinstance(xlsx, bytes) else xlsx.name)
        source.write_bytes(xlsx if isinstance(xlsx, bytes) else xlsx.read_bytes())
        # A profile of its own: two LibreOffices that share one wait for each other.
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        target = ["--convert-to", kind, "--outdir", str(out_dir)]
        run = subprocess.run(
            [soffice, profile, "--headless", *target, str(source)],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
    made = out_dir / f"{source.stem}.{kind}"
    assert made.exists(), f"LibreOffice could not convert {source.name}: {run.stdout}{run.stderr}"
    return made
