"""How each pursuit goes. The first status that applies: Passed, Overdue, Stalled, At Risk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from certsync.compute.columns import FOREVER, NONE, Ints, days, flags, whole
from certsync.compute.policy import Policy
from certsync.compute.records import Records
from certsync.sheets.names import fold

# One line a case, the first that applies wins: the status, the case, the sentence.
_CASES = (
    ("Unknown", "unjudged", "This row has an error and cannot be judged."),
    ("Passed", "passed_for_life", "Held; it does not expire."),
    ("Passed", "passed", "Held, valid until {expires}."),
    ("Overdue", "overdue", "The target date passed {left} ago."),
    ("Stalled", "stalled", "Last updated on {updated}, {silent} ago."),
    ("At Risk", "late_exam", "The exam on {exam} is after the target date."),
    ("At Risk", "no_exam", "{left} left and no exam is planned."),
    ("At Risk", "lapsed", "The record being renewed expired on {expires}."),
    ("At Risk", "lapses", "The record being renewed expires on {expires}, before the target date."),
    ("On Track", "fine", "{left} left."),
)


def judge_pursuits(pursuits: pd.DataFrame, records: Records, policy: Policy) -> pd.DataFrame:
    """Adds name_key, days_to_target, status and reason.

    Args:
        pursuits: ok, employee_id, certification, target_date, study_status, exam_scheduled,
            exam_date, last_updated.
        records: The certifications people hold.
        policy: `stalled_days`, `pursuit_risk_days` and `renewal_window_days` are used.

    Passed needs a record of the target that is valid today, and that is lifetime, or earned on
    or after the exam date, or valid for more than the renewal window beyond the target date: a
    record that is about to be renewed is no pass.
    """
    name_key = _folded(pursuits["certification"])
    held = records.find_current(pursuits["employee_id"], name_key)
    today = records.today
    target, exam = days(pursuits["target_date"]), days(pursuits["exam_date"])
    updated = days(pursuits["last_updated"])
    earned = np.append(records.earned, NONE)[held]
    expires = np.append(records.expires, NONE)[held]
    judged = (
        flags(pursuits["ok"])
        & pursuits["employee_id"].notna().to_numpy()
        & name_key.notna().to_numpy()
        & (target != NONE)
    )
    passed = (expires >= today) & (
        ((exam != NONE) & (earned >= exam)) | (expires > target + policy.renewal_window_days)
    )
    planned = (
        flags(pursuits["exam_scheduled"])
        | (exam != NONE)
        | (pursuits["study_status"] == "Ready for Exam").to_numpy()
    )
    gap = (expires != NONE) & (expires < target)
    holds = {
        "unjudged": ~judged,
        "passed_for_life": expires == FOREVER,
        "passed": passed,
        "overdue": target < today,
        "stalled": (updated != NONE) & (today - updated > policy.stalled_days),
        "late_exam": exam > target,
        "no_exam": (target - today <= policy.pursuit_risk_days) & ~planned,
        "lapsed": gap & (expires < today),
        "lapses": gap,
        "fine": judged,
    }
    case = np.select([holds[key] for _, key, _ in _CASES], range(len(_CASES)))
    left = np.where(judged, target - today, 0)
    blanks = {
        "left": _spans(left),
        "silent": _spans(today - updated),
        "updated": _iso(updated),
        "exam": _iso(exam),
        "expires": _iso(expires),
    }
    reasons = [
        _CASES[number][2].format(**dict(zip(blanks, values, strict=True)))
        for number, values in zip(case, zip(*blanks.values(), strict=True), strict=True)
    ]
    return pursuits.assign(
        name_key=name_key,
        days_to_target=whole(left, judged),
        status=pd.Series([_CASES[number][0] for number in case], dtype="str"),
        reason=pd.Series(reasons, dtype="str"),
    )


def _folded(names: pd.Series) -> pd.Series:
    codes, typed = pd.factorize(names)
    keys = pd.array([*map(fold, typed), None], dtype="str")
    return pd.Series(keys.take(codes))


def _iso(values: Ints) -> list[str]:
    return list(values.astype("datetime64[D]").astype(str))


def _spans(values: Ints) -> list[str]:
    """`1 day`, `12 days`; the sign is left out."""
    return [f"{abs(value)} day{'' if abs(value) == 1 else 's'}" for value in values.tolist()]
