"""Data filters: which ranges they select, and which developer metadata a lookup finds."""

from __future__ import annotations

from tests.sheets_service.model import Book, Json, Metadata


def ranges(book: Book, data_filter: Json) -> list[Json]:
    """The GridRanges that a DataFilter selects."""
    raise NotImplementedError


def lookup(book: Book, lookup: Json) -> list[Metadata]:
    """The metadata that a DeveloperMetadataLookup finds."""
    raise NotImplementedError
