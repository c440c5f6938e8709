"""What follows when a record expires, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from certsync.compute.consequences import Consequence, consequences, sentence
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.compute.build import Member, Record, Requirement, World, rows

TODAY = date(2026, 11, 23)
TEAM = [Member("E1"), Member("E2"), Member("E3")]


def judge(records: str, *requirements: Requirement) -> Facts:
    """The facts about these records and requirements."""
    return compute(World(TEAM, rows(Record, records), requirements).tables(), Policy(), TODAY)[0]


def said(facts: Facts, certification: int) -> list[str]:
    """The sentences for one record."""
    return [sentence(one) for one in consequences(facts, [certification])[certification]]


RECORDS = """
    | employee_id | certification | expires    |
    | E1          | A             | 2027-03-13 |
    | E2          | A             | 2027-05-31 |
    | E3          | A             | 2026-10-01 |
    | E3          | B             | never      |
    """


def test_the_requirement_falls_on_the_day_after_the_last_valid_one() -> None:
    """The sentence names program and tier, the count that is left, and the day."""
    facts = judge(RECORDS, Requirement("A", 2, name="AWS Partner Network"))
    assert said(facts, 0) == ["AWS Partner Network Advanced falls to 1 of 2 on 14 March 2027"]
    assert said(facts, 1) == ["AWS Partner Network Advanced falls to 0 of 2 on 1 June 2027"]


def test_a_surplus_keeps_the_requirement() -> None:
    """Where enough others count nothing breaks."""
    facts = judge(RECORDS, Requirement("A", 1, name="Acme", client=True))
    assert said(facts, 0) == ["Acme still has 1, needs 1"]
    assert not consequences(facts, [0])[0][0].breaks


def test_an_expired_record_tells_where_the_requirement_stands() -> None:
    """It breaks what is below its minimum, unless the holder counts through another record."""
    facts = judge(RECORDS, Requirement("A", 3), Requirement("A | B", 4), Requirement("A", 1))
    found = consequences(facts, [2])[2]
    assert [(one.requirement, one.breaks, sentence(one)) for one in found] == [
        (0, True, "AWS Advanced is at 2 of 3"),
        (1, False, "AWS Advanced is at 3 of 4"),
        (2, False, "AWS Advanced still has 2, needs 1"),
    ]
    assert found[0].on == date(2026, 10, 2)


def test_each_expired_certification_is_missed_where_certifications_count() -> None:
    """Where certifications count and not people, no other record of the holder makes up for it."""
    facts = judge(RECORDS, Requirement("A | B", 4, "Certifications"))
    assert [one.breaks for one in consequences(facts, [2])[2]] == [True]


def test_a_record_the_holder_does_not_need_breaks_nothing() -> None:
    """Who still counts through another record takes nothing away."""
    records = """
        | employee_id | certification | expires    |
        | E1          | A             | 2027-03-13 |
        | E1          | B             | 2028-03-13 |
        """
    assert said(judge(records, Requirement("*", 1)), 0) == ["AWS Advanced still has 1, needs 1"]
    assert said(judge(records, Requirement("*", 2)), 0) == [
        "AWS Advanced is at 1 of 2 on 14 March 2027"
    ]


def test_what_does_not_count_has_no_consequence() -> None:
    """Lifetime, superseded and unmatched records change nothing; each index has its list."""
    records = """
        | employee_id | certification | expires    |
        | E1          | A             | never      |
        | E2          | A             | 2027-03-13 |
        | E2          | A             | 2026-12-13 |
        | E3          | C             | 2026-12-13 |
        """
    facts = judge(records, Requirement("A"))
    assert consequences(facts, [0, 2, 3]) == {0: [], 2: [], 3: []}
    assert consequences(facts, []) == {}


def test_the_worst_comes_first_with_its_value() -> None:
    """What breaks comes first, and of that what is worth most."""
    requirement = Requirement("A", 2, impact="No leads", annual_value=1000)
    facts = judge(
        RECORDS,
        replace(requirement, minimum=1, annual_value=9000),
        requirement,
        replace(requirement, impact=None, annual_value=None),
        replace(requirement, annual_value=5000),
    )
    found = consequences(facts, [0])[0]
    assert [one.requirement for one in found] == [3, 1, 2, 0]
    assert found[1] == Consequence(
        requirement=1,
        name="AWS Advanced",
        selector="A",
        count_after=1,
        minimum=2,
        on=date(2027, 3, 14),
        lapsed=False,
        breaks=True,
        impact="No leads",
        annual_value=1000.0,
    )
    assert (found[2].impact, found[2].annual_value) == ("", None)
