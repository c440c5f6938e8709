"""The values methods: get, update, append and clear, by A1 range or by data filter."""

from __future__ import annotations

from tests.sheets_service.model import Book, Json

Params = dict[str, list[str]]


def get(book: Book, range: str, params: Params) -> Json:
    """`spreadsheets.values.get`."""
    raise NotImplementedError


def batch_get(book: Book, params: Params) -> Json:
    """`spreadsheets.values.batchGet`."""
    raise NotImplementedError


def batch_get_by_data_filter(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchGetByDataFilter`."""
    raise NotImplementedError


def update(book: Book, range: str, params: Params, body: Json) -> Json:
    """`spreadsheets.values.update`."""
    raise NotImplementedError


def batch_update(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchUpdate`."""
    raise NotImplementedError


def batch_update_by_data_filter(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchUpdateByDataFilter`."""
    raise NotImplementedError


def append(book: Book, range: str, params: Params, body: Json) -> Json:
    """`spreadsheets.values.append`."""
    raise NotImplementedError


def clear(book: Book, range: str) -> Json:
    """`spreadsheets.values.clear`."""
    raise NotImplementedError


def batch_clear(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchClear`."""
    raise NotImplementedError


def batch_clear_by_data_filter(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchClearByDataFilter`."""
    raise NotImplementedError
