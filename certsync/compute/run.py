"""The whole computation, from tables to facts."""

from __future__ import annotations

from datetime import date

import pandas as pd

from certsync.compute.columns import Kind, shaped
from certsync.compute.compliance import compliance
from certsync.compute.expiry import expiry, holders
from certsync.compute.explain import explain
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.pursuits import judge_pursuits
from certsync.compute.records import records
from certsync.compute.requirements import known_certifications, match, stack
from certsync.sheets.findings import Finding
from certsync.sheets.tables import Tables

_MEMBERS: dict[str, Kind] = {
    "row": "row",
    "ok": "flag",
    "employee_id": "text",
    "full_name": "text",
    "email": "text",
    "role": "text",
    "department": "text",
    "location": "text",
    "start_date": "date",
    "manager": "text",
    "manager_id": "text",
    "status": "text",
}
_CERTIFICATIONS: dict[str, Kind] = {
    "row": "row",
    "ok": "flag",
    "employee_id": "text",
    "person": "text",
    "member": "text",
    "certification": "text",
    "issuing_body": "text",
    "date_earned": "date",
    "expiration_date": "date",
    "does_not_expire": "flag",
    "verified": "text",
    "renewal_status": "text",
    "snooze_until": "date",
    "renewal_method": "text",
    "last_alert": "text",
}
_PURSUITS: dict[str, Kind] = {
    "row": "row",
    "ok": "flag",
    "employee_id": "text",
    "person": "text",
    "member": "text",
    "certification": "text",
    "target_date": "date",
    "study_status": "text",
    "exam_scheduled": "flag",
    "exam_date": "date",
    "last_updated": "date",
}


def compute(tables: Tables, policy: Policy, today: date) -> tuple[Facts, list[Finding]]:
    """What holds on `today`, and the requirements whose selector means nothing.

    `tables` are those that `sheets.checks.check` returns: their people are resolved. A table that
    is missing counts as empty. Where no record has a word under Verified and the policy is not
    strict, nobody tracks it and every record counts as Verified; else an empty cell is Pending.
    """
    frames = {key: table.frame for key, table in tables.items()}
    members = shaped(frames.get("team_members"), _MEMBERS)
    certifications = _named(shaped(frames.get("certifications"), _CERTIFICATIONS))
    pursuits = _named(shaped(frames.get("pursuits"), _PURSUITS))
    tracked = policy.strict or bool(certifications["verified"].notna().any())
    certifications["verified"] = certifications["verified"].fillna(
        "Pending" if tracked else "Verified"
    )

    rows = records(certifications, members, policy=policy, today=today)
    certifications = expiry(certifications, rows, policy)
    requirements = stack(tables)
    known, pair = known_certifications(certifications, rows, pursuits["certification"])
    matches = match(requirements, tables, known, pair)
    requirements, holdings = compliance(
        requirements, matches, rows, certifications["employee_id"], policy
    )
    requirements["reason"] = explain(
        requirements, holdings, certifications["person"], matches.problems
    )
    facts = Facts(
        today=today,
        policy=policy,
        members=holders(members, rows),
        certifications=certifications,
        requirements=requirements,
        holdings=holdings,
        pursuits=judge_pursuits(pursuits, rows, policy),
    )
    return facts, list(matches.findings)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """`person` filled from the name as typed, then from the ID."""
    person = frame["person"].fillna(frame["member"]).fillna(frame["employee_id"])
    return frame.assign(person=person).drop(columns="member")
