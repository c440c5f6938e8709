"""Which certification to act on first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings

from certsync.compute.consequences import consequences
from certsync.dashboard.urgency import most_urgent, urgency
from tests.dashboard.agency import TODAY, Agency, agency_of, record
from tests.dashboard.worlds import World, worlds


def names_in_order(agency: Agency) -> list[str]:
    """The certifications in the order to act on them."""
    order = most_urgent(agency.facts, urgency(agency.facts))
    return list(agency.facts.certifications["certification"].iloc[order])


def held(certification: str, days: int, **more: Any) -> dict[str, Any]:
    """A record of somebody of its own."""
    return record(f"E-{certification}", certification, TODAY + timedelta(days), **more)


def wanted(requirement: str, minimum: int = 1, **more: Any) -> dict[str, Any]:
    """A requirement of a program of its own."""
    program = {"program": requirement, "tier": "Gold"}
    return {**program, "requirement": requirement, "minimum": minimum, **more}


def agency_with(records: list[dict[str, Any]], requirements: list[dict[str, Any]]) -> Agency:
    """An agency of just the people who hold the records."""
    members = [{"employee_id": r["employee_id"]} for r in records]
    return agency_of(
        {
            "team_members": members,
            "certifications": records,
            "partnership_requirements": requirements,
        }
    )


def test_what_a_requirement_needs_comes_first() -> None:
    """Missing today, then breaking a requirement, then the closest date, then what is parked."""
    agency = agency_with(
        [
            held("parked", 1, snooze_until=TODAY + timedelta(20)),
            held("dropped", -2, renewal_status="Not Renewing"),
            held("in 2 days", 2),
            held("3 days ago", -3),
            held("60 days ago", -60),
            held("breaks in 80 days", 80),
            held("breaks in 9 days", 9),
            held("missing", -40),
        ],
        [wanted("breaks in 80 days"), wanted("breaks in 9 days"), wanted("missing")],
    )
    assert names_in_order(agency) == [
        "missing",
        "breaks in 9 days",
        "breaks in 80 days",
        "in 2 days",
        "3 days ago",
        "60 days ago",
        "parked",
        "dropped",
    ]


def test_at_equal_dates_the_dearer_requirement_comes_first() -> None:
    """Ties go to what is worth more, then to the upper row of the sheet."""
    agency = agency_with(
        [held("cheap", 5), held("dear", 5), held("also dear", 5)],
        [
            wanted("cheap", annual_value=10),
            wanted("dear", annual_value=500),
            wanted("also dear", annual_value=500),
        ],
    )
    assert names_in_order(agency) == ["dear", "also dear", "cheap"]


def test_a_snooze_that_has_ended_parks_nothing() -> None:
    """Snoozed until today means that today it is back."""
    agency = agency_with([held("back", 9, snooze_until=TODAY), held("far", 80)], [])
    assert names_in_order(agency) == ["back", "far"]


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_urgency_agrees_with_the_consequences(world: World) -> None:
    """A record ranks as needed exactly where one of its consequences breaks a requirement."""
    facts = world.agency.facts
    stakes = urgency(facts)
    follows = consequences(facts, range(len(facts.certifications)))
    for at, found in follows.items():
        broken = [one for one in found if one.breaks]
        assert bool(stakes.needed[at] or stakes.breaks[at]) == bool(broken)
        assert stakes.value[at] == max((one.annual_value or 0 for one in broken), default=0)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_the_order_is_that_of_the_rule(world: World) -> None:
    """Watched records due within 90 days, sorted as the rule says, by plain sorting."""
    facts = world.agency.facts
    follows = consequences(facts, range(len(facts.certifications)))

    def rank(at: int) -> tuple[int, int, float, int]:
        days = world.days(at) or 0
        broken = [one for one in follows[at] if one.breaks]
        line = world.records[at]
        parked = line["renewal_status"] == "Not Renewing" or (
            line["snooze_until"] is not None and line["snooze_until"] > TODAY
        )
        band = (0 if days < 0 else 1) if broken else 3 if parked else 2
        return band, abs(days), -max((one.annual_value or 0 for one in broken), default=0), at

    due = [at for at in world.watched() if (days := world.days(at)) is not None and days <= 90]
    assert most_urgent(facts, urgency(facts)).tolist() == sorted(due, key=rank)
