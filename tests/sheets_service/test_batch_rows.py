"""Rows of a range sorted, shuffled and freed of doubles; text replaced, trimmed and split."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sheets_service.batch_testing import apply, area, book, on_row, refused, values
from tests.sheets_service.model import Book, Cell, CellError, Json


def sort(of: Book, text: str, *specs: tuple[int, str]) -> Json:
    """A sortRange request."""
    given = [{"dimensionIndex": index, "sortOrder": order} for index, order in specs]
    return {"sortRange": {"range": area(of, text), "sortSpecs": given}}


def test_a_sort_moves_whole_cells() -> None:
    """Notes and formats go with the values of the range; metadata and other columns stay."""
    made = book([["head", None, None], ["b", 1, "x"], ["a", 2, "y"]])
    sheet = made.sheets[0]
    sheet.put(1, 0, Cell("b", None, {"bold": True}, "note of b"))
    made.metadata = [on_row(1, 1)]
    sheet.row_properties = {1: {"pixelSize": 40}}
    apply(made, sort(made, "A!A2:B3", (0, "ASCENDING")))
    assert values(sheet) == [["head", None, None], ["a", 2, "x"], ["b", 1, "y"]]
    assert sheet.cell(2, 0) == Cell("b", None, {"bold": True}, "note of b")
    assert [piece.index for piece in made.metadata] == [1]
    assert sheet.row_properties == {1: {"pixelSize": 40}}


def test_the_order_of_kinds() -> None:
    """Numbers stand before text, booleans and errors; blank cells are last in both orders."""
    error = CellError("N_A", "#N/A")
    mixed: list[Any] = [None, "b", True, 2, error, "A", -1, False]
    up: list[Any] = [-1, 2, "A", "b", False, True, error, None]
    made = book([[value] for value in mixed])
    apply(made, sort(made, "A!A1:A8", (0, "ASCENDING")))
    assert [made.sheets[0].cell(row, 0).value for row in range(8)] == up
    apply(made, sort(made, "A!A1:A8", (0, "DESCENDING")))
    assert [made.sheets[0].cell(row, 0).value for row in range(8)] == [*up[-2::-1], None]


_ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(_ROWS, st.booleans(), st.booleans())
def test_several_specs(rows: list[tuple[int, str]], first: bool, second: bool) -> None:
    """Later specs decide between rows that are equal in the earlier ones; else the order stays."""
    lines: list[list[Any]] = [[*row, place] for place, row in enumerate(rows)]
    made = book(lines)
    orders = ["DESCENDING" if down else "ASCENDING" for down in (first, second)]
    apply(made, sort(made, "A!A1:C10", (0, orders[0]), (1, orders[1])))
    wanted = sorted(lines, key=lambda line: line[1], reverse=second)
    assert values(made.sheets[0]) == sorted(wanted, key=lambda line: line[0], reverse=first)


def test_formulas_that_are_sorted() -> None:
    """A formula names its own row after a sort, as if it had been copied there."""
    made = book([[2, "=A1*2"], [1, "=A2*3+$D$1"]])
    apply(made, sort(made, "A!A1:B2", (0, "ASCENDING")))
    assert values(made.sheets[0]) == [[1, "=A1*3+$D$1"], [2, "=A2*2"]]


def test_sorts_that_are_refused() -> None:
    """Merged cells are not sorted, nor is by a column outside of the range."""
    made = book([[2], [1]])
    assert "outside of the sort range" in refused(made, sort(made, "A!A1:A2", (1, "ASCENDING")))
    made.sheets[0].merges = [area(made, "A!A1:B1")]
    assert "merged cells" in refused(made, sort(made, "A!A1:A2", (0, "ASCENDING")))


def test_shuffled_rows() -> None:
    """Shuffled rows are the same rows, in the same order for the same book."""
    made = book([[n, -n] for n in range(10)])
    again = made.copy()
    request = {"randomizeRange": {"range": area(made, "A!A1:B10")}}
    apply(made, request)
    apply(again, request)
    found = values(made.sheets[0])
    assert sorted(found) == [[n, -n] for n in range(10)]
    assert found == values(again.sheets[0]) != [[n, -n] for n in range(10)]


def test_doubles_are_deleted() -> None:
    """The first of rows that are equal but for case stays; only the range closes up."""
    made = book([["a", 1, "x"], ["A", 1, "y"], ["b", 2, "z"]])
    [reply] = apply(made, {"deleteDuplicates": {"range": area(made, "A!A1:B3")}})
    assert reply["deleteDuplicates"] == {"duplicatesRemovedCount": 1}
    assert values(made.sheets[0]) == [["a", 1, "x"], ["b", 2, "y"], [None, None, "z"]]


def test_find_and_replace() -> None:
    """Every occurrence counts; formulas are only searched when asked for."""
    made = book([["one one", "One", '=A1&"one"'], [10, "none", None]])
    body = {"find": "one", "replacement": "two", "allSheets": True}
    [reply] = apply(made, {"findReplace": {**body, "matchCase": True}})
    counts = {"valuesChanged": 2, "rowsChanged": 2, "sheetsChanged": 1, "occurrencesChanged": 3}
    assert reply["findReplace"] == counts
    assert values(made.sheets[0]) == [["two two", "One", '=A1&"one"'], [10, "ntwo", None]]
    [reply] = apply(made, {"findReplace": {**body, "includeFormulas": True}})
    assert reply["findReplace"]["formulasChanged"] == 1


def test_find_by_the_documented_expression() -> None:
    """`o.* (.*)` replaced by `$1 Rocks` makes GSheets Rocks of Google Sheets."""
    made = book([["Google Sheets"]])
    body = {"find": "o.* (.*)", "replacement": "$1 Rocks", "searchByRegex": True, "sheetId": 0}
    apply(made, {"findReplace": body})
    assert values(made.sheets[0]) == [["GSheets Rocks"]]


def test_trimmed_text() -> None:
    """White space goes at both ends and shrinks to one space between; text stays text."""
    made = book([["  a \t b ", " =1 ", "c", 5]])
    [reply] = apply(made, {"trimWhitespace": {"range": area(made, "A!A1:D1")}})
    assert reply["trimWhitespace"] == {"cellsChangedCount": 2}
    assert values(made.sheets[0]) == [["a b", "=1", "c", 5]]
    assert made.sheets[0].cell(0, 1).formula is None


def test_text_in_columns() -> None:
    """A column of text is split at its delimiter, each piece as if typed."""
    made = book([["a;1"], ["b;2;x"]], columns=2)
    body = {"source": area(made, "A!A1:A2"), "delimiterType": "AUTODETECT"}
    apply(made, {"textToColumns": body})
    assert values(made.sheets[0]) == [["a", 1, None], ["b", 2, "x"]]


def test_pasted_text() -> None:
    """Pasted text is taken as typed; notes stay."""
    made = book([])
    made.sheets[0].put(0, 0, Cell("old", note="note"))
    body = {"coordinate": {"sheetId": 0}, "data": "1,x\n=A1,TRUE", "delimiter": ","}
    apply(made, {"pasteData": body})
    assert values(made.sheets[0]) == [[1, "x"], ["=A1", True]]
    assert made.sheets[0].cell(0, 0).note == "note"
