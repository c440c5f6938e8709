"""A1 notation is read and spelled as Google does it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sheets_service import a1
from tests.sheets_service.model import Book, GoogleError, Json, Sheet


def book() -> Book:
    """A hidden first tab, a plain one, and titles that need care."""
    sheets = [
        Sheet(5, "Hidden", hidden=True),
        Sheet(0, "Data"),
        Sheet(7, "It's here"),
        Sheet(8, "CRM26"),
        Sheet(9, "a!b", rows=3, columns=2),
    ]
    area = {"startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    return Book("b", "Agency", sheets=sheets, named_ranges=[{"name": "People", "range": area}])


def area(sheet: int, rows: str = "", columns: str = "") -> Json:
    """`area(0, "1:3", "0:")` is rows 1 to 3 (half open) from column 0."""
    made: Json = {"sheetId": sheet}
    for side, text in (("Row", rows), ("Column", columns)):
        for end, index in zip(("start", "end"), text.split(":"), strict=False):
            if index:
                made[f"{end}{side}Index"] = int(index)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Data!A1:B2", area(0, "0:2", "0:2")),
        ("data!$b$2", area(0, "1:2", "1:2")),
        ("Data!B5:A2", area(0, "1:5", "0:2")),
        ("Data!A:C", area(0, "", "0:3")),
        ("Data!2:5", area(0, "1:5")),
        ("Data!A5:B", area(0, "4:", "0:2")),
        ("Data!A:B5", area(0, ":5", "0:2")),
        ("Data!B2:2", area(0, "1:2", "1:")),
        ("Data!B2:5", area(0, "1:5", "1:")),
        ("Data", area(0)),
        ("'Data'", area(0)),
        ("'It''s here'!AA10", area(7, "9:10", "26:27")),
        ("It's here!A1", area(7, "0:1", "0:1")),
        ("'a!b'!A1", area(9, "0:1", "0:1")),
        ("A1", area(0, "0:1", "0:1")),
        ("CRM26", area(0, "25:26", "2508:2509")),
        ("'CRM26'", area(8)),
        ("CRM26!A1", area(8, "0:1", "0:1")),
        ("people", area(0, "1:3", "0:1")),
        ("'CRM26'!People", area(0, "1:3", "0:1")),
    ],
)
def test_text_becomes_a_range(text: str, expected: Json) -> None:
    """Open ends stay open; a bare cell lies on the first visible tab, whatever tabs are called."""
    assert a1.parse(book(), text) == expected


@pytest.mark.parametrize(
    "text",
    ["Nope!A1", "Data!A0", "Data!A1:", "Data!", "Data!5", "Data!1A", "'Data!A1", "Data!A:2", ""],
)
def test_what_is_no_range_is_refused(text: str) -> None:
    """Google repeats the text it could not read."""
    with pytest.raises(GoogleError) as refusal:
        a1.parse(book(), text)
    assert refusal.value.body()["error"] == {
        "code": 400,
        "message": f"Unable to parse range: {text}",
        "status": "INVALID_ARGUMENT",
    }


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (area(0), "Data!A1:Z1000"),
        (area(0, "4:", "0:2"), "Data!A5:B1000"),
        (area(0, "0:5000", "0:99"), "Data!A1:Z1000"),
        (area(0, "2:3", "1:2"), "Data!B3"),
        (area(7, "0:1"), "'It''s here'!A1:Z1"),
        (area(8, "0:1", "0:1"), "'CRM26'!A1"),
        (area(9), "'a!b'!A1:B3"),
    ],
)
def test_a_range_is_spelled_within_its_grid(where: Json, expected: str) -> None:
    """Answers name the tab, in quotes where it needs them, and stop at the edge of the grid."""
    assert a1.write(book(), where) == expected


def test_a_range_that_begins_beyond_the_grid_is_refused() -> None:
    """The message names the range as it was meant, and the size of the grid."""
    with pytest.raises(GoogleError) as refusal:
        a1.write(book(), area(9, "3:", "0:5"))
    assert refusal.value.message == (
        "Range ('a!b'!A4:E) exceeds grid limits. Max rows: 3, max columns: 2"
    )


@given(st.integers(0, 999), st.integers(0, 25), st.integers(1, 9), st.integers(1, 9))
def test_what_is_spelled_can_be_read_again(row: int, column: int, down: int, across: int) -> None:
    """Any range within the grid comes back from its spelling."""
    wanted = area(7, f"{row}:{min(row + down, 1000)}", f"{column}:{min(column + across, 26)}")
    assert a1.parse(book(), a1.write(book(), wanted)) == wanted
