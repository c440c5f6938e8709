"""Who counts for each requirement, whether it is met, and from which day it no longer is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from certsync.compute.columns import FOREVER, NONE, Ints, dates, flags, whole, words
from certsync.compute.countdown import countdown, distinct
from certsync.compute.policy import Policy
from certsync.compute.records import ACTIVE, DEPARTED, ON_LEAVE, UNJUDGED, Records
from certsync.compute.requirements import Matches

COMPLIANCE = ("Met", "At Risk", "Not Met", "Unknown")
REASONS = (
    "",
    "departed",
    "not judged",
    "rejected",
    "not yet earned",
    "history",
    "expired",
    "unverified",
)


def compliance(
    requirements: pd.DataFrame,
    matches: Matches,
    records: Records,
    employee_id: pd.Series,
    policy: Policy,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judges the requirements by the records that match them.

    Args:
        requirements: ok, minimum, count. `ok` becomes False where the selector means nothing.
        matches: The records each requirement's selector means.
        records: The rows of Certifications as arrays.
        employee_id: The holder of each of those rows.
        policy: `at_risk_days` and `strict` are used.

    Returns:
        The requirements with certified, surplus, compliance, breach_date, breach_count,
        unverified and on_leave added; and the holdings.
    """
    size = len(requirements)
    owner, row = matches.requirement, matches.certification
    barred = _barred(records, policy)[row]
    holder = records.holder[row]
    until = records.expires[row]
    by_person = (requirements["count"] != "Certifications").to_numpy()[owner]
    unit = np.where(by_person, records.person[row], records.pair[row])
    counted = barred == 0

    count = countdown(owner[counted], unit[counted], until[counted], size)
    backed = records.backed[row] & records.valid[row] & np.isin(holder, (ACTIVE, ON_LEAVE))
    unverified = np.maximum(count.certified - distinct(owner, unit, backed, size), 0)

    judged = flags(requirements["ok"]) & ~np.isin(np.arange(size), list(matches.problems))
    minimum = requirements["minimum"].fillna(0).to_numpy(dtype=np.int64)
    met = judged & (count.certified >= minimum)
    last = count.last_met(minimum)
    breaks = met & (last != FOREVER)
    soon = breaks & (last + 1 <= records.today + policy.at_risk_days)
    shaky = soon | (count.certified - unverified < minimum)
    judgement = np.select([~judged, ~met, shaky], [3, 2, 1], 0)

    judged_requirements = requirements.assign(
        ok=judged,
        certified=whole(count.certified, judged),
        surplus=whole(count.certified - minimum, judged),
        compliance=words(COMPLIANCE, judgement),
        breach_date=dates(np.where(breaks, last + 1, NONE)),
        breach_count=whole(count.after(np.arange(size), last), breaks),
        unverified=whole(unverified, judged),
        on_leave=whole(distinct(owner, unit, counted & (holder == ON_LEAVE), size), judged),
    )
    lapses = counted & (until != FOREVER)
    final = np.full(len(owner), NONE)
    final[counted] = count.last
    holdings = pd.DataFrame(
        {
            "requirement": owner,
            "certification": row,
            "employee_id": employee_id.take(row).reset_index(drop=True),
            "counted": counted,
            "reason": words(REASONS, barred),
            "valid_until": dates(until),
            "count_after": whole(count.after(owner, until), lapses),
            "decisive": lapses & (final == until),
        }
    )
    return judged_requirements, holdings


def _barred(records: Records, policy: Policy) -> Ints:
    """Why each record does not count, as an index into REASONS: the first that applies."""
    barriers = (
        records.holder == DEPARTED,
        ~records.judged | (records.holder == UNJUDGED),
        records.rejected,
        records.waiting,
        records.history,
        ~records.valid,
        ~records.verified & policy.strict,
    )
    return np.select(barriers, range(1, len(REASONS)), 0)
