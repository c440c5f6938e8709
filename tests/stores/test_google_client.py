"""The Google client over a real socket: what it sends, when again, and when it gives up."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gspread
import pytest
import requests
from gspread.exceptions import APIError

from certsync import __version__
from certsync.errors import (
    ConfigError,
    PartlyWritten,
    WorkbookBusy,
    WorkbookRefused,
    WriteUncertain,
)
from certsync.stores.google_auth import GoogleKey, credentials
from certsync.stores.google_client import SHEETS_URL, SheetsClient, endpoint_from, open_client
from certsync.stores.google_retry import Failure, GaveUp, Patience, SignInRefused, wait
from certsync.stores.google_session import bounded
from tests.stores.scripted import BOT, Clock, Reply, Service, key_info, serving

BOOK = f"{SHEETS_URL}/v4/spreadsheets/ID"
UPDATE = f"{BOOK}:batchUpdate"
OK = Reply(body={"spreadsheetId": "ID"})
PAGE = b"<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>"
HTML = {"Content-Type": "text/html; charset=UTF-8"}


def refusal(code: int, message: str, status: str, **details: Any) -> Reply:
    """An error as Google's APIs answer it."""
    error = {"code": code, "message": message, "status": status, **details}
    return Reply(code, {"error": error})


UNAVAILABLE = refusal(503, "The service is currently unavailable.", "UNAVAILABLE")
QUOTA = refusal(
    429,
    "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user'"
    " of service 'sheets.googleapis.com' for consumer 'project_number:1'.",
    "RESOURCE_EXHAUSTED",
)
FORBIDDEN = refusal(403, "The caller does not have permission", "PERMISSION_DENIED")
RATE_403 = Reply(
    403,
    {
        "error": {
            "errors": [
                {
                    "domain": "usageLimits",
                    "reason": "userRateLimitExceeded",
                    "message": "User Rate Limit Exceeded",
                }
            ],
            "code": 403,
            "message": "User Rate Limit Exceeded",
        }
    },
)
DAILY_403 = Reply(
    403,
    {
        "error": {
            "errors": [
                {
                    "domain": "usageLimits",
                    "reason": "dailyLimitExceeded",
                    "message": "Daily Limit Exceeded",
                }
            ],
            "code": 403,
            "message": "Daily Limit Exceeded",
        }
    },
)


class World:
    """A client, the service it talks to, and a clock that only sleeping moves."""

    def __init__(self, service: Service, **options: Any) -> None:
        self.service = service
        self.clock = Clock()
        self.steps: list[str] = []
        auth, account = credentials(GoogleKey(text=json.dumps(key_info(f"{service.url}/token"))))
        settings = {
            "endpoint": service.url,
            "account": account,
            "document": "Agency",
            "sleep": self.clock.sleep,
            "monotonic": self.clock.monotonic,
            "draw": lambda: 0.5,
            "step": self.steps.append,
        }
        self.client = SheetsClient(auth, **{**settings, **options})

    def get(self) -> Any:
        """One read."""
        return self.client.request("get", BOOK).json()

    def post(self, applied: Callable[[], Any] = lambda: None) -> Any:
        """One write."""
        return self.client.send(UPDATE, body={"requests": []}, applied=applied)


Worlds = Callable[..., World]


@pytest.fixture
def world() -> Iterator[Worlds]:
    """Makes a client whose service answers by a script."""
    with ExitStack() as stack:

        def make(*script: Reply, **options: Any) -> World:
            made = World(stack.enter_context(serving(*script)), **options)
            stack.callback(made.client.session.close)
            return made

        yield make


def test_a_request_says_who_asks_and_signs_in_for_spreadsheets_alone(world: Worlds) -> None:
    """Every request names certsync and takes gzip; the token is asked for with one scope."""
    w = world(OK)
    assert w.get() == {"spreadsheetId": "ID"}
    [seen], [token] = w.service.seen, w.service.signed_in
    assert (seen.method, seen.path) == ("GET", "/v4/spreadsheets/ID")
    assert seen.headers["User-Agent"] == f"certsync/{__version__} (gzip)"
    assert seen.headers["Accept-Encoding"] == "gzip"
    assert {k.lower(): v for k, v in seen.headers.items()}["authorization"] == "Bearer token-1"
    assert b"assertion=" in token.body
    assert (w.client.requests, w.client.reads, w.client.writes) == (1, 1, 0)


def test_gspread_itself_runs_on_it(world: Worlds) -> None:
    """Gspread's own methods go through the same funnel."""
    w = world(Reply(body={"properties": {"title": "Agency"}, "sheets": []}))
    client = gspread.Client(auth=None, http_client=lambda *_: w.client)  # type: ignore[arg-type]
    assert client.open_by_key("ID").title == "Agency"


PASSING = {
    "408": refusal(408, "Request timeout", "UNKNOWN"),
    "429": QUOTA,
    "403 rate": RATE_403,
    "409 aborted": refusal(409, "The operation was aborted.", "ABORTED"),
    "499": refusal(499, "The operation was cancelled.", "CANCELLED"),
    "500": refusal(500, "Internal error encountered.", "INTERNAL"),
    "502 page": Reply(502, PAGE, HTML),
    "503": UNAVAILABLE,
    "504": refusal(504, "Deadline exceeded", "DEADLINE_EXCEEDED"),
    "404 page": Reply(404, PAGE, HTML),
    "200 page": Reply(200, PAGE, HTML),
    "200 page called JSON": Reply(200, PAGE),
    "200 broken JSON": Reply(200, b'{"spreadsheetId": "I'),
    "redirect": Reply(302, b"", {"Location": "http://127.0.0.1:9/login"}),
    "cut before the answer": Reply(cut=-1),
    "cut in the body": Reply(body={"spreadsheetId": "ID"}, cut=5),
    "cut in a chunk": Reply(body={"spreadsheetId": "ID"}, cut=5, chunked=True),
}


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING.keys())
def test_a_read_that_failed_for_the_moment_is_made_again(world: Worlds, reply: Reply) -> None:
    """Twice out of order, then well: the answer comes, and somebody watching is told."""
    w = world(reply, reply, OK)
    assert w.get() == {"spreadsheetId": "ID"}
    assert len(w.service.seen) == w.client.requests == 3
    assert len(w.clock.slept) == len(w.steps) == 2
    assert "trying again in" in w.steps[0]


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING.keys())
def test_what_never_passes_ends_after_eight_attempts_in_five_minutes(
    world: Worlds, reply: Reply
) -> None:
    """Also with the longest waits, which double up to a minute, a call ends by the clock."""
    w = world(reply, draw=lambda: 0.999)
    with pytest.raises(GaveUp):
        w.get()
    assert len(w.service.seen) == 8
    assert w.clock.now - 1000 <= 300
    assert [round(s) for s in w.clock.slept] == [1, 2, 4, 8, 16, 32, 64]


FINAL = {
    "400 in another form": Reply(400, {"error": "invalid_grant"}),
    "400": refusal(400, "Unable to parse range: Gone!A1", "INVALID_ARGUMENT"),
    "403": FORBIDDEN,
    "403 daily": DAILY_403,
    "404": refusal(404, "Requested entity was not found.", "NOT_FOUND"),
    "409": refusal(409, "Already exists", "ALREADY_EXISTS"),
    "429 daily": refusal(
        429, "Quota exceeded for limit 'Read requests per day'", "RESOURCE_EXHAUSTED"
    ),
    "501": refusal(501, "Not implemented", "UNIMPLEMENTED"),
}


@pytest.mark.parametrize("reply", FINAL.values(), ids=FINAL.keys())
def test_a_refusal_is_not_asked_twice(world: Worlds, reply: Reply) -> None:
    """What another attempt cannot change comes back at once, as gspread's own error."""
    w = world(reply)
    with pytest.raises(APIError):
        w.get()
    assert (len(w.service.seen), w.clock.slept) == (1, [])


def test_giving_up_says_how_often_and_how_long(world: Worlds) -> None:
    """The sentence names the answer, the attempts and the time."""
    w = world(UNAVAILABLE, draw=lambda: 0.999)
    with pytest.raises(WorkbookBusy) as caught, w.client.telling(writing=False):
        w.get()
    assert "Agency: Google Sheets answered 503 eight times in 2 minutes" in str(caught.value)


def test_retry_after_is_waited_for(world: Worlds) -> None:
    """Seconds are taken as they are, a date is compared with the clock of the answer."""
    dated = {
        "Date": "Tue, 24 Nov 2026 10:00:00 GMT",
        "Retry-After": "Tue, 24 Nov 2026 10:00:40 GMT",
    }
    w = world(
        Reply(429, QUOTA.body, {"Retry-After": "17"}), Reply(503, UNAVAILABLE.body, dated), OK
    )
    w.get()
    assert w.clock.slept == [17, 40]


def test_a_retry_after_beyond_patience_ends_at_once(world: Worlds) -> None:
    """Asked to stay away for an hour, the run neither waits nor knocks again."""
    w = world(Reply(503, UNAVAILABLE.body, {"Retry-After": "3600"}))
    with pytest.raises(GaveUp, match="asks to be left alone for 60 minutes"):
        w.get()
    assert (len(w.service.seen), w.clock.slept) == (1, [])


def test_waits_for_a_quota_last_a_minute_however_the_draw_falls() -> None:
    """A quota of requests per minute is free again before the eighth attempt."""
    quota, other = Failure("", quota="Read requests per minute"), Failure("")
    assert sum(wait(quota, attempt, 0.0) for attempt in range(1, 8)) > 60
    assert sum(wait(other, attempt, 0.0) for attempt in range(1, 8)) == 0


def test_patience_counts_the_time_of_the_attempts_too(world: Worlds) -> None:
    """Attempts of a minute each end within five, the last one cut to what is left."""
    timeouts = []
    clock = Clock()

    class Slow(requests.Session):
        def request(self, *_: Any, **options: Any) -> Any:
            timeouts.append(options["timeout"])
            clock.now += options["timeout"][1]
            raise requests.ReadTimeout("slow")

    w = world(session=Slow(), sleep=clock.sleep, monotonic=clock.monotonic)
    with pytest.raises(GaveUp, match="did not answer in time"):
        w.get()
    assert clock.now - 1000 <= 300
    assert timeouts[0] == (10, 60)
    assert timeouts[-1][1] < 60
    assert len(timeouts) < 8


def test_a_slow_sign_in_comes_out_of_the_same_time(
    world: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that takes half a minute each time, and never comes, ends with the call's time."""
    w = world(OK, draw=lambda: 0.999)
    timeouts = []

    def slow(*_: Any, **options: Any) -> Any:
        timeouts.append(options["timeout"])
        w.clock.now += 10 + options["timeout"][1]
        raise requests.ReadTimeout("slow")

    monkeypatch.setattr(w.client._sign_in.session, "request", slow)
    with pytest.raises(GaveUp, match="Google's sign-in did not answer in time"):
        w.get()
    assert timeouts[0] == (10, 30)
    assert w.clock.now - 1000 <= 310
    assert w.client.requests == 0


def test_a_write_may_take_longer_than_a_read(world: Worlds) -> None:
    """No request is without a limit; a large change has three minutes."""
    timeouts = []

    class Noting(requests.Session):
        def request(self, *args: Any, **options: Any) -> Any:
            timeouts.append(options["timeout"])
            return super().request(*args, **options)

    w = world(OK, session=Noting())
    w.get()
    w.post()
    assert timeouts == [(10, 60), (10, 180)]


def test_a_body_that_drips_in_ends_with_the_time() -> None:
    """The timeout of a socket begins anew with each byte; the whole body has one of its own."""
    left = iter([20.0, 10.0, 0.0])

    class Dripping:
        def read1(self, *_: Any, **__: Any) -> bytes:
            return b"."

        def close(self) -> None:
            pass

        release_conn = close

    response = requests.Response()
    response.raw = Dripping()
    with pytest.raises(requests.ReadTimeout):
        bounded(lambda: next(left))(response)


def test_a_zipped_answer_in_chunks_is_read_whole(world: Worlds) -> None:
    """Google sends both at once."""
    body = gzip.compress(json.dumps({"values": ["x" * 5000]}).encode())
    w = world(Reply(body=body, headers={"Content-Encoding": "gzip"}, chunked=True))
    assert w.get() == {"values": ["x" * 5000]}


def test_nobody_listening_is_told_as_such(world: Worlds) -> None:
    """A refused connection is tried again, since a router may be starting."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    w = world(endpoint=f"http://127.0.0.1:{port}")
    with pytest.raises(GaveUp, match="no connection to Google Sheets could be made eight times"):
        w.get()


# Writing


def test_a_write_that_arrived_is_not_sent_again(world: Worlds) -> None:
    """The answer is lost, the look finds the change: what it found stands for the answer."""
    for lost in (Reply(cut=-1), UNAVAILABLE, Reply(502, PAGE, HTML), Reply(200, b'{"repl')):
        w = world(lost, OK)
        assert w.post(lambda: {"found": True}) == {"found": True}
        assert (len(w.service.seen), w.client.writes) == (1, 1)
        assert len(w.clock.slept) == 1


def test_a_write_that_did_not_arrive_is_sent_again(world: Worlds) -> None:
    """The look comes before each repetition, and reads through the same client."""
    w = world(UNAVAILABLE, Reply(body={"there": False}), OK)
    looks = []

    def applied() -> Any:
        looks.append(w.get())

    assert w.post(applied) == {"spreadsheetId": "ID"}
    assert looks == [{"there": False}]
    assert [seen.method for seen in w.service.seen] == ["POST", "GET", "POST"]
    assert (w.client.requests, w.client.reads, w.client.writes) == (3, 1, 2)


@pytest.mark.parametrize("reply", [QUOTA, RATE_403, Reply(302)], ids=["429", "403", "302"])
def test_a_write_that_certainly_did_not_arrive_needs_no_look(world: Worlds, reply: Reply) -> None:
    """A request turned away for its number was not carried out."""

    def applied() -> Any:
        raise AssertionError("nobody has to look")

    w = world(reply, OK)
    assert w.post(applied) == {"spreadsheetId": "ID"}


def test_a_write_is_looked_for_once_more_before_it_is_given_up(world: Worlds) -> None:
    """Eight failures, and the eighth arrived after all."""
    looks = iter([None] * 7 + [{"found": 8}])
    w = world(UNAVAILABLE)
    assert w.post(lambda: next(looks)) == {"found": 8}
    assert len(w.service.seen) == 8


def test_a_write_given_up_that_was_not_found_did_not_arrive(world: Worlds) -> None:
    """The last look says that nothing was written, and so does the sentence."""
    w = world(UNAVAILABLE)
    with (
        pytest.raises(WorkbookBusy, match="Nothing was written") as caught,
        w.client.telling(writing=True),
    ):
        w.post()
    assert not isinstance(caught.value, WriteUncertain)


def test_a_write_nobody_can_look_for_is_uncertain(world: Worlds) -> None:
    """Where Google does not even let certsync look, the sentence does not claim to know."""
    w = world(UNAVAILABLE)
    with (
        pytest.raises(WriteUncertain, match="not known whether the change arrived") as caught,
        w.client.telling(writing=True),
    ):
        w.post(w.get)
    assert "Nothing was written" not in str(caught.value)
    assert w.clock.now - 1000 <= 300


def test_a_late_write_explains_a_refusal_of_its_repetition(world: Worlds) -> None:
    """The first one comes late, the second is refused as there twice; the look finds it."""
    looks = iter([None, {"found": True}])
    w = world(UNAVAILABLE, refusal(400, 'A sheet with the name "Dashboard" already exists', "X"))
    assert w.post(lambda: next(looks)) == {"found": True}


def test_gspreads_own_writes_are_never_repeated_blindly(world: Worlds) -> None:
    """A write through gspread that may have arrived ends at once; one turned away is repeated."""
    w = world(UNAVAILABLE)
    with pytest.raises(GaveUp) as caught:
        w.client.request("put", f"{BOOK}/values/A1", json={})
    assert (caught.value.uncertain, len(w.service.seen)) == (True, 1)
    w = world(QUOTA, OK)
    assert w.client.request("put", f"{BOOK}/values/A1", json={}).ok


def test_questions_too_long_for_an_address_count_as_reads(world: Worlds) -> None:
    """A read by data filter is a POST, and repeated like any read."""
    w = world(UNAVAILABLE, OK)
    w.client.request("post", f"{BOOK}/values:batchGetByDataFilter", json={})
    assert (w.client.reads, w.client.writes) == (2, 0)


def test_a_later_write_of_a_plan_does_not_say_that_nothing_was_written(world: Worlds) -> None:
    """Where an earlier request of the same plan arrived, a part is written."""
    w = world(FORBIDDEN)
    with (
        pytest.raises(PartlyWritten, match="A part was written"),
        w.client.telling(writing=True, partly=True),
    ):
        w.post()


# Signing in


def test_an_expired_token_is_renewed_once(world: Worlds) -> None:
    """A 401 fetches one new token; a second 401 is the answer."""
    expired = refusal(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
    w = world(expired, OK)
    assert w.get() == {"spreadsheetId": "ID"}
    assert (len(w.service.signed_in), w.clock.slept) == (2, [])
    w = world(expired)
    with (
        pytest.raises(WorkbookRefused, match="does not accept the sign-in"),
        w.client.telling(writing=False),
    ):
        w.get()
    assert len(w.service.seen) == len(w.service.signed_in) == 2


def test_a_sign_in_out_of_order_is_tried_again_by_the_same_policy(world: Worlds) -> None:
    """Pages and cuts of the token endpoint: eight requests for a token, none beside the policy."""
    for token in (Reply(502, PAGE, HTML), Reply(503, b""), Reply(cut=-1), Reply(200, PAGE, HTML)):
        w = world(OK)
        w.service.token = token
        with pytest.raises(GaveUp, match="Google's sign-in"):
            w.get()
        assert (len(w.service.signed_in), w.client.requests) == (8, 0)
        assert len(w.clock.slept) == 7


def test_a_write_without_a_token_was_not_written(world: Worlds) -> None:
    """A sign-in that is cut leaves nothing to look for."""
    w = world(OK)
    w.service.token = Reply(cut=-1)

    def applied() -> Any:
        raise AssertionError("nobody has to look")

    with pytest.raises(GaveUp) as caught:
        w.post(applied)
    assert not caught.value.uncertain


def test_a_refused_sign_in_is_final_and_shows_no_token(world: Worlds) -> None:
    """invalid_grant is asked once; an answer without a token is not quoted."""
    w = world(OK)
    w.service.token = Reply(
        400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    )
    with pytest.raises(SignInRefused, match="Invalid JWT Signature"):
        w.get()
    assert len(w.service.signed_in) == 1
    w.service.token = Reply(body={"id_token": "s3cret"})
    with pytest.raises(SignInRefused) as caught:
        w.get()
    assert "s3cret" not in str(caught.value)


def test_a_clock_that_is_wrong_is_told_by_how_much(world: Worlds) -> None:
    """What this computer signed is compared with the date of Google's answer."""
    w = world(OK)
    said = (
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe. Check your iat and exp values in the JWT claim."
    )
    body = {"error": "invalid_grant", "error_description": said}
    w.service.token = Reply(400, body, {"Date": "Tue, 01 Jan 2019 10:00:00 GMT"})
    with (
        pytest.raises(WorkbookRefused, match=r"clock is wrong \(\d+ days ahead\)"),
        w.client.telling(writing=False),
    ):
        w.get()


# Where it goes


def test_no_proxy_and_no_netrc_comes_between(
    world: Worlds, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A proxy is not asked for this computer, and a .netrc does not replace the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    w = world(OK)
    w.get()
    # As with Google itself, where the environment counts.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    w.client.session.trust_env = True
    w.get()
    for seen in w.service.seen:
        headers = {k.lower(): v for k, v in seen.headers.items()}
        assert headers["authorization"] == "Bearer token-1"
    assert len(w.service.seen) == 2


def test_a_redirect_is_not_followed(world: Worlds) -> None:
    """The token goes nowhere else, whatever an answer says."""
    with serving(OK) as elsewhere:
        w = world(Reply(307, b"", {"Location": f"{elsewhere.url}/v4/spreadsheets/ID"}))
        with pytest.raises(GaveUp):
            w.get()
        assert elsewhere.seen == []


@pytest.mark.parametrize(
    "url", ["https://example.com/v4", "https://sheets.googleapis.com.example.com/v4", "http://x"]
)
def test_no_other_address_is_called(world: Worlds, url: str) -> None:
    """Only Google's two addresses are known."""
    w = world(OK)
    with pytest.raises(ValueError, match="no other address"):
        w.client.request("get", url)
    assert w.service.signed_in == w.service.seen == []


def test_without_an_endpoint_it_goes_to_google() -> None:
    """The address is Google's, and the environment's proxy is used."""
    client = open_client(GoogleKey(text=json.dumps(key_info())), document="Agency")
    assert client._target(BOOK) == BOOK
    assert client.session.trust_env
    assert (client.account, client.document) == (BOT, "Agency")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", None),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.3.2.1:8080/", "http://127.3.2.1:8080"),
        ("https://localhost:1", "https://localhost:1"),
        ("http://[::1]:99", "http://[::1]:99"),
    ],
)
def test_an_endpoint_on_this_computer_is_taken(url: str, expected: str | None) -> None:
    """A variable that is empty is one that is not set."""
    assert endpoint_from({"CERTSYNC_SHEETS_URL": url}) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "http://127.0.0.1.evil.com:80",
        "http://127.0.0.1@evil.com:80",
        "http://evil.com@127.0.0.1:80",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?x=1",
        "http://127.0.0.1:80#x",
        "http://127.1:80",
        "http://0.0.0.0:80",
        "http://2130706433:80",
        "http://127.0.0.1:99999",
        "http://127.0.0.1\\@evil.com:80",
        "ftp://127.0.0.1:80",
        "//127.0.0.1:80",
        "http://[::1",
        "sheets.googleapis.com",
    ],
)
def test_an_endpoint_elsewhere_is_refused(url: str) -> None:
    """A token shown to another computer is a token lost."""
    with pytest.raises(ConfigError, match="CERTSYNC_SHEETS_URL: this is no address"):
        endpoint_from({"CERTSYNC_SHEETS_URL": url})


def test_patience_can_be_shorter(world: Worlds) -> None:
    """Two attempts are two attempts."""
    w = world(UNAVAILABLE, patience=Patience(attempts=2, seconds=20))
    with pytest.raises(GaveUp, match="503 twice in"):
        w.get()
    assert len(w.service.seen) == 2
