"""What is due today: the tightest tier each certification has crossed, for everybody it tells.

A tier is a window, not a day: it is due from its first day on until it was sent. Nothing here
asks what was sent before; that is `dedup`'s part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import repeat, starmap
from typing import TYPE_CHECKING

import numpy as np

from certsync.alerts.alert import Alert, Matter, Reason, Recipient, series
from certsync.alerts.directory import Directory
from certsync.alerts.tiers import DEFAULT_TIERS, People, Tier

if TYPE_CHECKING:
    import pandas as pd

    from certsync.compute.facts import Facts
    from certsync.sheets.findings import Finding
    from certsync.sheets.tables import Tables

_NEVER = 10**6

_IDENTITY = {
    "team_members": ("employee_id", "full_name"),
    "certifications": ("employee_id", "person", "name_key"),
    "pursuits": ("employee_id", "person", "name_key"),
}
"""The columns that know a row again after the tab was sorted."""


def due(
    facts: Facts,
    tables: Tables,
    findings: Iterable[Finding],
    *,
    workbook: str,
    people: People,
    tiers: Collection[Tier] = DEFAULT_TIERS,
    channels: Sequence[str] = ("outbox",),
) -> list[Alert]:
    """Every alert that holds today, one for each matter, recipient and channel.

    Records that count and have a date alert the people of the tightest tier they crossed;
    superseded, unsound and lifetime records and those of departed people alert nobody. Each row
    that cannot be judged is a matter for the coordinator alone. A snoozed record comes with
    `Reason.SNOOZED`, one that nobody can be told of with `Reason.NO_RECIPIENT`.

    Args:
        facts: What holds today.
        tables: The tabs the facts were computed from; they give the cells.
        findings: What is wrong in them.
        workbook: The workbook's identity in the ledger.
        people: Coordinator and leadership.
        tiers: In any order.
        channels: The names of the channels each alert goes through.
    """
    directory = Directory(facts.members, people)
    alerts = [
        Alert(matter, recipient, channel, _reason(reason, recipient))
        for matter, tier, reason in _expiring(facts, tables, workbook, directory, tiers)
        for recipient in directory.recipients(matter.employee_id, tier)
        for channel in channels
    ]
    if coordinator := directory.coordinator():
        alerts += [
            Alert(matter, coordinator, channel, Reason.DATA_PROBLEM)
            for matter in _broken_rows(facts, tables, findings, workbook)
            for channel in channels
        ]
    return alerts


def _reason(reason: Reason, recipient: Recipient) -> Reason:
    instead = recipient.stands_in
    return reason if instead is None or reason is Reason.SNOOZED else instead


def _expiring(
    facts: Facts, tables: Tables, workbook: str, directory: Directory, tiers: Collection[Tier]
) -> Iterable[tuple[Matter, Tier, Reason]]:
    """Each record that has crossed a tier, with the tightest one and why, soonest first."""
    ladder = sorted(tiers, key=lambda tier: tier.days)
    records = facts.certifications
    days = records["days_to_expiry"].to_numpy(dtype=np.int64, na_value=_NEVER)
    limits = np.array([tier.days for tier in ladder], dtype=np.int64)
    crossed = np.searchsorted(limits, days, side="left")
    alive = records["current"].to_numpy(bool) & records["ok"].to_numpy(bool)
    alive &= crossed < len(ladder)
    alive &= ~records["employee_id"].isin(directory.departed).to_numpy(bool)
    chosen = np.flatnonzero(alive)
    if not len(chosen):
        return ()
    chosen = chosen[np.argsort(days[chosen], kind="stable")]
    crossed, days, rows = crossed[chosen], days[chosen], records.iloc[chosen]
    every = np.array([tier.follow_up_every or _NEVER for tier in ladder], dtype=np.int64)[crossed]

    steps = crossed.tolist()
    tier_of, slugs = [ladder[i] for i in steps], [tier.slug for tier in ladder]
    follow_up = ((limits[crossed] - days) // every).tolist()
    employee, person, name_key = map(_texts, (rows[k] for k in _IDENTITY["certifications"]))
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


def _after(column: pd.Series[pd.Timestamp], today: date) -> list[date | None]:
    """The dates after today; None for every other row."""
    ahead = (column > np.datetime64(today)).to_numpy(bool)
    found: list[date | None] = [None] * len(column)
    for position in np.flatnonzero(ahead):
        found[position] = column.iloc[position].date()
    return found


def _broken_rows(
    facts: Facts, tables: Tables, findings: Iterable[Finding], workbook: str
) -> Iterator[Matter]:
    """One matter for each error that keeps something from being judged, the same one once."""
    errors = [finding for finding in findings if finding.severity == "error"]
    identity = _identities(facts, tables, errors)
    known = set()
    for finding in errors:
        row = identity.get((finding.tab, finding.row), finding.cell or "")
        column = finding.column or ""
        name = series(workbook, "row", finding.tab, row, finding.code, finding.value, column)
        if name in known:
            continue
        known.add(name)
        yield Matter(
            kind="row",
            series=name,
            step="data",
            tier="Data Issue",
            where=finding.where,
            problem=finding.message,
            fix=finding.fix,
        )


def _identities(
    facts: Facts, tables: Tables, findings: Sequence[Finding]
) -> dict[tuple[str, int | None], str]:
    """What each row with a finding is known by, as (tab, row) -> text."""
    frames = {
        "team_members": facts.members,
        "certifications": facts.certifications,
        "pursuits": facts.pursuits,
    }
    found: dict[tuple[str, int | None], str] = {}
    for key, table in tables.items():
        wanted = {f.row for f in findings if f.tab == table.tab and f.row is not None}
        if not wanted:
            continue
        frame, columns = frames.get(key), _IDENTITY.get(key)
        if frame is None or columns is None:
            frame = facts.requirements[facts.requirements["tab"] == table.tab]
            columns = ("name", "tier", "requirement")
        rows = frame[frame["row"].isin(wanted)]
        texts = zip(*(_texts(rows[column]) for column in columns), strict=True)
        for row, parts in zip(rows["row"].tolist(), texts, strict=True):
            found[table.tab, row] = "/".join(parts)
    return found
