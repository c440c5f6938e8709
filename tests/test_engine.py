"""The run as a whole, on a workbook in memory and with a real ledger and outbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from certsync import engine, judging
from certsync.alerts.alert import State
from certsync.alerts.channels.base import Channel, Receipt, Session
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.digest import Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.message import Letterhead
from certsync.alerts.rebuild import rebuild
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Address, People
from certsync.compute.policy import Policy
from certsync.errors import ChangedSinceRead, WorkbookBusy
from certsync.result import SyncResult
from certsync.sheets.edits import Plan
from certsync.sheets.read import ReadOptions
from certsync.sheets.snapshot import Snapshot
from certsync.stores.base import Written
from certsync.stores.memory import MemoryStore
from tests.alerts.letters import Way
from tests.fakes import tab, workbook

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 7, 30)
RUTH = Address("ruth@a.example", "Ruth")

AGENCY = workbook(
    tab(
        "Team Members",
        """
        | Employee ID | Full Legal Name | Email          | Manager  | Status |
        | E1          | Dana Cruz       | dana@a.example | Max Boss | Active |
        | E2          | Max Boss        | max@a.example  |          | Active |
        """,
    ),
    tab(
        "Certifications",
        """
        | Employee ID | Certification | Expiration Date |
        | E1          | AWS Developer | 2026-04-01      |
        | E1          | PMP           | does not expire |
        | E2          | PMP           | 03/04/2026      |
        """,
    ),
)


class Refusing(Way):
    """A channel whose server takes nothing."""

    name = "outbox"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Opens all the same."""
        yield self

    def trouble(self) -> str:
        """It says so before."""
        return "The server is full."

    def send(self, message: Message) -> Receipt:
        """Not now."""
        del message
        return Receipt(State.RETRY, "The server is full.")


class Meddled(MemoryStore):
    """A store in which somebody saves the workbook `times` times between read and write."""

    def __init__(self, book: Snapshot, times: int) -> None:
        super().__init__(book)
        self.times = times
        self.tried = 0

    def apply(self, plan: Plan, base: str) -> Written:
        """The first writes meet a workbook that was just saved."""
        self.tried += 1
        if self.tried <= self.times:
            self.edit("Certifications", 2, 2, f"AWS Developer {self.tried}")
        return super().apply(plan, base)


class Locked(MemoryStore):
    """A store whose workbook is open in Excel."""

    def apply(self, plan: Plan, base: str) -> Written:
        """Never now."""
        del plan, base
        raise WorkbookBusy("agency.xlsx", "Maria has it open")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger."""
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


def job(
    ledger: Ledger,
    outbox: Path,
    channels: Sequence[Channel] = (),
    previous_rows: Mapping[str, int] | None = None,
) -> judging.Job:
    """A job that alerts into `outbox`."""
    alerting = judging.Alerting(
        ledger=ledger,
        channels=channels or [Outbox(outbox)],
        letterhead=Letterhead(RUTH, "agency.xlsx", RUTH),
        rules=Rules(People(RUTH)),
        max_messages=200,
    )
    return judging.Job(
        ReadOptions(),
        Policy(),
        "America/Chicago",
        previous_rows or {},
        "Dashboard",
        "at 07:30",
        alerting,
    )


def states(result: SyncResult) -> set[State]:
    """The states of every alert of a run."""
    return {outcome.state for outcome in result.alerts}


def test_a_run_writes_and_sends_and_a_second_one_does_neither(
    ledger: Ledger, tmp_path: Path
) -> None:
    """After a complete run the same day has nothing left to write or send."""
    store = MemoryStore(AGENCY)
    first = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    assert first.outcome == "ok"
    assert first.written.tabs == ("Dashboard", "Alert Log")
    assert states(first) == {State.SENT}
    later = NOW.replace(hour=16)
    second = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=later)
    assert second.written == Written()
    assert second.alerts == []


def test_last_alert_is_written_in_the_same_run(ledger: Ledger, tmp_path: Path) -> None:
    """The column shows what goes out in this run, so that the second run has nothing to add."""
    store = MemoryStore(AGENCY)
    engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    rows = store.read().tab("Certifications").rows
    column = list(rows[0]).index("Last Alert")
    assert [row[column] for row in rows[1:]] == ["Critical on 2026-03-16", None, None]


def test_an_alert_that_failed_is_not_shown_as_sent(ledger: Ledger, tmp_path: Path) -> None:
    """What did not go out is taken back from Last Alert, and the run is done in part."""
    store = MemoryStore(AGENCY)
    result = engine.sync(store, job(ledger, tmp_path, [Refusing()]), today=TODAY, now=NOW)
    assert result.outcome == "partial"
    assert result.exit_code == 3
    rows = store.read().tab("Certifications").rows
    column = list(rows[0]).index("Last Alert")
    assert [row[column] for row in rows[1:]] == [None, None, None]


@pytest.mark.parametrize(("times", "written"), [(0, True), (1, True), (2, True), (3, False)])
def test_a_workbook_saved_meanwhile_is_read_and_planned_again(
    ledger: Ledger, tmp_path: Path, times: int, written: bool
) -> None:
    """Up to three times; then it is left for the next run, and the alerts go out all the same."""
    store = Meddled(AGENCY, times)
    result = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    assert bool(result.written.cells) == written
    assert (result.skipped is None) == written
    assert result.exit_code == (0 if written else 3)
    assert states(result) == {State.SENT}
    if times:
        changed = store.read().tab("Certifications").value(2, 2)
        assert changed == f"AWS Developer {min(times, 3)}"


def test_a_locked_workbook_stops_no_mail(ledger: Ledger, tmp_path: Path) -> None:
    """Open in Excel: nothing is written, the mails go out, and the run says so."""
    result = engine.sync(Locked(AGENCY), job(ledger, tmp_path), today=TODAY, now=NOW)
    assert result.exit_code == 3
    assert "Maria has it open" in str(result.skipped)
    assert states(result) == {State.SENT}


def test_a_dry_run_plans_the_same_and_does_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """The plan of a dry run is the plan of the run; nothing is written or sent."""
    store = MemoryStore(AGENCY)
    dry = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW, dry_run=True)
    assert store.read() == AGENCY
    assert states(dry) == {State.PLANNED}
    assert not list(tmp_path.glob("*.eml"))
    real = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    assert dry.plan.columns == real.plan.columns
    assert {o.alert.key for o in dry.alerts} == {o.alert.key for o in real.alerts}


def test_the_brake_writes_nothing_and_tells_the_coordinator_once(
    ledger: Ledger, tmp_path: Path
) -> None:
    """A workbook that lost its rows: no cell, no alert of a certification, one word to Ruth."""
    store = MemoryStore(AGENCY)
    engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    before = store.read()
    braking = job(ledger, tmp_path, previous_rows={"certifications": 30})
    for expected in (1, 0):
        result = engine.sync(store, braking, today=date(2026, 4, 20), now=NOW)
        assert result.exit_code == 7
        assert "27 of its 30 rows" in result.refused[0]
        assert len(result.alerts) == expected
        assert {o.recipient for o in result.alerts} <= {RUTH.email}
    assert store.read() == before


def test_what_the_brake_holds_back_is_not_forgotten(ledger: Ledger, tmp_path: Path) -> None:
    """Alerts that waited when the brake came go out once the workbook is whole again."""
    store = MemoryStore(AGENCY)
    engine.sync(store, job(ledger, tmp_path, [Refusing()]), today=TODAY, now=NOW)
    braking = job(ledger, tmp_path, previous_rows={"certifications": 30})
    engine.sync(store, braking, today=TODAY, now=NOW)
    result = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    assert {o.alert.about.certification for o in result.alerts if o.state is State.SENT} >= {
        "AWS Developer"
    }


def test_no_yes_goes_past_a_tab_nothing_can_be_judged_without(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Without Certifications everything would look well: refused, approved or not."""
    store = MemoryStore(
        workbook(AGENCY.tabs[0], tab("Certifications", "| Who | What |\n| a | b |"))
    )
    result = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW, approved=True)
    assert result.exit_code == 7
    assert result.written == Written()
    assert not any("--yes" in reason for reason in result.refused)


def test_a_tab_that_cannot_be_understood_is_not_taken_for_empty(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Its rows are in the coverage, none of them judged, and the dashboard says why."""
    pursuits = tab("Pursuits", "| Who | Goal |\n| a | b |\n| c | d |")
    book = replace(AGENCY, tabs=(*AGENCY.tabs, pursuits))
    result = engine.sync(MemoryStore(book), job(ledger, tmp_path), today=TODAY, now=NOW)
    seen = result.coverage["pursuits"]
    assert (seen.rows, seen.judged) == (2, 0)
    texts = {cell.value for cell in result.plan.tabs[0].layout.cells}
    assert "The tab Pursuits could not be read: see Data issues." in texts


def test_a_yes_goes_past_the_brake(ledger: Ledger, tmp_path: Path) -> None:
    """With approval the run goes on with the rows there are."""
    braking = job(ledger, tmp_path, previous_rows={"certifications": 30})
    result = engine.sync(MemoryStore(AGENCY), braking, today=TODAY, now=NOW, approved=True)
    assert result.outcome == "ok"
    assert result.written.cells


def test_an_address_refused_for_good_is_shown_and_not_a_failure_every_day(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The run that is refused is done in part, and so is the one that tells of it; then no more."""

    class Gone(Refusing):
        def send(self, message: Message) -> Receipt:
            del message
            return Receipt(State.FAILED, "There is no such mailbox.")

    store = MemoryStore(AGENCY)
    codes = [
        engine.sync(store, job(ledger, tmp_path, [Gone()]), today=TODAY, now=NOW).exit_code
        for _ in range(3)
    ]
    assert codes == [3, 3, 0]


class Picky(Way):
    """A channel whose server does not know Dana at her old address."""

    name = "outbox"

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Opens."""
        yield self

    def send(self, message: Message) -> Receipt:
        """Take what is not Dana's."""
        if message.digest.to.email == "dana@a.example":
            return Receipt(State.FAILED, "a.example answered RCPT with 550 5.1.1 no such user")
        self.told.append(f"{message.digest.to.email}\n{message.text}")
        return Receipt(State.SENT)


def test_a_refused_address_is_a_cell_to_put_right(ledger: Ledger, tmp_path: Path) -> None:
    """From the next run on it is a finding at its cell, and the coordinator hears of it once."""
    store, channel = MemoryStore(AGENCY), Picky()
    picky = job(ledger, tmp_path, [channel])
    first = engine.sync(store, picky, today=TODAY, now=NOW)
    assert [f.code for f in first.findings if f.code == "email.refused"] == []
    for hour in (9, 10):
        channel.told.clear()
        later = engine.sync(store, picky, today=TODAY, now=NOW.replace(hour=hour))
        (finding,) = [f for f in later.findings if f.code == "email.refused"]
        assert (finding.where, finding.value) == ("Team Members!C2", "dana@a.example")
        assert "550 5.1.1 no such user" in finding.message
        if hour == 9:
            (told,) = channel.told
            assert told.startswith("ruth@a.example")
            assert "Team Members!C2" in told
    assert channel.told == []
    store.edit("Team Members", 2, 3, "dana.cruz@a.example")
    last = engine.sync(store, picky, today=TODAY, now=NOW.replace(hour=11))
    assert [f.code for f in last.findings if f.code == "email.refused"] == []
    assert [told.partition("\n")[0] for told in channel.told] == ["dana.cruz@a.example"]


def test_too_many_messages_are_refused_until_a_yes(ledger: Ledger, tmp_path: Path) -> None:
    """More messages than max_messages: the workbook is written, and the coordinator alone hears."""
    few = job(ledger, tmp_path)
    assert few.alerting is not None
    few = replace(few, alerting=replace(few.alerting, max_messages=1))
    store = MemoryStore(AGENCY)
    refused = engine.sync(store, few, today=TODAY, now=NOW)
    assert refused.exit_code == 7
    (mail,) = tmp_path.glob("*.eml")
    assert "certsync told nobody" in mail.read_text()
    assert [o.recipient for o in refused.alerts if o.state is State.SENT] == ["ruth@a.example"]
    engine.sync(store, few, today=TODAY, now=NOW.replace(hour=9))
    assert list(tmp_path.glob("*.eml")) == [mail], "once a day"
    rows = store.read().tab("Certifications").rows
    assert [row[list(rows[0]).index("Last Alert")] for row in rows[1:]] == [None, None, None]
    allowed = engine.sync(store, few, today=TODAY, now=NOW, approved=True)
    assert allowed.exit_code == 0
    assert len(list(tmp_path.glob("*.eml"))) > 2


def test_without_a_coordinator_or_alerts_the_run_still_writes(tmp_path: Path) -> None:
    """Alerts switched off: statuses and dashboard are written all the same."""
    quiet = judging.Job(ReadOptions(), Policy(), "UTC", {}, "Dashboard", None, None)
    result = engine.sync(MemoryStore(AGENCY), quiet, today=TODAY, now=NOW)
    assert result.outcome == "ok"
    assert result.written.cells
    assert result.alerts == []
    del tmp_path


def test_the_dashboard_is_written_anew_the_next_day(ledger: Ledger, tmp_path: Path) -> None:
    """Its banner ages by itself, so each day's run writes it, though nothing else changed."""
    store = MemoryStore(AGENCY)
    engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    fixed = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW.replace(day=17))
    assert fixed.written == Written(0, ("Dashboard", "Alert Log"))


def test_every_tab_that_was_read_has_its_coverage(ledger: Ledger, tmp_path: Path) -> None:
    """Rows with an error are counted as rows and not as judged."""
    result = engine.sync(MemoryStore(AGENCY), job(ledger, tmp_path), today=TODAY, now=NOW)
    seen = {key: (c.rows, c.judged) for key, c in result.coverage.items()}
    assert seen == {"team_members": (2, 2), "certifications": (3, 2)}


def test_the_contract_of_a_stale_base() -> None:
    """The store in these tests refuses a stale base as the real ones do."""
    store = MemoryStore(AGENCY)
    store.edit("Certifications", 2, 2, "other")
    plan = engine.sync(
        MemoryStore(AGENCY),
        judging.Job(ReadOptions(), Policy(), "UTC", {}, "Dashboard", None, None),
        today=TODAY,
        now=NOW,
        dry_run=True,
    ).plan
    with pytest.raises(ChangedSinceRead):
        store.apply(plan, AGENCY.revision)


def log_of(store: MemoryStore) -> list[tuple[object, ...]]:
    """To whom and in which state, for each line of the tab Alert Log."""
    rows = [row for row in store.read().tab("Alert Log").rows if isinstance(row[0], date)]
    return sorted({(row[5], row[7]) for row in rows})


def test_the_alert_log_tells_what_became_of_the_alerts(ledger: Ledger, tmp_path: Path) -> None:
    """What was shown as sent and did not go out is put right in the same run."""
    store = MemoryStore(AGENCY)
    engine.sync(store, job(ledger, tmp_path, [Refusing()]), today=TODAY, now=NOW)
    people = ("dana@a.example", "max@a.example", "ruth@a.example")
    assert log_of(store) == [(who, "Retry") for who in people]
    result = engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    assert log_of(store) == [(who, "Sent") for who in people]
    assert result.written.tabs == ("Alert Log",)
    assert engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW).written == Written()


def test_what_is_due_no_more_is_shown_in_the_same_run(ledger: Ledger, tmp_path: Path) -> None:
    """An undelivered alert that a renewal ends is cancelled in the tab at once."""
    store = MemoryStore(AGENCY)
    engine.sync(store, job(ledger, tmp_path, [Refusing()]), today=TODAY, now=NOW)
    store.edit("Certifications", 2, 3, date(2028, 4, 1))
    engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW)
    assert ("dana@a.example", "Cancelled") in log_of(store)
    assert engine.sync(store, job(ledger, tmp_path), today=TODAY, now=NOW).written == Written()


def test_the_alert_log_is_shown_where_there_is_a_dashboard_and_alerts(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Without the one or the other nobody gets the tab."""
    both = job(ledger, tmp_path)
    for one in (replace(both, dashboard=None), replace(both, alerting=None)):
        plan = engine.sync(MemoryStore(AGENCY), one, today=TODAY, now=NOW, dry_run=True).plan
        assert "alert_log" not in [tab.key for tab in plan.tabs]


class Killed(Way):
    """A channel in which the process ends at the message of this number."""

    name = "outbox"

    def __init__(self, at: int) -> None:
        self.at = at
        self.told: list[str] = []

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Opens."""
        yield self

    def send(self, message: Message) -> Receipt:
        """Take it, or die."""
        if len(self.told) == self.at:
            raise SystemExit
        self.told += [alert.key for alert in message.digest.alerts]
        return Receipt(State.SENT)


@pytest.mark.parametrize("at", [0, 1, 2, 99])
def test_a_run_that_dies_with_its_ledger_loses_nothing(tmp_path: Path, at: int) -> None:
    """The tab never says Sent of what was not: without the ledger it goes out by the next run."""
    store, channel = MemoryStore(AGENCY), Killed(at)
    with Ledger.open(tmp_path / "first.sqlite") as ledger:
        wanted = {
            outcome.alert.key
            for outcome in engine.sync(
                store, job(ledger, tmp_path, [channel]), today=TODAY, now=NOW, dry_run=True
            ).alerts
        }
        with suppress(SystemExit):
            engine.sync(store, job(ledger, tmp_path, [channel]), today=TODAY, now=NOW)
    first, channel.told, channel.at = channel.told, [], 99
    with Ledger.open(tmp_path / "second.sqlite") as ledger:
        rebuild(ledger, lambda _: store.read().tab("Alert Log"), copy=False)
        engine.sync(store, job(ledger, tmp_path, [channel]), today=TODAY, now=NOW)
    assert {*first, *channel.told} == wanted
    assert channel.told == [] if at == 99 else set(channel.told) == wanted
    assert {state for _, state in log_of(store)} == {"Sent"}
