"""Data filters: which ranges they select, and which developer metadata a lookup finds."""

from __future__ import annotations

from typing import get_args

from tests.sheets_service import a1
from tests.sheets_service.model import Book, Json, Metadata, Place, invalid

_PLACES: dict[str, Place] = {place.upper(): place for place in get_args(Place)}


def ranges(book: Book, data_filter: Json) -> list[Json]:
    """The GridRanges that a DataFilter selects; metadata of the spreadsheet selects every tab.

    Raises:
        GoogleError: 400 for a range that cannot be read, or a filter that says nothing.
    """
    if "a1Range" in data_filter:
        return [a1.parse(book, data_filter["a1Range"])]
    if "gridRange" in data_filter:
        found = {"sheetId": 0, **data_filter["gridRange"]}
        book.sheet(found["sheetId"])
        return [found]
    if "developerMetadataLookup" in data_filter:
        selected: list[Json] = []
        for piece in lookup(book, data_filter["developerMetadataLookup"]):
            selected += [area for area in _areas(book, piece) if area not in selected]
        return selected
    raise invalid("A DataFilter must have one of a1Range, developerMetadataLookup or gridRange.")


def lookup(book: Book, lookup: Json) -> list[Metadata]:
    """The metadata that a DeveloperMetadataLookup finds: what matches each of its fields.

    Raises:
        GoogleError: 400 for fields that cannot stand together.
    """
    strategy = lookup.get("locationMatchingStrategy", "INTERSECTING_LOCATION")
    location: Json | None = lookup.get("metadataLocation")
    place = lookup.get("locationType")
    if "locationMatchingStrategy" in lookup and location is None:
        raise invalid("locationMatchingStrategy may only be set with a metadataLocation.")
    if place and location is not None and strategy == "EXACT_LOCATION":
        raise invalid("locationType may not be set when locationMatchingStrategy is EXACT.")
    if place == "SPREADSHEET" and location is not None and not location.get("spreadsheet"):
        raise invalid("locationType may not be SPREADSHEET with a non-spreadsheet location.")
    wanted = {
        "id": lookup.get("metadataId"),
        "key": lookup.get("metadataKey"),
        "value": lookup.get("metadataValue"),
        "visibility": lookup.get("visibility"),
        "place": _PLACES.get(place) if place else None,
    }
    exact = strategy == "EXACT_LOCATION"
    return [
        piece
        for piece in book.metadata
        if all(want is None or getattr(piece, name) == want for name, want in wanted.items())
        and (location is None or _is_at(piece, location, exact))
    ]


def _is_at(piece: Metadata, location: Json, exact: bool) -> bool:
    """Whether metadata hangs on a location or, unless `exact`, on what crosses it."""
    if location.get("spreadsheet"):
        return piece.place == "spreadsheet"
    span: Json | None = location.get("dimensionRange")
    if span is None:
        on_sheet = piece.sheet == location.get("sheetId", 0)
        return on_sheet and (not exact or piece.place == "sheet")
    if piece.sheet != span.get("sheetId", 0):
        return False
    if piece.place != ("row" if span.get("dimension") == "ROWS" else "column"):
        return not exact
    assert piece.index is not None
    start, end = span.get("startIndex", 0), span.get("endIndex", 1 << 40)
    return bool(end - start == 1 or not exact) and bool(start <= piece.index < end)


def _areas(book: Book, piece: Metadata) -> list[Json]:
    if piece.place == "spreadsheet":
        return [{"sheetId": sheet.id} for sheet in book.sheets]
    if piece.place == "sheet" or piece.index is None:
        return [{"sheetId": piece.sheet}]
    side = "Row" if piece.place == "row" else "Column"
    ends = {f"start{side}Index": piece.index, f"end{side}Index": piece.index + 1}
    return [{"sheetId": piece.sheet, **ends}]
