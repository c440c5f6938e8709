"""Whole tabs and our columns seen in one answer: values, sizes, and where each column stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from certsync.ooxml.ranges import column_number
from certsync.stores.google_book import Json
from certsync.stores.google_read import Rows

AS_STORED = {
    "valueRenderOption": "UNFORMATTED_VALUE",
    "dateTimeRenderOption": "SERIAL_NUMBER",
    "majorDimension": "ROWS",
}
"""How values are asked for: as Google keeps them, dates as serial numbers."""

_COLUMN = re.compile(r"([A-Z]+)")
_END = re.compile(r":([A-Z]+)(\d+)$")


@dataclass(frozen=True)
class Sight:
    """What one answer shows.

    Attributes:
        places: Where each column of ours stands, 1-based, by its anchor; without those deleted.
        values: The values of each tab from A1 on, by its id.
        sizes: Rows and columns of the grid of each tab.
    """

    places: Mapping[int, int]
    values: Mapping[int, Rows]
    sizes: Mapping[int, tuple[int, int]]


def filter_of(anchor: int) -> Json:
    """The data filter of a column of ours."""
    return {"developerMetadataLookup": {"metadataId": anchor}}


def question(anchors: Iterable[int], sheets: Iterable[int]) -> Json:
    """The body of `values:batchGetByDataFilter` for these columns and whole tabs."""
    filters = [filter_of(anchor) for anchor in anchors]
    filters += [{"gridRange": {"sheetId": sheet}} for sheet in sheets]
    return {"dataFilters": filters, **AS_STORED}


def answer(told: Json) -> Sight:
    """What the answer to a `question` shows."""
    found = told.get("valueRanges", ())
    return _sight([(one.get("dataFilters", ()), one.get("valueRange", {})) for one in found])


def after_write(told: Json) -> Sight:
    """What the answer of a write by data filters shows, which had its values sent back."""
    found = told.get("responses", ())
    return _sight(
        [
            (
                [one.get("dataFilter", {})],
                {"range": one.get("updatedRange", ""), **one.get("updatedData", {})},
            )
            for one in found
        ]
    )


def _sight(found: Sequence[tuple[Sequence[Json], Json]]) -> Sight:
    places: dict[int, int] = {}
    values: dict[int, Rows] = {}
    sizes: dict[int, tuple[int, int]] = {}
    for filters, block in found:
        where = block.get("range", "")
        for about in filters:
            if "developerMetadataLookup" in about:
                if letters := _COLUMN.match(where.rpartition("!")[2]):
                    places[about["developerMetadataLookup"]["metadataId"]] = column_number(
                        letters[1]
                    )
            elif "gridRange" in about:
                sheet = about["gridRange"].get("sheetId", 0)
                values[sheet] = block.get("values", ())
                if end := _END.search(where):
                    sizes[sheet] = int(end[2]), column_number(end[1])
    return Sight(places, values, sizes)
