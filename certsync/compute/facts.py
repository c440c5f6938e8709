"""Everything one run knows about the workbook, as frames. The one entry is `run.compute`.

Frames have a RangeIndex and these columns (dtype in brackets; `str` columns are NaN, dates NaT
and numbers <NA> where there is nothing). `row` is the sheet row, `ok` False for a row with an
error that would falsify what is computed from it.

members: row, ok, employee_id [str], full_name, email, role, department, location, start_date,
    manager [str, as typed], manager_id [str, resolved], status [Active | On Leave | Departed],
    active_certifications [Int64: current records valid today], next_expiration [datetime64:
    the earliest of their expiration dates]; both empty for rows that are not ok
certifications: row, ok, employee_id [str, resolved], person [str, full name, or as typed],
    certification [str, as typed], name_key [str, folded], issuing_body, date_earned,
    expiration_date, does_not_expire [bool], verified [Pending | Verified | Rejected, never empty],
    renewal_status, snooze_until, renewal_method, last_alert,
    current [bool: the record that counts for its person and certification; only rows that are
    judged, earned and not Rejected; see `records`],
    days_to_expiry [Int64, <NA> for lifetime and unknown],
    status [Active | Expiring Soon | Expired | Renewed | In Progress | Unknown]
requirements: row, ok [False also where the selector means nothing], tab [str],
    kind [partnership | client], name [program or client], tier [str],
    requirement [str, the selector as typed], minimum [Int64], count [People | Certifications],
    certified [Int64], surplus [Int64], compliance [Met | At Risk | Not Met | Unknown],
    breach_date [datetime64], breach_count [Int64: the count on that day],
    unverified [Int64: how many of `certified` count only through records that are not Verified],
    on_leave [Int64: how many of `certified` are on leave], impact [str], annual_value [Float64],
    owner [str], deadline [datetime64: tier renewal or audit date], reason [str: one sentence]
holdings: one line for each judged requirement and each record its selector matches, by
    requirement, then certification:
    requirement [int64, index into requirements], certification [int64, index into certifications],
    employee_id, counted [bool], reason [str: "" when counted, else departed | expired | history |
    rejected | unverified | not judged | not yet earned],
    valid_until [datetime64, NaT for lifetime]
    count_after [Int64: what the requirement counts the day after this record lapses, for counted
    records that expire; <NA> else], decisive [bool: the count falls that day because of it]
pursuits: row, ok, employee_id, person, certification, name_key, target_date, study_status,
    exam_scheduled [bool], exam_date, last_updated, days_to_target [Int64],
    status [On Track | At Risk | Stalled | Overdue | Passed | Unknown], reason [str]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from certsync.compute.policy import Policy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Facts:
    """What holds on `today`; the module's docstring names the columns of each frame."""

    today: date
    policy: Policy
    members: pd.DataFrame
    certifications: pd.DataFrame
    requirements: pd.DataFrame
    holdings: pd.DataFrame
    pursuits: pd.DataFrame


def later(facts: Facts, today: date) -> Facts:
    """The same records on a later day: only the days that are left are fewer.

    Status, pursuits and requirements are those of the day that was judged.
    """
    gone = (today - facts.today).days
    if not gone:
        return facts
    frame = facts.certifications
    return replace(
        facts,
        today=today,
        certifications=frame.assign(days_to_expiry=frame["days_to_expiry"] - gone),
    )
