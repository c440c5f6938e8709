"""Each fault, through the socket and without one: what the client sees, and what was applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials

from tests.sheets_service.auth import SCOPES
from tests.sheets_service.model import Book, Sheet
from tests.sheets_service.service import Fault, SheetsService

VALUES = "/v4/spreadsheets/agency/values/A1"
CUTS = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
Send = Callable[[str], requests.Response]


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service with one shared spreadsheet."""
    with SheetsService() as running:
        running.add(Book("agency", "Agency", sheets=[Sheet(0, "People")]))
        yield running


@pytest.fixture(params=["socket", "in process"])
def send(service: SheetsService, request: pytest.FixtureRequest) -> Iterator[Send]:
    """Write a word into A1."""
    socket = request.param == "socket"
    with requests.Session() as outside:
        session = outside if socket else service.session()
        session.headers["Authorization"] = f"Bearer {service.token()}"
        base = service.url if socket else "https://sheets.googleapis.com"

        def put(word: str) -> requests.Response:
            return session.put(
                base + VALUES,
                params={"valueInputOption": "RAW"},
                json={"values": [[word]]},
                timeout=0.2,
            )

        yield put


def written(service: SheetsService) -> object:
    """What stands in A1."""
    return service.book("agency").sheets[0].cell(0, 0).value


@pytest.mark.parametrize(
    ("fault", "error", "applied"),
    [
        (Fault(cut="before"), CUTS, None),
        (Fault(cut="answer"), CUTS, None),
        (Fault(cut="answer", after_apply=True), CUTS, "word"),
        (Fault(cut="body"), CUTS, "word"),
        (Fault(delay=30), (requests.ReadTimeout,), None),
        (Fault(delay=30, after_apply=True), (requests.ReadTimeout,), "word"),
    ],
)
def test_connections_break(
    service: SheetsService,
    send: Send,
    fault: Fault,
    error: tuple[type[Exception], ...],
    applied: str | None,
) -> None:
    """A cut or late answer is the client's own error, and says nothing of what was applied."""
    service.queue(fault)
    with pytest.raises(error):
        send("word")
    assert written(service) == applied
    assert service.calls() == 1
    assert service.log[0].applied == (applied is not None)
    assert send("again").status_code == 200
    assert written(service) == "again"


@pytest.mark.parametrize("after_apply", [False, True])
def test_a_status_comes_in_googles_form(
    service: SheetsService, send: Send, after_apply: bool
) -> None:
    """503 with Retry-After; whether the write was done cannot be seen from it."""
    service.queue(Fault(status=503, retry_after=7, after_apply=after_apply))
    answer = send("word")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json()["error"] == {
        "code": 503,
        "message": "The service is currently unavailable.",
        "status": "UNAVAILABLE",
    }
    assert written(service) == ("word" if after_apply else None)


def test_a_page_instead_of_json(service: SheetsService, send: Send) -> None:
    """The 502 of Google's front end is an HTML page."""
    service.queue(Fault(status=502, html=True))
    answer = send("word")
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "<title>Error 502 (Server Error)!!1</title>" in answer.text


def test_a_slow_answer_is_an_answer(service: SheetsService, send: Send) -> None:
    """A wait within the client's patience changes nothing."""
    service.queue(Fault(delay=0.01))
    assert send("word").status_code == 200
    assert written(service) == "word"


def test_faults_come_in_turn(service: SheetsService, send: Send) -> None:
    """Each request takes the first fault that is due, and no two take the same request."""
    service.queue(Fault(status=500), Fault(status=503, times=2), Fault(status=429, nth=2))
    codes = [send("word").status_code for _ in range(6)]
    assert codes == [500, 503, 503, 200, 429, 200]
    assert service.faults_left == 0


def test_a_fault_waits_for_its_request(service: SheetsService, send: Send) -> None:
    """A fault of another method or path does not come, one that matches does."""
    service.queue(
        Fault(status=500, method="GET"),
        Fault(status=502, path=":batchUpdate$"),
        Fault(status=503, method="put", path="/values/A1"),
    )
    assert [send("word").status_code for _ in range(2)] == [503, 200]
    assert service.faults_left == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(path="/token", status=502, html=True, times=9), RefreshError),
        (Fault(path="/token", cut="answer"), TransportError),
    ],
)
def test_the_token_endpoint_fails_too(
    service: SheetsService, fault: Fault, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """google-auth reports the page, or the connection, as an error of its own."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    service.queue(fault)
    made = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        service.key(), scopes=[SCOPES + "spreadsheets"]
    )
    with requests.Session() as session, pytest.raises(error):
        made.refresh(Request(session))
    service._front.faults.clear()


def test_a_fault_for_any_path_spares_the_tokens(service: SheetsService) -> None:
    """The n-th request means the n-th to Sheets or Drive, however often a token was fetched."""
    service.queue(Fault(status=500))
    assert service.handle("POST", "/token", {}, b"")[0] == 400
    assert service.handle("GET", VALUES, {})[0] == 500


def test_without_a_socket_cuts_are_errors(service: SheetsService) -> None:
    """`handle` raises what a socket would."""
    service.queue(Fault(cut="before"), Fault(cut="answer"), Fault(cut="body"))
    for _ in range(3):
        with pytest.raises(ConnectionError, match="cut"):
            service.handle("GET", VALUES, {})


def test_closing_ends_every_wait() -> None:
    """Closing wakes a request that waits; its client is gone, so it is not applied."""
    service = SheetsService()
    service.add(Book("agency", "Agency", sheets=[Sheet(0, "People")]))
    service.queue(Fault(delay=3600))
    with requests.Session() as session, pytest.raises(requests.ReadTimeout):
        session.put(
            service.url + VALUES,
            params={"valueInputOption": "RAW"},
            json={"values": [["word"]]},
            headers={"Authorization": f"Bearer {service.token()}"},
            timeout=0.05,
        )
    service.close()
    assert service.calls() == 1
    assert written(service) is None
