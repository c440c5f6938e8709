"""Runs that somebody watches over: the coordinator by mail, and a heartbeat address."""

from __future__ import annotations

import email
import email.policy
import gc
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from certsync import backends, engine, wiring
from certsync.alerts import pipeline
from certsync.alerts.ledger import Ledger
from certsync.config import load
from certsync.errors import AlreadyRunning, LedgerError, WorkbookRefused
from certsync.service import Service
from certsync.settings import Heartbeat, Settings
from tests.system.program import ROOT, certsync
from tests.watchdog import Watchdog, hangs, watching

CONFIG = "workbook: agency.xlsx\nas_of: 2026-03-16\npeople:\n  coordinator: Ruth <ruth@a.example>\n"
RUTH = "ruth@a.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sample as `agency.xlsx` and a config that writes in place."""
    shutil.copy(ROOT / "sample_workbook.xlsx", tmp_path / "agency.xlsx")
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy before loopback; a run in this process leaves the garbage to be collected again."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield
    gc.enable()


def damage(folder: Path) -> None:
    """Cut the workbook off."""
    book = folder / "agency.xlsx"
    book.write_bytes(book.read_bytes()[:-2000])


def mails(folder: Path, subject: str = "certsync") -> list[EmailMessage]:
    """The mails whose subject begins like this."""
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((folder / "outbox").glob("*.eml"))
    ]
    return [mail for mail in found if mail["Subject"].startswith(subject)]


def text(mail: EmailMessage) -> str:
    """What a mail says, on one line."""
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def back(folder: Path, **by: float) -> None:
    """Let every run so far have been so much earlier."""
    with closing(sqlite3.connect(folder / ".certsync" / "ledger.sqlite")) as ledger, ledger:
        for number, *times in ledger.execute("SELECT id, started, ended FROM runs").fetchall():
            moved = [
                at and (datetime.fromisoformat(at) - timedelta(**by)).isoformat() for at in times
            ]
            ledger.execute("UPDATE runs SET started=?, ended=? WHERE id=?", (*moved, number))


# The coordinator


def test_a_failing_run_tells_the_coordinator_once_a_day(folder: Path) -> None:
    """Two runs on a workbook that is cut off: each ends as before, and one mail says why."""
    damage(folder)
    for _ in range(2):
        ran = certsync("run", cwd=folder)
        assert ran.code == 1
        assert ran.err.startswith("error: ")
        assert "agency.xlsx" in ran.err
    (mail,) = mails(folder)
    assert mail["To"] == "Ruth <ruth@a.example>"
    assert mail["Subject"] == "certsync failed: agency.xlsx could not be read or written"
    assert ran.err.removeprefix("error: ").split(".")[0] in text(mail)


def test_the_next_day_has_a_mail_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it fails, the coordinator hears of it each day."""
    damage(folder)
    settings = load(folder / "config.yaml")
    for at in (datetime(2026, 3, 16, 7, 30), datetime(2026, 3, 16, 9), datetime(2026, 3, 17, 7)):
        monkeypatch.setattr(backends, "local_now", lambda _, at=at: at)
        with pytest.raises(WorkbookRefused):
            wiring.run(settings)
    assert len(mails(folder)) == 2


def test_a_failed_dry_run_tells_nobody(folder: Path) -> None:
    """It only looks."""
    damage(folder)
    assert certsync("run", "--dry-run", cwd=folder).code == 1
    assert not (folder / "outbox").exists()


def test_nothing_else_is_settled_by_the_telling(folder: Path) -> None:
    """What was sent before the failure stays sent: the next good run repeats nothing."""
    assert certsync("run", cwd=folder).code == 0
    whole = (folder / "agency.xlsx").read_bytes()
    before = len(mails(folder, ""))
    damage(folder)
    assert certsync("run", cwd=folder).code == 1
    (folder / "agency.xlsx").write_bytes(whole)
    ran = certsync("run", "--json", cwd=folder)
    assert ran.json["outcome"] == "ok"
    assert [alert for alert in ran.json["alerts"] if alert["state"] == "sent"] == []
    assert len(mails(folder, "")) == before + 1


def unforeseen(*_: object, **__: object) -> Any:
    """A fault of the program's."""
    raise ValueError("what is this")


def test_a_fault_of_the_program_is_told_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody foresaw reaches the coordinator, and the caller as it was."""
    monkeypatch.setattr(engine, "sync", unforeseen)
    with pytest.raises(ValueError, match="what is this"):
        wiring.run(load(folder / "config.yaml"))
    (mail,) = mails(folder)
    assert mail["Subject"] == "certsync failed: agency.xlsx is not done"
    assert "ValueError: what is this" in text(mail)


def test_a_failure_of_the_telling_hides_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the mail cannot even be planned the first error is what the caller sees."""

    def full(*_: object, **__: object) -> Any:
        raise LedgerError("The disk is full.")

    monkeypatch.setattr(pipeline, "deliver", full)
    damage(folder)
    with pytest.raises(WorkbookRefused):
        wiring.run(load(folder / "config.yaml"))


@pytest.mark.parametrize(("hours", "told"), [(25, 0), (27, 1)])
def test_a_gap_of_more_than_26_hours_is_told_once(folder: Path, hours: int, told: int) -> None:
    """A day and an hour is nothing; a day and three hours is one mail, however often it runs."""
    assert certsync("run", cwd=folder).code == 0
    back(folder, hours=hours)
    for _ in range(2):
        ran = certsync("run", "--json", cwd=folder)
        assert ran.code == 0, ran.err
    found = mails(folder, "certsync had not completed a run since")
    assert len(found) == told
    for mail in found:
        assert mail["To"] == "Ruth <ruth@a.example>"
        assert "No run was begun in between." in text(mail)


def test_a_run_that_was_killed_is_named(folder: Path) -> None:
    """The service ends a run at its deadline; the next one says that it did not come to its end."""
    assert certsync("run", cwd=folder).code == 0
    back(folder, hours=40)
    ledger = folder / ".certsync" / "ledger.sqlite"
    child = f"""
import datetime, pathlib, time
from certsync.alerts.ledger import Ledger
now = datetime.datetime.now() - datetime.timedelta(hours=2)
ledger = Ledger.open(pathlib.Path({str(ledger)!r}))
ledger.start_run(now.date(), now)
time.sleep(60)
"""
    said: list[str] = []
    Service(
        command=[sys.executable, "-c", child],
        at=time(0, 0),
        completed=lambda _: False,
        clock=lambda: datetime(2026, 3, 16, 8, 0),
        say=said.append,
        deadline=5,
    ).look()
    assert "it took longer than" in said[0]
    assert certsync("run", cwd=folder).code == 0
    (mail,) = mails(folder, "certsync had not completed a run since")
    assert "1 run did not come to its end (on " in text(mail)


# The heartbeat


def beaten(folder: Path, dog: Watchdog) -> Settings:
    """The config with this watchdog."""
    return replace(load(folder / "config.yaml"), heartbeat=Heartbeat(dog.url, 5))


def test_a_run_is_a_start_and_a_success(folder: Path) -> None:
    """Both with the numbers of the run, and nothing in the notes."""
    with watching() as dog:
        result = wiring.run(beaten(folder, dog))
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid"]
    assert dog.heard[1].body.startswith("certsync run: ok\nRows judged: 185 of 190\n")
    assert not any("heartbeat" in note for note in result.notes)


def test_a_failed_run_is_its_exit_code(folder: Path) -> None:
    """With the sentence of the error."""
    damage(folder)
    with watching() as dog, pytest.raises(WorkbookRefused) as error:
        wiring.run(beaten(folder, dog))
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid/1"]
    assert str(error.value) in dog.heard[1].body


def test_a_run_that_the_brake_stopped_is_code_7(folder: Path) -> None:
    """Refused is no success."""
    book = openpyxl.Workbook()
    book.save(folder / "agency.xlsx")
    with watching() as dog:
        assert wiring.run(beaten(folder, dog)).exit_code == 7
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid/7"]


def test_an_interrupted_run_is_code_130(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C goes on as it came."""

    def interrupted(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "sync", interrupted)
    with watching() as dog, pytest.raises(KeyboardInterrupt):
        wiring.run(beaten(folder, dog))
    assert dog.targets == ["/secret-uuid/start", "/secret-uuid/130"]
    assert not (folder / "outbox").exists()


def test_a_second_run_beside_the_first_sends_no_ping(folder: Path) -> None:
    """The first one sends them."""
    settings = load(folder / "config.yaml")
    with (
        watching() as dog,
        Ledger.open(settings.state / "ledger.sqlite"),
        pytest.raises(AlreadyRunning),
    ):
        wiring.run(beaten(folder, dog))
    assert dog.connections == 0


def test_a_ledger_that_cannot_be_opened_is_told(folder: Path) -> None:
    """Before any start there is still a failure to tell of."""
    (folder / ".certsync").write_text("in the way")
    with watching() as dog, pytest.raises(LedgerError):
        wiring.run(beaten(folder, dog))
    assert dog.targets == ["/secret-uuid/1"]


LOOKS: dict[str, Callable[[Settings], object]] = {
    "dry run": lambda settings: wiring.run(settings, dry_run=True),
    "check": wiring.check,
    "preview": wiring.preview,
    "why": lambda settings: wiring.why(settings, "AWS"),
    "rehearse": lambda settings: wiring.rehearse(settings, 3, "nobody-renews"),
    "doctor": lambda settings: list(wiring.doctor(settings)),
}


@pytest.mark.parametrize("name", LOOKS)
def test_only_a_run_sends_pings(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever only looks is no heartbeat."""
    monkeypatch.chdir(folder)
    with watching() as dog:
        LOOKS[name](beaten(folder, dog))
    assert dog.connections == 0


def test_a_server_that_hangs_changes_no_exit_code(folder: Path) -> None:
    """The run does its work, and one note says that nobody answered."""
    with watching(hangs) as dog:
        settings = replace(beaten(folder, dog), heartbeat=Heartbeat(dog.url, 0.5))
        result = wiring.run(settings)
    assert result.exit_code == 0
    assert result.written.cells > 100
    assert [note for note in result.notes if "heartbeat" in note] == [
        "The heartbeat did not answer: http://127.0.0.1 gave no answer in time."
    ]
