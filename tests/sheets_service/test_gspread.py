"""The unmodified gspread client, over a real socket, with a real service-account key."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import gspread
import pytest
from gspread.http_client import HTTPClient
from gspread.utils import (
    ExportFormat,
    MergeType,
    PasteType,
    TableDirection,
    ValidationConditionType,
    ValueInputOption,
    ValueRenderOption,
)
from requests import Response

from tests.sheets_service.model import Book, Cell, Sheet
from tests.sheets_service.service import ACCOUNT, OWNER, SheetsService

ID = "1agency"
GOOGLE = ("https://sheets.googleapis.com", "https://www.googleapis.com")
ROWS: tuple[tuple[str | int, ...], ...] = (
    ("Name", "Role", "Since", "Certificates"),
    ("Ada", "Engineer", 45000, 3),
    ("Grace", "Admiral", 44000, 5),
    ("Linus", "Engineer", 46000, 1),
)

NOT_OFFERED = {
    "Client": {"expiry"},
    "Spreadsheet": {"get_lastUpdateTime", "lastUpdateTime"},
    "Worksheet": {"tab_color", "isSheetHidden"},
}
"""What is deprecated in gspread itself, and what only people who sign in by hand have."""


def agency() -> Book:
    """A tab with three people."""
    team = Sheet(0, "Team", rows=20, columns=8)
    day = {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}
    for row, values in enumerate(ROWS):
        for column, value in enumerate(values):
            given = day if row and column == 2 else None
            team.put(row, column, Cell(value, format=given))
    return Book(ID, "Agency", sheets=[team, Sheet(42, "Notes", rows=10, columns=4)])


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service with one shared spreadsheet, which checks its own answers."""
    with SheetsService(check_answers=True) as running:
        running.add(agency())
        yield running


def redirected(service: SheetsService) -> type[HTTPClient]:
    """Gspread's own client, which finds Google here."""

    class Local(HTTPClient):
        def request(self, method: str, endpoint: str, *args: Any, **more: Any) -> Response:
            for start in GOOGLE:
                endpoint = endpoint.replace(start, service.url)
            return super().request(method, endpoint, *args, **more)

    return Local


@pytest.fixture
def client(service: SheetsService, tmp_path: Path) -> Iterator[gspread.Client]:
    """Gspread with a key file."""
    key = service.key_file(tmp_path / "key.json")
    made = gspread.service_account(str(key), http_client=redirected(service))
    made.set_timeout(10)
    yield made
    made.http_client.session.close()


@pytest.fixture
def person(service: SheetsService) -> gspread.Client:
    """Gspread as the owner of the spreadsheet, who has room in Drive."""
    return gspread.Client(None, session=service.session(OWNER))  # type: ignore[arg-type]  # as documented


@pytest.fixture
def book(client: gspread.Client) -> gspread.Spreadsheet:
    """The spreadsheet."""
    return client.open_by_key(ID)


@pytest.fixture
def tab(book: gspread.Spreadsheet) -> gspread.Worksheet:
    """Its first tab."""
    return book.sheet1


def names(tab: gspread.Worksheet) -> list[Any]:
    """The first column, less its header."""
    return tab.col_values(1)[1:]


def test_a_spreadsheet_is_opened(client: gspread.Client) -> None:
    """By key, by URL, and by title through Drive."""
    url = f"https://docs.google.com/spreadsheets/d/{ID}/edit#gid=0"
    opened = [client.open_by_key(ID), client.open_by_url(url), client.open("Agency")]
    assert [book.id for book in opened] == [ID] * 3
    assert [book.title for book in client.openall("Agency")] == ["Agency"]
    assert opened[0].url == f"https://docs.google.com/spreadsheets/d/{ID}"
    assert [file["id"] for file in client.list_spreadsheet_files()] == [ID]
    assert client.get_file_drive_metadata(ID)["name"] == "Agency"
    assert opened[0].creationTime.endswith("Z")
    opened[0].update_drive_metadata()


def test_what_cannot_be_opened(service: SheetsService, client: gspread.Client) -> None:
    """Gspread's own errors, as on Google."""
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key("nothing")
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("Nothing")
    service.unshare(ID)
    with pytest.raises(PermissionError):
        client.open_by_key(ID)


def test_a_service_account_creates_nothing(client: gspread.Client) -> None:
    """It owns no room in Drive."""
    with pytest.raises(gspread.exceptions.APIError, match="storage quota has been exceeded"):
        client.create("New")


def test_a_person_creates_copies_and_deletes(person: gspread.Client) -> None:
    """Files come and go; a copy has what the original has, shares included where asked."""
    made = person.create("New")
    assert [tab.title for tab in made.worksheets()] == ["Sheet1"]
    copy = person.copy(ID, "Copy", copy_permissions=True)
    assert copy.sheet1.acell("A2").value == "Ada"
    assert {p["emailAddress"] for p in copy.list_permissions()} == {OWNER, ACCOUNT.casefold()}
    person.del_spreadsheet(made.id)
    with pytest.raises(gspread.SpreadsheetNotFound):
        person.open_by_key(made.id)


def test_permissions(person: gspread.Client, service: SheetsService) -> None:
    """Given, listed, taken back and handed over."""
    book = person.open_by_key(ID)
    book.share("ada@example.com", perm_type="user", role="reader")
    person.insert_permission(ID, None, perm_type="anyone", role="reader")
    found = {p.get("emailAddress", "anyone"): p for p in person.list_permissions(ID)}
    assert {name: p["role"] for name, p in found.items()} == {
        OWNER: "owner",
        ACCOUNT: "writer",
        "ada@example.com": "reader",
        "anyone": "reader",
    }
    person.remove_permission(ID, str(found["anyone"]["id"]))
    assert book.remove_permissions("ada@example.com") == [found["ada@example.com"]["id"]]
    heir = str(found[ACCOUNT]["id"])
    assert book.transfer_ownership(heir).json()["role"] == "writer"
    assert book.accept_ownership(heir).json()["role"] == "owner"
    assert service.session(OWNER).get(f"{GOOGLE[1]}/drive/v3/files/{ID}").ok


def test_export_and_import(client: gspread.Client, book: gspread.Spreadsheet) -> None:
    """Drive exports Excel and CSV, and replaces everything by a CSV file."""
    assert book.export(ExportFormat.EXCEL).startswith(b"PK")
    assert client.export(ID, ExportFormat.CSV).splitlines()[1] == b"Ada,Engineer,2023-03-15,3"
    client.import_csv(ID, "Name,Certificates\nAda,7\n")
    assert [tab.title for tab in book.worksheets()] == ["Team"]
    assert book.sheet1.get_all_records() == [{"Name": "Ada", "Certificates": 7}]


def test_properties_of_a_spreadsheet(book: gspread.Spreadsheet) -> None:
    """Title, locale and time zone are read and changed."""
    assert (book.title, book.locale, book.timezone) == ("Agency", "en_US", "Etc/GMT")
    book.update_title("Firm")
    book.update_locale("de_DE")
    book.update_timezone("Europe/Berlin")
    properties = book.fetch_sheet_metadata()["properties"]
    assert [properties[name] for name in ("title", "locale", "timeZone")] == [
        "Firm",
        "de_DE",
        "Europe/Berlin",
    ]


def test_tabs_come_and_go(book: gspread.Spreadsheet) -> None:
    """Added, duplicated, found, put in order and deleted."""
    added = book.add_worksheet("New", rows=5, cols=3, index=1)
    assert (added.row_count, added.col_count, added.column_count) == (5, 3, 3)
    book.duplicate_sheet(0, insert_sheet_index=0, new_sheet_name="Twin")
    book.worksheet("Team").duplicate(new_sheet_name="Twin 2")
    assert [tab.title for tab in book.worksheets()][:2] == ["Twin 2", "Twin"]
    assert [tab.title for tab in book] == [tab.title for tab in book.worksheets()]
    assert book.get_worksheet(1).acell("A2").value == "Ada"
    assert book.get_worksheet_by_id(42).title == "Notes"
    book.reorder_worksheets([book.worksheet("Notes"), book.worksheet("Team")])
    assert [tab.title for tab in book.worksheets()][:2] == ["Notes", "Team"]
    book.del_worksheet(book.worksheet("New"))
    book.del_worksheet_by_id(book.worksheet("Twin").id)
    with pytest.raises(gspread.WorksheetNotFound):
        book.worksheet("New")


def test_properties_of_a_tab(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """Title, colour, place, size, frozen rows, gridlines and hiding."""
    assert (tab.id, tab.title, tab.index, tab.spreadsheet) == (0, "Team", 0, book)
    assert tab.url.endswith(f"{ID}#gid=0")
    tab.update_title("People")
    tab.update_tab_color("#1F4E79")
    tab.freeze(rows=1, cols=2)
    tab.hide_gridlines()
    tab.resize(rows=30, cols=9)
    tab.update_index(2)
    again = book.worksheet("People")
    assert (again.frozen_row_count, again.frozen_col_count) == (1, 2)
    assert (again.row_count, again.col_count, again.index) == (30, 9, 1)
    assert again.is_gridlines_hidden
    assert again.get_tab_color() == "#1F4E79"
    again.clear_tab_color()
    again.show_gridlines()
    again.add_rows(5)
    again.add_cols(1)
    again.hide()
    assert [tab.title for tab in book.worksheets(exclude_hidden=True)] == ["Notes"]
    again.show()
    again = book.worksheet("People")
    assert (again.row_count, again.col_count, again.get_tab_color()) == (35, 10, None)
    assert not again.is_gridlines_hidden


def test_values_are_read(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """Every way of reading, formatted and not."""
    assert tab.get_all_values()[1] == ["Ada", "Engineer", "2023-03-15", "3"]
    assert tab.get_values("A1:B2") == [["Name", "Role"], ["Ada", "Engineer"]]
    assert tab.get("A2:A3") == [["Ada"], ["Grace"]]
    assert tab.get_all_records()[0] == dict(
        zip(ROWS[0], ("Ada", "Engineer", "2023-03-15", 3), strict=True)
    )
    plain = ValueRenderOption.unformatted
    assert tab.get("C2", value_render_option=plain) == [[45000]]
    assert (tab.acell("A2").value, tab.cell(3, 4).value) == ("Ada", "5")
    assert tab.col_values(1)[3] == "Linus"
    assert [cell.value for cell in tab.range("A2:A4")] == ["Ada", "Grace", "Linus"]
    assert len(tab.get_all_cells()) == tab.row_count * tab.col_count
    assert tab.batch_get(["A2", "B2:B3"]) == [[["Ada"]], [["Engineer"], ["Admiral"]]]
    assert tab.expand("A2", TableDirection.down) == [["Ada"], ["Grace"], ["Linus"]]
    assert book.values_get("Team!A2")["values"] == [["Ada"]]
    assert len(book.values_batch_get(["Team!A2", "Team!B2"])["valueRanges"]) == 2


def test_a_row_is_read_by_its_number(tab: gspread.Worksheet) -> None:
    """Gspread asks for `A2:2`."""
    assert tab.row_values(2) == ["Ada", "Engineer", "2023-03-15", "3"]


def test_a_named_range_is_read(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """Gspread asks for `'Team'!people`."""
    tab.define_named_range("A2:A4", "people")
    assert [cell.value for cell in book.named_range("people")] == ["Ada", "Grace", "Linus"]


def test_cells_are_found(tab: gspread.Worksheet) -> None:
    """By text and by pattern."""
    assert [tab.find("Grace")] == tab.findall("Grace")
    assert [cell.address for cell in tab.findall("Engineer")] == ["B2", "B4"]
    assert [cell.address for cell in tab.findall(re.compile("a$"), in_column=1)] == ["A2"]
    assert tab.find("Nobody") is None


def test_values_are_written(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """Raw values stay what they are; entered ones are read as if typed."""
    tab.update([["=1+1", "007"]], "F1:G1")
    assert tab.get("F1:G1") == [["=1+1", "007"]]
    tab.update([["2026-11-23"]], "F2", value_input_option=ValueInputOption.user_entered)
    serial = (date(2026, 11, 23) - date(1899, 12, 30)).days
    assert tab.get("F2", value_render_option=ValueRenderOption.unformatted) == [[serial]]
    tab.update_acell("F3", "12")
    tab.update_cell(3, 7, "word")
    cells = tab.range("F4:G4")
    for cell in cells:
        cell.value = "x"
    tab.update_cells(cells)
    tab.batch_update([{"range": "F5", "values": [["y"]]}, {"range": "G5", "values": [["z"]]}])
    assert tab.get("F3:G5") == [["12", "word"], ["x", "x"], ["y", "z"]]
    raw: dict[str, Any] = {"valueInputOption": "RAW"}
    book.values_update("Team!F6", params=raw, body={"values": [["v"]]})
    data = [{"range": "Team!G6", "values": [["w"]]}]
    book.values_batch_update({**raw, "data": data})
    book.values_append("Notes!A1", params=raw, body={"values": [["n"]]})
    assert book.worksheet("Notes").acell("A1").value == "n"
    assert tab.get("F6:G6") == [["v", "w"]]


def test_values_are_cleared(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """A range, several ranges, everything."""
    tab.batch_clear(["A2", "B3"])
    book.values_clear("Team!C2")
    book.values_batch_clear(body={"ranges": ["Team!D2", "Team!D3"]})
    assert tab.get("A2:D3") == [["", "Engineer"], ["Grace", "", "2020-06-18"]]
    tab.clear()
    assert tab.get_all_values() == [[]]


def test_rows_are_appended(tab: gspread.Worksheet) -> None:
    """Below the table, one or several."""
    tab.append_row(["Edsger", "Professor"])
    tab.append_rows([["Barbara"], ["Donald"]])
    assert names(tab)[3:] == ["Edsger", "Barbara", "Donald"]


def test_rows_and_columns_are_inserted_and_deleted(tab: gspread.Worksheet) -> None:
    """What stands below or to the right moves."""
    tab.insert_row(["Edsger"], index=2)
    tab.insert_rows([["Barbara"], ["Donald"]], row=3)
    assert names(tab) == ["Edsger", "Barbara", "Donald", "Ada", "Grace", "Linus"]
    tab.insert_cols([["ID", "1"]], col=1)
    assert tab.get("A1:B1") == [["ID", "Name"]]
    tab.delete_columns(1)
    tab.delete_rows(2, 4)
    tab.delete_dimension(gspread.utils.Dimension.rows, 2)
    assert names(tab) == ["Grace", "Linus"]


def test_rows_are_sorted(tab: gspread.Worksheet) -> None:
    """By one column, downwards, less the header."""
    tab.sort((4, "des"), range="A2:D4")
    assert names(tab) == ["Grace", "Ada", "Linus"]


def test_cells_are_merged(service: SheetsService, tab: gspread.Worksheet) -> None:
    """And parted again."""
    tab.merge_cells("E1:F2")
    tab.batch_merge([{"range": "E4:F5", "mergeType": MergeType.merge_rows}])
    assert len(service.book(ID).sheets[0].merges) == 3
    tab.unmerge_cells("E1:F5")
    assert service.book(ID).sheets[0].merges == []


def test_cells_are_formatted(service: SheetsService, tab: gspread.Worksheet) -> None:
    """One range, several, and what was there stays."""
    tab.format("A1:B1", {"textFormat": {"bold": True}})
    tab.batch_format([{"range": "A1", "format": {"horizontalAlignment": "CENTER"}}])
    look = service.book(ID).sheets[0].cell(0, 0).format or {}
    assert (look["textFormat"]["bold"], look["horizontalAlignment"]) == (True, "CENTER")


def test_notes(tab: gspread.Worksheet) -> None:
    """Put in, read, changed and taken away."""
    tab.insert_note("A1", "one")
    tab.insert_notes({"B1": "two", "B2": "three"})
    tab.update_note("A1", "uno")
    tab.update_notes({"C1": "four"})
    assert tab.get_note("A1") == "uno"
    assert tab.get_notes()[0][:3] == ["uno", "two", "four"]
    tab.clear_note("A1")
    tab.clear_notes(["B1", "B2"])
    assert tab.get_notes()[0][:3] == ["", "", "four"]


def test_named_and_protected_ranges(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """Made, listed, used and removed."""
    tab.define_named_range("A2:A4", "people")
    [named] = book.list_named_ranges()
    tab.delete_named_range(named["namedRangeId"])
    assert book.list_named_ranges() == []
    tab.add_protected_range("A1:D1", description="Header", warning_only=True)
    [protected] = book.list_protected_ranges(0)
    assert (protected["description"], protected["warningOnly"]) == ("Header", True)
    tab.delete_protected_range(protected["protectedRangeId"])
    assert book.list_protected_ranges(0) == []


def test_filters_and_validation(service: SheetsService, tab: gspread.Worksheet) -> None:
    """A filter over the table, and a list to choose from."""
    tab.set_basic_filter("A1:D4")
    assert service.book(ID).sheets[0].basic_filter is not None
    tab.clear_basic_filter()
    assert service.book(ID).sheets[0].basic_filter is None
    kind = ValidationConditionType.one_of_list
    tab.add_validation("B2:B4", kind, ["Engineer", "Admiral"], showCustomUi=True)
    rule = service.book(ID).sheets[0].cell(1, 1).validation or {}
    assert rule["condition"]["values"][1] == {"userEnteredValue": "Admiral"}


def test_rows_and_columns_are_hidden_and_grouped(
    service: SheetsService, tab: gspread.Worksheet
) -> None:
    """Hidden ones come back; groups are listed; sizes follow the content."""
    tab.hide_rows(1, 3)
    tab.hide_columns(0, 1)
    sheet = service.book(ID).sheets[0]
    assert [row for row, p in sheet.row_properties.items() if p.get("hiddenByUser")] == [1, 2]
    tab.unhide_rows(1, 3)
    tab.unhide_columns(0, 1)
    sheet = service.book(ID).sheets[0]
    assert not any(p.get("hiddenByUser") for p in sheet.row_properties.values())
    assert not any(p.get("hiddenByUser") for p in sheet.column_properties.values())
    tab.add_dimension_group_rows(1, 3)
    tab.add_dimension_group_columns(0, 2)
    assert tab.list_dimension_group_rows()[0]["range"]["endIndex"] == 3
    assert tab.list_dimension_group_columns()[0]["range"]["endIndex"] == 2
    tab.delete_dimension_group_rows(1, 3)
    tab.delete_dimension_group_columns(0, 2)
    assert tab.list_dimension_group_rows() == []
    tab.columns_auto_resize(0, 4)
    tab.rows_auto_resize(0, 4)


def test_ranges_are_copied_and_cut(tab: gspread.Worksheet) -> None:
    """Values alone, or with everything."""
    tab.copy_range("A2:B2", "F2:G2", paste_type=PasteType.values)
    tab.cut_range("A4", "F4")
    assert tab.get("F2:G4") == [["Ada", "Engineer"], [], ["Linus"]]
    assert names(tab) == ["Ada", "Grace"]


def test_a_tab_is_copied_to_another_spreadsheet(
    service: SheetsService, client: gspread.Client, tab: gspread.Worksheet
) -> None:
    """Under a title that tells where it comes from."""
    service.add(Book("2other", "Other", sheets=[Sheet(0, "Sheet1")]))
    answer = tab.copy_to("2other")
    assert (answer["title"], answer["index"]) == ("Copy of Team", 1)
    copied = client.open_by_key("2other").worksheet("Copy of Team")
    assert copied.acell("A2").value == "Ada"


def test_requests_of_ones_own(book: gspread.Spreadsheet) -> None:
    """`batch_update` carries whatever the API knows."""
    answer = book.batch_update({"requests": [{"addSheet": {"properties": {"title": "Raw"}}}]})
    assert answer["replies"][0]["addSheet"]["properties"]["title"] == "Raw"


def _public(of: type) -> set[str]:
    return {
        name
        for name, member in inspect.getmembers(of)
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }


@pytest.mark.parametrize("of", [gspread.Client, gspread.Spreadsheet, gspread.Worksheet])
def test_every_public_method_is_driven(of: type) -> None:
    """Whatever gspread offers, one of the tests above uses it."""
    source = Path(__file__).read_text(encoding="utf-8")
    used = set(re.findall(r"\.([a-z]\w*)", source))
    assert _public(of) - used == NOT_OFFERED[of.__name__]
