"""Cells written by updateCells and its like: what a mask sets, clears and leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sheets_service.batch_testing import apply, area, book, refused, values
from tests.sheets_service.model import Book, Cell, Json

BOLD = {"textFormat": {"bold": True}}


def cells(*rows: list[Any], fields: str = "userEnteredValue", at: Json | None = None) -> Json:
    """An updateCells request for the first tab, with numbers, text and booleans."""
    start = at or {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
    return {"updateCells": {"start": start, "rows": _rows(rows), "fields": fields}}


def _rows(rows: tuple[list[Any], ...]) -> list[Json]:
    return [{"values": [_cell(value) for value in row]} for row in rows]


def _cell(value: Any) -> Json:
    if isinstance(value, dict):
        return value
    kind = {bool: "boolValue", str: "stringValue"}.get(type(value), "numberValue")
    if isinstance(value, str) and value.startswith("="):
        kind = "formulaValue"
    return {} if value is None else {"userEnteredValue": {kind: value}}


def test_values_as_they_are() -> None:
    """Text stays text, also where it looks like a number or a formula; a formula is calculated."""
    made = book([["old", "old"], [2]])
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
    text = {"userEnteredValue": {"stringValue": "=A2"}}
    apply(made, cells(["007", True, None], ["=A3+1", text], [4], at=start))
    sheet = made.sheets[0]
    assert values(sheet) == [["007", True], ["=A3+1", "=A2"], [4, None]]
    assert sheet.cell(1, 0) == Cell(1, "=A3+1")
    assert sheet.cell(1, 1) == Cell("=A2")


def test_only_listed_fields_change() -> None:
    """A listed field that the cell lacks is cleared; the others stay as they were."""
    made = book([[1]])
    sheet = made.sheets[0]
    sheet.put(0, 0, Cell(1, None, {"numberFormat": {"type": "DATE"}, **BOLD}, "note"))
    one = {"userEnteredFormat": {"textFormat": {"italic": True}}}
    apply(made, cells([one], fields="userEnteredFormat.textFormat.italic,note"))
    style = {"numberFormat": {"type": "DATE"}, "textFormat": {"bold": True, "italic": True}}
    assert sheet.cell(0, 0) == Cell(1, None, style)
    apply(made, cells([{"note": "new"}], fields="userEnteredFormat(textFormat),note"))
    assert sheet.cell(0, 0) == Cell(1, None, {"numberFormat": {"type": "DATE"}}, "new")
    apply(made, cells([{}], fields="*"))
    assert (0, 0) not in sheet.cells


def test_a_range_is_cleared_where_no_data_is_given() -> None:
    """In a range the listed fields of the cells that the rows do not reach are cleared."""
    made = book([[1, 2], [3, 4]])
    made.sheets[0].put(1, 1, Cell(4, note="stays"))
    body = {"range": area(made, "A!A1:B2"), "rows": _rows(([9],)), "fields": "userEnteredValue"}
    apply(made, {"updateCells": body})
    assert made.sheets[0].cells == {(0, 0): Cell(9), (1, 1): Cell(note="stays")}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            cells([1], fields=""),
            "updateCells: At least one field must be listed in 'fields'. "
            "(Use '*' to indicate all fields.)",
        ),
        (cells([1], fields="userEnteredColour"), "updateCells: Invalid field: userEnteredColour"),
        (
            cells([1], at={"sheetId": 0, "rowIndex": 10, "columnIndex": 0}),
            "updateCells: GridCoordinate.rowIndex[10] is after last row in grid[9]",
        ),
        (
            cells([1], [2], at={"sheetId": 0, "rowIndex": 9, "columnIndex": 0}),
            "updateCells: Attempting to write row: 10, beyond the last requested row of: 9",
        ),
        (
            {
                "repeatCell": {
                    "range": {"sheetId": 0, "startColumnIndex": 6},
                    "cell": {},
                    "fields": "*",
                }
            },
            "repeatCell: GridRange.startColumnIndex[6] is after last column in grid[5]",
        ),
        (cells([1], at={"sheetId": 5}), "updateCells: No grid with id: 5"),
        (
            cells(["x" * 50_001]),
            "updateCells: Your input contains more than the maximum of 50000 characters "
            "in a single cell.",
        ),
    ],
)
def test_what_cannot_be_written(request_: Json, message: str) -> None:
    """Cells beyond the grid, long text and wrong masks are refused in Google's words."""
    assert refused(book(), request_) == f"Invalid requests[0].{message}"


def test_nothing_is_written_where_one_request_fails() -> None:
    """The message counts requests, and a copy is all that a failed batch changed."""
    made = book([[1]])
    said = refused(made, cells([2]), {"deleteSheet": {"sheetId": 9}})
    assert said == "Invalid requests[1].deleteSheet: No grid with id: 9"
    assert values(made.sheets[0]) == [[1]]


def test_repeated_cells() -> None:
    """A repeated formula counts on from cell to cell, but not where a $ holds it."""
    made = book([[1, None], [2, None]])
    cell = {"userEnteredValue": {"formulaValue": "=A1+A$1"}, "userEnteredFormat": BOLD}
    body = {"range": area(made, "A!B1:C2"), "cell": cell, "fields": "*"}
    apply(made, {"repeatCell": body})
    assert values(made.sheets[0]) == [[1, "=A1+A$1", "=B1+B$1"], [2, "=A2+A$1", "=B2+B$1"]]
    assert made.sheets[0].cell(1, 2).format == BOLD
    body = {"range": area(made, "A!A1:B2"), "cell": {}, "fields": "userEnteredValue"}
    apply(made, {"repeatCell": body})
    assert values(made.sheets[0]) == [[None, None, "=B1+B$1"], [None, None, "=B2+B$1"]]


def test_appended_cells() -> None:
    """Cells are appended below the last row with a value; the grid grows as needed."""
    made = book([[1], [2]], rows=2)
    made.sheets[0].put(1, 3, Cell(note="no value"))
    body = {"sheetId": 0, "rows": _rows(([3, 4],)), "fields": "userEnteredValue"}
    apply(made, {"appendCells": body})
    assert values(made.sheets[0]) == [[1, None], [2, None], [3, 4]]
    assert made.sheets[0].rows == 3


def test_validation_is_set_and_cleared() -> None:
    """A rule stands on each cell of the range until it is set without one."""
    made = book([[1]])
    rule = {"condition": {"type": "BOOLEAN"}}
    set_ = {"setDataValidation": {"range": area(made, "A!A1:A2"), "rule": rule}}
    apply(made, set_)
    assert made.sheets[0].cells == {(0, 0): Cell(1, validation=rule), (1, 0): Cell(validation=rule)}
    apply(made, {"setDataValidation": {"range": area(made, "A!A1:A2")}})
    assert made.sheets[0].cells == {(0, 0): Cell(1)}


def test_borders_by_the_documented_example() -> None:
    """Borders of a range lie at its edge; a second request leaves the sides it does not name."""
    made = book()
    line, none = {"style": "SOLID"}, {"style": "NONE"}
    column = area(made, "A!A1:A3")
    apply(made, {"updateBorders": {"range": column, "top": line, "innerHorizontal": line}})
    apply(made, {"updateBorders": {"range": column, "left": line, "bottom": none}})
    found = [sorted((made.sheets[0].cell(r, 0).format or {})["borders"]) for r in range(3)]
    assert found == [["bottom", "left", "top"], ["bottom", "left", "top"], ["left", "top"]]


def _protected(**more: Any) -> Book:
    made = book([[1, 2], [3, 4]])
    entry = {"protectedRangeId": 1, "range": area(made, "A!B2:B3"), **more}
    made.sheets[0].protected_ranges = [entry]
    return made


LOCKED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


def test_protected_cells() -> None:
    """What others protected against us is refused whatever the request; the owner may edit it."""
    made = _protected(requestingUserCanEdit=False)
    two = cells([5, 6], [7, 8])
    rows = {"sheetId": 0, "dimension": "ROWS"}
    sort = {"range": area(made, "A!A1:B3"), "sortSpecs": [{"dimensionIndex": 0}]}
    for edit in (
        two,
        {"repeatCell": {"range": area(made, "A!B3"), "cell": {}, "fields": "*"}},
        {"deleteDimension": {"range": {**rows, "startIndex": 1, "endIndex": 2}}},
        {"insertDimension": {"range": {**rows, "startIndex": 2, "endIndex": 3}}},
        {
            "moveDimension": {
                "source": {**rows, "startIndex": 2, "endIndex": 3},
                "destinationIndex": 0,
            }
        },
        {"sortRange": sort},
        {"mergeCells": {"range": area(made, "A!A1:B3")}},
        {"deleteSheet": {"sheetId": 0}},
        {"deleteProtectedRange": {"protectedRangeId": 1}},
    ):
        made.sheets = [*made.sheets[:1], *book([]).sheets]
        made.sheets[1].id = 7
        [kind] = edit
        assert refused(made, edit) == f"Invalid requests[0].{kind}: {LOCKED}"
        apply(made.copy(), edit, owner=True)
    apply(made, cells([5], [7]))
    apply(made, {"insertDimension": {"range": {**rows, "startIndex": 1, "endIndex": 2}}})
    assert values(made.sheets[0]) == [[5, 2], [None, None], [7, 4]]


@pytest.mark.parametrize("more", [{"warningOnly": True}, {"requestingUserCanEdit": True}])
def test_protection_that_lets_us_edit(more: Json) -> None:
    """A range that only warns, or that we may edit, stops nothing."""
    made = _protected(**more)
    apply(made, cells([5, 6], [7, 8]))
    assert values(made.sheets[0]) == [[5, 6], [7, 8]]
