"""How much hangs on each certification record, and so which to act on first.

First come the records that a requirement needs: an expired one whose requirement is not met
today, then those whose lapse takes a requirement below its minimum. Then every other record,
the closer its date to today the sooner. Last come the parked ones: snoozed, or not to be renewed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from certsync.compute.facts import Facts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEEDED, _BREAKS, _OTHER, _PARKED = range(4)


@dataclass(frozen=True)
class Urgency:
    """Arrays with one element for each certification record.

    `here`: its holder has not departed. `watched`: besides, it is the record that counts for its
    person and certification, so that its lapse can hurt; no array below marks any other.
    `needed`: expired, and a requirement that is not met would count it again. `breaks`: the day
    it lapses a requirement falls below its minimum. `value`: the most that such a requirement is
    worth a year. `counts`: some requirement counts it today.
    """

    here: NDArray[np.bool_]
    watched: NDArray[np.bool_]
    needed: NDArray[np.bool_]
    breaks: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    value: NDArray[np.float64]


def urgency(facts: Facts) -> Urgency:
    """What hangs on each record."""
    members, records = facts.members, facts.certifications
    departed = members.loc[members["status"] == "Departed", "employee_id"]
    here = ~records["employee_id"].isin(departed).to_numpy(bool)
    size, links, wants = len(facts.certifications), facts.holdings, facts.requirements
    requirement = links["requirement"].to_numpy()
    record = links["certification"].to_numpy()
    minimum = _floats(wants["minimum"])[requirement]
    worth = np.nan_to_num(_floats(wants["annual_value"]))[requirement]
    unmet = (wants["compliance"] == "Not Met").to_numpy(bool)[requirement]
    falls = links["decisive"].to_numpy(bool) & (_floats(links["count_after"]) < minimum)
    lapsed = _missed(facts, np.flatnonzero(unmet))

    value = np.zeros(size)
    np.maximum.at(value, record[falls | lapsed], worth[falls | lapsed])
    return Urgency(
        here=here,
        watched=here & records["current"].to_numpy(bool),
        needed=_marked(size, record[lapsed]),
        breaks=_marked(size, record[falls]),
        counts=_marked(size, record[links["counted"].to_numpy(bool)]),
        value=value,
    )


def window(facts: Facts) -> int:
    """How many days ahead to look: the longer of the policy's two windows."""
    return max(facts.policy.expiring_soon_days, facts.policy.at_risk_days)


def most_urgent(facts: Facts, stakes: Urgency) -> NDArray[np.intp]:
    """Positions of the records to act on, in the order to act on them.

    They are expired or expire within the `window`. Ties go to what is
    worth more, then to the upper row of the sheet.
    """
    records = facts.certifications
    days = _floats(records["days_to_expiry"])
    chosen = np.flatnonzero(stakes.watched & (days <= window(facts)))
    shortlist = records.iloc[chosen]
    today = np.datetime64(facts.today)
    parked = (shortlist["snooze_until"].to_numpy() > today) | (
        shortlist["renewal_status"] == "Not Renewing"
    ).to_numpy(bool)
    band = np.where(parked, _PARKED, _OTHER)
    band[stakes.breaks[chosen]] = _BREAKS
    band[stakes.needed[chosen]] = _NEEDED
    distance = np.abs(days[chosen])
    order = np.lexsort((shortlist["row"].to_numpy(), -stakes.value[chosen], distance, band))
    return chosen[order]


def _missed(facts: Facts, unmet: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Holdings that are expired and would count again; `unmet` are those to look at.

    Where people are counted, another record of the same person may already do.
    """
    links = facts.holdings.iloc[unmet]
    expired = (links["reason"] == "expired").to_numpy(bool)
    by_person = (facts.requirements["count"] != "Certifications").to_numpy(bool)
    there = links["counted"].to_numpy(bool) & by_person[links["requirement"]]
    holder, holders = pd.factorize(links["employee_id"])
    key = links["requirement"].to_numpy() * (len(holders) + 1) + holder
    return _marked(len(facts.holdings), unmet[expired & ~np.isin(key, key[there])])


def _floats(column: pd.Series[int] | pd.Series[float]) -> NDArray[np.float64]:
    """A column of numbers with NaN where there is none."""
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _marked(size: int, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    marks = np.zeros(size, dtype=bool)
    marks[positions] = True
    return marks
