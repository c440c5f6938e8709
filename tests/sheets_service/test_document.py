"""The Spreadsheet resource has Google's form, and masks and filters select from it."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from tests.sheets_service import document, filters, masks, schema
from tests.sheets_service.model import Book, Cell, CellError, GoogleError, Json, Metadata, Sheet

URL = "https://docs.google.com/spreadsheets/d/book/edit"
CORNER = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
NAMED = {"namedRangeId": "n1", "name": "People", "range": CORNER}
RED = {"red": 1.0, "green": 0}


def book(**cells: Cell) -> Book:
    """Two tabs with one of everything; `cells` of the first one by name: `B2=Cell("x")`."""
    data = Sheet(0, "Data", rows=5, columns=3, frozen_rows=1, tab_color=RED)
    for name, cell in cells.items():
        data.put(int(name[1:]) - 1, ord(name[0]) - 65, cell)
    area = {"sheetId": 0, **CORNER}
    data.merges = [area]
    data.conditional_formats = [
        {"ranges": [area], "booleanRule": {"condition": {"type": "BLANK"}, "format": {}}}
    ]
    anchor = {"sheetId": 0, "rowIndex": 0, "columnIndex": 2}
    position = {"overlayPosition": {"anchorCell": anchor, "offsetXPixels": 0, "widthPixels": 600}}
    data.charts = [{"chartId": 4, "spec": {"title": "Who"}, "position": position}]
    data.protected_ranges = [
        {
            "protectedRangeId": 5,
            "range": area,
            "warningOnly": False,
            "requestingUserCanEdit": False,
        }
    ]
    data.banded_ranges = [{"bandedRangeId": 6, "range": area, "rowProperties": {}}]
    data.tables = [{"tableId": "7", "name": "People", "range": area}]
    data.basic_filter = {"range": area}
    data.filter_views = [{"filterViewId": 8, "title": "Mine", "range": area}]
    data.dimension_groups = [
        {"range": {"sheetId": 0, "dimension": side, "startIndex": 1, "endIndex": 2}, "depth": 1}
        for side in ("ROWS", "COLUMNS")
    ]
    data.row_properties = {1: {"pixelSize": 30}}
    data.column_properties = {2: {"hiddenByUser": True}}
    return Book(
        "book",
        "Agency",
        sheets=[data, Sheet(9, "Lists", rows=2, columns=2, hidden=True, right_to_left=True)],
        metadata=[
            Metadata(1, "agency", None, "DOCUMENT", "spreadsheet"),
            Metadata(2, "tab", "data", "PROJECT", "sheet", 0),
            Metadata(3, "status", "x", "DOCUMENT", "column", 0, 1),
            Metadata(4, "person", "E1", "DOCUMENT", "row", 0, 0),
        ],
        named_ranges=[{"namedRangeId": "n1", "name": "People", "range": area}],
    )


def get(of: Book, **asked: Any) -> Json:
    """The resource, after a look whether it is in Google's form."""
    answer = document.spreadsheet(of, url=URL, **asked)
    schema.check_answer("sheets.spreadsheets.get", answer)
    return answer


def cell_data(cell: Cell) -> Json:
    """The CellData of a cell that stands alone."""
    found: Json = get(book(A1=cell), grid_data=True)["sheets"][0]["data"][0]["rowData"][0]
    return dict(found["values"][0])


def test_the_resource_has_every_part() -> None:
    """What a book holds is answered under Google's names, what is empty is not."""
    answer = get(book())
    assert list(answer) == [
        "spreadsheetId",
        "properties",
        "sheets",
        "namedRanges",
        "spreadsheetUrl",
        "developerMetadata",
    ]
    head = answer["properties"]
    assert (head["title"], head["locale"], head["timeZone"]) == ("Agency", "en_US", "Etc/GMT")
    first, second = answer["sheets"]
    assert set(first) == {
        *("properties", "merges", "conditionalFormats", "charts", "protectedRanges"),
        *("bandedRanges", "basicFilter", "filterViews", "developerMetadata", "tables"),
        *("rowGroups", "columnGroups"),
    }
    assert second == {
        "properties": {
            "sheetId": 9,
            "title": "Lists",
            "index": 1,
            "sheetType": "GRID",
            "gridProperties": {"rowCount": 2, "columnCount": 2},
            "hidden": True,
            "rightToLeft": True,
        }
    }


def test_zero_and_false_are_left_out_as_google_does() -> None:
    """A range of tab 0 carries no sheetId, a flag that is off is absent; a tab names its id."""
    sheet = get(book())["sheets"][0]
    assert sheet["properties"] == {
        "sheetId": 0,
        "title": "Data",
        "index": 0,
        "sheetType": "GRID",
        "gridProperties": {"rowCount": 5, "columnCount": 3, "frozenRowCount": 1},
        "tabColor": {"red": 1},
        "tabColorStyle": {"rgbColor": {"red": 1}},
    }
    assert sheet["merges"] == [CORNER]
    assert sheet["protectedRanges"] == [{"protectedRangeId": 5, "range": CORNER}]
    overlay = sheet["charts"][0]["position"]["overlayPosition"]
    assert overlay == {"anchorCell": {"columnIndex": 2}, "widthPixels": 600}


def test_cells_come_only_when_asked_for() -> None:
    """The grid data of each range by itself, with the sizes of its rows and columns."""
    made = book(A1=Cell("a"), B3=Cell(2))
    assert "data" not in get(made)["sheets"][0]
    ranges = [
        {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2},
        {"sheetId": 0, "startRowIndex": 2, "startColumnIndex": 1},
    ]
    (sheet,) = get(made, ranges=ranges, grid_data=True)["sheets"]
    first, second = sheet["data"]
    assert [row["values"][0]["formattedValue"] for row in first["rowData"]] == ["a"]
    assert [m["pixelSize"] for m in first["rowMetadata"]] == [21, 30]
    assert first["rowMetadata"][0]["developerMetadata"][0]["metadataKey"] == "person"
    hidden = {"pixelSize": 100, "hiddenByUser": True}
    assert first["columnMetadata"][0::2] == [{"pixelSize": 100}, hidden]
    assert (second["startRow"], second["startColumn"]) == (2, 1)
    assert second["rowData"][0]["values"][0]["effectiveValue"] == {"numberValue": 2}
    assert len(second["rowMetadata"]) == 3


@pytest.mark.parametrize(
    ("cell", "entered", "effective", "shown"),
    [
        (Cell("x"), {"stringValue": "x"}, {"stringValue": "x"}, "x"),
        (Cell(2.0), {"numberValue": 2}, {"numberValue": 2}, "2"),
        (Cell(False), {"boolValue": False}, {"boolValue": False}, "FALSE"),
        (Cell(3, formula="=1+2"), {"formulaValue": "=1+2"}, {"numberValue": 3}, "3"),
        (
            Cell(CellError("N_A", "#N/A", "Not found"), formula="=NA()"),
            {"formulaValue": "=NA()"},
            {"errorValue": {"type": "N_A", "message": "Not found"}},
            "#N/A",
        ),
    ],
)
def test_a_cell_tells_what_was_entered_and_what_it_shows(
    cell: Cell, entered: Json, effective: Json, shown: str
) -> None:
    """The entered and the effective value differ for a formula."""
    assert cell_data(cell) == {
        "userEnteredValue": entered,
        "effectiveValue": effective,
        "formattedValue": shown,
    }


@pytest.mark.parametrize(
    ("kind", "locale", "pattern"),
    [("DATE", "en_US", "M/d/yyyy"), ("DATE", "de_DE", "dd.MM.yyyy"), ("PERCENT", "en_US", "0.00%")],
)
def test_a_format_without_a_pattern_gets_the_locale_s(kind: str, locale: str, pattern: str) -> None:
    """The effective format has the whole number format; the entered one stays as it was."""
    made = book(A1=Cell(46349, format={"numberFormat": {"type": kind}}))
    made.locale = locale
    found = get(made, grid_data=True)["sheets"][0]["data"][0]["rowData"][0]["values"][0]
    assert found["userEnteredFormat"] == {"numberFormat": {"type": kind}}
    assert found["effectiveFormat"]["numberFormat"] == {"type": kind, "pattern": pattern}
    assert found["effectiveFormat"]["padding"]["left"] == 3


def test_a_colour_is_told_both_ways() -> None:
    """What was entered in the old or the new field is effective in both."""
    style = {"textFormat": {"foregroundColorStyle": {"rgbColor": RED}}, "backgroundColor": RED}
    effective = cell_data(Cell(format=style))["effectiveFormat"]
    assert effective["textFormat"]["foregroundColor"] == {"red": 1}
    assert effective["backgroundColorStyle"] == {"rgbColor": {"red": 1}}


def test_each_cell_has_its_own_format() -> None:
    """Cells side by side are answered with what each of them was given."""
    kinds = ["DATE", "PERCENT", "DATE"]
    cells = {
        f"{column}1": Cell(format={"numberFormat": {"type": kind}})
        for column, kind in zip("ABC", kinds, strict=True)
    }
    row = get(book(**cells), grid_data=True)["sheets"][0]["data"][0]["rowData"][0]["values"]
    for name in ("userEnteredFormat", "effectiveFormat"):
        assert [found[name]["numberFormat"]["type"] for found in row] == kinds


def test_notes_rules_links_and_runs_come_along() -> None:
    """What hangs on a cell is answered with it, even where no value stands."""
    rule = {"condition": {"type": "BOOLEAN"}, "strict": False}
    runs = ({"startIndex": 0, "format": {"bold": True}}, {"startIndex": 2, "format": {}})
    assert cell_data(Cell(note="n", validation=rule)) == {
        "note": "n",
        "dataValidation": {"condition": {"type": "BOOLEAN"}},
    }
    assert cell_data(Cell("text", runs=runs))["textFormatRuns"] == [
        {"format": {"bold": True}},
        {"startIndex": 2, "format": {}},
    ]
    linked = {"textFormat": {"link": {"uri": "https://x.example"}}}
    assert cell_data(Cell("x", format=linked))["hyperlink"] == "https://x.example"
    formula = '=HYPERLINK("https://y.example","y")'
    assert cell_data(Cell("y", formula=formula))["hyperlink"] == "https://y.example"


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("spreadsheetId", {"spreadsheetId": "book"}),
        ("namedRanges(name),namedRanges", {"namedRanges": [NAMED]}),
        ("namedRanges,namedRanges.name", {"namedRanges": [NAMED]}),
        (
            "properties.title,spreadsheetId",
            {"properties": {"title": "Agency"}, "spreadsheetId": "book"},
        ),
        (
            "sheets(properties(sheetId,title),merges/endRowIndex)",
            {
                "sheets": [
                    {"properties": {"sheetId": 0, "title": "Data"}, "merges": [{"endRowIndex": 2}]},
                    {"properties": {"sheetId": 9, "title": "Lists"}},
                ]
            },
        ),
        ("sheets.properties(title),sheets/properties/index", None),
        (
            "sheets.data.rowData.values.note",
            {"sheets": [{"data": [{"rowData": [{"values": [{"note": "n"}]}]}]}, {"data": [{}]}]},
        ),
        ("sheets/*/title", None),
    ],
)
def test_a_mask_keeps_what_it_names(mask: str, expected: Json | None) -> None:
    """Fields with commas, slashes, dots and brackets; cells come if the mask names them."""
    answer = get(book(A1=Cell("x", note="n")), mask=mask, grid_data=True)
    if mask == "sheets.properties(title),sheets/properties/index":
        expected = {
            "sheets": [
                {"properties": {"title": "Data", "index": 0}},
                {"properties": {"title": "Lists", "index": 1}},
            ]
        }
    if mask == "sheets/*/title":
        assert answer["sheets"][0]["properties"] == {"title": "Data"}
        return
    assert answer == expected


def test_a_star_keeps_everything() -> None:
    """`*` is the whole resource with its cells."""
    assert get(book(), mask="*") == get(book(), grid_data=True)


@pytest.mark.parametrize(
    ("mask", "path"),
    [("sheets.nope", "sheets.nope"), ("a,b", "a"), ("sheets(", "sheets("), ("", "")],
)
def test_a_wrong_mask_is_refused(mask: str, path: str) -> None:
    """Google names the mask and the path that leads nowhere."""
    with pytest.raises(GoogleError) as refusal:
        get(book(), mask=mask)
    (detail,) = refusal.value.details
    says = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    assert detail["fieldViolations"] == [{"field": mask, "description": says}]
    assert refusal.value.message == "Request contains an invalid argument."


def test_masks_need_no_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without google-api-python-client a mask is applied as it stands."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    masks._types.cache_clear()
    masks.parse.cache_clear()
    try:
        assert masks.apply({"a": {"b": 1, "c": 2}, "d": 3}, "a.b,x") == {"a": {"b": 1}}
    finally:
        masks._types.cache_clear()
        masks.parse.cache_clear()


def test_a_data_filter_selects_tabs_and_ranges() -> None:
    """GetByDataFilter answers the tabs that are selected, with the selected cells."""
    made = book(A1=Cell("a"), B2=Cell("b"))
    body = {
        "dataFilters": [{"developerMetadataLookup": {"metadataKey": "status"}}],
        "includeGridData": True,
    }
    answer = document.by_data_filter(made, body, URL)
    schema.check_answer("sheets.spreadsheets.getByDataFilter", answer)
    (sheet,) = answer["sheets"]
    assert sheet["data"][0]["startColumn"] == 1
    assert sheet["data"][0]["rowData"][1]["values"][0]["formattedValue"] == "b"
    nothing = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "gone"}}]}
    assert "sheets" not in document.by_data_filter(made, nothing, URL)


COLUMN = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}}
EXACT = {"locationMatchingStrategy": "EXACT_LOCATION"}


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"metadataKey": "status"}, [3]),
        ({"metadataKey": "status", "metadataValue": "y"}, []),
        ({"metadataId": 2}, [2]),
        ({"visibility": "PROJECT"}, [2]),
        ({"locationType": "ROW"}, [4]),
        ({"metadataLocation": {"spreadsheet": True}}, [1]),
        ({"metadataLocation": {"sheetId": 0}}, [2, 3, 4]),
        ({"metadataLocation": {"sheetId": 0}, **EXACT}, [2]),
        ({"metadataLocation": COLUMN}, [2, 3, 4]),
        ({"metadataLocation": COLUMN, **EXACT}, [3]),
        ({"metadataLocation": COLUMN, "locationType": "COLUMN"}, [3]),
        ({"metadataLocation": {"sheetId": 9}}, []),
    ],
)
def test_a_lookup_finds_what_matches_all_it_says(lookup: Json, found: list[int]) -> None:
    """Without EXACT also what crosses the location counts: its tab, and rows for a column."""
    assert [piece.id for piece in filters.lookup(book(), lookup)] == found


@pytest.mark.parametrize(
    "lookup",
    [
        EXACT,
        {**EXACT, "metadataLocation": COLUMN, "locationType": "COLUMN"},
        {"metadataLocation": COLUMN, "locationType": "SPREADSHEET"},
    ],
)
def test_a_lookup_that_contradicts_itself_is_refused(lookup: Json) -> None:
    """The rules stand in the description of DeveloperMetadataLookup."""
    with pytest.raises(GoogleError) as refusal:
        filters.lookup(book(), lookup)
    assert refusal.value.code == 400


def test_a_filter_that_says_nothing_is_refused() -> None:
    """Neither a filter without a choice nor one for a tab that is gone selects anything."""
    for one in ({}, {"gridRange": {"sheetId": 77}}, {"a1Range": "Nope!A1"}):
        with pytest.raises(GoogleError):
            filters.ranges(book(), one)
    assert filters.ranges(book(), {"a1Range": "Data!B:B"}) == [
        {"sheetId": 0, "startColumnIndex": 1, "endColumnIndex": 2}
    ]
