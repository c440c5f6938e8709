"""Who counts, whether a requirement is met, and until when, rule by rule."""

from __future__ import annotations

from datetime import date

import pytest

from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.sheets.findings import Finding
from tests.compute.build import Member, Pursuit, Record, Requirement, World, rows

TODAY = date(2026, 11, 23)
TEAM = rows(
    Member,
    """
    | employee_id | status   |
    | E1          | Active   |
    | E2          | Active   |
    | E3          | On Leave |
    | E4          | Departed |
    """,
)


def judge(
    records: str, *requirements: Requirement, policy: Policy | None = None
) -> tuple[Facts, list[Finding]]:
    """The facts and findings about these records and requirements."""
    world = World(TEAM, rows(Record, records), requirements)
    return compute(world.tables(), policy or Policy(), TODAY)


def one(records: str, requirement: Requirement, policy: Policy | None = None) -> tuple[str, str]:
    """Compliance and reason of one requirement."""
    facts, _ = judge(records, requirement, policy=policy)
    row = facts.requirements.iloc[0]
    return row["compliance"], row["reason"]


def test_a_certification_that_expires_today_still_counts() -> None:
    """It counts through its last day; the breach is on the day after it."""
    facts, _ = judge(
        "| employee_id | certification | expires |\n| E1 | A | 2026-11-23 |", Requirement("A")
    )
    row = facts.requirements.iloc[0]
    assert (row["certified"], row["surplus"], row["compliance"]) == (1, 0, "At Risk")
    assert row["breach_date"].date() == date(2026, 11, 24)
    assert row["breach_count"] == 0


def test_a_breach_within_the_window_is_a_risk_and_a_later_one_is_told() -> None:
    """At Risk up to 90 days ahead; Met beyond, and the breach date stands there all the same."""
    records = "| employee_id | certification | person | expires |\n| E1 | A | Dana Cruz | {} |"
    assert one(records.format("2027-02-20"), Requirement("A")) == (
        "At Risk",
        "1 counts, 1 is required; none is left when Dana Cruz's lapses on 21 February 2027.",
    )
    assert one(records.format("2027-02-21"), Requirement("A")) == (
        "Met",
        "1 counts, 1 is required; none is left when Dana Cruz's lapses on 22 February 2027.",
    )
    facts, _ = judge(records.format("2099-12-31"), Requirement("A"))
    assert facts.requirements["breach_date"][0].date() == date(2100, 1, 1)


def test_lifetime_certifications_never_breach() -> None:
    """A requirement that lifetime certifications meet has no breach date."""
    records = """
        | employee_id | certification | expires    |
        | E1          | A             | never      |
        | E2          | A             | 2026-11-30 |
        """
    facts, _ = judge(records, Requirement("A"), Requirement("A", 2))
    assert list(facts.requirements["compliance"]) == ["Met", "At Risk"]
    assert list(facts.requirements["breach_date"].isna()) == [True, False]
    assert facts.requirements["reason"][0] == "2 count, 1 is required."


def test_the_breach_is_the_first_day_below_the_minimum() -> None:
    """Surplus certifications may lapse first; those who lapse together are named together."""
    records = """
        | employee_id | certification | person | expires    |
        | E1          | A             | Dana   | 2026-12-31 |
        | E2          | A             | Ben    | 2026-12-31 |
        | E3          | A             | Ida    | 2027-06-30 |
        """
    facts, _ = judge(records, Requirement("A", 1), Requirement("A", 2), Requirement("A", 3))
    found = facts.requirements
    assert [day.date() for day in found["breach_date"]] == [
        date(2027, 7, 1),
        date(2027, 1, 1),
        date(2027, 1, 1),
    ]
    assert list(found["breach_count"]) == [0, 1, 1]
    assert list(found["reason"]) == [
        "3 count, 1 is required; none is left when Ida's lapses on 1 July 2027.",
        "3 count, 2 are required; 1 is left when Dana's and Ben's lapse on 1 January 2027.",
        "3 count, 3 are required; 1 is left when Dana's and Ben's lapse on 1 January 2027.",
    ]


def test_what_is_not_met_has_no_breach_date_and_says_what_is_missing() -> None:
    """Not Met tells what does not count; history rows stand in nobody's way."""
    records = """
        | employee_id | certification | expires    | verified |
        | E1          | A             | 2029-01-01 |          |
        | E1          | A             | 2024-01-01 |          |
        | E2          | A             | 2026-11-22 |          |
        | E3          | A             | 2029-01-01 | Rejected |
        | E4          | A             | 2029-01-01 |          |
        """
    facts, _ = judge(records, Requirement("A", 3))
    row = facts.requirements.iloc[0]
    assert (row["certified"], row["surplus"], row["compliance"]) == (1, -2, "Not Met")
    assert facts.requirements["breach_date"].isna()[0]
    assert (
        row["reason"] == "1 counts, 3 are required; not counted: 1 expired, 1 rejected, 1 departed."
    )


def test_each_matched_record_says_why_it_does_not_count() -> None:
    """One line for each matched record, with one reason."""
    records = """
        | employee_id | certification | expires    | earned     | verified | ok |
        | E1          | A             | 2029-01-01 |            | Verified |    |
        | E1          | A             | 2028-01-01 |            | Verified |    |
        | E2          | A             | 2026-11-22 |            | Verified |    |
        | E2          | A 2           |            |            | Verified |    |
        | E2          | A 3           | 2029-01-01 | 2026-11-24 | Verified |    |
        | E3          | A             | 2029-01-01 |            | Rejected |    |
        | E3          | A 2           | 2029-01-01 |            | Verified | no |
        | E4          | A             | 2029-01-01 |            | Verified |    |
        | E7          | A             | 2029-01-01 |            | Verified |    |
        | E1          | B             | 2029-01-01 |            | Verified |    |
        """
    facts, _ = judge(records, Requirement("A*"))
    assert list(facts.holdings["certification"]) == list(range(9))
    assert list(facts.holdings["reason"]) == [
        "",
        "history",
        "expired",
        "not yet earned",
        "not yet earned",
        "rejected",
        "not judged",
        "departed",
        "not judged",
    ]
    assert list(facts.holdings["counted"]) == [True] + [False] * 8


def test_people_count_once_and_as_long_as_their_longest_certification() -> None:
    """A person with several matching certifications lapses when the last of them does."""
    records = """
        | employee_id | certification | expires    |
        | E1          | A             | 2026-12-31 |
        | E1          | B             | 2027-12-31 |
        | E2          | A             | 2027-03-31 |
        """
    facts, _ = judge(
        records, Requirement("A | B", 2, "People"), Requirement("A | B", 2, "Certifications")
    )
    found = facts.requirements
    assert list(found["certified"]) == [2, 3]
    assert [day.date() for day in found["breach_date"]] == [date(2027, 4, 1), date(2027, 4, 1)]
    assert list(facts.holdings["count_after"]) == [2, 0, 1, 2, 0, 1]
    assert list(facts.holdings["decisive"]) == [False, True, True, True, True, True]


def test_a_person_who_loses_two_certifications_at_once_is_named_once() -> None:
    """The reason names people, also where certifications count."""
    records = """
        | employee_id | certification | person | expires    |
        | E1          | A             | Dana   | 2027-12-31 |
        | E1          | B             | Dana   | 2027-12-31 |
        | E2          | B             | Ben    | 2027-12-31 |
        | E3          | B             | Ida    | 2027-12-31 |
        """
    _, reason = one(records, Requirement("*", 4, "Certifications"))
    assert (
        reason
        == "4 count, 4 are required; none is left when Dana's and 2 others lapse on 1 January 2028."
    )


def test_clients_and_partnerships_stand_in_one_frame() -> None:
    """Partnership rows come first, each with its kind, tab and row."""
    facts, _ = judge(
        "| employee_id | certification | expires |\n| E1 | A | never |",
        Requirement("A", name="Acme", tier=None, client=True),
        Requirement("A", name="AWS"),
    )
    keys = ["kind", "tab", "row", "name", "compliance"]
    assert facts.requirements[keys].to_numpy().tolist() == [
        ["partnership", "Partnership Requirements", 2, "AWS", "Met"],
        ["client", "Client Requirements", 2, "Acme", "Met"],
    ]
    assert list(facts.requirements["count"]) == ["People", "People"]


def test_people_on_leave_count_and_are_flagged() -> None:
    """On Leave counts; the requirement says how many."""
    facts, _ = judge(
        """
        | employee_id | certification | expires    |
        | E3          | A             | never      |
        | E1          | A             | never      |
        | E3          | B             | 2026-01-01 |
        """,
        Requirement("A", 2),
        Requirement("B", 1),
    )
    keys = ["compliance", "on_leave"]
    assert facts.requirements[keys].to_numpy().tolist() == [["Met", 1], ["Not Met", 0]]


UNVERIFIED = """
    | employee_id | certification | expires | verified |
    | E1          | A             | never   | Verified |
    | E2          | A             | never   | Pending  |
    """


@pytest.mark.parametrize(
    ("minimum", "strict", "compliance", "reason"),
    [
        (1, False, "Met", "2 count (1 of them unverified), 1 is required."),
        (2, False, "At Risk", "2 count (1 of them unverified), 2 are required."),
        (1, True, "Met", "1 counts, 1 is required."),
        (2, True, "Not Met", "1 counts, 2 are required; not counted: 1 unverified."),
    ],
)
def test_unverified_records_count_unless_strict(
    minimum: int, strict: bool, compliance: str, reason: str
) -> None:
    """A requirement met only thanks to unverified records is At Risk, under strict Not Met."""
    assert one(UNVERIFIED, Requirement("A", minimum), Policy(strict=strict)) == (
        compliance,
        reason,
    )


def test_a_pending_renewal_takes_nothing_from_a_verified_record() -> None:
    """Who renews early and waits for verification still counts, verified until the old date."""
    records = """
        | employee_id | certification | expires    | verified |
        | E1          | A             | 2027-12-31 | Verified |
        | E1          | A             | 2029-12-31 | Pending  |
        """
    facts, _ = judge(records, Requirement("A"))
    row = facts.requirements.iloc[0]
    assert (row["compliance"], row["unverified"]) == ("Met", 0)
    assert row["breach_date"].date() == date(2030, 1, 1)
    strict, _ = judge(records, Requirement("A"), policy=Policy(strict=True))
    row = strict.requirements.iloc[0]
    assert (row["compliance"], row["certified"]) == ("Met", 1)
    assert row["breach_date"].date() == date(2028, 1, 1)
    assert list(strict.holdings["reason"]) == ["", "unverified"]


def test_a_verified_record_that_has_expired_backs_nobody() -> None:
    """Who counts only through an unverified renewal is unverified, whatever was verified once."""
    facts, _ = judge(
        """
        | employee_id | certification | expires    | verified |
        | E1          | A             | 2026-11-22 | Verified |
        | E1          | A             | 2029-12-31 | Pending  |
        """,
        Requirement("A"),
    )
    assert facts.requirements[["compliance", "unverified"]].to_numpy().tolist() == [["At Risk", 1]]


def test_unverified_is_never_below_zero() -> None:
    """An unverified renewal from another issuer does not count; the verified one is history."""
    facts, _ = judge(
        """
        | employee_id | certification | expires    | verified | issuing_body |
        | E1          | A             | 2027-12-31 | Verified | AWS          |
        | E1          | A             | 2029-12-31 | Pending  | Amazon       |
        """,
        Requirement("issuer:AWS"),
    )
    assert facts.requirements[["certified", "unverified"]].to_numpy().tolist() == [[0, 0]]


def test_an_unused_verified_column_says_nothing() -> None:
    """Without a word under Verified all records are Verified; one word makes the gaps Pending."""
    records = """
        | employee_id | certification | expires | verified |
        | E1          | A             | never   | none     |
        | E2          | A             | never   | {}       |
        """
    for word, pending in (("none", 0), ("Verified", 1)):
        facts, _ = judge(records.format(word), Requirement("A", 2))
        assert list(facts.requirements["unverified"]) == [pending]
    facts, _ = judge(records.format("none"), Requirement("A", 2), policy=Policy(strict=True))
    assert list(facts.requirements["compliance"]) == ["Not Met"]


def test_a_selector_that_matches_nothing_is_unknown_and_reported() -> None:
    """Its finding names the cell, the value and the nearest certification."""
    facts, findings = judge(
        "| employee_id | certification | expires |\n| E1 | AWS Developer | never |",
        Requirement("AWS Developer"),
        Requirement("AWS Develper", name="Acme", client=True),
    )
    row = facts.requirements.iloc[1]
    assert (row["compliance"], row["ok"]) == ("Unknown", False)
    assert row["reason"] == '"AWS Develper" matches no certification in the workbook.'
    assert facts.requirements["certified"].isna().tolist() == [False, True]
    assert findings == [
        Finding(
            code="selector.unmatched",
            severity="error",
            tab="Client Requirements",
            cell="C2",
            value="AWS Develper",
            message='"AWS Develper" matches no certification in the workbook.',
            fix='Did you mean "AWS Developer"?',
            row=2,
            column="requirement",
            excludes=True,
        )
    ]


def test_a_bad_selector_is_unknown_and_reported() -> None:
    """A selector that cannot be read excludes its row, and says how to write it."""
    facts, findings = judge(
        "| employee_id | certification | expires |\n| E1 | A | never |",
        Requirement("A"),
        Requirement("vendor:AWS"),
    )
    assert list(facts.requirements["compliance"]) == ["Met", "Unknown"]
    assert [str(finding) for finding in findings] == [
        "Partnership Requirements!D3: vendor: is not a field of a selector. "
        "The fields are issuer, level, name. Put a name with a colon into quotes."
    ]


def test_a_certification_that_is_only_pursued_is_known() -> None:
    """The selector of a certification somebody pursues is Not Met, not Unknown."""
    world = World(TEAM, (), [Requirement("A")], [Pursuit("E1", "A", date(2027, 1, 1))])
    facts, findings = compute(world.tables(), Policy(), TODAY)
    assert list(facts.requirements["compliance"]) == ["Not Met"]
    assert findings == []


def test_a_requirement_with_an_error_is_unknown() -> None:
    """A row with an error, or without selector or minimum, is not judged nor reported again."""
    facts, findings = judge(
        "| employee_id | certification | expires |\n| E1 | A | never |",
        Requirement("A", ok=False),
        Requirement(None),
        Requirement("A", None),
    )
    assert list(facts.requirements["compliance"]) == ["Unknown"] * 3
    assert set(facts.requirements["reason"]) == {"This row has an error and cannot be judged."}
    assert facts.holdings.empty
    assert findings == []


def test_a_record_without_issuing_body_has_the_one_its_certification_has() -> None:
    """An empty Issuing Body takes what other rows say, unless they disagree."""
    records = """
        | employee_id | certification | expires | issuing_body |
        | E1          | A             | never   | AWS          |
        | E3          | A             | never   | a.w.s.       |
        | E2          | a             | never   |              |
        | E1          | B             | never   | AWS          |
        | E3          | B             | never   | Microsoft    |
        | E2          | B             | never   |              |
        """
    facts, _ = judge(records, Requirement("issuer:AWS"))
    assert list(facts.holdings["certification"]) == [0, 1, 2, 3]


def test_a_member_with_an_error_is_not_judged() -> None:
    """A person of whom nobody knows whether they left does not count."""
    members = [Member("E1", ok=False), Member("E2", status=None), Member("E3")]
    records = [Record(f"E{at}", "A", "never") for at in (1, 2, 3)]
    facts, _ = compute(World(members, records, [Requirement("A")]).tables(), Policy(), TODAY)
    assert list(facts.holdings["reason"]) == ["not judged", "not judged", ""]
