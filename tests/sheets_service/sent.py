"""What Google leaves out of an answer: fields that are false, 0 or empty, as proto3 JSON does."""

from __future__ import annotations

from typing import Any

from tests.sheets_service.model import Json, Metadata

# Fields that know "not set" beside false or 0, so that Google sends them either way.
_SENT_WHEN_FALSE = frozenset({"bold", "italic", "strikethrough", "underline"})
_ZERO_LEFT_OUT = frozenset(
    {"sheetId", "rowIndex", "offsetXPixels", "offsetYPixels", "red", "green", "blue", "depth"}
)


def sent(value: Any, key: str = "") -> Any:
    """A stored value in Google's form as it is sent. `key` is the field it stands in."""
    if isinstance(value, list):
        return [sent(item, key) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, dict):
        return value
    return {
        name: sent(item, name) for name, item in value.items() if not _left_out(name, item, key)
    }


def _left_out(name: str, value: Any, key: str) -> bool:
    if value is False:
        return name not in _SENT_WHEN_FALSE
    if value == 0 and not isinstance(value, bool):
        zero = name in _ZERO_LEFT_OUT or (name == "columnIndex" and key != "filterSpecs")
        return zero and isinstance(value, (int, float))
    return value is None or value == []


def metadata_json(piece: Metadata) -> Json:
    """A DeveloperMetadata."""
    location: Json = {"locationType": piece.place.upper()}
    if piece.place == "spreadsheet":
        location["spreadsheet"] = True
    elif piece.place == "sheet":
        location["sheetId"] = piece.sheet
    elif piece.index is not None:
        span = {"sheetId": piece.sheet, "dimension": f"{piece.place.upper()}S"}
        span |= {"startIndex": piece.index, "endIndex": piece.index + 1}
        location["dimensionRange"] = sent(span)
    found: Json = {"metadataId": piece.id, "metadataKey": piece.key}
    if piece.value is not None:
        found["metadataValue"] = piece.value
    return {**found, "location": location, "visibility": piece.visibility}
