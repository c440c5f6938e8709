"""What `certsync why` says of programs and pursuits agrees with what runs do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.ledger import Ledger
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import People
from certsync.compute.policy import Policy
from certsync.why.answer import Answer
from certsync.why.ladder import Step
from certsync.why.text import show
from certsync.why.turns import Turning
from tests.why.agency import RUTH, TODAY, Post, agency
from tests.why.test_answer import NEVER, ask, run

FATES = st.lists(
    st.sampled_from([State.SENT, State.RETRY, State.FAILED, State.UNCERTAIN]), max_size=9
)
PMP = "E1 | PMP | 2023-06-05 | 2026-06-05 | Verified |"
LAPSED = "E1 | PMP | 2023-03-10 | 2026-03-10 | Verified |"


def states(one: Turning) -> list[tuple[str, str, str]]:
    """Each turn with its state and the day it begins."""
    return [(step.tier, step.state, str(step.begins)) for step in one.steps]


def test_a_program_says_what_was_told_of_each_turn_to_whom_and_when() -> None:
    """What is due is sent by the next run, then stays as sent when the next turn is due."""
    ledger = Ledger.open_copy(NEVER)
    book = agency(PMP, programs=["AWS | Gold | PMP | 1 | Max Boss"])
    (due,) = ask(book, "aws gold", ledger).programs
    assert states(due) == [
        ("At Risk", "due now", "2026-03-16"),
        ("Not Met", "not yet", "2026-06-06"),
    ]
    run(book, ledger)
    later = date(2026, 6, 7)
    (told,) = ask(book, "aws", ledger, today=later).programs
    assert states(told) == [
        ("At Risk", "sent", "2026-03-16"),
        ("Not Met", "due now", "2026-06-07"),
    ]
    assert {(one.name, one.on) for one in told.steps[0].lines} == {
        ("Max Boss", TODAY),
        ("Ruth", TODAY),
        ("Lee", TODAY),
    }
    renewed = agency(PMP, "E1 | PMP | 2026-06-08 | 2029-06-08 | Verified |",
                     programs=["AWS | Gold | PMP | 1 | Max Boss"])  # fmt: skip
    run(book, ledger, later)
    run(renewed, ledger, later + timedelta(days=1))
    (well,) = ask(renewed, "aws", ledger, today=later + timedelta(days=40)).programs
    assert [(tier, state) for tier, state, _ in states(well)][:3] == [
        ("At Risk", "sent"), ("Not Met", "sent"), ("Recovered", "sent"),
    ]  # fmt: skip
    assert "2026-06-08" in well.silence


@pytest.mark.parametrize(
    ("rows", "programs", "says"),
    [
        (["E1 | PMP | 2023-06-05 | 2029-06-05 | |"], "AWS | Gold | PMP | 1 | Max Boss", "met"),
        ([LAPSED], "AWS | Gold | PMP | many | Max Boss", "many"),
        ([LAPSED], "AWS | Gold | PMP | 1 |", "Nobody can be told"),
    ],
)
def test_a_program_of_which_nothing_is_told_says_why(
    rows: list[str], programs: str, says: str
) -> None:
    """Met, wrongly written, or without anybody who could be told."""
    rules = Rules(People(RUTH), programs=("owner",))
    (one,) = ask(agency(*rows, programs=[programs]), "aws", rules=rules).programs
    assert says in one.silence
    assert not any(step.lines for step in one.steps)


def test_of_two_alike_rows_the_first_is_told() -> None:
    """The other one says so: runs tell them apart by name, tier and requirement alone."""
    book = agency(PMP, programs=["AWS | Gold | PMP | 1 | Max Boss", "AWS | Gold | PMP | 2 | "])
    first, second = ask(book, "aws").programs
    assert (states(first)[0][1], states(second)) == ("due now", [])
    assert "row above" in second.silence


def test_a_recovery_that_nobody_heard_of_is_no_news_after_a_month() -> None:
    """Then it says since when the program is met again."""
    ledger, program = Ledger.open_copy(NEVER), ["AWS | Gold | PMP | 1 | Max Boss"]
    run(agency(LAPSED, programs=program), ledger)
    renewed = agency("E1 | PMP | 2026-03-17 | 2029-03-17 | |", programs=program)
    run(renewed, ledger, date(2026, 3, 18), lambda _: Receipt(State.RETRY, "full"))
    (one,) = ask(renewed, "aws", ledger, today=date(2026, 4, 30)).programs
    assert "2026-03-18" in one.silence
    assert [(tier, state) for tier, state, _ in states(one)][:2] == [
        ("Not Met", "sent"), ("Recovered", "cancelled"),
    ]  # fmt: skip


def test_a_pursuit_says_what_was_told_and_what_comes() -> None:
    """Stalled was sent, overdue begins the day after its target; found by person and by name."""
    ledger = Ledger.open_copy(NEVER)
    book = agency(PMP, pursuits=["Dana Cruz | CISSP | 2026-04-10 | 2026-01-01"])
    (due,) = ask(book, "cissp", ledger).pursuits
    assert due.state == "Stalled"
    run(book, ledger)
    (told,) = ask(book, "dana", ledger).pursuits
    assert [one[:2] for one in states(told)] == [("Stalled", "sent"), ("Overdue", "not yet")]
    assert states(told)[1][2] == "2026-04-11"
    assert {one.recipient for one in told.steps[0].lines} == {"dana@a.example", "max@a.example"}


@pytest.mark.parametrize(
    ("pursuit", "rules", "says"),
    [
        ("Dana Cruz | CISSP | 2026-12-10", Rules(), "while it goes on"),
        ("Gone Girard | CISSP | 2026-01-10", Rules(), "departed"),
        ("Dana Cruz | CISSP | 2026-01-10", Rules(pursuits=()), "nobody of pursuits"),
        ("Dana Cruz | CISSP | 31/31/2026", Rules(), "31/31/2026"),
    ],
)
def test_a_pursuit_of_which_nothing_is_told_says_why(pursuit: str, rules: Rules, says: str) -> None:
    """It goes on, its person has departed, the config wants none told, or the row is wrong."""
    (one,) = ask(agency(PMP, pursuits=[pursuit]), "cissp", rules=rules).pursuits
    assert says in one.silence
    assert not any(step.lines for step in one.steps)


WORLD = given(
    lefts=st.lists(st.integers(-10, 80), min_size=1, max_size=3),
    programs=st.lists(
        st.tuples(st.sampled_from(["PMP", "*"]), st.integers(1, 3)), max_size=2, unique=True
    ),
    pursuits=st.lists(
        st.tuples(
            st.sampled_from(["Dana Cruz", "Max Boss", "Nora Mailless"]),
            st.integers(-10, 30),
            st.integers(-40, 0) | st.none(),
        ),
        max_size=3,
        unique_by=lambda one: one[0],
    ),
    waits=st.lists(st.integers(0, 20), max_size=3),
    fates=FATES,
)


def agrees(
    lefts: list[int],
    programs: list[tuple[str, int]],
    pursuits: list[tuple[str, int, int | None]],
    waits: list[int],
    fates: list[State],
) -> None:
    """What is due now goes out with the next run, and what is not yet on its day, if it arrives."""
    book = agency(
        *(f"E{at} | PMP | 2020-01-01 | {_in(left)} | Verified |"
          for at, left in enumerate(lefts, start=1)),
        programs=[f"{what} | Gold | {what} | {least} | Max Boss" for what, least in programs],
        pursuits=[f"{who} | CISSP | {_in(target)} | {_in(updated)}"
                  for who, target, updated in pursuits],
    )  # fmt: skip
    ledger, today, given_fates = Ledger.open_copy(NEVER), TODAY, iter(fates)
    policy = Policy(at_risk_days=20, stalled_days=10)
    for wait in waits:
        today += timedelta(days=wait)
        run(book, ledger, today, lambda _: Receipt(next(given_fates, State.SENT)), policy=policy)
    asked = [ask(book, words, ledger, today=today, policy=policy) for words in ("gold", "cissp")]
    due = {(one.cell, step.tier, line.recipient, today)
           for one, step in _turns(asked) for line in step.lines
           if line.state == "due now" or "next run" in line.reason}  # fmt: skip
    coming = {(one.cell, step.tier, step.begins)
              for one, step in _turns(asked) if step.state == "not yet"}  # fmt: skip
    sent: set[tuple[str, str, str, date]] = set()
    for number in range(60):
        day = today + timedelta(days=number)
        sent |= set(_sent(run(book, ledger, day, policy=policy), day))
    assert {one for one in sent if one[3] == today} == due
    soon = today + timedelta(days=60)
    assert {(cell, tier, day) for cell, tier, _, day in sent if day > today} == {
        one for one in coming if one[2] and one[2] < soon
    }


@pytest.mark.parametrize(
    "examples", [2, pytest.param(30, marks=pytest.mark.campaign, id="campaign")]
)
def test_what_it_says_of_programs_and_pursuits_is_what_runs_do(examples: int) -> None:
    """On any workbook, whatever became of the messages before."""
    options = settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    options(WORLD(agrees))()


def test_the_text_shows_a_program_and_a_pursuit_with_their_turns() -> None:
    """Name, requirement, how it stands, and a line for each turn; JSON has the same."""
    book = agency(
        PMP,
        programs=["AWS | Gold | PMP | 1 | Max Boss"],
        pursuits=["Dana Cruz | AWS Developer | 2026-03-10"],
    )
    answer = ask(book, "aws")
    out = Console(file=io.StringIO(), width=100, record=True)
    show(answer, out)
    text = " ".join(out.export_text().split())
    for said in ("AWS Gold PMP", "At Risk. 1 counts", "Partnership Requirements!C2",
                 "due now At Risk", "not yet Not Met 6 Jun 2026", "Dana Cruz AWS Developer",
                 "due now Overdue"):  # fmt: skip
        assert said in text
    told = answer.to_json()
    assert (told["programs"][0]["tier"], told["programs"][0]["turns"][0]["state"]) == (
        "Gold", "due now",
    )  # fmt: skip
    assert told["pursuits"][0]["target_date"] == "2026-03-10"
    assert answer.exit_code == 0


def _turns(answers: list[Answer]) -> Iterator[tuple[Turning, Step]]:
    for answer in answers:
        for one in (*answer.programs, *answer.pursuits):
            for step in one.steps:
                yield one, step


def _sent(post: Post, day: date) -> Iterator[tuple[str, str, str, date]]:
    for message in post.messages:
        for alert in message.digest.alerts:
            if alert.about.kind in ("program", "pursuit"):
                yield alert.about.where, alert.about.tier, alert.to.email, day


def _in(days: int | None) -> str:
    return "" if days is None else str(TODAY + timedelta(days=days))
