"""The values methods read, write, append and clear as Google does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sheets_service import a1, formula, schema, values
from tests.sheets_service.entry import read
from tests.sheets_service.model import Book, Cell, CellError, GoogleError, Json, Metadata, Sheet
from tests.sheets_service.numbers import formatted, locale

METHOD = "sheets.spreadsheets.values."
DATE = {"numberFormat": {"type": "DATE"}}
PERCENT = {"numberFormat": {"type": "PERCENT", "pattern": "0.0%"}}


def book(**cells: Cell) -> Book:
    """A tab Data with these cells by their names: `B2=Cell("x")`."""
    sheet = Sheet(0, "Data", rows=100, columns=10)
    for name, cell in cells.items():
        sheet.put(int(name[1:]) - 1, ord(name[0]) - 65, cell)
    return Book("book", "Agency", sheets=[sheet, Sheet(5, "Other tab", rows=10, columns=3)])


def filled(*rows: list[Any]) -> Book:
    """A tab Data with these values from A1 on."""
    made = book()
    cells = made.sheets[0].cells
    for i, row in enumerate(rows):
        cells |= {(i, j): Cell(value) for j, value in enumerate(row) if value is not None}
    return made


def get(of: Book, range: str = "Data", **options: str) -> Any:
    """The values of a range, after a look whether the answer is in Google's form."""
    answer = values.get(of, range, {name: [text] for name, text in options.items()})
    schema.check_answer(METHOD + "get", answer)
    return answer.get("values")


def update(of: Book, range: str, rows: list[list[Any]], option: str = "RAW", **more: str) -> Json:
    """The answer to values.update."""
    params = {"valueInputOption": [option]} | {name: [text] for name, text in more.items()}
    answer = values.update(of, range, params, {"values": rows})
    schema.check_answer(METHOD + "update", answer)
    return answer


def append(of: Book, range: str, rows: list[list[Any]], **more: Any) -> Json:
    """The answer to values.append."""
    body = {"values": rows, "majorDimension": more.pop("majorDimension", "ROWS")}
    params = {"valueInputOption": ["RAW"]} | {name: [text] for name, text in more.items()}
    answer = values.append(of, range, params, body)
    schema.check_answer(METHOD + "append", answer)
    return answer


MIXED = {
    "A1": Cell(1234.5, format={"numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"}}),
    "B1": Cell(46349, format=DATE),
    "C1": Cell(True),
    "D1": Cell(CellError("N_A", "#N/A")),
    "A2": Cell(3.0, formula="=1+2"),
    "C2": Cell("text"),
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [["1,234.50", "11/23/2026", "TRUE", "#N/A"], ["3", "", "text"]]),
        (
            {"valueRenderOption": "UNFORMATTED_VALUE"},
            [[1234.5, 46349, True, "#N/A"], [3, "", "text"]],
        ),
        (
            {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"},
            [[1234.5, "11/23/2026", True, "#N/A"], [3, "", "text"]],
        ),
        (
            {"valueRenderOption": "FORMULA", "majorDimension": "COLUMNS"},
            [[1234.5, "=1+2"], [46349], [True, "text"], ["#N/A"]],
        ),
    ],
)
def test_values_are_rendered_as_asked(options: dict[str, str], expected: Any) -> None:
    """Shown texts, plain values or formulas, by rows or columns, without empty ends."""
    assert get(book(**MIXED), "Data!A1:F9", **options) == expected
    assert get(book(**MIXED), "Data", **options) == expected


@given(
    st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 4)), st.integers(1, 9)),
    st.sampled_from(["A1:C2", "B2:E6", "C:C", "3:3", "A1:J100"]),
)
def test_any_part_reads_as_it_stands_in_the_whole(
    cells: dict[tuple[int, int], int], area: str
) -> None:
    """In whatever order cells were entered, a range shows what stands at each of its places."""
    made = book()
    made.sheets[0].cells = {key: Cell(value) for key, value in cells.items()}
    box = a1.box(made, a1.parse(made, area))
    found = get(made, area, valueRenderOption="UNFORMATTED_VALUE") or []
    seen = {
        (box.top + i, box.left + j): value
        for i, row in enumerate(found)
        for j, value in enumerate(row)
        if value != ""
    }
    inside = {k: v for k, v in cells.items() if box.top <= k[0] < box.bottom}
    assert seen == {k: v for k, v in inside.items() if box.left <= k[1] < box.right}
    assert all(row and row[-1] != "" for row in found[-1:])


def test_a_range_without_values_has_none() -> None:
    """An empty range is answered without `values`; a format or a note is no value."""
    noted = book(B2=Cell(format=DATE, note="look"))
    answer = values.get(noted, "Data!A1:C5000", {})
    assert answer == {"range": "Data!A1:C100", "majorDimension": "ROWS"}


def test_a_formula_that_shows_nothing_is_a_value() -> None:
    """Rows of formulas with an empty result are answered, as people see with Google too."""
    assert get(book(A2=Cell("", formula='=""'))) == [[], [""]]


def test_a_batch_is_answered_in_the_order_asked() -> None:
    """A batchGet answers a range for each, the same one twice if so asked."""
    params = {"ranges": ["Data!B1", "'Other tab'", "Data!A1:B1", "Data!B1"]}
    answer = values.batch_get(filled([1, 2]), params)
    schema.check_answer(METHOD + "batchGet", answer)
    names = ["Data!B1", "'Other tab'!A1:C10", "Data!A1:B1", "Data!B1"]
    assert [found["range"] for found in answer["valueRanges"]] == names
    assert answer["valueRanges"][2]["values"] == [["1", "2"]]


def test_raw_text_stays_text() -> None:
    """RAW takes nothing apart: no formula, number, date or boolean comes of a text."""
    target = book()
    rows: list[list[Any]] = [["=1+1", "'007", "007", "TRUE", "2026-11-23"], [7, True, 1.5]]
    answer = update(target, "Data!A1", rows)
    assert get(target, valueRenderOption="UNFORMATTED_VALUE") == rows
    assert get(target, valueRenderOption="FORMULA") == rows
    assert answer == {
        "spreadsheetId": "book",
        "updatedRange": "Data!A1:E2",
        "updatedRows": 2,
        "updatedColumns": 5,
        "updatedCells": 8,
    }


@pytest.mark.parametrize(
    ("text", "name", "expected", "kind"),
    [
        ("007", "en_US", 7, None),
        ("-1.5", "en_US", -1.5, None),
        ("1,234", "en_US", 1234, "NUMBER"),
        ("1.234,5", "de_DE", 1234.5, "NUMBER"),
        ("12,5", "en_US", "12,5", None),
        ("12,5", "de_DE", 12.5, None),
        ("12.5%", "en_US", 0.125, "PERCENT"),
        ("$1,234.50", "en_US", 1234.5, "CURRENCY"),
        ("(5)", "en_US", -5, None),
        ("5 €", "de_DE", 5, "CURRENCY"),
        ("1e3", "en_US", 1000, "SCIENTIFIC"),
        ("3/4/2026", "en_US", 46085, "DATE"),
        ("3/4/2026", "en_GB", 46115, "DATE"),
        ("3.4.2026", "de_DE", 46115, "DATE"),
        ("31/12/2026", "en_US", "31/12/2026", None),
        ("2026-11-23", "de_DE", 46349, "DATE"),
        ("Nov 23, 2026", "en_US", 46349, "DATE"),
        ("23 November 2026", "en_GB", 46349, "DATE"),
        ("2026-02-30", "en_US", "2026-02-30", None),
        ("2026-11-23 12:00", "en_US", 46349.5, "DATE_TIME"),
        ("6:00 PM", "en_US", 0.75, "TIME"),
        ("true", "en_US", True, None),
        ("'5", "en_US", "5", None),
        ("#N/A", "en_US", CellError("N_A", "#N/A"), None),
        ("E12", "en_US", "E12", None),
        ("12:", "en_US", "12:", None),
        (" padded ", "en_US", " padded ", None),
    ],
)
def test_typed_text_is_taken_by_the_locale(
    text: str, name: str, expected: Any, kind: str | None
) -> None:
    """Numbers, percentages, money, dates and times are recognised, with their number format."""
    typed = read(text, locale(name))
    assert (typed.value, (typed.format or {}).get("type")) == (expected, kind)
    assert isinstance(typed.value, bool) is isinstance(expected, bool)


@given(st.text(min_size=1))
def test_any_typed_text_is_taken_for_something(text: str) -> None:
    """No text breaks the reading, and what is taken for text is that text."""
    value = read(text, locale("en_US")).value
    assert not isinstance(value, str) or value == text.removeprefix("'")


def test_a_typed_date_brings_its_format_where_there_is_none() -> None:
    """A format that a person chose stays, and so does text in a cell for plain text."""
    plain_text = {"numberFormat": {"type": "TEXT"}}
    iso = {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}
    target = book(B1=Cell(format=PERCENT), C1=Cell(format=plain_text), D1=Cell(format=iso))
    typed = ["11/23/2026", "0.5", "007", "11/23/2026"]
    update(target, "Data!A1", [typed], "USER_ENTERED")
    assert get(target) == [["11/23/2026", "50.0%", "007", "2026-11-23"]]
    assert get(target, valueRenderOption="UNFORMATTED_VALUE") == [[46349, 0.5, "007", 46349]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+2*3-4/8", 6.5),
        ("=(A1+A2)*-2", -10),
        ('=SUM(Data!A1:A3)&" people"', "5 people"),
        ("=TODAY()", 46349),
        ('=HYPERLINK("https://x.example","x")', "x"),
        ("=A1<A2", True),
        ("=A3<>B9", True),
        ('=A3="WORD"', True),
        ("=B9=0", True),
        ("=2*3>5", True),
        ('=1+1&"a"="2A"', True),
        ("=TRUE>A3", True),
        ("=IF(ISNUMBER(A3),A3-1,0)", 0),
        ("=IF(AND(ISNUMBER(A1),A1>=2),INT(-A1/4),7)", -1),
        ("=IFERROR(A3+1,MAX(A1:A3)-MIN(A1,A2))", 1),
        ("=ISNUMBER(NA())", False),
        ("=IF(FALSE,LOOKUP(1,A1),1)", 1),
        ("=ROUND(2.5)+ABS(-1)+MOD(-1,3)+LEN(A3)", 10),
        ("=YEAR(TODAY())*100+MONTH(TODAY())-DAY(TODAY())", 202588),
    ],
)
def test_simple_formulas_are_calculated(text: str, expected: Any) -> None:
    """What a dashboard asks has a result, also beside a part that is not asked."""
    target = filled([2], [3], ["word"])
    update(target, "Data!C1", [[text]], "USER_ENTERED")
    assert get(target, "Data!C1", valueRenderOption="UNFORMATTED_VALUE") == [[expected]]
    assert get(target, "Data!C1", valueRenderOption="FORMULA") == [[text]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("=A1/B9", "#DIV/0!"),
        ("=NA()", "#N/A"),
        ("=Nope!A1", "#REF!"),
        ("=VLOOKUP(A1,A:B,2)", "#NAME?"),
        ("=1+", "#NAME?"),
        ("=A3+1", "#VALUE!"),
        ("=IF(A1>1;A1/B9;NA())", "#DIV/0!"),
        ("=INT()", "#N/A"),
    ],
)
def test_an_error_is_told_with_its_message(text: str, code: str) -> None:
    """A person sees the code; unformatted, the message stands behind it in brackets."""
    target = filled([2], [3], ["word"])
    update(target, "Data!C1", [[text]], "USER_ENTERED")
    assert get(target, "Data!C1") == [[code]]
    [[told]] = get(target, "Data!C1", valueRenderOption="UNFORMATTED_VALUE")
    assert told.startswith(f"{code} (")
    assert told.endswith(".)")


def test_formulas_of_the_moment_follow_the_clock() -> None:
    """NOW and TODAY say what the book's clock says; the value that a file brought stays."""
    target = book(B1=Cell(3, formula='=DATEDIF(A1,TODAY(),"D")'), C1=Cell(7, formula="=A1+1"))
    update(
        target, "Data!A1", [['=IF(NOW()-46349>2;INT(NOW()-46349)&" days";"fresh")']], "USER_ENTERED"
    )
    assert get(target) == [["fresh", "3", "7"]]
    target.now = datetime(2026, 11, 30, 12)
    formula.refresh(target)
    assert get(target) == [["7 days", "3", "7"]]


def test_null_leaves_a_cell_alone_and_empty_text_empties_it() -> None:
    """Nulls are not counted; a cell that is emptied keeps its format, note and validation."""
    rule = {"condition": {"type": "BOOLEAN"}}
    old = Cell(46349, format=DATE, note="n", validation=rule, runs=({"startIndex": 0},))
    target = book(A1=old, B1=old)
    answer = update(target, "Data!A1:C1", [[None, "", 1]])
    assert (answer["updatedCells"], answer["updatedRange"]) == (2, "Data!A1:C1")
    assert target.sheets[0].cell(0, 0) == old
    assert target.sheets[0].cell(0, 1) == Cell(format=DATE, note="n", validation=rule)


def test_the_answer_can_hold_the_whole_requested_range() -> None:
    """With includeValuesInResponse also what was not written comes, rendered as asked."""
    target = filled([1, 2], [3, 4], [5, 6])
    more = {
        "includeValuesInResponse": "true",
        "responseValueRenderOption": "UNFORMATTED_VALUE",
    }
    answer = update(target, "Data!A1:C9", [["x"]], **more)
    assert answer["updatedRange"] == "Data!A1"
    assert answer["updatedData"] == {
        "range": "Data!A1:C9",
        "majorDimension": "ROWS",
        "values": [["x", 2], [3, 4], [5, 6]],
    }
    single = update(target, "Data!A1", [["y", "z"]], **more)
    assert single["updatedData"]["range"] == "Data!A1:B1"


TOO_LONG = "Your input contains more than the maximum of 50000 characters in a single cell."
LIST = 'list_value {\n  values {\n    string_value: "x"\n  }\n}\n'
STRUCT = "struct_value {\n}\n"
GRID = "exceeds grid limits. Max rows: 100, max columns: 10"


@pytest.mark.parametrize(
    ("range", "rows", "message"),
    [
        (
            "Data!A1:B2",
            [[1], [2], [3]],
            "Requested writing within range [Data!A1:B2], but tried writing to row [3]",
        ),
        (
            "Data!A1:B2",
            [[1, 2, 3]],
            "Requested writing within range [Data!A1:B2], but tried writing to column [C]",
        ),
        (
            "Data!J100",
            [[1], [2]],
            "Requested writing within range [Data!J100], but tried writing to row [101]",
        ),
        ("'Data'!A101", [[1]], f"Range (Data!A101) {GRID}"),
        ("Data!A1:K5", [[1]], f"Range (Data!A1:K5) {GRID}"),
        ("Nope!A1", [[1]], "Unable to parse range: Nope!A1"),
        ("Data!A1", [["x" * 50_001]], TOO_LONG),
        ("Data!A1", [[1, ["x"]]], f"Invalid values[0][1]: {LIST}"),
        ("Data!A1", [[{}]], f"Invalid values[0][0]: {STRUCT}"),
    ],
)
def test_what_does_not_fit_is_refused(range: str, rows: list[list[Any]], message: str) -> None:
    """Each refusal is a 400 in Google's words; in a batch it says which part it is about."""
    with pytest.raises(GoogleError) as refusal:
        update(book(), range, rows)
    assert (refusal.value.code, refusal.value.message) == (400, message)
    body = {"valueInputOption": "RAW", "data": [{"range": range, "values": rows}]}
    with pytest.raises(GoogleError) as refusal:
        values.batch_update(book(), body)
    inner = message.removeprefix("Invalid values")
    joined = f"Invalid data[0].values{inner}" if inner != message else f"Invalid data[0]: {message}"
    assert refusal.value.message == joined


def test_the_input_option_is_required() -> None:
    """Google does not guess whether values are RAW."""
    with pytest.raises(GoogleError, match="'valueInputOption' is required but not specified"):
        values.update(book(), "Data!A1", {}, {"values": [[1]]})


def test_a_batch_is_read_after_all_of_its_writes() -> None:
    """Every answer shows the end; rows and columns that were written twice count once."""
    body = {
        "valueInputOption": "RAW",
        "includeValuesInResponse": True,
        "data": [
            {"range": "Data!A1:B2", "values": [[1, 2]]},
            {"range": "Data!A1", "values": [[9], [8]], "majorDimension": "COLUMNS"},
            {"range": "'Other tab'!C1", "values": [["x"]]},
        ],
    }
    answer = values.batch_update(book(), body)
    schema.check_answer(METHOD + "batchUpdate", answer)
    totals = {name: count for name, count in answer.items() if name.startswith("total")}
    assert totals == {
        "totalUpdatedRows": 2,
        "totalUpdatedColumns": 3,
        "totalUpdatedCells": 3,
        "totalUpdatedSheets": 2,
    }
    data = [found["updatedData"] for found in answer["responses"]]
    assert data[0] == {"range": "Data!A1:B2", "majorDimension": "ROWS", "values": [["9", "8"]]}
    assert data[1] == {"range": "Data!A1:B1", "majorDimension": "COLUMNS", "values": [["9"], ["8"]]}


def test_what_a_merge_hides_takes_no_value() -> None:
    """Only the first cell of merged ones holds a value."""
    target = book()
    merge = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2}
    target.sheets[0].merges.append({**merge, "startColumnIndex": 0, "endColumnIndex": 2})
    update(target, "Data!A1", [[1, 2, 3], [4, 5, 6]])
    assert get(target) == [["1", "", "3"], ["", "", "6"]]


def test_a_protected_cell_refuses_every_write() -> None:
    """Update, clear and append are refused; a warning or an unprotected part lets them pass."""
    target = filled([1, 2, 3])
    column = {"sheetId": 0, "startColumnIndex": 1, "endColumnIndex": 2}
    closed = {"range": column, "requestingUserCanEdit": False}
    target.sheets[0].protected_ranges = [closed]
    update(target, "Data!A1:C1", [["x", None, "z"]])
    refused = "You are trying to edit a protected cell or object"
    with pytest.raises(GoogleError, match=refused):
        update(target, "Data!A1", [["x", "y"]])
    with pytest.raises(GoogleError, match=refused):
        values.clear(target, "Data!A1:B1")
    with pytest.raises(GoogleError, match=refused):
        append(target, "Data", [[1, 2]])
    target.sheets[0].protected_ranges = [{**closed, "warningOnly": True}]
    update(target, "Data!B1", [["y"]])
    whole = {"range": {"sheetId": 0}, "requestingUserCanEdit": False, "unprotectedRanges": [column]}
    target.sheets[0].protected_ranges = [whole]
    update(target, "Data!B1", [["y"]])


def test_clearing_keeps_formats() -> None:
    """The answer names what was cleared within the grid; formats and notes stay."""
    target = book(A1=Cell(0.5, format=PERCENT), B2=Cell("x", note="n"), C3=Cell("stays"))
    assert values.clear(target, "Data!A1:B") == {
        "spreadsheetId": "book",
        "clearedRange": "Data!A1:B100",
    }
    assert target.sheets[0].cells == {
        (0, 0): Cell(format=PERCENT),
        (1, 1): Cell(note="n"),
        (2, 2): Cell("stays"),
    }
    answer = values.batch_clear(target, {"ranges": ["Data!C3", "'Other tab'"]})
    schema.check_answer(METHOD + "batchClear", answer)
    assert answer["clearedRanges"] == ["Data!C3", "'Other tab'!A1:C10"]
    with pytest.raises(GoogleError, match=r"Invalid ranges?\[0\]: Range \(Data!A101:ZZ\) exceeds"):
        values.batch_clear(target, {"ranges": ["Data!A101:ZZ"]})


GUIDE = filled(
    ["x", "y", "z"],
    ["x", "y", "z"],
    [],
    [None, "x", "y", "z"],
    [None, "y", "z"],
    [None, "z"],
)
"""The two tables of Google's guide to appending: A1:C2 and B4:D6."""


@pytest.mark.parametrize(
    ("range", "table", "written"),
    [
        ("Data", "Data!B4:D6", "Data!B7"),
        ("B4", "Data!B4:D6", "Data!B7"),
        ("C5:D5", "Data!B4:D6", "Data!B7"),
        ("B2:D4", "Data!B4:D6", "Data!B7"),
        ("A3:G10", "Data!B4:D6", "Data!B7"),
        ("A1", "Data!A1:C2", "Data!A3"),
        ("E4", None, "Data!E4"),
        ("A4", None, "Data!A4"),
    ],
)
def test_append_finds_the_table(range: str, table: str | None, written: str) -> None:
    """The examples of Google's guide, which says for each range where the values go."""
    answer = append(GUIDE.copy(), range, [["new"]])
    assert (answer.get("tableRange"), answer["updates"]["updatedRange"]) == (table, written)


def test_cells_that_touch_at_a_corner_are_one_table() -> None:
    """A ragged table is one, and its first column is where the values go."""
    answer = append(filled(["a"], [None, "b"]), "Data", [["new"]])
    assert (answer["tableRange"], answer["updates"]["updatedRange"]) == ("Data!A1:B2", "Data!A3")


def test_append_can_insert_rows() -> None:
    """With INSERT_ROWS what stands below the table moves down."""
    target = filled(["a"], [None], ["below"])
    answer = append(target, "A1", [["b"], ["c"]], insertDataOption="INSERT_ROWS")
    assert answer["updates"]["updatedRange"] == "Data!A2:A3"
    assert get(target) == [["a"], ["b"], ["c"], [], ["below"]]


def test_append_makes_the_grid_larger() -> None:
    """Rows and columns are added where the values need them; columns can be the major dimension."""
    target = Book("book", "Agency", sheets=[Sheet(0, "Data", rows=2, columns=1)])
    target.sheets[0].cells = {(0, 0): Cell("a"), (1, 0): Cell("b")}
    answer = append(target, "Data", [["c", "d"], ["e"]], majorDimension="COLUMNS")
    assert answer["updates"]["updatedRange"] == "Data!A3:B4"
    assert get(target) == [["a"], ["b"], ["c", "e"], ["d"]]
    assert (target.sheets[0].rows, target.sheets[0].columns) == (4, 2)


def with_metadata(*pieces: Metadata) -> Book:
    """Three filled rows, with developer metadata."""
    made = filled(["a", "b"], ["c", "d"], ["e", "f"])
    made.metadata = list(pieces)
    return made


STATUS = Metadata(1, "certsync", "status", "DOCUMENT", "column", 0, 1)
LAST = Metadata(2, "certsync", "row", "PROJECT", "row", 0, 2)


def by(**lookup: Any) -> Json:
    """A DataFilter of developer metadata."""
    return {"developerMetadataLookup": lookup}


def test_a_filter_reads_what_carries_the_metadata() -> None:
    """A range that two filters select is answered once, with both of them."""
    target = with_metadata(STATUS, LAST)
    first, second = by(metadataKey="certsync"), by(metadataId=1)
    body = {"dataFilters": [first, second], "valueRenderOption": "UNFORMATTED_VALUE"}
    answer = values.batch_get_by_data_filter(target, body)
    schema.check_answer(METHOD + "batchGetByDataFilter", answer)
    found = [(m["valueRange"]["range"], m["dataFilters"]) for m in answer["valueRanges"]]
    assert found == [("Data!B1:B100", [first, second]), ("Data!A3:J3", [first])]
    assert answer["valueRanges"][0]["valueRange"]["values"] == [["b"], ["d"], ["f"]]


def test_a_filter_writes_into_every_range_it_selects() -> None:
    """Each range gets the values, and is answered for itself after all the writes."""
    target = with_metadata(STATUS, LAST)
    body = {
        "valueInputOption": "RAW",
        "includeValuesInResponse": True,
        "data": [{"dataFilter": by(metadataKey="certsync"), "values": [["new"]]}],
    }
    answer = values.batch_update_by_data_filter(target, body)
    schema.check_answer(METHOD + "batchUpdateByDataFilter", answer)
    assert [r["updatedRange"] for r in answer["responses"]] == ["Data!B1", "Data!A3"]
    assert answer["responses"][0]["updatedData"]["values"] == [["new"], ["d"], ["f"]]
    assert answer["totalUpdatedCells"] == 2
    assert get(target) == [["a", "new"], ["c", "d"], ["new", "f"]]


def test_a_filter_that_selects_nothing_writes_nothing() -> None:
    """Metadata that is gone is no error: the answer has no responses."""
    target = with_metadata()
    data = [{"dataFilter": by(metadataKey="certsync"), "values": [["new"]]}]
    body = {"valueInputOption": "RAW", "data": data}
    assert values.batch_update_by_data_filter(target, body) == {"spreadsheetId": "book"}
    assert values.batch_clear_by_data_filter(target, {"dataFilters": [by(metadataId=9)]}) == {
        "spreadsheetId": "book"
    }
    assert get(target) == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_values_for_a_filter_must_fit_its_range() -> None:
    """More columns than the selected one are refused."""
    data = [{"dataFilter": by(metadataId=1), "values": [["new", "more"]]}]
    with pytest.raises(GoogleError) as refusal:
        values.batch_update_by_data_filter(
            with_metadata(STATUS), {"valueInputOption": "RAW", "data": data}
        )
    assert refusal.value.message == (
        "Invalid data[0]: Requested writing within range [Data!B1:B100], "
        "but tried writing to column [C]"
    )


def test_a_filter_clears_what_it_selects() -> None:
    """By metadata, by A1 range and by grid range."""
    target = with_metadata(LAST)
    cell = {"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    body = {"dataFilters": [by(metadataValue="row"), {"a1Range": "B1"}, {"gridRange": cell}]}
    answer = values.batch_clear_by_data_filter(target, body)
    schema.check_answer(METHOD + "batchClearByDataFilter", answer)
    assert answer["clearedRanges"] == ["Data!A3:J3", "Data!B1", "Data!A1"]
    assert get(target) == [[], ["c", "d"]]


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        (1234.567, "#,##0.00", "1,234.57"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (-5, "0;(0)", "(5)"),
        (0, "0;-0;none", "none"),
        (42, "00000", "00042"),
        (0.125, "0.0%", "12.5%"),
        (0.5, "#.##", ".5"),
        (1234567, "#,##0,", "1,235"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (1500, '"$"#,##0', "$1,500"),
        (3, '0" days"', "3 days"),
        (123456789, "000-00-0000", "123-45-6789"),
        (46349, "yyyy-mm-dd", "2026-11-23"),
        (46349, "dddd, d mmmm yy", "Monday, 23 November 26"),
        (46349.75, "m/d/yyyy h:mm am/pm", "11/23/2026 6:00 PM"),
        (46349.0003472222, "hh:mm:ss", "00:00:30"),
        (1.5, "[h]:mm", "36:00"),
    ],
)
def test_numbers_are_shown_by_their_pattern(value: float, pattern: str, expected: str) -> None:
    """Google's number patterns, as its guide to formats describes them."""
    assert formatted(value, pattern, locale("en_US")) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1 / 3, "0.3333333333"), (0.1 + 0.2, "0.3"), (12.0, "12"), (1e15, "1E+15"), (-2.5, "-2.5")],
)
def test_a_number_without_a_format_shows_ten_digits(value: float, expected: str) -> None:
    """What no format rules is shown short."""
    assert get(book(A1=Cell(value))) == [[expected]]


def test_the_locale_rules_what_is_shown() -> None:
    """A German spreadsheet shows a comma, and its own dates."""
    target = book(A1=Cell(1.5), B1=Cell(46349, format=DATE))
    target.locale = "de_DE"
    assert get(target) == [["1,5", "23.11.2026"]]
