"""The pings of a run, against servers on loopback that answer well, badly or never."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.errors import AlreadyRunning, ConfigError, LedgerError, Refused, WorkbookRefused
from certsync.heartbeat import MAX_BODY, address, beating, unusable
from certsync.result import SyncResult
from certsync.settings import Heartbeat
from certsync.sheets.findings import Coverage
from tests.alerts.servers import make_certificate
from tests.watchdog import (
    Answer,
    Watchdog,
    after,
    babbles,
    drips,
    drops,
    goes_on,
    hangs,
    says,
    watching,
)

TODAY = date(2026, 3, 16)
TIMEOUT = 0.6
SLACK = 2.0
DONE = SyncResult(
    mode="run",
    as_of=TODAY,
    workbook="agency.xlsx",
    coverage={"certifications": Coverage(123, 118)},
    findings=(),
    tables={},
    facts=compute({}, Policy(), TODAY)[0],
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of this computer stands between the tests and loopback."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def one_run(url: str, result: SyncResult = DONE, *, timeout: float = 5.0) -> SyncResult:
    """A run that takes no time at all."""
    with beating(Heartbeat(url, timeout)) as beat:
        beat.start()
        return beat.end(result)


def failing_run(url: str, error: BaseException) -> None:
    """A run that this error ends."""
    with beating(Heartbeat(url)) as beat:
        beat.start()
        raise error


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The block may not take longer."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_run_that_kept_its_promises_is_a_start_and_a_success() -> None:
    """The start has the suffix, the success none; the success says in numbers how it went."""
    with watching() as dog:
        result = one_run(dog.url)
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid"]
    assert dog.heard[0].body == ""
    assert dog.heard[1].body == (
        "certsync run: ok\n"
        "Rows judged: 118 of 123\n"
        "Cells to put right: 0\n"
        "Cells written: 0\n"
        "Alerts sent: 0, not delivered: 0\n"
    )
    assert result == DONE


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"skipped": "agency.xlsx: Maria has it open."}, 3, "The workbook could not be written."),
        ({"refused": ("The tab is empty.",)}, 7, "The tab is empty."),
    ],
)
def test_less_than_everything_is_its_exit_code(
    change: dict[str, Any], code: int, said: str
) -> None:
    """A run in part or refused is no success; who has the workbook open is nobody's business."""
    with watching() as dog:
        one_run(dog.url, replace(DONE, **change))
    assert dog.targets[1:] == [f"/secret-uuid/{code}"]
    assert said in dog.heard[1].body.splitlines()
    assert "Maria" not in dog.heard[1].body


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (WorkbookRefused("a.xlsx", "it is cut off", "Copy it anew."), 1, "it is cut off"),
        (LedgerError("The disk is full."), 1, "The disk is full."),
        (ConfigError("config.yaml", []), 2, ""),
        (Refused("Too many."), 7, "Too many."),
        (PermissionError(13, "Permission denied", "/home/maria/a"), 1, "Permission denied."),
        (KeyError("Maria Lopez"), 1, "unforeseen went wrong: KeyError."),
        (KeyboardInterrupt(), 130, "The run was interrupted."),
    ],
)
def test_an_error_is_its_exit_code_and_its_sentence(
    error: BaseException, code: int, sentence: str
) -> None:
    """The error goes on as it came; of an unforeseen one no text leaves the house."""
    with watching() as dog:
        with pytest.raises(type(error)) as raised:
            failing_run(dog.url, error)
        assert raised.value is error
    assert dog.targets == ["/secret-uuid/start", f"/secret-uuid/{code}"]
    assert sentence in dog.heard[1].body
    assert "maria" not in dog.heard[1].body.lower()


def test_while_another_run_is_at_work_nothing_is_sent() -> None:
    """The run that holds the lock sends its own pings."""
    with (
        watching() as dog,
        pytest.raises(AlreadyRunning),
        beating(Heartbeat(dog.url)),
    ):
        raise AlreadyRunning(Path("ledger.sqlite"))
    assert dog.connections == 0


def test_without_a_heartbeat_nothing_is_sent() -> None:
    """The run and its result are what they are."""
    before = threading.active_count()
    with beating(None) as beat:
        beat.start()
        assert beat.end(DONE) is DONE
    assert threading.active_count() == before


def test_the_body_is_short() -> None:
    """However long a sentence is, less than 10 KB go out."""
    with watching() as dog, pytest.raises(LedgerError), beating(Heartbeat(dog.url)):
        raise LedgerError("ü" * 100_000)
    assert MAX_BODY - 2 < len(dog.heard[0].body.encode()) <= MAX_BODY < 10_000


@pytest.mark.parametrize(
    ("url", "suffix", "made"),
    [
        ("https://hc-ping.com/uuid", "", "https://hc-ping.com/uuid"),
        ("https://hc-ping.com/uuid", "start", "https://hc-ping.com/uuid/start"),
        ("https://hc-ping.com/uuid/", "start", "https://hc-ping.com/uuid/start"),
        ("https://a.example:8443/p?x=1&y=2", "3", "https://a.example:8443/p/3?x=1&y=2"),
        ("https://a.example?x=1", "start", "https://a.example/start?x=1"),
        ("https://a.example/ü b", "1", "https://a.example/%C3%BC%20b/1"),
        ("https://a.example/%C3%BC#top", "", "https://a.example/%C3%BC"),
    ],
)
def test_the_suffix_goes_into_the_path(url: str, suffix: str, made: str) -> None:
    """Whatever stands behind a question mark stays where it is."""
    assert address(url, suffix) == made


def test_a_query_arrives_as_it_was() -> None:
    """A server that tells checks apart by their query hears it with each ping."""
    with watching() as dog:
        one_run(f"{dog.url}?x=1")
    assert dog.targets == ["/secret-uuid/start?x=1", "/secret-uuid?x=1"]


BAD: dict[str, tuple[Answer, str]] = {
    "hanging": (hangs, "did not answer: http://127.0.0.1 gave no answer in time."),
    "dripping": (drips, "did not answer: http://127.0.0.1 gave no answer in time."),
    "going on": (goes_on, "did not answer: http://127.0.0.1 gave no answer in time."),
    "babbling": (babbles, "did not answer: http://127.0.0.1 sent what is no answer."),
    "dropping": (drops, "did not answer: http://127.0.0.1 broke off the connection."),
    "late": (after(3, says(200)), "did not answer: http://127.0.0.1 gave no answer in time."),
    "404": (says(404), "was not taken: http://127.0.0.1 answered 404 Not Found."),
    "500": (says(500), "was not taken: http://127.0.0.1 answered 500 Internal Server Error."),
    "redirect": (
        says(302, location="/"),
        "was not taken: http://127.0.0.1 answered 302 Found, a redirect, and no ping follows it. "
        "Write the address itself after `heartbeat:`.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_no_answer_holds_a_run_up(name: str) -> None:
    """Whatever the server does, both pings cost a run no more than the time-out, and one note."""
    answer, says_so = BAD[name]
    timeout = TIMEOUT if says_so.endswith("in time.") else 5.0
    with watching(answer) as dog, within(timeout + SLACK):
        result = one_run(dog.url, timeout=timeout)
    assert result.notes == (f"The heartbeat {says_so}",)
    assert result.exit_code == 0


def test_a_server_that_never_reads_holds_nothing_up() -> None:
    """It accepts the connection and that is all."""
    with watching(hangs, reads=False) as dog, within(TIMEOUT + SLACK):
        (note,) = one_run(dog.url, timeout=TIMEOUT).notes
    assert note.endswith("gave no answer in time.")


def test_nobody_listens() -> None:
    """A refused connection is said at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with within(5 + SLACK):
        (note,) = one_run(f"http://127.0.0.1:{port}/secret-uuid").notes
    assert note == "The heartbeat did not answer: http://127.0.0.1 refused the connection."


def test_a_certificate_nobody_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A self-signed certificate hears nothing; the same one, trusted, hears everything."""
    made = make_certificate(tmp_path)
    with watching(tls=made.server()) as dog, within(5 + SLACK):
        (note,) = one_run(dog.url).notes
    assert note == (
        "The heartbeat did not answer: https://127.0.0.1 showed a certificate that is not trusted."
    )
    assert dog.heard == []
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with watching(tls=made.server()) as dog:
        assert one_run(dog.url).notes == ()
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid"]


def test_plain_text_where_tls_is_expected() -> None:
    """A server without TLS behind an https address is a sentence."""
    with watching(babbles, reads=False) as dog, within(5 + SLACK):
        (note,) = one_run(dog.url.replace("http:", "https:")).notes
    assert note.startswith("The heartbeat did not answer: https://127.0.0.1 could not agree")


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said in words, with the host and nothing else of the address."""

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with within(5 + SLACK):
        (note,) = one_run("https://hc.example/secret-uuid").notes
    assert note == "The heartbeat did not answer: https://hc.example was not found."


def test_a_start_that_comes_too_late_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is found only after the run has ended: the success stays the last word."""
    lookup, first = socket.getaddrinfo, threading.Lock()

    def slow(*arguments: Any, **named: Any) -> Any:
        if first.acquire(blocking=False):
            time.sleep(TIMEOUT)
        return lookup(*arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with watching() as dog:
        with within(TIMEOUT + SLACK):
            result = one_run(dog.url, timeout=TIMEOUT)
        time.sleep(TIMEOUT)
    assert dog.connections == 2
    assert dog.targets == ["/secret-uuid"]
    assert result.notes == (
        "The heartbeat did not answer at the start of the run: "
        "http://127.0.0.1 gave no answer in time.",
    )


def test_a_start_under_way_is_waited_for() -> None:
    """The success goes out when the start was answered, not beside it."""
    times: list[tuple[str, float]] = []

    def slowly(dog: Watchdog, line: socket.socket) -> None:
        time.sleep(0.3)
        says(200)(dog, line)
        times.append((dog.targets[-1], time.monotonic()))

    with watching(slowly) as dog:
        assert one_run(dog.url).notes == ()
    assert [target for target, _ in times] == ["/secret-uuid/start", "/secret-uuid"]
    assert times[1][1] - times[0][1] >= 0.3


def test_the_start_is_not_waited_for_while_the_run_is_at_work() -> None:
    """With a server that hangs, the work begins at once."""
    with watching(hangs) as dog, beating(Heartbeat(dog.url, TIMEOUT)) as beat:
        with within(0.5):
            beat.start()
        beat.end(DONE)


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_passing_no_is_tried_once_more(code: int) -> None:
    """The second answer counts; nothing is tried a third time."""
    with watching(says(200, code, 200)) as dog:
        assert one_run(dog.url).notes == ()
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid", "/secret-uuid"]
    with watching(says(200, code)) as dog:
        assert len(one_run(dog.url).notes) == 1
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid", "/secret-uuid"]


def test_a_lasting_no_is_not_tried_again() -> None:
    """A 404 is the same a moment later."""
    with watching(says(404)) as dog:
        one_run(dog.url)
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid"]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(code: int) -> None:
    """What arrived elsewhere would say nothing of the run, so the ping counts as not taken."""
    with watching() as there, watching(says(code, location=there.url)) as dog:
        (note,) = one_run(dog.url).notes
    assert note.startswith(f"The heartbeat was not taken: http://127.0.0.1 answered {code} ")
    assert note.endswith("no ping follows it. Write the address itself after `heartbeat:`.")
    assert there.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "hc-ping.com/uuid",
        "ftp://hc-ping.com/uuid",
        "https:///uuid",
        "https://[::1/uuid",
        "https://a.example:0/uuid",
        "https://a.example:99999/uuid",
        "https://a b.example/uuid",
        "https://user:word@a.example/uuid",
        "",
    ],
)
def test_what_is_no_address_is_said_and_holds_nothing_up(url: str) -> None:
    """The form is told by the doctor, and by a run that meets it; no part of it is shown."""
    problem = unusable(url)
    assert "`heartbeat:`" in problem
    with within(SLACK):
        result = one_run(url)
    assert result.notes == (f"The heartbeat was not sent: {problem}",)
    assert "word" not in problem


@pytest.mark.parametrize(
    "url",
    [
        "https://hc-ping.com/uuid",
        "http://127.0.0.1:8000/ping/uuid",
        "https://[::1]:8000/uuid",
        "https://hc.example/uuid?x=1",
    ],
)
def test_an_address_that_looks_right(url: str) -> None:
    """Nothing is said of it."""
    assert unusable(url) == ""


@pytest.mark.parametrize("name", BAD)
def test_no_note_shows_the_address(name: str) -> None:
    """Whoever knows it could ping in our place: only scheme and host are told."""
    with watching(BAD[name][0]) as dog:
        (note,) = one_run(f"{dog.url}?key=hidden", timeout=0.4).notes
    assert "secret" not in note
    assert "hidden" not in note
    assert str(dog.port) not in note
