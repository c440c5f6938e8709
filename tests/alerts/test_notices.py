"""What the coordinator hears about runs: those that failed, and those that never were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import gather
from certsync.alerts.ledger import COMPLETE, Ledger, Run
from certsync.alerts.message import Writer
from certsync.alerts.notices import failed, missed
from certsync.alerts.pipeline import deliver
from certsync.alerts.tiers import People
from certsync.errors import (
    AlreadyRunning,
    ConfigError,
    LedgerError,
    Refused,
    WorkbookMissing,
    WorkbookRefused,
)
from tests.alerts.letters import FakeChannel
from tests.alerts.world import LETTERHEAD, MAIL, PEOPLE, TODAY, Place, certs, world

DONE = datetime(2026, 3, 14, 7, 31)
"""A Saturday."""


def run(started: datetime, outcome: str | None = "ok", *, minutes: int = 0) -> Run:
    """A run of so many minutes; without an outcome it was killed."""
    ended = started + timedelta(minutes=minutes) if outcome else None
    return Run(started.date(), started, ended, outcome, {})


def missing(
    runs: Sequence[Run], now: datetime, people: People = PEOPLE, *channels: Place
) -> list[Alert]:
    """What is told of these runs at the start of the next one."""
    return missed(
        runs,
        workbook="agency",
        shown="agency.xlsx",
        people=people,
        channels=channels or (MAIL,),
        now=now,
    )


def failing(error: Exception, people: People = PEOPLE, day: date = TODAY) -> list[Alert]:
    """What is told of this error."""
    return failed(
        error,
        workbook="agency",
        shown="agency.xlsx",
        people=people,
        channels=(MAIL,),
        day=day,
    )


# A time without a complete run


def test_the_first_run_ever_misses_nothing() -> None:
    """Without a complete run before there is no time to tell of."""
    assert missing([], DONE) == []
    assert missing([run(DONE, "error")], DONE + timedelta(days=9)) == []


@pytest.mark.parametrize(
    ("hours", "minutes", "told"), [(24, 0, 0), (25, 0, 0), (26, 0, 0), (26, 1, 1), (27, 0, 1)]
)
def test_more_than_26_hours_are_told(hours: int, minutes: int, told: int) -> None:
    """Counted from the end of the last complete run to the start of this one."""
    now = DONE + timedelta(hours=hours, minutes=minutes)
    assert len(missing([run(DONE)], now)) == told


def test_it_counts_from_the_end_of_a_run() -> None:
    """A run of two hours leaves 25 hours to the next one, a day and three hours after its start."""
    assert missing([run(DONE, minutes=120)], DONE + timedelta(hours=27)) == []


@pytest.mark.parametrize("night", [date(2026, 3, 8), date(2026, 11, 1)])
def test_a_change_of_the_clock_is_no_gap(night: date) -> None:
    """By the wall clock a daily run is a day apart, in the nights of summer time too."""
    before = datetime(night.year, night.month, night.day, 7, 30) - timedelta(days=1)
    for late in (timedelta(0), timedelta(hours=1), timedelta(minutes=90)):
        assert missing([run(before)], before + timedelta(days=1) + late) == []


def test_a_clock_that_was_set_back_is_no_gap() -> None:
    """The last run lies ahead."""
    assert missing([run(DONE)], DONE - timedelta(days=40)) == []


def test_a_run_in_part_is_a_complete_one() -> None:
    """A locked workbook or an undelivered mail is told elsewhere."""
    assert missing([run(DONE, "partial")], DONE + timedelta(hours=25)) == []


def test_who_hears_what_of_it() -> None:
    """The coordinator, by each channel: from when to when, that no run was begun, what to check."""
    found = missing([run(DONE)], datetime(2026, 3, 16, 10, 5), PEOPLE, MAIL, Place("email"))
    assert [alert.channel for alert in found] == ["outbox", "email"]
    alert = found[0]
    assert (alert.to.email, alert.to.roles) == ("cora@agency.example", ("coordinator",))
    assert (alert.about.kind, alert.about.tier) == ("run", "Run Missing")
    assert alert.reason is Reason.RUN_MISSED
    assert alert.about.problem == (
        "certsync did not complete a run between Saturday, 14 Mar 2026 at 07:31 and "
        "Monday, 16 Mar 2026 at 10:05. No run was begun in between."
    )
    assert "scheduler" in alert.about.fix
    assert "`certsync schedule`" in alert.about.fix
    assert missing([run(DONE)], DONE + timedelta(days=3), People()) == []


@pytest.mark.parametrize(
    ("outcomes", "said", "fix"),
    [
        (["error"], "1 run failed (on Sunday, 15 Mar 2026 at 07:31).", "certsync doctor"),
        (
            ["error", "refused"],
            "1 run failed (on Sunday, 15 Mar 2026 at 07:31) and 1 run stopped without sending "
            "anything (on Monday, 16 Mar 2026 at 07:31).",
            "certsync doctor",
        ),
        ([None], "1 run did not come to its end (on Sunday, 15 Mar 2026 at 07:31).", "deadline"),
        (
            [None, None],
            "2 runs did not come to their end (the last on Monday, 16 Mar 2026 at 07:31).",
            "deadline",
        ),
    ],
)
def test_the_runs_in_between_are_named(outcomes: list[str | None], said: str, fix: str) -> None:
    """How many failed, were stopped or were killed, and when the last one was."""
    between = [run(DONE + timedelta(days=n), how) for n, how in enumerate(outcomes, start=1)]
    (alert,) = missing([run(DONE), *between], DONE + timedelta(days=3))
    assert alert.about.problem.endswith(f"In between, {said}")
    assert fix in alert.about.fix


def test_many_bad_runs_still_fit_into_a_message() -> None:
    """Three hundred of each kind are told within the room a problem has."""
    bad = [run(DONE + timedelta(hours=n + 1), how) for n in range(300) for how in ("error", None)]
    (alert,) = missing([run(DONE), *bad], DONE + timedelta(days=30))
    assert len(alert.about.problem) <= 300
    assert len(alert.about.fix) <= 300


def test_each_gap_is_one_alert_whenever_it_is_told() -> None:
    """Told during the gap and after it under the same key; another gap has another key."""
    back = DONE + timedelta(days=3)
    during = missing([run(DONE)], back)
    later = missing([run(DONE), run(back)], back + timedelta(days=1))
    assert [alert.key for alert in during] == [alert.key for alert in later]
    again = missing([run(DONE), run(back)], back + timedelta(days=2))
    assert again[0].key == during[0].key
    assert len({alert.key for alert in again}) == 2


def test_a_mail_that_did_not_get_through_goes_out_the_next_day(tmp_path: Path) -> None:
    """The gap is over, the run was complete in part, and the coordinator is still told, once."""
    back = DONE + timedelta(days=12)
    full = FakeChannel(answer=lambda _: Receipt(State.RETRY, "The server is full."))
    days: list[int] = []
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        first = ledger.start_run(DONE.date(), DONE)
        ledger.end_run(first, "ok", {}, DONE)
        for day, channel in enumerate([full, FakeChannel(), FakeChannel(), FakeChannel()]):
            now = back + timedelta(days=day)
            runs = ledger.runs_since(now - timedelta(days=7), *COMPLETE)
            number = ledger.start_run(now.date(), now)
            deliver(missing(runs, now), ledger, [channel], Writer(LETTERHEAD, NOTHING), now)
            ledger.end_run(number, "partial" if channel is full else "ok", {}, now)
            days += [day] * len(channel.messages)
    assert days == [0, 1]


def test_the_ledger_gives_the_runs_back_to_a_complete_one(tmp_path: Path) -> None:
    """From the last complete run that had ended by the moment on, with what became of each."""
    moments = [DONE + timedelta(days=n) for n in range(5)]
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.runs_since(moments[0], *COMPLETE) == []
        for at, outcome in zip(moments, ["ok", "partial", "error", None, "ok"], strict=True):
            number = ledger.start_run(at.date(), at)
            if outcome:
                ledger.end_run(number, outcome, {}, at + timedelta(minutes=1))
        found = ledger.runs_since(moments[4], *COMPLETE)
        assert [each.outcome for each in found] == ["partial", "error", None, "ok"]
        assert all(one.started < other.started for one, other in pairwise(found))
        assert found[2].ended is None
        assert len(ledger.runs_since(moments[1], *COMPLETE)) == 5
        assert len(ledger.runs_since(moments[0], *COMPLETE)) == 5


# A run that failed


@pytest.mark.parametrize(
    ("error", "problem", "fix"),
    [
        (
            WorkbookRefused("agency.xlsx", "it is cut off", "Copy it anew."),
            "agency.xlsx: it is cut off.",
            "Copy it anew.",
        ),
        (
            WorkbookMissing(Path("/srv/agency.xlsx")),
            "/srv/agency.xlsx: there is no such workbook. Put the right path after `workbook:`.",
            "Put it right, then run certsync again.",
        ),
        (
            PermissionError(13, "Permission denied"),
            "The system refused: [Errno 13] Permission denied.",
            "Put that right, then run certsync again.",
        ),
        (
            ValueError("what is this"),
            "Something unforeseen went wrong: ValueError: what is this",
            "Run certsync again with --debug and send what it shows.",
        ),
    ],
)
def test_the_coordinator_hears_of_an_error(error: Exception, problem: str, fix: str) -> None:
    """Its sentence, and how to put it right."""
    (alert,) = failing(error)
    assert (alert.about.problem, alert.about.fix) == (problem, fix)
    assert (alert.to.email, alert.about.tier) == ("cora@agency.example", "Run Failed")
    assert alert.reason is Reason.RUN_FAILED
    assert failing(error, People()) == []


def test_an_error_is_told_once_a_day() -> None:
    """Two errors of a day are one alert; the next day has its own."""
    first, second = failing(ValueError("one")), failing(KeyError("other"))
    assert first[0].key == second[0].key
    assert failing(ValueError("one"), day=TODAY + timedelta(days=1))[0].key != first[0].key


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("config.yaml", []),
        LedgerError("The disk is full."),
        AlreadyRunning(Path("ledger.sqlite")),
        Refused("Too many."),
    ],
)
def test_some_errors_are_not_told(error: Exception) -> None:
    """Those that nobody can be told of, that are none, or that tell of themselves."""
    assert failing(error) == []


# The messages

NOTHING = world(certs())[0]


def text(alerts: Sequence[Alert], now: datetime) -> tuple[str, str]:
    """Subject and text of the one message these alerts make."""
    (digest,) = gather((alert, None, now.date()) for alert in alerts)
    message = Writer(LETTERHEAD, NOTHING)(digest, now)
    assert message.subject
    return message.subject, message.text


def test_the_message_of_a_failed_run() -> None:
    """The subject says what failed, and the text why and what to do."""
    error = WorkbookRefused("agency.xlsx", "it is cut off", "Copy it anew.")
    subject, said = text(failing(error), DONE)
    assert subject == "certsync failed: agency.xlsx could not be read or written"
    for part in ("The daily run ended with an error", "Why the run failed", "Copy it anew."):
        assert part in said
    assert "stopped before it wrote" not in said
    assert text(failing(ValueError("x")), DONE)[0] == "certsync failed: agency.xlsx is not done"


def test_the_message_of_a_gap() -> None:
    """By itself the subject names the day; beside certifications the gap is a section."""
    gap = missing([run(DONE)], DONE + timedelta(days=2))
    subject, said = text(gap, DONE)
    assert subject == "certsync had not completed a run since Saturday, 14 Mar 2026"
    assert "A time without a complete run" in said
    assert "Whatever fell due meanwhile is told now." in said

    other = gap[0]._replace(
        about=gap[0].about._replace(
            kind="expiry",
            series="agency|e1|pmp|2026-03-28",
            tier="Critical",
            days=30,
            person="Maria Lopez",
            certification="PMP",
            expires=date(2026, 3, 28),
            days_to_expiry=12,
        )
    )
    subject, said = text([other, *gap], DONE)
    assert subject == "Critical: Maria Lopez: PMP expires in 12 days (28 Mar)"
    assert "A time without a complete run" in said
    assert "A time without a complete run" in said
