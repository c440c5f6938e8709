"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ooxml.validator import new_errors, validate


@dataclass(frozen=True)
class Validator:
    """Microsoft's Open XML SDK: every error of a workbook, or those an edit brought in."""

    validate: Callable[[Path | bytes], list[str]] = validate
    new_errors: Callable[[bytes, bytes], list[str]] = new_errors


@pytest.fixture(scope="session")
def validator() -> Validator:
    """The validator; a test that calls it is skipped where it is not installed."""
    return Validator()


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of commits need not wait for a disk."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)
