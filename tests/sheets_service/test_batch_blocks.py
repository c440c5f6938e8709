"""Blocks of cells copied, cut, put in and taken out."""

from __future__ import annotations

import pytest

from tests.sheets_service.batch_testing import apply, area, book, refused, values
from tests.sheets_service.model import Book, Cell, Json


def copy(of: Book, source: str, to: str, **more: str) -> Json:
    """A copyPaste request."""
    return {"copyPaste": {"source": area(of, source), "destination": area(of, to), **more}}


def test_a_copy_repeats() -> None:
    """A source is repeated where the destination is a multiple of it, else pasted once."""
    made = book([[1, 2]])
    apply(made, copy(made, "A!A1:B1", "A!A2:D3"))
    assert values(made.sheets[0])[1:] == [[1, 2, 1, 2], [1, 2, 1, 2]]
    apply(made, copy(made, "A!A1:B1", "A!A5"))
    assert values(made.sheets[0])[4] == [1, 2, None, None]


def test_copied_formulas() -> None:
    """A copied formula is moved along; turned cells swap rows and columns."""
    made = book([[1, "=A1+$A$1"]])
    apply(made, copy(made, "A!A1:B1", "A!B3", pasteOrientation="TRANSPOSE"))
    assert values(made.sheets[0])[2:] == [[None, 1], [None, "=A4+$A$1"]]


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("PASTE_NORMAL", Cell(1, "=B9", {"bold": True}, "new")),
        ("PASTE_VALUES", Cell(1, None, {"italic": True}, "old")),
        ("PASTE_FORMULA", Cell(1, "=B9", {"italic": True}, "old")),
        ("PASTE_FORMAT", Cell(2, None, {"bold": True}, "old")),
    ],
)
def test_kinds_of_paste(kind: str, after: Cell) -> None:
    """What is pasted depends on the kind; the rest of the cell stays."""
    made = book([])
    sheet = made.sheets[0]
    sheet.put(0, 0, Cell(1, "=A9", {"bold": True}, "new"))
    sheet.put(0, 1, Cell(2, None, {"italic": True}, "old"))
    apply(made, copy(made, "A!A1", "A!B1", pasteType=kind))
    assert sheet.cell(0, 1) == after


def test_merges_and_rules_are_copied() -> None:
    """Merges within the source and conditional formats over it come along."""
    made = book([[1]])
    apply(made, {"mergeCells": {"range": area(made, "A!A1:B1"), "mergeType": "MERGE_ALL"}})
    shown = {"condition": {"type": "BLANK"}, "format": {}}
    rule = {"ranges": [area(made, "A!A1:B3")], "booleanRule": shown}
    apply(made, {"addConditionalFormatRule": {"rule": rule, "index": 0}})
    apply(made, copy(made, "A!A1:B1", "A!C5:D6"))
    merged = [area(made, text) for text in ("A!A1:B1", "A!C5:D5", "A!C6:D6")]
    assert made.sheets[0].merges == merged
    [found] = made.sheets[0].conditional_formats
    assert found["ranges"] == [area(made, t) for t in ("A!A1:B3", "A!C5:D5", "A!C6:D6")]


def test_cut_cells_are_followed() -> None:
    """What names cut cells names them where they are now, also on another tab."""
    made = book([[1, "=A1"], ["=SUM(A1:A1)+B1"]], [["=A!A1"]])
    made.named_ranges = [{"namedRangeId": "n", "name": "one", "range": area(made, "A!A1")}]
    to = {"sheetId": 1, "rowIndex": 3, "columnIndex": 2}
    apply(made, {"cutPaste": {"source": area(made, "A!A1"), "destination": to}})
    assert values(made.sheets[0]) == [[None, "=B!C4"], ["=SUM(B!C4:C4)+B1", None]]
    assert made.sheets[1].cell(3, 2).value == 1
    assert made.sheets[1].cell(0, 0).formula == "=B!C4"
    assert made.named_ranges[0]["range"] == area(made, "B!C4")


def block(of: Book, kind: str, text: str, dimension: str) -> Json:
    """An insertRange or deleteRange request."""
    return {kind: {"range": area(of, text), "shiftDimension": dimension}}


def test_cells_put_in() -> None:
    """Only the columns of the range go down, and what names their cells follows."""
    made = book([[1, 10], [2, 20], ["=A2", "=B2"]], rows=3)
    apply(made, block(made, "insertRange", "A!A2", "ROWS"))
    assert values(made.sheets[0]) == [[1, 10], [None, 20], [2, "=B2"], ["=A3", None]]
    assert made.sheets[0].rows == 4


def test_cells_taken_out() -> None:
    """Only the rows of the range come up from the right; a name for lost cells is gone."""
    made = book([[1, 2, 3], [4, 5, "=A1+B1+C1"]])
    apply(made, block(made, "deleteRange", "A!A1:A1", "COLUMNS"))
    assert values(made.sheets[0]) == [[2, 3, None], [4, 5, "=#REF!+A1+B1"]]


def test_blocks_that_would_split_a_merge() -> None:
    """Cells are not moved where that takes a merge apart."""
    made = book([[1]])
    made.sheets[0].merges = [area(made, "A!A3:B3")]
    said = "You must select all cells in a merged range to merge or unmerge them."
    assert refused(made, block(made, "insertRange", "A!A1", "ROWS")).endswith(said)
    cut = {"source": area(made, "A!A3"), "destination": {"sheetId": 0, "rowIndex": 5}}
    assert refused(made, {"cutPaste": cut}).endswith(said)
    apply(made, block(made, "insertRange", "A!A1:B1", "ROWS"))
    assert made.sheets[0].merges == [area(made, "A!A4:B4")]
