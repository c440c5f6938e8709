"""What `certsync why` says agrees with what runs did and with what the next one does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from certsync import engine, judging
from certsync.alerts.alert import Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import People, Tier
from certsync.compute.policy import Policy
from certsync.errors import Refused
from certsync.sheets.snapshot import Snapshot
from certsync.stores.memory import MemoryStore
from certsync.why.answer import Answer, Match, explain
from certsync.why.ladder import Line, Step
from certsync.why.text import show
from tests.fakes import workbook
from tests.why.agency import CHAIN, LEE, NOW, RUTH, TODAY, Post, agency, job

NEVER = Path("/nonexistent/ledger.sqlite")


def ask(
    book: Snapshot, words: str, ledger: Ledger | None = None, *, today: date = TODAY, **more: object
) -> Answer:
    """The answer on `today`, from a copy of the ledger."""
    own = ledger or Ledger.open_copy(NEVER)
    made = job(own, **more)  # type: ignore[arg-type]
    return explain(words, judging.judge(book, made, today), made, datetime.combine(today, time(7)))


def run(
    book: Snapshot,
    ledger: Ledger,
    today: date = TODAY,
    answer: Callable[[Message], Receipt] | None = None,
    rules: Rules | None = None,
    policy: Policy | None = None,
) -> Post:
    """One run of the day, all of it."""
    post = Post(answer) if answer else Post()
    now = datetime.combine(today, time(7))
    made = job(ledger, post, rules=rules, policy=policy)
    engine.sync(MemoryStore(book), made, today=today, now=now)
    return post


def states(answer: Answer) -> dict[str, str]:
    """Each step of the only match with its state."""
    (match,) = answer.matches
    return {step.title: step.state for step in match.steps}


def line(answer: Answer, tier: str, name: str) -> Line:
    """What is said of one tier for one person."""
    (match,) = answer.matches
    (step,) = (step for step in match.steps if step.title == tier)
    (found,) = (one for one in step.lines if one.recipient.startswith(name))
    return found


IN_50 = agency("E1 | PMP | 2023-05-05 | 2026-05-05 | |")
IN_20 = agency("E1 | PMP | 2023-04-05 | 2026-04-05 | |")


def test_before_the_first_run_the_tightest_tier_is_due() -> None:
    """Wider tiers are passed, the tightest crossed one is due now, tighter ones begin later."""
    answer = ask(IN_50, "pmp")
    assert states(answer) == {
        "Early Planning": "passed",
        "Active Planning": "passed",
        "Urgent": "due now",
        "Critical": "not yet",
        "Expired": "not yet",
    }
    assert [str(step.begins) for step in answer.matches[0].steps][2:] == [
        "2026-03-06",
        "2026-04-05",
        "2026-05-05",
    ]


def test_what_was_sent_says_when_by_what_and_to_whom() -> None:
    """A tier that a run sent is shown with its day, channel and recipients by name."""
    ledger = Ledger.open_copy(NEVER)
    run(IN_50, ledger)
    answer = ask(IN_50, "dana", ledger, today=TODAY + timedelta(days=3))
    assert line(answer, "Urgent", "dana") == Line(
        "sent", "dana@a.example", "Dana Cruz", "outbox", TODAY
    )
    assert line(answer, "Urgent", "lee").name == "Lee"
    later = ask(IN_50, "dana", ledger, today=date(2026, 4, 10))
    assert states(later)["Urgent"] == "sent"
    assert states(later)["Critical"] == "due now"


def test_follow_ups_are_shown_as_far_as_they_were_told_and_the_next_one() -> None:
    """After the expiration date each sent follow-up has its line, and the next one its day."""
    ledger = Ledger.open_copy(NEVER)
    book = agency("E1 | PMP | 2023-03-16 | 2026-03-16 | |")
    for week in range(3):
        run(book, ledger, TODAY + timedelta(weeks=week))
    answer = ask(book, "pmp", ledger, today=TODAY + timedelta(days=15))
    found = states(answer)
    assert [found[f"Expired, follow-up {n}"] for n in (1, 2, 3)] == ["sent", "sent", "not yet"]
    assert answer.matches[0].steps[-1].begins == date(2026, 4, 6)


def test_a_follow_up_that_a_tighter_tier_overtakes_is_not_announced() -> None:
    """Follow-ups go on until the next tier begins, and none is promised after that."""
    tiers = (Tier("Soon", 30, ("holder",), 20), Tier("Late", 0, ("holder",)))
    first, second = TODAY + timedelta(days=30), TODAY + timedelta(days=10)
    row = "E1 | PMP | 2023-03-16 | {} | |"
    assert "Soon, follow-up 1" in states(ask(agency(row.format(first)), "pmp", tiers=tiers))
    assert "Soon, follow-up 2" not in states(ask(agency(row.format(second)), "pmp", tiers=tiers))


@pytest.mark.parametrize(
    ("receipt", "word", "says"),
    [
        (Receipt(State.RETRY, "The server is full."), "retry", "tries again"),
        (Receipt(State.RETRY, "Limit.", wait_days=1), "retry", "2026-03-17"),
        (Receipt(State.FAILED, "No such mailbox."), "failed", "refused"),
        (Receipt(State.UNCERTAIN, "No answer."), "uncertain", "same message"),
    ],
)
def test_what_did_not_arrive_is_shown_with_the_answer(
    receipt: Receipt, word: str, says: str
) -> None:
    """Retry, failed and uncertain stand there with what the other side said and what follows."""
    ledger = Ledger.open_copy(NEVER)
    run(IN_50, ledger, answer=lambda _: receipt)
    found = line(ask(IN_50, "pmp", ledger), "Urgent", "dana")
    assert (found.state, found.detail) == (word, receipt.detail)
    assert says in found.reason


def test_what_mail_took_over_from_a_chat_is_explained() -> None:
    """The mail says why it is sent, the chat why it is not, also once a tighter tier has begun."""
    ledger = Ledger.open_copy(NEVER)
    chat, mail = Post(lambda _: Receipt(State.RETRY, "down"), "slack"), Post(name="email")
    chat.chat = True
    book = agency("E1 | PMP | 2023-06-04 | 2026-06-04 | |")
    for day in range(4):
        today = TODAY + timedelta(days=day)
        now = datetime.combine(today, time(7))
        engine.sync(MemoryStore(book), job(ledger, chat, mail), today=today, now=now)
        if day == 2:
            found = by_channel(book, ledger, chat, mail, today + timedelta(days=1))
            assert found == {"slack": ("retry", "It was not delivered; the next run tries again.")}
    for later in (4, 30):
        found = by_channel(book, ledger, chat, mail, TODAY + timedelta(days=later))
        assert found == {
            "slack": ("passed", "Not delivered here for days: mail took over."),
            "email": ("sent", ""),
        }


def by_channel(
    book: Snapshot, ledger: Ledger, chat: Post, mail: Post, today: date
) -> dict[str, tuple[str, str]]:
    """What is said to Dana of Active Planning, for each channel."""
    made = job(ledger, chat, mail)
    answer = explain(
        "pmp", judging.judge(book, made, today), made, datetime.combine(today, time(7))
    )
    (step,) = (one for one in answer.matches[0].steps if one.title == "Active Planning")
    return {
        one.channel: (one.state, one.reason)
        for one in step.lines
        if one.recipient.startswith("dana")
    }


def test_a_snoozed_record_is_muted_until_its_day() -> None:
    """The tier it is in sleeps, and so do those that begin before the snooze ends."""
    answer = ask(agency("E1 | PMP | 2023-05-05 | 2026-05-05 | | 2026-04-20"), "pmp")
    found = states(answer)
    assert (found["Urgent"], found["Critical"], found["Expired"]) == ("muted", "muted", "not yet")
    assert "2026-04-20" in line(answer, "Urgent", "dana").reason


def test_an_open_alert_that_a_tighter_one_replaces_is_muted() -> None:
    """What was never delivered and is overtaken is not promised any more."""
    ledger = Ledger.open_copy(NEVER)
    run(IN_50, ledger, answer=lambda _: Receipt(State.RETRY, "full"))
    found = states(ask(IN_50, "pmp", ledger, today=date(2026, 4, 6)))
    assert (found["Urgent"], found["Critical"]) == ("muted", "due now")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("E3 | PMP | 2023-05-05 | 2026-05-05 | |", "departed"),
        ("E1 | PMP | 2023-05-05 | does not expire | |", "does not expire"),
        ("E1 | PMP | 2023-05-05 | 2026-05-05 | Rejected |", "Rejected"),
        ("E1 | PMP | 2026-05-05 | 2027-05-05 | |", "2026-05-05"),
        ("E1 | PMP | 2023-05-05 | 31/31/2026 | |", "31/31/2026"),
        ("E9 | PMP | 2023-05-05 | 2026-05-05 | |", "E9"),
    ],
)
def test_a_record_that_alerts_nobody_says_why(row: str, says: str) -> None:
    """Departed, lifetime, rejected, not yet earned and unreadable records have a reason."""
    answer = ask(agency(row), "pmp")
    (match,) = answer.matches
    assert says in match.silence
    assert {step.state for step in match.steps} <= {"none", "due now"}


def test_a_row_that_cannot_be_judged_says_what_the_coordinator_hears() -> None:
    """Its step is the Data Issue, for the coordinator."""
    answer = ask(agency("E1 | PMP | 2023-05-05 | 31/31/2026 | |"), "pmp")
    assert line(answer, "Data Issue", "ruth").state == "due now"


def test_a_renewed_record_stands_under_the_one_that_counts() -> None:
    """History is one line, with the last alert of its series."""
    ledger = Ledger.open_copy(NEVER)
    run(IN_20, ledger)
    renewed = agency("E1 | PMP | 2023-04-05 | 2026-04-05 | |", "E1 | PMP | | 2029-04-05 | |")
    (match,) = ask(renewed, "pmp", ledger).matches
    assert match.expires == date(2029, 4, 5)
    (earlier,) = match.earlier
    assert (earlier.cell, earlier.last_alert) == ("Certifications!B2", "Critical on 2026-03-16")


def test_words_that_name_nothing_bring_the_nearest_names() -> None:
    """Nothing found: code 1, with a suggestion, or the member who holds nothing."""
    answer = ask(IN_50, "Dana Kruz")
    assert (answer.exit_code, answer.matches, answer.near) == (1, (), ("Dana Cruz",))
    assert ask(IN_50, "Max").idle == ("Max Boss (E2)",)


def test_what_stops_the_next_run_is_said() -> None:
    """A brake, too many messages and alerts that are off are notes; a lost tab is a refusal."""
    few = job(Ledger.open_copy(NEVER), max_messages=1)
    judged = judging.judge(IN_50, few, TODAY)
    assert "--yes" in explain("pmp", judged, few, NOW).notes[0]
    braked = replace(few, previous_rows={"certifications": 30})
    assert "29 of its 30 rows" in explain("pmp", judged, braked, NOW).notes[0]
    off = replace(few, alerting=None)
    assert "switched off" in explain("pmp", judged, off, NOW).notes[0]
    lost = workbook(IN_50.tabs[0])
    with pytest.raises(Refused, match="Certifications"):
        ask(lost, "pmp")


def test_the_ledger_of_another_workbook_name_is_understood() -> None:
    """A renamed workbook keeps its identity, so what was sent is still known."""
    ledger = Ledger.open_copy(NEVER)
    run(IN_50, ledger)
    renamed = replace(IN_50, name="other.xlsx")
    assert states(ask(renamed, "pmp", ledger))["Urgent"] == "sent"


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["E1", "E2", "E3", "E4", "E9"]),
        st.sampled_from(["PMP", "AWS", "CISSP"]),
        st.integers(-40, 200) | st.none(),
        st.sampled_from(["", "Verified", "Rejected"]),
        st.integers(-5, 40) | st.none(),
    ),
    min_size=1,
    max_size=6,
)
FATES = st.lists(
    st.sampled_from([State.SENT, State.RETRY, State.FAILED, State.UNCERTAIN]), max_size=12
)


@given(rows=ROWS, waits=st.lists(st.integers(0, 20), min_size=1, max_size=3), fates=FATES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_it_promises_is_what_the_next_run_sends(
    rows: list[tuple[str, str, int | None, str, int | None]],
    waits: list[int],
    fates: list[State],
) -> None:
    """After any runs, the lines that are to go out are to the letter those the next run sends.

    And every line that says sent is of a message that was taken over.
    """
    book = agency(
        *(
            f"{who} | {what} | 2020-01-01 | {_in(left, 'does not expire')} | {word} | {_in(nap)}"
            for who, what, left, word, nap in rows
        )
    )
    ledger, today = Ledger.open_copy(NEVER), TODAY
    taken: set[tuple[str, str]] = set()
    given_fates = iter(fates)

    def fate(message: Message) -> Receipt:
        state = next(given_fates, State.SENT)
        if state is State.SENT:
            taken.update(_named(message))
        return Receipt(state, "so it was")

    for wait in waits:
        today += timedelta(days=wait)
        run(book, ledger, today, fate)
    words = "E"  # a part of every ID
    answer = ask(book, words, ledger, today=today)
    promised = set()
    for match in answer.matches:
        for step in match.steps:
            for one in step.lines:
                name = (f"{match.employee_id}/{match.certification}/{match.expires}", one.recipient)
                if step.days is not None and _goes_out(one):
                    promised.add(name)
                if step.days is not None and one.state == "sent":
                    assert name in taken
    post = run(book, ledger, today)
    assert promised == {name for message in post.messages for name in _named(message)}


def _in(days: int | None, otherwise: str = "") -> str:
    return otherwise if days is None else str(TODAY + timedelta(days=days))


def _named(message: Message) -> set[tuple[str, str]]:
    return {
        (f"{a.about.employee_id}/{a.about.certification}/{a.about.expires}", a.to.email)
        for a in message.digest.alerts
        if a.about.kind == "expiry"
    }


def _goes_out(one: Line) -> bool:
    return one.state == "due now" or "next run" in one.reason


Above = tuple[str, date, str, str, str]
"""Record, day, recipient, channel, and tier with the number of a follow-up."""


ANNOUNCED = given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["E1", "E2", "E4"]),
            st.sampled_from(["PMP", "AWS", "CISSP"]),
            st.integers(-20, 90),
            st.just(""),
            st.integers(-5, 40) | st.none(),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda row: row[:2],
    ),
    waits=st.lists(st.integers(0, 20), max_size=3),
    fates=FATES,
    answered=st.booleans(),
    after=st.integers(1, 40),
)


def comes_as_announced(
    rows: list[tuple[str, str, int, str, int | None]],
    waits: list[int],
    fates: list[State],
    answered: bool,
    after: int,
) -> None:
    """What is announced today is what daily runs do from now on, while every message arrives."""
    book = agency(
        *(f"{who} | {what} | 2020-01-01 | {_in(left)} | | {_in(nap)}"
          for who, what, left, _, nap in rows),
        pursuits=["Dana Cruz | PMP | 2027-03-01"] if answered else [],
        members=CHAIN,
    )  # fmt: skip
    rules = Rules(People(RUTH, (LEE,)), escalate_after_days=after)
    ledger, today = Ledger.open_copy(NEVER), TODAY
    given_fates = iter(fates)
    for wait in waits:
        today += timedelta(days=wait)
        run(book, ledger, today, lambda _: Receipt(next(given_fates, State.SENT)), rules)
    answer = ask(book, "E", ledger, today=today, rules=rules)
    announced = {
        (_record(match), one.on, one.recipient, one.channel, step.title)
        for match in answer.matches
        for step in match.steps
        for one in step.coming
        if one.on
    }
    came: dict[str, set[Above]] = {}
    for number in range(100):
        day = today + timedelta(days=number)
        escalated = set(_escalated(run(book, ledger, day, rules=rules), day))
        for record in {one[0] for one in escalated if number} - set(came):
            came[record] = {one for one in escalated if one[0] == record}
    assert announced == set().union(*came.values())


@pytest.mark.parametrize(
    "examples", [2, pytest.param(20, marks=pytest.mark.campaign, id="campaign")]
)
def test_an_escalation_comes_on_the_day_it_is_announced_for(examples: int) -> None:
    """Who is announced as the manager's manager hears on that day, and of no record before.

    If nobody does anything, whatever became of the messages till now.
    """
    options = settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    options(ANNOUNCED(comes_as_announced))()


def _record(match: Match) -> str:
    return f"{match.employee_id}/{match.certification}/{match.expires}"


def _escalated(post: Post, day: date) -> Iterator[Above]:
    for message in post.messages:
        for alert in message.digest.alerts:
            about = alert.about
            if alert.reason is Reason.NO_REACTION:
                title = Step(about.tier, about.days, about.follow_up, None).title
                record = f"{about.employee_id}/{about.certification}/{about.expires}"
                yield record, day, alert.to.email, alert.channel, title


def test_an_escalation_is_shown_with_its_day_and_its_recipient() -> None:
    """The manager's manager stands in the tier that is told by then, as not yet."""
    ledger = Ledger.open_copy(NEVER)
    book = agency("E1 | PMP | 2023-05-05 | 2026-05-05 | |", members=CHAIN)
    run(book, ledger)
    answer = ask(book, "pmp", ledger, today=TODAY + timedelta(days=3))
    (step,) = (step for step in answer.matches[0].steps if step.coming)
    assert (step.title, step.state) == ("Urgent", "sent")
    (above,) = step.coming
    assert (above.recipient, above.state, above.on) == (
        "tia@a.example", "not yet", TODAY + timedelta(days=14),
    )  # fmt: skip
    assert above.as_json() in step.as_json()["people"]
    out = Console(file=io.StringIO(), width=100, record=True)
    show(answer, out)
    assert "30 Mar 2026  Tia Top by outbox" in out.export_text()


def test_every_state_of_a_step_is_that_of_its_most_urgent_line() -> None:
    """One person who did not get it makes the tier a failed one, though others have it."""
    step = Step(
        "Urgent", 60, 0, TODAY, lines=(Line("sent", "a", "", "x"), Line("failed", "b", "", "x"))
    )
    assert step.state == "failed"
    assert Step("Urgent", 60, 0, TODAY, quiet="passed").state == "passed"
