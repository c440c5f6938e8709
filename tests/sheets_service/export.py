"""A book in other forms: to be looked at, or as Drive exports it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

from tests.sheets_service.documents import XLSX
from tests.sheets_service.export_html import to_html
from tests.sheets_service.export_xlsx import to_xlsx
from tests.sheets_service.model import Book, Sheet
from tests.sheets_service.numbers import locale
from tests.sheets_service.shown import shown

__all__ = ["FORMATS", "sheet_of_csv", "to_html", "to_xlsx"]


def _delimited(book: Book, delimiter: str) -> bytes:
    """What the first tab shows."""
    sheet, of = book.sheets[0], locale(book.locale)
    rows, columns = sheet.used()
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for row in range(rows):
        writer.writerow([shown(sheet.cell(row, column), of) for column in range(columns)])
    return text.getvalue().removesuffix("\r\n").encode()


def _zipped_html(book: Book) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{book.title.replace('/', '_')}.html", to_html(book))
    return packed.getvalue()


FORMATS: dict[str, Callable[[Book], bytes]] = {
    XLSX: to_xlsx,
    "text/csv": lambda book: _delimited(book, ","),
    "text/tab-separated-values": lambda book: _delimited(book, "\t"),
    "application/zip": _zipped_html,
}
"""What Drive exports a spreadsheet to, less PDF and the formats of other programs."""


def sheet_of_csv(text: str, book: Book) -> Sheet:
    """The first tab of a book anew, with what a CSV file says, read as if a person typed it."""
    from tests.sheets_service import values

    lines = list(csv.reader(io.StringIO(text)))
    old = book.sheets[0]
    widest = max(map(len, lines), default=0)
    sheet = Sheet(old.id, old.title, max(len(lines), 1), max(widest, 1))
    scratch = Book(book.id, book.title, book.locale, book.timezone, [sheet])
    if lines:
        params = {"valueInputOption": ["USER_ENTERED"]}
        values.update(scratch, "A1", params, {"range": "A1", "values": lines})
    return scratch.sheets[0]
