"""A year and more of an agency's life, day by day, against a second opinion on who hears what.

People renew, mistype dates, leave, move and sort their rows; the program is off on many days, runs
twice on others, its clock steps, summer time comes and goes, and the time zone in the config is
changed. After each run what was sent is compared with `tests.alerts.told`, and `certsync why` is
asked about some certifications: it has to give every decision that was made and the one to come.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from certsync import backends, config, engine, judging
from certsync.alerts.digest import Digest, Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import People
from certsync.sheets.schema import WANTED
from certsync.sheets.snapshot import Snapshot, Value
from certsync.stores.memory import MemoryStore
from certsync.why.answer import Match, explain
from tests.alerts.letters import plain
from tests.alerts.told import TIERS, WEEK, Oracle, Person, Record, Telling, asleep, crossed
from tests.fakes import tab, workbook
from tests.why.agency import LEE, RUTH, Post, job

ZONES = ("America/Chicago", "Pacific/Auckland", "Europe/Berlin")
HOURS = (time(7, 30), time(7, 30), time(0, 10), time(23, 50))
NIGHT = time(2, 30)
"""An hour that does not exist, or exists twice, when the clocks are changed."""
AGAIN = tuple(timedelta(hours=hours) for hours in (0, -24, -49))
"""When a second run comes; the clock may have been set back since the first."""

NAMES = ("AWS", "CISSP", "CKA", "CCNA", "ITIL", "PMP", "Scrum", "TOGAF")
SKIPPED, TWICE, STEPPED = 0.30, 0.25, 0.08
TYPOS = (-365, -30, -9, -1, 1, 10, 31, 100, 365)


RULES = Rules(People(RUTH, (LEE,)), escalate_after_days=0)
"""Nobody above the manager: a silence is told of elsewhere."""


@dataclass
class Counts:
    """What a simulation was made of and what it compared."""

    days: int = 0
    runs: int = 0
    skipped: int = 0
    twice: int = 0
    back: int = 0
    changed: int = 0
    steps: int = 0
    told: int = 0
    answers: int = 0
    lines: int = 0
    events: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        events = ", ".join(f"{count} {name}" for name, count in sorted(self.events.items()))
        return (
            f"{self.days} days, {self.skipped} skipped, {self.twice} with two runs ({self.back} of "
            f"them with the clock set back), {self.changed} with a change of summer time, "
            f"{self.steps} steps of the clock: {self.runs} runs, {self.told} alerts, each as "
            f"expected.\nEvents: {events}.\n"
            f"why: {self.answers} answers, {self.lines} lines, all as it was."
        )


class Clock(datetime):
    """The machine's clock: it stands where the simulation puts it."""

    instant = datetime(2026, 1, 5, tzinfo=UTC)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        """The instant, in a time zone."""
        return cls.instant.astimezone(cast("ZoneInfo", tz))


class Blank:
    """Messages that say little: nobody reads them."""

    def __init__(self, *_: object) -> None:
        self.notices: list[str] = []

    def __call__(self, digest: Digest, now: datetime) -> Message:
        """The message."""
        return plain(digest, now)


class Life:
    """The agency, its ledger, and the events that befall it."""

    def __init__(
        self, folder: Path, first: date, *, days: int, records: int, bustle: float, seed: int
    ) -> None:
        """So many certifications, many of which expire within these days.

        `bustle` says how much happens: 1 is what `EVENTS` says.
        """
        self.chance = random.Random(seed)
        self.first, self.bustle = first, bustle
        self.folder = folder
        self.counts = Counts()
        self.offset = timedelta(0)
        self.zone = 0
        self.mistyped: list[tuple[Record, date]] = []
        self.today = first
        staff = [f"E{number:03}" for number in range(max(records // 4, 4))]
        people = {who: Person(who, f"{who.lower()}@a.example", self._boss(staff)) for who in staff}
        held = [(who, name) for who in staff for name in NAMES]
        self.oracle = Oracle(
            people,
            [
                Record(who, name, first + timedelta(days=self.chance.randint(-30, days + 120)))
                for who, name in self.chance.sample(held, records)
            ],
            RUTH.email,
            [LEE.email],
        )

    def _boss(self, staff: Sequence[str]) -> str:
        return self.chance.choice(staff[:4])

    # ---------------------------------------------------------------------------- The events

    def befall(self) -> None:
        """What people do to the workbook on this day."""
        for name, share in EVENTS.items():
            while self.chance.random() < share * self.bustle:
                getattr(self, name)()
                self.counts.events[name] += 1

    def someone(self) -> Person:
        """Anybody of the staff."""
        return self.chance.choice(list(self.oracle.people.values()))

    def something(self, *, soon: bool = False) -> Record:
        """Any record; a `soon` one expires within some weeks or has done so."""
        rows = self.oracle.records
        near = [r for r in rows if r.expires and (r.expires - self.today).days < 45]
        return self.chance.choice((near if soon else rows) or rows)

    def renewed_in_a_new_row(self) -> None:
        """The old row stays as it is."""
        old = self.something(soon=True)
        until = (old.expires or self.today) + timedelta(days=self.chance.randint(20, 800))
        earned = self.chance.choice([None, self.today])
        if earned is None or until >= earned:
            self.oracle.records.append(Record(old.person, old.name, until, earned))

    def renewed_in_place(self) -> None:
        """Somebody writes the new date over the old one."""
        record = self.something(soon=True)
        if record.expires:
            record.expires += timedelta(days=self.chance.randint(20, 800))

    def mistyped_date(self) -> None:
        """A wrong date, put right on a later day."""
        record = self.something()
        if record.expires and not record.earned:
            self.mistyped.append((record, record.expires))
            record.expires += timedelta(days=self.chance.choice(TYPOS))

    def corrected_date(self) -> None:
        """The right date is there again."""
        if self.mistyped:
            record, right = self.mistyped.pop(0)
            record.expires = right

    def departed_or_returned(self) -> None:
        """Somebody leaves the agency, or comes back to it."""
        person = self.someone()
        person.status = "Active" if person.status == "Departed" else "Departed"

    def went_on_leave_or_returned(self) -> None:
        """Somebody who is on leave hears nothing, and the manager does."""
        person = self.someone()
        if person.status != "Departed":
            person.status = "Active" if person.status == "On Leave" else "On Leave"

    def snoozed(self) -> None:
        """A row sleeps for some time."""
        self.something(soon=True).snooze = self.today + timedelta(days=self.chance.randint(1, 40))

    def woken(self) -> None:
        """A snooze is taken away."""
        for record in self.oracle.records:
            if asleep(record, self.today):
                record.snooze = None
                return

    def moved_to_another_address(self) -> None:
        """A new address, none at all, or the first one again."""
        person = self.someone()
        plain_one = f"{person.id.lower()}@a.example"
        person.email = self.chance.choice([plain_one, f"new.{plain_one}", ""])

    def got_another_manager(self) -> None:
        """The manager changes, or there is none."""
        staff = list(self.oracle.people)
        self.someone().manager = self.chance.choice([self._boss(staff), ""])

    def rejected_or_accepted(self) -> None:
        """A record that counts for nothing, and then does."""
        record = self.something()
        record.rejected = not record.rejected

    def lifetime(self) -> None:
        """Somebody writes that it does not expire."""
        self.something().expires = None

    def sorted_rows(self) -> None:
        """Every row stands somewhere else."""
        self.chance.shuffle(self.oracle.records)

    # ------------------------------------------------------------------------------ The runs

    def snapshot(self) -> Snapshot:
        """The workbook as people have left it."""
        members: list[list[Value]] = [list(MEMBERS)]
        for p in self.oracle.people.values():
            members.append([p.id, f"Person {p.id}", p.email or None, p.manager or None, p.status])
        rows: list[list[Value]] = [list(CERTIFICATIONS)]
        for r in self.oracle.records:
            verified = "Rejected" if r.rejected else "Verified"
            until = r.expires or "does not expire"
            rows.append([r.person, r.name, r.earned, until, verified, r.snooze])
        return workbook(tab("Team Members", members), tab("Certifications", rows))

    def day(self, number: int) -> None:
        """One day: what befalls the workbook, the clock and the program."""
        self.counts.days += 1
        self.today = self.first + timedelta(days=number)
        self.befall()
        self.move_clock()
        changed = self.clocks_change()
        self.counts.changed += changed
        # On the first day a clock that is set back asks for wider tiers that nobody was told.
        special = changed or not number
        if self.chance.random() < SKIPPED and not special:
            self.counts.skipped += 1
            return
        self.run(self.at(NIGHT if changed else self.chance.choice(HOURS)))
        if self.chance.random() < TWICE or special:
            self.counts.twice += 1
            later = self.chance.choice(AGAIN) if number else min(AGAIN)
            self.counts.back += later < timedelta(0)
            self.run(Clock.instant + later)

    def at(self, hour: time) -> datetime:
        """This hour of the day in the time zone of the config, by a clock that may be wrong."""
        local = datetime.combine(self.today, hour, ZoneInfo(ZONES[self.zone]))
        return local.astimezone(UTC) + self.offset

    def clocks_change(self) -> bool:
        """Whether summer time begins or ends on this day."""
        zone = ZoneInfo(ZONES[self.zone])
        early, late = (datetime.combine(self.today, at, zone) for at in (time(0), time(12)))
        return early.utcoffset() != late.utcoffset()

    def move_clock(self) -> None:
        """The clock steps by hours or a day, or is set right again."""
        if self.chance.random() < STEPPED:
            self.counts.steps += 1
            hours = self.chance.choice([-25, -24, -5, -1, 1, 5, 24, 25])
            self.offset = timedelta(hours=hours) if not self.offset else timedelta(0)

    def run(self, instant: datetime) -> None:
        """One run, on whatever day it is where the config says, and what it has to tell."""
        Clock.instant = instant
        path = self.folder / f"{self.zone}.yaml"
        path.write_text(f"workbook: agency.xlsx\ntimezone: {ZONES[self.zone]}\n")
        now = backends.local_now(config.load(path))
        store, today = MemoryStore(self.snapshot()), now.date()
        asked = self.chance.choice(self.oracle.records)
        self.ask(asked, store, now, before=True)
        expected = self.oracle.run(today)
        post = Post()
        with Ledger.open(self.folder / "ledger.sqlite") as ledger:
            engine.sync(store, job(ledger, post, rules=RULES), today=today, now=now, approved=True)
        told = tellings(post.messages)
        wanted = Counter(expected)
        assert told == wanted, f"{now}: missing {wanted - told}, too much {told - wanted}"
        self.counts.runs += 1
        self.counts.told += len(expected)
        if expected and self.chance.random() < 0.5:
            one = self.chance.choice(sorted(expected))
            mine = (r for r in self.oracle.leading(today) if (r.person, r.name) == one[:2])
            self.ask(next(mine), store, now, before=False)

    # ------------------------------------------------------------------------------ The answers

    def ask(self, record: Record, store: MemoryStore, now: datetime, *, before: bool) -> None:
        """What `certsync why` says of a record, `before` or after the run of this moment."""
        with Ledger.open_copy(self.folder / "ledger.sqlite") as copy:
            asking = job(copy, rules=RULES)
            judged = judging.judge(store.read(WANTED), asking, now.date())
            answer = explain(f"{record.person} {record.name}", judged, asking, now)
        self.counts.answers += 1
        lead = [
            r
            for r in self.oracle.leading(now.date())
            if (r.person, r.name) == (record.person, record.name)
        ]
        assert {(m.employee_id, m.certification) for m in answer.matches} == {
            (record.person, record.name)
        }
        for match in answer.matches:
            row = next((r for r in lead if r.expires == match.expires), None)
            if row is None or not match.expires:
                assert match.silence, f"{match} alerts nobody"
                continue
            assert bool(match.silence) == self.oracle.silent(row) or match.status == "Renewed"
            self.check(match, row, now.date(), before=before)

    def check(self, match: Match, record: Record, today: date, *, before: bool) -> None:
        """Every line is what was or will be done, and every tier begins on its day."""
        expires = cast("date", record.expires)
        series = (record.person, record.name, expires)
        expected: dict[tuple[int, int, str], tuple[str, date | None]] = {
            (one.days, one.follow_up, one.recipient): ("sent", day)
            for one, day in self.oracle.history.items()
            if one.series == series
        }
        for one in self.oracle.of(record, today) if not self.oracle.silent(record) else ():
            if (one.days, one.follow_up, one.recipient) not in expected:
                state = (
                    "muted" if not self.oracle.is_news(one) or asleep(record, today) else "due now"
                )
                expected[one.days, one.follow_up, one.recipient] = (state, None)
        assert before or "due now" not in {state for state, _ in expected.values()}
        for step in match.steps:
            assert step.days is not None
            assert step.begins == expires + timedelta(days=WEEK * step.follow_up - step.days)
            if not step.lines and not match.silence:
                words = ("passed",) if step.begins <= today else ("not yet", "muted")
                assert step.state in words, f"{match.cell}: {step}"
                assert step.state != "muted" or asleep(record, today)
            for line in step.lines:
                self.counts.lines += 1
                state, day = expected.pop(
                    (step.days, step.follow_up, line.recipient), ("closed", None)
                )
                if state == "closed":
                    # It was silenced while the row slept, and is due no more.
                    assert line.state in ("muted", "cancelled"), f"{match.cell}: {line}"
                    continue
                assert line.state == state, (
                    f"{today} {match.cell} {step.title}: {line}, not {state}"
                )
                assert state != "sent" or line.on == day
        assert not expected, f"{match.cell} says nothing of {expected}"
        tiers = {step.days for step in match.steps if not step.follow_up}
        assert tiers == set(TIERS)
        if crossed((expires - today).days) and expires <= today and not match.silence:
            following = max(step.follow_up for step in match.steps if step.days == 0)
            assert following >= (today - expires).days // WEEK + 1, "the next one is named"


MEMBERS = ("Employee ID", "Full Legal Name", "Email", "Manager", "Status")
CERTIFICATIONS = (
    "Employee ID", "Certification", "Date Earned", "Expiration Date", "Verified", "Snooze Until",
)  # fmt: skip
EVENTS = {
    "renewed_in_a_new_row": 0.25,
    "renewed_in_place": 0.20,
    "mistyped_date": 0.12,
    "corrected_date": 0.12,
    "departed_or_returned": 0.06,
    "went_on_leave_or_returned": 0.08,
    "snoozed": 0.20,
    "woken": 0.08,
    "moved_to_another_address": 0.06,
    "got_another_manager": 0.05,
    "rejected_or_accepted": 0.05,
    "lifetime": 0.01,
    "sorted_rows": 0.05,
}
"""What befalls the workbook, and how probable it is on a day."""


def tellings(messages: Sequence[Message]) -> Counter[Telling]:
    """What these messages tell of certifications that expire."""
    return Counter(
        Telling(
            about.employee_id,
            about.certification,
            cast("date", about.expires),
            about.days or 0,
            about.follow_up,
            alert.to.email,
        )
        for message in messages
        for alert in message.digest.alerts
        if (about := alert.about).kind == "expiry"
    )


def live(life: Life, days: int, patch: pytest.MonkeyPatch) -> Counts:
    """So many days of it."""
    patch.setattr(backends, "datetime", Clock)
    patch.setattr(engine, "Writer", Blank)
    for number in range(days):
        life.zone = len(ZONES) * number // days
        life.day(number)
    return life.counts


def test_some_weeks_of_an_agency(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tier that was crossed is told once to each of its people, and why knows of it."""
    life = Life(in_memory, date(2026, 3, 1), days=24, records=100, bustle=2, seed=1)
    counts = live(life, 24, monkeypatch)
    print(counts)
    assert counts.told > 100


@pytest.mark.campaign
def test_four_hundred_days_of_an_agency(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with 200 certifications for 400 days."""
    life = Life(in_memory, date(2026, 1, 5), days=400, records=200, bustle=1, seed=2)
    counts = live(life, 400, monkeypatch)
    print(counts)
    assert counts.days == 400
    assert counts.changed == 3
    assert counts.told > 3000
