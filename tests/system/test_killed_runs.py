"""A whole run that is killed anywhere and run again: nothing is lost, nothing told twice by it.

Each kill strikes `certsync run` on a real workbook, ledger and mail server. What an undisturbed
run tells and writes is the measure: the same must be there in the end. A message may come twice
only where the kill fell between the server's acceptance and the commit of it, and then under the
same Message-ID; the ledger that the dead run left says which messages it knew nothing of.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest

from certsync.alerts.sending import MOST
from certsync.ooxml.package import Package
from certsync.sheets.snapshot import TabSnapshot
from certsync.stores.excel_read import snapshot
from tests.system import small_agency
from tests.system.post_office import Letter, PostOffice, kill, post_office, told
from tests.system.zygote import Ended, Zygote, zygote

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="runs are forked")

LATER = small_agency.NOW + timedelta(days=30)
WORKERS = 2
MOST_RUNS = 3
LONG_AGO = 7200.0
"""Seconds: what a dead run left unfinished is cleared away by a later one, not at once."""


@dataclass
class Worker:
    """What kills runs: the process they are forked from, and the server they send to."""

    zygote: Zygote
    office: PostOffice
    seconds: float = 0
    """How long the last run took."""

    def run(
        self, folder: Path, now: datetime, *, point: int = -1, moment: int = -1, after: float = 0
    ) -> Ended:
        """One run, killed at a point of its own, a moment at the server, or after so long."""
        timers = []

        def armed(pid: int) -> None:
            self.office.expect(pid, moment)
            self.seconds = time.monotonic()
            if after:
                timers.append(threading.Timer(after, struck, [pid]))
                timers[0].start()

        config = folder / "config.yaml"
        (ended,) = self.zygote.run(config, now, kill=point, armed=armed)
        self.seconds = time.monotonic() - self.seconds
        for timer in timers:
            timer.cancel()
            timer.join()
        self.office.settle()
        assert ended.killed or not ended.code, ended.err
        return ended


def struck(pid: int) -> None:
    """Kill a process, if it is still there: its parent takes it away only at its end."""
    try:
        kill(pid)
    except ProcessLookupError:
        return


@contextmanager
def workers(count: int) -> Iterator[list[Worker]]:
    """Several of them, side by side."""
    with ExitStack() as stack:
        yield [
            Worker(stack.enter_context(zygote()), stack.enter_context(post_office()))
            for _ in range(count)
        ]


@dataclass(frozen=True)
class Scene:
    """A folder before a run, and everything that undisturbed runs make of it.

    A run at `now` is killed; the ones after it run at `again`, which may be another day. There is
    a dashboard to write where both are the same.
    """

    start: Path
    now: datetime
    again: datetime
    after: bytes
    final: bytes
    told: frozenset[tuple[str, str]]
    ledger: frozenset[tuple[str, ...]]
    files: frozenset[str]
    points: Sequence[str]
    moments: Sequence[str]
    seconds: float
    recipients: Sequence[str]

    @property
    def before(self) -> bytes:
        """The workbook before the run."""
        return (self.start / "agency.xlsx").read_bytes()

    @cached_property
    def whole(self) -> Sequence[Mapping[str, TabSnapshot]]:
        """The workbook before and after the run: whatever is between them is half-written."""
        return tabs(self.before), tabs(self.after)

    def set_up(self, folder: Path, port: int) -> None:
        """The same folder anew, with a server at this port."""
        shutil.copytree(self.start, folder)
        small_agency.configure(folder, port, dashboard=self.again == self.now)


def undisturbed(
    start: Path, now: datetime, worker: Worker, spare: Path, *, again: datetime | None = None
) -> Scene:
    """What runs make of this folder, seen in the new folder `spare`."""
    again, office = again or now, worker.office
    shutil.copytree(start, spare)
    small_agency.configure(spare, office.port, dashboard=again == now)
    office.empty()
    ended, seconds = worker.run(spare, now), worker.seconds
    moments, after = list(office.moments), (spare / "agency.xlsx").read_bytes()
    recipients = [letter.recipient for letter in office.letters]
    assert len(recipients) == 10
    assert worker.run(spare, again).idle == (again == now)
    return Scene(
        start,
        now,
        again,
        after,
        (spare / "agency.xlsx").read_bytes(),
        frozenset(told(office.letters)),
        frozenset(
            rows(spare, "SELECT key, channel, state FROM alerts WHERE key NOT LIKE '%|turned|%'")
        ),
        frozenset(files_of(spare)),
        ended.points,
        moments,
        seconds,
        recipients,
    )


def scenes(folder: Path, worker: Worker) -> tuple[Scene, Scene]:
    """The first run of an agency, and one a month later that is made good on the next morning."""
    small_agency.found(folder / "begin", port=worker.office.port)
    first = undisturbed(folder / "begin", small_agency.NOW, worker, folder / "first")
    overnight = undisturbed(
        folder / "first", LATER, worker, folder / "later", again=LATER + timedelta(days=1)
    )
    return first, overnight


def tabs(content: bytes, *, log: bool = False) -> Mapping[str, TabSnapshot]:
    """Every tab of a workbook but the Alert Log, which says of each message how far it has come."""
    found = snapshot(Package.open(content), name="", revision="")
    return {tab.name: tab for tab in found.tabs if log or tab.generated != "alert_log"}


def files_of(folder: Path) -> set[str]:
    """Every file below the folder but the backups, which are counted by what is in them."""
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return {name for name in found if not name.startswith(".certsync/backups/agency.")}


def rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    """What a copy of the ledger says; nothing if there is no ledger yet."""
    private = folder.with_name(f"{folder.name}-copy")
    private.mkdir()
    try:
        for part in (folder / ".certsync").glob("ledger.sqlite*"):
            shutil.copy(part, private)
        with closing(sqlite3.connect(private / "ledger.sqlite")) as ledger:
            tables = ledger.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            return ledger.execute(query).fetchall() if tables else []
    finally:
        shutil.rmtree(private)


@dataclass(frozen=True)
class Blow:
    """One kill: at a point of the run, at a moment of the server, or at any time (a share)."""

    kind: str
    at: float
    name: str

    def strike(self, worker: Worker, folder: Path, scene: Scene) -> Ended:
        """Start a run and kill it."""
        if self.kind == "the server":
            return worker.run(folder, scene.now, moment=int(self.at))
        if self.kind == "any time":
            return worker.run(folder, scene.now, after=0.001 + self.at * scene.seconds)
        return worker.run(folder, scene.now, point=int(self.at))


def blows(scene: Scene) -> list[Blow]:
    """A kill at every point and every moment of a run."""
    found = []
    for at, name in enumerate(scene.points):
        kind = "a ledger commit" if name.endswith("a commit") else "a workbook write"
        found.append(Blow(kind, at, name))
    for at, name in enumerate(scene.moments):
        if "accepted" in scene.moments[max(at - 2, 0) : at]:
            name = f"{name.split()[0]} the yes"
        found.append(Blow("the server", at, name))
    return found


@dataclass
class Tally:
    """What a campaign counted."""

    runs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    repeated: int = 0
    justified: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.runs + other.runs,
            self.kills + other.kills,
            self.lost + other.lost,
            self.repeated + other.repeated,
            self.justified + other.justified,
        )

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} at {kind}" for kind, count in sorted(self.kills.items()))
        return (
            f"{self.runs} runs, {self.kills.total()} killed ({kinds}): {self.lost} alerts lost; "
            f"{self.repeated} messages repeated, {self.justified} of them accepted and not yet "
            "committed, each under the same Message-ID"
        )


def struck_down(worker: Worker, scene: Scene, strikes: Sequence[Blow], folder: Path) -> Tally:
    """Kill one run after the other, then run until quiet, and check all that was promised."""
    tally, office = Tally(), worker.office
    office.empty()
    scene.set_up(folder, office.port)
    unknown: Counter[str] = Counter()
    for blow in strikes:
        seen = len(office.letters)
        ended = blow.strike(worker, folder, scene)
        tally.runs += 1
        tally.kills[blow.kind] += ended.killed
        assert tabs((folder / "agency.xlsx").read_bytes()) in scene.whole, blow
        accepted = {letter.message_id for letter in office.letters[seen:]}
        sending = {name for (name,) in rows(folder, UNSETTLED)}
        assert len(sending) <= MOST
        unknown.update(accepted & sending)
        for left in folder.rglob("*.tmp"):
            os.utime(left, (left.stat().st_mtime - LONG_AGO,) * 2)
    for _ in range(MOST_RUNS):
        tally.runs += 1
        if worker.run(folder, scene.again).idle:
            break
    else:
        raise AssertionError(f"it does not come to rest after {strikes}")
    tally.lost = len(scene.told - told(office.letters))
    assert not tally.lost, f"{strikes} lost {scene.told - told(office.letters)}"
    assert told(office.letters) <= scene.told
    repeated = repeats(office.letters)
    assert repeated <= unknown, f"repeated without need after {strikes}"
    tally.repeated, tally.justified = repeated.total(), (repeated & unknown).total()
    if len(strikes) == 1:
        assert repeated == unknown, f"{strikes[0]}: what may have arrived comes again"
    check_folder(folder, scene)
    shutil.rmtree(folder)
    return tally


UNSETTLED = "SELECT message_id FROM messages WHERE state = 'sending'"


def repeats(letters: Sequence[Letter]) -> Counter[str]:
    """How often each message came again. An item under two Message-IDs is an error."""
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for letter in letters:
        for item in letter.items:
            names[letter.recipient, item].add(letter.message_id)
    assert all(len(found) == 1 for found in names.values()), "the same under two Message-IDs"
    return Counter(letter.message_id for letter in letters) - Counter(
        {letter.message_id for letter in letters}
    )


def check_folder(folder: Path, scene: Scene) -> None:
    """Workbook, backups and ledger are what an undisturbed run leaves, and nothing lies about."""
    if scene.again == scene.now:
        # What was told a day later is dated a day later.
        found, final = ((folder / "agency.xlsx").read_bytes(), scene.final)
        assert tabs(found, log=True) == tabs(final, log=True)
    assert files_of(folder) == scene.files
    kept = [path.read_bytes() for path in folder.glob(".certsync/backups/agency.*.xlsx")]
    older = [path.read_bytes() for path in scene.start.glob(".certsync/backups/agency.*.xlsx")]
    assert scene.before in kept
    assert all(content in older or tabs(content) in scene.whole for content in kept)
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    assert (
        set(rows(folder, "SELECT key, channel, state FROM alerts WHERE key NOT LIKE '%|turned|%'"))
        == scene.ledger
    )


def campaign(
    folder: Path, plan: Sequence[tuple[Scene, Sequence[Blow]]], team: list[Worker]
) -> Tally:
    """Every case of the plan, shared among the workers."""
    cases = iter(list(enumerate(plan)))

    def share(worker: Worker) -> Tally:
        total = Tally()
        for number, (scene, strikes) in cases:
            try:
                total += struck_down(worker, scene, strikes, folder / f"case-{number}")
            except BaseException:
                deque(cases, maxlen=0)  # the others stop too
                raise
        return total

    with ThreadPoolExecutor(len(team)) as pool:
        return sum(pool.map(share, team), Tally())


def test_a_run_killed_here_and_there_loses_nothing(in_memory: Path) -> None:
    """A dozen kills: commits, steps of writing, and what the mail server hears and answers."""
    with workers(1) as team:
        first, overnight = scenes(in_memory, team[0])
        plan = [
            *((first, [one]) for one in some_of(first, WRITING)),
            *((overnight, [one]) for one in some_of(overnight, SENDING)),
        ]
        tally = campaign(in_memory, plan, team)
    print(tally)
    assert tally.kills.total() == 12
    assert set(tally.kills) == {"a ledger commit", "a workbook write", "the server"}


ANN = "ann@agency.example"
WRITING = ("before a commit", "after a commit", "half of a file", "before a replacement",
           "after a replacement")  # fmt: skip
SENDING = ("before 250", "after 354", "the dot", "accepted", "before the yes", "after the yes",
           "before 221")  # fmt: skip


def some_of(scene: Scene, names: Sequence[str]) -> list[Blow]:
    """For each name one kill in the middle of the run.

    What happens once a message happens to the one for Ann, who hears of more on the next morning.
    """
    found = []
    for name in names:
        alike = [blow for blow in blows(scene) if blow.name == name]
        each = len(alike) == len(scene.recipients)
        found.append(alike[scene.recipients.index(ANN) if each else len(alike) // 2])
    return found


@pytest.mark.campaign
def test_five_hundred_killed_runs_lose_nothing(in_memory: Path) -> None:
    """At every commit, answer and step of writing, on two days, and at any time in between."""
    chance = random.Random(4)

    def some_time(share: float = 1.0) -> Blow:
        return Blow("any time", chance.uniform(0, share), "")

    with workers(WORKERS) as team:
        first, overnight = scenes(in_memory, team[0])
        plan = [(first, [blow, some_time(0.5), some_time(0.5)]) for blow in blows(first)]
        # Three has no divisor in common with what happens in turn, so each of it has its turn.
        plan += [(overnight, [blow]) for blow in blows(overnight)[::3]]
        tally = campaign(in_memory, plan, team)
        while (missing := 500 - tally.kills.total()) > 0:
            tally += campaign(in_memory, [(first, [some_time()])] * missing, team)
    print(tally)
    assert tally.lost == 0
    assert tally.repeated == tally.justified
