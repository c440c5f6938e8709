"""The folder of hard public workbooks that CERTSYNC_CORPUS names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def corpus_files() -> list[Path]:
    """Every workbook of the corpus, by name. Skips the test where there is no corpus."""
    folder = os.environ.get("CERTSYNC_CORPUS")
    if not folder:
        pytest.skip("CERTSYNC_CORPUS names no folder of workbooks")
    return sorted(p for p in Path(folder).iterdir() if p.suffix in {".xlsx", ".xlsm"})


def corpus_file(name: str) -> bytes:
    """The bytes of one workbook of the corpus. Skips the test where it is absent."""
    for path in corpus_files():
        if path.name == name:
            return path.read_bytes()
    pytest.skip(f"{name} is not in the corpus")
