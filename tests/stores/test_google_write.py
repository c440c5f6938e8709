"""What the store for Google Sheets does where people, protections or the grid stand in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from certsync import engine
from certsync.errors import ChangedSinceRead, PartlyWritten, WorkbookBusy
from certsync.result import SyncResult
from certsync.sheets.edits import ColumnEdit, Plan
from certsync.sheets.snapshot import CellError as SnapshotError
from certsync.stores.google_book import COLUMN_KEY
from tests.contracts.store import AGENCY, column, dashboard, values
from tests.fakes import tab, workbook
from tests.sheets_service.front import Call
from tests.sheets_service.load import from_snapshot
from tests.sheets_service.model import Cell, CellError, Json, Sheet
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of
from tests.stores.people_at_work import TODAY, Chance, headers
from tests.stores.test_google_together import NOW, PEOPLE, agency, job

CERTIFICATIONS = 1007
FILL, BATCH = "/values:batchUpdateByDataFilter", ":batchUpdate"


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service whose answers are held to Google's schema."""
    with SheetsService(check_answers=True) as made:
        yield made


def before(service: SheetsService, path: str, edit: Callable[[], object], nth: int = 1) -> None:
    """Let somebody edit right before the n-th request to this path."""
    left = [nth]

    def run(call: Call) -> None:
        if call.path.endswith(path):
            left[0] -= 1
            if left[0] == 0:
                edit()

    service.before = run


def sync(service: SheetsService, book: str, first_id: int = 5_000) -> SyncResult:
    """A whole run without alerts."""
    store = store_of(service, book, first_id=first_id)
    return engine.sync(store, job(), today=TODAY, now=NOW)


def sheet(service: SheetsService, book: str, sheet_id: int = CERTIFICATIONS) -> Sheet:
    """A tab as it stands."""
    return service.book(book).sheet(sheet_id)


def shown(tab: Sheet, *names: str) -> dict[str, list[object]]:
    """Columns below the headers, by header, as far as somebody is named beside them."""
    at, top = headers(tab), 1
    rows = [r for r in range(top + 1, 40) if tab.cell(r, at["Employee ID"]).value]
    return {name: [tab.cell(row, at[name]).value for row in rows] for name in names}


def span(dimension: str, start: int, end: int, sheet_id: int = CERTIFICATIONS) -> Json:
    """A range of rows or columns."""
    return {"sheetId": sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}


def closed(start: int, end: int) -> Json:
    """A protection of columns of Certifications that keeps certsync out."""
    block = {"sheetId": CERTIFICATIONS, "startColumnIndex": start, "endColumnIndex": end}
    return {"addProtectedRange": {"protectedRange": {"range": block, "description": "closed"}}}


def test_an_anchor_that_met_another_column_is_taken_back(service: SheetsService) -> None:
    """A column inserted under the anchoring is found out before anything is written into it."""
    book = service.add(agency(Chance(lambda _: 0), columns_there=True))

    def insert() -> None:
        service.edit(book, {"insertDimension": {"range": span("COLUMNS", 2, 3)}})
        words = [
            {"values": [{"userEnteredValue": {"stringValue": f"by hand {n}"}}]} for n in range(9)
        ]
        start = {"sheetId": CERTIFICATIONS, "rowIndex": 2, "columnIndex": 2}
        service.edit(book, {"updateCells": {"start": start, "rows": words, "fields": "*"}})

    before(service, BATCH, insert)
    assert sync(service, book).skipped is None
    tab = sheet(service, book)
    assert [tab.cell(row, 2).value for row in range(2, 11)] == [f"by hand {n}" for n in range(9)]
    anchored = {m.index for m in service.book(book).metadata if m.sheet == CERTIFICATIONS}
    owned = ("Status", "Days to Expiry", "Last Alert", "Sync Notes")
    assert anchored - {headers(tab)[name] for name in owned} <= {headers(tab)["Notes"] + 1}
    found = shown(tab, "Employee ID", "Status", "Days to Expiry")
    assert set(found["Status"]) == {"Active"}
    assert found["Days to Expiry"] == list(range(201, 213))


def test_a_column_inserted_before_the_fill_takes_the_target_along(service: SheetsService) -> None:
    """The statuses go into their column, wherever it stands by then."""
    book = service.add(agency(Chance(lambda _: 0)))
    insert = {"insertDimension": {"range": span("COLUMNS", 0, 1)}}
    before(service, FILL, lambda: service.edit(book, insert))
    assert sync(service, book).skipped is None
    assert shown(sheet(service, book), "Days to Expiry") == {
        "Days to Expiry": list(range(201, 213))
    }


def test_rows_sorted_before_the_fill_get_their_own_status(service: SheetsService) -> None:
    """A status never stays beside the wrong person, and one more request is enough."""
    book = service.add(agency(Chance(lambda _: 0)))
    block = {"sheetId": CERTIFICATIONS, "startRowIndex": 2, "endRowIndex": 14}
    specs = [{"dimensionIndex": 3, "sortOrder": "DESCENDING"}]
    sort = {"sortRange": {"range": block, "sortSpecs": specs}}
    before(service, FILL, lambda: service.edit(book, sort))
    result = sync(service, book)
    assert result.skipped is None
    assert shown(sheet(service, book), "Days to Expiry") == {
        "Days to Expiry": list(range(212, 200, -1))
    }
    assert service.calls() == 7


def test_a_new_row_is_judged_in_the_same_run(service: SheetsService) -> None:
    """Somebody adds a record under the write: nobody else's status beside it, and soon its own."""
    book = service.add(agency(Chance(lambda _: 0)))

    def add() -> None:
        words: list[Any] = [PEOPLE[0], "Brand new", "AWS"]
        cells = [{"userEnteredValue": {"stringValue": word}} for word in words]
        cells.append({"userEnteredValue": {"numberValue": 46_500}})
        start = {"sheetId": CERTIFICATIONS, "rowIndex": 2, "columnIndex": 0}
        service.edit(
            book,
            {"insertDimension": {"range": span("ROWS", 2, 3)}},
            {
                "updateCells": {
                    "start": start,
                    "rows": [{"values": cells}],
                    "fields": "userEnteredValue",
                }
            },
        )

    before(service, FILL, add)
    assert sync(service, book).skipped is None
    days = shown(sheet(service, book), "Days to Expiry")["Days to Expiry"]
    assert days == [46_500 - 46_097, *range(201, 213)]


def test_rows_that_never_rest_are_reported(service: SheetsService) -> None:
    """After three rounds the run ends in part, and says why."""
    book = service.add(agency(Chance(lambda _: 0)))

    def shuffle(call: Call) -> None:
        if call.path.endswith(FILL):
            move = {"source": span("ROWS", 2, 3), "destinationIndex": 14}
            service.edit(book, {"moveDimension": move})

    service.before = shuffle
    result = sync(service, book)
    assert result.exit_code == 3
    assert result.skipped == (
        "agency.xlsx: somebody moves rows faster than they can be written. A part was written; "
        "the next run tries to write the rest."
    )
    service.before = None
    assert sync(service, book, first_id=90_000).skipped is None
    assert sorted(map(str, shown(sheet(service, book), "Days to Expiry")["Days to Expiry"])) == [
        str(n) for n in range(201, 213)
    ]


def test_a_formula_in_our_column_survives_a_move(service: SheetsService) -> None:
    """A person's formula that slid under the write is put back, spelt for its new row."""
    store = store_of(service, service.add(from_snapshot(AGENCY)))
    base = store.read()

    def swap() -> None:
        move = {"source": span("ROWS", 6, 7, 0), "destinationIndex": 4}
        service.edit("book", {"moveDimension": move})

    before(service, FILL, swap)
    store.apply(Plan((column({5: "Expiring Soon", 6: "Expired"}),)), base.revision)
    tab = sheet(service, "book", 0)
    assert tab.cell(4, 4).formula == '=""'
    assert [tab.cell(row, 1).value for row in (4, 5, 6)] == ["E3", "007", "E2"]
    assert [tab.cell(row, 4).value for row in (5, 6)] == ["Expiring Soon", "Expired"]


def test_a_deleted_column_of_ours_comes_back(service: SheetsService) -> None:
    """Somebody deletes the column that is about to be filled: it is made again."""
    book = service.add(agency(Chance(lambda _: 0)))
    before(
        service,
        FILL,
        lambda: service.edit(book, {"deleteDimension": {"range": span("COLUMNS", 6, 7)}}),
    )
    assert sync(service, book).skipped is None
    assert shown(sheet(service, book), "Days to Expiry") == {
        "Days to Expiry": list(range(201, 213))
    }


def tomorrow(service: SheetsService, book: str) -> SyncResult:
    """The run of the next day."""
    store = store_of(service, book, first_id=90_000)
    return engine.sync(store, job(), today=TODAY.replace(day=17), now=NOW.replace(day=17))


@pytest.mark.parametrize(("name", "after"), [("Ampel", "Ampel"), ("", "Days to Expiry")])
def test_a_column_of_ours_is_kept_up_under_any_header(
    service: SheetsService, name: str, after: str
) -> None:
    """Who renames a column renames it for good; who empties its header gets it back."""
    book = service.add(agency(Chance(lambda _: 0)))
    sync(service, book)
    at = headers(sheet(service, book))["Days to Expiry"]
    start = {"sheetId": CERTIFICATIONS, "rowIndex": 1, "columnIndex": at}
    value = {"userEnteredValue": {"stringValue": name}} if name else {}
    cells = {"start": start, "rows": [{"values": [value]}], "fields": "userEnteredValue"}
    service.edit(book, {"updateCells": cells})
    wide = len(headers(sheet(service, book)))
    assert tomorrow(service, book).skipped is None
    tab = sheet(service, book)
    assert headers(tab)[after] == at
    assert len(headers(tab)) == wide + (not name)
    assert shown(tab, after) == {after: list(range(200, 212))}
    service.clear_log()
    assert tomorrow(service, book).written.cells == 0
    assert service.calls() == 2


def test_a_full_grid_grows_first(service: SheetsService) -> None:
    """Where the table reaches the last column and row of the grid, the grid grows."""
    wide = [[f"Column {n}" for n in range(30)], [f"{n}" for n in range(30)]]
    book = from_snapshot(workbook(tab("Certifications", wide)))
    book.sheets[0].rows, book.sheets[0].columns = 2, 30
    store = store_of(service, service.add(book))
    edit = column({2: "Active", 4: "Expired"}, column=31, header="Status", header_row=1, like=2)
    edit = replace(edit, first_row=2, last_row=4)
    store.apply(Plan((edit,)), store.read().revision)
    after = store.read()
    assert values(after, "Certifications", 31, 1, 2, 4) == ["Status", "Active", "Expired"]
    assert values(after, "Certifications", 30, 1, 2) == ["Column 29", "29"]


def test_a_text_that_no_cell_holds_is_cut(service: SheetsService) -> None:
    """Google takes 50,000 characters a cell; what is longer ends in an ellipsis."""
    store = store_of(service, service.add(from_snapshot(AGENCY)))
    long = "x" * 60_000
    store.apply(Plan((column({5: long}),), (dashboard("day1", text=long),)), store.read().revision)
    for name, place in (("Certifications", 5), ("Dashboard", 1)):
        (text,) = values(store.read(), name, place, 5 if place == 5 else 1)
        assert isinstance(text, str)
        assert len(text) == 50_000
        assert text.endswith("…")


def test_what_begins_with_an_equals_sign_stays_text(service: SheetsService) -> None:
    """No name becomes a formula, whatever it says."""
    store = store_of(service, service.add(from_snapshot(AGENCY)))
    evil = '=IMPORTXML("https://evil.example";"//a")'
    store.apply(Plan((column({5: evil}),)), store.read().revision)
    found = sheet(service, "book", 0).cell(4, 4)
    assert (found.value, found.formula) == (evil, None)


def test_a_protected_column_is_told(service: SheetsService) -> None:
    """Where a column of ours is closed to us, the run ends in part and names the remedy."""
    book = service.add(agency(Chance(lambda _: 0)))
    assert sync(service, book).skipped is None
    service.edit(book, closed(5, 9))
    note = {"userEnteredValue": {"numberValue": 46_100}}
    start = {"sheetId": CERTIFICATIONS, "rowIndex": 2, "columnIndex": 3}
    rows = [{"values": [note]}]
    service.edit(
        book, {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}
    )
    result = sync(service, book, first_id=90_000)
    assert result.exit_code == 3
    assert "protected against certsync@" in str(result.skipped)
    assert "Data > Protect sheets and ranges" in str(result.skipped)
    assert "column F of the tab Certifications" in str(result.skipped)
    store = store_of(service, book, first_id=99_000)
    store.read()
    with pytest.raises(WorkbookBusy, match="column F of the tab Certifications is protected"):
        store.try_write()


def test_a_protected_range_elsewhere_stops_nothing(service: SheetsService) -> None:
    """Other columns of the tab may be closed to certsync; its own are written all the same."""
    book = service.add(agency(Chance(lambda _: 0)))
    service.edit(book, closed(0, 5))
    assert sync(service, book).skipped is None
    assert shown(sheet(service, book), "Days to Expiry") == {
        "Days to Expiry": list(range(201, 213))
    }


def test_the_dashboard_stays_where_it_was_put(service: SheetsService) -> None:
    """Place, name, colour and hiding are people's; their charts on it too."""
    book = service.add(agency(Chance(lambda _: 0)))
    sync(service, book)
    made = service.book(book).sheets[0]
    properties: Json = {
        "sheetId": made.id,
        "title": "Ruth's board",
        "index": 3,
        "hidden": True,
        "tabColorStyle": {"rgbColor": {"red": 1}},
    }
    anchor = {"overlayPosition": {"anchorCell": {"sheetId": made.id}}}
    spec = {"title": "mine", "basicChart": {"chartType": "COLUMN"}}
    service.edit(
        book,
        {
            "updateSheetProperties": {
                "properties": properties,
                "fields": "title,index,hidden,tabColorStyle",
            }
        },
        {"addChart": {"chart": {"chartId": 77, "spec": spec, "position": anchor}}},
    )
    later = tomorrow(service, book)
    assert later.written.tabs == ("Ruth's board",)
    after = service.book(book).sheets[-1]
    assert (after.id, after.title, after.hidden) == (made.id, "Ruth's board", True)
    assert after.tab_color == {"rgbColor": {"red": 1}}
    charts = [chart["chartId"] for chart in after.charts]
    assert charts.count(77) == 1
    assert len(charts) == len(made.charts) + 1
    assert not {chart["chartId"] for chart in made.charts} & set(charts)


def test_a_column_with_a_type_keeps_its_own_look(service: SheetsService) -> None:
    """Google takes no format for a typed column of a table; the dashboard comes all the same."""
    source = agency(Chance(lambda _: 0), columns_there=True)
    tab = source.sheet(CERTIFICATIONS)
    at = headers(tab)
    tab.put(2, at["Days to Expiry"], Cell(1, format={"numberFormat": {"type": "DATE"}}))
    area = {"sheetId": CERTIFICATIONS, "startRowIndex": 1, "endRowIndex": 14}
    area |= {"startColumnIndex": 0, "endColumnIndex": 7}
    typed = [{"columnIndex": 6, "columnName": "Days to Expiry", "columnType": "TEXT"}]
    tab.tables = [{"tableId": "t", "name": "Certs", "range": area, "columnProperties": typed}]
    book = service.add(source)
    result = sync(service, book)
    assert (result.skipped, result.written.tabs) == (None, ("Dashboard",))


def test_an_error_is_known_by_its_code_whatever_stands_behind(service: SheetsService) -> None:
    """Google tells the cause behind the code of an error; text that begins like one stays text."""
    error = Cell(CellError("DIVIDE_BY_ZERO", "#DIV/0!", "Function DIVIDE parameter 2 is zero."))
    source = from_snapshot(workbook(tab("Certifications", [["x", "#N/A or so", "#REF!?"]])))
    source.sheets[0].put(0, 0, error)
    store = store_of(service, service.add(source))
    (row,) = store.read().tab("Certifications").rows
    assert list(row) == [SnapshotError("#DIV/0!"), "#N/A or so", "#REF!?"]


def test_a_tab_with_an_exclamation_mark_is_written_as_any(service: SheetsService) -> None:
    """The name of a tab never passes for a place in it."""
    odd = replace(AGENCY.tabs[0], name="it's A!Y!")
    store = store_of(service, service.add(from_snapshot(workbook(odd))))
    for status in ("Expired", "Renewed"):
        edit = replace(column({5: status}), tab=odd.name)
        store.apply(Plan((edit,)), store.read().revision)
        assert values(store.read(), odd.name, 5, 5) == [status]


def test_a_copy_of_the_dashboard_is_the_persons(service: SheetsService) -> None:
    """Whoever copies the tab owns the copy, even if its marks were copied with it."""
    book = service.add(agency(Chance(lambda _: 0)))
    sync(service, book)
    old = service.book(book)
    made = old.sheets[0]
    service.edit(book, {"duplicateSheet": {"sourceSheetId": made.id, "newSheetId": 555}})
    copied = [replace(m, id=m.id + 70_000, sheet=555) for m in old.metadata if m.sheet == made.id]
    service.book(book).metadata.extend(copied)
    twin = service.book(book).sheet(555)
    before_run = dict(twin.cells)
    later = tomorrow(service, book)
    assert later.written.tabs == ("Dashboard",)
    assert service.book(book).sheet(555).cells == before_run


def test_a_dashboard_deleted_under_the_write_is_made_again(service: SheetsService) -> None:
    """The request that names a tab which is gone is refused, and made anew."""
    book = service.add(agency(Chance(lambda _: 0)))
    sync(service, book)
    made = service.book(book).sheets[0].id
    before(service, BATCH, lambda: service.edit(book, {"deleteSheet": {"sheetId": made}}))
    later = tomorrow(service, book)
    assert later.written.tabs == ("Dashboard",)
    assert service.book(book).sheets[0].title == "Dashboard"
    assert service.book(book).sheets[0].id != made


def test_our_columns_are_protected_with_a_warning_only(service: SheetsService) -> None:
    """Every column and the tab carry a protection that keeps nobody out."""
    book = service.add(agency(Chance(lambda _: 0)))
    sync(service, book)
    for made in service.book(book).sheets:
        assert made.protected_ranges
        assert all(protected["warningOnly"] for protected in made.protected_ranges)
    anchors = [m for m in service.book(book).metadata if m.key == COLUMN_KEY]
    protections = [p for s in service.book(book).sheets for p in s.protected_ranges]
    assert len(protections) == len(anchors) + 1


def test_a_new_column_looks_like_its_table(service: SheetsService) -> None:
    """The header has the neighbours' look; days are whole numbers and colours follow the rules."""
    source = agency(Chance(lambda _: 0))
    bold = {"textFormat": {"bold": True}, "backgroundColorStyle": {"rgbColor": {"blue": 1}}}
    for place in range(5):
        tab = source.sheet(CERTIFICATIONS)
        tab.put(1, place, replace(tab.cell(1, place), format=bold))
    book = service.add(source)
    sync(service, book)
    after = sheet(service, book)
    at = headers(after)["Days to Expiry"]
    look = after.cell(1, at).format
    assert look is not None
    assert (look["textFormat"], look["backgroundColorStyle"]) == (
        bold["textFormat"],
        bold["backgroundColorStyle"],
    )
    number = after.cell(2, at).format
    assert number is not None
    assert number["numberFormat"] == {"type": "NUMBER", "pattern": "0"}
    formulas = [
        rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"]
        for rule in after.conditional_formats
        if rule["ranges"][0]["startColumnIndex"] == at
    ]
    assert formulas[-1] == "=ISNUMBER(G3)*(G3<=90)"
    assert not any("," in formula for formula in formulas)


def test_a_plan_for_a_tab_that_was_renamed_is_refused(service: SheetsService) -> None:
    """A tab that is renamed keeps its rows; a tab that is gone has none, and nothing is written."""
    store = store_of(service, service.add(from_snapshot(AGENCY)))
    base = store.read()
    service.edit("book", {"deleteSheet": {"sheetId": 0}})
    with pytest.raises(ChangedSinceRead):
        store.apply(Plan((column({5: "Expired"}),)), base.revision)
    assert all(call.method == "GET" or "Get" in call.path for call in service.log)


def test_no_row_is_lost_where_the_table_ends(service: SheetsService) -> None:
    """A note of a person's below our column that moved up under the write is given back."""
    book = service.add(agency(Chance(lambda _: 0)))
    sync(service, book)
    word = {"userEnteredValue": {"stringValue": "ask Ruth"}}
    at = headers(sheet(service, book))["Status"]
    start = {"sheetId": CERTIFICATIONS, "rowIndex": 15, "columnIndex": at}
    cells = {"start": start, "rows": [{"values": [word]}], "fields": "userEnteredValue"}
    service.edit(book, {"updateCells": cells})
    before(
        service,
        FILL,
        lambda: service.edit(book, {"deleteDimension": {"range": span("ROWS", 3, 6)}}),
    )
    later = tomorrow(service, book)
    assert later.skipped is None
    texts = [sheet(service, book).cell(row, at).value for row in range(2, 16)]
    assert texts.count("ask Ruth") == 1
    assert texts.index("ask Ruth") == 10


def test_a_view_only_spreadsheet_is_read_and_told(service: SheetsService) -> None:
    """The run judges and ends in part; the sentence names the account and what to do."""
    book = service.add(agency(Chance(lambda _: 0)))
    service.share(book, role="reader")
    result = sync(service, book)
    assert (result.exit_code, result.written.cells) == (3, 0)
    assert "may only view it" in str(result.skipped)
    assert "as Editor" in str(result.skipped)


def test_to_try_a_spreadsheet_that_may_only_be_viewed_says_so(service: SheetsService) -> None:
    """The check for the doctor raises the same sentence, and leaves no mark."""
    book = service.add(agency(Chance(lambda _: 0)))
    service.share(book, role="reader")
    with pytest.raises(WorkbookBusy, match="may only view it"):
        store_of(service, book).try_write()
    assert service.book(book).metadata == []


def test_to_try_a_spreadsheet_tells_of_a_tab_that_is_shut(service: SheetsService) -> None:
    """A tab of ours that is protected as a whole is named; one that is not ours does not matter."""
    book = agency(Chance(lambda _: 0))
    book.sheets.append(Sheet(55, "Waivers of Ruth"))
    store = store_of(service, service.add(book))
    service.edit("book", _shut(55))
    store.read()
    store.try_write()
    service.edit("book", _shut(CERTIFICATIONS))
    store.read()
    with pytest.raises(WorkbookBusy, match="the tab Certifications is protected against certsync@"):
        store.try_write()


def _shut(tab: int) -> Json:
    return {"addProtectedRange": {"protectedRange": {"range": {"sheetId": tab}}}}


def test_a_cut_between_two_writes_is_told_as_such(service: SheetsService) -> None:
    """Columns are there, statuses are not: the sentence does not say that nothing was written."""
    book = service.add(agency(Chance(lambda _: 0)))
    before(service, FILL, lambda: service.unshare(book))
    store = store_of(service, book)
    plan = Plan((_new_status(),))
    with pytest.raises(PartlyWritten, match="the next run tries to write the rest"):
        store.apply(plan, store.read().revision)


def _new_status() -> ColumnEdit:
    return ColumnEdit(
        tab="Certifications",
        column=6,
        kind="text",
        rows=(3,),
        values=("Active",),
        header_row=2,
        first_row=3,
        last_row=14,
        like=2,
        header="Status",
    )
