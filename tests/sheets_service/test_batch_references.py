"""References in formulas follow cells that move, and change in a formula that is copied."""

from __future__ import annotations

import pytest

from tests.sheets_service import references
from tests.sheets_service.batch_testing import apply, book, delete, insert, move
from tests.sheets_service.model import CellError, Json

ROW, COLUMN = insert(2, 4), insert(1, 2, "COLUMNS")


@pytest.mark.parametrize(
    ("formula", "edit", "after"),
    [
        ("=A3", ROW, "=A5"),
        ("=$A$3+a2", ROW, "=$A$5+a2"),
        ("=SUM(A2:A3)", ROW, "=SUM(A2:A5)"),
        ("=SUM(A1:A2)", ROW, "=SUM(A1:A2)"),
        ("=SUM(A:A)", ROW, "=SUM(A:A)"),
        ("=SUM(A3:A)", ROW, "=SUM(A5:A)"),
        ("=SUM(3:4)", ROW, "=SUM(5:6)"),
        ("=B1&C:D", COLUMN, "=C1&D:E"),
        ('="A3"&A3', ROW, '="A3"&A5'),
        ("=LOG10(A3)+Q3_", ROW, "=LOG10(A5)+Q3_"),
        ("=B!A3+A!A3", ROW, "=B!A3+A!A5"),
        ("='a'!A3", ROW, "='a'!A5"),
        ("=Other!A3", ROW, "=Other!A3"),
        ("=A3", delete(2, 3), "=#REF!"),
        ("=SUM(A2:A3)*A4", delete(2, 3), "=SUM(A2:A2)*A3"),
        ("=SUM(A3:A4)", delete(2, 4), "=SUM(#REF!)"),
        ("=A3", move(2, 3, 6), "=A6"),
        ("=SUM(A1:A5)", move(2, 3, 6), "=SUM(A1:A4)"),
        ("=SUM(A1:A5)", move(2, 3, 5), "=SUM(A1:A5)"),
        ("=SUM(A1:A5)", move(6, 7, 3), "=SUM(A1:A6)"),
        ("=SUM(A2:A3)", move(1, 3, 6), "=SUM(A5:A6)"),
        ("=SUM(A4:A8)", move(2, 5, 7), "=SUM(A3:A8)"),
        ("=SUM(A4:A8)", move(4, 9, 1), "=SUM(A9:A9)"),
    ],
)
def test_formulas_follow_rows_and_columns(formula: str, edit: Json, after: str) -> None:
    """A formula of the same tab names the cells it named before, wherever they are now."""
    made = book([], [])
    assert references.parts(formula)
    made.sheets[0].cells = book([[formula]]).sheets[0].cells
    # The formula stands in the first row, which no edit moves.
    apply(made, edit)
    assert made.sheets[0].cells[0, 0].formula == after


def test_a_lost_reference_shows_an_error() -> None:
    """A formula whose cell was deleted shows #REF!, as one of another tab does."""
    made = book([[1], [2]], [["=A!A2"]])
    apply(made, delete(1, 2))
    cell = made.sheets[1].cell(0, 0)
    assert cell.formula == "=#REF!"
    assert isinstance(cell.value, CellError)
    assert cell.value.text == "#REF!"


@pytest.mark.parametrize(
    ("formula", "down", "right", "after"),
    [
        ("=A1", 2, 1, "=B3"),
        ("=$A1+A$1+$A$1", 2, 1, "=$A3+B$1+$A$1"),
        ("=SUM(A1:$B2)", 1, 0, "=SUM(A2:$B3)"),
        ("=B2", -2, 0, "=#REF!"),
        ("='My tab'!A:A", 5, 1, "='My tab'!B:B"),
    ],
)
def test_copied_formulas(formula: str, down: int, right: int, after: str) -> None:
    """A copied formula names cells as far from it as before; a $ holds them fast."""
    assert references.copied(formula, down, right) == after


def test_a_renamed_tab() -> None:
    """Formulas name a renamed tab by its new title, in quotes where it needs them."""
    made = book([[1]], [["=A!A1+'A'!A2+AA!A1+\"A!A1\""]])
    body = {"properties": {"sheetId": 0, "title": "Mary's tab"}, "fields": "title"}
    apply(made, {"updateSheetProperties": body})
    formula = made.sheets[1].cell(0, 0).formula
    assert formula == "='Mary''s tab'!A1+'Mary''s tab'!A2+AA!A1+\"A!A1\""


def test_formulas_in_rules_follow_too() -> None:
    """Formulas of validation and of conditional formats are moved like those of cells."""
    made = book([[1]])
    sheet = made.sheets[0]
    rule = {"condition": {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": "=A!$B$3"}]}}
    area = {"sheetId": 0, "startColumnIndex": 0, "endColumnIndex": 1}
    apply(made, {"setDataValidation": {"range": {**area, "endRowIndex": 1}, "rule": rule}})
    formula = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=$B3>1"}]}
    shown = {"booleanRule": {"condition": formula, "format": {}}}
    new = {"ranges": [{**area, "startRowIndex": 2}], **shown}
    apply(made, {"addConditionalFormatRule": {"rule": new, "index": 0}}, insert(1, 2))
    validation = sheet.cell(0, 0).validation
    assert validation is not None
    assert validation["condition"]["values"] == [{"userEnteredValue": "=A!$B$4"}]
    [changed] = sheet.conditional_formats
    assert changed["booleanRule"]["condition"]["values"] == [{"userEnteredValue": "=$B4>1"}]
    assert changed["ranges"][0]["startRowIndex"] == 3
