"""The ledger's file: damage, locks, copies and what it costs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from certsync.alerts.alert import Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.ledger import Ledger
from certsync.errors import LedgerError
from tests.alerts.letters import alert, letter
from tests.alerts.world import NOW, TODAY


def filled(path: Path) -> Path:
    """A ledger with forty alerts sent and one still open."""
    with Ledger.open(path) as ledger:
        ledger.identity("agency")
        for number in range(40):
            one = alert(f"Certification {number}")
            ledger.plan([(one, State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
            ledger.begin([letter(one)], NOW)
            ledger.settle([(letter(one), Receipt(State.SENT))], NOW)
        ledger.plan([(alert("PMP"), State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_closed_ledger_is_one_file(tmp_path: Path) -> None:
    """Nothing is left beside it, and everything is in it."""
    path = filled(tmp_path / "ledger.sqlite")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    with Ledger.open(path) as ledger:
        assert len(ledger.entries([])) == 1
        assert ledger.notices == ()


def test_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    """The ledger writes ahead and waits for the disk at every commit."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        query = ledger._db.execute
        assert query("PRAGMA journal_mode").fetchone() == ("wal",)
        assert query("PRAGMA synchronous").fetchone() == (2,)


def test_a_second_run_is_turned_away(tmp_path: Path) -> None:
    """While one process holds the ledger another one cannot open it, and says why."""
    path = filled(tmp_path / "ledger.sqlite")
    code = (
        "import sys; from pathlib import Path\n"
        "from certsync.alerts.ledger import Ledger\n"
        "from certsync.errors import AlreadyRunning\n"
        "try: Ledger.open(Path(sys.argv[1]))\n"
        "except AlreadyRunning as error: print(error); sys.exit(error.exit_code)\n"
    )
    with Ledger.open(path):
        second = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
    assert second.returncode == 4
    assert "Another certsync run" in second.stdout


def test_a_copy_changes_nothing(tmp_path: Path) -> None:
    """A dry run sees everything, writes to its copy, and leaves the folder byte for byte."""
    path = filled(tmp_path / "ledger.sqlite")
    before = contents(tmp_path)
    with Ledger.open_copy(path) as copy:
        assert len(copy.entries([])) == 1
        copy.plan([(alert("CISSP"), State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
        copy.start_run(TODAY, NOW)
        assert len(copy.entries([])) == 2
    assert contents(tmp_path) == before


def test_a_copy_sees_what_another_run_committed(tmp_path: Path) -> None:
    """What stands only in the write-ahead log is part of the copy, and the holder goes on."""
    path = tmp_path / "ledger.sqlite"
    code = (
        "import sys; from pathlib import Path\n"
        "from certsync.alerts.ledger import Ledger\n"
        "with Ledger.open_copy(Path(sys.argv[1])) as copy: print(len(copy.entries([])))\n"
    )
    with Ledger.open(path) as held:
        held.plan([(alert(), State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
        other = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
        held.plan([(alert("PMP"), State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
    assert other.stdout.strip() == "1"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: b"not a ledger at all" * 100, id="other-file"),
        pytest.param(lambda raw: raw[: len(raw) // 2], id="cut-in-half"),
        pytest.param(lambda raw: raw[:50], id="cut-in-header"),
        pytest.param(lambda raw: raw[:8192] + b"\xff" * 4096 + raw[12288:], id="page-overwritten"),
    ],
)
def test_a_damaged_ledger_is_kept_and_a_new_one_begun(tmp_path: Path, spoil: object) -> None:
    """Damage ends in a clear notice, the old file under a clear name, and an empty ledger."""
    path = filled(tmp_path / "ledger.sqlite")
    damaged = spoil(path.read_bytes())  # type: ignore[operator]
    path.write_bytes(damaged)
    with Ledger.open_copy(path) as copy:
        assert "is damaged" in copy.notices[0]
    assert path.read_bytes() == damaged
    with Ledger.open(path) as ledger:
        assert "ledger-damaged-1.sqlite" in ledger.notices[0]
        assert ledger.entries([]) == []
    assert (tmp_path / "ledger-damaged-1.sqlite").read_bytes() == damaged
    with Ledger.open(path) as again:
        assert again.notices == ()


def test_every_damaged_ledger_is_kept(tmp_path: Path) -> None:
    """A second damage does not overwrite what was set aside at the first."""
    path = tmp_path / "ledger.sqlite"
    for number in (1, 2):
        path.write_bytes(b"damage %d" % number * 100)
        Ledger.open(path).close()
    kept = [tmp_path / f"ledger-damaged-{number}.sqlite" for number in (1, 2)]
    assert [p.read_bytes()[:8] for p in kept] == [b"damage 1", b"damage 2"]


@pytest.mark.parametrize("part", range(0, 100, 7))
def test_a_ledger_cut_anywhere_never_ends_in_a_traceback(tmp_path: Path, part: int) -> None:
    """Cut at any point it opens, as it was or as a new one."""
    whole = filled(tmp_path / "whole.sqlite").read_bytes()
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(whole[: len(whole) * part // 100])
    with Ledger.open(path) as ledger:
        assert len(ledger.entries([])) <= 1


def test_an_empty_file_is_a_new_ledger(tmp_path: Path) -> None:
    """What a kill right after creating it leaves behind is no damage."""
    path = tmp_path / "ledger.sqlite"
    path.touch()
    with Ledger.open(path) as ledger:
        assert ledger.notices == ()


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """A newer file is neither read nor set aside; the sentence says what to do."""
    path = filled(tmp_path / "ledger.sqlite")
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    for opened in (Ledger.open, Ledger.open_copy):
        with pytest.raises(LedgerError, match="newer certsync"):
            opened(path)
    assert path.exists()


# What makes a ledger of today one of an earlier version.
OLDER = {
    2: """
        ALTER TABLE alerts DROP COLUMN since;
        CREATE TABLE before (
            message_id TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL,
            keys TEXT NOT NULL, day TEXT NOT NULL, attempts INTEGER NOT NULL, state TEXT NOT NULL,
            detail TEXT NOT NULL DEFAULT '', changed TEXT NOT NULL,
            PRIMARY KEY (message_id, channel)
        ) WITHOUT ROWID;
        INSERT INTO before SELECT * FROM messages;
        DROP TABLE messages;
        ALTER TABLE before RENAME TO messages;
        CREATE INDEX alerts_by_state ON alerts (state);
        PRAGMA user_version = 2;
    """,
    1: "DROP TABLE states; PRAGMA user_version = 1;",
}


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, and the version."""
    database = sqlite3.connect(path)
    try:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        found = {n: sorted(database.execute(f"SELECT * FROM {n}").fetchall()) for (n,) in tables}
        return {**found, "version": database.execute("PRAGMA user_version").fetchall()}
    finally:
        database.close()


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_ledger_becomes_one_of_today(tmp_path: Path, version: int) -> None:
    """Nothing in it is lost, it goes on as any other, and a copy of it is read without a change."""
    path = filled(tmp_path / "ledger.sqlite")
    whole = everything(path)
    database = sqlite3.connect(path)
    for older in range(2, version - 1, -1):
        database.executescript(OLDER[older])
    database.close()
    old = path.read_bytes()
    with Ledger.open_copy(path) as ledger:
        assert len(ledger.entries([])) == 1
    assert path.read_bytes() == old
    with Ledger.open(path) as ledger:
        assert ledger.notices == ()
    assert everything(path) == whole
    with Ledger.open(path) as ledger:
        ledger.begin([letter(alert("PMP"))], NOW)
        ledger.settle([(letter(alert("PMP")), Receipt(State.SENT))], NOW)
        assert ledger.entries([]) == []


def test_refusals_are_of_addresses_that_nothing_has_reached_since(tmp_path: Path) -> None:
    """Not of those that another channel took over, or to whom something was sent later."""

    def told(to: str, state: State, channel: str, hour: int, name: str = "AWS") -> None:
        one = alert(name, to, channel=channel)
        message = letter(one, to=to, channel=channel)
        ledger.plan([(one, State.PLANNED, Reason.FIRST_NOTICE)], [], NOW.replace(hour=hour))
        ledger.begin([message], NOW.replace(hour=hour))
        ledger.settle([(message, Receipt(state, f"said at {hour}"))], NOW.replace(hour=hour))

    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.refusals() == {}
        told("Gone@a.example", State.FAILED, "email", 7)
        told("Gone@a.example", State.FAILED, "email", 8, "PMP")
        told("moved@a.example", State.FAILED, "email", 7)
        told("moved@a.example", State.SENT, "email", 8, "PMP")
        told("back@a.example", State.SENT, "email", 7)
        told("back@a.example", State.FAILED, "email", 8, "PMP")
        told("chat@a.example", State.FAILED, "slack", 8)
        told("chat@a.example", State.RETRY, "email", 8)
        assert ledger.refusals() == {
            "gone@a.example": "said at 8",
            "back@a.example": "said at 8",
        }


def test_another_programs_database_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    """A file with other tables is set aside like a damaged one."""
    path = tmp_path / "ledger.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE cats (name)")
    database.close()
    with Ledger.open(path) as ledger:
        assert ledger.notices


def test_a_folder_that_cannot_be_used_ends_in_a_sentence(tmp_path: Path) -> None:
    """Where no ledger can be kept nothing is sent, and the sentence says why."""
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(LedgerError, match="nothing more is sent"):
        Ledger.open(blocked / "ledger.sqlite")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_ledger_ends_in_a_sentence(tmp_path: Path) -> None:
    """A ledger that may not be written is not used at all."""
    path = filled(tmp_path / "ledger.sqlite")
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LedgerError):
            Ledger.open(path)
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_sends_nothing(tmp_path: Path) -> None:
    """When a commit finds no room it raises, and the ledger is as before."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
        ledger._db.execute(f"PRAGMA max_page_count = {pages}")
        many = [(alert(f"C{n}"), State.PLANNED, Reason.FIRST_NOTICE) for n in range(500)]
        with pytest.raises(LedgerError, match="full"):
            ledger.plan(many, [], NOW)
        assert ledger.entries([]) == []


def test_a_ledger_left_by_a_killed_run_opens(tmp_path: Path) -> None:
    """File and write-ahead log as they lie on the disk in the middle of a run are a ledger."""
    path = tmp_path / "ledger.sqlite"
    left = tmp_path / "left"
    left.mkdir()
    with Ledger.open(path) as ledger:
        ledger.plan([(alert(), State.PLANNED, Reason.FIRST_NOTICE)], [], NOW)
        for part in tmp_path.glob("ledger.sqlite*"):
            shutil.copy(part, left)
    with Ledger.open(left / "ledger.sqlite") as again:
        assert len(again.entries([])) == 1
