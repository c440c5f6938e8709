"""Days left and status of each certification; 0 days left means it expires today."""

from __future__ import annotations

import numpy as np
import pandas as pd

from certsync.compute.columns import FOREVER, NONE, Ints, dates, whole, words
from certsync.compute.policy import Policy
from certsync.compute.records import Records

STATUSES = ("Active", "Expiring Soon", "Expired", "Renewed", "In Progress", "Unknown")


def expiry(certifications: pd.DataFrame, records: Records, policy: Policy) -> pd.DataFrame:
    """Adds name_key, current, days_to_expiry and status to the rows `records` was made of.

    A record in grace remains Expired. Departed people's and Rejected records have the status of
    their dates. Rows that cannot be judged are Unknown and have no days.
    """
    finite = records.judged & (records.expires != NONE) & (records.expires != FOREVER)
    return certifications.assign(
        name_key=words(list(records.names), records.name),
        current=records.current,
        days_to_expiry=whole(np.where(finite, records.expires - records.today, 0), finite),
        status=words(STATUSES, _status(records, policy)),
    )


def _status(records: Records, policy: Policy) -> Ints:
    soon = records.today + policy.expiring_soon_days
    return np.select(
        [
            ~records.judged,
            records.waiting,
            records.history,
            records.expires < records.today,
            records.expires <= soon,
        ],
        [5, 4, 3, 2, 1],
        0,
    )


def holders(members: pd.DataFrame, records: Records) -> pd.DataFrame:
    """Adds active_certifications and next_expiration to members: row, ok, employee_id and others.

    Both are over the current records that are valid today, and empty for rows that are not ok.
    """
    live = np.flatnonzero(records.current & records.valid)
    person, until = records.person[live], records.expires[live]
    size = len(records.people) + 1
    first = np.full(size, FOREVER)
    np.minimum.at(first, person, until)
    active = np.bincount(person, minlength=size)
    ok = members["ok"].to_numpy() & members["employee_id"].notna().to_numpy()
    found = records.people.get_indexer(pd.Index(members["employee_id"]))
    return members.assign(
        active_certifications=whole(active[found], ok),
        next_expiration=dates(np.where(ok, first[found], NONE)),
    )
