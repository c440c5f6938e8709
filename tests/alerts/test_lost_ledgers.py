"""A ledger that is lost or damaged in any way: no traceback, no storm, nothing told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from certsync import engine, judging
from certsync.alerts.ledger import Ledger
from certsync.alerts.message import Letterhead
from certsync.alerts.rebuild import rebuild
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Address, People
from certsync.compute.policy import Policy
from certsync.errors import LedgerError
from certsync.sheets.read import ReadOptions
from certsync.sheets.snapshot import Snapshot
from certsync.stores.memory import MemoryStore
from tests.alerts.letters import FakeChannel
from tests.fakes import tab, workbook

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 7, 30)
PEOPLE = 8
RUTH = Address("ruth@agency.example", "Ruth")


def agency() -> Snapshot:
    """Eight people of one manager, each with six certifications at every tier."""
    members = [["Employee ID", "Full Legal Name", "Email", "Manager", "Status"]]
    members += [
        [f"E{n}", f"Person {n}", f"p{n}@agency.example", "E1", "Active"] for n in range(PEOPLE)
    ]
    records: list[list[object]] = [["Employee ID", "Certification", "Expiration Date"]]
    records += [
        [f"E{n}", f"Certification {left}", TODAY + timedelta(days=left)]
        for n in range(PEOPLE)
        for left in (-30, -3, 10, 45, 80, 150)
    ]
    return workbook(tab("Team Members", members), tab("Certifications", records))  # type: ignore[arg-type]


@dataclass(frozen=True)
class World:
    """What a run left behind: the workbook with its tab and without, and the ledger's bytes."""

    after: Snapshot
    before: Snapshot
    ledger: bytes
    alerts: int


@dataclass
class Told:
    """What a run told: its messages by recipient, and how many alerts were told before."""

    messages: Counter[str]
    repeated: int
    error: str = ""


def run(
    folder: Path,
    book: Snapshot,
    spoil: Callable[[Ledger], None] = lambda _: None,
    day: int = 0,
) -> tuple[FakeChannel, MemoryStore, str]:
    """One run with the ledger of the folder; the sentence of the error that ended it, if any."""
    channel, store, error = FakeChannel(), MemoryStore(book), ""

    def generated(key: str) -> object:
        return next((tab for tab in book.tabs if tab.generated == key), None)

    try:
        with Ledger.open(folder / "ledger.sqlite") as ledger:
            rebuild(ledger, generated, copy=False)  # type: ignore[arg-type]
            alerting = judging.Alerting(
                ledger,
                [channel],
                Letterhead(RUTH, "agency.xlsx", RUTH),
                Rules(People(RUTH)),
                200,
            )
            job = judging.Job(
                ReadOptions(), Policy(), "Etc/GMT", {}, "Dashboard", "at 07:30", alerting
            )
            now = NOW + timedelta(days=day)
            number = ledger.start_run(now.date(), now)
            spoil(ledger)
            engine.sync(store, job, today=now.date(), now=now)
            ledger.end_run(number, "ok", {"certifications": 48}, now)
    except LedgerError as told:
        error = str(told)
    return channel, store, error


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world after its first run, in which everybody was told."""
    folder = tmp_path_factory.mktemp("world")
    before = agency()
    channel, store, error = run(folder, before)
    assert not error
    assert len(channel.messages) == PEOPLE + 1
    whole = (folder / "ledger.sqlite").read_bytes()
    return World(store.read(), before, whole, len(channel.keys))


def again(world: World, folder: Path, damage: bytes | None, *, with_tab: bool) -> Told:
    """Run until quiet with this file as the ledger, on the workbook with or without the tab."""
    folder.mkdir(parents=True)
    if damage is not None:
        (folder / "ledger.sqlite").write_bytes(damage)
    book = world.after if with_tab else world.before
    messages: Counter[str] = Counter()
    alerts, errors = 0, []
    for _ in range(3):
        channel, store, error = run(folder, book)
        book = store.read()
        messages += Counter(message.digest.to.email for message in channel.messages)
        alerts += len(channel.keys)
        errors.append(error)
        if not (error or channel.messages):
            break
    assert not errors[-1], errors
    return Told(messages, alerts, "".join(errors))


def damages(whole: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Missing, empty, cut at 100 points, and bytes overwritten at 100 places."""
    yield "missing", None
    yield "empty", b""
    for part in range(100):
        yield "cut", whole[: len(whole) * part // 100]
    for part in range(100):
        at = len(whole) * part // 100 + part
        spoiled = bytearray(whole)
        spoiled[at : at + 3] = bytes(byte ^ 0x55 for byte in spoiled[at : at + 3])
        yield "overwritten", bytes(spoiled)


@pytest.mark.campaign
@pytest.mark.parametrize("with_tab", [True, False], ids=["with the tab", "without"])
def test_no_damage_makes_a_storm(world: World, in_memory: Path, with_tab: bool) -> None:
    """At most one digest for each recipient; with the Alert Log nothing at all is told twice."""
    runs: Counter[str] = Counter()
    digests: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for number, (kind, damage) in enumerate(damages(world.ledger)):
        told = again(world, in_memory / str(number), damage, with_tab=with_tab)
        assert max(told.messages.values(), default=0) <= 1, (kind, number, told.messages)
        runs[kind] += 1
        digests[kind] += sum(told.messages.values())
        repeated[kind] += told.repeated
        if with_tab:
            assert told.repeated == 0, (kind, number)
        elif kind != "overwritten":
            assert told.repeated in (0, world.alerts), (kind, number)
    for kind, count in runs.items():
        print(
            f"\n{kind} ledger, {'with' if with_tab else 'without'} the Alert Log: {count} runs, "
            f"{digests[kind]} digests, at most one each, {repeated[kind]} alerts repeated"
        )


def test_a_lost_ledger_repeats_nothing(world: World, tmp_path: Path) -> None:
    """Missing or cut, the tab says what was told."""
    for name, damage in (("missing", None), ("cut", world.ledger[:5000])):
        told = again(world, tmp_path / name, damage, with_tab=True)
        assert (told.messages, told.error) == (Counter(), "")


def test_without_a_tab_each_person_hears_once_more(world: World, tmp_path: Path) -> None:
    """The tightest tier of each certification, in one digest for each recipient."""
    told = again(world, tmp_path / "lost", None, with_tab=False)
    assert set(told.messages.values()) == {1}
    assert (len(told.messages), told.repeated) == (PEOPLE + 1, world.alerts)


def test_a_ledger_without_its_log_goes_by_what_is_left(world: World, tmp_path: Path) -> None:
    """A write-ahead log that is gone takes its commits along; a file without any is rebuilt."""
    whole = tmp_path / "whole"
    whole.mkdir()
    lost = tmp_path / "lost"
    lost.mkdir()

    def copy(ledger: Ledger) -> None:
        del ledger
        (lost / "ledger.sqlite").write_bytes((whole / "ledger.sqlite").read_bytes())

    run(whole, world.before, copy)
    channel, _, error = run(lost, world.after)
    assert (channel.messages, error) == ([], "")


def test_damage_under_a_run_tells_nobody_and_loses_nothing(world: World, tmp_path: Path) -> None:
    """The run ends in a sentence; the tab says nothing was told, and the next run tells it."""

    def overwrite(ledger: Ledger) -> None:
        ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ledger._db.execute("PRAGMA shrink_memory")
        path = tmp_path / "ledger.sqlite"
        raw = path.read_bytes()
        path.write_bytes(raw[:4096] + b"\xaa" * (len(raw) - 4096))

    channel, store, error = run(tmp_path, world.before, overwrite)
    assert "nothing more is sent" in error
    later, _, error = run(tmp_path, store.read())
    assert not error
    told = Counter(m.digest.to.email for m in (*channel.messages, *later.messages))
    assert max(told.values()) == 1
    assert len(told) == PEOPLE + 1


@pytest.mark.parametrize("room", [0, 1, 3, 6])
def test_a_full_disk_loses_nothing(world: World, tmp_path: Path, room: int) -> None:
    """What could not be recorded is not sent, and does not pass for sent in the tab."""

    def fill(ledger: Ledger) -> None:
        (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
        ledger._db.execute(f"PRAGMA max_page_count = {pages + room}")

    channel, store, error = run(tmp_path, world.before, fill)
    assert "disk has room" in error
    assert channel.messages == []
    (tmp_path / "ledger.sqlite").unlink()
    later, _, error = run(tmp_path, store.read())
    assert not error
    assert len(later.keys) == world.alerts
