"""Fixtures that several folders of tests share."""

from __future__ import annotations

from collections.abc import Callable
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
