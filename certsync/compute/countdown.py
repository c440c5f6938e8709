"""How the count of each requirement falls as what it counts lapses, if nobody renews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from certsync.compute.columns import FOREVER, Ints, Mask

# A key is requirement * _SPAN + the day its unit ends, so that one sorted array holds them all.
_SPAN = 2 * FOREVER


@dataclass(frozen=True)
class Countdown:
    """When each counted unit (a person or a record) of each requirement is valid for the last time.

    `certified` is the count today, one entry a requirement. `last` is, for each line it was made
    of, the last valid day of the line's unit. `_keys` are sorted.
    """

    certified: Ints
    last: Ints
    _keys: Ints

    def after(self, requirement: Ints, day: Ints) -> Ints:
        """What each requirement counts on the day after `day`."""
        ends = np.cumsum(self.certified)[requirement]
        return ends - np.searchsorted(self._keys, requirement * _SPAN + day, side="right")

    def last_met(self, minimum: Ints) -> Ints:
        """The last day on which each requirement counts its minimum.

        FOREVER if it never falls below; meaningless where it is below today.
        """
        starts = np.cumsum(self.certified) - self.certified
        spare = self.certified - minimum
        falls = (spare >= 0) & (spare < self.certified)
        at = np.where(falls, starts + spare, 0)
        days = np.append(self._keys, 0)[at] % _SPAN
        return np.where(falls, days, FOREVER)


def countdown(requirement: Ints, unit: Ints, until: Ints, requirements: int) -> Countdown:
    """From the counted lines: which requirement, which unit, valid until which day (>= 0).

    A unit lasts as long as the longest of its lines.
    """
    order = np.lexsort((until, unit, requirement))
    lines = len(order)
    ends = np.ones(lines, dtype=np.bool_)
    ends[:-1] = (np.diff(requirement[order]) != 0) | (np.diff(unit[order]) != 0)
    tails = order[ends]
    last = np.empty(lines, dtype=np.int64)
    last[order] = until[tails][np.cumsum(ends) - ends]
    return Countdown(
        certified=np.bincount(requirement[tails], minlength=requirements),
        last=last,
        _keys=np.sort(requirement[tails] * _SPAN + until[tails]),
    )


def distinct(requirement: Ints, unit: Ints, among: Mask, requirements: int) -> Ints:
    """How many different units each requirement has among the lines marked."""
    owner, unit = requirement[among], unit[among]
    order = np.lexsort((unit, owner))
    owner, unit = owner[order], unit[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(owner) != 0) | (np.diff(unit) != 0)
    return np.bincount(owner[new], minlength=requirements)
