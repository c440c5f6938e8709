"""Programs that turn, pursuits that stop, rows that stay broken, and quiet weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import deliver
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Tier
from certsync.alerts.watch import Seen, States, observed
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.sheets.findings import Finding
from certsync.sheets.tables import Tables
from tests.alerts.letters import FakeChannel, plain
from tests.alerts.world import MEMBERS, PEOPLE, PRO, TODAY, Place, due_now, world
from tests.fakes import tables

NO_TIERS = Rules(PEOPLE, [Tier("Never", -9999, ("holder",))], escalate_after_days=0)
REQUIREMENTS = f"""
| program             | tier     | requirement | minimum | impact  | annual_value | owner     |
| AWS Partner Network | Advanced | {PRO}       | 1       | Co-sell | 250000       | Ann Boss  |
"""


def agency(
    expires: date | None, *, pursuits: str = "", owner: str = "Ann Boss", today: date = TODAY
) -> tuple[Facts, Tables]:
    """A program that needs one certification, which Maria holds until `expires`."""
    rows = f"| E1 | {PRO} | {expires} | Maria Lopez |" if expires else ""
    given = {
        "team_members": MEMBERS,
        "certifications": f"| employee_id | certification | expiration_date | member |\n{rows}",
        "partnership_requirements": REQUIREMENTS.replace("Ann Boss", owner),
    }
    if pursuits:
        given["pursuits"] = pursuits
    found = tables(**given)
    return compute(found, Policy(), today)[0], found


def turned(
    expires: date,
    states: States,
    *,
    rules: Rules = NO_TIERS,
    owner: str = "Ann Boss",
    today: date = TODAY,
) -> tuple[list[Alert], States]:
    """Who hears of the program on a day, and what is remembered of it."""
    facts, found = agency(expires, owner=owner, today=today)
    seen = observed(facts, states)
    alerts = due_now(facts, found, rules=rules, states=seen)
    return [alert for alert in alerts if alert.about.kind == "program"], seen


def in_days(days: int, today: date = TODAY) -> date:
    """The date so many days from a day."""
    return today + timedelta(days=days)


def names(alerts: Sequence[Alert]) -> list[str]:
    """Who is told, by the part before the @."""
    return [alert.to.email.partition("@")[0] for alert in alerts]


def test_a_program_at_risk_is_told_to_owner_coordinator_and_leadership() -> None:
    """Each of them once, with what breaks, when, what it is worth and what to do."""
    alerts, _ = turned(in_days(54), {})
    assert names(alerts) == ["ann", "cora", "lee"]
    about = alerts[0].about
    assert (about.tier, about.title) == ("At Risk", "AWS Partner Network Advanced")
    assert about.problem == (
        "AWS Certified Solutions Architect - Professional: 1 counts, 1 is required; none is left "
        "when Maria Lopez's lapses on 10 May 2026. Worth 250,000 a year. If it is lost: Co-sell."
    )
    assert about.fix == "Renew before 10 May 2026, or certify somebody else by then."
    assert about.where == "Partnership Requirements!C2"


@pytest.mark.parametrize(
    ("record", "fix"),
    [
        (f"| E1 | {PRO} | 2026-03-01 | |", "renew what has lapsed, or certify somebody else."),
        (f"| E4 | {PRO} | 2027-03-01 | |", "certify somebody else."),
        (
            f"| E1 | {PRO} | 2027-03-01 | Rejected |",
            "certify somebody else.",
        ),
    ],
)
def test_the_next_step_is_one_that_can_be_taken(record: str, fix: str) -> None:
    """What has lapsed is renewed where something has; of somebody who left nothing is."""
    head = "| employee_id | certification | expiration_date | verified |"
    facts, found = world(f"{head}\n{record}")
    states = observed(facts, {})
    (alert, *_) = [a for a in due_now(facts, found, states=states) if a.about.kind == "program"]
    assert alert.about.tier == "Not Met"
    assert f"needed: {fix}" in alert.about.fix


def test_a_turn_is_one_matter_as_long_as_it_lasts() -> None:
    """The day a state was first seen names it: the same key on every day until the next turn."""
    first, states = turned(in_days(54), {})
    later, again = turned(in_days(54), states, today=in_days(9))
    assert [a.key for a in first] == [a.key for a in later]
    assert states == again


def test_each_turn_is_told_and_so_is_the_recovery() -> None:
    """At Risk, Not Met, met again, At Risk again: four matters."""
    keys, tiers, states = set(), [], dict[str, Seen]()
    for day, left in [(0, 54), (60, -6), (61, 700), (700, 61)]:
        today = in_days(day)
        alerts, seen = turned(today + timedelta(days=left), states, today=today)
        states = dict(seen)
        keys.add(alerts[0].key)
        tiers.append(alerts[0].about.tier)
    assert tiers == ["At Risk", "Not Met", "Recovered", "At Risk"]
    assert len(keys) == 4


def test_what_was_always_met_is_no_news() -> None:
    """A program that is met when it is first seen, or that nobody ever saw fail, tells nothing."""
    alerts, states = turned(in_days(700), {})
    assert alerts == []
    assert turned(in_days(700), states, today=in_days(1))[0] == []


def test_a_recovery_is_news_for_a_month() -> None:
    """Who joins the leadership a year later does not hear of it."""
    _, states = turned(in_days(-5), {})
    _, states = turned(in_days(900), states, today=in_days(1))
    assert turned(in_days(900), states, today=in_days(31))[0]
    assert not turned(in_days(900), states, today=in_days(32))[0]


def test_a_program_that_cannot_be_judged_keeps_its_state() -> None:
    """A selector that matches nothing for a day is neither a turn nor a recovery."""
    _, states = turned(in_days(54), {})
    facts, _ = agency(None)
    assert facts.requirements["compliance"].tolist() == ["Unknown"]
    assert observed(facts, states) == states


@pytest.mark.parametrize(
    ("owner", "hears"),
    [
        ("E1", ["maria", "cora", "lee"]),
        ("maria lopez", ["maria", "cora", "lee"]),
        ("TOM@agency.example", ["tom", "cora", "lee"]),
        ("ceo@partner.example", ["ceo", "cora", "lee"]),
        ("Gone Girard", ["cora", "lee"]),
        ("Cora Quinn", ["cora", "lee"]),
    ],
)
def test_the_owner_is_found_by_id_name_or_address(owner: str, hears: list[str]) -> None:
    """An owner nobody knows is named in the alert, and departed people hear nothing."""
    alerts, _ = turned(in_days(54), {}, owner=owner)
    assert names(alerts) == hears
    assert (f'The owner "{owner}" is not' in alerts[0].about.fix) == (len(hears) == 2)


def test_nobody_needs_to_hear_of_programs() -> None:
    """With no recipients in the config no program is told."""
    rules = Rules(PEOPLE, NO_TIERS.tiers, programs=())
    assert turned(in_days(54), {}, rules=rules)[0] == []


PURSUITS = """
| member      | employee_id | certification | target_date  | last_updated |
| Maria Lopez | E1          | CISSP         | {target}     | {updated}    |
"""


def stopped(target: int, updated: int, who: Rules = NO_TIERS) -> list[Alert]:
    """What is told of a pursuit with this target and this last update, in days from today."""
    text = PURSUITS.format(target=in_days(target), updated=in_days(updated))
    alerts = due_now(*agency(None, pursuits=text), rules=who)
    return [alert for alert in alerts if alert.about.kind == "pursuit"]


def test_a_pursuit_that_stalls_is_told_to_its_holder_and_manager() -> None:
    """A stalled pursuit says since when and what to write."""
    alerts = stopped(90, -31)
    assert names(alerts) == ["maria", "ann"]
    about = alerts[0].about
    assert (about.tier, about.where) == ("Stalled", "Pursuits!C2")
    assert about.problem == "Last updated on 2026-02-13, 31 days ago."
    assert stopped(90, -30) == []


def test_a_target_that_passed_is_told() -> None:
    """The day after its target date a pursuit is overdue."""
    assert [a.about.tier for a in stopped(-1, 0)] == ["Overdue"] * 2
    assert stopped(0, 0) == []


def test_a_pursuit_that_stalls_again_is_told_again() -> None:
    """Another last update, another matter; another day without one, the same."""
    first, second = ({alert.key for alert in stopped(90, updated)} for updated in (-40, -35))
    assert first.isdisjoint(second)


def test_a_row_that_stays_broken_is_told_again_each_week(ledger: Ledger) -> None:
    """At once when it is found, on a Wednesday, and again from each Monday on while it is there."""
    bad = Finding(
        "date.bad", "error", "Certifications", "C2", "soon", "No date.", "Write it.", 2, None, True
    )
    told = []
    for day in range(15):
        today = date(2026, 3, 18) + timedelta(days=day)
        facts, found = agency(in_days(900), today=today)
        alerts = due_now(facts, found, [bad], rules=NO_TIERS)
        post = FakeChannel()
        deliver(alerts, ledger, [post], plain, datetime.combine(today, time(7, 30)))
        told += [today] * len(post.messages)
    assert told == [date(2026, 3, 18), date(2026, 3, 23), date(2026, 3, 30)]


def test_rows_are_told_once_where_no_reminder_is_wanted() -> None:
    """`weekly: never`: the same matter in every week."""
    rules = Rules(PEOPLE, NO_TIERS.tiers, weekly=None)
    bad = Finding(
        "date.bad", "error", "Certifications", "C2", "soon", "No date.", "Write it.", 2, None, True
    )
    keys = set()
    for week in range(3):
        facts, found = agency(in_days(900), today=in_days(7 * week))
        keys |= {alert.key for alert in due_now(facts, found, [bad], rules=rules)}
    assert len(keys) == 1


def noted(today: date, rules: Rules, ledger: Ledger) -> list[str]:
    """What the coordinator is sent on a day, by kind."""
    facts, found = agency(in_days(700), today=today)
    alerts = due_now(facts, found, rules=rules, states=observed(facts, {}))
    post = FakeChannel()
    deliver(alerts, ledger, [post], plain, datetime.combine(today, time(7, 30)))
    return [alert.about.kind for message in post.messages for alert in message.digest.alerts]


def test_a_quiet_week_is_told_once_if_that_is_wanted(ledger: Ledger) -> None:
    """On the first run from Monday on, though the machine was off that day; not without asking."""
    wanted = Rules(PEOPLE, NO_TIERS.tiers, all_quiet=True)
    monday = date(2026, 3, 16)
    days = [monday + timedelta(days=n) for n in (0, 1, 6, 8, 9, 21)]
    assert [noted(day, wanted, ledger) for day in days] == [
        ["quiet"], [], [], ["quiet"], [], ["quiet"],
    ]  # fmt: skip
    assert noted(monday + timedelta(days=28), NO_TIERS, ledger) == []


def test_a_week_with_news_is_not_quiet(ledger: Ledger) -> None:
    """Whoever heard of anything in the seven days before, or hears of it now, gets no such note."""
    rules = Rules(PEOPLE, NO_TIERS.tiers, all_quiet=True)
    facts, found = agency(in_days(50))
    alerts = due_now(facts, found, rules=rules, states=observed(facts, {}))
    kinds = {a.about.kind for a in alerts if a.to.email.startswith("cora")}
    assert kinds == {"program", "quiet"}
    post = FakeChannel()
    deliver(alerts, ledger, [post], plain, datetime(2026, 3, 16, 7, 30))
    assert "quiet" not in {a.about.kind for m in post.messages for a in m.digest.alerts}
    assert noted(date(2026, 3, 23), rules, ledger) == []
    assert noted(date(2026, 3, 30), rules, ledger) == ["quiet"]


def test_a_chat_that_does_not_know_somebody_is_replaced_by_mail(ledger: Ledger) -> None:
    """Who is not in the chat gets the mail in the same run, and the chat is not tried again."""
    refuse = FakeChannel("slack", lambda _: Receipt(State.FAILED, "users_not_found"))
    refuse.chat = True
    mail = FakeChannel("email")
    facts, found = agency(in_days(80))
    ways = (Place("slack", chat=True), Place("email"))
    rules = Rules(PEOPLE, [Tier("Plan", 90, ("holder",))], programs=())
    alerts = due_now(facts, found, rules=rules, channels=ways)
    assert {alert.channel for alert in alerts} == {"slack"}
    for number in range(2):
        outcomes = deliver(
            alerts, ledger, [mail, refuse], plain, datetime(2026, 3, 16 + number, 7, 30)
        )
        assert not any(outcome.undelivered for outcome in outcomes)
    assert (len(refuse.messages), len(mail.messages)) == (1, 1)
    (told,) = mail.messages[0].digest.alerts
    assert told.reason is Reason.CHANNEL_REFUSED
