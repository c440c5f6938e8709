"""The rows of Certifications as arrays, and which of them counts for its person and certification.

A row is judged if it is ok, says whose and which certification it is, and has an expiration date,
"does not expire", or neither of its dates. Waiting: nothing is earned yet (neither date, or a
date earned after today). Eligible: judged, not waiting, not Rejected. Of a person's eligible
records of one certification the lifetime one leads, then the one that expires last, then the one
earned last, then the first row. Under `strict` a record that is Verified and valid today leads
before all others, so a renewal that nobody has verified yet hides nothing that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from certsync.compute.columns import FOREVER, NONE, Ints, Mask, day, days, flags
from certsync.compute.policy import Policy
from certsync.sheets.names import fold

UNJUDGED, ACTIVE, ON_LEAVE, DEPARTED = range(4)
_HOLDERS = {"Active": ACTIVE, "On Leave": ON_LEAVE, "Departed": DEPARTED}


@dataclass(frozen=True)
class Records:
    """One entry for each row. `person`, `typed` and `name` are codes, -1 where there is none.

    `people` are employee IDs, `typed_names` the names as typed, `names` the folded ones. `holder`
    is UNJUDGED where no ok row of Team Members says Active, On Leave or Departed.
    """

    today: int
    strict: bool
    person: Ints
    people: pd.Index
    typed: Ints
    typed_names: pd.Index
    name: Ints
    names: pd.Index
    holder: Ints
    earned: Ints
    expires: Ints
    judged: Mask
    waiting: Mask
    rejected: Mask
    verified: Mask

    @property
    def eligible(self) -> Mask:
        """Records that may count for their person and certification."""
        return self.judged & ~self.waiting & ~self.rejected

    @property
    def valid(self) -> Mask:
        """Valid today: the day of expiration is the last one."""
        valid: Mask = self.expires >= self.today
        return valid

    @property
    def pair(self) -> Ints:
        """A code for person and certification together; meaningless where either is -1."""
        return self.person * len(self.names) + self.name

    @cached_property
    def leader(self) -> Ints:
        """For each eligible row, the row that counts for its person and certification; else -1."""
        return self._lead(self.eligible)

    @cached_property
    def current(self) -> Mask:
        """The record that counts for its person and certification."""
        current: Mask = self.leader == np.arange(len(self.person))
        return current

    @cached_property
    def history(self) -> Mask:
        """Eligible records that a later one has replaced."""
        mine = np.arange(len(self.person))
        lead = np.where(self.leader < 0, mine, self.leader)
        expires, earned = self.expires[lead], self.earned[lead]
        level = self.expires == expires
        history: Mask = (self.leader >= 0) & (
            (self.expires < expires)
            | (level & (self.earned < earned))
            | (level & (self.earned == earned) & (mine > lead))
        )
        return history

    @cached_property
    def backed(self) -> Mask:
        """The records that would count if only Verified ones did, valid today or not."""
        lead = self._lead(self.eligible & self.verified)
        backed: Mask = lead == np.arange(len(self.person))
        return backed

    def find_current(self, employee_id: pd.Series, name_key: pd.Series) -> Ints:
        """The row of the current record of each person and folded name; -1 where there is none."""
        rows = np.flatnonzero(self.current)
        held = pd.Index(self.pair[rows])
        person = self.people.get_indexer(pd.Index(employee_id))
        name = self.names.get_indexer(pd.Index(name_key))
        found = held.get_indexer(pd.Index(person * len(self.names) + name))
        found[(person < 0) | (name < 0)] = -1
        return np.where(found < 0, -1, np.append(rows, -1)[found])

    def _lead(self, among: Mask) -> Ints:
        rows = np.flatnonzero(among)
        behind = ~(self.verified & self.valid)[rows] & self.strict
        pair = self.pair[rows]
        order = np.lexsort((-self.earned[rows], -self.expires[rows], behind, pair))
        rows, pair = rows[order], pair[order]
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = pair[1:] != pair[:-1]
        out = np.full(len(among), -1, dtype=np.int64)
        out[rows] = rows[first][np.cumsum(first) - 1]
        return out


def records(
    certifications: pd.DataFrame, members: pd.DataFrame, *, policy: Policy, today: date
) -> Records:
    """The arrays of two frames.

    Args:
        certifications: employee_id, certification, ok, date_earned, expiration_date,
            does_not_expire, verified (no empty cells).
        members: employee_id, ok, status.
        policy: `strict` is used.
        today: The day it is.
    """
    person, people = pd.factorize(certifications["employee_id"])
    typed, typed_names = pd.factorize(certifications["certification"])
    folded, names = pd.factorize(pd.Series([fold(name) for name in typed_names], dtype="str"))
    name = np.append(folded, -1)[typed]
    now = day(today)
    earned = days(certifications["date_earned"])
    lifetime = flags(certifications["does_not_expire"])
    expires = np.where(lifetime, FOREVER, days(certifications["expiration_date"]))
    undated = (expires == NONE) & (earned == NONE)
    ok = flags(certifications["ok"]) & (person >= 0) & (name >= 0)
    judged = ok & ((expires != NONE) | undated)
    return Records(
        today=now,
        strict=policy.strict,
        person=person,
        people=pd.Index(people),
        typed=typed,
        typed_names=pd.Index(typed_names),
        name=name,
        names=pd.Index(names),
        holder=_holders(pd.Index(people), members)[person],
        earned=earned,
        expires=expires,
        judged=judged,
        waiting=judged & (undated | (earned > now)),
        rejected=flags(certifications["verified"] == "Rejected"),
        verified=flags(certifications["verified"] == "Verified"),
    )


def _holders(people: pd.Index, members: pd.DataFrame) -> Ints:
    """The holder code of each of `people`, and UNJUDGED at the end for the code -1."""
    known = members[members["ok"] & members["employee_id"].notna()]
    known = known.drop_duplicates("employee_id")
    state = known["status"].map(_HOLDERS).fillna(UNJUDGED).to_numpy(dtype=np.int64)
    found = pd.Index(known["employee_id"]).get_indexer(people)
    codes: Ints = np.append(state, UNJUDGED)[np.append(found, -1)]
    return codes
