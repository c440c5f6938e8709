"""Developer metadata: created, found by filter, changed and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sheets_service.batch_testing import apply, book, on_column, on_row, refused, span
from tests.sheets_service.model import Book, Json, Metadata


def create(location: Json, **more: Any) -> Json:
    """A createDeveloperMetadata request with the key `key`."""
    piece = {"metadataKey": "key", "visibility": "PROJECT", "location": location, **more}
    return {"createDeveloperMetadata": {"developerMetadata": piece}}


def test_created_metadata() -> None:
    """Metadata hangs on a row, column, tab or the spreadsheet; its id may be chosen."""
    made = book([])
    replies = apply(
        made,
        create({"dimensionRange": span(2, 3)}, metadataId=5, metadataValue="v"),
        create({"dimensionRange": span(1, 2, "COLUMNS")}),
        create({"sheetId": 0}),
        create({"spreadsheet": True}),
    )
    first = replies[0]["createDeveloperMetadata"]["developerMetadata"]
    assert (first["metadataId"], first["location"]["locationType"]) == (5, "ROW")
    assert made.metadata[0] == Metadata(5, "key", "v", "PROJECT", "row", 0, 2)
    assert [(p.place, p.sheet, p.index) for p in made.metadata[1:]] == [
        ("column", 0, 1),
        ("sheet", 0, None),
        ("spreadsheet", None, None),
    ]
    assert len({piece.id for piece in made.metadata}) == 4


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (create({"sheetId": 0}, metadataId=5), "with the ID 5 already exists"),
        (create({"dimensionRange": span(2, 4)}), "a single row or column"),
        (create({"dimensionRange": span(10, 11)}), "startIndex[10] is after last row in grid[9]"),
        (create({"sheetId": 9}), "No grid with id: 9"),
        (create({}), "Exactly one location"),
        (create({"sheetId": 0}, metadataKey=""), "must have a metadataKey"),
        (
            create({"sheetId": 0}, visibility="DEVELOPER_METADATA_VISIBILITY_UNSPECIFIED"),
            "must have a visibility",
        ),
    ],
)
def test_metadata_that_is_refused(request_: Json, said: str) -> None:
    """Ids are unique, and there is one place of one row or column within the grid."""
    made = book([])
    made.metadata = [on_row(5, 0)]
    assert said in refused(made, request_)


def filled() -> Book:
    """A book with metadata 1 and 2 on rows, 3 on a column."""
    made = book([])
    made.metadata = [on_row(1, 0), on_row(2, 4), on_column(3, 0)]
    return made


def by_id(id: int) -> Json:
    """A DataFilter."""
    return {"developerMetadataLookup": {"metadataId": id}}


def test_changed_metadata() -> None:
    """Every piece that a filter selects changes, in the listed fields; ids stay."""
    made = filled()
    new = {"metadataValue": "new", "location": {"dimensionRange": span(6, 7)}}
    body = {"developerMetadata": new, "dataFilters": [by_id(1), by_id(3)]}
    [reply] = apply(made, {"updateDeveloperMetadata": {**body, "fields": "metadataValue"}})
    assert len(reply["updateDeveloperMetadata"]["developerMetadata"]) == 2
    assert [(p.id, p.value, p.index) for p in made.metadata] == [
        (1, "new", 0),
        (2, None, 4),
        (3, "new", 0),
    ]
    apply(made, {"updateDeveloperMetadata": {**body, "fields": "location"}})
    assert [(p.place, p.index) for p in made.metadata] == [("row", 6), ("row", 4), ("row", 6)]


@pytest.mark.parametrize(
    ("data_filter", "left"),
    [
        (by_id(1), [2, 3]),
        ({"developerMetadataLookup": {"metadataKey": "key"}}, []),
        ({"developerMetadataLookup": {"locationType": "ROW"}}, [3]),
        ({"a1Range": "A!1:3"}, [2, 3]),
        (by_id(9), [1, 2, 3]),
    ],
)
def test_deleted_metadata(data_filter: Json, left: list[int]) -> None:
    """What a filter selects is deleted and answered; nothing selected is no error."""
    made = filled()
    [reply] = apply(made, {"deleteDeveloperMetadata": {"dataFilter": data_filter}})
    assert [piece.id for piece in made.metadata] == left
    gone = reply["deleteDeveloperMetadata"].get("deletedDeveloperMetadata", [])
    assert len(gone) == 3 - len(left)
