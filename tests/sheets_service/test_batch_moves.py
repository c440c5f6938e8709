"""Any row or column edits, compared with lists of lists that are edited the same way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sheets_service.batch_testing import (
    apply,
    book,
    delete,
    insert,
    move,
    on_column,
    on_row,
    refused,
    values,
)
from tests.sheets_service.model import Book, Cell, Json

_SIZE = 6


@st.composite
def _edits(draw: st.DrawFn) -> list[Json]:
    """Edits that may reach beyond the grid: those are refused."""
    edits: list[Json] = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["insert", "delete", "move"]))
        dimension = draw(st.sampled_from(["ROWS", "COLUMNS"]))
        start, count = draw(st.integers(0, 7)), draw(st.integers(1, 3))
        if kind == "insert":
            before = draw(st.booleans()) and start > 0
            edits.append(insert(start, start + count, dimension, inheritFromBefore=before))
        elif kind == "delete":
            edits.append(delete(start, start + count, dimension))
        else:
            edits.append(move(start, start + count, draw(st.integers(0, 8)), dimension))
    return edits


def _dimension(edit: Json) -> str:
    [body] = edit.values()
    dimension: str = (body.get("range") or body["source"])["dimension"]
    return dimension


def _fits(edit: Json, rows: int, columns: int) -> bool:
    """Whether the grid has what the edit names, and keeps some of it."""
    [(kind, body)] = edit.items()
    size = rows if _dimension(edit) == "ROWS" else columns
    span = body.get("range") or body["source"]
    if kind == "insertDimension":
        before: bool = body["inheritFromBefore"]
        return bool(span["startIndex"] < size + before)
    if kind == "deleteDimension":
        return bool(span["endIndex"] <= size and span["endIndex"] - span["startIndex"] < size)
    return bool(span["endIndex"] <= size and body["destinationIndex"] <= size)


def _edit(lines: list[Any], edit: Json, blank: Any) -> None:
    """The same edit of a plain list."""
    [(kind, body)] = edit.items()
    span = body.get("range") or body["source"]
    start, end = span["startIndex"], span["endIndex"]
    if kind == "insertDimension":
        lines[start:start] = [blank] * (end - start)
    elif kind == "deleteDimension":
        del lines[start:end]
    else:
        to = body["destinationIndex"]
        if not start <= to <= end:
            taken = lines[start:end]
            del lines[start:end]
            at = to if to < start else to - len(taken)
            lines[at:at] = taken


def _turned(lines: list[list[Any]]) -> list[list[Any]]:
    return [list(line) for line in zip(*lines, strict=True)]


def _numbered() -> Book:
    """Every cell a number of its own, every row and column metadata, each named by a formula."""
    cells = [[row * 10 + column for column in range(_SIZE)] for row in range(_SIZE)]
    names = [[f"=A!{'ABCDEF'[c]}{r + 1}" for c in range(_SIZE)] for r in range(_SIZE)]
    made = book(cells, names, rows=_SIZE, columns=_SIZE)
    made.metadata = [on_row(100 + i, i) for i in range(_SIZE)]
    made.metadata += [on_column(200 + i, i) for i in range(_SIZE)]
    made.sheets[0].row_properties = {i: {"pixelSize": 100 + i} for i in range(_SIZE)}
    return made


def _check(made: Book, lines: list[list[Any]], rows: list[Any], columns: list[Any]) -> None:
    sheet = made.sheets[0]
    assert (sheet.rows, sheet.columns) == (len(rows), len(columns))
    found = [[sheet.cell(r, c).value for c in range(sheet.columns)] for r in range(sheet.rows)]
    assert found == lines
    at = {piece.id: piece.index for piece in made.metadata}
    wanted = {100 + name: i for i, name in enumerate(rows) if name is not None}
    assert at == wanted | {200 + name: i for i, name in enumerate(columns) if name is not None}
    heights = {100 + name for name in rows if name is not None}
    assert heights <= {p["pixelSize"] for p in sheet.row_properties.values()}
    for (row, column), cell in made.sheets[1].cells.items():
        place = next(
            (
                f"=A!{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[c]}{r + 1}"
                for r, line in enumerate(lines)
                for c, value in enumerate(line)
                if value == row * 10 + column
            ),
            "=#REF!",
        )
        assert cell.formula == place


@settings(max_examples=150, deadline=None)
@given(_edits())
def test_edits_of_rows_and_columns(edits: list[Json]) -> None:
    """Cells, metadata, heights and references of another tab follow their row and column."""
    made = _numbered()
    lines = [[row * 10 + column for column in range(_SIZE)] for row in range(_SIZE)]
    rows: list[Any] = list(range(_SIZE))
    columns: list[Any] = list(range(_SIZE))
    for edit in edits:
        if not _fits(edit, len(rows), len(columns)):
            refused(made, edit)
            continue
        apply(made, edit)
        if _dimension(edit) == "ROWS":
            _edit(lines, edit, [None] * len(columns))
            _edit(rows, edit, None)
        else:
            lines = _turned(lines)
            _edit(lines, edit, [None] * len(rows))
            lines = _turned(lines)
            _edit(columns, edit, None)
        _check(made, lines, rows, columns)


@settings(max_examples=150, deadline=None)
@given(_edits(), st.integers(0, 5), st.integers(1, 6))
def test_ranges_hold_on_to_their_cells(edits: list[Json], start: int, end: int) -> None:
    """What is left of a range's rows lies in it, and while they lie together nothing else does.

    Rows that were moved out of the range as a part of it may be lost to it.
    """
    end = max(start + 1, end)
    made = book([[row] for row in range(_SIZE)], rows=_SIZE, columns=_SIZE)
    area = {"sheetId": 0, "startRowIndex": start, "endRowIndex": end}
    made.named_ranges = [{"namedRangeId": "n", "name": "rows", "range": area}]
    made.sheets[0].protected_ranges = [{"protectedRangeId": 1, "range": area, "warningOnly": True}]
    members = set(range(start, end))
    sheet = made.sheets[0]
    for edit in edits:
        if _dimension(edit) == "COLUMNS" or not _fits(edit, sheet.rows, sheet.columns):
            continue
        apply(made, edit)
        places = {sheet.cell(r, 0).value: r for r in range(sheet.rows)}
        left = sorted(places[m] for m in members if m in places)
        assert [n["range"] for n in made.named_ranges] == [
            p["range"] for p in sheet.protected_ranges
        ]
        if not made.named_ranges:
            assert not left or "moveDimension" in edit
            return
        new = made.named_ranges[0]["range"]
        first, last = new["startRowIndex"], new["endRowIndex"]
        assert 0 <= first < last <= sheet.rows
        if left and left == list(range(left[0], left[0] + len(left))):
            assert first <= left[0]
            assert left[-1] < last
        members = {m for m in members if m in places and first <= places[m] < last}


def test_a_move_by_the_documented_example() -> None:
    """`1` and `2` moved before index 4 of `0, 1, 2, 3, 4` gives `0, 3, 1, 2, 4`."""
    made = book([[0], [1], [2], [3], [4]])
    apply(made, move(1, 3, 4))
    assert values(made.sheets[0]) == [[0], [3], [1], [2], [4]]


@pytest.mark.parametrize(("before", "colour"), [(True, "red"), (False, "green")])
def test_new_rows_look_like_their_neighbour(before: bool, colour: str) -> None:
    """Rows put in look like the row before or after them, and have neither values nor notes."""
    made = book()
    sheet = made.sheets[0]
    sheet.put(0, 0, Cell(1, format={"colour": "red"}, note="first", validation={"red": 1}))
    sheet.put(1, 0, Cell(2, format={"colour": "green"}, note="last", validation={"green": 1}))
    apply(made, insert(1, 3, inheritFromBefore=before))
    new = Cell(format={"colour": colour}, validation={colour: 1})
    assert [sheet.cell(row, 0) for row in (1, 2)] == [new, new]
    assert sheet.cell(3, 0).note == "last"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            insert(10, 11),
            "Invalid requests[0].insertDimension: range.startIndex must be less than the grid "
            "size (10) if inheritFromBefore is false.",
        ),
        (
            insert(-1, 1),
            "Invalid requests[0].insertDimension: DimensionRange indexes must be >= 0",
        ),
        (
            insert(0, 1, inheritFromBefore=True),
            "Invalid requests[0].insertDimension: range.startIndex must be greater than 0 "
            "if inheritFromBefore is true.",
        ),
        (
            delete(0, 10),
            "Invalid requests[0].deleteDimension: You can't delete all the rows on the sheet.",
        ),
        (
            delete(9, 12),
            "Invalid requests[0].deleteDimension: Cannot delete a row that doesn't exist. "
            "Tried to delete row index 11 but there are only 10 rows.",
        ),
    ],
)
def test_rows_that_do_not_exist(request_: Json, message: str) -> None:
    """Rows beyond the grid are refused in Google's words."""
    assert refused(book([[1]]), request_) == message


def test_rows_below_the_frozen_ones() -> None:
    """At least one row that is not frozen stays; frozen rows grow and shrink with edits."""
    made = book([[1]])
    made.sheets[0].frozen_rows = 2
    said = refused(made, delete(2, 10))
    assert said.endswith("Sorry, it is not possible to delete all non-frozen rows.")
    apply(made, insert(1, 3))
    assert made.sheets[0].frozen_rows == 4
    apply(made, insert(4, 5))
    assert made.sheets[0].frozen_rows == 4
    apply(made, delete(0, 3))
    assert made.sheets[0].frozen_rows == 1


def test_a_move_that_would_split_a_merge() -> None:
    """Rows of a merge only move together, and nothing is put into its middle."""
    made = book([[1], [2], [3], [4]])
    merge = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3}
    made.sheets[0].merges = [{**merge, "startColumnIndex": 0, "endColumnIndex": 2}]
    assert "split merged cells" in refused(made, move(1, 2, 5))
    assert "split merged cells" in refused(made, move(4, 5, 2))
    apply(made, move(1, 3, 0))
    assert made.sheets[0].merges[0]["startRowIndex"] == 0


def test_the_limit_of_cells() -> None:
    """A grid of more than ten million cells is refused."""
    add = {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 2_000_000}}
    assert refused(book(), add).endswith(
        "This action would increase the number of cells in the workbook above the limit of "
        "10000000 cells."
    )


def test_size_and_hiding_of_columns() -> None:
    """Only the listed properties change, and one that the request lacks is cleared."""
    made = book([["a long text", "b"]])

    def change(fields: str, **properties: Any) -> Json:
        span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
        body = {"range": span, "properties": properties, "fields": fields}
        return {"updateDimensionProperties": body}

    apply(made, change("pixelSize,hiddenByUser", pixelSize=30, hiddenByUser=True))
    apply(made, change("hiddenByUser"))
    assert made.sheets[0].column_properties == {0: {"pixelSize": 30}}
    span = {"sheetId": 0, "dimension": "COLUMNS"}
    apply(made, {"autoResizeDimensions": {"dimensions": span}})
    wide, narrow = (made.sheets[0].column_properties[i]["pixelSize"] for i in (0, 1))
    assert wide > narrow


def test_groups_by_the_documented_examples() -> None:
    """Overlapping groups nest, and taking one off makes what is below it less deep."""
    made = book()

    def group(kind: str, start: int, end: int) -> Json:
        span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": start, "endIndex": end}
        return {kind: {"range": span}}

    def groups() -> list[tuple[int, int, int]]:
        return [
            (g["range"]["startIndex"], g["range"]["endIndex"], g["depth"])
            for g in made.sheets[0].dimension_groups
        ]

    apply(made, group("addDimensionGroup", 1, 4), group("addDimensionGroup", 2, 5))
    assert groups() == [(1, 5, 1), (2, 4, 2)]
    apply(made, group("deleteDimensionGroup", 3, 5))
    assert groups() == [(1, 4, 1), (2, 3, 2)]
    apply(made, insert(2, 4, "COLUMNS"))
    assert groups() == [(1, 6, 1), (4, 5, 2)]
