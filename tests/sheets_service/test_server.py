"""What the service answers, checked over its socket and without one."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.sheets_service import schema
from tests.sheets_service.auth import SCOPES
from tests.sheets_service.drive_query import compiled, masked
from tests.sheets_service.model import Book, Cell, GoogleError, Json, Sheet
from tests.sheets_service.service import ACCOUNT, OWNER, Call, Counted, SheetsService

ID = "agency"
SHEETS = "https://sheets.googleapis.com/v4/spreadsheets"
DRIVE = "https://www.googleapis.com/drive/v3/files"
UPDATE = {"values": [["Grace"]]}
RAW = {"valueInputOption": "RAW"}


def agency(id: str = ID, title: str = "Agency") -> Book:
    """A tab with one name in it."""
    people = Sheet(0, "People", rows=20, columns=5)
    people.put(0, 0, Cell("Name"))
    people.put(1, 0, Cell("Ada"))
    return Book(id, title, sheets=[people])


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service with one shared spreadsheet, which checks its own answers."""
    with SheetsService(check_answers=True) as running:
        running.add(agency())
        yield running


@pytest.fixture
def session(service: SheetsService) -> requests.Session:
    """A session of certsync's account."""
    return service.session()


def error(answer: requests.Response) -> Json:
    """The error of a refusal."""
    found: Json = answer.json()["error"]
    assert found["code"] == answer.status_code
    return found


def test_values_are_read_and_written(service: SheetsService, session: requests.Session) -> None:
    """A value that was written stands in the book and is read back."""
    session.put(f"{SHEETS}/{ID}/values/People!A3", params=RAW, json=UPDATE).raise_for_status()
    answer = session.get(f"{SHEETS}/{ID}/values/People!A1:A3").json()
    assert answer["values"] == [["Name"], ["Ada"], ["Grace"]]
    assert service.book(ID).sheets[0].cell(2, 0).value == "Grace"


def test_a_failed_request_changes_nothing(
    service: SheetsService, session: requests.Session
) -> None:
    """Of two ranges to be written, a wrong second one undoes the first."""
    data = [{"range": "People!A3", "values": [["Grace"]]}, {"range": "Nowhere!A1", "values": [[1]]}]
    body: Json = {"valueInputOption": "RAW", "data": data}
    before = service.book(ID)
    answer = session.post(f"{SHEETS}/{ID}/values:batchUpdate", json=body)
    assert error(answer)["message"] == "Invalid data[1]: Unable to parse range: Nowhere!A1"
    assert service.book(ID) is before
    assert before.sheets[0].cell(2, 0).value is None
    assert [call.applied for call in service.log] == [False]


def test_an_unknown_id_is_not_found(session: requests.Session) -> None:
    """Google does not say more of a spreadsheet that is not there."""
    found = error(session.get(f"{SHEETS}/nothing"))
    assert (found["code"], found["status"]) == (404, "NOT_FOUND")
    assert found["message"] == "Requested entity was not found."


def test_what_is_not_shared_is_forbidden(service: SheetsService, session: requests.Session) -> None:
    """A spreadsheet of others answers 403, until it is shared."""
    service.unshare(ID)
    found = error(session.get(f"{SHEETS}/{ID}/values/A1"))
    assert (found["code"], found["status"]) == (403, "PERMISSION_DENIED")
    assert found["message"] == "The caller does not have permission"
    service.share(ID)
    assert session.get(f"{SHEETS}/{ID}/values/A1").ok


def test_a_reader_reads_only(service: SheetsService, session: requests.Session) -> None:
    """Shared for viewing, reading works and writing is refused."""
    service.share(ID, ACCOUNT, "reader")
    assert session.get(f"{SHEETS}/{ID}/values/A1").ok
    answer = session.put(f"{SHEETS}/{ID}/values/A1", params=RAW, json=UPDATE)
    assert error(answer)["message"] == "The caller does not have permission"
    assert service.book(ID).sheets[0].cell(0, 0).value == "Name"


def test_an_excel_file_is_no_spreadsheet(service: SheetsService, session: requests.Session) -> None:
    """An .xlsx that only lies in Drive cannot be read through Sheets."""
    service.add(agency("excel"), kind="xlsx")
    found = error(session.get(f"{SHEETS}/excel/values/A1"))
    assert (found["code"], found["status"]) == (400, "FAILED_PRECONDITION")
    assert found["message"] == "This operation is not supported for this document"


def test_an_api_that_is_off_says_where_to_switch_it_on(
    service: SheetsService, session: requests.Session
) -> None:
    """The refusal carries the page, in its message and in its details."""
    service.api_disabled = True
    found = error(session.get(f"{SHEETS}/{ID}/values/A1"))
    page = (
        "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview"
        "?project=123456"
    )
    assert found["message"].startswith("Google Sheets API has not been used in project 123456")
    assert page in found["message"]
    reasons = [detail.get("reason") for detail in found["details"]]
    assert reasons == ["SERVICE_DISABLED", None, None]
    assert found["details"][2]["links"][0]["url"] == page


def test_each_method_asks_for_its_own_scopes(service: SheetsService) -> None:
    """A token that may only read writes nothing, and one of Drive's alone reads no cells."""
    session = service.session()
    token = service.token(scopes=(SCOPES + "spreadsheets.readonly",))
    session.headers["Authorization"] = f"Bearer {token}"
    assert session.get(f"{SHEETS}/{ID}/values/A1").ok
    answer = session.put(f"{SHEETS}/{ID}/values/A1", params=RAW, json=UPDATE)
    found = error(answer)
    assert found["message"] == "Request had insufficient authentication scopes."
    assert found["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("sent", "said", "where"),
    [
        (
            {"requests": [{"updateCells": {"foo": 1}}]},
            "Invalid JSON payload received. Unknown name \"foo\" at 'requests[0].update_cells': "
            "Cannot find field.",
            "requests[0].update_cells",
        ),
        (
            {"foo": []},
            'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
            None,
        ),
        (
            {"requests": [{"deleteSheet": {"sheetId": "one"}}]},
            "Invalid value at 'requests[0].delete_sheet.sheet_id' (TYPE_INT32), \"one\"",
            "requests[0].delete_sheet.sheet_id",
        ),
        (
            {"requests": [{"mergeCells": {"mergeType": "MERGE_SOME"}}]},
            "Invalid value at 'requests[0].merge_cells.merge_type' "
            '(type.googleapis.com/google.apps.sheets.v4.MergeType), "MERGE_SOME"',
            "requests[0].merge_cells.merge_type",
        ),
        (
            {"requests": [{"addSheet": {}, "deleteSheet": {}}]},
            "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. "
            "Cannot set 'deleteSheet'",
            "requests[0]",
        ),
        ({"requests": [{}]}, "Invalid requests[0]: No request set.", "requests[0]"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_as_google_does(
    session: requests.Session, sent: Json, said: str, where: str | None
) -> None:
    """The message names the field in snake_case, and the details repeat it."""
    found = error(session.post(f"{SHEETS}/{ID}:batchUpdate", json=sent))
    assert (found["code"], found["status"]) == (400, "INVALID_ARGUMENT")
    assert found["message"] == said
    violation = found["details"][0]["fieldViolations"][0]
    assert violation == ({"description": said} | ({"field": where} if where else {}))


def test_the_body_of_an_update_is_called_data(session: requests.Session) -> None:
    """Where the body is one field of Google's request, its place begins with that field."""
    answer = session.put(f"{SHEETS}/{ID}/values/A1", params=RAW, json={"rows": []})
    assert "Unknown name \"rows\" at 'data': Cannot find field." in error(answer)["message"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"valueRenderOption": "PLAIN"},
            "Invalid value at 'value_render_option' "
            '(type.googleapis.com/google.apps.sheets.v4.ValueRenderOption), "PLAIN"',
        ),
        (
            {"render": "1"},
            'Invalid JSON payload received. Unknown name "render": Cannot bind query parameter. '
            "Field 'render' could not be found in request message.",
        ),
    ],
)
def test_a_query_that_does_not_fit_is_refused(
    session: requests.Session, query: dict[str, str], said: str
) -> None:
    """Unknown parameters and unknown words are 400."""
    assert error(session.get(f"{SHEETS}/{ID}/values/A1", params=query))["message"] == said


def test_what_is_no_json_is_refused(session: requests.Session) -> None:
    """A damaged body is 400, not a crash."""
    answer = session.post(f"{SHEETS}/{ID}:batchUpdate", data=b'{"requests": [')
    assert error(answer)["message"].startswith("Invalid JSON payload received.")


def test_an_answer_google_could_not_give_is_caught() -> None:
    """The service's own answers are held to the same schema, without leniency."""
    method = "sheets.spreadsheets.values.get"
    schema.check_answer(method, {"range": "A1", "majorDimension": "ROWS", "values": [[1, "a"]]})
    for wrong in ({"rage": "A1"}, {"range": 1}, {"majorDimension": "LINES"}, {"values": [1]}):
        with pytest.raises(AssertionError):
            schema.check_answer(method, wrong)


def test_without_the_schema_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where google-api-python-client is missing, the error says how to get it."""
    monkeypatch.setattr(schema, "find_spec", lambda _name: None)
    with pytest.raises(RuntimeError, match=r"pip install '.\[test\]'"):
        schema.document.__wrapped__("sheets.v4")


def test_reads_and_writes_have_their_own_quota(
    service: SheetsService, session: requests.Session
) -> None:
    """Beyond the limit Google answers 429 until the minute is over; writes go on."""
    now = 1_800_000_000.0
    service.clock = lambda: now
    session = service.session()
    service.limit(reads=2, writes=1)
    codes = [session.get(f"{SHEETS}/{ID}/values/A1").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    found = error(session.get(f"{SHEETS}/{ID}/values/A1"))
    assert found["status"] == "RESOURCE_EXHAUSTED"
    assert found["message"] == (
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per "
        "user' of service 'sheets.googleapis.com' for consumer 'project_number:123456'."
    )
    assert found["details"][0]["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerUser"
    assert session.put(f"{SHEETS}/{ID}/values/A1", params=RAW, json=UPDATE).ok
    now += 60
    assert session.get(f"{SHEETS}/{ID}/values/A1").ok


def test_the_log_tells_what_came(service: SheetsService, session: requests.Session) -> None:
    """Each call has its query, body and answer; Sheets, Drive and tokens are counted apart."""
    session.get(f"{SHEETS}/{ID}/values/A1", params={"majorDimension": "COLUMNS"})
    session.put(f"{SHEETS}/{ID}/values/A1", params=RAW, json=UPDATE)
    session.get(DRIVE)
    first, second, _ = service.log
    assert (first.method, first.path) == ("GET", f"/v4/spreadsheets/{ID}/values/A1")
    assert first.query == {"majorDimension": ["COLUMNS"]}
    assert (first.status, second.body, second.applied) == (200, UPDATE, True)
    assert first.bytes > 0
    kinds: tuple[Counted, ...] = ("sheets", "read", "write", "drive", "token", "all")
    assert [service.calls(kind) for kind in kinds] == [2, 1, 1, 1, 0, 3]
    service.clear_log()
    assert service.calls("all") == 0


def test_a_person_edits_between_two_requests(
    service: SheetsService, session: requests.Session
) -> None:
    """`before` sees each request coming, and what it edits is there when it is handled."""
    seen: list[tuple[str, str]] = []

    def edit(call: Call) -> None:
        seen.append((call.method, call.path))
        rename = {"properties": {"sheetId": 0, "title": f"Tab {len(seen)}"}, "fields": "title"}
        service.edit(ID, {"updateSheetProperties": rename})

    service.before = edit
    session.get(DRIVE)
    assert session.get(f"{SHEETS}/{ID}/values/Tab 1!A2").json()["values"] == [["Ada"]]
    assert error(session.get(f"{SHEETS}/{ID}/values/Tab 1!A2"))["code"] == 400
    path = f"/v4/spreadsheets/{ID}/values/Tab 1!A2"
    assert seen == [("GET", path)] * 2


def test_socket_and_session_answer_the_same(service: SheetsService) -> None:
    """The way through the socket and the way past it lead to the same answer."""
    headers = {"Authorization": f"Bearer {service.token()}"}
    for path in (f"/v4/spreadsheets/{ID}/values/A1:B9", "/v4/spreadsheets/none", "/elsewhere"):
        with requests.Session() as outside:
            over = outside.get(service.url + path, headers=headers)
        within = service.handle("GET", path, headers)
        assert (over.status_code, over.content) == (within[0], within[2])
        assert over.headers["Content-Type"] == "application/json; charset=UTF-8"
        assert set(within[1]) <= set(over.headers)


def test_one_packet_and_one_connection(service: SheetsService) -> None:
    """An answer comes in one piece, and the next request uses the same connection."""
    place = urlsplit(service.url)
    lines = (
        f"GET /v4/spreadsheets/{ID}/values/A1 HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {service.token()}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(lines.encode())
            got = connection.recv(65536)
            assert got.startswith(b"HTTP/1.1 200 OK\r\n")
            head, _, body = got.partition(b"\r\n\r\n")
            assert f"Content-Length: {len(body)}".encode() in head
            assert json.loads(body)["values"] == [["Name"]]


@pytest.mark.parametrize(
    ("agent", "packed"), [("certsync (gzip)", True), ("python-requests", False)]
)
def test_answers_are_packed_for_who_asks_twice(
    service: SheetsService, agent: str, packed: bool
) -> None:
    """Google packs where both Accept-Encoding and User-Agent say gzip."""
    headers = {"Authorization": f"Bearer {service.token()}", "User-Agent": agent}
    with requests.Session() as session:
        answer = session.get(f"{service.url}/v4/spreadsheets/{ID}/values/A1", headers=headers)
    assert ("Content-Encoding" in answer.headers) == packed
    assert answer.json()["values"] == [["Name"]]


def test_drive_lists_what_is_shared(service: SheetsService, session: requests.Session) -> None:
    """A search finds spreadsheets of this title that this account may see."""
    service.add(agency("other", "Other"))
    service.add(agency("hidden"), shared={})
    service.add(agency("excel"), kind="xlsx")
    query = 'mimeType="application/vnd.google-apps.spreadsheet" and name = "Agency"'
    found = session.get(DRIVE, params={"q": query, "fields": "files(id,name)"}).json()
    assert found == {"files": [{"id": ID, "name": "Agency"}]}
    answer = session.get(DRIVE, params={"q": "name likes 'Agency'"})
    assert error(answer)["errors"][0]["location"] == "q"


def test_a_service_account_owns_nothing(service: SheetsService, session: requests.Session) -> None:
    """Creating and copying fail for want of quota; a person may."""
    for answer in (
        session.post(DRIVE, json={"name": "New"}),
        session.post(f"{DRIVE}/{ID}/copy", json={}),
    ):
        found = error(answer)
        assert found["message"] == "The user's Drive storage quota has been exceeded."
        assert found["errors"][0]["domain"] == "usageLimits"
        assert found["errors"][0]["reason"] == "storageQuotaExceeded"
    assert error(session.post(SHEETS, json={}))["status"] == "PERMISSION_DENIED"
    made = service.session(OWNER).post(f"{DRIVE}/{ID}/copy", json={"name": "Mine"}).json()
    assert service.book(made["id"]).sheets[0].cell(1, 0).value == "Ada"


def test_drive_shares_and_shares_no_longer(service: SheetsService) -> None:
    """A permission that Drive gives opens the spreadsheet; taken back, it closes again."""
    service.unshare(ID)
    owner, robot = service.session(OWNER), service.session()
    grant = {"type": "user", "role": "reader", "emailAddress": ACCOUNT}
    made = owner.post(f"{DRIVE}/{ID}/permissions", json=grant).json()
    assert robot.get(f"{SHEETS}/{ID}/values/A1").ok
    assert owner.delete(f"{DRIVE}/{ID}/permissions/{made['id']}").status_code == 204
    assert robot.get(f"{SHEETS}/{ID}/values/A1").status_code == 403
    assert error(robot.get(f"{DRIVE}/{ID}"))["message"] == f"File not found: {ID}."


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("name = 'Ada\\'s'", True),
        ("name != 'Ada\\'s'", False),
        ("name contains 'ada' and trashed = false", True),
        ("not (name = 'x' or trashed = true)", True),
        ("'me' in owners", False),
        ("'owner@example.com' in owners", True),
    ],
)
def test_drive_queries(query: str, found: bool) -> None:
    """Terms, brackets and words join as Drive's guide says."""
    owners = [{"emailAddress": OWNER}]
    file: dict[str, Any] = {"name": "Ada's", "trashed": False, "owners": owners, "ownedByMe": False}
    assert compiled(query)(file) is found


@pytest.mark.parametrize(
    "query", ["name", "name = ", "= 'a'", "name = 'a' 'b'", "(name = 'a'", "?"]
)
def test_drive_refuses_other_queries(query: str) -> None:
    """Whatever is no query is an error, not an empty list."""
    with pytest.raises(ValueError, match="no search"):
        compiled(query)


def test_drive_masks() -> None:
    """A mask keeps what it names, in lists too."""
    files = [{"id": "1", "name": "n", "owners": [{"me": True, "photo": "p"}]}]
    answer = {"kind": "k", "files": files}
    kept = masked(answer, "nextPageToken, files(id,owners/me)")
    assert kept == {"files": [{"id": "1", "owners": [{"me": True}]}]}
    assert masked(answer, "*") == answer


def test_the_description_knows_every_route() -> None:
    """Each method that the service offers is one of Google's."""
    from tests.sheets_service.drive import _ROUTES
    from tests.sheets_service.routes import CREATE, ROUTES

    offered = {route.id for route in ROUTES} | {CREATE}
    assert offered == set(schema.methods("sheets.v4"))
    assert {f"drive.{id}" for _, _, id, _ in _ROUTES} <= set(schema.methods("drive.v3"))


def test_an_unknown_message_is_told(service: SheetsService) -> None:
    """A GoogleError says on which line of the schema a request breaks, also outside HTTP."""
    del service
    with pytest.raises(GoogleError, match="Unknown name"):
        schema.check_request("sheets.spreadsheets.batchUpdate", {}, {"requests": [{"jump": {}}]})
