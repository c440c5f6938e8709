"""Merges, named and protected ranges, filters: what they are, and that they follow their cells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sheets_service.batch_testing import (
    apply,
    area,
    book,
    delete,
    insert,
    move,
    refused,
    values,
)
from tests.sheets_service.model import Book, Cell, Json


def merge(of: Book, text: str, kind: str = "MERGE_ALL") -> Json:
    """A mergeCells request."""
    return {"mergeCells": {"range": area(of, text), "mergeType": kind}}


def test_merged_cells_keep_the_first_value() -> None:
    """The first value is kept at the top left, the others are lost; formats and notes stay."""
    made = book([[None, 2], [3, 4]])
    made.sheets[0].put(1, 1, Cell(4, None, {"bold": True}))
    apply(made, merge(made, "A!A1:B2"))
    assert values(made.sheets[0]) == [[2]]
    assert made.sheets[0].cell(1, 1) == Cell(None, None, {"bold": True})
    assert made.sheets[0].merges == [area(made, "A!A1:B2")]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("MERGE_COLUMNS", ["A!A1:A2", "A!B1:B2"]),
        ("MERGE_ROWS", ["A!A1:B1", "A!A2:B2"]),
    ],
)
def test_merges_of_each_row_or_column(kind: str, parts: list[str]) -> None:
    """Each column, or each row, becomes one cell."""
    made = book([[1, 2], [3, 4]])
    apply(made, merge(made, "A!A1:B2", kind))
    assert made.sheets[0].merges == [area(made, part) for part in parts]


def test_merges_that_overlap() -> None:
    """A merge that lies within is replaced; one that reaches out is refused, as is its half."""
    made = book([[1]])
    apply(made, merge(made, "A!A1:B1"))
    said = "You must select all cells in a merged range to merge or unmerge them."
    assert refused(made, merge(made, "A!B1:C1")) == f"Invalid requests[0].mergeCells: {said}"
    half = {"unmergeCells": {"range": area(made, "A!A1")}}
    assert refused(made, half) == f"Invalid requests[0].unmergeCells: {said}"
    apply(made, merge(made, "A!A1:B2"))
    assert made.sheets[0].merges == [area(made, "A!A1:B2")]
    apply(made, {"unmergeCells": {"range": area(made, "A!A1:C3")}})
    assert made.sheets[0].merges == []


def test_values_for_merged_cells() -> None:
    """A value written to a cell that a merge covers is dropped; its format is not."""
    made = book([[1]])
    cell = {"userEnteredValue": {"numberValue": 5}, "note": "n"}
    apply(made, merge(made, "A!A1:B1"))
    body = {"range": area(made, "A!A1:B1"), "cell": cell, "fields": "userEnteredValue,note"}
    apply(made, {"repeatCell": body})
    assert made.sheets[0].cells == {(0, 0): Cell(5, note="n"), (0, 1): Cell(note="n")}


def everywhere(of: Book) -> Json:
    """Rules of every kind on B2:C4 of the first tab."""
    area_ = area(of, "A!B2:C4")
    source = {"sourceRange": {"sources": [area(of, "A!B2:B4")]}}
    anchor = {"sheetId": 0, "rowIndex": 3, "columnIndex": 2}
    rule = {"condition": {"type": "NOT_BLANK"}, "format": {"textFormat": {"bold": True}}}
    replies = apply(
        of,
        {"mergeCells": {"range": area(of, "A!E2:F4"), "mergeType": "MERGE_ALL"}},
        {"addNamedRange": {"namedRange": {"name": "here", "range": area_}}},
        {"addProtectedRange": {"protectedRange": {"range": area_, "warningOnly": True}}},
        {
            "addConditionalFormatRule": {
                "rule": {"ranges": [area_, area(of, "A!A1")], "booleanRule": rule},
                "index": 0,
            }
        },
        {
            "addBanding": {
                "bandedRange": {"range": area_, "rowProperties": {"firstBandColor": {"red": 1}}}
            }
        },
        {
            "addFilterView": {
                "filter": {
                    "range": area_,
                    "filterSpecs": [{"columnIndex": 2, "filterCriteria": {"hiddenValues": ["x"]}}],
                    "sortSpecs": [{"dimensionIndex": 1, "sortOrder": "ASCENDING"}],
                }
            }
        },
        {"setBasicFilter": {"filter": {"range": area_, "criteria": {"1": {"hiddenValues": []}}}}},
        {"addTable": {"table": {"name": "people", "range": area_}}},
        {
            "addChart": {
                "chart": {
                    "chartId": 8,
                    "spec": {"basicChart": {"chartType": "BAR", "series": [{"series": source}]}},
                    "position": {"overlayPosition": {"anchorCell": anchor}},
                }
            }
        },
    )
    return {kind: body for reply in replies for kind, body in reply.items()}


def found(of: Book) -> dict[str, Any]:
    """The corners of each of those ranges."""
    sheet = of.sheets[0]
    assert sheet.basic_filter is not None
    series = sheet.charts[0]["spec"]["basicChart"]["series"][0]["series"]
    anchor = sheet.charts[0]["position"]["overlayPosition"]["anchorCell"]
    areas = {
        "named": of.named_ranges[0]["range"],
        "protected": sheet.protected_ranges[0]["range"],
        "rule": sheet.conditional_formats[0]["ranges"][0],
        "banded": sheet.banded_ranges[0]["range"],
        "view": sheet.filter_views[0]["range"],
        "filter": sheet.basic_filter["range"],
        "table": sheet.tables[0]["range"],
    }
    corners = {name: _corners(one) for name, one in areas.items()}
    assert len(set(corners.values())) == 1, corners
    return {
        "all": corners["named"],
        "merge": _corners(sheet.merges[0]),
        "source": _corners(series["sourceRange"]["sources"][0]),
        "anchor": (anchor["rowIndex"], anchor["columnIndex"]),
        "view column": sheet.filter_views[0]["filterSpecs"][0]["columnIndex"],
        "sort column": sheet.filter_views[0]["sortSpecs"][0]["dimensionIndex"],
        "filter column": list(sheet.basic_filter["criteria"]),
    }


def _corners(one: Json) -> tuple[int, int, int, int]:
    return (
        one["startRowIndex"],
        one["endRowIndex"],
        one["startColumnIndex"],
        one["endColumnIndex"],
    )


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (insert(0, 1), {"all": (2, 5, 1, 3), "source": (2, 5, 1, 2), "merge": (2, 5, 4, 6)}),
        (insert(2, 3), {"all": (1, 5, 1, 3), "source": (1, 5, 1, 2), "merge": (1, 5, 4, 6)}),
        (insert(4, 5), {}),
        (delete(0, 1), {"all": (0, 3, 1, 3), "source": (0, 3, 1, 2), "merge": (0, 3, 4, 6)}),
        (delete(2, 3), {"all": (1, 3, 1, 3), "source": (1, 3, 1, 2), "merge": (1, 3, 4, 6)}),
        (delete(3, 6), {"all": (1, 3, 1, 3), "source": (1, 3, 1, 2), "merge": (1, 3, 4, 6)}),
        (move(6, 7, 0), {"all": (2, 5, 1, 3), "source": (2, 5, 1, 2), "merge": (2, 5, 4, 6)}),
        (
            insert(0, 1, "COLUMNS"),
            {
                "all": (1, 4, 2, 4),
                "source": (1, 4, 2, 3),
                "merge": (1, 4, 5, 7),
                "view column": 3,
                "sort column": 2,
                "filter column": ["2"],
            },
        ),
        (
            insert(2, 3, "COLUMNS"),
            {"all": (1, 4, 1, 4), "merge": (1, 4, 5, 7), "view column": 3},
        ),
    ],
)
def test_everything_follows_its_cells(edit: Json, changed: dict[str, Any]) -> None:
    """Every range on a tab moves, grows and shrinks with its rows and columns."""
    made = book([])
    everywhere(made)
    before = found(made)
    apply(made, edit)
    after = found(made)
    # A chart outlives its anchor: then it hangs on the row before.
    anchor = _place_after(edit, 3, 2) or (2, 2)
    assert after == {**before, **changed, "anchor": anchor}


def _place_after(edit: Json, row: int, column: int) -> tuple[int, int] | None:
    """Where a cell is after the edit of a book that holds nothing else."""
    one = book([])
    one.sheets[0].put(row, column, Cell("x"))
    apply(one, edit)
    return next(iter(one.sheets[0].cells), None)


def test_ranges_that_are_deleted_altogether() -> None:
    """What lay on deleted rows goes with them; a chart stays, without its source."""
    made = book([])
    everywhere(made)
    apply(made, delete(1, 4))
    sheet = made.sheets[0]
    assert made.named_ranges == sheet.protected_ranges == sheet.banded_ranges == sheet.merges == []
    assert (sheet.tables, sheet.filter_views, sheet.basic_filter) == ([], [], None)
    assert [_corners(one) for one in sheet.conditional_formats[0]["ranges"]] == [(0, 1, 0, 1)]
    series = sheet.charts[0]["spec"]["basicChart"]["series"][0]["series"]
    assert series == {"sourceRange": {"sources": []}}
    assert sheet.charts[0]["position"]["overlayPosition"]["anchorCell"]["rowIndex"] == 0


def test_named_ranges() -> None:
    """A name is unique and unlike a cell; name and range change by mask."""
    made = book([])
    add = {"addNamedRange": {"namedRange": {"name": "Total", "range": area(made, "A!A1")}}}
    [reply] = apply(made, add)
    named = reply["addNamedRange"]["namedRange"]
    assert 'the name "Total" already exists' in refused(made, add)
    wrong = {"addNamedRange": {"namedRange": {"name": "A1", "range": area(made, "A!A1")}}}
    assert "cannot be the name" in refused(made, wrong)
    new = {"namedRangeId": named["namedRangeId"], "name": "Sum"}
    apply(made, {"updateNamedRange": {"namedRange": new, "fields": "name"}})
    assert made.named_ranges == [{**named, "name": "Sum"}]
    apply(made, {"deleteNamedRange": {"namedRangeId": named["namedRangeId"]}})
    assert made.named_ranges == []


def test_protected_ranges() -> None:
    """What we protect we may edit; what the owner protects by hand, only the owner may."""
    made = book([])
    add = {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0}}}}
    [reply] = apply(made, add)
    entry = reply["addProtectedRange"]["protectedRange"]
    assert entry["requestingUserCanEdit"] is True
    write = {"repeatCell": {"range": area(made, "A!A1"), "cell": {}, "fields": "note"}}
    apply(made, write)
    apply(made, add, owner=True)
    assert "protected cell" in refused(made, write)
    assert "protected cell" in refused(made, insert(1, 2))
    ours = {"protectedRangeId": entry["protectedRangeId"], "description": "generated"}
    change = {"protectedRange": {**ours, "warningOnly": True}, "fields": "description,warningOnly"}
    apply(made, {"updateProtectedRange": change})
    assert made.sheets[0].protected_ranges[0]["description"] == "generated"
    again = {"protectedRange": {**ours, "range": {"sheetId": 0}}}
    assert "already exists" in refused(made, {"addProtectedRange": again})


def test_open_ranges_of_a_protected_tab() -> None:
    """Cells that a protected tab leaves open may be edited."""
    made = book([])
    entry = {"range": {"sheetId": 0}, "unprotectedRanges": [area(made, "A!B1:B5")]}
    apply(made, {"addProtectedRange": {"protectedRange": entry}}, owner=True)
    cell = {"cell": {"note": "n"}, "fields": "note"}
    apply(made, {"repeatCell": {"range": area(made, "A!B2:B3"), **cell}})
    said = refused(made, {"repeatCell": {"range": area(made, "A!A2:B3"), **cell}})
    assert "protected cell" in said


def test_a_basic_filter() -> None:
    """Its bounds are filled in, conditions stand in both forms, and it is cleared again."""
    made = book([["head"], [1]])
    rule = {"hiddenValues": ["1"]}
    body = {"range": {"sheetId": 0, "startRowIndex": 1}, "criteria": {"0": rule}}
    apply(made, {"setBasicFilter": {"filter": body}})
    full = {"startRowIndex": 1, "endRowIndex": 10, "startColumnIndex": 0, "endColumnIndex": 6}
    specs = [{"columnIndex": 0, "filterCriteria": rule}]
    assert made.sheets[0].basic_filter == {
        "range": {"sheetId": 0, **full},
        "criteria": {"0": rule},
        "filterSpecs": specs,
    }
    apply(made, {"clearBasicFilter": {"sheetId": 0}})
    assert made.sheets[0].basic_filter is None


def test_a_basic_filter_that_sorts() -> None:
    """Sort specs of a basic filter sort the rows below its header."""
    made = book([["z"], [2], [1]])
    spec = {"dimensionIndex": 0, "sortOrder": "ASCENDING"}
    body = {"range": area(made, "A!A1:A3"), "sortSpecs": [spec]}
    apply(made, {"setBasicFilter": {"filter": body}})
    assert values(made.sheets[0]) == [["z"], [1], [2]]


def test_filter_views() -> None:
    """A view is changed by mask, copied under an id of its own, and deleted."""
    made = book([])
    view = {"title": "mine", "range": area(made, "A!A1:B5"), "filterViewId": 4}
    apply(made, {"addFilterView": {"filter": view}})
    [reply] = apply(made, {"duplicateFilterView": {"filterId": 4}})
    copy = reply["duplicateFilterView"]["filter"]
    assert (copy["title"], copy["filterViewId"] != 4) == ("Copy of mine", True)
    new = {"filterViewId": 4, "title": "ours"}
    apply(made, {"updateFilterView": {"filter": new, "fields": "title"}})
    assert made.sheets[0].filter_views == [{**view, "title": "ours"}, copy]
    apply(made, {"deleteFilterView": {"filterId": 4}})
    assert made.sheets[0].filter_views == [copy]
    assert "No filter view with id: 4" in refused(made, {"deleteFilterView": {"filterId": 4}})
