"""A1 notation: text to a GridRange and back. Rows and columns of a GridRange are half open."""

from __future__ import annotations

from tests.sheets_service.model import Book, Json


def parse(book: Book, text: str) -> Json:
    """The GridRange of this text; sides that are not bounded are absent."""
    raise NotImplementedError


def write(book: Book, grid_range: Json) -> str:
    """A GridRange as Google spells it in answers."""
    raise NotImplementedError
