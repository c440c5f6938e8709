"""What people are told when Google refuses; the bodies are those that Google sends."""

from __future__ import annotations

import json
import socket
import ssl
from typing import Any

import pytest
import requests
import urllib3
from google.auth import exceptions as auth
from gspread.exceptions import APIError, SpreadsheetNotFound
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from certsync.errors import (
    PartlyWritten,
    WorkbookBusy,
    WorkbookError,
    WorkbookMissing,
    WorkbookRefused,
    WriteUncertain,
)
from certsync.stores.google_answer import Refusal, is_google, quoted, read
from certsync.stores.google_errors import explain
from certsync.stores.google_retry import Failure, GaveUp, SignInRefused, of_error, span
from tests.stores.scripted import BOT

ENABLE = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=123"


def answer(status: int, body: Any, **headers: str) -> requests.Response:
    """An answer as requests gives it."""
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response.headers.update({"Content-Type": "application/json; charset=UTF-8", **headers})
    return response


def refused(code: int, message: str, status: str, *details: Any) -> APIError:
    """What gspread raises for an error in the form of Sheets v4."""
    error = {"code": code, "message": message, "status": status}
    return APIError(answer(code, {"error": {**error, **({"details": details} if details else {})}}))


def old_form(code: int, message: str, reason: str, domain: str = "global") -> APIError:
    """What gspread raises for an error in the older form, which Drive and front ends use."""
    one = {"domain": domain, "reason": reason, "message": message}
    return APIError(answer(code, {"error": {"errors": [one], "code": code, "message": message}}))


def info(reason: str, **metadata: str) -> dict[str, Any]:
    """A google.rpc.ErrorInfo."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


NOT_SHARED = refused(403, "The caller does not have permission", "PERMISSION_DENIED")
DISABLED = refused(
    403,
    "Google Sheets API has not been used in project 123 before or it is disabled. Enable it by "
    f"visiting {ENABLE} then retry. If you enabled this API recently, wait a few minutes for the "
    "action to propagate to our systems and retry.",
    "PERMISSION_DENIED",
    {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": "Google developers console API activation", "url": ENABLE}],
    },
    info(
        "SERVICE_DISABLED",
        service="sheets.googleapis.com",
        consumer="projects/123",
        activationUrl=ENABLE,
    ),
)
SCOPES = refused(
    403,
    "Request had insufficient authentication scopes.",
    "PERMISSION_DENIED",
    info(
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        service="sheets.googleapis.com",
        method="google.apps.sheets.v4.SpreadsheetsService.GetSpreadsheet",
    ),
)
QUOTA_PROJECT = refused(
    403,
    "Your application is authenticating by using local Application Default Credentials. The "
    "sheets.googleapis.com API requires a quota project, which is not set by default. To learn how "
    "to set your quota project, see https://cloud.google.com/docs/authentication/adc-"
    "troubleshooting/user-creds .",
    "PERMISSION_DENIED",
    info("SERVICE_DISABLED", consumer="projects/764086051850", service="sheets.googleapis.com"),
)
OFFICE = "This operation is not supported for this document"
PROTECTED = (
    "Invalid requests[0].updateCells: You are trying to edit a protected cell or object. Please "
    "contact the spreadsheet owner to remove protection if you need to edit."
)
CELLS = (
    "Invalid requests[0].updateSheetProperties: This action would increase the number of cells in "
    "the workbook above the limit of 10000000 cells."
)
CHARACTERS = "Your input contains more than the maximum of 50000 characters in a single cell."
GRID = "Range (Certifications!AA1) exceeds grid limits. Max rows: 1000, max columns: 26"

READING: dict[str, tuple[BaseException, list[str]]] = {
    "not shared": (NOT_SHARED, [f"not shared with {BOT}", "Editor", "outside your organization"]),
    "wrong ID": (
        refused(404, "Requested entity was not found.", "NOT_FOUND"),
        ["no spreadsheet with this ID", "Copy the address"],
    ),
    "Excel file": (
        refused(400, OFFICE, "FAILED_PRECONDITION"),
        ["an Excel file in Google Drive", "File > Save as Google Sheets"],
    ),
    "Excel file, longer": (
        refused(400, f"{OFFICE}. The document must not be an Office file.", "FAILED_PRECONDITION"),
        ["an Excel file in Google Drive"],
    ),
    "API off": (DISABLED, [f"not enabled in the project that {BOT}", f"Open {ENABLE} and press"]),
    "API off, older": (
        old_form(403, "Access Not Configured.", "accessNotConfigured", "usageLimits"),
        ["not enabled", "https://console.cloud.google.com/apis/library/sheets.googleapis.com"],
    ),
    "scopes": (SCOPES, ["does not include Google Sheets", "auth application-default login --s"]),
    "scopes, older": (
        old_form(403, "Insufficient Permission", "insufficientPermissions"),
        ["does not include Google Sheets"],
    ),
    "quota project": (QUOTA_PROJECT, ["set-quota-project PROJECT"]),
    "domain policy": (
        old_form(403, "The domain administrators have disabled Drive apps.", "domainPolicy"),
        ["the organization does not allow", "administrator of Google Workspace"],
    ),
    "VPC": (
        refused(
            403,
            "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
            "PERMISSION_DENIED",
            info("SECURITY_POLICY_VIOLATED"),
        ),
        ["the organization does not allow"],
    ),
    "tab gone": (
        refused(400, "Unable to parse range: 'Certifications 2025'!A1:Z", "INVALID_ARGUMENT"),
        ["no tab or range \"'Certifications 2025'!A1:Z\"", "renamed"],
    ),
    "grid": (refused(400, GRID, "INVALID_ARGUMENT"), ["a tab has become smaller"]),
    "API key": (
        refused(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT"),
        ["did not take the key"],
    ),
    "token refused": (
        refused(
            401,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
            "cookie or other valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project.",
            "UNAUTHENTICATED",
            info("ACCOUNT_STATE_INVALID"),
        ),
        [f"does not accept the sign-in of {BOT}"],
    ),
    "unknown": (
        refused(418, 'I am a "teapot"\x1b[31m\nshort and\u202e stout.', "TEAPOT"),
        ["Google refused with 418: \"I am a 'teapot' [31m short and stout\"", "report it"],
    ),
    "key deleted": (
        SignInRefused("invalid_grant: Invalid JWT Signature."),
        [f"knows this key of {BOT} no longer", "make a new key"],
    ),
    "account deleted": (
        SignInRefused("invalid_grant: Invalid grant: account not found"),
        [f"{BOT} does not exist any more"],
    ),
    "account disabled": (
        SignInRefused("invalid_grant: Robot is disabled."),
        [f"{BOT} is disabled"],
    ),
    "clock": (
        SignInRefused(
            "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
            "reasonable timeframe. Check your iat and exp values in the JWT claim.",
            ahead=-7200.0,
        ),
        ["this computer's clock is wrong (2 hours behind)", "Set this computer's date and time"],
    ),
    "login expired": (
        SignInRefused("invalid_grant: Token has been expired or revoked."),
        ["has expired or was revoked", "gcloud auth application-default login"],
    ),
    "reauthentication": (
        SignInRefused("invalid_grant: reauth related error (invalid_rapt)"),
        ["has expired or was revoked"],
    ),
    "admin": (
        SignInRefused(
            "unauthorized_client: Client is unauthorized to retrieve access tokens using this "
            "method, or client not authorized for any of the scopes requested."
        ),
        ["the organization does not allow", "API controls"],
    ),
    "another sign-in error": (
        SignInRefused("odd_error: new\nkind"),
        ['did not accept the sign-in of certsync@agency-1.iam.gserviceaccount.com: "odd_error'],
    ),
}


@pytest.mark.parametrize(("error", "says"), READING.values(), ids=READING.keys())
def test_a_refused_read_says_what_a_person_must_put_right(
    error: BaseException, says: list[str]
) -> None:
    """Before anything is read, the run ends with a sentence that names the document and the way."""
    told = explain(error, document="Agency", account=BOT, writing=False)
    assert isinstance(told, WorkbookRefused)
    text = str(told)
    assert text.startswith("Agency: ")
    assert [part for part in says if part not in text] == []
    assert text.isprintable()
    assert "{" not in text
    assert ".." not in text.replace(" ...", "")


@pytest.mark.parametrize("error", [e for e, _ in READING.values()], ids=READING.keys())
def test_every_refused_write_lets_the_alerts_go_out(error: BaseException) -> None:
    """A write that fails is a WorkbookBusy, whatever the reason, and says so once."""
    told = explain(error, document="Agency", account=BOT, writing=True)
    assert isinstance(told, WorkbookBusy)
    assert str(told).endswith("Nothing was written; the next run tries again.")
    assert ".." not in str(told).replace(" ...", "")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NOT_SHARED, f"{BOT} may only view it. Share it with {BOT} as Editor."),
        (refused(400, PROTECTED, "INVALID_ARGUMENT"), f"a range that is protected against {BOT}."),
        (refused(400, CELLS, "INVALID_ARGUMENT"), "10,000,000 cells"),
        (refused(400, f"Invalid data[4]: {CHARACTERS}", "INVALID_ARGUMENT"), "50,000 characters"),
        (refused(413, "Request Entity Too Large", "X"), "too large for one request"),
        (
            refused(400, "Request payload size exceeds the limit: 10485760 bytes.", "X"),
            "too large for one request",
        ),
    ],
)
def test_what_only_a_write_meets_is_told(error: BaseException, says: str) -> None:
    """Reading worked a moment ago, so the same 403 means another thing."""
    assert says in str(explain(error, document="Agency", account=BOT, writing=True))


def test_a_person_who_is_signed_in_is_called_so() -> None:
    """Without a service account there is no address to show."""
    told = explain(NOT_SHARED, document="Agency", account=None, writing=False)
    assert "not shared with the account you are signed in with" in str(told)


def test_gspreads_own_errors_are_seen_through() -> None:
    """Gspread hides the answer behind an empty PermissionError or a <Response [404]>."""
    missing = refused(404, "Requested entity was not found.", "NOT_FOUND")
    for hidden, cause, says in (
        (PermissionError(), NOT_SHARED, "not shared with"),
        (SpreadsheetNotFound(missing.response), missing, "no spreadsheet with this ID"),
    ):
        hidden.__cause__ = cause
        assert says in str(explain(hidden, document="Agency", account=BOT, writing=False))


def test_an_error_in_words_stays_as_it_is() -> None:
    """What was explained once is not explained again."""
    known: WorkbookError = WorkbookRefused("x", "y", "z.")
    assert explain(known, document="", account=None, writing=True) is known
    assert WorkbookMissing.__mro__[1] is WorkbookError


# Outages


QUOTA = GaveUp(
    Failure("Google Sheets answered 429", quota="Write requests per minute per user"), 8, 110.0
)
OUTAGES: dict[str, tuple[BaseException, str]] = {
    "503": (
        GaveUp(Failure("Google Sheets answered 503"), 8, 236.0),
        "Google Sheets answered 503 eight times in 4 minutes. If this happens every day",
    ),
    "quota": (QUOTA, "429 eight times in 2 minutes, as its quota (Write requests per minute per"),
    "day's quota": (
        old_form(403, "Daily Limit Exceeded", "dailyLimitExceeded", "usageLimits"),
        "quota of requests of this Google project for today is used up",
    ),
    "once": (GaveUp(Failure("Google Sheets answered 503")), "Google Sheets answered 503."),
}


@pytest.mark.parametrize(("error", "says"), OUTAGES.values(), ids=OUTAGES.keys())
def test_an_outage_passes(error: BaseException, says: str) -> None:
    """Nobody has to put anything right, reading or writing."""
    for writing in (True, False):
        told = explain(error, document="Agency", account=BOT, writing=writing)
        assert isinstance(told, WorkbookBusy)
        assert says in str(told)


def test_a_write_that_may_have_arrived_is_not_called_unwritten() -> None:
    """The sentence says what is known."""
    gave_up = GaveUp(Failure("Google Sheets answered 503"), 2, 5.0, uncertain=True)
    told = explain(gave_up, document="Agency", account=BOT, writing=True, partly=True)
    assert isinstance(told, WriteUncertain)
    assert "not known whether the change arrived" in str(told)
    assert isinstance(
        explain(QUOTA, document="Agency", account=BOT, writing=True, partly=True), PartlyWritten
    )


POOL = HTTPSConnectionPool("sheets.googleapis.com", 443)
CONNECTION = HTTPSConnection("sheets.googleapis.com", 443)


def failed(reason: Exception) -> urllib3.exceptions.MaxRetryError:
    """How urllib3 hands a reason on."""
    return urllib3.exceptions.MaxRetryError(POOL, "/v4", reason)


NETWORK: dict[str, tuple[BaseException, str, bool, bool]] = {
    "DNS": (
        requests.ConnectionError(
            failed(
                urllib3.exceptions.NameResolutionError(
                    "sheets.googleapis.com", CONNECTION, socket.gaierror(-2, "Name not known")
                )
            )
        ),
        "the address of Google Sheets could not be looked up",
        True,
        False,
    ),
    "refused": (
        requests.ConnectionError(
            failed(urllib3.exceptions.NewConnectionError(CONNECTION, "[Errno 111] refused"))
        ),
        "no connection to Google Sheets could be made",
        True,
        False,
    ),
    "connect timeout": (
        requests.ConnectTimeout(failed(urllib3.exceptions.ConnectTimeoutError(CONNECTION, "x"))),
        "no connection to Google Sheets could be made",
        True,
        False,
    ),
    "read timeout": (
        requests.ReadTimeout(urllib3.exceptions.ReadTimeoutError(POOL, "/v4", "timed out")),
        "Google Sheets did not answer in time",
        True,
        True,
    ),
    "proxy": (
        requests.exceptions.ProxyError(
            failed(urllib3.exceptions.ProxyError("Cannot connect to proxy.", OSError("407")))
        ),
        "the proxy of this network let no connection to Google Sheets through",
        True,
        False,
    ),
    "proxy's address": (
        requests.exceptions.InvalidProxyURL("http://me:s3cret@"),
        "the proxy or the address of Google Sheets is not valid",
        False,
        False,
    ),
    "certificate": (
        requests.exceptions.SSLError(
            failed(
                urllib3.exceptions.SSLError(
                    ssl.SSLCertVerificationError(1, "certificate verify failed: expired")
                )
            )
        ),
        "the certificate of Google Sheets is not trusted here",
        False,
        False,
    ),
    "no bundle": (
        OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"),
        "no secure connection could be set up",
        False,
        False,
    ),
    "cut": (
        requests.ConnectionError(
            urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "x"))
        ),
        "the connection to Google Sheets was cut",
        True,
        True,
    ),
    "cut in a chunk": (
        requests.exceptions.ChunkedEncodingError("Response ended prematurely"),
        "the connection to Google Sheets was cut",
        True,
        True,
    ),
    "sign-in cut": (
        auth.TransportError(requests.ConnectionError("reset")),  # type: ignore[no-untyped-call]
        "the connection to Google's sign-in was cut",
        True,
        False,
    ),
}


@pytest.mark.parametrize(
    ("error", "words", "again", "perhaps"), NETWORK.values(), ids=NETWORK.keys()
)
def test_the_network_is_told_apart(
    error: BaseException, words: str, again: bool, perhaps: bool
) -> None:
    """What may help again, and what may have carried a write to Google."""
    failure = of_error(error)
    assert failure
    assert (failure.words, failure.again, failure.perhaps) == (words, again, perhaps)
    told = explain(error, document="Agency", account=BOT, writing=False)
    assert isinstance(told, WorkbookBusy if again else WorkbookRefused)
    assert "s3cret" not in str(told)


def test_a_certificate_for_another_name_is_told_from_an_outage() -> None:
    """It stays wrong until somebody acts, and the sentence says how."""
    told = explain(NETWORK["certificate"][0], document="A", account=None, writing=False)
    assert "date and time" in str(told)
    assert "REQUESTS_CA_BUNDLE" in str(told)


# What stands in an answer


@pytest.mark.parametrize(
    "url",
    [
        "http://console.developers.google.com/x",
        "https://google.com.evil.com/x",
        "https://evilgoogle.com/x",
        "https://console.cloud.google.com@evil.com/x",
        "https://me@console.cloud.google.com/x",
        "https://console.cloud.google.com:8443/x",
        "https://evil.com\\.google.com/x",
        "https://console.cloud.google.com/\u202ex",
        "javascript:alert(1)//google.com",
        "https://[::1",
    ],
)
def test_a_page_that_is_not_googles_is_never_named(url: str) -> None:
    """An answer can come from anybody between here and Google; a person may follow the address."""
    assert not is_google(url)
    error = refused(
        403,
        "Google Sheets API has not been used in project 1 before or it is disabled.",
        "PERMISSION_DENIED",
        info("SERVICE_DISABLED", activationUrl=url),
    )
    told = str(explain(error, document="Agency", account=BOT, writing=False))
    assert url not in told
    assert "https://console.cloud.google.com/apis/library/sheets.googleapis.com" in told


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'"x"',
        b'{"error": "invalid_grant"}',
        b'{"error": {"details": "x", "errors": {"a": 1}, "message": ["x"], "status": {}}}',
        b'{"error": {"details": [1, {"links": ["x"], "metadata": "y", "reason": 5}]}}',
        b"[" * 100_000,
    ],
)
def test_an_answer_in_no_known_form_breaks_nothing(body: bytes) -> None:
    """Whatever stands between here and Google may answer anything."""
    error = Refusal(answer(400, body))
    assert (error.code, read(error.response).status) == (400, 400)
    assert "[400]" in str(error)
    told = explain(error, document="Agency", account=BOT, writing=False)
    assert "Google refused with 400" in str(told)


def test_googles_words_are_quoted_short_and_on_one_line() -> None:
    """No control character reaches a terminal, and no page of text a mail."""
    assert quoted("a\tb\x00\x1b[2J\u2028c") == '"a b [2J c"'
    assert len(quoted("word " * 100)) <= 203


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "a second"),
        (12.4, "12 seconds"),
        (236, "4 minutes"),
        (9e3, "2 hours"),
        (9e5, "10 days"),
    ],
)
def test_lengths_of_time_are_said_as_people_do(seconds: float, said: str) -> None:
    """The unit fits the length."""
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30", 30.0),
        ("Tue, 24 Nov 2026 10:01:00 GMT", 60.0),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, expected: float | None) -> None:
    """A date is compared with Google's clock, as this computer's may be wrong."""
    given = answer(503, b"{}", **{"Retry-After": value, "Date": "Tue, 24 Nov 2026 10:00:00 GMT"})
    assert read(given).retry_after == expected
