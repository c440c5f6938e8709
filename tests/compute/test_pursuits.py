"""The status of pursuits, rule by rule. The last columns of each table are to come out."""

from __future__ import annotations

from datetime import date

from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.compute.build import Member, Pursuit, Record, World, cells, row, rows

TODAY = date(2026, 11, 23)
OUT = ("status", "reason")


def check(text: str, held: str = "", policy: Policy | None = None) -> None:
    """Status and reason of these pursuits by people who hold those certifications."""
    lines = cells(text)
    pursuits = [
        row(Pursuit, {key: cell for key, cell in line.items() if key not in OUT}) for line in lines
    ]
    world = World([Member("E1"), Member("E2")], rows(Record, held), (), pursuits)
    found = compute(world.tables(), policy or Policy(), TODAY)[0].pursuits
    for key in OUT:
        if key in lines[0]:
            assert list(found[key]) == [line[key] for line in lines]


def test_the_target_date_itself_is_not_overdue() -> None:
    """Overdue begins on the day after the target date."""
    check(
        """
        | employee_id | certification | target     | exam_scheduled | status   | reason                             |
        | E1          | A             | 2026-11-23 | yes            | On Track | 0 days left.                       |
        | E1          | A             | 2026-11-22 | yes            | Overdue  | The target date passed 1 day ago.  |
        """  # noqa: E501 - a table is read in columns
    )


def test_a_long_silence_is_stalled() -> None:
    """Stalled is more than 30 days without an update; without any date nobody can tell."""
    check(
        """
        | employee_id | certification | target     | updated    | status   | reason                                   |
        | E1          | A             | 2027-06-01 | 2026-10-23 | Stalled  | Last updated on 2026-10-23, 31 days ago. |
        | E1          | A             | 2027-06-01 | 2026-10-24 | On Track | 190 days left.                           |
        | E1          | A             | 2027-06-01 |            | On Track | 190 days left.                           |
        """  # noqa: E501 - a table is read in columns
    )


def test_an_exam_after_the_target_date_is_a_risk() -> None:
    """An exam on the target date is still in time."""
    check(
        """
        | employee_id | certification | target     | exam       | status   | reason                                           |
        | E1          | A             | 2027-06-01 | 2027-06-02 | At Risk  | The exam on 2027-06-02 is after the target date. |
        | E1          | A             | 2027-06-01 | 2027-06-01 | On Track | 190 days left.                                   |
        """  # noqa: E501 - a table is read in columns
    )


def test_a_near_target_needs_an_exam() -> None:
    """Within 30 days an exam must be scheduled or dated, or the person ready for it."""
    check(
        """
        | employee_id | certification | target     | study_status   | exam_scheduled | exam       | status   | reason                               |
        | E1          | A             | 2026-12-23 | In Progress    |                |            | At Risk  | 30 days left and no exam is planned. |
        | E1          | A             | 2026-12-24 | In Progress    |                |            | On Track | 31 days left.                        |
        | E1          | A             | 2026-12-01 | Ready for Exam |                |            | On Track | 8 days left.                         |
        | E1          | A             | 2026-12-01 |                | yes            |            | On Track | 8 days left.                         |
        | E1          | A             | 2026-12-01 |                |                | 2026-11-30 | On Track | 8 days left.                         |
        """  # noqa: E501 - a table is read in columns
    )


def test_a_record_that_ends_before_the_target_date_is_a_risk() -> None:
    """Between the old record and the new one the person would not be certified."""
    check(
        """
        | employee_id | certification | target     | status   | reason                                                                  |
        | E1          | A             | 2027-01-01 | At Risk  | The record being renewed expires on 2026-12-31, before the target date. |
        | E2          | A             | 2027-01-01 | At Risk  | The record being renewed expired on 2026-11-22.                         |
        | E1          | B             | 2027-01-01 | On Track | 39 days left.                                                           |
        """,  # noqa: E501 - a table is read in columns
        """
        | employee_id | certification | expires    |
        | E1          | a             | 2026-12-31 |
        | E2          | a             | 2026-11-22 |
        | E1          | b             | 2027-01-01 |
        """,
    )


def test_a_record_earned_on_the_day_of_the_exam_or_later_passes() -> None:
    """A record earned before the exam is the one being renewed."""
    check(
        """
        | employee_id | certification | target     | exam       | status   | reason                        |
        | E1          | A             | 2026-12-01 | 2026-11-01 | Passed   | Held, valid until 2027-02-01. |
        | E2          | A             | 2026-12-01 | 2026-11-01 | On Track | 8 days left.                  |
        """,  # noqa: E501 - a table is read in columns
        """
        | employee_id | certification | expires    | earned     |
        | E1          | A             | 2027-02-01 | 2026-11-01 |
        | E2          | A             | 2027-02-01 | 2026-10-31 |
        """,
    )


def test_a_record_valid_far_beyond_the_target_date_passes() -> None:
    """180 days beyond the target date may be the record to renew; 181 days, or for ever, not."""
    check(
        """
        | employee_id | certification | target     | status   | reason                        |
        | E1          | A             | 2027-01-01 | On Track | 39 days left.                 |
        | E1          | B             | 2027-01-01 | Passed   | Held, valid until 2027-07-01. |
        | E1          | C             | 2027-01-01 | Passed   | Held; it does not expire.     |
        """,
        """
        | employee_id | certification | expires    |
        | E1          | A             | 2027-06-30 |
        | E1          | B             | 2027-07-01 |
        | E1          | C             | never      |
        """,
    )


def test_the_first_status_that_applies_is_told() -> None:
    """Passed before Overdue before Stalled before At Risk."""
    check(
        """
        | employee_id | certification | target     | updated    | status  |
        | E1          | A             | 2026-11-01 | 2026-01-01 | Passed  |
        | E1          | B             | 2026-11-01 | 2026-01-01 | Overdue |
        | E1          | B             | 2026-11-25 | 2026-01-01 | Stalled |
        | E1          | B             | 2026-11-25 | 2026-11-20 | At Risk |
        """,
        "| employee_id | certification | expires |\n| E1 | A | 2029-01-01 |",
    )


def test_expired_rejected_and_other_people_s_records_are_no_pass() -> None:
    """Only the holder's current record counts, and only while it is valid."""
    check(
        """
        | employee_id | certification | target     | exam       | status   |
        | E1          | A             | 2026-11-24 | 2025-01-01 | At Risk  |
        | E1          | B             | 2027-06-01 |            | On Track |
        | E1          | C             | 2027-06-01 |            | On Track |
        | E1          | D             | 2027-06-01 |            | On Track |
        | E2          | D             | 2027-06-01 |            | On Track |
        | E3          | C             | 2027-06-01 |            | On Track |
        """,
        """
        | employee_id | certification | expires    | earned     | verified |
        | E1          | A             | 2026-11-22 | 2025-01-01 | Verified |
        | E1          | B             | 2029-01-01 | 2026-01-01 | Rejected |
        | E2          | C             | 2029-01-01 | 2026-01-01 | Verified |
        | E1          | E             | 2029-01-01 | 2026-01-01 | Verified |
        """,
    )


def test_a_row_that_cannot_be_judged_is_unknown() -> None:
    """An error, or no person, certification or target date."""
    check(
        """
        | employee_id | certification | target     | ok | status  | reason                                      |
        | E1          | A             | 2027-06-01 | no | Unknown | This row has an error and cannot be judged. |
        | E1          | A             | none       |    | Unknown | This row has an error and cannot be judged. |
        | none        | A             | 2027-06-01 |    | Unknown | This row has an error and cannot be judged. |
        | E1          | none          | 2027-06-01 |    | Unknown | This row has an error and cannot be judged. |
        """  # noqa: E501 - a table is read in columns
    )


def test_the_windows_are_the_policy_s() -> None:
    """Stalled, At Risk and the renewal window take their days from the policy."""
    check(
        """
        | employee_id | certification | target     | updated    | status   |
        | E1          | B             | 2027-01-04 | 2026-09-30 | On Track |
        | E1          | B             | 2026-12-04 |            | On Track |
        | E1          | B             | 2026-12-03 |            | At Risk  |
        | E1          | A             | 2027-01-01 |            | Passed   |
        """,
        "| employee_id | certification | expires |\n| E1 | A | 2027-01-12 |",
        Policy(stalled_days=60, pursuit_risk_days=10, renewal_window_days=10),
    )
