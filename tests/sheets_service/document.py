"""The Spreadsheet resource: a book as Google's JSON."""

from __future__ import annotations

from tests.sheets_service.model import Book, Json, Sheet


def spreadsheet(
    book: Book,
    *,
    url: str,
    ranges: list[Json] | None = None,
    grid_data: bool = False,
    mask: str | None = None,
) -> Json:
    """The whole resource. `ranges` are GridRanges; a field mask overrules `grid_data`."""
    raise NotImplementedError


def by_data_filter(book: Book, body: Json, url: str, mask: str | None = None) -> Json:
    """`spreadsheets.getByDataFilter`."""
    raise NotImplementedError


def sheet_json(
    book: Book, sheet: Sheet, *, ranges: list[Json] | None = None, grid_data: bool = False
) -> Json:
    """One tab."""
    raise NotImplementedError
