"""What to act on next: the most urgent certifications, and what follows if nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from certsync.compute.consequences import Consequence, consequences, sentence
from certsync.compute.facts import Facts
from certsync.dashboard.canvas import Column, Field, Row, Section
from certsync.dashboard.cells import calendar_day, go_to, pill, words
from certsync.dashboard.text import counted, day
from certsync.dashboard.tiles import CRITICAL_DAYS
from certsync.dashboard.urgency import Urgency, most_urgent, window
from certsync.sheets.tables import Tables

SHOWN = 15

COLUMNS = (
    Column("Person", 2, 2, flush=True),
    Column("Certification", 3, 7),
    Column("Expires", 8, 8, "center"),
    Column("Days", 9, 9, "center"),
    Column("Status", 10, 12, "center"),
    Column("What follows", 13, 20),
    Column("Owner", 21, 21, flush=True),
    Column("Go to", 22, 22, "center"),
)


def act_next(facts: Facts, tables: Tables, stakes: Urgency, limit: int = SHOWN) -> Section:
    """The `limit` most urgent records, each with its consequence and the cell it stands in."""
    order = most_urgent(facts, stakes)
    shown = order[:limit].tolist()
    records = facts.certifications.iloc[shown]
    follows = consequences(facts, shown)
    managers = _managers(facts, records["employee_id"])
    table = tables.get("certifications")
    rows = [
        Row(
            (
                Field(words(record.person, "?"), "first"),
                Field(words(record.certification)),
                Field(calendar_day(record.expiration_date), "date"),
                Field(int(record.days_to_expiry), "days"),
                _status(record),
                _what_follows(record, follows[record.Index], facts),
                Field(_owner(facts, follows[record.Index]) or manager, "owner"),
                go_to(table, record.row, "expiration_date"),
            )
        )
        for record, manager in zip(records.itertuples(), managers, strict=True)
    ]
    days, rest = window(facts), len(order) - len(shown)
    return Section(
        "Act next",
        COLUMNS,
        tuple(rows),
        empty=f"Nothing has expired, and nothing expires in the next {days} days.",
        note="What a requirement needs comes first; then what is closest to its date.",
        more=f"and {counted(rest, 'more certification')} expired or expiring within {days} days."
        if rest
        else "",
    )


def _status(record: Any) -> Field:
    near = 0 <= record.days_to_expiry <= CRITICAL_DAYS
    return pill(str(record.status), "bad" if near else None)


def _what_follows(record: Any, follows: Sequence[Consequence], facts: Facts) -> Field:
    """The worst consequence, in grey unless it breaks a requirement, and why it is parked."""
    broken = sum(one.breaks for one in follows)
    parts = [sentence(follows[0]) if follows else "No requirement depends on it"]
    if broken > 1:
        parts.append(f"{broken - 1:,} more would break")
    snoozed = calendar_day(record.snooze_until)
    if snoozed and snoozed > facts.today:
        parts.append(f"snoozed until {day(snoozed)}")
    if record.renewal_status == "Not Renewing":
        parts.append("not renewing")
    return Field("; ".join(parts), "text" if broken else "muted")


def _owner(facts: Facts, follows: Sequence[Consequence]) -> str:
    """Who owns the requirement that suffers most, of those that name an owner."""
    owners = (words(facts.requirements["owner"].iat[one.requirement]) for one in follows)
    return next(filter(None, owners), "")


def _managers(facts: Facts, holders: pd.Series[str]) -> list[str]:
    """The name of each holder's manager, as typed where it is nobody's."""
    members = facts.members
    staff = members[members["employee_id"].isin(holders)].drop_duplicates("employee_id")
    heads = members[members["employee_id"].isin(staff["manager_id"].dropna())]
    names = dict(zip(heads["employee_id"], heads["full_name"], strict=True))
    found = {
        person: words(names.get(manager_id)) or words(typed)
        for person, manager_id, typed in zip(
            staff["employee_id"], staff["manager_id"], staff["manager"], strict=True
        )
    }
    return [found.get(holder, "") for holder in holders]
