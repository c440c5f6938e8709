"""Everything computed, compared with the plain definitions of `oracle` on small random worlds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.compute.build import Member, Pursuit, Record, Requirement, World
from tests.compute.oracle import Means, Oracle

TODAY = date(2026, 11, 23)

MEANS: Means = {
    "AWS Pro": lambda name, _: _key(name) == "awspro",
    "aws *": lambda name, _: _key(name).startswith("aws"),
    "level:Pro": lambda name, _: "pro" in _words(name),
    "issuer:AWS": lambda _, issuer: _key(issuer) == "aws",
    "issuer:ms, aws level:base | Azure Pro": lambda name, issuer: (
        (_key(issuer) in ("ms", "aws") and "base" in _words(name)) or _key(name) == "azurepro"
    ),
    "name:a*pro issuer:m*": lambda name, issuer: (
        _key(name).startswith("a") and _key(name).endswith("pro") and _key(issuer).startswith("m")
    ),
    "*": lambda _name, _issuer: True,
    "AWS": lambda _name, _issuer: False,
}


def _key(text: str | None) -> str:
    return "".join(c for c in (text or "").lower() if c.isalnum())


def _words(text: str) -> list[str]:
    return text.lower().replace("-", " ").split()


near = st.one_of(st.sampled_from([-1, 0, 1]), st.integers(-3, 3), st.integers(-12, 14)).map(
    lambda ahead: TODAY + timedelta(days=ahead)
)
expires = st.one_of(near, near, near, near, st.just("never"), st.none())
earned = st.one_of(st.none(), st.none(), near)
people = st.sampled_from(["E1", "E2", "E3"] * 3 + ["E9", None])
names = st.sampled_from(["AWS Pro", "aws-pro", "AWS Base", "Azure Pro", "Azure-Base"] * 2 + [None])
statuses = st.sampled_from(["Active", "Active", "On Leave", "Departed", None])
ok = st.sampled_from([True] * 7 + [False])
windows = st.integers(0, 10)

members = st.tuples(
    *(st.builds(Member, employee_id=st.just(f"E{one}"), status=statuses, ok=ok) for one in "123")
)
again = st.builds(Member, employee_id=st.sampled_from(["E1", "E2", None]), status=statuses, ok=ok)
worlds = st.builds(
    World,
    members=st.tuples(members, st.lists(again, max_size=2)).map(
        lambda drawn: [*drawn[0], *drawn[1]]
    ),
    records=st.lists(
        st.builds(
            Record,
            employee_id=people,
            certification=names,
            expires=expires,
            earned=earned,
            verified=st.sampled_from(["Verified", "Verified", "Pending", "Rejected", None]),
            issuing_body=st.sampled_from(["AWS", "a.w.s.", "MS", None, None]),
            ok=ok,
        ),
        min_size=2,
        max_size=9,
    ),
    requirements=st.lists(
        st.builds(
            Requirement,
            requirement=st.sampled_from([*MEANS, *MEANS, None]),
            minimum=st.sampled_from([1, 1, 2, 2, 3, 3, None]),
            count=st.sampled_from(["People", "Certifications", None]),
            ok=ok,
        ),
        min_size=1,
        max_size=3,
    ),
    pursuits=st.lists(
        st.builds(
            Pursuit,
            employee_id=people,
            certification=st.one_of(names, st.just("Zebra Pro")),
            target=st.one_of(near, near, near, st.none()),
            study_status=st.sampled_from(["Ready for Exam", "In Progress", None]),
            exam_scheduled=st.sampled_from([True, False, None]),
            exam=st.one_of(st.none(), near),
            updated=st.one_of(st.none(), near),
            ok=ok,
        ),
        min_size=1,
        max_size=4,
    ),
)
policies = st.builds(
    Policy,
    expiring_soon_days=windows,
    at_risk_days=windows,
    strict=st.booleans(),
    stalled_days=windows,
    pursuit_risk_days=windows,
    renewal_window_days=windows,
)


def lines(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a frame as plain values: None for every kind of nothing, dates as dates."""
    return list(zip(*(map(_plain, frame[key]) for key in columns), strict=True))


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if isinstance(value, np.generic) else value


def check_records(oracle: Oracle, facts: Facts) -> None:
    """The columns of certifications and members."""
    wanted = [
        (oracle.current(place), oracle.days(place), oracle.status(place))
        for place in range(len(oracle.world.records))
    ]
    assert lines(facts.certifications, "current", "days_to_expiry", "status") == wanted
    wanted_members = [
        oracle.active(row.employee_id) if row.ok and row.employee_id else (None, None)
        for row in oracle.world.members
    ]
    found = lines(facts.members, "active_certifications", "next_expiration")
    assert found == wanted_members


def check_requirements(oracle: Oracle, facts: Facts) -> None:
    """The columns of requirements and holdings."""
    judged = [oracle.requirement(row) for row in oracle.world.requirements]
    columns = ("compliance", "certified", "breach_date", "breach_count", "unverified", "on_leave")
    wanted = [tuple(getattr(one, key) for key in columns) for one in judged]
    assert lines(facts.requirements, *columns) == wanted
    surplus = [
        None if one.certified is None else one.certified - (row.minimum or 0)
        for one, row in zip(judged, oracle.world.requirements, strict=True)
    ]
    assert lines(facts.requirements, "surplus") == [(number,) for number in surplus]
    held = [
        (at, one.certification, one.reason == "", one.reason, one.count_after, one.decisive)
        for at, requirement in enumerate(judged)
        for one in requirement.held
    ]
    keys = ("requirement", "certification", "counted", "reason", "count_after", "decisive")
    assert lines(facts.holdings, *keys) == held


def check_pursuits(oracle: Oracle, facts: Facts) -> None:
    """The columns of pursuits."""
    wanted = [oracle.pursuit(row) for row in oracle.world.pursuits]
    assert list(facts.pursuits["status"]) == wanted
    assert all(reason.endswith(".") for reason in facts.pursuits["reason"])


def check(world: World, policy: Policy) -> None:
    """Everything computed is what the definitions say."""
    oracle = Oracle(world, MEANS, policy, TODAY)
    facts, _ = compute(world.tables(), policy, TODAY)
    check_records(oracle, facts)
    check_requirements(oracle, facts)
    check_pursuits(oracle, facts)


@settings(max_examples=150, deadline=None)
@given(worlds, policies)
def test_the_definitions_hold(world: World, policy: Policy) -> None:
    """Days, status, current, counts, breach dates and pursuits are those of the definitions."""
    check(world, policy)


@pytest.mark.campaign
@settings(max_examples=4000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, policies)
def test_the_definitions_hold_at_length(world: World, policy: Policy) -> None:
    """As above, on many more worlds."""
    check(world, policy)
