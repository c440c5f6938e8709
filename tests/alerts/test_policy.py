"""What is due: tiers, recipients, snoozes and rows that need fixing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Alert, Reason, parts, series
from certsync.alerts.tiers import Address, People, Tier
from certsync.sheets.findings import Finding
from tests.alerts.world import COORDINATOR, MAIL, PRO, TODAY, Place, alerts_of, certs


def told(alerts: Sequence[Alert]) -> set[tuple[str, str]]:
    """Who hears which step."""
    return {(alert.to.email.partition("@")[0], alert.about.step) for alert in alerts}


def in_days(days: int) -> date:
    """The date so many days from today."""
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "step", "who"),
    [
        (181, None, ""),
        (180, "early-planning", "maria ann"),
        (91, "early-planning", "maria ann"),
        (90, "active-planning", "maria ann cora"),
        (61, "active-planning", "maria ann cora"),
        (60, "urgent", "maria ann cora lee"),
        (31, "urgent", "maria ann cora lee"),
        (30, "critical", "maria ann cora lee"),
        (1, "critical", "maria ann cora lee"),
        (0, "expired", "maria ann cora lee"),
        (-1, "expired", "maria ann cora lee"),
        (-6, "expired", "maria ann cora lee"),
        (-7, "expired-follow-up-1", "maria ann cora lee"),
        (-13, "expired-follow-up-1", "maria ann cora lee"),
        (-14, "expired-follow-up-2", "maria ann cora lee"),
        (-21, "expired-follow-up-3", "maria ann cora lee"),
    ],
)
def test_the_tightest_tier_that_was_crossed_is_due(days: int, step: str | None, who: str) -> None:
    """Each certification alerts the people of one tier, the tightest it has crossed."""
    found = told(alerts_of(certs(("E1", PRO, in_days(days)))))
    assert found == {(name, step) for name in who.split()}


def test_an_alert_says_what_when_and_where() -> None:
    """An alert carries the holder, the certification, its date, its cell and its identity."""
    alert = alerts_of(certs(("E1", PRO, in_days(12))))[0]
    about = alert.about
    assert (about.person, about.certification, about.employee_id) == ("Maria Lopez", PRO, "E1")
    assert (about.tier, about.days, about.days_to_expiry) == ("Critical", 30, 12)
    assert about.where == "Certifications!C2"
    assert alert.key == (
        "agency|e1|awscertifiedsolutionsarchitectprofessional|2026-03-28|critical"
        "|maria@agency.example"
    )


def test_departed_people_and_their_records_are_left_alone() -> None:
    """A departed holder alerts nobody, and a departed manager hears nothing."""
    members = """
    | employee_id | full_name   | email               | manager | status   |
    | E1          | Maria Lopez | maria@agency.example | E4      | Active   |
    | E4          | Gone Girard | gone@agency.example  |         | Departed |
    """
    rows = certs(("E1", PRO, in_days(100)), ("E4", PRO, in_days(10)))
    assert told(alerts_of(rows, members=members)) == {("maria", "early-planning")}


def test_a_departed_coordinator_hears_nothing() -> None:
    """Nobody who has left is written to, whatever the config says."""
    people = People(Address("Gone@agency.example"))
    found = told(alerts_of(certs(("E1", PRO, in_days(80))), people=people))
    assert found == {("maria", "active-planning"), ("ann", "active-planning")}


def test_superseded_lifetime_and_unknown_records_alert_nobody() -> None:
    """Only the record that counts, with a date, is ever due."""
    rows = certs(
        ("E1", PRO, in_days(10)),
        ("E1", PRO, in_days(700)),
        ("E2", "CISSP", "does not expire"),
        ("E2", "PMP", ""),
    )
    assert alerts_of(rows) == []


def test_the_manager_hears_instead_of_somebody_on_leave() -> None:
    """Who is on leave is left in peace, and the manager learns why the mail came."""
    tiers = (Tier("Soon", 30, ("holder",)),)
    (alert,) = alerts_of(certs(("E2", PRO, in_days(5))), tiers=tiers)
    assert (alert.to.email, alert.reason) == ("ann@agency.example", Reason.HOLDER_ON_LEAVE)


def test_somebody_on_leave_is_told_where_there_is_nobody_else() -> None:
    """On Leave is no reason to tell nobody."""
    members = """
    | employee_id | full_name | email              | manager | status   |
    | E2          | Tom Reed  | tom@agency.example |         | On Leave |
    """
    tiers = (Tier("Soon", 30, ("holder",)),)
    (alert,) = alerts_of(
        certs(("E2", PRO, in_days(5))), tiers=tiers, members=members, people=People()
    )
    assert alert.to.email == "tom@agency.example"


def test_one_person_in_several_roles_gets_one_alert() -> None:
    """Roles are joined by address, whatever the case of its letters."""
    people = People(Address("MARIA@agency.example"), (Address("maria@agency.example"),))
    found = alerts_of(certs(("E1", PRO, in_days(20))), people=people)
    assert [(a.to.email, a.to.roles) for a in found] == [
        ("maria@agency.example", ("holder", "coordinator", "leadership")),
        ("ann@agency.example", ("manager",)),
    ]


def test_the_manager_stands_in_for_a_holder_without_an_address() -> None:
    """Who cannot be written to is told by the manager, who learns why."""
    tiers = (Tier("Soon", 30, ("holder",)),)
    (alert,) = alerts_of(certs(("E5", PRO, in_days(20))), tiers=tiers)
    assert (alert.to.email, alert.to.roles) == ("ann@agency.example", ("manager",))
    assert alert.reason is Reason.HOLDER_WITHOUT_ADDRESS


def test_the_coordinator_stands_in_where_there_is_no_manager() -> None:
    """Without holder and manager the coordinator hears of an early tier already."""
    members = """
    | employee_id | full_name     | email | manager | status |
    | E5          | Nora Mailless | nora@ |         | Active |
    """
    (alert,) = alerts_of(certs(("E5", PRO, in_days(170))), members=members)
    assert alert.to.email == COORDINATOR.email
    assert alert.reason is Reason.HOLDER_WITHOUT_ADDRESS


def test_a_tier_that_reaches_nobody_goes_to_the_coordinator() -> None:
    """An alert for a manager who does not exist is not lost."""
    tiers = (Tier("Soon", 30, ("manager",)),)
    (alert,) = alerts_of(certs(("E3", PRO, in_days(20))), tiers=tiers)
    assert (alert.to.email, alert.reason) == (COORDINATOR.email, Reason.NOBODY_ELSE)


def test_an_alert_for_nobody_is_not_swallowed() -> None:
    """Where nobody at all can be told the alert comes back and says so."""
    tiers = (Tier("Soon", 30, ("manager",)),)
    (alert,) = alerts_of(certs(("E3", PRO, in_days(20))), tiers=tiers, people=People())
    assert (alert.to.email, alert.reason) == ("", Reason.NO_RECIPIENT)


def test_a_tier_may_name_any_address() -> None:
    """An address in a tier is written to beside the roles."""
    tiers = (Tier("Soon", 30, ("holder", "audit@agency.example")),)
    found = alerts_of(certs(("E1", PRO, in_days(20))), tiers=tiers)
    assert [a.to.email for a in found] == ["maria@agency.example", "audit@agency.example"]


@pytest.mark.parametrize(("days", "silenced"), [(1, True), (0, False), (-1, False)])
def test_a_snooze_lasts_until_its_day(days: int, silenced: bool) -> None:
    """Before the date in Snooze Until an alert is silenced; on that day it is due again."""
    rows = f"""
    | employee_id | certification | expiration_date | snooze_until    |
    | E1          | {PRO}         | {in_days(20)}   | {in_days(days)} |
    """
    reasons = {alert.reason for alert in alerts_of(rows)}
    assert reasons == {Reason.SNOOZED if silenced else Reason.TIER_CROSSED}


def test_every_channel_gets_its_own_alert() -> None:
    """Two channels, two alerts with one identity."""
    found = alerts_of(certs(("E1", PRO, in_days(170))), channels=(MAIL, Place("email")))
    assert [a.channel for a in found] == ["outbox", "email"] * 2
    assert len({a.key for a in found}) == 2


def finding(row: int, value: str, **changes: str) -> Finding:
    """A date in the Certifications tab that cannot be read."""
    given = {"code": "date.bad", "severity": "error", "tab": "Certifications"} | changes
    return Finding(
        given["code"],
        given["severity"],  # type: ignore[arg-type]
        given["tab"],
        f"C{row}",
        value,
        f'"{value}" is not a date.',
        "Write it as 2026-02-28.",
        row,
        "expiration_date",
        True,
    )


def test_a_row_that_cannot_be_judged_is_the_coordinators_alone() -> None:
    """An unknown date alerts nobody but the coordinator, with the cell and the fix."""
    (alert,) = alerts_of(certs(("E1", PRO, "")), findings=[finding(2, "31/02/2026")])
    assert (alert.to.email, alert.reason) == (COORDINATOR.email, Reason.DATA_PROBLEM)
    assert alert.about.where == "Certifications!C2"
    assert alert.about.fix == "Write it as 2026-02-28."


def test_a_row_is_known_again_after_sorting() -> None:
    """The identity of a broken row is who and what, not where it stands."""
    first = alerts_of(
        certs(("E1", PRO, ""), ("E2", PRO, "2027-01-01")), findings=[finding(2, "31/02/2026")]
    )
    second = alerts_of(
        certs(("E2", PRO, "2027-01-01"), ("E1", PRO, "")), findings=[finding(3, "31/02/2026")]
    )
    assert [a.key for a in first] == [a.key for a in second]
    assert first[0].about.where != second[0].about.where


def test_another_wrong_value_is_another_matter() -> None:
    """Who corrects one mistake into another hears of the new one."""
    rows = certs(("E1", PRO, ""))
    keys = {alerts_of(rows, findings=[finding(2, v)])[0].key for v in ("31/02/2026", "soon")}
    assert len(keys) == 2


def test_the_same_mistake_twice_is_one_matter() -> None:
    """Two rows of one person and certification with the same mistake make one alert."""
    rows = certs(("E1", PRO, ""), ("E1", PRO, ""))
    assert len(alerts_of(rows, findings=[finding(2, "soon"), finding(3, "soon")])) == 1


def test_a_snooze_goes_before_a_stand_in() -> None:
    """A snoozed certification of somebody without an address rests like any other."""
    rows = f"""
    | employee_id | certification | expiration_date | snooze_until |
    | E5          | {PRO}         | {in_days(20)}   | {in_days(9)} |
    """
    assert {a.reason for a in alerts_of(rows)} == {Reason.SNOOZED}


def test_warnings_and_missing_coordinators_make_no_alert() -> None:
    """Only errors are told, and only where there is somebody to tell."""
    rows = certs(("E1", PRO, ""))
    assert alerts_of(rows, findings=[finding(2, "x", severity="warning")]) == []
    assert alerts_of(rows, findings=[finding(2, "x")], people=People()) == []


def test_no_part_of_a_series_can_imitate_another() -> None:
    """A `|` inside an ID does not move the borders, and the parts come back whole."""
    assert series("a|b", "c") != series("a", "b|c")
    assert parts(series("a|b", "50%|", "")) == ["a|b", "50%|", ""]


MANAGERS = {"E1": "E3", "E2": "E3", "E3": None, "E5": "E3"}
NAMES = {"E1": "maria", "E2": "tom", "E3": "ann", "E5": None}


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(
        st.tuples(st.sampled_from(["E1", "E2", "E3", "E4", "E5"]), st.integers(-60, 200)),
        max_size=8,
    ),
    tiers=st.lists(
        st.tuples(
            st.integers(-5, 190),
            st.sets(st.sampled_from(["holder", "manager", "coordinator", "leadership"])),
            st.none() | st.integers(1, 20),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda tier: tier[0],
    ),
)
def test_what_is_due_is_what_a_patient_reader_would_say(
    days: list[tuple[str, int]], tiers: list[tuple[int, set[str], int | None]]
) -> None:
    """Any records against any tiers: the same alerts as from reading row by row, day by day."""
    ladder = [Tier(f"T{limit}", limit, tuple(sorted(to)), every) for limit, to, every in tiers]
    rows = certs(*((who, f"Cert {n}", in_days(left)) for n, (who, left) in enumerate(days)))
    expected = set()
    for n, (who, left) in enumerate(days):
        crossed = [tier for tier in ladder if left <= tier.days]
        if who == "E4" or not crossed:
            continue
        tier = min(crossed, key=lambda tier: tier.days)
        step = tier.slug
        if tier.follow_up_every and tier.days - left >= tier.follow_up_every:
            step += f"-follow-up-{(tier.days - left) // tier.follow_up_every}"
        hears: set[str | None] = set()
        for role in tier.to:
            hears.add(
                {
                    "holder": NAMES[who],
                    "manager": NAMES.get(MANAGERS[who] or ""),
                    "coordinator": "cora",
                    "leadership": "lee",
                }[role]
            )
        if "holder" in tier.to and (NAMES[who] is None or who == "E2"):
            hears.add("ann")
        if who == "E2":
            hears.discard("tom")
        hears.discard(None)
        expected |= {(name, f"Cert {n}", step) for name in hears or {"cora"}}
    found = alerts_of(rows, tiers=ladder)
    assert {(a.to.email.partition("@")[0], a.about.certification, a.about.step) for a in found} == (
        expected
    )
    assert len({a.key for a in found}) == len(found)
