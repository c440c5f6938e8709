"""The certifications that crossed a tier: each as one matter, with the tightest one it crossed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import repeat, starmap
from typing import TYPE_CHECKING

import numpy as np

from certsync.alerts.alert import Matter, Reason, series
from certsync.alerts.directory import Directory
from certsync.alerts.ladders import ladders
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Tier

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from certsync.compute.facts import Facts
    from certsync.sheets.tables import Tables

Crossed = tuple[Matter, Tier, Reason]

_NEVER = 10**6


def expiring(
    facts: Facts, tables: Tables, workbook: str, directory: Directory, rules: Rules
) -> list[Crossed]:
    """Each record that has crossed a tier, with the tightest one and why, soonest first.

    Records that count and have a date do; superseded, unsound and lifetime records and those of
    departed people do not.
    """
    records = facts.certifications
    days = records["days_to_expiry"].to_numpy(dtype=np.int64, na_value=_NEVER)
    alive = records["current"].to_numpy(bool) & records["ok"].to_numpy(bool)
    alive &= ~records["employee_id"].isin(directory.departed).to_numpy(bool)
    sets, choice = ladders(facts, rules)
    found: list[Crossed] = []
    for number, tiers in enumerate(sets):
        mine = alive & (choice == number)
        found += _on_ladder(facts, tables, workbook, directory, tiers, mine, days)
    if len(sets) > 1:
        found.sort(key=lambda crossed: (crossed[0].days_to_expiry or 0, crossed[0].record or 0))
    return found


def _on_ladder(
    facts: Facts,
    tables: Tables,
    workbook: str,
    directory: Directory,
    tiers: Collection[Tier],
    alive: NDArray[np.bool_],
    days: NDArray[np.int64],
) -> Iterator[Crossed]:
    """The same of the records that have these tiers."""
    ladder = sorted(tiers, key=lambda tier: tier.days)
    limits = np.array([tier.days for tier in ladder], dtype=np.int64)
    crossed = np.searchsorted(limits, days, side="left")
    chosen = np.flatnonzero(alive & (crossed < len(ladder)))
    if not len(chosen):
        return iter(())
    chosen = chosen[np.argsort(days[chosen], kind="stable")]
    crossed, days, rows = crossed[chosen], days[chosen], facts.certifications.iloc[chosen]
    every = np.array([tier.follow_up_every or _NEVER for tier in ladder], dtype=np.int64)[crossed]

    steps = crossed.tolist()
    tier_of, slugs = [ladder[i] for i in steps], [tier.slug for tier in ladder]
    follow_up = ((limits[crossed] - days) // every).tolist()
    employee, person, name_key = (_texts(rows[k]) for k in ("employee_id", "person", "name_key"))
    expires = rows["expiration_date"].dt.date.tolist()
    iso = {day: day.isoformat() for day in set(expires)}
    series_of = [
        series(workbook, (who or name).casefold(), what, iso[day])
        for who, name, what, day in zip(employee, person, name_key, expires, strict=True)
    ]
    table = tables["certifications"]
    column = (table.ref(1, "expiration_date") or "1")[:-1]
    snoozes = _after(rows["snooze_until"], facts.today)
    why = [
        Reason.SNOOZED if snooze else Reason.FOLLOW_UP if k else Reason.TIER_CROSSED
        for snooze, k in zip(snoozes, follow_up, strict=True)
    ]
    matters = zip(
        repeat("expiry"),
        series_of,
        [
            f"{slugs[i]}-follow-up-{k}" if k else slugs[i]
            for i, k in zip(steps, follow_up, strict=True)
        ],
        [tier.name for tier in tier_of],
        [f"{table.tab}!{column}{row}" for row in rows["row"].tolist()],
        [tier.days for tier in tier_of],
        follow_up,
        employee,
        [directory.person(who) or name for who, name in zip(employee, person, strict=True)],
        _texts(rows["certification"]),
        expires,
        days.tolist(),
        chosen.tolist(),
        snoozes,
    )
    return zip(starmap(Matter, matters), tier_of, why, strict=True)


def _texts(column: pd.Series[str]) -> list[str]:
    return column.fillna("").tolist()


def _after(column: pd.Series[pd.Timestamp], today: date) -> Sequence[date | None]:
    """The dates after today; None for every other row."""
    ahead = (column > np.datetime64(today)).to_numpy(bool)
    found: list[date | None] = [None] * len(column)
    for position in np.flatnonzero(ahead):
        found[position] = column.iloc[position].date()
    return found
