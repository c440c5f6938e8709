"""Tabs: added, deleted, copied, renamed, sized, hidden and moved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sheets_service import batch
from tests.sheets_service.batch_testing import apply, area, book, on_row, refused, values
from tests.sheets_service.model import Book, Cell, Json


def update(fields: str, id: int = 0, **properties: Any) -> Json:
    """An updateSheetProperties request."""
    body = {"properties": {"sheetId": id, **properties}, "fields": fields}
    return {"updateSheetProperties": body}


def titles(of: Book) -> str:
    """The titles of its tabs in order."""
    return "".join(sheet.title for sheet in of.sheets)


def test_an_added_tab() -> None:
    """Id, place, size, colour and hiding are the ones asked for, and stand in the reply."""
    made = book([], [])
    grid = {"rowCount": 5, "columnCount": 3, "frozenRowCount": 1, "hideGridlines": True}
    asked = {"sheetId": 77, "title": "New", "index": 1, "gridProperties": grid, "hidden": True}
    [reply] = apply(made, {"addSheet": {"properties": {**asked, "tabColor": {"red": 1}}}})
    found = reply["addSheet"]["properties"]
    assert {name: found[name] for name in asked} == asked
    assert titles(made) == "ANewB"
    assert made.sheets[1].tab_color == {"red": 1}


def test_an_added_tab_without_wishes() -> None:
    """A tab without properties comes last, with a free title and 1000 rows of 26 columns."""
    made = book([])
    apply(made, {"addSheet": {}}, {"addSheet": {"properties": {}}})
    assert titles(made) == "ASheet1Sheet2"
    assert (made.sheets[2].rows, made.sheets[2].columns) == (1000, 26)
    assert len({sheet.id for sheet in made.sheets}) == 3


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"addSheet": {"properties": {"title": "a"}}},
            'addSheet: A sheet with the name "a" already exists. Please enter another name.',
        ),
        (
            update("title", title="B"),
            "updateSheetProperties: "
            'A sheet with the name "B" already exists. Please enter another name.',
        ),
        (
            {"addSheet": {"properties": {"sheetId": 1}}},
            "addSheet: A sheet with the ID 1 already exists.",
        ),
        (
            {"deleteSheet": {"sheetId": 0}},
            "deleteSheet: You can't remove all the visible sheets in a document.",
        ),
        (
            update("hidden", hidden=True),
            "updateSheetProperties: You can't hide all the sheets in a document.",
        ),
        (
            update("gridProperties.frozenRowCount", gridProperties={"frozenRowCount": 10}),
            "updateSheetProperties: You can't freeze all visible rows on the sheet.",
        ),
        ({"autoFill": {}}, "autoFill: This service does not know this kind of request."),
        (update("nothing"), "updateSheetProperties: Invalid field: nothing"),
    ],
)
def test_refused_changes_of_tabs(request_: Json, message: str) -> None:
    """Taken titles and ids, and a document without a visible tab, are refused."""
    made = book([], [])
    made.sheets[1].hidden = True
    assert refused(made, request_) == f"Invalid requests[0].{message}"


def test_the_last_tab_stays() -> None:
    """A document keeps one tab, and a batch has at least one request of one kind."""
    assert "You can't remove all the sheets" in refused(book([]), {"deleteSheet": {"sheetId": 0}})
    assert refused(book([])) == "Must specify at least one request."
    assert "No request set." in refused(book([]), {})


@pytest.mark.parametrize(
    ("index", "order"), [(0, "ABC"), (1, "ABC"), (2, "BAC"), (3, "BCA"), (None, "BCA")]
)
def test_a_moved_tab(index: int | None, order: str) -> None:
    """An index counts as before the move: 2 puts the first tab behind the second."""
    made = book([], [], [])
    apply(made, update("index", **({} if index is None else {"index": index})))
    assert titles(made) == order


def test_a_smaller_grid_loses_its_cells() -> None:
    """Cells, metadata and merges beyond a smaller grid are gone; the rest stays."""
    made = book([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    made.metadata = [on_row(1, 0), on_row(2, 2)]
    made.sheets[0].merges = [area(made, "A!A1:A3")]
    apply(
        made,
        update(
            "gridProperties(rowCount,columnCount)", gridProperties={"rowCount": 2, "columnCount": 2}
        ),
    )
    assert values(made.sheets[0]) == [[1, 2], [4, 5]]
    assert [piece.id for piece in made.metadata] == [1]
    assert made.sheets[0].merges == [area(made, "A!A1:A2")]


def test_a_mask_leaves_the_rest_alone() -> None:
    """Only listed properties change; one that the request lacks is cleared."""
    made = book([], [])
    apply(
        made,
        update(
            "tabColor,gridProperties.frozenRowCount",
            tabColor={"blue": 1},
            gridProperties={"frozenRowCount": 1, "frozenColumnCount": 4},
        ),
    )
    sheet = made.sheets[0]
    assert (sheet.tab_color, sheet.frozen_rows, sheet.frozen_columns) == ({"blue": 1}, 1, 0)
    apply(made, update("tabColor,title", title="New"))
    assert (sheet.tab_color, sheet.frozen_rows, sheet.title) == (None, 1, "New")


def test_a_deleted_tab() -> None:
    """Its metadata and named ranges go, and formulas that named it show #REF!."""
    made = book([[1]], [["=A!A1+A1"]])
    made.metadata = [on_row(1, 0), on_row(2, 0, sheet=1)]
    made.named_ranges = [{"namedRangeId": "n", "name": "one", "range": area(made, "A!A1")}]
    apply(made, {"deleteSheet": {"sheetId": 0}})
    assert made.sheets[0].cell(0, 0).formula == "=#REF!+A1"
    assert [piece.id for piece in made.metadata] == [2]
    assert made.named_ranges == []


def test_a_duplicated_tab() -> None:
    """The copy has the cells and rules of its source, under ids of its own."""
    made = book([[1]])
    made.sheets[0].put(0, 1, Cell("=A1", note="n"))
    made.sheets[0].merges = [area(made, "A!A2:A3")]
    made.sheets[0].protected_ranges = [
        {"protectedRangeId": 5, "range": area(made, "A!A1"), "warningOnly": True}
    ]
    made.metadata = [on_row(1, 0)]
    body = {"sourceSheetId": 0, "insertSheetIndex": 1, "newSheetId": 9}
    [reply] = apply(made, {"duplicateSheet": body})
    assert reply["duplicateSheet"]["properties"]["title"] == "Copy of A"
    copy = made.sheets[1]
    assert copy.cells == made.sheets[0].cells
    assert copy.merges[0]["sheetId"] == copy.protected_ranges[0]["range"]["sheetId"] == 9
    assert copy.protected_ranges[0]["protectedRangeId"] != 5
    assert [(m.sheet, m.index) for m in made.metadata] == [(0, 0), (9, 0)]
    assert made.metadata[1].id != 1


def test_properties_of_the_spreadsheet() -> None:
    """Title, locale and time zone change when they are listed."""
    made = book([])
    new = {"title": "New", "locale": "de_DE", "timeZone": "Europe/Berlin"}
    apply(made, {"updateSpreadsheetProperties": {"properties": new, "fields": "title,timeZone"}})
    assert (made.title, made.locale, made.timezone) == ("New", "en_US", "Europe/Berlin")


def test_the_spreadsheet_in_the_answer() -> None:
    """The spreadsheet is answered when it is asked for, as far as the ranges reach."""
    made = book([[1]], [[2]])
    body = {
        "requests": [update("title", title="New")],
        "includeSpreadsheetInResponse": True,
        "responseRanges": ["New!A1"],
        "responseIncludeGridData": True,
    }
    [sheet] = batch.apply(made, body, url="https://x")["updatedSpreadsheet"]["sheets"]
    assert sheet["properties"]["title"] == "New"
    assert sheet["data"][0]["rowData"][0]["values"][0]["formattedValue"] == "1"
