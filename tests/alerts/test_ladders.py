"""Tiers of their own for some certifications, and a message for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from certsync.alerts.alert import Alert
from certsync.alerts.digest import gather
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import OtherTiers, Tier
from certsync.alerts.watch import observed
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.alerts.world import PEOPLE, TODAY, due_now
from tests.fakes import tables

MEMBERS = """
| employee_id | full_name   | email                | manager | status |
| E1          | Maria Lopez | maria@agency.example |         | Active |
"""
AZ, PMP, AWS = "Microsoft Azure Architect", "PMP", "AWS Architect - Professional"
REQUIREMENTS = f"""
| program             | tier     | requirement | minimum | owner |
| AWS Partner Network | Advanced | {AWS}       | 1       |       |
| AWS Partner Network | Select   | {PMP}       | 1       |       |
"""
USUAL = (Tier("Usual", 100, ("holder",)),)
EARLY = (Tier("Early", 300, ("holder",)),)
LATE = (Tier("Late", 20, ("holder",)),)


def alerts(*others: OtherTiers, left: int = 90, **rules: bool) -> Sequence[Alert]:
    """What is due of three certifications that expire in so many days."""
    day = TODAY + timedelta(days=left)
    found = tables(
        team_members=MEMBERS,
        certifications=f"""
        | employee_id | certification | issuing_body | expiration_date |
        | E1          | {AZ}          | Microsoft    | {day}           |
        | E1          | {PMP}         | PMI          | {day}           |
        | E1          | {AWS}         | AWS          | {day}           |
        """,
        partnership_requirements=REQUIREMENTS,
    )
    facts = compute(found, Policy(), TODAY)[0]
    given = Rules(
        PEOPLE,
        USUAL,
        others,
        programs=("coordinator", "maria@agency.example"),
        **rules,  # type: ignore[arg-type]
    )
    return due_now(facts, found, rules=given, states=observed(facts, {}))


def tiers(*others: OtherTiers, left: int = 90) -> dict[str, str]:
    """The tier each certification is in."""
    found = alerts(*others, left=left)
    return {a.about.certification: a.about.tier for a in found if a.about.kind == "expiry"}


@pytest.mark.parametrize(
    "selector", ["issuer:Microsoft", AZ, "microsoft azure*", "CISSP | Microsoft Azure Architect"]
)
def test_a_selector_gives_some_certifications_other_tiers(selector: str) -> None:
    """Whatever Required Certification may say names them; the others keep the usual ones."""
    assert tiers(OtherTiers(LATE, certification=selector)) == {PMP: "Usual", AWS: "Usual"}
    assert tiers(OtherTiers(EARLY, certification=selector), left=250) == {AZ: "Early"}


@pytest.mark.parametrize(
    ("program", "early"),
    [
        ("AWS Partner Network", {PMP, AWS}),
        ("aws partner network ADVANCED", {AWS}),
        ("AWS Partner Network Select", {PMP}),
        ("Another", set()),
    ],
)
def test_a_program_gives_its_certifications_other_tiers(program: str, early: set[str]) -> None:
    """What counts for a program, or for one tier of it, follows the tiers set for it."""
    assert set(tiers(OtherTiers(EARLY, program=program), left=250)) == early


def test_the_first_that_fits_counts() -> None:
    """Two sets of tiers that mean one certification: the one that stands first."""
    late, early = OtherTiers(LATE, certification="*"), OtherTiers(EARLY, certification=PMP)
    assert tiers(late, early, left=250) == {}
    assert tiers(early, late, left=250) == {PMP: "Early"}


def test_a_selector_that_means_nothing_changes_nothing() -> None:
    """Neither one that matches no certification nor one that cannot be read."""
    for selector in ("CISSP", "issuer:"):
        assert set(tiers(OtherTiers(LATE, certification=selector)).values()) == {"Usual"}


def subjects(found: Sequence[Alert], *, threads: bool) -> list[set[str]]:
    """What each of Maria's messages is about."""
    mine = [(a, None, date(2026, 3, 16)) for a in found if a.to.email.startswith("maria")]
    digests = gather(mine, threads=threads)
    return [{a.about.title or a.about.certification for a in d.alerts} for d in digests]


def test_each_certification_can_have_a_message_of_its_own() -> None:
    """One message a certification; a program and the certification it hangs on share one."""
    found = alerts(left=50, threads=True)
    assert subjects(found, threads=False) == [
        {AZ, PMP, AWS, "AWS Partner Network Advanced", "AWS Partner Network Select"}
    ]
    assert sorted(map(sorted, subjects(found, threads=True))) == [
        [AWS, "AWS Partner Network Advanced"],
        ["AWS Partner Network Select", PMP],
        [AZ],
    ]
