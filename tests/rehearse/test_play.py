"""A rehearsal sends what runs day by day would send, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certsync import engine, judging
from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.digest import Message
from certsync.alerts.ledger import COMPLETE, Ledger
from certsync.alerts.notices import LOOK_BACK
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import People
from certsync.compute.policy import Policy
from certsync.errors import Refused
from certsync.rehearse.play import Rehearsal, rehearse
from certsync.rehearse.renewals import Scenario
from certsync.sheets.snapshot import Snapshot
from certsync.stores.memory import MemoryStore
from tests.fakes import workbook
from tests.why.agency import CHAIN, LEE, NOW, RUTH, TODAY, Post, agency, job

NEVER = Path("/nonexistent/ledger.sqlite")
AT = time(7, 30)
Sent = tuple[date, str, str, frozenset[str]]


def play(
    book: Snapshot,
    days: int,
    ledger: Ledger | None = None,
    *,
    scenario: Scenario = Scenario.NOBODY_RENEWS,
    policy: Policy | None = None,
    rules: Rules | None = None,
) -> Rehearsal:
    """A rehearsal from TODAY on."""
    made = job(ledger or Ledger.open_copy(NEVER), policy=policy, rules=rules)
    made = looking_back(made, NOW)
    return rehearse(book, made, now=NOW, first=TODAY, days=days, at=AT, scenario=scenario)


def told(played: Rehearsal) -> list[Sent]:
    """Each message: day, recipient, channel and the keys of what it tells."""
    return [
        (one.on, one.recipient, one.channel, frozenset(alert.key for alert in one.alerts))
        for one in played.letters
    ]


def expiring(played: Rehearsal) -> set[date]:
    """The days on which somebody is told of a certification that expires."""
    return {one.on for one in played.letters if any(a.about.kind == "expiry" for a in one.alerts)}


class Kept(Post):
    """A channel that knows the day of each message it took over."""

    today = TODAY

    def __init__(self, fates: Sequence[State] = ()) -> None:
        super().__init__()
        self.fates = iter(fates)
        self.letters: list[Sent] = []

    def send(self, message: Message) -> Receipt:
        """Keep it, and answer as planned."""
        state, digest = next(self.fates, State.SENT), message.digest
        keys = frozenset(alert.key for alert in digest.alerts)
        self.letters.append((self.today, digest.to.email, digest.channel, keys))
        return Receipt(state, wait_days=2 if state is State.RETRY else 0)


def runs(
    book: Snapshot,
    days: int,
    ledger: Ledger,
    first: date = TODAY,
    fates: Sequence[State] = (),
    policy: Policy | None = None,
    rules: Rules | None = None,
) -> list[Sent]:
    """What real runs send, one whole `engine.sync` a day, on a workbook that is written."""
    store, post = MemoryStore(book), Kept(fates)
    for number in range(days):
        post.today = first + timedelta(days=number)
        now = datetime.combine(post.today, AT)
        made = looking_back(job(ledger, post, policy=policy, rules=rules), now)
        note = ledger.start_run(post.today, now)
        engine.sync(store, made, today=post.today, now=now)
        ledger.end_run(note, "ok", {}, now)
    return post.letters


def looking_back(made: judging.Job, now: datetime) -> judging.Job:
    """The job with the runs of the last days in its ledger."""
    assert made.alerting
    return replace(made, runs=made.alerting.ledger.runs_since(now - LOOK_BACK, *COMPLETE))


RULES = Rules(People(RUTH, (LEE,)), all_quiet=True)

ROWS = (
    "E1 | PMP | 2023-05-05 | 2026-05-05 | |",
    "E1 | AWS | 2023-01-10 | 2026-03-10 | Verified |",
    "E1 | AWS | 2026-04-02 | 2029-04-02 | |",
    "E2 | AWS | 2023-04-20 | 2026-04-20 | Verified | 2026-04-25",
    "E2 | PMP | 2020-01-01 | does not expire | |",
    "E3 | PMP | 2023-04-01 | 2026-04-01 | |",
    "E4 | CISSP | 2023-04-01 | 2026-04-01 | |",
    "E9 | CISSP | 2023-04-01 | 2026-04-01 | |",
    "E1 | CISSP | 2023-04-01 | 31/31/2026 | |",
)


def test_it_sends_what_sixty_daily_runs_send_with_a_ledger_and_an_outbox(tmp_path: Path) -> None:
    """Day by day the same messages: files of the outbox, by real runs with a ledger on disk."""
    book = agency(*ROWS)
    played = play(book, 60)
    store = MemoryStore(book)
    files: list[int] = []
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        for number in range(60):
            today = TODAY + timedelta(days=number)
            outbox = tmp_path / today.isoformat()
            made = job(ledger, Outbox(outbox))
            engine.sync(store, made, today=today, now=datetime.combine(today, AT))
            files.append(len(list(outbox.glob("*.eml"))))
    by_day = [
        sum(one.on == TODAY + timedelta(days=number) for one in played.letters)
        for number in range(60)
    ]
    assert by_day == files
    assert sum(files) > 50


@pytest.mark.parametrize("strict", [False, True])
def test_it_tells_each_person_the_same_as_daily_runs(strict: bool) -> None:
    """Recipient, channel and every single alert agree, on each of 60 days."""
    book, policy = agency(*ROWS), Policy(strict=strict)
    expected = runs(book, 60, Ledger.open_copy(NEVER), policy=policy)
    assert told(play(book, 60, policy=policy)) == expected


def test_what_waits_in_the_ledger_goes_out_on_its_day() -> None:
    """A message of a bad row that the server asked to bring later is brought then, once."""
    book = agency("E1 | CISSP | 2023-04-01 | 31/31/2026 | |")
    ledgers = Ledger.open_copy(NEVER), Ledger.open_copy(NEVER)
    for ledger in ledgers:
        runs(book, 1, ledger, TODAY, [State.RETRY])
    expected = runs(book, 5, ledgers[0])
    assert [on for on, *_ in expected] == [TODAY + timedelta(days=2)]
    assert told(play(book, 5, ledgers[1])) == expected


ROW = st.tuples(
    st.sampled_from(["E1", "E2", "E3", "E4", "E9"]),
    st.sampled_from(["PMP", "AWS"]),
    st.integers(-900, 40),
    st.integers(-30, 200) | st.none(),
    st.sampled_from(["", "Verified", "Rejected"]),
    st.integers(-5, 40) | st.none(),
)


def in_days(days: int | None, otherwise: str = "") -> str:
    """The day so many days from TODAY, as a cell."""
    return otherwise if days is None else str(TODAY + timedelta(days=days))


ANY = given(
    rows=st.lists(ROW, min_size=1, max_size=5),
    strict=st.booleans(),
    before=st.integers(0, 4),
    away=st.integers(0, 9),
    fates=st.lists(
        st.sampled_from([State.SENT, State.RETRY, State.FAILED, State.UNCERTAIN]), max_size=9
    ),
    programs=st.lists(st.tuples(st.sampled_from(["PMP", "AWS", "*"]), st.integers(1, 3))),
    pursuits=st.lists(
        st.tuples(
            st.sampled_from(["Dana Cruz", "Max Boss"]),
            st.sampled_from(["PMP", "CISSP"]),
            st.integers(-10, 40),
            st.integers(-30, 0) | st.none(),
        ),
        max_size=3,
    ),
)


def agree(
    rows: list[tuple[str, str, int, int | None, str, int | None]],
    strict: bool,
    before: int,
    away: int,
    fates: list[State],
    programs: list[tuple[str, int]],
    pursuits: list[tuple[str, str, int, int | None]],
) -> None:
    """A rehearsal of this workbook on this ledger tells what daily runs tell.

    `before` is how many runs took place, and `away` how many days there was none since.
    """
    book = agency(
        *(
            f"{who} | {what} | {in_days(got)} | {in_days(left, 'never')} | {word} | {in_days(nap)}"
            for who, what, got, left, word, nap in rows
        ),
        programs=[f"{what} | Gold | {what} | {least} | Max Boss" for what, least in programs],
        pursuits=[
            f"{who} | {what} | {in_days(target)} | {in_days(updated)}"
            for who, what, target, updated in pursuits
        ],
        members=CHAIN,
    )
    policy = Policy(strict=strict, at_risk_days=20, stalled_days=10)
    first = TODAY - timedelta(days=before + away)
    ledgers = Ledger.open_copy(NEVER), Ledger.open_copy(NEVER)
    for ledger in ledgers:
        runs(book, before, ledger, first, fates, policy, RULES)
    expected = runs(book, 45, ledgers[0], policy=policy, rules=RULES)
    assert sorted(told(play(book, 45, ledgers[1], policy=policy, rules=RULES)), key=repr) == sorted(
        expected, key=repr
    )


@pytest.mark.parametrize(
    "examples", [2, pytest.param(20, marks=pytest.mark.campaign, id="campaign")]
)
def test_it_agrees_with_daily_runs_on_any_workbook_and_ledger(examples: int) -> None:
    """Records earned later, snoozed, rejected, on any ledger that runs with failures left."""
    options = settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    options(ANY(agree))()


def test_pursuits_that_succeed_end_the_series_on_their_target_date() -> None:
    """From the target date on nothing is told of the old date; the new one is months away."""
    book = agency(
        "E1 | PMP | 2023-05-05 | 2026-05-05 | |", pursuits=["Dana Cruz | PMP | 2026-04-10"]
    )
    idle = expiring(play(book, 60))
    met = play(book, 60, scenario=Scenario.PURSUITS_SUCCEED)
    assert expiring(met) == {day for day in idle if day < date(2026, 4, 10)}
    assert max(idle) > date(2026, 4, 10)
    (renewal,) = met.renewals
    assert (renewal.on, renewal.expires, renewal.months) == (
        date(2026, 4, 10),
        date(2029, 4, 10),
        36,
    )


def test_pursuits_agree_with_a_workbook_in_which_somebody_writes_the_renewals() -> None:
    """The oracle: real runs on a workbook to which each renewed record is added on its day."""
    rows = [
        "E1 | PMP | 2023-05-05 | 2026-05-05 | |",
        "E2 | PMP | 2025-03-01 | 2026-03-01 | |",
        "E2 | AWS | | 2026-04-20 | |",
    ]
    pursuits = [
        "Dana Cruz | PMP | 2026-04-10",
        "Max Boss | PMP | 2026-03-20",
        "Max Boss | AWS | 2026-03-30",
    ]
    added = {
        date(2026, 3, 20): "E2 | PMP | 2026-03-20 | 2027-03-20 | |",
        date(2026, 3, 30): "E2 | AWS | 2026-03-30 | 2028-03-30 | |",
        date(2026, 4, 10): "E1 | PMP | 2026-04-10 | 2029-04-10 | |",
    }
    ledger, expected = Ledger.open_copy(NEVER), []
    for number in range(200):
        today = TODAY + timedelta(days=number)
        if today in added:
            rows.append(added[today])
        expected += runs(agency(*rows, pursuits=pursuits), 1, ledger, today)
    book = agency(*rows[:3], pursuits=pursuits)
    assert told(play(book, 200, scenario=Scenario.PURSUITS_SUCCEED)) == expected


@pytest.mark.parametrize(
    ("ended", "clock", "told_of"),
    [
        (datetime(2026, 3, 13, 7, 31), NOW, True),
        (datetime(2026, 3, 15, 7, 31), NOW, False),
        (datetime(2026, 3, 15, 6, 0), NOW.replace(hour=5), False),
        (datetime(2026, 3, 15, 5, 0), NOW.replace(hour=5), True),
        (datetime(2026, 3, 15, 13, 0), NOW.replace(hour=14), False),
        (datetime(2026, 3, 15, 13, 0), NOW.replace(hour=16), True),
        (datetime(2026, 3, 16, 8, 0), NOW.replace(hour=16), False),
        (datetime(2026, 1, 1, 8, 0), datetime(2026, 1, 2, 8, 0), False),
        (datetime(2026, 1, 1, 8, 0), datetime(2026, 1, 4, 8, 0), True),
    ],
)
def test_days_without_a_run_are_told_on_the_first_day(
    ended: datetime, clock: datetime, told_of: bool
) -> None:
    """More than 26 hours after the last complete run, the first one played tells of it, once.

    It takes place at its hour, or now where that has passed; another day goes by the clock.
    """
    ledger = Ledger.open_copy(NEVER)
    ledger.end_run(ledger.start_run(ended.date(), ended), "ok", {}, ended)
    made = replace(job(ledger), runs=ledger.runs_since(clock, *COMPLETE))
    played = rehearse(agency(ROWS[4]), made, now=clock, first=TODAY, days=9, at=AT)
    alerts = ((one.on, alert.about) for one in played.letters for alert in one.alerts)
    found = [(on, about.tier) for on, about in alerts if about.kind == "run"]
    assert found == [(TODAY, "Run Missing")] * told_of


def test_too_many_messages_on_a_day_are_noted_and_played() -> None:
    """A day above max_messages says that it waits for a yes, and goes on as if there was one."""
    made = job(Ledger.open_copy(NEVER), max_messages=1)
    played = rehearse(agency(ROWS[0]), made, now=NOW, first=TODAY, days=3)
    assert len(played.letters) == 4
    assert "--yes" in played.notes[0]


def test_a_brake_is_noted_and_a_lost_tab_refused() -> None:
    """What would stop the first run is said; without Certifications nothing can be played."""
    made = replace(job(Ledger.open_copy(NEVER)), previous_rows={"certifications": 30})
    assert "29 of its 30" in rehearse(agency(ROWS[0]), made, now=NOW, first=TODAY, days=2).notes[0]
    with pytest.raises(Refused, match="Certifications"):
        play(workbook(agency(ROWS[0]).tabs[0]), 2)


def test_alerts_that_are_off_send_nothing() -> None:
    """With alerts switched off the rehearsal says so."""
    made = replace(job(Ledger.open_copy(NEVER)), alerting=None)
    played = rehearse(agency(ROWS[0]), made, now=NOW, first=TODAY, days=2)
    assert played.letters == ()
    assert "switched off" in played.notes[0]


def test_the_channels_of_the_job_are_never_opened() -> None:
    """Messages go to a transport of the rehearsal's own."""

    class Loaded(Post):
        def send(self, message: Message) -> Receipt:
            raise AssertionError(message)

    made = job(Ledger.open_copy(NEVER), Loaded())
    with suppress(StopIteration):
        assert rehearse(agency(ROWS[0]), made, now=NOW, first=TODAY, days=3).letters
