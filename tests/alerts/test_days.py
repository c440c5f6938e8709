"""Many days in any order of events: each crossed tier is told once, and the tightest never missed.

The world is one workbook of a few certifications; every day brings edits, days off, clocks set
back, servers that fail and runs that are killed. A dozen lines of plain Python say what has to
be true after each run.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from certsync.alerts.alert import Alert, Matter, Reason, Recipient, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import deliver
from tests.alerts.letters import FakeChannel, plain

TIERS = (180, 90, 60, 30, 0)
PEOPLE = {180: "hm", 90: "hmc", 60: "hmcl", 30: "hmcl", 0: "hmcl"}
# Thousands of commits that wait for a disk would be all that these tests do.
FAST = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
NAMES = ("AWS", "PMP", "CISSP")
FATES = st.text(alphabet="ssssrufUkK", max_size=4)


class Killed(BaseException):
    """The process dies here."""


def unexpected(message: Message) -> Receipt:
    """Nothing is sent twice on a day on which all went well."""
    raise Killed(message)


def rank_of(left: int) -> tuple[int, int] | None:
    """The tightest crossed tier and follow-up, as (days, -k); None above all tiers."""
    crossed = [tier for tier in TIERS if left <= tier]
    if not crossed:
        return None
    return (0, -(-left // 7)) if min(crossed) == 0 else (min(crossed), 0)


class Days(RuleBasedStateMachine):
    """The events of many days, and what has to be true after each run."""

    @initialize(left=st.tuples(*[st.integers(-20, 100)] * len(NAMES)))
    def begin(self, left: tuple[int, ...]) -> None:
        """A workbook with nothing sent yet."""
        self.folder = Path(tempfile.mkdtemp(prefix="days-", dir=FAST))
        self.today = date(2026, 3, 16)
        self.expires: dict[str, date | None] = {
            name: self.today + timedelta(days=days) for name, days in zip(NAMES, left, strict=True)
        }
        self.boss = "m1"
        self.accepted: defaultdict[str, list[str]] = defaultdict(list)
        self.doubtful: set[str] = set()
        self.settled: set[str] = set()
        self.refused: set[str] = set()
        self.wrong: list[str] = []
        self.ranks: dict[tuple[str, str], tuple[int, int]] = {}

    def teardown(self) -> None:
        """Leave no files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(name=st.sampled_from(NAMES), left=st.integers(-40, 200) | st.none())
    def edit(self, name: str, left: int | None) -> None:
        """Somebody writes an expiration date, or that it does not expire."""
        self.expires[name] = None if left is None else self.today + timedelta(days=left)

    @rule(days=st.integers(1, 40) | st.integers(-10, 1))
    def wait(self, days: int) -> None:
        """Days go by without a run, or the clock is set back."""
        self.today += timedelta(days=days)

    @rule(name=st.sampled_from(["m1", "m2"]))
    def promote(self, name: str) -> None:
        """The holder gets another manager."""
        self.boss = name

    def due(self) -> list[Alert]:
        """What the policy would say today."""
        alerts = []
        for name, expires in self.expires.items():
            rank = rank_of((expires - self.today).days) if expires else None
            if rank is None or expires is None:
                continue
            days, follow_up = rank[0], -rank[1]
            matter = Matter(
                kind="expiry",
                series=f"agency|E1|{name}|{expires}",
                step=f"{days}-{follow_up}",
                tier=str(days),
                where="Certifications!C2",
                days=days,
                follow_up=follow_up,
                certification=name,
                expires=expires,
                days_to_expiry=(expires - self.today).days,
            )
            for role in PEOPLE[days]:
                email = f"{self.boss if role == 'm' else role}@a.example"
                reason = Reason.FOLLOW_UP if follow_up else Reason.TIER_CROSSED
                alerts.append(Alert(matter, Recipient(email, "", (role,)), "outbox", reason))
        return alerts

    @rule(runs=st.lists(st.tuples(st.integers(0, 12), FATES), min_size=2, max_size=6))
    def runs(self, runs: list[tuple[int, str]]) -> None:
        """Several runs, so many days after each other."""
        for days, fate in runs:
            self.today += timedelta(days=days)
            self.run(fate)

    def run(self, fate: str) -> None:
        """One run, and if all went well a second one that sends nothing.

        `fate` is what becomes of its messages: s sent, r retry, f refused, u uncertain and lost,
        U uncertain and taken over, k killed before and K killed after the server took it over.
        """
        fates = iter(fate)
        due = {alert.key: alert for alert in self.due()}
        clean = True

        def answer(message: Message) -> Receipt:
            nonlocal clean
            what = next(fates, "s")
            self.look(message, what, due)
            clean = clean and what in "sf"
            if what in "kK":
                raise Killed
            states = {"r": State.RETRY, "f": State.FAILED, "u": State.UNCERTAIN}
            return Receipt(states.get(what.lower(), State.SENT))

        finished = self.deliver(list(due.values()), answer)
        assert not self.wrong
        if finished and clean:
            self.check_complete(due)
            assert self.deliver(list(due.values()), unexpected)

    def deliver(self, due: list[Alert], answer: Callable[[Message], Receipt]) -> bool:
        """One run over the ledger's file. False if it was killed."""
        now = datetime.combine(self.today, time(7, 30))
        ledger = Ledger.open(self.folder / "ledger.sqlite")
        try:
            deliver(due, ledger, [FakeChannel(answer=answer)], plain, now)
        except Killed:
            return False
        finally:
            ledger.close()
        return True

    def look(self, message: Message, what: str, due: dict[str, Alert]) -> None:
        """What this message does to the world; anything it must not do goes to `wrong`.

        It is sent once, unless nobody could know, and never after a tighter one.
        """
        for alert in message.digest.alerts:
            key, rank = alert.key, alert.about.rank
            ear = (alert.about.series, alert.to.email)
            told = self.ranks.get(ear, rank)
            if key not in due:
                self.wrong.append(f"{key} is not due")
            if told < rank:
                self.wrong.append(f"{key} comes after {told}")
            if what in "sUK":
                seen = self.accepted[key]
                # A Message-ID that was settled without this alert cannot carry it any more.
                if not set(seen) <= {message.message_id} | self.settled:
                    self.wrong.append(f"{key} is repeated as {message.message_id}, not as {seen}")
                if seen and key not in self.doubtful:
                    self.wrong.append(f"{key} is repeated without a doubt")
                seen.append(message.message_id)
            if what in "uUkK":
                self.doubtful.add(key)
            if what in "sf":
                self.settled.add(message.message_id)
            if what == "s":
                self.ranks[ear] = min(told, rank)
            if what == "f":
                self.refused.add(key)

    def check_complete(self, due: dict[str, Alert]) -> None:
        """After a run in which nothing failed for the moment, nobody waits for anything."""
        for key, alert in due.items():
            told = self.ranks.get((alert.about.series, alert.to.email))
            heard = told is not None and told <= alert.about.rank
            assert heard or key in self.refused, f"{key} was missed"


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=60,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.campaign
def test_many_more_days() -> None:
    """The same with thousands of days."""
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Days, settings=settings(max_examples=500, stateful_step_count=25, deadline=None)
    )
